"""What the parts of the API share: the caller, texts that the database can hold, problems."""

from __future__ import annotations

from typing import Annotated, Any, cast

from django.http import HttpRequest
from ninja import Schema
from pydantic import AfterValidator, StringConstraints

from vedette.apps.accounts.models import User


class Problem(Schema):
    """What was wrong and what to do."""

    detail: Any


#: Answers that any address may give.
PROBLEMS = {401: Problem, 403: Problem, 404: Problem, 409: Problem, 422: Problem}


def _storable(text: str) -> str:
    if "\0" in text:
        raise ValueError("holds a NUL character; leave it out")
    try:
        text.encode()
    except UnicodeEncodeError as error:
        raise ValueError("is not Unicode text; send UTF-8") from error
    return text


#: A line of text, and a longer one.
Line = Annotated[str, AfterValidator(_storable), StringConstraints(max_length=300)]
Text = Annotated[str, AfterValidator(_storable), StringConstraints(max_length=10_000)]


def caller(request: HttpRequest) -> User:
    """The user whose token came with the request."""
    return cast("User", request.user)
