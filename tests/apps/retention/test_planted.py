"""More than a thousand clear values in every field there is; after masking not one of them is left.

Looked for in a dump of every table, in the files of the cluster, in the write-ahead log once its old
segments are gone, in logs, journal and watched folder. Every value holds a mark, so that one search
finds whatever is left of any.
"""

from __future__ import annotations

import datetime as dt
import logging
import os
import re
import shutil
import uuid
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path
from typing import Any

import psycopg
import pytest
from django.db import transaction
from django.test import Client
from tests.apps.enforcement import cases
from tests.apps.retention import old
from tests.conftest import HOME, MIGRATED, migrated_server

from vedette.apps.accounts.models import User
from vedette.apps.accounts.rules import set_scope
from vedette.apps.desk import work
from vedette.apps.enforcement.actions import controls, seizures, tracing
from vedette.apps.hits import actions
from vedette.apps.hits.models import Hit
from vedette.apps.inbox.receiving import put_in
from vedette.apps.lists.actions import create_lookout
from vedette.apps.profiles.models import Drawn
from vedette.apps.retention import runs
from vedette.apps.upkeep.clock import Clock, Reading
from vedette.core.parties import Address, Contacts, Document
from vedette.core.records import Envelope
from vedette.travellers.formats import paxlst_writer, pnrgov_writer
from vedette.travellers.records import (
    Booking,
    Flight,
    FrequentFlyer,
    Locator,
    Message,
    Payment,
    Segment,
    Traveller,
)

MARK, DIGITS = "QXZV", "99073155"
#: Marks what a lookout says: it goes by its own clock, row by row, and not with a partition.
OTHER = "WJQK"
PEOPLE = 90
MONTH = old.month_ago(240)
ALONE = HOME.parent / "planted"
#: Old segments of the log are removed, not kept under the name of one to come, where what was planted
#: would stand until they are written anew; and none goes before it is looked at.
_QUIET = {
    "wal_recycle": "off", "checkpoint_timeout": "1d", "max_wal_size": "8GB", "autovacuum": "off",
    "fsync": "off",
}  # fmt: skip
THEN = dt.datetime.combine(MONTH, dt.time(9), dt.UTC) + dt.timedelta(days=10)
FLIGHT = Flight(
    carrier="XX", number="0417", origin="ADD", destination="DSS",
    departure=THEN.replace(tzinfo=None), arrival=THEN.replace(tzinfo=None) + dt.timedelta(hours=7),
)  # fmt: skip


