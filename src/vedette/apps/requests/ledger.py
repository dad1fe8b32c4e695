"""The ledger of erasures, restrictions and rectifications at the request of persons. The ledger is a file
outside the database, so that the recorded actions can be repeated after a backup is restored.

The file `subjects.jsonl` is in the folder of the signed heads of the journal. The lines of the file are
signed and chained in the same way as the heads. A line of the ledger contains the time, the action and the
ids of the subjects, but no other personal data. The action in a line of the ledger is `erased`, `restricted`,
`unrestricted` or `rectified`. If the action is `names_erased`, the ids are the ids of entries of joint
operations. The transaction of the action inserts a row (`Carried`). Within about a second, a worker writes
the row to the file and deletes it.
"""

from __future__ import annotations

import datetime as dt
import fcntl
import hashlib
import json
import os
import uuid
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

from psycopg import Connection

from vedette.apps.accounts import acts
from vedette.apps.journal import canonical
from vedette.apps.journal.heads import Broken, last_line
from vedette.keys.ring import Keys, proven

FILE = "subjects.jsonl"
ERASED, RESTRICTED, UNRESTRICTED, RECTIFIED = "erased", "restricted", "unrestricted", "rectified"
#: Names in entries of joint operations; the database inserts the row (`apps/sql/operations.sql`).
NAMES_ERASED = "names_erased"
#: The maximum number of subjects in one line, and the maximum number of rows that one transaction
#: writes to the file.
SUBJECTS, ROWS = 50, 100
_DECISIONS = (
    "SELECT d.id FROM hits_decision d JOIN hits_hit h ON h.id = d.hit_id"
    " WHERE h.subject_id = ANY(%s)"
)


class Line(NamedTuple):
    """One line of the ledger: an action that was carried out."""

    at: dt.datetime
    kind: str
    subjects: list[uuid.UUID]


def note(kind: str, subjects: Sequence[uuid.UUID]) -> None:
    """Inserts a row that a worker writes to the ledger. The current transaction must also carry out the
    recorded action. The function uses the web role.
    """
    from vedette.apps.requests.models import Carried

    if subjects:
        Carried.objects.bulk_create([Carried(kind=kind, subjects=list(subjects))])


def write(connection: Connection[Any], keys: Keys, folder: Path) -> int:
    """Writes waiting rows to the file in `folder`, flushes the file to the disk, and deletes the rows.
    Returns the number of written rows.

    `connection` is a database connection with the intake role. If the process is killed before the rows are
    deleted, the rows are written again. Repeated lines have no effect.
    """
    with connection.transaction():
        rows = connection.execute(
            "DELETE FROM requests_carried WHERE id IN (SELECT id FROM requests_carried ORDER BY id"
            " LIMIT %s) RETURNING id, at, kind, subjects",
            [ROWS],
        ).fetchall()
        if rows:
            _append(folder / FILE, keys, [Line(*row[1:]) for row in sorted(rows)])
    return len(rows)


def _append(path: Path, keys: Keys, lines: Iterable[Line]) -> None:
    descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_APPEND, 0o600)
    with open(descriptor, "ab") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        before = last_line(file.fileno())
        for line in lines:
            for start in range(0, len(line.subjects), SUBJECTS):
                told: dict[str, Any] = {
                    "at": line.at.isoformat(), "kind": line.kind,
                    "subjects": [str(id_) for id_ in line.subjects[start : start + SUBJECTS]],
                    "key": keys.ids("heads")[-1], "previous": _hash(before),
                }  # fmt: skip
                _, signature = keys.sign(_text(told))
                before = json.dumps({**told, "signature": signature.hex()}).encode()
                file.write(before + b"\n")
        file.flush()
        os.fsync(file.fileno())


def read(path: Path, publics: Mapping[str, bytes]) -> Iterator[Line]:
    """Yields the lines of a file in order and verifies the signature of each line. If there is no file,
    yields no line. `publics` maps key ids to public keys. Raises `Broken` at the first line that was changed
    or that does not contain the hash of the previous line.
    """
    before = b""
    for number, line in enumerate(path.read_bytes().splitlines() if path.is_file() else (), 1):
        try:
            told = json.loads(line)
            signature = bytes.fromhex(told.pop("signature"))
            found = Line(
                dt.datetime.fromisoformat(told["at"]), str(told["kind"]),
                [uuid.UUID(id_) for id_ in told["subjects"]],
            )  # fmt: skip
            public = publics.get(f"{told['key']}.pub", b"")
        except (ValueError, TypeError, KeyError, AttributeError, RecursionError) as error:
            raise Broken(f"line {number} of {FILE} was not written by vedette") from error
        if not proven(public, _text(told), signature):
            raise Broken(
                f"line {number} of {FILE} was changed, or the key that signed it is missing"
            )
        if told["previous"] != _hash(before):
            raise Broken(f"lines before line {number} of {FILE} are missing")
        before = line
        yield found


