"""Converts the state of goods items to rows: the identifiers, the fingerprint, and the words for the
search."""

from __future__ import annotations

import re
import zlib
from collections.abc import Container, Iterable, Iterator
from functools import lru_cache

from anyascii import anyascii

from vedette.core.names import fold
from vedette.goods import judging
from vedette.goods.app.notices import states
from vedette.goods.asking import as_corrected, texts
from vedette.goods.declarations import Goods, Item
from vedette.goods.records import Party
from vedette.keys.ring import Keys
from vedette.screening.exact import (
    fold_address,
    fold_document,
    fold_email,
    fold_phone,
    fold_vehicle,
    linking_address,
)

#: Maximum number of words of one item that the search finds, and of letters of a word.
MOST_WORDS, MOST_LETTERS = 400, 40
_WORD = re.compile(r"[0-9a-z]+")


# The names of parties and the references recur in the items of a declaration and in many declarations.
@lru_cache(maxsize=4096)
def words(text: str) -> tuple[str, ...]:
    """Returns the words of a text: transliterated, in lower case, letters and digits only. Words of one
    letter are left out."""
    text = text[:4_000]
    found = _WORD.findall((text if text.isascii() else anyascii(text)).lower())
    return tuple([word[:MOST_LETTERS] for word in found if len(word) > 1])


def word_keys(texts: Iterable[str]) -> list[int]:
    """Returns one hash for each distinct word of the texts. The hash of a word is a signed 32-bit number."""
    found = dict.fromkeys(word for text in texts for word in words(text))
    keys = (zlib.crc32(word.encode()) for word in list(found)[:MOST_WORDS])
    return [key - (1 << 32) if key >= 1 << 31 else key for key in keys]


def searched(goods: Goods, parties: Iterable[Party]) -> Iterator[str]:
    """Yields the searchable texts of an item: references, containers, parties and other texts."""
    message, consignment = goods.message, goods.consignment
    references = (
        message.mrn, message.lrn, consignment.reference, consignment.ucr, goods.item.ucr,
        consignment.master, consignment.house,
    )  # fmt: skip
    for text in (*references, *goods.containers, goods.item.hs):
        if text:
            yield text
            # The search also finds a reference without its separators.
            yield "".join(words(text))
    for party in parties:
        yield from (text for text in (party.name, party.contact) if text)
        yield from (one.value for one in party.identifiers)
    yield from texts(goods)


@lru_cache(maxsize=8192)
def party_name(name: str) -> str:
    """Returns the normalised name of a party, which is used to find items of the same party."""
    return fold(name)


#: The roles of the party to which the containers, documents and means of transport of an item belong, the
#: first that an item has.
PRINCIPAL = ("consignee", "importer", "buyer", "consignor", "exporter", "seller")
#: Modes of transport (UN/ECE Recommendation 19) whose means is a vessel, and a vehicle.
_VESSEL, _VEHICLE = ("1", "8"), ("3",)


def identifiers(
    goods: Goods, item: Item, keys: Keys, recorded: Container[str] = ()
) -> Iterator[tuple[str, bytes, bytes | None]]:
    """Yields the kind, the token and the holder of each identifier of an item, without duplicates. The holder
    is the token of the name and the number of the party that has the identifier. `recorded` contains the
    numbers of the recorded licences that items with many documents name."""
    parties = as_corrected(goods.parties, item.corrected)
    principal = goods.party(*PRINCIPAL)
    own = _holder(principal) if principal is not None else ""
    values: dict[tuple[str, str], str] = {}

    def add(kind: str, value: str, holder: str) -> None:
        values.setdefault((kind, value), holder)

    for text in (goods.message.mrn, goods.message.lrn):
        add("reference", fold_document(text or ""), own)
    for one in goods.containers:
        add("container", fold_document(one), own)
    for document in goods.documents:
        add("reference", fold_document(states.number_key(document.reference)), own)
    for party in parties:
        holder = _holder(party)
        for number in party.identifiers:
            add("document", fold_document(number.value), holder)
        for phone in party.phones:
            add("phone", fold_phone(phone), holder)
        for email in party.emails:
            add("email", fold_email(email), holder)
        for name in (party.name, party.contact):
            add("party", party_name(name) if name else "", holder)
        if party.address is not None:
            linking = linking_address(party.address)
            add("address", linking, holder)
            for key in fold_address(party.address):
                add("place", key, holder)
    mode = (goods.route.mode or "")[:1]
    for means in (goods.route.means, goods.route.means_number):
        if mode in _VESSEL:
            add("vessel", fold_document(means or ""), own)
        elif mode in _VEHICLE:
            add("vehicle", fold_vehicle(means or ""), own)
    for licence in judging.numbers(goods, recorded):
        add("licence", licence, own)
    holders = {one: keys.token("holder", one) if one else None for one in {*values.values()}}
    for (kind, value), holder in values.items():
        if value:
            yield kind, keys.token(kind, value), holders[holder]


def _holder(party: Party) -> str:
    """Returns the normalised name and the first number of a party."""
    number = next((found for one in party.identifiers if (found := fold_document(one.value))), "")
    name = party_name(party.name) if party.name else ""
    return f"{name}|{number}" if name or number else ""


def fingerprint(goods: Goods, keys: Keys) -> bytes:
    """Returns the fingerprint of an item: the token of the names, numbers and countries of its parties, its
    code, its destination and its description. If an officer clears an item, the decision applies to all items
    with the same fingerprint."""
    description = goods.item.description or ""
    names = {party_name(party.name) for party in goods.parties if party.name}
    numbers = {fold_document(one.value) for party in goods.parties for one in party.identifiers}
    countries = {
        country
        for party in goods.parties
        for country in (party.country, party.address.country if party.address else None)
        if country
    }
    parts = (
        *sorted(names), "", *sorted(numbers), "", *sorted(countries), "",
        goods.item.hs or "", goods.destination or "", *words(description),
        # The function `words` reads no more than this number of characters.
        " ".join(description[4_000:].lower().split()),
    )  # fmt: skip
    return keys.token("fingerprint", "|".join(parts))
