"""Where the pipeline keeps things. It opens no connection and knows no table; its tests use a list."""

from __future__ import annotations

import uuid
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, Protocol

from vedette.screening.reason import Reason

if TYPE_CHECKING:
    from vedette.pipeline.process import Failure, Read
    from vedette.pipeline.screen import Batch


class Inbox(Protocol):
    """The messages of all kinds, and the files that they came in."""

    def known(self, tokens: Sequence[bytes]) -> set[bytes]:
        """Which message tokens are stored already."""

    def token(self, kind: str, value: str) -> bytes:
        """The keyed token of an identifying value."""

    def new_id(self) -> uuid.UUID:
        """A new time-ordered id."""

    def keep_messages(self, reads: Sequence[Read]) -> None:
        """Stores the headers of the messages."""

    def close(self, reads: Sequence[Read], failures: Sequence[Failure]) -> None:
        """Closes the files, and deletes the bytes of those that were read."""


class Storage(Protocol):
    """The rows of one kind. Groups, what is held of them and subjects are the kind's own types
    (`core/kind.py`)."""

    def hold(self, groups: Sequence[Any]) -> dict[uuid.UUID, Any]:
        """Locks groups in the order of their ids until the transaction ends, and loads what is known of
        them."""

    def keep(self, held: Mapping[uuid.UUID, Any]) -> None:
        """Stores what the messages of a frame changed."""

    def history(
        self, subjects: Sequence[tuple[Any, Any]]
    ) -> Mapping[uuid.UUID, Mapping[str, object]]:
        """What earlier subjects say of each of these, those of the frame included."""

    def settle(self, batch: Batch, reasons: Mapping[uuid.UUID, Sequence[Reason]]) -> None:
        """Stores what a screening found: hits, and the values that profiles were asked with."""

    def finish(self) -> None:
        """Ends the frame: draws random controls among those seen for the first time."""
