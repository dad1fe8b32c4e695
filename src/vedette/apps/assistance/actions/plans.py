"""Action plans: proposes actions by the documented rule, and records the decision of a person on each
proposal.
"""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from decimal import Decimal, InvalidOperation

from django.db import transaction

from vedette.apps.accounts import acts, rules
from vedette.apps.accounts.models import User
from vedette.apps.assistance.actions.common import (
    Refused,
    check,
    day,
    diagnostic,
    guarded,
    locked,
    text,
)
from vedette.apps.assistance.actions.requests import advance, start_follow_up
from vedette.apps.assistance.models import Action, AssistanceRequest, Diagnostic
from vedette.apps.assistance.selectors import diagnostics as selectors
from vedette.apps.columns import new_id
from vedette.apps.enforcement.selectors.controls import now
from vedette.assistance import plans

#: A changed action is published again only after a new request and a new release.
_WITHDRAWN = {"asked_by_id": None, "asked_at": None, "released_by_id": None, "released_at": None}
#: The decisions on a proposal.
CHOICES = (plans.ACCEPTED, plans.CHANGED, plans.WAIVED)
MOST_COST = Decimal("99999999999.99")


@transaction.atomic
def propose(by: User, id_: uuid.UUID) -> int:
    """Adds a proposal for each gap of a frozen diagnostic, in the order that the rule defines. No proposal is
    accepted automatically. Sets the state of the request to `plan`. Returns the number of proposals. Raises
    `Refused`.
    """
    one = diagnostic(by, id_, "propose")
    if one.state != Diagnostic.State.FROZEN:
        raise Refused("not_frozen")
    request = AssistanceRequest.objects.get(pk=one.request_id)
    bank = selectors.bank_of(one)
    found = plans.propose(selectors.answers(one, bank, "assessed").sheet)
    known = set(Action.objects.filter(diagnostic=one).values_list("question", flat=True))
    rows = [
        Action(
            id=new_id(), organisation_id=one.organisation_id, request_id=request.pk, diagnostic=one,
            question=gap.question.id, area=gap.question.area, position=place, gap=gap.gap,
            risk=gap.question.risk, effort=gap.question.effort, points=gap.shown,
        )
        for place, gap in enumerate(found, 1)
        if gap.question.id not in known
    ]  # fmt: skip
    with guarded():
        Action.objects.bulk_create(rows)
    acts.write(by, "plan.propose", one.pk, count=len(rows))
    if request.state == "mission":
        advance(by, request, "plan")
    return len(rows)


def _action(by: User, id_: uuid.UUID) -> Action:
    rules.check(by, "assistance.request")
    one = Action.objects.select_for_update(of=("self",)).get(pk=id_)
    check(by, AssistanceRequest.objects.get(pk=one.request_id), "action")
    return one


def _money(given: Mapping[str, str]) -> tuple[Decimal | None, str]:
    typed = given.get("cost", "").strip().replace("\u202f", "").replace(" ", "").replace(",", ".")
    currency = given.get("currency", "").strip().upper()
    if not typed:
        return None, ""
    try:
        cost = Decimal(typed)
    except InvalidOperation as error:
        raise Refused("number", "cost") from error
    if not cost.is_finite() or not 0 <= cost <= MOST_COST:
        raise Refused("number", "cost")
    if not (len(currency) == 3 and currency.isascii() and currency.isalpha()):
        raise Refused("currency", "currency")
    return cost.quantize(Decimal("0.01")), currency


@transaction.atomic
def decide(by: User, id_: uuid.UUID, choice: str, given: Mapping[str, str]) -> None:
    """Accepts, changes or waives a proposal for the Member, with a reason. An accepted or changed action
    needs a responsible person (`owner`) and its first and last day. A changed action also needs its text.
    Raises `Refused`.
    """
    one = _action(by, id_)
    if choice not in CHOICES:
        raise Refused("missing", "choice")
    if one.state == Action.State.DONE:
        raise Refused("order")
    taken = choice != plans.WAIVED
    cost, currency = _money(given) if taken else (None, "")
    values = {
        "state": choice,
        "reason": text(given.get("reason", ""), 4_000, "reason", required=True),
        "text": text(given.get("text", ""), 4_000, "text", required=choice == plans.CHANGED),
        "owner": text(given.get("owner", ""), 160, "owner", required=taken),
        "start": day(given.get("start", ""), "start", required=taken),
        "due": day(given.get("due", ""), "due", required=taken),
        "cost": cost,
        "currency": currency,
        "donor": text(given.get("donor", ""), 160, "donor"),
        "indicator": text(given.get("indicator", ""), 300, "indicator"),
        "decided_by_id": by.pk,
        "decided_at": now(),
    }
    with guarded():
        Action.objects.filter(pk=one.pk).update(**values, **_WITHDRAWN)
    acts.write(by, "plan.decide", one.pk, choice=choice)


@transaction.atomic
def report_done(by: User, id_: uuid.UUID, evidence: str, on: str) -> None:
    """Records that the Member carried out an action, with evidence. Raises `Refused`."""
    one = _action(by, id_)
    if one.state not in (plans.ACCEPTED, plans.CHANGED):
        raise Refused("order")
    with guarded():
        Action.objects.filter(pk=one.pk).update(
            state="done", evidence=text(evidence, 4_000, "evidence", required=True),
            done_on=day(on, "done_on"), decided_by_id=by.pk, decided_at=now(), **_WITHDRAWN,
        )  # fmt: skip
    acts.write(by, "plan.done", one.pk)


@transaction.atomic
def complete(by: User, id_: uuid.UUID) -> None:
    """Records that the plan is complete: every gap has an action or a waiver with a reason. The follow-ups
    are then due after six and twelve months. Raises `Refused`.
    """
    one = locked(by, id_, "complete", "assistance.work")
    rows = Action.objects.filter(request=one)
    if not rows.exists() or rows.filter(state="proposed").exists():
        raise Refused("undecided")
    advance(by, one, "followup")
    start_follow_up(by, one, now())
