"""The actions of officers on a hit. Each action is one transaction. The action writes an event in the history
of the hit and an entry in the journal. The journal entry contains only ids and numbers. If another officer
acted first, the action raises `Conflict`.
"""

from __future__ import annotations

import datetime as dt
import json
import uuid
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from django.core.exceptions import ObjectDoesNotExist, PermissionDenied
from django.db import transaction
from django.db.models import F, QuerySet
from django.utils import timezone

from vedette.apps.accounts import acts, rules
from vedette.apps.accounts.models import User
from vedette.apps.columns import data_themes, new_id, pairs_of
from vedette.apps.hits import selectors
from vedette.apps.hits.models import (
    ClearedPair,
    Decision,
    Event,
    Hit,
    Reason,
    Result,
    SeenHit,
    TextClear,
)
from vedette.apps.hits.selectors import Filters
from vedette.apps.notices import actions as notices
from vedette.apps.notices.models import Notice
from vedette.apps.subjects.kinds import app_kind
from vedette.apps.subjects.models import Subject
from vedette.core.themes import reader_themes

#: The least number of characters of an explanation.
WHY_LEAST = 20
#: The greatest number of characters of an explanation.
WHY_MOST = 4_000
#: How long a clearing is valid if neither the subject nor the entry changes.
CLEARED_FOR = dt.timedelta(days=365)
#: How long an officer may hold without a legal basis and a second officer, and how long before its end the
#: officers are notified.
HOLD_LIMIT = dt.timedelta(hours=2)
HOLD_WARNING = dt.timedelta(minutes=30)
#: The kinds of reasons for which the officer answers "same person?".
ASKED = (Reason.Kind.WATCHLIST, Reason.Kind.LOOKOUT)
#: The choices that an officer may record for several hits at once.
TOGETHER = (Decision.Choice.RELEASE, Decision.Choice.REFER)


class Conflict(Exception):
    """The error that is raised if the hit is not in the state that the action requires. `what` is `claimed`,
    `decided`, `free`, `restricted` or `reasons` (a new reason was added). `by` is the other officer and `at`
    is the time of that officer's action, if these values are known.
    """

    def __init__(self, what: str, by: User | None = None, at: dt.datetime | None = None) -> None:
        super().__init__(what)
        self.what, self.by, self.at = what, by, at


class Incomplete(Exception):
    """The error that is raised if a decision is incomplete. `missing` contains codes for what is missing or
    wrong: choice, why, long, same, basis, second, outcome.
    """

    def __init__(self, missing: Iterable[str]) -> None:
        self.missing = tuple(missing)
        super().__init__(", ".join(self.missing))


@dataclass(frozen=True)
class Verdict:
    """The values of the form of a decision. `answers` maps the id of a reason to its outcome. `seen` contains
    the reasons that were on the page.
    """

    choice: str
    why: str
    seen: frozenset[uuid.UUID]
    answers: Mapping[uuid.UUID, str] = field(default_factory=dict)
    #: Whether a hold is longer than its limit. It then has the requirements of a refusal.
    beyond: bool = False
    basis: str = ""
    second: User | None = None

    @property
    def needs_second(self) -> bool:
        """Whether a legal basis and a second officer are required. A refusal, or a hold that is longer than
        the limit, requires a legal basis and a second officer.
        """
        return self.choice == Decision.Choice.REFUSE or (
            self.choice == Decision.Choice.HOLD and self.beyond
        )


def _lock(user: User, right: str, hit: uuid.UUID) -> SeenHit:
    """Locks and returns the hit with the given id. Raises `PermissionDenied` if the user does not have the
    right."""
    rules.check(user, right)
    return locked(hit)


def locked(hit: uuid.UUID) -> SeenHit:
    """Locks a hit, and returns the hit as the user sees it."""
    Hit.objects.select_for_update().get(pk=hit)
    return SeenHit.objects.select_related("claimed_by", "subject").get(pk=hit)


def _change(
    hit: SeenHit,
    about: int,
    change: Callable[[int, dict[str, Any]], dict[str, Any]],
    **columns: Any,
) -> None:
    """Changes a hit for every user who sees one of the pairs `about`. The function `change` receives the
    pairs that such a user sees and the values of `Hit.PARTIAL`, and returns new values. The columns in
    `columns` are also set.

    A user who sees none of the theme and purpose pairs in `about` does not see the change.
    """
    [stored] = Hit.objects.filter(pk=hit.pk).values("pairs", "parts", *Hit.PARTIAL)
    parts, pairs = stored.pop("parts"), stored.pop("pairs")
    new = {
        int(seen): {**part, **json.loads(json.dumps(change(int(seen), part), default=str))}
        if int(seen) & about
        else part
        for seen, part in parts.items()
    }
    values = {"changed_at": timezone.now(), **change(pairs, stored)}
    Hit.objects.filter(pk=hit.pk).update(**values, **columns, parts=new)
    hit.refresh_from_db()


