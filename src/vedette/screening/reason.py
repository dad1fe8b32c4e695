"""A reason: why a subject is looked at. Lists, profiles and disagreements of messages all give it."""

from __future__ import annotations

from typing import Any

import msgspec

from vedette.core.records import Record

#: Kinds of reason that a list gives.
LISTED = ("watchlist", "lookout")


class Reason(Record, frozen=True, kw_only=True):
    """One reason, without a verdict. Its sentence is made from `message` and `params` in the reader's
    language; its evidence stands side by side.

    One entry of a list gives one reason, however many of its names, numbers and dates agree: these are
    its evidence, and its contribution is that of the strongest of them.
    """

    #: watchlist, lookout, profile or disagreement.
    kind: str
    #: What makes it one reason of its hit: `<list id>:<ref>`, `profile:<profile id>`, `disagreement`.
    key: str
    contribution: int
    score: float | None = None
    #: On which channels an entry agrees (name, document, phone, email, address), the strongest first.
    channels: tuple[str, ...] = ()
    #: Ids, numbers, names of lists; never a clear value of the subject.
    params: dict[str, Any] = msgspec.field(default_factory=dict)
    #: Lines of evidence as plain data; None where it was not read back.
    evidence: tuple[dict[str, Any], ...] | None = ()
    #: Version of the knowledge and of the engine that made it.
    knowledge: str = ""
    #: Whose knowledge it is: who may see it.
    theme: str
    purpose: str
    #: Id of the entry of a list, or of the version of a profile; the hash of its content.
    entry: str = ""
    version: str = ""
    hash: str = ""
    #: Name under which the entry is listed. Never stored.
    listed_as: str = ""
    #: Of a profile that is only tried: counted, and never a reason of a hit.
    shadow: bool = False

    @property
    def channel(self) -> str:
        """The strongest channel; empty where the reason is of no list."""
        return self.channels[0] if self.channels else ""

    @property
    def message(self) -> str:
        """Id of the sentence that tells it."""
        return self.channel or self.kind
