"""Reads a question bank: areas, scales of levels, and questions in English and French.

A scale contains the criteria of the levels 0 to 5, each of which can be observed. Several questions may use
the same scale.
"""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Any

from vedette.core.errors import Failure

LANGUAGES = ("en", "fr")
#: The bank that vedette ships.
EXAMPLE = "example"


@dataclass(frozen=True)
class BankQuestion:
    """A question with its texts by language: the question, the criteria of the six levels, and the evidence
    that is requested. `source` is the instrument and the paragraph on which the question is based.
    """

    id: str
    area: str
    theme: str
    source: str
    text: Mapping[str, str]
    levels: Mapping[str, tuple[str, ...]]
    evidence: Mapping[str, str]
    scoring: Mapping[str, Any]


@dataclass(frozen=True)
class Bank:
    """A question bank with the names of its areas by language, and the weight of each area in the total."""

    version: str
    areas: Mapping[str, Mapping[str, str]]
    questions: tuple[BankQuestion, ...]
    weights: Mapping[str, int]

    def as_sheet(self) -> dict[str, Any]:
        """Returns the value of the key `bank` in a sheet (docs/assistance.md).

        The value contains no answers.
        """
        return {
            "areas": [{"id": area, "weight": self.weights[area]} for area in self.areas],
            "questions": [
                {
                    "id": one.id,
                    "area": one.area,
                    "theme": one.theme,
                    "version": self.version,
                    **one.scoring,
                }
                for one in self.questions
            ],
        }


@cache
def example() -> Bank:
    """Returns the question bank that is part of vedette."""
    text = files("vedette.assistance.bank").joinpath(f"{EXAMPLE}.toml").read_text("utf-8")
    return read_bank(tomllib.loads(text))


def read_bank(data: Mapping[str, Any]) -> Bank:
    """Converts the content of a TOML file to a question bank. Raises `Failure` if an area, a scale or a text
    is missing.
    """
    try:
        areas = {one["id"]: {tongue: one[tongue] for tongue in LANGUAGES} for one in data["areas"]}
        questions = tuple(_question(one, data["scales"], areas) for one in data["questions"])
        weights = {one["id"]: int(one.get("weight", 1)) for one in data["areas"]}
        return Bank(str(data["version"]), areas, questions, weights)
    except (KeyError, TypeError) as error:
        raise Failure(f"the question bank lacks {error}") from error


def _question(
    one: Mapping[str, Any], scales: Mapping[str, Any], areas: Mapping[str, Any]
) -> BankQuestion:
    scale = scales[one["scale"]]
    levels = {tongue: tuple(scale[tongue]) for tongue in LANGUAGES}
    if one["area"] not in areas or any(len(criteria) != 6 for criteria in levels.values()):
        raise Failure(f"the question {one['id']} needs an area of the bank and six levels")
    scoring = {
        key: one[key] for key in ("weight", "minimum", "target", "risk", "effort") if key in one
    }
    if "minimum" in scoring:
        scoring["critical"] = True
    return BankQuestion(
        id=one["id"], area=one["area"], theme=one["theme"], source=one["source"], scoring=scoring,
        text={tongue: one[tongue] for tongue in LANGUAGES}, levels=levels,
        evidence={tongue: scale[f"evidence_{tongue}"] for tongue in LANGUAGES},
    )  # fmt: skip
