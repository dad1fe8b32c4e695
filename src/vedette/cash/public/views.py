"""The pages of the public cash form.

Each response is a complete page. An encrypted field of the page contains the answers of the person
(`state.py`). No response depends on stored data or on screening, and no response contains data about other
persons.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import time
from collections.abc import Callable
from functools import cache, partial
from importlib.resources import files
from typing import Any

from django.conf import settings
from django.core.exceptions import RequestDataTooBig, TooManyFieldsSent, TooManyFilesSent
from django.http import (
    HttpRequest,
    HttpResponse,
    HttpResponseBase,
    HttpResponseNotAllowed,
    HttpResponseRedirect,
    UnreadablePostError,
)
from django.http.multipartparser import MultiPartParserError
from django.template.loader import render_to_string
from django.utils import translation
from django.utils.translation import gettext as _

from vedette.cash import announcements, codes
from vedette.cash.public import paper, sending, state, statement, steps
from vedette.cash.public.configuration import configuration
from vedette.cash.public.fields import About
from vedette.cash.public.state import State
from vedette.cash.variants import Variant

Handler = Callable[[HttpRequest], HttpResponseBase]

#: Seconds after which a person may send again.
RETRY_S = 60
#: One page may use only its style sheet, pictures in the page, and forms of this process.
_POLICY = (
    "default-src 'none'; style-src 'self'; img-src data:; form-action 'self'; base-uri 'none';"
    " frame-ancestors 'none'"
)
_YEAR = 365 * 24 * 3600


# --- every request ------------------------------------------------------------------------------


def guard(get_response: Handler) -> Handler:
    """Middleware that sets the language (from the URL or from the browser), and the headers that forbid
    scripts, frames and the storage of pages.
    """
    return partial(_guarded, get_response)


def _guarded(get_response: Handler, request: HttpRequest) -> HttpResponseBase:
    language = request.path_info[1:3]
    if language not in _languages() or request.path_info[3:4] != "/":
        language = translation.get_language_from_request(request)
        language = language if language in _languages() else _languages()[0]
    with translation.override(language):
        response = get_response(request)
    response.headers.setdefault("Cache-Control", "no-store")
    response.headers.setdefault("Content-Language", language)
    response.headers["Content-Security-Policy"] = _POLICY
    response.headers["X-Content-Type-Options"] = "nosniff"
    response.headers["Referrer-Policy"] = "no-referrer"
    response.headers["Cross-Origin-Opener-Policy"] = "same-origin"
    if not configuration().demo:
        response.headers["Strict-Transport-Security"] = f"max-age={_YEAR}"
    return response


# --- the first page -----------------------------------------------------------------------------


def start(request: HttpRequest, language: str | None = None) -> HttpResponseBase:
    """Shows the first page, which states who must declare, what is considered cash, and how the answers are
    used.
    """
    if request.method not in ("GET", "HEAD"):
        return HttpResponseNotAllowed(["GET", "HEAD"])
    response = HttpResponse(_start_page(_language()))
    response.headers["Vary"] = "Accept-Language"
    return response


def data(request: HttpRequest, language: str) -> HttpResponseBase:
    """Shows the page about the use of the data and the rights of the person."""
    if request.method not in ("GET", "HEAD"):
        return HttpResponseNotAllowed(["GET", "HEAD"])
    return _page("data.html", title=_("Your data and your rights"), variant=_variant())


def alive(request: HttpRequest) -> HttpResponseBase:
    """Returns the status 200 while this process runs."""
    return HttpResponse("ok\n", content_type="text/plain; charset=utf-8")


def style(request: HttpRequest) -> HttpResponseBase:
    """The style sheet. The URL of this file contains a hash of its content, so that browsers may keep the
    file.
    """
    response = HttpResponse(_style()[0], content_type="text/css; charset=utf-8")
    response.headers["Cache-Control"] = f"public, max-age={_YEAR}, immutable"
    return response


# --- the form -----------------------------------------------------------------------------------


def form(request: HttpRequest, language: str) -> HttpResponseBase:
    """Shows one page of the form and processes its values. A POST without the encrypted field
    begins a form.
    """
    if request.method != "POST":
        return HttpResponseRedirect(f"/{language}/")
    try:
        given = request.POST
    except (RequestDataTooBig, TooManyFieldsSent, TooManyFilesSent):
        return _too_large()
    except (UnreadablePostError, MultiPartParserError, LookupError):
        # LookupError: the type of the content names a character set that is no encoding of a text.
        return refused(request)
    now = int(time.time())
    if "state" in given and given.get("go") == "send" and _sender().full:
        return _busy(given)
    if "state" not in given:
        first = steps.steps(_variant())[0].name
        return _show(state.new(first, now), now)
    try:
        held = state.unseal(_key(), given["state"], now)
    except state.Expired:
        return _told(410, _("This page has expired"), _(
            "For your safety, a page of the form expires after two hours. Nothing was sent to customs, and"
            " nothing was kept. Begin again."
        ))  # fmt: skip
    except state.Tampered:
        return refused(request)
    try:
        if held.step == steps.REVIEW:
            return _review(held, given, now)
        return _answered(held, given, now)
    except (sending.Full, sending.Unavailable):
        return _busy(given)
    except state.TooLarge:
        return _too_large()


def _answered(held: State, given: Any, now: int) -> HttpResponseBase:
    """Stores the values that the person entered on a page, and shows the next page or the problems."""
    applying = [one.name for one in steps.applying(_variant(), held.answers)]
    step = next((one for one in steps.steps(_variant()) if one.name == held.step), None)
    if step is None:
        return _show(_at(held, applying[0], now), now)
    go = given.get("go", "next")
    typed = paper.typed(step, _variant(), given)
    if go.startswith(("add-", "remove-")) and step.lines:
        paper.change_rows(typed, go, _variant())
    held.answers[step.name] = paper.kept(step, _variant(), typed)
    if go == "back":
        before = applying[: applying.index(step.name)] if step.name in applying else applying
        return _show(_at(held, before[-1] if before else step.name, now), now)
    if go != "next":
        return _show(_at(held, step.name, now), now, typed=typed)
    checked = steps.check(_variant(), {**held.answers, step.name: typed}, _about(), step.name)
    if faults := checked.faults.get(step.name):
        return _show(_at(held, step.name, now), now, faults, typed)
    return _show(_at(held, _next(held, step.name), now), now)


def _next(held: State, name: str) -> str:
    """Returns the page that follows a given page. A person who has seen the last page returns to it, unless
    another page has become incomplete.
    """
    applying = [one.name for one in steps.applying(_variant(), held.answers)]
    if steps.REVIEW in held.answers:
        faults = steps.check(_variant(), held.answers, _about()).faults
        return next(iter(faults), steps.REVIEW)
    after = applying[applying.index(name) + 1 :] if name in applying else applying
    return after[0] if after else steps.REVIEW


def _review(held: State, given: Any, now: int) -> HttpResponseBase:
    """Sends the form, or returns to one of its pages. Raises `Full` or `Unavailable` if the form cannot be
    stored."""
    go = given.get("go", "send")
    typed = paper.typed_review(given)
    held.answers[steps.REVIEW] = typed
    applying = [one.name for one in steps.applying(_variant(), held.answers)]
    if go == "back":
        return _show(_at(held, applying[-1], now), now)
    if go.startswith("edit-") and go.removeprefix("edit-") in applying:
        return _show(_at(held, go.removeprefix("edit-"), now), now)
    if go != "send":
        return _show(_at(held, steps.REVIEW, now), now)
    checked = steps.check(_variant(), held.answers, _about())
    for name, wrong in checked.faults.items():
        return _show(_at(held, name, now), now, wrong)
    values, faults = steps.check_review(_variant(), typed, _about())
    if faults:
        return _show(_at(held, steps.REVIEW, now), now, faults)
    return _send(held, checked.values, values, now)


def _send(
    held: State, values: dict[str, dict[str, Any]], review: dict[str, Any], now: int
) -> HttpResponseBase:
    declared = dt.datetime.fromtimestamp(held.at, configuration().zone)
    made = statement.message(held.code, values, review, _variant(), _language(), declared)
    try:
        file = announcements.write(made)
    except ValueError:
        return _too_large()
    _sender().send(state.identity(_key(), file), len(file), configuration().keys.seal(file))
    crossing = values["crossing"]
    arriving = str(crossing["direction"]).startswith("entry")
    day = crossing["arrival"] if arriving else crossing["departure"] or crossing["arrival"]
    return _page(
        "done.html",
        title=_("Your code"),
        code=codes.grouped(held.code),
        picture=paper.qr(held.code),
        name=made.movement.carrier.full_name if made.movement.carrier else "",
        until=day + dt.timedelta(days=30),
    )


def _at(held: State, step: str, now: int) -> State:
    held.step, held.at = step, now
    return held


def _show(
    held: State,
    now: int,
    faults: dict[str, str] | None = None,
    typed: dict[str, Any] | None = None,
) -> HttpResponse:
    """Shows the page of a form. If there are problems, the status is 422. `typed` replaces the stored values,
    because the encrypted field contains no text that is too long."""
    applying = steps.applying(_variant(), held.answers)
    shared: dict[str, Any] = {
        "state": state.seal(_key(), held),
        "within": True,
        "most": len(applying) + 1,
    }
    if held.step == steps.REVIEW:
        checked = steps.check(_variant(), held.answers, _about())
        last = paper.review_items(
            _variant(), held.answers.get(steps.REVIEW, {}), faults or {}, _about()
        )
        return _page(
            "review.html",
            422 if faults else 200,
            title=_("Check your answers and send"),
            number=len(applying) + 1,
            summary=paper.summary(_variant(), applying, checked.values, _about()),
            items=last,
            faults=paper.listed(last),
            **shared,
        )  # fmt: skip
    names = [one.name for one in applying]
    step = applying[names.index(held.step)] if held.step in names else applying[0]
    answers = typed if typed is not None else held.answers.get(step.name, {})
    shown = paper.items(step, _variant(), answers, faults or {}, _about())
    lines = paper.groups(_variant(), answers, faults or {}, _about()) if step.lines else []
    return _page(
        "step.html",
        422 if faults else 200,
        title=str(step.title),
        number=names.index(step.name) + 1,
        first=step.name == names[0],
        items=shown,
        groups=lines,
        faults=paper.listed(shown, lines),
        **shared,
    )


# --- pages that say why nothing happened --------------------------------------------------------


def refused(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    """Shows the error page for an encrypted field that this installation did not create, or for another
    invalid request.
    """
    return _told(400, _("This page cannot be used"), _(
        "The page was changed or is not complete. Nothing was sent to customs. Go back in your browser and"
        " try again, or begin again."
    ))  # fmt: skip


def not_found(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    """An unknown address."""
    return _told(404, _("This page does not exist"), _("Begin at the first page."))


def failed(request: HttpRequest) -> HttpResponse:
    """Shows the page for an internal error."""
    return _told(500, _("An error occurred"), _(
        "Nothing was sent to customs. Go back in your browser and try again."
    ))  # fmt: skip


def _busy(given: Any) -> HttpResponse:
    """Shows the page for a form that cannot be stored at this time. The page contains the answers, so that
    the person can send the form again. This page needs little computation, because it is also the response to
    a flood of forms.
    """
    response = _page(
        "busy.html",
        503,
        title=_("Your form was not sent"),
        state=given["state"],
        place=given.get("place", ""),
        confirmed=given.get("true", ""),
        within=True,
    )
    response.headers["Retry-After"] = str(RETRY_S)
    # Django would write a line to the log for each of these answers.
    response._has_been_logged = True  # type: ignore[attr-defined]
    return response


def _too_large() -> HttpResponse:
    return _told(413, _("Your answers are too long"), _(
        "Nothing was sent to customs. Go back in your browser: your answers are still in the page. Shorten"
        " the long texts, then continue."
    ))  # fmt: skip


def _told(status: int, title: str, text: str) -> HttpResponse:
    return _page("message.html", status, title=title, text=text)


# --- what every page contains -------------------------------------------------------------------


def _page(template: str, status: int = 200, **context: Any) -> HttpResponse:
    return HttpResponse(_rendered(template, **context), status=status)


def _rendered(template: str, **context: Any) -> str:
    language = _language()
    chosen = [(code, name) for code, name in settings.LANGUAGES if code in _languages()]
    shared = {
        "language": language,
        "direction": "rtl" if translation.get_language_bidi() else "ltr",
        "languages": chosen,
        "style": _style()[1],
        "demo": configuration().demo,
        "authority": configuration().authority,
        "contact": configuration().contact,
    }
    return render_to_string(f"form/{template}", shared | context)


@cache
def _start_page(language: str) -> str:
    """The first page is the same for all readers of a language."""
    return _rendered(
        "start.html",
        title=_("Announce cash before your journey"),
        threshold=paper.threshold(_variant(), language),
        counted=paper.counted(_variant(), language),
    )


@cache
def _style() -> tuple[bytes, str]:
    """Returns the style sheet and its URL."""
    parts = (
        files("vedette.web") / "static" / "tokens.css",
        files("vedette.cash.public") / "static" / "form.css",
    )
    content = b"\n".join(one.read_bytes() for one in parts)
    return content, f"/form.css?{hashlib.sha256(content).hexdigest()[:12]}"


@cache
def _languages() -> tuple[str, ...]:
    """Returns the languages of the national variant in which the form is available, in the order of the
    variant.
    """
    written = [code for code, _name in settings.LANGUAGES]
    return tuple(one for one in _variant().languages if one in written)


def _variant() -> Variant:
    return configuration().variant


@cache
def _sender() -> sending.Sender:
    return sending.Sender(configuration().dsn, configuration().organisation)


def _key() -> bytes:
    return configuration().key


def _language() -> str:
    return translation.get_language() or "en"


def _about() -> About:
    return About(_language(), dt.datetime.now(configuration().zone).date())
