"""The syntax of EDIFACT as airlines send it: separators, wraps, headers, trailers, limits."""

from __future__ import annotations

import pytest

from vedette import kinds
from vedette.formats import edifact
from vedette.formats.edifact import MessageText, Unreadable

BODY = (
    "UNB+UNOA:4+AA:ZZ+GOV+261124:0800+R1'UNG+PAXLST+AA+GOV+261124:0800+R1+UN+D:05B'"
    "UNH+M1+PAXLST:D:05B:UN:IATA+ACC+01:F'BGM+745'TDT+20+ZZ412+++ZZ'LOC+125+LOS'"
    "DTM+189:2611240905:201'LOC+87+CDG'DTM+232:2611241550:201'NAD+FL+++O?'NEIL:ANN'CNT+42:1'"
    "UNT+10+M1'UNE+1+R1'UNZ+1+R1'"
)


def one(text: str | bytes) -> MessageText:
    (message,) = edifact.interchanges(text.encode() if isinstance(text, str) else text)
    return message


def codes(message: MessageText) -> list[str]:
    return [warning.code for warning in message.warnings]


def test_a_clean_interchange_has_no_warning_and_true_offsets() -> None:
    """Offsets and lengths point at the segment in the bytes as received, release character included."""
    message = one(BODY)
    assert codes(message) == []
    nad = next(seg for seg in message.segments if seg.tag == "NAD")
    assert BODY[nad.offset : nad.offset + nad.length] == "NAD+FL+++O?'NEIL:ANN"
    assert nad.el[4] == ["O'NEIL", "ANN"]
    assert nad.get(4, 1) == "ANN"
    assert nad.get(9, 9) == ""
    assert message.envelope.release == "D:05B"
    assert (message.envelope.sequence, message.envelope.last) == (1, True)


@pytest.mark.parametrize(
    "una",
    [
        "UNA:+.? '",
        "UNA:+.?*'",
        " \r\nUNA:+.? '\r\n",
        "QU BRUXXYY\r\n.PARXXYY 241000\r\n\x02UNA:+.? '",
    ],
)
def test_a_true_una_is_honoured(una: str) -> None:
    """The two usual ones, behind blanks or a Type-B header."""
    assert codes(one(una + BODY)) == []


@pytest.mark.parametrize("una", ["UNA:+\\*'", "UNA:+.?'", "UNA+:.? '", "UNA:+.? ~", "UNA:+.? ''"])
def test_a_una_that_lies_is_overruled_by_unb(una: str) -> None:
    """Too short, too long, swapped, another terminator: inferred from UNB instead, and said."""
    message = one(una + BODY)
    assert codes(message) == ["una_invalid"]
    assert len(message.segments) == 8


def test_other_separators_are_honoured() -> None:
    """Separators that mean something to regular expressions, with UNA and without."""
    other = BODY.replace("?'", "\0").replace("'", "$").replace("+", "*").replace("\0", "'")
    assert codes(one("UNA:*.? $\n" + other)) == []
    assert codes(one(other)) == []


def test_nul_between_segments_is_no_separator() -> None:
    """A program in C that writes the end of each text: the segments and names are those of the message."""
    message = one("UNA:+.? '" + BODY.replace("O?'N", "ON").replace("'", "'\0"))
    assert codes(message) == []
    assert message.segments[6].get(4, 1) == "ANN"


def test_wraps_inside_a_segment_are_no_part_of_it() -> None:
    """Lines broken at 69 columns, anywhere, and blanks at the start of the next."""
    lines = [BODY[at : at + 69] for at in range(0, len(BODY), 69)]
    assert codes(one("\r\n".join(lines))) == []
    plain, wrapped = one(BODY), one("\r\n   ".join(lines))
    assert [seg.el for seg in wrapped.segments] == [seg.el for seg in plain.segments]
    assert wrapped.body == plain.body


def test_utf8_and_latin1_values_both_read() -> None:
    """UNOA forbids both; both come."""
    for encoding in ("utf-8", "latin-1"):
        message = one(BODY.replace("NEIL", "NÉIL").encode(encoding))
        assert next(s for s in message.segments if s.tag == "NAD").get(4) == "O'NÉIL"
        assert codes(message) == []


@pytest.mark.parametrize(
    ("old", "new", "code"),
    [
        ("UNT+10", "UNT+11", "unt_count"),
        ("UNT+10+M1", "UNT+10+M2", "unt_reference"),
        ("UNT+10+M1'", "", "unt_missing"),
        ("UNE+1", "UNE+2", "une_count"),
        ("UNE+1+R1", "UNE+1+R2", "une_reference"),
        ("UNE+1+R1'", "", "une_missing"),
        ("UNZ+1", "UNZ+2", "unz_count"),
        ("UNZ+1+R1", "UNZ+1+R2", "unz_reference"),
        ("UNZ+1+R1'", "", "unz_missing"),
        ("UNZ+1+R1'", "UNZ+1+R1", "terminator_missing"),
        ("UNZ+1+R1'", "UNZ+1+R1'some text", "text_outside"),
        ("UNE+1+R1'", "UNE+1+R1'FTX+AAA'", "segment_unexpected"),
    ],
)
def test_each_wrong_service_string_is_one_named_warning(old: str, new: str, code: str) -> None:
    """Nothing else is said, and the message is read whole."""
    message = one(BODY.replace(old, new))
    assert codes(message) == [code]
    assert len(message.segments) == 8


