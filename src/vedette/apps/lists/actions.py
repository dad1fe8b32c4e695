"""Changes of lists: imports, drafts of imports, and lookouts. Each change is made in one transaction."""

from __future__ import annotations

import datetime as dt
import hashlib
import uuid
import zlib
from collections.abc import Collection, Mapping
from typing import Any, NamedTuple

import msgspec
from django.db import connections, transaction
from django.db.models import Q, QuerySet
from django.utils import timezone

from vedette.apps import query
from vedette.apps.accounts import acts, rules
from vedette.apps.accounts.models import Approval, Organisation, User
from vedette.apps.approvals import actions as approvals
from vedette.apps.columns import Purpose, new_id
from vedette.apps.lists.models import ListDraft, ListEntry, ListVersion, Lookout, Watchlist
from vedette.apps.lists.reading import Item, ReadList, read_files
from vedette.core.entries import Entry, EntryDate, EntryIdentifier, EntryName
from vedette.core.names import fold
from vedette.formats.lists import entry_hash

#: The name of the list that contains the lookouts of an organisation.
LOOKOUTS = "Lookouts"


def bump(organisation: uuid.UUID, using: str) -> int:
    """Increments the number of changes of the lists of an organisation, and returns it (`query.changed`)."""
    return query.changed("lists_knowledgestate", organisation, using)


#: The attributes of a list. A new version keeps them.
TERMS = ("name", "purpose", "basis", "owner", "expires_on", "weight")
#: The number of entries in one INSERT or UPDATE.
_BATCH = 2000


class Imported(NamedTuple):
    """The current version of a list after an import. `new` is false if the content did not change."""

    version: ListVersion
    new: bool


class Changes(NamedTuple):
    """The difference between two versions: the added entries, the changed entries, and the ids (`ref`) of the
    removed entries."""

    added: list[Item]
    changed: list[Item]
    removed: list[str]


def import_list(
    organisation: Organisation, user: User | None, name: str, files: Mapping[str, bytes], *args: Any,
    **terms: Any,
) -> Imported:  # fmt: skip
    """Reads `files` (name → bytes) and makes them the current version of the list `name`. The other arguments
    are the same as the arguments of `store_list`.

    Raises `formats.lists.UnknownList` if nothing can be read. Raises the same exceptions as `store_list`.
    """
    return store_list(organisation, user, name, read_files(files), *args, **terms)


def store_list(
    organisation: Organisation,
    user: User | None,
    name: str,
    read: ReadList,
    purpose: str,
    basis: str,
    owner: str = "",
    expires_on: dt.date | None = None,
    weight: int = 70,
    using: str = "intake",
) -> Imported:
    """Stores a list that was read as the current version of the list `name`, in one transaction.

    The version of an entry is the hash of its content. So an entry whose content did not change keeps its
    version, and importing the same list again changes nothing. `user` is None on the command line. Raises
    `ValueError` if an attribute is not valid, and `PermissionDenied` if the user may not import lists.
    """
    if user is not None:
        rules.check(user, "list.import")
    check_terms(name, purpose, basis, weight)
    with transaction.atomic(using=using):
        terms = {
            "purpose": purpose,
            "basis": basis[:300],
            "owner": (owner or (user.display() if user else organisation.name))[:200],
            "expires_on": expires_on,
            "weight": weight,
        }
        # This locks the list until the end of the transaction.
        watchlist, _ = Watchlist.objects.using(using).update_or_create(
            organisation_id=organisation.pk,
            name=name.strip(),
            defaults=terms,
            create_defaults={**terms, "synthetic": organisation.synthetic},
        )
        last = watchlist.versions.using(using).order_by("number").last()
        same = last if last is not None and last.content_hash == read.content_hash else None
        version = same or _apply(watchlist, read, user, last.number + 1 if last else 1, using)
        counts: dict[str, Any] = {"version": version.number}
        if same is None:
            bump(organisation.pk, using)
            counts |= {
                "entries": version.entry_count, "added": version.added, "changed": version.changed,
                "removed": version.removed, "problems": len(version.problems),
            }  # fmt: skip
        if user is None:
            counts["by"] = "operator"
        acts.write(
            user, "list.import_again" if same else "list.import", watchlist.pk,
            organisation=organisation.pk, purpose=purpose, using=using, **counts,
        )  # fmt: skip
    return Imported(version, same is None)


