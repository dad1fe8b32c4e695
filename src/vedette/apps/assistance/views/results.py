"""The page of the results framework: indicators with their values, a chart, and the forms."""

from __future__ import annotations

import uuid
from decimal import Decimal
from typing import Any

from django.contrib import messages as toasts
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.utils.translation import gettext
from django.views.decorators.http import require_POST, require_safe

from vedette.apps import display
from vedette.apps.accounts.rules import Request, requires
from vedette.apps.assistance import charts, wording
from vedette.apps.assistance.actions import results as actions
from vedette.apps.assistance.actions.common import Refused
from vedette.apps.assistance.models import AssistanceRequest, Indicator, IndicatorValue
from vedette.apps.assistance.selectors import results as selectors
from vedette.apps.assistance.views.common import find, page, uuid_of
from vedette.apps.assistance.views.diagnostics import tongue
from vedette.apps.columns import new_id
from vedette.assistance import results


def shown(value: Decimal | None) -> str:
    """Returns a value as pages show it: without decimals if the value is a whole number; `–` if there is no
    value.
    """
    if value is None:
        return "–"
    return display.number(float(value), 0 if value == int(value) else 2)


@require_safe
@requires("assistance.see")
def framework(request: Request, pk: uuid.UUID) -> HttpResponse:
    """Shows the indicators of a request with their baseline, target and actual values."""
    return _framework(request, find(pk))


def _framework(
    request: Request, one: AssistanceRequest, problem: Refused | None = None
) -> HttpResponse:
    rows, frozen, words = selectors.lines(one), selectors.frozen(one), tongue()
    periods = IndicatorValue.Period.choices
    context = {
        "rows": [
            {
                "indicator": row.indicator,
                "title": row.indicator.title[words],
                "cells": [(label, shown(row.values.get(code)), row.days.get(code)) for code, label in
                periods], "achieved": [     (label, row.achieved(code))     for code, label in periods if code
                in results.ACTUAL and code in row.values ], "chart": charts.progress(row.values), "parts":
                _parts(row), "counted": row.indicator.source != Indicator.Source.ENTERED,
            }
            for row in rows
        ],
        "periods": [(code, label, frozen.get(code)) for code, label in periods],
        "open_periods": [(code, label) for code, label in periods if code not in frozen],
        "sources": Indicator.Source.choices,
        "id": request.POST.get("id") or new_id(),
        "any_frozen": bool(frozen),
        "fields": wording.FIELDS,
    }  # fmt: skip
    return page(request, one, "results", context, problem)


def _parts(row: selectors.Line) -> list[tuple[Any, list[tuple[str, str]]]]:
    """Returns the values by sex and by region of each period that has such parts."""
    sexes = dict(IndicatorValue.sex.field.choices or ())
    found = []
    for code, label in IndicatorValue.Period.choices:
        parts = [(str(sexes[sex]), shown(value)) for sex, value in row.sexes.get(code, {}).items()]
        parts += [(region, shown(value)) for region, value in row.regions.get(code, {}).items()]
        if parts:
            found.append((label, parts))
    return found


@require_POST
@requires("assistance.work")
def act(request: Request, pk: uuid.UUID) -> HttpResponse:
    """Adds or withdraws an indicator, records a value, or freezes a period."""
    one, post, user = find(pk), request.POST, request.user

    def indicator() -> uuid.UUID:
        id_ = uuid_of(post.get("indicator", ""))
        return get_object_or_404(Indicator, pk=id_, request=one).pk

    do = post.get("do", "")
    try:
        if do == "add":
            actions.add(user, uuid_of(post.get("id", "")) or new_id(), pk, post.dict())
            sentence = gettext("The indicator is stored.")
        elif do == "record":
            actions.record(user, indicator(), post.dict())
            sentence = gettext("The value is stored.")
        elif do == "withdraw":
            actions.withdraw(user, indicator())
            sentence = gettext("The indicator is withdrawn.")
        elif do == "freeze":
            actions.freeze(user, pk, post.get("period", ""))
            sentence = gettext("The period is frozen.")
        else:
            raise Http404
    except Refused as refused:
        return _framework(request, one, refused)
    toasts.success(request, sentence)
    return redirect("assistance-results", pk=pk)
