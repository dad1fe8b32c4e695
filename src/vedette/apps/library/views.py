"""Pages of the library: search and list, an item with its versions and languages, its forms and its files."""

from __future__ import annotations

import uuid
from typing import Any
from urllib.parse import quote

from django.contrib import messages as toasts
from django.http import Http404, HttpResponse, QueryDict
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.http import urlencode
from django.utils.translation import get_language, gettext
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from vedette.apps import display
from vedette.apps.accounts import acts, rules
from vedette.apps.accounts.rules import Request, requires
from vedette.apps.columns import Theme
from vedette.apps.enforcement.selectors.controls import now
from vedette.apps.library import actions, selectors
from vedette.apps.library.models import (
    LANGUAGES,
    RIGHT_TO_LEFT,
    Access,
    File,
    Group,
    Item,
    Variant,
)
from vedette.apps.library.wording import PROBLEMS
from vedette.apps.query import page_number, read_day
from vedette.apps.release.selectors import organisations
from vedette.library.beside import Work
from vedette.library.files import MEDIA

#: The longest query in characters.
MOST = 200


@require_safe
@requires("library.see")
def listed(request: Request) -> HttpResponse:
    """Shows the items that a query and the filters find, with facets; without a query, shows the latest
    items.
    """
    text = request.GET.get("q", "").replace("\0", "")[:MOST].strip()
    filters = selectors.Filters.read(request.GET)
    page = min(page_number(request.GET.get("page", "")), selectors.LAST_PAGE)
    language = (get_language() or "en")[:2]
    answer = selectors.find(text, filters, language, page)
    if text:
        acts.write(request.user, "library.search", words={"query": text}, found=answer.total)
    words: dict[str, dict[Any, Any]] = {
        "theme": dict(Theme.choices),
        "language": LANGUAGES,
        "kind": dict(Item.Kind.choices),
        "year": {},
        "source": {},
    }
    chosen = {
        name: str(getattr(filters, name)) for name in words if getattr(filters, name) not in ("", 0)
    }
    context = {
        "q": text,
        "answer": answer,
        "filters": filters,
        "chosen": [
            (words[name].get(value, value), _link(text, chosen, **{name: ""}))
            for name, value in chosen.items()
        ],
        "facets": [
            (
                title,
                [
                    (words[name].get(value, value), n, _link(text, chosen, **{name: value}))
                    for value, n in answer.facets.get(name, ())
                    if chosen.get(name) != value
                ],
            )
            for name, title in (
                ("theme", gettext("Theme")),
                ("language", gettext("Language")),
                ("kind", gettext("Kind")),
                ("year", gettext("Year")),
                ("source", gettext("Source")),
            )
        ],
        "hits": [
            (one, selectors.parts(one.passage, one.marks), _direction(one.variant.language))
            for one in answer.hits
        ],
        "languages": LANGUAGES,
        "first": (page - 1) * selectors.PAGE + 1,
        "last": (page - 1) * selectors.PAGE + len(answer.hits),
        "previous": _link(text, chosen) if page > 1 else "",
        "next": _link(text, chosen, page=str(page + 1))
        if page * selectors.PAGE < answer.chosen and page < selectors.LAST_PAGE
        else "",
        "better": _link(answer.suggestion, {}) if answer.suggestion else "",
    }
    return render(request, "library/library.html", context)


def _link(text: str, chosen: dict[str, str], **more: str) -> str:
    """Returns the URL of the list with a query and filters. An empty value removes a filter."""
    found = {name: value for name, value in {"q": text, **chosen, **more}.items() if value}
    return f"?{urlencode(found)}"


def _direction(language: str) -> str:
    return "rtl" if language in RIGHT_TO_LEFT else "ltr"


def _item(pk: uuid.UUID) -> Item:
    return get_object_or_404(Item.objects.select_related("group"), pk=pk)


@require_safe
@requires("library.see")
def item(request: Request, pk: uuid.UUID) -> HttpResponse:
    """Shows an item with its versions and languages. The language is the one in the URL parameter `language`,
    otherwise the language of the reader, otherwise the first language of the item.
    """
    row = _item(pk)
    acts.write(request.user, "library.see", row.pk)
    return _shown(request, row)


def _shown(request: Request, row: Item, problem: str = "") -> HttpResponse:
    versions = selectors.versions(row)
    if not versions or not versions[0][1]:
        raise Http404
    latest = versions[0][1]
    wanted = request.GET.get("language", ""), (get_language() or "en")[:2]
    variant = next((one for asked in wanted for one in latest if one.language == asked), latest[0])
    names = organisations()
    successor, opinions = selectors.successor(row), selectors.opinions(row, request.user)
    context = {
        "row": row,
        "variant": variant,
        "direction": _direction(variant.language),
        "languages": [(one, LANGUAGES[one.language], _direction(one.language)) for one in latest],
        "versions": versions,
        "names": LANGUAGES,
        "owner": names.get(row.organisation_id),
        "themes": [word for code, word in Theme.choices if code in row.themes],
        "successor": successor,
        "successor_direction": _direction(successor.language) if successor else "",
        "own": _owns(request, row),
        "ended": row.valid_until is not None and row.valid_until < display.local(now()).date(),
        "helped": opinions.get(True, 0),
        "not_helped": opinions.get(False, 0),
        "problem": problem,
    }
    return render(request, "library/item.html", context, status=422 if problem else 200)


