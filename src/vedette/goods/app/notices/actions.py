"""Pre-export notices between two organisations: the actions of users, the content of the pages, and the
actions of workers. Workers act on passed deadlines, and on the declarations to which a notice belongs.

Each organisation has a copy of the personal data of a notice, with its own retention period. Both
organisations share the notice itself, its state and its events.
"""

from __future__ import annotations

import datetime as dt
import json
import uuid
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import msgspec
from django.db import connection as web
from django.db import transaction
from django.db.models import F, Q, QuerySet
from django.db.models.functions import Coalesce
from psycopg import Connection
from psycopg.types.json import Jsonb

from vedette.apps import query
from vedette.apps.accounts import acts, rules
from vedette.apps.accounts.models import User
from vedette.apps.keyring import keyring
from vedette.apps.notices import actions as notifications
from vedette.apps.notices.models import Notice
from vedette.core.ids import new_id
from vedette.goods import controls, declarations
from vedette.goods.app.history import SIDES
from vedette.goods.app.models import ExportNotice, NoticeClear, NoticeCopy, NoticeDesk, NoticeEvent
from vedette.goods.app.notices import states
from vedette.goods.app.notices.states import Action, Content, Party, Side, State
from vedette.goods.app.rows import party_name
from vedette.goods.app.tables import TABLES
from vedette.goods.declarations import Goods, Held, Item
from vedette.keys.ring import Keys
from vedette.screening.exact import fold_document

#: Number of notices on one page, and of items that are marked in one transaction.
PAGE, CHUNK = 50, 500
#: Maximum number of documents of an item that are read for the number of a notice.
MOST_DOCUMENTS = 200
#: The version of a notice from which no further question can be asked. The other actions end the notice.
MOST_VERSIONS = 200
#: Names of the lists of notices.
FILTERS = ("todo", "sent", "received", "all")


class Stale(Exception):
    """The error that is raised if another person changed the notice in the meantime."""


class Refused(Exception):
    """The error that is raised if an action on a notice is not possible. `fields` contains the problems by
    field.
    """

    def __init__(self, fields: states.Errors | None = None) -> None:
        super().__init__("refused")
        self.fields = fields or {}


class Closed(Exception):
    """The error that is raised if one of the two authorities does not take part in pre-export notices."""


@dataclass(frozen=True)
class Authority:
    """An organisation that takes part in pre-export notices, or took part when a notice was sent."""

    id: uuid.UUID
    name: str
    country: str
    open: bool
    hours: int


def authorities() -> dict[uuid.UUID, Authority]:
    """Returns the organisations that take part, and the organisations with which the reader's organisation
    shares a notice.
    """
    rows = query.dicts("SELECT * FROM vedette_authorities()", {})
    return {row["id"]: Authority(**row) for row in rows}


def _home(user: User) -> uuid.UUID:
    """Returns the organisation of a signed-in user."""
    assert user.organisation_id is not None  # noqa: S101  every signed-in user has one
    return user.organisation_id


def desk_of(user: User) -> NoticeDesk | None:
    """Returns whether and how the user's organisation takes part, or None if it never stated this."""
    return NoticeDesk.objects.filter(organisation_id=_home(user)).first()


def now() -> dt.datetime:
    """Returns the time of the database."""
    with web.cursor() as cursor:
        cursor.execute("SELECT vedette_now()")
        found: dt.datetime = cursor.fetchone()[0]
    return found


# --- what people do -------------------------------------------------------------------------------


@transaction.atomic
def set_desk(user: User, open_: bool, hours: int) -> None:
    """Stores whether the user's organisation takes part in pre-export notices, and the number of hours within
    which it must answer. Raises `PermissionDenied`."""
    rules.check(user, "notice.desk")
    hours = min(max(hours, states.LEAST_HOURS), states.MOST_HOURS)
    NoticeDesk.objects.update_or_create(
        organisation_id=_home(user),
        defaults={"open": open_, "hours": hours, "changed_at": now(), "changed_by": user},
    )
    acts.write(user, "notice.desk", "", open=open_, hours=hours)


