"""The texts of the pages of messages: warnings, failures, sources, and the texts of each kind of subject.

For warnings, the database contains only codes, positions and numbers (`formats/warnings.py`), and no other
data from a message. Each kind provides the texts about the content of its messages. The apps of the kinds of
subject import this app, so this app cannot import those apps. Therefore the method `ready` of each app of a
kind of subject calls `register`.
"""

from __future__ import annotations

import datetime as dt
import re
import uuid
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from django.utils.translation import gettext, gettext_lazy

from vedette.apps.display import number
from vedette.apps.inbox.models import Message


@dataclass(frozen=True)
class GroupLabel:
    """A group of subjects as the pages show it. `more` is additional text for the page of a message. `url` is
    the address of the page of the group, and `right` is the right that this page requires."""

    name: str
    day: dt.date | None = None
    more: str = ""
    url: str = ""
    right: str = ""


@dataclass(frozen=True, kw_only=True)
class MessageKind:
    """The texts and templates of one kind of subject. In this class, "message" means the stored row
    (`inbox.models.Message`), except in `tried`."""

    #: Code of a warning (`formats.warnings`) → what was found, what was stored.
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
    #: Message → the values of the fields that the kind adds to a message in the API
    #: (`apps.subjects.kinds.KindApi.message`).
    api_values: Callable[[Message], Mapping[str, Any]]
    #: Name of the URL of the page on which an officer asks the sender of a group for missing parts. The URL
    #: contains the id of the group. Empty if there is no such page.
    resend: str = ""


#: The texts and templates of each kind, by its name, in the order in which Django starts the apps.
REGISTERED: dict[str, MessageKind] = {}


def register(name: str, kind: MessageKind) -> None:
    """Registers the texts and templates of the kind of subject with this name."""
    REGISTERED[name] = kind


def heads() -> tuple[str, list[str]]:
    """Returns the heading of the column of groups, and the headings of the columns of counts. If there are
    several kinds of subject, each heading combines the headings of all kinds.
    """
    kinds = REGISTERED.values()
    groups = " / ".join(str(kind.group_head) for kind in kinds)
    names: dict[str, list[str]] = {}
    for kind in kinds:
        for name, (head, _) in kind.counts.items():
            names.setdefault(name, []).append(str(head))
    return groups, [" / ".join(some) for some in names.values()]


def lines(messages: Sequence[Message]) -> list[dict[str, Any]]:
    """Returns the lines with which a page shows a list of messages. A line is a dict with the keys `message`,
    `group` (the group of the message) and `counts` (in the order of `heads`). The groups of each kind of
    subject are read by one query."""
    groups = {
        id_: label
        for name, kind in REGISTERED.items()
        if (ids := {m.group_id for m in messages if m.kind == name and m.group_id})
        for id_, label in kind.groups(ids).items()
    }
    names = list(dict.fromkeys(name for kind in REGISTERED.values() for name in kind.counts))
    return [
        {
            "message": message,
            "group": groups.get(message.group_id) if message.group_id else None,
            "counts": [message.counts.get(name, 0) for name in names],
        }
        for message in messages
    ]


def counted(message: Message) -> list[str]:
    """Returns the counts of a message, each with the word for what is counted (`187 persons`). The first
    count is always included. The other counts are included if they are not zero.
    """
    words = REGISTERED[message.kind].counts
    return [
        word(number)
        for place, (name, (_, word)) in enumerate(words.items())
        if (number := message.counts.get(name, 0)) or not place
    ]


READ = gettext_lazy("all data present in the message")
_LEFT_OUT = gettext_lazy("the rest of the message, without this element")
_ALL = gettext_lazy("the whole message")

