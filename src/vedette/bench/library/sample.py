"""Test data for the search of the library in four languages: items, and queries whose relevant items are
known ("judged queries").

The file `words.txt` contains the words, divided into two halves that have no word in common. The search
engine is tuned with half A. Half B is used only for measurements. This module generates all titles and texts
from these words.

Each item has three words in its title and other words in its text. A query consists of the three words from
the title of an item. These words are changed in one of the following ways:

    plain     the words as in the title
    accents   without accents (French, Spanish)
    hamza     without hamza, and with other final letters (Arabic)
    article   with a different article from the one in the title: joined, separate or none
    vowels    with vowel signs (Arabic)
    plural    the singular instead of the plural, or the plural instead of the singular
    typo      one letter of one word is missing, doubled, replaced, or swapped with the next letter

The relevant items of a query are the items in its language whose title contains the three words.
"""

from __future__ import annotations

import itertools
import random
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from importlib.resources import files

from vedette.library.items import Item

LANGUAGES = ("en", "fr", "es", "ar")
#: The kinds of damage of each language.
DAMAGES = {
    "en": ("plain", "article", "plural", "typo"),
    "fr": ("plain", "accents", "article", "plural", "typo"),
    "es": ("plain", "accents", "article", "plural", "typo"),
    "ar": ("plain", "hamza", "vowels", "article", "plural", "typo"),
}
_KINDS = {
    "en": ("Guide to", "Handbook of", "Note on", "Standard for"),
    "fr": ("Guide :", "Manuel :", "Note :", "Norme :"),
    "es": ("Guía:", "Manual:", "Nota:", "Norma:"),
    "ar": ("إرشادات:", "كتيب:", "مذكرة:", "معيار:"),
}
_VOWELS = "\u064e\u064f\u0650\u0652"


@dataclass(frozen=True)
class Word:
    """A word of a language, with its singular, its plural and its gender (`m`, `f` or an empty text)."""

    singular: str
    plural: str
    gender: str = ""

    def form(self, plural: bool) -> str:
        """Returns the singular or the plural form of a word."""
        return self.plural if plural else self.singular


@dataclass(frozen=True)
class Query:
    """A query with its text, its language, the kind of change of the words, and the ids of the relevant
    items."""

    text: str
    language: str
    damage: str
    right: frozenset[str]


def words(half: str) -> dict[str, list[Word]]:
    """Returns the words of one half of `words.txt` by language. Words at the same position have the same
    meaning in all languages.
    """
    found: dict[str, list[Word]] = {language: [] for language in LANGUAGES}
    text = files("vedette.bench.library").joinpath("words.txt").read_text("utf-8")
    for line in text.splitlines():
        name, *cells = [cell.strip() for cell in line.split(";")]
        if name == half:
            for language, cell in zip(LANGUAGES, cells, strict=True):
                found[language].append(Word(*(part.strip() for part in cell.split(","))))
    return found


