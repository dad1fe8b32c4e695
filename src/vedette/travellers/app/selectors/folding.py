"""How what is typed is folded before it is compared with what is stored (`travellers/app/rows.py`)."""

from __future__ import annotations

import re
from itertools import chain

from vedette.core.folding import fold

_BETWEEN = re.compile(r"[\s,;/]+")


def words(text: str) -> list[str]:
    """The words of a name, each transliterated, lower case, letters only: `José` is `jose`."""
    return [w for w in (fold(part).lower() for part in _BETWEEN.split(text)) if w]


def like(text: str) -> str:
    """`text` with the wildcards of LIKE taken literally."""
    return text.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")


def beginnings(text: str) -> list[str]:
    """Beginnings of `name_key` (`surname given`, joined within each) that a typed name may mean.

    Where a surname of several words ends is not known, so each place is tried, and both orders; a
    comma says it. At most eight words count.
    """
    if "," in text:
        surname, _, given = text.partition(",")
        return [f"{''.join(words(surname))} {''.join(words(given))}".strip()]
    parts = words(text)[:8]
    splits = [(parts[:i], parts[i:]) for i in range(1, len(parts))]
    pairs = chain(splits, ((given, surname) for surname, given in splits))
    found = [f"{''.join(surname)} {''.join(given)}" for surname, given in pairs]
    # All of it may be the beginning of a surname of several words.
    return list(dict.fromkeys(["".join(parts), *found])) if parts else []


def documents(text: str) -> list[str]:
    """A document number as tokens are taken (`joining.document_keys`): as typed, and without what
    people put between groups of digits."""
    number = text.upper().replace(" ", "").replace("O", "0").replace("I", "1")
    return list(dict.fromkeys((number, re.sub(r"[-./]", "", number))))


def locator(text: str) -> str:
    """A record locator as its token is taken."""
    return text.upper().replace(" ", "")
