"""The random control: the groups with subjects drawn, and the check of a promise."""

from __future__ import annotations

import datetime as dt
import hashlib
from typing import Any

from django.db.models import Count

from vedette.apps.profiles.models import DrawDay, Drawn
from vedette.apps.subjects.kinds import app_kind

#: Maximum number of groups shown.
GROUPS = 100


def holds(day: DrawDay) -> bool | None:
    """Whether the revealed key of a day is the promised one; None before it is revealed."""
    if not day.revealed:
        return None
    return hashlib.sha256(bytes.fromhex(day.revealed)).hexdigest() == day.promise


def drawn() -> list[tuple[dt.date, str, str, int]]:
    """The latest groups with subjects drawn, as far as the reader may see them: day, name of the group, its
    page, and the number of subjects."""
    counted = Drawn.objects.values_list("day", "subject__kind", "subject__group_id").annotate(
        n=Count("pk")
    )
    rows = list(counted.order_by("-day")[:GROUPS])
    labels: dict[Any, tuple[str, str]] = {}
    for name in {kind for _, kind, _, _ in rows}:
        groups = [group for _, kind, group, _ in rows if kind == name]
        labels |= app_kind(name).group_labels(groups)
    found = [(day, *labels.get(group, ("–", "")), n) for day, _, group, n in rows]
    return sorted(found, key=lambda row: (-row[0].toordinal(), row[1]))
