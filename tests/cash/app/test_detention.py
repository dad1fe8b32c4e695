"""The detention of cash: the period of the variant, one extension, the receipt in four languages, and the end
with a legal basis in the record of `enforcement`."""

from __future__ import annotations

import datetime as dt
import uuid
from typing import Any

import psycopg
import pytest
from django.utils import timezone
from tests.apps.profiles.story import acting
from tests.cash.app.desk import Desk
from tests.cash.stated import NOW, announcement, changed, declaration

from vedette.apps.enforcement.actions import seizures
from vedette.apps.enforcement.models import Seizure
from vedette.cash import codes
from vedette.cash.app import detaining
from vedette.cash.receipt import LANGUAGES
from vedette.commands.environment import keys

pytestmark = pytest.mark.database

FORM = {
    "reasons": ["obligation"], "basis": "Code des douanes, art. 464", "place": "Hall 2", "office": "SN001",
    "facts": "Found in the lining of a bag.", "remedy_body": "Tribunal de Dakar", "remedy_days": "30",
    "language": "ar",
}  # fmt: skip


def detained(desk: Desk, **more: Any) -> Any:
    form = {"id": str(uuid.uuid4()), **FORM, **more}
    return desk.client().post(f"/cash/{desk.movement()}/detain/", form)


def test_the_cash_is_detained_with_a_period_and_a_receipt(desk: Desk) -> None:
    id_, client = desk.movement(), desk.client()
    page = client.get(f"/cash/{id_}/detain/").content.decode()
    assert "The period of detention is 30 days" in page
    assert "as declared; the cash was not counted" in page
    for wrong in (
        {"reasons": []},
        {"basis": ""},
        {"remedy_days": "0"},
        {"language": "xx"},
        {"place": "x" * 200},
    ):
        refused = detained(desk, **wrong)
        assert refused.status_code == 422, wrong
        assert "Tribunal de Dakar" in refused.content.decode()
    assert desk.rows("SELECT count(*) FROM cash_detention") == [(0,)]
    form = str(uuid.uuid4())
    for _ in range(2):
        assert detained(desk, id=form).status_code == 302
    day = desk.rows("SELECT vedette_now()::date")[0][0]
    [(began, due, latest)] = desk.rows("SELECT began_on, due_on, latest_on FROM cash_detention")
    assert (due - began, latest - began) == (dt.timedelta(30), dt.timedelta(90))
    assert abs((began - day).days) <= 1
    assert "already detained" in detained(desk).content.decode()
    items = desk.rows("SELECT kind, quantity, unit, value, currency FROM enforcement_seizureitem"
                      " ORDER BY number")  # fmt: skip
    assert [(kind, unit, value, currency) for kind, _, unit, value, currency in items] == [
        ("cash", "package", 12500, "EUR"), ("cash", "package", pytest.approx(3000.5), "USD"),
        ("cash", "g", None, ""),
    ]  # fmt: skip
    page = client.get(f"/cash/{id_}/").content.decode()
    assert "30 days left" in page
    assert "Ida Exempleau" in client.get("/cash/detentions/").content.decode()
    words = {
        "fr": "Reçu de retenue d’argent liquide", "en": "Receipt for detained cash",
        "es": "Recibo de efectivo retenido", "ar": "إيصال بالنقد المحتجز",
    }  # fmt: skip
    assert words.keys() == LANGUAGES.keys()
    for language, title in words.items():
        text = client.get(f"/cash/{id_}/receipt/?lang={language}").content.decode()
        assert title in text, language
        assert "Tribunal de Dakar" in text
        assert "Ida Exempleau" in text
        assert "Code des douanes, art. 464" in text
        assert ('dir="rtl"' in text) == (language == "ar")
    acts = {act for (act,) in desk.rows("SELECT DISTINCT act FROM accounts_act")}
    assert {"cash.form", "cash.detain", "cash.detentions", "cash.receipt", "seizure.create"} <= acts
    # Without a choice, the receipt is in the language of the person.
    assert words["ar"] in client.get(f"/cash/{id_}/receipt/").content.decode()


def test_the_period_is_extended_once_by_a_supervisor(desk: Desk, connection: Any) -> None:
    id_ = desk.movement()
    assert detained(desk).status_code == 302
    address, why = f"/cash/{id_}/extend/", {"why": "The bank has not answered yet."}
    assert desk.client().post(address, why).status_code == 403
    assert desk.client("supervisor").post(address, {"why": ""}).status_code == 422
    assert desk.client("supervisor").post(address, why).status_code == 302
    assert desk.client("supervisor").post(address, why).status_code == 422
    [(began, due)] = desk.rows("SELECT began_on, due_on FROM cash_detention")
    assert due - began == dt.timedelta(90)
    assert "was extended" in desk.client().get(f"/cash/{id_}/receipt/?lang=en").content.decode()
    connection.execute(
        "UPDATE cash_detention SET began_on = began_on - 100, due_on = due_on - 100,"
        " latest_on = latest_on - 100"
    )
    page = desk.client().get(f"/cash/{id_}/").content.decode()
    assert "ended 10 days ago" in page
    assert "The period of detention is over" in page


