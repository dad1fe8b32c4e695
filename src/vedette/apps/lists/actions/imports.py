"""Import of a list: a version with its entries, compared with what is current.

One transaction. What did not change stays as it is: an entry's version is the hash of its content,
so importing a list again changes nothing.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping
from typing import Any, NamedTuple

import msgspec
from django.db import connections, transaction

from vedette.apps.accounts import acts, rules
from vedette.apps.accounts.models import Organisation, User
from vedette.apps.columns import Purpose, new_id
from vedette.apps.lists.actions.state import LOOKOUTS, bump
from vedette.apps.lists.models import ListEntry, ListVersion, Watchlist
from vedette.apps.lists.reading import Item, ReadList, read_files
from vedette.core.entries import Entry
from vedette.core.folding import fold

#: Entries an INSERT or an UPDATE takes at once.
_BATCH = 2000


class Imported(NamedTuple):
    """The current version after an import; `new` is false where the content was already current."""

    version: ListVersion
    new: bool


class Changes(NamedTuple):
    """Refs whose entries end, and items that begin, between two versions."""

    added: list[Item]
    changed: list[Item]
    removed: list[str]


def import_list(
    organisation: Organisation,
    user: User | None,
    name: str,
    files: Mapping[str, bytes],
    purpose: str,
    basis: str,
    owner: str = "",
    expires_on: dt.date | None = None,
    weight: int = 70,
    using: str = "intake",
) -> Imported:
    """Read `files` (name → bytes) and make them the current version of the list `name`.

    `user` is None on the command line. Raises `formats.lists.UnknownList` where nothing can be read,
    `ValueError` where the terms are not valid, `PermissionDenied`.
    """
    read = read_files(files)
    return store_list(
        organisation, user, name, read, purpose, basis, owner, expires_on, weight, using
    )


def store_list(
    organisation: Organisation,
    user: User | None,
    name: str,
    read: ReadList,
    purpose: str,
    basis: str,
    owner: str = "",
    expires_on: dt.date | None = None,
    weight: int = 70,
    using: str = "intake",
) -> Imported:
    """`import_list` with the list already read."""
    if user is not None:
        rules.check(user, "list.import")
    _check_terms(name, purpose, basis, weight)
    with transaction.atomic(using=using):
        watchlist = _watchlist(
            organisation, name, using, purpose=purpose, basis=basis[:300],
            owner=(owner or (user.display() if user else organisation.name))[:200],
            expires_on=expires_on, weight=weight,
        )  # fmt: skip
        last = (
            ListVersion.objects.using(using).filter(watchlist=watchlist).order_by("number").last()
        )
        if last is not None and last.content_hash == read.content_hash:
            _act(organisation, user, "list.import_again", watchlist, using, version=last.number)
            return Imported(last, new=False)
        version = _apply(watchlist, read, user, last.number + 1 if last else 1, using)
        bump(organisation.pk, using)
        _act(
            organisation, user, "list.import", watchlist, using,
            version=version.number, entries=version.entry_count, added=version.added,
            changed=version.changed, removed=version.removed, problems=len(version.problems),
        )  # fmt: skip
    return Imported(version, new=True)


def compare(current: Mapping[str, str], items: Iterable[Item]) -> Changes:
    """What an import does to the current entries, given as ref → content hash."""
    added, changed = [], []
    left = set(current)
    for item in items:
        held = current.get(item.entry.ref)
        left.discard(item.entry.ref)
        if held is None:
            added.append(item)
        elif held != item.hash:
            changed.append(item)
    return Changes(added, changed, sorted(left))


def _check_terms(name: str, purpose: str, basis: str, weight: int) -> None:
    if not name.strip() or len(name) > 100:
        raise ValueError("a list needs a name of at most 100 characters")
    if name.strip().casefold() == LOOKOUTS.casefold():
        raise ValueError("this is the list of lookouts: choose another name")
    if purpose not in Purpose.values:
        raise ValueError(f"no such purpose; there are: {', '.join(Purpose.values)}")
    if not basis.strip():
        raise ValueError("a list needs a legal basis")
    if not 0 <= weight <= 100:
        raise ValueError("the weight is a whole number from 0 to 100")


def _watchlist(organisation: Organisation, name: str, using: str, **terms: object) -> Watchlist:
    """The list of that name with these terms, made if missing; locked until the import is done."""
    lists = Watchlist.objects.using(using)
    watchlist, made = lists.select_for_update().get_or_create(
        organisation_id=organisation.pk,
        name=name.strip(),
        defaults={**terms, "synthetic": organisation.synthetic},
    )
    if not made and any(getattr(watchlist, field) != value for field, value in terms.items()):
        for field, value in terms.items():
            setattr(watchlist, field, value)
        watchlist.save(using=using, update_fields=list(terms))
    return watchlist


def _apply(
    watchlist: Watchlist, read: ReadList, user: User | None, number: int, using: str
) -> ListVersion:
    entries = ListEntry.objects.using(using).filter(watchlist=watchlist)
    current = dict(entries.filter(until=None).values_list("ref", "content_hash"))
    changes = compare(current, read.items)
    ended = [*(item.entry.ref for item in changes.changed), *changes.removed]
    for start in range(0, len(ended), _BATCH):
        refs = ended[start : start + _BATCH]
        entries.filter(until=None, ref__in=refs).update(until=number)
    begun = [*changes.added, *changes.changed]
    for start in range(0, len(begun), _BATCH):
        _insert(watchlist, begun[start : start + _BATCH], number, using)
    published = read.published
    if published is not None and published.tzinfo is None:
        published = published.replace(tzinfo=dt.UTC)
    return ListVersion.objects.using(using).create(
        organisation_id=watchlist.organisation_id,
        watchlist=watchlist,
        number=number,
        format=read.format,
        file_name=read.file_name,
        content_hash=read.content_hash,
        published_at=published,
        imported_by_id=user.pk if user else None,
        entry_count=len(read.items),
        added=len(changes.added),
        changed=len(changes.changed),
        removed=len(changes.removed),
        problems=[msgspec.to_builtins(problem) for problem in read.problems],
    )


#: Columns as arrays: the web role may not COPY, and the ORM takes three times as long.
_INSERT = """
    INSERT INTO lists_listentry
        (id, organisation_id, watchlist_id, since, asked, withdrawn,
         ref, content_hash, name_key, content)
    SELECT id, %s, %s, %s, false, false, ref, content_hash, name_key, content::jsonb
    FROM unnest(%s::uuid[], %s::text[], %s::text[], %s::text[], %s::text[])
         AS t (id, ref, content_hash, name_key, content)
