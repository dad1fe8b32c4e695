"""Models of risk profiles, their versions and code lists, backtests, stored values, and the random
control."""

from __future__ import annotations

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.utils.translation import gettext_lazy as _

from vedette.apps.columns import Purpose, Theme, new_id
from vedette.kinds import default, default_theme


class _Owned(models.Model):
    """A base class for rows that belong to an organisation."""

    organisation = models.ForeignKey(
        "accounts.Organisation", on_delete=models.PROTECT, related_name="+", db_index=False
    )

    class Meta:
        abstract = True


class Profile(_Owned):
    """A risk profile with a fixed reference, such as P-014."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    #: The name of the kind of subject (`vedette.kinds`).
    kind = models.CharField(max_length=20, default=default)
    ref = models.CharField(max_length=40)
    #: True for a starter profile, which must be adapted before use.
    example = models.BooleanField(default=False)
    created_at = models.DateTimeField(auto_now_add=True)
    #: One person may suspend a profile. Resuming it needs a second person.
    suspended_at = models.DateTimeField(null=True)
    suspended_by = models.ForeignKey(
        "accounts.User", on_delete=models.PROTECT, null=True, related_name="+"
    )

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["organisation", "ref"], name="profile_ref"),
        ]

    def __str__(self) -> str:
        return self.ref


class Version(_Owned):
    """One version of a profile. Only a draft may be changed. A database trigger prevents changes of the
    content of a submitted version. After the submission of a version, a change of its content requires a new
    version.
    """

    class State(models.TextChoices):
        """The state of a version. Suspension and expiry are not states, because they are determined by
        dates."""

        DRAFT = "draft", _("draft")
        ASKED = "asked", _("waiting for approval")
        ACTIVE = "active", _("active")
        ENDED = "ended", _("ended")

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    profile = models.ForeignKey(
        Profile, on_delete=models.PROTECT, related_name="versions", db_index=False
    )
    number = models.PositiveIntegerField()
    state = models.CharField(max_length=10, choices=State.choices, default=State.DRAFT)
    #: The text of the author. For a starter profile it is the English text, which is translated when it is
    #: shown. The same applies to basis, source, justification and notes.
    title = models.CharField(max_length=200)
    expression = models.TextField()
    #: The parameters of the expression: {name: value}.
    parameters = models.JSONField(default=dict)
    #: The points that the version adds to the priority of a hit (0 to 100).
    weight = models.PositiveSmallIntegerField(default=20)
    theme = models.CharField(max_length=20, choices=Theme.choices, default=default_theme)
    purpose = models.CharField(max_length=20, choices=Purpose.choices)
    basis = models.CharField(max_length=300)
    #: The source of the profile, such as a guide, an indicator or a case.
    source = models.CharField(max_length=300, blank=True)
    indicators = ArrayField(models.PositiveSmallIntegerField(), default=list)
    #: `justification`: why restricted facts are needed. `note_for` and `note_against`: facts in favour of and
    #: against a subject.
    justification = models.TextField(blank=True)
    note_for = models.TextField(blank=True)
    note_against = models.TextField(blank=True)
    #: The precision in percent below which the version needs a review; None if there is no limit.
    floor = models.PositiveSmallIntegerField(null=True)
    #: For a criterion of clearance: the lane to which it sends the subjects that match (`AppKind.clearance`),
    #: and the percentage of them that it selects. A criterion raises no hits. Empty for a risk profile.
    lane = models.CharField(max_length=10, blank=True)
    share = models.FloatField(default=100.0)
    #: The number of months for which the version is active.
    months = models.PositiveSmallIntegerField(default=6)
    author = models.ForeignKey("accounts.User", on_delete=models.PROTECT, related_name="+")
    created_at = models.DateTimeField(auto_now_add=True)
    changed_at = models.DateTimeField(auto_now=True)
    approved_by = models.ForeignKey(
        "accounts.User", on_delete=models.PROTECT, null=True, related_name="+"
    )
    active_from = models.DateTimeField(null=True)
    active_until = models.DateTimeField(null=True)
    ended_at = models.DateTimeField(null=True)
    #: The period of shadow mode, in which the version is evaluated but raises no hits.
    shadow_from = models.DateTimeField(null=True)
    shadow_until = models.DateTimeField(null=True)
    #: Whether stored subjects must be screened again (`desk.rescreen`), because the version became active or
    #: was resumed.
    screen_stored = models.BooleanField(default=False, db_default=False)
    #: The version of the vocabulary with which the expression was last checked.
    vocabulary = models.CharField(max_length=20, blank=True)
    #: The hash of expression, parameters and weight. The reasons of hits refer to this hash.
    content_hash = models.CharField(max_length=64, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["profile", "number"], name="profile_number"),
            models.UniqueConstraint(
                fields=["profile"],
                condition=models.Q(state="active"),
                name="profile_one_active",
            ),
        ]
        indexes = [
            models.Index(
                fields=["organisation"],
                name="version_screen_stored",
                condition=models.Q(screen_stored=True),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.profile.ref} v{self.number}"


#: The states of a version that may still become active.
OPEN = (Version.State.DRAFT, Version.State.ASKED)


class VersionEvent(_Owned):
    """An event in the history of a version. Rows of this table are never changed."""

    id = models.BigAutoField(primary_key=True)
    version = models.ForeignKey(Version, on_delete=models.PROTECT, related_name="events")
    at = models.DateTimeField(auto_now_add=True)
    by = models.ForeignKey("accounts.User", on_delete=models.PROTECT, null=True, related_name="+")
    #: The kind of event: drafted, changed, tested, shadow_on, shadow_off, heard, asked, taken_back, allowed,
    #: refused, activated, suspended, resumed, ended, expired, list_changed.
    kind = models.CharField(max_length=20)
    #: Ids, numbers and codes. `said` contains the text of an opinion or of a refusal.
    params = models.JSONField(default=dict)


class CodeList(_Owned):
    """A named list of codes, which expressions use: `origin IN LIST 'conflict_2026'`."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    name = models.CharField(max_length=60)
    codes = ArrayField(models.CharField(max_length=40), default=list)
    source = models.CharField(max_length=300, blank=True)
    #: The last day on which the list is valid. After this day, conditions on the list are unknown.
    until = models.DateField(null=True)
    changed_at = models.DateTimeField(auto_now=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["organisation", "name"], name="code_list_name"),
        ]


