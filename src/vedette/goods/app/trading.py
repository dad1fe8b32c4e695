"""Compares the items of a batch with the baseline of ordinary trade of their organisation, and with earlier
items of their importers (`goods/trade.py`).

An earlier item is counted from the time when it was stored. Items of other organisations, removed items and
restricted items are excluded. The module loads Polars, so only workers import it.
"""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Mapping, Sequence
from typing import Any

import msgspec
from psycopg import Connection

from vedette.goods import declarations, trade
from vedette.goods.app.history import importer
from vedette.goods.declarations import Held, Item
from vedette.goods.trade import Basis, Compared, Trade
from vedette.keys.ring import Keys
from vedette.screening import anomalies
from vedette.screening.anomalies import Threshold

#: Greatest number of earlier items that are read for one importer. Nothing is said about the series of an
#: importer with more.
MOST = 2_000
#: Days before the present in which earlier items are read, and by which a stated day may lie in the past.
BACK = 400

_LATEST = """
    SELECT number FROM goods_baseline WHERE organisation_id = %s AND state = 'ready'
    ORDER BY number DESC LIMIT 1
"""
_CONTENT = """
    SELECT content, currency, rates, thresholds, since FROM goods_baseline
    WHERE organisation_id = %s AND number = %s
"""
#: The day of an item: the stated day, if it is plausible, or else the day of receipt.
DAY = f"""
    CASE WHEN d.stated_on BETWEEN g.received_at::date - {BACK} AND g.received_at::date + 1
         THEN d.stated_on ELSE g.received_at::date END
"""
_EARLIER = f"""
    SELECT a.token, e.hs, e.mass, e.value, e.currency, e.day
    FROM unnest(%(tokens)s::bytea[], %(times)s::timestamptz[]) AS a (token, as_of)
    CROSS JOIN LATERAL (
        SELECT g.hs, c.mass::float8, c.value::float8, c.currency, {DAY} AS day
        FROM goods_goodsitem g
        JOIN subjects_subject s ON s.id = g.id AND NOT s.restricted
        JOIN goods_declaration d ON d.id = g.declaration_id
        LEFT JOIN goods_itemclear c ON c.item_id = g.id AND c.retention_class = g.retention_class
            AND c.month = g.month
        WHERE g.organisation_id = %(home)s AND g.importer = a.token AND g.present
          AND g.received_at <= a.as_of
          AND g.received_at > a.as_of - make_interval(days => {BACK})
          AND g.id <> ALL(%(batch)s)
        ORDER BY g.received_at DESC LIMIT {MOST + 1}) e
"""  # noqa: S608  parts of ours
_bases: dict[uuid.UUID, Basis] = {}


def current(connection: Connection[Any], organisation: uuid.UUID) -> Basis | None:
    """Returns the latest baseline of an organisation, or None if there is no baseline yet."""
    row = connection.execute(_LATEST, [organisation]).fetchone()
    if row is None:
        return None
    (number,) = row
    held = _bases.get(organisation)
    if held is None or held.number != number:
        found = connection.execute(_CONTENT, [organisation, number]).fetchone()
        if found is None:
            return None
        content, currency, rates, thresholds, since = found
        held = _bases[organisation] = Basis(
            number, anomalies.load(content), rates_of(currency, rates), thresholds_of(thresholds), since
        )  # fmt: skip
    return held


def rates_of(currency: str, rates: dict[str, str]) -> dict[str, float]:
    """Returns the rates of an organisation. The rate of the common currency is 1."""
    return {**{code: float(rate) for code, rate in rates.items()}, currency: 1.0}


def thresholds_of(rows: Sequence[dict[str, Any]]) -> tuple[Threshold, ...]:
    """Returns the thresholds of an organisation."""
    return tuple(
        Threshold(measure=one["measure"], amount=float(one["amount"]), hs=tuple(one["hs"]))
        for one in rows
    )


def compare(
    connection: Connection[Any],
    keys: Keys,
    organisation: uuid.UUID,
    now: dt.datetime,
    subjects: Sequence[tuple[Held, Item]],
) -> dict[uuid.UUID, Compared]:
    """Returns the comparison of each of these items with ordinary trade. The result is empty if the
    organisation has no baseline."""
    basis = current(connection, organisation)
    if basis is None or not subjects:
        return {}
    items: dict[uuid.UUID, Trade] = {}
    received = dict(
        connection.execute(
            "SELECT id, received_at FROM goods_goodsitem WHERE organisation_id = %s AND id = ANY(%s)",
            [organisation, [item.id for _, item in subjects if item.stored]],
        ).fetchall()
    )
    # The items of one day are compared in the order in which they came.
    order = sorted(
        subjects, key=lambda one: (received.get(one[1].id, now), one[0].row.stated, one[1].id)
    )
    for hold, item in order:
        if item.here:
            goods = declarations.read(hold, item)
            token = importer(goods, keys)
            day = _day(hold, now)
            items[item.id] = trade.of_goods(goods, token.hex() if token else None, day)
    tokens: dict[str, dt.datetime] = {}
    for id_, one in items.items():
        if one.importer:
            at = received.get(id_, now)
            tokens[one.importer] = max(tokens.get(one.importer, at), at)
    before, crowded = _before(connection, organisation, tokens, list(items))
    row = connection.execute(
        "SELECT mask_after, delete_after FROM vedette_periods('goods', %s)", [now.date()]
    ).fetchone()
    clear, kept = row or (0, 0)
    how = trade.settings(clear)
    if kept < how.new_days + 31:
        # The history of a year is not complete, so that nobody can be called new.
        how = msgspec.structs.replace(how, new_history=1_000_000)
    made = trade.compare(basis, list(items.values()), before, how, crowded)
    return dict(zip(items, made, strict=True))


def _before(
    connection: Connection[Any],
    organisation: uuid.UUID,
    tokens: Mapping[str, dt.datetime],
    batch: list[uuid.UUID],
) -> tuple[list[Trade], set[str]]:
    """Returns the earlier items of these importers up to a time, and the importers with more than `MOST`
    items."""
    if not tokens:
        return [], set()
    rows = connection.execute(
        _EARLIER,
        {"tokens": [bytes.fromhex(one) for one in tokens], "times": list(tokens.values()),
         "home": organisation, "batch": batch},
    )  # fmt: skip
    found: dict[str, list[Trade]] = {}
    for token, hs, mass, value, currency, day in rows.fetchall():
        one = Trade(bytes(token).hex(), hs or None, mass, value, currency, None, None, day)
        found.setdefault(bytes(token).hex(), []).append(one)
    crowded = {token for token, some in found.items() if len(some) > MOST}
    return [one for token, some in found.items() if token not in crowded for one in some], crowded


def _day(hold: Held, now: dt.datetime) -> dt.date:
    stated = hold.day
    today = now.date()
    plausible = today - dt.timedelta(days=BACK) <= stated <= today + dt.timedelta(days=1)
    return stated if plausible else today
