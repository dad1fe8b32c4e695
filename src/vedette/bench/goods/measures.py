"""Measures the control lists: precision and recall on labelled lines, false alarms on ordinary goods, the
effect of changed spellings, throughput, load time and memory.

Reads the labelled lines from the folder that the variable `VEDETTE_SHARED` names. The default is the folder
`shared` in the parent directory of the source tree. Prints nothing if the folder does not exist.
"""

from __future__ import annotations

import csv
import gzip
import math
import os
import random
import re
import resource
import time
from collections import defaultdict
from collections.abc import Callable, Iterator
from pathlib import Path

from vedette.bench import Figure, vague
from vedette.goods import knowledge
from vedette.screening.control_lists.matcher import Matcher
from vedette.screening.control_lists.model import Line, Result

Rows = list[dict[str, str]]
_ALIKE = dict(zip("aeopcyxkmt", "аеорсухкмт", strict=True))
_WIDE = {code: code + 0xFEE0 for code in range(0x21, 0x7F)}
_ARABIC_DIGITS = {0x30 + n: 0x660 + n for n in range(10)}


def run() -> Iterator[Figure]:
    """Yields all figures about control lists."""
    root = Path(__file__).resolve().parents[4]
    folder = Path(os.environ.get("VEDETTE_SHARED") or root.parent / "shared") / "data"
    if not folder.exists():
        return
    before = time.perf_counter()
    matcher = knowledge.matcher()
    yield Figure(
        "control lists, load", time.perf_counter() - before, "s", f"{matcher.index.size:,} words"
    )
    with (folder / "goods" / "dev.csv").open(encoding="utf-8", newline="") as handle:
        labelled = list(csv.DictReader(handle))
    yield from _quality(matcher, labelled)
    yield from _changed(matcher, labelled)
    yield from _nomenclature(matcher, folder / "reference" / "hs2022_en_fr.csv")
    yield from _ordinary(matcher, folder / "goods", labelled)
    yield from vague.run(folder)
    memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    yield Figure("control lists, peak memory of the process", memory, "MB", "all of the above")


def interval(good: int, total: int) -> str:
    """Returns a text with the 95 % confidence interval of a share (Wilson score interval)."""
    if not total:
        return "no keys"
    share, z = good / total, 1.96
    middle = (share + z * z / (2 * total)) / (1 + z * z / total)
    half = (
        z
        * math.sqrt(share * (1 - share) / total + z * z / (4 * total * total))
        / (1 + z * z / total)
    )
    return f"{good} of {total}, 95 % interval {middle - half:.3f} to {middle + half:.3f}"


def _keys(text: str) -> set[str]:
    return set(filter(None, text.split(";")))


def alarms(keys: set[str]) -> set[str]:
    """Returns only the keys of substances, arms and fuses; all other keys are left out."""
    return {key for key in keys if not key.startswith("hs:") or key.startswith("hs:3603")}


def script(text: str) -> str:
    """Returns the script (for example Cyrillic) of a description."""
    for name, pattern in (
        ("Arabic", "[\u0600-\u06ff]"),
        ("Cyrillic", "[\u0400-\u04ff]"),
        ("Chinese", "[\u4e00-\u9fff]"),
    ):
        if re.search(pattern, text):
            return name
    return "Latin"


def _found(
    matcher: Matcher, row: dict[str, str], text: str, *, declared: bool
) -> tuple[set[str], set[str]]:
    """Returns the keys that the matcher found and the keys that were expected."""
    line = Line(description=text, hs=row["hs_declared"] if declared else "")
    found, expected = set(matcher.check(line).keys), _keys(row["expected"])
    return (found, expected) if declared else (alarms(found), alarms(expected))


def _quality(matcher: Matcher, rows: Rows) -> Iterator[Figure]:
    for declared in (True, False):
        how = "with HS code" if declared else "without HS code, substances and arms"
        right = wrong = 0
        groups: dict[str, list[int]] = defaultdict(lambda: [0, 0])
        decoys = [0, 0]
        for row in rows:
            found, expected = _found(matcher, row, row["description"], declared=declared)
            right += len(found & expected)
            wrong += len(found - expected)
            if row["theme"] == "none":
                decoys[0] += not found
                decoys[1] += 1
            for group in ("all", row["theme"], script(row["description"]), row["hardness"]):
                groups[group][0] += len(found & expected)
                groups[group][1] += len(expected)
        total = right + wrong
        yield Figure(
            f"precision {how}", right / max(total, 1), "", interval(right, total), target="0.93"
        )
        for group, (good, number) in sorted(groups.items()):
            if number:
                yield Figure(f"recall {how}, {group}", good / number, "", interval(good, number),
                             target="0.90" if declared and group == "all" else "0.80")  # fmt: skip
        good, number = decoys
        yield Figure(
            f"silent decoys {how}", good / max(number, 1), "", interval(good, number), target="0.95"
        )


def _one_letter(change: Callable[[str, int], str]) -> Callable[[str, random.Random], str]:
    def changed(text: str, chance: random.Random) -> str:
        words = list(re.finditer(r"[^\W\d_]{5,}", text))
        if not words:
            return text
        word = chance.choice(words)
        return change(text, chance.randrange(word.start() + 1, word.end()))

    return changed


