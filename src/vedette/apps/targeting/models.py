"""Hits with their reasons, decisions by people, clearings, notes."""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _

from vedette.apps.columns import Personal, Purpose, Theme, new_id


class Hit(Personal):
    """One row a subject and journey: a question to an officer, never an answer."""

    class State(models.TextChoices):
        """From new to decided; `void` when its reasons fell away before a decision."""

        NEW = "new", _("new")
        REOPENED = "reopened", _("reopened")
        DECIDED = "decided", _("decided")
        VOID = "void", _("void")

    OPEN = (State.NEW, State.REOPENED)

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    journey = models.OneToOneField("intake.Journey", on_delete=models.CASCADE, related_name="hit")
    flight = models.ForeignKey("intake.Flight", on_delete=models.PROTECT, related_name="hits")
    state = models.CharField(max_length=10, choices=State.choices, default=State.NEW)
    #: 0 to 100: sum of the open reasons' contributions less what speaks in favour (`screening/priority.py`).
    priority = models.PositiveSmallIntegerField()
    #: What speaks in their favour: [{id, params, points}], rendered in the reader's language.
    favour = models.JSONField(default=list)
    reason_count = models.PositiveSmallIntegerField(default=0)
    opened_at = models.DateTimeField()
    changed_at = models.DateTimeField()
    #: When the flight lands (UTC), copied here because the queue is sorted by it.
    lands_at = models.DateTimeField()
    claimed_by = models.ForeignKey(
        "accounts.User", on_delete=models.PROTECT, null=True, related_name="+"
    )
    claimed_at = models.DateTimeField(null=True)
    decided_at = models.DateTimeField(null=True)

    class Meta:
        indexes = [
            models.Index(
                fields=["organisation", "lands_at", "-priority", "id"],
                name="hit_queue",
                condition=models.Q(state__in=["new", "reopened"]),
            ),
            models.Index(
                fields=["organisation", "-priority", "lands_at", "id"],
                name="hit_priority",
                condition=models.Q(state__in=["new", "reopened"]),
            ),
            models.Index(fields=["organisation", "-changed_at"], name="hit_changed"),
        ]


class Reason(models.Model):
    """Why a hit was raised: a sentence with parameters, a contribution, the version of the knowledge."""

    class Kind(models.TextChoices):
        """Where a reason comes from."""

        WATCHLIST = "watchlist", _("watchlist")
        LOOKOUT = "lookout", _("lookout")
        DISAGREEMENT = "disagreement", _("messages disagree")

    class State(models.TextChoices):
        """Open until a decision answers it, a clearing covers it, or its ground falls away."""

        OPEN = "open", _("open")
        ANSWERED = "answered", _("answered")
        CLEARED = "cleared", _("cleared")
        VOID = "void", _("void")

    class Outcome(models.TextChoices):
        """What the officer said to "same person?", mildest first."""

        ANOTHER = "another", _("no, another")
        UNSURE = "unsure", _("cannot tell")
        SAME = "same", _("yes, the same")

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    organisation = models.ForeignKey(
        "accounts.Organisation", on_delete=models.PROTECT, related_name="+", db_index=False
    )
    hit = models.ForeignKey(Hit, on_delete=models.CASCADE, related_name="reasons", db_index=False)
    kind = models.CharField(max_length=20, choices=Kind.choices)
    #: What makes it one reason of this hit: `list:<watchlist id>:<ref>:<channel>`, `disagreement`.
    key = models.CharField(max_length=200)
    #: `name`, `document`, `phone`, `email`, `address`, `company`; which sentence it is told with.
    channel = models.CharField(max_length=20, blank=True)
    contribution = models.PositiveSmallIntegerField()
    score = models.FloatField(null=True)
    #: Parameters of the sentence: ids, numbers, list names; never a clear value of the traveller.
    params = models.JSONField(default=dict)
    entry = models.ForeignKey(
        "knowledge.ListEntry", on_delete=models.PROTECT, null=True, related_name="+"
    )
    entry_hash = models.CharField(max_length=64, blank=True)
    #: Version of the knowledge and of the engine that made it.
    knowledge = models.CharField(max_length=100, blank=True)
    theme = models.CharField(max_length=20, choices=Theme.choices, default=Theme.PASSENGERS)
    purpose = models.CharField(max_length=20, choices=Purpose.choices, default=Purpose.BORDER)
    state = models.CharField(max_length=10, choices=State.choices, default=State.OPEN)
    outcome = models.CharField(max_length=10, choices=Outcome.choices, blank=True)
    created_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["hit", "key"], name="reason_once"),
        ]


