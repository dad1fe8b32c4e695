"""The start page of a user: the queue, or the first page that the role may see."""

from __future__ import annotations

from django.http import HttpResponse
from django.shortcuts import redirect
from django.views.decorators.http import require_safe

from vedette.apps.accounts import rules
from vedette.apps.accounts.rules import Request

#: Right → its page, in the order of the menu; each role has at least one.
PAGES = {
    "passengers.see": "queue",
    "list.see": "watchlists",
    "journal.read": "journal",
    "account.see": "users",
}


@rules.signed_in
@require_safe
def home(request: Request) -> HttpResponse:
    """Redirects to the first page of the menu that the user may see; without any, to the page of the API."""
    seen = (page for right, page in PAGES.items() if rules.may(request.user, right))
    return redirect(next(seen, "api-page"))
