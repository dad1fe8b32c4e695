"""Implements the Django part of the kind "traveller": rows of the queue, blocks of the page of a hit, values
for the API, and data for lists and reports. The id of a subject is the id of a journey. The id of the group
of a subject is the id of a flight."""

from __future__ import annotations

import re
import uuid
from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from typing import Any

from django.db.models import QuerySet
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext, ngettext, pgettext_lazy
from django.utils.translation import gettext_lazy as _
from psycopg import Connection

from vedette.apps import display
from vedette.apps.accounts.models import User
from vedette.apps.columns import Theme
from vedette.apps.hits.models import SeenHit
from vedette.apps.requests.corrections import statements
from vedette.apps.subjects.kinds import (
    AppKind,
    BarPage,
    ControlCheck,
    ControlSheet,
    Dimension,
    Fairness,
    GroupMark,
    Help,
    Panel,
    Reported,
    SubjectPage,
)
from vedette.apps.subjects.models import Identifier, Subject
from vedette.core.entries import EntryIdentifier
from vedette.screening.links import RecordOf
from vedette.travellers.app import disclosure, pictures, store
from vedette.travellers.app.dossier import Dossier, dossier
from vedette.travellers.app.forms import SearchForm
from vedette.travellers.app.messages import facts
from vedette.travellers.app.models import Flight, Journey, JourneyClear
from vedette.travellers.app.selectors import sharing
from vedette.travellers.app.selectors import travellers as people
from vedette.travellers.app.selectors.flights import late, silent_today
from vedette.travellers.app.selectors.linked import linked
from vedette.travellers.app.selectors.travellers import clear, clear_values
from vedette.travellers.app.tables import TABLES
from vedette.travellers.columns.places import km
from vedette.travellers.kind import KIND


def identity(journeys: Collection[uuid.UUID]) -> dict[uuid.UUID, RecordOf]:
    """Returns the names, birth dates, documents and contacts of the travellers that are not masked."""
    contacts: dict[uuid.UUID, set[str]] = defaultdict(set)
    for subject, kind, token in Identifier.objects.filter(
        subject_id__in=journeys, kind__in=("document", "phone", "email", "address", "card")
    ).values_list("subject_id", "kind", "token"):
        contacts[subject].add(f"{kind}:{bytes(token).hex()}")
    return {
        one.journey_id: RecordOf(
            one.journey_id, False,
            tuple(" ".join(filter(None, reversed(name.split("|")))).lower() for name in one.names),
            one.date_of_birth.isoformat() if one.date_of_birth else "",
            frozenset(c for c in contacts[one.journey_id] if c.startswith("document:")),
            frozenset(c for c in contacts[one.journey_id] if not c.startswith("document:")),
        )
        for one in JourneyClear.objects.filter(journey_id__in=journeys, restricted=False).only(
            "journey_id", "names", "date_of_birth"
        )
    }  # fmt: skip


def queue_row(journeys: Collection[uuid.UUID]) -> dict[uuid.UUID, dict[str, Any]]:
    """Returns the names, birth dates and flights of the given journeys. A masked value is None."""
    found = list(Journey.objects.select_related("flight").filter(pk__in=journeys))
    people = clear_values((one.pk, one.retention_class, one.month) for one in found)
    return {one.pk: _row(one, people.get(one.pk, {})) for one in found}


def _row(journey: Journey, clear: dict[str, Any]) -> dict[str, Any]:
    flight, names = (
        journey.flight,
        ("surname", "given_names", "date_of_birth", "birth_period", "nationality"),
    )
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


def control(journey_id: uuid.UUID) -> ControlSheet:
    """Returns the sheet for the control of a traveller. Raises `Journey.DoesNotExist` if the reader may not
    see the journey."""
    journey = Journey.objects.select_related("flight").get(pk=journey_id)
    values = clear(journey)
    seat = values.seat if values else None
    lines = [f"{journey.flight.carrier} {journey.flight.number}"]
    return ControlSheet(
        title=display.plain_name(
            values.surname if values else None,
            values.given_names if values else None,
            masked=values is None,
        ),
        lines=[*lines, *([gettext("Seat %(seat)s") % {"seat": seat}] if seat else [])],
        checks=[
            ControlCheck(
                "document", _("Travel document"), (values.document or "") if values else ""
            ),
            ControlCheck("hand_baggage", _("Hand baggage")),
            ControlCheck("hold_baggage", _("Hold baggage")),
            ControlCheck("cash", _("Cash")),
        ],
    )


