"""Stores the rows of a file as entries of the national record. No message is sent. Each record is stored
without being sent; its author sends the record after a preview."""

from __future__ import annotations

import datetime as dt
import functools
import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from vedette.apps.accounts import acts, rules
from vedette.apps.accounts.models import User
from vedette.apps.enforcement.selectors.controls import now
from vedette.apps.operations import rights, wording
from vedette.apps.operations.actions import messages
from vedette.apps.operations.actions.common import Refused, home
from vedette.apps.operations.models import Message, Operation
from vedette.core import canonical

#: Most rows of one file, and the rows that are stored in one statement.
MOST_ROWS, BATCH = 20_000, 500


@dataclass(frozen=True)
class Row:
    """A row of a file: its number, the reason why it could not be read (empty if it was read), its values by
    field, and the cell of each value.
    """

    number: str
    fault: str
    values: Mapping[str, str]
    cells: Mapping[str, str]


@dataclass
class Done:
    """The number of rows stored by this import, the number of rows stored by an earlier import, and the
    invalid cells.
    """

    stored: int = 0
    known: int = 0
    bad: list[dict[str, str]] = field(default_factory=list)

    def refuse(self, row: Row, name: str, why: str) -> None:
        """An invalid cell, with the description of the problem."""
        cell = row.cells.get(name) or row.number
        self.bad.append(
            {"row": row.number, "cell": cell, **({"field": name} if name else {}), "problem": why}
        )


def store(user: User, one: Operation, rows: Sequence[Row]) -> Done:
    """Stores the valid rows of the file. A row contains its `kind` (control or seizure) and the fields of the
    form of this kind. `id` is the number that the sender gave to the row. A row that was stored before is not
    stored again. Rows are equal if they have the same number or, without a number, the same values.

    Raises `Refused` if there are too many rows, and `PermissionDenied`."""
    rules.check(user, "operation.report")
    if len(rows) > MOST_ROWS:
        raise Refused("many")
    forms = functools.cache(functools.partial(messages.form_of, one))
    read = functools.partial(_read, user, one, forms, now())
    done, batch = Done(), list[tuple[Row, messages.Kept]]()
    ids = [_id(user, one, row) for row in rows]
    known = set(Message.objects.filter(pk__in=ids).values_list("pk", flat=True))
    for id_, row in zip(ids, rows, strict=True):
        if row.fault:
            done.refuse(row, "", row.fault)
        elif id_ in known:
            done.known += 1
        else:
            entry = read(id_, row, done)
            if entry is not None:
                known.add(id_)
                batch.append((row, entry))
        if len(batch) >= BATCH:
            _store(user, one, batch, done)
            batch.clear()
    _store(user, one, batch, done)
    acts.write(user, "operation.import", one.pk, stored=done.stored, bad=len(done.bad))
    return done


def _id(user: User, one: Operation, row: Row) -> uuid.UUID:
    stated = row.values.get("id", "")
    named = {"id": stated} if stated else dict(row.values)
    return uuid.uuid5(one.pk, f"{home(user)} {canonical.canonical(named).decode()}")


def _store(
    user: User, one: Operation, batch: Sequence[tuple[Row, messages.Kept]], done: Done
) -> None:
    """Stores a batch. Stores a batch of rows. If the database refuses the batch, stores its rows one by one
    and returns the refused rows.
    """
    try:
        messages.keep_all(user, one, [entry for _, entry in batch])
    except Refused as refused:
        if len(batch) == 1:
            done.refuse(
                batch[0][0], refused.detail, str(wording.PROBLEMS.get(refused.code, refused.code))
            )
            return
        for each in batch:
            _store(user, one, [each], done)
    else:
        done.stored += len(batch)


def _read(
    user: User, one: Operation, forms: messages.Forms, at: dt.datetime, id_: uuid.UUID, row: Row,
    done: Done,
) -> messages.Kept | None:  # fmt: skip
    """Returns the entry of a row, or None after adding its invalid cells to the list of problems."""
    kind = row.values.get("kind", "")
    if kind not in rights.COUNTED:
        done.refuse(row, "kind", str(wording.VALUES["choice"]))
        return None
    _, form = forms(kind)
    fields = {each.id for each in form} | {"id", "kind"}
    if unknown := sorted(
        name for name, value in row.values.items() if value and name not in fields
    ):
        for name in unknown:
            done.refuse(row, name, "the form has no such field")
        return None
    try:
        return messages.kept(user, one, messages.Entered(id_, kind, dict(row.values)), forms, at)
    except messages.Invalid as invalid:
        for name, code in invalid.problems.items():
            done.refuse(row, name, str(wording.VALUES.get(code, code)))
    except Refused as refused:
        done.refuse(row, refused.detail, str(wording.PROBLEMS.get(refused.code, refused.code)))
    return None
