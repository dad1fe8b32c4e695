"""Converts a written name to its tokens, in the order of the name. Every comparison and every index uses the
tokens that this module returns.

No distinguishing part of a name is removed. Legal forms, titles, particles and numbers become tokens with
flags (see `tokens.py`), and the comparison determines their weight.
"""

# Long tables are written as one text and split.
# ruff: noqa: SIM905

from __future__ import annotations

import functools
import re
import unicodedata

from rapidfuzz.distance import OSA

from vedette.screening.names import scripts

#: Maximum length of a name in characters, and of a token list in tokens; the rest is ignored.
MAX_TEXT, MAX_TOKENS = 400, 16
#: Maximum length of a token, in characters.
MAX_TOKEN = 24

_ALTERNATIVES = re.compile(r"\s*[/|;]\s*|\s+a\.?k\.?a\.?\s+|\s+alias\s+", re.IGNORECASE)
#: An initial, or a short word with a dot, directly before a word: `G.Medhin`, `G/Medhin`, `Mr.Muster`.
_GLUED = re.compile(r"(?<![^\W\d_])([^\W\d_])[./](?=[^\W\d_]{2})|(?<=[^\W\d_]{2})\.(?=[^\W\d_]{2})")
#: `Ramesh s/o Krishnan`, `Siti d/o Rahman`, `Kumar a/l Raman`: son of, daughter or wife of.
_CHILD_OF = re.compile(r"\b(s/o|a/l)\b|\b(d/o|a/p|w/o)\b", re.IGNORECASE)
#: Letters that occur in Azerbaijani and Turkish. In these languages, the other letters have these sounds.
_TURKIC = re.compile("[əğışƏĞİŞ]")
_TURKIC_SOUNDS = str.maketrans(
    {"c": "j", "C": "J", "ç": "ch", "Ç": "Ch", "ş": "sh", "Ş": "Sh", "x": "kh", "X": "Kh", "q": "g",
     "Q": "G", "ə": "a", "Ə": "A", "j": "zh", "J": "Zh"}
)  # fmt: skip
_DOTTED = re.compile(r"(?<!\w)(?:[^\W\d_]\.){1,6}[^\W\d_]?(?!\w)\.?")
_MARKS = re.compile(r"['’‘`´ʼʻʾʿ\"“”«».·ー\u200c\u200d\u0640]")
#: A word without characters that may join it to adjacent words: dots, alternatives, `and`.
_WORD = re.compile(r"[^.,/|;&+]+")


def _combining() -> str:
    """Returns all combining marks, for use in a character class of a regular expression. Examples are vowels
    of Devanagari, Bengali and Thai, vowel points of Arabic and Hebrew, and separate accents. The class `\\w`
    does not include combining marks, so a word would be split at each mark.
    """
    marks = {n for n in range(0x3100) if unicodedata.category(chr(n))[0] == "M"}
    begins = sorted(n for n in marks if n - 1 not in marks)
    ends = sorted(n for n in marks if n + 1 not in marks)
    return "".join(f"\\u{a:04x}-\\u{b:04x}" for a, b in zip(begins, ends, strict=True))


_SPLIT = re.compile(rf"[^\w&+{_combining()}]+|_+")

_UNITS = dict(
    zip(
        (
            "one two three four five six seven eight nine ten eleven twelve thirteen "
            "fourteen fifteen sixteen seventeen eighteen nineteen"
        ).split(),
        range(1, 20),
        strict=True,
    )
)
_TENS = {
    "fourty": 40,
    **dict(
        zip(
            "twenty thirty forty fifty sixty seventy eighty ninety".split(),
            range(20, 100, 10),
            strict=True,
        )
    ),
}
#: Numbers that are also words of names; alone they are not converted to digits.
_AMBIGUOUS = {"one", "ten"}

