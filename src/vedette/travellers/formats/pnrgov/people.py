"""Travellers: reading a TIF, telling one from damage, and finding whose a segment is."""

from __future__ import annotations

import datetime as dt
import re
from functools import lru_cache

from vedette.formats.segments import Seg
from vedette.travellers.formats.pnrgov.drafts import PERSON, PNR, Draft, Person
from vedette.travellers.formats.pnrgov.groups import PERSONAL, RANK
from vedette.travellers.formats.ssr import Docs

#: Names of seats sold to a group whose people are still to be named.
_PLACEHOLDER = re.compile(r"(?:TB[AC]|TBN|NO ?NAME|TO BE (?:ADVISED|NAMED|ANNOUNCED))\d*")
_NAME = re.compile(r"[^\W\d_][^\d_+/:]{0,69}")
_TITLES = ("MRS", "MSTR", "MISS", "MR", "MS", "DR", "PROF")
#: No booking has more people of one name or one reference than this; a hostile one is not compared
#: with all of them.
_CANDIDATES = 200
#: PADIS lets a TIF repeat its given names 99 times.
_MOST_NAMES = 99
#: Days; a little more than an infant's two years, for the flight is later than the message.
_UNDER_TWO = 735
_NOT_KEY = re.compile(r"[\W_]+")


@lru_cache(maxsize=65536)
def key(name: str) -> str:
    """A name without blanks and punctuation, upper case: what two spellings of it share."""
    return _NOT_KEY.sub("", name).upper()


def is_placeholder(person: Person) -> bool:
    """A name still to come (TBA), or none at all. Some people have one name only, sent as a given one."""
    name = person.surname or person.given
    return not name or _PLACEHOLDER.fullmatch(name.upper()) is not None


def read_tif(draft: Draft, seg: Seg) -> None:
    """TIF before the first flight: travellers, or the name of a group. PADIS lets several given names
    share a surname: each is a traveller. Without types or references they may be one name cut apart:
    then they are kept with a warning."""
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
    else:
        _read_several(draft, seg, surname, composites)


def _read_several(draft: Draft, seg: Seg, surname: str, composites: list[list[str]]) -> None:
    """A TIF with more than one given-name composite."""
    if len(composites) > _MOST_NAMES:
        draft.context.warn("traveller_unclear", "more names than a TIF can hold; left out", seg)
    first, *others = composites[:_MOST_NAMES]
    named = [other for other in others if _names_another(other)]
    if len(first) == 1 and not named:
        first = [*first, *others[0][1:]]  # a plus sign where a colon belongs
    said = {(bool(kind), bool(ref)) for _, kind, ref, _ in map(_given, (first, *named))}
    if named and (len(said) > 1 or said == {(False, False)}):
        draft.context.warn("traveller_unclear", "several given names, unlike each other", seg)
    for composite in (first, *named):
        add(draft, seg, surname, *_given(composite))


def _names_another(composite: list[str]) -> bool:
    """Whether a further composite of a TIF is a traveller: a name, with a type that is letters."""
    given, kind, *_ = _given(composite)
    name = _NAME.fullmatch(given) is not None and given.upper() not in _TITLES
    return name and (not kind or kind.isalpha()) and (len(given) > 1 or len(composite) > 1)


def _given(composite: list[str]) -> tuple[str, str, str, bool]:
    """Given names, type, reference, and whether an infant accompanies."""
    size = len(composite)
    return (
        composite[0].strip(),
        composite[1].strip() if size > 1 else "",
        composite[2].strip() if size > 2 else "",
        size > 3 and composite[3].strip() == "1",
    )


def add(
    draft: Draft,
    seg: Seg,
    surname: str,
    given: str,
    kind: str,
    ref: str,
    with_infant: bool = False,
) -> Person:
    """A new traveller, open from here on."""
    person = Person(seg, draft.at, len(draft.people))
    person.surname, person.given, person.type, person.ref = surname, given, kind, ref
    person.infant = kind.startswith("IN")
    person.with_infant = with_infant
    draft.people.append(person)
    draft.surnames.setdefault(key(surname), []).append(person)
    if ref:
        draft.refs.setdefault(ref, []).append(person)
    if person.infant:
        draft.infants.append(person)
    draft.person = person
    draft.zone = PERSON
    return person


def near_tif(tag: str) -> bool:
    """Whether a tag is TIF with at most one character replaced, added, lost or glued behind it."""
    if tag.startswith("TIF"):
        return True
    if len(tag) == 3:
        return sum(a != b for a, b in zip(tag, "TIF", strict=True)) <= 1
    if len(tag) == 2:
        return tag in ("TI", "TF", "IF")
    return len(tag) == 4 and "TIF" in {tag[:i] + tag[i + 1 :] for i in range(4)}


