"""Movements of cash with their counts and pairs, and the exchange rates of an organisation."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.utils.translation import gettext_lazy as _

from vedette.apps.columns import Personal, new_id
from vedette.cash.app.referral.models import IntelligenceUnit as IntelligenceUnit
from vedette.cash.app.referral.models import RoutineBatch as RoutineBatch
from vedette.cash.app.referral.models import RoutineRecord as RoutineRecord
from vedette.cash.app.referral.models import Suspicion as Suspicion
from vedette.cash.app.referral.models import SuspicionAct as SuspicionAct
from vedette.cash.app.risk.models import RiskForm as RiskForm
from vedette.cash.app.risk.models import RiskPicture as RiskPicture


class Movement(Personal):
    """A movement of cash across the border. The id of a movement is the id of its subject. The row contains
    no clear-text value that identifies a person."""

    subject = models.OneToOneField(
        "subjects.Subject", on_delete=models.CASCADE, primary_key=True, db_column="id",
        related_name="cash",
    )  # fmt: skip
    unit = models.ForeignKey(
        "accounts.Unit", on_delete=models.PROTECT, null=True, related_name="+", db_index=False
    )
    #: True for a submission of the public form until an officer accepts it against the identity document. An
    #: announcement enters no count, history, pair or link.
    announced = models.BooleanField(default=False)
    accepted_at = models.DateTimeField(null=True)
    accepted_by = models.ForeignKey(
        "accounts.User", on_delete=models.PROTECT, null=True, related_name="+", db_index=False
    )
    #: A code of `records.RECORDS`, of `records.DIRECTIONS` and of `records.SOURCES`, and the national
    #: variant.
    record = models.CharField(max_length=20)
    direction = models.CharField(max_length=20, blank=True)
    source = models.CharField(max_length=10, blank=True)
    variant = models.CharField(max_length=20, blank=True)
    accompanied = models.BooleanField(default=True)
    #: The country of the partner from which the record comes; empty for records of the user's own
    #: administration.
    partner = models.CharField(max_length=2, blank=True)
    #: The codes of offices and places that decide which unit is responsible for the movement, in order of
    #: priority.
    places = ArrayField(models.CharField(max_length=17), default=list)
    #: The day of the declaration, by which amounts are converted, and the stated day of the crossing.
    declared_on = models.DateField(null=True)
    crosses_on = models.DateField(null=True)
    #: The countries of departure and arrival (`TN-FR`), by which the answers of partners are counted.
    route = models.CharField(max_length=5, blank=True)
    #: Whether a later message cancelled the record.
    cancelled = models.BooleanField(default=False)
    #: From this day on, a worker compares the record with those of the other side of the border. Null if
    #: there is nothing to compare.
    pair_on = models.DateField(null=True)
    #: The value of all lines, converted at the rates of the day of the declaration. Null if a rate or an
    #: amount is missing.
    value = models.DecimalField(max_digits=30, decimal_places=4, null=True)
    currency = models.CharField(max_length=3, blank=True)
    #: The currencies of the lines, each once (empty if a line states none), with the value of the lines of
    #: each currency; null if none of these lines has a value. The same for the kinds of cash. The statistics
    #: are computed from these columns; like the value of all lines, they stay when the lines are masked.
    currencies = ArrayField(models.CharField(max_length=3), default=list)
    currency_values = ArrayField(
        models.DecimalField(max_digits=30, decimal_places=4, null=True), default=list
    )
    kinds = ArrayField(models.CharField(max_length=20), default=list)
    kind_values = ArrayField(
        models.DecimalField(max_digits=30, decimal_places=4, null=True), default=list
    )
    #: Whether the last count differs from the declaration. Null if the cash was not counted.
    differs = models.BooleanField(null=True)
    #: The stamp of the last statement, as text.
    stated = models.CharField(max_length=100)

    class Meta:
        indexes = [
            models.Index(
                fields=["organisation", "-crosses_on", "-subject"], name="cash_movement_day"
            ),
            models.Index(
                fields=["organisation", "route", "crosses_on"],
                name="cash_movement_route",
                condition=~models.Q(route=""),
            ),
            models.Index(
                fields=["organisation", "pair_on"],
                name="cash_movement_pair",
                condition=models.Q(pair_on__isnull=False),
            ),
        ]

    @property
    def id(self) -> UUID:
        """The id of the subject."""
        return self.subject_id

    @property
    def hit(self) -> Any:
        """Returns the hit of the subject, or None if the subject has no hit."""
        return getattr(self.subject, "hit", None)


class MovementName(models.Model):
    """A name that messages use to refer to a movement. The name is stored as a keyed token. The name is
    either a code of the public form, or a reference together with its sender.
    """

    organisation = models.ForeignKey(
        "accounts.Organisation", on_delete=models.PROTECT, related_name="+", db_index=False
    )
    subject = models.ForeignKey("subjects.Subject", on_delete=models.CASCADE, related_name="+")
    token = models.BinaryField(max_length=16)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["organisation", "token", "subject"], name="cash_name_once"
            ),
        ]


class MovementClear(models.Model):
    """The values of a movement in clear text."""

    pk = models.CompositePrimaryKey("movement_id", "retention_class", "month")
    movement_id = models.UUIDField()
    retention_class = models.CharField(max_length=20)
    month = models.DateField()
    organisation_id = models.UUIDField()
    #: The code of the public form, and the number that an authority or a sender gave.
    code = models.TextField(null=True)
    reference = models.TextField(null=True)
    #: The names of all parties.
    names = ArrayField(models.TextField(), default=list)
    #: The lines with their converted values (`cash.app.known`).
    valued = models.JSONField(null=True)
    restricted = models.BooleanField(default=False)
    #: What the messages state.
    state = models.JSONField()

    class Meta:
        managed = False
        db_table = "cash_movementclear"


class Count(models.Model):
    """One version of a count of the cash. The lines, the place and the persons are stored in `CountClear`. A
    stored version is never changed."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    organisation = models.ForeignKey(
        "accounts.Organisation", on_delete=models.PROTECT, related_name="+", db_index=False
    )
    subject = models.ForeignKey("subjects.Subject", on_delete=models.CASCADE, related_name="+")
    number = models.PositiveIntegerField()
    at = models.DateTimeField()
    #: The officer who recorded it; null if a message stated it.
    by = models.ForeignKey(
        "accounts.User", on_delete=models.PROTECT, null=True, related_name="+", db_index=False
    )
    #: Whether a line differs from the declaration.
    differs = models.BooleanField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["subject", "number"], name="cash_count_number"),
        ]


