"""SSR and IFT: assigns permitted elements to their owners; drops and counts all others."""

from __future__ import annotations

import re
from collections.abc import Callable

from vedette.formats.segments import Seg
from vedette.travellers import records
from vedette.travellers.formats import ssr
from vedette.travellers.formats.pnrgov.drafts import HISTORY, PERSON, PNR, Draft, Leg, Person
from vedette.travellers.formats.pnrgov.people import add, by_name, by_ref, infant_of, owner_of_docs

#: Longer free text is not an element of any grammar.
_MAX_TEXT = 600
_SEAT = re.compile(r"0*(\d{1,3}[A-Z])")
_SEAT_TEXT = re.compile(r"(?:^|[\s/])0*(\d{1,3}[A-Z])(?=$|[\s/])")


def text_of(seg: Seg) -> str:
    """The free text of an SSR: from the ninth component on; if a sender omitted components, from the first
    one with a slash. The text of a document may continue in the next components, split at their maximum
    length."""
    composite = seg.el[1] if len(seg.el) > 1 else []
    seam = "" if composite and composite[0].startswith("DOC") else ":"
    text = seam.join(composite[8:]) if len(composite) > 8 else ""
    if not text.strip():
        text = next(
            (seam.join(composite[i:]) for i in range(4, len(composite)) if "/" in composite[i]), ""
        )
    return text[:_MAX_TEXT]


def _refs(seg: Seg) -> list[str]:
    return [composite[2].strip() for composite in seg.el[2:] if len(composite) > 2]


def _owner(draft: Draft, place: Person | None, seg: Seg) -> Person | None:
    """The owner of a request: the traveller in whose group it is, else by reference, else the only
    traveller."""
    if place is not None:
        return place
    for ref in _refs(seg):
        found = by_ref(draft, ref)
        if found is not None:
            return found
    return draft.people[0] if len(draft.people) == 1 else None


def read_ssr(draft: Draft, seg: Seg) -> None:
    """Stores a request until all travellers of the booking are known, or drops and counts it."""
    code = seg.get(1).strip().upper()
    if draft.zone == HISTORY:
        draft.context.dropped["history"] += 1
        if draft.change is not None:
            draft.change = (draft.change[0], _CHANGED.get(code, "other"))
        return
    if code[:3] == "CTC" or code in _HANDLERS:
        place = draft.person if draft.zone == PERSON else None
        if place is not None and (refs := _refs(seg)) and _elsewhere(draft, place, seg, refs[0]):
            place = None
        draft.requests.append((seg, place, draft.leg if place is None else None))
        return
    kind = ssr.dropped_kind(code)
    if kind != "remark" or text_of(seg).strip():
        draft.context.dropped[kind] += 1


def _elsewhere(draft: Draft, place: Person, seg: Seg, ref: str) -> bool:
    """Whether a request's reference takes precedence over its position: among segments of travellers that are
    mixed up, or directly before the traveller that it names."""
    if seg.offset in draft.context.loose:
        return True
    if not ref or ref in (place.ref, place.unique):
        return False
    after = next(
        (other for other in draft.segs[draft.at + 1 : draft.at + 100] if other.tag != "SSR"), None
    )
    return after is not None and after.tag == "TIF" and after.get(2, 2).strip() == ref


def settle_requests(draft: Draft) -> None:
    """Assigns every stored request to its owner; infants' names (INFT) first, because documents refer to
    them."""
    requests = draft.requests
    announced = {text_of(seg).strip() for seg, *_ in requests if seg.el[1][0][:4] == "INFT"}
    draft.announced = len(announced)
    for seg, place, _ in requests:
        code = seg.el[1][0][:4]
        if code == "INFT":
            _inft(draft, seg, place)
        elif code == "DOCS" and place is not None:
            place.documented = True
    _link_infants(draft)
    for seg, place, leg in requests:
        code = seg.el[1][0].strip().upper()
        handler = _HANDLERS.get(code, _contact)
        if handler is not None:
            handler(draft, seg, place, leg)


def _inft(draft: Draft, seg: Seg, place: Person | None) -> None:
    found = ssr.infant(text_of(seg), draft.context.prepared)
    if found is None:
        return
    surname, given, born = found
    named = by_name(draft, surname, given)
    infant = next((person for person in named if person.infant), None)
    adult = _owner(draft, place, seg)
    if infant is None:
        infant = next(
            (person for person in named if person is not adult and person.type == ""), None
        )
    if infant is None and len(draft.infants) < draft.announced:
        draft.context.warn("traveller_unclear", "INFT of an infant that has no TIF", seg)
        infant = add(draft, seg, surname, given, "IN", "")
    if infant is None:
        return
    if not infant.infant:
        infant.infant = True
        draft.infants.append(infant)
    infant.inft_born = infant.inft_born or born
    if adult is not None and adult is not infant and not adult.infant:
        infant.adult = infant.adult or adult


