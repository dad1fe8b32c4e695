"""The storage class for movements of cash. The class writes the results of the pipeline to the tables of
cash.

An object of this class is used in one transaction of one organisation. The class uses a psycopg connection of
the intake role.
"""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any

import msgspec
from psycopg import Connection
from psycopg.types.json import Jsonb

from vedette.apps.copying import merge_in
from vedette.apps.hits.raising import Raised, Screened
from vedette.apps.profiles.settling import settle
from vedette.apps.requests.corrections import corrected
from vedette.apps.subjects.rows import IDENTIFIER, SPINE, SUBJECT, Spine, lock
from vedette.cash import asking, counts, movements
from vedette.cash.app import known
from vedette.cash.app.rows import (
    fingerprint,
    identifiers,
    name_token,
    name_tokens,
    party_names,
    route,
)
from vedette.cash.app.tables import TABLES
from vedette.cash.kind import KIND, due_at
from vedette.cash.movements import Group, Held, Item, Name
from vedette.core.parties import Asked
from vedette.core.records import day_of
from vedette.keys.ring import Keys
from vedette.screening.reason import LISTED, Reason

if TYPE_CHECKING:
    # The web process imports this module. It must load neither the pipeline nor the code that compares names.
    from vedette.pipeline.screen import Batch

MOVEMENT = (
    "id", "unit_id", "announced", "record", "direction", "source", "variant", "accompanied", "partner",
    "places", "declared_on", "crosses_on", "route", "cancelled", "pair_on", "value", "currency",
    "currencies", "currency_values", "kinds", "kind_values", "stated",
)  # fmt: skip
CLEAR = (
    "movement_id", "retention_class", "month", "organisation_id", "code", "reference", "names", "valued",
    "state",
)  # fmt: skip
NAME = ("organisation_id", "subject_id", "token")
COUNT = ("id", "organisation_id", "subject_id", "number", "at", "differs")
COUNT_CLEAR = (
    "movement_id", "count_id", "retention_class", "month", "organisation_id", "content", "differences",
)  # fmt: skip
#: Number of movements that are read at a time when all stored movements are screened by name.
CHUNK = 5_000
#: Movements without a stated crossing still need a decision on this number of days.
DUE_DAYS = 2
#: The time to decide on the hit of such a movement: the person or the cash is with the officer.
AT_ONCE = dt.timedelta(hours=2)


