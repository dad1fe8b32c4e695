"""Reads SSR and IFT. Assigns permitted elements to the travellers to whom they belong (their owners), and
drops and counts all other elements."""

from __future__ import annotations

import re
from collections.abc import Callable

import msgspec

from vedette.formats.edifact import Seg
from vedette.travellers import records
from vedette.travellers.formats import ssr
from vedette.travellers.formats.pnrgov.drafts import HISTORY, PERSON, PNR, Draft, Leg, Person, part
from vedette.travellers.formats.pnrgov.people import add, by_name, by_ref, infant_of, owner_of_docs

#: No element of any grammar has a longer text.
MAX_TEXT = 600
_SEAT = re.compile(r"0*(\d{1,3}[A-Z])")
SEAT_TEXT = re.compile(r"(?:^|[\s/])0*(\d{1,3}[A-Z])(?=$|[\s/])")


def text_of(seg: Seg) -> str:
    """Returns the free text of an SSR. The text begins at the ninth component or, if the sender omitted
    components, at the first component with a slash. Because a component has a maximum length, the text of a
    document may continue in the next components."""
    composite = seg.el[1] if len(seg.el) > 1 else []
    seam = "" if composite and composite[0].startswith("DOC") else ":"
    text = seam.join(composite[8:]) if len(composite) > 8 else ""
    if not text.strip():
        text = next(
            (seam.join(composite[i:]) for i in range(4, len(composite)) if "/" in composite[i]), ""
        )
    return text[:MAX_TEXT]


def _refs(seg: Seg) -> list[str]:
    return [composite[2].strip() for composite in seg.el[2:] if len(composite) > 2]


def _owner(draft: Draft, place: Person | None, seg: Seg) -> Person | None:
    """Returns the owner of a request. The owner is the traveller whose segments contain the request,
    otherwise the traveller with the reference of the request, otherwise the only traveller."""
    if place is not None:
        return place
    named = (person for ref in _refs(seg) if (person := by_ref(draft, ref)) is not None)
    return next(named, draft.people[0] if len(draft.people) == 1 else None)


def read_ssr(draft: Draft, seg: Seg) -> None:
    """Stores a permitted request until all travellers of the booking are known. A request that is not
    permitted is dropped and counted."""
    code = seg.get(1).strip().upper()
    if draft.zone == HISTORY:
        draft.context.dropped["history"] += 1
        if draft.change is not None:
            draft.change = (draft.change[0], _CHANGED.get(code, "other"))
    elif code[:3] == "CTC" or code in _HANDLERS:
        place = draft.person if draft.zone == PERSON else None
        if place is not None and _elsewhere(draft, place, seg):
            place = None
        draft.requests.append((seg, place, draft.leg if place is None else None))
    elif (kind := ssr.dropped_kind(code)) != "remark" or text_of(seg).strip():
        draft.context.dropped[kind] += 1


def _elsewhere(draft: Draft, place: Person, seg: Seg) -> bool:
    """Returns whether the owner of a request is determined by its reference instead of its position. The
    reference determines the owner if the segments of two travellers are mixed up. The reference also
    determines the owner if the TIF with this reference follows directly after the request."""
    refs = _refs(seg)
    if not refs or seg.offset in draft.context.loose:
        return bool(refs)
    if not refs[0] or refs[0] in (place.ref, place.unique):
        return False
    rest = draft.segs[draft.at + 1 : draft.at + 100]
    after = next((other for other in rest if other.tag != "SSR"), None)
    return after is not None and after.tag == "TIF" and after.get(2, 2).strip() == refs[0]


def settle_requests(draft: Draft) -> None:
    """Assigns every stored request to its owner. The names of infants (INFT) are assigned first, because
    documents refer to these names."""
    requests = draft.requests
    draft.announced = len(
        {text_of(seg).strip() for seg, *_ in requests if seg.el[1][0][:4] == "INFT"}
    )
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
    adult = _owner(draft, place, seg)
    named = by_name(draft, surname, given)
    untyped = (person for person in named if person is not adult and person.type == "")
    infant = next((person for person in named if person.infant), next(untyped, None))
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
    """Links each infant without INFT to an adult. The first choice is the adult whose reference equals the
    reference of the infant without the final I. The second choice is the preceding adult who is marked as
    accompanied by
    an infant. The last choice is the only adult of the booking."""
    if not draft.infants:
        return
    adults = [person for person in draft.people if not person.infant]
    marked = next((person for person in adults if person.with_infant), None)
    only = adults[0] if len(adults) == 1 else None
    before: Person | None = None
    for person in draft.people:
        before = person if person.with_infant else before
        if person.infant and person.adult is None:
            named = len(person.ref) > 1 and person.ref.endswith("I")
            referenced = by_ref(draft, person.ref[:-1]) if named else None
            person.adult = referenced or before or marked or only