"""


def _insert(watchlist: Watchlist, items: list[Item], number: int, using: str) -> None:
    columns = zip(
        *(
            (
                new_id(), i.entry.ref, i.hash, name_key(i.entry),
                msgspec.json.encode(i.entry).decode(),
            )
            for i in items
        ),
        strict=True,
    )  # fmt: skip
    with connections[using].cursor() as cursor:
        head: list[Any] = [watchlist.organisation_id, watchlist.pk, number]
        arrays: list[Any] = [list(column) for column in columns]
        cursor.execute(_INSERT, [*head, *arrays])


def name_key(entry: Entry) -> str:
    """What the page sorts and finds an entry by."""
    return fold(entry.names[0].full)[:400] if entry.names else ""


def entry_row(watchlist: Watchlist, item: Item, number: int) -> ListEntry:
    """The row of an entry that begins with version `number`."""
    entry = item.entry
    return ListEntry(
        organisation_id=watchlist.organisation_id,
        watchlist_id=watchlist.pk,
        ref=entry.ref,
        content_hash=item.hash,
        content=msgspec.to_builtins(entry),
        name_key=name_key(entry),
        since=number,
    )


def _act(
    organisation: Organisation,
    user: User | None,
    act: str,
    watchlist: Watchlist,
    using: str,
    **counts: Any,
) -> None:
    """Without a user it was the operator of the machine, on the command line."""
    if user is None:
        counts["by"] = "operator"
    acts.write(
        user, act, watchlist.pk, organisation=organisation.pk, purpose=watchlist.purpose,
        using=using, **counts,
    )  # fmt: skip
