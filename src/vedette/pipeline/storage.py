"""Interfaces of the store that the pipeline uses. The pipeline opens no connection and contains no SQL; its
tests use a list."""

from __future__ import annotations

import uuid
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, Protocol

from vedette.screening.reason import Reason

if TYPE_CHECKING:
    from vedette.pipeline.process import Failure, Read
    from vedette.pipeline.screen import Batch


class Inbox(Protocol):
    """The store of the messages of all kinds and of their files."""

    def known(self, tokens: Sequence[bytes]) -> set[bytes]:
        """The message tokens that are stored already."""

    def token(self, kind: str, value: str) -> bytes:
        """The keyed token of an identifying value."""

    def new_id(self) -> uuid.UUID:
        """A new time-ordered id."""

    def keep_messages(self, reads: Sequence[Read]) -> None:
        """Stores the headers of the messages."""

    def close(self, reads: Sequence[Read], failures: Sequence[Failure]) -> None:
        """Closes the files, and deletes the bytes of those that were read."""


class Storage(Protocol):
    """The store of one kind. Groups, their stored data and subjects have the kind's own types
    (`core/kind.py`)."""

    def groups(self, subjects: Sequence[uuid.UUID]) -> Sequence[Any]:
        """The stored groups of these subjects, for `hold`."""

    def hold(self, groups: Sequence[Any]) -> dict[uuid.UUID, Any]:
        """Locks groups in the order of their ids until the transaction ends, and loads their stored data."""

    def keep(self, held: Mapping[uuid.UUID, Any]) -> None:
        """Stores the changes that the messages of a frame made."""

    def history(
        self, subjects: Sequence[tuple[Any, Any]]
    ) -> Mapping[uuid.UUID, Mapping[str, object]]:
        """The values counted from earlier subjects for each of these, including the subjects of the frame."""

    def settle(self, batch: Batch, reasons: Mapping[uuid.UUID, Sequence[Reason]]) -> None:
        """Stores the results of a screening: hits, and the input values of the profiles."""

    def finish(self) -> None:
        """Ends the frame: draws random controls among the subjects seen for the first time."""
