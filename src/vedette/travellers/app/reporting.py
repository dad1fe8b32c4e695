"""Data about travellers for lists, profiles and reports: groups of travellers for the measurement of
fairness, figures, lanes, accesses, labels and names."""

from __future__ import annotations

import uuid
from collections.abc import Collection, Sequence
from typing import Any

from django.urls import reverse
from django.utils.translation import gettext_lazy as _
from psycopg import Connection

from vedette.apps import display
from vedette.apps.subjects.kinds import Fairness, Reported
from vedette.travellers.app.models import Flight

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

#: The lane of the random control of travellers.
LANE = "physical"
LANES = {
    LANE: (
        _("Travellers: physical control"),
        _(
            "For travellers it is a control of persons and baggage under national customs law. It"
            " reads no passenger data and raises no hit. It is off until a rate and its legal"
            " basis are set."
        ),
    )
}

ACCESSES = {
    "flight.search": "search",
    "person.screen": "search",
    "flight.see": "group",
}


def flight_labels(flights: Collection[uuid.UUID]) -> dict[uuid.UUID, tuple[str, str]]:
    """Returns for each flight its label (`YY 417, 3 Nov 2026`) and the address of its page."""
    return {
        one.pk: (
            f"{one.carrier} {one.number}, {display.day(one.departs_on)}",
            reverse("flight", args=[one.pk]),
        )
        for one in Flight.objects.filter(pk__in=flights)
    }


def clear_names(
    connection: Connection[Any], organisation: uuid.UUID, subjects: Sequence[uuid.UUID]
) -> list[tuple[uuid.UUID, Sequence[str | None]]]:
    """Returns the surname and the given names of each of these travellers who is not masked."""
    rows = connection.execute(
        "SELECT journey_id, surname, given_names FROM travellers_journeyclear"
        " WHERE journey_id = ANY(%s) AND organisation_id = %s",
        [list(subjects), organisation],
    )
    return [(id_, names) for id_, *names in rows]
