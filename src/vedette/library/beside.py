"""Selects the library items that are shown on a page about a hit, goods, cash or an operation: at most three
items that match the theme, the goods and the language.

Only items that belong to the theme and that the reader may read are shown. Items that are superseded or no
longer valid are not shown. The items are sorted by these criteria, in this order: whether the item applies to
a substance of the page, the length of the common prefix of the HS codes, whether the item is in the language
of the reader, the words of the page in the title, the number of themes of the item (fewest first), and the
kind of the item.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from dataclasses import dataclass

from vedette.library.items import KINDS, Item, Reader
from vedette.library.words import fold, keys, words

#: The most items beside a page.
MOST = 3
#: The order of the kinds on a page of work.
_ORDER = ("tool", "guideline", "form", "training", "standard", "policy", "lesson")


@dataclass(frozen=True)
class Work:
    """The page for which library items are selected: the theme and the goods of the page, words that describe
    it, and the language of the reader.
    """

    theme: str
    language: str
    hs: str = ""
    substance: str = ""
    words: str = ""


def theme_of(hs: str) -> str:
    """Returns the theme of goods with an HS code: small arms (chapter 93), Programme Global Shield (chapters
    28, 29, 31 and 36: chemicals, fertilisers, explosives), otherwise strategic goods."""
    chapter = hs[:2]
    if chapter == "93":
        return "small_arms"
    return "global_shield" if chapter in ("28", "29", "31", "36") else "strategic"


def beside(items: Iterable[Item], work: Work, reader: Reader, today: dt.date) -> list[Item]:
    """Returns up to three items, best first."""
    asked = {
        k for _, _, word in words(work.words, work.language) for k in keys(word, work.language)
    }
    fitting = [
        item
        for item in items
        if work.theme in item.themes
        and not item.superseded_by
        and (item.valid_until is None or item.valid_until >= today)
        and reader.may_read(item)
    ]
    return sorted(fitting, key=lambda item: _rank(item, work, asked))[:MOST]


def _rank(item: Item, work: Work, asked: set[str]) -> tuple[object, ...]:
    substance = bool(work.substance) and fold(work.substance) in map(fold, item.substances)
    common = max((len(code) for code in item.hs if work.hs.startswith(code)), default=0)
    other_goods = bool(item.substances or item.hs) and not substance and not common
    title = {
        k for _, _, word in words(item.title, item.language) for k in keys(word, item.language)
    }
    kind = _ORDER.index(item.kind) if item.kind in KINDS else len(_ORDER)
    return (
        -substance, -common, other_goods, item.language != work.language, -len(asked & title),
        len(item.themes), kind, item.id,
    )  # fmt: skip
