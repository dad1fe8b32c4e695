"""Pages of lists: watchlists and their versions, imports, and lookouts."""

from __future__ import annotations

import datetime as dt
import io
import uuid
from collections.abc import Callable
from contextlib import suppress
from functools import partial
from typing import Any

import msgspec
from django import forms
from django.conf import settings
from django.contrib import messages as toasts
from django.core.exceptions import BadRequest, ObjectDoesNotExist
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext
from django.views.decorators.http import (
    require_GET,
    require_http_methods,
    require_POST,
    require_safe,
)

from vedette.apps.accounts import acts
from vedette.apps.accounts.models import User
from vedette.apps.accounts.rules import Request, requires
from vedette.apps.approvals import views
from vedette.apps.approvals.actions import SHORTEST
from vedette.apps.lists import actions, selectors, subscriptions, wording
from vedette.apps.lists.actions import TERMS
from vedette.apps.lists.fetching import shown
from vedette.apps.lists.forms import (
    ExtendForm,
    FilesForm,
    LookoutForm,
    SubscriptionForm,
    TermsForm,
)
from vedette.apps.lists.models import (
    ListDraft,
    ListSubscription,
    ListVersion,
    Lookout,
    Watchlist,
    default_themes,
)
from vedette.apps.lists.selectors import Row
from vedette.apps.subjects.kinds import kind_of
from vedette.core.cells import Table
from vedette.formats.lists import LISTS, UnknownList, template
from vedette.kinds import kinds

#: The number of changes on a page.
PAGE = 25
#: The number of problems on the page of a list. The page of a version shows all problems.
PROBLEMS = 10


def _list(pk: uuid.UUID) -> Watchlist:
    return get_object_or_404(Watchlist, pk=pk, lookouts=False)


def _number(text: str) -> int:
    return int(text) if text.isdecimal() and len(text) < 9 else 0


def _day(text: str) -> dt.date | None:
    """Returns the day in a URL parameter; None if its value is not a day."""
    with suppress(ValueError):
        return dt.date.fromisoformat(text)
    return None


@require_GET
@requires("list.see")
def watchlists(request: Request) -> HttpResponse:
    """Shows all lists, each with the number of reasons that it gave and its expiry date."""
    rows = selectors.all_lists()
    context = {
        "rows": rows,
        "subscriptions": [
            {
                "subscription": found.subscription,
                "address": shown(found.subscription.url),
                "error": wording.fetch_error(found.subscription),
                "waits": found.waits,
            }
            for found in selectors.subscriptions()
        ],
        "approved": [
            (draft, wording.refusal(draft.refusal) if draft.refusal else "")
            for draft in selectors.approved(request.user.purposes)
        ],
        "fetching": settings.SUBSCRIPTIONS,
        "supplied": selectors.supplied(request.user.themes, rows),
        "expired": sum(row.expired for row in rows),
        "soon": sum(row.expires_soon for row in rows),
        "problem": selectors.problem() if any(row.waits for row in rows) else None,
    }
    return render(request, "lists/watchlists.html", context)


@require_GET
@requires("list.see")
def watchlist(request: Request, pk: uuid.UUID) -> HttpResponse:
    """Shows one list: its versions, its reasons, and the changes of its last version or the changes between
    two chosen versions."""
    found = _list(pk)
    [row] = selectors.list_rows([found])
    latest = row.version.number if row.version else 0
    of_day = selectors.version_on(found, timezone.now().date())
    active = of_day.number if found.of_kind and of_day else latest if not row.waits else 0
    context = {
        "list": found,
        "row": row,
        "active": active,
        "later": row.version if found.of_kind and row.version and latest > active else None,
        "rule": row.version.rule if row.version else "",
        "replaced": selectors.supplied_title(found),
        "problem": selectors.problem() if row.waits else None,
        "pending": selectors.pending(found),
        "versions": list(selectors.versions(found)),
        "kinds": wording.kinds(selectors.kinds(found)),
        "fairness": selectors.groups(found.pk),
        **_difference(request, found, min(_number(request.GET.get("to", "")) or latest, latest)),
        **_doubts(row.version, PROBLEMS),
    }
    return render(request, "lists/watchlist.html", context)


