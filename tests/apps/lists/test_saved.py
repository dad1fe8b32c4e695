"""Lists as snapshots: one process builds the saved part, the others map it; changes since are in memory."""

from __future__ import annotations

import datetime as dt
import os
import stat
import uuid
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace

import psycopg
import pytest
from django.conf import LazySettings
from django.db import transaction
from django.utils import timezone
from tests.apps.lists.conftest import make_house, scope
from tests.apps.lists.test_imports import bring
from tests.apps.lists.test_lookouts import enter

from vedette.apps.accounts.rules import set_scope
from vedette.apps.desk import rescreen, work
from vedette.apps.lists import actions, building, loading
from vedette.apps.lists.models import KnowledgeState, ListEntry
from vedette.commands.environment import keys
from vedette.core.errors import ListsNotReady
from vedette.core.parties import Asked, Party
from vedette.screening import saved
from vedette.screening.names.index import NameIndex

HEAD = "ref,kind,surname,given_names,passport\n"
ERIKA = Asked(parties=(Party(names=(("MUSTERFRAU", "ERIKA"),)),))


def people(*refs: int, surname: str = "ZIVODRAGIC") -> str:
    """A list with one person for each number; the document contains it too."""
    return HEAD + "".join(f"A-{n},person,{surname},Dorde{n},P77{n:05}\n" for n in refs)


def holder(number: int) -> Asked:
    """A subject with the document of this person."""
    return Asked(parties=(Party(documents=(f"P77{number:05}",)),))


