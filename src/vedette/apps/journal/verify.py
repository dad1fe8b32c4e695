"""Verifies the journal. Reads the whole hash chain, and reports every row that differs from its seal (its
link of the chain).

The hashes can be verified only with the key of the chain. The signed heads, which are stored
outside the database, prove that the end of the chain was not removed.

The texts of a decision are stored in clear text until they are masked. Masking encrypts the texts and moves
them to the vault table. Texts may be removed from their original table only by masking. If the monthly keys
are available, the texts in the vault are also checked against their seal. Without the monthly keys, the
report states that masked texts exist and were not decrypted.

The hash of a watchlist version is computed from the hashes of its entries (`lists/reading.py`). The hash of
an entry is computed from its content. Lookouts have no versions. For a lookout, only the content is checked
against its hash.
"""

from __future__ import annotations

import datetime as dt
import functools
import hashlib
import itertools
import uuid
from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, NamedTuple

import msgspec
from psycopg import Connection, IsolationLevel, sql

from vedette.apps.journal import canonical, heads
from vedette.apps.journal.canonical import CHAINED, MAY_GO, Link, id_ok
from vedette.core.entries import Entry
from vedette.formats.lists import entry_hash
from vedette.keys.months import MonthKey, MonthKeys
from vedette.keys.ring import Keys, KeysError

#: The number of seals that are verified at once.
BATCH = 20_000
#: Maximum number of wrong seals that are compared with each other, to distinguish exchanged rows from changed
#: ones.
MOST_COMPARED = 300
#: If a row waits longer than this for its seal while a worker is running, it is reported.
PATIENCE = dt.timedelta(seconds=10)
#: The maximum time by which a journal entry may be earlier than the entry before it. Corrections of
#: clocks are smaller.
CLOCK = dt.timedelta(minutes=1)


class Finding(NamedTuple):
    """A finding: its kind (`changed`, `removed`, `inserted`, `reordered`, `cut`, `swapped`, `backdated`,
    `guards` or `heads`), the number of the seal, and a description.
    """

    what: str
    seq: int | None
    text: str

    def __str__(self) -> str:
        return f"{self.what}: {self.text}"


class _Wrong(NamedTuple):
    """A seal whose hash does not match the sealed row."""

    link: Link
    hash: bytes
    before: tuple[bytes, ...]
    row: bytes


@dataclass
class Report:
    """The result of a verification."""

    findings: list[Finding] = field(default_factory=list)
    seals: int = 0
    #: The number of decisions that were deleted as required by law, the lowest age of these decisions
    #: at their deletion, and the number of decisions with masked texts.
    gone: int = 0
    youngest: dt.timedelta | None = None
    masked: int = 0
    #: The number of masked texts that exist but were not verified, because their monthly key is not
    #: available.
    unopened: int = 0
    #: The number of rows that are not sealed yet. If the oldest of them has waited too long while a
    #: worker is running, `late` is the time for which it has waited.
    waiting: int = 0
    late: dt.timedelta | None = None
    heads: int = 0

    def add(self, what: str, seq: int | None, text: str) -> None:
        """Adds a finding."""
        self.findings.append(Finding(what, seq, text))


def verify(
    connection: Connection[Any],
    keys: Keys,
    heads_file: Path | None,
    publics: Mapping[str, bytes],
    progress: Callable[[int, int], None] = lambda done, of: None,
    months: MonthKeys | None = None,
) -> Report:
    """Verifies the whole journal in one snapshot of the database. `connection` must have access to
    all rows and must have no open transaction.

    `publics` maps the key ids of heads to public keys. `months` contains the monthly keys that decrypt masked
    texts. Raises `KeysError` if the key of the chain is missing.
    """
    report = Report()
    connection.isolation_level = IsolationLevel.REPEATABLE_READ
    with connection.transaction():
        connection.execute("SET TRANSACTION READ ONLY")
        hold_texts(connection)
        marked = _heads(connection, heads_file, publics, report)
        _Chain(connection, keys, report, marked, months).read(progress)
        _guards(connection, report)
        _unsealed(connection, report)
        _check_lists(connection, lambda text: report.add("changed", None, text))
        _waiting(connection, report)
    return report


