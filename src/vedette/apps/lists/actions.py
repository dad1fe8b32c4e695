"""Changes of lists: imports, drafts of imports, and lookouts. Each change is made in one transaction."""

from __future__ import annotations

import datetime as dt
import hashlib
import itertools
import uuid
import zlib
from collections.abc import Collection, Mapping, Sequence
from typing import Any, NamedTuple

import msgspec
import psycopg
from django.core.exceptions import PermissionDenied
from django.db import IntegrityError, connections, transaction
from django.db.models import Q, QuerySet
from django.utils import timezone

from vedette.apps import query, rendering
from vedette.apps.accounts import acts, rules
from vedette.apps.accounts.models import Approval, Organisation, User
from vedette.apps.approvals import actions as approvals
from vedette.apps.columns import Purpose, Theme, new_id
from vedette.apps.keyring import keyring
from vedette.apps.lists.models import (
    DraftEntry,
    ListDraft,
    ListEntry,
    ListVersion,
    Lookout,
    Watchlist,
    default_themes,
)
from vedette.apps.lists.reading import Head, Reading, Supplied, checked
from vedette.core.entries import Entry, EntryDate, EntryIdentifier, EntryName
from vedette.core.names import fold
from vedette.formats.lists import entry_hash
from vedette.formats.lists.unpack import packed as is_packed
from vedette.kinds import kind, kinds

#: The name of the list that contains the lookouts of an organisation. The lookouts of users who do not have
#: the default theme are in a list for the kind of subject that they see.
LOOKOUTS = "Lookouts"


def reserved(name: str) -> bool:
    """Returns whether a name is reserved for the lists of lookouts."""
    plain = name.strip().casefold()
    return plain == LOOKOUTS.casefold() or plain.startswith(f"{LOOKOUTS.casefold()}:")


def _lookouts_of(user: User) -> tuple[str, list[str]]:
    """Returns the name and the themes of the list in which the lookouts of a user are stored. Raises
    `PermissionDenied` if the user sees no kind of subject."""
    if not set(default_themes()).isdisjoint(user.themes):
        return LOOKOUTS, default_themes()
    for name, one in kinds().items():
        if not set(one.themes).isdisjoint(user.themes):
            return f"{LOOKOUTS}: {name}", list(one.themes)
    raise PermissionDenied


def bump(organisation: uuid.UUID, using: str) -> int:
    """Increments the counter of list changes of an organisation, and returns the new value
    (`query.changed`)."""
    return query.changed("lists_knowledgestate", organisation, using)


#: The attributes of a list. A new version keeps them.
TERMS = ("name", "themes", "purpose", "basis", "owner", "expires_on", "weight")
#: The attributes that only control lists have: the supplied list in whose place the list is used; of a
#: version, its rule and its first day.
REPLACES, OF_VERSION = "replaces", ("rule", "active_from")
#: The number of entries in one INSERT.
_BATCH = 2000


class Imported(NamedTuple):
    """The current version of a list after an import. `new` is false if the content did not change."""

    version: ListVersion
    new: bool


def import_list(
    organisation: Organisation, user: User | None, name: str, files: Mapping[str, bytes], *args: Any,
    **terms: Any,
) -> Imported:  # fmt: skip
    """Reads `files` (name → bytes) and makes them the current version of the list `name`. The other arguments
    have the same meaning as in `store_list`.

    Raises `formats.lists.UnknownList` if the file contains no readable entry. Raises the same exceptions as
    `store_list`.
    """
    using = terms.get("using", "intake")
    with transaction.atomic(using=using):
        draft = ListDraft.objects.using(using).create(
            organisation_id=organisation.pk, created_by_id=user.pk if user else None
        )
        fill(draft, files, using)
        done = store_list(organisation, user, name, draft, *args, **terms)
        _discard(draft, using)
    return done


