"""Reads IATA Cargo-IMP, the text messages of air cargo: air waybills (FWB), house waybills (FHL), and
manifests of an aircraft (FFM).

A line begins with a three-letter identifier, or with a slash if it continues the previous line. Fields are
separated by slashes. The handbook is not public. The reader follows examples in public documentation. The
reader accepts the parties of older versions (`SHP` and its lines) and of newer versions (`NAM`, `ADR`,
`LOC`).
"""

from __future__ import annotations

import datetime as dt
import re
from dataclasses import dataclass, field
from decimal import Decimal

from vedette.core.parties import Address
from vedette.formats.dates import MONTHS
from vedette.formats.edifact import Unreadable
from vedette.goods import records
from vedette.goods.formats.values import Reading, code_text, decimal, joined, unique

NAME = "CARGO-IMP"
MAX_BYTES = 8 * 1024 * 1024
MAX_LINES = 200_000
_START = re.compile(rb"(?:^|[\r\n])[ \t]*(?:FWB|FHL|FFM)/\d{1,2}[ \t]*(?:[\r\n]|\Z)")
_TITLE = re.compile(r"(FWB|FHL|FFM)/(\d{1,2})")
_WAYBILL = re.compile(r"(\d{3})-?(\d{8})(?:([A-Z]{3})([A-Z]{3}))?")
#: Pieces and weight: the kind of the shipment, the pieces, the unit and the weight, then volume and density.
_QUANTITY = re.compile(
    r"([TPSDM]?)(\d{1,5})(?:([KL])([\d.]{1,10}))?(?:(MC|CF|CC|CI)([\d.]{1,12}))?(?:DG\d{1,2})?(?:T(\d{1,5}))?"
)
_ID = re.compile(r"[A-Z]{3}")
_FLIGHT = re.compile(r"([A-Z0-9]{2})(\d{1,4}[A-Z]?)")
_DAY = re.compile(r"(\d{1,2})([A-Z]{3})?(\d{2})?(\d{4})?")
_RATE = re.compile(r"P(\d{1,5})")
_WEIGHT = re.compile(r"([KL])([\d.]{1,10})")
_VOLUME_M3 = {"MC": 1.0, "CF": 0.028316846592, "CC": 1e-6, "CI": 0.000016387064}
_PARTIES = {"SHP": "consignor", "CNE": "consignee", "AGT": "representative", "NFY": "notify"}
_HANDLING = re.compile(r"[A-Z]{3}")
#: Identifiers whose lines are only about charges and accounting.
_CHARGES = frozenset({"PPD", "COL", "OTH", "CER", "COI", "SRI", "ARD", "INF", "DIM", "CDC", "RFD"})


def sniff(head: bytes, data: bytes) -> bool:
    """Whether a file has this format."""
    return _START.search(head) is not None


@dataclass(slots=True)
class _Line:
    """A line with its identifier, its fields, and its byte offset. A continuation has the identifier of the
    previous line, and `more` is true."""

    id: str
    fields: list[str]
    offset: int
    more: bool = False


@dataclass
class _Party:
    """A party whose lines are being read."""

    role: str
    account: str | None = None
    lines: list[list[str]] = field(default_factory=list)
    name: str | None = None
    street: str | None = None
    place: list[str] = field(default_factory=list)


@dataclass
class _Item:
    """An item whose lines are being read."""

    offset: int
    segment: str
    pieces: Decimal | None = None
    gross: float | None = None
    texts: list[str] = field(default_factory=list)
    codes: list[str] = field(default_factory=list)
    origin: str | None = None
    notes: list[records.Note] = field(default_factory=list)


@dataclass
class _Waybill:
    """A waybill whose lines are being read."""

    offset: int
    master: str | None = None
    house: str | None = None
    origin: str | None = None
    destination: str | None = None
    pieces: Decimal | None = None
    gross: float | None = None
    volume: float | None = None
    description: str | None = None
    parties: list[_Party] = field(default_factory=list)
    items: list[_Item] = field(default_factory=list)
    texts: list[str] = field(default_factory=list)
    codes: list[str] = field(default_factory=list)
    notes: list[records.Note] = field(default_factory=list)
    handling: list[str] = field(default_factory=list)
    flights: list[tuple[str, str]] = field(default_factory=list)
    value: Decimal | None = None
    currency: str | None = None
    unit: str | None = None
    discharge: str | None = None
    issued: records.Moment | None = None


