"""Creates an operation, changes its plan, and changes its state."""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any
from zoneinfo import available_timezones

from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from vedette.apps import display
from vedette.apps.accounts import acts, rules
from vedette.apps.accounts.models import Approval, User
from vedette.apps.approvals import actions as approvals
from vedette.apps.enforcement.selectors.controls import now
from vedette.apps.operations import rights, starting, wording
from vedette.apps.operations.actions.common import Refused, guarded, home, locked, person, text
from vedette.apps.operations.models import Final, Marking, Member, Operation, Plan, Role, Template
from vedette.apps.operations.selectors import operations as selectors
from vedette.core import message_forms

#: Greatest length of the texts of a plan, and of an operation.
MOST_TEXT, LONGEST = 20_000, dt.timedelta(days=3 * 366)


@dataclass(frozen=True)
class Given:
    """The content of the form of an operation: columns of `Operation` and of `Plan`."""

    operation: Mapping[str, Any]
    plan: Mapping[str, Any] = field(default_factory=dict)


def create(user: User, id_: uuid.UUID, exercise: bool | None, given: Given) -> Operation:
    """Creates an operation as a draft, with its first plan, its forms, and its creator as coordinator. If an
    operation with this id already exists, returns that operation. `exercise` is true if the operation is an
    exercise, and cannot be changed later.
    """
    rules.check(user, "operation.plan")
    if exercise is None:
        raise Refused("exercise")
    if found := Operation.objects.filter(pk=id_).first():
        return found
    at = now()
    _in_order(given.operation, at)
    with guarded():
        made = Operation(
            id=id_, organisation_id=home(user), exercise=exercise, created_by_id=user.pk, created_at=at,
            state_at=at, **given.operation,
        )  # fmt: skip
        made.save(force_insert=True)
        Member.objects.bulk_create([
            Member(
                organisation_id=home(user), operation=made, user_id=user.pk, role=Role.COORDINATOR,
                name=person(user), begins_at=at, ends_at=made.until, since_version=0,
            )
        ])  # fmt: skip
        made = Operation.objects.get(pk=id_)
        _plan(user, made, given.plan)
        for kind, form in starting.forms().items():
            Template.objects.create(
                organisation_id=home(user), operation=made, kind=kind, number=1,
                fields=message_forms.dump(form), by_id=user.pk, at=at,
            )  # fmt: skip
        acts.write(user, "operation.create", made.pk, exercise=exercise)
    return Operation.objects.get(pk=id_)


def _in_order(columns: Mapping[str, Any], at: dt.datetime) -> None:
    if not columns["live_from"] < columns["live_until"] <= columns["until"]:
        raise Refused("order", "live_until")
    if columns["until"] <= at:
        raise Refused("past", "until")
    if columns["until"] - at > LONGEST:
        raise Refused("too_long", "until")
    text(columns["name"], 80, "name", required=True)
    text(columns["reference"], 40, "reference", required=True)


def _plan(user: User, operation: Operation, columns: Mapping[str, Any]) -> None:
    if columns["zone"] not in available_timezones():
        raise Refused("zone", "zone")
    if not columns["basis"].strip():
        raise Refused("missing", "basis")
    for name in ("threat", "substances", "places", "tasks", "indicators"):
        text(columns.get(name, ""), MOST_TEXT, name)
    number = operation.plan_version + 1
    Plan.objects.create(
        organisation_id=home(user), operation=operation, number=number, by_id=user.pk, at=now(), **columns
    )  # fmt: skip
    Operation.objects.filter(pk=operation.pk).update(plan_version=number)
    operation.plan_version = number


def change_plan(user: User, id_: uuid.UUID, version: int, given: Given) -> Operation:
    """Stores a new version of the plan, and the names, times and marking of the operation. Only `ask` can
    extend a live operation or make its marking less restrictive. Raises `Refused` (`stale`) if the plan has
    changed in the meantime.
    """
    found = locked(user, id_, "operation.plan")
    if found.plan_version != version:
        raise Refused("stale")
    _in_order(given.operation, found.created_at)
    if found.state not in rights.WRITING["plan"].states:
        raise Refused("state")
    with guarded():
        Operation.objects.filter(pk=id_).update(**given.operation)
        _plan(user, found, given.plan)
        acts.write(user, "operation.plan", id_, version=found.plan_version)
    return found


def advance(user: User, id_: uuid.UUID, before: str, to: str, reason: str = "") -> None:
    """Changes the operation to its next state. The live phase needs the approval of a second person (`ask`).
    Raises `Refused` if the present state differs from `before`, the state that the page showed.
    """
    found = locked(user, id_, "operation.plan")
    if found.state != before:
        raise Refused("stale")
    if to not in rights.NEXT[found.state]:
        raise Refused("state")
    if to == "live":
        raise Refused("second")
    reason = text(reason, 500, "reason", required=to == "abandoned")
    with guarded():
        Operation.objects.filter(pk=id_).update(state=to, **({"reason": reason} if reason else {}))
        acts.write(user, "operation.state", id_, state=to, words={"reason": reason})


