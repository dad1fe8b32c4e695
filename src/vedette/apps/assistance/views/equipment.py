"""Pages of equipment: the register of a request, one piece with its events, and the equipment of all
requests.
"""

from __future__ import annotations

import datetime as dt
import io
import uuid
from typing import Any

from django.contrib import messages as toasts
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext, ngettext
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from vedette.apps.accounts import acts
from vedette.apps.accounts.rules import Request, requires
from vedette.apps.assistance import rights, wording
from vedette.apps.assistance.actions import equipment as actions
from vedette.apps.assistance.actions.common import Refused
from vedette.apps.assistance.models import AssistanceRequest, EquipmentEvent
from vedette.apps.assistance.selectors import equipment as selectors
from vedette.apps.assistance.selectors import requests as of_requests
from vedette.apps.assistance.views.common import find, page
from vedette.apps.enforcement.selectors.controls import now
from vedette.assistance import equipment
from vedette.core.cells import Table

#: Pieces on one page.
PAGE = 50


def columns(own: equipment.Sum) -> list[tuple[Any, int]]:
    """Returns the number of pieces in each state with the label of the state, in the order of
    `wording.PIECES`."""
    return [(word, own.states.get(state, 0)) for state, word in wording.PIECES.items()]


@require_safe
@requires("assistance.see")
def register(request: Request, pk: uuid.UUID) -> HttpResponse:
    """Shows the register of a request: the sums by item, the pieces, and the form for a new event."""
    return _register(request, find(pk))


def _register(
    request: Request, one: AssistanceRequest, problem: Refused | None = None
) -> HttpResponse:
    rows = selectors.events(one)
    found = selectors.register(rows)
    ids = {(row.item, row.serial): row.pk for row in rows if row.serial}
    state, after = request.GET.get("state", ""), request.GET.get("after", "")
    pieces = sorted(found.pieces.values(), key=lambda piece: (piece.item, piece.serial))
    if state in wording.PIECES:
        pieces = [piece for piece in pieces if piece.state == state]
    place = next((n for n, p in enumerate(pieces, 1) if str(ids[p.item, p.serial]) == after), 0)
    shown, today = pieces[place : place + PAGE], now().date()
    roles = of_requests.roles(request.user, one)
    context = {
        "sums": [(item, own, columns(own)) for item, own in found.sums.items()],
        "states": wording.PIECES.items(),
        "state": state if state in wording.PIECES else "",
        "pieces": [
            (ids[piece.item, piece.serial], piece, wording.PIECES[piece.state], _unseen(piece, today))
            for piece in shown
        ],
        "all": len(pieces),
        "next": ids[shown[-1].item, shown[-1].serial] if place + PAGE < len(pieces) else "",
        "first": place + 1,
        "last": place + len(shown),
        "events": [
            (code, label)
            for code, label in EquipmentEvent.Event.choices
            if rights.may(actions.ACT_OF.get(code, "equipment"), roles, one.state)
        ],
        "items": sorted(found.sums),
        "any": bool(rows),
    }  # fmt: skip
    return page(request, one, "equipment", context, problem)


def _unseen(piece: equipment.Piece, today: dt.date) -> bool:
    """Whether a piece in use was not seen for `selectors.UNSEEN` days."""
    return (
        piece.state == "in_use"
        and piece.last_seen is not None
        and (today - piece.last_seen.date()).days > selectors.UNSEEN
    )


@require_POST
@requires("assistance.work")
def record(request: Request, pk: uuid.UUID) -> HttpResponse:
    """Adds an event of one or several pieces, or a purchase."""
    one = find(pk)
    try:
        count = actions.record(request.user, pk, request.POST.dict())
    except Refused as refused:
        return _register(request, one, refused)
    toasts.success(
        request, ngettext("%(n)s event recorded.", "%(n)s events recorded.", count) % {"n": count}
    )
    return redirect("assistance-equipment", pk=pk)


@require_http_methods(["GET", "HEAD", "POST"])
@requires("assistance.see", to_post="assistance.work")
def piece(request: Request, pk: uuid.UUID) -> HttpResponse:
    """Shows all events of a piece, or of the purchases of an item. Events that were withdrawn are shown too.
    Withdraws an event that was recorded by mistake.
    """
    row = get_object_or_404(EquipmentEvent, pk=pk)
    problem = None
    if request.method == "POST":
        try:
            actions.withdraw(request.user, pk)
        except Refused as refused:
            problem = refused
        else:
            toasts.success(request, gettext("The event is withdrawn."))
            return redirect("equipment-piece", pk=pk)
    one = find(row.request_id)
    roles = of_requests.roles(request.user, one)
    events = EquipmentEvent.objects.filter(request=one, item=row.item, serial=row.serial)
    context = {
        "piece": row,
        "events": [
            (
                event, event.withdrawn_at is None
                and rights.may(actions.ACT_OF.get(event.event, "equipment"), roles, one.state),
            )
            for event in events.order_by("-on", "-at", "-pk")[:500]
        ],
    }  # fmt: skip
    return page(request, one, "equipment_piece", context, problem, tab="equipment")


@require_safe
@requires("assistance.see")
def register_csv(request: Request, pk: uuid.UUID) -> HttpResponse:
    """Returns the register as a CSV file, in the form that `vedette equipment check` reads."""
    one = find(pk)
    rows = selectors.events(one)
    if not rows:
        raise Http404
    acts.write(request.user, "equipment.file", one.pk, count=len(rows))
    out = io.StringIO()
    table = Table(out)
    table.row(("item", "event", "at", "serial", "place", "number"))
    for row in rows:
        table.row((row.item, row.event, row.on.isoformat(), row.serial, row.place, row.number))
    answer = HttpResponse("\ufeff" + out.getvalue(), content_type="text/csv; charset=utf-8")
    answer["Content-Disposition"] = 'attachment; filename="equipment.csv"'
    return answer


@require_safe
@requires("assistance.see")
def overview(request: Request) -> HttpResponse:
    """Shows the equipment of all requests that the reader can see: sums by item, then by Member."""
    acts.write(request.user, "equipment.list")
    totals, lines, twice = selectors.overview()
    context: dict[str, Any] = {
        "totals": [(item, own, columns(own)) for item, own in totals.items()],
        "lines": [(one, item, own, columns(own)) for one, item, own in lines],
        "twice": twice[:50],
        "states": wording.PIECES.items(),
        "invented": any(one.invented for one, _item, _own in lines),
    }
    return render(request, "assistance/equipment_all.html", context)