#: Code → what was found, what was stored.
_WARNINGS: dict[str, tuple[Any, Any]] = {
    "amount_decimals": (
        gettext_lazy("An amount has more decimals than its currency allows"),
        gettext_lazy("the amount as it was stated"),
    ),
    "charset_unclear": (
        gettext_lazy("The message contains bytes that are not valid in its declared character set"),
        gettext_lazy("the whole message; some letters in names may be wrong"),
    ),
    "cnt_missing": (
        gettext_lazy("The final count is missing; the message may be incomplete"),
        READ,
    ),
    "code_unknown": (
        gettext_lazy("A value is not in its list of codes"),
        gettext_lazy("the other data, without this value"),
    ),
    "column_unknown": (
        gettext_lazy("The table has a column that the template does not contain"),
        gettext_lazy("the other columns"),
    ),
    "currency_ended": (
        gettext_lazy("A currency was no longer in use on the day of the statement"),
        gettext_lazy("the currency as it was stated"),
    ),
    "date_future": (
        gettext_lazy("A date is more than a year in the future"),
        gettext_lazy("the other data, without this date"),
    ),
    "number_impossible": (
        gettext_lazy("A quantity, a weight or an amount is not a number"),
        gettext_lazy("the other data, without this figure"),
    ),
    "part_missing": (
        gettext_lazy("The message has several parts, and some of them were not received"),
        gettext_lazy("the parts received; nobody is recorded as absent"),
    ),
    "qualifier_unknown": (gettext_lazy("The type of a segment is not in the code list"), _LEFT_OUT),
    "segment_unexpected": (
        gettext_lazy("A segment is at the wrong position"),
        gettext_lazy("the other data, and the segment if it can be read"),
    ),
    "segment_unreadable": (gettext_lazy("A segment lacks required elements"), _LEFT_OUT),
    "terminator_missing": (gettext_lazy("A segment has no terminator"), _ALL),
    "text_outside": (
        gettext_lazy("There is text outside the segments"),
        gettext_lazy("the whole message, without this text"),
    ),
    "una_invalid": (
        gettext_lazy("The UNA segment does not state the separators that the message uses"),
        _ALL,
    ),
    "unb_missing": (
        gettext_lazy("The interchange header is missing: the sender and the recipient are unknown"),
        gettext_lazy("the message, assigned to its carrier"),
    ),
    "une_count": (
        gettext_lazy("The stated number of messages differs from the number in the message group"),
        _ALL,
    ),
    "une_missing": (
        gettext_lazy("The message group has no end segment and may be incomplete"),
        READ,
    ),
    "une_reference": (
        gettext_lazy("The references at the start and the end of the group differ"),
        _ALL,
    ),
    "unt_count": (
        gettext_lazy("The stated number of segments differs from the number in the message"),
        READ,
    ),
    "unt_missing": (gettext_lazy("The message has no end segment and may be incomplete"), READ),
    "unt_reference": (
        gettext_lazy("The references at the start and the end of the message differ"),
        _ALL,
    ),
    "unz_count": (
        gettext_lazy("The stated number of messages differs from the number in the interchange"),
        _ALL,
    ),
    "unz_missing": (gettext_lazy("The interchange has no end segment and may be incomplete"), READ),
    "unz_reference": (
        gettext_lazy("The references at the start and the end of the interchange differ"),
        _ALL,
    ),
}
_FIGURES = re.compile(r"says (\d+), (\d+)")


@dataclass(frozen=True)
class Told:
    """The text of a warning. The text contains what was found, what was stored, and the position in the
    message. `times` is the number of equal warnings.
    """

    what: str
    kept: str
    segment: str
    offset: int | None
    times: int = 1


def told(warning: Mapping[str, Any]) -> Told:
    """Returns the text of one warning. The numbers follow the sentence of the warning, for example `(136
    stated, 10 present)`."""
    code = str(warning.get("code", ""))
    message = str(warning.get("message", ""))
    words = (*(kind.warnings for kind in REGISTERED.values()), _WARNINGS)
    what, kept = next((some[code] for some in words if code in some), (message or code, READ))
    figures = _FIGURES.search(message)
    sentence = str(what)
    if figures:
        sentence += " (" + gettext("%(stated)s stated, %(present)s present") % {
            "stated": number(int(figures[1])),
            "present": number(int(figures[2])),
        } + ")"  # fmt: skip
    return Told(sentence, str(kept), warning.get("segment") or "", warning.get("offset"))


