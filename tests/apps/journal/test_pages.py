"""The page of the journal: filters, pages, the export; words stay closed, and reading is an act."""

from __future__ import annotations

import csv
import io
import uuid
from typing import Any

import pytest
from django.test import Client
from tests.apps.journal.scene import Journal, signed_in

from vedette.apps.accounts import acts
from vedette.apps.accounts.models import Act, Approval, User


@pytest.fixture
def auditor(journal: Journal) -> Client:
    """Somebody who may read the journal, signed in."""
    user = User(username="auditor", role="auditor", organisation=journal.world.organisation)
    user.save(using="intake")
    return signed_in(user)


def test_acts_are_filtered_and_words_stay_closed(journal: Journal, auditor: Client) -> None:
    """By who, what, day and subject; what was searched for is told to be sealed, and stays so."""
    officer, subject = journal.world.officer, uuid.uuid4()
    acts.write(officer, "record.search", subject, words={"name": "ZIVODRAGIC"}, found=1)
    page = auditor.get("/journal/").content.decode()
    assert "records searched" in page
    assert "ZIVODRAGIC" not in page
    assert "encrypted" in page
    assert "not in the hash chain yet" in page
    for query, there in (
        (f"subject={subject}", True), (f"subject={uuid.uuid4()}", False), ("user=officer", True),
        ("user=nobody", False), ("what=record.search", True), ("what=hit.see", False),
        ("day=2001-01-01", False), ("day=%00", True), ("before=9999999999999999999999", True),
    ):  # fmt: skip
        answer = auditor.get(f"/journal/?{query}")
        assert answer.status_code == 200
        assert (f">{subject}<" in answer.content.decode()) == there, query


def test_details_are_told_in_the_readers_language(journal: Journal, auditor: Client) -> None:
    """Counts and codes of an act have words; a key without words is shown as it is."""
    acts.write(
        journal.world.officer, "list.import", purpose="border", added=6, by=["name", "document"],
        duplicate=False, rare_key=3,
    )  # fmt: skip
    english = auditor.get("/journal/?what=list.import").context["acts"][0]["detail"]
    french = auditor.get("/journal/?what=list.import", headers={"accept-language": "fr"})
    for part in (
        "added 6", "by name, document", "already known no", "rare_key 3",
        "purpose Border and customs control",
    ):  # fmt: skip
        assert part in english
    assert "Contrôle aux frontières et contrôle douanier" in french.context["acts"][0]["detail"]


def test_reading_the_journal_is_an_act(journal: Journal, auditor: Client) -> None:
    """Who watches is watched: pages and exports of the journal are on it."""
    auditor.get("/journal/")
    auditor.get("/journal/settings/")
    auditor.get("/journal/acts.csv")
    found = Act.objects.using("intake").filter(user__username="auditor").order_by("pk")
    assert list(found.values_list("act", flat=True)) == [
        "journal.see", "journal.see", "journal.export",
    ]  # fmt: skip


def test_pages_follow_by_number_without_gap(journal: Journal, auditor: Client) -> None:
    """The next page begins where this one ends, whatever is written meanwhile."""
    for number in range(130):
        acts.write(journal.world.officer, "hit.see", uuid.uuid4(), n=number)
    first = auditor.get("/journal/?what=hit.see").context
    acts.write(journal.world.officer, "hit.see", uuid.uuid4(), n=1000)
    second = auditor.get(f"/journal/?what=hit.see&before={first['following']}").context
    told = [row["act"].detail["n"] for page in (first, second) for row in page["acts"]]
    assert told == list(range(129, -1, -1))
    assert second["following"] is None


def test_the_export_runs_nothing(journal: Journal, auditor: Client) -> None:
    """A sign-in name that begins a formula is text in the file; words are not in it."""
    evil = User.objects.using("intake").get(username="officer2")
    User.objects.using("intake").filter(pk=evil.pk).update(username="=cmd|' /C calc'!A0")
    acts.write(evil, "record.search", words={"name": "ZIVODRAGIC"})
    answer = auditor.get("/journal/acts.csv?what=record.search")
    text = answer.content.decode("utf-8-sig")
    assert "ZIVODRAGIC" not in text
    rows = list(csv.DictReader(io.StringIO(text)))
    assert rows[0]["user"].startswith("'=cmd")
    assert rows[0]["words"] == "sealed"


def test_many_acts_leave_with_a_second_person(
    journal: Journal, auditor: Client, settings: Any
) -> None:
    """As other exports do: one person alone does not carry the journal away."""
    address = "/journal/acts.csv?what=hit"
    settings.EXPORT_ROWS = 1
    acts.write(journal.world.officer, "hit.see", uuid.uuid4())
    refused = auditor.get(address)
    assert refused.status_code == 403
    sent = {name: refused.context["form"][name].value() for name in ("subject", "rows")}
    given = {**sent, "purpose": "border", "why": "The court asked for the acts of November."}
    assert auditor.post("/approvals/export/", given).status_code == 302
    assert auditor.get(address).status_code == 403
    approval = Approval.objects.using("intake").get()
    supervisor = signed_in(journal.world.users["supervisor"])
    assert "the journal" in supervisor.get(f"/approvals/{approval.pk}/").content.decode()
    supervisor.post(f"/approvals/{approval.pk}/", {"decide": "allow"})
    assert auditor.get(address).status_code == 200
    assert supervisor.get(address).status_code == 403


def test_settings_show_what_was_and_became(journal: Journal, auditor: Client) -> None:
    """A new role of a colleague stands there with the old one; of another organisation, nothing."""
    officer = journal.world.officer
    with journal.world.seen_by(journal.world.users["administrator"]):
        User.objects.filter(pk=officer.pk).update(role="supervisor")
    page = auditor.get("/journal/settings/").content.decode()
    assert "officer → <b>supervisor</b>" in page
    assert "S. Kane" in page
    assert "argon2" not in page


@pytest.mark.parametrize("path", ["/journal/", "/journal/settings/", "/journal/acts.csv"])
def test_an_officer_does_not_read_the_journal(journal: Journal, path: str) -> None:
    """The right is that of those who watch."""
    assert signed_in(journal.world.officer).get(path).status_code == 403
