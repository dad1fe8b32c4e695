"""Queries about lists: lists with their results, entries, differences between versions, and lookouts."""

from __future__ import annotations

import datetime as dt
import uuid
from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from contextlib import suppress
from dataclasses import dataclass

from django.db.models import Count, Func, IntegerField, Q, QuerySet
from django.utils import timezone

from vedette.apps import query
from vedette.apps.accounts.models import Approval
from vedette.apps.hits.fairness import SAYS_LITTLE, Groups, report
from vedette.apps.hits.models import Reason
from vedette.apps.hits.selectors import open_hits
from vedette.apps.lists.actions import compare
from vedette.apps.lists.models import (
    ListEntry,
    ListSubscription,
    ListVersion,
    Lookout,
    Watchlist,
)
from vedette.apps.lists.reading import ReadList
from vedette.apps.subjects.kinds import app_kinds
from vedette.core.entries import Entry
from vedette.core.names import fold
from vedette.formats import lists

PAGE = 30


@dataclass(frozen=True)
class Entries:
    """One page of entries. `following` is the id of the last entry on the page, after which the next page
    begins. On the last page, `following` is empty. `following` is an id because a URL must not contain a
    name."""

    rows: list[ListEntry]
    total: int
    following: str


def kinds(watchlist: Watchlist) -> list[tuple[str, int]]:
    """Returns the number of current entries of each schema, the greatest number first."""
    rows = (
        ListEntry.objects.filter(watchlist=watchlist, until=None)
        .values_list("content__schema")
        .annotate(n=Count("pk"))
        .order_by("-n")
    )
    return [(schema or "Person", n) for schema, n in rows]


def pending(watchlist: Watchlist) -> Approval | None:
    """Returns the request to activate a new version of a list that waits for a second person."""
    return (
        Approval.objects.select_related("asked_by")
        .filter(kind=Approval.Kind.LIST, state=Approval.State.ASKED, expires_at__gt=timezone.now())
        .filter(organisation=watchlist.organisation_id, detail__name=watchlist.name)
        .order_by("-asked_at")
        .first()
    )


def entry(watchlist: Watchlist, pk: str) -> Entries:
    """Returns one entry, also if a later version ended it."""
    with suppress(ValueError):
        found = list(ListEntry.objects.filter(watchlist=watchlist, pk=uuid.UUID(pk)))
        return Entries(found, len(found), "")
    return Entries([], 0, "")


def entries(watchlist: Watchlist, query: str = "", after: str = "") -> Entries:
    """Returns the current entries, sorted by name. `query` is a part of a name or alias, or an exact id
    (`ref`) or number."""
    found = ListEntry.objects.filter(watchlist=watchlist, until=None)
    query = " ".join(query.replace("\0", "").split())[:200]
    if query:
        folded = fold(query)
        match = Q(ref__iexact=query) | Q(content__names__icontains=query)
        match |= Q(content__identifiers__contains=[{"value": query}])
        if folded and not any(c.isdigit() for c in query):  # folding removes digits
            match |= Q(name_key__contains=folded)
        found = found.filter(match)
    total = found.count()
    with suppress(ValueError, ListEntry.DoesNotExist):
        # The last entry of the page before is found even if an import has ended it since.
        last = ListEntry.objects.get(watchlist=watchlist, pk=uuid.UUID(after))
        found = found.filter(
            Q(name_key__gt=last.name_key) | Q(name_key=last.name_key, id__gt=last.pk)
        )
    page = list(found.order_by("name_key", "id")[: PAGE + 1])
    following = str(page[PAGE - 1].pk) if len(page) > PAGE else ""
    return Entries(page[:PAGE], total, following)


#: A list is marked if it expires within this number of days.
SOON = 30
#: The number of days for which the reasons of a list are counted.
PERIOD = 90

_BROUGHT = """
    SELECT e.watchlist_id, r.answer, count(*) AS reasons
    FROM lists_listentry e JOIN reason_answer r ON r.entry_id = e.id AND r.created_at >= %(since)s
    WHERE e.watchlist_id = ANY(%(lists)s) GROUP BY 1, 2
"""


#: The reasons of one list in `PERIOD` days, with the hits that they belong to.
_REASONS = """
    SELECT r.hit_id AS hit, r.answer FROM lists_listentry e
    JOIN reason_answer r ON r.entry_id = e.id AND r.created_at >= %(since)s
    WHERE e.watchlist_id = %(watchlist)s
"""


