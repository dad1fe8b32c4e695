"""The page on which a training pack is built from modules, with its ZIP file and the course that is created
from it.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.contrib import messages as toasts
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext, pgettext
from django.views.decorators.http import require_http_methods, require_safe

from vedette.apps.accounts import acts
from vedette.apps.accounts.rules import Request, requires
from vedette.apps.assistance import wording
from vedette.apps.assistance.actions import training as actions
from vedette.apps.assistance.actions.common import Refused
from vedette.apps.assistance.models import Theme
from vedette.apps.assistance.views.common import said
from vedette.apps.assistance.views.diagnostics import tongue
from vedette.assistance import packs, training
from vedette.assistance.sheets import Problem

MOST_MINUTES = 600


def _wish(given: Any) -> training.Wish:
    """Returns the requirements of a pack (themes, language, days) that a form or a URL contains. Numbers
    outside their limits are replaced by the default values.
    """
    known = [one.module for one in packs.catalogue()]
    general = given.get("general", "")
    day = given.get("day", "360")
    usable = day.isascii() and day.isdecimal() and len(day) < 4 and 30 <= int(day) <= MOST_MINUTES
    language = given.get("language", "fr")
    return training.Wish(
        modules=tuple(one.id for one in known if one.id in given.getlist("module") and not one.general),
        language=language if language in ("en", "fr") else "fr",
        day_min=int(day) if usable else 360,
        general=general if any(one.id == general and one.general for one in known) else "",
    )  # fmt: skip


def _built(wish: training.Wish) -> training.Pack:
    return training.pack([one.module for one in packs.catalogue()], wish)


def _said(problem: Problem) -> str:
    """Returns the text of a gap or of a reason of a pack in the language of the reader."""
    for text, words in wording.PACK.items():
        if problem.message.startswith(text):
            return _line(problem.place, words)
    return _line(problem.place, problem.message)


def _line(place: str, words: Any) -> str:
    return place + pgettext("list follows", ":") + f" {words}"


@require_http_methods(["GET", "HEAD", "POST"])
@requires("assistance.coordinate")
def pack(request: Request) -> HttpResponse:
    """Builds a pack from the chosen modules, with the total hours, the days and the missing items. Creates a
    course from the pack.
    """
    given = request.POST if request.method == "POST" else request.GET
    wish, words, problem = _wish(given), tongue(), None
    built = _built(wish) if wish.modules or wish.general else None
    titles = {one.module.id: one for one in packs.catalogue()}
    if request.method == "POST" and built is not None and not built.reasons:
        modules = [
            {"id": one, **titles[one].title, "minutes": titles[one].module.minutes}
            for one in built.modules
        ]
        try:
            made = actions.create_course(request.user, request.POST.dict(), modules)
        except Refused as refused:
            problem = refused
        else:
            toasts.success(request, gettext("The course is created."))
            return redirect("course", pk=made.pk)
    acts.write(request.user, "training.pack")
    context: dict[str, Any] = {
        "catalogue": [
            (one.module, one.title[words], dict(Theme.choices).get(one.theme, ""))
            for one in packs.catalogue()
        ],
        "wish": wish,
        "built": built,
        "days": _days(built, titles, words) if built else [],
        "gaps": [_said(one) for one in built.gaps] if built else [],
        "reasons": [_said(one) for one in built.reasons] if built else [],
        "themes": Theme.choices,
        "typed": request.POST,
        "query": request.GET.urlencode() if request.method == "GET" else "",
        "problem": said(problem) if problem else "",
    }
    return render(request, "assistance/pack.html", context, status=422 if problem else 200)


def _days(
    built: training.Pack, titles: Mapping[str, packs.Listed], words: str
) -> list[tuple[int, int, list[tuple[str, str, int]]]]:
    """Returns each day with its total number of minutes and its parts."""
    found: dict[int, list[tuple[str, str, int]]] = {}
    for part in built.parts:
        title = titles[part.module].title[words]
        found.setdefault(part.day, []).append((part.module, title, part.minutes))
    return [(day, sum(row[2] for row in rows), rows) for day, rows in found.items()]


@require_safe
@requires("assistance.coordinate")
def pack_zip(request: Request) -> HttpResponse:
    """Returns the pack as a ZIP file: the agenda, the folder of the trainer and the folder of the
    participants, in both languages.
    """
    built = _built(_wish(request.GET))
    if built.reasons:
        return redirect("training-pack")
    acts.write(request.user, "training.pack_zip")
    answer = HttpResponse(
        packs.archive(built, ", ".join(built.modules)), content_type="application/zip"
    )
    answer["Content-Disposition"] = 'attachment; filename="pack.zip"'
    return answer
