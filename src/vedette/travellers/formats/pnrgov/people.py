"""Reads travellers. Parses TIF segments, recognises damaged TIF segments, and finds the traveller to whom
each of the other segments belongs (its owner)."""

from __future__ import annotations

import re
from operator import ne

from vedette.formats.edifact import Seg
from vedette.travellers.formats.booked import key
from vedette.travellers.formats.pnrgov.drafts import PERSON, PNR, Draft, Person, part
from vedette.travellers.formats.pnrgov.groups import PERSONAL, RANK
from vedette.travellers.formats.ssr import Stated

#: Names of seats sold to a group whose people are not named yet.
_PLACEHOLDER = re.compile(r"(?:TB[AC]|TBN|NO ?NAME|TO BE (?:ADVISED|NAMED|ANNOUNCED))\d*")
_NAME = re.compile(r"[^\W\d_][^\d_+/:]{0,69}")
_TITLES = ("MRS", "MSTR", "MISS", "MR", "MS", "DR", "PROF")
#: Maximum number of people compared for a name or reference. No genuine booking has more, and a hostile
#: booking must not cause unlimited comparisons.
_CANDIDATES = 200
#: Maximum number of given names in a TIF, according to PADIS.
_MOST_NAMES = 99
#: In days: slightly more than the two years of an infant, because the flight is later than the message.
_UNDER_TWO = 735


def is_placeholder(person: Person) -> bool:
    """Returns whether the name is a placeholder (TBA) or empty. The single name of a person may be stated as
    the surname or as the given name."""
    name = person.surname or person.given
    return not name or _PLACEHOLDER.fullmatch(name.upper()) is not None


def read_tif(draft: Draft, seg: Seg) -> None:
    """Reads a TIF before the first flight. A TIF before the first flight contains travellers or the name of a
    group. PADIS allows several given names with one surname, and each given name is then a traveller. Given
    names without types and references may be parts of one name. Given names without types and references are
    also stored as travellers, but with a warning."""
    surname = seg.get(1).strip()
    composites = seg.el[2:] or [[""]]
    given, kind, ref, with_infant = _given(composites[0])
    draft.zone = PERSON
    draft.unsure = False
    marks = (seg.get(1, 1).strip(), kind)
    if "G" in marks:
        if not given or marks == ("G", "G"):
            draft.group_name = True
            draft.person = None
            return
        draft.context.warn("traveller_unclear", "marked as a group, but names a person", seg)
    elif not surname and not given:
        draft.context.warn("traveller_unclear", "traveller without a name", seg)
    if len(composites) == 1:
        add(draft, seg, surname, given, kind, ref, with_infant)
        return
    if len(composites) > _MOST_NAMES:
        draft.context.warn("traveller_unclear", "more names than a TIF can hold; left out", seg)
    first, *others = composites[:_MOST_NAMES]
    named = [other for other in others if _names_another(other)]
    if len(first) == 1 and not named:
        first = [*first, *others[0][1:]]  # a plus sign instead of a colon
    said = {(bool(kind), bool(ref)) for _, kind, ref, _ in map(_given, (first, *named))}
    if named and (len(said) > 1 or said == {(False, False)}):
        draft.context.warn("traveller_unclear", "several given names, unlike each other", seg)
    for composite in (first, *named):
        add(draft, seg, surname, *_given(composite))


def _names_another(composite: list[str]) -> bool:
    """Returns whether a further composite of a TIF is a traveller. The composite must contain a name. If the
    composite contains a type, the type must consist of letters."""
    given, kind, *_ = _given(composite)
    name = _NAME.fullmatch(given) is not None and given.upper() not in _TITLES
    return name and (not kind or kind.isalpha()) and (len(given) > 1 or len(composite) > 1)


def _given(composite: list[str]) -> tuple[str, str, str, bool]:
    """Returns the given names, the type and the reference of a traveller, and whether an infant accompanies
    the traveller."""
    given, kind, ref, with_infant = (part(composite, index) for index in range(4))
    return given, kind, ref, with_infant == "1"


