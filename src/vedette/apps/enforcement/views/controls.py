"""The pages of control orders: the list, one order, the form of an order, and the page for a telephone."""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Callable
from typing import Any

from django.contrib import messages as toasts
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from vedette.apps.accounts import acts
from vedette.apps.accounts.rules import Request, requires
from vedette.apps.accounts.selectors import colleagues
from vedette.apps.columns import new_id
from vedette.apps.enforcement import wording
from vedette.apps.enforcement.actions import controls as actions
from vedette.apps.enforcement.actions import seizures as seizure_actions
from vedette.apps.enforcement.kinds import KINDS
from vedette.apps.enforcement.models import ControlOrder, Entry, Photo, Seizure, SeizureVersion
from vedette.apps.enforcement.selectors import controls as selectors
from vedette.apps.enforcement.selectors.controls import OrderFilters
from vedette.apps.hits.models import SeenHit
from vedette.apps.query import plain
from vedette.apps.rendering import say
from vedette.apps.subjects.kinds import app_kind, queue_rows
from vedette.apps.subjects.models import Subject
from vedette.core import measures, pictures

#: The default time until a control is due.
_DUE = dt.timedelta(hours=2)


@require_safe
@requires("record.see")
def controls(request: Request) -> HttpResponse:
    """Shows the open control orders, with the overdue ones first, or the ended orders. The journal records
    the ids of the orders, because the page shows the names of their subjects."""
    filters, at = OrderFilters.read(request.GET), selectors.now()
    after = plain(request.GET.get("after", ""))
    rows, following = selectors.orders(request.user, filters, after, at)
    waiting = [] if filters.ended or after else selectors.drawn(at)
    if rows or waiting:
        acts.write(
            request.user, "control.list", orders=[row.order.pk for row in rows],
            subjects=[one.drawn.subject_id for one in waiting],
        )  # fmt: skip
    context = {
        "rows": rows,
        "waiting": waiting,
        "filters": filters,
        "here": filters.query(),
        "whose": [
            (value, filters.query(whose=value), filters.whose == value) for value in selectors.WHOSE
        ],
        "states": [(False, filters.query(ended=False)), (True, filters.query(ended=True))],
        "teams": selectors.teams(),
        "first": not after,
        "following": following,
        "at": at,
    }
    return render(request, "enforcement/controls.html", context)


@require_safe
@requires("record.see")
def control(request: Request, pk: uuid.UUID) -> HttpResponse:
    """Shows one control order with all its entries."""
    return _page(request, _find(pk), "enforcement/control.html")


@require_http_methods(["GET", "HEAD", "POST"])
@requires("control.order")
def order_of_hit(request: Request, pk: uuid.UUID) -> HttpResponse:
    """The form of a control order for a decided hit."""
    hit = get_object_or_404(SeenHit.objects.select_related("subject"), pk=pk)
    return _order(request, hit.subject, hit)


@require_http_methods(["GET", "HEAD", "POST"])
@requires("control.order")
def order_of_draw(request: Request, pk: uuid.UUID) -> HttpResponse:
    """The form of a control order for a subject that was selected at random."""
    return _order(request, get_object_or_404(Subject, pk=pk), None)


def _order(request: Request, subject: Subject, hit: SeenHit | None) -> HttpResponse:
    post, error = request.POST, ""
    if request.method == "POST":
        try:
            given = _ordered(request)
            made = actions.order(request.user, subject.pk, hit.pk if hit else None, given)
            toasts.success(request, gettext("The control is ordered."))
            return redirect("control", pk=made.pk)
        except actions.Refused as refused:
            error = refused.code
    request.shown_kind = subject.kind
    acts.write(request.user, "control.form", subject.pk)
    shown = queue_rows([subject.pk]).get(subject.pk)
    if shown is None:
        raise Http404
    due = selectors.now() + _DUE
    if subject.due_at and subject.due_at > due:
        due = subject.due_at
    context = {
        "subject": subject,
        "hit": hit,
        "shown": shown,
        "typed": post,
        "id": _uuid(post.get("id", "")) or new_id(),
        "due": post.get("due") or f"{timezone.localtime(due):%Y-%m-%dT%H:%M}",
        "colleagues": [request.user, *colleagues(request.user)],
        "teams": selectors.teams(),
        "error": error,
        "problem": wording.REFUSED[error] if error else "",
        "longest": actions.LONGEST,
    }
    return render(request, "enforcement/order.html", context, status=422 if error else 200)


def _ordered(request: Request) -> actions.Ordered:
    post = request.POST
    try:
        due = timezone.make_aware(dt.datetime.fromisoformat(post.get("due", "")[:16]))
    except ValueError as error:
        raise actions.Refused("due") from error
    chosen, officer = _uuid(post.get("officer", "")), None
    if chosen == request.user.pk:
        officer = request.user
    elif chosen is not None:
        officer = colleagues(request.user).filter(pk=chosen).first()
    return actions.Ordered(
        id=_uuid(post.get("id", "")) or new_id(),
        due_at=due,
        place=_text(request, "place"),
        team=plain(post.get("team", "")).strip()[:60],
        instructions=post.get("instructions", "").replace("\0", "").strip(),
        assigned_to=officer,
    )  # fmt: skip


