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

#: A span of days (inclusive ordinals) in which somebody was born; approximate for "circa".
Span = tuple[int, int, bool]

SAME_DAY, SAME_MONTH, SWAPPED, ONE_DIGIT, SAME_YEAR, CIRCA = 0.7, 0.35, 0.4, 0.25, 0.3, 0.15
NEXT_YEAR, NEAR, FAR, VERY_FAR = -0.05, -0.2, -0.6, -0.9
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
        return born.toordinal(), born.toordinal(), False
    if 1 <= born <= 9999:
        return dt.date(born, 1, 1).toordinal(), dt.date(born, 12, 31).toordinal(), False
    return None


def birth(ours: Span, theirs: Sequence[Span]) -> tuple[float, Relation]:
    """Points and relation of the best of the listed birth dates.

    Same day .7; day and month swapped .4; same year and month .35; only the year known and the same
    .3; one digit wrong .25; within "circa" .15; a year off −.05; up to three years −.2; further −.6;
    more than ten years −.9.
    """
    return max((_birth(ours, other) for other in theirs), default=(0.0, "–"))


def _birth(ours: Span, theirs: Span) -> tuple[float, Relation]:
    exact = ours[0] == ours[1] and theirs[0] == theirs[1]
    if exact and ours[0] == theirs[0]:
        return SAME_DAY, "="
    a, b = dt.date.fromordinal(ours[0]), dt.date.fromordinal(theirs[0])
    if exact and not theirs[2]:
        if a.year == b.year and a.month == b.month:
            return SAME_MONTH, "≈"
        if a.year == b.year and (a.day, a.month) == (b.month, b.day):
            return SWAPPED, "≈"
        if sum(x != y for x, y in zip(f"{a:%Y%m%d}", f"{b:%Y%m%d}", strict=True)) == 1:
            return ONE_DIGIT, "≈"
    elif not exact and ours[0] <= theirs[1] and theirs[0] <= ours[1]:
        return SAME_YEAR, "="
    gap = max(ours[0] - theirs[1], theirs[0] - ours[1], 0) / 365.25
    if theirs[2] and gap <= 2:
        return CIRCA, "≈"
    if exact and abs(a.year - b.year) <= 1 and (a.month, a.day) == (b.month, b.day):
        return ONE_DIGIT, "≈"
    years = min(abs(a.year - b.year), math.ceil(gap))
    if years <= 1:
        return NEXT_YEAR, "≈"
    if years <= 3:
        return NEAR, "≠"
    return (FAR if years <= 10 else VERY_FAR), "≠"


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


def least_name_score(threshold: float) -> float:
    """The name score below which no evidence lifts a pair over the threshold."""
    best = MOST * (1.0 - math.exp(-2.0 * (SAME_DAY + SAME_COUNTRY + SAME_SEX)))
    return max(0.0, (threshold - best) / (1.0 - best))


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
