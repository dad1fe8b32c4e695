"""The hits that the import of a list would raise: counted before it, equal to what the import then raises."""

from __future__ import annotations

import datetime as dt
import os
from collections.abc import Iterator
from types import SimpleNamespace
from typing import Any

import msgspec
import psycopg
import pytest
from django.conf import LazySettings
from django.test import Client
from django.utils import timezone
from tests.apps.lists.conftest import make_house, scope
from tests.travellers.app import test_store as told

from vedette.apps import processes
from vedette.apps.desk import expected
from vedette.apps.desk.work import Worker
from vedette.apps.display import level
from vedette.apps.hits.models import Event, Hit, Reason
from vedette.apps.lists import actions, loading, selectors
from vedette.apps.lists.models import ListDraft
from vedette.commands.environment import keys
from vedette.core.parties import Document
from vedette.travellers.records import Traveller

connection, records_as_bytes = told.connection, told.records_as_bytes
HEAD = "ref,kind,surname,given_names,birth_date,nationality,passport\n"
TERMS = {
    "name": "Wanted", "purpose": "border", "basis": "decree 1", "owner": "Awa", "weight": 70,
    "expires_on": None,
}  # fmt: skip
WHY = "the publisher has changed the list"


def _person(number: int, surname: str, given: str, document: str = "") -> Traveller:
    return Traveller(
        surname=surname, given_names=given, reference=str(number), sex="M",
        date_of_birth=dt.date(1970 + number, 3, 12),
        documents=(Document(type="P", number=document or f"ZQ{number}0771", issuer="SRB"),),
    )  # fmt: skip


PEOPLE = [
    _person(1, "ZIVODRAGIC", "DORDE"),
    _person(2, "LOPESFERREIRA", "BENEDITO"),
    _person(3, "NDAWKEBE", "OUMOUL"),
    _person(4, "TCHEKOURA", "ANATOLE", "X7788901"),
    _person(5, "ABDRAKHMAN", "TIMOUR"),
    _person(6, "QUINTANILHA", "EUSEBIO"),
    _person(7, "WOLDEMARIAM", "GEBRE"),
]
#: A traveller of a flight that has not landed.
AHEAD = _person(8, "KVARATSKHELIA", "LEVAN")


def _row(person: Traveller, ref: str = "", nationality: str = "") -> str:
    born = person.date_of_birth
    ref = ref or f"W-{person.reference}"
    return f"{ref},person,{person.surname},{person.given_names},{born},{nationality},\n"


@pytest.fixture
def house(database: str) -> SimpleNamespace:
    """An organisation with stored travellers of one flight."""
    made = make_house()
    with psycopg.connect(os.environ["DATABASE_URL_INTAKE"], autocommit=True) as stored:
        told.receive(stored, made.organisation.pk, told.api(told.NOW, *PEOPLE))
        leaves = dt.datetime.now().replace(microsecond=0) + dt.timedelta(days=2)
        flight = msgspec.structs.replace(
            told.FLIGHT, number="419", departure=leaves, arrival=leaves + dt.timedelta(hours=6)
        )
        ahead = msgspec.structs.replace(told.api(told.NOW, AHEAD, ref="B"), flights=(flight,))
        told.receive(stored, made.organisation.pk, ahead)
    _work()
    return made


@pytest.fixture(autouse=True)
def _own_lists() -> Iterator[None]:
    yield
    loading._held.clear()


def _work() -> None:
    """What a worker does, without the processes of drafts."""
    worker = Worker(os.environ["DATABASE_URL_INTAKE"], keys())
    worker._drain()
    worker.connection.close()


def _import(house: SimpleNamespace, text: str, **terms: Any) -> None:
    files = {"list.csv": (HEAD + text).encode()}
    actions.import_list(house.organisation, None, files=files, **{**TERMS, **terms})
    _work()


def _draft(house: SimpleNamespace, text: str, **terms: Any) -> ListDraft:
    with scope(house):
        draft = actions.make_draft(house.list_manager, {"list.csv": (HEAD + text).encode()})
        actions.set_terms(draft, {**TERMS, **terms})
    return draft


def _expected(house: SimpleNamespace, draft: ListDraft, user: Any = None) -> Any:
    expected.work(house.organisation.pk, draft.pk)
    draft = ListDraft.objects.using("intake").get(pk=draft.pk)
    return selectors.expected(draft, user or house.list_manager)


def _apply(house: SimpleNamespace, draft: ListDraft) -> dict[str, Any]:
    """Imports the list; returns what the import raised: hits opened, hits with one more reason, by level."""
    last = Event.objects.using("intake").order_by("-pk").values_list("pk", flat=True).first() or 0
    with scope(house):
        actions.apply_draft(ListDraft.objects.get(pk=draft.pk), house.list_manager)
    _work()
    events = Event.objects.using("intake").filter(pk__gt=last)
    found = {
        kind: set(events.filter(kind=kind).values_list("hit", flat=True))
        for kind in ("opened", "reason_added", "reopened")
    }
    levels: dict[int, int] = {}
    due = 0
    for hit in Hit.objects.using("intake").filter(pk__in=set().union(*found.values())):
        levels[level(hit.priority)] = levels.get(level(hit.priority), 0) + 1
        due += hit.due_at >= timezone.now()
    more = len(found["reason_added"] | found["reopened"])
    return {
        "new": len(found["opened"]),
        "more": more,
        "due": due,
        "levels": sorted(levels.items(), reverse=True),
    }


