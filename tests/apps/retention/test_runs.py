"""Masking and deletion: when the law says, all of it, once, and proven."""

from __future__ import annotations

import datetime as dt
import os
import uuid
from dataclasses import replace
from typing import Any

import psycopg
import pytest
from tests.apps.retention import old

from vedette.apps.retention import masking, runs
from vedette.apps.retention.parts import Part, due_to_mask, leaves, partly_due
from vedette.apps.retention.runs import Refused
from vedette.keys.months import FOLDER, MonthKeys
from vedette.keys.ring import KeysError

NOW = dt.datetime.now(dt.UTC)
#: Masked by the default profile and not yet deleted; and long since to be deleted.
HALF_A_YEAR, SIX_YEARS = old.month_ago(240), old.month_ago(6 * 366)


@pytest.fixture
def home(connection: psycopg.Connection[Any]) -> uuid.UUID:
    return old.organisation(connection)


def run(
    connection: psycopg.Connection[Any], months: MonthKeys, now: dt.datetime = NOW
) -> uuid.UUID:
    return runs.run(connection, old.keys(), months, now)


def opened(connection: psycopg.Connection[Any], months: MonthKeys) -> list[dict[str, Any]]:
    rows = connection.execute(
        "SELECT owner, part, kind, retention_class, month, sealed FROM retention_vault"
    )
    return [
        masking.open_row(months.get(class_, month), kind, subject, part, sealed)
        for subject, part, kind, class_, month, sealed in rows
    ]


def test_masking_moves_every_clear_row_into_the_vault(
    connection: psycopg.Connection[Any], home: uuid.UUID, months: MonthKeys
) -> None:
    """Directive 2016/681 art. 12(2): what remains is the token; the clear value is in the vault alone,
    and comes out of it as it went in."""
    old.partitions(HALF_A_YEAR)
    journeys = old.travellers(connection, home, HALF_A_YEAR, 500)
    old.hit(journeys[0], "release")
    this_month = NOW.date().replace(day=1)
    old.partitions(this_month)
    old.travellers(connection, home, this_month, 3)
    before = old.counts(connection)
    run(connection, months)
    after = old.counts(connection)
    assert after.pop("retention_vault") == 500 + 500 + 1 + 1
    assert after.pop("travellers_journeyclear") == after.pop("travellers_bookingclear") == 3
    for table in (
        "travellers_journeyclear",
        "travellers_bookingclear",
        "hits_reasonclear",
        "hits_textclear",
    ):
        before.pop(table)
    assert after == before
    rows = opened(connection, months)
    assert {"OLDNAME7", "OLDNAME500"} <= {row.get("surname") for row in rows}
    assert any("OLDWHY" in row.get("text", "") for row in rows)
    stored = connection.execute(
        "SELECT string_agg(sealed::text, '') FROM retention_vault"
    ).fetchone()
    assert b"OLDNAME".hex() not in stored[0]
    [favour] = connection.execute("SELECT favour FROM hits_hit").fetchone()
    assert favour == [{"id": "travels_with_family", "params": {}, "points": 4}]
    assert not due_to_mask(connection, NOW.date())


def test_a_partition_is_due_in_part_from_its_first_day_and_whole_with_its_last(
    connection: psycopg.Connection[Any],
) -> None:
    """Never later than the profile says for the first traveller of a month, nor sooner for the last."""
    month = dt.date(2026, 3, 1)
    old.partitions(month)
    part = Part("travellers_journeyclear", "passenger", month)

    def due(day: dt.date) -> tuple[bool, bool]:
        until = day + dt.timedelta(days=180)
        partly = [found for found, _ in partly_due(connection, until)]
        return part in partly, part in due_to_mask(connection, until)

    assert due(dt.date(2026, 2, 28)) == (False, False)
    assert due(dt.date(2026, 3, 1)) == due(dt.date(2026, 3, 30)) == (True, False)
    assert due(dt.date(2026, 3, 31)) == (False, True)


