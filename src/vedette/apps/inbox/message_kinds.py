"""The parts that each kind of subject adds to the pages and the API of messages. The apps of the
kinds import this app, so this app cannot import the kinds. Therefore the method `ready` of the app
of each kind calls `register`.
"""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from vedette.apps.inbox.models import Message


@dataclass(frozen=True)
class GroupLabel:
    """A group as the pages show it: `name`, its `day`, `more` text for the page of its message, the address
    (`url`) of its own page, and the `right` that this page requires."""

    name: str
    day: dt.date | None = None
    more: str = ""
    url: str = ""
    right: str = ""


@dataclass(frozen=True, kw_only=True)
class MessageKind:
    """The words and blocks of one kind. "Message" is the stored row (`inbox.models.Message`), except in
    `tried`."""

    #: Code of a warning (`formats.warnings`) → what was found, what was kept.
    warnings: Mapping[str, tuple[Any, Any]] = field(default_factory=dict)
    #: (pattern of the start of a failure's reason, its words); named groups are parameters of the words.
    failures: Sequence[tuple[str, Any]] = ()
    #: (`format`, `function` of a message) → what the message is; empty if there is no word for it.
    word: Callable[[str, str], str] = lambda _format, _function: ""
    #: Kind of dropped text (`core.records.DroppedText`) → its word.
    dropped: Mapping[str, Any] = field(default_factory=dict)
    #: Name of a count of `Kind.counts` → its heading, and its words for a number.
    counts: Mapping[str, tuple[Any, Callable[[int], str]]]
    #: Heading of the column of groups.
    group_head: Any
    #: Ids of groups → the labels of those that the reader may see.
    groups: Callable[[Collection[uuid.UUID]], Mapping[uuid.UUID, GroupLabel]]
    #: The template of a message that is read on the page for trying and is not stored. It is included with
    #: `cell` = `head`, then with `cell` = `body`.
    tried_template: str
    #: (record of the message, maximum number of rows) → the context of this template.
    tried: Callable[[Any, int], Mapping[str, Any]]
    #: Schema of the fields that it adds to a message in the API, and their values.
    api: type[Any]
    api_values: Callable[[Message], Mapping[str, Any]]
    #: Name of the URL (with the id of a group) of the page that asks its sender for missing parts; empty if
    #: there is none.
    resend: str = ""


_REGISTERED: dict[str, MessageKind] = {}


def register(name: str, kind: MessageKind) -> None:
    """Adds the words and blocks of the kind of that name."""
    _REGISTERED[name] = kind


def registered() -> dict[str, MessageKind]:
    """The words and blocks of every kind by its name, in the order in which Django starts their apps."""
    return _REGISTERED


@dataclass(frozen=True)
class Line:
    """A message in a list: its group, and its counts in the order of `heads`."""

    message: Message
    group: GroupLabel | None
    counts: list[int]


def heads() -> tuple[str, list[str]]:
    """The headings of the columns of groups and of counts. The headings of several kinds are
    joined.
    """
    kinds = _REGISTERED.values()
    groups = " / ".join(str(kind.group_head) for kind in kinds)
    names: dict[str, list[str]] = {}
    for kind in kinds:
        for name, (head, _) in kind.counts.items():
            names.setdefault(name, []).append(str(head))
    return groups, [" / ".join(some) for some in names.values()]


def lines(messages: Sequence[Message]) -> list[Line]:
    """Returns the messages with their groups and counts. It makes one query for the groups of each kind."""
    groups = {
        id_: label
        for name, kind in _REGISTERED.items()
        if (ids := {m.group_id for m in messages if m.kind == name and m.group_id})
        for id_, label in kind.groups(ids).items()
    }
    names = list(dict.fromkeys(name for kind in _REGISTERED.values() for name in kind.counts))
    return [
        Line(
            message,
            groups.get(message.group_id) if message.group_id else None,
            [message.counts.get(name, 0) for name in names],
        )
        for message in messages
    ]


def counted(message: Message) -> list[str]:
    """Returns the counts of a message in words (`187 persons`). The first count is always included.
    The other counts are included if they are not zero.
    """
    words = _REGISTERED[message.kind].counts
    return [
        word(number)
        for place, (name, (_, word)) in enumerate(words.items())
        if (number := message.counts.get(name, 0)) or not place
    ]
