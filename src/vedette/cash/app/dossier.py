"""The stored data of one movement of cash, for the page of a hit and the page of the movement."""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

import msgspec

from vedette.apps.hits.models import SeenHit
from vedette.apps.rendering import say
from vedette.apps.requests.corrections import Statement, statements
from vedette.apps.retention.selectors import Masked, masked
from vedette.apps.retention.unmask import Row, seen_by
from vedette.cash import movements
from vedette.cash.app import texts
from vedette.cash.app.disclosure import ELEMENTS, clear_movements
from vedette.cash.app.models import Count as CountRow
from vedette.cash.app.models import CountClear, Movement
from vedette.cash.app.templatetags.cash import amount
from vedette.cash.asking import roles
from vedette.cash.counts import Difference, numbered
from vedette.cash.kind import NAME
from vedette.cash.movements import State
from vedette.cash.rates import MissingRate
from vedette.cash.records import Count, Line, Message, Party
from vedette.core.records import decode


@dataclass(frozen=True)
class Counted:
    """One version of the count of the cash."""

    row: CountRow
    count: Count
    differences: Sequence[Difference]
    declared: Sequence[Line] = ()

    @property
    def rows(self) -> list[tuple[int | None, Line | None, Difference | None]]:
        """Returns each declared line with its difference (None if the count agrees with the declaration). The
        differences of cash that was not declared come after the declared lines."""
        lines = {line.number: line for line in numbered(self.declared)}
        differing = {one.number: one for one in self.differences if one.number in lines}
        found: list[tuple[int | None, Line | None, Difference | None]] = [
            (number, line, differing.get(number)) for number, line in lines.items()
        ]
        return [*found, *((None, None, one) for one in self.differences if one.number not in lines)]


@dataclass
class Dossier:
    """A movement with its counts. `state` is None if the values are masked and are not visible to the
    reader."""

    row: Movement
    state: State | None
    valued: Any = None
    counts: Sequence[Counted] = ()
    masked: Masked | None = None
    opened: list[Row] = field(default_factory=list)
    rectified: Sequence[tuple[Any, str, Statement]] = ()

    @property
    def message(self) -> Message | None:
        """Returns the statement about the movement that currently applies, or None if the values are
        hidden."""
        return self.state.message if self.state else None

    @property
    def hidden(self) -> bool:
        """Returns whether the values are masked and have not been made visible to the reader."""
        return self.state is None

    @property
    def opened_until(self) -> Any:
        """The time until which the reader may see masked values, or None."""
        return min((row.expires_at for row in self.opened), default=None)

    @property
    def lines(self) -> tuple[Line, ...]:
        """The declared lines."""
        return self.message.movement.lines if self.message else ()

    @property
    def valued_lines(self) -> list[tuple[Line, Decimal | None, str]]:
        """Returns each declared line. Each line is returned with its value at the exchange rate of the day,
        or with a text that names the missing rate.
        """
        stored = self.valued["lines"] if self.valued else []
        if len(stored) != len(self.lines):
            stored = [None] * len(self.lines)
        return [
            (line, Decimal(one["value"]) if one and "value" in one else None, _missing(one))
            for line, one in zip(self.lines, stored, strict=True)
        ]

    @property
    def total_words(self) -> str:
        """The total value with its currency."""
        return amount(Decimal(self.valued["total"]), self.valued["to"])

    @property
    def value_day(self) -> dt.date | None:
        """Returns the day whose exchange rates are used to convert the lines."""
        text = self.valued["day"] if self.valued else None
        return dt.date.fromisoformat(text) if text else None

    @property
    def problems(self) -> list[str]:
        """Returns the names of the missing exchange rates, without duplicates."""
        return list(dict.fromkeys(text for _, _, text in self.valued_lines if text))

    @property
    def parties(self) -> list[tuple[Any, Party]]:
        """Returns the parties, each with the name of its role."""
        if self.message is None:
            return []
        return [(texts.ROLES.get(role, role), one) for role, one in roles(self.message.movement)]

    @property
    def count(self) -> Counted | None:
        """The last version of the count, or None if the cash was not counted."""
        return self.counts[-1] if self.counts else None

    @property
    def title(self) -> str:
        """The name of the first party that has a name."""
        party = next((one for _, one in self.parties if one.full_name), None)
        return party.full_name if party else ""

    @property
    def provenance(self) -> list[str]:
        """Returns the stated economic origin (provenance) of the cash as text."""
        return _words(self.message, "provenance", texts.PROVENANCE, "provenance_text")

    @property
    def uses(self) -> list[str]:
        """Returns the stated intended use of the cash as text."""
        return _words(self.message, "uses", texts.USES, "use_text")


def _missing(one: Any) -> str:
    if not one or "missing" not in one:
        return ""
    lost = MissingRate(one["missing"], dt.date.fromisoformat(one["day"]), one["source"])
    word = str(texts.RATE_SOURCES.get(one["source"], one["source"]))
    return say(lost.text.given(source=word))


def _words(message: Message | None, codes: str, of: Any, text: str) -> list[str]:
    if message is None:
        return []
    movement = message.movement
    said = [str(of.get(code, code)) for code in getattr(movement, codes)]
    return [*said, getattr(movement, text)] if getattr(movement, text) else said


def dossier(id_: uuid.UUID) -> Dossier:
    """Returns a movement with its counts.

    Raises `Movement.DoesNotExist` if the reader may not see the movement.
    """
    row = Movement.objects.select_related("subject").get(pk=id_)
    clear = clear_movements([id_]).get(id_)
    opened = seen_by(id_)
    state, valued = (clear.state, clear.valued) if clear else (None, None)
    contents = {
        one.count_id: {"content": one.content, "differences": one.differences}
        for one in CountClear.objects.filter(movement_id=id_)
    }
    for one in opened:
        if one.kind == "cash_movement" and state is None:
            state, valued = movements.decoded(one.values["state"]), one.values.get("valued")
        if one.kind == "cash_count":
            contents.setdefault(uuid.UUID(str(one.values["count_id"])), one.values)
    return Dossier(
        row=row,
        state=state,
        valued=valued,
        counts=[
            Counted(
                found,
                msgspec.convert(contents[found.pk]["content"], Count, dec_hook=decode),
                msgspec.convert(contents[found.pk]["differences"], list[Difference]),
                state.message.movement.lines if state and state.message else (),
            )
            for found in CountRow.objects.filter(subject_id=id_)
            .select_related("by")
            .order_by("number")
            if found.pk in contents
        ],
        masked=masked(NAME, row.month) if state is None else None,
        opened=opened,
        rectified=[
            (ELEMENTS[one.element].label, ELEMENTS[one.element].shown(one.value), one)
            for one in statements(row.subject, opened)
            if one.element in ELEMENTS
        ],
    )


def hit_of(id_: uuid.UUID) -> SeenHit | None:
    """Returns the hit of a movement with the values that the reader may see."""
    return SeenHit.objects.filter(subject_id=id_).first()
