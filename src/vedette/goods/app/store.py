"""The store of goods. The store writes the results of the pipeline to the tables of goods.

A store is used in one transaction of one organisation, on a psycopg connection of the intake role.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import uuid
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from psycopg import Connection
from psycopg.types.json import Jsonb

from vedette.apps.copying import copy_in, merge_in
from vedette.apps.hits.raising import Raised, Screened
from vedette.apps.lists import controls as control_lists
from vedette.apps.profiles.settling import settle
from vedette.apps.requests.corrections import corrected
from vedette.apps.subjects.rows import IDENTIFIER_HELD, SPINE, SUBJECT, Spine, lock
from vedette.core.parties import Asked
from vedette.goods import asking, controls, declarations, judging
from vedette.goods.app import clearance, history
from vedette.goods.app.licences import drawing
from vedette.goods.app.notices import actions as noticing
from vedette.goods.app.rows import fingerprint, identifiers, searched, word_keys
from vedette.goods.app.tables import TABLES
from vedette.goods.columns import LICENCES, amounts
from vedette.goods.controls import Examined
from vedette.goods.declarations import Declared, Goods, Group, Held, Item
from vedette.goods.identity import code, is_number
from vedette.goods.kind import KIND, due_at
from vedette.keys.ring import Keys
from vedette.screening.reason import FAVOUR_POINTS, Reason

if TYPE_CHECKING:
    # The web process imports this module. It must load neither the pipeline nor the code that compares names.
    from vedette.goods.trade import Compared
    from vedette.pipeline.screen import Batch

DECLARATION = (
    "id",
    "unit_id",
    "submitter",
    "document",
    "direction",
    "contested",
    "places",
    "joined_to",
    "stated_on",
    "stated",
    "whole",
    "cancelled",
)
NAME = ("organisation_id", "declaration_id", "token", "shared", "number")
DECLARATION_CLEAR = (
    "declaration_id", "retention_class", "month", "organisation_id", "reference", "state",
)  # fmt: skip
ITEM = (
    "id", "declaration_id", "unit_id", "consignment", "number", "hs", "present", "first_at", "importer",
)  # fmt: skip
ITEM_CLEAR = (
    "item_id", "retention_class", "month", "organisation_id", "consignment", "description", "hs", "names",
    "word_keys", "mass", "value", "currency", "compared", "further", "state",
)  # fmt: skip
#: Greatest mass in kilograms and greatest value that are compared. Greater numbers are errors of the sender.
_MOST_MASS, _MOST_VALUE = 10**9, 10**13
_COMPARED = """
    UPDATE goods_itemclear c SET compared = v.compared
    FROM jsonb_to_recordset(%(rows)s) AS v (id uuid, compared jsonb)
    WHERE c.item_id = v.id AND c.organisation_id = %(home)s AND c.compared IS DISTINCT FROM v.compared
"""
#: Number of items that are read at a time when all stored items are screened by name.
CHUNK = 5_000
#: Maximum number of declarations with one name among which the declaration of a message is searched.
MOST_NAMED = 100
#: The names of which another name differs only in who submitted the message. The two conditions on the token
#: read the index from both ends, so that many declarations of one submitter are not read. EXISTS asks for one
#: row only, so the planner prefers what starts at once: without ORDER BY, a scan of the whole table for each
#: name. With ORDER BY, that scan would need a sort, and the planner uses the index. With OFFSET 0, the
#: planner looks up the declarations of the names that it found. Without it, and with the statistics of an
#: empty table, the planner reads all declarations of the organisation for each name.
_OTHERS = """
    SELECT t.token FROM unnest(%(shared)s::bytea[], %(tokens)s::bytea[]) AS t (shared, token)
    WHERE EXISTS (
        SELECT FROM (
            (SELECT n.declaration_id FROM goods_declarationname n WHERE n.organisation_id = %(home)s
                AND n.shared = t.shared AND n.token < t.token
                ORDER BY n.token DESC LIMIT %(most)s)
            UNION ALL
            (SELECT n.declaration_id FROM goods_declarationname n WHERE n.organisation_id = %(home)s
                AND n.shared = t.shared AND n.token > t.token
                ORDER BY n.token LIMIT %(most)s)) n
        CROSS JOIN LATERAL (
            SELECT d.id, d.retention_class, d.month FROM goods_declaration d
            WHERE d.id = n.declaration_id AND d.organisation_id = %(home)s OFFSET 0) d
        CROSS JOIN LATERAL (
            SELECT FROM goods_declarationclear c WHERE c.declaration_id = d.id
                AND c.retention_class = d.retention_class AND c.month = d.month OFFSET 0) c)
