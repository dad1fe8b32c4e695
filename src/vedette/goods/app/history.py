"""Computes values about earlier declarations with the same parties, consignee address or containers, for all
items of a batch. A batch is a set of files that are processed in one transaction. One query computes the
values of all items.

Parties are compared by keyed tokens, which are kept when the values of an item are masked. The token is
computed from the first number of the party or, if the party has no number, from its normalised name. An
earlier declaration is counted from the time when it was stored, a hit from the time when it was opened, and a
result from the time when it was recorded. Declarations of other organisations, removed items and restricted
items are excluded.
"""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from psycopg import Connection
from psycopg.types.json import Jsonb

from vedette.goods import declarations
from vedette.goods.app.rows import party_name
from vedette.goods.declarations import Goods, Held, Item
from vedette.goods.records import Party
from vedette.keys.ring import Keys
from vedette.screening.exact import fold_address, fold_document

#: Side of a declaration → the roles of its party, the first that a party has.
SIDES = {
    "consignor": ("consignor", "exporter", "seller"),
    "consignee": ("consignee", "importer", "buyer"),
    "declarant": ("declarant", "representative"),
}
#: Maximum number of earlier items that are read for one token. For a token with more, the values are missing.
MOST = 2_000
#: Maximum number of tokens of one item for its containers, and for the address of its consignee.
_TOKENS = 4
#: Length of the period in days, and additional days: a retention period starts on the first day of a month.
YEAR, SLACK = 365, 31

# Whether a token has too many earlier items, in the period and in all. The queries below leave such tokens
# out, because they would read thousands of items without a result.
_CROWDED = """
    SELECT a.n,
           (SELECT count(*) FROM (
                SELECT FROM subjects_identifier
                WHERE organisation_id = %(home)s AND token = decode(a.token, 'hex') AND kind = a.kind
                  AND at <= %(as_of)s AND at > %(as_of)s - make_interval(days => %(days)s)
                LIMIT %(most)s) o) >= %(most)s,
           (SELECT count(*) FROM (
                SELECT FROM subjects_identifier
                WHERE organisation_id = %(home)s AND token = decode(a.token, 'hex') AND kind = a.kind
                  AND at <= %(as_of)s
                LIMIT %(most)s) o) >= %(most)s
    FROM jsonb_to_recordset(%(asked)s) AS a (n integer, kind text, token text)
"""
# With OFFSET 0, the planner looks up the items one by one and stops at LIMIT.
_EARLIER = """
    SELECT a.n, e.declaration_id, e.at, e.hit, e.confirmed, e.nothing
    FROM jsonb_to_recordset(%(asked)s) AS a (n integer, kind text, token text)
    CROSS JOIN LATERAL (
        SELECT f.declaration_id, min(f.at) AS at,
               bool_or(EXISTS (
                   SELECT FROM hits_hit h WHERE h.organisation_id = %(home)s AND h.subject_id = s.id
                     AND h.state <> 'void' AND h.opened_at <= %(as_of)s)) AS hit,
               bool_or(EXISTS (
                   SELECT FROM hits_confirmed c WHERE c.subject_id = s.id AND c.since <= %(as_of)s
                     AND (c.until IS NULL OR c.until > %(as_of)s))) AS confirmed,
               bool_or(EXISTS (
                   SELECT FROM hits_hit h JOIN hits_result r ON r.hit_id = h.id
                   WHERE h.organisation_id = %(home)s AND h.subject_id = s.id
                     AND r.outcome = 'nothing' AND r.at <= %(as_of)s)
                   OR EXISTS (
                   SELECT FROM enforcement_controlorder o
                   WHERE o.organisation_id = %(home)s AND o.subject_id = s.id AND o.hit_id IS NULL
                     AND o.finding = 'nothing' AND o.ended_at <= %(as_of)s)) AS nothing
        FROM (
            SELECT i.subject_id, i.at, g.declaration_id
            FROM (
                SELECT subject_id, at FROM subjects_identifier
                WHERE organisation_id = %(home)s AND token = decode(a.token, 'hex')
                  AND kind = a.kind AND at <= %(as_of)s
                  AND at > %(as_of)s - make_interval(days => %(days)s)
                LIMIT %(most)s) i
            CROSS JOIN LATERAL (
                SELECT declaration_id FROM goods_goodsitem WHERE id = i.subject_id AND present OFFSET 0) g
            ) f
        JOIN subjects_subject s ON s.id = f.subject_id AND NOT s.restricted
        GROUP BY f.declaration_id
    ) e
"""
# The two declarations that were stored first: the first of them may be the declaration itself.
_FIRST = """
    SELECT a.n, e.group_id, e.at
    FROM jsonb_to_recordset(%(asked)s) AS a (n integer, kind text, token text)
    CROSS JOIN LATERAL (
        SELECT s.group_id, min(i.at) AS at
        FROM (
            SELECT subject_id, at FROM subjects_identifier
            WHERE organisation_id = %(home)s AND token = decode(a.token, 'hex') AND kind = a.kind
              AND at <= %(as_of)s
            LIMIT %(most)s) i
        JOIN subjects_subject s ON s.id = i.subject_id AND NOT s.restricted AND s.kind = 'goods'
        GROUP BY s.group_id
        ORDER BY min(i.at) LIMIT 2
    ) e
"""


@dataclass(slots=True)
class _Past:
    """The facts about one token: the earlier declarations in the period that contain this token, and the
    first two declarations that contain it."""

    #: Declaration → whether it has a hit, a confirmed result, and a result without a finding.
    lately: dict[uuid.UUID, tuple[bool, bool, bool]]
    first: list[tuple[uuid.UUID, dt.datetime]]
    crowded: bool = False
    crowded_before: bool = False


