"""Stores the messages of all kinds of subject, and marks their files as processed."""

from __future__ import annotations

import datetime as dt
import uuid
from collections import Counter
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import msgspec
from psycopg import Connection
from psycopg.types.json import Jsonb

from vedette.apps.columns import new_id
from vedette.apps.copying import copy_in
from vedette.keys.ring import Keys
from vedette.kinds import kind

if TYPE_CHECKING:
    from vedette.pipeline.process import Failure, Read

_MESSAGE = (
    "id", "organisation_id", "inbox_id", "kind", "group_id", "unit_id", "number", "format", "function",
    "sub_function", "sender", "recipient", "interchange_ref", "message_ref", "common_access_ref",
    "sequence", "last", "release", "prepared_at", "received_at", "token", "parser_version", "counts",
    "resend_of_id", "warnings", "unread", "warning_count",
)  # fmt: skip


class InboxStore:
    """Implements the interface `pipeline.process.Inbox` with PostgreSQL, for one transaction of one
    organisation. The connection must have the intake role of the database."""

    def __init__(
        self, connection: Connection[Any], keys: Keys, organisation: uuid.UUID, now: dt.datetime
    ) -> None:
        self.connection = connection
        self.keys = keys
        self.organisation = organisation
        self.now = now
        #: The number of messages that were stored.
        self.messages = 0

    def token(self, kind: str, value: str) -> bytes:
        """Returns the keyed hash (token) of an identifying value."""
        return self.keys.token(kind, value)

    def new_id(self) -> uuid.UUID:
        """Returns a new id. Each new id is greater than the earlier ids."""
        return new_id()

    def known(self, tokens: Sequence[bytes]) -> set[bytes]:
        """Returns the message tokens in `tokens` that are already stored."""
        return set(self._stored(tokens))

    def _stored(self, tokens: Sequence[bytes]) -> dict[bytes, uuid.UUID]:
        """Maps each message token to the id of the first message with that content."""
        rows = self.connection.execute(
            "SELECT token, id FROM inbox_message WHERE organisation_id = %s AND token = ANY(%s)"
            " AND resend_of_id IS NULL",
            [self.organisation, list(tokens)],
        )
        return {bytes(token): id_ for token, id_ in rows}

    def keep_messages(self, reads: Sequence[Read]) -> None:
        """Stores the headers of the messages."""
        first = {r.token: r.id for r in reads if not r.resend}
        unknown = [r.token for r in reads if r.resend and r.token not in first]
        if unknown:
            first |= self._stored(unknown)
        rows = [
            self._row(read, first[read.token] if read.resend else None)
            for read in sorted(reads, key=lambda read: read.resend)
        ]
        copy_in(self.connection, "inbox_message", _MESSAGE, rows)
        self.messages += len(rows)

    def _row(self, read: Read, resend_of: uuid.UUID | None) -> tuple[Any, ...]:
        """Returns the values for the row of a message, in the order of `_MESSAGE`. These values contain
        warnings and their positions, but no data of a subject.
        """
        message, envelope, group = read.message, read.message.envelope, read.group
        of = kind(message.kind)
        return (
            read.id,
            self.organisation,
            read.received.id,
            of.name,
            group.id if group else None,
            read.unit,
            read.number,
            message.format[:20],
            (message.function or "")[:20],
            (message.sub_function or "")[:10],
            (envelope.sender or (group.sender if group else ""))[:70],
            (envelope.recipient or "")[:70],
            (envelope.interchange_ref or "")[:70],
            (envelope.message_ref or "")[:70],
            (envelope.common_access_ref or "")[:70],
            envelope.sequence,
            envelope.last,
            (envelope.release or "")[:20],
            envelope.prepared,
            read.received.received_at,
            read.token,
            of.reader_version,
            Jsonb(of.counts(message)),
            resend_of,
            Jsonb(msgspec.to_builtins(message.warnings)),
            Jsonb(msgspec.to_builtins(message.unread)),
            len(message.warnings),
        )

    def close(self, reads: Sequence[Read], failures: Sequence[Failure]) -> None:
        """Marks the files as processed, and counts the free texts that were not stored. The bytes of a file
        that was read are deleted in the transaction that stores its records. The bytes of unreadable files
        are kept for 72 hours."""
        new = {read.received.id for read in reads if not read.resend}
        resent = {read.received.id for read in reads} - new
        for state, ids in (("done", new), ("duplicate", resent)):
            if ids:
                self.connection.execute(
                    "UPDATE inbox_inbox SET state = %s, sealed = NULL, finished_at = %s, failure = NULL"
                    " WHERE organisation_id = %s AND id = ANY(%s)",
                    [state, self.now, self.organisation, sorted(ids)],
                )
        for failure in failures:
            reason = Jsonb({"reason": failure.reason, "offset": failure.offset})
            self.connection.execute(
                "UPDATE inbox_inbox SET state = 'failed', finished_at = %s, failure = %s"
                " WHERE organisation_id = %s AND id = %s",
                [self.now, reason, self.organisation, failure.received.id],
            )
        self._count_dropped(reads)

    def _count_dropped(self, reads: Sequence[Read]) -> None:
        """Counts, for each sender, the free texts of these messages that were not stored.

        All messages of one sender increase the same counts. Therefore, from this call until the transaction
        ends, other workers must wait. Therefore the free texts are counted last. The deferred constraints are
        checked first, because this check takes one sixth of the duration of the transaction. If the free
        texts were counted first, two workers would be no faster than one.
        """
        dropped: Counter[tuple[str, str]] = Counter()
        for read in reads:
            for text in read.message.dropped if not read.resend else ():
                dropped[read.group.sender if read.group else "", text.kind] += text.count
        if not dropped:
            return
        self.connection.execute("SET CONSTRAINTS ALL IMMEDIATE")
        for (sender, text_kind), count in sorted(dropped.items()):
            self.connection.execute(
                "INSERT INTO inbox_droppedcount (organisation_id, sender, day, kind, count)"
                " VALUES (%s, %s, %s, %s, %s) ON CONFLICT (organisation_id, sender, day, kind)"
                " DO UPDATE SET count = inbox_droppedcount.count + EXCLUDED.count",
                [self.organisation, sender, self.now.date(), text_kind, count],
            )
