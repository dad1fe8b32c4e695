"""Contains the queries about control orders, their entries and photographs."""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Collection
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from django.db.models import Exists, OuterRef, Q, QuerySet

from vedette.apps.accounts.models import User
from vedette.apps.enforcement.models import Clear, ControlOrder, Entry, Photo, Seizure
from vedette.apps.keyring import unlock_bytes
from vedette.apps.profiles.models import Drawn
from vedette.apps.query import now as now
from vedette.apps.query import plain
from vedette.apps.subjects.kinds import ControlSheet, app_kind, queue_rows

#: Number of rows on a page.
PAGE = 50
#: Use of the key of photographs (`keyring.lock_bytes`).
PHOTO = "photo"
#: For how long a subject that was selected at random waits for an order.
DRAWN_DAYS = dt.timedelta(days=30)
WHOSE = ("all", "mine")


def texts(subjects: Collection[uuid.UUID], records: Collection[uuid.UUID]) -> dict[Any, Any]:
    """Returns the texts of the given records.

    Texts that are masked or that the reader may not see are left out. The key is the id of the record.
    """
    found = Clear.objects.filter(subject_id__in=list(subjects), record__in=list(records))
    return dict(found.values_list("record", "texts"))


def withdrawal(order: uuid.UUID) -> uuid.UUID:
    """Returns the id of the text that states why an order was withdrawn."""
    return uuid.uuid5(order, "withdrawn")


@dataclass(frozen=True)
class OrderFilters:
    """The filters of the list of control orders. All filters are in the URL."""

    whose: str = "all"
    #: Whether the orders that were carried out or withdrawn are shown instead of the open orders.
    ended: bool = False
    team: str = ""

    @classmethod
    def read(cls, query: Any) -> OrderFilters:
        """Reads the filters from the parameters of a request, and ignores invalid parameters."""
        whose = query.get("whose", "")
        return cls(
            whose=whose if whose in WHOSE else "all",
            ended=query.get("state") == "ended",
            team=plain(query.get("team", ""))[:60],
        )

    def query(self, **changes: Any) -> str:
        """Returns the filters, with the given changes, as a query string without default values."""
        parts = {
            "whose": changes.get("whose", self.whose).replace("all", ""),
            "state": "ended" if changes.get("ended", self.ended) else "",
            "team": changes.get("team", self.team),
        }
        return urlencode({name: value for name, value in parts.items() if value})


@dataclass(frozen=True)
class OrderRow:
    """A control order with its place and the data of its subject. The data is None if the reader does not see
    the subject."""

    order: ControlOrder
    place: str
    shown: dict[str, Any] | None
    late: bool


def _mine(user: User) -> Q:
    return Q(assigned_to=user) | Q(begun_by=user) | Q(ended_by=user)


def orders(
    user: User, filters: OrderFilters, after: str, at: dt.datetime
) -> tuple[list[OrderRow], str]:
    """Returns a page of the orders, and the position of the next page. Open orders are sorted by their due
    time, so that overdue orders are first. Ended orders are sorted by their end, the latest first."""
    found = ControlOrder.objects.select_related("assigned_to", "ended_by", "subject")
    if filters.whose == "mine":
        found = found.filter(_mine(user))
    if filters.team:
        found = found.filter(team=filters.team)
    column = "ended_at" if filters.ended else "due_at"
    if filters.ended:
        found = found.exclude(ended_at=None).order_by("-ended_at", "-id")
    else:
        found = found.filter(state__in=ControlOrder.OPEN).order_by("due_at", "id")
    found = positioned(found, column, "lt" if filters.ended else "gt", after)
    some = list(found[: PAGE + 1])
    page = some[:PAGE]
    subjects = [one.subject_id for one in page]
    shown = queue_rows(subjects)
    words = texts(subjects, [one.pk for one in page])
    rows = [
        OrderRow(
            one,
            words.get(one.pk, {}).get("place", ""),
            shown.get(one.subject_id),
            one.state in ControlOrder.OPEN and one.due_at < at,
        )
        for one in page
    ]
    last = page[-1] if len(some) > PAGE else None
    following = f"{getattr(last, column).isoformat()}_{last.pk.hex}" if last else ""
    return rows, following


def positioned(
    found: QuerySet[Any], column: str, than: str, after: str, key: str = "id"
) -> QuerySet[Any]:
    """Returns the rows after a position that `orders` returned. An invalid position is ignored. `key` is the
    column that determines the order of rows with the same time."""
    moment, _, id_ = after.partition("_")
    try:
        at, pk = dt.datetime.fromisoformat(moment), uuid.UUID(id_)
    except ValueError:
        return found
    if at.tzinfo is None:
        return found
    return found.filter(Q(**{f"{column}__{than}": at}) | Q(**{column: at, f"{key}__{than}": pk}))


def teams() -> list[str]:
    """Returns the teams of the open orders that the reader sees."""
    found = ControlOrder.objects.filter(state__in=ControlOrder.OPEN).exclude(team="")
    return list(found.order_by("team").values_list("team", flat=True).distinct()[:50])


@dataclass(frozen=True)
class Entered:
    """An entry of a control with its text."""

    entry: Entry
    text: str | None

    @property
    def doubtful(self) -> str:
        """The characters of a seal number that are easily confused."""
        if self.entry.kind != Entry.Kind.SEAL or not self.text:
            return ""
        return "".join(dict.fromkeys(one for one in self.text.upper() if one in _ALIKE))