def grouped(warnings: Iterable[Mapping[str, Any]]) -> list[Told]:
    """Returns the texts of the warnings of one message. Equal warnings about segments with the same tag are
    combined into one warning, and `times` is their number."""
    found: dict[tuple[str, str], Told] = {}
    for one in map(told, warnings):
        key = (one.what, one.segment)
        first = found.get(key)
        found[key] = replace(first, kept=one.kept, times=first.times + 1) if first else one
    return list(found.values())


#: Pattern of the start of a reason (`formats.Unreadable`, `claim.py`) → the sentence for the page.
_FAILURES = (
    (r"empty", gettext_lazy("The file is empty. Send the message again.")),
    (
        r"an? (?P<what>JPEG|PNG|GIF) picture",
        gettext_lazy("The file is a %(what)s image. Send the message as text."),
    ),
    (
        r"an? (?:empty )?(?P<what>ZIP|gzip|bzip2|xz|7-Zip)",
        gettext_lazy(
            "The file is in %(what)s format. Unpack the file and send the messages that it"
            " contains."
        ),
    ),
    (r"a PDF", gettext_lazy("The file is a PDF document. Send the message as text.")),
    (r"an Office", gettext_lazy("The file is an Office document. Send the message as text.")),
    (
        r"(?P<what>UTF-16|UTF-32)",
        gettext_lazy(
            "The file contains %(what)s text or binary data. Save the file as UTF-8 or Latin-1."
        ),
    ),
    (
        r"EDIFACT without",
        gettext_lazy(
            "The EDIFACT file contains no message (no UNH). Send the interchange in its"
            " original form."
        ),
    ),
    (
        r"no EDIFACT",
        gettext_lazy(
            "The file contains no message (no UNA, UNB or UNH). Send the message in its"
            " original form."
        ),
    ),
    (
        r"three workers",
        gettext_lazy(
            "The worker stopped three times while it read this file. Report the identifier of"
            " the file."
        ),
    ),
    (
        r"internal error",
        gettext_lazy(
            "Internal error. Report the identifier of the file; the file is kept for 72 hours."
        ),
    ),
)


def kind(message_format: str, function: str) -> str:
    """Returns the name of this type of message. If no kind defines a name for the type, returns
    the name of the message format."""
    words = (word for of in REGISTERED.values() if (word := of.word(message_format, function)))
    return next(words, message_format)


def dropped_kind(code: str) -> str:
    """Returns the name of a kind of free text that is not stored."""
    words = (of.dropped[code] for of in REGISTERED.values() if code in of.dropped)
    return str(next(words, code))


def failure(stored: Mapping[str, Any] | None) -> str:
    """The reason why a file could not be read, and what to do."""
    reason = str((stored or {}).get("reason", ""))
    for pattern, words in (
        *_FAILURES, *(one for of in REGISTERED.values() for one in of.failures)
    ):  # fmt: skip
        if found := re.match(pattern, reason):
            values = {
                name: number(int(value)) if value.isdecimal() else value
                for name, value in found.groupdict().items()
            }
            return str(words) % values
    return reason or gettext("The file could not be read.")


_SOURCES = {
    "api": gettext_lazy("by the API"),
    "watch": gettext_lazy("from a watched folder"),
    "ingest": gettext_lazy("by “vedette ingest”"),
    "demo": gettext_lazy("demonstration"),
}


def source(code: str) -> str:
    """Returns the name of the channel by which a file was received."""
    return str(_SOURCES.get(code, code))


def place(segment: str, offset: int | None) -> str:
    """Returns the position of a warning, such as `CNT, byte 2,051`, or `–` if the position is unknown."""
    parts = [segment] if segment else []
    if offset is not None:
        parts.append(gettext("byte %(offset)s") % {"offset": number(offset)})
    return ", ".join(parts) or "–"
