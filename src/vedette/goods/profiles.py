"""Profiles of strategic goods by HS chapter, and the search for the profile of a description.

A profile helps an officer to recognise goods that may be listed. A profile names the HS headings under which
the goods are declared, entries of control lists, ordinary goods that look alike, and documents to request. A
profile is not a decision, because the HS code alone is not sufficient. A profile contains nothing about the
production or the use of goods. No profile has been reviewed yet; each line states its source and its
reviewer.
"""

from __future__ import annotations

import csv
import functools
import importlib.resources
import math
import re
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass

from rapidfuzz import fuzz, process

from vedette.goods import knowledge
from vedette.goods.vague import general_words
from vedette.screening.control_lists.model import Line
from vedette.screening.control_lists.text import fold

LANGUAGES = ("en", "fr")
#: Maximum number of characters of a query.
_MOST = 500
#: Least similarity of two words, from 0 to 100, and the least length of words that are compared in this way.
_SIMILAR, _LEAST_LENGTH = 84, 5
#: The share that a general word ("machine", "equipment") has of the weight of another word.
_GENERAL = 0.3
_ENTRY = re.compile(r"\b([0-9][A-E][0-9]{3})(?![0-9])", re.IGNORECASE)
_HS = re.compile(r"(?<![\d.])(\d{4})(?:\.?(\d{2}))?(?:\.?\d{2}){0,2}(?![\d.])")

