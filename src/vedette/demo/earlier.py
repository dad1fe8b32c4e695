"""Creates the data of the sixty days before the first start of the demonstration: travellers, hits, decisions
and results of controls.

The messages of the sixty days (`world/earlier.py`) are merged, screened and stored in the same way as
messages that a worker processes. The stored times are times in these sixty days. The officers of the
demonstration then decide on the hits. Texts, answers and results are invented. The priority of the hit and
the answers determine the probability of each result.
"""

from __future__ import annotations

import datetime as dt
import random
import uuid
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any

from psycopg import Connection
from psycopg.types.json import Jsonb

from vedette.apps.columns import new_id
from vedette.apps.copying import copy_in
from vedette.apps.desk.rescreen import in_force
from vedette.apps.inbox import FILE_NAME
from vedette.apps.inbox.store import InboxStore
from vedette.apps.keyring import lock
from vedette.apps.subjects.kinds import app_kinds
from vedette.demo.world.earlier import EarlierDays, Sent
from vedette.keys.ring import Keys
from vedette.kinds import kind
from vedette.pipeline.process import Read, Received, take
from vedette.pipeline.screen import InForce

#: A journal entry: time, user, act, subject, detail.
Act = tuple[dt.datetime, uuid.UUID, str, str, dict[str, Any]]
#: Of the hits of the last day, the share without a decision. Of all decisions, the share made after landing.
_LEFT, _PAST_DUE = 0.06, 0.03
#: The share of controls with a recorded result.
_RECORDED = 0.93
_WHY = {
    "release": (
        "Itinéraire, paiement et bagages cohérents ; rien à retenir (fictif).",
        "Date de naissance et nationalité différentes, ce n’est pas la personne inscrite (fictif).",
        "Voyageur régulier, aller-retour réservé de longue date (fictif).",
        "Vérifié avec la compagnie : réservation modifiée par l’agence (fictif).",
    ),
    "refer": (
        "Réservation tardive payée en espèces, sans retour : contrôle du bagage demandé (fictif).",
        "Document et nom concordent avec l’inscription : vérification d’identité (fictif).",
        "Bagages sans rapport avec la durée du séjour : contrôle demandé (fictif).",
    ),
    "hold": ("Identité à confirmer avec le service inscripteur avant l’entrée (fictif).",),
    "refuse": ("Document déclaré volé, confirmé par le service inscripteur (fictif).",),
}
#: Texts for decisions on movements of cash, by their retention class.
_WHY_OF = {
    "cash": {
        "release": (
            "Provenance justifiée par des relevés bancaires (fictif).",
            "Date de naissance et document différents, ce n’est pas la personne inscrite (fictif).",
            "Erreur de comptage expliquée, montants concordants au second comptage (fictif).",
        ),
        "refer": (
            "Provenance non justifiée : comptage contradictoire et audition demandés (fictif).",
            "Plusieurs passages sous le seuil en peu de jours : contrôle demandé (fictif).",
        ),
        "hold": ("Propriétaire non identifié : rétention de l’argent à examiner (fictif).",),
        "refuse": ("Document déclaré volé, confirmé par le service inscripteur (fictif).",),
    }
}
_BASIS = "Code des douanes (fictif), art. 60"
_REASONS = """
    SELECT r.hit_id, r.id, r.kind, r.score, r.entry_hash, r.theme, r.purpose,
           coalesce(r.params ->> 'ref', r.key)
    FROM hits_reason r
    WHERE r.organisation_id = %s AND r.state = 'open' ORDER BY r.hit_id, r.key
"""
_HITS = """
    SELECT h.id, h.priority, coalesce(h.due_at, h.opened_at + interval '20 hours'),
           h.retention_class, h.month, s.minor, s.fingerprint, h.pairs, h.parts
    FROM hits_hit h JOIN subjects_subject s ON s.id = h.subject_id
    WHERE h.organisation_id = %s AND h.state = 'new' ORDER BY 3, s.id
"""
_OPENED = """
    WITH t AS (SELECT unnest(%s::uuid[]) AS id, unnest(%s::timestamptz[]) AS at),
    hits AS (UPDATE hits_hit h SET opened_at = t.at, changed_at = t.at,
             parts = coalesce((SELECT jsonb_object_agg(p.key, p.value || jsonb_build_object(
                 'opened_at', t.at, 'changed_at', t.at)) FROM jsonb_each(h.parts) p), '{}')
             FROM t WHERE h.id = t.id),
    events AS (UPDATE hits_event e SET at = t.at FROM t WHERE e.hit_id = t.id)
    UPDATE hits_reason r SET created_at = t.at FROM t WHERE r.hit_id = t.id
"""
_ANSWERED = """
    UPDATE hits_reason r SET state = 'answered', outcome = t.outcome
    FROM (SELECT unnest(%s::uuid[]) AS id, unnest(%s::text[]) AS outcome) t WHERE r.id = t.id
"""
_DECIDED = """
    UPDATE hits_hit h SET state = 'decided', decided_at = t.at, changed_at = t.at, claimed_by_id = t.by,
           claimed_at = t.claimed, open_pairs = 0,
           parts = coalesce((SELECT jsonb_object_agg(p.key, p.value || jsonb_build_object(
               'state', 'decided', 'decided_at', t.at, 'changed_at', t.at, 'claimed_by_id', t.by,
               'claimed_at', t.claimed)) FROM jsonb_each(h.parts) p), '{}')
    FROM (SELECT unnest(%s::uuid[]) AS id, unnest(%s::timestamptz[]) AS at, unnest(%s::uuid[]) AS by,
                 unnest(%s::timestamptz[]) AS claimed) t
    WHERE h.id = t.id
"""


