"""Back to what the migrations stored, before each test that needs stored data; or to rows that were kept."""

from __future__ import annotations

import psycopg

#: Asks each table's own files whether it may hold rows, and looks into none that never did: to plan
#: a query of a table with partitions opens every one of them. Role `replica`: triggers
#: (append-only, references) do not fire. What a retention run had taken apart when its test ended
#: goes: the names would be taken.
_BACK = """
CREATE FUNCTION seed.back(kept text) RETURNS void
LANGUAGE plpgsql SET session_replication_role = replica AS $$
DECLARE one regclass;
BEGIN
    FOR one IN SELECT oid FROM pg_class WHERE relnamespace = 'public'::regnamespace
        AND relkind = 'r' AND NOT relispartition AND relname LIKE 'masking\\_%'
    LOOP
        EXECUTE format('DROP TABLE %s', one);
    END LOOP;
    FOR one IN SELECT oid FROM pg_class WHERE relnamespace = 'public'::regnamespace
        AND relkind = 'r' AND relname <> 'django_migrations' AND pg_relation_size(oid) > 0
    LOOP
        EXECUTE format('DELETE FROM %s', one);
    END LOOP;
    FOR one IN SELECT oid FROM pg_class WHERE relnamespace = kept::regnamespace AND relkind = 'r'
    LOOP
        EXECUTE format('INSERT INTO public.%1$I SELECT * FROM %2$I.%1$I',
                       (SELECT relname FROM pg_class WHERE oid = one), kept);
    END LOOP;
END $$
"""


def keep_seeds(dsn: str) -> None:
    """Copies of what the migrations themselves store, to put back before each test."""
    with psycopg.connect(dsn) as connection:
        keep(connection, "seed")
        connection.execute(_BACK)


def keep(connection: psycopg.Connection, name: str) -> None:
    """Copies of all rows, to put back with `back`."""
    connection.execute(f'CREATE SCHEMA "{name}"')
    tables = connection.execute(
        "SELECT relname FROM pg_class WHERE relnamespace = 'public'::regnamespace"
        " AND relkind IN ('r', 'p') AND NOT relispartition AND relname <> 'django_migrations'"
    ).fetchall()
    for (table,) in tables:
        if connection.execute(f'SELECT FROM public."{table}" LIMIT 1').fetchone() is not None:
            connection.execute(f'CREATE TABLE "{name}"."{table}" AS SELECT * FROM public."{table}"')


def back(connection: psycopg.Connection, name: str) -> None:
    """Back to the rows that were kept under this name.

    The next test then has the same organisations as an earlier one. What this process holds of their lists
    and profiles is forgotten."""
    from vedette.apps.desk import rescreen
    from vedette.apps.lists import loading
    from vedette.apps.profiles import loading as of_profiles

    connection.execute("SELECT seed.back(%s)", [name])
    for held in (
        loading._held, loading._saved, loading.wanted, rescreen._without, of_profiles._held,
    ):  # fmt: skip
        held.clear()


def empty(connection: psycopg.Connection) -> None:
    """Back to what the migrations stored."""
    connection.execute("SELECT seed.back('seed')")
