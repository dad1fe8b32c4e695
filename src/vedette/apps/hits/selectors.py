"""Contains the queries about the queue and about one hit. The queries about the queue return a page of open
hits, the counts, the floods, the changes, and the neighbours of a hit. The queries about a hit return its
reasons with evidence, its history and its decisions.

The queries use the partial indexes `hit_queue` and `hit_priority`. The tables of evidence and of free text
are read only for the hits on the page.
"""

from __future__ import annotations

import datetime as dt
import uuid
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import reduce
from operator import or_
from typing import Any
from urllib.parse import urlencode

from django.db.models import Count, Exists, Max, Min, OuterRef, Q, QuerySet, Subquery, Sum
from django.db.models.functions import Coalesce
from django.shortcuts import get_object_or_404
from django.utils import timezone

from vedette.apps import display
from vedette.apps.accounts.models import User
from vedette.apps.display import LEVELS
from vedette.apps.hits.models import (
    Decision,
    Event,
    FloodCount,
    Hit,
    Reason,
    ReasonClear,
    Result,
    SeenHit,
    TextClear,
)
from vedette.apps.subjects.kinds import app_kinds, queue_rows
from vedette.apps.subjects.models import Subject
from vedette.kinds import kinds

#: Number of rows on a page.
PAGE = 25
SOON = dt.timedelta(hours=2)
#: A hit that is past due for longer than this is at the end of the queue.
AGED = dt.timedelta(hours=2)
WHOSE = ("all", "free", "mine", "others")
ORDERS = ("due", "priority")
#: The filter by the time left → the count of the page (`Page.counts`).
DUE = {"past": "landed", "soon": "soon", "today": "today", "later": "later"}
ALL = "all"
#: Maximum number of characters of the filter by group. The number of a declaration has 18.
LONGEST_GROUP = 40


@dataclass(frozen=True)
class Filters:
    """The filters of the queue. All filters are in the address, so that the browser's Back button works."""

    whose: str = "all"
    level: int = 0
    kind: str = ""
    #: The name of a kind of subject; empty for all kinds.
    of: str = ""
    #: A text in which a kind of subject recognises the name or number of a group.
    group: str = ""
    #: A key of `DUE`: past due, due within two hours, later today, or after that; empty for all.
    due: str = ""
    #: A lane of clearance (`AppKind.clearance`).
    lane: str = ""
    order: str = "due"
    #: Which hits of floods are included. Empty: none. The id of an entry or a profile, in hex: only the hits
    #: of its flood. ALL: all.
    flood: str = ""

    @classmethod
    def read(cls, query: Any) -> Filters:
        """Reads the filters from the parameters of a request, and ignores invalid parameters."""
        level = query.get("priority", "")
        kind, whose = query.get("kind", ""), query.get("whose", "")
        order, due = query.get("order", ""), query.get("due", "")
        of, lane = query.get("of", ""), query.get("lane", "")
        return cls(
            whose=whose if whose in WHOSE else "all",
            level=int(level) if level in ("1", "2", "3", "4") else 0,
            kind=kind if kind in Reason.Kind.values else "",
            of=of if of in kinds() else "",
            group=" ".join(query.get("group", "").upper().split())[:LONGEST_GROUP],
            due=due if due in DUE else "",
            lane=lane if any(lane in kind.clearance for kind in app_kinds()) else "",
            order=order if order in ORDERS else "due",
            flood=_flood(query.get("flood", "")),
        )

    def query(self, **changes: Any) -> str:
        """Returns these filters, with `changes`, as a query string without default values."""
        f = replace(self, **changes)
        parts = {
            "whose": "" if f.whose == "all" else f.whose,
            "priority": f.level or "",
            "kind": f.kind,
            "of": f.of,
            "group": f.group,
            "due": f.due,
            "lane": f.lane,
            "order": "" if f.order == "due" else f.order,
            "flood": f.flood,
        }
        return urlencode({name: value for name, value in parts.items() if value})

    @property
    def active(self) -> bool:
        """Returns whether any filter is set. The sort order is not a filter."""
        set_ = (
            self.level or self.kind or self.of or self.group or self.due or self.flood or self.lane
        )
        return bool(set_ or self.whose != "all")


def _flood(text: str) -> str:
    try:
        return text if text == ALL else uuid.UUID(text).hex
    except ValueError:
        return ""


