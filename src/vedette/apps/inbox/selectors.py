"""What came in: files in the inbox, messages read, what was dropped, and what waits for somebody."""

from __future__ import annotations

import datetime as dt
import uuid
from collections import defaultdict
from dataclasses import dataclass
from typing import Any, TypeVar

from django.db.models import Count, Model, Q, QuerySet
from django.utils import timezone

from vedette.apps.inbox.models import DroppedCount, Inbox, Message
from vedette.apps.inbox.transfers import FIELDS, Transfer, transfers

#: Lines on one page.
PAGE = 50
#: Over which the head of the page counts.
DAY = dt.timedelta(days=1)
#: What could not be read stays in sight this long; its bytes rest 72 hours.
WEEK = dt.timedelta(days=7)

State = Inbox.State
#: What the page may show: messages, or files of the inbox in one state.
MESSAGES = ("all", "warnings")
FILES = {"failed": State.FAILED, "quarantined": State.QUARANTINED, "waiting": State.WAITING}

M = TypeVar("M", bound=Model)


@dataclass(frozen=True)
class Page:
    """Lines newest first, and the key of the next page or None."""

    rows: list[Any]
    following: str | None


def summary(now: dt.datetime | None = None) -> dict[str, int]:
    """Received, duplicates, messages and warnings of a day; failed and set aside of a week; waiting."""
    now = now or timezone.now()
    recent = Q(received_at__gt=now - DAY)
    files = Inbox.objects.filter(received_at__gt=now - WEEK).aggregate(
        received=Count("id", filter=recent),
        duplicate=Count("id", filter=recent & Q(state=State.DUPLICATE)),
        failed=Count("id", filter=Q(state=State.FAILED)),
        quarantined=Count("id", filter=Q(state=State.QUARANTINED)),
    )
    messages = Message.objects.filter(recent).aggregate(
        all=Count("id"), warnings=Count("id", filter=Q(warning_count__gt=0))
    )
    waiting = Inbox.objects.filter(state=State.WAITING).count()
    return {**files, **messages, "waiting": waiting}


def messages(show: str = "all", after: str = "") -> Page:
    """Messages read, newest first; `warnings` leaves out the clean ones."""
    found = Message.objects.select_related("flight", "inbox").defer("warnings", "unread", "token")
    if show == "warnings":
        found = found.filter(warning_count__gt=0)
    return _page(found, after)


def files(state: str, after: str = "") -> Page:
    """Files of the inbox in one state of `FILES`, newest first."""
    return _page(Inbox.objects.filter(state=FILES[state]).defer("sealed", "token"), after)


def _page(found: QuerySet[M], after: str) -> Page:
    try:
        at_text, _, id_text = after.partition("_")
        at, last = dt.datetime.fromisoformat(at_text), uuid.UUID(id_text)
        found = found.filter(Q(received_at__lt=at) | Q(received_at=at, id__lt=last))
        found = found.filter(received_at__lte=at)
    except ValueError:
        pass  # a key that is none is no key
    rows: list[Any] = list(found.order_by("-received_at", "-id")[: PAGE + 1])
    if len(rows) <= PAGE:
        return Page(rows, None)
    end = rows[PAGE - 1]
    return Page(rows[:PAGE], f"{end.received_at.isoformat()}_{end.id}")


def sendings(message: Message) -> list[Transfer]:
    """The transfer of this message with its parts; empty where it came whole and alone."""
    if message.flight_id is None or not message.common_access_ref:
        return []
    same = Message.objects.filter(
        flight=message.flight_id,
        sender=message.sender,
        common_access_ref=message.common_access_ref,
    )
    found = transfers(same.values(*FIELDS))
    return [one for one in found if message.id in one.messages]


def parts(message: Message) -> list[Message]:
    """The other messages of the same transfer, in order."""
    ids = {id_ for one in sendings(message) for id_ in one.messages} - {message.id}
    return list(Message.objects.filter(id__in=ids).order_by("sequence", "received_at"))


def resends(message: Message) -> list[Message]:
    """Later messages that said the same, newest first."""
    same = Message.objects.filter(resend_of=message.id, received_at__gte=message.received_at)
    if message.flight_id:
        same = same.filter(flight=message.flight_id)
    return list(same.order_by("-received_at")[:PAGE])


@dataclass(frozen=True)
class Dropped:
    """Free text dropped from one carrier's messages: by day, and by kind over all days."""

    carrier: str
    days: list[int]
    kinds: list[tuple[str, int]]
    total: int


def dropped(today: dt.date | None = None, length: int = 7) -> tuple[list[dt.date], list[Dropped]]:
    """The last days, and for each carrier what was dropped on each; most dropped first."""
    today = today or timezone.now().date()
    days = [today - dt.timedelta(days=n) for n in reversed(range(length))]
    counted: dict[str, dict[tuple[dt.date, str], int]] = defaultdict(dict)
    found = DroppedCount.objects.filter(day__gte=days[0], day__lte=today)
    for carrier, day, kind, count in found.values_list("carrier", "day", "kind", "count"):
        counted[carrier][day, kind] = count
    rows = [_dropped(carrier, cells, days) for carrier, cells in counted.items()]
    return days, sorted(rows, key=lambda row: (-row.total, row.carrier))


def _dropped(carrier: str, cells: dict[tuple[dt.date, str], int], days: list[dt.date]) -> Dropped:
    by_day: dict[dt.date, int] = defaultdict(int)
    by_kind: dict[str, int] = defaultdict(int)
    for (day, kind), count in cells.items():
        by_day[day] += count
        by_kind[kind] += count
    kinds = sorted(by_kind.items(), key=lambda item: -item[1])
    return Dropped(carrier, [by_day[day] for day in days], kinds, sum(by_day.values()))
