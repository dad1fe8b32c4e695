"""Flight, booking, traveller, journey: the spine of travellers.

The spine holds no clear identifying value: those sit in side tables partitioned by retention class
and month (`JourneyClear`, `BookingClear`; made by `apps/sql/side_tables.sql`, unmanaged here). Identifiers
are keyed tokens, so that links and counts survive masking.
"""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.contrib.postgres.fields import ArrayField
from django.db import models

from vedette.apps.columns import LocalDateTimeField, Personal, new_id


class Flight(models.Model):
    """One flight on one day; times local as given, the airport's zone, and UTC."""

    id = models.UUIDField(primary_key=True)
    organisation = models.ForeignKey(
        "accounts.Organisation", on_delete=models.PROTECT, related_name="+", db_index=False
    )
    carrier = models.CharField(max_length=3)
    #: Without leading zeros, with suffix.
    number = models.CharField(max_length=8)
    origin = models.CharField(max_length=3, blank=True)
    destination = models.CharField(max_length=3, blank=True)
    #: The unit that serves the flight (`vedette_unit_of`); None where none does.
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
    #: Stamp of the message that last stated it.
    stated = models.CharField(max_length=100, default="")
    #: Travellers by what speaks of them; kept by the store, so that pages count nothing.
    api_count = models.PositiveIntegerField(default=0, db_default=0)
    pnr_count = models.PositiveIntegerField(default=0, db_default=0)
    joined_count = models.PositiveIntegerField(default=0, db_default=0)
    #: When the carrier's closing list came (PAXLST CL, CLOB, CLNB); without one, the last list.
    api_at = models.DateTimeField(null=True)
    #: When the last bookings came.
    pnr_at = models.DateTimeField(null=True)

    class Meta:
        indexes = [
            models.Index(fields=["organisation", "arrives_at"], name="flight_arrival"),
            models.Index(
                fields=["organisation", "departs_on", "carrier", "number"], name="flight_number"
            ),
        ]


class ResendAsked(models.Model):
    """That a carrier was asked to send what lacks of a flight: by whom, when, and what lacked then."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    organisation = models.ForeignKey(
        "accounts.Organisation", on_delete=models.PROTECT, related_name="+", db_index=False
    )
    flight = models.ForeignKey(Flight, on_delete=models.CASCADE, related_name="resends_asked")
    by = models.ForeignKey("accounts.User", on_delete=models.PROTECT, related_name="+")
    at = models.DateTimeField(auto_now_add=True)
    #: [{kind, parts, last}]: `api` or `pnr`; numbers of parts (none: every message); last part too.
    missing = models.JSONField(default=list)


class Booking(Personal):
    """A booking (PNR): any of its booking-level locators with its creation date names it."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    created_on = models.DateField(null=True)
    first_departure = models.DateField(null=True)


class BookingLocator(models.Model):
    """A (company, locator) pair of a booking, as a keyed token, with the date that anchors it:
    the creation date, or where none is given the first departure."""

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


class Traveller(Personal):
    """A person as one booking, or one flight's passenger list, knows them."""

    id = models.UUIDField(primary_key=True, editable=False)
    booking = models.ForeignKey(
        Booking, on_delete=models.CASCADE, null=True, related_name="travellers"
    )


class Journey(Personal):
    """A traveller on one flight: what the passenger list and the booking say, joined. What every subject
    has stands on its `subject`, which has the same id."""

    subject = models.OneToOneField(
        "subjects.Subject",
        on_delete=models.CASCADE,
        primary_key=True,
        db_column="id",
        related_name="journey",
    )
    traveller = models.ForeignKey(Traveller, on_delete=models.CASCADE, related_name="journeys")
    flight = models.ForeignKey(Flight, on_delete=models.PROTECT, related_name="journeys")
    #: The unit that serves the flight, as on the flight itself.
    unit = models.ForeignKey(
        "accounts.Unit", on_delete=models.PROTECT, null=True, related_name="+", db_index=False
    )
    booking = models.ForeignKey(
        Booking, on_delete=models.CASCADE, null=True, related_name="journeys"
    )
    role = models.CharField(max_length=12, default="passenger")
    infant = models.BooleanField(default=False)
    #: A name still to come: counted, never screened by name.
    placeholder = models.BooleanField(default=False)
    in_api = models.BooleanField(default=False)
    in_pnr = models.BooleanField(default=False)
    #: False when the last complete full push, or a cancellation, left this person out.
    present = models.BooleanField(default=True)
    #: Facts of the joining: name_differs, birth_date_differs, document_differs, booked_not_flown,
    #: flown_not_booked.
    facts = models.JSONField(default=list)

    @property
    def id(self) -> UUID:
        """The id of the subject."""
        return self.subject_id

    @property
    def hit(self) -> Any:
        """Its hit; None where it has none."""
        return getattr(self.subject, "hit", None)


class JourneyClear(models.Model):
    """Clear values of a journey (side table): goes into the vault, then away, by partition."""

    pk = models.CompositePrimaryKey("journey_id", "retention_class", "month")
    journey_id = models.UUIDField()
    retention_class = models.CharField(max_length=20)
    month = models.DateField()
    organisation_id = models.UUIDField()
    surname = models.TextField(null=True)
    given_names = models.TextField(null=True)
    #: Folded `surname given`, for search by the beginning of a name.
    name_key = models.TextField(null=True)
    #: Every name any source or document gives, as `surname|given`.
    names = ArrayField(models.TextField(), default=list)
    date_of_birth = models.DateField(null=True)
    sex = models.CharField(max_length=1, null=True)
    nationality = models.CharField(max_length=3, null=True)
    document = models.TextField(null=True)
    seat = models.TextField(null=True)
    locator = models.TextField(null=True)
    restricted = models.BooleanField(default=False)
    #: Every element by source and sender with its stamp: `vedette.core.statements`.
    state = models.JSONField()

    class Meta:
        managed = False
        db_table = "travellers_journeyclear"


class BookingClear(models.Model):
    """Clear values of a booking as stated for one flight (side table)."""

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
