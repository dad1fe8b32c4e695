"""The queue, hits and what officers do with them, and one person now, over the API."""

from __future__ import annotations

import datetime as dt
import uuid
from dataclasses import replace
from typing import Any, Literal

from django.http import HttpRequest
from django.shortcuts import get_object_or_404
from django.urls import reverse
from ninja import Query, Router, Schema, Status
from ninja.errors import HttpError
from pydantic import Field

from vedette.apps.accounts import acts
from vedette.apps.accounts.actions import use_token
from vedette.apps.accounts.selectors import colleagues
from vedette.apps.api_parts import PROBLEMS, Line, Text, Token, caller
from vedette.apps.hits import actions, selectors, wording
from vedette.apps.hits.filtering import ALL, Filters
from vedette.apps.hits.models import Hit
from vedette.apps.hits.screen_now import Asked, screen_person
from vedette.core import codes
from vedette.travellers.app import corrections, dossier
from vedette.travellers.app.selectors import sharing

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
    lands_at: dt.datetime
    flight_id: uuid.UUID
    flight: str
    surname: str | None
    given_names: str | None
    date_of_birth: dt.date | None
    nationality: str | None
    favour: list[str]
    reasons: list[ReasonShort]
    claimed_by: str | None


class Queue(Schema):
    """One page of open hits."""

    hits: list[QueueRow]
    total: int
    following: str = Field(description="`after` of the next page; empty at the end")


class QueueFilters(Schema):
    """As on the page of the queue."""

    whose: Literal["all", "free", "mine", "others"] = "all"
    priority: Literal["1", "2", "3", "4"] | None = None
    kind: Line = ""
    flight: Line = ""
    order: Literal["due", "priority"] = "due"
    after: Line = ""


@queue_router.get(
    "", auth=Token("passengers.see"), response={200: Queue, **PROBLEMS}, summary="Open hits"
)
def queue(request: HttpRequest, filters: Query[QueueFilters]):
    """By time of landing or by priority; what speaks in favour stands before the reasons.

    Hits of floods, which the page groups, are among them.
    """
    user = caller(request)
    asked = Filters.read({k: v or "" for k, v in filters.model_dump().items()})
    asked = replace(asked, flood=ALL)
    page = selectors.page(asked, user, filters.after)
    actions.seen_in_queue(user, page.rows)
    rows = [_row(row) for row in page.rows]
    return {"hits": rows, "total": page.total, "following": page.following}


def _row(row: selectors.Row) -> dict[str, Any]:
    hit, facts = row.hit, row.hit.journey.facts
    return {
        **{k: getattr(hit, k) for k in ("id", "priority", "state", "lands_at", "flight_id")},
        "flight": f"{hit.flight.carrier} {hit.flight.number}",
        **{k: row.clear.get(k) for k in ("surname", "given_names", "date_of_birth", "nationality")},
        "favour": wording.favour(hit.favour),
        "reasons": [_short(reason, facts) for reason in row.reasons],
        "claimed_by": hit.claimed_by.display() if hit.claimed_by else None,
    }


def _short(reason: Any, facts: list[str]) -> dict[str, Any]:
    return {
        "id": reason.id,
        "kind": reason.kind,
        "sentence": wording.short(reason, facts),
        "contribution": reason.contribution,
    }


class ReasonOut(ReasonShort):
    """A reason with its evidence: ours and theirs side by side, effects that add up to the score."""

    state: str
    outcome: str
    channel: str
    score: float | None
    entry_id: uuid.UUID | None
    knowledge: str
    evidence: list[dict[str, Any]]


class DecisionOut(Schema):
    """What a person decided, and why."""

    id: uuid.UUID
    choice: str
    why: str | None = Field(description="null once masked")
    basis: str | None = Field(description="legal basis; null once masked")
    by: str
    second: str | None
    at: dt.datetime


