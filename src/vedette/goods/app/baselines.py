"""Builds the baselines of ordinary trade in a separate process. The data are the stored items of an
organisation or an imported table (`Baseline`).

For stored items, the values that were known when the item was screened are used (`apps.profiles.known`).
Restricted items, removed items and items whose values are masked are left out. If an item was screened
several times, the values of the last screening are used.
"""

from __future__ import annotations

import datetime as dt
import logging
import os
import uuid
from typing import TYPE_CHECKING, Any

import psycopg
from psycopg import Connection
from psycopg.types.json import Jsonb

from vedette.apps.columns import new_id
from vedette.apps.lists.drafts import Step, held
from vedette.goods.kind import NAME
from vedette.server import logs

if TYPE_CHECKING:
    from vedette.screening.anomalies import Items

logger = logging.getLogger(__name__)

#: Days of items that a baseline covers, and days until the next one is built.
COVERED, EVERY = 730, 7
#: Days until the next attempt after a failure.
RETRY = 1
MOST_ATTEMPTS = 2
#: Number of items with which one importer counts in a subheading and weight band of a baseline of stored
#: items. Otherwise, one sender could move the median of ordinary trade with invented items.
MOST_OF_ONE = 20
#: Blocks of values that are read at a time, and greatest number of rows that the page shows.
_BLOCKS, MOST_RANGES = 40, 20_000

_WAITS = """
    SELECT organisation_id, id FROM goods_baseline WHERE state = 'waiting'
    ORDER BY attempts, asked_at LIMIT 20
"""
#: What processes do with baselines that wait.
STEP = Step(_WAITS, __name__)
#: Organisations with items whose last baseline is old, or older than a change of their terms. A baseline of
#: an imported table is used until somebody requests another.
_DUE = """
    SELECT o.id FROM accounts_organisation o
    LEFT JOIN LATERAL (
        SELECT state, asked_at FROM goods_baseline b WHERE b.organisation_id = o.id
        ORDER BY number DESC LIMIT 1) b ON true
    LEFT JOIN goods_terms t ON t.organisation_id = o.id
    WHERE EXISTS (SELECT FROM goods_goodsitem g WHERE g.organisation_id = o.id)
      AND NOT coalesce((SELECT imported FROM goods_baseline i WHERE i.organisation_id = o.id
                        AND i.state = 'ready' ORDER BY number DESC LIMIT 1), false)
      AND (b.state IS NULL OR b.state <> 'waiting' AND (
            b.asked_at < %(now)s - make_interval(days => CASE b.state WHEN 'ready' THEN %(every)s
                                                         ELSE %(retry)s END)
            OR coalesce(t.changed_at > b.asked_at, false)))
    ORDER BY o.id
"""
_ASK = """
    INSERT INTO goods_baseline (id, organisation_id, number, state, asked_at, imported, attempts, problem,
        detail, items, unused, currency, rates, thresholds, ranges, content)
    SELECT %(id)s, %(home)s, coalesce(max(number), 0) + 1, 'waiting', %(now)s, false, 0, '', '', 0, 0, '',
        '{}', '[]', '[]', ''
    FROM goods_baseline WHERE organisation_id = %(home)s
    ON CONFLICT DO NOTHING
"""


def ask(connection: Connection[Any], now: dt.datetime) -> int:
    """Requests a baseline for each organisation that needs a new one. Returns the number of requests."""
    due = connection.execute(_DUE, {"now": now, "every": EVERY, "retry": RETRY}).fetchall()
    for (organisation,) in due:
        connection.execute(_ASK, {"id": new_id(), "home": organisation, "now": now})
    return len(due)


def work(organisation: uuid.UUID, id_: uuid.UUID) -> None:
    """Builds a requested baseline. Stores the reason if the baseline cannot be built."""
    with (
        psycopg.connect(os.environ["DATABASE_URL_INTAKE"], autocommit=True) as connection,
        held(connection, STEP, id_) as free,
    ):
        if free:
            build(connection, organisation, id_)


