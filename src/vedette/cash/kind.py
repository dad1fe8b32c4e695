"""Defines the movement of cash as a kind of subject, without Django."""

from __future__ import annotations

from vedette.cash import asking, columns, formats, movements, starter
from vedette.cash.records import Message
from vedette.core.kind import Kind

NAME = "cash"
due_at = movements.due_at


def _counts(message: Message) -> dict[str, int]:
    return {"subjects": len(message.movements), "lines": len(message.movement.lines)}


KIND = Kind(
    name=NAME,
    themes=("cash",),
    app="vedette.cash.app",
    readers=formats.READERS,
    counts=_counts,
    group=movements.group_of,
    known=lambda store, groups: store.known(groups),
    later=movements.later,
    merge=movements.merge,
    asks=asking.asked,
    columns=columns.vocabulary,
    values=columns.of_subjects,
    fairness=(),
    starter=starter.paths,
    due_at=due_at,
)
