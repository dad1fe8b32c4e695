"""The API at /api/: the operations of each app, token authentication, and error responses.

An API token belongs to a user. A request with a token has the data scope of the token's user. A request with
a token has only the rights that both the user and the token have.
"""

from __future__ import annotations

import logging
from functools import cache
from typing import Any

from django.core.exceptions import ObjectDoesNotExist, PermissionDenied, RequestDataTooBig
from django.http import Http404, HttpRequest, HttpResponse, UnreadablePostError
from django.http.multipartparser import MultiPartParserError
from django.shortcuts import render
from django.utils.translation import pgettext
from django.views.decorators.http import require_GET
from ninja import NinjaAPI

from vedette import __version__
from vedette.apps.accounts import acts, rules
from vedette.apps.accounts.api import caller
from vedette.apps.desk.api import queue_router, screen_router
from vedette.apps.desk.api import router as hits_router
from vedette.apps.hits.actions import Conflict, Incomplete
from vedette.apps.inbox.api import parse_router
from vedette.apps.inbox.api import router as messages_router
from vedette.apps.lists.api import lists_router, lookouts_router
from vedette.apps.profiles import actions
from vedette.apps.profiles.api import results_router
from vedette.apps.profiles.api import router as profiles_router
from vedette.apps.subjects.kinds import kind_api
from vedette.formats.lists import UnknownList
from vedette.kinds import kinds
from vedette.server import logs
from vedette.web import bodies

logger = logging.getLogger(__name__)

api = NinjaAPI(
    title="vedette",
    version=__version__,
    description='Receives advance data and gives hits with their reasons. Errors are {"detail": …}.',
    docs_url=None,
    parser=bodies.Bounded(),
    urls_namespace="api",
)
for prefix, router in (
    ("/messages", messages_router),
    ("", parse_router),
    *(pair for kind in kinds() for pair in kind_api(kind).routers),
    ("/queue", queue_router),
    ("/hits", hits_router),
    ("/hits", results_router),
    ("/profiles", profiles_router),
    ("/watchlists", lists_router),
    ("/lookouts", lookouts_router),
    ("", screen_router),
):
    api.add_router(prefix, router)


def _say(request: HttpRequest, status: int, detail: Any, **more: Any) -> HttpResponse:
    return api.create_response(request, {"detail": detail, **more}, status=status)


@api.exception_handler(PermissionDenied)
def _denied(request: HttpRequest, error: PermissionDenied) -> HttpResponse:
    return _say(request, 403, f"the token's user lacks the right {error}")


@api.exception_handler(Http404)
@api.exception_handler(ObjectDoesNotExist)
def _missing(request: HttpRequest, error: Exception) -> HttpResponse:
    return _say(request, 404, "it does not exist, or belongs to another organisation")


@api.exception_handler(Conflict)
def _conflict(request: HttpRequest, error: Conflict) -> HttpResponse:
    words = {
        "claimed": "another officer has this hit",
        "decided": "this hit is decided, or void",
        "free": "this hit is free, or not decided",
        "reasons": "a reason was added; read the hit again",
    }
    by = error.by.display() if error.by else None
    return _say(request, 409, words.get(error.what, error.what), by=by, at=error.at)


@api.exception_handler(actions.Refused)
def _stopped(request: HttpRequest, error: actions.Refused) -> HttpResponse:
    words = {
        "state": "the state of the version does not allow this; read it again",
        "busy": "five backtests of this user wait; cancel one, or wait",
        "findings": "the expression has errors; check it",
        "basis": "name the legal basis",
        "untested": "request a backtest of the current expression, and wait for it",
        "expired": "nobody decided in time; return it to draft, and submit it again",
        "own": "another person must do this",
    }
    return _say(request, 409, words.get(error.code, error.code))


@api.exception_handler(Incomplete)
def _incomplete(request: HttpRequest, error: Incomplete) -> HttpResponse:
    words = {
        "choice": "choose release, refer, hold or refuse",
        "why": "give a reason of at least 20 characters",
        "same": 'answer "same person?" for each reason that requires it',
        "basis": "name the legal basis",
        "second": "give a token of a second officer",
    }
    return _say(request, 422, [words.get(code, code) for code in error.missing])


@api.exception_handler(UnknownList)
def _refused(request: HttpRequest, error: UnknownList) -> HttpResponse:
    acts.write(caller(request), "list.refuse")
    return _say(request, 422, str(error))


@api.exception_handler(RequestDataTooBig)
def _too_big(request: HttpRequest, error: RequestDataTooBig) -> HttpResponse:
    return _say(request, 413, "larger than 64 MB; send smaller files, or use `vedette ingest`")


@api.exception_handler(MultiPartParserError)
@api.exception_handler(UnreadablePostError)
def _unreadable(request: HttpRequest, error: Exception) -> HttpResponse:
    return _say(request, 400, "the body could not be read to its end; send it again")


@api.exception_handler(Exception)
def _broken(request: HttpRequest, error: Exception) -> HttpResponse:
    """Returns a response with status 500. The type and place of the error are logged. The text of the error
    is not logged, because it may contain personal data.
    """
    logger.error("%s", logs.kind(error))
    return _say(request, 500, "an internal error occurred; nothing was written")


@cache
def operations() -> tuple[dict[str, Any], ...]:
    """Returns the operations of the API from its OpenAPI document: method, path, title, text, right,
    responses.

    The result is cached, because the document takes half a second to generate and does not change
    while a process runs.
    """
    document = api.get_openapi_schema(path_prefix="/api/")
    #: Operation → the right that its `Token` requires; empty if it has none.
    rights = {
        operation.operation_id or api.get_openapi_operation_id(operation): getattr(
            next(iter(operation.auth_callbacks), None), "right", ""
        )
        for _, router in api._routers
        for view in router.path_operations.values()
        for operation in view.operations
    }
    return tuple(
        {
            "method": method.upper(),
            "path": path,
            "summary": operation.get("summary", ""),
            "description": " ".join(operation.get("description", "").split()),
            "right": rights[operation["operationId"]],
            "answers": ", ".join(str(status) for status in operation["responses"]),
        }
        for path, methods in document["paths"].items()
        for method, operation in methods.items()
    )


@rules.signed_in
@require_GET
def page(request: HttpRequest) -> HttpResponse:
    """Shows the API as a table in a page of vedette, without scripts or external resources."""
    texts = ("summary", "description")
    told = [one | {text: pgettext("api", one[text]) for text in texts} for one in operations()]
    return render(request, "api.html", {"operations": told})


def urls() -> Any:
    """Returns the URLs of the API, which require a token and not a session."""
    patterns, app, namespace = api.urls
    for pattern in patterns:
        view: Any = pattern.callback
        # Operations check their own right; the remaining view is the document, which contains no personal
        # data.
        pattern.callback = rules.public(view)
    return patterns, app, namespace