def _letters(n: int) -> str:
    return "".join(chr(65 + n // 26**i % 26) for i in range(4))


class Planted:
    """Hands out values that exist nowhere else."""

    def __init__(self) -> None:
        self.values: list[str] = []

    def word(self, mark: str = MARK) -> str:
        """A name, number or word."""
        self.values.append(f"{mark}{_letters(len(self.values))}")
        return self.values[-1]

    def digits(self) -> str:
        """A telephone or card number."""
        self.values.append(f"{DIGITS}{len(self.values):05d}")
        return self.values[-1]


@pytest.fixture
def database(django_db_setup: str, django_db_blocker: Any) -> Iterator[str]:
    """A migrated database on a server of this test alone; the superuser's URL of it.

    Whatever else a server does takes part in what its files hold: a checkpoint takes an old segment of
    the log before it is looked at, a statement of autovacuum keeps a dead row from going.
    """
    shutil.rmtree(ALONE, ignore_errors=True)
    with migrated_server(ALONE, django_db_blocker, **_QUIET) as server:
        yield server.dsn(MIGRATED)
    shutil.rmtree(ALONE)


@pytest.fixture
def connection(database: str) -> Iterator[psycopg.Connection[Any]]:
    with psycopg.connect(os.environ["DATABASE_URL_INTAKE"], autocommit=True) as connection:
        old.partitions(MONTH)
        yield connection


def _person(plant: Planted, n: int, document: str) -> Traveller:
    return Traveller(
        surname=plant.word(), given_names=plant.word(), date_of_birth=dt.date(1970, 1, 1 + n % 28),
        sex="M", nationality="CHE", residence="CHE", place_of_birth=plant.word(), seat=f"{1 + n % 40}A",
        locator=plant.word()[-6:] if n < 0 else None, reference=plant.word(),
        documents=(Document(type="P", number=document, issuer="CHE", expiry=dt.date(2031, 1, 1)),),
        contacts=Contacts(phones=(plant.digits(),), emails=(f"{plant.word()}@example.org",)),
        frequent_flyer=(FrequentFlyer(carrier="XX", number=plant.word()),),
    )  # fmt: skip


def _messages(plant: Planted) -> list[tuple[str, bytes]]:
    # Whom the lookout asks for has a document with its mark: lists have clocks of their own.
    people = [_person(plant, n, plant.word(OTHER if n == 0 else MARK)) for n in range(PEOPLE)]
    envelope = Envelope(
        sender="XX", recipient="PIU", prepared=THEN.replace(tzinfo=None), interchange_ref="R1",
        message_ref="1", release="D:05B", sequence=1, last=True,
    )  # fmt: skip
    listed = Message(
        format="PAXLST", function="passengers", envelope=envelope, flights=(FLIGHT,),
        travellers=tuple(people),
    )  # fmt: skip
    bookings = tuple(
        Booking(
            locators=(Locator(company="XX", locator=f"{_letters(n)}9Z", created=FLIGHT.departure),),
            created=FLIGHT.departure, travellers=(person,),
            segments=(
                Segment(
                    carrier="XX", number="417", origin="ADD", destination="DSS",
                    departure=FLIGHT.departure, arrival=FLIGHT.arrival,
                ),
            ),
            payments=(
                Payment(type="CC", amount=Decimal("120.50"), currency="EUR", vendor="VI",
                        card_number=plant.digits(), payer=plant.word()),
            ),
            contacts=Contacts(
                phones=(plant.digits(),), emails=(f"{plant.word()}@example.org",),
                addresses=(Address(street=plant.word(), city=plant.word()),),
            ),
        )
        for n, person in enumerate(people)
    )  # fmt: skip
    push = Message(
        format="PNRGOV", function="22", flights=(FLIGHT,), bookings=bookings,
        envelope=Envelope(sender="XX", recipient="PIU", prepared=envelope.prepared,
                          interchange_ref="P1", common_access_ref="C1"),
    )  # fmt: skip
    return [
        (f"{plant.word()}.edi", paxlst_writer.write(listed)),
        (f"{plant.word()}.edi", pnrgov_writer.write(push)[0]),
    ]


def _left(data: bytes, *marks: str) -> list[str]:
    lower = data.lower()
    if not any(mark.lower().encode() in lower for mark in marks):
        return []  # found out seven times as fast as by the pattern
    pattern = "|".join(marks).encode()
    return [m.decode("ascii", "replace") for m in re.findall(rb"(?i)(?:%s)\w{0,9}" % pattern, data)]


def _dump(dsn: str) -> bytes:
    """Every row of every table, as COPY writes it."""
    out = bytearray()
    with psycopg.connect(dsn, autocommit=True) as admin:
        names = admin.execute(
            "SELECT c.oid::regclass::text FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace"
            " WHERE c.relkind = 'r' AND n.nspname NOT IN ('information_schema')"
        ).fetchall()
        for (name,) in names:
            with admin.cursor().copy(f"COPY {name} TO STDOUT") as copy:
                for block in copy:
                    out += block
    return bytes(out)


def _settle(dsn: str) -> None:
    """Old segments of the log go: switched, and past two checkpoints."""
    with psycopg.connect(dsn, autocommit=True) as admin:
        for _ in range(3):
            admin.execute("SELECT pg_switch_wal()")
            admin.execute("CHECKPOINT")


def _work_of_the_day(
    connection: psycopg.Connection[Any], plant: Planted, home: uuid.UUID, client: Client,
    officer: User, document: str,
) -> None:  # fmt: skip
    """What people do: a lookout, a decision, a note, searches."""
    with transaction.atomic():
        set_scope(officer)
        lookout = create_lookout(
            officer, caller=plant.word(OTHER), why=f"asked for by {plant.word(OTHER)} of the port",
            document=document,
        )  # fmt: skip
    worker = work.Worker(os.environ["DATABASE_URL_INTAKE"], old.keys())
    worker.drain()
    worker.connection.close()
    hit = Hit.objects.using("intake").get()
    with transaction.atomic():
        set_scope(officer)
        seen = frozenset(hit.reasons.filter(state="open").values_list("pk", flat=True))
        actions.claim(officer, hit.pk)
        actions.note(officer, hit.pk, f"Telephoned {plant.word()} at {plant.digits()}.")
        verdict = actions.Verdict(
            choice="release", why=f"The passport of {plant.word()} was compared.", seen=seen,
            answers=dict.fromkeys(seen, "another"),
        )  # fmt: skip
        actions.decide(officer, hit.pk, verdict)
    _controlled(plant, officer, hit)
    for term in ({"name": plant.word()}, {"document": plant.word()}, {"locator": plant.word()[:6]}):
        asked = {"purpose": "terrorism", "case": "2026-114", **term}
        answer = client.post("/travellers/", asked)
        assert answer.status_code == 200
    assert client.get(f"/hits/{hit.pk}/").status_code in (200, 404)
    connection.execute(
        "UPDATE lists_lookout SET ended_at = now() - interval '31 days' WHERE entry_id = %s",
        [lookout.pk],
    )
    connection.execute("UPDATE lists_listentry SET until = 2 WHERE id = %s", [lookout.pk])


def _controlled(plant: Planted, officer: User, hit: Hit) -> None:
    """A control of the random lane with texts, and the record of a seizure."""
    Drawn.objects.using("intake").create(
        organisation_id=hit.organisation_id, subject_id=hit.subject_id, lane="x", day=MONTH, rate=1
    )
    due = dt.datetime.now(dt.UTC) + dt.timedelta(hours=1)
    with transaction.atomic():
        set_scope(officer)
        given = controls.Ordered(uuid.uuid4(), due, plant.word(), instructions=plant.word())
        order = controls.order(officer, hit.subject_id, None, given)
        seal = controls.Entered(uuid.uuid4(), "seal", "placed", text=plant.word())
        controls.enter(officer, order.pk, [seal])
        columns = {"form": "simple", "marking": "amber", "day": THEN.date()}
        texts = {name: plant.word() for name in ("place", "carrier", "persons", "narrative")}
        goods = [seizures.Item("other", Decimal(1), "kg", text=plant.word())]
        of = seizures.of_order(order)
        values = seizures.Given(columns, texts, goods)
        made = seizures.create(officer, of, uuid.uuid4(), "detention", values)
        seizures.advance(officer, made.pk, 1, "verification", plant.word())
        fields = ("make", "model", "calibre", "serial", "marks", "proof_mark", "lot", "remarks")
        planted = {name: plant.word() for name in fields}
        pistol = cases.weapon(officer, made, **planted)
        texts = {name: plant.word() for name in ("authority", "contact", "basis", "circumstances")}
        tracing.ask(officer, pistol.pk, uuid.uuid4(), cases.ASKED | texts)


def test_nothing_planted_is_left_after_masking(
    connection: psycopg.Connection[Any], database: str, tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture,
) -> None:  # fmt: skip
    """Directive 2016/681 art. 12(2): masked means gone from dump, files, log, statistics and journal."""
    caplog.set_level(logging.DEBUG)
    plant = Planted()
    home = old.organisation(connection)
    officer = User(username="officer", role="officer", organisation_id=home)
    officer.save(using="intake")
    officer = User.objects.get(pk=officer.pk)
    client = Client(HTTP_HOST="localhost")
    client.force_login(officer)
    monkeypatch.setattr(Clock, "read", lambda clock, connection: Reading(THEN, True))
    messages = _messages(plant)
    for name, data in messages:
        placed = put_in(connection, old.keys(), home, name, data, "watch", THEN)
        assert placed.state == "accepted", placed.why
    document = next(v for v in plant.values if v.startswith(OTHER))
    _work_of_the_day(connection, plant, home, client, officer, document)
    # The log is looked at before the checkpoint: after it, what stands in the files goes from there.
    logged = {name.split("/")[1] for name in _in_files()}
    with psycopg.connect(database, autocommit=True) as admin:
        admin.execute("ANALYZE")
        admin.execute("CHECKPOINT")
    assert len(plant.values) >= 1000
    before = set(_left(_dump(database), MARK, DIGITS))
    assert len(before) > 0.8 * len(plant.values), "what is looked for was there"
    assert logged | {name.split("/")[1] for name in _in_files()} >= {"base", "pg_wal"}

    monkeypatch.undo()
    months = old.month_keys(tmp_path)
    runs.forget_words(connection, dt.datetime.now(dt.UTC))
    runs.run(connection, old.keys(), months, dt.datetime.now(dt.UTC))
    assert old.counts(connection)["retention_vault"] >= 2 * PEOPLE
    connection.close()
    _settle(database)

    assert _left(_dump(database), MARK, DIGITS, OTHER) == []
    assert _in_files() == {}
    assert _left(_exports(home), MARK, DIGITS, OTHER) == []
    assert _left(caplog.text.encode(), MARK, DIGITS, OTHER) == []


def _exports(home: uuid.UUID) -> bytes:
    """What people may take out of the house: the journal, the report of data protection."""
    User(username="dpo", role="dpo", organisation_id=home).save(using="intake")
    client = Client(HTTP_HOST="localhost")
    client.force_login(User.objects.get(username="dpo"))
    found = bytearray()
    for path in ("/journal/acts.csv", "/oversight/report/", "/oversight/report.csv"):
        answer = client.get(path)
        assert answer.status_code == 200, path
        found += answer.getvalue()
    assert found
    return bytes(found)


def _in_files() -> dict[str, list[str]]:
    """What is left in the files of the cluster and its log, by file."""
    return {
        str(path.relative_to(ALONE)): left[:3]
        for path in sorted(ALONE.rglob("*"))
        if path.is_file() and (left := _left(_read(path), MARK, DIGITS, OTHER))
    }


def _read(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except (FileNotFoundError, PermissionError):
        return b""