def build(connection: Connection[Any], organisation: uuid.UUID, id_: uuid.UUID) -> None:
    """Builds a baseline that was requested, in this process."""
    row = connection.execute(
        "UPDATE goods_baseline SET attempts = attempts + 1 WHERE organisation_id = %s AND id = %s"
        " AND state = 'waiting' RETURNING attempts, \"table\", vedette_now()",
        [organisation, id_],
    ).fetchone()
    if row is None:
        return
    attempts, table, now = row
    from vedette.goods.trade import NoTable

    try:
        if attempts > MOST_ATTEMPTS:
            raise NoTable("memory")
        _build(connection, organisation, id_, bytes(table) if table is not None else None, now)
    except NoTable as error:
        code = str(error) if str(error) in PROBLEMS else "table"
        _fail(connection, organisation, id_, code, "" if code == str(error) else str(error))
    except Exception as error:
        logger.error("a baseline was not built: %s", logs.kind(error))
        _fail(connection, organisation, id_, "error", "")


#: Codes of problems, other than those of a table.
PROBLEMS = ("memory", "time", "few", "error", "table")


def late(organisation: uuid.UUID, id_: uuid.UUID) -> None:
    """Records that a baseline was not built because its process exceeded the time limit and was ended."""
    with psycopg.connect(os.environ["DATABASE_URL_INTAKE"], autocommit=True) as connection:
        _fail(connection, organisation, id_, "time", "")


def _fail(
    connection: Connection[Any], organisation: uuid.UUID, id_: uuid.UUID, problem: str, detail: str
) -> None:
    connection.execute(
        "UPDATE goods_baseline SET state = 'failed', problem = %s, detail = %s, \"table\" = NULL"
        " WHERE organisation_id = %s AND id = %s AND state = 'waiting'",
        [problem, detail[:300], organisation, id_],
    )


def _build(
    connection: Connection[Any],
    organisation: uuid.UUID,
    id_: uuid.UUID,
    table: bytes | None,
    now: dt.datetime,
) -> None:
    import polars as pl

    from vedette.goods import trade
    from vedette.goods.app import trading
    from vedette.screening import anomalies

    row = connection.execute(
        "SELECT currency, rates, thresholds FROM goods_terms WHERE organisation_id = %s",
        [organisation],
    ).fetchone()
    currency, rates, thresholds = row or ("", {}, [])
    since = _since(connection, organisation)
    if table is not None:
        read = trade.table(trade.unpacked(table))
        first = last = None
    else:
        read, first, last = _stored(connection, organisation, now.date())
    if not currency:
        currency = _usual(read)
    known: Items = anomalies.items(read, trading.rates_of(currency, rates))
    baseline = anomalies.fit(
        known, currency=currency, thresholds=trading.thresholds_of(thresholds),
        most_of_one=MOST_OF_ONE if table is None else 0,
    )  # fmt: skip
    if not baseline.references:
        raise trade.NoTable("few")
    ranges = [
        [row["hs6"], row["band"], row["n"], *(float(f"{row[name]:.4g}") for name in _QUANTILES)]
        for row in baseline.table().sort("hs6", "band").head(MOST_RANGES).iter_rows(named=True)
    ]
    judged = known.frame.filter(pl.col("hs6").is_not_null()).height
    connection.execute(
        "UPDATE goods_baseline SET state = 'ready', built_at = %(now)s, items = %(items)s,"
        " unused = %(unused)s, first_day = %(first)s, last_day = %(last)s, since = %(since)s,"
        " currency = %(currency)s, rates = %(rates)s, thresholds = %(thresholds)s, ranges = %(ranges)s,"
        ' content = %(content)s, "table" = NULL'
        " WHERE organisation_id = %(home)s AND id = %(id)s AND state = 'waiting'",
        {
            "now": now, "items": judged, "unused": known.problem_count,
            "first": baseline.first or first, "last": baseline.last or last, "since": since,
            "currency": currency, "rates": Jsonb(rates), "thresholds": Jsonb(thresholds),
            "ranges": Jsonb(ranges), "content": anomalies.dump(baseline), "home": organisation, "id": id_,
        },
    )  # fmt: skip


