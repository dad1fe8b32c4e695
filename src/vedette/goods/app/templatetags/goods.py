"""Template filters for the pages of goods."""

from __future__ import annotations

from typing import Any

from django import template
from django.utils.translation import get_language

from vedette.apps.hits.models import Reason
from vedette.goods.app import items

register = template.Library()


@register.filter
def read_as(reason: Reason) -> Any:
    """Returns the kind of the marked words of a reason, such as "CAS number"."""
    return items.read_as(reason)


@register.filter
def entry_name(reason: Reason) -> str:
    """Returns the name of the entry of a control list, in the language of the reader if the list has one."""
    params = reason.params
    name = params.get("entry_fr") if get_language() == "fr" else None
    return str(name or params.get("entry", "–"))
