"""The declarations of the tables that contain data about subjects, and the SQL that is generated
from them.

Each kind declares its tables as `TABLES` in the module `tables` of its app and passes them to its
`AppKind`. The name of this module is fixed, because the fingerprint of the schema includes the
file. An app with tables that all kinds share registers them as `Shared`. Masking, deletion,
erasure, restriction and backup use the declarations (`declared`). The migration of a kind ends with
`operations`, which create the database functions that are generated from the declarations.

The main tables, called `spine` in the code, contain keys and no personal value in clear text. The main tables
are `subjects_subject`, `subjects_identifier`, the main table of each kind, and the tables that the kind lists
in `above`. Values in clear text are in side tables. The declared SQL may contain `{subjects}`, an array of
ids of subjects.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any

from django.conf import settings
from django.db.migrations import RunPython, RunSQL
from django.db.migrations.operations.base import Operation

VAULT = "retention_vault"
#: The retention class of subjects that are kept because of an objective link.
LINKED = "linked"
#: The same pattern as in the functions of the database (`vedette_make_vault`).
_CLASS = re.compile(r"[a-z][a-z0-9_]{0,19}", re.ASCII)
#: The maximum number of letters in the names of a side table and a retention class together. PostgreSQL
#: truncates names after 63 letters, and the name of a detached partition is
#: `masking_TABLE_CLASS_rest_YYMMDDHHMISS`.
_LONGEST = 63 - len("masking_") - len("_") - len("_rest_YYMMDDHHMISS")


@dataclass(frozen=True, kw_only=True)
class SideTable:
    """A table of values in clear text, partitioned by retention class and month. Masking encrypts the rows of
    the table and moves them to the vault table (`VAULT`). The table has the columns `retention_class`,
    `month`, `organisation_id` and `restricted`. The primary key begins with `owner` and ends with
    `retention_class` and `month`. The class and month are equal to the class and month of the row in the main
    table. SQL expressions refer to a row of the table as `t`.
    """

    table: str
    #: Column with the id of the row in the main table to which the values belong.
    owner: str
    #: Column that distinguishes several rows of one owner.
    part: str | None = None
    #: Expression for the kind of the row in the vault, which is not a kind of subject. A constant is
    #: written with its quotes: `'parcel'`.
    kind: str
    #: Query for the owners of the rows that belong to the subjects.
    owners: str
    #: Expression for the time at which the subject of the row was received.
    came: str
    #: The text that rows have in common, with the most frequent parts last. It is the dictionary for
    #: the compression of rows in the vault. It must not change, because a row can only be read with the
    #: same dictionary with which it was written.
    words: bytes = b""
    #: Condition under which a row that several subjects share is restricted. It is None if each row
    #: belongs to one subject and is restricted together with that subject.
    restricted: str | None = None
    #: Columns, arrays of numbers or texts, that are computed from the others and serve the search in clear
    #: values. The vault does not contain them.
    derived: tuple[str, ...] = ()

    @property
    def row(self) -> str:
        """Returns the SQL expression for a row as JSON text, in the form in which the vault stores it. Quotes
        in values are escaped, so the pattern that finds a derived column cannot match a value.
        """
        text = "row_to_json(t)::text"
        for column in self.derived:
            pattern = rf',"{column}":\[([-0-9,]|"([^"\\]|\\.)*")*\]'
            text = f"regexp_replace({text}, '{pattern}', '')"
        return text

    def owners_of(self, subjects: str = "%(subjects)s") -> str:
        """Returns a query for the owners of the rows that belong to these subjects."""
        return self.owners.replace("{subjects}", subjects)


@dataclass(frozen=True, kw_only=True)
class Above:
    """A table whose rows several subjects share. The table has the columns of `Personal`. A row is deleted
    when the last row that refers to it is deleted.
    """

    table: str
    #: Column of the kind's main table that refers to this table.
    column: str
    #: Pairs (table, column) that refer to this table. A row is not deleted while one of them refers to
    #: it.
    users: tuple[tuple[str, str], ...]
    #: Pairs (table, column) that refer to this table, whose rows are deleted together with its row.
    hanging: tuple[tuple[str, str], ...] = ()
    side_tables: tuple[SideTable, ...] = ()

    @property
    def unused(self) -> str:
        """Returns the SQL condition that is true if no row of another table refers to the row `a`."""
        return " AND ".join(
            f"NOT EXISTS (SELECT FROM {table} u WHERE u.{column} = a.id)"
            for table, column in self.users
        )

    def deletion(self, which: str, within: str | None, limit: str = "") -> str:
        """Returns a statement that deletes the unused rows that fulfil a condition.

        `within` limits which values of the deleted rows are deleted, both in clear text and encrypted. If
        `within` is None, no values are deleted.
        """
        rows = [(table, column, "") for table, column in self.hanging]
        if within is not None and self.side_tables:
            sealed = [(side.table, side.owner) for side in self.side_tables]
            rows += [(*row, within) for row in (*sealed, (VAULT, "owner"))]
        deleted = "".join(
            f", deleted_{i} AS (DELETE FROM {table} WHERE {column} IN (SELECT id FROM gone){only})"
            for i, (table, column, only) in enumerate(rows)
        )
        return (
            f"WITH gone AS (SELECT id FROM {self.table} a WHERE {which} AND {self.unused}{limit}){deleted}"
            f" DELETE FROM {self.table} WHERE id IN (SELECT id FROM gone)"
        )


@dataclass(frozen=True)
class Template:
    """A retention profile that is delivered with a kind. The periods are in days. `trigger` is the event at
    which the periods begin by law (`receipt` or `departure`). `keep_after` is the period for subjects with an
    objective link, for example an open hit.
    """

    name: str
    trigger: str
    mask_after: int
    delete_after: int
    keep_after: int
    basis: str
    source: str


@dataclass(frozen=True, kw_only=True)
class Tables:
    """The tables of one kind of subject, and the retention of their rows."""

    #: The kind's main table, with the columns of `apps.columns.Personal`. The `id` of a row is that of
    #: the subject, and the database deletes the row together with the subject (`vedette_cascade`).
    table: str
    #: The retention class of its subjects until an objective link is found. At most 20 characters, lower
    #: case: the names of the partitions contain it.
    retention_class: str
    #: The side tables whose rows belong to one subject. Pages read the time of masking from the first table.
    side_tables: tuple[SideTable, ...] = ()
    #: The tables of rows that several subjects share. A table is listed before the tables to which its rows
    #: refer.
    above: tuple[Above, ...] = ()
    #: Retention profiles to choose from, by key.
    templates: Mapping[str, Template] = field(default_factory=dict)
    #: The values that masking removes. Maps the name of a value to a description of its content.
    masked: Mapping[str, str] = field(default_factory=dict)
    #: SQL function without arguments that assigns the groups of the organisation in scope to the units that
    #: are responsible for them now, and returns how many it moved.
    reassign: str | None = None
    #: SQL function that takes the id of a subject, and returns whether the subject has a period of its own
    #: that is over, before that of its retention class. A decision to release may then be deleted with it.
    over: str | None = None


@dataclass(frozen=True, kw_only=True)
class Shared:
    """Tables with rows about subjects of every kind."""

    side_tables: tuple[SideTable, ...] = ()
    #: Pairs (table, condition) for the rows that are deleted together with subjects, in this order.
    rows: tuple[tuple[str, str], ...] = ()
    #: Tables with the column `retention_class` and the condition for the rows of subjects.
    dated: tuple[tuple[str, str], ...] = ()
    #: Conditions under which the subject `s` has an objective link, besides those of its hit.
    links: tuple[str, ...] = ()


@dataclass(frozen=True)
class Declared:
    """All declarations of an installation, and the SQL generated from them."""

    kinds: tuple[Tables, ...]
    shared: tuple[Shared, ...] = ()

    def __post_init__(self) -> None:
        """Raises `ValueError` if masking, deletion or backup would omit a table or a row without an error."""
        sides = [*self.own, *(side for _, above in self.above for side in above.side_tables)]
        names = [kind.table for kind in self.kinds] + [above.table for _, above in self.above]
        names += [side.table for side in sides]
        if twice := sorted({name for name in names if names.count(name) > 1}):
            raise ValueError(f"tables are declared more than once: {', '.join(twice)}")
        kinds = [side.kind for side in sides]
        if same := sorted({kind for kind in kinds if kinds.count(kind) > 1}):
            raise ValueError(
                f"rows of several side tables have one kind in the vault: {', '.join(same)}"
            )
        for name in self.classes:
            if name == LINKED or not _CLASS.fullmatch(name):
                raise ValueError(f"{name!r} cannot be the retention class of a kind")
        for side in sides:
            for name in (*self.classes, LINKED):
                if len(side.table) + len(name) > _LONGEST:
                    raise ValueError(
                        f"the partitions of {side.table} for class {name} need names that PostgreSQL cuts:"
                        f" both together have at most {_LONGEST} letters"
                    )

    @property
    def classes(self) -> tuple[str, ...]:
        """The retention classes of all kinds."""
        return tuple(dict.fromkeys(kind.retention_class for kind in self.kinds))

    @property
    def above(self) -> tuple[tuple[Tables, Above], ...]:
        """The tables whose rows several subjects share. For each table, the result also contains the `Tables`
        object of its kind."""
        return tuple((kind, above) for kind in self.kinds for above in kind.above)

    @property
    def own(self) -> tuple[SideTable, ...]:
        """The side tables whose rows belong to one subject."""
        of_kinds = [side for kind in self.kinds for side in kind.side_tables]
        return (*of_kinds, *(side for of in self.shared for side in of.side_tables))

    @property
    def side_tables(self) -> dict[str, SideTable]:
        """All side tables. Maps the name of a table to its declaration."""
        of_several = [side for _, above in self.above for side in above.side_tables]
        return {side.table: side for side in (*self.own, *of_several)}

    def owners(self, subjects: str = "%(subjects)s") -> str:
        """Returns an SQL query for the owners of all rows in the vault that belong to the subjects."""
        return _owners(self.side_tables.values(), subjects)

    @property
    def links(self) -> str:
        """The SQL condition under which the subject `s` has an objective link, in addition to the links of
        its hit."""
        return " OR ".join(f"({one})" for of in self.shared for one in of.links) or "false"

    def words(self, kind: str) -> bytes:
        """Returns the compression dictionary (`SideTable.words`) for rows of one `SideTable.kind`. Returns an
        empty value if no dictionary is declared.
        """
        found = (side.words for side in self.side_tables.values() if side.kind == f"'{kind}'")
        return next(found, b"")

    def relabel(self) -> list[str]:
        """Returns SQL statements that change the retention class of the subjects `%(subjects)s` in the main
        tables to `linked`.
        """
        mine = "id = ANY({subjects})"
        rows = [("subjects_subject", mine), *(row for of in self.shared for row in of.dated)]
        for kind in self.kinds:
            rows.append((kind.table, mine))
            rows += [
                (above.table, f"id IN (SELECT {above.column} FROM {kind.table} WHERE {mine})")
                for above in kind.above
            ]
        return [
            _filled(
                f"UPDATE {table} SET retention_class = '{LINKED}' WHERE {which}", "%(subjects)s"
            )
            for table, which in rows
        ]

    def ids_above(self, subjects: str = "%(subjects)s") -> dict[str, str]:
        """Returns queries that find the ids of the rows that the subjects share with other subjects. The key
        of a query is the name of its parameter in `spine_deletion`.
        """
        return {
            f"above_{above.table}": _filled(
                f"SELECT array_agg(DISTINCT {above.column}) FROM {kind.table}"
                f" WHERE id = ANY({{subjects}}) AND {above.column} IS NOT NULL",
                subjects,
            )
            for kind, above in self.above
        }

    def clear_deletion(self, within: str, subjects: str = "%(subjects)s") -> list[str]:
        """Returns SQL statements that delete the values of subjects, both in clear text and masked. The
        caller must run the statements before the decisions are deleted. `within` is empty, or a condition on
        retention class and month that begins with AND.
        """
        return [
            *(
                f"DELETE FROM {side.table} t WHERE t.{side.owner} IN"
                f" ({side.owners_of(subjects)}){within}"
                for side in self.own
            ),
            f"DELETE FROM {VAULT} WHERE owner IN ({_owners(self.own, subjects)}){within}",
        ]

    def spine_deletion(self, within: str | None, parameter: str = "%({})s") -> list[str]:
        """Returns SQL statements that delete the rows of subjects in the main tables, after their values and
        decisions were deleted. The statements also delete the rows in the tables `above` to which no row
        refers.

        `within` limits which values of the rows in the tables `above` are deleted, in the same way as in
        `clear_deletion`. If `within` is None, none of these values are deleted. The parameters of the
        statements are `subjects` and the ids that the queries of `ids_above` found before.
        """
        statements = [
            _filled(f"DELETE FROM {table} WHERE {which}", parameter.format("subjects"))
            for table, which in (*(row for of in self.shared for row in of.rows), *_SPINE)
        ]
        for _, above in self.above:
            ids = parameter.format(f"above_{above.table}")
            statements.append(above.deletion(f"id = ANY({ids})", within))
        return statements

    def unused_deletion(self) -> dict[str, str]:
        """Returns, for each table in `above`, a statement that deletes the rows to which no row refers. Rows
        to which no other row refers can remain, for example, after their subjects were merged with other
        subjects. The parameters are `class`, `before` (the time of receipt) and `most`. The statement returns
        the month of each deleted row.
        """
        old = "retention_class = %(class)s AND received_at < %(before)s"
        return {
            above.table: above.deletion(old, "", " ORDER BY id LIMIT %(most)s") + " RETURNING month"
            for _, above in self.above
        }

    def functions(self) -> list[str]:
        """Returns SQL statements that create the generated functions of the database."""
        restricted = [
            f"UPDATE {side.table} t SET restricted = {side.restricted or 'restrict_them'}"
            f" WHERE t.{side.owner} IN ({side.owners_of('subjects')})"
            for side in self.side_tables.values()
        ]
        above = [
            f"{name} uuid[] := ({query})" for name, query in self.ids_above("subjects").items()
        ]
        moved = [f"{kind.reassign}()" for kind in self.kinds if kind.reassign]
        over = [f"{kind.over}(subject)" for kind in self.kinds if kind.over]
        of_kinds = [
            f"('{side.table}', '{kind.retention_class}')"
            for kind in self.kinds
            for side in (*kind.side_tables, *(s for above in kind.above for s in above.side_tables))
        ]
        return [
            _SIDE_TABLES_OF.format(of_kinds=", ".join(of_kinds), linked=LINKED),
            _RESTRICT.format(restricted=_lines(restricted)),
            _DELETE_CLEAR.format(deleted=_lines(self.clear_deletion("", "subjects"))),
            _DELETE_SPINE.format(
                above=_lines(above), deleted=_lines(self.spine_deletion("", "{}"))
            ),
            _REASSIGN.format(moved=" + ".join(moved) or "0"),
            _OVER.format(over=" OR ".join(over) or "false"),
        ]


#: Pairs (table, condition) for the rows that every subject has. The deletion in the last table also
#: deletes the rows in the tables of the kinds.
_SPINE = (
    ("subjects_identifier", "subject_id = ANY({subjects})"),
    ("subjects_subject", "id = ANY({subjects})"),
)


def _lines(statements: Iterable[str]) -> str:
    return "".join(f"    {statement};\n" for statement in statements)


def _filled(text: str, subjects: str) -> str:
    return text.replace("{subjects}", subjects)


def _owners(side_tables: Iterable[SideTable], subjects: str) -> str:
    return " UNION ".join(dict.fromkeys(side.owners_of(subjects) for side in side_tables))


_shared: list[Shared] = []


def register(shared: Shared) -> None:
    """Registers tables with rows about subjects of every kind. The method `ready` of the app that owns the
    tables calls this function.
    """
    _shared.append(shared)
    declared.cache_clear()


@cache
def declared() -> Declared:
    """Returns the declarations of all kinds and apps of this installation."""
    from vedette.apps.subjects.kinds import app_kinds

    return Declared(tuple(kind.tables for kind in app_kinds()), tuple(_shared))


def operations(migration: str) -> list[Operation]:
    """Returns the last operations of the migration of a kind. These operations run the SQL files in the
    folder `sql` of the kind, and then `install`. `migration` is the path of the migration, which must depend
    on the migration of the app `sql`.
    """
    files = sorted(Path(migration).parents[1].glob("sql/*.sql"))
    return [
        RunPython(_add_constraints, RunPython.noop),
        *(RunSQL(file.read_text("utf-8"), RunSQL.noop) for file in files),
        RunPython(install, RunPython.noop),
    ]


def _add_constraints(_apps: Any, editor: Any) -> None:
    """Adds the foreign keys immediately. Django would add the foreign keys only at the end of the migration,
    but `vedette_cascade` alters them earlier.
    """
    for statement in editor.deferred_sql:
        editor.execute(statement)
    editor.deferred_sql.clear()


def install(_apps: Any, editor: Any) -> None:
    """Creates or replaces the generated functions, and makes the partitions of each retention class.
    PostgreSQL checks the body of a plpgsql function only when the function is called. The body may therefore
    refer to tables of a kind that is migrated later.
    """
    with editor.connection.cursor() as cursor:
        for statement in declared().functions():
            cursor.execute(statement)
        make_partitions(cursor)
        if found := unprotected(cursor, declared()):
            raise RuntimeError(f"the web role reads every row of {', '.join(found)}: make a policy")


def unprotected(cursor: Any, of: Declared) -> list[str]:
    """Returns the tables without row-level security that the web role may read, if their rows belong to an
    organisation or to subjects.
    """
    parents = ["subjects_subject", *(kind.table for kind in of.kinds)]
    parents += [above.table for _, above in of.above]
    found = cursor.execute(
        """
        SELECT c.relname::text FROM pg_class c
        WHERE c.relnamespace = 'public'::regnamespace AND c.relkind IN ('r', 'p')
          AND NOT c.relrowsecurity AND has_table_privilege('vedette_web', c.oid, 'SELECT')
          AND (EXISTS (SELECT FROM pg_attribute a WHERE a.attrelid = c.oid AND a.attname = 'organisation_id')
               OR EXISTS (SELECT FROM pg_constraint k JOIN pg_class p ON p.oid = k.confrelid
                          WHERE k.conrelid = c.oid AND k.contype = 'f' AND p.relname = ANY (%s)))
        ORDER BY 1
        """,
        [parents],
    )
    return [name for (name,) in found.fetchall()]


def make_partitions(cursor: Any) -> None:
    """Makes the missing partitions, from the previous month to `settings.MONTHS_AHEAD` months after the
    present month. The cursor must use the owner role.
    """
    for name in declared().classes:
        cursor.execute(
            "SELECT vedette_make_partitions(%s, (now() - interval '1 month')::date, %s)",
            [name, 2 + settings.MONTHS_AHEAD],
        )
    # For this class no monthly partitions are made. Its months are in the past, and its rows are stored
    # in the partition `rest`.
    cursor.execute("SELECT vedette_make_partitions(%s, now()::date, 0)", [LINKED])


_SIDE_TABLES_OF = """
-- Returns the side tables that have partitions of a retention class. The side tables of a kind have no
-- partitions of the class of another kind: the planner would examine them for each query.
CREATE OR REPLACE FUNCTION vedette_side_tables_of(class text) RETURNS text[] LANGUAGE sql STABLE AS $$
    SELECT array_agg(one ORDER BY one) FROM unnest(vedette_side_tables()) one
    WHERE class = '{linked}' OR NOT EXISTS (
        SELECT FROM (VALUES {of_kinds}) of_kind (side, its_class)
        WHERE side = one AND its_class <> class)
