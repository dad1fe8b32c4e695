"""The API of messages: callers put files into the inbox, and read received files and their messages."""

from __future__ import annotations

import datetime as dt
import uuid
from functools import reduce
from importlib import import_module
from operator import or_
from typing import Any

import msgspec
from django.http import HttpRequest
from django.shortcuts import get_object_or_404
from ninja import Router, Schema, Status
from ninja.errors import HttpError
from pydantic import Field, create_model

from vedette import kinds
from vedette.apps.accounts import acts
from vedette.apps.accounts.api import PROBLEMS, Line, Problem, Token, caller
from vedette.apps.inbox import actions
from vedette.apps.inbox.models import Inbox, Message
from vedette.apps.inbox.wording import REGISTERED
from vedette.core import filenames
from vedette.formats import as_json
from vedette.formats.edifact import Unreadable

router = Router(tags=["messages"])

#: The maximum number of files in one request.
MOST_FILES = 100
#: The greatest size of a message to try, in bytes.
MOST_TRIED = 1024 * 1024
#: The body is one file of any type, or a form (`multipart/form-data`) with one or more files.
_BODY = {
    "requestBody": {
        "required": True,
        "content": {
            "application/octet-stream": {"schema": {"type": "string", "format": "binary"}},
            "multipart/form-data": {
                "schema": {
                    "type": "object",
                    "properties": {
                        "file": {"type": "array", "items": {"type": "string", "format": "binary"}}
                    },
                }
            },
        },
    }
}


class ReceivedFile(Schema):
    """The result for one file."""

    name: str
    state: str = Field(description="accepted, duplicate or refused")
    id: uuid.UUID | None = Field(None, description="for GET /messages/{id}")
    reason: str = Field("", description="why it was refused, where, and what to do")


class ReceivedFiles(Schema):
    """The results for all files of the request, in the order of the files."""

    files: list[ReceivedFile]


@router.post(
    "", auth=Token("message.submit"),
    response={202: ReceivedFiles, 413: Problem, **PROBLEMS}, openapi_extra=_BODY,
    summary="Put messages into the inbox",
)  # fmt: skip
def submit(request: HttpRequest, name: Line = ""):
    """Accepts each file, or refuses it if it is not a message. Workers read accepted files within seconds.

    If the body of the request is the file itself, `name` is the name of the file.
    """
    return Status(202, {"files": [_received(request, *file) for file in _sent(request, name)]})


def _sent(request: HttpRequest, name: str = "") -> list[tuple[str, bytes]]:
    """Returns the name and the bytes of each file in a form, or of the body of the request. The status of the
    response is 413 if there are too many files, and 422 if the form is empty."""
    uploads = [upload for many in request.FILES.lists() for upload in many[1]]
    if len(uploads) > MOST_FILES:
        raise HttpError(413, f"more than {MOST_FILES} files; send them in several requests")
    if uploads:
        return [(str(upload.name), upload.read()) for upload in uploads]
    if (request.content_type or "").startswith("multipart/"):
        raise HttpError(422, "the form contains no file; send a file in the field `file`")
    return [(name, request.body)]


def _received(request: HttpRequest, name: str, data: bytes) -> dict[str, Any]:
    shown = filenames.cleaned(name)
    why = filenames.problem(name)
    if not why:
        try:
            kinds.sniff(data)
        except Unreadable as error:
            why = f"byte {error.offset}: {error.reason}"
    if why:
        acts.write(caller(request), "message.refuse", size=len(data))
        return {"name": shown, "state": "refused", "reason": why}
    receipt = actions.receive(caller(request), shown, data)
    state = "duplicate" if receipt.duplicate else "accepted"
    return {"name": shown, "state": state, "id": receipt.id}


class MessageOut(Schema):
    """The header of a message that was read, and the errors in the message, but no data of a subject."""

    id: uuid.UUID
    number: int
    format: str
    function: str
    sender: str
    message_ref: str
    resend_of: uuid.UUID | None
    warnings: list[dict[str, Any]]
    unread: list[dict[str, Any]]


def _fields(kind: str) -> type[Any]:
    """Returns the schema of the fields that a kind of subject adds to a message."""
    found: type[Any] = import_module(f"{kinds.kinds()[kind].app}.api").API.message
    return found


#: A message with the fields of its kind.
AnyMessage: Any = reduce(
    or_, (create_model("MessageOut", __base__=(_fields(kind), MessageOut)) for kind in REGISTERED)
)


class FileOut(Schema):
    """A received file and the messages read from it."""

    id: uuid.UUID
    state: str = Field(description="waiting, done, duplicate, failed or quarantined")
    name: str
    size: int
    received_at: dt.datetime
    finished_at: dt.datetime | None
    failure: dict[str, Any] | None
    messages: list[AnyMessage]


@router.get(
    "/{id}",
    auth=Token("message.see"),
    response={200: FileOut, **PROBLEMS},
    summary="One received file",
)
def received(request: HttpRequest, id: uuid.UUID):
    """Returns a received file and its messages. `id` is the id returned when the file was received, or the id
    of a message read from the file."""
    message = Message.objects.filter(pk=id).first()
    file = get_object_or_404(Inbox, pk=message.inbox_id if message else id)
    messages = [
        {
            **REGISTERED[one.kind].api_values(one),
            **{name: getattr(one, name) for name in MessageOut.model_fields if name != "resend_of"},
            "resend_of": one.resend_of_id,
        }
        for one in Message.objects.filter(inbox=file).order_by("number")
    ]
    fields = ("id", "state", "name", "size", "received_at", "finished_at", "failure")
    return {**{f: getattr(file, f) for f in fields}, "messages": messages}


parse_router = Router(tags=["try"])


@parse_router.post(
    "/parse", auth=Token("message.try"),
    response={200: Any, 413: Problem, **PROBLEMS}, openapi_extra=_BODY,
    summary="Read a message without storing it",
)  # fmt: skip
def parse(request: HttpRequest):
    """Returns the records and warnings of each message in the body of the request, as `vedette parse` prints
    them."""
    data = _sent(request)[0][1]
    if len(data) > MOST_TRIED:
        raise HttpError(
            413,
            "the message is larger than 1 MB; send it to /api/messages, or a part of it here",
        )
    try:
        found = kinds.missing_parts(kinds.read(data))
    except Unreadable as error:
        raise HttpError(422, f"byte {error.offset}: {error.reason}") from error
    acts.write(caller(request), "message.try", size=len(data), read=len(found))
    read = [as_json.message(one, "", n) for n, one in enumerate(found, 1)]
    return msgspec.to_builtins({"messages": read}, str_keys=True)
