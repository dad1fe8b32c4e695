"""Reads the messages of the European Import Control System (ICS) in XML: entry summary declarations (IE315,
root `CC315A`), their amendments (IE313), diversions (IE323), arrival notices (IE347), and the answers of
customs (IE304, IE305, IE316, IE328, IE351).

Names of elements consist of an abbreviation, a group and a number (`NamCO17`). Parties are recognised by the
abbreviation, so that the parties of all groups are read in the same way.
"""

from __future__ import annotations

import datetime as dt
import re

from vedette.core.parties import Address
from vedette.formats.dates import stamp
from vedette.formats.edifact import Unreadable
from vedette.formats.xml import Node, body, parse, root_tag
from vedette.goods import records
from vedette.goods.formats.values import Reading, code_text, unique

NAME = "ICS-ENS"
_ROOT = re.compile(r"CC3\d\d[A-Z]")
_IN_HEAD = re.compile(rb"<(?:[\w.-]+:)?CC3\d\d[A-Z][\s>]")
_ROLES = {
    "TRACONCO1": "consignor", "TRACONCE1": "consignee", "NOTPAR670": "notify",
    "TRAREP": "representative", "PERLODSUMDEC": "declarant", "TRACARENT601": "carrier",
    "TRACONCO2": "consignor", "TRACONCE2": "consignee", "PRTNOT640": "notify",
    "TRAREQDIV456": "sender", "TRADESTRD": "consignee",
}  # fmt: skip
#: Number of the message → (kind of document, action, outcome).
_MEANING: dict[str, tuple[str, str, str | None]] = {
    "315": ("entry_summary", "original", None),
    "313": ("entry_summary", "amendment", None),
    "323": ("report", "request", None),
    "347": ("report", "original", None),
    "304": ("answer", "answer", "amended"),
    "305": ("answer", "answer", "amendment_rejected"),
    "316": ("answer", "answer", "rejected"),
    "324": ("answer", "answer", "diversion_rejected"),
    "325": ("answer", "answer", "diverted"),
    "328": ("answer", "answer", "accepted"),
    "351": ("answer", "answer", "intervention"),
}
#: Times of the header, in the order in which they are taken as the time of the declaration.
_TIMES = (
    "DecDatTimHEA114", "DatTimAmeHEA113", "DecSubDatTimHEA118", "AmeAccDatTimHEA111",
    "AmeRejDatTimHEA112", "DecRejDatTimHEA116", "NotDatTimHEA104", "DecRegDatTimHEA115",
)  # fmt: skip
_ACCEPTED = ("DecRegDatTimHEA115", "AmeAccDatTimHEA111")
#: Values of the header that are kept as notes.
_NOTES = (
    "SpeCirIndHEA1", "TraChaMetOfPayHEA1", "DecPlaHEA394", "AmePlaHEA598", "AmeRejMotCodHEA604",
    "PriMES15", "TesIndMES18",
)  # fmt: skip


def sniff(head: bytes, data: bytes) -> bool:
    """Whether a file has this format."""
    root = root_tag(head)
    return bool(root) and (
        _ROOT.fullmatch(root) is not None
        or b"ics.dgtaxud.ec" in head
        or _IN_HEAD.search(head) is not None
    )


def read(data: bytes) -> list[records.Message]:
    """Reads all messages of a file, including messages in an envelope."""
    tree = parse(data, ("GOOITEGDS",))
    roots = [node for node in tree.root.walk() if _ROOT.fullmatch(node.tag)]
    if not roots:
        raise Unreadable("ICS XML without a message (CC315A and others); send the message itself")
    messages: list[records.Message] = []
    for node, following in zip(roots, [*roots[1:], None], strict=True):
        reading = Reading()
        if not messages:
            reading.damage(tree)
        content = body(data, node.offset, following.offset if following else None)
        messages.append(_Message(node, reading).message(content))
    return messages


def _part(node: Node, *beginnings: str) -> str | None:
    """Returns the text of the first child element whose name begins with an abbreviation."""
    for kid in node.kids:
        if kid.text and kid.tag.startswith(beginnings) and not kid.tag.endswith("LNG"):
            return kid.text
    return None


def _party(node: Node, reading: Reading) -> records.Party | None:
    name = reading.text(_part(node, "Nam"), node.tag, node.offset)
    number = _part(node, "TIN")
    country = reading.country(_part(node, "Cou"), node.tag, node.offset)
    street, city, postcode = (
        _part(node, "Str"),
        _part(node, "Cit", "Cty"),
        _part(node, "Pos", "Pst"),
    )
    if not (name or number or country or street or city):
        return None
    address = None
    if country or street or city or postcode:
        address = Address(
            kind="business", street=street, city=city, postcode=postcode, country=country
        )
    return records.Party(
        role=_ROLES[node.tag],
        name=name,
        country=country,
        address=address,
        identifiers=(records.Identifier(scheme="EORI", value=number),) if number else (),
    )


