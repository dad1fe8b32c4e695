"""Approvals by a second person (four-eyes principle). One person requests an action, a second
person allows it, and then the action is carried out.

When Django loads an app, the app registers its kinds of approvals (`register`). Each kind declares the right
to request an approval, the right to decide it, and the action that follows. During an emergency access
(`glass.py`), the user who started the access needs no second person if the kind of approval permits this.
"""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from django.db import transaction
from django.db.models import Q, QuerySet
from django.utils import timezone

from vedette.apps.accounts import acts, rules
from vedette.apps.accounts.models import Approval, User
from vedette.apps.approvals import glass
from vedette.apps.keyring import lock, unlocked
from vedette.apps.notices import actions as notices
from vedette.apps.notices.models import Notice

#: Time within which the second person must decide.
WAITS = dt.timedelta(days=3)
#: Minimum number of characters of a reason, as for a decision.
SHORTEST = 20
_USE = "approval"


class Refused(rules.Coded):
    """The error that is raised if an approval cannot be decided. `code` identifies the reason: `own`,
    `decided`, `late`, `gone`, `changed` or `named`.
    """


@dataclass(frozen=True)
class Doing:
    """The declaration of a kind of approval.

    `ask` and `decide` are names of rights in `rules.RULES`. `carry` is the function that carries
    out the action in the transaction of the decision. If `carry` raises an exception, the decision
    is undone. `carry` is None if the code of the action itself checks that an allowed approval
    exists. `lasts` is the time during which an allowed approval permits an action. `lasts` is None
    if the action is carried out immediately. `alone` is true if an emergency access permits the
    action without a second person. `page` is the URL name of the page that shows the subject. If
    `there` is true, the second person can decide only on the page `page`.
    """

    ask: str
    decide: str
    carry: Callable[[Approval], None] | None = None
    lasts: dt.timedelta | None = None
    alone: bool = False
    page: str = ""
    there: bool = False
    #: Returns the label and the value of details that are not known at the time of the request.
    later: Callable[[Approval, User], list[tuple[Any, str]]] | None = None
    #: Returns those of these details that the list of approvals shows. None: all of them.
    listed: Callable[[Approval, User], list[tuple[Any, str]]] | None = None
    #: Returns whether a user with the right may be the second person of this request. None: every such user.
    named: Callable[[Approval, User], bool] | None = None


#: Maps a kind of approval to its declaration. An allowed export is valid for one day and only for the
#: user who requested it.
DOINGS: dict[str, Doing] = {
    Approval.Kind.EXPORT: Doing("export.ask", "export.decide", lasts=dt.timedelta(days=1)),
}


def register(kind: str, doing: Doing) -> None:
    """Registers a kind of approval. The app that carries out the action calls this function once."""
    DOINGS[kind] = doing


def ask(
    by: User,
    kind: str,
    subject: uuid.UUID | str,
    purpose: str,
    why: str,
    case: str = "",
    detail: dict[str, object] | None = None,
) -> Approval:
    """Requests the approval of a second person. During an emergency access, the action is carried out
    immediately if the kind of approval allows this.

    `detail` contains ids and numbers. Raises `PermissionDenied`. Raises `ValueError` if the reason
    has fewer than `SHORTEST` characters or if `by` may not use the purpose.
    """
    doing = DOINGS[kind]
    rules.check(by, doing.ask)
    assert by.organisation_id is not None  # noqa: S101  the right requires one
    why, case = why.strip(), case.strip()[:60]
    if len(why) < SHORTEST or purpose not in by.purposes:
        raise ValueError("the reason is too short, or the user may not use this purpose")
    now = timezone.now()
    with transaction.atomic():
        approval = Approval.objects.create(
            organisation_id=by.organisation_id, kind=kind, subject=str(subject), purpose=purpose,
            case=case, why=lock(why, _USE).encode(), detail=detail or {}, asked_by_id=by.pk, asked_at=now,
            expires_at=now + WAITS,
        )  # fmt: skip
        acts.write(
            by, "approval.ask", approval.pk, purpose=purpose, words={"why": why, "case": case},
            kind=kind,
        )  # fmt: skip
        broken = glass.broken_by(by) if doing.alone else None
        if broken is not None:
            _allow(approval, by, glass_id=broken.pk)
        else:
            _notify(approval, Notice.Kind.ASKED, by, right=doing.decide)
    return approval


def decide(by: User, approval_id: uuid.UUID, allow: bool) -> Approval:
    """Records the decision of the second person, and carries out the action if the person allows
    it.

    Raises `Refused`, `PermissionDenied`, `Approval.DoesNotExist`, or an exception that `Doing.carry` raises.
    """
    with transaction.atomic():
        approval = Approval.objects.select_for_update().get(pk=approval_id)
        rules.check(by, DOINGS[approval.kind].decide)
        if approval.asked_by_id == by.pk:
            raise Refused("own")
        if approval.state != Approval.State.ASKED:
            raise Refused("decided")
        if approval.expires_at < timezone.now():
            raise Refused("late")
        if not _is_named(by, approval):
            raise Refused("named")
        if allow:
            _allow(approval, by)
        else:
            _close(approval, by, Approval.State.REFUSED)
            acts.write(by, "approval.refuse", approval.pk, kind=approval.kind)
        answer = Notice.Kind.ALLOWED if allow else Notice.Kind.REFUSED
        _notify(approval, answer, by, to=[approval.asked_by_id])
    return approval


