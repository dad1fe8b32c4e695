"""Plans of seats, as SVG made on the server: the whole cabin, and the seats around one traveller.

Carriers send no seat map. The plan is derived from the seats of the travellers. A free seat is
drawn with a dashed line if a nearby seat in the same column is taken. The positions of the aisles
are derived from the letters: there is an aisle after C, and a second aisle after G if a seat has
the letter H or a later letter.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from django.urls import reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import gettext

from vedette.apps import display

_SEAT = re.compile(r"0*([1-9][0-9]{0,2})([A-Z])", re.ASCII)
#: Rows in one strip of the plan. A longer cabin has several strips.
ROWS = 31
_PITCH, _LETTER, _AISLE, _LEFT, _TOP = 20, 24, 24, 22, 20
_WIDTH = 640
#: A seat that nobody has is drawn if a seat with the same letter is taken within this number of rows.
_NEAR = 2

#: Row and letter of a seat.
Place = tuple[int, str]


def place(seat: str | None) -> Place | None:
    """Returns row and letter of a seat such as `023A`; None for any other text."""
    found = _SEAT.fullmatch((seat or "").strip().upper())
    return (int(found[1]), found[2]) if found else None


@dataclass(frozen=True)
class Cabin:
    """The plan of a cabin with the front at the left, and the number of travellers on the plan."""

    strips: list[SafeString]
    seated: int
    #: Number of travellers without a stated seat, or with a seat that is not on the plan (a jump seat).
    elsewhere: int


def cabin(people: Iterable[Mapping[str, Any]]) -> Cabin:
    """Returns the plan of these travellers (`seat`, `booking_id`, `hit_id`, `priority`, `hit_state`)."""
    people = list(people)
    places: dict[Place, Mapping[str, Any]] = {}
    seated = 0
    for person in people:
        if found := place(person["seat"]):
            seated += 1
            # A lap infant has the seat of the adult. The plan shows the traveller with a hit.
            if found not in places or person["hit_id"]:
                places[found] = person
    rows = sorted({row for row, _ in places})
    starts = [
        start
        for start in (range(rows[0], rows[-1] + 1, ROWS) if rows else ())
        if any(start <= row < start + ROWS for row in rows)
    ]
    with_hit = {p["booking_id"] for p in people if _has_hit(p)}
    label = gettext("Plan of the cabin, front on the left")
    strips = [
        _strip(
            places,
            range(start, min(start + ROWS, rows[-1] + 1)),
            with_hit,
            label if len(starts) == 1 else f"{label}, {number}/{len(starts)}",
        )
        for number, start in enumerate(starts, 1)
    ]
    return Cabin(strips, seated, len(people) - seated)


def _has_hit(person: Mapping[str, Any]) -> bool:
    return bool(person["hit_id"]) and person["hit_state"] != "void"


def _strip(
    places: Mapping[Place, Mapping[str, Any]], rows: range, with_hit: set[Any], label: str
) -> SafeString:
    heights = _heights(sorted({letter for _, letter in places}))
    xs = {row: _LEFT + n * _PITCH for n, row in enumerate(rows)}
    parts = [
        _text(x + 8, 12, row)
        for row, x in xs.items()
        if row == rows[0] or (row % 5 == 0 and row - rows[0] > 1)
    ]
    parts += [_text(8, y + 14, letter) for letter, y in heights.items()]
    parts += [
        _seat(f"{row}{letter}", x, y, places.get((row, letter)), with_hit)
        for row, x in xs.items()
        for letter, y in heights.items()
        if any((near, letter) in places for near in range(row - _NEAR, row + _NEAR + 1))
    ]
    return format_html(
        '<svg viewBox="0 0 {} {}" role="group" aria-label="{}">{}</svg>',
        _WIDTH, max(heights.values()) + 26, label, mark_safe("".join(parts)),  # noqa: S308
    )  # fmt: skip


def _heights(letters: list[str]) -> dict[str, int]:
    """Returns letter → y coordinate, with space for the aisles."""
    wide = letters[-1] >= "H"
    heights, y = {}, _TOP
    for before, letter in zip(["", *letters], letters, strict=False):
        aisle = before and (before <= "C" < letter or (wide and before <= "G" < letter))
        y += _AISLE if aisle else 0
        heights[letter] = y
        y += _LETTER
    return heights


def _text(x: int, y: int, text: object) -> SafeString:
    return format_html('<text x="{}" y="{}" text-anchor="middle">{}</text>', x, y, text)


def _seat(
    name: str, x: int, y: int, person: Mapping[str, Any] | None, with_hit: set[Any]
) -> SafeString:
    """Returns one seat. A seat with a hit is a link to the hit. A dot marks a traveller whose booking has a
    hit."""
    box = '<rect class="st{}" x="{}" y="{}" width="16" height="20" rx="3"/>'
    if person is None:
        return format_html(box, " vd", x, y)
    if not _has_hit(person):
        linked = person["booking_id"] is not None and person["booking_id"] in with_hit
        return format_html(box + "{}", "", x, y, _mark(0, x + 8, y + 10) if linked else "")
    level = display.level(person["priority"])
    label = gettext("Seat %(seat)s: hit %(priority)d, %(word)s") % {
        "seat": name, "priority": person["priority"], "word": display.level_word(person["priority"]),
    }  # fmt: skip
    return format_html(
        '<a href="{}" aria-label="{}">{}{}</a>',
        reverse("hit", args=[person["hit_id"]]),
        label,
        format_html(box, f" l{level}", x, y),
        _mark(level, x + 8, y + 10),
    )


def _mark(level: int, x: int, y: int) -> SafeString:
    """Returns the sign of a level, centred at this point. Returns a dot for level 0 (no hit)."""
    if level == 0:
        return format_html('<circle class="mk" cx="{}" cy="{}" r="4"/>', x, y)
    path = {
        4: f"M{x} {y - 6}l6 6-6 6-6-6z",
        3: f"M{x} {y - 6}l6 11h-12z",
        2: f"M{x - 5} {y - 5}h10v10h-10z",
        1: f"M{x - 5} {y}a5 5 0 1 0 10 0a5 5 0 1 0-10 0zm2 0a3 3 0 1 1 6 0a3 3 0 1 1-6 0z",
    }[level]
    return format_html('<path class="mk" fill-rule="evenodd" d="{}"/>', path)


def seats_round(marked: Mapping[Place, int], row: int, label: str) -> SafeString:
    """Returns nine rows around `row`. `marked` gives the level of the traveller on each seat; the level is 0
    without a hit."""
    wide = {letter for _, letter in marked} - set("ABCDEF")
    box = '<rect class="st{}" x="{}" y="{}" width="28" height="19" rx="4"/>{}'
    first, y = max(1, row - 4), 18
    parts = [_text(48 + 40 * i, 12, first + i) for i in range(9)]
    for bank in ("ABC", "DEFG", "HJK") if wide else ("ABC", "DEF"):
        for letter in bank:
            parts.append(_text(16, y + 14, letter))
            for i in range(9):
                level = marked.get((first + i, letter))
                kind = "" if level is None else f" l{level}" if level else " co"
                mark = "" if level is None else _mark(level, 48 + 40 * i, y + 10)
                parts.append(format_html(box, kind, 34 + 40 * i, y, mark))
            y += 22
        y += 16
    return format_html(
        '<svg class="screen" viewBox="0 0 400 {}" role="img" aria-label="{}">{}</svg>',
        y - 8, label, mark_safe("".join(parts)),  # noqa: S308
    )  # fmt: skip