def read(data: bytes) -> list[records.Message]:
    """Reads all messages of a file."""
    if len(data) > MAX_BYTES:
        raise Unreadable(f"{len(data)} bytes, the limit is {MAX_BYTES}; send it in parts")
    if data.count(b"\n") + data.count(b"\r") > 2 * MAX_LINES:
        raise Unreadable(f"more than {MAX_LINES} lines; send it in parts")
    groups: list[list[_Line]] = []
    previous = ""
    offset = 0
    for raw in data.splitlines(keepends=True):
        text = raw.decode("utf-8", "replace").strip(" \t\r\n\x00\x02\x03\ufeff").upper()
        at, offset = offset, offset + len(raw)
        title = _TITLE.fullmatch(text)
        if title is not None:
            groups.append([_Line(title[1], [title[2]], at)])
            previous = title[1]
        elif groups and text:
            fields = [part.strip() for part in text.split("/")]
            if text.startswith("/"):
                groups[-1].append(_Line(previous, fields[1:], at, more=True))
            elif _ID.fullmatch(fields[0]):
                previous = fields[0]
                groups[-1].append(_Line(previous, fields[1:], at))
            else:
                previous = ""
                groups[-1].append(_Line("", fields, at))
    if not groups:
        raise Unreadable("no Cargo-IMP message (FWB, FHL or FFM); send it as received")
    ends = [group[0].offset for group in groups[1:]]
    return [
        _Message(group).message(b" ".join(data[group[0].offset : end].split()))
        for group, end in zip(groups, [*ends, None], strict=True)
    ]