class SharedOut(Schema):
    """An identifier of the traveller that stands in other bookings too, as far as these are seen."""

    kind: str = Field(description="document, phone, email, card, address or loyalty")
    bookings: int
    travellers: int
    same: bool = Field(description="all of them are this traveller")
    confirmed: int = Field(description="bookings that led to a confirmed result")
    common: bool = Field(description="more than 50 bookings: not followed, other numbers are void")
    sentence: str
    page: str = Field(description="address of the page with those journeys; empty where common")


class RectifiedOut(Schema):
    """What the traveller had rectified: it stands beside what messages say, and is screened."""

    element: str
    value: str
    basis: str
    reference: str
    at: dt.datetime


class HitOut(QueueRow):
    """A hit with its reasons, decisions and history, and what is shared with other bookings."""

    journey_id: uuid.UUID
    minor: bool = Field(description="under 18 on the day of travel")
    restricted: bool = Field(description="clear values are withheld at the traveller's request")
    rectified: list[RectifiedOut]
    reasons: list[ReasonOut]  # type: ignore[assignment]
    decisions: list[DecisionOut]
    shared: list[SharedOut]
    history: list[dict[str, Any]]


@router.get(
    "/{id}", auth=Token("passengers.see"), response={200: HitOut, **PROBLEMS}, summary="One hit"
)
def hit(request: HttpRequest, id: uuid.UUID):
    """Everything a decision needs; reading it is journalled."""
    user = caller(request)
    found = _find(id)
    acts.write(user, "hit.see", found.id)
    return _hit(found)


def _find(pk: uuid.UUID) -> Hit:
    return get_object_or_404(Hit.objects.select_related("flight", "journey", "claimed_by"), pk=pk)


def _hit(found: Hit) -> dict[str, Any]:
    row = selectors.rows([found])[0]
    facts = found.journey.facts
    reasons = [
        {
            **_short(card.reason, facts),
            **{
                k: getattr(card.reason, k)
                for k in ("state", "outcome", "channel", "score", "entry_id", "knowledge")
            },
            "evidence": card.evidence,
        }
        for card in dossier.cards(found)
    ]
    return {
        **_row(row),
        "journey_id": found.journey_id,
        "minor": found.journey.minor,
        "restricted": found.journey.restricted,
        "rectified": corrections.statements(found.journey),
        "reasons": reasons,
        "decisions": [_decision(one) for one in dossier.decisions(found)],
        "shared": [_shared(found, one) for one in sharing.shared(found.journey)],
        "history": [
            {"at": event.at, "what": wording.event(event), "priority": event.priority}
            for event in dossier.history(found)
        ],
    }


def _shared(found: Hit, one: sharing.Shared) -> dict[str, Any]:
    page = reverse("traveller-shared", args=[found.journey_id])
    return {
        **vars(one),
        "sentence": " ".join(wording.shared(one)),
        "page": "" if one.common else f"{page}?of={one.identifier}",
    }


def _decision(one: Any) -> dict[str, Any]:
    return {
        **{k: getattr(one, k) for k in ("id", "choice", "why", "basis", "at")},
        "by": one.by.display(),
        "second": one.second.display() if one.second else None,
    }


class ClaimIn(Schema):
    """Take it, hand it back, or hand it over to a colleague."""

    do: Literal["claim", "hand_back", "hand_over"] = "claim"
    to: Line = Field("", description="sign-in name of the colleague")


@router.post(
    "/{id}/claim",
    auth=Token("hit.claim", "hit.hand_over"),
    response={200: HitOut, **PROBLEMS},
    summary="Claim or hand over",
)
def claim(request: HttpRequest, id: uuid.UUID, body: ClaimIn):
    """409 where somebody was faster."""
    user = caller(request)
    _find(id)
    if body.do == "hand_over":
        to = colleagues(user).filter(username=body.to).first()
        if to is None:
            raise HttpError(422, "to: no such colleague")
        actions.hand_over(user, id, to)
    elif body.do == "hand_back":
        actions.hand_back(user, id)
    else:
        actions.claim(user, id)
    return _hit(_find(id))


