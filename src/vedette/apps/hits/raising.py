"""Opens, extends, reopens or voids hits according to the reasons that screening found. The hits are written
in the transaction that stores the records.

A subject has at most one hit (one row). A reason that a decision answered stays answered until the subject
(its fingerprint) or the content of the list entry changes. Hits are locked, read with their reasons, and
written in bulk (many rows in one statement).
"""

from __future__ import annotations

import datetime as dt
import json
import uuid
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import msgspec
from psycopg import Connection
from psycopg.types.json import Jsonb

from vedette.apps.columns import new_id, pairs_of, views_of
from vedette.apps.copying import copy_in, merge_in
from vedette.apps.hits.models import Hit
from vedette.apps.notices import actions as notices
from vedette.apps.notices.models import Notice
from vedette.apps.subjects.rows import SPINE, Spine
from vedette.screening.reason import BESIDE, LISTED, Reason, priority

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
    "pairs",
    "open_pairs",
    "parts",
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
_EVENT = ("organisation_id", "hit_id", "at", "kind", "params", "priority", "pairs", "seen")
_OPEN = ("new", "reopened")


#: A clearing: the fingerprint of the subject; hash, theme and purpose of the entry.
Cleared = tuple[bytes, str, str, str]


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

    @property
    def pair(self) -> int:
        """Returns the pair of theme and purpose of the reason, as a set of bits."""
        return pairs_of([self.reason.theme], [self.reason.purpose])


@dataclass(slots=True)
class HitRow:
    """A hit with its reasons, and the events of this transaction."""

    id: uuid.UUID
    state: str
    opened_at: dt.datetime
    reasons: dict[str, Raised] = field(default_factory=dict)
    new: bool = False
    events: list[tuple[str, dict[str, Any]]] = field(default_factory=list)
    #: The reasons that became open, and those that became void, in this transaction.
    opened: list[Raised] = field(default_factory=list)
    voided: list[Raised] = field(default_factory=list)
    #: The stored pairs, and for each part of them the stored values of `Hit.PARTIAL` for its readers.
    pairs: int = 0
    views: dict[int, dict[str, Any]] = field(default_factory=dict)
    #: The stored time of the decision and the stored unit.
    place: tuple[dt.datetime, uuid.UUID | None] | None = None


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
    """Opens, extends, reopens or voids the hits of the screened subjects. Returns the ids of the changed
    hits.

    `answered` contains the ids of the profiles that were evaluated for all the screened subjects. The reason
    of a profile is removed only if the profile was evaluated and does not match. The reason is kept if the
    profile is suspended, has ended or could not be evaluated.
    """
    touched = _touched(connection, spine, screened, found, answered)
    write(connection, spine, touched, favour)
    return [hit.id for hit, _ in touched]


@dataclass(slots=True)
class Expected:
    """A hit that a screening would open or extend.

    `pairs` are the pairs of theme and purpose of the reasons of the hit. `seen` contains the pairs that
    certain readers see. The other fields describe the hit as these readers see it. `opened` contains the
    reasons that are new or reopened for these readers.
    """

    pairs: int
    seen: int
    new: bool
    priority: int
    due_at: dt.datetime
    opened: list[Reason]


def expected(
    connection: Connection[Any],
    spine: Spine,
    screened: Sequence[Screened],
    found: Mapping[uuid.UUID, Sequence[Reason]],
    answered: Collection[str],
    favour: Favour,
) -> list[Expected]:
    """Returns the hits that `raise_hits` would open or extend with the same arguments. Stores nothing."""
    now = spine.received_at
    touched = _touched(connection, spine, screened, found, answered)
    return [
        Expected(
            whole.seen, part.seen, part.opens, part.values["priority"], _place(subject, now)[0],
            [r.reason for r in part.hit.opened if r.pair & part.seen],
        )
        for (_, subject), (whole, parts) in zip(touched, _parts(touched, now, favour), strict=True)
        for part in (whole, *parts)
        if any(r.pair & part.seen for r in part.hit.opened)
    ]  # fmt: skip


def _touched(
    connection: Connection[Any],
    spine: Spine,
    screened: Sequence[Screened],
    found: Mapping[uuid.UUID, Sequence[Reason]],
    answered: Collection[str],
) -> list[tuple[HitRow, Screened]]:
    """Returns the stored and the new hits of the screened subjects, with the reasons that were just found."""
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
            if not any(r.state == "open" and r.reason.kind not in BESIDE for r in reasons):
                continue
            # The id contains no time: some readers see the hit only from a later time on.
            hit = HitRow(uuid.uuid4(), "new", spine.received_at, new=True)
        combine(hit, reasons, answered, partly=subject.partly)
        # The hit is written even if no reason changed, because the facts in favour may have changed.
        touched.append((hit, subject))
    return touched


