"""Deducts the quantities of goods items from recorded licences (`draw`), and checks stored items again after
a change of a licence.

A transaction that stores items first locks the declarations. The transaction then locks the licences that the
items name, ordered by licence id. `goods.licences.draw` computes the balances of a licence from all items
that name it. The balances do not depend on the order of arrival. A change of an item never affects items with
an earlier time. The change does not affect later items either if the balances were always sufficient for
them, and still are after the change. Otherwise, the quantities of these items are deducted again. Items
before the changed item are never read.
"""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Callable, Container, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

import msgspec
from psycopg import Connection
from psycopg.types.json import Jsonb

from vedette.core.records import decode
from vedette.goods import controls, declarations, judging, knowledge, licences
from vedette.goods.declarations import Goods, Held, Item, Known
from vedette.goods.kind import KIND
from vedette.goods.licences import Booking, Claim, Licence, LicenceLine

#: Number of stored items that are judged again in one transaction.
CHUNK = 500
#: Kinds of document that draw. Others are judged only, because the goods are declared as well.
_DRAWING = frozenset(("declaration",))
_LICENCES = """
    SELECT id, number, key, kind, holders, destinations, valid_from, valid_to, revoked, lines, version,
        applied
    FROM goods_licence WHERE organisation_id = %s AND id = ANY(%s) ORDER BY id
"""
_USES = """
    SELECT id, at, wants, draws, line, asked, drawn, state, fell, before FROM goods_licenceuse
    WHERE organisation_id = %(of)s AND licence_id = %(licence)s
"""


@dataclass(frozen=True, slots=True)
class Stored:
    """A licence in its stored form."""

    id: uuid.UUID
    key: str
    licence: Licence
    version: int
    applied: int

    @property
    def limited(self) -> dict[int, Decimal]:
        """The lines with a limited quantity."""
        return {
            line.number: line.quantity for line in self.licence.lines if line.quantity is not None
        }


def record(
    number: str, kind: str, holders: Sequence[str], destinations: Sequence[str],
    valid_from: dt.date | None, valid_to: dt.date | None, revoked: dt.date | None, lines: Any,
) -> Licence:  # fmt: skip
    """Returns the licence that the columns of a row contain."""
    return Licence(
        number=number, kind=kind, holders=tuple(holders), destinations=tuple(destinations),
        valid_from=valid_from, valid_to=valid_to, revoked=revoked,
        lines=msgspec.convert(lines, tuple[LicenceLine, ...], dec_hook=decode, strict=False),
    )  # fmt: skip


def _stored(row: Sequence[Any]) -> Stored:
    id_, number, key, kind, holders, destinations, start, end, revoked, lines, version, applied = (
        row
    )
    made = record(number, kind, holders, destinations, start, end, revoked, lines)
    return Stored(id_, key, made, version, applied)


# --- what is known about the licences of items ----------------------------------------------------


def load(connection: Connection[Any], organisation: uuid.UUID, items: Sequence[Item]) -> None:
    """Loads the recorded licences that stored items name, and the balances before each item."""
    for item in items:
        item.known = declarations.NOTHING_KNOWN
    codes = [code for code, one in knowledge.documents().items() if one.licence]
    kinds, some = connection.execute(
        "SELECT ARRAY(SELECT c FROM unnest(%(codes)s::text[]) c WHERE EXISTS (SELECT FROM goods_licence"
        "  WHERE organisation_id = %(of)s AND kind = c)),"
        " EXISTS (SELECT FROM goods_licence WHERE organisation_id = %(of)s)",
        {"codes": codes, "of": organisation},
    ).fetchone() or ((), False)
    if not some or not items:
        return
    of_item = {item.id: item for item in items}
    rows = connection.execute(
        "SELECT i.subject_id, l.id, u.state, u.line, u.asked, u.before FROM subjects_identifier i"
        " JOIN goods_licence l ON l.organisation_id = i.organisation_id AND l.token = i.token"
        " LEFT JOIN goods_licenceuse u ON u.subject_id = i.subject_id AND u.licence_id = l.id"
        " WHERE i.organisation_id = %s AND i.subject_id = ANY(%s) AND i.kind = 'licence'",
        [organisation, list(of_item)],
    ).fetchall()
    stored = read(connection, organisation, {row[1] for row in rows})
    named: dict[uuid.UUID, tuple[dict[str, Licence], dict[tuple[str, int], Decimal]]] = {
        item.id: ({}, {}) for item in items
    }
    for subject, id_, state, line, asked, before in rows:
        mine, balances = named[subject]
        one = stored[id_]
        mine[one.key] = one.licence
        balances.update(balances_before(one.key, one.limited, state, line, asked, before))
    for item in items:
        item.known = Known(*named[item.id], frozenset(kinds))