@require_http_methods(["GET", "HEAD", "POST"])
@requires("control.record")
def field(request: Request, pk: uuid.UUID) -> HttpResponse:
    """The page on which an officer carries out a control with a telephone. Each step is a separate form."""
    found = _find(pk)
    if request.method != "POST":
        return _page(request, found, "enforcement/field.html")
    do = _STEPS.get(request.POST.get("do", ""))
    if do is None:
        raise Http404
    try:
        anchor = do(request, found)
    except actions.Refused as refused:
        return _refused(request, pk, wording.REFUSED[refused.code])
    except pictures.Unreadable as unreadable:
        return _refused(request, pk, wording.UNREADABLE[unreadable.code])
    return redirect(reverse("control-field", args=[pk]) + (f"#{anchor}" if anchor else ""))


@require_POST
@requires("control.order")
def withdraw(request: Request, pk: uuid.UUID) -> HttpResponse:
    """Withdraws an order that was not carried out."""
    _find(pk)
    try:
        actions.withdraw(request.user, pk, request.POST.get("why", "").replace("\0", ""))
    except actions.Refused as refused:
        return _page(
            request, _find(pk), "enforcement/control.html", status=422,
            problem=wording.REFUSED[refused.code], typed=request.POST,
        )  # fmt: skip
    toasts.success(request, gettext("The control order is withdrawn."))
    return redirect("control", pk=pk)


@require_safe
@requires("record.see")
def photo(request: Request, pk: uuid.UUID) -> HttpResponse:
    """Sends a photograph, or a small copy of it with `?small=1`.

    The journal records each view of a photograph or of its small copy, because details are readable in the
    small copy too. The browser must not keep the photograph.
    """
    found = get_object_or_404(Photo, pk=pk)
    data = selectors.picture(found)
    if data is None:
        raise Http404
    small = bool(request.GET.get("small"))
    if small:
        data = pictures.small(data)
    acts.write(request.user, "control.see_photo", found.pk, small=small)
    response = HttpResponse(data, content_type="image/jpeg")
    response["Content-Disposition"] = f'inline; filename="{found.reference}.jpg"'
    response["Cache-Control"] = "no-store"
    return response


def _find(pk: uuid.UUID) -> ControlOrder:
    """Returns an order that the reader may see. Raises `Http404` if there is no such order."""
    found = ControlOrder.objects.select_related(
        "subject", "assigned_to", "ordered_by", "begun_by", "ended_by"
    )
    return get_object_or_404(found, pk=pk)


def _page(
    request: Request, found: ControlOrder, template: str, *, status: int = 200, **extra: Any
) -> HttpResponse:
    """Shows an order. The journal records the access."""
    acts.write(request.user, "control.see", found.pk)
    request.shown_kind = found.subject.kind
    at = selectors.now()
    context = {
        "control": selectors.control(found, at),
        "order": found,
        "shown": queue_rows([found.subject_id]).get(found.subject_id),
        "open": found.state in ControlOrder.OPEN,
        "late": found.state in ControlOrder.OPEN and found.due_at < at,
        "hit_seen": found.hit_id is not None,
        "answers": Entry.Answer.choices,
        "units": [(code, say(unit.word)) for code, unit in measures.UNITS.items()],
        "kinds": KINDS.items(),
        "measures": Seizure.Measure.choices,
        "seizures": selectors.seizures_of(found),
        "new": new_id,
        **extra,
    }
    return render(request, template, context, status=status)


def _refused(request: Request, pk: uuid.UUID, sentence: Any) -> HttpResponse:
    """Shows the page for telephones again, with the typed values and the reason for the refusal."""
    return _page(
        request, _find(pk), "enforcement/field.html", status=422, problem=sentence,
        typed=request.POST,
    )  # fmt: skip


def _uuid(text: str) -> uuid.UUID | None:
    try:
        return uuid.UUID(text)
    except ValueError:
        return None


def _id(request: Request) -> uuid.UUID:
    """Returns the id that the device made for the entry."""
    found = _uuid(request.POST.get("id", ""))
    if found is None:
        raise actions.Refused("entry")
    return found


def _text(request: Request, name: str) -> str:
    return " ".join(request.POST.get(name, "").replace("\0", "").split())


# --- the steps of the page for a telephone; each returns the part of the page that is shown next -----------


def _finish(request: Request, found: ControlOrder) -> str:
    finding = request.POST.get("finding", "")
    if finding == ControlOrder.Finding.FOUND and not request.POST.get("sure"):
        # A result “nothing found” can be cancelled for ten minutes, this result cannot.
        raise actions.Refused("sure")
    actions.finish(request.user, found.pk, finding)
    return ""


