"""The job of a worker that decrypts entries and stores them.

The worker acts with the role, the rights and the scope of the person to whom the entry belongs, in one
transaction for each entry. Therefore an entry is stored only once, and only if this person may store it. An
entry that cannot be stored keeps its values, encrypted, until the person corrects it.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import logging
import uuid
from typing import Any

from django.core.exceptions import ObjectDoesNotExist, PermissionDenied
from django.db import DataError, IntegrityError, connections, transaction
from psycopg import Connection

from vedette.apps.accounts import acts
from vedette.apps.accounts.models import User
from vedette.apps.accounts.rules import may, set_scope
from vedette.apps.keyring import lock_bytes, unlock_bytes
from vedette.apps.offline.kinds import KINDS, EntryKind, Taken, Unfit
from vedette.apps.offline.models import Entry, Photograph
from vedette.core import pictures
from vedette.formats import field_entries
from vedette.keys.ring import DamagedError, Keys, KeysError

logger = logging.getLogger(__name__)

#: Uses of keys (`keyring.lock_bytes`).
CONTENT, PICTURE = "field entry", "field photograph"
#: How many entries of an organisation one execution handles.
_CHUNK = 200
#: A difference of the device's clock below this is not corrected.
SKEW = dt.timedelta(minutes=10)
#: A greater difference of the clock is not corrected: the time that it gives is meaningless.
_MOST_SKEW = dt.timedelta(days=3653)

#: Errors that the values of an entry can cause. One entry must not stop the entries behind it.
_WRONG = (
    DataError, IntegrityError, ObjectDoesNotExist, ArithmeticError, LookupError, TypeError, ValueError,
)  # fmt: skip

# A correction waits until the entry that it corrects was taken. An entry that waits for a person is opened
# once, so that this person sees it.
_WAITING = """
    SELECT e.id, coalesce(e.accepted_by_id, e.author_id) FROM offline_entry e
    WHERE e.organisation_id = %(home)s AND (e.state = 'held' AND e.sealed IS NOT NULL OR e.state = 'waiting'
      AND (e.code <> 'first' OR EXISTS (
          SELECT FROM offline_entry f WHERE f.id = e.amends AND f.organisation_id = %(home)s
            AND f.state NOT IN ('waiting', 'held'))))
    ORDER BY e.received_at, e.id LIMIT %(most)s