def recorded(
    connection: Connection[Any], organisation: uuid.UUID, some: Sequence[Goods]
) -> frozenset[str]:
    """Returns the numbers of the recorded licences that are named by items with more than
    `judging.MOST_DOCUMENTS` documents. The documents with these numbers are checked first."""
    many = [
        found for goods in some if len(found := judging.candidates(goods)) > judging.MOST_DOCUMENTS
    ]
    keys = {licences.plain(one.reference or "") for found in many for one in found}
    if not keys:
        return frozenset()
    rows = connection.execute(
        "SELECT key FROM goods_licence WHERE organisation_id = %s AND key = ANY(%s)",
        [organisation, list(keys)],
    )
    return frozenset(key for (key,) in rows)


def read(
    connection: Connection[Any],
    organisation: uuid.UUID,
    ids: Iterable[uuid.UUID],
    lock: bool = False,
) -> dict[uuid.UUID, Stored]:
    """Returns licences.

    If `lock` is true, the licences are locked until the transaction ends, ordered by licence id.
    """
    rows = connection.execute(_LICENCES + ("FOR UPDATE" if lock else ""), [organisation, list(ids)])
    return {row[0]: _stored(row) for row in rows}


def balances_before(
    key: str, limited: Mapping[int, Decimal], state: str | None, line: int | None,
    asked: Decimal | None, before: Mapping[str, str] | None,
) -> dict[tuple[str, int], Decimal]:  # fmt: skip
    """Returns balances with which `licences.judge` returns the stored result of an item: the balance of the
    line that covers the item is sufficient, and the balances of earlier lines are not. For an item without a
    stored result, the whole quantity of each line is available."""
    if state == "present":
        found = {(key, number): Decimal(0) for number in limited}
        if line is not None and line in limited and asked is not None:
            found[key, line] = asked
        return found
    if state == "exhausted":
        return {(key, int(number)): Decimal(left) for number, left in (before or {}).items()}
    return {}


# --- drawing --------------------------------------------------------------------------------------


@dataclass(slots=True)
class Change:
    """The items that name a licence, in the form in which they are stored, and the items that no longer name
    the licence."""

    entries: dict[uuid.UUID, tuple[uuid.UUID | None, dt.datetime, str, Claim | None, bool]] = field(
        default_factory=dict
    )
    gone: set[uuid.UUID] = field(default_factory=set)


def use_id(licence: uuid.UUID, subject: uuid.UUID) -> uuid.UUID:
    """Returns the id of the row of an item that names a licence."""
    return uuid.uuid5(licence, str(subject))


def draw(
    connection: Connection[Any], organisation: uuid.UUID,
    changed: Sequence[tuple[Held, Item]], now: dt.datetime,
) -> None:  # fmt: skip
    """Deducts the quantities of changed items from the licences that they name. The caller must have locked
    their declarations and stored the items with their identifiers."""
    items = [item for _, item in changed]
    load(connection, organisation, items)
    before = connection.execute(
        "SELECT licence_id, subject_id FROM goods_licenceuse"
        " WHERE organisation_id = %s AND subject_id = ANY(%s)",
        [organisation, [item.id for item in items if item.stored]],
    ).fetchall()
    naming = [(hold, item) for hold, item in changed if item.known.licences and item.here]
    if not naming and not before:
        return
    tokens = {
        item.id: judging.numbers(declarations.read(hold, item), item.known.licences)
        for hold, item in naming
    }
    wanted = {key for names in tokens.values() for key in names}
    ids = {
        id_
        for (id_,) in connection.execute(
            "SELECT id FROM goods_licence WHERE organisation_id = %s AND key = ANY(%s)",
            [organisation, list(wanted)],
        )
    }
    locked = read(connection, organisation, ids | {id_ for id_, _ in before}, lock=True)
    matched = [controls.entries_of(one) for one in controls.matches(naming, now)]
    changes = _changes(locked, zip(naming, matched, strict=True))
    for id_, subject in before:
        if use_id(id_, subject) not in changes[id_].entries:
            changes[id_].gone.add(use_id(id_, subject))
    for id_ in sorted(changes):
        post(connection, organisation, locked[id_], changes[id_])
    load(connection, organisation, items)