def compare(current: Mapping[str, str], items: Collection[Item]) -> Changes:
    """Returns the changes that an import makes to the current entries (ref → content hash)."""
    return Changes(
        added=[item for item in items if item.entry.ref not in current],
        changed=[item for item in items if current.get(item.entry.ref, item.hash) != item.hash],
        removed=sorted(current.keys() - {item.entry.ref for item in items}),
    )


def check_terms(name: str, purpose: str, basis: str, weight: int) -> None:
    purposes = ", ".join(Purpose.values)
    for wrong, text in (
        (not name.strip() or len(name) > 100, "a list needs a name of at most 100 characters"),
        (
            name.strip().casefold() == LOOKOUTS.casefold(),
            "this name is reserved for the list of lookouts: choose another name",
        ),
        (purpose not in Purpose.values, f"unknown purpose; the purposes are: {purposes}"),
        (not basis.strip(), "a list needs a legal basis"),
        (not 0 <= weight <= 100, "the weight is a whole number from 0 to 100"),
    ):
        if wrong:
            raise ValueError(text)


def _apply(
    watchlist: Watchlist, read: ReadList, user: User | None, number: int, using: str
) -> ListVersion:
    entries = ListEntry.objects.using(using).filter(watchlist=watchlist)
    hashes = entries.filter(until=None).values_list("ref", "content_hash")
    changes = compare(dict(hashes), read.items)
    ended = [*(item.entry.ref for item in changes.changed), *changes.removed]
    for start in range(0, len(ended), _BATCH):
        refs = ended[start : start + _BATCH]
        entries.filter(until=None, ref__in=refs).update(until=number)
    begun = [*changes.added, *changes.changed]
    for start in range(0, len(begun), _BATCH):
        _insert(watchlist, begun[start : start + _BATCH], number, using)
    return ListVersion.objects.using(using).create(
        organisation_id=watchlist.organisation_id,
        watchlist=watchlist,
        number=number,
        format=read.format,
        file_name=read.file_name,
        content_hash=read.content_hash,
        published_at=read.published and read.published.replace(tzinfo=dt.UTC),
        imported_by_id=user.pk if user else None,
        entry_count=len(read.items),
        added=len(changes.added),
        changed=len(changes.changed),
        removed=len(changes.removed),
        problems=[msgspec.to_builtins(problem) for problem in read.problems],
    )


#: The columns are passed as arrays, because the web role may not use COPY and the ORM takes three times as
#: long.
_INSERT = """
    INSERT INTO lists_listentry
        (id, organisation_id, watchlist_id, since, asked, withdrawn,
         ref, content_hash, name_key, content)
    SELECT id, %s, %s, %s, false, false, ref, content_hash, name_key, content::jsonb
    FROM unnest(%s::uuid[], %s::text[], %s::text[], %s::text[], %s::text[])
         AS t (id, ref, content_hash, name_key, content)
"""


def _insert(watchlist: Watchlist, items: list[Item], number: int, using: str) -> None:
    arrays: list[list[Any]] = [
        [new_id() for _ in items],
        [item.entry.ref for item in items],
        [item.hash for item in items],
        [name_key(item.entry) for item in items],
        [msgspec.json.encode(item.entry).decode() for item in items],
    ]
    with connections[using].cursor() as cursor:
        cursor.execute(_INSERT, [watchlist.organisation_id, watchlist.pk, number, *arrays])


def name_key(entry: Entry) -> str:
    """Returns the first name of an entry, folded to plain letters, by which pages sort and search."""
    return fold(entry.names[0].full)[:400] if entry.names else ""


#: The time after which a draft that was not submitted is deleted.
KEPT = dt.timedelta(hours=1)


def make_draft(user: User, files: Mapping[str, bytes], name: str = "") -> ListDraft:
    """Reads the files and stores the result as a draft. Raises the same exceptions as `read_files`, and
    `PermissionDenied` if the user may not import lists.

    The draft contains the list as it was read, not the bytes of the files. The draft is deleted
    when it is imported or when the user makes another draft. The draft is also deleted after an
    hour, or if no second person decides in time.
    """
    rules.check(user, "list.import")
    assert user.organisation is not None  # noqa: S101  the rule requires it
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
    """Returns the drafts that have not expired."""
    now = timezone.now()
    return ListDraft.objects.filter(
        Q(asked_at=None, created_at__gte=now - KEPT) | Q(asked_at__gte=now - approvals.WAITS)
    )


