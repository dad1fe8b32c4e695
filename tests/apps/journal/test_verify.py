"""What somebody with every right in the database could do to the journal, and that it is found."""

from __future__ import annotations

import json
import random
import shutil
import uuid
from collections.abc import Callable
from pathlib import Path

import pytest
from tests.apps.journal.scene import Journal, write_acts

from vedette.apps.journal import canonical, heads, sealing
from vedette.apps.journal.canonical import CHAINED
from vedette.keys.ring import Keys, KeysError


def test_a_whole_journal_is_whole(journal: Journal) -> None:
    """Nothing is found where nothing was touched, whatever was sealed; words are told as hidden."""
    report = journal.verify()
    assert report.findings == []
    kinds = {k for (k,) in journal.connection.execute("SELECT DISTINCT kind FROM journal_seal")}
    assert kinds == {"act", "decision", "list_version", "setting"}
    assert (report.waiting, report.heads, report.masked) == (0, 1, 0)
    assert report.seals > 30


@pytest.mark.parametrize("kind", CHAINED)
def test_every_column_is_in_the_canonical_form(journal: Journal, kind: str) -> None:
    """A column that somebody adds to a chained table must be chained, or this fails."""
    rows = journal.connection.execute(
        "SELECT column_name FROM information_schema.columns WHERE table_name = %s",
        [CHAINED[kind].table],
    )
    assert {name for (name,) in rows} == set(CHAINED[kind].columns)


@pytest.mark.parametrize(
    ("kind", "column", "value"),
    [
        ("act", "at", "at + interval '1 microsecond'"),
        ("act", "organisation_id", "NULL"),
        ("act", "user_id", "'{user}'"),
        ("act", "act", "'record.see'"),
        ("act", "subject", "'{uuid}'"),
        ("act", "detail", "'{{\"found\": 99}}'"),
        ("act", "sealed", "'\\x00'"),
        ("decision", "choice", "'refuse'"),
        ("decision", "by_id", "'{user}'"),
        ("decision", "answers", "'{{}}'"),
        ("decision", "priority", "priority + 1"),
        ("list_version", "entry_count", "entry_count + 1"),
        ("list_version", "content_hash", "repeat('1', 64)"),
        ("setting", "after", '\'{{"role": "administrator"}}\''),
        ("setting", "user_id", "'{user}'"),
    ],
)
def test_any_column_changed_is_found(journal: Journal, kind: str, column: str, value: str) -> None:
    """One row, one column, one microsecond: the row is named."""
    table = CHAINED[kind].table
    (row_id,) = journal.connection.execute(
        f"SELECT id::text FROM {table} ORDER BY id DESC LIMIT 1"
    ).fetchone()
    world = journal.world
    given = value.format(user=world.users["officer2"].pk, uuid=uuid.uuid4())
    journal.tamper(f"UPDATE {table} SET {column} = {given} WHERE id = '{row_id}'")
    # Whether the entries are those of the version is told besides, without a seal.
    [finding] = [one for one in journal.verify().findings if one.seq is not None]
    assert finding.what == "changed"
    assert row_id in finding.text


def _ids(journal: Journal) -> list[int]:
    rows = journal.connection.execute("SELECT row_id::bigint FROM journal_seal WHERE kind = 'act'")
    return sorted(i for (i,) in rows)


def _edit(journal: Journal, draw: random.Random) -> None:
    row = draw.choice(_ids(journal))
    journal.tamper(f"UPDATE accounts_act SET detail = detail || '{{\"x\": 1}}' WHERE id = {row}")


def _delete(journal: Journal, draw: random.Random) -> None:
    """Acts, half the time with their seals."""
    row = draw.choice(_ids(journal)[:-1])
    journal.tamper(f"DELETE FROM accounts_act WHERE id = {row}")
    if draw.random() < 0.5:
        journal.tamper(f"DELETE FROM journal_seal WHERE kind = 'act' AND row_id = '{row}'")


