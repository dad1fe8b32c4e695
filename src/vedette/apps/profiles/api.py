"""The API of risk profiles, backtests and results of controls."""

from __future__ import annotations

import datetime as dt
import uuid
from typing import Annotated, Any, Literal

from django.http import HttpRequest
from django.shortcuts import get_object_or_404
from ninja import Query, Router, Schema, Status
from ninja.errors import HttpError
from pydantic import AfterValidator, Field, StringConstraints

from vedette.apps import rendering
from vedette.apps.accounts import acts
from vedette.apps.accounts.api import PROBLEMS, Line, Token, caller, storable
from vedette.apps.hits import actions as hits
from vedette.apps.hits.models import Result, SeenHit
from vedette.apps.profiles import actions, reading, selectors, wording, yaml_files
from vedette.apps.profiles.models import Backtest, Profile, Version
from vedette.kinds import default, kinds
from vedette.profiles import words as readings
from vedette.profiles.files import MAX_BYTES

router = Router(tags=["profiles"])
results_router = Router(tags=["hits"])

#: A text that is at most as long as a file may be. The parsers have further limits.
Long = Annotated[str, AfterValidator(storable), StringConstraints(max_length=MAX_BYTES)]
Scalar = str | bool | int | float


class RowOut(Schema):
    """A profile with the version that the table shows, and the number of hits of the last 30 days for each
    outcome."""

    id: uuid.UUID
    ref: str
    title: str
    state: str = Field(description="active, suspended, asked, draft or ended")
    version: int
    weight: int
    purpose: str
    active_until: dt.datetime | None
    review: list[str] = Field(description="why the version needs a review: ends, precision")
    hits: dict[str, int]


class Profiles(Schema):
    """A page of profiles, sorted by their references."""

    profiles: list[RowOut]
    total: int


class VersionOut(Schema):
    """A version with its author.

    `reading` is the expression of the version in words, in the requested language.
    """

    id: uuid.UUID
    profile: uuid.UUID
    ref: str
    number: int
    state: str
    title: str
    expression: str
    parameters: dict[str, Any]
    reading: list[str]
    weight: int
    purpose: str
    basis: str
    source: str
    author: str
    approved_by: str | None
    active_from: dt.datetime | None
    active_until: dt.datetime | None
    ended_at: dt.datetime | None
    vocabulary: str
    hash: str


class ProfileOut(Schema):
    """A profile with all its versions, latest first."""

    id: uuid.UUID
    ref: str
    kind: str
    suspended_at: dt.datetime | None
    versions: list[VersionOut]


@router.get(
    "", auth=Token("profile.see"), response={200: Profiles, **PROBLEMS}, summary="List profiles"
)
def profiles(
    request: HttpRequest,
    state: Literal[
        "", "active", "suspended", "asked", "draft", "ended", "review", "ending", "hear"
    ] = "",
    q: Line = "",
    page: Annotated[int, Query(ge=1, le=10_000)] = 1,
):
    """Returns one page of up to twenty-five profiles. `q` is a text to find in references and titles."""
    asked = selectors.Filters(state=state, text=" ".join(q.split())[:100], page=page)
    found = selectors.page(asked)
    return {"profiles": [_row(row) for row in found.rows], "total": found.total}


def _row(row: selectors.Row) -> dict[str, Any]:
    version = row.version
    fields = ("weight", "purpose", "active_until")
    counts = ("hits", "open", "nothing", "confirmed")
    return {
        **{name: getattr(version, name) for name in fields},
        "title": wording.title(version),
        "id": version.profile_id,
        "ref": version.profile.ref,
        "state": row.state,
        "version": version.number,
        "review": row.review,
        "hits": {name: getattr(row.brought, name) for name in counts},
    }


# Routes with fixed names come before `{id}`, which would match these names too.


class CheckIn(Schema):
    """An expression, and the kind of subject whose columns it uses. If `kind` is empty, the first installed
    kind is used."""

    kind: Line = ""
    expression: Long
    parameters: dict[Line, Scalar] = {}
    justification: Line = ""


class CheckOut(Schema):
    """The expression in words, or the error with a suggestion. The `start` and `end` of the error are
    positions of characters, end exclusive."""

    ok: bool = Field(description="whether no error prevents the submission")
    reading: list[str]
    error: dict[str, Any] | None
    findings: list[dict[str, Any]]


