"""Rows of assistance, written as a worker would, for tests of every page."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from typing import Any

from vedette.apps.accounts.models import Organisation, User
from vedette.apps.assistance.models import (
    Action,
    Assignment,
    AssistanceRequest,
    Bank,
    Certificate,
    Course,
    Diagnostic,
    Entry,
    EquipmentEvent,
    Expert,
    FileAssessment,
    FollowUp,
    Indicator,
    IndicatorValue,
    Mission,
    MissionReport,
    Participant,
    ResultPeriod,
    Session,
)
from vedette.assistance import bank_xlsform, banks


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
    bank = Bank.objects.using("intake").create(
        version="Planted version", content=bank_xlsform.read(
            [list(enumerate(rows, 1)) for rows in bank_xlsform.sheets(banks.example()).values()]
        ), **rows,
    )  # fmt: skip
    indicator = Indicator.objects.using("intake").create(
        request_id=one.pk, code="I-1", title={"en": "Planted indicator", "fr": "Indicateur"}, unit="posts",
        baseline_on=at.date() - dt.timedelta(days=90), target_on=at.date(), **rows,
    )  # fmt: skip
    for number, period in enumerate(("baseline", "target", "m6"), 1):
        IndicatorValue.objects.using("intake").create(
            request_id=one.pk,
            indicator_id=indicator.pk,
            period=period,
            value=number,
            on=at.date(),
            **rows,
        )
    ResultPeriod.objects.using("intake").create(request_id=one.pk, period="baseline", **rows)
    MissionReport.objects.using("intake").create(
        organisation=home, request_id=one.pk, diagnostic_id=made.pk, written_by_id=first.pk, written_at=at,
        words={"summary": {"en": "Planted summary.", "fr": ""}},
    )  # fmt: skip
    action = Action.objects.using("intake").create(
        organisation=home, request_id=one.pk, diagnostic_id=made.pk, area="strategy", position=1, gap=2,
        question=banks.example().questions[0].id, risk=3, effort=2, points=3, state="accepted",
        reason="Needed.", owner="A", start=at.date(), due=at.date(), decided_by_id=first.pk, decided_at=at,
    )  # fmt: skip
    EquipmentEvent.objects.using("intake").create(
        request_id=one.pk,
        item="Planted kit",
        event="ordered",
        on=at.date(),
        number=2,
        by_name="A",
        **rows,
    )
    piece = EquipmentEvent.objects.using("intake").create(
        request_id=one.pk, item="Planted kit", event="delivered", on=at.date(), serial="S-1", place="Post 1",
        by_name="A", **rows,
    )  # fmt: skip
    course = Course.objects.using("intake").create(
        code="C-1", title={"en": "Course", "fr": "Cours"}, theme="aces", invented=True, **rows,
        modules=[{"id": "M1", "en": "Module", "fr": "Module", "minutes": 60}],
    )  # fmt: skip
    session = Session.objects.using("intake").create(
        course_id=course.pk, first=at.date(), last=at.date(), place="Post 1", language="en", **rows
    )
    people = [
        Participant.objects.using("intake").create(
            organisation=home, session_id=session.pk, code=f"P{number:03}", name=f"Planted {user.username}",
            user_id=user.pk, delete_at=at + dt.timedelta(days=900), post=number,
        )
        for number, user in enumerate(everybody, 1)
    ]  # fmt: skip
    certificate = Certificate.objects.using("intake").create(
        organisation=home, participant_id=people[0].pk, course_id=course.pk, language="en",
        proposed_by_id=first.pk, proposed_at=at,
    )  # fmt: skip
    expert = Expert.objects.using("intake").create(
        organisation=home, provider=home, user_id=first.pk, name="Planted Expert", themes=["aces"],
        languages=["fr"], at=at,
    )  # fmt: skip
    return {
        "assistance": one.pk, "diagnostic": made.pk, "assistance action": action.pk, "course": course.pk,
        "equipment": piece.pk, "question bank": bank.pk,
        "training session": session.pk, "certificate": certificate.pk, "expert profile": expert.pk,
    }  # fmt: skip


def leave(home: Organisation, user: User) -> None:
    """A follow-up that is overdue."""
    made = fill(home, [user])
    for state in ("plan", "followup"):
        AssistanceRequest.objects.using("intake").filter(pk=made["assistance"]).update(state=state)
    FollowUp.objects.using("intake").create(
        organisation=home, request_id=made["assistance"], months=6,
        due_on=dt.datetime.now(dt.UTC).date() - dt.timedelta(days=400),
    )  # fmt: skip
