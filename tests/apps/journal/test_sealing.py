"""The sealer: only what is committed, once, in order, by one worker, whatever kills it."""

from __future__ import annotations

import os
import time
from concurrent.futures import ThreadPoolExecutor

import psycopg
import pytest
from django.db import connections, transaction
from tests.apps.journal.scene import Journal, write_acts

from vedette.apps.accounts import acts
from vedette.apps.journal import heads, sealing
from vedette.apps.journal.sealing import Sealer
from vedette.keys.ring import KeysError


def _count(journal: Journal, table: str) -> int:
    return journal.connection.execute(f"SELECT count(*) FROM {table}").fetchone()[0]


def test_what_is_rolled_back_is_never_sealed(journal: Journal) -> None:
    """The note for the sealer goes with the act's own transaction."""
    before = _count(journal, "journal_seal")
    with transaction.atomic():
        acts.write(None, "record.search")
        transaction.set_rollback(True)
    journal.seal()
    assert _count(journal, "journal_seal") == before
    assert journal.found() == set()


def test_two_workers_seal_each_row_once(journal: Journal) -> None:
    """One holds the lock; the other goes home. Nothing is sealed twice or left."""
    write_acts(200)
    dsn = os.environ["DATABASE_URL_INTAKE"]

    def work(_: int) -> int:
        with psycopg.connect(dsn, autocommit=True) as connection:
            return sum(sealing.seal_batch(connection, journal.keys) for _ in range(20))

    with ThreadPoolExecutor(4) as pool:
        assert sum(pool.map(work, range(4))) == 200
    assert journal.found() == set()


def test_a_worker_killed_while_sealing_leaves_the_rows_waiting(
    journal: Journal, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A batch is one transaction: after the death of it everything still waits, and goes on."""
    write_acts(5)

    def die(*_: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(sealing, "copy_in", die)
        with pytest.raises(KeyboardInterrupt):
            sealing.seal_batch(journal.connection, journal.keys)
    assert _count(journal, "journal_pending") == 5
    journal.seal()
    assert journal.found() == set()


def test_a_worker_seals_every_second_and_signs(journal: Journal) -> None:
    """As `vedette work` runs it: a committed act is sealed within two seconds, a head stands at its end."""
    sealer = Sealer(os.environ["DATABASE_URL_INTAKE"], journal.keys, journal.folder)
    sealer.start()
    write_acts(3)
    deadline = time.monotonic() + 5
    while _count(journal, "journal_pending") and time.monotonic() < deadline:
        time.sleep(0.05)
    assert _count(journal, "journal_pending") == 0
    write_acts(2)
    sealer.stop()
    report = journal.verify()
    assert (report.findings, report.waiting, report.heads) == ([], 0, 2)


def test_a_journal_cut_since_the_last_head_is_told_in_the_log(
    journal: Journal, caplog: pytest.LogCaptureFixture
) -> None:
    """Sealing goes on, so that no evidence is lost, and says that something is wrong."""
    journal.tamper("DELETE FROM journal_seal WHERE seq > 10")
    journal.seal()
    assert "run vedette journal verify" in caplog.text


def test_heads_open_to_others_are_refused(journal: Journal) -> None:
    """Who may write the heads could cut the journal unseen."""
    journal.folder.chmod(0o755)
    with pytest.raises(KeysError, match="chmod 700"):
        heads.make_folder(journal.folder)


def test_settings_are_kept_as_they_were(journal: Journal) -> None:
    """Role and themes of a user, terms of a list: before and after; never a password or a sign-in."""
    from vedette.apps.accounts.models import User
    from vedette.apps.journal.models import Setting
    from vedette.apps.lists.models import Watchlist

    officer = journal.world.officer
    with journal.world.seen_by(journal.world.users["administrator"]):
        User.objects.filter(pk=officer.pk).update(role="supervisor", password="x", language="en")
        User.objects.filter(pk=officer.pk).update(password="y", theme_choice="dark")
    Watchlist.objects.using("intake").update(weight=40)
    role, terms = Setting.objects.using("intake").order_by("-pk")[:2][::-1]
    assert (role.thing, role.row_id) == ("user", str(officer.pk))
    assert (role.before, role.after) == ({"role": "officer"}, {"role": "supervisor"})
    assert (terms.before, terms.after) == ({"weight": 70}, {"weight": 40})
    held = str(list(Setting.objects.using("intake").values_list("before", "after")))
    assert "argon2" not in held
    assert "password" not in held
    journal.seal()
    assert journal.found() == set()


def test_only_the_owners_functions_write_the_history(journal: Journal) -> None:
    """Web and workers read the history of settings and can neither add to it nor change it."""
    for alias in ("default", "intake"):
        for statement in (
            "INSERT INTO journal_setting (at, thing, row_id, deed, before, after)"
            " VALUES (now(), 'user', 'x', 'UPDATE', '{}', '{}')",
            "UPDATE journal_setting SET after = '{}'",
            "INSERT INTO journal_pending (kind, row_id, gone, since) VALUES ('act', '1', false, now())",
        ):
            with (
                pytest.raises(Exception, match="permission denied"),
                connections[alias].cursor() as cursor,
            ):
                cursor.execute(statement)
