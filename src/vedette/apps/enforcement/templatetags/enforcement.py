"""Filters for the pages of controls: quantities with their units, and texts for codes."""

from __future__ import annotations

from decimal import Decimal
from typing import cast

from django import template

from vedette.apps.display import number
from vedette.apps.enforcement import wording
from vedette.apps.enforcement.kinds import KINDS
from vedette.apps.rendering import say
from vedette.core import measures

register = template.Library()


@register.filter
def quantity_of(amount: Decimal | None, unit: str) -> str:
    """Returns a quantity with its unit, such as `4,655 kg`."""
    if amount is None:
        return ""
    decimals = max(-int(amount.normalize().as_tuple().exponent), 0)
    word = say(measures.UNITS[unit].word) if unit in measures.UNITS else unit
    # A float would round a long quantity.
    return f"{number(cast(float, amount), min(decimals, 6))}\u00a0{word}"


@register.filter
def what_word(code: str) -> str:
    """Returns a text that states what was counted, or what was done with a seal or a sample."""
    return str(wording.WHAT.get(code, code))


@register.filter
def kind_word(code: str) -> str:
    """Returns the name of a kind of goods."""
    return str(KINDS.get(code, code))
