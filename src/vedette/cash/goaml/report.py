"""Builds a goAML report from the record of a movement of cash.

The schema (XSD) is that of the unit and is loaded at run time. The order of the elements, and which of
them are required, are read from the schema. A mapping (TOML) contains the codes of the unit, fixed
values, and other names of elements, so that another unit needs another mapping file only.

If a value does not fit the schema, its transliteration and shorter forms are tried. If none fits, the
nearest optional element that contains the value is left out and named. What is required and missing is
named as well; such a report is not valid and must not be sent.

Source: the schema of goAML as published by a unit, and `../shared/domain/cash-form-fields.md` for the
choice of fields.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from anyascii import anyascii
from lxml import etree

from vedette.cash.records import Line, Message, Party
from vedette.core import codes
from vedette.core.errors import Failure

#: Greatest sizes of a schema and of a mapping in bytes, and the most repairs of one report.
MAX_SCHEMA, MAX_MAPPING, MAX_REPAIRS = 4 << 20, 1 << 20, 2_000
_XS = "{http://www.w3.org/2001/XMLSchema}"
#: A report: element → text, element → report, or several of either.
Tree = dict[str, Any]


@dataclass(frozen=True)
class UnitMapping:
    """The mapping of a unit.

    `fixed`: path → text. `codes`: name of a list (`gender`, `document`, `contact`, `channel`, `item`,
    `status`) → our code → the unit's code; the key `*` stands for all others. `names`: our path → the
    unit's path, or an empty text if the unit has no such element. `indicators`: the codes of every
    report.
    """

    fixed: Mapping[str, str] = field(default_factory=dict)
    codes: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    names: Mapping[str, str] = field(default_factory=dict)
    indicators: tuple[str, ...] = ()

    def code(self, of: str, value: str | None) -> str | None:
        """Returns the unit's code for our code, or None."""
        table = self.codes.get(of, {})
        return table.get(value or "", table.get("*"))


