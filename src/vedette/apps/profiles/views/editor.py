"""The editor of profiles: the form of conditions, the text of the expression, and the other fields.
The editor works with and without JavaScript."""

from __future__ import annotations

import uuid
from typing import Any

from django.contrib import messages as toasts
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import get_language, gettext
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from vedette.apps import rendering
from vedette.apps.accounts.rules import Request, requires
from vedette.apps.columns import Purpose
from vedette.apps.profiles import actions, editing, wording
from vedette.apps.profiles.editing import Desk, Line, Writing
from vedette.apps.profiles.forms import ProfileForm, as_text
from vedette.apps.profiles.models import Backtest, Version
from vedette.apps.profiles.views.profiles import find

#: The fields that have the same name in a version and in the form.
_SAME = (
    "title", "weight", "purpose", "basis", "source", "justification", "note_for",
    "note_against", "floor", "months",
)  # fmt: skip
#: The fields that are translated if they contain the unchanged text of a starter profile.
_WRITTEN = ("title", "basis", "source", "justification", "note_for", "note_against")
#: The number of seconds after which the page polls a count less often, and the number of seconds after which
#: it reports that the count has not started.
SLOW_S, GIVEN_UP_S = 10, 120


@require_http_methods(["GET", "POST"])
@requires("profile.write")
def new(request: Request) -> HttpResponse:
    """Shows the editor for a new profile."""
    return _editor(request, None)


@require_http_methods(["GET", "POST"])
@requires("profile.write")
def edit(request: Request, pk: uuid.UUID, number: int) -> HttpResponse:
    """Shows the editor of a draft. For a submitted version, redirects to the page of the version."""
    found = find(pk, number)
    if found.version.state != Version.State.DRAFT and request.method == "GET":
        return redirect("profile-version", pk=pk, number=number)
    return _editor(request, found.version)


def _editor(request: Request, version: Version | None) -> HttpResponse:
    if request.method == "GET":
        initial = _initial(version) or {
            "weight": 20,
            "months": 6,
            "kind": request.GET.get("kind", ""),
        }
        writing = _writing(version, initial)
        desk = editing.begin(writing, initial.get("expression", ""))
        return _page(request, version, ProfileForm(initial=initial), desk, writing)
    writing = _writing(version, request.POST)
    desk = editing.edited(writing, request.POST)
    data = request.POST.copy()
    data["expression"] = desk.text
    form = ProfileForm(data)
    if request.POST.get("do") == "save":
        return _save(request, version, form, desk, writing)
    test = None
    if request.POST.get("do") == "count" and desk.said.tree is not None:
        test = actions.count_matches(request.user, writing.kind, desk.text, writing.parameters)
    # With `quiet`, the page shows no errors of the other fields while the author types.
    return _page(request, version, form, desk, writing, **_following(test), quiet=True)


def _save(
    request: Request, version: Version | None, form: ProfileForm, desk: Desk, writing: Writing
) -> HttpResponse:
    """Stores the draft and shows its page. A draft with an invalid expression is stored too."""
    if not form.is_valid() or desk.note in ("conflict", "unfinished"):
        return _page(request, version, form, desk, writing, status=422)
    try:
        if version is None:
            saved = actions.begin_draft(request.user, {**form.cleaned_data, "kind": writing.kind})
        else:
            saved = actions.change_draft(
                request.user, version.pk, _kept(version, form.cleaned_data)
            )
    except actions.Refused as refusal:
        # The draft was submitted in the meantime. The page keeps the input, which can be used for a new
        # version.
        refused = wording.REFUSALS[refusal.code]
        return _page(request, version, form, desk, writing, status=409, refused=refused)
    toasts.success(
        request, gettext("Draft saved. It raises no hits before another person approves it.")
    )
    return redirect("profile-version", pk=saved.profile_id, number=saved.number)


def _initial(version: Version | None) -> dict[str, Any]:
    if version is None:
        return {}
    return {
        "kind": version.profile.kind,
        **{name: getattr(version, name) for name in _SAME},
        **{name: rendering.own(getattr(version, name)) for name in _WRITTEN},
        "expression": version.expression,
        "parameters": as_text(version.parameters),
        "indicators": ", ".join(map(str, version.indicators)),
    }


def _kept(version: Version, fields: dict[str, Any]) -> dict[str, Any]:
    """Returns the fields of a form. An unchanged text of a starter profile is kept in English, so that it can
    be translated later."""
    same = {
        name: getattr(version, name)
        for name in _WRITTEN
        if fields[name] == rendering.own(getattr(version, name))
    }
    return {**fields, **same}