def _heads(
    connection: Connection[Any],
    path: Path | None,
    publics: Mapping[str, bytes],
    report: Report,
) -> dict[int, list[str]]:
    """Verifies the heads. Returns the hashes that the heads contain. The keys of the result are the numbers
    of the seals."""
    marked: dict[int, list[str]] = {}
    if path is None or not path.is_file():
        report.add(
            "heads", None, "there are no heads: a missing end of the journal cannot be detected"
        )
        return marked
    here = str(heads.installation(connection))
    try:
        for head in heads.read(path, publics):
            report.heads += 1
            marked.setdefault(head.seq, []).append(head.hash)
            if head.installation != here:
                report.add(
                    "swapped", head.seq,
                    f"the heads belong to installation {head.installation}, the database to {here}",
                )  # fmt: skip
                return marked
    except heads.Broken as error:
        report.add("heads", None, str(error))
    return marked


class _Chain:
    """Reads and checks all seals once, in order."""

    def __init__(
        self,
        connection: Connection[Any],
        keys: Keys,
        report: Report,
        marked: dict[int, list[str]],
        months: MonthKeys | None,
    ) -> None:
        self._connection, self._report, self._marked = connection, report, marked
        self._keys = {int(k.split("-")[1]): keys.key(k) for k in keys.ids("chain")}
        keys.require("chain")
        self._last = 0
        #: The hashes that are accepted as the previous hash of the next seal: the stored hash and the
        #: computed hash.
        self._before: tuple[bytes, ...] = (canonical.beginning(heads.installation(connection)),)
        self._wrong: list[_Wrong] = []
        self._wrong_count = 0
        self._latest: dt.datetime | None = None
        self._reader = TextReader(connection, months)
        gone = connection.execute(
            "SELECT kind, row_id, at, NULL FROM journal_seal WHERE gone AND kind = ANY(%(kinds)s)"
            " UNION ALL SELECT kind, row_id, since, coalesce(proof, '') FROM journal_pending"
            " WHERE gone AND kind = ANY(%(kinds)s)",
            {"kinds": list(MAY_GO)},
        )
        #: The deletion time of each row whose deletion the law required. A sealed deletion had a proof
        #: when it was sealed. A deletion that still waits for its seal counts only if its proof is
        #: valid.
        self._gone: dict[tuple[str, str], dt.datetime] = {
            (kind, row_id): at
            for kind, row_id, at, proof in gone
            if proof is None or canonical.proven(keys, kind, row_id, proof)
        }

    def read(self, progress: Callable[[int, int], None]) -> None:
        """Reads and checks the whole chain."""
        [[total]] = self._connection.execute("SELECT count(*) FROM journal_seal")
        with self._connection.cursor(name="seals") as cursor:
            cursor.itersize = BATCH
            cursor.execute(
                "SELECT seq, kind, row_id, gone, at, epoch, words, hash FROM journal_seal ORDER BY seq"
            )
            while rows := cursor.fetchmany(BATCH):
                self._check([(Link(*row[:7]), bytes(row[7])) for row in rows])
                progress(self._report.seals, total)
        if beyond := [seq for seq in self._marked if seq > self._last]:
            seq = min(beyond)
            self._report.add(
                "cut",
                seq,
                f"a signed head contains seal {seq}; the journal ends at seal {self._last}",
            )
        self._tell()

    def _check(self, batch: Sequence[tuple[Link, bytes]]) -> None:
        rows, said = self._fetch([link for link, _ in batch])
        for link, stored in batch:
            self._report.seals += 1
            if link.seq != self._last + 1:
                self._report.add(
                    "removed", link.seq, f"seals {self._last + 1} to {link.seq - 1} are missing"
                )
                # The previous seal is unknown, so the hash of this seal cannot be checked.
                self._before = ()
            row = b"" if link.gone else rows.get((link.kind, link.row_id))
            self._link(link, stored, row)
            if link.words is not None:
                self._words(link, said.get(link.row_id))
            for known in self._marked.get(link.seq, ()):
                if known != stored.hex():
                    self._report.add(
                        "swapped", link.seq,
                        f"seal {link.seq} is not the one in a signed head",
                    )  # fmt: skip
            self._last = link.seq

    def _fetch(
        self, links: Sequence[Link]
    ) -> tuple[dict[tuple[str, str], bytes], dict[str, Texts]]:
        present = [link for link in links if not link.gone and id_ok(link.kind, link.row_id)]
        rows = {
            (kind, row_id): row
            for kind in {link.kind for link in present}
            for row_id, row in canonical.rows(
                self._connection, kind, [link.row_id for link in present if link.kind == kind]
            ).items()
        }
        worded = [link.row_id for link in links if link.words is not None and id_ok(*link[1:3])]
        return rows, self._reader.read(worded) if worded else {}

    def _link(self, link: Link, stored: bytes, row: bytes | None) -> None:
        accepted, self._before = self._before, (stored,)
        key = self._keys.get(link.epoch)
        if row is None:
            went = self._gone.get((link.kind, link.row_id))
            if went is None:
                self._report.add("removed", link.seq, f"{_name(*link[1:3])} no longer exists")
            else:
                age, youngest = went - link.at, self._report.youngest
                self._report.gone += 1
                self._report.youngest = age if youngest is None else min(age, youngest)
        elif key is None:
            self._report.add(
                "changed",
                link.seq,
                f"{_name(*link[1:3])} cannot be verified: the key of epoch {link.epoch} is missing",
            )
        else:
            should = [canonical.link_hash(key, before, link, row) for before in accepted]
            if accepted and stored not in should:
                self._wrong_count += 1
                if len(self._wrong) < MOST_COMPARED:
                    self._wrong.append(_Wrong(link, stored, accepted, row))
                self._before = (stored, *should[:1])
            if link.kind == "act":
                self._time(link, row)

    def _time(self, link: Link, row: bytes) -> None:
        """Reports a journal entry whose time is much earlier than the time of the entry before it. Entries
        are sealed approximately in the order in which they are written, so an entry with an earlier time was
        inserted later.
        """
        at = dt.datetime.fromisoformat(_field(row, 1)).replace(tzinfo=dt.UTC)
        if self._latest is not None and at < self._latest - CLOCK:
            self._report.add(
                "backdated", link.seq,
                f"{_name(*link[1:3])} has the time {at:%Y-%m-%d %H:%M:%S} but was written after"
                f" {self._latest:%Y-%m-%d %H:%M:%S} (or a clock was set back)",
            )  # fmt: skip
        elif self._latest is None or at > self._latest:
            self._latest = at

    def _words(self, link: Link, said: Texts | None) -> None:
        """Checks that the texts of a decision are unchanged, even if the texts are masked. Deleted decisions
        are skipped.
        """
        key = self._keys.get(link.epoch)
        if key is None or (link.kind, link.row_id) in self._gone:
            return
        name = f"the texts of {_name(*link[1:3])}"
        if said is None:
            self._report.add("removed", link.seq, f"{name} exist neither in clear nor masked")
            return
        self._report.masked += said.masked
        if said.problem:
            self._report.add("changed", link.seq, f"{name} cannot be decrypted: {said.problem}")
        elif not said.opened:
            self._report.unopened += 1
        elif canonical.words_hash(key, link.row_id, said.texts) != link.words:
            self._report.add("changed", link.seq, f"{name} were changed")

    def _tell(self) -> None:
        """Reports each wrong seal (link of the hash chain) as changed, or as exchanged with another seal."""
        if self._wrong_count > MOST_COMPARED:
            first = self._wrong[0].link.seq
            self._report.add(
                "swapped", first,
                f"{self._wrong_count} seals do not match the key, the first is {first}:"
                " this is another journal, or the hashes were computed again without the key",
            )  # fmt: skip
            return
        exchanged = self._exchanged()
        for wrong in self._wrong:
            link = wrong.link
            if link.seq in exchanged:
                self._report.add(
                    "reordered", link.seq,
                    f"seal {link.seq} ({_name(*link[1:3])}) is in the place of another seal",
                )  # fmt: skip
            else:
                self._report.add(
                    "changed", link.seq, f"{_name(*link[1:3])} or its seal {link.seq} was changed"
                )

    def _exchanged(self) -> set[int]:
        """Returns the numbers of the wrong seals (links of the hash chain) that were exchanged with each
        other. Two wrong seals were exchanged if one of them becomes correct when its row, or all its values,
        are replaced by those of the other seal.
        """
        found: set[int] = set()
        hashes = {wrong.hash for wrong in self._wrong}
        for here, other in itertools.permutations(self._wrong, 2):
            key = self._keys[here.link.epoch]
            link = other.link._replace(seq=here.link.seq)
            if any(
                canonical.link_hash(key, before, tried, other.row) in hashes
                for before in here.before
                for tried in (link, here.link)
            ):
                found |= {here.link.seq, other.link.seq}
        return found