def _changes(
    stored: Mapping[uuid.UUID, Stored],
    items: Iterable[tuple[tuple[Held, Item], Sequence[str]]],
) -> dict[uuid.UUID, Change]:
    """Returns, for each licence, the items that name it, with the quantities to be deducted."""
    of_key = {one.key: one for one in stored.values()}
    changes = {id_: Change() for id_ in stored}
    for (hold, item), entries in items:
        goods = declarations.read(hold, item)
        known = item.known.licences
        use = judging.use_of(
            goods, str(item.id), item.first, entries, received=item.received, recorded=known,
            contested=hold.contested,
        )  # fmt: skip
        draws = goods.message.document in _DRAWING
        for number, document in judging.numbers(goods, known).items():
            one = of_key.get(number)
            if one is None:
                continue
            state, claim = licences.claimed(use, document, one.licence, known)
            id_ = use_id(one.id, item.id)
            changes[one.id].entries[id_] = (
                item.id, item.first or use.at, state, claim, draws and item.here
            )  # fmt: skip
    return changes


def post(
    connection: Connection[Any], organisation: uuid.UUID, one: Stored, change: Change,
    book: bool = True,
) -> None:  # fmt: skip
    """Stores the items that name a licence, and deducts their quantities. If `book` is false, the caller
    deducts the quantities of all items afterwards. The caller must have locked the licence."""
    known = {
        id_: (at, state, _wants(wants), draws, line, asked if drawn else None)
        for id_, at, state, wants, draws, line, asked, drawn in connection.execute(
            "SELECT id, at, state, wants, draws, line, asked, drawn FROM goods_licenceuse"
            " WHERE organisation_id = %s AND licence_id = %s AND id = ANY(%s)",
            [organisation, one.id, [*change.entries, *change.gone]],
        )
    }
    new: list[tuple[Any, ...]] = []
    places: list[tuple[dt.datetime, uuid.UUID]] = []
    asked: dict[int, Decimal] = {}
    gone = [id_ for id_ in change.gone if id_ in known]
    given_back = list(gone)
    for id_, (subject, at, state, claim, draws) in change.entries.items():
        wants = claim.wants if claim else ()
        was = known.get(id_)
        # A state that depends on the balances is no new statement.
        if (
            was is not None
            and was[0] == at
            and was[2:4] == (wants, draws)
            and (wants or was[1] == state)
        ):
            continue
        places += [(at, id_), *([(was[0], id_)] if was else [])]
        given_back += [id_] if was else []
        new.append((id_, subject, at, state, wants, draws))
        if wants and draws and (quantity := wants[0][1]) is not None:
            asked[wants[0][0]] = asked.get(wants[0][0], Decimal(0)) + quantity
    places += [(known[id_][0], id_) for id_ in gone]
    if not places and one.applied == one.version:
        return
    if gone:
        connection.execute(
            "DELETE FROM goods_licenceuse WHERE organisation_id = %s AND id = ANY(%s)",
            [organisation, gone],
        )
    _upsert(connection, organisation, one.id, new)
    if not book:
        return
    mine = {id_ for id_, *_ in new}
    if one.applied != one.version:
        _replay(connection, organisation, one, None, mine)
        return
    # The balances become those of the items that keep their quantities.
    back: dict[int, Decimal] = {}
    for id_ in given_back:
        line, quantity = known[id_][4:]
        if quantity is not None:
            back[line] = back.get(line, Decimal(0)) - quantity
    _balance(connection, organisation, one.id, back)
    start = min(places)
    alone = all(draws or not wants for *_, wants, draws in new)
    if not (alone and _add(connection, organisation, one, new, asked, start)):
        _replay(connection, organisation, one, start, mine)


def _wants(
    stored: Sequence[Sequence[Any]], unlimited: Iterable[int] = ()
) -> tuple[tuple[int, Decimal | None], ...]:
    """Returns the lines that cover an item. No quantity is deducted from a line without a limit."""
    free = set(unlimited)
    return tuple(
        (line, None if asked is None or line in free else Decimal(asked)) for line, asked in stored
    )