def _notify(approval: Approval, kind: str, by: User, **whom: Any) -> None:
    params = {"kind": approval.kind}
    event = notices.Event(kind=kind, by=by.pk, approval=approval.pk, params=params, **whom)
    notices.notify(approval.organisation_id, event)


def _allow(approval: Approval, by: User, glass_id: uuid.UUID | None = None) -> None:
    doing = DOINGS[approval.kind]
    approval.glass_id = glass_id
    if doing.lasts is not None:
        approval.expires_at = timezone.now() + doing.lasts
    _close(approval, by, Approval.State.ALLOWED if doing.lasts else Approval.State.DONE)
    acts.write(
        by, "approval.allow", approval.pk, purpose=approval.purpose, kind=approval.kind,
        about=approval.subject, alone=glass_id is not None,
    )  # fmt: skip
    if doing.carry is not None:
        doing.carry(approval)


def _close(approval: Approval, by: User, state: str) -> None:
    approval.state, approval.decided_by_id, approval.decided_at = state, by.pk, timezone.now()
    approval.save(update_fields=["state", "decided_by", "decided_at", "glass", "expires_at"])


def holds(by: User, kind: str, subject: uuid.UUID | str) -> Approval | None:
    """Returns the allowed and still valid approval that the user `by` requested, or None."""
    return (
        Approval.objects.filter(
            kind=kind, subject=str(subject), asked_by_id=by.pk, state=Approval.State.ALLOWED,
            expires_at__gt=timezone.now(),
        )
        .order_by("-decided_at")
        .first()
    )  # fmt: skip


def ran_out(by: User, kind: str, subject: uuid.UUID | str) -> bool:
    """Whether the user `by` had an approval of this kind for the subject, and this approval has expired."""
    return Approval.objects.filter(
        kind=kind, subject=str(subject), asked_by_id=by.pk, decided_by__isnull=False,
        state__in=(Approval.State.ALLOWED, Approval.State.EXPIRED), expires_at__lte=timezone.now(),
    ).exists()  # fmt: skip


def why(approval: Approval) -> str:
    """Returns the decrypted reason for the second person, or an empty text if the reason was
    deleted or cannot be decrypted.
    """
    return unlocked(approval.why, _USE)


def may_decide(by: User, approval: Approval) -> bool:
    """Whether the user `by` has the right to decide the approval and is not the person who
    requested it.
    """
    return (
        approval.asked_by_id != by.pk
        and rules.may(by, DOINGS[approval.kind].decide)
        and _is_named(by, approval)
    )


def _is_named(by: User, approval: Approval) -> bool:
    named = DOINGS[approval.kind].named
    return named is None or named(approval, by)


def kinds(by: User) -> list[str]:
    """Returns the kinds of approvals that the user `by` may decide."""
    return [kind for kind, doing in DOINGS.items() if rules.may(by, doing.decide)]


def run_out(using: str, now: dt.datetime) -> int:
    """Ends approvals that nobody decided in time or whose validity has ended. Deletes the stored reasons of
    old approvals that no longer wait for a decision. The journal keeps the reasons of approvals in encrypted
    form. The regular housekeeping of the worker calls this function. Returns the number of ended approvals.
    """
    rows = Approval.objects.using(using)
    open_ = rows.filter(state__in=[Approval.State.ASKED, Approval.State.ALLOWED])
    ended = open_.filter(expires_at__lt=now).update(state=Approval.State.EXPIRED)
    rows.exclude(state=Approval.State.ASKED).filter(asked_at__lt=now - 10 * WAITS).exclude(
        why=b""
    ).update(why=b"")
    return ended


def visible(by: User) -> QuerySet[Approval]:
    """Returns the approvals that the user `by` requested or may decide. For the data-protection
    officer and the auditor, returns all approvals.
    """
    rows = Approval.objects.select_related("asked_by", "decided_by", "glass")
    if by.role in (User.Role.DPO, User.Role.AUDITOR):
        return rows
    return rows.filter(Q(asked_by_id=by.pk) | Q(kind__in=kinds(by)))


def waiting(by: User) -> QuerySet[Approval]:
    """Returns the undecided approvals, oldest first, that the user `by` may decide as the second person."""
    return (
        Approval.objects.select_related("asked_by")
        .filter(state=Approval.State.ASKED, kind__in=kinds(by), expires_at__gt=timezone.now())
        .exclude(asked_by_id=by.pk)
        .order_by("asked_at")
    )
