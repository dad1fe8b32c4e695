"""Evidence beside the name: birth date, nationality, sex, kind of entry. Missing is neutral.

Each piece gives points; their sum moves the name's score towards 1 (positive: by a share of what is
missing) or towards 0 (negative: by a share of what is there). Dates are graded, because passenger
messages and lists both hold typing errors: see `birth`.
"""

from __future__ import annotations

import datetime as dt
import math
from collections.abc import Sequence

from vedette.screening.names.model import Relation, Term

#: First and last day (as yyyymmdd) between which somebody was born; approximate for "circa".
Span = tuple[int, int, bool]

SAME_DAY, SWAPPED, SAME_YEAR, ONE_DIGIT, SAME_MONTH, CIRCA = 0.7, 0.4, 0.3, 0.25, 0.2, 0.1
ABOUT, NEAR, FAR, VERY_FAR = -0.05, -0.25, -0.6, -0.9
SAME_COUNTRY, LINKED_COUNTRY, OTHER_COUNTRY = 0.12, 0.05, -0.15
SAME_SEX, OTHER_SEX = 0.02, -0.35
#: A birth date belongs to a person: an organisation or a vessel has none.
NOT_A_PERSON = -0.7
#: A name that matches only as a weak alias loses this much of its score.
WEAK_ALIAS = 0.08
#: The largest share of the missing score that evidence can give.
MOST = 0.5


def span(born: dt.date | int | None) -> Span | None:
    """The days meant by a birth date or a year."""
    if born is None:
        return None
    if isinstance(born, dt.date):
        day = born.year * 10000 + born.month * 100 + born.day
        return day, day, False
    return (born * 10000 + 101, born * 10000 + 1231, False) if 1 <= born <= 9999 else None


def birth(ours: Span, theirs: Sequence[Span]) -> tuple[float, Relation]:
    """Points and relation of the best of the listed birth dates.

    Same day .7; day and month swapped .4; only the year known and the same .3; one digit wrong, or a
    year off and the rest the same .25; same year and month .2; within two years of "circa" .1; only
    the year known and one off −.05; up to three years −.25; further −.6; more than ten years −.9.
    """
    return max((_birth(ours, other) for other in theirs), default=(0.0, "–"))


def _birth(ours: Span, theirs: Span) -> tuple[float, Relation]:
    a, b = ours[0], theirs[0]
    exact = a == ours[1] and b == theirs[1]
    if exact and a == b:
        return SAME_DAY, "="
    years = abs(a // 10000 - b // 10000)
    if exact and not theirs[2]:
        if years == 0 and a // 100 == b // 100:
            return SAME_MONTH, "≈"
        if years == 0 and (a % 100, a // 100 % 100) == (b // 100 % 100, b % 100):
            return SWAPPED, "≈"
        if sum(x != y for x, y in zip(f"{a:08}", f"{b:08}", strict=True)) == 1:
            return ONE_DIGIT, "≈"
    elif not exact and a <= theirs[1] and b <= ours[1]:
        return SAME_YEAR, "="
    gap = _gap(ours, theirs)
    if theirs[2] and gap <= 2:
        return CIRCA, "≈"
    if exact and years == 1 and a % 10000 == b % 10000:
        return ONE_DIGIT, "≈"
    if gap <= 1 and not exact:
        return ABOUT, "≈"
    if gap <= 3:
        return NEAR, "≠"
    return (FAR if gap <= 10 else VERY_FAR), "≠"


def _gap(ours: Span, theirs: Span) -> int:
    """Calendar years between two spans; 0 where they share one."""
    return max(ours[0] // 10000 - theirs[1] // 10000, theirs[0] // 10000 - ours[1] // 10000, 0)


def country(
    ours: str, nationalities: Sequence[str], countries: Sequence[str]
) -> tuple[float, Relation]:
    """Points of a nationality against the listed ones and the countries an entry is linked to."""
    if ours in nationalities:
        return SAME_COUNTRY, "="
    if ours in countries:
        return LINKED_COUNTRY, "≈"
    return (OTHER_COUNTRY, "≠") if nationalities else (0.0, "–")


def sex(ours: str, theirs: str) -> tuple[float, Relation]:
    """Points of the sexes, where both are M or F."""
    if ours not in "MF" or theirs not in "MF":
        return 0.0, "–"
    return (SAME_SEX, "=") if ours == theirs else (OTHER_SEX, "≠")


def weigh(score: float, points: float) -> float:
    """The name's score after evidence worth `points`."""
    if points >= 0:
        return score + (1.0 - score) * MOST * (1.0 - math.exp(-2.0 * points))
    return score * math.exp(points)


def least_name_scores(threshold: float) -> tuple[float, float, float, float]:
    """Name scores below which no other evidence lifts a pair over the threshold: where the birth
    dates may agree, where one is missing, where they are a few years apart, and further.
    More than 1 means never."""
    others = SAME_COUNTRY + SAME_SEX
    return (
        _least(threshold, SAME_DAY + others),
        _least(threshold, others),
        _least(threshold, NEAR + others),
        _least(threshold, FAR + others),
    )


def _least(threshold: float, points: float) -> float:
    """The score that `weigh` turns into the threshold."""
    if points < 0:
        return threshold / math.exp(points)
    most = MOST * (1.0 - math.exp(-2.0 * points))
    return max(0.0, (threshold - most) / (1.0 - most))


def apply(
    score: float, found: Sequence[tuple[str, str, str, Relation, float]]
) -> tuple[float, list[Term]]:
    """The score after all pieces of evidence (name, ours, theirs, relation, points) and their terms."""
    total = sum(piece[4] for piece in found)
    weighed = weigh(score, total)
    change = weighed - score
    each = change / total if abs(total) > 1e-9 else 0.0
    terms = [Term(n, ours, theirs, rel, points * each) for n, ours, theirs, rel, points in found]
    return weighed, terms