def add(
    draft: Draft,
    seg: Seg,
    surname: str,
    given: str,
    kind: str,
    ref: str,
    with_infant: bool = False,
) -> Person:
    """Adds a new traveller to the draft. The segments that follow belong to the new traveller."""
    person = Person(
        seg=seg,
        start=draft.at,
        index=len(draft.people),
        surname=surname,
        given=given,
        type=kind,
        infant=kind.startswith("IN"),
        ref=ref,
        with_infant=with_infant,
    )
    draft.people.append(person)
    draft.surnames.setdefault(key(surname), []).append(person)
    if ref:
        draft.refs.setdefault(ref, []).append(person)
    if person.infant:
        draft.infants.append(person)
    draft.person = person
    draft.zone = PERSON
    return person


def _near_tif(tag: str) -> bool:
    """Returns whether a tag begins with TIF, or is TIF with at most one character replaced, inserted or
    lost."""
    return tag.startswith("TIF") or (
        tag in ("TI", "TF", "IF")
        or (len(tag) == 3 and sum(map(ne, tag, "TIF")) <= 1)
        or (len(tag) == 4 and "TIF" in {tag[:i] + tag[i + 1 :] for i in range(4)})
    )


def _shaped(seg: Seg) -> bool:
    """Returns whether the elements have the form of a TIF: a surname, then given names with type and
    reference."""
    el = seg.el
    return (
        3 <= len(el) <= 4
        and len(seg.tag) <= 4
        and len(el[1]) <= 2
        and 1 <= len(el[2]) <= 4
        and _NAME.fullmatch(el[1][0].strip()) is not None
        and (_NAME.fullmatch(el[2][0].strip()) is not None)
    )


def unknown(draft: Draft, seg: Seg) -> None:
    """Handles a segment with an unknown tag. Among the segments of travellers, a segment with an unknown tag
    may be a damaged TIF. The segments after a damaged TIF must not be assigned to the previous traveller."""
    context, name = draft.context, seg.get(1).strip()
    personal = draft.zone in (PNR, PERSON)
    near = _near_tif(seg.tag) and not any(c.isdigit() for c in name)
    if personal and (near or _shaped(seg)):
        context.warn("traveller_unclear", "read as a traveller whose TIF is damaged", seg)
        add(draft, seg, name, seg.get(2).strip(), seg.get(2, 1).strip(), seg.get(2, 2).strip())
        draft.unsure = not name
    else:
        context.skip("segment_unexpected", "unknown segment in a booking, skipped", seg)
        draft.unsure = personal or draft.unsure


def settle(draft: Draft, seg: Seg) -> None:
    """Handles a segment of a traveller after an unknown segment. If the current traveller already has a
    segment with the same tag or a later position, the segment belongs to another traveller, whose TIF is
    lost."""
    person = draft.person
    if seg.tag == "IFT" and seg.get(1, 1) != "28":
        return
    if person is None:
        lost = seg.tag in PERSONAL and seg.tag != "FOP"
    else:
        before = [s.tag for s in draft.segs[person.start : draft.at]]
        ranks = [RANK[tag] for tag in before if tag in RANK and tag != "IFT"]
        again = seg.tag in ("REF", "FAR") and seg.tag in before
        lost = again or RANK[seg.tag] < min(8, max(ranks, default=0))
    if lost:
        draft.context.warn("traveller_unclear", "segments of a traveller whose TIF is lost", seg)
        add(draft, seg, "", "", "", "").clear = False
        draft.unsure = False


def _near_name(person: Person, surname: str, given: str) -> bool:
    """Does the same as `Person.named`, but accepts a surname that is cut off or has a suffix
    (`BARRETTJR`)."""
    booked, other = key(person.surname), key(surname)
    near = booked.startswith(other) or other.startswith(booked)
    long = min(len(booked), len(other)) >= 3
    return near and long and key(person.given)[:3] == key(given)[:3] != ""


def by_ref(draft: Draft, ref: str) -> Person | None:
    """Returns the traveller with the given reference. If two travellers have the same reference because of
    damage, the traveller is chosen by the second reference and the position in the booking."""
    found = draft.refs.get(ref, ()) if ref else ()
    if len(found) < 2:
        return found[0] if found else None
    return max(
        found[:_CANDIDATES], key=lambda p: (p.unique == p.ref == ref, str(p.index + 1) == ref)
    )


