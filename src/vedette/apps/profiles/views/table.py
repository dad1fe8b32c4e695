"""All profiles, and the standing report of on whom they fall."""

from __future__ import annotations

from typing import Any

from django.http import HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_GET

from vedette.apps.accounts import acts
from vedette.apps.accounts.rules import Request, requires
from vedette.apps.profiles import figures, wording
from vedette.apps.profiles.selectors import listing, standing
from vedette.apps.profiles.selectors.listing import Filters

#: Segments that stand there only while there is something in them.
_MARKS = ("ending", "hear")


@require_GET
@requires("profile.see")
def profiles(request: Request) -> HttpResponse:
    """Every profile: its state, its weight, what it brought, and what asks for a look."""
    filters = Filters.read(request.GET)
    page = listing.page(filters)
    now = timezone.now()
    rows = [
        {
            "version": row.version,
            "open": row.open,
            "state": row.state,
            "brought": row.brought,
            "days_left": listing.ends_within(row.version, now) if "ends" in row.review else None,
            "below": "precision" in row.review,
        }
        for row in page.rows
    ]
    last = page.first + len(rows) - 1
    context = {
        "page": page,
        "rows": rows,
        "filters": filters,
        "last": last,
        "segments": _segments(page.counts, filters),
        "first_page": f"?{filters.query()}" if filters.page > 1 else "",
        "next_page": f"?{filters.query(page=filters.page + 1)}" if last < page.total else "",
    }
    return render(request, "profiles/profiles.html", context)


def _segments(counts: dict[str, int], filters: Filters) -> list[tuple[str, Any, int]]:
    return [
        (code, word, counts[code or "all"])
        for code, word in wording.FILTERS.items()
        if code not in _MARKS or code == filters.state
    ]


@require_GET
@requires("profile.see")
def standing_report(request: Request) -> HttpResponse:
    """Hits and false hits of all profiles, by group of subjects."""
    asked = request.GET.get("days", "")
    days = int(asked) if asked in map(str, standing.PERIODS) else standing.PERIODS[1]
    found = standing.report(days)
    acts.write(request.user, "profile.standing_seen", days=days)
    share = found.all.share
    context = {
        "days": days,
        "periods": standing.PERIODS,
        "report": found,
        "by": [
            (one.label, [(word, group, _drawn(group, share)) for word, group in one.rows])
            for one in found.by
        ],
    }
    return render(request, "profiles/standing.html", context)


def _drawn(group: standing.Group, whole: float | None) -> dict[str, Any]:
    """The share of a group where nothing was found, drawn beside that of all; whether it lies outside."""
    if group.share is None:
        return {"span": "–", "outside": False}
    low, high = group.interval
    words = wording.between(low, high)
    outside = whole is not None and not group.says_little and not low <= whole <= high
    return {
        "span": figures.interval_drawn(
            low, group.share, high, 1.0, -1 if whole is None else whole, words
        ),
        "outside": outside,
    }
