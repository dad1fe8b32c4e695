"""The reply as CUSRES is a valid interchange, whatever the references contain."""

from __future__ import annotations

import datetime as dt

from hypothesis import given
from hypothesis import strategies as st

from vedette.goods.formats import cusres

AT = dt.datetime(2026, 11, 24, 14, 35, tzinfo=dt.UTC)


def test_the_message_has_the_segments_of_the_specification() -> None:
    data = cusres.write(
        "control", AT, sender="CUSTOMS", recipient="SN1", number="12345", mrn="26SN1", lrn="A'1"
    )
    assert data.decode() == (
        "UNA:+.? '\r\nUNB+UNOC:3+CUSTOMS+SN1+261124:1435+12345'\r\nUNH+12345+CUSRES:D:96B:UN'\r\n"
        "BGM+962+12345+11'\r\nDTM+137:202611241435:203'\r\nGIS+5'\r\nRFF+ABT:26SN1'\r\n"
        "RFF+ABE:A?'1'\r\nUNT+7+12345'\r\nUNZ+1+12345'\r\n"
    )


@given(st.sampled_from(sorted(cusres.INDICATORS)), st.text(max_size=80), st.text(max_size=80))
def test_any_reference_stays_in_its_place(answer: cusres.Answer, one: str, two: str) -> None:
    data = cusres.write(answer, AT, sender=one, recipient=two, number="7", mrn=one, lrn=two)
    text = data.decode("latin-1").removeprefix("UNA:+.? '\r\n")
    for escaped in ("??", "?'", "?+", "?:", "?*"):
        text = text.replace(escaped, "")
    assert text.count("'\r\n") == text.count("'")
    assert "?" not in text
