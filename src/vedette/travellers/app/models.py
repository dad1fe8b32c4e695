"""Defines the tables of flights, bookings, travellers and journeys.

The tables that Django manages contain no clear-text value that identifies a person. Clear-text values are
stored in the side tables `JourneyClear` and `BookingClear`. SQL scripts create the side tables and partition
them by retention class and month. Identifiers are stored as keyed tokens, so that links and counts remain
after masking.
"""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.contrib.postgres.fields import ArrayField
from django.db import models

from vedette.apps.columns import LocalDateTimeField, Personal, new_id, themes
from vedette.travellers.app.tables import TABLES
from vedette.travellers.kind import KIND


class Flight(models.Model):
    """Represents one flight on one day. Each time is stored as the stated local time, as the time zone of the
    airport, and in UTC."""

    id = models.UUIDField(primary_key=True)
    organisation = models.ForeignKey(
        "accounts.Organisation", on_delete=models.PROTECT, related_name="+", db_index=False
    )
    carrier = models.CharField(max_length=3)
    #: Flight number without leading zeros, with the suffix.
    number = models.CharField(max_length=8)
    origin = models.CharField(max_length=3, blank=True)
    destination = models.CharField(max_length=3, blank=True)
    #: The unit that is responsible for the flight (`vedette_unit_of`), or None.
    unit = models.ForeignKey(
        "accounts.Unit", on_delete=models.PROTECT, null=True, related_name="+", db_index=False
    )
    departs_on = models.DateField()
    departs_local = LocalDateTimeField(null=True)
    departs_zone = models.CharField(max_length=40, blank=True)
    departs_at = models.DateTimeField(null=True)
    arrives_local = LocalDateTimeField(null=True)
    arrives_zone = models.CharField(max_length=40, blank=True)
    arrives_at = models.DateTimeField(null=True)
    #: Stamp of the last message that stated the flight.
    stated = models.CharField(max_length=100, default="")
    #: Numbers of travellers by source. The store updates them, so that pages do not have to count travellers.
    api_count = models.PositiveIntegerField(default=0, db_default=0)
    pnr_count = models.PositiveIntegerField(default=0, db_default=0)
    joined_count = models.PositiveIntegerField(default=0, db_default=0)
    #: When the closing passenger list was received (PAXLST CL, CLOB, CLNB). Without a closing list: when the
    #: last list was received.
    api_at = models.DateTimeField(null=True)
    #: When the last bookings were received.
    pnr_at = models.DateTimeField(null=True)

    @property
    def api_only(self) -> int:
        """Returns the number of travellers on the passenger list who have no booking."""
        return max(self.api_count - self.joined_count, 0)

    @property
    def pnr_only(self) -> int:
        """Returns the number of travellers who have a booking and are not on the passenger list."""
        return max(self.pnr_count - self.joined_count, 0)

    class Meta:
        indexes = [
            models.Index(fields=["organisation", "arrives_at"], name="flight_arrival"),
            models.Index(
                fields=["organisation", "departs_on", "carrier", "number"], name="flight_number"
            ),
        ]


class ResendAsked(models.Model):
    """Represents a request to a carrier to send missing messages of a flight again."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    organisation = models.ForeignKey(
        "accounts.Organisation", on_delete=models.PROTECT, related_name="+", db_index=False
    )
    flight = models.ForeignKey(Flight, on_delete=models.CASCADE, related_name="resends_asked")
    by = models.ForeignKey("accounts.User", on_delete=models.PROTECT, related_name="+")
    at = models.DateTimeField(auto_now_add=True)
    #: [{kind, parts, last}]. `kind` is `api` or `pnr`. `parts` contains the numbers of the missing parts; it
    #: is empty if all messages are missing. `last` says whether the last part is missing.
    missing = models.JSONField(default=list)


class OfTravellers(Personal):
    """Sets the theme and the retention class of personal data about travellers."""

    theme = models.CharField(max_length=20, choices=themes, default=KIND.themes[0])
    retention_class = models.CharField(max_length=20, default=TABLES.retention_class)

    class Meta:
        abstract = True


class Booking(OfTravellers):
    """Represents a booking (PNR). A booking is identified by its creation date and any one of its
    booking-level locators."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    created_on = models.DateField(null=True)
    first_departure = models.DateField(null=True)


