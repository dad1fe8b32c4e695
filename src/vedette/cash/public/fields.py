"""The kinds of field of the form: the conversion of an entered text to a value, and the error message for an
invalid text.

The text that a person entered is kept, and is shown again if it is invalid. `value` converts a text to its
value, or raises `Wrong` with a sentence in the language of the page. Digits of all scripts are accepted.
"""

from __future__ import annotations

import datetime as dt
import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from django.utils.functional import Promise
from django.utils.translation import gettext as _

from vedette.cash import codes, money
from vedette.cash.public import names

#: The greatest amount, and the greatest weight in grams.
MOST_AMOUNT, MOST_WEIGHT = Decimal(10) ** 12, Decimal(10) ** 7
#: Days before and after today between which a journey lies; the oldest person in years.
PAST_DAYS, COMING_DAYS, OLDEST = 30, 180, 120

Text = str | Promise
_GROUP = " \u00a0\u202f'\u2019\u066c"
_NUMBER = re.compile(
    r"(?P<sign>[-\u2212])?(?P<whole>[0-9]+)(?:[.,\u066b](?P<part>[0-9]*))?", re.ASCII
)
_GROUPED = re.compile(
    r"[1-9][0-9]{0,2}(?:(?P<by>[.,])[0-9]{3})(?:(?P=by)[0-9]{3})*(?:[.,\u066b][0-9]{1,2})?",
    re.ASCII,
)
_EMAIL = re.compile(r"[^@\s<>]+@[^@\s<>]+\.[^@\s<>.]+")
_PHONE = re.compile(r"\+?[0-9 ()./-]{5,30}", re.ASCII)
_NUMBER_OF_DOCUMENT = re.compile(r"[^\W_](?:[^\W_]|[ ./-]){0,39}")


class Wrong(Exception):
    """The error that is raised if an entered text is invalid. The message states what is wrong and what to
    do.
    """


@dataclass(frozen=True)
class Field:
    """A field of a page. `path` is the path of its value in the record of a movement. A field is required if
    the national variant requires its path, or if `must` is true.
    """

    name: str
    kind: str
    label: Text
    hint: Text = ""
    path: str = ""
    must: bool = False
    most: int = 100
    #: Code → label, for the kinds `choice` and `many`.
    choices: tuple[tuple[str, Text], ...] = ()
    #: For the browser: what a telephone may fill in (`autocomplete`).
    auto: str = ""


@dataclass(frozen=True)
class About:
    """The information, besides the entered text, that is needed to check a value."""

    language: str
    today: dt.date
    currency: str = ""


def value(field: Field, typed: Any, about: About) -> Any:
    """Returns the value of a field. Raises `Wrong`. An empty field has the value None, and an empty list of
    choices has the value ().
    """
    if field.kind == "many":
        known = {code for code, _label in field.choices}
        return tuple(dict.fromkeys(one for one in typed if one in known))
    if field.kind in ("date", "birth"):
        return _date(field, typed, about)
    text = str(typed).strip()
    if not text:
        return None
    if len(text) > field.most:
        raise Wrong(
            _("This text is too long. Shorten the text to %(most)s characters; the text has %(n)s.")
            % {"most": field.most, "n": len(text)}
        )
    return _CHECKS[field.kind](field, text, about)


def clean(text: str) -> str:
    """Returns a text without control characters and without characters that change the direction of text."""
    return "".join(
        one for one in text if unicodedata.category(one) not in ("Cc", "Cf", "Cs", "Co", "Cn")
    )


def digits(text: str) -> str:
    """Returns a text with the digits of all scripts as 0 to 9."""
    return "".join(
        str(unicodedata.decimal(one)) if unicodedata.category(one) == "Nd" else one for one in text
    )


def parts(field: Field, typed: Any) -> tuple[str, str, str]:
    """Returns the day, the month and the year of a typed date as texts."""
    given = [str(one) for one in typed] if isinstance(typed, list) else []
    day, month, year = [*given, "", "", ""][:3]
    return day, month, year


def number(text: str, places: int) -> Decimal:
    """Returns the number that a person typed; the number may have at most `places` decimals. Raises `Wrong`.

    Points and commas separate decimals or groups of three digits, depending on the country. A number is
    accepted only if it can be read in only one way.
    """
    plain = digits(text)
    for one in _GROUP:
        plain = plain.replace(one, "")
    match = _NUMBER.fullmatch(plain)
    unclear = Wrong(_("Write the number with digits only, for example 12500 or 12500.50."))
    if match is not None and match["sign"]:
        raise Wrong(_("The number cannot be negative."))
    if match is not None and len(match["part"] or "") != 3:
        if len((match["part"] or "").rstrip("0")) > places:
            raise Wrong(_("Write at most %(n)s decimals.") % {"n": places})
        return _decimal(match["whole"], match["part"] or "")
    if match is not None and match["whole"] == "0" and places >= 3:
        return _decimal("0", match["part"])
    grouped = _GROUPED.fullmatch(plain)
    if grouped is None or places >= 3:
        # With three decimals, 10.000 is ten or ten thousand.
        raise unclear
    whole, by = plain, grouped["by"]
    decimal = re.search(r"[.,\u066b]([0-9]{1,2})$", whole)
    if decimal is not None:
        whole = whole[: decimal.start()]
        if by == plain[decimal.start()]:
            raise unclear
    part = decimal[1] if decimal else ""
    if len(part.rstrip("0")) > places:
        raise Wrong(_("Write at most %(n)s decimals.") % {"n": places})
    return _decimal(whole.replace(by, ""), part)


