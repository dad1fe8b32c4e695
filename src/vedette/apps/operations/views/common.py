"""Functions that all pages of operations use: the head of an operation, and the page after a refused
action."""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Mapping
from typing import Any
from zoneinfo import ZoneInfo

from django.db.models import QuerySet
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, render
from django.utils import timezone

from vedette.apps.accounts import acts
from vedette.apps.accounts.rules import Request
from vedette.apps.enforcement.selectors.controls import now
from vedette.apps.operations import wording
from vedette.apps.operations.actions.common import Refused
from vedette.apps.operations.models import Message, Operation
from vedette.apps.operations.selectors import operations as selectors

#: Number of rows on one page.
PAGE = 50
#: Template → the tab that is current; the others are named like their template.
_TABS = {
    "operation": "overview", "entry": "messages", "message": "messages", "sitrep": "reports",
    "records": "reports", "final": "final", "together": "messages", "duplicates": "messages",
}  # fmt: skip


def find(pk: uuid.UUID) -> Operation:
    """Returns an operation that the reader may see. Raises `Http404`."""
    return get_object_or_404(Operation, pk=pk)


def page(
    request: Request, operation: Operation, template: str, context: Mapping[str, Any],
    problem: Refused | None = None,
) -> HttpResponse:  # fmt: skip
    """Renders a page of an operation, with the head of the operation. Records the access in the journal.
    After a refused action, the status is 422 and the page keeps the values that the user entered.
    """
    acts.write(request.user, "operation.see", operation.pk)
    plan = selectors.plan(operation)
    roles = selectors.roles(request.user, operation)
    whole = {
        "operation": operation,
        "plan": plan,
        "roles": roles,
        "coordinates": "coordinator" in roles,
        "own": selectors.own(request.user, operation),
        "now_utc": now(),
        "zone_name": plan.zone if plan else "UTC",
        "typed": request.POST,
        "problem": said(problem) if problem else "",
        "wrong": problem.detail if problem else "",
        "tab": _TABS.get(template, template),
        **context,
    }
    return render(request, f"operations/{template}.html", whole, status=422 if problem else 200)


def keyset(rows: QuerySet[Message], order: str, after: str) -> tuple[list[Message], str]:
    """Returns one page of messages, sorted by a column with a time and then by the id. Also returns the
    position after which the next page begins, or an empty text. If a `-` precedes the name of the column, the
    order is reversed.
    """
    column, down = order.removeprefix("-"), order.startswith("-")
    time, _, id_ = after.partition("_")
    if time and (last := uuid_of(id_)):
        try:
            at = dt.datetime.fromisoformat(time)
        except ValueError:
            at = None
        if at is not None and at.tzinfo is not None:
            # The first condition lets the database begin in its index.
            rows = rows.filter(**{f"{column}__{'lte' if down else 'gte'}": at}).exclude(
                **{column: at, f"pk__{'gte' if down else 'lte'}": last}
            )
    found = list(rows.order_by(order, "-pk" if down else "pk")[: PAGE + 1])
    if len(found) <= PAGE:
        return found, ""
    end = found[PAGE - 1]
    return found[:PAGE], f"{getattr(end, column).isoformat()}_{end.pk}"


def said(problem: Refused) -> str:
    """Returns the sentence that explains a refused action."""
    return str(wording.PROBLEMS.get(problem.code, wording.PROBLEMS["conflict"]))


def uuid_of(text: str) -> uuid.UUID | None:
    """Returns an id that a form contains, or None."""
    try:
        return uuid.UUID(text)
    except ValueError:
        return None


def uuids(values: list[str]) -> list[uuid.UUID]:
    """Returns the valid ids that a form contains."""
    return [one for one in map(uuid_of, values[:1_000]) if one is not None]


def time_of(text: str, field: str, zone: str = "") -> dt.datetime:
    """Returns a time that a person typed, in the given time zone (default: the time zone of the workplace).
    Raises `Refused` if the text is not a time.
    """
    try:
        naive = dt.datetime.fromisoformat(text.strip()[:16])
        if naive.tzinfo is not None or not 2000 <= naive.year <= 2200:
            raise ValueError
        return naive.replace(tzinfo=ZoneInfo(zone) if zone else timezone.get_current_timezone())
    except (ValueError, OSError) as error:
        raise Refused("time", field) from error


def typed_time(at: dt.datetime | None, zone: str = "") -> str:
    """Returns a time in the format that an input field of an HTML form requires."""
    if at is None:
        return ""
    local = at.astimezone(ZoneInfo(zone) if zone else timezone.get_current_timezone())
    return local.strftime("%Y-%m-%dT%H:%M")
