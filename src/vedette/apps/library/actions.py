"""Actions on the library. Each action makes its changes in one transaction and records them in the journal.

An action that changes who may read an item, or the searchable content of an item, also deletes the index
entries of the item in the same transaction. A worker writes the index entries again.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import uuid
from collections.abc import Collection
from dataclasses import dataclass

from django.core.exceptions import PermissionDenied
from django.db import IntegrityError, transaction

from vedette.apps.accounts import acts, rules
from vedette.apps.accounts.models import User
from vedette.apps.columns import Theme, new_id
from vedette.apps.enforcement.selectors.controls import now
from vedette.apps.library.models import (
    LANGUAGES,
    Access,
    Entry,
    File,
    Group,
    Item,
    Opinion,
    Variant,
    Version,
    scope_of,
)
from vedette.apps.library.selectors import home
from vedette.core import filenames
from vedette.library import files
from vedette.library.items import MAX_TEXT


class Refused(rules.Coded):
    """The error that is raised if an action on the library is not possible. The codes are the keys of
    `wording.PROBLEMS`. `place` is the position of a problem in a file.
    """

    def __init__(self, code: str, place: str = "") -> None:
        super().__init__(code)
        self.place = place


@dataclass(frozen=True)
class About:
    """The attributes of an item that are the same in every version and language."""

    kind: str
    access: str
    themes: Collection[str] = ()
    group: uuid.UUID | None = None
    audience: str = ""
    hs: Collection[str] = ()
    substances: Collection[str] = ()
    source: str = ""
    address: str = ""
    licence: str = ""
    valid_until: dt.date | None = None


@dataclass(frozen=True)
class Content:
    """A version in one language. If `data` is empty, the item is a reference that only has an address."""

    language: str
    title: str
    summary: str = ""
    keywords: Collection[str] = ()
    label: str = ""
    year: int | None = None
    file_name: str = ""
    data: bytes | None = None


@transaction.atomic
def add(by: User, about: About, content: Content, reference: str = "") -> Item:
    """Adds an item with its first version. Raises `Refused` and `PermissionDenied`."""
    rules.check(by, "library.write")
    item = Item(
        id=new_id(), organisation_id=home(by), created_by=by, created_at=now(),
        reference=reference[:120],
    )  # fmt: skip
    _state(item, about)
    checked = _checked(content)
    item.save(force_insert=True)
    _store(by, item, _version(by, item, content), content, checked)
    acts.write(by, "library.add", item.pk, kind=item.kind, access=item.access)
    return item


@transaction.atomic
def change(by: User, item: Item, about: About) -> None:
    """Changes the description of an item. Raises `Refused` and `PermissionDenied`."""
    item = _own(by, item)
    _state(item, about)
    item.save()
    _again(item)
    acts.write(by, "library.change", item.pk, kind=item.kind, access=item.access)


@transaction.atomic
def add_version(by: User, item: Item, content: Content, seen: int) -> Variant:
    """Adds a version. `seen` is the number of the latest version that the user saw. Raises `Refused` and
    `PermissionDenied`."""
    item = _own(by, item)
    if item.number != seen:
        raise Refused("stale")
    checked = _checked(content)
    item.number += 1
    item.save(update_fields=["number"])
    made = _store(by, item, _version(by, item, content), content, checked)
    _again(item)
    acts.write(by, "library.version", item.pk, number=item.number)
    return made


@transaction.atomic
def add_language(by: User, item: Item, content: Content) -> Variant:
    """Adds a language to the latest version. Raises `Refused` and `PermissionDenied`."""
    item = _own(by, item)
    checked = _checked(content)
    version = Version.objects.get(item=item, number=item.number)
    made = _store(by, item, version, content, checked)
    acts.write(by, "library.language", item.pk, language=content.language)
    return made


@transaction.atomic
def supersede(by: User, item: Item, successor: uuid.UUID | None) -> None:
    """States which item of the organisation replaces an item, or that no item replaces it. Raises `Refused`
    and `PermissionDenied`.
    """
    item = _own(by, item)
    if successor is not None:
        other = Item.objects.filter(pk=successor, organisation_id=home(by)).first()
        seen = {item.pk}
        while other is not None and other.pk not in seen and other.superseded_by_id:
            seen.add(other.pk)
            other = Item.objects.filter(pk=other.superseded_by_id).first()
        if other is None or other.pk in seen:
            raise Refused("successor")
    item.superseded_by_id = successor
    item.save(update_fields=["superseded_by"])
    _again(item)
    acts.write(by, "library.supersede", item.pk, by=successor)


@transaction.atomic
def withdraw(by: User, item: Item, withdrawn: bool = True) -> None:
    """Withdraws an item, or shows it again. Only users who may write in the library can see a withdrawn
    item."""
    item = _own(by, item)
    item.withdrawn_at = now() if withdrawn else None
    item.scope = scope_of(item)
    item.save(update_fields=["withdrawn_at", "scope"])
    _again(item)
    acts.write(by, "library.withdraw" if withdrawn else "library.restore", item.pk)


@transaction.atomic
def judge(by: User, item: Item, theme: str, helps: bool) -> None:
    """Records whether the reader found an item helpful. Pages about hits, goods items, cash movements and
    operations show items of the library that match the content of the page. A later opinion of the same
    reader replaces the earlier opinion.
    """
    rules.check(by, "library.see")
    if theme not in Theme.values:
        raise Refused("theme")
    Opinion.objects.update_or_create(
        user=by, item=item, theme=theme,
        defaults={"organisation_id": home(by), "helps": helps, "at": now()},
    )  # fmt: skip
    acts.write(by, "library.judge", item.pk, helps=int(helps), theme=theme)


@transaction.atomic
def form_group(
    by: User, name: str, members: Collection[uuid.UUID], group: Group | None = None
) -> Group:
    """Creates a named group of organisations, or changes its name and members. Raises `Refused`."""
    rules.check(by, "library.write")
    if not name.strip() or not members:
        raise Refused("members")
    made = group or Group(id=new_id(), organisation_id=home(by))
    if made.organisation_id != home(by):
        raise Refused("group")
    made.name, made.members = name.strip()[:120], sorted(set(members))
    try:
        with transaction.atomic():
            made.save(force_insert=group is None)
    except IntegrityError as error:
        raise Refused("members") from error
    acts.write(by, "library.group", made.pk, members=len(made.members))
    return made


def _own(by: User, item: Item) -> Item:
    """Locks an item of the user's organisation."""
    rules.check(by, "library.write")
    found = Item.objects.select_for_update().filter(pk=item.pk, organisation_id=home(by))
    mine = found.first()
    if mine is None:
        raise PermissionDenied("library.write")
    return mine