def _name(kind: str, row_id: str) -> str:
    return f"{kind.replace('_', ' ')} {row_id}"


def _field(row: bytes, number: int) -> str:
    """Returns the text of a column from the canonical form of a row. The column must not be NULL."""
    start = 0
    for _ in range(number):
        length = int.from_bytes(row[start : start + 4], "big")
        start += 4 + (0 if length == 0xFFFFFFFF else length)
    length = int.from_bytes(row[start : start + 4], "big")
    return row[start + 4 : start + 4 + length].decode()


def _guards(connection: Connection[Any], report: Report) -> None:
    """Reports triggers that are currently disabled or missing. The other checks find, as far as possible, the
    changes that were made while a trigger was disabled.
    """
    wanted = {
        (chained.table, name)
        for chained in CHAINED.values()
        for name in ("to_seal", "append_only", "no_truncate")
    } | {(CHAINED[kind].table, "gone_to_seal") for kind in MAY_GO}
    there = connection.execute(
        "SELECT c.relname, t.tgname FROM pg_trigger t JOIN pg_class c ON c.oid = t.tgrelid"
        " WHERE t.tgenabled = 'O' AND c.relnamespace = 'public'::regnamespace"
    )
    for table, name in sorted(wanted - set(there)):
        report.add("guards", None, f"the trigger {name} of {table} is disabled or missing")


