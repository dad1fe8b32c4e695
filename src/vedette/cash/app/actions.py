"""The actions of officers on movements of cash: recording a movement, accepting an announcement, and counting
the cash. Each action is one transaction and writes an entry in the journal."""

from __future__ import annotations

import datetime as dt
import hashlib
import uuid
from collections.abc import Sequence
from typing import Any

import msgspec
from django.db import connection as web
from django.db import transaction
from django.db.models import Max, Q

from vedette.apps.accounts import acts, rules
from vedette.apps.accounts.models import User
from vedette.apps.accounts.rules import Coded
from vedette.apps.inbox.models import Inbox
from vedette.apps.inbox.receiving import bytes_of, of_account
from vedette.apps.keyring import keyring
from vedette.apps.subjects.models import Identifier, Subject
from vedette.apps.subjects.rows import lock
from vedette.cash import counts
from vedette.cash.app import rows
from vedette.cash.app.dossier import dossier
from vedette.cash.app.models import Count, CountClear, Movement, Pair
from vedette.cash.formats import statement
from vedette.cash.movements import Item
from vedette.cash.records import Count as Content
from vedette.cash.records import Message
from vedette.core.records import Envelope

#: The source of files in the inbox that an officer's form makes.
SOURCE = "form"
#: Greatest number of versions of a count.
MOST_VERSIONS = 100


class Refused(Coded):
    """The error that is raised if an action on a movement of cash is not possible. `code` identifies the
    reason (`views.REFUSED`).
    """


def now() -> dt.datetime:
    """Returns the time of the database."""
    with web.cursor() as cursor:
        cursor.execute("SELECT vedette_now()")
        found: dt.datetime = cursor.fetchone()[0]
    return found


@transaction.atomic
def record(user: User, form: uuid.UUID, stated: dict[str, Any], amends: str = "") -> str:
    """Puts the content of the officer's form into the inbox as a message. A worker stores and screens this
    message like every other message. A second request with the same `form` and the same content changes
    nothing. If the content of the second request differs, its message is stored as a later statement about
    the same record. Returns the reference of the record. Raises `PermissionDenied`.
    """
    rules.check(user, "cash.record")
    assert user.organisation_id is not None  # noqa: S101  the rule asks for an organisation
    at = now()
    reference = stated.get("reference") or f"CASH-{form.hex[:12].upper()}"
    data = statement.write(
        Message(
            format=statement.NAME,
            envelope=Envelope(prepared=at.replace(tzinfo=None), interchange_ref=form.hex),
            source="officer",
            action="correction" if amends else "original",
            amends=amends or None,
            declared=at.replace(tzinfo=None, microsecond=0),
            **{**stated, "reference": reference},
        )
    )
    submitter = of_account(user.pk)
    # A form that is sent twice with the same content is one message.
    digest = hashlib.sha256(form.bytes + msgspec.json.encode([stated, amends])).digest()
    Inbox.objects.bulk_create(
        [
            Inbox(
                organisation_id=user.organisation_id, received_at=at, source=SOURCE,
                submitter=submitter, name=f"{form}.json", size=len(data),
                token=keyring().token("inbox", *bytes_of(digest, submitter)),
                sealed=keyring().seal(data),
            )
        ],
        ignore_conflicts=True,
    )  # fmt: skip
    acts.write(user, "cash.record", form, size=len(data))
    return str(reference)


def _locked(user: User, id_: uuid.UUID) -> Movement:
    """Locks a movement that the user may change, and returns the movement. Raises `Movement.DoesNotExist` and
    `Refused`.

    The function first acquires the lock that workers also acquire. Without this lock, a worker that read the
    movement before the officer's change, in order to add a message, would overwrite this change.
    """
    rules.check(user, "cash.record")
    assert web.connection is not None  # noqa: S101  the transaction opened it
    lock(web.connection, [id_])
    Subject.objects.select_for_update().get(pk=id_)
    found = Movement.objects.select_related("subject").get(pk=id_)
    if found.subject.restricted:
        raise Refused("restricted")
    return found


