"""A live operation with a message and a report, written as a worker would, for tests of every page."""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Iterable
from typing import Any

from tests.apps.operations.scene import given

from vedette.apps.accounts.models import Organisation, User
from vedette.apps.columns import new_id
from vedette.apps.operations import starting
from vedette.apps.operations.models import (
    Final,
    Member,
    Message,
    Nominal,
    Operation,
    Participant,
    Plan,
    Report,
    Template,
)
from vedette.core import message_forms


def fill(home: Organisation, people: Iterable[User], final: bool = True) -> dict[str, Any]:
    """An operation in which everybody is a coordinator, a control that is counted, and a draft report."""
    everybody = list(people)
    first, at = everybody[0], dt.datetime.now(dt.UTC)
    values = given(reference="PGS-1")
    rows = {"organisation": home, "by_id": first.pk, "at": at}
    one = Operation.objects.using("intake").create(
        organisation=home, exercise=False, state="live", created_by_id=first.pk, created_at=at, state_at=at,
        plan_version=1, **values.operation,
    )  # fmt: skip
    for user in everybody:
        Member.objects.using("intake").create(
            organisation=home, operation_id=one.pk, user_id=user.pk, role="coordinator", name=user.username,
            begins_at=at - dt.timedelta(days=1), ends_at=one.until, since_version=0,
        )  # fmt: skip
    Participant.objects.using("intake").bulk_create(
        [Participant(organisation=home, operation=one, name=home.name, at=at)]
    )
    Plan.objects.using("intake").create(operation=one, number=1, **rows, **values.plan)
    for kind, form in starting.forms().items():
        Template.objects.using("intake").create(
            operation=one, kind=kind, number=1, fields=message_forms.dump(form), **rows
        )
    id_ = new_id()
    Message.objects.using("intake").create(
        id=id_, root=id_, operation=one, kind="control", exercise=False, template=1, marking="amber",
        values={"place": "Post 1", "controls": "1", "found": "no", "category": "precursor"}, happened_at=at,
        category="precursor", controls=1, found=False, by_name="A", by_organisation=home.name,
        sent_at=at, **rows,
    )  # fmt: skip
    report = Report.objects.using("intake").create(
        operation=one, consolidated=True, number=1, cutoff_at=at, known_at=at, by_name="A",
        by_organisation=home.name, figures={"controls": "1"}, **rows,
    )  # fmt: skip
    if final:
        _final(one, rows)
    return {"operation": one.pk, "operation message": id_, "sitrep": report.pk}


def _final(one: Operation, rows: dict[str, Any]) -> None:
    """A draft of the final report. It begins in the follow-up."""
    home, at = rows["organisation"], rows["at"]
    Operation.objects.using("intake").filter(pk=one.pk).update(state="followup")
    Final.objects.using("intake").create(
        operation=one, number=1, cutoff_at=at, known_at=at, by_name="A", figures={"controls": "1"},
        content={
            "labels": {}, "records": {"controls": 1},
            "participants": [{"organisation": str(home.pk), "name": home.name, "confirmed": "no", "by": "",
                              "at": ""}],
            "publications": [{"measure": "controls", "figure": "controls", "value": "2", "unit": "",
                              "source": "https://source.example/", "note": ""}],
        }, **rows,
    )  # fmt: skip


def leave(home: Organisation, user: User) -> uuid.UUID:
    """An invitation that nobody was notified of, and nominal values whose period is over. Returns the id of
    the operation."""
    made = fill(home, [user], final=False)
    Nominal.objects.using("intake").create(
        organisation=home, message_id=made["operation message"], values={"person": "Jane Planted"},
        delete_at=dt.datetime.now(dt.UTC) - dt.timedelta(days=400),
    )  # fmt: skip
    operation: uuid.UUID = made["operation"]
    return operation
