"""Requests: draft, submission, assessment on file, approval, team and mission."""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Mapping

from django.db import models, transaction

from vedette.apps.accounts import acts, rules
from vedette.apps.accounts.models import User
from vedette.apps.assistance import rights
from vedette.apps.assistance.actions.common import (
    Refused,
    check,
    day,
    guarded,
    locked,
    person,
    same,
    text,
)
from vedette.apps.assistance.models import (
    Assignment,
    AssistanceRequest,
    FileAssessment,
    FollowUp,
    Mission,
    Theme,
)
from vedette.apps.assistance.selectors import requests as selectors
from vedette.apps.enforcement.selectors.controls import now

#: The texts of a request with their greatest length; the first is required.
TEXTS = {
    "problem": 8_000, "tried": 8_000, "evidence": 8_000, "expected": 8_000, "observe": 8_000,
    "contribution": 8_000, "signatory": 160,
}  # fmt: skip
#: Least number of characters of a reason.
SHORTEST = 20


def _texts(given: Mapping[str, str]) -> dict[str, str]:
    if given.get("theme", "") not in Theme.values:
        raise Refused("missing", "theme")
    found = {
        name: text(given.get(name, ""), most, name, required=name == "problem")
        for name, most in TEXTS.items()
    }
    return found | {"theme": given["theme"]}


@transaction.atomic
def create(
    by: User, id_: uuid.UUID, provider: uuid.UUID | None, given: Mapping[str, str], *,
    invented: bool = False,
) -> AssistanceRequest:  # fmt: skip
    """Creates a request as a draft. `provider` is the organisation that receives the request. Raises
    `Refused` and `PermissionDenied`.
    """
    rules.check(by, "assistance.request")
    names = dict(selectors.providers())
    if provider not in names:
        raise Refused("missing", "provider")
    assert by.organisation is not None  # noqa: S101  the right requires one
    at = now()
    one = AssistanceRequest(
        id=id_, organisation_id=selectors.home(by), member=by.organisation.name[:200],
        provider_id=provider, provider_name=names[provider],
        reference=text(given.get("reference", ""), 40, "reference", required=True),
        invented=invented or by.organisation.synthetic, created_by=by, created_at=at, state_at=at,
        **_texts(given),
    )  # fmt: skip
    with guarded():
        one.save(force_insert=True)
    acts.write(by, "assistance.create", one.pk)
    return one


@transaction.atomic
def edit(by: User, id_: uuid.UUID, given: Mapping[str, str]) -> None:
    """Changes the texts of a draft, or of a refused request together with the answer to the refusal. Raises
    `Refused` and `PermissionDenied`."""
    one = locked(by, id_, "edit", "assistance.request")
    values = _texts(given)
    if one.state == "refused":
        values["answer"] = text(given.get("answer", ""), 4_000, "answer")
    with guarded():
        AssistanceRequest.objects.filter(pk=one.pk).update(**values)
    acts.write(by, "assistance.edit", one.pk)


@transaction.atomic
def send(by: User, id_: uuid.UUID) -> None:
    """Sends a draft, or sends a refused request again after its refusal was answered. Raises `Refused` and
    `PermissionDenied`.
    """
    one = locked(by, id_, "send", "assistance.request")
    if one.state == "refused" and not one.answer.strip():
        raise Refused("missing", "answer")
    advance(by, one, "sent")


def advance(by: User, one: AssistanceRequest, to: str, **columns: object) -> None:
    """Changes the state of a request and sets the time limit of the new state. Raises `Refused`."""
    at = now()
    due = rights.DAYS.get(to)
    with guarded():
        AssistanceRequest.objects.filter(pk=one.pk).update(
            state=to, state_at=at, due_at=at + dt.timedelta(days=due) if due else None, **columns
        )
    acts.write(by, "assistance.state", one.pk, before=one.state, to=to)