def open_hits() -> QuerySet[SeenHit]:
    """Returns the hits that the reader sees as open."""
    return SeenHit.objects.filter(full_state__in=Hit.OPEN, is_open=True)


def alone() -> QuerySet[SeenHit]:
    """Returns the open hits that do not belong to a flood."""
    # A hit of a flood has only reasons of floods, and so has each of its parts.
    hits = SeenHit.objects.filter(full_flood_id=None, full_flood_profile_id=None)
    return hits.filter(full_state__in=Hit.OPEN, is_alone=True)


def opened_since(since: dt.datetime) -> int:
    """Returns the number of hits that were opened since the given time."""
    # The index contains the opening times of the stored rows.
    recent = Q(in_parts=True) | Q(full_opened_at__gte=since)
    return SeenHit.objects.filter(recent, opened_at__gte=since).count()


def matching(filters: Filters, now: dt.datetime | None = None) -> QuerySet[SeenHit]:
    """Open hits that match the filters, regardless of who has claimed them."""
    within = due_(filters.due, now or timezone.now())
    if not filters.flood:
        return asked(alone(), filters).filter(within)
    hits = asked(open_hits(), filters).filter(within)
    if filters.flood == ALL:
        return hits
    by = uuid.UUID(filters.flood)
    # The condition is on one of the two columns only, so that the index of that column returns the page in
    # order. Few hits belong to the flood for only some of their readers.
    others = open_hits().filter(Q(flood_id=by) | Q(flood_profile_id=by), in_parts=True)
    ids = list(others.values_list("pk", flat=True))
    stored = open_hits().filter(full_flood_profile_id=by).exists()
    if stored or others.filter(flood_profile_id=by).exists():
        kind, full = Q(flood_profile_id=by), Q(full_flood_profile_id=by)
    else:
        kind, full = Q(flood_id=by), Q(full_flood_id=by)
    return hits.filter((full | Q(pk__in=ids)) if ids else full, kind)


def asked(hits: QuerySet[SeenHit], filters: Filters) -> QuerySet[SeenHit]:
    """The hits that match the filters of priority, kind of reason, kind of subject, group and lane."""
    if filters.of:
        hits = hits.filter(subject__kind=filters.of)
    if filters.level:
        least, most, _ = LEVELS[filters.level]
        hits = hits.filter(priority__gte=least, priority__lte=most)
    if filters.kind:
        reasons = Reason.objects.filter(kind=filters.kind, state=Reason.State.OPEN)
        hits = hits.filter(pk__in=reasons.values("hit_id"))
    if filters.group:
        meant = (kind.filter_groups(filters.group) for kind in app_kinds())
        hits = hits.filter(reduce(or_, (Q(group_id__in=groups) for groups in meant)))
    if filters.lane:
        of = [k.lane_subjects(filters.lane) for k in app_kinds() if k.lane_subjects is not None]
        hits = hits.filter(reduce(or_, (Q(subject_id__in=some) for some in of)))
    return hits


def due_(due: str, now: dt.datetime) -> Q:
    """Returns the condition that filters hits by the time left until they are due. The conditions of `DUE`
    exclude each other, and every hit matches one."""
    tomorrow = display.midnight(timezone.localdate(now) + dt.timedelta(days=1))
    soon = now + SOON
    return {
        "": Q(),
        "past": Q(due_at__lt=now),
        "soon": Q(due_at__gte=now, due_at__lt=soon),
        "today": Q(due_at__gte=soon, due_at__lt=tomorrow),
        "later": Q(due_at__gte=max(soon, tomorrow)),
    }[due]


def whose_(filters: Filters, user: User) -> Q:
    """Returns the condition that filters hits by the officer who has claimed them."""
    free, mine = Q(claimed_by=None), Q(claimed_by=user)
    return {"all": Q(), "free": free, "mine": mine, "others": ~free & ~mine}[filters.whose]


@dataclass(frozen=True)
class Flood:
    """The open hits of one flood, as one row of the queue."""

    #: One of the two is None.
    entry: uuid.UUID | None
    profile: uuid.UUID | None
    count: int
    highest: int
    very_high: int
    landed: int
    #: The earliest time in the future at which a decision on one of the hits is due; None if all are past
    #: due.
    next_at: dt.datetime | None
    since: dt.datetime


