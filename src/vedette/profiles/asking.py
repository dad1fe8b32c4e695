"""Evaluates the active profiles over a frame of subjects: which are true, and by which conditions.

`Profiles` is built once from the active versions and is immutable, like `knowledge.Knowledge`. `Question` is
one expression over stored values: it uses the same parser and the same compiled conditions.
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
    """An active version. `id` is that of the profile, `version` that of its version. A `shadow` version runs
    without raising a hit. Parameters and code lists are bound when it is compiled."""

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
        """The reason for a subject for which it is true, with the conditions that held (`evidence.Held` as
        plain data). It states the version, from which the words are made."""
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
    """The row and the reason for each profile that is true, and the ids of the active profiles that were
    evaluated. For all other rows these profiles are not true."""

    fired: list[tuple[int, Reason]]
    asked: frozenset[str]


class Profiles:
    """The active profiles of one organisation and kind of subject."""

    def __init__(
        self,
        vocabulary: Vocabulary,
        profiles: Sequence[ActiveProfile],
        lists: CodeLists | None = None,
    ) -> None:
        self.kind = vocabulary.kind
        self.profiles: list[ActiveProfile] = []
        #: Profiles whose expression cannot be read any more; they are not evaluated.
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
        """Evaluates the profiles for each row, with the evidence of those that are true."""
        if not self.profiles or not frame.height:
            return Answers([], frozenset())
        found = self._set.fire(frame)
        for failed in found.failed:
            # The message states the kind of error and the id of the version, and no data.
            logger.error("profile version %s could not be asked: %s", failed.id, failed.error)
        rows, places = found.rows.tolist(), found.profiles.tolist()
        held = self._set.explain_plain(frame, rows, places)
        fired = [
            (row, self.profiles[place].reason(evidence))
            for row, place, evidence in zip(rows, places, held, strict=True)
        ]
        unasked = {failed.id for failed in found.failed}
        asked = (p.id for p in self.profiles if not p.shadow and p.version not in unasked)
        return Answers(fired, frozenset(asked))


class Question:
    """One expression over stored values: its result for each row, and the columns that it reads."""

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
        """For each row true, false, or null if the result depends on a missing value."""
        return self._set.judge(frame, "asked")
