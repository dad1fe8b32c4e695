"""Merges messages about goods into goods items. The module implements the functions `Kind.group`,
`Kind.later` and `Kind.merge` for goods.

The group is the declaration, the manifest or the waybill. Each element of the group and of an item has the
stamp (time and sequence number) of the last message that stated it (`core.statements`). The value with the
greatest stamp applies. The state therefore does not depend on the order or the repetition of messages.

The elements of the group are `m/FIELD` (stated for the whole message) and `c/KEY/FIELD` (stated for one
consignment). The elements of an item are the fields of `records.Item`. An amendment replaces the elements
that it states. A whole statement (an original or a replacement) also removes the elements and the items that
it does not contain. A cancellation removes all items that were stated before it. A removed item is kept and
marked as absent.
"""

from __future__ import annotations

import datetime as dt
import re
import uuid
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from decimal import Decimal
from typing import TYPE_CHECKING, Any, NamedTuple, Protocol

import msgspec

from vedette.core.entries import ControlLists
from vedette.core.records import Record, decode
from vedette.core.statements import NO_STAMP, Elements, Stamp, View, state
from vedette.core.statements import present as applying
from vedette.goods import identity, records
from vedette.goods.records import Consignment, Message, Party

if TYPE_CHECKING:
    from vedette.goods.licences import Licence
    from vedette.pipeline.process import Read, Received

#: Fields that are stored as elements of the group.
_OF_MESSAGE = (
    "format", "document", "type", "direction", "lrn", "mrn", "declarant", "declared", "accepted", "office",
    "entry_office", "exit_office", "parties", "route", "equipment", "notes",
)  # fmt: skip
#: The place of a record in its message is no content, and items are subjects of their own.
_NOT_STORED = frozenset(("segment", "offset", "items"))
#: What a sender states about the whole group. Whatever it leaves out no longer applies.
_WHOLE = frozenset(("original", "replacement"))
#: Kinds of document that state all goods of a group. A report states only that something happened.
_COMPLETE = frozenset(("declaration", "entry_summary", "manifest", "waybill", "find"))
#: The element with the route of a consignment.
_ROUTE = re.compile(r"c/.*/route\Z", re.DOTALL)
#: Maximum number of places of a group by which its unit is found.
MOST_PLACES = 20
#: Number of days before its receipt on which a declaration can have been made. Customs receives a declaration
#: on the day on which it is made, and after a failure of a system some days later. If an earlier time of the
#: sender counted, its items would be deducted from a licence before the items of all other declarations, and
#: a licence that has ended would be used again.
MOST_DAYS_BACK = 10
#: The warning of a message about a masked group.
_MASKED = "the declaration is masked; nothing was added to it"
#: The warning of a message about a group of whose name another submitter stated a declaration.
_CONTESTED = "another sender states a declaration with the same reference; both are kept"
#: Messages that state nothing about the goods: questions and answers.
_NOT_STATED = frozenset(("request", "answer"))


@dataclass(frozen=True, slots=True)
class Group:
    """A declaration, a manifest or a waybill. `stated` is the time and the sequence number of the message, as
    text."""

    id: uuid.UUID
    stated: str
    sender: str = ""
    document: str = "declaration"
    #: The names by which messages find the group (`identity.names`). The last part of each name is who
    #: submitted the message.
    names: tuple[tuple[str, ...], ...] = ()
    #: The customs office of the declaration; empty if it is not stated.
    office: str = ""
    #: Stored groups that are joined with this one, because a message states the names of both.
    joins: tuple[uuid.UUID, ...] = ()
    #: Whether another submitter stated a declaration with one of the names, and whether that one came first.
    contested: bool = False
    copied: bool = False
    #: The time at which the message was received; None for a stored group.
    received: dt.datetime | None = None


@dataclass(slots=True)
class Declared:
    """A stored group, or a group that a message of the batch names, with the names by which it is found."""

    row: Group
    names: set[tuple[str, ...]]
    #: The time of receipt of its first message; None if it is not stored yet.
    first: dt.datetime | None = None
    #: Whether it has a number, not only a local reference.
    numbered: bool = False
    #: False if it cannot be joined with another group: values are masked, restricted or rectified.
    joinable: bool = True
    #: False if its values are masked.
    clear: bool = True
    #: The customs office that its messages state.
    office: str = ""
    joins: list[uuid.UUID] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Known:
    """Contains the recorded licences that an item names, by their number in the form of `licences.plain`, the
    balances of their lines before the item, and the codes of the document types of which the organisation
    records licences.
    """

    licences: Mapping[str, Licence] = field(default_factory=dict)
    balances: Mapping[tuple[str, int], Decimal] = field(default_factory=dict)
    kinds: frozenset[str] = frozenset()


