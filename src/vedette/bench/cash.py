"""Measures the screening of cash on a synthetic data set ("world") of movements of cash. The true cases in
the data set are known and are stored in separate files.

`vedette bench cash` generates a synthetic data set (`demo/world/cash.py`). `vedette bench cash --world DIR
--truth DIR` reads an existing data set instead. The files are:

- `DIR/movements.csv`: the records of the user's own administration, as `CASH-CSV` (docs/messages.md). Rows
  with the action `count` contain the results of counting the cash.
- `DIR/partner.csv`: the declarations of partners, as `CASH-CSV` with the column `partner`. This file is
  optional.
- `DIR/rates.csv`: exchange rates of any source of `cash/rates.py`.
- `TRUTH/truth.csv` with the columns `reference`, `kind` and `case`. The kinds `courier`, `structuring` and
  `cell` are true cases. All other kinds are ordinary movements that are similar to true cases. A
  movement that is not listed in `TRUTH/truth.csv` is ordinary.
- `TRUTH/pairs.csv` with the columns `departure` and `arrival`: the references of the two declarations of one
  movement.

In each file, the rows with the same reference are consecutive. The measurement reads the files of `TRUTH`
only after all movements are screened. A movement is compared with other movements within the time windows of
`cash/history.py`. Later movements are included, because an installation screens a movement again when it
receives a linked movement.
"""

from __future__ import annotations

import csv
import tempfile
import time
from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

import polars as pl

from vedette.bench import Figure
from vedette.cash import columns, counts, history, money, pairs, rates
from vedette.cash.columns import Known
from vedette.cash.counts import Difference
from vedette.cash.formats import table
from vedette.cash.records import Count, Line, Message, Pair
from vedette.cash.starter import starter
from vedette.cash.valuing import Values, day_of_value, variant_of
from vedette.core.errors import Failure
from vedette.demo.world import cash as world_of_cash
from vedette.profiles.frames import DTYPES
from vedette.profiles.run import Profile, ProfileSet

SIZE = 100_000
#: Rows of one data frame.
_CHUNK = 20_000


@dataclass
class Read:
    """The data that are collected while the files of a data set are read: facts and declarations by
    reference, and the last counts.
    """

    facts: dict[str, history.Facts] = field(default_factory=dict)
    declared: dict[str, pairs.Declared] = field(default_factory=dict)
    counts: dict[str, Count] = field(default_factory=dict)
    differences: dict[str, tuple[Difference, ...]] = field(default_factory=dict)
    #: Reference → whether the statement is of a partner, and its direction.
    partner: dict[str, tuple[str | None, str | None]] = field(default_factory=dict)


def run(world: str = "", truth: str = "", movements: int = SIZE) -> Iterator[Figure]:
    """Measures the given data set. Without a given data set, generates a data set and measures it."""
    if world:
        yield from measure(Path(world), Path(truth) if truth else None)
        return
    with tempfile.TemporaryDirectory() as folder:
        drawn, apart = Path(folder, "world"), Path(folder, "truth")
        world_of_cash.write(world_of_cash.World(1, movements), drawn, apart)
        yield from measure(drawn, apart)


def measure(folder: Path, truth: Path | None) -> Iterator[Figure]:
    """Screens a data set with the starter profiles, then compares the hits with the known true cases."""
    start = time.perf_counter()
    book = _book(folder)
    read = _first_pass(folder, book)
    found = _pairs(read)
    hits = _screen(folder, book, read, found)
    seconds = time.perf_counter() - start
    size = f"{len(read.facts):,} movements"
    hit = {reference for some in hits.values() for reference in some}
    yield Figure(
        "movements with a hit",
        100 * len(hit) / max(1, len(read.facts)),
        "%",
        size,
        target="at most 1 %",
    )
    for name in sorted(hits):
        yield Figure(f"hits of {name}", len(hits[name]), "movements", size)
    if truth is not None:
        yield from _against(truth, read, hit, found)
    yield Figure("reading, matching and screening", len(read.facts) / seconds, "movements/s", size)


