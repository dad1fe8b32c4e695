"""Lookouts: active, waiting for review, ended."""

from __future__ import annotations

import uuid
from collections.abc import Iterable
from dataclasses import dataclass

from django.db.models import Count
from django.utils import timezone

from vedette.apps.hits.models import Reason
from vedette.apps.lists.models import Lookout
from vedette.apps.lists.selectors.entries import entry_of
from vedette.core.entries import Entry

#: Ended lookouts shown on the page, latest first.
SHOWN = 50


@dataclass(frozen=True)
class Row:
    """A lookout with what it looks for, and how many hits it raised."""

    lookout: Lookout
    entry: Entry
    hits: int


@dataclass(frozen=True)
class Lookouts:
    """Waiting for review first: their time is over and nobody has said what becomes of them."""

    review: list[Row]
    active: list[Row]
    ended: list[Row]
    ended_total: int


def lookouts() -> Lookouts:
    """All that are active or wait for review; of the ended ones the latest `SHOWN`."""
    now = timezone.now()
    rows = Lookout.objects.select_related("entry", "created_by", "reviewed_by")
    going = rows.filter(ended_at=None)
    ended = rows.exclude(ended_at=None)
    return Lookouts(
        review=_rows(going.filter(expires_at__lte=now).order_by("expires_at")),
        active=_rows(going.filter(expires_at__gt=now).order_by("-created_at")),
        ended=_rows(ended.order_by("-ended_at")[:SHOWN]),
        ended_total=ended.count(),
    )


def _rows(found: Iterable[Lookout]) -> list[Row]:
    held = list(found)
    hits: dict[uuid.UUID, int] = dict(
        Reason.objects.filter(entry_id__in=[lookout.pk for lookout in held])
        .values_list("entry_id")
        .annotate(n=Count("hit", distinct=True))
        .order_by()
    )
    return [Row(one, entry_of(one.entry), hits.get(one.pk, 0)) for one in held]
