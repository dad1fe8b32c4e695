"""Profiles over the API: what pages show and do, machines may ask and do."""

from __future__ import annotations

import datetime as dt
import uuid

from tests.api.conftest import client_of
from tests.apps.profiles.scene import BROKEN, Scene
from tests.apps.profiles.test_files import GOOD

from vedette.apps.profiles.models import Backtest, Profile, Version
from vedette.profiles import files


def test_profiles_and_versions(full: Scene) -> None:
    """The list by state and words; one with its versions and their readings."""
    officer = client_of(full.world.officer)
    found = officer.get("/profiles").json()
    assert found["total"] == 6
    first = found["profiles"][0]
    assert (first["ref"], first["state"], first["hits"]["hits"]) == ("P-001", "active", 6)
    assert officer.get("/profiles", state="draft").json()["total"] == 3
    assert officer.get("/profiles", q="cash").json()["profiles"][0]["ref"] == "P-002"
    assert officer.get("/profiles", state="x").status_code == 422
    one = officer.get(f"/profiles/{first['id']}").json()
    assert [(v["number"], v["state"]) for v in one["versions"]] == [(2, "asked"), (1, "active")]
    version = officer.get(f"/profiles/versions/{one['versions'][1]['id']}").json()
    assert version["expression"] == BROKEN
    assert version["reading"][0]
    assert officer.get(f"/profiles/{uuid.uuid4()}").status_code == 404


def test_an_expression_is_read(scene: Scene) -> None:
    """Its reading and findings; or the error with its characters and what may have been meant."""
    analyst = client_of(scene.analyst)
    said = analyst.post(
        "/profiles/check", {"expression": "lead_time_h < :h", "parameters": {"h": 48}}
    )
    assert said.json()["ok"], said.content
    wrong = analyst.post("/profiles/check", {"expression": "one_way AND lead_tme_h < 48"}).json()
    assert (wrong["ok"], wrong["reading"]) == (False, [])
    error = wrong["error"]
    assert (error["start"], error["end"], error["suggestion"]) == (12, 22, "lead_time_h")
    found = analyst.post("/profiles/check", {"expression": "age < 25"}).json()["findings"]
    assert "restricted_alone" in {one["id"] for one in found}
    assert (
        client_of(scene.world.officer).post("/profiles/check", {"expression": "x"}).status_code
        == 403
    )


def test_a_backtest_is_asked_read_and_stopped(scene: Scene) -> None:
    """202, then its state; the journeys of its sample are not told here."""
    version = scene.draft("One way")
    analyst = client_of(scene.analyst)
    today = dt.datetime.now(dt.UTC).date().isoformat()
    address = f"/profiles/versions/{version.pk}/backtests"
    asked = analyst.post(address, {"first": today, "last": today})
    assert asked.status_code == 202
    id_ = asked.json()["id"]
    assert analyst.get(f"/profiles/backtests/{id_}").json()["state"] == "waiting"
    assert analyst.post(f"/profiles/backtests/{id_}/cancel").json()["state"] == "cancelled"
    Backtest.objects.using("intake").filter(pk=id_).update(
        state="done", result={"fired": 1, "sample": ["x"]}
    )
    assert analyst.get(f"/profiles/backtests/{id_}").json()["result"] == {"fired": 1}
    assert analyst.post(address, {"first": "2001-01-01", "last": today}).status_code == 422


def test_suspended_at_once(full: Scene) -> None:
    """One call; what it raised stays."""
    profile = full.versions["first"].profile_id
    answer = client_of(full.second).post(f"/profiles/{profile}/suspend")
    assert answer.status_code == 200
    assert Profile.objects.using("intake").get(pk=profile).suspended_at is not None
    assert client_of(full.world.officer).post(f"/profiles/{profile}/suspend").status_code == 403


def test_files_in_and_out(scene: Scene) -> None:
    """A file becomes a draft of the caller's; out again it reads the same."""
    analyst = client_of(scene.analyst)
    made = analyst.post("/profiles/import", {"yaml": GOOD})
    assert made.status_code == 201, made.content
    version = made.json()["version"]
    assert (version["ref"], version["state"]) == ("I-7", "draft")
    out = analyst.get(f"/profiles/versions/{version['id']}/yaml").json()["yaml"]
    assert files.load(out) == files.load(GOOD)
    assert analyst.post("/profiles/import", {"yaml": "id: ["}).status_code == 422
    again = analyst.post("/profiles/import", {"yaml": GOOD})
    assert again.status_code == 422
    assert Version.objects.using("intake").count() == 1


def test_results_of_a_control(full: Scene) -> None:
    """Of a decided hit: recorded, listed, the latest first; 409 where nothing was controlled."""
    from vedette.apps.hits.models import Hit

    officer = client_of(full.world.officer)
    hits = Hit.objects.using("intake")
    decided = hits.filter(state="decided", results__outcome="confirmed").get()
    address = f"/hits/{decided.pk}/results"
    assert officer.post(address, {"outcome": "nothing"}).status_code == 201
    told = officer.get(address).json()["results"]
    assert [one["outcome"] for one in told] == ["nothing", "confirmed"]
    fresh = hits.filter(state="new").first()
    assert officer.post(f"/hits/{fresh.pk}/results", {"outcome": "nothing"}).status_code == 409
    assert officer.post(address, {"outcome": "x"}).status_code == 422
