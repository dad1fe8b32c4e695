"""One profile: what it says, what it would have done, what it brought, who is responsible; two of its
versions side by side; and the acts of its life: each is a POST, a refusal is a sentence on its page."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from typing import Any

from django.contrib import messages as toasts
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.dateparse import parse_date
from django.utils.translation import gettext
from django.views.decorators.http import require_GET, require_POST

from vedette.apps.accounts import acts
from vedette.apps.accounts.rules import Request, requires
from vedette.apps.approvals import actions as approvals
from vedette.apps.profiles import differences, figures, present, reading, wording
from vedette.apps.profiles.actions import drafting, life
from vedette.apps.profiles.models import Profile, Version
from vedette.apps.profiles.selectors import backtests
from vedette.apps.profiles.selectors import profile as selectors
from vedette.apps.profiles.selectors.profile import File


def find(pk: uuid.UUID, number: int | None = None) -> File:
    """The profile and version of an address; 404 where there is none, or it is not in scope."""
    try:
        return selectors.file(pk, number)
    except (Profile.DoesNotExist, Version.DoesNotExist) as error:
        raise Http404 from error


def page(request: Request, found: File, status: int = 200, **extra: Any) -> HttpResponse:
    """The page of a version, with what was refused and what was typed."""
    context = present.page(found, request.user, request.GET.get("read", ""))
    return render(request, "profiles/profile.html", {**context, **extra}, status=status)


@require_GET
@requires("profile.see")
def profile(request: Request, pk: uuid.UUID) -> HttpResponse:
    """The version that matters now: what is open, what is active, else the last."""
    found = find(pk)
    acts.write(request.user, "profile.see", found.version.pk)
    return page(request, found)


@require_GET
@requires("profile.see")
def version(request: Request, pk: uuid.UUID, number: int) -> HttpResponse:
    """One version, whatever became of it since."""
    found = find(pk, number)
    acts.write(request.user, "profile.see", found.version.pk)
    return page(request, found)


@require_GET
@requires("profile.see")
def asked(request: Request, pk: uuid.UUID) -> HttpResponse:
    """From an approval to the version that it is about."""
    found = get_object_or_404(Version, pk=pk)
    return redirect("profile-version", pk=found.profile_id, number=found.number)


@require_GET
@requires("profile.see")
def compare(request: Request, pk: uuid.UUID) -> HttpResponse:
    """From an earlier version to a later one; where nothing is asked for, the last two."""
    found = find(pk)
    later = _chosen(found.versions, request.GET.get("to", "")) or found.version
    before = [v for v in found.versions if v.number < later.number]
    earlier = _chosen(found.versions, request.GET.get("from", ""))
    earlier = earlier or (before[0] if before else later)
    acts.write(request.user, "profile.see", later.pk)
    tests = backtests.done([earlier, later])
    said = [reading.of(earlier), reading.of(later)]
    context = {
        "profile": found.profile,
        "versions": found.versions,
        "earlier": earlier,
        "later": later,
        "fields": differences.fields(earlier, later),
        "expression": differences.expression(*said),
        "same": differences.same(*said),
        "sides": [
            {"version": version, "said": one, "test": figures.card(tests.get(version.pk), version)}
            for version, one in zip((earlier, later), said, strict=True)
        ],
    }
    return render(request, "profiles/compare.html", context)


def _chosen(versions: list[Version], number: str) -> Version | None:
    return next((v for v in versions if str(v.number) == number), None)


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
            act, done = life.correct, gettext("Returned to its author with your remark.")
        case "allow":
            act, done = life.allow, gettext("Approved: the version is active.")
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
