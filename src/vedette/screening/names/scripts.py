"""Converts words of any script to Latin tokens. This module has its own tables for some scripts, because they
give better results than a general transliteration.

A token consists of lower-case letters and digits. Its first character may be a mark of its script, which
determines how the token is compared. The mark `ABJAD` means that vowels are mostly unwritten (Arabic, Hebrew,
Indic, Thai …). The mark `HAN` is followed by the Chinese character itself, which is one syllable. The mark
`HANGUL` stands for Korean script. Latin, Cyrillic, Greek, Armenian and Georgian tokens have no mark. Scripts
without a table are converted by ICU if it is installed, and otherwise by anyascii (ISC licence).
"""

# Long tables are written as one text and split.
# ruff: noqa: SIM905

from __future__ import annotations

import functools
import importlib
import importlib.resources
import unicodedata
from collections.abc import Callable
from typing import Any

from anyascii import anyascii

ABJAD, HAN, HANGUL = "\x01", "\x02", "\x03"


def _letters(letters: str, latin: str) -> dict[str, str]:
    return dict(zip(letters, latin.split(), strict=True))


#: Script → its letters and how they are written in Latin letters; `~` stands for no letter.
_TABLES = {
    "CYRILLIC": _letters(
        "абвгдеёжзийклмнопрстуфхцчшщъыьэюяіїєґўқғңөұүһәәҳҷӯӣљњђћџјѓќѕѣ",
        "a b v g d e yo zh z i y k l m n o p r s t u f kh ts ch sh shch ~ y ~ e yu ya i "
        "yi ye g u k g n o u u h a a h j u i lj nj dj c dz j g k dz e",
    ),
    "GREEK": _letters(
        "αβγδεζηθικλμνξοπρσςτυφχψω",
        "a v g d e z i th i k l m n x o p r s s t y f ch ps o",
    ),
    # Consonants, including the Persian and Urdu letters. Long vowels are written.
    "ARABIC": _letters(
        "اأإآٱءئؤبتثجحخدذرزسشصضطظعغفقكلمنهةويىپچژگکیےۓںہھۀٹڈڑ",
        "a a i a a ~ y w b t th j h kh d dh r z s sh s d t z ~ gh f q k l m n h h w y a "
        "p ch zh g k y y y n h h h t d r",
    ),
    "HEBREW": _letters(
        "אבגדהוזחטיךכלםמןנסעףפץצקרשת",
        "a b g d h w z h t y k k l m m n n s ~ f p ts ts k r sh t",
    ),
}
_UNVOWELLED = frozenset(
    (
        "ARABIC HEBREW SYRIAC DEVANAGARI BENGALI GURMUKHI GUJARATI ORIYA TAMIL TELUGU "
        "KANNADA MALAYALAM SINHALA THAI LAO TIBETAN MYANMAR KHMER"
    ).split()
)
#: Romanisation of Hangul: initials, vowels and finals in the order of Unicode.
_INITIALS = "k kk n t tt r m p pp s ss ~ j jj ch k t p h".split()
_VOWELS = "a ae ya yae o e yo ye o wa wae oe yo u wo we wi yu u ui i".split()
_FINALS = "~ k k k n n n t l k m l l l p l m p p t t ng t t k t p h".split()
#: Surnames with the romanisation that their bearers use.
_HANGUL_SURNAMES = {
    "이": "lee", "박": "park", "오": "oh", "우": "woo", "유": "yoo", "노": "roh", "임": "lim", "류": "ryu",
    "안": "ahn", "문": "moon",
}  # fmt: skip


def sections(file: str) -> dict[str, list[str]]:
    """Reads a table file of this package. Returns its lines by `[section]`. A line that starts with `#` is a
    comment."""
    text = (importlib.resources.files(__package__) / file).read_text(encoding="utf-8")
    found: dict[str, list[str]] = {"": []}
    current = found[""]
    for line in text.splitlines():
        if line.startswith("["):
            current = found.setdefault(line.strip("[] "), [])
        elif line and not line.startswith("#"):
            current.append(line)
    return found


@functools.cache
def _readings() -> dict[str, dict[str, str]]:
    table = sections("readings.txt")
    return {
        "simple": {pair[0]: pair[1] for line in table["simple"] for pair in line.split()},
        **{n: dict(map(str.split, table[n])) for n in ("ja.surname", "ja.given", "ko")},
    }


