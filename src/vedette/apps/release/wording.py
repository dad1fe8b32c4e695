"""The texts of the pages of releases."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Mapping
from decimal import Decimal
from typing import Any, TypeAlias

from django.utils.translation import gettext, pgettext, pgettext_lazy

from vedette.apps import display
from vedette.apps.rendering import say
from vedette.core import codes, measures
from vedette.core.releasable import TYPES as OBJECTS

#: Type of an object (`core/releasable.py`) → its word.
TYPES: dict[str, Any] = {
    "seizure": pgettext_lazy("object", "seizure"),
    "control": pgettext_lazy("object", "control"),
    "warning": pgettext_lazy("object", "warning"),
    "request": pgettext_lazy("object", "request"),
    "feedback": pgettext_lazy("object", "feedback"),
    "sitrep": pgettext_lazy("object", "situation report"),
    "final": pgettext_lazy("object", "final report"),
    "assistance_request": pgettext_lazy("object", "request for mutual assistance"),
    "assistance_answer": pgettext_lazy("object", "answer to a request for mutual assistance"),
    "broadcast": pgettext_lazy("object", "broadcast"),
    "test": pgettext_lazy("object", "test message"),
    "help": pgettext_lazy("object", "help with identification"),
    "notice": pgettext_lazy("object", "pre-export notice"),
    "photograph": pgettext_lazy("object", "photograph"),
    "relationship": pgettext_lazy("object", "relationship"),
    "comment": pgettext_lazy("object", "comment"),
    "receipt": pgettext_lazy("object", "receipt"),
    "sighting": pgettext_lazy("object", "sighting"),
    "recall": pgettext_lazy("object", "recall"),
    "agreement": pgettext_lazy("object", "agreement"),
}

#: Name of a field of a releasable object (`core/releasable.py`) → its label. A test compares both lists.
FIELDS: dict[str, Any] = {
    "type": pgettext_lazy("field", "Type"),
    "id": pgettext_lazy("field", "Identifier"),
    "version": pgettext_lazy("field", "Version"),
    "day": pgettext_lazy("field", "Day"),
    "happened_at": pgettext_lazy("field", "Date and time"),
    "country": pgettext_lazy("field", "Country"),
    "place_kind": pgettext_lazy("field", "Kind of place"),
    "office": pgettext_lazy("field", "Customs office"),
    "direction": pgettext_lazy("field", "Direction"),
    "origin": pgettext_lazy("field", "Country of origin"),
    "departure": pgettext_lazy("field", "Country of departure"),
    "transit": pgettext_lazy("field", "Transit countries"),
    "destination": pgettext_lazy("field", "Country of destination"),
    "conveyance": pgettext_lazy("field", "Means of transport"),
    "items": pgettext_lazy("field", "Goods"),
    "kind": pgettext_lazy("field", "Kind of goods"),
    "substance": pgettext_lazy("field", "Substance"),
    "hs": pgettext_lazy("field", "HS code"),
    "quantity": pgettext_lazy("field", "Quantity"),
    "unit": pgettext_lazy("field", "Unit"),
    "packages": pgettext_lazy("field", "Packages"),
    "value": pgettext_lazy("field", "Value"),
    "currency": pgettext_lazy("field", "Currency"),
    "measure": pgettext_lazy("field", "Measure"),
    "concealment": pgettext_lazy("field", "Concealment"),
    "detection": pgettext_lazy("field", "Detected by"),
    "test": pgettext_lazy("field", "Test"),
    "disposal": pgettext_lazy("field", "What was done with the goods"),
    "investigation": pgettext_lazy("field", "Investigation"),
    "offence": pgettext_lazy("field", "Offence"),
    "basis": pgettext_lazy("field", "Legal basis"),
    "narrative": pgettext_lazy("field", "Text"),
    "people": pgettext_lazy("field", "People"),
    "nationality": pgettext_lazy("field", "Nationality"),
    "sex": pgettext_lazy("field", "Sex"),
    "age_band": pgettext_lazy("field", "Age band"),
    "photographs": pgettext_lazy("field", "Photographs"),
    "nominal": pgettext_lazy("field", "Names and other nominal data"),
    "controls": pgettext_lazy("field", "Number of controls"),
    "found": pgettext_lazy("field", "Something was found"),
    "useful_until": pgettext_lazy("field", "Useful until"),
    "due_at": pgettext_lazy("field", "Due"),
    "about": pgettext_lazy("field", "Refers to"),
    "outcome": pgettext_lazy("field", "Outcome"),
    "from": pgettext_lazy("field", "From"),
    "until": pgettext_lazy("field", "Until"),
    "to": pgettext_lazy("field", "To"),
    "relation": pgettext_lazy("field", "Relationship"),
    "what": pgettext_lazy("field", "Reported"),
    "at": pgettext_lazy("field", "Time"),
    "role": pgettext_lazy("field", "Role"),
    "hash": pgettext_lazy("field", "Hash (SHA-256)"),
    "why": pgettext_lazy("field", "Reason"),
    "title": pgettext_lazy("field", "Title"),
    "parties": pgettext_lazy("field", "Parties"),
    "withdrawn": pgettext_lazy("field", "Withdrawn"),
    "form": pgettext_lazy("field", "Field of the form"),
    "field": pgettext_lazy("field", "Field"),
    "figures": pgettext_lazy("field", "Figures"),
    "figure": pgettext_lazy("field", "Figure"),
    "amount": pgettext_lazy("field", "Amount"),
    "goods": pgettext_lazy("field", "Goods"),
    "publications": pgettext_lazy("field", "Figures in publications"),
    "source": pgettext_lazy("field", "Source"),
    "remark": pgettext_lazy("field", "Remark"),
    "confirmations": pgettext_lazy("field", "Confirmation by the participants"),
    "confirmed": pgettext_lazy("field", "Confirmed"),
    "narrative_fr": pgettext_lazy("field", "Text in French"),
    "corrections": pgettext_lazy("field", "Corrections of earlier reports"),
    "report": pgettext_lazy("field", "Number of the report"),
    "before": pgettext_lazy("field", "Before"),
    "after": pgettext_lazy("field", "After"),
    "late": pgettext_lazy("field", "Late participants"),
    "participant": pgettext_lazy("field", "Participant"),
    "organisation": pgettext_lazy("field", "Organisation"),
    "requesting": pgettext_lazy("field", "Requesting administration"),
    "requested": pgettext_lazy("field", "Requested administration"),
    "reference": pgettext_lazy("field", "File number of the requesting administration"),
    "assistance": pgettext_lazy("field", "Type of assistance"),
    "matter": pgettext_lazy("field", "Matter"),
    "case": pgettext_lazy("field", "Description of the case"),
    "provisions": pgettext_lazy("field", "Legal and administrative provisions"),
    "procedure": pgettext_lazy("field", "Procedure asked for"),
    "oral_at": pgettext_lazy("field", "Made orally on"),
    "answer": pgettext_lazy("field", "Answer"),
    "ground": pgettext_lazy("field", "Ground of the refusal"),
}
#: Key of nominal content → its label.
NOMINAL: dict[str, Any] = {
    "persons": pgettext_lazy("field", "Persons and companies"),
}
#: Field → its codes with their words. The apps above add the words that they own (`know`).
VALUES: dict[str, dict[str, Any]] = {
    "type": TYPES,
    "measure": {
        "seizure": pgettext_lazy("measure", "seizure"),
        "detention": pgettext_lazy("measure", "detention"),
    },
    "disposal": {
        "stored": pgettext_lazy("goods", "stored"),
        "evidence": pgettext_lazy("goods", "kept as evidence"),
        "returned": pgettext_lazy("goods", "returned"),
        "handed_over": pgettext_lazy("goods", "handed over"),
        "destroyed": pgettext_lazy("goods", "destroyed"),
        "sold": pgettext_lazy("goods", "sold"),
    },
    "investigation": {
        "none": pgettext_lazy("investigation", "none"),
        "open": pgettext_lazy("investigation", "open"),
        "prosecuted": pgettext_lazy("investigation", "prosecuted"),
        "closed": pgettext_lazy("investigation", "closed"),
    },
    "sex": {
        "M": pgettext_lazy("sex", "male"),
        "F": pgettext_lazy("sex", "female"),
        "X": pgettext_lazy("sex", "other"),
        "U": pgettext_lazy("sex", "not stated"),
    },
    "relation": {
        "same_as": pgettext_lazy("relationship", "the same"),
        "part_of": pgettext_lazy("relationship", "part of"),
        "follows": pgettext_lazy("relationship", "follows"),
        "related_to": pgettext_lazy("relationship", "related to"),
    },
    #: The grounds on which customs conventions permit a refusal (Nairobi 1977; WCO model agreement 2004).
    "ground": {
        "sovereignty": pgettext_lazy("ground", "sovereignty"),
        "security": pgettext_lazy("ground", "security or public order"),
        "interest": pgettext_lazy("ground", "other essential national interest"),
        "commercial": pgettext_lazy("ground", "legitimate commercial interest"),
        "law": pgettext_lazy("ground", "not permitted by national law"),
        "investigation": pgettext_lazy("ground", "ongoing investigation or proceedings"),
        "reciprocity": pgettext_lazy(
            "ground", "the requesting administration could not do the same"
        ),
        "burden": pgettext_lazy("ground", "disproportionate effort"),
    },
    "what": {
        "arrived": pgettext_lazy("receipt", "arrived"),
        "opened": pgettext_lazy("receipt", "opened"),
        "seen": pgettext_lazy("sighting", "seen"),
        "nothing_seen": pgettext_lazy("sighting", "nothing seen"),
        "expired": pgettext_lazy("sighting", "expired"),
    },
    "role": {
        "coordinator": pgettext_lazy("receipt", "coordinator"),
        "contact": pgettext_lazy("receipt", "contact point"),
        "deputy": pgettext_lazy("receipt", "deputy contact point"),
        "post": pgettext_lazy("receipt", "post"),
        "observer": pgettext_lazy("receipt", "observer"),
        "other": pgettext_lazy("receipt", "other"),
    },
}
_COUNTRIES = ("country", "origin", "departure", "transit", "destination", "nationality")
_TIMES = ("happened_at", "useful_until", "due_at", "oral_at", "from", "until", "at")
_AMOUNTS = ("quantity", "value", "amount", "before", "after")


#: Field → the function that writes a value in words, for codes that are composed.
WRITERS: dict[str, Callable[[str], str]] = {}
#: Writes a value of a form: id of the field, stored value → label and text, in the reader's language.
Form: TypeAlias = Callable[[str, str], tuple[str, str]]


def know(
    words: dict[str, dict[str, Any]], writers: Mapping[str, Callable[[str], str]] | None = None
) -> None:
    """Registers the texts for the codes of fields. The app that defines the codes calls this function
    once."""
    VALUES.update(words)
    WRITERS.update(writers or {})


def label(name: str) -> str:
    """Returns the label of a field. If the list of fields does not contain the field, its name is used as the
    label.
    """
    return str(FIELDS.get(name, name))


def value(name: str, given: Any) -> str:
    """Returns the value of a field as text in the reader's language."""
    if isinstance(given, bool):
        return gettext("yes") if given else gettext("no")
    if isinstance(given, list):
        return ", ".join(value(name, one) for one in given)
    if isinstance(given, int):
        return str(display.number(given))
    text = str(given)
    if text in VALUES.get(name, {}):
        return str(VALUES[name][text])
    if name in WRITERS:
        return WRITERS[name](text)
    if name in _COUNTRIES and (country := codes.country_name(text)):
        return pgettext("country", country)
    if name == "unit" and text in measures.UNITS:
        return say(measures.UNITS[text].word)
    try:
        if name in _TIMES:
            return display.moment_utc(dt.datetime.fromisoformat(text))
        if name == "day":
            return display.day(dt.date.fromisoformat(text))
        if name in _AMOUNTS:
            return _amount(text)
    except (ValueError, ArithmeticError):
        return text
    return text


