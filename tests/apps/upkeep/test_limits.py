"""How often is too often: counted over all processes, told with how long to wait."""

from __future__ import annotations

import multiprocessing
import uuid

import psycopg
import pytest
from tests.api.conftest import api  # noqa: F401  the fixture

from vedette.apps.upkeep.rates import LIMITS, WHO, Limit, read_limits


def test_limits_are_told_and_changed_by_a_setting():
    """`VEDETTE_RATES` changes one kind and leaves the rest; 0 switches one off."""
    assert set(LIMITS) == set(WHO)
    changed = read_limits("api=1200/60, upload=0/1", LIMITS)
    assert changed["api"] == Limit(1200, 60)
    assert changed["search"] == LIMITS["search"]


@pytest.mark.parametrize("text", ["nothing=1/60", "api=fast", "api=1/0", "api=-1/60", "api"])
def test_a_wrong_setting_stops_the_start(text):
    """A typing error must not switch a limit off unnoticed."""
    with pytest.raises(ValueError, match="VEDETTE_RATES"):
        read_limits(text, LIMITS)


@pytest.mark.usefixtures("database")
def test_a_burst_and_no_more(settings):
    """Five at once, the sixth waits; another caller and another kind do not."""
    from vedette.apps.upkeep.rates import take

    settings.RATES = {**LIMITS, "api": Limit(5, 50), "search": Limit(1, 60)}
    assert [take("api", "a") for _ in range(5)] == [0] * 5
    assert 1 <= take("api", "a") <= 10
    assert take("api", "b") == take("search", "a") == 0
    assert take("search", "a") > 50
    settings.RATES = {**LIMITS, "api": Limit(0, 60)}
    assert take("api", "a") == 0


def _take(environment: dict[str, str], times: int) -> int:
    """How many of `times` go through, in a process of its own."""
    import os

    os.environ.update(environment)
    import django

    django.setup()
    from django.test import override_settings

    from vedette.apps.upkeep.rates import take

    with override_settings(RATES={**LIMITS, "api": Limit(20, 3600)}):
        return sum(take("api", "shared") == 0 for _ in range(times))


@pytest.mark.usefixtures("database")
def test_processes_share_one_count():
    """Three processes of the web server together let through what one would."""
    import os

    from django.conf import settings

    parts = settings.DATABASES["default"]
    url = f"postgresql:///{parts['NAME']}?host={parts['HOST']}&port={parts['PORT']}&user={parts['USER']}"
    environment = {**os.environ, "DATABASE_URL": url}
    with multiprocessing.get_context("spawn").Pool(3) as pool:
        through = pool.starmap(_take, [(environment, 15)] * 3)
    assert sum(through) == 20


def test_no_address_is_kept(database, settings):
    """The row holds a keyed hash: who was fast is not written down."""
    from vedette.apps.upkeep.rates import take

    take("sign_in", "192.0.2.17")
    with psycopg.connect(database) as connection:
        [(key,)] = connection.execute("SELECT key FROM upkeep_rate").fetchall()
    assert len(key) == 16
    assert b"192" not in key


def test_the_api_answers_429(api, settings):  # noqa: F811
    """`Retry-After`, a sentence, and an act that names nobody."""
    from vedette.apps.accounts.models import Act

    settings.RATES = {**LIMITS, "api": Limit(2, 60)}
    answers = [api.officer.get("/watchlists") for _ in range(4)]
    assert [a.status_code for a in answers] == [200, 200, 429, 429]
    assert int(answers[2]["Retry-After"]) >= 1
    assert "wait" in answers[2].json()["detail"]
    assert api.supervisor.get("/watchlists").status_code == 200
    assert Act.objects.using("intake").filter(act="rate.exceeded", user=None).count() == 1


@pytest.mark.parametrize(
    ("kind", "method", "path"),
    [
        ("upload", "POST", "/api/messages"),
        ("search", "POST", "/api/screen"),
        ("address", "GET", "/api/queue"),
    ],
)
def test_each_kind_has_its_limit(api, settings, kind, method, path):  # noqa: F811
    """Uploads, searches, and an address that tries tokens."""
    settings.RATES = {**LIMITS, kind: Limit(1, 60)}
    client = api.administrator if kind == "upload" else api.officer
    again = [
        client.http.generic(method, path, b"{}", headers=client.headers).status_code
        for _ in range(2)
    ]
    assert again[0] != 429
    assert again[1] == 429


def test_the_filter_of_a_flights_list_is_limited_as_a_search(rf):
    """Paging through a list is not; looking for people in it is."""
    from django.contrib.auth import SESSION_KEY

    from vedette.web.middleware import asked

    path = f"/flights/{uuid.uuid4()}/"
    found = []
    for request in (
        rf.post(path, {"text": "x"}, content_type="application/x-www-form-urlencoded"),
        rf.get(path + "?page=2"),
    ):
        request.session = {SESSION_KEY: "somebody"}
        found.append(asked(request))
    assert found == [[("search", "somebody")], []]


def test_searches_of_firearms_and_the_treaty_report_are_limited(rf):
    """A search by serial number is a search. The report reads all goods items of a year."""
    from django.contrib.auth import SESSION_KEY

    from vedette.web.middleware import asked

    search = rf.post("/firearms/", {"q": "x"}, content_type="application/x-www-form-urlencoded")
    found = []
    for request in (search, rf.get("/goods/treaty/"), rf.get("/goods/treaty/records/")):
        request.session = {SESSION_KEY: "somebody"}
        found.append(asked(request))
    assert found == [[("search", "somebody")], [("export", "somebody")], [("export", "somebody")]]


def test_signing_in_is_limited_by_address(database, settings, client):
    """Many names from one address; another address, told by our own proxy, goes on."""
    settings.RATES = {**LIMITS, "sign_in": Limit(2, 60)}
    tries = [client.post("/login/", {"username": f"u{n}", "password": "x"}) for n in range(3)]
    assert [a.status_code for a in tries][:2] != [429, 429]
    assert tries[2].status_code == 429
    assert tries[2]["Retry-After"]
    elsewhere = client.post("/login/", {}, headers={"X-Forwarded-For": "6.6.6.6, 192.0.2.9"})
    assert elsewhere.status_code != 429


def test_a_stranger_cannot_choose_an_address(database, settings, client):
    """`X-Forwarded-For` counts from our own proxy only."""
    settings.RATES = {**LIMITS, "sign_in": Limit(1, 60)}
    answers = [
        client.post(
            "/login/", {}, headers={"X-Forwarded-For": f"192.0.2.{n}"}, REMOTE_ADDR="198.51.100.7"
        ).status_code
        for n in range(2)
    ]
    assert answers[1] == 429


def test_a_token_is_one_caller_however_it_is_written(rf):
    """`bearer`, `BEARER` … are one scheme: each spelling had a limit of its own."""
    from vedette.web.middleware import asked

    told = {
        dict(asked(rf.get("/api/queue", HTTP_AUTHORIZATION=f"{scheme} vedette_x")))["api"]
        for scheme in ("Bearer", "bearer", "bEARER")
    }
    assert len(told) == 1
