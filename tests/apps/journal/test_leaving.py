"""What goes by law is chained as gone; whatever else goes is found, whoever made it go."""

from __future__ import annotations

import datetime as dt
import os
import uuid
from pathlib import Path

import psycopg
import pytest
from tests.apps.journal.scene import Journal, write_acts
from tests.apps.requests import scene as subjects
from tests.apps.retention import old

from vedette.apps.accounts.models import User
from vedette.apps.approvals import actions as approvals
from vedette.apps.hits.models import Hit
from vedette.apps.journal.canonical import CHAINED
from vedette.apps.requests import actions as requests
from vedette.apps.requests.models import SubjectRequest
from vedette.apps.retention import runs
from vedette.apps.retention.parts import leaves


def _owner() -> psycopg.Connection:
    return psycopg.connect(os.environ["DATABASE_URL_OWNER"], autocommit=True)


def _delete_one(kind: str) -> str:
    """As the owner, who switches off the one trigger that refuses, and on again."""
    table = CHAINED[kind].table
    with _owner() as owner:
        owner.execute(f"ALTER TABLE {table} DISABLE TRIGGER append_only")
        (gone,) = owner.execute(
            f"DELETE FROM {table} WHERE id = (SELECT id FROM {table} ORDER BY id LIMIT 1)"
            " RETURNING id::text"
        ).fetchone()
        owner.execute(f"ALTER TABLE {table} ENABLE TRIGGER append_only")
    return gone


def _note(kind: str, row_id: str, gone: bool = True, proof: bytes | None = None) -> None:
    with _owner() as owner:
        owner.execute(
            "INSERT INTO journal_pending (kind, row_id, gone, proof) VALUES (%s, %s, %s, %s)",
            [kind, row_id, gone, proof],
        )


@pytest.mark.parametrize("kind", CHAINED)
def test_one_trigger_off_and_a_row_less_is_found(journal: Journal, kind: str) -> None:
    """Of a decision, the trigger that leaves the note fires by itself: the note alone proves nothing."""
    gone = _delete_one(kind)
    journal.seal()
    # That the entries of a list have lost their version is told besides, without a seal.
    [finding] = [one for one in journal.verify().findings if one.seq is not None]
    assert finding.what == "removed"
    assert gone in finding.text


@pytest.mark.parametrize("proof", [None, b"0" * 32])
@pytest.mark.parametrize("kind", CHAINED)
def test_a_note_written_by_hand_lets_nothing_go(
    journal: Journal, kind: str, proof: bytes | None, caplog: pytest.LogCaptureFixture
) -> None:
    """Sealed before the row goes it would say for ever that the law did it; the log tells of it."""
    table = CHAINED[kind].table
    (first,) = journal.connection.execute(
        f"SELECT id::text FROM {table} ORDER BY {table}.id LIMIT 1"
    ).fetchone()
    _note(kind, first, proof=proof)
    journal.seal()
    assert "run vedette journal verify" in caplog.text
    assert _delete_one(kind) == first
    journal.seal()
    assert "removed" in journal.found()


@pytest.mark.parametrize("trigger", ["to_seal", "append_only", "no_truncate"])
def test_a_trigger_that_is_off_is_told(journal: Journal, trigger: str) -> None:
    """Before anything was done under it: what is never noted and goes again is not to be found later."""
    with _owner() as owner:
        owner.execute(f"ALTER TABLE accounts_act DISABLE TRIGGER {trigger}")
        try:
            assert journal.found() == {"guards"}
        finally:
            owner.execute(f"ALTER TABLE accounts_act ENABLE TRIGGER {trigger}")
    assert journal.found() == set()


def test_notes_without_sense_do_not_stop_the_sealing(journal: Journal) -> None:
    """A sealer that stumbles leaves all later acts without a seal, and whoever removes one unfound."""
    for kind, row_id in (("nothing", "1"), ("act", "x"), ("decision", "1"), ("act", "9" * 30)):
        _note(kind, row_id, gone=False)
    (sealed,) = journal.connection.execute(
        "SELECT row_id FROM journal_seal WHERE kind = 'act' LIMIT 1"
    ).fetchone()
    for _ in range(2):
        _note("act", sealed, gone=False)
    write_acts(2)
    journal.seal()
    report = journal.verify()
    assert (report.findings, report.waiting) == ([], 0)


def test_what_a_retention_run_deletes_is_gone_by_law(journal: Journal, tmp_path: Path) -> None:
    """A run under the law's periods, minors' hits as well: the journal is whole, and tells how many."""
    long_ago, lately = old.month_ago(6 * 366), old.month_ago(100)
    with psycopg.connect(os.environ["DATABASE_URL_INTAKE"], autocommit=True) as connection:
        for part in leaves(connection, "retention_vault"):
            connection.execute("SELECT vedette_drop_vault(%s, %s)", part[1:])
        home = old.organisation(connection)
        for month in (long_ago, lately):
            old.partitions(month)
            [journey] = old.travellers(connection, home, month, 1)
            old.hit(journey, "release")
        connection.execute("UPDATE subjects_subject SET minor = true WHERE id = %s", [journey])
        journal.seal()
        now = dt.datetime.now(dt.UTC)
        runs.run(connection, journal.keys, old.month_keys(tmp_path), now)
    journal.seal()
    report = journal.verify()
    assert (report.findings, report.gone) == ([], 2)
    assert report.youngest < dt.timedelta(minutes=1)


def test_what_is_erased_on_request_is_gone_by_law(journal: Journal) -> None:
    """One asks, another allows: the decision is chained as gone. The same by the owner's own hand is
    found, though approval and request say all that the triggers ask for."""
    dpo = subjects.dpo(journal.world)
    approval = _erasure(journal, dpo)
    with journal.world.seen_by(journal.world.users["supervisor"]) as second:
        approvals.decide(second, approval, allow=True)
    journal.seal()
    report = journal.verify()
    assert (report.findings, report.gone) == ([], 1)


def test_an_erasure_by_sql_is_found(journal: Journal) -> None:
    """Whoever writes request and approval into the tables gets past the triggers, not past the proof."""
    dpo = subjects.dpo(journal.world)
    approval = _erasure(journal, dpo)
    with journal.connection.transaction():
        journal.connection.execute("SET LOCAL session_replication_role = replica")
        journal.connection.execute(
            "UPDATE accounts_approval SET state = 'done', decided_by_id = %s WHERE id = %s",
            [journal.world.users["supervisor"].pk, approval],
        )
    with _owner() as owner:
        owner.execute(
            "SELECT set_config('vedette.organisation', %s, false)",
            [str(journal.world.organisation.pk)],
        )
        owner.execute("SELECT vedette_erase(%s)", [approval])
    journal.seal()
    assert journal.found() == {"removed"}


def _erasure(journal: Journal, dpo: User) -> uuid.UUID:
    """The erasure of everybody with a hit, asked for."""
    journeys = Hit.objects.using("intake").values_list("subject_id", flat=True)
    made = subjects.request(journal.world, dpo, "erasure", tuple(journeys))
    with journal.world.seen_by(dpo) as by:
        request = SubjectRequest.objects.get(pk=made.pk)
        return requests.ask_erasure(by, request, "The court ordered the erasure in case 12.").pk
