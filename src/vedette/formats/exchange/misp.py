"""MISP JSON. A record is one event with distribution 0 (this organisation only), one TLP 2.0 tag, and one
object `customs-record`. Each part of the record is an attribute of this object; the relation name of the
attribute is the path of the part, such as `content.items.0.unit`. Attributes have flags that prevent
correlation and export to detection systems.

A MISP defect sent an event with an empty sharing group to everybody (MISP #4200), and MISP allows two TLP
colours on one object (#2223). Therefore no sharing group is written, and an event that does not have exactly
one TLP tag is refused. Source: MISP core format (draft-dulaunoy-misp-core-format), and the schema of PyMISP.
"""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Iterable, Iterator
from typing import Any

from vedette.core import release
from vedette.formats.exchange.records import BadRecord, Record, flat, unflat
from vedette.formats.exchange.stix import NAMESPACE

OBJECT, TEMPLATE, TEMPLATE_VERSION = "customs-record", "a1f4c0d2-93b7-4f0e-8c65-7d2e1b9a3f48", "1"


def write(records: Iterable[Record]) -> dict[str, Any]:
    """Returns the events of records."""
    return {"response": [{"Event": _event(one)} for one in records]}


def _event(one: Record) -> dict[str, Any]:
    at = dt.datetime.fromisoformat(one.modified)
    stamp = str(int(at.timestamp()))
    organisation = {"name": one.owner_name or one.owner, "uuid": one.owner}
    version = f"{one.id} {one.version} {one.modified}"
    tags = [one.marking.lower(), *(["vedette:exercise"] if one.exercise else [])]
    return {
        "uuid": str(uuid.uuid5(NAMESPACE, f"event {one.id}")), "timestamp": stamp,
        "date": at.date().isoformat(),
        "info": f"{'EXERCISE ' if one.exercise else ''}{one.type} {one.id}", "published": False,
        "analysis": "2", "threat_level_id": "4", "distribution": "0", "Orgc": organisation,
        "Tag": [{"name": name} for name in tags],
        "Object": [{
            "name": OBJECT, "meta-category": "misc", "template_uuid": TEMPLATE,
            "template_version": TEMPLATE_VERSION, "description": "A record of a customs administration",
            "uuid": str(uuid.uuid5(NAMESPACE, f"object {version}")), "timestamp": stamp,
            "distribution": "0", "comment": "",
            "Attribute": [
                {
                    "uuid": str(uuid.uuid5(NAMESPACE, f"{version} {path}")), "object_relation": path,
                    "type": "text", "category": "Other", "to_ids": False, "disable_correlation": True,
                    "distribution": "0", "timestamp": stamp, "comment": "", "value": text,
                }
                for path, text in flat(one).items() if text
            ],
        }],
    }  # fmt: skip


def is_misp(given: Any) -> bool:
    """Returns whether a JSON value contains MISP events."""
    return isinstance(given, dict) and ("Event" in given or "response" in given)


def parse(given: Any, name: str, skipped: list[str]) -> Iterator[Record]:
    """Yields the records of events. The ids of events of other systems are added to `skipped`. Raises
    `BadRecord` if an event does not have exactly one TLP tag, or if this tag differs from the marking of its
    record."""
    rows = given.get("response", [given])
    if not isinstance(rows, list):
        raise BadRecord(f"{name}: response: not a list")
    for number, row in enumerate(rows):
        place = f"{name}: response.{number}"
        event = row.get("Event") if isinstance(row, dict) else None
        if not isinstance(event, dict):
            raise BadRecord(f"{place}: not an event")
        objects = event.get("Object")
        held = [
            one for one in objects if isinstance(one, dict) and one.get("template_uuid") == TEMPLATE
        ] if isinstance(objects, list) else []  # fmt: skip
        if not held:
            skipped.append(str(event.get("uuid"))[:100])
            continue
        marking = _tlp(event.get("Tag"), place)
        for one in held:
            record = unflat(_parts(one.get("Attribute"), place), place)
            if record.marking != marking:
                raise BadRecord(f"{place}: Tag: another marking than that of the record")
            yield record


def _tlp(tags: Any, place: str) -> str:
    names = (
        [one.get("name") for one in tags if isinstance(one, dict)] if isinstance(tags, list) else []
    )
    found = [name for name in names if isinstance(name, str) and name.lower().startswith("tlp:")]
    marking = release.marking(found[0]) if len(found) == 1 else None
    if marking is None:
        raise BadRecord(f"{place}: Tag: not exactly one tag of TLP 2.0, such as tlp:amber")
    return marking


def _parts(attributes: Any, place: str) -> dict[str, str]:
    found: dict[str, str] = {}
    for one in attributes if isinstance(attributes, list) else []:
        path, value = (
            (one.get("object_relation"), one.get("value")) if isinstance(one, dict) else (0, 0)
        )
        if not isinstance(path, str) or not isinstance(value, str):
            raise BadRecord(f"{place}: an attribute without a relation or a value")
        if path in found:
            raise BadRecord(f"{place}: {path}: occurs twice")
        found[path] = value
    return found
