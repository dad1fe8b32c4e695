"""Field entries written as the delivery and the worker would, for tests that need one of each kind."""

from __future__ import annotations

import datetime as dt
import hashlib
import io
import uuid
from collections.abc import Iterable
from typing import Any

from PIL import Image
from tests.apps.operations.scene import TYPED, when

from vedette.apps.accounts.models import User
from vedette.apps.columns import new_id
from vedette.apps.keyring import keyring, lock_bytes
from vedette.apps.offline.models import Entry, Part, Photograph
from vedette.apps.offline.taking import PICTURE
from vedette.formats import field_entries

_LONG_AGO = dt.timedelta(days=500)


def fill(home: uuid.UUID, people: Iterable[User]) -> dict[str, Any]:
    """An entry that could not be stored, with a photograph. The first three persons made, delivered and
    accepted it."""
    author, *others = people
    entry = _entry(
        home, author, state="problem", code="values", problems={"place": "missing"},
        delivered_by=(others or [author])[0], accepted_by=(others or [author])[-1],
    )  # fmt: skip
    photograph = Photograph.objects.using("intake").create(
        organisation_id=home, entry=entry, number=1, width=8, height=6, digest=b"d" * 32,
        picture=lock_bytes(_picture(), PICTURE),
    )  # fmt: skip
    return {"field entry": entry.pk, "field photograph": photograph.pk}


def leave(home: uuid.UUID, user: User, operation: uuid.UUID) -> None:
    """A sealed entry that waits, and for the deletion: an entry whose period is over, and a part of an entry
    whose sending was given up."""
    entry = field_entries.Entry(
        id=new_id(), owner=user.pk, made=dt.datetime.now(dt.UTC), kind="operation", target=operation,
        form="control", template=1, values={**TYPED["control"], "happened": when(1)},
    )  # fmt: skip
    blob = keyring().seal(field_entries.write(entry), "field")
    _entry(home, user, id=entry.id, state="waiting", sealed=blob, size=len(blob))
    at = dt.datetime.now(dt.UTC) - _LONG_AGO
    _entry(home, user, state="stored", received_at=at, delete_at=at + dt.timedelta(days=400))
    Part.objects.using("intake").create(
        organisation_id=home, author=user, entry=new_id(), start=0, data=b"part", at=at
    )


def _entry(home: uuid.UUID, author: User, **more: Any) -> Entry:
    at = dt.datetime.now(dt.UTC)
    given = {
        "id": new_id(), "organisation_id": home, "author": author, "delivered_by": author, "size": 9,
        "digest": hashlib.sha256(author.pk.bytes).digest(), "made_at": at, "sent_at": at,
        "received_at": at, "delete_at": at + dt.timedelta(days=400),
    } | more  # fmt: skip
    return Entry.objects.using("intake").create(**given)


def _picture() -> bytes:
    out = io.BytesIO()
    Image.new("RGB", (8, 6)).save(out, "JPEG")
    return out.getvalue()
