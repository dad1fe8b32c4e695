"""Reasons become hits: opened, added to, reopened, void; in the transaction that stores the records.

A hit is one row a journey. What a decision answered stays answered until either side changes: the
traveller's fingerprint, or the content of the entry.
"""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import msgspec
from psycopg import Connection
from psycopg.types.json import Jsonb

from vedette.apps.columns import new_id
from vedette.apps.copying import copy_in, merge_in
from vedette.apps.targeting.favour import favour_of
from vedette.joining import BIRTH_DATE_DIFFERS, DOCUMENT_DIFFERS, NAME_DIFFERS, Person
from vedette.screening.knowledge import Found, Knowledge
from vedette.screening.priority import DISAGREEMENT_POINTS, priority

if TYPE_CHECKING:
    from vedette.apps.intake.rows import Spine
    from vedette.pipeline import Held

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
    "knowledge",
    "theme",
    "purpose",
    "state",
    "outcome",
    "created_at",
)
_CLEAR = ("reason_id", "retention_class", "month", "organisation_id", "evidence")
_EVENT = ("organisation_id", "hit_id", "at", "kind", "params", "text", "priority")


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


def raise_hits(
    connection: Connection[Any],
    spine: Spine,
    held: Mapping[uuid.UUID, Held],
    found: Mapping[uuid.UUID, Sequence[Found]],
    fingerprints: Mapping[uuid.UUID, bytes],
    knowledge: Knowledge,
) -> list[uuid.UUID]:
    """Opens, extends, reopens or voids the hits of the screened persons; gives the hits touched."""
    people = {
        p.id: (hold, p)
        for hold in held.values()
        for p in hold.manifest.persons.values()
        if p.id in found
    }
    hits = load_hits(connection, [p.id for _, p in people.values() if p.stored])
    wanted = [id_ for id_ in people if found[id_] or id_ in hits]
    if not wanted:
        return []
    cleared = cleared_pairs(connection, spine, [fingerprints[id_] for id_ in wanted])
    touched = []
    for id_ in wanted:
        hold, person = people[id_]
        mark = fingerprints[id_]
        hit = hits.get(id_)
        rows = reason_rows(found[id_], person, mark, cleared, spine)
        if hit is None:
            if not any(r.state == "open" and r.kind != "disagreement" for r in rows):
                continue
            hit = HitRow(new_id(), "new", spine.received_at, new=True)
        combine(hit, rows, mark)
        # Also where no reason changed: what speaks in their favour may have.
        touched.append((hit, hold, person))
    favours = favour_of(
        connection, [(hold, person, hit.reasons.values()) for hit, hold, person in touched]
    )
    _write(connection, spine, touched, favours, knowledge)
    return [hit.id for hit, _, _ in touched]


def reason_rows(
    found: Sequence[Found],
    person: Person,
    fingerprint: bytes,
    cleared: set[tuple[bytes, str]],
    spine: Spine,
) -> list[ReasonRow]:
    """What was found as reasons; a disagreement of the messages stands beside others, never alone."""
    rows = []
    for reason in found:
        known = reason.known
        listed = known.list
        rows.append(
            ReasonRow(
                id=new_id(),
                kind="lookout" if listed.lookouts else "watchlist",
                key=f"{listed.id}:{known.entry.ref}:{reason.channel}"[:200],
                channel=reason.channel,
                contribution=reason.contribution,
                score=reason.score,
                params={
                    "list": listed.name,
                    "list_id": listed.id,
                    "ref": known.entry.ref,
                    "version": listed.version,
                    "entry_name": reason.entry_name,
                    "fingerprint": fingerprint.hex(),
                },
                entry_id=uuid.UUID(known.id),
                entry_hash=known.hash,
                theme=listed.theme,
                purpose=listed.purpose,
                state="cleared" if (fingerprint, known.hash) in cleared else "open",
                evidence=msgspec.to_builtins(reason.evidence),
            )
        )
    differing = [
        f for f in person.facts if f in (NAME_DIFFERS, BIRTH_DATE_DIFFERS, DOCUMENT_DIFFERS)
    ]
    if rows and differing:
        rows.append(
            ReasonRow(
                id=new_id(),
                kind="disagreement",
                key="disagreement",
                channel="",
                contribution=DISAGREEMENT_POINTS,
                score=None,
                params={"facts": differing},
                entry_id=None,
                entry_hash="",
                theme=spine.theme,
                purpose=spine.purpose,
                state="open",
                evidence=[],
            )
        )
    return rows


