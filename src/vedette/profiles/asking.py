"""The profiles in force asked of a frame of subjects: which hold of whom, and by which conditions.

A snapshot like `knowledge.Knowledge`: built once from the versions in force, immutable, asked a million
times with the same answer. `Question` is one expression asked of the past: the same parsing, the same
compiled conditions.
"""

from __future__ import annotations

import logging
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

import msgspec
import polars as pl

from vedette.core.records import Record
from vedette.profiles.messages import ExpressionError
from vedette.profiles.parse import parse
from vedette.profiles.run import Profile, ProfileSet
from vedette.profiles.tree import Tree, columns
from vedette.profiles.vocabulary import Type, Vocabulary
from vedette.screening.reason import Reason


class ActiveProfile(Record, frozen=True, kw_only=True):
    """A version in force. `id` is the profile's, `version` that of its version; `shadow` runs without
    raising a hit. Parameters and code lists are bound when it is compiled."""

    id: str
    version: str
    number: int
    ref: str
    title: str
    expression: str
    weight: int
    theme: str
    purpose: str
    hash: str
    shadow: bool = False
    parameters: dict[str, Any] = msgspec.field(default_factory=dict)

    def reason(self, evidence: tuple[dict[str, Any], ...]) -> Reason:
        """That it holds of a subject, with the conditions that made it hold (`evidence.Held` as plain
        data). It names the version; the words are made from it."""
        return Reason(
            kind="profile",
            key=f"profile:{self.id}",
            contribution=self.weight,
            params={"ref": self.ref, "number": self.number, "title": self.title},
            evidence=evidence,
            theme=self.theme,
            purpose=self.purpose,
            version=self.version,
            hash=self.hash,
            shadow=self.shadow,
        )


logger = logging.getLogger(__name__)

#: Code lists hold texts.
_TEXT: Type = "text"
CodeLists = Mapping[str, tuple[str, ...] | None]


def read(
    vocabulary: Vocabulary, expression: str, parameters: Mapping[str, Any], lists: CodeLists
) -> Tree:
    """The tree of an expression over a vocabulary. Raises `ExpressionError`."""
    return parse(expression, vocabulary, dict.fromkeys(lists, _TEXT), parameters)


class Answers(NamedTuple):
    """Row and reason of every pair that holds; and the ids of the profiles in force that were asked: of
    a row that is not among the pairs, each of them says no."""

    fired: list[tuple[int, Reason]]
    asked: frozenset[str]


class Profiles:
    """The profiles in force of one organisation and kind of subject."""

    def __init__(
        self,
        vocabulary: Vocabulary,
        profiles: Sequence[ActiveProfile],
        lists: CodeLists | None = None,
    ) -> None:
        self.kind = vocabulary.kind
        self.profiles: list[ActiveProfile] = []
        #: Those whose expression does not read (any more): never asked.
        self.refused: list[ActiveProfile] = []
        made: list[Profile] = []
        for one in profiles:
            try:
                tree = read(vocabulary, one.expression, one.parameters, lists or {})
            except ExpressionError:
                self.refused.append(one)
                continue
            self.profiles.append(one)
            made.append(Profile(id=one.version, tree=tree, lists=dict(lists or {})))
        self._set = ProfileSet(made)

    def __len__(self) -> int:
        return len(self.profiles)

    def ask(self, frame: pl.DataFrame) -> Answers:
        """What the profiles say of each row, with the evidence of those that hold."""
        if not self.profiles or not frame.height:
            return Answers([], frozenset())
        found = self._set.fire(frame)
        for failed in found.failed:
            # The kind of an error and the id of a version; what it was about is not told.
            logger.error("profile version %s could not be asked: %s", failed.id, failed.error)
        fired: list[tuple[int, Reason]] = []
        rows, places = found.rows.tolist(), found.profiles.tolist()
        held = self._set.explain_plain(frame, rows, places)
        for row, place, evidence in zip(rows, places, held, strict=True):
            fired.append((row, self.profiles[place].reason(evidence)))
        unasked = {failed.id for failed in found.failed}
        asked = (p.id for p in self.profiles if not p.shadow and p.version not in unasked)
        return Answers(fired, frozenset(asked))


class Question:
    """One expression asked of the past: what each row says, and which columns it reads."""

    def __init__(
        self,
        vocabulary: Vocabulary,
        expression: str,
        parameters: Mapping[str, Any],
        lists: CodeLists,
    ) -> None:
        self.vocabulary = vocabulary
        tree = read(vocabulary, expression, parameters, lists)
        self.columns = tuple(column.name for column in columns(tree))
        self._set = ProfileSet([Profile(id="asked", tree=tree, lists=dict(lists))])

    def judge(self, frame: pl.DataFrame) -> pl.Series:
        """True, false, or null where what is missing decides; a row each."""
        return self._set.judge(frame, "asked")