def _link_infants(draft: Draft) -> None:
    """Links infants without INFT: by a reference that is the adult's with an I, else to the preceding adult
    marked as accompanied, else to the booking's only adult."""
    adults = [person for person in draft.people if not person.infant] if draft.infants else []
    marked = [person for person in adults if person.with_infant]
    before: Person | None = None
    for person in draft.people if draft.infants else ():
        if person.with_infant:
            before = person
        if not person.infant or person.adult is not None:
            continue
        if len(person.ref) > 1 and person.ref.endswith("I"):
            person.adult = by_ref(draft, person.ref[:-1])
        if person.adult is None:
            only = adults[0] if len(adults) == 1 else None
            person.adult = before or next(iter(marked), only)


def _docs(draft: Draft, seg: Seg, place: Person | None, leg: Leg | None) -> None:
    docs = ssr.docs(text_of(seg), draft.context.prepared)
    if docs.bad_date:
        draft.context.warn("date_impossible", "DOCS has a date that does not exist", seg)
    ref = next(iter(_refs(seg)), "")
    person = owner_of_docs(draft, docs, place, ref)
    if person is None:
        if not docs.infant or not docs.surname:
            draft.context.skip(
                "traveller_unclear", "DOCS of a person outside the booking, skipped", seg
            )
            return
        draft.context.warn("traveller_unclear", "DOCS of an infant that has no TIF", seg)
        adult = place or by_ref(draft, ref)
        person = add(draft, seg, docs.surname, docs.given_names or "", "IN", "")
        person.adult = adult
    if docs.number:
        _add_document(
            person,
            docs.document(),
        )
    person.born = person.born or docs.date_of_birth
    person.sex = person.sex or docs.sex
    person.nationality = person.nationality or docs.nationality


def _add_document(person: Person, document: records.Document) -> None:
    """Adds a document. The same number and type twice is one document: missing fields are filled in."""
    places = person.numbers.setdefault(document.number, [])
    for at in places[:10]:
        known = person.documents[at]
        if known.type == document.type or known.type is None or document.type is None:
            if known != document:
                person.documents[at] = ssr.merged(known, document)
            return
    places.append(len(person.documents))
    person.documents.append(document)


def _doco(draft: Draft, seg: Seg, place: Person | None, leg: Leg | None) -> None:
    doco = ssr.doco(text_of(seg), draft.context.prepared)
    if doco.bad_date:
        draft.context.warn("date_impossible", "DOCO has a date that does not exist", seg)
    person = _owner(draft, place, seg)
    if doco.infant:
        person = infant_of(draft, person) or person
    if person is None:
        draft.context.skip(
            "traveller_unclear", "DOCO of a person outside the booking, skipped", seg
        )
        return
    person.place_of_birth = person.place_of_birth or doco.birth_place
    if doco.number:
        _add_document(
            person,
            doco.document(),
        )


def _doca(draft: Draft, seg: Seg, place: Person | None, leg: Leg | None) -> None:
    address = ssr.doca(text_of(seg))
    if address is None:
        return
    person = _owner(draft, place, seg)
    into = person.addresses if person is not None else draft.addresses
    into[address] = None


def _contact(draft: Draft, seg: Seg, place: Person | None, leg: Leg | None) -> None:
    """CTCE, CTCM, CTCR and similar elements, and PCTC, of which only the telephone number is kept."""
    code = seg.el[1][0].strip().upper()
    person = _owner(draft, place, seg) if place is not None or _refs(seg) else None
    if code == "CTCR":
        (person or draft).refused = True
    elif not ssr.keep_contact(person or draft, code[3:] or "P", text_of(seg)):
        draft.context.dropped["remark"] += 1


def _loyalty(draft: Draft, seg: Seg, place: Person | None, leg: Leg | None) -> None:
    found = ssr.loyalty(text_of(seg))
    person = _owner(draft, place, seg)
    if found is None or person is None:
        draft.context.dropped["remark"] += 1
        return
    flyer = records.FrequentFlyer(carrier=found[0], number=found[1])
    person.fliers[flyer] = None


def _seat(draft: Draft, seg: Seg, place: Person | None, leg: Leg | None) -> None:
    origin = seg.get(1, 6).strip() or (leg.origin if leg else None)
    destination = seg.get(1, 7).strip() or (leg.destination if leg else None)
    found = False
    for composite in seg.el[2:]:
        number = composite[0].strip()
        if not number:
            continue
        ref = composite[2].strip() if len(composite) > 2 else ""
        mark = composite[3].strip() if len(composite) > 3 else ""
        person = place or by_ref(draft, ref)
        if person is None and len(draft.people) == 1:
            person = draft.people[0]
        keep_seat(draft, person, number, origin, destination, mark)
        found = True
    if not found:
        for number in _SEAT_TEXT.findall(text_of(seg)):
            keep_seat(draft, _owner(draft, place, seg), number, origin, destination, "")


