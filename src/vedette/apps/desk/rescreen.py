"""Rescreening: stored subjects are screened again when lists, profiles or their own data have changed.

The rescreening has two steps. The work is divided into batches. If a worker is killed, another worker can
continue, and workers can store messages between the batches. The first step marks subjects (`screen_again`):

- A rectification and the end of a restriction mark the subject, in their own transaction.
- A change of list entries marks the subjects that match a changed entry by name or by the token of an
  identifier.
- A change of a known case, of the purpose matrix or of a cleared identifier marks the subjects with open hits
  that are linked with the case, or all subjects with open hits.
- A change of records of a kind, such as a licence, marks the subjects that refer to these records.
- The activation of a profile marks the subjects on which a decision is still due.

The second step screens the marked subjects again in batches, in the same way as the subjects of a new message
(`pipeline.screen`).
"""

from __future__ import annotations

import datetime as dt
import uuid
import weakref
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from functools import partial
from typing import Any, LiteralString

import msgspec
from psycopg import Connection
from psycopg.types.json import Jsonb

from vedette.apps.links import neighbours
from vedette.apps.lists import controls
from vedette.apps.lists.loading import MOST, current, entries, limited
from vedette.apps.profiles import loading
from vedette.apps.subjects.kinds import AppKind, app_kind, app_kinds
from vedette.apps.subjects.rows import lock
from vedette.core.entries import ControlLists, Entry
from vedette.core.errors import ListsNotReady
from vedette.keys.ring import Keys
from vedette.kinds import kind, kinds
from vedette.pipeline.screen import InForce, screen
from vedette.screening.exact import CHANNELS
from vedette.screening.knowledge import Knowledge, listed_keys

#: The number of subjects that one transaction screens again, and the number of groups that it locks. Both
#: limit how long messages wait.
BATCH, GROUPS = 500, 20
#: The number of changed entries that are read at a time.
ENTRIES = 5_000
#: The snapshots that contain none of the entries that wait.
_without: dict[uuid.UUID, weakref.ref[Knowledge]] = {}

#: Channel of a list entry → the kinds of stored identifiers with which it is compared.
_STORED = {
    "document": ("document", "visa", "announced"),
    "phone": ("phone", "announced"),
    "email": ("email", "announced"),
    "address": ("address", "place", "announced"),
}


#: Marks subjects. They are locked kind by kind, in the order in which the transaction that stores messages
#: writes them.
_MARK = """
    WITH mine AS MATERIALIZED (
        SELECT id FROM subjects_subject
        WHERE organisation_id = %(of)s AND id = ANY(%(ids)s) AND NOT restricted
        ORDER BY array_position(%(kinds)s::text[], kind::text), id FOR UPDATE
    )
    UPDATE subjects_subject s SET screen_again = true FROM mine WHERE s.id = mine.id
"""
#: Organisations with entries that stored subjects were not compared with.
_ORGANISATIONS = """
    SELECT o.id FROM accounts_organisation o WHERE EXISTS (
        SELECT FROM lists_listentry e JOIN lists_watchlist w ON w.id = e.watchlist_id AND w.of_kind = ''
        WHERE e.organisation_id = o.id AND w.organisation_id = o.id
          AND ((NOT e.asked AND e.until IS NULL) OR (NOT e.withdrawn AND e.until IS NOT NULL)))
    ORDER BY o.id
"""
#: Another worker may have stored a later version in the meantime.
_COMPARED = """
    UPDATE lists_knowledgestate s SET compared = s.compared || (
        SELECT coalesce(jsonb_object_agg(key, greatest(value::int, (s.compared ->> key)::int)), '{}')
        FROM jsonb_each_text(%s))
    WHERE organisation_id = %s
"""
#: The changed entries of the versions in force. The versions of an imported list are exact, so entries that
#: come later are not among them. Entries of other lists are those of the snapshot.
_CHANGED = """
    CREATE TEMPORARY TABLE changed_entries ON COMMIT DROP AS SELECT e.id, coalesce(e.until <=
    coalesce(v.number, %(number)s), false) AS ended FROM lists_listentry e JOIN lists_watchlist w ON w.id =
    e.watchlist_id AND w.organisation_id = e.organisation_id AND w.of_kind = '' LEFT JOIN
    unnest(%(lists)s::uuid[], %(numbers)s::bigint[]) AS v (list, number)
        ON v.list = e.watchlist_id
    WHERE e.organisation_id = %(of)s
      AND ((NOT e.asked AND e.until IS NULL) OR (NOT e.withdrawn AND e.until IS NOT NULL))
      AND (e.until <= coalesce(v.number, %(number)s)
           OR NOT e.asked AND (e.since <= v.number OR e.id = ANY(%(others)s)))
"""
#: Active versions that were not yet applied to the stored subjects of a kind.
_ACTIVATED = """
    SELECT v.organisation_id, array_agg(v.id)
    FROM profiles_version v JOIN profiles_profile p ON p.id = v.profile_id
    WHERE v.screen_stored AND p.kind = %(kind)s AND p.suspended_at IS NULL
      AND v.state IN ('active', 'ended') AND v.active_from <= %(now)s AND v.active_until > %(now)s
      AND coalesce(v.ended_at > %(now)s, true)
    GROUP BY v.organisation_id ORDER BY v.organisation_id
"""
#: Removes the marks. A subject that is being rectified keeps its mark. The condition contains the groups, so
#: that only a part of the index of marks is read.
_TAKE = """
    WITH mine AS MATERIALIZED (
        SELECT id FROM subjects_subject
        WHERE organisation_id = %s AND coalesce(group_id, id) = ANY(%s) AND id = ANY(%s)
          AND screen_again AND NOT restricted
        ORDER BY id FOR UPDATE SKIP LOCKED
    )
    UPDATE subjects_subject s SET screen_again = false FROM mine WHERE s.id = mine.id RETURNING s.id
"""


