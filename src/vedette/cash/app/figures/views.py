"""The pages of the statistics of cash: the table, the movements that a figure counts, and the CSV files."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_safe

from vedette.apps.accounts import acts
from vedette.apps.accounts.rules import Request, requires
from vedette.apps.query import page_number, plain
from vedette.apps.rendering import say
from vedette.cash import published
from vedette.cash.app import texts
from vedette.cash.app.figures import report as reports
from vedette.cash.app.figures import results
from vedette.cash.app.kind import queue_row
from vedette.cash.kind import NAME

#: The key of the total in an address. No row has it.
TOTAL = "*"
#: The column in an address for a line of the results.
RESULT = "result"


def _chosen(request: Request) -> reports.Chosen:
    return reports.Chosen.read(request.GET, timezone.localdate())


def _row(row: reports.Row, chosen: reports.Chosen, total: bool = False) -> dict[str, Any]:
    key = TOTAL if total else row.key
    return {
        "row": row,
        "word": "" if total else reports.word(chosen.by, row.key),
        "cells": [
            (n, chosen.query(column=name, key=key) if n and not chosen.small else "")
            for name, n in row.counts.items()
        ],
        "values": sorted(row.values.items()) if row.values is not None else None,
    }


@require_safe
@requires("record.see")
def statistics(request: Request) -> HttpResponse:
    """Shows the table. Each figure links to its movements."""
    chosen = _chosen(request)
    found = reports.report(chosen)
    acts.write(request.user, "cash.statistics", first=chosen.first, last=chosen.last, by=chosen.by)
    request.shown_kind = NAME
    context = {
        "chosen": chosen,
        "here": chosen.query(),
        "published": chosen.query(small="out"),
        "by": [(key, say(name), key == chosen.by) for key, name in reports.BY.items()],
        "head": say(reports.BY[chosen.by]),
        "columns": [say(name) for name, _ in reports.COLUMNS.values()],
        "rows": [_row(one, chosen) for one in found.rows],
        "total": _row(found.total, chosen, total=True) if found.total else None,
        "several": chosen.by in reports.OF_LINES,
        "published_operations": [
            (
                one,
                texts.OF_DATA.get(one.source, one.source),
                [(say(results.PUBLISHED[what]), one.figure(what)) for what in published.WHAT],
            )
            for one in published.operations()
        ],
        "results": [
            {
                "line": one,
                "word": say(results.WHAT[one.what]),
                "kind": texts.KINDS.get(one.kind, one.kind),
                "link": "" if chosen.small else chosen.query(column=RESULT, key=one.key),
            }
            for one in results.results(chosen)
        ],
    }
    return render(request, "cash/statistics.html", context)


@require_safe
@requires("record.see")
def rows(request: Request) -> HttpResponse:
    """Shows the cash movements that a figure counts. If the figure does not exist, redirects to the table."""
    chosen = _chosen(request)
    column, key = request.GET.get("column", ""), plain(request.GET.get("key", ""))
    page = page_number(request.GET.get("page", ""))
    line = None
    if column == RESULT:
        found = results.results(replace(chosen, small=False))
        line = next((one for one in found if one.key == key), None)
    if line is not None:
        ids = list(line.ids[(page - 1) * reports.PAGE : page * reports.PAGE])
        total, name = len(line.ids), say(results.WHAT[line.what])
        word = f"{texts.KINDS.get(line.kind, line.kind)} {line.unit}"
    elif column in reports.COLUMNS:
        ids, total = reports.rows_of(chosen, column, None if key == TOTAL else key, page)
        name = say(reports.COLUMNS[column][0])
        word = "" if key == TOTAL else reports.word(chosen.by, key)
    else:
        return redirect(f"{reverse('cash-statistics')}?{chosen.query()}")
    shown = queue_row(ids)
    acts.write(request.user, "cash.figure", subjects=ids, column=column)
    request.shown_kind = NAME
    context = {
        "chosen": chosen,
        "back": chosen.query(),
        "here": chosen.query(column=column, key=key),
        "column": name,
        "word": word,
        "rows": [shown[id_] for id_ in ids if id_ in shown],
        "total": total,
        "previous": page - 1 if page > 1 else None,
        "next": page + 1 if total > page * reports.PAGE else None,
    }
    return render(request, "cash/statistics_rows.html", context)


@require_safe
@requires("record.see")
def exported(request: Request) -> HttpResponse:
    """Returns the table as a CSV file."""
    chosen = _chosen(request)
    text = reports.csv_of(reports.report(chosen), chosen)
    acts.write(
        request.user, "cash.statistics", first=chosen.first, last=chosen.last, by=chosen.by,
        small=chosen.small, form="csv",
    )  # fmt: skip
    name = f"cash-{chosen.first.isoformat()}-{chosen.last.isoformat()}-{chosen.by}.csv"
    return _file(text, name)


def _file(text: str, name: str) -> HttpResponse:
    # Excel reads accents only if the file begins with a byte order mark.
    answer = HttpResponse("\ufeff" + text, content_type="text/csv; charset=utf-8")
    answer["Content-Disposition"] = f'attachment; filename="{name}"'
    return answer


@require_safe
@requires("record.see")
def exported_results(request: Request) -> HttpResponse:
    """Returns the results as a CSV file."""
    chosen = _chosen(request)
    organisation = request.user.organisation
    assert organisation is not None  # noqa: S101  the right asks for an organisation
    text = results.csv_of(
        results.results(chosen), chosen, organisation.country or organisation.name
    )
    acts.write(
        request.user, "cash.statistics", first=chosen.first, last=chosen.last, small=chosen.small,
        form="results",
    )  # fmt: skip
    return _file(text, f"cash-results-{chosen.first.isoformat()}-{chosen.last.isoformat()}.csv")
