"""Calculates the gain between the two tests of a training, and builds training packs from modules.

**Gain.** The gain of a person is the result of the post-test minus the result of the pre-test, in percentage
points. The mean of a group is shown with a 95 % confidence interval (Student's t with n − 1 degrees of
freedom). The mean is shown only if at least `LEAST` persons took both the pre-test and the post-test. Totals
include only the groups that are shown. A reader can therefore not compute the result of a hidden group from a
total. Persons who missed a test are counted separately.

**Pack.** A pack contains the requested modules, their prerequisites and, if requested, the general session.
Each module comes after its prerequisites. Apart from this rule, the modules are in the order of the
catalogue. See `pack`.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import ROUND_HALF_EVEN, Decimal
from fractions import Fraction

from vedette.assistance.sheets import Problem

#: The least number of persons in a group whose results are shown.
LEAST = 5
#: Minutes of teaching after which a break follows, and its usual length in minutes.
TEACHING_MIN, BREAK_MIN = 120, 15


@dataclass(frozen=True)
class Participant:
    """The results of one person in per cent (0 to 100). A result is None if the person missed the test."""

    id: str
    group: str
    pre: Decimal | None
    post: Decimal | None

    @property
    def gain(self) -> Decimal | None:
        return None if self.pre is None or self.post is None else self.post - self.pre


@dataclass(frozen=True)
class Gain:
    """The difference between the results of a group in the pre-test and in the post-test. `mean`, `low` and
    `high` (95 % interval) are in percentage points with two decimal places. They are None if fewer than
    `LEAST` persons took both tests."""

    both: int
    missed_pre: int
    missed_post: int
    missed_both: int
    mean: Decimal | None
    low: Decimal | None
    high: Decimal | None


def gain(participants: Iterable[Participant]) -> Gain:
    """Returns the gain of a group of persons."""
    people = list(participants)
    gains = [one.gain for one in people if one.gain is not None]
    mean = low = high = None
    if len(gains) >= LEAST:
        exact = sum(map(Fraction, gains), Fraction(0)) / len(gains)
        squares = sum(((Fraction(one) - exact) ** 2 for one in gains), Fraction(0))
        error = math.sqrt(squares / (len(gains) - 1) / len(gains))
        half = Fraction(error * student(0.975, len(gains) - 1))
        mean, low, high = (_hundredths(value) for value in (exact, exact - half, exact + half))
    return Gain(
        both=len(gains),
        missed_pre=sum(one.pre is None and one.post is not None for one in people),
        missed_post=sum(one.pre is not None and one.post is None for one in people),
        missed_both=sum(one.pre is None and one.post is None for one in people),
        mean=mean, low=low, high=high,
    )  # fmt: skip


def gains(participants: Iterable[Participant]) -> tuple[dict[str, Gain], Gain]:
    """Returns the gain of each group in alphabetical order, and the gain of all shown groups together."""
    groups: dict[str, list[Participant]] = {}
    for one in participants:
        groups.setdefault(one.group, []).append(one)
    found = {name: gain(groups[name]) for name in sorted(groups)}
    shown = [one for name in found if found[name].mean is not None for one in groups[name]]
    return found, gain(shown)


def student(share: float, freedom: int) -> float:
    """Returns the quantile of Student's t distribution for a whole number of degrees of freedom (1 or more).

    The distribution function has a closed form for whole numbers (Abramowitz and Stegun, 26.7.3 and 26.7.4).
    """
    low, high = 0.0, 1e6
    for _ in range(200):
        middle = (low + high) / 2
        if _student_below(middle, freedom) < share:
            low = middle
        else:
            high = middle
    return (low + high) / 2


def _student_below(value: float, freedom: int) -> float:
    angle = math.atan(value / math.sqrt(freedom))
    cosine, sine = math.cos(angle), math.sin(angle)
    odd = freedom % 2
    term, total = (cosine if odd else 1.0), 0.0
    for step in range(3 if odd else 2, freedom + 1, 2):
        total += term
        term *= cosine * cosine * (step - 1) / step
    inside = 2 / math.pi * (angle + sine * total) if odd else sine * total
    return 0.5 + inside / 2


def _hundredths(value: Fraction) -> Decimal:
    exact = Decimal(value.numerator) / Decimal(value.denominator)
    return exact.quantize(Decimal("0.01"), ROUND_HALF_EVEN)


@dataclass(frozen=True)
class Module:
    """A module of the catalogue. `minutes` is its teaching time. `languages` contains the languages of its
    material, and `trainers` the languages of the trainers who can teach it.
    """

    id: str
    minutes: int
    prerequisites: tuple[str, ...] = ()
    languages: tuple[str, ...] = ()
    trainers: tuple[str, ...] = ()
    general: bool = False


@dataclass(frozen=True)
class Wish:
    """The requested modules, the language, and the limits in minutes. `general` is the id of the general
    border-security session, if it is requested. `known` contains the modules that the participants have
    attended.
    """

    modules: tuple[str, ...]
    language: str
    day_min: int = 360
    total_min: int | None = None
    break_min: int = BREAK_MIN
    general: str = ""
    known: tuple[str, ...] = ()


@dataclass(frozen=True)
class Part:
    """The part of a module that is taught on one day of the pack, with its minutes of teaching."""

    day: int
    module: str
    minutes: int


@dataclass(frozen=True)
class Pack:
    """A training pack: its modules in order, its days, the minutes of teaching, the minutes of breaks, and
    the items that are missing. If the request cannot be met, all fields except `reasons` are empty.
    """

    modules: tuple[str, ...] = ()
    parts: tuple[Part, ...] = ()
    teaching_min: int = 0
    breaks_min: int = 0
    gaps: tuple[Problem, ...] = ()
    reasons: tuple[Problem, ...] = ()


def pack(catalogue: Sequence[Module], wish: Wish) -> Pack:
    """Builds a training pack.

    The general session comes first, unless it has prerequisites. Days have at most `wish.day_min` minutes of
    teaching. If a module does not fit into the remaining time of a day, the module begins on the next day. A
    module that is longer than a day continues on the following days. Each day has a break after every
    `TEACHING_MIN` minutes of teaching. There is no break at the end of the day.
    """
    by_id = {module.id: module for module in catalogue}
    wished = [one for one in (wish.general, *wish.modules) if one]
    reasons = [
        Problem(one, "is not in the catalogue") for one in dict.fromkeys(wished) if one not in by_id
    ]
    if not wished:
        reasons.append(Problem("modules", "no module is wished"))
    if wish.general in by_id and not by_id[wish.general].general:
        reasons.append(Problem(wish.general, "is not a general session"))
    if wish.day_min < 1 or wish.break_min < 0:
        reasons.append(
            Problem("day", "needs at least one minute of teaching, and breaks of 0 minutes or more")
        )
    if reasons:
        return Pack(reasons=tuple(reasons))
    order, reasons = _order(catalogue, by_id, wished, wish)
    total = sum(by_id[one].minutes for one in order)
    if wish.total_min is not None and total > wish.total_min:
        reasons.append(
            Problem("total", f"{total} minutes are needed, at most {wish.total_min} are wished")
        )
    if reasons:
        return Pack(reasons=tuple(reasons))
    parts = _days([by_id[one] for one in order], wish.day_min)
    days: dict[int, int] = {}
    for part in parts:
        days[part.day] = days.get(part.day, 0) + part.minutes
    breaks = (
        sum(max(0, -(-minutes // TEACHING_MIN) - 1) for minutes in days.values()) * wish.break_min
    )
    return Pack(
        tuple(order), tuple(parts), total, breaks, tuple(_gaps(by_id, order, wish.language))
    )


def _order(
    catalogue: Sequence[Module], by_id: Mapping[str, Module], wished: Sequence[str], wish: Wish
) -> tuple[list[str], list[Problem]]:
    """Returns the modules in order. Also returns the reasons if no valid order exists."""
    needed: set[str] = set()
    waiting, reasons = list(dict.fromkeys(wished)), []
    while waiting:
        one = waiting.pop()
        if one in needed:
            continue
        if one not in by_id:
            reasons.append(Problem(one, "is a prerequisite and not in the catalogue"))
            continue
        needed.add(one)
        waiting += [other for other in by_id[one].prerequisites if other not in wish.known]
    rank = {module.id: (module.id != wish.general, place) for place, module in enumerate(catalogue)}
    order: list[str] = []
    done = set(wish.known)
    left = sorted((one for one in needed if one in by_id), key=rank.__getitem__)
    while left:
        ready = next((one for one in left if done.issuperset(by_id[one].prerequisites)), None)
        if ready is None:
            if not reasons:
                reasons.append(Problem(left[0], "is a prerequisite of itself"))
            break
        order.append(ready)
        done.add(ready)
        left.remove(ready)
    return order, sorted(reasons, key=lambda one: one.place)


def _days(modules: Iterable[Module], day_min: int) -> list[Part]:
    parts: list[Part] = []
    day, used = 1, 0
    for module in modules:
        left = module.minutes
        if used and used + left > day_min:
            day, used = day + 1, 0
        while left > day_min:
            parts.append(Part(day, module.id, day_min))
            left, day = left - day_min, day + 1
        if left:
            parts.append(Part(day, module.id, left))
            used += left
    return parts


def _gaps(by_id: Mapping[str, Module], order: Iterable[str], language: str) -> Iterable[Problem]:
    for one in order:
        module = by_id[one]
        if not module.languages:
            yield Problem(one, "has no material")
        elif language not in module.languages:
            yield Problem(one, f"has no material in the language {language}")
        if not module.trainers:
            yield Problem(one, "has no trainer")
        elif language not in module.trainers:
            yield Problem(one, f"has no trainer in the language {language}")