def in_force(connection: Connection[Any], organisation: uuid.UUID, now: dt.datetime) -> InForce:
    """Returns the current lists and active profiles. A worker that marks subjects because of a change waits
    for the end of the caller's transaction. The worker therefore also finds and marks the subjects that the
    caller's transaction stores.

    The caller must not have locked any group yet.
    """
    connection.execute(f"SELECT pg_advisory_xact_lock_shared({_SCREENING})", [str(organisation)])
    profiles = {name: loading.current(organisation, name, "intake", now) for name in kinds()}
    own = controls.current(organisation, "intake", now.date())
    linked = partial(neighbours.of_subjects, connection, organisation, as_of=now)
    return InForce(current(organisation, "intake"), now, profiles, own, linked)


_SCREENING = "hashtext('vedette screening'), hashtext(%s)"
_CHANGES = "hashtext('vedette changes'), hashtext(%s)"
_MARKED = "hashtext('vedette marked'), hashtext(%s)"


@contextmanager
def _alone(connection: Connection[Any], organisation: uuid.UUID) -> Iterator[bool]:
    """Yields True if no other worker is marking subjects of the organisation, and False otherwise. If the
    function yields True, no other transaction is still screening with the earlier lists and profiles.
    """
    home = [str(organisation)]
    got = connection.execute(f"SELECT pg_try_advisory_lock({_CHANGES})", home).fetchone()
    if got != (True,):
        yield False
        return
    try:
        with connection.transaction():
            connection.execute(f"SELECT pg_advisory_xact_lock({_SCREENING})", home)
        yield True
    finally:
        connection.execute(f"SELECT pg_advisory_unlock({_CHANGES})", home)


def rescreen_waiting(connection: Connection[Any], keys: Keys) -> bool:
    """Marks, for all organisations, the subjects that may match changed list entries. Returns False if no
    changed entry is waiting.

    Several workers may call this function at the same time. Only one worker marks the subjects of an
    organisation, and the other workers continue with the inbox. Changed entries whose validity has not begun
    are processed when their validity begins.
    """
    done = False
    for (organisation,) in connection.execute(_ORGANISATIONS).fetchall():
        try:
            # Loaded before `_alone`, so that every later transaction screens with these entries.
            knowledge = current(organisation, "intake")
        except ListsNotReady:
            continue
        if organisation in _without and _without[organisation]() is knowledge:
            continue
        with _alone(connection, organisation) as alone:
            if alone and rescreen(connection, keys, organisation, knowledge):
                done = True
            elif alone:
                _without[organisation] = weakref.ref(knowledge)
    return done


