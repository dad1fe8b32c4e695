"""Measures the pages of goods while 3,000,000 items are stored. The measured pages are the queue and the
pages of a hit, an item, a declaration and a party. Also measures the search by reference, container, party
and words, and the size of the stored items.

A few thousand items are received and processed. The rows of the items are then copied until the required
number of items is reached. Each copy has its own references and containers. The copies have the same parties,
so that each party has many declarations.
"""

from __future__ import annotations

import os
import random
from collections.abc import Callable, Iterator

import psycopg

from vedette.apps.copying import copy_in
from vedette.bench import Figure
from vedette.bench.goods.pipeline import messages, prepare, tables
from vedette.bench.stage import Reader, Stage, percentile, processor, running, stage
from vedette.goods.app.rows import word_keys

ITEMS, RECEIVED = 3_000_000, 6_000
PORT = 8721
USER = ("bench", "bench-password")
WARM, REQUESTS = 20, 200
#: Copies that are inserted by one statement.
_TOGETHER = 25
#: Table → its columns with ids that each copy changes.
_TABLES: dict[str, tuple[str, ...]] = {
    "goods_declaration": ("id",),
    "goods_declarationclear": ("declaration_id",),
    "goods_declarationname": ("declaration_id",),
    "subjects_subject": ("id", "group_id"),
    "goods_goodsitem": ("id", "declaration_id"),
    "goods_itemclear": ("item_id",),
    "subjects_identifier": ("subject_id",),
    "hits_hit": ("id", "subject_id", "group_id"),
    "hits_reason": ("id", "hit_id"),
    "hits_reasonclear": ("reason_id",),
}
#: Table → the SQL expressions of other columns that each copy changes.
_CHANGED: dict[str, dict[str, str]] = {
    "goods_declarationname": {
        "token": "decode(md5(encode(t.token, 'hex') || n), 'hex')",
        "shared": "decode(md5(encode(t.shared, 'hex') || n), 'hex')",
    },
    "subjects_identifier": {
        "token": "CASE WHEN t.kind IN ('reference', 'container')"
        " THEN decode(md5(encode(t.token, 'hex') || n), 'hex') ELSE t.token END"
    },
    "goods_itemclear": {
        "word_keys": "t.word_keys || (SELECT k.keys FROM bench_keys k WHERE k.item = t.item_id AND k.n = c.n)"
    },
}


def run(items: int = 0) -> Iterator[Figure]:
    """Yields the measured figures. `items` is the number of stored goods items."""
    wanted = items or ITEMS
    with stage("bench_goods_pages", fresh=False) as on:
        fill(on, wanted)
        yield from _sizes(on)
        yield from _pages(on)


