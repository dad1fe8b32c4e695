"""The differences between two versions of a profile."""

from __future__ import annotations

import difflib
from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext_lazy as _

from vedette.apps import rendering
from vedette.apps.profiles import wording
from vedette.apps.profiles.models import Version
from vedette.apps.profiles.reading import Said
from vedette.profiles.tree import bare, lines_of

#: Field of a version → its label, in the order of the page.
FIELDS: dict[str, Any] = {
    "title": _("Title"),
    "weight": _("Weight"),
    "parameters": _("Parameters"),
    "purpose": _("Purpose"),
    "basis": _("Legal basis"),
    "source": _("Source"),
    "indicators": _("Indicators"),
    "floor": _("Minimum share of confirmed hits, percent"),
    "months": _("Active for (months)"),
    "justification": _("Justification for restricted facts"),
    "note_for": _("In their favour"),
    "note_against": _("Against"),
}


@dataclass(frozen=True)
class Change:
    """A field with its values in both versions."""

    name: Any
    before: str
    after: str


@dataclass(frozen=True)
class Line:
    """A line of an expression. `sign` is empty if the line is in both versions, `-` if it was removed, and
    `+` if it was added."""

    text: str
    sign: str = ""


def fields(earlier: Version, later: Version) -> list[Change]:
    """Returns the fields that differ."""
    return [
        Change(label, _shown(earlier, name), _shown(later, name))
        for name, label in FIELDS.items()
        if getattr(earlier, name) != getattr(later, name)
    ]


def _shown(version: Version, name: str) -> str:
    value = getattr(version, name)
    if name == "purpose":
        return str(version.get_purpose_display())
    if name == "parameters":
        return wording.detail(value)
    if isinstance(value, list):
        return ", ".join(map(str, value))
    return rendering.own(value) if isinstance(value, str) else "" if value is None else str(value)


def expression(earlier: Said, later: Said) -> list[Line]:
    """Returns the differences between the expressions, line by line. The expressions are compared
    in the standard format, so that spacing makes no difference."""
    before, after = _lines(earlier), _lines(later)
    made = []
    for what, a, b, c, d in difflib.SequenceMatcher(None, before, after, False).get_opcodes():
        if what == "equal":
            made += [Line(text) for text in before[a:b]]
            continue
        made += [Line(text, "-") for text in before[a:b]]
        made += [Line(text, "+") for text in after[c:d]]
    return made


def _lines(said: Said) -> list[str]:
    text = lines_of(said.tree) if said.tree is not None else said.text
    return text.split("\n")


def same(earlier: Said, later: Said) -> bool:
    """Returns whether two expressions are the same except for their format."""
    if earlier.tree is None or later.tree is None:
        return earlier.text.strip() == later.text.strip()
    return bare(earlier.tree) == bare(later.tree)