def ask(user: User, id_: uuid.UUID, what: str, why: str, **changes: Any) -> Approval:
    """Asks the second person of the operation to approve a change. The changes are `live`, `extend` with the
    times `live_until` and `until`, and `marking` with a less restrictive marking. Raises `Refused` if a
    prerequisite is missing or if no person has the role of the second person.
    """
    found = locked(user, id_, "operation.plan")
    if what == "live":
        if found.state != Operation.State.PREPARING:
            raise Refused("state")
        if selectors.missing(found) or not selectors.accepted(found):
            raise Refused("missing_steps")
    elif found.state != Operation.State.LIVE:
        raise Refused("state")
    detail: dict[str, object] = {"what": what, "changes": found.changes}
    if what == "extend":
        if not found.live_from < changes["live_until"] <= changes["until"]:
            raise Refused("order", "live_until")
        if changes["until"] - found.created_at > LONGEST:
            raise Refused("too_long", "until")
        detail |= {
            "live_until": int(changes["live_until"].timestamp()),
            "group_until": int(changes["until"].timestamp()),
        }
    elif what == "marking":
        if changes["marking"] not in rights.MARKINGS or not rights.weaker(
            found.marking, changes["marking"]
        ):
            raise Refused("marking")
        detail["marking"] = changes["marking"]
    if not selectors.seconds(found).exclude(user_id=user.pk).exists():
        raise Refused("no_second")
    if waiting(id_) is not None:
        raise Refused("asked")
    if len(why.strip()) < approvals.SHORTEST:
        raise Refused("why")
    return approvals.ask(
        user, Approval.Kind.OPERATION, id_, purpose(user, found), why, detail=detail
    )


def purpose(user: User, one: Operation) -> str:
    """Returns the purpose of a request to the second person: the purpose of the plan, if the user may use
    that purpose. Raises `Refused` if there is no purpose that the user may use.
    """
    plan = selectors.plan(one)
    assert plan is not None  # noqa: S101  an operation has a plan from its creation on
    found = plan.purpose if plan.purpose in user.purposes else next(iter(user.purposes), "")
    if not found:
        raise Refused("purpose")
    return found


def waiting(id_: uuid.UUID) -> Approval | None:
    """Returns the request about an operation that waits for its second person."""
    return Approval.objects.filter(
        kind=Approval.Kind.OPERATION, subject=str(id_), state=Approval.State.ASKED, expires_at__gt=now()
    ).first()  # fmt: skip


def carry(approval: Approval) -> None:
    """Carries out the change that the second person approved. The database checks again that all
    prerequisites are met and that the person is a member with the role of the second person.
    """
    found = Operation.objects.select_for_update().get(pk=uuid.UUID(approval.subject))
    what, detail = approval.detail["what"], approval.detail
    by = approval.decided_by
    changes: dict[str, Any] = {}
    if what == "final":
        from vedette.apps.operations.actions import final

        try:
            final.carry(approval)
        except Refused as refused:
            raise approvals.Refused("changed") from refused
        acts.write(by, "operation.approved", found.pk, change=what, approval=approval.pk)
        return
    if what == "live":
        changes["state"] = Operation.State.LIVE
    elif what == "extend":
        changes = {
            "live_until": dt.datetime.fromtimestamp(detail["live_until"], dt.UTC),
            "until": dt.datetime.fromtimestamp(detail["group_until"], dt.UTC),
        }
    else:
        changes["marking"] = detail["marking"]
    try:
        with guarded():
            Operation.objects.filter(pk=found.pk).update(**changes)
    except Refused as refused:
        raise approvals.Refused("changed") from refused
    acts.write(by, "operation.approved", found.pk, change=what, approval=approval.pk)


def is_second(approval: Approval, user: User) -> bool:
    """Whether the user is a second person of the operation at this time. The person who made the last draft
    of a final report cannot approve it.
    """
    if (
        approval.detail.get("what") == "final"
        and Final.objects.filter(pk=uuid.UUID(str(approval.detail["final"])), by=user).exists()
    ):
        return False
    found = Operation.objects.filter(pk=uuid.UUID(approval.subject)).first()
    return found is not None and selectors.seconds(found).filter(user_id=user.pk).exists()


def described(approval: Approval, user: User) -> list[tuple[Any, str]]:
    """Returns the data of a request that are shown to the second person: the operation, the change, and the
    new values."""
    found = Operation.objects.filter(pk=uuid.UUID(approval.subject)).first()
    if found is None:
        return []
    detail = approval.detail
    told: list[tuple[Any, str]] = [
        (_("Operation"), found.name),
        (_("Exercise"), gettext("yes") if found.exercise else gettext("no")),
        (_("Change"), str(wording.CHANGES[detail["what"]])),
    ]
    for key, label in (
        ("live_until", _("Live phase until")),
        ("group_until", _("End of the group")),
    ):
        if key in detail:
            told.append((label, display.moment_utc(dt.datetime.fromtimestamp(detail[key], dt.UTC))))
    if detail["what"] == "final":
        report = found.finals.filter(pk=detail["final"]).first()
        if report is not None:
            told.append((_("Version"), str(report.number)))
            told.append((_("Counted at"), display.moment_utc(report.known_at)))
            told.append((_("Figures"), str(len(report.figures))))
    if "marking" in detail:
        told.append((_("Marking"), str(Marking(detail["marking"]).label)))
    return told