def by_name(draft: Draft, surname: str, given: str) -> list[Person]:
    """Returns the travellers who may have the given name."""
    candidates = draft.surnames.get(key(surname), ())[:_CANDIDATES]
    return [person for person in candidates if person.named(surname, given)]


def infant_of(draft: Draft, adult: Person | None) -> Person | None:
    """Returns the infant of an adult: the infant linked to the adult, or the only infant in the booking."""
    infants = draft.infants[:_CANDIDATES]
    own = (person for person in infants if adult is not None and person.adult is adult)
    return next(own, infants[0] if len(infants) == 1 else None)


def _alike(person: Person, surname: str, given: str) -> int:
    """Returns how well a person matches the name on a document. The result is 2 if the names are equal except
    for a title. The result is 1 if the surnames are equal and the given names of one name begin with the
    given names of the other. For any other name, the result is 0."""
    if not surname or not person.named(surname, given):
        return 0
    booked, other = key(person.given), key(given)
    return 2 if booked == other or booked[len(other) :] in _TITLES else 1


def owner_of_docs(draft: Draft, docs: Stated, place: Person | None, ref: str) -> Person | None:
    """Returns the owner of a document. If the gender code or the name shows that the document belongs to an
    infant, the owner is this infant, regardless of where the document is stated. If no infant is identified,
    the owner is the traveller whose segments contain the document. If no traveller's segments contain the
    document, the owner is the traveller with the reference and the name on the document. Returns None if the
    owner is an infant without a TIF, or if nobody matches.

    If the segments of a traveller contain a document, no document from other segments is assigned to this
    traveller. Without this rule, a document with a damaged name could be assigned to a person with a similar
    name.
    """
    surname, given = docs.document.surname or "", docs.document.given_names or ""
    prepared = draft.context.prepared
    plain = not docs.infant and not draft.infants
    if plain and place is not None and place.surname == surname and given.startswith(place.given):
        return place
    here = _alike(place, surname, given) if place is not None else 0
    named = by_name(draft, surname, given) if surname else []
    free = [person for person in named if person is not place and not person.documented]
    for person in free:
        if person.infant and _alike(person, surname, given) >= max(here, 1):
            # The birth date identifies an infant if INFT contains it, or if it is less than two years ago.
            born = docs.document.date_of_birth
            if docs.infant or (
                born is not None
                and (born == person.inft_born or (prepared - born).days < _UNDER_TWO)
            ):
                return person
    if place is not None:
        return _owner_in_place(draft, docs, place, here, ref, named)
    referenced = by_ref(draft, ref)
    if referenced is not None and (referenced in named or (not named and not docs.infant)):
        return referenced
    if docs.infant:
        return _infant_without_document(draft, referenced)
    near = () if named else draft.people[:_CANDIDATES]
    named = named or [person for person in near if _near_name(person, surname, given)]
    if named:
        return next((person for person in named if not person.documents), named[0])
    return draft.people[0] if len(draft.people) == 1 else None


def _owner_in_place(
    draft: Draft, docs: Stated, place: Person, here: int, ref: str, named: list[Person]
) -> Person | None:
    """Returns the owner of a document that is in the segments of a traveller. The traveller whose segments
    contain the document is the owner, unless the document contains exactly the name of another traveller."""
    if here or place.infant:
        return place
    if docs.infant:
        return _infant_without_document(draft, place)
    surname, given = docs.document.surname or "", docs.document.given_names or ""
    if not place.clear and not place.surname:
        if not named and surname:
            place.surname, place.given = surname, given
            draft.surnames.setdefault(key(surname), []).append(place)
        return next(iter(named), place)
    if ref and ref in (place.ref, place.unique):
        return place
    others = [person for person in named if not person.documented]
    return next((person for person in others if _alike(person, surname, given) == 2), place)


def _infant_without_document(draft: Draft, adult: Person | None) -> Person | None:
    infant = infant_of(draft, adult)
    return None if infant is None or infant.documents or infant.documented else infant
