"""Reasons become hits: opened, added to, reopened, void; in the transaction that stores the records.

A hit is one row a journey. What a decision answered stays answered until either side changes: the
traveller's fingerprint, or the content of the entry.
"""

from __future__ import annotations

import uuid
from collections.abc import Collection, Mapping, Sequence
from typing import TYPE_CHECKING, Any

import msgspec
from psycopg import Connection

from vedette.apps.columns import new_id
from vedette.apps.hits.hit_rows import HitRow, ReasonRow, cleared_pairs, load_hits, write
from vedette.screening.knowledge import Found, Knowledge
from vedette.screening.priority import DISAGREEMENT_POINTS
from vedette.travellers.app.favour import favour_of
from vedette.travellers.manifest import BIRTH_DATE_DIFFERS, DOCUMENT_DIFFERS, NAME_DIFFERS, Person

if TYPE_CHECKING:
    from vedette.profiles.asking import Fired
    from vedette.travellers.app.rows import Spine
    from vedette.travellers.held import Held
    from vedette.travellers.intake import Judged


def raise_hits(
    connection: Connection[Any],
    spine: Spine,
    screened: Sequence[tuple[Held, Person]],
    found: Mapping[uuid.UUID, Sequence[Found]],
    judged: Judged,
    fingerprints: Mapping[uuid.UUID, bytes],
    knowledge: Knowledge,
) -> list[uuid.UUID]:
    """Opens, extends, reopens or voids the hits of the screened persons; gives the hits touched.

    What a profile said stays until it is asked again and says no: not where it is suspended, ended, or
    could not be asked.
    """
    people = {person.id: (hold, person) for hold, person in screened}
    hits = load_hits(connection, spine.organisation, [p.id for _, p in people.values() if p.stored])
    said, people_asked = judged.fired, {person.id for person in judged.people}
    wanted = [id_ for id_ in people if found[id_] or said.get(id_) or id_ in hits]
    if not wanted:
        return []
    cleared = cleared_pairs(connection, spine, [fingerprints[id_] for id_ in wanted])
    touched = []
    for id_ in wanted:
        hold, person = people[id_]
        mark = fingerprints[id_]
        hit = hits.get(id_)
        rows = reason_rows(found[id_], person, mark, cleared, spine)
        rows += [profile_row(one, mark) for one in said.get(id_, ()) if not one.profile.shadow]
        if hit is None:
            if not any(r.state == "open" and r.kind != "disagreement" for r in rows):
                continue
            hit = HitRow(new_id(), "new", spine.received_at, new=True)
        asked = judged.asked if id_ in people_asked else frozenset()
        combine(hit, rows, mark, asked, partly=person.late)
        # Also where no reason changed: what speaks in their favour may have.
        touched.append((hit, hold, person))
    favours = favour_of(
        connection, spine, [(hold, person, hit.reasons.values()) for hit, hold, person in touched]
    )
    write(connection, spine, touched, favours, knowledge)
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


def profile_row(fired: Fired, fingerprint: bytes) -> ReasonRow:
    """A profile that holds, as a reason. It names the version; the words are made from it."""
    profile = fired.profile
    return ReasonRow(
        id=new_id(),
        kind="profile",
        key=f"profile:{profile.id}",
        channel="",
        contribution=profile.weight,
        score=None,
        params={
            "ref": profile.ref,
            "number": profile.number,
            "title": profile.title,
            "fingerprint": fingerprint.hex(),
        },
        entry_id=None,
        entry_hash=profile.hash,
        theme=profile.theme,
        purpose=profile.purpose,
        state="open",
        evidence=msgspec.to_builtins(fired.evidence),
        version_id=uuid.UUID(profile.version),
    )


def combine(
    hit: HitRow,
    rows: Sequence[ReasonRow],
    fingerprint: bytes,
    asked: Collection[str] = (),
    partly: bool = False,
) -> None:
    """Brings what was found now into a hit; `asked`: ids of the profiles that were asked as well;
    `partly`: of a person of whom most is masked, so that what is not found may hold all the same.

    A reason answered or cleared opens again when the entry's content or the traveller's fingerprint
    changed since. An open reason that is found no more is void; an answered one stays as answered.
    """
    opened: list[str] = []
    present: set[str] = set()
    for row in rows:
        made = _made_before(hit, row)
        present.add(made.key if made is not None else row.key)
        if made is not None:
            continue
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
            row.kind not in ("disagreement", "profile")
            and held.params.get("fingerprint") != fingerprint.hex()
        )
        again = held.state == "void" or (
            held.state in ("answered", "cleared")
            and (other_side or this_side)
            and row.state == "open"
        )
        if again or other_side or this_side or held.score != row.score or held.params != row.params:
            held.contribution, held.score, held.params = row.contribution, row.score, row.params
            held.entry_id, held.entry_hash = row.entry_id, row.entry_hash
            held.evidence, held.version_id = row.evidence, row.version_id
            held.changed = True
        if again:
            held.state, held.outcome = row.state, ""
            if row.state == "open":
                opened.append(row.key)
    for key, held in hit.reasons.items():
        kept = partly or (held.kind == "profile" and _profile_of(held) not in asked)
        if key not in present and held.state == "open" and not kept:
            held.state = "void"
            held.changed = True
            hit.events.append(("reason_void", {"key": key}))
    _move(hit, opened)


def _profile_of(reason: ReasonRow) -> str:
    """The id of its profile: the key is `profile:<id>`, or `profile:<id>:<version>`."""
    return reason.key.split(":")[1]


def _made_before(hit: HitRow, row: ReasonRow) -> ReasonRow | None:
    """The reason by which an earlier version of the profile says this already; it names that version as
    long as it lives, and what becomes of it is that version's. None where this is to be told: then the
    row has the key under which its own version is, or will be, found.

    An open one stands for the profile. One that was answered stands for the same question only; what
    fell away stands for nothing.
    """
    if row.kind != "profile":
        return None
    mine = [
        r
        for r in hit.reasons.values()
        if r.kind == "profile" and _profile_of(r) == _profile_of(row)
    ]
    own = next((r for r in mine if r.version_id == row.version_id), None)
    if own is not None:
        row.key = own.key
        return None
    for held in mine:
        if held.state == "open" or (held.state != "void" and held.entry_hash == row.entry_hash):
            return held
    if mine:
        row.key = f"{row.key}:{row.version_id}"
    return None


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