def _insert(journal: Journal, draw: random.Random) -> None:
    """An act of another day: behind the triggers' back, with a made-up seal, or through the triggers."""
    way, at = (
        draw.choice(("bare", "sealed", "triggers")),
        f"now() - interval '{draw.randint(1, 99)} h'",
    )
    insert = (
        "INSERT INTO accounts_act (id, at, act, subject, detail)"
        f" VALUES (10000, {at}, 'hit.see', '', '{{}}')"
    )
    if way == "triggers":
        journal.connection.execute(insert)
        journal.seal()
        return
    journal.tamper(insert)
    if way == "sealed":
        journal.tamper(
            "INSERT INTO journal_seal SELECT max(seq) + 1, 'act', '10000', false, now(), 1, null,"
            " sha256('x') FROM journal_seal"
        )


def _reorder(journal: Journal, draw: random.Random) -> None:
    """Two acts change their places, by their own ids or by those in their seals."""
    one, two = draw.sample(_ids(journal), 2)
    if draw.random() < 0.5:
        journal.tamper(
            f"UPDATE accounts_act SET id = -1 WHERE id = {one}",
            f"UPDATE accounts_act SET id = {one} WHERE id = {two}",
            f"UPDATE accounts_act SET id = {two} WHERE id = -1",
        )
    else:
        journal.tamper(
            f"UPDATE journal_seal SET row_id = 'x' WHERE kind = 'act' AND row_id = '{one}'",
            f"UPDATE journal_seal SET row_id = '{one}' WHERE kind = 'act' AND row_id = '{two}'",
            f"UPDATE journal_seal SET row_id = '{two}' WHERE row_id = 'x'",
        )


EXPECTED = {
    _edit: {"changed"},
    _delete: {"removed"},
    _insert: {"inserted", "changed", "backdated"},
    _reorder: {"reordered", "changed"},
}


def test_fifty_random_edits_deletions_insertions_reorderings(journal: Journal) -> None:
    """Fifty times one act of a superuser without the key: each is found, and called what it is."""
    draw = random.Random(3)
    journal.connection.execute("CREATE SCHEMA kept")
    tables = ("accounts_act", "journal_seal", "journal_pending")
    for table in tables:
        journal.connection.execute(f"CREATE TABLE kept.{table} AS SELECT * FROM {table}")
    head = (journal.folder / heads.FILE).read_bytes()
    deeds: list[Callable[[Journal, random.Random], None]] = list(EXPECTED)
    try:
        for turn in range(50):
            deed = deeds[turn % 4]
            deed(journal, draw)
            found = journal.found()
            assert found & EXPECTED[deed], (turn, deed.__name__, found)
            for table in tables:
                journal.tamper(
                    f"DELETE FROM {table}", f"INSERT INTO {table} SELECT * FROM kept.{table}"
                )
            (journal.folder / heads.FILE).write_bytes(head)
            assert journal.found() == set()
    finally:
        journal.connection.execute("DROP SCHEMA kept CASCADE")


def test_a_reordering_is_called_so(journal: Journal) -> None:
    """Two seals that change their numbers are not two changed rows."""
    one, two = 3, 9
    journal.tamper(
        f"UPDATE journal_seal SET seq = -1 WHERE seq = {one}",
        f"UPDATE journal_seal SET seq = {one} WHERE seq = {two}",
        f"UPDATE journal_seal SET seq = {two} WHERE seq = -1",
    )
    assert "reordered" in journal.found()


@pytest.mark.parametrize("cut", [1, 5, 1000])
def test_a_tail_cut_off_is_found_by_the_heads(journal: Journal, cut: int) -> None:
    """The last rows go with their seals; also when the worker seals new acts in their place since."""
    last = _ids(journal)[-1]
    journal.tamper(
        f"DELETE FROM accounts_act WHERE id > {last - cut}",
        f"DELETE FROM journal_seal WHERE seq > (SELECT max(seq) - {cut} FROM journal_seal)",
        "DELETE FROM hits_decision", "DELETE FROM lists_listversion",
        "DELETE FROM journal_setting",
    )  # fmt: skip
    assert "cut" in journal.found()
    write_acts(1100)
    journal.seal(head=False)
    assert "swapped" in journal.found()


