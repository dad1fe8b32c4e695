"""Hits with their reasons, decisions by people, clearings, notes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from django.db import models
from django.utils.translation import gettext_lazy as _

from vedette.apps.columns import Personal, Purpose, new_id, themes

#: Open, and not part of a flood: what the queue shows one by one.
_ALONE = models.Q(
    state__in=["new", "reopened"], flood_id__isnull=True, flood_profile_id__isnull=True
)


class Hit(Personal):
    """One row a subject: a question to an officer, never an answer."""

    class State(models.TextChoices):
        """From new to decided; `void` when its reasons fell away before a decision."""

        NEW = "new", _("new")
        REOPENED = "reopened", _("reopened")
        DECIDED = "decided", _("decided")
        VOID = "void", _("void")

    OPEN = (State.NEW, State.REOPENED)

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    subject = models.OneToOneField("subjects.Subject", on_delete=models.CASCADE, related_name="hit")
    #: What is shown beside the subject (a declaration, a means of transport), copied from it.
    group_id = models.UUIDField(null=True, db_index=True)
    #: The unit that deals with the subject, copied from it.
    unit = models.ForeignKey(
        "accounts.Unit", on_delete=models.PROTECT, null=True, related_name="+", db_index=False
    )
    state = models.CharField(max_length=10, choices=State.choices, default=State.NEW)
    #: 0 to 100: sum of the open reasons' contributions less what speaks in favour (`screening/priority.py`).
    priority = models.PositiveSmallIntegerField()
    #: What speaks in their favour: [{id, params, points}], rendered in the reader's language.
    favour = models.JSONField(default=list)
    reason_count = models.PositiveSmallIntegerField(default=0)
    opened_at = models.DateTimeField()
    changed_at = models.DateTimeField()
    #: When a decision is due (UTC), copied from the subject because the queue is sorted by it.
    due_at = models.DateTimeField()
    claimed_by = models.ForeignKey(
        "accounts.User", on_delete=models.PROTECT, null=True, related_name="+"
    )
    claimed_at = models.DateTimeField(null=True)
    decided_at = models.DateTimeField(null=True)
    #: The entry that raised it among very many, alone (`floods.py`); the queue shows those as one row.
    flood_id = models.UUIDField(null=True)
    #: The same of a risk profile that raised very many.
    flood_profile_id = models.UUIDField(null=True)

    class Meta:
        indexes = [
            # With what the policies ask and the counts need: counting reads the index alone. Without
            # the hits of floods: a bad profile must not make the queue slow.
            models.Index(
                fields=["organisation", "due_at", "-priority", "id"],
                include=["claimed_by", "flood_id", "flood_profile_id", "theme", "purpose", "unit"],
                name="hit_queue",
                condition=_ALONE,
            ),
            models.Index(
                fields=["organisation", "-priority", "due_at", "id"],
                name="hit_priority",
                condition=_ALONE,
            ),
            models.Index(fields=["organisation", "-changed_at"], name="hit_changed"),
            # What came since a page was made, asked by every open queue every few seconds.
            models.Index(fields=["organisation", "-opened_at"], name="hit_came", condition=_ALONE),
            models.Index(
                fields=["organisation", "flood_id", "due_at", "-priority", "id"],
                include=["claimed_by", "theme", "purpose", "unit"],
                name="hit_flood",
                condition=models.Q(state__in=["new", "reopened"], flood_id__isnull=False),
            ),
            models.Index(
                fields=["organisation", "flood_profile_id", "due_at", "-priority", "id"],
                include=["claimed_by", "theme", "purpose", "unit"],
                name="hit_flood_profile",
                condition=models.Q(state__in=["new", "reopened"], flood_profile_id__isnull=False),
            ),
        ]


class FloodCount(models.Model):
    """How many open hits one entry or one profile flooded the queue with, by unit, purpose and who has
    taken them: counted by the workers, so that the queue need not count hundreds of thousands."""

    id = models.BigAutoField(primary_key=True)
    organisation = models.ForeignKey(
        "accounts.Organisation", on_delete=models.PROTECT, related_name="+"
    )
    flood_id = models.UUIDField(null=True)
    flood_profile_id = models.UUIDField(null=True)
    unit = models.ForeignKey(
        "accounts.Unit", on_delete=models.PROTECT, null=True, related_name="+", db_index=False
    )
    theme = models.CharField(max_length=20, choices=themes)
    purpose = models.CharField(max_length=20, choices=Purpose.choices)
    claimed_by = models.ForeignKey(
        "accounts.User", on_delete=models.CASCADE, null=True, related_name="+", db_index=False
    )
    priority = models.PositiveSmallIntegerField()
    count = models.PositiveIntegerField()
    landed = models.PositiveIntegerField()
    next_at = models.DateTimeField(null=True)
    since = models.DateTimeField()
    counted_at = models.DateTimeField()


class Reason(models.Model):
    """Why a hit was raised: a sentence with parameters, a contribution, the version of the knowledge."""

    class Kind(models.TextChoices):
        """Where a reason comes from."""

        WATCHLIST = "watchlist", _("watchlist")
        LOOKOUT = "lookout", _("lookout")
        DISAGREEMENT = "disagreement", _("messages disagree")
        PROFILE = "profile", _("risk profile")

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
    #: What makes it one reason of this hit: `<watchlist id>:<ref>`, `disagreement`,
    #: `profile:<profile id>`.
    key = models.CharField(max_length=200)
    #: `name`, `document`, `phone`, `email`, `address`, `company`; the strongest of those
    #: on which an entry agrees. Which sentence it is told with.
    channel = models.CharField(max_length=20, blank=True)
    contribution = models.PositiveSmallIntegerField()
    score = models.FloatField(null=True)
    #: Parameters of the sentence: ids, numbers, list names; never a clear value of the subject.
    params = models.JSONField(default=dict)
    #: The entry of a list; no foreign key, as lists stand above hits.
    entry_id = models.UUIDField(null=True, db_index=True)
    entry_hash = models.CharField(max_length=64, blank=True)
    #: The version of a risk profile that fired; its hash is in `entry_hash`.
    profile_version_id = models.UUIDField(null=True)
    #: Version of the knowledge and of the engine that made it.
    knowledge = models.CharField(max_length=100, blank=True)
    theme = models.CharField(max_length=20, choices=themes)
    purpose = models.CharField(max_length=20, choices=Purpose.choices, default=Purpose.BORDER)
    state = models.CharField(max_length=10, choices=State.choices, default=State.OPEN)
    outcome = models.CharField(max_length=10, choices=Outcome.choices, blank=True)
    created_at = models.DateTimeField()

    #: Evidence side by side: filled from `ReasonClear` by `selectors.reasons`; empty where it is masked.
    evidence: Sequence[Mapping[str, Any]] = ()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["hit", "key"], name="reason_once"),
        ]
        indexes = [
            models.Index(
                fields=["profile_version_id", "created_at"],
                name="reason_of_profile",
                condition=models.Q(profile_version_id__isnull=False),
            ),
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
        db_table = "hits_reasonclear"


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
    by = models.ForeignKey("accounts.User", on_delete=models.PROTECT, related_name="+")
    #: The second officer where one is required; never the first.
    second = models.ForeignKey(
        "accounts.User", on_delete=models.PROTECT, null=True, related_name="+"
    )
    at = models.DateTimeField(auto_now_add=True)
    #: {reason id: outcome} of the reasons that were visible.
    answers = models.JSONField(default=dict)
    priority = models.PositiveSmallIntegerField()

    #: Reason, and legal basis (required to refuse, and to hold beyond the limit): filled from
    #: `TextClear` by `texts.with_texts`; None where they are masked.
    why: str | None = None
    basis: str | None = None


class Result(models.Model):
    """What the control of a decided hit brought: append-only; the latest counts."""

    class Outcome(models.TextChoices):
        """Mildest first, as on the page."""

        NOTHING = "nothing", _("nothing found")
        CONFIRMED = "confirmed", _("confirmed result")

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    organisation = models.ForeignKey(
        "accounts.Organisation", on_delete=models.PROTECT, related_name="+", db_index=False
    )
    hit = models.ForeignKey(Hit, on_delete=models.CASCADE, related_name="results")
    outcome = models.CharField(max_length=10, choices=Outcome.choices)
    by = models.ForeignKey("accounts.User", on_delete=models.PROTECT, related_name="+")
    at = models.DateTimeField(auto_now_add=True)


class Confirmed(models.Model):
    """Subjects with a confirmed result, and from when to when it stood: what "known case" means to
    history and statistics. Undecided and cleared hits are in no row."""

    subject = models.OneToOneField(
        "subjects.Subject", on_delete=models.CASCADE, primary_key=True, related_name="confirmed"
    )
    organisation = models.ForeignKey(
        "accounts.Organisation", on_delete=models.PROTECT, related_name="+", db_index=False
    )
    since = models.DateTimeField()
    #: When the decision or result behind it was taken back.
    until = models.DateTimeField(null=True)

    class Meta:
        indexes = [models.Index(fields=["organisation", "since"], name="confirmed_since")]


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
    #: Of a note: `text`, the id of what was written.
    params = models.JSONField(default=dict)
    priority = models.PositiveSmallIntegerField(null=True)

    #: The text of a note: filled from `TextClear` by `texts.with_notes`; None where it is masked.
    text: str | None = ""


class TextClear(models.Model):
    """What somebody wrote (side table): `why` and `basis` of a decision, the text of a `note`, what a
    traveller had `rectified` (owner: the subject)."""

    pk = models.CompositePrimaryKey("owner_id", "kind", "retention_class", "month")
    owner_id = models.UUIDField()
    kind = models.CharField(max_length=10)
    retention_class = models.CharField(max_length=20)
    month = models.DateField()
    organisation_id = models.UUIDField()
    text = models.TextField()
    restricted = models.BooleanField(default=False)

    class Meta:
        managed = False
        db_table = "hits_textclear"


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
