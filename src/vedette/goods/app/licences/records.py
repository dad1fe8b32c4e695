"""Records licences and their changes, and reads them for the pages.

A change creates a new version and is recorded in the journal. Workers then check the stored items that name
the licence (`drawing.judge`).
"""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

import msgspec
from django.db import transaction
from django.db.models import F, Func, Q, QuerySet, Sum, TextField, Value
from django.db.models.functions import Now
from django.utils import timezone

from vedette.apps import query
from vedette.apps.accounts import acts, rules
from vedette.apps.accounts.models import User
from vedette.apps.keyring import keyring
from vedette.core.names import fold
from vedette.core.texts import Text
from vedette.goods import judging, licences
from vedette.goods.app.disclosure import clear_goods
from vedette.goods.app.licences import drawing
from vedette.goods.app.models import (
    GoodsItem,
    Licence,
    LicenceBalance,
    LicenceUse,
    LicenceVersion,
)
from vedette.goods.declarations import Goods, Known
from vedette.goods.licences import plain

#: Number of licences on one page, and of items of a licence.
PAGE, USES = 50, 50
#: Maximum number of licences of one import that are written in one statement.
CHUNK = 1_000
#: The filters of the list by state.
STATES = ("all", "valid", "ended", "waiting")


class Taken(Exception):
    """The error that is raised if a licence with this number is already recorded. `id` is its id."""

    def __init__(self, id_: uuid.UUID) -> None:
        super().__init__("taken")
        self.id = id_


class Stale(Exception):
    """The error that is raised if another person changed the licence in the meantime."""


# --- writing --------------------------------------------------------------------------------------


def content(licence: licences.Licence) -> dict[str, Any]:
    """Returns the content of a licence as JSON, without its number."""
    found: dict[str, Any] = msgspec.to_builtins(licence)
    found["lines"] = [msgspec.to_builtins(line) for line in licence.lines]
    for name in ("holders", "destinations", "lines"):
        found.setdefault(name, [])
    found.pop("number")
    return found


def _columns(licence: licences.Licence, now: dt.datetime) -> dict[str, Any]:
    return {
        "kind": licence.kind, "holders": list(licence.holders),
        "destinations": list(licence.destinations), "valid_from": licence.valid_from,
        "valid_to": licence.valid_to, "revoked": licence.revoked,
        "lines": content(licence)["lines"], "changed_at": now,
    }  # fmt: skip


def _row(user: User, licence: licences.Licence, now: dt.datetime) -> Licence:
    assert user.organisation_id is not None  # noqa: S101 the rule asks for an organisation
    key = plain(licence.number)
    return Licence(
        organisation_id=user.organisation_id, number=licence.number, key=key,
        token=keyring().token("licence", key), **_columns(licence, now),
    )  # fmt: skip


def _version(user: User, row: Licence, licence: licences.Licence, source: str) -> LicenceVersion:
    return LicenceVersion(
        organisation_id=row.organisation_id, licence=row, number=row.version, at=row.changed_at,
        by=user, source=source, content=content(licence),
    )  # fmt: skip


def _now() -> dt.datetime:
    """Returns the current time of the database server."""
    found: dt.datetime = User.objects.values_list(Now(), flat=True)[:1][0]
    return found


def enter(user: User, licence: licences.Licence) -> Licence:
    """Records a new licence.

    Raises `Taken` if a licence with this number is already recorded, and `PermissionDenied`.
    """
    rules.check(user, "licence.write")
    with transaction.atomic():
        row = _row(user, licence, _now())
        Licence.objects.bulk_create([row], ignore_conflicts=True)
        kept = Licence.objects.get(organisation_id=row.organisation_id, key=row.key)
        if kept.pk != row.pk:
            raise Taken(kept.pk)
        _version(user, row, licence, LicenceVersion.Source.FORM).save()
        acts.write(user, "licence.enter", row.pk, lines=len(licence.lines))
    return row