def fill(on: Stage, wanted: int) -> None:
    """Stores the items, unless they are already stored."""
    if on.one("SELECT count(*) >= %s FROM goods_goodsitem", [wanted // RECEIVED * RECEIVED])[0]:
        return
    if on.one("SELECT count(*) FROM goods_goodsitem") == (0,):
        from vedette.apps.accounts.models import all_purposes
        from vedette.apps.desk.work import Worker

        prepare(on, ("items > 1000000",))
        on.put_all(tables(messages(RECEIVED)))
        worker = Worker(os.environ["DATABASE_URL_INTAKE"], on.keys)
        worker.drain()
        worker.connection.close()
        user = on.user(USER[0])
        user.set_password(USER[1])
        # The form of the search offers the purposes that an account names.
        user.purposes = all_purposes()
        user.save(using="intake")
    for_copies = on.server.dsn(on.connection.info.dbname)
    with psycopg.connect(for_copies, autocommit=True) as connection:
        _copy(connection, wanted // RECEIVED)
    on.connection.execute(f"VACUUM ANALYZE {', '.join(_TABLES)}".encode())


def reference(number: int, copy: int) -> str:
    """Returns the reference of a copy of the declaration with the given number. The search finds the copy by
    this reference."""
    return f"R{number:06}C{copy:05}"


def _copy(connection: psycopg.Connection[tuple[object, ...]], copies: int) -> None:
    """Copies the received items. During the copying, foreign keys are not checked. Indexes are dropped before
    the copying and created again afterwards. Otherwise, the checks and the updates of the indexes would take
    most of the time."""
    connection.execute("SET session_replication_role = replica")
    connection.execute("SET maintenance_work_mem = '1GB'")
    for table in _TABLES:
        statement = f"CREATE TEMP TABLE first_{table} AS SELECT * FROM {table}"  # noqa: S608
        connection.execute(statement.encode())
    _keys(connection, copies)
    indexes = _indexes(connection)
    for name, _ in indexes:
        connection.execute(f'DROP INDEX "{name}"'.encode())
    for first in range(1, copies, _TOGETHER):
        last = min(first + _TOGETHER, copies) - 1
        for table, ids in _TABLES.items():
            connection.execute(_insert(connection, table, ids, first, last))
    for _, definition in indexes:
        connection.execute(definition.encode())


def _keys(connection: psycopg.Connection[tuple[object, ...]], copies: int) -> None:
    """Stores the search keys of the references of all copies."""
    connection.execute("CREATE TEMP TABLE bench_keys (item uuid, n integer, keys integer[])")
    groups: dict[object, list[object]] = {}
    for group, item in connection.execute(
        "SELECT declaration_id, id FROM goods_goodsitem ORDER BY declaration_id, id"
    ):
        groups.setdefault(group, []).append(item)
    copy_in(
        connection, "bench_keys", ("item", "n", "keys"),
        (
            (item, copy, word_keys([reference(number, copy)]))
            for number, items in enumerate(groups.values())
            for copy in range(1, copies)
            for item in items
        ),
    )  # fmt: skip
    connection.execute("CREATE INDEX ON bench_keys (item, n)")
    connection.execute("ANALYZE bench_keys")


def _indexes(connection: psycopg.Connection[tuple[object, ...]]) -> list[tuple[str, str]]:
    """Returns the indexes of the tables that enforce no constraint, with their definitions."""
    rows = connection.execute(
        "SELECT c.relname, pg_get_indexdef(i.indexrelid) FROM pg_index i"
        " JOIN pg_class c ON c.oid = i.indexrelid JOIN pg_class t ON t.oid = i.indrelid"
        " WHERE t.relname = ANY(%s) AND NOT i.indisunique"
        " AND NOT EXISTS (SELECT FROM pg_constraint o WHERE o.conindid = i.indexrelid)",
        [list(_TABLES)],
    ).fetchall()
    return [(str(name), str(text).replace(" ON ONLY ", " ON ")) for name, text in rows]


def _insert(
    connection: psycopg.Connection[tuple[object, ...]],
    table: str,
    ids: tuple[str, ...],
    first: int,
    last: int,
) -> bytes:
    """Returns the statement that inserts copies of the received rows of a table."""
    names = [
        str(name)
        for (name,) in connection.execute(
            "SELECT attname FROM pg_attribute WHERE attrelid = %s::regclass AND attnum > 0"
            " AND NOT attisdropped AND attidentity = '' AND attgenerated = '' ORDER BY attnum",
            [table],
        )
    ]
    changed = _CHANGED.get(table, {})
    values = [
        f"md5(t.{name}::text || n)::uuid" if name in ids else changed.get(name, f't."{name}"')
        for name in names
    ]
    columns = ", ".join(f'"{name}"' for name in names)
    return (
        f"INSERT INTO {table} ({columns}) SELECT {', '.join(values)} FROM first_{table} t,"  # noqa: S608
        f" generate_series({first}, {last}) AS c (n)"
    ).encode()


def _sizes(on: Stage) -> Iterator[Figure]:
    """Yields the average size of the stored rows of one item, without indexes and with indexes."""
    [items] = on.one("SELECT count(*) FROM goods_goodsitem")
    rows = on.connection.execute(
        "SELECT r.name, sum(pg_relation_size(p.relid)) + sum(coalesce(pg_relation_size(c.reltoastrelid), 0)),"
        " sum(pg_indexes_size(p.relid))"
        " FROM unnest(%s::text[]) r (name) CROSS JOIN LATERAL ("
        "  SELECT relid FROM pg_partition_tree(r.name::regclass) UNION SELECT r.name::regclass) p (relid)"
        " JOIN pg_class c ON c.oid = p.relid GROUP BY 1 ORDER BY 2 DESC",
        [list(_TABLES)],
    ).fetchall()
    heap, indexes = (sum(int(row[n]) for row in rows) for n in (1, 2))
    for name, own, with_index in rows:
        yield Figure(
            f"goods_size, {name}", int(own) / items, "bytes an item",
            f"{items:,} items; indexes {int(with_index) / items:.0f} bytes an item",
        )  # fmt: skip
    yield Figure(
        "goods_size, all", (heap + indexes) / items, "bytes an item",
        f"{items:,} items; {heap / items:.0f} bytes of rows, {indexes / items:.0f} bytes of indexes;"
        f" {(heap + indexes) / items * 365 / 1e6:.1f} GB a year for each 1,000 items a day",
    )  # fmt: skip


def _pages(on: Stage) -> Iterator[Figure]:
    """Yields the response times of the pages."""
    draw = random.Random(3)  # noqa: S311
    [items] = on.one("SELECT count(*) FROM goods_goodsitem")
    some = on.connection.execute(
        "SELECT id, declaration_id FROM goods_goodsitem TABLESAMPLE BERNOULLI (0.1) LIMIT %s",
        [WARM + REQUESTS],
    ).fetchall()
    hits = on.connection.execute(
        "SELECT id FROM hits_hit TABLESAMPLE BERNOULLI (10) LIMIT %s", [WARM + REQUESTS]
    ).fetchall()
    draw.shuffle(some)
    draw.shuffle(hits)
    stated = messages(RECEIVED)
    copies = items // RECEIVED

    def importer() -> str:
        parties = draw.choice(stated).consignments[0].parties
        return next(party.name or "" for party in parties if party.role == "importer")

    def words() -> str:
        item = draw.choice(draw.choice(stated).consignments[0].items)
        return " ".join((item.description or "").split()[:3])

    pages: dict[str, Callable[[int], str]] = {
        "queue": lambda n: "/?of=goods",
        "queue by priority": lambda n: "/?of=goods&order=priority",
        "page of a hit": lambda n: f"/hits/{hits[n % len(hits)][0]}/",
        "page of an item": lambda n: f"/goods/{some[n % len(some)][0]}/",
        "page of a declaration": lambda n: f"/declarations/{some[n % len(some)][1]}/",
        "page of an importer": lambda n: f"/goods/{some[n % len(some)][0]}/parties/2/",
        "page of a declarant": lambda n: f"/goods/{some[n % len(some)][0]}/parties/3/",
        "declarations of a day": lambda n: "/declarations/?day=2026-11-24",
    }
    searches: dict[str, Callable[[], str]] = {
        "reference": lambda: reference(draw.randrange(1_000), draw.randrange(1, max(2, copies))),
        "name of an importer": importer,
        "words of the description": words,
        "words that no item has": lambda: f"nowhere {draw.randrange(10**6)}",
    }
    with running(1, "serve", "--port", str(PORT)) as [server]:
        reader = Reader.signed_in(PORT, *USER)
        token = reader.token("/search/")
        form = {"csrfmiddlewaretoken": token, "purpose": "border", "case": "2026-114"}
        reader.ask("/search/", form)
        for name, page in pages.items():
            yield _measured(items, name, server.pid, lambda n, page=page: reader.ask(page(n)))  # type: ignore[misc]
        for name, text in searches.items():
            yield _measured(
                items, f"search by {name}", server.pid,
                lambda n, text=text: reader.ask(  # type: ignore[misc]
                    "/search/", {"csrfmiddlewaretoken": token, "q": text()}
                ),
            )  # fmt: skip


def _measured(
    items: int, name: str, server: int, ask: Callable[[int], tuple[int, bytes, float, int]]
) -> Figure:
    """Returns the 95th percentile of the response times of a page."""
    took: list[float] = []
    sent, before = 0, 0.0
    for n in range(WARM + REQUESTS):
        if n == WARM:
            before = processor(server)
        status, _, seconds, sent = ask(n)
        if status != 200:
            raise RuntimeError(f"{name} answered {status}")
        took.append(1000 * seconds)
    said = (
        f"{items:,} items, median {percentile(took[WARM:], 0.5):.0f} ms,"
        f" {1000 * (processor(server) - before) / REQUESTS:.0f} ms of processor time of the web server,"
        f" {sent / 1000:.0f} kB"
    )
    return Figure(
        f"goods_pages, {name}, p95", percentile(took[WARM:], 0.95), "ms", said, 2, "≤ 100"
    )
