"""Changes the retention periods. Two persons must agree to put a new version of a profile in force."""

from __future__ import annotations

import datetime as dt
from dataclasses import asdict
from typing import Any

from django.db.models import Max
from django.utils import timezone

from vedette.apps.accounts import acts
from vedette.apps.accounts.models import Approval
from vedette.apps.approvals.actions import Refused
from vedette.apps.retention.models import RetentionProfile
from vedette.apps.retention.profiles import Terms
from vedette.apps.subjects.tables import declared


class Unfit(Exception):
    """The approval contains no profile that can be put in force; `codes` are the reasons."""

    def __init__(self, codes: list[str]) -> None:
        super().__init__(", ".join(codes))
        self.codes = codes


def detail_of(terms: Terms) -> dict[str, Any]:
    """Converts the terms to the `detail` of an approval of kind `retention`."""
    return {**asdict(terms), "active_from": terms.active_from.isoformat()}


def terms_of(approval: Approval) -> Terms:
    """The terms that an approval requests. Raises `Unfit` if `detail` contains none."""
    try:
        given = dict(approval.detail)
        given["active_from"] = dt.date.fromisoformat(given["active_from"])
        return Terms(**given)
    except (KeyError, TypeError, ValueError) as error:
        raise Unfit(["detail"]) from error


def apply_profile(approval: Approval) -> RetentionProfile:
    """Puts the profile of an allowed approval in force, as the next version of its class.

    The function runs in the transaction of the decision, with the web role and the scope of the
    organisation. Raises `Unfit` if no second person allowed it, it was applied before, or its terms
    are invalid; then nothing is changed.
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
    of = RetentionProfile.objects.filter(
        organisation=approval.organisation_id, retention_class=terms.retention_class
    )
    last = of.aggregate(last=Max("version"))["last"] or 0
    kinds = [k for k in declared().kinds if k.retention_class == terms.retention_class]
    masked = list(dict.fromkeys(name for kind in kinds for name in kind.masked))
    profile = RetentionProfile.objects.create(
        organisation_id=approval.organisation_id, version=last + 1, approval=approval,
        fields=masked, **asdict(terms),
    )  # fmt: skip
    acts.write(
        approval.decided_by, "retention.change", profile.pk, version=profile.version,
        mask_after=terms.mask_after, delete_after=terms.delete_after, keep_after=terms.keep_after,
    )  # fmt: skip
    return profile


def carry(approval: Approval) -> None:
    """Carries out an allowed approval. Raises `Refused`, which undoes the decision, if its terms are no
    longer valid, for example because its first day is past."""
    try:
        apply_profile(approval)
    except Unfit as error:
        raise Refused("gone") from error