def rescreen(
    connection: Connection[Any], keys: Keys, organisation: uuid.UUID, knowledge: Knowledge
) -> bool:
    """Marks the subjects of one organisation that may match changed list entries.

    Returns False if no changed entry is in force.
    """
    # Stored first: if this process ends before the entries are marked, the next one marks them.
    connection.execute(_COMPARED, [Jsonb(knowledge.versions), organisation])
    with connection.transaction():
        connection.execute(
            _CHANGED,
            {
                "of": organisation,
                "lists": [uuid.UUID(id_) for id_ in knowledge.versions],
                "numbers": list(knowledge.versions.values()),
                "number": knowledge.number,
                "others": [uuid.UUID(id_) for id_ in knowledge.others],
            },
        )
        connection.execute("ANALYZE changed_entries")
        count, new = connection.execute(
            "SELECT count(*), count(*) FILTER (WHERE NOT ended) FROM changed_entries"
        ).fetchone() or (0, 0)
        # Subjects with a reason of an entry that ended.
        subjects = set(
            _ids(
                connection,
                "SELECT DISTINCT h.subject_id FROM changed_entries c"
                " JOIN hits_reason r ON r.entry_id = c.id JOIN hits_hit h ON h.id = r.hit_id"
                " WHERE h.organisation_id = %s AND c.ended",
                [organisation],
            )
        )
        if new:
            ids = ([id_ for _, id_ in batch] for batch in _new(connection, organisation))
            if new <= MOST:
                only = [id_ for batch in ids for id_ in batch]
                changed = Knowledge(knowledge.number, entries(organisation, "intake", only))
            else:
                changed = limited(knowledge, ids)
            batches = _new(connection, organisation)
            subjects |= matching(connection, keys, organisation, changed, batches)
        _mark(connection, organisation, sorted(subjects))
        connection.execute(
            "UPDATE lists_listentry e SET asked = true, withdrawn = e.withdrawn OR c.ended"
            " FROM changed_entries c WHERE e.organisation_id = %s AND e.id = c.id",
            [organisation],
        )
    return bool(count)


def matching(
    connection: Connection[Any],
    keys: Keys,
    organisation: uuid.UUID,
    changed: Knowledge,
    batches: Iterable[Sequence[tuple[Entry, uuid.UUID]]],
) -> set[uuid.UUID]:
    """Returns the stored subjects that must be screened against new entries. Both `changed` and `batches`
    contain these new entries. The caller opens the transaction."""
    subjects = set(_asked_by_name(connection, organisation, changed))
    for batch in batches:
        subjects.update(_asked_by_token(connection, keys, organisation, batch))
    # The names and dates that the kinds return do not contain rectified values.
    subjects.update(
        _ids(
            connection,
            "SELECT id FROM subjects_subject WHERE organisation_id = %s AND rectified",
            [organisation],
        )
    )
    return subjects


def _new(
    connection: Connection[Any], organisation: uuid.UUID
) -> Iterator[list[tuple[Entry, uuid.UUID]]]:
    """Yields the new list entries with their ids, in batches."""
    with connection.cursor(name="new_entries") as cursor:
        cursor.execute(
            "SELECT e.content::text, e.id FROM changed_entries c"
            " JOIN lists_listentry e ON e.id = c.id"
            " WHERE e.organisation_id = %s AND NOT c.ended",
            [organisation],
        )
        while rows := cursor.fetchmany(ENTRIES):
            yield [(msgspec.json.decode(content, type=Entry), id_) for content, id_ in rows]


#: Subjects with a reason of an entry of a control list.
_WITH_REASON = """
    SELECT DISTINCT h.subject_id FROM hits_reason r JOIN hits_hit h ON h.id = r.hit_id
    WHERE r.organisation_id = %s AND h.organisation_id = %s AND r.entry_id = ANY(%s)
"""
#: Subjects with a reason of a supplied control list.
_SUPPLIED = """
    SELECT DISTINCT h.subject_id FROM hits_reason r JOIN hits_hit h ON h.id = r.hit_id
    WHERE r.organisation_id = %s AND h.organisation_id = %s AND r.kind = 'control_list'
      AND split_part(r.key, ':', 1) = ANY(%s)
"""


def rescreen_controls(connection: Connection[Any], now: dt.datetime) -> bool:
    """Marks, for all organisations, the subjects that may match changed control lists. A control list changes
    when the validity of a version, a rule or an entry begins or ends. Returns False if nothing changed. Only
    one worker at a time marks the subjects of an organisation."""
    day, done = now.date(), False
    for (organisation,) in connection.execute(
        controls.ORGANISATIONS, controls.supplied_days(day)
    ).fetchall():
        # Loaded before `_alone`, so that every later transaction screens with these lists.
        own = controls.current(organisation, "intake", day)
        with _alone(connection, organisation) as alone:
            if alone:
                done = _rescreen_controls(connection, organisation, day, own) or done
    return done


