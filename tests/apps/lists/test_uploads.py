"""Large files of lists: a worker reads them in a stream and stores approved lists, and the pages show it."""

from __future__ import annotations

import gzip
import os
from collections.abc import Iterator
from types import SimpleNamespace

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import transaction
from django.test import Client
from tests.apps.lists.conftest import scope

from vedette.apps import processes
from vedette.apps.accounts.models import Act, User
from vedette.apps.accounts.rules import set_scope
from vedette.apps.approvals.actions import decide
from vedette.apps.desk import work
from vedette.apps.lists import actions, drafts
from vedette.apps.lists.models import DraftEntry, ListDraft, ListEntry, ListVersion
from vedette.commands.environment import keys

HEAD = "ref,kind,surname,given_names,passport\n"
TERMS = {
    "name": "Large", "purpose": "border", "basis": "decree 1", "owner": "Awa", "weight": 70,
    "expires_on": None, "themes": ["passengers"],
}  # fmt: skip


def rows(count: int) -> bytes:
    """A list whose every third row is broken."""
    good = "A-{0},person,ZIVODRAGIC,Dorde {0},P{0:07}\n"
    bad = ",person,NOBODY {0},,\n"
    return (HEAD + "".join((bad if n % 3 == 0 else good).format(n) for n in range(count))).encode()


@pytest.fixture
def worker(database: str) -> Iterator[work.Worker]:
    """A worker of the intake role."""
    made = work.Worker(os.environ["DATABASE_URL_INTAKE"], keys())
    yield made
    made.connection.close()


@pytest.fixture
def small(monkeypatch: pytest.MonkeyPatch) -> None:
    """A hundred bytes are a large file."""
    monkeypatch.setattr(actions, "AT_ONCE", 100)


def upload(house: SimpleNamespace, data: bytes) -> ListDraft:
    """A draft of the list manager."""
    with scope(house):
        made = actions.make_draft(house.list_manager, {"list.csv": data})
    return ListDraft.objects.using("intake").get(pk=made.pk)


def client_of(house: SimpleNamespace) -> Client:
    """The browser of the list manager."""
    client = Client()
    client.force_login(type(house.list_manager).objects.get(pk=house.list_manager.pk))
    return client


def test_the_good_part_of_a_broken_list_is_kept_and_problems_are_counted(
    house: SimpleNamespace, worker: work.Worker, small: None
) -> None:
    """The first thousand problems are listed, the others are counted; the file is not kept."""
    draft = upload(house, rows(4500))
    assert draft.head is None
    assert draft.upload
    assert b"ZIVODRAGIC" not in bytes(draft.upload)
    client = client_of(house)
    page = f"/watchlists/import/{draft.pk}/"
    assert client.get(page).status_code == 404
    waiting = client.get(f"{page}reading/", headers={"Accept-Language": "en"})
    assert "The files are waiting. A worker will read the files." in waiting.content.decode()
    # `drain` waits for the process that reads the file.
    worker.drain()
    draft = ListDraft.objects.using("intake").get(pk=draft.pk)
    head = actions.head(draft)
    assert (head.entries, head.problem_count, len(head.problems)) == (3000, 1500, 1001)
    assert head.problems[-1].message == "500 further problems are not stored"
    assert draft.upload is None
    done = client.get(f"{page}reading/", headers={"HX-Request": "true"})
    assert done["HX-Redirect"] == page
    assert client.get(page).status_code == 200
    with scope(house):
        actions.set_terms(draft, TERMS)
    assert client.get(f"{page}check/").status_code == 200
    with scope(house):
        actions.apply_draft(draft, house.list_manager)
    version = ListVersion.objects.using("intake").get()
    assert (version.entry_count, version.added, len(version.problems)) == (3000, 3000, 1001)
    assert ListEntry.objects.using("intake").filter(until=None).count() == 3000
    assert not DraftEntry.objects.using("intake").exists()


def test_a_large_file_that_is_no_list_is_refused_with_the_remedy(
    house: SimpleNamespace, worker: work.Worker, small: None
) -> None:
    """The page of progress shows why, and leads back to the first step."""
    draft = upload(house, b"no list " * 100)
    drafts.work(house.organisation.pk, draft.pk)
    answer = client_of(house).get(
        f"/watchlists/import/{draft.pk}/reading/", headers={"Accept-Language": "en"}
    )
    assert "Nothing could be read" in answer.content.decode()
    assert ListDraft.objects.using("intake").get().upload is None
    assert not worker.drafts.look()