def floods(filters: Filters, user: User) -> list[Flood]:
    """Returns the floods among the hits that match the filters, in any order.

    The numbers are those that the workers counted last (`FloodCount`). If the filters select a group or a
    kind of subject, this function counts the hits.
    """
    # The workers do not count floods by the kind of subject.
    read = _of_group if filters.group or filters.of else _counted
    kinds = ("flood_id", "flood_profile_id")
    return [Flood(*row) for kind in kinds for row in read(filters, user, kind)]


def _counted(filters: Filters, user: User, kind: str) -> list[Any]:
    very_high = LEVELS[4][0]
    counts = FloodCount.objects.exclude(**{kind: None}).filter(whose_(filters, user))
    if filters.kind == Reason.Kind.PROFILE:
        counts = counts.exclude(flood_profile_id=None)
    elif filters.kind in (Reason.Kind.WATCHLIST, Reason.Kind.LOOKOUT):
        of_entry = Reason.objects.filter(entry_id=OuterRef("flood_id")).values("kind")[:1]
        counts = counts.annotate(kind=Subquery(of_entry)).filter(kind=filters.kind)
    elif filters.kind:
        return []
    if filters.level:
        least, most, _ = LEVELS[filters.level]
        counts = counts.filter(priority__gte=least, priority__lte=most)
    return list(
        counts.values_list("flood_id", "flood_profile_id").annotate(
            hits=Sum("count"), highest=Max("priority"),
            very_high=Coalesce(Sum("count", filter=Q(priority__gte=very_high)), 0),
            gone=Sum("landed"), next_one=Min("next_at"), first=Min("since"),
        )
    )  # fmt: skip


def _of_group(filters: Filters, user: User, kind: str) -> list[Any]:
    now, very_high = timezone.now(), LEVELS[4][0]
    hits = asked(open_hits().exclude(**{kind: None}), filters).filter(whose_(filters, user))
    return list(
        hits.values_list("flood_id", "flood_profile_id").annotate(
            hits=Count("pk"), highest=Max("priority"),
            very_high=Count("pk", filter=Q(priority__gte=very_high)),
            gone=Count("pk", filter=Q(due_at__lt=now)),
            next_one=Min("due_at", filter=Q(due_at__gte=now)), first=Min("opened_at"),
        )
    )  # fmt: skip


def _cursor(hit: SeenHit, count: int) -> str:
    """Returns the value that identifies a page of the queue in the URL. The page begins after `hit`, which
    has the position `count` in the list."""
    micros = round(hit.due_at.timestamp() * 1_000_000)
    return f"{micros}_{hit.priority}_{hit.subject_id.hex}_{count}"


def _read_cursor(text: str) -> tuple[tuple[dt.datetime, int, uuid.UUID], int] | None:
    """Parses the value that `_cursor` returned. Returns the sort key (due time, priority, subject) and the
    position of the hit after which the page begins. Returns None if the parsed value is invalid."""
    try:
        micros, priority, subject, count = text.split("_")
        due_at = dt.datetime.fromtimestamp(0, dt.UTC) + dt.timedelta(microseconds=int(micros))
        return (due_at, int(priority), uuid.UUID(subject)), int(count)
    except (ValueError, OverflowError):
        return None


def find(pk: uuid.UUID) -> SeenHit:
    """Returns a hit that the reader may see. Raises `Http404` if the reader may not see the hit."""
    return get_object_or_404(SeenHit.objects.select_related("subject", "claimed_by"), pk=pk)


@dataclass(frozen=True)
class Row:
    """One hit of the queue with its open reasons, and `shown`, the data of its subject."""

    hit: SeenHit
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


def in_order(hits: QuerySet[SeenHit], filters: Filters) -> QuerySet[SeenHit]:
    """Returns the hits in the order that the filters select.

    Hits with the same time and priority are sorted by the id of the subject. The id of the hit is not used as
    a sort key, because the id could reveal that the hit is older than the user may know.
    """
    first = ("due_at", "-priority") if filters.order == "due" else ("-priority", "due_at")
    return hits.order_by(*first, "subject_id")


def _beyond(
    order: str, due_at: dt.datetime, priority: int, subject: uuid.UUID, *, before: bool = False
) -> Q:
    """Returns the condition for the hits after the given position or, if `before` is true, for the hits
    before this position. The first part of the condition limits the range of the index that PostgreSQL
    reads."""
    # Hits are sorted by ascending time, descending priority and ascending subject; or by descending priority,
    # ascending time and ascending subject.
    later, earlier = ("lt", "gt") if before else ("gt", "lt")
    keys = [("due_at", later, due_at), ("priority", earlier, priority)]
    (first, way, value), (second, way_2, value_2) = keys if order == "due" else keys[::-1]
    tie = Q(**{f"{second}__{way_2}": value_2}) | Q(
        **{second: value_2, f"subject_id__{later}": subject}
    )
    return Q(**{f"{first}__{way}e": value}) & (Q(**{f"{first}__{way}": value}) | tie)


