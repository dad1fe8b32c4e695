"""The schedule of a warning that nobody has answered. The module uses neither Django nor a database.

A warning states the hour until which it is useful. When two thirds of the time between the sending of the
warning and this hour have passed, the deputy of the addressee is notified. When this hour is reached, the
coordination unit is notified. An answer to the warning ends the schedule.
"""

from __future__ import annotations

import datetime as dt
from typing import NamedTuple

#: The levels of escalation.
CONTACT, DEPUTY, UNIT = 0, 1, 2


class Schedule(NamedTuple):
    """The time when a warning is passed on if it has no answer."""

    deputy_at: dt.datetime
    unit_at: dt.datetime


def schedule(sent_at: dt.datetime, useful_until: dt.datetime) -> Schedule:
    """Returns the times at which a warning is passed on. Raises `ValueError` if the hour until which the
    warning is useful is before the time of sending.
    """
    if useful_until <= sent_at:
        raise ValueError("the warning is no longer useful when it is sent")
    return Schedule(sent_at + (useful_until - sent_at) * 2 / 3, useful_until)


def level(times: Schedule, now: dt.datetime, answered_at: dt.datetime | None) -> int:
    """Returns the level of escalation that a warning has reached at a given time."""
    at = now if answered_at is None else min(now, answered_at)
    # At the same instant, the answer comes first.
    reached = (
        (lambda due: due < at)
        if answered_at is not None and answered_at <= now
        else (lambda due: due <= at)
    )
    return UNIT if reached(times.unit_at) else DEPUTY if reached(times.deputy_at) else CONTACT
