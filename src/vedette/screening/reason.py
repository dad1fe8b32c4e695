"""Defines the reason for a hit and the priority of a hit. A reason comes from a list, from a risk profile or
from a difference between messages.

The priority is a whole number from 0 to 100. The formula of the priority is simple enough to be calculated by
hand. A reason contributes `weight × certainty`, rounded. The weight (0 to 100) is set for each list. The
certainty is 0.5 for a score at the threshold and 1 for a score of 1. The contributions of the open reasons
are added up, to at most 100. The points for facts in the subject's favour are then subtracted, and the result
is at least 1.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import msgspec

from vedette.core.records import Record

#: Kinds of reasons that lists give.
LISTED = ("watchlist", "lookout")
#: Kinds of reasons that give no hit alone: they are only added to another reason.
BESIDE = ("disagreement", "link")
#: Points subtracted for each fact in the subject's favour.
FAVOUR_POINTS: dict[str, int] = {
    "birth_date_differs": 6,
    "nationality_differs": 4,
    "sex_differs": 6,
    "messages_agree": 2,
    "return_booked": 2,
    "travels_with_family": 2,
    "cleared_before": 4,
    "earlier_crossings": 3,
    "licence_declared": 4,
    "code_agrees": 3,
}

#: Points for a disagreement between messages about one subject, in addition to another reason.
DISAGREEMENT_POINTS = 10


class Reason(Record, frozen=True, kw_only=True):
    """One reason for a hit. A reason contains no decision. The page shows a sentence in the user's language,
    made from `message` and `params`, and lists the evidence separately.

    One list entry gives one reason, even if several of its names and identifiers match. All matches of the
    entry are evidence of the same reason. The contribution of the reason is the contribution of its strongest
    match."""

    #: watchlist, lookout, control_list, profile, disagreement or link.
    kind: str
    #: The identity of the reason within its hit: `<list id>:<ref>`, `<control list>:<key>`,
    #: `profile:<profile id>`, `disagreement`, `link:<theme>:<purpose>`.
    key: str
    contribution: int
    score: float | None = None
    #: The channels on which an entry matches (name, document, phone, email, address), the strongest first.
    channels: tuple[str, ...] = ()
    #: Ids, numbers, names of lists; never an unencrypted value of the subject.
    params: dict[str, Any] = msgspec.field(default_factory=dict)
    #: Lines of evidence as plain data; None if it was not read from the store.
    evidence: tuple[dict[str, Any], ...] | None = ()
    #: Version of the lists or profile, and of the engine that made the reason.
    knowledge: str = ""
    #: The theme to which the reason belongs; it determines who may see it.
    theme: str
    purpose: str
    #: Id of the list entry or of the version of a profile; the hash of its content.
    entry: str = ""
    version: str = ""
    hash: str = ""
    #: The name under which the entry is listed. Never stored.
    listed_as: str = ""
    #: True for a profile in shadow mode: the reason is counted, and never gives a hit.
    shadow: bool = False

    @property
    def channel(self) -> str:
        """Returns the channel with the strongest match, or an empty text if the reason is not from a list."""
        return self.channels[0] if self.channels else ""

    @property
    def message(self) -> str:
        """Returns the id of the sentence that describes the reason."""
        return self.channel or self.kind


def contribution(weight: int, score: float, threshold: float) -> int:
    """Returns the points of one reason. The points are half the weight of the list for a score at the
    threshold, and the full weight for a score of 1.
    """
    if threshold >= 1:
        return weight
    certainty = 0.5 + 0.5 * max(0.0, min(1.0, (score - threshold) / (1 - threshold)))
    return round(weight * certainty)


def priority(contributions: Iterable[int], favour: Iterable[str]) -> int:
    """Computes the priority from the contributions of the open reasons and from the facts in the subject's
    favour."""
    against = min(100, sum(contributions))
    return max(1, against - sum(FAVOUR_POINTS[f] for f in favour))
