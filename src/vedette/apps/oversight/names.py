"""Names as keyed tokens: whether somebody searched for their own name is known without the name.

The journal keeps what was searched for sealed to a key that no page has. Beside it stands a token of
each word of the name, taken with the installation's key: equal for equal words, and nothing else.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

from vedette.keys.ring import Keys
from vedette.travellers.manifest import fold

#: Words of one search that get a token.
MOST = 8
_KIND = "word_of_name"
_BETWEEN = re.compile(r"[\s\-'’.,/]+")


def words(*parts: str | None) -> list[str]:
    """The words of a name, folded, each once, in alphabetical order."""
    found = {fold(word) for part in parts for word in _BETWEEN.split(part or "")}
    return sorted(word for word in found if len(word) > 1)


def tokens(keys: Keys, *parts: str | None) -> list[str]:
    """The tokens of a name's words, in hex, at most `MOST`."""
    return [token.hex() for token in keys.tokens(_KIND, words(*parts)[:MOST])]


def is_named(asked: Iterable[str], first: list[str], last: list[str]) -> bool:
    """Whether all of a person's surname and one of the given names is among the tokens asked for."""
    given = set(asked)
    return bool(last) and given.issuperset(last) and not given.isdisjoint(first)
