"""One message about cash as JSON, with the fields of `records.Message`. The public form and the officer's
form of vedette write this format. Other senders may also use this format.
"""

from __future__ import annotations

import msgspec

from vedette.cash import money
from vedette.cash.records import Message, Warning
from vedette.core.kind import FileReader
from vedette.core.records import decode
from vedette.formats.edifact import Unreadable

#: The first bytes of a file.
HEAD = b'{"vedette":"cash 1"'
#: Greatest size of a file in bytes.
MOST_BYTES = 200_000


def write(message: Message) -> bytes:
    """Returns a message as a file. Equal messages produce the same bytes."""
    content = msgspec.json.encode(msgspec.to_builtins(message))
    return HEAD + b',"message":' + content + b"}"


def sniff(head: bytes, data: bytes) -> bool:
    """Whether a file is a message in this format."""
    return data.startswith(HEAD)


class _File(msgspec.Struct, forbid_unknown_fields=True):
    vedette: str
    message: Message


def read(data: bytes) -> list[Message]:
    """Reads a file. Raises `Unreadable` if the content is too large, or if a field has a wrong type."""
    if len(data) > MOST_BYTES:
        raise Unreadable(
            f"the message is larger than {MOST_BYTES:,} bytes; shorten its texts or divide it"
        )
    try:
        found = msgspec.json.decode(data, type=_File, dec_hook=decode)
    except (msgspec.DecodeError, ValueError, NotImplementedError, RecursionError) as error:
        # The text of the error names the field and the types. A value that is not one of a list of values
        # would be quoted, and no field has such a list.
        place = str(error).rpartition(" - at ")[2] if isinstance(error, msgspec.DecodeError) else ""
        place = place or "the file"
        raise Unreadable(
            f"a value at {place[:80]} has the wrong type; correct the message"
        ) from None
    if not money.fits(found.message):
        raise Unreadable("a number is not between -10^15 and 10^15, or has more than 6 decimals")
    message = msgspec.structs.replace(
        found.message, format=NAME, body=data, offset=0, warnings=_warnings(found.message)
    )
    return [message]


def _warnings(message: Message) -> tuple[Warning, ...]:
    """Returns a warning for each line whose amount, weight or quantity is not positive."""
    lines = [*message.movement.lines, *(message.count.lines if message.count else ())]
    return tuple(
        Warning(code="number_negative", message=f"line {n} states a number that is not positive")
        for n, line in enumerate(lines, 1)
        if any(
            value is not None and value <= 0
            for value in (line.amount, line.quantity, line.weight, line.denomination)
        )
    )


NAME = "CASH"
READER = FileReader(
    name=NAME,
    what="declaration, correction, cancellation or count of cash, as the forms of vedette write it (JSON)",
    versions="1",
    called="message about cash (JSON)",
    sniff=sniff,
    read=read,
)
