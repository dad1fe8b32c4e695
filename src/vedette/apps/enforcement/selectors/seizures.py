"""Contains the queries about seizures and detentions, and the totals of seized goods."""

from __future__ import annotations

import datetime as dt
import uuid
from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any
from urllib.parse import urlencode

from django.db.models import Count, Exists, F, OuterRef, Q, QuerySet, Sum

from vedette.apps.enforcement.models import Photo, Seizure, SeizureItem, SeizureVersion, Step
from vedette.apps.enforcement.selectors.controls import PAGE, positioned, texts
from vedette.apps.subjects.kinds import queue_rows

#: The columns of a version that the form fills.
COLUMNS = (
    "form", "marking", "day", "happened_at", "country", "office", "place_kind", "latitude",
    "longitude", "direction", "origin", "departure", "transit", "destination", "conveyance",
    "concealment", "detection", "test", "offence", "basis", "disposal", "investigation",
)  # fmt: skip
#: The columns of the goods of a version.
ITEM_COLUMNS = ("kind", "sub", "hs", "quantity", "unit", "packages", "value", "currency")
#: The states of the filter of the list, with “open”: not closed and not withdrawn.
STATES = ("open", "draft", "submitted", "validated", "closed", "withdrawn")


@dataclass(frozen=True)
class SeizureFilters:
    """The filters of the list of seizures and detentions. All filters are in the URL."""

    measure: str = ""
    state: str = "open"

    @classmethod
    def read(cls, query: Any) -> SeizureFilters:
        """Reads the filters from the parameters of a request, and ignores invalid parameters."""
        measure, state = query.get("measure", ""), query.get("state", "")
        return cls(
            measure=measure if measure in Seizure.Measure.values else "",
            state=state if state in (*STATES, "all") else "open",
        )

    def query(self, **changes: Any) -> str:
        """Returns the filters, with the given changes, as a query string without default values."""
        state = changes.get("state", self.state)
        parts = {
            "measure": changes.get("measure", self.measure),
            "state": "" if state == "open" else state,
        }
        return urlencode({name: value for name, value in parts.items() if value})


@dataclass(frozen=True)
class SeizureRow:
    """A seizure with its latest version, its goods, and the data of its subject. The data is None if the
    reader does not see the subject."""

    seizure: Seizure
    version: SeizureVersion
    items: list[SeizureItem]
    shown: dict[str, Any] | None


def listed(filters: SeizureFilters, after: str) -> tuple[list[SeizureRow], str]:
    """Returns a page of the records, the newest first, and the position of the next page."""
    found = Seizure.objects.select_related("subject", "created_by")
    if filters.measure:
        found = found.filter(measure=filters.measure)
    match filters.state:
        case "open":
            found = found.filter(closed_at=None).exclude(state=Seizure.State.WITHDRAWN)
        case "closed":
            found = found.exclude(closed_at=None)
        case "all":
            pass
        case state:
            found = found.filter(state=state, closed_at=None)
    found = positioned(found.order_by("-created_at", "-id"), "created_at", "lt", after)
    some = list(found[: PAGE + 1])
    page = some[:PAGE]
    last = page[-1] if len(some) > PAGE else None
    following = f"{last.created_at.isoformat()}_{last.pk.hex}" if last else ""
    return rows(page), following


def rows(page: Sequence[Seizure]) -> list[SeizureRow]:
    """Returns records with their latest versions and goods."""
    ids = [one.pk for one in page]
    latest = SeizureVersion.objects.filter(seizure__in=ids, number=F("seizure__version"))
    versions = {one.seizure_id: one for one in latest}
    goods: dict[uuid.UUID, list[SeizureItem]] = defaultdict(list)
    for item in SeizureItem.objects.filter(version__in=versions.values()).order_by("number"):
        goods[item.version_id].append(item)
    shown = queue_rows([one.subject_id for one in page])
    return [
        SeizureRow(one, version, goods[version.pk], shown.get(one.subject_id))
        for one in page
        if (version := versions.get(one.pk))
    ]


