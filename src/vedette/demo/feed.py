"""Synthetic messages that keep coming. Without Django's models: the process that feeds stays."""

from __future__ import annotations

import datetime as dt
import threading
import uuid

import psycopg

from vedette.apps.inbox.receiving import put_in
from vedette.demo.world.day import Day
from vedette.keys.ring import Keys

SEED = 20261124
#: Seconds between looks whether the past messages are stored.
_POLL_S = 1.0


def feed(
    dsn: str, keys: Keys, organisation: uuid.UUID, stop: threading.Event, fed: threading.Event
) -> None:
    """Puts the world's messages into the inbox: what is past at once (then `fed` is set), the rest when
    it is due.

    The world is drawn anew for each day; what a start before it stored is met again as a duplicate.
    """
    now = dt.datetime.now(dt.UTC)
    world = Day(SEED + now.date().toordinal(), now)
    with psycopg.connect(dsn, autocommit=True) as connection:
        for message in world.backlog():
            if stop.is_set():
                return
            put_in(
                connection, keys, organisation, message.filename, message.data, "demo", message.at
            )
        fed.set()
        for message in world.live():
            wait = (message.at - dt.datetime.now(dt.UTC)).total_seconds()
            if stop.wait(max(0.0, wait)):
                return
            put_in(connection, keys, organisation, message.filename, message.data, "demo")


def stored(dsn: str, stop: threading.Event, fed: threading.Event) -> bool:
    """Waits until what was fed waits no more; False where it stops before."""
    with psycopg.connect(dsn, autocommit=True) as connection:
        while not stop.wait(_POLL_S):
            row = connection.execute(
                "SELECT NOT EXISTS (SELECT FROM inbox_inbox WHERE state = 'waiting')"
            ).fetchone()
            if fed.is_set() and row == (True,):
                return True
    return False
