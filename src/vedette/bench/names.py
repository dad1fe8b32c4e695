"""Measures the matching of names: the quality on labelled pairs and people, the speed compared with
rapidfuzz, and the search in an index of a million names.

Reads the lists and the labelled names from the folder that the variable `VEDETTE_SHARED` names. The default
is the folder `shared` in the parent directory of the source tree. Prints nothing if the folder does not
exist.
"""

from __future__ import annotations

import csv
import math
import os
import random
import resource
import subprocess
import sys
import time
from collections import defaultdict
from collections.abc import Iterator
from functools import partial
from pathlib import Path

from rapidfuzz import fuzz, process

from vedette.bench import Figure
from vedette.bench.stage import output_of, seconds, timed
from vedette.core.entries import Entry, EntryName
from vedette.formats import lists
from vedette.screening.names import answers, fairness
from vedette.screening.names.compare import compare
from vedette.screening.names.index import NameIndex
from vedette.screening.names.model import DEFAULT_THRESHOLD, Query

LISTS = ("un_consolidated_2025-08-16.xml", "ofac_sdn_2021-06_sdn.csv")
MILLION = 1_000_000
#: Number of rounds when processes are compared. The best round counts.
TURNS = 4
Rows = list[dict[str, str]]


def _rows(path: Path) -> Rows:
    with path.open(encoding="utf-8", newline="") as handle:
        return list(csv.DictReader(handle))


def _entries(folder: Path) -> list[tuple[str, Entry]]:
    files = ((name, lists.read(folder / "watchlists" / name)) for name in LISTS)
    return [(name, entry) for name, file in files for entry in file.entries]


def run() -> Iterator[Figure]:
    """Yields all figures about names."""
    root = Path(__file__).resolve().parents[3]
    folder = Path(os.environ.get("VEDETTE_SHARED") or root.parent / "shared") / "data"
    if not folder.exists():
        return
    names = folder / "names"
    yield from _pairs(_rows(names / "pairs_dev.csv"))
    entries = _entries(folder)
    index = NameIndex.build(entries)
    size = f"{len(index):,} names"
    yield from _people(index, size, names)
    yield from _recall(entries, _rows(names / "pairs_dev.csv"))
    yield from _speed(index, entries, size, names)
    yield from _two_workers(index, size, _rows(names / "negatives_dev.csv"))
    yield from _million(folder)


def _pairs(rows: Rows) -> Iterator[Figure]:
    """Yields the F1 score at the default threshold, with a bootstrap interval (1,000 resamples, seed 1)."""
    found = [
        (
            compare(r["name1"], r["name2"], r["schema"]).score >= DEFAULT_THRESHOLD,
            r["is_match"] == "true",
        )
        for r in rows
    ]
    chance = random.Random(1)  # noqa: S311
    spread = sorted(_f1(chance.choices(found, k=len(found))) for _ in range(1000))
    about = f"{len(rows)} labelled pairs, 95 % interval {spread[25]:.3f} to {spread[974]:.3f}"
    yield Figure(
        "name pairs, F1 at the default threshold", _f1(found), "", about, target="0.86 unseen"
    )


def _f1(found: list[tuple[bool, bool]]) -> float:
    right = sum(said and true for said, true in found)
    return 2 * right / max(1, sum(said + true for said, true in found))


def _people(index: NameIndex, size: str, names: Path) -> Iterator[Figure]:
    listed = _rows(names / "positives_un_treated_dev.csv")
    wanted = [" ".join(r["listed_name"].split()).casefold() for r in listed]
    found = index.search([answers.query(r) for r in listed])
    missed = sum(
        not any(" ".join(m.name.split()).casefold() == name for m in matches)
        and not any(compare(m.name, name, "Person").score >= 0.99 for m in matches)
        for name, matches in zip(wanted, found, strict=True)
    )
    yield Figure("treated UN people missed", missed, "people", f"{len(listed)} asked, {size}")
    others = _rows(names / "negatives_dev.csv")
    hits = [bool(m) for m in index.search([answers.query(r) for r in others])]
    about = f"{len(others):,} people on no list, {size}"
    yield Figure(
        "people on no list hit", 100 * sum(hits) / len(hits), "%", about, target="at most 0.2"
    )
    for share in fairness.shares(others, hits):
        yield Figure(
            f"hit, {share.kind} {share.group}", 100 * share.share, "%", f"{share.asked} people"
        )


def _recall(entries: list[tuple[str, Entry]], rows: Rows) -> Iterator[Figure]:
    """Measures the recall. For each labelled pair, the column `name2` is added to the list, and the column
    `name1` is the query."""
    true = [r for r in rows if r["is_match"] == "true"]
    hidden = [
        ("hidden", Entry(ref=str(k), schema="Unknown", names=(EntryName(full=r["name2"]),)))
        for k, r in enumerate(true)
    ]
    index = NameIndex.build([*entries, *hidden])
    found = index.search([Query(full_name=r["name1"]) for r in true], 0.0, 50)
    got = sum(
        any(m.list_id == "hidden" and true[int(m.entry)]["name2"] == r["name2"] for m in matches)
        for r, matches in zip(true, found, strict=True)
    )
    about = f"{len(true)} needles among {len(index):,} names"
    yield Figure("candidate recall@50", got / len(true), "", about, target="0.985")


