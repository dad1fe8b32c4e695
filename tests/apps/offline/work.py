"""One round of the job that opens and stores field entries."""

from __future__ import annotations

import datetime as dt
import os

import psycopg

from vedette.apps.offline import taking
from vedette.commands.environment import keys


def work() -> int:
    """Takes the entries that wait. Returns how many changed."""
    with psycopg.connect(os.environ["DATABASE_URL_INTAKE"], autocommit=True) as connection:
        return taking.take(connection, keys(), dt.datetime.now(dt.UTC))
