"""Parcels as a kind of subject: the Django part."""

from __future__ import annotations

import uuid
from collections.abc import Collection, Mapping, Sequence
from typing import Any

from django.urls import reverse
from psycopg import Connection
from tests.parcels.app import store
from tests.parcels.app.disclosure import clear, disclose
from tests.parcels.app.models import Parcel, ParcelClear
from tests.parcels.app.tables import TABLES
from tests.parcels.kind import KIND

from vedette.apps.accounts.models import User
from vedette.apps.keyring import keyring
from vedette.apps.subjects.kinds import (
    AppKind,
    Element,
    Fairness,
    Given,
    GroupMark,
    Panel,
    SubjectPage,
)
from vedette.apps.subjects.models import Identifier, Subject
from vedette.screening.exact import fold_document


def queue_row(parcels: Collection[uuid.UUID]) -> dict[uuid.UUID, dict[str, Any]]:
    """Sender and contents."""
    values = clear(parcels)
    rows = {}
    for id_ in Parcel.objects.filter(pk__in=parcels).values_list("pk", flat=True):
        about = values.get(id_)
        rows[id_] = {
            "parcel": about.reference if about else None,
            "contents": about.contents if about else None,
            "title": _title(about),
            "masked": about is None,
            "group": about.reference if about else "–",
            "group_more": "",
            "on": about.arrives.date() if about and about.arrives else None,
            "page": reverse("parcel", args=[id_]),
        }
    return rows


def _title(about: ParcelClear | None) -> str:
    return f"{about.surname} {about.given_names}".strip() if about else "Masked parcel"


def panels(parcel: uuid.UUID, sheet: bool) -> SubjectPage:
    """The parcel in one block."""
    about = clear([parcel]).get(parcel)
    context = {"clear": about, "title": _title(about)}
    return SubjectPage(
        title=_title(about),
        label="Parcel",
        head=Panel("parcels/_head.html", context),
        notice=Panel("parcels/_notice.html", context),
        panels=[Panel("parcels/_contents.html", context, (("parcel", "Parcel"),))],
    )


def hit_values(parcel: uuid.UUID) -> dict[str, Any]:
    """What the API gives beside the row of the queue."""
    about = clear([parcel]).get(parcel)
    return {"weight_kg": about.weight_kg if about else None}


def lookout(parcel: uuid.UUID) -> dict[str, str]:
    """A lookout for the sender."""
    Parcel.objects.get(pk=parcel)
    about = clear([parcel]).get(parcel)
    return {"document": about.document, "name": _title(about)} if about else {}


def names(parcel: uuid.UUID) -> list[str]:
    """The sender's surname."""
    about = clear([parcel]).get(parcel)
    return [about.surname] if about else []


def second_person(subject: Subject, choice: str) -> str | None:
    """A parcel is refused by two officers."""
    return "A parcel is refused by two officers." if choice == "refuse" else None


def search(text: str) -> tuple[int, Panel] | None:
    """Parcels by their reference."""
    found = list(ParcelClear.objects.filter(reference=text))
    return (len(found), Panel("parcels/_found.html", {"found": found})) if found else None


def find(given: Given) -> tuple[dict[uuid.UUID, list[str]], bool]:
    """Parcels whose sender has the document of the letter."""
    token = keyring().token("document", fold_document(given.document))
    rows = Identifier.objects.filter(token=token, subject__kind=KIND.name) if given.document else []
    return {row.subject_id: ["document"] for row in rows}, False


def _unchanged(subject: Subject, element: str, value: str) -> None:
    """Nothing of the subject follows from a rectified value."""


def _no_favour(factor: str, params: Mapping[str, Any]) -> str:
    return ""


def _no_notices(user: User) -> Sequence[Panel]:
    return ()


def _group_labels(groups: Collection[uuid.UUID]) -> dict[uuid.UUID, tuple[str, str]]:
    return {one.parcel_id: (one.reference, "") for one in clear(groups).values()}


def _group_marks(groups: Collection[uuid.UUID]) -> dict[uuid.UUID, GroupMark]:
    return {one.parcel_id: GroupMark(one.reference) for one in clear(groups).values()}


def _clear_names(
    connection: Connection[Any], organisation: uuid.UUID, parcels: Sequence[uuid.UUID]
) -> list[tuple[uuid.UUID, Sequence[str | None]]]:
    rows = connection.execute(
        "SELECT parcel_id, surname, given_names FROM parcels_parcelclear"
        " WHERE parcel_id = ANY(%s) AND organisation_id = %s",
        [list(parcels), organisation],
    )
    return [(id_, names) for id_, *names in rows]


def _groups(text: str) -> list[uuid.UUID]:
    return list(ParcelClear.objects.filter(reference=text).values_list("parcel_id", flat=True))


APP = AppKind(
    name=KIND.name,
    counted=lambda count: f"{count} parcels",
    tables=TABLES,
    store=store.Store,
    due=store.due,
    in_clear=store.in_clear,
    population=store.population,
    subjects=Parcel.objects.all,
    compared=Parcel.objects.count,
    queue_row=queue_row,
    queue_template="parcels/_queue_row.html",
    queue_heads=("Parcel", "Reference"),
    queue_notices=_no_notices,
    group_filter=("Parcel", "P-1"),
    filter_groups=_groups,
    panels=panels,
    favour=_no_favour,
    disagreement=lambda params: "",
    ours="Ours: parcel",
    spared="The exceptions of the profile do not apply to this parcel",
    hit_values=hit_values,
    theme=("Parcels", "Parcels of the post"),
    nav=(),
    help={},
    lookout=lookout,
    names=names,
    second_person=second_person,
    search_keys=("reference",),
    # Parcels are searched on the page for all kinds only.
    search_page="search",
    searching=(),
    search=search,
    find=find,
    disclose=disclose,
    labels={"parcel": "Parcel", "contents": "Contents"},
    sources="The data come from the post.",
    elements={"surname": Element("Surname", frozenset(("surname", "name")))},
    rectified=_unchanged,
    fairness=Fairness(
        "SELECT left(c.surname, 1) AS letter, c.contents FROM parcels_parcelclear c"
        " WHERE c.parcel_id = h.subject_id",
        {"contents": ("Contents", {})},
    ),
    group_labels=_group_labels,
    group_marks=_group_marks,
    clear_names=_clear_names,
)
