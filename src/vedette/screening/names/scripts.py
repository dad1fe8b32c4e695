"""Converts words of any script to Latin tokens. This module has its own tables for some scripts, because the
tables give better results than a general transliteration. Words that mix letters of two scripts are first
written in one script, because letters of different scripts may look alike.

A token consists of lower-case letters and digits. The first character of a token may be a script mark, which
determines how the token is compared. The mark `ABJAD` means that vowels are mostly unwritten (Arabic, Hebrew,
Thai …). The mark `HAN` is followed by the Chinese character itself, which is one syllable. The mark `HANGUL`
stands for Korean script. Latin, Cyrillic, Greek, Armenian and Georgian tokens have no mark. Scripts without a
table are converted by ICU if it is installed, and otherwise by anyascii (ISC licence).
"""

# Long tables are written as one text and split.
# ruff: noqa: SIM905

from __future__ import annotations

import functools
import importlib
import importlib.resources
import re
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
_UNVOWELLED = frozenset("ARABIC HEBREW SYRIAC SINHALA THAI LAO TIBETAN MYANMAR KHMER".split())
#: Letters that look like a Latin letter: letter → Latin letter. NFKC has already replaced letters of special
#: fonts. Source: general knowledge of the alphabets.
_ALIKE = {
    "CYRILLIC": dict(
        zip("АВЕЅІЈКМНОРСТУХԚԜҮасеѕіјорԛѡухүһԁӏ", "ABESIJKMHOPCTYXQWYacesijopqwyxyhdl", strict=True)
    ),
    "GREEK": dict(zip("ΑΒΕΖΗΙΚΜΝΟΡΤΥΧαενικορτυχϲ", "ABEZHIKMNOPTYXaevikoptuxc", strict=True)),
    "ARMENIAN": dict(zip("ՕՏԼՍօհոսցզ", "OSLUohnugq", strict=True)),
}  # fmt: skip
#: Digits that look like a letter.
_DIGITS = {"0": "o", "1": "i", "3": "e", "5": "s", "8": "b"}
_ONE_OF = re.compile(r"(?<=[^\W\d_])[01358](?=[^\W\d_])|^0(?=[^\W\d_]{2})|(?<=[^\W\d_]{3})[01]$")
#: The blocks of the Indic scripts have the same order of letters; the first character of each block.
_INDIC = {
    "DEVANAGARI": 0x900, "BENGALI": 0x980, "GURMUKHI": 0xA00, "GUJARATI": 0xA80, "ORIYA": 0xB00,
    "TAMIL": 0xB80, "TELUGU": 0xC00, "KANNADA": 0xC80, "MALAYALAM": 0xD00,
}  # fmt: skip
#: Scripts in which the vowel `a` after a consonant is mostly silent at the end of a word.
_SILENT_A = frozenset("DEVANAGARI BENGALI GURMUKHI GUJARATI".split())
#: Place in the block → consonant, vowel, or vowel sign. `~` is an unused place or a sign without a sound.
_INDIC_CONSONANTS = dict(
    enumerate(
        (
            "k kh g gh n ch chh j jh n t th d dh n t th d dh n n p ph b bh m y r r l l zh v sh sh s h"
        ).split(),
        start=0x15,
    )
)
_INDIC_VOWELS = dict(enumerate("a a i i u u ri l e e e ai o o o au".split(), start=0x05))
_INDIC_SIGNS = dict(enumerate("a i i u u ri ri e e e ai o o o au".split(), start=0x3E))
_VIRAMA, _NASALS, _NUKTA = 0x4D, (0x01, 0x02, 0x70), 0x3C
#: The consonants of the Ethiopic block, eight places each; `~` is the glottal stop. A vowel follows by its
#: order: 1 to 7.
_ETHIOPIC = (
    "h l h m s r s sh q qw q qw b v t ch h hw n ny ~ k kw kh kw w ~ z zh y d d j g gw g t ch p ts "
    "ts f p"
).split()
_ORDERS = ("e", "u", "i", "a", "e", "", "o", "wa")
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
    """Reads a table file of this package. Returns the lines of the file by section (`[section]`). A line that
    starts with `#` is a comment.
    """
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
    """Returns the first word of the character's Unicode name (LATIN, CYRILLIC, CJK, HANGUL …), or "" if the
    character has no name.
    """
    return unicodedata.name(character, "").split(" ", 1)[0]


