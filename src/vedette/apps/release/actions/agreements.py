"""Agreements: an administrator proposes a version, and the data-protection officer approves it."""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Collection, Sequence
from dataclasses import dataclass, field

from django.db import transaction

from vedette.apps.accounts import acts, rules
from vedette.apps.accounts.models import Approval, User
from vedette.apps.approvals import actions as approvals
from vedette.apps.columns import new_id
from vedette.apps.release.deciding import now
from vedette.apps.release.models import Agreement
from vedette.core import canonical
from vedette.core.releasable import REFUSALS


class Refused(rules.Coded):
    """The error that is raised if an action on an agreement is not possible. `code` is `parties`, `purposes`,
    `order`, `designated`, `instrument`, `title`, `stale` or `not_own`.
    """


@dataclass(frozen=True)
class Terms:
    """The terms of an agreement. `purposes` contains pairs of a purpose and a legal basis."""

    title: str
    parties: Collection[uuid.UUID]
    purposes: Sequence[tuple[str, str]]
    starts_at: dt.datetime
    until: dt.datetime | None = None
    nominal_instrument: str = ""
    designated: Collection[uuid.UUID] = ()
    onward: Collection[uuid.UUID] = field(default=())
    #: Codes of `core.releasable.REFUSALS`.
    refusals: Collection[str] = ()


@transaction.atomic
def propose(by: User, terms: Terms, why: str, of: uuid.UUID | None = None) -> Agreement:
    """Proposes a new agreement or, if `of` is given, a new version of the agreement `of`. The version takes
    effect when the data-protection officer approves it (`apps/approvals`).

    Raises `Refused` and `PermissionDenied`. Raises `ValueError` if the reason is too short.
    """
    rules.check(by, "agreement.propose")
    assert by.organisation_id is not None  # noqa: S101  the right requires one
    _check(by, terms)
    before = None
    if of is not None:
        versions = Agreement.objects.filter(root=of, organisation_id=by.organisation_id)
        before = versions.order_by("-number").first()
        if before is None:
            raise Refused("not_own")
        if before.state == Agreement.State.PROPOSED:
            raise Refused("stale")
    made = Agreement(
        id=new_id(), organisation_id=by.organisation_id, title=terms.title.strip(),
        parties=sorted(set(terms.parties)),
        purposes=[{"purpose": one, "legal_basis": basis} for one, basis in terms.purposes],
        starts_at=terms.starts_at, until=terms.until, nominal_instrument=terms.nominal_instrument.strip(),
        designated=sorted(set(terms.designated)), onward=sorted(set(terms.onward)), proposed_by=by,
        proposed_at=now(), refusals=[one for one in REFUSALS if one in terms.refusals],
    )  # fmt: skip
    made.root = made.pk if before is None else before.root
    made.number = 1 if before is None else before.number + 1
    made.parent = "" if before is None else before.hash
    made.hash = canonical.digest(version(made))
    made.save(force_insert=True)
    acts.write(by, "agreement.propose", made.pk, number=made.number, root=made.root)
    approvals.ask(
        by, Approval.Kind.AGREEMENT, made.pk, by.purposes[0], why,
        detail={"until": made.until and made.until.date().isoformat()},
    )  # fmt: skip
    return made


def _check(by: User, terms: Terms) -> None:
    if not terms.title.strip():
        raise Refused("title")
    if len(set(terms.parties)) < 2 or by.organisation_id not in terms.parties:
        raise Refused("parties")
    if not terms.purposes or not all(one.strip() and two.strip() for one, two in terms.purposes):
        raise Refused("purposes")
    if terms.until is not None and terms.until <= terms.starts_at:
        raise Refused("order")
    if not {*terms.designated, *terms.onward} <= set(terms.parties):
        raise Refused("designated")
    if bool(terms.designated) is not bool(terms.nominal_instrument.strip()):
        raise Refused("instrument")


def version(of: Agreement) -> dict[str, object]:
    """Returns the content of a version of an agreement from which its hash is computed."""
    return canonical.version(
        "agreement", of.root, of.organisation_id, of.number, of.parent or None,
        {
            "title": of.title, "parties": [str(one) for one in of.parties], "purposes": of.purposes,
            "from": of.starts_at.isoformat(), "until": of.until and of.until.isoformat(),
            "nominal_instrument": of.nominal_instrument or None,
            "designated": [str(one) for one in of.designated],
            "onward": [str(one) for one in of.onward],
            **({"refusals": list(of.refusals)} if of.refusals else {}),
        },
    )  # fmt: skip


def take_effect(approval: Approval) -> None:
    """Puts a version into force, in the transaction of the approval."""
    Agreement.objects.filter(pk=approval.subject, state=Agreement.State.PROPOSED).update(
        state=Agreement.State.APPROVED,
        approved_by_id=approval.decided_by_id,
        approved_at=approval.decided_at,
    )