def change(user: User, id_: uuid.UUID, version: int, licence: licences.Licence) -> bool:
    """Changes a licence if it still has the version that the user read. Returns whether anything changed.
    Raises `Licence.DoesNotExist`, `Stale`, and `PermissionDenied`."""
    rules.check(user, "licence.write")
    with transaction.atomic():
        row = Licence.objects.select_for_update().get(pk=id_)
        if row.version != version:
            raise Stale
        changed = _change(user, row, licence, LicenceVersion.Source.FORM, _now())
        if changed:
            acts.write(user, "licence.change", row.pk, version=row.version)
    return changed


def _change(
    user: User, row: Licence, licence: licences.Licence, source: str, now: dt.datetime
) -> bool:
    if content(recorded(row)) == content(licence):
        return False
    for name, value in _columns(licence, now).items():
        setattr(row, name, value)
    row.version += 1
    row.save(update_fields=[*_columns(licence, now), "version"])
    _version(user, row, licence, source).save()
    return True


@dataclass
class Imported:
    """The numbers of new, changed and unchanged licences in an import."""

    new: int = 0
    changed: int = 0
    same: int = 0


def import_(user: User, some: Sequence[licences.Licence], only_try: bool = False) -> Imported:
    """Records the new and the changed licences of a file. If `only_try` is true, nothing is recorded. Raises
    `PermissionDenied`."""
    rules.check(user, "licence.write")
    made = Imported()
    # Licences are locked in the order of their ids, as workers do, and new ones are stored in the order of
    # their numbers, so that two imports do not wait for each other.
    some = sorted(some, key=lambda one: plain(one.number))
    with transaction.atomic():
        now = _now()
        if not only_try:
            query.dicts(
                "SELECT id FROM goods_licence WHERE key = ANY(%(keys)s) ORDER BY id FOR UPDATE",
                {"keys": [plain(one.number) for one in some]},
            )
        for start in range(0, len(some), CHUNK):
            part = {plain(one.number): one for one in some[start : start + CHUNK]}
            known = Licence.objects.filter(key__in=part).order_by("pk")
            seen: set[str] = set()
            for row in known:
                seen.add(row.key)
                if only_try:
                    changed = content(recorded(row)) != content(part[row.key])
                else:
                    changed = _change(user, row, part[row.key], LicenceVersion.Source.IMPORT, now)
                made.changed += changed
                made.same += not changed
            rows = [(_row(user, one, now), one) for key, one in part.items() if key not in seen]
            made.new += len(rows)
            if not only_try:
                # Another import with the same number waits here, and this one then fails as a whole.
                Licence.objects.bulk_create([row for row, _ in rows])
                LicenceVersion.objects.bulk_create(
                    [_version(user, row, one, LicenceVersion.Source.IMPORT) for row, one in rows]
                )
        if not only_try:
            acts.write(user, "licence.import", new=made.new, changed=made.changed, same=made.same)
    return made


# --- reading --------------------------------------------------------------------------------------


def recorded(row: Licence) -> licences.Licence:
    """Returns the licence of a row."""
    return drawing.record(
        row.number, row.kind, row.holders, row.destinations, row.valid_from, row.valid_to,
        row.revoked, row.lines,
    )  # fmt: skip


@dataclass(frozen=True)
class Balance:
    """A line of a licence, with the quantity that was deducted from it. `quantity` is None if the line has no
    limit."""

    line: licences.LicenceLine
    quantity: Decimal | None
    drawn: Decimal

    @property
    def left(self) -> Decimal | None:
        """The remaining quantity, or None if the line has no limit."""
        return None if self.quantity is None else self.quantity - self.drawn

    @property
    def share(self) -> str:
        """The used share of the quantity in percent, used as the width of a bar."""
        if not self.quantity:
            return "0%"
        return f"{min(100 * self.drawn / self.quantity, Decimal(100)):.2f}%"

    @property
    def percent(self) -> int:
        """The used share of the quantity in whole percent, rounded down."""
        return int(100 * self.drawn / self.quantity) if self.quantity else 0


@dataclass(frozen=True)
class Line:
    """A licence in the list of licences."""

    row: Licence
    state: str
    balances: Sequence[Balance]


