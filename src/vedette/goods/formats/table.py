"""Reads tables of goods (CSV and Excel) with a mapping of their columns: postal items (ITMATT, CN 23),
low-value declarations (H7), and tables that senders make themselves.

A row is an item. Rows with the same reference are one consignment. Each declaration becomes a separate
message, so that it keeps its identity. A manifest becomes one message with all its consignments.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from decimal import Decimal

from vedette.core.parties import Address
from vedette.formats.edifact import Unreadable
from vedette.formats.tables import Table, head, is_workbook, read_csv, read_workbook
from vedette.goods import records
from vedette.goods.formats import mapping
from vedette.goods.formats.mapping import Columns
from vedette.goods.formats.values import Reading, code_text, time_only

NAME = "TABLE"
#: Headings are searched in this number of rows.
_TITLES = 20
_PARTIES = ("consignor", "consignee", "declarant", "carrier", "notify")
_WITH_UNIT = re.compile(r"([+-]?[\d.,\s]+)([A-Za-z]{1,10})\.?")
_TOTAL = re.compile(r"(?i)\s*(?:sub-?|grand )?total(?:s|es)?\s*(?::\s*)?")
#: Numbers of a merged cell belong to all its rows together and are kept on the first row only.
_NUMBERS = frozenset({"net_mass", "gross_mass", "quantity", "value", "packages", "number"})
_MOST_MESSAGES = 1_000_000
_SPLIT = re.compile(r"[;|\n]")


def sniffer(name: str) -> Callable[[bytes, bytes], bool]:
    """Returns the function that recognises a table of a format (TABLE, ITMATT or H7)."""

    def sniff(first: bytes, data: bytes) -> bool:
        if first.lstrip(b"\xef\xbb\xbf \t\r\n").startswith((b"<", b"{", b"[")):
            return False
        return any(
            found is not None and found.name == name
            for row in head(data)
            if len(row) >= mapping.FEWEST
            for found in (mapping.recognise(row),)
        )

    return sniff


def sniff_workbook(first: bytes, data: bytes) -> bool:
    """Whether a file is a workbook."""
    return is_workbook(first) or (first.startswith(b"PK\x03\x04") and b"xl/workbook.xml" in data)


def read(data: bytes) -> list[records.Message]:
    """Reads a CSV table with the mapping that matches its headings."""
    return _read([read_csv(data)], None)


def read_excel(data: bytes) -> list[records.Message]:
    """Reads a workbook with the mapping that matches the headings of its sheets."""
    return _read(read_workbook(data), None)


def read_mapped(data: bytes, text: str) -> list[records.Message]:
    """Reads a CSV table or a workbook with a mapping file."""
    return _read(_tables(data), mapping.parse(text))


def propose(data: bytes) -> str:
    """Proposes a mapping file for a table, from its headings."""
    for table in _tables(data):
        found = _headings(table, None)
        if found is not None:
            return found[1].toml()
    raise Unreadable("no row of headings was found; name the headings in a mapping file")


def _tables(data: bytes) -> list[Table]:
    return read_workbook(data) if data.startswith(b"PK\x03\x04") else [read_csv(data)]


def _headings(table: Table, given: Columns | None) -> tuple[int, Columns] | None:
    """Returns the position of the row of headings, and the mapping. If a mapping is given, this is the row
    with the most headings of the mapping."""
    best: tuple[int, int, Columns] | None = None
    for at, (_, row) in enumerate(table.rows[:_TITLES]):
        if given is not None:
            keys = {mapping.key(cell) for cell in row}
            present = sum(
                any(mapping.key(one) in keys for one in stated) for stated in given.columns.values()
            )
            found = given if present else None
        else:
            found = mapping.recognise(row)
            present = len(found.columns) if found is not None else 0
        if found is not None and (best is None or present > best[0]):
            best = (present, at, found)
    return (best[1], best[2]) if best is not None else None


@dataclass
class _Group:
    """The rows of one consignment: its items, and the first text of each other field."""

    reference: str | None
    row: int
    stated: dict[str, str] = field(default_factory=dict)
    items: list[records.Item] = field(default_factory=list)
    reading: Reading = field(default_factory=Reading)
    digest: list[str] = field(default_factory=list)


def _read(tables: list[Table], given: Columns | None) -> list[records.Message]:
    messages: list[records.Message] = []
    for table in tables:
        found = _headings(table, given)
        if found is None:
            continue
        at, columns = found
        messages += _Sheet(table, at, columns).messages()
    if not messages:
        raise Unreadable(
            "no table of goods: no row of headings with a description or a commodity code, and rows below it;"
            " name the headings in a mapping file"
        )
    return messages


class _Sheet:
    """Reads one table."""

    def __init__(self, table: Table, at: int, columns: Columns) -> None:
        self.table, self.at, self.columns = table, at, columns
        headings = table.rows[at][1]
        places: dict[str, int] = {}
        for place, heading in enumerate(headings):
            places.setdefault(mapping.key(heading), place)
        self.headings = headings
        self.places: dict[str, tuple[int, ...]] = {}
        for name, stated in columns.columns.items():
            found = tuple(places[mapping.key(h)] for h in stated if mapping.key(h) in places)
            if found:
                self.places[name] = found
        self.missing = [
            stated[0] for name, stated in columns.columns.items() if name not in self.places
        ]
        self.merged_numbers = 0

    def messages(self) -> Iterator[records.Message]:
        """Yields the messages of the table: one for each declaration, or one for a manifest."""
        groups = self.groups()
        common = Reading()
        for number, problem in self.table.problems:
            common.warn("row_unreadable", f"row {number}: {problem}", None)
        for heading in self.missing[:20]:
            common.warn("column_missing", f"the table has no column {heading[:60]!r}", None)
        if not groups:
            return
        if self.columns.document in ("declaration", "entry_summary"):
            for n, group in enumerate(groups):
                warnings = (*(common.warnings if n == 0 else ()), *group.reading.warnings)
                yield self.message([group], warnings)
        else:
            every = list(common.warnings)
            for group in groups:
                every += group.reading.warnings
            yield self.message(groups, tuple(every))

    def message(
        self, groups: list[_Group], warnings: tuple[records.Warning, ...]
    ) -> records.Message:
        """Returns a message with these consignments."""
        first = groups[0]
        reading = Reading()
        consignments = tuple(self.consignment(group, reading) for group in groups)
        declared = reading.moment(first.stated.get("date"), "date", order=self.columns.dates)
        parties = consignments[0].parties
        declarant = next((p for p in parties if p.role == "declarant"), None)
        text = "\x1e".join("\x1f".join(group.digest) for group in groups)
        body = text.encode("utf-8", "replace")
        lrn = first.stated.get("lrn") or first.reference
        return records.Message(
            format=self.columns.name,
            envelope=records.Envelope(
                prepared=time_only(declared), message_ref=lrn, sequence=1, last=True
            ),
            document=self.columns.document,
            type=self.columns.name,
            direction=consignments[0].direction,
            lrn=lrn or f"row-{hashlib.sha256(body).hexdigest()[:16]}",
            mrn=first.stated.get("mrn"),
            declarant=(declarant.identifiers[0].value if declarant.identifiers else declarant.name)
            if declarant
            else None,
            declared=declared,
            consignments=consignments,
            warnings=(*warnings, *reading.warnings),
            body=body,
        )

    def groups(self) -> list[_Group]:
        """Reads all rows below the headings and assigns them to their consignments."""
        made: dict[str, _Group] = {}
        alone: list[_Group] = []
        order: list[_Group] = []
        for number, row in self.table.rows[self.at + 1 :]:
            stated = self.stated(number, row)
            if not stated or self.total(row, stated):
                continue
            reference = stated.get("reference") or stated.get("lrn")
            group = made.get(reference) if reference else None
            if group is None:
                if len(order) >= _MOST_MESSAGES:
                    raise Unreadable(f"more than {_MOST_MESSAGES} declarations; send it in parts")
                group = _Group(reference, number)
                order.append(group)
                if reference:
                    made[reference] = group
                else:
                    alone.append(group)
            for name, text in stated.items():
                group.stated.setdefault(name, text)
            group.digest += row
            group.items.append(self.item(number, stated, group, len(row)))
        return order

    def total(self, row: list[str], stated: dict[str, str]) -> bool:
        """Whether a row is the line of totals below the table."""
        if stated.get("hs") or stated.get("reference"):
            return False
        return any(_TOTAL.fullmatch(cell) for cell in row)

    def stated(self, number: int, row: list[str]) -> dict[str, str]:
        """Returns the text of each field of a row."""
        found: dict[str, str] = {}
        merged, width = self.table.merged, len(row)
        for name, places in self.places.items():
            for place in places:
                if place < width and row[place]:
                    if merged and name in _NUMBERS and (number, place) in merged:
                        break
                    found[name] = row[place]
                    break
        if found:
            for name, text in self.columns.values.items():
                found.setdefault(name, text)
        return found

    def item(self, number: int, stated: dict[str, str], group: _Group, width: int) -> records.Item:
        """Reads one row."""
        reading = group.reading
        position = len(group.items) + 1
        line = reading.count(stated.get("number"), "item number", "number")
        reading.place = f"row {number}, item {line if line is not None else position}"
        if width > len(self.headings):
            reading.warn("row_width", "the row has more cells than the table has headings", None)
        if self.table.merged:
            merged = [
                name
                for name in _NUMBERS & self.places.keys()
                if (number, self.places[name][0]) in self.table.merged
            ]
            if merged:
                text = f"{', '.join(sorted(merged))}: a merged cell; its number is kept on its first row only"
                reading.warn("cells_merged", text, None)
        value, currency = self.amount(stated, reading)
        mass_unit = stated.get("mass_unit")
        net = self.mass(stated.get("net_mass"), mass_unit, "net mass", reading)
        gross = self.mass(stated.get("gross_mass"), mass_unit, "gross mass", reading)
        reading.masses(net, gross, "net_mass")
        quantity, unit = self.quantity(stated, reading)
        count = reading.number(stated.get("packages"), "number of packages", "packages")
        package = records.Package(
            count=count,
            kind=code_text(stated.get("package_kind")),
            marks=reading.text(stated.get("marks"), "marks"),
        )
        made = records.Item(
            number=line if line is not None else position,
            hs=reading.hs(stated.get("hs"), "hs"),
            description=reading.text(stated.get("description"), "description"),
            net_mass_kg=net,
            gross_mass_kg=gross,
            quantity=quantity,
            unit=unit,
            value=value,
            currency=currency,
            origin=reading.country(stated.get("origin"), "origin", what="country of origin"),
            destination=reading.country(stated.get("destination"), "destination"),
            dispatch=reading.country(stated.get("dispatch"), "dispatch"),
            procedure=code_text(stated.get("procedure")),
            additional_procedures=_several(stated.get("additional_procedure")),
            documents=tuple(
                records.Document(code=code_text(code), reference=reference or None)
                for code, _, reference in (
                    one.partition(":") for one in _several(stated.get("documents"))
                )
            ),
            packages=(package,) if package != records.Package() else (),
            un_numbers=_several(stated.get("un_number")),
            cas=_several(stated.get("cas")),
            containers=_several(stated.get("containers")),
            notes=(records.Note(code="CATEGORY", text=stated["category"]),)
            if stated.get("category")
            else (),
            segment=f"row {number}",
        )
        reading.place = None
        return made

    def amount(self, stated: dict[str, str], reading: Reading) -> tuple[Decimal | None, str | None]:
        """Returns the value and its currency. The value and its currency may be in the same cell."""
        text, currency = stated.get("value"), stated.get("currency")
        if text and (found := _WITH_UNIT.fullmatch(text)) and len(found[2]) == 3:
            text, currency = found[1], currency or found[2]
        return reading.number(text, "value", "value"), reading.currency(currency, "currency")

    def mass(self, text: str | None, unit: str | None, what: str, reading: Reading) -> float | None:
        """Returns a mass. The unit of a mass or quantity is in the same cell or in another cell."""
        if text and (found := _WITH_UNIT.fullmatch(text)):
            text, unit = found[1], found[2]
        return reading.mass(text, unit, what, what.replace(" ", "_"))

    def quantity(
        self, stated: dict[str, str], reading: Reading
    ) -> tuple[Decimal | None, str | None]:
        """Returns the quantity and its unit. The quantity and its unit may be in the same cell."""
        text, unit = stated.get("quantity"), stated.get("unit")
        if text and (found := _WITH_UNIT.fullmatch(text)):
            text, unit = found[1], unit or found[2]
        return reading.number(text, "quantity", "quantity"), code_text(unit)

    def consignment(self, group: _Group, reading: Reading) -> records.Consignment:
        """Returns the consignment of a group of rows."""
        stated = group.stated
        parties = [self.party(role, stated, reading) for role in _PARTIES]
        route = records.Route(
            mode=stated.get("mode"),
            means=stated.get("means"),
            voyage=stated.get("voyage"),
            loading=stated.get("loading"),
            discharge=stated.get("discharge"),
            arrival=reading.moment(stated.get("arrival"), "arrival", order=self.columns.dates),
        )
        containers = tuple(dict.fromkeys(c for item in group.items for c in item.containers))
        direction = (stated.get("direction") or "").strip().lower()
        direction = {"i": "import", "e": "export", "t": "transit"}.get(direction, direction)
        items = group.items
        return records.Consignment(
            reference=group.reference,
            direction=direction
            if direction in ("import", "export", "transit")
            else self.columns.direction,
            ucr=stated.get("ucr"),
            master=stated.get("master"),
            parties=tuple(party for party in parties if party is not None),
            items=tuple(items),
            equipment=tuple(records.Container(number=number) for number in containers),
            route=route if route != records.Route() else None,
            destination=items[0].destination,
            dispatch=items[0].dispatch,
            segment=f"row {group.row}",
        )

    def party(self, role: str, stated: dict[str, str], reading: Reading) -> records.Party | None:
        """Returns a party of a group of rows."""
        name, number = stated.get(f"{role}_name"), stated.get(f"{role}_id")
        country = reading.country(stated.get(f"{role}_country"), f"{role}_country")
        street, city, state, postcode = (
            stated.get(f"{role}_{part}") for part in ("street", "city", "state", "postcode")
        )
        phone, email = stated.get(f"{role}_phone"), stated.get(f"{role}_email")
        if not (name or number or country or street or city):
            return None
        address = None
        if street or city or postcode or country:
            address = Address(
                kind="business",
                street=street,
                city=city,
                state=state,
                postcode=postcode,
                country=country,
            )
        return records.Party(
            role=role,
            name=reading.text(name, f"{role}_name"),
            country=country,
            address=address,
            identifiers=(records.Identifier(value=number),) if number else (),
            phones=(phone,) if phone else (),
            emails=(email,) if email else (),
        )


def _several(text: str | None) -> tuple[str, ...]:
    """Returns the texts of a cell, which are separated by semicolons, vertical bars or line breaks."""
    if not text:
        return ()
    return tuple(dict.fromkeys(one.strip() for one in _SPLIT.split(text) if one.strip()))
