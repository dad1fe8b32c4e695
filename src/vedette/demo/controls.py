"""Creates control orders, seizures and detentions for the demonstration. All texts and pictures are invented.

The orders follow from decisions of the past sixty days whose control has no recorded result. Two orders are
open, one control found nothing, one led to a seizure, and one led to a detention that waits for the answer of
an authority.
"""

from __future__ import annotations

import datetime as dt
import io
from collections.abc import Callable
from contextlib import AbstractContextManager
from decimal import Decimal
from typing import Any

from PIL import Image, ImageDraw

from vedette.apps.columns import new_id
from vedette.apps.enforcement.actions import controls, seizures
from vedette.apps.enforcement.models import ControlOrder
from vedette.apps.enforcement.selectors.controls import now, sheet_of
from vedette.apps.hits import selectors
from vedette.apps.hits.models import Decision, SeenHit
from vedette.demo.world.earlier import DAYS

_BASIS = "Code des douanes (fictif), art. 44"
_TEAMS = ("Équipe 1 (fictif)", "Équipe 2 (fictif)")
_PLACES = (
    "Tapis 3, salle de visite (fictif)", "Salle de visite 2 (fictif)", "Porte 12 (fictif)",
    "Salle de visite 1 (fictif)", "Tapis 5 (fictif)",
)  # fmt: skip
_ASKED = "Ouvrir les bagages, compter les espèces, photographier le contenu (fictif)."
#: Name of the user → a transaction with the access rights of the user (`content.acting`).
Acting = Callable[[str], AbstractContextManager[Any]]


def plant(acting: Acting, officer: str, supervisor: str) -> None:
    """Creates the orders and records. Does nothing if there are too few decisions without a result."""
    with acting(officer) as by:
        since = now() - dt.timedelta(days=DAYS)
        found = selectors.without_result(selectors.decisions_since(since, None))
        referred = found.filter(choice=Decision.Choice.REFER).order_by("-at", "pk")
        hits = list(referred.values_list("hit_id", flat=True)[: len(_PLACES)])
        if len(hits) < len(_PLACES):
            return
        orders = [_order(by, n, SeenHit.objects.get(pk=hit)) for n, hit in enumerate(hits)]
        for order in orders[2:]:
            _carry_out(by, order)
        controls.finish(by, orders[2].pk, ControlOrder.Finding.NOTHING)
        for order in orders[3:]:
            controls.finish(by, order.pk, ControlOrder.Finding.FOUND)
        seized = _record(
            by, orders[3], "seizure", "drug", Decimal("2.4"), "kg", "Poudre blanche (fictif)"
        )
        held = _record(
            by, orders[4], "detention", "uav_part", Decimal(6), "piece", "Modules (fictif)"
        )
        seizures.submit(by, seized, 1)
        seizures.advance(by, held, 1, "verification", "Facture et licence demandées (fictif).")
        seizures.advance(
            by, held, 1, "authority", "Autorité de délivrance saisie par lettre (fictif)."
        )
    with acting(supervisor) as by:
        seizures.validate(by, seized, 1)


def _order(by: Any, n: int, hit: SeenHit) -> ControlOrder:
    """Orders a control. The first order is due soon."""
    due = now() + dt.timedelta(minutes=25 if n == 0 else 120 + 30 * n)
    given = controls.Ordered(
        new_id(), due, _PLACES[n], _TEAMS[n % 2], _ASKED, by if n in (0, 1) else None
    )
    return controls.order(by, hit.subject_id, hit.pk, given)


def _carry_out(by: Any, order: ControlOrder) -> None:
    """Enters checks, a quantity and a photograph."""
    checks = [one.code for one in sheet_of(order).checks]
    entries = [controls.Entered(new_id(), "check", code, "as_declared") for code in checks]
    bags = controls.Entered(
        new_id(), "quantity", "counted", amount=Decimal(2), unit="bag", text="Valises (fictif)"
    )
    controls.enter(by, order.pk, [*entries, bags], checks)
    controls.photograph(by, order, [(new_id(), _picture())], "photo")


def _record(
    by: Any, order: ControlOrder, measure: str, kind: str, amount: Decimal, unit: str, text: str
) -> Any:
    """Begins the record of a seizure or a detention, and returns its id."""
    columns = {
        "form": "simple", "marking": "amber_strict", "day": now().date(), "country": "SN",
        "place_kind": "airport", "direction": "import", "conveyance": "air", "detection": "profile",
        "basis": _BASIS, "disposal": "stored",
    }  # fmt: skip
    texts = {"place": _PLACES[3], "narrative": "Constat fictif de la démonstration."}
    given = seizures.Given(columns, texts, [seizures.Item(kind, amount, unit, text=text)])
    return seizures.create(by, seizures.of_order(order), new_id(), measure, given).pk


def _picture() -> bytes:
    """Creates a picture of a suitcase that is marked as fictitious."""
    picture = Image.new("RGB", (800, 600), "#d9d4c7")
    draw = ImageDraw.Draw(picture)
    draw.rectangle((180, 190, 620, 470), fill="#4a5a70", outline="#22303f", width=8)
    draw.rectangle((340, 140, 460, 190), outline="#22303f", width=12)
    draw.line((180, 330, 620, 330), fill="#22303f", width=6)
    draw.text((330, 520), "IMAGE FICTIVE", fill="#22303f", font_size=22)
    out = io.BytesIO()
    picture.save(out, "JPEG")
    return out.getvalue()