class ReasonClear(models.Model):
    """Evidence side by side (side table): [{name, ours, theirs, relation, contribution}]."""

    pk = models.CompositePrimaryKey("reason_id", "retention_class", "month")
    reason_id = models.UUIDField()
    retention_class = models.CharField(max_length=20)
    month = models.DateField()
    organisation_id = models.UUIDField()
    evidence = models.JSONField()

    class Meta:
        managed = False
        db_table = "targeting_reasonclear"


class Decision(models.Model):
    """What a person decided, and why: append-only."""

    class Choice(models.TextChoices):
        """Mildest first, as on the page; none is ever preselected."""

        RELEASE = "release", _("release")
        REFER = "refer", _("refer to control")
        HOLD = "hold", _("hold")
        REFUSE = "refuse", _("refuse")

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    organisation = models.ForeignKey(
        "accounts.Organisation", on_delete=models.PROTECT, related_name="+", db_index=False
    )
    hit = models.ForeignKey(Hit, on_delete=models.PROTECT, related_name="decisions")
    choice = models.CharField(max_length=10, choices=Choice.choices)
    why = models.TextField()
    #: Legal basis: required to refuse, and to hold beyond the limit.
    basis = models.CharField(max_length=300, blank=True)
    by = models.ForeignKey("accounts.User", on_delete=models.PROTECT, related_name="+")
    #: The second officer where one is required; never the first.
    second = models.ForeignKey(
        "accounts.User", on_delete=models.PROTECT, null=True, related_name="+"
    )
    at = models.DateTimeField(auto_now_add=True)
    #: {reason id: outcome} of the reasons that were visible.
    answers = models.JSONField(default=dict)
    priority = models.PositiveSmallIntegerField()


class Event(models.Model):
    """The history of a hit as the page shows it: opened, claimed, handed over, reopened, noted."""

    id = models.BigAutoField(primary_key=True)
    organisation = models.ForeignKey(
        "accounts.Organisation", on_delete=models.PROTECT, related_name="+", db_index=False
    )
    hit = models.ForeignKey(Hit, on_delete=models.CASCADE, related_name="events")
    at = models.DateTimeField(auto_now_add=True)
    by = models.ForeignKey("accounts.User", on_delete=models.PROTECT, null=True, related_name="+")
    #: `opened`, `reason_added`, `reason_void`, `claimed`, `released_claim`, `handed_over`, `decided`,
    #: `reopened`, `note`, `printed`.
    kind = models.CharField(max_length=20)
    params = models.JSONField(default=dict)
    #: The text of a note.
    text = models.TextField(blank=True)
    priority = models.PositiveSmallIntegerField(null=True)


class ClearedPair(models.Model):
    """A traveller once told apart from an entry stays so, until either side changes or it expires."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    organisation = models.ForeignKey(
        "accounts.Organisation", on_delete=models.PROTECT, related_name="+", db_index=False
    )
    fingerprint = models.BinaryField(max_length=16)
    entry_hash = models.CharField(max_length=64)
    by = models.ForeignKey("accounts.User", on_delete=models.PROTECT, related_name="+")
    at = models.DateTimeField(auto_now_add=True)
    expires_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["organisation", "fingerprint", "entry_hash"], name="cleared_once"
            ),
        ]