class Store:
    """Stores movements of cash in PostgreSQL. The class implements `pipeline.screen.Storage`."""

    def __init__(
        self, connection: Connection[Any], keys: Keys, organisation: uuid.UUID, now: dt.datetime
    ) -> None:
        self.connection = connection
        self.keys = keys
        self.organisation = organisation
        self.now = now
        self.spine = Spine(
            organisation=organisation,
            theme=KIND.themes[0],
            retention_class=TABLES.retention_class,
            month=now.date().replace(day=1),
            received_at=now,
        )
        #: Whether this transaction has locked all groups; None if it has locked none.
        self._locked_all: bool | None = None

    # --- reading ------------------------------------------------------------------------------

    def groups(self, subjects: Sequence[uuid.UUID]) -> list[Group]:
        """Returns one group for each movement, because movements are not grouped together."""
        rows = self.connection.execute(
            "SELECT id, stated FROM cash_movement WHERE organisation_id = %s AND id = ANY(%s) ORDER BY id",
            [self.organisation, list(subjects)],
        )
        return [Group(id_, stated) for id_, stated in rows]

    def known(self, groups: Sequence[Group]) -> dict[uuid.UUID, Group]:
        """Returns the stored movements to which the messages refer. The keys of the result are the ids of the
        groups that the messages name. Locks the names by which messages refer to movements until the end of
        the transaction, so that two workers do not store the same movement twice."""
        of_token = {name_token(name, self.keys): name for group in groups for name in group.names}
        if not of_token:
            return {group.id: group for group in groups}
        self._lock([uuid.UUID(bytes=token) for token in of_token])
        rows = self.connection.execute(
            "SELECT DISTINCT ON (n.token) n.token, n.subject_id FROM cash_movementname n"
            " WHERE n.organisation_id = %s AND n.token = ANY(%s) ORDER BY n.token, n.id",
            [self.organisation, list(of_token)],
        )
        stored: dict[Name, uuid.UUID] = {of_token[bytes(token)]: id_ for token, id_ in rows}
        return movements.known(groups, stored)

    def _lock(self, ids: Sequence[uuid.UUID]) -> None:
        """Locks the given names or movements until the end of the transaction."""
        if not self._locked_all:
            self._locked_all = lock(self.connection, ids, first=self._locked_all is None)

    def hold(self, groups: Sequence[Group]) -> dict[uuid.UUID, Held]:
        """Locks these movements until the end of the transaction, and returns their stored data."""
        if not groups:
            return {}
        self._lock([group.id for group in groups])
        found = {
            group.id: Held(
                group,
                [
                    Item(
                        group.id,
                        retention_class=self.spine.retention_class,
                        month=self.spine.month,
                        received=self.now,
                    )
                ],
            )
            for group in groups
        }
        rows = self.connection.execute(
            "SELECT m.id, m.stated, m.unit_id, m.places, m.announced, m.accepted_at IS NOT NULL,"
            " s.restricted, s.rectified, m.retention_class, m.month, m.received_at, c.state, c.valued,"
            " t.content FROM cash_movement m JOIN subjects_subject s ON s.id = m.id"
            " LEFT JOIN cash_movementclear c ON c.movement_id = m.id"
            "  AND c.retention_class = m.retention_class AND c.month = m.month"
            " LEFT JOIN LATERAL (SELECT k.content FROM cash_count n JOIN cash_countclear k"
            "   ON k.movement_id = m.id AND k.count_id = n.id AND k.retention_class = m.retention_class"
            "   AND k.month = m.month"
            "  WHERE n.subject_id = m.id AND n.organisation_id = m.organisation_id"
            "  ORDER BY n.number DESC LIMIT 1) t ON true"
            " WHERE m.organisation_id = %s AND m.id = ANY(%s)",
            [self.organisation, list(found)],
        )
        for (
            id_, stated, unit, places, announced, accepted, restricted, rectified, class_, month,
            received, state, valued, count,
        ) in rows.fetchall():  # fmt: skip
            hold = found[id_]
            hold.row = movements.later(Group(id_, stated), hold.row)
            hold.unit = hold.stored_unit = unit
            hold.places = tuple(places)
            hold.subjects[:] = [
                Item(
                    id_,
                    state=movements.decoded(state) if state is not None else movements.State(),
                    stored=True,
                    restricted=restricted,
                    clear=state is not None,
                    announced=announced,
                    accepted=accepted,
                    retention_class=class_,
                    month=month,
                    received=received,
                    count=known.count_of(count),
                    valued=valued,
                    corrected=corrected(self.connection, self.organisation, id_, class_, month)
                    if rectified
                    else {},
                )
            ]
        return found

    def units(self, places: Sequence[Sequence[str]]) -> list[uuid.UUID | None]:
        """For each list of places, returns the unit of the first place to which a unit is assigned."""
        rows = self.connection.execute(
            "SELECT vedette_unit_of_cash(%s, ARRAY(SELECT jsonb_array_elements_text(p.codes)))"
            " FROM jsonb_array_elements(%s) WITH ORDINALITY p (codes, n) ORDER BY n",
            [self.organisation, Jsonb([list(some) for some in places])],
        )
        return [unit for (unit,) in rows.fetchall()]

    # --- writing ------------------------------------------------------------------------------

    def keep(self, held: Mapping[uuid.UUID, Held]) -> None:
        """Writes the changed movements. The changes of all movements are written with one statement for each
        table."""
        changed = [(hold, hold.subjects[0]) for hold in held.values() if hold.subjects[0].changed]
        if not changed:
            return
        spine = self.spine.values()
        known.value_items(self.connection, self.organisation, [item for _, item in changed])
        merge_in(
            self.connection, "subjects_subject", SUBJECT,
            [
                (*spine, item.id, KIND.name, hold.unit, None, due_at(hold, self.now),
                 fingerprint(item, self.keys), self.now, False)
                for hold, item in changed
            ],
            ["id"], update=("due_at", "fingerprint", "screened_at"),
        )  # fmt: skip
        merge_in(
            self.connection, "cash_movement", (*SPINE, *MOVEMENT),
            [(*spine, *self._movement(hold, item)) for hold, item in changed],
            ["id"], update=MOVEMENT[2:],
        )  # fmt: skip
        merge_in(
            self.connection, "cash_movementclear", CLEAR,
            [self._clear(item) for _, item in changed], CLEAR[:3], update=CLEAR[4:],
        )  # fmt: skip
        merge_in(
            self.connection, "cash_movementname", NAME,
            [
                (self.organisation, item.id, token)
                for hold, item in changed
                for token in dict.fromkeys(
                    (*name_tokens(item, self.keys), *(name_token(n, self.keys) for n in hold.row.names))
                )
            ],
            ["organisation_id", "token", "subject_id"],
        )  # fmt: skip
        self.identify([item for _, item in changed])
        moved = [h.row.id for h, i in changed if i.stored and h.unit != h.stored_unit]
        if moved:
            self.connection.execute("SELECT vedette_stamp_cash(%s)", [moved])
        self._keep_counts([item for _, item in changed])

    def identify(self, items: Sequence[Item]) -> None:
        """Writes the identifiers of movements. After an officer has accepted the announcement or recorded the
        cash, the identifiers of the announcement are stored with the usual kinds of identifiers."""
        of_officer = [item.id for item in items if item.stored and not item.announced]
        if of_officer:
            self.connection.execute(
                "DELETE FROM subjects_identifier WHERE organisation_id = %s AND subject_id = ANY(%s)"
                " AND kind = 'announced'",
                [self.organisation, of_officer],
            )
        merge_in(
            self.connection, "subjects_identifier", IDENTIFIER,
            [
                (self.organisation, item.id, kind, token, self.now)
                for item in items
                for kind, token in identifiers(item, self.keys)
            ],
            IDENTIFIER[1:4],
        )  # fmt: skip

    def _movement(self, hold: Held, item: Item) -> tuple[Any, ...]:
        message = item.message
        movement = item.movement
        declared = day_of(message.declared) if message.declared else None
        value = known.total(item.valued)
        return (
            item.id, hold.unit, item.announced, movement.record, movement.direction or "", message.source,
            (message.variant or "")[:20], movement.accompanied, (message.partner or "")[:2],
            list(hold.places), declared, movements.crossing_day(movement), route(movement),
            item.state.is_cancelled, self.now.date(), value,
            item.valued["to"] if value is not None else "", *known.sums(item), hold.row.stated[:100],
        )  # fmt: skip

    def _clear(self, item: Item) -> tuple[Any, ...]:
        message = item.message
        movement = asking.corrected(item.movement, item.corrected)
        return (
            item.id, item.retention_class, item.month, self.organisation, message.code, message.reference,
            party_names(movement), Jsonb(item.valued), Jsonb(movements.encoded(item.state)),
        )  # fmt: skip

    def _keep_counts(self, items: Sequence[Item]) -> None:
        """Stores the counts in the messages of this batch as new versions. If a count is received twice, it
        has the same id and is stored only once."""
        for item in items:
            for id_, count in item.counted:
                found = counts.differences(item.movement.lines, count)
                row = self.connection.execute(
                    "INSERT INTO cash_count (id, organisation_id, subject_id, number, at, differs)"
                    " SELECT %(id)s, %(of)s, %(subject)s,"
                    " 1 + coalesce((SELECT max(number) FROM cash_count WHERE subject_id = %(subject)s"
                    "  AND organisation_id = %(of)s), 0), %(at)s, %(differs)s"
                    " ON CONFLICT (id) DO NOTHING RETURNING id",
                    {
                        "id": id_, "of": self.organisation, "subject": item.id, "at": count.at or self.now,
                        "differs": bool(found),
                    },
                ).fetchone()  # fmt: skip
                if row is None:
                    continue
                self.connection.execute(
                    "INSERT INTO cash_countclear (movement_id, count_id, retention_class, month,"
                    " organisation_id, content, differences, restricted)"
                    " VALUES (%s, %s, %s, %s, %s, %s, %s, %s)",
                    [item.id, id_, item.retention_class, item.month, self.organisation,
                     Jsonb(msgspec.to_builtins(count)), Jsonb(msgspec.to_builtins(found)), item.restricted],
                )  # fmt: skip
                self.connection.execute(
                    "UPDATE cash_movement SET differs = %s WHERE id = %s AND organisation_id = %s",
                    [bool(found), item.id, self.organisation],
                )
                item.count = count

    def history(
        self, subjects: Sequence[tuple[Held, Item]]
    ) -> Mapping[uuid.UUID, Mapping[str, object]]:
        """Returns the data about movements that the messages do not contain."""
        items = [item for _, item in subjects]
        return known.of_batch(self.connection, self.keys, self.organisation, items)

    def settle(self, batch: Batch, reasons: Mapping[uuid.UUID, Sequence[Reason]]) -> None:
        """Writes the hits with their reasons and with the values that were known at the time of screening.
        Announcements are compared only with lists, not with profiles."""
        items: dict[uuid.UUID, Item] = {item.id: item for _, item in batch.subjects}
        screened = [
            Screened(
                id=item.id,
                group_id=None,
                unit=hold.unit,
                due_at=due_at(hold, self.now) or (item.received or self.now) + AT_ONCE,
                retention_class=item.retention_class or self.spine.retention_class,
                month=item.month or self.spine.month,
                fingerprint=fingerprint(item, self.keys),
                stored=item.stored,
                partly=not item.clear,
            )
            for hold, item in batch.subjects
        ]
        counted = {
            id_: [one for one in some if one.kind in LISTED or not items[id_].announced]
            for id_, some in reasons.items()
        }
        settle(
            self.connection, self.spine, batch, screened, counted,
            lambda cases: [favour(items[id_], some) for id_, some in cases],
        )  # fmt: skip

    def finish(self) -> None:
        """Does nothing, because movements of cash are not selected for random control."""


