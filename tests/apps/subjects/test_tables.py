"""The SQL generated from declared tables, with a kind that exists in these tests alone."""

from __future__ import annotations

import os
import uuid
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import psycopg
import pytest
from tests.apps.retention import old

from vedette.apps.hits.tables import SHARED
from vedette.apps.subjects.tables import (
    Above,
    Declared,
    SideTable,
    Tables,
    declared,
    make_partitions,
    unprotected,
)

#: Boxes in a lot: two boxes of one lot share a row with its seal, and each has its content.
BOXES = Tables(
    table="boxes_box",
    retention_class="box",
    side_tables=(
        SideTable(
            table="boxes_boxclear", owner="box_id", kind="'box'", words=b'"content":"',
            owners="SELECT id FROM subjects_subject WHERE id = ANY({subjects})",
            came="(SELECT received_at FROM subjects_subject WHERE id = t.box_id)",
        ),
    ),
    above=(
        Above(
            table="boxes_lot", column="lot_id", users=(("boxes_box", "lot_id"),),
            hanging=(("boxes_seal", "lot_id"),),
            side_tables=(
                SideTable(
                    table="boxes_lotclear", owner="lot_id", kind="'lot'",
                    owners="SELECT lot_id FROM boxes_box WHERE id = ANY({subjects}) AND lot_id IS NOT NULL",
                    came="(SELECT max(received_at) FROM boxes_box WHERE lot_id = t.lot_id)",
                    restricted="EXISTS (SELECT FROM boxes_box b JOIN subjects_subject s ON s.id = b.id"
                    " WHERE b.lot_id = t.lot_id AND s.restricted)",
                ),
            ),
        ),
    ),
)  # fmt: skip
ALL = Declared((BOXES,), (SHARED,))
LONG = replace(BOXES.side_tables[0], table="boxes_contentclear", kind="'content'")
PERSONAL = (
    "organisation_id uuid, theme text, purpose text, retention_class text, month date,"
    " received_at timestamptz"
)
CLEAR = "retention_class text, month date, organisation_id uuid, restricted boolean NOT NULL DEFAULT false"
MADE = f"""
CREATE TABLE boxes_lot (id uuid PRIMARY KEY, {PERSONAL});
CREATE TABLE boxes_seal (lot_id uuid REFERENCES boxes_lot, number text);
CREATE TABLE boxes_box (id uuid PRIMARY KEY REFERENCES subjects_subject ON DELETE CASCADE,
                        lot_id uuid REFERENCES boxes_lot, {PERSONAL});
CREATE TABLE boxes_boxclear (box_id uuid, content text, {CLEAR}) PARTITION BY LIST (retention_class);
CREATE TABLE boxes_lotclear (lot_id uuid, content text, {CLEAR}) PARTITION BY LIST (retention_class);
CREATE TABLE boxes_boxclear_rest PARTITION OF boxes_boxclear DEFAULT;
CREATE TABLE boxes_lotclear_rest PARTITION OF boxes_lotclear DEFAULT;
CREATE TABLE retention_vault_box PARTITION OF retention_vault FOR VALUES IN ('box');
"""
VALUES = "'global_shield', 'border', 'box', '2026-03-01', '2026-03-02'"
COUNTED = (
    "subjects_subject",
    "boxes_box",
    "boxes_boxclear",
    "boxes_lot",
    "boxes_lotclear",
    "boxes_seal",
)


@pytest.fixture
def boxes(database: str) -> Iterator[tuple[psycopg.Connection[Any], list[uuid.UUID]]]:
    """Three boxes, the first two of one lot, with the generated functions; undone at the end."""
    with psycopg.connect(database) as connection:
        connection.execute(MADE)
        home = old.organisation(connection)
        lot, boxes = uuid.uuid4(), [uuid.uuid4() for _ in range(3)]
        connection.execute(f"INSERT INTO boxes_lot VALUES (%s, %s, {VALUES})", [lot, home])
        connection.execute("INSERT INTO boxes_seal VALUES (%s, 'S1')", [lot])
        for box in boxes:
            connection.execute(
                "INSERT INTO subjects_subject (id, kind, organisation_id, theme, purpose, retention_class,"
                f" month, received_at) VALUES (%s, 'box', %s, {VALUES})",
                [box, home],
            )
            of = lot if box != boxes[2] else None
            connection.execute(
                f"INSERT INTO boxes_box VALUES (%s, %s, %s, {VALUES})", [box, of, home]
            )
        for table, owners in (("boxes_boxclear", boxes), ("boxes_lotclear", [lot])):
            for owner in owners:
                connection.execute(
                    f"INSERT INTO {table} VALUES (%s, 'x', 'box', '2026-03-01', %s)", [owner, home]
                )
                connection.execute(
                    "INSERT INTO retention_vault VALUES (%s, %s, 'x', 'box', '2026-03-01', %s, '')",
                    [owner, owner, home],
                )
        for statement in ALL.functions():
            connection.execute(statement)
        yield connection, boxes
        connection.rollback()


