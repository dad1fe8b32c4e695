"""The texts of the receipt for detained cash, which is printed in the language of the person.

Article 7 of Regulation (EU) 2018/1672: the decision to detain cash states its reasons, is communicated to the
person, and is subject to a remedy. The period is 30 days, and after an assessment at most 90 days. The
figures are part of the national variant (`cash/variants`). The figures were not compared with the text of the
article.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from decimal import Decimal

from babel.dates import format_date
from babel.numbers import format_decimal

from vedette.cash.money import decimals
from vedette.core.texts import Text, gettext_lazy

#: Language → its name in the language itself. Those of the public form.
LANGUAGES = {"fr": "français", "en": "English", "es": "español", "ar": "العربية"}
RIGHT_TO_LEFT = frozenset({"ar"})
#: Code of a reason for the detention → its sentence.
REASONS = {
    "obligation": gettext_lazy(
        "The obligation to declare or to disclose the cash was not fulfilled."
    ),
    "indications": gettext_lazy(
        "There are indications that the cash is related to criminal activity."
    ),
}
#: Label → its words.
WORDS = {
    "title": gettext_lazy("Receipt for detained cash"),
    "authority": gettext_lazy("Authority"),
    "number": gettext_lazy("Number of the receipt"),
    "day": gettext_lazy("Day of the detention"),
    "place": gettext_lazy("Place of the detention"),
    "person": gettext_lazy("Person"),
    "born": gettext_lazy("Date of birth"),
    "document": gettext_lazy("Identity document"),
    "cash": gettext_lazy("Detained cash"),
    "kind": gettext_lazy("Kind of cash"),
    "amount": gettext_lazy("Amount or weight"),
    "reasons": gettext_lazy("Reasons"),
    "basis": gettext_lazy("Legal basis"),
    "limit": gettext_lazy("Time limit"),
    "remedy": gettext_lazy("Remedy"),
    "keep": gettext_lazy("Keep this receipt. Show this receipt when you ask about the cash."),
    "officer": gettext_lazy("Signature of the officer"),
    "signature": gettext_lazy("Signature of the person"),
}
KINDS = {
    "currency": gettext_lazy("Banknotes and coins"),
    "instrument": gettext_lazy("Cheques and other bearer instruments"),
    "gold": gettext_lazy("Gold"),
    "other": gettext_lazy("Other cash"),
}
_LIMIT = gettext_lazy(
    "The authority decides by %(day)s whether the cash is released or seized. If there is no "
    "decision by that date, the cash is released. The detention can be extended until %(last)s "
    "at the latest."
)
_EXTENDED = gettext_lazy(
    "The detention was extended. The authority decides by %(day)s whether the cash is released "
    "or seized. If there is no decision by that date, the cash is released."
)
_REMEDY = gettext_lazy("You can appeal against this decision until %(day)s to: %(body)s")

#: Text → the text in the language of the receipt.
Say = Callable[[Text], str]


def words(say: Say) -> dict[str, str]:
    """Returns the labels of the receipt."""
    return {name: say(text) for name, text in WORDS.items()}


def limit(say: Say, language: str, due: dt.date, last: dt.date, extended: bool) -> str:
    """Returns the sentence about the time limit."""
    if extended:
        return say(_EXTENDED.given(day=day(due, language)))
    return say(_LIMIT.given(day=day(due, language), last=day(last, language)))


def remedy(say: Say, language: str, body: str, until: dt.date) -> str:
    """Returns the sentence about the remedy."""
    return say(_REMEDY.given(day=day(until, language), body=body))


def day(value: dt.date, language: str) -> str:
    """Returns a day in a language, such as `2 December 2026`."""
    return format_date(value, "long", locale="en_GB" if language == "en" else language)


def amount(value: Decimal, unit: str, language: str) -> str:
    """Returns an amount with its currency, or a weight, with the digits of the language and all decimals. An
    amount that is not a whole number is shown with at least the usual number of decimals of its currency."""
    places = 0 if unit == "g" or value == value.to_integral_value() else decimals(unit)
    pattern = "#,##0." + places * "0" if places else None
    number = format_decimal(value, format=pattern, locale=language, decimal_quantization=False)
    return f"{number} {unit}"