def page(filters: Filters, user: User, after: str = "") -> Page:
    """Returns one page of the queue. All counts of the page are returned by one query over the index of open
    hits."""
    now = timezone.now()
    # The numbers by time left do not depend on the filter by time left.
    hits, taken = matching(replace(filters, due="")), whose_(filters, user)
    within = due_(filters.due, now)
    counts = hits.aggregate(
        all=Count("pk", filter=within) if within else Count("pk"),
        free=Count("pk", filter=within & Q(claimed_by=None)),
        mine=Count("pk", filter=within & Q(claimed_by=user)),
        total=Count("pk", filter=taken) if taken else Count("pk"),
        landed=Count("pk", filter=taken & due_("past", now)),
        aged=Count("pk", filter=taken & Q(due_at__lt=now - AGED)),
        soon=Count("pk", filter=taken & due_("soon", now)),
        today=Count("pk", filter=taken & due_("today", now)),
    )
    counts["others"] = counts["all"] - counts["free"] - counts["mine"]
    total = counts.pop("total")
    counts["later"] = total - counts["landed"] - counts["soon"] - counts["today"]
    if filters.due:
        total = counts[DUE[filters.due]]
    key, start = _read_cursor(after) or (None, 0)
    # The first queries read only ids, from the index alone. The planner cannot estimate the row-level
    # security policies, so that with one query it would read and sort all hits.
    ids = _ids(hits.filter(taken & within), filters, now, key)
    details = SeenHit.objects.select_related("subject", "claimed_by").in_bulk(ids)
    found = [details[pk] for pk in ids if pk in details]
    shown = found[:PAGE]
    return Page(
        rows=rows(shown),
        counts=counts,
        total=total,
        first=start + 1,
        following=_cursor(shown[-1], start + PAGE) if len(found) > PAGE else "",
        at=now,
        # The counts of floods do not state the time left of each hit.
        floods=floods(filters, user) if _with_floods(filters) else [],
    )


def _with_floods(filters: Filters) -> bool:
    return filters.flood != ALL and bool(filters.flood or not filters.due)


def _ids(
    hits: QuerySet[SeenHit],
    filters: Filters,
    now: dt.datetime,
    key: tuple[dt.datetime, int, uuid.UUID] | None,
) -> list[uuid.UUID]:
    """Returns the ids of the hits on the page after the position `key`, and the id of the next hit. Aged hits
    (past due for more than two hours) are last."""
    ids: list[uuid.UUID] = []
    parts = [Q(due_at__gte=now - AGED), Q(due_at__lt=now - AGED)]
    if key is not None:
        # A part that the position has passed is left out.
        parts = parts[key[0] < now - AGED :]
        parts[0] &= _beyond(filters.order, *key)
    for part in parts:
        some = in_order(hits.filter(part), filters).values_list("pk", flat=True)
        ids += some[: PAGE + 1 - len(ids)]
        if len(ids) > PAGE:
            break
    return ids


def to_take(filters: Filters, now: dt.datetime) -> list[QuerySet[SeenHit]]:
    """Returns sets of unclaimed hits. An officer claims the first hit of the first set that is not empty. If
    the queue is sorted by time, the hits that are due within two hours are first, highest priority first. The
    hits that have been past due for less than two hours follow in the same order. The hits that are due later
    follow in order of time. Hits of subjects whose processing is restricted are left out.
    """
    # A scalar subquery is not joined, so that the index of the queue is still read in order.
    restricted = Subject.objects.filter(pk=OuterRef("subject_id")).values("restricted")[:1]
    free = matching(filters).filter(claimed_by=None)
    free = free.alias(restricted=Subquery(restricted)).exclude(restricted=True)
    urgent = replace(filters, order="priority")
    first = (
        [
            in_order(free.filter(due_at__gte=now, due_at__lt=now + SOON), urgent),
            in_order(free.filter(due_at__gte=now - AGED, due_at__lt=now), urgent),
            in_order(free.filter(due_at__gte=now + SOON), filters),
        ]
        if filters.order == "due"
        else [in_order(free.filter(due_at__gte=now - AGED), filters)]
    )
    return [*first, in_order(free.filter(due_at__lt=now - AGED), filters)]


