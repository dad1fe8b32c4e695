"""Answers requests from persons about the data that is stored about them as travellers. Finds the journeys of
a person, discloses the data of the person, and rectifies elements.

This module does not import hits, lists or profiles (`AppKind.disclose`). A disclosed file therefore cannot
contain data from hits, lists or profiles.
"""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Collection, Mapping
from typing import Any

import msgspec
from django.utils import timezone
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from vedette.apps import query
from vedette.apps.display import day
from vedette.apps.keyring import keyring
from vedette.apps.subjects.kinds import Element, Given
from vedette.apps.subjects.models import Identifier, Subject
from vedette.core import codes
from vedette.core.names import fold, plain_given
from vedette.core.statements import everything, rebuild
from vedette.travellers import records
from vedette.travellers.app.models import BookingClear, Journey, JourneyClear
from vedette.travellers.app.rows import beginnings, document_numbers, under_age
from vedette.travellers.kind import KIND

#: Maximum number of journeys that are read for a document, and for a name. The page says if there are more.
MOST = 500
#: Maximum number of given names in a request that are compared.
_NAMES = 8
#: Positions in the message. They have no meaning for the person.
_PROVENANCE = {"segment", "offset"}

SOURCES = _(
    "Travel data are the data that carriers sent: advance passenger information (API) and"
    " bookings (PNR)."
)

LABELS: Mapping[str, Any] = {
    "flight": _("Flight"),
    "origin": _("Origin"),
    "destination": _("Destination"),
    "departs": _("Departure (local)"),
    "arrives": _("Arrival (local)"),
    "api": _("According to the passenger list (API)"),
    "pnr": _("According to the booking (PNR)"),
    "booking": _("Booking (PNR)"),
    "seats": _("Seats"),
    "booked_bags": _("Bags"),
    "role": _("Role"),
    "surname": _("Surname"),
    "given_names": _("Given names"),
    "date_of_birth": _("Birth date"),
    "birth_period": _("Birth date"),
    "sex": _("Sex"),
    "nationality": _("Nationality"),
    "documents": _("Documents"),
    "number": _("Number"),
    "issuer": _("Issued by"),
    "expiry": _("Expires"),
    "contacts": _("Contacts"),
    "phones": _("Telephones"),
    "emails": _("E-mail addresses"),
    "addresses": _("Addresses"),
    "payments": _("Payments"),
    "segments": _("Flights booked"),
    "locator": _("Locator"),
    "locators": _("Locators"),
    "seat": _("Seat"),
    "bags": _("Bags"),
}


def _nationality(value: str) -> str:
    if not (found := codes.alpha3(value)):
        raise ValueError("value")
    return found


def _sex(value: str) -> str:
    if value.upper() not in ("M", "F", "X"):
        raise ValueError("value")
    return value.upper()


ELEMENTS: Mapping[str, Element] = {
    "surname": Element(_("Surname"), frozenset(("surname", "name"))),
    "given_names": Element(_("Given names"), frozenset(("given", "given_names", "name"))),
    "date_of_birth": Element(
        _("Birth date"),
        frozenset(("birth_date",)),
        lambda value: dt.date.fromisoformat(value).isoformat(),
        shown=lambda value: day(dt.date.fromisoformat(value)),
    ),
    "nationality": Element(_("Nationality"), frozenset(("nationality",)), _nationality),
    "sex": Element(_("Sex"), frozenset(("sex",)), _sex),
    "document": Element(_("Document"), frozenset(("document",))),
}


def rectified(subject: Subject, element: str, value: str) -> None:
    """If the birth date was rectified, determines again whether the traveller is a minor on the day of
    travel."""
    if element == "date_of_birth":
        flight = Journey.objects.select_related("flight").get(pk=subject.pk).flight
        subject.minor = under_age(dt.date.fromisoformat(value), flight.departs_on)


def disclose(journeys: Collection[uuid.UUID]) -> dict[uuid.UUID, dict[str, Any]]:
    """Returns the journeys as stated in the messages, in order of departure."""
    rows = list(
        Journey.objects.filter(pk__in=list(journeys))
        .select_related("flight")
        .order_by("flight__departs_on", "pk")
    )
    clear = {c.journey_id: c for c in JourneyClear.objects.filter(journey_id__in=list(journeys))}
    booked = {
        (b.booking_id, b.flight_id): b
        for b in BookingClear.objects.filter(booking_id__in=[j.booking_id for j in rows])
    }
    return {
        j.pk: _journey(j, clear.get(j.pk), booked.get((j.booking_id, j.flight_id)))  # type: ignore[arg-type]
        for j in rows
    }


