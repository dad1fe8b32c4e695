"""The four database roles and their rights. The command `vedette upgrade` and the tests use this
module.

Roles belong to the whole cluster and not to one database. Therefore no migration creates roles.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import psycopg
from psycopg import sql

#: The superuser of the private cluster, which is used only to create roles and databases.
ADMIN = "postgres"
OWNER, INTAKE, WEB = "vedette_owner", "vedette_intake", "vedette_web"
PUBLIC = "vedette_public"

#: Maps a role to its attributes. The intake role sees all rows, because it stores data for every
#: organisation. The web role is subject to row-level security. Only the owner role creates tables. The public
#: role belongs to the process of public forms.
ROLES = {
    OWNER: "LOGIN NOSUPERUSER NOCREATEDB NOCREATEROLE NOBYPASSRLS",
    INTAKE: "LOGIN NOSUPERUSER NOCREATEDB NOCREATEROLE BYPASSRLS",
    WEB: "LOGIN NOSUPERUSER NOCREATEDB NOCREATEROLE NOBYPASSRLS",
    PUBLIC: "LOGIN NOSUPERUSER NOCREATEDB NOCREATEROLE NOBYPASSRLS",
}

#: Rights of each role in one database. On tables that the owner creates later, the roles get all
#: rights. A migration revokes the rights on append-only tables (journal entries, decisions, list
#: versions). The public role has no right on any table but the one that `apps/sql/submissions.sql` grants.
GRANTS = (
    "ALTER DATABASE {database} OWNER TO {owner}",
    "REVOKE ALL ON DATABASE {database} FROM PUBLIC",
    "GRANT CONNECT ON DATABASE {database} TO {web}, {public}",
    # The intake role copies rows into temporary tables.
    "GRANT CONNECT, TEMPORARY ON DATABASE {database} TO {intake}",
    "GRANT USAGE ON SCHEMA public TO {intake}, {web}, {public}",
    "ALTER DEFAULT PRIVILEGES FOR ROLE {owner} IN SCHEMA public"
    " GRANT SELECT, INSERT, UPDATE, DELETE ON TABLES TO {intake}, {web}",
    "ALTER DEFAULT PRIVILEGES FOR ROLE {owner} IN SCHEMA public"
    " GRANT USAGE, SELECT ON SEQUENCES TO {intake}, {web}",
    # PostgreSQL lets every role create large objects and take advisory locks. An attacker who controls the
    # process of public forms could fill the disk, or stop the workers by taking their locks.
    """DO $$
DECLARE
    one regprocedure;
BEGIN
    FOR one IN SELECT oid FROM pg_proc WHERE pronamespace = 'pg_catalog'::regnamespace
        AND (proname ~ '^pg_(try_)?advisory_'
             OR proname IN ('lo_creat', 'lo_create', 'lo_from_bytea', 'lo_import', 'lo_put', 'lowrite'))
        AND has_function_privilege('public', oid, 'EXECUTE')
    LOOP
        EXECUTE format('REVOKE EXECUTE ON FUNCTION %s FROM PUBLIC', one);
        EXECUTE format('GRANT EXECUTE ON FUNCTION %s TO {owner}, {intake}, {web}', one);
    END LOOP;
EXCEPTION WHEN insufficient_privilege THEN
    RAISE WARNING 'the role {public} can still take advisory locks: run this as a superuser';
END
$$""",
)


def ensure_roles(dsn: str) -> None:
    """Creates the missing roles and grants the rights in the database of `dsn`.

    The database user in `dsn` must be a superuser. Repeated and concurrent calls are safe.
    """
    with psycopg.connect(dsn, autocommit=True) as connection, _only_one(connection):
        _create_roles(connection)
        names = {
            name: sql.Identifier(value) for name, value in _names(connection.info.dbname).items()
        }
        for statement in GRANTS:
            connection.execute(sql.SQL(statement).format(**names))


def create_database(dsn: str, name: str) -> None:
    """Creates the database `name`, which belongs to the owner role, if it is missing. The database user in
    `dsn` must be a superuser.
    """
    with psycopg.connect(dsn, autocommit=True) as connection, _only_one(connection):
        _create_roles(connection)
        found = connection.execute("SELECT 1 FROM pg_database WHERE datname = %s", [name])
        if found.fetchone() is None:
            create = sql.SQL("CREATE DATABASE {} OWNER {}")
            connection.execute(create.format(sql.Identifier(name), sql.Identifier(OWNER)))


def roles_sql(database: str) -> str:
    """Returns SQL statements with which a database administrator creates the roles, the database and the
    rights (docs/operators.md).
    """
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
    """Returns the values of the placeholders in `GRANTS`."""
    return {"database": database, "owner": OWNER, "intake": INTAKE, "web": WEB, "public": PUBLIC}


@contextmanager
def _only_one(connection: psycopg.Connection[Any]) -> Iterator[None]:
    """Takes an advisory lock, because several test processes may create the roles at the same time."""
    connection.execute("SELECT pg_advisory_lock(hashtext('vedette roles'))")
    try:
        yield
    finally:
        connection.execute("SELECT pg_advisory_unlock(hashtext('vedette roles'))")