def build(half: str, items: int, queries: int, seed: int) -> tuple[list[Item], list[Query]]:
    """Generates items and queries. Each language has the same number of items and the same number of queries.
    `items` and `queries` are the total numbers for all languages together.
    """
    drawn = random.Random(seed)  # noqa: S311
    made: list[Item] = []
    asked: list[Query] = []
    for language, own in words(half).items():
        titles: dict[tuple[int, ...], list[str]] = {}
        forms: list[tuple[tuple[int, ...], list[bool]]] = []
        for number in range(items // len(LANGUAGES)):
            topic = tuple(drawn.sample(range(len(own)), 3))
            plurals = [drawn.random() < 0.5 for _ in topic]
            item = _item(drawn, language, own, topic, plurals, f"{language}-{number:05}")
            made.append(item)
            titles.setdefault(tuple(sorted(topic)), []).append(item.id)
            forms.append((topic, plurals))
        kinds = itertools.cycle(DAMAGES[language])
        for _ in range(queries // len(LANGUAGES)):
            topic, plurals = drawn.choice(forms)
            damage = next(kinds)
            text = _asked(drawn, language, [own[one] for one in topic], plurals, damage)
            asked.append(Query(text, language, damage, frozenset(titles[tuple(sorted(topic))])))
    return made, asked


def _item(
    drawn: random.Random,
    language: str,
    own: list[Word],
    topic: tuple[int, ...],
    plurals: list[bool],
    id_: str,
) -> Item:
    named = [
        _with_article(language, own[one], plural)
        for one, plural in zip(topic, plurals, strict=True)
    ]
    joined = {"en": " and ", "fr": " et ", "es": " y ", "ar": " و"}[language]
    title = f"{drawn.choice(_KINDS[language])} {named[0]}{joined}{named[1]}, {named[2]}"
    others = drawn.sample(own, 10)
    text = " ".join(
        f"{_with_article(language, one, drawn.random() < 0.5)}{drawn.choice(('.', ',', joined.rstrip()))}"
        for one in others
    )
    return Item(
        id_, "guideline", language, title, ("global_shield",), summary=text[:120], text=text
    )


def _with_article(language: str, word: Word, plural: bool) -> str:
    written = word.form(plural)
    if language == "en":
        return f"the {written}"
    if language == "ar":
        return " ".join(f"ال{part}" for part in written.split())
    if language == "es":
        article = {"m": ("el", "los"), "f": ("la", "las")}[word.gender][plural]
        return f"{article} {written}"
    if plural:
        return f"les {written}"
    if unicodedata.normalize("NFD", written)[0].lower() in "aeiouh":
        return f"l’{written}"
    return f"{'le' if word.gender == 'm' else 'la'} {written}"


def _asked(
    drawn: random.Random, language: str, topic: list[Word], plurals: list[bool], damage: str
) -> str:
    if damage == "plural":
        plurals = [not plural for plural in plurals]
    written = [word.form(plural) for word, plural in zip(topic, plurals, strict=True)]
    if damage == "article":
        written = list(_articles(drawn, language, topic, plurals))
    elif damage == "accents":
        written = [_plain(one) for one in written]
    elif damage == "hamza":
        exchanged = str.maketrans("أإآؤئةى", "اااويهي")
        written = [one.translate(exchanged) for one in written]
    elif damage == "vowels":
        written = [
            "".join(sign + (drawn.choice(_VOWELS) if sign != " " else "") for sign in one)
            for one in written
        ]
    elif damage == "typo":
        place = max(range(len(written)), key=lambda n: (len(written[n]) >= 5, drawn.random()))
        written[place] = typo(drawn, written[place])
    drawn.shuffle(written)
    return " ".join(written)


def _articles(
    drawn: random.Random, language: str, topic: list[Word], plurals: list[bool]
) -> Iterator[str]:
    for word, plural in zip(topic, plurals, strict=True):
        written = word.form(plural)
        if language == "ar":
            yield drawn.choice(("وال", "بال", "لل", "كال", "")) + written
        elif language == "fr" and _plain(written)[0].lower() in "aeiou":
            yield drawn.choice(("l'", "d’", "d'", "qu’")) + written
        else:
            yield {"en": "of the ", "fr": "des ", "es": "de los "}[language] + written


def _plain(text: str) -> str:
    return "".join(
        one for one in unicodedata.normalize("NFD", text) if not unicodedata.combining(one)
    )


def typo(drawn: random.Random, word: str) -> str:
    """Returns a word with one typing error. The first letter of the word is not changed."""
    at = drawn.randrange(1, len(word) - 1)
    how = drawn.randrange(4)
    if how == 0:
        return word[:at] + word[at + 1 :]
    if how == 1:
        return word[:at] + word[at] + word[at:]
    if how == 2:
        return word[:at] + word[at + 1] + word[at] + word[at + 2 :]
    return (
        word[:at] + drawn.choice([one for one in word if one != word[at]] or ["x"]) + word[at + 1 :]
    )
