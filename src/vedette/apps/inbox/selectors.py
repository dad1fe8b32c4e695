"""Contains the queries about files of the inbox, messages, transfers, and the numbers of free texts that were
not stored.

A transfer is the data that one sender sent together, in one message or in several messages (the parts of the
transfer). All parts of a transfer have the same common access reference (UNH 0068).
"""

from __future__ import annotations

import datetime as dt
import uuid
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, TypeVar

from django.db.models import Count, Model, Q, QuerySet
from django.utils import timezone

from vedette.apps.inbox import wording
from vedette.apps.inbox.models import DroppedCount, Inbox, Message
from vedette.core.statements import missing_parts

#: Number of lines on a page.
PAGE = 50
#: The period of the counts at the top of the page.
DAY = dt.timedelta(days=1)
#: The period of the counts of unreadable files, whose bytes are kept for 72 hours.
WEEK = dt.timedelta(days=7)

State = Inbox.State
#: The largest number of waiting files that a page counts when it does not list the files.
MANY_WAITING = 1_000
#: The views of the page: messages, or files of the inbox in one state.
MESSAGES = ("all", "warnings")
FILES = {"failed": State.FAILED, "quarantined": State.QUARANTINED, "waiting": State.WAITING}

#: The time from the receipt of the last part until a transfer with missing parts counts as incomplete.
PART_GRACE = dt.timedelta(minutes=10)
#: The values of a message that `transfers` needs.
FIELDS = (
    "id", "group_id", "format", "function", "sender", "interchange_ref", "common_access_ref",
    "sequence", "last", "prepared_at", "received_at", "resend_of_id", "counts", "warning_count",
)  # fmt: skip

M = TypeVar("M", bound=Model)


@dataclass(frozen=True)
class Page:
    """One page of lines, newest first, and the key of the next page. On the last page, the key of the next
    page is None."""

    rows: list[Any]
    following: str | None


@dataclass
class Transfer:
    """One transfer of one sender about one group. A transfer contains the parts received so far."""

    kind: str
    sender: str
    reference: str
    function: str
    received_at: dt.datetime
    last_at: dt.datetime
    prepared_at: dt.datetime | None = None
    #: The number of each part → the first message with its content.
    parts: dict[int, uuid.UUID] = field(default_factory=dict)
    ends: int | None = None
    counts: Counter[str] = field(default_factory=Counter)
    warnings: int = 0
    messages: list[uuid.UUID] = field(default_factory=list)

    @property
    def missing(self) -> list[int]:
        """Returns the numbers of the parts that were not received, up to the highest known part number."""
        return missing_parts(self.parts, self.ends)

    @property
    def whole(self) -> bool:
        """Whether all parts of the transfer were received, including the part that is marked as the last."""
        return self.ends is not None and not self.missing

    def incomplete(self, now: dt.datetime) -> bool:
        """Whether parts are missing and the time allowed for their receipt has passed."""
        return not self.whole and self.last_at < now - PART_GRACE


def transfers(
    rows: Iterable[dict[str, Any]], kind_of: Callable[[str], str] = str
) -> list[Transfer]:
    """Groups messages (dicts with the keys `FIELDS`) into transfers, in the order of receipt. A resent
    message is not another part of its own transfer. If the latest transfer with the same reference already
    contains this part with the same content, the message belongs to that transfer. The function `kind_of`
    returns the kind of content of a message format. Messages with the same reference but with different kinds
    of content belong to different transfers."""
    found: list[Transfer] = []
    latest: dict[tuple[Any, ...], Transfer] = {}
    rows = sorted(rows, key=lambda r: (r["received_at"], r["id"]))
    again = [row for row in rows if row["resend_of_id"] and _alone(row)]
    for row in (row for row in rows if not (row["resend_of_id"] and _alone(row))):
        number, content = row["sequence"] or 1, row["resend_of_id"] or row["id"]
        kind = kind_of(row["format"])
        reference = row["common_access_ref"] or row["interchange_ref"]
        key = (row["group_id"], kind, row["sender"], reference)
        one = latest.get(key)
        # Some senders use one reference for all transfers. A repeated part number therefore starts a new
        # transfer, unless the part has the same content.
        if one is not None and one.parts.get(number) == content:
            one.messages.append(row["id"])
            continue
        if one is None or number in one.parts:
            one = latest[key] = Transfer(
                kind=kind,
                sender=row["sender"],
                reference=reference,
                function=row["function"],
                received_at=row["received_at"],
                last_at=row["received_at"],
                prepared_at=row["prepared_at"],
            )
            found.append(one)
        one.last_at = max(one.last_at, row["received_at"])
        one.messages.append(row["id"])
        one.parts[number] = content
        if row["last"] or row["sequence"] is None:
            one.ends = max(number, one.ends or 1)
        one.counts.update(row["counts"])
        one.warnings += row["warning_count"]
    for row in again:
        for one in found:
            if row["resend_of_id"] in one.messages:
                one.messages.append(row["id"])
    return found


