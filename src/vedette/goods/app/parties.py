"""The earlier declarations of the parties of a goods item, with the hits and results that the reader may see.

A party is identified by its first number or, if it has no number, by its normalised name, as for the values
in `goods.app.history`. Restricted items, and items that a later message removed, are not counted.
"""

from __future__ import annotations

import datetime as dt
import json
import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django.urls import reverse
from django.utils.translation import gettext, ngettext

from vedette.apps import display, query
from vedette.apps.keyring import keyring
from vedette.goods.app.history import SIDES, identified
from vedette.goods.app.messages import DOCUMENTS, name_of, references
from vedette.goods.app.models import Declaration
from vedette.goods.declarations import Goods
from vedette.goods.records import Party

#: Maximum number of items that are read for a party, and number of declarations on one page.
MOST, PAGE = 500, 50
#: Months of the chart of an importer.
MONTHS = 24

_READ = """
    SELECT i.n, s.group_id, s.received_at, o.outcome, i.read
    FROM (
        SELECT a.n, f.subject_id, count(*) OVER (PARTITION BY a.n) AS read
        FROM jsonb_to_recordset(%(asked)s::jsonb) AS a (n integer, kind text, token text)
        CROSS JOIN LATERAL (
            SELECT subject_id FROM subjects_identifier
            WHERE organisation_id = (SELECT vedette_scope()) AND token = decode(a.token, 'hex')
              AND kind = a.kind
            LIMIT %(most)s) f) i
    JOIN goods_goodsitem g ON g.id = i.subject_id AND g.present
    JOIN subjects_subject s ON s.id = g.id AND NOT s.restricted
    LEFT JOIN hit_outcome o ON o.subject_id = s.id AND o.outcome <> 'void'
"""
_KNOWN = f"""
    SELECT f.n, count(DISTINCT f.group_id) AS declarations, min(f.received_at) AS first,
           count(DISTINCT f.group_id) FILTER (WHERE f.outcome IS NOT NULL) AS hits,
           count(DISTINCT f.group_id) FILTER (WHERE f.outcome = 'confirmed') AS confirmed,
           count(DISTINCT f.group_id) FILTER (WHERE f.outcome = 'nothing_found') AS nothing,
           max(f.read) >= %(most)s AS more
    FROM ({_READ}) f WHERE f.group_id <> %(own)s GROUP BY f.n
"""  # noqa: S608  parts of ours
_LISTED = f"""
    SELECT f.group_id, max(f.received_at) AS at, bool_or(f.outcome = 'confirmed') AS confirmed,
           bool_or(f.outcome = 'nothing_found') AS nothing, bool_or(f.outcome IS NOT NULL) AS hit,
           bool_or(f.outcome = 'open') AS open
    FROM ({_READ}) f GROUP BY f.group_id ORDER BY 2 DESC, 1 LIMIT %(page)s OFFSET %(first)s
"""  # noqa: S608  parts of ours
_MONTHS = """
    SELECT m.month::date, coalesce(sum(c.mass), 0)::float8 AS mass, count(g.id) AS items
    FROM generate_series(date_trunc('month', %(day)s::date) - make_interval(months => %(months)s - 1),
                         date_trunc('month', %(day)s::date), interval '1 month') m (month)
    LEFT JOIN (goods_goodsitem g
        JOIN subjects_subject s ON s.id = g.id AND NOT s.restricted
        JOIN goods_declaration d ON d.id = g.declaration_id
        JOIN goods_itemclear c ON c.item_id = g.id AND c.retention_class = g.retention_class
            AND c.month = g.month)
      ON g.importer = %(token)s AND g.present AND date_trunc('month', d.stated_on) = m.month
     AND g.received_at > m.month - interval '2 months'
    GROUP BY 1 ORDER BY 1
"""


