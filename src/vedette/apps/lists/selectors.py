"""Queries about lists: lists with their results, entries, differences between versions, and lookouts."""

from __future__ import annotations

import datetime as dt
import uuid
from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import msgspec
from django.db.models import Count, Func, IntegerField, Q, QuerySet
from django.utils import timezone

from vedette.apps import query
from vedette.apps.hits.models import ClearedPair, Hit, Reason
from vedette.apps.lists.actions import compare
from vedette.apps.lists.models import ListEntry, ListVersion, Lookout, Watchlist
from vedette.apps.lists.reading import ReadList
from vedette.apps.subjects.kinds import app_kinds
from vedette.core.entries import Entry
from vedette.core.names import fold
from vedette.formats import lists

PAGE = 30


@dataclass(frozen=True)
class Found:
    """A current entry, with the number of the version that first contained it."""

    id: uuid.UUID
    entry: Entry
    since: int


@dataclass(frozen=True)
class Entries:
    """One page of entries. `following` is the id of the last entry on the page, after which the next page
    begins; it is empty on the last page. `following` is an id because a URL must not contain a
    name."""

    rows: list[Found]
    total: int
    following: str


def entry_of(row: ListEntry) -> Entry:
    """Converts the content of a row to an entry."""
    return msgspec.convert(row.content, Entry)


def kinds(watchlist: Watchlist) -> list[tuple[str, int]]:
    """Returns the number of current entries of each schema, largest first."""
    rows = (
        ListEntry.objects.filter(watchlist=watchlist, until=None)
        .values_list("content__schema")
        .annotate(n=Count("pk"))
        .order_by("-n")
    )
    return [(schema or "Person", n) for schema, n in rows]


def entries(watchlist: Watchlist, query: str = "", after: str = "") -> Entries:
    """Returns the current entries, sorted by name. `query` is a part of a name or alias, or an exact ref or
    number."""
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
    last = _entry(watchlist, after)
    if last is not None:
        found = found.filter(
            Q(name_key__gt=last.name_key) | Q(name_key=last.name_key, id__gt=last.pk)
        )
    page = list(found.order_by("name_key", "id")[: PAGE + 1])
    more = len(page) > PAGE
    page = page[:PAGE]
    return Entries(
        rows=[Found(id=row.pk, entry=entry_of(row), since=row.since) for row in page],
        total=total,
        following=str(page[-1].pk) if more else "",
    )


def _entry(watchlist: Watchlist, text: str) -> ListEntry | None:
    """Returns the entry of this list with the id, even if the entry is not current; None if there is no such
    entry."""
    try:
        key = uuid.UUID(text)
    except ValueError:
        return None
    return ListEntry.objects.filter(watchlist=watchlist, pk=key).first()


#: A list is marked if it expires within this number of days.
SOON = 30
#: The number of days for which the reasons of a list are counted.
PERIOD = 90

_BROUGHT = """
    SELECT e.watchlist_id, r.answer, count(*) AS reasons
    FROM lists_listentry e JOIN reason_answer r ON r.entry_id = e.id AND r.created_at >= %(since)s
    WHERE e.watchlist_id = ANY(%(lists)s) GROUP BY 1, 2
"""


@dataclass(frozen=True)
class Brings:
    """The number of reasons of a list in `PERIOD` days, by answer. Reasons that are not decided count as
    open."""

    another: int = 0
    unsure: int = 0
    same: int = 0
    open: int = 0
    other: int = 0

    @property
    def total(self) -> int:
        """The number of all reasons."""
        return self.another + self.unsure + self.same + self.open + self.other


@dataclass(frozen=True)
class ListRow:
    """A row of the table of lists."""

    watchlist: Watchlist
    version: ListVersion | None
    brings: Brings
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


def brings(lists: Iterable[uuid.UUID]) -> dict[uuid.UUID, Brings]:
    """Returns the number of reasons of each list in the last `PERIOD` days."""
    since = timezone.now() - dt.timedelta(days=PERIOD)
    counted: dict[uuid.UUID, dict[str, int]] = defaultdict(dict)
    for row in query.dicts(_BROUGHT, {"lists": list(lists), "since": since}):
        counted[row["watchlist_id"]][row["answer"]] = row["reasons"]
    return {pk: Brings(**words) for pk, words in counted.items()}


def list_row(watchlist: Watchlist) -> ListRow:
    """Returns one list as a row of the table."""
    return _rows([watchlist])[0]


def all_lists() -> list[ListRow]:
    """Returns all lists except the list of lookouts, sorted by name."""
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
    """Returns the versions of a list, latest first. The problems of the versions are not loaded."""
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


KINDS = ("added", "changed", "removed")


