"""The API of watchlists and lookouts."""

from __future__ import annotations

import datetime as dt
import uuid
from typing import Any

import msgspec
from django.db import transaction
from django.http import HttpRequest
from django.shortcuts import get_object_or_404
from django.utils import timezone
from ninja import File, Form, Router, Schema, Status
from ninja.errors import HttpError
from ninja.files import UploadedFile
from pydantic import Field

from vedette.apps.accounts import acts
from vedette.apps.accounts.api import PROBLEMS, Line, Problem, Text, Token, Why, caller
from vedette.apps.accounts.models import User
from vedette.apps.lists import actions, selectors, wording
from vedette.apps.lists.actions import TERMS, UNREVIEWED
from vedette.apps.lists.forms import MOST_BYTES, MOST_FILES
from vedette.apps.lists.models import ListDraft, Watchlist
from vedette.apps.lists.selectors import Row
from vedette.core import codes

#: The largest number of entries in one answer.
MOST_ENTRIES = 1_000

lists_router = Router(tags=["watchlists"])
lookouts_router = Router(tags=["lookouts"])


class ListOut(Schema):
    """A list, its current version, and the number of its reasons in the last 90 days by answer."""

    id: uuid.UUID
    name: str
    themes: list[str] = Field(description="those of the themes that the caller has")
    purpose: str
    basis: str
    owner: str
    expires_on: dt.date | None
    weight: int
    of_kind: str = Field(
        description="for a control list, the kind of subject; empty for a watchlist"
    )
    rule: str = Field(description="the rule of the last version of a control list")
    active_from: dt.date | None = Field(
        description="the first day of the last version of a control list"
    )
    version: int | None
    entries: int | None
    imported_at: dt.datetime | None
    hits: dict[str, int]


class Lists(Schema):
    """All lists, sorted by name."""

    watchlists: list[ListOut]


class ImportOut(Schema):
    """The content of the files, and the approval that a second person must give."""

    id: uuid.UUID = Field(description="the import")
    approval: uuid.UUID | None = Field(description="null until the files were read")
    state: str = Field(
        description="reading; asked; done if no second person had to approve it; refused"
    )
    entries: int = Field(description="number of entries that were read so far")
    problems: list[dict[str, Any]] = Field(description="the first 1,000 problems")
    problem_count: int
    refusal: str = Field("", description="why the files cannot be read")


@lists_router.get(
    "", auth=Token("list.see"), response={200: Lists, **PROBLEMS}, summary="All watchlists"
)
def watchlists(request: HttpRequest):
    """Returns each list with its current version. `hits` contains the number of reasons from the list
    for each answer: another person, cannot tell, same person, or still open."""
    return {
        "watchlists": [
            {
                **{name: getattr(row.watchlist, name) for name in ("id", "of_kind", *TERMS)},
                "themes": [one for one in row.watchlist.themes if one in caller(request).themes],
                "rule": row.version.rule if row.version else "",
                "active_from": row.version.active_from if row.version else None,
                "version": row.version.number if row.version else None,
                "entries": row.version.entry_count if row.version else None,
                "imported_at": row.version.imported_at if row.version else None,
                "hits": {k: getattr(row.brings, k) for k in ("another", "unsure", "same", "open")},
            }
            for row in selectors.all_lists()
        ]
    }


class EntryOut(Schema):
    """An entry of a list."""

    id: uuid.UUID
    ref: str
    name: str
    since: int = Field(description="the number of the version that began the entry")
    until: int | None = Field(description="the number of the version that ended the entry")


class EntriesOut(Schema):
    """The entries of a list on a day."""

    version: int | None = Field(
        description="the version in force on the day; null if there is none"
    )
    total: int
    entries: list[EntryOut] = Field(description="at most 1,000 entries")
    following: str = Field(
        description="the value of `after` for the next entries; empty at the end"
    )


@lists_router.get(
    "/{id}/entries", auth=Token("list.see"), response={200: EntriesOut, **PROBLEMS},
    summary="The entries of a list on a day",
)  # fmt: skip
def entries_of_day(
    request: HttpRequest, id: uuid.UUID, day: dt.date | None = None, after: Line = ""
):
    """Returns the entries that were part of the list at the end of a day (today), in the order of their ids.
    Entries of earlier versions stay readable."""
    user = caller(request)
    known = get_object_or_404(Watchlist, pk=id, lookouts=False)
    on = day or timezone.now().date()
    found, version = selectors.entries_on(known, on), selectors.version_on(known, on)
    total = found.count()
    page = list((found.filter(ref__gt=after) if after else found)[: MOST_ENTRIES + 1])
    acts.write(user, "list.see", known.pk, purpose=known.purpose, shown=len(page[:MOST_ENTRIES]))
    return {
        "version": version.number if version else None,
        "total": total,
        "entries": [
            {
                "id": row.pk, "ref": row.ref, "name": wording.title(row.entry), "since": row.since,
                "until": row.until,
            }
            for row in page[:MOST_ENTRIES]
        ],
        "following": page[MOST_ENTRIES - 1].ref if len(page) > MOST_ENTRIES else "",
    }  # fmt: skip


