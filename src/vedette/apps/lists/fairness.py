"""The reasons of a list by group of subjects, and the answers of officers to these reasons."""

from __future__ import annotations

import datetime as dt
import uuid
from collections import Counter
from dataclasses import dataclass

from django.utils import timezone

from vedette.apps.hits.fairness import SAYS_LITTLE, Groups, report
from vedette.apps.lists.selectors import PERIOD

_REASONS = """
    SELECT r.hit_id AS hit, r.answer FROM lists_listentry e
    JOIN reason_answer r ON r.entry_id = e.id AND r.created_at >= %(since)s
    WHERE e.watchlist_id = %(watchlist)s
"""


@dataclass(frozen=True)
class Group:
    """The number of reasons of the subjects of one group, by answer."""

    raised: int
    another: int
    unsure: int
    same: int
    open: int

    @property
    def share(self) -> int | None:
        """The percentage of the answer “another person” among the answers; None if there are too few
        answers."""
        answered = self.another + self.unsure + self.same
        return round(100 * self.another / answered) if answered >= SAYS_LITTLE else None


def groups(watchlist: uuid.UUID) -> list[Groups[Group]]:
    """Returns the reasons of the last `PERIOD` days by group."""
    since = timezone.now() - dt.timedelta(days=PERIOD)
    return report(_REASONS, {"watchlist": watchlist, "since": since}, _group)


def _group(answers: Counter[str]) -> Group:
    names = ("another", "unsure", "same", "open")
    return Group(answers.total(), *(answers[name] for name in names))