_ABD = re.compile(r"abd(?:o?u|e|a|i|oe)?(?:ll?|rr?|ss?|nn?|zz?|dh?|sh|t|j)?")
#: Words that follow "servant of". With them, `abdurrahman` and `abd al-rahman` match.
_NAMES_OF_GOD = frozenset(
    (
        "rahman rehman rahmane rahim raheem karim kareem aziz azeez hamid hameed majid "
        "majeed latif salam salaam nasir naser nasser qadir qader kader qadeer razzaq "
        "razaq razak razzak wahab wahhab hadi basir baset basit ghani gani ghafur ghafar "
        "ghaffar hakim hakeem halim haleem jabbar jalil khaliq malik manan mannan matin "
        "mateen munim qayyum qayum quddus rauf raouf rashid rasheed rasul sabur samad "
        "sattar satar shakur wadud wahid waheed wali zahir ali alim aleem haq haqq "
        "fattah fatah kabir kabeer baqi bari hai hay hayy mumin qahar qahhar rahmon "
        "rakhman"
    ).split()
)
#: Ethiopian and Eritrean names of two words: Gebremedhin is Gebre Medhin, and its short form is G.Medhin.
_HABESHA = re.compile(
    r"(gh?[ea]br[eai]?|w[aeo]ld[aeu]?|ha[iy]l[eu]?|t[ae]kl[ae]|habt[ae]|kidan[ae]|fi[kq]r[ae]|tesfa|amd[ae]"
    r"|sahl[ae]|neway?[ae]|b[ei]rhan[ae]|zer[ae]|tewold[ae]|am[ei]?ha|lul[ae]|mebraht[ou])"
    r"(m[ae]dh[ei]?n|mar[iy]y?am|gh?[iy]?y?[eo]r?gh?[ei]s|s[ei]l+as+(?:[ei]|ie)|[ei]gz\w*|mi[ckh]+a?[ei]l|mikaeil"
    r"|[ck]h?[ir]i?st[io]s|m[ae]s[kq][ae]l|hi[wy]+[aeo]t|ha[iy]mano?t|tsad[ei][kq]|ts?[iy]yon|[iy]?[ey]es[ou]s"
    r"|han+a|kidan|b[ei]rhan|amlak|g[ae]br[ei]+l|y[eo]han+[ei]s|ab|wa?hid|senbet|rufael)"
)
#: A patronymic in one word: Kamranovich is Kamran with the word for "son", Rashidovna Rashid with "daughter".
_PATRONYMIC = re.compile(r"([a-z]{3,}?)(?:[iy]?y)?(?:[oe]vit?ch|[oyi]vych|(?:[oe]v|iv)na)")
_SON, _DAUGHTER = "ovich", "ovna"
_ARABIC_LINKS = {"bn": "bin", "abn": "bin", "bnt": "bint", "al": "al", "abw": "abu"}


@functools.cache
def _phrases() -> dict[str, list[tuple[tuple[str, ...], str]]]:
    found: dict[str, list[tuple[tuple[str, ...], str]]] = {}
    for line in scripts.sections("phrases.txt")[""]:
        phrase, _, short = line.partition(" = ")
        words = tuple(phrase.split())
        found.setdefault(words[0], []).append((words, short))
    for entries in found.values():
        entries.sort(key=lambda e: -len(e[0]))
    return found


@functools.cache
def _legal_forms() -> frozenset[str]:
    legal = (lines for name, lines in scripts.sections("words.txt").items() if "legal" in name)
    return frozenset(word for lines in legal for line in lines for word in line.split())


@functools.cache
def _joinable() -> frozenset[str]:
    """Returns the abbreviations with dots that are read as one word: legal forms and the shortest names of
    countries."""
    return frozenset(w for w in _legal_forms() if len(w) == 2) | {"us", "uk", "un", "eu"}


def _dots(match: re.Match[str]) -> str:
    """Removes the dots of abbreviations: `S.R.L.` becomes one word, and two initials become two words. An
    abbreviation of three or more letters always becomes one word.
    """
    letters = match.group().replace(".", "")
    one_word = len(letters) >= 3 or letters.lower() in _joinable()
    return letters if one_word else " ".join(letters)


