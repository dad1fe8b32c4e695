"""The map of a journey, as SVG made on the server. The colours are set by CSS classes.

The outlines of land are from Natural Earth 1:110m (public domain), in `land.json` beside this
module (docs/sources.md). The SVG contains numbers, codes from the table of airports, and texts of
the program. The SVG contains no value of a message.
"""

from __future__ import annotations

import functools
import itertools
import json
import math
from collections.abc import Iterable, Sequence
from importlib.resources import files

from django.utils.html import format_html
from django.utils.safestring import SafeString, mark_safe

from vedette.core.codes import Airport, airport
from vedette.travellers.columns.places import km

Point = tuple[float, float]
WIDTH, HEIGHT = 560, 400
#: The least height of a map in degrees of latitude. The factor for free space around the route.
_LEAST, _MARGIN = 16.0, 1.35
_STEPS = 20


@functools.cache
def _land() -> list[list[Point]]:
    data = json.loads(files("vedette.travellers.app").joinpath("land.json").read_text("utf-8"))
    return [
        [(flat[i] / 10, flat[i + 1] / 10) for i in range(0, len(flat), 2)] for flat in data["rings"]
    ]


def great_circle(one: Airport, two: Airport, steps: int = _STEPS) -> list[Point]:
    """Returns points (longitude, latitude in degrees) of the great circle between two airports."""
    a, b = _vector(one), _vector(two)
    angle = math.acos(max(-1.0, min(1.0, sum(x * y for x, y in zip(a, b, strict=True)))))
    if angle < 1e-6:
        return [(one.longitude, one.latitude)]
    points = []
    for step in range(steps + 1):
        f = step / steps
        p, q = math.sin((1 - f) * angle) / math.sin(angle), math.sin(f * angle) / math.sin(angle)
        x, y, z = (p * u + q * v for u, v in zip(a, b, strict=True))
        points.append(
            (math.degrees(math.atan2(y, x)), math.degrees(math.atan2(z, math.hypot(x, y))))
        )
    return points


def _vector(place: Airport) -> tuple[float, float, float]:
    lat, lon = math.radians(place.latitude), math.radians(place.longitude)
    return math.cos(lat) * math.cos(lon), math.cos(lat) * math.sin(lon), math.sin(lat)


class _View:
    """An equidistant cylindrical projection, centred on the middle of some points, in pixels."""

    def __init__(self, points: Sequence[Point]) -> None:
        self.middle = points[0][0]
        lons = [self._near(lon) for lon, _ in points]
        lats = [lat for _, lat in points]
        self.middle += (max(lons) + min(lons)) / 2
        self.lat = (max(lats) + min(lats)) / 2
        self.squeeze = max(0.3, math.cos(math.radians(self.lat)))
        tall = max((max(lats) - min(lats)) * _MARGIN, _LEAST)
        wide = (max(lons) - min(lons)) * self.squeeze * _MARGIN
        self.scale = min(HEIGHT / tall, WIDTH / max(wide, tall * WIDTH / HEIGHT))

    def _near(self, lon: float) -> float:
        return (lon - self.middle + 180) % 360 - 180

    def at(self, point: Point, turn: float | None = None) -> Point:
        """Returns the pixel of a point. If `turn` is given, the longitude is moved by `turn` and is not
        wrapped at 180°."""
        lon = self._near(point[0]) if turn is None else point[0] - self.middle + turn
        return (
            WIDTH / 2 + lon * self.squeeze * self.scale,
            HEIGHT / 2 - (point[1] - self.lat) * self.scale,
        )


def _clip(ring: list[Point]) -> list[Point]:
    """Returns the part of a ring inside the picture and 2 pixels around it (Sutherland and Hodgman)."""
    for axis, bound, sign in ((0, -2, 1), (0, WIDTH + 2, -1), (1, -2, 1), (1, HEIGHT + 2, -1)):
        clipped: list[Point] = []
        for before, now in zip([*ring[-1:], *ring], ring, strict=False):
            was, inside = sign * (before[axis] - bound) >= 0, sign * (now[axis] - bound) >= 0
            if inside != was:
                f = (bound - before[axis]) / (now[axis] - before[axis])
                clipped.append(
                    (before[0] + f * (now[0] - before[0]), before[1] + f * (now[1] - before[1]))
                )
            if inside:
                clipped.append(now)
        ring = clipped
    return ring


def _path(points: Iterable[Point], close: bool = False) -> str:
    """Returns the SVG path through these points, with relative steps in whole pixels."""
    text: list[str] = []
    last: tuple[int, int] | None = None
    for x, y in points:
        here = (round(x), round(y))
        if last is None:
            text.append(f"M{here[0]} {here[1]}l")
        elif here != last:
            text.append(f"{here[0] - last[0]} {here[1] - last[1]} ")
        last = here
    return "".join(text).rstrip() + ("z" if close else "")


def route(stops: Sequence[str], now: tuple[str, str], label: str) -> SafeString | str:
    """Returns the map of a journey. `stops` are the airports of the journey in order. The leg `now`
    is drawn thicker, and the direct route is dashed. Returns an empty text if fewer than two
    airports are known."""
    places = [p for code in stops if (p := airport(code))]
    distinct = list(dict.fromkeys(places))
    if len(distinct) < 2:
        return ""
    legs = [(a, b, great_circle(a, b)) for a, b in itertools.pairwise(places) if a != b]
    there = places[-1]
    if there == places[0]:
        there = max(distinct, key=lambda p: km(places[0].code, p.code) or 0)
    direct = great_circle(places[0], there)
    view = _View([p for _, _, points in legs for p in points] + direct)
    parts = [f'<rect class="sea" width="{WIDTH}" height="{HEIGHT}" rx="4"/>', _land_path(view)]
    if len(legs) > 1:
        parts.append(_line(view, direct, "alt"))
    parts += [
        _line(view, points, "leg now" if (a.code, b.code) == now else "leg")
        for a, b, points in legs
    ]
    parts += [_stop(view, place, n) for n, place in enumerate(distinct, 1)]
    return format_html(
        '<svg class="map screen" viewBox="0 0 {} {}" role="img" aria-label="{}">{}</svg>',
        WIDTH, HEIGHT, label, mark_safe("".join(parts)),  # noqa: S308
    )  # fmt: skip


def _land_path(view: _View) -> str:
    turns = (-360.0, 0.0, 360.0)
    rings = (_clip([view.at(p, turn) for p in ring]) for ring in _land() for turn in turns)
    paths = "".join(_path(ring, close=True) for ring in rings if len(ring) > 2)
    return f'<path class="land" d="{paths}"/>'


def _line(view: _View, points: Sequence[Point], classes: str) -> str:
    return f'<path class="{classes}" d="{_path(view.at(p) for p in points)}"/>'


def _stop(view: _View, place: Airport, number: int) -> str:
    x, y = (round(v) for v in view.at((place.longitude, place.latitude)))
    left = x > WIDTH - 80
    anchor, dx = ("end", -10) if left else ("start", 10)
    dy = 18 if y < 24 else -8
    return (
        f'<circle class="dot" cx="{x}" cy="{y}" r="5"/>'
        f'<text x="{x + dx}" y="{y + dy}" text-anchor="{anchor}">{number} {place.code}</text>'
    )
