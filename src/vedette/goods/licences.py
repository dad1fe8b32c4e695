"""Compares items of declarations with licences, and deducts their quantities from the licences (a
*deduction*).

Each line of a licence covers certain goods. A line describes its goods by the beginnings of HS codes, by
entries of control lists, or by both kinds of codes. A line has a quantity with a unit, or no limit. `judge`
returns the facts that an officer needs about the licence of an item. `draw` computes the deductions from a
licence from all items that use it. The result does not depend on the order in which the items were received.
No balance is below zero. A `Register` contains many licences, and deducts the quantities of items in the
order in which its methods are called.

The functions have no side effects. The caller that stores the balances calls `draw` in the transaction that
locks the licence. A `Register` changes only its own balances.
"""

from __future__ import annotations

import datetime as dt
import re
import unicodedata
from collections.abc import Container, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import ROUND_UP, Decimal
from typing import Literal

import msgspec

from vedette.core.records import Record
from vedette.core.texts import Day, Param, Text, gettext_lazy, pgettext_lazy
from vedette.goods import knowledge
from vedette.goods.records import Document, Item
from vedette.screening.control_lists.hits import DocumentCode

#: What is known about the licence of an item. `present` and `not_required` are in order.
State = Literal[
    "present", "not_required", "missing", "unknown", "revoked", "expired", "not_yet_valid", "code_ended",
    "wrong_holder", "wrong_goods", "wrong_destination", "wrong_unit", "no_quantity", "exhausted",
    "self_declared", "backdated", "contested", "unchecked",
]  # fmt: skip
IN_ORDER: frozenset[State] = frozenset({"present", "not_required"})

#: Unit (UN/ECE Recommendation 20, and usual abbreviations) → the quantity that it measures, and the factor to
#: the unit of this quantity: kilograms, litres, pieces.
UNITS: dict[str, tuple[str, Decimal]] = {
    **dict.fromkeys(("KGM", "KG", "KGS", "KILOGRAM", "KILOGRAMS"), ("mass", Decimal(1))),
    **dict.fromkeys(("GRM", "G", "GR"), ("mass", Decimal("0.001"))),
    **dict.fromkeys(("MGM", "MG"), ("mass", Decimal("0.000001"))),
    **dict.fromkeys(("TNE", "T", "TON", "TONNE"), ("mass", Decimal(1000))),
    **dict.fromkeys(("DTN",), ("mass", Decimal(100))),
    **dict.fromkeys(("LTR", "LITRE", "LITRES", "LITER"), ("volume", Decimal(1))),
    **dict.fromkeys(("MLT", "ML"), ("volume", Decimal("0.001"))),
    **dict.fromkeys(("HLT", "HL"), ("volume", Decimal(100))),
    **dict.fromkeys(("MTQ", "M3"), ("volume", Decimal(1000))),
    **dict.fromkeys(
        ("NAR", "NMB", "C62", "H87", "PCE", "PCS", "PC", "EA", "P/ST", "PST"), ("pieces", Decimal(1))
    ),
    **dict.fromkeys(("MIL",), ("pieces", Decimal(1000))),
}  # fmt: skip
#: Greatest quantity. A greater one is an error of the sender.
MAX_QUANTITY = Decimal("1e15")
_ZERO, _LEAST = Decimal(0), Decimal("1e-9")
#: Codes of documents of trade and transport (with or without the letter N), whose numbers are no licences.
_TRADE = frozenset(
    ("271", "325", "380", "703", "704", "705", "714", "720", "722", "730", "740", "741", "750", "760",
     "785", "787", "821", "822", "825", "830", "935", "952", "954")
)  # fmt: skip
#: ASCII character → the character in upper case, or None if it is neither a letter nor a digit.
_ASCII = {n: chr(n).upper() if chr(n).isalnum() else None for n in range(128)}


