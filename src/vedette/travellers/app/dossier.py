"""Collects the stored data of one journey and of linked records, for the pages of a hit and of a
traveller."""

from __future__ import annotations

import datetime as dt
import uuid
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from django.db.models import F, Func
from django.db.models.functions import Coalesce
from django.utils.translation import gettext, gettext_lazy

from vedette.apps.columns import LocalDateTimeField
from vedette.apps.hits import wording as hit_wording
from vedette.apps.hits.models import Decision
from vedette.apps.inbox.models import Message
from vedette.apps.requests.corrections import Statement, statements
from vedette.apps.retention.selectors import Masked, masked
from vedette.apps.retention.unmask import Row, seen_by
from vedette.apps.subjects.models import Identifier
from vedette.core.records import Moment, day_of
from vedette.core.statements import Views, everything, stamped
from vedette.travellers import records
from vedette.travellers.app.disclosure import ELEMENTS, LABELS, rebuilt
from vedette.travellers.app.models import BookingClear, Journey, JourneyClear
from vedette.travellers.app.selectors import sharing
from vedette.travellers.app.selectors.flights import kind_of
from vedette.travellers.app.selectors.travellers import (
    clear,
    clear_values,
    last_decisions,
    tokens_of,
)
from vedette.travellers.columns.itinerary import NOT_FLOWN, once
from vedette.travellers.kind import KIND

#: Maximum number of earlier crossings on the page. The page says how many more there are.
PAST = 10
#: Kind of an identifier that two travellers of a flight share → its words.
_LINKS = {
    "phone": gettext_lazy("same telephone number"),
    "email": gettext_lazy("same e-mail address"),
    "card": gettext_lazy("same card"),
    "address": gettext_lazy("same address"),
    "document": gettext_lazy("same document"),
    "loyalty": gettext_lazy("same loyalty number"),
}


@dataclass(frozen=True)
class Other:
    """Represents another traveller of the same flight who is linked with the traveller of the dossier."""

    journey: Journey
    #: Clear values. Empty if they are masked.
    clear: dict[str, Any]
    same_booking: bool
    #: Kinds of the identifiers that both travellers have.
    links: list[str]

    @property
    def masked(self) -> bool:
        """Returns whether the values of the traveller are masked, and therefore stored only in encrypted
        form."""
        return not self.clear

    @property
    def link(self) -> str:
        """Returns a text that describes what the two travellers have in common, for example `same booking,
        same telephone`."""
        found = [gettext("same booking") if self.same_booking else gettext("other booking")]
        return ", ".join([*found, *(str(_LINKS[kind]) for kind in self.links)])


@dataclass(frozen=True)
class Leg:
    """Describes one flight of the journey, with the local times of the airports."""

    carrier: str
    number: str
    origin: str
    destination: str
    departure: Moment | None
    arrival: Moment | None
    #: Whether this is the flight of the dossier.
    now: bool
    #: Whether this flight comes before the flight of the dossier.
    done: bool = False


@dataclass(frozen=True)
class Past:
    """Describes an earlier crossing with the same document, and the last decision on its hit."""

    journey: Journey
    decision: Decision | None

    @property
    def outcome(self) -> str:
        """Returns the decision in words, or the reason why there is no decision."""
        if self.decision:
            return hit_wording.choice(self.decision.choice)
        return gettext("hit, undecided") if self.journey.hit else gettext("no hit")


@dataclass(frozen=True)
class Said:
    """Represents a message that states data of the traveller or of the booking. `elements` contains the names
    of the elements whose latest value from the sender is in the message."""

    source: str
    sender: str
    prepared: str
    reference: str
    part: int
    elements: list[str]
    #: The stored message. None if it was deleted.
    message: Message | None = None


