"""The block of questions to experts on the pages of hits, control orders and seizures."""

from __future__ import annotations

import uuid
from typing import Any

from django import template
from django.urls import reverse

from vedette.apps.accounts import rules
from vedette.apps.enforcement.selectors import reachback

register = template.Library()


@register.inclusion_tag("enforcement/_questions.html", takes_context=True)
def questions(
    context: template.Context, subject: uuid.UUID, page: str, pk: uuid.UUID
) -> dict[str, Any]:
    """Returns the questions about a subject with their latest answers, and the address of the form for a new
    question about the record `pk`."""
    may = rules.may(context["user"], "question.ask")
    return {
        "questions": reachback.of_subject(subject),
        "ask": reverse(page, args=[pk]) if may else "",
    }
