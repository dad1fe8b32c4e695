"""Contains the templates of retention profiles, the requested terms (periods, legal basis and first day), and
the function that activates an approved profile.

Two persons must agree before a new version of a retention profile takes effect.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import asdict, dataclass, field
from typing import Any

from django.db.models import Max
from django.utils import timezone
from django.utils.translation import gettext_noop as _

from vedette.apps.accounts import acts
from vedette.apps.accounts.models import Approval
from vedette.apps.approvals.actions import Refused
from vedette.apps.retention.models import RetentionProfile
from vedette.apps.subjects.tables import Template, declared

#: The template that applies if an organisation has chosen none. The database function `vedette_periods`
#: contains the same periods.
DEFAULT = "national"
#: The maximum of a period in days, so that a typing error cannot keep data for longer than ten years.
LONGEST = 3660
_NATIONAL = Template(
    _("National template"), "receipt", 180, 1825, 1825,
    _("to be entered: national law and article"),
    _("periods of ICAO Annex 9 until a national law is entered"),
)  # fmt: skip


def templates(retention_class: str | None = None) -> dict[str, Template]:
    """Returns the templates by key. If a retention class is given, returns only the templates of its kinds
    and the default template."""
    of_kinds = {
        key: one
        for kind in declared().kinds
        if retention_class in (None, kind.retention_class)
        for key, one in kind.templates.items()
    }
    return {**of_kinds, DEFAULT: _NATIONAL}


@dataclass(frozen=True)
class Terms:
    """The terms (periods, legal basis and first day) of a requested retention profile. The terms are stored
    in an approval of kind `retention`."""

    template: str
    name: str
    trigger: str
    mask_after: int
    delete_after: int
    keep_after: int
    active_from: dt.date
    basis: str
    source: str
    retention_class: str = field(default_factory=lambda: declared().classes[0])

    def problems(self, today: dt.date) -> list[str]:
        """Returns a code for each invalid term: `template`, `name`, `trigger`, `periods`, `active_from`,
        `basis` or `class`.
        """
        valid = {
            "template": self.template in templates(self.retention_class),
            "name": 0 < len(self.name.strip()) <= 100,
            "trigger": self.trigger in RetentionProfile.Trigger.values,
            "periods": 0 < self.mask_after <= self.delete_after <= self.keep_after <= LONGEST,
            "active_from": self.active_from >= today,
            "basis": 3 <= len(self.basis.strip()) <= 300 and len(self.source) <= 300,
            "class": self.retention_class in declared().classes,
        }
        return [code for code, is_valid in valid.items() if not is_valid]


class Unfit(Exception):
    """The exception that is raised if an approval contains no valid retention profile. `codes` contains the
    codes of the reasons.
    """

    def __init__(self, codes: list[str]) -> None:
        super().__init__(", ".join(codes))
        self.codes = codes


def detail_of(terms: Terms) -> dict[str, Any]:
    """Converts the terms to the `detail` of an approval of kind `retention`."""
    return {**asdict(terms), "active_from": terms.active_from.isoformat()}


def terms_of(approval: Approval) -> Terms:
    """Returns the terms that an approval contains. Raises `Unfit` if the `detail` of the approval contains no
    terms.
    """
    try:
        given = dict(approval.detail)
        given["active_from"] = dt.date.fromisoformat(given["active_from"])
        return Terms(**given)
    except (KeyError, TypeError, ValueError) as error:
        raise Unfit(["detail"]) from error


def apply_profile(approval: Approval) -> RetentionProfile:
    """Activates the retention profile that an allowed approval contains. The profile becomes the next version
    for its retention class.

    The function runs in the transaction of the decision, with the web role and the scope of the organisation.
    Raises `Unfit` if no second person allowed the request, if it was already applied, or if its terms are
    invalid. If an error occurs, no setting is changed.
    """
    second = approval.decided_by_id
    if (
        approval.kind != Approval.Kind.RETENTION
        or approval.state not in (Approval.State.ALLOWED, Approval.State.DONE)
        or second is None
        or second == approval.asked_by_id
    ):
        raise Unfit(["second"])
    if RetentionProfile.objects.filter(approval=approval).exists():
        raise Unfit(["applied"])
    terms = terms_of(approval)
    if problems := terms.problems(timezone.now().date()):
        raise Unfit(problems)
    last = RetentionProfile.objects.filter(
        organisation=approval.organisation_id, retention_class=terms.retention_class
    ).aggregate(last=Max("version"))["last"]
    masked = dict.fromkeys(
        name
        for kind in declared().kinds
        if kind.retention_class == terms.retention_class
        for name in kind.masked
    )
    profile = RetentionProfile.objects.create(
        organisation_id=approval.organisation_id, version=(last or 0) + 1, approval=approval,
        fields=list(masked), **asdict(terms),
    )  # fmt: skip
    acts.write(
        approval.decided_by, "retention.change", profile.pk, version=profile.version,
        mask_after=terms.mask_after, delete_after=terms.delete_after, keep_after=terms.keep_after,
    )  # fmt: skip
    return profile


def carry(approval: Approval) -> None:
    """Carries out the change that an allowed approval contains. Raises `Refused` if the terms are no longer
    valid, for example because the first day of the profile is past. Because of this exception, the decision
    of the second person is also rolled back.
    """
    try:
        apply_profile(approval)
    except Unfit as error:
        raise Refused("gone") from error