def test_lower_case_and_a_message_without_an_interchange_are_read() -> None:
    """Tags in lower case; UNH to UNT alone."""
    assert len(one(BODY.lower()).segments) == 8
    bare = BODY[BODY.index("UNH") : BODY.index("UNE")]
    assert codes(one(bare)) == ["unb_missing"]


def test_several_messages_groups_and_interchanges_come_in_order() -> None:
    """Each with its own separators."""
    other = BODY.replace("?'", "\0").replace("'", "$").replace("\0", "'")
    message = BODY[BODY.index("UNH") : BODY.index("UNE")]
    two = BODY.replace(message, message + message.replace("M1", "M2")).replace("UNE+1", "UNE+2")
    found = list(edifact.interchanges((two + "\r\n" + other + "UNA:+.? '" + BODY).encode()))
    assert [m.envelope.message_ref for m in found] == ["M1", "M2", "M1", "M1"]
    assert [codes(m) for m in found] == [[], [], [], []]


def test_people_behind_a_stray_unt_are_still_read() -> None:
    """A UNT in the middle ends nothing: a traveller is never lost."""
    text = BODY.replace("CNT+42:1'", "UNT+9+M1'NAD+FL+++LATE:LEA'CNT+42:2'")
    (message,) = kinds.read(text.encode())
    assert [p.surname for p in message.travellers] == ["O'NEIL", "LATE"]
    assert message.warnings


@pytest.mark.parametrize(
    ("data", "said"),
    [
        (b"", "empty"),
        (b" \r\n\x00", "empty"),
        (b"PK\x03\x04rest", "ZIP"),
        (b"\xff\xd8\xff\xe0", "JPEG"),
        (b"%PDF-1.7", "PDF"),
        (BODY.encode("utf-16"), "UTF-16"),
        (BODY.encode("utf-16-le"), "UTF-16"),
        (b"dear sirs", "no EDIFACT"),
        (b"<a/>", "XML of another kind"),
        (b"UNB+UNOA:1+A+B+261124:0800+1'UNZ+0+1'", "no UNH"),
        (
            BODY.replace("PAXLST", "INVOIC").encode(),
            "INVOIC",
        ),
    ],
)
def test_what_is_no_message_is_named_with_its_remedy(data: bytes, said: str) -> None:
    """Sent by mistake: the reason says what it is and what to do."""
    with pytest.raises(Unreadable, match=said):
        kinds.read(data)


def test_the_limits_are_said(monkeypatch: pytest.MonkeyPatch) -> None:
    """Too many bytes or segments: refused at once, with the limit."""
    monkeypatch.setattr(edifact, "MAX_SEGMENTS", 5)
    with pytest.raises(Unreadable, match="limit is 5 per"):
        list(edifact.interchanges(BODY.encode()))
    monkeypatch.setattr(edifact, "MAX_SEGMENTS", 500)
    monkeypatch.setattr(edifact, "MAX_PARTS", 20)
    with pytest.raises(Unreadable, match="limit is 20"):
        list(edifact.interchanges(BODY.encode()))
    monkeypatch.setattr(edifact, "MAX_BYTES", 100)
    with pytest.raises(Unreadable, match="limit is 100"):
        list(edifact.interchanges(BODY.encode()))


def test_parts_that_are_not_there_are_missed() -> None:
    """Joined on the common access reference over all files given; a lone last part misses the others."""
    parts = [BODY.replace("+ACC+01:F", f"+ACC+0{n}:{'F' if n == 3 else 'C'}") for n in (1, 2, 3)]

    def missed(*chosen: str) -> list[str]:
        messages = [m for text in chosen for m in kinds.read(text.encode())]
        return [w.message for m in kinds.missing_parts(messages) for w in m.warnings]

    assert missed(*parts) == []
    assert missed(parts[2], parts[0], parts[1]) == []
    assert missed(parts[0], parts[2]) == ["2 part(s) present, parts 2 missing"]
    assert missed(parts[0]) == ["1 part(s) present, last part missing"]


def test_a_damaged_message_type_is_still_known() -> None:
    """UNH with a letter wrong in PAXLST, or with none of it left."""
    for damaged in ("PAXLSX", "PAXST", ""):
        (message,) = kinds.read(BODY.replace("PAXLST:D", f"{damaged}:D").encode())
        assert [person.surname for person in message.travellers] == ["O'NEIL"]


def test_a_superscript_digit_is_no_number() -> None:
    """`str.isdigit` is true for `²`, and `int` refuses it: the part number and the count are unknown."""
    message = one(BODY.replace("+01:F", "+\xb2:F").replace("UNT+10", "UNT+\xb2").encode("latin-1"))
    assert message.envelope.sequence is None
    assert codes(message) == ["unt_count"]


def test_an_interchange_whose_only_segments_are_trailers_is_no_message() -> None:
    """Found by fuzzing: nothing but UNT, and it does not raise anything else."""
    with pytest.raises(Unreadable):
        kinds.read(b"UNH'UNT+1'"[4:] + b"UNA:+.? 'UNT+3+1'")
    with pytest.raises(Unreadable):
        kinds.read(b"UNA:+.? 'UNB-UNT+3+1'UNT+3'")


def test_a_missing_part_is_told_at_a_place() -> None:
    """The warning stands at the UNH of the last part that is there."""
    (message,) = kinds.missing_parts(kinds.read(BODY.replace("+01:F", "+01:C").encode()))
    (warning,) = message.warnings
    assert (warning.code, warning.offset) == ("part_missing", BODY.index("UNH+M1"))