#: The categories and groups of Annex I, and the regime that the third character of an entry states.
CATEGORIES = {
    "en": ("Nuclear materials, facilities and equipment", "Special materials and related equipment",
           "Materials processing", "Electronics", "Computers", "Telecommunications and information security",
           "Sensors and lasers", "Navigation and avionics", "Marine", "Aerospace and propulsion"),
    "fr": ("Matières, installations et équipements nucléaires",
           "Matières spéciales et équipements apparentés",
           "Traitement des matériaux", "Électronique", "Calculateurs",
           "Télécommunications et sécurité de l’information", "Capteurs et lasers",
           "Navigation et avionique", "Marine", "Aérospatiale et propulsion"),
}  # fmt: skip
GROUPS = {
    "en": {"A": "equipment and components", "B": "test, inspection and production equipment",
           "C": "materials", "D": "software", "E": "technology"},
    "fr": {"A": "équipements et composants", "B": "équipements d’essai, d’inspection et de production",
           "C": "matières", "D": "logiciel", "E": "technologie"},
}  # fmt: skip
REGIMES = {
    "en": {"0": "Wassenaar Arrangement", "1": "Missile Technology Control Regime",
           "2": "Nuclear Suppliers Group", "3": "Australia Group", "4": "Chemical Weapons Convention"},
    "fr": {"0": "Arrangement de Wassenaar", "1": "Régime de contrôle de la technologie des missiles",
           "2": "Groupe des fournisseurs nucléaires", "3": "Groupe d’Australie",
           "4": "Convention sur les armes chimiques"},
}  # fmt: skip
_SOURCES = {
    "entry": "Regulation (EU) 2021/821, Annex I; the numbers were compared with the US Commerce Control List",
    "military": "Common Military List of the European Union, by its numbers; to be confirmed",
    "hs": "Harmonized System 2022",
    "look_alike": "general customs nomenclature; to be confirmed",
}
#: The statement of every profile.
NOT_ENOUGH = {
    "en": "The HS code alone is not enough: it does not show whether goods are listed. Compare the technical "
          "values of the goods with the entry.",
    "fr": "Le code SH ne suffit pas : il n’indique pas si les biens figurent sur une liste. Comparez les "
          "caractéristiques techniques des biens avec la rubrique.",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class ProfileLine:
    """A line of a profile: kind, value (for example the number of an entry), text, source and reviewer."""

    kind: str
    value: str
    text: str
    source: str
    reviewed: str


@dataclass(frozen=True, slots=True)
class Profile:
    """A profile of strategic goods. `names` contains the words by which the profile is found, in three
    languages."""

    key: str
    hs: tuple[str, ...]
    titles: dict[str, str]
    names: tuple[str, ...]
    entries: tuple[str, ...]
    look_alikes: dict[str, tuple[str, ...]]
    documents: str
    reviewed: str = ""

    def title(self, language: str) -> str:
        """Returns the title in a language or, if there is no title in this language, in English."""
        return self.titles.get(language) or self.titles["en"]

    def lines(self, language: str = "en") -> tuple[ProfileLine, ...]:
        """Returns all lines in English or French, each with its source."""
        language = language if language in LANGUAGES else "en"
        found = [("hs", code, "", _SOURCES["hs"]) for code in self.hs]
        for entry in self.entries:
            military = entry.startswith("ML")
            found.append(("entry", entry, "" if military else described(entry, language),
                          _SOURCES["military" if military else "entry"]))  # fmt: skip
        found += [
            ("look_alike", "", text, _SOURCES["look_alike"]) for text in self.look_alikes[language]
        ]
        found += [
            ("document", "", row[f"text_{language}"], row["source"])
            for row in _documents()
            if row["set"] in ("all", self.documents)
        ]
        return tuple(ProfileLine(*line, self.reviewed or "not reviewed") for line in found)


def described(entry: str, language: str = "en") -> str:
    """Returns the meaning of the number of a dual-use entry: category, group, and regime."""
    parts = [CATEGORIES[language][int(entry[0])], GROUPS[language].get(entry[1].upper(), ""),
             REGIMES[language].get(entry[2], "")]  # fmt: skip
    return "; ".join(filter(None, parts))


def _rows(name: str) -> Iterator[dict[str, str]]:
    file = importlib.resources.files("vedette.goods") / "lists" / name
    yield from csv.DictReader(file.read_text(encoding="utf-8").splitlines())


@functools.cache
def _documents() -> tuple[dict[str, str], ...]:
    return tuple(_rows("profile_documents.csv"))


@functools.cache
def profiles() -> dict[str, Profile]:
    """Returns all profiles as a mapping from key to profile."""
    return {
        row["profile"]: Profile(
            row["profile"], tuple(row["hs"].split(";")),
            {language: row[f"title_{language}"] for language in LANGUAGES},
            tuple(row["names"].split("|")), tuple(row["entries"].split(";")),
            {language: tuple(row[f"look_alikes_{language}"].split("|")) for language in LANGUAGES},
            row["documents"], row["reviewed"],
        )
        for row in _rows("profiles.csv")
    }  # fmt: skip


def _stem(word: str) -> str:
    return word[:-1] if len(word) > 3 and word[-1] in "sx" else word


def _words(text: str) -> list[str]:
    return [_stem(word) for word in fold(text).split() if len(word) > 2]


@functools.cache
def _general() -> frozenset[str]:
    return frozenset(map(_stem, general_words()))


@dataclass(frozen=True, slots=True)
class _Index:
    """The words of all profiles. Each word has a weight for every profile that contains it."""

    words: dict[str, dict[str, float]]
    phrases: tuple[tuple[str, str], ...]
    all: tuple[str, ...]


@functools.cache
def _index() -> _Index:
    counts: dict[str, dict[str, float]] = defaultdict(dict)
    phrases = []
    for key, profile in profiles().items():
        for name in (*profile.names, *profile.titles.values()):
            words = _words(name)
            for word in words:
                # A word of a short name says more than a word of a long one.
                share = 1.0 / math.sqrt(len(words))
                counts[word][key] = max(counts[word].get(key, 0.0), share)
            if len(words) > 1 and name in profile.names:
                phrases.append((" ".join(words), key))
    total = len(profiles())
    general = _general()
    weighted = {
        word: {
            key: share * math.log(1 + total / len(keys)) * (_GENERAL if word in general else 1.0)
            for key, share in keys.items()
        }
        for word, keys in counts.items()
    }
    return _Index(weighted, tuple(phrases), tuple(weighted))


def _similar(word: str, index: _Index) -> Iterator[tuple[str, float]]:
    """Yields the words of profiles that are similar to a word of a query, each with a factor from 0 to 1."""
    if word in index.words:
        yield word, 1.0
    elif len(word) >= _LEAST_LENGTH:
        for other, ratio, _ in process.extract(
            word, index.all, scorer=fuzz.ratio, score_cutoff=_SIMILAR, limit=2
        ):
            yield other, 0.8 * ratio / 100


def _by_codes(query: str, scores: dict[str, float]) -> None:
    """Adds the scores for the HS codes and entry numbers in a query."""
    entries = {found.group(1).upper() for found in _ENTRY.finditer(query)}
    codes = {found.group(1) + (found.group(2) or "") for found in _HS.finditer(query)}
    for key, profile in profiles().items():
        if entries.intersection(profile.entries):
            scores[key] += 20.0
        for code in codes:
            scores[key] += max(
                (2.0 * len(hs) for hs in profile.hs if code.startswith(hs)), default=0.0
            )


def _by_matches(query: str, scores: dict[str, float]) -> None:
    """Adds the scores of the profiles for the listed goods that the matcher finds in a query."""
    codes: set[str] = set()
    for match in knowledge.matcher().check(Line(description=query)).matches:
        for entry in knowledge.matcher().entries_of(match.key):
            codes.update(entry.hs)
    for key, profile in profiles().items():
        if any(code.startswith(hs) for code in codes for hs in profile.hs):
            scores[key] += 3.0


def search(query: str, limit: int = 3) -> list[Profile]:
    """Returns the profiles that match a description best. A description can contain words with typing errors,
    HS codes, and numbers of control list entries."""
    query = query[:_MOST]
    scores: dict[str, float] = defaultdict(float)
    _by_codes(query, scores)
    _by_matches(query, scores)
    index = _index()
    words = list(dict.fromkeys(_words(query)))
    general = _general()
    for word in words if any(word not in general for word in words) else ():
        best: dict[str, float] = {}
        for other, factor in _similar(word, index):
            for key, weight in index.words[other].items():
                best[key] = max(best.get(key, 0.0), factor * weight)
        for key, weight in best.items():
            scores[key] += weight
    joined = f" {' '.join(_words(query))} "
    for phrase, key in index.phrases:
        if f" {phrase} " in joined:
            scores[key] += 2.0 * phrase.count(" ")
    order = sorted(
        (key for key, score in scores.items() if score > 0), key=lambda key: (-scores[key], key)
    )
    return [profiles()[key] for key in order[:limit]]