class LicenceLine(Record, frozen=True, kw_only=True):
    """One line of a licence. If there are no HS codes, the line covers any code. If there are no control list
    entries, the line covers any goods with one of its HS codes. A line without HS codes and entries covers no
    goods. If `any_goods` is true, the line covers all goods. If there is no quantity, the line has no
    limit."""

    number: int = 1
    any_goods: bool = False
    hs: tuple[str, ...] = ()
    entries: tuple[str, ...] = ()
    quantity: Decimal | None = None
    unit: str = "KGM"

    def covers(self, hs: str, entries: Iterable[str]) -> bool:
        """Returns whether the line covers these goods."""
        by_code = not self.hs or any(hs.startswith(code) for code in self.hs)
        by_entry = not self.entries or bool(set(self.entries) & set(entries))
        return (self.any_goods or bool(self.hs or self.entries)) and by_code and by_entry


class Licence(Record, frozen=True, kw_only=True):
    """A licence. `kind` is the code of its document type (`X060`). `holder` is an identifier or the name of
    the holder; it may contain several values. If there are no destinations, the licence is valid for all
    destinations. The last day of validity is included."""

    number: str
    kind: str = ""
    holders: tuple[str, ...] = ()
    lines: tuple[LicenceLine, ...] = ()
    destinations: tuple[str, ...] = ()
    valid_from: dt.date | None = None
    valid_to: dt.date | None = None
    revoked: dt.date | None = None


class Use(Record, frozen=True, kw_only=True):
    """The values of a declared item that are needed to check its licences. `key` identifies the item, so that
    a declaration that is sent twice is deducted only once. `at` is the time of the declaration, and `stamp`
    orders the versions of one item. `entries` are the entries of control lists that the item matches."""

    key: str
    at: dt.datetime
    stamp: int = 0
    hs: str = ""
    entries: tuple[str, ...] = ()
    holders: tuple[str, ...] = ()
    destination: str | None = None
    documents: tuple[Document, ...] = ()
    quantity: Decimal | None = None
    unit: str | None = None
    net_mass_kg: Decimal | None = None
    cancelled: bool = False
    #: The day that the declaration states, if it is too long before the receipt. `at` is then later.
    stated: dt.date | None = None
    #: Whether another sender submitted a declaration with the same reference before.
    contested: bool = False
    #: Codes of licences that are not among `documents`, because the item names too many.
    unchecked: tuple[str, ...] = ()


class Answer(Record, frozen=True, kw_only=True):
    """The result for one licence of an item, or for an item without a licence. The result contains no
    decision."""

    state: State
    use: str
    licence: str | None = None
    line: int | None = None
    sentence: Text
    #: Why the quantity that the declaration states beside the licence is not that of the item.
    doubt: Text | None = None

    @property
    def in_order(self) -> bool:
        """True if the officer does not need to examine a licence."""
        return self.state in IN_ORDER


class Claim(Record, frozen=True, kw_only=True):
    """The quantity of an item that is to be deducted from one licence that covers it. `wants` lists the lines
    that cover the item, in order. Each element is the number of the line and the quantity in the unit of the
    line, or None if the line has no limit. `at` is the time of the first version of the item. If `draws` is
    false, the item is checked but no quantity is deducted."""

    key: str
    at: dt.datetime
    wants: tuple[tuple[int, Decimal | None], ...]
    draws: bool = True


class Booking(Record, frozen=True, kw_only=True):
    """The result of a claim: the line that covers it, and the quantity. `fell` is true if the balance of a
    line was too small. `before` contains the balances of the lines at that moment. If no line has a
    sufficient balance, `covered` is false, and `line` and `asked` are the values of the first line."""

    key: str
    covered: bool
    line: int
    asked: Decimal | None
    drawn: bool
    fell: bool = False
    before: dict[int, Decimal] = msgspec.field(default_factory=dict)


class Drawing(Record, frozen=True, kw_only=True):
    """The quantity of an item that is deducted from a line, with the balance before and after, in the unit of
    the line. If `drawn` is false, the balance was too small and no quantity was deducted."""

    use: str
    at: dt.datetime
    line: int
    asked: Decimal
    before: Decimal
    after: Decimal
    drawn: bool


