"""Back to what the migrations stored, before each test that needs stored data."""

from __future__ import annotations

import psycopg

#: Asks each table's own files whether it may hold rows, and looks into none that never did: to plan
#: a query of a table with partitions opens every one of them. Role `replica`: triggers
#: (append-only, references) do not fire. What a retention run had taken apart when its test ended
#: goes: the names would be taken.
_BACK = """
CREATE FUNCTION seed.back() RETURNS void LANGUAGE plpgsql SET session_replication_role = replica AS $$
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
    FOR one IN SELECT oid FROM pg_class WHERE relnamespace = 'seed'::regnamespace AND relkind = 'r'
    LOOP
        EXECUTE format('INSERT INTO public.%1$I SELECT * FROM seed.%1$I',
                       (SELECT relname FROM pg_class WHERE oid = one));
    END LOOP;
END $$
"""


def keep_seeds(dsn: str) -> None:
    """Copies of what the migrations themselves store, to put back before each test."""
    with psycopg.connect(dsn) as connection:
        connection.execute("CREATE SCHEMA seed")
        tables = connection.execute(
            "SELECT relname FROM pg_class WHERE relnamespace = 'public'::regnamespace"
            " AND relkind IN ('r', 'p') AND NOT relispartition AND relname <> 'django_migrations'"
        ).fetchall()
        for (name,) in tables:
            if connection.execute(f'SELECT FROM public."{name}" LIMIT 1').fetchone() is not None:
                connection.execute(f'CREATE TABLE seed."{name}" AS SELECT * FROM public."{name}"')
        connection.execute(_BACK)


def empty(connection: psycopg.Connection) -> None:
    """Back to what the migrations stored."""
    connection.execute("SELECT seed.back()")
