"""The part of the kind "traveller" in the shared pages and in the API: rows of the queue, blocks of the page
of a hit."""

from __future__ import annotations

import uuid
from collections.abc import Collection, Sequence
from typing import Any

from django.urls import reverse
from django.utils.translation import gettext

from vedette.apps import display
from vedette.apps.hits.models import Hit
from vedette.apps.requests.corrections import statements
from vedette.apps.subjects.kinds import Panel, SubjectPage
from vedette.travellers.app import cabin, dossier, route
from vedette.travellers.app.models import Journey
from vedette.travellers.app.selectors import sharing
from vedette.travellers.app.selectors.flights import silent_today
from vedette.travellers.app.selectors.travellers import clear_values
from vedette.travellers.columns.places import km


def queue_row(journeys: Collection[uuid.UUID]) -> dict[uuid.UUID, dict[str, Any]]:
    """Returns names, birth dates and flights of these travellers. Masked values are None."""
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
    """Returns a notice with the number of today's flights that are expected and have no message yet."""
    return [Panel("travellers/_silent.html", {"silent": silent_today(organisation)})]


def panels(journey: uuid.UUID, sheet: bool) -> SubjectPage:
    """Returns the blocks of the page of a hit: journey, booking, co-travellers, documents and earlier
    crossings. The printed sheet has no drawings. Raises `Journey.DoesNotExist` if the journey is not in
    scope."""
    file = dossier.dossier(journey)
    about: dict[str, Any] = {"file": file}
    stops = [leg.origin for leg in file.legs] + [leg.destination for leg in file.legs[-1:]]
    kilometres = [km(leg.origin, leg.destination) for leg in file.legs]
    way = {
        "map": "" if sheet else _map(file, stops),
        "flown": sum(k or 0 for k in kilometres) if len(stops) > 2 and all(kilometres) else None,
        "direct": km(stops[0], stops[-1]),
    }
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
            Panel("travellers/_booking.html", about, (("pnr", gettext("Booking (PNR)")),)),
            Panel(
                "travellers/_others.html",
                {"others": file.others, "seat_map": "" if sheet else _seat_map(file)},
                (("co", gettext("Co-travellers and seats")),),
            ),
            Panel(
                "travellers/_earlier.html",
                about,
                (("docs", gettext("Documents")), ("past", gettext("Earlier border crossings"))),
            ),
        ],
        opened=file.opened,
    )


def _map(file: dossier.Dossier, stops: Sequence[str]) -> str:
    flight = file.journey.flight
    label = gettext("Map of the journey: %(stops)s") % {"stops": " → ".join(c for c in stops if c)}
    return route.route(stops, (flight.origin, flight.destination), label)


def _seat_map(file: dossier.Dossier) -> str:
    """Returns the plan of the seats around the traveller, with the seats of linked travellers. Returns an
    empty text if the seat of the traveller is not known."""
    own = cabin.place(file.seat)
    if not own:
        return ""
    seats = {cabin.place(o.clear.get("seat")): _level(o.journey.hit) for o in file.others}
    marked = {seat: level for seat, level in seats.items() if seat}
    marked[own] = _level(file.journey.hit)
    label = gettext("Seats around %(seat)s: this traveller and linked travellers") % {
        "seat": file.seat
    }
    return cabin.seats_round(marked, own[0], label)


def _level(hit: Hit | None) -> int:
    return display.level(hit.priority) if hit else 0


def hit_values(journey_id: uuid.UUID) -> dict[str, Any]:
    """Returns the values that the API gives for a traveller in addition to the row of the queue
    (`TravellerHit`)."""
    journey = Journey.objects.select_related("flight", "subject").get(pk=journey_id)
    page = reverse("traveller-shared", args=[journey.pk])
    return {
        "journey_id": journey.pk,
        "rectified": statements(journey.subject),
        "shared": [
            {
                **vars(one),
                "sentence": f"{one.what} {one.rest}",
                "page": "" if one.common else f"{page}?of={one.identifier}",
            }
            for one in sharing.shared(journey)
        ],
    }
