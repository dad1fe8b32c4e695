"""Stores reasons as hits: opens, extends, reopens or voids hits in the transaction that stores the records.

There is one hit (row) per subject. A reason that a decision answered stays answered until the subject (its
fingerprint) or the content of the list entry changes. Hits are locked, read with their reasons, and written
in bulk.
"""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import msgspec
from psycopg import Connection
from psycopg.types.json import Jsonb

from vedette.apps.columns import new_id
from vedette.apps.copying import copy_in, merge_in
from vedette.apps.subjects.rows import SPINE, Spine
from vedette.screening.reason import LISTED, Reason, priority

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
    #: Whether the subject was stored before this batch of files, so that it may have a hit.
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


#: Takes subjects, each with the reasons of its hit. Returns the facts in favour of each subject: {id, params,
#: points}.
Favour = Callable[[Sequence[tuple[uuid.UUID, Iterable[Raised]]]], list[list[dict[str, Any]]]]


def raise_hits(
    connection: Connection[Any],
    spine: Spine,
    screened: Sequence[Screened],
    found: Mapping[uuid.UUID, Sequence[Reason]],
    answered: Collection[str],
    favour: Favour,
) -> list[uuid.UUID]:
    """Opens, extends, reopens or voids the hits of the screened subjects. Returns the ids of these hits.

    `answered` contains the ids of the profiles that were evaluated for all of these subjects. The reason of a
    profile is removed only if the profile was evaluated and does not match. It stays if the profile is
    suspended, has ended or could not be evaluated.
    """
    hits = load_hits(connection, spine.organisation, [s.id for s in screened if s.stored])
    wanted = [s for s in screened if s.id in hits or any(not r.shadow for r in found[s.id])]
    if not wanted:
        return []
    cleared = cleared_pairs(connection, spine, [s.fingerprint for s in wanted])
    touched = []
    for subject in wanted:
        hit = hits.get(subject.id)
        reasons = [
            _raised(reason, subject.fingerprint, cleared)
            for reason in found[subject.id]
            if not reason.shadow
        ]
        if hit is None:
            if not any(r.state == "open" and r.reason.kind != "disagreement" for r in reasons):
                continue
            hit = HitRow(new_id(), "new", spine.received_at, new=True)
        combine(hit, reasons, answered, partly=subject.partly)
        # The hit is written even if no reason changed, because the facts in favour may have changed.
        touched.append((hit, subject))
    about = [(subject.id, hit.reasons.values()) for hit, subject in touched]
    write(connection, spine, touched, favour(about))
    return [hit.id for hit, _ in touched]


def _raised(reason: Reason, fingerprint: bytes, cleared: set[tuple[bytes, str]]) -> Raised:
    """Returns a reason that will be stored, with the fingerprint of its subject in the parameters."""
    if reason.kind != "disagreement":
        params = {**reason.params, "fingerprint": fingerprint.hex()}
        reason = msgspec.structs.replace(reason, params=params)
    told_apart = reason.kind in LISTED and (fingerprint, reason.hash) in cleared
    return Raised(new_id(), reason, "cleared" if told_apart else "open")


def combine(
    hit: HitRow, found: Sequence[Raised], answered: Collection[str] = (), partly: bool = False
) -> None:
    """Merges the reasons that were found now into a hit. `answered` contains the ids of the profiles that
    were evaluated. If `partly` is true, most of the subject is masked. Reasons that were not found may then
    still apply.

    An answered or cleared reason reopens if the content of the entry or the fingerprint of the subject has
    changed. If a reason is no longer found, an open reason becomes void, and an answered reason stays
    answered.
    """
    opened = 0
    present: set[str] = set()
    for one in found:
        made = _made_before(hit, one)
        reason = one.reason
        present.add((made or one).reason.key)
        if made is not None:
            continue
        held = hit.reasons.get(reason.key)
        if held is None:
            hit.reasons[reason.key] = one
            one.changed = True
            opened += one.state == "open"
            continue
        before = held.reason
        other_side = before.hash != reason.hash
        this_side = reason.kind in LISTED and before.params.get("fingerprint") != reason.params.get(
            "fingerprint"
        )
        again = held.state == "void" or (
            held.state in ("answered", "cleared")
            and (other_side or this_side)
            and one.state == "open"
        )
        changed = before.score != reason.score or before.params != reason.params
        if again or other_side or this_side or changed:
            held.reason, held.changed = reason, True
        else:
            # The reason is not stored again. Its new evidence is used to compute the facts in favour.
            held.reason = msgspec.structs.replace(
                before, evidence=reason.evidence, channels=reason.channels
            )
        if again:
            held.state, held.outcome = one.state, ""
            opened += one.state == "open"
    for key, held in hit.reasons.items():
        kept = partly or (held.reason.kind == "profile" and _profile_of(held) not in answered)
        if key not in present and held.state == "open" and not kept:
            held.state, held.changed = "void", True
            hit.events.append(("reason_void", {"key": key}))
    _move(hit, opened)


def _profile_of(raised: Raised) -> str:
    """Returns the id of the profile of a reason. The key of the reason is `profile:<id>` or
    `profile:<id>:<version>`."""
    return raised.reason.key.split(":")[1]


def _made_before(hit: HitRow, one: Raised) -> Raised | None:
    """Returns the stored reason of an earlier version of the same profile, if it replaces this new reason. An
    open reason replaces it, and so does a reason that was answered for the same content. The stored reason
    keeps its version, and its outcome is counted for that version. A void reason replaces no other. Returns
    None if the new reason must be stored. The new reason then gets the key of the stored reason of its own
    version, or a new key if there is none.
    """
    if one.reason.kind != "profile":
        return None
    mine = [
        r
        for r in hit.reasons.values()
        if r.reason.kind == "profile" and _profile_of(r) == _profile_of(one)
    ]
    own = next((r for r in mine if r.reason.version == one.reason.version), None)
    for held in mine if own is None else ():
        if held.state == "open" or (held.state != "void" and held.reason.hash == one.reason.hash):
            return held
    if mine:
        key = own.reason.key if own else f"{one.reason.key}:{one.reason.version}"
        one.reason = msgspec.structs.replace(one.reason, key=key)
    return None


def _move(hit: HitRow, opened: int) -> None:
    """Sets the state of the hit according to its reasons, and adds the event. `opened` is the number of
    reasons that are new or open again."""
    if hit.new:
        hit.events.append(("opened", {"reasons": opened}))
        return
    if opened and hit.state in ("decided", "void"):
        hit.state = "reopened" if hit.state == "decided" else "new"
        hit.events.append(("reopened", {"reasons": opened}))
    elif opened:
        hit.events.append(("reason_added", {"reasons": opened}))
    elif hit.state in ("new", "reopened") and all(r.state != "open" for r in hit.reasons.values()):
        hit.state = "void"


def load_hits(
    connection: Connection[Any], organisation: uuid.UUID, subjects: Sequence[uuid.UUID]
) -> dict[uuid.UUID, HitRow]:
    """Returns the hits of these subjects with their reasons, but without the evidence."""
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
    """Returns the valid clearings of these fingerprints, as pairs (fingerprint, hash of the entry)."""
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
