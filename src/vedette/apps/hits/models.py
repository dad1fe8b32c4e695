"""Models of hits, their reasons, decisions, results, events and clearings."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from django.db import models
from django.utils.translation import gettext_lazy as _

from vedette.apps.columns import Personal, Purpose, new_id, themes

#: Open and not part of a flood. The queue shows each of these hits in a separate row.
_ALONE = models.Q(
    state__in=["new", "reopened"], flood_id__isnull=True, flood_profile_id__isnull=True
)


class Owned(models.Model):
    """The base class of models whose rows have an id and an organisation."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    organisation = models.ForeignKey(
        "accounts.Organisation", on_delete=models.PROTECT, related_name="+", db_index=False
    )

    class Meta:
        abstract = True


class HitColumns(Personal):
    """The columns of a hit. A hit is a subject on which an officer must decide. The decisions are in a
    separate table."""

    class State(models.TextChoices):
        """The state of a hit. A hit is `void` if none of its reasons still applies and no decision was
        made."""

        NEW = "new", _("new")
        REOPENED = "reopened", _("reopened")
        DECIDED = "decided", _("decided")
        VOID = "void", _("void")

    OPEN = (State.NEW, State.REOPENED)

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    #: The group of the subject (a declaration, a means of transport), copied from it.
    group_id = models.UUIDField(null=True, db_index=True)
    #: The unit that is responsible for the subject, copied from it.
    unit = models.ForeignKey(
        "accounts.Unit", on_delete=models.PROTECT, null=True, related_name="+", db_index=False
    )
    state = models.CharField(max_length=10, choices=State.choices, default=State.NEW)
    #: 0 to 100: the contributions of the open reasons, minus the facts in favour (`screening/reason.py`).
    priority = models.PositiveSmallIntegerField()
    #: The facts in favour of the subject: [{id, params, points}], rendered in the reader's language.
    favour = models.JSONField(default=list)
    reason_count = models.PositiveSmallIntegerField(default=0)
    opened_at = models.DateTimeField()
    changed_at = models.DateTimeField()
    #: The time by which a decision is due (UTC), copied from the subject because the queue is sorted by it.
    due_at = models.DateTimeField()
    claimed_by = models.ForeignKey(
        "accounts.User", on_delete=models.PROTECT, null=True, related_name="+"
    )
    claimed_at = models.DateTimeField(null=True)
    decided_at = models.DateTimeField(null=True)
    #: The list entry of the flood, if only a flood raised the hit (`floods.py`). The queue shows a flood as
    #: one row.
    flood_id = models.UUIDField(null=True)
    #: The risk profile of the flood, if only a flood raised the hit.
    flood_profile_id = models.UUIDField(null=True)

    class Meta:
        abstract = True

    def __eq__(self, other: object) -> bool:
        """Whether both objects represent the same hit, as it is stored or as a user sees it."""
        return isinstance(other, HitColumns) and self.pk == other.pk

    __hash__ = models.Model.__hash__


