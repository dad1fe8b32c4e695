"""The filters of the queue, and the open hits that match them."""

from __future__ import annotations

import uuid
from dataclasses import dataclass, replace
from functools import reduce
from operator import or_
from typing import Any
from urllib.parse import urlencode

from django.db.models import Q, QuerySet

from vedette.apps.accounts.models import User
from vedette.apps.display import LEVELS
from vedette.apps.hits.models import Hit, Reason
from vedette.apps.subjects.kinds import app_kinds

WHOSE = ("all", "free", "mine", "others")
ORDERS = ("due", "priority")
ALL = "all"


@dataclass(frozen=True)
class Filters:
    """The filters of the queue. All filters are in the address, so that the browser's Back button
    works.
    """

    whose: str = "all"
    level: int = 0
    kind: str = ""
    #: A text in which a kind of subject recognises the name or number of a group.
    group: str = ""
    order: str = "due"
    #: Which hits of floods are included. Empty: none. The id of an entry or a profile, in hex: only the hits
    #: of its flood. ALL: all.
    flood: str = ""

    @classmethod
    def read(cls, query: Any) -> Filters:
        """Reads the filters from the parameters of a request, and ignores invalid parameters."""
        level = query.get("priority", "")
        kind, whose = query.get("kind", ""), query.get("whose", "")
        order = query.get("order", "")
        return cls(
            whose=whose if whose in WHOSE else "all",
            level=int(level) if level in ("1", "2", "3", "4") else 0,
            kind=kind if kind in Reason.Kind.values else "",
            group=" ".join(query.get("group", "").upper().split())[:12],
            order=order if order in ORDERS else "due",
            flood=_flood(query.get("flood", "")),
        )

    def query(self, **changes: Any) -> str:
        """Returns these filters, with `changes`, as a query string without default values."""
        f = replace(self, **changes)
        parts = {
            "whose": "" if f.whose == "all" else f.whose,
            "priority": f.level or "",
            "kind": f.kind,
            "group": f.group,
            "order": "" if f.order == "due" else f.order,
            "flood": f.flood,
        }
        return urlencode({name: value for name, value in parts.items() if value})

    @property
    def active(self) -> bool:
        """Whether any filter is set. The sort order is not a filter."""
        return bool(self.level or self.kind or self.group or self.flood or self.whose != "all")


def _flood(text: str) -> str:
    try:
        return text if text == ALL else uuid.UUID(text).hex
    except ValueError:
        return ""


def open_hits() -> QuerySet[Hit]:
    """Hits without a decision."""
    return Hit.objects.filter(state__in=Hit.OPEN)


def matching(filters: Filters) -> QuerySet[Hit]:
    """Open hits that match the filters, whoever has claimed them."""
    hits = asked(open_hits(), filters)
    if filters.flood == ALL:
        return hits
    if not filters.flood:
        return hits.filter(flood_id=None, flood_profile_id=None)
    by = uuid.UUID(filters.flood)
    # The condition is on one of the two columns only, so that the index of that column returns the page in
    # order.
    kind = "flood_profile_id" if open_hits().filter(flood_profile_id=by).exists() else "flood_id"
    return hits.filter(**{kind: by})


def asked(hits: QuerySet[Hit], filters: Filters) -> QuerySet[Hit]:
    """The hits that match the filters of priority, kind of reason and group."""
    if filters.level:
        least, most, _ = LEVELS[filters.level]
        hits = hits.filter(priority__gte=least, priority__lte=most)
    if filters.kind:
        reasons = Reason.objects.filter(kind=filters.kind, state=Reason.State.OPEN)
        hits = hits.filter(pk__in=reasons.values("hit_id"))
    if filters.group:
        meant = (kind.filter_groups(filters.group) for kind in app_kinds())
        hits = hits.filter(reduce(or_, (Q(group_id__in=groups) for groups in meant)))
    return hits


def whose_(filters: Filters, user: User) -> Q:
    """The condition for the filter by the officer who has claimed the hit."""
    free, mine = Q(claimed_by=None), Q(claimed_by=user)
    return {"all": Q(), "free": free, "mine": mine, "others": ~free & ~mine}[filters.whose]
