"""Fills in the draft of a request from a record of the user's own organisation: a seizure or a control.

The draft contains only facts without names, and this function sends nothing.
"""

from __future__ import annotations

import uuid
from collections.abc import Mapping

from django.utils.translation import gettext

from vedette.apps import display
from vedette.apps.accounts import rules
from vedette.apps.accounts.models import User
from vedette.apps.enforcement.models import ControlOrder, Seizure, SeizureItem, SeizureVersion
from vedette.apps.release import wording

#: Columns of a seizure that describe it without names.
_COLUMNS = (
    "country", "direction", "origin", "departure", "destination", "conveyance", "concealment", "detection",
    "test",
)  # fmt: skip


def from_record(user: User, kind: str, id_: uuid.UUID | None) -> Mapping[str, str]:
    """Returns the file number and the description of the case from a `seizure` or a `control` that the user
    sees, and an empty mapping for any other record."""
    if id_ is None or not rules.may(user, "record.see"):
        return {}
    if kind == "seizure":
        return _seizure(Seizure.objects.filter(pk=id_, subject__restricted=False).first())
    if kind == "control":
        return _control(ControlOrder.objects.filter(pk=id_, subject__restricted=False).first())
    return {}


def _seizure(found: Seizure | None) -> Mapping[str, str]:
    if found is None:
        return {}
    version = SeizureVersion.objects.filter(seizure=found).order_by("-number").first()
    if version is None:
        return {}
    lines = [f"{found.get_measure_display().capitalize()}, {display.day(version.day)}"]
    lines += [
        gettext("%(label)s: %(value)s")
        % {"label": wording.label(name), "value": wording.value(name, value)}
        for name in _COLUMNS
        if (value := getattr(version, name))
    ]
    for item in SeizureItem.objects.filter(version=version).order_by("number")[:50]:
        quantity = wording.value("quantity", format(item.quantity.normalize(), "f"))
        amount = f"{quantity} {wording.value('unit', item.unit)}"
        hs = f" (HS {item.hs})" if item.hs else ""
        lines.append(f"{wording.value('kind', item.kind)}: {amount}{hs}")
    return {"reference": found.reference, "case": "\n".join(lines)[:4_000]}


def _control(found: ControlOrder | None) -> Mapping[str, str]:
    if found is None:
        return {}
    lines = [gettext("Control order %(n)s") % {"n": found.reference}]
    if found.ended_at:
        lines.append(display.day(found.ended_at))
    if found.finding:
        lines.append(found.get_finding_display().capitalize())
    return {"reference": found.reference, "case": "\n".join(lines)}