def _clean(text: str) -> str:
    return "".join(c for c in text.lower() if c.isascii() and c.isalnum())


@functools.cache
def icu() -> Callable[[str], str] | None:
    """Returns the function of ICU that transliterates to Latin letters, or None if PyICU is not installed
    (`vedette[icu]`).
    """
    try:
        library: Any = importlib.import_module("icu")
    except ImportError:
        return None
    rules = "Any-Latin; NFD; [:Nonspacing Mark:] Remove; NFC; Latin-ASCII"
    transliterate: Callable[[str], str] = library.Transliterator.createInstance(rules).transliterate
    return transliterate


@functools.lru_cache(maxsize=65536)
def word_tokens(word: str) -> tuple[str, ...]:
    """Returns the tokens of one word without spaces, in any script. Most words give one token. A word in Han
    characters gives one token for each character.
    """
    if word.isascii():
        cleaned = _clean(word)
        return (cleaned,) if cleaned else ()
    word = one_script(unicodedata.normalize("NFKC", word)).casefold()
    script = next((script_of(c) for c in word if c.isalpha()), "")
    if script == "CJK":
        return _han(word)
    if script == "HANGUL":
        return tuple(HANGUL + t for t in _hangul(word))
    if script in _INDIC:
        cleaned = _clean(_indic(word, script))
    elif script == "ETHIOPIC":
        cleaned = _clean(_ethiopic(word))
    elif script in _TABLES:
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


def one_script(word: str) -> str:
    """Converts a word that mixes Latin letters with Cyrillic, Greek or Armenian letters to one script.
    Letters of one script are replaced by letters of the other script that look the same. A word stays
    unchanged if its letters cannot all be written in one of the two scripts.
    """
    if word.isascii():
        return word
    used = {script_of(c) for c in word if c.isalpha()}
    if len(used) != 2 or "LATIN" not in used:
        return word
    table = _ALIKE.get((used - {"LATIN"}).pop(), {})
    latin = "".join(table.get(c, c) for c in word)
    if all(script_of(c) == "LATIN" for c in latin if c.isalpha()):
        return latin
    back = {other: own for own, other in table.items()}
    other = "".join(back.get(c, c) for c in word)
    return other if not any(script_of(c) == "LATIN" for c in other) else word


def look_alike(text: str) -> str | None:
    """Returns a name in which digits between letters are replaced by letters that look alike. If another word
    of the name is Latin, words that consist only of letters that look like Latin letters are also replaced.
    Returns None if nothing is replaced.
    """
    words = text.split()
    found = [_ONE_OF.sub(_as_letter, word) for word in words]
    if not text.isascii() and any(word[0].isascii() for word in found):
        found = [_latin(word) for word in found]
    return " ".join(found) if found != words else None


def _as_letter(match: re.Match[str]) -> str:
    """Returns the letter that a digit stands for. The digit 1 becomes `l` after a vowel or at the end of a
    word, and `i` in all other cases.
    """
    word, place = match.string, match.start()
    late = place == len(word) - 1 or word[place - 1] in "aeiouAEIOU"
    return "l" if match[0] == "1" and late else _DIGITS[match[0]]


def ambiguous(word: str) -> bool:
    """Returns whether a word may look like another word (see `look_alike`)."""
    if word.isascii():
        return not word.isalpha() and _ONE_OF.search(word) is not None
    return _latin(word) != word or _ONE_OF.search(word) is not None


