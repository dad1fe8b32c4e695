"""Floods as rows of the queue: what raised very many hits, and how many wait."""

from __future__ import annotations

import datetime as dt
import uuid
from dataclasses import dataclass
from typing import Any

from django.db.models import Count, Max, Min, Q, Sum
from django.db.models.functions import Coalesce
from django.utils import timezone

from vedette.apps.accounts.models import User
from vedette.apps.display import LEVELS
from vedette.apps.hits.filtering import Filters, asked, open_hits, whose_
from vedette.apps.hits.models import FloodCount, Reason
from vedette.apps.lists.models import ListEntry
from vedette.apps.profiles.models import Version


@dataclass(frozen=True)
class Flood:
    """The open hits that one entry, or one profile, raised among very many, as one row of the queue."""

    entry: ListEntry | None
    version: Version | None
    count: int
    highest: int
    very_high: int
    landed: int
    #: When the next of them lands; None where all have landed.
    next_at: dt.datetime | None
    since: dt.datetime


def floods(filters: Filters, user: User) -> list[Flood]:
    """The floods among what the filters let through, largest first.

    As the workers counted them last (`FloodCount`); of one flight, as they are now.
    """
    rows: list[Any] = []
    for kind in ("flood", "flood_profile"):
        rows += _of_flight(filters, user, kind) if filters.flight else _counted(filters, user, kind)
    entries = _entries([row[0] for row in rows if row[0]])
    versions = _profiles([row[1] for row in rows if row[1]])
    # A profile whose purpose the reader lacks is not told of; its hits are seen by other reasons.
    found = [
        Flood(entries.get(entry), versions.get(profile), *numbers)
        for entry, profile, *numbers in rows
        if entry in entries or profile in versions
    ]
    return sorted(found, key=lambda flood: -flood.count)


def _counted(filters: Filters, user: User, kind: str) -> list[Any]:
    very_high = LEVELS[4][0]
    counts = FloodCount.objects.exclude(**{kind: None}).filter(whose_(filters, user))
    if filters.kind == Reason.Kind.PROFILE:
        counts = counts.exclude(flood_profile=None)
    elif filters.kind in (Reason.Kind.WATCHLIST, Reason.Kind.LOOKOUT):
        lookouts = filters.kind == Reason.Kind.LOOKOUT
        counts = counts.filter(flood__watchlist__lookouts=lookouts)
    elif filters.kind:
        return []
    if filters.level:
        least, most, _ = LEVELS[filters.level]
        counts = counts.filter(priority__gte=least, priority__lte=most)
    return list(
        counts.values_list("flood", "flood_profile").annotate(
            hits=Sum("count"), highest=Max("priority"),
            very_high=Coalesce(Sum("count", filter=Q(priority__gte=very_high)), 0),
            gone=Sum("landed"), next_one=Min("next_at"), first=Min("since"),
        )
    )  # fmt: skip


def _of_flight(filters: Filters, user: User, kind: str) -> list[Any]:
    now, very_high = timezone.now(), LEVELS[4][0]
    hits = asked(open_hits().exclude(**{kind: None}), filters).filter(whose_(filters, user))
    return list(
        hits.values_list("flood", "flood_profile").annotate(
            hits=Count("pk"), highest=Max("priority"),
            very_high=Count("pk", filter=Q(priority__gte=very_high)),
            gone=Count("pk", filter=Q(lands_at__lt=now)),
            next_one=Min("lands_at", filter=Q(lands_at__gte=now)), first=Min("opened_at"),
        )
    )  # fmt: skip


def _entries(ids: list[uuid.UUID]) -> dict[uuid.UUID, Any]:
    return ListEntry.objects.select_related("watchlist").defer("content").in_bulk(ids)


def _profiles(ids: list[uuid.UUID]) -> dict[uuid.UUID, Any]:
    """Profile → the version that runs, else its last."""
    found: dict[uuid.UUID, Any] = {}
    rows = Version.objects.select_related("profile").filter(profile__in=ids)
    for version in rows.order_by("number"):
        known = found.get(version.profile_id)
        if known is None or known.state != Version.State.ACTIVE:
            found[version.profile_id] = version
    return found