def _raised(reason: Reason, fingerprint: bytes, cleared: set[Cleared]) -> Raised:
    """Returns the reason in the form in which it is stored. The parameters of the reason contain the
    fingerprint of the subject."""
    if reason.kind not in BESIDE:
        params = {**reason.params, "fingerprint": fingerprint.hex()}
        reason = msgspec.structs.replace(reason, params=params)
    pair = (fingerprint, reason.hash, reason.theme, reason.purpose)
    told_apart = reason.kind in LISTED and pair in cleared
    return Raised(new_id(), reason, "cleared" if told_apart else "open")


def combine(
    hit: HitRow, found: Sequence[Raised], answered: Collection[str] = (), partly: bool = False
) -> None:
    """Merges the newly found reasons into a hit. `answered` contains the ids of the profiles that were
    evaluated for the subject. `partly` is true if most values of the subject are masked. Reasons that were
    not found again may then still apply.

    An answered or cleared reason reopens if the content of the entry or the fingerprint of the subject has
    changed. An open reason that is no longer found becomes void. An answered reason stays answered.
    """
    opened = hit.opened
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
            opened += [one] if one.state == "open" else []
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
        changed = any(
            getattr(before, name) != getattr(reason, name)
            for name in ("score", "params", "theme", "purpose")
        )
        if again or other_side or this_side or changed:
            held.reason, held.changed = reason, True
        else:
            # The reason is not stored again. Its new evidence is used to compute the facts in favour.
            held.reason = msgspec.structs.replace(
                before, evidence=reason.evidence, channels=reason.channels
            )
        if again:
            held.state, held.outcome = one.state, ""
            opened += [held] if one.state == "open" else []
    for key, held in hit.reasons.items():
        kept = partly or (held.reason.kind == "profile" and _profile_of(held) not in answered)
        if key not in present and held.state == "open" and not kept:
            held.state, held.changed = "void", True
            hit.voided.append(held)
            hit.events.append(("reason_void", {"key": key}))
    _move(hit, len(opened))


def _profile_of(raised: Raised) -> str:
    """Returns the id of the profile of a reason. The key of the reason is `profile:<id>` or
    `profile:<id>:<version>`."""
    return raised.reason.key.split(":")[1]


