"""The `Storage` of parcels over PostgreSQL. Parcels have no groups."""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from psycopg import Connection
from tests.parcels.kind import KIND, Group, Held, Item, Parcel

from vedette.apps.copying import merge_in
from vedette.apps.hits.raising import Screened
from vedette.apps.profiles.settling import settle
from vedette.apps.requests.corrections import corrected
from vedette.apps.subjects.rows import IDENTIFIER, SPINE, SUBJECT, Spine, lock
from vedette.core.parties import Asked, Party
from vedette.keys.ring import Keys
from vedette.screening.exact import fold_document
from vedette.screening.reason import Reason

if TYPE_CHECKING:
    from vedette.pipeline.screen import Batch

PARCEL = ("id", "stated")
VALUES = ("reference", "surname", "given_names", "date_of_birth", "document", "contents",
          "weight_kg", "arrives")  # fmt: skip
CLEAR = ("parcel_id", "retention_class", "month", "organisation_id", *VALUES)


class Store:
    """Serves one transaction of one organisation, on a connection of the intake role."""

    def __init__(
        self, connection: Connection[Any], keys: Keys, organisation: uuid.UUID, now: dt.datetime
    ) -> None:
        self.connection, self.keys, self.organisation, self.now = (
            connection,
            keys,
            organisation,
            now,
        )
        self.spine = Spine(
            organisation=organisation,
            theme="global_shield",
            retention_class="parcel",
            month=now.date().replace(day=1),
            received_at=now,
        )

    def groups(self, subjects: Sequence[uuid.UUID]) -> list[Group]:
        rows = self.connection.execute(
            "SELECT id, stated FROM parcels_parcel WHERE organisation_id = %s AND id = ANY(%s) ORDER BY id",
            [self.organisation, list(subjects)],
        )
        return [Group(id_, stated) for id_, stated in rows]

    def hold(self, groups: Sequence[Group]) -> dict[uuid.UUID, Held]:
        lock(self.connection, [group.id for group in groups])
        found = {
            group.id: Held(group, [Item(group.id, month=self.spine.month)]) for group in groups
        }
        rows = self.connection.execute(
            "SELECT p.id, p.stated, s.restricted, s.retention_class, s.month, s.rectified,"
            " c.parcel_id IS NOT NULL,"
            f" {', '.join(f'c.{name}' for name in VALUES)}"
            " FROM parcels_parcel p JOIN subjects_subject s ON s.id = p.id"
            " LEFT JOIN parcels_parcelclear c ON c.parcel_id = p.id"
            " AND c.retention_class = s.retention_class AND c.month = s.month"
            " WHERE p.organisation_id = %s AND p.id = ANY(%s)",
            [self.organisation, list(found)],
        )
        for id_, stated, restricted, class_, month, rectified, clear, *values in rows.fetchall():
            known = dict(zip(VALUES, values, strict=True)) if clear else {}
            found[id_].subjects[:] = [
                Item(
                    id_,
                    Parcel(**known) if clear else None,
                    stated,
                    stored=True,
                    restricted=restricted,
                    retention_class=class_,
                    month=month,
                    clear=clear,
                    corrected=corrected(self.connection, self.organisation, id_, class_, month)
                    if rectified
                    else {},
                )
            ]
        return found

    def keep(self, held: Mapping[uuid.UUID, Held]) -> None:
        changed = [item for hold in held.values() for item in hold.subjects if item.changed]
        new = [item for item in changed if not item.stored]
        spine = self.spine.values()
        merge_in(
            self.connection, "subjects_subject", SUBJECT,
            [
                (*spine, i.id, KIND.name, None, None, _arrives(i), self._fingerprint(i), self.now, False)
                for i in new
            ],
            ["id"],
        )  # fmt: skip
        merge_in(
            self.connection, "parcels_parcel", (*SPINE, *PARCEL),
            [(*spine, i.id, i.stamp) for i in changed], ["id"], update=["stated"],
        )  # fmt: skip
        merge_in(
            self.connection, "parcels_parcelclear", CLEAR,
            [
                (i.id, i.retention_class, i.month, self.organisation,
                 *(getattr(i.parcel, name) for name in VALUES))
                for i in changed
            ],
            CLEAR[:3], update=VALUES,
        )  # fmt: skip
        merge_in(
            self.connection, "subjects_identifier", IDENTIFIER,
            [
                (self.organisation, i.id, "document", token, self.now)
                for i in changed
                for token in self._tokens(i)
            ],
            IDENTIFIER[1:4],
        )  # fmt: skip

    def history(
        self, subjects: Sequence[tuple[Held, Item]]
    ) -> Mapping[uuid.UUID, Mapping[str, object]]:
        rows = self.connection.execute(
            "SELECT mine.subject_id, count(DISTINCT other.subject_id) FROM subjects_identifier mine"
            " JOIN subjects_identifier other ON other.token = mine.token"
            " AND other.organisation_id = mine.organisation_id AND other.subject_id <> mine.subject_id"
            " JOIN subjects_subject s ON s.id = other.subject_id AND s.organisation_id = %(of)s"
            " AND NOT s.restricted"
            " WHERE mine.organisation_id = %(of)s AND mine.subject_id = ANY(%(ids)s) GROUP BY 1",
            {"of": self.organisation, "ids": [item.id for _, item in subjects]},
        )
        counts = dict(rows.fetchall())
        return {item.id: {"parcels_12m": counts.get(item.id, 0)} for _, item in subjects}

    def settle(self, batch: Batch, reasons: Mapping[uuid.UUID, Sequence[Reason]]) -> None:
        screened = [
            Screened(
                id=item.id,
                group_id=None,
                unit=None,
                due_at=_arrives(item),
                retention_class=item.retention_class,
                month=item.month or self.spine.month,
                fingerprint=self._fingerprint(item),
                stored=item.stored,
                partly=False,
            )
            for _, item in batch.subjects
        ]
        settle(
            self.connection, self.spine, batch, screened, reasons, lambda cases: [[] for _ in cases]
        )

    def finish(self) -> None:
        """No random control is drawn among parcels."""

    def _tokens(self, item: Item) -> list[bytes]:
        document = item.parcel.document if item.parcel else ""
        return [self.keys.token("document", fold_document(document))] if document else []

    def _fingerprint(self, item: Item) -> bytes:
        about = item.parcel or Parcel(reference="", surname="")
        return self.keys.token(
            "fingerprint",
            about.document or f"{about.surname}|{about.given_names}|{about.date_of_birth}",
        )


