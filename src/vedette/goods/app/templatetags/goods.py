"""Template filters for the pages of goods."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from django import template
from django.utils.translation import get_language

from vedette.apps.display import number
from vedette.apps.hits import wording
from vedette.apps.hits.models import Reason
from vedette.goods.app import items, terms

register = template.Library()


@register.filter
def read_as(reason: Reason) -> Any:
    """Returns the type of the marked words of a reason, such as "CAS number"."""
    return items.read_as(reason)


@register.filter
def entry_name(reason: Reason) -> str:
    """Returns the name of the entry of a control list, in the language of the reader if the list has one."""
    params = reason.params
    name = params.get("entry_fr") if get_language() == "fr" else None
    return str(name or params.get("entry", "–"))


@register.filter
def list_title(reason: Reason) -> str:
    """Returns the title of the control list, in the language of the reader if the list has such a title."""
    return wording.list_title(reason.params)


@register.filter
def trade_problem(baseline: Any) -> Any:
    """Returns the reason for which a baseline could not be built."""
    return terms.PROBLEMS.get(baseline.problem, "")


@register.filter
def quantity(value: Decimal | None) -> str:
    """Returns a quantity with its decimals (at most nine), in the format of the reader's language."""
    if value is None:
        return "–"
    decimals = max(0, -int(value.normalize().as_tuple().exponent))
    whole, _, rest = f"{abs(value):.{decimals}f}".partition(".")
    sign = "−" if value < 0 else ""
    shown = number(int(whole))
    point = number(1.5, 1)[1:2]
    return f"{sign}{shown}{point}{rest}" if rest else f"{sign}{shown}"


@register.filter
def code_meaning(code: str) -> str:
    """Returns the meaning of a document code."""
    return items.code_meaning(code)
