"""Everything one page says about a traveller on a journey: what a hit is judged by."""

from __future__ import annotations

import datetime as dt
import re
import uuid
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import msgspec

from vedette.apps.hits.models import Decision, Hit
from vedette.apps.requests.corrections import Statement, statements
from vedette.apps.retention.selectors import Masked, masked
from vedette.apps.retention.unmask import Row, seen_by
from vedette.apps.subjects.models import Identifier
from vedette.core.airports import airport
from vedette.core.statements import everything, rebuild
from vedette.travellers import records
from vedette.travellers.app.disclosure import ELEMENTS
from vedette.travellers.app.models import BookingClear, Journey, JourneyClear
from vedette.travellers.app.selectors import sharing
from vedette.travellers.app.selectors.travellers import clear_values
from vedette.travellers.columns.itinerary import NOT_FLOWN, same_flight

#: Earlier crossings shown; how many more there are is said.
PAST = 10
SEAT = re.compile(r"0*([0-9]{1,3})([A-HJ-LN-Z])", re.ASCII)


@dataclass(frozen=True)
class Paper:
    """A document with who states it."""

    document: records.Document
    in_api: bool
    in_pnr: bool


@dataclass(frozen=True)
class Other:
    """Somebody of the same flight who is linked with the traveller."""

    journey: Journey
    clear: dict[str, Any]
    same_booking: bool
    links: list[str]
    hit: Hit | None

    @property
    def masked(self) -> bool:
        """Whether the clear values went into the vault."""
        return not self.clear


@dataclass(frozen=True)
class Leg:
    """One flight of the way, local times of each airport."""

    carrier: str
    number: str
    origin: str
    destination: str
    departure: dt.datetime | None
    arrival: dt.datetime | None
    now: bool
    #: Behind the traveller when this flight began.
    done: bool = False

    @property
    def origin_city(self) -> str:
        """The city of the airport, or nothing where the code is unknown."""
        place = airport(self.origin)
        return place.city if place else ""

    @property
    def destination_city(self) -> str:
        """As `origin_city`."""
        place = airport(self.destination)
        return place.city if place else ""


@dataclass(frozen=True)
class Past:
    """An earlier crossing of the same document, and what came of it."""

    journey: Journey
    hit: Hit | None
    decision: Decision | None


@dataclass
class Dossier:
    """A journey with its traveller as list and booking state it, the booking, companions, past."""

    journey: Journey
    clear: JourneyClear | None
    api: records.Traveller | None = None
    pnr: records.Traveller | None = None
    booking: records.Booking | None = None
    seats: list[dict[str, Any]] = field(default_factory=list)
    bags: list[dict[str, Any]] = field(default_factory=list)
    papers: list[Paper] = field(default_factory=list)
    others: list[Other] = field(default_factory=list)
    legs: list[Leg] = field(default_factory=list)
    past: list[Past] = field(default_factory=list)
    past_count: int = 0
    shared: list[sharing.Shared] = field(default_factory=list)
    #: When and by which profile the clear values were masked; and what of them the reader may see
    #: for a while all the same.
    masked: Masked | None = None
    opened: list[Row] = field(default_factory=list)
    #: What the traveller had rectified: label, value as shown, statement.
    rectified: Sequence[tuple[Any, str, Statement]] = ()

    @property
    def hidden(self) -> bool:
        """Whether there is no clear value to show: masked, and not opened for the reader."""
        return self.clear is None

    @property
    def opened_until(self) -> dt.datetime | None:
        """Until when the reader sees what is masked for everybody else."""
        return min((row.expires_at for row in self.opened), default=None)

    @property
    def seat(self) -> str:
        """The seat on this flight."""
        return (self.clear.seat if self.clear else None) or ""

    @property
    def contacts(self) -> records.Contacts:
        """Ways to reach the traveller, of the traveller and of the booking."""
        stated = [x.contacts for x in (self.pnr, self.api, self.booking) if x is not None]
        return records.Contacts(
            phones=tuple(dict.fromkeys(p for c in stated for p in c.phones)),
            emails=tuple(dict.fromkeys(e for c in stated for e in c.emails)),
            addresses=tuple(dict.fromkeys(a for c in stated for a in c.addresses)),
            refused=any(c.refused for c in stated),
        )


