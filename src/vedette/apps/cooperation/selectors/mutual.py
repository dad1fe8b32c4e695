"""Reads requests to other administrations, their events, and the officials of agreements."""

from __future__ import annotations

import datetime as dt
import uuid
from typing import Any

from django.db.models import Count, F, Q, QuerySet

from vedette.apps import query
from vedette.apps.accounts.models import User
from vedette.apps.cooperation.models import MutualEvent, MutualRequest, Official
from vedette.apps.release import selectors as released
from vedette.apps.release.models import Content, Copy, Item, Release
from vedette.apps.release.selectors import Ground

#: Number of rows on one page.
PAGE = 50
#: Most requests that the first page lists.
TO_DO = 100
#: An oral request is confirmed in writing within this time.
CONFIRM = dt.timedelta(days=2)
#: The lists of the page, in their order.
SHOWN = ("received", "sent", "drafts", "overdue", "all")


def grounds(home: uuid.UUID) -> list[Ground]:
    """Returns the agreements in force to which the organisation is a party, each with its pairs of purpose
    and legal basis."""
    return released.grounds(home)


def ground_of(home: uuid.UUID, one: MutualRequest) -> Ground | None:
    """Returns the ground of a request if its agreement is still in force, or None."""
    wanted = (one.agreement, one.purpose, one.legal_basis)
    return next((g for g in grounds(home) if (g.root, g.purpose, g.basis) == wanted), None)


def officials(agreement: uuid.UUID, home: uuid.UUID) -> list[Official]:
    """Returns the officials whom an organisation designated for an agreement, whose account is active."""
    rows = Official.objects.filter(agreement=agreement, organisation_id=home, ended_at=None)
    found = list(rows.order_by("name", "pk")[:200])
    if not found:
        return []
    active = query.dicts(
        "SELECT o.id FROM unnest(%(users)s::uuid[]) o (id) WHERE vedette_official(%(root)s, %(home)s, o.id)",
        {"users": [one.user_id for one in found], "root": agreement, "home": home},
    )
    known = {row["id"] for row in active}
    return [one for one in found if one.user_id in known]


def is_official(user: User, one: MutualRequest) -> bool:
    """Whether the user may answer the request, that is, whether the user is an addressee and is still an
    official."""
    assert user.organisation_id is not None  # noqa: S101  every right requires one
    return (
        one.requested_id == user.organisation_id
        and user.pk in one.addressees
        and any(o.user_id == user.pk for o in officials(one.agreement, user.organisation_id))
    )


def _conditions(home: uuid.UUID, at: dt.datetime) -> dict[str, Q]:
    """Returns the condition of each list of `SHOWN`, for an organisation at the given time."""
    draft = Q(state=MutualRequest.State.DRAFT)
    waits = Q(state__in=MutualRequest.OPEN, closed_at=None, spontaneous=False)
    return {
        "received": Q(requested_id=home),
        "sent": Q(organisation_id=home) & ~draft,
        "drafts": Q(organisation_id=home) & draft,
        "overdue": waits & Q(due_at__lte=at),
        "all": Q(),
    }


def to_do(user: User, at: dt.datetime) -> list[tuple[str, MutualRequest, dt.datetime]]:
    """Returns the pending tasks of the user, the earliest deadline first: answer (`answer`) a request that
    was sent to the user, follow up (`unanswered`) the user's own request after its deadline, or confirm
    (`oral`) the user's own oral request in writing. Each request is returned with its deadline."""
    home = user.organisation_id
    waits = Q(state__in=MutualRequest.OPEN, closed_at=None, spontaneous=False)
    asked = waits & Q(requested_id=home, addressees__contains=[user.pk])
    late = waits & Q(organisation_id=home, by_id=user.pk, due_at__lte=at)
    oral = Q(
        organisation_id=home, by_id=user.pk, state=MutualRequest.State.DRAFT, oral_at__isnull=False
    )
    found = []
    for one in MutualRequest.objects.filter(asked | late | oral).order_by("due_at", "pk")[:TO_DO]:
        if one.state == MutualRequest.State.DRAFT:
            assert one.oral_at is not None  # noqa: S101  a condition of the query
            found.append(("oral", one, one.oral_at + CONFIRM))
        elif one.due_at is not None:
            what = "answer" if one.requested_id == home else "unanswered"
            found.append((what, one, one.due_at))
    return sorted(found, key=lambda row: row[2])


