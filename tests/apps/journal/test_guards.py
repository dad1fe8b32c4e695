"""Acts, seals, decisions, list versions and settings against raw SQL, by each role that logs in."""

from __future__ import annotations

import os

import psycopg
import pytest
from tests.apps.journal.scene import Journal

LOGINS = {
    "web": "DATABASE_URL",
    "intake": "DATABASE_URL_INTAKE",
    "owner": "DATABASE_URL_OWNER",
}
TABLES = (
    "accounts_act", "hits_decision", "lists_listversion", "journal_seal",
    "journal_setting", "journal_installation",
)  # fmt: skip
#: What a session might try first, to switch triggers off.
SWITCHES = (
    "",
    "SET pgtrigger.ignore = '{accounts_act:append_only,hits_decision:append_only}'",
    "SET session_replication_role = replica",
)


def _column(table: str) -> str:
    return {"journal_seal": "at = now()", "journal_installation": "id = gen_random_uuid()"}.get(
        table, "organisation_id = organisation_id"
    )


@pytest.mark.parametrize("switch", SWITCHES)
@pytest.mark.parametrize("role", LOGINS)
def test_nobody_changes_removes_or_empties(journal: Journal, role: str, switch: str) -> None:
    """UPDATE, DELETE, TRUNCATE are refused to web, workers and the owner alike, whatever they set.

    `session_replication_role` is a superuser's: setting it is refused itself.
    """
    refused = psycopg.errors.InsufficientPrivilege
    with psycopg.connect(os.environ[LOGINS[role]], autocommit=True) as connection:
        if "replication" in switch:
            with pytest.raises(refused):
                connection.execute(switch)
        elif switch:
            connection.execute(switch)
        connection.execute(
            "SELECT set_config('vedette.organisation', %s, false),"
            " set_config('vedette.unit', 'every', false), set_config('vedette.whole', 'yes', false)",
            [str(journal.world.organisation.pk)],
        )
        for table in TABLES:
            for statement in (
                f"UPDATE {table} SET {_column(table)}",
                f"DELETE FROM {table}",
                f"TRUNCATE {table} CASCADE",
            ):
                with pytest.raises(refused):
                    connection.execute(statement)
    assert journal.found() == set()


def test_web_cannot_reach_the_chain(journal: Journal) -> None:
    """The web role reads how far the chain goes and can neither seal nor take a note away."""
    with psycopg.connect(os.environ["DATABASE_URL"], autocommit=True) as connection:
        for statement in (
            "DELETE FROM journal_pending",
            "INSERT INTO journal_seal SELECT * FROM journal_seal",
        ):
            with pytest.raises(psycopg.errors.InsufficientPrivilege):
                connection.execute(statement)
