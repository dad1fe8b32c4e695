"""Handles the requests of persons about their data in movements of cash. The module contains functions that
find the movements to which a person is a party, disclose the data of these movements, and rectify the name
and the birth date of the person.

This module does not import the modules of hits, lists and profiles (`AppKind.disclose`). A disclosed file can
therefore not contain data from hits, lists or profiles.
"""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Any

import msgspec
from django.utils import timezone
from django.utils.translation import gettext, pgettext_lazy
from django.utils.translation import gettext_lazy as _

from vedette.apps.keyring import keyring
from vedette.apps.subjects.kinds import Element, Given
from vedette.apps.subjects.models import Identifier, Subject
from vedette.cash import movements
from vedette.cash.app.models import Count, CountClear, Movement, MovementClear
from vedette.cash.app.rows import ANNOUNCED
from vedette.cash.kind import NAME
from vedette.cash.movements import State
from vedette.core.names import fold, plain_given
from vedette.screening.exact import fold_document

#: Maximum number of movements that are read for a document, and for a name. The page says if there are more.
MOST = 500

SOURCES = _(
    "Cash data are the declarations of travellers and senders, the records of officers, and "
    "the counts of the cash. Cash data also contain declarations that were sent with the public form "
    "and that no officer accepted."
)

LABELS: Mapping[str, Any] = {
    "code": _("Code of the declaration"),
    "reference": _("Reference"),
    "movement": _("Declaration"),
    "counts": _("Counts"),
    "record": _("Kind of record"),
    "direction": _("Direction"),
    "carrier": _("Carrier of the cash"),
    "declarant": _("Declarant"),
    "representative": _("Representative"),
    "owners": _("Owners"),
    "sender": _("Sender"),
    "recipients": _("Intended recipients"),
    "transport": _("Journey"),
    "lines": _("Lines of cash"),
    "provenance": _("Economic provenance"),
    "uses": _("Intended use"),
    "amount": pgettext_lazy("cash form", "Amount"),
    "currency": _("Currency"),
    "first_names": _("Given names"),
    "last_names": _("Surname"),
    "date_of_birth": _("Birth date"),
    "document": _("Document"),
    "addresses": _("Addresses"),
    "phones": _("Telephones"),
    "emails": _("E-mail addresses"),
    "official": _("Part completed by customs"),
    "announcement": _("Announcement that no officer has accepted"),
}


def _birth(value: str) -> str:
    day = dt.date.fromisoformat(value)
    if not dt.date(1900, 1, 1) <= day <= timezone.localdate():
        raise ValueError
    return value


ELEMENTS: Mapping[str, Element] = {
    "surname": Element(_("Surname"), frozenset(("surname", "name"))),
    "given_names": Element(_("Given names"), frozenset(("given", "name"))),
    "date_of_birth": Element(_("Birth date"), frozenset(("birth_date",)), _birth),
}


@dataclass(frozen=True)
class Clear:
    """The values of one movement in clear text. Also contains the counts of the movement with their contents,
    in the order of the counts."""

    state: State
    valued: Any
    names: tuple[str, ...]
    code: str
    reference: str


def clear_movements(ids: Collection[uuid.UUID]) -> dict[uuid.UUID, Clear]:
    """Returns the values of the movements that are not masked and that the reader may see."""
    return {
        one.movement_id: Clear(
            movements.decoded(one.state), one.valued, tuple(one.names), one.code or "",
            one.reference or "",
        )
        for one in MovementClear.objects.filter(movement_id__in=list(ids))
    }  # fmt: skip


def rectified(subject: Subject, element: str, value: str) -> None:
    """Does nothing, because no other column of the subject depends on a rectified value."""


def disclose(ids: Collection[uuid.UUID]) -> dict[uuid.UUID, dict[str, Any]]:
    """Returns the data of the movements as stated in messages and by officers, in the order of receipt."""
    clear = clear_movements(ids)
    counts: dict[uuid.UUID, list[Any]] = {}
    contents = {
        one.count_id: one.content for one in CountClear.objects.filter(movement_id__in=list(ids))
    }
    for one in Count.objects.filter(subject_id__in=list(ids)).order_by("number"):
        if one.pk in contents:
            counts.setdefault(one.subject_id, []).append(contents[one.pk])
    return {
        row.pk: _movement(row, clear.get(row.pk), counts.get(row.pk, []))
        for row in Movement.objects.filter(pk__in=list(ids)).order_by("received_at", "pk")
    }


def _movement(row: Movement, clear: Clear | None, counts: list[Any]) -> dict[str, Any]:
    told: dict[str, Any] = {
        "received_on": timezone.localdate(row.received_at),
        "masked": clear is None,
        "announcement": row.announced,
    }
    if clear is not None and clear.state.message is not None:
        told |= {
            "code": clear.code,
            "reference": clear.reference,
            "movement": msgspec.to_builtins(clear.state.message.movement),
            "counts": counts,
        }
    return {
        key: value
        for key, value in told.items()
        if value not in (None, "", [], {}, False) or key == "masked"
    }


def tokens_of(pairs: Collection[tuple[str, str]]) -> list[tuple[str, bytes]]:
    """Returns the kinds and tokens of the identifiers of movements and of announcements."""
    found = [(kind, keyring().token(kind, value)) for kind, value in pairs if value]
    return [
        *found, *((ANNOUNCED, keyring().token(ANNOUNCED, value)) for _, value in pairs if value)
    ]  # fmt: skip


def find(given: Given) -> tuple[dict[uuid.UUID, list[str]], bool]:
    """Returns the movements to which the person in a request is a party, newest first. Also returns whether
    there are more movements. The person is identified by a document, or by the name together with the birth
    date."""
    channels: list[tuple[str, list[tuple[str, str]]]] = []
    if given.document:
        channels.append((gettext("document"), [("document", fold_document(given.document))]))
    if given.surname and given.birth:
        surname, first = fold(given.surname), fold(plain_given(given.given_names))
        channels.append(
            (gettext("name and birth date"), [("person", f"{surname}|{first}|{given.birth}")])
        )
    elif given.surname:
        orders = (
            f"{given.given_names} {given.surname}",
            f"{given.surname} {given.given_names}",
        )
        channels.append((gettext("name"), [("party", fold(text)) for text in orders]))
    found: dict[uuid.UUID, list[str]] = {}
    more = False
    for word, pairs in channels:
        tokens = tokens_of(pairs)
        rows = (
            Identifier.objects.filter(
                kind__in={kind for kind, _ in tokens},
                token__in=[token for _, token in tokens],
                subject__kind=NAME,
            )
            .order_by("-subject__received_at", "subject_id")
            .values_list("subject_id", flat=True)[: MOST + 1]
        )
        ids = list(dict.fromkeys(rows))
        more |= len(ids) > MOST
        for id_ in ids[:MOST]:
            found.setdefault(id_, []).append(word)
    return found, more
