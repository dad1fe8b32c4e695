"""An import on its way through the page: what was read is kept an hour, and nothing is applied.

The draft holds the list as read, never the bytes of the upload, and goes with the import, with the
next draft of its user, or after an hour.
"""

from __future__ import annotations

import datetime as dt
import zlib
from collections.abc import Mapping
from typing import Any

import msgspec
from django.db import transaction
from django.utils import timezone

from vedette.apps.accounts import rules
from vedette.apps.accounts.models import User
from vedette.apps.knowledge.actions.imports import Imported, store_list
from vedette.apps.knowledge.models import ListDraft
from vedette.apps.knowledge.reading import ReadList, read_files

KEPT = dt.timedelta(hours=1)


def make_draft(user: User, files: Mapping[str, bytes], name: str = "") -> ListDraft:
    """Read the files and keep what was read. Raises as `read_files`, and `PermissionDenied`."""
    rules.check(user, "list.import")
    assert user.organisation is not None  # noqa: S101  the rule asks for one
    content = zlib.compress(msgspec.msgpack.encode(read_files(files)), 1)
    with transaction.atomic():
        ListDraft.objects.filter(created_by=user).delete()
        ListDraft.objects.filter(created_at__lt=timezone.now() - KEPT).delete()
        return ListDraft.objects.create(
            organisation=user.organisation,
            created_by=user,
            content=content,
            terms={"name": name} if name else {},
        )


def read_draft(draft: ListDraft) -> ReadList:
    """The list that the draft holds."""
    return msgspec.msgpack.decode(zlib.decompress(draft.content), type=ReadList)


def set_terms(draft: ListDraft, terms: Mapping[str, Any]) -> None:
    """Keep name, purpose, basis, owner, expiry and weight, as the form cleaned them."""
    draft.terms = msgspec.to_builtins(dict(terms))
    draft.save(update_fields=["terms"])


def apply_draft(draft: ListDraft, user: User) -> Imported:
    """Import what the draft holds, and end the draft. Raises as `store_list`."""
    terms = dict(draft.terms)
    expires = terms.pop("expires_on", None)
    with transaction.atomic():
        organisation = draft.organisation
        done = store_list(
            organisation, user, read=read_draft(draft), using="default",
            expires_on=dt.date.fromisoformat(expires) if expires else None, **terms,
        )  # fmt: skip
        draft.delete()
    return done
