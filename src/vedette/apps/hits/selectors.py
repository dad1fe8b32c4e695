"""Reads the queue (a page of open hits, its counts, its changes, and the neighbours of a hit) and
one hit (its reasons with evidence, its history and its decisions).

The queries use the partial indexes `hit_queue` and `hit_priority`; side tables are read only for the rows of
the page.
"""

from __future__ import annotations

import datetime as dt
import uuid
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from django.db.models import Count, Q, QuerySet
from django.utils import timezone

from vedette.apps.accounts.models import User
from vedette.apps.hits.filtering import ALL, Filters, matching, whose_
from vedette.apps.hits.floods import Flood, floods
from vedette.apps.hits.models import Decision, Event, Hit, Reason, ReasonClear, Result
from vedette.apps.hits.texts import Opened, with_notes, with_texts
from vedette.apps.subjects.kinds import queue_rows

#: Number of rows on a page.
PAGE = 25
SOON = dt.timedelta(hours=2)


@dataclass(frozen=True)
class Cursor:
    """The start of a page. The page begins after this hit, which has the position `count` in the list."""

    due_at: dt.datetime
    priority: int
    id: uuid.UUID
    count: int

    @classmethod
    def read(cls, text: str) -> Cursor | None:
        """Reads a cursor from the address; returns None if the cursor is invalid."""
        try:
            micros, priority, hit, count = text.split("_")
            due_at = dt.datetime.fromtimestamp(0, dt.UTC) + dt.timedelta(microseconds=int(micros))
            return cls(due_at, int(priority), uuid.UUID(hit), int(count))
        except (ValueError, OverflowError):
            return None

    @classmethod
    def after(cls, hit: Hit, count: int) -> str:
        """Returns the part of the address that identifies the page that begins after `hit`."""
        micros = round(hit.due_at.timestamp() * 1_000_000)
        return f"{micros}_{hit.priority}_{hit.id.hex}_{count}"


@dataclass(frozen=True)
class Row:
    """One hit of the queue with its open reasons, and `shown`, the data of its subject."""

    hit: Hit
    shown: dict[str, Any]
    reasons: list[Reason]


@dataclass(frozen=True)
class Page:
    """A page of the queue: its rows, the counts by officer and by time, and its position."""

    rows: list[Row]
    counts: dict[str, int]
    total: int
    first: int
    following: str
    at: dt.datetime
    floods: list[Flood]


def _ordering(order: str) -> tuple[str, ...]:
    return ("due_at", "-priority", "id") if order == "due" else ("-priority", "due_at", "id")


def _beyond(
    order: str, due_at: dt.datetime, priority: int, hit: uuid.UUID, *, before: bool = False
) -> Q:
    """The hits after this position, or `before` it; the first condition limits the part of the index that is
    read."""
    # The order is by rising time, falling priority and rising id, or by falling priority and rising time.
    later, earlier = ("lt", "gt") if before else ("gt", "lt")
    keys = [("due_at", later, due_at), ("priority", earlier, priority)]
    (first, way, value), (second, way_2, value_2) = keys if order == "due" else keys[::-1]
    tie = Q(**{f"{second}__{way_2}": value_2}) | Q(**{second: value_2, f"id__{later}": hit})
    return Q(**{f"{first}__{way}e": value}) & (Q(**{f"{first}__{way}": value}) | tie)


def page(filters: Filters, user: User, after: str = "") -> Page:
    """One page of the queue, and its counts in one pass over the index of open hits."""
    now = timezone.now()
    hits, taken = matching(filters), whose_(filters, user)
    tomorrow = (now + dt.timedelta(days=1)).replace(hour=0, minute=0, second=0, microsecond=0)
    soon = now + SOON
    counts = hits.aggregate(
        all=Count("pk"),
        free=Count("pk", filter=Q(claimed_by=None)),
        mine=Count("pk", filter=Q(claimed_by=user)),
        total=Count("pk", filter=taken) if taken else Count("pk"),
        landed=Count("pk", filter=taken & Q(due_at__lt=now)),
        soon=Count("pk", filter=taken & Q(due_at__gte=now, due_at__lt=soon)),
        today=Count("pk", filter=taken & Q(due_at__gte=soon, due_at__lt=tomorrow)),
    )
    counts["others"] = counts["all"] - counts["free"] - counts["mine"]
    total = counts.pop("total")
    counts["later"] = total - counts["landed"] - counts["soon"] - counts["today"]
    cursor = Cursor.read(after)
    start = cursor.count if cursor else 0
    some = hits.filter(taken).order_by(*_ordering(filters.order))
    if cursor:
        some = some.filter(_beyond(filters.order, cursor.due_at, cursor.priority, cursor.id))
    # There are two queries; the first reads only ids, from the index alone. The planner cannot estimate the
    # row-level security policies, so that with one query it would read and sort all hits.
    ids = list(some.values_list("pk", flat=True)[: PAGE + 1])
    details = Hit.objects.select_related("subject", "claimed_by").in_bulk(ids)
    found = [details[pk] for pk in ids if pk in details]
    shown = found[:PAGE]
    following = Cursor.after(shown[-1], start + PAGE) if len(found) > PAGE else ""
    grouped = floods(filters, user) if filters.flood != ALL else []
    return Page(rows(shown), counts, total, start + 1, following, now, grouped)