_QUANTILES = ("q05", "q25", "q50", "q75", "q95")


def _since(connection: Connection[Any], organisation: uuid.UUID) -> dt.date | None:
    """Returns the earliest day of the items of an organisation."""
    from vedette.goods.app.trading import DAY

    row = connection.execute(
        f"SELECT min({DAY}) FROM goods_goodsitem g"  # noqa: S608  a part of ours
        " JOIN goods_declaration d ON d.id = g.declaration_id WHERE g.organisation_id = %s",
        [organisation],
    ).fetchone()
    return row[0] if row else None


def _usual(read: Any) -> str:
    """Returns the most frequent currency of the values, or USD if no value has a currency."""
    if "currency" not in read.columns:
        return "USD"
    counts = read["currency"].drop_nulls().value_counts(sort=True)
    return str(counts["currency"][0])[:3].upper() if counts.height else "USD"


def _stored(
    connection: Connection[Any], organisation: uuid.UUID, today: dt.date
) -> tuple[Any, dt.date | None, dt.date | None]:
    """Returns the stored items of an organisation as a table, with the first and the last day of the
    items."""
    import polars as pl

    from vedette.apps.profiles import backtesting, known
    from vedette.kinds import vocabulary
    from vedette.profiles.frames import LOW, schema

    columns = ("hs_code", "net_mass_kg", "value", "currency", "origin", "destination")
    types = {**schema(vocabulary(NAME)), LOW: pl.Int64()}
    blocks = known.blocks(connection, organisation, NAME, today - dt.timedelta(days=COVERED), today)
    empty = {name: types[name] for name in (LOW, *columns)}
    parts = [pl.DataFrame(schema={**empty, "day": pl.Date})]
    for start in range(0, len(blocks), _BLOCKS):
        some = blocks[start : start + _BLOCKS]
        parts += [
            frame.with_columns(pl.lit(block.day).alias("day"))
            for block, frame in known.read(connection, organisation, some, (LOW, *columns), types)
        ]
    # The last values of an item count, and the day on which it was screened first.
    frame = pl.concat(parts).with_columns(pl.col("day").min().over(LOW))
    frame = frame.unique(LOW, keep="last", maintain_order=True)
    frame = frame.join(
        _senders(connection, organisation), on=LOW, how="left", maintain_order="left"
    )
    hidden = backtesting.hidden(connection, organisation)
    frame = frame.filter(~pl.col(LOW).is_in(hidden.implode()) & pl.col("hs_code").is_not_null())
    days = [block.day for block in blocks]
    return (
        frame.select(
            pl.col("hs_code").alias("hs"), pl.col("net_mass_kg").alias("mass_kg"), "value", "currency",
            "origin", "destination", "importer", "sender", "day",
        ),
        min(days, default=None), max(days, default=None),
    )  # fmt: skip


_SENDERS = """
    SELECT g.id, encode(g.importer, 'hex'), encode(d.submitter, 'hex')
    FROM goods_goodsitem g JOIN goods_declaration d ON d.id = g.declaration_id
    WHERE g.organisation_id = %s AND d.organisation_id = g.organisation_id
"""


def _senders(connection: Connection[Any], organisation: uuid.UUID) -> Any:
    """Returns, for each stored item, the token of the importer and the token of the submitter."""
    import polars as pl

    from vedette.profiles.frames import LOW, halves

    with connection.cursor(binary=True) as cursor:
        rows = cursor.execute(_SENDERS, [organisation]).fetchall()
    return pl.DataFrame(
        {
            LOW: [halves(id_)[1] for id_, _, _ in rows],
            "importer": [importer for _, importer, _ in rows],
            "sender": [sender for _, _, sender in rows],
        },
        schema={LOW: pl.Int64, "importer": pl.String, "sender": pl.String},
    ).unique(LOW)