@router.post(
    "/check", auth=Token("profile.write"), response={200: CheckOut, **PROBLEMS},
    summary="Check an expression",
)  # fmt: skip
def check(request: HttpRequest, body: CheckIn):
    """Checks an expression without storing it. The findings indicate whether the data-protection officer must
    give an opinion."""
    kind = body.kind or default()
    if kind not in kinds():
        raise HttpError(422, f"unknown kind; the kinds are: {', '.join(kinds())}")
    said = reading.said(kind, body.expression, dict(body.parameters), body.justification)
    error = None
    if said.error is not None:
        error = {
            "id": said.error.id, "start": said.error.start, "end": said.error.end,
            "text": said.problem, "suggestion": said.error.suggestion,
        }  # fmt: skip
    findings = [
        {"id": one.id, "severity": one.severity, "start": one.start, "end": one.end,
         "text": text}
        for one, (_, text) in zip(said.findings, said.told, strict=True)
    ]  # fmt: skip
    read = readings.lines(said.reading, rendering.READER) if said.reading else []
    return {"ok": not said.grave, "reading": read, "error": error, "findings": findings}


class YamlIn(Schema):
    """One profile as a YAML file."""

    yaml: Long


class DraftOut(Schema):
    """The draft that was created from a file, and notes for its author."""

    version: VersionOut
    notes: list[str]


@router.post(
    "/import", auth=Token("profile.write"), response={201: DraftOut, **PROBLEMS},
    summary="Create a draft from a YAML file",
)  # fmt: skip
def bring(request: HttpRequest, body: YamlIn):
    """Creates a draft from a YAML file. If the profile already exists, the draft is a new version of this
    profile. A draft becomes active only when a second person approves it."""
    item = yaml_files.yaml("", body.yaml)
    if item.refused:
        raise HttpError(422, item.refused)
    (made,) = yaml_files.take(caller(request), [item])
    return Status(201, {"version": _version(_find(made.pk)), "notes": item.notes})


@router.get(
    "/{id}", auth=Token("profile.see"), response={200: ProfileOut, **PROBLEMS},
    summary="Get a profile with its versions",
)  # fmt: skip
def profile(request: HttpRequest, id: uuid.UUID):
    """Returns a profile with all its versions. Each version contains its expression and a description of the
    expression in words."""
    found = selectors.file(id)
    acts.write(caller(request), "profile.see", found.version.pk)
    fields = ("id", "ref", "kind", "suspended_at")
    return {
        **{name: getattr(found.profile, name) for name in fields},
        "versions": [_version(version) for version in found.versions],
    }


@router.get(
    "/versions/{id}", auth=Token("profile.see"), response={200: VersionOut, **PROBLEMS},
    summary="Get a version",
)  # fmt: skip
def version(request: HttpRequest, id: uuid.UUID):
    """Returns one version, for example the version that raised a hit."""
    found = _find(id)
    acts.write(caller(request), "profile.see", found.pk)
    return _version(found)


def _version(one: Version) -> dict[str, Any]:
    said = reading.of(one)
    fields = (
        "id", "number", "state", "expression", "parameters", "weight",
        "purpose", "active_from", "active_until", "ended_at", "vocabulary",
    )  # fmt: skip
    return {
        **{name: getattr(one, name) for name in fields},
        "title": wording.title(one),
        "basis": rendering.own(one.basis),
        "source": rendering.own(one.source),
        "profile": one.profile_id,
        "ref": one.profile.ref,
        "reading": readings.lines(said.reading, rendering.READER) if said.reading else [],
        "author": one.author.display(),
        "approved_by": one.approved_by.display() if one.approved_by else None,
        "hash": one.content_hash,
    }


def _find(id: uuid.UUID) -> Version:
    return get_object_or_404(
        Version.objects.select_related("profile", "author", "approved_by"), pk=id
    )


class PeriodIn(Schema):
    """The first and the last day of a backtest, inclusive. The period must not contain days whose data are
    masked."""

    first: dt.date
    last: dt.date


class BacktestOut(Schema):
    """A backtest with its state. `result` contains only counts. The page of the sample shows a sample of the
    subjects."""

    id: uuid.UUID
    version: uuid.UUID | None
    state: str = Field(description="waiting, running, done, cancelled or failed")
    first_day: dt.date
    last_day: dt.date
    done: int
    total: int
    result: dict[str, Any]
    failure: str


