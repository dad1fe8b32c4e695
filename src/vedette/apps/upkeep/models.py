"""Contains the models of rate limits, of heartbeats, of the clock, and of scheduled tasks that wait. The
tables of rate limits and heartbeats are unlogged tables of PostgreSQL. After a crash of the database,
unlogged tables are empty, and new rows are written within a minute."""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _

from vedette.apps.columns import new_id


class Rate(models.Model):
    """The state of one rate limit for one caller. The state is the time at which the full number of requests
    is available again (generic cell rate algorithm)."""

    #: Keyed hash of the kind with a token, a user or an address; never the address itself.
    key = models.BinaryField(primary_key=True, max_length=16)
    rested_at = models.DateTimeField()

    class Meta:
        indexes = [models.Index(fields=["rested_at"], name="rate_rested")]


class Beat(models.Model):
    """The heartbeat of a running worker. A worker writes its heartbeat every few seconds, and deletes the
    heartbeat when the worker ends normally."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    started_at = models.DateTimeField()
    seen_at = models.DateTimeField()


class Clock(models.Model):
    """The last time of the database that the workers accepted. The table of the clock has one row, which is
    written once a minute (`clock.py`)."""

    id = models.SmallIntegerField(primary_key=True, default=1, editable=False)
    recorded_at = models.DateTimeField()
    #: Start of a machine → accepted time of the database, and seconds since that start. The machine counts
    #: the seconds even while no worker runs, so that a long stop can be distinguished from a wrong clock.
    marks = models.JSONField(default=dict)

    class Meta:
        constraints = [models.CheckConstraint(condition=models.Q(id=1), name="clock_one")]


class Pause(models.Model):
    """Scheduled tasks that wait for the confirmation of an administrator. After a jump of the clock, all
    scheduled tasks wait. Without a jump of the clock, only a task that would change unusually many rows
    waits."""

    class Act(models.TextChoices):
        """The scheduled tasks that can wait for a confirmation."""

        #: All scheduled tasks of all organisations.
        CLOCK = "clock", _("all scheduled tasks")
        ACCOUNTS = "accounts", _("suspension of unused accounts")
        PROFILES = "profiles", _("end of risk profiles after their last day")
        #: The run masks and deletes months of all organisations.
        RETENTION = "retention", _("masking and deletion of data by month")

    class Why(models.TextChoices):
        """The reason why scheduled tasks wait. The status page explains this reason."""

        FORWARD = "forward"
        BACK = "back"
        #: No worker ran for more than an hour and the machine was restarted, so the time that has passed is
        #: unknown.
        STOPPED = "stopped"
        #: Unusually many rows at once.
        MASS = "mass"

    #: Whether the reader may confirm it, set by `pauses.waiting`.
    confirmable = False

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    #: None: the pause concerns all organisations.
    organisation = models.ForeignKey(
        "accounts.Organisation", on_delete=models.CASCADE, null=True, related_name="+"
    )
    act = models.CharField(max_length=20, choices=Act.choices)
    why = models.CharField(max_length=20, choices=Why.choices)
    #: The time of the database at which the pause began. A confirmed task runs as of this time.
    at = models.DateTimeField()
    #: The time that was expected, if the clock jumped and the passed time is known.
    expected_at = models.DateTimeField(null=True)
    #: Start of the machine that found the jump, and the seconds since then.
    boot = models.CharField(max_length=40, default="", blank=True)
    boot_s = models.FloatField(default=0)
    #: The number of accounts, profiles or months that the task would change, and the number that exist.
    count = models.IntegerField(default=0)
    total = models.IntegerField(default=0)
    confirmed_at = models.DateTimeField(null=True)
    confirmed_by = models.ForeignKey(
        "accounts.User", on_delete=models.SET_NULL, null=True, related_name="+"
    )
    ended_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["organisation", "act"], condition=models.Q(ended_at=None), name="pause_one",
                nulls_distinct=False,
            ),
        ]  # fmt: skip
