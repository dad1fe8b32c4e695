"""The queries about field entries."""

from __future__ import annotations

import uuid

from django.db.models import QuerySet
from django.utils.translation import gettext

from vedette.apps import display
from vedette.apps.accounts import rules
from vedette.apps.accounts.models import User
from vedette.apps.keyring import unlock_bytes
from vedette.apps.offline.kinds import KINDS
from vedette.apps.offline.models import Entry, Photograph
from vedette.apps.offline.taking import CONTENT, PICTURE, SKEW
from vedette.apps.offline.wording import PROBLEMS
from vedette.apps.query import keyset
from vedette.formats import field_entries

#: Number of rows on a page.
PAGE = 50


def own(user: User) -> QuerySet[Entry]:
    """Returns the entries that the user recorded."""
    return Entry.objects.filter(author=user)


def waiting(user: User) -> QuerySet[Entry]:
    """Returns the entries of other persons that nobody has accepted yet."""
    return Entry.objects.filter(state=Entry.State.HELD).exclude(author=user)


def page(rows: QuerySet[Entry], after: str) -> tuple[list[Entry], str]:
    """Returns a page of entries, the latest first, and the position of the next page."""
    return keyset(rows, "received_at", after, PAGE)


def unsent(user: User, rows: list[Entry]) -> dict[uuid.UUID, str]:
    """Returns the stored objects of entries that the user still has to send, each with the address of the
    page that sends it."""
    found: dict[uuid.UUID, str] = {}
    for name, kind in KINDS.items():
        stored = [one.result for one in rows if one.kind == name and one.result]
        found |= kind.unsent(user, stored) if stored else {}
    return found


def said(entry: Entry) -> str:
    """Returns the reason why an entry is waiting or was not stored, as a sentence, or an empty text."""
    if not entry.code:
        return ""
    if found := PROBLEMS.get(entry.code):
        return str(found)
    kind = KINDS.get(entry.kind)
    return kind.said(entry.code) if kind else ""


def wrong_clock(entry: Entry) -> str:
    """Returns a sentence that states how many minutes the clock of the device was fast or slow, or an empty
    text."""
    if entry.skew is None or abs(entry.skew) < SKEW.total_seconds():
        return ""
    minutes = display.number(round(abs(entry.skew) / 60))
    if entry.skew > 0:
        return gettext("The clock of the device was {n} min fast.").format(n=minutes)
    return gettext("The clock of the device was {n} min slow.").format(n=minutes)


def reads(user: User, entry: Entry) -> bool:
    """Returns whether a user who sees the entry may also read its content.

    A user who only delivered the entry of another person may not read its content.
    """
    own = user.pk in (entry.author_id, entry.accepted_by_id)
    return own or user.pk != entry.delivered_by_id or rules.may(user, "field.accept")


def shown(user: User, entry: Entry) -> list[tuple[str, str]]:
    """Returns the lines of an entry that waits for a person or could not be stored: label and value."""
    kind = KINDS.get(entry.kind)
    if entry.content is None or kind is None or not reads(user, entry):
        return []
    content = field_entries.read(unlock_bytes(bytes(entry.content), CONTENT))
    found = kind.shown(user, content)
    if content.what != "new":
        word = gettext("Correction") if content.what == "correct" else gettext("Withdrawal")
        found = [(word, content.why), *found]
    return found


def wrong(user: User, entry: Entry) -> list[tuple[str, str]]:
    """Returns the labels of the fields with a problem, each with its sentence. The numbers of photographs are
    counted from 1. A reader who may not read the content of the entry sees the name of the field instead of
    its label."""
    kind = KINDS.get(entry.kind)
    if kind is None or entry.code == "photograph" or not entry.problems:
        return []
    labels: dict[str, str] = {}
    if entry.content is not None and reads(user, entry):
        content = field_entries.read(unlock_bytes(bytes(entry.content), CONTENT))
        labels = kind.labels(user, content)
    return [(labels.get(name, name), kind.said(code)) for name, code in entry.problems.items()]


def photographs_of(result: uuid.UUID) -> QuerySet[Photograph]:
    """Returns the photographs of the object that was stored from entries, if the reader may see them."""
    rows = Photograph.objects.filter(entry__result=result).defer("picture")
    return rows.order_by("entry__received_at", "entry_id", "number")


def picture(photograph: Photograph) -> bytes:
    """Returns the JPEG picture of a photograph."""
    return unlock_bytes(bytes(photograph.picture), PICTURE)