def listed(home: uuid.UUID, show: str, at: dt.datetime) -> QuerySet[MutualRequest]:
    """Returns the requests of a list of `SHOWN` that the reader sees."""
    return MutualRequest.objects.filter(_conditions(home, at)[show])


def page(found: QuerySet[MutualRequest], before: str) -> tuple[list[MutualRequest], str]:
    """Returns a page of requests, latest first, and the key of the next page."""
    return query.keyset(found, "at", before, PAGE)


def events(one: MutualRequest) -> list[MutualEvent]:
    """Returns the events of a request, oldest first."""
    return list(one.events.order_by("at", "pk")[:500])


def text_of(
    home: uuid.UUID, user: User, object_: uuid.UUID
) -> tuple[dict[str, Any] | None, Copy | None]:
    """Returns the text of a request or of an answer that was sent, and the copy through which another
    organisation reads it. The text is None if it was recalled, if it was deleted at the end of its period, or
    if this reader may not read it."""
    # The texts of versions that were not sent are deleted when one is sent.
    own = kept_texts(home, object_).first()
    if own is not None:
        return own.data, None
    copy = (
        Copy.objects.filter(object=object_, organisation_id=home, person_id=user.pk)
        .order_by("-received_at")
        .first()
    )
    if copy is None:
        return None, None
    found = Content.objects.filter(of=copy.pk).first()
    return (found.data if found else None), copy


def release_of(home: uuid.UUID, object_: uuid.UUID) -> Release | None:
    """Returns the first release of an object of the user's own organisation; the object is recalled on the
    page of this release.
    """
    return Release.objects.filter(object=object_, organisation_id=home).order_by("at", "pk").first()


def kept_texts(home: uuid.UUID, object_: uuid.UUID) -> QuerySet[Content]:
    """Returns the stored texts of the versions of an object of the user's own organisation."""
    items = Item.objects.filter(object=object_, organisation_id=home).values("pk")
    return Content.objects.filter(of__in=items, organisation_id=home)


def counts(home: uuid.UUID, at: dt.datetime) -> dict[str, int]:
    """Returns, for this reader, the number of requests in each list of the page."""
    found = _conditions(home, at)
    numbers = {f"n_{name}": Count("pk", filter=one) for name, one in found.items() if name != "all"}
    row = MutualRequest.objects.aggregate(n_all=Count("pk"), **numbers)
    return {name: row[f"n_{name}"] for name in SHOWN}


def figures(home: uuid.UUID) -> list[dict[str, Any]]:
    """Returns, for each direction, figures about the sent requests that the reader sees: their number, the
    number with each outcome, the number that passed their deadline without an answer, and the median time in
    hours until the first answer. Spontaneous information is not counted."""
    return query.dicts(
        "SELECT r.organisation_id = %(home)s AS own, count(*) AS n,"
        " count(*) FILTER (WHERE r.state = 'answered') AS answered,"
        " count(*) FILTER (WHERE r.state = 'partial') AS partial,"
        " count(*) FILTER (WHERE r.state = 'refused') AS refused,"
        " count(*) FILTER (WHERE r.closed_at IS NULL AND r.due_at <= vedette_now()) AS overdue,"
        " percentile_cont(0.5) WITHIN GROUP"
        " (ORDER BY extract(epoch FROM r.first_answer_at - r.sent_at) / 3600) AS median"
        " FROM cooperation_mutualrequest r"
        " WHERE NOT r.spontaneous AND r.sent_at IS NOT NULL AND r.state <> 'withdrawn'"
        "   AND %(home)s IN (r.organisation_id, r.requested_id)"
        " GROUP BY 1 ORDER BY 1 DESC",
        {"home": home},
    )


def unconfirmed_oral(home: uuid.UUID) -> QuerySet[MutualRequest]:
    """Returns the oral requests of the organisation that are not confirmed in writing."""
    return MutualRequest.objects.filter(
        Q(organisation_id=home), state=MutualRequest.State.DRAFT, oral_at__isnull=False
    ).order_by(F("oral_at").asc(), "pk")
