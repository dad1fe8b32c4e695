"""The standing report: on whom the profiles fall, and how often nothing was found there.

Counts of groups only. A group too small to say anything, or to hide anybody, is put with the others.
"""

from __future__ import annotations

import datetime as dt
from collections import Counter, defaultdict
from dataclasses import dataclass

from django.utils import timezone

from vedette.apps import query
from vedette.core.shares import interval
from vedette.screening.names.scripts import script_of

#: Groups of fewer hits are told together as `OTHERS`.
SMALLEST = 5
#: Below so many answered a share is chance more than anything else.
SAYS_LITTLE = 100
#: Group of what was put together, and of what no message states (or masking took away).
OTHERS, UNKNOWN = "", "–"
KINDS = ("nationality", "sex", "age", "script")
PERIODS = (30, 90, 180)
#: Ages of the bands, as in a backtest: from each to below the next.
AGES = (0, 18, 25, 45, 65)

# A hit counts once, by however many profiles it was raised, and whatever became of their versions since:
# ending a profile does not clear its record. The name is asked for its first letter,
# which tells the script; no name leaves the database.
_HITS = """
    WITH raised AS (
        SELECT DISTINCT r.hit_id FROM hits_reason r
        WHERE r.kind = 'profile' AND r.created_at >= %(since)s
    )
    SELECT left(substring(coalesce(c.surname, '') || coalesce(c.given_names, '')
                          FROM '[[:alpha:]]'), 1) AS letter,
           c.sex, c.nationality,
           CASE WHEN c.date_of_birth IS NULL THEN NULL
                ELSE extract(year FROM age(h.due_at::date, c.date_of_birth))::int END AS age,
           became.outcome, count(*) AS hits
    FROM raised JOIN hits_hit h ON h.id = raised.hit_id
    JOIN hit_outcome became ON became.hit_id = raised.hit_id
    LEFT JOIN travellers_journeyclear c ON c.journey_id = h.subject_id
         AND c.retention_class = h.retention_class AND c.month = h.month
    GROUP BY 1, 2, 3, 4, 5
"""


@dataclass(frozen=True)
class Group:
    """Hits of one group of travellers, by what became of them."""

    name: str
    hits: int
    nothing: int
    confirmed: int
    open: int

    @property
    def answered(self) -> int:
        """Hits of which it is known whether they were right."""
        return self.nothing + self.confirmed

    @property
    def share(self) -> float | None:
        """Share of the answered where nothing was found; None where nobody answered."""
        return self.nothing / self.answered if self.answered else None

    @property
    def interval(self) -> tuple[float, float]:
        """Wilson's 95 % interval of the share."""
        return interval(self.nothing, self.answered)

    @property
    def says_little(self) -> bool:
        """Whether too few were answered to compare it with others."""
        return self.answered < SAYS_LITTLE


@dataclass(frozen=True)
class Report:
    """All hits, and those of each group by kind, the largest first, the others last."""

    all: Group
    kinds: dict[str, list[Group]]


def report(days: int) -> Report:
    """Hits of the last days that profiles raised."""
    since = timezone.now() - dt.timedelta(days=days)
    counted: dict[str, dict[str, Counter[str]]] = {kind: defaultdict(Counter) for kind in KINDS}
    every: Counter[str] = Counter()
    for row in query.dicts(_HITS, {"since": since}):
        names = {
            "script": script_of(row["letter"]) if row["letter"] else UNKNOWN,
            "sex": row["sex"] or UNKNOWN,
            "nationality": row["nationality"] or UNKNOWN,
            "age": UNKNOWN if row["age"] is None else band(row["age"]),
        }
        every[row["outcome"]] += row["hits"]
        for kind in KINDS:
            counted[kind][names[kind]][row["outcome"]] += row["hits"]
    return Report(_group("all", every), {k: _groups(k, found) for k, found in counted.items()})


def band(age: int) -> str:
    """The first age of the band that an age is in."""
    return str(max((first for first in AGES if first <= age), default=AGES[0]))


def _groups(kind: str, counted: dict[str, Counter[str]]) -> list[Group]:
    small = [name for name, answers in counted.items() if answers.total() < SMALLEST]
    hidden = sum(counted[name].total() for name in small)
    large = sorted(set(counted) - set(small), key=lambda name: counted[name].total())
    if 0 < hidden < SMALLEST and large:
        # Alone it would be left out, and known all the same as what is missing from the sum.
        small.append(large.pop(0))
    others = _group(OTHERS, sum((counted[name] for name in small), Counter()))
    ordered = sorted((_group(n, counted[n]) for n in large), key=lambda g: _order(kind, g))
    return [*ordered, others] if others.hits >= SMALLEST else ordered


def _order(kind: str, group: Group) -> tuple[int, int, str]:
    """Ages in their order, others by how many; what is unknown comes last."""
    size = int(group.name) if kind == "age" and group.name != UNKNOWN else -group.hits
    return int(group.name == UNKNOWN), size, group.name


def _group(name: str, outcomes: Counter[str]) -> Group:
    nothing = outcomes["cleared"] + outcomes["nothing_found"]
    return Group(name, outcomes.total(), nothing, outcomes["confirmed"], outcomes["open"])
