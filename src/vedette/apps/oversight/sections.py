"""The sections of the data-protection report as tables, and the period of the report. Pages, PDF
files and CSV files use the same tables.

The first group of sections contains the statistics of article 20 (2) of Directive 2016/681:
identified persons, transfers and false matches. The sources of the statistics are the register of
transfers and the daily figures (`daily.py`). The daily figures are kept after hits are deleted. The
second group of sections shows the current state: stored months, results of retention runs,
discarded sensitive data, accounts and tokens.
"""

from __future__ import annotations

import datetime as dt
import uuid
from collections import Counter, defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, TypeAlias
from urllib.parse import urlencode

from django.conf import settings
from django.db.models import Count, Q, Sum
from django.db.models.functions import Coalesce, TruncMonth
from django.utils import timezone
from django.utils.translation import gettext as _

from vedette.apps import display
from vedette.apps.accounts.models import ApiToken, User
from vedette.apps.inbox.models import DroppedCount
from vedette.apps.inbox.wording import dropped_kind
from vedette.apps.lists.models import Watchlist
from vedette.apps.oversight.models import Figure, Transfer
from vedette.apps.query import read_day
from vedette.apps.retention import selectors as retention
from vedette.apps.retention.models import Proof, Run
from vedette.apps.subjects.kinds import Reported, app_kinds
from vedette.apps.subjects.tables import LINKED
from vedette.core.shares import interval

_K = Figure.Kind
#: The maximum number of transfers that are listed.
MOST_TRANSFERS = 500
#: The maximum number of rows about discarded free text, and of tokens. Further rows about discarded
#: text are added up in one row.
MOST = 300
#: The default number of days of a period, and the maximum number.
USUAL_DAYS, MOST_DAYS = 30, 366


@dataclass(frozen=True)
class Period:
    """A period of days, from `first` to `last` inclusive."""

    first: dt.date
    last: dt.date

    @classmethod
    def read(cls, given: Mapping[str, Any], today: dt.date) -> Period:
        """Returns the period from the parameters `from` and `to` of the URL. If the URL does not contain
        these parameters, returns the last `USUAL_DAYS` days.
        """
        last = min(read_day(given.get("to")) or today, today)
        first = read_day(given.get("from")) or last - dt.timedelta(days=USUAL_DAYS - 1)
        if first > last:
            first, last = last - dt.timedelta(days=USUAL_DAYS - 1), last
        return cls(max(first, last - dt.timedelta(days=MOST_DAYS - 1)), last)

    @property
    def times(self) -> tuple[dt.datetime, dt.datetime]:
        """The start of the first day and the end of the last day (UTC)."""
        midnight = dt.time(tzinfo=dt.UTC)
        return (
            dt.datetime.combine(self.first, midnight),
            dt.datetime.combine(self.last + dt.timedelta(days=1), midnight),
        )

    @property
    def query(self) -> str:
        """The period as the query string of a URL."""
        return urlencode({"from": self.first.isoformat(), "to": self.last.isoformat()})


@dataclass(frozen=True)
class Rate:
    """A share with its 95 % confidence interval. The interval of Wilson (1927) is also valid for
    few cases and for shares near 0.
    """

    part: int
    whole: int

    @property
    def interval(self) -> tuple[float, float] | None:
        """Returns the lower and the upper bound of the confidence interval, between 0 and 1. Returns None if
        `whole` is 0.
        """
        return interval(self.part, self.whole) if self.whole else None

    def __str__(self) -> str:
        if self.interval is None:
            return "–"
        low, high = (display.number(100 * bound, 1) for bound in self.interval)
        return _("%(share)s %% (%(low)s to %(high)s)") % {
            "share": display.number(100 * self.part / self.whole, 1), "low": low, "high": high,
        }  # fmt: skip

    def plain(self) -> str:
        """Returns the share as it is written to a file, for example `0.2500`. Returns an empty text
        if `whole` is 0.
        """
        return f"{self.part / self.whole:.4f}" if self.whole else ""