def _docs(draft: Draft, seg: Seg, place: Person | None, leg: Leg | None) -> None:
    docs = ssr.docs(text_of(seg), draft.context.prepared)
    if docs.bad_date:
        draft.context.warn("date_impossible", "DOCS has a date that does not exist", seg)
    ref = next(iter(_refs(seg)), "")
    document = docs.document
    person = owner_of_docs(draft, docs, place, ref)
    if person is None and docs.infant and document.surname:
        draft.context.warn("traveller_unclear", "DOCS of an infant that has no TIF", seg)
        person = add(draft, seg, document.surname, document.given_names or "", "IN", "")
        person.adult = place or by_ref(draft, ref)
    if person is not None:
        person.identify(document, docs.birth_period)
    else:
        draft.context.skip(
            "traveller_unclear", "DOCS of a person outside the booking, skipped", seg
        )


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
    if doco.document.number:
        person.add(doco.document)


def _doca(draft: Draft, seg: Seg, place: Person | None, leg: Leg | None) -> None:
    address = ssr.doca(text_of(seg))
    if address is not None:
        (_owner(draft, place, seg) or draft).contacts.addresses[address] = None


def _contact(draft: Draft, seg: Seg, place: Person | None, leg: Leg | None) -> None:
    """Reads contact elements such as CTCE, CTCM and CTCR. Of the emergency contact (element PCTC), only the
    telephone number is stored."""
    code = seg.el[1][0].strip().upper()
    person = _owner(draft, place, seg) if place is not None or _refs(seg) else None
    into = (person or draft).contacts
    if code == "CTCR":
        into.refused = True
    elif not into.keep(code[3:] or "P", text_of(seg).strip() or _after(seg)):
        draft.context.dropped["remark"] += 1


def _after(seg: Seg) -> str:
    """Returns the text of a contact if the sender wrote this text after the first composite of the SSR."""
    return " ".join(filter(None, (composite[0].strip() for composite in seg.el[2:])))[:MAX_TEXT]


def _loyalty(draft: Draft, seg: Seg, place: Person | None, leg: Leg | None) -> None:
    found = ssr.loyalty(text_of(seg))
    person = _owner(draft, place, seg)
    if found is None or person is None:
        draft.context.dropped["remark"] += 1
    else:
        person.fliers[records.FrequentFlyer(carrier=found[0], number=found[1])] = None


def _seat(draft: Draft, seg: Seg, place: Person | None, leg: Leg | None) -> None:
    only = draft.people[0] if len(draft.people) == 1 else None
    seats = [composite for composite in seg.el[2:] if composite[0].strip()]
    for composite in seats:
        person = place or by_ref(draft, part(composite, 2)) or only
        keep_seat(draft, person, composite[0].strip(), leg, seg, part(composite, 3))
    for number in () if seats else SEAT_TEXT.findall(text_of(seg)):
        keep_seat(draft, _owner(draft, place, seg), number, leg, seg)


def seat_number(text: str) -> str:
    """Returns a seat number in the form used on a boarding card, for example 39G for `039G`."""
    found = _SEAT.fullmatch(text)
    return found[1] if found else text


def keep_seat(
    draft: Draft,
    person: Person | None,
    number: str,
    leg: Leg | None,
    seg: Seg | None = None,
    mark: str = "",
) -> None:
    """Stores a seat without leading zeros, once for each traveller and flight. The flight of the seat is
    `leg`, unless the request `seg` contains other airports."""
    number = seat_number(number)
    ends = (leg.stated.origin, leg.stated.destination) if leg else (None, None)
    if seg is not None:
        ends = seg.get(1, 6).strip() or ends[0], seg.get(1, 7).strip() or ends[1]
    place = (person.index if person is not None else None, number, *ends)
    if len(number) > 6:
        draft.drop()
    elif place not in draft.seats:
        draft.seats[place] = records.Seat(
            traveller=place[0],
            number=number,
            origin=ends[0],
            destination=ends[1],
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
        person.add(records.Document(type=found[0], number=found[1]))


def read_ift(draft: Draft, seg: Seg) -> None:
    """Reads two kinds of text in IFT with the grammars of `ssr`: contact data in OSI (code 28) and payers
    (code 43). All other text in IFT is dropped."""
    dropped = draft.context.dropped
    texts = [part.strip() for composite in seg.el[2:] for part in composite if part.strip()]
    if not texts:
        return
    if draft.zone == HISTORY:
        dropped["history"] += 1
        return
    if seg.get(1, 1).strip() == "43":
        _payer(draft, texts)
        return
    into = (draft.person if draft.zone == PERSON and draft.person else draft).contacts
    readable = draft.zone in (PNR, PERSON) and sum(map(len, texts)) <= MAX_TEXT
    forms = dict.fromkeys((texts[0], " ".join(texts), "".join(texts))) if readable else ()
    found = filter(None, map(ssr.contact, forms))
    if not any(into.keep(letter, value) for letter, value in found):
        dropped["remark"] += 1


def _payer(draft: Draft, texts: list[str]) -> None:
    """Adds the payer's name and billing address to the preceding payment."""
    name = ssr.payer(texts[0])
    if name is None or not draft.payments:
        draft.context.dropped["remark"] += 1
        return
    if draft.payments[-1].payer is None:
        draft.payments[-1] = msgspec.structs.replace(draft.payments[-1], payer=name)
    if len(texts) > 1 and len(texts[1]) <= 100:
        draft.contacts.addresses[records.Address(kind="payer", street=texts[1])] = None
    for text in texts[2:3]:
        draft.contacts.keep("", text[:200])


_Handler = Callable[[Draft, Seg, Person | None, Leg | None], None]
#: Code → function. INFT has no function, because it is read before the others.
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
