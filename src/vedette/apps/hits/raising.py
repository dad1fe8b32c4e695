"""Turns reasons into hits: opens, extends, reopens or voids them, in the transaction that stores the records.

A hit is one row per subject. A reason that a decision answered stays answered until the fingerprint of the
subject or the content of the list entry changes.
"""

from __future__ import annotations

import uuid
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from typing import Any

import msgspec
from psycopg import Connection

from vedette.apps.columns import new_id
from vedette.apps.hits.hit_rows import (
    HitRow,
    Raised,
    Screened,
    cleared_pairs,
    load_hits,
    write,
)
from vedette.apps.subjects.rows import Spine
from vedette.screening.reason import LISTED, Reason

#: Takes subjects, each with the reasons of its hit. Returns for each the facts in its favour: {id, params,
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
    """Opens, extends, reopens or voids the hits of the screened subjects; returns the ids of these hits.

    `answered` are the ids of the profiles that were evaluated for all of these subjects. The reason of a
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
    favours = favour([(subject.id, hit.reasons.values()) for hit, subject in touched])
    write(connection, spine, touched, favours)
    return [hit.id for hit, _ in touched]


def _raised(reason: Reason, fingerprint: bytes, cleared: set[tuple[bytes, str]]) -> Raised:
    """A reason to be stored, with the fingerprint of its subject in the parameters."""
    if reason.kind != "disagreement":
        params = {**reason.params, "fingerprint": fingerprint.hex()}
        reason = msgspec.structs.replace(reason, params=params)
    told_apart = reason.kind in LISTED and (fingerprint, reason.hash) in cleared
    return Raised(new_id(), reason, "cleared" if told_apart else "open")


def combine(
    hit: HitRow, found: Sequence[Raised], answered: Collection[str] = (), partly: bool = False
) -> None:
    """Merges the reasons found now into a hit. `answered` are the ids of the profiles that were evaluated.
    `partly` means that most of the subject is masked, so that reasons that are not found may still apply.

    An answered or cleared reason reopens if the content of the entry or the fingerprint of the
    subject has changed. An open reason that is not found any more becomes void. An answered reason
    that is not found any more stays answered.
    """
    opened: list[str] = []
    present: set[str] = set()
    for one in found:
        made = _made_before(hit, one)
        present.add(made.reason.key if made is not None else one.reason.key)
        if made is not None:
            continue
        reason = one.reason
        held = hit.reasons.get(reason.key)
        if held is None:
            hit.reasons[reason.key] = one
            one.changed = True
            if one.state == "open":
                opened.append(reason.key)
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
            if one.state == "open":
                opened.append(reason.key)
    for key, held in hit.reasons.items():
        kept = partly or (held.reason.kind == "profile" and _profile_of(held) not in answered)
        if key not in present and held.state == "open" and not kept:
            held.state = "void"
            held.changed = True
            hit.events.append(("reason_void", {"key": key}))
    _move(hit, opened)


def _profile_of(raised: Raised) -> str:
    """The id of the profile of a reason, whose key is `profile:<id>` or `profile:<id>:<version>`."""
    return raised.reason.key.split(":")[1]


def _made_before(hit: HitRow, one: Raised) -> Raised | None:
    """Returns the stored reason of an earlier version of the same profile that replaces this one: an open
    reason, or a reason that was answered for the same content. This stored reason keeps its version, and its
    outcome counts for that version. A void reason replaces nothing.

    Returns None if the new reason is to be stored. Its key is then the key of the stored reason of its own
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
    if own is not None:
        one.reason = msgspec.structs.replace(one.reason, key=own.reason.key)
        return None
    for held in mine:
        if held.state == "open" or (held.state != "void" and held.reason.hash == one.reason.hash):
            return held
    if mine:
        key = f"{one.reason.key}:{one.reason.version}"
        one.reason = msgspec.structs.replace(one.reason, key=key)
    return None


def _move(hit: HitRow, opened: Sequence[str]) -> None:
    """Sets the state of the hit that follows from its reasons, and adds the event."""
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
