"""The texts, movements and counts of messages about cash. They are used by the pages and the API of messages,
which are common to all kinds of subject.
"""

from __future__ import annotations

import uuid
from collections.abc import Collection, Mapping
from typing import Any

from django.urls import reverse
from django.utils.translation import gettext, ngettext
from django.utils.translation import gettext_lazy as _

from vedette.apps.display import number
from vedette.apps.inbox.wording import GroupLabel, MessageKind
from vedette.cash.app import texts
from vedette.cash.app.models import Movement, MovementClear
from vedette.cash.asking import roles
from vedette.cash.records import Message

#: Code of a warning → the defect, and the part of the message that was kept.
_WARNINGS: dict[str, tuple[Any, Any]] = {
    "group_masked": (
        _("The record concerns a cash movement whose data are already masked"),
        _("only the message is stored; no record was added or screened"),
    ),
    "cash_accepted": (
        _("The correction concerns a declaration that an officer has accepted"),
        _("only the message is stored; an officer must change the declaration"),
    ),
}


def references(ids: Collection[uuid.UUID]) -> dict[uuid.UUID, str]:
    """Returns the references or codes of the movements that are not masked."""
    rows = MovementClear.objects.filter(movement_id__in=list(ids))
    return {
        id_: reference or code or ""
        for id_, code, reference in rows.values_list("movement_id", "code", "reference")
    }


def name_of(row: Movement, reference: str | None) -> str:
    """Returns the name of a movement: its reference or code. If the movement is masked or has no reference
    and no code, the result is a text that states this."""
    if reference:
        return reference
    if reference is None:
        return gettext("record of cash, masked")
    return gettext("record of cash without a number")


def groups(ids: Collection[uuid.UUID]) -> Mapping[uuid.UUID, GroupLabel]:
    """Returns the movements with these ids that the reader may see."""
    known = references(ids)
    return {
        one.pk: GroupLabel(
            name_of(one, known.get(one.pk)),
            one.crosses_on or one.received_at.date(),
            str(texts.DIRECTIONS.get(one.direction, "")),
            reverse("cash-movement", args=[one.pk]),
            "record.see",
        )
        for one in Movement.objects.filter(pk__in=list(ids))
    }


def tried(message: Message, most: int) -> Mapping[str, Any]:
    """Returns the context of the template `cash/_tried.html`. The context contains at most `most` lines of
    cash."""
    movement = message.movement
    lines = movement.lines or (message.count.lines if message.count else ())
    return {
        "message": message,
        "movement": movement,
        "record": texts.RECORDS.get(movement.record, movement.record),
        "parties": [(texts.ROLES.get(role, role), one) for role, one in roles(movement)],
        "lines": lines[:most],
        "total": len(lines),
    }


MESSAGES = MessageKind(
    counts={
        "subjects": (
            _("Cash movements"),
            lambda n: (
                ngettext("%(number)s cash movement", "%(number)s cash movements", n)
                % {"number": number(n)}
            ),
        ),
        "lines": (
            _("Lines of cash"),
            lambda n: (
                ngettext("%(number)s line of cash", "%(number)s lines of cash", n)
                % {"number": number(n)}
            ),
        ),
    },
    warnings=_WARNINGS,
    group_head=_("Cash movement"),
    groups=groups,
    tried_template="cash/_tried.html",
    tried=tried,
    api_values=lambda message: {
        "movement_id": message.group_id,
        "lines": message.counts.get("lines", 0),
    },
)