def _write(
    hit: SeenHit,
    user: User,
    kind: str,
    *,
    text: str = "",
    name: str = "",
    about: int = 0,
    noted: Mapping[str, Any] | None = None,
    **params: Any,
) -> Event:
    """Writes an event in the history of the hit, and an entry in the journal. Only the event contains the
    name of a colleague (`name`). Only the journal entry contains `noted`.

    The event is visible to users who see one of the pairs `about`. The default of `about` is the pairs that
    the author sees. A free text is visible only to users who see all the reasons that its author sees.
    """
    told = {**params, "name": name} if name else params
    if text:
        told = {**told, "text": str(note_id := new_id())}
        _put(hit, note_id, "note", text)
    event = write_event(hit, user, kind, about, told)
    acts.write(user, f"hit.{kind}", hit.id, **params, **(noted or {}))
    return event


def _told_to(event: Event, kind: str, to: Iterable[User] = (), **more: Any) -> notices.Event:
    """Returns a notification about an event of a hit. The users in `to` and the users with the right `right`
    are notified if they may see the event."""
    return notices.Event(
        kind=kind, to=[user.pk for user in to], by=event.by_id, hit=event.hit_id,
        pairs=event.pairs, seen=event.seen, **more,
    )  # fmt: skip


def write_event(
    hit: SeenHit, user: User, kind: str, about: int, params: Mapping[str, Any]
) -> Event:
    """Writes an event in the history of a hit. Only users who may see at least one pair of theme and purpose
    in `about` see the event. A note is visible only to the users who see all the pairs that the author of the
    note sees. Each user sees the event with the priority that the hit has for this user."""
    [(pairs, parts, priority)] = Hit.objects.filter(pk=hit.pk).values_list(
        "pairs", "parts", "priority"
    )
    views = {pairs: priority, **{int(seen): part["priority"] for seen, part in parts.items()}}
    about = about or hit.seen
    readers = {
        seen: shown
        for seen, shown in views.items()
        if (seen & hit.seen == hit.seen if "text" in params else seen & about or seen == pairs)
    }
    return Event.objects.create(
        organisation_id=hit.organisation_id, hit_id=hit.pk, by=user, kind=kind, params=params,
        priority=hit.priority, pairs=pairs, seen=readers,
    )  # fmt: skip


def _put(hit: SeenHit, owner: uuid.UUID, kind: str, text: str) -> None:
    """Stores a free text. `owner` is the id of a decision, or the id in the `params` of a note. The text has
    the retention class and the month of its hit, so that both the text and the hit are masked together."""
    TextClear.objects.create(
        owner_id=owner, kind=kind, retention_class=hit.retention_class, month=hit.month,
        organisation_id=hit.organisation_id, text=text, restricted=hit.subject.restricted,
    )  # fmt: skip


def _assign(hit: SeenHit, user: User | None, about: int = 0) -> int:
    """Sets the officer who has claimed the hit, for the users who see the pairs `about`, and returns these
    pairs. The default of `about` is the pairs of the open reasons that the officer sees. If a colleague has
    claimed the hit because of other reasons, the colleague's claim remains valid."""
    now, before = timezone.now(), hit.claimed_by_id
    values = {
        "claimed_by_id": user and user.pk,
        "claimed_at": now if user else None,
        "changed_at": now,
    }

    def change(seen: int, part: dict[str, Any]) -> dict[str, Any]:
        same = str(part["claimed_by_id"] or "") == str(before or "")
        return values if same and part["state"] in Hit.OPEN else {}

    about = about or hit.seen_open or hit.seen
    _change(hit, about, change)
    return about


def _not_restricted(hit: SeenHit) -> None:
    """Raises `Conflict` if the processing of the subject is restricted. The hit then stays in the queue, but
    nobody can claim, hand over, decide or reopen it."""
    if hit.subject.restricted:
        raise Conflict("restricted")


def _open_for(hit: SeenHit, user: User) -> None:
    """Raises `Conflict` unless the hit is open, and free or claimed by this officer."""
    if hit.state not in Hit.OPEN:
        last = hit.decisions.select_related("by").order_by("at").last()
        raise Conflict("decided", last.by if last else None, last.at if last else hit.changed_at)
    if hit.claimed_by_id not in (None, user.pk):
        raise Conflict("claimed", hit.claimed_by, hit.claimed_at)