class Hit(HitColumns):
    """A hit as it is stored, with one row per subject. The columns contain the values for users who see all
    reasons of the hit. `parts` contains the values for users who see only some of the reasons. Pages read the
    view `SeenHit`."""

    subject = models.OneToOneField("subjects.Subject", on_delete=models.CASCADE, related_name="+")
    #: The pairs of theme and purpose of all reasons, and of the open reasons (`columns.pairs_of`).
    pairs = models.IntegerField(default=0, db_default=0)
    open_pairs = models.IntegerField(default=0, db_default=0)
    #: The hit for readers who see only some of its pairs: these pairs → values of the columns `PARTIAL`. A
    #: reader whose pairs are missing here sees no hit.
    parts = models.JSONField(default=dict, db_default=models.Value({}, models.JSONField()))

    #: The columns whose values depend on the reasons that a reader sees.
    PARTIAL = (
        "state", "priority", "favour", "opened_at", "changed_at", "claimed_by_id", "claimed_at",
        "decided_at", "flood_id", "flood_profile_id",
    )  # fmt: skip

    class Meta:
        indexes = [
            # The index includes the columns that the policies and the counts read, so that counting reads the
            # index alone. It excludes the hits of floods, so that a profile with too many hits does not make
            # the queue slow.
            models.Index(
                fields=["organisation", "due_at", "-priority", "subject"],
                include=["claimed_by", "flood_id", "flood_profile_id", "theme", "purpose", "unit"],
                name="hit_queue",
                condition=_ALONE,
            ),
            models.Index(
                fields=["organisation", "-priority", "due_at", "subject"],
                name="hit_priority",
                condition=_ALONE,
            ),
            models.Index(fields=["organisation", "-changed_at"], name="hit_changed"),
            # For the number of hits raised since a page was made. Every open page of the queue counts them
            # every few seconds.
            models.Index(fields=["organisation", "-opened_at"], name="hit_came", condition=_ALONE),
            models.Index(
                fields=["organisation", "flood_id", "due_at", "-priority", "subject"],
                include=["claimed_by", "theme", "purpose", "unit"],
                name="hit_flood",
                condition=models.Q(state__in=["new", "reopened"], flood_id__isnull=False),
            ),
            models.Index(
                fields=["organisation", "flood_profile_id", "due_at", "-priority", "subject"],
                include=["claimed_by", "theme", "purpose", "unit"],
                name="hit_flood_profile",
                condition=models.Q(state__in=["new", "reopened"], flood_profile_id__isnull=False),
            ),
            models.Index(
                fields=["organisation"],
                name="hit_in_parts",
                condition=~models.Q(parts={}),
            ),
        ]


class SeenHit(HitColumns):
    """A hit as the user sees the hit (a database view).

    The state, priority, facts in favour, times and claim of the hit depend on the reasons that the user may
    see. Workers see every reason.
    """

    subject = models.OneToOneField("subjects.Subject", on_delete=models.CASCADE, related_name="hit")
    #: The columns of the stored row, because the indexes of the queue contain only these.
    full_state = models.CharField(max_length=10)
    full_opened_at = models.DateTimeField()
    full_changed_at = models.DateTimeField()
    full_flood_id = models.UUIDField(null=True)
    full_flood_profile_id = models.UUIDField(null=True)
    #: Whether the reader sees the hit as open, and as open without a flood.
    is_open = models.BooleanField()
    is_alone = models.BooleanField()
    #: Whether some readers see only a part of the hit.
    in_parts = models.BooleanField()
    #: The pairs of theme and purpose of the reasons that the reader sees.
    seen = models.IntegerField()
    #: Those of them that have an open reason.
    seen_open = models.IntegerField()

    class Meta:
        managed = False
        db_table = "hits_seen"

    @property
    def reasons(self) -> models.QuerySet[Reason]:
        """Returns the reasons of the hit."""
        return Reason.objects.filter(hit_id=self.pk)

    @property
    def decisions(self) -> models.QuerySet[Decision]:
        """Returns the decisions on the hit."""
        return Decision.objects.filter(hit_id=self.pk)

    @property
    def results(self) -> models.QuerySet[Result]:
        """Returns the results of the controls of the hit."""
        return Result.objects.filter(hit_id=self.pk)

    @property
    def events(self) -> models.QuerySet[Event]:
        """The history."""
        return Event.objects.filter(hit_id=self.pk)


class FloodCount(models.Model):
    """The numbers of open hits of each flood, by unit, theme, purpose, officer and priority. Workers compute
    these numbers, so that the pages of the queue need not count hundreds of thousands of hits."""

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
    #: The pairs of theme and purpose of the hits, and those that the readers of this row see.
    pairs = models.IntegerField(default=0, db_default=0)
    seen = models.IntegerField(default=0, db_default=0)