@dataclass
class Dossier:
    """Contains a journey, with the traveller as stated on the passenger list and as stated in the booking.
    Further fields contain the booking, the linked travellers, and the earlier crossings."""

    journey: Journey
    #: None if the clear values are masked and the reader may not see them.
    clear: JourneyClear | None
    api: records.Traveller | None = None
    pnr: records.Traveller | None = None
    booking: records.Booking | None = None
    bags: list[dict[str, Any]] = field(default_factory=list)
    #: The statements of the booking: sender → view.
    booking_state: Views = field(default_factory=dict)
    #: Documents. Each has `document`; it has `api` or `pnr` if that source states the document.
    papers: list[dict[str, Any]] = field(default_factory=list)
    others: list[Other] = field(default_factory=list)
    legs: list[Leg] = field(default_factory=list)
    past: list[Past] = field(default_factory=list)
    past_count: int = 0
    shared: list[sharing.Shared] = field(default_factory=list)
    #: When the clear values were masked, and by which profile.
    masked: Masked | None = None
    #: Rows of the vault that the reader may see for a limited time.
    opened: list[Row] = field(default_factory=list)
    #: Elements that were rectified at the request of the traveller: label, displayed value, statement. The
    #: stored messages are not changed.
    rectified: Sequence[tuple[Any, str, Statement]] = ()

    @property
    def hidden(self) -> bool:
        """Returns whether the values of the traveller are masked and have not been made visible to the
        reader."""
        return self.clear is None

    @property
    def opened_until(self) -> dt.datetime | None:
        """Returns the time until which the reader may see masked values, or None if no masked values were
        made visible to this reader."""
        return min((row.expires_at for row in self.opened), default=None)

    @property
    def seat(self) -> str:
        """Returns the seat of the traveller on the flight, or an empty text if the seat is unknown."""
        return (self.clear.seat if self.clear else None) or ""

    @property
    def contacts(self) -> records.Contacts:
        """Returns the contacts of the traveller and of the booking, without duplicates."""
        stated = [x.contacts for x in (self.pnr, self.api, self.booking) if x is not None]
        return records.Contacts(
            phones=tuple(dict.fromkeys(p for c in stated for p in c.phones)),
            emails=tuple(dict.fromkeys(e for c in stated for e in c.emails)),
            addresses=tuple(dict.fromkeys(a for c in stated for a in c.addresses)),
        )


def dossier(journey_id: uuid.UUID) -> Dossier:
    """Returns the dossier of a journey. Raises `Journey.DoesNotExist` if the user may not see the journey."""
    journey = Journey.objects.select_related("flight", "booking", "subject__hit").get(pk=journey_id)
    made = Dossier(journey, clear(journey))
    if made.clear is None:
        made.masked, made.opened = masked(KIND.name, journey.month), seen_by(journey.id)
        made.clear = _unmasked(made.opened)
    made.rectified = [
        (ELEMENTS[said.element].label, ELEMENTS[said.element].shown(said.value), said)
        for said in statements(journey.subject, made.opened)
    ]
    if made.clear is not None:
        api, pnr = (everything(made.clear.state.get(source) or {}) for source in ("api", "pnr"))
        made.api = rebuilt(api, records.Traveller) if api else None
        made.pnr = rebuilt(pnr, records.Traveller) if pnr else None
        made.bags = pnr.get("booked_bags") or []
    made.booking_state = _booking_state(journey, made.opened)
    stated = everything(made.booking_state)
    made.booking = rebuilt(stated, records.Booking) if made.booking_state else None
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


def _booking_state(journey: Journey, opened: Iterable[Row]) -> Views:
    if journey.booking_id is None or journey.booking is None:
        return {}
    for row in opened:
        if row.kind == "booking" and row.part == journey.flight_id:
            state: Views = row.values["state"]
            return state
    stored = BookingClear.objects.filter(
        booking_id=journey.booking_id,
        flight_id=journey.flight_id,
        retention_class=journey.booking.retention_class,
    ).first()
    return dict(stored.state) if stored else {}


def said(file: Dossier) -> list[Said]:
    """Returns the messages that state data of the traveller or of the booking, the latest first. The elements
    are in the order of `disclosure.LABELS`. Elements without a label are left out."""
    state = file.clear.state if file.clear else {}
    views = [
        ("api", state.get("api") or {}),
        ("pnr", state.get("pnr") or {}),
        ("pnr", file.booking_state if file.clear else {}),
    ]
    found: dict[tuple[str, str, str, str, int], set[str]] = defaultdict(set)
    for source, of in views:
        for sender, view in of.items():
            for (prepared, reference, part), stated, *_ in view:
                names = (key.removeprefix("contacts.").partition(":")[0] for key in stated)
                found[source, sender, prepared, reference, part].update(names)
    kept = _messages(file.journey.flight_id, list(found))
    return [
        Said(*key, [str(word) for name, word in LABELS.items() if name in names], kept.get(key))
        for key, names in sorted(found.items(), key=lambda one: one[0][2], reverse=True)
    ]


#: Source, sender and stamp of a statement.
Stated = tuple[str, str, str, str, int]
#: The time in the stamp of a message that states no time.
_RECEIVED = Func(
    F("received_at"),
    template="(%(expressions)s AT TIME ZONE 'UTC')",
    output_field=LocalDateTimeField(),
)


def _messages(flight: uuid.UUID, stated: Sequence[Stated]) -> dict[Stated, Message]:
    """Returns the messages of the flight that contain these statements. If a message was received several
    times, the first received message is returned. Only messages with the sender and the time of one of the
    statements are read."""
    times = [at for _, _, prepared, *_ in stated if (at := _time(prepared))]
    if not times:
        return {}
    senders = {sender for _, sender, *_ in stated}
    rows = (
        Message.objects.filter(group_id=flight, sender__in=senders)
        .annotate(at=Coalesce("prepared_at", _RECEIVED))
        .filter(at__in=times)
        .only("format", "function", "sender", "interchange_ref", "sequence")
    )
    found: dict[Stated, Message] = {}
    for one in rows.order_by("-received_at"):
        prepared, reference, part = stamped(one.at, one.interchange_ref, one.sequence)
        found[kind_of(one.format), one.sender, prepared, reference, part] = one
    return {key: found[key] for key in stated if key in found}


