"""The operators of the form in words."""

from __future__ import annotations

from typing import Any

from django.utils.translation import pgettext_lazy

from vedette.screening.vocabulary import Type

_DAYS: dict[str, Any] = {
    "<": pgettext_lazy("operator", "before"),
    "<=": pgettext_lazy("operator", "on or before"),
    ">": pgettext_lazy("operator", "after"),
    ">=": pgettext_lazy("operator", "on or after"),
    "=": pgettext_lazy("operator", "on"),
    "<>": pgettext_lazy("operator", "not on"),
}
_NUMBERS: dict[str, Any] = {
    "<": pgettext_lazy("operator", "less than"),
    "<=": pgettext_lazy("operator", "at most"),
    ">": pgettext_lazy("operator", "more than"),
    ">=": pgettext_lazy("operator", "at least"),
    "=": pgettext_lazy("operator", "exactly"),
    "<>": pgettext_lazy("operator", "other than"),
}
_ANY: dict[str, Any] = {
    "yes": pgettext_lazy("operator", "yes"),
    "no": pgettext_lazy("operator", "no"),
    "=": pgettext_lazy("operator", "is"),
    "<>": pgettext_lazy("operator", "is not"),
    "<": pgettext_lazy("operator", "before in order"),
    "<=": pgettext_lazy("operator", "up to, in order"),
    ">": pgettext_lazy("operator", "after in order"),
    ">=": pgettext_lazy("operator", "from, in order"),
    "between": pgettext_lazy("operator", "between"),
    "not between": pgettext_lazy("operator", "not between"),
    "in": pgettext_lazy("operator", "one of"),
    "not in": pgettext_lazy("operator", "none of"),
    "in list": pgettext_lazy("operator", "on the list"),
    "not in list": pgettext_lazy("operator", "not on the list"),
    "begins": pgettext_lazy("operator", "begins with"),
    "not begins": pgettext_lazy("operator", "does not begin with"),
    "ends": pgettext_lazy("operator", "ends with"),
    "not ends": pgettext_lazy("operator", "does not end with"),
    "contains": pgettext_lazy("operator", "contains"),
    "not contains": pgettext_lazy("operator", "does not contain"),
    "like": pgettext_lazy("operator", "like the pattern (%, _)"),
    "not like": pgettext_lazy("operator", "not like the pattern (%, _)"),
    "ilike": pgettext_lazy("operator", "like, in any case"),
    "not ilike": pgettext_lazy("operator", "not like, in any case"),
    "matches": pgettext_lazy("operator", "matches the expression"),
    "not matches": pgettext_lazy("operator", "does not match the expression"),
    "missing": pgettext_lazy("operator", "is unknown"),
    "known": pgettext_lazy("operator", "is known"),
}


def operator_word(operator: str, kind: Type) -> str:
    """An operator in words; of days and numbers, as one says it of these."""
    first = _DAYS if kind == "day" else _NUMBERS if kind in ("number", "whole") else {}
    return str(first.get(operator) or _ANY.get(operator, operator))