def store_list(
    organisation: Organisation,
    user: User | None,
    name: str,
    draft: ListDraft,
    purpose: str,
    basis: str,
    owner: str = "",
    expires_on: dt.date | None = None,
    weight: int = 70,
    themes: Sequence[str] | None = None,
    replaces: str = "",
    rule: str | None = None,
    active_from: dt.date | None = None,
    using: str = "intake",
) -> Imported:
    """Stores the entries of a draft as the current version of the list `name`, in one transaction.

    The version of an entry is the hash of its content. Therefore, an entry whose content did not change keeps
    its version, and a second import of the same list changes nothing. `user` is None if the function is
    called from the command line. If `themes` is missing, the themes of the list are not changed. The themes
    of the list that the user may not see are also kept.

    `replaces`, `rule` and `active_from` (default: today) are only used for control lists. If no rule is
    given, the version has the rule of the last version or, if there is none, the rule that vedette proposes
    for the format. If the rule changes, the import creates a new version of the list. Raises `ValueError` if
    an attribute is not valid. Raises `PermissionDenied` if the user may not import lists, or may not see the
    existing list with that name. Also raises `PermissionDenied` if the user does not have one of the themes,
    or the theme of the supplied list.
    """
    if user is not None:
        rules.check(user, "list.import")
    check_terms(name, purpose, basis, weight, themes)
    read = head(draft)
    if read.of_kind:
        check_control(read.of_kind, replaces, rule or "")
        check_replaced(user, read.of_kind, replaces)
    with transaction.atomic(using=using):
        terms: dict[str, Any] = {
            "purpose": purpose,
            "basis": basis[:300],
            "owner": (owner or (user.display() if user else organisation.name))[:200],
            "expires_on": expires_on,
            "weight": weight,
            "replaces": replaces if read.of_kind else "",
        }
        chosen = list(
            themes or (default_themes() if not read.of_kind else _of_kind(read.of_kind, user))
        )
        if user is not None and not set(chosen) <= set(user.themes):
            raise PermissionDenied
        mine = {"organisation_id": organisation.pk, "name": name.strip()}
        rows = Watchlist.objects.using(using)
        try:
            rows.get_or_create(
                **mine,
                defaults={
                    **terms, "themes": chosen, "of_kind": read.of_kind,
                    "synthetic": organisation.synthetic,
                },
            )  # fmt: skip
        except IntegrityError as error:
            # The list of that name is out of sight.
            raise PermissionDenied from error
        # This locks the list until the end of the transaction.
        watchlist = rows.select_for_update().get(**mine)
        # Workers see every list, so row-level security does not keep the user from the list of another
        # purpose.
        if user is not None and not (
            watchlist.purpose in user.purposes and set(watchlist.themes) & set(user.themes)
        ):
            raise PermissionDenied
        if watchlist.of_kind != read.of_kind:
            raise ValueError(
                "a watchlist and a control list cannot have the same name: choose another name"
            )
        terms["themes"] = _themes(watchlist, user, chosen if themes else None)
        if read.of_kind:
            # The list is no longer used instead of the supplied list that it replaced until now.
            check_replaced(user, read.of_kind, watchlist.replaces)
            check_replaced(user, read.of_kind, replaces, terms["themes"])
        rows.filter(**mine).update(**terms)
        versions = ListVersion.objects.using(using).filter(
            organisation=organisation, watchlist=watchlist
        )
        last = versions.order_by("number").last()
        same = last if last is not None and last.content_hash == read.content_hash else None
        of_version: dict[str, Any] = {}
        if read.of_kind:
            if rule is None:
                rule = last.rule if last else proposed_rule(read, replaces)
            same = same if same is not None and same.rule == rule else None
            of_version = {"rule": rule, "active_from": active_from or _today(using)}
        version = same or _apply(
            watchlist, draft, user, last.number + 1 if last else 1, using, of_version
        )
        renewed = watchlist.expires_on and watchlist.expires_on < timezone.now().date()
        if watchlist.of_kind and (
            renewed or any(getattr(watchlist, name) != terms[name] for name in _SCREENED)
        ):
            # The stored subjects are compared with every entry again.
            rows.filter(**mine).update(screened_on=None)
        elif renewed or set(watchlist.themes) != set(terms["themes"]):
            # The list is renewed: subjects that arrived since its expiry were not compared with it. Or its
            # reasons are shown to other readers.
            entries = ListEntry.objects.using(using).filter(organisation=organisation)
            entries.filter(watchlist=watchlist, until=None).update(asked=False)
        if same is None or any(getattr(watchlist, field) != terms[field] for field in terms):
            bump(organisation.pk, using)
            # The hits that other drafts of the list would raise are counted again.
            others = ListDraft.objects.using(using).filter(
                organisation=organisation, terms__name=name, approved_at=None
            )
            others.exclude(pk=draft.pk).update(expected=None, counts=0)
        counts: dict[str, Any] = {"version": version.number}
        if same is None:
            counts |= {
                "entries": version.entry_count, "added": version.added, "changed": version.changed,
                "removed": version.removed, "problems": read.problem_count,
            }  # fmt: skip
        if user is None:
            counts["by"] = "operator"
        acts.write(
            user, "list.import_again" if same else "list.import", watchlist.pk,
            organisation=organisation.pk, purpose=purpose, using=using, **counts,
        )  # fmt: skip
    return Imported(version, same is None)


