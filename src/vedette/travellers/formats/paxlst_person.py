"""Reads one person of a PAXLST: the segments of group 4 and its documents (group 5) → a Traveller."""

from __future__ import annotations

import datetime as dt
import re

from vedette.formats.dates import day
from vedette.formats.edifact import TAGS, MessageText, Seg
from vedette.travellers import records
from vedette.travellers.formats.paxlst_groups import ROLES, Group

_LB = 0.45359237
#: LOC 3227 → field of Traveller.
_PLACES = {
    "178": "embarkation",
    "179": "debarkation",
    "174": "residence",
    "22": "first_clearance",
}
#: RFF 1153 → field of Traveller.
_REFERENCES = {"AVF": "locator", "ABO": "reference", "SEA": "seat", "AEA": "redress"}
_MOST_TAGS = 99
#: Number of bag tags per message that are listed one by one; beyond it, only the first tag of each series.
_ALL_TAGS = 100_000
#: China: the coupon number after the ticket number.
_COUPON = re.compile(r"(?<=\d{10})\s?C\d{1,2}$")


class People:
    """The data shared by the people of one message: the message, whether it states them as on board, the
    counts of dropped text, and the facts found for each segment text. Most segments of a list repeat a few
    texts."""

    __slots__ = ("boarded", "document_facts", "dropped", "facts", "message", "prepared", "tags")

    def __init__(self, message: MessageText, boarded: bool | None = None) -> None:
        self.message = message
        self.boarded = boarded
        prepared = message.envelope.prepared
        #: The day from which centuries are determined.
        self.prepared = prepared.date() if prepared else dt.date.today()
        #: Number of further serial bag tags that may be listed one by one.
        self.tags = _ALL_TAGS
        self.dropped: dict[str, int] = {}
        self.facts: dict[str, tuple[str, object]] = {}
        self.document_facts: dict[str, tuple[str, object]] = {}


class Person:
    """The facts of one group, collected segment by segment; the first statement of a fact is kept."""

    __slots__ = (
        "bags",
        "contacts",
        "documents",
        "doing",
        "facts",
        "loyalty",
        "message",
        "people",
        "tickets",
    )

    def __init__(self, people: People) -> None:
        self.people = people
        self.message = people.message
        self.facts: dict[str, object] = {}
        self.documents: list[dict[str, object]] = []
        #: The document to which the next DTM or LOC belongs.
        self.doing: dict[str, object] | None = None
        self.bags: _Bags | None = None
        self.contacts: tuple[list[str], list[str]] | None = None
        self.loyalty: list[records.FrequentFlyer] | None = None
        self.tickets: list[str] | None = None

    def say(self, seg: Seg, field: str, value: object) -> None:
        """Adds a fact to the person, and stores it for other people with the same segment text."""
        self.facts.setdefault(field, value)
        self.people.facts[seg.text] = (field, value)

    def say_document(self, seg: Seg, field: str, value: object) -> None:
        """Adds a fact to the current document."""
        if self.doing is None:
            self.message.warn("segment_unreadable", "fact of a document without a document", seg)
            return
        self.doing.setdefault(field, value)
        self.people.document_facts[seg.text] = (field, value)

    def date(self, seg: Seg, value: str, birth: bool = False) -> object:
        """Parses a date; None with a warning if there is no such day, and without one if the text is
        empty."""
        found = day(value, birth=birth, seen=self.people.prepared)
        if found is None and value:
            self.message.warn("date_impossible", "no such day; left out", seg)
        return found


class _Bags:
    __slots__ = ("count", "stated", "tags", "weight")

    def __init__(self) -> None:
        self.stated: int | None = None
        self.weight: float | None = None
        self.tags: list[str] = []
        self.count = 0


def traveller(people: People, group: Group) -> records.Traveller | None:
    """The traveller of a group; None if a damaged group states nothing."""
    person = Person(people)
    facts = person.facts
    known, known_document = people.facts, people.document_facts
    if group.nad is not None:
        _name(facts, group.nad, group.damaged)
    for seg in group.segs:
        fact = known.get(seg.text)
        if fact is not None:
            facts.setdefault(*fact)
            continue
        if person.doing is not None:
            fact = known_document.get(seg.text)
            if fact is not None:
                person.doing.setdefault(*fact)
                continue
        reader = _READERS.get(seg.tag)
        if reader is not None:
            reader(person, seg, seg.split())
    if group.damaged and not facts and not person.documents:
        return None
    if person.documents:
        facts["documents"] = _documents(person, group)
    if person.bags is not None:
        facts["bags"] = _bags(person.bags)
    if person.contacts is not None or "address" in facts:
        phones, emails = person.contacts or ([], [])
        address = facts.pop("address", None)
        facts["contacts"] = records.Contacts(
            phones=tuple(phones),
            emails=tuple(emails),
            addresses=(address,) if isinstance(address, records.Address) else (),
        )
    if person.loyalty:
        facts["frequent_flyer"] = tuple(person.loyalty)
    if person.tickets:
        facts["tickets"] = tuple(person.tickets)
    if people.boarded is not None and facts.get("role") not in ("crew", "transit_crew"):
        facts["boarded"] = people.boarded
    where = group.nad or group.segs[0]
    tag = where.tag if where.tag in TAGS else None
    return records.Traveller(segment=tag, offset=where.offset, **facts)  # type: ignore[arg-type]