def store(
    connection: Connection[Any],
    keys: Keys,
    organisation: uuid.UUID,
    seed: int,
    began: dt.datetime,
) -> None:
    """Stores the travellers of the sixty days with their hits, in one transaction for each day. The present
    lists and profiles are applied to all sixty days."""
    with connection.transaction():
        known = in_force(connection, organisation, dt.datetime.now(dt.UTC))
    for day, sent in EarlierDays(seed, began).days():
        end = dt.datetime.combine(day, dt.time(23, 59), dt.UTC)
        with connection.transaction():
            take_in(connection, keys, InForce(known.lists, min(end, began), known.profiles),
                    organisation, sent)  # fmt: skip
    connection.execute(
        "UPDATE inbox_inbox SET finished_at = received_at + interval '2 seconds'"
        " WHERE organisation_id = %s",
        [organisation],
    )


def take_in(
    connection: Connection[Any],
    keys: Keys,
    knowledge: InForce,
    organisation: uuid.UUID,
    sent: Sequence[Sent],
) -> None:
    """Merges, screens and stores messages, with a row of the inbox for each of them."""
    inbox = InboxStore(connection, keys, organisation, knowledge.now)
    reads, rows = [], []
    for one in sent:
        name = one.filename.encode()
        item = Received(
            id=new_id(), organisation=organisation, name=one.filename, received_at=one.at, data=name
        )
        of = kind(one.message.kind)
        token, people = inbox.token("message", one.filename), of.counts(one.message)["subjects"]
        reads.append(Read(item, 1, one.message, token, new_id(), of.group(one.message, item)))
        rows.append(
            (item.id, organisation, one.at, "demo", lock(one.filename, FILE_NAME), 600 * people,
             inbox.token("inbox", one.filename), "waiting", 1)
        )  # fmt: skip
    columns = (
        "id", "organisation_id", "received_at", "source", "name", "size", "token", "state", "attempts",
    )  # fmt: skip
    copy_in(connection, "inbox_inbox", columns, rows)
    stores = {k.name: k.store(connection, keys, organisation, knowledge.now) for k in app_kinds()}
    take(reads, (), inbox, stores, knowledge)


@dataclass
class _Work:
    """Collects the rows of all decisions before they are written."""

    opened: list[tuple[uuid.UUID, dt.datetime]] = field(default_factory=list)
    decisions: list[tuple[Any, ...]] = field(default_factory=list)
    texts: list[tuple[Any, ...]] = field(default_factory=list)
    answers: list[tuple[uuid.UUID, str]] = field(default_factory=list)
    decided: list[tuple[uuid.UUID, dt.datetime, uuid.UUID, dt.datetime]] = field(
        default_factory=list
    )
    results: list[tuple[Any, ...]] = field(default_factory=list)
    events: list[tuple[Any, ...]] = field(default_factory=list)
    cleared: dict[tuple[bytes, str, str, str], tuple[Any, ...]] = field(default_factory=dict)
    acts: list[Act] = field(default_factory=list)


@dataclass(frozen=True)
class _Reason:
    id: uuid.UUID
    kind: str
    score: float | None
    hash: str
    theme: str
    purpose: str
    #: The name of the profile or the number of the entry.
    ref: str


def decide(
    connection: Connection[Any],
    organisation: uuid.UUID,
    officers: Sequence[uuid.UUID],
    seed: int,
    began: dt.datetime,
) -> list[Act]:
    """Decides on the hits of the sixty days, and records the results of controls. Returns the journal
    entries, which the caller must write.
    """
    reasons: dict[uuid.UUID, list[_Reason]] = {}
    for hit, *about in connection.execute(_REASONS, [organisation]):
        reasons.setdefault(hit, []).append(_Reason(*about))
    work, rng = _Work(), random.Random(f"{seed}:decisions")
    for row in connection.execute(_HITS, [organisation]).fetchall():
        _decide(work, rng, organisation, officers, began, row, reasons.get(row[0], []))
    with connection.transaction():
        _write(connection, work)
    return work.acts