def _amount(text: str) -> str:
    amount = Decimal(text)
    return str(display.number(amount, max(0, -int(amount.as_tuple().exponent))))


def _plain(field: str, given: str) -> tuple[str, str]:
    """Returns a value of a form as text, if the version of the form is not available."""
    words = VALUES.get("field", {})
    return str(words.get(field, field.replace("_", " "))), value(f"form.{field}", given)


def lines(content: dict[str, Any], form: Form = _plain) -> list[tuple[str, str]]:
    """Returns the content of an object as pairs of a label and a text. Instead of the photographs, the result
    contains the number of photographs. `form` is a function that returns the values of the form of a message
    as text.
    """
    made = []
    for name, given in content.items():
        if name == "photographs":
            made.append((label(name), str(len(given))))
        elif name == "form":
            made += [form(str(row.get("field", "")), str(row.get("value", ""))) for row in given]
        elif isinstance(given, list) and given and isinstance(given[0], dict):
            made += [(label(name), "; ".join(_pair(*one) for one in row.items())) for row in given]
        elif isinstance(given, dict):
            # The fields of nominal content have no fixed list.
            made += [
                (str(NOMINAL.get(key, f"{label(name)}: {key}")), str(one))
                for key, one in given.items()
            ]
        else:
            made.append((label(name), value(name, given)))
    return made


def ordered(content: dict[str, Any], *left_out: str) -> dict[str, Any]:
    """Returns the fields of an object that a reader needs, in the order of its type; fields that the type
    does not list are last. The database does not preserve the order of the fields. The type, identifiers and
    the fields `left_out` are not included."""
    left = {"id", "version", "about", "type", "nominal", *left_out}
    known = [one.name for one in OBJECTS[content["type"]].fields]
    names = [name for name in dict.fromkeys([*known, *content]) if name not in left]
    return {name: content[name] for name in (*names, "nominal") if name in content}


def _pair(name: str, given: Any) -> str:
    return labelled(label(name), value(name, given))


def labelled(label_: str, text: str) -> str:
    """Returns a label and a text, separated by a colon that is spaced according to the rules of the reader's
    language."""
    return gettext("%(label)s: %(value)s") % {"label": label_, "value": text}
