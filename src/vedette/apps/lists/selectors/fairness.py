"""On whom a list's reasons fall, and how officers answered them: by script of the name, sex, nationality.

Counts of groups only. A group too small to say anything, or to hide anybody, is put with the others.
"""

from __future__ import annotations

import datetime as dt
import uuid
from collections import Counter, defaultdict
from dataclasses import dataclass

from django.utils import timezone

from vedette.apps import query
from vedette.apps.lists.selectors.lists import PERIOD
from vedette.screening.names.scripts import script_of

#: Groups of fewer reasons are told together as `OTHERS`.
SMALLEST = 5
#: Below so many answers a share is chance more than anything else.
SAYS_LITTLE = 100
#: Group of what was put together, and of what no message states (or masking took away).
OTHERS, UNKNOWN = "", "–"
KINDS = ("script", "sex", "nationality")

# The name is asked for its first letter, which tells the script; no name leaves the database.
_REASONS = """
    SELECT left(substring(coalesce(c.surname, '') || coalesce(c.given_names, '')
                          FROM '[[:alpha:]]'), 1) AS letter,
           c.sex, c.nationality, r.answer, count(*) AS reasons
    FROM lists_listentry e
    JOIN reason_answer r ON r.entry_id = e.id AND r.created_at >= %(since)s
    JOIN hits_hit h ON h.id = r.hit_id
    LEFT JOIN travellers_journeyclear c ON c.journey_id = h.subject_id
         AND c.retention_class = h.retention_class AND c.month = h.month
    WHERE e.watchlist_id = %(watchlist)s
    GROUP BY 1, 2, 3, 4
"""


@dataclass(frozen=True)
class Group:
    """Reasons of one group of people by how they were answered; `name` is a script, sex or country."""

    name: str
    raised: int
    another: int
    unsure: int
    same: int
    open: int

    @property
    def answered(self) -> int:
        """Those that somebody answered."""
        return self.another + self.unsure + self.same

    @property
    def share(self) -> int | None:
        """Percent of the answered that were another person; None where they say little."""
        return round(100 * self.another / self.answered) if self.answered >= SAYS_LITTLE else None


def groups(watchlist: uuid.UUID) -> dict[str, list[Group]]:
    """By each of `KINDS` the groups of the last `PERIOD` days, most raised first, the others last.

    Others that are themselves fewer than `SMALLEST` are left out.
    """
    since = timezone.now() - dt.timedelta(days=PERIOD)
    counted: dict[str, dict[str, Counter[str]]] = {k: defaultdict(Counter) for k in KINDS}
    for row in query.dicts(_REASONS, {"watchlist": watchlist, "since": since}):
        names = {
            "script": script_of(row["letter"]) if row["letter"] else UNKNOWN,
            "sex": row["sex"] or UNKNOWN,
            "nationality": row["nationality"] or UNKNOWN,
        }
        for kind in KINDS:
            counted[kind][names[kind]][row["answer"]] += row["reasons"]
    return {kind: _groups(found) for kind, found in counted.items()}


def _groups(counted: dict[str, Counter[str]]) -> list[Group]:
    small = [name for name, answers in counted.items() if answers.total() < SMALLEST]
    large = [_group(name, answers) for name, answers in counted.items() if name not in small]
    others = _group(OTHERS, sum((counted[name] for name in small), Counter()))
    ordered = sorted(large, key=lambda group: (-group.raised, group.name))
    return [*ordered, others] if others.raised >= SMALLEST else ordered


def _group(name: str, answers: Counter[str]) -> Group:
    return Group(
        name, answers.total(), answers["another"], answers["unsure"], answers["same"],
        answers["open"],
    )  # fmt: skip