NOTHING_KNOWN = Known()


@dataclass(slots=True)
class Item:
    """One goods item: the key of its consignment in the group, its number, and its statements."""

    id: uuid.UUID
    consignment: str
    number: int
    view: View = field(default_factory=list)
    stored: bool = False
    changed: bool = False
    restricted: bool = False
    #: Whether the last whole statement contains the item, and no later cancellation removed it.
    here: bool = True
    #: False if the values are masked. Then no statement is added.
    clear: bool = True
    retention_class: str = ""
    month: dt.date | None = None
    #: Rectified elements, instead of what messages state.
    corrected: Mapping[str, str] = field(default_factory=dict)
    #: The time of the first statement about the item, as the senders state it, but at most `MOST_DAYS_BACK`
    #: days before its receipt.
    first: dt.datetime | None = None
    #: The time at which the item was received first.
    received: dt.datetime | None = None
    #: The keys of the entries of control lists that the item matched when it was screened last, and whether
    #: its goods needed a licence.
    matched: tuple[str, ...] = ()
    needed: bool = False
    #: The recorded licences that the item names, and the balances before it (`goods.judging`).
    known: Known = field(default_factory=lambda: NOTHING_KNOWN)
    #: The results of the matcher for the item in this transaction (`goods.controls`).
    examined: Any = None
    #: The state of the group and the statements that the last call of `read` used, and its result.
    _read: tuple[GroupState, View, Goods] | None = field(default=None, repr=False, compare=False)


class GroupState:
    """The elements of a group that apply, and the records that are built from these elements. The record of a
    consignment is built when an item first needs this record."""

    def __init__(self, elements: Elements) -> None:
        self.elements = elements
        of_message: Elements = {}
        self._stated: dict[str, Elements] = {}
        self._made: dict[str, Consignment] = {}
        self._common: dict[str, _Common] = {}
        for name, value in elements.items():
            if name.startswith("m/"):
                of_message[name[2:]] = value
            elif name.startswith("c/"):
                key, _, one = name[2:].partition("/")
                self._stated.setdefault(key, {})[one] = value
        self.message: Message = convert({"format": "", **of_message}, Message)

    def consignment(self, key: str) -> Consignment:
        """Returns the consignment with the given key. A consignment for which no elements are stored is
        empty."""
        made = self._made.get(key)
        if made is None:
            made = self._made[key] = convert(self._stated.get(key, {}), Consignment)
        return made

    def common(self, key: str) -> _Common:
        """Returns the values that the items of the consignment with the given key have in common."""
        made = self._common.get(key)
        if made is None:
            consignment, message = self.consignment(key), self.message
            equipment = (*consignment.equipment, *message.equipment)
            made = self._common[key] = _Common(
                _unique((*consignment.parties, *message.parties)),
                _unique([one.number for one in equipment]),
                _unique((*(seal for one in equipment for seal in one.seals), *consignment.seals)),
                _unique(consignment.documents),
            )
        return made


class _Common(NamedTuple):
    """The values of the consignment and the message that apply to an item without values of its own. All such
    items of a consignment share the same objects."""

    parties: tuple[Party, ...]
    containers: tuple[str, ...]
    seals: tuple[str, ...]
    documents: tuple[records.Document, ...]