class ProfileState(models.Model):
    """A counter of profile changes, with one row for each organisation. The counter increases with every
    change, so that workers reload the profiles."""

    organisation = models.OneToOneField(
        "accounts.Organisation", on_delete=models.PROTECT, primary_key=True
    )
    number = models.BigIntegerField(default=0)


class ShadowFire(_Owned):
    """A subject that matched a version in shadow mode. A match in shadow mode does not create a hit."""

    id = models.BigAutoField(primary_key=True)
    version = models.ForeignKey(Version, on_delete=models.CASCADE, related_name="+", db_index=False)
    subject = models.ForeignKey("subjects.Subject", on_delete=models.CASCADE, related_name="+")
    at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["version", "subject"], name="shadow_once"),
        ]


class Backtest(_Owned):
    """A backtest of a version, or of an expression that is not stored yet. A separate process runs the
    backtest.

    `result` contains counts and the ids of a sample of subjects, but no value of a subject.
    """

    class State(models.TextChoices):
        """The state of a backtest."""

        WAITING = "waiting", _("waiting")
        RUNNING = "running", _("running")
        DONE = "done", _("done")
        CANCELLED = "cancelled", _("cancelled")
        FAILED = "failed", _("failed")

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    version = models.ForeignKey(
        Version, on_delete=models.CASCADE, null=True, related_name="backtests"
    )
    kind = models.CharField(max_length=20, default=default)
    #: True for a quick count over the latest rows, which the editor shows.
    quick = models.BooleanField(default=False)
    expression = models.TextField()
    parameters = models.JSONField(default=dict)
    content_hash = models.CharField(max_length=64, blank=True)
    first_day = models.DateField()
    last_day = models.DateField()
    asked_by = models.ForeignKey("accounts.User", on_delete=models.PROTECT, related_name="+")
    asked_at = models.DateTimeField(auto_now_add=True)
    state = models.CharField(max_length=10, choices=State.choices, default=State.WAITING)
    #: The number of rows that were read, and the number of all rows.
    done = models.PositiveBigIntegerField(default=0)
    total = models.PositiveBigIntegerField(default=0)
    started_at = models.DateTimeField(null=True)
    finished_at = models.DateTimeField(null=True)
    result = models.JSONField(default=dict)
    #: The class of the error, if the backtest failed.
    failure = models.CharField(max_length=200, blank=True)

    class Meta:
        indexes = [
            models.Index(
                fields=["asked_at"],
                name="backtest_waiting",
                condition=models.Q(state__in=["waiting", "running"]),
            ),
            models.Index(fields=["version", "-asked_at"], name="backtest_of"),
        ]


