"""Indexes of names on disk: one builds, the others map; private, whole, and gone when they are old."""

from __future__ import annotations

import stat
import uuid
from pathlib import Path
from types import SimpleNamespace

import pytest
from django.conf import LazySettings
from tests.apps.lists.conftest import scope
from tests.apps.lists.test_lookouts import enter

from vedette.apps.lists import loading
from vedette.core.parties import Asked, Party
from vedette.screening.names.index import NameIndex

SUBJECT = Asked(parties=(Party(names=(("MUSTERFRAU", "ERIKA"),)),))


@pytest.fixture
def cache(settings: LazySettings, tmp_path: Path) -> Path:
    """A folder for what is saved."""
    settings.CACHE = str(tmp_path / "cache")
    return tmp_path / "cache"


@pytest.fixture
def listed(house: SimpleNamespace) -> SimpleNamespace:
    """A lookout for somebody by name."""
    with scope(house):
        enter(house, document="", name="Erika Musterfrau")
    return house


def forget() -> None:
    """As another process would begin."""
    loading._held.clear()


def test_the_web_maps_what_a_worker_built(
    listed: SimpleNamespace, cache: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Two copies of the tables, and the minute of a large build, belong to nobody who waits."""
    forget()
    built = loading.current(listed.organisation.pk, "intake").screen([SUBJECT])
    forget()
    monkeypatch.setattr(NameIndex, "build", None)
    with scope(listed):
        assert loading.current(listed.organisation.pk).screen([SUBJECT]) == built
    assert built[0]


def test_without_a_folder_or_a_saved_index_the_web_builds_its_own(
    listed: SimpleNamespace, cache: Path, settings: LazySettings
) -> None:
    """It never writes one: the folder is the workers'."""
    for folder in (str(cache), ""):
        settings.CACHE = folder
        forget()
        with scope(listed):
            assert loading.current(listed.organisation.pk).screen([SUBJECT])[0]
    assert not cache.exists()


def test_what_is_saved_is_private_and_the_one_before_is_deleted(
    listed: SimpleNamespace, cache: Path
) -> None:
    """Names of listed people: 0700 and 0600, and none left of a version that ended."""
    organisation = listed.organisation.pk
    forget()
    loading.current(organisation, "intake")
    folder = cache / "names" / str(organisation)
    [before] = folder.iterdir()
    assert {stat.S_IMODE(f.stat().st_mode) for f in before.iterdir()} == {0o600}
    assert {stat.S_IMODE(f.stat().st_mode) for f in (before, folder, folder.parent)} == {0o700}
    with scope(listed):
        enter(listed, document="", name="Otto Beispiel")
    loading.current(organisation, "intake")
    [after] = folder.iterdir()
    assert after.name != before.name


def test_a_broken_or_open_folder_is_no_index(cache: Path) -> None:
    """A torn file or a folder that others may write to: built instead of trusted."""
    organisation = uuid.uuid4()
    loading.save_index(organisation, "1-a", NameIndex.build([]))
    assert loading.load_index(organisation, "1-a") is not None
    assert loading.load_index(organisation, "1-b") is None
    folder = cache / "names" / str(organisation)
    folder.chmod(0o755)
    assert loading.load_index(organisation, "1-a") is None
    folder.chmod(0o700)
    (folder / "1-a" / "meta.npy").write_bytes(b"\x93NUMPY")
    assert loading.load_index(organisation, "1-a") is None
