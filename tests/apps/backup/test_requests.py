"""What was carried out for persons after a backup is done again when it is restored, before it serves."""

from __future__ import annotations

import datetime as dt
import os
import uuid
from types import SimpleNamespace

import psycopg
import pytest
from django.db import connection, transaction
from django.utils import timezone
from tests.apps.backup.scene import Scene, vedette
from tests.apps.operations import stored
from tests.apps.requests import scene as subjects

from vedette.apps.accounts.models import Organisation, User
from vedette.apps.accounts.rules import set_scope
from vedette.apps.approvals import actions as approvals
from vedette.apps.journal.heads import Broken
from vedette.apps.operations.models import Nominal
from vedette.apps.requests import actions as requests
from vedette.apps.requests import corrections, ledger
from vedette.apps.requests.models import SubjectRequest


def _journey(scene: Scene, number: int) -> uuid.UUID:
    """The traveller OLDNAME<number>."""
    with scene.connect() as connection:
        row = connection.execute(
            "SELECT journey_id FROM travellers_journeyclear WHERE surname = %s",
            [f"OLDNAME{number}"],
        ).fetchone()
    return row[0]


class Desk:
    """The data-protection officer of the scene, and a second person."""

    def __init__(self, scene: Scene) -> None:
        home = Organisation.objects.using("intake").get(pk=scene.organisation)
        self.world = SimpleNamespace(organisation=home)
        self.dpo = subjects.dpo(self.world)
        self.second = User.objects.get(username="supervisor")

    def request(self, kind: str, journey: uuid.UUID) -> SubjectRequest:
        made = subjects.request(self.world, self.dpo, kind, (journey,))
        return SubjectRequest.objects.get(pk=made.pk)

    def erase(self, journey: uuid.UUID) -> None:
        with transaction.atomic():
            set_scope(self.dpo)
            request = self.request("erasure", journey)
            asked = requests.ask_erasure(self.dpo, request, "The court ordered the erasure.")
        with transaction.atomic():
            set_scope(self.second)
            approvals.decide(self.second, asked.pk, True)

    def restrict(self, journey: uuid.UUID, on: bool = True) -> None:
        with transaction.atomic():
            set_scope(self.dpo)
            requests.restrict(self.dpo, self.request("restricted", journey), on)

    def entry(self, name: str) -> uuid.UUID:
        """An entry of a joint operation that names a person."""
        made = stored.fill(self.world.organisation, [self.dpo], final=False)
        Nominal.objects.using("intake").create(
            organisation=self.world.organisation, message_id=made["operation message"],
            values={"person": name}, delete_at=timezone.now() + dt.timedelta(days=400),
        )  # fmt: skip
        return uuid.UUID(str(made["operation message"]))

    def erase_names(self, entry: uuid.UUID) -> None:
        with transaction.atomic(), connection.cursor() as cursor:
            set_scope(self.dpo)
            cursor.execute("SELECT vedette_operation_erase(%s, 'Request 7')", [entry])
            assert cursor.fetchone() == (1,)

    def rectify(self, journey: uuid.UUID) -> None:
        with transaction.atomic():
            set_scope(self.dpo)
            request = self.request("rectified", journey)
            corrections.rectify(self.dpo, request, "surname", "NOVAK", "passport")


def _write(scene: Scene) -> None:
    """What a worker does every second."""
    with scene.connect() as connection:
        ledger.write(connection, scene.keys, scene.heads.parent)
        assert connection.execute("SELECT count(*) FROM requests_carried").fetchone() == (0,)