def _text(told: Mapping[str, Any]) -> bytes:
    return json.dumps(told, sort_keys=True, separators=(",", ":")).encode()


def _hash(line: bytes) -> str:
    return hashlib.sha256(line).hexdigest() if line else ""


def do_again(
    owner: Connection[Any], keys: Keys, lines: Sequence[Line], since: dt.datetime
) -> Counter[str]:
    """Repeats the actions in the lines of the ledger in a restored database. Returns the number of subjects
    for each kind of action.

    All erasures and restrictions in the ledger are repeated, whether they were recorded before or after the
    backup. If a subject was restricted or its restriction was ended, the last line about the subject is used.
    Rectifications after the time of the backup (`since`) are recorded in the journal. These rectifications
    are not repeated, because the ledger does not contain the rectified values. For each organisation and each
    kind of action, one journal entry is written. `owner` is a database connection with the owner role, in
    autocommit mode.
    """
    erased = {id_ for line in lines if line.kind == ERASED for id_ in line.subjects}
    rectified = {
        id_ for line in lines if line.kind == RECTIFIED and line.at > since for id_ in line.subjects
    }
    last_kind = {
        id_: line.kind
        for line in lines
        if line.kind in (RESTRICTED, UNRESTRICTED)
        for id_ in line.subjects
    }
    done: Counter[str] = Counter()
    with owner.transaction():
        # Each erasure was approved by a second person. The restored database may not contain the
        # approval, so this trigger is disabled. The triggers of the journal stay enabled and record the
        # deleted decisions. The proof states the legal ground.
        owner.execute("ALTER TABLE hits_decision DISABLE TRIGGER append_only")
        decisions = [id_ for (id_,) in owner.execute(_DECISIONS, [sorted(erased)])]
        done += _each(owner, keys, ERASED, erased, "true", "vedette_erase_subjects(%s)")
        owner.execute(canonical.LET_GO, [decisions, canonical.proofs(decisions)])
        owner.execute("ALTER TABLE hits_decision ENABLE TRIGGER append_only")
        for on, kind in ((True, RESTRICTED), (False, UNRESTRICTED)):
            ids = {id_ for id_, last in last_kind.items() if last == kind}
            done += _each(
                owner, keys, kind, ids, f"restricted <> {on}", f"vedette_restrict(%s, {on})"
            )
        done += _each(owner, keys, RECTIFIED, rectified, "true", "")
        done += _names(owner, keys, lines)
    return done


def _names(owner: Connection[Any], keys: Keys, lines: Sequence[Line]) -> Counter[str]:
    """Repeats the erasure of names in entries of joint operations. The reason of the erasure is in the
    journal.
    """
    roots = {id_ for line in lines if line.kind == NAMES_ERASED for id_ in line.subjects}
    rows = owner.execute(
        "SELECT organisation, entries FROM vedette_operation_erase_again(%s)", [sorted(roots)]
    ).fetchall()
    for home, entries in rows:
        detail: dict[str, acts.Detail] = {"entries": entries}
        entry = acts.Entry(home, None, f"restore.{NAMES_ERASED}", "", detail)
        acts.write_many(owner, keys, [entry])
    return Counter({NAMES_ERASED: sum(entries for _, entries in rows)}) if rows else Counter()


def _each(
    owner: Connection[Any], keys: Keys, kind: str, ids: set[uuid.UUID], which: str, deed: str
) -> Counter[str]:
    """Repeats one kind of action for the subjects that exist in the restored database. The organisations are
    processed one after another.
    """
    homes = owner.execute(
        "SELECT organisation_id, array_agg(id ORDER BY id) FROM subjects_subject"  # noqa: S608  ours
        f" WHERE id = ANY(%s) AND {which} GROUP BY 1 ORDER BY 1",
        [sorted(ids)],
    ).fetchall()
    for home, subjects in homes:
        if deed:
            owner.execute(f"SELECT {deed}", [subjects])
        detail: dict[str, acts.Detail] = {"subjects": len(subjects) if kind == ERASED else subjects}
        acts.write_many(owner, keys, [acts.Entry(home, None, f"restore.{kind}", "", detail)])
    return Counter({kind: sum(len(subjects) for _, subjects in homes)})