def _state(item: Item, about: About) -> None:
    """Checks the description of an item, and sets it."""
    if about.kind not in Item.Kind.values:
        raise Refused("kind")
    if about.access not in Access.values:
        raise Refused("access")
    group = None
    if about.access == Access.GROUP:
        own = Group.objects.filter(organisation_id=item.organisation_id)
        group = own.filter(pk=about.group).first() if about.group else None
        if group is None:
            raise Refused("group")
    if about.address and not about.address.startswith(("https://", "http://")):
        raise Refused("address")
    if any(not (2 <= len(code) <= 10 and code.isascii() and code.isdecimal()) for code in about.hs):
        raise Refused("hs")
    item.kind, item.access, item.group = about.kind, about.access, group
    item.themes = [one for one in Theme.values if one in about.themes]
    item.audience, item.source = about.audience[:200], about.source[:200]
    item.address, item.licence = about.address[:500], about.licence[:200]
    item.hs = sorted(set(about.hs))[:50]
    item.substances = list(dict.fromkeys(one[:120] for one in about.substances if one))[:50]
    item.valid_until = about.valid_until
    item.scope = scope_of(item)


def _checked(content: Content) -> str:
    """Checks a content. Returns the type of the file, or an empty text."""
    if not content.title.strip() or len(content.title) > 300:
        raise Refused("title")
    if content.language not in LANGUAGES:
        raise Refused("language")
    if content.year is not None and not 1900 <= content.year <= 2199:
        raise Refused("year")
    if content.data is None:
        return ""
    if filenames.problem(content.file_name):
        raise Refused("file_name")
    try:
        return files.media_of(content.file_name, content.data)
    except files.WrongFile as error:
        raise Refused(error.code, error.place) from error


def _version(by: User, item: Item, content: Content) -> Version:
    return Version.objects.create(
        organisation_id=item.organisation_id, item=item, number=item.number,
        label=content.label[:60], year=content.year, by=by, at=now(),
    )  # fmt: skip


def _store(by: User, item: Item, version: Version, content: Content, media: str) -> Variant:
    made = Variant(
        organisation_id=item.organisation_id, item=item, version=version, language=content.language,
        title=content.title.strip(), summary=content.summary.strip()[:MAX_TEXT],
        keywords=list(dict.fromkeys(one[:120] for one in content.keywords if one))[:50],
    )  # fmt: skip
    if content.data is not None:
        made.file_name, made.media, made.size = content.file_name, media, len(content.data)
        made.sha256 = hashlib.sha256(content.data).hexdigest()
        made.state = Variant.State.WAITING
    try:
        with transaction.atomic():
            made.save(force_insert=True)
    except IntegrityError as error:
        raise Refused("twice") from error
    if content.data is not None:
        File.objects.create(variant=made, organisation_id=item.organisation_id, data=content.data)
    return made


def _again(item: Item) -> None:
    """Deletes an item from the index until a worker indexes it again."""
    Entry.objects.filter(organisation_id=item.organisation_id, item=item).delete()
    Variant.objects.filter(item=item).update(to_index=True)