"""


def take(connection: Connection[Any], keys: Keys, at: dt.datetime) -> int:
    """Decrypts and stores the waiting entries. `keys` must contain the private half of the key `field`.
    Returns the number of entries whose state changed.
    """
    done = 0
    for (home,) in connection.execute(
        "SELECT id FROM accounts_organisation ORDER BY id"
    ).fetchall():
        rows = connection.execute(_WAITING, {"home": home, "most": _CHUNK}).fetchall()
        if rows:
            connections["default"].close_if_unusable_or_obsolete()
        for id_, who in rows:
            done += _take(keys, home, id_, who)
    return done


def _take(keys: Keys, home: uuid.UUID, id_: uuid.UUID, who: uuid.UUID) -> int:
    with transaction.atomic():
        set_scope(home)
        user = User.objects.get(pk=who)
        set_scope(user)
        rows = Entry.objects.select_for_update(skip_locked=True, of=("self",))
        row = rows.filter(pk=id_, state__in=(Entry.State.WAITING, Entry.State.HELD)).first()
        if row is None:
            return 0
        try:
            with transaction.atomic():
                _open(keys, row, user)
        except KeysError as error:
            # A key is missing: the entry stays until the operator restores it.
            logger.error("field entry: %s", error)
            return 0
        row.save(
            update_fields=["state", "code", "problems", "content", "sealed", "kind", "amends",
                           "result", "delete_at"]
        )  # fmt: skip
        return 1


def _open(keys: Keys, row: Entry, user: User) -> None:
    """Decrypts an entry, and stores it. If the entry cannot be stored, keeps the entry together with the
    reason. An entry that a person must accept is only decrypted, so that this person can see its values and
    photographs before accepting it."""
    entry = _read(keys, row)
    if entry is None:
        acts.write(user, "field.problem", row.pk, code=row.code)
        return
    if row.state == Entry.State.WAITING and (user.suspended_at or not user.is_active):
        row.state, row.code = Entry.State.HELD, "suspended"
    if row.state == Entry.State.HELD:
        _photographs(row, entry)
        return
    try:
        kind = KINDS.get(entry.kind)
        if kind is None or not may(user, kind.right):
            raise Unfit("kind")
        with transaction.atomic():
            taken = _stored(user, kind, row, entry)
    except (Unfit, PermissionDenied, *_WRONG) as refused:
        code = refused.code if isinstance(refused, Unfit) else "kind"
        if isinstance(refused, _WRONG):
            code = "failed"
            # The text of the error may contain values of the entry.
            logger.error("field entry %s: %s", row.pk, type(refused).__name__)
        row.code, row.problems = code, getattr(refused, "problems", {})
        if code != "first":
            row.state = Entry.State.PROBLEM
            acts.write(user, "field.problem", row.pk, code=code)
        return
    row.state, row.code, row.problems = Entry.State.STORED, "", {}
    row.content = None
    if taken:
        row.result, row.delete_at = taken.result, max(row.delete_at, taken.delete_at)
    bad = _photographs(row, entry)
    if bad:
        row.code, row.problems = "photograph", {str(number): code for number, code in bad}
    acts.write(user, "field.store", row.pk, about=row.result, photographs=len(entry.photographs))


def _read(keys: Keys, row: Entry) -> field_entries.Entry | None:
    """Returns the content of an entry. Replaces the received bytes with the content, which is encrypted with
    a key of the server.

    Returns None if the content cannot be read, or if its entry number or its person differs from the entry
    number or the person that was sent with the entry. If the function returns None, the entry may belong to
    another person. The entry therefore stays encrypted as it was received, and no user can read it.
    """
    try:
        content = _content(keys, row)
        entry = field_entries.read(content)
    except DamagedError:
        row.state, row.code = Entry.State.PROBLEM, "damaged"
        return None
    except field_entries.Unreadable:
        row.state, row.code = Entry.State.PROBLEM, "unreadable"
        return None
    if entry.id != row.pk or entry.owner != row.author_id:
        row.state, row.code = Entry.State.PROBLEM, "sender"
        return None
    row.kind, row.amends = entry.kind, entry.amends
    row.content, row.sealed = lock_bytes(content, CONTENT), None
    return entry


def _content(keys: Keys, row: Entry) -> bytes:
    if row.sealed is None:
        assert row.content is not None  # noqa: S101  a constraint of the table
        return unlock_bytes(bytes(row.content), CONTENT)
    return keys.open_sealed(bytes(row.sealed))


def _stored(user: User, kind: EntryKind, row: Entry, entry: field_entries.Entry) -> Taken | None:
    ahead = row.sent_at - row.received_at if row.sent_at else dt.timedelta()
    ahead = ahead if SKEW < abs(ahead) < _MOST_SKEW else dt.timedelta()
    if entry.amends is None:
        return kind.take(user, entry, ahead)
    first = Entry.objects.filter(pk=entry.amends, author_id=row.author_id).first()
    if first is None or first.state in (Entry.State.WAITING, Entry.State.HELD):
        raise Unfit("first")
    before = Entry.objects.filter(
        amends=entry.amends, author_id=row.author_id, state=Entry.State.WAITING
    )
    if before.filter(received_at__lt=row.received_at).exists():
        raise Unfit("first")
    if first.result is not None:
        return kind.amend(user, first.result, entry, ahead)
    # The first entry could not be stored: the correction takes its place.
    taken = kind.take(user, entry, ahead) if entry.what == "correct" else None
    Entry.objects.filter(pk=first.pk).update(state=Entry.State.REPLACED, content=None, sealed=None)
    return taken


def _photographs(row: Entry, entry: field_entries.Entry) -> list[tuple[int, str]]:
    """Stores the photographs of an entry that are not stored yet.

    Returns the numbers of the files that are not pictures, each with its problem.
    """
    bad: list[tuple[int, str]] = []
    stored = set(row.photographs.values_list("number", flat=True))
    for number, data in enumerate(entry.photographs, 1):
        if number in stored:
            continue
        try:
            made = pictures.read(data)
        except pictures.Unreadable as error:
            bad.append((number, error.code))
            continue
        Photograph.objects.create(
            organisation_id=row.organisation_id, entry=row, number=number, width=made.width,
            height=made.height, digest=hashlib.sha256(data).digest(),
            picture=lock_bytes(made.data, PICTURE),
        )  # fmt: skip
    return bad


def forget(connection: Connection[Any], at: dt.datetime) -> int:
    """Deletes entries and their photographs at the end of the retention period, including entries that still
    wait to be accepted by a person or still wait for another entry. Also deletes the photographs of entries
    that were discarded or replaced, and the parts of entries that did not arrive completely. Returns the
    number of deleted rows of entries and of parts."""
    done = 0
    for (home,) in connection.execute(
        "SELECT id FROM accounts_organisation ORDER BY id"
    ).fetchall():
        done += connection.execute(_FORGET, {"home": home, "now": at}).rowcount
        connection.execute(_FORGET_PICTURES, {"home": home})
        done += connection.execute(_FORGET_PARTS, {"home": home, "now": at}).rowcount
    return done


_FORGET = """
    WITH gone AS (
        SELECT id FROM offline_entry WHERE organisation_id = %(home)s AND delete_at <= %(now)s
    ), pictures AS (
        DELETE FROM offline_photograph WHERE organisation_id = %(home)s
          AND entry_id IN (SELECT id FROM gone)
    )
    DELETE FROM offline_entry WHERE organisation_id = %(home)s AND id IN (SELECT id FROM gone)
"""
_FORGET_PICTURES = """
    DELETE FROM offline_photograph WHERE organisation_id = %(home)s AND entry_id IN (
        SELECT id FROM offline_entry WHERE organisation_id = %(home)s AND state IN ('discarded', 'replaced'))
"""
_FORGET_PARTS = """
    DELETE FROM offline_part WHERE organisation_id = %(home)s AND at <= %(now)s - interval '30 days'
"""
