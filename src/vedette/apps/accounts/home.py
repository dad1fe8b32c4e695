"""Where somebody begins: the queue, or for a role that does not see it the first page it may see."""

from __future__ import annotations

from django.http import HttpResponse
from django.shortcuts import redirect
from django.views.decorators.http import require_safe

from vedette.apps.accounts import rules
from vedette.apps.accounts.rules import Request

#: Right → the page it leads to, in the order of the bar; each role has one of them.
PAGES = {
    "passengers.see": "queue",
    "list.see": "watchlists",
    "journal.read": "journal",
    "account.see": "users",
}


@rules.signed_in
@require_safe
def home(request: Request) -> HttpResponse:
    """To the first page of the bar that the reader may see; without any, to the page of the API."""
    seen = (page for right, page in PAGES.items() if rules.may(request.user, right))
    return redirect(next(seen, "api-page"))
