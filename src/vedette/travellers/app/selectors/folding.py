"""Folds typed names and numbers in the same way as `travellers/app/rows.py` folds the stored names and
numbers, so that both can be compared."""

from __future__ import annotations

import re
from itertools import chain

from vedette.core.names import fold

_BETWEEN = re.compile(r"[\s,;/]+")


def words(text: str) -> list[str]:
    """Returns the words of a name: transliterated, in lower case, letters only. `José` becomes `jose`."""
    return [w for w in (fold(part).lower() for part in _BETWEEN.split(text)) if w]


def like(text: str) -> str:
    """Returns `text` with the wildcards of LIKE escaped."""
    return text.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")


def beginnings(text: str) -> list[str]:
    """Returns the beginnings of `name_key` (`surname given`, each without spaces) that a typed name may mean.

    A comma separates surname and given names. If the text contains no comma, every division into surname and
    given names is tried, in both orders. Only the first eight words are used.
    """
    if "," in text:
        surname, _, given = text.partition(",")
        return [f"{''.join(words(surname))} {''.join(words(given))}".strip()]
    parts = words(text)[:8]
    splits = [(parts[:i], parts[i:]) for i in range(1, len(parts))]
    pairs = chain(splits, ((given, surname) for surname, given in splits))
    found = [f"{''.join(surname)} {''.join(given)}" for surname, given in pairs]
    # The whole text may be the beginning of a surname of several words.
    return list(dict.fromkeys(["".join(parts), *found])) if parts else []


def documents(text: str) -> list[str]:
    """Returns a document number in the forms that its token may have (`manifest.document_keys`): as typed,
    and without separators between groups of digits."""
    number = text.upper().replace(" ", "").replace("O", "0").replace("I", "1")
    return list(dict.fromkeys((number, re.sub(r"[-./]", "", number))))
