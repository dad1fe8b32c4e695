"""Draws plans of seats and the map of a journey, as SVG on the server. A plan shows the whole cabin, or the
seats around one traveller. The colours are set by CSS classes.

Carriers do not send a seat map. The plan is derived from the seats of the travellers. A free seat is drawn
with a dashed line if a nearby seat in the same column is taken. The positions of the aisles are derived from
the seat letters. There is an aisle after seat C. If a seat has the letter H or a later letter, there is a
second aisle after seat G.

The map of a journey is drawn by `apps/maps.py`.
"""

from __future__ import annotations

import itertools
import re
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from django.urls import reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import gettext, ngettext

from vedette.apps import display, maps
from vedette.core.codes import airport
from vedette.travellers.columns.places import km

_SEAT = re.compile(r"0*([1-9][0-9]{0,2})([A-Z])", re.ASCII)
#: Rows in one strip of the plan. A longer cabin has several strips.
ROWS = 31
_PITCH, _LETTER, _AISLE, _LEFT, _TOP = 20, 24, 24, 22, 20
_STRIP_WIDTH = 640
#: A seat that nobody has is drawn if a seat with the same letter is taken within this number of rows.
_NEAR = 2
#: Sorts after every seat.
_NOWHERE = (1000, "")

#: Row and letter of a seat.
Place = tuple[int, str]


def place(seat: str | None) -> Place | None:
    """Returns the row and the letter of a seat such as `023A`, or None for any other text."""
    found = _SEAT.fullmatch((seat or "").strip().upper())
    return (int(found[1]), found[2]) if found else None


def cabin(people: Iterable[Mapping[str, Any]]) -> dict[str, Any]:
    """Returns the plan of the cabin with the front at the left (`strips`), and the number of travellers on
    the plan (`seated`). Also returns the number of travellers without a stated seat or with a seat outside
    the plan, such as a jump seat (`elsewhere`). `hits` contains the travellers with a hit in the order of
    their seats. Each mapping in `people` contains `id`, `seat`, `booking_id`, `hit_id`, `priority`,
    `hit_state` and `name` of a traveller."""
    people = list(people)
    shared: dict[Place, list[Mapping[str, Any]]] = defaultdict(list)
    seated = 0
    for person in people:
        if found := place(person["seat"]):
            seated += 1
            shared[found].append(person)
    # Two travellers may have the same seat, for example an adult and a lap infant. The plan shows the
    # traveller with the highest priority.
    places = {seat: max(some, key=_rank) for seat, some in shared.items()}
    several = {
        seat: count for seat, some in shared.items() if (count := sum(map(_has_hit, some))) > 1
    }
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
            several,
            range(start, min(start + ROWS, rows[-1] + 1)),
            with_hit,
            label if len(starts) == 1 else f"{label}, {number}/{len(starts)}",
        )
        for number, start in enumerate(starts, 1)
    ]
    hits = sorted(filter(_has_hit, people), key=lambda p: place(p["seat"]) or _NOWHERE)
    return {"strips": strips, "seated": seated, "elsewhere": len(people) - seated, "hits": hits}


def _has_hit(person: Mapping[str, Any]) -> bool:
    return bool(person["hit_id"]) and person["hit_state"] != "void"


def _rank(person: Mapping[str, Any]) -> int:
    """Returns the priority of the traveller's hit, or −1 for a traveller without a hit."""
    return int(person["priority"]) if _has_hit(person) else -1


def _strip(
    places: Mapping[Place, Mapping[str, Any]],
    several: Mapping[Place, int],
    rows: range,
    with_hit: set[Any],
    label: str,
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
        _seat(
            f"{row}{letter}",
            x,
            y,
            places.get((row, letter)),
            with_hit,
            several.get((row, letter), 1),
        )
        for row, x in xs.items()
        for letter, y in heights.items()
        if any((near, letter) in places for near in range(row - _NEAR, row + _NEAR + 1))
    ]
    return format_html(
        '<svg viewBox="0 0 {} {}" role="group" aria-label="{}">{}</svg>',
        _STRIP_WIDTH, max(heights.values()) + 26, label, mark_safe("".join(parts)),  # noqa: S308
    )  # fmt: skip


