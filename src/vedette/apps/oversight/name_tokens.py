"""Names as keyed tokens, so that a user's search for their own name is found although no name is stored.

The journal stores search terms encrypted, and the web server cannot decrypt them. With the search terms, the
journal stores a token of each word of the name. The tokens are computed with a key of the installation, so
that equal words have equal tokens.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

from vedette.core.names import fold
from vedette.keys.ring import Keys

#: Maximum number of words of a search for which tokens are stored.
MOST = 8
_KIND = "word_of_name"
_BETWEEN = re.compile(r"[\s\-'’.,/]+")


def words(*parts: str | None) -> list[str]:
    """Returns the words of a name, folded, without repetitions, in alphabetical order."""
    found = {fold(word) for part in parts for word in _BETWEEN.split(part or "")}
    return sorted(word for word in found if len(word) > 1)


def tokens(keys: Keys, *parts: str | None) -> list[str]:
    """Returns the tokens of the words of a name, in hex, at most `MOST`."""
    return [keys.token(_KIND, word).hex() for word in words(*parts)[:MOST]]


def is_named(asked: Iterable[str], first: list[str], last: list[str]) -> bool:
    """Whether `asked` contains the tokens of the whole surname and of one given name of a person."""
    given = set(asked)
    return bool(last) and given.issuperset(last) and not given.isdisjoint(first)
