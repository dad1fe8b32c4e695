"""Risk profiles: what is looked for, in versions that never change once they left the draft; the
values that profiles were judged on; backtests; what they found in shadow mode."""

from __future__ import annotations

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.utils.translation import gettext_lazy as _

from vedette.apps.columns import Purpose, Theme, new_id
from vedette.kinds import default


class Profile(models.Model):
    """A risk profile with a fixed number, such as P-014."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    organisation = models.ForeignKey(
        "accounts.Organisation", on_delete=models.PROTECT, related_name="+", db_index=False
    )
    #: Name of the kind of subject (`vedette.kinds`).
    kind = models.CharField(max_length=20, default=default)
    ref = models.CharField(max_length=40)
    #: Shipped as an example to be adapted.
    example = models.BooleanField(default=False)
    created_at = models.DateTimeField(auto_now_add=True)
    #: Stopped at once by anybody who may, without a second person; resuming asks for one.
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
    """One version of a profile. A draft changes; from the moment a second person is asked, what it says
    is fixed (a trigger holds it), and a change is another version."""

    class State(models.TextChoices):
        """Where it stands; whether an active one is suspended or past its day is asked of the dates."""

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
    #: As its author wrote it; the English text where it comes from a starter profile, translated where it
    #: is shown. So are basis, source, justification and notes.
    title = models.CharField(max_length=200)
    expression = models.TextField()
    #: {name: value} of the parameters in it.
    parameters = models.JSONField(default=dict)
    #: Points it gives to the priority (0 to 100).
    weight = models.PositiveSmallIntegerField(default=20)
    theme = models.CharField(max_length=20, choices=Theme.choices, default=Theme.PASSENGERS)
    purpose = models.CharField(max_length=20, choices=Purpose.choices)
    basis = models.CharField(max_length=300)
    #: Where the idea comes from: a guide, an indicator, a case.
    source = models.CharField(max_length=300, blank=True)
    indicators = ArrayField(models.PositiveSmallIntegerField(), default=list)
    #: Why restricted grounds are needed; then the notes on what speaks for and against a subject.
    justification = models.TextField(blank=True)
    note_for = models.TextField(blank=True)
    note_against = models.TextField(blank=True)
    #: Share of confirmed results, in percent, below which it asks for review; None: none.
    floor = models.PositiveSmallIntegerField(null=True)
    #: How long it may be active.
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
    #: Runs beside the live ones without raising a hit.
    shadow_from = models.DateTimeField(null=True)
    shadow_until = models.DateTimeField(null=True)
    #: It became active or was resumed: stored subjects must be screened again (`desk.rescreen`).
    screen_stored = models.BooleanField(default=False, db_default=False)
    #: Version of the vocabulary that it was last checked against.
    vocabulary = models.CharField(max_length=20, blank=True)
    #: Hash of what it asks (expression, parameters, weight): what a reason is bound to.
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
    """The life of a version: append-only."""

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
    #: Ids, numbers and codes; of `heard` and `refused` what was said.
    params = models.JSONField(default=dict)


class CodeList(models.Model):
    """A named list of codes that expressions ask for: `origin IN LIST 'conflict_2026'`."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    organisation = models.ForeignKey(
        "accounts.Organisation", on_delete=models.PROTECT, related_name="+", db_index=False
    )
    name = models.CharField(max_length=60)
    codes = ArrayField(models.CharField(max_length=40), default=list)
    source = models.CharField(max_length=300, blank=True)
    #: From the day after, nobody knows who is on it: what is watched for a time is not watched for ever.
    until = models.DateField(null=True)
    changed_at = models.DateTimeField(auto_now=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["organisation", "name"], name="code_list_name"),
        ]


class ProfileState(models.Model):
    """One row an organisation: a number that grows with every change, so that workers reload."""

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
    """A version, or an expression not saved yet, asked of the stored past; done by a process of its own.

    `result`: counts and the ids of a sample of subjects; it contains no value of a subject.
    """

    class State(models.TextChoices):
        """From asked to done."""

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
    #: Only how many, of a few days: what the form shows while one writes.
    quick = models.BooleanField(default=False)
    expression = models.TextField()
    parameters = models.JSONField(default=dict)
    content_hash = models.CharField(max_length=64, blank=True)
    first_day = models.DateField()
    last_day = models.DateField()
    asked_by = models.ForeignKey("accounts.User", on_delete=models.PROTECT, related_name="+")
    asked_at = models.DateTimeField(auto_now_add=True)
    state = models.CharField(max_length=10, choices=State.choices, default=State.WAITING)
    #: Rows read and to be read; a cancelled one stops at the next part.
    done = models.PositiveBigIntegerField(default=0)
    total = models.PositiveBigIntegerField(default=0)
    started_at = models.DateTimeField(null=True)
    finished_at = models.DateTimeField(null=True)
    result = models.JSONField(default=dict)
    #: Code of what went wrong.
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
    """Values as they were known at screening (side table): many rows of one day in one block.

    A fresh block (`column` empty) is one frame with all its columns; later the blocks of a day are put
    together, one row a column, so that a backtest reads only the columns that it asks for. `data` is
    Arrow IPC. They go with their month when it is masked: backtests reach the unmasked months only.
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
    """The random control of one day: the hash of its key, journalled before the day begins; the key
    itself afterwards. Between the two nobody can read it from here."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    organisation = models.ForeignKey(
        "accounts.Organisation", on_delete=models.PROTECT, related_name="+", db_index=False
    )
    day = models.DateField()
    #: SHA-256 of the key, in hex: what is promised.
    promise = models.CharField(max_length=64)
    #: The key, in hex, once the day is over.
    revealed = models.CharField(max_length=64, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["organisation", "day"], name="draw_day"),
        ]


class DrawLane(models.Model):
    """A lane of the random control with its minimum rate; none is controlled by chance before one is set."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    organisation = models.ForeignKey(
        "accounts.Organisation", on_delete=models.PROTECT, related_name="+", db_index=False
    )
    #: Name of the lane (`actions.control.lanes`).
    lane = models.CharField(max_length=20)
    #: Share of all that is controlled by chance, from 0 to 1.
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
    """What the rate of a lane was, and from when: append-only, so that a past day can be drawn anew by
    anybody. By nobody: as it stood when this was first kept."""

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
    """What came to a lane, by a keyed token of what it is, and the id it was first seen under."""

    pk = models.CompositePrimaryKey("organisation_id", "lane", "token")
    organisation_id = models.UUIDField()
    lane = models.CharField(max_length=20)
    token = models.BinaryField(max_length=16)
    first_id = models.UUIDField()
    day = models.DateField()
