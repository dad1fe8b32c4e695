"""The control lists of an organisation that are in force on a day, and the changes that were not yet compared
with stored subjects.

A version of a control list is in force from its first day until the first day of the next version. On a given
day, the list contains the entries of that version that are valid on this day.
"""

from __future__ import annotations

import datetime as dt
import threading
import uuid
from collections import defaultdict
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from typing import Any

import msgspec
from django.db import connections

from vedette.apps import query
from vedette.core.entries import ControlList, ControlLists, Entry
from vedette.kinds import kinds

#: The version of each control list that is in force on a day.
_VERSIONS = """
    SELECT DISTINCT ON (w.id) w.id, w.of_kind, w.name, w.weight, w.themes, w.purpose, w.replaces, w.basis,
           v.number, v.rule, w.screened_on, coalesce((s.compared ->> w.id::text)::int, 0)
    FROM lists_watchlist w
    JOIN lists_listversion v ON v.watchlist_id = w.id AND v.organisation_id = w.organisation_id
    LEFT JOIN lists_knowledgestate s ON s.organisation_id = w.organisation_id
    WHERE w.organisation_id = %(of)s AND w.of_kind <> '' AND v.active_from <= %(day)s
      AND (w.expires_on IS NULL OR w.expires_on >= %(day)s)
    ORDER BY w.id, v.number DESC
"""
_ENTRIES = """
    SELECT e.watchlist_id, e.id, e.content_hash, e.content::text
    FROM lists_listentry e
    JOIN unnest(%(lists)s::uuid[], %(numbers)s::int[]) AS v (list, number) ON v.list = e.watchlist_id
    WHERE e.organisation_id = %(of)s AND e.since <= v.number AND (e.until IS NULL OR e.until > v.number)
    ORDER BY e.watchlist_id, e.ref, e.id
"""
_held: dict[uuid.UUID, tuple[int, dt.date, dict[str, ControlLists]]] = {}
_lock = threading.Lock()


def current(organisation: uuid.UUID, using: str, day: dt.date) -> dict[str, ControlLists]:
    """Returns the control lists that are in force on a day, by their kind of subject. The lists are read
    again only if a list has changed or a new day has begun."""
    number = query.changes("lists_knowledgestate", organisation, using)
    held = _held.get(organisation)
    if held is not None and held[:2] == (number, day):
        return held[2]
    with _lock:
        found = load(organisation, using, day)
        if held is not None and _same(held[2], found):
            # Nothing that concerns them changed: what was built from them is kept.
            found = held[2]
        _held[organisation] = (number, day, found)
    return found


def _same(one: Mapping[str, ControlLists], other: Mapping[str, ControlLists]) -> bool:
    """Returns whether both objects are for the same day and contain the same versions with the same
    attributes."""

    def about(some: Mapping[str, ControlLists]) -> list[Any]:
        return [
            (name, lists.day, [_about(listed) for listed in lists.lists])
            for name, lists in sorted(some.items())
        ]

    return about(one) == about(other)


def _about(one: ControlList) -> tuple[Any, ...]:
    ids = [id_ for id_, _, _ in one.entries]
    return (
        one.id, one.name, one.version, one.weight, one.themes, one.purpose, one.rule, one.replaces, one.basis,
        ids,
    )  # fmt: skip


def load(organisation: uuid.UUID, using: str, day: dt.date) -> dict[str, ControlLists]:
    """Reads the control lists that are in force on a day."""
    with connections[using].cursor() as cursor:
        cursor.execute(_VERSIONS, {"of": organisation, "day": day})
        versions = cursor.fetchall()
        entries: dict[uuid.UUID, list[tuple[str, str, Entry]]] = defaultdict(list)
        if versions:
            values: dict[str, Any] = {
                "of": organisation, "lists": [row[0] for row in versions],
                "numbers": [row[8] for row in versions],
            }  # fmt: skip
            cursor.execute(_ENTRIES, values)
            decode = msgspec.json.Decoder(Entry).decode
            for list_, id_, hash_, content in cursor:
                entries[list_].append((str(id_), hash_, decode(content)))
    found: dict[str, list[ControlList]] = defaultdict(list)
    for (
        id_,
        of_kind,
        name,
        weight,
        themes,
        purpose,
        replaces,
        basis,
        number,
        rule,
        _,
        _,
    ) in versions:
        found[of_kind].append(
            ControlList(
                id=str(id_), name=name, version=number, weight=weight, themes=tuple(themes),
                purpose=purpose, rule=rule, replaces=replaces, basis=basis,
                entries=tuple(entries[id_]),
            )
        )  # fmt: skip
    return {name: ControlLists(day, tuple(some)) for name, some in found.items()}


# --- changes ------------------------------------------------------------------------------------

