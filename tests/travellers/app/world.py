"""A small world in tables, for pages and reads: flights, messages, travellers, hits. All invented."""

from __future__ import annotations

import datetime as dt
import itertools
import uuid
from typing import Any

from django.conf import settings
from django.utils import timezone
from tests.passwords import hashed_password

from vedette.apps.accounts.models import Organisation, User
from vedette.apps.hits.models import Hit
from vedette.apps.inbox.models import Inbox, Message
from vedette.apps.subjects.models import Identifier, Subject
from vedette.core.parties import Contacts, Document
from vedette.core.statements import elements
from vedette.screening.names import lookup
from vedette.travellers.app import models as intake
from vedette.travellers.app.rows import identifiers, search_key
from vedette.travellers.manifest import Person
from vedette.travellers.records import Booking, Locator, Segment, Traveller

USING = "intake"
#: When the pages of the tests are read.
NOW = timezone.now().replace(microsecond=0)


def organisation(name: str = "Douane d’essai") -> Organisation:
    """An administration of its own."""
    return Organisation.objects.using(USING).create(name=name, country="SN", synthetic=True)


def user(home: Organisation, role: str = "officer", name: str = "sarr") -> User:
    """Somebody who signs in as `name`."""
    person = User(
        username=name, first_name="Mariama", last_name="Sarr", role=role, organisation=home
    )
    person.password = hashed_password(person.username)
    person.save(using=USING)
    return person


def flight(home: Organisation, number: str = "417", **values: Any) -> intake.Flight:
    """A flight ADD → DSS that lands in two hours, unless told otherwise; Dakar is on UTC."""
    lands = values.pop("lands", NOW + dt.timedelta(hours=2))
    departs = lands - dt.timedelta(hours=7)
    fields = {
        "carrier": "YY",
        "origin": "ADD",
        "destination": "DSS",
        "departs_on": departs.date(),
        "departs_local": (departs + dt.timedelta(hours=3)).replace(tzinfo=None),
        "departs_zone": "Africa/Addis_Ababa",
        "departs_at": departs,
        "arrives_local": lands.replace(tzinfo=None),
        "arrives_zone": "Africa/Dakar",
        "arrives_at": lands,
        **values,
    }
    return intake.Flight.objects.using(USING).create(
        id=uuid.uuid4(), organisation=home, number=number, **fields
    )


def inbox(home: Organisation, **values: Any) -> Inbox:
    """A received file; read unless told otherwise."""
    fields = {
        "received_at": NOW - dt.timedelta(hours=3),
        "source": "ingest",
        "name": "yy417.edi",
        "size": 2051,
        "token": uuid.uuid4().bytes,
        "state": Inbox.State.DONE,
        **values,
    }
    return Inbox.objects.using(USING).create(organisation=home, **fields)


def message(of: intake.Flight, form: str = "PAXLST", **values: Any) -> Message:
    """A message of that flight, whole and clean unless told otherwise; marks the flight as heard of."""
    received = values.setdefault("received_at", of.arrives_at - dt.timedelta(hours=4))
    fields = {
        "inbox": values.pop("inbox", None) or inbox(of.organisation, received_at=received),
        "number": 1,
        "format": form,
        "function": "passengers" if form == "PAXLST" else "22",
        "sender": "AIRYY",
        "recipient": "SNCUSTOMS",
        "interchange_ref": uuid.uuid4().hex[:10],
        "release": "D:05B",
        "sequence": 1,
        "last": True,
        "token": uuid.uuid4().bytes,
        "parser_version": "1",
        "counts": {"subjects": 187, "bookings": 0},
        **values,
    }
    kept = Message.objects.using(USING).create(
        organisation=of.organisation, kind="traveller", group_id=of.pk, unit_id=of.unit_id, **fields
    )
    heard = "api_at" if form == "PAXLST" else "pnr_at"
    intake.Flight.objects.using(USING).filter(pk=of.pk).update(**{heard: received})
    return kept


def _personal(home: Organisation) -> dict[str, Any]:
    return {
        "organisation": home,
        "theme": "passengers",
        "retention_class": "passenger",
        "month": NOW.date().replace(day=1),
        "received_at": NOW,
    }