@dataclass(frozen=True)
class Group:
    """The number of reasons of a list or of a group of subjects, by answer. Reasons that are not decided
    count as open."""

    raised: int
    another: int
    unsure: int
    same: int
    open: int

    @property
    def other(self) -> int:
        """The number of reasons that need no answer or do not apply any more."""
        return self.raised - self.another - self.unsure - self.same - self.open

    @property
    def share(self) -> int | None:
        """The percentage of answers that are “another person”; None if there are too few answers."""
        answered = self.another + self.unsure + self.same
        return round(100 * self.another / answered) if answered >= SAYS_LITTLE else None


def _group(answers: Counter[str]) -> Group:
    return Group(
        raised=answers.total(),
        another=answers["another"],
        unsure=answers["unsure"],
        same=answers["same"],
        open=answers["open"],
    )


@dataclass(frozen=True)
class ListRow:
    """A list as a row of the page of lists."""

    watchlist: Watchlist
    version: ListVersion | None
    brings: Group
    #: The number of days until the list expires, negative after that; None if it does not expire.
    days_left: int | None

    @property
    def expired(self) -> bool:
        """Whether the last day of the list is over."""
        return self.days_left is not None and self.days_left < 0

    @property
    def expires_soon(self) -> bool:
        """Whether the list expires within a month."""
        return self.days_left is not None and 0 <= self.days_left <= SOON


def groups(watchlist: uuid.UUID) -> list[Groups[Group]]:
    """Returns the number of reasons in the last `PERIOD` days, by group of subjects."""
    since = timezone.now() - dt.timedelta(days=PERIOD)
    return report(_REASONS, {"watchlist": watchlist, "since": since}, _group)


def all_lists() -> list[ListRow]:
    """Returns all lists except the list of lookouts, sorted by name."""
    return list_rows(list(Watchlist.objects.filter(lookouts=False).order_by("name")))


def list_rows(lists: list[Watchlist]) -> list[ListRow]:
    """Returns these lists as rows of the table."""
    ids = [watchlist.pk for watchlist in lists]
    latest = ListVersion.objects.filter(watchlist__in=ids).order_by("watchlist", "-number")
    current = {version.watchlist_id: version for version in latest.distinct("watchlist")}
    now = timezone.now()
    answers: dict[uuid.UUID, Counter[str]] = defaultdict(Counter)
    for row in query.dicts(_BROUGHT, {"lists": ids, "since": now - dt.timedelta(days=PERIOD)}):
        answers[row["watchlist_id"]][row["answer"]] = row["reasons"]
    return [
        ListRow(
            watchlist=watchlist,
            version=current.get(watchlist.pk),
            brings=_group(answers[watchlist.pk]),
            days_left=(watchlist.expires_on - now.date()).days if watchlist.expires_on else None,
        )
        for watchlist in lists
    ]


@dataclass(frozen=True)
class Subscribed:
    """A subscription, and whether a version waits for a second person."""

    subscription: ListSubscription
    waits: bool


def subscriptions() -> list[Subscribed]:
    """Returns the subscriptions that have not ended, sorted by the names of their lists."""
    rows = list(ListSubscription.objects.filter(ended_at=None).select_related("created_by"))
    asked = set(
        Approval.objects.filter(
            subject__in=[str(row.offered) for row in rows], state=Approval.State.ASKED
        ).values_list("subject", flat=True)
    )
    return [
        Subscribed(row, str(row.offered) in asked)
        for row in sorted(rows, key=lambda row: str(row.terms["name"]))
    ]


def versions(watchlist: Watchlist) -> QuerySet[ListVersion]:
    """Returns the versions of a list, latest first. The problems of the versions are not loaded."""
    return (
        ListVersion.objects.filter(watchlist=watchlist)
        .select_related("imported_by")
        .annotate(
            problem_count=Func(
                "problems", function="jsonb_array_length", output_field=IntegerField()
            )
        )
        .defer("problems")
        .order_by("-number")
    )


KINDS = ("added", "changed", "removed")


@dataclass(frozen=True)
class Change:
    """An entry that is added, changed or removed. `fields` are the fields that changed."""

    kind: str
    entry: Entry
    fields: tuple[lists.FieldChange, ...] = ()
    #: The open hits that are based on the changed or removed entry.
    hits: Sequence[uuid.UUID] = ()


@dataclass(frozen=True)
class Effect:
    """The effect of a change. `compared` maps each kind to the number of its subjects that are compared with
    the list. `open_hits` is the number of open hits that are based on a changed entry."""

    compared: dict[str, int]
    open_hits: int


@dataclass(frozen=True)
class Outline:
    """A change without the content of the entry. A page counts all changes in this form, and loads the
    content only for the changes that it shows."""

    kind: str
    ref: str
    old: uuid.UUID | None = None
    new: uuid.UUID | None = None