@dataclass(frozen=True)
class Month:
    """A month, shown as `11/2026`."""

    first: dt.date

    def __str__(self) -> str:
        return f"{self.first:%m/%Y}"

    def plain(self) -> str:
        """Returns the month as it is written to a file, for example `2026-11`."""
        return f"{self.first:%Y-%m}"


Cell: TypeAlias = str | int | float | dt.date | dt.datetime | Rate | Month | None


@dataclass(frozen=True)
class Section:
    """One table: its title, the headings of the columns, the rows, and a note above the table. If there are
    no rows, the page shows the text `none`. `numbers` contains the indexes of the numeric columns. The
    numeric columns are aligned to the right.
    """

    key: str
    title: str
    heads: tuple[str, ...]
    rows: list[tuple[Cell, ...]]
    note: str = ""
    none: str = ""
    numbers: frozenset[int] = field(default_factory=frozenset)

    def told(self) -> list[list[tuple[str, bool]]]:
        """Returns the rows as they are displayed. Each cell is a pair: its text, and whether the cell
        contains a number.
        """
        return [[(told(c), n in self.numbers) for n, c in enumerate(row)] for row in self.rows]

    def told_heads(self) -> list[tuple[str, bool]]:
        """Returns the headings as they are displayed. Each heading is a pair: its text, and whether its
        column contains numbers.
        """
        return [(head, n in self.numbers) for n, head in enumerate(self.heads)]


def told(cell: Cell) -> str:
    """Returns the text of a cell in the language of the user."""
    match cell:
        case None | "":
            return "–"
        case dt.datetime():
            return display.moment(cell)
        case dt.date():
            return display.day(cell)
        case int() | float():
            return display.number(cell)
    return str(cell)


def plain(cell: Cell) -> str:
    """Returns the text of a cell in a CSV file, with ISO dates and a decimal point. A value of None becomes
    an empty text.
    """
    match cell:
        case None:
            return ""
        case dt.date():
            return cell.isoformat()
        case Rate() | Month():
            return cell.plain()
    return str(cell)


def statistics(by: User, period: Period) -> list[Section]:
    """Returns the sections of the statistics: totals, counts by month and by list, and the register
    of transfers.
    """
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
    """Returns the figures by month and kind. The kinds include `transferred` (transferred hits) and
    `transfers`.
    """
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
    sums: Counter[str] = Counter()
    for counts in months.values():
        sums.update(counts)
    # A hit that was transferred in two months counts once.
    sums["transferred"] = _transfers(by, period).values("hit").distinct().count()
    subjects = {name: str(one.label) for name, one in _reported().items()}
    given, identified = sums["transferred"], sums[_K.IDENTIFIED]
    return Section(
        "article20", _("Statistics (Directive 2016/681, article 20)"),
        (
            _("Figure"), _("Count"), _("Share and interval (95 %)"),
            _("Total used to compute the share"),
        ),
        [
            *((label, sums[kind], None, "") for kind, label in subjects.items()),
            (str(_K.DUE.label), sums[_K.DUE],
             Rate(sums[_K.DUE], sum(sums[kind] for kind in subjects)), ", ".join(subjects.values())),
            (str(_K.RAISED.label), sums[_K.RAISED], None, ""),
            (str(_K.DECIDED.label), sums[_K.DECIDED], None, ""),
            *(
                (str(kind.label), sums[kind], Rate(sums[kind], sums[_K.DECIDED]), str(_K.DECIDED.label))
                for kind in (_K.AGAIN, _K.IDENTIFIED, _K.FALSE)
            ),
            (_("hits transferred to other authorities"), given,
             Rate(min(given, identified), identified), str(_K.IDENTIFIED.label)),
            (_("transfers"), sums["transfers"], None, ""),
        ],
        numbers=frozenset((1, 2)),
        note=_(
            "A hit counts as identified if the decision is to refer, hold or refuse. A hit counts"
            " as a false match if the decision is to release and every reason has the answer"
            " “another person”. A hit is counted once for each day on which it was decided."
        ),
    )  # fmt: skip