def _decimal(whole: str, part: str) -> Decimal:
    """Returns the number without leading and trailing zeros."""
    part = part.rstrip("0")
    return Decimal(f"{whole.lstrip('0') or '0'}.{part}" if part else whole.lstrip("0") or "0")


def _date(field: Field, typed: Any, about: About) -> dt.date | None:
    day, month, year = (digits(one).strip() for one in parts(field, typed))
    if not (day or month or year):
        return None
    try:
        if not (day.isdecimal() and month.isdecimal() and len(year) == 4):
            raise ValueError
        found = dt.date(int(year), int(month), int(day))
    except (ValueError, OverflowError):
        raise Wrong(
            _(
                "This date does not exist. Write day, month and year with digits, and the year "
                "with four digits."
            )
        ) from None
    if field.kind == "birth":
        if not about.today.year - OLDEST <= found.year or found > about.today:
            raise Wrong(_("This date of birth is not possible. Check the year."))
        return found
    first = about.today - dt.timedelta(days=PAST_DAYS)
    last = about.today + dt.timedelta(days=COMING_DAYS)
    if not first <= found <= last:
        raise Wrong(
            _("Write a date between %(first)s and %(last)s.")
            % {"first": f"{first:%d/%m/%Y}", "last": f"{last:%d/%m/%Y}"}
        )
    return found


def _text(field: Field, text: str, about: About) -> str:
    if "<" in text or ">" in text:
        raise Wrong(_("The characters < and > are not allowed here. Remove them."))
    return text


def _name(field: Field, text: str, about: About) -> str:
    if not all(
        unicodedata.category(one)[0] in "LM" or one in " -'\u2019.,\u00b7\u30fb" for one in text
    ):
        raise Wrong(
            _(
                "A name can contain only letters, spaces, hyphens, apostrophes and full stops. Write "
                "the name as in your document."
            )
        )
    if not any(unicodedata.category(one)[0] == "L" for one in text):
        raise Wrong(_("Write the name as in your document."))
    return text


def _document(field: Field, text: str, about: About) -> str:
    text = digits(text).upper()
    if _NUMBER_OF_DOCUMENT.fullmatch(text) is None:
        raise Wrong(
            _(
                "A document number can contain only letters and digits. Write the number as in your document."
            )
        )
    return text


def _country(field: Field, text: str, about: About) -> str:
    if text not in names.countries(about.language):
        raise Wrong(_("Choose a country from the list."))
    return text


def _currency(field: Field, text: str, about: About) -> str:
    if text in names.currencies(about.language, about.today):
        return text
    if (day := money.ended(text, about.today)) is not None:
        raise Wrong(
            _("%(currency)s has not been in use since %(day)s. Choose a currency from the list.")
            % {"currency": names.currency(text, about.language), "day": f"{day:%d/%m/%Y}"}
        )
    raise Wrong(_("Choose a currency from the list."))


def _choice(field: Field, text: str, about: About) -> str:
    if text not in {code for code, _label in field.choices}:
        raise Wrong(_("Choose one of the answers."))
    return text


def _amount(field: Field, text: str, about: About) -> Decimal:
    return _positive(number(text, money.decimals(about.currency)), MOST_AMOUNT)


def _weight(field: Field, text: str, about: About) -> Decimal:
    return _positive(number(text, 3), MOST_WEIGHT)


def _fineness(field: Field, text: str, about: About) -> Decimal:
    return _positive(number(text, 2), Decimal(1000))


def _pieces(field: Field, text: str, about: About) -> Decimal:
    return _positive(number(text, 0), Decimal(10) ** 6)


def _positive(amount: Decimal, most: Decimal) -> Decimal:
    if amount <= 0:
        raise Wrong(_("The number must be greater than zero."))
    if amount > most:
        raise Wrong(_("This number is too large. Check the digits."))
    return amount


def _email(field: Field, text: str, about: About) -> str:
    if _EMAIL.fullmatch(text) is None:
        raise Wrong(_("Write an e-mail address such as name@example.org."))
    return text


def _phone(field: Field, text: str, about: About) -> str:
    plain = digits(text)
    if _PHONE.fullmatch(plain) is None:
        raise Wrong(_("Write a telephone number with its country code, such as +33 1 23 45 67 89."))
    return plain


def _code(field: Field, text: str, about: About) -> str:
    found = codes.parse(text)
    if found is None:
        raise Wrong(
            _(
                "This is not a valid code of an announcement. Check the characters; a "
                "code has 13 characters."
            )
        )
    return found


def _yes(field: Field, text: str, about: About) -> bool:
    return text == "yes"


_CHECKS = {
    "text": _text, "name": _name, "document": _document, "country": _country, "currency": _currency,
    "choice": _choice, "amount": _amount, "weight": _weight, "fineness": _fineness, "pieces": _pieces,
    "email": _email, "phone": _phone, "code": _code, "yes": _yes,
}  # fmt: skip


def chosen(field: Field, given: Any) -> str:
    """Returns the labels of the chosen answers of a field."""
    labels = dict(field.choices)
    some: Sequence[str] = given if isinstance(given, tuple) else (given,)
    return ", ".join(str(labels[one]) for one in some if one in labels)
