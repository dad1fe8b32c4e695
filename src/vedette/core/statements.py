"""Merges the statements of several messages about one record. The result does not depend on the order of the
messages.

A *view* contains the statements of one sender about one subject, as a list of `[stamp, {element: value}]`.
Each element has the stamp (time and sequence number) of the last message that contained it. For each element,
the value from the message with the greatest stamp applies. The state therefore does not depend on the order
in which messages are merged, or on whether a message is merged more than once. An item of a view can have a
*mark* as its third value. Items with different marks are not merged, so that each can be moved to another
subject. A full push is a transfer that contains the whole group. An element is absent if a complete full push
of the same sender is later than the last message that contained the element.

A stamp is `[prepared, interchange reference, part]`. `prepared` is the time at which the sender prepared the
message, and not the time of receipt.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping
from typing import Any, TypeVar

import msgspec

from vedette.core.records import Envelope, Record, decode

R = TypeVar("R", bound=Record)

Stamp = list[Any]
Elements = dict[str, Any]
#: [[stamp, elements], …] or [[stamp, elements, mark], …]; each element occurs once for each mark.
View = list[list[Any]]
#: sender → view.
Views = dict[str, View]

#: Less than every stamp of a message.
NO_STAMP: Stamp = ["", "", 0]

#: Record fields whose list items are separate elements → the fields that identify an item.
_ITEMS: dict[str, tuple[str, ...]] = {
    "documents": ("type", "number"),
    "frequent_flyer": ("carrier", "number"),
    "segments": ("departure", "origin", "destination", "carrier", "number"),
    "locators": ("company", "locator"),
    "split_to": ("company", "locator"),
    "addresses": ("kind", "street", "city", "postcode"),
    "tickets": (),
    "phones": (),
    "emails": (),
}
#: The place of a record in its message is not part of its content.
_PROVENANCE = frozenset(("segment", "offset"))


def stamp_of(envelope: Envelope, received: dt.datetime) -> Stamp:
    """Returns the stamp of a message, which determines its place in the order of messages. If the message
    contains no time of preparation, the time of receipt is used.
    """
    return stamped(
        envelope.prepared or received.replace(tzinfo=None),
        envelope.interchange_ref or "",
        envelope.sequence,
    )


def stamped(prepared: dt.datetime, reference: str, part: int | None) -> Stamp:
    """Builds the stamp of a message. Numeric references are padded with zeros to fourteen digits, the maximum
    length in the UNB segment, so that 10 sorts after 9. Stamps stored by earlier versions are not padded. The
    missing padding affects only the order of messages that were prepared in the same minute.
    """
    number = reference.isascii() and reference.isdigit()
    return [prepared.isoformat(), reference.zfill(14) if number else reference, part or 0]


def elements(record: Record) -> Elements:
    """Splits a record into elements. Each item of the fields in `_ITEMS` is one element. Each field that is
    not in `_ITEMS` is one element.
    """
    return _flatten(msgspec.to_builtins(record))


def _flatten(fields: Mapping[str, Any], prefix: str = "") -> Elements:
    found: Elements = {}
    for name, value in fields.items():
        if name in _PROVENANCE:
            continue
        if name == "contacts":
            found.update(_flatten(value, "contacts."))
        elif name in _ITEMS:
            parts = _ITEMS[name]
            for item in value:
                key = "/".join(str(item.get(p, "")) for p in parts) if parts else item
                found[f"{prefix}{name}:{key}"] = item
        else:
            found[prefix + name] = value
    return found


def rebuild(present: Elements, kind: type[R]) -> R:
    """Builds a record of the type `kind` from its elements. The items of a list are sorted by the names of
    their elements."""
    fields: dict[str, Any] = {}
    for key in sorted(present):
        value = present[key]
        name, item, _ = key.partition(":")
        target = fields
        if name.startswith("contacts."):
            target = fields.setdefault("contacts", {})
            name = name.removeprefix("contacts.")
        if item:
            target.setdefault(name, []).append(value)
        else:
            target[name] = value
    return msgspec.convert(fields, kind, dec_hook=decode)


def _wins(stamp: Stamp, value: Any, other_stamp: Stamp, other: Any) -> bool:
    if stamp != other_stamp:
        return stamp > other_stamp
    # If one message gives two values for one element, the choice must not depend on their order.
    return msgspec.json.encode(value) > msgspec.json.encode(other)


def state(view: View, stamp: Stamp, stated: Elements, mark: str = "") -> View:
    """Adds the elements of a message to the statements of its sender (a view), and returns the new view. The
    order and the repetition of calls do not change the result. Elements with different marks are stored
    separately.
    """
    marked = [mark] if mark else []
    if not view:
        return [[stamp, stated, *marked]]
    others = [item for item in view if item[2:] != marked]
    known = _latest([*(item for item in view if item[2:] == marked), [stamp, stated]])
    groups: dict[tuple[Any, ...], Elements] = {}
    for key in sorted(known):
        stamp, value = known[key]
        groups.setdefault(tuple(stamp), {})[key] = value
    made = [[list(stamp), groups[stamp], *marked] for stamp in groups]
    return sorted([*others, *made], key=in_order)


def in_order(item: list[Any]) -> tuple[Any, ...]:
    """Returns the sort key of a statement: its stamp (time and sequence number) and its mark."""
    return item[0], item[2:]


def _latest(statements: Iterable[list[Any]]) -> dict[str, tuple[Stamp, Any]]:
    """Returns the latest value of each element, with its stamp. Each statement is an item of a view."""
    best: dict[str, tuple[Stamp, Any]] = {}
    for stamp, stated, *_ in statements:
        for key, value in stated.items():
            if key not in best or _wins(stamp, value, *best[key]):
                best[key] = stamp, value
    return best


def last_stated(views: Views) -> dict[str, Stamp]:
    """Returns the stamp (time and sequence number) of the last message of each sender."""
    return {sender: max(group[0] for group in view) for sender, view in views.items() if view}


def present(views: Views, pushes: Mapping[str, Stamp]) -> Elements:
    """Returns the latest value of each element that is not absent.

    `pushes` maps each sender to the stamp of its last complete full push (transfer of the whole group). If
    every element is absent, the result is empty. The caller then keeps the subject and marks it as absent.
    """
    best = _latest(
        group
        for sender, view in views.items()
        for group in view
        if group[0] >= pushes.get(sender, NO_STAMP)
    )
    return {key: value for key, (_, value) in best.items()}


def everything(views: Views) -> Elements:
    """Returns the latest value of every element, including absent elements. For an absent subject, pages show
    the latest value of every element.
    """
    return present(views, {})


def latest(views: Mapping[str, View], key: str) -> Any:
    """Returns the latest value of one element, or None. The value is the same as in the result of
    `everything`."""
    best = _latest(
        [stamp, {key: stated[key]}]
        for view in views.values()
        for stamp, stated, *_ in view
        if key in stated
    )
    return best[key][1] if best else None


def missing_parts(numbers: Iterable[int], end: int | None) -> list[int]:
    """Returns the numbers of those missing parts of a transfer that are known. `end` is the number of the
    part that is marked as the last, or None if no part is marked.

    A transfer is complete if its last part is known and no part is missing. A message without a sequence
    number is the only part of its transfer.
    """
    found = set(numbers)
    return sorted(set(range(1, max(found | {end or 1}) + 1)) - found)