def use_of(
    item: Item, key: str, at: dt.datetime, *, stamp: int = 0, holders: Sequence[str] = (),
    entries: Sequence[str] = (), destination: str | None = None, documents: Sequence[Document] = (),
) -> Use:  # fmt: skip
    """Returns the values of an item that matter for licences.

    `documents`, `destination` and `holders` are values of the declaration. The documents and the destination
    of the item have priority.
    """
    mass = item.net_mass_kg
    return Use(
        key=key, at=at, stamp=stamp, hs=item.hs or "", entries=tuple(entries),
        holders=tuple(holders), destination=item.destination or destination,
        documents=(*item.documents, *documents), quantity=item.quantity, unit=item.unit,
        net_mass_kg=Decimal(repr(mass)) if mass is not None else None,
    )  # fmt: skip


# --- the licences of an item ----------------------------------------------------------------------


def judge(
    use: Use, licences: Mapping[str, Licence], *, required: bool | None = None,
    balances: Mapping[tuple[str, int], Decimal] | None = None,
    codes: Mapping[str, DocumentCode] | None = None,
) -> tuple[Answer, ...]:  # fmt: skip
    """Returns the results for the licences of an item.

    `licences` contains the licences by their number (in the form of `plain`). `required` is true if the goods
    need a licence. By default, the goods need a licence if they match an entry of a control list. `balances`
    contains the balances of the lines before this item, by licence number and line. If a line has no balance,
    the whole quantity of the line is available. `codes` contains the known document codes (default: the codes
    of vedette).
    """
    known = knowledge.documents() if codes is None else codes
    needed = bool(use.entries) if required is None else required
    day = use.at.date()
    answers: list[Answer] = []
    declared = [one for one in use.documents if not one.previous]
    for document in declared:
        code = (document.code or "").strip().upper()
        meaning = known.get(code)
        number = plain(document.reference or "")
        licence = licences.get(number) if number else None
        if licence is None and (meaning is None or not meaning.licence):
            continue  # a document of another kind
        if licence is None:
            answers.append(_answer("unknown", use, document.reference or code))
            continue
        if meaning is not None and meaning.valid_to is not None and day > meaning.valid_to:
            answers.append(
                _answer("code_ended", use, licence.number, code=code, day=meaning.valid_to)
            )
            continue
        answer, _ = _of_licence(use, document, licence, day, number, balances or {}, licences)
        answers.append(answer)
    answers += [_answer("unchecked", use, code) for code in use.unchecked]
    not_listed = [
        code for one in declared
        if (code := (one.code or "").strip().upper()) in known and not known[code].licence
    ]  # fmt: skip
    if not_listed and needed and not any(one.in_order for one in answers):
        answers.append(_answer("self_declared", use, None, code=not_listed[0]))
    elif not answers:
        answers.append(_answer("missing" if needed else "not_required", use, None))
    return tuple(answers)


def _of_licence(
    use: Use, document: Document, licence: Licence, day: dt.date, number: str,
    balances: Mapping[tuple[str, int], Decimal], recorded: Container[str],
) -> tuple[Answer, Drawing | None]:  # fmt: skip
    """Returns the result for a licence of an item, and the quantity that is deducted."""
    lines = _covering(use, licence, day)
    if isinstance(lines, Answer):
        return lines, None
    found: list[tuple[Answer, Drawing | None]] = []
    for line in lines:
        one = _of_line(use, document, licence, line, number, balances, recorded)
        if one[0].in_order:
            return one  # the first line that is in order counts
        found.append(one)
    # Otherwise, the first line that is exhausted is reported, or the first line.
    return next((one for one in found if one[1] is not None), found[0])


