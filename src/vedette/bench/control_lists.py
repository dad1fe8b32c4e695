"""Measures how long vedette takes to process all stored goods items after an entry was added to a control
list. The time includes the comparison with all stored goods items and the screening of the matching items.

A few thousand declarations are received and processed. The rows of these declarations are then copied until
the database contains the required number of items. One out of `ONE_IN` items names the goods of the new
entry.
"""

from __future__ import annotations

import datetime as dt
import itertools
import os
import random
import resource
import time
from collections.abc import Iterator
from typing import Any

import msgspec

from vedette.bench import Figure
from vedette.bench.stage import Stage, stage
from vedette.demo.world.declarations import Declarations
from vedette.goods.formats import wco_writer

#: The number of stored items, of those that are received, and the share of those that match.
ITEMS, RECEIVED, ONE_IN = 3_000_000, 2_000, 1_000
_NAME = "Control list of the bench"
_COLUMNS = "number,text_en,names,cas\n"
_BEFORE = _COLUMNS + "B1,Goods that nobody declares,quorbium,\n"
_AFTER = _BEFORE + "B2,Added goods,zorbium,\n"
#: Copies every stored item with its declaration. The ids are computed from the old ids and the number of the
#: copy.
_COPY = """
INSERT INTO goods_declaration SELECT (jsonb_populate_record(d, jsonb_build_object(
  'id', md5(d.id::text || $n)))).* FROM goods_declaration d WHERE d.id IN (SELECT declaration_id FROM
  bench_first);
INSERT INTO goods_declarationclear SELECT (jsonb_populate_record(c, jsonb_build_object(
  'declaration_id', md5(c.declaration_id::text || $n)))).* FROM goods_declarationclear c
  WHERE c.declaration_id IN (SELECT declaration_id FROM bench_first);
INSERT INTO subjects_subject SELECT (jsonb_populate_record(s, jsonb_build_object(
  'id', md5(s.id::text || $n), 'group_id', md5(s.group_id::text || $n)))).* FROM subjects_subject s
  WHERE s.id IN (SELECT id FROM bench_first);
INSERT INTO goods_goodsitem SELECT (jsonb_populate_record(g, jsonb_build_object(
  'id', md5(g.id::text || $n), 'declaration_id', md5(g.declaration_id::text || $n)))).* FROM goods_goodsitem g
  WHERE g.id IN (SELECT id FROM bench_first);
INSERT INTO goods_itemclear SELECT (jsonb_populate_record(c, jsonb_build_object(
  'item_id', md5(c.item_id::text || $n)))).* FROM goods_itemclear c
  WHERE c.item_id IN (SELECT id FROM bench_first)
"""


def run(items: int = 0) -> Iterator[Figure]:
    """Yields the measured figures. `items` is the number of stored goods items."""
    wanted = items or ITEMS
    with stage("bench_control_lists") as on:
        from vedette.apps.desk.work import Worker

        _put(on, "v1", _BEFORE)
        on.put_all(_declarations())
        worker = Worker(os.environ["DATABASE_URL_INTAKE"], on.keys)
        worker.drain()
        _fill(on, wanted)
        [stored] = on.one("SELECT count(*) FROM goods_itemclear")
        _put(on, "v2", _AFTER)
        began = time.perf_counter()
        worker.drain()
        took = time.perf_counter() - began
        worker.connection.close()
        [found] = on.one("SELECT count(*) FROM hits_reason WHERE params ->> 'ref' = 'B2'")
        [size] = on.one(
            "SELECT sum(pg_total_relation_size(relid)) FROM pg_partition_tree('goods_itemclear')"
        )
        work = f"{stored:,} stored items, {found:,} with the new entry"
        yield Figure(
            "one entry added to a control list, rescreened (at most 300 s)", took, "s", work
        )
        memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
        yield Figure("control lists, peak memory of the worker", memory, "MB", work)
        yield Figure(
            "control lists, size of the values of an item",
            int(size) / max(1, stored),
            "bytes",
            work,
        )


def _put(on: Stage, name: str, text: str) -> None:
    from vedette.apps.accounts.models import Organisation
    from vedette.apps.lists.actions import import_list

    home = Organisation.objects.using("intake").get(pk=on.organisation)
    import_list(
        home, None, _NAME, {f"{name}.csv": text.encode()}, purpose="border", basis="bench",
        themes=["strategic"], rule="not licence",
    )  # fmt: skip


def _declarations() -> Iterator[bytes]:
    """Returns declarations with one item each. One out of `ONE_IN` declarations names the goods of the new
    entry."""
    world = Declarations(1, dt.datetime.now(dt.UTC))
    draw = random.Random(1)  # noqa: S311
    for index in itertools.islice(itertools.count(), RECEIVED):
        message = world.message(index, world.first)
        [consignment] = message.consignments
        item = msgspec.structs.replace(consignment.items[0], number=1)
        if index % ONE_IN == 0:
            item = msgspec.structs.replace(
                item, description=f"{draw.randrange(9)} drums of zorbium"
            )
        one: Any = msgspec.structs.replace(consignment, items=(item,))
        yield wco_writer.write(msgspec.structs.replace(message, consignments=(one,)))


def _fill(on: Stage, wanted: int) -> None:
    """Copies the received items until the database contains the required number of items."""
    on.connection.execute(
        "CREATE TEMPORARY TABLE bench_first AS SELECT id, declaration_id FROM goods_goodsitem"
    )
    [received] = on.one("SELECT count(*) FROM bench_first")
    for number in range(1, max(1, wanted // max(1, received))):
        with on.connection.transaction():
            on.run_all(_COPY, n=f"'{number}'")
    for table in ("subjects_subject", "goods_goodsitem", "goods_declaration", "goods_itemclear"):
        on.connection.execute(f"ANALYZE {table}".encode())
