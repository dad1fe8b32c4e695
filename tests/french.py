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


class French(gettext.NullTranslations):
    """French, with translations of one's own before those of the catalogue."""

    def __init__(self, own: Mapping[str, str] | None = None) -> None:
        super().__init__()
        self._own = {} if own is None else own

    def gettext(self, message: str) -> str:
        return self._own.get(message) or _CATALOGUE.gettext(message)

    def pgettext(self, context: str, message: str) -> str:
        return self._own.get(message) or _CATALOGUE.pgettext(context, message)

    def ngettext(self, msgid1: str, msgid2: str, n: int) -> str:
        return _CATALOGUE.ngettext(msgid1, msgid2, n)


FRENCH = French()