def _upsert(
    connection: Connection[Any], organisation: uuid.UUID, licence: uuid.UUID,
    rows: Sequence[tuple[Any, ...]],
) -> None:  # fmt: skip
    """Stores the rows of items before their quantities are deducted."""
    if not rows:
        return
    values = [
        {
            "id": str(id_), "subject": str(subject) if subject else None, "at": at.isoformat(),
            "state": state, "draws": draws,
            "wants": [[line, None if asked is None else str(asked)] for line, asked in wants],
        }
        for id_, subject, at, state, wants, draws in rows
    ]  # fmt: skip
    connection.execute(
        "INSERT INTO goods_licenceuse (id, organisation_id, licence_id, subject_id, at, state, draws, wants,"
        " drawn, fell, before, again)"
        " SELECT a.id, %s, %s, a.subject, a.at, a.state, a.draws, a.wants, false, false, '{}', false"
        " FROM jsonb_to_recordset(%s) AS a"
        " (id uuid, subject uuid, at timestamptz, state text, draws boolean, wants jsonb) ORDER BY a.id"
        " ON CONFLICT (id) DO UPDATE SET at = EXCLUDED.at, state = EXCLUDED.state, draws = EXCLUDED.draws,"
        " wants = EXCLUDED.wants, line = NULL, asked = NULL, drawn = false, fell = false, before = '{}'",
        [organisation, licence, Jsonb(values)],
    )


def _add(
    connection: Connection[Any], organisation: uuid.UUID, one: Stored,
    new: Sequence[tuple[Any, ...]], asked: Mapping[int, Decimal],
    start: tuple[dt.datetime, uuid.UUID],
) -> bool:  # fmt: skip
    """Deducts the quantities of new and changed items without reading the other items. The balances must be
    sufficient for all these items. From the position `start` onwards (in the order of time), no balance may
    have been too small for an item, and no item that is only checked (`draws` is false) may need a balance.
    Otherwise, returns False and changes nothing."""
    (others,) = connection.execute(
        "SELECT EXISTS (SELECT FROM goods_licenceuse WHERE organisation_id = %s AND licence_id = %s"
        " AND (fell OR (NOT draws AND wants <> '[]')) AND (at, id) >= (%s, %s))",
        [organisation, one.id, *start],
    ).fetchone() or (True,)
    left = _left(connection, organisation, one)
    if others or any(quantity > left.get(line, Decimal(0)) for line, quantity in asked.items()):
        return False
    _book(
        connection, organisation,
        [
            Booking(
                key=str(id_), covered=True, line=wants[0][0], asked=wants[0][1],
                drawn=wants[0][1] is not None,
            )
            for id_, _, _, _, wants, _ in new
            if wants
        ],
        frozenset(id_ for id_, *_ in new),
    )  # fmt: skip
    _balance(connection, organisation, one.id, asked)
    return True


def _left(connection: Connection[Any], organisation: uuid.UUID, one: Stored) -> dict[int, Decimal]:
    rows = connection.execute(
        "SELECT line, quantity - drawn FROM goods_licencebalance"
        " WHERE organisation_id = %s AND licence_id = %s",
        [organisation, one.id],
    )
    return {line: Decimal(left) for line, left in rows}


def _balance(
    connection: Connection[Any], organisation: uuid.UUID, licence: uuid.UUID,
    more: Mapping[int, Decimal],
) -> None:  # fmt: skip
    """Adds quantities to the deducted quantities of lines."""
    for line, quantity in sorted(more.items()):
        if quantity:
            connection.execute(
                "UPDATE goods_licencebalance SET drawn = drawn + %s"
                " WHERE organisation_id = %s AND licence_id = %s AND line = %s",
                [quantity, organisation, licence, line],
            )


def _replay(
    connection: Connection[Any], organisation: uuid.UUID, one: Stored,
    start: tuple[dt.datetime, uuid.UUID] | None, mine: Iterable[uuid.UUID],
) -> None:  # fmt: skip
    """Deducts the quantities of all items from the position `start` onwards, in chronological order. If the
    licence was changed (`start` is None), deducts the quantities of all items. Items before the position are
    not read: the balances at the position are the current balances plus the quantities of the items that
    follow."""
    after = ""
    given: dict[str, Any] = {"of": organisation, "licence": one.id}
    if start is not None:
        after = " AND (at, id) >= (%(at)s, %(id)s)"
        given |= {"at": start[0], "id": start[1]}
    rows = connection.execute(_USES + after + " ORDER BY at, id", given).fetchall()
    left = dict(one.limited)
    if start is not None:
        left |= _left(connection, organisation, one)
        for _, _, _, _, line, quantity, drawn, *_ in rows:
            if drawn:
                left[line] += quantity
    unlimited = {line.number for line in one.licence.lines if line.quantity is None}
    claims = [
        Claim(key=str(id_), at=at, wants=_wants(wants, unlimited), draws=draws)
        for id_, at, wants, draws, *_ in rows
        if wants
    ]
    made = licences.book(claims, left)
    was = {str(row[0]): row[4:] for row in rows}
    changed = [
        booking for booking in made
        if was[booking.key] != (
            booking.line, booking.asked, booking.drawn,
            "present" if booking.covered else "exhausted", booking.fell,
            {str(line): str(rest) for line, rest in booking.before.items()},
        )
    ]  # fmt: skip
    _book(connection, organisation, changed, frozenset(mine))
    if start is None:
        connection.execute(
            "DELETE FROM goods_licencebalance WHERE organisation_id = %s AND licence_id = %s",
            [organisation, one.id],
        )
        for line, quantity in sorted(one.limited.items()):
            connection.execute(
                "INSERT INTO goods_licencebalance (organisation_id, licence_id, line, quantity, drawn)"
                " VALUES (%s, %s, %s, %s, %s)",
                [organisation, one.id, line, quantity, quantity - left[line]],
            )
    else:
        for line, rest in sorted(left.items()):
            connection.execute(
                "UPDATE goods_licencebalance SET drawn = quantity - %s"
                " WHERE organisation_id = %s AND licence_id = %s AND line = %s",
                [rest, organisation, one.id, line],
            )