def test_files_whose_readers_ended_twice_are_refused(
    house: SimpleNamespace, worker: work.Worker, small: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A file that exhausts the memory is not read for ever, and leaves no entries."""

    def killed(draft: ListDraft, files: dict[str, bytes], using: str) -> None:
        fill(draft, files, using)
        raise KeyboardInterrupt

    draft = upload(house, rows(30))
    fill = actions.fill
    monkeypatch.setattr(actions, "fill", killed)
    for _ in range(drafts.MOST_ATTEMPTS):
        ListDraft.objects.using("intake").update(head=None, upload=draft.upload)
        with pytest.raises(KeyboardInterrupt):
            drafts.work(house.organisation.pk, draft.pk)
    ListDraft.objects.using("intake").update(head=None, upload=draft.upload)
    drafts.work(house.organisation.pk, draft.pk)
    assert "too much memory" in ListDraft.objects.using("intake").get().refusal
    assert not DraftEntry.objects.using("intake").exists()


@pytest.mark.parametrize(("name", "seconds"), [("PROCESSOR_S", 1), ("CLOCK_S", 0.3)])
def test_a_file_that_takes_too_long_is_refused(
    house: SimpleNamespace,
    worker: work.Worker,
    small: None,
    monkeypatch: pytest.MonkeyPatch,
    name: str,
    seconds: float,
) -> None:
    """The kernel ends the process at its limit of processor time or of wall-clock time, once; the page shows
    the remedy."""
    monkeypatch.setattr(processes, name, seconds)
    draft = upload(house, rows(200_000))
    worker.drain()
    draft = ListDraft.objects.using("intake").get(pk=draft.pk)
    assert (draft.refusal, draft.upload) == ("the files take too long; split the list", None)
    assert not DraftEntry.objects.using("intake").exists()
    answer = client_of(house).get(
        f"/watchlists/import/{draft.pk}/reading/", headers={"Accept-Language": "en"}
    )
    assert "The processing of the files was stopped" in answer.content.decode()


def test_another_user_does_not_see_the_upload(house: SimpleNamespace, small: None) -> None:
    """Neither its progress nor its result."""
    draft = upload(house, rows(30))
    client = Client()
    client.force_login(type(house.supervisor).objects.get(pk=house.supervisor.pk))
    assert client.get(f"/watchlists/import/{draft.pk}/reading/").status_code in (403, 404)


def approve(house: SimpleNamespace, data: bytes) -> None:
    """The list manager asks for the import, and the supervisor approves it."""
    with scope(house):
        draft = actions.make_draft(house.list_manager, {"list.csv": data})
        actions.set_terms(draft, TERMS)
        why = "the publisher has changed the list"
        approval = actions.ask_to_apply(draft, house.list_manager, why)
        decide(house.supervisor, approval.pk, True)


def test_a_worker_stores_large_approved_lists_in_the_order_of_their_approvals(
    house: SimpleNamespace, worker: work.Worker, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A request would take too long; the page says that the list is being stored."""
    monkeypatch.setattr(actions, "IN_REQUEST", 10)
    approve(house, rows(90))
    approve(house, rows(9))
    assert not ListVersion.objects.using("intake").exists()
    page = client_of(house).get("/watchlists/", headers={"Accept-Language": "en"}).content.decode()
    assert page.count("is being stored") == 2
    worker.drain()
    versions = ListVersion.objects.using("intake").order_by("number")
    assert [(v.entry_count, v.imported_by_id) for v in versions] == [
        (60, house.list_manager.pk), (6, house.list_manager.pk),
    ]  # fmt: skip
    assert ListEntry.objects.using("intake").filter(until=None, asked=True).count() == 6
    assert not ListDraft.objects.using("intake").exists()
    acts = Act.objects.using("intake").filter(act="list.import")
    assert {act.user_id for act in acts} == {house.list_manager.pk}


def test_a_list_whose_user_lost_the_right_is_not_stored(
    house: SimpleNamespace, worker: work.Worker, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The right is checked again when the worker stores the list, and the page says why it is not stored."""
    monkeypatch.setattr(actions, "IN_REQUEST", 10)
    approve(house, rows(90))
    type(house.list_manager).objects.using("intake").filter(pk=house.list_manager.pk).update(
        role="officer"
    )
    worker.drain()
    assert not ListVersion.objects.using("intake").exists()
    assert not DraftEntry.objects.using("intake").exists()
    client = Client()
    client.force_login(type(house.supervisor).objects.get(pk=house.supervisor.pk))
    page = client.get("/watchlists/", headers={"Accept-Language": "en"}).content.decode()
    assert "is no longer allowed to import lists" in page


def test_a_reader_without_the_purpose_does_not_see_what_is_being_stored(
    house: SimpleNamespace, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Not even the name of the list."""
    monkeypatch.setattr(actions, "IN_REQUEST", 10)
    approve(house, rows(90))
    users = type(house.list_manager).objects.using("intake")
    users.filter(pk=house.list_manager.pk).update(purposes=["terrorism"])
    page = client_of(house).get("/watchlists/", headers={"Accept-Language": "en"}).content.decode()
    assert "is being stored" not in page


def test_a_worker_whose_process_fails_does_other_work(
    house: SimpleNamespace, worker: work.Worker, small: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A process that cannot start is not started again at once."""
    upload(house, rows(30))
    monkeypatch.setenv("DJANGO_SETTINGS_MODULE", "no.such.module")
    worker.drain()
    assert not worker.drafts.look()
    assert ListDraft.objects.using("intake").get().head is None


def test_a_packed_file_is_never_read_in_a_request(
    house: SimpleNamespace, worker: work.Worker
) -> None:
    """A packed file of 300 kB can have 256 MB: a request would need minutes."""
    draft = upload(house, gzip.compress(rows(30)))
    assert draft.head is None
    worker.drain()
    assert actions.head(ListDraft.objects.using("intake").get(pk=draft.pk)).entries == 20


def test_nobody_takes_over_a_list_of_a_purpose_of_others(
    house: SimpleNamespace, worker: work.Worker, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Two users without the purpose of a list import another one under its name: the worker, who sees every
    list, keeps it as it is."""
    with scope(house):
        draft = actions.make_draft(house.list_manager, {"list.csv": rows(9)})
        actions.set_terms(draft, {**TERMS, "purpose": "terrorism"})
        actions.apply_draft(draft, house.list_manager)
    for user in (house.list_manager, house.supervisor):
        user.purposes = ["border"]
        user.save(using="intake", update_fields=["purposes"])
    monkeypatch.setattr(actions, "IN_REQUEST", 10)
    approve(house, rows(90))
    worker.drain()
    [version] = ListVersion.objects.using("intake").select_related("watchlist")
    assert (version.number, version.watchlist.purpose) == (1, "terrorism")
    assert ListEntry.objects.using("intake").filter(until=None).count() == 6


def test_a_second_person_without_the_purpose_does_not_see_the_entries(
    house: SimpleNamespace,
) -> None:
    """The page of a submitted import is that of its approval."""
    with scope(house):
        draft = actions.make_draft(house.list_manager, {"list.csv": rows(9)})
        actions.set_terms(draft, TERMS)
        why = "the publisher has changed the list"
        actions.ask_to_apply(draft, house.list_manager, why)
    client = Client()
    client.force_login(type(house.supervisor).objects.get(pk=house.supervisor.pk))
    page = f"/watchlists/import/{draft.pk}/asked/"
    assert client.get(page).status_code == 200
    users = type(house.supervisor).objects.using("intake")
    users.filter(pk=house.supervisor.pk).update(purposes=["terrorism"])
    assert client.get(page).status_code == 404


def of_purposes(user: User, *purposes: str) -> User:
    """The user, who from now on has only these purposes."""
    user.purposes = list(purposes)
    user.save(using="intake", update_fields=["purposes"])
    return user


def seen(by: User) -> tuple[int, int]:
    """The numbers of drafts and of their entries that the database shows this reader."""
    with transaction.atomic():
        set_scope(by)
        return ListDraft.objects.count(), DraftEntry.objects.count()


def test_the_database_hides_a_draft_of_another_purpose(house: SimpleNamespace) -> None:
    """Whatever a page asks for. Before its purpose is stated, a draft is its author's."""
    manager = of_purposes(house.list_manager, "border", "terrorism")
    other = of_purposes(house.supervisor, "terrorism")
    with transaction.atomic():
        set_scope(manager)
        draft = actions.make_draft(manager, {"list.csv": rows(9)})
    assert (seen(manager), seen(other)) == ((1, 6), (0, 0))
    with transaction.atomic():
        set_scope(manager)
        actions.set_terms(draft, TERMS)
    assert (seen(manager), seen(other)) == ((1, 6), (0, 0))
    assert seen(of_purposes(manager, "terrorism")) == (0, 0)
    assert seen(of_purposes(other, "border")) == (1, 6)


def test_a_purpose_of_others_is_refused_in_step_2(house: SimpleNamespace) -> None:
    """The page says so, and keeps the input."""
    client = client_of(house)
    of_purposes(house.list_manager, "terrorism")
    data = {"lists": SimpleUploadedFile("list.csv", rows(9))}
    page = client.post("/watchlists/import/", data)["Location"]
    terms = {**TERMS, "expires_on": ""}
    english = {"Accept-Language": "en"}
    answer = client.post(page, terms, headers=english)
    assert answer.status_code == 422
    assert "You are not allowed to use this purpose." in answer.content.decode()
    assert ListDraft.objects.using("intake").get().terms == {}
    assert client.post(page, {**terms, "purpose": "terrorism"}).status_code == 302