def dossier(journey_id: uuid.UUID) -> Dossier:
    """The dossier of a journey. Raises `Journey.DoesNotExist` where it is not in scope."""
    journey = Journey.objects.select_related("flight", "booking", "subject__hit").get(pk=journey_id)
    clear = JourneyClear.objects.filter(
        journey_id=journey.id, retention_class=journey.retention_class, month=journey.month
    ).first()
    made = Dossier(journey, clear)
    if clear is None:
        made.masked, made.opened = masked(journey.month), seen_by(journey.id)
        made.clear = clear = _unmasked(made.opened)
    made.rectified = [
        (ELEMENTS[said.element].label, ELEMENTS[said.element].shown(said.value), said)
        for said in statements(journey.subject, made.opened)
    ]
    if clear is not None:
        _state_of(made, clear.state)
    made.booking = _booking(journey, made.opened)
    made.papers = _papers(made.api, made.pnr)
    made.legs = _legs(made)
    made.others = others(journey)
    made.past, made.past_count = _past(journey)
    made.shared = sharing.shared(journey, sharing.values((made.api, made.pnr), made.contacts))
    return made


def _unmasked(opened: Iterable[Row]) -> JourneyClear | None:
    values = next((dict(row.values) for row in opened if row.kind == "journey"), None)
    if values is None:
        return None
    born = values["date_of_birth"]
    values["date_of_birth"] = dt.date.fromisoformat(born) if born else None
    return JourneyClear(**values)


def _state_of(made: Dossier, state: dict[str, Any]) -> None:
    api, pnr = everything(state.get("api") or {}), everything(state.get("pnr") or {})
    made.api = _rebuilt(api, records.Traveller) if api else None
    made.pnr = _rebuilt(pnr, records.Traveller) if pnr else None
    made.seats = pnr.get("seats") or api.get("seats") or []
    made.bags = pnr.get("booked_bags") or []


def _rebuilt(elements: dict[str, Any], kind: type[Any]) -> Any:
    try:
        return rebuild(elements, kind)
    except msgspec.ValidationError:
        # Stored by a parser that knew other fields: the page still shows the rest.
        return None


def _booking(journey: Journey, opened: Iterable[Row]) -> records.Booking | None:
    if journey.booking_id is None or journey.booking is None:
        return None
    for row in opened:
        if row.kind == "booking" and row.part == journey.flight_id:
            return _rebuilt(everything(row.values["state"]), records.Booking)
    stored = BookingClear.objects.filter(
        booking_id=journey.booking_id,
        flight_id=journey.flight_id,
        retention_class=journey.booking.retention_class,
    ).first()
    return _rebuilt(everything(stored.state), records.Booking) if stored else None


def _papers(api: records.Traveller | None, pnr: records.Traveller | None) -> list[Paper]:
    found: dict[tuple[str, str], list[Any]] = {}
    for place, traveller in enumerate((api, pnr)):
        for document in traveller.documents if traveller else ():
            key = (document.type or "", document.number)
            found.setdefault(key, [document, False, False])[place + 1] = True
    return [Paper(document, in_api, in_pnr) for document, in_api, in_pnr in found.values()]


def _legs(made: Dossier) -> list[Leg]:
    flight = made.journey.flight
    legs = [
        Leg(
            carrier=s.carrier or "",
            number=(s.number or "").lstrip("0"),
            origin=s.origin or "",
            destination=s.destination or "",
            departure=s.departure,
            arrival=s.arrival,
            now=(s.origin, s.destination) == (flight.origin, flight.destination)
            and (s.departure is None or s.departure.date() == flight.departs_on),
        )
        for s in (made.booking.segments if made.booking else ())
        if not s.surface and s.status not in NOT_FLOWN
    ]
    legs = _once(legs, flight.departs_local)
    if any(leg.now for leg in legs):
        return _in_order(legs)
    here = Leg(
        flight.carrier, flight.number, flight.origin, flight.destination,
        flight.departs_local, flight.arrives_local, now=True,
    )  # fmt: skip
    return _in_order([*legs, here])


