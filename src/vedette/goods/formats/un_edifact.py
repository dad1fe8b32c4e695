"""Reads the customs messages of UN/EDIFACT about goods, in the directories D.95B to D.24A: cargo reports
(CUSCAR), declarations (CUSDEC) and reports of a means of transport (CUSREP).

The directories differ in their groups, but not in their segments. The reader therefore follows the segments
that begin a group (CNI or the number of a transport document, GID, CST, EQD, NAD, TDT). Every other segment
belongs to the innermost open group. Segments that are not about the goods are counted.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from vedette.core.parties import Address
from vedette.formats.edifact import MessageText, Seg
from vedette.goods import records
from vedette.goods.formats.values import (
    Reading,
    code_text,
    joined,
    moment_of,
    unique,
)
from vedette.goods.records import Moment

#: NAD 3035 → role of a party.
_ROLES = {
    "CN": "consignee", "CZ": "consignor", "EX": "exporter", "IM": "importer", "DT": "declarant",
    "AE": "declarant", "DP": "deliver_to", "CA": "carrier", "SU": "supplier", "SE": "seller",
    "BY": "buyer", "N1": "notify", "NI": "notify", "N2": "notify", "FW": "representative",
    "AG": "representative", "CB": "representative", "AM": "representative", "MS": "sender",
    "MR": "other", "FR": "sender", "UC": "consignee", "OS": "consignor", "SH": "consignor",
    "SF": "consignor", "WH": "warehouse", "PE": "financial", "IV": "buyer", "CPD": "representative",
}  # fmt: skip
#: BGM 1225 → action.
ACTIONS = {
    "1": "cancellation", "2": "addition", "3": "cancellation", "4": "amendment", "5": "replacement",
    "6": "original", "7": "copy", "8": "original", "9": "original", "13": "request",
    "33": "amendment", "36": "amendment", "54": "original",
}  # fmt: skip
#: Document codes (BGM 1001) of exports and imports.
_EXPORT, _IMPORT = {"830", "833", "833E", "834"}, {"929", "785", "933", "932"}
#: RFF 1153: numbers of transport documents. Each opens the data of a document in a cargo report.
_TRANSPORT = {"BM", "AWB", "HWB", "BH", "AAS", "MB", "MWB", "AWH", "CU", "AAM", "CKN"}
_MASTER, _HOUSE = {"MB", "MWB", "AWB"}, {"HWB", "BH", "AWH"}
_MRN, _LRN, _UCR = {"ABT", "MRN", "AAE"}, {"ABE", "LRN"}, {"UCN", "UCR"}
#: MOA 5025: value of an item, of the whole, and the statistical value.
_VALUES = {"38", "63", "66", "203", "40", "123", "5", "113", "116"}
_STATISTICAL = {"43", "44", "122"}
_TOTALS = {"39", "77", "86", "79"}
#: MEA 6313 (or 6311): gross mass, net mass, volume.
_GROSS = {"G", "AAB", "AAD", "WT", "AAE", "AAI"}
_NET = {"N", "AAA", "AAC", "AAF", "AAL", "ABW", "NET"}
_VOLUME = {"AAW", "AAX", "VOL", "ABJ"}
#: LOC 3227 → field of the route.
_PLACES = {
    "9": "loading", "5": "origin", "76": "origin", "11": "discharge", "12": "discharge",
    "60": "discharge", "8": "destination", "7": "destination", "20": "destination",
    "61": "destination", "13": "discharge", "125": "origin", "87": "discharge",
}  # fmt: skip
_ARRIVALS, _DEPARTURES = {"132", "232", "178", "252"}, {"133", "136", "189", "186"}
_KNOWN_UNITS = {"K", "KG", "KGM", "KGS", "GRM", "TNE", "L", "LBR", "LB", "LBS", "T"}


@dataclass
class _Party:
    """A party, to which CTA, COM and RFF are added."""

    role: str
    name: str | None
    country: str | None
    address: Address | None
    identifiers: list[records.Identifier]
    contact: str | None = None
    phones: list[str] = field(default_factory=list)
    emails: list[str] = field(default_factory=list)

    def record(self) -> records.Party:
        """Returns the party as a record."""
        return records.Party(
            role=self.role,
            name=self.name,
            country=self.country,
            address=self.address,
            identifiers=tuple(self.identifiers),
            contact=self.contact,
            phones=tuple(self.phones),
            emails=tuple(self.emails),
        )


@dataclass
class _Unit:
    """A container with the numbers of its seals."""

    number: str
    size_type: str | None = None
    fullness: str | None = None
    seals: list[str] = field(default_factory=list)

    def record(self) -> records.Container:
        """Returns the container as a record."""
        return records.Container(
            number=self.number,
            size_type=self.size_type,
            fullness=self.fullness,
            seals=unique(self.seals),
        )


@dataclass
class _Scope:
    """The statements of a message, a consignment or an item.

    A field that only one of these three kinds has is empty for the other two kinds.
    """

    seg: Seg | None = None
    number: int | None = None
    values: dict[str, Any] = field(default_factory=dict)
    route: dict[str, Any] = field(default_factory=dict)
    parties: list[_Party] = field(default_factory=list)
    documents: list[records.Document] = field(default_factory=list)
    packages: list[records.Package] = field(default_factory=list)
    notes: list[records.Note] = field(default_factory=list)
    texts: list[str] = field(default_factory=list)
    marks: list[str] = field(default_factory=list)
    codes: list[str] = field(default_factory=list)
    un_numbers: list[str] = field(default_factory=list)
    containers: list[str] = field(default_factory=list)
    items: list[_Scope] = field(default_factory=list)
    units: list[_Unit] = field(default_factory=list)

    def put(self, name: str, value: Any) -> None:
        """Stores a value, if it is present and no value with this name is stored yet."""
        if value is not None and self.values.get(name) is None:
            self.values[name] = value

    def place(self, name: str, value: Any) -> None:
        """Stores a value of the route, if the value is present and no value with this name is stored yet."""
        if value is not None and self.route.get(name) is None:
            self.route[name] = value

    def made_route(self) -> records.Route | None:
        """Returns the route, or None if nothing is stated."""
        return records.Route(**self.route) if self.route else None


class _Reader:
    """Reads one message. Subclasses define the segments that begin a group."""

    document = "manifest"
    format = ""

    def __init__(self, text: MessageText) -> None:
        self.text = text
        self.reading = Reading()
        self.dropped: Counter[str] = Counter()
        self.top = _Scope()
        self.consignments: list[_Scope] = []
        #: The consignment, the item, the party and the container that are open.
        self.consignment: _Scope | None = None
        self.item: _Scope | None = None
        self.party: _Party | None = None
        self.unit: _Unit | None = None
        self.currency: str | None = None
        self.handlers: dict[str, Callable[[Seg], None]] = {
            "BGM": self.bgm, "DTM": self.dtm, "RFF": self.rff, "NAD": self.nad, "CTA": self.cta,
            "COM": self.com, "TDT": self.tdt, "LOC": self.loc, "EQD": self.eqd, "SEL": self.sel,
            "MEA": self.mea, "CNT": self.cnt, "CNI": self.cni, "GID": self.gid, "FTX": self.ftx,
            "SGP": self.sgp, "PCI": self.pci, "DGS": self.dgs, "CST": self.cst, "MOA": self.moa,
            "CUX": self.cux, "QTY": self.qty, "DOC": self.doc, "PAC": self.pac, "TOD": self.tod,
            "IMD": self.imd, "PIA": self.pia, "GIS": self.indicator, "GEI": self.indicator,
            "UNS": self.uns,
        }  # fmt: skip

    @property
    def scope(self) -> _Scope:
        """Returns the innermost open group of segments."""
        return self.item or self.consignment or self.top

    def read(self) -> records.Message:
        """Reads all segments and returns the message."""
        known = self.handlers
        for seg in self.text.segments:
            handler = known.get(seg.tag)
            if handler is None:
                self.dropped["detail"] += 1
            else:
                handler(seg)
        return self.message()

    # --- segments of the header -----------------------------------------------------------------

    def bgm(self, seg: Seg) -> None:
        """BGM: type, number and function of the message."""
        self.top.put("code", code_text(seg.get(1)))
        self.top.put("name", code_text(seg.get(1, 3)))
        self.top.put("number", seg.get(2).strip() or None)
        version = seg.get(2, 1).strip()
        if version.isascii() and version.isdigit():
            self.top.put("version", int(version[:6]))
        self.top.put("function", seg.get(3).strip() or None)

    def dtm(self, seg: Seg) -> None:
        """DTM: a date or a time. A time without a date (format 401) is added to the previous date."""
        kind, value, form = seg.get(1).strip(), seg.get(1, 1).strip(), seg.get(1, 2).strip()
        if not value:
            return
        name = (
            "arrival" if kind in _ARRIVALS
            else "departure" if kind in _DEPARTURES
            else "prepared" if kind == "137"
            else "accepted" if kind in ("148", "97")
            else None
        )  # fmt: skip
        scope = self.item or self.consignment or self.top
        held = scope.route if name in ("arrival", "departure") else scope.values
        if form in ("401", "402") and name is not None:
            before = held.get(name)
            if before is not None and (made := moment_of(f"{before:%Y%m%d}{value[:4]}")):
                held[name] = made
            return
        when = self.reading.moment(value, "DTM", seg.offset)
        if name is None:
            if when is not None and scope is not self.top:
                scope.notes.append(records.Note(code=f"DTM {kind}", text=when.isoformat()))
            elif when is not None and kind == "129":
                scope.put("declared", when)
            else:
                self.dropped["detail"] += 1
        elif when is not None and held.get(name) is None:
            held[name] = when

    def rff(self, seg: Seg) -> None:
        """RFF: a reference. In a cargo report, the number of a transport document begins the data of this
        document."""
        kind, number = seg.get(1).strip().upper(), seg.get(1, 1).strip()
        if not number:
            return
        if self.party is not None and kind in ("VA", "ABT", "AHP", "XA", "GN", "IT", "EOR", "FC"):
            self.party.identifiers.append(records.Identifier(scheme=kind, value=number))
            return
        scope = self.scope
        if kind in ("HS", "ABD") and scope is not self.top:
            scope.put("hs", self.reading.hs(number, "RFF", seg.offset))
        elif kind in _UCR:
            scope.put("ucr", number)
        elif kind in _TRANSPORT and self.document == "manifest" and self.item is None:
            scope.put("reference", number)
            scope.put(
                "master" if kind in _MASTER else "house" if kind in _HOUSE else "bill", number
            )
        elif scope is self.top and kind in _MRN:
            scope.put("mrn", number)
        elif scope is self.top and kind in _LRN:
            scope.put("lrn", number)
        elif scope is self.top and kind == "ACW":
            scope.put("amends", number)
        else:
            scope.documents.append(records.Document(code=kind or None, reference=number))

    def nad(self, seg: Seg) -> None:
        """NAD: a party."""
        role = _ROLES.get(seg.get(1).strip().upper(), "other")
        parts = seg.el + [[""]] * 10
        unstructured = [line.strip() for line in parts[3] if line.strip()]
        names = [line.strip() for line in parts[4][:5] if line.strip()]
        street = [line.strip() for line in parts[5][:4] if line.strip()]
        if not names and unstructured:
            names, street = unstructured[:1], street or unstructured[1:]
        elif unstructured:
            street = street or unstructured
        city, state, postcode = (parts[n][0].strip() or None for n in (6, 7, 8))
        country = self.reading.country(parts[9][0], "NAD", seg.offset)
        address = None
        if street or city or state or postcode or country:
            address = Address(
                kind="business",
                street=self.reading.text(" ".join(street), "NAD", seg.offset),
                city=city,
                state=state,
                postcode=postcode,
                country=country,
            )
        number = seg.get(2).strip()
        scheme = seg.get(2, 1).strip() or None
        self.party = _Party(
            role=role,
            name=self.reading.text(" ".join(names), "NAD", seg.offset),
            country=country,
            address=address,
            identifiers=[records.Identifier(scheme=scheme, value=number)] if number else [],
        )
        if self.party.name or number or address:
            self.scope.parties.append(self.party)

    def cta(self, seg: Seg) -> None:
        """CTA: the person to contact."""
        if self.party is not None:
            self.party.contact = joined(seg.get(2, 1).strip(), seg.get(2).strip())

    def com(self, seg: Seg) -> None:
        """COM: a telephone number or an e-mail address."""
        value, kind = seg.get(1).strip(), seg.get(1, 1).strip().upper()
        if self.party is not None and value:
            (self.party.emails if kind == "EM" or "@" in value else self.party.phones).append(value)

    def tdt(self, seg: Seg) -> None:
        """TDT: the means of transport."""
        scope = self.consignment or self.top
        stage = seg.get(1).strip()
        if scope.route.get("stage_20") and stage != "20":
            self.dropped["detail"] += 1
            return
        scope.place("voyage", seg.get(2).strip() or None)
        scope.place("mode", seg.get(3).strip() or None)
        carrier = seg.get(5, 3).strip() or seg.get(5).strip()
        scope.place("carrier", carrier or None)
        number, kind = seg.get(8).strip(), seg.get(8, 1).strip()
        agency, name = seg.get(8, 2).strip(), seg.get(8, 3).strip()
        if number and (kind == "146" or agency == "11") and number.isdigit() and len(number) == 7:
            scope.place("imo", number)
            scope.place("means", name or None)
        else:
            scope.place("means", name or number or None)
            if name and number != name:
                scope.place("means_number", number or None)
        scope.place("nationality", self.reading.country(seg.get(8, 4), "TDT", seg.offset))
        self.party = None

    def loc(self, seg: Seg) -> None:
        """LOC: a place or a country."""
        kind, place = seg.get(1).strip(), seg.get(2).strip() or seg.get(2, 3).strip()
        if not place:
            return
        scope = self.scope
        if kind in ("27", "30") and scope is not self.top:
            what = "country of origin"
            scope.put("origin", self.reading.country(place, "LOC", seg.offset, what=what))
        elif kind in ("28", "36"):
            scope.put("destination", self.reading.country(place, "LOC", seg.offset))
        elif kind in ("35", "34"):
            scope.put("dispatch", self.reading.country(place, "LOC", seg.offset))
        elif kind in ("14", "18", "24"):
            scope.put("location", place)
        elif kind in ("22", "41", "42", "43", "44", "91", "104", "118"):
            self.top.put("exit_office" if kind in ("42", "118") else "office", place)
        elif kind in _PLACES:
            held = self.consignment or self.top
            if held.route.get(_PLACES[kind]) not in (None, place):
                held.notes.append(records.Note(code=f"LOC {kind}", text=place))
            held.place(_PLACES[kind], place)
        else:
            scope.notes.append(records.Note(code=f"LOC {kind}", text=place))
        for other in (3, 4):
            more = seg.get(other).strip()
            if more:
                scope.notes.append(records.Note(code=f"LOC {kind}", text=more))

    # --- containers -----------------------------------------------------------------------------

    def eqd(self, seg: Seg) -> None:
        """EQD: a container, or another unit of transport equipment."""
        number = seg.get(2).strip()
        self.party = None
        self.unit = None
        if number:
            self.unit = _Unit(
                number,
                size_type=joined(seg.get(3).strip(), seg.get(3, 3).strip()),
                fullness=seg.get(6).strip() or None,
            )
            (self.consignment or self.top).units.append(self.unit)

    def sel(self, seg: Seg) -> None:
        """SEL: a seal of the current container."""
        number = seg.get(1).strip()
        if self.unit is not None and number:
            self.unit.seals.append(number)
        elif number:
            (self.consignment or self.top).values.setdefault("seals", []).append(number)

    def sgp(self, seg: Seg) -> None:
        """SGP: the container that contains the item."""
        number = seg.get(1).strip()
        if number:
            self.scope.containers.append(number)

    # --- numbers --------------------------------------------------------------------------------

    def mea(self, seg: Seg) -> None:
        """MEA: a mass or a volume."""
        purpose, code = seg.get(1).strip().upper(), seg.get(2).strip().upper()
        unit, value = seg.get(3).strip().upper(), seg.get(3, 1).strip()
        if not value:
            return
        if self.unit is not None and self.item is None:
            return  # the mass of a container
        kind = code or purpose
        scope = self.scope
        if kind in _VOLUME or unit in ("MTQ", "LTR"):
            found = self.reading.number(value, "volume", "MEA", seg.offset)
            if found is not None:
                scope.put("volume_m3", float(found) / (1000 if unit == "LTR" else 1))
        elif kind in _GROSS and (not unit or unit in _KNOWN_UNITS or code in _GROSS):
            mass = self.reading.mass(value, unit, "gross mass", "MEA", seg.offset)
            scope.put("gross_mass_kg", mass)
        elif kind in _NET:
            mass = self.reading.mass(value, unit, "net mass", "MEA", seg.offset)
            scope.put("net_mass_kg", mass)
        elif self.item is not None:
            scope.put("quantity", self.reading.number(value, "quantity", "MEA", seg.offset))
            scope.put("unit", unit or None)
        else:
            self.dropped["detail"] += 1

    def cnt(self, seg: Seg) -> None:
        """CNT: a total of the message or the consignment."""
        kind, value, unit = seg.get(1).strip(), seg.get(1, 1).strip(), seg.get(1, 2).strip()
        scope = self.consignment or self.top
        if not value:
            return
        if kind == "7":
            scope.put(
                "gross_mass_kg", self.reading.mass(value, unit, "gross mass", "CNT", seg.offset)
            )
        elif kind in ("8", "11"):
            number = self.reading.number(value, "number of packages", "CNT", seg.offset)
            scope.put("packages", number)
        elif kind in ("5", "9", "10", "16"):
            scope.put(f"cnt_{kind}", self.reading.count(value, "total", "CNT", seg.offset))
            scope.values.setdefault("cnt", seg)
        else:
            self.dropped["detail"] += 1

    def qty(self, seg: Seg) -> None:
        """QTY: a quantity of the item."""
        value, unit = seg.get(1, 1).strip(), seg.get(1, 2).strip().upper()
        found = self.reading.number(value, "quantity", "QTY", seg.offset)
        self.scope.put("quantity", found)
        self.scope.put("unit", unit or None)

    def moa(self, seg: Seg) -> None:
        """MOA: an amount of money."""
        kind, value = seg.get(1).strip(), seg.get(1, 1).strip()
        currency = self.reading.currency(seg.get(1, 2), "MOA", seg.offset)
        scope = self.scope
        amount = self.reading.number(value, "amount", "MOA", seg.offset) if value else None
        if kind in _STATISTICAL:
            scope.put("statistical_value", amount)
            scope.put("statistical_currency", currency)
        elif kind in _VALUES or kind in _TOTALS:
            if kind == "39" and amount is None and currency:
                self.currency = currency
            if amount is not None and "value" not in scope.values:
                scope.put("value", amount)
                scope.put("currency", currency)
            elif amount is not None:
                text = f"{amount} {currency or ''}".strip()
                scope.notes.append(records.Note(code=f"MOA {kind}", text=text))
        elif amount is not None:
            text = f"{amount} {currency or ''}".strip()
            scope.notes.append(records.Note(code=f"MOA {kind}", text=text))

    def cux(self, seg: Seg) -> None:
        """CUX: the currency of the amounts."""
        currency = self.reading.currency(seg.get(1, 1), "CUX", seg.offset)
        if currency is not None:
            self.scope.put("currency_stated", currency)
            if self.consignment is None and self.item is None:
                self.currency = currency

    # --- consignments and items -----------------------------------------------------------------

    def open_consignment(self, seg: Seg) -> _Scope:
        """Begins a consignment."""
        self.consignment = _Scope(seg)
        self.consignments.append(self.consignment)
        self.item = self.party = self.unit = None
        return self.consignment

    def open_item(self, seg: Seg, number: str) -> _Scope:
        """Opens an item."""
        if self.consignment is None:
            self.open_consignment(seg)
        assert self.consignment is not None  # noqa: S101
        item = self.item = _Scope(seg)
        self.consignment.items.append(item)
        position = len(self.consignment.items)
        self.reading.item = None
        stated = self.reading.count(number, "item number", seg.tag, seg.offset)
        item.number = stated if stated is not None else position
        self.reading.item = item.number
        self.party = self.unit = None
        return item

    def cni(self, seg: Seg) -> None:
        """CNI: a consignment of a cargo report."""
        self.reading.item = None
        made = self.open_consignment(seg)
        number = seg.get(2).strip()
        if number:
            made.values["document"] = number

    def gid(self, seg: Seg) -> None:
        """GID: an item with its packages."""
        item = self.open_item(seg, seg.get(1).strip())
        for element in (2, 3, 4):
            count = seg.get(element).strip()
            kind = seg.get(element, 1).strip() or seg.get(element, 4).strip()
            if count or kind:
                number = self.reading.number(count, "number of packages", "GID", seg.offset)
                item.packages.append(records.Package(count=number, kind=code_text(kind)))

    def cst(self, seg: Seg) -> None:
        """CST: an item of a declaration, or the codes of an item of a cargo report.

        The code lists of this segment are national. A code that consists of digits is therefore the commodity
        code, unless its code list contains procedures.
        """
        if self.document == "declaration":
            self.open_item(seg, seg.get(1).strip())
        item = self.scope
        for element in seg.el[2:]:
            value = element[0].strip() if element else ""
            code_list = element[1].strip() if len(element) > 1 else ""
            if not value:
                continue
            digits = value.replace(".", "").replace(" ", "")
            if code_list in ("122", "108", "HS") or (
                code_list not in ("117", "112") and digits.isdigit() and len(digits) >= 6
            ):
                if item.values.get("hs") is None:
                    item.put("hs", self.reading.hs(value, "CST", seg.offset))
                else:
                    item.codes.append(value)
            elif code_list in ("117", "112") or (digits.isdigit() and len(digits) == 4):
                item.put("procedure", value)
            else:
                item.codes.append(value)

    def uns(self, seg: Seg) -> None:
        """UNS: the section of the items begins (D) or ends (S)."""
        self.reading.item = None
        self.item = self.party = self.unit = None
        if seg.get(1).strip().upper() == "D" and self.consignment is None:
            return
        if seg.get(1).strip().upper() == "S":
            self.consignment = None

    def ftx(self, seg: Seg) -> None:
        """FTX: a text. AAA is the description of the goods."""
        kind = seg.get(1).strip().upper()
        parts = seg.el[4] if len(seg.el) > 4 else []
        text = self.reading.text(" ".join(p.strip() for p in parts if p), "FTX", seg.offset)
        code = seg.get(3).strip()
        if kind in ("AAA", "AAO", "PRD") and text and self.scope is not self.top:
            self.scope.texts.append(text)
        elif text or code:
            self.scope.notes.append(records.Note(code=joined(kind, code), text=text))

    def imd(self, seg: Seg) -> None:
        """IMD: the description of the goods."""
        text = joined(*(p.strip() for p in (seg.el[3] if len(seg.el) > 3 else [])[3:]))
        if text:
            self.scope.texts.append(self.reading.text(text, "IMD", seg.offset) or text)

    def pia(self, seg: Seg) -> None:
        """PIA: codes of the goods."""
        for element in seg.el[2:]:
            value = element[0].strip() if element else ""
            kind = element[1].strip().upper() if len(element) > 1 else ""
            if value and kind in ("HS", "CC", "SRZ"):
                self.scope.put("hs", self.reading.hs(value, "PIA", seg.offset))
            elif value:
                self.scope.codes.append(value)

    def pci(self, seg: Seg) -> None:
        """PCI: marks of the packages."""
        marks = joined(*(p.strip() for p in (seg.el[2] if len(seg.el) > 2 else [])))
        if marks:
            self.scope.marks.append(self.reading.text(marks, "PCI", seg.offset) or marks)

    def dgs(self, seg: Seg) -> None:
        """DGS: dangerous goods."""
        number = seg.get(3).strip()
        if number:
            self.scope.un_numbers.append(number)
        hazard = seg.get(2).strip()
        if hazard:
            self.scope.notes.append(records.Note(code="DGS", text=hazard))

    def doc(self, seg: Seg) -> None:
        """DOC: a document."""
        code, number = seg.get(1).strip() or seg.get(1, 3).strip(), seg.get(2).strip()
        if code or number:
            self.scope.documents.append(
                records.Document(code=code_text(code), reference=number or None)
            )

    def pac(self, seg: Seg) -> None:
        """PAC: packages. Australia also uses this segment for indicators, which have no number of
        packages."""
        count = seg.get(1).strip()
        kind = seg.get(3).strip() or seg.get(3, 3).strip()
        if self.item is not None and (count or kind):
            number = self.reading.number(count, "number of packages", "PAC", seg.offset)
            self.item.packages.append(records.Package(count=number, kind=code_text(kind)))
        elif count:
            scope = self.consignment or self.top
            number = self.reading.number(count, "number of packages", "PAC", seg.offset)
            scope.put("packages", number)
        elif kind:
            self.scope.notes.append(records.Note(code="PAC", text=kind))

    def tod(self, seg: Seg) -> None:
        """TOD: the terms of delivery."""
        self.scope.put("incoterm", code_text(seg.get(3)))

    def indicator(self, seg: Seg) -> None:
        """GIS and GEI: processing indicators."""
        value = seg.get(2).strip() if seg.tag == "GEI" else seg.get(1).strip()
        if value:
            code = joined(seg.tag, seg.get(1, 1).strip() or None)
            self.scope.notes.append(records.Note(code=code, text=value))

    # --- the message ----------------------------------------------------------------------------

    def message(self) -> records.Message:
        """Returns the message."""
        self.reading.item = None
        top, text = self.top, self.text
        values = top.values
        function = values.get("function")
        action = ACTIONS.get((function or "9").lstrip("0"), "original")
        number = values.get("number")
        lrn, mrn = values.get("lrn") or number, values.get("mrn")
        consignments = tuple(self.made(one) for one in self.consignments)
        self.check_totals(consignments)
        declarant = self.declarant()
        changes = action in ("amendment", "replacement", "cancellation", "addition", "request")
        when: Moment | None = values.get("prepared")
        route = None if self.document == "declaration" else top.made_route()
        return records.Message(
            format=self.format,
            envelope=text.envelope,
            function=function,
            sub_function=values.get("code"),
            document=self.document,
            action=action,
            amends=(values.get("amends") or mrn or lrn) if changes else None,
            type=values.get("name") or values.get("code"),
            direction=self.direction(),
            lrn=lrn,
            mrn=mrn,
            version=values.get("version"),
            declarant=declarant,
            declared=when or values.get("declared"),
            accepted=values.get("accepted"),
            office=values.get("office"),
            exit_office=values.get("exit_office"),
            parties=()
            if self.document == "declaration"
            else tuple(p.record() for p in top.parties),
            route=route,
            equipment=()
            if self.document == "declaration"
            else tuple(unit.record() for unit in top.units),
            consignments=consignments,
            notes=self.top_notes(),
            warnings=(*text.warnings, *self.reading.warnings),
            dropped=tuple(
                records.DroppedText(kind=kind, count=n) for kind, n in sorted(self.dropped.items())
            ),
            offset=text.unh.offset,
            body=text.body,
        )

    def top_notes(self) -> tuple[records.Note, ...]:
        """Returns the statements and references of the header. In a declaration, these statements and
        references belong to the consignment."""
        if self.document == "declaration":
            return ()
        references = (
            records.Note(code=joined("RFF", one.code), text=one.reference)
            for one in self.top.documents
        )
        return (*self.top.notes, *references)

    def declarant(self) -> str | None:
        """Returns the number or the name of the declarant or, if there is no declarant, of the sender of the
        message.
        """
        for role in ("declarant", "representative", "sender"):
            for party in self.top.parties:
                if party.role == role:
                    return party.identifiers[0].value if party.identifiers else party.name
        return self.text.envelope.sender

    def direction(self) -> str | None:
        """Returns the direction of the goods (import, export or transit), which is derived from the type of
        the document. A cargo report without such a type is an import if it states an arrival or a place of
        unloading."""
        code, name = self.top.values.get("code") or "", self.top.values.get("name") or ""
        if code in _EXPORT or name.startswith("EX"):
            return "export"
        if code in _IMPORT or name.startswith("IM"):
            return "import"
        if name.startswith("T") and name[1:2] in "12":
            return "transit"
        if self.document == "manifest":
            route = self.top.route
            if route.get("arrival") is not None or route.get("discharge") is not None:
                return "import"
        return None

    def check_totals(self, consignments: tuple[records.Consignment, ...]) -> None:
        """Warns if a total in CNT differs from the records."""
        for scope in (self.top, *self.consignments):
            seg = scope.values.get("cnt")
            if seg is None:
                continue
            if scope is self.top:
                items = sum(len(one.items) for one in consignments)
                self.reading.stated(
                    scope.values.get("cnt_10"), len(consignments), "records", "CNT", seg.offset
                )
            else:
                items = len(scope.items)
            if self.document == "declaration":
                self.reading.stated(scope.values.get("cnt_5"), items, "items", "CNT", seg.offset)

    def made(self, scope: _Scope) -> records.Consignment:
        """Returns a consignment as a record."""
        values, seg, top = scope.values, scope.seg, self.top
        items = tuple(self.made_item(one) for one in scope.items)
        numbers = unique([n for one in scope.items for n in one.containers] + scope.containers)
        known = {unit.number: unit for unit in (*top.units, *scope.units)}
        units = [known[n].record() if n in known else records.Container(number=n) for n in numbers]
        units += [unit.record() for unit in scope.units if unit.number not in numbers]
        parties = [party.record() for party in scope.parties]
        documents = [*scope.documents]
        notes = [*scope.notes]
        route = scope.made_route()
        if self.document == "declaration":
            parties = [party.record() for party in top.parties] + parties
            documents = [*top.documents, *documents]
            notes = [*top.notes, *notes]
            route = top.made_route()
            units = [unit.record() for unit in top.units if unit.number not in numbers] + units
            values = {**{k: v for k, v in top.values.items() if k in _SHARED}, **values}
        reference = values.get("reference") or values.get("document")
        return records.Consignment(
            reference=reference or top.values.get("lrn") or top.values.get("number"),
            direction=self.direction(),
            ucr=values.get("ucr"),
            master=values.get("master"),
            house=values.get("house"),
            parties=tuple(parties),
            items=items,
            equipment=tuple(units),
            seals=unique(values.get("seals", [])),
            documents=tuple(documents),
            notes=tuple(notes),
            route=route,
            description=" ".join(scope.texts) or None,
            item_count=values.get("cnt_5"),
            packages=values.get("packages"),
            gross_mass_kg=values.get("gross_mass_kg"),
            net_mass_kg=values.get("net_mass_kg"),
            volume_m3=values.get("volume_m3"),
            value=values.get("value"),
            currency=values.get("currency") or values.get("currency_stated"),
            dispatch=values.get("dispatch"),
            destination=values.get("destination"),
            incoterm=values.get("incoterm"),
            location=values.get("location"),
            hs_codes=unique([values.get("hs")]),
            un_numbers=unique(scope.un_numbers),
            segment=seg.tag if seg else None,
            offset=seg.offset if seg else None,
        )

    def made_item(self, scope: _Scope) -> records.Item:
        """Returns an item as a record."""
        values, seg = scope.values, scope.seg
        value: Decimal | None = values.get("value")
        currency = values.get("currency")
        if value is None:
            value = values.get("statistical_value")
            currency = currency or values.get("statistical_currency")
        self.reading.item = scope.number
        self.reading.masses(
            values.get("net_mass_kg"),
            values.get("gross_mass_kg"),
            seg.tag if seg else "GID",
            seg.offset if seg else None,
        )
        self.reading.item = None
        return records.Item(
            number=scope.number,
            hs=values.get("hs"),
            additional_codes=unique(scope.codes),
            description=" ".join(scope.texts) or None,
            net_mass_kg=values.get("net_mass_kg"),
            gross_mass_kg=values.get("gross_mass_kg"),
            quantity=values.get("quantity"),
            unit=values.get("unit"),
            value=value,
            currency=currency
            or values.get("currency_stated")
            or (self.currency if value is not None else None),
            statistical_value=values.get("statistical_value"),
            statistical_currency=values.get("statistical_currency"),
            origin=values.get("origin"),
            destination=values.get("destination"),
            dispatch=values.get("dispatch"),
            procedure=values.get("procedure"),
            documents=tuple(scope.documents),
            packages=tuple(scope.packages),
            marks=" ".join(scope.marks) or None,
            un_numbers=unique(scope.un_numbers),
            ucr=values.get("ucr"),
            parties=tuple(party.record() for party in scope.parties),
            containers=unique(scope.containers),
            notes=tuple(scope.notes),
            segment=seg.tag if seg else None,
            offset=seg.offset if seg else None,
        )


#: Values of the header of a declaration that belong to its only consignment.
_SHARED = {
    "ucr", "packages", "gross_mass_kg", "net_mass_kg", "volume_m3", "value", "currency",
    "currency_stated", "dispatch", "destination", "incoterm", "location", "cnt_5", "seals",
    "master", "house",
}  # fmt: skip


class _Cuscar(_Reader):
    """A cargo report, with one consignment for each CNI, or for each transport document within a CNI."""

    document = "manifest"
    format = "CUSCAR"

    def rff(self, seg: Seg) -> None:
        """A second transport document after the items of the first one begins another consignment."""
        kind = seg.get(1).strip().upper()
        open_ = self.consignment
        if open_ is not None and kind in _TRANSPORT and open_.items:
            document = open_.values.get("document")
            made = self.open_consignment(seg)
            if document:
                made.values["document"] = document
        super().rff(seg)


class _Cusdec(_Reader):
    """A declaration with one consignment. The items of the declaration begin with CST."""

    document = "declaration"
    format = "CUSDEC"

    def uns(self, seg: Seg) -> None:
        """The values after the items belong to the declaration."""
        self.reading.item = None
        self.item = self.party = self.unit = None
        self.consignment = None

    def open_consignment(self, seg: Seg) -> _Scope:
        """Returns the only consignment of the declaration, and creates it if it does not exist yet."""
        if self.consignments:
            self.consignment = self.consignments[0]
            self.party = self.unit = None
            return self.consignment
        return super().open_consignment(seg)


class _Cusrep(_Reader):
    """A report of a means of transport, without consignments."""

    document = "report"
    format = "CUSREP"


def read_cuscar(text: MessageText) -> records.Message:
    """Reads a cargo report."""
    return _Cuscar(text).read()


def read_cusdec(text: MessageText) -> records.Message:
    """Reads a declaration."""
    return _Cusdec(text).read()


def read_cusrep(text: MessageText) -> records.Message:
    """Reads a report of a means of transport."""
    return _Cusrep(text).read()
