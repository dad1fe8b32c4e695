"""Pages of action plans, and the page of the difference between two diagnostics."""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from django.contrib import messages as toasts
from django.db.models import QuerySet
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from vedette.apps.accounts.rules import Request, requires
from vedette.apps.assistance import charts, wording
from vedette.apps.assistance.actions import plans as actions
from vedette.apps.assistance.actions.common import Refused
from vedette.apps.assistance.models import Action, AssistanceRequest, Diagnostic
from vedette.apps.assistance.selectors import diagnostics as selectors
from vedette.apps.assistance.views.common import find, page, uuid_of
from vedette.apps.assistance.views.diagnostics import tongue
from vedette.apps.enforcement.selectors.controls import now
from vedette.assistance import banks, snapshots

#: How a plan is grouped: code → label.
GROUPS = {"owner": _("By owner"), "donor": _("By donor"), "area": _("By area")}
FIELDS = ("text", "reason", "owner", "start", "due", "cost", "currency", "donor", "indicator")


@require_safe
@requires("assistance.see")
def plan(request: Request, pk: uuid.UUID) -> HttpResponse:
    """Shows the action plan of a request: a time chart of the actions, the undecided proposals, the counts
    and the costs.
    """
    return _plan(request, find(pk))


def _plan(request: Request, one: AssistanceRequest, problem: Refused | None = None) -> HttpResponse:
    rows: QuerySet[Action] = Action.objects.filter(request=one).select_related("diagnostic__bank")
    found = list(rows.order_by("diagnostic__number", "position", "pk"))
    by = request.GET.get("by", "")
    by = by if by in GROUPS else "owner"
    words, today = tongue(), now().date()
    known = {row.diagnostic_id: selectors.bank_of(row.diagnostic) for row in found}
    shown = [_line(row, known[row.diagnostic_id], words, today) for row in found]
    taken = [line for line in shown if line["row"].state in ("accepted", "changed", "done")]
    days = [day for line in taken for day in (line["row"].start, line["row"].due) if day]
    axis = charts.axis(days, today) if days else None
    if axis:
        for line in taken:
            line["span"] = axis.span(line["row"].start, line["row"].due, line["css"])
    groups: dict[str, list[Any]] = {}
    for line in taken:
        groups.setdefault(str(_group(line, by)), []).append(line)
    costs: dict[str, Any] = {}
    for row in found:
        if row.cost is not None and row.state != "waived":
            costs[row.currency] = costs.get(row.currency, 0) + row.cost
    frozen = Diagnostic.objects.filter(request=one, state="frozen").order_by("-number").first()
    context = {
        "groups": sorted(groups.items()),
        "by": by,
        "ways": GROUPS.items(),
        "axis": axis,
        "proposed": [line for line in shown if line["row"].state == "proposed"],
        "waived": [line for line in shown if line["row"].state == "waived"],
        "counts": [
            (label, sum(row.state == state for row in found)) for state, label in Action.State.choices
        ],
        "count": len(found),
        "costs": sorted(costs.items()),
        "proposable": frozen if frozen and not any(row.diagnostic_id == frozen.pk for row in found) else None,
    }  # fmt: skip
    return page(request, one, "plan", context, problem)


def _line(row: Action, bank: banks.Bank, words: str, today: dt.date) -> dict[str, Any]:
    """Returns the data of an action that the page of the plan shows. An action is overdue if its last day has
    passed and the action is not done.
    """
    question = next((one for one in bank.questions if one.id == row.question), None)
    level = question.scoring.get("target", 5) if question else 0
    overdue = row.state in ("accepted", "changed") and row.due is not None and row.due < today
    return {
        "row": row,
        "question": question.text[words] if question else row.question,
        "criterion": question.levels[words][level] if question else "",
        "area": bank.areas.get(row.area, {}).get(words, row.area),
        "overdue": overdue,
        "css": _css(row, overdue, today),
    }


def _css(row: Action, overdue: bool, today: dt.date) -> str:
    """Returns the class of the bar of an action in the time chart."""
    if row.state == "done":
        return "o-done"
    if overdue:
        return "o-over"
    if row.cost and not row.donor:
        return "o-seek"
    return "o-run" if row.start and row.start <= today else "o-todo"


def _group(line: dict[str, Any], by: str) -> Any:
    row = line["row"]
    if by == "area":
        return line["area"]
    if by == "donor":
        return row.donor or (gettext("to be financed") if row.cost else gettext("own means"))
    return row.owner


