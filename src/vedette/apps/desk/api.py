"""The API of the queue, of hits and their decisions, and of the screening of one person."""

from __future__ import annotations

import datetime as dt
import uuid
from dataclasses import replace
from functools import reduce
from operator import or_
from typing import Annotated, Any, Literal

from django.http import HttpRequest
from ninja import Query, Router, Schema, Status
from ninja.errors import HttpError
from pydantic import Field, create_model

from vedette.apps.accounts import acts
from vedette.apps.accounts.actions import use_token
from vedette.apps.accounts.api import PROBLEMS, Line, Problem, Text, Token, caller
from vedette.apps.accounts.selectors import colleagues
from vedette.apps.desk.screen_now import Asked, screen_person
from vedette.apps.hits import actions, selectors, wording
from vedette.apps.hits.models import Reason, SeenHit
from vedette.apps.hits.selectors import ALL, Filters
from vedette.apps.subjects.kinds import AppKind, app_kind, kind_api
from vedette.core import codes
from vedette.core.errors import ListsNotReady
from vedette.kinds import kinds

queue_router = Router(tags=["queue"])
router = Router(tags=["hits"])
screen_router = Router(tags=["try"])


class ReasonShort(Schema):
    """A reason in one line, in the language of the request."""

    id: uuid.UUID
    kind: str
    sentence: str
    contribution: int


class QueueRow(Schema):
    """A hit of the queue."""

    id: uuid.UUID
    priority: int
    state: str
    due_at: dt.datetime
    favour: list[str]
    reasons: list[ReasonShort]
    claimed_by: str | None


#: A row with the fields of its kind of subject.
AnyRow: Any = reduce(
    or_, (create_model("QueueRow", __base__=(kind_api(k).row, QueueRow)) for k in kinds())
)


class Queue(Schema):
    """One page of open hits."""

    hits: list[AnyRow]
    total: int
    following: str = Field(description="value of `after` for the next page; empty on the last page")


class QueueFilters(Schema):
    """The filters, which are the same as on the page of the queue."""

    whose: Literal["all", "free", "mine", "others"] = "all"
    priority: Literal["1", "2", "3", "4"] | None = None
    kind: Line = ""
    group: Line = Field("", description="a group, as in the filter of the page, such as YY 417")
    due: Literal["past", "soon", "today", "later"] | None = Field(
        None, description="the time left: past due, within two hours, later today, after today"
    )
    order: Literal["due", "priority"] = "due"
    after: Line = ""


@queue_router.get(
    "", auth=Token("record.see"), response={200: Queue, **PROBLEMS}, summary="Open hits"
)
def queue(request: HttpRequest, filters: Query[QueueFilters]):
    """Returns the open hits, sorted by the deadline of the decision or by priority. For each hit, the facts
    in favour of the person come before the reasons.

    The response includes hits that the page groups as a flood.
    """
    user = caller(request)
    asked = Filters.read({k: v or "" for k, v in filters.model_dump().items()})
    page = selectors.page(replace(asked, flood=ALL), user, filters.after)
    actions.seen_in_queue(user, page.rows)
    rows = [_row(row) for row in page.rows]
    return {"hits": rows, "total": page.total, "following": page.following}


def _row(row: selectors.Row) -> dict[str, Any]:
    hit, kind = row.hit, app_kind(row.hit.subject.kind)
    return {
        **{k: row.shown[k] for k in kind_api(hit.subject.kind).row.model_fields},
        **{k: getattr(hit, k) for k in ("id", "priority", "state", "due_at")},
        "favour": wording.favour(hit.favour, kind),
        "reasons": [_short(reason, kind) for reason in row.reasons],
        "claimed_by": hit.claimed_by.display() if hit.claimed_by else None,
    }


def _short(reason: Reason, kind: AppKind) -> dict[str, Any]:
    return {
        "id": reason.id,
        "kind": reason.kind,
        "sentence": wording.short(reason, kind),
        "contribution": reason.contribution,
    }


