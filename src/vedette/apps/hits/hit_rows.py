"""Hits and reasons as rows: read under their lock, written in one go."""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from psycopg import Connection
from psycopg.types.json import Jsonb

from vedette.apps.copying import copy_in, merge_in
from vedette.screening.knowledge import Knowledge
from vedette.screening.priority import priority
from vedette.travellers.manifest import Person

if TYPE_CHECKING:
    from vedette.travellers.app.rows import Spine
    from vedette.travellers.held import Held

ENGINE = "names 1"

_PERSONAL = ("organisation_id", "theme", "purpose", "retention_class", "month", "received_at")
_HIT = (
    *_PERSONAL,
    "id",
    "journey_id",
    "flight_id",
    "state",
    "priority",
    "favour",
    "reason_count",
    "opened_at",
    "changed_at",
    "lands_at",
    "unit_id",
)
_REASON = (
    "id",
    "organisation_id",
    "hit_id",
    "kind",
    "key",
    "channel",
    "contribution",
    "score",
    "params",
    "entry_id",
    "entry_hash",
    "profile_version_id",
    "knowledge",
    "theme",
    "purpose",
    "state",
    "outcome",
    "created_at",
)
_CLEAR = ("reason_id", "retention_class", "month", "organisation_id", "evidence")
_EVENT = ("organisation_id", "hit_id", "at", "kind", "params", "priority")


@dataclass(slots=True)
class ReasonRow:
    """A reason as stored or to be stored, with the points of its evidence by name."""

    id: uuid.UUID
    kind: str
    key: str
    channel: str
    contribution: int
    score: float | None
    params: dict[str, Any]
    entry_id: uuid.UUID | None
    entry_hash: str
    theme: str
    purpose: str
    state: str
    outcome: str = ""
    evidence: list[dict[str, Any]] | None = None
    version_id: uuid.UUID | None = None
    changed: bool = False


@dataclass(slots=True)
class HitRow:
    """A hit with its reasons, and the events of this transaction."""

    id: uuid.UUID
    state: str
    opened_at: dt.datetime
    reasons: dict[str, ReasonRow] = field(default_factory=dict)
    new: bool = False
    events: list[tuple[str, dict[str, Any]]] = field(default_factory=list)


def load_hits(
    connection: Connection[Any], organisation: uuid.UUID, journeys: Sequence[uuid.UUID]
) -> dict[uuid.UUID, HitRow]:
    """The organisation's hits of these journeys with their reasons; evidence is not read back."""
    if not journeys:
        return {}
    hits: dict[uuid.UUID, HitRow] = {}
    by_id: dict[uuid.UUID, HitRow] = {}
    for journey, id_, state, opened in connection.execute(
        "SELECT journey_id, id, state, opened_at FROM targeting_hit"
        " WHERE organisation_id = %s AND journey_id = ANY(%s) ORDER BY id FOR UPDATE",
        [organisation, list(journeys)],
    ):
        hits[journey] = by_id[id_] = HitRow(id_, state, opened)
    columns = (
        "id, hit_id, kind, key, channel, contribution, score, params, entry_id, entry_hash,"
        " theme, purpose, state, outcome, NULL, profile_version_id"
    )
    for row in connection.execute(
        f"SELECT {columns} FROM targeting_reason"  # noqa: S608
        " WHERE organisation_id = %s AND hit_id = ANY(%s)",
        [organisation, list(by_id)],
    ):
        reason = ReasonRow(row[0], *row[2:])
        by_id[row[1]].reasons[reason.key] = reason
    return hits


def cleared_pairs(
    connection: Connection[Any], spine: Spine, fingerprints: Sequence[bytes]
) -> set[tuple[bytes, str]]:
    """The clearings in force of these fingerprints: (fingerprint, hash of the entry)."""
    rows = connection.execute(
        "SELECT fingerprint, entry_hash FROM targeting_clearedpair WHERE organisation_id = %s"
        " AND fingerprint = ANY(%s) AND expires_at > %s",
        [spine.organisation, list(fingerprints), spine.received_at],
    )
    return {(bytes(fingerprint), entry) for fingerprint, entry in rows}


def write(
    connection: Connection[Any],
    spine: Spine,
    touched: Sequence[tuple[HitRow, Held, Person]],
    favours: Sequence[list[dict[str, Any]]],
    knowledge: Knowledge,
) -> None:
    """Stores touched hits with their changed reasons, evidence and events."""
    hits: list[tuple[Any, ...]] = []
    reasons: list[tuple[Any, ...]] = []
    clear: list[tuple[Any, ...]] = []
    events: list[tuple[Any, ...]] = []
    for (hit, hold, person), favour in zip(touched, favours, strict=True):
        open_ = [r for r in hit.reasons.values() if r.state == "open"]
        points = priority([r.contribution for r in open_], [f["id"] for f in favour])
        lands = hold.row.arrives_at or hold.row.departs_at or spine.received_at
        personal = (
            spine.organisation,
            spine.theme,
            spine.purpose,
            person.row.get("retention_class", spine.retention_class),
            person.row.get("month", spine.month),
            spine.received_at,
        )
        class_, month = personal[3:5]
        hits.append(
            (
                *personal,
                hit.id,
                person.id,
                hold.row.id,
                hit.state,
                points,
                Jsonb(favour),
                len(open_),
                hit.opened_at,
                spine.received_at,
                lands,
                hold.unit,
            )
        )
        for r in hit.reasons.values():
            if not r.changed:
                continue
            reasons.append(
                (
                    r.id,
                    spine.organisation,
                    hit.id,
                    r.kind,
                    r.key,
                    r.channel,
                    r.contribution,
                    r.score,
                    Jsonb(r.params),
                    r.entry_id,
                    r.entry_hash,
                    r.version_id,
                    f"{knowledge.number} · {ENGINE}",
                    r.theme,
                    r.purpose,
                    r.state,
                    r.outcome,
                    spine.received_at,
                )
            )
            if r.evidence is not None:
                clear.append((r.id, class_, month, spine.organisation, Jsonb(r.evidence)))
        events.extend(
            (spine.organisation, hit.id, spine.received_at, kind, Jsonb(params), points)
            for kind, params in hit.events
        )
    merge_in(
        connection,
        "targeting_hit",
        _HIT,
        hits,
        ["id"],
        update=[
            "state",
            "priority",
            "favour",
            "reason_count",
            "changed_at",
            "lands_at",
            "unit_id",
        ],
    )
    merge_in(connection, "targeting_reason", _REASON, reasons, ["id"], update=_REASON[6:17])
    merge_in(connection, "targeting_reasonclear", _CLEAR, clear, _CLEAR[:3], update=["evidence"])
    copy_in(connection, "targeting_event", _EVENT, events)
