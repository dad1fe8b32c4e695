"""Finds other objects to which a searched text can refer: groups of subjects, watchlist entries, and the open
hits of these entries."""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Iterable
from dataclasses import dataclass, field
from itertools import islice

from django.urls import reverse

from vedette.apps.accounts import rules
from vedette.apps.accounts.models import User
from vedette.apps.hits.models import Hit, Reason, SeenHit
from vedette.apps.subjects.kinds import app_kinds
from vedette.core.errors import ListsNotReady

#: Maximum number of groups, of entries, and of hits of one entry.
MOST, MOST_HITS = 8, 3


@dataclass
class Listed:
    """A list entry whose name is similar to the searched text, with its open hits (pairs of a label and a
    URL)."""

    name: str
    watchlist: str
    href: str
    hits: list[tuple[str, str]] = field(default_factory=list)


@dataclass(frozen=True)
class Suggested:
    """The suggestions for a searched text: groups (pairs of a label and a URL) and list entries."""

    groups: list[tuple[str, str]]
    entries: list[Listed]

    def __bool__(self) -> bool:
        return bool(self.groups or self.entries)


def suggested(user: User, text: str) -> Suggested:
    """Returns the groups and list entries to which a searched text may also refer, if the user may see
    them."""
    text = " ".join(text.split())
    groups = [
        label
        for kind in app_kinds()
        for label in kind.group_labels(
            list(islice(kind.filter_groups(text.upper()[:12]), MOST))
        ).values()
    ]
    listed = any(c.isalpha() for c in text) and rules.may(user, "list.see")
    return Suggested(groups, _entries(user, text) if listed else [])


def _entries(user: User, text: str) -> list[Listed]:
    """Returns the list entries in force that have a name similar to the searched text, most similar first. If
    the text is a single word, it only has to be similar to one word of the name."""
    # A web process loads the engine at the first use.
    from vedette.apps.lists.loading import current
    from vedette.screening.names.model import DEFAULT_THRESHOLD

    assert user.organisation_id is not None  # noqa: S101  the rights require an organisation
    try:
        knowledge = current(user.organisation_id, seen_by=user)
    except ListsNotReady:
        return []
    # A single word of a name of two words has a score of 0.65.
    threshold = DEFAULT_THRESHOLD if " " in text else 0.6
    found: dict[uuid.UUID, Listed] = {}
    for match, known in knowledge.similar(text, threshold, 4 * MOST, dt.datetime.now(dt.UTC)):
        if len(found) < MOST:
            href = reverse("lookouts")
            if not known.list.lookouts:
                page = reverse("watchlist-entries", args=[known.list.id])
                href = f"{page}?entry={known.id}"
            found[uuid.UUID(known.id)] = Listed(match.name, known.list.name, href)
    for entry, hit in _hits(found):
        found[entry].hits.append(hit)
    return list(found.values())


def _hits(entries: Iterable[uuid.UUID]) -> list[tuple[uuid.UUID, tuple[str, str]]]:
    """Returns pairs of a list entry and one of its open hits, earliest due time first. Each entry has at most
    `MOST_HITS` hits."""
    reasons = (
        Reason.objects.filter(
            entry_id__in=[*entries],
            state=Reason.State.OPEN,
            hit_id__in=SeenHit.objects.filter(state__in=Hit.OPEN).values("pk"),
        )
        .order_by("hit__due_at", "hit_id")
        .values_list("entry_id", "hit_id", "hit__group_id")
    )
    taken: dict[uuid.UUID, list[tuple[uuid.UUID, uuid.UUID | None]]] = {}
    for entry, hit, group in reasons[: 100 * MOST]:
        assert entry is not None  # noqa: S101  the filter names entries
        mine = taken.setdefault(entry, [])
        if len(mine) < MOST_HITS and (hit, group) not in mine:
            mine.append((hit, group))
    groups = {group for pairs in taken.values() for _, group in pairs if group}
    labels = {
        id_: label for kind in app_kinds() for id_, (label, _) in kind.group_labels(groups).items()
    }
    return [
        (entry, (labels.get(group, "") if group else "", reverse("hit", args=[hit])))
        for entry, pairs in taken.items()
        for hit, group in pairs
    ]
