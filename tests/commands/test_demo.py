"""Starts of the demonstration beside each other, and what its terminal prints."""

from __future__ import annotations

import socket
from pathlib import Path

import pytest

from vedette import cli
from vedette.commands import demo


def test_a_folder_has_one_demonstration(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Two copies would feed one database."""
    monkeypatch.setenv("VEDETTE_HOME", str(tmp_path / "home"))
    with demo._only_one() as first:
        assert first
        assert cli.main(["demo"]) == 1
        assert "running already" in capsys.readouterr().err
    with demo._only_one() as again:
        assert again


def test_a_taken_port_leads_to_the_next_free_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """The address printed is the one at which the demonstration answers."""
    monkeypatch.setenv("VEDETTE_HOME", str(tmp_path / "home"))
    asked: list[int] = []
    monkeypatch.setattr(demo, "_run", lambda port: asked.append(port) or 0)
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        assert cli.main(["demo", "--port", str(port)]) == 0
        assert asked[0] > port
        monkeypatch.setattr(demo, "_PORTS", 1)
        assert cli.main(["demo", "--port", str(port)]) == 1
        assert f"the ports {port} to {port} are in use" in capsys.readouterr().err


def test_the_logins_have_headings(capsys: pytest.CaptureFixture[str]) -> None:
    """User name, password and role, each above its column."""
    demo._welcome(8123, 1.0, 8124)
    lines = capsys.readouterr().out.splitlines()
    assert any("http://localhost:8124/" in line and "cash form" in line for line in lines)
    heading = next(line for line in lines if "user name" in line)
    row = next(line for line in lines if "demo-supervisor" in line)
    for word, value in (("user name", "supervisor"), ("password", "demo-supervisor")):
        assert heading.index(word) == row.index(value)
    assert heading.index("role") == row.rindex("supervisor")