def read_draft(draft: ListDraft) -> ReadList:
    """Returns the list in a draft."""
    return msgspec.msgpack.decode(zlib.decompress(draft.content), type=ReadList)


def set_terms(draft: ListDraft, terms: Mapping[str, Any]) -> None:
    """Stores the name, purpose, basis, owner, expiry and weight of the list. The form has checked these
    values."""
    draft.terms = msgspec.to_builtins(dict(terms))
    draft.save(update_fields=["terms"])


def ask_to_apply(draft: ListDraft, by: User, why: str) -> Approval:
    """Requests the approval of the import by a second person. Raises the same exceptions as
    `approvals.actions.ask`."""
    read, terms = read_draft(draft), draft.terms
    hashes = ListEntry.objects.filter(watchlist__name=terms["name"], until=None)
    changes = compare(dict(hashes.values_list("ref", "content_hash")), read.items)
    with transaction.atomic():
        draft.asked_at = timezone.now()
        draft.save(update_fields=["asked_at"])
        return approvals.ask(
            by, Approval.Kind.LIST, draft.pk, terms["purpose"], why,
            detail={
                "name": terms["name"], "basis": terms["basis"], "until": terms.get("expires_on"),
                "entries": len(read.items), "entries_added": len(changes.added),
                "entries_changed": len(changes.changed), "entries_removed": len(changes.removed),
                "problems": len(read.problems), "hash": _hash(draft),
            },
        )  # fmt: skip


def _hash(draft: ListDraft) -> str:
    """Returns the hash of the submitted content and attributes. The approval is valid only for this content
    and these attributes."""
    return hashlib.sha256(
        bytes(draft.content) + msgspec.json.encode(draft.terms, order="deterministic")
    ).hexdigest()


def carry(approval: Approval) -> None:
    """Carries out an approved import in the name of the user who requested it."""
    draft = ListDraft.objects.filter(pk=approval.subject).first()
    if draft is None or approval.detail.get("hash") != _hash(draft):
        raise approvals.Refused("gone")
    apply_draft(draft, approval.asked_by)


def apply_draft(draft: ListDraft, user: User) -> Imported:
    """Imports the list of a draft and deletes the draft. Raises the same exceptions as `store_list`."""
    expires = draft.terms.get("expires_on")
    terms = {**draft.terms, "expires_on": dt.date.fromisoformat(expires) if expires else None}
    with transaction.atomic():
        done = store_list(
            draft.organisation, user, read=read_draft(draft), using="default", **terms
        )
        draft.delete()
    return done


#: The largest number of hours, and the default number, for which a lookout is active before its review.
UNREVIEWED = 24
#: The points of a certain match with a lookout. They are more than those of a list, because a lookout is a
#: current request.
WEIGHT = 80
#: The largest number of hours by which a supervisor may extend a lookout at a time.
LONGEST = 30 * 24


