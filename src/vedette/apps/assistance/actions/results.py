"""The results framework of a request: indicators, their values, and frozen periods."""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Mapping
from decimal import Decimal, InvalidOperation

from django.db import transaction

from vedette.apps.accounts import acts, rules
from vedette.apps.accounts.models import User
from vedette.apps.assistance.actions.common import Refused, check, day, guarded, locked, text
from vedette.apps.assistance.models import (
    AssistanceRequest,
    Indicator,
    IndicatorValue,
    ResultPeriod,
)
from vedette.apps.assistance.selectors import results as selectors
from vedette.apps.columns import new_id
from vedette.apps.enforcement.selectors.controls import now
from vedette.assistance import banks, results

#: Most indicators of a request, and most regions of a value.
MOST, MOST_REGIONS = 50, 100


@transaction.atomic
def add(by: User, id_: uuid.UUID, request: uuid.UUID, given: Mapping[str, str]) -> Indicator:
    """Adds an indicator with its baseline and its target. Raises `Refused`."""
    one = locked(by, request, "indicator", "assistance.work")
    if given.get("source", "") not in Indicator.Source.values:
        raise Refused("missing", "source")
    if Indicator.objects.filter(request=one, withdrawn_at__isnull=True).count() >= MOST:
        raise Refused("many_indicators")
    baseline_on, target_on = (
        day(given.get("baseline_on", ""), "baseline_on"),
        day(given.get("target_on", ""), "target_on"),
    )
    assert baseline_on is not None and target_on is not None  # noqa: S101, PT018  required days
    if baseline_on >= target_on:
        raise Refused("baseline_late", "baseline_on")
    values = {
        period: number(given.get(period, ""), period)
        for period in (results.BASELINE, results.TARGET)
    }
    at = now()
    made = Indicator(
        id=id_, organisation_id=one.organisation_id, request=one,
        code=text(given.get("code", ""), 20, "code", required=True),
        title={
            tongue: text(given.get(f"title_{tongue}", ""), 160, "title", required=True)
            for tongue in banks.LANGUAGES
        },
        unit=text(given.get("unit", ""), 40, "unit", required=True), source=given["source"],
        baseline_on=baseline_on, target_on=target_on, by=by, at=at,
    )  # fmt: skip
    with guarded():
        made.save(force_insert=True)
        IndicatorValue.objects.bulk_create(
            IndicatorValue(
                id=new_id(), organisation_id=one.organisation_id, request=one, indicator=made,
                period=period, value=value, by=by, at=at,
                on=baseline_on if period == results.BASELINE else target_on,
            )
            for period, value in values.items()
        )  # fmt: skip
    acts.write(by, "results.add", one.pk)
    return made


@transaction.atomic
def record(by: User, indicator: uuid.UUID, given: Mapping[str, str]) -> None:
    """Records the value of a period, with its parts by sex (`women`, `men`) and by region (`regions`, with
    one line `REGION: NUMBER` for each region). If the system counts the values of the indicator, the actual
    value is the number that the system counts for the stated day. The earlier value of the period is
    withdrawn. Raises `Refused`."""
    rules.check(by, "assistance.work")
    row = Indicator.objects.select_for_update(of=("self",)).get(pk=indicator)
    one = AssistanceRequest.objects.get(pk=row.request_id)
    check(by, one, "measure")
    period = given.get("period", "")
    if period not in results.PERIODS:
        raise Refused("missing", "period")
    if row.withdrawn_at is not None:
        raise Refused("conflict")
    if ResultPeriod.objects.filter(request=one, period=period).exists():
        raise Refused("frozen_period", "period")
    at = now()
    on = _day(row, period, given.get("on", ""), at.date())
    counted = period in results.ACTUAL and row.source != Indicator.Source.ENTERED
    value = (
        Decimal(selectors.count(one, row.source, on)) if counted
        else number(given.get("value", ""), "value")
    )  # fmt: skip
    parts = _parts(given, value)
    rows = [
        IndicatorValue(
            id=new_id(), organisation_id=one.organisation_id, request=one, indicator=row, period=period,
            sex=sex, region=region, value=part, on=on, by=by, at=at,
        )
        for (sex, region), part in {("", ""): value, **parts}.items()
    ]  # fmt: skip
    with guarded():
        IndicatorValue.objects.filter(
            indicator=row, period=period, withdrawn_at__isnull=True
        ).update(withdrawn_by_id=by.pk, withdrawn_at=at)
        IndicatorValue.objects.bulk_create(rows)
    acts.write(by, "results.record", one.pk, period=period)