def _book(
    connection: Connection[Any], organisation: uuid.UUID, made: Sequence[Booking],
    mine: frozenset[uuid.UUID],
) -> None:  # fmt: skip
    """Stores the computed results of items.

    An item that is not among `mine` is screened again if its state changes.
    """
    if not made:
        return
    values = [
        {
            "id": one.key, "state": "present" if one.covered else "exhausted", "line": one.line,
            "asked": None if one.asked is None else str(one.asked), "drawn": one.drawn,
            "fell": one.fell,
            "before": {str(line): str(left) for line, left in one.before.items()},
        }
        for one in made
    ]  # fmt: skip
    connection.execute(
        "UPDATE goods_licenceuse u SET again = u.again"
        "  OR (u.state, u.line) IS DISTINCT FROM (a.state, a.line) AND NOT u.id = ANY(%s),"
        " state = a.state, line = a.line, asked = a.asked, drawn = a.drawn, fell = a.fell,"
        " before = a.before FROM jsonb_to_recordset(%s) AS a (id uuid, state text, line integer,"
        " asked numeric, drawn boolean, fell boolean, before jsonb)"
        # The ids are stated as well, so that the planner reads only their rows.
        " WHERE u.organisation_id = %s AND u.id = ANY(%s) AND u.id = a.id",
        [list(mine), Jsonb(values), organisation, [uuid.UUID(one.key) for one in made]],
    )


# --- after a change of a licence ------------------------------------------------------------------


def unjudged(connection: Connection[Any]) -> list[uuid.UUID]:
    """Returns the organisations with a changed licence, or with items that must be screened again because of
    a licence."""
    rows = connection.execute(
        "SELECT o.id FROM accounts_organisation o WHERE EXISTS (SELECT FROM goods_licence l"
        "  WHERE l.organisation_id = o.id AND l.applied < l.version)"
        " OR EXISTS (SELECT FROM goods_licenceuse u WHERE u.organisation_id = o.id"
        "  AND (u.again OR u.recheck))"
        " ORDER BY o.id"
    )
    return [id_ for (id_,) in rows]


def judge_later(
    connection: Connection[Any], organisation: uuid.UUID, items: Mapping[uuid.UUID, Iterable[str]]
) -> None:
    """Requests a new check of items (`judge`), because the entries of control lists that they match changed.
    `items` contains the numbers of the recorded licences that each item names."""
    keys = sorted({key for some in items.values() for key in some})
    if keys:
        # The rows of items are changed by the transaction that holds the lock of the licence.
        connection.execute(
            "SELECT FROM goods_licence WHERE organisation_id = %s AND key = ANY(%s) ORDER BY id FOR UPDATE",
            [organisation, keys],
        )
        connection.execute(
            "UPDATE goods_licenceuse SET recheck = true WHERE organisation_id = %s AND subject_id = ANY(%s)",
            [organisation, list(items)],
        )