def test_a_detention_ends_with_a_release_or_a_seizure(desk: Desk) -> None:
    """The record is verified, validated by another person, and closed with a legal basis. Then the cash may
    be detained again."""
    id_ = desk.movement()
    assert detained(desk).status_code == 302
    [(record,)] = desk.rows("SELECT id FROM cash_detention")
    officer, supervisor = desk.people["officer"], desk.people["supervisor"]
    with acting(officer):
        seizures.advance(officer, record, 1, "verification", "Bank statements asked for.")
        seizures.submit(officer, record, 1)
    with acting(supervisor):
        seizures.validate(supervisor, record, 1)
        seizures.close(supervisor, record, 1, Seizure.Outcome.RELEASED, "Art. 7 (3)")
    page = desk.client().get(f"/cash/{id_}/").content.decode()
    assert "Released" in page
    assert "Art. 7 (3)" in page
    assert "No cash is detained" in desk.client().get("/cash/detentions/").content.decode()
    assert detained(desk).status_code == 302


def test_what_cannot_be_detained(desk: Desk, connection: psycopg.Connection[Any]) -> None:
    """An announcement, and cash without an amount. Others see neither the detention nor its receipt."""
    code = codes.encode(91)
    desk.receive(announcement(code))
    [announced] = desk.rows("SELECT id FROM cash_movement WHERE announced")[0]
    assert desk.client().get(f"/cash/{announced}/detain/").status_code == 422
    empty = changed(declaration(NOW, reference="2026-9"), lines=())
    desk.receive(empty)
    [bare] = desk.rows("SELECT movement_id FROM cash_movementclear WHERE reference = '2026-9'")[0]
    refused = desk.client().post(f"/cash/{bare}/detain/", {"id": str(uuid.uuid4()), **FORM})
    assert "Count the cash first" in refused.content.decode()
    [paper] = desk.rows("SELECT movement_id FROM cash_movementclear WHERE reference = '2026-117'")[
        0
    ]
    form = {"id": str(uuid.uuid4()), **FORM}
    assert desk.client().post(f"/cash/{paper}/detain/", form).status_code == 302
    other = Desk(connection, "B")
    for path in ("", "detain/", "receipt/"):
        assert other.client().get(f"/cash/{paper}/{path}").status_code == 404
    assert "No cash is detained" in other.client().get("/cash/detentions/").content.decode()
    assert desk.client("analyst").get(f"/cash/{paper}/detain/").status_code == 403
    with acting(desk.people["analyst"]):
        assert detaining.open_clocks(NOW.date(), 5)


def _due(desk: Desk, days: int) -> None:
    """The period ends in so many days."""
    today = timezone.localdate(NOW)
    desk.connection.execute(
        "UPDATE cash_detention SET began_on = %s, due_on = %s, latest_on = %s",
        [today - dt.timedelta(90), *[today + dt.timedelta(days)] * 2],
    )
    for _ in range(2):
        detaining.watch(desk.connection, keys(), NOW - dt.timedelta(seconds=1))


def _told(desk: Desk, role: str, language: str = "en") -> int:
    page = desk.client(role, language).get("/notifications/").content.decode()
    return page.count("The period of a detention of cash")


def test_the_end_of_the_period_is_announced(
    desk: Desk, connection: psycopg.Connection[Any]
) -> None:
    """Five days before the last day, and when the period is over, each once: to the officer who ordered the
    detention and to the supervisor who sees the movement. Not to an officer who did not order it, to the
    supervisor of another unit or without the theme, and to another organisation. After the end of the
    detention, nobody sees the notifications."""
    from vedette.apps.accounts.models import Unit, User

    other = Desk(connection, "B")
    unit = Unit.objects.using("intake").create(
        organisation_id=desk.office.id, name="Elsewhere", offices=["XX999"]
    )
    more = {"role": "supervisor", "organisation_id": desk.office.id}
    User(username="far", unit=unit, themes=["cash"], **more).save(using="intake")
    User(username="strategic", themes=["strategic"], **more).save(using="intake")
    User(username="colleague", themes=["cash"], **more | {"role": "officer"}).save(using="intake")
    assert detained(desk).status_code == 302
    _due(desk, 6)
    assert _told(desk, "officer") == 0
    _due(desk, 5)
    told = {desk.people["officer"].pk, desk.people["supervisor"].pk}
    query = "SELECT user_id, params ->> 'what' FROM notices_notice WHERE kind = 'detention'"
    assert set(desk.rows(query)) == {(one, "soon") for one in told}
    assert len(desk.rows(query)) == 2
    assert _told(desk, "officer") == _told(desk, "supervisor") == 1
    assert _told(desk, "analyst") == _told(other, "supervisor") == 0
    page = desk.client("officer", "fr").get("/notifications/").content.decode()
    assert "La durée d’une retenue d’argent liquide prend fin le" in page
    _due(desk, -1)
    assert len(desk.rows(query)) == 4
    assert _told(desk, "supervisor") == 2
    [notice] = desk.rows("SELECT id FROM notices_notice WHERE user_id = %s LIMIT 1",
                         desk.people["officer"].pk)  # fmt: skip
    opened = desk.client().get(f"/notifications/{notice[0]}/")
    assert opened.headers["Location"] == f"/cash/{desk.movement()}/"
    [(record,)] = desk.rows("SELECT id FROM cash_detention")
    officer, supervisor = desk.people["officer"], desk.people["supervisor"]
    with acting(officer):
        seizures.advance(officer, record, 1, "verification", "Bank statements asked for.")
        seizures.submit(officer, record, 1)
    with acting(supervisor):
        seizures.validate(supervisor, record, 1)
        seizures.close(supervisor, record, 1, Seizure.Outcome.RELEASED, "Art. 7 (3)")
    assert _told(desk, "officer") == _told(desk, "supervisor") == 0
    _due(desk, -2)
    assert len(desk.rows(query)) == 4
