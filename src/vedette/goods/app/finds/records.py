"""Stores finds in the inbox, and reads stored finds for the pages.

An officer's form puts a find into the inbox, and a worker stores the find as a goods item. The control with
its photographs, quantities and seizures belongs to this item.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from django.db import connection, transaction
from django.db.models import Count
from django.utils import timezone

from vedette.apps.accounts import acts, rules
from vedette.apps.accounts.models import User
from vedette.apps.enforcement.actions import controls
from vedette.apps.enforcement.models import ControlOrder, Seizure
from vedette.apps.enforcement.selectors.controls import now, positioned
from vedette.apps.inbox.models import Inbox
from vedette.apps.inbox.receiving import of_account
from vedette.apps.keyring import keyring
from vedette.apps.subjects.models import Identifier
from vedette.goods.app import items
from vedette.goods.app.disclosure import clear_goods
from vedette.goods.app.models import GoodsItem
from vedette.goods.declarations import Goods
from vedette.goods.formats import find
from vedette.screening.exact import fold_document

#: The source of files in the inbox that an officer's form makes.
SOURCE = "form"
#: Number of finds on a page.
PAGE = 50
#: Mode of transport → the means of transport of a seizure (`SeizureVersion.Conveyance`).
CONVEYANCE = {"1": "sea", "2": "rail", "3": "road", "4": "air", "5": "post", "8": "sea"}


def reference(form: uuid.UUID) -> str:
    """Returns the reference of the find that a form states."""
    return f"FIND-{form.hex[:16].upper()}"


@transaction.atomic
def record(user: User, form: uuid.UUID, stated: Mapping[str, str]) -> None:
    """Puts a find into the inbox. A second request with the same form changes nothing. `stated` contains the
    valid values that were entered in the form. Raises `PermissionDenied`."""
    rules.check(user, "control.record")
    assert user.organisation_id is not None  # noqa: S101  the rule asks for an organisation
    at = now()
    # A find of an officer of a unit belongs to the unit.
    office = next(iter(user.unit.offices), "") if user.unit is not None else ""
    local = timezone.localtime(at).replace(tzinfo=None, microsecond=0)
    data = find.write(find.Find(reference=reference(form), at=local, office=office, **stated))
    Inbox.objects.bulk_create(
        [
            Inbox(
                organisation_id=user.organisation_id, received_at=at, source=SOURCE,
                submitter=of_account(user.pk), name=f"{form}.json", size=len(data),
                token=_token(form), sealed=keyring().seal(data),
            )
        ],
        ignore_conflicts=True,
    )  # fmt: skip
    acts.write(user, "find.record", form, size=len(data))


def _token(form: uuid.UUID) -> bytes:
    """Returns the token of the file of a form. If a form is sent twice, both files have the same token."""
    return keyring().token("inbox", hashlib.sha256(form.bytes).hexdigest())


def is_sent(form: uuid.UUID) -> bool:
    """Returns whether an officer of the reader's organisation sent this form."""
    return Inbox.objects.filter(token=_token(form), source=SOURCE).exists()


def item_of(form: uuid.UUID) -> GoodsItem | None:
    """Returns the goods item of a find by the id of its form or by its own id. Returns None if no worker has
    stored it yet, or if the reader may not see it."""
    finds = GoodsItem.objects.filter(declaration__document=find.DOCUMENT)
    if (own := finds.filter(pk=form).first()) is not None:
        return own
    token = keyring().token("reference", fold_document(reference(form)))
    subject = Identifier.objects.filter(kind="reference", token=token).values_list("subject_id")
    return finds.filter(pk__in=subject).order_by("received_at", "pk").first()


def about(item: uuid.UUID) -> dict[str, str] | None:
    """Returns the values of a find that are copied into a record of its control: `place`, `conveyance` and
    `conveyance_id`. The values are empty if the find is masked. Returns None if the item is not a find.
    """
    if not GoodsItem.objects.filter(pk=item, declaration__document=find.DOCUMENT).exists():
        return None
    clear = clear_goods([item]).get(item)
    if clear is None:
        return {"place": "", "conveyance": "", "conveyance_id": ""}
    place, means, mode = _where(clear.goods)
    return {"place": place, "conveyance": CONVEYANCE.get(mode, ""), "conveyance_id": means}


