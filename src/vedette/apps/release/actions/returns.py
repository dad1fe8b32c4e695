"""Records the feedback (confirmations of receipt, and sightings) to the owner of an object, and carries out
the owner's recalls. A recall concerns all recipients or some of them. A worker carries out the recalls.
"""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Collection
from typing import Any

from django.core.exceptions import PermissionDenied
from django.db import transaction
from psycopg import Connection

from vedette.apps.accounts import acts, rules
from vedette.apps.accounts.models import User
from vedette.apps.columns import new_id
from vedette.apps.release.deciding import now
from vedette.apps.release.models import Content, Copy, Feedback, Item, Recall, Release
from vedette.core import canonical
from vedette.keys.ring import Keys

#: Number of recalls that are carried out in one transaction.
CHUNK = 20
#: Minimum number of characters of the reason of a recall and of an objection.
SHORTEST = 10


class Refused(rules.Coded):
    """The error that is raised if an action on a released object is not possible. `code` is `never_sent`,
    `not_owner`, `why`, `state` or `what`.
    """


@transaction.atomic
def record(by: User, copy: Copy, what: str) -> None:
    """Records that a reader opened a copy of an object, or that the object was sighted. For each role of a
    reader, a confirmation of receipt and a sighting are each recorded at most once. Raises `Refused` and
    `PermissionDenied`.
    """
    rules.check(by, "release.see" if what == Feedback.What.OPENED else "release.send")
    if what not in Feedback.What.values or what == Feedback.What.ARRIVED:
        raise Refused("what")
    if copy.organisation_id != by.organisation_id:
        raise PermissionDenied("release.see")
    if copy.state != Copy.State.ACTIVE:
        raise Refused("state")
    role = by.role if what == Feedback.What.OPENED else ""
    at, id_ = now(), new_id()
    type_ = "receipt" if what == Feedback.What.OPENED else "sighting"
    content = {"about": str(copy.item_id), "what": what, "at": at.isoformat()}
    made = canonical.version(type_, id_, copy.organisation_id, 1, None, content)
    row = Feedback(
        id=id_, organisation_id=copy.organisation_id, object=copy.object, owner_id=copy.owner_id,
        copy=copy, what=what, role=role, hash=canonical.digest(made), at=at,
    )  # fmt: skip
    if not Feedback.objects.filter(copy=copy, what=what, role=role).exists():
        Feedback.objects.bulk_create([row], ignore_conflicts=True)
        acts.write(by, "release.feedback", copy.object, kind=what)


@transaction.atomic
def recall(by: User, object: uuid.UUID, why: str, keep: Collection[uuid.UUID] = ()) -> Recall:
    """Recalls an object from all organisations that received it, or from all organisations except the
    organisations in `keep`.

    Raises `Refused` and `PermissionDenied`.
    """
    rules.check(by, "release.send")
    assert by.organisation_id is not None  # noqa: S101  the right requires one
    if len(why.strip()) < SHORTEST:
        raise Refused("why")
    versions = Item.objects.filter(object=object, organisation_id=by.organisation_id)
    latest = versions.order_by("-number").first()
    if latest is None:
        raise Refused("not_owner")
    if not Release.objects.filter(object=object).exists():
        raise Refused("never_sent")
    at, id_ = now(), new_id()
    content = {
        "about": str(object), "hash": latest.hash, "at": at.isoformat(), "why": why.strip()[:300],
        "keep": sorted(str(one) for one in keep),
    }  # fmt: skip
    made = Recall(
        id=id_, organisation_id=by.organisation_id, object=object, keep=sorted(set(keep)),
        of_hash=latest.hash, why=why.strip()[:300], by=by, at=at,
        hash=canonical.digest(canonical.version("recall", id_, by.organisation_id, 1, None, content)),
    )  # fmt: skip
    made.save(force_insert=True)
    acts.write(by, "release.recall", object, keep=len(made.keep), words={"why": why})
    return made


@transaction.atomic
def object_to_removal(by: User, copy: Copy, ground: str) -> None:
    """Records an objection to the removal of the content: the recipient states why the content is needed even
    if the owner recalls it, for example as evidence in a case. A recall then locks the content instead of
    deleting it, until the data-protection officer decides. Raises `Refused` and `PermissionDenied`.
    """
    rules.check(by, "release.send")
    if len(ground.strip()) < SHORTEST:
        raise Refused("why")
    held = Copy.objects.select_for_update(of=("self",)).get(pk=copy.pk)
    if held.state != Copy.State.ACTIVE:
        raise Refused("state")
    held.objection = ground.strip()[:300]
    held.save(update_fields=["objection"])
    acts.write(by, "release.object", copy.object, words={"why": ground})


@transaction.atomic
def decide_sealed(by: User, copy: Copy, keep: bool) -> None:
    """Records the decision of the data-protection officer on the locked content of a recalled copy. Raises
    `Refused` and `PermissionDenied`.
    """
    rules.check(by, "release.keep")
    held = Copy.objects.select_for_update(of=("self",)).get(pk=copy.pk)
    if held.state != Copy.State.SEALED:
        raise Refused("state")
    if not keep:
        Content.objects.filter(of=held.pk).delete()
    held.state = Copy.State.KEPT if keep else Copy.State.RECALLED
    held.decided_by, held.decided_at = by, now()
    held.save(update_fields=["state", "decided_by", "decided_at"])
    acts.write(by, "release.keep", copy.object, keep=keep)


# --- what workers do ------------------------------------------------------------------------------

_MARK = """
    UPDATE release_copy c
    SET state = CASE WHEN c.objection <> '' THEN 'sealed' ELSE 'recalled' END, recalled_at = %(now)s,
        passes_left = 0
    FROM release_item i
    WHERE c.object = %(object)s AND c.owner_id = %(owner)s AND c.state = 'active' AND i.id = c.item_id
      AND i.created_at <= %(at)s AND NOT c.organisation_id = ANY(%(keep)s)
    RETURNING c.id, c.organisation_id, c.state
"""


def carry_out(connection: Connection[Any], keys: Keys, now: dt.datetime) -> int:
    """Carries out the pending recalls. Deletes the content of the copies or, if the recipient has objected,
    locks it. The rows of the copies are kept and record the recall. Returns the number of recalled copies. A
    recall also applies to copies that were passed on, because each copy refers to its object.
    """
    count = 0
    with connection.transaction():
        waiting = connection.execute(
            "SELECT id, organisation_id, object, keep, at FROM release_recall WHERE done_at IS NULL"
            " ORDER BY at, id LIMIT %s FOR UPDATE SKIP LOCKED",
            [CHUNK],
        ).fetchall()
        for id_, owner, object_, keep, at in waiting:
            marked = connection.execute(
                _MARK, {"now": now, "object": object_, "owner": owner, "keep": keep, "at": at}
            ).fetchall()
            removed = [copy for copy, _, state in marked if state == "recalled"]
            connection.execute("DELETE FROM release_content WHERE of = ANY(%s)", [removed])
            connection.execute(
                "UPDATE release_recall SET done_at = %s, removed = %s, sealed = %s"
                " WHERE id = %s AND organisation_id = %s",
                [now, len(removed), len(marked) - len(removed), id_, owner],
            )
            told = [
                acts.Entry(holder, None, "release.recalled", str(object_), {"state": state})
                for _, holder, state in marked
            ]
            acts.write_many(connection, keys, told)
            count += len(marked)
    return count


def forget(connection: Connection[Any], now: dt.datetime) -> int:
    """Deletes nominal content after the retention period of the content. Returns the number of rows."""
    return connection.execute("DELETE FROM release_content WHERE delete_at <= %s", [now]).rowcount