def _reported() -> dict[str, Reported]:
    """Returns the kinds of subjects that the figures count."""
    return {one.name: one.reported for one in app_kinds() if one.reported is not None}


def _by_month(months: dict[dt.date, dict[str, int]]) -> Section:
    reported = _reported()
    return Section(
        "months", _("By month"),
        (_("Month"), *(str(one.heading) for one in reported.values()), _("Hits"), _("Decided"),
         _("Identified"), _("Transfers"),
         _("False matches"), _("False matches among decided hits, and interval (95 %)")),
        [
            (
                Month(month), *(counts[kind] for kind in reported), counts[_K.RAISED], counts[_K.DECIDED],
                counts[_K.IDENTIFIED], counts["transfers"], counts[_K.FALSE],
                Rate(counts[_K.FALSE], counts[_K.DECIDED]),
            )
            for month, counts in months.items()
        ],
        none=_("Nothing was counted on these days."), numbers=frozenset(range(1, 7 + len(reported))),
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
    return Section(
        "lists", _("By list"),
        (_("List"), _("Legal basis"), _("Answered reasons"), _("Another person"), _("Cannot tell"),
         _("The same person"), _("“Another person” among the answers, and interval (95 %)")),
        sorted(
            (_of_list(pk, names.get(pk), of) for pk, of in counts.items()), key=lambda row: str(row[0])
        ),
        numbers=frozenset(range(2, 7)),
        note=_("Reasons with the question “same person?”, and the answers of the officers."),
        none=_("No reason from a list was answered on these days."),
    )  # fmt: skip


def _of_list(pk: uuid.UUID, known: Watchlist | None, of: Mapping[str, int]) -> tuple[Cell, ...]:
    answers = of[_K.ANOTHER] + of[_K.UNSURE] + of[_K.SAME]
    return (
        known.name if known else str(pk), known.basis if known else "", answers, of[_K.ANOTHER],
        of[_K.UNSURE], of[_K.SAME], Rate(of[_K.ANOTHER], answers),
    )  # fmt: skip


def _register(by: User, period: Period) -> Section:
    return Section(
        "transfers", _("Register of transfers"),
        (_("Date and time"), _("Type of receiver"), _("Receiver"), _("Country"), _("Purpose"),
         _("Legal basis"), _("Recorded by")),
        [
            (one.at, one.get_kind_display(), one.receiver, one.country, one.get_purpose_display(),
             one.basis, one.by.display())
            for one in _transfers(by, period).select_related("by").order_by("-at")[:MOST_TRANSFERS]
        ],
        none=_("No hit was transferred on these days."),
    )  # fmt: skip


def state(by: User, period: Period) -> list[Section]:
    """Returns the sections about the current state: stored months, retention runs, discarded text,
    accounts and tokens.
    """
    return [_held(), _done(period), _dropped(by, period), _accounts(by), _tokens(by)]


def glance() -> dict[str, Any]:
    """Returns a summary of the current state: the last retention run, the number of months that are past due,
    the next day of deletion, and the number of destroyed keys.
    """
    today, due = timezone.now().date(), retention.due()
    return {
        "run": Run.objects.order_by("-started_at").first(),
        "past_due": sum(one.late(today) for one in due),
        "next": min((one.ends_on for one in due if one.ends_on > today), default=None),
        "keys": Proof.objects.filter(deed=Proof.Deed.DESTROYED).count(),
    }  # fmt: skip


def _held() -> Section:
    today = timezone.now().date()
    words = {LINKED: _("records with an objective link")}
    return Section(
        "held", _("Months with stored data"),
        (_("Month"), _("Class"), _("Masked on"), _("Deleted on"), _("Late")),
        [
            (Month(one.month), words.get(one.retention_class, _("records")), one.masks_on or _("masked"),
             one.ends_on, _("past due") if one.late(today) else "")
            for one in retention.due()
        ],
        none=_("No data are stored."),
    )  # fmt: skip


def _done(period: Period) -> Section:
    start, end = period.times
    sums = (
        Proof.objects.filter(at__gte=start, at__lt=end)
        .values_list("month", "retention_class", "deed")
        .annotate(n=Sum("rows"), keys=Count("key_id", filter=~Q(key_id=""), distinct=True))
        .order_by("-month", "retention_class", "deed")
    )
    deeds = dict(Proof.Deed.choices)
    return Section(
        "done", _("Masking, deletion and destroyed keys"),
        (_("Month"), _("Class"), _("Action"), _("Rows"), _("Keys")),
        [(Month(month), of, str(deeds[deed]), n, keys) for month, of, deed, n, keys in sums],
        none=_("No data were masked or deleted on these days."), numbers=frozenset((3, 4)),
    )  # fmt: skip


def _dropped(by: User, period: Period) -> Section:
    sums = list(
        DroppedCount.objects.filter(
            organisation=by.organisation_id, day__range=(period.first, period.last)
        )
        .annotate(month=TruncMonth("day")).values_list("month", "sender", "kind")
        .annotate(n=Sum("count")).order_by("-month", "-n", "sender", "kind")
    )  # fmt: skip
    rows: list[tuple[Cell, ...]] = [
        (Month(month), sender, dropped_kind(kind), n) for month, sender, kind, n in sums[:MOST]
    ]
    if len(sums) > MOST:
        rows.append((_("and others"), "", "", sum(n for *_rest, n in sums[MOST:])))
    return Section(
        "dropped", _("Sensitive data and free text dropped on receipt"),
        (_("Month"), _("Carrier"), _("Kind"), _("Occurrences")), rows, numbers=frozenset((3,)),
        note=_(
            "These data are never stored. Only the number of occurrences is stored, so that"
            " you can inform the carrier."),
        none=_("No data were dropped on these days."),
    )  # fmt: skip


def _accounts(by: User) -> Section:
    quiet = timezone.now() - settings.UNUSED * 2 // 3
    counted = (
        User.objects.filter(organisation=by.organisation_id)
        .annotate(used=Coalesce("reactivated_at", "last_login", "date_joined"))
        .values_list("role")
        .annotate(
            all=Count("pk"),
            stopped=Count("pk", filter=Q(suspended_at__isnull=False) | Q(is_active=False)),
            dormant=Count(
                "pk",
                filter=Q(suspended_at=None, is_active=True)
                & Q(used__lt=quiet)
                & (Q(last_login=None) | Q(last_login__lt=quiet)),
            ),
        )
    )
    roles = dict(User.Role.choices)
    return Section(
        "accounts", _("Accounts"),
        (_("Role"), _("Accounts"), _("Suspended"), _("Unused for a long time")),
        [(str(roles[role]), *numbers) for role, *numbers in counted.order_by("role")],
        note=_(
            "An account is suspended after %(days)s days without use. An account counts as unused"
            " for a long time after two thirds of this period."
        )
        % {"days": settings.UNUSED.days},
        numbers=frozenset((1, 2, 3)),
    )  # fmt: skip


def _tokens(by: User) -> Section:
    return Section(
        "tokens", _("Active API tokens"),
        (_("Name"), _("User name"), _("Rights"), _("Created"), _("Expires"), _("Last used")),
        [
            (one.name, one.user.display(), ", ".join(one.rights), one.created_at, one.expires_at,
             one.last_used_at or _("never"))
            for one in ApiToken.objects.select_related("user")
            .filter(user__organisation=by.organisation_id, expires_at__gt=timezone.now())
            .order_by("expires_at")[:MOST]
        ],
        none=_("No token is active."),
    )  # fmt: skip