@transaction.atomic
def claim(user: User, hit_id: uuid.UUID) -> SeenHit:
    """Claims a free hit. A second claim by the same officer changes nothing."""
    hit = _lock(user, "hit.claim", hit_id)
    _not_restricted(hit)
    _open_for(hit, user)
    if hit.claimed_by_id is None:
        about = _assign(hit, user)
        _write(hit, user, "claimed", about=about)
    return hit


@transaction.atomic
def hand_back(user: User, hit_id: uuid.UUID) -> SeenHit:
    """Ends the officer's own claim on a hit, even if the processing of the subject is restricted."""
    hit = _lock(user, "hit.claim", hit_id)
    _open_for(hit, user)
    if hit.claimed_by_id is None:
        raise Conflict("free")
    about = _assign(hit, None)
    _write(hit, user, "released_claim", about=about)
    return hit


def shared_with(hit: SeenHit, colleagues: Iterable[User]) -> dict[uuid.UUID, int]:
    """Maps each colleague to the pairs of theme and purpose that the colleague and the officer both see among
    the open reasons. Colleagues who do not see the hit are left out, because they could not work on the hit.
    """
    [(pairs, parts)] = Hit.objects.filter(pk=hit.pk).values_list("pairs", "parts")
    views, about = {pairs, *map(int, parts)}, hit.seen_open or hit.seen
    theirs = {
        one.pk: pairs_of(reader_themes(one.themes), one.purposes)
        for one in colleagues
        if one.unit_id in (None, hit.unit_id)
        and hit.theme in data_themes(one.themes)
        and hit.purpose in one.purposes
    }
    return {pk: about & own for pk, own in theirs.items() if pairs & own in views and about & own}


@transaction.atomic
def hand_over(user: User, hit_id: uuid.UUID, to: User) -> SeenHit:
    """Assigns a hit to a colleague who sees it. An officer may assign an unclaimed hit, or a hit that the
    officer has claimed. A supervisor may assign any open hit to a colleague."""
    hit = _lock(user, "hit.hand_over", hit_id)
    _not_restricted(hit)
    if not rules.may(user, "hit.hand_over_any"):
        _open_for(hit, user)
    elif hit.state not in Hit.OPEN:
        raise Conflict("decided", at=hit.decided_at)
    theirs = shared_with(hit, [to]).get(to.pk)
    if to.organisation_id != user.organisation_id or not rules.may(to, "hit.decide") or not theirs:
        raise PermissionDenied("hit.hand_over")
    about = _assign(hit, to, theirs)
    event = _write(hit, user, "handed_over", about=about, to=str(to.pk), name=to.display())
    notices.notify(hit.organisation_id, _told_to(event, Notice.Kind.HANDED_OVER, [to]))
    return hit


@transaction.atomic
def take_next(user: User, filters: Filters) -> SeenHit | None:
    """Claims the most urgent unclaimed hit (`selectors.to_take`). Two officers never claim the same hit."""
    rules.check(user, "hit.claim")
    for free in selectors.to_take(filters, timezone.now()):
        hit = free.select_for_update(skip_locked=True, of=("self",)).first()
        if hit is not None:
            about = _assign(hit, user)
            _write(hit, user, "claimed", about=about, next=True)
            return hit
    return None


def missing_of(verdict: Verdict, reasons: Iterable[Reason]) -> list[str]:
    """Returns the codes of the missing or wrong inputs on the first page of a decision."""
    answers = [verdict.answers.get(r.id) for r in reasons if r.kind in ASKED]
    checks = {
        "choice": verdict.choice not in Decision.Choice.values,
        "why": len(verdict.why.strip()) < WHY_LEAST,
        "long": len(verdict.why) > WHY_MOST,
        "same": not set(answers) <= set(Reason.Outcome.values),
    }
    return [code for code, wrong in checks.items() if wrong]


def missing_together(verdict: Verdict) -> list[str]:
    """Returns the codes of the missing or wrong inputs of a decision on several hits."""
    lacks = missing_of(verdict, ())
    return lacks if verdict.choice in TOGETHER or "choice" in lacks else ["choice", *lacks]


