"""The command `vedette release`."""

from __future__ import annotations

import io
import json
import sys
from pathlib import Path
from typing import Any

import pytest
from tests.core.release_cases import allowed, changed
from tests.core.test_release import SITUATIONS

from vedette.cli import main


def _check(
    data: bytes, tmp_path: Path, capsysbinary: pytest.CaptureFixture[bytes]
) -> tuple[int, list[dict[str, Any]], str]:
    file = tmp_path / "CASES.jsonl"
    file.write_bytes(data)
    status = main(["release", "check", str(file)])
    out, err = capsysbinary.readouterr()
    return status, [json.loads(line) for line in out.splitlines()], err.decode()


def test_situations(tmp_path: Path, capsysbinary: pytest.CaptureFixture[bytes]) -> None:
    """Each situation gets one decision on its own line, in the order of the file."""
    lines = b"\n".join(json.dumps(changed(**one)).encode() for _, one, _ in SITUATIONS)
    status, answers, err = _check(lines, tmp_path, capsysbinary)
    assert (status, err) == (0, "")
    assert answers == [
        {"allow": True} if ground is None else {"allow": False, "ground": ground}
        for _, _, ground in SITUATIONS
    ]


def test_bad_lines(tmp_path: Path, capsysbinary: pytest.CaptureFixture[bytes]) -> None:
    """A bad line is denied with its number and the cause; the others are decided. Empty lines are skipped."""
    good = json.dumps(allowed()).encode()
    lines = [
        good, b"", b'{"object": {"owner": "AA", "owner": "BB"}}', b'{"now": NaN}', b"[" * 100_000,
        b"[]", b'{"a":\xff}', b'{"a"', b" " * 10 + b'"' + b"x" * (1 << 20) + b'"', good, b"{}",
    ]  # fmt: skip
    status, answers, err = _check(b"\r\n".join(lines), tmp_path, capsysbinary)
    assert (status, err) == (0, "")
    assert [one["allow"] for one in answers] == [True, *[False] * 7, True, False]
    errors = [(one["line"], one["error"]) for one in answers if "error" in one]
    place = f"{tmp_path}/CASES.jsonl, line"
    assert errors == [
        (3, f"{place} 3: the key 'owner' occurs twice in one object"),
        (4, f"{place} 4: NaN is not a number of JSON"),
        (5, f"{place} 5: character 40: more than 40 nested brackets"),
        (6, f"{place} 6: not a JSON object"),
        (7, f"{place} 7: byte 5 is not UTF-8"),
        (8, f"{place} 8: line 1, column 5: Expecting ':' delimiter"),
        (9, f"{place} 9: more than 1048576 bytes; put one case on a line"),
    ]
    assert answers[-1] == {"allow": False, "ground": "no_marking"}


def test_standard_input(
    monkeypatch: pytest.MonkeyPatch, capsysbinary: pytest.CaptureFixture[bytes]
) -> None:
    """`-` reads the standard input."""
    given = io.TextIOWrapper(io.BytesIO(json.dumps(allowed()).encode()))
    monkeypatch.setattr(sys, "stdin", given)
    assert main(["release", "check", "-"]) == 0
    assert json.loads(capsysbinary.readouterr().out) == {"allow": True}


@pytest.mark.parametrize(("data", "status"), [(b"", 0), (b"PK\x03\x04\n\xff\n", 1), (b"[]", 1)])
def test_exit_status(
    data: bytes, status: int, tmp_path: Path, capsysbinary: pytest.CaptureFixture[bytes]
) -> None:
    """The exit status is 1 if no line can be read, and the reason stands on one line of stderr."""
    found, _, err = _check(data, tmp_path, capsysbinary)
    assert found == status
    assert err.count("\n") == status


def test_a_missing_file(tmp_path: Path, capsysbinary: pytest.CaptureFixture[bytes]) -> None:
    """A file that cannot be opened is one line on stderr and exit status 1."""
    assert main(["release", "check", str(tmp_path / "none.jsonl")]) == 1
    assert b"cannot be opened" in capsysbinary.readouterr().err


def test_wrong_usage(capsys: pytest.CaptureFixture[str]) -> None:
    """Without an action, the exit status is 2."""
    with pytest.raises(SystemExit, match="2"):
        main(["release"])
