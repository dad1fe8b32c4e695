"""Contains the queries for the pages of the journal. The queries return journal entries (called acts in the
code), the history of settings, and the state of the hash chain.
"""

from __future__ import annotations

import datetime as dt
import json
import uuid
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from django.db.models import Q, QuerySet
from django.utils import timezone

from vedette.apps import display
from vedette.apps.accounts.models import Act, Organisation, User
from vedette.apps.journal.models import Pending, Seal, Setting
from vedette.apps.query import read_day
from vedette.keys.ring import Keys

#: The maximum numbers of journal entries on a page, of changes of settings on a page, and of rows in an
#: export.
PAGE = 100
SETTINGS = 50
MOST_EXPORTED = 100_000


@dataclass(frozen=True)
class Filters:
    """The filters of the journal page. An invalid value is ignored."""

    #: Sign-in name.
    user: str = ""
    what: str = ""
    #: YYYY-MM-DD, in the current time zone.
    day: str = ""
    subject: str = ""

    @classmethod
    def read(cls, given: Mapping[str, Any]) -> Filters:
        """Reads the filters from the parameters of a URL."""
        names = ("user", "what", "day", "subject")
        return cls(**{n: str(given.get(n, "")).replace("\0", "").strip()[:150] for n in names})

    def query(self) -> str:
        """Returns the filters that are not empty as parameters of a URL."""
        return urlencode({k: v for k, v in vars(self).items() if v})

    def of(self, acts: QuerySet[Act]) -> QuerySet[Act]:
        """Returns the journal entries that match the filters."""
        asked = {
            "user__username__iexact": self.user,
            "act__startswith": self.what,
            "subject": self.subject,
        }
        acts = acts.filter(**{name: value for name, value in asked.items() if value})
        if day := read_day(self.day):
            end = display.midnight(day + dt.timedelta(days=1))
            acts = acts.filter(at__gte=display.midnight(day), at__lt=end)
        return acts


def page(filters: Filters, by: User, before: str = "") -> tuple[list[Act], int | None]:
    """Returns one page of journal entries, latest first. If a further page follows, also returns the id of
    the last entry on this page.
    """
    acts = filters.of(_acts(by)).order_by("-id")
    if before.isdecimal() and len(before) < 19:
        acts = acts.filter(id__lt=int(before))
    found = list(acts[: PAGE + 1])
    return found[:PAGE], found[PAGE - 1].pk if len(found) > PAGE else None


def exported(filters: Filters, by: User) -> int:
    """Returns the number of journal entries that `export` returns."""
    return filters.of(_acts(by))[:MOST_EXPORTED].count()


def export(filters: Filters, by: User) -> Iterator[Act]:
    """Returns at most `MOST_EXPORTED` matching journal entries, latest first."""
    return filters.of(_acts(by)).order_by("-id")[:MOST_EXPORTED].iterator(chunk_size=2000)


def _acts(by: User) -> QuerySet[Act]:
    """Returns the journal entries of the user's organisation. Users of an administration also see entries
    without an organisation. Row-level security in the database enforces the same restriction of the journal
    entries.
    """
    mine = Q(organisation=by.organisation_id)
    if by.organisation and by.organisation.kind == Organisation.Kind.ADMINISTRATION:
        mine |= Q(organisation=None)
    return Act.objects.filter(mine).select_related("user")


def kinds(by: User) -> list[str]:
    """Returns the kinds of journal entries that users can select in the filter of the page."""
    return sorted(_acts(by).order_by().values_list("act", flat=True).distinct())


def state() -> dict[str, Any]:
    """Returns the state of the hash chain: the number of links, the time of the last link, and the number of
    waiting rows. `late` is true if the oldest waiting row has waited too long. Rows wait too long if no
    worker is running, or if no worker can add rows to the hash chain.
    """
    seals, last = Seal.objects.order_by("-seq").values_list("seq", "at").first() or (0, None)
    oldest = Pending.objects.order_by("id").values_list("since", flat=True).first()
    return {
        "seals": seals,
        "last": last,
        "waiting": Pending.objects.count(),
        "late": oldest is not None and timezone.now() - oldest > dt.timedelta(seconds=10),
    }


def settings(by: User) -> list[Setting]:
    """Returns the latest changes of the organisation's settings."""
    return list(
        Setting.objects.filter(organisation_id=by.organisation_id).order_by("-id")[:SETTINGS]
    )


def opened(filters: Filters, keys: Keys, most: int) -> Iterator[tuple[Act, dict[str, str]]]:
    """Yields the latest matching journal entries with their decrypted texts, at most `most` entries, in
    chronological order. The private key of the journal is required.

    The entries of all organisations are included. Raises `KeysError` if a key is missing.
    """
    acts = filters.of(Act.objects.using("intake").select_related("user")).order_by("-id")[:most]
    for act in reversed(list(acts)):
        words = json.loads(keys.open_sealed(bytes(act.sealed))) if act.sealed is not None else {}
        yield act, words


def names(of: list[Setting]) -> dict[uuid.UUID | None, str]:
    """Returns the display names of the users who changed the given settings."""
    users = User.objects.filter(pk__in={setting.user_id for setting in of})
    return {user.pk: user.display() for user in users}
