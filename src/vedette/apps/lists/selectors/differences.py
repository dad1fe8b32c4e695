"""What changes between two versions of a list, or would by an import, and whom it touches."""

from __future__ import annotations

import uuid
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from django.db.models import Count, Q

from vedette.apps.hits.models import ClearedPair, Hit, Reason
from vedette.apps.lists.actions.imports import compare
from vedette.apps.lists.models import ListEntry, Watchlist
from vedette.apps.lists.reading import ReadList
from vedette.apps.lists.selectors.entries import entry_of
from vedette.apps.subjects.kinds import app_kinds
from vedette.core.entries import Entry
from vedette.formats import lists

KINDS = ("added", "changed", "removed")


@dataclass(frozen=True)
class Change:
    """One entry that begins, changes or ends; `fields` of a change only."""

    kind: str
    entry: Entry
    fields: tuple[lists.FieldChange, ...] = ()
    #: Open hits that rest on what changed or ended.
    hits: tuple[uuid.UUID, ...] = ()


@dataclass(frozen=True)
class Effect:
    """What a change affects: subjects compared with it, open hits and clearings that are based on it."""

    subjects: int
    open_hits: int
    cleared: int


@dataclass(frozen=True)
class Outline:
    """A change without its content: what a page counts, before it loads the few that it shows."""

    kind: str
    ref: str
    old: uuid.UUID | None = None
    new: uuid.UUID | None = None


def outline(watchlist: Watchlist, earlier: int, later: int) -> list[Outline]:
    """What `later` changed against `earlier` (version numbers; 0 is the empty list before all)."""
    old = {ref: (pk, hash) for pk, ref, hash in _between(watchlist, earlier, later, ending=True)}
    new = {ref: (pk, hash) for pk, ref, hash in _between(watchlist, earlier, later, ending=False)}
    both = [ref for ref in new if ref in old and old[ref][1] != new[ref][1]]
    return [
        *(Outline("changed", ref, old[ref][0], new[ref][0]) for ref in both),
        *(Outline("added", ref, None, new[ref][0]) for ref in new if ref not in old),
        *(Outline("removed", ref, old[ref][0]) for ref in old if ref not in new),
    ]


def details(outlined: Sequence[Outline]) -> list[Change]:
    """These changes with their content, in the same order of kinds."""
    old = ListEntry.objects.filter(pk__in=[one.old for one in outlined if one.old]).order_by("ref")
    new = ListEntry.objects.filter(pk__in=[one.new for one in outlined if one.new]).order_by("ref")
    return _changes(list(old), [entry_of(row) for row in new])


def changes(watchlist: Watchlist, earlier: int, later: int) -> list[Change]:
    """Everything that `later` changed against `earlier`, with its content."""
    return details(outline(watchlist, earlier, later))


def preview(watchlist: Watchlist | None, read: ReadList) -> list[Change]:
    """What importing `read` would change now."""
    current = ListEntry.objects.filter(watchlist=watchlist, until=None)
    hashes = dict(current.values_list("ref", "content_hash")) if watchlist else {}
    found = compare(hashes, read.items)
    touched = [*(item.entry.ref for item in found.changed), *found.removed]
    old = list(current.filter(ref__in=touched)) if touched else []
    return _changes(old, [item.entry for item in (*found.added, *found.changed)])


def effect(changed: Iterable[Change]) -> Effect:
    """Whom these changes touch; new hits are found by the workers after the import."""
    found = list(changed)
    hits = {hit for change in found for hit in change.hits}
    hashes = [lists.entry_hash(c.entry) for c in found if c.kind == "removed"]
    return Effect(
        subjects=sum(kind.compared() for kind in app_kinds()),
        open_hits=len(hits),
        cleared=ClearedPair.objects.filter(entry_hash__in=hashes).count() if hashes else 0,
    )


def counts(changed: Iterable[Change | Outline]) -> dict[str, int]:
    """How many of each kind."""
    found = dict.fromkeys(KINDS, 0)
    for change in changed:
        found[change.kind] += 1
    return found


def _between(
    watchlist: Watchlist, earlier: int, later: int, ending: bool
) -> Iterable[tuple[uuid.UUID, str, str]]:
    """Id, ref and hash of the rows that lived at one end of (earlier, later] and not at the other."""
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
