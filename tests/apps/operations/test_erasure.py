"""The nominal values of entries end: after their period, earlier if the operation ends earlier, and when the
data-protection officer erases them."""

from __future__ import annotations

import datetime as dt
import os

import psycopg
import pytest
from django.core.exceptions import PermissionDenied
from django.db import DatabaseError, connection
from tests.apps.operations.scene import Scene, correct

from vedette.apps.accounts.models import Act
from vedette.apps.operations.actions import messages, watching
from vedette.apps.operations.actions.common import Refused
from vedette.apps.operations.models import Message, Nominal
from vedette.apps.release.models import Content

GROUND = "Request of the person, reference 2026/14."


def _rows(text: str) -> list[str]:
    """The tables of which a row contains a text."""
    with psycopg.connect(os.environ["DATABASE_URL_INTAKE"], autocommit=True) as intake:
        tables = intake.execute(
            "SELECT relname FROM pg_class WHERE relkind = 'r'"
            " AND relname ~ '^(operations|release|accounts_act)'"
        ).fetchall()
        return sorted(
            name
            for (name,) in tables
            if intake.execute(
                f"SELECT count(*) FROM {name} t WHERE t::text LIKE %s".encode(),  # a name of the catalogue
                [f"%{text}%"],
            ).fetchone()
            != (0,)
        )


def test_the_data_protection_officer_erases_names(
    scene: Scene, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The values of each version go, in every table; the record, its figures and the release stay. Nobody
    else may, neither by page nor by SQL, and not in another organisation."""
    from vedette.apps.accounts import factors

    monkeypatch.setattr(factors, "must_have_factor", lambda user: False)
    scene.live()
    sent = scene.send("bb.post", "seizure")
    with scene.by("bb.post") as user:
        entered = messages.Entered(
            sent.pk, "seizure",
            {**sent.values, "quantity": "13", "person": "Jane Planted", "happened": "2026-01-02T03:04"},
        )  # fmt: skip
        correct(user, sent.pk, 1, "The scales were wrong.", entered)
    assert _rows("Jane Planted") == ["operations_nominal"]
    for who in ("bb.contact", "aa.dpo"):
        with (
            scene.by(who) as user,
            pytest.raises((PermissionDenied, Refused, Message.DoesNotExist)),
        ):
            messages.erase_nominal(user, sent.pk, GROUND)
    with scene.by("aa.dpo"), connection.cursor() as cursor:
        cursor.execute("SELECT vedette_operation_erase(%s, %s)", [sent.pk, GROUND])
        assert cursor.fetchone() == (0,)
    with (
        pytest.raises(DatabaseError, match="operation: erase"),
        scene.by("bb.contact"),
        connection.cursor() as cursor,
    ):
        cursor.execute("SELECT vedette_operation_erase(%s, %s)", [sent.pk, GROUND])
    assert _rows("Jane Planted") == ["operations_nominal"]
    client = scene.client("bb.dpo")
    page = client.get(f"/operations/messages/{sent.pk}/").content.decode()
    assert 'value="erase"' in page
    assert (
        'value="erase"'
        not in scene.client("bb.contact").get(f"/operations/messages/{sent.pk}/").content.decode()
    )
    path = f"/operations/messages/{sent.pk}/act/"
    assert client.post(path, {"do": "erase", "erase_why": "Short."}).status_code == 422
    assert client.post(path, {"do": "erase", "erase_why": GROUND}).status_code == 302
    assert _rows("Jane Planted") == []
    assert client.post(path, {"do": "erase", "erase_why": GROUND}).status_code == 422
    page = client.get(f"/operations/messages/{sent.pk}/").content.decode()
    assert "Planted" not in page
    assert GROUND in page
    act = Act.objects.using("intake").get(act="operation.erase")
    assert act.detail["versions"] == 2
    assert Message.objects.using("intake").filter(root=sent.root).count() == 2
    assert Content.objects.using("intake").filter(item__object=sent.root).exists()


@pytest.mark.parametrize("closed", [False, True])
def test_names_are_kept_for_their_period(scene: Scene, database: str, closed: bool) -> None:
    """180 days after the end of the group; of an operation that was closed earlier, 180 days after this."""
    scene.live()
    scene.send("bb.post", "seizure")
    one = scene.one()
    end = one.until
    if closed:
        end = one.state_at + dt.timedelta(days=1)
        with psycopg.connect(database, autocommit=True) as superuser:
            superuser.execute("SET session_replication_role = replica")
            superuser.execute(
                "UPDATE operations_operation SET state = 'closed', state_at = %s WHERE id = %s",
                [end, one.pk],
            )
    for moment, left in ((-1, 1), (1, 0)):
        with psycopg.connect(os.environ["DATABASE_URL_INTAKE"], autocommit=True) as intake:
            watching.forget(intake, end + messages.NOMINAL_KEPT + dt.timedelta(seconds=moment))
        assert Nominal.objects.using("intake").count() == left
