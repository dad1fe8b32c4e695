"""Passwords known from breaches, looked up in a sorted file as Pwned Passwords ships it."""

from __future__ import annotations

import hashlib
import io
import os
from pathlib import Path

import pytest
from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ImproperlyConfigured, ValidationError
from django.test import override_settings

KNOWN = [f"known password {n}" for n in range(500)]


def digest(password: str) -> str:
    return hashlib.sha1(password.encode(), usedforsecurity=False).hexdigest().upper()


@pytest.fixture(params=["\n", "\r\n"])
def known(tmp_path: Path, request: pytest.FixtureRequest) -> Path:
    """500 hashes with counts of unequal length; the download has CRLF."""
    lines = sorted(f"{digest(one)}:{n * n * 1000 + 1}" for n, one in enumerate(KNOWN))
    file = tmp_path / "pwned.txt"
    file.write_bytes(request.param.join([*lines, ""]).encode())
    return file


def test_each_known_is_found_and_no_other(known: Path) -> None:
    """First, last and all between; a lookup reads a few lines, not the file."""
    from vedette.apps.accounts.passwords import holds

    with open(known, "rb") as file:
        assert all(holds(file, digest(one).encode()) for one in KNOWN)
        assert not any(holds(file, digest(f"other {n}").encode()) for n in range(500))
        assert not holds(file, b"0" * 40)
        assert not holds(file, b"F" * 40)


def test_an_empty_file_and_a_last_line_without_end(tmp_path: Path) -> None:
    from vedette.apps.accounts.passwords import holds

    file = tmp_path / "one.txt"
    file.write_bytes(b"")
    with open(file, "rb") as empty:
        assert not holds(empty, digest("x").encode())
    file.write_text(digest("x") + ":3")
    with open(file, "rb") as one:
        assert holds(one, digest("x").encode())
        assert not holds(one, digest("y").encode())


def test_a_known_password_is_refused_with_a_reason(known: Path) -> None:
    with override_settings(BREACHED_PASSWORDS=str(known)):
        validate_password("a password of nobody else 7")
        with pytest.raises(ValidationError) as caught:
            validate_password(KNOWN[250])
    assert [e.code for e in caught.value.error_list] == ["password_breached"]


def test_a_missing_file_is_no_silent_yes(tmp_path: Path) -> None:
    """A list that an operator named and that is not there stops the change, with the setting's name."""
    with (
        override_settings(BREACHED_PASSWORDS=str(tmp_path / "gone.txt")),
        pytest.raises(ImproperlyConfigured, match="VEDETTE_BREACHED_PASSWORDS"),
    ):
        validate_password("a password of nobody else 7")


def test_the_search_is_bounded_on_a_file_that_is_no_list(tmp_path: Path) -> None:
    """40 MB without a line end: answered at once, with no."""
    from vedette.apps.accounts.passwords import holds

    file = tmp_path / "blob"
    with open(file, "wb") as out:
        out.truncate(40_000_000)
        out.seek(0, io.SEEK_END)
    with open(file, "rb") as blob:
        assert os.fstat(blob.fileno()).st_size == 40_000_000
        assert not holds(blob, digest("x").encode())