def judge(
    connection: Connection[Any], store: Any, organisation: uuid.UUID,
    mark: Callable[[Sequence[uuid.UUID]], None],
) -> None:  # fmt: skip
    """Checks the stored items that name a changed licence, and marks the items to be screened again (`mark`).
    The caller ensures that no other transaction still uses the earlier licences. If this process is
    interrupted, the next process repeats the step. `store` creates the object that stores the items of a
    transaction."""
    changed = connection.execute(
        "SELECT id FROM goods_licence WHERE organisation_id = %s AND applied < version ORDER BY id",
        [organisation],
    ).fetchall()
    for (id_,) in changed:
        _apply(connection, store, organisation, id_)
    while _recheck(connection, store, organisation):
        pass
    while True:
        with connection.transaction():
            rows = connection.execute(
                "SELECT id, subject_id FROM goods_licenceuse WHERE organisation_id = %s AND again"
                " ORDER BY id LIMIT %s",
                [organisation, CHUNK],
            ).fetchall()
            if not rows:
                return
            mark([subject for _, subject in rows if subject is not None])
            connection.execute(
                "UPDATE goods_licenceuse SET again = false WHERE organisation_id = %s AND id = ANY(%s)",
                [organisation, [id_ for id_, _ in rows]],
            )


def _apply(
    connection: Connection[Any], store: Any, organisation: uuid.UUID, licence: uuid.UUID
) -> None:
    """Checks the stored items that name a licence against its current version. Items with masked values keep
    their previous quantities."""
    (version,) = connection.execute(
        "SELECT version FROM goods_licence WHERE organisation_id = %s AND id = %s",
        [organisation, licence],
    ).fetchone() or (0,)
    named = [
        id_
        for (id_,) in connection.execute(
            "SELECT i.subject_id FROM subjects_identifier i JOIN goods_licence l"
            " ON l.organisation_id = i.organisation_id AND l.token = i.token AND l.id = %s"
            " JOIN subjects_subject s ON s.id = i.subject_id"
            " WHERE i.organisation_id = %s AND i.kind = 'licence' AND s.kind = %s"
            " ORDER BY s.group_id, s.id",
            [licence, organisation, KIND.name],
        )
    ]
    for start in range(0, max(len(named), 1), CHUNK):
        some = set(named[start : start + CHUNK])
        with connection.transaction():
            of_chunk = store(connection)
            held = of_chunk.hold(of_chunk.groups(sorted(some))) if some else {}
            locked = read(connection, organisation, [licence], lock=True)
            changes = _changes(locked, _current(held, some))
            post(connection, organisation, locked[licence], changes[licence], book=False)
    with connection.transaction():
        locked = read(connection, organisation, [licence], lock=True)
        _replay(connection, organisation, locked[licence], None, ())
        connection.execute(
            "UPDATE goods_licence SET applied = %s WHERE organisation_id = %s AND id = %s AND version = %s",
            [version, organisation, licence, version],
        )
        connection.execute(
            "UPDATE goods_licenceuse SET again = true WHERE organisation_id = %s AND licence_id = %s"
            " AND subject_id IS NOT NULL",
            [organisation, licence],
        )


def _recheck(connection: Connection[Any], store: Any, organisation: uuid.UUID) -> bool:
    """Checks the next stored items whose matched entries of control lists changed, and marks them to be
    screened again if needed. Returns whether there were items to process."""
    with connection.transaction():
        rows = connection.execute(
            "SELECT id, licence_id, subject_id FROM goods_licenceuse"
            " WHERE organisation_id = %s AND recheck ORDER BY id LIMIT %s",
            [organisation, CHUNK],
        ).fetchall()
        if not rows:
            return False
        some = {subject for _, _, subject in rows if subject is not None}
        of_chunk = store(connection)
        held = of_chunk.hold(of_chunk.groups(sorted(some))) if some else {}
        locked = read(connection, organisation, {licence for _, licence, _ in rows}, lock=True)
        wanted = {id_ for id_, _, _ in rows}
        for licence, change in sorted(_changes(locked, _current(held, some)).items()):
            mine = {id_: entry for id_, entry in change.entries.items() if id_ in wanted}
            post(connection, organisation, locked[licence], Change(mine))
        connection.execute(
            "UPDATE goods_licenceuse SET recheck = false, again = again OR subject_id IS NOT NULL"
            " WHERE organisation_id = %s AND id = ANY(%s)",
            [organisation, list(wanted)],
        )
    return True


def _current(
    held: Mapping[uuid.UUID, Held], some: Container[uuid.UUID]
) -> list[tuple[tuple[Held, Item], Sequence[str]]]:
    """Returns the given items with the entries of control lists that they match. Items that are masked or
    that a later message removed are left out."""
    return [
        ((hold, item), item.matched)
        for hold in held.values()
        for item in hold.subjects
        if item.id in some and item.clear and hold.clear and item.here
    ]
