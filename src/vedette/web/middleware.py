"""Middleware for every request: the user's language, preferences and data scope."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator

from django.db import transaction
from django.http import HttpRequest, HttpResponse, StreamingHttpResponse
from django.utils import translation

from vedette.apps.accounts.models import User
from vedette.apps.accounts.scope import set_scope

Handler = Callable[[HttpRequest], HttpResponse]


def language(get_response: Handler) -> Handler:
    """Sets the language of the cookie, else of the browser, else French; `preferences` sets that of a
    signed-in user."""

    def middleware(request: HttpRequest) -> HttpResponse:
        chosen = translation.get_language_from_request(request)
        translation.activate(chosen)
        request.LANGUAGE_CODE = translation.get_language()
        response = get_response(request)
        response.setdefault("Content-Language", request.LANGUAGE_CODE or "fr")
        return response

    return middleware


def preferences(get_response: Handler) -> Handler:
    """Sets the language and theme that the signed-in user chose, on every device; else those of the cookies.

    The theme is stored on the request, so that an error page need not use the database.
    """

    def middleware(request: HttpRequest) -> HttpResponse:
        user = request.user
        if user.is_authenticated:
            request.theme = user.theme_choice  # type: ignore[attr-defined]
            if user.language:
                translation.activate(user.language)
                request.LANGUAGE_CODE = translation.get_language()
        return get_response(request)

    return middleware


def scope(get_response: Handler) -> Handler:
    """Runs each request in one transaction, limited to the data that the signed-in user may see.

    A response with status 500 or above causes a rollback, so that views never write partly. A streamed
    response is produced after that transaction: in a separate one, with the scope set again.
    """

    def middleware(request: HttpRequest) -> HttpResponse:
        with transaction.atomic():
            user = request.user
            if user.is_authenticated:
                set_scope(user)
            response = get_response(request)
            if response.status_code >= 500:
                transaction.set_rollback(True)
        if isinstance(response, StreamingHttpResponse) and request.user.is_authenticated:
            response.streaming_content = _again(request.user, response.streaming_content)
        return response

    return middleware


def _again(user: User, parts: Iterable[bytes]) -> Iterator[bytes]:
    with transaction.atomic():
        set_scope(user)
        yield from parts