def favour(item: Item, raised: Iterable[Raised]) -> list[dict[str, Any]]:
    """Returns the facts in favour of a movement."""
    return []


def due(connection: Connection[Any], organisation: uuid.UUID, now: dt.datetime) -> list[uuid.UUID]:
    """Returns the movements that still need a decision. Announcements are excluded, because profiles are not
    applied to announcements."""
    rows = connection.execute(
        "SELECT s.id FROM subjects_subject s JOIN cash_movement m ON m.id = s.id AND NOT m.announced"
        " WHERE s.organisation_id = %s AND m.organisation_id = s.organisation_id AND s.kind = %s"
        " AND coalesce(s.due_at > %s, s.received_at > %s) ORDER BY 1",
        [organisation, KIND.name, now, now - dt.timedelta(days=DUE_DAYS)],
    )
    return [id_ for (id_,) in rows]


def in_clear(
    connection: Connection[Any], organisation: uuid.UUID, groups: Sequence[uuid.UUID]
) -> list[uuid.UUID]:
    """Returns the movements whose values are not masked."""
    rows = connection.execute(
        "SELECT movement_id FROM cash_movementclear WHERE organisation_id = %s AND movement_id = ANY(%s)",
        [organisation, list(groups)],
    )
    return [id_ for (id_,) in rows]


def population(
    connection: Connection[Any], organisation: uuid.UUID
) -> Iterator[list[tuple[uuid.UUID, Asked]]]:
    """Yields all movements whose values are not masked, with their parties, in batches of `CHUNK`
    movements."""
    with connection.cursor("cash_population") as cursor:
        cursor.itersize = CHUNK
        cursor.execute(
            "SELECT c.movement_id, c.state FROM cash_movementclear c"
            " JOIN cash_movement m ON m.id = c.movement_id AND NOT m.cancelled"
            " WHERE c.organisation_id = %s AND NOT c.restricted",
            [organisation],
        )
        while rows := cursor.fetchmany(CHUNK):
            yield [
                (id_, Asked(parties=asking.parties(message.movement)))
                for id_, state in rows
                if (message := movements.decoded(state).message) is not None
            ]
