"""Damage to one traveller of a passenger list never reaches another, and never goes unsaid."""

from __future__ import annotations

import pytest
from tests.shared import shared

from vedette.bench.messages import Source, harms, passenger_list
from vedette.travellers import formats

SEED = 20261124


@pytest.mark.parametrize("case", ["apisMessage", "loader_airline2", "tamr_flight1"])
def test_mutations_of_a_sample_stay_with_their_traveller(case: str) -> None:
    """One byte replaced, inserted, deleted or doubled, or two segments swapped, in real lists."""
    data = shared("data", "messages", "passenger", f"{case}.edi").read_bytes()
    assert [(kind, harm) for kind, _, _, harm in harms(Source(case, data), 1200, SEED)] == []


def test_mutations_of_a_list_of_our_own_stay_with_their_traveller() -> None:
    """The same where separators are released and people have one document or two."""
    source = Source("ours", passenger_list(8, seed=3))
    assert len(source.groups) == 8
    assert [(kind, harm) for kind, _, _, harm in harms(source, 1500, SEED)] == []


HEAD = (
    "UNB+UNOA:4+A+B+261124:0800+1'UNH+1+PAXLST:D:05B:UN:IATA'BGM+745'TDT+20+ZZ412'"
    "LOC+125+LOS'DTM+189:2611240905:201'LOC+87+CDG'DTM+232:2611241550:201'"
)
ADA = "NAD+FL+++ADA:A'ATT+2++F'DTM+329:700101'NAT+2+NGA'DOC+P+A1'LOC+91+NGA'"
BOB = "NAD+FL+++BOB:B'ATT+2++M'DTM+329:710101'NAT+2+FRA'DOC+P+B1'LOC+91+FRA'"


def lists(*groups: str, count: int = 2) -> bytes:
    body = "".join(groups)
    segments = HEAD.count("'") + body.count("'") + 1
    return f"{HEAD}{body}CNT+42:{count}'UNT+{segments}+1'UNZ+1+1'".encode()


def people(data: bytes) -> tuple[list[tuple[str | None, str | None, int]], set[str]]:
    (message,) = formats.read(data)
    return (
        [(p.surname, p.nationality, len(p.documents)) for p in message.travellers],
        {warning.code for warning in message.warnings},
    )


def test_a_clean_list_has_no_warning() -> None:
    """Counts, references and order as they should be."""
    assert people(lists(ADA, BOB)) == ([("ADA", "NGA", 1), ("BOB", "FRA", 1)], set())


@pytest.mark.parametrize(
    "nad", ["NBD+FL", "NADFL", "N'AD+FL", "AD+FL", "NAD'+FL", "NAT+FL", "N+D+FL"]
)
def test_a_person_whose_name_segment_is_damaged_is_not_given_to_the_one_before(nad: str) -> None:
    """The tag of NAD destroyed in any way: still two people, the first as before, and a warning."""
    found, codes = people(lists(ADA, BOB.replace("NAD+FL", nad)))
    assert found[0] == ("ADA", "NGA", 1)
    assert len(found) == 2
    assert found[1][1:] == ("FRA", 1)
    assert "traveller_unclear" in codes or "segment_unexpected" in codes


def test_segments_before_their_name_segment_go_to_their_person() -> None:
    """NAD swapped with the birth date: the date is given back, and it is said."""
    swapped = "DTM+329:710101'ATT+2++M'NAD+FL+++BOB:B'NAT+2+FRA'DOC+P+B1'LOC+91+FRA'"
    found, codes = people(lists(ADA, swapped))
    assert found == [("ADA", "NGA", 1), ("BOB", "FRA", 1)]
    assert codes == {"segment_unexpected"}


def test_an_order_of_the_senders_own_is_no_damage() -> None:
    """A sender who puts nationality first does so for everybody: no warning, nobody split."""
    own = [f"NAD+FL+++{n}:X'NAT+2+FRA'DOC+P+{n}1'LOC+91+FRA'DTM+36:300101'ATT+2++M'" for n in "PQR"]
    found, codes = people(lists(*own, count=3))
    assert [name for name, _, _ in found] == ["P", "Q", "R"]
    assert codes == set()


def test_a_lost_terminator_before_a_line_end_ends_the_segment() -> None:
    """The next line starts with a known tag: nobody is swallowed."""
    data = lists(ADA, BOB).replace(b"LOC+91+NGA'NAD", b"LOC+91+NGA\r\nNAD")
    found, codes = people(data)
    assert found == [("ADA", "NGA", 1), ("BOB", "FRA", 1)]
    assert codes == {"terminator_missing"}


def test_a_released_terminator_before_a_known_segment_ends_the_segment() -> None:
    """A stray release character at the end of a group."""
    found, _ = people(lists(ADA, BOB).replace(b"NGA'NAD", b"NGA?'NAD"))
    assert found == [("ADA", "NGA", 1), ("BOB", "FRA", 1)]