def decide_together(
    user: User, hits: Collection[uuid.UUID], verdict: Verdict
) -> tuple[list[uuid.UUID], dict[uuid.UUID, Conflict | Incomplete | None]]:
    """Records the same decision on each of these hits. The journal has one entry for each hit, and all these
    entries contain the same id (`together`).

    Returns the decided hits and the hits that were left out. For a hit that was left out, the result contains
    the exception that `decide` raised, or None if the user no longer sees the hit. Raises `Incomplete` if an
    input that every hit requires is missing, or if the choice is not one of `TOGETHER`.
    """
    rules.check(user, "hit.decide")
    if lacks := missing_together(verdict):
        raise Incomplete(lacks)
    verdict = replace(verdict, answers={}, second=None)
    number, decided = new_id(), []
    left: dict[uuid.UUID, Conflict | Incomplete | None] = {}
    # Every user locks the hits in the same order.
    for hit in sorted(set(hits)):
        try:
            decide(user, hit, verdict, together=number)
        except (Conflict, Incomplete) as refused:
            left[hit] = refused
        except ObjectDoesNotExist:
            left[hit] = None
        else:
            decided.append(hit)
    return decided, left


@transaction.atomic
def decide(
    user: User, hit_id: uuid.UUID, verdict: Verdict, together: uuid.UUID | None = None
) -> Decision:
    """Stores a decision and the answers to the reasons that were on the page. `together` is the common id of
    a decision on several hits.

    Raises `Conflict` if another officer claimed or decided the hit, or if a reason was added since the page
    was made. Raises `Incomplete` if a value is missing.
    """
    hit = _lock(user, "hit.decide", hit_id)
    _not_restricted(hit)
    _open_for(hit, user)
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
        organisation_id=hit.organisation_id, hit_id=hit.pk, choice=verdict.choice, by=user,
        second=verdict.second if needs_second else None, priority=hit.priority,
        answers={str(r.id): verdict.answers.get(r.id, "") for r in reasons},
    )  # fmt: skip
    decision.why = verdict.why.strip()
    decision.basis = verdict.basis.strip() if verdict.needs_second else ""
    _put(hit, decision.id, "why", decision.why)
    if decision.basis:
        _put(hit, decision.id, "basis", decision.basis)
    _answer(user, hit, reasons, verdict.answers)
    about = _close(hit, user)
    noted = {"together": str(together)} if together else None
    event = _write(
        hit,
        user,
        "decided",
        about=about,
        noted=noted,
        choice=verdict.choice,
        decision=str(decision.id),
    )
    if verdict.choice == Decision.Choice.HOLD:
        _notify_hold(decision, event, beyond=verdict.beyond)
    return decision


def _notify_hold(decision: Decision, event: Event, beyond: bool) -> None:
    """Notifies the supervisors and the second officer of a hold. Before the hold ends, notifies these users
    again, and also the officer. A hold
    beyond the limit has no known end."""
    second = [decision.second] if decision.second else []
    params = {"decision": str(decision.pk)}
    if not beyond:
        params["until"] = (decision.at + HOLD_LIMIT).isoformat()
    right = "hit.hand_over_any"
    told = [_told_to(event, Notice.Kind.HOLD, second, right=right, params=params)]
    if not beyond:
        ending = _told_to(
            event, Notice.Kind.DEADLINE, [decision.by, *second], right=right, params=params,
            at=decision.at + HOLD_LIMIT - HOLD_WARNING,
        )  # fmt: skip
        told.append(replace(ending, by=None))
    notices.notify(decision.organisation_id, *told)


def _close(hit: SeenHit, user: User) -> int:
    """Closes the hit for the users who no longer see an open reason. Returns the pairs of theme and purpose
    that belong to the answered reasons.

    For users who still see an open reason, the hit stays open and becomes unclaimed.
    """
    now = timezone.now()
    [(open_pairs, parts)] = Hit.objects.filter(pk=hit.pk).values_list("open_pairs", "parts")
    about = hit.seen_open or hit.seen
    left = open_pairs & ~hit.seen
    decided = {"state": Hit.State.DECIDED, "decided_at": now, "changed_at": now}
    unknown = []

    def change(seen: int, part: dict[str, Any]) -> dict[str, Any]:
        if not seen & left:
            return decided
        mine = str(part["claimed_by_id"]) == str(user.pk)
        remaining = parts.get(str(seen & left))
        if remaining is None:
            unknown.append(seen)
            remaining = part
        return {
            "state": Hit.State.REOPENED, "changed_at": now,
            **{name: remaining[name] for name in ("priority", "favour")},
            **({"claimed_by_id": None, "claimed_at": None} if mine else {}),
        }  # fmt: skip

    _change(hit, about, change, open_pairs=left)
    if unknown:
        # A worker computes the priority of what is left.
        Subject.objects.filter(pk=hit.subject_id).update(screen_again=True)
    return about


