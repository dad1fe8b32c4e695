"""Parcels as a kind of subject: the definition without Django."""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, ClassVar

from vedette.core.kind import FileReader, Kind
from vedette.core.parties import Asked, Party
from vedette.core.records import Envelope, Message, Record
from vedette.core.statements import stamp_of
from vedette.profiles.vocabulary import Column, Vocabulary

NAME = "parcel"
HEAD = b"PARCELS 1\n"


class Parcel(Record, frozen=True, kw_only=True):
    """What a message says of one parcel."""

    reference: str
    surname: str
    given_names: str = ""
    date_of_birth: dt.date | None = None
    document: str = ""
    contents: str = ""
    weight_kg: float | None = None
    arrives: dt.datetime | None = None


class ParcelMessage(Message, frozen=True, kw_only=True):
    """One line of a file of parcels."""

    kind: ClassVar[str] = NAME
    parcel: Parcel


@dataclass(frozen=True)
class Group:
    """Parcels have no groups: each is locked alone, under its own id."""

    id: uuid.UUID
    stated: str
    sender: str = "POST"


@dataclass(slots=True)
class Item:
    """The state of one parcel."""

    id: uuid.UUID
    parcel: Parcel | None = None
    stamp: str = ""
    stored: bool = False
    changed: bool = False
    restricted: bool = False
    retention_class: str = "parcel"
    month: dt.date | None = None
    #: The side table has its values; they are not masked.
    clear: bool = True
    #: Rectified elements, in place of what messages state.
    corrected: Mapping[str, str] = field(default_factory=dict)


@dataclass(slots=True)
class Held:
    """The stored data of a group: its one parcel."""

    row: Group
    subjects: list[Item]
    unit: uuid.UUID | None = None


def written(parcels: Sequence[Parcel], sent: dt.datetime) -> bytes:
    """A file with these parcels."""
    lines = [
        ";".join(
            (
                f"{sent:%Y-%m-%dT%H:%M:%S}",
                one.reference,
                one.surname,
                one.given_names,
                one.date_of_birth.isoformat() if one.date_of_birth else "",
                one.document,
                one.contents,
                str(one.weight_kg or ""),
                one.arrives.isoformat() if one.arrives else "",
            )
        )
        for one in parcels
    ]
    return HEAD + "\n".join(lines).encode() + b"\n"


def _read(data: bytes) -> list[Any]:
    messages = []
    for line in data.removeprefix(HEAD).decode().splitlines():
        sent, reference, surname, given, birth, document, contents, weight, arrives = line.split(
            ";"
        )
        messages.append(
            ParcelMessage(
                format="PARCELS",
                envelope=Envelope(
                    sender="POST",
                    prepared=dt.datetime.fromisoformat(sent),
                    interchange_ref=reference,
                ),
                parcel=Parcel(
                    reference=reference,
                    surname=surname,
                    given_names=given,
                    date_of_birth=dt.date.fromisoformat(birth) if birth else None,
                    document=document,
                    contents=contents,
                    weight_kg=float(weight) if weight else None,
                    arrives=dt.datetime.fromisoformat(arrives) if arrives else None,
                ),
                body=line.encode(),
            )
        )
    return messages


def _stamp(message: Any, received: Any) -> str:
    return " ".join(map(str, stamp_of(message.envelope, received.received_at)))


def _group(message: Any, received: Any) -> Group:
    reference = message.parcel.reference
    return Group(
        uuid.uuid5(received.organisation, f"parcel {reference}"), _stamp(message, received)
    )


def _later(one: Group | None, two: Group) -> Group:
    return two if one is None or one.stated <= two.stated else one


def _merge(reads: Sequence[Any], held: Mapping[uuid.UUID, Held], store: Any) -> None:
    """The message with the greatest stamp states the parcel."""
    for read in reads:
        [item] = held[read.group.id].subjects
        stamp = _stamp(read.message, read.received)
        if stamp > item.stamp and item.clear:
            item.parcel, item.stamp, item.changed = read.message.parcel, stamp, True


def _asked(hold: Held, item: Item) -> Asked:
    parcel = item.parcel
    assert parcel is not None
    party = Party(
        names=((item.corrected.get("surname", parcel.surname), parcel.given_names or None),),
        date_of_birth=parcel.date_of_birth,
        documents=(parcel.document,) if parcel.document else (),
    )
    return Asked(parties=(party,), texts=(parcel.contents,) if parcel.contents else ())


def _values(
    subjects: Sequence[tuple[Held, Item]],
    history: Mapping[uuid.UUID, Mapping[str, object]],
    now: dt.datetime,
) -> list[Mapping[str, object]]:
    rows = []
    for _, item in subjects:
        row = dict(history.get(item.id, {}))
        if item.parcel is not None and item.parcel.weight_kg is not None:
            row["weight_kg"] = item.parcel.weight_kg
        rows.append(row)
    return rows


VOCABULARY = Vocabulary(
    kind=NAME,
    version="1",
    columns=(
        Column(
            name="weight_kg",
            type="number",
            unit="kg",
            label="Weight",
            says="the parcel weighs %(value)s",
            ground="baggage",
            source="message",
        ),
        Column(
            name="parcels_12m",
            type="whole",
            label="Earlier parcels of the sender",
            says="the sender sent %(value)s parcels before, in 12 months",
            ground="history",
            source="history: document",
        ),
    ),
)

KIND = Kind(
    name=NAME,
    themes=("global_shield",),
    app="tests.parcels.app",
    readers=(
        FileReader(
            name="PARCELS",
            what="parcels",
            versions="1",
            called="file of parcels",
            sniff=lambda head, data: head.startswith(HEAD),
            read=_read,
        ),
    ),
    counts=lambda message: {"subjects": 1},
    group=_group,
    later=_later,
    merge=_merge,
    asks=_asked,
    columns=lambda: VOCABULARY,
    values=_values,
    fairness=("contents",),
    due_at=lambda hold: hold.subjects[0].parcel.arrives if hold.subjects[0].parcel else None,
)
