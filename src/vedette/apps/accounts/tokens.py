"""API tokens: made by whom they act as, shown once; ended by them or an administrator at any time."""

from __future__ import annotations

import uuid
from typing import Any

from allauth.account.decorators import reauthentication_required
from django import forms
from django.contrib import messages as toasts
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from vedette.apps.accounts import actions, rules, selectors
from vedette.apps.accounts.models import ApiToken, User
from vedette.apps.accounts.rules import Request, requires
from vedette.apps.api_parts import Token


class TokenForm(forms.Form):
    """A name for the machine, which of one's rights it has, and for how long."""

    name = forms.CharField(max_length=100)
    rights = forms.MultipleChoiceField()
    days = forms.IntegerField(min_value=1, max_value=actions.LONGEST, initial=90)

    def __init__(self, by: User, data: Any = None) -> None:
        super().__init__(data)
        rights: Any = self.fields["rights"]
        rights.choices = [(r, r) for r in rules.RULES if r in Token.asked and rules.may(by, r)]


@rules.signed_in
@reauthentication_required(allow_get=True)
@require_http_methods(["GET", "POST"])
def own_tokens(request: Request) -> HttpResponse:
    """One's own tokens; the value of a new one stands in this one answer only. A token outlasts the
    session: making one asks for its maker once more."""
    form = TokenForm(request.user, request.POST or None)
    context: dict[str, Any] = {"form": form}
    if request.method == "POST" and form.is_valid():
        given = form.cleaned_data
        token, value = actions.create_token(
            request.user, given["name"], given["days"], given["rights"]
        )
        context = {"form": TokenForm(request.user), "made": token, "value": value}
    context["tokens"] = selectors.tokens(request.user).filter(user_id=request.user.pk)
    status = 422 if form.is_bound and not form.is_valid() else 200
    return render(request, "account/tokens.html", context, status=status)


@rules.signed_in
@require_POST
def end_own(request: Request, pk: uuid.UUID) -> HttpResponse:
    """Ends one's own token at once."""
    get_object_or_404(ApiToken, pk=pk, user_id=request.user.pk)
    _end(request, pk)
    return redirect("own-tokens")


@require_safe
@requires("account.manage")
def tokens(request: Request) -> HttpResponse:
    """The tokens of the organisation."""
    return render(request, "tokens.html", {"tokens": selectors.tokens(request.user)})


@require_POST
@requires("account.manage")
def revoke(request: Request, pk: uuid.UUID) -> HttpResponse:
    """Ends anybody's token at once."""
    try:
        _end(request, pk)
    except ApiToken.DoesNotExist as error:
        raise Http404 from error
    return redirect("tokens")


def _end(request: Request, pk: uuid.UUID) -> None:
    actions.revoke_token(request.user, pk)
    toasts.success(
        request, gettext("The token was revoked: requests that use it are refused from now on.")
    )
