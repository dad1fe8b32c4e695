"""Mappings of the columns of a table to the fields of a goods item, and a function that proposes a mapping
from the headings. A mapping is a TOML file:

    document = "declaration"
    direction = "import"
    dates = "dmy"
    [columns]
    description = "Goods description"
    hs = "Commodity code"
    [values]
    currency = "EUR"

`columns` names the heading of each field. If `columns` names several headings of a field, the first heading
whose cell has a text is used. `values` contains values that are the same for all rows.
"""

from __future__ import annotations

import dataclasses
import functools
import importlib.resources
import json
import re
import tomllib
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from vedette.formats.edifact import Unreadable

_DOCUMENTS = ("declaration", "entry_summary", "manifest", "waybill")
_PARTY = {
    "consignor": (
        "consignor sender shipper exporter seller supplier expediteur exportateur fournisseur remitente"
        " exportador vendedor absender versender"
    ),
    "consignee": (
        "consignee recipient receiver addressee importer buyer destinataire importateur acheteur"
        " destinatario importador consignatario empfanger"
    ),
    "declarant": "declarant declarante agent broker filer anmelder",
    "carrier": "carrier airline transporteur transportista",
    "notify": "notify notifyparty",
}
_PART = {
    "name": "name nom nombre company societe empresa fullname",
    "street": "address street adresse rue direccion calle addressline1 addressline streetandnumber line1",
    "city": "city town ville ciudad locality place",
    "state": "state region province subdivision",
    "postcode": "postcode zip zipcode postalcode codepostal codigopostal",
    "country": "country countrycode pays pais codepays",
    "id": "id eori vat tin taxid number code identification siret nif",
    "phone": "phone telephone tel telefono mobile",
    "email": "email mail courriel correo",
}
#: Field → other headings for it, in English, French and Spanish, without spaces and accents.
_SYNONYMS: dict[str, str] = {
    "reference": (
        "reference ref consignment consignmentid consignmentnumber shipment shipmentid declarationid parcelid"
        " parcel barcode trackingnumber tracking itemid s10 declarationnumber numero blnumber billoflading"
        " id envoi nenvoi numerodenvoi numeroenvoi expedition nexpedition envio numerodeenvio"
        " houseawb hawb hawbnumber houseawbnumber waybill awb"
    ),
    "lrn": "lrn localreference localreferencenumber referencelocale",
    "mrn": "mrn movementreferencenumber",
    "master": "mawb masterawb mawbnumber master masterwaybill receptacle receptacleid",
    "ucr": "ucr uniqueconsignmentreference",
    "number": "item itemnumber itemno line lineno linenumber goodsitemnumber article numeroarticle partida",
    "hs": (
        "hs hscode hsdeclared hs6 hs6code commodity commoditycode tariff tariffcode tariffnumber cn cncode"
        " taric hts htscode codesh codedouanier nomenclature codenc partidaarancelaria codigohs"
        " commoditycodehs6 harmonisedcode harmonizedcode"
    ),
    "description": (
        "description goods goodsdescription descriptionofgoods itemdescription detaileddescription contents"
        " contentdescription designation designationdesmarchandises marchandise marchandises descripcion"
        " mercancia descripciondelamercancia product productdescription commoditydescription"
        " detaileddescriptionofcontents"
    ),
    "net_mass": "netmass netmasskg netweight netweightkg nettweight massenette poidsnet pesoneto",
    "gross_mass": (
        "grossmass grossmasskg grossweight grossweightkg massebrute poidsbrut pesobruto totalweight"
        " weight weightkg itemweight poids peso"
    ),
    "mass_unit": "weightunit massunit unitofweight unitepoids",
    "quantity": "quantity qty quantite cantidad numberofunits units pieces supplementaryunits",
    "unit": "unit uom unitofmeasure unite unidad quantityunit",
    "value": (
        "value itemvalue valueusd customsvalue invoicevalue amount price itemprice intrinsicvalue valeur"
        " montant valor prix precio declaredvalue invoiceamount totalvalue valueofgoods"
    ),
    "currency": "currency currencycode devise moneda monnaie valuecurrency",
    "origin": (
        "origin countryoforigin origincountry paysorigine paysdorigine origine origen paisdeorigen"
    ),
    "destination": "destination countryofdestination destinationcountry paysdedestination destino",
    "dispatch": (
        "dispatchcountry countryofdispatch exportcountry countryofexport departurecountry"
        " countryofdeparture paysdeprovenance provenance procedencia"
    ),
    "procedure": "procedure procedurecode cpc regime regimen",
    "additional_procedure": "additionalprocedure additionalprocedurecode",
    "documents": (
        "documents document documentcodes documentcode certificates licence license licences documentos"
    ),
    "packages": "packages numberofpackages noofpackages colis nombredecolis bultos numerodebultos",
    "package_kind": "packagetype kindofpackages packagekind typedecolis",
    "marks": "marks marksandnumbers shippingmarks marques",
    "un_number": "un unnumber unno undg dangerousgoods numeroonu",
    "cas": "cas casnumber casno numerocas",
    "containers": "container containers containernumber containerno conteneur contenedor equipment",
    "date": "date declarationdate dateofdeclaration invoicedate datedeclaration fecha postingdate",
    "mode": "mode transportmode modeoftransport transport",
    "means": "vessel vesselname means navire buque vehicle aircraft",
    "voyage": "voyage voyagenumber flight flightnumber vol vuelo",
    "loading": "portofloading loadingport pol placeofloading portdechargement",
    "discharge": "portofdischarge dischargeport pod placeofunloading portdedechargement",
    "arrival": "arrival arrivaldate eta dateofarrival datedarrivee",
    "category": "category natureofcontents contenttype categoryofitem natureoftransaction",
    "direction": "direction flow importexport",
}
#: Every field that a mapping may name.
FIELDS: tuple[str, ...] = (
    *_SYNONYMS,
    *(f"{party}_{part}" for party in _PARTY for part in _PART),
)
#: Fields of which a table must have one, so that it is a table of goods.
NEEDED = ("description", "hs")
#: The smallest number of headings that a table of goods has.
FEWEST = 3