@transaction.atomic
def save(
    user: User, content: Content, addressee: uuid.UUID,
    found: ExportNotice | None = None, version: int = 0,
) -> ExportNotice:  # fmt: skip
    """Stores a draft, or changes one. Raises `Closed`, `Stale`, `Refused` and `PermissionDenied`."""
    rules.check(user, "notice.write")
    known, at = authorities(), now()
    own, other = known[_home(user)], known.get(addressee)
    if not own.open or other is None or not other.open or other.id == own.id:
        raise Closed
    if found is None:
        number = states.new_number(at.year)
        row = ExportNotice(
            organisation_id=own.id, number=number, key=states.number_key(number), created_at=at,
            created_by=user,
        )  # fmt: skip
        copy = NoticeCopy(
            organisation_id=own.id, notice=row, theme=row.theme, purpose=row.purpose,
            retention_class=TABLES.retention_class, month=at.date().replace(day=1),
            received_at=at,
        )  # fmt: skip
    else:
        row = _held(found.pk, version)
        if states.next_state(_state(row), _side(user, row), "edit") is None:
            raise Refused
        row.version += 1
        copy = NoticeCopy.objects.get(notice=row, organisation_id=own.id)
    row.addressee_id = addressee
    row.substance, row.quantity, row.unit = content.substance, content.quantity, content.unit
    row.consent_basis, row.consent_on = content.consent_basis, content.consent_on
    copy.consignors = _tokens([content.consignor])
    copy.consignees = _tokens([content.consignee])
    row.save(force_insert=found is None)
    copy.save(force_insert=found is None)
    clear = NoticeClear.objects.filter(copy_id=copy.pk, part=row.pk)
    data = msgspec.to_builtins(content)
    if found is None:
        NoticeClear.objects.bulk_create(
            [NoticeClear(
                copy_id=copy.pk, part=row.pk, retention_class=copy.retention_class,
                month=copy.month, organisation_id=own.id, content=data,
            )]
        )  # fmt: skip
    else:
        clear.update(content=data)
    acts.write(user, "notice.draft", row.pk, version=row.version)
    return row


def _tokens(parties: Iterable[Party]) -> list[bytes]:
    """Returns the tokens of the names and numbers of parties."""
    keys = keyring()
    values = [("party", party_name(one.name)) for one in parties]
    values += [("document", fold_document(one.number)) for one in parties if one.number]
    return [keys.token(kind, value) for kind, value in values if value]


def _held(id_: uuid.UUID, version: int) -> ExportNotice:
    row = ExportNotice.objects.select_for_update().get(pk=id_)
    if row.version != version:
        raise Stale
    return row


def _state(row: ExportNotice) -> State:
    return row.state  # type: ignore[return-value]  # the column contains a state


def _side(user: User, row: ExportNotice) -> Side:
    return "exporter" if row.organisation_id == user.organisation_id else "importer"


@transaction.atomic
def act(user: User, id_: uuid.UUID, action: Action, version: int, text: str = "") -> ExportNotice:
    """Carries out an action on a notice if it still has the version that the user read. Raises
    `ExportNotice.DoesNotExist`, `Stale`, `Refused`, `Closed` and `PermissionDenied`."""
    rules.check(user, "notice.write")
    text = text.replace("\0", "")
    row = _held(id_, version)
    side = _side(user, row)
    state = states.next_state(_state(row), side, action)
    if state is None or action not in states.actions_of(_state(row), side, row.asked):
        raise Refused
    if action in states.NEEDS_TEXT and not text.strip():
        raise Refused({"text": states.MISSING})
    if len(text) > states.MAX_TEXT:
        raise Refused({"text": states.TOO_LONG})
    if action == "ask" and row.version >= MOST_VERSIONS:
        raise Refused({"text": states.TOO_MANY})
    known, at = authorities(), now()
    if action == "send":
        content = content_of(row)
        if content is None:
            raise Refused
        if missing := states.unsent(content):
            raise Refused(missing)
        if not known[row.addressee_id].open or not known[row.organisation_id].open:
            raise Closed
        row.sent_at = at
    row.state, row.version = state, row.version + 1
    row.asked = action == "ask" or (row.asked and action not in ("answer", "acknowledge", "object"))
    row.due_at = None
    if (waits := states.WAITS_FOR.get(state)) is not None:
        other = known[row.organisation_id if waits == "exporter" else row.addressee_id]
        row.due_at = at + dt.timedelta(hours=other.hours or states.DEFAULT_HOURS)
    row.save(update_fields=["sent_at", "state", "version", "asked", "due_at"])
    if action == "send":
        _call("SELECT vedette_send_notice(%s)", [row.pk])
    if row.sent_at is not None:
        event = NoticeEvent(
            organisation_id=_home(user), notice=row, number=row.version, action=action,
            state=state, at=at, by=user, due_at=row.due_at, text=bool(text.strip()),
        )  # fmt: skip
        event.save(force_insert=True)
        if event.text:
            said = Jsonb({"text": text.strip()})
            _call("SELECT vedette_notice_text(%s, %s, %s)", [row.pk, event.pk, said])
    acts.write(user, "notice.act", row.pk, action=action, state=state)
    return row


