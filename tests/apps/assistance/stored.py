"""Rows of assistance, written as a worker would, for tests of every page."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from typing import Any

from vedette.apps.accounts.models import Organisation, User
from vedette.apps.assistance.models import (
    Assignment,
    AssistanceRequest,
    Diagnostic,
    Entry,
    FileAssessment,
    FollowUp,
    Mission,
)
from vedette.assistance import banks


def fill(home: Organisation, people: Iterable[User]) -> dict[str, Any]:
    """A request of the organisation to itself, in whose mission everybody is an assessor, with an open
    diagnostic."""
    everybody = list(people)
    first, at = everybody[0], dt.datetime.now(dt.UTC)
    rows = {"organisation": home, "by_id": first.pk, "at": at}
    one = AssistanceRequest.objects.using("intake").create(
        organisation=home, member=home.name, provider=home, provider_name=home.name, reference="D-1",
        theme="aces", problem="Planted problem.", state="mission", created_by_id=first.pk, created_at=at,
        state_at=at, approved_by_id=first.pk, invented=True,
    )  # fmt: skip
    Assignment.objects.using("intake").bulk_create(
        Assignment(
            organisation=home, request_id=one.pk, user_id=user.pk, role="assessor", name=user.username,
            begins_at=at - dt.timedelta(days=1), ends_at=at + dt.timedelta(days=1),
        )
        for user in everybody
    )  # fmt: skip
    FileAssessment.objects.using("intake").create(
        request_id=one.pk, number=1, text="On file.", by_name="A", **rows
    )
    Mission.objects.using("intake").create(
        request_id=one.pk, first=at.date(), last=at.date(), terms="Visit.", agenda="Monday", **rows
    )
    made = Diagnostic.objects.using("intake").create(
        organisation=home, request_id=one.pk, number=1, bank_version="1", opened_by_id=first.pk,
        opened_at=at,
    )  # fmt: skip
    for number, level in ((0, 1), (0, 2), (5, 3)):
        Entry.objects.using("intake").create(
            organisation=home, diagnostic_id=made.pk, side="assessed",
            question=banks.example().questions[number].id, device="page", number=number + level,
            author_id=first.pk, author_name="A", time=at, at=at,
            value={"level": level, "evidence": ["observation: seen"]},
        )  # fmt: skip
    return {"assistance": one.pk, "diagnostic": made.pk}


def leave(home: Organisation, user: User) -> None:
    """A follow-up that is overdue."""
    made = fill(home, [user])
    for state in ("plan", "followup"):
        AssistanceRequest.objects.using("intake").filter(pk=made["assistance"]).update(state=state)
    FollowUp.objects.using("intake").create(
        organisation=home, request_id=made["assistance"], months=6,
        due_on=dt.datetime.now(dt.UTC).date() - dt.timedelta(days=400),
    )  # fmt: skip
