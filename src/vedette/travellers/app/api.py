"""Messages and flights over the API."""

from __future__ import annotations

import datetime as dt
import uuid
from typing import Annotated, Any

import msgspec
from django.http import HttpRequest
from django.shortcuts import get_object_or_404
from ninja import Router, Schema, Status
from ninja.errors import HttpError
from pydantic import BeforeValidator, Field

from vedette import kinds
from vedette.apps.accounts import acts
from vedette.apps.accounts.api import PROBLEMS, Line, Problem, Token, caller
from vedette.apps.inbox import actions
from vedette.apps.inbox.models import Inbox, Message
from vedette.core import filenames
from vedette.formats import as_json
from vedette.formats.edifact import Unreadable
from vedette.travellers.app.models import Flight
from vedette.travellers.app.selectors import flights as flight_reads
from vedette.travellers.app.selectors import manifest

router = Router(tags=["messages"])
flights_router = Router(tags=["flights"])

#: Files in one request.
MOST_FILES = 100
#: A message to try may be as large as on the page.
MOST_TRIED = 1024 * 1024
#: The body is the file itself, whatever its type; or `multipart/form-data` with one file or several.
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
    """What became of a file."""

    name: str
    state: str = Field(description="accepted, duplicate or refused")
    id: uuid.UUID | None = Field(None, description="for GET /messages/{id}")
    reason: str = Field("", description="why it was refused, where, and what to do")


class ReceivedFiles(Schema):
    """All files of the request, in their order."""

    files: list[ReceivedFile]


@router.post(
    "", auth=Token("message.submit"),
    response={202: ReceivedFiles, 413: Problem, **PROBLEMS}, openapi_extra=_BODY,
    summary="Put messages into the inbox",
)  # fmt: skip
def submit(request: HttpRequest, name: Line = ""):
    """Each file is accepted, known already, or refused at the door; workers read it within seconds.

    `name` is the file name of a raw body.
    """
    return Status(202, {"files": [_received(request, *file) for file in _sent(request, name)]})


def _sent(request: HttpRequest, name: str = "") -> list[tuple[str, bytes]]:
    """(name, bytes) of each file of a form, or of the body; 413 for too many, 422 for a form of none."""
    uploads = [upload for many in request.FILES.lists() for upload in many[1]]
    if len(uploads) > MOST_FILES:
        raise HttpError(413, f"more than {MOST_FILES} files; send them in several requests")
    if uploads:
        return [(str(upload.name), upload.read()) for upload in uploads]
    if (request.content_type or "").startswith("multipart/"):
        raise HttpError(422, "the form holds no file; send one under the name file")
    return [(name, request.body)]


def _received(request: HttpRequest, name: str, data: bytes) -> dict[str, Any]:
    shown = filenames.cleaned(name)
    why = filenames.problem(name)
    if not why:
        try:
            kinds.sniff(data)
        except Unreadable as error:
            where = f"byte {error.offset}: " if error.offset is not None else ""
            why = f"{where}{error.reason}"
    if why:
        acts.write(caller(request), "message.refuse", size=len(data))
        return {"name": shown, "state": "refused", "reason": why}
    receipt = actions.receive(caller(request), shown, data)
    state = "duplicate" if receipt.duplicate else "accepted"
    return {"name": shown, "state": state, "id": receipt.id}


class MessageOut(Schema):
    """A message as read: what it speaks of and what was wrong with it, never a value of it."""

    id: uuid.UUID
    number: int
    format: str
    function: str
    sender: str
    message_ref: str
    flight_id: uuid.UUID | None
    travellers: int = Field(alias="traveller_count")
    bookings: int = Field(alias="booking_count")
    resend_of: uuid.UUID | None = Field(alias="resend_of_id")
    warnings: list[dict[str, Any]]
    unread: list[dict[str, Any]]


class FileOut(Schema):
    """A received file and the messages read from it."""

    id: uuid.UUID
    state: str = Field(description="waiting, done, duplicate, failed or quarantined")
    name: str
    size: int
    received_at: dt.datetime
    finished_at: dt.datetime | None
    failure: dict[str, Any] | None
    messages: list[MessageOut]