def _earlier(request: Request, later: int) -> int:
    """Returns the version in the URL parameter `from`. If the URL has no such parameter, returns the version
    before `later`."""
    text = request.GET.get("from", "")
    return min(_number(text), later) if text else max(later - 1, 0)


def _difference(request: Request, found: Watchlist, later: int) -> dict[str, Any]:
    """Returns one page of the changes from the version in the URL parameter `from` to the version `later`. If
    the page shows any entries, records in the journal that the user viewed the entries."""
    earlier = _earlier(request, later)
    kind = request.GET.get("kind", "")
    kind = kind if kind in selectors.KINDS else ""
    start = _number(request.GET.get("start", ""))
    told = selectors.difference(found, earlier, later, kind, start, PAGE)
    if told.shown:
        acts.write(
            request.user, "list.see", found.pk, purpose=found.purpose, version=later,
            shown=len(told.shown),
        )  # fmt: skip
    total = told.counts[kind] if kind else told.total
    return {
        "earlier": earlier,
        "later": later,
        "counts": told.counts,
        "changed": told.total,
        "kind": kind,
        "changes": [wording.change(change) for change in told.shown],
        "first": start + 1 if told.shown else 0,
        "last": start + len(told.shown),
        "total": total,
        "start": start,
        "next_start": start + PAGE if start + PAGE < total else 0,
    }


def _doubts(version: ListVersion | None, most: int | None = None) -> dict[str, Any]:
    problems = version.problems if version else []
    return {
        "doubts": wording.problems(problems[:most]),
        "doubt_count": len(problems),
        "format_name": wording.format_name(version.format) if version else "",
    }


@require_http_methods(["GET", "POST"])
@requires("list.see")
def list_entries(request: Request, pk: uuid.UUID) -> HttpResponse:
    """Shows the current entries. The browser sends the text of a search by POST. The search is recorded in
    the journal with the purpose of the list."""
    found = _list(pk)
    asked = request.POST if request.method == "POST" else {}
    query = asked.get("q", "")
    after = asked.get("after", "") or request.GET.get("after", "")
    one, day = request.GET.get("entry", ""), _day(request.GET.get("day", ""))
    page = selectors.entry(found, one) if one else selectors.entries(found, query, after, day)
    acts.write(
        request.user, "list.see", found.pk, purpose=found.purpose, words={"entry": query[:200]},
        shown=len(page.rows),
    )  # fmt: skip
    context = {
        "list": found,
        "query": query,
        "day": day,
        "version_of_day": selectors.version_on(found, day) if day else None,
        "one": one,
        "page": page,
        "rows": [
            (
                row,
                wording.title(row.entry),
                wording.facts(row.entry),
                wording.SCHEMAS.get(row.entry.schema),
            )
            for row in page.rows
        ],
    }
    return render(request, "lists/entries.html", context)


@require_GET
@requires("list.see")
def list_version(request: Request, pk: uuid.UUID, number: int) -> HttpResponse:
    """Shows one version: its source, its changes, and the problems found when it was read."""
    found = _list(pk)
    version = get_object_or_404(
        ListVersion.objects.select_related("imported_by"), watchlist=found, number=number
    )
    context = {
        "list": found,
        # The name is not `version`, which is the version of the software on every page.
        "listed": version,
        "by_version": True,
        **_difference(request, found, number),
        **_doubts(version),
    }
    return render(request, "lists/version.html", context)