def booking(
    of: intake.Flight, locator: str = "M2V8KD", route: str = "ZRH ADD DSS"
) -> intake.Booking:
    """A booking whose journey runs over `route`, a flight a day."""
    kept = intake.Booking.objects.using(USING).create(**_personal(of.organisation))
    places = route.split()
    segments = tuple(
        Segment(
            carrier="YY",
            number=str(100 + i),
            origin=here,
            destination=there,
            departure=dt.datetime(2026, 11, 1 + i, 9, 0),
        )
        for i, (here, there) in enumerate(itertools.pairwise(places))
    )
    stated = elements(
        Booking(locators=(Locator(company="YY", locator=locator),), segments=segments)
    )
    intake.BookingClear.objects.using(USING).create(
        booking_id=kept.id,
        flight_id=of.id,
        retention_class=kept.retention_class,
        month=kept.month,
        organisation_id=of.organisation_id,
        state={"AIRYY": [[["2026-11-24T05:00:00", "REF", 1], stated]]},
    )
    return kept


def person(surname: str, given: str, **values: Any) -> Traveller:
    """A traveller as a message states one; `document` and `phone` are short for their records."""
    document = values.pop("document", None)
    phone = values.pop("phone", None)
    if document:
        values["documents"] = (Document(type="P", number=document, issuer="CHE"),)
    if phone:
        values["contacts"] = Contacts(phones=(phone,))
    return Traveller(surname=surname, given_names=given, **values)


def journey(
    on: intake.Flight,
    listed: Traveller | None = None,
    booked: Traveller | None = None,
    **values: Any,
) -> intake.Journey:
    """A traveller on a flight, as the passenger list and the booking state them."""
    shown = listed or booked
    assert shown is not None
    stamp = ["2026-11-24T05:12:00", "REF1", 1]
    bags = values.pop("bags", ())
    views: dict[str, Any] = {"api": {}, "pnr": {}}
    if listed:
        views["api"]["AIRYY"] = [[stamp, elements(listed)]]
    if booked:
        stated = elements(booked)
        if bags:
            stated["booked_bags"] = [{"airline": "YY", "tag": t, "count": 1} for t in bags]
        views["pnr"]["AIRYY"] = [[stamp, stated]]
    held = values.pop("booking", None)
    about = Person(uuid.uuid4(), booking_id=held and held.id, views=views)
    key = shown.documents[0].number if shown.documents else search_key(shown)
    personal = _personal(on.organisation)
    traveller = intake.Traveller.objects.using(USING).create(
        id=uuid.uuid4(), booking=held, **personal
    )
    subject = Subject.objects.using(USING).create(
        **personal,
        id=about.id,
        kind="traveller",
        group_id=on.id,
        due_at=on.arrives_at,
        fingerprint=settings.KEYS.token("fingerprint", key),
        **{name: values.pop(name) for name in ("minor", "restricted") if name in values},
    )
    kept = intake.Journey.objects.using(USING).create(
        **personal,
        subject=subject,
        traveller=traveller,
        flight=on,
        booking=held,
        role=shown.role,
        in_api=listed is not None,
        in_pnr=booked is not None,
        **values,
    )
    _clear(kept, on, shown, views)
    Identifier.objects.using(USING).bulk_create(
        Identifier(organisation=on.organisation, subject=subject, kind=kind, token=token)
        for kind, token in identifiers(about, settings.KEYS)
    )
    return kept


def _clear(
    kept: intake.Journey, on: intake.Flight, shown: Traveller, views: dict[str, Any]
) -> None:
    intake.JourneyClear.objects.using(USING).create(
        journey_id=kept.id,
        retention_class=kept.retention_class,
        month=kept.month,
        organisation_id=on.organisation_id,
        surname=shown.surname,
        given_names=shown.given_names,
        name_key=search_key(shown),
        names=[f"{shown.surname or ''}|{shown.given_names or ''}"],
        name_keys=lookup.stored([f"{shown.given_names or ''} {shown.surname or ''}"]),
        date_of_birth=shown.date_of_birth,
        birth_period=None if shown.date_of_birth else shown.birth_period,
        sex=shown.sex,
        nationality=shown.nationality,
        document=shown.documents[0].number if shown.documents else None,
        seat=shown.seat,
        locator=shown.locator,
        state=views,
    )


def hit(on: intake.Journey, priority: int = 82, **values: Any) -> Hit:
    """An open hit on a journey."""
    fields = {
        **_personal(on.organisation),
        "subject": on.subject,
        "group_id": on.flight_id,
        "priority": priority,
        "opened_at": NOW,
        "changed_at": NOW,
        "due_at": on.flight.arrives_at,
        **values,
    }
    return Hit.objects.using(USING).create(**fields)
