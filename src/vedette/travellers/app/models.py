"""The inbox, the messages read from it, and the spine: flight, booking, traveller, journey.

The spine holds no clear identifying value: those sit in side tables partitioned by retention class
and month (`JourneyClear`, `BookingClear`; made in the first migration, unmanaged here). Identifiers
are keyed tokens, so that links and counts survive masking.
"""

from __future__ import annotations

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _

from vedette.apps.columns import LocalDateTimeField, Personal, new_id
from vedette.apps.inbox.fields import LockedTextField


class Inbox(models.Model):
    """A file or a posted body as received, sealed to the workers' key until its records are stored."""

    class State(models.TextChoices):
        """Where a received file stands."""

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
    #: `api`, `watch`, `ingest`, `demo`; and the file's own name without its folders.
    source = models.CharField(max_length=20)
    name = LockedTextField(blank=True)
    size = models.PositiveIntegerField()
    #: Keyed hash of the bytes: a file received twice is a duplicate.
    token = models.BinaryField(max_length=16)
    state = models.CharField(max_length=12, choices=State.choices, default=State.WAITING)
    #: Claims; after the first the file is tried alone.
    attempts = models.PositiveSmallIntegerField(default=0)
    #: Deaths of a worker that held this file alone; the third sets it aside (`claim.py`).
    deaths = models.PositiveSmallIntegerField(default=0, db_default=0)
    #: The worker that claimed it last.
    holder = models.UUIDField(null=True)
    claimed_at = models.DateTimeField(null=True)
    sealed = models.BinaryField(null=True)
    #: Code and parameters of what went wrong; never a value of the message.
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


class Message(models.Model):
    """One message (UNH to UNT) as read: who sent it, what it speaks of, what was wrong with it."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    organisation = models.ForeignKey(
        "accounts.Organisation", on_delete=models.PROTECT, related_name="+", db_index=False
    )
    inbox = models.ForeignKey(Inbox, on_delete=models.PROTECT, related_name="messages")
    flight = models.ForeignKey(
        Flight, on_delete=models.PROTECT, null=True, related_name="messages", db_index=False
    )
    number = models.PositiveIntegerField()
    format = models.CharField(max_length=20)
    function = models.CharField(max_length=20, blank=True)
    #: Of a passenger list, what it is sent for (BGM C106): CL, CLOB, CLNB close the flight.
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
    #: Keyed hash of the parsed segments between UNH and UNT: a resend has the same.
    token = models.BinaryField(max_length=16)
    parser_version = models.CharField(max_length=20)
    traveller_count = models.PositiveIntegerField(default=0)
    booking_count = models.PositiveIntegerField(default=0)
    #: A resend of `first`, or None.
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
            models.Index(fields=["flight", "received_at"], name="message_flight"),
            models.Index(fields=["organisation", "-received_at"], name="message_recent"),
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
    """A traveller on one flight: what the passenger list and the booking say, joined."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
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
    #: Keyed token of the document, or of name, birth date and sex: what a clearing binds to.
    fingerprint = models.BinaryField(max_length=16, null=True)
    screened_at = models.DateTimeField(null=True)
    #: Under 18 on the day of travel, by any message: kept here because birth dates get masked.
    minor = models.BooleanField(default=False, db_default=False)
    #: The person asked for it: clear values are for the data-protection officer alone, nothing is
    #: screened. `restricted` of the side tables hides them (`apps/sql/subjects.sql`).
    restricted = models.BooleanField(default=False, db_default=False)
    #: The person stated something otherwise: `targeting_textclear` has it beside what messages say.
    rectified = models.BooleanField(default=False, db_default=False)
    #: To be screened by a worker though no message came: corrected, no longer restricted, or lists or
    #: profiles changed.
    screen_again = models.BooleanField(default=False, db_default=False)

    class Meta:
        indexes = [
            models.Index(fields=["id"], name="journey_minor", condition=models.Q(minor=True)),
            models.Index(
                fields=["organisation", "flight"],
                name="journey_screen_again",
                condition=models.Q(screen_again=True),
            ),
        ]


class Identifier(models.Model):
    """A document, phone, e-mail, card, address … of a journey, as a keyed token (links, counts)."""

    class Kind(models.TextChoices):
        """What the token was taken of."""

        DOCUMENT = "document", _("document")
        PHONE = "phone", _("telephone")
        EMAIL = "email", _("e-mail")
        CARD = "card", _("card")
        ADDRESS = "address", _("address")
        LOYALTY = "loyalty", _("loyalty number")
        LOCATOR = "locator", _("locator")
        #: Name and birth date: tells a person again whose document changed.
        PERSON = "person", _("name and birth date")
        AGENCY = "agency", _("agency")
        #: Asked by lists only, no link between travellers: a visa; the other forms of an address.
        VISA = "visa", _("visa")
        PLACE = "place", _("address")

    id = models.BigAutoField(primary_key=True)
    organisation = models.ForeignKey(
        "accounts.Organisation", on_delete=models.PROTECT, related_name="+", db_index=False
    )
    journey = models.ForeignKey(
        Journey, on_delete=models.CASCADE, related_name="identifiers", db_index=False
    )
    kind = models.CharField(max_length=10, choices=Kind.choices)
    token = models.BinaryField(max_length=16)
    #: When it was first stated: history counts as of a moment.
    at = models.DateTimeField(db_default=Now())

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["journey", "kind", "token"], name="identifier_once"),
        ]
        indexes = [models.Index(fields=["organisation", "token"], name="identifier_token")]


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
        db_table = "intake_journeyclear"


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
        db_table = "intake_bookingclear"


class DroppedCount(models.Model):
    """Free text dropped before storage, counted by carrier, day and kind (sensitive data first)."""

    organisation = models.ForeignKey(
        "accounts.Organisation", on_delete=models.PROTECT, related_name="+", db_index=False
    )
    carrier = models.CharField(max_length=3)
    day = models.DateField()
    kind = models.CharField(max_length=20)
    count = models.PositiveIntegerField(default=0)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["organisation", "carrier", "day", "kind"], name="dropped_once"
            ),
        ]