class Reason(Owned):
    """A reason of a hit, with the parameters of its text and its contribution to the priority. The reason
    also contains the version of the lists and profiles from which it was found."""

    class Kind(models.TextChoices):
        """The kind of a reason, which depends on the source of the reason."""

        WATCHLIST = "watchlist", _("watchlist")
        LOOKOUT = "lookout", _("lookout")
        CONTROL_LIST = "control_list", _("control list")
        DISAGREEMENT = "disagreement", _("messages disagree")
        PROFILE = "profile", _("risk profile")
        LINK = "link", _("link to a known case")

    class State(models.TextChoices):
        """The state of a reason. A reason is open until a decision answers it, a clearing covers it, or it no
        longer applies."""

        OPEN = "open", _("open")
        ANSWERED = "answered", _("answered")
        CLEARED = "cleared", _("cleared")
        VOID = "void", _("void")

    class Outcome(models.TextChoices):
        """The possible answers to the question "same person?", in order of severity."""

        ANOTHER = "another", _("no, another")
        UNSURE = "unsure", _("cannot tell")
        SAME = "same", _("yes, the same")

    hit = models.ForeignKey(Hit, on_delete=models.CASCADE, related_name="reasons", db_index=False)
    kind = models.CharField(max_length=20, choices=Kind.choices)
    #: Identifies the reason in its hit: `<watchlist id>:<ref>`, `<control list>:<key>`,
    #: `disagreement`, `profile:<profile id>`, `link:<theme>:<purpose>`.
    key = models.CharField(max_length=200)
    #: The strongest channel on which an entry agrees: `name`, `document`, `phone`, `email`, `address`,
    #: `company`. It selects the sentence.
    channel = models.CharField(max_length=20, blank=True)
    contribution = models.PositiveSmallIntegerField()
    score = models.FloatField(null=True)
    #: Parameters of the sentence: ids, numbers, list names. They never contain a personal value of the
    #: subject.
    params = models.JSONField(default=dict)
    #: The entry of a list. It is not a foreign key, because this app must not import the app of lists.
    entry_id = models.UUIDField(null=True, db_index=True)
    entry_hash = models.CharField(max_length=64, blank=True)
    #: The version of the risk profile that matched; its hash is in `entry_hash`.
    profile_version_id = models.UUIDField(null=True)
    #: The versions of the lists and profiles, and of the engine.
    knowledge = models.CharField(max_length=100, blank=True)
    theme = models.CharField(max_length=20, choices=themes)
    purpose = models.CharField(max_length=20, choices=Purpose.choices, default=Purpose.BORDER)
    state = models.CharField(max_length=10, choices=State.choices, default=State.OPEN)
    outcome = models.CharField(max_length=10, choices=Outcome.choices, blank=True)
    created_at = models.DateTimeField()

    #: The evidence, set by `selectors.reasons` from `ReasonClear`; empty if it is masked.
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
    """The evidence of a reason, as a list of JSON objects with the keys `name`, `ours`, `theirs`, `relation`
    and `contribution`. Evidence is stored in a separate table, so that it can be masked while the reason is
    kept.
    """

    pk = models.CompositePrimaryKey("reason_id", "retention_class", "month")
    reason_id = models.UUIDField()
    retention_class = models.CharField(max_length=20)
    month = models.DateField()
    organisation_id = models.UUIDField()
    evidence = models.JSONField()

    class Meta:
        managed = False
        db_table = "hits_reasonclear"


class Decision(Owned):
    """The decision of an officer on a hit. Rows are only added, and never changed."""

    class Choice(models.TextChoices):
        """The choices of a decision, in the order of severity, as on the page. No choice is preselected."""

        RELEASE = "release", _("release")
        REFER = "refer", _("refer to control")
        HOLD = "hold", _("hold")
        REFUSE = "refuse", _("refuse")

    hit = models.ForeignKey(Hit, on_delete=models.PROTECT, related_name="decisions")
    choice = models.CharField(max_length=10, choices=Choice.choices)
    by = models.ForeignKey("accounts.User", on_delete=models.PROTECT, related_name="+")
    #: The second officer, if one is required; never the first.
    second = models.ForeignKey(
        "accounts.User", on_delete=models.PROTECT, null=True, related_name="+"
    )
    at = models.DateTimeField(auto_now_add=True)
    #: {reason id: outcome} for the reasons that were on the page.
    answers = models.JSONField(default=dict)
    priority = models.PositiveSmallIntegerField()

    #: The explanation, and the legal basis that a refusal and a hold beyond the limit require. They are set
    #: by `selectors.decisions` from `TextClear`; None if they are masked.
    why: str | None = None
    basis: str | None = None


