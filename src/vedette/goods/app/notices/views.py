"""The pages of pre-export notices: the list, one notice with the actions of the authorities, and the form."""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from typing import Any

import msgspec
from django.contrib import messages as toasts
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import get_language, gettext
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from vedette.apps.accounts import acts
from vedette.apps.accounts.rules import Request, requires
from vedette.apps.query import plain
from vedette.apps.rendering import say
from vedette.goods import cards
from vedette.goods.app import items
from vedette.goods.app.models import ExportNotice
from vedette.goods.app.notices import actions as noticing
from vedette.goods.app.notices import states
from vedette.goods.app.notices.actions import Line

FILTERS = {
    "todo": _("To do"),
    "sent": _("From us"),
    "received": _("To us"),
    "all": _("All notices"),
}
#: Field of the form → its label.
LABELS = {
    "name": _("Name (required)"),
    "number": _("Registration number"),
    "address": _("Address"),
    "country": _("Country (required)"),
}
PARTIES = {"consignor": _("Consignor (exporter)"), "consignee": _("Consignee (importer)")}
#: What a text of an action is called.
TEXTS = {
    "object": _("Reason for the objection (required)"),
    "ask": _("Question (required)"),
    "answer": _("Answer (required)"),
    "withdraw": _("Reason (required)"),
    "acknowledge": _("Remark"),
    "close": _("Remark"),
}


def title(key: str) -> str:
    """Returns the name of a substance in the language of the reader."""
    card = cards.cards().get(key)
    return card.title(get_language() or "en") if card else key


def _shown(line: Line) -> dict[str, Any]:
    return {
        "line": line,
        "row": line.row,
        "title": title(line.row.substance),
        "unit": say(states.UNITS[line.row.unit]) if line.row.unit in states.UNITS else "",
        "state": say(states.STATE_NAMES[line.state]),
        "alarm": line.state in ("objected", "expired"),
    }


@require_safe
@requires("notice.see")
def listed(request: Request) -> HttpResponse:
    """Shows the notices of the reader's organisation: the notices on which it must act, the notices that it
    sent, or the notices that it received.
    """
    which = request.GET.get("list", "todo")
    which = which if which in FILTERS else "todo"
    after = plain(request.GET.get("after", ""))
    lines, following = noticing.listed(request.user, which, after)
    context = {
        "which": which,
        "filters": FILTERS.items(),
        "lines": [_shown(one) for one in lines],
        "following": following,
        "first": not after,
        "known": bool(lines) or ExportNotice.objects.exists(),
        "desk": noticing.desk_of(request.user),
    }
    return render(request, "goods/notices.html", context)


@require_http_methods(["GET", "POST"])
@requires("notice.desk")
def desk(request: Request) -> HttpResponse:
    """The form in which an authority states whether it takes part in pre-export notices."""
    found = noticing.desk_of(request.user)
    hours = request.POST.get("hours", str(found.hours if found else states.DEFAULT_HOURS))
    error = ""
    if request.method == "POST":
        number = int(hours) if hours.isascii() and hours.isdecimal() and len(hours) < 6 else 0
        if states.LEAST_HOURS <= number <= states.MOST_HOURS:
            noticing.set_desk(request.user, "open" in request.POST, number)
            toasts.success(request, gettext("The participation is saved."))
            return redirect("notices")
        error = gettext("Write a number of hours from %(least)s to %(most)s.") % {
            "least": states.LEAST_HOURS, "most": states.MOST_HOURS,
        }  # fmt: skip
    others = [
        one for one in noticing.authorities().values() if one.id != request.user.organisation_id
    ]
    context = {
        "open": found.open if found else False,
        "hours": hours,
        "error": error,
        "others": [one for one in others if one.open],
    }
    return render(request, "goods/notice_desk.html", context, status=422 if error else 200)


