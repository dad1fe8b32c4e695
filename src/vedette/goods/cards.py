"""Safety cards for substances and types of arms, and the search for a card.

A card states the information of a control list about the goods: names, CAS, UN and HS numbers, limits and
sources. The advice on a card is the same for all cards. A card contains nothing about the production or the
use of goods. No card has been reviewed yet, and each card states this.
"""

from __future__ import annotations

import functools
import re
from collections import defaultdict
from dataclasses import dataclass
from decimal import Decimal

from rapidfuzz import fuzz, process

from vedette.goods import codes, knowledge
from vedette.screening.control_lists.names import CLASS, names_of
from vedette.screening.control_lists.text import fold, is_han

#: Languages in which a card has a title. Entries have names in English and French; others are English.
LANGUAGES = ("en", "fr", "es", "ar")
#: Least similarity of a query and a name, from 0 to 100.
_LEAST = 60.0
#: Maximum number of characters of a query.
_MOST = 200


@dataclass(frozen=True, slots=True)
class Card:
    """A safety card. `reviewed` names the reviewer. `reviewed` is empty if the card has not been reviewed
    yet."""

    key: str
    title_en: str
    title_fr: str
    cas: tuple[str, ...]
    un: tuple[str, ...]
    hs: tuple[str, ...]
    #: The title of each list with a limit of concentration, and the limit in per cent.
    limits: tuple[tuple[str, Decimal], ...]
    sources: tuple[str, ...]
    advice: str = (
        "Keep your distance. Do not open the package. Call the specialists of your service."
    )
    reviewed: str = ""

    def title(self, language: str) -> str:
        """Returns the title in a language or, if there is no title in this language, in English."""
        return self.title_fr if language == "fr" and self.title_fr else self.title_en


@functools.cache
def cards() -> dict[str, Card]:
    """Returns all cards as a mapping from key to card. Goods of the Common High Priority List have no
    card."""
    grouped = defaultdict(list)
    for entry in knowledge.shipped().entries:
        if entry.list != "chpl":
            grouped[entry.key].append(entry)
    titles = {entry.list: entry.list for entry in knowledge.shipped().entries}
    titles |= {one.key: one.title for one in knowledge.shipped().lists}
    numbers = defaultdict(list)
    for number, keys in knowledge.shipped().numbers.items():
        for key in keys:
            numbers[key].append(f"UN{number}")
    found = {}
    for key, entries in grouped.items():
        found[key] = Card(
            key,
            entries[0].name_en,
            next((entry.name_fr for entry in entries if entry.name_fr), ""),
            tuple(dict.fromkeys(cas for entry in entries for cas in entry.cas)),
            tuple(sorted(numbers[key])),
            tuple(dict.fromkeys(code for entry in entries for code in entry.hs)),
            tuple((titles[e.list], e.limit) for e in entries if e.limit is not None),
            tuple(dict.fromkeys(f"{titles[e.list]} ({e.source})" for e in entries)),
        )
    return found


@functools.cache
def _names() -> tuple[list[str], list[str]]:
    """Returns the normalised names of all cards, and the key of each name."""
    shipped = knowledge.shipped()
    names: list[str] = []
    keys: list[str] = []
    for key, card in cards().items():
        for name in dict.fromkeys(
            fold(one) for one in (card.title_en, card.title_fr, *names_of(shipped, key)) if one
        ):
            names.append(" ".join(name.split()))
            keys.append(key)
    return names, keys


def name_parts(key: str) -> list[list[list[str]]]:
    """Returns the names of a card for a search on the device, without the server. Each name is a list of
    parts, and each part is a list of alternative words. Names of two parts are also returned with the parts
    in reverse order. Chinese words are left out, because the search supports only the languages in
    `LANGUAGES`."""
    shipped = knowledge.shipped()
    card = cards()[key]
    found = [[[name]] for name in (card.title_en, card.title_fr) if name]
    for name in shipped.names.get(key, ()):
        # The texts and the classes of words alternate.
        pieces = CLASS.split(name)
        parts = [
            [word for word in shipped.classes[piece] if not is_han(word)]
            if at % 2
            else [piece.strip()]
            for at, piece in enumerate(pieces)
        ]
        parts = [part for part in parts if part != [""]]
        found.append(parts)
        if len(parts) == 2:
            found.append(parts[::-1])
    return found


def search(query: str, limit: int = 3) -> list[Card]:
    """Returns the cards that match a query best. A query is a name, which may contain typing errors, or a
    CAS, UN or HS number."""
    query = query[:_MOST].strip()
    known = cards()
    if (cas := codes.cas_number(query)) is not None:
        return [card for card in known.values() if cas in card.cas][:limit]
    if re.fullmatch(r"(?i)\s*UN\s*\d{4}\s*", query) and (number := codes.un_number(query)):
        return [card for card in known.values() if number in card.un][:limit]
    plain = re.sub(r"[.\s]", "", query)
    if plain.isascii() and plain.isdecimal() and 4 <= len(plain) <= 10:
        exact = [card for card in known.values() if plain[:6] in card.hs]
        return (exact or [c for c in known.values() if any(h.startswith(plain[:4]) for h in c.hs)])[
            :limit
        ]
    folded = " ".join(fold(query).split())
    if not folded:
        return []
    names, keys = _names()
    if folded in names:
        # A name without a typing error: the cards with this name or with a name that contains it.
        held = dict.fromkeys(
            key
            for name, key in sorted(
                zip(names, keys, strict=True), key=lambda pair: pair[0] != folded
            )
            if f" {folded} " in f" {name} "
        )
        return [known[key] for key in held][:limit]
    ranked = process.extract(folded, names, scorer=fuzz.WRatio, limit=None, score_cutoff=_LEAST)
    scores: dict[str, float] = {}
    for name, score, place in ranked:
        whole = float(fuzz.ratio(folded, name))
        key = keys[place]
        scores[key] = max(scores.get(key, 0.0), 0.3 * score + 0.7 * whole)
    order = sorted(scores, key=lambda key: -scores[key])
    return [known[key] for key in order[:limit]]
