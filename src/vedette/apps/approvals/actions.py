"""Four eyes: one person asks, another allows, and only then is it done.

Each kind of approval says which right asks for it, which right decides it and what is carried out;
the app whose matter it is registers that when it is loaded (`register`). Under broken glass
(`glass.py`) the one person on the post decides alone, where the kind allows it.
"""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Callable
from dataclasses import dataclass

from django.db import transaction
from django.utils import timezone

from vedette.apps.accounts import acts, rules
from vedette.apps.accounts.locking import lock, unlock
from vedette.apps.accounts.models import Approval, User
from vedette.apps.approvals import glass
from vedette.keys.ring import KeysError

#: How long one waits for the second person.
WAITS = dt.timedelta(days=3)
#: Fewest characters of a reason, as for a decision.
SHORTEST = 20
_USE = "approval"


class Refused(Exception):
    """It may not be decided like that. `code`: `own`, `decided`, `late`, `gone`."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


@dataclass(frozen=True)
class Doing:
    """What a kind of approval needs: `ask` and `decide` are rights of `rules.RULES`; `carry` does it,
    in the transaction of the decision, and raises to undo the decision (None where others look for
    the allowed row); `lasts` is how long an allowed one holds where it opens something (None: done at
    once); `alone` under broken glass; `page` is the name of the page that shows the subject, and with
    `there` the only one on which it is decided."""

    ask: str
    decide: str
    carry: Callable[[Approval], None] | None = None
    lasts: dt.timedelta | None = None
    alone: bool = False
    page: str = ""
    there: bool = False


_DOINGS: dict[str, Doing] = {}


def register(kind: str, doing: Doing) -> None:
    """Called once for each kind, by the app whose matter it is."""
    _DOINGS[kind] = doing


def ask(
    by: User,
    kind: str,
    subject: uuid.UUID | str,
    purpose: str,
    why: str,
    case: str = "",
    detail: dict[str, object] | None = None,
) -> Approval:
    """Asks for a second person; under broken glass it is carried out at once.

    `detail` holds ids and numbers. Raises `PermissionDenied`, and `ValueError` for a reason of fewer
    than `SHORTEST` characters or a purpose the asker may not use.
    """
    doing = _DOINGS[kind]
    rules.check(by, doing.ask)
    assert by.organisation_id is not None  # noqa: S101  the rule asks for one
    why, case = why.strip(), case.strip()[:60]
    if len(why) < SHORTEST or purpose not in by.purposes:
        raise ValueError("a reason and a purpose of the asker's are needed")
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
    return approval


def decide(by: User, approval_id: uuid.UUID, allow: bool) -> Approval:
    """The second person allows, and it is carried out, or refuses.

    Raises `Refused`, `PermissionDenied`, `Approval.DoesNotExist`, and what the carrying out raises.
    """
    with transaction.atomic():
        approval = Approval.objects.select_for_update().get(pk=approval_id)
        rules.check(by, _DOINGS[approval.kind].decide)
        if approval.asked_by_id == by.pk:
            raise Refused("own")
        if approval.state != Approval.State.ASKED:
            raise Refused("decided")
        if approval.expires_at < timezone.now():
            raise Refused("late")
        if allow:
            _allow(approval, by)
        else:
            _close(approval, by, Approval.State.REFUSED)
            acts.write(by, "approval.refuse", approval.pk, kind=approval.kind)
    return approval


def _allow(approval: Approval, by: User, glass_id: uuid.UUID | None = None) -> None:
    doing = _DOINGS[approval.kind]
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
    """The allowed approval that `by` asked for and that has not run out, or None."""
    return (
        Approval.objects.filter(
            kind=kind, subject=str(subject), asked_by_id=by.pk, state=Approval.State.ALLOWED,
            expires_at__gt=timezone.now(),
        )
        .order_by("-decided_at")
        .first()
    )  # fmt: skip


def ran_out(by: User, kind: str, subject: uuid.UUID | str) -> bool:
    """Whether `by` held an allowed approval for it, whose time is over."""
    return Approval.objects.filter(
        kind=kind, subject=str(subject), asked_by_id=by.pk, decided_by__isnull=False,
        state__in=(Approval.State.ALLOWED, Approval.State.EXPIRED), expires_at__lte=timezone.now(),
    ).exists()  # fmt: skip


def why(approval: Approval) -> str:
    """The reason in clear, for the second person; empty once it was cleared away or does not open."""
    try:
        return unlock(bytes(approval.why).decode(), _USE) if approval.why else ""
    except KeysError:
        return ""


def may_decide(by: User, approval: Approval) -> bool:
    """Whether `by` is a second person for it."""
    right = _DOINGS[approval.kind].decide
    return approval.asked_by_id != by.pk and rules.may(by, right)


def page_of(approval: Approval) -> str:
    """Name of the page that shows what it is about, with the subject's id; empty where none does."""
    return _DOINGS[approval.kind].page


def decided_there(approval: Approval) -> bool:
    """Whether it is decided on the page of what it is about, and nowhere else."""
    return _DOINGS[approval.kind].there


def kinds(by: User) -> list[str]:
    """The kinds that `by` may decide."""
    return [kind for kind, doing in _DOINGS.items() if rules.may(by, doing.decide)]


def run_out(using: str) -> int:
    """Ends what waited or held too long, and clears reasons of what ended (the journal keeps them,
    sealed). For housekeeping; gives how many ended."""
    now = timezone.now()
    rows = Approval.objects.using(using)
    open_ = rows.filter(state__in=[Approval.State.ASKED, Approval.State.ALLOWED])
    ended = open_.filter(expires_at__lt=now).update(state=Approval.State.EXPIRED)
    rows.exclude(state=Approval.State.ASKED).filter(asked_at__lt=now - 10 * WAITS).exclude(
        why=b""
    ).update(why=b"")
    return ended
