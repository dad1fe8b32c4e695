"""Determines which rows are written to which file of a backup, from the catalogue of the database
and the declared tables.

A backup has one file for each retention class and month. The file of a class and a month contains all rows of
the subjects with that class and month. A row belongs to a subject if it refers to the subject by foreign
keys, directly or through other rows. The file also contains the rows whose columns `retention_class` and
`month` have this class and month. A row that belongs to subjects of several months is written to the file of
each of these months. A row that was written to the files of several months can be restored from any of these
files. The same rule determines the files of tables that later versions of vedette add. If the rule does not
determine the file of a table, the backup fails.
"""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from graphlib import TopologicalSorter
from typing import Any, NamedTuple

from psycopg import Connection, sql

from vedette.apps.backup.sealed import Table
from vedette.apps.retention.masking import NOBODY
from vedette.apps.subjects.tables import VAULT, declared

SUBJECT = "subjects_subject"

#: Tables that are not in a backup. Their rows are kept for less than seven days, or can be made again.
LEFT_OUT = frozenset(
    (
        "accounts_session", "account_emailconfirmation", "axes_accessattempt",
        "axes_accessattemptexpiration", "lists_listdraft", "lists_draftentry",
        "inbox_submission", "retention_masking", "upkeep_clock", "upkeep_pause", "django_migrations",
    )
)  # fmt: skip
#: Rows and columns that are left out because they are kept for less than seven days: unread files, raw bytes.
ROWS = {"inbox_inbox": "state <> 'waiting'"}
EMPTIED = {"inbox_inbox": {"sealed": "NULL::bytea"}}
#: Tables with a retention class and a month that contain only numbers.
_NUMBERS_ONLY = frozenset(("retention_proof",))
JOURNAL = (
    "journal_installation", "journal_setting", "accounts_act", "journal_seal", "journal_pending",
)  # fmt: skip
#: The name of a section that is not a table. It contains the retention class and the month of each
#: decision. A restore without that month uses them to record in the journal that the decisions were
#: deleted.
DECISIONS = "backup_decisions"


class Month(NamedTuple):
    """A pair of a retention class and a month."""

    retention_class: str
    first: dt.date

    @property
    def name(self) -> str:
        """The beginning of the key id, for example `linked.2026-03`."""
        return f"{self.retention_class}.{self.first:%Y-%m}"

    def values(self) -> dict[str, Any]:
        """Returns the parameters of the SQL statements of this module."""
        after = (self.first + dt.timedelta(days=32)).replace(day=1)
        return {"class": self.retention_class, "first": self.first, "after": after}


class Section(NamedTuple):
    """Describes one table in one file of a backup, and the query that returns its rows. `sealed` is true if
    the values in the rows are encrypted.
    """

    table: Table
    select: sql.Composable
    sealed: bool = False


class _Link(NamedTuple):
    """A foreign key."""

    column: str
    nullable: bool
    parent: str
    parent_column: str


@dataclass
class Catalogue:
    """The tables of the database with their columns and foreign keys, and the partitions that a masking run
    has detached.
    """

    columns: dict[str, tuple[str, ...]]
    links: dict[str, list[_Link]]
    #: Maps the name of a detached partition to its table.
    apart: dict[str, str]

    @classmethod
    def read(cls, connection: Connection[Any]) -> Catalogue:
        """Reads the catalogue of a database with any version of the schema."""
        columns = {table: tuple(names) for table, names in connection.execute(_TABLES)}
        apart = (
            dict(connection.execute("SELECT apart, parent FROM retention_masking").fetchall())
            if "retention_masking" in columns
            else {}
        )
        for table in [t for t in columns if t in LEFT_OUT or t.startswith("masking_")]:
            del columns[table]
        links = defaultdict(list)
        for table, *link in connection.execute(_LINKS):
            links[table].append(_Link(*link))
        return cls(columns, links, apart)

    def names(self) -> list[str]:
        """Returns the tables in an order in which each table follows the tables to which it refers. Raises
        `graphlib.CycleError` if tables refer to each other in a cycle.
        """
        parents = {
            table: {link.parent for link in self.links.get(table, ())} & {*self.columns} - {table}
            for table in sorted(self.columns)
        }
        return list(TopologicalSorter(parents).static_order())

    def dated(self) -> list[str]:
        """Returns the tables with columns for the retention class and the month."""
        return [
            t for t in self.names()
            if {"retention_class", "month"} <= set(self.columns[t]) and t not in _NUMBERS_ONLY
        ]  # fmt: skip

    def hanging(self) -> dict[str, _Link]:
        """Returns the tables that refer to a table in `persons()`, directly or through other tables. Each
        returned table has the foreign key by which it refers to the other table.
        """
        found: dict[str, _Link] = {}
        roots = persons()
        for table in self.names():
            if table in roots:
                continue
            links = [
                link for link in self.links.get(table, ())
                if link.parent in roots or (link.parent in found and link.parent != table)
            ]  # fmt: skip
            if len(links) > 1:
                raise RuntimeError(
                    f"{table} refers to persons by several columns, so that its month is unclear"
                )
            if links:
                found[table] = links[0]
        return found

    def of_several_months(self) -> set[str]:
        """Returns the tables whose rows may be in the files of several months."""
        found = set(of_several())
        hanging = self.hanging()
        for table in self.names():
            if table in hanging and hanging[table].parent in found:
                found.add(table)
        return found