@transaction.atomic
def assess(by: User, id_: uuid.UUID, words: str) -> FileAssessment:
    """Stores a version of the assessment on file, with the facts on which it is based. Raises `Refused` and
    `PermissionDenied`.
    """
    one = locked(by, id_, "assess", "assistance.coordinate")
    before = selectors.assessment(one)
    made = FileAssessment(
        organisation_id=selectors.home(by), request=one, number=1 + (before.number if before else 0),
        text=text(words, 20_000, "text", required=True), facts=selectors.facts(one), by=by,
        by_name=person(by), at=now(),
    )  # fmt: skip
    with guarded():
        made.save(force_insert=True)
    acts.write(by, "assistance.assess", one.pk, number=made.number)
    return made


@transaction.atomic
def decide(by: User, id_: uuid.UUID, allow: bool, reason: str, seen: str | None = None) -> None:
    """Approves or refuses a request. The author of a version of the assessment on file cannot decide. A
    decision requires an assessment on file; `seen` is the version of the assessment that the page showed.
    Raises `Refused` and `PermissionDenied`.
    """
    one = locked(by, id_, "approve" if allow else "refuse", "assistance.approve")
    reason = text(reason, 4_000, "reason", required=True)
    if len(reason) < SHORTEST:
        raise Refused("short", "reason")
    versions = FileAssessment.objects.filter(request=one)
    if not versions.exists():
        raise Refused("assessment")
    if versions.filter(by_id=by.pk).exists():
        raise Refused("own")
    same(seen, versions.aggregate(models.Max("number"))["number__max"])
    advance(by, one, "approved" if allow else "refused", reason=reason, approved_by_id=by.pk)


@transaction.atomic
def name(by: User, id_: uuid.UUID, user: uuid.UUID, role: str, until: dt.datetime) -> Assignment:
    """Gives a person a role in the mission until a given time. Raises `Refused` and `PermissionDenied`."""
    one = locked(by, id_, "team", "assistance.coordinate")
    if role not in Assignment.Role.values:
        raise Refused("missing", "role")
    found = selectors.people(user)
    at = now()
    if not found:
        raise Refused("missing", "user")
    if until <= at:
        raise Refused("past", "until")
    made = Assignment(
        organisation_id=found[0][1], request=one, user_id=user, role=role, name=found[0][3][:160],
        begins_at=at, ends_at=until,
    )  # fmt: skip
    with guarded():
        made.save(force_insert=True)
    acts.write(by, "assistance.name", one.pk, person=user, role=role)
    return made


@transaction.atomic
def declare(by: User, id_: uuid.UUID, conflict: str) -> None:
    """Declares the user's own conflicts of interest in a mission.

    `conflict` states the conflicts of interest, or states that there is no conflict. Raises `Refused`.
    """
    rules.check(by, "assistance.work")
    words = text(conflict, 500, "conflict", required=True)
    with guarded():
        changed = Assignment.objects.filter(
            request_id=id_, user_id=by.pk, ends_at__gt=now()
        ).update(conflict=words, declared_at=now())
    if not changed:
        raise Refused("role")
    acts.write(by, "assistance.declare", id_)


@transaction.atomic
def check_conflict(by: User, assignment: uuid.UUID, seen: str | None = None) -> None:
    """Records that the coordinator checked a declaration. The page showed a declaration, and `seen` is the
    time of this declaration. Raises `Refused`.
    """
    rules.check(by, "assistance.coordinate")
    one = Assignment.objects.get(pk=assignment)
    check(by, AssistanceRequest.objects.get(pk=one.request_id), "team")
    if one.declared_at is None:
        raise Refused("undeclared")
    same(seen, one.declared_at.isoformat())
    with guarded():
        changed = Assignment.objects.filter(pk=one.pk, declared_at=one.declared_at).update(
            checked_by_id=by.pk, checked_at=now()
        )
    if not changed:
        raise Refused("conflict")
    acts.write(by, "assistance.check", one.request_id, person=one.user_id)