@require_POST
@requires("assistance.work")
def act(request: Request, pk: uuid.UUID) -> HttpResponse:
    """Adds the proposals of a frozen diagnostic, or states that the plan is complete."""
    one = find(pk)
    try:
        if request.POST.get("do") == "propose":
            made = get_object_or_404(
                Diagnostic, pk=uuid_of(request.POST.get("diagnostic", "")), request=one
            )
            count = actions.propose(request.user, made.pk)
            sentence = gettext(
                "%(n)s proposals were added. The Member has not accepted any of them yet."
            ) % {"n": count}
        else:
            actions.complete(request.user, pk)
            sentence = gettext("The plan is complete. The follow-ups are scheduled.")
    except Refused as refused:
        return _plan(request, one, refused)
    toasts.success(request, sentence)
    return redirect("assistance-plan", pk=pk)


@require_http_methods(["GET", "HEAD", "POST"])
@requires("assistance.see", to_post="assistance.request")
def action(request: Request, pk: uuid.UUID) -> HttpResponse:
    """Shows an action, and records the decision of the Member or the completion of the action."""
    one = get_object_or_404(Action.objects.select_related("diagnostic__bank"), pk=pk)
    problem = None
    if request.method == "POST":
        post = request.POST
        try:
            if post.get("do") == "done":
                actions.report_done(
                    request.user, pk, post.get("evidence", ""), post.get("done_on", "")
                )
            else:
                actions.decide(request.user, pk, post.get("choice", ""), post.dict())
        except Refused as refused:
            problem = refused
        else:
            toasts.success(request, gettext("Saved."))
            if post.get("go") == "next" and (following := _following(one)) is not None:
                return redirect("assistance-action", pk=following)
            return redirect("assistance-plan", pk=one.request_id)
    bank, words = selectors.bank_of(one.diagnostic), tongue()
    line = _line(one, bank, words, now().date())
    values = {
        name: "" if getattr(one, name) is None else str(getattr(one, name)) for name in FIELDS
    }
    context = {
        "line": line,
        "action": one,
        "value": request.POST if request.method == "POST" else values,
        "chosen": request.POST.get("choice", ""),
        "choices": [
            (code, label) for code, label in Action.State.choices if code in actions.CHOICES
        ],
        "number": next((n for n, q in enumerate(bank.questions, 1) if q.id == one.question), None),
    }
    return page(request, find(one.request_id), "action", context, problem, tab="plan")


def _following(one: Action) -> uuid.UUID | None:
    """Returns the next proposal in the order of the plan. After the last proposal, returns the first
    undecided one.
    """
    left = Action.objects.filter(diagnostic_id=one.diagnostic_id, state=Action.State.PROPOSED)
    found = left.order_by("position").values_list("pk", "position")
    later = [pk for pk, position in found if position > one.position]
    return next(iter([*later, *(pk for pk, _ in found)]), None)


def _score(areas: Mapping[str, Any], area: str) -> Decimal | None:
    """Returns the frozen score of an area, or None if the area had no score."""
    score = areas.get(area, {}).get("score")
    return None if score is None else Decimal(str(score))


@require_safe
@requires("assistance.see")
def difference(request: Request, pk: uuid.UUID) -> HttpResponse:
    """Shows the difference between a frozen diagnostic and the previous one: the areas, and the questions
    with the same version. Other questions below the target are listed separately.
    """
    later = get_object_or_404(Diagnostic.objects.select_related("bank"), pk=pk)
    former = selectors.former(later) if later.state == "frozen" else None
    context: dict[str, Any] = {"diagnostic": later, "former": former}
    if former is not None:
        bank, words = selectors.bank_of(later), tongue()
        found = snapshots.compare(former.snapshot, later.snapshot)
        old, new = (selectors.frozen_scores(one)["areas"] for one in (former, later))
        numbers = {question.id: n for n, question in enumerate(bank.questions, 1)}
        texts = {question.id: question.text[words] for question in bank.questions}
        context |= {
            "areas": [
                (bank.areas[area][words], _score(old, area), _score(new, area))
                for area in bank.areas
            ],
            "changed": [
                (
                    numbers.get(row["question"]), texts.get(row["question"], row["question"]),
                    wording.ANSWERS.get(row["former"], row["former"]),
                    wording.ANSWERS.get(row["later"], row["later"]),
                )
                for row in sorted(found["changed"], key=lambda row: numbers.get(row["question"], 0))
            ],
            "apart": [
                texts.get(row["question"], row["question"])
                for key in ("other_version", "only_former", "only_later")
                for row in found[key]
            ],
        }  # fmt: skip
    return page(request, find(later.request_id), "difference", context)