@pytest.mark.parametrize("start", [0, 7, 29])
def test_a_chain_made_anew_without_the_key_is_found(
    journal: Journal, tmp_path: Path, start: int
) -> None:
    """From any row on: every hash made again, with a key of one's own, and no head to compare with."""
    Keys.load(tmp_path / "own", create=True)
    own = Keys.load(tmp_path / "own")
    journal.tamper(
        "UPDATE accounts_act SET act = 'hit.see' WHERE id = (SELECT row_id::bigint FROM"
        f" journal_seal WHERE kind = 'act' ORDER BY seq OFFSET {start} LIMIT 1)"
    )
    _made_anew(journal, own, start)
    (journal.folder / heads.FILE).unlink()
    assert journal.found() & {"changed", "swapped"}
    assert _verify_with(journal, own, tmp_path) == (
        {"heads"} if start == 0 else {"changed", "heads"}
    )


def _made_anew(journal: Journal, keys: Keys, start: int) -> None:
    """What an attacker would run: the chain's own arithmetic from the first act of `start` on."""
    key = keys.key(keys.ids("chain")[-1])
    (first,) = journal.connection.execute(
        f"SELECT seq FROM journal_seal WHERE kind = 'act' ORDER BY seq OFFSET {start} LIMIT 1"
    ).fetchone()
    if start == 0:
        first = 1
    row = journal.connection.execute(
        "SELECT hash FROM journal_seal WHERE seq = %s", [first - 1]
    ).fetchone()
    before = bytes(row[0]) if row else canonical.beginning(heads.installation(journal.connection))
    seals = journal.connection.execute(
        "SELECT seq, kind, row_id, gone, at, epoch, NULL::bytea FROM journal_seal WHERE seq >= %s"
        " ORDER BY seq",
        [first],
    ).fetchall()
    with journal.connection.transaction():
        journal.connection.execute("SET LOCAL session_replication_role = replica")
        for seal in seals:
            link = canonical.Link(*seal)
            rows = canonical.rows(journal.connection, link.kind, [link.row_id])
            before = canonical.link_hash(key, before, link, rows[link.row_id])
            journal.connection.execute(
                "UPDATE journal_seal SET hash = %s, words = NULL WHERE seq = %s", [before, link.seq]
            )


def _verify_with(journal: Journal, keys: Keys, folder: Path) -> set[str]:
    return {finding.what for finding in journal.verify(keys).findings}


def test_another_journal_in_its_place_is_found(journal: Journal, tmp_path: Path) -> None:
    """A whole journal with its own id and even the true key: the heads know ours."""
    journal.tamper(
        "DELETE FROM journal_seal", "DELETE FROM accounts_act", "DELETE FROM hits_decision",
        "DELETE FROM lists_listversion", "DELETE FROM journal_setting",
    )  # fmt: skip
    write_acts(200)
    sealing.seal_all(journal.connection, journal.keys)
    assert "swapped" in journal.found()
    journal.tamper(f"UPDATE journal_installation SET id = '{uuid.uuid4()}'")
    assert "swapped" in journal.found()


def test_heads_that_were_touched_prove_nothing(journal: Journal) -> None:
    """A changed, foreign, cut or missing line of the heads is told, by its number."""
    write_acts(3)
    journal.seal()
    file = journal.folder / heads.FILE
    lines = file.read_text().splitlines(keepends=True)
    assert len(lines) == 2
    changed = json.loads(lines[1])
    changed["seq"] -= 1
    for text in (
        lines[0] + json.dumps(changed) + "\n",
        lines[1],
        lines[0] + lines[1][:-20],
        lines[0] + "{}\n",
        lines[0] + "\xff\n",
        lines[0] + "[" * 3000 + "\n",
    ):
        file.write_text(text)
        assert journal.found() == {"heads"}
    file.write_text("".join(lines))
    assert journal.found() == set()


def test_a_head_goes_on_after_half_a_line(journal: Journal) -> None:
    """The machine went down while a head was written: the next one is whole again."""
    file = journal.folder / heads.FILE
    with file.open("a") as out:
        out.write('{"installation": "')
    write_acts(1)
    journal.seal()
    assert journal.found() == set()


def test_the_key_of_the_chain_is_asked_for(journal: Journal, tmp_path: Path) -> None:
    """Without it nothing can be said, and the message names what is missing."""
    shutil.copytree(journal.keys._path, tmp_path / "web")
    for file in (tmp_path / "web").glob("chain-*"):
        file.unlink()
    with pytest.raises(KeysError, match="chain"):
        journal.verify(Keys.load(tmp_path / "web"))