def _time(prepared: str) -> dt.datetime | None:
    try:
        return dt.datetime.fromisoformat(prepared)
    except ValueError:
        return None


def _papers(api: records.Traveller | None, pnr: records.Traveller | None) -> list[dict[str, Any]]:
    found: dict[tuple[str, str], dict[str, Any]] = {}
    for source, traveller in (("api", api), ("pnr", pnr)):
        for document in traveller.documents if traveller else ():
            key = (document.type or "", document.number)
            found.setdefault(key, {"document": document})[source] = True
    return list(found.values())


def _legs(made: Dossier) -> list[Leg]:
    """Returns the legs of the booking in order of departure. The flight of the dossier is always one of the
    returned legs, even if the booking does not contain it."""
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
            and (s.departure is None or day_of(s.departure) == flight.departs_on),
        )
        for s in (made.booking.segments if made.booking else ())
        if not s.surface and s.status not in NOT_FLOWN
    ]
    legs = _once(legs, flight.departs_local)
    if not any(leg.now for leg in legs):
        here = Leg(
            flight.carrier, flight.number, flight.origin, flight.destination,
            flight.departs_local, flight.arrives_local, now=True,
        )  # fmt: skip
        legs = sorted([*legs, here], key=_departure)
    current = next(n for n, leg in enumerate(legs) if leg.now)
    return [replace(leg, done=n < current) for n, leg in enumerate(legs)]


def _local(leg: Leg) -> dt.datetime | None:
    """Returns the departure time by which legs are compared. If only the day is known, returns the start of
    the day."""
    if leg.departure is None or isinstance(leg.departure, dt.datetime):
        return leg.departure
    return dt.datetime.combine(leg.departure, dt.time())


def _departure(leg: Leg) -> dt.datetime:
    return _local(leg) or dt.datetime.max


def _once(legs: list[Leg], departs: dt.datetime | None) -> list[Leg]:
    """Returns the legs in order of departure, without duplicates. After a schedule change, a leg may be
    stated with two times. Of two legs that differ only in their times, the leg with the departure time of
    this flight is kept. If neither leg has the departure time of this flight, the later leg is kept, as in
    `columns.itinerary`."""
    return once(
        sorted(legs, key=_departure),
        lambda leg: ((leg.origin, leg.destination), _local(leg)),
        lambda leg: leg.departure == departs,
    )


def others(journey: Journey) -> list[Other]:
    """Returns the travellers of the flight who have the same booking or a shared identifier. The travellers
    of the same booking come first, followed by the other travellers. Each of the two groups is ordered by
    seat."""
    links: dict[uuid.UUID, list[str]] = defaultdict(list)
    shared = Identifier.objects.filter(
        token__in=tokens_of(journey, sharing.LINKS),
        kind__in=sharing.LINKS,
        subject__journey__flight=journey.flight_id,
    ).exclude(subject=journey.pk)
    for other, kind in shared.values_list("subject_id", "kind"):
        if kind not in links[other]:
            links[other].append(kind)
    same: set[uuid.UUID] = set()
    if journey.booking_id:
        booked = Journey.objects.filter(booking=journey.booking_id, flight=journey.flight_id)
        same = set(booked.values_list("pk", flat=True)) - {journey.pk}
    found = list(Journey.objects.filter(pk__in=same | set(links)).select_related("subject__hit"))
    people = clear_values((j.id, j.retention_class, j.month) for j in found)
    return sorted(
        (Other(j, people.get(j.id, {}), j.id in same, links.get(j.id, [])) for j in found),
        key=lambda o: (not o.same_booking, o.clear.get("seat") or "~"),
    )


def _past(journey: Journey) -> tuple[list[Past], int]:
    """Returns the latest earlier crossings with the same document, and the number of all earlier
    crossings."""
    same = Identifier.objects.filter(
        token__in=tokens_of(journey, ["document"]), kind=Identifier.Kind.DOCUMENT
    )
    ids = set(same.exclude(subject=journey.pk).values_list("subject_id", flat=True))
    earlier = (
        Journey.objects.filter(pk__in=ids, flight__departs_on__lte=journey.flight.departs_on)
        .exclude(flight=journey.flight_id)
        .select_related("flight", "subject__hit")
        .order_by("-flight__departs_on", "pk")
    )
    shown = list(earlier[:PAST])
    last = last_decisions(j.hit.id for j in shown if j.hit)
    count = len(shown) if len(shown) < PAST else earlier.count()
    return [Past(j, last.get(j.hit.id) if j.hit else None) for j in shown], count