def _journey(
    journey: Journey, clear: JourneyClear | None, booking: BookingClear | None
) -> dict[str, Any]:
    flight = journey.flight
    told: dict[str, Any] = {
        "flight": f"{flight.carrier} {flight.number}",
        "origin": flight.origin,
        "destination": flight.destination,
        "departs": flight.departs_local or flight.departs_on,
        "arrives": flight.arrives_local,
        "role": journey.role,
        "received_on": timezone.localdate(journey.received_at),
        "masked": clear is None,
    }
    for source in ("api", "pnr"):
        stated = everything((clear.state.get(source) or {}) if clear else {})
        if stated:
            told[source] = _said(stated, records.Traveller)
            told.update({k: stated[k] for k in ("seats", "booked_bags") if stated.get(k)})
    if booking is not None:
        told["booking"] = _said(everything(booking.state), records.Booking)
    return {key: value for key, value in told.items() if value not in (None, "", [], {})}


def _said(stated: dict[str, Any], kind: type[Any]) -> Any:
    """Returns a record without its empty values. If the stored elements no longer fit the record,
    returns the elements as stored."""
    record = rebuilt(stated, kind)
    if record is None:
        return stated
    return _bare(msgspec.to_builtins(record, builtin_types=(dt.date, dt.datetime)))


def rebuilt(stated: dict[str, Any], kind: type[Any]) -> Any:
    """Returns a record with the stored elements. Returns None if the elements do not fit the record type,
    because an earlier version of the parser stored them."""
    try:
        return rebuild(stated, kind)
    except msgspec.ValidationError:
        return None


def _bare(value: Any) -> Any:
    if isinstance(value, dict):
        shown = {k: _bare(v) for k, v in value.items() if k not in _PROVENANCE}
        return {k: v for k, v in shown.items() if v is not False and v not in (None, "", [], {})}
    return [_bare(one) for one in value] if isinstance(value, list | tuple) else value


def find(given: Given) -> tuple[dict[uuid.UUID, list[str]], bool]:
    """Returns the journeys of the person in a request, beginning with the latest flight, and whether there
    are more journeys. For each journey, the criteria that matched are returned: the document, or the name and
    the birth date. Masked journeys are found by the keyed token (hash) of the name and the birth date."""
    tokens = [keyring().token("document", n) for n in document_numbers(given.document) if n]
    by_document = _with_tokens("document", tokens)
    by_name: list[uuid.UUID] = []
    if given.surname and given.birth:
        by_name = sorted({*_clear_names(given), *_name_tokens(given)}, reverse=True)[: MOST + 1]
    wanted = {*by_document[:MOST], *by_name[:MOST]}
    rows = Journey.objects.filter(pk__in=wanted).order_by("-flight__departs_on", "-pk")
    channels = (
        (set(by_document), gettext("document")),
        (set(by_name), gettext("name and birth date")),
    )
    found = {
        id_: [word for journeys, word in channels if id_ in journeys]
        for id_ in rows.values_list("pk", flat=True)
    }
    return found, max(len(by_document), len(by_name)) > MOST


def _with_tokens(kind: str, tokens: list[bytes]) -> list[uuid.UUID]:
    found = Identifier.objects.filter(
        kind=kind, token__in=tokens, subject__kind=KIND.name
    ).order_by("-subject_id")
    return list(found.values_list("subject_id", flat=True).distinct()[: MOST + 1])


def _clear_names(given: Given) -> list[uuid.UUID]:
    """Returns the journeys that are not masked and have the birth date and the names of the request. If only
    the year, or the year and month, of the stored birth date is known, these must agree with the birth date
    in the request. The surname and the given names may be swapped."""
    orders = (f"{given.surname}, {given.given_names}", f"{given.given_names}, {given.surname}")
    starts = {b for text in orders for b in beginnings(text) if len(b) > 1}
    rows = query.dicts(
        "SELECT DISTINCT s.subject_id FROM unnest(%(beginnings)s::text[]) AS b(beginning),"
        " LATERAL vedette_search_names(b.beginning, 5000) s"
        " JOIN travellers_journeyclear c ON c.journey_id = s.subject_id"
        " WHERE (c.date_of_birth = %(birth)s OR c.birth_period IN (%(year)s, %(year_month)s))"
        " ORDER BY 1 DESC LIMIT %(most)s",
        {
            "beginnings": sorted(starts),
            "birth": given.birth,
            "year": f"{given.birth:%Y}",
            "year_month": f"{given.birth:%Y-%m}",
            "most": MOST + 1,
        },
    )
    return [row["subject_id"] for row in rows]


def _name_tokens(given: Given) -> list[uuid.UUID]:
    """Returns the journeys that have the keyed token (hash) of the name and the birth date
    (`travellers.app.rows.identifiers`). A message may contain fewer given names than the request. The search
    therefore uses the first given name, the first two given names and so on, and also each given name
    alone."""
    surname, words = fold(given.surname), [fold(w) for w in plain_given(given.given_names).split()]
    words = words[:_NAMES]
    said = {"".join(words[:n]) for n in range(len(words) + 1)} | set(words)
    names = {(surname, one) for one in said} | {(one, surname) for one in said if one}
    tokens = [
        keyring().token("person", f"{first}|{second}|{given.birth}") for first, second in names
    ]
    return _with_tokens("person", tokens)