@dataclass(slots=True)
class Held:
    """The stored data of one group, and its items. `whole` and `cancelled` are the stamps (times and sequence
    numbers) of the last complete statement and of the last cancellation."""

    row: Group
    subjects: list[Item] = field(default_factory=list)
    unit: uuid.UUID | None = None
    #: The group with which this one was joined. Then the items of this one are absent.
    joined: uuid.UUID | None = None
    #: The unit and the places with which the group is stored.
    stored_unit: uuid.UUID | None = None
    places: tuple[str, ...] = ()
    view: View = field(default_factory=list)
    whole: Stamp = field(default_factory=lambda: list(NO_STAMP))
    cancelled: Stamp = field(default_factory=lambda: list(NO_STAMP))
    stored: bool = False
    changed: bool = False
    #: False if the values of the group are masked. Then no statement is added.
    clear: bool = True
    retention_class: str = ""
    month: dt.date | None = None
    #: Whether another submitter stated a declaration with the same reference before this one.
    contested: bool = False
    #: The control lists of the organisation, beside the supplied ones.
    controls: ControlLists | None = None

    #: The view and the stamp that the last call of `state` read, and its result.
    _state: tuple[View, Stamp, GroupState] | None = field(default=None, repr=False, compare=False)

    def state(self) -> GroupState:
        """Returns the state of the group. The state is computed again only after the statements or `whole`
        changed. An added statement makes a new list (`core.statements.state`)."""
        if self._state is None or self._state[0] is not self.view or self._state[1] != self.whole:
            elements = applying_or_latest(self.view, self.whole)
            self._state = (self.view, list(self.whole), GroupState(elements))
        return self._state[2]

    @property
    def day(self) -> dt.date:
        """Returns the day of the last message about the declaration."""
        return dt.datetime.fromisoformat(self.row.stated.partition(" ")[0]).date()

    def elements(self) -> Elements:
        """Returns the elements of the group that apply.

        If no element applies, returns the latest value of each element.
        """
        return self.state().elements


def group_of(message: Message, item: Received) -> Group | None:
    """Returns the group of a message, identified by the most reliable of the names that the message states
    (`goods.identity`). Each name contains the account that submitted the message, so that a message changes
    only declarations of the same submitter. Returns None for an answer, for a question, and for a message
    without a reference. The function `known` finds the stored group of a message that states other names.
    """
    if message.document == "answer" or message.action in _NOT_STATED:
        return None
    sender = message.declarant or message.envelope.sender or ""
    names = identity.names(message)
    if not names:
        reference = next((c.reference for c in message.consignments if c.reference), message.amends)
        if not reference:
            return None
        kind = "manifest" if message.document == "manifest" else "lrn"
        names = ((kind, identity.sender(message), identity.code(reference) or reference.strip()),)
    names = tuple((*name, item.submitter) for name in names)
    stamp = identity.stamp(message, item.received_at)
    return Group(
        id=uuid.uuid5(item.organisation, "|".join(("goods", *names[0]))),
        stated=f"{stamp[0]} {stamp[1][:35]} {stamp[2]}"[:100],
        sender=sender[:70],
        document=message.document[:20],
        names=names,
        office=identity.code(message.office),
        received=item.received_at,
    )


def known(groups: Sequence[Group], stored: Sequence[Declared]) -> dict[uuid.UUID, Group]:
    """Returns the groups to which messages refer, by the ids of the groups that the messages name. `stored`
    contains the stored groups that have one of the names.

    The number of a declaration identifies exactly one group. A local reference identifies a group that has no
    number. If a message has no number, the key also identifies the latest group with a number. If a message
    states a number and a local reference, the group with the number is joined with the group that has only
    the local reference. The group that was received first is kept, and the data of the other group are added
    to it, so that decisions on its items are kept. If the message and the group with its local reference
    state different offices, the message concerns another declaration. This rule is necessary because local
    references are not secret, so another sender can state the same local reference. A local reference of a
    masked group can be used for another group, because nothing is added to a masked group.
    """
    # Each name → the groups that have it, by their places in the order of the groups. To look at all groups
    # for each message would take a time that grows with the square of a batch.
    named: defaultdict[tuple[str, ...], dict[int, Declared]] = defaultdict(dict)
    all_ = list(stored)
    places = {id(one): place for place, one in enumerate(all_)}
    for place, one in enumerate(all_):
        for name in one.names:
            named[name][place] = one
    meant: dict[uuid.UUID, Declared] = {}
    for group in sorted(groups, key=lambda one: (one.stated, one.id)):
        numbers = {name for name in group.names if identity.is_number(name)}
        found = {place: one for name in group.names for place, one in named[name].items()}
        near = [found[place] for place in sorted(found)]
        mine = next((one for one in near if one.names & numbers), None)
        others = [
            one
            for one in near
            if one is not mine
            and one.clear
            and one.names & set(group.names) - numbers
            and not (numbers and (one.numbered or not _of_office(one, group)))
        ]
        order = lambda one: (_of_office(one, group), one.row.stated, one.row.id)  # noqa: B023, E731
        other = max(others, key=order, default=None)
        if mine is None:
            mine = other
        elif other is not None and mine.joinable and other.joinable:
            mine, gone = sorted((mine, other), key=_first)
            for name in gone.names:
                del named[name][places[id(gone)]]
            mine.names |= gone.names
            mine.joins += [*gone.joins, *([gone.row.id] if gone.first is not None else [])]
            meant = {id_: mine if one is gone else one for id_, one in meant.items()}
        if mine is None:
            if any(not one.clear for one in near):
                row = replace(group, id=uuid.uuid5(group.id, group.stated))
            else:
                row = group
            mine = Declared(row, set(), office=group.office)
            places[id(mine)] = len(all_)
            all_.append(mine)
        mine.names |= set(group.names)
        mine.numbered |= bool(numbers)
        mine.row = replace(mine.row, stated=max(mine.row.stated, group.stated))
        for name in mine.names:
            named[name][places[id(mine)]] = mine
        meant[group.id] = mine
    by_id = {group.id: group for group in groups}
    return {
        id_: replace(by_id[id_], id=one.row.id, joins=tuple(sorted(one.joins)))
        for id_, one in meant.items()
    }


