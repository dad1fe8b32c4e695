"""Words for the groups of people whom a list's reasons fall on."""

from __future__ import annotations

from django import template
from django.utils.translation import gettext, gettext_lazy

from vedette.apps.lists.selectors.fairness import OTHERS, UNKNOWN

register = template.Library()

_KINDS = {
    "script": gettext_lazy("Script of the name"),
    "sex": gettext_lazy("Sex"),
    "nationality": gettext_lazy("Nationality"),
}
_SCRIPTS = {
    "LATIN": gettext_lazy("Latin"),
    "ARABIC": gettext_lazy("Arabic"),
    "CYRILLIC": gettext_lazy("Cyrillic"),
    "GREEK": gettext_lazy("Greek"),
    "CJK": gettext_lazy("Chinese"),
    "HANGUL": gettext_lazy("Korean"),
    "HEBREW": gettext_lazy("Hebrew"),
}


@register.filter
def group_kind(kind: str) -> str:
    """What people are grouped by."""
    return str(_KINDS[kind])


@register.filter
def group_name(name: str, kind: str) -> str:
    """A group in the reader's words; codes of sex and country as in the documents."""
    if name == OTHERS:
        return gettext("others, fewer than 5 each")
    if name == UNKNOWN:
        return gettext("not given or masked")
    return str(_SCRIPTS.get(name, name.capitalize())) if kind == "script" else name