@functools.lru_cache(maxsize=4096)
def script_of(character: str) -> str:
    """Returns the first word of the character's Unicode name (LATIN, CYRILLIC, CJK, HANGUL …), or "" if it
    has no name."""
    return unicodedata.name(character, "").split(" ", 1)[0]


def _clean(text: str) -> str:
    return "".join(c for c in text.lower() if c.isascii() and c.isalnum())


@functools.cache
def icu() -> Callable[[str], str] | None:
    """Returns the transliteration of ICU to Latin letters, or None if PyICU is not installed
    (`vedette[icu]`)."""
    try:
        library: Any = importlib.import_module("icu")
    except ImportError:
        return None
    rules = "Any-Latin; NFD; [:Nonspacing Mark:] Remove; NFC; Latin-ASCII"
    transliterate: Callable[[str], str] = library.Transliterator.createInstance(rules).transliterate
    return transliterate


@functools.lru_cache(maxsize=65536)
def word_tokens(word: str) -> tuple[str, ...]:
    """Returns the tokens of one word without spaces, in any script. Most words give one token; a word in Han
    characters gives one token for each character."""
    if word.isascii():
        cleaned = _clean(word)
        return (cleaned,) if cleaned else ()
    word = unicodedata.normalize("NFKC", word).casefold()
    script = next((script_of(c) for c in word if c.isalpha()), "")
    if script == "CJK":
        return _han(word)
    if script == "HANGUL":
        return tuple(HANGUL + t for t in _hangul(word))
    if script in _TABLES:
        table = _TABLES[script]
        kinds = ((c, unicodedata.category(c)[0]) for c in word)
        letters = (table.get(c) or (anyascii(c) if kind in "LN" else "") for c, kind in kinds)
        cleaned = _clean("".join(letters).replace("~", ""))
    else:
        read = None if script in ("", "LATIN") else icu()
        cleaned = (_clean(read(word)) if read else "") or _clean(anyascii(word))
    if not cleaned:
        return ()
    return ((ABJAD + cleaned) if script in _UNVOWELLED else cleaned,)


def _han(word: str) -> tuple[str, ...]:
    simplified = _readings()["simple"]
    readings = ((character, _clean(anyascii(character))) for character in word)
    return tuple(
        HAN + simplified.get(c, c) + reading if script_of(c) == "CJK" else reading
        for c, reading in readings
        if reading
    )


def _hangul(word: str) -> list[str]:
    tokens = []
    for place, character in enumerate(word):
        index = ord(character) - 0xAC00
        if place == 0 and character in _HANGUL_SURNAMES and len(word) in (1, 2, 3):
            tokens.append(_HANGUL_SURNAMES[character])
        elif 0 <= index < 11172:
            syllable = _INITIALS[index // 588] + _VOWELS[index // 28 % 21] + _FINALS[index % 28]
            tokens.append(syllable.replace("~", ""))
        elif cleaned := _clean(anyascii(character)):
            tokens.append(cleaned)
    return tokens


def syllabic(word: str) -> bool:
    """Whether a word is written in Han characters or kana, so that its readings depend on the adjacent
    words."""
    return not word.isascii() and script_of(word[0]) in ("CJK", "HIRAGANA", "KATAKANA")


def other_readings(text: str) -> list[list[str]]:
    """Returns the Japanese and Sino-Korean readings of a name in Han characters, as token lists. There may be
    none."""
    words = [w for w in text.split() if syllabic(w)]
    if not words or len(words) != len(text.split()) or sum(map(len, words)) > 8:
        return []
    japanese = _japanese(words)
    found = [japanese] if japanese else []
    korean = _readings()["ko"]
    characters = "".join(words)
    if 2 <= len(characters) <= 4 and all(c in korean for c in characters):
        found.append([korean[c] for c in characters])
    return found


def _japanese(words: list[str]) -> list[str] | None:
    surnames, given = _readings()["ja.surname"], _readings()["ja.given"]
    if len(words) > 1:
        read = [surnames.get(w) or given.get(w) for w in words]
        return [w for w in read if w] if all(read) else None
    parts = [(words[0][:cut], words[0][cut:]) for cut in (3, 2, 1)]
    return next(([surnames[s], given[g]] for s, g in parts if s in surnames and g in given), None)