def _where(goods: Goods) -> tuple[str, str, str]:
    """Returns the place, the means of transport and the code of its mode."""
    route = goods.route
    return goods.consignment.location or "", route.means or "", route.mode or ""


@transaction.atomic
def begin(user: User, item: GoodsItem) -> ControlOrder:
    """Begins the control of a find, with the place of the find. If the control was already ordered, returns
    the existing order. Raises `controls.Refused` and `PermissionDenied`."""
    rules.check(user, "control.record")
    found = ControlOrder.objects.filter(subject_id=item.pk).order_by("ordered_at").first()
    if found is not None:
        return found
    values = about(item.pk) or {}
    given = controls.Ordered(
        id=uuid.uuid5(item.pk, "control"), due_at=now() + dt.timedelta(hours=24),
        place=values.get("place") or items.title(None, item), assigned_to=user,
    )  # fmt: skip
    order = controls.order(user, item.pk, None, given)
    return controls.begin(user, order.pk)


@dataclass(frozen=True)
class Line:
    """A find as a line of the list. Masked values are None."""

    item: GoodsItem
    description: str | None
    place: str
    means: str
    mode: str
    containers: tuple[str, ...]
    order: ControlOrder | None
    seizures: int


def listed(after: str) -> tuple[list[Line], str]:
    """Returns a page of the finds, the newest first, and the position of the next page."""
    found = GoodsItem.objects.filter(declaration__document=find.DOCUMENT, present=True)
    found = positioned(
        found.order_by("-received_at", "-subject_id"), "received_at", "lt", after, "subject_id"
    )
    rows = list(found[: PAGE + 1])
    page = rows[:PAGE]
    ids = [one.pk for one in page]
    clear = clear_goods(ids)
    orders: dict[uuid.UUID, ControlOrder] = {}
    for order in ControlOrder.objects.filter(subject_id__in=ids).order_by("ordered_at"):
        orders.setdefault(order.subject_id, order)
    seized = Seizure.objects.filter(subject_id__in=ids).exclude(state=Seizure.State.WITHDRAWN)
    counts = dict(seized.values_list("subject_id").annotate(count=Count("pk")))
    lines = []
    for one in page:
        goods = clear[one.pk].goods if one.pk in clear else None
        place, means, mode = _where(goods) if goods else ("", "", "")
        lines.append(
            Line(
                one, goods.item.description if goods else None, place, means, mode,
                goods.containers if goods else (), orders.get(one.pk), counts.get(one.pk, 0),
            )
        )  # fmt: skip
    last = page[-1] if len(rows) > PAGE else None
    return lines, f"{last.received_at.isoformat()}_{last.pk.hex}" if last else ""


def totals() -> dict[str, Any]:
    """Returns three numbers of finds of this year that the reader may see: all finds (`finds`), finds whose
    control has ended (`ended`), and finds with a seizure or a detention (`seized`).
    """
    with connection.cursor() as cursor:
        cursor.execute(
            """
            SELECT count(*),
                   count(*) FILTER (WHERE EXISTS (
                       SELECT FROM enforcement_controlorder o
                       WHERE o.subject_id = g.id AND o.state = 'done')),
                   count(*) FILTER (WHERE EXISTS (
                       SELECT FROM enforcement_seizure z
                       WHERE z.subject_id = g.id AND z.state <> 'withdrawn'))
            FROM goods_goodsitem g JOIN goods_declaration d ON d.id = g.declaration_id
            WHERE d.document = %s AND g.present AND d.stated_on >= %s
            """,
            [find.DOCUMENT, timezone.localdate(now()).replace(month=1, day=1)],
        )
        return dict(zip(("finds", "ended", "seized"), cursor.fetchone(), strict=True))
