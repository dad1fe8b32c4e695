"""Handles the requests of persons about their data in goods items. Finds the items of which a person is a
party, discloses the data, and rectifies names.

This module does not import hits, lists or profiles (`AppKind.disclose`). A disclosed file can therefore not
contain data from hits, lists or profiles.
"""

from __future__ import annotations

import json
import uuid
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Any

import msgspec
from django.utils import timezone
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from vedette.apps import query
from vedette.apps.keyring import keyring
from vedette.apps.subjects.kinds import Element, Given
from vedette.apps.subjects.models import Identifier, Subject
from vedette.core.records import Record
from vedette.core.statements import NO_STAMP, Stamp
from vedette.goods import declarations
from vedette.goods.app.models import GoodsItem, NoticeClear, NoticeCopy
from vedette.goods.app.rows import party_name
from vedette.goods.declarations import Goods
from vedette.goods.kind import KIND
from vedette.screening.exact import fold_document

#: Maximum number of items that are read for a document, and for a name. The page says if there are more.
MOST = 500
#: Positions in the message. They have no meaning for the person.
_PROVENANCE = {"segment", "offset"}

SOURCES = _(
    "Goods data are the data of declarations, manifests and waybills that traders and carriers sent."
)

LABELS: Mapping[str, Any] = {
    "reference": _("Reference of the declaration"),
    "item": _("Goods item"),
    "parties": _("Parties"),
    "route": _("Route"),
    "containers": _("Containers"),
    "description": _("Description"),
    "hs": _("Commodity code"),
    "net_mass_kg": _("Net mass (kg)"),
    "gross_mass_kg": _("Gross mass (kg)"),
    "quantity": _("Quantity"),
    "value": _("Value"),
    "currency": _("Currency"),
    "country": _("Country"),
    "address": _("Address"),
    "identifiers": _("Identification numbers"),
    "contact": _("Contact person"),
    "name": _("Name"),
    "notice": _("Pre-export notice"),
    "number": _("Registration number"),
    "consignor": _("Consignor (exporter)"),
    "consignee": _("Consignee (importer)"),
    "substance": _("Substance"),
    "unit": _("Unit"),
    "mode": _("Mode of transport"),
    "means": _("Means of transport"),
    "place": _("Place of exit"),
    "departs": _("Departure"),
    "arrives": _("Arrival"),
    "licence": _("Licence or registration"),
    "consent_by": _("Who consented"),
    "consent_on": _("Date of the consent"),
    "consent_basis": _("Basis"),
}

ELEMENTS: Mapping[str, Element] = {
    "consignor": Element(
        _("Name of the consignor or exporter"),
        frozenset(("name", "company", "surname", "given")),
        str,
    ),
    "consignee": Element(
        _("Name of the consignee or importer"),
        frozenset(("name", "company", "surname", "given")),
        str,
    ),
}


@dataclass(frozen=True)
class Clear:
    """The values of one item in clear text. The values include the names of its parties, the matched entries
    of control lists, the need for a licence, the comparison with ordinary trade, and the merged state. If a
    stored state has a format that the records no longer have, there is no merged state."""

    names: tuple[str, ...]
    goods: Goods
    matched: tuple[str, ...] = ()
    needs_licence: bool = False
    compared: Mapping[str, Any] | None = None


#: The items that the reader may see and that are not masked, and the states of their declarations, each once.
_CLEAR = """
    WITH mine AS MATERIALIZED (
        SELECT g.id, g.declaration_id, c.consignment, c.names, c.matched, c.needs_licence, c.compared,
               c.state
        FROM goods_goodsitem g
        JOIN goods_itemclear c ON c.item_id = g.id
            AND c.retention_class = g.retention_class AND c.month = g.month
        WHERE g.id = ANY(%(items)s::uuid[])
    )
    SELECT id, declaration_id, consignment, names, matched, needs_licence, compared, state,
           NULL::jsonb AS whole
    FROM mine
    UNION ALL
    SELECT NULL, d.id, NULL, NULL, NULL, NULL, NULL, c.state, d.whole FROM goods_declaration d
    LEFT JOIN goods_declarationclear c ON c.declaration_id = d.id
        AND c.retention_class = d.retention_class AND c.month = d.month
    WHERE d.id IN (SELECT declaration_id FROM mine)
"""