#: The attributes of a control list on which the reasons of stored subjects depend.
_SCREENED = ("themes", "purpose", "weight", "replaces")


def _of_kind(name: str, user: User | None) -> list[str]:
    """Returns the themes of a control list if the user chose none: the themes of its kind of subject that the
    user has."""
    themes = kind(name).themes
    own = [theme for theme in themes if user is None or theme in user.themes]
    return own or list(themes)


def _themes(watchlist: Watchlist, user: User | None, chosen: Sequence[str] | None) -> list[str]:
    """Returns the themes that a list has after an import. The result also contains the themes of the list
    that the user does not have."""
    if chosen is None:
        return list(watchlist.themes)
    kept = [one for one in watchlist.themes if user is not None and one not in user.themes]
    return [one for one in Theme.values if one in {*chosen, *kept}]


def _today(using: str) -> dt.date:
    """Returns the present day according to the clock of the database."""
    with connections[using].cursor() as cursor:
        cursor.execute("SELECT (vedette_now() AT TIME ZONE 'UTC')::date")
        day: dt.date = cursor.fetchone()[0]
    return day


def check_control(name: str, replaces: str, rule: str) -> None:
    """Raises `ValueError` if the rule of a control list cannot be read, or if it would replace an unknown
    list."""
    formats = kind(name).control_formats
    assert formats is not None  # noqa: S101  its reader read the list
    if replaces and replaces not in formats.supplied():
        known = ", ".join(formats.supplied())
        raise ValueError(
            f"no list {replaces!r} is supplied with vedette; the supplied lists are {known}"
        )
    if len(rule) > LONGEST_RULE:
        raise ValueError(f"a rule has at most {LONGEST_RULE} characters")
    if (problem := formats.problem(rule)) is not None:
        raise ValueError(f"the rule cannot be read: {rendering.say(problem)}")


def check_replaced(
    user: User | None, name: str, replaces: str, themes: Collection[str] | None = None
) -> None:
    """Checks that a user may replace a supplied list. The themes of the organisation's list (`themes`, if
    given) must include the theme of the supplied list. Otherwise, readers who may not see the organisation's
    list would no longer see the reasons that the supplied list gives. Raises `PermissionDenied` or
    `ValueError`."""
    formats = kind(name).control_formats
    theme = formats.supplied_themes().get(replaces) if formats is not None else None
    if theme is None:
        return
    if user is not None and theme not in user.themes:
        raise PermissionDenied
    if themes is not None and theme not in themes:
        raise ValueError(
            f"the supplied list {replaces!r} has the theme {theme!r}: a list that is used instead of it needs"
            " this theme"
        )


def proposed_rule(read: Head, replaces: str = "") -> str:
    """Returns the rule that vedette proposes for a control list."""
    formats = kind(read.of_kind).control_formats
    assert formats is not None  # noqa: S101  its reader read the list
    return formats.rule(read.format, replaces)


def copy_draft(user: User, watchlist: Watchlist) -> ListDraft:
    """Creates a draft with the entries of the last version of a control list, so that its rule and its
    attributes can be changed. Raises `PermissionDenied` if the user may not import lists."""
    rules.check(user, "list.import")
    assert user.organisation_id is not None  # noqa: S101  the rule requires it
    with transaction.atomic():
        _forget_drafts(user)
        last = ListVersion.objects.filter(watchlist=watchlist).order_by("number").last()
        assert last is not None  # noqa: S101  a list comes with its first version
        read = Head(
            format=last.format, file_name=last.file_name, content_hash=last.content_hash,
            entries=last.entry_count, of_kind=watchlist.of_kind,
        )  # fmt: skip
        draft = ListDraft.objects.create(
            organisation_id=user.organisation_id, created_by_id=user.pk, done=last.entry_count,
            head=msgspec.to_builtins(read), terms={"name": watchlist.name},
        )  # fmt: skip
        with connections["default"].cursor() as cursor:
            cursor.execute(_COPY, [draft.pk, user.organisation_id, watchlist.pk])
    return draft