def _shaped(seg: Seg) -> bool:
    """Whether the elements are a TIF's: a surname, then given names with type and reference."""
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
    """A segment with a tag that no booking has. Among the travellers it may be a damaged TIF: then
    what follows must not go to the traveller before."""
    context = draft.context
    if draft.zone not in (PNR, PERSON):
        context.skip("segment_unexpected", "unknown segment in a booking, skipped", seg)
        return
    name = seg.get(1).strip()
    if _shaped(seg) or (near_tif(seg.tag) and not any(c.isdigit() for c in name)):
        context.warn("traveller_unclear", "read as a traveller whose TIF is damaged", seg)
        add(draft, seg, name, seg.get(2).strip(), seg.get(2, 1).strip(), seg.get(2, 2).strip())
        draft.unsure = not name
        return
    context.skip("segment_unexpected", "unknown segment in a booking, skipped", seg)
    draft.unsure = True


def settle(draft: Draft, seg: Seg) -> None:
    """After an unknown segment: a personal segment that the open traveller already has, or that
    belongs before what he has, starts another traveller whose TIF is lost."""
    person = draft.person
    rank = RANK[seg.tag]
    if seg.tag == "IFT" and seg.get(1, 1) != "28":
        return
    if person is None:
        lost = seg.tag in PERSONAL and seg.tag != "FOP"
    else:
        before = draft.segs[person.start : draft.at]
        ranks = [RANK[s.tag] for s in before if s.tag in RANK and s.tag != "IFT"]
        again = seg.tag in ("REF", "FAR") and any(s.tag == seg.tag for s in before)
        lost = again or (rank < min(8, max(ranks, default=0)))
    if not lost:
        return
    draft.context.warn("traveller_unclear", "segments of a traveller whose TIF is lost", seg)
    add(draft, seg, "", "", "", "").clear = False
    draft.unsure = False


def same_name(person: Person, surname: str, given: str) -> bool:
    """Whether a person as booked may bear this name: the same surname, and given names of which one
    begins with the other (titles and second names come and go)."""
    if key(person.surname) != key(surname):
        return False
    booked, other = key(person.given), key(given)
    return booked.startswith(other) or (other.startswith(booked) and bool(booked))


def _near_name(person: Person, surname: str, given: str) -> bool:
    """The same, but for a surname that is cut short or carries a suffix (`BARRETTJR`)."""
    booked, other = key(person.surname), key(surname)
    if min(len(booked), len(other)) < 3 or not (
        booked.startswith(other) or other.startswith(booked)
    ):
        return False
    return key(person.given)[:3] == key(given)[:3] != ""


def by_ref(draft: Draft, ref: str) -> Person | None:
    """The traveller with this reference. Where damage gave two the same one, it is his whose other
    reference or place in the booking confirms it."""
    found = draft.refs.get(ref) if ref else None
    if not found:
        return None
    if len(found) > 1:
        found = found[:_CANDIDATES]
        found.sort(key=lambda p: (p.unique == p.ref == ref, str(p.index + 1) == ref), reverse=True)
    return found[0]


def by_name(draft: Draft, surname: str, given: str) -> list[Person]:
    """The travellers who may bear this name."""
    candidates = draft.surnames.get(key(surname), ())[:_CANDIDATES]
    return [person for person in candidates if same_name(person, surname, given)]


def infant_of(draft: Draft, adult: Person | None) -> Person | None:
    """The infant of an adult: linked, or the only one of the booking."""
    infants = draft.infants[:_CANDIDATES]
    own = [person for person in infants if adult is not None and person.adult is adult]
    if own:
        return own[0]
    return infants[0] if len(infants) == 1 else None


def _alike(person: Person, surname: str, given: str) -> int:
    """How surely a person bears the name on a document: 2 the same but for a title, 1 the same
    surname and given names of which one begins with the other, 0 another name."""
    if not surname or not same_name(person, surname, given):
        return 0
    booked, other = key(person.given), key(given)
    return 2 if booked == other or booked[len(other) :] in _TITLES else 1


def owner_of_docs(draft: Draft, docs: Docs, place: Person | None, ref: str) -> Person | None:
    """Whose document this is: an infant's by gender or name wherever it stands, else the traveller's
    in whose group it stands, else by reference and name. None: an infant that has no TIF, or nobody.

    Whoever has a document in his own group takes none from another's: a damaged name must not move
    a document to somebody with nearly the same one."""
    surname, given = docs.surname or "", docs.given_names or ""
    plain = not docs.infant and not draft.infants
    if plain and place is not None and place.surname == surname and given.startswith(place.given):
        return place
    here = _alike(place, surname, given) if place is not None else 0
    named = by_name(draft, surname, given) if surname else []
    free = [person for person in named if person is not place and not person.documented]
    for person in free:
        if person.infant and _alike(person, surname, given) >= max(here, 1):
            born = docs.date_of_birth
            if docs.infant or (born is not None and _infants(draft, person, born)):
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


def _infants(draft: Draft, infant: Person, born: dt.date) -> bool:
    """Whether a birth date is this infant's: INFT says so, or whoever it is was under two."""
    return born == infant.inft_born or (draft.context.prepared - born).days < _UNDER_TWO


def _owner_in_place(
    draft: Draft, docs: Docs, place: Person, here: int, ref: str, named: list[Person]
) -> Person | None:
    """Whose a document in a traveller's group is: his, unless it names another one exactly."""
    if here or place.infant:
        return place
    if docs.infant:
        return _infant_without_document(draft, place)
    surname, given = docs.surname or "", docs.given_names or ""
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