def of_items(
    connection: Connection[Any],
    keys: Keys,
    organisation: uuid.UUID,
    now: dt.datetime,
    subjects: Sequence[tuple[Held, Item]],
) -> dict[uuid.UUID, dict[str, object]]:
    """Returns the values of the columns about earlier declarations, by item. A value is missing if the party
    is unknown or has more than `MOST` earlier items. A value is also missing if data are not kept for the
    whole period."""
    (kept,) = connection.execute(
        "SELECT delete_after FROM vedette_periods('goods', %s)", [now.date()]
    ).fetchone() or (0,)
    if kept < YEAR + SLACK:
        return {}
    places: dict[tuple[str, str], int] = {}
    # The items of a consignment that state no parties or containers of their own share these objects
    # (`declarations.GroupState.common`). Their values are the same.
    shared: dict[tuple[uuid.UUID, int, int], list[tuple[str, list[int]]]] = {}
    of_item: dict[uuid.UUID, tuple[uuid.UUID, int, int]] = {}
    for hold, item in subjects:
        goods = declarations.read(hold, item)
        key = of_item[item.id] = (hold.row.id, id(goods.parties), id(goods.containers))
        if key not in shared:
            shared[key] = [
                (who, [places.setdefault(one, len(places)) for one in some])
                for who, some in _asked(goods, keys)
            ]
    past = _read(connection, organisation, now, places)
    values = {
        key: {
            name: value
            for who, ns in asked
            for name, value in _values(who, key[0], [past[n] for n in ns], now).items()
        }
        for key, asked in shared.items()
    }
    return {id_: dict(values[key]) for id_, key in of_item.items() if values[key]}


def _read(
    connection: Connection[Any],
    organisation: uuid.UUID,
    now: dt.datetime,
    places: Mapping[tuple[str, str], int],
) -> list[_Past]:
    past = [_Past({}, []) for _ in places]
    if not places:
        return past
    rows = [{"n": n, "kind": kind, "token": token} for (kind, token), n in places.items()]
    about = {"home": organisation, "as_of": now, "days": YEAR, "most": MOST}
    for n, lately, before in connection.execute(_CROWDED, {"asked": Jsonb(rows), **about}):
        past[n].crowded, past[n].crowded_before = lately, before
    asked = [row for row, one in zip(rows, past, strict=True) if not one.crowded]
    for n, group, _at, hit, confirmed, nothing in connection.execute(
        _EARLIER, {"asked": Jsonb(asked), **about}
    ):
        past[n].lately[group] = (hit, confirmed, nothing and not confirmed)
    asked = [row for row, one in zip(rows, past, strict=True) if not one.crowded_before]
    for n, group, at in connection.execute(_FIRST, {"asked": Jsonb(asked), **about}):
        past[n].first.append((group, at))
    return past


def _values(
    who: str, group: uuid.UUID, past: Sequence[_Past], now: dt.datetime
) -> dict[str, object]:
    """Returns the values about one party, address or set of containers. The declaration that contains the
    item is not counted."""
    found: dict[str, object] = {}
    if not any(one.crowded for one in past):
        lately = {id_: one for some in past for id_, one in some.lately.items() if id_ != group}
        found = {
            f"{who}_declarations_12m": len(lately),
            f"{who}_hits_12m": sum(hit for hit, _, _ in lately.values()),
            f"{who}_confirmed_12m": sum(confirmed for _, confirmed, _ in lately.values()),
            f"{who}_nothing_found_12m": sum(nothing for _, _, nothing in lately.values()),
        }
    if not any(one.crowded_before for one in past):
        others = [at for one in past for id_, at in one.first if id_ != group]
        found[f"{who}_first_days"] = (now - min(others)).days if others else 0
    return found


def importer(goods: Goods, keys: Keys) -> bytes | None:
    """Returns the token of the importer of an item, or None if no message states an importer."""
    found = _identified(goods, *SIDES["consignee"])
    return keys.token(*found) if found else None


def _asked(goods: Goods, keys: Keys) -> Iterator[tuple[str, list[tuple[str, str]]]]:
    """Yields the parties, the address of the consignee and the containers of an item, with the kind and the
    token of each."""

    def tokens(kind: str, values: Iterable[str]) -> list[tuple[str, str]]:
        known = [value for value in dict.fromkeys(values) if value]
        return [(kind, keys.token(kind, value).hex()) for value in known[:_TOKENS]]

    for who, roles in SIDES.items():
        found = _identified(goods, *roles)
        if found is not None:
            yield who, tokens(found[0], [found[1]])
    consignee = goods.party(*SIDES["consignee"])
    address = consignee.address if consignee else None
    if address is not None and (places := tokens("place", fold_address(address))):
        yield "address", places
    if some := tokens("container", map(fold_document, goods.containers)):
        yield "container", some


def _identified(goods: Goods, *roles: str) -> tuple[str, str] | None:
    """Returns the identifier of the party with the first of these roles that the item states."""
    party = goods.party(*roles)
    return identified(party) if party is not None else None


def identified(party: Party) -> tuple[str, str] | None:
    """Returns the kind and the value of the identifier of a party: the first number of the party or, if it
    has no number, its normalised name."""
    number = next((folded for one in party.identifiers if (folded := fold_document(one.value))), "")
    name = party_name(party.name) if party.name else ""
    kind, value = ("document", number) if number else ("party", name)
    return (kind, value) if value else None