@dataclass(frozen=True)
class Record:
    """A seizure with all its data. Masked texts are left out."""

    seizure: Seizure
    version: SeizureVersion
    texts: Mapping[str, str]
    items: list[tuple[SeizureItem, str]]
    versions: list[SeizureVersion]
    steps: list[tuple[Step, str]]
    photos: list[Photo]


def record(seizure: Seizure, number: int | None = None) -> Record | None:
    """Returns a seizure with one of its versions, by default the latest. Returns None if the seizure has no
    such version."""
    versions = list(seizure.versions.select_related("by").order_by("-number"))
    chosen = next((one for one in versions if one.number == (number or seizure.version)), None)
    if chosen is None:
        return None
    steps = list(seizure.steps.select_related("by").order_by("at", "pk"))
    words = texts([seizure.subject_id], [chosen.pk, *(one.pk for one in steps)])
    own = words.get(chosen.pk, {})
    linked = Q(seizure_id=seizure.pk)
    if seizure.order_id:
        linked |= Q(order_id=seizure.order_id)
    photos = Photo.objects.filter(linked, struck_at=None).select_related("by").order_by("at", "pk")
    return Record(
        seizure=seizure, version=chosen, texts=own,
        items=[(one, own.get(f"item-{one.number}", "")) for one in chosen.items.order_by("number")],
        versions=versions,
        steps=[(one, words.get(one.pk, {}).get("text", "")) for one in steps],
        photos=list(photos),
    )  # fmt: skip


def red() -> QuerySet[Seizure]:
    """Returns the seizures that are marked TLP:RED. The content of these seizures may not be exported in a
    file or copied. A change of the marking takes effect when another person validates the version with the
    new marking."""
    marked = SeizureVersion.objects.filter(
        Q(number=OuterRef("version")) | ~Q(seizure__state=Seizure.State.VALIDATED),
        seizure=OuterRef("pk"), marking=SeizureVersion.Marking.RED,
    )  # fmt: skip
    return Seizure.objects.filter(Exists(marked))


def of_subject(subjects: Collection[uuid.UUID]) -> list[Seizure]:
    """Returns the records of subjects that the reader may see, the newest first."""
    found = Seizure.objects.filter(subject_id__in=list(subjects))
    return list(found.exclude(state=Seizure.State.WITHDRAWN).order_by("-created_at"))


# --- totals -------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Total:
    """The quantity of seized goods of one kind, one substance or type, and one unit. Quantities of other
    kinds and units have separate totals."""

    kind: str
    sub: str
    base: str
    amount: Decimal
    #: The number of seizures.
    seizures: int


def counted(
    first: dt.date, last: dt.date, kinds: Collection[str] = (), measure: str = "seizure",
    recorded: bool = False,
) -> QuerySet[SeizureItem]:  # fmt: skip
    """Returns the goods of the validated versions of all seizures of a period that the reader may see. The
    period includes the days `first` and `last`. For a record that is being changed, the last validated
    version is counted. If `recorded` is true, the latest versions of submitted and validated seizures are
    counted. Subjects whose processing is restricted are left out."""
    which = (
        Q(version__number=F("version__seizure__version"),
          version__seizure__state__in=[Seizure.State.SUBMITTED, Seizure.State.VALIDATED])
        if recorded
        else Q(version__number=F("version__seizure__validated_version"))
    )  # fmt: skip
    found = SeizureItem.objects.filter(
        which,
        version__seizure__subject__restricted=False,
        version__seizure__measure=measure,
        version__day__gte=first,
        version__day__lte=last,
    )
    return found.filter(kind__in=list(kinds)) if kinds else found


def totals(
    first: dt.date, last: dt.date, kinds: Collection[str] = (), measure: str = "seizure",
    recorded: bool = False,
) -> list[Total]:  # fmt: skip
    """Returns the totals of `counted` by kind, substance or type, and base unit."""
    found = counted(first, last, kinds, measure, recorded).values("kind", "sub", "base")
    summed = found.annotate(
        sum=Sum("amount"), seizures=Count("version__seizure", distinct=True)
    ).order_by("kind", "sub", "base")
    return [
        Total(one["kind"], one["sub"], one["base"], one["sum"], one["seizures"]) for one in summed
    ]
