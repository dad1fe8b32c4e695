"""Marks that Python takes for no letters do not cut words."""

from __future__ import annotations

import pytest

from vedette.screening.names import text
from vedette.screening.names.compare import compare


@pytest.mark.parametrize(
    ("written", "latin", "other"),
    [
        ("नरेन्द्र मोदी", "Narendra Modi", "Rahul Gandhi"),
        ("মুজিবুর রহমান", "Mujibur Rahman", "Ziaur Karim"),
        ("ทักษิณ ชินวัตร", "Thaksin Shinawatra", "Prayut Chanocha"),
        ("مُحَمَّد عَلِي", "Muhammad Ali", "Hassan Rouhani"),
        ("Mu\u0308ller Hans", "Müller Hans", "Schmidt Hans"),
    ],
)
def test_marks_do_not_cut_a_word(written: str, latin: str, other: str) -> None:
    """Vowel signs of Devanagari, Bengali and Thai, vowel points, accents written apart: for Python they
    are no letters, and names of whole countries would fare worse."""
    assert len(text.tokens(written)) == 2
    assert compare(written, latin, "Person").score >= 0.8
    assert compare(written, other, "Person").score < 0.6