def group_of(hit: SeenHit, now: dt.datetime) -> str:
    """Returns the group by due time to which the hit belongs in a queue that is sorted by time. The groups
    are `landed` (past due), `soon`, `today`, `later` and `aged` (past due for more than two hours).
    """
    if hit.due_at < now - AGED:
        return "aged"
    if hit.due_at < now + SOON:
        return "landed" if hit.due_at < now else "soon"
    today = timezone.localdate(hit.due_at) == timezone.localdate(now)
    return "today" if today else "later"


def rows(hits: Sequence[SeenHit]) -> list[Row]:
    """Returns the hits with their subjects and open reasons; the strongest reason is first."""
    shown = queue_rows([hit.subject_id for hit in hits])
    reasons: dict[uuid.UUID, list[Reason]] = defaultdict(list)
    some = Reason.objects.filter(hit__in=[h.id for h in hits], state=Reason.State.OPEN)
    for reason in some.order_by("-contribution", "created_at"):
        reasons[reason.hit_id].append(reason)
    return [Row(h, shown[h.subject_id], reasons[h.id]) for h in hits]


@dataclass(frozen=True)
class Decided:
    """A decision with its hit and the data of its subject. The hit and the data are None if the reader does
    not see the hit."""

    decision: Decision
    hit: SeenHit | None
    shown: dict[str, Any] | None
    #: The recorded outcome of the control, or `MISSING`. Empty if the decision was followed by no control, or
    #: if it is not the last decision of a decided hit.
    outcome: str


#: A control followed the decision, and its result is not recorded.
MISSING = "missing"
_LATER = Decision.objects.filter(hit_id=OuterRef("hit_id"), at__gt=OuterRef("at"))


def decisions_since(since: dt.datetime, by: uuid.UUID | None) -> QuerySet[Decision]:
    """Returns the decisions since a time, by one officer or by all."""
    found = Decision.objects.filter(at__gte=since)
    return found if by is None else found.filter(by=by)


def without_result(found: QuerySet[Decision]) -> QuerySet[Decision]:
    """Returns the decisions that were followed by a control whose result is not recorded. Only the last
    decision on each decided hit is returned; releases are left out."""
    results = Result.objects.filter(hit_id=OuterRef("hit_id"))
    hits = SeenHit.objects.filter(pk=OuterRef("hit_id"), state=Hit.State.DECIDED)
    controlled = found.exclude(choice=Decision.Choice.RELEASE)
    return controlled.filter(~Exists(_LATER), ~Exists(results), Exists(hits))


def decided(found: QuerySet[Decision], start: int) -> tuple[list[Decided], int]:
    """Returns a page of these decisions, latest first, and their number. `start` is the number of decisions
    on the previous pages."""
    ordered = found.select_related("by").annotate(last=~Exists(_LATER)).order_by("-at", "pk")
    some = list(ordered[start : start + PAGE])
    results = Result.objects.filter(hit_id__in=[one.hit_id for one in some]).order_by("at")
    outcomes = dict(results.values_list("hit_id", "outcome"))
    hits = SeenHit.objects.select_related("subject").in_bulk([one.hit_id for one in some])
    shown = queue_rows([hit.subject_id for hit in hits.values()])
    rows = [
        Decided(one, hit, shown.get(hit.subject_id) if hit else None, _outcome(one, hit, outcomes))
        for one in some
        for hit in [hits.get(one.hit_id)]
    ]
    return rows, found.count()


def _outcome(decision: Any, hit: SeenHit | None, outcomes: Mapping[uuid.UUID, str]) -> str:
    if (
        hit is None
        or hit.state != Hit.State.DECIDED
        or not decision.last
        or decision.choice == Decision.Choice.RELEASE
    ):
        return ""
    return outcomes.get(decision.hit_id, MISSING)


@dataclass(frozen=True)
class Changes:
    """The number of new hits, and the current state of the rows on the page."""

    new: int
    rows: list[SeenHit]
    at: dt.datetime