@pytest.fixture
def cache(settings: LazySettings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder for saved parts; two changes are kept in memory."""
    settings.CACHE = str(tmp_path / "cache")
    monkeypatch.setattr(loading, "LEAST", 2)
    forget()
    return tmp_path / "cache"


@pytest.fixture
def worker(database: str) -> Iterator[work.Worker]:
    """A worker of the intake role."""
    made = work.Worker(os.environ["DATABASE_URL_INTAKE"], keys())
    yield made
    made.connection.close()


def forget() -> None:
    """As another process would begin."""
    loading._held.clear()
    loading._saved.clear()
    loading.wanted.clear()


def build(house: SimpleNamespace, cache: Path) -> str:
    """Saves the lists as the process beside a worker does."""
    with psycopg.connect(os.environ["DATABASE_URL_INTAKE"], autocommit=True) as connection:
        return building.save(connection, house.organisation.pk, str(cache))


def found(house: SimpleNamespace, *asked: Asked) -> list[list[str]]:
    """The refs that a worker finds for these subjects."""
    knowledge = loading.current(house.organisation.pk, "intake")
    return [[reason.params["ref"] for reason in some] for some in knowledge.screen(asked)]


def problem(house: SimpleNamespace) -> str:
    """Why the lists of the organisation are not in force."""
    return KnowledgeState.objects.using("intake").get(pk=house.organisation.pk).problem


def test_the_web_maps_what_a_worker_had_built(
    house: SimpleNamespace, cache: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A web process decodes only what it finds, and builds no index of the saved entries."""
    bring(house, people(*range(9)))
    build(house, cache)
    asked = [Asked(parties=(Party(names=(("ZIVODRAGIC", "DORDE3"),)),)), holder(5)]
    built = loading.current(house.organisation.pk, "intake").screen(asked)
    assert "A-3" in {reason.params["ref"] for reason in built[0]}
    assert [reason.params["ref"] for reason in built[1]] == ["A-5"]
    assert built[0][0].params["list"] == "Test list"
    assert built[0][0].entry in map(
        str, ListEntry.objects.using("intake").values_list("pk", flat=True)
    )
    forget()
    monkeypatch.setattr(NameIndex, "build", None)
    with scope(house):
        assert loading.current(house.organisation.pk).screen(asked) == built


def test_changes_since_are_in_force_without_a_new_part(house: SimpleNamespace, cache: Path) -> None:
    """A changed, an added and a removed entry, and a lookout, beside the saved part."""
    bring(house, people(*range(40)))
    name = build(house, cache)
    assert found(house, holder(5), holder(50)) == [["A-5"], []]
    bring(house, people(*range(39), 50))
    with scope(house):
        enter(house, document="", name="Erika Musterfrau")
    assert found(house, holder(5), holder(39), holder(50)) == [["A-5"], [], ["A-50"]]
    assert len(found(house, ERIKA)[0]) == 1
    assert building.newest(building.folder_of(str(cache), house.organisation.pk)) == name
    assert not loading.wanted


def test_a_large_change_waits_for_its_part_and_the_former_version_stays(
    house: SimpleNamespace, cache: Path, worker: work.Worker
) -> None:
    """The version before screens until the part is built; entries are compared only after that."""
    bring(house, people(*range(9)))
    build(house, cache)
    worker.drain()
    bring(house, people(*range(4), *range(20, 40)))
    assert found(house, holder(3), holder(8), holder(30)) == [["A-3"], ["A-8"], []]
    assert loading.wanted == {house.organisation.pk}
    assert not rescreen.rescreen_waiting(worker.connection, worker.keys)
    assert ListEntry.objects.using("intake").filter(asked=False).count() == 20
    with scope(house):
        enter(house, document="", name="Erika Musterfrau")
    assert len(found(house, ERIKA)[0]) == 1
    # `drain` waits for the process that builds the part.
    worker.drain()
    assert found(house, holder(3), holder(8), holder(30)) == [["A-3"], [], ["A-30"]]
    assert not loading.wanted
    assert not ListEntry.objects.using("intake").filter(asked=False).exists()
    assert not ListEntry.objects.using("intake").filter(withdrawn=False, until=2).exists()


def test_a_part_that_cannot_be_built_leaves_the_former_in_force(
    house: SimpleNamespace, cache: Path, worker: work.Worker
) -> None:
    """A full disk is named on the page of lists; what was in force stays, and files are still read."""
    bring(house, people(*range(9)))
    build(house, cache)
    worker.drain()
    bring(house, people(*range(20, 40)))
    folder = building.folder_of(str(cache), house.organisation.pk)
    name = building.newest(folder)
    aside = folder.rename(folder.with_name("aside"))
    folder.write_text("no folder")
    worker.builder.look({house.organisation.pk}, str(cache))
    worker.builder.wait()
    assert problem(house) == "error"
    folder.unlink()
    aside.rename(folder)
    assert building.newest(folder) == name
    assert found(house, holder(8), holder(30)) == [["A-8"], []]
    assert worker.step() == 0
    worker.builder._later.clear()
    worker.drain()
    assert problem(house) == ""
    assert found(house, holder(8), holder(30)) == [[], ["A-30"]]


def test_lists_that_were_compared_are_never_left_out(
    house: SimpleNamespace, cache: Path, worker: work.Worker
) -> None:
    """If the folder is lost, files wait until the lists are built again."""
    bring(house, people(*range(9)))
    worker.drain()
    forget()
    folder = building.folder_of(str(cache), house.organisation.pk)
    (folder / building.newest(folder) / "ids.npy").write_bytes(b"\x93NUMPY")
    with pytest.raises(ListsNotReady):
        loading.current(house.organisation.pk, "intake")
    worker._load(house.organisation.pk)
    assert worker.unready == {house.organisation.pk}
    assert work.claim(worker.connection, worker.id, worker._now(), worker.unready) == []
    worker.drain()
    assert not worker.unready
    assert found(house, holder(8)) == [["A-8"]]


def test_an_error_in_the_lists_leaves_the_former_in_force(
    house: SimpleNamespace, monkeypatch: pytest.MonkeyPatch
) -> None:
    """An entry that cannot be indexed stops neither the worker nor the other entries."""
    bring(house, people(1))
    assert found(house, holder(1)) == [["A-1"]]
    bring(house, people(1, 2))

    def broken(*_args: object) -> None:
        raise OverflowError

    monkeypatch.setattr(loading.Part, "of", broken)
    assert found(house, holder(1), holder(2)) == [["A-1"], []]
    assert problem(house) == "error"
    forget()
    with pytest.raises(ListsNotReady):
        loading.current(house.organisation.pk, "intake")


def test_a_reader_finds_only_the_lists_of_his_purposes(house: SimpleNamespace, cache: Path) -> None:
    """All readers map the same part; a restricted list is not shown from it."""
    bring(house, people(*range(9)))
    build(house, cache)
    user = house.officer
    user.purposes = ["border"]
    with transaction.atomic():
        set_scope(user)
        assert loading.current(house.organisation.pk, seen_by=user).screen([holder(5)]) == [[]]
    user.purposes = ["terrorism"]
    with transaction.atomic():
        set_scope(user)
        assert loading.current(house.organisation.pk, seen_by=user).screen([holder(5)])[0]


def test_what_is_saved_is_private_and_the_one_before_is_deleted(
    house: SimpleNamespace, cache: Path
) -> None:
    """Names of listed people: 0700 and 0600, and none left of a part that was replaced."""
    bring(house, people(*range(9)))
    before = build(house, cache)
    folder = building.folder_of(str(cache), house.organisation.pk)
    files = list((folder / before).rglob("*"))
    assert {stat.S_IMODE(f.stat().st_mode) for f in files if f.is_file()} == {0o600}
    assert {stat.S_IMODE(f.stat().st_mode) for f in files if f.is_dir()} == {0o700}
    assert {stat.S_IMODE(f.stat().st_mode) for f in (folder, folder.parent)} == {0o700}
    (folder / ".new-left").mkdir()
    after = build(house, cache)
    assert [f.name for f in folder.iterdir()] == [after] != [before]


def test_the_group_of_the_folder_may_read_what_is_saved(
    house: SimpleNamespace, cache: Path
) -> None:
    """Workers and web processes may have users of their own. Nobody else reads; the group writes nothing."""
    cache.mkdir()
    cache.chmod(0o2750)
    bring(house, people(*range(9)))
    name = build(house, cache)
    folder = building.folder_of(str(cache), house.organisation.pk)
    found = [folder.parent, folder, *folder.rglob("*")]
    assert {stat.S_IMODE(f.stat().st_mode) for f in found if f.is_dir()} == {0o2750}
    assert {stat.S_IMODE(f.stat().st_mode) for f in found if f.is_file()} == {0o640}
    assert building.load(folder, name) is not None
    folder.chmod(0o2770)
    assert building.load(folder, name) is None


def test_a_broken_or_open_folder_or_a_part_of_another_database_is_not_used(
    house: SimpleNamespace, cache: Path
) -> None:
    """A damaged file, a folder that others may write to, the part of a database that was replaced."""
    bring(house, people(1))
    name = build(house, cache)
    folder = building.folder_of(str(cache), house.organisation.pk)
    assert building.load(folder, name) is not None
    assert building.load(folder, "other") is None
    folder.chmod(0o755)
    assert building.load(folder, name) is None
    folder.chmod(0o700)
    about = saved.About(
        {str(ListEntry.objects.using("intake").get().watchlist_id): (1, str(uuid.uuid4()))}
    )
    (folder / name / "about.json").write_bytes(saved.msgspec.json.encode(about))
    bring(house, people(1, 2))
    forget()
    assert found(house, holder(1), holder(2)) == [["A-1"], ["A-2"]]
    assert loading.current(house.organisation.pk, "intake").parts[0].shown is None
    (folder / name / "names" / "meta.npy").write_bytes(b"\x93NUMPY")
    assert building.load(folder, name) is None


def test_two_organisations_have_parts_of_their_own(house: SimpleNamespace, cache: Path) -> None:
    """The process saves the entries of one organisation only."""
    other = make_house("Theirs")
    bring(house, people(1, 2, 3))
    bring(other, people(4, 5, 6))
    build(house, cache)
    build(other, cache)
    assert found(house, holder(1), holder(4)) == [["A-1"], []]
    assert found(other, holder(1), holder(4)) == [[], ["A-4"]]


def test_extended_and_ended_lookouts_beside_a_saved_part(
    house: SimpleNamespace, cache: Path
) -> None:
    """Lookouts are never saved, so their time and their end are those of now."""
    bring(house, people(*range(9)))
    with scope(house):
        lookout = enter(house, document="", name="Erika Musterfrau")
    build(house, cache)
    assert len(found(house, ERIKA)[0]) == 1
    with scope(house):
        actions.end_lookout(house.supervisor, lookout)
    assert found(house, ERIKA) == [[]]


def test_a_renewed_list_is_in_force_at_once(house: SimpleNamespace, worker: work.Worker) -> None:
    """The same entries with a later expiry: stored subjects are compared with them again."""
    today = timezone.now().date()

    def store(expires_on: dt.date) -> actions.Imported:
        files = {"list.csv": people(1).encode()}
        return actions.import_list(
            house.organisation, None, "L", files, "border", "decree", expires_on=expires_on
        )

    store(today - dt.timedelta(days=1))
    worker.drain()
    assert found(house, holder(1)) == [[]]
    assert not store(today + dt.timedelta(days=1)).new
    assert found(house, holder(1)) == [["A-1"]]
    assert not ListEntry.objects.using("intake").get().asked
    worker.drain()
    assert ListEntry.objects.using("intake").get().asked


def test_an_error_that_passes_is_forgotten(
    house: SimpleNamespace, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The lists are loaded again a minute later, without a further change."""
    bring(house, people(1))
    assert found(house, holder(1)) == [["A-1"]]
    bring(house, people(1, 2))
    with monkeypatch.context() as during:
        during.setattr(loading.Part, "of", None)
        assert found(house, holder(2)) == [[]]
    assert found(house, holder(2)) == [[]]
    key = (house.organisation.pk, frozenset[str]())
    loading._held[key] = loading._held[key]._replace(again=0)
    assert found(house, holder(2)) == [["A-2"]]
    assert problem(house) == ""


def test_versions_that_were_compared_never_go_back(
    house: SimpleNamespace, worker: work.Worker
) -> None:
    """A worker with an earlier snapshot does not undo what another one stored."""
    bring(house, people(1))
    earlier = loading.current(house.organisation.pk, "intake")
    bring(house, people(1, 2))
    worker.drain()
    rescreen.rescreen(worker.connection, worker.keys, house.organisation.pk, earlier)
    state = KnowledgeState.objects.using("intake").get(pk=house.organisation.pk)
    assert list(state.compared.values()) == [2]


def test_one_process_builds_the_lists_of_an_organisation(
    house: SimpleNamespace, cache: Path, worker: work.Worker
) -> None:
    """Another worker starts none meanwhile, and what was built is not built again."""
    bring(house, people(*range(9)))
    mine = {house.organisation.pk}
    with psycopg.connect(os.environ["DATABASE_URL_INTAKE"], autocommit=True) as other:
        other.execute(building._LOCK, [str(house.organisation.pk)])
        worker.builder.look(mine, str(cache))
        assert worker.builder._running is None
        other.execute(building._UNLOCK, [str(house.organisation.pk)])
    worker.builder.look(mine, str(cache))
    worker.builder.wait()
    worker.builder.look(mine, str(cache))
    assert worker.builder._running is None