class _Message:
    """Reads one message."""

    def __init__(self, lines: list[_Line]) -> None:
        self.title, self.lines = lines[0], lines[1:]
        self.reading = Reading()
        self.bills: list[_Waybill] = []
        self.party: _Party | None = None
        self.master: _Waybill | None = None
        self.route: dict[str, object] = {}
        self.units: list[records.Container] = []
        self.unit: str | None = None
        self.airport: str | None = None
        self.last = True
        self.sequence: int | None = 1

    @property
    def bill(self) -> _Waybill | None:
        """The waybill whose lines are being read."""
        return self.bills[-1] if self.bills else None

    def message(self, content: bytes) -> records.Message:
        """Reads all lines and returns the message."""
        readers = {"FWB": self.air_waybill, "FHL": self.house, "FFM": self.manifest}
        read = readers[self.title.id]
        for line in self.lines:
            read(line)
        consignments = tuple(self.made(bill) for bill in self.bills)
        if not consignments:
            text = "the message has no waybill that can be read"
            self.reading.warn("segment_unreadable", text, self.title.id, self.title.offset)
        first = self.bills[0] if self.bills else None
        kind = "manifest" if self.title.id == "FFM" else "waybill"
        return records.Message(
            format=NAME,
            envelope=records.Envelope(
                release=f"{self.title.id}/{self.title.fields[0]}",
                sequence=self.sequence,
                last=self.last,
            ),
            document=kind,
            # A message states some of the house waybills of a master, and another message states others.
            action="addition" if self.title.id == "FHL" else "original",
            type=self.title.id,
            lrn=first.master if first and kind == "waybill" else None,
            declared=first.issued if first else None,
            route=records.Route(**self.route) if self.route else None,  # type: ignore[arg-type]
            equipment=tuple(self.units),
            consignments=consignments,
            warnings=self.reading.warnings,
            offset=self.title.offset,
            body=content,
        )

    # --- lines ----------------------------------------------------------------------------------

    def quantity(self, bill: _Waybill, text: str, line: _Line) -> bool:
        """Reads pieces, weight and volume into a waybill. Returns whether the text has the form of a
        quantity."""
        found = _QUANTITY.fullmatch(text)
        if found is None:
            return False
        bill.pieces = Decimal(found[2])
        if found[4]:
            unit = "LB" if found[3] == "L" else "KG"
            bill.gross = self.reading.mass(found[4], unit, "weight", line.id or "AWB", line.offset)
        if found[6] and (volume := decimal(found[6])) is not None:
            bill.volume = round(float(volume) * _VOLUME_M3[found[5]], 9)
        if found[7]:
            bill.notes.append(records.Note(code="TOTAL PIECES", text=found[7]))
        return True

    def start(self, line: _Line, number: str) -> _Waybill | None:
        """Begins the waybill whose number is in a line."""
        found = _WAYBILL.match(number)
        if found is None:
            return None
        made = _Waybill(line.offset, master=f"{found[1]}-{found[2]}")
        made.origin, made.destination = found[3], found[4]
        return made

    def air_waybill(self, line: _Line) -> None:
        """Reads a line of an air waybill."""
        if not line.id and (made := self.start(line, line.fields[0])):
            self.bills.append(made)
            self.party = None
            if len(line.fields) > 1 and not self.quantity(made, line.fields[1], line):
                self.unclear(line)
            return
        bill = self.bill
        if bill is None:
            self.unclear(line)
            return
        if line.id == "FLT":
            for at in range(0, len(line.fields) - 1, 2):
                bill.flights.append((line.fields[at], line.fields[at + 1]))
        elif line.id == "RTG":
            bill.notes += [records.Note(code="RTG", text=one) for one in line.fields if one]
        elif line.id == "RTD":
            self.rate(bill, line)
        elif line.id == "ISU":
            bill.issued = self.day(line.fields[0], line) if line.fields else None
            if len(line.fields) > 1 and line.fields[1]:
                bill.notes.append(records.Note(code="ISU", text=line.fields[1]))
        else:
            self.common(bill, line)

    def rate(self, bill: _Waybill, line: _Line) -> None:
        """Reads a line of the rate description. A line with pieces (P) begins a new item. The next lines give
        the description (NG, NC), codes (NH), origin (NO) and other details."""
        fields = line.fields[1:] if line.fields and line.fields[0].isdigit() else line.fields
        pieces = next((m for one in fields if (m := _RATE.fullmatch(one))), None)
        if pieces is not None or not bill.items:
            item = _Item(line.offset, "RTD")
            bill.items.append(item)
            if pieces is not None:
                item.pieces = Decimal(pieces[1])
            for one in fields:
                weight = _WEIGHT.fullmatch(one)
                if weight is not None and item.gross is None:
                    unit = "LB" if weight[1] == "L" else "KG"
                    item.gross = self.reading.mass(weight[2], unit, "weight", "RTD", line.offset)
        item = bill.items[-1]
        if not fields or len(fields[0]) != 2 or not fields[0].startswith("N"):
            return
        code, text = fields[0], joined(*fields[1:])
        if text is None:
            return
        if code in ("NG", "NC"):
            item.texts.append(text)
        elif code == "NH":
            item.codes += [one for one in fields[1:] if one]
        elif code == "NO":
            item.origin = self.reading.country(fields[1], "RTD", line.offset)
        elif code == "NU":
            item.notes.append(records.Note(code="ULD", text=text))
        else:
            item.notes.append(records.Note(code=code, text=text))

    def house(self, line: _Line) -> None:
        """Reads a line of a house waybill message."""
        if line.id == "MBI":
            self.master = self.start(line, line.fields[0]) if line.fields else None
            if self.master is None or (
                len(line.fields) > 1 and not self.quantity(self.master, line.fields[1], line)
            ):
                self.unclear(line)
            return
        if line.id == "HBS":
            self.house_line(line)
        elif self.bill is not None:
            self.common(self.bill, line)
        else:
            self.unclear(line)

    def house_line(self, line: _Line) -> None:
        """Reads HBS: number, origin and destination, pieces, weight, load and count, and nature of goods. The
        continuation lines contain codes of special handling."""
        bill = self.bill
        if line.more:
            if bill is not None:
                bill.handling += [one for one in line.fields if _HANDLING.fullmatch(one)]
            return
        fields = [*line.fields, *[""] * 6][:6]
        made = _Waybill(line.offset, master=self.master.master if self.master else None)
        made.house = fields[0] or None
        made.origin, made.destination = fields[1][:3] or None, fields[1][3:6] or None
        if fields[2]:
            made.pieces = self.reading.number(fields[2], "number of pieces", "HBS", line.offset)
        weight = _WEIGHT.fullmatch(fields[3])
        if weight is not None:
            unit = "LB" if weight[1] == "L" else "KG"
            made.gross = self.reading.mass(weight[2], unit, "weight", "HBS", line.offset)
        elif fields[3]:
            self.reading.warn("number_impossible", "the weight is not a number", "HBS", line.offset)
        if fields[4]:
            made.notes.append(records.Note(code="SLAC", text=fields[4]))
        made.description = joined(*line.fields[5:])
        self.bills.append(made)
        self.party = None

    def manifest(self, line: _Line) -> None:
        """Reads a line of a manifest."""
        if line.id in ("LAST", "CONT") or (not line.id and line.fields[0] in ("LAST", "CONT")):
            self.last = line.fields[-1:] != ["CONT"] and line.id != "CONT"
            return
        if not line.id and not line.more and line.fields[0].isdigit() and not self.route:
            self.aircraft(line)
            return
        if not line.id and not line.more and (made := self.start(line, line.fields[0])):
            made.unit, made.discharge = self.unit, self.airport
            self.bills.append(made)
            if len(line.fields) > 1 and not self.quantity(made, line.fields[1], line):
                self.unclear(line)
            made.description = joined(*line.fields[2:])
            self.party = None
            return
        if line.id == "ULD" and not line.more:
            self.unit = line.fields[0].partition("-")[0] if line.fields else None
            if self.unit:
                self.units.append(records.Container(number=self.unit, size_type=self.unit[:3]))
            return
        if line.id and not line.more and line.id not in _KNOWN and self.port(line):
            return
        bill = self.bill
        if bill is None or bill.unit != self.unit:
            if line.id not in ("COR", "OCI", "OSI", "DIM"):
                self.unclear(line)
            return
        if not line.id and line.more:
            bill.handling += [one for one in line.fields if _HANDLING.fullmatch(one)]
        else:
            self.common(bill, line)

    def aircraft(self, line: _Line) -> None:
        """Reads the first line of a manifest: part, number, date, airport of loading, registration."""
        fields = [*line.fields, *[""] * 5]
        self.sequence = int(fields[0][:4])
        found = _FLIGHT.fullmatch(fields[1])
        self.route["voyage"] = fields[1] or None
        if found is not None:
            self.route["carrier"] = found[1]
        when = self.day(fields[2], line)
        if when is not None:
            self.route["departure"] = when
        self.route["loading"] = fields[3] or None
        self.route["means"] = fields[4] or None
        self.route["mode"] = "4"

    def port(self, line: _Line) -> bool:
        """Reads the airport of unloading, and the time of arrival. The following lines contain the unit load
        devices and waybills for this airport."""
        self.airport, self.unit = line.id, None
        self.route.setdefault("discharge", line.id)
        if line.fields and line.fields[0] != "NIL" and "arrival" not in self.route:
            when = self.day(line.fields[0], line)
            if when is not None:
                self.route["arrival"] = when
        return True

    def common(self, bill: _Waybill, line: _Line) -> None:
        """Reads a line of a kind that all messages may contain."""
        id_, fields = line.id, line.fields
        if id_ in _PARTIES:
            if not line.more:
                self.party = _Party(_PARTIES[id_])
                bill.parties.append(self.party)
                self.party.lines = []
                if id_ == "AGT":
                    self.party.account = joined(*fields)
                    return
            if self.party is not None and any(fields):
                self.party.lines.append(fields)
        elif id_ in ("NAM", "ADR", "LOC") and self.party is not None:
            self.address(self.party, line)
        elif id_ == "TXT":
            bill.texts.append(joined(*fields) or "")
        elif id_ == "HTS":
            bill.codes += [one for one in fields if one]
        elif id_ == "OCI":
            self.customs(bill, line)
        elif id_ == "CVD":
            self.value(bill, line)
        elif id_ in ("SPH", "SHC"):
            bill.handling += [one for one in fields if one]
        elif id_ in _CHARGES:
            return
        elif id_ and any(fields):
            text = joined(*fields)
            bill.notes.append(records.Note(code=id_, text=text))
        elif any(fields):
            self.unclear(line)

    def address(self, party: _Party, line: _Line) -> None:
        """Reads a line NAM, ADR or LOC."""
        text = joined(*line.fields)
        if line.id == "NAM":
            party.name = joined(party.name, text)
        elif line.id == "ADR":
            party.street = joined(party.street, text)
        else:
            party.place += line.fields

    def customs(self, bill: _Waybill, line: _Line) -> None:
        """Reads OCI: country, party, kind and content of customs information."""
        for at in range(0, len(line.fields), 4):
            parts = [*line.fields[at : at + 4], *[""] * 4][:4]
            code = joined(*parts[:3])
            if code or parts[3]:
                bill.notes.append(records.Note(code=code, text=parts[3] or None))

    def value(self, bill: _Waybill, line: _Line) -> None:
        """Reads CVD: the currency, and the value declared for customs, which comes before the value of the
        insurance."""
        amounts = [one for one in line.fields[1:] if one and one not in ("PP", "CC", "PC", "CP")]
        number = decimal(amounts[1]) if len(amounts) > 1 else None
        if number is not None:
            bill.value = number
            bill.currency = self.reading.currency(line.fields[0], "CVD", line.offset)

    def day(self, text: str, line: _Line) -> records.Moment | None:
        """Reads a day in one of the forms `13JUN26`, `14JUN`, `14JUN1530` and `14JUN261530`. If the year is
        missing, the day nearest to today is used."""
        found = re.fullmatch(r"(\d{1,2})([A-Z]{3})(\d\d(?!\d{2}$))?(\d{4})?", text)
        if found is None or found[2] not in MONTHS:
            if text:
                self.reading.warn(
                    "date_impossible", "a date that does not exist", line.id or "FFM", line.offset
                )
            return None
        today = dt.date.today()
        years = [2000 + int(found[3])] if found[3] else [today.year + n for n in (-1, 0, 1)]
        days = []
        for year in years:
            try:
                days.append(dt.date(year, MONTHS[found[2]], int(found[1])))
            except ValueError:
                continue
        if not days:
            self.reading.warn(
                "date_impossible", "a date that does not exist", line.id or "FFM", line.offset
            )
            return None
        best = min(days, key=lambda day: abs((day - today).days))
        if found[4]:
            hour, minute = int(found[4][:2]), int(found[4][2:])
            if hour < 24 and minute < 60:
                return dt.datetime(best.year, best.month, best.day, hour, minute)
        return best

    def unclear(self, line: _Line) -> None:
        """Warns about a line that cannot be read."""
        segment = line.id or None
        self.reading.warn(
            "segment_unreadable", "a line that cannot be read was left out", segment, line.offset
        )

    # --- records --------------------------------------------------------------------------------

    def made_party(self, party: _Party) -> records.Party | None:
        """Returns a party as a record. In the older form, the lines are name, street, place and country."""
        name, street, place = party.name, party.street, list(party.place)
        lines = [list(fields) for fields in party.lines]
        if party.role == "representative" and len(lines) == 2:
            lines.insert(1, [])  # name and place, without a street
        if lines and name is None:
            name = joined(*lines[0][:1])
            rest = lines[0][1:] + [part for fields in lines[1:] for part in fields]
            if street is None and len(lines) > 1:
                street, rest = joined(*lines[1][:1]), lines[1][1:]
                rest += [part for fields in lines[2:] for part in fields]
            place += rest
        phones: list[str] = []
        parts: list[str] = []
        at = 0
        while at < len(place):
            if place[at] in ("TE", "FX", "TL", "EM") and at + 1 < len(place):
                if place[at] == "TE":
                    phones.append(place[at + 1])
                at += 2
                continue
            parts.append(place[at])
            at += 1
        country_at = next(
            (
                n
                for n, part in enumerate(parts)
                if n and len(part) == 2 and self.known(part, parts, n)
            ),
            None,
        )
        country = parts[country_at] if country_at is not None else None
        before = parts[:country_at] if country_at is not None else parts
        after = parts[country_at + 1 :] if country_at is not None else []
        city = before[0] if before else None
        state = joined(*before[1:])
        postcode = next((part for part in after if part), None)
        address = None
        if street or city or country:
            address = Address(
                kind="business",
                street=street,
                city=city or None,
                state=state,
                postcode=postcode,
                country=self.reading.country(country, "SHP") if country else None,
            )
        if not (name or address or party.account):
            return None
        return records.Party(
            role=party.role,
            name=self.reading.text(name, "SHP"),
            country=address.country if address else None,
            address=address,
            identifiers=(records.Identifier(value=party.account),) if party.account else (),
            phones=tuple(phones),
        )

    def known(self, part: str, parts: list[str], at: int) -> bool:
        """Whether a part of the address is the country. The country is the last part that has two letters."""
        return part.isalpha() and not any(
            len(other) == 2 and other.isalpha() for other in parts[at + 1 :]
        )

    def made(self, bill: _Waybill) -> records.Consignment:
        """Returns a waybill as a record."""
        reading = self.reading
        parties = [p for party in bill.parties if (p := self.made_party(party)) is not None]
        notes = []
        for note in bill.notes:
            words = (note.code or "").split()
            at = next(
                (
                    n
                    for n, party in enumerate(parties)
                    if len(words) == 3 and words[-1] == "T" and _PARTIES.get(words[1]) == party.role
                ),
                None,
            )
            if at is None or note.text is None:
                notes.append(note)
                continue
            number = records.Identifier(scheme=note.code, value=note.text)
            parties[at] = _with_number(parties[at], number)
        text = joined(bill.description, *bill.texts)
        items = [self.made_item(one, n, bill) for n, one in enumerate(bill.items, 1)]
        codes = [reading.hs(code, "HTS", bill.offset) for code in bill.codes]
        if not items and (text or bill.gross is not None or codes):
            packages = (records.Package(pieces=bill.pieces),) if bill.pieces is not None else ()
            items = [
                records.Item(
                    number=1,
                    hs=codes[0] if codes else None,
                    additional_codes=unique(codes[1:]),
                    description=reading.text(text, "TXT", bill.offset),
                    gross_mass_kg=bill.gross,
                    value=bill.value,
                    currency=bill.currency,
                    packages=packages,
                    segment="HBS" if bill.house else "AWB",
                    offset=bill.offset,
                )
            ]
        route: dict[str, object] = {"mode": "4"}
        route |= {
            "origin": bill.origin,
            "destination": bill.destination,
            "discharge": bill.discharge,
        }
        if bill.flights:
            route["voyage"] = bill.flights[0][0]
            found = _FLIGHT.fullmatch(bill.flights[0][0])
            route["carrier"] = found[1] if found else None
            notes += [
                records.Note(code="FLT", text=joined(number, day)) for number, day in bill.flights
            ]
        return records.Consignment(
            reference=bill.house or bill.master,
            master=bill.master,
            house=bill.house,
            parties=tuple(parties),
            items=tuple(items),
            equipment=(records.Container(number=bill.unit),) if bill.unit else (),
            notes=tuple(notes),
            route=records.Route(**{k: v for k, v in route.items() if v}),  # type: ignore[arg-type]
            description=reading.text(bill.description, "HBS", bill.offset),
            packages=bill.pieces,
            gross_mass_kg=bill.gross,
            volume_m3=bill.volume,
            value=bill.value,
            currency=bill.currency,
            handling=unique(bill.handling),
            hs_codes=unique(codes),
            segment="HBS" if bill.house else "AWB",
            offset=bill.offset,
        )

    def made_item(self, item: _Item, position: int, bill: _Waybill) -> records.Item:
        """Returns an item as a record."""
        reading = self.reading
        reading.item = position
        codes = [reading.hs(code, "RTD", item.offset) for code in item.codes]
        made = records.Item(
            number=position,
            hs=codes[0] if codes else None,
            additional_codes=unique(codes[1:]),
            description=reading.text(joined(*item.texts, *bill.texts), "RTD", item.offset),
            gross_mass_kg=item.gross,
            value=bill.value if len(bill.items) == 1 else None,
            currency=code_text(bill.currency) if len(bill.items) == 1 else None,
            origin=item.origin,
            packages=(records.Package(pieces=item.pieces),) if item.pieces is not None else (),
            notes=tuple(item.notes),
            segment=item.segment,
            offset=item.offset,
        )
        reading.item = None
        return made


#: Identifiers of lines in a manifest; any other identifier is the airport of unloading.
_KNOWN = frozenset({"ULD", "DIM", "OSI", "COR", "OCI", "SCI", "NAM", "SHP", "CNE"}) | _CHARGES


def _with_number(party: records.Party, number: records.Identifier) -> records.Party:
    """Returns the party with an additional identifier."""
    return records.Party(
        role=party.role,
        name=party.name,
        country=party.country,
        address=party.address,
        identifiers=(*party.identifiers, number),
        phones=party.phones,
        emails=party.emails,
        contact=party.contact,
    )