@require_safe
@requires("notice.see")
def notice(request: Request, pk: uuid.UUID) -> HttpResponse:
    """Shows one notice: its content, its state with the deadline, the possible actions, and the events. The
    access is recorded in the journal."""
    return _page(request, get_object_or_404(ExportNotice, pk=pk))


def _page(
    request: Request, found: ExportNotice, *, problem: str = "", error: str = "", chosen: str = "",
    text: str = "", status: int = 200,
) -> HttpResponse:  # fmt: skip
    acts.write(request.user, "notice.see", found.pk)
    line = noticing.line(request.user, found)
    content = noticing.content_of(found)
    may = states.actions_of(line.state, line.side, found.asked)
    context: dict[str, Any] = {
        **_shown(line),
        "content": content,
        "parties": [
            (PARTIES[side], getattr(content, side)) for side in states.SIDES if content is not None
        ],
        "mode": items.MODES.get(content.mode, "") if content else "",
        "basis": say(states.BASES[content.consent_basis])
        if content and content.consent_basis in states.BASES
        else "",
        "card": cards.cards().get(found.substance),
        "actions": [
            {
                "name": one,
                "word": say(states.ACTION_NAMES[one]),
                "label": TEXTS.get(one, ""),
                "needed": one in states.NEEDS_TEXT,
                "error": error if one == chosen else "",
                "value": text if one == chosen else "",
            }
            for one in may
            if one not in ("edit", "send")
        ],
        "edit": "edit" in may,
        "send": "send" in may,
        "missing": bool(states.unsent(content)) if content and "send" in may else False,
        "history": [
            {
                "event": one.event,
                "authority": one.authority,
                "text": one.text,
                "word": say(states.DONE_NAMES[one.event.action]),  # type: ignore[index]
            }
            for one in noticing.history(found)
        ],
        "problem": problem,
        "now_utc": noticing.now(),
        "most": states.MAX_TEXT,
    }
    return render(request, "goods/notice.html", context, status=status)


@require_POST
@requires("notice.write")
def act(request: Request, pk: uuid.UUID) -> HttpResponse:
    """Carries out an action on a notice."""
    found = get_object_or_404(ExportNotice, pk=pk)
    chosen, text = request.POST.get("action", ""), request.POST.get("text", "")
    action = next((one for one in states.ACTIONS if one == chosen), None)
    try:
        if action is None or action in ("edit", "expire"):
            raise noticing.Refused
        noticing.act(request.user, pk, action, _version(request), text)
    except noticing.Stale:
        problem = gettext(
            "Another person changed this notice in the meantime. Read the history of the "
            "notice, then try again."
        )
        return _again(request, pk, problem, chosen, text, 409)
    except noticing.Closed:
        problem = gettext("One of the two authorities does not take part in pre-export notices.")
        return _again(request, pk, problem, chosen, text, 409)
    except noticing.Refused as refused:
        if error := refused.fields.get("text"):
            return _page(
                request, found, chosen=chosen, error=say(error), text=text[: states.MAX_TEXT],
                status=422,
            )  # fmt: skip
        problem = (
            say(states.NO_CONSENT)
            if refused.fields
            else gettext("This action is not possible in the current state of the notice.")
        )
        return _again(request, pk, problem, chosen, text, 409)
    toasts.success(request, f"{say(states.DONE_NAMES[action])}. {found.number}")
    return redirect("notice", pk=pk)


def _again(
    request: Request, pk: uuid.UUID, problem: str, chosen: str, text: str, status: int
) -> HttpResponse:
    found = get_object_or_404(ExportNotice, pk=pk)
    text = text[: states.MAX_TEXT]
    return _page(request, found, problem=problem, chosen=chosen, text=text, status=status)


def _version(request: Request) -> int:
    stated = request.POST.get("version", "")
    return int(stated) if stated.isascii() and stated.isdecimal() and len(stated) < 9 else 0


@require_http_methods(["GET", "POST"])
@requires("notice.write")
def new(request: Request) -> HttpResponse:
    """The form for a new notice."""
    return _form(request, None)


