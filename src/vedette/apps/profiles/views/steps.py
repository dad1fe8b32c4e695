"""What is done to a version: each act is a POST, a refusal is a sentence on its page."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from typing import Any

from django.contrib import messages as toasts
from django.http import HttpResponse
from django.shortcuts import redirect
from django.utils.dateparse import parse_date
from django.utils.translation import gettext
from django.views.decorators.http import require_POST

from vedette.apps.accounts.rules import Request, requires
from vedette.apps.approvals import actions as approvals
from vedette.apps.profiles import wording
from vedette.apps.profiles.actions import deciding, drafting, life
from vedette.apps.profiles.selectors.profile import File
from vedette.apps.profiles.views.profile import find, page


def _do(
    request: Request,
    found: File,
    act: Callable[[], Any],
    done: str,
    refused_short: str = "short",
) -> HttpResponse:
    """Does it and says so; what is refused is told on the page, and what was typed stays."""
    try:
        act()
    except (life.Refused, approvals.Refused) as refusal:
        # Somebody was faster: the page shows how it stands now.
        now = find(found.profile.pk, found.version.number)
        return page(request, now, 409, refused=wording.REFUSALS[refusal.code], typed=request.POST)
    except ValueError:
        refused = wording.REFUSALS[refused_short]
        return page(request, found, 422, refused=refused, typed=request.POST)
    toasts.success(request, done)
    return redirect("profile-version", pk=found.profile.pk, number=found.version.number)


@require_POST
@requires("profile.write")
def submit(request: Request, pk: uuid.UUID, number: int) -> HttpResponse:
    """Asks for the second person."""
    found, why = find(pk, number), request.POST.get("why", "")
    try:
        start = parse_date(request.POST.get("start", ""))
    except ValueError:
        refused = wording.REFUSALS["start"]
        return page(request, found, 422, refused=refused, typed=request.POST)
    return _do(
        request, found, lambda: life.submit(request.user, found.version.pk, why, start),
        gettext("Submitted: another person decides. The version is not active before."), "purpose",
    )  # fmt: skip


@require_POST
@requires("profile.write")
def take_back(request: Request, pk: uuid.UUID, number: int) -> HttpResponse:
    """What waits becomes a draft again, by its author."""
    found = find(pk, number)
    return _do(
        request, found, lambda: life.take_back(request.user, found.version.pk),
        gettext("The version is a draft again."),
    )  # fmt: skip


@require_POST
@requires("profile.approve")
def decide(request: Request, pk: uuid.UUID, number: int) -> HttpResponse:
    """The second person asks for a correction, or approves; both with a reason."""
    found, why = find(pk, number), request.POST.get("why", "")
    match request.POST.get("decision"):
        case "correct":
            act, done = deciding.correct, gettext("Returned to its author with your remark.")
        case "allow":
            act, done = deciding.allow, gettext("Approved: the version is active.")
        case _:
            refused = wording.REFUSALS["choice"]
            return page(request, found, 422, refused=refused, typed=request.POST)
    return _do(request, found, lambda: act(request.user, found.version.pk, why), done)


@require_POST
@requires("profile.hear")
def hear(request: Request, pk: uuid.UUID, number: int) -> HttpResponse:
    """The data-protection officer's opinion."""
    found, said = find(pk, number), request.POST.get("said", "")
    opinion = request.POST.get("opinion")
    if opinion not in ("objects", "agrees"):
        refused = wording.REFUSALS["choice"]
        return page(request, found, 422, refused=refused, typed=request.POST)
    return _do(
        request, found,
        lambda: life.hear(request.user, found.version.pk, opinion == "agrees", said),
        gettext("Your opinion is recorded."),
    )  # fmt: skip


@require_POST
@requires("profile.write")
def shadow(request: Request, pk: uuid.UUID, number: int) -> HttpResponse:
    """Begins or ends shadow mode, by the button pressed."""
    found, on = find(pk, number), request.POST.get("do") == "on"
    done = (
        gettext("Shadow mode started: the version raises no hits.")
        if on
        else gettext("Shadow mode ended.")
    )
    return _do(
        request, found, lambda: life.shadow(request.user, found.version.pk, on), done
    )  # fmt: skip


@require_POST
@requires("profile.write")
def throw_away(request: Request, pk: uuid.UUID, number: int) -> HttpResponse:
    """A draft that was never submitted ends."""
    found = find(pk, number)
    return _do(
        request, found, lambda: drafting.throw_away(request.user, found.version.pk),
        gettext("Draft discarded."),
    )  # fmt: skip


@require_POST
@requires("profile.suspend")
def end(request: Request, pk: uuid.UUID, number: int) -> HttpResponse:
    """An active version ends for good."""
    found = find(pk, number)
    return _do(
        request, found, lambda: life.end(request.user, found.version.pk),
        gettext("The version was ended and raises no more hits."),
    )  # fmt: skip


@require_POST
@requires("profile.suspend")
def suspend(request: Request, pk: uuid.UUID) -> HttpResponse:
    """Stops the profile at once; what it raised stays."""
    found = find(pk)
    now = found.active or found.version
    return _do(
        request, File(found.profile, now, found.versions),
        lambda: life.suspend(request.user, found.profile.pk),
        gettext("The profile is suspended and raises no more hits. Its existing hits stay."),
    )  # fmt: skip


@require_POST
@requires("profile.approve")
def resume(request: Request, pk: uuid.UUID) -> HttpResponse:
    """Lets a suspended profile run again, by another person."""
    found = find(pk)
    now = found.active or found.version
    return _do(
        request, File(found.profile, now, found.versions),
        lambda: life.resume(request.user, found.profile.pk),
        gettext("The profile is active again."),
    )  # fmt: skip


@require_POST
@requires("profile.write")
def another(request: Request, pk: uuid.UUID) -> HttpResponse:
    """A draft that begins as the latest version, to be edited."""
    found = find(pk)
    draft = drafting.another(request.user, found.profile.pk)
    name = "profile-edit" if draft.state == draft.State.DRAFT else "profile-version"
    return redirect(name, pk=found.profile.pk, number=draft.number)
