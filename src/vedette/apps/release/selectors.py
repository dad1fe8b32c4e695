"""Reads agreements, releases and received copies for the pages."""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from typing import Any, TypeVar

from django.db.models import Count, Model, Q, QuerySet
from django.http import QueryDict

from vedette.apps import query
from vedette.apps.release import deciding, wording
from vedette.apps.release.models import Agreement, Content, Copy, Feedback, Release
from vedette.core.releasable import REFUSALS, TYPES
from vedette.core.release import is_in_force

#: Number of rows on one page.
PAGE = 50
Row = TypeVar("Row", bound=Model)


def organisations() -> dict[uuid.UUID, str]:
    """Returns the names of all organisations of the installation, in the order of the names."""
    rows = query.dicts("SELECT id, name FROM vedette_release_readers('{}')", {})
    return {row["id"]: row["name"] for row in rows}


def _page(found: QuerySet[Row], time: str, before: str) -> tuple[list[Row], str]:
    """Returns a page of rows, latest first, and the key of the next page (`query.keyset`)."""
    return query.keyset(found, time, before, PAGE)


def agreements(before: str = "") -> tuple[list[Agreement], str]:
    """Returns a page of the versions of agreements that the reader may see, latest first, and the key of the
    next page."""
    return _page(Agreement.objects.all(), "proposed_at", before)


@dataclass(frozen=True)
class Ground:
    """The basis of a release: an agreement with one of its pairs of a purpose and a legal basis, its parties,
    and its instrument for names of persons, if it has one. `key` is the value of this choice in a form.
    """

    root: uuid.UUID
    title: str
    purpose: str
    basis: str
    parties: tuple[uuid.UUID, ...] = ()
    instrument: str = ""
    #: The grounds of a refusal that the agreement permits.
    refusals: tuple[str, ...] = REFUSALS

    @property
    def key(self) -> str:
        """Returns the value that identifies this choice in a form."""
        return str(uuid.uuid5(self.root, f"{self.purpose}\n{self.basis}"))


def grounds(home: uuid.UUID) -> list[Ground]:
    """Returns the possible bases of a release: the pairs of purpose and legal basis in the latest approved
    version of each agreement to which an organisation is a party, if the version is in force.
    """
    at = deciding.now()
    found = (
        Agreement.objects.filter(state=Agreement.State.APPROVED)
        .order_by("root", "-number")
        .distinct("root")
    )
    return [
        Ground(
            one.root, one.title, pair["purpose"], pair["legal_basis"], tuple(one.parties),
            one.nominal_instrument, tuple(one.refusals) or REFUSALS,
        )
        for one in sorted(found, key=lambda row: (row.title, row.pk))
        if home in one.parties and is_in_force(one.starts_at, one.until, at)
        for pair in one.purposes
    ]  # fmt: skip


@dataclass(frozen=True)
class Filters:
    """The filters of the register: the recipient, and a field that was sent."""

    recipient: uuid.UUID | None = None
    field: str = ""

    @classmethod
    def read(cls, given: QueryDict) -> Filters:
        """Reads the filters from a URL. Unknown values are ignored."""
        try:
            recipient = uuid.UUID(given.get("recipient", ""))
        except ValueError:
            recipient = None
        field = given.get("field", "")
        return cls(recipient, field if field in fields() else "")


def fields() -> list[str]:
    """Returns the names of the fields that may be sent, sorted."""
    found = {one.name for of in TYPES.values() for one in of.fields}
    parts = {name for of in TYPES.values() for name in of.lists}
    return sorted(found | parts | {"people", "photographs", "nominal", "type"})


def register(filters: Filters, before: str = "") -> tuple[list[Release], str]:
    """Returns a page of the releases that the reader may see, latest first, and the key of the next page."""
    found = Release.objects.select_related("item")
    if filters.recipient:
        found = found.filter(recipient_id=filters.recipient)
    if filters.field:
        found = found.filter(fields__contains=[filters.field])
    return _page(found, "at", before)


def by_recipient(home: uuid.UUID) -> list[dict[str, Any]]:
    """Returns how many releases each recipient received from an organisation, and how many of them contained
    each field. Releases in exercises are counted separately (`exercises`)."""
    counts = query.dicts(
        "SELECT r.recipient_id, f.field, count(*) AS n FROM release_release r, unnest(r.fields) f (field)"
        " WHERE r.organisation_id = %(home)s AND NOT r.exercise AND f.field <> 'type'"
        " GROUP BY 1, 2 ORDER BY 3 DESC, 2",
        {"home": home},
    )
    totals = (
        Release.objects.filter(organisation_id=home)
        .values("recipient_id")
        .annotate(
            n=Count("pk", filter=Q(exercise=False)), exercises=Count("pk", filter=Q(exercise=True))
        )
    )
    names = organisations()
    made = [
        {
            "id": row["recipient_id"],
            "name": names.get(row["recipient_id"], ""),
            "n": row["n"],
            "exercises": row["exercises"],
            "fields": [
                (one["field"], wording.label(one["field"]), one["n"])
                for one in counts
                if one["recipient_id"] == row["recipient_id"]
            ],
        }
        for row in totals
    ]
    return sorted(made, key=lambda one: (-one["n"], one["name"]))


def received(home: uuid.UUID, before: str = "") -> tuple[list[Copy], str]:
    """Returns a page of the copies that an organisation received, latest first, and the key of the next
    page."""
    found = Copy.objects.filter(organisation_id=home).select_related("item")
    return _page(found, "received_at", before)


def content(of: uuid.UUID) -> dict[str, Any] | None:
    """Returns the content of a version or of a copy, or None if it was deleted or is locked."""
    found = Content.objects.filter(of=of).first()
    return None if found is None else found.data


def feedback(object: uuid.UUID) -> list[Feedback]:
    """Returns the confirmations of receipt and the sightings of an object that the reader may see, oldest
    first.
    """
    return list(Feedback.objects.filter(object=object).order_by("at", "pk")[:500])