def _name(facts: dict[str, object], nad: Seg, damaged: bool) -> None:
    el = nad.split()
    size = len(el)
    at = 1
    if damaged:
        at = next((i for i, part in enumerate(el[:4]) if part[0].strip().endswith(tuple(ROLES))), 1)
    role = el[at][0].strip() if size > at else ""
    facts["role"] = ROLES.get(role, "passenger")
    if damaged and role not in ROLES:
        del facts["role"]
    name = el[at + 3] if size > at + 3 else None
    if (name is None or not name[0]) and size > at + 2 and el[at + 2][0]:
        name = el[at + 2]
    if name:
        surname = name[0].strip()
        given = " ".join(filter(None, map(str.strip, name[1:5]))) if len(name) > 1 else ""
        if surname:
            facts["surname"] = surname
        if given:
            facts["given_names"] = given
    if size > at + 4:
        _address(facts, el[at + 4 :])


def _address(facts: dict[str, object], el: list[list[str]]) -> None:
    street, city, state, postcode, country = (
        [" ".join(filter(None, map(str.strip, part))) or None for part in el[:5]] + [None] * 5
    )[:5]
    if street or city or state or postcode or country:
        facts["address"] = records.Address(
            street=street, city=city, state=state, postcode=postcode, country=country
        )


def _component(el: list[list[str]], element: int, component: int = 0) -> str:
    try:
        return el[element][component].strip()
    except IndexError:
        return ""


def _att(person: Person, seg: Seg, el: list[list[str]]) -> None:
    if _component(el, 1) not in ("2", ""):
        return
    sex = (_component(el, 3) or _component(el, 2)).upper()
    if sex in ("M", "F", "X", "U"):
        person.say(seg, "sex", sex)
    elif sex:
        person.message.warn("qualifier_unknown", "sex outside M, F, X, U; left out", seg)


def _dtm(person: Person, seg: Seg, el: list[list[str]]) -> None:
    what, value = _component(el, 1), _component(el, 1, 1)
    if what == "329":
        birth = person.date(seg, value, birth=True)
        if birth is not None:
            person.say(seg, "date_of_birth", birth)
    elif what in ("36", "182"):
        found = person.date(seg, value)
        if found is not None:
            person.say_document(seg, "expiry" if what == "36" else "issued", found)
    elif not what.isdigit():
        person.message.warn("qualifier_unknown", "date of an unknown kind; left out", seg)


def _loc(person: Person, seg: Seg, el: list[list[str]]) -> None:
    what, place = _component(el, 1), _component(el, 2)
    if what in _PLACES:
        if place:
            person.say(seg, _PLACES[what], place)
    elif what == "180":
        related = _component(el, 3, 3) or _component(el, 3)
        born = ", ".join(filter(None, (_component(el, 2, 3), related, place)))
        if born:
            person.say(seg, "place_of_birth", born)
    elif what == "91":
        if place:
            person.say_document(seg, "issuer", place)
    elif not what.isdigit():
        person.message.warn("qualifier_unknown", "place of an unknown kind; left out", seg)


def _nat(person: Person, seg: Seg, el: list[list[str]]) -> None:
    if _component(el, 1) not in ("2", ""):
        person.message.warn("qualifier_unknown", "NAT of an unknown kind; left out", seg)
        return
    nationality = _component(el, 2)
    if nationality:
        person.say(seg, "nationality", nationality)


def _rff(person: Person, seg: Seg, el: list[list[str]]) -> None:
    what, value = _component(el, 1), _component(el, 1, 1)
    if not value:
        return
    if what in _REFERENCES:
        person.say(seg, _REFERENCES[what], value)
    elif what == "CR":
        person.loyalty = person.loyalty or []
        person.loyalty.append(records.FrequentFlyer(number=value))
    elif what == "YZY":
        person.tickets = person.tickets or []
        person.tickets.append(_COUPON.sub("", value))


