"""The page of API tokens, for administrators: made once, shown once, ended at any time."""

from __future__ import annotations

import uuid
from typing import Any

from django import forms
from django.contrib import messages as toasts
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext
from django.views.decorators.http import require_http_methods, require_POST

from vedette.apps.accounts import actions, selectors
from vedette.apps.accounts.models import ApiToken, User
from vedette.apps.accounts.rules import Request, requires


class TokenForm(forms.Form):
    """A name for the machine, as whom it acts, and for how long."""

    name = forms.CharField(max_length=100)
    user = forms.ModelChoiceField(queryset=User.objects.none())
    days = forms.IntegerField(min_value=1, max_value=actions.LONGEST, initial=90)

    def __init__(self, by: Any, data: Any = None) -> None:
        super().__init__(data)
        people: Any = self.fields["user"]
        people.queryset = selectors.people(by)


@require_http_methods(["GET", "POST"])
@requires("account.manage")
def tokens(request: Request) -> HttpResponse:
    """The tokens of the organisation; the value of a new one stands in this one answer only."""
    form = TokenForm(request.user, request.POST or None)
    context: dict[str, Any] = {"form": form}
    if request.method == "POST" and form.is_valid():
        given = form.cleaned_data
        token, value = actions.create_token(
            request.user, given["user"], given["name"], given["days"]
        )
        context = {"form": TokenForm(request.user), "made": token, "value": value}
    context["tokens"] = selectors.tokens(request.user)
    status = 422 if form.is_bound and not form.is_valid() else 200
    return render(request, "tokens.html", context, status=status)


@require_POST
@requires("account.manage")
def revoke(request: Request, pk: uuid.UUID) -> HttpResponse:
    """Ends a token at once."""
    try:
        actions.revoke_token(request.user, pk)
    except ApiToken.DoesNotExist as error:
        raise Http404 from error
    toasts.success(request, gettext("The token is ended: whoever used it is refused from now on."))
    return redirect("tokens")
