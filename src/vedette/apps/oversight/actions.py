"""Records notes on findings and on unmaskings, and transfers of hits to other authorities."""

from __future__ import annotations

import uuid

from django.db import transaction

from vedette.apps.accounts import acts, rules
from vedette.apps.accounts.models import Approval, User
from vedette.apps.accounts.rules import Coded
from vedette.apps.hits.actions import locked
from vedette.apps.hits.models import Decision, Hit, SeenHit
from vedette.apps.oversight.models import Finding, Noted, Transfer
from vedette.apps.oversight.name_tokens import words
from vedette.apps.subjects.kinds import app_kind

#: Decisions after which a hit may be transferred to another authority (Directive 2016/681 art. 6 (5)).
_AFTER = (Decision.Choice.REFER, Decision.Choice.HOLD, Decision.Choice.REFUSE)


class Unfit(Coded):
    """The exception that is raised for a transfer that may not be recorded. `code` is the reason: `state`,
    `purpose` or `name`.
    """


def note(by: User, about: str, subject: uuid.UUID, outcome: str, why: str = "") -> Noted:
    """Records a note of the data-protection officer on a finding or an unmasking. The grounds are
    stored encrypted in the journal.

    Raises `PermissionDenied` if the user lacks the right, and `DoesNotExist` if there is no such
    finding or unmasking.
    """
    rules.check(by, "oversight.note")
    assert by.organisation_id is not None  # noqa: S101  the right requires one
    with transaction.atomic():
        if about == Noted.About.FINDING:
            Finding.objects.get(organisation=by.organisation_id, pk=subject)
        else:
            Approval.objects.get(
                organisation=by.organisation_id, pk=subject, kind=Approval.Kind.UNMASK
            )
        made = Noted.objects.create(
            organisation_id=by.organisation_id, about=about, subject=subject, outcome=outcome, by=by
        )  # fmt: skip
        acts.write(
            by, "oversight.note", subject, words={"why": why[:1000]}, about=about, outcome=outcome
        )
    return made


def transfer(
    by: User, hit_id: uuid.UUID, *, kind: str, receiver: str, country: str, purpose: str, basis: str
) -> Transfer:
    """Records that a decided hit was transferred to another authority.

    Raises `PermissionDenied` if the user lacks the right, and `Hit.DoesNotExist` if the hit does not exist.
    Raises `Unfit` if the hit is not decided or was released. Also raises `Unfit` if the user may not use the
    purpose, or if one of the texts contains a name of the subject.
    """
    rules.check(by, "transfer.record")
    assert by.organisation_id is not None  # noqa: S101  the right requires one
    with transaction.atomic():
        hit = locked(hit_id)
        decision = hit.decisions.order_by("at").last()
        if hit.state != Hit.State.DECIDED or decision is None or decision.choice not in _AFTER:
            raise Unfit("state")
        if purpose not in by.purposes:
            raise Unfit("purpose")
        if _names_subject(hit, receiver, basis):
            raise Unfit("name")
        made = Transfer.objects.create(
            organisation_id=hit.organisation_id, hit=hit.pk, decision=decision.pk, by=by, kind=kind,
            receiver=receiver, country=country, purpose=purpose, basis=basis,
        )  # fmt: skip
        acts.write(
            by, "hit.transfer", hit.pk, purpose=purpose, transfer=made.pk, to=kind,
            decision=decision.pk,
        )  # fmt: skip
    return made


def _names_subject(hit: SeenHit, *texts: str) -> bool:
    """Returns whether the texts contain a name of the subject. The register of transfers must not
    contain a name, because the register is kept longer than the data about the subject.
    """
    said = set(words(*texts))
    names = (set(words(name)) for name in app_kind(hit.subject.kind).names(hit.subject_id))
    return any(name and name <= said for name in names)
