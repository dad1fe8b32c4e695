"""Where a command finds its database and keys: the environment, or else the private server.

Production sets `DATABASE_URL`, `DATABASE_URL_OWNER`, `DATABASE_URL_INTAKE` and `VEDETTE_KEYS`. Without
them a command joins the private server of the demonstration, below `VEDETTE_HOME` (`.vedette/demo`).
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from vedette.keys import Keys
from vedette.postgres import Server

DATABASE = "vedette"


def home() -> Path:
    """The folder of the private server and its keys."""
    return Path(os.environ.get("VEDETTE_HOME", ".vedette/demo")).resolve()


@contextmanager
def database() -> Iterator[None]:
    """Sets the environment and Django up for one command; a private server stops with its last user."""
    if "DATABASE_URL" in os.environ:
        _django()
        yield
        return
    path = home()
    with Server.private(path / "server") as server:
        os.environ.update(server.create_database(DATABASE))
        os.environ.setdefault("VEDETTE_KEYS", str(path / "keys"))
        os.environ.setdefault("VEDETTE_DEMO", "1")
        Keys.load(Path(os.environ["VEDETTE_KEYS"]), create=True)
        _django()
        yield


def keys() -> Keys:
    """The keys of this installation; a production start without them stops with a message."""
    return Keys.load(Path(os.environ.get("VEDETTE_KEYS", home() / "keys")))


def _django() -> None:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "vedette.web.settings")
    import django

    django.setup()