class Result(Owned):
    """The result of the control of a decided hit. Rows are only added, and never changed. If a hit has
    several results, only the latest result is used."""

    class Outcome(models.TextChoices):
        """The results of a control, in the order of severity, as on the page."""

        NOTHING = "nothing", _("nothing found")
        CONFIRMED = "confirmed", _("confirmed result")

    hit = models.ForeignKey(Hit, on_delete=models.CASCADE, related_name="results")
    #: The decision that led to the control. Only readers of the decision see the result.
    decision = models.ForeignKey(
        Decision, on_delete=models.PROTECT, null=True, related_name="+", db_constraint=False
    )
    outcome = models.CharField(max_length=10, choices=Outcome.choices)
    by = models.ForeignKey("accounts.User", on_delete=models.PROTECT, related_name="+")
    at = models.DateTimeField(auto_now_add=True)


class Confirmed(models.Model):
    """A subject whose hit has a confirmed result, and the period in which this result was valid. Statistics,
    and values about the history of a subject, are computed from the confirmed results. Triggers of the
    database write the rows. Undecided and cleared hits have no row."""

    subject = models.OneToOneField(
        "subjects.Subject", on_delete=models.CASCADE, primary_key=True, related_name="confirmed"
    )
    organisation = models.ForeignKey(
        "accounts.Organisation", on_delete=models.PROTECT, related_name="+", db_index=False
    )
    since = models.DateTimeField()
    #: The time at which the decision or the result was withdrawn.
    until = models.DateTimeField(null=True)

    class Meta:
        indexes = [models.Index(fields=["organisation", "since"], name="confirmed_since")]


class Event(Owned):
    """One line in the history of a hit."""

    id = models.BigAutoField(primary_key=True)  # type: ignore[assignment]
    hit = models.ForeignKey(Hit, on_delete=models.CASCADE, related_name="events")
    at = models.DateTimeField(auto_now_add=True)
    by = models.ForeignKey("accounts.User", on_delete=models.PROTECT, null=True, related_name="+")
    #: `opened`, `reason_added`, `reason_void`, `claimed`, `released_claim`, `handed_over`, `decided`,
    #: `reopened`, `note`, `printed`.
    kind = models.CharField(max_length=20)
    #: For a note: `text`, the id of the text in `TextClear`.
    params = models.JSONField(default=dict)
    priority = models.PositiveSmallIntegerField(null=True)
    #: The pairs of theme and purpose of the hit at this time, and the parts of them whose readers see the
    #: line, each with the priority that they see. Without `seen`, these are the readers who see all of
    #: `pairs`.
    pairs = models.IntegerField(default=0, db_default=0)
    seen = models.JSONField(null=True)

    #: The text of a note, set by `selectors.history` from `TextClear`; None if it is masked.
    text: str | None = ""


class TextClear(models.Model):
    """Free text about a hit, stored in a separate table so that it can be masked. The kinds of text are `why`
    and `basis` of a decision, `note`, and `rectified` (the values that a person asked to rectify). The owner
    of a rectified value is the subject.
    """

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


class ClearedPair(Owned):
    """A clearing: an officer decided that a subject is not the person of a list entry. The clearing is valid
    until the subject or the entry changes, or until the clearing expires. An equal entry of another list with
    a different theme or purpose is not cleared, because the officer may not be allowed to see that list.
    """

    fingerprint = models.BinaryField(max_length=16)
    entry_hash = models.CharField(max_length=64)
    theme = models.CharField(max_length=20, choices=themes)
    purpose = models.CharField(max_length=20, choices=Purpose.choices)
    by = models.ForeignKey("accounts.User", on_delete=models.PROTECT, related_name="+")
    at = models.DateTimeField(auto_now_add=True)
    expires_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["organisation", "fingerprint", "entry_hash", "theme", "purpose"],
                name="cleared_once",
            ),
        ]