def _parties(node: Node, reading: Reading) -> tuple[records.Party, ...]:
    found = (_party(kid, reading) for kid in node.kids if kid.tag in _ROLES)
    return tuple(party for party in found if party is not None)


class _Message:
    """Reads one message."""

    def __init__(self, node: Node, reading: Reading) -> None:
        self.node = node
        self.head = node.first("HEAHEA") or Node("HEAHEA", {}, node.offset)
        self.reading = reading

    def message(self, content: bytes) -> records.Message:
        """Returns the message."""
        node, head, reading = self.node, self.head, self.reading
        document, action, outcome = _MEANING.get(node.tag[2:5], ("answer", "answer", "other"))
        lrn, mrn = head.value("RefNumHEA4"), head.value("DocNumHEA5")
        parties = _parties(node, reading)
        declarant = next((p for p in parties if p.role == "declarant"), None)
        consignment = self.consignment(parties, lrn or mrn)
        whole = bool(consignment.items or consignment.parties)
        times = [reading.moment(head.value(name), name, head.offset) for name in _TIMES]
        accepted = [reading.moment(head.value(name), name, head.offset) for name in _ACCEPTED]
        return records.Message(
            format=NAME,
            envelope=records.Envelope(
                sender=node.value("MesSenMES3"),
                recipient=node.value("MesRecMES6"),
                prepared=self.prepared(),
                interchange_ref=node.value("MesIdeMES19"),
                message_ref=node.value("CorIdeMES25"),
                release=node.tag,
                sequence=1,
                last=True,
            ),
            function=node.value("MesTypMES20"),
            document=document,
            action=action,
            amends=(mrn or lrn) if action in ("amendment", "request") else None,
            type=node.tag,
            direction="import",
            lrn=lrn,
            mrn=mrn,
            declarant=(declarant.identifiers[0].value if declarant.identifiers else declarant.name)
            if declarant
            else None,
            declared=next((time for time in times if time is not None), None),
            accepted=next((time for time in accepted if time is not None), None),
            office=node.value("CUSOFFLON", "RefNumCOL1"),
            entry_office=node.value("CUSOFFFENT730", "RefNumCUSOFFFENT731"),
            consignments=(consignment,) if whole else (),
            outcome=outcome,
            faults=tuple(self.faults()),
            notes=tuple(self.notes()),
            warnings=reading.warnings,
            offset=node.offset,
            body=content,
        )

    def prepared(self) -> dt.datetime | None:
        """Returns the time at which the message was prepared (`yymmdd` or `ccyymmdd`, and `hhmm`)."""
        date = self.node.value("DatOfPreMES9")
        if date is None:
            return None
        when = stamp(date, self.node.value("TimOfPreMES10") or "")
        if when is None:
            self.reading.warn(
                "date_impossible", "a date or time that does not exist", "DatOfPreMES9"
            )
        return when

    def consignment(
        self, parties: tuple[records.Party, ...], reference: str | None
    ) -> records.Consignment:
        """Returns the goods of the declaration."""
        node, head, reading = self.node, self.head, self.reading
        items = []
        for position, one in enumerate(node.all("GOOITEGDS"), 1):
            items.append(self.item(one, position))
        stated = reading.count(head.value("TotNumOfIteHEA305"), "number of items", "HEAHEA")
        if items and node.tag[2:5] in ("313", "315"):
            reading.stated(stated, len(items), "items", "HEAHEA", head.offset)
        numbers = unique([number for item in items for number in item.containers])
        entry = node.first("CUSOFFFENT730")
        arrival = entry.value("ExpDatOfArrFIRENT733") if entry is not None else None
        means = head.value("IdeOfMeaOfTraCroHEA85")
        route = records.Route(
            mode=head.value("TraModAtBorHEA76"),
            means=means,
            nationality=reading.country(
                head.value("NatOfMeaOfTraCroHEA87") or head.value("NatHEA001"),
                "HEAHEA",
                head.offset,
            ),
            carrier=next((p.name for p in parties if p.role == "carrier"), None),
            voyage=head.value("ConRefNumHEA"),
            loading=head.value("PlaLoaGOOITE334"),
            discharge=head.value("PlaUnlGOOITE334"),
            countries=unique(
                [
                    reading.country(one.value("CouOfRouCodITI1"), "ITI", one.offset)
                    for one in node.all("ITI")
                ]
            ),
            arrival=reading.moment(arrival, "CUSOFFFENT730", entry.offset if entry else None),
        )
        return records.Consignment(
            reference=reference,
            direction="import",
            ucr=head.value("ComRefNumHEA"),
            parties=parties,
            items=tuple(items),
            equipment=tuple(records.Container(number=number) for number in numbers),
            seals=unique(node.values("SEAID529", "SeaIdSEAID530")),
            route=route if route != records.Route() else None,
            item_count=stated,
            packages=reading.number(
                head.value("TotNumOfPacHEA306"), "number of packages", "HEAHEA", head.offset
            ),
            gross_mass_kg=reading.mass(
                head.value("TotGroMasHEA307"), None, "total gross mass", "HEAHEA", head.offset
            ),
            segment="HEAHEA",
            offset=head.offset,
        )

    def item(self, node: Node, position: int) -> records.Item:
        """Reads one goods item."""
        reading, tag, at = self.reading, node.tag, node.offset
        number = reading.count(node.value("IteNumGDS7"), "item number", tag, at)
        reading.item = number if number is not None else position
        notes = [records.Note(code=code) for code in node.values("SPEMENMT2", "AddInfCodMT23")]
        notes += [
            records.Note(code=name, text=value)
            for name in ("MetOfPayGDI12", "PlaLoaGOOITE333", "PlaUnlGOOITE333")
            if (value := node.value(name))
        ]
        for one in node.all("IDEMEATRAGI970"):
            parts = one.value("IdeMeaTraGIMEATRA971"), one.value("NatIDEMEATRAGI973")
            notes.append(records.Note(code=one.tag, text=" ".join(filter(None, parts)) or None))
        commodity = node.first("COMCODGODITM")
        gross = reading.mass(node.value("GroMasGDS46"), None, "gross mass", tag, at)
        made = records.Item(
            number=number if number is not None else position,
            hs=reading.hs(commodity.value("ComNomCMD1"), "COMCODGODITM", commodity.offset)
            if commodity is not None
            else None,
            description=reading.text(node.value("GooDesGDS23"), tag, at),
            gross_mass_kg=gross,
            net_mass_kg=reading.mass(node.value("NetMasGDS48"), None, "net mass", tag, at),
            documents=tuple(
                records.Document(
                    code=code_text(one.value("DocTypDC21")),
                    reference=one.value("DocRefDC23"),
                    name=one.value("ComOfInfDC25"),
                )
                for one in node.all("PRODOCDC2")
            ),
            packages=tuple(
                records.Package(
                    count=reading.number(one.value("NumOfPacGS24"), "number of packages", tag, at),
                    kind=code_text(one.value("KinOfPacGS23")),
                    marks=reading.text(one.value("MarNumOfPacGSL21"), tag, at),
                    pieces=reading.number(one.value("NumOfPieGS25"), "number of pieces", tag, at),
                )
                for one in node.all("PACGS2")
            ),
            un_numbers=unique([node.value("UNDanGooCodGDI1")]),
            ucr=node.value("ComRefNumGIM1"),
            parties=_parties(node, reading),
            containers=unique(node.values("CONNR2", "ConNumNR21")),
            notes=tuple(notes),
            segment=tag,
            offset=at,
        )
        reading.item = None
        return made

    def faults(self) -> list[records.Fault]:
        """Returns the errors and the measures that an answer states."""
        node, head = self.node, self.head
        made = [
            records.Fault(
                code=one.value("ErrTypER11"),
                place=one.value("ErrPoiER12"),
                text=" ".join(filter(None, (one.value("ErrReaER13"), one.value("OriAttValER14"))))
                or None,
            )
            for one in node.all("FUNERRER1")
        ]
        for one in node.all("CUSINT632"):
            item = one.value("IteNumConCUSINT668") or ""
            made.append(
                records.Fault(
                    code=one.value("CusIntCodCUSINT665"),
                    item=int(item[:9]) if item.isascii() and item.isdigit() else None,
                    text=one.value("CusIntTexCUSINT666"),
                )
            )
        for code, text in (
            ("AmeRejMotCodHEA604", "AmeRejMotTexHEA605"),
            ("DecRejReaCodHEA252", "DecRejReaHEA252"),
        ):
            if head.value(text) or head.value(code):
                made.append(records.Fault(code=head.value(code), text=head.value(text)))
        return made

    def notes(self) -> list[records.Note]:
        """Returns the other values of the header as notes."""
        offices = self.node.values("CUSOFFSENT740", "RefNumSUBENR909")
        return [
            records.Note(code=name, text=value)
            for name in _NOTES
            if (value := self.head.value(name) or self.node.value(name))
        ] + [records.Note(code="CUSOFFSENT740", text=one) for one in offices]
