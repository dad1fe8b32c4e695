"""Values, limits and enumerations in words, in English and French.

French takes the plural from 2 on (1,5 heure), a decimal comma and narrow no-break spaces between
thousands; English any number but 1, and commas. What was written with decimals keeps them.
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Sequence
from decimal import Decimal

from vedette.screening.profiles.messages import Language, typeset
from vedette.screening.profiles.operators import PLAIN
from vedette.screening.profiles.tree import CompareOperator, Scalar
from vedette.screening.vocabulary import UNITS

_MONTHS: dict[Language, tuple[str, ...]] = {
    "en": ("January", "February", "March", "April", "May", "June", "July", "August", "September",
        "October", "November", "December"),
    "fr": ("janvier", "février", "mars", "avril", "mai", "juin", "juillet", "août", "septembre",
        "octobre", "novembre", "décembre"),
}  # fmt: skip
_YES: dict[Language, tuple[str, str]] = {"en": ("no", "yes"), "fr": ("non", "oui")}
#: Codes stand as they are; other text is quoted.
_CODE = re.compile(r"[A-Z0-9][A-Z0-9/-]{0,9}")

_Phrases = dict[CompareOperator, tuple[str, str]]
_NUMBERS: _Phrases = {
    "<": ("less than {}", "moins de {}"),
    "<=": ("{} or less", "{} ou moins"),
    ">": ("more than {}", "plus de {}"),
    ">=": ("{} or more", "{} ou plus"),
    "=": ("exactly {}", "exactement {}"),
    "<>": ("anything but {}", "tout sauf {}"),
}
_DAYS: _Phrases = {
    "<": ("before {}", "avant le {}"),
    "<=": ("on {} or before", "le {} ou avant"),
    ">": ("after {}", "après le {}"),
    ">=": ("on {} or after", "le {} ou après"),
    "=": ("on {}", "le {}"),
    "<>": ("on another day than {}", "un autre jour que le {}"),
}
_TEXTS: _Phrases = {
    "<": ("a value before {} in order", "une valeur avant {} dans l’ordre"),
    "<=": ("a value up to {} in order", "une valeur jusqu’à {} dans l’ordre"),
    ">": ("a value after {} in order", "une valeur après {} dans l’ordre"),
    ">=": ("a value from {} on in order", "une valeur à partir de {} dans l’ordre"),
    "=": ("{}", "{}"),
    "<>": ("anything but {}", "tout sauf {}"),
}
#: Against something that is no constant.
_DAYS_OF: _Phrases = {
    "<": ("before {}", "avant {}"),
    "<=": ("not after {}", "pas après {}"),
    ">": ("after {}", "après {}"),
    ">=": ("not before {}", "pas avant {}"),
    "=": ("on the same day as {}", "le même jour que {}"),
    "<>": ("on another day than {}", "un autre jour que {}"),
}
_SAME: _Phrases = {
    "=": ("the same as {}", "la même valeur que {}"),
    "<>": ("a value different from {}", "une autre valeur que {}"),
}


def pick(texts: tuple[str, str], language: Language) -> str:
    """The text of a language; French typeset."""
    return typeset(texts[1]) if language == "fr" else texts[0]


def number(value: int | float, language: Language) -> str:
    """A number: `1,234.5`, in French `1 234,5` with a narrow no-break space."""
    text = f"{Decimal(repr(value)):,f}"
    if language == "fr":
        text = text.translate({ord(","): "\N{NARROW NO-BREAK SPACE}", ord("."): ","})
    return text


def day(value: dt.date, language: Language) -> str:
    """A day: `1 January 2026`, in French `1er janvier 2026`."""
    ordinal = "1er" if language == "fr" and value.day == 1 else str(value.day)
    return f"{ordinal} {_MONTHS[language][value.month - 1]} {value.year}"


def amount(value: int | float, unit: str, language: Language) -> str:
    """A number with its unit: `1 hour`, `48 hours`, `1,5 heure`."""
    if unit == PLAIN:
        return str(value)
    one, more, un, plusieurs = UNITS[unit]
    forms = (un, plusieurs) if language == "fr" else (one, more)
    many = abs(value) >= 2 if language == "fr" else abs(value) != 1
    word = forms[many]
    text = number(value, language)
    return f"{text} {word}" if word else text


def shown(value: Scalar, unit: str, language: Language) -> str:
    """Any value, alone."""
    match value:
        case bool():
            return _YES[language][value]
        case int() | float():
            return amount(value, unit, language)
        case dt.date():
            return day(value, language)
    if not value:
        return pick(("an empty text", "un texte vide"), language)
    return value if _CODE.fullmatch(value) else quoted(value, language)


def quoted(text: str, language: Language) -> str:
    """Text in the quotes of the language."""
    if language == "fr":
        return f"«\N{NO-BREAK SPACE}{text}\N{NO-BREAK SPACE}»"
    return f"“{text}”"


def limit(operator: CompareOperator, value: Scalar, unit: str, language: Language) -> str:
    """What a comparison asks: `less than 48 hours`, `6 fois ou plus`, `avant le 1er mai 2026`."""
    match value:
        case bool() | str():
            phrases = _TEXTS
        case dt.date():
            phrases = _DAYS
        case _:
            phrases = _NUMBERS
    return pick(phrases[operator], language).replace("{}", shown(value, unit, language))


def limit_of(operator: CompareOperator, kind: str, said: str, language: Language) -> str:
    """The same against something that is no constant, as `said`; `kind` is its type."""
    phrases = _DAYS_OF if kind == "day" else _NUMBERS
    if kind in ("text", "yes_no"):
        phrases = _TEXTS | _SAME
    return pick(phrases[operator], language).replace("{}", said)


def between(low: Scalar, high: Scalar, unit: str, negated: bool, language: Language) -> str:
    """`between 2 and 5 hours`; negated, `less than 2 or more than 5 hours`."""
    texts = {
        (False, False): ("between {0} and {1}", "entre {0} et {1}"),
        (False, True): ("between {0} and {1}", "entre le {0} et le {1}"),
        (True, False): ("less than {0} or more than {1}", "moins de {0} ou plus de {1}"),
        (True, True): ("before {0} or after {1}", "avant le {0} ou après le {1}"),
    }[negated, isinstance(low, dt.date)]
    # The unit is said once, after the second.
    first = shown(low, "", language)
    return pick(texts, language).replace("{0}", first).replace("{1}", shown(high, unit, language))


def one_of(values: Sequence[Scalar], unit: str, negated: bool, language: Language) -> str:
    """`A, B or C`; negated, `anything but A, B or C`. The unit is said after the last."""
    said = [shown(value, "", language) for value in values[:-1]]
    said.append(shown(values[-1], unit, language))
    together = joined(said, ("or", "ou"), language)
    if negated:
        return pick(("anything but {}", "tout sauf {}"), language).replace("{}", together)
    return together


def joined(parts: Sequence[str], word: tuple[str, str], language: Language) -> str:
    """`A, B or C`."""
    if len(parts) < 2:
        return "".join(parts)
    return f"{', '.join(parts[:-1])} {word[language == 'fr']} {parts[-1]}"


def on_list(name: str, negated: bool, language: Language) -> str:
    """`one on the list “conflict_2026”`."""
    texts = (
        ("one not on the list {}", "une valeur absente de la liste {}")
        if negated
        else ("one on the list {}", "une valeur de la liste {}")
    )
    return pick(texts, language).replace("{}", quoted(name, language))


#: How text is part of other text → words for it, and for its opposite.
_PARTS: dict[str, tuple[str, str, str, str]] = {
    "begins": ("a value that begins with {}", "une valeur qui commence par {}",
        "a value that does not begin with {}", "une valeur qui ne commence pas par {}"),
    "ends": ("a value that ends with {}", "une valeur qui finit par {}",
        "a value that does not end with {}", "une valeur qui ne finit pas par {}"),
    "contains": ("a value that contains {}", "une valeur qui contient {}",
        "a value that does not contain {}", "une valeur qui ne contient pas {}"),
    "is": ("{}", "{}", "anything but {}", "tout sauf {}"),
    "like": ("a value like {}", "une valeur de la forme {}",
        "a value not like {}", "une valeur qui n’est pas de la forme {}"),
    "matches": ("a value in which the expression {} is found",
        "une valeur où se trouve l’expression {}",
        "a value in which the expression {} is not found",
        "une valeur où l’expression {} ne se trouve pas"),
}  # fmt: skip


def part(kind: str, text: str, negated: bool, language: Language) -> str:
    """`a value that begins with “AB”`; kinds are `begins`, `ends`, `contains`, `is`, `like`,
    `matches`."""
    texts = _PARTS[kind]
    chosen = (texts[2], texts[3]) if negated else (texts[0], texts[1])
    return pick(chosen, language).replace("{}", quoted(text, language))


def like(pattern: str, ignore_case: bool, negated: bool, language: Language) -> str:
    """A pattern of LIKE, as plainly as it can be said."""
    middle = pattern.strip("%")
    ends = pattern.startswith("%"), pattern.endswith("%")
    if "%" in middle or "_" in middle or not middle:
        said = part("like", pattern, negated, language)
    else:
        kinds = {(True, True): "contains", (True, False): "ends", (False, True): "begins"}
        said = part(kinds.get(ends, "is"), middle, negated, language)
    return said + (
        pick((" in any case", " sans égard à la casse"), language) if ignore_case else ""
    )