def read_mapping(content: bytes) -> UnitMapping:
    """Reads a mapping. Raises `Failure` with the reason if it is not valid."""
    if len(content) > MAX_MAPPING:
        raise Failure("the mapping is too large")
    try:
        data = tomllib.loads(content.decode("utf-8"))
    except (UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise Failure(f"the mapping is not valid TOML: {error}") from error
    unknown = set(data) - {"fixed", "codes", "names", "indicators"}
    if unknown:
        raise Failure(f"the mapping has unknown parts: {', '.join(sorted(unknown))}")
    texts = [data.get("fixed", {}), data.get("names", {}), *data.get("codes", {}).values()]
    if not all(
        isinstance(one, dict) and all(isinstance(v, str) for v in one.values()) for one in texts
    ):
        raise Failure("the mapping: fixed, names and each table of codes must contain texts")
    return UnitMapping(
        data.get("fixed", {}),
        data.get("codes", {}),
        data.get("names", {}),
        tuple(map(str, data.get("indicators", []))),
    )


@dataclass(frozen=True)
class Report:
    """The XML of a report. `missing` are the paths of required elements without a value, `dropped` the
    paths of values that the schema does not accept. The report is valid if `missing` and `errors` are
    empty."""

    xml: bytes
    missing: tuple[str, ...]
    dropped: tuple[str, ...]
    errors: tuple[str, ...]

    @property
    def valid(self) -> bool:
        return not self.missing and not self.errors


class Schema:
    """The schema of a unit."""

    def __init__(self, content: bytes) -> None:
        """Reads a schema. Raises `Failure` if it is too large, has a document type (external entities),
        includes another file, or is not a schema of goAML."""
        if len(content) > MAX_SCHEMA:
            raise Failure("the schema is too large")
        parser = etree.XMLParser(resolve_entities=False, no_network=True, load_dtd=False)
        try:
            root = etree.fromstring(content, parser)
        except etree.XMLSyntaxError as error:
            raise Failure(f"the schema is not XML: {error}") from error
        if root.getroottree().docinfo.doctype:
            raise Failure("the schema has a document type, which is not allowed")
        if next(root.iter(f"{_XS}include", f"{_XS}import", f"{_XS}redefine"), None) is not None:
            raise Failure("the schema includes another file: hand in a schema of one file")
        self._types = {one.get("name"): one for one in root.iter(f"{_XS}complexType")}
        roots = [one for one in root.iterchildren(f"{_XS}element") if one.get("name") == "report"]
        if not roots:
            raise Failure("the schema has no element report: it is not a schema of goAML")
        self._root = roots[0]
        try:
            self._check = etree.XMLSchema(root)
        except etree.XMLSchemaParseError as error:
            raise Failure(f"the schema is not valid: {error}") from error

    def build(self, tree: Tree) -> Report:
        """Returns the report of a tree. Elements are in the order of the schema."""
        root, missing = etree.Element("report"), list[str]()
        self._fill(root, self._root, tree, "report", missing)
        dropped = self._repair(root) if not missing else []
        self._check.validate(root)
        errors = [f"{one.path}: {one.message}"[:300] for one in self._check.error_log]
        xml = etree.tostring(root, xml_declaration=True, encoding="UTF-8", pretty_print=True)
        return Report(xml, tuple(missing), tuple(dropped), tuple(errors) if not missing else ())

    def _fill(
        self,
        parent: etree._Element,
        declared: etree._Element,
        tree: Tree,
        path: str,
        missing: list[str],
    ) -> None:
        for part in self._parts(declared):
            self._particle(parent, part, tree, path, missing, required=True)

    def _parts(self, declared: etree._Element) -> Iterator[etree._Element]:
        """Returns the particles of a complex type or of an element with one."""
        named = self._types.get((declared.get("type") or "").rpartition(":")[2])
        for one in (named if named is not None else declared).iterchildren():
            if one.tag in (f"{_XS}sequence", f"{_XS}choice", f"{_XS}all"):
                yield one
            elif one.tag in (f"{_XS}complexType", f"{_XS}complexContent"):
                yield from self._parts(one)
            elif one.tag == f"{_XS}extension":
                base = self._types.get((one.get("base") or "").rpartition(":")[2])
                if base is not None:
                    yield from self._parts(base)
                yield from (
                    c for c in one.iterchildren() if c.tag in (f"{_XS}sequence", f"{_XS}choice")
                )

    def _particle(
        self,
        parent: etree._Element,
        part: etree._Element,
        tree: Tree,
        path: str,
        missing: list[str],
        *,
        required: bool,
    ) -> None:
        required = required and part.get("minOccurs", "1") != "0"
        if part.tag == f"{_XS}element":
            self._element(parent, part, tree, path, missing, required=required)
        elif part.tag in (f"{_XS}sequence", f"{_XS}all"):
            wanted = required or any(name in tree for name in self._names(part))
            for one in part.iterchildren(
                f"{_XS}element", f"{_XS}sequence", f"{_XS}choice", f"{_XS}all"
            ):
                self._particle(parent, one, tree, path, missing, required=wanted)
        elif part.tag == f"{_XS}choice":
            options = list(part.iterchildren(f"{_XS}element", f"{_XS}sequence", f"{_XS}choice"))
            chosen = next((o for o in options if any(n in tree for n in self._names(o))), None)
            if chosen is not None:
                self._particle(parent, chosen, tree, path, missing, required=required)
            elif required and options:
                missing.append(f"{path}/{' | '.join(n for o in options for n in self._names(o))}")

    def _names(self, part: etree._Element) -> list[str]:
        """Returns the names of the elements that a particle directly contains."""
        if part.tag == f"{_XS}element":
            return [part.get("name") or ""]
        return [
            n for one in part.iterchildren() if isinstance(one.tag, str) for n in self._names(one)
        ]

    def _element(
        self,
        parent: etree._Element,
        part: etree._Element,
        tree: Tree,
        path: str,
        missing: list[str],
        *,
        required: bool,
    ) -> None:
        name = part.get("name") or ""
        if part.get("maxOccurs") == "0":
            return
        values = tree.get(name)
        several = values if isinstance(values, list) else [values]
        given = [one for one in several if one not in (None, "", {})]
        limit = self._limit(part)
        for value in given if limit == "unbounded" else given[: int(limit)]:
            element = etree.SubElement(parent, name)
            if isinstance(value, dict):
                self._fill(element, part, value, f"{path}/{name}", missing)
                if not len(element) and not required:
                    parent.remove(element)
            else:
                element.text = _clean(str(value))
            if not required:
                element.set("optional", "1")
        if required and not given:
            missing.append(f"{path}/{name}")

    def _limit(self, part: etree._Element) -> str:
        """Returns how often an element may occur. A sequence that contains one element only, and may occur
        several times, lets the element occur as often."""
        above = part.getparent()
        alone = above.tag == f"{_XS}sequence" and len(above.findall(f"{_XS}element")) == 1
        several = above.get("maxOccurs", "1") if alone else "1"
        own = str(part.get("maxOccurs", "1"))
        return several if own == "1" else own

    def _repair(self, root: etree._Element) -> list[str]:
        """Makes each value fit the schema, or leaves it out. Returns the paths of what was left out."""
        optional = {one for one in root.iter() if one.attrib.pop("optional", None)}
        dropped: list[str] = []
        tried: dict[Any, Iterator[str]] = {}
        tree = root.getroottree()
        for _ in range(MAX_REPAIRS):
            if self._check.validate(root):
                break
            found = root.xpath(self._check.error_log[0].path)
            if not found:
                break
            element = found[0]
            if not len(element):
                forms = tried.setdefault(element, _forms(element.text or ""))
                form = next(forms, None)
                if form is not None:
                    element.text = form
                    continue
            while element not in optional and element.getparent() is not None:
                element = element.getparent()
            if element.getparent() is None:
                break
            dropped.append(re.sub(r"\[\d+\]", "", tree.getpath(element)).strip("/"))
            element.getparent().remove(element)
        return dropped


def _clean(text: str) -> str:
    """Removes the characters that XML does not allow."""
    return "".join(sign for sign in text if sign >= " " or sign in "\n\t")


def _forms(text: str) -> Iterator[str]:
    """Returns other forms of a value, the closest first."""
    plain = anyascii(text)
    seen = {text}
    for form in (
        plain.strip(),
        plain[:255].strip(),
        plain[:100].strip(),
        re.sub(r"[^A-Za-z ]+", " ", plain).strip(),
        " ".join(re.findall("[A-Za-z]+", plain)),
        re.sub(r"[^A-Za-z]+", "", plain),
        re.sub(r"[^A-Za-z0-9]+", "", plain),
        plain.upper(),
    ):
        if form and form not in seen:
            seen.add(form)
            yield form


def report(
    message: Message, mapping: UnitMapping, submitted: str, indicators: Sequence[str] = ()
) -> Tree:
    """Returns the tree of a report about the movement of a message. `submitted` is the time of the report
    (ISO 8601, without a zone). The caller has checked that an officer decided to report."""
    movement = message.movement
    parties: list[tuple[str, Party]] = []
    for role, found in (
        ("carrier", [movement.carrier]),
        ("declarant", [movement.declarant]),
        ("sender", [movement.sender]),
        ("representative", [movement.representative]),
        ("owner", movement.owners),
        ("recipient", movement.recipients),
    ):
        parties += [(role, one) for one in found if one is not None and one.full_name]
    tree: Tree = {
        "submission_code": "E",
        "report_code": "STR",
        "entity_reference": message.reference or message.code,
        "submission_date": submitted,
        "reason": movement.official.circumstances if movement.official else None,
        "activity": {
            "report_parties": {
                "report_party": [_party(role, one, mapping) for role, one in parties]
            },
            "goods_services": {"item": [_item(one, mapping) for one in movement.lines]},
        },
        "report_indicators": {"indicator": list(indicators) or list(mapping.indicators)},
    }
    for path, value in mapping.fixed.items():
        _put(tree, path.split("/"), value)
    for path, other in mapping.names.items():
        _move(tree, path.split("/"), other.split("/") if other else [])
    return tree


def _party(role: str, one: Party, mapping: UnitMapping) -> Tree:
    contact = mapping.code("contact", "residence")
    addresses = [
        {
            "address_type": contact,
            "address": address.street,
            "city": address.city,
            "zip": address.postcode,
            "country_code": address.country,
        }
        for address in one.addresses
    ]
    phones = [
        {
            "tph_contact_type": contact,
            "tph_communication_type": mapping.code("channel", "phone"),
            "tph_number": phone,
        }
        for phone in one.phones
    ]
    common: Tree = {
        "phones": {"phone": [p for p in phones if all(p.values())]} if phones else None,
        "addresses": {
            "address": [a for a in addresses if a["address"] and a["city"] and a["country_code"]]
        },
        "email": list(one.emails),
    }
    if not common["addresses"]["address"]:
        del common["addresses"]
    party: Tree = {"reason": None, "comments": f"Role: {role}"}
    if one.name:
        party["entity"] = {
            "name": one.name,
            "business": one.business_activity,
            "incorporation_number": one.registration_number,
            "incorporation_country_code": one.registration_country,
            "tax_number": one.vat,
            **common,
        }
    else:
        party["person"] = _person(one, mapping) | common
    return party


def _person(one: Party, mapping: UnitMapping) -> Tree:
    document = one.document
    nationalities = dict(
        zip(("nationality1", "nationality2", "nationality3"), one.nationalities, strict=False)
    )
    person: Tree = {
        "gender": mapping.code("gender", one.gender),
        "first_name": one.first_names,
        "last_name": one.last_names,
        "birthdate": f"{one.date_of_birth}T00:00:00" if one.date_of_birth else None,
        "birth_place": one.birth_town,
        "id_number": one.personal_number,
        "occupation": one.occupation,
        "residence": one.country,
        **nationalities,
    }
    if document is not None and document.number:
        if document.type == "P" and document.issuer:
            person |= {
                "passport_number": document.number,
                "passport_country": codes.country(document.issuer),
            }
        person["identification"] = {
            "type": mapping.code("document", document.type),
            "number": document.number,
            "issue_country": codes.country(document.issuer),
        }
        if not all(person["identification"].values()):
            del person["identification"]
    return person


def _item(line: Line, mapping: UnitMapping) -> Tree:
    gold = line.kind == "gold"
    words = [line.type, line.text, f"{line.quantity} pieces" if line.quantity is not None else None]
    return {
        "item_type": mapping.code("item", line.kind),
        "item_make": line.issuer,
        "description": "; ".join([line.kind, *(str(word) for word in words if word)]),
        "estimated_value": _number(line.amount),
        "status_code": mapping.code("status", "detained"),
        "currency_code": line.currency,
        "size": _number(line.weight) if gold else None,
        "size_uom": "g" if gold and line.weight is not None else None,
        "identification_number": line.serial,
    }


def _number(value: Any) -> str | None:
    return None if value is None else format(value, "f")


def _put(tree: Any, path: Sequence[str], value: Any) -> None:
    """Sets the value at a path, in each of several elements."""
    if isinstance(tree, list):
        for one in tree:
            _put(one, path, value)
    elif isinstance(tree, dict):
        if len(path) == 1:
            tree[path[0]] = value
        else:
            _put(tree.setdefault(path[0], {}), path[1:], value)


def _move(tree: Any, path: Sequence[str], other: Sequence[str]) -> None:
    """Moves the value at a path to another path below the elements that both paths have in common."""
    if isinstance(tree, list):
        for one in tree:
            _move(one, path, other)
        return
    if not isinstance(tree, dict) or path[0] not in tree:
        return
    if len(path) > 1 and other and path[0] == other[0]:
        _move(tree[path[0]], path[1:], other[1:])
        return
    values: Any = tree
    for step in path[:-1]:
        values = values.get(step) if isinstance(values, dict) else None
    if isinstance(values, dict) and path[-1] in values:
        value = values.pop(path[-1])
        if other:
            _put(tree, other, value)
