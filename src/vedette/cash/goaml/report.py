"""Builds a goAML report from the record of a movement of cash.

The schema (XSD) is provided by the financial intelligence unit (`cash.goaml.schema`). A mapping (TOML)
contains the codes of the unit, fixed values, and other names of elements. To support another financial
intelligence unit, only another mapping file is therefore needed.

If a value does not fit the schema, the function tries its transliteration and shorter forms. If none of these
forms fits the schema, the innermost optional element that contains the value is left out and reported.
Required elements that are missing are also reported. A report with missing elements is not valid and must not
be sent.

Source: the schema of goAML as published by a unit, and `../shared/domain/cash-form-fields.md` for the choice
of fields.
"""

from __future__ import annotations

import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from vedette.cash.records import Line, Message, Party
from vedette.core import codes
from vedette.core.errors import Failure

#: The greatest size of a mapping in bytes.
MAX_MAPPING = 1 << 20
#: A report: element → text, element → report, or several of either.
Tree = dict[str, Any]


class Refused(Failure):
    """The error that is raised if the schema or the mapping cannot be used. `code` identifies the reason, so
    that a page can show the reason in the reader's language; `detail` is the message of the parser.
    """

    def __init__(self, code: str, text: str, detail: str = "") -> None:
        super().__init__(f"{text}: {detail}" if detail else text)
        self.code, self.detail = code, detail[:300]


@dataclass(frozen=True)
class UnitMapping:
    """The mapping of a unit.

    `fixed` maps a path to a fixed text. `codes` maps the codes of each list: name of a list (`gender`,
    `document`, `contact`, `channel`, `item`, `status`) → code of vedette → code of the unit. The key `*` is
    used for all codes that have no key of their own. `names` maps a path of vedette to the path of the unit,
    or to an empty text if the unit has no such element. `indicators` contains the codes that every report
    contains.
    """

    fixed: Mapping[str, str] = field(default_factory=dict)
    codes: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    names: Mapping[str, str] = field(default_factory=dict)
    indicators: tuple[str, ...] = ()

    def code(self, of: str, value: str | None) -> str | None:
        """Returns the code of the unit for a code of vedette, or None."""
        table = self.codes.get(of, {})
        return table.get(value or "", table.get("*"))


def read_mapping(content: bytes) -> UnitMapping:
    """Reads a mapping. Raises `Failure` with the reason if the mapping is not valid."""
    if len(content) > MAX_MAPPING:
        raise Refused("mapping_large", "the mapping is too large")
    try:
        data = tomllib.loads(content.decode("utf-8"))
    except (UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise Refused("mapping_toml", "the mapping is not valid TOML", str(error)) from error
    unknown = set(data) - {"fixed", "codes", "names", "indicators"}
    if unknown:
        raise Refused("mapping_parts", "the mapping has unknown parts", ", ".join(sorted(unknown)))
    texts = [data.get("fixed", {}), data.get("names", {}), *data.get("codes", {}).values()]
    if not all(
        isinstance(one, dict) and all(isinstance(v, str) for v in one.values()) for one in texts
    ):
        raise Refused(
            "mapping_texts", "the mapping: fixed, names and each table of codes must contain texts"
        )
    return UnitMapping(
        data.get("fixed", {}),
        data.get("codes", {}),
        data.get("names", {}),
        tuple(map(str, data.get("indicators", []))),
    )


def report(
    message: Message, mapping: UnitMapping, submitted: str, indicators: Sequence[str] = (),
    reason: str = "", added: Mapping[str, str] | None = None,
) -> Tree:  # fmt: skip
    """Returns the tree of a report about the movement of a message. `submitted` is the time of the report
    (ISO 8601, without a zone). `reason` is the text that the officer wrote; if there is no such text, the
    report states the circumstances from the record. `added` maps paths to texts that the officer adds; the
    paths begin below the report and use the element names of the unit. The caller must have checked that an
    officer decided to report the movement.
    """
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
        "reason": reason or (movement.official.circumstances if movement.official else None),
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
    for path, value in (added or {}).items():
        _put(tree, path.split("/"), value)
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
    """Sets the value at a path in each of the given elements."""
    if isinstance(tree, list):
        for one in tree:
            _put(one, path, value)
    elif isinstance(tree, dict):
        if len(path) == 1:
            tree[path[0]] = value
        else:
            _put(tree.setdefault(path[0], {}), path[1:], value)


def _move(tree: Any, path: Sequence[str], other: Sequence[str]) -> None:
    """Moves the value from one path to another path. The elements that both paths have in common are kept."""
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
