"""Lookouts: entered in 20 seconds, active at once for 24 hours at most, reviewed by a supervisor after.

They live in one watchlist of the organisation. Its entries begin and end by the number of the
knowledge, as this list has no imports.
"""

from __future__ import annotations

import datetime as dt

from django.db import transaction
from django.db.models import QuerySet
from django.utils import timezone

from vedette.apps.accounts import acts, rules
from vedette.apps.accounts.models import Organisation, User
from vedette.apps.columns import Purpose
from vedette.apps.lists.actions.imports import entry_row
from vedette.apps.lists.actions.state import LOOKOUTS, bump
from vedette.apps.lists.models import ListEntry, Lookout, Watchlist
from vedette.apps.lists.reading import Item
from vedette.core.entries import Entry, EntryDate, EntryIdentifier, EntryName
from vedette.formats.lists import entry_hash

#: Longest a lookout is active before anybody reviews it, in hours; so long where nothing else is said.
UNREVIEWED = 24
#: Points of a certain match: somebody asks for this person now.
WEIGHT = 80
#: Longest a supervisor may extend it at once, in hours.
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
    """A lookout for a document or a name, active now and for `hours`. `nationality` is alpha-2.

    Raises `ValueError` where neither document nor name, or no caller or reason is given, or where it
    would be active for longer than a lookout may be before its review.
    """
    rules.check(user, "lookout.create")
    if not (document.strip() or name.strip()):
        raise ValueError("a lookout needs a document number or a name")
    if not caller.strip() or not why.strip():
        raise ValueError("a lookout needs who called and why")
    if not 1 <= hours <= UNREVIEWED:
        raise ValueError(f"a lookout is active for 1 to {UNREVIEWED} hours before its review")
    organisation = user.organisation
    assert organisation is not None  # noqa: S101 — `check` refuses users without one
    with transaction.atomic():
        number = bump(organisation.pk, "default")
        entry = _entry(f"L-{number}", document, name, birth_date, nationality)
        row = entry_row(_list(organisation), Item(entry=entry, hash=entry_hash(entry)), number)
        row.save(force_insert=True)
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
    """Keep it active for `hours` from now: the supervisor's review. Raises `ValueError`."""
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
    """End it for good: the supervisor's review, or whoever entered it. Raises `ValueError`."""
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


def expire_lookouts(using: str = "intake") -> int:
    """End the entries of lookouts whose time is over; they wait for review. Returns how many.

    For the workers' clock: all organisations, one transaction each.
    """
    due: QuerySet[Lookout] = Lookout.objects.using(using).filter(
        expires_at__lte=timezone.now(), ended_at=None, entry__until=None
    )
    ended = 0
    for organisation in set(due.values_list("organisation", flat=True)):
        with transaction.atomic(using=using):
            number = bump(organisation, using)
            mine = due.filter(organisation=organisation).values("entry")
            entries = ListEntry.objects.using(using).filter(organisation=organisation, pk__in=mine)
            ended += entries.update(until=number)
    return ended


def _open(lookout: Lookout) -> Lookout:
    """The lookout, locked. Raises `ValueError` where somebody ended it meanwhile."""
    held = Lookout.objects.select_for_update().get(pk=lookout.pk)
    if held.ended_at is not None:
        raise ValueError("this lookout was ended")
    return held


def _list(organisation: Organisation) -> Watchlist:
    found = Watchlist.objects.filter(organisation_id=organisation.pk, lookouts=True).first()
    return found or Watchlist.objects.create(
        organisation_id=organisation.pk,
        name=LOOKOUTS,
        lookouts=True,
        purpose=Purpose.BORDER,
        basis="entered by an officer; reviewed within a day",
        owner=organisation.name,
        weight=WEIGHT,
        synthetic=organisation.synthetic,
    )


def _entry(
    ref: str, document: str, name: str, birth_date: dt.date | None, nationality: str
) -> Entry:
    number = "".join(document.split()).upper()[:35]
    return Entry(
        ref=ref,
        schema="Person",
        names=(EntryName(full=" ".join(name.split())[:200]),) if name.strip() else (),
        birth_dates=(EntryDate(from_=birth_date, to=birth_date),) if birth_date else (),
        nationalities=(nationality,) if nationality else (),
        identifiers=(EntryIdentifier(kind="document", value=number),) if number else (),
    )