def test_a_killed_run_goes_on_without_doubling(
    connection: psycopg.Connection[Any], home: uuid.UUID, months: MonthKeys,
    monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    """Killed between two stretches: the next run copies the rest, each row once, and then drops."""
    old.partitions(HALF_A_YEAR)
    old.travellers(connection, home, HALF_A_YEAR, 2000)
    monkeypatch.setattr(masking, "STRETCH", 8)
    real, calls = masking._copy, []

    def dies(*args: Any) -> int:
        calls.append(args)
        if len(calls) == 3:
            raise KeyboardInterrupt
        return real(*args)

    monkeypatch.setattr(masking, "_copy", dies)
    with pytest.raises(KeyboardInterrupt):
        run(connection, months)
    half = old.counts(connection)
    assert 0 < half["retention_vault"] < 4000
    assert "travellers_journeyclear" not in half, "what is being masked is out of sight at once"
    run(connection, months)
    assert old.counts(connection)["retention_vault"] == 4000
    assert len(opened(connection, months)) == 4000
    left = connection.execute(
        "SELECT count(*) FROM pg_class WHERE relname LIKE 'masking%'"
    ).fetchone()
    assert left == (0,)


def test_rows_of_a_wrong_clock_are_masked_too(
    connection: psycopg.Connection[Any], home: uuid.UUID, months: MonthKeys
) -> None:
    """Months without a partition fall into the rest: the due ones are masked, the others stay."""
    odd, far = dt.date(2023, 4, 1), dt.date(2031, 1, 1)
    old.travellers(connection, home, odd, 5)
    old.travellers(connection, home, far, 4)
    run(connection, months)
    found = old.counts(connection)
    assert found["retention_vault"] == 10
    assert found["travellers_journeyclear"] == 4
    run(connection, months)
    assert old.counts(connection) == found


def put_in_force(home: uuid.UUID, mask: int = 180, delete: int = 180, keep: int = 3650) -> None:
    """The periods of the EU or others, six years ago, asked for and allowed by two persons."""
    from vedette.apps.accounts.models import Approval, User
    from vedette.apps.retention.models import RetentionProfile

    asker, second = (
        User.objects.using("intake").create(username=f"{n}.{home}", organisation_id=home)
        for n in ("asker", "second")
    )
    terms = {"mask_after": mask, "delete_after": delete, "keep_after": keep}
    approval = Approval.objects.using("intake").create(
        organisation_id=home, kind="retention", subject=str(home), purpose="border", why=b"",
        state="done", asked_by_id=asker.pk, asked_at=NOW, decided_by_id=second.pk, decided_at=NOW,
        expires_at=NOW, detail={**terms, "active_from": "2020-01-01"},
    )  # fmt: skip
    RetentionProfile.objects.using("intake").create(
        organisation_id=home, retention_class="passenger", version=1, name="x", template="eu_pnr",
        trigger="receipt", fields=[], basis="b", source="s", active_from="2020-01-01",
        approval_id=approval.pk, **terms,
    )  # fmt: skip


def test_deletion_keeps_only_an_objective_link(
    connection: psycopg.Connection[Any], home: uuid.UUID, months: MonthKeys
) -> None:
    """C-817/19: after the period only persons with an objective link stay: referred, the same person,
    or not yet decided; sealed anew. The key of the others is destroyed, counts remain."""
    old.partitions(SIX_YEARS)
    journeys = old.travellers(connection, home, SIX_YEARS, 50)
    put_in_force(home)
    old.hit(journeys[0], "release")
    referred, same, waiting = (
        old.hit(journeys[1], "refer"), old.hit(journeys[2], "release", "same"), old.hit(journeys[3]),
    )  # fmt: skip
    done = run(connection, months)
    found = old.counts(connection)
    assert (
        found["travellers_journey"]
        == found["travellers_traveller"]
        == found["travellers_booking"]
        == 3
    )
    assert found["subjects_identifier"] == found["travellers_bookinglocator"] == 3
    assert (found["hits_hit"], found["hits_reason"], found["hits_decision"]) == (
        3,
        3,
        2,
    )
    assert found["retention_vault"] == 3 * 2 + 3 + 2
    [kept] = months.ids()
    assert kept.startswith(f"linked.{SIX_YEARS:%Y-%m}")
    assert [t.key_id[:17] for t in months.tombs()] == [f"passenger.{SIX_YEARS:%Y-%m}"]
    assert {"OLDNAME2", "OLDNAME3", "OLDNAME4"} == {
        row["surname"] for row in opened(connection, months) if "surname" in row
    }
    proofs = connection.execute(
        "SELECT deed, rows, key_id, counts FROM retention_proof WHERE run_id = %s AND deed <> 'masked'"
        " ORDER BY id", [done],
    ).fetchall()  # fmt: skip
    assert [p[:2] for p in proofs] == [
        ("kept", 3),
        ("deleted", 47),
        ("deleted", 107),
        ("destroyed", 0),
    ]
    assert proofs[1][3] == {"subjects": 47, "hits": 1, "release": 1}
    assert proofs[3][2] == months.tombs()[0].key_id
    assert {referred.id, same.id, waiting.id} == {
        id_ for (id_,) in connection.execute("SELECT id FROM hits_hit")
    }


def test_the_linked_end_as_well(
    connection: psycopg.Connection[Any], home: uuid.UUID, months: MonthKeys
) -> None:
    """Five years at most, for everybody: then nothing of anybody is left, and no key."""
    old.partitions(SIX_YEARS)
    journeys = old.travellers(connection, home, SIX_YEARS, 5)
    old.hit(journeys[1], "refuse")
    run(connection, months)
    assert old.counts(connection).get("travellers_journey") == 1
    run(connection, months, NOW + dt.timedelta(seconds=1))
    assert old.counts(connection) == {}
    assert months.ids() == []
    assert not leaves(connection, "retention_vault")


def test_a_decision_is_never_deleted_before_its_time(
    connection: psycopg.Connection[Any], home: uuid.UUID
) -> None:
    """The function that deletion uses can not be used for anything else: the rows say when."""
    old.partitions(HALF_A_YEAR)
    [journey] = old.travellers(connection, home, HALF_A_YEAR, 1)
    hit = old.hit(journey, "release")
    with pytest.raises(psycopg.errors.InsufficientPrivilege, match="append-only"):
        connection.execute("SELECT vedette_delete_decisions(%s)", [[hit.id]])
    with psycopg.connect(os.environ["DATABASE_URL_OWNER"], autocommit=True) as owner:
        owner.execute("SELECT set_config('pgtrigger.ignore', '*', false)")
        with pytest.raises(psycopg.errors.InsufficientPrivilege, match="append-only"):
            owner.execute("DELETE FROM hits_decision")


def test_a_clock_set_back_is_refused_and_undoes_nothing(
    connection: psycopg.Connection[Any], home: uuid.UUID, months: MonthKeys
) -> None:
    """What is masked stays masked; the run says what is wrong, and the refusal is on record."""
    old.partitions(HALF_A_YEAR)
    old.travellers(connection, home, HALF_A_YEAR, 2)
    run(connection, months)
    before = old.counts(connection)
    with pytest.raises(Refused, match="set back"):
        run(connection, months, NOW - dt.timedelta(days=1))
    with pytest.raises(Refused, match="in the future"):
        runs.run(connection, old.keys(), months, NOW, NOW.date() + dt.timedelta(days=1))
    assert old.counts(connection) == before
    states = connection.execute(
        "SELECT state, why FROM retention_run ORDER BY started_at"
    ).fetchall()
    assert states == [("refused", "clock"), ("done", "")]


def test_a_kind_that_is_not_installed_is_refused(
    connection: psycopg.Connection[Any], home: uuid.UUID, months: MonthKeys,
    monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    """A worker without `VEDETTE_KINDS` masked nothing of the other kinds and reported that all was done."""
    old.partitions(HALF_A_YEAR)
    old.travellers(connection, home, HALF_A_YEAR, 3)
    whole = runs.declared()
    kind = replace(whole.kinds[0], side_tables=())
    monkeypatch.setattr(runs, "declared", lambda: replace(whole, kinds=(kind, *whole.kinds[1:])))
    with pytest.raises(Refused, match="VEDETTE_KINDS declares travellers_journeyclear:"):
        run(connection, months)
    told = connection.execute("SELECT state, why FROM retention_run").fetchall()
    assert told == [("refused", "kinds")]
    monkeypatch.undo()
    run(connection, months, NOW + dt.timedelta(minutes=1))
    assert "travellers_journeyclear" not in old.counts(connection)


def test_a_lost_key_loses_nothing_and_is_named(
    connection: psycopg.Connection[Any], home: uuid.UUID, months: MonthKeys
) -> None:
    """The other months are dealt with; this one waits out of sight, and goes on when the key is back."""
    second = (HALF_A_YEAR - dt.timedelta(days=1)).replace(day=1)
    for month in (HALF_A_YEAR, second):
        old.partitions(month)
        old.travellers(connection, home, month, 3)
    key_id = months.make("passenger", HALF_A_YEAR).key_id
    file = months.path / key_id
    kept = file.read_text()
    file.write_text(kept.replace(kept.split()[0], "vault-9-00000000"))
    with pytest.raises(KeysError, match=key_id):
        run(connection, months)
    assert old.counts(connection)["retention_vault"] == 6
    file.write_text(kept)
    run(connection, months, NOW + dt.timedelta(seconds=1))
    assert len(opened(connection, months)) == 12


def test_readers_wait_less_than_a_second(
    connection: psycopg.Connection[Any], home: uuid.UUID, months: MonthKeys
) -> None:
    """A long reader of the month holds masking up, not the others: it lets them pass and tries again."""
    old.partitions(HALF_A_YEAR)
    old.travellers(connection, home, HALF_A_YEAR, 2)
    with psycopg.connect(os.environ["DATABASE_URL_INTAKE"]) as reader:
        reader.execute("SELECT count(*) FROM travellers_journeyclear")
        masking_tries, real = [], masking.TRIES
        try:
            masking.TRIES = 1
            with pytest.raises(masking.Busy):
                run(connection, months)
            masking_tries.append(1)
        finally:
            masking.TRIES = real
        reader.rollback()
    run(connection, months, NOW + dt.timedelta(seconds=1))
    assert "travellers_journeyclear" not in old.counts(connection)


def test_acts_and_folder_tell_of_every_step(
    connection: psycopg.Connection[Any], home: uuid.UUID, months: MonthKeys
) -> None:
    """The journal has partition, rows and key id; never a value."""
    old.partitions(HALF_A_YEAR)
    old.travellers(connection, home, HALF_A_YEAR, 2)
    done = run(connection, months)
    acts = connection.execute(
        "SELECT act, subject, detail, organisation_id FROM accounts_act WHERE act LIKE 'retention.%'"
        " AND detail ->> 'rows' <> '0'"
    ).fetchall()
    assert {(a[0], a[1], a[3]) for a in acts} == {("retention.masked", str(done), home)}
    assert acts[0][2]["key"] in months.ids()
    assert months.path.name == FOLDER


def test_a_run_that_does_not_come_to_its_end_is_told_in_the_journal(
    connection: psycopg.Connection[Any], home: uuid.UUID, months: MonthKeys,
    monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    """A clock set back, a lost key, an error: each is an act of every organisation, by its code alone."""
    run(connection, months)
    with pytest.raises(Refused, match="set back"):
        run(connection, months, NOW - dt.timedelta(days=1))
    for number, error in enumerate((KeysError("a name"), ValueError("a name")), 1):

        def fails(*_: object, error: Exception = error) -> None:
            raise error

        monkeypatch.setattr(masking, "unfinished", fails)
        with pytest.raises(type(error)):
            run(connection, months, NOW + dt.timedelta(seconds=number))
    acts = connection.execute(
        "SELECT act, detail ->> 'why', organisation_id FROM accounts_act"
        " WHERE act IN ('retention.refused', 'retention.failed') ORDER BY id"
    ).fetchall()
    assert acts == [
        ("retention.refused", "clock", home), ("retention.failed", "key", home),
        ("retention.failed", "valueerror", home),
    ]  # fmt: skip