def _covering(use: Use, licence: Licence, day: dt.date) -> list[LicenceLine] | Answer:
    """Returns the lines of a licence that cover an item, or the reason why no line covers it."""
    name = licence.number
    if use.contested:
        return _answer("contested", use, name)
    if use.stated is not None and _ended(licence, day) and not _ended(licence, use.stated):
        return _answer("backdated", use, name, day=use.stated)
    if licence.revoked is not None and day >= licence.revoked:
        return _answer("revoked", use, name, day=licence.revoked)
    if licence.valid_to is not None and day > licence.valid_to:
        return _answer("expired", use, name, day=licence.valid_to)
    if licence.valid_from is not None and day < licence.valid_from:
        return _answer("not_yet_valid", use, name, day=licence.valid_from)
    if licence.holders and not {plain(one) for one in licence.holders} & {
        plain(one) for one in use.holders
    }:
        return _answer("wrong_holder", use, name)
    lines = [line for line in licence.lines if line.covers(use.hs, use.entries)]
    if not lines:
        return _answer("wrong_goods", use, name, hs=use.hs or "–")
    if licence.destinations and (use.destination or "").upper() not in licence.destinations:
        return _answer("wrong_destination", use, name, destination=use.destination or "–")
    return lines


def _ended(licence: Licence, day: dt.date) -> bool:
    """Returns whether a licence was revoked or had expired on a day."""
    revoked = licence.revoked is not None and day >= licence.revoked
    return revoked or (licence.valid_to is not None and day > licence.valid_to)


def _of_line(
    use: Use, document: Document, licence: Licence, line: LicenceLine, number: str,
    balances: Mapping[tuple[str, int], Decimal], recorded: Container[str],
) -> tuple[Answer, Drawing | None]:  # fmt: skip
    if line.quantity is None:
        return _answer("present", use, licence.number, line.number), None
    asked = asked_of(use, document, line.unit, recorded)
    if isinstance(asked, str):
        state: State = "wrong_unit" if asked == "wrong_unit" else "no_quantity"
        mass = "kg" if use.net_mass_kg is not None else "–"
        stated = document.unit or use.unit or mass
        return (
            _answer(state, use, licence.number, line.number, stated=stated, unit=line.unit), None
        )  # fmt: skip
    before = balances.get((number, line.number), line.quantity)
    drawn = asked <= before
    drawing = Drawing(
        use=use.key, at=use.at, line=line.number, asked=asked, before=before,
        after=before - asked if drawn else before, drawn=drawn,
    )  # fmt: skip
    if drawn:
        answer = _answer("present", use, licence.number, line.number)
        doubt = _doubt(use, document, line.unit, asked)
        return msgspec.structs.replace(answer, doubt=doubt) if doubt else answer, drawing
    return (
        _answer(
            "exhausted", use, licence.number, line.number, asked=_shown(asked), balance=_shown(before),
            unit=line.unit,
        ),
        drawing,
    )  # fmt: skip


def asked_of(
    use: Use, document: Document | None, unit: str, recorded: Container[str] = ()
) -> Decimal | str:
    """Returns the quantity of an item that must be deducted, in the unit of a line.

    The function uses the quantity that the declaration states for the licence; if there is none, the quantity
    of the item; and if there is none, the net mass of the item. If the quantity stated for the licence is
    lower than the quantity of the item, the quantity of the item is used. The quantities stated for the other
    recorded licences of the item are subtracted from the quantity of the item, because several licences can
    cover one item together. A quantity is rounded up to nine decimals. Returns `wrong_unit` if the stated
    quantity has another unit, and `no_quantity` if no usable quantity is stated."""
    own = [(use.quantity, use.unit), (use.net_mass_kg, "KGM")]
    if document is None or document.quantity is None:
        return _first_usable(own, unit)
    beside = _first_usable([(document.quantity, document.unit or use.unit)], unit)
    of_item = _first_usable(own, unit)
    if isinstance(beside, str) or isinstance(of_item, str):
        return beside
    mine = plain(document.reference or "")
    others = {
        number: quantity
        for one in use.documents
        if (number := plain(one.reference or "")) != mine and number in recorded and not one.previous
        and one.quantity is not None
        and not isinstance(
            quantity := _first_usable([(one.quantity, one.unit or use.unit)], unit), str
        )
    }  # fmt: skip
    return max(beside, of_item - sum(others.values(), _ZERO))