$$;
"""
_RESTRICT = """
-- Restricts subjects with all their clear values, or ends the restriction. Runs with the rights and the scope
-- of the caller.
CREATE OR REPLACE FUNCTION vedette_restrict(subjects uuid[], restrict_them boolean) RETURNS void
LANGUAGE plpgsql AS $$
BEGIN
    UPDATE subjects_subject SET restricted = restrict_them,
           screen_again = screen_again OR NOT restrict_them
    WHERE id = ANY (subjects);
{restricted}END
$$;
REVOKE ALL ON FUNCTION vedette_restrict(uuid[], boolean) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION vedette_restrict(uuid[], boolean) TO vedette_web;
"""
_DELETE_CLEAR = """
-- Deletes the clear and sealed values of subjects. Only `vedette_erase_subjects` may call it.
CREATE OR REPLACE FUNCTION vedette_delete_clear(subjects uuid[]) RETURNS void
LANGUAGE plpgsql SET search_path = public, pg_temp AS $$
BEGIN
{deleted}END
$$;
REVOKE ALL ON FUNCTION vedette_delete_clear(uuid[]) FROM PUBLIC;
"""
_DELETE_SPINE = """
-- Deletes subjects whose clear values and decisions were deleted before. Only `vedette_erase_subjects` may
-- call it.
CREATE OR REPLACE FUNCTION vedette_delete_spine(subjects uuid[]) RETURNS void
LANGUAGE plpgsql SET search_path = public, pg_temp AS $$
DECLARE
{above}BEGIN
{deleted}END
$$;
REVOKE ALL ON FUNCTION vedette_delete_spine(uuid[]) FROM PUBLIC;
"""
_REASSIGN = """
-- Assigns the groups of the organisation in scope to the units that are responsible for them now, also groups
-- whose theme the administrator who changed the units does not have. Returns how many were moved.
CREATE OR REPLACE FUNCTION vedette_reassign() RETURNS bigint
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
    RETURN {moved};
END
$$;
REVOKE ALL ON FUNCTION vedette_reassign() FROM PUBLIC;
GRANT EXECUTE ON FUNCTION vedette_reassign() TO vedette_web;
"""
_OVER = """
-- Whether a subject has a period of its own that is over, before that of its retention class.
CREATE OR REPLACE FUNCTION vedette_over(subject uuid) RETURNS boolean
LANGUAGE plpgsql STABLE SET search_path = public, pg_temp AS $$
BEGIN
    RETURN {over};
END
$$;
REVOKE ALL ON FUNCTION vedette_over(uuid) FROM PUBLIC;
"""