class DecisionIn(Schema):
    """A decision, with an answer to each reason that asks "same person?"."""

    choice: Literal["release", "refer", "hold", "refuse"]
    why: Text = Field(description="at least 20 characters")
    seen: list[uuid.UUID] = Field(description="ids of the open reasons that were read")
    answers: dict[uuid.UUID, Literal["another", "unsure", "same"]] = {}
    beyond: bool = Field(False, description="hold beyond its limit")
    basis: Line = Field("", description="legal basis, to refuse or to hold beyond the limit")
    second: Line = Field(
        "",
        description="sign-in name of the second officer, likewise; and to refer, hold or refuse a minor",
    )


@router.post(
    "/{id}/decision",
    auth=Token("hit.decide"),
    response={201: DecisionOut, **PROBLEMS},
    summary="Write a decision down",
)
def decide(request: HttpRequest, id: uuid.UUID, body: DecisionIn):
    """409 where another has the hit or a reason came since; 422 says what is missing.

    To name a second officer is no consent: a token that they made themselves is.
    """
    user = caller(request)
    _find(id)
    second = use_token(body.second, own=True) if body.second else None
    verdict = actions.Verdict(
        choice=body.choice, why=body.why, seen=frozenset(body.seen), answers=body.answers,
        beyond=body.beyond, basis=body.basis, second=second,
    )  # fmt: skip
    return Status(201, _decision(actions.decide(user, id, verdict)))


class NoteIn(Schema):
    """A note to the history."""

    text: Text


@router.post(
    "/{id}/notes", auth=Token("hit.note"), response={201: HitOut, **PROBLEMS}, summary="Add a note"
)
def note(request: HttpRequest, id: uuid.UUID, body: NoteIn):
    """In whatever state the hit is."""
    _find(id)
    actions.note(caller(request), id, body.text)
    return Status(201, _hit(_find(id)))


class PersonIn(Schema):
    """One person: a name or a document is enough. Purpose and case are journalled, nothing else is."""

    surname: Line = ""
    given_names: Line = ""
    date_of_birth: dt.date | None = None
    nationality: Line = Field("", description="ISO 3166 code, or an English or French name")
    document: Line = ""
    purpose: Literal["terrorism", "serious_crime", "border"]
    case: Line = ""


class FoundOut(Schema):
    """A reason that a traveller like this would have."""

    watchlist: str
    entry: str
    entry_name: str
    channel: str
    score: float
    contribution: int
    evidence: list[dict[str, Any]]


class Screened(Schema):
    """The surest first; empty where there is none."""

    reasons: list[FoundOut]


@screen_router.post(
    "/screen",
    auth=Token("person.screen"),
    response={200: Screened, **PROBLEMS},
    summary="Screen a person now",
)
def screen(request: HttpRequest, body: PersonIn):
    """Against every list and lookout of the organisation; nothing is kept but the act."""
    if not (body.surname or body.given_names or body.document):
        raise HttpError(422, "give a name or a document")
    nationality = codes.alpha3(body.nationality) or ""
    if body.nationality and not nationality:
        raise HttpError(422, "nationality: no such country; use a code like CHE, or its name")
    asked = Asked(
        surname=body.surname, given_names=body.given_names, date_of_birth=body.date_of_birth,
        nationality=nationality, document=body.document, purpose=body.purpose, case=body.case,
    )  # fmt: skip
    found = screen_person(caller(request), asked)
    return {
        "reasons": [
            {
                "watchlist": one.known.list.name,
                "entry": one.known.entry.ref,
                "entry_name": one.entry_name,
                "channel": one.channel,
                "score": one.score,
                "contribution": one.contribution,
                "evidence": [
                    {
                        f: getattr(e, f)
                        for f in ("name", "ours", "theirs", "relation", "contribution")
                    }
                    for e in one.evidence
                ],
            }
            for one in found
        ]
    }
