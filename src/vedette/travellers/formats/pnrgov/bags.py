"""Checked bags of a booking (TBD)."""

from __future__ import annotations

from vedette.formats.segments import Seg
from vedette.travellers import records
from vedette.travellers.formats.pnrgov import values
from vedette.travellers.formats.pnrgov.drafts import CHECK_IN, HISTORY, Draft, Person
from vedette.travellers.formats.pnrgov.values import part

_POUND = 0.45359237


def _weight(composite: list[str]) -> tuple[int | None, float | None]:
    """Pieces and kilograms of `pieces:weight:unit` (700 kg, 701 lb, 702 no weight)."""
    weight = values.amount(part(composite, 1))
    unit = part(composite, 2).upper()
    if weight is None or unit == "702":
        return values.count(part(composite, 0)), None
    factor = _POUND if unit in ("701", "L") else 1.0
    return values.count(part(composite, 0)), round(float(weight) * factor, 2)


def read_tbd(draft: Draft, seg: Seg) -> None:
    """TBD: pieces and weight of a traveller's checked bags, and each bag tag once for the booking."""
    if draft.zone == HISTORY:
        draft.context.dropped["history"] += 1
        return
    person = draft.checking if draft.zone == CHECK_IN else draft.person
    el = seg.el
    pieces = weight = None
    for composite in el[2:4]:
        if any(composite):
            pieces, weight = _weight(composite)
            break
    pool, pool_id = seg.get(4).strip() or None, seg.get(4, 1).strip() or None
    first, tags = True, []
    for composite in el[5:]:
        airline, tag = part(composite, 0), part(composite, 1)
        if not tag and not airline:
            continue
        if (airline, tag) not in draft.bags:
            draft.bags[airline, tag] = records.BookedBag(
                airline=airline or None,
                tag=tag or None,
                count=values.count(part(composite, 2)),
                destination=part(composite, 3) or None,
                pieces=pieces if first else None,
                weight_kg=weight if first else None,
                pool=pool,
                pool_id=pool_id,
                traveller=person.index if person is not None else None,
            )
        first = False
        if tag:
            tags.append(tag)
    if person is not None:
        _weigh(draft, person, tags, pieces, weight)


def _weigh(
    draft: Draft, person: Person, tags: list[str], pieces: int | None, weight: float | None
) -> None:
    """Sets a traveller's bags: those of the message's own flight, else of the first flight that states any. A
    further TBD of the same flight adds its bags, unless all its tags are known already."""
    said = person.bags, person.bag_weight
    if said == (None, None) or person.bag_leg is not draft.leg:
        if person.bags is None or draft.leg_is_prime(draft.leg):
            person.bag_leg = draft.leg
            person.bags = pieces if pieces is not None else person.bags
            person.bag_weight = weight if weight is not None else person.bag_weight
    elif any(tag not in person.bag_tags for tag in tags) or (not tags and (pieces, weight) != said):
        person.bags = (said[0] or 0) + (pieces or 0) or None
        person.bag_weight = round((said[1] or 0.0) + (weight or 0.0), 2) or None
    person.bag_tags.update(dict.fromkeys(tags))