class MappingError(Unreadable):
    """The error that is raised if a mapping file contains an error. The text states it."""


@dataclass(frozen=True)
class Columns:
    """A mapping: the format, the kind of document, and the headings of each field."""

    name: str = "TABLE"
    document: str = "declaration"
    direction: str | None = None
    #: The order of a date with slashes: dmy or mdy.
    dates: str = "dmy"
    columns: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    values: Mapping[str, str] = field(default_factory=dict)
    #: Headings by which a table of this format is recognised; one of them is enough.
    marks: tuple[str, ...] = ()

    def toml(self) -> str:
        """Returns the mapping as a TOML file."""
        lines = [f"name = {json.dumps(self.name)}", f"document = {json.dumps(self.document)}"]
        if self.direction:
            lines.append(f"direction = {json.dumps(self.direction)}")
        lines += [f"dates = {json.dumps(self.dates)}", "", "[columns]"]
        for name, headings in self.columns.items():
            one = json.dumps(headings[0] if len(headings) == 1 else headings, ensure_ascii=False)
            lines.append(f"{name} = {one}")
        if self.values:
            lines += ["", "[values]"]
            lines += [
                f"{name} = {json.dumps(value, ensure_ascii=False)}"
                for name, value in self.values.items()
            ]
        return "\n".join(lines) + "\n"


def key(heading: str) -> str:
    """Returns the letters and digits of a heading, in lower case and without accents."""
    bare = unicodedata.normalize("NFKD", heading[:200]).casefold()
    return "".join(c for c in bare if c.isalnum())


@functools.cache
def _known() -> dict[str, str]:
    """Returns the field of each known heading."""
    found: dict[str, str] = {}
    for name, words in _SYNONYMS.items():
        for word in (key(name), *words.split()):
            found.setdefault(word, name)
    for party, words in _PARTY.items():
        for role in words.split():
            found.setdefault(role, f"{party}_name")
            for part, parts in _PART.items():
                for word in parts.split():
                    found.setdefault(role + word, f"{party}_{part}")
                    found.setdefault(word + role, f"{party}_{part}")
                    found.setdefault(f"{word}de{role}", f"{party}_{part}")
                    found.setdefault(f"{word}du{role}", f"{party}_{part}")
                    found.setdefault(f"{word}of{role}", f"{party}_{part}")
    return found


_UNIT_IN_HEADING = re.compile(r"\(([^)]*)\)\s*$")