def _book(folder: Path) -> Values:
    path = folder / "rates.csv"
    if not path.exists():
        raise Failure(f"{path} is absent; the world needs exchange rates")
    file = rates.read(path.read_bytes())
    return Values(rates.Book(file.rates), file.source)


def _messages(folder: Path) -> Iterator[Message]:
    for name in ("movements.csv", "partner.csv"):
        path = folder / name
        if path.exists():
            with path.open(encoding="utf-8-sig", newline="") as file:
                yield from table.read_rows(file)
        elif name == "movements.csv":
            raise Failure(f"{path} is absent; see vedette.bench.cash for the files of a world")


def _first_pass(folder: Path, book: Values) -> Read:
    read = Read()
    lines: dict[str, tuple[Line, ...]] = {}
    for message in _messages(folder):
        if message.action == "count" and message.count is not None and message.amends:
            read.counts[message.amends] = message.count
            continue
        reference, day = message.reference, day_of_value(message)
        if message.action != "original" or reference is None or day is None:
            continue
        value, variant = book.total(message), variant_of(message)
        reached = variant.threshold.reached(value) if value is not None else None
        lines[reference] = message.movement.lines
        # A partner's declaration is the other side of a movement, so it is no further movement of the person.
        facts = history.facts(
            reference, message.movement, day, value, variant.threshold.amount, reached
        )
        if message.partner:
            facts = history.Facts(id=reference, at=day)
        read.facts[reference] = facts
        read.partner[reference] = (message.partner, message.movement.direction)
        declared = pairs.declared(reference, message.movement, value)
        if declared is not None:
            read.declared[reference] = declared
    for reference, count in read.counts.items():
        if reference in lines:
            read.differences[reference] = counts.differences(lines[reference], count)
    return read


def _pairs(read: Read) -> dict[str, Pair]:
    """Matches the declarations of partners with the declarations of the user's own administration. Returns,
    for each declaration, the pair that contains the declaration. If the partner sends only some of its
    declarations about a route, declarations on this route are left out if they have no counterpart.
    """
    sides: dict[tuple[bool, str], list[pairs.Declared]] = defaultdict(list)
    for reference, one in read.declared.items():
        partner, direction = read.partner[reference]
        leaves = (direction or "").startswith("exit")
        sides[partner is not None, "exit" if leaves else "entry"].append(one)
    found: dict[str, Pair] = {}
    for departures, arrivals in (
        (sides[True, "exit"], sides[False, "entry"]),
        (sides[False, "exit"], sides[True, "entry"]),
    ):
        made = pairs.match(departures, arrivals)
        leaving, arriving = pairs.answered(departures, made), pairs.answered(arrivals, made)
        for pair in made:
            for id in (*pair.departures, *pair.arrivals):
                way = pairs.route(read.declared[id])
                informs = {"departure_only": way in leaving, "arrival_only": way in arriving}
                if informs.get(pair.result, True):
                    found[id] = pair
    return found


def _screen(
    folder: Path,
    book: Values,
    read: Read,
    found: Mapping[str, Pair],
) -> dict[str, set[str]]:
    """Returns the references of the movements that each starter profile matches."""
    vocabulary = columns.vocabulary()
    profiles = ProfileSet(
        Profile(id=file.id, tree=file.parsed(vocabulary), lists=file.lists) for file in starter()
    )
    schema = {column.name: DTYPES[column.type] for column in vocabulary.columns}
    index = history.Index(read.facts.values())
    hits: dict[str, set[str]] = {id: set() for id in profiles.ids}
    waiting: list[dict[str, object]] = []
    references: list[str] = []

    def fire() -> None:
        pairs_ = profiles.fire(pl.DataFrame(waiting, schema=schema))
        if pairs_.failed:
            raise Failure(f"profiles could not be evaluated: {pairs_.failed}")
        for row, profile in zip(pairs_.rows.tolist(), pairs_.profiles.tolist(), strict=True):
            hits[profiles.ids[profile]].add(references[row])
        waiting.clear()
        references.clear()

    for message in _messages(folder):
        reference = message.reference
        if message.action != "original" or reference not in read.facts or reference is None:
            continue
        waiting.append(columns.of_movement(message, _known(message, book, read, found, index)))
        references.append(reference)
        if len(waiting) == _CHUNK:
            fire()
    fire()
    return hits