def _doc(person: Person, seg: Seg, el: list[list[str]]) -> None:
    document: dict[str, object] = {}
    person.doing = document
    kind, number = _component(el, 1), _component(el, 2)
    if kind:
        document["type"] = kind
    if number:
        document["number"] = number
    person.documents.append(document)


def _mea(person: Person, seg: Seg, el: list[list[str]]) -> None:
    what, unit, value = _component(el, 1), _component(el, 3), _component(el, 3, 1)
    bags = person.bags = person.bags or _Bags()
    if what == "CT":
        count = value or unit
        if count.isascii() and count.isdigit() and len(count) < 6:
            bags.stated = int(count)
        elif count:
            person.message.warn("number_impossible", "bag count is not a number; left out", seg)
    elif what == "WT":
        try:
            weight = float(value or unit)
        except ValueError:
            weight = -1.0
        if 0 <= weight < 100_000:
            pounds = unit.upper() in ("LBR", "LB", "LBS", "L")
            bags.weight = round(weight * _LB, 2) if pounds else weight
        elif value:
            person.message.warn("number_impossible", "bag weight is not a number; left out", seg)


def _ftx(person: Person, seg: Seg, el: list[list[str]]) -> None:
    if _component(el, 1) != "BAG":
        dropped = person.people.dropped
        dropped["remark"] = dropped.get("remark", 0) + 1
        return
    tag, count = _component(el, 4), _component(el, 4, 1)
    if not tag:
        return
    bags = person.bags = person.bags or _Bags()
    number = int(count) if count.isascii() and count.isdigit() and len(count) < 4 else 1
    bags.count += number
    head = tag.rstrip("0123456789")
    digits = tag[len(head) :]
    if number < 2 or not digits:
        bags.tags.append(tag)
        return
    left = person.people.tags = person.people.tags - number
    if left < 0 <= left + number:
        text = "more serial bag tags than are spelled out; the first of each series is kept"
        person.message.warn("number_impossible", text, seg)
    for step in range(min(number, _MOST_TAGS) if left >= 0 else 1):
        bags.tags.append(head + str(int(digits) + step).zfill(len(digits)))


def _com(person: Person, seg: Seg, el: list[list[str]]) -> None:
    person.contacts = person.contacts or ([], [])
    sort_contacts(el, *person.contacts)


def sort_contacts(el: list[list[str]], phones: list[str], emails: list[str]) -> None:
    """Sorts the contents of a COM into telephone numbers and e-mail addresses; fax numbers are left out."""
    for part in el[1:4]:
        value, kind = part[0].strip(), part[1].strip() if len(part) > 1 else ""
        if not value:
            continue
        if kind == "EM" or "@" in value or "//" in value:
            emails.append(value.replace("//", "@").replace("..", "_").replace("./", "-"))
        elif kind != "FX":
            phones.append(value)


def _emp(person: Person, seg: Seg, el: list[list[str]]) -> None:
    function = _component(el, 2)
    if function:
        person.say(seg, "crew_function", function)


_READERS = {
    "ATT": _att,
    "DTM": _dtm,
    "MEA": _mea,
    "FTX": _ftx,
    "LOC": _loc,
    "COM": _com,
    "EMP": _emp,
    "NAT": _nat,
    "RFF": _rff,
    "DOC": _doc,
}


def _documents(person: Person, group: Group) -> tuple[records.Document, ...]:
    """The documents, each number and type once; a document without a number is left out."""
    if len(person.documents) == 1 and "number" in person.documents[0]:
        return (records.Document(**person.documents[0]),)  # type: ignore[arg-type]
    found: dict[tuple[object, object], dict[str, object]] = {}
    for document in person.documents:
        if "number" not in document:
            if document:
                where = next(
                    seg for seg in group.segs if seg.tag == "DOC" and not seg.get(2).strip()
                )
                person.message.warn(
                    "document_unclear", "document without a number; left out", where
                )
            continue
        same = found.setdefault((document.get("type"), document["number"]), document)
        for key, value in document.items():
            same.setdefault(key, value)
    return tuple(records.Document(**document) for document in found.values())  # type: ignore[arg-type]


def _bags(bags: _Bags) -> records.Bags | None:
    count = bags.stated if bags.stated is not None else bags.count or None
    if count is None and bags.weight is None:
        return None
    return records.Bags(count=count, weight_kg=bags.weight, tags=tuple(bags.tags))
