"""The three database roles and their rights. `vedette upgrade` and the tests use this module.

Roles belong to the whole cluster, so no migration makes them.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import psycopg
from psycopg import sql

#: The superuser of the private cluster. It makes roles and databases and is used for nothing else.
ADMIN = "postgres"
OWNER, INTAKE, WEB = "vedette_owner", "vedette_intake", "vedette_web"

#: role → its attributes. Intake sees all rows, because it stores for every scope; web is subject to row-level
#: security; only the owner makes tables.
ROLES = {
    OWNER: "LOGIN NOSUPERUSER NOCREATEDB NOCREATEROLE NOBYPASSRLS",
    INTAKE: "LOGIN NOSUPERUSER NOCREATEDB NOCREATEROLE BYPASSRLS",
    WEB: "LOGIN NOSUPERUSER NOCREATEDB NOCREATEROLE NOBYPASSRLS",
}

#: Rights of each role in one database. On tables that the owner makes later, the roles get all rights; a
#: migration revokes the rights on append-only tables (acts, decisions, list versions).
GRANTS = (
    "ALTER DATABASE {database} OWNER TO {owner}",
    "REVOKE ALL ON DATABASE {database} FROM PUBLIC",
    "GRANT CONNECT ON DATABASE {database} TO {web}",
    # Intake copies rows into temporary tables.
    "GRANT CONNECT, TEMPORARY ON DATABASE {database} TO {intake}",
    "GRANT USAGE ON SCHEMA public TO {intake}, {web}",
    "ALTER DEFAULT PRIVILEGES FOR ROLE {owner} IN SCHEMA public"
    " GRANT SELECT, INSERT, UPDATE, DELETE ON TABLES TO {intake}, {web}",
    "ALTER DEFAULT PRIVILEGES FOR ROLE {owner} IN SCHEMA public"
    " GRANT USAGE, SELECT ON SEQUENCES TO {intake}, {web}",
)


def ensure_roles(dsn: str) -> None:
    """Creates the missing roles and grants the rights in the database of `dsn`.

    `dsn` must be a superuser's. Repeated and concurrent calls are safe.
    """
    with psycopg.connect(dsn, autocommit=True) as connection, _only_one(connection):
        _create_roles(connection)
        names = {
            name: sql.Identifier(value) for name, value in _names(connection.info.dbname).items()
        }
        for statement in GRANTS:
            connection.execute(sql.SQL(statement).format(**names))


def create_database(dsn: str, name: str) -> None:
    """Makes database `name` if it is missing, with the owner role as its owner; `dsn` is a superuser's."""
    with psycopg.connect(dsn, autocommit=True) as connection, _only_one(connection):
        _create_roles(connection)
        found = connection.execute("SELECT 1 FROM pg_database WHERE datname = %s", [name])
        if found.fetchone() is None:
            create = sql.SQL("CREATE DATABASE {} OWNER {}")
            connection.execute(create.format(sql.Identifier(name), sql.Identifier(OWNER)))


def roles_sql(database: str) -> str:
    """The same operations as SQL statements for a database administrator (docs/operators.md)."""
    roles = [f"CREATE ROLE {role} {attributes};" for role, attributes in ROLES.items()]
    create = f"CREATE DATABASE {database} OWNER {OWNER} ENCODING 'UTF8' TEMPLATE template0;"
    grants = [f"{statement.format(**_names(database))};" for statement in GRANTS]
    return "\n".join([*roles, create, f"\\connect {database}", *grants])


def _create_roles(connection: psycopg.Connection[Any]) -> None:
    known = {name for (name,) in connection.execute("SELECT rolname FROM pg_roles")}
    for role, attributes in ROLES.items():
        if role not in known:
            connection.execute(
                sql.SQL("CREATE ROLE {} {}").format(sql.Identifier(role), sql.SQL(attributes))
            )


def _names(database: str) -> dict[str, str]:
    """The names in `GRANTS`."""
    return {"database": database, "owner": OWNER, "intake": INTAKE, "web": WEB}


@contextmanager
def _only_one(connection: psycopg.Connection[Any]) -> Iterator[None]:
    """Holds an advisory lock of this database, because test workers make roles at the same time."""
    connection.execute("SELECT pg_advisory_lock(hashtext('vedette roles'))")
    try:
        yield
    finally:
        connection.execute("SELECT pg_advisory_unlock(hashtext('vedette roles'))")
