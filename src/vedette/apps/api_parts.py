"""What the parts of the API share: the caller, texts that the database can hold, problems."""

from __future__ import annotations

from typing import Annotated, Any, ClassVar, cast

from django.http import HttpRequest
from ninja import Schema
from ninja.security import HttpBearer
from pydantic import AfterValidator, StringConstraints

from vedette.apps.accounts import rules
from vedette.apps.accounts.actions import use_token, whose_token
from vedette.apps.accounts.models import User
from vedette.apps.accounts.refusals import refused
from vedette.apps.accounts.scope import set_scope


class Problem(Schema):
    """What was wrong and what to do."""

    detail: Any


#: Answers that any address may give.
PROBLEMS = dict.fromkeys((400, 401, 403, 404, 409, 413, 422, 429), Problem)


def storable(text: str) -> str:
    if "\0" in text:
        raise ValueError("holds a NUL character; leave it out")
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

    Each operation says by `auth=Token(right)` what it asks for: that is its declaration. Further
    rights are those it may ask for besides.
    """

    #: Every right that an operation asks for: what a token may be given.
    asked: ClassVar[set[str]] = set()

    openapi_description = "A token made on the page of one's own API tokens."

    def __init__(self, right: str, *besides: str) -> None:
        super().__init__()
        self.right = right
        self.asked.update(known for known in (right, *besides) if rules.RULES[known])

    def authenticate(self, request: HttpRequest, token: str) -> User | None:
        """The user, with the request in their scope; None refuses, `PermissionDenied` tells why."""
        user = use_token(token)
        if user is None:
            refused("token.refused", whose_token(token))
            return None
        request.user = user
        set_scope(user)
        rules.check(user, self.right)
        return user
