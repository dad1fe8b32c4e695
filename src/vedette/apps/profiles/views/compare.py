"""Two versions of a profile side by side: what they say, what differs, what each would have done."""

from __future__ import annotations

import uuid

from django.http import HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_GET

from vedette.apps.accounts import acts
from vedette.apps.accounts.rules import Request, requires
from vedette.apps.profiles import differences, figures, reading
from vedette.apps.profiles.models import Version
from vedette.apps.profiles.selectors import backtests
from vedette.apps.profiles.views.profile import find


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
