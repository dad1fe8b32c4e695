"""Texts of pure code, and of the starter profiles, in the reader's language, by gettext."""

from __future__ import annotations

from typing import Any

import msgspec
from django.utils.translation import gettext, ngettext, npgettext, pgettext

from vedette.core.texts import Param, Piece, Text, pieces, render


class _Reader:
    """The language that is active."""

    def text(self, context: str, msgid: str) -> str:
        return pgettext(context, msgid) if context else gettext(msgid)

    def plural(self, context: str, msgid: str, plural: str, n: int) -> str:
        if context:
            return npgettext(context, msgid, plural, n)
        return ngettext(msgid, plural, n)


READER = _Reader()


def say(text: Param) -> str:
    """A text in the reader's language."""
    return render(text, READER)


def say_pieces(text: Text) -> list[Piece]:
    """The same in stretches: what is to be set off, and the rest."""
    return pieces(text, READER)


def stored(data: Any) -> str:
    """A text that was stored as plain data."""
    return say(msgspec.convert(data, Param)) if data else ""


def own(text: str) -> str:
    """What somebody wrote into a profile: of the starter profiles the translation, of others itself."""
    return pgettext("starter profile", text) if text else ""