@router.post(
    "/versions/{id}/backtests", auth=Token("profile.write"),
    response={202: BacktestOut, **PROBLEMS}, summary="Request a backtest",
)  # fmt: skip
def backtest(request: HttpRequest, id: uuid.UUID, body: PeriodIn):
    """Requests a backtest. A separate process executes the backtest. The client must request the state of the
    backtest until the state is final."""
    found = _find(id)
    first, last = selectors.reachable_days()
    if not first <= body.first <= body.last <= last:
        raise HttpError(422, f"the days must be in order, and from {first} to {last}")
    return Status(
        202, _backtest(actions.ask_backtest(caller(request), found.pk, body.first, body.last))
    )


@router.get(
    "/backtests/{id}", auth=Token("profile.see"), response={200: BacktestOut, **PROBLEMS},
    summary="Get the state and the result of a backtest",
)  # fmt: skip
def backtest_state(request: HttpRequest, id: uuid.UUID):
    """Returns the state of a backtest. The result contains counts by day, counts by group of subjects, and
    the number of subjects that could not be evaluated."""
    return _backtest(get_object_or_404(Backtest, pk=id))


@router.post(
    "/backtests/{id}/cancel", auth=Token("profile.write"), response={200: BacktestOut, **PROBLEMS},
    summary="Stop a backtest",
)  # fmt: skip
def backtest_cancel(request: HttpRequest, id: uuid.UUID):
    """Stops a backtest that is not finished."""
    return _backtest(actions.cancel_backtest(caller(request), id))


def _backtest(one: Backtest) -> dict[str, Any]:
    fields = ("id", "state", "first_day", "last_day", "done", "total", "failure")
    kept = {key: value for key, value in one.result.items() if key != "sample"}
    return {
        **{name: getattr(one, name) for name in fields},
        "version": one.version_id,
        "result": kept,
    }


class SuspendedOut(Schema):
    """A suspended profile, with the time of its suspension."""

    id: uuid.UUID
    ref: str
    suspended_at: dt.datetime


@router.post(
    "/{id}/suspend", auth=Token("profile.suspend"), response={200: SuspendedOut, **PROBLEMS},
    summary="Suspend a profile immediately",
)  # fmt: skip
def suspend(request: HttpRequest, id: uuid.UUID):
    """Suspends a profile immediately.

    The existing hits of the profile are kept. Another user can resume the profile on the page of the profile.
    """
    get_object_or_404(Profile, pk=id)
    return actions.suspend(caller(request), id)


@router.get(
    "/versions/{id}/yaml", auth=Token("profile.see"), response={200: YamlIn, **PROBLEMS},
    summary="Get a version as a YAML file",
)  # fmt: skip
def export(request: HttpRequest, id: uuid.UUID):
    """Returns a version as a YAML file. All exports of the same version are identical."""
    found = _find(id)
    acts.write(caller(request), "profile.exported", found.pk, number=found.number)
    return {"yaml": yaml_files.export(found, reading.of(found))}


class ResultIn(Schema):
    """The result of a control."""

    outcome: Literal["nothing", "confirmed"]


class ResultOut(Schema):
    """A result of a control, with the user who recorded it and the time. If a hit has several results, only
    the latest counts."""

    outcome: str
    by: str
    at: dt.datetime


class Results(Schema):
    """The results of one hit, latest first."""

    results: list[ResultOut]


@results_router.get(
    "/{id}/results", auth=Token("record.see"), response={200: Results, **PROBLEMS},
    summary="List the results of the control of a hit",
)  # fmt: skip
def results(request: HttpRequest, id: uuid.UUID):
    """Returns the recorded results of the controls of a hit. The list is empty if there is no result."""
    hit = get_object_or_404(SeenHit, pk=id)
    return {"results": [_result(one) for one in hit.results.select_related("by").order_by("-at")]}


@results_router.post(
    "/{id}/results", auth=Token("result.record"), response={201: ResultOut, **PROBLEMS},
    summary="Record the result of a control",
)  # fmt: skip
def record(request: HttpRequest, id: uuid.UUID, body: ResultIn):
    """Records the result of a control after a decision to refer, hold or refuse. The HTTP status is 409 if
    the hit has no such decision."""
    get_object_or_404(SeenHit, pk=id)
    return Status(201, _result(hits.record_result(caller(request), id, body.outcome)))


def _result(one: Result) -> dict[str, Any]:
    return {"outcome": one.outcome, "by": one.by.display(), "at": one.at}
