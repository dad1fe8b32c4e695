"""Counts the hits that the import of a draft of a list would open or extend.

A separate process screens the stored subjects against the new entries of the draft. The count uses the
functions of the rescreening that follows an import (`rescreen.py`), and stores the numbers with the draft. No
other data are stored: the transaction of each batch is rolled back. Profiles are not evaluated, and reasons
from profiles do not change.
"""

from __future__ import annotations

import datetime as dt
import itertools
import logging
import os
import shutil
import time
import uuid
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import ExitStack
from pathlib import Path
from typing import Any, LiteralString, TypeVar

import msgspec
import psycopg
from django.conf import settings
from django.db import connections
from psycopg import Connection

from vedette.apps.desk.rescreen import BATCH, ENTRIES, GROUPS, described, matching
from vedette.apps.display import level
from vedette.apps.hits import raising
from vedette.apps.keyring import keyring
from vedette.apps.lists import controls, drafts, loading
from vedette.apps.lists.actions import head, proposed_rule, row_of
from vedette.apps.lists.models import ListDraft, ListVersion, Watchlist, default_themes
from vedette.apps.lists.reading import Expected, Seen, Stored
from vedette.apps.subjects.kinds import app_kind
from vedette.apps.subjects.rows import lock
from vedette.core.entries import ControlList, ControlLists, Entry
from vedette.core.errors import ListsNotReady
from vedette.kinds import kind
from vedette.pipeline.screen import InForce, screen
from vedette.screening.knowledge import Knowledge, KnownEntry, ListInfo, Part
from vedette.screening.reason import Reason
from vedette.screening.saved import About, Saved, write
from vedette.server import logs

logger = logging.getLogger(__name__)

#: Seconds after which the count ends, so that the number is a minimum. The limits of the process
#: (`lists/limits.py`) are longer.
MOST_S = 15 * 60.0
#: Seconds between two attempts to load lists that are being prepared, and until the process stops trying.
READY_S, MOST_READY_S = 2.0, 5 * 60.0

#: Drafts whose list and attributes are known, and whose hits are not counted.
_WAITS = """
    SELECT organisation_id, id FROM lists_listdraft
    WHERE refusal = '' AND head IS NOT NULL AND terms ->> 'purpose' <> '' AND approved_at IS NULL
      AND expected IS NULL
    ORDER BY counts, created_at LIMIT 20
"""
STEP = drafts.Step(_WAITS, __name__)
T = TypeVar("T")

_NEW = """
    SELECT d.id, d.content_hash, d.content::text FROM lists_draftentry d
    WHERE d.organisation_id = %(of)s AND d.draft_id = %(draft)s AND (%(renewed)s OR NOT EXISTS (
        SELECT FROM lists_listentry e WHERE e.organisation_id = %(of)s AND e.watchlist_id = %(list)s
          AND e.ref = d.ref AND e.content_hash = d.content_hash AND e.until IS NULL))
    ORDER BY d.id
"""
_ENDED = """
    SELECT e.id FROM lists_listentry e
    WHERE e.organisation_id = %(of)s AND e.watchlist_id = %(list)s AND e.until IS NULL AND NOT EXISTS (
        SELECT FROM lists_draftentry d WHERE d.organisation_id = %(of)s AND d.draft_id = %(draft)s
          AND d.ref = e.ref AND d.content_hash = e.content_hash)
"""
_DRAFT = """
    SELECT id, content_hash, content::text FROM lists_draftentry
    WHERE organisation_id = %(of)s AND draft_id = %(draft)s ORDER BY ref, id
"""
#: The stored subjects of each kind, and the days on which they were received.
_STORED = """
    SELECT kind, count(*), count(DISTINCT (received_at AT TIME ZONE 'UTC')::date) FROM subjects_subject
    WHERE organisation_id = %s AND NOT restricted GROUP BY kind
"""
_SUBJECTS = """
    SELECT id, coalesce(group_id, id), kind FROM subjects_subject
    WHERE organisation_id = %s AND id = ANY(%s) AND NOT restricted
    ORDER BY kind, coalesce(group_id, id)
"""


class Withdrawn(Exception):
    """The draft was deleted, changed or approved while its hits were counted."""


def work(organisation: uuid.UUID, id_: uuid.UUID) -> None:
    """Counts the expected hits of a draft and stores their number, or the reason why they cannot be
    counted."""
    with drafts.held(connections["intake"], STEP, id_) as free:
        draft = _draft(organisation, id_) if free else None
        if draft is None:
            return
        draft.counts += 1
        row_of(draft, "intake").update(counts=draft.counts)
        problem = "memory"
        if draft.counts <= drafts.MOST_ATTEMPTS:
            try:
                with psycopg.connect(os.environ["DATABASE_URL_INTAKE"], autocommit=True) as own:
                    _keep(draft, Count(own, draft).run())
                return
            except Withdrawn:
                return
            except MemoryError:
                pass
            except ListsNotReady:
                problem = "lists"
            except Exception as error:
                logger.error("the expected hits of a list were not counted: %s", logs.kind(error))
                problem = "error"
        _keep(draft, Expected(_now(), problem))