@require_GET
@requires("list.see")
def changes_csv(request: Request, pk: uuid.UUID, number: int) -> HttpResponse:
    """Returns the changes of a version as CSV, with the columns change, entry, name, field, before and
    after."""
    found = _list(pk)
    earlier = _earlier(request, number)
    if not ListVersion.objects.filter(watchlist=found, number=number).exists():
        raise Http404
    total = selectors.difference(found, earlier, number, most=0).total
    if refusal := views.export_refusal(request, found.pk, total):
        return refusal
    out = io.StringIO()
    table = Table(out)
    table.row(("change", "entry", "name", "field", "before", "after"))
    for told in map(wording.change, selectors.changes(found, earlier, number)):
        head = (told.change.kind, told.change.entry.ref, told.title)
        if not told.fields:
            table.row((*head, "", "", ""))
        for field in told.fields:
            table.row((*head, field.name, "; ".join(field.gone), "; ".join(field.new)))
    acts.write(request.user, "list.export", found.pk, purpose=found.purpose, version=number)
    return _download(out.getvalue(), f"changes-{earlier}-{number}.csv")


@require_GET
@requires("list.see")
def template_csv(request: Request) -> HttpResponse:
    """Returns the CSV template of vedette, with an example row of each kind."""
    return _download(template.template(), "vedette-list.csv")


def _download(text: str, name: str) -> HttpResponse:
    # Spreadsheets recognise UTF-8 by the byte order mark.
    response = HttpResponse("\ufeff" + text, content_type="text/csv; charset=utf-8")
    response["Content-Disposition"] = f'attachment; filename="{name}"'
    return response


#: The number of changes that are shown before the import. Their total number is always shown.
_SHOWN = 25


def _form_page(request: Request, template: str, context: dict[str, Any]) -> HttpResponse:
    """Returns the page of a form. The status is 422 if the submitted form contains errors."""
    return render(request, template, context, status=422 if context["form"].is_bound else 200)


def _draft(request: Request, pk: uuid.UUID, read: bool = True) -> ListDraft:
    """Returns a draft of the user for which no approval was requested yet. If `read` is true, the files of
    the draft must have been read."""
    found = actions.kept().filter(created_by=request.user.pk, asked_at=None).defer("upload")
    return get_object_or_404(found.exclude(head=None) if read else found, pk=pk)


@require_http_methods(["GET", "POST"])
@requires("list.import")
def files(request: Request) -> HttpResponse:
    """Step 1 of an import: reads the files, or explains why they cannot be read."""
    form = FilesForm(request.POST, request.FILES) if request.method == "POST" else FilesForm()
    refused = ""
    name = request.GET.get("list", "")[:100]
    if form.is_bound and form.is_valid():
        try:
            draft = actions.make_draft(request.user, dict(form.cleaned_data["lists"]), name)
        except UnknownList as error:
            acts.write(request.user, "list.refuse")
            refused = wording.refusal(str(error))
        else:
            following = "terms" if draft.head else "reading"
            return redirect(f"watchlist-import-{following}", pk=draft.pk)
    formats = [(wording.format_name(one.name), one.origin) for one in LISTS.values()]
    control = [
        (
            kind.name,
            [(wording.format_name(key), origin) for key, (_, origin) in own.formats.items()],
        )
        for kind in kinds().values()
        if (own := kind.control_formats) is not None
    ]
    context = {
        "form": form, "refused": refused, "formats": formats, "control": control, "name": name,
    }  # fmt: skip
    return _form_page(request, "lists/import_files.html", context)


@require_GET
@requires("list.import")
def reading(request: Request, pk: uuid.UUID) -> HttpResponse:
    """Shows how much of the files a worker has read. If a file cannot be read, shows the reason. The page
    sends this request every second until step 2 can begin."""
    draft = _draft(request, pk, read=False)
    partial = request.headers.get("HX-Request") == "true"
    if draft.head:
        if not partial:
            return redirect("watchlist-import-terms", pk=pk)
        response = HttpResponse()
        response["HX-Redirect"] = reverse("watchlist-import-terms", args=[pk])
        return response
    context = {"draft": draft, "refused": wording.refusal(draft.refusal) if draft.refusal else ""}
    name = "lists/_reading.html" if partial else "lists/import_reading.html"
    return render(request, name, context)


