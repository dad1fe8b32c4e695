"""API tokens: made by the user as whom they act, shown once, and ended by the user or an administrator at any
time."""

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
from vedette.apps.accounts.api import Token
from vedette.apps.accounts.models import ApiToken, User
from vedette.apps.accounts.rules import Request, requires


class TokenForm(forms.Form):
    """The form for a token: a name for the machine, its rights, and its validity."""

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
    """The user's own tokens; the value of a new one is shown in this response only. A token outlasts the
    session, so making one requires confirmation of identity."""
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
    """Ends one of the user's own tokens immediately."""
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
    """Ends any token of the organisation immediately."""
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
