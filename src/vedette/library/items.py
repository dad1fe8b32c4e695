"""Items of the library, and who may read them."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from vedette.core.errors import Failure

KINDS = ("policy", "standard", "guideline", "tool", "training", "form", "lesson")
#: Who may read an item: everybody, every Member, the organisation of the item, or a named group.
PUBLIC, MEMBERS, ORGANISATION, GROUP = "public", "members", "organisation", "group"
ACCESS = (PUBLIC, MEMBERS, ORGANISATION, GROUP)
#: Greatest numbers of characters of a text and of a short field.
MAX_TEXT, MAX_FIELD = 2_000_000, 500


@dataclass(frozen=True)
class Item:
    """An item in one language. `text` is the text of the file. `hs` and `substances` state the goods to which
    the item applies. `superseded_by` is the id of the item that replaces it.
    """

    id: str
    kind: str
    language: str
    title: str
    themes: tuple[str, ...] = ()
    summary: str = ""
    keywords: tuple[str, ...] = ()
    text: str = ""
    hs: tuple[str, ...] = ()
    substances: tuple[str, ...] = ()
    audience: str = ""
    access: str = PUBLIC
    organisation: str = ""
    group: str = ""
    valid_until: dt.date | None = None
    superseded_by: str = ""


@dataclass(frozen=True)
class Reader:
    """A reader, with the organisation and the groups of the reader, and whether the reader belongs to a
    Member.
    """

    member: bool = False
    organisation: str = ""
    groups: frozenset[str] = field(default_factory=frozenset)

    def may_read(self, item: Item) -> bool:
        """Whether the reader may know that the item exists."""
        if item.access == PUBLIC:
            return True
        if item.access == MEMBERS:
            return self.member
        if item.access == ORGANISATION:
            return bool(self.organisation) and self.organisation == item.organisation
        return item.access == GROUP and bool(item.group) and item.group in self.groups


def read_reader(role: str) -> Reader:
    """Converts `public`, `member`, `organisation:ID` or `group:ID[,ID…]`. A reader with `organisation` or
    `group` is also treated as a member. Raises `Failure` if the text has another form.
    """
    name, _, value = role.partition(":")
    if role == "public":
        return Reader()
    if role == "member":
        return Reader(member=True)
    if name == "organisation" and value:
        return Reader(member=True, organisation=value)
    if name == "group" and value:
        return Reader(member=True, groups=frozenset(value.split(",")))
    raise Failure("a role is public, member, organisation:ID or group:ID")


def read_item(data: Any, place: str) -> Item:
    """Converts the JSON object of an item. Raises `Failure` with the position if a required part is missing
    or wrong.
    """
    if not isinstance(data, dict):
        raise Failure(f"{place}: must be an object")
    for key, allowed in (("kind", KINDS), ("access", ACCESS)):
        if data.get(key, PUBLIC if key == "access" else None) not in allowed:
            raise Failure(f"{place}: {key} must be one of {', '.join(allowed)}")
    for key in ("id", "title", "language"):
        if not _text(data, key):
            raise Failure(f"{place}: {key} is missing")
    access = str(data.get("access", PUBLIC))
    if access in (ORGANISATION, GROUP) and not _text(data, access):
        raise Failure(f"{place}: access {access} needs the key {access}")
    until = _text(data, "valid_until")
    try:
        day = dt.date.fromisoformat(until) if until else None
    except ValueError as error:
        raise Failure(f"{place}: valid_until must be a date") from error
    return Item(
        id=_text(data, "id"), kind=str(data["kind"]), language=_text(data, "language"),
        title=_text(data, "title"), themes=_texts(data, "themes"), summary=_text(data, "summary", MAX_TEXT),
        keywords=_texts(data, "keywords"), text=_text(data, "text", MAX_TEXT), hs=_texts(data, "hs"),
        substances=_texts(data, "substances"), audience=_text(data, "audience"), access=access,
        organisation=_text(data, "organisation"), group=_text(data, "group"), valid_until=day,
        superseded_by=_text(data, "superseded_by"),
    )  # fmt: skip


def _text(data: Mapping[str, Any], key: str, limit: int = MAX_FIELD) -> str:
    value = data.get(key)
    return value.strip()[:limit] if isinstance(value, str) else ""


def _texts(data: Mapping[str, Any], key: str) -> tuple[str, ...]:
    value = data.get(key, [])
    if not isinstance(value, list):
        return ()
    return tuple(
        one.strip()[:MAX_FIELD] for one in value[:100] if isinstance(one, str) and one.strip()
    )
