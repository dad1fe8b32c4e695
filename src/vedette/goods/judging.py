"""Finds the recorded licences that a stored goods item names, and checks them.

The store loads these licences and their balances (`declarations.Known`). The functions of this module read
the merged state of an item and have no side effects.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Container, Iterable, Sequence

import msgspec

from vedette.goods import knowledge, licences
from vedette.goods.declarations import Goods, Known, days_back
from vedette.goods.licences import IN_ORDER, Answer, State, Use, names_licence, plain
from vedette.goods.records import Document, Party

#: Roles of parties that can hold a licence in any declaration.
_HOLDERS = ("declarant", "authorisation_holder")
#: Direction → the parties that can hold a licence. If no party has the first of the roles, a party with the
#: second one takes its place. A seller, a buyer or a carrier does not hold the licence of a declaration.
_TRADERS = {"export": (("exporter", "consignor"),), "import": (("importer", "consignee"),)}
_BOTH = (*_TRADERS["export"], *_TRADERS["import"])
#: A document that is not a declaration (such as a waybill) has no declarant. Nothing is deducted for it, and
#: each of these parties can hold the licences that it names.
_OF_OTHERS = frozenset((*_HOLDERS, *(role for roles in _BOTH for role in roles), "seller", "buyer"))
#: States, the one that an officer must see first first. The first of the states of an item is its state.
ORDER: tuple[State, ...] = (
    "revoked", "contested", "exhausted", "expired", "backdated", "wrong_goods", "wrong_holder",
    "wrong_destination", "not_yet_valid", "unchecked", "code_ended", "wrong_unit", "no_quantity", "unknown",
    "self_declared", "missing", "present", "not_required",
)  # fmt: skip
#: States in which a recorded licence does not cover the item. An ended code is a fact of its own in the rules
#: of control lists. A licence that is not recorded is a problem only if the organisation records licences of
#: its type.
PROBLEMS: frozenset[State] = frozenset(ORDER) - IN_ORDER - {
    "unknown", "self_declared", "missing", "code_ended",
}  # fmt: skip
#: Maximum number of documents of an item that are compared with licences.
MOST_DOCUMENTS = 50


def candidates(goods: Goods) -> list[Document]:
    """Returns the documents of an item that can be licences, and the documents with a code that states that
    the goods are not listed. A quantity that the consignment states for its licence is not used, because it
    may concern several items.
    """
    own = goods.item.documents
    stated = (*own, *(msgspec.structs.replace(one, quantity=None, unit=None)
                      for one in goods.consignment.documents))  # fmt: skip
    known = knowledge.documents()
    return [
        one for one in dict.fromkeys(stated)
        if not one.previous and (names_licence(one) or _code(one) in known)
    ]  # fmt: skip


def ranked(
    goods: Goods, recorded: Container[str] = ()
) -> tuple[tuple[Document, ...], tuple[Document, ...]]:
    """Returns the documents of an item that are compared with licences. If an item has more than
    `MOST_DOCUMENTS` documents, also returns the documents that are not checked. Documents with the number of
    a recorded licence come first, then documents with a known code. Other documents therefore cannot prevent
    the check of a licence. `recorded` contains the `plain` numbers of the recorded licences."""
    found = candidates(goods)
    if len(found) > MOST_DOCUMENTS:
        known = knowledge.documents()
        found.sort(
            key=lambda one: (
                0 if plain(one.reference or "") in recorded else 2 - (_code(one) in known)
            )
        )
    return tuple(found[:MOST_DOCUMENTS]), tuple(found[MOST_DOCUMENTS:])


def numbers(goods: Goods, recorded: Container[str] = ()) -> dict[str, Document]:
    """Returns the documents of an item that can be licences, by their number in the form of `plain`. If
    several documents have the same number, only the first is returned."""
    found: dict[str, Document] = {}
    for one in ranked(goods, recorded)[0]:
        if names_licence(one):
            found.setdefault(plain(one.reference or ""), one)
    return found


def _code(document: Document) -> str:
    return (document.code or "").strip().upper()


def stated_on(goods: Goods) -> dt.datetime | None:
    """Returns the time at which a declaration was accepted or, if it is missing, the time that the declarant
    states."""
    for stated in (goods.message.accepted, goods.message.declared):
        if isinstance(stated, dt.datetime):
            return stated if stated.tzinfo is not None else stated.replace(tzinfo=dt.UTC)
        if stated is not None:
            return dt.datetime(stated.year, stated.month, stated.day, tzinfo=dt.UTC)
    return None


def backdated(goods: Goods, received: dt.datetime | None) -> bool:
    """Returns whether a declaration states a day that is more than `declarations.MOST_DAYS_BACK`
    days before its receipt."""
    stated = stated_on(goods)
    return (
        stated is not None and received is not None and stated.date() < days_back(received).date()
    )


def declared_on(
    goods: Goods, first: dt.datetime | None, received: dt.datetime | None = None
) -> dt.datetime:
    """Returns the time at which the licences of a declaration must be valid.

    The time is the time that the declaration states, but at most `declarations.MOST_DAYS_BACK` days before
    its receipt. If no time is stated, the time of the first message about the item is returned.
    """
    if received is not None and backdated(goods, received):
        return days_back(received)
    return stated_on(goods) or first or dt.datetime.min.replace(tzinfo=dt.UTC)


def holders(goods: Goods) -> list[Party]:
    """Returns the parties of an item that can be the holders of its licences."""
    if goods.message.document != "declaration":
        return [party for party in goods.parties if party.role in _OF_OTHERS]
    direction = goods.message.direction or goods.consignment.direction or ""
    roles = set(_HOLDERS)
    for some in _TRADERS.get(direction, _BOTH):
        trader = goods.party(*some)
        roles |= {trader.role} if trader is not None else set()
    return [party for party in goods.parties if party.role in roles]


def use_of(
    goods: Goods, key: str, first: dt.datetime | None, entries: Iterable[str], *,
    received: dt.datetime | None = None, recorded: Container[str] = (), contested: bool = False,
) -> Use:  # fmt: skip
    """Returns the values of an item that matter for licences. `received` is the time at which the item was
    first received. `recorded` contains the numbers of the recorded licences that the item names. `contested`
    is true if another sender submitted a declaration with the same reference before.
    """
    parties = holders(goods)
    named = (
        *(number.value for party in parties for number in party.identifiers),
        *(party.name for party in parties if party.name),
    )
    judged, others = ranked(goods, recorded)
    item = msgspec.structs.replace(goods.item, documents=judged)
    known = knowledge.documents()
    dropped = [code for one in others if (code := _code(one)) in known and known[code].licence]
    stated = stated_on(goods)
    use = licences.use_of(
        item, key, declared_on(goods, first, received), holders=named, entries=tuple(entries),
        destination=goods.destination,
    )  # fmt: skip
    return msgspec.structs.replace(
        use, unchecked=tuple(dict.fromkeys(dropped)),
        stated=stated.date() if stated is not None and backdated(goods, received) else None,
        contested=contested and goods.message.document == "declaration",
    )  # fmt: skip


def answers(use: Use, known: Known, required: bool) -> tuple[Answer, ...]:
    """Returns the results for the licences of an item."""
    return licences.judge(use, known.licences, required=required, balances=known.balances)


def state_of(found: Iterable[Answer]) -> State:
    """From the results for the licences of an item, returns the state that must be shown to an officer
    first."""
    states = {one.state for one in found}
    return next((state for state in ORDER if state in states), "not_required")


def problems(found: Iterable[Answer], use: Use, known: Known) -> list[Answer]:
    """Returns the results that contradict a licence. Either a recorded licence does not cover the item, or a
    licence is not recorded although the organisation records licences of its type."""
    bad = [one for one in found if one.state in PROBLEMS]
    if known.kinds:
        codes: dict[str, set[str]] = {}
        for one in use.documents:
            codes.setdefault(_named(one), set()).add(_code(one))
        bad += [
            one for one in found
            if one.state == "unknown" and codes.get(plain(one.licence or ""), set()) & known.kinds
        ]  # fmt: skip
    return bad


def _named(document: Document) -> str:
    """Returns the number of a document, or its code if it states no number, as the results show it."""
    return plain(document.reference or document.code or "")


def codes_in_order(codes: Sequence[str], use: Use, bad: Sequence[Answer]) -> tuple[str, ...]:
    """Returns the document codes of an item without the codes of contradicted licences. A code is kept if the
    item names another licence with this code, and no result contradicts this other licence."""
    if not bad:
        return tuple(codes)
    wrong = {plain(one.licence or "") for one in bad}
    stated = [(one.code, _named(one)) for one in use.documents]
    lost = {code for code, number in stated if number in wrong} | set(use.unchecked)
    kept = {code for code, number in stated if number not in wrong}
    return tuple(code for code in codes if code not in lost - kept)