def _call(statement: str, values: list[Any]) -> None:
    with web.cursor() as cursor:
        cursor.execute(statement, values)


# --- what the pages show --------------------------------------------------------------------------


@dataclass(frozen=True)
class Line:
    """A notice as one line of a list."""

    row: ExportNotice
    other: Authority | None
    side: Side
    ours: bool

    @property
    def state(self) -> State:
        """The state of the notice."""
        return _state(self.row)


def listed(user: User, which: str, after: str = "") -> tuple[list[Line], str]:
    """Returns a page of the notices of the reader's organisation, and the key of the next page. The list
    `todo` is sorted by deadline, the earliest first; the other lists are sorted with the newest notice
    first."""
    found = _chosen(user, which)
    first = which == "todo"
    key = _key(after)
    if key is not None:
        at, id_ = key
        later = Q(sorted_at__gt=at) | Q(sorted_at=at, pk__gt=id_)
        earlier = Q(sorted_at__lt=at) | Q(sorted_at=at, pk__lt=id_)
        found = found.filter(later if first else earlier)
    found = found.order_by("sorted_at" if first else "-sorted_at", "pk" if first else "-pk")
    rows = list(found[: PAGE + 1])
    known = authorities()
    lines = [_line(user, row, known) for row in rows[:PAGE]]
    last: Any = rows[PAGE - 1] if len(rows) > PAGE else None
    return lines, f"{last.sorted_at.isoformat()}_{last.pk}" if last else ""


def _chosen(user: User, which: str) -> QuerySet[ExportNotice]:
    mine = _home(user)
    found = ExportNotice.objects.annotate(
        sorted_at=Coalesce("due_at", "escalated_at", "created_at")
        if which == "todo"
        else F("created_at")
    )
    if which == "sent":
        return found.filter(organisation_id=mine)
    if which == "received":
        return found.filter(addressee_id=mine)
    if which == "todo":
        return found.filter(
            Q(organisation_id=mine, state__in=("draft", "question", "objected"))
            | Q(organisation_id=mine, state="expired")
            | Q(addressee_id=mine, state__in=("sent", "answered", "expired"))
        )
    return found


def _key(text: str) -> tuple[dt.datetime, uuid.UUID] | None:
    at_text, _, id_text = text.partition("_")
    try:
        at, id_ = dt.datetime.fromisoformat(at_text), uuid.UUID(id_text)
    except ValueError:
        return None
    return (at, id_) if at.tzinfo else None


def _line(user: User, row: ExportNotice, known: Mapping[uuid.UUID, Authority]) -> Line:
    side = _side(user, row)
    other = known.get(row.addressee_id if side == "exporter" else row.organisation_id)
    return Line(row, other, side, states.WAITS_FOR.get(_state(row)) == side)


def line(user: User, row: ExportNotice) -> Line:
    """Returns one notice as a row of the list."""
    return _line(user, row, authorities())


def content_of(row: ExportNotice) -> Content | None:
    """Returns the content of a notice in the copy of the reader's organisation, or None if it is masked,
    deleted, or restricted."""
    found = _clear(row, [row.pk]).get(row.pk)
    try:
        return msgspec.convert(found, Content) if found else None
    except msgspec.ValidationError:
        return None


def _clear(row: ExportNotice, parts: Sequence[uuid.UUID]) -> dict[uuid.UUID, Any]:
    rows = query.dicts(
        "SELECT t.part, t.content FROM goods_noticeclear t JOIN goods_noticecopy c ON c.id = t.copy_id"
        " AND c.retention_class = t.retention_class AND c.month = t.month"
        " WHERE c.notice_id = %(notice)s AND t.part = ANY(%(parts)s::uuid[])",
        {"notice": row.pk, "parts": list(parts)},
    )
    return {one["part"]: json.loads(one["content"]) for one in rows}


