"""Pages of users and units: readable by administrator, auditor and data-protection officer, editable by the
administrator. On one of them an administrator helps with a user's sign-in.
"""

from __future__ import annotations

import re
import uuid
from typing import Any

from allauth.socialaccount.models import SocialAccount
from django import forms
from django.conf import settings
from django.contrib import messages as toasts
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from vedette.apps.accounts import actions, factors, selectors
from vedette.apps.accounts.actions import NameTaken
from vedette.apps.accounts.models import Unit, User, all_purposes, all_themes
from vedette.apps.accounts.rules import Request, requires
from vedette.apps.columns import Purpose, Theme

_CODES = re.compile(r"[A-Z]{3}", re.ASCII)


class StandingForm(forms.Form):
    """The form for a user's role and visible data."""

    role = forms.ChoiceField(choices=User.Role.choices)
    unit = forms.ModelChoiceField(queryset=Unit.objects.none(), required=False)
    themes = forms.MultipleChoiceField(choices=Theme.choices)
    purposes = forms.MultipleChoiceField(choices=Purpose.choices)

    def __init__(self, by: User, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        unit: Any = self.fields["unit"]
        unit.queryset = selectors.units(by)

    def standing(self) -> actions.Standing:
        """The values in the form that the action takes."""
        given = self.cleaned_data
        return actions.Standing(
            given["role"], given["unit"], tuple(given["themes"]), tuple(given["purposes"])
        )


class UserForm(StandingForm):
    """The form for a new user."""

    username = forms.RegexField(
        r"^[a-z0-9][a-z0-9._-]{1,59}$",
        error_messages={
            "invalid": _("Use small letters, digits, dots and dashes, for example a.sarr.")
        },
    )
    first = forms.CharField(max_length=150)
    last = forms.CharField(max_length=150)


class UnitForm(forms.Form):
    """The form for a unit and its airports."""

    name = forms.CharField(max_length=200)
    airports = forms.CharField(max_length=400, required=False)

    def clean_airports(self) -> list[str]:
        """IATA codes, with any separator."""
        codes = re.split(r"[\s,;]+", self.cleaned_data["airports"].strip().upper())
        codes = [code for code in codes if code]
        if any(not _CODES.fullmatch(code) for code in codes):
            raise forms.ValidationError(_("Write airports as IATA codes, for example DSS, ZIG."))
        return codes


@require_http_methods(["GET", "POST"])
@requires("account.see", to_post="account.manage")
def users(request: Request) -> HttpResponse:
    """All users of the organisation; the initial password of a new one is shown in this response only."""
    blank = {"role": User.Role.OFFICER, "themes": all_themes(), "purposes": all_purposes()}
    form = UserForm(request.user, request.POST or None, initial=blank)
    context: dict[str, Any] = {"form": form}
    if request.method == "POST" and form.is_valid():
        given = form.cleaned_data
        try:
            made, password = actions.create_user(
                request.user, given["username"], given["first"], given["last"], form.standing()
            )
        except NameTaken:
            form.add_error("username", gettext("This user name is already in use."))
        else:
            context = {
                "form": UserForm(request.user, initial=blank), "made": made, "password": password,
            }  # fmt: skip
    context["users"] = selectors.staff(request.user)
    context["units"] = selectors.units(request.user)
    status = 422 if form.errors else 200
    return render(request, "users.html", context, status=status)


@require_http_methods(["GET", "POST"])
@requires("account.manage")
def user(request: Request, pk: uuid.UUID) -> HttpResponse:
    """Role, unit, themes and purposes of a user; the user's own are shown and cannot be changed."""
    found = get_object_or_404(selectors.staff(request.user), pk=pk)
    own = found.pk == request.user.pk
    initial = {name: getattr(found, name) for name in ("role", "unit", "themes", "purposes")}
    form = StandingForm(request.user, request.POST or None, initial=initial)
    if request.method == "POST" and form.is_valid():
        actions.change_user(request.user, found, form.standing())
        toasts.success(request, gettext("Saved. The change applies from the user’s next request."))
        return redirect("users")
    status = 422 if form.errors else 200
    context = {"person": found, "own": own, "form": form}
    return render(request, "user.html", context, status=status)


@require_POST
@requires("account.manage")
def suspend(request: Request, pk: uuid.UUID) -> HttpResponse:
    """Suspends a user, or ends the suspension, according to the button."""
    found = get_object_or_404(selectors.staff(request.user), pk=pk)
    stop = request.POST.get("do") != "resume"
    actions.suspend(request.user, found, stop)
    text = (
        gettext("The account is suspended: nobody can sign in with it.")
        if stop
        else gettext("The user can sign in again.")
    )
    toasts.success(request, text)
    return redirect("users")


@require_GET
@requires("account.see")
def units(request: Request) -> HttpResponse:
    """The units of the organisation and their airports."""
    context = {"units": selectors.units(request.user), "form": UnitForm()}
    return render(request, "units.html", context)


@require_POST
@requires("account.manage")
def unit_new(request: Request) -> HttpResponse:
    """A new unit."""
    return _save(request, Unit())


@require_http_methods(["GET", "POST"])
@requires("account.manage")
def unit(request: Request, pk: uuid.UUID) -> HttpResponse:
    """One unit."""
    found = get_object_or_404(selectors.units(request.user), pk=pk)
    if request.method == "POST":
        return _save(request, found)
    form = UnitForm(initial={"name": found.name, "airports": ", ".join(found.airports)})
    return render(request, "units.html", _one(request, found, form))


def _one(request: Request, found: Unit, form: UnitForm) -> dict[str, Any]:
    chosen = None if found._state.adding else found
    return {"units": selectors.units(request.user), "unit": chosen, "form": form}


def _save(request: Request, found: Unit) -> HttpResponse:
    form = UnitForm(request.POST)
    if form.is_valid():
        try:
            moved = actions.save_unit(request.user, found, **form.cleaned_data)
        except actions.Taken as taken:
            text = {
                "name": gettext("Another unit has this name."),
                "airports": gettext("Another unit serves one of these airports."),
            }[taken.what]
            form.add_error(taken.what, text)
        else:
            text = gettext("Saved. Changes of unit: %(n)s.")
            toasts.success(request, text % {"n": moved})
            return redirect("units")
    return render(request, "units.html", _one(request, found, form), status=422)


@require_http_methods(["GET", "POST"])
@requires("account.manage")
def user_sign_in(request: Request, pk: uuid.UUID) -> HttpResponse:
    """Removes second factors, or links the identity of the organisation's own service."""
    person = get_object_or_404(selectors.staff(request.user), pk=pk)
    error = ""
    if request.method == "POST":
        try:
            if "link" in request.POST and settings.OIDC:
                actions.link(request.user, person, request.POST.get("subject", ""))
            elif "reset" in request.POST:
                actions.reset_factors(request.user, person)
        except actions.NotPossible as refused:
            error = {
                "self": gettext("Change your own sign-in factors on the page “My account”."),
                "taken": gettext("This identity is linked to another account."),
                "subject": gettext("This is not an identity of the sign-in service."),
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