def _first_usable(stated: Iterable[tuple[Decimal | None, str | None]], unit: str) -> Decimal | str:
    """Returns the first of several quantities that can be converted to a unit."""
    seen = False
    for quantity, its_unit in stated:
        if quantity is None or not quantity.is_finite() or not _ZERO < quantity <= MAX_QUANTITY:
            continue
        seen = True
        converted = convert(quantity, its_unit or "", unit)
        if converted is not None and converted <= MAX_QUANTITY:
            return converted.quantize(_LEAST, ROUND_UP)
    return "wrong_unit" if seen else "no_quantity"


def _doubt(use: Use, document: Document, unit: str, asked: Decimal) -> Text | None:
    """Returns the reason why the quantity that the declaration states for a licence is not used: it is
    lower than the deducted quantity, or the two quantities cannot be compared."""
    if document.quantity is None:
        return None
    beside = _first_usable([(document.quantity, document.unit or use.unit)], unit)
    if not isinstance(beside, str) and beside < asked:
        return Text(
            msgid=_LOWER.msgid,
            params={"stated": _shown(beside), "asked": _shown(asked), "unit": unit},
        )
    of_item = _first_usable([(use.quantity, use.unit), (use.net_mass_kg, "KGM")], unit)
    return (
        None
        if not isinstance(of_item, str)
        else Text(msgid=_NOT_COMPARED.msgid, params={"unit": unit})
    )


def convert(quantity: Decimal, unit: str, to: str) -> Decimal | None:
    """Converts a quantity to another unit. Returns None if the two units measure different quantities, such
    as mass and volume."""
    if unit == to:
        return quantity
    unit, to = unit.strip().upper(), to.strip().upper()
    source, target = UNITS.get(unit), UNITS.get(to)
    if unit == to or (source is not None and source == target):
        return quantity
    if source is None or target is None or source[0] != target[0]:
        return None
    return quantity * source[1] / target[1]


def plain(text: str) -> str:
    """Returns a number or a name in the form in which it is compared: letters and digits, in upper case."""
    if text.isascii():
        return text[:200].translate(_ASCII)  # the same result, faster
    folded = unicodedata.normalize("NFKC", text[:200]).upper()
    return re.sub(r"[\W_]+", "", folded)


# --- drawing --------------------------------------------------------------------------------------


def names_licence(document: Document) -> bool:
    """Returns whether a document can be a licence: it has a number, and is not a previous document, an
    invoice or a transport document."""
    code = (document.code or "").strip().upper()
    return (
        not document.previous
        and bool(plain(document.reference or ""))
        and code.removeprefix("N") not in _TRADE
    )


def claimed(
    use: Use, document: Document, licence: Licence, recorded: Container[str] = ()
) -> tuple[State, Claim | None]:
    """Returns the quantity of an item that is to be deducted from a licence, without regard to the balances.
    `recorded` contains the numbers of all recorded licences that the item names. Returns the state and None
    if the licence does not cover the item or if the item states no usable quantity."""
    lines = _covering(use, licence, use.at.date())
    if isinstance(lines, Answer):
        return lines.state, None
    wants: list[tuple[int, Decimal | None]] = []
    state: State = "present"
    for line in lines:
        asked = None if line.quantity is None else asked_of(use, document, line.unit, recorded)
        if not isinstance(asked, str):
            wants.append((line.number, asked))
        elif not wants and state == "present":
            state = "wrong_unit" if asked == "wrong_unit" else "no_quantity"
    if not wants:
        return state, None
    return "present", Claim(key=use.key, at=use.at, wants=tuple(wants))


