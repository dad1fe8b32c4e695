"""Pages of the journal, for the roles that supervise. They never show search terms."""

from __future__ import annotations

import io
import json

from django.http import HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from vedette.apps.accounts import acts
from vedette.apps.accounts.rules import Request, requires
from vedette.apps.approvals import exports
from vedette.apps.journal import selectors, wording
from vedette.apps.journal.selectors import Filters
from vedette.core.cells import Table


@require_safe
@requires("journal.read")
def journal(request: Request) -> HttpResponse:
    """The acts, latest first, and the state of the chain. Reading the page is also an act."""
    filters = Filters.read(request.GET)
    found, following = selectors.page(filters, request.user, request.GET.get("before", ""))
    acts.write(request.user, "journal.see", shown=len(found))
    context = {
        "filters": filters,
        "here": filters.query(),
        "acts": [wording.told(act) for act in found],
        "following": following,
        "first": not request.GET.get("before"),
        "kinds": [(k, wording.ACTS.get(k, k)) for k in selectors.kinds(request.user)],
        "state": selectors.state(),
    }
    return render(request, "journal/journal.html", context)


@require_safe
@requires("journal.read")
def settings(request: Request) -> HttpResponse:
    """The latest changes of users, units, lists and the organisation."""
    found = selectors.settings(request.user)
    names = selectors.names(found)
    acts.write(request.user, "journal.see", settings=len(found))
    rows = [
        (wording.setting(one), names.get(one.user_id) if one.user_id else None) for one in found
    ]
    return render(request, "journal/settings.html", {"rows": rows})


@require_safe
@requires("journal.read")
def acts_csv(request: Request) -> HttpResponse:
    """The matching acts as a table. It states whether an act has texts, but not their content. Exporting many
    acts needs a second person."""
    filters = Filters.read(request.GET)
    rows, home = selectors.exported(filters, request.user), request.user.organisation_id
    assert home is not None  # noqa: S101  the rule asks for one
    if not exports.allowed(request.user, home, rows):
        return exports.refusal(request, home, rows)
    out = io.StringIO("\ufeff")
    out.seek(0, io.SEEK_END)
    table = Table(out)
    table.row(("id", "at", "user", "act", "subject", "detail", "words"))
    count = 0
    for act in selectors.export(filters, request.user):
        count += 1
        who = act.user.username if act.user else ""
        words = "sealed" if act.sealed is not None else ""
        detail = json.dumps(act.detail, sort_keys=True)
        table.row((act.pk, act.at.isoformat(), who, act.act, act.subject, detail, words))
    acts.write(request.user, "journal.export", rows=count)
    response = HttpResponse(out.getvalue(), content_type="text/csv; charset=utf-8")
    response["Content-Disposition"] = 'attachment; filename="journal.csv"'
    return response
