"""The actions of officers on a hit. Each action is one transaction that writes an act and an event
of the hit.

An act contains only ids and numbers. If another officer acted first, the action raises `Conflict`.
"""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from django.core.exceptions import PermissionDenied
from django.db import connection, transaction
from django.utils import timezone

from vedette.apps.accounts import acts, rules
from vedette.apps.accounts.models import User
from vedette.apps.columns import new_id
from vedette.apps.hits import selectors, texts
from vedette.apps.hits.filtering import Filters
from vedette.apps.hits.models import ClearedPair, Decision, Event, Hit, Reason, Result
from vedette.apps.subjects.kinds import app_kind

#: The least number of characters of an explanation.
WHY_LEAST = 20
#: The greatest number of characters of an explanation.
WHY_MOST = 4_000
#: How long a clearing is valid if neither side changes.
CLEARED_FOR = dt.timedelta(days=365)
#: The kinds of reasons for which the officer answers "same person?".
ASKED = (Reason.Kind.WATCHLIST, Reason.Kind.LOOKOUT)


class Conflict(Exception):
    """The hit is not in the state that the action requires. `what` is claimed, decided, free,
    restricted, reasons (there is a new reason), or unseen (there is a reason outside the reader's
    purposes). `by` and `at` are set if they are known.
    """

    def __init__(self, what: str, by: User | None = None, at: dt.datetime | None = None) -> None:
        super().__init__(what)
        self.what, self.by, self.at = what, by, at


class Incomplete(Exception):
    """A decision is incomplete. `missing` contains codes for what is missing or wrong: choice, why,
    long, same, basis, second, outcome.
    """

    def __init__(self, missing: Iterable[str]) -> None:
        self.missing = tuple(missing)
        super().__init__(", ".join(self.missing))


@dataclass(frozen=True)
class Verdict:
    """The input of a decision. `answers` maps the id of a reason to its outcome. `seen` contains
    the reasons that were on the page.
    """

    choice: str
    why: str
    seen: frozenset[uuid.UUID]
    answers: Mapping[uuid.UUID, str] = field(default_factory=dict)
    #: A hold longer than its limit has the requirements of a refusal.
    beyond: bool = False
    basis: str = ""
    second: User | None = None

    @property
    def needs_second(self) -> bool:
        """Whether a legal basis and a second officer are required. They are required for a refusal
        and for a hold that is longer than the limit.
        """
        return self.choice == Decision.Choice.REFUSE or (
            self.choice == Decision.Choice.HOLD and self.beyond
        )


def _lock(hit: uuid.UUID) -> Hit:
    return (
        Hit.objects.select_for_update(of=("self",))
        .select_related("claimed_by", "subject")
        .get(pk=hit)
    )


def _write(
    hit: Hit, user: User, kind: str, *, text: str = "", name: str = "", **params: Any
) -> None:
    """Writes an event of the hit's history, and an act. Only the event contains `name`, the name of a
    colleague."""
    told: dict[str, Any] = {**params, "name": name} if name else dict(params)
    if text:
        told["text"] = str(note_id := new_id())
        texts.put(hit, note_id, texts.NOTE, text)
    Event.objects.create(
        organisation_id=hit.organisation_id, hit=hit, by=user, kind=kind, params=told,
        priority=hit.priority,
    )  # fmt: skip
    acts.write(user, f"hit.{kind}", hit.id, **params)


def _assign(hit: Hit, user: User | None) -> None:
    hit.changed_at = timezone.now()
    hit.claimed_by, hit.claimed_at = user, hit.changed_at if user else None
    hit.save(update_fields=("claimed_by", "claimed_at", "changed_at"))


def _open_for(hit: Hit, user: User) -> None:
    """Raises `Conflict` unless the hit is open, not restricted, and free or claimed by this officer."""
    if hit.subject.restricted:
        raise Conflict("restricted")
    if hit.state not in Hit.OPEN:
        last = hit.decisions.select_related("by").order_by("at").last()
        raise Conflict("decided", last.by if last else None, last.at if last else hit.changed_at)
    if hit.claimed_by_id not in (None, user.pk):
        raise Conflict("claimed", hit.claimed_by, hit.claimed_at)