def _rescreen_controls(
    connection: Connection[Any],
    organisation: uuid.UUID,
    day: dt.date,
    own: Mapping[str, ControlLists],
) -> bool:
    with connection.transaction():
        changed = controls.changes(connection, organisation, day)
        subjects = set(_ids(connection, _WITH_REASON, [organisation, organisation, changed.ids]))
        if changed.replaced:
            subjects.update(
                _ids(connection, _SUPPLIED, [organisation, organisation, sorted(changed.replaced)])
            )
        for name, some in changed.entries.items():
            lists = own.get(name) or ControlLists(day)
            every = {key: {controls.EVERY} for key in changed.replaced}
            subjects.update(described(connection, organisation, name, lists, {**some, **every}))
        _mark(connection, organisation, sorted(subjects))
        connection.execute(
            _COMPARED_CONTROLS, [organisation, Jsonb(changed.versions), Jsonb(changed.supplied)]
        )
        connection.execute(controls.DONE, [day, organisation])
    return not controls.none_changed(changed)


#: A version that is in force may have an earlier number than the one before it.
_COMPARED_CONTROLS = """
    INSERT INTO lists_knowledgestate (organisation_id, number, compared, supplied, problem)
    VALUES (%s, 0, %s, %s, '') ON CONFLICT (organisation_id) DO UPDATE
    SET compared = lists_knowledgestate.compared || EXCLUDED.compared,
        supplied = lists_knowledgestate.supplied || EXCLUDED.supplied
"""


def described(
    connection: Connection[Any],
    organisation: uuid.UUID,
    name: str,
    lists: ControlLists,
    changed: Mapping[str, Collection[str]],
) -> Iterator[uuid.UUID]:
    """Yields the stored subjects of a kind whose texts, numbers or codes match a changed entry of a control
    list. The texts of the subjects are read only once. The caller opens the transaction."""
    formats = kind(name).control_formats
    if formats is None or not any(changed.values()):
        return
    find = formats.finder(lists, changed)
    for some in app_kind(name).described(connection, organisation):
        found = find([(text, code) for _, text, code in some])
        yield from {some[number][0]: None for number in found}


def _mark(
    connection: Connection[Any], organisation: uuid.UUID, subjects: Sequence[uuid.UUID]
) -> None:
    connection.execute(_MARK, {"of": organisation, "ids": list(subjects), "kinds": list(kinds())})


def _ids(connection: Connection[Any], query: LiteralString, params: list[Any]) -> list[uuid.UUID]:
    return [id_ for (id_,) in connection.execute(query, params)]


def _asked_by_name(
    connection: Connection[Any], organisation: uuid.UUID, changed: Knowledge
) -> Iterator[uuid.UUID]:
    """Yields the subjects that a changed entry matches by name and by the other stated values."""
    if not any(len(part.names) for part in changed.parts):
        return
    for kind_ in app_kinds():
        for some in kind_.population(connection, organisation):
            found = changed.screen([asked for _, asked in some])
            yield from (id_ for (id_, _), reasons in zip(some, found, strict=True) if reasons)


def _asked_by_token(
    connection: Connection[Any],
    keys: Keys,
    organisation: uuid.UUID,
    changed: Sequence[tuple[Entry, uuid.UUID]],
) -> list[uuid.UUID]:
    """Returns the subjects of the organisation that have an identifier of a changed entry."""
    tokens = {
        keys.token(kind, folded)
        for entry, _ in changed
        for identifier in entry.identifiers
        if (channel := CHANNELS.get(identifier.kind))
        for folded in listed_keys(channel, identifier.value)
        for kind in _STORED[channel]
    }
    return _ids(
        connection,
        "SELECT DISTINCT subject_id FROM subjects_identifier"
        " WHERE organisation_id = %s AND token = ANY(%s)",
        [organisation, sorted(tokens)],
    )


def rescreen_activated(connection: Connection[Any], now: dt.datetime) -> bool:
    """Marks the subjects to which newly activated or resumed profiles must be applied. Profiles are applied
    to subjects whose values are not masked and on which a decision is still due. Returns False if there are
    no newly activated or resumed profiles.

    Each batch of groups is one short transaction. If a worker is killed, the next worker starts from the
    beginning.
    """
    done = False
    for kind_ in app_kinds():
        for organisation, versions in connection.execute(
            _ACTIVATED, {"kind": kind_.name, "now": now}
        ).fetchall():
            with _alone(connection, organisation) as alone:
                if alone:
                    _mark_due(connection, kind_, organisation, versions, now)
                    done = True
    return done


def rescreen_judged(connection: Connection[Any], keys: Keys, now: dt.datetime) -> bool:
    """Updates the subjects whose records changed without a message (`AppKind.judge`), and marks them for
    screening. Returns False if there are no such subjects."""
    done = False
    for kind_ in app_kinds():
        if kind_.unjudged is None or kind_.judge is None:
            continue
        for organisation in kind_.unjudged(connection):
            with _alone(connection, organisation) as alone:
                if alone:
                    mark = partial(_mark, connection, organisation)
                    kind_.judge(connection, keys, organisation, now, mark)
                    done = True
    return done