def combine(hit: HitRow, rows: Sequence[ReasonRow], fingerprint: bytes) -> None:
    """Brings what was found now into a hit.

    A reason answered or cleared opens again when the entry's content or the traveller's fingerprint
    changed since. An open reason that is found no more is void; an answered one stays as answered.
    """
    opened: list[str] = []
    for row in rows:
        held = hit.reasons.get(row.key)
        if held is None:
            hit.reasons[row.key] = row
            row.changed = True
            if row.state == "open":
                opened.append(row.key)
            continue
        held.evidence = row.evidence
        other_side = held.entry_hash != row.entry_hash
        this_side = (
            row.kind != "disagreement" and held.params.get("fingerprint") != fingerprint.hex()
        )
        again = held.state == "void" or (
            held.state in ("answered", "cleared")
            and (other_side or this_side)
            and row.state == "open"
        )
        if again or other_side or this_side or held.score != row.score or held.params != row.params:
            held.contribution, held.score, held.params = row.contribution, row.score, row.params
            held.entry_id, held.entry_hash, held.evidence = (
                row.entry_id,
                row.entry_hash,
                row.evidence,
            )
            held.changed = True
        if again:
            held.state, held.outcome = row.state, ""
            if row.state == "open":
                opened.append(row.key)
    present = {row.key for row in rows}
    for key, held in hit.reasons.items():
        if key not in present and held.state == "open":
            held.state = "void"
            held.changed = True
            hit.events.append(("reason_void", {"key": key}))
    _move(hit, opened)


def _move(hit: HitRow, opened: Sequence[str]) -> None:
    """The state that the reasons ask for."""
    if hit.new:
        hit.events.append(("opened", {"reasons": len(opened)}))
        return
    still = any(r.state == "open" for r in hit.reasons.values())
    if opened and hit.state in ("decided", "void"):
        hit.state = "reopened" if hit.state == "decided" else "new"
        hit.events.append(("reopened", {"reasons": len(opened)}))
    elif opened:
        hit.events.append(("reason_added", {"reasons": len(opened)}))
    elif not still and hit.state in ("new", "reopened"):
        hit.state = "void"


def load_hits(
    connection: Connection[Any], journeys: Sequence[uuid.UUID]
) -> dict[uuid.UUID, HitRow]:
    """The hits of these journeys with their reasons; evidence is not read back."""
    if not journeys:
        return {}
    hits: dict[uuid.UUID, HitRow] = {}
    by_id: dict[uuid.UUID, HitRow] = {}
    for journey, id_, state, opened in connection.execute(
        "SELECT journey_id, id, state, opened_at FROM targeting_hit WHERE journey_id = ANY(%s)"
        " ORDER BY id FOR UPDATE",
        [list(journeys)],
    ):
        hits[journey] = by_id[id_] = HitRow(id_, state, opened)
    columns = (
        "id, hit_id, kind, key, channel, contribution, score, params, entry_id, entry_hash,"
        " theme, purpose, state, outcome"
    )
    for row in connection.execute(
        f"SELECT {columns} FROM targeting_reason WHERE hit_id = ANY(%s)",  # noqa: S608
        [list(by_id)],
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


def _write(
    connection: Connection[Any],
    spine: Spine,
    touched: Sequence[tuple[HitRow, Held, Person]],
    favours: Sequence[list[dict[str, Any]]],
    knowledge: Knowledge,
) -> None:
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
            spine.retention_class,
            person.row.get("month", spine.month),
            spine.received_at,
        )
        month = personal[4]
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
                    f"{knowledge.number} · {ENGINE}",
                    r.theme,
                    r.purpose,
                    r.state,
                    r.outcome,
                    spine.received_at,
                )
            )
            if r.evidence is not None:
                clear.append(
                    (r.id, spine.retention_class, month, spine.organisation, Jsonb(r.evidence))
                )
        events.extend(
            (spine.organisation, hit.id, spine.received_at, kind, Jsonb(params), "", points)
            for kind, params in hit.events
        )
    merge_in(
        connection,
        "targeting_hit",
        _HIT,
        hits,
        ["id"],
        update=["state", "priority", "favour", "reason_count", "changed_at", "lands_at"],
    )
    merge_in(connection, "targeting_reason", _REASON, reasons, ["id"], update=_REASON[6:16])
    merge_in(connection, "targeting_reasonclear", _CLEAR, clear, _CLEAR[:3], update=["evidence"])
    copy_in(connection, "targeting_event", _EVENT, events)
