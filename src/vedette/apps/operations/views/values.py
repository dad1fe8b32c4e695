"""The values of a message in the reader's language."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal

from django.utils import timezone
from django.utils.translation import get_language, gettext

from vedette.apps import display
from vedette.apps.operations.actions.messages import form_of
from vedette.apps.operations.models import Message, Nominal
from vedette.core.message_forms import Field


@dataclass(frozen=True)
class Shown:
    """One field of a message with its value in the reader's language."""

    label: str
    value: str
    nominal: bool = False


def language() -> str:
    """Returns the language of the reader, if the forms of messages support it, otherwise English."""
    return "fr" if (get_language() or "fr").startswith("fr") else "en"


def value_of(one: Field, stored: str) -> str:
    """Returns a stored value with its unit, formatted for the reader's language."""
    match one.type:
        case "choice":
            return one.word(stored, language())
        case "yesno":
            return gettext("yes") if stored == "yes" else gettext("no")
        case "integer" | "number":
            amount = Decimal(stored)
            places = -int(amount.as_tuple().exponent)
            text = display.number(amount, max(0, places))
            return f"{text}\u00a0{one.unit}" if one.unit else text
        case "day":
            return display.day(timezone.datetime.fromisoformat(stored).date())  # type: ignore[attr-defined]
        case "time":
            naive = timezone.datetime.fromisoformat(stored)  # type: ignore[attr-defined]
            return display.moment(naive)
    return stored


def values(message: Message) -> list[Shown]:
    """Returns the values of a message with the labels of the version of the form with which it was written.
    Readers of the organisation that wrote the message also see the nominal values.
    """
    _, form = form_of(message.operation, message.kind, message.template)
    secret = Nominal.objects.filter(message=message).values_list("values", flat=True).first() or {}
    found = []
    for one in form:
        stored = message.values.get(one.id, secret.get(one.id))
        if stored is not None:
            found.append(Shown(one.label(language()), value_of(one, stored), one.id in secret))
    return found