def _heights(letters: list[str]) -> dict[str, int]:
    """Returns the y coordinate of each seat letter, with space for the aisles."""
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
    name: str, x: int, y: int, person: Mapping[str, Any] | None, with_hit: set[Any], hits: int
) -> SafeString:
    """Returns the drawing of one seat. The seat of a traveller with a hit is a link to the hit. A dot marks a
    traveller in the same booking as a traveller with a hit. The dot is a link to the page of the traveller.
    The title of each link contains the name of the traveller, and the number of hits of the seat (`hits`) if
    there are several."""
    box = '<rect class="st{}" x="{}" y="{}" width="16" height="20" rx="3"/>'
    if person is None:
        return format_html(box, " vd", x, y)
    if not _has_hit(person):
        if person["booking_id"] is None or person["booking_id"] not in with_hit:
            return format_html(box, "", x, y)
        title = gettext("Seat %(seat)s: in the same booking as a traveller with a hit")
        page, level, kind = reverse("traveller", args=[person["id"]]), 0, ""
        title %= {"seat": name}
    else:
        level = display.level(person["priority"])
        title = gettext("Seat %(seat)s: hit of priority %(priority)d, %(word)s") % {
            "seat": name, "priority": person["priority"],
            "word": display.level_word(person["priority"]),
        }  # fmt: skip
        if hits > 1:
            count = ngettext("%(n)s hit", "%(n)s hits", hits) % {"n": display.number(hits)}
            title = f"{title} ({count})"
        page, kind = reverse("hit", args=[person["hit_id"]]), f" l{level}"
    return format_html(
        '<a href="{}"><title>{} · {}</title>{}{}</a>',
        page, title, person["name"], format_html(box, kind, x, y), _mark(level, x + 8, y + 10),
    )  # fmt: skip


def _mark(level: int, x: int, y: int) -> SafeString:
    """Returns the symbol for a priority level, centred at the point (x, y). Returns a dot for level 0 (no
    hit)."""
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
    """Returns the plan of nine rows of seats around `row`. `marked` maps each taken seat to the level of the
    traveller's hit. The level is 0 if the traveller has no hit."""
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


#: Maximum number of flights on a map.
LEGS = 60


def route(stops: Sequence[str], now: tuple[str, str], label: str) -> SafeString | str:
    """Returns the map of a journey. `stops` are the airports of the journey in order. The leg `now`
    is drawn thicker, and the direct route is dashed. Returns an empty text if fewer than two
    airports are known."""
    places = [p for code in stops if (p := airport(code))]
    distinct = list(dict.fromkeys(places))
    if len(distinct) < 2:
        return ""
    there = places[-1]
    if there == places[0]:
        there = max(distinct, key=lambda p: km(places[0].code, p.code) or 0)
    legs = [(a, b) for a, b in itertools.pairwise(places) if a != b]
    direct = (places[0], there) if len(legs) > 1 else None
    names = {place: f"{n} {place.code}" for n, place in enumerate(distinct, 1)}
    return maps.draw(legs, direct, names, now, label)


def travels(flown: Iterable[tuple[str, str]], now: tuple[str, str], label: str) -> SafeString | str:
    """Returns the map of several flights, each given by its two airports. The map shows only the first `LEGS`
    flights. Returns an empty text if no flight has two known airports."""
    known = ((airport(one), airport(two)) for one, two in dict.fromkeys(flown))
    legs = [(a, b) for a, b in known if a and b and a != b][:LEGS]
    names = {place: place.code for leg in legs for place in leg}
    return maps.draw(legs, None, names, now, label) if legs else ""