_COPY = """
    INSERT INTO lists_draftentry (id, organisation_id, draft_id, ref, content_hash, name_key, content)
    SELECT gen_random_uuid(), organisation_id, %s, ref, content_hash, name_key, content
    FROM lists_listentry WHERE organisation_id = %s AND watchlist_id = %s AND until IS NULL
"""


def supplied_draft(user: User, of_kind: str, key: str) -> ListDraft:
    """Creates a draft with the entries of a control list that is supplied with vedette. The organisation's
    list then replaces the supplied list. Raises `PermissionDenied` if the user may not import lists."""
    rules.check(user, "list.import")
    assert user.organisation_id is not None  # noqa: S101  the rule requires it
    formats = kind(of_kind).control_formats
    assert formats is not None  # noqa: S101  the caller knows the key
    check_replaced(user, of_kind, key)
    with transaction.atomic():
        _forget_drafts(user)
        draft = ListDraft.objects.create(
            organisation_id=user.organisation_id, created_by_id=user.pk,
            terms={"name": formats.supplied()[key][:100], "replaces": key},
        )  # fmt: skip
        _fill(draft, Supplied(of_kind, key), "default")
    return draft


def _forget_drafts(user: User) -> None:
    """Deletes the drafts of the user that were not submitted, and the drafts that expired."""
    # Locked first, because a worker may still add entries.
    old = Q(created_by=user, asked_at=None) | ~Q(pk__in=kept().values("pk"))
    ids = ListDraft.objects.select_for_update().filter(old).values_list("pk", flat=True)
    ListDraft.objects.filter(pk__in=list(ids)).delete()


#: The largest number of characters of a rule.
LONGEST_RULE = 2_000


def check_terms(
    name: str, purpose: str, basis: str, weight: int, themes: Sequence[str] | None = None
) -> None:
    purposes = ", ".join(Purpose.values)
    for wrong, text in (
        (not name.strip() or len(name) > 100, "a list needs a name of at most 100 characters"),
        (
            reserved(name),
            "this name is reserved for the list of lookouts: choose another name",
        ),
        (purpose not in Purpose.values, f"unknown purpose; the purposes are: {purposes}"),
        (not basis.strip(), "a list needs a legal basis"),
        (
            themes is not None and not (themes and set(themes) <= set(Theme.values)),
            f"a list needs one theme or several; the themes are: {', '.join(Theme.values)}",
        ),
        (not 0 <= weight <= 100, "the weight is a whole number from 0 to 100"),
    ):
        if wrong:
            raise ValueError(text)


#: The entries of a draft that the list does not have, those that it has with another content, and the entries
#: of the list that the draft does not have.
_COMPARE = """
    SELECT count(*) FILTER (WHERE e.id IS NULL), count(*) FILTER (WHERE d.content_hash <> e.content_hash),
           count(*) FILTER (WHERE d.id IS NULL)
    FROM (SELECT id, ref, content_hash FROM lists_draftentry
          WHERE organisation_id = %(organisation)s AND draft_id = %(draft)s) d
    FULL JOIN (SELECT id, ref, content_hash FROM lists_listentry
               WHERE organisation_id = %(organisation)s AND watchlist_id = %(watchlist)s
                 AND until IS NULL) e ON e.ref = d.ref
"""
_END = """
    UPDATE lists_listentry e SET until = %(number)s
    WHERE e.organisation_id = %(organisation)s AND e.watchlist_id = %(watchlist)s
      AND e.until IS NULL AND NOT EXISTS (
        SELECT FROM lists_draftentry d WHERE d.organisation_id = %(organisation)s
          AND d.draft_id = %(draft)s AND d.ref = e.ref AND d.content_hash = e.content_hash)
"""
_BEGIN = """
    INSERT INTO lists_listentry (id, organisation_id, watchlist_id, since, asked, withdrawn,
                                 ref, content_hash, name_key, content)
    SELECT d.id, d.organisation_id, %(watchlist)s, %(number)s, false, false,
           d.ref, d.content_hash, d.name_key, d.content
    FROM lists_draftentry d
    WHERE d.organisation_id = %(organisation)s AND d.draft_id = %(draft)s AND NOT EXISTS (
        SELECT FROM lists_listentry e WHERE e.organisation_id = %(organisation)s
          AND e.watchlist_id = %(watchlist)s AND e.ref = d.ref AND e.until IS NULL)
    ORDER BY d.id
"""