def late(organisation: uuid.UUID, id_: uuid.UUID) -> None:
    """Records that the process took too long."""
    draft = _draft(organisation, id_)
    if draft is not None:
        _keep(draft, Expected(_now(), "time"))


def _draft(organisation: uuid.UUID, id_: uuid.UUID) -> ListDraft | None:
    mine = ListDraft.objects.using("intake").filter(organisation=organisation, pk=id_)
    waits = mine.filter(expected__isnull=True, head__isnull=False, approved_at=None)
    return waits.select_related("created_by").first()


def _now() -> dt.datetime:
    with connections["intake"].cursor() as cursor:
        cursor.execute("SELECT vedette_now()")
        now: dt.datetime = cursor.fetchone()[0]
    return now


def _keep(draft: ListDraft, found: Expected) -> None:
    """Stores the number, unless the draft has changed since the count began."""
    row_of(draft, "intake").filter(counts=draft.counts).update(expected=msgspec.to_builtins(found))


class Count:
    """The count of the expected hits of one draft. `connection` is in autocommit mode."""

    def __init__(self, connection: Connection[Any], draft: ListDraft) -> None:
        self.connection, self.draft, self.of = connection, draft, draft.organisation_id
        self.keys, self.now, self.ends = keyring(), _now(), time.monotonic() + MOST_S
        terms = draft.terms
        lists = Watchlist.objects.using("intake").filter(organisation=self.of, lookouts=False)
        known = lists.filter(name=terms["name"].strip()).first()
        by = draft.created_by
        if (
            known
            and by
            and not (known.purpose in by.purposes and set(known.themes) & set(by.themes))
        ):
            # The list of that name is out of the user's sight, so it must not change the number.
            known = None
        day = terms.get("expires_on")
        self.list = ListInfo(
            id=str(known.pk if known else draft.pk),
            name=terms["name"],
            version=0,
            weight=terms["weight"],
            themes=tuple(terms.get("themes") or default_themes()),
            purpose=terms["purpose"],
            expires_on=dt.date.fromisoformat(day) if day else None,
        )
        self.of_kind, self.alarms = head(draft).of_kind, 0
        #: If a list that has expired is renewed, the import compares the subjects with every entry.
        renewed = bool(known and known.expires_on and known.expires_on < self.now.date())
        self.values: Mapping[str, Any] = {
            "of": self.of, "draft": draft.pk, "list": known.pk if known else None, "renewed": renewed,
        }  # fmt: skip

    def run(self) -> Expected:
        """Counts the hits.

        Raises `Withdrawn` if the draft changed in the meantime. Raises `ListsNotReady` if the current lists
        cannot be loaded.
        """
        hits: Counter[tuple[int, int, bool, bool, int]] = Counter()
        partial = False
        if self.of_kind:
            partial = not self._screen(*self._control_list(), hits)
            return self._expected(partial, hits)
        with ExitStack() as stack:
            part = self._part(stack)
            if part is not None:
                changed = Knowledge(0, parts=[part])
                batches = (
                    [(known.entry, uuid.UUID(known.id)) for known in batch]
                    for batch in _batches(self._entries(), ENTRIES)
                )
                with self.connection.transaction():
                    subjects = matching(self.connection, self.keys, self.of, changed, batches)
                current = loading.without(self._current(), self._ended())
                lists = Knowledge(current.number, parts=[*current.parts, part])
                partial = not self._screen(subjects, InForce(lists, self.now), hits)
        return self._expected(partial, hits)

    def _expected(self, partial: bool, hits: Counter[tuple[int, int, bool, bool, int]]) -> Expected:
        found = tuple(Seen(*key, n) for key, n in sorted(hits.items()))
        rows = self.connection.execute(_STORED, [self.of]).fetchall()
        stored = {name: Stored(*numbers) for name, *numbers in rows}
        alarms = self.alarms if self.of_kind else None
        return Expected(self.now, "", partial, found, self.of_kind, alarms, stored)

    def _control_list(self) -> tuple[set[uuid.UUID], InForce]:
        """The stored subjects that match an entry of a control list. The subjects are compared with the lists
        that would be in force after the import of the draft. All entries are compared, because the rule of
        the draft may differ from that of the previous version.
        """
        decode = msgspec.json.Decoder(Entry).decode
        rows = self._rows(_DRAFT)
        entries = tuple((str(id_), hash_, decode(content)) for id_, hash_, content in rows)
        terms, name = self.draft.terms, self.of_kind
        rule = terms.get("rule")
        if rule is None:
            # The import keeps the rule of the last version.
            versions = ListVersion.objects.using("intake").filter(
                organisation=self.of, watchlist=self.values["list"]
            )
            last = versions.order_by("number").last()
            replaces = terms.get("replaces", "")
            rule = last.rule if last else proposed_rule(head(self.draft), replaces)
        mine = ControlList(
            id=self.list.id, name=self.list.name, version=0, weight=self.list.weight,
            themes=self.list.themes, purpose=self.list.purpose,
            rule=rule, replaces=terms.get("replaces", ""), basis=terms["basis"], entries=entries,
        )  # fmt: skip
        first = terms.get("active_from")
        day = max(self.now.date(), dt.date.fromisoformat(first)) if first else self.now.date()
        current = controls.load(self.of, "intake", day)
        others = current[name].lists if name in current else ()
        own = ControlLists(day, (*(one for one in others if one.id != mine.id), mine))
        changed = {mine.id: {id_ for id_, _, _ in entries}}
        with self.connection.transaction():
            subjects = set(described(self.connection, self.of, name, own, changed))
        # The lists of the first day of the version apply.
        now = self.now.replace(year=day.year, month=day.month, day=day.day)
        return subjects, InForce(self._current(), now, controls={name: own})

    def _part(self, stack: ExitStack) -> Part | None:
        """Returns the new entries. If there are many entries, they are stored in files that the process maps
        into memory. Returns None if there are no new entries."""
        entries = self._entries()
        first = list(itertools.islice(entries, loading.MOST + 1))
        if len(first) <= loading.MOST or not settings.CACHE:
            first += entries
            return Part.of(first) if first else None
        folder = Path(settings.CACHE) / f"draft-{self.draft.pk}"
        stack.callback(shutil.rmtree, folder, ignore_errors=True)
        # A process that was killed leaves its files.
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir(0o700, parents=True)
        every = itertools.chain(first, entries)
        rows = ((uuid.UUID(one.id), self.list.id, one.hash, one.entry) for one in every)
        write(folder, rows, About({}))
        return Saved(folder).part({self.list.id: self.list}, ())

    def _entries(self) -> Iterator[KnownEntry]:
        """Yields the entries with which the import would compare the stored subjects."""
        decode = msgspec.json.Decoder(Entry).decode
        for id_, hash_, content in self._rows(_NEW):
            yield KnownEntry(id=str(id_), list=self.list, entry=decode(content), hash=hash_)

    def _ended(self) -> Iterator[list[uuid.UUID]]:
        """Yields, in batches, the ids of the entries whose validity the import would end."""
        return _batches((id_ for (id_,) in self._rows(_ENDED)), ENTRIES)

    def _rows(self, sql: LiteralString) -> Iterator[tuple[Any, ...]]:
        with self.connection.transaction(), self.connection.cursor(name="draft") as cursor:
            cursor.itersize = ENTRIES
            cursor.execute(sql, self.values)
            yield from cursor

    def _current(self) -> Knowledge:
        """Returns the current lists.

        After a large import, the preparation of the lists takes some minutes.
        """
        ends = time.monotonic() + MOST_READY_S
        while True:
            try:
                return loading.current(self.of, "intake")
            except ListsNotReady:
                if time.monotonic() > ends:
                    raise
                time.sleep(READY_S)

    def _screen(
        self,
        subjects: Iterable[uuid.UUID],
        lists: InForce,
        hits: Counter[tuple[int, int, bool, bool, int]],
    ) -> bool:
        """Screens these subjects in batches, and counts the hits with a reason from the list. Returns whether
        all subjects were screened in time."""

        def add(found: list[raising.Expected]) -> None:
            for one in found:
                if any(r.params.get("list_id") == self.list.id for r in one.opened):
                    due = one.due_at >= self.now
                    hits[one.pairs, one.seen, one.new, due, level(one.priority)] += 1

        def count(found: Mapping[uuid.UUID, Sequence[Reason]]) -> None:
            # Every subject with a reason of the list counts, whether or not it has the reason already.
            self.alarms += sum(
                any(one.params.get("list_id") == self.list.id for one in some)
                for some in found.values()
            )

        rows = self.connection.execute(_SUBJECTS, [self.of, list(subjects)]).fetchall()
        for name, groups, ids in _by_groups(rows):
            if time.monotonic() > self.ends:
                return False
            mine = row_of(self.draft, "intake").filter(counts=self.draft.counts, approved_at=None)
            if not mine.exists():
                raise Withdrawn
            with self.connection.transaction(force_rollback=True):
                lock(self.connection, groups)
                store = app_kind(name).store(self.connection, self.keys, self.of, self.now)
                screen(kind(name), ids, store, lists, expect=add, tell=count)
        return True


def _batches(items: Iterable[T], size: int) -> Iterator[list[T]]:
    items = iter(items)
    while batch := list(itertools.islice(items, size)):
        yield batch


def _by_groups(
    rows: Sequence[tuple[uuid.UUID, uuid.UUID, str]],
) -> Iterator[tuple[str, list[uuid.UUID], list[uuid.UUID]]]:
    """Yields batches of whole groups of one kind with their subjects. A batch is complete when it contains
    `GROUPS` groups, or at least `BATCH` subjects. `rows` (subject, group, kind) are sorted by kind and
    group."""
    groups: list[uuid.UUID] = []
    ids: list[uuid.UUID] = []
    last = ""
    for (name, group), some in itertools.groupby(rows, key=lambda row: (row[2], row[1])):
        if groups and (name != last or len(groups) == GROUPS or len(ids) >= BATCH):
            yield last, groups, ids
            groups, ids = [], []
        last = name
        groups.append(group)
        ids += [id_ for id_, _, _ in some]
    if groups:
        yield last, groups, ids
