"""Renders the texts of `core/texts.py` and of the starter profiles in the reader's language, with gettext."""

from __future__ import annotations

from typing import Any

import msgspec
from django.utils.translation import gettext, ngettext, npgettext, pgettext

from vedette.core.texts import Param, Piece, Text, pieces, render


class _Reader:
    """The active language of Django."""

    def text(self, context: str, msgid: str) -> str:
        return pgettext(context, msgid) if context else gettext(msgid)

    def plural(self, context: str, msgid: str, plural: str, n: int) -> str:
        return npgettext(context, msgid, plural, n) if context else ngettext(msgid, plural, n)


READER = _Reader()


def say(text: Param) -> str:
    """A text in the reader's language."""
    return render(text, READER)


def say_pieces(text: Text) -> list[Piece]:
    """A text in the reader's language, as a list of its parts; the emphasised ones are marked."""
    return pieces(text, READER)


def stored(data: Any) -> str:
    """Renders a text that was stored as plain data; empty for no data."""
    return say(msgspec.convert(data, Param)) if data else ""


def own(text: str) -> str:
    """A text in a profile: translated if it belongs to a starter profile, otherwise unchanged."""
    return pgettext("starter profile", text) if text else ""