@transaction.atomic
def claim(user: User, hit_id: uuid.UUID) -> Hit:
    """Claims a free hit. A second claim by the same officer changes nothing."""
    rules.check(user, "hit.claim")
    hit = _lock(hit_id)
    _open_for(hit, user)
    if hit.claimed_by_id is None:
        _assign(hit, user)
        _write(hit, user, "claimed")
    return hit


@transaction.atomic
def hand_back(user: User, hit_id: uuid.UUID) -> Hit:
    """Ends the officer's own claim on a hit."""
    rules.check(user, "hit.claim")
    hit = _lock(hit_id)
    _open_for(hit, user)
    if hit.claimed_by_id is None:
        raise Conflict("free")
    _assign(hit, None)
    _write(hit, user, "released_claim")
    return hit


@transaction.atomic
def hand_over(user: User, hit_id: uuid.UUID, to: User) -> Hit:
    """Assigns a hit to a colleague. An officer may assign a free hit or a hit that they claimed; a supervisor
    may assign any open hit."""
    rules.check(user, "hit.hand_over")
    hit = _lock(hit_id)
    if not rules.may(user, "hit.hand_over_any"):
        _open_for(hit, user)
    elif hit.state not in Hit.OPEN:
        raise Conflict("decided", at=hit.decided_at)
    if to.organisation_id != user.organisation_id or not rules.may(to, "hit.decide"):
        raise PermissionDenied("hit.hand_over")
    _assign(hit, to)
    _write(hit, user, "handed_over", to=str(to.pk), name=to.display())
    return hit


@transaction.atomic
def take_next(user: User, filters: Filters) -> Hit | None:
    """Claims the first free hit of the list. Two officers never claim the same hit."""
    rules.check(user, "hit.claim")
    hit = selectors.next_free(filters).select_for_update(skip_locked=True, of=("self",)).first()
    if hit is not None:
        _assign(hit, user)
        _write(hit, user, "claimed", next=True)
    return hit


def missing_of(verdict: Verdict, reasons: Iterable[Reason]) -> list[str]:
    """Returns codes for what is missing on the first page of a decision."""
    lacks = []
    if verdict.choice not in Decision.Choice.values:
        lacks.append("choice")
    if len(verdict.why.strip()) < WHY_LEAST:
        lacks.append("why")
    if len(verdict.why) > WHY_MOST:
        lacks.append("long")
    asked = [r.id for r in reasons if r.kind in ASKED]
    if any(verdict.answers.get(r) not in Reason.Outcome.values for r in asked):
        lacks.append("same")
    return lacks


@transaction.atomic
def decide(user: User, hit_id: uuid.UUID, verdict: Verdict) -> Decision:
    """Stores a decision, which answers the reasons that were on the page.

    Raises `Conflict` if another officer claimed or decided the hit, or if a reason was added since the page
    was made. Raises `Incomplete` if something is missing.
    """
    rules.check(user, "hit.decide")
    hit = _lock(hit_id)
    _open_for(hit, user)
    if _unseen(hit):
        raise Conflict("unseen")
    reasons = list(hit.reasons.filter(state=Reason.State.OPEN).select_for_update())
    if {r.id for r in reasons} - verdict.seen:
        raise Conflict("reasons")
    asked = {r.id: verdict.answers.get(r.id, "") for r in reasons if r.kind in ASKED}
    verdict = replace(verdict, answers=asked)
    lacks = missing_of(verdict, reasons)
    by_kind = app_kind(hit.subject.kind).second_person(hit.subject, verdict.choice)
    needs_second = verdict.needs_second or bool(by_kind)
    if needs_second and not lacks:
        lacks += ["basis"] if verdict.needs_second and len(verdict.basis.strip()) < 3 else []
        lacks += [] if _may_second(verdict.second, user) else ["second"]
    if lacks:
        raise Incomplete(lacks)
    decision = Decision.objects.create(
        organisation_id=hit.organisation_id, hit=hit, choice=verdict.choice, by=user,
        second=verdict.second if needs_second else None, priority=hit.priority,
        answers={str(r.id): verdict.answers.get(r.id, "") for r in reasons},
    )  # fmt: skip
    decision.why = verdict.why.strip()
    decision.basis = verdict.basis.strip() if verdict.needs_second else ""
    texts.put(hit, decision.id, texts.WHY, decision.why)
    texts.put(hit, decision.id, texts.BASIS, decision.basis)
    _answer(user, hit, reasons, verdict.answers)
    hit.state = Hit.State.DECIDED
    hit.decided_at = hit.changed_at = timezone.now()
    hit.save(update_fields=("state", "decided_at", "changed_at"))
    _write(hit, user, "decided", choice=verdict.choice, decision=str(decision.id))
    return decision


