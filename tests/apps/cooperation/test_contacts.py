"""The directory: who answers now, in a language, for a theme; entries are kept by their organisation, and
asked again after six months."""

from __future__ import annotations

import datetime as dt
import random
from zoneinfo import ZoneInfo

import psycopg
import pytest
from django.core.exceptions import PermissionDenied
from django.db import DatabaseError, connection, transaction
from tests.apps.cooperation.stored import fill
from tests.apps.operations.scene import Scene, acting, build

from vedette.apps.cooperation.actions import contacts as actions
from vedette.apps.cooperation.models import Contact
from vedette.apps.cooperation.selectors import contacts as selectors
from vedette.apps.cooperation.selectors.contacts import Search
from vedette.apps.notices.models import Notice

GIVEN = {
    "kind": "expert", "name": "Firearms desk", "post": "", "channel": "desk@bb.example",
    "zone": "Asia/Kolkata", "opens": "22:00", "closes": "06:00",
}  # fmt: skip
LISTS = {"themes": ["small_arms"], "languages": ["es"], "days": ["1", "7"]}


@pytest.fixture
def scene(database: str) -> Scene:
    """Three organisations."""
    return build()


def _answers(one: Contact, at: dt.datetime) -> bool:
    """The rule in words: the hours begin on one of the days, and may end on the next one."""
    local = at.astimezone(ZoneInfo(one.zone))
    for back in (0, 1):
        day = local.date() - dt.timedelta(days=back)
        if day.isoweekday() not in one.days:
            continue
        begins = dt.datetime.combine(day, one.opens)
        ends = dt.datetime.combine(day, one.closes)
        if one.closes <= one.opens:
            ends += dt.timedelta(days=1)
        if begins <= local.replace(tzinfo=None) < ends:
            return True
    return False


def test_who_answers_now_in_spanish_for_small_arms(scene: Scene) -> None:
    """One search, at 200 drawn times, equals the rule in words; another organisation reads the result."""
    drawn = random.Random(4)
    zones = ("Africa/Dakar", "Asia/Kolkata", "America/Lima", "Pacific/Auckland", "UTC")
    for number in range(30):
        home = drawn.choice(list(scene.homes))
        fill(
            scene.homes[home], scene.people[f"{home}.contact"], name=f"C{number}", zone=drawn.choice(zones),
            days=sorted(drawn.sample(range(1, 8), 3)), opens=dt.time(drawn.randrange(24), 30),
            closes=dt.time(drawn.randrange(24), 15), languages=drawn.choice((["es"], ["en", "es"], ["fr"])),
            themes=drawn.choice((["small_arms"], ["cash"], ["cash", "small_arms"])),
        )  # fmt: skip
    begin = dt.datetime(2026, 11, 1, tzinfo=dt.UTC)
    with scene.by("cc.post"):
        everybody = list(Contact.objects.all())
        assert len(everybody) == 30
        for _ in range(200):
            at = begin + dt.timedelta(minutes=drawn.randrange(30 * 24 * 60))
            found = selectors.found(Search("small_arms", "es", now=True), at)
            expected = {
                one.pk for one in everybody
                if {"es"} <= set(one.languages) and "small_arms" in one.themes and _answers(one, at)
            }  # fmt: skip
            assert {one.pk for one in found} == expected, at
    client = scene.client("cc.post")
    page = client.post("/contacts/", {"theme": "small_arms", "language": "es", "now": "yes"})
    assert page.status_code == 200
    # The name of a person is never in a web address.
    found = client.post("/contacts/", {"text": "C7"}).content.decode()
    assert (found.count('scope="row"'), "?text" in found, 'method="get"' in found) == (
        1,
        False,
        False,
    )
    assert client.get("/contacts/?text=C7").content.decode().count('scope="row"') == 30


def test_each_organisation_keeps_its_own_entries(scene: Scene) -> None:
    """Contact points and coordinators write; nobody writes for another organisation, also not by SQL."""
    with scene.by("bb.contact") as user:
        made = actions.save(user, None, GIVEN, LISTS)
    with scene.by("bb.post") as user, pytest.raises(PermissionDenied):
        actions.save(user, made.pk, GIVEN, LISTS)
    with scene.by("aa.coordinator") as user:
        for act in (actions.confirm, actions.remove):
            with pytest.raises(actions.Refused, match="stale"):
                act(user, made.pk)
        assert not Contact.objects.filter(pk=made.pk).update(channel="elsewhere")
        with connection.cursor() as cursor:
            cursor.execute("DELETE FROM cooperation_contact")
            assert cursor.rowcount == 0
    with pytest.raises(DatabaseError), acting(scene.people["bb.post"]), transaction.atomic():
        Contact.objects.create(
            organisation_id=scene.homes["bb"].pk, kind="desk", name="X", organisation_name="X",
            themes=["cash"], languages=["en"], zone="UTC", days=[1], opens=dt.time(1),
            closes=dt.time(2), channel="x",
            by_id=scene.people["bb.post"].pk, confirmed_at=dt.datetime.now(dt.UTC),
        )  # fmt: skip
    for zone in ("localtime", "Mars"):
        with pytest.raises(DatabaseError), scene.by("bb.contact"), transaction.atomic():
            Contact.objects.filter(pk=made.pk).update(zone=zone)
    for name, value in (
        ("zone", "Mars"),
        ("zone", "localtime"),
        ("zone", "\0"),
        ("opens", "late"),
        ("name", " "),
        ("kind", "boss"),
    ):
        with scene.by("bb.contact") as user, pytest.raises(actions.Refused):
            actions.save(user, made.pk, GIVEN | {name: value}, LISTS)
    client, path = scene.client("bb.contact"), f"/contacts/{made.pk}/"
    answer = client.post(path, GIVEN | LISTS | {"zone": "Mars"})
    assert answer.status_code == 422
    assert "desk@bb.example" in answer.content.decode()
    # The refusal names the field: a form has three lists of boxes.
    for name, label in (("days", "Days"), ("themes", "Themes"), ("channel", "How to reach")):
        page = client.post(path, {key: v for key, v in (GIVEN | LISTS).items() if key != name})
        assert f"<b>{label}" in page.content.decode()
    assert client.post(path, GIVEN | LISTS | {"channel": "new@bb.example"}).status_code == 302
    assert "new@bb.example" in scene.client("cc.post").get("/contacts/").content.decode()
    assert client.post(path, {"do": "remove"}).status_code == 302
    assert client.get(path).status_code == 404


def test_after_six_months_the_keeper_is_asked_once_and_the_entry_is_marked(
    scene: Scene, database: str
) -> None:
    """Asked once for each confirmation; the mark goes with the confirmation."""
    old = fill(scene.homes["bb"], scene.people["bb.contact"], age=184)
    fill(scene.homes["bb"], scene.people["bb.contact"], age=182)
    at = dt.datetime.now(dt.UTC)
    with psycopg.connect(database, autocommit=True) as worker:
        assert actions.ask_again(worker, at) == 1
        assert actions.ask_again(worker, at) == 0
    notice = Notice.objects.using("intake").get(ref__startswith="contact:")
    assert notice.user_id == scene.people["bb.contact"].pk
    mark = "not confirmed for six months"
    assert scene.client("cc.post").get("/contacts/").content.decode().count(mark) == 1
    assert scene.client("bb.contact").get("/notifications/").status_code == 200
    assert (
        scene.client("bb.contact").post(f"/contacts/{old}/", {"do": "confirm"}).status_code == 302
    )
    assert mark not in scene.client("cc.post").get("/contacts/").content.decode()
