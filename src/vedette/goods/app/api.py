"""The API for declarations: the reply to a declaration."""

from __future__ import annotations

import datetime as dt
import uuid
from decimal import Decimal
from typing import Any

from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from ninja import Router, Schema
from ninja.errors import HttpError
from ninja.responses import Status
from pydantic import Field

from vedette.apps.accounts.api import PROBLEMS, Line, Token, caller
from vedette.apps.subjects.kinds import KindApi
from vedette.goods.app import replies
from vedette.goods.app.models import Declaration

declarations_router = Router(tags=["declarations"])


class ReplyOut(Schema):
    """The reply to a declaration. The reply contains no reason."""

    declaration: uuid.UUID
    answer: str = Field(description="release, documents or control")
    at: dt.datetime
    mrn: str | None
    lrn: str | None


class Reference(Schema):
    """The MRN or the local reference of a declaration."""

    reference: Line


@declarations_router.get(
    "/{id}/reply", auth=Token("reply.see"), response={200: ReplyOut, 204: None, **PROBLEMS},
    summary="The reply to a declaration",
)  # fmt: skip
def reply(request: HttpRequest, id: uuid.UUID):
    """Returns the decision on the goods: release, documents or control. The status is 204 while there is no
    reply: a person has not decided yet, or there is nothing to decide.

    The account of the token must have all themes of goods and all purposes, because a reply depends on all
    hits.
    """
    return _reply(request, get_object_or_404(Declaration, pk=id))


@declarations_router.get(
    "/{id}/reply.edi", auth=Token("reply.see"), response={200: Any, 204: None, **PROBLEMS},
    summary="The reply to a declaration as CUSRES",
)  # fmt: skip
def reply_message(request: HttpRequest, id: uuid.UUID):
    """Returns the reply as a CUSRES message, according to the specification UN/EDIFACT D.96B."""
    found = get_object_or_404(Declaration, pk=id)
    user = caller(request)
    answer = replies.of_declaration(user, found)
    if answer is None:
        return Status(204, None)
    return HttpResponse(
        replies.message(user, found, answer), content_type="application/edifact; charset=iso-8859-1"
    )


@declarations_router.post(
    "/reply", auth=Token("reply.see"), response={200: ReplyOut, 204: None, **PROBLEMS},
    summary="The reply to the declaration that has a given reference",
)  # fmt: skip
def reply_by_reference(request: HttpRequest, body: Reference):
    """Returns the reply to the declaration that has this MRN or local reference. The status
    is 409 if several senders submitted a declaration with this reference."""
    if not replies.may(caller(request)):
        raise PermissionDenied
    try:
        found = replies.by_reference(body.reference)
    except replies.Several:
        raise HttpError(409, "several declarations have this reference; use the id") from None
    except Declaration.DoesNotExist:
        raise HttpError(404, "no such declaration") from None
    return _reply(request, found)


def _reply(request: HttpRequest, found: Declaration):
    answer = replies.of_declaration(caller(request), found)
    if answer is None:
        return Status(204, None)
    return {
        "declaration": found.pk, "answer": answer.answer, "at": answer.at, "mrn": answer.mrn,
        "lrn": answer.lrn,
    }  # fmt: skip


class GoodsRow(Schema):
    """A goods item in the queue. Masked values are null."""

    declaration_id: uuid.UUID
    item: int
    description: str | None
    hs: str | None
    origin: str | None
    destination: str | None


class GoodsHit(Schema):
    """A goods item in a hit."""

    reference: str | None
    net_mass_kg: float | None
    value: Decimal | None
    currency: str | None
    documents: list[str]
    containers: list[str]


class MessageFields(Schema):
    """The declaration of a message, and the numbers of its items and consignments."""

    declaration_id: uuid.UUID | None
    items: int
    consignments: int


API = KindApi(
    row=GoodsRow,
    hit=GoodsHit,
    message=MessageFields,
    routers=(("/declarations", declarations_router),),
)
