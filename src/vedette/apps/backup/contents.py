"""What goes where in a backup, read from the database's own catalogue.

Everything of a person belongs to the retention class and month of a subject, and goes into the file
of that class and month: what hangs on subjects, hits and bookings by a foreign key, and what names
class and month itself. A traveller or a booking with journeys of several months goes into each of
their files: readable as long as one of those months is, gone with the last. Tables that a later
version brings find their place by the same rule, or the backup says that it does not know it.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from psycopg import Connection, sql

from vedette.apps.backup.sealed import Table
from vedette.apps.retention.masking import NOBODY
from vedette.apps.retention.parts import SIDE_TABLES, VAULT

SUBJECT, JOURNEY = "subjects_subject", "travellers_journey"
TRAVELLER, BOOKING = "travellers_traveller", "travellers_booking"
#: Spine rows of several months go into the file of each.
ABOVE = (BOOKING, TRAVELLER)
#: Everything else of a person hangs on one of these.
PERSONS = (SUBJECT, JOURNEY, *ABOVE)

#: Lives less than seven days, or is made anew: not in a backup.
LEFT_OUT = frozenset(
    (
        "accounts_session", "account_emailconfirmation", "axes_accessattempt",
        "axes_accessattemptexpiration", "lists_listdraft", "retention_masking",
        "django_migrations",
    )
)  # fmt: skip
#: Rows and columns of the rest that live less than seven days: raw bytes, files not read yet.
ROWS = {"inbox_inbox": "state <> 'waiting'"}
EMPTIED = {"inbox_inbox": {"sealed": "NULL::bytea"}}
#: Tells of classes and months, and holds nothing of anybody.
_NUMBERS_ONLY = frozenset(("retention_proof",))
JOURNAL = (
    "journal_installation", "journal_setting", "accounts_act", "journal_seal", "journal_pending",
)  # fmt: skip
#: Not a table: of which class and month each decision is, so that a restore without that month can
#: chain that they are gone.
DECISIONS = "backup_decisions"


class Month(NamedTuple):
    """One retention class and month."""

    retention_class: str
    first: dt.date

    @property
    def name(self) -> str:
        """As key ids have it: `passenger.2026-03`."""
        return f"{self.retention_class}.{self.first:%Y-%m}"

    def values(self) -> dict[str, Any]:
        """For the statements below."""
        after = (self.first + dt.timedelta(days=32)).replace(day=1)
        return {"class": self.retention_class, "first": self.first, "after": after}


class Section(NamedTuple):
    """One table of one file: what to select, and whether its bytes are sealed already."""

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
    """Tables with their columns, foreign keys, and tables taken apart by a masking run."""

    columns: dict[str, tuple[str, ...]] = field(default_factory=dict)
    links: dict[str, list[_Link]] = field(default_factory=dict)
    #: Name of the detached partition → side table.
    apart: dict[str, str] = field(default_factory=dict)

    @classmethod
    def read(cls, connection: Connection[Any]) -> Catalogue:
        """Of the database at hand, of whatever version."""
        found = cls()
        for table, columns in connection.execute(_TABLES):
            found.columns[table] = tuple(columns)
        if "retention_masking" in found.columns:
            found.apart = dict(
                connection.execute("SELECT apart, parent FROM retention_masking").fetchall()
            )
        for table in [t for t in found.columns if t in LEFT_OUT or t.startswith("masking_")]:
            del found.columns[table]
        for table, *link in connection.execute(_LINKS):
            if table in found.columns:
                found.links.setdefault(table, []).append(_Link(*link))
        return found

    def names(self) -> list[str]:
        """Tables in an order in which what is referred to comes first."""
        order: list[str] = []
        waiting = sorted(self.columns)
        while waiting:
            ready = [
                t for t in waiting
                if all(
                    link.parent == t or link.parent not in waiting
                    for link in self.links.get(t, ())
                )
            ]  # fmt: skip
            if not ready:
                raise RuntimeError(f"tables refer to each other in a circle: {waiting}")
            order += ready
            waiting = [t for t in waiting if t not in ready]
        return order

    def dated(self) -> list[str]:
        """Tables whose rows name class and month themselves."""
        return [
            t for t in self.names()
            if {"retention_class", "month"} <= set(self.columns[t]) and t not in _NUMBERS_ONLY
        ]  # fmt: skip

    def hanging(self) -> dict[str, _Link]:
        """Tables that hang on a subject, a traveller or a booking, and by which link."""
        found: dict[str, _Link] = {}
        for table in self.names():
            if table in PERSONS:
                continue
            links = [
                link for link in self.links.get(table, ())
                if link.parent in PERSONS or (link.parent in found and link.parent != table)
            ]  # fmt: skip
            if len(links) > 1:
                raise RuntimeError(f"{table} refers to persons twice: whose month does it go with?")
            if links:
                found[table] = links[0]
        return found

    def of_several_months(self) -> set[str]:
        """Tables of which a row may stand in the files of several months."""
        found = set(ABOVE)
        hanging = self.hanging()
        for table in self.names():
            if table in hanging and hanging[table].parent in found:
                found.add(table)
        return found


def months(connection: Connection[Any], catalogue: Catalogue) -> list[Month]:
    """Every class and month of which there is a row."""
    tables = [*catalogue.dated(), *catalogue.apart]
    each = sql.SQL(" UNION ").join(
        sql.SQL(
            "SELECT DISTINCT retention_class::text, date_trunc('month', month)::date FROM {}"
        ).format(sql.Identifier(t))
        for t in tables
    )
    return sorted(Month(*row) for row in connection.execute(each))


OF_MONTH = "retention_class = %(class)s AND month >= %(first)s AND month < %(after)s"
#: Made in the session that writes a month: whose rows they are.
MINE = tuple(
    sql.SQL(statement).format(sql.SQL(OF_MONTH))
    for statement in (
        "CREATE TEMPORARY TABLE mine_subjects_subject ON COMMIT DROP AS"
        " SELECT id FROM subjects_subject WHERE {}",
        "CREATE TEMPORARY TABLE mine_travellers_journey ON COMMIT DROP AS"
        " SELECT id, traveller_id, booking_id FROM travellers_journey WHERE {}",
        "CREATE TEMPORARY TABLE mine_travellers_traveller ON COMMIT DROP AS"
        " SELECT traveller_id AS id FROM mine_travellers_journey"
        " UNION SELECT id FROM travellers_traveller t WHERE {}"
        " AND NOT EXISTS (SELECT FROM travellers_journey j WHERE j.traveller_id = t.id)",
        "CREATE TEMPORARY TABLE mine_travellers_booking ON COMMIT DROP AS"
        " SELECT booking_id AS id FROM mine_travellers_journey WHERE booking_id IS NOT NULL"
        " UNION SELECT t.booking_id FROM travellers_traveller t JOIN mine_travellers_traveller USING (id)"
        " WHERE t.booking_id IS NOT NULL UNION SELECT id FROM travellers_booking b WHERE {}"
        " AND NOT EXISTS (SELECT FROM travellers_journey j WHERE j.booking_id = b.id)"
        " AND NOT EXISTS (SELECT FROM travellers_traveller t WHERE t.booking_id = b.id)",
    )
)


def of_month(catalogue: Catalogue) -> Iterator[Section]:
    """What the file of a month holds, in order; `Month.values` and `MINE` fill it."""
    hanging = catalogue.hanging()
    for table in catalogue.names():
        if table in PERSONS:
            mine = sql.SQL("SELECT id FROM {}").format(sql.Identifier(f"mine_{table}"))
            yield _section(catalogue, table, sql.SQL("id IN ({})").format(mine))
        elif table in hanging:
            yield _section(catalogue, table, _hangs(hanging, table))
        elif table in catalogue.dated():
            yield _section(catalogue, table, sql.SQL(OF_MONTH), sealed=table == VAULT)
    for apart, parent in catalogue.apart.items():
        yield _apart(catalogue, apart, parent)


def of_the_rest(catalogue: Catalogue) -> Iterator[Section]:
    """Everything that is nobody's, and rows that hang on a person perhaps and do not."""
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
    """Acts, history of settings, seals, and what waits for one."""
    for table in JOURNAL:
        yield _section(catalogue, table, sql.SQL("true"))