def book(claims: Iterable[Claim], left: dict[int, Decimal]) -> list[Booking]:
    """Deducts the quantities of `claims`, in the given order, from the balances of one licence (`left`).
    Either the whole quantity of a claim is deducted from the first sufficient line, or no quantity is
    deducted."""
    made: list[Booking] = []
    for claim in claims:
        before = dict(left)
        fell = False
        for line, asked in claim.wants:
            if asked is None or asked <= left.get(line, _ZERO):
                drawn = asked is not None and claim.draws
                if asked is not None and drawn:
                    left[line] -= asked
                made.append(
                    Booking(
                        key=claim.key, covered=True, line=line, asked=asked, drawn=drawn, fell=fell,
                        before=before if fell else {},
                    )
                )  # fmt: skip
                break
            fell = True
        else:
            line, asked = claim.wants[0]
            made.append(
                Booking(
                    key=claim.key, covered=False, line=line, asked=asked, drawn=False, fell=True,
                    before=before,
                )
            )  # fmt: skip
    return made


@dataclass(slots=True)
class Register:
    """Licences by their number, with the balances of their lines by licence number and line. The number has
    the form of `plain`. If a line has no balance, the whole quantity is available."""

    licences: Mapping[str, Licence]
    balances: dict[tuple[str, int], Decimal] = field(default_factory=dict)

    def draw(self, use: Use, document: Document) -> tuple[Answer, Drawing | None]:
        """Deducts the quantity of an item from the licence that a document names.

        Returns the result for the licence, and the deduction. A quantity is deducted only if the licence
        covers the item and limits its quantity, and the declaration states a usable quantity.
        """
        number = plain(document.reference or "")
        licence = self.licences.get(number) if number else None
        if licence is None:
            return _answer("unknown", use, document.reference or document.code), None
        answer, drawing = _of_licence(
            use, document, licence, use.at.date(), number, self.balances, self.licences
        )
        if drawing is not None and drawing.drawn:
            self.balances[number, drawing.line] = drawing.after
        return answer, drawing


def draw(licence: Licence, uses: Iterable[Use]) -> tuple[Drawing, ...]:
    """Computes the deductions of each item from the lines of a licence, in the order of time.

    If there are several versions of one item, the version with the greatest `stamp` is used, at the time of
    the first version. A cancelled item has no deduction. The first line that covers the item and has a
    sufficient balance is used. Either the whole quantity is deducted, or no quantity is deducted. If this
    line has no limit, no quantity is deducted. An item that the licence does not cover, or that has no usable
    quantity, has no deduction. `judge` states the reason in words.
    """
    number = plain(licence.number)
    register = Register({number: licence})
    drawings: list[Drawing] = []
    for use in _versions(uses):
        document = next(
            (one for one in use.documents if plain(one.reference or "") == number), None
        )
        if document is None or use.cancelled:
            continue
        _, drawing = register.draw(use, document)
        if drawing is not None:
            drawings.append(drawing)
    return tuple(drawings)


def balance(licence: Licence, drawings: Iterable[Drawing]) -> dict[tuple[str, int], Decimal]:
    """Returns the balances of the lines of a licence after deductions, by licence number and line."""
    number = plain(licence.number)
    left = {
        (number, line.number): line.quantity for line in licence.lines if line.quantity is not None
    }
    for one in drawings:
        if one.drawn:
            left[number, one.line] -= one.asked
    return left


def _versions(uses: Iterable[Use]) -> list[Use]:
    """Returns the last version of each item, in the order of the first versions."""
    first: dict[str, dt.datetime] = {}
    last: dict[str, Use] = {}
    for use in uses:
        first[use.key] = min(first.get(use.key, use.at), use.at)
        kept = last.get(use.key)
        if kept is None or (use.stamp, use.at) > (kept.stamp, kept.at):
            last[use.key] = use
    return sorted(last.values(), key=lambda use: (first[use.key], use.key))


# --- texts ----------------------------------------------------------------------------------------


