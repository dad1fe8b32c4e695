"""Names of files from outside."""

from __future__ import annotations

import pytest

from vedette.core.filenames import LONGEST, cleaned, problem, whole

HOSTILE = [
    ("../../x", "x"), ("..\\..\\x", "x"), ("/etc/passwd", "passwd"), ("C:\\a\\b.edi", "b.edi"),
    ("..", ""), (".", ""), ("a\0.edi", "a.edi"), ("x" * 300, "x" * LONGEST),
    ("list\u202evsc.exe", "listvsc.exe"), ("a\u200bb.csv", "ab.csv"), ("a\r\nb", "ab"),
    ("\ud800.edi", ".edi"),
]  # fmt: skip


@pytest.mark.parametrize(("name", "kept"), HOSTILE)
def test_hostile_names(name, kept):
    """Folders, NUL, 300 characters, marks of direction: refused at the door, harmless where kept."""
    assert problem(name)
    assert name not in problem(name)
    assert cleaned(name) == kept


@pytest.mark.parametrize(("name", "kept"), HOSTILE)
def test_hostile_names_stay_told(name, kept):
    """On the way through a form, where what looks like a folder would be cut off, or a file left out."""
    assert not {"/", "\\"} & {*whole(name)}
    assert whole(name) not in ("", ".", "..")
    assert problem(whole(name))
    assert cleaned(whole(name)) == kept


@pytest.mark.parametrize("name", ["", "AF 718 24.11.edi", "liste été (2).csv", "متابعة.xml"])
def test_ordinary_names(name):
    """Spaces, accents, other scripts and no name at all are ordinary."""
    assert problem(name) == ""
    assert whole(name) == name
    assert cleaned(name) == name