def _day(row: Indicator, period: str, typed: str, today: dt.date) -> dt.date:
    """Returns the day of a value: for the baseline and the target the day that the indicator states,
    otherwise the typed day, which must be after the baseline and not in the future."""
    if period == results.BASELINE:
        return row.baseline_on
    if period == results.TARGET:
        return row.target_on
    on = day(typed, "on")
    assert on is not None  # noqa: S101  a required day
    if on > today:
        raise Refused("future", "on")
    if on <= row.baseline_on:
        raise Refused("before_baseline", "on")
    return on


def _parts(given: Mapping[str, str], value: Decimal) -> dict[tuple[str, str], Decimal]:
    by_sex = {
        (sex, ""): number(given.get(field, ""), field)
        for sex, field in (("f", "women"), ("m", "men"))
        if given.get(field, "").strip()
    }
    by_region: dict[tuple[str, str], Decimal] = {}
    lines = [line for line in given.get("regions", "").splitlines() if line.strip()]
    if len(lines) > MOST_REGIONS:
        raise Refused("many_regions", "regions")
    for line in lines:
        name, _, typed = line.replace("\uff1a", ":").rpartition(":")
        region = text(name, 60, "regions", required=True)
        if ("", region) in by_region:
            raise Refused("region_twice", "regions")
        by_region["", region] = number(typed, "regions")
    for field, found in (("women", by_sex), ("regions", by_region)):
        if not results.adds_up(value, {f"{sex}{region}": n for (sex, region), n in found.items()}):
            raise Refused("adds_up", field)
    return by_sex | by_region


def number(typed: str, field: str) -> Decimal:
    """Returns a number that a person typed: 0 to `results.MOST`, at most two decimals. Raises `Refused`."""
    clean = "".join(typed.split()).replace(",", ".")
    try:
        value = Decimal(clean)
    except InvalidOperation as error:
        raise Refused("no_number", field) from error
    if not value.is_finite() or not 0 <= value <= results.MOST or value != round(value, 2):
        raise Refused("number", field)
    return round(value, 2)


@transaction.atomic
def withdraw(by: User, indicator: uuid.UUID) -> None:
    """Withdraws a wrong indicator with its values. Raises `Refused` if a period is frozen."""
    rules.check(by, "assistance.work")
    row = Indicator.objects.select_for_update(of=("self",)).get(pk=indicator)
    check(by, AssistanceRequest.objects.get(pk=row.request_id), "indicator")
    if ResultPeriod.objects.filter(request_id=row.request_id).exists():
        raise Refused("frozen_period")
    with guarded():
        changed = Indicator.objects.filter(pk=row.pk, withdrawn_at__isnull=True).update(
            withdrawn_by_id=by.pk, withdrawn_at=now()
        )
    if not changed:
        raise Refused("conflict")
    acts.write(by, "results.withdraw", row.request_id)


@transaction.atomic
def freeze(by: User, request: uuid.UUID, period: str) -> None:
    """Freezes a period: its values cannot change any more.

    Each indicator needs a value in the period. Raises `Refused`.
    """
    one = locked(by, request, "freeze_results", "assistance.coordinate")
    if period not in results.PERIODS:
        raise Refused("missing", "period")
    rows = selectors.lines(one)
    if not rows or any(period not in row.values for row in rows):
        raise Refused("no_value", "period")
    with guarded():
        ResultPeriod(
            organisation_id=one.organisation_id, request=one, period=period, by=by, at=now()
        ).save(force_insert=True)
    acts.write(by, "results.freeze", one.pk, period=period)
