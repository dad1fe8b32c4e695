"""An import on its way: what was read is kept an hour, and nothing is applied before a second person
allows it (`apps.approvals`).

The draft holds the list as read, never the bytes of the upload, and goes with the import, with the
next draft of its user, after an hour, or when nobody decided in time.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import zlib
from collections.abc import Mapping
from typing import Any

import msgspec
from django.db import transaction
from django.db.models import Q, QuerySet
from django.utils import timezone

from vedette.apps.accounts import rules
from vedette.apps.accounts.models import Approval, User
from vedette.apps.approvals import actions as approvals
from vedette.apps.lists.actions.imports import Imported, store_list
from vedette.apps.lists.models import ListDraft
from vedette.apps.lists.reading import ReadList, read_files

KEPT = dt.timedelta(hours=1)


def make_draft(user: User, files: Mapping[str, bytes], name: str = "") -> ListDraft:
    """Read the files and keep what was read. Raises as `read_files`, and `PermissionDenied`."""
    rules.check(user, "list.import")
    assert user.organisation is not None  # noqa: S101  the rule asks for one
    content = zlib.compress(msgspec.msgpack.encode(read_files(files)), 1)
    with transaction.atomic():
        ListDraft.objects.filter(created_by=user, asked_at=None).delete()
        ListDraft.objects.exclude(pk__in=kept().values("pk")).delete()
        return ListDraft.objects.create(
            organisation=user.organisation,
            created_by=user,
            content=content,
            terms={"name": name} if name else {},
        )


def kept() -> QuerySet[ListDraft]:
    """The drafts whose time is not over."""
    now = timezone.now()
    return ListDraft.objects.filter(
        Q(asked_at=None, created_at__gte=now - KEPT) | Q(asked_at__gte=now - approvals.WAITS)
    )


def read_draft(draft: ListDraft) -> ReadList:
    """The list that the draft holds."""
    return msgspec.msgpack.decode(zlib.decompress(draft.content), type=ReadList)


def set_terms(draft: ListDraft, terms: Mapping[str, Any]) -> None:
    """Keep name, purpose, basis, owner, expiry and weight, as the form cleaned them."""
    draft.terms = msgspec.to_builtins(dict(terms))
    draft.save(update_fields=["terms"])


def ask_to_apply(draft: ListDraft, by: User, why: str) -> Approval:
    """Asks a second person to allow the import. Raises as `approvals.actions.ask`."""
    read = read_draft(draft)
    with transaction.atomic():
        draft.asked_at = timezone.now()
        draft.save(update_fields=["asked_at"])
        return approvals.ask(
            by, Approval.Kind.LIST, draft.pk, draft.terms["purpose"], why,
            detail={
                "entries": len(read.items), "problems": len(read.problems), "hash": _hash(draft),
            },
        )  # fmt: skip


def _hash(draft: ListDraft) -> str:
    """What was asked for, to the byte: the second person allows that and nothing else."""
    terms = msgspec.json.encode(draft.terms, order="deterministic")
    return hashlib.sha256(bytes(draft.content) + terms).hexdigest()


def carry(approval: Approval) -> None:
    """The import that was allowed, in the name of who asked for it."""
    draft = ListDraft.objects.filter(pk=approval.subject).first()
    if draft is None or approval.detail.get("hash") != _hash(draft):
        raise approvals.Refused("gone")
    apply_draft(draft, approval.asked_by)


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
