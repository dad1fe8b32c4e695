"""Reads files of the inbox, messages, and counts of dropped free text."""

from __future__ import annotations

import datetime as dt
import uuid
from collections import Counter, defaultdict
from dataclasses import dataclass
from typing import Any, TypeVar

from django.db.models import Count, Model, Q, QuerySet
from django.utils import timezone

from vedette.apps.inbox import message_kinds
from vedette.apps.inbox.models import DroppedCount, Inbox, Message
from vedette.apps.inbox.transfers import FIELDS, Transfer, transfers

#: Number of lines on a page.
PAGE = 50
#: The period that the head of the page counts.
DAY = dt.timedelta(days=1)
#: How long unreadable files are counted; their bytes are kept for 72 hours.
WEEK = dt.timedelta(days=7)

State = Inbox.State
#: The views of the page: messages, or files of the inbox in one state.
MESSAGES = ("all", "warnings")
FILES = {"failed": State.FAILED, "quarantined": State.QUARANTINED, "waiting": State.WAITING}

M = TypeVar("M", bound=Model)


@dataclass(frozen=True)
class Page:
    """One page of lines, newest first, and the key of the next page. The key is None if there is no
    next page.
    """

    rows: list[Any]
    following: str | None


def summary(now: dt.datetime | None = None) -> dict[str, int]:
    """Counts received files, duplicates, messages and warnings of a day, failed and quarantined files of a
    week, and waiting files."""
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
    """Returns messages as `message_kinds.Line`, newest first. With `show` = `warnings`, returns
    only messages with a warning.
    """
    found = Message.objects.select_related("inbox").defer("warnings", "unread", "token")
    if show == "warnings":
        found = found.filter(warning_count__gt=0)
    page = _page(found, after)
    return Page(message_kinds.lines(page.rows), page.following)


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
        pass  # without a valid key, the first page is shown
    rows: list[Any] = list(found.order_by("-received_at", "-id")[: PAGE + 1])
    if len(rows) <= PAGE:
        return Page(rows, None)
    end = rows[PAGE - 1]
    return Page(rows[:PAGE], f"{end.received_at.isoformat()}_{end.id}")


def sendings(message: Message) -> list[Transfer]:
    """The transfer of this message with its parts; empty if the message is a whole transfer."""
    if message.group_id is None or not message.common_access_ref:
        return []
    same = Message.objects.filter(
        group_id=message.group_id,
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
    """Later messages with the same content, newest first."""
    same = Message.objects.filter(resend_of=message.id, received_at__gte=message.received_at)
    if message.group_id:
        same = same.filter(group_id=message.group_id)
    return list(same.order_by("-received_at")[:PAGE])


@dataclass(frozen=True)
class Dropped:
    """Counts of the free text that was dropped from one sender's messages: counts by day, and
    counts by kind of text over all days.
    """

    sender: str
    days: list[int]
    kinds: list[tuple[str, int]]
    total: int


def dropped(today: dt.date | None = None, length: int = 7) -> tuple[list[dt.date], list[Dropped]]:
    """Returns the last days, and for each sender the counts of these days. The sender with the greatest total
    is first."""
    today = today or timezone.now().date()
    days = [today - dt.timedelta(days=n) for n in reversed(range(length))]
    counted: dict[str, dict[tuple[dt.date, str], int]] = defaultdict(dict)
    found = DroppedCount.objects.filter(day__gte=days[0], day__lte=today)
    for sender, day, kind, count in found.values_list("sender", "day", "kind", "count"):
        counted[sender][day, kind] = count
    rows = []
    for sender, cells in counted.items():
        by_day: Counter[dt.date] = Counter()
        by_kind: Counter[str] = Counter()
        for (day, kind), count in cells.items():
            by_day[day] += count
            by_kind[kind] += count
        rows.append(
            Dropped(sender, [by_day[day] for day in days], by_kind.most_common(), by_day.total())
        )
    return days, sorted(rows, key=lambda row: (-row.total, row.sender))