_LOWER = gettext_lazy(
    "The declaration states %(stated)s %(unit)s for the licence, but the item needs %(asked)s "
    "%(unit)s. The larger quantity is deducted from the licence."
)
_NOT_COMPARED = gettext_lazy(
    "The quantity stated for the licence cannot be compared: the item states no quantity in %(unit)s."
)
_SENTENCES: dict[str, Text] = {
    "present": gettext_lazy("Licence %(licence)s covers the item."),
    "not_required": gettext_lazy("The item needs no licence."),
    "missing": gettext_lazy("The item needs a licence, but the declaration names none."),
    "unknown": gettext_lazy("Licence %(licence)s is not in the register of licences."),
    "revoked": gettext_lazy("Licence %(licence)s was revoked on %(day)s."),
    "expired": gettext_lazy("Licence %(licence)s was valid until %(day)s."),
    "not_yet_valid": gettext_lazy("Licence %(licence)s is valid from %(day)s."),
    "code_ended": gettext_lazy(
        "Document code %(code)s of licence %(licence)s was valid until %(day)s."
    ),
    "wrong_holder": gettext_lazy(
        "No party of the declaration is the holder of licence %(licence)s."
    ),
    "wrong_goods": gettext_lazy("Licence %(licence)s does not cover these goods (HS code %(hs)s)."),
    "wrong_destination": gettext_lazy(
        "Licence %(licence)s is not valid for the destination %(destination)s."
    ),
    "wrong_unit": gettext_lazy(
        "The quantity of licence %(licence)s is recorded in %(unit)s. The declaration states %(stated)s."
    ),
    "no_quantity": gettext_lazy(
        "The declaration states no usable quantity for licence %(licence)s (unit: %(unit)s)."
    ),
    "exhausted": gettext_lazy(
        "The remaining quantity of licence %(licence)s is %(balance)s %(unit)s, but the item "
        "needs %(asked)s %(unit)s."
    ),
    "backdated": gettext_lazy(
        "The declaration is dated %(day)s, long before it was received. Licence %(licence)s "
        "was valid on that day, but had expired on the earliest day on which the declaration "
        "can have been made."
    ),
    "contested": gettext_lazy(
        "Another sender has already submitted a declaration with the same reference. No "
        "quantity is deducted from licence %(licence)s."
    ),
    "unchecked": gettext_lazy(
        "The item refers to too many documents. Some licences with code %(licence)s were not "
        "checked."
    ),
    "self_declared": gettext_lazy(
        "The declaration states with code %(code)s that the goods are not listed, but they match a control "
        "list."
    ),
}
#: State → its name in a table.
NAMES: dict[str, Text] = {
    "present": pgettext_lazy("licence", "present"),
    "not_required": pgettext_lazy("licence", "not required"),
    "missing": pgettext_lazy("licence", "missing"),
    "unknown": pgettext_lazy("licence", "not recorded"),
    "revoked": pgettext_lazy("licence", "revoked"),
    "expired": pgettext_lazy("licence", "expired"),
    "not_yet_valid": pgettext_lazy("licence", "not yet valid"),
    "code_ended": pgettext_lazy("licence", "document code no longer valid"),
    "wrong_holder": pgettext_lazy("licence", "other holder"),
    "wrong_goods": pgettext_lazy("licence", "other goods"),
    "wrong_destination": pgettext_lazy("licence", "other destination"),
    "wrong_unit": pgettext_lazy("licence", "other unit"),
    "no_quantity": pgettext_lazy("licence", "no quantity"),
    "exhausted": pgettext_lazy("licence", "exhausted"),
    "self_declared": pgettext_lazy("licence", "declared as not listed"),
    "backdated": pgettext_lazy("licence", "backdated declaration"),
    "contested": pgettext_lazy("licence", "contested declaration"),
    "unchecked": pgettext_lazy("licence", "not checked"),
}


def _answer(
    state: State, use: Use, licence: str | None, line: int | None = None, **params: str | dt.date
) -> Answer:
    shown: dict[str, Param] = {"licence": licence or ""}
    for name, value in params.items():
        shown[name] = Day(value) if isinstance(value, dt.date) else value
    sentence = Text(msgid=_SENTENCES[state].msgid, params=shown)
    return Answer(state=state, use=use.key, licence=licence, line=line, sentence=sentence)


def _shown(quantity: Decimal) -> str:
    """Writes a quantity without zeros at the end."""
    return f"{quantity.normalize():f}"
