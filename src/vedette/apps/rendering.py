"""Renders the texts of `core/texts.py` and of the starter profiles in the reader's language, with gettext."""

from __future__ import annotations

from typing import Any

import msgspec
from django.utils.translation import gettext, ngettext, pgettext

from vedette.core.texts import Language, Param, Piece, Text, pieces, render


class _Reader(Language):
    """Returns the language that is active in Django."""

    def gettext(self, message: str) -> str:
        return gettext(message)

    def pgettext(self, context: str, message: str) -> str:
        return pgettext(context, message)

    def ngettext(self, msgid1: str, msgid2: str, n: int) -> str:
        return ngettext(msgid1, msgid2, n)


READER = _Reader()


def say(text: Param) -> str:
    """A text in the language of the reader."""
    return render(text, READER)


def say_pieces(text: Text) -> list[Piece]:
    """A text in the reader's language, as a list of its parts. Emphasised parts are marked."""
    return pieces(text, READER)


def stored(data: Any) -> str:
    """Renders a text that was stored as plain data. Without data, the result is empty."""
    return say(msgspec.convert(data, Param)) if data else ""


def own(text: str) -> str:
    """Returns a text of a profile. The text of a starter profile is translated, and other texts are
    unchanged.
    """
    return pgettext("starter profile", text) if text else ""
