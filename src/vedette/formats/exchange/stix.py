"""STIX 2.1. A record is an `incident` with a property extension that contains the whole record. Each bundle
contains the definition of the extension. The marking uses the TLP 2.0 marking definitions of OASIS, because
the library `stix2` supports only TLP 1. The owner is an object of type `identity`.

STIX requires ids with a UUID of version 1 to 5. An id of another version is replaced by a UUID that is
computed from it. The extension contains the original id. Sources: STIX 2.1 (OASIS standard, 10 June 2021),
sections 3, 4.7 and 7.3; TLP 2.0 marking definitions of OASIS CTI (1 October 2022).
"""

from __future__ import annotations

import uuid
from collections.abc import Iterable, Iterator
from typing import Any

from vedette.core.nonnominal import digest
from vedette.formats.exchange.records import BadRecord, Record, read

#: The namespace of ids that vedette makes for STIX and MISP.
NAMESPACE = uuid.UUID("5b0a2d1e-7f3c-5c8e-9a41-2f6d9e0c7b13")
EXTENSION = "extension-definition--3c9d1f86-6a0e-4d27-9f5b-8e1a7c2b4d60"
_AUTHOR = "identity--8d6f0b52-1c3e-4e9a-b7d4-5a2f9c8e1b07"
_MADE = "2026-12-01T00:00:00.000Z"
_TLP_EXTENSION = "extension-definition--60a3c5c5-0d10-413e-aab3-9e08dde9e88d"
_TLP_MADE = "2022-10-01T00:00:00.000Z"
#: Marking → the id of its marking definition.
TLP = {
    "TLP:CLEAR": "marking-definition--94868c89-83c2-464b-929b-a1a8aa3c8487",
    "TLP:GREEN": "marking-definition--bab4a63c-aed9-4cf5-a766-dfca5abac2bb",
    "TLP:AMBER": "marking-definition--55d920b0-5e8b-4f79-9ee9-91f868d9b421",
    "TLP:AMBER+STRICT": "marking-definition--939a9414-2ddd-4d32-a0cd-375ea402b003",
    "TLP:RED": "marking-definition--e828b379-4e03-4974-9ac4-e53a884c97c1",
}
_MARKED = {id_: marking for marking, id_ in TLP.items()}


def _id(kind: str, given: str) -> str:
    found = uuid.UUID(given)
    if found.version not in range(1, 6) or found.variant != uuid.RFC_4122:
        found = uuid.uuid5(NAMESPACE, given)
    return f"{kind}--{found}"


def _stamp(time: str) -> str:
    """Returns a time with the three to six decimals that STIX requires."""
    whole, _, part = time.removesuffix("Z").partition(".")
    return f"{whole}.{part:0<3}Z"


def _author() -> dict[str, Any]:
    return {
        "type": "identity", "spec_version": "2.1", "id": _AUTHOR, "created": _MADE, "modified": _MADE,
        "name": "vedette", "identity_class": "system",
    }  # fmt: skip


def definition() -> dict[str, Any]:
    """Returns the definition of the extension that contains a record."""
    return {
        "type": "extension-definition", "spec_version": "2.1", "id": EXTENSION, "created_by_ref": _AUTHOR,
        "created": _MADE, "modified": _MADE, "name": "vedette record",
        "description": "The whole record of a customs administration: type, id, owner, version, times,"
        " marking, exercise mark, and the fields that may leave (docs/release.md, What may leave).",
        "schema": "https://vedette.example/docs/operations.md#exchange-files", "version": "1.0.0",
        "extension_types": ["property-extension"],
    }  # fmt: skip


def _marking(marking: str) -> dict[str, Any]:
    level = marking.removeprefix("TLP:").lower()
    return {
        "type": "marking-definition", "spec_version": "2.1", "id": TLP[marking], "created": _TLP_MADE,
        "name": marking,
        "extensions": {_TLP_EXTENSION: {"extension_type": "property-extension", "tlp_2_0": level}},
    }  # fmt: skip


def write(records: Iterable[Record]) -> dict[str, Any]:
    """Returns the bundle that contains records."""
    objects: list[dict[str, Any]] = []
    known: dict[str, dict[str, Any]] = {_AUTHOR: _author(), EXTENSION: definition()}
    for one in records:
        owner = _id("identity", one.owner)
        known.setdefault(owner, {
            "type": "identity", "spec_version": "2.1", "id": owner, "created": _stamp(one.created),
            "modified": _stamp(one.created), "name": one.owner_name or one.owner,
            "identity_class": "organization",
        })  # fmt: skip
        known.setdefault(TLP[one.marking], _marking(one.marking))
        made: dict[str, Any] = {
            "type": "incident", "spec_version": "2.1", "id": _id("incident", one.id),
            "created_by_ref": owner, "created": _stamp(one.created), "modified": _stamp(one.modified),
            "name": f"{'EXERCISE ' if one.exercise else ''}{one.type} {one.id}",
            "labels": [one.type, *(["exercise"] if one.exercise else [])],
            "object_marking_refs": [TLP[one.marking]],
            "extensions": {EXTENSION: {"extension_type": "property-extension", **one.as_json()}},
        }  # fmt: skip
        if narrative := one.content.get("narrative"):
            made["description"] = narrative
        objects.append(made)
    ids = "".join(f"{one['id']}{one['modified']}" for one in objects)
    bundle = uuid.uuid5(NAMESPACE, digest(ids.encode()))
    return {"type": "bundle", "id": f"bundle--{bundle}", "objects": [*known.values(), *objects]}


def is_bundle(given: Any) -> bool:
    """Returns whether a JSON value is a STIX bundle."""
    return isinstance(given, dict) and given.get("type") == "bundle"


def parse(given: Any, name: str, skipped: list[str]) -> Iterator[Record]:
    """Yields the records of a bundle. The ids of incidents of other systems are added to `skipped`. Raises
    `BadRecord` if an object does not have exactly one TLP 2.0 marking, or if this marking differs from the
    marking of its record.
    """
    objects = given.get("objects")
    if not isinstance(objects, list):
        raise BadRecord(f"{name}: objects: not a list")
    for number, one in enumerate(objects):
        place = f"{name}: objects.{number}"
        if not isinstance(one, dict):
            raise BadRecord(f"{place}: not a JSON object")
        if one.get("type") in ("identity", "marking-definition", "extension-definition"):
            continue
        extensions = one.get("extensions")
        held = extensions.get(EXTENSION) if isinstance(extensions, dict) else None
        if not isinstance(held, dict):
            skipped.append(str(one.get("id"))[:100])
            continue
        record = read({k: v for k, v in held.items() if k != "extension_type"}, place)
        refs = one.get("object_marking_refs")
        found = (
            [_MARKED[ref] for ref in refs if isinstance(ref, str) and ref in _MARKED]
            if isinstance(refs, list)
            else []
        )
        if found != [record.marking]:
            raise BadRecord(f"{place}: object_marking_refs: not exactly the marking of the record")
        yield record
