"""Characters that nobody sees: NUL, which no table takes, and those that turn or hide a name on a screen."""

from __future__ import annotations

import pytest

from vedette.travellers import formats

LIST = (
    "UNB+UNOC:4+ZZ+GOV+260301:1030+1'UNH+1+PAXLST:D:02B:UN:IATA'BGM+745'NAD+MS+++DESK'"
    "TDT+20+ZZ123'LOC+125+AAA'DTM+189:2603010800:201'LOC+87+BBB'DTM+232:2603011200:201'"
    "NAD+FL+++{0}DO{0}E{0}:JA{0}NE'ATT+2++F'DTM+329:800101'DOC+P+A12{0}3'CNT+42:1'UNT+14+1'UNZ+1+1'"
)
XML = (
    "<IATA_PNRGOV_NotifRQ><PNRs><PNR><Passenger><GivenName>JA{0}NE</GivenName>"
    "<Surname>{0}DO{0}E</Surname></Passenger></PNR></PNRs></IATA_PNRGOV_NotifRQ>"
)


@pytest.mark.parametrize(
    "unseen", ["\x00", "\x1b", "\x7f", "\u200b", "\u202e", "\u2067", "\ufeff"], ids=ascii
)
def test_a_list_is_read_without_them(unseen: str) -> None:
    """The same person, the same document, no warning: a name cannot be turned round in the queue."""
    (message,) = formats.read(LIST.format(unseen).encode())
    (person,) = message.travellers
    assert (person.surname, person.given_names) == ("DOE", "JANE")
    assert [document.number for document in person.documents] == ["A123"]
    assert message.warnings == ()


@pytest.mark.parametrize("unseen", ["\u200b", "\u202e", "\u2067"], ids=ascii)
def test_xml_is_read_without_them(unseen: str) -> None:
    """XML itself forbids the control characters, and not these."""
    (message,) = formats.read(XML.format(unseen).encode())
    (person,) = message.bookings[0].travellers
    assert (person.surname, person.given_names) == ("DOE", "JANE")


def test_joiners_of_a_script_stay() -> None:
    """Persian and Indic names are spelled with U+200C and U+200D."""
    (message,) = formats.read(LIST.format("\u200c").encode())
    assert message.travellers[0].given_names == "JA\u200cNE"
