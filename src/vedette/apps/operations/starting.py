"""The forms that a new operation gets, in English and French. The coordinator can change these forms.

The values of the system fields are stored in columns of the message, from which situation reports are
counted. The other fields are proposals, taken from public seizure forms (`domain/programme.md`, section 2).
"""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from django.utils import translation
from django.utils.translation import gettext_lazy as _

from vedette.apps.enforcement.kinds import KINDS
from vedette.apps.enforcement.models import SeizureVersion
from vedette.apps.operations.models import Mode
from vedette.apps.rendering import say
from vedette.core import measures
from vedette.core.message_forms import LANGUAGES, Field, Form, checked

_ONE = Decimal(1)
#: The currencies of the starting forms. A coordinator adds others to the choices of the unit.
MONEY = ("USD", "EUR", "GBP", "CHF", "CNY", "XAF", "XOF")


def _both(text: Any) -> dict[str, str]:
    """Returns a text in every language of the forms."""
    found = {}
    for language in LANGUAGES:
        with translation.override(language):
            found[language] = str(text)
    return found


def _choices(pairs: Any) -> tuple[tuple[str, dict[str, str]], ...]:
    return tuple((code, _both(word)) for code, word in pairs)


def _units() -> tuple[tuple[str, dict[str, str]], ...]:
    found = []
    for code, unit in measures.UNITS.items():
        words = {}
        for language in LANGUAGES:
            with translation.override(language):
                words[language] = say(unit.word)
        found.append((code, words))
    return (*found, *((code, dict.fromkeys(LANGUAGES, code)) for code in MONEY))


def _field(id_: str, type_: str, label: Any, **more: Any) -> Field:
    return Field(id_, type_, _both(label), nominal=more.pop("nominal", False), **more)


def _system(id_: str, type_: str, label: Any, **more: Any) -> Field:
    return _field(id_, type_, label, system=True, kept=True, required=True, short=True, **more)


def _where() -> tuple[Field, ...]:
    return (
        _system("happened", "time", _("Date and time")),
        _system("place", "text", _("Place (office, port, post)"), length=160),
        _system("category", "choice", _("Kind of goods"), choices=_choices(KINDS.items())),
    )


def _route() -> tuple[Field, ...]:
    return (
        _field("mode", "choice", _("Mode of transport"), choices=_choices(Mode.choices)),
        _field("direction", "choice", _("Direction"), choices=_choices(SeizureVersion.Direction.choices)),
        _field("origin", "text", _("Origin (country code)"), length=2),
        _field("destination", "text", _("Destination (country code)"), length=2),
    )  # fmt: skip


#: Fields of the starting forms that leave as values of a form → their words, for pages that do not have the
#: form at hand. Fields that a coordinator adds are named by their id there.
_LABELS: dict[str, Any] = {
    "place": _("Place (office, port, post)"),
    "target": _("Does it belong to the target of the operation?"),
    "substance": _("Substance, type or model"),
    "arrests": _("Persons arrested"),
    "remark": _("Remark, without names of persons"),
    "means": _("Subject of the warning"),
    "reference": _("Number (container, declaration, voyage, plate)"),
    "goods": _("Goods"),
    "why": _("What is suspected, and why"),
    "grade": _("Grade of the source (Admiralty scale)"),
    "question": _("What is requested"),
    "seen": _("What you can see: colour, shape, smell, packing"),
    "marks": _("Labels, numbers, marks"),
}


def words() -> dict[str, dict[str, Any]]:
    """Returns the texts for the fields and codes of the starting forms, for `release/wording.py`."""
    return {
        "field": _LABELS,
        "form.target": {"yes": _("yes"), "no": _("no")},
        "form.means": {
            "shipment": _("a shipment"),
            "transport": _("a means of transport"),
            "trip": _("a trip"),
        },
    }


def forms() -> dict[str, Form]:
    """Returns the form of each kind of message that a new operation gets."""
    detection = _choices(SeizureVersion.Detection.choices)
    concealment = _choices(SeizureVersion.Concealment.choices)
    found: dict[str, Form] = {
        "control": (
            *_where(),
            _system("controls", "integer", _("Number of controls"), least=_ONE, most=Decimal(100_000)),
            _system("found", "yesno", _("Was something found?")),
            *_route(),
            _field("quantity", "number", _("Quantity that was checked")),
            _field("unit", "choice", _("Unit"), choices=_units()),
            _field("arrests", "integer", _("Persons arrested"), least=_ONE, most=Decimal(10_000)),
            _field("detection", "choice", _("Selected by"), choices=detection),
            _field("remark", "long", _("Remark, without names of persons"), length=2_000),
        ),
        "seizure": (
            *_where(),
            _system("quantity", "number", _("Quantity")),
            _system("unit", "choice", _("Unit"), choices=_units()),
            _system("target", "yesno", _("Does it belong to the target of the operation?")),
            _field("substance", "text", _("Substance, type or model"), length=120, short=True),
            _field("hs", "text", _("HS code"), length=10),
            *_route(),
            _field("conveyance", "text", _("Number of the container or of the means of transport"),
                   length=60, nominal=True),
            _field("concealment", "choice", _("Concealment"), choices=concealment),
            _field("detection", "choice", _("Detected by"), choices=detection),
            _field("test", "choice", _("Test"), choices=_choices(SeizureVersion.Test.choices)),
            _field("arrests", "integer", _("Persons arrested"), least=_ONE, most=Decimal(10_000)),
            _field("person", "text", _("Names of persons"), length=200, nominal=True),
            _field("remark", "long", _("Remark, without names of persons"), length=2_000),
        ),
        "warning": (
            _field("means", "choice", _("Subject of the warning"), required=True, short=True,
                   choices=_choices((
                ("shipment", _("a shipment")), ("transport", _("a means of transport")),
                ("trip", _("a trip"))))),
            _field("reference", "text", _("Number (container, declaration, voyage, plate)"), required=True,
                   short=True, length=80),
            _field("goods", "text", _("Goods"), short=True, length=200),
            *_route(),
            _field("why", "long", _("What is suspected, and why"), required=True, short=True, length=4_000),
            _field("grade", "choice", _("Grade of the source (Admiralty scale)"), choices=_choices(
                (code, code) for code in (f"{a}{n}" for a in "ABCDEF" for n in range(1, 7)))),
        ),
        "request": (
            _field("question", "long", _("What is requested"), required=True, short=True, length=4_000),
            _field("reference", "text", _("Number (container, declaration, voyage, plate)"), length=80),
        ),
        "help": (
            _field("seen", "long", _("What you can see: colour, shape, smell, packing"), required=True,
                   short=True, length=4_000),
            _field("marks", "text", _("Labels, numbers, marks"), short=True, length=400),
        ),
    }  # fmt: skip
    return {kind: checked(form) for kind, form in found.items()}