CHANGES: dict[str, Callable[[str, random.Random], str]] = {
    "O as 0": lambda text, _: text.replace("o", "0").replace("O", "0"),
    "l and I as 1": lambda text, _: text.replace("l", "1").replace("I", "1"),
    "a letter dropped": _one_letter(lambda text, at: text[:at] + text[at + 1 :]),
    "a letter doubled": _one_letter(lambda text, at: text[:at] + text[at] + text[at:]),
    "spaced words": lambda text, _: re.sub(
        r"[^\W\d_]{5,}", lambda word: " ".join(word.group()), text
    ),
    "Cyrillic look-alikes": lambda text, _: "".join(_ALIKE.get(char, char) for char in text),
    "Arabic-Indic digits": lambda text, _: text.translate(_ARABIC_DIGITS),
    "tatweel": lambda text, _: re.sub(r"([\u0620-\u064a])(?=[\u0620-\u064a])", "\\1\u0640", text),
    "zero-width characters": lambda text, _: "\u200b".join(text),
    "full-width characters": lambda text, _: text.translate(_WIDE),
}


def _changed(matcher: Matcher, rows: Rows) -> Iterator[Figure]:
    """Yields the recall, and the number of false alarms on decoys, for texts whose spelling was changed."""
    for name, change in CHANGES.items():
        chance = random.Random(11)  # noqa: S311  the same changes in each run
        good = number = noisy = decoys = 0
        for row in rows:
            found, expected = _found(
                matcher, row, change(row["description"], chance), declared=True
            )
            good += len(found & expected)
            number += len(expected)
            if not expected:
                decoys += 1
                noisy += bool(found)
        yield Figure(f"recall, {name}", good / max(number, 1), "",
                     f"{interval(good, number)}; {noisy} of {decoys} decoys raise an alarm")  # fmt: skip


def _nomenclature(matcher: Matcher, path: Path) -> Iterator[Figure]:
    listed = {code for entry in knowledge.shipped().entries for code in entry.hs}
    texts = raised = 0
    with path.open(encoding="utf-8", newline="") as handle:
        for row in csv.DictReader(handle):
            if row["level"] == "6" and row["hs"] not in listed:
                for column in ("desc_en_comtrade_pddl", "desc_en_eu", "desc_fr_eu"):
                    texts += 1
                    raised += bool(
                        alarms(set(matcher.check(Line(description=row[column], hs=row["hs"])).keys))
                    )
    yield Figure("alarms on HS 2022 texts", 1000 * raised / max(texts, 1), "per 1,000",
                 f"{texts:,} texts outside listed headings; at most 1")  # fmt: skip


def _speed(matcher: Matcher, described: list[str], codes: list[str]) -> tuple[float, list[Result]]:
    """Returns the results and the number of lines per second. The speed is measured in three runs without a
    cache, and the fastest run is used."""
    best, results = math.inf, []
    for _ in range(3):
        fresh = Matcher(matcher.knowledge)
        before = time.perf_counter()
        results = fresh.check_many(described, codes)
        best = min(best, time.perf_counter() - before)
    return len(described) / best, results


def _ordinary(matcher: Matcher, folder: Path, labelled: Rows) -> Iterator[Figure]:
    with (folder / "ordinary_dev_exceptions.csv").open(encoding="utf-8", newline="") as handle:
        exempt = {
            row["id"] for row in csv.DictReader(handle) if row["class"] in ("listed", "ambiguous")
        }
    with gzip.open(folder / "ordinary_dev.csv.gz", "rt", encoding="utf-8", newline="") as handle:
        rows = list(csv.DictReader(handle))
    described = [row["description"] for row in rows]
    codes = [row["hs_declared"] for row in rows]
    speed, results = _speed(matcher, described, codes)
    yield Figure("control lists, lines with reasons", speed, "lines/s",
                 f"{len(rows):,} ordinary lines", target="50,000")  # fmt: skip
    # Each labelled line gets a number of its own, so that no result is kept from an earlier line.
    half = len(rows) // 2
    named = [f"{labelled[n % len(labelled)]['description']}, {n}" for n in range(half)]
    named_codes = [labelled[n % len(labelled)]["hs_declared"] for n in range(half)]
    speed, _ = _speed(matcher, named + described[:half], named_codes + codes[:half])
    yield Figure("control lists, lines with reasons, half of them labelled", speed, "lines/s",
                 f"{2 * half:,} lines", target="20,000")  # fmt: skip
    counts: dict[str, list[int]] = defaultdict(lambda: [0, 0])
    for row, result in zip(rows, results, strict=True):
        alarm = row["id"] not in exempt and bool(alarms(set(result.keys)))
        for source in ("all", row["source"]):
            counts[source][0] += alarm
            counts[source][1] += 1
    for source, (number, total) in sorted(counts.items()):
        limit = "0.3" if source == "all" else "1.5"
        if source == "all" or total >= 1000:
            yield Figure(f"alarms on ordinary goods, {source}", 1000 * number / total, "per 1,000",
                         f"{interval(number, total)}; at most {limit}")  # fmt: skip
