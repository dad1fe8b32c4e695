"""Pages of experts: the user's own profile, the roster, and the proposals for a mission with their
reasons.
"""

from __future__ import annotations

import uuid
from typing import Any

from django.contrib import messages as toasts
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext
from django.views.decorators.http import require_http_methods, require_safe

from vedette.apps.accounts import acts
from vedette.apps.accounts.rules import Request, may, requires
from vedette.apps.assistance import wording
from vedette.apps.assistance.actions import experts as actions
from vedette.apps.assistance.actions.common import Refused
from vedette.apps.assistance.models import Expert, Mission, Theme
from vedette.apps.assistance.selectors.requests import providers
from vedette.apps.assistance.views.common import find, page, said
from vedette.assistance import experts as matching

_TEXTS = ("member", "regions", "conflicts", "first", "last", "provider")


@require_http_methods(["GET", "HEAD", "POST"])
@requires("assistance.see", to_post="assistance.work")
def roster(request: Request) -> HttpResponse:
    """Shows the user's own profile. Coordinators of the provider also see the roster."""
    problem, user = None, request.user
    own = Expert.objects.filter(user_id=user.pk).first()
    if request.method == "POST":
        post = request.POST
        lists = {name: post.getlist(name)[:50] for name in ("themes", "languages")}
        try:
            actions.save_profile(user, post.dict(), lists)
        except Refused as refused:
            problem = refused
        else:
            toasts.success(request, gettext("Your profile is saved."))
            return redirect("roster")
    acts.write(user, "expert.list")
    typed = request.POST if request.method == "POST" else None
    value = {name: typed.get(name, "") if typed else _stored(own, name) for name in _TEXTS}
    chosen = {
        name: typed.getlist(name) if typed else getattr(own, name, [])
        for name in ("themes", "languages")
    }
    context = {
        "own": own,
        "value": value,
        "chosen": chosen,
        "themes": Theme.choices,
        "languages": [(code, wording.LANGUAGES[code]) for code in actions.LANGUAGES],
        "providers": [] if own else providers(),
        "rows": list(Expert.objects.order_by("name", "pk")[:200])
        if may(user, "assistance.coordinate")
        else [],
        "problem": said(problem) if problem else "",
        "may_write": may(user, "assistance.work"),
    }
    return render(request, "assistance/roster.html", context, status=422 if problem else 200)


def _stored(own: Expert | None, name: str) -> str:
    if own is None or name == "provider":
        return ""
    if name in ("first", "last"):
        return str(own.available[0][name == "last"]) if own.available else ""
    value = getattr(own, name)
    return ", ".join(value) if isinstance(value, list) else str(value)


@require_http_methods(["GET", "HEAD", "POST"])
@requires("assistance.coordinate")
def expert(request: Request, pk: uuid.UUID) -> HttpResponse:
    """Shows the profile of an expert, and sets the accreditation."""
    one = get_object_or_404(Expert, pk=pk, provider_id=request.user.organisation_id)
    problem = None
    if request.method == "POST":
        post = request.POST
        try:
            actions.accredit(
                request.user,
                pk,
                post.get("state", ""),
                post.get("until", ""),
                post.get("reason", ""),
            )
        except Refused as refused:
            problem = refused
        else:
            toasts.success(request, gettext("The accreditation is saved."))
            return redirect("expert-profile", pk=pk)
    acts.write(request.user, "expert.see", one.pk)
    known = dict(Theme.choices)
    context = {
        "expert": one,
        "themes": [known.get(code, code) for code in one.themes],
        "languages": [wording.LANGUAGES[code] for code in one.languages],
        "states": Expert.State.choices,
        "typed": request.POST,
        "problem": said(problem) if problem else "",
    }
    return render(request, "assistance/expert.html", context, status=422 if problem else 200)


@require_safe
@requires("assistance.coordinate")
def match(request: Request, pk: uuid.UUID) -> HttpResponse:
    """Proposes experts for the mission of a request, with reasons. A person chooses."""
    one = find(pk)
    if one.provider_id != request.user.organisation_id:
        raise Http404
    planned = Mission.objects.filter(request=one).first()
    language = request.GET.get("language", "fr")
    language = language if language in actions.LANGUAGES else "fr"
    proposals: list[dict[str, Any]] = []
    country = request.GET.get("member", "").strip().upper()[:2]
    if planned is not None and country:
        rows = list(Expert.objects.filter(provider_id=one.provider_id).order_by("pk")[:2_000])
        by_id = {str(row.pk): row for row in rows}
        need = matching.Need(
            member=country, theme=one.theme, language=language,
            period=matching.Period(planned.first, planned.last),
            region=request.GET.get("region", "").strip()[:40],
        )  # fmt: skip
        proposals = [
            {
                "expert": by_id[entry.id],
                "reasons": [
                    wording.REASONS.get(code, code) for code in matching.reasons(entry, need)
                ],
            }
            for entry in matching.match(actions.roster(rows), need)[:20]
        ]
    context = {
        "planned": planned,
        "proposals": proposals,
        "language": language,
        "languages": [(code, wording.LANGUAGES[code]) for code in actions.LANGUAGES],
        "member": country,
        "region": request.GET.get("region", "")[:40],
    }
    return page(request, one, "match", context, tab="mission")
