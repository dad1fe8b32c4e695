"""The base class of all records, and the header of a message.

Records of the type `Record` are immutable. A missing value is `None` or an empty tuple, never an empty
string. Dates are `datetime.date`. Local times are `datetime.datetime` without a time zone, in the local time
of the place. A time is a `Moment` if a message may state only the day. Money is `decimal.Decimal`.
"""

from __future__ import annotations

import datetime as dt
from abc import ABC
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, ClassVar, TypeAlias

import msgspec

if TYPE_CHECKING:
    Moment: TypeAlias = dt.datetime | dt.date
else:

    class Moment(ABC):  # noqa: B024 a name for msgspec, which refuses a union of the two types
        """A local time, or a date if no time of day is stated. In JSON, a `Moment` is an ISO 8601 text."""

    Moment.register(dt.date)


def day_of(moment: Moment) -> dt.date:
    """Returns the day of a moment."""
    return moment.date() if isinstance(moment, dt.datetime) else moment


def time_of(moment: Moment | None) -> dt.datetime | None:
    """Returns the moment if it has a time of day, and None otherwise."""
    return moment if isinstance(moment, dt.datetime) else None


def decode(kind: type, value: Any) -> Any:
    """Decodes a `Moment`, as the `dec_hook` of msgspec for records."""
    if kind.__name__ != "Moment" or not isinstance(value, str):
        raise NotImplementedError
    return (dt.datetime if len(value) > 10 else dt.date).fromisoformat(value)


class Record(msgspec.Struct, frozen=True, omit_defaults=True):
    """Base class of all records, which are immutable and have only keyword arguments. Default values are
    omitted from the JSON. Each subclass repeats the options `kw_only` and `frozen`, because msgspec does not
    inherit `kw_only` and mypy does not inherit `frozen`.
    """

    #: Fields that are never printed (`formats/as_json.py`).
    unprinted: ClassVar[frozenset[str]] = frozenset()
    #: Fields that are printed under another name.
    printed_as: ClassVar[Mapping[str, str]] = {}
    #: Properties that are printed beside the fields → the name under which they are printed.
    also_printed: ClassVar[Mapping[str, str]] = {}
    #: Lists that are printed even if they are empty.
    always: ClassVar[tuple[str, ...]] = ()


# "Warning" is the usual term in this field. This module does not use the builtin of the same name.
class Warning(Record, frozen=True, kw_only=True):
    """An error in a message, and how the reader handled it.

    `code` is one of the documented codes in `formats/warnings.py`. `message` is one sentence that never
    quotes a personal value. `segment` is the tag of the segment. `offset` is the byte offset in the file as
    received.
    """

    code: str
    message: str
    segment: str | None = None
    offset: int | None = None


class Unread(Record, frozen=True, kw_only=True):
    """A part of a message that could not be read: the position and length of this part, but never its
    content."""

    segment: str
    offset: int
    length: int


class DroppedText(Record, frozen=True, kw_only=True):
    """The number of free texts of one kind (`meal`, `assistance`, `remark`, `history`) that are dropped
    before storage. Free text is text whose content no rule of the format describes.
    """

    kind: str
    count: int


class Envelope(Record, frozen=True, kw_only=True):
    """The sender and the recipient of a message, its position in a transfer, and the time at which it was
    prepared.
    """

    sender: str | None = None
    recipient: str | None = None
    prepared: dt.datetime | None = None
    interchange_ref: str | None = None
    message_ref: str | None = None
    #: UNH S009, as `D:05B` (PAXLST) or `11:1` (PNRGOV).
    release: str | None = None
    #: UNH 0068: the same in all parts of a transfer.
    common_access_ref: str | None = None
    #: UNH S010: position in the transfer; `last` is true for `F`. A message in one part has position 1 and is
    #: the last.
    sequence: int | None = None
    last: bool | None = None


class Message(Record, frozen=True, kw_only=True):
    """The header of a message. The message class of each kind adds the content of the message. Shared code
    uses only the header."""

    #: Name of the kind of subject that the message is about.
    kind: ClassVar[str] = ""
    always: ClassVar[tuple[str, ...]] = ("warnings",)
    unprinted: ClassVar[frozenset[str]] = frozenset({"body"})

    #: The name of the format, as in the documentation: PAXLST, PNRGOV …
    format: str
    envelope: Envelope = Envelope()
    #: The function that the sender states, as a code of the format.
    function: str | None = None
    sub_function: str | None = None
    warnings: tuple[Warning, ...] = ()
    unread: tuple[Unread, ...] = ()
    dropped: tuple[DroppedText, ...] = ()
    #: The byte offset of the message in its file. Never stored.
    offset: int | None = None
    #: The content of the message with line wraps and release characters resolved: the input of the resend
    #: hash. Never stored.
    body: bytes = b""
