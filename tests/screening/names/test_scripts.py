"""Scripts without a table of ours: by ICU where it is installed, by anyascii otherwise."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from types import SimpleNamespace

import pytest

from vedette.screening.names import scripts
from vedette.screening.names.compare import compare
from vedette.screening.names.model import DEFAULT_THRESHOLD

GEORGIAN, LATIN, CYRILLIC = "ნინო", "Núñez", "Нина"


@pytest.fixture(autouse=True)
def _unread() -> Iterator[None]:
    """What was read with or without ICU is forgotten before and after."""
    for cached in (scripts.icu, scripts.word_tokens):
        cached.cache_clear()
    yield
    for cached in (scripts.icu, scripts.word_tokens):
        cached.cache_clear()


def test_without_icu_anyascii_reads(monkeypatch: pytest.MonkeyPatch) -> None:
    """ICU needs a compiler to install: nothing may depend on it."""
    monkeypatch.setitem(sys.modules, "icu", None)
    assert scripts.word_tokens(GEORGIAN) == ("nino",)
    assert compare("ნინო ნიმუში", "Nino Nimushi", "Person").score >= DEFAULT_THRESHOLD


def test_icu_reads_only_what_no_table_of_ours_does(monkeypatch: pytest.MonkeyPatch) -> None:
    """Our tables beat a general transliteration; Latin letters need none."""
    made = SimpleNamespace(transliterate=lambda word: "" if word == "ა" else "icu read")
    transliterator = SimpleNamespace(createInstance=lambda rules: made)
    monkeypatch.setitem(sys.modules, "icu", SimpleNamespace(Transliterator=transliterator))
    assert scripts.word_tokens(GEORGIAN) == ("icuread",)
    assert scripts.word_tokens("ა") == ("a",)
    assert scripts.word_tokens(LATIN) == ("nunez",)
    assert scripts.word_tokens(CYRILLIC) == ("nina",)


def test_the_real_icu_reads_as_well() -> None:
    """Where it is installed."""
    pytest.importorskip("icu")
    assert compare("ნინო ნიმუში", "Nino Nimushi", "Person").score >= DEFAULT_THRESHOLD
    assert compare("ሀብታሙ ምሳሌ", "Habtamu Msale", "Person").score >= DEFAULT_THRESHOLD