def _writing(version: Version | None, fields: Any) -> Writing:
    """Returns the context for the parser. The opinion of the data-protection officer counts only while the
    form has the same content as the version."""
    writing = Writing(fields)
    if version is not None and actions.heard(version):
        weight = str(fields.get("weight", ""))
        asked = {
            "expression": str(fields.get("expression", "")).replace("\r\n", "\n"),
            "parameters": writing.parameters,
            "weight": int(weight) if weight.isascii() and weight.isdecimal() else 0,
        }
        why = str(fields.get("justification", "")).replace("\r\n", "\n").strip()
        same = actions.content_hash(asked) == version.content_hash
        writing.heard = same and why == version.justification
    return writing


def _page(
    request: Request, version: Version | None, form: ProfileForm, desk: Desk, writing: Writing,
    status: int = 200, **extra: Any,
) -> HttpResponse:  # fmt: skip
    context = {
        "listed": version,
        "profile": version.profile if version is not None else None,
        "form": form,
        "purposes": [("", ""), *(c for c in Purpose.choices if c[0] in request.user.purposes)],
        **_desk(desk, writing),
        **extra,
    }
    return render(request, "profiles/edit.html", context, status=status)


def _desk(desk: Desk, writing: Writing) -> dict[str, Any]:
    """Returns the context of both sides of the editor."""
    grounds: dict[str, list[Any]] = {}
    for column in writing.words.columns:
        grounds.setdefault(column.ground, []).append(column)
    return {
        "kind": writing.kind,
        "desk": desk,
        "said": desk.said,
        "reading": desk.said.reading,
        "read_in": get_language(),
        "grounds": list(grounds.items()),
        "lists": list(writing.lists),
        "joins": [
            ("all", gettext("if all are true")),
            ("any", gettext("if at least one is true")),
            ("none", gettext("if none is true")),
        ],
        "counted_days": actions.COUNTED,
    }


@require_POST
@requires("profile.write")
def tried(request: Request) -> HttpResponse:
    """Returns the expression in words, its errors, and the other side of the editor. The page calls this view
    while the author types."""
    writing = Writing(request.POST)
    desk = editing.edited(writing, request.POST)
    asked = request.headers.get("HX-Trigger-Name", "")
    by_text = asked == "expression"
    context = {
        **_desk(desk, writing),
        # Only the side that changed by itself is sent, not the field in which the author types.
        "send_form": "act" in request.POST or "force" in request.POST or (by_text and not desk.note),
        "send_line": _changed(desk, asked, request.POST),
        "send_text": not by_text and not desk.note,
    }  # fmt: skip
    return render(request, "profiles/tried.html", context)


def _changed(desk: Desk, asked: str, post: Any) -> Line | None:
    """Returns the condition whose operator was changed, if the new operator has other input fields; else
    None."""
    lines = desk.box.lines if desk.box is not None and asked.startswith("o-") else []
    line = next((one for one in lines if one.path == asked.removeprefix("o-")), None)
    return line if line is not None and line.takes != post.get(f"t-{line.path}") else None


@require_POST
@requires("profile.write")
def count(request: Request) -> HttpResponse:
    """Starts to count the subjects of the last days that match the expression."""
    writing = Writing(request.POST)
    desk = editing.edited(writing, request.POST)
    if desk.said.tree is None:
        return HttpResponse(status=204)
    test = actions.count_matches(request.user, writing.kind, desk.text, writing.parameters)
    return _count(request, test)


@require_GET
@requires("profile.write")
def count_state(request: Request, pk: uuid.UUID) -> HttpResponse:
    """Shows the progress or the result of a count."""
    return _count(request, get_object_or_404(Backtest, pk=pk, quick=True))


@require_POST
@requires("profile.write")
def count_stop(request: Request, pk: uuid.UUID) -> HttpResponse:
    """Stops a count."""
    get_object_or_404(Backtest, pk=pk, quick=True)
    return _count(request, actions.cancel_backtest(request.user, pk))


def _count(request: Request, test: Backtest) -> HttpResponse:
    return render(request, "profiles/_count.html", _following(test))


def _following(test: Backtest | None) -> dict[str, Any]:
    """Returns the context of a count: whether the page polls less often, and whether it stops polling because
    no process has started."""
    waited = (timezone.now() - test.asked_at).total_seconds() if test is not None else 0
    return {
        "test": test,
        "counted_days": actions.COUNTED,
        "slow": waited > SLOW_S,
        "given_up": waited > GIVEN_UP_S and not test.total if test is not None else False,
    }
