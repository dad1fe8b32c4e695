"""Queries for the oversight pages: accesses by user, findings with explanations and notes, and
unmaskings with notes.
"""

from __future__ import annotations

import datetime as dt
import uuid
from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from django.db.models import Count, QuerySet, Sum
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from vedette.apps import display
from vedette.apps.accounts.models import Approval, BreakGlass, User
from vedette.apps.oversight.models import Finding, Noted, Rolled, Tally
from vedette.apps.oversight.sections import Period, Section

#: The maximum number of findings, and of approvals, on a page and in the report.
MOST = 200
_KINDS = tuple(Tally.Kind)


@dataclass(frozen=True)
class Found:
    """A finding with its explanation and its note."""

    finding: Finding
    why: str
    noted: Noted | None


@dataclass(frozen=True)
class Unmasking:
    """An approval to unmask a person, with the note on the unmasking."""

    approval: Approval
    noted: Noted | None


def counted_at(by: User) -> dt.datetime | None:
    """Returns the time up to which the accesses in the journal were counted. Days are counted in
    order. If some days are not counted yet, the result is the end of the last counted day.
    """
    last = Rolled.objects.filter(organisation=by.organisation_id).order_by("-day").first()
    if last is None:
        return None
    return min(last.at, dt.datetime.combine(last.day + dt.timedelta(days=1), dt.time(), dt.UTC))


def _tallies(by: User, period: Period) -> QuerySet[Tally]:
    return Tally.objects.filter(
        organisation=by.organisation_id, day__range=(period.first, period.last)
    )


def looks(by: User, period: Period) -> list[dict[str, Any]]:
    """Returns one row for each user with accesses in the period, with the keys `user`, `days` and
    `counts` (by kind). The user with the most accesses is first.
    """
    counts: dict[uuid.UUID, dict[str, int]] = defaultdict(dict)
    sums = _tallies(by, period).values_list("user", "kind").annotate(n=Sum("count")).order_by()
    for user, kind, n in sums:
        counts[user][kind] = n
    days = dict(_tallies(by, period).values_list("user").annotate(n=Count("day", distinct=True)))
    people = User.objects.in_bulk(list(counts))
    return sorted(
        (
            {
                "user": people[user],
                "days": days[user],
                "counts": [of.get(kind, 0) for kind in _KINDS],
            }
            for user, of in counts.items()
            if user in people
        ),
        key=lambda row: -sum(row["counts"]),
    )


def days_of(by: User, period: Period, username: str) -> tuple[User | None, list[dict[str, Any]]]:
    """Returns one row for each day on which a user accessed data, latest first. Each row has the keys `day`,
    `counts` (numbers by kind of access), `hours` (24 numbers) and `span` (the hours as text).
    """
    user = User.objects.filter(organisation=by.organisation_id, username=username).first()
    if user is None:
        return None, []
    days: dict[dt.date, dict[str, Any]] = {}
    for one in _tallies(by, period).filter(user=user).order_by("-day"):
        row = days.setdefault(
            one.day, {"day": one.day, "counts": [0] * len(_KINDS), "hours": [0] * 24}
        )
        row["counts"][[*_KINDS].index(Tally.Kind(one.kind))] = one.count
        row["hours"] = [a + b for a, b in zip(row["hours"], one.hours, strict=True)]
    for row in days.values():
        row["span"] = spans(row["day"], [hour for hour, n in enumerate(row["hours"]) if n])
    return user, list(days.values())


def findings(by: User, period: Period) -> list[Found]:
    """Returns at most `MOST` + 1 findings. Findings without a note come first. Findings with a note and
    findings without a note are each sorted by day, latest first.
    """
    rows = list(
        Finding.objects.select_related("user")
        .filter(organisation=by.organisation_id, day__range=(period.first, period.last))
        .order_by("-day", "kind", "at")[: MOST + 1]
    )
    noted = _noted(by, Noted.About.FINDING, [one.pk for one in rows])
    colleagues = User.objects.in_bulk([one.params["of"] for one in rows if "of" in one.params])
    return sorted(
        (Found(one, why(one, colleagues), noted.get(one.pk)) for one in rows),
        key=lambda one: one.noted is not None,
    )


def unmaskings(by: User, period: Period) -> list[Unmasking]:
    """Returns the approvals to unmask a person, with their notes. Approvals without a note come
    first.
    """
    start, end = period.times
    rows = list(
        Approval.objects.select_related("asked_by", "decided_by")
        .filter(
            organisation=by.organisation_id, kind=Approval.Kind.UNMASK, asked_at__gte=start,
            asked_at__lt=end,
        )
        .order_by("-asked_at")[:MOST]
    )  # fmt: skip
    noted = _noted(by, Noted.About.UNMASK, [one.pk for one in rows])
    return sorted(
        (Unmasking(one, noted.get(one.pk)) for one in rows), key=lambda one: one.noted is not None
    )


def glasses(by: User, period: Period) -> list[BreakGlass]:
    """Returns the emergency accesses of the period, latest first."""
    start, end = period.times
    return list(
        BreakGlass.objects.select_related("user", "reviewed_by")
        .filter(organisation=by.organisation_id, started_at__gte=start, started_at__lt=end)
        .order_by("-started_at")[:MOST]
    )


