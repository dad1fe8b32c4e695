"""Contains the queries about control orders, their entries and photographs."""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Collection
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from django.db import connection
from django.db.models import Q, QuerySet

from vedette.apps.accounts.models import User
from vedette.apps.enforcement.models import Clear, ControlOrder
from vedette.apps.query import plain
from vedette.apps.subjects.kinds import queue_rows

#: Number of rows on a page.
PAGE = 50
WHOSE = ("all", "mine")


def now() -> dt.datetime:
    """Returns the time of the database."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT vedette_now()")
        at: dt.datetime = cursor.fetchone()[0]
    return at


def texts(subjects: Collection[uuid.UUID], records: Collection[uuid.UUID]) -> dict[Any, Any]:
    """Returns the texts of records, as far as they are not masked and the reader may see them. The key is the
    id of the record."""
    found = Clear.objects.filter(subject_id__in=list(subjects), record__in=list(records))
    return dict(found.values_list("record", "texts"))


@dataclass(frozen=True)
class OrderFilters:
    """The filters of the list of control orders. All filters are in the address."""

    whose: str = "all"
    #: Whether the orders that were carried out or withdrawn are shown instead of the open orders.
    ended: bool = False
    team: str = ""

    @classmethod
    def read(cls, query: Any) -> OrderFilters:
        """Reads the filters from the parameters of a request, and ignores invalid parameters."""
        whose = query.get("whose", "")
        return cls(
            whose=whose if whose in WHOSE else "all",
            ended=query.get("state") == "ended",
            team=plain(query.get("team", ""))[:60],
        )

    def query(self, **changes: Any) -> str:
        """Returns these filters, with `changes`, as a query string without default values."""
        parts = {
            "whose": changes.get("whose", self.whose).replace("all", ""),
            "state": "ended" if changes.get("ended", self.ended) else "",
            "team": changes.get("team", self.team),
        }
        return urlencode({name: value for name, value in parts.items() if value})


@dataclass(frozen=True)
class OrderRow:
    """A control order with its place and the data of its subject. The data is None if the reader does not see
    the subject."""

    order: ControlOrder
    place: str
    shown: dict[str, Any] | None
    late: bool


def _mine(user: User) -> Q:
    return Q(assigned_to=user) | Q(begun_by=user) | Q(ended_by=user)


def orders(
    user: User, filters: OrderFilters, after: str, at: dt.datetime
) -> tuple[list[OrderRow], str]:
    """Returns a page of the orders, and the position of the next page. Open orders are sorted by their due
    time, so that overdue orders are first. Ended orders are sorted by their end, the latest first."""
    found = ControlOrder.objects.select_related("assigned_to", "ended_by", "subject")
    if filters.whose == "mine":
        found = found.filter(_mine(user))
    if filters.team:
        found = found.filter(team=filters.team)
    column = "ended_at" if filters.ended else "due_at"
    if filters.ended:
        found = found.exclude(ended_at=None).order_by("-ended_at", "-id")
    else:
        found = found.filter(state__in=ControlOrder.OPEN).order_by("due_at", "id")
    found = _after(found, column, "lt" if filters.ended else "gt", after)
    some = list(found[: PAGE + 1])
    page = some[:PAGE]
    subjects = [one.subject_id for one in page]
    shown = queue_rows(subjects)
    words = texts(subjects, [one.pk for one in page])
    rows = [
        OrderRow(
            one,
            words.get(one.pk, {}).get("place", ""),
            shown.get(one.subject_id),
            one.state in ControlOrder.OPEN and one.due_at < at,
        )
        for one in page
    ]
    last = page[-1] if len(some) > PAGE else None
    following = f"{getattr(last, column).isoformat()}_{last.pk.hex}" if last else ""
    return rows, following


def _after(found: QuerySet[Any], column: str, than: str, after: str) -> QuerySet[Any]:
    """Returns the rows after a position, which `orders` returned. An invalid position is ignored."""
    moment, _, id_ = after.partition("_")
    try:
        at, pk = dt.datetime.fromisoformat(moment), uuid.UUID(id_)
    except ValueError:
        return found
    if at.tzinfo is None:
        return found
    return found.filter(Q(**{f"{column}__{than}": at}) | Q(**{column: at, f"id__{than}": pk}))


def teams() -> list[str]:
    """Returns the teams of the open orders that the reader sees."""
    found = ControlOrder.objects.filter(state__in=ControlOrder.OPEN).exclude(team="")
    return list(found.order_by("team").values_list("team", flat=True).distinct()[:50])