def _counts(connection: psycopg.Connection[Any]) -> list[int]:
    counts = (connection.execute(f"SELECT count(*) FROM {t}").fetchone() for t in COUNTED)
    return [row[0] for row in counts if row]


def test_erasure_deletes_what_nobody_shares(boxes: Any) -> None:
    """A lot and what belongs to it are deleted with its last box."""
    connection, (one, two, three) = boxes
    assert _counts(connection) == [3, 3, 3, 1, 1, 1]
    for erased, left in ((one, [2, 2, 2, 1, 1, 1]), (two, [1, 1, 1, 0, 0, 0]), (three, [0] * 6)):
        told = connection.execute("SELECT vedette_erase_subjects(ARRAY[%s]::uuid[])", [erased])
        assert told.fetchone() == ({"subjects": 1, "hits": 0},)
        assert _counts(connection) == left
    assert connection.execute(
        "SELECT count(*) FROM retention_vault WHERE kind = 'x'"
    ).fetchone() == (0,)


def test_a_shared_row_is_restricted_as_long_as_one_of_its_subjects(boxes: Any) -> None:
    """The row of the lot is visible again when no box of it is restricted."""
    connection, (one, two, three) = boxes

    def restrict(box: uuid.UUID, on: bool) -> list[int]:
        connection.execute("SELECT vedette_restrict(ARRAY[%s]::uuid[], %s)", [box, on])
        counts = (
            connection.execute(f"SELECT count(*) FROM {t} WHERE restricted").fetchone()
            for t in ("subjects_subject", "boxes_boxclear", "boxes_lotclear")
        )
        return [row[0] for row in counts if row]

    assert restrict(one, True) == [1, 1, 1]
    assert restrict(two, True) == [2, 2, 1]
    assert restrict(one, False) == [1, 1, 1]
    assert restrict(three, True) == [2, 2, 1]
    assert restrict(two, False) == [1, 1, 0]


def test_the_end_of_retention_keeps_to_class_and_month(boxes: Any) -> None:
    """The statements for batches delete clear and sealed values of the class and month alone, and move spine
    rows into the class `linked`."""
    connection, (one, two, _) = boxes
    values: dict[str, Any] = {"subjects": [one, two], "class": "box", "month": "2026-04-01"}
    within = " AND retention_class = %(class)s AND month = %(month)s"
    for statement in ALL.clear_deletion(within):
        connection.execute(statement, values)
    assert _counts(connection) == [3, 3, 3, 1, 1, 1]
    for statement in ALL.relabel():
        connection.execute(statement, values)
    linked = connection.execute("SELECT count(*) FROM boxes_box WHERE retention_class = 'linked'")
    assert linked.fetchone() == (2,)
    values["month"] = "2026-03-01"
    for name, query in ALL.ids_above().items():
        values[name] = connection.execute(query, values).fetchone()[0]
    for statement in (*ALL.clear_deletion(within), *ALL.spine_deletion(within)):
        connection.execute(statement, values)
    assert _counts(connection) == [1, 1, 1, 0, 0, 0]


def test_owners_and_times_of_every_side_table() -> None:
    """What masking and unmasking read: side tables by name, the owners in the vault, the common words."""
    assert list(ALL.side_tables) == [
        "boxes_boxclear",
        "hits_reasonclear",
        "hits_textclear",
        "boxes_lotclear",
    ]
    assert "boxes_box" in ALL.owners()
    assert "{subjects}" not in ALL.owners()
    assert (ALL.classes, ALL.words("box"), ALL.words("note")) == (("box",), b'"content":"', b"")