def _take_back(request: Request, found: ControlOrder) -> str:
    actions.take_back(request.user, found.pk)
    toasts.success(
        request, gettext("The result “nothing found” is cancelled. The control is open again.")
    )
    return ""


def _check(request: Request, found: ControlOrder) -> str:
    """Stores the answers that differ from the stored answers. The id of each entry is made from the id of the
    form, so that a form that is sent twice is stored once."""
    codes = [one.code for one in selectors.sheet_of(found).checks]
    form, known = _id(request), selectors.control(found, selectors.now()).answers
    entries = [
        actions.Entered(uuid.uuid5(form, code), Entry.Kind.CHECK, code, answer)
        for code in codes
        if (answer := request.POST.get(f"check-{code}", "")) and answer != known.get(code)
    ]
    actions.enter(request.user, found.pk, entries, codes)
    return "k1"


def _photograph(request: Request, found: ControlOrder) -> str:
    form = _id(request)
    files = request.FILES.getlist("photo")
    if not files:
        raise actions.Refused("nothing_sent")
    if len(files) > pictures.MOST_FILES:
        raise actions.Refused("many_photos")
    if any((one.size or 0) > pictures.MOST_BYTES for one in files):
        raise pictures.Unreadable("large")
    kind = Photo.Kind.XRAY if "xray" in request.POST else Photo.Kind.PHOTO
    given = [(uuid.uuid5(form, str(n)), one.read()) for n, one in enumerate(files)]
    actions.photograph(request.user, found, given, kind)
    return "k2"


def _quantity(request: Request, found: ControlOrder) -> str:
    amount = measures.read(request.POST.get("amount", "")[:40])
    if amount is None:
        raise actions.Refused("quantity")
    entry = actions.Entered(
        _id(request), Entry.Kind.QUANTITY, request.POST.get("what", ""), amount=amount,
        unit=request.POST.get("unit", ""), text=_text(request, "text"),
    )  # fmt: skip
    actions.enter(request.user, found.pk, [entry])
    return "k3"


def _seal(request: Request, found: ControlOrder) -> str:
    return _worded(request, found, Entry.Kind.SEAL, "k4")


def _sample(request: Request, found: ControlOrder) -> str:
    return _worded(request, found, Entry.Kind.SAMPLE, "k5")


def _worded(request: Request, found: ControlOrder, kind: Entry.Kind, anchor: str) -> str:
    what, text = request.POST.get("what", ""), _text(request, "text")
    actions.enter(request.user, found.pk, [actions.Entered(_id(request), kind, what, text=text)])
    return anchor


def _seize(request: Request, found: ControlOrder) -> str:
    """Begins the draft of a seizure or a detention with its first goods. The officer completes the record
    later at the desk."""
    amount = measures.read(request.POST.get("amount", "")[:40])
    kind, unit = request.POST.get("kind", ""), request.POST.get("unit", "")
    if amount is None:
        raise actions.Refused("quantity")
    if unit not in measures.UNITS:
        raise actions.Refused("unit")
    if kind not in KINDS:
        raise actions.Refused("kind")
    basis, text = _text(request, "basis"), _text(request, "text")
    if len(basis) > 200 or len(text) > 200:
        raise actions.Refused("long_text")
    item = seizure_actions.Item(kind, amount, unit, text=text)
    known = app_kind(found.subject.kind).found(found.subject_id) or {}
    columns = {
        "form": SeizureVersion.Form.SIMPLE,
        "conveyance": known.get("conveyance", ""),
        "marking": SeizureVersion.Marking.AMBER_STRICT,
        "day": timezone.localdate(selectors.now()),
        "basis": basis,
    }
    place = selectors.texts([found.subject_id], [found.pk]).get(found.pk, {}).get("place", "")
    means = known.get("conveyance_id", "")
    given = seizure_actions.Given(columns, {"place": place, "conveyance_id": means}, [item])
    origin = seizure_actions.of_order(found)
    seizure_actions.create(
        request.user, origin, _id(request), request.POST.get("measure", ""), given
    )
    return "k6"


def _strike(request: Request, found: ControlOrder) -> str:
    id_ = _uuid(request.POST.get("entry", ""))
    if id_ is None:
        raise actions.Refused("entry")
    actions.strike(request.user, found.pk, id_)
    return "main"


def _begin(request: Request, found: ControlOrder) -> str:
    actions.begin(request.user, found.pk)
    return ""


#: Value of the button → the step.
_STEPS: dict[str, Callable[[Request, ControlOrder], str]] = {
    "begin": _begin, "finish": _finish, "take_back": _take_back, "check": _check,
    "photograph": _photograph, "quantity": _quantity, "seal": _seal, "sample": _sample,
    "seize": _seize, "strike": _strike,
}  # fmt: skip
