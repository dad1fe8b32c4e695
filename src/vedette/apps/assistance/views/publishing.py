"""The page on which actions are released for publication, the donor report, and the IATI file."""

from __future__ import annotations

import re
import uuid
from collections.abc import Sequence
from typing import Any

from django.conf import settings
from django.contrib import messages as toasts
from django.http import Http404, HttpResponse
from django.shortcuts import redirect
from django.template.loader import render_to_string
from django.utils.translation import gettext, ngettext, override
from django.views.decorators.http import require_POST, require_safe

from vedette.apps.accounts import acts
from vedette.apps.accounts.rules import Request, requires
from vedette.apps.assistance import wording
from vedette.apps.assistance.actions import publishing as actions
from vedette.apps.assistance.actions.common import Refused
from vedette.apps.assistance.models import Action, AssistanceRequest, IndicatorValue
from vedette.apps.assistance.selectors import diagnostics as of_diagnostics
from vedette.apps.assistance.selectors import publishing as selectors
from vedette.apps.assistance.selectors import results as of_results
from vedette.apps.assistance.views.common import find, page, uuid_of
from vedette.apps.assistance.views.diagnostics import tongue
from vedette.apps.assistance.views.results import shown
from vedette.apps.enforcement.selectors.controls import now
from vedette.assistance import banks, results

#: An identifier of an organisation in IATI: a register or country, and the number in it.
_REF = re.compile(r"[A-Z]{2,3}(-[A-Za-z0-9._]{1,40}){1,4}")


@require_safe
@requires("assistance.see")
def publication(request: Request, pk: uuid.UUID) -> HttpResponse:
    """Shows which data of each action are published, field by field, and for which actions publication was
    requested or released.
    """
    return _publication(request, find(pk))


def _publication(
    request: Request, one: AssistanceRequest, problem: Refused | None = None
) -> HttpResponse:
    rows = Action.objects.filter(request=one, state__in=actions.TAKEN)
    found = list(
        rows.select_related("diagnostic__bank").order_by("diagnostic__number", "position", "pk")
    )
    context = {
        "rows": _lines(found),
        "released": sum(row.released_by_id is not None for row in found),
        "asked": sum(row.asked_by_id is not None and row.released_by_id is None for row in found),
        "reference": request.GET.get("reference", "")[:200],
        "standard": bool(settings.IATI),
        "indicators": [_indicator(line) for line in of_results.lines(one)],
    }
    return page(request, one, "publication", context, problem)


def _indicator(line: of_results.Line) -> dict[str, Any]:
    """Returns the data of an indicator that are published: its title, its unit and its total values."""
    return {
        "row": line.indicator,
        "title": line.indicator.title[tongue()],
        "cells": [
            (label, shown(line.values.get(code))) for code, label in IndicatorValue.Period.choices
        ],
        "achieved": max(
            (
                (code, share)
                for code in results.ACTUAL
                if (share := line.achieved(code)) is not None
            ),
            default=("", None),
        )[1],
    }


def _lines(rows: Sequence[Action]) -> list[tuple[Action, str]]:
    """Returns actions with the name of their area."""
    known: dict[uuid.UUID, banks.Bank] = {}
    words, found = tongue(), []
    for row in rows:
        if row.diagnostic_id not in known:
            known[row.diagnostic_id] = of_diagnostics.bank_of(row.diagnostic)
        areas = known[row.diagnostic_id].areas
        found.append((row, areas.get(row.area, {}).get(words, row.area)))
    return found


@require_POST
@requires("assistance.work")
def act(request: Request, pk: uuid.UUID) -> HttpResponse:
    """Requests, releases or withdraws the publication of the selected actions and indicators."""
    one = find(pk)
    ids, indicators = (
        [id_ for typed in request.POST.getlist(name)[:1_000] if (id_ := uuid_of(typed))]
        for name in ("action", "indicator")
    )
    known: dict[str, Any] = {
        "ask": actions.ask, "release": actions.release, "withdraw": actions.withdraw,
    }  # fmt: skip
    do = request.POST.get("do", "")
    if do not in known:
        raise Http404
    try:
        count = known[do](request.user, pk, ids, indicators)
    except Refused as refused:
        return _publication(request, one, refused)
    sentence = ngettext("%(n)s line changed.", "%(n)s lines changed.", count) % {"n": count}
    toasts.success(request, sentence)
    return redirect("assistance-publication", pk=pk)


@require_safe
@requires("assistance.see")
def report(request: Request, pk: uuid.UUID) -> HttpResponse:
    """Returns the donor report as a file. The report contains only released actions and indicators."""
    one = find(pk)
    asked = request.GET.get("language", "")
    language = asked if asked in banks.LANGUAGES else tongue()
    rows, indicators = selectors.released(one), of_results.lines(one, released=True)
    acts.write(request.user, "publish.report", one.pk, count=len(rows))
    with override(language):
        groups: dict[str, list[Any]] = {}
        for row, area in _lines(rows):
            groups.setdefault(row.donor or gettext("own means"), []).append((row, area))
        sums: dict[str, Any] = {}
        for row in rows:
            if row.cost is not None:
                sums[row.currency] = sums.get(row.currency, 0) + row.cost
        context = {
            "one": one, "groups": sorted(groups.items()), "count": len(rows), "at": now(),
            "sums": sorted(sums.items()), "language": language,
            "indicators": [_indicator(line) for line in indicators],
            "periods": IndicatorValue.Period.labels,
        }  # fmt: skip
        content = render_to_string("assistance/donor_report.html", context)
    answer = HttpResponse(content, content_type="application/octet-stream")
    answer["Content-Disposition"] = f'attachment; filename="donor-report-{language}.html"'
    return answer


@require_safe
@requires("assistance.see")
def iati(request: Request, pk: uuid.UUID) -> HttpResponse:
    """Returns the IATI file with the released actions, after a check of the schema, the codes and the
    rules."""
    one = find(pk)
    reference = request.GET.get("reference", "").strip()
    if not _REF.fullmatch(reference):
        return _publication(request, one, Refused("reference_iati", "reference"))
    with override("en"):
        theme = str(one.get_theme_display())
    made = selectors.iati(
        one, selectors.released(one), of_results.lines(one, released=True),
        {"ref": reference, "type": "10", "name": one.provider_name},
        f"Border security assistance: {theme}", str(wording.PUBLISHED), settings.IATI, now(),
    )  # fmt: skip
    if made.problem:
        return _publication(request, one, Refused(made.problem))
    acts.write(request.user, "publish.iati", one.pk)
    answer = HttpResponse(made.xml, content_type="application/xml")
    answer["Content-Disposition"] = 'attachment; filename="iati.xml"'
    return answer
