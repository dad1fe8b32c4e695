"""What every request passes: the reader's language, and whose data is in scope."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator

from django.db import transaction
from django.http import HttpRequest, HttpResponse, StreamingHttpResponse
from django.utils import translation

from vedette.apps.accounts.models import User
from vedette.apps.accounts.scope import set_scope

Handler = Callable[[HttpRequest], HttpResponse]


def language(get_response: Handler) -> Handler:
    """The language of the cookie, else the browser's, else French; `preferences` knows the user's."""

    def middleware(request: HttpRequest) -> HttpResponse:
        chosen = translation.get_language_from_request(request)
        translation.activate(chosen)
        request.LANGUAGE_CODE = translation.get_language()
        response = get_response(request)
        response.setdefault("Content-Language", request.LANGUAGE_CODE or "fr")
        return response

    return middleware


def preferences(get_response: Handler) -> Handler:
    """Language and theme that the signed-in user chose, wherever they sign in; else the cookies'.

    The theme rests on the request, so that the page of an error need not ask the database.
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
    """One transaction a request, with what the signed-in user may see as its scope.

    An answer of 500 and above rolls back: views never half-write. A streamed answer is read after
    that transaction: in one of its own, with the scope set again.
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
