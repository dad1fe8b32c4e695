"""Receives encrypted entries: in parts from the device on which they were recorded, or in a file from a
device.

An entry is acknowledged with its id and the hash of its encrypted bytes after all bytes are stored. A worker
later decrypts the entry (`taking.py`). The web server does not have the key to decrypt the entry. An entry
that is sent again is acknowledged again and is not stored again.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import uuid
from dataclasses import dataclass, field

from django.db import IntegrityError, connection, transaction
from django.db.models import Count, Sum
from django.db.models.functions import Length

from vedette.apps.accounts import acts, rules
from vedette.apps.accounts.models import User
from vedette.apps.keyring import keyring
from vedette.apps.offline.models import Entry, Part
from vedette.apps.query import now
from vedette.formats import field_entries
from vedette.keys.ring import DamagedError, sealed_for

#: Greatest size of a part. Limits for one person: bytes of incomplete entries, entries that wait.
MOST_PART, MOST_OPEN, MOST_WAITING = 256 * 1024, 64 * 1024 * 1024, 5_000
#: Greatest sum of bytes that one person handed in for others and that wait for their acceptance.
MOST_HELD = 512 * 1024 * 1024
#: Greatest size of a file, and how many entries it may contain.
MOST_FILE, MOST_IN_FILE = 60 * 1024 * 1024, 2_000
#: How long the rows of entries stay, and the parts of an entry whose sending was given up.
KEPT, PARTS_KEPT = dt.timedelta(days=400), dt.timedelta(days=30)


class Refused(rules.Coded):
    """The error that is raised if an entry is not accepted. The codes are the keys of `wording.PROBLEMS`."""


@dataclass(frozen=True)
class Stated:
    """The data about an entry that the device sends together with the entry."""

    id: uuid.UUID
    owner: uuid.UUID
    size: int
    digest: bytes
    made_at: dt.datetime
    sent_at: dt.datetime | None


@dataclass(frozen=True)
class Answer:
    """The response to a transfer: the number of bytes of an entry that have arrived, and whether the entry is
    stored."""

    have: int
    stored: bool


def have(user: User, id_: uuid.UUID, digest: bytes) -> Answer:
    """Returns how much of an entry has arrived. Raises `Refused` if the id belongs to another entry."""
    rules.check(user, "field.enter")
    if found := Entry.objects.filter(pk=id_).first():
        return _known(user, found, digest)
    return Answer(_arrived(user, id_), False)


def _known(user: User, found: Entry, digest: bytes) -> Answer:
    if found.author_id != user.pk or bytes(found.digest) != digest:
        raise Refused("id")
    if found.state == Entry.State.HELD and found.code == "other" and found.author_id == user.pk:
        # The person to whom the entry belongs sends it as well, and so confirms it.
        Entry.objects.filter(pk=found.pk).update(state=Entry.State.WAITING, code="")
    return Answer(found.size, True)


def _arrived(user: User, id_: uuid.UUID) -> int:
    parts = Part.objects.filter(author=user, entry=id_)
    return parts.aggregate(n=Sum(Length("data")))["n"] or 0


@transaction.atomic
def receive(user: User, stated: Stated, start: int, data: bytes) -> Answer:
    """Stores a part of an entry; `start` is the position of its first byte. When the last part arrives, the
    complete entry is stored. Raises `Refused` if another person is signed in, if the id belongs to another
    entry, if the entry is encrypted for another installation, or if a limit is reached.
    """
    rules.check(user, "field.enter")
    if stated.owner != user.pk:
        raise Refused("person")
    if not 0 < stated.size <= field_entries.MOST_BYTES or len(data) > MOST_PART:
        raise Refused("large")
    with connection.cursor() as cursor:
        # Two windows of the browser may send the same entry.
        cursor.execute("SELECT pg_advisory_xact_lock(hashtextextended(%s, 0))", [str(stated.id)])
    if found := Entry.objects.filter(pk=stated.id).first():
        return _known(user, found, stated.digest)
    arrived = _arrived(user, stated.id)
    if start != arrived or start + len(data) > stated.size:
        # The device asks again where to continue.
        return Answer(arrived, False)
    if start + len(data) < stated.size:
        if data:
            _keep(user, stated.id, start, data)
        return Answer(start + len(data), False)
    parts = Part.objects.filter(author=user, entry=stated.id).order_by("start")
    whole = b"".join(bytes(one) for one in parts.values_list("data", flat=True)) + data
    parts.delete()
    if hashlib.sha256(whole).digest() != stated.digest:
        # Damaged on the way: the device sends it from its beginning.
        return Answer(0, False)
    _store(user, stated, whole, user.pk)
    return Answer(stated.size, True)


def _keep(user: User, id_: uuid.UUID, start: int, data: bytes) -> None:
    assert user.organisation_id is not None  # noqa: S101  the right requires one
    mine = Part.objects.filter(author=user)
    if (mine.aggregate(n=Sum(Length("data")))["n"] or 0) + len(data) > MOST_OPEN:
        raise Refused("full")
    Part.objects.create(
        organisation_id=user.organisation_id,
        author=user,
        entry=id_,
        start=start,
        data=data,
        at=now(),
    )


def _store(user: User, stated: Stated, blob: bytes, author: uuid.UUID) -> Entry:
    assert user.organisation_id is not None  # noqa: S101  the right requires one
    try:
        key = sealed_for(blob)
    except DamagedError as error:
        raise Refused("damaged") from error
    if f"{key}.pub" not in keyring().ids("field.pub"):
        raise Refused("installation")
    at, own = now(), author == user.pk
    rows = (
        Entry.objects.filter(author_id=author, state=Entry.State.WAITING)
        if own
        else Entry.objects.filter(delivered_by=user, state=Entry.State.HELD)
    ).aggregate(number=Count("pk"), size=Sum("size"))
    if rows["number"] >= MOST_WAITING or (not own and (rows["size"] or 0) + len(blob) > MOST_HELD):
        raise Refused("full")
    made = Entry(
        id=stated.id, organisation_id=user.organisation_id, author_id=author, delivered_by=user,
        size=len(blob), digest=stated.digest, sealed=blob, made_at=stated.made_at, sent_at=stated.sent_at,
        received_at=at, state=Entry.State.WAITING if own else Entry.State.HELD,
        code="" if own else "other", delete_at=at + KEPT,
    )  # fmt: skip
    try:
        with transaction.atomic():
            made.save(force_insert=True)
    except IntegrityError as error:
        # An entry that the user does not see has this id.
        raise Refused("id") from error
    acts.write(user, "field.receive", made.pk, own=own)
    return made


@dataclass
class HandedIn:
    """The result for a file: the ids of the stored entries, the ids of the entries that were stored before,
    and the parts that could not be stored, each with the code of the reason.
    """

    stored: list[uuid.UUID] = field(default_factory=list)
    held: list[uuid.UUID] = field(default_factory=list)
    known: list[uuid.UUID] = field(default_factory=list)
    refused: list[tuple[int, str]] = field(default_factory=list)


@transaction.atomic
def hand_in(user: User, content: bytes) -> HandedIn:
    """Stores the encrypted entries of a file. The user's own entries are treated as if the device had sent
    them. The entries of another person are stored after this person or a supervisor has accepted them. Raises
    `Refused` if the file is not a file of entries.
    """
    rules.check(user, "field.enter")
    if len(content) > MOST_FILE:
        raise Refused("file_large")
    done = HandedIn()
    try:
        for number, one in enumerate(field_entries.read_file(content), 1):
            if number > MOST_IN_FILE:
                done.refused.append((number, "file_many"))
                break
            if isinstance(one, field_entries.Damaged):
                done.refused.append((one.number, "damaged"))
                continue
            try:
                _hand_in(user, one, done)
            except Refused as refused:
                done.refused.append((number, refused.code))
    except field_entries.Unreadable as error:
        raise Refused("file") from error
    return done


def _hand_in(user: User, one: field_entries.Sealed, done: HandedIn) -> None:
    digest = hashlib.sha256(one.blob).digest()
    if found := Entry.objects.filter(pk=one.id).first():
        if bytes(found.digest) != digest:
            raise Refused("id")
        if found.author_id == user.pk:
            _known(user, found, digest)
        done.known.append(one.id)
        return
    if not User.objects.filter(pk=one.owner, organisation=user.organisation).exists():
        raise Refused("owner")
    stated = Stated(one.id, one.owner, len(one.blob), digest, one.made, None)
    _store(user, stated, one.blob, one.owner)
    (done.stored if one.owner == user.pk else done.held).append(one.id)


@transaction.atomic
def accept(user: User, id_: uuid.UUID) -> None:
    """Accepts an entry that waits for a person: the person to whom it belongs, or a supervisor.

    A worker then stores the entry in the name of the person who accepted the entry. Raises `Refused` if no
    worker has opened the entry yet, because a person must be able to read an entry before accepting it.
    """
    found = Entry.objects.select_for_update(of=("self",)).get(pk=id_)
    own = found.author_id == user.pk
    rules.check(user, "field.enter" if own else "field.accept")
    if found.state != Entry.State.HELD or (own and found.code != "other"):
        raise Refused("state")
    if found.content is None:
        raise Refused("sealed")
    Entry.objects.filter(pk=id_).update(
        state=Entry.State.WAITING, code="", accepted_by=user, accepted_at=now()
    )
    acts.write(user, "field.accept", id_, own=own)


@transaction.atomic
def discard(user: User, id_: uuid.UUID) -> None:
    """Discards an entry that could not be stored, or that nobody has accepted yet. Its row stays."""
    found = Entry.objects.select_for_update(of=("self",)).get(pk=id_)
    rules.check(user, "field.enter" if found.author_id == user.pk else "field.accept")
    if found.state not in (Entry.State.HELD, Entry.State.PROBLEM):
        raise Refused("state")
    Entry.objects.filter(pk=id_).update(state=Entry.State.DISCARDED, content=None, sealed=None)
    acts.write(user, "field.discard", id_)
