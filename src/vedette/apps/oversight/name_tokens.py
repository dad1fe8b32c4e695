"""Converts names to keyed hashes (tokens). Tokens make it possible to detect users who search for
their own name, although no name is stored.

The journal stores search terms encrypted, and the web server cannot decrypt them. In addition, the
journal stores a token for each word of a searched name, and a token for each user whose name is similar. The
tokens are computed with a key of the installation, and equal words have equal tokens.
"""

from __future__ import annotations

import re
import uuid
from collections.abc import Iterable

from vedette.apps.accounts.models import User
from vedette.core.names import fold
from vedette.keys.ring import Keys

#: The maximum number of words of a searched name for which tokens are stored.
MOST = 8
_KIND, _SIMILAR = "word_of_name", "user_with_similar_name"
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


def of_user(keys: Keys, user: uuid.UUID) -> str:
    """Returns the token of a user whose name is similar to a searched name."""
    return keys.token(_SIMILAR, user.hex).hex()


def searched(keys: Keys, by: User, *parts: str | None) -> list[str]:
    """Returns the tokens of a searched name: the tokens of its words, and the tokens of users of the
    organisation whose names are similar. A single word is not compared with the names of users,
    because a surname alone does not name a user."""
    found = tokens(keys, *parts)
    if len(found) < 2:
        return found
    # A web process loads the engine at the first use.
    from vedette.screening.names import lookup
    from vedette.screening.names.model import DEFAULT_THRESHOLD

    users = User.objects.filter(organisation=by.organisation_id)
    named = {
        pk: [f"{first} {last}"]
        for pk, first, last in users.values_list("pk", "first_name", "last_name")
        if first and last
    }
    scores = lookup.scores(" ".join(filter(None, parts)), list(named.values()))
    near = [pk for pk, score in zip(named, scores, strict=True) if score >= DEFAULT_THRESHOLD]
    return [*found, *(of_user(keys, pk) for pk in near)]


def is_named(asked: Iterable[str], first: list[str], last: list[str]) -> bool:
    """Returns whether the tokens of the search terms include all tokens of a person's surname and the token
    of one given name.
    """
    given = set(asked)
    return bool(last) and given.issuperset(last) and not given.isdisjoint(first)
