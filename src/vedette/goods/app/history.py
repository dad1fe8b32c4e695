"""Computes values about earlier declarations of the parties, for all items of a batch. A batch is a set of
files that are processed in one transaction. One query computes the values of all items.

Parties are compared by keyed tokens, which remain after masking. The token is that of the first number of the
party or, if it has none, of its folded name. An earlier declaration counts from the time at which it was
stored, and a confirmed result from the time at which it was recorded. Declarations of other organisations,
removed items and restricted items are left out.
"""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Iterator, Sequence
from typing import Any

from psycopg import Connection
from psycopg.types.json import Jsonb

from vedette.goods import declarations
from vedette.goods.app.rows import party_name
from vedette.goods.declarations import Goods, Held, Item
from vedette.keys.ring import Keys
from vedette.screening.exact import fold_document

#: Side of a declaration → the roles of its party, the first that a party has.
SIDES = {
    "consignor": ("consignor", "exporter", "seller"),
    "consignee": ("consignee", "importer", "buyer"),
}
#: Maximum number of earlier items that are read for one party. For a party with more, the values are missing.
MOST = 2_000
#: Length of the period in days, and additional days: a retention period starts on the first day of a month.
YEAR, SLACK = 365, 31

# With OFFSET 0, the planner looks up the items one by one and stops at LIMIT.
_EARLIER = """
    SELECT a.n, e.read, e.declarations, e.confirmed
    FROM jsonb_to_recordset(%(asked)s) AS a (n integer, grp uuid, kind text, token text)
    CROSS JOIN LATERAL (
        SELECT count(*) AS read,
               count(DISTINCT f.declaration_id) FILTER (WHERE NOT s.restricted) AS declarations,
               count(DISTINCT f.declaration_id) FILTER (WHERE NOT s.restricted AND EXISTS (
                   SELECT FROM hits_confirmed c
                   WHERE c.subject_id = s.id AND c.since <= %(as_of)s
                     AND (c.until IS NULL OR c.until > %(as_of)s))) AS confirmed
        FROM (
            SELECT i.subject_id, g.declaration_id FROM subjects_identifier i
            CROSS JOIN LATERAL (
                SELECT declaration_id, present FROM goods_goodsitem WHERE id = i.subject_id OFFSET 0) g
            WHERE i.organisation_id = %(home)s AND i.token = decode(a.token, 'hex') AND i.kind = a.kind
              AND i.at <= %(as_of)s AND i.at > %(as_of)s - make_interval(days => %(days)s)
              AND g.present AND g.declaration_id <> a.grp
            LIMIT %(most)s) f
        JOIN subjects_subject s ON s.id = f.subject_id
    ) e
"""


def of_items(
    connection: Connection[Any],
    keys: Keys,
    organisation: uuid.UUID,
    now: dt.datetime,
    subjects: Sequence[tuple[Held, Item]],
) -> dict[uuid.UUID, dict[str, object]]:
    """Returns the values of the columns about earlier declarations, by item. A value is missing if the party
    is unknown or has more than `MOST` earlier items. It is also missing if data are not kept for the whole
    period."""
    (kept,) = connection.execute(
        "SELECT delete_after FROM vedette_periods('goods', %s)", [now.date()]
    ).fetchone() or (0,)
    if kept < YEAR + SLACK:
        return {}
    places: dict[tuple[uuid.UUID, str, str], int] = {}
    wanted: list[tuple[uuid.UUID, str, int]] = []
    for hold, item in subjects:
        for side, kind, token in _parties(declarations.read(hold, item), keys):
            n = places.setdefault((hold.row.id, kind, token), len(places))
            wanted.append((item.id, side, n))
    asked = [
        {"n": n, "grp": str(group), "kind": kind, "token": token}
        for (group, kind, token), n in places.items()
    ]
    rows = connection.execute(
        _EARLIER,
        {
            "asked": Jsonb(asked), "home": organisation, "as_of": now, "days": YEAR, "most": MOST,
        },
    ).fetchall()  # fmt: skip
    found = {n: (earlier, confirmed) for n, read, earlier, confirmed in rows if read < MOST}
    values: dict[uuid.UUID, dict[str, object]] = {}
    for id_, side, n in wanted:
        if n in found:
            earlier, confirmed = found[n]
            values.setdefault(id_, {}).update(
                {f"{side}_declarations_12m": earlier, f"{side}_confirmed_12m": confirmed}
            )
    return values


def _parties(goods: Goods, keys: Keys) -> Iterator[tuple[str, str, str]]:
    """Yields, for each party of an item, its side (consignor or consignee), the kind of its identifier, and
    the token of this identifier."""
    for side, roles in SIDES.items():
        party = goods.party(*roles)
        if party is None:
            continue
        number = next(
            (folded for one in party.identifiers if (folded := fold_document(one.value))), ""
        )
        name = party_name(party.name) if party.name else ""
        kind, value = ("document", number) if number else ("party", name)
        if value:
            yield side, kind, keys.token(kind, value).hex()