@router.get(
    "/{id}",
    auth=Token("message.see"),
    response={200: FileOut, **PROBLEMS},
    summary="One received file",
)
def received(request: HttpRequest, id: uuid.UUID):
    """By the id that the receipt gave, or by that of a message read from it."""
    message = Message.objects.filter(pk=id).first()
    file = get_object_or_404(Inbox, pk=message.inbox_id if message else id)
    messages = list(Message.objects.filter(inbox=file).order_by("number"))
    fields = ("id", "state", "name", "size", "received_at", "finished_at", "failure")
    return {**{f: getattr(file, f) for f in fields}, "messages": messages}


parse_router = Router(tags=["try"])


@parse_router.post(
    "/parse", auth=Token("message.try"),
    response={200: Any, 413: Problem, **PROBLEMS}, openapi_extra=_BODY,
    summary="Read a message and store nothing",
)  # fmt: skip
def parse(request: HttpRequest):
    """The records and warnings of each message of the body, as `vedette parse` prints them."""
    data = _sent(request)[0][1]
    if len(data) > MOST_TRIED:
        raise HttpError(413, "larger than 1 MB; send it to /api/messages, or a part of it here")
    try:
        found = kinds.missing_parts(kinds.read(data))
    except Unreadable as error:
        raise HttpError(422, f"byte {error.offset}: {error.reason}") from error
    acts.write(caller(request), "message.try", size=len(data), read=len(found))
    read = [as_json.message(one, "", n) for n, one in enumerate(found, 1)]
    return msgspec.to_builtins({"messages": read}, str_keys=True)


#: A time of the airport, which has no zone: `2026-11-24T14:59:30` (no `date-time` of RFC 3339).
Local = Annotated[str, BeforeValidator(lambda at: at.isoformat() if at else None)]


class FlightOut(Schema):
    """A flight with what was received of it; times local to the airports, and UTC."""

    id: uuid.UUID
    carrier: str
    number: str
    origin: str
    destination: str
    departs_local: Local | None
    departs_at: dt.datetime | None
    arrives_local: Local | None
    arrives_at: dt.datetime | None
    api_count: int
    pnr_count: int
    joined_count: int
    open_hits: int = 0


class Flights(Schema):
    """The flights of a day, a page at a time."""

    flights: list[FlightOut]
    following: str | None = Field(description="`after` of the next page")


@flights_router.get(
    "",
    auth=Token("subjects.see"),
    response={200: Flights, **PROBLEMS},
    summary="The flights of a day",
)
def flights(
    request: HttpRequest,
    day: dt.date | None = None,
    carrier: Line = "",
    after: Line = "",
):
    """Those that land on that day (today without one), local time of the airport."""
    try:
        found = flight_reads.day(
            day or dt.datetime.now(dt.UTC).date(), carrier=carrier.upper(), after=after
        )
    except OverflowError as error:
        raise HttpError(422, "day: outside the years that flights have") from error
    rows = [_flight(row.flight, sum(n for _, n in row.levels)) for row in found.rows]
    return {"flights": rows, "following": found.following}


class Person(Schema):
    """A traveller on a flight: merged display values."""

    id: uuid.UUID
    role: str
    infant: bool
    present: bool
    in_api: bool
    in_pnr: bool
    facts: list[str]
    masked: bool = Field(description="the clear values are masked: null below")
    surname: str | None
    given_names: str | None
    date_of_birth: dt.date | None
    sex: str | None
    nationality: str | None
    document: str | None
    seat: str | None
    locator: str | None
    hit_id: uuid.UUID | None
    priority: int | None


class FlightManifest(FlightOut):
    """A flight and one page of its manifest."""

    travellers: list[Person]
    matching: int
    page: int
    more: bool


@flights_router.get(
    "/{id}",
    auth=Token("subjects.see"),
    response={200: FlightManifest, **PROBLEMS},
    summary="A flight with its travellers",
)
def flight(request: HttpRequest, id: uuid.UUID, page: int = 1):
    """One page of the manifest; `more` says whether another follows."""
    found = get_object_or_404(Flight, pk=id)
    levels = flight_reads.levels_of([found.pk])[found.pk]
    shown = manifest.page(found.pk, number=max(1, min(page, 10_000)))
    acts.write(caller(request), "flight.see", found.pk, page=shown.number)
    return {
        **_flight(found, sum(n for _, n in levels)),
        "travellers": shown.people,
        "matching": shown.matching,
        "page": shown.number,
        "more": shown.more,
    }


def _flight(found: Flight, open_hits: int) -> dict[str, Any]:
    fields = [name for name in FlightOut.model_fields if name != "open_hits"]
    return {**{name: getattr(found, name) for name in fields}, "open_hits": open_hits}