def queue_notices(user: User) -> list[Panel]:
    """Returns a notice with the number of today's flights that are expected and have no message yet."""
    return [Panel("travellers/_silent.html", {"silent": silent_today(user)})]


def panels(journey: uuid.UUID, sheet: bool) -> SubjectPage:
    """Returns the blocks of the page of a hit: journey, booking, co-travellers, documents and earlier
    crossings. The printed sheet has no seat plan and no map. Raises `Journey.DoesNotExist` if the user may
    not see the journey."""
    file = dossier(journey)
    about: dict[str, Any] = {"file": file}
    stops = [leg.origin for leg in file.legs] + [leg.destination for leg in file.legs[-1:]]
    flight = file.journey.flight
    label = gettext("Map of the journey: %(stops)s") % {"stops": " → ".join(filter(None, stops))}
    kilometres = [km(leg.origin, leg.destination) for leg in file.legs]
    way = {
        "map": "" if sheet else pictures.route(stops, (flight.origin, flight.destination), label),
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
        head=Panel("travellers/_who.html", {**about, "flight": flight}),
        notice=Panel("travellers/_masked.html", about),
        panels=[
            Panel("travellers/_trip.html", {**about, **way}, (("trip", gettext("Journey")),)),
            Panel("travellers/_booking.html", about, (("pnr", gettext("Booking (PNR)")),)),
            Panel(
                "travellers/_others.html",
                {
                    "others": file.others,
                    "hit": file.journey.hit,
                    "seat_map": "" if sheet else seat_map(file),
                },
                (("co", gettext("Co-travellers and seats")),),
            ),
            Panel(
                "travellers/_earlier.html",
                about,
                (("docs", gettext("Documents")), ("past", gettext("Earlier border crossings"))),
            ),
            Panel("library/_beside.html", {"theme": Theme.PASSENGERS.value, "sheet": sheet}),
        ],
        opened=file.opened,
        identifiers=identifiers(file),
    )


#: First letter of the type of a travel document → the kind of the same document in lists.
_PAPERS = {"P": "passport", "I": "id_card", "A": "id_card", "C": "id_card", "V": "visa"}


def identifiers(file: Dossier) -> list[EntryIdentifier]:
    """Returns the documents and the contacts of the traveller. The list is empty if the values are masked. A
    rectified document number replaces the numbers of the messages."""
    if file.hidden:
        return []
    rectified = [said.value for *_, said in file.rectified if said.element == "document"]
    if rectified:
        papers = [EntryIdentifier(kind="document", value=value) for value in rectified]
    else:
        stated = [paper["document"] for paper in file.papers]
        papers = [
            EntryIdentifier(
                kind=_PAPERS.get((one.type or "")[:1], "document"), value=one.number,
                country=one.issuer,
            )
            for one in stated
        ]  # fmt: skip
    return [
        *papers,
        *(EntryIdentifier(kind="phone", value=one) for one in file.contacts.phones),
        *(EntryIdentifier(kind="email", value=one) for one in file.contacts.emails),
    ]


def seat_map(file: Dossier) -> str:
    """Returns the plan of the seats around the traveller, with the seats of linked travellers. Returns an
    empty text if the seat of the traveller is not known."""
    own = pictures.place(file.seat)
    if not own:
        return ""
    marked = {own: _level(file.journey.hit)}
    for other in file.others:
        if (seat := pictures.place(other.clear.get("seat"))) and seat != own:
            marked[seat] = max(marked.get(seat, 0), _level(other.journey.hit))
    label = gettext("Seats around %(seat)s: this traveller and linked travellers") % {
        "seat": file.seat
    }
    return pictures.seats_round(marked, own[0], label)


def _level(hit: SeenHit | None) -> int:
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


FAIRNESS = Fairness(
    # Only the first letter of the name is read, to determine its script.
    query="""
        SELECT left(substring(coalesce(c.surname, '') || coalesce(c.given_names, '')
                              FROM '[[:alpha:]]'), 1) AS letter,
               c.nationality, c.sex,
               CASE WHEN c.date_of_birth IS NULL THEN NULL
                    ELSE extract(year FROM age(h.due_at::date, c.date_of_birth))::int END AS age
        FROM travellers_journeyclear c
        WHERE c.journey_id = h.subject_id AND c.retention_class = h.retention_class
          AND c.month = h.month
    """,
    words={
        "nationality": (_("Nationality"), {}),
        "sex": (
            _("Sex"),
            {"M": _("Men"), "F": _("Women"), "X": _("Sex X"), "U": _("sex not stated")},
        ),
        "age": (
            _("Age"),
            {
                "0": _("Under 18"),
                "18": _("18 to 24 years"),
                "25": _("25 to 44 years"),
                "45": _("45 to 64 years"),
                "65": _("65 years and over"),
            },
        ),
    },
    folded=("nationality",),
)

