"""The API: tokens, scope, rights, and errors that say what to do."""

from __future__ import annotations

import datetime as dt
from types import SimpleNamespace

import pytest
from tests.api.conftest import Client, client_of
from tests.apps.lists.conftest import CHANGED, LIST, make_house, scope

from vedette.apps.accounts.models import Act, ApiToken
from vedette.apps.lists.actions import import_list


def bring(house: SimpleNamespace, name: str = "L") -> str:
    """A list of this house; its id."""
    files = {"l.csv": LIST.encode()}
    done = import_list(house.organisation, None, name, files, "border", "decree")
    return str(done.version.watchlist_id)


@pytest.mark.parametrize("token", ["", "vedette_wrong", "nonsense " * 500])
def test_without_a_live_token_nothing_is_told(api, token):
    """401 for no token, a wrong one, and garbage."""
    assert Client(token).get("/watchlists").status_code == 401


def test_expired_tokens_and_closed_accounts_are_refused(api):
    """A token ends by its day, and with its user."""
    assert client_of(api.house.officer, days=-1).get("/watchlists").status_code == 401
    type(api.house.officer).objects.using("intake").filter(pk=api.house.officer.pk).update(
        is_active=False
    )
    assert api.officer.get("/watchlists").status_code == 401


def test_a_session_is_no_token(api):
    """The API takes tokens only: a browser's session, which others may ride, opens nothing."""
    from django.test import Client as DjangoClient

    browser = DjangoClient()
    browser.force_login(
        type(api.house.officer).objects.get(pk=api.house.officer.pk),
        backend="django.contrib.auth.backends.ModelBackend",
    )
    assert browser.get("/api/watchlists").status_code == 401


def test_the_use_of_a_token_is_noted(api):
    """Administrators see when a token was last used."""
    api.officer.get("/watchlists")
    token = ApiToken.objects.using("intake").get(user_id=api.house.officer.pk)
    assert token.last_used_at is not None


def test_each_organisation_sees_its_own(api):
    """Row-level security: another organisation's list is not there, not even its existence."""
    ours, theirs = bring(api.house), bring(make_house("Theirs"), "Secret")
    found = api.officer.get("/watchlists").json()["watchlists"]
    assert [one["id"] for one in found] == [ours]
    answer = api.list_manager.send(f"/watchlists/{theirs}/import", _asked(CHANGED))
    assert answer.status_code == 404


def _file(text: str, name: str = "l.csv"):
    from django.core.files.uploadedfile import SimpleUploadedFile

    return SimpleUploadedFile(name, text.encode())


def _asked(text: str, name: str = "l.csv"):
    return {"files": _file(text, name), "why": "The ministry sent a new version today."}


def test_import_of_a_version(api):
    """A list manager's import waits for a second person; an officer's is refused."""
    from vedette.apps.approvals.actions import decide
    from vedette.apps.lists.models import ListVersion

    known = bring(api.house)
    assert api.officer.send(f"/watchlists/{known}/import", _asked(CHANGED)).status_code == 403
    answer = api.list_manager.send(f"/watchlists/{known}/import", _asked(CHANGED))
    assert answer.status_code == 202, answer.content
    assert {k: answer.json()[k] for k in ("state", "entries")} == {"state": "asked", "entries": 3}
    assert ListVersion.objects.using("intake").count() == 1
    with scope(api.house):
        decide(api.house.supervisor, answer.json()["approval"], allow=True)
    version = ListVersion.objects.using("intake").order_by("-number")[0]
    assert (version.number, version.added, version.changed, version.removed) == (2, 1, 1, 1)


def test_an_unknown_list_format_says_what_to_do(api):
    """422 names the file and the remedy."""
    known = bring(api.house)
    answer = api.list_manager.send(f"/watchlists/{known}/import", _asked("x", "a.bin"))
    assert answer.status_code == 422
    assert "a.bin" in answer.json()["detail"]
    assert "template" in answer.json()["detail"]


def test_lookout_is_active_at_once(api):
    """A lookout over the API is what it is on the page: active for 24 hours, journalled."""
    body = {"document": "AB 123", "caller": "Port", "why": "carries undeclared cash today"}
    answer = api.officer.post("/lookouts", body)
    assert answer.status_code == 201, answer.content
    assert answer.json()["who"].endswith("AB123")
    assert api.officer.get("/lookouts").json()["lookouts"][0]["state"] == "active"
    assert Act.objects.using("intake").filter(act="lookout.create").exists()


def test_a_lookout_ends_when_its_author_says(api):
    """Fewer hours than the 24 that hold where nothing is said."""
    body = {"document": "AB 123", "caller": "Port", "why": "carries undeclared cash today"}
    made = api.officer.post("/lookouts", {**body, "hours": 2}).json()
    whole = api.officer.post("/lookouts", body).json()
    lasts = [
        dt.datetime.fromisoformat(x["expires_at"]) - dt.datetime.fromisoformat(x["created_at"])
        for x in (made, whole)
    ]
    assert [round(x / dt.timedelta(hours=1)) for x in lasts] == [2, 24]


