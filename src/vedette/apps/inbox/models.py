"""Contains the models of received files, of messages, of submissions of public forms, and of the numbers of
free texts that were not stored."""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _

from vedette.apps.columns import LocalDateTimeField, new_id
from vedette.apps.inbox.fields import LockedTextField


class Inbox(models.Model):
    """A received file. The bytes of the file are encrypted with the public key of the workers. The bytes are
    deleted when the records of the file are stored."""

    class State(models.TextChoices):
        """The state of a received file."""

        WAITING = "waiting", _("waiting")
        DONE = "done", _("read")
        DUPLICATE = "duplicate", _("duplicate")
        FAILED = "failed", _("not readable")
        QUARANTINED = "quarantined", _("set aside")

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    organisation = models.ForeignKey(
        "accounts.Organisation", on_delete=models.PROTECT, related_name="+", db_index=False
    )
    received_at = models.DateTimeField()
    #: The channel of receipt (`api`, `watch`, `ingest`, `demo`), and the name of the file without its
    #: folders.
    source = models.CharField(max_length=20)
    #: Who submitted the file: `account:` with the id of the account, or `operator` for files that an operator
    #: or a watched folder put in without naming an account.
    submitter = models.CharField(max_length=60, default="operator", db_default="operator")
    name = LockedTextField(blank=True)
    size = models.PositiveIntegerField()
    #: Keyed hash of the bytes, which identifies duplicates.
    token = models.BinaryField(max_length=16)
    state = models.CharField(max_length=12, choices=State.choices, default=State.WAITING)
    #: Number of claims. After the first claim, the file is processed alone.
    attempts = models.PositiveSmallIntegerField(default=0)
    #: Number of workers that died while they processed this file alone. After the third death the file is
    #: quarantined (`claim.py`).
    deaths = models.PositiveSmallIntegerField(default=0, db_default=0)
    #: Id of the worker that claimed the file last.
    holder = models.UUIDField(null=True)
    claimed_at = models.DateTimeField(null=True)
    sealed = models.BinaryField(null=True)
    #: Reason and place of the failure; never a value of the message.
    failure = models.JSONField(null=True)
    finished_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["organisation", "token"], name="inbox_once"),
        ]
        indexes = [
            models.Index(
                fields=["received_at"], name="inbox_waiting", condition=models.Q(state="waiting")
            ),
            models.Index(fields=["organisation", "-received_at"], name="inbox_recent"),
        ]


class Submission(models.Model):
    """A form that a person submitted to the public process. A worker later puts it into the inbox
    (`submissions.py`).

    The public process, which serves the public forms, may only insert rows. The public process cannot read or
    change the rows. The number of rows is limited: each row has one of `SLOTS` numbers (`slot`), and a new
    row is refused if its number is already used by another row.
    """

    #: Computed from the number and the content of the form, so that the same form is stored once.
    id = models.UUIDField(primary_key=True, editable=False)
    organisation = models.ForeignKey(
        "accounts.Organisation", on_delete=models.CASCADE, related_name="+", db_index=False
    )
    #: The time of the database; `apps/sql/submissions.sql` sets the defaults of these two columns.
    received_at = models.DateTimeField()
    #: When a worker tries again to open a row whose key it does not have; None for a new row.
    again_at = models.DateTimeField(null=True)
    slot = models.PositiveIntegerField(unique=True)
    size = models.PositiveIntegerField()
    #: The file, encrypted with the public key of the workers.
    sealed = models.BinaryField(max_length=65536)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=models.Q(size__gt=0, size__lt=65536), name="submission_size"
            ),
        ]
        indexes = [
            models.Index(fields=["organisation", "received_at"], name="submission_order"),
        ]


class Message(models.Model):
    """A message that was read from a file. The row contains the sender, the group and the errors of the
    message, but no data of a subject."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    organisation = models.ForeignKey(
        "accounts.Organisation", on_delete=models.PROTECT, related_name="+", db_index=False
    )
    inbox = models.ForeignKey(Inbox, on_delete=models.PROTECT, related_name="messages")
    #: Name of the kind of subject that the message is about (`vedette.kinds`).
    kind = models.CharField(max_length=20)
    #: The group of subjects that the message is about; None if the message names no group.
    group_id = models.UUIDField(null=True)
    #: The unit of the group. The officers of this unit see the message.
    unit = models.ForeignKey(
        "accounts.Unit", on_delete=models.PROTECT, null=True, related_name="+", db_index=False
    )
    number = models.PositiveIntegerField()
    format = models.CharField(max_length=20)
    function = models.CharField(max_length=20, blank=True)
    #: The purpose that the sender states in addition to the function, as a code of the format.
    sub_function = models.CharField(max_length=10, blank=True, default="", db_default="")
    sender = models.CharField(max_length=70, blank=True)
    recipient = models.CharField(max_length=70, blank=True)
    interchange_ref = models.CharField(max_length=70, blank=True)
    message_ref = models.CharField(max_length=70, blank=True)
    common_access_ref = models.CharField(max_length=70, blank=True)
    sequence = models.PositiveIntegerField(null=True)
    last = models.BooleanField(null=True)
    release = models.CharField(max_length=20, blank=True)
    prepared_at = LocalDateTimeField(null=True)
    received_at = models.DateTimeField()
    #: Keyed hash of the parsed content. A message that is sent again has the same hash.
    token = models.BinaryField(max_length=16)
    #: `Kind.reader_version` at the time of reading.
    parser_version = models.CharField(max_length=20)
    #: The numbers of records read, by name (`Kind.counts`).
    counts = models.JSONField(default=dict)
    #: The earlier message with the same content; None if this is the first.
    resend_of = models.ForeignKey(
        "self", on_delete=models.PROTECT, null=True, related_name="+", db_index=False
    )
    #: [{code, message, segment, offset}]; [{segment, offset, length}]: positions, never values.
    warnings = models.JSONField(default=list)
    unread = models.JSONField(default=list)
    warning_count = models.PositiveIntegerField(default=0)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["organisation", "token"],
                condition=models.Q(resend_of=None),
                name="message_once",
            ),
        ]
        indexes = [
            models.Index(fields=["group_id", "received_at"], name="message_group"),
            models.Index(fields=["organisation", "-received_at"], name="message_recent"),
        ]


class DroppedCount(models.Model):
    """The number of free texts that were not stored, by sender, day and kind of text."""

    organisation = models.ForeignKey(
        "accounts.Organisation", on_delete=models.PROTECT, related_name="+", db_index=False
    )
    #: The sender that the group of the message names (`core.kind.Kind`).
    sender = models.CharField(max_length=70)
    day = models.DateField()
    kind = models.CharField(max_length=20)
    count = models.PositiveIntegerField(default=0)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["organisation", "sender", "day", "kind"], name="dropped_once"
            ),
        ]