def changes(
    filters: Filters, user: User, since: dt.datetime, last: dt.datetime, shown: list[uuid.UUID]
) -> Changes | None:
    """Returns what has changed since the time `last` on a page that was made at the time `since`. Returns
    None if there are no changes and no new minute has begun. In this case, the times on the page are still
    correct.
    """
    now = timezone.now()
    minute = now.replace(second=0, microsecond=0) > last
    if not minute and not _changed(last):
        return None
    new = matching(filters).filter(
        whose_(filters, user), full_changed_at__gt=since, changed_at__gt=since, opened_at__gt=since
    )
    rows = SeenHit.objects.filter(pk__in=shown[:PAGE]).select_related("claimed_by", "subject")
    return Changes(new.count(), list(rows), now)


def _changed(last: dt.datetime) -> bool:
    """Whether any hit that the user sees has changed after the time `last`. If any part of a hit changes, the
    stored row of the hit also gets a new time of change."""
    return SeenHit.objects.filter(full_changed_at__gt=last, changed_at__gt=last).exists()


@dataclass(frozen=True)
class Place:
    """The position of a hit in a filtered list, and its neighbours."""

    number: int
    total: int
    previous: uuid.UUID | None
    following: uuid.UUID | None


def place(hit: SeenHit, filters: Filters, user: User) -> Place:
    """Returns the position of a hit in the filtered list. A decided hit also has a position in the list."""
    hits = matching(filters).filter(whose_(filters, user)).exclude(pk=hit.pk)
    key = (filters.order, hit.due_at, hit.priority, hit.subject_id)
    aged = Q(due_at__lt=timezone.now() - AGED)
    is_aged = hit.due_at < timezone.now() - AGED
    own, other = (aged, ~aged) if is_aged else (~aged, aged)
    before = own & _beyond(*key, before=True)
    counts = hits.aggregate(
        total=Count("pk"), before=Count("pk", filter=before | other if is_aged else before)
    )
    ids = in_order(hits, filters).values_list("pk", flat=True)
    previous, following = ids.filter(before).reverse(), ids.filter(own & _beyond(*key))
    return Place(
        number=counts["before"] + 1,
        total=counts["total"] + 1,
        previous=previous.first() or (ids.filter(other).reverse().first() if is_aged else None),
        following=following.first() or (None if is_aged else ids.filter(other).first()),
    )


# The argument `opened` of the functions below contains the rows of the vault that the reader may see
# temporarily. Each row has an owner, a kind and values.


def reasons(hit: SeenHit, opened: Iterable[Any] = ()) -> list[Reason]:
    """Returns the reasons of a hit that are not void. Open reasons are first; the reasons are then sorted by
    contribution. The evidence of a reason is left out if it is masked and is not in `opened`.
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


def history(hit: SeenHit, opened: Iterable[Any] = ()) -> list[Event]:
    """The events of a hit, oldest first, with the `text` of each note. The text is None if the note is masked
    and not in `opened`."""
    found = list(hit.events.select_related("by").order_by("at", "pk"))
    ids = {e.pk: uuid.UUID(e.params["text"]) for e in found if "text" in e.params}
    texts = _texts(hit, ids.values(), opened) if ids else {}
    for event in found:
        event.priority = (event.seen or {}).get(str(event.pairs & hit.seen), event.priority)
        event.text = texts.get((ids[event.pk], "note")) if event.pk in ids else ""
    return found


def result(hit: SeenHit) -> Result | None:
    """The last recorded result of the control of a decided hit; None if no result is recorded."""
    results = hit.results.select_related("by").order_by("-at")
    return results.first() if hit.state == Hit.State.DECIDED else None


def decisions(hit: SeenHit, opened: Iterable[Any] = ()) -> list[Decision]:
    """The decisions on a hit, latest first, with the texts `why` and `basis`, which are None if the texts are
    masked and not in `opened`."""
    found = list(hit.decisions.select_related("by", "second").order_by("-at"))
    texts = _texts(hit, (one.id for one in found), opened)
    for one in found:
        one.why = texts.get((one.id, "why"))
        one.basis = texts.get((one.id, "basis"), "" if one.why is not None else None)
    return found


def _texts(
    hit: SeenHit, owners: Iterable[uuid.UUID], opened: Iterable[Any]
) -> dict[tuple[uuid.UUID, str], str]:
    """The free texts of decisions and notes of a hit, by owner and kind."""
    found = TextClear.objects.filter(
        owner_id__in=list(owners), retention_class=hit.retention_class, month=hit.month
    )
    texts = {(row.owner, row.kind): row.values["text"] for row in opened if "text" in row.values}
    return texts | {(one.owner_id, one.kind): one.text for one in found}
