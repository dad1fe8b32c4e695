"""The units and kinds of fact of travellers, besides those of every kind (`profiles/vocabulary.py`)."""

from __future__ import annotations

from vedette.core.texts import Text, ngettext_lazy, pgettext_lazy

UNITS: dict[str, Text] = {
    "traveller": ngettext_lazy("%(n)s traveller", "%(n)s travellers"),
    "booking": ngettext_lazy("%(n)s booking", "%(n)s bookings"),
    "journey": ngettext_lazy("%(n)s journey", "%(n)s journeys"),
    "flight": ngettext_lazy("%(n)s flight", "%(n)s flights"),
}
UNIT_NAMES: dict[str, Text] = {
    "traveller": pgettext_lazy("unit", "travellers"),
    "booking": pgettext_lazy("unit", "bookings"),
    "journey": pgettext_lazy("unit", "journeys"),
    "flight": pgettext_lazy("unit", "flights"),
}
GROUNDS: dict[str, Text] = {
    "flight": pgettext_lazy("kind of fact", "flight"),
    "journey": pgettext_lazy("kind of fact", "journey"),
    "booking": pgettext_lazy("kind of fact", "booking"),
}
