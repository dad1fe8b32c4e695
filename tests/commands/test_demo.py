"""Starts of the demonstration beside each other."""

from __future__ import annotations

import socket
from pathlib import Path

import pytest

from vedette import cli
from vedette.commands import demo


def test_a_second_start_on_one_port_is_refused_before_the_first_listens(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Both web servers would listen there, each for a part of the requests."""
    monkeypatch.setenv("VEDETTE_HOME", str(tmp_path / "home"))
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    with demo._only_one(port) as first:
        assert first
        assert cli.main(["demo", "--port", str(port)]) == 1
        assert f"port {port} is in use" in capsys.readouterr().err
    with demo._only_one(port) as again:
        assert again
    with socket.create_server(("127.0.0.1", port)), demo._only_one(port) as served:
        assert not served