@dataclass(frozen=True)
class Known:
    """The facts about a party from its other declarations. `more` is true if there are declarations that were
    not counted."""

    declarations: int = 0
    first: dt.datetime | None = None
    hits: int = 0
    confirmed: int = 0
    nothing: int = 0
    more: bool = False


@dataclass(frozen=True)
class Listed:
    """One declaration that names a party."""

    name: str
    document: Any
    day: dt.date
    page: str
    hit: bool
    open: bool
    confirmed: bool
    nothing: bool


def _asked(parties: Sequence[Party]) -> str:
    rows = []
    for n, party in enumerate(parties):
        found = identified(party)
        if found is not None:
            rows.append({"n": n, "kind": found[0], "token": keyring().token(*found).hex()})
    return json.dumps(rows)


def known(parties: Sequence[Party], own: uuid.UUID) -> list[Known]:
    """Returns the facts about each of these parties, ignoring the declaration `own`."""
    rows = query.dicts(_KNOWN, {"asked": _asked(parties), "most": MOST, "own": own})
    found = {row.pop("n"): Known(**row) for row in rows}
    return [found.get(n, Known()) for n in range(len(parties))]


def declarations_of(party: Party, page: int) -> tuple[list[Listed], bool]:
    """Returns one page of the declarations of a party, sorted with the latest first, and whether there are
    more pages."""
    rows = query.dicts(
        _LISTED,
        {"asked": _asked([party]), "most": MOST, "page": PAGE + 1, "first": (page - 1) * PAGE},
    )
    ids = [row["group_id"] for row in rows[:PAGE]]
    stored = Declaration.objects.in_bulk(ids)
    names = references(ids)
    return [
        Listed(
            name_of(one.document, names.get(one.pk)), DOCUMENTS.get(one.document, one.document),
            one.stated_on, reverse("declaration", args=[one.pk]), bool(row["hit"]), bool(row["open"]),
            bool(row["confirmed"]), bool(row["nothing"]),
        )
        for row in rows[:PAGE]
        if (one := stored.get(row["group_id"])) is not None
    ], len(rows) > PAGE  # fmt: skip


def months(goods: Goods, day: dt.date) -> list[tuple[dt.date, float]]:
    """Returns the mass in kilograms that the importer of an item received in each of the last months. Returns
    an empty list if no message states the importer, or if no item was received before the month of `day`."""
    party = goods.party(*SIDES["consignee"])
    found = identified(party) if party is not None else None
    if found is None:
        return []
    rows = query.dicts(_MONTHS, {"token": keyring().token(*found), "day": day, "months": MONTHS})
    made = [(row["month"], row["mass"]) for row in rows]
    return made if any(mass for _, mass in made[:-1]) else []


def favour(goods: Goods, importer: Known | None) -> list[str]:
    """Returns the facts in favour of a declaration, except those of its hits: earlier declarations of the
    importer without a finding, and a declaration before the arrival."""
    found = []
    if importer is not None and importer.declarations and not importer.confirmed and importer.first:
        since = display.day(display.local(importer.first).date())
        text = ngettext(
            "Importer: %(n)s other declaration since %(day)s, no confirmed result",
            "Importer: %(n)s other declarations since %(day)s, no confirmed result",
            importer.declarations,
        )
        found.append(text % {"n": display.number(importer.declarations), "day": since})
        if importer.nothing:
            text = ngettext(
                "Importer: %(n)s control found nothing",
                "Importer: %(n)s controls found nothing",
                importer.nothing,
            )
            found.append(text % {"n": display.number(importer.nothing)})
    prepared, arrival = goods.message.declared, goods.route.arrival
    if isinstance(prepared, dt.datetime) and isinstance(arrival, dt.datetime):
        hours = (arrival.replace(tzinfo=None) - prepared.replace(tzinfo=None)) / dt.timedelta(
            hours=1
        )
        if hours >= 1:
            found.append(
                gettext("Declared %(span)s before arrival") % {"span": display.span(hours * 3600)}
            )
    return found
