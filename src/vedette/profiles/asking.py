"""Evaluates the active profiles over a frame of subjects: finds which profiles are true, and which conditions
make them true.

`Profiles` is made once from the active versions and is immutable, like `knowledge.Knowledge`.
`Question` is one expression over stored values. `Question` uses the same parser and the same
compiled conditions as `Profiles`.
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
    """An active version of a profile. `id` is the id of the profile, and `version` is the id of its version.
    A `shadow` version is evaluated but raises no hit. Parameters and code lists are inserted when the version
    is compiled."""

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
        """Returns the reason for a subject for which the profile is true, with the conditions that were true
        (`evidence.Held` as plain data). The reason states the version, from which the words of the reason are
        made."""
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

#: Code lists contain texts.
_TEXT: Type = "text"
CodeLists = Mapping[str, tuple[str, ...] | None]


def read(
    vocabulary: Vocabulary, expression: str, parameters: Mapping[str, Any], lists: CodeLists
) -> Tree:
    """Returns the tree of an expression over a vocabulary. Raises `ExpressionError` if the expression is not
    accepted."""
    return parse(expression, vocabulary, dict.fromkeys(lists, _TEXT), parameters)


class Answers(NamedTuple):
    """`fired`: the row and the reason for each profile that is true. `asked`: the ids of the active profiles
    that were evaluated. A profile in `asked` is false or unknown for every row that is not in
    `fired`."""

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
        #: Profiles whose expression is not accepted any more. They are not evaluated.
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
        """Evaluates the profiles for each row. Returns the profiles that are true, with their evidence."""
        if not self.profiles or not frame.height:
            return Answers([], frozenset())
        found = self._set.fire(frame)
        for failed in found.failed:
            # The message states the kind of error and the id of the version, but no data.
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
    """One expression over stored values, with the columns that it reads."""

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
        """Returns true or false for each row, or null if the result depends on a missing value."""
        return self._set.judge(frame, "asked")
