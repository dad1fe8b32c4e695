"""The Django part of the kind "traveller". The id of a subject is the id of a journey. The id of
the group of a subject is the id of a flight."""

from __future__ import annotations

import re
import uuid
from typing import Any

from django.db.models import QuerySet
from django.utils import timezone
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from vedette.apps.subjects.kinds import AppKind, Panel
from vedette.apps.subjects.models import Subject
from vedette.travellers.app import api, disclosure, holding, panels, reporting, wording
from vedette.travellers.app.forms import SearchForm
from vedette.travellers.app.models import Flight, Journey, JourneyClear
from vedette.travellers.app.selectors import travellers as people
from vedette.travellers.app.selectors.travellers import clear
from vedette.travellers.app.store import Store
from vedette.travellers.app.tables import TABLES
from vedette.travellers.kind import KIND

_FLIGHT = re.compile(r"([A-Z0-9]{2,3}?)\s*0*([0-9]{1,4}[A-Z]?)?", re.ASCII)


def flights(text: str) -> QuerySet[Flight, uuid.UUID]:
    """Returns the ids of the flights that a text such as `YY 417` or `YY` names."""
    found = _FLIGHT.fullmatch(text)
    if not found:
        return Flight.objects.none().values_list("pk", flat=True)
    carrier, number = found.groups()
    asked = {"carrier": carrier, **({"number": number} if number else {})}
    return Flight.objects.filter(**asked).values_list("pk", flat=True)


def _clear(journey: uuid.UUID) -> JourneyClear | None:
    return clear(Journey.objects.get(pk=journey))


def lookout(journey: uuid.UUID) -> dict[str, str]:
    """Returns the values with which a lookout for this traveller is entered. Returns no values if
    the values are masked.

    A flight that has landed is left out, because a lookout for it would find no traveller. Raises
    `Journey.DoesNotExist` if the journey is not in scope.
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
    """Returns the surname; an empty list if the surname is masked."""
    values = _clear(journey)
    return [values.surname] if values and values.surname else []


def search(text: str) -> tuple[int, Panel] | None:
    """Returns the number of travellers found by a text (a name, document or locator), and the panel that
    shows them. Returns None if there are none."""
    form = SearchForm({"q": text})
    if not form.is_valid():
        return None
    found = people.search(**{key: form.cleaned_data[key].strip() for key in people.KEYS})
    if not found.people:
        return None
    return len(found.people), Panel("travellers/_found.html", {"search": found})


def second_person(subject: Subject, choice: str) -> str | None:
    """Returns the reason why a second person must review a decision, or None. Decisions against minors must
    be reviewed (CJEU C-817/19, rights of the child)."""
    against = choice in ("refer", "hold", "refuse")
    return gettext("The traveller is a minor.") if subject.minor and against else None


def _subjects() -> QuerySet[Any]:
    return Journey.objects.select_related("flight")


APP = AppKind(
    name=KIND.name,
    counted=wording.counted,
    tables=TABLES,
    store=Store,
    due=holding.due,
    in_clear=holding.in_clear,
    population=holding.population,
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
    ours=_("As the messages state it (API and PNR)"),
    spared=_("The exceptions of the profile do not apply to this traveller"),
    api_row=api.TravellerRow,
    api_hit=api.TravellerHit,
    hit_values=panels.hit_values,
    routers=(("/flights", api.flights_router),),
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
    second_person=second_person,
    search_keys=(_("name"), _("document"), _("locator")),
    search_page="travellers",
    searching=("travellers", "screen-person", "flight"),
    search=search,
    find=disclosure.find,
    disclose=disclosure.disclose,
    labels=disclosure.LABELS,
    sources=disclosure.SOURCES,
    elements=disclosure.ELEMENTS,
    rectified=disclosure.rectified,
)