def _of_office(one: Declared, group: Group) -> bool:
    """Returns whether a message can be about a group.

    Returns False if the message and the group state different offices.
    """
    return not (one.office and group.office) or one.office == group.office


def _first(one: Declared) -> tuple[bool, dt.datetime, str, uuid.UUID]:
    """Returns the sort key of groups: stored groups come before new groups, in the order of their first
    messages.
    """
    first = one.first or dt.datetime.min.replace(tzinfo=dt.UTC)
    return one.first is None, first, one.row.stated, one.row.id


def join(hold: Held, other: Held) -> None:
    """Adds the statements about the group `other` to the group `hold`. The items of the other group are
    marked as absent."""
    hold.view = _joined(hold.view, other.view)
    hold.whole, hold.cancelled = max(hold.whole, other.whole), max(hold.cancelled, other.cancelled)
    hold.contested |= other.contested
    of_number = {(one.consignment, one.number): one for one in hold.subjects}
    for theirs in other.subjects:
        key = (theirs.consignment, theirs.number)
        mine = of_number.get(key)
        if mine is None:
            mine = Item(_item_id(hold.row.id, *key), *key)
            hold.subjects.append(mine)
        mine.view = _joined(mine.view, theirs.view)
        mine.first = min(filter(None, (mine.first, theirs.first)), default=None)
        mine.received = min(filter(None, (mine.received, theirs.received)), default=None)
        theirs.here, theirs.changed = False, True
    other.joined, hold.changed, other.changed = hold.row.id, True, True


def _joined(one: View, other: View) -> View:
    """Merges two lists of statements."""
    for stamp, stated in other:
        one = state(one, stamp, stated)
    return one


def _item_id(group: uuid.UUID, consignment: str, number: int) -> uuid.UUID:
    return uuid.uuid5(group, f"{consignment}/{number}")


def places(hold: Held) -> tuple[str, ...]:
    """Returns the customs offices and the UN/LOCODEs that determine which unit is responsible for a group, in
    order of priority: the office of the declaration, the office of entry or exit, and the place of unloading
    or loading. For exports, the office of exit and the place of loading have priority over the office of
    entry and the place of unloading."""
    stated = hold.elements()
    routes = [stated[name] for name in sorted(stated) if name == "m/route" or _ROUTE.match(name)]
    ways = [name for name in sorted(stated) if name == "m/direction" or name.endswith("/direction")]
    of = {
        "entry": [stated.get("m/entry_office"), *(route.get("discharge") for route in routes)],
        "exit": [stated.get("m/exit_office"), *(route.get("loading") for route in routes)],
    }
    export = bool(ways) and stated[ways[-1]] == "export"
    ordered = ("exit", "entry") if export else ("entry", "exit")
    found = (stated.get("m/office"), *(one for way in ordered for one in of[way]))
    codes = (identity.code(one) for one in found if isinstance(one, str))
    return tuple(dict.fromkeys(code for code in codes if 3 <= len(code) <= 17))[:MOST_PLACES]


def later(one: Group | None, two: Group) -> Group:
    """Returns the later of two statements of one group."""
    if one is None:
        return two
    key = lambda group: (group.stated, group.sender, group.document)  # noqa: E731
    return replace(
        max(one, two, key=key),
        names=tuple(sorted({*one.names, *two.names})),
        joins=tuple(sorted({*one.joins, *two.joins})),
    )


