"""A message with more parties or texts than the screening reads has a warning."""

from __future__ import annotations

import msgspec
from tests.goods.declared import ACID, EXPORTER, message, written

from vedette.goods import formats
from vedette.goods.records import Note


def test_what_the_screening_does_not_read_gives_a_warning():
    """Parties or texts after the limit are kept, and the warning says that they are not screened."""
    parties = tuple(msgspec.structs.replace(EXPORTER, name=f"Exemple {n}") for n in range(45))
    [few], [many] = formats.read(written(ACID)), formats.read(written(ACID, parties=parties))
    assert few.warnings == ()
    assert [one.code for one in many.warnings] == ["not_all_screened"]
    item = msgspec.structs.replace(ACID, notes=tuple(Note(text=f"note {n}") for n in range(15)))
    assert [one.code for one in formats.with_warning(message(item)).warnings] == [
        "not_all_screened"
    ]