@dataclass(frozen=True)
class Happened:
    """An event of a notice, with its text. `text` is None if the event had a text that was masked or
    deleted."""

    event: NoticeEvent
    authority: Authority | None
    text: str | None


def history(row: ExportNotice) -> list[Happened]:
    """Returns the events of a notice, the newest first."""
    events = list(
        NoticeEvent.objects.filter(notice=row).select_related("by").order_by("-number")[:500]
    )
    said = _clear(row, [one.pk for one in events if one.text])
    known = authorities()
    return [
        Happened(
            one,
            known.get(one.organisation_id) if one.action != "expire" else None,
            (said.get(one.pk) or {}).get("text") if one.text else "",
        )
        for one in events
    ]


def of_item(copy: uuid.UUID | None) -> ExportNotice | None:
    """Returns the notice that belongs to an item, if the reader may see it."""
    if copy is None:
        return None
    return ExportNotice.objects.filter(copies=copy).first()


# --- what workers do ------------------------------------------------------------------------------

#: The notices whose deadline is over, with the deadline.
_EXPIRE = """
    WITH due AS (
        SELECT id, due_at FROM goods_exportnotice WHERE due_at <= %(now)s AND state = ANY(%(states)s)
        ORDER BY id LIMIT %(most)s FOR UPDATE SKIP LOCKED)
    UPDATE goods_exportnotice n
    SET state = 'expired', escalated_at = %(now)s, due_at = NULL, version = n.version + 1
    FROM due WHERE n.id = due.id
    RETURNING n.organisation_id, n.addressee_id, n.id, n.version, due.due_at
"""
_UNTOLD = """
    SELECT e.id, e.organisation_id, e.action, e.by_id, n.id, n.organisation_id, n.addressee_id, n.number,
           n.theme
    FROM goods_noticeevent e JOIN goods_exportnotice n ON n.id = e.notice_id
    WHERE NOT e.told ORDER BY e.at, e.id LIMIT %s FOR UPDATE OF e SKIP LOCKED
"""


def watch(connection: Connection[Any], keys: Keys, now: dt.datetime) -> int:
    """Escalates the notices whose deadline has passed, and notifies the persons of both authorities. Deletes
    the notices of which no organisation has a copy any longer. Returns the number of changes.
    """
    with connection.transaction():
        count = _escalate(connection, keys, now)
    with connection.transaction():
        count += _tell(connection, keys, now)
    with connection.transaction():
        gone = [
            id_
            for (id_,) in connection.execute(
                "SELECT n.id FROM goods_exportnotice n WHERE NOT EXISTS (SELECT FROM goods_noticecopy c"
                " WHERE c.notice_id = n.id) ORDER BY n.id LIMIT %s FOR UPDATE SKIP LOCKED",
                [CHUNK],
            )
        ]
        if gone:
            connection.execute("DELETE FROM goods_noticeevent WHERE notice_id = ANY(%s)", [gone])
            connection.execute("DELETE FROM goods_exportnotice WHERE id = ANY(%s)", [gone])
    return count + len(gone)


def _escalate(connection: Connection[Any], keys: Keys, now: dt.datetime) -> int:
    rows = connection.execute(
        _EXPIRE, {"now": now, "states": list(states.WAITS_FOR), "most": CHUNK}
    ).fetchall()
    for exporter, importer, id_, version, due in rows:
        connection.execute(
            "INSERT INTO goods_noticeevent (id, organisation_id, notice_id, number, action, state, at,"
            " due_at, text, told) VALUES (%s, %s, %s, %s, 'expire', 'expired', %s, %s, false, false)",
            [new_id(), exporter, id_, version, now, due],
        )
        entries = [
            acts.Entry(one, None, "notice.act", str(id_), {"action": "expire", "state": "expired"})
            for one in (exporter, importer)
        ]
        acts.write_many(connection, keys, entries)
    return len(rows)