#: The states of a backtest that is not finished.
UNDER_WAY = (Backtest.State.WAITING, Backtest.State.RUNNING)


class Known(models.Model):
    """The values that were known about each subject at its screening, stored in blocks
    (`known.py`).

    A block that is not compacted yet (a fresh block) is one row. In a fresh block, `column` is empty, and
    `data` is a data frame with all columns. A compacted block has one row for each column. `data` is in the
    format Arrow IPC. Masking deletes the values of a month, so a backtest covers only months that are not
    masked.
    """

    pk = models.CompositePrimaryKey("block", "column", "retention_class", "month")
    block = models.UUIDField()
    column = models.CharField(max_length=60)
    retention_class = models.CharField(max_length=20)
    month = models.DateField()
    organisation_id = models.UUIDField()
    kind = models.CharField(max_length=20)
    day = models.DateField()
    rows = models.PositiveIntegerField()
    data = models.BinaryField()

    class Meta:
        managed = False
        db_table = "profiles_known"


class DrawDay(_Owned):
    """The random control of one day. The hash of the key of the day is in the journal before the day begins.
    The key itself is stored in the database only after the day."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    day = models.DateField()
    #: The hash (SHA-256) of the key, in hexadecimal. It is published in the journal before the day begins.
    promise = models.CharField(max_length=64)
    #: The key in hexadecimal. It is empty until the day is over.
    revealed = models.CharField(max_length=64, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["organisation", "day"], name="draw_day"),
        ]


class DrawLane(_Owned):
    """A lane of the random control with its minimum rate. No subject is selected on a lane without a rate."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    #: The name of the lane (`actions.lanes`).
    lane = models.CharField(max_length=20)
    #: The share of subjects that are drawn, from 0 to 1.
    rate = models.FloatField(default=0.0)
    basis = models.CharField(max_length=300)
    changed_at = models.DateTimeField(auto_now=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["organisation", "lane"], name="draw_lane"),
            models.CheckConstraint(
                condition=models.Q(rate__gte=0) & models.Q(rate__lte=1), name="draw_rate"
            ),
        ]


class DrawRate(_Owned):
    """A rate of a lane and the time from which it applies. Rows of this table are never changed, so that the
    random selection of a past day can be verified. `by` is None for a rate that existed before this table was
    introduced.
    """

    id = models.BigAutoField(primary_key=True)
    lane = models.CharField(max_length=20)
    rate = models.FloatField()
    basis = models.CharField(max_length=300)
    at = models.DateTimeField(auto_now_add=True)
    by = models.ForeignKey("accounts.User", on_delete=models.PROTECT, null=True, related_name="+")

    class Meta:
        indexes = [models.Index(fields=["organisation", "lane", "-at"], name="draw_rate_of")]


class Drawn(_Owned):
    """A subject that was selected at random for a control. A random selection does not create a hit. The row
    is deleted with the subject.
    """

    id = models.BigAutoField(primary_key=True)
    subject = models.ForeignKey("subjects.Subject", on_delete=models.CASCADE, related_name="+")
    lane = models.CharField(max_length=20)
    #: The UTC day on which the subject was first received, and the rate at that time.
    day = models.DateField()
    rate = models.FloatField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["subject", "lane"], name="drawn_once")]
        indexes = [models.Index(fields=["organisation", "-day"], name="drawn_on")]


class FirstSeen(models.Model):
    """The id under which a subject was first received on a lane. The token, which is computed with a secret
    key, identifies the subject."""

    pk = models.CompositePrimaryKey("organisation_id", "lane", "token")
    organisation_id = models.UUIDField()
    lane = models.CharField(max_length=20)
    token = models.BinaryField(max_length=16)
    first_id = models.UUIDField()
    day = models.DateField()