DIMENSIONS = (
    Dimension(
        "route", _("Results by route"), _("Route"),
        """SELECT coalesce(nullif(f.origin, ''), '–') || ' → ' || coalesce(nullif(f.destination, ''), '–')
           FROM travellers_flight f WHERE f.id = d.group_id""",
    ),
    Dimension(
        "carrier", _("Results by carrier"), _("Carrier"),
        "SELECT f.carrier FROM travellers_flight f WHERE f.id = d.group_id AND f.carrier IS NOT NULL",
    ),
)  # fmt: skip

#: A traveller with API and PNR data counts once.
REPORTED = Reported(
    query="""
        SELECT sum(api_count + pnr_count - joined_count)
        FROM travellers_flight WHERE organisation_id = %(org)s AND arrives_at >= %(from)s
          AND arrives_at < least(%(to)s, now())
    """,
    label=_("travellers on flights that landed"),
    heading=_("Travellers"),
)

LANES = {
    store.LANE: (
        _("Travellers: physical control"),
        _(
            "For travellers, the random control is a control of persons and baggage under national"
            " customs law. The random control uses no passenger data and raises no hits. The"
            " control is off until a rate and its legal basis are set."
        ),
    )
}

ACCESSES = {
    "flight.search": "search",
    "person.screen": "search",
    "flight.see": "group",
}


def flight_labels(flights: Collection[uuid.UUID]) -> dict[uuid.UUID, tuple[str, str]]:
    """Returns the label (`YY 417, 3 Nov 2026`) of each flight and the address of its page."""
    return {
        one.pk: (
            f"{one.carrier} {one.number}, {display.day(one.departs_on)}",
            reverse("flight", args=[one.pk]),
        )
        for one in Flight.objects.filter(pk__in=flights)
    }


def flight_marks(flights: Collection[uuid.UUID]) -> dict[uuid.UUID, GroupMark]:
    """Returns the number and the airports of each flight, and the address of its page."""
    return {
        one.pk: GroupMark(
            f"{one.carrier} {one.number}",
            f"{one.origin or '–'} → {one.destination or '–'}",
            reverse("flight", args=[one.pk]),
        )
        for one in Flight.objects.filter(pk__in=flights)
    }


def clear_names(
    connection: Connection[Any], organisation: uuid.UUID, subjects: Sequence[uuid.UUID]
) -> list[tuple[uuid.UUID, Sequence[str | None]]]:
    """Returns the surname and the given names of the traveller of each given journey. Journeys with masked
    values are excluded."""
    rows = connection.execute(
        "SELECT journey_id, surname, given_names FROM travellers_journeyclear"
        " WHERE journey_id = ANY(%s) AND organisation_id = %s",
        [list(subjects), organisation],
    )
    return [(id_, names) for id_, *names in rows]


_FLIGHT = re.compile(r"([A-Z0-9]{2,3}?)\s*0*([0-9]{1,4}[A-Z]?)?", re.ASCII)


def flights(text: str) -> QuerySet[Flight, uuid.UUID]:
    """Returns the ids of the flights that match a text such as `YY 417` or `YY`, the latest first."""
    found = _FLIGHT.fullmatch(text)
    if not found:
        return Flight.objects.none().values_list("pk", flat=True)
    carrier, number = found.groups()
    asked = {"carrier": carrier, **({"number": number} if number else {})}
    latest = Flight.objects.filter(**asked).order_by("-departs_on", "carrier", "number")
    return latest.values_list("pk", flat=True)


