"""Draws maps of routes as SVG on the server. The colours are set by CSS classes.

A map contains numbers, codes of places from the tables of vedette, and texts of vedette. A map contains no
data from messages. The outlines of land are from Natural Earth 1:110m (public domain), in the file
`land.json` in the folder of this module (docs/sources.md).
"""

from __future__ import annotations

import functools
import itertools
import json
import math
from collections.abc import Iterable, Mapping, Sequence
from importlib.resources import files
from typing import NamedTuple, Protocol, TypeVar

from django.utils.html import escape, format_html
from django.utils.safestring import SafeString, mark_safe


class Spot(Protocol):
    """A place on a map: its code and its coordinates in degrees."""

    @property
    def code(self) -> str: ...
    @property
    def latitude(self) -> float: ...
    @property
    def longitude(self) -> float: ...


Point = tuple[float, float]
#: Size of the map in pixels.
WIDTH, HEIGHT = 560, 400
#: Minimum height of a map in degrees of latitude, and the factor for the free space around the route.
_LEAST, _MARGIN = 16.0, 1.35
_STEPS = 20


class _Ring(NamedTuple):
    """A closed outline of land, with the smallest and the greatest longitude and latitude of its points."""

    points: list[Point]
    least: Point
    greatest: Point


@functools.cache
def _land() -> list[_Ring]:
    data = json.loads(files("vedette.apps").joinpath("land.json").read_text("utf-8"))
    found = []
    for flat in data["rings"]:
        ring = _joined([(flat[i] / 10, flat[i + 1] / 10) for i in range(0, len(flat), 2)])
        lons, lats = zip(*ring, strict=True)
        found.append(_Ring(ring, (min(lons), min(lats)), (max(lons), max(lats))))
    return found


def _joined(ring: list[Point]) -> list[Point]:
    """Returns an outline without jumps of the longitude at the antimeridian (180°). The longitudes of the
    outline may then exceed 180°. An outline with a jump would be drawn across the whole map."""
    found, turn, last = [], 0.0, ring[0][0]
    for lon, lat in ring:
        if abs(lon - last) > 180:
            turn += 360 if lon < last else -360
        last = lon
        found.append((lon + turn, lat))
    return found


def great_circle(one: Spot, two: Spot) -> list[Point]:
    """Returns points on the great circle between two places, as (longitude, latitude) in degrees."""
    a, b = _vector(one), _vector(two)
    angle = math.acos(max(-1.0, min(1.0, sum(x * y for x, y in zip(a, b, strict=True)))))
    if angle < 1e-6:
        return [(one.longitude, one.latitude)]
    points = []
    for step in range(_STEPS + 1):
        f = step / _STEPS
        p, q = math.sin((1 - f) * angle) / math.sin(angle), math.sin(f * angle) / math.sin(angle)
        x, y, z = (p * u + q * v for u, v in zip(a, b, strict=True))
        points.append(
            (math.degrees(math.atan2(y, x)), math.degrees(math.atan2(z, math.hypot(x, y))))
        )
    return points


def _vector(place: Spot) -> tuple[float, float, float]:
    lat, lon = math.radians(place.latitude), math.radians(place.longitude)
    return math.cos(lat) * math.cos(lon), math.cos(lat) * math.sin(lon), math.sin(lat)


class _View:
    """Computes an equidistant cylindrical projection of longitude and latitude to pixels, centred on the
    middle of the given points."""

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
        """Returns the pixel of a point. If `turn` (in degrees) is given, `turn` is added to the longitude, so
        that the longitude may exceed 180°."""
        lon = self._near(point[0]) if turn is None else point[0] - self.middle + turn
        return (
            WIDTH / 2 + lon * self.squeeze * self.scale,
            HEIGHT / 2 - (point[1] - self.lat) * self.scale,
        )


def _clip(ring: list[Point]) -> list[Point]:
    """Returns the part of a closed outline that is inside the map or at most 2 pixels outside it (Sutherland
    and Hodgman)."""
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
    """Returns the SVG path through the given points, with relative steps in whole pixels."""
    pixels = [pixel for pixel, _ in itertools.groupby((round(x), round(y)) for x, y in points)]
    steps = (
        f"{x - from_x} {y - from_y}" for (from_x, from_y), (x, y) in itertools.pairwise(pixels)
    )
    return "M{} {}l".format(*pixels[0]) + " ".join(steps) + ("z" if close else "")


S = TypeVar("S", bound=Spot)


def draw(
    pairs: Sequence[tuple[S, S]],
    direct: tuple[S, S] | None,
    names: Mapping[S, str],
    now: tuple[str, str],
    label: str,
) -> SafeString:
    """Returns a map of the legs of a route. The leg `now` has a thicker line, and the line `direct` is
    dashed. `names` maps the code of each place to its name."""
    legs = [(a, b, great_circle(a, b)) for a, b in pairs]
    dashed = great_circle(*direct) if direct else []
    view = _View([p for _, _, points in legs for p in points] + dashed)
    parts = [f'<rect class="sea" width="{WIDTH}" height="{HEIGHT}" rx="4"/>', _land_path(view)]
    if dashed:
        parts.append(_line(view, dashed, "alt"))
    parts += [
        _line(view, points, "leg now" if (a.code, b.code) == now else "leg")
        for a, b, points in legs
    ]
    parts += [_stop(view, place, name) for place, name in names.items()]
    return format_html(
        '<svg class="map screen" viewBox="0 0 {} {}" role="img" aria-label="{}">{}</svg>',
        WIDTH, HEIGHT, label, mark_safe("".join(parts)),  # noqa: S308
    )  # fmt: skip


def _land_path(view: _View) -> str:
    rings = (
        _clip([view.at(p, turn) for p in ring.points])
        for ring in _land()
        for turn in (-360.0, 0.0, 360.0)
        if _touches(view, ring, turn)
    )
    paths = "".join(_path(ring, close=True) for ring in rings if len(ring) > 2)
    return f'<path class="land" d="{paths}"/>'


def _touches(view: _View, ring: _Ring, turn: float) -> bool:
    """Returns whether a part of an outline can be on the map. Most outlines are in another part of the world,
    and the projection of each of their points takes a long time."""
    (left, bottom), (right, top) = view.at(ring.least, turn), view.at(ring.greatest, turn)
    return left <= WIDTH + 2 and right >= -2 and top <= HEIGHT + 2 and bottom >= -2


def _line(view: _View, points: Sequence[Point], classes: str) -> str:
    return f'<path class="{classes}" d="{_path(view.at(p) for p in points)}"/>'


def _stop(view: _View, place: Spot, name: str) -> str:
    x, y = (round(v) for v in view.at((place.longitude, place.latitude)))
    anchor, dx = ("end", -10) if x > WIDTH - 80 else ("start", 10)
    dy = 18 if y < 24 else -8
    return (
        f'<circle class="dot" cx="{x}" cy="{y}" r="5"/>'
        f'<text x="{x + dx}" y="{y + dy}" text-anchor="{anchor}">{escape(name)}</text>'
    )
