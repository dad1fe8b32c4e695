"""The format in which the public form submits an announcement of cash. A file contains one line of JSON with
one message.

The process of the public form is exposed to the internet. The reader therefore accepts only announcements. It
treats every message as an announcement of the public form (an original or a correction), and refuses a
message without a valid code.
"""

from __future__ import annotations

import msgspec

from vedette.cash import codes, money
from vedette.cash.records import Message
from vedette.core.kind import FileReader
from vedette.core.records import Envelope, decode
from vedette.formats.edifact import Unreadable

FORMAT = "CASHFORM"
#: The maximum size of a file in bytes. The longest form that the pages accept has 30,000 bytes.
MOST_BYTES = 60_000
_HEAD = b'{"vedette":"cash announcement","version":1,"message":'
_DECODER = msgspec.json.Decoder(Message, dec_hook=decode)


def write(message: Message) -> bytes:
    """Returns the content of the file of an announcement.

    The same message always produces the same bytes. Raises `ValueError` if the file is too large.
    """
    data = _HEAD + msgspec.json.encode(message) + b"}\n"
    if len(data) > MOST_BYTES:
        raise ValueError("the announcement is too large")
    return data


def read(data: bytes) -> list[Message]:
    """Returns the message of a file. Raises `Unreadable` if the file is not an announcement."""
    if not data.startswith(_HEAD) or len(data) > MOST_BYTES:
        raise Unreadable("no announcement of cash")
    try:
        message = _DECODER.decode(data[len(_HEAD) :].rstrip().removesuffix(b"}"))
    except (msgspec.DecodeError, ValueError, NotImplementedError, RecursionError) as error:
        # The text of the error may contain a value of the file.
        raise Unreadable("an announcement that does not have the fields of the form") from error
    if message.code is None or not codes.valid(message.code):
        raise Unreadable("an announcement without a valid code")
    if message.amends is not None and not codes.valid(message.amends):
        raise Unreadable("an announcement that corrects no valid code")
    if not money.fits(message):
        raise Unreadable("an announcement with a number that the form does not accept")
    return [
        msgspec.structs.replace(
            message,
            # The time of receipt gives the order. A stated time in the future would hide later corrections.
            envelope=Envelope(),
            format=FORMAT,
            action="original" if message.amends is None else "correction",
            source="form",
            announcement=True,
            reference=None,
            office=None,
            partner=None,
            count=None,
            movement=msgspec.structs.replace(message.movement, official=None),
            body=data,
        )
    ]


READER = FileReader(
    name=FORMAT,
    what="announcement of the public cash form",
    versions="1",
    called="announcement of the public cash form",
    sniff=lambda head, data: head.startswith(_HEAD),
    read=read,
    written=True,
    public=True,
)