class ReasonOut(ReasonShort):
    """A reason with its evidence: the values of the subject (`ours`) and the compared values of the list or
    profile (`theirs`). The score by name is the sum of the effects of names, birth date, nationality and
    sex. An identifier that agrees has the effect 1.
    """

    state: str
    outcome: str
    channel: str
    score: float | None
    entry_id: uuid.UUID | None
    knowledge: str
    evidence: list[dict[str, Any]]


class DecisionOut(Schema):
    """A decision with its explanation."""

    id: uuid.UUID
    choice: str
    why: str | None = Field(description="null if it is masked")
    basis: str | None = Field(description="legal basis; null if it is masked")
    by: str
    second: str | None
    at: dt.datetime


class HitOut(QueueRow):
    """A hit with its reasons, decisions and history."""

    minor: bool = Field(description="under 18 on the day of travel")
    restricted: bool = Field(description="clear values are withheld at the person's request")
    reasons: list[ReasonOut]  # type: ignore[assignment]
    decisions: list[DecisionOut]
    history: list[dict[str, Any]]


#: A hit with the fields of its kind of subject.
AnyHit: Any = reduce(
    or_,
    (create_model("HitOut", __base__=(kind_api(k).hit, kind_api(k).row, HitOut)) for k in kinds()),
)


@router.get(
    "/{id}", auth=Token("record.see"), response={200: AnyHit, **PROBLEMS}, summary="One hit"
)
def hit(request: HttpRequest, id: uuid.UUID):
    """Returns all data that an officer needs for a decision. Each request is recorded in the journal."""
    found = selectors.find(id)
    acts.write(caller(request), "hit.see", found.id)
    return _hit(found)


def _hit(found: SeenHit) -> dict[str, Any]:
    kind = app_kind(found.subject.kind)
    reasons = [
        {
            **_short(reason, kind),
            "state": reason.state,
            "outcome": reason.outcome,
            "channel": reason.channel,
            "score": reason.score,
            "entry_id": reason.entry_id,
            "knowledge": reason.knowledge,
            "evidence": reason.evidence,
        }
        for reason in selectors.reasons(found)
    ]
    return {
        **kind.hit_values(found.subject_id),
        **_row(selectors.rows([found])[0]),
        "minor": found.subject.minor,
        "restricted": found.subject.restricted,
        "reasons": reasons,
        "decisions": [_decision(one) for one in selectors.decisions(found)],
        "history": [
            {"at": event.at, "what": wording.event(event), "priority": event.priority}
            for event in selectors.history(found)
        ],
    }


def _decision(one: Any) -> dict[str, Any]:
    return {
        **{k: getattr(one, k) for k in ("id", "choice", "why", "basis", "at")},
        "by": one.by.display(),
        "second": one.second.display() if one.second else None,
    }


class ClaimIn(Schema):
    """Claims a hit, hands it back, or hands it over to a colleague."""

    do: Literal["claim", "hand_back", "hand_over"] = "claim"
    to: Line = Field("", description="sign-in name of the colleague")


@router.post(
    "/{id}/claim",
    auth=Token("hit.claim", "hit.hand_over"),
    response={200: AnyHit, **PROBLEMS},
    summary="Claim a hit, hand it back or hand it over",
)
def claim(request: HttpRequest, id: uuid.UUID, body: ClaimIn):
    """Claims the hit, hands it back or hands it over. The HTTP status is 409 if another
    user claimed it first."""
    user = caller(request)
    selectors.find(id)
    if body.do == "hand_over":
        to = colleagues(user).filter(username=body.to).first()
        if to is None:
            raise HttpError(422, "to: unknown colleague")
        actions.hand_over(user, id, to)
    elif body.do == "hand_back":
        actions.hand_back(user, id)
    else:
        actions.claim(user, id)
    return _hit(selectors.find(id))


