"""Travellers as a kind of subject: the app part. The id of a subject is that of the journey, the id of its
group that of the flight."""

from __future__ import annotations

import re
import uuid
from typing import Any

from django.db.models import QuerySet
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from vedette.apps.subjects.kinds import AppKind
from vedette.travellers.app import api, holding, panels, reporting, wording
from vedette.travellers.app.api_parts import TravellerHit, TravellerRow
from vedette.travellers.app.models import Flight, Journey, JourneyClear
from vedette.travellers.app.selectors.travellers import clear
from vedette.travellers.app.store import Store
from vedette.travellers.kind import KIND

_FLIGHT = re.compile(r"([A-Z0-9]{2,3}?)\s*0*([0-9]{1,4}[A-Z]?)?", re.ASCII)


def flights(text: str) -> QuerySet[Flight, uuid.UUID]:
    """The ids of the flights meant by `YY 417` or `YY`."""
    found = _FLIGHT.fullmatch(text)
    if not found:
        return Flight.objects.none().values_list("pk", flat=True)
    carrier, number = found.groups()
    asked = {"carrier": carrier, **({"number": number} if number else {})}
    return Flight.objects.filter(**asked).values_list("pk", flat=True)


def _clear(journey: uuid.UUID) -> JourneyClear | None:
    return clear(Journey.objects.get(pk=journey))


def lookout(journey: uuid.UUID) -> dict[str, str]:
    """What a lookout for this traveller would be entered with; empty where the values are masked.

    A flight that has landed is left out: a lookout for it would find nobody. Raises
    `Journey.DoesNotExist` where it is not in scope.
    """
    known = Journey.objects.select_related("flight").get(pk=journey)
    values = clear(known)
    if values is None:
        return {}
    flight = known.flight
    lands = flight.arrives_at or flight.departs_at
    to_come = lands is None or lands > timezone.now()
    return {
        "document": values.document or "",
        "name": " ".join(part for part in (values.surname, values.given_names) if part),
        "birth_date": values.date_of_birth.isoformat() if values.date_of_birth else "",
        "nationality": values.nationality or "",
        "group_label": f"{flight.carrier} {flight.number}" if to_come else "",
    }


def names(journey: uuid.UUID) -> list[str]:
    """The surname; none where it is masked."""
    values = _clear(journey)
    return [values.surname] if values and values.surname else []


def _subjects() -> QuerySet[Any]:
    return Journey.objects.select_related("flight")


APP = AppKind(
    name=KIND.name,
    store=Store,
    groups=holding.flight_rows,
    due=holding.due,
    in_clear=holding.in_clear,
    stated=holding.stated,
    subjects=_subjects,
    compared=lambda: Journey.objects.filter(present=True).count(),
    queue_row=panels.queue_row,
    queue_template="travellers/_queue_row.html",
    queue_heads=(_("Traveller"), _("Flight")),
    queue_notices=panels.queue_notices,
    group_filter=(_("Flight or carrier"), "YY 417"),
    filter_groups=flights,
    panels=panels.panels,
    favour=wording.favour,
    disagreement=wording.disagreement,
    ours=_("Ours: API and PNR"),
    spared=_("The exceptions of the profile do not apply to this traveller"),
    api_row=TravellerRow,
    api_hit=TravellerHit,
    hit_values=panels.hit_values,
    routers=(("/messages", api.router), ("/flights", api.flights_router), ("", api.parse_router)),
    nav=(
        ("flights", "flights flight", _("Flights")),
        ("travellers", "travellers traveller screen-person", _("Travellers")),
    ),
    lookout=lookout,
    names=names,
    fairness=reporting.FAIRNESS,
    group_labels=reporting.flight_labels,
    clear_names=reporting.clear_names,
    lanes=reporting.LANES,
    reported=reporting.REPORTED,
    accesses=reporting.ACCESSES,
)
