"""The block about links on the page of a hit."""

from __future__ import annotations

import uuid
from typing import Any

from django import template

from vedette.apps.accounts import rules
from vedette.apps.links import actions, selectors, wording
from vedette.apps.links.models import Offence

register = template.Library()


@register.inclusion_tag("links/_panel.html", takes_context=True)
def links(context: template.Context, subject: uuid.UUID) -> dict[str, Any]:
    """Returns the data for the block: the links of the subject, the linked known cases, and the class of
    offence if the subject is a known case."""
    seen = selectors.of(subject, resolve=False)
    root = seen.rows.get(subject)
    found = actions.case_of(subject) if root and root.case else None
    return {
        "subject": subject,
        "seen": seen,
        "cases": [(one, wording.path(one.path, seen.rows)) for one in seen.cases[:5] if one.path],
        "more_cases": max(len(seen.cases) - 5, 0),
        "offence": found,
        "offence_word": wording.offence(found.offence) if found else "",
        "classes": Offence.Class.choices,
        "classifies": found is not None and rules.may(context["user"], "offence.write"),
        "csrf_token": context.get("csrf_token"),
        "user": context["user"],
    }
