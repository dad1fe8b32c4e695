"""Participants of an operation, and the persons of its closed group."""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Sequence

from django.db import connection

from vedette.apps.accounts import acts, rules
from vedette.apps.accounts.models import User
from vedette.apps.enforcement.selectors.controls import now
from vedette.apps.operations.actions.common import Refused, guarded, home, locked, person, text
from vedette.apps.operations.models import Member, Message, Operation, Participant, Role, Shown
from vedette.core.ids import new_id

#: How many organisations one operation has at most, and how many persons.
MOST_PARTICIPANTS, MOST_MEMBERS = 400, 10_000


def organisations() -> list[tuple[uuid.UUID, str, str]]:
    """Returns the organisations that a coordinator may invite: id, name, country."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT id, name, country FROM vedette_organisations()")
        return list(cursor.fetchall())


def invite(user: User, id_: uuid.UUID, whom: Sequence[uuid.UUID]) -> int:
    """Invites organisations to an operation; organisations that declined can be invited again.

    Returns how many.
    """
    found = locked(user, id_, "operation.plan")
    known = {one: (name, country) for one, name, country in organisations()}
    if not whom or any(one not in known for one in whom):
        raise Refused("organisation")
    there = {one.organisation_id: one for one in found.participants.all()}
    if len(there) + len(whom) > MOST_PARTICIPANTS:
        raise Refused("many")
    at, count = now(), 0
    with guarded():
        for one in dict.fromkeys(whom):
            before = there.get(one)
            if before is None:
                # Row-level security shows the row after the statement, so no value is returned.
                Participant.objects.bulk_create([
                    Participant(
                        id=new_id(), organisation_id=one, operation=found, name=known[one][0],
                        country=known[one][1], at=at,
                    )
                ])  # fmt: skip
            elif before.state == Participant.State.DECLINED:
                Participant.objects.filter(pk=before.pk).update(state="invited", at=at, by=None)
            else:
                raise Refused("participant_twice")
            count += 1
        acts.write(user, "operation.invite", id_, organisations=list(dict.fromkeys(whom)))
    return count


def _own(user: User, found: Operation) -> Participant:
    own = found.participants.filter(organisation_id=home(user)).first()
    if own is None:
        raise Refused("invited")
    return own


def answer_call(
    user: User, id_: uuid.UUID, accept: bool, version: int, basis: str = "", part: str = "",
    reason: str = "",
) -> None:  # fmt: skip
    """Accepts the plan or a part of the plan, and states the national legal basis, or declines the
    invitation. `version` is the version of the plan that the user read."""
    found = locked(user, id_, "operation.join")
    own = _own(user, found)
    if found.plan_version != version:
        raise Refused("stale")
    basis = text(basis, 300, "basis", required=accept)
    part, reason = text(part, 4_000, "part"), text(reason, 500, "reason", required=not accept)
    with guarded():
        Participant.objects.filter(pk=own.pk).update(
            state="accepted" if accept else "declined", plan_version=version, basis=basis, part=part,
            reason=reason, by=user, at=now(),
        )  # fmt: skip
        acts.write(
            user, "operation.accept" if accept else "operation.decline", id_, version=version
        )


def withdraw(user: User, id_: uuid.UUID, reason: str) -> None:
    """Withdraws the user's own organisation from the operation permanently. The persons of the organisation
    leave the group immediately.
    """
    found = locked(user, id_, "operation.join")
    own = _own(user, found)
    reason = text(reason, 500, "reason", required=True)
    with guarded():
        Participant.objects.filter(pk=own.pk).update(
            state="withdrawn", reason=reason, by=user, at=now()
        )
        acts.write(user, "operation.withdraw", id_, words={"reason": reason})


def exclude(user: User, id_: uuid.UUID, participant: uuid.UUID, reason: str) -> None:
    """Excludes a participant permanently. The persons of the organisation leave the group immediately."""
    found = locked(user, id_, "operation.plan")
    whom = found.participants.filter(pk=participant).first()
    if whom is None:
        raise Refused("organisation")
    if whom.organisation_id == found.organisation_id:
        raise Refused("coordinates")
    reason = text(reason, 500, "reason", required=True)
    with guarded():
        Participant.objects.filter(pk=whom.pk).update(
            state="excluded", reason=reason, by=user, at=now()
        )
        acts.write(user, "operation.exclude", id_, participant=whom.pk, words={"reason": reason})


def name_member(
    user: User, id_: uuid.UUID, whom: User, role: str, post: str = "", reach: str = "",
    ends_at: dt.datetime | None = None,
) -> Member:  # fmt: skip
    """Adds a person of the user's own organisation to the group, with a role in the operation. If no earlier
    end is given, the membership of posts and observers ends at the end of the live phase, and other
    memberships end at the end of the group.
    """
    rules.check(user, "operation.join")
    found = Operation.objects.get(pk=id_)
    if whom.organisation_id != user.organisation_id or role not in Role.values:
        raise Refused("person")
    if not rules.may(whom, "operation.see") or (
        role == Role.SECOND and not rules.may(whom, "operation.approve")
    ):
        raise Refused("account")
    if found.members.filter(organisation_id=home(user)).count() >= MOST_MEMBERS:
        raise Refused("many")
    at = now()
    end = found.live_until if role in (Role.POST, Role.OBSERVER) else found.until
    end = min(end, ends_at or end)
    if end <= at:
        raise Refused("past", "ends_at")
    made = Member(
        organisation_id=home(user), operation=found, user=whom, role=role, name=person(whom),
        post=text(post, 160, "post"), reach=text(reach, 200, "reach"), unit_id=whom.unit_id, begins_at=at,
        ends_at=end, since_version=0,
    )  # fmt: skip
    with guarded():
        Member.objects.bulk_create([made])
        acts.write(user, "operation.member", id_, member=made.pk, person=whom.pk, role=role)
    return made


def end_member(user: User, id_: uuid.UUID, member: uuid.UUID) -> None:
    """Ends a membership immediately."""
    # Two coordinators who end each other's membership at the same time wait for each other.
    found = locked(user, id_, "operation.join")
    one = found.members.filter(pk=member, until_version=None).first()
    if one is None:
        raise Refused("person")
    alone = (
        one.role == Role.COORDINATOR
        and not found.members.filter(role=Role.COORDINATOR, until_version=None)
        .exclude(pk=one.pk)
        .exists()
    )
    if alone:
        raise Refused("last_coordinator")
    with guarded():
        # The database sets the end and the version.
        Member.objects.filter(pk=one.pk).update(until_version=0)
        acts.write(user, "operation.member_end", id_, member=one.pk)


def show_earlier(
    user: User, id_: uuid.UUID, member: uuid.UUID, messages: Sequence[uuid.UUID]
) -> None:
    """Lets a member read messages that were sent before the member joined."""
    found = locked(user, id_, "operation.plan")
    one = found.members.filter(pk=member, until_version=None).first()
    if one is None:
        raise Refused("person")
    sent = list(
        Message.objects.filter(operation=found, pk__in=list(messages), sent_at__isnull=False)
    )
    if not sent or len(sent) != len(set(messages)):
        raise Refused("message")
    if any(each.marking == "red" and one.organisation_id not in each.recipients for each in sent):
        raise Refused("marking")
    with guarded():
        Shown.objects.bulk_create(
            [
                Shown(
                    organisation_id=home(user),
                    operation=found,
                    message=each,
                    user_id=one.user_id,
                    at=now(),
                )
                for each in sent
            ],
            ignore_conflicts=True,
        )
        acts.write(user, "operation.show", id_, member=one.pk, messages=[each.pk for each in sent])