@pytest.mark.parametrize(
    "body",
    [
        {"document": "A", "caller": "P", "why": "carries undeclared cash today", "hours": 25},
        {"caller": "Port", "why": "carries undeclared cash today"},
        {"document": "A", "caller": "Port", "why": "short"},
        {"document": "A", "caller": " ", "why": "carries undeclared cash today"},
        {"name": "A", "nationality": "Atlantis", "caller": "P", "why": "carries undeclared cash"},
        {"name": "A\0", "caller": "P", "why": "carries undeclared cash today"},
    ],
)
def test_an_incomplete_lookout_says_what_is_missing(api, body):
    """422 with a sentence, nothing stored."""
    answer = api.officer.post("/lookouts", body)
    assert answer.status_code == 422
    assert answer.json()["detail"]


def test_a_person_is_screened_now(api):
    """Reasons with evidence, and nothing kept but an act without the name."""
    bring(api.house)
    person = {"surname": "Lopes Ferreira", "given_names": "Benedito", "purpose": "border"}
    answer = api.officer.post("/screen", person)
    assert answer.status_code == 200, answer.content
    [reason] = answer.json()["reasons"]
    assert reason["entry"] == "A-2"
    assert reason["evidence"]
    act = Act.objects.using("intake").get(act="person.screen")
    assert "opes" not in str(act.detail)


MESSAGE = (
    "UNB+UNOA:4+XX+YY+261124:1200+1'UNH+1+PAXLST:D:02B:UN:IATA'BGM+745'TDT+20+XX118'"
    "LOC+125+CDG'DTM+189:2611241200:201'LOC+87+DSS'DTM+232:2611241800:201'"
    "NAD+FL+++ROE:JANE'ATT+2++F'DTM+329:790312'DOC+P:110:111+AB1234567'CNT+42:1'UNT+12+1'UNZ+1+1'"
)


def test_messages_are_accepted_known_or_refused(api):
    """POST /messages says of each file what became of it, and why; the id leads to its state."""
    send = api.administrator.send
    first = send("/messages?name=a.edi", MESSAGE.encode(), "application/octet-stream")
    assert first.status_code == 202, first.content
    [file] = first.json()["files"]
    assert file["state"] == "accepted"
    again = send("/messages", MESSAGE.encode(), "application/octet-stream")
    assert again.json()["files"][0]["state"] == "duplicate"
    refused = send("/messages", b"\xff\xd8\xff\xe0", "application/octet-stream").json()["files"][0]
    assert refused["state"] == "refused"
    assert refused["reason"]
    state = api.officer.get(f"/messages/{file['id']}").json()
    assert (state["state"], state["name"]) == ("waiting", "a.edi")


def test_several_files_in_one_form(api):
    """A form may bring many files; each has its own answer."""
    files = {"file": [_file(MESSAGE, "a.edi"), _file("", "empty.edi")]}
    answer = api.administrator.send("/messages", files)
    assert [f["state"] for f in answer.json()["files"]] == ["accepted", "refused"]


def test_only_an_administrator_submits_messages(api):
    """A machine that sends messages has an administrator's token."""
    answer = api.officer.send("/messages", MESSAGE.encode(), "application/octet-stream")
    assert answer.status_code == 403


def test_a_message_too_large_is_refused_unread(api):
    """200 MB: 413 with what to do, before a byte is read."""
    answer = api.administrator.http.generic(
        "POST", "/api/messages", b"x", content_type="application/octet-stream",
        headers=api.administrator.headers, CONTENT_LENGTH=str(200 * 1024 * 1024),
    )  # fmt: skip
    assert answer.status_code == 413
    assert "ingest" in answer.json()["detail"]


def test_a_message_is_tried_and_not_stored(api):
    """POST /parse reads and stores nothing."""
    from vedette.apps.inbox.models import Inbox

    answer = api.officer.send("/parse", MESSAGE.encode(), "application/octet-stream")
    assert answer.status_code == 200, answer.content
    assert answer.json()["messages"][0]["travellers"][0]["surname"] == "ROE"
    assert not Inbox.objects.using("intake").exists()
    assert api.officer.send("/parse", b"", "application/octet-stream").status_code == 422


def test_the_document_and_its_page(api):
    """OpenAPI at /api/openapi.json without a token; the page lists every operation."""
    document = Client("").get("/openapi.json").json()
    assert {"/api/messages", "/api/queue", "/api/hits/{id}/decision"} <= set(document["paths"])
    from vedette.web.api import operations

    assert len(operations()) == sum(len(one) for one in document["paths"].values())


def test_what_breaks_says_so_and_logs_no_person(api, monkeypatch, caplog):
    """500 in JSON; the log holds the type and the place of the error, never its text."""
    from vedette.apps.desk import api as module

    def broken(*args: object) -> None:
        raise RuntimeError("Lopes Ferreira, born 1969-04-02")

    monkeypatch.setattr(module, "screen_person", broken)
    answer = api.officer.post("/screen", {"surname": "Lopes", "purpose": "border"})
    assert (answer.status_code, list(answer.json())) == (500, ["detail"])
    assert "RuntimeError at" in caplog.text
    assert "Lopes" not in caplog.text + answer.content.decode()