@require_http_methods(["GET", "POST"])
@requires("list.import")
def terms(request: Request, pk: uuid.UUID) -> HttpResponse:
    """Step 2 of an import: shows the form for the attributes of the list. If a list of that name exists, the
    form starts with its attributes."""
    draft = _draft(request, pk)
    known = Watchlist.objects.filter(name=draft.terms.get("name", ""), lookouts=False).first()
    initial = {field: getattr(known, field) for field in TERMS} if known else {}
    if known and known.expires_on:
        initial["expires_on"] = known.expires_on.isoformat()
    read = actions.head(draft)
    if read.of_kind:
        last = selectors.versions(known).first() if known else None
        initial["replaces"] = known.replaces if known else draft.terms.get("replaces", "")
        initial["rule"] = (
            last.rule if last else actions.proposed_rule(read, str(initial["replaces"]))
        )
        initial["active_from"] = timezone.now().date().isoformat()
    else:
        initial.setdefault("themes", default_themes())
    initial = {"owner": request.user.display(), "weight": 70, **initial, **draft.terms}
    form = TermsForm(request.POST or None, initial=initial, user=request.user, of_kind=read.of_kind)
    if request.method == "POST" and form.is_valid():
        if form.cleaned_data["purpose"] in request.user.purposes:
            actions.set_terms(draft, form.cleaned_data)
            return redirect("watchlist-import-check", pk=draft.pk)
        form.add_error("purpose", gettext("You are not allowed to use this purpose."))
    context = {
        "form": form,
        "draft": draft,
        "names": Watchlist.objects.filter(lookouts=False).values_list("name", flat=True),
        **_read(draft),
    }
    return _form_page(request, "lists/import_terms.html", context)


class WhyForm(forms.Form):
    """The reason for the import, which is shown to the second person who decides about the approval."""

    why = forms.CharField(min_length=SHORTEST, max_length=1000)


@require_http_methods(["GET", "POST"])
@requires("list.import")
def check(request: Request, pk: uuid.UUID) -> HttpResponse:
    """Step 3 of an import: shows the changes and their effect, and requests the approval of a second
    person."""
    draft = _draft(request, pk)
    if "purpose" not in draft.terms:
        return redirect("watchlist-import-terms", pk=draft.pk)
    form = WhyForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        approval = actions.ask_to_apply(draft, request.user, form.cleaned_data["why"])
        alone = gettext(
            "You approved the list without a second person. Another person will review the "
            "approval. A large list comes into force after a few minutes."
        )
        sent = gettext("Request sent. The list comes into force when a second person approves it.")
        toasts.success(request, alone if approval.state == approval.State.DONE else sent)
        return redirect("watchlists")
    return _form_page(
        request, "lists/import_check.html", {**_changes(request, draft), "form": form}
    )


@require_safe
@requires("list.activate")
def asked(request: Request, pk: uuid.UUID) -> HttpResponse:
    """Shows the page of step 3 to the second person."""
    context = {**_changes(request, _asked(request, pk)), "asked": True}
    return render(request, "lists/import_check.html", context)


@require_safe
@requires("list.import")
def expected(request: Request, pk: uuid.UUID) -> HttpResponse:
    """Returns the part of the page of step 3 with the expected hits. The page requests this part again until
    the hits are counted."""
    return render(request, "lists/_expected.html", _expected(request, _draft(request, pk)))


@require_safe
@requires("list.activate")
def asked_expected(request: Request, pk: uuid.UUID) -> HttpResponse:
    """Returns the part of the approval page with the expected hits."""
    return render(request, "lists/_expected.html", _expected(request, _asked(request, pk)))