class DecisionIn(Schema):
    """A decision, with the answers to the question "same person?"."""

    choice: Literal["release", "refer", "hold", "refuse"]
    why: Text = Field(description="at least 20 characters")
    seen: list[uuid.UUID] = Field(description="ids of the open reasons that were read")
    answers: dict[uuid.UUID, Literal["another", "unsure", "same"]] = {}
    beyond: bool = Field(False, description="whether the hold is longer than its limit")
    basis: Line = Field(
        "", description="legal basis; required to refuse, and to hold longer than the limit"
    )
    second: Line = Field(
        "",
        description="token that the second officer created; required to refuse, to hold longer than the"
        " limit, and to refer, hold or refuse a minor",
    )


@router.post(
    "/{id}/decision",
    auth=Token("hit.decide"),
    response={201: DecisionOut, **PROBLEMS},
    summary="Record a decision",
)
def decide(request: HttpRequest, id: uuid.UUID, body: DecisionIn):
    """Records a decision. The HTTP status is 409 if another user claimed the hit or if there is a new reason.
    The HTTP status is 422 if the decision is incomplete; the response lists what is missing.

    If a second officer is required, `second` must be a token that this officer created.
    """
    selectors.find(id)
    second = use_token(body.second, own=True) if body.second else None
    verdict = actions.Verdict(
        choice=body.choice, why=body.why, seen=frozenset(body.seen), answers=body.answers,
        beyond=body.beyond, basis=body.basis, second=second,
    )  # fmt: skip
    return Status(201, _decision(actions.decide(caller(request), id, verdict)))


class NoteIn(Schema):
    """A note for the history."""

    text: Text


@router.post(
    "/{id}/notes", auth=Token("hit.note"), response={201: AnyHit, **PROBLEMS}, summary="Add a note"
)
def note(request: HttpRequest, id: uuid.UUID, body: NoteIn):
    """Adds a note to a hit in any state."""
    selectors.find(id)
    actions.note(caller(request), id, body.text)
    return Status(201, _hit(selectors.find(id)))


class PersonIn(Schema):
    """The details of one person. A name or a document is enough. Purpose and case are recorded in the
    journal."""

    surname: Line = ""
    given_names: Line = ""
    date_of_birth: dt.date | Annotated[int, Field(ge=1900, le=2100)] | None = Field(
        None, description="a day, or a year if only that is known"
    )
    nationality: Line = Field("", description="ISO 3166 code, or an English or French name")
    document: Line = ""
    purpose: Literal["terrorism", "serious_crime", "border"]
    case: Line = ""


class FoundOut(Schema):
    """A reason for a hit that a person with these details would have."""

    watchlist: str
    entry: str
    entry_name: str
    channel: str = Field(description="the strongest channel on which the entry agrees")
    score: float
    contribution: int
    evidence: list[dict[str, Any]]


class Screened(Schema):
    """The reasons of the person, the most certain reason first."""

    reasons: list[FoundOut]


@screen_router.post(
    "/screen",
    auth=Token("person.screen"),
    response={200: Screened, 503: Problem, **PROBLEMS},
    summary="Compare a person with the lists",
)
def screen(request: HttpRequest, body: PersonIn):
    """Compares the person with every list and lookout of the organisation. The comparison is recorded in the
    journal; nothing else is stored."""
    if not (body.surname or body.given_names or body.document):
        raise HttpError(422, "give a name or a document")
    nationality = codes.alpha3(body.nationality) or ""
    if body.nationality and not nationality:
        raise HttpError(
            422, "nationality: unknown country; use a code such as CHE, or the name of the country"
        )
    asked = Asked(**{**body.model_dump(), "nationality": nationality})
    try:
        found = screen_person(caller(request), asked)
    except ListsNotReady as error:
        raise HttpError(503, "the lists are being prepared: try again in some minutes") from error
    return {
        "reasons": [
            {
                "watchlist": one.params["list"],
                "entry": one.params["ref"],
                "entry_name": one.listed_as,
                "channel": one.channel,
                "score": one.score,
                "contribution": one.contribution,
                "evidence": list(one.evidence or ()),
            }
            for one in found
        ]
    }
