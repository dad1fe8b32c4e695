"""Filters for the pages of controls: quantities with their units, and texts for codes."""

from __future__ import annotations

import math
from decimal import Decimal
from typing import cast

from django import template
from django.utils.translation import ngettext

from vedette.apps.display import number
from vedette.apps.enforcement import wording
from vedette.apps.enforcement.kinds import KINDS
from vedette.apps.rendering import say
from vedette.core import measures

register = template.Library()


def _unit(unit: str, amount: Decimal) -> str:
    """Returns the word for a unit that follows an amount. Symbols such as `kg` do not change."""
    n = math.ceil(amount)
    counted = {
        "t": ngettext("tonne", "tonnes", n), "l": ngettext("litre", "litres", n),
        "m": ngettext("metre", "metres", n), "piece": ngettext("piece", "pieces", n),
        "drum": ngettext("drum", "drums", n), "carton": ngettext("carton", "cartons", n),
        "bag": ngettext("bag", "bags", n), "pallet": ngettext("pallet", "pallets", n),
        "package": ngettext("package", "packages", n),
    }  # fmt: skip
    known = measures.UNITS.get(unit)
    return counted.get(unit) or (say(known.word) if known else unit)


@register.filter
def quantity_of(amount: Decimal | None, unit: str) -> str:
    """Returns a quantity with its unit, such as `4,655 kg` or `1 piece`."""
    if amount is None:
        return ""
    decimals = max(-int(amount.normalize().as_tuple().exponent), 0)
    # A float would round a long quantity.
    return f"{number(cast(float, amount), min(decimals, 6))}\u00a0{_unit(unit, amount)}"


@register.filter
def what_word(code: str) -> str:
    """Returns the text for a code that states which quantity was counted, or what was done with a seal or a
    sample."""
    return str(wording.WHAT.get(code, code))


@register.filter
def kind_word(code: str) -> str:
    """Returns the name of a kind of goods."""
    return str(KINDS.get(code, code))
