"""Puts synthetic messages into the inbox when they are due. This module uses no Django models, so
that its process needs little memory."""

from __future__ import annotations

import datetime as dt
import heapq
import threading
import uuid
from pathlib import Path

import msgspec
import psycopg

from vedette.apps.inbox.receiving import put_in
from vedette.core.records import Record
from vedette.demo.world.cash_days import CashDays
from vedette.demo.world.day import Day
from vedette.demo.world.declarations import Declarations
from vedette.keys.ring import Keys
from vedette.kinds import kinds

SEED = 20261124
SOURCE = "demo"
_LAST = """
    SELECT max(received_at), vedette_now() FROM inbox_inbox
    WHERE organisation_id = %s AND source = %s
"""


class Start(Record, frozen=True):
    """Contains the seed and the moment of the first start, which determine all data of a demonstration. A
    file stores the seed and the moment, so that each start continues with the same data."""

    seed: int
    began: dt.datetime

    @classmethod
    def first(cls) -> Start:
        """Returns the seed of the current day, with the present time as the time of the first start."""
        now = dt.datetime.now(dt.UTC).replace(second=0, microsecond=0)
        return cls(SEED + now.date().toordinal(), now)

    @classmethod
    def read(cls, home: Path) -> Start | None:
        """Returns the seed and the moment stored in the folder `home`, or None if the first start is not
        complete."""
        try:
            return msgspec.json.decode((home / "world.json").read_bytes(), type=cls)
        except FileNotFoundError:
            return None

    def keep(self, home: Path) -> None:
        """Writes the seed and the moment to a file in the folder `home`."""
        new = home / "world.json.new"
        new.write_bytes(msgspec.json.encode(self))
        new.replace(home / "world.json")


def feed(
    dsn: str,
    keys: Keys,
    organisation: uuid.UUID,
    start: Start,
    stop: threading.Event,
) -> None:
    """Puts the synthetic messages into the inbox: past messages immediately, and later messages when they are
    due. After a restart, the first message is the message after the last stored message.
    """
    world, goods = Day(start.seed, start.began), Declarations(start.seed, start.began)
    cash = CashDays(start.seed, start.began) if "cash" in kinds() else None
    with psycopg.connect(dsn, autocommit=True) as connection:
        row = connection.execute(_LAST, [organisation, SOURCE]).fetchone()
        last, now = row if row else (None, start.began)
        # Messages that may be stored already are put in again. The inbox recognises the same bytes.
        since = last - dt.timedelta(seconds=1) if last and last > start.began else None
        for message in world.backlog() if since is None else ():
            if stop.is_set():
                return
            put_in(
                connection, keys, organisation, message.filename, message.data, SOURCE, message.at
            )
        for message in heapq.merge(
            world.live(since, now),
            goods.due(since),
            cash.due(since) if cash else (),
            key=lambda message: message.at,
        ):
            wait = (message.at - dt.datetime.now(dt.UTC)).total_seconds()
            if stop.wait(max(0.0, wait)):
                return
            put_in(
                connection, keys, organisation, message.filename, message.data, SOURCE, message.at
            )