def _owns(request: Request, row: Item) -> bool:
    return row.organisation_id == request.user.organisation_id and rules.may(
        request.user, "library.write"
    )


@require_safe
@requires("library.see")
def file(request: Request, pk: uuid.UUID) -> HttpResponse:
    """Returns the file of a variant as a download. The browser does not open the file and runs no script in
    it.
    """
    row = get_object_or_404(Variant.objects.defer("text"), pk=pk)
    found = get_object_or_404(File, pk=row.pk)
    acts.write(request.user, "library.file", row.item_id, variant=row.pk)
    answer = HttpResponse(bytes(found.data), content_type=MEDIA[row.media])
    answer["Content-Disposition"] = f"attachment; filename*=UTF-8''{quote(row.file_name, safe='')}"
    answer["Content-Security-Policy"] = "default-src 'none'; sandbox"
    return answer


@require_http_methods(["GET", "HEAD", "POST"])
@requires("library.write")
def new(request: Request) -> HttpResponse:
    """Shows and processes the form of a new item."""
    problem = ""
    if request.method == "POST":
        try:
            made = actions.add(request.user, _about(request.POST), _content(request))
        except actions.Refused as refused:
            problem = said(refused)
        else:
            toasts.success(
                request,
                gettext("The item is stored. The search finds the item after a few seconds."),
            )
            return redirect("library-item", pk=made.pk)
    return _form(request, "library/new.html", request.POST, problem)


@require_http_methods(["GET", "HEAD", "POST"])
@requires("library.write")
def edit(request: Request, pk: uuid.UUID) -> HttpResponse:
    """Shows and processes the form of the description of an item: access, themes, goods, source."""
    row, problem = _mine(request, pk), ""
    typed: QueryDict = request.POST
    if request.method == "POST":
        try:
            actions.change(request.user, row, _about(request.POST))
        except actions.Refused as refused:
            problem = said(refused)
        else:
            toasts.success(request, gettext("The change is stored."))
            return redirect("library-item", pk=pk)
    else:
        typed = _stated(row)
    return _form(request, "library/edit.html", typed, problem, row=row)


@require_http_methods(["GET", "HEAD", "POST"])
@requires("library.write")
def version(request: Request, pk: uuid.UUID) -> HttpResponse:
    """Shows and processes the form of a new version of an item, or of a further language of its latest
    version.
    """
    row, problem = _mine(request, pk), ""
    if request.method == "POST":
        try:
            if request.POST.get("do") == "language":
                actions.add_language(request.user, row, _content(request))
            else:
                seen = request.POST.get("seen", "")
                number = int(seen) if seen.isascii() and seen.isdecimal() and len(seen) < 7 else 0
                actions.add_version(request.user, row, _content(request), number)
        except actions.Refused as refused:
            problem = said(refused)
        else:
            toasts.success(
                request,
                gettext("The version is stored. The search finds the version after a few seconds."),
            )
            return redirect("library-item", pk=pk)
    return _form(request, "library/version.html", request.POST, problem, row=row)


@require_POST
@requires("library.write")
def act(request: Request, pk: uuid.UUID) -> HttpResponse:
    """Withdraws an item, shows it again, or states which item replaces it."""
    row, do = _mine(request, pk), request.POST.get("do", "")
    try:
        if do == "supersede":
            stated = request.POST.get("successor", "").strip().rstrip("/").rpartition("/")[2]
            actions.supersede(request.user, row, _uuid(stated) if stated else None)
        else:
            actions.withdraw(request.user, row, do != "restore")
    except actions.Refused as refused:
        return _shown(request, row, said(refused))
    toasts.success(request, gettext("The change is stored."))
    return redirect("library-item", pk=pk)


def said(refused: actions.Refused) -> str:
    """Returns the sentence about a refused action, with the place of a problem in a file."""
    sentence = str(PROBLEMS[refused.code])
    return sentence % {"place": refused.place} if refused.place else sentence


@require_safe
@requires("library.see")
def beside(request: Request) -> HttpResponse:
    """Shows up to three items that match another page by its theme (`theme` in the URL), HS code and
    substance. The other page loads this block after its own content.
    """
    theme = request.GET.get("theme", "")
    hs = request.GET.get("hs", "")
    work = Work(
        theme if theme in Theme.values else "",
        (get_language() or "en")[:2],
        hs if hs.isascii() and hs.isdecimal() and len(hs) <= 10 else "",
        request.GET.get("substance", "").replace("\0", "")[:120],
    )
    rows = selectors.beside(work, display.local(now()).date()) if work.theme else []
    context = {"rows": [(one, _direction(one.language)) for one in rows], "theme": work.theme}
    return render(request, "library/_beside_items.html", context)


