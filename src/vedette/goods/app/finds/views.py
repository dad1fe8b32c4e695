"""The pages of finds: the list, the form, and the page of one find until its control begins."""

from __future__ import annotations

import uuid
from typing import Any

from django.contrib import messages as toasts
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_http_methods, require_safe

from vedette.apps.accounts import acts
from vedette.apps.accounts.rules import Request, requires
from vedette.apps.columns import new_id
from vedette.apps.enforcement import wording
from vedette.apps.enforcement.actions.controls import Refused
from vedette.apps.query import plain
from vedette.goods.app import items
from vedette.goods.app.finds import records
from vedette.goods.formats import find

MISSING = _("Required.")
TOO_LONG = _("The text is too long. Shorten it.")
#: Number of seconds after which the page of a find that is not stored yet is loaded again.
AGAIN = 2


@require_safe
@requires("record.see")
def listed(request: Request) -> HttpResponse:
    """Shows the finds, the newest first, and the numbers of finds of this year."""
    after = plain(request.GET.get("after", ""))
    lines, following = records.listed(after)
    if lines:
        acts.write(request.user, "find.list", subjects=[one.item.pk for one in lines])
    context = {
        "lines": [(one, items.MODES.get(one.mode, "")) for one in lines],
        "totals": records.totals(),
        "following": following,
        "first": not after,
    }
    return render(request, "goods/finds.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
@requires("control.record")
def new(request: Request) -> HttpResponse:
    """The form of a find. The form has an id, so that a find that is sent twice is stored once."""
    post, errors = request.POST, {}
    form = _uuid(post.get("id", "")) or new_id()
    names = ("description", "place", "mode", "means", "container")
    given = {name: " ".join(post.get(name, "").replace("\0", "").split()) for name in names}
    if request.method == "POST":
        for name, text in given.items():
            if name in ("description", "place") and not text:
                errors[name] = MISSING
            elif len(text) > find.LONGEST.get(name, 1):
                errors[name] = TOO_LONG
        if given["mode"] not in ("", *find.MODES):
            errors["mode"] = _("Choose a means of transport from the list.")
        if not errors:
            records.record(request.user, form, given)
            return redirect("goods-find", pk=form)
    context = {
        "id": form,
        "given": given,
        "errors": errors,
        "modes": [(code, items.MODES[code]) for code in find.MODES],
        "longest": find.LONGEST,
    }
    return render(request, "goods/find_form.html", context, status=422 if errors else 200)


@require_http_methods(["GET", "HEAD", "POST"])
@requires("control.record")
def found(request: Request, pk: uuid.UUID) -> HttpResponse:
    """Shows a find until its control begins. `pk` is the id of the form or of the goods item. The page
    reloads until a worker has stored the find. Afterwards, the officer can begin the control, which has its
    own page for use on a telephone."""
    item, problem = records.item_of(pk), ""
    if item is None and not records.is_sent(pk):
        raise Http404
    if item is not None and request.method == "POST":
        try:
            order = records.begin(request.user, item)
            toasts.success(request, gettext("The control of the find has begun."))
            return redirect("control-field", pk=order.pk)
        except Refused as refused:
            problem = str(wording.REFUSED[refused.code])
    context: dict[str, Any] = {"id": pk, "item": item, "problem": problem}
    if item is not None:
        acts.write(request.user, "record.see", item.pk)
        context["title"] = items.title(items.dossier(item.pk).goods, item)
        context["about"] = records.about(item.pk)
    response = render(request, "goods/find.html", context, status=409 if problem else 200)
    if item is None:
        response["Refresh"] = str(AGAIN)
    return response


def _uuid(text: str) -> uuid.UUID | None:
    try:
        return uuid.UUID(text)
    except ValueError:
        return None