def _unsealed(connection: Connection[Any], report: Report) -> None:
    """Reports rows that have no seal and do not wait for a seal. A row that has no seal and does not wait for
    one was inserted while the triggers were disabled.
    """
    for kind, chained in CHAINED.items():
        statement = sql.SQL(
            "SELECT t.id::text FROM {} t"
            " WHERE NOT EXISTS (SELECT FROM journal_seal s"
            "   WHERE s.kind = {} AND s.row_id = t.id::text AND NOT s.gone)"
            " AND NOT EXISTS (SELECT FROM journal_pending p"
            "   WHERE p.kind = {} AND p.row_id = t.id::text) ORDER BY t.id LIMIT 1000"
        ).format(sql.Identifier(chained.table), sql.Literal(kind), sql.Literal(kind))
        for (row_id,) in connection.execute(statement):
            report.add(
                "inserted",
                None,
                f"{_name(kind, row_id)} was never sealed and does not wait for its seal",
            )


def _waiting(connection: Connection[Any], report: Report) -> None:
    [[report.waiting, waited, working]] = connection.execute(
        "SELECT count(*), now() - min(since), EXISTS (SELECT FROM upkeep_beat"
        " WHERE seen_at > now() - interval '30 seconds') FROM journal_pending"
    )
    if working and waited is not None and waited > PATIENCE:
        report.late = waited


_CLEAR_TEXTS = "hits_textclear"
_APART = "SELECT apart FROM retention_masking WHERE parent = %s AND to_regclass(apart) IS NOT NULL"
_SEALED = """
    SELECT owner, part, kind, retention_class, month, sealed FROM {}
    WHERE owner = ANY(%s::uuid[]) AND kind = ANY(%s)
"""


@dataclass(frozen=True)
class Vault:
    """The table of masked values, and the function that decrypts one of its rows with a monthly key."""

    table: str
    open_row: Callable[[MonthKey, str, uuid.UUID, uuid.UUID, bytes], Mapping[str, Any]]


_vaults: list[Vault] = []


def register_vault(vault: Vault) -> None:
    """Registers the table of masked texts. The app `retention` calls this function once."""
    _vaults[:] = [vault]


@dataclass
class Texts:
    """The texts of one decision and their seals. The keys of `texts` are the kinds of the texts. `masked` is
    true if the texts are masked, and `opened` is true if the texts could be read. If the texts could not be
    decrypted, `problem` is the reason.
    """

    texts: dict[str, str] = field(default_factory=dict)
    masked: bool = False
    opened: bool = True
    problem: str = ""


def hold_texts(connection: Connection[Any]) -> None:
    """Locks the tables of texts, so that no partition is dropped while the transaction reads them. The lock
    must be the first statement of the transaction. A retention run that starts during the verification waits,
    or is repeated an hour later.
    """
    connection.execute(f"LOCK TABLE {_CLEAR_TEXTS}, {_vaults[0].table} IN ACCESS SHARE MODE")


