"""The pages of the annual report under the Arms Trade Treaty: the tables, the records of a line, the CSV
file."""

from __future__ import annotations

from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_safe

from vedette.apps.accounts import acts
from vedette.apps.accounts.rules import Request, requires
from vedette.apps.rendering import say
from vedette.goods.app import items
from vedette.goods.app.disclosure import clear_goods
from vedette.goods.app.models import GoodsItem, Licence
from vedette.goods.app.treaty import report as reports

#: Greatest number of records that the page of a line shows.
SHOWN = 500


def _chosen(request: Request) -> reports.Chosen:
    return reports.Chosen.read(request.GET, timezone.localdate())


@require_safe
@requires("record.see")
def treaty(request: Request) -> HttpResponse:
    """Shows the tables of exports and imports of a year. Each line links to its records."""
    chosen = _chosen(request)
    found = reports.report(chosen)
    acts.write(request.user, "treaty.report", year=chosen.year)
    context = {
        "chosen": chosen,
        "here": chosen.query(),
        "years": range(timezone.localdate().year, reports.FIRST_YEAR - 1, -1),
        "withheld": [(key, say(text), key in chosen.withheld) for key, text in reports.WITHHELD.items()],
        "columns": [(letter, say(name)) for letter, name in reports.COLUMNS],
        "forms": [
            (key, say(word), [
                (reports.cells(line, chosen), chosen.query(line=line.key.name), len(line.sources))
                for line in found.of(key)
            ])
            for key, word in reports.FORMS.items()
        ],
        "found": found,
        "organisation": request.user.organisation,
        "today": timezone.localdate(),
    }  # fmt: skip
    return render(request, "goods/treaty.html", context)


@require_safe
@requires("record.see")
def records(request: Request) -> HttpResponse:
    """Shows the goods items or the licences of a line. If the line does not exist, redirects to the
    report."""
    chosen = _chosen(request)
    name = request.GET.get("line", "")[:200]
    line = next((one for one in reports.report(chosen).lines if one.key.name == name), None)
    if line is None:
        return redirect(f"{reverse('goods-treaty')}?{chosen.query()}")
    ids = line.sources[:SHOWN]
    context = {"chosen": chosen, "back": chosen.query(), "cells": reports.cells(line, chosen),
               "total": len(line.sources), "shown": len(ids)}  # fmt: skip
    if line.key.basis == "authorised":
        found = Licence.objects.in_bulk(ids)
        context["licences"] = [found[id_] for id_ in dict.fromkeys(ids) if id_ in found]
    else:
        acts.write(request.user, "treaty.rows", subjects=ids)
        stored = GoodsItem.objects.select_related("declaration").in_bulk(ids)
        clear = clear_goods(ids)
        context["items"] = [
            {
                "item": stored[id_],
                "title": items.title(clear[id_].goods if id_ in clear else None, stored[id_]),
                "goods": clear[id_].goods if id_ in clear else None,
            }
            for id_ in ids
            if id_ in stored
        ]
    return render(request, "goods/treaty_rows.html", context)


@require_safe
@requires("record.see")
def exported(request: Request) -> HttpResponse:
    """Returns the report as a CSV file."""
    chosen = _chosen(request)
    acts.write(request.user, "treaty.export", year=chosen.year)
    text = reports.csv_of(reports.report(chosen), chosen)
    answer = HttpResponse(text, content_type="text/csv; charset=utf-8")
    answer["Content-Disposition"] = f'attachment; filename="att-{chosen.year}.csv"'
    return answer
