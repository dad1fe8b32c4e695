"""National implementation plans, and the confirmations of receipt by the posts."""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Sequence

from vedette.apps.accounts import acts, rules
from vedette.apps.accounts.models import Unit, User
from vedette.apps.enforcement.selectors.controls import now
from vedette.apps.operations.actions.common import Refused, guarded, home, text
from vedette.apps.operations.models import NationalPlan, Operation, PlanReceipt

MOST_TEXT = 40_000


def send_plan(
    user: User, id_: uuid.UUID, body: str, profiles: str, posts: Sequence[uuid.UUID],
    due_at: dt.datetime,
) -> NationalPlan:  # fmt: skip
    """Stores a new version of the national plan of the user's own organisation, and sends it to posts, who
    confirm the receipt. After that, the coordinator can read the plan.
    """
    rules.check(user, "operation.join")
    found = Operation.objects.get(pk=id_)
    body = text(body, MOST_TEXT, "text", required=True)
    profiles = text(profiles, MOST_TEXT, "profiles")
    at = now()
    if due_at <= at:
        raise Refused("past", "due_at")
    units = list(Unit.objects.filter(organisation_id=home(user), pk__in=list(posts)))
    if not units or len(units) != len(set(posts)):
        raise Refused("posts")
    last = (
        NationalPlan.objects.filter(operation=found, organisation_id=home(user))
        .order_by("-number")
        .first()
    )
    made = NationalPlan(
        organisation_id=home(user), operation=found, number=last.number + 1 if last else 1, text=body,
        profiles=profiles, due_at=due_at, by=user, at=at,
    )  # fmt: skip
    with guarded():
        made.save(force_insert=True)
        PlanReceipt.objects.bulk_create(
            [
                PlanReceipt(
                    organisation_id=home(user), operation=found, plan=made, unit=unit, due_at=due_at
                )
                for unit in units
            ]
        )
        acts.write(user, "operation.national_plan", id_, plan=made.pk, posts=len(units))
    return made


def confirm_plan(user: User, receipt: uuid.UUID) -> None:
    """Confirms that the post of the user received the national plan. A contact point without a unit may
    confirm for a post that confirmed the receipt outside vedette.
    """
    rules.check(user, "operation.see")
    one = PlanReceipt.objects.select_for_update().get(pk=receipt)
    if user.unit_id is not None and one.unit_id != user.unit_id:
        raise Refused("post")
    if one.confirmed_at is not None:
        return
    with guarded():
        PlanReceipt.objects.filter(pk=one.pk).update(confirmed_at=now(), confirmed_by=user)
        acts.write(user, "operation.plan_received", one.operation_id, receipt=one.pk)