def _asked(request: Request, pk: uuid.UUID) -> ListDraft:
    """Returns a submitted draft whose purpose is one of the user's purposes."""
    found = actions.kept().exclude(asked_at=None)
    return get_object_or_404(found, pk=pk, terms__purpose__in=list(request.user.purposes))


@require_POST
@requires("list.import")
def change(request: Request, pk: uuid.UUID) -> HttpResponse:
    """Starts a new version of a control list with the same entries, so that its rule or its attributes can be
    changed."""
    found = _list(pk)
    if not found.of_kind:
        # A watchlist has no rule.
        return redirect("watchlist", pk=found.pk)
    return redirect("watchlist-import-terms", pk=actions.copy_draft(request.user, found).pk)


@require_POST
@requires("list.import")
def take_over(request: Request) -> HttpResponse:
    """Starts a list of the organisation with the entries of a control list that is supplied with vedette."""
    of_kind, key = request.POST.get("of", ""), request.POST.get("key", "")
    known = selectors.supplied(request.user.themes)
    if not any((one.of_kind, one.key) == (of_kind, key) for one in known):
        raise BadRequest
    draft = actions.supplied_draft(request.user, of_kind, key)
    return redirect("watchlist-import-terms", pk=draft.pk)


@require_GET
@requires("list.see")
def control_template_csv(request: Request) -> HttpResponse:
    """Returns the CSV template for control lists of the kind of subject in the URL parameter `of`. If the
    parameter is missing, returns the template of the first kind with control lists."""
    found = {name: own for name, kind in kinds().items() if (own := kind.control_formats)}
    name = request.GET.get("of") or next(iter(found), "")
    if name not in found:
        raise Http404
    return _download(found[name].template(), f"vedette-control-list-{name}.csv")


def _expected(request: Request, draft: ListDraft) -> dict[str, Any]:
    found = selectors.expected(draft, request.user)
    problem = found.found.problem if found else ""
    why = str(wording.NOT_COUNTED.get(problem, problem))
    part = "watchlist-import-asked-expected" if draft.asked_at else "watchlist-import-expected"
    return {"draft": draft, "expected": found, "not_counted": why, "part": part}


def _changes(request: Request, draft: ListDraft) -> dict[str, Any]:
    """Returns the changes that the draft would make. Records in the journal that the user viewed the entries
    of the draft."""
    known = Watchlist.objects.filter(name=draft.terms["name"]).first()
    read = _read(draft)
    found, effect = selectors.preview(known, draft, _SHOWN)
    acts.write(
        request.user, "list.see", draft.pk, purpose=draft.terms["purpose"],
        shown=len(found.shown),
    )  # fmt: skip
    return {
        **_expected(request, draft),
        "known": known,
        "counts": found.counts,
        "changed": found.total,
        "changes": [wording.change(change) for change in found.shown],
        "effect": effect,
        **read,
    }


def _read(draft: ListDraft) -> dict[str, Any]:
    read = actions.head(draft)
    return {
        "read": read,
        "entry_count": read.entries,
        "format_name": wording.format_name(read.format),
        "doubts": wording.problems(msgspec.to_builtins(read.problems[:_SHOWN])),
    }


@require_http_methods(["GET", "POST"])
@requires("list.import")
def subscribe(request: Request) -> HttpResponse:
    """Subscribes to a list of a publisher."""
    initial = {
        "owner": request.user.display(), "weight": 70, "every": 24, "themes": default_themes(),
    }  # fmt: skip
    form = SubscriptionForm(request.POST or None, initial=initial, user=request.user)
    if request.method == "POST" and form.is_valid():
        terms = dict(form.cleaned_data)
        url, every = terms.pop("url"), terms.pop("every")
        if terms["purpose"] in request.user.purposes:
            subscriptions.subscribe(request.user, url, every, terms)
            toasts.success(
                request,
                gettext("Subscription created. A second person must approve each new version."),
            )
            return redirect("watchlists")
        form.add_error("purpose", gettext("You are not allowed to use this purpose."))
    context = {
        "form": form,
        "names": Watchlist.objects.filter(lookouts=False).values_list("name", flat=True),
    }
    return _form_page(request, "lists/subscribe.html", context)


