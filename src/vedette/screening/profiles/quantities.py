"""Values, limits and enumerations as texts. What was written with decimals keeps them."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Sequence

from vedette.screening.profiles.operators import PLAIN
from vedette.screening.profiles.tree import CompareOperator, Scalar
from vedette.screening.vocabulary import UNITS
from vedette.texts import Day, One, Text, gettext_lazy, pgettext_lazy

#: Codes stand as they are; other text is quoted.
_CODE = re.compile(r"[A-Z0-9][A-Z0-9/-]{0,9}")

_Phrases = dict[CompareOperator, Text]
_EXACTLY = gettext_lazy("%(limit)s")
_ANYTHING_BUT = gettext_lazy("anything but %(limit)s")
_NUMBERS: _Phrases = {
    "<": gettext_lazy("less than %(limit)s"),
    "<=": gettext_lazy("%(limit)s or less"),
    ">": gettext_lazy("more than %(limit)s"),
    ">=": gettext_lazy("%(limit)s or more"),
    "=": gettext_lazy("exactly %(limit)s"),
    "<>": _ANYTHING_BUT,
}
_DAYS: _Phrases = {
    "<": pgettext_lazy("day", "before %(limit)s"),
    "<=": pgettext_lazy("day", "on %(limit)s or before"),
    ">": pgettext_lazy("day", "after %(limit)s"),
    ">=": pgettext_lazy("day", "on %(limit)s or after"),
    "=": pgettext_lazy("day", "on %(limit)s"),
    "<>": pgettext_lazy("day", "on another day than %(limit)s"),
}
_TEXTS: _Phrases = {
    "<": gettext_lazy("a value before %(limit)s in order"),
    "<=": gettext_lazy("a value up to %(limit)s in order"),
    ">": gettext_lazy("a value after %(limit)s in order"),
    ">=": gettext_lazy("a value from %(limit)s on in order"),
    "=": _EXACTLY,
    "<>": _ANYTHING_BUT,
}
#: Against something that is no constant.
_DAYS_OF: _Phrases = {
    "<": gettext_lazy("before %(limit)s"),
    "<=": gettext_lazy("not after %(limit)s"),
    ">": gettext_lazy("after %(limit)s"),
    ">=": gettext_lazy("not before %(limit)s"),
    "=": gettext_lazy("on the same day as %(limit)s"),
    "<>": gettext_lazy("on another day than %(limit)s"),
}
_SAME: _Phrases = {
    "=": gettext_lazy("the same as %(limit)s"),
    "<>": gettext_lazy("a value different from %(limit)s"),
}


def amount(value: int | float, unit: str) -> One:
    """A number with its unit: `1 hour`, `48 hours`."""
    if unit == PLAIN:
        return str(value)
    return UNITS[unit].given(n=value) if unit else value


def shown(value: Scalar, unit: str = "") -> One:
    """Any value, alone."""
    match value:
        case bool():
            return pgettext_lazy("value", "yes") if value else pgettext_lazy("value", "no")
        case int() | float():
            return amount(value, unit)
        case dt.date():
            return Day(value)
    if not value:
        return gettext_lazy("an empty text")
    return value if _CODE.fullmatch(value) else quoted(value)


def quoted(text: One) -> Text:
    """Text in the quotes of the language."""
    return gettext_lazy("“%(text)s”", text=text)


def limit(operator: CompareOperator, value: Scalar, unit: str) -> Text:
    """What a comparison asks: `less than 48 hours`, `6 times or more`, `before 1 May 2026`."""
    match value:
        case bool() | str():
            phrases = _TEXTS
        case dt.date():
            phrases = _DAYS
        case _:
            phrases = _NUMBERS
    return phrases[operator].given(limit=shown(value, unit))


def limit_of(operator: CompareOperator, kind: str, said: One) -> Text:
    """The same against something that is no constant, as `said`; `kind` is its type."""
    phrases = _DAYS_OF if kind == "day" else _NUMBERS
    if kind in ("text", "yes_no"):
        phrases = _TEXTS | _SAME
    return phrases[operator].given(limit=said)


def between(low: Scalar, high: Scalar, unit: str, negated: bool) -> Text:
    """`between 2 and 5 hours`; negated, `less than 2 or more than 5 hours`."""
    text = {
        (False, False): gettext_lazy("between %(low)s and %(high)s"),
        (False, True): pgettext_lazy("day", "between %(low)s and %(high)s"),
        (True, False): gettext_lazy("less than %(low)s or more than %(high)s"),
        (True, True): pgettext_lazy("day", "before %(low)s or after %(high)s"),
    }[negated, isinstance(low, dt.date)]
    # The unit is said once, after the second.
    return text.given(low=shown(low), high=shown(high, unit))


def one_of(values: Sequence[Scalar], unit: str, negated: bool) -> Text:
    """`A, B or C`; negated, `anything but A, B or C`. The unit is said after the last."""
    *some, last = values
    together: One = shown(last, unit)
    if some:
        together = gettext_lazy("%(some)s or %(last)s", some=tuple(map(shown, some)), last=together)
    return (_ANYTHING_BUT if negated else _EXACTLY).given(limit=together)


def on_list(name: str, negated: bool) -> Text:
    """`one on the list “conflict_2026”`."""
    text = (
        gettext_lazy("one not on the list %(list)s")
        if negated
        else gettext_lazy("one on the list %(list)s")
    )
    return text.given(list=quoted(name))


#: How text is part of other text → words for it, and for its opposite.
_PARTS: dict[str, tuple[Text, Text]] = {
    "begins": (
        gettext_lazy("a value that begins with %(text)s"),
        gettext_lazy("a value that does not begin with %(text)s"),
    ),
    "ends": (
        gettext_lazy("a value that ends with %(text)s"),
        gettext_lazy("a value that does not end with %(text)s"),
    ),
    "contains": (
        gettext_lazy("a value that contains %(text)s"),
        gettext_lazy("a value that does not contain %(text)s"),
    ),
    "is": (gettext_lazy("%(text)s"), gettext_lazy("anything but %(text)s")),
    "like": (
        gettext_lazy("a value like %(text)s"),
        gettext_lazy("a value not like %(text)s"),
    ),
    "matches": (
        gettext_lazy("a value in which the expression %(text)s is found"),
        gettext_lazy("a value in which the expression %(text)s is not found"),
    ),
}


def part(kind: str, text: str, negated: bool) -> Text:
    """`a value that begins with “AB”`; kinds are `begins`, `ends`, `contains`, `is`, `like`,
    `matches`."""
    return _PARTS[kind][negated].given(text=quoted(text))


def like(pattern: str, ignore_case: bool, negated: bool) -> Text:
    """A pattern of LIKE, as plainly as it can be said."""
    middle = pattern.strip("%")
    ends = pattern.startswith("%"), pattern.endswith("%")
    if "%" in middle or "_" in middle or not middle:
        said = part("like", pattern, negated)
    else:
        kinds = {(True, True): "contains", (True, False): "ends", (False, True): "begins"}
        said = part(kinds.get(ends, "is"), middle, negated)
    return gettext_lazy("%(what)s in any case", what=said) if ignore_case else said