def _spelled(match: re.Match[str]) -> str:
    """Separates the initials of a person: `J.R.R.` becomes three initials. A legal form remains one word."""
    letters = match.group().replace(".", "")
    return letters if letters.lower() in _legal_forms() else " ".join(letters)


def _child(match: re.Match[str]) -> str:
    return "bin" if match[1] else "bint"


def _apart(match: re.Match[str]) -> str:
    return f"{match[1] or ''} "


def variants(text: str) -> list[list[str]]:
    """Returns the token lists of a name. There are several lists if the name contains alternatives (separated
    by `a.k.a.` or `/`), three or more initials, or look-alike letters. There are also several lists if
    letters are read differently in different languages (Han characters, đ, Turkic letters). The result is
    empty if the name contains no readable word.
    """
    text = _GLUED.sub(_apart, _CHILD_OF.sub(_child, text[:MAX_TEXT]))
    found = [tokens(text)]
    alike = scripts.look_alike(text)
    if alike:
        found.append(tokens(alike))
    if "." in text and (initials := _DOTTED.sub(_spelled, text)) != _DOTTED.sub(_dots, text):
        found.append(tokens(initials))
    if not text.isascii():
        if _TURKIC.search(text):
            found.append(tokens(text.translate(_TURKIC_SOUNDS)))
        found += [r[:MAX_TOKENS] for r in scripts.other_readings(text)]
        # Serbian and Croatian đ is dj; in Vietnamese and in the machine-readable zone it is d.
        if "đ" in text or "Đ" in text:
            found.append(tokens(text.replace("đ", "dj").replace("Đ", "Dj")))
    if "/" in text or "|" in text or ";" in text or "a" in text.lower():
        parts = _ALTERNATIVES.split(text)
        if len(parts) > 1 and all(sum(c.isalpha() for c in p) > 3 for p in parts):
            found += [tokens(part) for part in parts]
    return [v for v in found if v]


def plain(word: str) -> tuple[str, ...] | None:
    """Returns the tokens of a word (without spaces), or `None` if the tokens depend on adjacent words. If no
    word of a name depends on adjacent words, the tokens of the name are the tokens of its words.
    """
    if not _WORD.fullmatch(word) or "đ" in word or "Đ" in word or scripts.syllabic(word):
        return None
    if scripts.ambiguous(word) or _TURKIC.search(word):
        return None
    if word.isalpha() and word.isascii():
        found = [word.lower()]
    else:
        parts = _SPLIT.split(_MARKS.sub("", word))
        found = [token for part in parts if part for token in scripts.word_tokens(part)]
    beginnings = _beginnings()
    if any(t in beginnings or (len(t) >= 9 and _legal_spelling(t) in beginnings) for t in found):
        return None
    if any(_PATRONYMIC.fullmatch(token) for token in found):
        return None
    return tuple(_finish(found))


def given_first(name: str) -> str | None:
    """Returns a name in spoken order, without its comma: `Putin, Vladimir` becomes `Vladimir Putin`. Returns
    `None` if it is not certain that the comma separates the surname."""
    before, _, after = name.partition(",")
    words = after.split()
    spoken = words and all(w.isalpha() and w.lower() not in _legal_words() for w in words)
    return f"{after} {before}" if spoken else None


@functools.cache
def _beginnings() -> frozenset[str]:
    """Returns the tokens whose meaning may depend on the adjacent tokens."""
    return frozenset((*_phrases(), *_UNITS, *_TENS, "aka", "alias"))


def tokens(text: str) -> list[str]:
    """Returns the tokens of one name in spoken order: `Putin, Vladimir` becomes `vladimir` and `putin`."""
    text = text[:MAX_TEXT]
    if text.isascii() and text.isalpha():
        return _finish(list(scripts.word_tokens(text)))
    if "." in text:
        text = _DOTTED.sub(_dots, text)
    before, comma, after = text.partition(",")
    if comma and "," not in after:
        words = [w for w in _SPLIT.split(_MARKS.sub("", after.lower())) if w]
        if words and not any(w in _legal_words() for w in words):
            text = f"{after} {before}"
    text = _MARKS.sub("", text)
    found: list[str] = []
    for word in _SPLIT.split(text):
        if word:
            found.extend(_and(word) if "&" in word or "+" in word else scripts.word_tokens(word))
    return _finish(found)


