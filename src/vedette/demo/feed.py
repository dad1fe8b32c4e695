"""Puts synthetic messages into the inbox when they are due. This module uses no Django models, so
that its process needs little memory."""

from __future__ import annotations

import datetime as dt
import threading
import uuid

import psycopg

from vedette.apps.inbox.receiving import put_in
from vedette.demo.world.day import Day
from vedette.keys.ring import Keys

SEED = 20261124
#: Seconds between two checks whether the past messages are stored.
_POLL_S = 1.0


def feed(
    dsn: str, keys: Keys, organisation: uuid.UUID, stop: threading.Event, fed: threading.Event
) -> None:
    """Puts the messages of the world into the inbox: past messages immediately (then `fed` is set),
    and later messages when they are due.

    A new world is generated for each day. If an earlier start of the demonstration stored a
    message, the message is recognised as a duplicate.
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
    """Waits until the inbox contains no unprocessed message. Returns False if the wait is stopped
    earlier."""
    with psycopg.connect(dsn, autocommit=True) as connection:
        while not stop.wait(_POLL_S):
            row = connection.execute(
                "SELECT NOT EXISTS (SELECT FROM inbox_inbox WHERE state = 'waiting')"
            ).fetchone()
            if fed.is_set() and row == (True,):
                return True
    return False