@require_POST
@requires("list.import")
def unsubscribe(request: Request, pk: uuid.UUID) -> HttpResponse:
    """Ends a subscription."""
    subscriptions.unsubscribe(request.user, get_object_or_404(ListSubscription, pk=pk))
    toasts.success(request, gettext("Subscription ended. The list stays in force."))
    return redirect("watchlists")


@require_GET
@requires("record.see")
def lookouts(request: Request) -> HttpResponse:
    """Shows the lookouts to review, the active lookouts, and the lookouts that have ended."""
    found = selectors.lookouts()
    acts.write(
        request.user, "lookout.see", shown=len(found.review) + len(found.active) + len(found.ended)
    )
    context = {
        "review": _told(found.review),
        "active": _told(found.active),
        "ended": _told(found.ended),
        "ended_total": found.ended_total,
    }
    return render(request, "lists/lookouts.html", context)


def _told(rows: list[Row]) -> list[dict[str, Any]]:
    return [
        {
            "lookout": row.lookout,
            "ref": row.entry.ref,
            "title": wording.title(row.entry),
            # The schema is left out, because it is always that of a person. The document is left out if there
            # is no name, because it is then the title.
            "facts": wording.facts(row.entry)[1 if row.entry.names else 2 :],
            "hits": row.hits,
        }
        for row in rows
    ]


@require_http_methods(["GET", "POST"])
@requires("lookout.create")
def new(request: Request) -> HttpResponse:
    """Shows the form of a new lookout, and creates the lookout. The dialog sends its form to this view. The
    form is also shown as a separate page. The separate page is shown in browsers without popovers, for
    corrections, and for a lookout on a subject. The id in `?subject=` selects the data for the form, so that
    the URL contains no name."""
    filled = _of_subject(request) if request.method == "GET" else {}
    form = LookoutForm(request.POST or None, initial=filled)
    if request.method == "POST" and form.is_valid():
        made = actions.create_lookout(request.user, **form.cleaned_data)
        text = gettext(
            "Lookout %(ref)s is active for %(hours)s hours. The lookout is being compared with the"
            " data already received."
        )
        toasts.success(request, text % {**form.cleaned_data, "ref": made.entry.ref})
        return redirect("lookouts")
    return _form_page(request, "lists/lookout_new.html", {"form": form})


def _of_subject(request: Request) -> dict[str, str]:
    asked = request.GET.get("subject")
    if not asked:
        return {}
    try:
        subject = uuid.UUID(asked)
        found = kind_of(subject).lookout(subject)
    except (ValueError, ObjectDoesNotExist) as error:
        raise Http404 from error
    acts.write(request.user, "record.view", subject)
    return found


@require_POST
@requires("lookout.review")
def extend(request: Request, pk: uuid.UUID) -> HttpResponse:
    """Extends a lookout."""
    form = ExtendForm(request.POST)
    hours = form.cleaned_data["hours"] if form.is_valid() else 0
    action = partial(actions.extend_lookout, hours=hours)
    return _review(request, pk, action, gettext("The lookout is extended."))


@require_POST
@requires("lookout.create")
def end(request: Request, pk: uuid.UUID) -> HttpResponse:
    """Ends a lookout."""
    return _review(
        request,
        pk,
        actions.end_lookout,
        gettext("The lookout was ended. The undecided hits of the lookout are now void."),
    )


def _review(
    request: Request, pk: uuid.UUID, action: Callable[[User, Lookout], None], done: str
) -> HttpResponse:
    try:
        action(request.user, get_object_or_404(Lookout, pk=pk))
        toasts.success(request, done)
    except ValueError:
        toasts.warning(request, gettext("Nothing changed: the lookout had already ended."))
    return redirect("lookouts")
