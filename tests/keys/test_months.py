"""Month keys: deletion is the destruction of a key; a wrong or lost one loses nothing and is named."""

from __future__ import annotations

import datetime as dt
import os
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from vedette.keys import escrow
from vedette.keys.months import FOLDER, MonthKeys, new_master
from vedette.keys.ring import Keys, KeysError

MAY = dt.date(2026, 5, 1)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    Keys.load(tmp_path / "keys", create=True)
    MonthKeys.load(tmp_path / "keys", create=True, environ={})
    return tmp_path / "keys"


def load(folder: Path, **environ: str) -> MonthKeys:
    return MonthKeys.load(folder, environ=environ)


def test_a_sealed_row_opens_for_its_own_spine_id_only(folder: Path) -> None:
    """A row that raw SQL moved to another person's id does not open."""
    key = load(folder).make("passenger", MAY)
    blob = key.seal(b"Doe", b"one")
    assert load(folder).get("passenger", MAY).open(blob, b"one") == b"Doe"
    with pytest.raises(KeysError, match=key.key_id):
        key.open(blob, b"two")


def test_a_destroyed_key_is_gone_and_is_never_made_again(folder: Path) -> None:
    """What stays is a tombstone: id, when, why. A late row of that month finds no key to hide under."""
    keys = load(folder)
    key = keys.make("passenger", MAY)
    other = keys.make("passenger", dt.date(2026, 6, 1))
    assert keys.destroy("passenger", MAY, "delete_after") == key.key_id
    assert load(folder).ids() == [other.key_id]
    [tomb] = keys.tombs()
    assert (tomb.key_id, tomb.why) == (key.key_id, "delete_after")
    for ask in (keys.get, keys.make):
        with pytest.raises(KeysError, match=f"{key.key_id} was destroyed"):
            ask("passenger", MAY)
    assert keys.destroy("passenger", MAY, "again") is None


def test_the_bytes_of_a_destroyed_key_leave_the_file(folder: Path) -> None:
    """The file is overwritten before it is unlinked: another link to it holds nothing of the key."""
    keys = load(folder)
    key = keys.make("passenger", MAY)
    text = (folder / FOLDER / key.key_id).read_bytes()
    os.link(folder / FOLDER / key.key_id, folder / "kept")
    keys.destroy("passenger", MAY, "delete_after")
    left = (folder / "kept").read_bytes()
    assert len(left) == len(text)
    assert left != text
    assert text.split()[1] not in left


def test_destroying_reaches_the_mirror_also_later(folder: Path, tmp_path: Path) -> None:
    """A mirror that was away when a key was destroyed is caught up with: the key does not come back."""
    mirror = tmp_path / "mirror"
    mirror.mkdir()
    environ = {"VEDETTE_VAULT_MIRROR": str(mirror)}
    keys = load(folder, **environ)
    key = keys.make("passenger", MAY)
    kept = keys.make("linked", MAY)
    assert (mirror / key.key_id).exists()
    mirror.rename(tmp_path / "away")
    keys.destroy("passenger", MAY, "delete_after")
    (tmp_path / "away").rename(mirror)
    assert load(folder, **environ).ids() == [kept.key_id]
    assert not (mirror / key.key_id).exists()
    assert not any(f.name.startswith("vault-") for f in mirror.iterdir())


def test_a_lost_folder_comes_back_from_mirror_and_custodians(folder: Path, tmp_path: Path) -> None:
    """The whole of the escrow: two shares give the standing keys, the mirror the month keys."""
    mirror = tmp_path / "mirror"
    mirror.mkdir()
    environ = {"VEDETTE_VAULT_MIRROR": str(mirror)}
    blob = load(folder, **environ).make("passenger", MAY).seal(b"Doe", b"")
    gone = load(folder, **environ).make("passenger", dt.date(2026, 4, 1)).key_id
    token = Keys.load(folder).token("document", "X")
    shares = escrow.split(folder)
    load(folder, **environ).destroy("passenger", dt.date(2026, 4, 1), "delete_after")
    folder.rename(tmp_path / "lost")
    escrow.restore(shares[::-1], folder)
    back = load(folder, **environ)
    assert back.get("passenger", MAY).open(blob, b"") == b"Doe"
    assert Keys.load(folder).token("document", "X") == token
    with pytest.raises(KeysError, match=f"{gone} was destroyed"):
        back.get("passenger", dt.date(2026, 4, 1))