def create_lookout(
    user: User,
    *,
    caller: str,
    why: str,
    document: str = "",
    name: str = "",
    birth_date: dt.date | None = None,
    nationality: str = "",
    group_label: str = "",
    hours: int = UNREVIEWED,
) -> Lookout:
    """Creates a lookout for a document or a name. The lookout is active immediately, for `hours`.
    `nationality` is an alpha-2 code.

    The lookouts of an organisation are entries of one list. The list of lookouts has no imports. So the
    version numbers of lookouts are numbers that `bump` returns. Raises `ValueError` if both the document and
    the name are missing, if the caller or the reason is missing, or if the duration is longer than
    `UNREVIEWED`.
    """
    rules.check(user, "lookout.create")
    if not (document.strip() or name.strip()):
        raise ValueError("a lookout needs a document number or a name")
    if not caller.strip() or not why.strip():
        raise ValueError("a lookout needs a caller and a reason")
    if not 1 <= hours <= UNREVIEWED:
        raise ValueError(f"a lookout is active for 1 to {UNREVIEWED} hours before its review")
    organisation = user.organisation
    assert organisation is not None  # noqa: S101  the rule requires it
    with transaction.atomic():
        since = bump(organisation.pk, "default")
        number = "".join(document.split()).upper()[:35]
        entry = Entry(
            ref=f"L-{since}",
            schema="Person",
            names=(EntryName(full=" ".join(name.split())[:200]),) if name.strip() else (),
            birth_dates=(EntryDate(from_=birth_date, to=birth_date),) if birth_date else (),
            nationalities=(nationality,) if nationality else (),
            identifiers=(EntryIdentifier(kind="document", value=number),) if number else (),
        )
        watchlist, _ = Watchlist.objects.get_or_create(
            organisation_id=organisation.pk,
            lookouts=True,
            defaults={
                "name": LOOKOUTS,
                "purpose": Purpose.BORDER,
                "basis": "entered by an officer; reviewed within a day",
                "owner": organisation.name,
                "weight": WEIGHT,
                "synthetic": organisation.synthetic,
            },
        )
        row = ListEntry.objects.create(
            organisation_id=organisation.pk,
            watchlist=watchlist,
            ref=entry.ref,
            content_hash=entry_hash(entry),
            content=msgspec.to_builtins(entry),
            name_key=name_key(entry),
            since=since,
        )
        lookout = Lookout.objects.create(
            entry=row,
            organisation_id=organisation.pk,
            group_label=group_label.replace(" ", "").upper()[:40],
            caller=caller.strip()[:200],
            why=why.strip(),
            created_by_id=user.pk,
            expires_at=timezone.now() + dt.timedelta(hours=hours),
        )
        acts.write(user, "lookout.create", lookout.pk, hours=hours)
    return lookout


def extend_lookout(user: User, lookout: Lookout, hours: int) -> None:
    """Extends a lookout after a supervisor has reviewed it. The lookout is then active for `hours` from now.
    Raises `ValueError` if the number of hours is not allowed or the lookout has ended."""
    rules.check(user, "lookout.review")
    if not 1 <= hours <= LONGEST:
        raise ValueError(f"a lookout is extended by 1 to {LONGEST} hours")
    with transaction.atomic():
        held = _open(lookout)
        held.expires_at = timezone.now() + dt.timedelta(hours=hours)
        held.reviewed_by_id, held.reviewed_at = user.pk, timezone.now()
        held.save(update_fields=["expires_at", "reviewed_by", "reviewed_at"])
        bump(held.organisation_id, "default")
        ListEntry.objects.filter(pk=held.entry_id).update(until=None, asked=False, withdrawn=False)
        acts.write(user, "lookout.extend", held.pk, hours=hours)


def end_lookout(user: User, lookout: Lookout) -> None:
    """Ends a lookout. A supervisor may do this at the review, and the user who entered the lookout
    may do this at any time. Raises `ValueError` if the lookout has already ended."""
    if lookout.created_by_id != user.pk:
        rules.check(user, "lookout.review")
    with transaction.atomic():
        held = _open(lookout)
        held.ended_at = timezone.now()
        if rules.may(user, "lookout.review"):
            held.reviewed_by_id, held.reviewed_at = user.pk, held.ended_at
        held.save(update_fields=["ended_at", "reviewed_by", "reviewed_at"])
        number = bump(held.organisation_id, "default")
        ListEntry.objects.filter(pk=held.entry_id, until=None).update(until=number)
        acts.write(user, "lookout.end", held.pk)


def expire_lookouts(using: str, now: dt.datetime) -> int:
    """Ends the entries of expired lookouts. The lookouts then wait for review. Returns the number of ended
    entries.

    Workers call this function for all organisations. The function uses one transaction for each
    organisation.
    """
    due: QuerySet[Lookout] = Lookout.objects.using(using).filter(
        expires_at__lte=now, ended_at=None, entry__until=None
    )
    ended = 0
    for organisation in set(due.values_list("organisation", flat=True)):
        mine = due.filter(organisation=organisation).values("entry")
        entries = ListEntry.objects.using(using).filter(organisation=organisation, pk__in=mine)
        with transaction.atomic(using=using):
            ended += entries.update(until=bump(organisation, using))
    return ended


def _open(lookout: Lookout) -> Lookout:
    """Locks and returns the lookout. Raises `ValueError` if the lookout was ended in the meantime."""
    held = Lookout.objects.select_for_update().get(pk=lookout.pk)
    if held.ended_at is not None:
        raise ValueError("this lookout was ended")
    return held