def _tell(connection: Connection[Any], keys: Keys, now: dt.datetime) -> int:
    """Notifies the other authority of each action, and both authorities of a passed deadline. Each action of
    which an authority was notified is recorded in the journal of this authority."""
    rows = connection.execute(_UNTOLD, [CHUNK]).fetchall()
    for event, actor, action, by, id_, exporter, importer, number, theme in rows:
        expired = action == "expire"
        told = (exporter, importer) if expired else [{exporter: importer}.get(actor, exporter)]
        for home in told:
            notifications.write(
                connection.execute, home,
                [notifications.Event(
                    kind=Notice.Kind.EXPORT_NOTICE, by=by, ref=str(event), at=now,
                    right="notice.desk" if expired else "notice.write",
                    params={"what": action, "name": number, "page": "notice", "id": str(id_),
                            "themes": [theme]},
                )],
            )  # fmt: skip
            if not expired:
                entry = acts.Entry(home, None, "notice.reach", str(id_), {"action": action})
                acts.write_many(connection, keys, [entry])
    connection.execute(
        "UPDATE goods_noticeevent SET told = true WHERE id = ANY(%s)", [[row[0] for row in rows]]
    )
    return len(rows)


# --- declarations to which a notice belongs -------------------------------------------------------


@dataclass(frozen=True)
class Found:
    """The notice that belongs to an item: the copy of the organisation, the state at the time of screening,
    and whether the declaration names the number of the notice."""

    copy: uuid.UUID
    state: State
    named: bool


_CANDIDATES = """
    SELECT c.id, n.key, n.state, n.due_at, n.sent_at, n.substance, c.consignors, c.consignees
    FROM goods_noticecopy c JOIN goods_exportnotice n ON n.id = c.notice_id
    WHERE c.organisation_id = %(home)s AND n.sent_at IS NOT NULL
      AND (n.key = ANY(%(keys)s) OR c.consignors && %(consignors)s::bytea[])
    ORDER BY n.sent_at DESC, n.id
"""


def find(
    connection: Connection[Any], keys: Keys, organisation: uuid.UUID,
    subjects: Sequence[tuple[Held, Item]], now: dt.datetime,
) -> dict[uuid.UUID, Found] | None:  # fmt: skip
    """Returns the notice that belongs to each item. If the declaration names the number of a notice, this
    notice is returned. Otherwise, the latest notice that has the same consignor, consignee and substance and
    is neither withdrawn nor closed is returned. A notice of these parties with an objection has priority.
    Neither a number in a declaration nor a later notice of another authority can therefore hide an objection.
    Returns None if the organisation has no notice.
    """
    [known] = connection.execute(
        "SELECT EXISTS (SELECT FROM goods_noticecopy WHERE organisation_id = %s)", [organisation]
    ).fetchone() or (False,)
    here = [(hold, item) for hold, item in subjects if item.here and item.clear and hold.clear]
    if not known:
        return None
    controls.examine(here, now)
    asked = []
    for hold, item in here:
        goods = declarations.read(hold, item)
        numbers = {
            key for one in goods.documents[:MOST_DOCUMENTS] if (key := states.number_key(one.reference))
        }  # fmt: skip
        sides = tuple(_of_side(goods, side, keys) for side in ("consignor", "consignee"))
        asked.append((item, numbers, sides))
    rows = connection.execute(
        _CANDIDATES,
        {
            "home": organisation,
            "keys": sorted({one for _, numbers, _ in asked for one in numbers}),
            "consignors": sorted({one for *_, sides in asked for one in sides[0]}),
        },
    ).fetchall()
    found: dict[uuid.UUID, Found] = {}
    rank: dict[uuid.UUID, tuple[bool, bool]] = {}
    for item, numbers, (consignors, consignees) in asked:
        entries = set(item.examined.entries) if item.examined is not None else set()
        for id_, key, state, due, _, substance, theirs, others in rows:
            named = key in numbers
            fits = named or (
                state not in states.ENDED
                and substance in entries
                and not consignors.isdisjoint(map(bytes, theirs))
                and not consignees.isdisjoint(map(bytes, others))
            )
            first = (state == "objected", named)
            if fits and (item.id not in found or first > rank[item.id]):
                over = due is not None and due <= now
                rank[item.id] = first
                found[item.id] = Found(id_, "expired" if over else state, named)
    return found


def _of_side(goods: Goods, side: str, keys: Keys) -> set[bytes]:
    """Returns the tokens of the consignors or of the consignees of a declaration."""
    values: set[tuple[str, str]] = set()
    for party in goods.parties:
        if party.role in SIDES[side]:
            values.add(("party", party_name(party.name or "")))
            values |= {("document", fold_document(one.value)) for one in party.identifiers}
    return {keys.token(kind, value) for kind, value in values if value}