def test_one_share_is_useless_and_a_wrong_one_is_told(folder: Path, tmp_path: Path) -> None:
    """No byte of a key stands in a share; shares of two days, or one share twice, give nothing."""
    one, two = escrow.split(folder)
    other, _ = escrow.split(folder)
    secret = Keys.load(folder).secret("django")
    assert all(secret not in share for share in (one, two))
    target = tmp_path / "new"
    for pair in ((one, one), (other, two), (one, two.replace("A", "B", 1)), (one, "x"), (one,)):
        with pytest.raises(KeysError):
            escrow.restore(pair, target)
    assert not target.exists()


def test_rotation_wraps_everything_anew_and_ends_the_old_master(folder: Path) -> None:
    """Data stays readable; the old master is gone from the folder."""
    keys = load(folder)
    blob = keys.make("passenger", MAY).seal(b"Doe", b"")
    old = keys.master
    new, wrapped = keys.rotate()
    assert (wrapped, new.startswith("vault-2-")) == (1, True)
    assert not (folder / FOLDER / old).exists()
    assert load(folder).get("passenger", MAY).open(blob, b"") == b"Doe"


def test_a_rotation_cut_short_loses_nothing(folder: Path) -> None:
    """Killed after the new master was written: both open what they wrapped; the next run ends it."""
    keys = load(folder)
    blob = keys.make("passenger", MAY).seal(b"Doe", b"")
    name, key = new_master(2)
    (folder / FOLDER / name).write_text(key.hex())
    cut = load(folder)
    assert cut.get("passenger", MAY).open(blob, b"") == b"Doe"
    cut.rotate()
    assert len([f for f in (folder / FOLDER).iterdir() if f.name.startswith("vault-")]) == 1
    assert load(folder).get("passenger", MAY).open(blob, b"") == b"Doe"


def test_masters_from_the_environment_rotate_by_a_second_value(tmp_path: Path) -> None:
    """A master that never touches the disk: the new one stands beside the old for one rotation."""
    one, two = (f"{name}:{key.hex()}" for name, key in (new_master(1), new_master(2)))
    first = MonthKeys.load(tmp_path, create=True, environ={"VEDETTE_VAULT_KEY": one})
    blob = first.make("passenger", MAY).seal(b"Doe", b"")
    with pytest.raises(KeysError, match="keys new"):
        first.rotate()
    both = MonthKeys.load(tmp_path, environ={"VEDETTE_VAULT_KEY": f"{two},{one}"})
    assert both.rotate()[1] == 1
    last = MonthKeys.load(tmp_path, environ={"VEDETTE_VAULT_KEY": two})
    assert last.get("passenger", MAY).open(blob, b"") == b"Doe"
    assert not list((tmp_path / FOLDER).glob("vault-*"))


def test_a_lost_or_wrong_master_is_named_and_never_replaced(folder: Path, tmp_path: Path) -> None:
    """Nothing is lost: the month key stays wrapped, and the message says which master it needs."""
    keys = load(folder)
    keys.make("passenger", MAY)
    master = folder / FOLDER / keys.master
    text = master.read_text()
    master.unlink()
    with pytest.raises(KeysError, match="no master"):
        MonthKeys.load(folder, create=True, environ={})
    name, key = new_master(9)
    other = load(folder, VEDETTE_VAULT_KEY=f"{name}:{key.hex()}")
    with pytest.raises(KeysError, match=master.name):
        other.get("passenger", MAY)
    master.write_text("00" * 32)
    with pytest.raises(KeysError, match=master.name):
        load(folder)
    master.write_text(text)
    assert load(folder).get("passenger", MAY)


def test_a_damaged_month_key_is_named(folder: Path) -> None:
    """A flipped bit never yields another key."""
    keys = load(folder)
    key_id = keys.make("passenger", MAY).key_id
    file = folder / FOLDER / key_id
    text = file.read_text().strip()
    file.write_text(text[:-1] + ("0" if text[-1] != "0" else "1"))
    with pytest.raises(KeysError, match=key_id):
        load(folder).get("passenger", MAY)


def test_two_makers_make_one_key(folder: Path) -> None:
    """Two workers that reach a month at once share its key."""
    with ThreadPoolExecutor(4) as pool:
        made = {k.key_id for k in pool.map(lambda _: load(folder).make("linked", MAY), range(8))}
    assert len(made) == 1


def test_keys_of_the_web_are_not_these(folder: Path) -> None:
    """The general keys load without the vault: a web server has none of it."""
    load(folder).make("passenger", MAY)
    assert not any(
        "vault" in key for kind in ("vault", "month") for key in Keys.load(folder).ids(kind)
    )
