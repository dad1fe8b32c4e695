"""The search keys of words in English, French, Spanish and Arabic.

A word has several keys. A word without accents, with a joined article, in the plural or with vowel signs
therefore has a key in common with its usual form. Two words match if they have a key in common. Words in
Latin script are reduced to their stems by the Snowball stemmer for their language, once with accents and once
without. Words in Latin script are also reduced once for each singular form that the stemmer does not find.
Arabic words are reduced by the rules of light10 (Larkey, Ballesteros and Connell, 2007); a weak key, which
consists of the consonants of a word, finds irregular (broken) plurals.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from functools import lru_cache
from importlib.resources import files
from typing import Any

#: Languages with a stemmer of their own; a text of another language uses the English one.
STEMMERS = {"en": "english", "fr": "french", "es": "spanish"}
#: The most words that are indexed of one text, and the longest word in characters.
MAX_WORDS, MAX_WORD = 50_000, 40
#: A letter or digit, then letters, digits and marks (accents written apart, Arabic vowel signs).
_WORD = re.compile(r"[^\W_](?:[^\W_]|[\u0300-\u036f\u064b-\u0652\u0670])*(?:[./-]\d+)*")
_ELIDED = re.compile(r"(?<![^\W_])(?:l|d|j|m|n|s|t|c|qu|jusqu|lorsqu|puisqu)['’](?=[^\W_])", re.I)


#: Arabic letters that are written in several forms.
_ARABIC = str.maketrans(
    {"أ": "ا", "إ": "ا", "آ": "ا", "ٱ": "ا", "ى": "ي", "ة": "ه", "ؤ": "و", "ئ": "ي", "ـ": ""}
)
_ARTICLES = ("وال", "بال", "كال", "فال", "لل", "ال")
_ENDINGS = ("ها", "ان", "ات", "ون", "ين", "يه", "ه", "ي")
#: Letters that a broken plural adds, drops or exchanges; the sign before a key of consonants only.
_WEAK, SKELETON = frozenset("اويىءئؤه"), "~"
#: Endings of plurals → those of the singular, by language.
_PLURALS: dict[str, dict[str, tuple[str, ...]]] = {
    "en": {"s": ("",), "ves": ("f", "fe")},
    "fr": {"s": ("",), "aux": ("al", "ail")},
    "es": {"s": ("",), "es": ("",), "ces": ("z",)},
}
#: Least length of a word for which one or two letters may differ.
ONE_FROM, TWO_FROM = 4, 9


def fold(text: str) -> str:
    """Returns a text in lower case, without accents and vowel signs, with Arabic letters in their basic
    form."""
    plain = unicodedata.normalize("NFKD", text).lower()
    plain = "".join(sign for sign in plain if not unicodedata.combining(sign))
    return unicodedata.normalize("NFKC", plain).translate(_ARABIC)


def _stop_words() -> dict[str, frozenset[str]]:
    """Reads the words that are ignored by the search (stop words), by language."""
    text = files("vedette.library").joinpath("stop_words.txt").read_text("utf-8")
    rows = [line.partition(":") for line in text.splitlines() if not line.startswith("#")]
    return {language: frozenset(map(fold, found.split())) for language, _, found in rows}


#: Words that a query and a text have without a meaning for the search, by language, in folded form.
STOP = _stop_words()


def words(text: str, language: str) -> Iterator[tuple[int, int, str]]:
    """Returns the words of a text with the positions of their first and last characters, without stop words.
    A French article that is joined with an apostrophe is not part of the word.
    """
    stop = STOP.get(language, frozenset())
    text = _ELIDED.sub(lambda match: " " * len(match[0]), text)
    for number, match in enumerate(_WORD.finditer(text)):
        if number >= MAX_WORDS:
            return
        if fold(match[0]) not in stop:
            yield match.start(), match.end(), match[0][:MAX_WORD]


@lru_cache(maxsize=200_000)
def keys(word: str, language: str) -> tuple[str, ...]:
    """Returns the keys of a word of a text (`keys_asked`). The keys of recently used words are cached."""
    return keys_asked(word, language)


def keys_asked(word: str, language: str) -> tuple[str, ...]:
    """Returns the keys of a word, the strictest first. A key that begins with `SKELETON` is a weak key.
    Queries use this function, because its time does not depend on the content of the index or on other
    queries.
    """
    plain = fold(word)[:MAX_WORD]
    if any("\u0600" <= sign <= "\u06ff" for sign in plain):
        light = _light(plain)
        skeleton = _skeleton(light)
        return tuple(dict.fromkeys((light, plain, *((SKELETON + skeleton,) if skeleton else ()))))
    if not plain.isalpha():
        return (plain,)
    stemmer = _stemmer(STEMMERS.get(language, "english"))
    composed = unicodedata.normalize("NFC", word.lower())
    found = [fold(stemmer.stemWord(composed))[:MAX_WORD], stemmer.stemWord(plain)]
    found += (stemmer.stemWord(singular) for singular in _singulars(plain, language))
    return tuple(dict.fromkeys(found))


def _singulars(word: str, language: str) -> Iterator[str]:
    """Returns the possible singular forms of plurals that the stemmers do not change: envois, armas, luces,
    travaux, knives."""
    for ending, endings in _PLURALS.get(language, _PLURALS["en"]).items():
        if word.endswith(ending) and len(word) >= len(ending) + 2:
            yield from (word[: -len(ending)] + one for one in endings)


def spellings(word: str) -> tuple[str, ...]:
    """Returns the forms of a word that are compared to find typing errors: the normalised word and, for an
    Arabic word, the word without article and ending."""
    plain = fold(word)[:MAX_WORD]
    if any("\u0600" <= sign <= "\u06ff" for sign in plain):
        return tuple(dict.fromkeys((plain, _light(plain))))
    return (plain,)


@lru_cache(maxsize=8)
def _stemmer(name: str) -> Any:
    # Needs 3.5 MB. The worker imports this module, but only the process of the library looks for words.
    import snowballstemmer

    return snowballstemmer.stemmer(name)


def _light(word: str) -> str:
    """Removes the conjunction, the article and the ending of an Arabic word, but keeps at least two
    letters."""
    if word.startswith("و") and len(word) > 3:
        word = word[1:] if not word.startswith("وال") else word
    for article in _ARTICLES:
        if word.startswith(article) and len(word) - len(article) >= 2:
            word = word[len(article) :]
            break
    shorter = True
    while shorter:
        shorter = False
        for ending in _ENDINGS:
            if word.endswith(ending) and len(word) - len(ending) >= 2:
                word, shorter = word[: -len(ending)], True
                break
    return word


def _skeleton(word: str) -> str:
    """Returns the consonants of an Arabic word, without weak letters and without a doubled consonant. Most
    broken plurals have the consonants of their singular (Wright, A Grammar of the Arabic Language, 304). The
    result is empty if fewer than two consonants are left."""
    found = ""
    for sign in word:
        if sign not in _WEAK and not found.endswith(sign):
            found += sign
    return found if len(found) >= 2 else ""


def shortened(key: str) -> set[str]:
    """Returns a word and its shortened forms: without one letter or, if the word is long, without up to two
    letters. A correct word and the same word with a typing error have such a form in common (as in SymSpell).
    """
    forms = {key}
    if len(key) < ONE_FROM or any(sign.isdigit() for sign in key):
        return forms
    one = {key[:n] + key[n + 1 :] for n in range(len(key))}
    forms |= one
    if len(key) >= TWO_FROM:
        forms |= {word[:n] + word[n + 1 :] for word in one for n in range(len(word))}
    return forms