class TextReader:
    """Reads the texts of decisions in one snapshot of the database."""

    def __init__(self, connection: Connection[Any], months: MonthKeys | None) -> None:
        self._connection = connection
        self._month_key = functools.cache(months.get) if months else None
        self._tables = [
            _CLEAR_TEXTS,
            *(name for (name,) in connection.execute(_APART, [_CLEAR_TEXTS])),
        ]

    def read(self, decisions: Sequence[str]) -> dict[str, Texts]:
        """Returns the texts of the given decisions. The keys of the result are the ids of the decisions.
        Decisions without texts are left out.
        """
        found: dict[str, Texts] = {}
        for table in self._tables:
            for subject, kind, text in canonical.texts(self._connection, decisions, table):
                said = found.setdefault(subject, Texts(masked=table != _CLEAR_TEXTS))
                said.texts[kind] = text
        if masked := [decision for decision in decisions if decision not in found]:
            self._open(masked, found)
        return found

    def _open(self, decisions: Sequence[str], found: dict[str, Texts]) -> None:
        """Reads the texts of the given decisions from the vault and adds the texts to `found`."""
        vault = _vaults[0]
        rows = self._connection.execute(
            _SEALED.format(vault.table), [list(decisions), list(canonical.WORDS)]
        )
        for subject, part, kind, class_, month, sealed in rows:
            said = found.setdefault(str(subject), Texts(masked=True))
            if self._month_key is None:
                said.opened = False
                continue
            try:
                key = self._month_key(class_, month.replace(day=1))
                said.texts[kind] = vault.open_row(key, kind, subject, part, bytes(sealed))["text"]
            except KeysError as error:
                said.opened, said.problem = False, said.problem or str(error)


#: The number of list entries that are read at once.
_ENTRIES_AT_ONCE = 5_000

_VERSIONS = """
    SELECT w.id::text, v.number, v.content_hash, v.id::text
    FROM lists_watchlist w LEFT JOIN lists_listversion v ON v.watchlist_id = w.id
    WHERE NOT w.lookouts ORDER BY w.id, v.number
"""
#: The text of a lookout is deleted a month after its end (`retention/runs.py`). After that, it cannot
#: be checked.
_ENTRIES = """
    SELECT e.id::text, e.watchlist_id::text, e.content_hash, e.since, e.until, e.ref, e.content::text
    FROM lists_listentry e JOIN lists_watchlist w ON w.id = e.watchlist_id
    WHERE NOT (w.lookouts AND e.content = jsonb_build_object('ref', e.ref))
"""


def _check_lists(connection: Connection[Any], tell: Callable[[str], None]) -> None:
    """Reports every changed entry of a watchlist. For each list, also reports the first version whose entries
    differ from the entries that were stored at its import.
    """
    #: Maps a list and the number of a version to the hashes of the entries that this version added
    #: (`begun`) or ended (`ended`).
    begun: dict[tuple[str, int], list[str]] = defaultdict(list)
    ended: dict[tuple[str, int], list[str]] = defaultdict(list)
    with connection.cursor(name="entries") as cursor:
        cursor.itersize = _ENTRIES_AT_ONCE
        cursor.execute(_ENTRIES)
        for id_, watchlist, hash_, since, until, ref, content in cursor:
            if not _is(content, ref, hash_):
                tell(f"entry {id_} of list {watchlist} was changed")
            begun[watchlist, since].append(hash_)
            if until is not None:
                ended[watchlist, until].append(hash_)
    current: dict[str, list[str]] = {}
    wrong: set[str] = set()
    numbers: set[tuple[str, int]] = set()
    for watchlist, number, hash_, id_ in connection.execute(_VERSIONS).fetchall():
        before = current.setdefault(watchlist, [])
        if number is None or watchlist in wrong:
            continue
        numbers.add((watchlist, number))
        gone = set(ended[watchlist, number])
        kept = [one for one in before if one not in gone]
        current[watchlist] = sorted(kept + begun[watchlist, number])
        if hashlib.sha256("\n".join(current[watchlist]).encode()).hexdigest() != hash_:
            tell(f"the entries of list version {id_} (number {number}) are not the ones it had")
            wrong.add(watchlist)
    strays = {watchlist for watchlist, _ in (begun.keys() | ended.keys()) - numbers}
    for watchlist in sorted(strays & current.keys() - wrong):
        tell(f"list {watchlist} has entries that no version added or ended")


def _is(content: str, ref: str, hash_: str) -> bool:
    try:
        entry = msgspec.json.decode(content, type=Entry)
    except msgspec.ValidationError:
        return False
    return entry.ref == ref and entry_hash(entry) == hash_