def _noted(by: User, about: str, ids: list[uuid.UUID]) -> dict[uuid.UUID, Noted]:
    """Returns the last note on each object whose id is in `ids`."""
    rows = Noted.objects.select_related("by").filter(
        organisation=by.organisation_id, about=about, subject__in=ids
    )
    return {one.subject: one for one in rows.order_by("at", "pk")}


def sections(by: User, period: Period) -> list[Section]:
    """Returns the sections of the report about accesses, findings and approvals."""
    return [_looks(by, period), _findings(by, period), _approvals(by, period)]


def _looks(by: User, period: Period) -> Section:
    return Section(
        "looks", _("Access by user"),
        (_("Who"), _("Role"), _("Days"), *(str(kind.label) for kind in _KINDS)),
        [
            (row["user"].display(), row["user"].get_role_display(), row["days"], *row["counts"])
            for row in looks(by, period)
        ],
        note=_(
            "The figures for each day are counted from the journal. The figures include only the"
            " actions of users."
        ),
        none=_("No record was seen on these days."),
        numbers=frozenset(range(2, 3 + len(_KINDS))),
    )  # fmt: skip


def _findings(by: User, period: Period) -> Section:
    return Section(
        "findings", _("Unusual access"),
        (_("Day"), _("Kind"), _("Who"), _("Reason why the access is unusual"), _("Noted")),
        [
            (
                one.finding.day, one.finding.get_kind_display(),
                one.finding.user.display() if one.finding.user else "", one.why,
                one.noted.get_outcome_display() if one.noted else _("not yet"),
            )
            for one in findings(by, period)[:MOST]
        ],
        note=_("A person must examine each line. No line has an automatic consequence."),
        none=_("Nothing unusual was found on these days."),
    )  # fmt: skip


def _approvals(by: User, period: Period) -> Section:
    return Section(
        "approvals", _("Unmaskings and actions without a second person"),
        (_("Date and time"), _("Action"), _("Who"), _("Allowed or refused by"), _("State"),
         _("Noted or reviewed")),
        [
            *(
                (
                    one.approval.asked_at, _("unmask the data of a person"),
                    one.approval.asked_by.display(),
                    one.approval.decided_by.display() if one.approval.decided_by else "",
                    one.approval.get_state_display(),
                    one.noted.get_outcome_display() if one.noted else _("not yet"),
                )
                for one in unmaskings(by, period)
            ),
            *(
                (
                    one.started_at, _("acted without a second person (break-glass access)"),
                    one.user.display(), "", "",
                    one.reviewed_by.display() if one.reviewed_by else _("not yet"),
                )
                for one in glasses(by, period)
            ),
        ],
        none=_("No data were unmasked, and nobody acted without a second person."),
    )  # fmt: skip


def why(finding: Finding, colleagues: Mapping[Any, User]) -> str:
    """Returns the explanation of a finding, with the observed and the usual values."""
    told = finding.params
    match finding.kind:
        case Finding.Kind.OWN_NAME:
            if told["opened"]:
                return _("The user saw the record of a person with the same name as the user.")
            return _("The user searched for their own name or a similar name.")
        case Finding.Kind.COLLEAGUE:
            of = next((u for k, u in colleagues.items() if str(k) == told["of"]), None)
            return _(
                "The user searched for the name of a colleague or a similar name: %(who)s."
            ) % {"who": of.display() if of else "–"}
        case Finding.Kind.MANY:
            return _many(told)
        case Finding.Kind.VOLUME:
            return _volume(told)
        case Finding.Kind.HOURS:
            return _("%(count)s records seen at %(hours)s; usual hours: %(usual)s.") % {
                "count": display.number(told["count"]),
                "hours": spans(finding.day, told["hours"]),
                "usual": spans(finding.day, told["usual"]),
            }
    return ""


def _many(told: Mapping[str, Any]) -> str:
    text = ngettext(
        "%(readers)s user saw the same record within %(days)s days.",
        "%(readers)s users saw the same record within %(days)s days.",
        told["readers"],
    ) % {"readers": display.number(told["readers"]), "days": told["days"]}
    if told["usual"] is None:
        return text
    return f"{text} " + _("The usual number is %(usual)s.") % {
        "usual": display.number(told["usual"])
    }


def _volume(told: Mapping[str, Any]) -> str:
    values = {
        key: display.number(told[key]) if told[key] is not None else ""
        for key in ("count", "own", "role")
    }
    if values["own"] and values["role"]:
        return (
            _(
                "%(count)s records seen on this day; usual number: %(own)s for the user,"
                " %(role)s for the role.")
            % values
        )  # fmt: skip
    if values["own"]:
        return _("%(count)s records seen on this day; usual number: %(own)s for the user.") % values
    return _("%(count)s records seen on this day; usual number: %(role)s for the role.") % values


def spans(day: dt.date, hours: list[int]) -> str:
    """Converts hours (UTC) of a day to a text with periods in the local time of that day. For example, if the
    local time is UTC, the hours [2, 3, 4, 23] give `02:00–05:00, 23:00–24:00`.
    """
    noon = timezone.localtime(dt.datetime.combine(day, dt.time(12), dt.UTC))
    shift = int((noon.utcoffset() or dt.timedelta()).total_seconds() // 60)
    found: list[list[int]] = []
    for start in sorted((60 * hour + shift) % 1440 for hour in hours):
        if found and found[-1][1] == start:
            found[-1][1] = start + 60
        else:
            found.append([start, start + 60])
    return ", ".join("–".join(f"{at // 60:02d}:{at % 60:02d}" for at in one) for one in found)