def test_an_older_backup_does_not_bring_back_who_was_erased_or_end_a_restriction(
    scene: Scene, ready: dict[str, str]
) -> None:
    """Directive 2016/680 art. 16: erased is erased, in backups too. Of the person nothing is found, the
    journal says which decisions are gone; who was restricted is; who was rectified is told to the officer."""
    desk = Desk(scene)
    erased, restricted, freed, rectified = (_journey(scene, n) for n in (1, 2, 3, 4))
    desk.restrict(freed)
    entry = desk.entry("Jane Planted")
    scene.seal()
    made = scene.backup()
    desk.erase(erased)
    desk.erase_names(entry)
    desk.restrict(restricted)
    desk.restrict(freed, False)
    desk.rectify(rectified)
    _write(scene)
    path = scene.heads.parent / ledger.FILE
    assert path.stat().st_mode & 0o777 == 0o600
    assert b"NOVAK" not in path.read_bytes()

    done = vedette(ready, scene.home, "restore", str(made.path))
    assert done.returncode == 0, done.stdout + done.stderr
    assert "erased 1, names_erased 1, restricted 1, unrestricted 1" in done.stdout
    assert "to be rectified again: 1" in done.stdout
    assert "0 findings" in done.stdout
    with psycopg.connect(ready["ADMIN"]) as admin:
        for table, column in (
            ("subjects_subject", "id"), ("travellers_journey", "id"),
            ("travellers_journeyclear", "journey_id"),
            ("subjects_identifier", "subject_id"), ("hits_hit", "subject_id"),
        ):  # fmt: skip
            found = admin.execute(f"SELECT count(*) FROM {table} WHERE {column} = %s", [erased])
            assert found.fetchone() == (0,), table
        for statement in (
            "SELECT count(*) FROM travellers_journeyclear WHERE surname = 'OLDNAME1'",
            "SELECT count(*) FROM hits_decision",
            "SELECT count(*) FROM hits_textclear",
            "SELECT count(*) FROM operations_nominal WHERE values <> '{}' OR erased_at IS NULL",
        ):
            assert admin.execute(statement).fetchone() == (0,), statement
        for table, column in (
            ("subjects_subject", "id"),
            ("travellers_journeyclear", "journey_id"),
        ):
            rows = admin.execute(f"SELECT {column} FROM {table} WHERE restricted").fetchall()
            assert rows == [(restricted,)]
        acts = admin.execute(
            "SELECT act, detail FROM accounts_act WHERE act LIKE 'restore.%' ORDER BY act"
        ).fetchall()
        enabled = admin.execute(
            "SELECT count(*) FROM pg_trigger WHERE tgname = 'append_only' AND tgenabled <> 'O'"
        ).fetchone()
    assert dict(acts) == {
        "restore.erased": {"subjects": 1},
        "restore.names_erased": {"entries": 1},
        "restore.rectified": {"subjects": [str(rectified)]},
        "restore.restricted": {"subjects": [str(restricted)]},
        "restore.unrestricted": {"subjects": [str(freed)]},
    }
    assert enabled == (0,)


def test_a_list_that_somebody_touched_is_said_and_nothing_is_served(
    scene: Scene, ready: dict[str, str]
) -> None:
    """A line taken out would bring a person back: the lines before it are done, the operator decides."""
    desk = Desk(scene)
    journeys = [_journey(scene, n) for n in (1, 2, 3)]
    made = scene.backup()
    for journey in journeys:
        desk.erase(journey)
        _write(scene)
    path = scene.heads.parent / ledger.FILE
    lines = path.read_bytes().splitlines(keepends=True)
    path.write_bytes(lines[0] + lines[2])
    done = vedette(ready, scene.home, "restore", str(made.path))
    assert done.returncode == 1
    assert "lines before line 2" in done.stdout
    assert "nothing is served" in done.stderr
    with psycopg.connect(ready["ADMIN"]) as admin:
        left = admin.execute("SELECT id FROM travellers_journey WHERE id = ANY(%s)", [journeys])
        assert {id_ for (id_,) in left} == set(journeys[1:])
    path.write_bytes(b"".join(lines))
    assert vedette(ready, scene.home, "restore", str(made.path)).returncode == 0
    with psycopg.connect(ready["ADMIN"]) as admin:
        left = admin.execute("SELECT id FROM travellers_journey WHERE id = ANY(%s)", [journeys])
        assert left.fetchall() == []


def test_nobody_signs_a_line_for_us(scene: Scene) -> None:
    """A line that erases somebody is ours or none: it is proven before it is done."""
    desk = Desk(scene)
    desk.erase(_journey(scene, 1))
    _write(scene)
    path = scene.heads.parent / ledger.FILE
    ring = scene.keys
    publics = {key_id: ring.key(key_id) for key_id in ring.ids("heads.pub")}
    [line] = ledger.read(path, publics)
    assert line.kind == "erased"
    path.write_bytes(
        path.read_bytes().replace(str(line.subjects[0]).encode(), str(uuid.uuid4()).encode())
    )
    with pytest.raises(Broken, match="changed"):
        list(ledger.read(path, publics))


def test_the_web_role_only_adds_and_erases_nothing_by_itself(database: str) -> None:
    """What waits is read by workers alone, and the function that erases is the owner's."""
    with psycopg.connect(database) as admin:
        may = admin.execute(
            "SELECT array_agg(p ORDER BY p) FROM unnest(ARRAY['SELECT', 'INSERT', 'UPDATE', 'DELETE']) p"
            " WHERE has_table_privilege('vedette_web', 'requests_carried', p)"
        ).fetchone()
    assert may == (["INSERT"],)
    with (
        psycopg.connect(os.environ["DATABASE_URL_INTAKE"]) as intake,
        pytest.raises(psycopg.errors.InsufficientPrivilege),
    ):
        intake.execute("SELECT vedette_erase_subjects('{}')")