def _made_before(hit: HitRow, one: Raised) -> Raised | None:
    """Returns the stored reason of an earlier version of the same profile, if that reason replaces the new
    reason. The stored reason replaces the new reason if the stored reason is open, or if it was answered for
    the same content. The stored reason keeps the version of its profile, and the outcome of the reason is
    counted for that version. A void reason never replaces a new reason. Returns None if no stored reason
    replaces the new reason. A new reason that must be stored gets the key of the stored reason of the same
    profile version. If there is no such stored reason, the new reason gets a new key.
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
    """Sets the state of the hit from its reasons, and adds the event of the change. `opened` is the number of
    reasons that are new or were reopened."""
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


#: The columns that depend on what a reader sees, as arguments of `jsonb_build_object`.
_PARTIAL = ", ".join(f"'{name}', {name}" for name in Hit.PARTIAL)


def load_hits(
    connection: Connection[Any], organisation: uuid.UUID, subjects: Sequence[uuid.UUID]
) -> dict[uuid.UUID, HitRow]:
    """Returns the hits of these subjects with their reasons, but without the evidence."""
    if not subjects:
        return {}
    hits: dict[uuid.UUID, HitRow] = {}
    by_id: dict[uuid.UUID, HitRow] = {}
    for subject, id_, due_at, unit, pairs, parts, full in connection.execute(
        f"SELECT subject_id, id, due_at, unit_id, pairs, parts, jsonb_build_object({_PARTIAL})"  # noqa: S608
        " FROM hits_hit WHERE organisation_id = %s AND subject_id = ANY(%s) ORDER BY id FOR UPDATE",
        [organisation, list(subjects)],
    ):
        opened = dt.datetime.fromisoformat(full["opened_at"])
        views = {**{int(seen): part for seen, part in parts.items()}, pairs: full}
        hit = HitRow(id_, full["state"], opened, pairs=pairs, views=views, place=(due_at, unit))
        hits[subject] = by_id[id_] = hit
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
) -> set[Cleared]:
    """Returns the valid clearings of the subjects with these fingerprints."""
    rows = connection.execute(
        "SELECT fingerprint, entry_hash, theme, purpose FROM hits_clearedpair WHERE organisation_id = %s"
        " AND fingerprint = ANY(%s) AND expires_at > %s",
        [spine.organisation, list(fingerprints), spine.received_at],
    )
    return {(bytes(fingerprint), *entry) for fingerprint, *entry in rows}


@dataclass(slots=True)
class Part:
    """A hit as seen by users who see only some of its pairs of theme and purpose."""

    hit: HitRow
    seen: int
    #: The values of `Hit.PARTIAL`.
    values: dict[str, Any]
    changed: bool
    events: list[tuple[str, dict[str, Any]]]

    @property
    def opens(self) -> bool:
        """Returns whether these readers did not see the hit before."""
        return any(kind == "opened" for kind, _ in self.events)

    @property
    def reasons(self) -> list[Raised]:
        """Returns the reasons that the users of this part see."""
        return [r for r in self.hit.reasons.values() if r.pair & self.seen]


def parts_of(hit: HitRow, pairs: int, now: dt.datetime) -> list[Part]:
    """Returns the parts of a hit for the users who see only some of `pairs`. A part is left out if a hit
    would not have been opened for the reasons of this part alone. The state of a part is set by the same
    rules as in `_move`."""
    parts = []
    for seen in views_of(pairs):
        before = hit.views.get(seen & hit.pairs) if seen & hit.pairs else None
        mine = [r for r in hit.reasons.values() if r.pair & seen]
        still = [r for r in mine if r.state == "open"]
        raises = any(r.reason.kind not in BESIDE for r in still)
        if seen == pairs or (before is None and not raises):
            continue
        opened = len([r for r in hit.opened if r.pair & seen])
        events: list[tuple[str, dict[str, Any]]] = [
            ("reason_void", {"key": r.reason.key}) for r in hit.voided if r.pair & seen
        ]
        state = before["state"] if before else "new"
        if before is None:
            events.append(("opened", {"reasons": len(still)}))
        elif still and state not in _OPEN:
            state = "reopened" if state == "decided" else "new"
            events += [("reopened", {"reasons": opened})] if opened else []
        elif still and opened:
            events.append(("reason_added", {"reasons": opened}))
        elif not still and state in _OPEN:
            state = "void"
        new = {**dict.fromkeys(Hit.PARTIAL), "opened_at": now.isoformat()}
        changed = before is None or bool(events) or any(r.changed for r in mine)
        parts.append(Part(hit, seen, {**(before or new), "state": state}, changed, events))
    return parts


def write(
    connection: Connection[Any],
    spine: Spine,
    touched: Sequence[tuple[HitRow, Screened]],
    favour_of: Favour,
) -> None:
    """Stores changed hits with their changed reasons, evidence and events."""
    hits: list[tuple[Any, ...]] = []
    reasons: list[tuple[Any, ...]] = []
    clear: list[tuple[Any, ...]] = []
    events: list[tuple[Any, ...]] = []
    reopened: dict[uuid.UUID, tuple[int, list[int]]] = {}
    now = spine.received_at
    subjects = [subject for _, subject in touched]
    seen = _parts(touched, now, favour_of)
    for subject, (whole, parts) in zip(subjects, seen, strict=True):
        hit, own = whole.hit, whole.seen
        told: dict[tuple[str, str], dict[int, int]] = {}
        for part in (*parts, whole):
            for event in part.events:
                told.setdefault(_told(*event), {})[part.seen] = part.values["priority"]
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
                whole.values["priority"],
                Jsonb(whole.values["favour"]),
                len([r for r in hit.reasons.values() if r.state == "open"]),
                hit.opened_at,
                whole.values["changed_at"],
                *_place(subject, now),
                own,
                pairs_in(r for r in hit.reasons.values() if r.state == "open"),
                Jsonb({part.seen: part.values for part in parts}),
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
            (spine.organisation, hit.id, now, kind, params, max(seen.values()), own, Jsonb(seen))
            for (kind, params), seen in told.items()
        )
        again = [seen for (kind, _), some in told.items() if kind == "reopened" for seen in some]
        if again:
            reopened[hit.id] = own, again
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
            "pairs",
            "open_pairs",
            "parts",
        ],
    )
    merge_in(connection, "hits_reason", _REASON, reasons, ["id"], update=_REASON[5:17])
    merge_in(connection, "hits_reasonclear", _CLEAR, clear, _CLEAR[:3], update=["evidence"])
    copy_in(connection, "hits_event", _EVENT, events)
    pairs = [whole.seen for whole, _ in seen]
    _notify(connection, spine.organisation, [hit for hit, _ in touched], pairs, reopened)


#: Hit → the officers whose decision is the last one that they see, as row-level security of decisions shows
#: it: a later decision on reasons out of an officer's sight does not count for this officer.
_DECIDED_BY = """
    SELECT DISTINCT d.hit_id, d.by_id FROM hits_decision d JOIN accounts_user u ON u.id = d.by_id
    WHERE d.organisation_id = %s AND d.hit_id = ANY(%s) AND NOT EXISTS (
        SELECT FROM hits_decision e
        WHERE e.organisation_id = d.organisation_id AND e.hit_id = d.hit_id AND e.at > d.at
          AND e.by_id <> d.by_id AND (e.answers = '{}' OR EXISTS (
              SELECT FROM hits_reason r
              WHERE r.organisation_id = e.organisation_id AND r.hit_id = e.hit_id
                AND e.answers ? r.id::text AND r.theme = ANY (vedette_reader_themes(u.themes::text[]))
                AND r.purpose = ANY (u.purposes))))
