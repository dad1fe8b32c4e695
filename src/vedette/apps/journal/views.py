"""Pages of the journal for the data-protection officer and the auditor. Search terms are not shown."""

from __future__ import annotations

from django.http import HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from vedette.apps.accounts import acts
from vedette.apps.accounts.rules import Request, requires
from vedette.apps.journal import selectors, wording
from vedette.apps.journal.selectors import Filters


@require_safe
@requires("journal.read")
def journal(request: Request) -> HttpResponse:
    """Shows the journal entries, latest first, and the state of the hash chain. Each view of the journal page
    is also recorded in the journal.
    """
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
    """Shows the latest changes of users, units, lists and the organisation."""
    found = selectors.settings(request.user)
    names = selectors.names(found)
    acts.write(request.user, "journal.see", settings=len(found))
    rows = [(wording.setting(one), names.get(one.user_id)) for one in found]
    return render(request, "journal/settings.html", {"rows": rows})
