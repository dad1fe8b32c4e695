"""The pages of proposed duplicates: two records side by side, and the decision of a person."""

from __future__ import annotations

import uuid
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from django.contrib import messages as toasts
from django.http import HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import gettext
from django.views.decorators.http import require_POST, require_safe

from vedette.apps.accounts import rules
from vedette.apps.accounts.rules import Request, requires
from vedette.apps.enforcement.selectors.controls import now
from vedette.apps.operations import duplicates, rights, wording
from vedette.apps.operations.actions import comparing
from vedette.apps.operations.actions.common import Refused
from vedette.apps.operations.models import Comparison, Message, Operation
from vedette.apps.operations.selectors import duplicates as stored
from vedette.apps.operations.selectors import operations as selectors
from vedette.apps.operations.views.common import find, page, uuid_of
from vedette.apps.operations.views.values import values

#: Pairs on a page, how many records the page compares (those that happened last), and how many pairs.
PAIRS, MOST, MOST_PAIRS = 5, 1_500, 20_000
_Key = tuple[uuid.UUID, uuid.UUID]


@dataclass(frozen=True)
class Line:
    """One field of two records: its label, both values, and whether they differ."""

    label: str
    one: str
    other: str
    differs: bool


@dataclass(frozen=True)
class Shown:
    """Two records side by side, the reasons why they are proposed as duplicates, and the decision of a
    person.
    """

    one: Message
    other: Message
    lines: list[Line]
    score: int | None
    reasons: list[str]
    decision: Comparison | None


@require_safe
@requires("operation.see")
def listed(request: Request, pk: uuid.UUID) -> HttpResponse:
    """Shows the pairs of records that may describe the same event, or the pairs on which a person decided."""
    return _listed(request, find(pk))


def _listed(request: Request, one: Operation, problem: Refused | None = None) -> HttpResponse:
    which = request.GET.get("which", "")
    decided = stored.decisions(request.user, one)
    proposed: dict[_Key, duplicates.Pair] = {}
    whole = True
    if which in ("same", "apart"):
        wanted = [key for key, made in decided.items() if made.same == (which == "same")]
    else:
        which = ""
        found, whole = duplicates.some_pairs(stored.records(one, MOST), MOST_PAIRS)
        proposed = {(pair.one, pair.other): pair for pair in found}
        wanted = [key for key in proposed if key not in decided]
    known = stored.current(one, {id_ for key in wanted for id_ in key})
    # A decision does not hold any more after one of the records changed.
    wanted = [key for key in wanted if set(key) <= set(known)]
    typed = request.GET.get("from", "")
    start = int(typed) if typed.isascii() and typed.isdecimal() and len(typed) < 7 else 0
    start = start if start < len(wanted) else 0
    count = stored.count(one)
    context: dict[str, Any] = {
        "pairs": [
            _shown(one, known, key, proposed.get(key), decided.get(key))
            for key in wanted[start : start + PAIRS]
        ],
        "which": which,
        "tabs": [
            ("", gettext("To compare")),
            ("same", gettext("The same")),
            ("apart", gettext("Not the same")),
        ],
        "count": len(wanted),
        "following": start + PAIRS if start + PAIRS < len(wanted) else 0,
        "not_compared": max(0, count - MOST),
        "most": MOST,
        "most_pairs": 0 if whole else MOST_PAIRS,
        "may": _may(request, one),
        "kept": {request.POST.get("one", ""), request.POST.get("other", "")},
    }
    return page(request, one, "duplicates", context, problem)


def _may(request: Request, one: Operation) -> bool:
    rule = rights.WRITING["comparison"]
    return (
        rules.may(request.user, "operation.report")
        and one.state in rule.states
        and now() < one.until
        and bool(set(rule.roles) & set(selectors.roles(request.user, one)))
    )


def _shown(
    operation: Operation, known: dict[uuid.UUID, Message], key: _Key,
    pair: duplicates.Pair | None, decision: Comparison | None,
) -> Shown:  # fmt: skip
    one, other = known[key[0]], known[key[1]]
    one.operation = other.operation = operation
    return Shown(
        one, other, list(_lines(one, other)), round(pair.score * 100) if pair else None,
        [str(wording.REASONS[reason]) for reason in pair.reasons] if pair else [], decision,
    )  # fmt: skip


def _lines(one: Message, other: Message) -> Iterable[Line]:
    left = {each.label: each.value for each in values(one)}
    right = {each.label: each.value for each in values(other)}
    for label in left | right:
        first, second = left.get(label, ""), right.get(label, "")
        yield Line(label, first, second, first.casefold() != second.casefold())


@require_POST
@requires("operation.see")
def act(request: Request, pk: uuid.UUID) -> HttpResponse:
    """Stores whether two records describe the same event."""
    one, post = find(pk), request.POST
    try:
        ids = uuid_of(post.get("one", "")), uuid_of(post.get("other", ""))
        if ids[0] is None or ids[1] is None or post.get("do") not in ("same", "apart"):
            raise Refused("stale")
        same = post["do"] == "same"
        comparing.decide(request.user, one.pk, ids[0], ids[1], same, post.get("why", ""))
    except Refused as refused:
        return _listed(request, one, refused)
    if same:
        toasts.success(
            request,
            gettext(
                "The decision is stored. The organisation of one of the records should "
                "withdraw its "
                "record."
            ),
        )
    else:
        toasts.success(
            request,
            gettext(
                "The decision is stored. If one of the two records changes, the pair is "
                "proposed "
                "again."
            ),
        )
    return redirect(reverse("operation-duplicates", args=[pk]))
