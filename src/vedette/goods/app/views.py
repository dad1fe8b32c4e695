"""The pages of declarations: the declarations of a day, one declaration with its items, and one goods
item."""

from __future__ import annotations

import datetime as dt
import uuid
from typing import Any

from django import forms
from django.contrib import messages as toasts
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_http_methods, require_safe

from vedette.apps.accounts import acts
from vedette.apps.accounts.rules import Request, requires
from vedette.apps.hits import wording as hit_wording
from vedette.apps.hits.models import SeenHit
from vedette.apps.inbox.models import Message
from vedette.apps.lists.forms import FilesField
from vedette.apps.query import page_number, read_day
from vedette.goods.app import clearance, items, parties, replies, terms
from vedette.goods.app import lanes as lanes_page
from vedette.goods.app.kind import APP
from vedette.goods.app.messages import DOCUMENTS, name_of, references
from vedette.goods.app.models import Declaration, GoodsItem

#: Number of declarations on one page.
PAGE = 50


class TableForm(forms.Form):
    """The form for the table of items from which a baseline is built."""

    table = FilesField(
        1, terms.MOST_BYTES,
        none=_("Choose the file of the table."),
        more=_("Choose one file."),
        larger=_("The file is larger than 32 MB. Compress the file with gzip, or divide the file."),
    )  # fmt: skip


@require_safe
@requires("reply.see")
def reply(request: Request, pk: uuid.UUID) -> HttpResponse:
    """Returns the reply to a declaration as a CUSRES message. Before a person has decided, there is no such
    file, and the page of the declaration is shown."""
    found = get_object_or_404(Declaration, pk=pk)
    answer = replies.of_declaration(request.user, found)
    if answer is None:
        return redirect("declaration", pk=found.pk)
    response = HttpResponse(
        replies.message(request.user, found, answer),
        content_type="application/edifact; charset=iso-8859-1",
    )
    response["Content-Disposition"] = f'attachment; filename="cusres-{found.pk}.edi"'
    return response


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
    items.with_marks(lines)
    cleared = clearance.lanes_of([one.item.pk for one in lines])
    for one in lines:
        one.lane = cleared.get(one.item.pk)
    hits = [one for one in lines if one.hit and one.hit.state != SeenHit.State.VOID]
    importer = file.importer if file else None
    pros = (
        parties.favour(file.goods, importer["known"] if importer else None)
        if file and file.goods
        else []
    )
    for one in hits:
        if one.hit and one.hit.is_open:
            pros += [
                f"{items.title(one.goods, one.item)}: {sentence}"
                for sentence in hit_wording.favour(one.hit.favour, APP)
            ]
    may_reply = replies.may(request.user)
    context: dict[str, Any] = {
        "declaration": found,
        "may_reply": may_reply,
        "reply": replies.of_declaration(request.user, found) if may_reply else None,
        "name": name_of(found.document, items.reference(found)),
        "document": DOCUMENTS.get(found.document, found.document),
        "direction": items.DIRECTIONS.get(found.direction, ""),
        "lines": lines,
        "hits": sorted(hits, key=lambda one: -(one.hit.priority if one.hit else 0)),
        "pros": pros,
        "cleared": bool(cleared),
        "importer": importer,
        "total": total,
        # The sums need all items of the declaration.
        "totals": items.totals(lines) if total <= items.PAGE else None,
        "file": file,
        "goods": file.goods if file else None,
        "received": Message.objects.filter(group_id__in=[found.pk, *parts]).order_by(
            "received_at", "number"
        )[:50],
        "previous": page - 1 if page > 1 else None,
        "next": page + 1 if page * items.PAGE < total else None,
    }
    return render(request, "goods/declaration.html", context)


@require_http_methods(["GET", "POST"])
@requires("profile.see", to_post="profile.write")
def lanes(request: Request) -> HttpResponse:
    """Shows the criteria of clearance with their expected and current rates, and imports criteria of
    ASYCUDA."""
    context: dict[str, Any] = {}
    if request.method == "POST":
        text, fields = request.POST.get("text", ""), request.POST.get("fields", "")[:20_000]
        context = {"text": text[:200_000], "fields": fields}
        try:
            context["imported"] = lanes_page.import_text(
                request.user, text, lanes_page.fields_of(fields)
            )
        except ValueError as error:
            context["problem"] = str(error)
    bad = "problem" in context or ("imported" in context and not context["imported"].made)
    return render(
        request, "goods/lanes.html", {**lanes_page.page(), **context}, status=422 if bad else 200
    )


@require_safe
@requires("profile.see")
def lanes_results(request: Request) -> HttpResponse:
    """Shows the statistics by lane. The page of the lanes loads the statistics after the rest of the page."""
    context = {"by_lane": lanes_page.by_lane(), "period": lanes_page.PERIOD}
    return render(request, "goods/_by_lane.html", context)


@require_safe
@requires("record.see")
def party(request: Request, pk: uuid.UUID, number: int) -> HttpResponse:
    """Shows a party of a goods item with its declarations. The access is recorded in the journal."""
    file = items.dossier(get_object_or_404(GoodsItem, pk=pk).pk)
    row = next((one for one in file.parties if one["n"] == number), None)
    if row is None and not file.hidden:
        raise Http404
    page = page_number(request.GET.get("page", ""))
    acts.write(request.user, "party.see", pk, number=number, page=page)
    listed, more = parties.declarations_of(row["party"], page) if row else ([], False)
    context = {
        "row": row,
        "file": file,
        "name": name_of(file.declaration.document, items.reference(file.declaration)),
        "listed": listed,
        "previous": page - 1 if page > 1 else None,
        "next": page + 1 if more else None,
    }
    return render(request, "goods/party.html", context)


@require_http_methods(["GET", "POST"])
@requires("profile.see", to_post="profile.write")
def trade(request: Request) -> HttpResponse:
    """Shows the ranges of the baseline of ordinary trade, and changes the settings of the next baseline."""
    table = TableForm()
    problem, typed = "", {}
    if request.method == "POST":
        what = request.POST.get("what", "")
        if what == "terms":
            typed = {
                name: request.POST.get(name, "")[:20_000]
                for name in ("currency", "rates", "thresholds")
            }
            try:
                terms.change(request.user, **typed)
            except terms.Invalid as error:
                problem = str(error)
            else:
                toasts.success(
                    request,
                    gettext("The values are saved. The next baseline uses the saved values."),
                )
                return redirect("goods-trade")
        else:
            table = TableForm(request.POST, request.FILES) if what == "table" else TableForm()
            if what != "table" or table.is_valid():
                data = table.cleaned_data["table"][0][1] if what == "table" else None
                made = terms.ask(request.user, data)
                done = (
                    gettext("A baseline is being computed.")
                    if made
                    else gettext("A baseline is already being computed.")
                )
                toasts.success(request, done)
                return redirect("goods-trade")
    hs = "".join(c for c in request.GET.get("hs", "")[:20] if c in "0123456789")
    context = terms.page(hs, page_number(request.GET.get("page", ""))) | {
        "table": table,
        "problem": problem,
        **typed,
    }
    template = "goods/_trade_state.html" if request.GET.get("state") else "goods/trade.html"
    return render(request, template, context, status=422 if problem or table.errors else 200)


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