def outline(watchlist: Watchlist, earlier: int, later: int) -> list[Outline]:
    """Returns the changes from version `earlier` to version `later`. Version 0 is the empty list before the
    first version."""
    found = ListEntry.objects.filter(watchlist=watchlist).order_by("ref")
    ended = found.filter(since__lte=earlier, until__gt=earlier, until__lte=later)
    begun = found.filter(Q(until=None) | Q(until__gt=later), since__gt=earlier, since__lte=later)
    columns = ("ref", "pk", "content_hash")
    old = {ref: (pk, hash) for ref, pk, hash in ended.values_list(*columns)}
    new = {ref: (pk, hash) for ref, pk, hash in begun.values_list(*columns)}
    both = [ref for ref in new if ref in old and old[ref][1] != new[ref][1]]
    return [
        *(Outline("changed", ref, old[ref][0], new[ref][0]) for ref in both),
        *(Outline("added", ref, None, new[ref][0]) for ref in new if ref not in old),
        *(Outline("removed", ref, old[ref][0]) for ref in old if ref not in new),
    ]


def details(outlined: Sequence[Outline]) -> list[Change]:
    """Returns these changes with the content of their entries."""
    old = ListEntry.objects.filter(pk__in=[one.old for one in outlined if one.old]).order_by("ref")
    new = ListEntry.objects.filter(pk__in=[one.new for one in outlined if one.new]).order_by("ref")
    return _changes(list(old), [row.entry for row in new])


def changes(watchlist: Watchlist, earlier: int, later: int) -> list[Change]:
    """Returns all changes from version `earlier` to version `later`, with the content of their entries."""
    return details(outline(watchlist, earlier, later))


def preview(watchlist: Watchlist | None, read: ReadList) -> list[Change]:
    """Returns the changes that an import of `read` would make."""
    current = ListEntry.objects.filter(watchlist=watchlist, until=None)
    hashes = dict(current.values_list("ref", "content_hash")) if watchlist else {}
    found = compare(hashes, read.items)
    touched = [*(item.entry.ref for item in found.changed), *found.removed]
    new = [item.entry for item in (*found.added, *found.changed)]
    return _changes(list(current.filter(ref__in=touched)), new)


def effect(changed: Iterable[Change]) -> Effect:
    """Returns the effect of these changes. New hits are not counted, because workers find them after the
    import."""
    return Effect(
        compared={kind.name: kind.compared() for kind in app_kinds()},
        open_hits=len({hit for change in changed for hit in change.hits}),
    )


def _changes(old: list[ListEntry], new: list[Entry]) -> list[Change]:
    refs: dict[uuid.UUID | None, str] = {row.pk: row.ref for row in old}
    reasons = Reason.objects.filter(entry_id__in=list(refs), hit_id__in=open_hits().values("pk"))
    hits: dict[str, list[uuid.UUID]] = defaultdict(list)
    for entry, hit in reasons.values_list("entry_id", "hit").distinct().order_by("entry_id", "hit"):
        hits[refs[entry]].append(hit)
    found = lists.diff([row.entry for row in old], new)
    return [
        *(Change("changed", c.after, c.fields, hits[c.after.ref]) for c in found.changed),
        *(Change("added", entry) for entry in found.added),
        *(Change("removed", entry, (), hits[entry.ref]) for entry in found.removed),
    ]


#: The number of ended lookouts that are shown, latest first.
SHOWN = 50


@dataclass(frozen=True)
class Row:
    """A lookout with its entry and the number of its hits."""

    lookout: Lookout
    entry: Entry
    hits: int


@dataclass(frozen=True)
class Lookouts:
    """Lookouts by state. `review` contains the expired lookouts that no supervisor has reviewed."""

    review: list[Row]
    active: list[Row]
    ended: list[Row]
    ended_total: int


def lookouts() -> Lookouts:
    """Returns all lookouts that are active or wait for review, and the last `SHOWN` lookouts that have
    ended."""
    now = timezone.now()
    rows = Lookout.objects.select_related("entry", "created_by", "reviewed_by")
    going = rows.filter(ended_at=None)
    ended = rows.exclude(ended_at=None)
    return Lookouts(
        review=_lookout_rows(going.filter(expires_at__lte=now).order_by("expires_at")),
        active=_lookout_rows(going.filter(expires_at__gt=now).order_by("-created_at")),
        ended=_lookout_rows(ended.order_by("-ended_at")[:SHOWN]),
        ended_total=ended.count(),
    )


def _lookout_rows(found: Iterable[Lookout]) -> list[Row]:
    held = list(found)
    hits: dict[uuid.UUID, int] = dict(
        Reason.objects.filter(entry_id__in=[lookout.pk for lookout in held])
        .values_list("entry_id")
        .annotate(n=Count("hit", distinct=True))
        .order_by()
    )
    return [Row(one, one.entry.entry, hits.get(one.pk, 0)) for one in held]
