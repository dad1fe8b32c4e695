"""The statistics of article 20 (2) of Directive 2016/681: identified, transferred, false matches.

The sources are the daily figures (`daily.py`), which are kept when hits are deleted, and the register of
transfers.
"""

from __future__ import annotations

import datetime as dt
import uuid
from collections import defaultdict

from django.db.models import Count, Sum
from django.db.models.functions import TruncMonth
from django.utils.translation import gettext as _

from vedette.apps.accounts.models import User
from vedette.apps.lists.models import Watchlist
from vedette.apps.oversight.models import Figure, Transfer
from vedette.apps.oversight.sections import Cell, Month, Period, Rate, Section
from vedette.apps.subjects.kinds import Reported, app_kinds

_K = Figure.Kind
#: Maximum number of transfers listed.
MOST = 500


def sections(by: User, period: Period) -> list[Section]:
    """Returns the sections: totals, counts by month, counts by list, and the register of transfers."""
    months = _months(by, period)
    return [_totals(by, period, months), _by_month(months), _by_list(by, period),
            _register(by, period)]  # fmt: skip


def _figures(by: User, period: Period):
    return Figure.objects.filter(
        organisation=by.organisation_id, day__range=(period.first, period.last)
    )


def _transfers(by: User, period: Period):
    start, end = period.times
    return Transfer.objects.filter(organisation=by.organisation_id, at__gte=start, at__lt=end)


def _months(by: User, period: Period) -> dict[dt.date, dict[str, int]]:
    """Returns counts by month and kind, including `transferred` (hits) and `transfers`."""
    found: dict[dt.date, dict[str, int]] = defaultdict(lambda: defaultdict(int))
    rows = (
        _figures(by, period).filter(of_list=None).annotate(month=TruncMonth("day"))
        .values_list("month", "kind").annotate(n=Sum("count")).order_by()
    )  # fmt: skip
    for month, kind, n in rows:
        found[month][kind] = n
    given = (
        _transfers(by, period).annotate(month=TruncMonth("at", tzinfo=dt.UTC))
        .values_list("month").annotate(n=Count("pk"), hits=Count("hit", distinct=True)).order_by()
    )  # fmt: skip
    for at, n, hits in given:
        found[at.date()].update(transfers=n, transferred=hits)
    return dict(sorted(found.items()))


def _totals(by: User, period: Period, months: dict[dt.date, dict[str, int]]) -> Section:
    sums: dict[str, int] = defaultdict(int)
    for counts in months.values():
        for kind, n in counts.items():
            sums[kind] += n
    # A hit that was transferred in two months counts once.
    sums["transferred"] = _transfers(by, period).values("hit").distinct().count()
    subjects = {name: str(one.label) for name, one in _reported().items()}
    rows: list[tuple[Cell, ...]] = [
        (label, sums[kind], None, "") for kind, label in subjects.items()
    ]
    rows.append(
        (
            str(_K.RAISED.label),
            sums[_K.RAISED],
            Rate(sums[_K.RAISED], sum(sums[kind] for kind in subjects)),
            ", ".join(subjects.values()),
        )
    )
    rows.append((str(_K.DECIDED.label), sums[_K.DECIDED], None, ""))
    for kind in (_K.AGAIN, _K.IDENTIFIED, _K.FALSE):
        share = Rate(sums[kind], sums[_K.DECIDED])
        rows.append((str(kind.label), sums[kind], share, str(_K.DECIDED.label)))
    given, identified = sums["transferred"], sums[_K.IDENTIFIED]
    rows.append(
        (_("hits transferred to other authorities"), given, Rate(min(given, identified), identified),
         str(_K.IDENTIFIED.label))
    )  # fmt: skip
    rows.append((_("transfers"), sums["transfers"], None, ""))
    return Section(
        "article20", _("Statistics (Directive 2016/681, article 20)"),
        (_("What"), _("How many"), _("Share and interval (95 %)"), _("Share of")),
        rows, numbers=frozenset((1, 2)),
        note=_(
            "Identified: hits with the decision to refer, hold or refuse. False match: hits with"
            " the decision to release and the answer “another person” to every reason. A hit is"
            " counted on each day on which it was decided."
        ),
    )  # fmt: skip


def _reported() -> dict[str, Reported]:
    """The kinds of subject that the figures count."""
    return {one.name: one.reported for one in app_kinds() if one.reported is not None}


def _by_month(months: dict[dt.date, dict[str, int]]) -> Section:
    reported = _reported()
    rows: list[tuple[Cell, ...]] = [
        (
            Month(month), *(counts[kind] for kind in reported), counts[_K.RAISED], counts[_K.DECIDED],
            counts[_K.IDENTIFIED], counts["transfers"], counts[_K.FALSE],
            Rate(counts[_K.FALSE], counts[_K.DECIDED]),
        )
        for month, counts in months.items()
    ]  # fmt: skip
    return Section(
        "months", _("By month"),
        (_("Month"), *(str(one.heading) for one in reported.values()), _("Hits"), _("Decided"),
         _("Identified"), _("Transfers"),
         _("False matches"), _("False matches among decided hits, and interval (95 %)")),
        rows, none=_("Nothing was counted on these days."), numbers=frozenset(range(1, 7 + len(reported))),
    )  # fmt: skip


def _by_list(by: User, period: Period) -> Section:
    counts: dict[uuid.UUID, dict[str, int]] = defaultdict(lambda: defaultdict(int))
    rows = (
        _figures(by, period).exclude(of_list=None).values_list("of_list", "kind")
        .annotate(n=Sum("count")).order_by()
    )  # fmt: skip
    for of_list, kind, n in rows:
        counts[of_list][kind] = n
    names = Watchlist.objects.filter(organisation=by.organisation_id).in_bulk(list(counts))
    told: list[tuple[Cell, ...]] = []
    for pk, of in counts.items():
        known = names.get(pk)
        answers = of[_K.ANOTHER] + of[_K.UNSURE] + of[_K.SAME]
        told.append(
            (known.name if known else str(pk), known.basis if known else "", answers, of[_K.ANOTHER],
             of[_K.UNSURE], of[_K.SAME], Rate(of[_K.ANOTHER], answers))
        )  # fmt: skip
    return Section(
        "lists", _("By list"),
        (_("List"), _("Legal basis"), _("Answered"), _("Another person"), _("Cannot tell"),
         _("The same person"), _("“Another person” among the answers, and interval (95 %)")),
        sorted(told, key=lambda row: str(row[0])), numbers=frozenset(range(2, 7)),
        note=_("Reasons with the question “same person?”, and the answers of the officers."),
        none=_("No reason of a list was answered on these days."),
    )  # fmt: skip


def _register(by: User, period: Period) -> Section:
    rows: list[tuple[Cell, ...]] = [
        (one.at, one.get_kind_display(), one.receiver, one.country, one.get_purpose_display(), one.basis,
         one.by.display())
        for one in _transfers(by, period).select_related("by").order_by("-at")[:MOST]
    ]  # fmt: skip
    return Section(
        "transfers", _("Register of transfers"),
        (_("When, UTC"), _("To whom"), _("Receiver"), _("Country"), _("Purpose"), _("Legal basis"),
         _("Recorded by")),
        rows, none=_("Nothing was transferred on these days."),
    )  # fmt: skip