def _once(legs: list[Leg], departs: dt.datetime | None) -> list[Leg]:
    """A leg stated again at another time (a schedule change) is one leg, as in `enrich.itinerary`: at
    the time of the flight itself, else the later."""
    kept: list[Leg] = []
    for leg in _by_departure(legs):
        before = kept[-1] if kept else None
        if before is None or not _same(before, leg):
            kept.append(leg)
        elif before.departure != departs:
            kept[-1] = leg
    return kept


def _same(one: Leg, two: Leg) -> bool:
    ends = (one.origin, one.destination), (two.origin, two.destination)
    return same_flight(*ends, one.departure, two.departure)


def _by_departure(legs: list[Leg]) -> list[Leg]:
    return sorted(legs, key=lambda leg: leg.departure or dt.datetime.max)


def _in_order(legs: list[Leg]) -> list[Leg]:
    legs = _by_departure(legs)
    current = next(n for n, leg in enumerate(legs) if leg.now)
    return [replace(leg, done=n < current) for n, leg in enumerate(legs)]


def others(journey: Journey) -> list[Other]:
    """Who is linked on this flight: by booking, or by an identifier two travellers share."""
    tokens = list(
        Identifier.objects.filter(subject=journey.pk, kind__in=sharing.LINKS).values_list(
            "token", flat=True
        )
    )
    links: dict[uuid.UUID, list[str]] = defaultdict(list)
    shared = Identifier.objects.filter(
        token__in=tokens, kind__in=sharing.LINKS, subject__journey__flight=journey.flight_id
    ).exclude(subject=journey.pk)
    for other, kind in shared.values_list("subject_id", "kind"):
        if kind not in links[other]:
            links[other].append(kind)
    same: set[uuid.UUID] = set()
    if journey.booking_id:
        booked = Journey.objects.filter(booking=journey.booking_id, flight=journey.flight_id)
        same = set(booked.exclude(pk=journey.pk).values_list("pk", flat=True))
    found = list(Journey.objects.filter(pk__in=same | set(links)).select_related("subject__hit"))
    people = clear_values((j.id, j.retention_class, j.month) for j in found)
    made = [Other(j, people.get(j.id, {}), j.id in same, links.get(j.id, []), j.hit) for j in found]
    return sorted(made, key=lambda o: (not o.same_booking, o.clear.get("seat") or "~"))


def _past(journey: Journey) -> tuple[list[Past], int]:
    tokens = list(
        Identifier.objects.filter(subject=journey.pk, kind=Identifier.Kind.DOCUMENT).values_list(
            "token", flat=True
        )
    )
    ids = set(
        Identifier.objects.filter(token__in=tokens, kind=Identifier.Kind.DOCUMENT)
        .exclude(subject=journey.pk)
        .values_list("subject_id", flat=True)
    )
    earlier = Journey.objects.filter(
        pk__in=ids, flight__departs_on__lte=journey.flight.departs_on
    ).exclude(flight=journey.flight_id)
    shown = list(
        earlier.select_related("flight", "subject__hit").order_by("-flight__departs_on", "pk")[
            :PAST
        ]
    )
    hits = [j.hit.id for j in shown if j.hit]
    last: dict[uuid.UUID, Decision] = {}
    for decision in Decision.objects.filter(hit__in=hits).order_by("at"):
        last[decision.hit_id] = decision
    past = [Past(j, hit := j.hit, last.get(hit.id) if hit else None) for j in shown]
    return past, len(shown) if len(shown) < PAST else earlier.count()
