"""What workers ask the database: statements recorded with their place in the code, and the tables of
organisations that a statement reads or writes without naming the organisation."""

from __future__ import annotations

import re
import sys
from collections.abc import Iterator, Mapping, Set
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from unittest import mock

import psycopg
import sqlglot
from psycopg import sql
from sqlglot import exp

#: Modules that only pass statements on are no place.
_PASSED_ON = ("apps/copying.py",)
_HOME = "organisation_id"
_COPY = re.compile(r'\s*COPY\s+"?(\w+)"?\s*\(([^)]*)\)', re.I)
#: Statements that touch no row of a table.
_NO_ROWS = re.compile(
    r"\s*(SET|TRUNCATE|ANALYZE|DROP|BEGIN|COMMIT|ROLLBACK|SAVEPOINT|RELEASE)\b", re.I
)

_CHANGES = re.compile(r"\s*(INSERT|UPDATE|DELETE|COPY)\b", re.I)

#: Statement and `module:function`.
Statement = tuple[str, str]


def _place() -> str:
    """The innermost function of the package that is at work."""
    root = Path(sys.modules["vedette"].__file__ or "").parent
    frame = sys._getframe(2)
    while frame is not None:
        path = Path(frame.f_code.co_filename)
        if root in path.parents:
            name = path.relative_to(root).as_posix()
            if name not in _PASSED_ON:
                return f"{name.removesuffix('.py')}:{frame.f_code.co_name}"
        frame = frame.f_back  # type: ignore[assignment]
    return "?"


@dataclass
class Recording:
    """What was executed, and how many statements changed something."""

    statements: set[Statement] = field(default_factory=set)
    changes: int = 0


@contextmanager
def recorded(into: Recording) -> Iterator[None]:
    """Adds every statement that the intake role executes meanwhile, in this process. The changes of the web
    role, to which the database shows one organisation, are counted too."""

    def note(cursor: psycopg.Cursor[Any], query: Any) -> None:
        text = query.as_string(cursor) if isinstance(query, sql.Composable) else query
        text = text.decode() if isinstance(text, bytes) else str(text)
        into.changes += bool(_CHANGES.match(text)) and cursor.rowcount != 0
        if "intake" in cursor.connection.info.user:
            into.statements.add((text, _place()))

    def watched(kind: type, name: str) -> Any:
        before = getattr(kind, name)

        def method(cursor: Any, query: Any, *args: Any, **more: Any) -> Any:
            done = before(cursor, query, *args, **more)
            note(cursor, query)
            return done

        return mock.patch.object(kind, name, method)

    with (
        watched(psycopg.Cursor, "execute"),
        watched(psycopg.Cursor, "executemany"),
        watched(psycopg.Cursor, "copy"),
        watched(psycopg.ServerCursor, "execute"),
    ):
        yield


class _Sources:
    """The tables, views and subqueries of one statement: what each is called where, which are held to an
    organisation, and which are bound to each other by a key."""

    def __init__(self, tree: exp.Expression, columns: Mapping[str, Set[str]]) -> None:
        self.columns = columns
        #: Of each source its table (None: a subquery or a temporary table, checked where it is made).
        self.tables: list[str | None] = []
        self.scopes: dict[int, dict[str, int]] = {}
        self.bound: list[int] = []
        self.held: set[int] = set()
        for node in tree.find_all(exp.Table, exp.Subquery, exp.Lateral, exp.Unnest):
            self._add(node)

    def _add(self, node: exp.Expression) -> None:
        scope = _scope(node)
        if isinstance(node, exp.Subquery) and not isinstance(
            node.parent, exp.From | exp.Join | exp.Lateral
        ):
            return
        name = node.name if isinstance(node, exp.Table) else ""
        known = name if _HOME in self.columns.get(name, ()) else None
        number = len(self.tables)
        self.tables.append(known)
        self.bound.append(number)
        if known is None:
            self.held.add(number)
        self.scopes.setdefault(id(scope), {})[(node.alias or name).lower()] = number

    def of(self, column: exp.Column) -> int | None:
        """The source that a column belongs to, by its qualifier or by its name."""
        scope: exp.Expression | None = _scope(column)
        while scope is not None:
            names = self.scopes.get(id(scope), {})
            if column.table:
                if column.table.lower() in names:
                    return names[column.table.lower()]
            else:
                for number in names.values():
                    table = self.tables[number]
                    if table is not None and column.name in self.columns[table]:
                        return number
                if names and None in (self.tables[n] for n in names.values()):
                    return None
            scope = _scope(scope)
        return None

    def group(self, number: int) -> int:
        while self.bound[number] != number:
            number = self.bound[number]
        return number

    def bind(self, one: int, two: int) -> None:
        self.bound[self.group(one)] = self.group(two)