"""
#: Entry → the officer of its lookout, and its time.
_LOOKOUT_OF = """
    SELECT entry_id, created_by_id, created_at FROM lists_lookout
    WHERE organisation_id = %s AND entry_id = ANY(%s)
"""


def _notify(
    connection: Connection[Any],
    organisation: uuid.UUID,
    hits: Sequence[HitRow],
    pairs: Sequence[int],
    reopened: Mapping[uuid.UUID, tuple[int, list[int]]],
) -> None:
    """Notifies the officers whose lookouts matched, and the officers who decided the reopened hits.
    `reopened` contains the theme and purpose pairs of each reopened hit, and the readers for whom the hit was
    reopened."""
    events = []
    matched = [
        (hit, own, raised)
        for hit, own in zip(hits, pairs, strict=True)
        for raised in hit.opened
        if raised.reason.kind == "lookout" and raised.reason.entry
    ]
    if matched:
        entries = [uuid.UUID(raised.reason.entry) for _, _, raised in matched]
        rows = connection.execute(_LOOKOUT_OF, [organisation, entries])
        lookouts = {str(entry): about for entry, *about in rows}
        for hit, own, raised in matched:
            if (about := lookouts.get(raised.reason.entry)) is None:
                continue
            readers = [seen for seen in {own, *views_of(own)} if seen & raised.pair]
            event = notices.Event(
                kind=Notice.Kind.LOOKOUT, to=[about[0]], hit=hit.id, pairs=own, seen=readers,
                params={"on": about[1].isoformat()},
            )  # fmt: skip
            events.append(event)
    if reopened:
        for id_, by in connection.execute(_DECIDED_BY, [organisation, list(reopened)]):
            own, readers = reopened[id_]
            events.append(
                notices.Event(kind=Notice.Kind.REOPENED, to=[by], hit=id_, pairs=own, seen=readers)
            )
    notices.write(connection.execute, organisation, events)


def _parts(
    touched: Sequence[tuple[HitRow, Screened]], now: dt.datetime, favour_of: Favour
) -> list[tuple[Part, list[Part]]]:
    """Returns each hit in two forms: for the readers who see all pairs of the hit, and for the other
    readers."""
    pairs = [pairs_in(hit.reasons.values()) for hit, _ in touched]
    partial = [parts_of(hit, own, now) for (hit, _), own in zip(touched, pairs, strict=True)]
    favours = iter(
        favour_of(
            [(subject.id, hit.reasons.values()) for hit, subject in touched]
            + [
                (subject.id, part.reasons)
                for (_, subject), parts in zip(touched, partial, strict=True)
                for part in parts
            ]
        )
    )
    full = [next(favours) for _ in touched]
    made = []
    for (hit, subject), favour, own, parts in zip(touched, full, pairs, partial, strict=True):
        moved = hit.place != _place(subject, now)
        whole = Part(
            hit, own, {**hit.views.get(hit.pairs, dict.fromkeys(Hit.PARTIAL)), "state": hit.state},
            moved or any(r.changed for r in hit.reasons.values()), hit.events,
        )  # fmt: skip
        for part in (*parts, whole):
            part.changed |= moved
            _fill(part, favour if part is whole else next(favours), now)
            whole.changed |= part.changed
        made.append((whole, parts))
    return made


def _place(subject: Screened, now: dt.datetime) -> tuple[dt.datetime, uuid.UUID | None]:
    """Returns the deadline of the decision and the unit, which determine the position of the hit in the
    queue."""
    return subject.due_at or now, subject.unit


def pairs_in(reasons: Iterable[Raised]) -> int:
    """Returns the pairs of theme and purpose of these reasons."""
    pairs = 0
    for raised in reasons:
        pairs |= raised.pair
    return pairs


def _fill(part: Part, favour: list[dict[str, Any]], now: dt.datetime) -> None:
    """Sets the facts in favour, the priority and the time of change of a part of a hit (the hit as certain
    readers see it)."""
    contributions = [r.reason.contribution for r in part.reasons if r.state == "open"]
    values = {"favour": favour, "priority": priority(contributions, [f["id"] for f in favour])}
    part.changed |= any(part.values[name] != value for name, value in values.items())
    part.values |= values
    if part.changed:
        part.values["changed_at"] = now.isoformat()


def _told(kind: str, params: dict[str, Any]) -> tuple[str, str]:
    """Returns a key that is the same for events with the same content. Users for whom the event is identical
    share one row."""
    return kind, json.dumps(params)
