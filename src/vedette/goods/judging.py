"""Finds the recorded licences that a stored goods item names, and checks them.

The store loads these licences and their balances (`declarations.Known`). The functions of this module read
the merged state of an item and are pure.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Sequence

import msgspec

from vedette.goods import knowledge, licences
from vedette.goods.declarations import Goods, Known
from vedette.goods.licences import IN_ORDER, Answer, State, Use, names_licence, plain
from vedette.goods.records import Document

#: Roles of parties that can be the holder of a licence.
HOLDERS = frozenset(
    ("exporter", "consignor", "seller", "supplier", "importer", "consignee", "buyer", "declarant",
     "representative", "authorisation_holder", "deliver_to")
)  # fmt: skip
#: States, the one that an officer must see first first. The first of the states of an item is its state.
ORDER: tuple[State, ...] = (
    "revoked", "exhausted", "expired", "wrong_goods", "wrong_holder", "wrong_destination", "not_yet_valid",
    "code_ended", "wrong_unit", "no_quantity", "unknown", "self_declared", "missing", "present",
    "not_required",
)  # fmt: skip
#: States in which a recorded licence does not cover the item. An ended code is a fact of its own in the rules
#: of control lists. A licence that is not recorded is a problem only if the organisation records licences of
#: its type.
PROBLEMS: frozenset[State] = frozenset(ORDER) - IN_ORDER - {
    "unknown", "self_declared", "missing", "code_ended",
}  # fmt: skip
#: Maximum number of documents of an item that are compared with licences.
MOST_DOCUMENTS = 50


def documents(goods: Goods) -> tuple[Document, ...]:
    """Returns the documents of an item that can be licences, and those with a code that states that the goods
    are not listed. A quantity that the consignment states for its licence is not that of one item."""
    own = goods.item.documents
    stated = (*own, *(msgspec.structs.replace(one, quantity=None, unit=None)
                      for one in goods.consignment.documents))  # fmt: skip
    known = knowledge.documents()
    return tuple(
        one for one in dict.fromkeys(stated)
        if not one.previous and (names_licence(one) or (one.code or "").strip().upper() in known)
    )[:MOST_DOCUMENTS]  # fmt: skip


def numbers(goods: Goods) -> dict[str, Document]:
    """Returns the first document with each `plain` number among the documents of an item that can be
    licences."""
    found: dict[str, Document] = {}
    for one in documents(goods):
        if names_licence(one):
            found.setdefault(plain(one.reference or ""), one)
    return found


def declared_on(goods: Goods, first: dt.datetime | None) -> dt.datetime:
    """Returns the time of a declaration. This is the time of its acceptance, otherwise the time that the
    declarant states, otherwise that of the first message about the item."""
    for stated in (goods.message.accepted, goods.message.declared):
        if isinstance(stated, dt.datetime):
            return stated if stated.tzinfo is not None else stated.replace(tzinfo=dt.UTC)
        if stated is not None:
            return dt.datetime(stated.year, stated.month, stated.day, tzinfo=dt.UTC)
    return first or dt.datetime.min.replace(tzinfo=dt.UTC)


def use_of(goods: Goods, key: str, first: dt.datetime | None, entries: Iterable[str]) -> Use:
    """Returns the values of an item that matter for licences."""
    parties = [party for party in goods.parties if party.role in HOLDERS]
    holders = (
        *(number.value for party in parties for number in party.identifiers),
        *(party.name for party in parties if party.name),
    )
    item = msgspec.structs.replace(goods.item, documents=documents(goods))
    return licences.use_of(
        item, key, declared_on(goods, first), holders=holders, entries=tuple(entries),
        destination=goods.destination,
    )  # fmt: skip


def answers(use: Use, known: Known, required: bool) -> tuple[Answer, ...]:
    """Returns the results for the licences of an item."""
    return licences.judge(use, known.licences, required=required, balances=known.balances)


def state_of(found: Iterable[Answer]) -> State:
    """Returns the state that an officer must see first among the results for the licences of an item."""
    states = {one.state for one in found}
    return next((state for state in ORDER if state in states), "not_required")


def problems(found: Iterable[Answer], use: Use, known: Known) -> list[Answer]:
    """Returns the results that contradict a licence. Either a recorded licence does not cover the item, or a
    licence is not recorded although the organisation records licences of its type."""
    bad = [one for one in found if one.state in PROBLEMS]
    if known.kinds:
        codes: dict[str, set[str]] = {}
        for one in use.documents:
            codes.setdefault(_named(one), set()).add((one.code or "").strip().upper())
        bad += [
            one for one in found
            if one.state == "unknown" and codes.get(plain(one.licence or ""), set()) & known.kinds
        ]  # fmt: skip
    return bad


def _named(document: Document) -> str:
    """Returns the number of a document, or its code if it states no number, as the results name it."""
    return plain(document.reference or document.code or "")


def codes_in_order(codes: Sequence[str], use: Use, bad: Sequence[Answer]) -> tuple[str, ...]:
    """Returns the document codes of an item without the codes of contradicted licences. A code is kept if
    another licence with this code is in order."""
    if not bad:
        return tuple(codes)
    wrong = {plain(one.licence or "") for one in bad}
    stated = [(one.code, _named(one)) for one in use.documents]
    lost = {code for code, number in stated if number in wrong}
    kept = {code for code, number in stated if number not in wrong}
    return tuple(code for code in codes if code not in lost - kept)