def _known(
    message: Message,
    book: Values,
    read: Read,
    found: Mapping[str, Pair],
    index: history.Index,
) -> Known:
    reference = message.reference or ""
    facts = read.facts[reference]
    values = book.of_lines(message)
    pair = found.get(reference)
    before = (
        [read.declared[id].value for id in pair.departures if id in read.declared] if pair else []
    )
    known = [value for value in before if value is not None]
    gold = None
    if any(line.kind == "gold" for line in message.movement.lines):
        gold = book.gold_price(message)
    differences = read.differences.get(reference, ())
    return Known(
        values=values,
        value=book.total(message),
        count=read.counts.get(reference),
        differences=differences,
        difference=book.difference(message, differences),
        pair=pair,
        departure_value=money.added(known) if known and len(known) == len(before) else None,
        gold_price=gold,
        history=history.features(facts, index.related(facts).values()),
    )


def _against(truth: Path, read: Read, hit: set[str], found: Mapping[str, Pair]) -> Iterator[Figure]:
    """Compares the hits and the pairs with the known true cases and true pairs."""
    kinds: dict[str, dict[str, list[str]]] = defaultdict(lambda: defaultdict(list))
    with (truth / "truth.csv").open(encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file):
            if row["reference"] in read.facts:
                kinds[row["kind"]][row["case"]].append(row["reference"])
    planted = [
        reference
        for kind in world_of_cash.PLANTED
        for some in kinds[kind].values()
        for reference in some
    ]
    size = f"{len(planted):,} planted"
    yield Figure("inserted movements with a hit", _part(planted, hit), "%", size, target="95 %")
    for kind, cases in sorted(kinds.items()):
        all_ = [reference for some in cases.values() for reference in some]
        if kind in world_of_cash.PLANTED:
            with_hit = sum(any(reference in hit for reference in some) for some in cases.values())
            yield Figure(
                f"{kind}: cases with a hit",
                100 * with_hit / len(cases),
                "%",
                f"{len(cases):,} cases",
            )
            yield Figure(
                f"{kind}: movements with a hit", _part(all_, hit), "%", f"{len(all_):,} movements"
            )
        else:
            yield Figure(
                f"look-alike {kind}", _part(all_, hit), "%", f"{len(all_):,} movements",
                target="at most 5 %",
            )  # fmt: skip
    yield from pair_figures(truth / "pairs.csv", found)


def pair_figures(path: Path, found: Mapping[str, Pair]) -> Iterator[Figure]:
    """Compares the pairs with the true pairs. Returns the share of true links that were found, and the share
    of found links that are false. A movement that was divided into several declarations has several links.
    """
    with path.open(encoding="utf-8", newline="") as file:
        true = {(row["departure"], row["arrival"]) for row in csv.DictReader(file)}
    links = {(d, a) for pair in found.values() for d in pair.departures for a in pair.arrivals}
    right = len(links & true)
    size = f"{len(true):,} true links"
    yield Figure("pairs matched", 100 * right / max(1, len(true)), "%", size, target="97 %")
    yield Figure(
        "false pairs",
        100 * (len(links) - right) / max(1, len(links)),
        "%",
        f"{len(links):,} links",
        target="at most 0.5 %",
    )
    states = Counter(pair.result for pair in found.values())
    yield Figure("declarations in equal pairs", states["equal"], "declarations", size)


def _part(some: list[str], hit: set[str]) -> float:
    return 100 * sum(reference in hit for reference in some) / max(1, len(some))
