"""Interfaces of the stores that the pipeline uses: `Inbox` for messages, `Storage` for the subjects of one
kind. The pipeline opens no connection and contains no SQL; the stores in its tests are Python lists."""

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
    """The store of one kind, in one transaction of one organisation.

    Groups, their stored data and subjects have the kind's own types; the Protocols `Group`, `Held` and
    `Subject` of `core/kind.py` name the attributes that shared code reads. For a frame, the pipeline calls
    `hold`, `Kind.merge`, `keep`, `history`, `settle`, `finish`; for stored subjects, `groups`, `hold`,
    `history`, `settle`.
    """

    def groups(self, subjects: Sequence[uuid.UUID]) -> Sequence[Any]:
        """The stored groups (`Group`) of these subjects, for `hold`."""

    def hold(self, groups: Sequence[Any]) -> dict[uuid.UUID, Any]:
        """Locks groups until the transaction ends (`apps.subjects.rows.lock`), and loads their stored data.
        Returns a `Held` for the id of each group, including groups that are not stored yet."""

    def keep(self, held: Mapping[uuid.UUID, Any]) -> None:
        """Stores the changed subjects: their rows in `subjects_subject`, in the tables of the kind and in
        `subjects_identifier`."""

    def history(
        self, subjects: Sequence[tuple[Any, Any]]
    ) -> Mapping[uuid.UUID, Mapping[str, object]]:
        """The values of the profile columns that are counted from earlier subjects, for each of these pairs
        of `Held` and subject, by id. Subjects of the same frame are counted too. Called only if profiles are
        evaluated."""

    def settle(self, batch: Batch, reasons: Mapping[uuid.UUID, Sequence[Reason]]) -> None:
        """Stores the results of a screening: hits, and the input values of the profiles. Calls
        `apps.profiles.settling.settle` with an `apps.hits.raising.Screened` for each subject."""

    def finish(self) -> None:
        """Ends the frame: draws random controls from the subjects that are seen for the first time."""