def rescreen_linked(connection: Connection[Any], now: dt.datetime) -> bool:
    """Marks the subjects with open hits whose links to known cases may have changed. Returns False if nothing
    changed."""
    done = False
    for organisation in neighbours.changed(connection):
        with _alone(connection, organisation) as alone:
            if alone:
                mark = partial(_mark, connection, organisation)
                neighbours.follow(connection, organisation, now, mark)
                done = True
    return done


def _mark_due(
    connection: Connection[Any],
    kind_: AppKind,
    organisation: uuid.UUID,
    versions: Sequence[uuid.UUID],
    now: dt.datetime,
) -> None:
    changes = loading.number(organisation, "intake")
    groups = kind_.due(connection, organisation, now)
    for start in range(0, len(groups), GROUPS):
        some = groups[start : start + GROUPS]
        with connection.transaction():
            lock(connection, some)
            ids = kind_.in_clear(connection, organisation, some)
            _mark(connection, organisation, ids)
    # If profiles changed in the meantime, one of these versions may have been suspended and resumed. Then
    # `screen_stored` stays set, and the next round repeats this step.
    connection.execute(
        "UPDATE profiles_version SET screen_stored = false WHERE organisation_id = %s"
        " AND id = ANY(%s) AND EXISTS (SELECT FROM profiles_profilestate s"
        " WHERE s.organisation_id = %s AND s.number = %s)",
        [organisation, versions, organisation, changes],
    )


def rescreen_marked(connection: Connection[Any], keys: Keys, now: dt.datetime) -> bool:
    """Screens a batch of marked subjects for each organisation. Returns False if no subjects are marked.

        Several workers may call this function at the same time. One worker screens the stored subjects
    of an organisation again. The other workers continue to process the inbox.
    """
    waiting = connection.execute(
        "SELECT o.id FROM accounts_organisation o WHERE EXISTS (SELECT FROM subjects_subject s"
        " WHERE s.organisation_id = o.id AND s.screen_again AND NOT s.restricted) ORDER BY o.id"
    ).fetchall()
    done = False
    for (organisation,) in waiting:
        with connection.transaction():
            got = connection.execute(
                f"SELECT pg_try_advisory_xact_lock({_MARKED})", [str(organisation)]
            ).fetchone()
            if got == (True,):
                try:
                    known = in_force(connection, organisation, now)
                except ListsNotReady:
                    continue
                subjects = _take_marked(connection, organisation)
                screen_again(connection, keys, organisation, subjects, known)
                done = done or bool(subjects)
    return done


def _take_marked(connection: Connection[Any], organisation: uuid.UUID) -> list[uuid.UUID]:
    """Locks some groups of one kind of subject, and removes the marks of the subjects in these groups.
    Returns the subjects whose marks were removed.

    A transaction that stores messages first locks the groups of one kind of subject, and then the groups of
    another kind. If this function locked groups of several kinds in the order of their ids, a deadlock could
    occur.
    """
    # A bitmap scan would read every marked subject for each batch, before LIMIT applies.
    connection.execute("SET LOCAL enable_bitmapscan = off")
    rows = connection.execute(
        "SELECT id, coalesce(group_id, id), kind FROM subjects_subject"
        " WHERE organisation_id = %s AND screen_again AND NOT restricted"
        " ORDER BY organisation_id, coalesce(group_id, id) LIMIT %s",
        [organisation, BATCH],
    ).fetchall()
    connection.execute("SET LOCAL enable_bitmapscan TO DEFAULT")
    groups = list(dict.fromkeys(group for _, group, kind in rows if kind == rows[0][2]))[:GROUPS]
    lock(connection, groups)
    ids = [id_ for id_, group, _ in rows if group in groups]
    return _ids(connection, _TAKE, [organisation, groups, ids])


def screen_again(
    connection: Connection[Any],
    keys: Keys,
    organisation: uuid.UUID,
    subjects: Sequence[uuid.UUID],
    knowledge: InForce,
) -> None:
    """Screens stored subjects against all current lists and active profiles. The groups of the screened
    subjects stay locked until the end of the caller's transaction.
    """
    for name, ids in connection.execute(
        "SELECT kind, array_agg(id) FROM subjects_subject WHERE organisation_id = %s AND id = ANY(%s)"
        " GROUP BY kind ORDER BY kind",
        [organisation, list(subjects)],
    ).fetchall():
        store = app_kind(name).store(connection, keys, organisation, knowledge.now)
        screen(kind(name), ids, store, knowledge)
