"""The base of all records, and what every message has: its envelope, its warnings, what was not read.

Records are frozen. Missing is `None` or an empty tuple, never an empty string. Dates are
`datetime.date`; local times are naive `datetime.datetime` in the zone of the place they belong to;
money is `decimal.Decimal`.
"""

from __future__ import annotations

import datetime as dt

import msgspec


class Record(msgspec.Struct, frozen=True, omit_defaults=True):
    """Base of all records: frozen, keyword-only, defaults left out when encoded. msgspec does not hand
    `kw_only` down, nor does mypy `frozen`: each record says it again."""


class Warning(Record, frozen=True, kw_only=True):  # the field's word, not the builtin
    """Something a message got wrong and what was done about it.

    `code` is from the documented list in `formats/warnings.py`; `message` is one sentence that never
    quotes a personal value; `segment` is the tag, `offset` the byte offset in the file as received.
    """

    code: str
    message: str
    segment: str | None = None
    offset: int | None = None


class Unread(Record, frozen=True, kw_only=True):
    """A stretch that could not be read: where and how long, never what it said."""

    segment: str
    offset: int
    length: int


class DroppedText(Record, frozen=True, kw_only=True):
    """Free text that no grammar permits, dropped before storage and counted by `kind`
    (`meal`, `assistance`, `remark`, `history`)."""

    kind: str
    count: int


class Envelope(Record, frozen=True, kw_only=True):
    """Who sent a message to whom, its place in a transfer, and when it was prepared."""

    sender: str | None = None
    recipient: str | None = None
    prepared: dt.datetime | None = None
    interchange_ref: str | None = None
    message_ref: str | None = None
    #: UNH S009, as `D:05B` (PAXLST) or `11:1` (PNRGOV).
    release: str | None = None
    #: UNH 0068: joins the parts of a transfer.
    common_access_ref: str | None = None
    #: UNH S010: sequence of transfers; `last` is true for `F`. A whole message is 1, last.
    sequence: int | None = None
    last: bool | None = None
