"""Code that the APIs of all apps share: authentication by token, the user of the request, types for
texts, and errors.
"""

from __future__ import annotations

from typing import Annotated, Any, ClassVar, cast

from django.http import HttpRequest
from ninja import Schema
from ninja.security import HttpBearer
from pydantic import AfterValidator, StringConstraints

from vedette.apps.accounts import actions, acts, rules
from vedette.apps.accounts.models import User


class Problem(Schema):
    """The error response to a request. The response also states how to correct the request."""

    detail: Any


#: The error statuses that any operation may return.
PROBLEMS = dict.fromkeys((400, 401, 403, 404, 409, 413, 422, 429), Problem)


def storable(text: str) -> str:
    """Returns the text. Raises `ValueError` if PostgreSQL cannot store the text."""
    if "\0" in text:
        raise ValueError("contains a NUL character; leave it out")
    try:
        text.encode()
    except UnicodeEncodeError as error:
        raise ValueError("is not Unicode text; send UTF-8") from error
    return text


#: A line of text, and a longer one.
Line = Annotated[str, AfterValidator(storable), StringConstraints(max_length=300)]
Text = Annotated[str, AfterValidator(storable), StringConstraints(max_length=10_000)]
#: A reason. The second person reads it, and the journal stores it.
Why = Annotated[str, AfterValidator(storable), StringConstraints(min_length=20, max_length=1000)]


def caller(request: HttpRequest) -> User:
    """Returns the user whose token authenticated the request. `Token` has already checked the right
    of this user.
    """
    return cast("User", request.user)


class Token(HttpBearer):
    """Authentication by the header `Authorization: Bearer vedette_…`. The request then has the
    identity of the token's user.

    With `auth=Token(right)` each operation declares the right that it requires. `besides` contains
    further rights that the operation may require.
    """

    #: The rights that the operations require. A token can have only these rights.
    asked: ClassVar[set[str]] = set()

    openapi_description = "A token made on the page of one's own API tokens."

    def __init__(self, right: str, *besides: str) -> None:
        super().__init__()
        self.right = right
        self.asked.update(known for known in (right, *besides) if rules.RULES[known])

    def authenticate(self, request: HttpRequest, token: str) -> User | None:
        """Sets the scope of the request and returns the user of the token, or None for an invalid
        token. Raises `PermissionDenied` if the user or the token lacks the right.
        """
        user = actions.use_token(token)
        if user is None:
            acts.refused("token.refused", actions.whose_token(token))
            return None
        request.user = user
        rules.set_scope(user)
        rules.check(user, self.right)
        return user
