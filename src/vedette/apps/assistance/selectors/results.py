"""The queries about the results framework of a request."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, field
from decimal import Decimal

from django.db import connection

from vedette.apps.assistance.models import (
    Action,
    AssistanceRequest,
    EquipmentEvent,
    Indicator,
    IndicatorValue,
    ResultPeriod,
)
from vedette.apps.assistance.selectors import equipment
from vedette.assistance import results


@dataclass(frozen=True)
class Line:
    """An indicator with its values that are not withdrawn: the value and the day of each period, and the
    parts of each period by sex and by region."""

    indicator: Indicator
    values: dict[str, Decimal]
    days: dict[str, dt.date] = field(default_factory=dict)
    sexes: dict[str, dict[str, Decimal]] = field(default_factory=dict)
    regions: dict[str, dict[str, Decimal]] = field(default_factory=dict)

    def achieved(self, period: str) -> Decimal | None:
        """Returns the progress from the baseline to the target in a period, in per cent
        (`results.achieved`)."""
        return results.achieved(
            self.values.get(results.BASELINE), self.values.get(results.TARGET), self.values.get(period)
        )  # fmt: skip


def lines(one: AssistanceRequest, *, released: bool = False) -> list[Line]:
    """Returns the indicators of a request by their code.

    With `released`, returns only the indicators that the Member released.
    """
    found = Indicator.objects.filter(request=one, withdrawn_at__isnull=True)
    if released:
        found = found.filter(released_by__isnull=False)
    made = {row.pk: Line(row, {}, {}, {}, {}) for row in found.order_by("code", "pk")}
    rows = IndicatorValue.objects.filter(
        request=one, indicator__in=list(made), withdrawn_at__isnull=True
    ).order_by("region", "sex")
    for row in rows:
        line = made[row.indicator_id]
        if row.sex:
            line.sexes.setdefault(row.period, {})[row.sex] = row.value
        elif row.region:
            line.regions.setdefault(row.period, {})[row.region] = row.value
        else:
            line.values[row.period] = row.value
            line.days[row.period] = row.on
    return list(made.values())


def frozen(one: AssistanceRequest) -> dict[str, dt.datetime]:
    """Returns the frozen periods of a request, with the time of the freeze."""
    return dict(ResultPeriod.objects.filter(request=one).values_list("period", "at"))


def count(one: AssistanceRequest, source: str, on: dt.date) -> int:
    """Returns the number that the system counts up to a given day, for the Member's contact point: the
    persons who attended training of the request, the issued certificates, the pieces of equipment in use, or
    the completed actions."""
    if source == Indicator.Source.ACTIONS:
        return Action.objects.filter(request=one, state="done", done_on__lte=on).count()
    if source == Indicator.Source.EQUIPMENT:
        rows = EquipmentEvent.objects.filter(request=one, withdrawn_at__isnull=True, on__lte=on)
        register = equipment.register(rows.order_by("on", "at", "pk"))
        return sum(piece.state == "in_use" for piece in register.pieces.values())
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT trained, certified FROM vedette_assist_trained(%s, %s)", [one.pk, on]
        )
        trained, certified = cursor.fetchone()
    return int(trained if source == Indicator.Source.TRAINED else certified)
