"""What the shared pages show of travellers: their rows in the queue, their part of the page of a hit."""

from __future__ import annotations

import uuid
from collections.abc import Collection, Sequence
from typing import Any

from django.urls import reverse
from django.utils.translation import gettext

from vedette.apps import display
from vedette.apps.hits import wording as hit_wording
from vedette.apps.hits.models import Hit
from vedette.apps.requests.corrections import statements
from vedette.apps.subjects.kinds import Panel, SubjectPage
from vedette.travellers.app import cabin, dossier, route, wording
from vedette.travellers.app.models import Journey
from vedette.travellers.app.selectors import sharing
from vedette.travellers.app.selectors.flights import silent_today
from vedette.travellers.app.selectors.travellers import clear_values


def queue_row(journeys: Collection[uuid.UUID]) -> dict[uuid.UUID, dict[str, Any]]:
    """Names, birth dates, documents and flights of these travellers, as far as they are not masked."""
    found = list(Journey.objects.select_related("flight").filter(pk__in=journeys))
    people = clear_values((one.pk, one.retention_class, one.month) for one in found)
    return {one.pk: _row(one, people.get(one.pk, {})) for one in found}


def _row(journey: Journey, clear: dict[str, Any]) -> dict[str, Any]:
    flight, names = journey.flight, ("surname", "given_names", "date_of_birth", "nationality")
    return {
        **{name: clear.get(name) for name in names},
        "title": display.plain_name(
            clear.get("surname"), clear.get("given_names"), masked=not clear
        ),
        "masked": not clear,
        "journey": journey,
        "clear": clear,
        "flight_id": flight.pk,
        "flight": f"{flight.carrier} {flight.number}",
        "group": f"{flight.carrier} {flight.number}",
        "group_more": f"{flight.origin or '–'} → {flight.destination or '–'}",
        "on": flight.departs_on,
        "page": reverse("traveller", args=[journey.pk]),
    }


def queue_notices(organisation: uuid.UUID | None) -> list[Panel]:
    """How many flights of today are expected without any message."""
    return [Panel("travellers/_silent.html", {"silent": silent_today(organisation)})]


def panels(journey: uuid.UUID, sheet: bool) -> SubjectPage:
    """Traveller, way, booking, co-travellers, documents and earlier crossings; without drawings on the
    sheet."""
    file = dossier.dossier(journey)
    about: dict[str, Any] = {"file": file}
    stops = [leg.origin for leg in file.legs] + [leg.destination for leg in file.legs[-1:]]
    kilometres = [route.distance_km(leg.origin, leg.destination) for leg in file.legs]
    flown = sum(k for k in kilometres if k) if len(kilometres) > 1 and all(kilometres) else None
    way = {
        "map": "" if sheet else _map(file, stops),
        "flown": flown,
        "direct": route.distance_km(stops[0], stops[-1]),
    }
    shared = [(one, *wording.shared(one)) for one in file.shared]
    others = {
        "others": [(other, wording.links(other)) for other in file.others],
        "seat_map": "" if sheet else seat_map(file),
    }
    past = [(one, _outcome(one)) for one in file.past]
    clear = file.clear
    return SubjectPage(
        title=display.plain_name(
            clear.surname if clear else None,
            clear.given_names if clear else None,
            masked=file.hidden,
        ),
        label=gettext("Traveller and flight"),
        head=Panel("travellers/_who.html", {**about, "flight": file.journey.flight}),
        notice=Panel("travellers/_masked.html", about),
        panels=[
            Panel("travellers/_trip.html", {**about, **way}, (("trip", gettext("Journey")),)),
            Panel(
                "travellers/_booking.html",
                {**about, "shared": shared},
                (("pnr", gettext("Booking (PNR)")),),
            ),
            Panel("travellers/_others.html", others, (("co", gettext("Co-travellers and seats")),)),
            Panel(
                "travellers/_earlier.html",
                {**about, "past": past},
                (("docs", gettext("Documents")), ("past", gettext("Earlier crossings"))),
            ),
        ],
        opened=file.opened,
    )


def _map(file: dossier.Dossier, stops: Sequence[str]) -> str:
    flight = file.journey.flight
    label = gettext("Map of the journey: %(stops)s") % {"stops": " → ".join(c for c in stops if c)}
    return route.route(stops, (flight.origin, flight.destination), label)


def seat_map(file: dossier.Dossier) -> str:
    """The seats round the traveller's, with those linked; nothing where no seat is known."""
    own = dossier.SEAT.fullmatch(file.seat)
    if not own:
        return ""
    marked = {}
    for other in file.others:
        seat = dossier.SEAT.fullmatch(other.clear.get("seat") or "")
        if seat:
            marked[(int(seat[1]), seat[2])] = _level(other.hit)
    marked[(int(own[1]), own[2])] = _level(file.journey.hit)
    label = gettext("Seats around %(seat)s: this traveller and those linked") % {"seat": file.seat}
    return cabin.seats_round(marked, int(own[1]), label)


def _level(hit: Hit | None) -> int:
    return display.level(hit.priority) if hit else 0


def _outcome(past: dossier.Past) -> str:
    if past.decision:
        return hit_wording.choice(past.decision.choice)
    return gettext("hit, undecided") if past.hit else gettext("no hit")


def hit_values(journey_id: uuid.UUID) -> dict[str, Any]:
    """What the API gives of a traveller beside the row of the queue."""
    journey = Journey.objects.select_related("flight", "subject").get(pk=journey_id)
    return {
        "journey_id": journey.pk,
        "rectified": statements(journey.subject),
        "shared": [_shared(journey, one) for one in sharing.shared(journey)],
    }


def _shared(journey: Journey, one: sharing.Shared) -> dict[str, Any]:
    page = reverse("traveller-shared", args=[journey.pk])
    return {
        **vars(one),
        "sentence": " ".join(wording.shared(one)),
        "page": "" if one.common else f"{page}?of={one.identifier}",
    }