"""
#: Items without a stated arrival still need a decision on this number of days.
DUE_DAYS = 2


class Store:
    """Stores goods items in PostgreSQL. The class implements `pipeline.screen.Storage`."""

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
        #: How items of this transaction compare with ordinary trade, and the items whose rows have it.
        self._compared: dict[uuid.UUID, Compared] = {}
        self._written: set[uuid.UUID] = set()
        #: Whether this transaction has locked all groups; None if it has locked none.
        self._locked_all: bool | None = None
        #: The fingerprints of items, with the states from which they were computed.
        self._fingerprints: dict[uuid.UUID, tuple[Goods, bytes]] = {}

    # --- reading ------------------------------------------------------------------------------

    def groups(self, subjects: Sequence[uuid.UUID]) -> list[Group]:
        """Returns the stored declarations of these items."""
        rows = self.connection.execute(
            "SELECT id, stated, document FROM goods_declaration d WHERE organisation_id = %s AND EXISTS"
            " (SELECT FROM goods_goodsitem g WHERE g.declaration_id = d.id AND g.id = ANY(%s)) ORDER BY id",
            [self.organisation, list(subjects)],
        )
        return [Group(id_, stated, document=document) for id_, stated, document in rows]

    def known(self, groups: Sequence[Group]) -> dict[uuid.UUID, Group]:
        """Returns the declarations to which messages refer, by the ids of the groups that the messages name
        (`declarations.known`). Locks the names until the transaction ends, so that two workers do not store
        one declaration twice. If two senders state the same name, the second transaction finds the
        declaration that the first one stored. Only the last `MOST_NAMED` declarations with a given name are
        read, so that many declarations with the same reference do not slow down each later message."""
        of_token = {self._token(name): name for group in groups for name in group.names}
        if not of_token:
            return {}
        shared = {name: self._shared(name) for name in of_token.values()}
        self._lock([uuid.UUID(bytes=token) for token in set(shared.values())])
        rows = self.connection.execute(
            "SELECT n.token, d.id, d.stated, d.document, d.received_at,"
            " (SELECT jsonb_path_query_first(c.state, '$[*][1].\"m/office\"') #>> '{}'"
            "  FROM goods_declarationclear c WHERE c.declaration_id = d.id"
            "  AND c.retention_class = d.retention_class AND c.month = d.month),"
            " EXISTS (SELECT FROM goods_declarationclear c WHERE c.declaration_id = d.id"
            "  AND c.retention_class = d.retention_class AND c.month = d.month),"
            " EXISTS (SELECT FROM goods_declarationname m WHERE m.declaration_id = d.id AND m.number),"
            " EXISTS (SELECT FROM goods_declarationclear c WHERE c.declaration_id = d.id"
            "  AND c.retention_class = d.retention_class AND c.month = d.month AND NOT c.restricted)"
            " AND NOT EXISTS (SELECT FROM goods_goodsitem g JOIN subjects_subject s ON s.id = g.id"
            "  WHERE g.declaration_id = d.id AND (s.restricted OR s.rectified OR NOT EXISTS"
            "   (SELECT FROM goods_itemclear c WHERE c.item_id = g.id"
            "    AND c.retention_class = g.retention_class AND c.month = g.month)))"
            " FROM unnest(%s::bytea[], %s::bytea[]) AS t (shared, token) CROSS JOIN LATERAL"
            "  (SELECT m.token, m.declaration_id FROM goods_declarationname m"
            "   WHERE m.organisation_id = %s AND m.shared = t.shared AND m.token = t.token"
            "   ORDER BY m.id DESC LIMIT %s) n"
            " CROSS JOIN LATERAL (SELECT * FROM goods_declaration d"
            "  WHERE d.id = n.declaration_id AND d.organisation_id = %s OFFSET 0) d",
            [
                [shared[name] for name in of_token.values()],
                list(of_token),
                self.organisation,
                MOST_NAMED,
                self.organisation,
            ],
        )
        stored: dict[uuid.UUID, Declared] = {}
        for (
            token,
            id_,
            stated,
            document,
            first,
            office,
            clear,
            numbered,
            joinable,
        ) in rows.fetchall():
            one = stored.setdefault(
                id_,
                Declared(
                    Group(id_, stated, document=document), set(), first, numbered, joinable,
                    clear, code(office),
                ),
            )  # fmt: skip
            one.names.add(of_token[bytes(token)])
        stated = self._stated_by_others(of_token, shared)
        # The first message of this frame about each name, whoever submitted it.
        earliest: dict[bytes, tuple[dt.datetime, str, tuple[str, ...]]] = {}
        for group in groups:
            for name in group.names:
                key = (group.received or self.now, group.stated, name)
                earliest[shared[name]] = min(earliest.get(shared[name], key), key)
        senders = Counter(shared.values())
        contested = stated | {name for name, public in shared.items() if senders[public] > 1}
        copied = {name for name in contested if name in stated or earliest[shared[name]][2] != name}
        return {
            id_: replace(
                group,
                contested=not contested.isdisjoint(group.names),
                copied=not copied.isdisjoint(group.names),
            )
            for id_, group in declarations.known(groups, list(stored.values())).items()
        }

    def _stated_by_others(
        self, of_token: Mapping[bytes, tuple[str, ...]], shared: Mapping[tuple[str, ...], bytes]
    ) -> set[tuple[str, ...]]:
        """Returns those names that a different submitter also used for a stored declaration whose values are
        not masked. For each name, the query reads at most `MOST_NAMED` declarations with a smaller token and
        at most `MOST_NAMED` declarations with a greater token."""
        rows = self.connection.execute(
            _OTHERS,
            {
                "tokens": list(of_token), "shared": [shared[name] for name in of_token.values()],
                "home": self.organisation, "most": MOST_NAMED,
            },
        )  # fmt: skip
        return {of_token[bytes(token)] for (token,) in rows}

    def _lock(self, ids: Sequence[uuid.UUID]) -> None:
        """Locks names or declarations until the transaction ends."""
        if not self._locked_all:
            self._locked_all = lock(self.connection, ids, first=self._locked_all is None)

    def _fingerprint(self, item: Item, goods: Goods) -> bytes:
        """Returns the fingerprint of an item. The fingerprint is computed again only if the state of the item
        has changed."""
        held = self._fingerprints.get(item.id)
        if held is None or held[0] is not goods:
            held = self._fingerprints[item.id] = goods, fingerprint(goods, self.keys)
        return held[1]

    def _token(self, name: Sequence[str]) -> bytes:
        return self.keys.token("declaration", *name)

    def _shared(self, name: Sequence[str]) -> bytes:
        """Returns the token of a name without the account that submitted the message."""
        return self.keys.token("reference of a declaration", *name[:-1])

    def hold(self, groups: Sequence[Group]) -> dict[uuid.UUID, Held]:
        """Locks these declarations until the transaction ends, and returns their stored data.

        If another declaration is joined with one of these declarations, the other declaration is also
        returned.
        """
        if not groups:
            return {}
        joined = {id_: group for group in groups for id_ in group.joins}
        every = [*groups, *(Group(id_, "") for id_ in joined)]
        self._lock([group.id for group in every])
        found = {
            group.id: Held(
                group,
                retention_class=self.spine.retention_class,
                month=self.spine.month,
                contested=group.copied,
            )
            for group in every
        }
        # The licences that the items draw from may cover entries of these lists.
        own = control_lists.current(self.organisation, "intake", self.now.date()).get(KIND.name)
        for hold in found.values():
            hold.controls = own
        self._load_declarations(found)
        self._load_items(found)
        drawing.load(
            self.connection,
            self.organisation,
            [i for hold in found.values() for i in hold.subjects],
        )
        for id_, group in joined.items():
            declarations.join(found[group.id], found[id_])
        return found

    def _load_declarations(self, found: Mapping[uuid.UUID, Held]) -> None:
        rows = self.connection.execute(
            "SELECT d.id, d.stated, d.document, d.unit_id, d.contested, d.places, d.joined_to, d.whole,"
            " d.cancelled, d.retention_class, d.month, c.state"
            " FROM goods_declaration d LEFT JOIN goods_declarationclear c"
            " ON c.declaration_id = d.id AND c.retention_class = d.retention_class AND c.month = d.month"
            " WHERE d.organisation_id = %s AND d.id = ANY(%s)",
            [self.organisation, list(found)],
        )
        for (
            id_, stated, document, unit, contested, places, joined, whole, cancelled, class_, month, state,
        ) in rows.fetchall():  # fmt: skip
            hold = found[id_]
            hold.row = declarations.later(Group(id_, stated, hold.row.sender, document), hold.row)
            hold.unit, hold.stored, hold.clear = unit, True, state is not None
            hold.contested = contested
            hold.stored_unit, hold.places, hold.joined = unit, tuple(places), joined
            hold.retention_class, hold.month = class_, month
            hold.whole, hold.cancelled = whole, cancelled
            hold.view = state or []

    def _load_items(self, found: Mapping[uuid.UUID, Held]) -> None:
        rows = self.connection.execute(
            "SELECT g.id, g.declaration_id, g.number, g.present, g.retention_class, g.month, s.restricted,"
            " s.rectified, g.first_at, g.received_at, c.consignment, c.matched, c.needs_licence, c.state"
            " FROM goods_goodsitem g"
            " JOIN subjects_subject s ON s.id = g.id LEFT JOIN goods_itemclear c ON c.item_id = g.id"
            " AND c.retention_class = g.retention_class AND c.month = g.month"
            " WHERE g.organisation_id = %s AND g.declaration_id = ANY(%s) ORDER BY g.id",
            [self.organisation, list(found)],
        )
        for (
            id_,
            group,
            number,
            here,
            class_,
            month,
            restricted,
            rectified,
            first,
            received,
            key,
            matched,
            needed,
            state,
        ) in rows.fetchall():
            found[group].subjects.append(
                Item(
                    id_,
                    key or "",
                    number,
                    view=state or [],
                    stored=True,
                    restricted=restricted,
                    here=here,
                    clear=state is not None,
                    retention_class=class_,
                    month=month,
                    first=first,
                    received=received,
                    matched=tuple(matched or ()),
                    needed=bool(needed),
                    corrected=corrected(self.connection, self.organisation, id_, class_, month)
                    if rectified
                    else {},
                )
            )

    def units(self, places: Sequence[Sequence[str]]) -> list[uuid.UUID | None]:
        """Returns one unit for each list of places: the unit that belongs to the first place with a known
        unit."""
        rows = self.connection.execute(
            "SELECT vedette_unit_of_places(%s, ARRAY(SELECT jsonb_array_elements_text(p.codes)))"
            " FROM jsonb_array_elements(%s) WITH ORDINALITY p (codes, n) ORDER BY n",
            [self.organisation, Jsonb([list(some) for some in places])],
        )
        return [unit for (unit,) in rows.fetchall()]

    # --- writing ------------------------------------------------------------------------------

    def keep(self, held: Mapping[uuid.UUID, Held]) -> None:
        """Writes the declarations and the items that changed. Each table is written once for all
        declarations."""
        changed = [(h, i) for h in held.values() for i in h.subjects if i.changed]
        spine = self.spine.values()
        groups = [h for h in held.values() if h.clear and (h.changed or not h.stored)]
        self._put(
            "goods_declaration", (*SPINE, *DECLARATION),
            ((hold.stored, (*spine, *self._declaration(hold))) for hold in groups),
            ["id"], update=DECLARATION[3:],
        )  # fmt: skip
        self._put(
            "goods_declarationclear", DECLARATION_CLEAR,
            (
                (hold.stored, (hold.row.id, hold.retention_class, hold.month, self.organisation,
                               _reference(hold), Jsonb(hold.view)))
                for hold in groups
            ),
            DECLARATION_CLEAR[:3], update=DECLARATION_CLEAR[4:],
        )  # fmt: skip
        self._keep_names(groups)
        # New rows of items have the unit. The rows that exist move to a new unit together.
        moved = [h.row.id for h in groups if h.stored and h.unit != h.stored_unit]
        if moved:
            self.connection.execute("SELECT vedette_stamp_declarations(%s)", [moved])
        if not changed:
            return
        for _, item in changed:
            if not item.stored:
                item.retention_class, item.month = self.spine.retention_class, self.spine.month
        read = [(hold, item, declarations.read(hold, item)) for hold, item in changed]
        self._compare(changed)
        self._written.update(item.id for _, item in changed)
        self._put(
            "subjects_subject", SUBJECT,
            (
                (item.stored, (*spine, item.id, KIND.name, hold.unit, hold.row.id, due_at(hold, self.now),
                               self._fingerprint(item, goods), self.now, False))
                for hold, item, goods in read
            ),
            ["id"], update=("due_at", "fingerprint", "screened_at"),
        )  # fmt: skip
        self._put(
            "goods_goodsitem", (*SPINE, *ITEM),
            (
                (item.stored, (*spine, item.id, hold.row.id, hold.unit,
                               hashlib.blake2b(item.consignment.encode(), digest_size=16).hexdigest(),
                               item.number, (goods.item.hs or "")[:6], item.here, item.first,
                               history.importer(goods, self.keys)))
                for hold, item, goods in read
            ),
            ["id"], update=("hs", "present", "first_at", "importer"),
        )  # fmt: skip
        self._put(
            "goods_itemclear", ITEM_CLEAR,
            ((item.stored, self._item_clear(item, goods)) for _, item, goods in read),
            ITEM_CLEAR[:3], update=ITEM_CLEAR[5:],
        )  # fmt: skip
        recorded = drawing.recorded(
            self.connection, self.organisation, [goods for _, _, goods in read]
        )
        self._put(
            "subjects_identifier", IDENTIFIER_HELD,
            (
                (item.stored, (self.organisation, item.id, kind, token, self.now, holder))
                for _, item, goods in read
                for kind, token, holder in identifiers(goods, item, self.keys, recorded)
            ),
            IDENTIFIER_HELD[1:4],
        )  # fmt: skip
        drawing.draw(self.connection, self.organisation, changed, self.now)

    def _put(
        self,
        table: str,
        columns: Sequence[str],
        rows: Iterable[tuple[bool, Sequence[Any]]],
        keys: Sequence[str],
        update: Sequence[str] = (),
    ) -> None:
        """Writes rows.

        Each row states whether the declaration or the item is already stored. New rows are copied directly,
        because their declaration is locked and no other transaction can write them.
        """
        new: list[Sequence[Any]] = []
        stored: list[Sequence[Any]] = []
        for is_stored, row in rows:
            (stored if is_stored else new).append(row)
        if new:
            copy_in(self.connection, table, columns, new)
        merge_in(self.connection, table, columns, stored, keys, update=update)

    def _keep_names(self, groups: Sequence[Held]) -> None:
        """Writes the names by which these declarations are found. If two declarations are joined, the names
        of the declaration that no longer exists become names of the other declaration."""
        self._put(
            "goods_declarationname", NAME,
            (
                (hold.stored, (self.organisation, hold.row.id, self._token(name), self._shared(name),
                               is_number(name)))
                for hold in groups
                for name in dict.fromkeys(hold.row.names)
            ),
            ["declaration_id", "token"],
        )  # fmt: skip
        joined = [(hold.row.id, hold.joined) for hold in groups if hold.joined is not None]
        if joined:
            values = [[gone for gone, _ in joined], [kept for _, kept in joined]]
            self.connection.execute(
                "INSERT INTO goods_declarationname (organisation_id, declaration_id, token, shared, number)"
                " SELECT n.organisation_id, j.kept, n.token, n.shared, n.number FROM goods_declarationname n"
                " JOIN unnest(%s::uuid[], %s::uuid[]) j (gone, kept) ON j.gone = n.declaration_id"
                " WHERE n.organisation_id = %s ON CONFLICT DO NOTHING",
                [*values, self.organisation],
            )
            self.connection.execute(
                "DELETE FROM goods_declarationname WHERE organisation_id = %s"
                " AND declaration_id = ANY(%s)",
                [self.organisation, values[0]],
            )

    def _declaration(self, hold: Held) -> tuple[Any, ...]:
        stated = hold.elements()
        direction = stated.get("m/direction") or _first(stated, "/direction") or ""
        return (
            hold.row.id, hold.unit, self._submitter(hold), hold.row.document, direction, hold.contested,
            list(hold.places), hold.joined, hold.day, hold.row.stated,
            Jsonb(hold.whole), Jsonb(hold.cancelled),
        )  # fmt: skip

    def _submitter(self, hold: Held) -> bytes | None:
        """Returns the token of the account that submitted the message about a group."""
        submitter = next((name[-1] for name in hold.row.names), "")
        return self.keys.token("submitter", submitter) if submitter else None

    def _item_clear(self, item: Item, goods: Goods) -> tuple[Any, ...]:
        parties = asking.as_corrected(goods.parties, item.corrected)
        names = dict.fromkeys(party.name for party in parties if party.name)
        return (
            item.id, item.retention_class, item.month, self.organisation, item.consignment,
            goods.item.description, goods.item.hs, list(names),
            # Written as text, because the driver takes long to write a list.
            f"{{{','.join(map(str, word_keys(searched(goods, parties))))}}}",
            *_amounts(goods), self._shown(item),
            controls.further(goods),
            Jsonb(item.view),
        )  # fmt: skip

    def _compare(self, subjects: Sequence[tuple[Held, Item]]) -> None:
        """Compares items with ordinary trade, unless this transaction has already done so."""
        wanted = [one for one in subjects if one[1].id not in self._compared]
        # Imported here, because only workers compare. The web process never imports Polars.
        from vedette.goods.app import trading

        self._compared |= trading.compare(
            self.connection, self.keys, self.organisation, self.now, wanted
        )

    def _shown(self, item: Item) -> Jsonb | None:
        found = self._compared.get(item.id)
        return Jsonb(found.shown) if found else None

    def history(
        self, subjects: Sequence[tuple[Held, Item]]
    ) -> Mapping[uuid.UUID, Mapping[str, object]]:
        """Returns the values about earlier declarations of the parties (`goods.app.history`) and about
        ordinary trade (`goods.app.trading`)."""
        found = history.of_items(self.connection, self.keys, self.organisation, self.now, subjects)
        self._compare(subjects)
        for id_, compared in self._compared.items():
            found.setdefault(id_, {}).update(compared.values)
        noted = noticing.find(self.connection, self.keys, self.organisation, subjects, self.now)
        for id_, values in noticing.facts(noted, (item for _, item in subjects)).items():
            found.setdefault(id_, {}).update(values)
        return found

    def settle(self, batch: Batch, reasons: Mapping[uuid.UUID, Sequence[Reason]]) -> None:
        """Writes hits with their reasons, and the values known at the time of screening."""
        items: dict[uuid.UUID, tuple[Held, Item]] = {
            item.id: (hold, item) for hold, item in batch.subjects
        }
        screened = [
            Screened(
                id=item.id,
                group_id=hold.row.id,
                unit=hold.unit,
                due_at=due_at(hold, self.now),
                retention_class=item.retention_class or self.spine.retention_class,
                month=item.month or self.spine.month,
                fingerprint=self._fingerprint(item, declarations.read(hold, item)),
                stored=item.stored,
                partly=not (item.clear and hold.clear),
            )
            for hold, item in batch.subjects
        ]
        if batch.expect is None:
            self._keep_matched([item for _, item in batch.subjects])
        settle(
            self.connection,
            self.spine,
            batch,
            screened,
            reasons,
            lambda cases: [
                favour(declarations.read(*items[id_]), some, items[id_][1].examined)
                for id_, some in cases
            ],
        )
        if batch.expect is None:
            noted = noticing.find(
                self.connection, self.keys, self.organisation, batch.subjects, self.now
            )
            clear = [item for hold, item in batch.subjects if item.clear and hold.clear]
            noticing.link(self.connection, self.organisation, noted, clear)
            self._assign(batch)
            rows = [
                {"id": str(id_), "compared": compared.shown}
                for id_, compared in self._compared.items()
                if id_ in items and id_ not in self._written
            ]
            if rows:
                values = {"rows": Jsonb(rows), "home": self.organisation}
                self.connection.execute(_COMPARED, values)

    def _assign(self, batch: Batch) -> None:
        """Assigns the items of a batch to lanes of clearance."""
        if batch.values is None:
            return
        stored = [(item.id, item.stored) for _, item in batch.subjects]
        clearance.assign(
            self.connection, self.keys, self.organisation, self.now, batch.values, stored
        )

    def _keep_matched(self, items: Sequence[Item]) -> None:
        """Stores which entries of control lists the items match, if that changed."""
        changed = [
            {
                "id": str(item.id),
                "matched": list(item.examined.entries),
                "needed": item.examined.needed,
            }
            for item in items
            if item.examined is not None
            and item.clear
            and (item.examined.entries, item.examined.needed) != (item.matched, item.needed)
        ]
        # A stored item that matches other entries than before, because a list changed, can be covered by
        # another line of its licences. A new message about an item has drawn already.
        ids = {one["id"] for one in changed}
        drawing.judge_later(
            self.connection,
            self.organisation,
            {
                item.id: item.known.licences
                for item in items
                if item.stored and not item.changed and str(item.id) in ids and item.known.licences
            },
        )
        if changed:
            self.connection.execute(
                "UPDATE goods_itemclear c SET matched = a.matched, needs_licence = a.needed"
                " FROM jsonb_to_recordset(%s) AS a (id uuid, matched text[], needed boolean)"
                " WHERE c.item_id = a.id AND c.organisation_id = %s",
                [Jsonb(changed), self.organisation],
            )

    def finish(self) -> None:
        """Does nothing, because the items for the random control are selected when the lanes are assigned."""


def favour(
    goods: Goods, raised: Iterable[Raised], examined: Examined | None = None
) -> list[dict[str, Any]]:
    """Returns the facts in favour of an item. A licence is a fact in favour of an item if no record
    contradicts the licence. A declared code that belongs to the matched entry is also a fact in favour of the
    item.
    """
    found: list[str] = []
    declared = goods.document_codes
    if examined is not None and examined.use is not None:
        declared = judging.codes_in_order(declared, examined.use, examined.bad)
    if not LICENCES.isdisjoint(declared):
        found.append("licence_declared")
    listed = [
        one.reason for one in raised if one.reason.kind == "control_list" and one.state == "open"
    ]
    if listed and not any("hs_against_text" in reason.params.get("facts", ()) for reason in listed):
        evidence = [line for reason in listed for line in reason.evidence or ()]
        codes = [line for line in evidence if line.get("name") == "hs_code"]
        if codes and all(line.get("relation") == "=" for line in codes):
            found.append("code_agrees")
    return [{"id": name, "params": {}, "points": FAVOUR_POINTS[name]} for name in found]


def _amounts(goods: Goods) -> tuple[Decimal | None, Decimal | None, str | None]:
    """Returns the mass, the value and the currency that are compared with ordinary trade. A number that is
    not positive or is unrealistically large is left out."""
    one = amounts(goods)
    mass = Decimal(repr(one.mass)) if one.mass is not None and 0 < one.mass <= _MOST_MASS else None
    value = one.value if one.value is not None and 0 < one.value <= _MOST_VALUE else None
    return mass, value, one.currency


def _reference(hold: Held) -> str | None:
    stated = hold.elements()
    return stated.get("m/mrn") or stated.get("m/lrn") or _first(stated, "/reference")


def _first(stated: Mapping[str, Any], end: str) -> Any:
    """Returns the value of the first element, in alphabetical order, whose name ends with the given text."""
    name = min((name for name in stated if name.endswith(end)), default=None)
    return stated[name] if name is not None else None


def due(connection: Connection[Any], organisation: uuid.UUID, now: dt.datetime) -> list[uuid.UUID]:
    """Returns the declarations with an item that still needs a decision."""
    rows = connection.execute(
        "SELECT DISTINCT group_id FROM subjects_subject WHERE organisation_id = %s AND kind = %s"
        " AND group_id IS NOT NULL AND coalesce(due_at > %s, received_at > %s) ORDER BY 1",
        [organisation, KIND.name, now, now - dt.timedelta(days=DUE_DAYS)],
    )
    return [id_ for (id_,) in rows]


def in_clear(
    connection: Connection[Any], organisation: uuid.UUID, groups: Sequence[uuid.UUID]
) -> list[uuid.UUID]:
    """Returns the items of these declarations whose values are not masked."""
    rows = connection.execute(
        "SELECT g.id FROM goods_goodsitem g JOIN goods_itemclear c ON c.item_id = g.id"
        " AND c.retention_class = g.retention_class AND c.month = g.month"
        " WHERE g.organisation_id = %s AND g.declaration_id = ANY(%s)",
        [organisation, list(groups)],
    )
    return [id_ for (id_,) in rows]


def population(
    connection: Connection[Any], organisation: uuid.UUID
) -> Iterator[list[tuple[uuid.UUID, Asked]]]:
    """Yields all items whose values are not masked, with their parties, in chunks of `CHUNK` items."""
    with connection.cursor("goods_population") as cursor:
        cursor.itersize = CHUNK
        cursor.execute(
            "SELECT c.item_id, c.consignment, c.state, d.state FROM goods_itemclear c"
            " JOIN goods_goodsitem g ON g.id = c.item_id"
            " JOIN goods_declarationclear d ON d.declaration_id = g.declaration_id"
            " WHERE c.organisation_id = %s AND NOT c.restricted AND g.present",
            [organisation],
        )
        while rows := cursor.fetchmany(CHUNK):
            yield [
                (
                    id_,
                    Asked(
                        parties=asking.parties(
                            asking.by_turns(
                                declarations.goods_of(
                                    declarations.latest(group), key, declarations.latest(view)
                                )
                            )
                        )
                    ),
                )
                for id_, key, view, group in rows
            ]


def described(
    connection: Connection[Any], organisation: uuid.UUID
) -> Iterator[list[tuple[uuid.UUID, str, str]]]:
    """Yields the texts and HS codes of all items whose values are not masked, in chunks of `CHUNK` texts. The
    texts are the description and the other texts that are compared with control lists. A long description is
    divided into several texts.
    """
    with connection.cursor("goods_described") as cursor:
        cursor.itersize = CHUNK
        cursor.execute(
            "SELECT c.item_id, coalesce(c.description, ''), coalesce(c.hs, ''), c.further"
            " FROM goods_itemclear c JOIN goods_goodsitem g ON g.id = c.item_id"
            " WHERE c.organisation_id = %s AND g.organisation_id = c.organisation_id"
            " AND NOT c.restricted AND g.present",
            [organisation],
        )
        while rows := cursor.fetchmany(CHUNK):
            yield [
                (id_, part, hs)
                for id_, text, hs, further in rows
                for part in (*controls.parts(text), *further)
            ]
