"""Free texts about a hit: explanations of decisions, legal bases, notes.

They are stored in a side table with the class and month of their hit, so that they are masked with it.
"""

from __future__ import annotations

import uuid
from collections.abc import Iterable, Mapping
from typing import Any, Protocol

from vedette.apps.hits.models import Decision, Event, Hit, TextClear

WHY, BASIS, NOTE = "why", "basis", "note"


class Opened(Protocol):
    """A row of the vault that the reader may see temporarily: its owner, kind and values."""

    @property
    def owner(self) -> uuid.UUID: ...
    @property
    def kind(self) -> str: ...
    @property
    def values(self) -> Mapping[str, Any]: ...


def put(hit: Hit, owner: uuid.UUID, kind: str, text: str) -> None:
    """Stores a text of `owner` (a decision, or the id in the `params` of a note), unless the text is
    empty."""
    if text:
        TextClear.objects.create(
            owner_id=owner, kind=kind, retention_class=hit.retention_class, month=hit.month,
            organisation_id=hit.organisation_id, text=text, restricted=hit.subject.restricted,
        )  # fmt: skip


def with_texts(
    hit: Hit, decisions: Iterable[Decision], opened: Iterable[Opened] = ()
) -> list[Decision]:
    """The decisions of a hit with `why` and `basis`, which are None if they are masked and not in
    `opened`.
    """
    found = list(decisions)
    texts = _of(hit, (one.id for one in found), opened)
    for one in found:
        one.why = texts.get((one.id, WHY))
        one.basis = texts.get((one.id, BASIS), "" if one.why is not None else None)
    return found


def with_notes(hit: Hit, events: Iterable[Event], opened: Iterable[Opened] = ()) -> list[Event]:
    """The events of a hit, with the `text` of each note. The text is None if it is masked and not
    in `opened`.
    """
    found = list(events)
    ids = {e.pk: uuid.UUID(e.params["text"]) for e in found if "text" in e.params}
    texts = _of(hit, ids.values(), opened) if ids else {}
    for event in found:
        event.text = texts.get((ids[event.pk], NOTE)) if event.pk in ids else ""
    return found


def _of(
    hit: Hit, owners: Iterable[uuid.UUID], opened: Iterable[Opened]
) -> dict[tuple[uuid.UUID, str], str]:
    found = TextClear.objects.filter(
        owner_id__in=list(owners), retention_class=hit.retention_class, month=hit.month
    )
    texts = {(row.owner, row.kind): row.values["text"] for row in opened if "text" in row.values}
    return texts | {(one.owner_id, one.kind): one.text for one in found}
