"""Records of cash that crosses a border, and all statements of persons, officers and partners about the cash:
declarations, disclosures, records that officers make, and counts.

One record, `Movement`, contains the fields of these forms:

- the EU declaration form for cash that a person carries (accompanied) and the EU disclosure form for cash
  without a carrier (unaccompanied), Annex I of Implementing Regulation (EU) 2021/776;
- the form for undeclared and below-threshold cash, Annex II part 1 of the same regulation;
- FinCEN form 105 of the United States.

Countries are ISO 3166 alpha-2 codes; the country of a travel document is an alpha-3 code, as in ICAO 9303.
Currencies are ISO 4217 codes. Amounts, quantities, weights (grams) and fineness are decimals, never floats.
If a sender states a wrong value (a negative amount, an unknown currency), the value is kept as stated, and
the message has a warning.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from decimal import Decimal
from typing import ClassVar, Literal

from vedette.core import records
from vedette.core.parties import Address, Document
from vedette.core.records import DroppedText, Envelope, Moment, Record, Unread, Warning

#: Formats import all records of a message from this module, including those of `core`.
__all__ = [
    "ACTIONS",
    "DIRECTIONS",
    "FORMS_OF_GOLD",
    "INSTRUMENTS",
    "KINDS_OF_CASH",
    "MEANS",
    "MODES",
    "PROVENANCE",
    "RECORDS",
    "RELATIONSHIPS",
    "SOURCES",
    "USES",
    "Address",
    "Count",
    "Counter",
    "Document",
    "DroppedText",
    "Envelope",
    "Line",
    "Message",
    "Moment",
    "Movement",
    "Official",
    "Pair",
    "Party",
    "Record",
    "Result",
    "Share",
    "Signature",
    "Transit",
    "Transport",
    "Unread",
    "Warning",
]

# --- codes --------------------------------------------------------------------------------------

#: Kinds of record: the EU declaration (accompanied) and disclosure (unaccompanied), the record of undeclared
#: cash that an officer makes, the record of cash below the threshold, and FinCEN form 105.
RECORDS = ("declaration", "disclosure", "ex_officio", "below_threshold", "fincen_105")
#: Section 1 of the EU forms. Other countries use `entry` and `exit`.
DIRECTIONS = ("entry", "exit", "entry_member", "exit_member")
#: Where a record comes from: the public form, a form that an officer fills in, a table of the own
#: administration, or a table of a partner.
SOURCES = ("form", "officer", "csv", "partner")
#: What a message does: states a movement, corrects or cancels an earlier statement, or states a count.
ACTIONS = ("original", "correction", "cancellation", "count")
KINDS_OF_CASH = ("currency", "instrument", "gold", "other")
#: Bearer-negotiable instruments (Article 2 of Regulation (EU) 2018/1672), and prepaid cards.
INSTRUMENTS = (
    "travellers_cheque",
    "cheque",
    "promissory_note",
    "money_order",
    "prepaid_card",
    "other",
)
FORMS_OF_GOLD = ("coin", "bullion")
MODES = ("air", "sea", "rail", "road", "post", "other")
#: Means of transport by mode, as section 3 of the EU form lists them.
MEANS: Mapping[str, tuple[str, ...]] = {
    "air": ("commercial_flight", "private_jet", "other"),
    "sea": ("commercial_vessel", "yacht", "cruise", "other"),
    "rail": (),
    "road": ("truck", "car", "bus", "other"),
    "post": ("letter", "parcel", "express", "other"),
    "other": (),
}
#: Economic provenance, section 5.A of the EU declaration form (8.A of the disclosure form). The text of
#: Regulation 2021/776 that was read does not contain the words beside the boxes of this section. These codes
#: and those of `USES` are therefore not confirmed against the form.
PROVENANCE = (
    "labour", "capital", "pension", "gift_family", "gift_business", "inheritance", "gambling", "loan_private",
    "loan_credit_institution", "real_estate", "movable_property", "other",
)  # fmt: skip
#: Intended use, section 5.B of the EU declaration form (8.B of the disclosure form).
USES = (
    "real_estate", "movable_property", "holidays", "gift_family", "gift_business", "business_investment",
    "professional_services", "payment_of_employees", "loan_repayment", "gambling", "charity",
    "transport_of_currency", "other",
)  # fmt: skip
#: Relationship of the declarant to unaccompanied cash, section 4 of the EU disclosure form.
RELATIONSHIPS = ("sender", "recipient", "owner", "representative")
#: Maximum number of parties and texts of one movement that are screened. The bound limits the work that one
#: message can cause.
MOST_PARTIES, MOST_TEXTS = 40, 10


# --- cash ---------------------------------------------------------------------------------------


class Line(Record, frozen=True, kw_only=True):
    """One line of cash, as declared or as counted.

    - `currency`: `amount`, `currency`; a count also states `denomination` and `quantity` (notes or coins).
    - `instrument`: `type`, `amount`, `currency`, `issuer`, `serial`, `day`; `quantity` of equal instruments.
    - `gold`: `type` (coin or bullion), `quantity` (pieces), `weight` (grams, of all pieces), `fineness`,
      `amount` (its value), `currency`.
    - `other`: `text`, `amount`, `currency`, `quantity`.
    """

    kind: str = "currency"
    #: The number of the line in the declaration, from 1.
    number: int | None = None
    type: str | None = None
    amount: Decimal | None = None
    currency: str | None = None
    #: The value of one note or coin, in units of the currency.
    denomination: Decimal | None = None
    quantity: Decimal | None = None
    #: Total weight in grams.
    weight: Decimal | None = None
    #: Parts of pure gold in 1,000 parts (`999.9`).
    fineness: Decimal | None = None
    issuer: str | None = None
    serial: str | None = None
    #: The day on which an instrument is issued.
    day: dt.date | None = None
    text: str | None = None


class Share(Record, frozen=True, kw_only=True):
    """The part of the cash that belongs to one of several owners or is intended for one of several
    recipients, with its provenance and intended use (the additional sheets of the EU forms)."""

    lines: tuple[Line, ...] = ()
    provenance: tuple[str, ...] = ()
    provenance_text: str | None = None
    uses: tuple[str, ...] = ()
    use_text: str | None = None


# --- persons and companies ----------------------------------------------------------------------


class Party(Record, frozen=True, kw_only=True):
    """A natural or legal person who is involved in a movement. The field of `Movement` that contains the
    party states its role. `legal` is true for a legal person, false for a natural person, and None if it is
    not stated.

    `street` of an address contains the house number. Addresses of the kind `residence` are permanent
    addresses; the kind `contact` is an address in the country of the declaration (FinCEN 105, item 6).
    """

    legal: bool | None = None
    # A natural person.
    first_names: str | None = None
    last_names: str | None = None
    personal_number: str | None = None
    #: female, male or other.
    gender: str | None = None
    nationalities: tuple[str, ...] = ()
    date_of_birth: dt.date | None = None
    birth_town: str | None = None
    birth_country: str | None = None
    #: The identity document. `type` is P for a passport, I for an identity card, O for another document.
    document: Document | None = None
    #: The occupation that the person states. The EU form does not ask for it.
    occupation: str | None = None
    #: FinCEN 105, items 8 to 10.
    visa_date: dt.date | None = None
    visa_place: str | None = None
    alien_number: str | None = None
    # A legal person.
    name: str | None = None
    registration_number: str | None = None
    register_name: str | None = None
    registration_country: str | None = None
    vat: str | None = None
    eori: str | None = None
    # Both.
    addresses: tuple[Address, ...] = ()
    phones: tuple[str, ...] = ()
    emails: tuple[str, ...] = ()
    #: FinCEN 105, items 15 and 15a.
    business_activity: str | None = None
    bank: bool | None = None
    #: For one of several owners or recipients.
    share: Share | None = None

    @property
    def full_name(self) -> str:
        """The name of the company, or the given names and the surname."""
        if self.name:
            return self.name
        return " ".join(part for part in (self.first_names, self.last_names) if part)

    @property
    def country(self) -> str | None:
        """The country of residence: the country of the first address or, for a company, the country of
        registration."""
        stated = (one.country for one in self.addresses if one.country)
        return next(stated, self.registration_country)


# --- transport ----------------------------------------------------------------------------------


class Transit(Record, frozen=True, kw_only=True):
    """One country through which the cash passes, with the day and the place of the transit."""

    country: str | None = None
    place: str | None = None
    day: dt.date | None = None


class Transport(Record, frozen=True, kw_only=True):
    """The journey of the cash and the means of transport (section 3 of the EU declaration form, items 11 and
    12 of FinCEN 105). `departure` and `arrival` are the stated departure from the first country and the
    stated arrival in the last country."""

    departure_country: str | None = None
    departure_place: str | None = None
    departure: Moment | None = None
    arrival_country: str | None = None
    arrival_place: str | None = None
    arrival: Moment | None = None
    via: tuple[Transit, ...] = ()
    #: The crossing point of a land border.
    border_point: str | None = None
    #: A code of `MODES`, and a code of `MEANS` for that mode.
    mode: str | None = None
    means: str | None = None
    #: The number of the flight, vessel or train, or the registration plate with its country.
    reference: str | None = None
    plate_country: str | None = None
    company: str | None = None
    # Unaccompanied cash.
    #: The number of the parcel, waybill or container.
    consignment: str | None = None
    container: str | None = None
    #: The contents that the sender states on the parcel or the waybill.
    stated_contents: str | None = None


# --- counts -------------------------------------------------------------------------------------


class Counter(Record, frozen=True, kw_only=True):
    """A person who counts or who is present at the count. `role` is officer, witness, declarant or
    interpreter."""

    name: str
    role: str = "officer"


class Count(Record, frozen=True, kw_only=True):
    """One version of a count. `number` of a counted line is the number of the declared line to which it
    corresponds. The number is None for cash that was found and not declared. Several counted lines may
    correspond to one declared line, for example one for each denomination. A declared line without a counted
    line was not found.
    """

    version: int = 1
    at: dt.datetime | None = None
    place: str | None = None
    persons: tuple[Counter, ...] = ()
    lines: tuple[Line, ...] = ()
    #: The device that counted, if any.
    device: str | None = None
    remark: str | None = None


# --- the movement -------------------------------------------------------------------------------


class Signature(Record, frozen=True, kw_only=True):
    """The signature of a form. A picture of the signature is not stored."""

    name: str | None = None
    title: str | None = None
    place: str | None = None
    day: dt.date | None = None
    additional_sheets: int | None = None
    copy_requested: bool = False


class Official(Record, frozen=True, kw_only=True):
    """The part of a form that an authority completes."""

    reference: str | None = None
    authority: str | None = None
    office: str | None = None
    #: Whether the information was verified, and whether a count confirmed it (FinCEN 105, "count verified").
    verified: bool | None = None
    checked: Moment | None = None
    #: The reason of a record that an officer makes: not_declared, incorrect, incomplete, suspicion or other.
    reason: str | None = None
    #: Whether the control was risk-based, random or made for another reason (Annex II part 2).
    selection: str | None = None
    #: Where and how the cash was hidden.
    concealment: str | None = None
    circumstances: str | None = None


class Movement(Record, frozen=True, kw_only=True):
    """Cash that crosses a border, with the persons, the journey and the stated reasons.

    For accompanied cash, `carrier` is the person who carries the cash and signs the declaration. For
    unaccompanied cash, `declarant` is the person who completes the disclosure form, and `relationship` is the
    relationship of this person to the cash.
    """

    always: ClassVar[tuple[str, ...]] = ("lines",)

    #: A code of `RECORDS`.
    record: str = "declaration"
    #: A code of `DIRECTIONS`.
    direction: str | None = None
    carrier: Party | None = None
    declarant: Party | None = None
    relationship: str | None = None
    representative: Party | None = None
    #: True if the carrier states to be the only owner, or the only recipient. Then `owners` or `recipients`
    #: is empty.
    carrier_is_owner: bool | None = None
    carrier_is_recipient: bool | None = None
    owners: tuple[Party, ...] = ()
    #: The numbers of owners and of recipients that the form states.
    number_of_owners: int | None = None
    number_of_recipients: int | None = None
    sender: Party | None = None
    recipients: tuple[Party, ...] = ()
    transport: Transport = Transport()
    lines: tuple[Line, ...] = ()
    #: Codes of `PROVENANCE` and `USES`, with the text of "other".
    provenance: tuple[str, ...] = ()
    provenance_text: str | None = None
    uses: tuple[str, ...] = ()
    use_text: str | None = None
    signature: Signature | None = None
    official: Official | None = None

    @property
    def accompanied(self) -> bool:
        """Returns whether a person carries the cash. Post and cargo are unaccompanied."""
        return self.record != "disclosure" and self.transport.consignment is None


#: The result of the comparison of departure and arrival.
Result = Literal["equal", "different", "departure_only", "arrival_only"]


class Pair(Record, frozen=True, kw_only=True):
    """The declarations of one movement. A side has more than one id if its cash is divided into several
    declarations. `reasons` contains codes for the values that agree and for the values that differ
    (`document_differs`)."""

    departures: tuple[str, ...] = ()
    arrivals: tuple[str, ...] = ()
    result: Result
    points: int = 0
    #: Similarity of the names from 0 to 100; None if a name is missing.
    name: int | None = None
    reasons: tuple[str, ...] = ()
    #: The value at arrival less the value at departure.
    difference: Decimal | None = None


class Message(records.Message, frozen=True, kw_only=True):
    """One statement about one movement of cash: the movement itself, a correction, a cancellation or a count.

    `code` is the code that the public form gives to the person. `reference` is the number that an authority
    or a sender gives to the record. A correction, a cancellation and a count state in `amends` the code or
    the reference of the statement to which they refer.
    """

    kind: ClassVar[str] = "cash"
    always: ClassVar[tuple[str, ...]] = ("movements", "warnings")
    unprinted: ClassVar[frozenset[str]] = frozenset({"body", "movement"})
    also_printed: ClassVar[Mapping[str, str]] = {"movements": "movements"}

    #: A code of `ACTIONS`.
    action: str = "original"
    amends: str | None = None
    code: str | None = None
    reference: str | None = None
    #: A code of `SOURCES`.
    source: str = "csv"
    #: True until an officer accepts the statement against the identity document. Only statements of the
    #: public form are announcements.
    announcement: bool = False
    #: The national variant (`cash/variants`), and the language in which the form was filled in.
    variant: str | None = None
    language: str | None = None
    #: When and where the statement was made. The day determines the exchange rates.
    declared: Moment | None = None
    office: str | None = None
    #: The country of the partner from which the statement comes.
    partner: str | None = None
    movement: Movement = Movement()
    count: Count | None = None

    @property
    def movements(self) -> tuple[Movement, ...]:
        """Returns a list that contains the movement; `vedette parse` prints this list. The list is empty if
        the message states no movement.
        """
        return (self.movement,) if self.movement != Movement() else ()