def _counts(draft: ListDraft, watchlist: Watchlist | None, using: str) -> tuple[int, int, int]:
    """Returns the numbers of entries that an import of the draft adds, changes and removes."""
    with connections[using].cursor() as cursor:
        cursor.execute(
            _COMPARE,
            {
                "organisation": draft.organisation_id,
                "watchlist": watchlist.pk if watchlist else None,
                "draft": draft.pk,
            },
        )
        added, changed, removed = cursor.fetchone()
    return added, changed, removed


def _apply(
    watchlist: Watchlist,
    draft: ListDraft,
    user: User | None,
    number: int,
    using: str,
    of_version: Mapping[str, Any],
) -> ListVersion:
    values: dict[str, Any] = {
        "organisation": watchlist.organisation_id,
        "watchlist": watchlist.pk,
        "draft": draft.pk,
        "number": number,
    }
    added, changed, removed = _counts(draft, watchlist, using)
    with connections[using].cursor() as cursor:
        cursor.execute(_END, values)
        cursor.execute(_BEGIN, values)
    read = head(draft)
    return ListVersion.objects.using(using).create(
        organisation_id=watchlist.organisation_id,
        watchlist=watchlist,
        number=number,
        format=read.format,
        file_name=read.file_name,
        content_hash=read.content_hash,
        published_at=read.published and read.published.replace(tzinfo=dt.UTC),
        imported_by_id=user.pk if user else None,
        entry_count=read.entries,
        added=added,
        changed=changed,
        removed=removed,
        problems=[msgspec.to_builtins(problem) for problem in read.problems],
        **of_version,
    )


#: The columns are passed as arrays, because the web role may not use COPY and the ORM takes three times as
#: long.
_INSERT = """
    INSERT INTO lists_draftentry
        (id, organisation_id, draft_id, ref, content_hash, name_key, content)
    SELECT id, %s, %s, ref, content_hash, name_key, content::jsonb
    FROM unnest(%s::uuid[], %s::text[], %s::text[], %s::text[], %s::text[])
         AS t (id, ref, content_hash, name_key, content)
"""


def fill(draft: ListDraft, files: Mapping[str, bytes], using: str) -> None:
    """Reads the files and stores their entries with the draft, in batches. Raises `formats.lists.UnknownList`
    if the file contains no readable entry."""
    _fill(draft, Reading(files), using)


def _fill(draft: ListDraft, read: Reading, using: str) -> None:
    items = read.items()
    while batch := list(itertools.islice(items, _BATCH)):
        arrays: list[list[Any]] = [
            [new_id() for _ in batch],
            [item.entry.ref for item in batch],
            [item.hash for item in batch],
            [name_key(item.entry) for item in batch],
            [msgspec.json.encode(item.entry).decode() for item in batch],
        ]
        draft.done += len(batch)
        with transaction.atomic(using=using):
            with connections[using].cursor() as cursor:
                cursor.execute(_INSERT, [draft.organisation_id, draft.pk, *arrays])
            row_of(draft, using).update(done=draft.done)
    draft.head, draft.upload = msgspec.to_builtins(read.head()), None
    row_of(draft, using).update(head=draft.head, upload=None)


def row_of(draft: ListDraft, using: str) -> QuerySet[ListDraft]:
    """Returns a query for the row of a draft. The user may have deleted the draft in the meantime."""
    rows = ListDraft.objects.using(using)
    return rows.filter(organisation=draft.organisation_id, pk=draft.pk)


def empty(draft: ListDraft, using: str) -> None:
    """Deletes the entries of a draft."""
    rows = DraftEntry.objects.using(using)
    rows.filter(organisation=draft.organisation_id, draft=draft).delete()


def _discard(draft: ListDraft, using: str) -> None:
    """Deletes a draft and its entries. The SQL statements contain the organisation, because statements of the
    ORM would not contain the organisation."""
    empty(draft, using)
    with connections[using].cursor() as cursor:
        cursor.execute(
            "DELETE FROM lists_listdraft WHERE organisation_id = %s AND id = %s",
            [draft.organisation_id, draft.pk],
        )


