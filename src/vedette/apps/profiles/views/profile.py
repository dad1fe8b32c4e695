"""One profile: what it says, what it would have done, what it brought, who is responsible."""

from __future__ import annotations

import uuid
from typing import Any

from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_GET

from vedette.apps.accounts import acts
from vedette.apps.accounts.rules import Request, requires
from vedette.apps.profiles import present
from vedette.apps.profiles.models import Profile, Version
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