def group_of(hit: Hit, now: dt.datetime) -> str:
    """The group of the hit when the queue is sorted by time: `landed` (past due), `soon`, `today`
    or `later`.
    """
    if hit.due_at < now:
        return "landed"
    if hit.due_at < now + SOON:
        return "soon"
    return "today" if hit.due_at.date() == now.date() else "later"


def rows(hits: Sequence[Hit]) -> list[Row]:
    """Returns the hits with their subjects and open reasons; the strongest reason is first."""
    shown = queue_rows([hit.subject_id for hit in hits])
    reasons: dict[uuid.UUID, list[Reason]] = defaultdict(list)
    some = Reason.objects.filter(hit__in=[h.id for h in hits], state=Reason.State.OPEN)
    for reason in some.order_by("-contribution", "created_at"):
        reasons[reason.hit_id].append(reason)
    return [Row(h, shown[h.subject_id], reasons[h.id]) for h in hits]


@dataclass(frozen=True)
class Changes:
    """The number of new hits, and the present state of the rows on the page."""

    new: int
    rows: list[Hit]
    at: dt.datetime


def changes(
    filters: Filters, user: User, since: dt.datetime, last: dt.datetime, shown: list[uuid.UUID]
) -> Changes | None:
    """Returns the changes after `last` for a page made at `since`. Returns None if there are no
    changes and the minute is the same, because the times shown on the page are then still correct.
    """
    now = timezone.now()
    minute = now.replace(second=0, microsecond=0) > last
    if not minute and not Hit.objects.filter(changed_at__gt=last).exists():
        return None
    new = matching(filters).filter(whose_(filters, user), changed_at__gt=since, opened_at__gt=since)
    rows = Hit.objects.filter(pk__in=shown[:PAGE]).select_related("claimed_by")
    return Changes(new.count(), list(rows), now)


@dataclass(frozen=True)
class Place:
    """The position of a hit in a filtered list, and its neighbours."""

    number: int
    total: int
    previous: uuid.UUID | None
    following: uuid.UUID | None


def place(hit: Hit, filters: Filters, user: User) -> Place:
    """The position of a hit in the filtered list; a decided hit has a position too."""
    hits = matching(filters).filter(whose_(filters, user)).exclude(pk=hit.pk)
    key = (filters.order, hit.due_at, hit.priority, hit.id)
    ordering = _ordering(filters.order)
    counts = hits.aggregate(
        total=Count("pk"), before=Count("pk", filter=_beyond(*key, before=True))
    )
    ids = hits.order_by(*ordering).values_list("pk", flat=True)
    return Place(
        number=counts["before"] + 1,
        total=counts["total"] + 1,
        previous=ids.filter(_beyond(*key, before=True)).reverse().first(),
        following=ids.filter(_beyond(*key)).first(),
    )


def next_free(filters: Filters) -> QuerySet[Hit]:
    """Free hits in the order of the list, for `actions.take_next`."""
    return matching(filters).filter(claimed_by=None).order_by(*_ordering(filters.order))


def reasons(hit: Hit, opened: Iterable[Opened] = ()) -> list[Reason]:
    """Returns the reasons of a hit that are not void. Open reasons are first; the reasons are then
    sorted by contribution. Their evidence is set unless it is masked; masked evidence is set if it
    is in `opened` (from the vault).
    """
    found = list(hit.reasons.exclude(state=Reason.State.VOID).order_by("-contribution", "pk"))
    found.sort(key=lambda r: r.state != Reason.State.OPEN)
    rows = ReasonClear.objects.filter(
        reason_id__in=[r.id for r in found], retention_class=hit.retention_class, month=hit.month
    )
    evidence = dict(rows.values_list("reason_id", "evidence"))
    evidence |= {row.owner: row.values["evidence"] for row in opened if row.kind == "reason"}
    for reason in found:
        reason.evidence = evidence.get(reason.id, [])
    return found


def history(hit: Hit, opened: Iterable[Opened] = ()) -> list[Event]:
    """The events of a hit, oldest first."""
    return with_notes(hit, hit.events.select_related("by").order_by("at", "pk"), opened)


def result(hit: Hit) -> Result | None:
    """The last recorded result of the control of a decided hit; None if no result is recorded."""
    if hit.state != Hit.State.DECIDED:
        return None
    return hit.results.select_related("by").order_by("-at").first()


def decisions(hit: Hit, opened: Iterable[Opened] = ()) -> list[Decision]:
    """The decisions on a hit, latest first."""
    return with_texts(hit, hit.decisions.select_related("by", "second").order_by("-at"), opened)