def _speed(
    index: NameIndex, entries: list[tuple[str, Entry]], size: str, names: Path
) -> Iterator[Figure]:
    """Measures the search in all names with vedette and with rapidfuzz. The two measurements are made
    alternately. Yields the median of three rounds.

    Each round starts without cached words, like a new process.
    """
    listed = [_plain(name.full) for _, entry in entries for name in entry.names]
    for what, file in (
        ("people on no list", "negatives_dev.csv"),
        ("treated UN people", "positives_un_treated_dev.csv"),
    ):
        queries = [answers.query(r) for r in _rows(names / file)[:500]]
        texts = [_plain(q.text) for q in queries]
        ratios, ours = [], []
        for _ in range(3):
            brute = seconds(
                partial(process.cdist, texts, listed, scorer=fuzz.ratio, score_cutoff=85, workers=1)
            )
            own = seconds(partial(NameIndex(index.columns).search, queries))
            ratios.append(brute / own)
            ours.append(len(queries) / own)
        about = f"{len(queries)} {what}, {size}{_busy()}"
        yield Figure("name searches", sorted(ours)[1], "/s", about)
        yield Figure("times rapidfuzz over all names", sorted(ratios)[1], "×", about, target="4")


def _busy() -> str:
    """Returns a remark if other processes use the processors, because the measured time is then not
    reliable."""
    waiting, cores = os.getloadavg()[0], os.cpu_count() or 1
    return f", BUSY machine: {waiting:.1f} processes on {cores} cores" if waiting > cores else ""


def _plain(name: str) -> str:
    return " ".join(sorted(name.casefold().split()))


_LOOP = (
    "import time\nx,t=0,time.perf_counter()\nwhile x<15_000_000: x+=1\nprint(time.perf_counter()-t)"
)


def _loops(count: int) -> float:
    """Returns the total number of loops that `count` processes complete per second. The loop uses the
    processor and almost no memory.
    """
    running = [
        subprocess.Popen([sys.executable, "-c", _LOOP], stdout=subprocess.PIPE)
        for _ in range(count)
    ]
    return sum(1.0 / float(p.communicate()[0]) for p in running)


def _two_workers(index: NameIndex, size: str, rows: Rows) -> Iterator[Figure]:
    """Measures how much faster two processes search than one process. Compares this gain in speed with the
    gain for a loop that uses almost no memory.

    Measurements with one process and with two processes alternate. Measurements of searches and of loops also
    alternate. The best of `TURNS` measurements is used, because other processes on the machine can only slow
    a measurement.
    """
    # Each measurement lasts some seconds: in half a second, the start and the last chunk would take too large
    # a share of the time.
    rows = rows * 8
    rates: dict[tuple[str, int], list[float]] = defaultdict(list)
    with answers.workers(index, 1) as one, answers.workers(index, 2) as two:
        for _ in range(TURNS):
            for count, answering in ((1, one), (2, two)):
                found = partial(answering.answers, rows, DEFAULT_THRESHOLD, 10)
                took = seconds(lambda found=found: sum(map(len, found())))  # type: ignore[misc]
                rates["search", count].append(len(rows) / took)
                rates["loop", count].append(_loops(count))
    gain, ideal = (max(rates[what, 2]) / max(rates[what, 1]) for what in ("search", "loop"))
    about = f"{len(rows):,} queries, {size}, ×{gain:.2f} beside ×{ideal:.2f}, best of {TURNS}"
    yield Figure(
        "two workers' gain, share of two pure loops'", gain / ideal, "", about + _busy(), 2, "0.85"
    )


def _million(folder: Path) -> Iterator[Figure]:
    """Measures a million names in a separate process, because the memory of the process is measured."""
    code = f"from vedette.bench import names; names.million({str(folder)!r})"
    rate, own, peak, tokens, hit = output_of(code).split()
    about = f"{MILLION:,} names, {int(tokens):,} distinct tokens, {hit} queries hit"
    yield Figure(
        "name searches among a million", float(rate), "/s", about + _busy(), target="4,000"
    )
    yield Figure("the same by the process's own time", float(own), "/s", about)
    yield Figure("peak memory with a million names", float(peak), "MB", about, target="under 1,000")


def synthetic(entries: list[tuple[str, Entry]], count: int) -> Iterator[tuple[str, Entry]]:
    """Yields names. Half of the words in the names come from names on the lists. The other words are invented
    and can be pronounced. The seed of the random generator is 7.
    """
    chance = random.Random(7)  # noqa: S311
    pool = [w for _, e in entries for n in e.names for w in n.full.split() if w.isascii()]
    syllables = [
        c + v + f for c in "bdfghjklmnprstvz" for v in "aeiou" for f in ("", "n", "r", "l", "s")
    ]
    for number in range(count):
        words = [
            chance.choice(pool)
            if chance.random() < 0.5
            else "".join(chance.choices(syllables, k=chance.choice((2, 3, 3))))
            for _ in range(chance.choice((2, 3, 3, 4)))
        ]
        yield "synthetic", Entry(ref=str(number), names=(EntryName(full=" ".join(words)),))


def million(folder: str) -> None:
    """Builds the index of a million names and searches it. Prints the queries per second of elapsed time and
    of processor time. Also prints the peak memory in MB, the number of tokens, and the number of queries with
    a hit.
    """
    index = NameIndex.build(synthetic(_entries(Path(folder)), MILLION))
    queries = [answers.query(r) for r in _rows(Path(folder) / "names" / "negatives_dev.csv")]
    index.search(queries[:10])
    began = time.process_time()
    found, took = timed(lambda: index.search(queries))
    spent = time.process_time() - began
    peak = math.ceil(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024)
    rates = len(queries) / took, len(queries) / spent
    print(*rates, peak, len(index.columns["hashes"]), sum(map(bool, found)))
