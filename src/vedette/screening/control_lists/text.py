"""Normalises descriptions, divides them into words, and lists the typing and reading errors of a word."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Iterator
from typing import NamedTuple

#: Cyrillic and Greek letters that look like Latin letters, and characters that one reads as others.
_ALIKE = {
    **dict(zip("авеёкмнорстухіїјѕԁһӏԛԝ", "abeekmhopctyxlljsdhlqw", strict=True)),
    **dict(zip("αεηικνοπρτυχβμγ", "aenlkvopptuxbuy", strict=True)),
    **dict(zip("ΑΒΕΖΗΙΚΜΝΟΡΤΥΧ", "abezhlkmnoptyx", strict=True)),
    "ß": "ss", "æ": "ae", "œ": "oe", "ø": "o", "ł": "l", "đ": "d", "ð": "d", "þ": "th", "ı": "l",
    "µ": "u", "|": "l",
    "أ": "ا", "إ": "ا", "آ": "ا", "ٱ": "ا", "ى": "ي", "ة": "ه", "ؤ": "و", "ئ": "ي", "ی": "ي", "ک": "ك",
    "ء": "",
}  # fmt: skip
#: Traditional Chinese characters of the names, and their simplified forms.
_SIMPLE = dict(
    zip(
        "銨鉀鈉鈣鎂鋁氫過雙鹽槍彈藥獵電線軸機數據車雷導無線爐燈裝運處",
        "铵钾钠钙镁铝氢过双盐枪弹药猎电线轴机数据车雷导无线炉灯装运处",
        strict=True,
    )
)
_HAN = re.compile(r"[\u3400-\u9fff]")
#: Characters without a width, the Arabic lengthening mark, and marks that combine with a letter.
INVISIBLE = (
    "\u0640\u00ad\u200b-\u200f\u202a-\u202e\u2060-\u2064\ufeff\u0300-\u036f\u064b-\u065f\u0670"
)
_WORD = re.compile(rf"(?:[^\W_]|[{INVISIBLE}])+")
_ASCII_WORD = re.compile(r"[A-Za-z0-9]+")
_SPAN_OF = re.Match.span
_ELEMENT = r"\S(?:[-–/'.]\S)?[,.;:)]?"
_SPACED = re.compile(rf"(?<!\S){_ELEMENT}(?:[ \u00a0]{_ELEMENT}){{3,}}(?!\S)")
_SHORT_SPACED = re.compile(rf"(?<!\S){_ELEMENT}(?:[ \u00a0]{_ELEMENT})+(?!\S)")
_HIDDEN = re.compile(f"[{INVISIBLE}]")
#: A quick test for letters that stand apart.
_MAY_BE_SPACED = re.compile(r" \w \w \w ")
_DIGITS = {0x0660 + n: str(n) for n in range(10)} | {0x06F0 + n: str(n) for n in range(10)}
_DIGITS |= {0xFF10 + n: str(n) for n in range(10)}
_DIGITS |= {
    ord("٪"): "%",
    ord("％"): "%",
    ord("٫"): ".",
    ord("٬"): ",",
    ord("．"): ".",
    ord("，"): ",",
}
#: Full-width forms of ASCII characters, and other dashes and spaces.
_WIDE = {0xFF01 + n: chr(0x21 + n) for n in range(94)} | {
    0x3000: " ",
    0x2010: "-",
    0x2011: "-",
    0x2212: "-",
}
_WIDE_CHARACTER = re.compile(f"[{''.join(map(re.escape, map(chr, _WIDE)))}]")
#: Look-alikes of Latin letters that have a length of one, for patterns of Latin units.
_LATIN = str.maketrans("аеокмтсрхуѕіο0", "aeokmtcpxyslоo".replace("о", "o"))
_CYRILLIC = re.compile(r"[\u0400-\u04ff]")
_ARABIC = re.compile(r"[\u0600-\u06ff]")


def fold_character(char: str) -> str:
    """Returns the form in which a character is compared. A character that is neither a letter nor a digit
    becomes a space."""
    if char in _ALIKE:
        return _ALIKE[char]
    if "\u3400" <= char <= "\u9fff":
        return _SIMPLE.get(char, char)
    out = []
    for part in unicodedata.normalize("NFKD", char).lower():
        if unicodedata.combining(part) or unicodedata.category(part) in ("Cf", "Mn") or part == "ـ":
            continue
        if part in _ALIKE:
            out.append(_ALIKE[part])
        elif part in "1i":
            out.append("l")
        elif part == "0":
            out.append("o")
        elif part.isdecimal():
            out.append(str(unicodedata.decimal(part)).translate({48: "o", 49: "l"}))
        else:
            out.append(part if part.isalnum() else " ")
    return "".join(out)


class _Table(dict[int, str]):
    """Maps each character to the form in which it is compared. A form is computed when a character occurs for
    the first time."""

    def __missing__(self, code: int) -> str:
        form = self[code] = fold_character(chr(code))
        return form


#: The form of each character.
FORMS = _Table({code: fold_character(chr(code)) for code in range(0x530)})
_ASCII = str.maketrans({chr(code): fold_character(chr(code)) for code in range(128)})


def fold(text: str) -> str:
    """Returns the text in the form in which words are compared. The form does not distinguish O and 0,
    or I, l
    and 1, look-alikes of other scripts, accents, widths, and forms of Arabic letters."""
    return text.translate(_ASCII if text.isascii() else FORMS)


def digits(text: str) -> str:
    """Returns the text with the digits of all scripts as ASCII digits.

    Positions of characters do not change.
    """
    return text if text.isascii() else text.translate(_DIGITS)


def latin(text: str) -> str:
    """Returns the text with Cyrillic look-alikes and the digit 0 as Latin letters. Positions do not
    change."""
    return text.lower().translate(_LATIN)


#: Makes a named tuple from its values without naming them.
_new = tuple.__new__
#: Folded words that are kept in memory, their maximum number, and the length from which words are not kept.
_folded_words: dict[str, str] = {}
_MOST_FOLDED, _LONG_WRITTEN = 20_000, 40


class Token(NamedTuple):
    """A word of a description: its normalised form, and its span in the text."""

    word: str
    start: int
    end: int


def tokens(text: str) -> list[Token]:
    """Returns the words of a text. A sequence of Chinese characters is one word."""
    if text.isascii():
        return _ascii_tokens(text, fold(text))
    read = []
    for found in _WORD.finditer(text):
        written = found.group()
        word = _folded_words.get(written)
        if word is None:
            word = fold(written).replace(" ", "")
            if len(_folded_words) < _MOST_FOLDED and len(written) < _LONG_WRITTEN:
                _folded_words[written] = word
        if word:
            start, end = found.span()
            read.append(_new(Token, (word, start, end)))
    return read


def _ascii_tokens(text: str, folded: str) -> list[Token]:
    """Returns the words of a text of ASCII characters. `folded` is the normalised form of the text."""
    return [
        _new(Token, (folded[start:end], start, end))
        for start, end in map(_SPAN_OF, _ASCII_WORD.finditer(text))
    ]


def read(text: str) -> tuple[str, str, list[int] | None, list[Token]]:
    """Returns the cleaned text, its normalised form, the positions of `cleaned`, and the words."""
    text, folded, positions = _cleaned(text)
    return text, folded, positions, _ascii_tokens(text, folded) if text.isascii() else tokens(text)


def is_han(word: str) -> bool:
    """Returns whether a word contains Chinese characters."""
    return _HAN.search(word) is not None


def is_cyrillic(text: str) -> bool:
    """Returns whether a text contains Cyrillic letters."""
    return _CYRILLIC.search(text) is not None


def may_be_spaced(folded: str) -> bool:
    """Returns whether a normalised text may contain words whose letters are separated by spaces."""
    return _MAY_BE_SPACED.search(folded) is not None


def is_spaced(text: str) -> bool:
    """Returns whether a text contains four separate letters or digits, which `cleaned` would join."""
    return (
        _SPACED.search(text if text.isascii() else _HIDDEN.sub("", text.translate(_WIDE)))
        is not None
    )


def cleaned(text: str) -> tuple[str, list[int] | None]:
    """Removes invisible characters, writes full-width characters as ASCII, and joins letters that are
    separated by spaces (`n i t r i c`). Returns the new text and the position of each of its characters in
    the old text. If nothing changed, returns None instead of the positions."""
    text, _, positions = _cleaned(text)
    return text, positions


def _cleaned(text: str) -> tuple[str, str, list[int] | None]:
    """Returns the results of `cleaned`, and the normalised form of the new text as the second value."""
    positions: list[int] | None = None
    if not text.isascii():
        if _WIDE_CHARACTER.search(text):
            text = text.translate(_WIDE)
        if _HIDDEN.search(text):
            kept = [at for at, char in enumerate(text) if not _HIDDEN.match(char)]
            text, positions = "".join(text[at] for at in kept), kept
    folded = fold(text)
    if may_be_spaced(folded) and _SPACED.search(text):
        kept, last = [], 0
        for found in _SHORT_SPACED.finditer(text):
            kept += range(last, found.start())
            kept += (at for at in range(found.start(), found.end()) if not text[at].isspace())
            last = found.end()
        kept += range(last, len(text))
        text = "".join(text[at] for at in kept)
        folded = fold(text)
        positions = kept if positions is None else [positions[at] for at in kept]
    return text, folded, positions


def words(name: str) -> tuple[str, ...]:
    """Returns the normalised words of a name."""
    return tuple(token.word for token in tokens(name))


def forms(word: str) -> Iterator[str]:
    """Yields other correct forms of a word: plurals, Russian endings, and Arabic prefixes. The given word is
    not normalised."""
    lower = word.lower()
    if _CYRILLIC.search(lower):
        stem = re.sub(r"(?:ая|яя|ое|ее|ый|ий|ой|ые|ие|а|я|о|е|ы|и|ь|й)$", "", lower)
        if len(stem) >= 4:
            endings = ("", "а", "ы", "и", "у", "е", "о", "ой", "ом", "ов", "ам", "ами", "ах", "я", "ю", "ем",
                       "ей", "ь", "ая", "ую", "ые", "ый", "ых", "ого", "ым", "ыми", "ий", "ие", "их", "ее",
                       "ое", "ому", "ев", "ям")  # fmt: skip
            yield from (stem + ending for ending in endings)
    elif _ARABIC.search(lower):
        bare = lower.removeprefix("ال")
        if len(bare) >= 3:
            yield from (
                prefix + bare for prefix in ("ال", "وال", "بال", "لل", "و", "ب", "ل", "كال", "")
            )
            if bare.endswith("ة"):
                yield from (bare[:-1] + "ات", "ال" + bare[:-1] + "ات")
    elif lower.isalpha() and len(lower) >= 4:
        yield lower + "s"
        if lower.endswith(("r", "n", "l", "d")):
            yield lower + "es"


def errors(word: str) -> Iterator[str]:
    """Yields a normalised word with one error: a letter is dropped, doubled or swapped, or two letters are
    read as one."""
    for i, letter in enumerate(word):
        yield word[:i] + word[i + 1 :]
        yield word[:i] + letter + word[i:]
        if i and word[i - 1] != letter:
            yield word[: i - 1] + letter + word[i - 1] + word[i + 1 :]
    yield from misread(word)


def misread(word: str) -> Iterator[str]:
    """Yields a normalised word in which some letters are replaced by look-alikes of another length, such as
    "rn" by "m"."""
    for one, other in (("m", "rn"), ("rn", "m"), ("d", "cl"), ("w", "vv")):
        if one in word:
            yield word.replace(one, other)


def unique(items: Iterable[str]) -> tuple[str, ...]:
    """Returns the items in order, without duplicates."""
    return tuple(dict.fromkeys(items))