def _and(word: str) -> list[str]:
    """Splits `AT&T` into the words `at`, `and` and `t`."""
    parts = re.split(r"[&+]", word)
    return [token for part in parts for token in ("and", *scripts.word_tokens(part))][1:]


@functools.cache
def _legal_words() -> frozenset[str]:
    return _legal_forms() | {"jr", "sr", "the", "iii", "ii", "phd", "md", "esq"}


def _finish(found: list[str]) -> list[str]:
    """Replaces fixed expressions with one token, number words with numbers, and Arabic and Ethiopian
    compounds with their parts. In a name of three or more words, the first patronymic is replaced by the name
    of the father and a word for son or daughter.
    """
    done: list[str] = []
    father = len(found) >= 3
    phrases = _phrases()
    place, size = 0, len(found)
    while place < size and len(done) < MAX_TOKENS:
        token = found[place][:MAX_TOKEN]
        if len(token) >= 9:
            token = _legal_spelling(token)
        taken = 1
        if token in phrases:
            for words, short in phrases[token]:
                if tuple(found[place : place + len(words)]) == words:
                    token, taken = short, len(words)
                    break
        if token in _UNITS or token in _TENS:
            token, taken = _number(found, place)
        elif token.startswith((scripts.ABJAD, "abd")):
            done.extend(_arabic(token))
            place += 1
            continue
        elif compound := _HABESHA.fullmatch(token):
            done.extend(compound.groups())
            place += 1
            continue
        elif father and place and (patronymic := _PATRONYMIC.fullmatch(token)):
            stem = patronymic[1]
            done += [stem + "i" * stem.endswith("e"), _DAUGHTER if token.endswith("a") else _SON]
            father = False
            place += 1
            continue
        done.append(token)
        place += taken
    return done[:MAX_TOKENS]


@functools.lru_cache(maxsize=8192)
def _legal_spelling(token: str) -> str:
    """Corrects the spelling of a long legal form that has one or two wrong letters."""
    meant = (
        word
        for word in ("aktiengesellschaft", "incorporated", "corporation", "gesellschaft")
        if token[:3] == word[:3] and OSA.distance(token, word, score_cutoff=2) <= 2
    )
    return next(meant, token)


def _number(found: list[str], place: int) -> tuple[str, int]:
    """Converts `forty four` and `forty 4` to 44. Also returns the number of tokens that were read."""
    token = found[place]
    following = found[place + 1] if place + 1 < len(found) else ""
    if token in _TENS:
        unit = _UNITS.get(following, 10)
        if following.isdigit() and len(following) == 1:
            unit = int(following)
        return (str(_TENS[token] + unit), 2) if 0 < unit < 10 else (str(_TENS[token]), 1)
    return (token, 1) if token in _AMBIGUOUS else (str(_UNITS[token]), 1)


@functools.lru_cache(maxsize=8192)
def _arabic(token: str) -> tuple[str, ...]:
    """Splits `abdurrahman` into `abd` and `rahman`. Removes the article from words in Arabic script."""
    if token[0] != scripts.ABJAD:
        if token[:5] in ("abdul", "abdel", "abdal") and len(token) >= 9:
            return ("abdul", token[5:])
        head = _ABD.match(token)
        for cut in range(4, (head.end() if head else 0) + 1):
            if token[cut:] in _NAMES_OF_GOD:
                return ("abdul", token[cut:])
        return (token,)
    body = token[1:]
    if body in _ARABIC_LINKS:
        return (_ARABIC_LINKS[body],)
    if body.startswith("abdal") and len(body) > 7:
        return (scripts.ABJAD + "abd", scripts.ABJAD + body[5:])
    if body.startswith("al") and len(body) >= 5:
        return (scripts.ABJAD + body[2:],)
    return (token,)
