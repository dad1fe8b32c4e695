"""Changing how long something is kept: a new version of a profile, by two persons."""

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
from vedette.apps.retention.profiles import TEMPLATES, Terms


class Unfit(Exception):
    """The approval does not carry a profile that can be put in force; `codes` says what is wrong."""

    def __init__(self, codes: list[str]) -> None:
        super().__init__(", ".join(codes))
        self.codes = codes


def detail_of(terms: Terms) -> dict[str, Any]:
    """What an approval of kind `retention` keeps in `detail`. Its subject is the retention class."""
    return {**asdict(terms), "active_from": terms.active_from.isoformat()}


def terms_of(approval: Approval) -> Terms:
    """The profile an approval asks for. Raises `Unfit` where `detail` holds none."""
    try:
        given = dict(approval.detail)
        given["active_from"] = dt.date.fromisoformat(given["active_from"])
        return Terms(**given)
    except (KeyError, TypeError, ValueError) as error:
        raise Unfit(["detail"]) from error


def apply_profile(approval: Approval) -> RetentionProfile:
    """Puts the profile that an allowed approval carries in force, as the next version of its class.

    For the approval's carrying out, in its transaction: the web role, with the scope of the
    organisation. Raises `Unfit` where nobody else allowed it, it was applied already, or its terms
    make no sense; then nothing is changed.
    """
    second = approval.decided_by_id
    if (
        approval.kind != Approval.Kind.RETENTION
        or approval.state not in (Approval.State.ALLOWED, Approval.State.DONE)
        or second is None
        or (second == approval.asked_by_id)
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
    profile = RetentionProfile.objects.create(
        organisation_id=approval.organisation_id, version=last + 1, approval=approval,
        fields=list(TEMPLATES[terms.template].fields), **asdict(terms),
    )  # fmt: skip
    acts.write(
        approval.decided_by, "retention.change", profile.pk, version=profile.version,
        mask_after=terms.mask_after, delete_after=terms.delete_after, keep_after=terms.keep_after,
    )  # fmt: skip
    return profile


def carry(approval: Approval) -> None:
    """Carries an allowed approval out. Raises `Refused`, which undoes the decision, where its terms no
    longer hold, as when its first day is past."""
    try:
        apply_profile(approval)
    except Unfit as error:
        raise Refused("gone") from error
