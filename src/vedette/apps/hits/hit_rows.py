"""Reads hits with their reasons under a lock, and writes them in bulk."""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from psycopg import Connection
from psycopg.types.json import Jsonb

from vedette.apps.copying import copy_in, merge_in
from vedette.apps.subjects.rows import SPINE, Spine
from vedette.screening.reason import Reason, priority

_HIT = (
    *SPINE,
    "id",
    "subject_id",
    "group_id",
    "state",
    "priority",
    "favour",
    "reason_count",
    "opened_at",
    "changed_at",
    "due_at",
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
class Screened:
    """A screened subject, with the data that its hit needs."""

    id: uuid.UUID
    group_id: uuid.UUID | None
    unit: uuid.UUID | None
    #: The time by which a decision is due; None if unknown.
    due_at: dt.datetime | None
    retention_class: str
    month: dt.date
    #: The keyed token that identifies the subject, for clearings.
    fingerprint: bytes
    #: Whether the subject was stored before this frame, so that it may have a hit.
    stored: bool
    #: Whether most of the subject is masked, so that reasons that are not found now may still apply.
    partly: bool


@dataclass(slots=True)
class Raised:
    """A reason of a hit, stored or new."""

    id: uuid.UUID
    reason: Reason
    state: str
    outcome: str = ""
    changed: bool = False


@dataclass(slots=True)
class HitRow:
    """A hit with its reasons, and the events of this transaction."""

    id: uuid.UUID
    state: str
    opened_at: dt.datetime
    reasons: dict[str, Raised] = field(default_factory=dict)
    new: bool = False
    events: list[tuple[str, dict[str, Any]]] = field(default_factory=list)


def load_hits(
    connection: Connection[Any], organisation: uuid.UUID, subjects: Sequence[uuid.UUID]
) -> dict[uuid.UUID, HitRow]:
    """The organisation's hits of these subjects with their reasons; evidence is not read back."""
    if not subjects:
        return {}
    hits: dict[uuid.UUID, HitRow] = {}
    by_id: dict[uuid.UUID, HitRow] = {}
    for subject, id_, state, opened in connection.execute(
        "SELECT subject_id, id, state, opened_at FROM hits_hit"
        " WHERE organisation_id = %s AND subject_id = ANY(%s) ORDER BY id FOR UPDATE",
        [organisation, list(subjects)],
    ):
        hits[subject] = by_id[id_] = HitRow(id_, state, opened)
    for id_, of, state, outcome, entry, version, channel, *about in connection.execute(
        "SELECT id, hit_id, state, outcome, entry_id, profile_version_id, channel, kind, key,"
        " contribution, score, params, knowledge, theme, purpose, entry_hash FROM hits_reason"
        " WHERE organisation_id = %s AND hit_id = ANY(%s)",
        [organisation, list(by_id)],
    ):
        names = ("kind", "key", "contribution", "score", "params", "knowledge", "theme", "purpose")
        reason = Reason(
            **dict(zip((*names, "hash"), about, strict=True)),
            channels=(channel,) if channel else (),
            evidence=None,
            entry=str(entry or ""),
            version=str(version or ""),
        )
        by_id[of].reasons[reason.key] = Raised(id_, reason, state, outcome)
    return hits


def cleared_pairs(
    connection: Connection[Any], spine: Spine, fingerprints: Sequence[bytes]
) -> set[tuple[bytes, str]]:
    """The clearings in force of these fingerprints, as pairs (fingerprint, hash of the entry)."""
    rows = connection.execute(
        "SELECT fingerprint, entry_hash FROM hits_clearedpair WHERE organisation_id = %s"
        " AND fingerprint = ANY(%s) AND expires_at > %s",
        [spine.organisation, list(fingerprints), spine.received_at],
    )
    return {(bytes(fingerprint), entry) for fingerprint, entry in rows}


def write(
    connection: Connection[Any],
    spine: Spine,
    touched: Sequence[tuple[HitRow, Screened]],
    favours: Sequence[list[dict[str, Any]]],
) -> None:
    """Stores changed hits with their changed reasons, evidence and events."""
    hits: list[tuple[Any, ...]] = []
    reasons: list[tuple[Any, ...]] = []
    clear: list[tuple[Any, ...]] = []
    events: list[tuple[Any, ...]] = []
    for (hit, subject), favour in zip(touched, favours, strict=True):
        open_ = [r.reason for r in hit.reasons.values() if r.state == "open"]
        points = priority([r.contribution for r in open_], [f["id"] for f in favour])
        class_, month = subject.retention_class, subject.month
        hits.append(
            (
                spine.organisation,
                spine.theme,
                spine.purpose,
                class_,
                month,
                spine.received_at,
                hit.id,
                subject.id,
                subject.group_id,
                hit.state,
                points,
                Jsonb(favour),
                len(open_),
                hit.opened_at,
                spine.received_at,
                subject.due_at or spine.received_at,
                subject.unit,
            )
        )
        for raised in hit.reasons.values():
            if not raised.changed:
                continue
            r = raised.reason
            reasons.append(
                (
                    raised.id,
                    spine.organisation,
                    hit.id,
                    r.kind,
                    r.key,
                    r.channel,
                    r.contribution,
                    r.score,
                    Jsonb(r.params),
                    r.entry or None,
                    r.hash,
                    r.version or None,
                    r.knowledge,
                    r.theme,
                    r.purpose,
                    raised.state,
                    raised.outcome,
                    spine.received_at,
                )
            )
            if r.evidence is not None:
                clear.append((raised.id, class_, month, spine.organisation, Jsonb(r.evidence)))
        events.extend(
            (spine.organisation, hit.id, spine.received_at, kind, Jsonb(params), points)
            for kind, params in hit.events
        )
    merge_in(
        connection,
        "hits_hit",
        _HIT,
        hits,
        ["id"],
        update=[
            "state",
            "priority",
            "favour",
            "reason_count",
            "changed_at",
            "due_at",
            "unit_id",
        ],
    )
    merge_in(connection, "hits_reason", _REASON, reasons, ["id"], update=_REASON[5:17])
    merge_in(connection, "hits_reasonclear", _CLEAR, clear, _CLEAR[:3], update=["evidence"])
    copy_in(connection, "hits_event", _EVENT, events)
