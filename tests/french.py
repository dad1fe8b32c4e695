"""The French catalogue, without Django; and French for texts of a test's own."""

from __future__ import annotations

import gettext
from collections.abc import Mapping

from scripts.docs_tables import LOCALE


def _key(entry: str | tuple[str, int]) -> str:
    """Plural forms are kept by text and number."""
    return entry if isinstance(entry, str) else entry[0]


_CATALOGUE = gettext.translation("django", LOCALE, ["fr"])
#: Texts that it has, as `context EOT text`.
CATALOGUE: frozenset[str] = frozenset(filter(None, map(_key, _CATALOGUE._catalog)))  # type: ignore[attr-defined]


class French:
    """French, with translations of one's own before those of the catalogue."""

    def __init__(self, own: Mapping[str, str] | None = None) -> None:
        self._own = {} if own is None else own

    def text(self, context: str, msgid: str) -> str:
        if msgid in self._own:
            return self._own[msgid]
        return _CATALOGUE.pgettext(context, msgid) if context else _CATALOGUE.gettext(msgid)

    def plural(self, context: str, msgid: str, plural: str, n: int) -> str:
        return _CATALOGUE.ngettext(msgid, plural, n)


FRENCH = French()