def seat_number(text: str) -> str:
    """A seat as printed on a boarding card: `039G` becomes 39G."""
    found = _SEAT.fullmatch(text)
    return found[1] if found else text


def keep_seat(
    draft: Draft,
    person: Person | None,
    number: str,
    origin: str | None,
    destination: str | None,
    mark: str,
) -> None:
    """Stores a seat without its leading zeros, once for each traveller and leg."""
    number = seat_number(number)
    if len(number) > 6:
        return
    index = person.index if person is not None else None
    place = (index, number, origin, destination)
    if place not in draft.seats:
        draft.seats[place] = records.Seat(
            traveller=index,
            number=number,
            origin=origin,
            destination=destination,
            characteristic=mark or None,
        )


def _ticket(draft: Draft, seg: Seg, place: Person | None, leg: Leg | None) -> None:
    found = ssr.ticket(text_of(seg))
    if found is None:
        draft.context.dropped["remark"] += 1
        return
    person = _owner(draft, place, seg)
    if found[1] and person is not None and not person.infant:
        person = infant_of(draft, person)
    if person is not None:
        person.tickets[found[0]] = None


def _identification(draft: Draft, seg: Seg, place: Person | None, leg: Leg | None) -> None:
    found = ssr.identification(text_of(seg))
    person = _owner(draft, place, seg)
    if found is None or person is None:
        draft.context.dropped["remark"] += 1
    elif not any(found[1].endswith(document.number) for document in person.documents[:20]):
        _add_document(person, records.Document(type=found[0], number=found[1]))


def read_ift(draft: Draft, seg: Seg) -> None:
    """IFT: reads contacts of OSI (28) and sponsors (43) by their grammars; drops the rest."""
    dropped = draft.context.dropped
    texts = [part.strip() for composite in seg.el[2:] for part in composite if part.strip()]
    if not texts:
        return
    if draft.zone == HISTORY:
        dropped["history"] += 1
        return
    kind = seg.get(1, 1).strip()
    if kind == "43":
        _payer(draft, texts)
        return
    into: Person | Draft = draft.person if draft.zone == PERSON and draft.person else draft
    kept = False
    if draft.zone in (PNR, PERSON) and sum(map(len, texts)) <= _MAX_TEXT:
        for text in dict.fromkeys((texts[0], " ".join(texts))):
            found = ssr.contact(text)
            kept = found is not None and ssr.keep_contact(into, found[0], found[1])
            if kept:
                break
    if not kept:
        dropped["remark"] += 1


def _payer(draft: Draft, texts: list[str]) -> None:
    """Adds the payer's name and billing address to the preceding payment."""
    name = ssr.payer(texts[0])
    if name is None or not draft.payments:
        draft.context.dropped["remark"] += 1
        return
    last = draft.payments[-1]
    if last.payer is None:
        fields = records.Payment.__struct_fields__
        draft.payments[-1] = records.Payment(
            **{f: getattr(last, f) for f in fields} | {"payer": name}
        )
    if len(texts) > 1 and len(texts[1]) <= 100:
        address = records.Address(kind="payer", street=texts[1])
        draft.addresses[address] = None
    for text in texts[2:3]:
        ssr.keep_contact(draft, "", text[:200])


_Handler = Callable[[Draft, Seg, Person | None, Leg | None], None]
#: None: read before the others (INFT).
_HANDLERS: dict[str, _Handler | None] = {
    "DOCS": _docs, "DOCO": _doco, "DOCA": _doca, "PCTC": _contact, "INFT": None, "FOID": _identification,
    "FQTV": _loyalty, "FQTR": _loyalty, "FQTU": _loyalty, "FQTS": _loyalty,
    "TKNE": _ticket, "TKNA": _ticket, "TKNM": _ticket, "TKNR": _ticket,
    "SEAT": _seat, "RQST": _seat, "NSST": _seat, "NSSA": _seat, "NSSB": _seat, "NSSR": _seat, "NSSW": _seat,
}  # fmt: skip
_CHANGED = {
    "DOCS": "document", "DOCO": "document", "DOCA": "contact", "CTCE": "contact", "CTCM": "contact",
    "SEAT": "seat", "RQST": "seat", "NSST": "seat", "TKNE": "ticket", "TKNM": "ticket", "FOID": "document",
}  # fmt: skip
