"""The page on which an administrator helps with a user's sign-in: lost factors, linked identity."""

from __future__ import annotations

import uuid

from allauth.socialaccount.models import SocialAccount
from django.conf import settings
from django.contrib import messages as toasts
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext
from django.views.decorators.http import require_http_methods

from vedette.apps.accounts import factors, selectors, standing
from vedette.apps.accounts.rules import Request, requires


@require_http_methods(["GET", "POST"])
@requires("account.manage")
def user_sign_in(request: Request, pk: uuid.UUID) -> HttpResponse:
    """Removes second factors, or links the identity of the organisation's own service."""
    person = get_object_or_404(selectors.staff(request.user), pk=pk)
    error = ""
    if request.method == "POST":
        try:
            if "link" in request.POST and settings.OIDC:
                standing.link(request.user, person, request.POST.get("subject", ""))
            elif "reset" in request.POST:
                standing.reset_factors(request.user, person)
        except standing.NotPossible as refused:
            error = {
                "self": gettext("Change your own factors on the page “My account”."),
                "taken": gettext("This identity is linked to another account."),
                "subject": gettext("This is not an identity of a sign-in service."),
            }[refused.code]
        else:
            toasts.success(
                request, gettext("Saved. The change applies from the user’s next request.")
            )
            return redirect("users")
    linked = SocialAccount.objects.filter(user=person, provider="oidc").first()
    context = {
        "person": person,
        "has": factors.has_factor(person),
        "oidc": settings.OIDC["name"] if settings.OIDC else "",
        "subject": linked.uid if linked else "",
        "error": error,
    }
    return render(request, "user_sign_in.html", context, status=422 if error else 200)