@require_POST
@requires("library.see")
def helps(request: Request, pk: uuid.UUID) -> HttpResponse:
    """Records whether the reader found an item helpful, and shows the page again."""
    row = _item(pk)
    try:
        actions.judge(
            request.user, row, request.POST.get("theme", ""), request.POST.get("helps") == "yes"
        )
    except actions.Refused as refused:
        return _shown(request, row, said(refused))
    if request.htmx:  # type: ignore[attr-defined]
        return render(request, "library/_judged.html")
    return redirect("library-item", pk=pk)


@require_http_methods(["GET", "HEAD", "POST"])
@requires("library.write")
def groups(request: Request) -> HttpResponse:
    """Shows the groups of the organisation, and the form of a group."""
    problem, names = "", organisations()
    home = Group.objects.filter(organisation_id=selectors.home(request.user))
    if request.method == "POST":
        chosen, group = request.POST.getlist("members"), _uuid(request.POST.get("group", ""))
        try:
            actions.form_group(
                request.user,
                request.POST.get("name", "").replace("\0", ""),
                [one for one in names if str(one) in chosen],
                home.filter(pk=group).first() if group else None,
            )
        except actions.Refused as refused:
            problem = said(refused)
        else:
            toasts.success(request, gettext("The group is stored."))
            return redirect("library-groups")
    context = {
        "rows": [
            (one, [names[member] for member in names if member in one.members])
            for one in home.order_by("name")
        ],
        "names": [(str(one), name) for one, name in names.items()],
        "chosen": request.POST.getlist("members"),
        "typed": request.POST,
        "problem": problem,
    }
    return render(request, "library/groups.html", context, status=422 if problem else 200)


def _mine(request: Request, pk: uuid.UUID) -> Item:
    return get_object_or_404(Item, pk=pk, organisation_id=selectors.home(request.user))


def _form(
    request: Request, template: str, typed: QueryDict, problem: str, **more: Any
) -> HttpResponse:
    context = {
        "typed": typed,
        "problem": problem,
        "kinds": Item.Kind.choices,
        "accesses": Access.choices,
        "themes": [(code, word, code in typed.getlist("themes")) for code, word in Theme.choices],
        "languages": list(LANGUAGES.items()),
        "groups": [
            (str(one.pk), one.name)
            for one in Group.objects.filter(organisation_id=selectors.home(request.user)).order_by("name")
        ],
        "formats": ".pdf,.docx,.xlsx,.pptx,.txt",
        **more,
    }  # fmt: skip
    return render(request, template, context, status=422 if problem else 200)


def _uuid(text: str) -> uuid.UUID | None:
    try:
        return uuid.UUID(text)
    except ValueError:
        return uuid.UUID(int=0) if text else None


def _text(typed: QueryDict, name: str, most: int) -> str:
    return typed.get(name, "").replace("\0", "").strip()[:most]


def _list(typed: QueryDict, name: str) -> list[str]:
    """Returns the parts of a text that are separated by commas, semicolons or line breaks."""
    text = _text(typed, name, 5_000).replace(";", ",").replace("\n", ",").replace("،", ",")
    return [one.strip() for one in text.split(",") if one.strip()]


def _about(typed: QueryDict) -> actions.About:
    until = typed.get("valid_until", "")
    day = read_day(until)
    if until and day is None:
        raise actions.Refused("valid_until")
    return actions.About(
        kind=typed.get("kind", ""),
        access=typed.get("access", ""),
        themes=typed.getlist("themes"),
        group=_uuid(typed.get("group", "")),
        audience=_text(typed, "audience", 200),
        hs=[code.replace(".", "").replace(" ", "") for code in _list(typed, "hs")],
        substances=_list(typed, "substances"),
        source=_text(typed, "source", 200),
        address=_text(typed, "address", 500),
        licence=_text(typed, "licence", 200),
        valid_until=day,
    )


def _content(request: Request) -> actions.Content:
    typed, sent = request.POST, request.FILES.get("file")
    year = typed.get("year", "").strip()
    if year and not (year.isascii() and year.isdecimal() and len(year) == 4):
        raise actions.Refused("year")
    return actions.Content(
        language=typed.get("language", ""),
        title=_text(typed, "title", 301),
        summary=_text(typed, "summary", 5_000),
        keywords=_list(typed, "keywords"),
        label=_text(typed, "label", 60),
        year=int(year) if year else None,
        file_name=sent.name or "" if sent else "",
        data=sent.read() if sent else None,
    )


def _stated(row: Item) -> QueryDict:
    """Returns the values of an item in the format that the form fields require."""
    typed = QueryDict(mutable=True)
    for name in ("kind", "access", "audience", "source", "address", "licence"):
        typed[name] = getattr(row, name)
    typed["group"] = str(row.group_id or "")
    typed["hs"], typed["substances"] = ", ".join(row.hs), ", ".join(row.substances)
    typed["valid_until"] = row.valid_until.isoformat() if row.valid_until else ""
    typed.setlist("themes", row.themes)
    return typed
