"""The pages of the report tables: the tables, the records of a figure, and the CSV file."""

from __future__ import annotations

from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_safe

from vedette.apps.accounts import acts
from vedette.apps.accounts.rules import Request, requires
from vedette.apps.enforcement.selectors import firearms, reports
from vedette.apps.enforcement.selectors.controls import now
from vedette.apps.query import plain
from vedette.apps.rendering import say


def _chosen(request: Request) -> reports.Chosen:
    return reports.Chosen.read(request.GET, timezone.localdate(now()))


@require_safe
@requires("record.see")
def report(request: Request) -> HttpResponse:
    """Shows the tables of a report. Each figure links to its records."""
    chosen = _chosen(request)
    acts.write(request.user, "arms.report", report=chosen.report)
    goods = chosen.report == "goods"
    context = {
        "chosen": chosen,
        "here": chosen.query(),
        "title": say(reports.REPORTS[chosen.report]),
        "reports": [
            (chosen.query(report=key), say(text), key == chosen.report)
            for key, text in reports.REPORTS.items()
        ],
        "counted": [
            (key, say(text), key == chosen.counted) for key, text in reports.COUNTED.items()
        ],
        "tables": reports.tables_of(chosen),
        "goods": goods,
        "totals": [
            (one, reports.goods_name(one.of.kind, one.of.sub))
            for one in (reports.totals(chosen) if goods else ())
        ],
        "organisation": request.user.organisation,
        "at": now(),
    }
    return render(request, "enforcement/report.html", context)


@require_safe
@requires("record.see")
def rows(request: Request) -> HttpResponse:
    """Shows the records of a figure.

    The journal records the ids of the records. If the parameters do not identify a figure, redirects to the
    report.
    """
    chosen = _chosen(request)
    given = {name: plain(str(value)) for name, value in request.GET.items()}
    context = {"chosen": chosen, "back": chosen.query(), "first": not given.get("after")}
    if chosen.report == "goods":
        kind, sub, base = (given.get(name, "") for name in ("kind", "sub", "base"))
        items, following = reports.opened_goods(chosen, kind, sub, base, given.get("after", ""))
        if items:
            ids = sorted({one.version.seizure_id for one in items})
            acts.write(request.user, "arms.rows", seizures=ids)
        context |= {
            "items": items, "name": reports.goods_name(kind, sub), "following": following,
            "more": chosen.query(kind=kind, sub=sub, base=base),
        }  # fmt: skip
        return render(request, "enforcement/report_rows.html", context)
    found = reports.opened(chosen, given)
    if found is None:
        return redirect(f"{reverse('arms-report')}?{chosen.query()}")
    shown = firearms.counted(found.ids)
    if shown:
        acts.write(request.user, "arms.rows", records=[one.row.pk for one in shown])
    about = {name: given[name] for name in ("table", "row", "column") if name in given}
    context |= {
        "found": found, "rows": shown, "following": found.following, "more": chosen.query(**about),
    }  # fmt: skip
    return render(request, "enforcement/report_rows.html", context)


@require_safe
@requires("record.see")
def exported(request: Request) -> HttpResponse:
    """Returns a report as a CSV file."""
    chosen = _chosen(request)
    acts.write(request.user, "arms.export", report=chosen.report)
    text = reports.csv_of(chosen)
    answer = HttpResponse(text, content_type="text/csv; charset=utf-8")
    answer["Content-Disposition"] = (
        f'attachment; filename="{chosen.report}-{chosen.first:%Y-%m-%d}.csv"'
    )
    return answer