def months(connection: Connection[Any], catalogue: Catalogue) -> list[Month]:
    """Returns every pair of retention class and month that has rows."""
    tables = [*catalogue.dated(), *catalogue.apart]
    each = sql.SQL(" UNION ").join(
        sql.SQL(
            "SELECT DISTINCT retention_class::text, date_trunc('month', month)::date FROM {}"
        ).format(sql.Identifier(t))
        for t in tables
    )
    return sorted(Month(*row) for row in connection.execute(each))


OF_MONTH = "retention_class = %(class)s AND month >= %(first)s AND month < %(after)s"


def mine() -> Iterator[str]:
    """Returns SQL statements for the session that writes the file of a month. For each table that `persons`
    returns, the statements create a temporary table (`mine_…`). The temporary table contains the ids of the
    rows of that month. `Month.values` returns the parameters of the statements.
    """
    create = "CREATE TEMPORARY TABLE mine_{} ON COMMIT DROP AS "
    for table in (SUBJECT, *(kind.table for kind in declared().kinds)):
        yield create.format(table) + f"SELECT id FROM {table} WHERE {OF_MONTH}"  # noqa: S608
    for _, above in declared().above:
        users = " UNION ".join(
            f"SELECT u.{column} AS id FROM {user} u JOIN mine_{user} USING (id)"  # noqa: S608
            f" WHERE u.{column} IS NOT NULL"
            for user, column in above.users
        )
        unused = f"SELECT id FROM {above.table} a WHERE {OF_MONTH} AND {above.unused}"  # noqa: S608
        yield create.format(above.table) + f"{users} UNION {unused}"


def of_month(catalogue: Catalogue) -> Iterator[Section]:
    """Returns the tables in the file of a month, in the order of loading. `Month.values` returns the
    parameters of the queries. The caller must execute the SQL statements that `mine` returns before it
    queries the tables.
    """
    hanging, roots = catalogue.hanging(), persons()
    for table in catalogue.names():
        if table in roots:
            ids = sql.Identifier(f"mine_{table}")
            yield _section(catalogue, table, sql.SQL("id IN (SELECT id FROM {})").format(ids))
        elif table in hanging:
            yield _section(catalogue, table, _hangs(hanging, table))
        elif table in catalogue.dated():
            yield _section(catalogue, table, sql.SQL(OF_MONTH), sealed=table == VAULT)
    for apart, parent in catalogue.apart.items():
        yield _apart(catalogue, apart, parent)


def of_the_rest(catalogue: Catalogue) -> Iterator[Section]:
    """Returns the tables with the rows that belong to no subject."""
    hanging, dated = catalogue.hanging(), catalogue.dated()
    for table in catalogue.names():
        if table in hanging and hanging[table].nullable:
            column = sql.Identifier(hanging[table].column)
            yield _section(catalogue, table, sql.SQL("{} IS NULL").format(column))
        elif table not in (*hanging, *dated, *JOURNAL):
            yield _section(catalogue, table, sql.SQL(ROWS.get(table, "true")))
    yield Section(
        Table(DECISIONS, ("id", "retention_class", "month")),
        sql.SQL(
            "SELECT d.id, s.retention_class::text, date_trunc('month', s.month)::date"
            " FROM hits_decision d JOIN hits_hit h ON h.id = d.hit_id"
            " JOIN subjects_subject s ON s.id = h.subject_id"
        ),
    )