def _alone(row: Mapping[str, Any]) -> bool:
    """Returns whether a message is the only part of its transfer."""
    return row["sequence"] in (None, 1) and row["last"] is not False


def waiting_files() -> int:
    """Returns the number of files of the organisation that no worker has read yet, at most `MANY_WAITING`."""
    found = Inbox.objects.filter(state=State.WAITING).values("pk")[:MANY_WAITING]
    return found.count()


def summary() -> dict[str, int]:
    """Counts the received files, duplicates, messages and messages with warnings of the last day. Counts the
    failed and quarantined files of the last week, and all waiting files."""
    now = timezone.now()
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
    """Returns one page of messages in the form of `wording.lines`, newest first. If `show` is `warnings`,
    returns only messages with a warning.
    """
    found = Message.objects.select_related("inbox").defer("warnings", "unread", "token")
    if show == "warnings":
        found = found.filter(warning_count__gt=0)
    page = _page(found, after)
    return Page(wording.lines(page.rows), page.following)


def files(state: str, after: str = "") -> Page:
    """Files of the inbox in one state of `FILES`, newest first."""
    return _page(Inbox.objects.filter(state=FILES[state]).defer("sealed", "token"), after)


def _page(found: QuerySet[M], after: str) -> Page:
    try:
        at_text, _, id_text = after.partition("_")
        at, last = dt.datetime.fromisoformat(at_text), uuid.UUID(id_text)
        found = found.filter(
            Q(received_at__lt=at) | Q(received_at=at, id__lt=last), received_at__lte=at
        )
    except ValueError:
        pass  # without a valid key, the first page is shown
    rows: list[Any] = list(found.order_by("-received_at", "-id")[: PAGE + 1])
    if len(rows) <= PAGE:
        return Page(rows, None)
    end = rows[PAGE - 1]
    return Page(rows[:PAGE], f"{end.received_at.isoformat()}_{end.id}")


def sendings(message: Message) -> list[Transfer]:
    """Returns the transfer to which this message belongs, with its parts. The result is empty if the transfer
    has no other part."""
    if message.group_id is None or not message.common_access_ref:
        return []
    same = Message.objects.filter(
        group_id=message.group_id,
        sender=message.sender,
        common_access_ref=message.common_access_ref,
    )
    return [one for one in transfers(same.values(*FIELDS)) if message.id in one.messages]


def parts(message: Message) -> list[Message]:
    """Returns the other messages of the same transfer, in order."""
    ids = {id_ for one in sendings(message) for id_ in one.messages} - {message.id}
    return list(Message.objects.filter(id__in=ids).order_by("sequence", "received_at"))


def resends(message: Message) -> list[Message]:
    """Later messages with the same content, newest first."""
    same = Message.objects.filter(resend_of=message.id, received_at__gte=message.received_at)
    if message.group_id:
        same = same.filter(group_id=message.group_id)
    return list(same.order_by("-received_at")[:PAGE])


def dropped() -> tuple[list[dt.date], list[dict[str, Any]]]:
    """Returns the dates of the last seven days, and for each sender the numbers of free texts that were not
    stored. Each sender has a dict with the keys `sender`, `days` (numbers by day), `kinds` (numbers by kind
    of text) and `total`. The sender with the greatest total is first."""
    today = timezone.now().date()
    days = [today - dt.timedelta(days=n) for n in reversed(range(7))]
    by_day: dict[str, Counter[dt.date]] = defaultdict(Counter)
    by_kind: dict[str, Counter[str]] = defaultdict(Counter)
    found = DroppedCount.objects.filter(day__gte=days[0], day__lte=today)
    for sender, day, kind, count in found.values_list("sender", "day", "kind", "count"):
        by_day[sender][day] += count
        by_kind[sender][kind] += count
    rows = [
        {
            "sender": sender,
            "days": [counts[day] for day in days],
            "kinds": by_kind[sender].most_common(),
            "total": counts.total(),
        }
        for sender, counts in by_day.items()
    ]
    return days, sorted(rows, key=lambda row: (-row["total"], row["sender"]))