@transaction.atomic
def record_result(user: User, hit_id: uuid.UUID, outcome: str) -> Result:
    """Stores the result of the control of a decided hit. If several results are stored, only the latest
    result is used. Raises `Conflict` if the hit is not decided, or was released and therefore not controlled.
    """
    hit = _lock(user, "result.record", hit_id)
    last = hit.decisions.order_by("at").last()
    if hit.state != Hit.State.DECIDED or last is None or last.choice == Decision.Choice.RELEASE:
        raise Conflict("free")
    if outcome not in Result.Outcome.values:
        raise Incomplete(["outcome"])
    return result_of_control(user, last, outcome)


@transaction.atomic
def result_of_control(user: User, decision: Decision, outcome: str) -> Result:
    """Stores the result of the control that followed a decision, even if the hit was reopened after the
    decision."""
    hit = locked(decision.hit_id)
    result = Result.objects.create(
        organisation_id=hit.organisation_id, hit_id=hit.pk, decision=decision, outcome=outcome,
        by=user,
    )  # fmt: skip
    _write(hit, user, "result", about=_answered(hit, decision), outcome=outcome)
    return result


@transaction.atomic
def control_event(user: User, decision: Decision, kind: str) -> Event:
    """Writes an event about a control in the history of the hit, and returns it. Users who may see the
    decision see the event."""
    hit = locked(decision.hit_id)
    return write_event(hit, user, kind, _answered(hit, decision), {})


def _answered(hit: SeenHit, decision: Decision) -> int:
    """Returns the pairs of theme and purpose of the reasons on which a person decided."""
    return _about(hit.reasons.filter(pk__in=list(decision.answers)))


def _may_second(second: User | None, user: User) -> bool:
    return (
        second is not None
        and second.pk != user.pk
        and second.organisation_id == user.organisation_id
        and rules.may(second, "hit.decide")
    )


def _answer(
    user: User, hit: SeenHit, reasons: Iterable[Reason], answers: Mapping[uuid.UUID, str]
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
            "theme": reason.theme,
            "purpose": reason.purpose,
        }
        if reason.outcome == Reason.Outcome.ANOTHER:
            ClearedPair.objects.update_or_create(
                **pair, defaults={"by": user, "expires_at": timezone.now() + CLEARED_FOR}
            )
        else:
            ClearedPair.objects.filter(**pair).delete()


@transaction.atomic
def note(user: User, hit_id: uuid.UUID, text: str) -> None:
    """Adds a note to the history of a hit in any state; raises `Incomplete` if it is empty."""
    hit = _lock(user, "hit.note", hit_id)
    if not text.strip():
        raise Incomplete(["why"])
    _write(hit, user, "note", text=text.strip()[:10_000])


@transaction.atomic
def reopen(user: User, hit_id: uuid.UUID) -> SeenHit:
    """Reopens a decided hit and claims it for this officer. The answers and clearings of the last decision
    are undone."""
    hit = _lock(user, "hit.reopen", hit_id)
    _not_restricted(hit)
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
    about = open_again(hit, answered)
    _assign(hit, user)
    event = _write(hit, user, "reopened", about=about, decision=str(last.id))
    notices.notify(hit.organisation_id, _told_to(event, Notice.Kind.REOPENED, [last.by]))
    return hit


def open_again(hit: SeenHit, reasons: QuerySet[Reason]) -> int:
    """Reopens the hit and these reasons for the users who may see one of the reasons. Returns the pairs of
    theme and purpose of the reasons."""
    about = _about(reasons) or hit.seen
    reasons.update(state=Reason.State.OPEN, outcome="")
    now = timezone.now()
    values = {"state": Hit.State.REOPENED, "decided_at": None, "opened_at": now, "changed_at": now}
    _change(
        hit, about, lambda seen, part: values,
        open_pairs=F("open_pairs").bitor(about),
    )  # fmt: skip
    return about


def _about(reasons: QuerySet[Reason]) -> int:
    """Returns the pairs of theme and purpose of these reasons."""
    pairs = 0
    for theme, purpose in reasons.values_list("theme", "purpose").distinct().order_by():
        pairs |= pairs_of([theme], [purpose])
    return pairs


def seen_in_queue(user: User, rows: Sequence[selectors.Row]) -> None:
    """Records in the journal that the user viewed a page of the queue, because the page shows names. The
    entry contains the ids of the hits on the page."""
    if rows:
        acts.write(user, "queue.see", hits=[row.hit.pk for row in rows])


def seen_linked(user: User, hit: SeenHit, subjects: Iterable[uuid.UUID]) -> None:
    """Records in the journal that a page showed the subjects that are linked with the subject of a hit."""
    acts.write(user, "hit.see_linked", hit.pk, subjects=list(subjects))


def printed(user: User, hit: SeenHit) -> None:
    """Records in the history of the hit and in the journal that the sheet of a hit was printed."""
    _write(hit, user, "printed")
