"""The drawing of the links of a subject: the subject on the left, then the records that are one and two links
away. Each record is a hyperlink that can be reached by keyboard. A table on the same page has the same
content.
"""

from __future__ import annotations

import uuid
from collections import defaultdict
from collections.abc import Collection

from django.urls import reverse
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import gettext, ngettext

from vedette.apps import display
from vedette.apps.links import selectors, wording
from vedette.apps.links.selectors import Person, Seen

#: Pixels between two boxes, height and width of a box, position of the columns, and characters of a line.
_STEP, _HIGH, _WIDE, _COLUMNS, _FIT = 58, 44, 190, (0, 265, 530), 24
_WIDTH = _COLUMNS[-1] + _WIDE + 10


def draw(seen: Seen, opened: Collection[uuid.UUID]) -> SafeString:
    """Returns the drawing. `opened` contains the records whose neighbours are drawn."""
    people, left = selectors.drawn(seen, opened)
    columns: dict[int, list[Person]] = defaultdict(list)
    for one in people:
        columns[min(one.step, len(_COLUMNS) - 1)].append(one)
    rows = max((len(some) for some in columns.values()), default=1)
    places = {
        one.id: (_COLUMNS[step], _STEP * n + _STEP * (rows - len(some)) // 2 + 4)
        for step, some in columns.items()
        for n, one in enumerate(some)
    }
    return format_html(
        '<svg class="ch nbh" width="{}" height="{}" viewBox="0 0 {} {}" role="group"'
        ' aria-label="{}">{}{}</svg>',
        _WIDTH, rows * _STEP + 8, _WIDTH, rows * _STEP + 8,
        gettext("Graph of the links of this record; the table below has the same content"),
        _lines(seen, places), _boxes(seen, people, places, left, opened),
    )  # fmt: skip


def _lines(seen: Seen, places: dict[uuid.UUID, tuple[int, int]]) -> SafeString:
    of_record = selectors.persons(seen)
    kinds: dict[tuple[uuid.UUID, uuid.UUID], dict[str, None]] = defaultdict(dict)
    strong: dict[tuple[uuid.UUID, uuid.UUID], float] = defaultdict(float)
    for edge in seen.graph.edges if seen.graph else ():
        a, b = of_record[edge.one].id, of_record[edge.other].id
        if a == b or a not in places or b not in places:
            continue
        pair = (a, b) if places[a] <= places[b] else (b, a)
        kinds[pair][edge.kind] = None
        strong[pair] = max(strong[pair], edge.weight)
    lines = []
    for (a, b), some in kinds.items():
        (x, y), (to_x, to_y) = places[a], places[b]
        y, to_y = y + _HIGH // 2, to_y + _HIGH // 2
        # Two records of one column are joined at their left side.
        start = x + _WIDE if x != to_x else x
        words = ", ".join(wording.kind(one) for one in some)
        middle = ((start + to_x) // 2, (y + to_y) // 2 - 3)
        lines.append(
            (start, y, to_x, to_y, round(1 + 2 * strong[a, b], 1), words, *middle,
             words if x != to_x and len(words) < 12 else "")
        )  # fmt: skip
    return format_html_join(
        "",
        '<line class="edge" x1="{}" y1="{}" x2="{}" y2="{}" stroke-width="{}"><title>{}</title></line>'
        '<text class="sec" x="{}" y="{}" text-anchor="middle">{}</text>',
        lines,
    )


def _boxes(
    seen: Seen,
    people: Collection[Person],
    places: dict[uuid.UUID, tuple[int, int]],
    left: dict[uuid.UUID, int],
    opened: Collection[uuid.UUID],
) -> SafeString:
    boxes = []
    own = reverse("links", args=[seen.root])
    for one in people:
        row = one.rows[0]
        open_ = any(record.id in opened for record in one.rows)
        if one.step == 0:
            address = f"{own}#rec"
        elif one.step == 1 and (left.get(one.id) or open_):
            rest = [*(o for o in opened if o not in {r.id for r in one.rows})]
            now = rest if open_ else [*rest, row.id]
            address = own + "?" + "&".join(f"open={id_}" for id_ in now) + "#nbh"
        else:
            address = reverse("links", args=[row.id])
        about = [row.kind]
        if one.case:
            about.insert(0, gettext("known case"))
        if len(one.rows) > 1:
            n = len(one.rows)
            about.append(ngettext("%(n)s record", "%(n)s records", n) % {"n": display.number(n)})
        if more := left.get(one.id):
            about.append(gettext("+%(n)s") % {"n": display.number(more)})
        x, y = places[one.id]
        text = " · ".join(filter(None, about))
        boxes.append(
            (address, f"{row.title}, {text}", x, y, "node" if one.step else "thing", _WIDE, _HIGH,
             4 if one.case else 1.5, x + 10, y + 18, _cut(row.title), x + 10, y + 35, _cut(text, 30))
        )  # fmt: skip
    return format_html_join(
        "",
        '<a href="{}" aria-label="{}"><rect x="{}" y="{}" class="{}" width="{}" height="{}" rx="4"'
        ' stroke-width="{}"/><text class="b" x="{}" y="{}">{}</text><text x="{}" y="{}">{}</text></a>',
        boxes,
    )


def _cut(text: str, most: int = _FIT) -> str:
    return text if len(text) <= most else f"{text[: most - 1]}…"