def lookout(journey: uuid.UUID) -> dict[str, str]:
    """Returns the initial values of the form for a lookout on a traveller. Returns an empty dict if the data
    of the traveller is masked.

    A flight that has landed is left out, because a lookout limited to this flight would find no traveller.
    Raises `Journey.DoesNotExist` if the user may not see the journey.
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
    """Returns a list with the surname of the traveller, or an empty list if the surname is masked."""
    values = clear(Journey.objects.get(pk=journey))
    return [values.surname] if values and values.surname else []


def search(text: str) -> tuple[int, Panel] | None:
    """Returns the number of travellers who match a text (a name, document or locator), and the panel (part of
    a page) that shows these travellers. Returns None if no traveller was found."""
    form = SearchForm({"q": text})
    if not form.is_valid():
        return None
    found = people.search(**{key: form.cleaned_data[key].strip() for key in people.KEYS})
    if not found.people:
        return None
    return len(found.people), Panel("travellers/_found.html", {"search": found})


def second_person(subject: Subject, choice: str) -> str | None:
    """Returns the reason why a second person must review a decision, or None. A second person must review
    decisions against minors (CJEU C-817/19, rights of the child)."""
    against = choice in ("refer", "hold", "refuse")
    return gettext("The traveller is a minor.") if subject.minor and against else None


def counted(count: int) -> str:
    """Returns the number of travellers in words: `12 travellers`."""
    return ngettext("%(n)s traveller", "%(n)s travellers", count) % {"n": display.number(count)}


#: Id of a point in favour → its words.
FAVOUR = {
    "birth_date_differs": _("Birth date differs from that on the list"),
    "nationality_differs": _("Nationality differs from that on the list"),
    "sex_differs": _("Sex differs from that on the list"),
    "messages_agree": _("Passenger list and booking agree"),
    "return_booked": _("Return booked"),
    "travels_with_family": _("Travels with family"),
    "cleared_before": _("Earlier decision: not the person on the list"),
    "earlier_crossings": _("Earlier border crossings, nothing found"),
}


def disagreement(params: Mapping[str, Any]) -> str:
    """Returns the sentence that describes differences between messages: `API and booking differ: name`."""
    found = facts(params.get("facts") or ())
    return gettext("API and booking differ: %(facts)s") % {"facts": found}


def favour(name: str, params: Mapping[str, Any]) -> str:
    """Returns the sentence for one fact in the traveller's favour. Returns an empty text if the id is
    unknown."""
    count = int(params.get("count", 0) or 0)
    if name == "earlier_crossings" and count:
        return ngettext(
            "%(n)s earlier border crossing, nothing found",
            "%(n)s earlier border crossings, nothing found",
            count,
        ) % {"n": display.number(count)}
    if name == "travels_with_family" and count:
        return gettext("Travels with family (%(n)s)") % {"n": display.number(count)}
    return str(FAVOUR.get(name, ""))


APP = AppKind(
    name=KIND.name,
    counted=counted,
    tables=TABLES,
    store=store.Store,
    due=store.due,
    in_clear=store.in_clear,
    population=store.population,
    subjects=lambda: Journey.objects.select_related("flight"),
    compared=lambda: Journey.objects.filter(present=True).count(),
    queue_row=queue_row,
    identity=identity,
    queue_template="travellers/_queue_row.html",
    queue_heads=(_("Traveller"), _("Flight")),
    queue_notices=queue_notices,
    group_filter=(_("Flight or carrier"), "YY 417"),
    filter_groups=flights,
    panels=panels,
    favour=favour,
    disagreement=disagreement,
    ours=_("According to the messages (API and PNR)"),
    spared=_("The exceptions of the profile do not apply to this traveller"),
    hit_values=hit_values,
    theme=(pgettext_lazy("theme", "Passengers"), _("API and bookings (PNR)")),
    nav=(
        BarPage("flights", _("Flights"), "record.see", "flight"),
        BarPage(
            "travellers",
            _("Travellers"),
            "record.see",
            "traveller",
            below=(BarPage("screen-person", _("Compare a person"), "person.screen"),),
            own_word=_("Find a traveller"),
        ),
    ),
    help={
        "flights": Help("Flights", "Les vols"),
        "flight": Help("Flights", "Les vols"),
        "flight-linked": Help("Linked travellers", "Les voyageurs liés"),
        "linked": Help("Linked travellers", "Les voyageurs liés"),
        "travellers": Help("Travellers", "Les voyageurs"),
        "traveller": Help("Travellers", "Les voyageurs"),
        "screen-person": Help(
            "Lookouts and single persons", "Les avis et la recherche d’une personne"
        ),
    },
    lookout=lookout,
    names=names,
    fairness=FAIRNESS,
    group_labels=flight_labels,
    group_marks=flight_marks,
    late=late,
    late_page=("flights", "state=without"),
    clear_names=clear_names,
    linked=linked,
    lanes=LANES,
    dimensions=DIMENSIONS,
    reported=REPORTED,
    accesses=ACCESSES,
    control=control,
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
