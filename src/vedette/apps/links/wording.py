"""The texts of the pages of links: kinds of identifiers, paths, reasons why two records belong together, and
cells of the matrix.
"""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from typing import Any

from django.utils.translation import gettext, ngettext
from django.utils.translation import gettext_lazy as _

from vedette.apps import display
from vedette.apps.columns import Purpose, Theme
from vedette.apps.links.models import Offence
from vedette.apps.links.selectors import Row
from vedette.apps.subjects.models import Identifier
from vedette.screening.links import Agreement, Cell, Edge, Path

_KINDS = dict(Identifier.Kind.choices)
#: Code of an agreement or disagreement of two records → its words.
TERMS: Mapping[str, Any] = {
    "name": _("same or similar name"),
    "other_name": _("different name"),
    "document": _("same document or number"),
    "other_document": _("different document or number"),
    "birth_date": _("same birth date"),
    "other_birth_date": _("different birth date"),
    "contact": _("same contact"),
}


def kind(code: str) -> str:
    """Returns the name of a kind of identifier."""
    return str(_KINDS.get(code, code))


def shared(edge: Edge) -> str:
    """Returns a shared identifier with the number of its holders."""
    text = ngettext(
        "%(what)s (%(n)s person or company has this identifier)",
        "%(what)s (%(n)s persons or companies have this identifier)",
        edge.holders,
    )
    return text % {"what": kind(edge.kind), "n": display.number(edge.holders)}


def path(found: Path, rows: Mapping[uuid.UUID, Row]) -> list[tuple[str, str]]:
    """Returns the steps of a path: each shared identifier, and the next record that has this identifier."""
    return [
        (shared(edge), rows[edge.other].title if edge.other in rows else "–")
        for edge in found.edges
    ]


def agreement(found: Agreement) -> str:
    """Returns the reason why two records belong to one person or company."""
    terms = [f"{TERMS[code]} {display.signed(points, 2)}" for code, points in found.terms]
    return "; ".join(terms)


def offence(code: str) -> str:
    """Returns the text of a class of offence. An empty code means that no class has been stated."""
    if not code:
        return gettext("class of offence not stated")
    return str(Offence.Class(code).label) if code in Offence.Class.values else code


def cell(one: Cell) -> dict[str, str]:
    """Returns the text of a cell of the matrix."""
    return {
        "subject_theme": str(Theme(one.subject_theme).label),
        "subject_purpose": str(Purpose(one.subject_purpose).label),
        "case_theme": str(Theme(one.case_theme).label),
        "case_purpose": str(Purpose(one.case_purpose).label),
        "offence": offence(one.offence),
        "code": ".".join(one),
    }
