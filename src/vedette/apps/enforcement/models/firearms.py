"""Models of firearm records and of tracing requests.

A row contains only codes and tokens (keyed hashes of values). The serial number, the make, the marks and the
texts are in `Clear.texts` of the subject of the seizure, so that they are masked and erased with it. The
tokens remain, so that the links between seizures remain.
"""

from __future__ import annotations

from django.contrib.postgres.fields import ArrayField
from django.db import models

from vedette.apps.columns import new_id
from vedette.apps.enforcement.models.seizures import Seizure
from vedette.apps.hits.models import Owned
from vedette.core.texts import Text
from vedette.core.tracing import STATES


class Coded(Owned):
    """The codes of a record that the report tables count. The codes are keys of the lists in
    `core/firearms.py`."""

    item = models.CharField(max_length=10)
    type = models.CharField(max_length=20, blank=True)
    part = models.CharField(max_length=10, blank=True)
    quantity = models.PositiveIntegerField(default=1)
    serial_state = models.CharField(max_length=8)
    country = models.CharField(max_length=2, blank=True)
    import_country = models.CharField(max_length=2, blank=True)
    last_country = models.CharField(max_length=2, blank=True)
    made = ArrayField(models.CharField(max_length=12), default=list)
    #: The id of the texts of the version (`Clear.record`). The texts of earlier versions remain.
    text_id = models.UUIDField(default=new_id)
    by = models.ForeignKey(
        "accounts.User", on_delete=models.PROTECT, related_name="+", db_index=False
    )
    at = models.DateTimeField()

    #: The columns that a record and its versions have in common.
    COLUMNS = (
        "item", "type", "part", "quantity", "serial_state", "country", "import_country",
        "last_country", "made", "text_id", "by_id", "at",
    )  # fmt: skip

    class Meta:
        abstract = True


class Firearm(Coded):
    """A firearm, a part or a lot of ammunition that was seized or detained, in its latest version."""

    seizure = models.ForeignKey(Seizure, on_delete=models.CASCADE, related_name="firearms")
    #: The number of the record in its seizure, from 1.
    number = models.PositiveIntegerField()
    version = models.PositiveIntegerField(default=1)
    no_serial = models.CharField(max_length=20, blank=True)
    #: Whether a number is recorded, in full or in part.
    serial_given = models.BooleanField()
    #: Whether characters of the number are easily confused: `mixed`, or `digits` if it has no letters.
    alike = models.CharField(max_length=6, blank=True)
    #: Keyed tokens of the forms in which values are compared. The token of the serial number is empty if the
    #: number is not known in full.
    serial_token = models.BinaryField(max_length=16, null=True)
    possible_token = models.BinaryField(max_length=16, null=True)
    lot_token = models.BinaryField(max_length=16, null=True)
    make_token = models.BinaryField(max_length=16, null=True)
    model_token = models.BinaryField(max_length=16, null=True)
    calibre_token = models.BinaryField(max_length=16, null=True)
    iarms_on = models.DateField(null=True)
    #: The time at which the record was struck out, because it was entered by mistake.
    struck_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["seizure", "number"], name="firearm_number"),
            models.CheckConstraint(
                condition=models.Q(item="ammunition") | models.Q(serial_token__isnull=False)
                | ~models.Q(no_serial=""),
                name="firearm_serial_or_reason",
            ),
            models.CheckConstraint(
                condition=~models.Q(serial_state="none") | models.Q(serial_given=False),
                name="firearm_none_without_serial",
            ),
            models.CheckConstraint(
                condition=models.Q(item="firearm") & ~models.Q(type="")
                | models.Q(item="part") & ~models.Q(part="") | models.Q(item="ammunition"),
                name="firearm_type",
            ),
            models.CheckConstraint(condition=models.Q(quantity__gt=0), name="firearm_quantity"),
        ]  # fmt: skip
        indexes = [
            models.Index(fields=["organisation", "-at", "-id"], name="firearm_list"),
            models.Index(
                fields=["organisation", "serial_token"], name="firearm_serial",
                condition=models.Q(serial_token__isnull=False),
            ),
            models.Index(
                fields=["organisation", "possible_token"], name="firearm_possible",
                condition=models.Q(possible_token__isnull=False),
            ),
            models.Index(
                fields=["organisation", "lot_token"], name="firearm_lot",
                condition=models.Q(lot_token__isnull=False),
            ),
        ]  # fmt: skip


