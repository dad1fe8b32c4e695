"""Large files of lists: a worker reads them in a stream, and the page shows how far it is."""

from __future__ import annotations

import os
from collections.abc import Iterator
from types import SimpleNamespace

import pytest
from django.test import Client
from tests.apps.lists.conftest import scope

from vedette.apps.desk import work
from vedette.apps.lists import actions, uploads
from vedette.apps.lists.models import DraftEntry, ListDraft, ListEntry, ListVersion
from vedette.commands.environment import keys

HEAD = "ref,kind,surname,given_names,passport\n"
TERMS = {
    "name": "Large", "purpose": "border", "basis": "decree 1", "owner": "Awa", "weight": 70,
    "expires_on": None,
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
        return actions.make_draft(house.list_manager, {"list.csv": data})


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
    assert b"ZIVODRAGIC" not in bytes(draft.upload or b"")
    client = client_of(house)
    page = f"/watchlists/import/{draft.pk}/"
    assert client.get(page).status_code == 404
    waiting = client.get(f"{page}reading/", headers={"Accept-Language": "en"})
    assert "The files wait until a worker reads them." in waiting.content.decode()
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
    uploads.read(draft.pk)
    answer = client_of(house).get(
        f"/watchlists/import/{draft.pk}/reading/", headers={"Accept-Language": "en"}
    )
    assert "Nothing could be read" in answer.content.decode()
    assert ListDraft.objects.using("intake").get().upload is None
    assert not worker.uploads.look()


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
    for _ in range(uploads.MOST_ATTEMPTS):
        ListDraft.objects.using("intake").update(head=None, upload=draft.upload)
        with pytest.raises(KeyboardInterrupt):
            uploads.read(draft.pk)
    ListDraft.objects.using("intake").update(head=None, upload=draft.upload)
    uploads.read(draft.pk)
    assert "too much memory" in ListDraft.objects.using("intake").get().refusal
    assert not DraftEntry.objects.using("intake").exists()


def test_another_user_does_not_see_the_upload(house: SimpleNamespace, small: None) -> None:
    """Neither its progress nor its result."""
    draft = upload(house, rows(30))
    client = Client()
    client.force_login(type(house.supervisor).objects.get(pk=house.supervisor.pk))
    assert client.get(f"/watchlists/import/{draft.pk}/reading/").status_code in (403, 404)
