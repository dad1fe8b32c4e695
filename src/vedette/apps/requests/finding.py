"""Who a letter speaks of: journeys by document token, and by name with birth date.

Masked journeys have no name left to compare, but the token of name and birth date: they are found by it,
where the names given are those of the message.
"""

from __future__ import annotations

import datetime as dt
import uuid
from dataclasses import dataclass
from typing import Any

from django.db import connection

from vedette.apps.keyring import keyring
from vedette.apps.subjects.models import Identifier
from vedette.core.folding import fold
from vedette.core.titles import plain_given
from vedette.travellers.app.models import Journey, JourneyClear
from vedette.travellers.app.selectors import folding

#: Journeys looked at for each thing given; that there are more is said.
MOST = 500
#: Given names that count.
_NAMES = 8


@dataclass(frozen=True)
class Given:
    """What the letter says of the person: a document, or a name with the birth date."""

    surname: str = ""
    given_names: str = ""
    birth: dt.date | None = None
    document: str = ""

    def words(self) -> dict[str, str]:
        """For the act, which seals them."""
        return {
            "surname": self.surname,
            "given_names": self.given_names,
            "birth": self.birth.isoformat() if self.birth else "",
            "document": self.document,
        }


@dataclass(frozen=True)
class Match:
    """A journey found, by what; `clear` is None where it is masked."""

    journey: Journey
    clear: JourneyClear | None
    by_document: bool
    by_name: bool


def find(given: Given) -> tuple[list[Match], bool]:
    """The journeys, newest first, and whether there are more than were looked at."""
    by_document, by_name = _by_document(given.document), _by_name(given)
    wanted = {*by_document[:MOST], *by_name[:MOST]}
    found = [
        Match(journey, clear, journey.pk in by_document, journey.pk in by_name)
        for journey, clear in with_clear(list(wanted))
    ]
    return found, max(len(by_document), len(by_name)) > MOST


def with_clear(journeys: list[uuid.UUID]) -> list[tuple[Journey, JourneyClear | None]]:
    """Journeys with their clear values, the last flight first."""
    rows = Journey.objects.filter(pk__in=journeys).select_related("flight", "subject")
    clear = {c.journey_id: c for c in JourneyClear.objects.filter(journey_id__in=journeys)}
    return [(j, clear.get(j.pk)) for j in rows.order_by("-flight__departs_on", "-pk")]


def _by_document(number: str) -> list[uuid.UUID]:
    tokens = [keyring().token("document", n) for n in folding.documents(number) if n]
    rows: Any = Identifier.objects.filter(token__in=tokens).order_by("-subject_id")
    return list(rows.values_list("subject_id", flat=True).distinct()[: MOST + 1])


def _by_name(given: Given) -> list[uuid.UUID]:
    """Names as they stand or the other way round; of namesakes only who has the birth date."""
    if not (given.surname and given.birth):
        return []
    found = {*_clear_names(given), *_name_tokens(given)}
    return sorted(found, reverse=True)[: MOST + 1]


def _clear_names(given: Given) -> list[uuid.UUID]:
    orders = (f"{given.surname}, {given.given_names}", f"{given.given_names}, {given.surname}")
    beginnings = {b for text in orders for b in folding.beginnings(text) if len(b) > 1}
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT DISTINCT s.subject_id FROM unnest(%s::text[]) AS b(beginning),"
            " LATERAL vedette_search_names(b.beginning, 5000) s"
            " JOIN travellers_journeyclear c ON c.journey_id = s.subject_id"
            " WHERE c.date_of_birth = %s ORDER BY 1 DESC LIMIT %s",
            [sorted(beginnings), given.birth, MOST + 1],
        )
        return [id_ for (id_,) in cursor.fetchall()]


def _name_tokens(given: Given) -> list[uuid.UUID]:
    """By the token of `travellers.app.rows.identifiers`. A message may have fewer given names than the
    letter: the first, the first two, … count, and any one alone."""
    surname, words = fold(given.surname), [fold(w) for w in plain_given(given.given_names).split()]
    words = words[:_NAMES]
    said = {"".join(words[:n]) for n in range(len(words) + 1)} | set(words)
    names = {(surname, one) for one in said} | {(one, surname) for one in said if one}
    tokens = [
        keyring().token("person", f"{first}|{second}|{given.birth}") for first, second in names
    ]
    rows: Any = Identifier.objects.filter(kind=Identifier.Kind.PERSON, token__in=tokens)
    rows = rows.order_by("-subject_id").values_list("subject_id", flat=True)
    return list(rows.distinct()[: MOST + 1])