def _numbers(found: Any) -> dict[str, Any]:
    return {"new": found.new, "more": found.more, "due": found.due, "levels": found.levels}


def test_the_number_equals_what_the_import_raises(house: SimpleNamespace) -> None:
    """A new list: by name, by document only, beside an open hit, and on a decided hit that is reopened. One
    of these is not past due."""
    _import(house, _row(PEOPLE[1], "O-2") + _row(PEOPLE[2], "O-3"), name="Other", weight=40)
    hits = Hit.objects.using("intake")
    decided = hits.get(reasons__key__endswith=":O-3")
    hits.filter(pk=decided.pk).update(state="decided", decided_at=decided.opened_at)
    Reason.objects.using("intake").filter(hit=decided.pk).update(state="answered", outcome="unsure")
    rows = (
        "".join(map(_row, (*PEOPLE[:3], AHEAD)))
        + "W-9,person,SOMEBODYELSE,KURT,1950-01-01,,SRB:X7788901\n"
    )
    draft = _draft(house, rows)
    before = Hit.objects.using("intake").count()
    found = _expected(house, draft)
    assert not found.found.partial
    assert (found.new, found.more, found.due) == (3, 2, 1)
    assert Hit.objects.using("intake").count() == before, "nothing is stored"
    assert _numbers(found) == _apply(house, draft)


def test_a_new_version_counts_only_what_changes(house: SimpleNamespace) -> None:
    """Unchanged entries, and a changed entry whose reason is open already, raise nothing. A changed entry
    that was answered before is asked again."""
    _import(house, "".join(map(_row, PEOPLE[:3])))
    hits = Hit.objects.using("intake")
    answered = hits.get(reasons__key__endswith=":W-1")
    hits.filter(pk=answered.pk).update(state="decided")
    Reason.objects.using("intake").filter(hit=answered.pk).update(state="answered")
    # Every entry changes; one is new; the last one ends.
    rows = "".join(_row(one, nationality="SRB") for one in (*PEOPLE[:2], PEOPLE[4]))
    rows += _row(PEOPLE[2])
    draft = _draft(house, rows, weight=90)
    found = _expected(house, draft)
    assert found.new == 1
    assert _numbers(found) == _apply(house, draft)
    again = _expected(house, _draft(house, rows, weight=90))
    assert (again.total, again.found.problem) == (0, "")


def test_the_renewal_of_an_expired_list_counts_every_entry(house: SimpleNamespace) -> None:
    """Travellers that arrived after the expiry were not compared with the list."""
    _import(house, _row(PEOPLE[0]), expires_on=dt.date(2020, 1, 1))
    draft = _draft(house, _row(PEOPLE[0]))
    found = _expected(house, draft)
    assert found.new == 1
    assert _numbers(found) == _apply(house, draft)
    late = _expected(house, _draft(house, _row(PEOPLE[1]), expires_on="2020-01-01"))
    assert late.total == 0


def test_a_hit_out_of_sight_is_a_new_hit(house: SimpleNamespace) -> None:
    """A reader without the purpose of another list cannot see from the numbers that its hits exist."""
    _import(house, _row(PEOPLE[0], "T-1"), name="Secret", purpose="terrorism")
    draft = _draft(house, _row(PEOPLE[0]) + _row(PEOPLE[1]))
    found = _expected(house, draft)
    assert (found.new, found.more) == (1, 1)
    house.list_manager.purposes = ["border"]
    blind = selectors.expected(
        ListDraft.objects.using("intake").get(pk=draft.pk), house.list_manager
    )
    assert blind is not None
    assert (blind.new, blind.more) == (2, 0)
    assert blind.levels == [(3, 2)]


def test_a_list_out_of_sight_changes_nothing(house: SimpleNamespace) -> None:
    """A user who takes the name of a list of another purpose does not learn which entries it has."""
    _import(house, _row(PEOPLE[0]), purpose="terrorism")
    users = type(house.list_manager).objects.using("intake")
    users.filter(pk=house.list_manager.pk).update(purposes=["border"])
    house.list_manager.purposes = ["border"]
    assert _expected(house, _draft(house, _row(PEOPLE[0]) + _row(PEOPLE[1]))).new == 2


def test_another_organisation_is_not_counted(
    house: SimpleNamespace, connection: psycopg.Connection[Any]
) -> None:
    """The same travellers of another organisation give no hits."""
    other = make_house("Theirs")
    told.receive(connection, other.organisation.pk, told.api(told.NOW, *PEOPLE))
    _work()
    assert _expected(house, _draft(house, _row(PEOPLE[0]))).new == 1