#: Organisations with a control list whose version in force is not the one with which stored subjects were
#: compared, or whose entries may begin or end on a day since then. The same applies to the supplied lists:
#: `kinds` and `changed` contain the kinds of subject and the last days on which an entry of their supplied
#: lists began or ended.
ORGANISATIONS = """
    SELECT o.id FROM accounts_organisation o WHERE EXISTS (
        SELECT FROM unnest(%(kinds)s::text[], %(changed)s::text[]) AS k (name, day)
        WHERE k.day > coalesce((SELECT s.supplied ->> k.name
            FROM lists_knowledgestate s WHERE s.organisation_id = o.id), ''))
    OR EXISTS (
        SELECT FROM lists_watchlist w
        LEFT JOIN lists_knowledgestate s ON s.organisation_id = o.id
        WHERE w.organisation_id = o.id AND w.of_kind <> ''
          AND (w.screened_on IS DISTINCT FROM %(day)s OR coalesce((
            SELECT max(v.number) FROM lists_listversion v
            WHERE v.watchlist_id = w.id AND v.organisation_id = o.id AND v.active_from <= %(day)s), 0)
            <> coalesce((s.compared ->> w.id::text)::int, 0)))
    ORDER BY o.id
"""
_STATES = """
    SELECT w.id, w.of_kind, w.replaces, w.screened_on, w.expires_on,
           coalesce((s.compared ->> w.id::text)::int, 0),
           coalesce((SELECT max(v.number) FROM lists_listversion v
                     WHERE v.watchlist_id = w.id AND v.organisation_id = w.organisation_id
                       AND v.active_from <= %(day)s), 0)
    FROM lists_watchlist w
    LEFT JOIN lists_knowledgestate s ON s.organisation_id = w.organisation_id
    WHERE w.organisation_id = %(of)s AND w.of_kind <> ''
    ORDER BY w.id
"""
_RULES = """
    SELECT count(DISTINCT rule) FROM lists_listversion
    WHERE organisation_id = %(of)s AND watchlist_id = %(list)s AND number = ANY(%(numbers)s)
"""
#: The entries that are in one of two versions only, and those that begin or end after a day.
_DIFFER = """
    SELECT e.id FROM lists_listentry e
    WHERE e.organisation_id = %(of)s AND e.watchlist_id = %(list)s
      AND ((e.since > %(low)s AND e.since <= %(high)s) OR (e.until > %(low)s AND e.until <= %(high)s)
           OR (e.content ->> 'valid_from' > %(last)s AND e.content ->> 'valid_from' <= %(day)s)
           OR (e.content ->> 'valid_to' >= %(last)s AND e.content ->> 'valid_to' < %(day)s))
"""
_ALL = "SELECT id FROM lists_listentry WHERE organisation_id = %(of)s AND watchlist_id = %(list)s"


#: Instead of the ids of entries: every entry of a supplied list.
EVERY = "*"


@dataclass
class Changes:
    """The changes of the control lists of an organisation on a day, by kind of subject. The changes contain
    the lists with the ids of their changed entries. The changes also contain the keys of these supplied
    lists: lists that were replaced or are no longer replaced, and lists in which an entry became valid or
    expired. `versions` contains the numbers of the versions in force.
    """

    entries: dict[str, dict[str, set[str]]] = field(default_factory=dict)
    replaced: set[str] = field(default_factory=set)
    versions: dict[str, int] = field(default_factory=dict)
    #: Kind of subject → the day with whose supplied lists the stored subjects are then compared.
    supplied: dict[str, str] = field(default_factory=dict)

    @property
    def ids(self) -> list[uuid.UUID]:
        """The ids of all changed entries."""
        return [
            uuid.UUID(id_)
            for lists in self.entries.values()
            for some in lists.values()
            for id_ in some
        ]


def supplied_days(day: dt.date) -> dict[str, Any]:
    """Returns the parameters of `ORGANISATIONS` for a day."""
    last = {
        name: max((one.isoformat() for one, _ in changed if one <= day), default="")
        for name, changed in _supplied()
    }
    return {"day": day, "kinds": list(last), "changed": list(last.values())}


def _supplied() -> list[tuple[str, Collection[tuple[dt.date, str]]]]:
    return [
        (name, one.control_formats.supplied_changes())
        for name, one in kinds().items()
        if one.control_formats is not None
    ]


def _of_supplied(connection: Any, organisation: uuid.UUID, day: dt.date, found: Changes) -> None:
    """Adds each supplied list in which an entry became valid or expired since the last comparison with the
    stored subjects. If no comparison has taken place yet, no supplied list is added, because the stored
    subjects were already screened with the lists that are valid today."""
    row = connection.execute(
        "SELECT supplied FROM lists_knowledgestate WHERE organisation_id = %s", [organisation]
    ).fetchone()
    today = day.isoformat()
    for name, changed in _supplied():
        last = (row[0] if row else {}).get(name, today)
        found.replaced |= {one for on, one in changed if last < on.isoformat() <= today}
        found.entries.setdefault(name, {})
        found.supplied[name] = max(last, today)


def changes(connection: Any, organisation: uuid.UUID, day: dt.date) -> Changes:
    """Returns the changes that were not yet compared with the stored subjects."""
    found = Changes()
    _of_supplied(connection, organisation, day, found)
    for id_, of_kind, replaces, last, expires, compared, number in connection.execute(
        _STATES, {"of": organisation, "day": day}
    ).fetchall():
        found.versions[str(id_)] = number
        ended = expires is not None and expires < day
        values: dict[str, Any] = {
            "of": organisation, "list": id_, "numbers": [compared, number],
            "low": min(compared, number), "high": max(compared, number),
            "last": (last or day).isoformat(), "day": day.isoformat(),
        }  # fmt: skip
        rules = connection.execute(_RULES, values).fetchone()[0]
        whole = last is None or not compared or rules > 1 or (ended and last <= expires)
        rows = connection.execute(_ALL if whole else _DIFFER, values).fetchall()
        if number or compared:
            changed = {str(row[0]) for row in rows}
            found.entries.setdefault(of_kind, {})[str(id_)] = changed
            if whole and replaces:
                found.replaced.add(replaces)
    return found


def none_changed(found: Changes) -> bool:
    """Returns whether no entry changed."""
    return not found.replaced and not any(
        some for lists in found.entries.values() for some in lists.values()
    )


DONE = """
    UPDATE lists_watchlist SET screened_on = %s WHERE organisation_id = %s AND of_kind <> ''
"""


def ids_of(lists: Collection[ControlList]) -> dict[str, list[str]]:
    """Returns all entries of these lists, by the ids of the lists."""
    return {one.id: [id_ for id_, _, _ in one.entries] for one in lists}