#: Letters and digits that are easily confused in a seal number.
_ALIKE = "O0I1"


@dataclass(frozen=True)
class Control:
    """A control order with all its entries."""

    order: ControlOrder
    sheet: ControlSheet
    #: The texts of the order: `place`, `instructions`. Empty if they are masked.
    texts: dict[str, str]
    #: Why the order was withdrawn.
    why: str
    entries: list[Entered]
    photos: list[Photo]
    #: Until when the finding “nothing found” can be taken back, or None.
    undo_until: dt.datetime | None

    def of_kind(self, kind: str) -> list[Entered]:
        """Returns the valid entries of a kind."""
        return [one for one in self.entries if one.entry.kind == kind and not one.entry.struck_at]

    @property
    def answers(self) -> dict[str, str]:
        """The latest answer of each check."""
        return {one.entry.what: one.entry.answer for one in self.of_kind(Entry.Kind.CHECK)}

    @property
    def checks(self) -> list[tuple[Any, str]]:
        """The checks of the subject with their latest answers."""
        return [(one, self.answers.get(one.code, "")) for one in self.sheet.checks]

    @property
    def answered(self) -> int:
        """The number of answered checks."""
        return sum(1 for _, answer in self.checks if answer)

    @property
    def quantities(self) -> list[Entered]:
        """The quantities."""
        return self.of_kind(Entry.Kind.QUANTITY)

    @property
    def seals(self) -> list[Entered]:
        """The removed and placed seals."""
        return self.of_kind(Entry.Kind.SEAL)

    @property
    def samples(self) -> list[Entered]:
        """The samples."""
        return self.of_kind(Entry.Kind.SAMPLE)

    @property
    def pictures(self) -> list[Photo]:
        """The valid photographs."""
        return [one for one in self.photos if not one.struck_at]


#: For how long “nothing found” can be taken back. `vedette_take_back_result` has the same time.
UNDO = dt.timedelta(minutes=10)


def control(order: ControlOrder, at: dt.datetime) -> Control:
    """Returns a control order with its entries, texts and photographs."""
    entries = list(order.entries.select_related("by").order_by("at", "pk"))
    withdrawn = withdrawal(order.pk)
    words = texts([order.subject_id], [order.pk, withdrawn, *(one.pk for one in entries)])
    undo = None
    if order.finding == ControlOrder.Finding.NOTHING and order.ended_at:
        undo = order.ended_at + UNDO
    return Control(
        order=order,
        sheet=sheet_of(order),
        texts=words.get(order.pk, {}),
        why=words.get(withdrawn, {}).get("why", ""),
        entries=[Entered(one, words.get(one.pk, {}).get("text")) for one in entries],
        photos=list(
            Photo.objects.filter(order_id=order.pk).select_related("by").order_by("at", "pk")
        ),
        undo_until=undo if undo and undo > at else None,
    )


def sheet_of(order: ControlOrder) -> ControlSheet:
    """Returns the data for a control, which the app for this kind of subject provides. If the processing of
    the subject is restricted, the sheet is empty."""
    if order.subject.restricted:
        return ControlSheet()
    return app_kind(order.subject.kind).control(order.subject_id)


def of_hit(hit: uuid.UUID) -> list[ControlOrder]:
    """Returns the control orders of a hit that the reader may see, the latest first."""
    found = ControlOrder.objects.filter(hit_id=hit).select_related("assigned_to", "ended_by")
    return list(found.order_by("-ordered_at"))


def seizures_of(order: ControlOrder) -> list[Seizure]:
    """Returns the seizures and detentions that follow from an order, the newest first."""
    found = Seizure.objects.filter(order_id=order.pk).exclude(state=Seizure.State.WITHDRAWN)
    return list(found.order_by("-created_at"))


def seizures_of_hit(hit: uuid.UUID) -> list[Seizure]:
    """Returns the seizures and detentions of a hit that the reader may see, the newest first."""
    found = Seizure.objects.filter(hit_id=hit).exclude(state=Seizure.State.WITHDRAWN)
    return list(found.order_by("-created_at"))


def picture(photo: Photo) -> bytes | None:
    """Returns a photograph, decrypted. Returns None if the photograph is masked, or if the reader may not see
    it."""
    found = Clear.objects.filter(subject_id=photo.subject_id, record=photo.pk)
    data = found.values_list("picture", flat=True).first()
    return unlock_bytes(bytes(data), PHOTO) if data else None


@dataclass(frozen=True)
class Waiting:
    """A subject that was selected at random and for which no control was ordered."""

    drawn: Drawn
    shown: dict[str, Any] | None


def drawn(at: dt.datetime) -> list[Waiting]:
    """Returns the subjects that were selected at random in the last days and have no control order, the
    latest first."""
    orders = ControlOrder.objects.filter(subject_id=OuterRef("subject_id"))
    found = Drawn.objects.filter(~Exists(orders), day__gt=at.date() - DRAWN_DAYS)
    some = list(found.select_related("subject").order_by("-day", "-pk")[:PAGE])
    shown = queue_rows([one.subject_id for one in some])
    return [Waiting(one, shown.get(one.subject_id)) for one in some]