def propose(headings: Sequence[str]) -> Columns:
    """Proposes a mapping from the headings of a table. A heading that no field matches is left out. If two
    headings match the same field, the first is taken."""
    known = _known()
    columns: dict[str, tuple[str, ...]] = {}
    values: dict[str, str] = {}
    for heading in headings:
        name = known.get(key(heading))
        unit = _UNIT_IN_HEADING.search(heading)
        if name is None and unit is not None:
            name = known.get(key(heading[: unit.start()]))
            inside = key(unit[1]).upper()
            if name in ("value",) and len(inside) == 3:
                values["currency"] = inside
            elif name in ("net_mass", "gross_mass") and inside in ("G", "KG", "LB", "LBS", "T"):
                values["mass_unit"] = inside
        if name is not None and name not in columns:
            columns[name] = (heading,)
            if key(heading).endswith("usd") and name == "value":
                values.setdefault("currency", "USD")
    values = {name: value for name, value in values.items() if name not in columns}
    if not columns.get("reference") and columns.get("lrn"):
        columns["reference"] = columns["lrn"]
    return Columns(columns=columns, values=values)


def parse(text: str) -> Columns:
    """Reads a mapping file. Raises `MappingError`, whose text describes the error."""
    try:
        data = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise MappingError(f"the mapping is not TOML: {error}") from error
    columns: dict[str, tuple[str, ...]] = {}
    for name, stated in _table(data, "columns").items():
        headings = [stated] if isinstance(stated, str) else stated
        if not isinstance(headings, list) or not all(isinstance(one, str) for one in headings):
            raise MappingError(f"the mapping: {name} is not a heading or a list of headings")
        columns[_field(name)] = tuple(headings)
    values: dict[str, str] = {}
    for name, stated in _table(data, "values").items():
        if not isinstance(stated, str | int | float):
            raise MappingError(f"the mapping: the value of {name} is not a text")
        values[_field(name)] = str(stated)
    document, dates = data.get("document", "declaration"), data.get("dates", "dmy")
    if document not in _DOCUMENTS:
        raise MappingError(f"the mapping: document is none of {', '.join(_DOCUMENTS)}")
    if dates not in ("dmy", "mdy", "ymd"):
        raise MappingError("the mapping: dates is none of dmy, mdy, ymd")
    if not any(name in columns for name in NEEDED):
        raise MappingError("the mapping names neither a description nor a commodity code (hs)")
    direction = data.get("direction")
    if direction not in (None, "import", "export", "transit"):
        raise MappingError("the mapping: direction is none of import, export, transit")
    marks = data.get("marks", [])
    return Columns(
        name=str(data.get("name", "TABLE")),
        document=document,
        direction=direction,
        dates=dates,
        columns=columns,
        values=values,
        marks=tuple(str(one) for one in marks) if isinstance(marks, list) else (),
    )


def _table(data: Mapping[str, Any], name: str) -> Mapping[str, Any]:
    found = data.get(name, {})
    if not isinstance(found, dict):
        raise MappingError(f"the mapping: {name} is not a table")
    return found


def _field(name: str) -> str:
    if name not in FIELDS:
        raise MappingError(f"the mapping: there is no field {name[:60]!r}")
    return name


@functools.cache
def shipped() -> tuple[Columns, ...]:
    """Returns the mappings that are part of vedette."""
    folder = importlib.resources.files("vedette.goods") / "mappings"
    paths = sorted((one for one in folder.iterdir() if one.name.endswith(".toml")), key=str)
    return tuple(parse(path.read_text("utf-8")) for path in paths)


def recognise(headings: Sequence[str]) -> Columns | None:
    """Returns the mapping for the headings of a table. If the table has a heading that is typical of a known
    format, returns the mapping for this format; otherwise, returns a proposed mapping. Returns None if the
    table is not about goods."""
    keys = {key(one): one for one in reversed(headings) if one}
    proposed = propose(headings)
    for one in shipped():
        if not any(key(mark) in keys for mark in one.marks):
            continue
        columns = {
            name: found
            for name, stated in one.columns.items()
            if (found := tuple(keys[key(h)] for h in stated if key(h) in keys))
        }
        taken = {heading for found in columns.values() for heading in found}
        for name, found in proposed.columns.items():
            if name not in columns and not taken & set(found):
                columns[name] = found
        values = {**proposed.values, **one.values}
        proposed = dataclasses.replace(
            one, columns=columns, values={k: v for k, v in values.items() if k not in columns}
        )
        break
    if len(proposed.columns) < FEWEST or not any(name in proposed.columns for name in NEEDED):
        return None
    return proposed