def test_a_table_of_a_kind_without_a_policy_is_named(boxes: Any) -> None:
    """The web role would read the rows of every organisation in it; `install` refuses it."""
    connection, _ = boxes
    assert unprotected(connection, ALL) == []
    tables = "boxes_box, boxes_lot, boxes_seal, boxes_boxclear"
    connection.execute(f"GRANT SELECT ON {tables} TO vedette_web")
    assert unprotected(connection, ALL) == sorted(tables.split(", "))
    for name in ("boxes_box", "boxes_lot", "boxes_boxclear"):
        connection.execute("SELECT vedette_policy(%s, false)", [name])
    # It names no organisation: its rows belong to lots.
    assert unprotected(connection, ALL) == ["boxes_seal"]


def _box(**changes: Any) -> Tables:
    return replace(BOXES, **{"table": "boxes_other", "side_tables": (), "above": (), **changes})


SHARED_TWICE = replace(BOXES.above[0], column="sender_id", side_tables=())


@pytest.mark.parametrize(
    ("kinds", "why"),
    [
        # Such as sender and receiver of one table of traders: only the rows of one of them would be deleted.
        ([replace(BOXES, above=(*BOXES.above, SHARED_TWICE))], "more than once: boxes_lot"),
        ([BOXES, _box(table="boxes_box")], "more than once: boxes_box"),
        ([BOXES, _box(side_tables=BOXES.side_tables)], "more than once: boxes_boxclear"),
        (
            [BOXES, _box(side_tables=(replace(BOXES.side_tables[0], table="boxes_otherclear"),))],
            "one kind in the vault: 'box'",
        ),
        ([BOXES, _box(retention_class="linked")], "'linked' cannot be"),
        ([BOXES, _box(retention_class="Box-1")], "'Box-1' cannot be"),
        ([BOXES, _box(retention_class="a" * 20)], "names that PostgreSQL cuts"),
    ],
)
def test_declarations_that_would_leave_rows_behind_are_refused(
    kinds: list[Tables], why: str
) -> None:
    with pytest.raises(ValueError, match=why):
        Declared((*kinds, _box(table="boxes_content", side_tables=(LONG,))), (SHARED,))


def test_the_side_tables_of_the_installation_are_those_declared(database: str) -> None:
    """The database makes partitions of every table that is partitioned by retention class."""
    with psycopg.connect(database) as connection:
        row = connection.execute("SELECT vedette_side_tables()").fetchone()
    assert row is not None
    assert sorted(row[0]) == sorted([*declared().side_tables, "profiles_known"])


def test_a_kind_has_no_partitions_of_the_class_of_another_kind(database: str) -> None:
    """Each partition costs the planner time in every query on the table."""
    of_goods = "goods_itemclear"
    with psycopg.connect(database) as connection:
        found = {
            name: connection.execute("SELECT vedette_side_tables_of(%s)", [name]).fetchall()[0][0]
            for name in (*declared().classes, "linked")
        }
        branches = connection.execute(
            "SELECT inhrelid::regclass::text FROM pg_inherits WHERE inhparent = %s::regclass",
            [of_goods],
        ).fetchall()
    assert of_goods in found["goods"]
    assert of_goods not in found["passenger"]
    assert sorted(found["linked"]) == sorted([*declared().side_tables, "profiles_known"])
    shared = {"hits_reasonclear", "hits_textclear", "enforcement_clear", "profiles_known"}
    assert all(shared <= {*tables} for tables in found.values())
    assert sorted(name for (name,) in branches) == [f"{of_goods}_goods", f"{of_goods}_linked"]


def test_partitions_are_made_for_the_months_of_the_setting(database: str, settings: Any) -> None:
    """`VEDETTE_MONTHS_AHEAD` counts from the present month. With a lower number, existing partitions stay."""

    def last(owner: psycopg.Connection[Any]) -> int:
        row = owner.execute(
            "SELECT (right(max(relname), 7) || '_01'), to_char(now(), 'YYYY_MM_01') FROM pg_class"
            " WHERE relname ~ '^travellers_journeyclear_passenger_[0-9]{4}_[0-9]{2}$'"
        ).fetchone()
        assert row is not None
        (year, month, _), (this_year, this_month, _) = (map(int, text.split("_")) for text in row)
        return (year - this_year) * 12 + month - this_month

    with psycopg.connect(os.environ["DATABASE_URL_OWNER"]) as owner:
        assert last(owner) < 25
        for months, found in ((25, 25), (2, 25)):
            settings.MONTHS_AHEAD = months
            make_partitions(owner.cursor())
            assert last(owner) == found
        owner.rollback()
