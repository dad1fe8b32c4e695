"""Converts names to keyed hashes (tokens). Tokens make it possible to detect users who search for
their own name, although no name is stored.

The journal stores search terms encrypted, and the web server cannot decrypt them. In addition, the
journal stores a token for each word of a searched name. The tokens are computed with a key of the
installation, and equal words have equal tokens.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

from vedette.core.names import fold
from vedette.keys.ring import Keys

#: The maximum number of words of a searched name for which tokens are stored.
MOST = 8
_KIND = "word_of_name"
_BETWEEN = re.compile(r"[\s\-'’.,/]+")


def words(*parts: str | None) -> list[str]:
    """Returns the words of a name in normalised form (`fold`), without repetitions, in alphabetical
    order.
    """
    found = {fold(word) for part in parts for word in _BETWEEN.split(part or "")}
    return sorted(word for word in found if len(word) > 1)


def tokens(keys: Keys, *parts: str | None) -> list[str]:
    """Returns the tokens of the first `MOST` words of a name, in hex."""
    return [keys.token(_KIND, word).hex() for word in words(*parts)[:MOST]]


def is_named(asked: Iterable[str], first: list[str], last: list[str]) -> bool:
    """Returns whether the tokens of the search terms include all tokens of a person's surname and the token
    of one given name.
    """
    given = set(asked)
    return bool(last) and given.issuperset(last) and not given.isdisjoint(first)