@lists_router.post(
    "/{id}/import", auth=Token("list.import"), response={202: ImportOut, 413: Problem, **PROBLEMS},
    summary="Request a new version of a list",
)  # fmt: skip
def import_version(
    request: HttpRequest, id: uuid.UUID, files: File[list[UploadedFile]], why: Form[Why]
):
    """Reads the files of one list (the three files of OFAC together) and requests an approval. The purpose,
    legal basis, owner and expiry date of the list do not change.

    The new version becomes current when a second person approves it on the page of approvals. Rows that
    cannot be read are listed in `problems`, and the other rows are kept. The HTTP status is 422 if no row can
    be read. A worker reads packed files and files of more than 1 MB. The state is then `reading`. To request
    the approval later, call `/watchlists/imports/{id}`.
    """
    user = caller(request)
    known = get_object_or_404(Watchlist, pk=id, lookouts=False)
    if len(files) > MOST_FILES or sum(file.size or 0 for file in files) > MOST_BYTES:
        raise HttpError(413, f"at most {MOST_FILES} files and {MOST_BYTES >> 20} MB")
    with transaction.atomic():
        draft = actions.make_draft(user, {str(file.name): file.read() for file in files})
        terms = {name: getattr(known, name) for name in (*TERMS, "replaces")}
        # The themes that the user does not have stay as they are.
        terms["themes"] = [one for one in known.themes if one in user.themes]
        actions.set_terms(draft, terms)
        return Status(202, _import(draft, user, why))


@lists_router.post(
    "/imports/{id}", auth=Token("list.import"), response={202: ImportOut, **PROBLEMS},
    summary="Request the approval of files that a worker has read",
)  # fmt: skip
def import_read(request: HttpRequest, id: uuid.UUID, why: Form[Why]):
    """Requests the approval if the files have been read. Call this operation again while the
    state is `reading`."""
    user = caller(request)
    with transaction.atomic():
        found = actions.kept().filter(created_by=user, asked_at=None, terms__has_key="purpose")
        return Status(202, _import(get_object_or_404(found, pk=id), user, why))


def _import(draft: ListDraft, user: User, why: str) -> dict[str, Any]:
    """Requests the approval if the files of the draft were read."""
    told: dict[str, Any] = {
        "id": draft.pk, "approval": None, "state": "refused" if draft.refusal else "reading",
        "entries": draft.done, "problems": [], "problem_count": 0, "refusal": draft.refusal,
    }  # fmt: skip
    if draft.head is None:
        return told
    read, approval = actions.head(draft), actions.ask_to_apply(draft, user, why)
    return {
        **told,
        "approval": approval.pk,
        "state": approval.state,
        "entries": read.entries,
        "problems": msgspec.to_builtins(read.problems),
        "problem_count": read.problem_count,
    }


class LookoutIn(Schema):
    """A new lookout: a document or a name, the caller and the reason. The lookout is active immediately, for
    24 hours or less."""

    document: Line = ""
    name: Line = Field("", description="surname and given names")
    birth_date: dt.date | None = None
    nationality: Line = Field("", description="ISO 3166 code, or an English or French name")
    group_label: Line = Field(
        "",
        description="the group (such as carrier and number), if the lookout concerns one group only",
    )
    hours: int = Field(
        UNREVIEWED, ge=1, le=UNREVIEWED, description="number of hours until the review"
    )
    caller: Line = Field(min_length=1)
    why: Text = Field(min_length=20, description="the purpose and the precise facts")


class LookoutOut(Schema):
    """A lookout with its state."""

    id: uuid.UUID
    ref: str
    state: str = Field(description="active, review or ended")
    who: str
    group_label: str
    caller: str
    why: str
    created_by: str
    created_at: dt.datetime
    expires_at: dt.datetime
    ended_at: dt.datetime | None
    hits: int


class Lookouts(Schema):
    """The lookouts to review, the active lookouts, and the last lookouts that have ended."""

    lookouts: list[LookoutOut]


@lookouts_router.get(
    "", auth=Token("record.see"), response={200: Lookouts, **PROBLEMS}, summary="Lookouts"
)
def lookouts(request: HttpRequest):
    """Returns the lookouts to review, then the active lookouts, then the lookouts that ended most
    recently."""
    found = selectors.lookouts()
    acts.write(
        caller(request),
        "lookout.see",
        shown=len(found.review) + len(found.active) + len(found.ended),
    )
    states = ("review", "active", "ended")
    return {"lookouts": [_lookout(row, s) for s in states for row in getattr(found, s)]}


@lookouts_router.post(
    "",
    auth=Token("lookout.create"),
    response={201: LookoutOut, **PROBLEMS},
    summary="A new lookout",
)
def create(request: HttpRequest, body: LookoutIn):
    """Creates a lookout. The lookout is active immediately and is compared with the data already
    received."""
    if not (body.document.strip() or body.name.strip()):
        raise HttpError(422, "give a document number or a name")
    nationality = codes.country(body.nationality) or ""
    if body.nationality and not nationality:
        raise HttpError(
            422, "nationality: unknown country; use a code such as CHE, or the name of the country"
        )
    if not body.caller.strip() or len(body.why.strip()) < 20:
        raise HttpError(422, "state the caller, and the reason in at least 20 characters")
    values = {**body.model_dump(), "nationality": nationality}
    made = actions.create_lookout(caller(request), **values)
    return Status(201, _lookout(Row(made, made.entry.entry, 0), "active"))


def _lookout(row: Row, state: str) -> dict[str, Any]:
    one = row.lookout
    return {
        "id": one.pk,
        "ref": row.entry.ref,
        "state": state,
        "who": wording.title(row.entry),
        "group_label": one.group_label,
        "caller": one.caller,
        "why": one.why,
        "created_by": one.created_by.display(),
        "created_at": one.created_at,
        "expires_at": one.expires_at,
        "ended_at": one.ended_at,
        "hits": row.hits,
    }
