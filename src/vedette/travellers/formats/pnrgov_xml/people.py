"""Reads the travellers of one booking in PNRGOV XML, and assigns documents, requests and contacts to them.

The text of requests (SSR) is read by the grammars of the EDIFACT message (`travellers/formats/ssr.py`); text
that no grammar recognises is dropped and counted.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from xml.etree.ElementTree import Element

from vedette.travellers import records
from vedette.travellers.formats import ssr
from vedette.travellers.formats.pnrgov_xml.person import COUNTRY, Contacts, Context, Person
from vedette.travellers.formats.pnrgov_xml.tree import children, every, local, plain, value

_SEX = {sex + mark: sex for sex in "MFXU" for mark in ("", "I")} | {"MALE": "M", "FEMALE": "F"}
SEATS = frozenset({"SEAT", "NSST", "RQST"})
_REQUESTS = ("SSR", "OSI", "Remark", "OtherServiceInformation")
_REFERENCE = ("PassengerRPH", "TravelerRefNumberRPH", "SurnameRefNumber", "RPH")
_SEAT_TEXT = re.compile(r"(?:^|[\s/])0*(\d{1,3}[A-Z])(?=$|[\s/])")
#: Maximum number of people compared: no booking has more, and a hostile one must not cause unlimited
#: comparisons.
_MOST_COMPARED = 200
#: Maximum length of free text that is read: no element of a grammar is longer.
_MAX_TEXT = 600
_ISSUER = (
    "IssuingLoc", "DocIssueCountry", "TravelDocIssueCountry", "IssuingCountry", "IssueCountry",
)  # fmt: skip
#: Values that senders may write for "on board" and "not on board": the code list is not public.
_BOARDED = {"B", "BDD", "BOARDED", "Y", "YES", "TRUE", "1"}
_NOT_BOARDED = {"NB", "NOTBOARDED", "N", "NO", "FALSE", "0", "OFFLOADED", "OFL", "NOSHOW"}


class People:
    """The travellers of a booking, and its own contacts."""

    def __init__(self, node: Element, context: Context) -> None:
        self.context = context
        self.people: list[Person] = []
        self._by_ref: dict[str, Person] = {}
        self.contacts = Contacts()
        self.contacts.info(node)
        self.group_name = bool(value(node, "GroupName"))
        for found in children(node, "Passenger"):
            self._passenger(found)
        # Infants' names first, because documents refer to them.
        requests = list(self._requests(node))
        for code, text, place, at in requests:
            if code == "INFT":
                self._inft(text, place, at)
        adults = [p for p in self.people if not p.infant]
        for infant in (p for p in self.people if p.infant and p.adult is None):
            infant.adult = adults[0] if len(adults) == 1 else None
        for person in list(self.people):
            self._documents(person)
        for code, text, place, at in requests:
            self._request(code, text, place, at)

    def by_reference(self, node: Element) -> Person | None:
        """The traveller that an element names by reference."""
        return self._by_ref.get(value(node, *_REFERENCE) or "")

    def _passenger(self, node: Element) -> None:
        given = " ".join(
            plain(name.text or "") for name in children(node, "GivenName", "MiddleName")
        ).strip() or value(node, "GivenName")
        kind = value(node, "PassengerTypeCode", "Type") or next(
            (ptc for fare in every(node, "FareInfo") if (ptc := value(fare, "PTC"))), None
        )
        surname = value(node, "Surname")
        if (kind or "").upper() in ("G", "GRP") and not given:
            self.group_name = True
            return
        if not (surname or given):
            self.context.warn("traveller_unclear", "traveller without a name", node)
        person = self._add(node, surname, given, kind)
        person.reference = value(node, "SurnameRefNumber", "RPH")
        for ref in (value(node, "RPH"), person.reference):
            if ref:
                self._by_ref.setdefault(ref, person)
        person.title = value(node, "NamePrefix", "NameTitle")
        person.born = self.context.day(node, "BirthDate")
        gender = (value(node, "Gender") or "").upper()
        person.sex = _SEX.get(gender)
        person.infant = person.infant or gender[1:] == "I"
        status = re.sub(r"[^A-Z0-9]", "", (value(node, "BoardingStatus") or "").upper())
        person.boarded = status in _BOARDED if status in _BOARDED | _NOT_BOARDED else None
        person.contacts.info(node)
        for found in every(node, "CustLoyalty"):
            if number := value(found, "MembershipID", "LoyaltyNumber"):
                carrier = value(found, "ProgramID", "VendorCode")
                person.fliers[records.FrequentFlyer(carrier=carrier, number=number)] = None
        for found in every(node, "TicketDocument"):
            if number := value(found, "TicketDocumentNbr"):
                person.tickets[number] = None

    def _add(
        self, node: Element, surname: str | None, given: str | None, kind: str | None
    ) -> Person:
        person = Person(node, len(self.people), surname, given)
        person.type = kind
        person.infant = (kind or "").upper().startswith("IN")
        self.people.append(person)
        return person

    # --- documents ----------------------------------------------------------------------------

    def _documents(self, place: Person) -> None:
        """DOCS, DOCO and DOCA as elements of a passenger."""
        for node in every(place.node, "DOCS"):
            gender = (value(node, "PaxGender", "Gender") or "").upper()
            document = self._docs(node, _SEX.get(gender))
            self._docs_to_owner(document, gender[1:] == "I", place, node)
        for node in every(place.node, "DOCO"):
            birth_place = value(node, "BirthLocation", "PlaceOfBirth")
            place.birth_place = place.birth_place or birth_place
            number = value(node, "TravelDocNbr", "VisaNbr", "DocID", "DocumentNumber", "DocNbr")
            if number:
                place.add(
                    records.Document(
                        type=value(node, "TravelDocType", "DocType") or "V",
                        number=number,
                        place_of_issue=value(node, "PlaceOfIssue", "IssuingLoc", "DocIssueLoc"),
                        issued=self.context.day(node, "DateOfIssue", "IssueDate", "DocIssueDate"),
                        valid_for=value(node, "CountryState", "ApplicableCountry", *COUNTRY),
                    )
                )
        for node in every(place.node, "DOCA"):
            kind = {"R": "residence", "D": "destination"}
            place.contacts.address(
                node, kind.get(value(node, "AddressType", "Type") or "", "contact")
            )

    def _docs(self, node: Element, sex: str | None) -> records.Document:
        names = (
            value(node, "FirstGivenName", "GivenName"),
            value(node, "SecondGivenName", "MiddleName"),
        )
        day = self.context.day
        return records.Document(
            type=value(node, "TravelDocType", "DocType", "DocumentType", "Type"),
            number=value(node, "TravelDocNbr", "DocID", "DocumentNumber", "DocNbr", "Number") or "",
            issuer=value(node, *_ISSUER),
            expiry=day(node, "DateOfExpiry", "ExpiryDate", "ExpireDate", "ExpirationDate"),
            nationality=value(node, "PaxNationality", "Nationality", "DocHolderNationality"),
            surname=value(node, "Surname"),
            given_names=" ".join(name for name in names if name) or None,
            date_of_birth=day(node, "DateOfBirth", "BirthDate"),
            sex=sex,
        )

    def _docs_to_owner(
        self, document: records.Document, infant: bool, place: Person | None, node: Element
    ) -> None:
        owner = self._owner(document, infant, place, node)
        if owner is None:
            self.context.warn(
                "traveller_unclear", "DOCS of a person outside the booking, skipped", node
            )
            return
        if document.number:
            owner.add(document)
        owner.born = owner.born or document.date_of_birth
        owner.sex = owner.sex or document.sex
        owner.nationality = owner.nationality or document.nationality

    def _owner(
        self, document: records.Document, infant: bool, place: Person | None, node: Element
    ) -> Person | None:
        """The owner of a DOCS: an infant by gender, or by name and birth date, in any position; else the
        traveller in whose element it is, else by name, else the only traveller."""
        surname, given, born = document.surname, document.given_names, document.date_of_birth
        people = self.people[:_MOST_COMPARED]
        infants = [p for p in people if p.infant]
        for person in infants:
            theirs = person.born or person.announced_born
            if person.named(surname, given) and (infant or (born is not None and born == theirs)):
                return person
        if not infant:
            named = (p for p in people if p.named(surname, given))
            only = self.people[0] if len(self.people) == 1 else None
            return place or next(named, only)
        if place is not None and (place.infant or self._is_infant(place, surname, given)):
            place.infant = True
            return place
        free = [p for p in infants if not p.documents and (p.adult is place or len(infants) == 1)]
        if free:
            return free[0]
        if not surname:
            return None
        self.context.warn("traveller_unclear", "DOCS of an infant that has no Passenger", node)
        found = self._add(node, surname, given, "IN")
        found.adult = place
        return found

    @staticmethod
    def _is_infant(place: Person, surname: str | None, given: str | None) -> bool:
        """Whether a passenger not marked as an infant is the infant of a document: the document names the
        passenger or nobody, and the passenger is not marked as an adult."""
        adult = (place.type or "").upper().startswith("A")
        return not adult and (surname is None or place.named(surname, given))

    # --- requests -----------------------------------------------------------------------------

    def _requests(self, booking: Element) -> Iterator[tuple[str, str, Person | None, Element]]:
        """Code, text and owner of every request of the booking, those of its travellers first."""
        owned: set[Element] = set()
        for person in self.people:
            for node in every(person.node, *_REQUESTS):
                owned.add(node)
                yield (*_told(node), person, node)
        for node in every(booking, *_REQUESTS):
            if node not in owned:
                yield (*_told(node), self.by_reference(node), node)

    def _inft(self, text: str, place: Person | None, node: Element) -> None:
        found = ssr.infant(text, self.context.prepared)
        if found is None:
            return
        surname, given, born = found
        people = self.people[:_MOST_COMPARED]
        named = [p for p in people if p is not place and p.named(surname, given)]
        infant = next((p for p in named if p.infant), None) or next(
            (p for p in named if p.type is None), None
        )
        if infant is None:
            self.context.warn("traveller_unclear", "INFT of an infant without Passenger", node)
            infant = self._add(node, surname, given, "IN")
        infant.infant = True
        infant.announced_born = infant.announced_born or born
        if place is not None and not place.infant:
            infant.adult = infant.adult or place

    def _request(self, code: str, text: str, place: Person | None, node: Element) -> None:
        """Assigns one request to its owner according to its grammar, or drops and counts it."""
        if code in SEATS or code == "INFT":
            kept = code in SEATS or not text or bool(ssr.infant(text, self.context.prepared))
        elif code[:3] == "CTC" or code == "PCTC" or not code:
            kept = self._contact(code, text, place)
        elif code in _GRAMMARS:
            owner = place or (self.people[0] if len(self.people) == 1 else None)
            # A request without text only encloses an element that was read already.
            kept = not text or _GRAMMARS[code](self, text, owner, node)
        else:
            kept = False
        if not kept:
            self.context.dropped[ssr.dropped_kind(code)] += 1

    def _contact(self, code: str, text: str, place: Person | None) -> bool:
        into = place.contacts if place is not None else self.contacts
        if code == "CTCR":
            into.refused = True
            return True
        if code:
            return ssr.keep_contact(into, code[3:] or "P", text)
        found = ssr.contact(text)
        return found is not None and ssr.keep_contact(into, *found)

    def _docs_text(self, text: str, place: Person | None, node: Element) -> bool:
        docs = ssr.docs(text, self.context.prepared)
        if docs.bad_date:
            self.context.warn("date_impossible", "DOCS has a date that does not exist", node)
        self._docs_to_owner(docs.document(), docs.infant, place, node)
        return True

    def _doco_text(self, text: str, place: Person | None, node: Element) -> bool:
        doco = ssr.doco(text, self.context.prepared)
        if doco.bad_date:
            self.context.warn("date_impossible", "DOCO has a date that does not exist", node)
        if doco.infant:
            place = self._infant_of(place)
        if place is None:
            return False
        place.birth_place = place.birth_place or doco.birth_place
        if doco.number:
            place.add(doco.document())
        return True

    def _infant_of(self, adult: Person | None) -> Person | None:
        """The infant who travels with a person, else the person."""
        people = self.people[:_MOST_COMPARED]
        return next((p for p in people if p.infant and p.adult is adult), adult)

    def _doca_text(self, text: str, place: Person | None, node: Element) -> bool:
        address = ssr.doca(text)
        if address is not None:
            (place.contacts if place is not None else self.contacts).addresses[address] = None
        return address is not None

    def _loyalty(self, text: str, place: Person | None, node: Element) -> bool:
        found = ssr.loyalty(text)
        if found is None or place is None:
            return False
        place.fliers[records.FrequentFlyer(carrier=found[0], number=found[1])] = None
        return True

    def _ticket(self, text: str, place: Person | None, node: Element) -> bool:
        found = ssr.ticket(text)
        if found is None or place is None:
            return False
        if found[1] and not place.infant:
            place = self._infant_of(place) or place
        place.tickets[found[0]] = None
        return True


_GRAMMARS: dict[str, Callable[[People, str, Person | None, Element], bool]] = {
    "DOCS": People._docs_text, "DOCO": People._doco_text, "DOCA": People._doca_text,
    "FQTV": People._loyalty, "TKNE": People._ticket,
}  # fmt: skip


def _told(node: Element) -> tuple[str, str]:
    """Code and free text of a request. OSI and remarks have no code."""
    code = (value(node, "SSRCode", "Code") or "").upper() if local(node) == "ssr" else ""
    text = value(node, "Text", "FreeText", "SSRText", "Remark", "Value") or plain(node.text or "")
    return code, text[:_MAX_TEXT]


def seats_in(text: str) -> list[str]:
    """The seats in the text of a seat request."""
    return _SEAT_TEXT.findall(text[:_MAX_TEXT])
