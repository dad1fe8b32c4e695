"""The pages of declarations: the declarations of a day, one declaration with its items, and one goods
item."""

from __future__ import annotations

import datetime as dt
import uuid
from typing import Any

from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.http import require_safe

from vedette.apps.accounts import acts
from vedette.apps.accounts.rules import Request, requires
from vedette.apps.hits import wording as hit_wording
from vedette.apps.hits.models import SeenHit
from vedette.apps.inbox.models import Message
from vedette.apps.query import page_number, read_day
from vedette.goods.app import items
from vedette.goods.app.kind import APP
from vedette.goods.app.messages import DOCUMENTS, name_of, references
from vedette.goods.app.models import Declaration, GoodsItem

#: Number of declarations on one page.
PAGE = 50


@require_safe
@requires("record.see")
def declarations(request: Request) -> HttpResponse:
    """Shows the declarations of one day, the latest first."""
    when = read_day(request.GET.get("day", "")) or timezone.localdate()
    page = page_number(request.GET.get("page", ""))
    # A declaration that was joined with another is shown as the other.
    rows = Declaration.objects.filter(stated_on=when, joined_to=None).order_by("-stated", "pk")
    first = (page - 1) * PAGE
    shown = list(rows[first : first + PAGE + 1])
    more, shown = len(shown) > PAGE, shown[:PAGE]
    ids = [one.pk for one in shown]
    known = references(ids)
    counts: dict[uuid.UUID, int] = {}
    for group in GoodsItem.objects.filter(declaration__in=ids).values_list(
        "declaration_id", flat=True
    ):
        counts[group] = counts.get(group, 0) + 1
    hits: dict[uuid.UUID, int] = {}
    for hit in SeenHit.objects.filter(group_id__in=ids, state__in=SeenHit.OPEN):
        if hit.group_id is not None:
            hits[hit.group_id] = max(hits.get(hit.group_id, 0), hit.priority)
    step = dt.timedelta(days=1)
    context: dict[str, Any] = {
        "day": when,
        "before": when - step,
        "after": when + step,
        "rows": [
            {
                "declaration": one,
                "name": name_of(one.document, known.get(one.pk)),
                "document": DOCUMENTS.get(one.document, one.document),
                "direction": items.DIRECTIONS.get(one.direction, ""),
                "items": counts.get(one.pk, 0),
                "priority": hits.get(one.pk),
            }
            for one in shown
        ],
        "page": page,
        "previous": page - 1 if page > 1 else None,
        "next": page + 1 if more else None,
    }
    return render(request, "goods/declarations.html", context)


@require_safe
@requires("record.see")
def declaration(request: Request, pk: uuid.UUID) -> HttpResponse:
    """Shows one declaration with its items. The access is recorded in the journal."""
    found = get_object_or_404(Declaration, pk=pk)
    if found.joined_to is not None:
        return redirect("declaration", pk=found.joined_to)
    parts = Declaration.objects.filter(joined_to=found.pk).values_list("pk", flat=True)
    page = page_number(request.GET.get("page", ""))
    lines, total = items.of_declaration(found, (page - 1) * items.PAGE)
    acts.write(request.user, "declaration.see", found.pk, page=page)
    first = lines[0].item.pk if lines else None
    file = items.dossier(first) if first else None
    context: dict[str, Any] = {
        "declaration": found,
        "name": name_of(found.document, items.reference(found)),
        "document": DOCUMENTS.get(found.document, found.document),
        "direction": items.DIRECTIONS.get(found.direction, ""),
        "lines": lines,
        "total": total,
        # The sums need all items of the declaration.
        "totals": items.totals(lines) if total <= items.PAGE else None,
        "file": file,
        "goods": file.goods if file else None,
        "messages": Message.objects.filter(group_id__in=[found.pk, *parts]).order_by(
            "received_at", "number"
        )[:50],
        "previous": page - 1 if page > 1 else None,
        "next": page + 1 if page * items.PAGE < total else None,
    }
    return render(request, "goods/declaration.html", context)


@require_safe
@requires("record.see")
def item(request: Request, pk: uuid.UUID) -> HttpResponse:
    """Shows one goods item. The access is recorded in the journal."""
    found = get_object_or_404(GoodsItem, pk=pk)
    acts.write(request.user, "record.see", found.pk)
    page = APP.panels(found.pk, False)
    hit = SeenHit.objects.filter(subject_id=found.pk).first()
    context = {
        "page": page,
        "item": found,
        "place": items.place(found),
        "hit": hit,
        "pros": hit_wording.favour(hit.favour, APP) if hit else [],
        **page.head.context,
    }
    return render(request, "goods/item.html", context)
