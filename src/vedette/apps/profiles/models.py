"""Models of risk profiles, their versions and code lists, backtests, stored values, and the random
control."""

from __future__ import annotations

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.utils.translation import gettext_lazy as _

from vedette.apps.columns import Purpose, Theme, new_id
from vedette.kinds import default, default_theme


class Profile(models.Model):
    """A risk profile with a fixed number, such as P-014."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    organisation = models.ForeignKey(
        "accounts.Organisation", on_delete=models.PROTECT, related_name="+", db_index=False
    )
    #: Name of the kind of subject (`vedette.kinds`).
    kind = models.CharField(max_length=20, default=default)
    ref = models.CharField(max_length=40)
    #: True for a starter profile, which must be adapted.
    example = models.BooleanField(default=False)
    created_at = models.DateTimeField(auto_now_add=True)
    #: Suspended without a second person; resuming requires one.
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


class Version(models.Model):
    """One version of a profile. Only a draft may change; a trigger prevents changes of a submitted version,
    which needs a new version."""

    class State(models.TextChoices):
        """The state of a version. Suspension and expiry follow from dates."""

        DRAFT = "draft", _("draft")
        ASKED = "asked", _("waiting for approval")
        ACTIVE = "active", _("active")
        ENDED = "ended", _("ended")

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    organisation = models.ForeignKey(
        "accounts.Organisation", on_delete=models.PROTECT, related_name="+", db_index=False
    )
    profile = models.ForeignKey(
        Profile, on_delete=models.PROTECT, related_name="versions", db_index=False
    )
    number = models.PositiveIntegerField()
    state = models.CharField(max_length=10, choices=State.choices, default=State.DRAFT)
    #: Text of the author; of a starter profile the English text, which is translated when it is shown. The
    #: same holds for basis, source, justification and notes.
    title = models.CharField(max_length=200)
    expression = models.TextField()
    #: Parameters of the expression: {name: value}.
    parameters = models.JSONField(default=dict)
    #: Points for the priority (0 to 100).
    weight = models.PositiveSmallIntegerField(default=20)
    theme = models.CharField(max_length=20, choices=Theme.choices, default=default_theme)
    purpose = models.CharField(max_length=20, choices=Purpose.choices)
    basis = models.CharField(max_length=300)
    #: Source of the idea: a guide, an indicator, a case.
    source = models.CharField(max_length=300, blank=True)
    indicators = ArrayField(models.PositiveSmallIntegerField(), default=list)
    #: Why restricted grounds are needed; then the notes on what speaks for and against a subject.
    justification = models.TextField(blank=True)
    note_for = models.TextField(blank=True)
    note_against = models.TextField(blank=True)
    #: Precision in percent below which the version needs a review; None for no limit.
    floor = models.PositiveSmallIntegerField(null=True)
    #: Number of months for which the version is active.
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
    #: Period of shadow mode: evaluated without raising hits.
    shadow_from = models.DateTimeField(null=True)
    shadow_until = models.DateTimeField(null=True)
    #: It became active or was resumed: stored subjects must be screened again (`desk.rescreen`).
    screen_stored = models.BooleanField(default=False, db_default=False)
    #: Version of the vocabulary of the last check.
    vocabulary = models.CharField(max_length=20, blank=True)
    #: Hash of expression, parameters and weight, which reasons refer to.
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


class VersionEvent(models.Model):
    """An event in the history of a version; rows are never changed."""

    id = models.BigAutoField(primary_key=True)
    organisation = models.ForeignKey(
        "accounts.Organisation", on_delete=models.PROTECT, related_name="+", db_index=False
    )
    version = models.ForeignKey(Version, on_delete=models.PROTECT, related_name="events")
    at = models.DateTimeField(auto_now_add=True)
    by = models.ForeignKey("accounts.User", on_delete=models.PROTECT, null=True, related_name="+")
    #: drafted, changed, tested, shadow_on, shadow_off, heard, asked, refused, activated, suspended,
    #: resumed, ended, expired, list_changed.
    kind = models.CharField(max_length=20)
    #: Ids, numbers and codes; the text of an opinion or refusal in `said`.
    params = models.JSONField(default=dict)


class CodeList(models.Model):
    """A named list of codes, used by expressions: `origin IN LIST 'conflict_2026'`."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    organisation = models.ForeignKey(
        "accounts.Organisation", on_delete=models.PROTECT, related_name="+", db_index=False
    )
    name = models.CharField(max_length=60)
    codes = ArrayField(models.CharField(max_length=40), default=list)
    source = models.CharField(max_length=300, blank=True)
    #: Last day of validity; an expired list counts as unknown.
    until = models.DateField(null=True)
    changed_at = models.DateTimeField(auto_now=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["organisation", "name"], name="code_list_name"),
        ]


class ProfileState(models.Model):
    """One row per organisation with a number that increases with every change, so that workers reload."""

    organisation = models.OneToOneField(
        "accounts.Organisation", on_delete=models.PROTECT, primary_key=True
    )
    number = models.BigIntegerField(default=0)


