"""Computes the rates of false hits by script of the name, by sex and by nationality."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass

from vedette.screening.names.scripts import script_of

#: Smaller groups are counted together as "other", because their shares are not reliable.
SMALLEST = 100


@dataclass(frozen=True, slots=True)
class Share:
    """Counts the people of a group who are on no list (`asked`), and how many of these people had a hit
    (`hit`).
    """

    kind: str
    group: str
    asked: int
    hit: int

    @property
    def share(self) -> float:
        """Returns the share of the people in the group who had a hit."""
        return self.hit / self.asked if self.asked else 0.0


def script(name: str) -> str:
    """Returns the script of the first letter of a name: LATIN, ARABIC, CJK …"""
    return next((script_of(c) for c in name if c.isalpha()), "") or "other"


_GROUPS: tuple[tuple[str, Callable[[Mapping[str, str]], str]], ...] = (
    ("script", lambda row: script(row.get("full_name", ""))),
    ("sex", lambda row: row.get("gender") or row.get("sex") or "unknown"),
    ("nationality", lambda row: row.get("nationality") or "unknown"),
)


def shares(rows: Iterable[Mapping[str, str]], hits: Iterable[bool]) -> Iterator[Share]:
    """For each group, yields the share of hits among people who are on no list. Each row has the columns
    `full_name`, `gender` and `nationality`.
    """
    answered = list(zip(rows, hits, strict=True))
    for kind, group in _GROUPS:
        asked = Counter(group(row) for row, _ in answered)
        hit = Counter(group(row) for row, was_hit in answered if was_hit)
        small = [name for name, count in asked.items() if count < SMALLEST]
        for name, count in sorted(asked.items()):
            if name not in small:
                yield Share(kind, name, count, hit[name])
        if small:
            yield Share(kind, "other", sum(asked[n] for n in small), sum(hit[n] for n in small))
