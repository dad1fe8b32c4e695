"""A find: goods that customs found without a declaration, as an officer entered them in a form (JSON). The
goods become a goods item, so that they are screened, searched, masked and erased like declared goods."""

from __future__ import annotations

import datetime as dt
from typing import Annotated

import msgspec

from vedette.core.kind import FileReader
from vedette.core.records import Envelope
from vedette.formats.edifact import Unreadable
from vedette.goods.records import Consignment, Container, Item, Message, Route

NAME = "FIND"
#: The value of `Message.document`.
DOCUMENT = "find"
#: The first bytes of a file.
HEAD = b'{"vedette":"find 1"'
#: Greatest size of a file in bytes.
MOST_BYTES = 20_000
#: Field → its greatest number of characters.
LONGEST = {
    "reference": 35,
    "place": 120,
    "office": 17,
    "means": 60,
    "container": 17,
    "description": 500,
}
#: Code of a means of transport (UN/ECE Recommendation 19).
MODES = ("1", "2", "3", "4", "5", "8")

_Text = Annotated[str, msgspec.Meta(max_length=500)]


class Find(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The data of a find that an officer enters.

    `at` is the local time of the find. `means` is the registration or the name of the means of transport.
    Empty texts mean that the value is not stated.
    """

    reference: _Text
    at: dt.datetime
    place: _Text
    description: _Text
    office: _Text = ""
    mode: _Text = ""
    means: _Text = ""
    container: _Text = ""


class _File(msgspec.Struct, forbid_unknown_fields=True):
    vedette: str
    find: Find


def write(find: Find) -> bytes:
    """Returns a find as a file. Two equal finds give the same bytes."""
    return HEAD + b',"find":' + msgspec.json.encode(find) + b"}"


def sniff(head: bytes, data: bytes) -> bool:
    """Whether a file is a find in this format."""
    return data.startswith(HEAD)


def read(data: bytes) -> list[Message]:
    """Reads a file. Raises `Unreadable` if the content is too large, or if a field is missing, too long or of
    a wrong type."""
    if len(data) > MOST_BYTES:
        raise Unreadable(f"the find is larger than {MOST_BYTES:,} bytes; shorten its texts")
    try:
        find = msgspec.json.decode(data, type=_File).find
    except (msgspec.DecodeError, RecursionError) as error:
        place = str(error).rpartition(" - at ")[2] or "the file"
        raise Unreadable(f"a value at {place[:80]} is missing or wrong; correct it") from None
    for name, most in LONGEST.items():
        if len(getattr(find, name)) > most:
            raise Unreadable(f"{name} has more than {most} characters; shorten it")
    if not find.reference.strip() or not find.description.strip():
        raise Unreadable("the reference or the description is empty; state both")
    number = find.container.replace(" ", "").upper()
    at = find.at.replace(tzinfo=None, microsecond=0)
    return [
        Message(
            format=NAME, envelope=Envelope(prepared=at, message_ref=find.reference), document=DOCUMENT,
            lrn=find.reference, declared=at, office=find.office or None,
            route=Route(
                mode=find.mode if find.mode in MODES else None, means=find.means or None, arrival=at
            ),
            consignments=(
                Consignment(
                    reference=find.reference, location=find.place or None,
                    equipment=(Container(number=number),) if number else (),
                    items=(Item(number=1, description=find.description),),
                ),
            ),
            body=data, offset=0,
        )
    ]  # fmt: skip


READER = FileReader(
    name=NAME,
    what="goods that customs found without a declaration, as the form of an officer writes them (JSON)",
    versions="1",
    called="find (JSON)",
    sniff=sniff,
    read=read,
)