def head(draft: ListDraft) -> Head:
    """Returns the head of a draft, which contains the data of its files except the entries."""
    return msgspec.convert(draft.head, Head)


def name_key(entry: Entry) -> str:
    """Returns the first name of an entry, converted to plain letters. Pages use this value to sort and search
    entries."""
    return fold(entry.names[0].full)[:400] if entry.names else ""


#: The time after which a draft that was not submitted is deleted.
KEPT = dt.timedelta(hours=1)


#: Files up to this total size are read at once. A worker reads larger ones, and those that are packed: a
#: packed file of 300 kB can have 256 MB.
AT_ONCE = 1024 * 1024


def make_draft(user: User, files: Mapping[str, bytes], name: str = "") -> ListDraft:
    """Stores the files as a draft. Small files are read immediately. For other files, `head` is None until a
    worker has read the files. Raises `formats.lists.UnknownList` if the file contains no readable entry, and
    `PermissionDenied` if the user may not import lists.

    The draft contains the encrypted files only until the files are read. The draft is deleted when it is
    imported or when the user makes another draft. The draft is also deleted after an hour, or if no second
    person decides in time.
    """
    rules.check(user, "list.import")
    assert user.organisation_id is not None  # noqa: S101  the rule requires it
    checked(files)
    with transaction.atomic():
        _forget_drafts(user)
        draft = ListDraft.objects.create(
            organisation_id=user.organisation_id,
            created_by_id=user.pk,
            terms={"name": name} if name else {},
        )
        if sum(map(len, files.values())) > AT_ONCE or any(map(is_packed, files.values())):
            # The ORM would write the bytes into the text of the statement, which takes four times as much.
            with psycopg.Cursor(connections["default"].connection) as cursor:
                cursor.execute(
                    "UPDATE lists_listdraft SET upload = %b WHERE organisation_id = %s AND id = %s",
                    [packed(files), draft.organisation_id, draft.pk],
                )
        else:
            fill(draft, files, "default")
    return draft


def packed(files: Mapping[str, bytes]) -> bytes:
    """Compresses and encrypts the files, so that only workers can read the files."""
    return keyring().seal(
        msgspec.msgpack.encode({name: zlib.compress(data, 1) for name, data in files.items()})
    )


def unpacked(upload: bytes) -> dict[str, bytes]:
    """Returns the decrypted files from the result of `packed`."""
    files = msgspec.msgpack.decode(keyring().open_sealed(upload), type=dict[str, bytes])
    return {name: zlib.decompress(data) for name, data in files.items()}


def kept() -> QuerySet[ListDraft]:
    """Returns the drafts that have not expired."""
    now = timezone.now()
    return ListDraft.objects.filter(
        Q(asked_at=None, created_at__gte=now - KEPT)
        | Q(asked_at__gte=now - approvals.WAITS)
        | Q(approved_at__isnull=False, refusal="")
    )


def set_terms(draft: ListDraft, terms: Mapping[str, Any]) -> None:
    """Stores the attributes of the list. The form has already checked these attributes. A worker then counts
    the expected hits. Raises `PermissionDenied` if the author of the draft does not have one of the themes.
    """
    draft.terms = msgspec.to_builtins({"themes": default_themes(), **terms})
    if draft.created_by and not set(draft.terms["themes"]) <= set(draft.created_by.themes):
        raise PermissionDenied
    if draft.head and (of_kind := head(draft).of_kind):
        check_replaced(draft.created_by, of_kind, terms.get("replaces", ""), draft.terms["themes"])
    draft.expected, draft.counts = None, 0
    draft.save(update_fields=["terms", "expected", "counts"])


def ask_to_apply(draft: ListDraft, by: User, why: str) -> Approval:
    """Requests the approval of the import by a second person. Raises the same exceptions as
    `approvals.actions.ask`."""
    read, terms = head(draft), draft.terms
    if read.of_kind:
        check_replaced(by, read.of_kind, terms.get("replaces", ""))
    known = Watchlist.objects.filter(name=terms["name"].strip(), lookouts=False).first()
    added, changed, removed = _counts(draft, known, "default")
    with transaction.atomic():
        draft.asked_at = timezone.now()
        draft.save(update_fields=["asked_at"])
        return approvals.ask(
            by, Approval.Kind.LIST, draft.pk, terms["purpose"], why,
            detail={
                "name": terms["name"], "themes": terms.get("themes"), "basis": terms["basis"],
                "rule": terms.get("rule"), "from": terms.get("active_from"),
                "until": terms.get("expires_on"),
                "entries": read.entries, "entries_added": added, "entries_changed": changed,
                "entries_removed": removed, "problems": read.problem_count, "hash": _hash(draft),
            },
        )  # fmt: skip