def _arrives(item: Item) -> dt.datetime | None:
    return item.parcel.arrives if item.parcel else None


def due(connection: Connection[Any], organisation: uuid.UUID, now: dt.datetime) -> list[uuid.UUID]:
    """Parcels that have not arrived."""
    rows = connection.execute(
        "SELECT id FROM subjects_subject WHERE organisation_id = %s AND kind = %s"
        " AND coalesce(due_at > %s, true) ORDER BY id",
        [organisation, KIND.name, now],
    )
    return [id_ for (id_,) in rows]


def in_clear(
    connection: Connection[Any], organisation: uuid.UUID, ids: Sequence[uuid.UUID]
) -> list[uuid.UUID]:
    """Parcels whose values are not masked."""
    rows = connection.execute(
        "SELECT parcel_id FROM parcels_parcelclear WHERE organisation_id = %s AND parcel_id = ANY(%s)",
        [organisation, list(ids)],
    )
    return [id_ for (id_,) in rows]


def population(
    connection: Connection[Any], organisation: uuid.UUID
) -> Iterator[list[tuple[uuid.UUID, Asked]]]:
    """Every parcel in clear, with its sender."""
    rows = connection.execute(
        "SELECT parcel_id, surname, given_names, date_of_birth FROM parcels_parcelclear"
        " WHERE organisation_id = %s AND NOT restricted",
        [organisation],
    )
    yield [
        (id_, Asked(parties=(Party(names=((surname, given or None),), date_of_birth=born),)))
        for id_, surname, given, born in rows
    ]