def clear_goods(items: Collection[uuid.UUID]) -> dict[uuid.UUID, Clear]:
    """Returns the values of the items that are not masked and that the reader may see.

    One SQL statement reads all items, and the state of each declaration is built only once.
    """
    rows = query.dicts(_CLEAR, {"items": list(items)}) if items else []
    groups: dict[uuid.UUID, tuple[declarations.GroupState, Stamp]] = {}
    for row in rows:
        if row["id"] is None:
            stated = json.loads(row["state"]) if row["state"] else None
            whole = json.loads(row["whole"])
            try:
                state = declarations.GroupState(
                    declarations.applying_or_latest(stated, whole) if stated else {}
                )
            except msgspec.ValidationError:
                continue
            groups[row["declaration_id"]] = state, whole
    found = {}
    for row in rows:
        if row["id"] is None or row["declaration_id"] not in groups:
            continue
        state, whole = groups[row["declaration_id"]]
        view = declarations.applying_or_latest(json.loads(row["state"]), whole or NO_STAMP)
        try:
            goods = declarations.goods_in(state, row["consignment"], view)
        except msgspec.ValidationError:
            continue
        found[row["id"]] = Clear(
            tuple(row["names"]),
            goods,
            tuple(row["matched"]),
            row["needs_licence"],
            json.loads(row["compared"]) if row["compared"] else None,
        )
    return found


def rectified(subject: Subject, element: str, value: str) -> None:
    """Changes nothing, because no other value of a goods item depends on a rectified name."""


def disclose(items: Collection[uuid.UUID]) -> dict[uuid.UUID, dict[str, Any]]:
    """Returns the items as the messages state them, in order of receipt."""
    rows = GoodsItem.objects.filter(pk__in=list(items)).order_by("received_at", "pk")
    clear = clear_goods(items)
    return {row.pk: _item(row, clear.get(row.pk)) | _notice(row) for row in rows}


def _notice(row: GoodsItem) -> dict[str, Any]:
    """Returns the content of the pre-export notice that belongs to an item, without the texts of the
    authorities."""
    if row.notice_id is None:
        return {}
    parts = NoticeCopy.objects.filter(pk=row.notice_id).values("notice_id")
    found = NoticeClear.objects.filter(copy_id=row.notice_id, part__in=parts).first()
    return {"notice": found.content} if found else {}


def _item(row: GoodsItem, clear: Clear | None) -> dict[str, Any]:
    told: dict[str, Any] = {
        "received_on": timezone.localdate(row.received_at),
        "masked": clear is None,
    }
    if clear is not None:
        goods = clear.goods
        told |= {
            "reference": goods.reference,
            "item": _plain(goods.item),
            "parties": [_plain(party) for party in goods.parties],
            "route": _plain(goods.route),
            "containers": list(goods.containers),
            "documents": [_plain(one) for one in goods.documents],
        }
    return {key: value for key, value in told.items() if value not in (None, "", [], {})}


def _plain(record: Record) -> dict[str, Any]:
    found = msgspec.to_builtins(record)
    return {key: value for key, value in found.items() if key not in _PROVENANCE}


def find(given: Given) -> tuple[dict[uuid.UUID, list[str]], bool]:
    """Returns the items in which the person named in a request is a party, the newest first, and whether
    there are more such items. An identification number or the full name identifies the person. A name alone
    does not prove that the item concerns the person, so the officer compares the data."""
    channels: list[tuple[str, str, list[str]]] = []
    if given.document:
        channels.append((gettext("document"), "document", [fold_document(given.document)]))
    if given.surname:
        orders = (f"{given.given_names} {given.surname}", f"{given.surname} {given.given_names}")
        channels.append((gettext("name"), "party", [party_name(text) for text in orders]))
    found: dict[uuid.UUID, list[str]] = {}
    more = False
    for word, kind, values in channels:
        tokens = [keyring().token(kind, value) for value in dict.fromkeys(values) if value]
        rows = (
            Identifier.objects.filter(kind=kind, token__in=tokens, subject__kind=KIND.name)
            .order_by("-subject__received_at", "subject_id")
            .values_list("subject_id", flat=True)[: MOST + 1]
        )
        ids = list(dict.fromkeys(rows))
        more |= len(ids) > MOST
        for id_ in ids[:MOST]:
            found.setdefault(id_, []).append(word)
    return found, more