@dataclass(frozen=True)
class Change:
    """An entry that is added, changed or removed. `fields` are the fields that changed."""

    kind: str
    entry: Entry
    fields: tuple[lists.FieldChange, ...] = ()
    #: The open hits that are based on the changed or removed entry.
    hits: tuple[uuid.UUID, ...] = ()


@dataclass(frozen=True)
class Effect:
    """The effect of a change. `compared`: for each kind, the number of subjects of this kind that are
    compared with the list. `open_hits`: the number of open hits that are based on a changed entry. `cleared`:
    the number of cleared pairs that are based on a removed entry."""

    compared: dict[str, int]
    open_hits: int
    cleared: int


@dataclass(frozen=True)
class Outline:
    """A change without the content of the entry. With outlines, a page counts all changes and loads
    only the changes that it shows."""

    kind: str
    ref: str
    old: uuid.UUID | None = None
    new: uuid.UUID | None = None


def outline(watchlist: Watchlist, earlier: int, later: int) -> list[Outline]:
    """Returns the changes from version `earlier` to version `later`. Version 0 is the empty list before the
    first version."""
    old = {ref: (pk, hash) for pk, ref, hash in _between(watchlist, earlier, later, ending=True)}
    new = {ref: (pk, hash) for pk, ref, hash in _between(watchlist, earlier, later, ending=False)}
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
    return _changes(list(old), [entry_of(row) for row in new])


def changes(watchlist: Watchlist, earlier: int, later: int) -> list[Change]:
    """Returns all changes from version `earlier` to version `later`, with the content of their entries."""
    return details(outline(watchlist, earlier, later))


def preview(watchlist: Watchlist | None, read: ReadList) -> list[Change]:
    """Returns the changes that an import of `read` would make."""
    current = ListEntry.objects.filter(watchlist=watchlist, until=None)
    hashes = dict(current.values_list("ref", "content_hash")) if watchlist else {}
    found = compare(hashes, read.items)
    touched = [*(item.entry.ref for item in found.changed), *found.removed]
    old = list(current.filter(ref__in=touched)) if touched else []
    return _changes(old, [item.entry for item in (*found.added, *found.changed)])


def effect(changed: Iterable[Change]) -> Effect:
    """Returns the effect of these changes. New hits are not counted, because workers find them after the
    import."""
    found = list(changed)
    hits = {hit for change in found for hit in change.hits}
    hashes = [lists.entry_hash(c.entry) for c in found if c.kind == "removed"]
    return Effect(
        compared={kind.name: kind.compared() for kind in app_kinds()},
        open_hits=len(hits),
        cleared=ClearedPair.objects.filter(entry_hash__in=hashes).count() if hashes else 0,
    )


def counts(changed: Iterable[Change | Outline]) -> dict[str, int]:
    """Returns the number of changes of each kind."""
    found = Counter(change.kind for change in changed)
    return {kind: found[kind] for kind in KINDS}


def _between(
    watchlist: Watchlist, earlier: int, later: int, ending: bool
) -> Iterable[tuple[uuid.UUID, str, str]]:
    """Returns id, ref and hash of the entries that are valid in only one of the two versions. If `ending` is
    true, the entries are taken from version `earlier`, otherwise from version `later`."""
    rows = ListEntry.objects.filter(watchlist=watchlist).order_by("ref")
    if ending:
        rows = rows.filter(since__lte=earlier, until__gt=earlier, until__lte=later)
    else:
        alive = Q(until=None) | Q(until__gt=later)
        rows = rows.filter(alive, since__gt=earlier, since__lte=later)
    return rows.values_list("pk", "ref", "content_hash")


def _changes(old: list[ListEntry], new: list[Entry]) -> list[Change]:
    before = [entry_of(row) for row in old]
    ids = {row.ref: row.pk for row in old}
    hits = _open_hits(ids.values())
    found = lists.diff(before, new)
    return [
        *(
            Change("changed", c.after, c.fields, hits.get(ids[c.after.ref], ()))
            for c in found.changed
        ),
        *(Change("added", entry) for entry in found.added),
        *(Change("removed", entry, (), hits.get(ids[entry.ref], ())) for entry in found.removed),
    ]


def _open_hits(entries: Iterable[uuid.UUID]) -> dict[uuid.UUID, tuple[uuid.UUID, ...]]:
    rows = (
        Reason.objects.filter(entry_id__in=list(entries), hit__state__in=Hit.OPEN)
        .values_list("entry_id", "hit")
        .annotate(n=Count("pk"))
        .order_by("entry_id", "hit")
    )
    found: dict[uuid.UUID, tuple[uuid.UUID, ...]] = {}
    for entry, hit, _ in rows:
        found[entry] = (*found.get(entry, ()), hit)
    return found


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
    """Lookouts by state. `review` contains lookouts that have expired and were not reviewed."""

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
    return [Row(one, entry_of(one.entry), hits.get(one.pk, 0)) for one in held]