class CountClear(models.Model):
    """The content of a count (`records.Count`), with the differences of its lines."""

    pk = models.CompositePrimaryKey("movement_id", "count_id", "retention_class", "month")
    movement_id = models.UUIDField()
    count_id = models.UUIDField()
    retention_class = models.CharField(max_length=20)
    month = models.DateField()
    organisation_id = models.UUIDField()
    content = models.JSONField()
    #: The difference of each line (`cash.counts.Difference`).
    differences = models.JSONField(default=list)
    restricted = models.BooleanField(default=False)

    class Meta:
        managed = False
        db_table = "cash_countclear"


class Pair(models.Model):
    """The comparison of a record of departure or arrival with its counterpart. If two records belong to one
    movement, each of them has a row that contains the id of the other record. A record without a counterpart
    has one row."""

    class Result(models.TextChoices):
        """The results of the comparison of two records."""

        EQUAL = "equal", _("equal")
        DIFFERENT = "different", _("different")
        DEPARTURE_ONLY = "departure_only", _("departure only")
        ARRIVAL_ONLY = "arrival_only", _("arrival only")

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    organisation = models.ForeignKey(
        "accounts.Organisation", on_delete=models.PROTECT, related_name="+", db_index=False
    )
    subject = models.ForeignKey("subjects.Subject", on_delete=models.CASCADE, related_name="+")
    #: The other record, which can be deleted before this one; null if there is none.
    other_id = models.UUIDField(null=True)
    result = models.CharField(max_length=20, choices=Result.choices)
    #: Codes of the reasons, without values of persons.
    reasons = models.JSONField(default=list)
    #: The value at departure, and the value at arrival less that at departure, in the currency of the
    #: threshold. Null if a rate is missing.
    departure_value = models.DecimalField(max_digits=30, decimal_places=4, null=True)
    difference = models.DecimalField(max_digits=30, decimal_places=4, null=True)
    #: Whether a missing counterpart is significant: the partner sends most of its records of this route, and
    #: the time in which a counterpart is received is over.
    answered = models.BooleanField(default=False)
    at = models.DateTimeField()
    #: The officer who separated the two records. They are not paired again.
    separated_at = models.DateTimeField(null=True)
    separated_by = models.ForeignKey(
        "accounts.User", on_delete=models.PROTECT, null=True, related_name="+", db_index=False
    )

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["subject", "other_id"], name="cash_pair_once", nulls_distinct=False
            ),
        ]
        indexes = [models.Index(fields=["other_id"], name="cash_pair_other")]