@transaction.atomic
def accept(user: User, id_: uuid.UUID, seen: str) -> Movement:
    """Accepts an announcement after the officer compared the announcement with the identity document.

    After the acceptance, the announcement is treated like every other declaration, and only officers can
    change the declaration. A worker screens the declaration again. Unlike the screening of announcements,
    this screening also uses profiles. `seen` is the statement (`Movement.stated`) that the officer compared
    with the document. Raises `Refused` if the traveller has corrected the announcement in the meantime.
    """
    found = _locked(user, id_)
    if not found.announced:
        raise Refused("accepted")
    if found.stated != seen:
        raise Refused("changed")
    file = dossier(id_)
    if file.state is None:
        raise Refused("masked")
    item = Item(id_, state=file.state)
    Movement.objects.filter(pk=id_).update(
        announced=False, accepted_at=(at := now()), accepted_by=user, pair_on=at.date()
    )
    Identifier.objects.filter(subject_id=id_, kind=rows.ANNOUNCED).delete()
    Identifier.objects.bulk_create(
        [
            Identifier(
                organisation_id=found.organisation_id, subject_id=id_, kind=kind, token=token, at=at
            )
            for kind, token in rows.identifiers(item, keyring())
        ],
        ignore_conflicts=True,
    )
    Subject.objects.filter(pk=id_).update(screen_again=True)
    acts.write(user, "cash.accept", id_)
    return Movement.objects.get(pk=id_)


@transaction.atomic
def count(user: User, id_: uuid.UUID, form: uuid.UUID, content: Content, version: int) -> Count:
    """Stores a new version of the count, with the difference of each line. A worker screens the movement
    again. `version` is the number of the last version that the officer saw. A second request with the same
    `form` returns the same version. Raises `Refused` if another person stored a count in the meantime.
    """
    found = _locked(user, id_)
    # The browser states `form`: the id must not be that of a count of another movement.
    made_id = uuid.uuid5(id_, form.hex)
    if stored := Count.objects.filter(pk=made_id).first():
        return stored
    if found.announced:
        raise Refused("announced")
    last = Count.objects.filter(subject_id=id_).aggregate(n=Max("number"))["n"] or 0
    if last != version:
        raise Refused("stale")
    if last >= MOST_VERSIONS:
        raise Refused("many")
    file = dossier(id_)
    if file.hidden:
        raise Refused("masked")
    if counts.faults(file.lines, content):
        raise Refused("faults")
    differences = counts.differences(file.lines, content)
    made = Count.objects.create(
        id=made_id, organisation_id=found.organisation_id, subject_id=id_, number=last + 1,
        at=content.at or now(), by=user, differs=bool(differences),
    )  # fmt: skip
    CountClear.objects.create(
        movement_id=id_, count_id=made.pk, retention_class=found.retention_class,
        month=found.month, organisation_id=found.organisation_id,
        content=msgspec.to_builtins(msgspec.structs.replace(content, version=last + 1)),
        differences=msgspec.to_builtins(differences),
    )  # fmt: skip
    Subject.objects.filter(pk=id_).update(screen_again=True)
    Movement.objects.filter(pk=id_).update(pair_on=now().date(), differs=made.differs)
    acts.write(user, "cash.count", id_, version=last + 1, differs=made.differs)
    return made


@transaction.atomic
def separate(user: User, id_: uuid.UUID, other: uuid.UUID) -> None:
    """Separates the two records of a pair, because the records do not belong to the same movement. A worker
    compares each of the two records with other records again. The worker never pairs these two records again.
    Raises `Refused` if the two records are not a pair.
    """
    for one in sorted((id_, other)):
        _locked(user, one)
    both = Q(subject_id=id_, other_id=other) | Q(subject_id=other, other_id=id_)
    at = now()
    if not Pair.objects.filter(both, separated_at=None).update(separated_at=at, separated_by=user):
        raise Refused("not_paired")
    Movement.objects.filter(pk__in=(id_, other)).update(pair_on=at.date())
    Subject.objects.filter(pk__in=(id_, other)).update(screen_again=True)
    acts.write(user, "cash.separate", id_, other=str(other))


def in_inbox(form: uuid.UUID, user: User) -> bool:
    """Returns whether the message of a form still waits for a worker."""
    waiting: Sequence[str] = (Inbox.State.WAITING,)
    return Inbox.objects.filter(
        name=f"{form}.json", submitter=of_account(user.pk), state__in=waiting
    ).exists()