def facts(
    found: Mapping[uuid.UUID, Found] | None, items: Iterable[Item]
) -> dict[uuid.UUID, dict[str, object]]:
    """Returns the values of the elements of the vocabulary that concern notices. The values are left out if
    the organisation has no notice."""
    if found is None:
        return {}
    made: dict[uuid.UUID, dict[str, object]] = {}
    for item in items:
        one = found.get(item.id)
        made[item.id] = {
            "notice_objected": one is not None and one.state == "objected",
            "notice_unanswered": one is not None and one.state in states.UNANSWERED,
            **({"notice_state": one.state} if one is not None else {}),
        }
    return made


def link(
    connection: Connection[Any], organisation: uuid.UUID,
    found: Mapping[uuid.UUID, Found] | None, items: Iterable[Item],
) -> None:  # fmt: skip
    """Stores which notice belongs to each item."""
    if found is None:
        return
    rows = [
        {"id": str(item.id), "notice": str(found[item.id].copy) if item.id in found else None}
        for item in items
    ]
    connection.execute(
        "UPDATE goods_goodsitem g SET notice_id = a.notice"
        " FROM jsonb_to_recordset(%s) AS a (id uuid, notice uuid)"
        " WHERE g.id = a.id AND g.organisation_id = %s AND g.notice_id IS DISTINCT FROM a.notice",
        [Jsonb(rows), organisation],
    )


def unjudged(connection: Connection[Any]) -> list[uuid.UUID]:
    """Returns the organisations with a notice that changed since their stored items were last compared with
    the notice."""
    rows = connection.execute(
        "SELECT DISTINCT c.organisation_id FROM goods_noticecopy c"
        " JOIN goods_exportnotice n ON n.id = c.notice_id"
        " WHERE c.applied < n.version AND n.sent_at IS NOT NULL ORDER BY 1"
    )
    return [id_ for (id_,) in rows]


#: The items to which a notice belongs, or may belong: those that name its number, and those with the same
#: parties and substance.
_CONCERNED = """
    SELECT id FROM goods_goodsitem WHERE organisation_id = %(home)s AND notice_id = %(copy)s
    UNION
    SELECT i.subject_id FROM subjects_identifier i
    WHERE i.organisation_id = %(home)s AND i.kind = 'reference' AND i.token = %(number)s
    UNION
    SELECT a.subject_id FROM subjects_identifier a
    JOIN subjects_identifier b ON b.subject_id = a.subject_id AND b.organisation_id = a.organisation_id
    JOIN goods_itemclear c ON c.item_id = a.subject_id AND c.organisation_id = a.organisation_id
    WHERE a.organisation_id = %(home)s AND a.kind IN ('party', 'document')
      AND a.token = ANY(%(consignors)s::bytea[])
      AND b.kind IN ('party', 'document') AND b.token = ANY(%(consignees)s::bytea[])
      AND c.matched @> ARRAY[%(substance)s]
"""


def judge(
    connection: Connection[Any], keys: Keys, organisation: uuid.UUID,
    mark: Callable[[Sequence[uuid.UUID]], None],
) -> None:  # fmt: skip
    """Marks the stored items to which a changed notice belongs, so that they are screened again."""
    rows = connection.execute(
        "SELECT c.id, n.version, n.key, n.substance, c.consignors, c.consignees FROM goods_noticecopy c"
        " JOIN goods_exportnotice n ON n.id = c.notice_id"
        " WHERE c.organisation_id = %s AND c.applied < n.version AND n.sent_at IS NOT NULL ORDER BY c.id",
        [organisation],
    ).fetchall()
    for id_, version, key, substance, consignors, consignees in rows:
        values = {
            "home": organisation, "copy": id_, "substance": substance,
            "number": keys.token("reference", fold_document(key)),
            "consignors": list(consignors), "consignees": list(consignees),
        }  # fmt: skip
        concerned = [one for (one,) in connection.execute(_CONCERNED, values)]
        for start in range(0, len(concerned), CHUNK):
            with connection.transaction():
                mark(concerned[start : start + CHUNK])
        connection.execute(
            "UPDATE goods_noticecopy SET applied = %s WHERE organisation_id = %s AND id = %s",
            [version, organisation, id_],
        )
