"""Units of quantities that officers enter. Quantities are compared in the base unit of their dimension.

Quantities of different dimensions are never added, for example kilograms and litres. Each kind of package,
such as a drum, is counted separately, because the content differs.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from decimal import Decimal

from vedette.core import codes
from vedette.core.texts import Text, gettext_lazy

#: Greatest quantity. A greater one is a typing error.
MOST = Decimal("1e12")
_AMBIGUOUS = re.compile(r"[1-9]\d*,\d{3}")


@dataclass(frozen=True, slots=True)
class Unit:
    """A unit: its name, the base unit of its dimension, and the factor for the conversion to the base
    unit."""

    word: Text
    base: str
    factor: Decimal = Decimal(1)


#: Code of a unit → the unit. The code of the unit of a dimension is its own base.
UNITS: dict[str, Unit] = {
    "kg": Unit(gettext_lazy("kg"), "kg"),
    "g": Unit(gettext_lazy("g"), "kg", Decimal("0.001")),
    "t": Unit(gettext_lazy("tonnes"), "kg", Decimal(1000)),
    "l": Unit(gettext_lazy("litres"), "l"),
    "ml": Unit(gettext_lazy("ml"), "l", Decimal("0.001")),
    "m": Unit(gettext_lazy("metres"), "m"),
    "km": Unit(gettext_lazy("km"), "m", Decimal(1000)),
    "piece": Unit(gettext_lazy("pieces"), "piece"),
    "drum": Unit(gettext_lazy("drums"), "drum"),
    "carton": Unit(gettext_lazy("cartons"), "carton"),
    "bag": Unit(gettext_lazy("bags"), "bag"),
    "pallet": Unit(gettext_lazy("pallets"), "pallet"),
    "package": Unit(gettext_lazy("packages"), "package"),
}


def read(text: str) -> Decimal | None:
    """Returns the quantity that a person typed, such as `4 655`, `4655.5` or `4655,5`. Returns None if the
    text is not a positive number with at most six decimals. A comma that is followed by exactly three digits
    is refused: `4,655` is a different number in English and in French.
    """
    plain = "".join(text.split())
    if len(plain) > 30 or not plain.isascii() or _AMBIGUOUS.fullmatch(plain):
        return None
    whole, point, decimals = plain.replace(",", ".").partition(".")
    if not whole.isdecimal() or (point and not decimals.isdecimal()) or len(decimals) > 6:
        return None
    amount = Decimal(f"{whole}.{decimals or 0}")
    return amount if 0 < amount <= MOST else None


def based(amount: Decimal, unit: str) -> tuple[Decimal, str]:
    """Returns a quantity in the base unit of its dimension, and this unit. Each currency code (ISO 4217) is
    its own base unit, so amounts in different currencies are never added. Raises `KeyError` for an unknown
    unit."""
    if unit in codes.CURRENCIES:
        return amount, unit
    known = UNITS[unit]
    return amount * known.factor, known.base