class ShadowFire(models.Model):
    """A subject that a version in shadow mode would have raised; it is not a hit."""

    id = models.BigAutoField(primary_key=True)
    organisation = models.ForeignKey(
        "accounts.Organisation", on_delete=models.PROTECT, related_name="+", db_index=False
    )
    version = models.ForeignKey(Version, on_delete=models.CASCADE, related_name="+", db_index=False)
    subject = models.ForeignKey("subjects.Subject", on_delete=models.CASCADE, related_name="+")
    at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["version", "subject"], name="shadow_once"),
        ]


class Backtest(models.Model):
    """A backtest of a version, or of an expression that is not stored yet; a separate process runs it.

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
    organisation = models.ForeignKey(
        "accounts.Organisation", on_delete=models.PROTECT, related_name="+", db_index=False
    )
    version = models.ForeignKey(
        Version, on_delete=models.CASCADE, null=True, related_name="backtests"
    )
    kind = models.CharField(max_length=20, default=default)
    #: True for a count of a few days that the editor shows.
    quick = models.BooleanField(default=False)
    expression = models.TextField()
    parameters = models.JSONField(default=dict)
    content_hash = models.CharField(max_length=64, blank=True)
    first_day = models.DateField()
    last_day = models.DateField()
    asked_by = models.ForeignKey("accounts.User", on_delete=models.PROTECT, related_name="+")
    asked_at = models.DateTimeField(auto_now_add=True)
    state = models.CharField(max_length=10, choices=State.choices, default=State.WAITING)
    #: Number of rows read, and of all rows.
    done = models.PositiveBigIntegerField(default=0)
    total = models.PositiveBigIntegerField(default=0)
    started_at = models.DateTimeField(null=True)
    finished_at = models.DateTimeField(null=True)
    result = models.JSONField(default=dict)
    #: Class of the error.
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


class Known(models.Model):
    """Values of subjects as they were known at screening (side table), in blocks (`known.py`).

    A fresh block (`column` empty) is one frame with all its columns; a compacted block has one row per
    column. `data` is Arrow IPC. Masking deletes the values of a month, so that backtests reach only unmasked
    months.
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


class DrawDay(models.Model):
    """The random control of one day: the hash of its key, which is in the journal before the day begins, and
    the key after the day. In between, the key is not in the database."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    organisation = models.ForeignKey(
        "accounts.Organisation", on_delete=models.PROTECT, related_name="+", db_index=False
    )
    day = models.DateField()
    #: The promise: SHA-256 of the key, in hex.
    promise = models.CharField(max_length=64)
    #: The key, in hex, after the day.
    revealed = models.CharField(max_length=64, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["organisation", "day"], name="draw_day"),
        ]


class DrawLane(models.Model):
    """A lane of the random control with its minimum rate. Nothing is drawn on a lane without a rate."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    organisation = models.ForeignKey(
        "accounts.Organisation", on_delete=models.PROTECT, related_name="+", db_index=False
    )
    #: Name of the lane (`actions.lanes`).
    lane = models.CharField(max_length=20)
    #: Share of subjects that are drawn, from 0 to 1.
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


class DrawRate(models.Model):
    """A rate of a lane with its time; rows are never changed, so that the draw of a past day can be verified.
    `by` is None for the rate at the introduction of this table."""

    id = models.BigAutoField(primary_key=True)
    organisation = models.ForeignKey(
        "accounts.Organisation", on_delete=models.PROTECT, related_name="+", db_index=False
    )
    lane = models.CharField(max_length=20)
    rate = models.FloatField()
    basis = models.CharField(max_length=300)
    at = models.DateTimeField(auto_now_add=True)
    by = models.ForeignKey("accounts.User", on_delete=models.PROTECT, null=True, related_name="+")

    class Meta:
        indexes = [models.Index(fields=["organisation", "lane", "-at"], name="draw_rate_of")]


class Drawn(models.Model):
    """A subject that was drawn at random for a control; it is not a hit, and is deleted with the subject."""

    id = models.BigAutoField(primary_key=True)
    organisation = models.ForeignKey(
        "accounts.Organisation", on_delete=models.PROTECT, related_name="+", db_index=False
    )
    subject = models.ForeignKey("subjects.Subject", on_delete=models.CASCADE, related_name="+")
    lane = models.CharField(max_length=20)
    #: The UTC day on which the subject was first received, and the rate of that time.
    day = models.DateField()
    rate = models.FloatField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["subject", "lane"], name="drawn_once")]
        indexes = [models.Index(fields=["organisation", "-day"], name="drawn_on")]


class FirstSeen(models.Model):
    """The first id of a subject on a lane, by a keyed token that identifies the subject."""

    pk = models.CompositePrimaryKey("organisation_id", "lane", "token")
    organisation_id = models.UUIDField()
    lane = models.CharField(max_length=20)
    token = models.BinaryField(max_length=16)
    first_id = models.UUIDField()
    day = models.DateField()