def _section(
    catalogue: Catalogue, table: str, where: sql.Composable, sealed: bool = False
) -> Section:
    columns = catalogue.columns[table]
    emptied = EMPTIED.get(table, {})
    select = sql.SQL("SELECT {} FROM {} WHERE {}").format(
        sql.SQL(", ").join(sql.SQL(emptied[c]) if c in emptied else sql.Identifier(c) for c in columns),
        sql.Identifier(table), where,
    )  # fmt: skip
    return Section(Table(table, columns), select, sealed)


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
    """Rows on their way into the vault that have not arrived there."""
    kind, subject, part = SIDE_TABLES[parent]
    columns = catalogue.columns[parent]
    select = sql.SQL(
        "SELECT {columns} FROM {apart} t WHERE {of_month} AND NOT EXISTS (SELECT FROM {vault} v"
        " WHERE v.owner = t.{subject} AND v.part = {part} AND v.kind = {kind}"
        " AND v.retention_class = t.retention_class AND v.month = t.month)"
    ).format(
        columns=sql.SQL(", ").join(map(sql.Identifier, columns)),
        apart=sql.Identifier(apart),
        of_month=sql.SQL(OF_MONTH),
        vault=sql.Identifier(VAULT),
        subject=sql.Identifier(subject),
        part=sql.SQL("t.{}").format(sql.Identifier(part)) if part else sql.Literal(NOBODY),
        kind=sql.SQL(kind if kind != "kind" else "t.kind"),
    )
    return Section(Table(parent, columns), select)


def tables_to_lock(catalogue: Catalogue) -> Iterable[str]:
    """Everything that is read."""
    return [*catalogue.columns, *catalogue.apart]


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
