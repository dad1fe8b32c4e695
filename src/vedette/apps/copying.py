"""Writes many rows at once with COPY: new rows directly, changed rows through a temporary table."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from psycopg import Connection, sql


def copy_in(
    connection: Connection[Any], table: str, columns: Sequence[str], rows: Iterable[Sequence[Any]]
) -> None:
    """Copies new rows into `table`. The values of each row are in the order of `columns`."""
    statement = sql.SQL("COPY {} ({}) FROM STDIN").format(
        sql.Identifier(table), sql.SQL(", ").join(map(sql.Identifier, columns))
    )
    with connection.cursor() as cursor, cursor.copy(statement) as copy:
        for row in rows:
            copy.write_row(row)


def merge_in(
    connection: Connection[Any],
    table: str,
    columns: Sequence[str],
    rows: Sequence[Sequence[Any]],
    keys: Sequence[str],
    update: Sequence[str] | Mapping[str, str] = (),
) -> None:
    """Upserts rows, sorted by the columns `keys`, through a temporary table. If a row with the same keys
    already exists, only its columns in `update` are changed. If `update` is a mapping, it maps each column to
    the SQL expression that computes the new value of the column.
    """
    if not rows:
        return
    temporary = sql.Identifier(f"incoming_{table}")
    names = sql.SQL(", ").join(map(sql.Identifier, columns))
    with connection.cursor() as cursor:
        cursor.execute(
            sql.SQL(
                "CREATE TEMPORARY TABLE IF NOT EXISTS {} ON COMMIT DELETE ROWS AS"
                " SELECT {} FROM {} LIMIT 0"
            ).format(temporary, names, sql.Identifier(table))
        )
        copy_in(connection, f"incoming_{table}", columns, rows)
        action: sql.Composable = sql.SQL("DO NOTHING")
        if update:
            given = update if isinstance(update, Mapping) else {}
            action = sql.SQL("DO UPDATE SET ") + sql.SQL(", ").join(
                sql.SQL("{} = {}").format(
                    sql.Identifier(c),
                    sql.SQL(given[c])
                    if c in given
                    else sql.SQL("EXCLUDED.{}").format(sql.Identifier(c)),
                )
                for c in update
            )
        cursor.execute(
            sql.SQL("INSERT INTO {} ({}) SELECT {} FROM {} ORDER BY {} ON CONFLICT ({}) {}").format(
                sql.Identifier(table),
                names,
                names,
                temporary,
                sql.SQL(", ").join(map(sql.Identifier, keys)),
                sql.SQL(", ").join(map(sql.Identifier, keys)),
                action,
            )
        )
        cursor.execute(sql.SQL("TRUNCATE {}").format(temporary))
