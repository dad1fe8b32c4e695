"""Categories of the annual report under the Arms Trade Treaty (articles 2 (1) and 13 (3)).

A category is derived from the entry of the list of arms that goods match, and from their HS code. Most HS
codes do not determine a row within category VIII. In this case, only the category is stated, without a row.
Ammunition (article 3) and parts (article 4) are not in the report.
"""

from __future__ import annotations

import functools
import re
from collections.abc import Iterable

from vedette.core.texts import Text, gettext_lazy
from vedette.goods import knowledge

CATEGORIES: dict[str, Text] = {
    "I": gettext_lazy("I. Battle tanks"),
    "II": gettext_lazy("II. Armoured combat vehicles"),
    "I/II": gettext_lazy("I or II. Battle tanks or armoured combat vehicles"),
    "III": gettext_lazy("III. Large-calibre artillery systems"),
    "VI": gettext_lazy("VI. Warships"),
    "VII/3": gettext_lazy("VII. Missiles or ammunition (article 3), not distinguished"),
    "VII/VIII": gettext_lazy("VII or VIII. Launchers: missile launchers or light weapons"),
    "SA1": gettext_lazy("VIII. Small arms: revolvers and self-loading pistols"),
    "SA2": gettext_lazy("VIII. Small arms: rifles and carbines"),
    "SA6": gettext_lazy("VIII. Small arms: others"),
    "VIII": gettext_lazy("VIII. Small arms and light weapons, row unknown"),
}
#: HS codes with a row of category VIII, or with a category that ammunition has too.
_ROWS = {"930200": "SA1", "930330": "SA2", "930320": "SA6", "930310": "SA6", "930690": "VII/3"}
_CATEGORY = re.compile(r"ATT report ([IV]+(?:/[IV]+)?)\b")


@functools.cache
def entries() -> dict[str, str]:
    """Returns the HS codes of the list of arms that belong to a category, with the category."""
    found = {}
    for entry in knowledge.shipped().entries:
        stated = _CATEGORY.match(entry.category)
        if entry.list == "salw" and stated is not None:
            code = entry.key.removeprefix("salw:")
            category = _ROWS.get(code, stated[1])
            if category in CATEGORIES:
                found[code] = category
    return found


def category_of(hs: str, matched: Iterable[str]) -> str | None:
    """Returns the category of goods with this HS code and these keys of entries, or None if they are not in
    the report. An entry that the text of the goods matches has priority over the declared code."""
    known = entries()
    for key in matched:
        if key.startswith("salw:") and (found := known.get(key.removeprefix("salw:"))):
            return found
    return known.get(hs[:6])


def category_of_line(hs: Iterable[str], keys: Iterable[str]) -> str | None:
    """Returns the category of a line of a licence, whose codes may be prefixes of HS codes.

    If the chapter 93 codes of a line belong to more than one category, returns category VIII without a row.
    """
    codes = [one for one in hs if one[:2] == "93"]
    found = {category_of(one, ()) for one in codes if len(one) >= 6}
    found |= {category_of("", (key,)) for key in keys}
    found |= {
        category for one in codes if len(one) < 6
        for code, category in entries().items() if code.startswith(one)
    }  # fmt: skip
    found.discard(None)
    if not found:
        return None
    return found.pop() if len(found) == 1 else "VIII"