class BookingLocator(models.Model):
    """Contains a locator of a booking and the company that issued it, as one keyed token. `anchor` is the
    creation date of the booking if `dated` is true, and otherwise the date of the first departure."""

    organisation = models.ForeignKey(
        "accounts.Organisation", on_delete=models.PROTECT, related_name="+", db_index=False
    )
    booking = models.ForeignKey(Booking, on_delete=models.CASCADE, related_name="locators")
    token = models.BinaryField(max_length=16)
    anchor = models.DateField()
    dated = models.BooleanField()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["organisation", "token", "anchor", "dated"], name="locator_once"
            ),
        ]


class Traveller(OfTravellers):
    """Represents a person in one booking, or a person on the passenger list of one flight."""

    id = models.UUIDField(primary_key=True, editable=False)
    booking = models.ForeignKey(
        Booking, on_delete=models.CASCADE, null=True, related_name="travellers"
    )


class Journey(OfTravellers):
    """Represents a traveller on one flight. Data of the passenger list and of the booking are combined. The
    row `subject` has the same id as the journey, and contains the columns that every subject has."""

    subject = models.OneToOneField(
        "subjects.Subject",
        on_delete=models.CASCADE,
        primary_key=True,
        db_column="id",
        related_name="journey",
    )
    traveller = models.ForeignKey(Traveller, on_delete=models.CASCADE, related_name="journeys")
    flight = models.ForeignKey(Flight, on_delete=models.PROTECT, related_name="journeys")
    #: The unit of the flight.
    unit = models.ForeignKey(
        "accounts.Unit", on_delete=models.PROTECT, null=True, related_name="+", db_index=False
    )
    booking = models.ForeignKey(
        Booking, on_delete=models.CASCADE, null=True, related_name="journeys"
    )
    role = models.CharField(max_length=12, default="passenger")
    infant = models.BooleanField(default=False)
    #: True if the name is not known yet: the traveller is counted but not screened by name.
    placeholder = models.BooleanField(default=False)
    in_api = models.BooleanField(default=False)
    in_pnr = models.BooleanField(default=False)
    #: False if the last complete full push, or a cancellation, removed the traveller.
    present = models.BooleanField(default=True)
    #: Differences between passenger list and booking: name_differs, birth_date_differs, document_differs,
    #: booked_not_flown, flown_not_booked.
    facts = models.JSONField(default=list)

    @property
    def id(self) -> UUID:
        """Returns the id of the subject."""
        return self.subject_id

    @property
    def hit(self) -> Any:
        """Returns the hit of the subject, or None if the subject has no hit."""
        return getattr(self.subject, "hit", None)


class JourneyClear(models.Model):
    """Contains the clear-text values of a journey (side table). Masking copies a partition to the vault and
    then drops the partition."""

    pk = models.CompositePrimaryKey("journey_id", "retention_class", "month")
    journey_id = models.UUIDField()
    retention_class = models.CharField(max_length=20)
    month = models.DateField()
    organisation_id = models.UUIDField()
    surname = models.TextField(null=True)
    given_names = models.TextField(null=True)
    #: Normalised name `surname given`, for the search by the beginning of a name.
    name_key = models.TextField(null=True)
    #: Every name that a source or a document states, as `surname|given`.
    names = ArrayField(models.TextField(), default=list)
    #: Hashes of the sounds of these names, for the search by similar names (`screening.names.lookup`).
    name_keys = ArrayField(models.IntegerField(), default=list)
    date_of_birth = models.DateField(null=True)
    #: The year, or the year and month, if no message states the day (`1970`, `1970-05`).
    birth_period = models.CharField(max_length=7, null=True)
    sex = models.CharField(max_length=1, null=True)
    nationality = models.CharField(max_length=3, null=True)
    document = models.TextField(null=True)
    seat = models.TextField(null=True)
    locator = models.TextField(null=True)
    restricted = models.BooleanField(default=False)
    #: Every element by source and sender, each with its stamp (`vedette.core.statements`).
    state = models.JSONField()

    class Meta:
        managed = False
        db_table = "travellers_journeyclear"


class BookingClear(models.Model):
    """Contains the clear-text values of a booking, as stated in the messages for one flight (side table)."""

    pk = models.CompositePrimaryKey("booking_id", "flight_id", "retention_class", "month")
    booking_id = models.UUIDField()
    flight_id = models.UUIDField()
    retention_class = models.CharField(max_length=20)
    month = models.DateField()
    organisation_id = models.UUIDField()
    state = models.JSONField()

    class Meta:
        managed = False
        db_table = "travellers_bookingclear"
