"""The cabin as a plan: seats in rows and letters, as far as travellers' seats tell.

No seat map is sent by carriers: a seat nobody has is drawn dashed where seats near it are taken, and
aisles are where letters say (after C, and after G where there is an H or later).
"""

from __future__ import annotations

import re
import uuid
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from django.utils.html import format_html
from django.utils.safestring import SafeString, mark_safe

from vedette.apps import display

_SEAT = re.compile(r"0*([1-9][0-9]{0,2})([A-Z])", re.ASCII)
#: Rows drawn in one strip; longer cabins go on in a strip below.
ROWS = 31
_PITCH, _LETTER, _AISLE, _LEFT, _TOP = 20, 24, 24, 22, 20
_WIDTH = 640
#: A seat nobody has is drawn where the same letter is taken within this many rows.
_NEAR = 2


@dataclass(frozen=True)
class Seat:
    """A place on the plan: `level` 1 to 4 for a hit, 0 without; `hit` is what it links to."""

    name: str
    x: int
    y: int
    taken: bool
    level: int = 0
    priority: int = 0
    hit: uuid.UUID | None = None
    #: In one booking with somebody who has a hit.
    linked: bool = False


@dataclass(frozen=True)
class Strip:
    """Up to `ROWS` rows of the cabin, front at the left."""

    seats: list[Seat]
    #: (number, x) of the rows that are named.
    rows: list[tuple[int, int]]
    #: (letter, y).
    letters: list[tuple[str, int]]
    width: int
    height: int


@dataclass(frozen=True)
class Cabin:
    """The plan, and who is not on it."""

    strips: list[Strip]
    seated: int
    #: Travellers whose seat is not stated, or is none (an infant's, a jump seat).
    elsewhere: int


def cabin(people: Iterable[Mapping[str, Any]]) -> Cabin:
    """The plan of these travellers (`seat`, `booking_id`, `hit_id`, `priority`, `hit_state`)."""
    people = list(people)
    with_hit = {p["booking_id"] for p in people if p["hit_id"] and p["hit_state"] != "void"}
    places: dict[tuple[int, str], Mapping[str, Any]] = {}
    seated = 0
    for person in people:
        found = _SEAT.fullmatch((person["seat"] or "").strip().upper())
        if found is None:
            continue
        seated += 1
        place = (int(found[1]), found[2])
        # A lap infant has the seat of the adult: who has a hit is the one shown.
        if place not in places or person["hit_id"]:
            places[place] = person
    strips = _strips(places, with_hit)
    return Cabin(strips, seated, len(people) - seated)


def _strips(places: Mapping[tuple[int, str], Mapping[str, Any]], with_hit: set[Any]) -> list[Strip]:
    if not places:
        return []
    letters = sorted({letter for _, letter in places})
    heights = _heights(letters)
    rows = sorted({row for row, _ in places})
    strips = []
    for start in range(rows[0], rows[-1] + 1, ROWS):
        numbers = [row for row in range(start, start + ROWS) if row <= rows[-1]]
        if not any(start <= row < start + ROWS for row in rows):
            continue
        seats = [
            _seat(places.get((row, letter)), row, letter, _x(row - start), y, with_hit)
            for row in numbers
            for letter, y in heights.items()
            if _exists(places, row, letter)
        ]
        named = [(row, _x(row - start) + 8) for row in numbers if row % 5 == 0 or row == numbers[0]]
        strips.append(
            Strip(
                seats=seats,
                rows=[pair for pair in named if pair[0] == numbers[0] or pair[0] - numbers[0] > 1],
                letters=[(letter, y + 14) for letter, y in heights.items()],
                width=_WIDTH,
                height=max(heights.values()) + 26,
            )
        )
    return strips


def _heights(letters: list[str]) -> dict[str, int]:
    """Letter → y, with the aisles between."""
    wide = letters[-1] >= "H"
    heights, y = {}, _TOP
    for before, letter in zip(["", *letters], letters, strict=False):
        aisle = before and (before <= "C" < letter or (wide and before <= "G" < letter))
        y += _AISLE if aisle else 0
        heights[letter] = y
        y += _LETTER
    return heights


def _x(position: int) -> int:
    return _LEFT + position * _PITCH


def _exists(places: Mapping[tuple[int, str], Any], row: int, letter: str) -> bool:
    return any((near, letter) in places for near in range(row - _NEAR, row + _NEAR + 1))


def _seat(
    person: Mapping[str, Any] | None,
    row: int,
    letter: str,
    x: int,
    y: int,
    with_hit: set[Any],
) -> Seat:
    name = f"{row}{letter}"
    if person is None:
        return Seat(name, x, y, taken=False)
    if person["hit_id"] and person["hit_state"] != "void":
        priority = person["priority"]
        return Seat(name, x, y, True, display.level(priority), priority, person["hit_id"])
    linked = person["booking_id"] is not None and person["booking_id"] in with_hit
    return Seat(name, x, y, True, linked=linked)


#: Signs of the four levels inside a seat, round its middle.
_MARKS = {
    4: "M{x} {a}l6 6-6 6-6-6z",
    3: "M{x} {b}l6 11h-12z",
    2: "M{c} {b}h10v10h-10z",
}


def seats_round(marked: Mapping[tuple[int, str], int], row: int, label: str) -> SafeString:
    """Nine rows round `row`; `marked` gives the level of who sits there, 0 for one without a hit."""
    letters = {letter for _, letter in marked}
    banks = ("ABC", "DEFG", "HJK") if letters - set("ABCDEF") else ("ABC", "DEF")
    first = max(1, row - 4)
    parts, y = [], 18
    for bank in banks:
        for letter in bank:
            parts.append(f'<text x="16" y="{y + 14}" text-anchor="middle">{letter}</text>')
            parts += [_box(34 + 40 * i, y, marked.get((first + i, letter))) for i in range(9)]
            y += 22
        y += 16
    heads = [
        f'<text x="{48 + 40 * i}" y="12" text-anchor="middle">{first + i}</text>' for i in range(9)
    ]
    return format_html(
        '<svg class="screen" viewBox="0 0 400 {}" role="img" aria-label="{}">{}</svg>',
        y - 8, label, mark_safe("".join(heads + parts)),  # noqa: S308
    )  # fmt: skip


def _box(x: int, y: int, level: int | None) -> str:
    kind = "" if level is None else ("co" if level == 0 else f"l{level}")
    seat = f'<rect class="st {kind}" x="{x}" y="{y}" width="28" height="19" rx="4"/>'
    if level is None:
        return seat
    if level in _MARKS:
        path = _MARKS[level].format(x=x + 14, a=y + 3.5, b=y + 4, c=x + 9)
        return f'{seat}<path class="mk" d="{path}"/>'
    return f'{seat}<circle class="mk" cx="{x + 14}" cy="{y + 9.5}" r="4.5"/>'