class Detention(models.Model):
    """The time limit of a detention of cash, the reasons for the detention and the legal remedy of the
    person. The detained cash, the legal basis and the end of the detention are stored in the
    `enforcement.Seizure` record with the same id.
    """

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    organisation = models.ForeignKey(
        "accounts.Organisation", on_delete=models.PROTECT, related_name="+", db_index=False
    )
    subject = models.ForeignKey("subjects.Subject", on_delete=models.CASCADE, related_name="+")
    began_on = models.DateField()
    #: The last day of the period, and of the longest period with its extension.
    due_on = models.DateField()
    latest_on = models.DateField()
    #: Codes of the reasons (`cash.receipt.REASONS`).
    reasons = ArrayField(models.CharField(max_length=20), default=list)
    #: Before whom, and until when, the person can contest the decision.
    remedy_body = models.CharField(max_length=200)
    remedy_until = models.DateField()
    #: The language of the receipt (`cash.receipt.LANGUAGES`).
    language = models.CharField(max_length=2)
    by = models.ForeignKey(
        "accounts.User", on_delete=models.PROTECT, related_name="+", db_index=False
    )
    extended_at = models.DateTimeField(null=True)
    extended_by = models.ForeignKey(
        "accounts.User", on_delete=models.PROTECT, null=True, related_name="+", db_index=False
    )

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=models.Q(began_on__lte=models.F("due_on"))
                & models.Q(due_on__lte=models.F("latest_on")),
                name="cash_detention_period",
            ),
        ]
        indexes = [
            models.Index(fields=["organisation", "due_on"], name="cash_detention_due"),
        ]


class RateFile(models.Model):
    """One import of exchange rates. The rows of this table are never changed."""

    id = models.BigAutoField(primary_key=True)
    organisation = models.ForeignKey(
        "accounts.Organisation", on_delete=models.PROTECT, related_name="+", db_index=False
    )
    #: A code of `cash.rates.SOURCES`.
    source = models.CharField(max_length=20)
    format = models.CharField(max_length=20)
    first_day = models.DateField()
    last_day = models.DateField()
    count = models.PositiveIntegerField()
    #: The problems of the file: the number of the line, and the text with its parameters.
    problems = models.JSONField(default=list)
    #: When a worker converted the movements that lacked these rates.
    applied_at = models.DateTimeField(null=True)
    digest = models.BinaryField(max_length=32)
    at = models.DateTimeField()
    by = models.ForeignKey(
        "accounts.User", on_delete=models.PROTECT, null=True, related_name="+", db_index=False
    )

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["organisation", "source", "digest"], name="cash_rate_file_once"
            ),
        ]


class Rate(models.Model):
    """The rate of one currency that applies from a given day on, in the form in which the source published
    the rate. If a later import contains a rate for the same day, later conversions use the new rate. Earlier
    conversions keep the old rate.
    """

    id = models.BigAutoField(primary_key=True)
    organisation = models.ForeignKey(
        "accounts.Organisation", on_delete=models.PROTECT, related_name="+", db_index=False
    )
    file = models.ForeignKey(RateFile, on_delete=models.PROTECT, related_name="rates")
    source = models.CharField(max_length=20)
    currency = models.CharField(max_length=3)
    #: `units` of the currency are worth `worth` of `base`, from `day` until `until` inclusive
    #: (`cash.rates.Rate`).
    base = models.CharField(max_length=3)
    units = models.DecimalField(max_digits=40, decimal_places=15)
    worth = models.DecimalField(max_digits=40, decimal_places=15)
    day = models.DateField()
    until = models.DateField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["file", "currency", "day"], name="cash_rate_once"),
            models.CheckConstraint(
                condition=models.Q(units__gt=0, worth__gt=0), name="cash_rate_positive"
            ),
        ]
        indexes = [
            models.Index(
                fields=["organisation", "source", "until", "day"], name="cash_rate_of_day"
            ),
        ]