def _decide(
    work: _Work,
    rng: random.Random,
    organisation: uuid.UUID,
    officers: Sequence[uuid.UUID],
    began: dt.datetime,
    row: Sequence[Any],
    reasons: Sequence[_Reason],
) -> None:
    hit, priority, due, class_, month, minor, fingerprint, pairs, parts = row
    opened = due - dt.timedelta(hours=rng.uniform(2, 20))
    work.opened.append((hit, opened))
    claimed = opened + dt.timedelta(minutes=rng.lognormvariate(3.2, 0.9))
    if rng.random() < _PAST_DUE:
        claimed = due + dt.timedelta(minutes=rng.uniform(2, 50))
    at = claimed + dt.timedelta(minutes=rng.lognormvariate(1.8, 0.6))
    if at > began - dt.timedelta(minutes=5) or (
        began - due < dt.timedelta(days=1) and rng.random() < _LEFT
    ):
        return
    by, second = rng.sample(officers, 2)
    answers = {str(r.id): _answer(rng, r) for r in reasons}
    choice = _choice(rng, priority, answers.values())
    decision = new_id()
    alone = choice == "release" or not (minor or choice == "refuse")
    work.decisions.append(
        (decision, organisation, hit, choice, by, None if alone else second, at, Jsonb(answers),
         priority)
    )  # fmt: skip
    texts = {
        "why": rng.choice(_WHY_OF.get(class_, _WHY)[choice]),
        **({"basis": _BASIS} if choice == "refuse" else {}),
    }
    work.texts += [
        (decision, kind_, class_, month, organisation, text) for kind_, text in texts.items()
    ]
    work.answers += [(r.id, answers[str(r.id)]) for r in reasons]
    work.decided.append((hit, at, by, claimed))
    work.cleared.update(
        ((bytes(fingerprint), r.hash, r.theme, r.purpose),
         (new_id(), organisation, fingerprint, r.hash, r.theme, r.purpose, by, at,
          at + dt.timedelta(days=365)))
        for r in reasons if answers[str(r.id)] == "another" and fingerprint is not None
    )  # fmt: skip
    told: list[tuple[dt.datetime, uuid.UUID, str, dict[str, Any]]] = [
        (claimed, by, "claimed", {}),
        (at, by, "decided", {"choice": choice, "decision": str(decision)}),
    ]
    controlled = max(at, due) + dt.timedelta(minutes=rng.uniform(20, 150))
    if choice in ("refer", "hold") and controlled < began and rng.random() < _RECORDED:
        chance = 0.55 if "same" in answers.values() else max(map(_yield, reasons), default=0.1)
        outcome = "confirmed" if rng.random() < chance else "nothing"
        work.results.append((new_id(), organisation, hit, decision, outcome, second, controlled))
        told.append((controlled, second, "result", {"outcome": outcome}))
    seen = {str(pairs): priority, **{key: part["priority"] for key, part in parts.items()}}
    work.events += [
        (organisation, hit, when, who, what, Jsonb(params), priority, pairs, Jsonb(seen))
        for when, who, what, params in told
    ]
    work.acts.append((claimed, by, "hit.see", str(hit), {}))
    work.acts += [(when, who, f"hit.{what}", str(hit), params) for when, who, what, params in told]


def _answer(rng: random.Random, reason: _Reason) -> str:
    """Returns the answer to "same person?", or an empty text if the reason does not require an answer."""
    if reason.kind not in ("watchlist", "lookout"):
        return ""
    sure = reason.score is None or reason.score >= 0.9
    weights = (15, 10, 75) if sure else (80, 12, 8)
    return rng.choices(("another", "unsure", "same"), weights)[0]


def _choice(rng: random.Random, priority: int, answers: Iterable[str]) -> str:
    if "same" in answers:
        return rng.choices(("refer", "hold", "refuse", "release"), (70, 16, 6, 8))[0]
    refers = 0.12 + 0.5 * (priority / 100) ** 2
    return "refer" if rng.random() < refers else "release"


def _yield(reason: _Reason) -> float:
    """Returns the share of controls with a confirmed result. The share differs from profile to profile."""
    return random.Random(f"yield:{reason.ref}").uniform(0.02, 0.2)


def _write(connection: Connection[Any], work: _Work) -> None:
    """Writes all rows in the same order as the actions of officers, so that the database triggers find the
    rows that they need."""
    decision = (
        "id", "organisation_id", "hit_id", "choice", "by_id", "second_id", "at", "answers", "priority",
    )  # fmt: skip
    text = ("owner_id", "kind", "retention_class", "month", "organisation_id", "text")
    pair = (
        "id", "organisation_id", "fingerprint", "entry_hash", "theme", "purpose", "by_id", "at",
        "expires_at",
    )  # fmt: skip
    event = (
        "organisation_id", "hit_id", "at", "by_id", "kind", "params", "priority", "pairs", "seen",
    )  # fmt: skip
    result = ("id", "organisation_id", "hit_id", "decision_id", "outcome", "by_id", "at")
    connection.execute(_OPENED, _columns(work.opened, 2))
    copy_in(connection, "hits_decision", decision, work.decisions)
    copy_in(connection, "hits_textclear", text, work.texts)
    copy_in(connection, "hits_clearedpair", pair, work.cleared.values())
    connection.execute(_ANSWERED, _columns(work.answers, 2))
    connection.execute(_DECIDED, _columns(work.decided, 4))
    copy_in(connection, "hits_result", result, work.results)
    copy_in(connection, "hits_event", event, work.events)


def _columns(rows: Sequence[tuple[Any, ...]], count: int) -> list[list[Any]]:
    return [[row[n] for row in rows] for n in range(count)]