class FirearmVersion(Coded):
    """One version of a record, with the version of the seizure to which it belongs. A version is never
    changed. The report tables count the versions that were validated together with the seizure."""

    firearm = models.ForeignKey(Firearm, on_delete=models.CASCADE, related_name="versions")
    number = models.PositiveIntegerField()
    #: The version of the seizure in which the record got these values.
    since = models.PositiveIntegerField()
    #: Whether the record was struck out with this version.
    struck = models.BooleanField(default=False)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["firearm", "number"], name="firearm_version"),
        ]


class TraceRequest(Owned):
    """A request to another State to trace a firearm. The codes are keys of the lists in `core/tracing.py`."""

    firearm = models.ForeignKey(Firearm, on_delete=models.CASCADE, related_name="traces")
    state = models.CharField(max_length=12, default="draft")
    #: The number of changes, by which a change that was based on an older state is refused.
    version = models.PositiveIntegerField(default=1)
    #: The id of the texts of the request (`Clear.record`).
    text_id = models.UUIDField(default=new_id)
    to_country = models.CharField(max_length=2, blank=True)
    channel = models.CharField(max_length=16, blank=True)
    illicit = models.CharField(max_length=16, blank=True)
    use = models.CharField(max_length=16, blank=True)
    #: The day on which the request was made, sent, and answered or refused.
    asked_on = models.DateField()
    sent_on = models.DateField(null=True)
    replied_on = models.DateField(null=True)
    #: The day until which the other State announced its answer.
    expected_on = models.DateField(null=True)
    ground = models.CharField(max_length=20, blank=True)
    result = models.CharField(max_length=12, blank=True)
    diverted = models.CharField(max_length=12, blank=True)
    #: The last country of legal possession, as the answer states it.
    found_country = models.CharField(max_length=2, blank=True)
    by = models.ForeignKey(
        "accounts.User", on_delete=models.PROTECT, related_name="+", db_index=False
    )
    at = models.DateTimeField()
    changed_at = models.DateTimeField()

    class Meta:
        constraints = [
            # Two officers cannot ask the same State about the same firearm at once.
            models.UniqueConstraint(
                fields=["firearm", "to_country"], name="trace_open_once",
                condition=~models.Q(state__in=["withdrawn", "closed"]) & ~models.Q(to_country=""),
            ),
            models.CheckConstraint(
                condition=~models.Q(state="answered") | ~models.Q(result=""),
                name="trace_answered_with_result",
            ),
            models.CheckConstraint(
                condition=~models.Q(state__in=["refused", "delayed"]) | ~models.Q(ground=""),
                name="trace_refused_with_ground",
            ),
            models.CheckConstraint(
                condition=models.Q(state__in=["draft", "withdrawn"]) | models.Q(sent_on__isnull=False),
                name="trace_sent",
            ),
        ]  # fmt: skip
        indexes = [
            models.Index(fields=["organisation", "-changed_at", "-id"], name="trace_list"),
        ]

    @property
    def reference(self) -> str:
        """The reference of the request. The reference is made from the random part of the id, because a
        sequential number would reveal how many requests are hidden from a reader."""
        return f"TR-{self.id.hex[-8:].upper()}"

    @property
    def word(self) -> Text:
        """The name of the state."""
        return STATES[self.state]


class TraceEvent(Owned):
    """One step of a tracing request. A step is never changed. The note of a step is in `Clear.texts`."""

    trace = models.ForeignKey(TraceRequest, on_delete=models.CASCADE, related_name="events")
    action = models.CharField(max_length=12)
    state = models.CharField(max_length=12)
    #: The day on which the step happened, as the officer stated it.
    day = models.DateField()
    ground = models.CharField(max_length=20, blank=True)
    result = models.CharField(max_length=12, blank=True)
    by = models.ForeignKey(
        "accounts.User", on_delete=models.PROTECT, related_name="+", db_index=False
    )
    at = models.DateTimeField()
