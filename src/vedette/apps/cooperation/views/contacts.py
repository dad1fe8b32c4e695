"""Pages: the directory of contacts, and an entry of the user's own organisation."""

from __future__ import annotations

import uuid
from typing import Any

from django.contrib import messages as toasts
from django.core.paginator import Paginator
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext, pgettext, pgettext_lazy
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_http_methods

from vedette.apps.accounts import acts, rules
from vedette.apps.accounts.rules import Request, requires
from vedette.apps.columns import Theme
from vedette.apps.cooperation.actions import contacts as actions
from vedette.apps.cooperation.actions.contacts import LANGUAGES, PROBLEMS, Refused
from vedette.apps.cooperation.models import Contact
from vedette.apps.cooperation.selectors import contacts as selectors
from vedette.apps.cooperation.selectors.contacts import PAGE, Search
from vedette.apps.enforcement.selectors.controls import now
from vedette.apps.query import page_number, plain

_DAYS: tuple[tuple[int, Any], ...] = (
    (1, _("Monday")), (2, _("Tuesday")), (3, _("Wednesday")), (4, _("Thursday")), (5, _("Friday")),
    (6, _("Saturday")), (7, _("Sunday")),
)  # fmt: skip
_FIELDS = ("kind", "name", "post", "channel", "zone", "opens", "closes")
_LISTS = ("themes", "languages", "days")
#: Fields and lists of the form → their labels.
_LABELS: dict[str, Any] = {
    "kind": pgettext_lazy("contact", "Kind"), "name": _("Name of the person or of the office"),
    "post": pgettext_lazy("function", "Post"), "themes": _("Themes"), "languages": _("Languages"),
    "days": _("Days"), "opens": _("Hours from"), "closes": pgettext_lazy("hours", "until"),
    "zone": _("Time zone, for example Africa/Dakar"), "channel": _("How to reach the contact"),
}  # fmt: skip


@require_http_methods(["GET", "HEAD", "POST"])
@requires("contact.see")
def contacts(request: Request) -> HttpResponse:
    """Shows the directory. A search finds, for example, the contacts for a theme who speak a language and are
    reachable now. The search is sent by POST, so that the name of a person is in no web address and in no
    log."""
    given = {
        name: plain(request.POST.get(name, ""))[:80]
        for name in ("theme", "language", "kind", "country", "text")
    }
    search = Search(**given, now=request.POST.get("now") == "yes")
    at = now()
    pages = Paginator(selectors.found(search, at), PAGE)
    shown = pages.get_page(page_number(request.POST.get("page", "1")))
    acts.write(request.user, "contact.list")
    context = {
        "search": search,
        "rows": [
            (
                one, [dict(Theme.choices).get(code, code) for code in one.themes],
                [str(LANGUAGES.get(code, code)) for code in one.languages],
                [str(word)[:3] for number, word in _DAYS if number in one.days],
                selectors.unconfirmed(one, at), one.organisation_id == request.user.organisation_id,
            )
            for one in shown
        ],
        "shown": shown,
        "count": pages.count,
        "given": [*given.items(), ("now", "yes" if search.now else "")],
        "themes": Theme.choices,
        "languages": LANGUAGES.items(),
        "kinds": Contact.Kind.choices,
        "all": pgettext("masculine", "All"),
        "asked": any(given.values()) or search.now,
        "keeps": rules.may(request.user, "contact.keep"),
        "asks": rules.may(request.user, "mutual.write"),
    }  # fmt: skip
    return render(request, "cooperation/contacts.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
@requires("contact.keep")
def new(request: Request) -> HttpResponse:
    """Shows and processes the form of a new entry."""
    return _form(request, None)


@require_http_methods(["GET", "HEAD", "POST"])
@requires("contact.keep")
def contact(request: Request, pk: uuid.UUID) -> HttpResponse:
    """Shows and processes the form of an entry of the user's own organisation, with the button that confirms
    the entry.
    """
    one = get_object_or_404(Contact, pk=pk, organisation_id=request.user.organisation_id)
    return _form(request, one)


def _form(request: Request, one: Contact | None) -> HttpResponse:
    problem, post, user = None, request.POST, request.user
    if request.method == "POST":
        try:
            if one is not None and post.get("do") == "confirm":
                actions.confirm(user, one.pk)
                toasts.success(request, gettext("The entry is confirmed."))
            elif one is not None and post.get("do") == "remove":
                actions.remove(user, one.pk)
                toasts.success(request, gettext("The entry is removed."))
            else:
                lists = {name: post.getlist(name)[:50] for name in _LISTS}
                values = {name: str(post.get(name, "")) for name in _FIELDS}
                actions.save(user, one.pk if one else None, values, lists)
                toasts.success(request, gettext("The entry is stored and confirmed."))
        except Refused as refused:
            problem = refused
        else:
            return redirect("contacts")
    acts.write(user, "contact.see", one.pk if one else "")
    typed = post if request.method == "POST" else None
    value = {name: typed.get(name, "") if typed else _stored(one, name) for name in _FIELDS}
    context = {
        "one": one,
        "value": value,
        "chosen": {
            name: typed.getlist(name) if typed else [str(v) for v in getattr(one, name, [])]
            for name in _LISTS
        },
        "themes": Theme.choices,
        "languages": LANGUAGES.items(),
        "kinds": Contact.Kind.choices,
        "days": [(str(number), word) for number, word in _DAYS],
        "problem": PROBLEMS[problem.code] if problem else "",
        "wrong": problem.detail if problem else "",
        "wrong_label": _LABELS.get(problem.detail, "") if problem else "",
        "unconfirmed": one is not None and selectors.unconfirmed(one, now()),
    }
    return render(request, "cooperation/contact.html", context, status=422 if problem else 200)


def _stored(one: Contact | None, name: str) -> str:
    if one is None:
        return ""
    found = getattr(one, name)
    return found.strftime("%H:%M") if name in ("opens", "closes") else str(found)
