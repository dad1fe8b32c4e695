"""A reason for a hit. Lists, profiles and disagreements between messages give reasons."""

from __future__ import annotations

from typing import Any

import msgspec

from vedette.core.records import Record

#: Kinds of reasons that lists give.
LISTED = ("watchlist", "lookout")


class Reason(Record, frozen=True, kw_only=True):
    """One reason; it contains no decision. Its sentence is made from `message` and `params` in the user's
    language; its evidence is listed separately.

    One list entry gives one reason, even if several of its names, numbers and dates match: these are its
    evidence, and its contribution is that of the strongest of them.
    """

    #: watchlist, lookout, profile or disagreement.
    kind: str
    #: The identity of the reason within its hit: `<list id>:<ref>`, `profile:<profile id>`, `disagreement`.
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
    #: True for a profile in shadow mode: counted, and never a reason of a hit.
    shadow: bool = False

    @property
    def channel(self) -> str:
        """The strongest channel; empty if the reason is not from a list."""
        return self.channels[0] if self.channels else ""

    @property
    def message(self) -> str:
        """Id of the sentence that describes the reason."""
        return self.channel or self.kind
