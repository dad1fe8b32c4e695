"""Evaluates the evidence other than the name: birth date, nationality, sex, kind of entry. Missing evidence
does not change the score.

Each piece of evidence gives points. If the sum of the points is positive, the score increases by a share of
the difference between 1 and the score. If the sum of the points is negative, a share of the score is
subtracted from the score. Similar birth dates also give points, because messages and lists contain typing
errors (see `birth_points`).
"""

from __future__ import annotations

import datetime as dt
import math
from collections.abc import Sequence

import numpy as np

from vedette.screening.names.jit import compiled, inlined, making
from vedette.screening.names.model import Relation, Term
from vedette.screening.names.sounds import Array

#: Facts of an entry that may be known, as bits.
BORN, FROM, SEXED = 1, 2, 4
#: First and last possible day of birth (as yyyymmdd); the flag is true for "circa".
Span = tuple[int, int, bool]
#: A piece of evidence: name, our value, listed value, relation, points.
Piece = tuple[str, str, str, Relation, float]

SAME_DAY, SWAPPED, SAME_YEAR, ONE_DIGIT, SAME_MONTH, CIRCA = 0.7, 0.4, 0.3, 0.25, 0.2, 0.1
ABOUT, NEAR, FAR, VERY_FAR = -0.05, -0.25, -0.6, -0.9
SAME_COUNTRY, LINKED_COUNTRY, OTHER_COUNTRY = 0.12, 0.05, -0.15
SAME_SEX, OTHER_SEX = 0.02, -0.35
#: Points if a birth date is compared with an organisation or a vessel, which has no birth date.
NOT_A_PERSON = -0.7
#: The score of a name that the list marks as a weak alias is reduced by this much.
WEAK_ALIAS = 0.08
#: The largest share of the missing score that evidence can give.
MOST = 0.5


def number_of(day: dt.date) -> int:
    """Returns a day as the number yyyymmdd."""
    return day.year * 10000 + day.month * 100 + day.day


def span(born: dt.date | int | None) -> Span | None:
    """Returns the first and the last possible day of a birth date or of a year of birth."""
    if born is None:
        return None
    if isinstance(born, dt.date):
        return number_of(born), number_of(born), False
    return (born * 10000 + 101, born * 10000 + 1231, False) if 1 <= born <= 9999 else None


def birth(ours: Span, theirs: Sequence[Span]) -> tuple[float, Relation]:
    """For the listed birth date that matches best, returns the points (see `birth_points`) and the
    relation."""
    if not theirs:
        return 0.0, "–"
    points = max(birth_points(*ours[:2], *other) for other in theirs)
    return points, "=" if points in (SAME_DAY, SAME_YEAR) else "≈" if points >= ABOUT else "≠"


@inlined
def birth_points(a: int, a_to: int, b: int, b_to: int, circa: int) -> float:
    """Returns the points for comparing a birth date with a listed birth date. Each birth date is given by its
    first and last possible day.

    The points are .7 for the same day, .4 if day and month are swapped, and .3 if only the year is known and
    is the same. The points are .25 if one digit differs, or if only the year differs and the difference is
    one. The points are .2 for the same year and month, and .1 within two years of a "circa" date. The points
    are −.05 if only the year is known and differs by one. For larger differences, the points are −.25 up to
    three years, −.6 up to ten years, and −.9 beyond ten years.
    """
    exact = a == a_to and b == b_to
    if exact and a == b:
        return SAME_DAY
    year_a, year_b = a // 10000, b // 10000
    day_a, day_b = a % 10000, b % 10000
    if exact and not circa:
        if a // 100 == b // 100:
            return SAME_MONTH
        if year_a == year_b and day_a // 100 == day_b % 100 and day_a % 100 == day_b // 100:
            return SWAPPED
        x, y, wrong = a, b, 0
        while x or y:
            wrong += int(x % 10 != y % 10)
            x, y = x // 10, y // 10
        if wrong == 1:
            return ONE_DIGIT
    elif not exact and a <= b_to and b <= a_to:
        return SAME_YEAR
    gap = max(year_a - b_to // 10000, year_b - a_to // 10000, 0)
    if circa and gap <= 2:
        return CIRCA
    if exact and abs(year_a - year_b) == 1 and day_a == day_b:
        return ONE_DIGIT
    if gap <= 1 and not exact:
        return ABOUT
    if gap <= 3:
        return NEAR
    return FAR if gap <= 10 else VERY_FAR


@inlined
def country_points(ours: int, listed: Array, first: int, last: int) -> float:
    """Returns the points for comparing a nationality with the countries of an entry. The points are .12 for
    the same country, .05 if the entry is only linked to that country, and −.15 if all countries are
    different.

    Countries are given as their index numbers. If the entry is only linked to a country, the complement of
    the number of the country is stored.
    """
    points, other = 0.0, False
    for k in range(first, last):
        if listed[k] == ours:
            return SAME_COUNTRY
        if listed[k] == ~ours:
            points = LINKED_COUNTRY
        elif listed[k] >= 0:
            other = True
    return OTHER_COUNTRY if other and points == 0.0 else points


@inlined
def sex_points(ours: int, theirs: int) -> float:
    """Returns the points for comparing two sexes (0 unknown, 1 male, 2 female, 3 other). The points are .02
    for the same sex, and −.35 if one is male and the other is female.
    """
    if ours not in (1, 2) or theirs not in (1, 2):
        return 0.0
    return SAME_SEX if ours == theirs else OTHER_SEX


@compiled
def weigh(score: float, points: float) -> float:
    """Returns the score of a name after evidence worth `points` is added."""
    if points >= 0:
        return score + (1.0 - score) * MOST * (1.0 - math.exp(-2.0 * points))
    return score * math.exp(points)


@making
def weigh_all(scores: Array, points: Array) -> Array:
    """Applies the function `weigh` to many names."""
    total = np.empty(len(scores))
    for k in range(len(scores)):
        total[k] = weigh(scores[k], points[k])
    return total


@inlined
def needed(threshold: float, points: float) -> float:
    """Returns the minimum score that a name needs to reach the threshold with evidence worth `points`. The
    result is above 1 if no score is sufficient."""
    if points < 0:
        return threshold / math.exp(points)
    most = MOST * (1.0 - math.exp(-2.0 * points))
    return max(0.0, (threshold - most) / (1.0 - most))


def terms(score: float, found: Sequence[Piece]) -> tuple[float, list[Term]]:
    """Divides the result of `weigh` into contributions. Returns the contribution of the name, and a term with
    its contribution for each piece of evidence.

    From the score s of the name and the agreeing evidence m, `weigh` computes s + m − s·m. The product s·m is
    subtracted from the contribution of the name, and not from the contribution of the evidence. Therefore the
    full contribution of an exact birth date is shown even if the name also matches exactly.
    """
    total = sum(piece[4] for piece in found)
    if total < -1e-9:
        left, each = 1.0, (weigh(score, total) - score) / total
    else:
        gained = weigh(0.0, total)
        # If the sum of the points is 0, this is the limit value: agreeing and differing evidence cancel out,
        # and both are shown.
        left, each = 1.0 - gained, gained / total if total > 1e-9 else 2 * MOST
    return left, [
        Term(n, ours, theirs, rel, points * each) for n, ours, theirs, rel, points in found
    ]
