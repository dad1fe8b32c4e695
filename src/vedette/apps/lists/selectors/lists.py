"""Lists with their current version, their expiry, and what they bring."""

from __future__ import annotations

import datetime as dt
import uuid
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass

from django.db.models import Func, IntegerField, QuerySet
from django.utils import timezone

from vedette.apps import query
from vedette.apps.lists.models import ListVersion, Watchlist

#: A list that expires within this many days is marked.
SOON = 30
#: Days over which a list's hits are counted.
PERIOD = 90

_BROUGHT = """
    SELECT e.watchlist_id, r.answer, count(*) AS reasons
    FROM lists_listentry e JOIN reason_answer r ON r.entry_id = e.id AND r.created_at >= %(since)s
    WHERE e.watchlist_id = ANY(%(lists)s) GROUP BY 1, 2
"""


@dataclass(frozen=True)
class Brings:
    """Reasons a list gave in `PERIOD` days, by what became of them; undecided ones are open."""

    another: int = 0
    unsure: int = 0
    same: int = 0
    open: int = 0
    other: int = 0

    @property
    def total(self) -> int:
        """All of them."""
        return self.another + self.unsure + self.same + self.open + self.other


@dataclass(frozen=True)
class ListRow:
    """A list as the table of lists shows it."""

    watchlist: Watchlist
    version: ListVersion | None
    brings: Brings
    #: Days to the expiry, negative once past; None without one.
    days_left: int | None

    @property
    def expired(self) -> bool:
        """Whether the last day of the list is over."""
        return self.days_left is not None and self.days_left < 0

    @property
    def expires_soon(self) -> bool:
        """Whether the list expires within a month."""
        return self.days_left is not None and 0 <= self.days_left <= SOON


def brings(lists: Iterable[uuid.UUID]) -> dict[uuid.UUID, Brings]:
    """What each list brought in the last `PERIOD` days."""
    since = timezone.now() - dt.timedelta(days=PERIOD)
    counted: dict[uuid.UUID, dict[str, int]] = defaultdict(dict)
    for row in query.dicts(_BROUGHT, {"lists": list(lists), "since": since}):
        counted[row["watchlist_id"]][row["answer"]] = row["reasons"]
    return {pk: Brings(**words) for pk, words in counted.items()}


def list_row(watchlist: Watchlist) -> ListRow:
    """One list as a row."""
    return _rows([watchlist])[0]


def all_lists() -> list[ListRow]:
    """Every list but that of the lookouts, by name."""
    return _rows(list(Watchlist.objects.filter(lookouts=False).order_by("name")))


def _rows(lists: list[Watchlist]) -> list[ListRow]:
    ids = [watchlist.pk for watchlist in lists]
    latest = ListVersion.objects.filter(watchlist__in=ids).order_by("watchlist", "-number")
    current = {version.watchlist_id: version for version in latest.distinct("watchlist")}
    brought = brings(ids)
    today = timezone.now().date()
    return [
        ListRow(
            watchlist=watchlist,
            version=current.get(watchlist.pk),
            brings=brought.get(watchlist.pk, Brings()),
            days_left=(watchlist.expires_on - today).days if watchlist.expires_on else None,
        )
        for watchlist in lists
    ]


def versions(watchlist: Watchlist) -> QuerySet[ListVersion]:
    """The versions of a list, latest first, without their problems."""
    found = ListVersion.objects.filter(watchlist=watchlist).select_related("imported_by")
    return (
        found.annotate(
            problem_count=Func(
                "problems", function="jsonb_array_length", output_field=IntegerField()
            )
        )
        .defer("problems")
        .order_by("-number")
    )
