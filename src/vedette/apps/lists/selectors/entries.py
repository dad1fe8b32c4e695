"""Current entries of a list, by name, a page at a time."""

from __future__ import annotations

import uuid
from dataclasses import dataclass

import msgspec
from django.db.models import Count, Q

from vedette.apps.lists.models import ListEntry, Watchlist
from vedette.core.entries import Entry
from vedette.core.folding import fold

PAGE = 30


@dataclass(frozen=True)
class Found:
    """An entry with the version that brought it."""

    id: uuid.UUID
    entry: Entry
    since: int


@dataclass(frozen=True)
class Entries:
    """One page of entries; `following` is the id that the next begins after, empty at the end: an
    address holds no name."""

    rows: list[Found]
    total: int
    following: str


def entry_of(row: ListEntry) -> Entry:
    """The record of a stored entry."""
    return msgspec.convert(row.content, Entry)


def kinds(watchlist: Watchlist) -> list[tuple[str, int]]:
    """How many current entries there are of each schema, most first."""
    rows = (
        ListEntry.objects.filter(watchlist=watchlist, until=None)
        .values_list("content__schema")
        .annotate(n=Count("pk"))
        .order_by("-n")
    )
    return [(schema or "Person", n) for schema, n in rows]


def entries(watchlist: Watchlist, query: str = "", after: str = "") -> Entries:
    """Current entries by name. `query` is part of a name or alias, or a ref or number exactly."""
    found = ListEntry.objects.filter(watchlist=watchlist, until=None)
    query = " ".join(query.replace("\0", "").split())[:200]
    if query:
        folded = fold(query)
        match = Q(ref__iexact=query) | Q(content__names__icontains=query)
        match |= Q(content__identifiers__contains=[{"value": query}])
        if folded and not any(c.isdigit() for c in query):  # folding leaves letters only
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
    """The entry of this list with that id, ended or not; None for what is none."""
    try:
        key = uuid.UUID(text)
    except ValueError:
        return None
    return ListEntry.objects.filter(watchlist=watchlist, pk=key).first()