def _scope(node: exp.Expression) -> exp.Expression | None:
    found = node.parent
    while found is not None and not isinstance(
        found, exp.Select | exp.Update | exp.Delete | exp.Insert
    ):
        found = found.parent
    return found


def _is_key(column: exp.Expression) -> bool:
    return isinstance(column, exp.Column) and (
        column.name == "id"
        or column.name.endswith("_id")
        or column.name in ("subject", "me", "other")
    )


def unnamed(statement: str, columns: Mapping[str, Set[str]]) -> set[str]:
    """Tables with an organisation that a statement touches without naming it. `columns`: of each table.

    Named is a table whose organisation is compared with something, grouped by or inserted, and one that is
    bound to such a table by a key: ids are those of one organisation, tokens and names are not.
    """
    if _NO_ROWS.match(statement):
        return set()
    if copied := _COPY.match(statement):
        table, names = copied[1], copied[2]
        return set() if _HOME in names or _HOME not in columns.get(table, ()) else {table}
    text = re.sub(r"%\(\w+\)s|%s", "$1", statement).replace("%%", "%")
    # Not read by the parser, and of no weight here.
    text = re.sub(r"\bON COMMIT (DROP|DELETE ROWS)\b", "", text)
    tree = sqlglot.parse_one(text, dialect="postgres")
    limit = tree.find(exp.Limit)
    if isinstance(tree, exp.Create) and limit is not None and limit.expression.name == "0":
        return set()
    sources = _Sources(tree, columns)
    for group in tree.find_all(exp.Group):
        chosen = group.parent.expressions if isinstance(group.parent, exp.Select) else []
        for one in group.expressions:
            column = chosen[int(one.name) - 1] if isinstance(one, exp.Literal) else one
            is_home = isinstance(column, exp.Column) and column.name == _HOME
            if is_home and (number := sources.of(column)) is not None:
                sources.held.add(number)
    for insert in tree.find_all(exp.Insert):
        named = insert.this if isinstance(insert.this, exp.Schema) else None
        if named is not None and _HOME in [one.name for one in named.expressions]:
            sources.held.add(sources.scopes[id(insert)][named.this.name.lower()])
    for pair in tree.find_all(exp.EQ, exp.NullSafeEQ, exp.In):
        if isinstance(pair, exp.In):
            query = pair.args.get("query")
            inner = query.this if isinstance(query, exp.Subquery) else query
            for select in inner.find_all(exp.Select) if inner is not None else ():
                _compare(sources, pair.this, select.expressions[0])
            if inner is None:
                _compare(sources, pair.this, None)
        elif pair.find_ancestor(exp.Where, exp.Join, exp.Having) is not None:
            _compare(sources, pair.left, pair.right)
            _compare(sources, pair.right, pair.left)
    held = {sources.group(number) for number in sources.held}
    return {
        table
        for number, table in enumerate(sources.tables)
        if table is not None and sources.group(number) not in held
    }


def _compare(sources: _Sources, one: exp.Expression, two: exp.Expression | None) -> None:
    if not isinstance(one, exp.Column) or (number := sources.of(one)) is None:
        return
    other = sources.of(two) if isinstance(two, exp.Column) else None
    if one.name == _HOME and (other is None or sources.tables[other] is None):
        sources.held.add(number)
    elif other is not None and two is not None and _is_key(one) and _is_key(two):
        # A subquery or a temporary table holds what was asked of one organisation.
        sources.bind(number, other)