def state_of(row: Licence, day: dt.date) -> str:
    """Returns the state of a licence on a day: revoked, expired, not_yet_valid or present."""
    if row.revoked is not None and day >= row.revoked:
        return "revoked"
    if row.valid_to is not None and day > row.valid_to:
        return "expired"
    if row.valid_from is not None and day < row.valid_from:
        return "not_yet_valid"
    return "present"


def balances(rows: Collection[Licence]) -> dict[uuid.UUID, list[Balance]]:
    """Returns the lines of licences, with the deducted quantities."""
    drawn = {
        (id_, line): amount
        for id_, line, amount in LicenceBalance.objects.filter(
            licence__in=[row.pk for row in rows]
        ).values_list("licence_id", "line", "drawn")
    }
    return {
        row.pk: [
            Balance(line, line.quantity, drawn.get((row.pk, line.number), Decimal(0)))
            for line in recorded(row).lines
        ]
        for row in rows
    }


def listed(text: str, state: str, after: str) -> tuple[list[Line], str]:
    """Returns one page of the licences whose number, holder or code matches a text, in the order of their
    numbers. Also returns the position of the next page."""
    today = timezone.localdate()
    found: QuerySet[Licence] = Licence.objects.order_by("key")
    if text := " ".join(text.split()):
        said = Func(F("holders"), Value("\n"), function="array_to_string", output_field=TextField())
        asked = Q(kind=text.upper()) | Q(said__icontains=text)
        if key := plain(text):
            asked |= Q(key__contains=key)
        found = found.annotate(said=said).filter(asked)
    valid = (
        (Q(valid_to=None) | Q(valid_to__gte=today))
        & (Q(valid_from=None) | Q(valid_from__lte=today))
        & (Q(revoked=None) | Q(revoked__gt=today))
    )
    waiting = Q(valid_from__gt=today) & (Q(revoked=None) | Q(revoked__gt=today))
    if state == "valid":
        found = found.filter(valid)
    elif state == "waiting":
        found = found.filter(waiting)
    elif state == "ended":
        found = found.exclude(valid).exclude(waiting)
    try:
        place = Licence.objects.filter(pk=uuid.UUID(after)).values_list("key", flat=True).first()
    except ValueError:
        place = None
    if place is not None:
        found = found.filter(key__gt=place)
    rows = list(found[: PAGE + 1])
    more, rows = len(rows) > PAGE, rows[:PAGE]
    of = balances(rows)
    return [Line(row, state_of(row, today), of[row.pk]) for row in rows], (
        str(rows[-1].pk) if more else ""
    )


def held_by(document: str, given: str, surname: str) -> tuple[list[Licence], bool]:
    """Returns the licences with a holder that has this identification number or name, and whether there are
    more than `PAGE`. Differences in accents, capital letters and the order of the parts of a name are
    ignored."""
    orders = (f"{given} {surname}", f"{surname} {given}") if surname.strip() else ()
    wanted = {fold(text) for text in orders} | {
        plain(text) for text in (document, *orders) if plain(text)
    }
    rows = Licence.objects.exclude(holders=[]).order_by("key").values_list("pk", "holders")
    found = [
        pk
        for pk, holders in rows.iterator()
        if any(fold(one) in wanted or plain(one) in wanted for one in holders)
    ]
    of = Licence.objects.in_bulk(found[:PAGE])
    return [of[pk] for pk in found[:PAGE] if pk in of], len(found) > PAGE


@dataclass(frozen=True)
class Use:
    """An item that names a licence. `goods` is None if the values of the item are masked. `item` is None if
    the item was deleted."""

    row: LicenceUse
    item: GoodsItem | None
    goods: Goods | None

    @property
    def state(self) -> Text:
        """The state of the licence for the item."""
        return licences.NAMES[self.row.state]


@dataclass(frozen=True)
class Uses:
    """One page of the items that name a licence, the newest first. `hidden` contains, for each line, the
    quantity deducted for items that the reader may not see."""

    rows: Sequence[Use]
    following: str
    hidden: Mapping[int, Decimal]


