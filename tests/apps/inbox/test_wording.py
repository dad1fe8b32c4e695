"""Every warning and every refusal has words of its own, in both languages."""

from __future__ import annotations

import pytest
from django.utils import translation

from vedette.apps.inbox import wording
from vedette.formats.warnings import WARNINGS
from vedette.travellers import formats


@pytest.mark.parametrize("code", WARNINGS)
def test_every_warning_is_told(code: str) -> None:
    """No page shows a code: each has its sentence, and what was kept."""
    told = wording.told({"code": code, "message": "says 12, 10 present", "segment": "X"})
    assert code not in told.what
    assert told.kept


@pytest.mark.parametrize(
    "data",
    [b"", b"PK\x03\x04x", b"\x1f\x8bx", b"\xff\xd8\xffx", b"%PDF-1", b"\xff\xfeU\x00", b"<a/>",
     b"hello", b"UNB+UNOA:4+A+B+261124:0512+R'UNH+1+CUSCAR:D:95B:UN'BGM+1'UNT+3+1'UNZ+1+R'"],
)  # fmt: skip
def test_every_refusal_is_told(data: bytes) -> None:
    """What a reader refuses reaches the officer as our own sentence, with the remedy."""
    with pytest.raises(formats.Unreadable) as refused:
        formats.read(data)
    with translation.override("en"):
        told = wording.failure({"reason": refused.value.reason})
    assert told != refused.value.reason
    assert told.endswith(".")


def test_the_same_warnings_are_told_once() -> None:
    """A thousand bad dates are one line with its number and the first place."""
    warnings = [{"code": "date_impossible", "segment": "DTM", "offset": n} for n in range(1000)]
    [one] = wording.grouped(warnings)
    assert (one.times, one.offset) == (1000, 0)
