"""Finds movements of cash by a code, a reference, a document or a name. The search also finds
announcements."""

from __future__ import annotations

import uuid

from vedette.apps.subjects.models import Identifier
from vedette.cash.app.disclosure import tokens_of
from vedette.cash.kind import NAME
from vedette.core.names import fold
from vedette.screening.exact import fold_document

#: Number of movements that a search shows.
FOUND = 100


def by_text(text: str) -> tuple[list[uuid.UUID], bool]:
    """Returns the movements whose code, reference, document, container or full name is equal to the typed
    text, newest first. Also returns whether there are more movements.
    """
    number, name = fold_document(text), fold(text)
    kinds = ("reference", "document", "container", "vehicle", "vessel")
    pairs = [(kind, number) for kind in kinds if len(number) > 2]
    if len(name) > 2:
        pairs.append(("party", name))
    return _with(pairs)


def _with(pairs: list[tuple[str, str]]) -> tuple[list[uuid.UUID], bool]:
    tokens = tokens_of(pairs)
    if not tokens:
        return [], False
    rows = (
        Identifier.objects.filter(
            kind__in={kind for kind, _ in tokens},
            token__in=[token for _, token in tokens],
            subject__kind=NAME,
        )
        .order_by("-subject__received_at", "subject_id")
        .values_list("subject_id", flat=True)[: FOUND * 2]
    )
    found = list(dict.fromkeys(rows))
    return found[:FOUND], len(found) > FOUND
