"""Contains the actions of web users on the inbox. A user adds a file, or returns a failed file to the inbox.

Each action is one transaction, and writes a journal entry that contains only ids and numbers.
"""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from pathlib import PurePath
from typing import Any

from django.db import transaction
from django.utils import timezone

from vedette.apps.accounts import acts, rules
from vedette.apps.accounts.models import User
from vedette.apps.inbox.models import Inbox
from vedette.apps.inbox.receiving import bytes_of, of_account
from vedette.apps.keyring import keyring

#: The states of files that could not be read and may be tried again.
STUCK = (Inbox.State.FAILED, Inbox.State.QUARANTINED)


class Gone(Exception):
    """The error that is raised if the bytes of a failed file were deleted after 72 hours. The sender must
    then send the file again."""


@dataclass(frozen=True)
class Receipt:
    """The id of a received file, and whether a file with the same bytes was received before."""

    id: uuid.UUID
    duplicate: bool


def receive(user: User, name: str, data: bytes) -> Receipt:
    """Encrypts a file with the public key of the workers, and puts it into the inbox. A file with the same
    bytes from the same account is a duplicate. If the file that was received first could not be read, workers
    try to read it again.

    Folders are removed from the file name before the name is stored. Raises `PermissionDenied` if the user
    may not send files.
    """
    rules.check(user, "message.submit")
    assert user.organisation_id is not None  # noqa: S101  the rule asks for an organisation
    now = timezone.now()
    submitter = of_account(user.pk)
    token = keyring().token("inbox", *bytes_of(data, submitter))
    file = Inbox(
        organisation_id=user.organisation_id,
        received_at=now,
        source="api",
        submitter=submitter,
        name=PurePath(name.replace("\\", "/")).name[:200],
        size=len(data),
        token=token,
        sealed=keyring().seal(data),
    )
    with transaction.atomic():
        Inbox.objects.bulk_create([file], ignore_conflicts=True)
        kept = Inbox.objects.select_for_update().get(organisation=user.organisation_id, token=token)
        stuck = kept.state in STUCK
        if stuck:
            _back(kept, file.sealed)
        duplicate = kept.id != file.id and not stuck
        acts.write(user, "message.receive", kept.id, size=len(data), duplicate=duplicate)
    return Receipt(kept.id, duplicate)


def retry(user: User, file: uuid.UUID) -> Inbox:
    """Returns a failed or quarantined file to the inbox. Sets the number of attempts and the number of
    crashes of the file to 0.

    Raises `Inbox.DoesNotExist` if the user may not see the file, or if its state is not one of `STUCK`.
    Raises `Gone` if the bytes of the file were deleted, and `PermissionDenied` if the user does not have the
    right.
    """
    rules.check(user, "message.retry")
    with transaction.atomic():
        kept = Inbox.objects.select_for_update().get(pk=file, state__in=STUCK)
        if kept.sealed is None:
            raise Gone
        _back(kept, kept.sealed)
        acts.write(user, "message.retry", kept.id)
    return kept


def _back(kept: Inbox, sealed: Any) -> None:
    Inbox.objects.filter(pk=kept.pk).update(
        state=Inbox.State.WAITING, attempts=0, deaths=0, holder=None, claimed_at=None,
        finished_at=None, failure=None, sealed=sealed,
    )  # fmt: skip
