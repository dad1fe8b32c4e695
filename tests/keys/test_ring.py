"""Keys: the right one is proven by its name, a missing one is named with the remedy."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from vedette.keys.ring import Keys, KeysError, make_missing, proven, read_public


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    path = tmp_path / "keys"
    Keys.load(path, create=True)
    return path


def _one(folder: Path, kind: str) -> Path:
    return next(f for f in folder.glob(f"{kind}-*") if f.suffix != ".pub")


def test_first_start_makes_private_files_once(folder: Path) -> None:
    """Demo and tests make their keys at the first start; the next start finds the same."""
    before = Keys.load(folder)
    assert Keys.load(folder, create=True).token("document", "X1") == before.token("document", "X1")
    assert folder.stat().st_mode & 0o777 == 0o700
    assert all(f.stat().st_mode & 0o077 == 0 for f in folder.iterdir())


def test_two_first_starts_make_one_set(tmp_path: Path) -> None:
    """Two processes that start at once must not end with two token keys."""
    with ThreadPoolExecutor(4) as pool:
        made = list(pool.map(make_missing, [tmp_path / "k"] * 4))
    assert sum(map(len, made)) == len(set().union(*made)) == 12


def test_production_without_keys_names_folder_and_remedy(tmp_path: Path) -> None:
    """A production start without keys stops, and says where they belong and what makes them."""
    with pytest.raises(KeysError, match=r"absent.*VEDETTE_KEYS.*python -m vedette.keys"):
        Keys.load(tmp_path / "absent")
    assert not (tmp_path / "absent").exists()


def test_lost_key_is_named(folder: Path) -> None:
    """A missing kind is named, and never silently replaced while its rows exist."""
    _one(folder, "token").unlink()
    with pytest.raises(KeysError, match="kind token"):
        Keys.load(folder)


def test_wrong_key_is_named_by_id(folder: Path, tmp_path: Path) -> None:
    """A file that holds another key than the one of its name is refused by its key id."""
    Keys.load(tmp_path / "other", create=True)
    file = _one(folder, "token")
    file.write_text(_one(tmp_path / "other", "token").read_text())
    with pytest.raises(KeysError, match=file.name):
        Keys.load(folder)


@pytest.mark.parametrize("content", ["", "zz", "00" * 31, "é"])
def test_damaged_key_file(folder: Path, content: str) -> None:
    """Empty, short or foreign content: one clear message, not a traceback of bytes."""
    file = _one(folder, "django")
    file.write_text(content)
    with pytest.raises(KeysError, match=file.name):
        Keys.load(folder)


def test_open_folder_is_refused(folder: Path) -> None:
    """Keys that others may read are no keys."""
    folder.chmod(0o755)
    with pytest.raises(KeysError, match="chmod 700"):
        Keys.load(folder)


def test_tokens_are_apart_by_kind_and_by_parts(folder: Path) -> None:
    """A phone and a document of the same digits, or other cuts of the same text, share no token."""
    keys = Keys.load(folder)
    assert len(keys.token("document", "123")) == 16
    assert keys.token("document", "123") != keys.token("phone", "123")
    assert keys.token("name", "ab", "c") != keys.token("name", "a", "bc")
    assert keys.token("name", "a") != keys.token("name", "a", "")


def test_new_epoch_ends_links_and_says_so(folder: Path, tmp_path: Path) -> None:
    """A second token key opens an epoch; rows of a lost epoch are refused by its id."""
    old = Keys.load(folder)
    other = Keys.load(tmp_path / "other", create=True)
    file = _one(tmp_path / "other", "token")
    file.rename(folder / file.name.replace("token-1-", "token-2-"))
    new = Keys.load(folder)
    assert new.epoch.startswith("token-2-")
    assert new.token("document", "X") == other.token("document", "X")
    assert new.token("document", "X") != old.token("document", "X")
    new.key(old.epoch)
    with pytest.raises(KeysError, match=new.epoch):
        old.key(new.epoch)


def test_web_seals_and_only_workers_open(folder: Path) -> None:
    """Without the private half a web server can put a message in and cannot read one."""
    worker = Keys.load(folder)
    private = _one(folder, "raw")
    private.unlink()
    web = Keys.load(folder)
    blob = web.seal(b"UNB+UNOA")
    assert b"UNB" not in blob
    assert worker.open_sealed(blob) == b"UNB+UNOA"
    with pytest.raises(KeysError, match=private.name):
        web.open_sealed(blob)


@pytest.mark.parametrize("damage", ["", "cut", "flip", "head", "other"])
def test_damaged_blob_never_opens(folder: Path, damage: str) -> None:
    """Cut, changed or foreign bytes raise one error of ours, whatever they are."""
    keys = Keys.load(folder)
    blob = keys.seal(b"content")
    damaged = {
        "": b"",
        "cut": blob[:30],
        "flip": blob[:-1] + bytes([blob[-1] ^ 1]),
        "head": blob[:8] + b"\xff" + blob[9:],
        "other": b"not sealed at all",
    }[damage]
    with pytest.raises(KeysError):
        keys.open_sealed(damaged)


def test_no_key_in_any_text(folder: Path) -> None:
    """Neither `repr` nor an error shows a key."""
    keys = Keys.load(folder)
    assert keys.secret("django") not in repr(keys)
    with pytest.raises(KeysError) as caught:
        keys.secret("unheard_of")
    assert keys.secret("django") not in str(caught.value)


def test_journal_words_open_with_its_own_key_only(folder: Path) -> None:
    """A worker holds `raw` and no private half of `journal`: words of the journal stay closed to it."""
    officer = Keys.load(folder)
    private = _one(folder, "journal")
    private.unlink()
    worker = Keys.load(folder)
    blob = worker.seal(b"Doe", "journal")
    assert officer.open_sealed(blob) == b"Doe"
    with pytest.raises(KeysError, match=private.name):
        worker.open_sealed(blob)


def test_heads_are_proven_by_the_public_half(folder: Path, tmp_path: Path) -> None:
    """An auditor with `.pub` alone tells a signature from any other, and takes no private half."""
    key_id, signature = Keys.load(folder).sign(b"head")
    public = read_public(folder / f"{key_id}.pub")
    assert proven(public, b"head", signature)
    assert not proven(public, b"Head", signature)
    assert not proven(public, b"head", signature[:-1])
    with pytest.raises(KeysError, match="public half"):
        read_public(folder / key_id)


def test_a_folder_of_before_the_journal_says_what_to_do(folder: Path) -> None:
    """Keys of an earlier version still load; what needs the journal's names the command."""
    for kind in ("journal", "chain", "heads"):
        for file in folder.glob(f"{kind}-*"):
            file.unlink()
    keys = Keys.load(folder)
    with pytest.raises(KeysError, match="vedette upgrade"):
        keys.require("journal.pub")
    made = make_missing(folder, ("journal", "chain", "heads"))
    assert len(made) == 3
    Keys.load(folder).require("journal.pub", "journal", "chain", "heads", "heads.pub")
