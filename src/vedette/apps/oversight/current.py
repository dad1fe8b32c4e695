"""Queries: months held and due, results of retention runs, dropped sensitive data, accounts and tokens."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.db.models import Count, Q, Sum
from django.db.models.functions import Coalesce, TruncMonth
from django.utils import timezone
from django.utils.translation import gettext as _

from vedette.apps.accounts.models import ApiToken, User
from vedette.apps.inbox.models import DroppedCount
from vedette.apps.inbox.wording import dropped_kind
from vedette.apps.oversight.sections import Cell, Month, Period, Section
from vedette.apps.retention import selectors as retention
from vedette.apps.retention.models import Proof, Run

#: Maximum number of rows of dropped free text; the last row contains the sum of the others.
MOST = 300


def sections(by: User, period: Period) -> list[Section]:
    """The sections: months held, results of retention runs, dropped free text, accounts, tokens."""
    return [_held(), _done(period), _dropped(by, period), _accounts(by), _tokens(by)]


def glance(by: User) -> dict[str, Any]:
    """The current state: last run, number of overdue months, end of the next month, destroyed keys."""
    today, due = timezone.now().date(), retention.due()
    ends = sorted((one.ends_on, one.month) for one in due if one.ends_on > today)
    return {
        "run": Run.objects.order_by("-started_at").first(),
        "overdue": sum(
            1 for one in due
            if one.ends_on < today or (one.masks_on is not None and one.masks_on < today)
        ),
        "next": ends[0][0] if ends else None,
        "keys": Proof.objects.filter(deed=Proof.Deed.DESTROYED).count(),
    }  # fmt: skip


def _held() -> Section:
    today = timezone.now().date()
    rows: list[tuple[Cell, ...]] = []
    words = {"linked": _("records with an objective link")}
    for one in retention.due():
        late = one.ends_on < today or (one.masks_on is not None and one.masks_on < today)
        rows.append(
            (Month(one.month), words.get(one.retention_class, _("records")),
             one.masks_on or _("masked"), one.ends_on, _("overdue") if late else "")
        )  # fmt: skip
    return Section(
        "held", _("Months held"),
        (_("Month"), _("Class"), _("Masked on"), _("Deleted on"), _("Late")), rows,
        none=_("No data are held."),
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
    rows: list[tuple[Cell, ...]] = [
        (Month(month), of, str(deeds[deed]), n, keys) for month, of, deed, n, keys in sums
    ]
    return Section(
        "done", _("Masked, deleted and keys destroyed"),
        (_("Month"), _("Class"), _("Action"), _("Rows"), _("Keys")), rows,
        none=_("No retention run had any work on these days."), numbers=frozenset((3, 4)),
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
            "These data are never stored. Only the number of occurrences is counted, so that the"
            " carrier can be informed."),
        none=_("Nothing was dropped on these days."),
    )  # fmt: skip


def _accounts(by: User) -> Section:
    quiet = timezone.now() - settings.UNUSED * 2 // 3
    users = User.objects.filter(organisation=by.organisation_id)
    used = users.annotate(used=Coalesce("reactivated_at", "last_login", "date_joined"))
    counted = used.values_list("role").annotate(
        all=Count("pk"),
        stopped=Count("pk", filter=Q(suspended_at__isnull=False) | Q(is_active=False)),
        dormant=Count(
            "pk",
            filter=Q(suspended_at=None, is_active=True)
            & Q(used__lt=quiet)
            & (Q(last_login=None) | Q(last_login__lt=quiet)),
        ),
    )
    roles = dict(User.Role.choices)
    return Section(
        "accounts", _("Accounts"),
        (_("Role"), _("Accounts"), _("Suspended"), _("Long unused")),
        [(str(roles[role]), *numbers) for role, *numbers in counted.order_by("role")],
        note=_(
            "Long unused: the last sign-in is older than two thirds of the %(days)s days after"
            " which an account is suspended."
        )
        % {"days": settings.UNUSED.days},
        numbers=frozenset((1, 2, 3)),
    )  # fmt: skip


def _tokens(by: User) -> Section:
    now = timezone.now()
    rows: list[tuple[Cell, ...]] = [
        (one.name, one.user.display(), ", ".join(one.rights), one.created_at, one.expires_at,
         one.last_used_at or _("never"))
        for one in ApiToken.objects.select_related("user")
        .filter(user__organisation=by.organisation_id, expires_at__gt=now)
        .order_by("expires_at")[:MOST]
    ]  # fmt: skip
    return Section(
        "tokens", _("API tokens in force"),
        (_("Name"), _("User name"), _("Rights"), _("Created, UTC"), _("Ends, UTC"),
         _("Last used, UTC")), rows,
        none=_("No token is in force."),
    )  # fmt: skip
