"""Words for grounds that have no column and get none, in English and French.

Source: Directive (EU) 2016/681, art. 6(4): criteria are in no circumstances based on race or ethnic
origin, political opinions, religion or philosophical beliefs, trade-union membership, health, sexual
life or orientation. What betrays them (meals, assistance, language, origin of a name) goes with them.
Who types such a word as a column is told so, rather than offered the nearest one.
"""

from __future__ import annotations

import re
import unicodedata

#: Beginnings of words, without accents.
_STEMS: tuple[str, ...] = (
    "racial", "racis", "ethni", "tribe", "tribu", "caste", "skin", "peau", "complexion",
    "politic", "politiq", "opinion", "partisan",
    "relig", "faith", "belief", "creed", "croyan", "confession", "church", "eglise", "mosque",
    "muslim", "musulm", "islam", "christian", "chretien", "jewish", "judai", "juif", "juive", "hindu",
    "philosoph", "syndic", "health", "sante", "medic", "disab", "handicap", "invalid", "wheelchair",
    "fauteuil", "disease", "illness", "malad", "pregnan", "grossess", "enceinte",
    "sexual", "sexuel", "homosex", "lesbi", "transgend", "transgenre",
    "meal", "repas", "halal", "kosher", "casher", "vegetarian", "language", "langue", "mothertongue",
    "dialect", "assistance",
)  # fmt: skip
#: Whole words.
_WORDS = frozenset(
    {"race", "races", "union", "unions", "gay", "foi", "diet", "regime", "wchr", "moml"}
)


def is_protected(name: str) -> bool:
    """Whether a name, as somebody typed it, asks for a protected ground."""
    plain = unicodedata.normalize("NFD", name.casefold())
    plain = "".join(letter for letter in plain if not unicodedata.combining(letter))
    words = [word for word in re.split(r"[\W_]+", plain) if word]
    return any(word in _WORDS or word.startswith(_STEMS) for word in words)