class Units(Protocol):
    """The method of the store that `merge` needs."""

    def units(self, places: Sequence[Sequence[str]]) -> Sequence[uuid.UUID | None]:
        """Returns one unit for each list of places: the unit that belongs to the first place with a known
        unit."""


def merge(reads: Sequence[Read], held: Mapping[uuid.UUID, Held], storage: Units) -> None:
    """Adds the statements of messages to the items of their groups, and assigns the groups to units."""
    touched: dict[uuid.UUID, tuple[Held, set[uuid.UUID]]] = {}
    for read in reads:
        if read.group is None:
            continue
        if read.group.contested:
            _warn(read, "reference_contested", _CONTESTED)
        if not held[read.group.id].clear:
            _warn(read, "group_masked", _MASKED)
            continue
        hold, changed = touched.setdefault(read.group.id, (held[read.group.id], set()))
        received = read.received.received_at
        changed |= _place(read.message, identity.stamp(read.message, received), hold, received)
    for hold, changed in touched.values():
        for one in hold.subjects:
            here = bool(applying({"": one.view}, {"": max(hold.whole, hold.cancelled)}))
            # What a message states about the group also concerns items that it does not contain.
            one.changed |= one.clear and (one.id in changed or here != one.here or hold.changed)
            one.here = here
        hold.places = places(hold)
    holds = [hold for hold, _ in touched.values()]
    for hold, unit in zip(
        holds, storage.units([hold.places for hold in holds]) if holds else (), strict=True
    ):
        hold.unit = unit


def _warn(read: Read, code: str, text: str) -> None:
    """Adds a warning to a message."""
    warnings = (*read.message.warnings, records.Warning(code=code, message=text))
    read.message = msgspec.structs.replace(read.message, warnings=warnings)


def days_back(received: dt.datetime) -> dt.datetime:
    """Returns the earliest possible time of a declaration that was received at the given time."""
    return received - dt.timedelta(days=MOST_DAYS_BACK)


def _place(message: Message, stamp: Stamp, hold: Held, received: dt.datetime) -> set[uuid.UUID]:
    """Adds the statements of one message. Returns the ids of the items that changed. A message of another
    declarant removes no items and does not change the declarant."""
    before = (hold.view, hold.whole, hold.cancelled)
    stated = {f"m/{name}": value for name, value in _fields(message, _OF_MESSAGE)}
    cancels = message.action == "cancellation"
    whole = message.action in _WHOLE and message.document in _COMPLETE
    if (cancels or whole) and _of_another(message, hold):
        stated.pop("m/declarant")
    elif cancels:
        hold.cancelled = max(hold.cancelled, stamp)
    elif whole:
        hold.whole = max(hold.whole, stamp)
    changed: set[uuid.UUID] = set()
    at = max(dt.datetime.fromisoformat(stamp[0]).replace(tzinfo=dt.UTC), days_back(received))
    of_number = {(one.consignment, one.number): one for one in hold.subjects}
    for key, consignment in keyed(message.consignments, identity.of_houses(message)):
        stated |= {f"c/{key}/{name}": value for name, value in _fields(consignment)}
        for number, item in numbered(consignment):
            if message.action == "cancellation":
                continue
            one = of_number.get((key, number))
            if one is None:
                one = Item(_item_id(hold.row.id, key, number), key, number)
                hold.subjects.append(one)
                of_number[key, number] = one
            if not one.clear:
                continue
            one.received = min(one.received or received, received)
            if one.first is None or at < one.first:
                one.first = at
                changed.add(one.id)
            view = state(one.view, stamp, dict(_fields(item)))
            if view != one.view:
                one.view = view
                changed.add(one.id)
    hold.view = state(hold.view, stamp, stated) if stated else hold.view
    hold.changed |= before != (hold.view, hold.whole, hold.cancelled)
    return changed


def _of_another(message: Message, hold: Held) -> bool:
    """Returns whether a message and the earlier messages about the group state different declarants."""
    known = identity.code(latest(hold.view).get("m/declarant"))
    own = identity.code(message.declarant)
    return bool(known and own) and known != own


def keyed(
    consignments: Sequence[Consignment], of_houses: bool = False
) -> Iterator[tuple[str, Consignment]]:
    """Yields the consignments of a message with their keys. The only consignment of a message has an empty
    key. The key of one of several consignments is the reference of its transport document or, if it has none,
    its position. A house waybill always has its reference, because several messages can state the house
    waybills of one master."""
    if len(consignments) == 1 and not of_houses:
        yield "", consignments[0]
        return
    taken: set[str] = set()
    for position, one in enumerate(consignments, 1):
        key = _plain(one.house or one.reference or "")[:70].replace("/", "-") or f"#{position}"
        while key in taken:
            key = f"{key}#{position}"
        taken.add(key)
        yield key, one