def _latin(word: str) -> str:
    script = next((script_of(c) for c in word if c.isalpha()), "")
    table = _ALIKE.get(script, {})
    seen = "".join(table.get(c, c) for c in word)
    return seen if seen.isascii() else word


def _indic(word: str, script: str) -> str:
    """Converts a word in an Indic script to Latin letters. A consonant without a vowel sign is followed by
    `a`. In the northern Indic languages, an `a` without a vowel sign is silent at the end of a word and
    between two syllables. In Tamil, one letter stands for both the voiced and the unvoiced sound.
    """
    base, parts = _INDIC[script], list[list[str]]()
    for character in word:
        place = ord(character) - base
        if place == _NUKTA and parts:
            parts[-1][0] = {"d": "r", "dh": "r", "j": "z", "ph": "f"}.get(
                parts[-1][0], parts[-1][0]
            )
        elif place in _INDIC_CONSONANTS:
            parts.append([_INDIC_CONSONANTS[place], "a", ""])
        elif place in _INDIC_SIGNS and parts:
            parts[-1][1:] = [_INDIC_SIGNS[place], "written"]
        elif place == _VIRAMA and parts:
            parts[-1][1:] = ["", "written"]
        elif place in _INDIC_VOWELS:
            parts.append(["", _INDIC_VOWELS[place], "written"])
        elif place in _NASALS:
            parts.append(["n", "", "written"])
        elif character.isalpha():
            parts.append([_clean(anyascii(character)), "", "written"])
    if script == "TAMIL":
        _voice(parts)
    if script in _SILENT_A:
        _silence(parts)
    return "".join(consonant + vowel for consonant, vowel, _ in parts)


def _silence(parts: list[list[str]]) -> None:
    """Removes the inherent vowels that are not spoken, from the end of the word to its beginning."""
    last = len(parts) - 1
    for k in range(last, 0, -1):
        if parts[k][2] or not parts[k][0]:
            continue
        after_vowel = bool(parts[k - 1][1])
        if after_vowel and (k == last or (k < last and parts[k + 1][0] and parts[k + 1][1])):
            parts[k][1:] = ["", "written"]


def _voice(parts: list[list[str]]) -> None:
    """Replaces unvoiced consonants of a Tamil word with voiced consonants after a nasal and between
    vowels."""
    voiced = {"k": "g", "t": "d", "p": "b", "ch": "s"}
    spoken = [part[0] for part in parts]
    if spoken[:1] == ["ch"]:
        parts[0][0] = "s"
    for k in range(1, len(parts)):
        if spoken[k] in voiced:
            after_nasal = not parts[k - 1][1] and spoken[k - 1] in ("n", "m")
            if after_nasal and spoken[k] == "ch":
                parts[k][0] = "j"
            elif after_nasal or (parts[k - 1][1] and parts[k][1]):
                parts[k][0] = voiced[spoken[k]]


def _ethiopic(word: str) -> str:
    """Converts a word in Ethiopic script to Latin letters. A letter of the sixth order has no vowel at the
    end of the word and after a syllable that ends with a vowel. In all other cases, a letter of the sixth
    order is followed by `i`.
    """
    found, closed = list[str](), True
    for k, character in enumerate(word):
        row, order = divmod(ord(character) - 0x1200, 8)
        if not 0 <= row < len(_ETHIOPIC):
            found.append(_clean(anyascii(character)))
            continue
        consonant, vowel = _ETHIOPIC[row].replace("~", ""), _ORDERS[order]
        if order == 0 and consonant in ("h", ""):
            vowel = "a"
        if not vowel and closed and k < len(word) - 1:
            vowel = "i"
        closed = not vowel
        found.append(consonant + vowel)
    return "".join(found)


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
    """Returns whether a word is written in Han characters or kana, so that its readings depend on the
    adjacent words.
    """
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
