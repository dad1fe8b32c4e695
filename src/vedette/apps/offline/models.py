"""Models of field entries, which are recorded on a device without a network."""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from vedette.apps.columns import new_id


class Entry(models.Model):
    """An entry in the form in which the device encrypted it, with the result of storing it. The device
    creates the id. The row is kept, so that an entry that is sent again is not stored again. The encrypted
    bytes, the content and the photographs are deleted.
    """

    class State(models.TextChoices):
        """The states of an entry."""

        WAITING = "waiting", pgettext_lazy("entry", "received")
        STORED = "stored", pgettext_lazy("entry", "stored")
        PROBLEM = "problem", _("to be corrected")
        HELD = "held", _("waits for a person")
        REPLACED = "replaced", _("replaced by a correction")
        DISCARDED = "discarded", _("discarded")

    id = models.UUIDField(primary_key=True, editable=False)
    organisation = models.ForeignKey(
        "accounts.Organisation", on_delete=models.PROTECT, related_name="+", db_index=False
    )
    #: Who made the entry, and who delivered it.
    author = models.ForeignKey(
        "accounts.User", on_delete=models.PROTECT, related_name="+", db_index=False
    )
    delivered_by = models.ForeignKey(
        "accounts.User", on_delete=models.PROTECT, related_name="+", db_index=False
    )
    size = models.PositiveIntegerField()
    #: SHA-256 of the sealed bytes, which the device receives as acknowledgement.
    digest = models.BinaryField(max_length=32)
    #: None after a worker opened it.
    sealed = models.BinaryField(null=True)
    #: The time of the device when the entry was made and when it was sent; the time of the server.
    made_at = models.DateTimeField()
    sent_at = models.DateTimeField(null=True)
    received_at = models.DateTimeField()
    kind = models.CharField(max_length=20, blank=True)
    state = models.CharField(max_length=10, choices=State.choices, default=State.WAITING)
    #: Why it waits or could not be stored, and the fields with a problem (field → code).
    code = models.CharField(max_length=40, blank=True)
    problems = models.JSONField(default=dict)
    #: The opened content of an entry that could not be stored, encrypted (`keyring.lock_bytes`).
    content = models.BinaryField(null=True)
    #: The entry that it corrects or withdraws; the object that was stored from it.
    amends = models.UUIDField(null=True)
    result = models.UUIDField(null=True, db_index=True)
    #: Who accepted an entry that waited for a person.
    accepted_by = models.ForeignKey(
        "accounts.User", on_delete=models.PROTECT, null=True, related_name="+", db_index=False
    )
    accepted_at = models.DateTimeField(null=True)
    #: When content and photographs are deleted.
    delete_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=~models.Q(state="waiting") | models.Q(sealed__isnull=False)
                | models.Q(content__isnull=False),
                name="entry_waiting",
            ),
        ]  # fmt: skip
        indexes = [
            models.Index(fields=["author", "-received_at", "-id"], name="entry_of_author"),
            models.Index(
                fields=["organisation", "received_at"], name="entry_to_take",
                condition=models.Q(state="waiting"),
            ),
            models.Index(
                fields=["organisation", "-received_at", "-id"], name="entry_held",
                condition=models.Q(state__in=["held", "problem"]),
            ),
        ]  # fmt: skip

    @property
    def skew(self) -> float | None:
        """The number of seconds by which the clock of the device was ahead when the entry was sent. None for
        a file.
        """
        return (self.sent_at - self.received_at).total_seconds() if self.sent_at else None


class Part(models.Model):
    """A part of an entry that has not arrived completely."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    organisation = models.ForeignKey(
        "accounts.Organisation", on_delete=models.PROTECT, related_name="+", db_index=False
    )
    author = models.ForeignKey(
        "accounts.User", on_delete=models.PROTECT, related_name="+", db_index=False
    )
    entry = models.UUIDField()
    start = models.PositiveIntegerField()
    data = models.BinaryField()
    at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["author", "entry", "start"], name="part_once"),
        ]


class Photograph(models.Model):
    """A photograph of an entry, re-encoded and encrypted (`keyring.lock_bytes`)."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    organisation = models.ForeignKey(
        "accounts.Organisation", on_delete=models.PROTECT, related_name="+", db_index=False
    )
    entry = models.ForeignKey(Entry, on_delete=models.CASCADE, related_name="photographs")
    number = models.PositiveSmallIntegerField()
    width = models.PositiveIntegerField()
    height = models.PositiveIntegerField()
    #: SHA-256 of the picture as the device sent it.
    digest = models.BinaryField(max_length=32)
    picture = models.BinaryField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["entry", "number"], name="photograph_once"),
        ]