@transaction.atomic
def end_assignment(by: User, assignment: uuid.UUID) -> None:
    """Ends a role in a mission immediately. Raises `Refused`."""
    rules.check(by, "assistance.coordinate")
    one = Assignment.objects.get(pk=assignment)
    check(by, AssistanceRequest.objects.get(pk=one.request_id), "team")
    with guarded():
        Assignment.objects.filter(pk=one.pk, ends_at__gt=now()).update(ends_at=now())
    acts.write(by, "assistance.end", one.request_id, person=one.user_id)


_MISSION_TEXTS = {"place": 160, "terms": 20_000, "agenda": 20_000, "documents": 8_000}


@transaction.atomic
def plan_mission(by: User, id_: uuid.UUID, given: Mapping[str, str]) -> None:
    """Stores the terms of reference, the days and the agenda of the mission. The first time, this also sets
    the state of the request to `mission`. This state requires a team leader whose declaration of conflicts of
    interest was checked. Raises `Refused`.
    """
    one = locked(by, id_, "mission")
    values: dict[str, object] = {
        name: text(given.get(name, ""), most, name, required=name == "terms")
        for name, most in _MISSION_TEXTS.items()
    }
    values |= {name: day(given.get(name, ""), name) for name in ("first", "last")}
    at = now()
    if one.state == "approved":
        check(by, one, "team")
        leaders = Assignment.objects.filter(request=one, role="leader", ends_at__gt=at)
        if not leaders.exists():
            raise Refused("leader")
        if leaders.filter(checked_at__isnull=True).exists():
            raise Refused("unchecked")
        with guarded():
            Mission(organisation_id=selectors.home(by), request=one, by=by, at=at, **values).save(
                force_insert=True
            )
        advance(by, one, "mission")
    else:
        with guarded():
            Mission.objects.filter(request=one).update(by_id=by.pk, at=at, **values)
        acts.write(by, "assistance.mission", one.pk)


@transaction.atomic
def start_follow_up(by: User, one: AssistanceRequest, at: dt.datetime) -> None:
    """Adds the follow-up questions for six and twelve months after the plan."""
    for months in rights.FOLLOW_UPS:
        FollowUp(
            organisation_id=one.organisation_id, request=one, months=months,
            due_on=add_months(at.date(), months),
        ).save(force_insert=True)  # fmt: skip


def add_months(start: dt.date, months: int) -> dt.date:
    """Returns the day that is `months` months after `start`, or the last day of that month if the month is
    too short.
    """
    year, month = divmod(start.month - 1 + months, 12)
    year, month = start.year + year, month + 1
    following = dt.date(year + month // 12, month % 12 + 1, 1)
    return dt.date(year, month, min(start.day, (following - dt.timedelta(days=1)).day))


@transaction.atomic
def follow(by: User, followup: uuid.UUID, words: str) -> None:
    """Stores the Member's answer about what has changed. Raises `Refused`."""
    rules.check(by, "assistance.request")
    one = FollowUp.objects.select_for_update(of=("self",)).get(pk=followup)
    check(by, AssistanceRequest.objects.get(pk=one.request_id), "follow")
    if one.asked_at is None:
        raise Refused("early")
    with guarded():
        FollowUp.objects.filter(pk=one.pk).update(
            answer=text(words, 8_000, "answer", required=True), answered_by_id=by.pk,
            answered_at=now(),
        )  # fmt: skip
    acts.write(by, "assistance.follow", one.request_id, months=one.months)


@transaction.atomic
def close(by: User, id_: uuid.UUID) -> None:
    """Closes a request whose follow-ups were answered. Raises `Refused`."""
    one = locked(by, id_, "close", "assistance.coordinate")
    if FollowUp.objects.filter(request=one, answered_at__isnull=True).exists():
        raise Refused("unanswered")
    advance(by, one, "closed")