def numbered(consignment: Consignment) -> Iterator[tuple[int, records.Item]]:
    """Yields the items of a consignment with their numbers. If an item has no number, or has the same number
    as an earlier item, the negative of its position is used as its number."""
    taken: set[int] = set()
    for position, item in enumerate(consignment.items, 1):
        number = item.number if item.number and 0 < item.number < 100_000 else -position
        number = number if number not in taken else -position
        taken.add(number)
        yield number, item


def _plain(text: str) -> str:
    return "".join(text.split()).upper()[:100]


def _fields(record: Record, names: Sequence[str] = ()) -> Iterator[tuple[str, Any]]:
    found = msgspec.to_builtins(record)
    for name in names or found:
        if name in found and name not in _NOT_STORED and found[name] not in (None, "", []):
            yield name, found[name]


def latest(view: View) -> Elements:
    """Returns the latest value of every element, including elements that no longer apply."""
    return applying({"": view}, {})


def applying_or_latest(view: View, whole: Stamp) -> Elements:
    """Returns the elements that apply after the last whole statement.

    If no element applies, returns the latest value of each element.
    """
    return applying({"": view}, {"": whole}) or latest(view)


class Goods(Record, frozen=True, kw_only=True):
    """The merged state of one item, with the state of its group and of its consignment."""

    item: records.Item
    consignment: Consignment
    message: Message
    parties: tuple[Party, ...]
    route: records.Route
    containers: tuple[str, ...]
    seals: tuple[str, ...]
    documents: tuple[records.Document, ...]

    @property
    def reference(self) -> str:
        """The MRN or, without an MRN, the local reference.

        The text is empty if the declaration has neither an MRN nor a local reference.
        """
        return self.message.mrn or self.message.lrn or self.consignment.reference or ""

    @property
    def origin(self) -> str | None:
        """The country of origin of the goods."""
        return self.item.origin

    @property
    def dispatch(self) -> str | None:
        """The country from which the goods were sent."""
        return self.item.dispatch or self.consignment.dispatch

    @property
    def destination(self) -> str | None:
        """The country of destination of the goods."""
        return self.item.destination or self.consignment.destination

    @property
    def document_codes(self) -> tuple[str, ...]:
        """The codes of all documents except previous documents, without duplicates."""
        return records._codes(self.documents)

    def party(self, *roles: str) -> Party | None:
        """Returns a party with one of these roles. An earlier role in the list has priority."""
        return next((p for role in roles for p in self.parties if p.role == role), None)


def read(hold: Held, item: Item) -> Goods:
    """Returns the state of an item. The state is built again only after the statements about the group or the
    item changed. An added statement makes a new list (`core.statements.state`)."""
    group, held = hold.state(), item._read
    if held is None or held[0] is not group or held[1] is not item.view:
        made = goods_in(group, item.consignment, applying_or_latest(item.view, hold.whole))
        held = item._read = (group, item.view, made)
    return held[2]


def goods_of(group: Elements, key: str, elements: Elements) -> Goods:
    """Builds the state of an item from the elements of its group, the key of its consignment, and the
    elements of the item."""
    return goods_in(GroupState(group), key, elements)


def goods_in(group: GroupState, key: str, elements: Elements) -> Goods:
    """Builds the state of an item from the state of its group, the key of its consignment, and the elements
    of the item."""
    message, consignment = group.message, group.consignment(key)
    item = convert(elements, records.Item)
    common = group.common(key)
    return Goods(
        item=item,
        consignment=consignment,
        message=message,
        parties=_unique((*item.parties, *common.parties)) if item.parties else common.parties,
        route=consignment.route or message.route or records.Route(),
        containers=_unique(item.containers) if item.containers else common.containers,
        seals=common.seals,
        documents=_unique((*item.documents, *common.documents))
        if item.documents
        else common.documents,
    )


def convert(elements: Elements, kind: type[Any]) -> Any:
    """Builds a record from the elements of the record."""
    return msgspec.convert(elements, kind, dec_hook=decode, strict=False)


def _unique(values: Sequence[Any]) -> tuple[Any, ...]:
    return tuple(dict.fromkeys(values))
