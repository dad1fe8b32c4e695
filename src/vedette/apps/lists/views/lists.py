"""Watchlists: all of them, one with what changed, its entries, a version."""

from __future__ import annotations

import io
import uuid
from typing import Any

from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.views.decorators.http import require_GET, require_http_methods

from vedette.apps.accounts import acts
from vedette.apps.accounts.rules import Request, requires
from vedette.apps.approvals import exports
from vedette.apps.lists import selectors, words
from vedette.apps.lists.models import ListVersion, Watchlist
from vedette.apps.lists.selectors import differences, fairness
from vedette.core.cells import Table
from vedette.formats.lists import template

#: Changes shown on a page before "next".
PAGE = 25
#: Problems shown beside a list; the version's own page has them all.
PROBLEMS = 10


def _list(pk: uuid.UUID) -> Watchlist:
    return get_object_or_404(Watchlist, pk=pk, lookouts=False)


def _number(text: str, least: int = 0) -> int:
    return max(int(text), least) if text.isdecimal() and len(text) < 9 else least


@require_GET
@requires("list.see")
def watchlists(request: Request) -> HttpResponse:
    """Every list, what it brings, and which expires."""
    rows = selectors.all_lists()
    context = {
        "rows": rows,
        "expired": sum(row.expired for row in rows),
        "soon": sum(row.expires_soon for row in rows),
    }
    return render(request, "lists/watchlists.html", context)


@require_GET
@requires("list.see")
def watchlist(request: Request, pk: uuid.UUID) -> HttpResponse:
    """One list: what its last version, or two chosen ones, changed; its versions; what it brings."""
    found = _list(pk)
    row = selectors.list_row(found)
    versions = list(selectors.versions(found))
    latest = row.version.number if row.version else 0
    context = {
        "list": found,
        "row": row,
        "versions": versions,
        "kinds": words.kinds(selectors.kinds(found)),
        "fairness": fairness.groups(found.pk),
        **_difference(request, found, latest),
        **_doubts(row.version, PROBLEMS),
    }
    _seen(request, found, context)
    return render(request, "lists/watchlist.html", context)


def _difference(request: Request, found: Watchlist, latest: int) -> dict[str, Any]:
    """One page of what changed between `from` and `to` of the address."""
    later = min(_number(request.GET.get("to", ""), 0) or latest, latest)
    text = request.GET.get("from", "")
    earlier = min(_number(text), later) if text else max(later - 1, 0)
    changed = differences.outline(found, earlier, later)
    kind = request.GET.get("kind", "")
    kind = kind if kind in differences.KINDS else ""
    start = _number(request.GET.get("start", ""))
    chosen = [change for change in changed if not kind or change.kind == kind]
    shown = chosen[start : start + PAGE]
    return {
        "earlier": earlier,
        "later": later,
        "counts": differences.counts(changed),
        "changed": len(changed),
        "kind": kind,
        "changes": [words.change(change) for change in differences.details(shown)],
        "first": start + 1 if shown else 0,
        "last": start + len(shown),
        "total": len(chosen),
        "start": start,
        "next_start": start + PAGE if start + PAGE < len(chosen) else 0,
    }


def _seen(request: Request, found: Watchlist, context: dict[str, Any]) -> None:
    """What a version changed shows entries: a look at them, as at the list itself."""
    if context["changes"]:
        acts.write(
            request.user, "list.see", found.pk, purpose=found.purpose, version=context["later"],
            shown=len(context["changes"]),
        )  # fmt: skip


def _doubts(version: ListVersion | None, most: int | None = None) -> dict[str, Any]:
    problems = version.problems if version else []
    told = [(words.place(one), words.problem(one)) for one in problems[:most]]
    return {
        "doubts": told,
        "doubt_count": len(problems),
        "format_name": words.format_name(version.format) if version else "",
    }


@require_http_methods(["GET", "POST"])
@requires("list.see")
def list_entries(request: Request, pk: uuid.UUID) -> HttpResponse:
    """Current entries; what is searched for is posted, for the list's own purpose, and journalled."""
    found = _list(pk)
    asked = request.POST if request.method == "POST" else {}
    query = asked.get("q", "")
    after = asked.get("after", "") or request.GET.get("after", "")
    page = selectors.entries(found, query, after)
    acts.write(
        request.user, "list.see", found.pk, purpose=found.purpose, words={"entry": query[:200]},
        shown=len(page.rows),
    )  # fmt: skip
    rows = [
        (row, words.title(row.entry), words.facts(row.entry), words.SCHEMAS.get(row.entry.schema))
        for row in page.rows
    ]
    context = {"list": found, "query": query, "page": page, "rows": rows}
    return render(request, "lists/entries.html", context)


@require_GET
@requires("list.see")
def list_version(request: Request, pk: uuid.UUID, number: int) -> HttpResponse:
    """One version: where it came from, what it changed, and everything that was read with doubt."""
    found = _list(pk)
    version = get_object_or_404(
        ListVersion.objects.select_related("imported_by"), watchlist=found, number=number
    )
    parameters = request.GET.copy()
    parameters["to"] = str(number)
    request.GET = parameters  # type: ignore[assignment]
    context = {
        "list": found,
        # `version` is that of the software, on every page.
        "listed": version,
        "by_version": True,
        **_difference(request, found, number),
        **_doubts(version),
    }
    _seen(request, found, context)
    return render(request, "lists/version.html", context)


@require_GET
@requires("list.see")
def changes_csv(request: Request, pk: uuid.UUID, number: int) -> HttpResponse:
    """What a version changed, as a table: kind, id, name, field, before, after."""
    found = _list(pk)
    text = request.GET.get("from", "")
    earlier = min(_number(text), number) if text else max(number - 1, 0)
    if not ListVersion.objects.filter(watchlist=found, number=number).exists():
        raise Http404
    changes = list(selectors.changes(found, earlier, number))
    if not exports.allowed(request.user, found.pk, len(changes)):
        return exports.refusal(request, found.pk, len(changes))
    out = io.StringIO()
    table = Table(out)
    table.row(("change", "entry", "name", "field", "before", "after"))
    for told in map(words.change, changes):
        head = (told.change.kind, told.change.entry.ref, told.title)
        if not told.fields:
            table.row((*head, "", "", ""))
        for field in told.fields:
            table.row((*head, field.name, "; ".join(field.gone), "; ".join(field.new)))
    acts.write(request.user, "list.export", found.pk, purpose=found.purpose, version=number)
    return _download(out.getvalue(), f"changes-{earlier}-{number}.csv")


@require_GET
@requires("list.see")
def template_csv(request: Request) -> HttpResponse:
    """Our own template, with an example row of each kind."""
    return _download(template.template(), "vedette-list.csv")


def _download(text: str, name: str) -> HttpResponse:
    # The mark tells spreadsheets that it is UTF-8.
    response = HttpResponse("\ufeff" + text, content_type="text/csv; charset=utf-8")
    response["Content-Disposition"] = f'attachment; filename="{name}"'
    return response