@require_http_methods(["GET", "POST"])
@requires("notice.write")
def edit(request: Request, pk: uuid.UUID) -> HttpResponse:
    """The form for changing a draft."""
    found = get_object_or_404(ExportNotice, pk=pk)
    line = noticing.line(request.user, found)
    if "edit" not in states.actions_of(line.state, line.side, found.asked):
        return redirect("notice", pk=pk)
    return _form(request, found)


def _fields(found: ExportNotice) -> dict[str, str]:
    """Returns the values of the form for a draft."""
    content = noticing.content_of(found)
    if content is None:
        return {}
    fields = {
        name: str(value)
        for name, value in msgspec.to_builtins(content).items()
        if name not in states.SIDES
    }
    for side in states.SIDES:
        fields |= {f"{side}_{name}": getattr(getattr(content, side), name) for name in states.PARTY}
    return fields


def _form(request: Request, found: ExportNotice | None) -> HttpResponse:
    fields: Mapping[str, str]
    errors: dict[str, str] = {}
    problem, status = "", 200
    sought = plain(request.POST.get("q", ""))
    addressee = request.POST.get("addressee", str(found.addressee_id) if found else "")
    known = noticing.authorities()
    mine = request.user.organisation_id
    open_ = [one for one in known.values() if one.open and one.id != mine]
    if request.method == "POST":
        fields = {name: request.POST.get(name, "")[:10_000] for name in states.FIELDS}
        if "find" not in request.POST:
            content, wrong = states.read(fields, timezone.localdate())
            errors = {name: say(text) for name, text in wrong.items()}
            to = next((one.id for one in open_ if str(one.id) == addressee), None)
            if to is None:
                errors["addressee"] = say(states.BAD_CHOICE)
            if content is not None and to is not None:
                try:
                    row = noticing.save(request.user, content, to, found, _version(request))
                    toasts.success(
                        request,
                        gettext("The draft of notice %(number)s is saved.")
                        % {"number": row.number},
                    )
                    return redirect("notice", pk=row.pk)
                except noticing.Stale:
                    problem, status = (
                        gettext(
                            "Another person changed this draft in the meantime. Compare the values, then "
                            "save."
                        ),
                        409,
                    )
                except noticing.Refused:
                    problem, status = gettext("The notice was sent and cannot be changed."), 409
                except noticing.Closed:
                    problem, status = (
                        gettext(
                            "One of the two authorities does not take part in pre-export notices."
                        ),
                        409,
                    )
            status = status if status != 200 else 422
    else:
        fields = _fields(found) if found else {"unit": "KGM"}
        if found:
            acts.write(request.user, "notice.see", found.pk)
    chosen = cards.cards().get(fields.get("substance", ""))
    matches = states.substances(sought) if sought else []
    if chosen is not None and chosen not in matches:
        matches = [chosen, *matches]

    def one(name: str) -> dict[str, str]:
        return {"value": fields.get(name, ""), "error": errors.get(name, "")}

    context: dict[str, Any] = {
        "found": found,
        "version": found.version if found else 0,
        "q": sought,
        "substances": [(card, title(card.key)) for card in matches],
        "chosen": chosen.key if chosen else "",
        "none": bool(sought) and not matches,
        "fields": {name: one(name) for name in states.FIELDS},
        "parties": [
            (
                PARTIES[side],
                [(f"{side}_{name}", LABELS[name], one(f"{side}_{name}")) for name in states.PARTY],
            )
            for side in states.SIDES
        ],
        "units": [(code, say(word)) for code, word in states.UNITS.items()],
        "modes": [(code, items.MODES[code]) for code in states.MODES],
        "bases": [(code, say(word)) for code, word in states.BASES.items()],
        "authorities": open_,
        "addressee": addressee,
        "errors": errors,
        "problem": problem,
        "takes_part": mine is not None and known[mine].open,
    }
    return render(request, "goods/notice_form.html", context, status=status)
