"""Creates seizures of firearms and parts for the demonstration, with tracing requests. All values are
invented.

The seizures follow from decisions of the past days whose control confirmed the hit. Two seizures contain a
pistol and a frame with the same serial number, so that a certain link is shown. In two other records, the
numbers differ only in characters that look alike. Two seizures contain only parts of firearms and have the
same route.
"""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from typing import Any

from django.db.models import Exists, OuterRef

from vedette.apps.columns import new_id
from vedette.apps.enforcement.actions import firearms, seizures, tracing
from vedette.apps.enforcement.models import ControlOrder
from vedette.apps.enforcement.selectors.controls import now
from vedette.apps.hits import selectors
from vedette.apps.hits.models import Decision, Result, SeenHit
from vedette.core import firearms as forms
from vedette.demo.controls import Acting
from vedette.demo.world.earlier import DAYS

_BASIS = "Code des douanes (fictif), art. 44"
_REMARKS = "Objet fictif de la démonstration."
_PISTOL = {
    "item": "firearm", "type": "pistol", "make": "Exemple (fictif)", "model": "M1", "calibre": "9x19",
    "serial_state": "intact", "country": "AT", "proof_mark": "E couronné (fictif)", "last_country": "FR",
}  # fmt: skip
_PART = {"item": "part", "serial_state": "none", "no_serial": "part_unmarked"}
_ROUTE = {"departure": "TR", "destination": "SN", "conveyance": "post", "place_kind": "post"}
#: The route of each seizure, and its records.
_SEIZURES: tuple[tuple[dict[str, str], tuple[dict[str, str], ...]], ...] = (
    ({}, (_PISTOL | {"serial": "FX 4377"},)),
    ({}, ({**_PISTOL, "item": "part", "part": "frame", "serial": "FX4377"},)),
    ({}, (_PISTOL | {"serial": "FO1B2", "serial_state": "altered"},
          {"item": "ammunition", "quantity": "50", "calibre": "9x19", "lot": "FICTIF-21"})),
    ({}, (_PISTOL | {"serial": "F01B2", "made": "converted"},)),
    (_ROUTE, (_PART | {"part": "barrel", "quantity": "4"}, _PART | {"part": "slide", "quantity": "4"})),
    (_ROUTE, (_PART | {"part": "bolt", "quantity": "6"},)),
)  # fmt: skip
_ASKED = {
    "to_country": "AT", "channel": "ncb", "authority": "Direction des douanes (fictif)",
    "contact": "armes@exemple.example", "illicit": "unlicensed", "basis": _BASIS,
    "circumstances": "Arme trouvée dans un bagage lors d’un contrôle (fictif).", "use": "origin",
    "use_note": "",
}  # fmt: skip


def plant(acting: Acting, officer: str, supervisor: str) -> None:
    """Creates the seizures, records and requests. Does nothing if there are too few decisions."""
    with acting(officer) as by:
        since = now() - dt.timedelta(days=DAYS)
        confirmed = Result.objects.filter(
            hit_id=OuterRef("hit_id"), outcome=Result.Outcome.CONFIRMED
        )
        released = Decision.objects.filter(
            hit_id=OuterRef("hit_id"), choice=Decision.Choice.RELEASE
        )
        decided = SeenHit.objects.filter(pk=OuterRef("hit_id"), state=SeenHit.State.DECIDED)
        found = selectors.decisions_since(since, None).filter(
            Exists(confirmed), Exists(decided), ~Exists(released), choice=Decision.Choice.REFER
        )
        found = found.exclude(
            hit_id__in=ControlOrder.objects.filter(hit_id__isnull=False).values("hit_id")
        )
        hits = list(found.order_by("-at", "pk").values_list("hit_id", flat=True)[: len(_SEIZURES)])
        if len(hits) < len(_SEIZURES):
            return
        made = [
            _seizure(by, SeenHit.objects.get(pk=hit), route, records)
            for hit, (route, records) in zip(hits, _SEIZURES, strict=True)
        ]
    with acting(supervisor) as by:
        for seizure in made[:-1]:
            seizures.validate(by, seizure, 1)


def _seizure(
    by: Any, hit: SeenHit, route: dict[str, str], records: tuple[dict[str, str], ...]
) -> Any:
    """Records a seizure with its firearms, creates a request to trace the firearms, and submits the record.
    Returns its id."""
    columns = {
        "form": "full", "marking": "amber_strict", "day": now().date(), "country": "SN",
        "place_kind": "airport", "direction": "import", "conveyance": "air", "detection": "xray",
        "basis": _BASIS, "disposal": "evidence", **route,
    }  # fmt: skip
    texts = {
        "place": "Salle de visite 2 (fictif)",
        "narrative": "Constat fictif de la démonstration.",
    }
    kinds = {"firearm": "firearm", "part": "firearm_part", "ammunition": "ammunition"}
    goods = [
        seizures.Item(kinds[one["item"]], Decimal(one.get("quantity", "1")), "piece", text=_REMARKS)
        for one in records
    ]
    given = seizures.Given(columns, texts, goods)
    made = seizures.create(by, seizures.of_hit(hit), new_id(), "seizure", given)
    for fields in records:
        one, _ = forms.read(fields | {"remarks": _REMARKS})
        assert one is not None  # noqa: S101 the records of this module are complete
        row = firearms.record(by, made.pk, new_id(), one)
        if row.item == "firearm":
            request = tracing.ask(by, row.pk, new_id(), _ASKED)
            if not row.alike:
                tracing.act(by, request.pk, 1, "submit", {})
                tracing.act(by, request.pk, 2, "acknowledge", {"reply_reference": "FICTIF-77"})
    seizures.submit(by, made.pk, 1)
    return made.pk
