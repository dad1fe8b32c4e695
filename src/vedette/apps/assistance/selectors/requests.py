"""The queries about requests, their missions and the persons in them."""

from __future__ import annotations

import datetime as dt
import uuid
from dataclasses import dataclass
from typing import Any

from django.db import connection
from django.db.models import QuerySet

from vedette.apps.accounts import rules
from vedette.apps.accounts.models import User
from vedette.apps.assistance import rights
from vedette.apps.assistance.models import Assignment, AssistanceRequest, FileAssessment
from vedette.apps.enforcement.selectors.controls import now


def home(user: User) -> uuid.UUID:
    """Returns the organisation of a user who has a right."""
    assert user.organisation_id is not None  # noqa: S101  every right requires one
    return user.organisation_id


def listed() -> QuerySet[AssistanceRequest]:
    """Returns the requests that the reader sees, the latest first."""
    return AssistanceRequest.objects.order_by("-created_at", "-pk")


@dataclass(frozen=True)
class Open:
    """A request that is not closed, with the roles that must act next (`rights.who`), whether the reader has
    one of these roles, and whether the time limit has passed.
    """

    request: AssistanceRequest
    who: tuple[str, ...]
    mine: bool
    late: bool


def open_(user: User, at: dt.datetime) -> list[Open]:
    """Returns the latest 200 open requests that the user can see. Requests that wait for the user come first,
    then requests with an earlier time limit.
    """
    assigned: dict[uuid.UUID, set[str]] = {}
    for one, role in Assignment.objects.filter(
        user_id=user.pk, begins_at__lte=at, ends_at__gt=at
    ).values_list("request_id", "role"):
        assigned.setdefault(one, set()).add(role)
    found = []
    for row in listed().exclude(state=AssistanceRequest.State.CLOSED)[:200]:
        who = rights.who(row.state)
        mine = bool((_standing(user, row) | assigned.get(row.pk, set())) & set(who))
        found.append(Open(row, who, mine, row.due_at is not None and row.due_at < at))
    return sorted(
        found, key=lambda one: (not one.mine, one.request.due_at is None, one.request.due_at or at)
    )


def roles(user: User, one: AssistanceRequest) -> set[str]:
    """Returns the current roles of a user in a request (`vedette_assist_as`)."""
    at = now()
    rows = Assignment.objects.filter(
        request=one, user_id=user.pk, begins_at__lte=at, ends_at__gt=at
    )
    return _standing(user, one) | set(rows.values_list("role", flat=True))


def _standing(user: User, one: AssistanceRequest) -> set[str]:
    """Returns the roles that a user has because of the role of the account."""
    found = set()
    if one.organisation_id == user.organisation_id and user.role == User.Role.CONTACT:
        found.add(rights.CONTACT)
    if one.provider_id == user.organisation_id and one.state != "draft":
        if user.role == User.Role.COORDINATOR:
            found |= {rights.COORDINATOR, rights.SECOND}
        elif rules.may(user, "assistance.approve"):
            found.add(rights.SECOND)
    return found


def assessment(one: AssistanceRequest) -> FileAssessment | None:
    """Returns the latest version of the assessment on file."""
    return one.assessments.order_by("-number").first()


def providers() -> list[tuple[uuid.UUID, str]]:
    """Returns the id and the name of each organisation that can give assistance."""
    return _rows("SELECT id, name FROM vedette_assist_providers()", [])


def people(one: uuid.UUID | None = None) -> list[Any]:
    """Returns the persons to whom a coordinator may give a role: id, organisation, name of the organisation,
    name, role. The list is empty for other readers.
    """
    return _rows(
        "SELECT id, organisation_id, organisation, name, role FROM vedette_assist_people(%s)", [one]
    )


def _rows(sql: str, values: list[Any]) -> list[Any]:
    with connection.cursor() as cursor:
        cursor.execute(sql, values)
        return list(cursor.fetchall())


def facts(one: AssistanceRequest) -> list[dict[str, str]]:
    """Returns the stored facts on which an assessment on file is based: earlier requests of the Member that
    the reader can see, released diagnostics, action plans and training. Each fact is returned with its source
    and its date.
    """
    found = []
    earlier = AssistanceRequest.objects.filter(organisation_id=one.organisation_id).exclude(
        pk=one.pk
    )
    for other in earlier.order_by("-created_at")[:20]:
        found.append(_fact("request", other.reference, other.state, other.state_at))
        for diagnostic in other.diagnostics.filter(shared_at__isnull=False).order_by("-number"):
            found.append(
                _fact("diagnostic", f"{other.reference}, {diagnostic.number}", diagnostic.state,
                      diagnostic.confirmed_at or diagnostic.opened_at)
            )  # fmt: skip
            counts: dict[str, int] = {}
            for state in diagnostic.actions.values_list("state", flat=True):
                counts[state] = counts.get(state, 0) + 1
            if counts:
                text = ", ".join(f"{state} {n}" for state, n in sorted(counts.items()))
                found.append(_fact("plan", other.reference, text, other.state_at))
        found += [
            {
                "source": "training",
                "what": session.place,
                "state": "",
                "at": session.last.isoformat(),
            }
            for session in other.sessions.order_by("-first")[:10]
        ]
    return found


def _fact(source: str, what: str, state: str, at: dt.datetime) -> dict[str, str]:
    return {"source": source, "what": what, "state": state, "at": at.date().isoformat()}


def clarity(one: AssistanceRequest) -> list[str]:
    """Returns the codes (`wording.CLARITY`) of the questions that are asked to make an unclear request
    clearer. It blocks nothing.
    """
    asked = {
        "problem": len(one.problem.split()) < 10,
        "tried": not one.tried.strip(),
        "evidence": not one.evidence.strip(),
        "expected": not one.expected.strip(),
        "observe": not one.observe.strip(),
        "contribution": not one.contribution.strip(),
        "signatory": not one.signatory.strip(),
        "number": not any(sign.isdigit() for sign in one.problem + one.evidence),
    }
    return [code for code, applies in asked.items() if applies]