def test_many_entries_are_counted_in_files(
    house: SimpleNamespace, monkeypatch: pytest.MonkeyPatch, settings: LazySettings, tmp_path: Any
) -> None:
    """The number is the same, and nothing stays in the folder."""
    settings.CACHE = str(tmp_path)
    monkeypatch.setattr(loading, "MOST", 2)
    draft = _draft(house, "".join(map(_row, PEOPLE[:5])))
    assert _expected(house, draft).new == 5
    assert not list(tmp_path.glob("draft-*"))


def test_the_count_ends_after_its_time(
    house: SimpleNamespace, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The number is then a minimum, and the page says so."""
    monkeypatch.setattr(expected, "MOST_S", -1.0)
    draft = _draft(house, _row(PEOPLE[0]))
    found = _expected(house, draft)
    assert (found.total, found.found.partial) == (0, True)
    page = _page(house, draft)
    assert "At least 0 hits" in page
    assert "The count was stopped after 15 minutes." in page


def _page(house: SimpleNamespace, draft: ListDraft, part: str = "check/") -> str:
    client = Client(headers={"accept-language": "en"})
    client.force_login(type(house.list_manager).objects.get(pk=house.list_manager.pk))
    answer = client.get(f"/watchlists/import/{draft.pk}/{part}")
    assert answer.status_code == 200
    return answer.content.decode().strip()


def test_what_cannot_be_counted_is_said(
    house: SimpleNamespace, monkeypatch: pytest.MonkeyPatch
) -> None:
    """An error ends the count and is said; attributes that change begin another count."""

    def broken(*args: object) -> None:
        raise RuntimeError

    draft = _draft(house, _row(PEOPLE[0]))
    assert "The hits are being counted." in _page(house, draft)
    with monkeypatch.context() as patched:
        patched.setattr(expected, "matching", broken)
        assert _expected(house, draft).found.problem == "error"
    page = _page(house, draft)
    assert _page(house, draft, "hits/") in page
    assert "Not counted. The count failed because of an internal error." in page
    with scope(house):
        actions.set_terms(ListDraft.objects.get(pk=draft.pk), {**TERMS, "weight": 20})
    found = _expected(house, draft)
    assert (found.new, found.levels) == (1, [(1, 1)])
    expected.late(house.organisation.pk, draft.pk)
    assert _expected(house, draft).new == 1, "a number that was stored stays"


def test_an_import_has_the_other_drafts_of_the_list_counted_again(house: SimpleNamespace) -> None:
    """What the second version would raise depends on the first."""
    first = _draft(house, _row(PEOPLE[0]))
    with scope(house):
        actions.ask_to_apply(ListDraft.objects.get(pk=first.pk), house.list_manager, WHY)
    second = _draft(house, _row(PEOPLE[0]) + _row(PEOPLE[1]))
    assert _expected(house, second).new == 2
    _apply(house, first)
    assert _expected(house, second).new == 1


def test_workers_count_and_pages_show_the_number(house: SimpleNamespace) -> None:
    """A process of a worker counts; the page of the draft and the approval show number and time, also to the
    second person; others see nothing."""
    draft = _draft(house, "".join(map(_row, PEOPLE[:2])))
    with scope(house):
        actions.ask_to_apply(ListDraft.objects.get(pk=draft.pk), house.list_manager, WHY)
    clients = {}
    for role in ("supervisor", "officer", "list_manager"):
        clients[role] = Client(headers={"accept-language": "en"})
        clients[role].force_login(type(house.officer).objects.get(pk=getattr(house, role).pk))
    part = f"/watchlists/import/{draft.pk}/hits/asked/"
    approvals = clients["supervisor"].get("/approvals/").content.decode()
    assert "Expected hits: being counted" in approvals
    assert "hx-get" in clients["supervisor"].get(part).content.decode()
    worker = Worker(os.environ["DATABASE_URL_INTAKE"], keys())
    worker.drain()
    worker.connection.close()
    for role in ("supervisor", "list_manager"):
        shown = clients[role].get(part).content.decode()
        assert (
            "2 hits: 2 new hits, 0 hits that get one more reason. 0 of them are not past due."
            in shown
        )
        assert "hx-get" not in shown
    assert clients["officer"].get(part).status_code == 403
    page = clients["supervisor"].get(f"/watchlists/import/{draft.pk}/asked/").content.decode()
    assert "2 new hits" in page
    approvals = clients["supervisor"].get("/approvals/").content.decode()
    assert "Expected hits: 2 (new: 2, with one more reason: 0; not past due: 0), as of" in approvals
    users = type(house.supervisor).objects.using("intake")
    users.filter(pk=house.supervisor.pk).update(purposes=["terrorism"])
    assert clients["supervisor"].get(part).status_code == 404


def test_a_count_that_takes_too_long_is_ended(
    house: SimpleNamespace, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The kernel ends the process, and the page says why there is no number."""
    monkeypatch.setattr(processes, "CLOCK_S", 0.2)
    draft = _draft(house, _row(PEOPLE[0]))
    worker = Worker(os.environ["DATABASE_URL_INTAKE"], keys())
    worker.drain()
    worker.connection.close()
    assert "because it takes too long" in _page(house, draft)
