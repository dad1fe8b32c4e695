"""Backtests: the period asked for, how far one is, its sample, and the way to stop it."""

from __future__ import annotations

import uuid
from typing import Any

from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from vedette.apps.accounts import acts, rules
from vedette.apps.accounts.purposes import session_purpose
from vedette.apps.accounts.rules import Request, requires
from vedette.apps.profiles import figures, wording
from vedette.apps.profiles.actions import testing
from vedette.apps.profiles.actions.life import Refused
from vedette.apps.profiles.forms import PeriodForm
from vedette.apps.profiles.models import Backtest
from vedette.apps.profiles.selectors import backtests as selectors
from vedette.apps.profiles.views.profile import find
from vedette.apps.subjects.kinds import app_kind


@require_http_methods(["GET", "POST"])
@requires("profile.see", to_post="profile.write")
def ask(request: Request, pk: uuid.UUID, number: int) -> HttpResponse:
    """The days to look back at; then the process beside the workers does it."""
    found = find(pk, number)
    first, last = selectors.usual()
    bounds = selectors.reach()
    form = PeriodForm(bounds, request.POST or None, initial={"first": first, "last": last})
    refused: Any = ""
    if request.method == "POST" and form.is_valid():
        try:
            testing.ask(request.user, found.version.pk, **form.cleaned_data)
        except Refused as refusal:
            refused = wording.REFUSALS[refusal.code]
        else:
            return redirect("profile-version", pk=pk, number=number)
    context = {
        "profile": found.profile, "listed": found.version, "form": form, "refused": refused,
        "earliest": bounds[0], "latest": bounds[1],
    }  # fmt: skip
    status = 409 if refused else 422 if form.is_bound else 200
    return render(request, "profiles/backtest.html", context, status=status)


@require_GET
@requires("profile.see")
def state(request: Request, pk: uuid.UUID) -> HttpResponse:
    """How far it is; once it is over, the whole card in the place of the progress."""
    test = _find(pk)
    version = test.version
    assert version is not None  # noqa: S101  `_find` asks for one
    card = figures.card(test, version)
    if card["moving"]:
        return render(request, "profiles/_progress.html", {"card": card})
    may_test = rules.may(request.user, "profile.write")
    answer = render(request, "profiles/_backtest.html", {"card": card, "may_test": may_test})
    answer["HX-Retarget"], answer["HX-Reswap"] = "#backtest", "outerHTML"
    return answer


@require_POST
@requires("profile.write")
def stop(request: Request, pk: uuid.UUID) -> HttpResponse:
    """Ends one that waits or runs; nothing of it is kept."""
    test = _find(pk)
    testing.cancel(request.user, test.pk)
    version = test.version
    assert version is not None  # noqa: S101  `_find` asks for one
    return redirect("profile-version", pk=version.profile_id, number=version.number)


@require_http_methods(["GET", "POST"])
@requires("record.see")
def sample(request: Request, pk: uuid.UUID) -> HttpResponse:
    """The sample of a backtest, as far as the reader may see it, for a purpose and a case."""
    test = _find(pk)
    purpose, purpose_form = session_purpose(request)
    context: dict[str, Any] = {"test": test, "purpose": purpose, "purpose_form": purpose_form}
    if purpose is None:
        status = 422 if request.method == "POST" else 200
        return render(request, "profiles/sample.html", context, status=status)
    rows = selectors.sample(test)
    acts.write(
        request.user, "profile.sample_seen", test.pk, purpose=purpose["purpose"],
        words={"case": purpose["case"]}, shown=len(rows),
    )  # fmt: skip
    context["rows"], context["hidden"] = rows, len(test.result.get("sample", [])) - len(rows)
    context["no_hit"] = gettext("no hit")
    context["heads"] = app_kind(test.kind).queue_heads
    return render(request, "profiles/sample.html", context)


def _find(pk: uuid.UUID) -> Backtest:
    rows = Backtest.objects.select_related("version__profile", "asked_by")
    return get_object_or_404(rows.exclude(version=None), pk=pk)