@transaction.atomic
def record_result(user: User, hit_id: uuid.UUID, outcome: str) -> Result:
    """Stores the result of the control of a decided hit. The latest result counts.

    Raises `Conflict` if the hit is not decided, or was released and therefore not controlled.
    """
    rules.check(user, "result.record")
    hit = _lock(hit_id)
    last = hit.decisions.order_by("at").last()
    if hit.state != Hit.State.DECIDED or last is None or last.choice == Decision.Choice.RELEASE:
        raise Conflict("free")
    if outcome not in Result.Outcome.values:
        raise Incomplete(["outcome"])
    result = Result.objects.create(
        organisation_id=hit.organisation_id, hit=hit, outcome=outcome, by=user
    )
    _write(hit, user, "result", outcome=outcome)
    return result


def _unseen(hit: Hit) -> int:
    """Returns the number of open reasons that the reader may not see because of their theme or purpose."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT vedette_unseen_reasons(%s)", [hit.pk])
        [number] = cursor.fetchone()
    return int(number)


def _may_second(second: User | None, user: User) -> bool:
    return (
        second is not None
        and second.pk != user.pk
        and second.organisation_id == user.organisation_id
        and rules.may(second, "hit.decide")
    )


def _answer(
    user: User, hit: Hit, reasons: Iterable[Reason], answers: Mapping[uuid.UUID, str]
) -> None:
    fingerprint = hit.subject.fingerprint
    for reason in reasons:
        reason.state = Reason.State.ANSWERED
        reason.outcome = answers.get(reason.id, "") if reason.kind in ASKED else ""
        reason.save(update_fields=("state", "outcome"))
        if fingerprint is None or not reason.entry_hash or not reason.outcome:
            continue
        pair: dict[str, Any] = {
            "organisation_id": hit.organisation_id,
            "fingerprint": fingerprint,
            "entry_hash": reason.entry_hash,
        }
        if reason.outcome == Reason.Outcome.ANOTHER:
            expires = {"by": user, "expires_at": timezone.now() + CLEARED_FOR}
            ClearedPair.objects.update_or_create(**pair, defaults=expires)
        else:
            ClearedPair.objects.filter(**pair).delete()


@transaction.atomic
def note(user: User, hit_id: uuid.UUID, text: str) -> None:
    """Adds a note to the history of a hit in any state; raises `Incomplete` if it is empty."""
    rules.check(user, "hit.note")
    if not text.strip():
        raise Incomplete(["why"])
    hit = _lock(hit_id)
    _write(hit, user, "note", text=text.strip()[:10_000])


@transaction.atomic
def reopen(user: User, hit_id: uuid.UUID) -> Hit:
    """Reopens a decided hit and claims it for this officer. Its last answers and clearings are undone."""
    rules.check(user, "hit.reopen")
    hit = _lock(hit_id)
    last = hit.decisions.order_by("at").last()
    if hit.state != Hit.State.DECIDED or last is None:
        raise Conflict("free")
    if last.by_id != user.pk:
        rules.check(user, "hit.reopen_any")
    answered = hit.reasons.filter(pk__in=list(last.answers), state=Reason.State.ANSWERED)
    hashes = [r.entry_hash for r in answered if r.outcome == Reason.Outcome.ANOTHER]
    ClearedPair.objects.filter(
        fingerprint=hit.subject.fingerprint, entry_hash__in=hashes, at__gte=last.at
    ).delete()
    answered.update(state=Reason.State.OPEN, outcome="")
    hit.state, hit.decided_at = Hit.State.REOPENED, None
    hit.opened_at = timezone.now()
    hit.save(update_fields=("state", "decided_at", "opened_at"))
    _assign(hit, user)
    _write(hit, user, "reopened", decision=str(last.id))
    return hit


def seen_in_queue(user: User, rows: Sequence[selectors.Row]) -> None:
    """Writes one act for a page of the queue, with the ids of its hits, because the page shows names."""
    if rows:
        acts.write(user, "queue.see", hits=[row.hit.pk for row in rows])


def printed(user: User, hit: Hit) -> None:
    """Writes an event and an act for a printed sheet."""
    _write(hit, user, "printed")