def uses(row: Licence, after: str) -> Uses:
    """Returns one page of the items that name a licence."""
    found = LicenceUse.objects.filter(licence=row).order_by("-at", "-id")
    if after:
        at, _, id_ = after.partition("_")
        try:
            place = dt.datetime.fromisoformat(at), uuid.UUID(id_)
        except ValueError:
            place = None
        if place is not None and place[0].tzinfo is not None:
            found = found.filter(Q(at__lt=place[0]) | Q(at=place[0], id__lt=place[1]))
    rows = list(found[: USES + 1])
    more, rows = len(rows) > USES, rows[:USES]
    ids = [one.subject_id for one in rows if one.subject_id is not None]
    items = GoodsItem.objects.select_related("declaration").in_bulk(ids)
    clear = clear_goods(ids)
    seen = dict(
        LicenceUse.objects.filter(licence=row, drawn=True)
        .order_by().values_list("line").annotate(Sum("asked"))
    )  # fmt: skip
    hidden = {
        one.line.number: one.drawn - (seen.get(one.line.number) or Decimal(0))
        for one in balances([row])[row.pk]
    }
    return Uses(
        [
            Use(
                one, items.get(one.subject_id) if one.subject_id else None,
                clear[one.subject_id].goods if one.subject_id in clear else None,
            )
            for one in rows
        ],
        f"{rows[-1].at.isoformat()}_{rows[-1].id}" if more else "",
        {line: amount for line, amount in hidden.items() if amount > 0},
    )  # fmt: skip


@dataclass(frozen=True)
class Difference:
    """A field that a version changed."""

    name: str
    before: str
    after: str


def history(row: Licence) -> list[tuple[LicenceVersion, list[Difference]]]:
    """Returns the versions of a licence with the fields that they changed, the newest first."""
    versions = list(
        LicenceVersion.objects.filter(licence=row).select_related("by").order_by("number")[:200]
    )
    found: list[tuple[LicenceVersion, list[Difference]]] = []
    before: Mapping[str, Any] = {}
    for one in versions:
        names = [name for name in _SHOWN if one.content.get(name) != before.get(name)]
        told = [
            Difference(name, _said(before.get(name)), _said(one.content.get(name)))
            for name in names
            if found
        ]
        found.append((one, told))
        before = one.content
    return found[::-1]


_SHOWN = ("kind", "holders", "destinations", "valid_from", "valid_to", "revoked", "lines")


def _said(value: Any) -> str:
    """Returns a value of a version as one line of text."""
    if isinstance(value, list):
        return "; ".join(_said(one) for one in value)
    if isinstance(value, dict):
        goods = [*value.get("hs", ()), *value.get("entries", ())] or ["*"]
        amount = f" {value['quantity']} {value.get('unit', 'KGM')}" if "quantity" in value else ""
        return f"{', '.join(goods)}{amount}"
    return str(value or "")


# --- the licences of an item ----------------------------------------------------------------------


def of_item(
    item: GoodsItem, goods: Goods, matched: Sequence[str], required: bool
) -> list[tuple[licences.Answer, uuid.UUID | None]]:
    """Returns the check results for the licences of an item, each with the id of the recorded licence. The
    results use the current content of the licences, and the balances before the item."""
    named = {plain(one.reference or "") for one in judging.candidates(goods)} - {""}
    rows = {row.key: row for row in Licence.objects.filter(key__in=named)}
    balances: dict[tuple[str, int], Decimal] = {}
    stored = LicenceUse.objects.filter(
        subject_id=item.pk, licence__in=[row.pk for row in rows.values()]
    )
    of = {one.licence_id: one for one in stored}
    for key, row in rows.items():
        use = of.get(row.pk)
        if use is not None:
            limited = {
                line.number: line.quantity
                for line in recorded(row).lines
                if line.quantity is not None
            }
            balances |= drawing.balances_before(
                key, limited, use.state, use.line, use.asked, use.before
            )
    known = Known({key: recorded(row) for key, row in rows.items()}, balances)
    use_ = judging.use_of(
        goods, str(item.pk), item.first_at, matched, received=item.received_at, recorded=rows,
        contested=item.declaration.contested,
    )  # fmt: skip
    return [
        (one, rows[key].pk if (key := plain(one.licence or "")) in rows else None)
        for one in judging.answers(use_, known, required)
    ]
