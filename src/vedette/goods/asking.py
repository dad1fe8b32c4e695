"""The input for screening a goods item: its parties and its texts."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from itertools import zip_longest

import msgspec

from vedette.core.codes import alpha3
from vedette.core.parties import Asked, Party
from vedette.goods import declarations, records
from vedette.goods.declarations import Goods, Held, Item

#: The name that a rectification may replace, and the role of its party.
RECTIFIED = {"consignor": ("consignor", "exporter"), "consignee": ("consignee", "importer")}


def asked(hold: Held, item: Item) -> Asked:
    """Returns the input for screening an item of a declaration. An item that a later message removed has no
    parties and no texts. The reasons for a hit on such an item are therefore no longer valid."""
    goods = declarations.read(hold, item)
    if not item.here:
        return Asked(group="".join(goods.reference.split()).upper())
    return Asked(
        parties=parties(by_turns(goods), item.corrected),
        texts=texts(goods),
        group="".join(goods.reference.split()).upper(),
    )


def by_turns(goods: Goods) -> list[records.Party]:
    """Returns the parties of the declaration, the consignment and the item alternately. If the number of
    parties is limited, the limit therefore removes only some parties of each of the three groups. The parties
    of the declaration are read even if an item has many parties."""
    levels = (goods.message.parties, goods.consignment.parties, goods.item.parties)
    return [one for some in zip_longest(*levels) for one in some if one is not None]


def parties(
    stated: Sequence[records.Party], corrected: Mapping[str, str] | None = None
) -> tuple[Party, ...]:
    """Returns the parties in the form that screeners use. A party that is stated in several roles is one
    party. A rectified name replaces the name that messages state for the role."""
    found: dict[tuple[str | None, str | None], Party] = {}
    for one in as_corrected(stated, corrected or {}):
        names = tuple((name, None) for name in (one.name, one.contact) if name)
        numbers = tuple(dict.fromkeys(number.value for number in one.identifiers))
        if not names and not numbers:
            continue
        key = (one.name, numbers[0] if numbers else None)
        country = one.country or (one.address.country if one.address else None)
        made = Party(
            # A message does not say whether a party is a person or an organisation.
            schema="",
            names=names,
            nationality=alpha3(country) if country else None,
            documents=numbers,
            phones=one.phones,
            emails=one.emails,
            addresses=(one.address,) if one.address else (),
        )
        found.setdefault(key, made)
    return tuple(found.values())[: records.MOST_PARTIES]


def as_corrected(
    stated: Iterable[records.Party], corrected: Mapping[str, str]
) -> list[records.Party]:
    """Returns the parties with the rectified names instead of the stated names."""
    of_role = {
        role: corrected[name]
        for name, roles in RECTIFIED.items()
        if name in corrected
        for role in roles
    }
    return [
        msgspec.structs.replace(one, name=of_role[one.role]) if one.role in of_role else one
        for one in stated
    ]


def texts(goods: Goods) -> tuple[str, ...]:
    """Returns the description of the item, and the other texts that describe the goods."""
    stated = (
        goods.item.description,
        goods.consignment.description,
        goods.item.marks,
        *(note.text for note in goods.item.notes),
    )
    return tuple(dict.fromkeys(text for text in stated if text))[: records.MOST_TEXTS]