def of_the_journal(catalogue: Catalogue) -> Iterator[Section]:
    """Returns the tables of the journal. These tables contain the installation id, the history of settings,
    the journal entries, and the hash chain with its pending rows.
    """
    return (_section(catalogue, table, sql.SQL("true")) for table in JOURNAL)


def persons() -> list[str]:
    """Returns the tables to which all other rows about persons refer. The result is the table of subjects,
    the main table of each kind, and the tables with rows that several subjects share.
    """
    return [SUBJECT, *(kind.table for kind in declared().kinds), *of_several()]


def of_several() -> list[str]:
    """Returns the tables with rows that several subjects share."""
    return [above.table for _, above in declared().above]


def _section(
    catalogue: Catalogue, table: str, where: sql.Composable, sealed: bool = False
) -> Section:
    columns = catalogue.columns[table]
    emptied = EMPTIED.get(table, {})
    return Section(
        Table(table, columns),
        sql.SQL("SELECT {} FROM {} WHERE {}").format(
            sql.SQL(", ").join(
                sql.SQL(emptied[c]) if c in emptied else sql.Identifier(c) for c in columns
            ),
            sql.Identifier(table),
            where,
        ),
        sealed,
    )


def _hangs(hanging: dict[str, _Link], table: str) -> sql.Composable:
    link = hanging[table]
    column, parent = sql.Identifier(link.column), sql.Identifier(link.parent)
    if link.parent in hanging:
        inner = sql.SQL("SELECT {} FROM {} WHERE {}").format(
            sql.Identifier(link.parent_column), parent, _hangs(hanging, link.parent)
        )
    else:
        inner = sql.SQL("SELECT id FROM {}").format(sql.Identifier(f"mine_{link.parent}"))
    return sql.SQL("{} IN ({})").format(column, inner)


def _apart(catalogue: Catalogue, apart: str, parent: str) -> Section:
    """Returns the rows of a detached partition that have not been moved to the table of encrypted values (the
    vault)."""
    side = declared().side_tables[parent]
    columns = catalogue.columns[parent]
    select = sql.SQL(
        "SELECT {columns} FROM {apart} t WHERE {of_month} AND NOT EXISTS (SELECT FROM {vault} v"
        " WHERE v.owner = t.{owner} AND v.part = {part} AND v.kind = {kind}"
        " AND v.retention_class = t.retention_class AND v.month = t.month)"
    ).format(
        columns=sql.SQL(", ").join(map(sql.Identifier, columns)),
        apart=sql.Identifier(apart),
        of_month=sql.SQL(OF_MONTH),
        vault=sql.Identifier(VAULT),
        owner=sql.Identifier(side.owner),
        part=sql.SQL("t.{}").format(sql.Identifier(side.part))
        if side.part
        else sql.Literal(NOBODY),
        kind=sql.SQL(side.kind),
    )
    return Section(Table(parent, columns), select)


_TABLES = """
    SELECT c.relname, array_agg(a.attname::text ORDER BY a.attnum) FROM pg_class c
    JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped
    WHERE c.relnamespace = 'public'::regnamespace AND c.relkind IN ('r', 'p')
      AND NOT c.relispartition AND c.relpersistence = 'p' AND a.attgenerated = ''
    GROUP BY c.relname
"""
_LINKS = """
    SELECT child.relname, a.attname::text, NOT a.attnotnull, parent.relname, b.attname::text
    FROM pg_constraint k JOIN pg_class child ON child.oid = k.conrelid
    JOIN pg_class parent ON parent.oid = k.confrelid
    JOIN pg_attribute a ON a.attrelid = k.conrelid AND a.attnum = k.conkey[1]
    JOIN pg_attribute b ON b.attrelid = k.confrelid AND b.attnum = k.confkey[1]
    WHERE k.contype = 'f' AND k.connamespace = 'public'::regnamespace ORDER BY 1, 2
"""
