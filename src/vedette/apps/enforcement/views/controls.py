"""The pages of control orders."""

from __future__ import annotations

from django.http import HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from vedette.apps.accounts import acts
from vedette.apps.accounts.rules import Request, requires
from vedette.apps.enforcement.selectors import controls as selectors
from vedette.apps.enforcement.selectors.controls import OrderFilters
from vedette.apps.query import plain


@require_safe
@requires("record.see")
def controls(request: Request) -> HttpResponse:
    """Shows the control orders: the open orders, the overdue first, or the ended orders. The journal records
    the ids of the orders, because the page shows the names of their subjects."""
    filters, at = OrderFilters.read(request.GET), selectors.now()
    after = plain(request.GET.get("after", ""))
    rows, following = selectors.orders(request.user, filters, after, at)
    if rows:
        acts.write(request.user, "control.list", orders=[row.order.pk for row in rows])
    context = {
        "rows": rows,
        "filters": filters,
        "here": filters.query(),
        "whose": [
            (value, filters.query(whose=value), filters.whose == value) for value in selectors.WHOSE
        ],
        "states": [(False, filters.query(ended=False)), (True, filters.query(ended=True))],
        "teams": selectors.teams(),
        "first": not after,
        "following": following,
        "at": at,
    }
    return render(request, "enforcement/controls.html", context)