def _hash(draft: ListDraft) -> str:
    """Returns a hash, computed from the content and the attributes for which approval is requested. The
    approval is valid only for this content and these attributes."""
    return hashlib.sha256(
        msgspec.json.encode([draft.head, draft.terms], order="deterministic")
    ).hexdigest()


#: A worker imports lists with more entries, because they take longer than a request may.
IN_REQUEST = 20_000


def carry(approval: Approval) -> None:
    """Carries out an approved import in the name of the user who requested it. A worker imports a list
    if it is large, or if an earlier import of the same list is still pending."""
    draft = ListDraft.objects.filter(pk=approval.subject).first()
    if draft is None or approval.detail.get("hash") != _hash(draft):
        raise approvals.Refused("gone")
    if of_kind := head(draft).of_kind:
        check_replaced(approval.decided_by, of_kind, draft.terms.get("replaces", ""))
    name = draft.terms["name"].strip()
    last = ListVersion.objects.filter(watchlist__name=name, watchlist__lookouts=False)
    entries = last.order_by("-number").values_list("entry_count", flat=True).first() or 0
    waiting = ListDraft.objects.filter(terms__name=draft.terms["name"], refusal="").exclude(
        approved_at=None
    )
    if max(head(draft).entries, entries) <= IN_REQUEST and not waiting.exists():
        try:
            apply_draft(draft, approval.asked_by)
        except ValueError as error:
            raise approvals.Refused("gone") from error
        return
    draft.approved_at, draft.attempts = approval.decided_at, 0
    draft.save(update_fields=["approved_at", "attempts"])


def apply_draft(draft: ListDraft, user: User, using: str = "default") -> Imported:
    """Imports the list of a draft and deletes the draft. Raises the same exceptions as `store_list`."""
    expires = draft.terms.get("expires_on")
    terms = {**draft.terms, "expires_on": dt.date.fromisoformat(expires) if expires else None}
    if first := draft.terms.get("active_from"):
        # The version is in force from the day on which it was approved, if that is later.
        terms["active_from"] = max(dt.date.fromisoformat(first), _today(using))
    with transaction.atomic(using=using):
        done = store_list(draft.organisation, user, draft=draft, using=using, **terms)
        _discard(draft, using)
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

    The lookouts of an organisation are entries of one list for each kind of subject (`_lookouts_of`). Lists
    of lookouts are not imported. Therefore the numbers that `bump` returns are the version numbers of
    lookouts. Raises `ValueError` if both the document and the name are missing, if the caller or the reason
    is missing, or if the duration is longer than `UNREVIEWED`.
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
    list_name, themes = _lookouts_of(user)
    with transaction.atomic():
        since = bump(organisation.pk, "default")
        number = "".join(document.split()).upper()[:35]
        entry = Entry(
            ref=f"L-{since}",
            # A party of goods is a company as often as a person.
            schema="Person" if list_name == LOOKOUTS or birth_date else "LegalEntity",
            names=(EntryName(full=" ".join(name.split())[:200]),) if name.strip() else (),
            birth_dates=(EntryDate(from_=birth_date, to=birth_date),) if birth_date else (),
            nationalities=(nationality,) if nationality else (),
            identifiers=(EntryIdentifier(kind="document", value=number),) if number else (),
        )
        watchlist, _ = Watchlist.objects.get_or_create(
            organisation_id=organisation.pk,
            lookouts=True,
            name=list_name,
            defaults={
                "themes": themes,
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
    """Extends a lookout after a supervisor has reviewed it. The extended lookout ends `hours` hours from now.
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

    Workers call this function for all organisations. The function uses one transaction for each organisation.
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
    """Locks the lookout in the database, and returns it. Raises `ValueError` if the lookout was ended in the
    meantime."""
    held = Lookout.objects.select_for_update().get(pk=lookout.pk)
    if held.ended_at is not None:
        raise ValueError("this lookout was ended")
    return held
