"""Merges the entries of several devices that answered one questionnaire without a network.

An entry is never overwritten. An entry contains the ids of the entries on which it is based. An entry on
which no other entry is based is a *current* entry of its question. If the current entries of a question
differ, a person compares them and decides. The decision is stored as a new entry that is based on all the
current entries. The result does not depend on the order of the entries. An entry that occurs several times is
counted once.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from vedette.assistance.sheets import MAX_ID, Problem, text

#: Greatest number of entries that one merge reads.
MAX_ENTRIES = 200_000


@dataclass(frozen=True)
class Entry:
    """One answer, as a device recorded it. `number` is the number of the entry on the device, counted from 1.
    `time` is the time according to the clock of the device; this time may be wrong, so no rule uses it.
    `value` is the answer."""

    id: str
    question: str
    device: str
    number: int
    author: str
    time: str
    based_on: tuple[str, ...]
    value: Mapping[str, Any]

    @property
    def meaning(self) -> tuple[Any, Any]:
        """Returns the parts of the answer that are compared: level and state."""
        return self.value.get("level"), self.value.get("state") or None


@dataclass(frozen=True)
class Merged:
    """The state of one question: its current entries in a fixed order."""

    question: str
    current: tuple[Entry, ...]

    @property
    def decided(self) -> bool:
        """Whether all current entries have the same meaning."""
        return len({one.meaning for one in self.current}) <= 1

    @property
    def evidence(self) -> list[str]:
        """Returns the evidence of all current entries in alphabetical order, without duplicates."""
        found = (one.value.get("evidence") for one in self.current)
        return sorted({str(item) for items in found if isinstance(items, list) for item in items})


def read_entry(data: Any, place: str) -> Entry | Problem:
    """Converts one JSON object to an entry (docs/assistance.md)."""
    if not isinstance(data, dict):
        return Problem(place, "must be an object")
    names = {key: text(data.get(key), MAX_ID) for key in ("entry", "question", "device", "author")}
    missing = [key for key, value in names.items() if not value]
    if missing:
        return Problem(place, f"lacks {', '.join(missing)}")
    based, number, value = data.get("based_on") or [], data.get("number"), data.get("answer")
    based = [based] if isinstance(based, str) else based
    if not isinstance(based, list) or not all(isinstance(one, str) for one in based):
        return Problem(f"{place}.based_on", "must be the id of an entry, or a list of ids")
    if isinstance(number, bool) or not isinstance(number, int) or number < 0:
        return Problem(f"{place}.number", "must be a whole number from 0")
    if not isinstance(value, dict):
        return Problem(f"{place}.answer", "must be an object with a level or a state")
    time = text(data.get("time"), MAX_ID)
    try:
        dt.datetime.fromisoformat(time)
    except ValueError:
        return Problem(f"{place}.time", "must be a time in ISO 8601")
    return Entry(
        names["entry"], names["question"], names["device"], number, names["author"], time,
        tuple(sorted(set(based))), value,
    )  # fmt: skip


def merge(entries: Iterable[Entry]) -> tuple[list[Merged], list[Problem]]:
    """Returns the state of each question in alphabetical order, and the problems.

    If two entries with the same id differ, both are kept. The hash of the entry with the greater hash is
    added to its id as a suffix, so that the result does not depend on the order. If entries are based on each
    other in a cycle, all of them are current. An entry also counts as current if the entry on which it is
    based belongs to another question or has not arrived.
    """
    by_id: dict[str, dict[str, Entry]] = {}
    for entry in entries:
        by_id.setdefault(entry.id, {})[_digest(entry)] = entry
    problems: list[Problem] = []
    kept: dict[str, Entry] = {}
    for name in sorted(by_id):
        for place, (digest, entry) in enumerate(sorted(by_id[name].items())):
            own = name if not place else f"{name}#{digest[:12]}"
            if place:
                problems.append(Problem(name, "two entries with this id differ; both are kept"))
            kept[own] = entry
    questions: dict[str, list[tuple[str, Entry]]] = {}
    for own, entry in kept.items():
        questions.setdefault(entry.question, []).append((own, entry))
    merged = []
    for question in sorted(questions):
        known = dict(questions[question])
        replaced = _replaced(known)
        if any(key not in kept for entry in known.values() for key in entry.based_on):
            problems.append(Problem(question, "an entry is based on an entry that has not arrived"))
        current = [entry for key, entry in sorted(known.items()) if key not in replaced]
        merged.append(Merged(question, tuple(current)))
    return merged, problems


def _replaced(entries: Mapping[str, Entry]) -> set[str]:
    """Returns the entries of a question on which another entry of the same question is based. If entries form
    a cycle, an entry of the cycle is replaced only by an entry outside it.
    """
    before = {
        key: {one for one in entry.based_on if one in entries and one != key}
        for key, entry in entries.items()
    }
    after: dict[str, set[str]] = {key: set() for key in entries}
    for key, former in before.items():
        for one in former:
            after[one].add(key)
    cyclic = _cyclic(before) & _cyclic(after)
    return {key for key, later in after.items() if (later - cyclic if key in cyclic else later)}


def _cyclic(before: Mapping[str, set[str]]) -> set[str]:
    """Returns the nodes of a graph that are in a cycle or can be reached from one. `before` contains the
    predecessors of each node."""
    left = {key: len(former) for key, former in before.items()}
    after: dict[str, list[str]] = {key: [] for key in before}
    for key, former in before.items():
        for one in former:
            after[one].append(key)
    free = [key for key, number in left.items() if not number]
    while free:
        for one in after[free.pop()]:
            left[one] -= 1
            if not left[one]:
                free.append(one)
    return {key for key, number in left.items() if number}


def _digest(entry: Entry) -> str:
    content = json.dumps(
        [entry.question, entry.device, entry.number, entry.author, entry.time, entry.based_on,
         entry.value], sort_keys=True, default=str,
    )  # fmt: skip
    return hashlib.sha256(content.encode()).hexdigest()
