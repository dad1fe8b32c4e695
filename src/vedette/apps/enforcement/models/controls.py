"""Models of control orders, of the entries of a control, and of photographs.

Every record belongs to a subject. A record that follows from a decision also refers to the hit and the
decision. Only users who may see the decision can see the record (`apps/sql/enforcement.sql`). Texts and
photographs are in `Clear`, which is masked, erased and backed up together with the other values of the
subject.
"""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _

from vedette.apps.hits.models import Owned


class Recorded(Owned):
    """The base class of records of a control. The device that sends a record may create its id, so that a
    record that is sent twice is stored once."""

    subject = models.ForeignKey("subjects.Subject", on_delete=models.CASCADE, related_name="+")
    #: The hit and the decision from which the control follows. They are empty if the subject was selected at
    #: random and has no hit. They have no constraint in the database: a table refers to subjects by one
    #: foreign key only, from which the backup determines the month of its rows.
    hit = models.ForeignKey(
        "hits.Hit", on_delete=models.DO_NOTHING, null=True, related_name="+", db_constraint=False
    )
    decision = models.ForeignKey(
        "hits.Decision", on_delete=models.DO_NOTHING, null=True, related_name="+",
        db_constraint=False, db_index=False,
    )  # fmt: skip

    class Meta:
        abstract = True

    @property
    def reference(self) -> str:
        """The reference of the record, as the pages show it. The reference is made from the random part of
        the id, because a sequential number would reveal how many records are hidden from a reader."""
        return self.id.hex[-8:].upper()


class ControlOrder(Recorded):
    """An order to control a subject."""

    class State(models.TextChoices):
        """The states of an order."""

        ORDERED = "ordered", _("ordered")
        BEGUN = "begun", _("begun")
        DONE = "done", _("done")
        WITHDRAWN = "withdrawn", _("withdrawn")

    OPEN = (State.ORDERED, State.BEGUN)

    class Finding(models.TextChoices):
        """The result of the control."""

        NOTHING = "nothing", _("nothing found")
        FOUND = "found", _("finding")

    state = models.CharField(max_length=10, choices=State.choices, default=State.ORDERED)
    #: Whether the subject was selected at random.
    random = models.BooleanField(default=False)
    #: The team or the post that carries out the control, and the officer, if one is named.
    team = models.CharField(max_length=60, blank=True)
    assigned_to = models.ForeignKey(
        "accounts.User", on_delete=models.PROTECT, null=True, related_name="+", db_index=False
    )
    due_at = models.DateTimeField()
    ordered_by = models.ForeignKey(
        "accounts.User", on_delete=models.PROTECT, related_name="+", db_index=False
    )
    ordered_at = models.DateTimeField()
    begun_by = models.ForeignKey(
        "accounts.User", on_delete=models.PROTECT, null=True, related_name="+", db_index=False
    )
    begun_at = models.DateTimeField(null=True)
    ended_by = models.ForeignKey(
        "accounts.User", on_delete=models.PROTECT, null=True, related_name="+", db_index=False
    )
    ended_at = models.DateTimeField(null=True)
    finding = models.CharField(max_length=10, choices=Finding.choices, blank=True)
    #: The result of the hit that the end of the control recorded (`hits.Result`).
    result_id = models.UUIDField(null=True)

    class Meta:
        constraints = [
            # Two officers cannot order the same control at once.
            models.UniqueConstraint(
                fields=["decision"], name="order_of_decision",
                condition=models.Q(state__in=["ordered", "begun"], decision__isnull=False),
            ),
            models.UniqueConstraint(
                fields=["subject"], name="order_of_draw",
                condition=models.Q(state__in=["ordered", "begun"], decision__isnull=True),
            ),
            models.CheckConstraint(
                condition=models.Q(state="done", ended_at__isnull=False) & ~models.Q(finding="")
                | ~models.Q(state="done") & models.Q(finding=""),
                name="order_done_with_finding",
            ),
        ]  # fmt: skip
        indexes = [
            models.Index(
                fields=["organisation", "due_at", "id"], name="order_open",
                condition=models.Q(state__in=["ordered", "begun"]),
            ),
            models.Index(fields=["organisation", "-ended_at", "-id"], name="order_ended"),
        ]  # fmt: skip


class Entry(Owned):
    """One entry during a control. An entry is never changed. A later entry with the same `what` replaces an
    earlier check. An entry that was made by mistake is struck out."""

    class Kind(models.TextChoices):
        """The kinds of entries."""

        CHECK = "check", _("check")
        QUANTITY = "quantity", _("quantity")
        SEAL = "seal", _("seal")
        SAMPLE = "sample", _("sample")

    class Answer(models.TextChoices):
        """The answers of a check."""

        AS_DECLARED = "as_declared", _("as declared")
        DIFFERENT = "different", _("different")
        NOT_SEEN = "not_seen", _("not seen")

    order = models.ForeignKey(ControlOrder, on_delete=models.CASCADE, related_name="entries")
    kind = models.CharField(max_length=10, choices=Kind.choices)
    #: The check; whether a seal was removed or placed; the state of a sample; what was counted.
    what = models.CharField(max_length=20)
    answer = models.CharField(max_length=12, choices=Answer.choices, blank=True)
    amount = models.DecimalField(max_digits=20, decimal_places=6, null=True)
    unit = models.CharField(max_length=10, blank=True)
    by = models.ForeignKey(
        "accounts.User", on_delete=models.PROTECT, related_name="+", db_index=False
    )
    at = models.DateTimeField()
    struck_at = models.DateTimeField(null=True)


class Photo(Recorded):
    """A photograph or an X-ray image of a control or of a seizure. The picture is in `Clear.picture`."""

    class Kind(models.TextChoices):
        """The kinds of pictures."""

        PHOTO = "photo", _("photograph")
        XRAY = "xray", _("X-ray image")

    kind = models.CharField(max_length=10, choices=Kind.choices)
    #: The order and the seizure to which the picture belongs.
    order_id = models.UUIDField(null=True, db_index=True)
    seizure_id = models.UUIDField(null=True, db_index=True)
    width = models.PositiveIntegerField()
    height = models.PositiveIntegerField()
    size = models.PositiveIntegerField()
    #: The hash (SHA-256) of the file as the device sent it, which was not stored.
    digest = models.BinaryField(max_length=32)
    by = models.ForeignKey(
        "accounts.User", on_delete=models.PROTECT, related_name="+", db_index=False
    )
    at = models.DateTimeField()
    struck_at = models.DateTimeField(null=True)


class Clear(models.Model):
    """The texts of a record, or a photograph. The owner is the subject of the record, so that every record of
    this app is masked, erased and restricted together with its subject. A row is written once and never
    changed."""

    pk = models.CompositePrimaryKey("subject_id", "record", "retention_class", "month")
    subject_id = models.UUIDField()
    #: The id of the record: an order, an entry, a photograph, a version of a seizure.
    record = models.UUIDField()
    retention_class = models.CharField(max_length=20)
    month = models.DateField()
    organisation_id = models.UUIDField()
    #: The hit and the decision of the record: only their readers see the row.
    hit_id = models.UUIDField(null=True)
    decision_id = models.UUIDField(null=True)
    #: Name of a text → the text.
    texts = models.JSONField(default=dict)
    #: An encrypted picture (`keyring.lock_bytes`).
    picture = models.BinaryField(null=True)
    restricted = models.BooleanField(default=False)

    class Meta:
        managed = False
        db_table = "enforcement_clear"
