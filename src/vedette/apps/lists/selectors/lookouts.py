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
from vedette.travellers.app.models import Journey, JourneyClear

#: Ended lookouts shown on the page, latest first.
SHOWN = 50


@dataclass(frozen=True)
class Row:
    """A lookout with what it looks for, and how many travellers it found."""

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


def from_traveller(journey: uuid.UUID) -> dict[str, str]:
    """What a lookout for this traveller would be entered with; empty where the values are masked.

    A flight that has landed is left out: a lookout for it would find nobody. Raises
    `Journey.DoesNotExist` where it is not in scope.
    """
    known = Journey.objects.select_related("flight").get(pk=journey)
    clear = JourneyClear.objects.filter(
        journey_id=known.pk, retention_class=known.retention_class, month=known.month
    ).first()
    if clear is None:
        return {}
    flight = known.flight
    lands = flight.arrives_at or flight.departs_at
    to_come = lands is None or lands > timezone.now()
    return {
        "document": clear.document or "",
        "name": " ".join(part for part in (clear.surname, clear.given_names) if part),
        "birth_date": clear.date_of_birth.isoformat() if clear.date_of_birth else "",
        "nationality": clear.nationality or "",
        "flight": f"{flight.carrier} {flight.number}" if to_come else "",
    }


def _rows(found: Iterable[Lookout]) -> list[Row]:
    held = list(found)
    hits: dict[uuid.UUID, int] = dict(
        Reason.objects.filter(entry__in=[lookout.pk for lookout in held])
        .values_list("entry")
        .annotate(n=Count("hit", distinct=True))
        .order_by()
    )
    return [Row(one, entry_of(one.entry), hits.get(one.pk, 0)) for one in held]
