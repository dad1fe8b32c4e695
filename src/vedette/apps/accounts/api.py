"""Parts that the APIs of all apps use: authentication by token, the user who calls, types of texts,
and errors.
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
    """The error of a request, with what to do about it."""

    detail: Any


#: The error statuses that any operation may return.
PROBLEMS = dict.fromkeys((400, 401, 403, 404, 409, 413, 422, 429), Problem)


def storable(text: str) -> str:
    """The text; raises `ValueError` if PostgreSQL cannot store it."""
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
#: A reason, for the second person and the journal.
Why = Annotated[str, AfterValidator(storable), StringConstraints(min_length=20, max_length=1000)]


def caller(request: HttpRequest) -> User:
    """The user whose token came with the request; `Token` has checked the right of the operation."""
    return cast("User", request.user)


class Token(HttpBearer):
    """`Authorization: Bearer vedette_…`; the request then acts as the token's user.

    Each operation declares by `auth=Token(right)` the right that it requires. `besides` are further
    rights that the operation may require.
    """

    #: Every right that an operation requires: the rights that a token can have.
    asked: ClassVar[set[str]] = set()

    openapi_description = "A token made on the page of one's own API tokens."

    def __init__(self, right: str, *besides: str) -> None:
        super().__init__()
        self.right = right
        self.asked.update(known for known in (right, *besides) if rules.RULES[known])

    def authenticate(self, request: HttpRequest, token: str) -> User | None:
        """The user of the token, after setting the scope of the request; None for an invalid token. Raises
        `PermissionDenied` if the user or the token lacks the right."""
        user = actions.use_token(token)
        if user is None:
            acts.refused("token.refused", actions.whose_token(token))
            return None
        request.user = user
        rules.set_scope(user)
        rules.check(user, self.right)
        return user
