"""Tokens of UN/EDIFACT: detects the separators of an interchange and splits its text into segments.

Sources: ISO 9735 (syntax levels UNOA to UNOC, versions 1 to 4), IATA PADIS interactive use, and what airlines
send in practice: a wrong UNA, lines wrapped at 69 columns, blanks between segments.

Offsets are byte offsets in the file as received: text is tokenised as Latin-1, one character per byte, and
values are decoded as UTF-8 afterwards if they are valid UTF-8.
"""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterator

import msgspec

SERVICE = frozenset({"UNB", "UNG", "UNH", "UNT", "UNE", "UNZ"})
_KNOWN = (
    "ABI ADD APD ATT AUT BGM CNT COM CPI CTA DAT DOC DTM EBD EMP EQN ERC ERP FAR FOP FTI FTX GEI IFT "
    "LOC LTS MEA MON MSG NAD NAT ORG PDT PTK QTY RCI REF RFF RPI SAC SRC SSD SSR TBD TDT TIF TKT TRA "
    "TRI TVL TXD UNB UNE UNG UNH UNS UNT UNZ"
)
#: The known segments: a segment that may follow a lost terminator.
TAGS = frozenset(_KNOWN.split())
_ANY_TAG = "|".join(sorted(TAGS))
#: Characters between segments that have no meaning: blanks, line ends, STX, ETX, NUL, Ctrl-Z.
BLANK = " \t\r\n\x00\x02\x03\x1a"
#: The start of an interchange: a UNA of any length, or the first service segment.
FIRST = re.compile(r"UNA(?=[^\w\s]).{2,9}?\s*(?=UN[BGH])|UN[BGH](?=[ ]*[^\w\s])", re.I | re.S)
_NEXT = r"(?:UNG|UNH|BGM|MSG|CTA|RFF|ORG)"
_COMPONENT = re.compile(r"[A-Z0-9]{4}([^\w\s])", re.I)
_COMPONENT_UNH = re.compile(r"(?:PAXLST|PNRGOV|CUSRES)\s*([^\w\s])", re.I)
#: UNB is at most about 200 bytes long: the segment after it is searched within this distance.
_HEAD = 600
#: Maximum length of a segment, in characters. A longer segment has lost its terminators and is left out.
_LONGEST = 200_000
_WRAP = re.compile(r"[\r\n]+[ \t]*")
#: A non-ASCII character of UTF-8, as it appears in Latin-1, at the end of a text.
_WIDE = re.compile("[\xc2-\xf4][\x80-\xbf]{1,3}$")
#: Forms into which word processors change an apostrophe: U+2019 in UTF-8, and the same in Windows-1252.
_QUOTES = ("\xe2\x80\x99", "\x92")
#: Characters that no name contains and no terminal shows: control characters, and those that change the text
#: direction or hide text (U+200B, U+200E, U+200F, U+202A to 202E, U+2066 to 2069, U+FEFF, in UTF-8). A
#: separator may be one of them.
_UNSEEN = (
    "[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]|\xe2\x80[\x8b\x8e\x8f\xaa-\xae]"
    "|\xe2\x81[\xa6-\xa9]|\xef\xbb\xbf"
)
#: Released characters are moved to the private area of Unicode, so that splitting ignores them.
_HIDDEN = re.compile("[\ue000-\ue0ff]")


def _hide(found: re.Match[str]) -> str:
    return chr(0xE000 + ord(found[1]))


def show(text: str) -> str:
    """Restores the released characters of a text."""
    return _HIDDEN.sub(lambda found: chr(ord(found[0]) - 0xE000), text)


class Unreadable(ValueError):
    """The input cannot be read at all. `reason` states the problem and what to do about it (never a value of
    the input); `offset` is the byte at which reading stopped."""

    def __init__(self, reason: str, offset: int = 0) -> None:
        super().__init__(reason)
        self.reason = reason
        self.offset = offset


class Syntax(msgspec.Struct, frozen=True):
    """The separators of one interchange, and whether its UNA states them correctly."""

    component: str
    element: str
    release: str
    terminator: str
    #: None if there is no UNA, else whether it is correct.
    una: bool | None = None


class Seg(msgspec.Struct, gc=False):
    """One segment: `tag`, byte `offset` and `length` in the file, and its elements.

    Most segments are read once or not at all, and a list for each element of each segment would cause more
    garbage collection than parsing (measured: 7,000 against 32,000 people/s). Therefore the text is split
    on demand: `el` stores the result, `split()` does not.
    """

    tag: str
    offset: int
    length: int
    text: str
    syntax: Syntax
    elements: list[list[str]] | None = None

    @property
    def el(self) -> list[list[str]]:
        """The elements, each a list of components, with release characters and wraps resolved; `el[0]` is the
        tag."""
        if self.elements is None:
            self.elements = self.split()
        return self.elements

    def split(self) -> list[list[str]]:
        """The same value as `el`, computed and not stored."""
        if self.elements is not None:
            return self.elements
        component, text = self.syntax.component, self.text
        split = [part.split(component) for part in text.split(self.syntax.element)]
        return split if text.isascii() else [[utf8(show(x)) for x in parts] for parts in split]

    def get(self, element: int, component: int = 0) -> str:
        """The component, or the empty string if the message has none; never raises."""
        elements = self.elements
        if elements is None:
            elements = self.elements = self.split()
        try:
            return elements[element][component]
        except IndexError:
            return ""

    def __repr__(self) -> str:
        return f"Seg({self.tag}@{self.offset})"


def utf8(value: str) -> str:
    """Decodes a value, which was tokenised as Latin-1, as UTF-8 if its bytes are valid UTF-8."""
    try:
        return value if value.isascii() else value.encode("latin-1").decode("utf-8")
    except UnicodeError:
        return value


def whole(text: str, digits: int) -> int | None:
    """A whole number of at most this number of digits, or None."""
    return int(text) if len(text) <= digits and text.isascii() and text.isdigit() else None


def syntax_of(text: str, found: re.Match[str]) -> tuple[Syntax, int]:
    """The separators in use, and the position of the first segment. UNA is used only if its terminator really
    ends the segment that follows it (ISO 9735 prescribes nine characters; airlines send seven to eleven)."""
    start = (
        found.end() if text[found.start() : found.start() + 3].upper() == "UNA" else found.start()
    )
    head = text[start : start + _HEAD]
    element = head[3:].lstrip(" ")[:1] or "+"
    kind = _COMPONENT.match(head[3:].lstrip(" ")[1:]) or _COMPONENT_UNH.search(head)
    component = kind[1] if kind else ":"
    after = re.compile(rf"\b{_NEXT}[ ]*{re.escape(element)}", re.I).search(head, 3)
    terminator = "'"
    if after:
        before = head[: after.start()]
        bare = before.rstrip()
        if bare and not bare[-1].isalnum():
            wide = _WIDE.search(bare)
            terminator = wide[0] if wide else bare[-1]
        elif "\n" in before[len(bare) :]:
            terminator = "\n"
    if start == found.start():
        return Syntax(component, element, "?", terminator), start
    una = utf8(text[found.start() + 3 : start])
    stated = una[:6]
    marks = {stated[0], stated[1], stated[5:]}
    true = (
        len(stated) == 6
        and not una[6:].strip(BLANK)
        and len(marks) == 3
        and stated[1] == element
        and stated[5] == utf8(terminator)
        and (kind is None or stated[0] == component)
        and stated[3] not in marks
        and not stated[3].isalnum()
    )
    if not true:
        return Syntax(component, element, "?", terminator, una=False), start
    return Syntax(stated[0], stated[1], stated[3].strip(), terminator, una=True), start


def chunk_end(text: str, start: int, syntax: Syntax) -> int:
    """The end of this interchange: after the terminator of its UNZ, or where the next interchange starts."""
    not_released = f"(?<!{re.escape(syntax.release)})" if syntax.release else ""
    # Blanks are matched only once, even if the terminator is a line end, because hostile files have many.
    blanks = "[ \\t]*" if syntax.terminator == "\n" else "\\s*"
    end = re.compile(
        rf"{not_released}{re.escape(syntax.terminator)}{blanks}(UNZ(?=[ ]*\W)|UN[AB](?=[ ]*[^\w\s]))",
        re.I,
    )
    found = end.search(text, start + 3)
    if found is None:
        return len(text)
    if found[1].upper() != "UNZ":
        return found.start(1)
    last = text.find(syntax.terminator, found.end())
    other = FIRST.search(text, found.end(), last if last >= 0 else len(text))
    if other is not None:
        return other.start()
    return last + len(syntax.terminator) if last >= 0 else len(text)


#: How the text continues after a tag, for segments where the standard prescribes it. Other text after a
#: released apostrophe is part of a name or street (`D?'LOC`, `RUE L?'ADD+PARIS`).
_BEGINS = {
    r"\d": "ATT BGM CNT DTM EMP EQN GEI IFT LOC NAT QTY RPI TDT UNE UNT UNZ",
    r"[\dTZ]": "DAT",
    "(?:FL|FM|DDU|DDT|MS)": "NAD",
    "(?:CT|WT)": "MEA",
    "[A-Z]{2,3}{component}": "RFF",
    "[A-Z]{3}{element}": "FTX",
    r"[A-Z]{4}(?:{component}|{element}|$)": "SSR",
    r"(?:\d|{element}|{component})": "ADD TVL",
}


def _tag_ahead(syntax: Syntax) -> re.Pattern[str]:
    """Matches the start of the next segment: a tag with its prescribed continuation, if it has one."""
    marks = {"{element}": re.escape(syntax.element), "{component}": re.escape(syntax.component)}
    shapes, free = [], set(TAGS)
    for shape, tags in _BEGINS.items():
        for name, mark in marks.items():
            shape = shape.replace(name, mark)
        shapes.append(f"(?:{'|'.join(tags.split())})[ ]?{marks['{element}']}[ ]*{shape}")
        free -= set(tags.split())
    shapes.append(f"(?:{'|'.join(sorted(free))})[ ]?{marks['{element}']}")
    return re.compile(rf"[ \t\r\n]*(?:{'|'.join(shapes)})")


class Chunk:
    """The segments of one interchange: `segs`, their unsplit text `bodies`, and the `problems` found."""

    def __init__(self, text: str, start: int, end: int, syntax: Syntax) -> None:
        self.syntax = syntax
        self.segs: list[Seg] = []
        self.bodies: list[str] = []
        #: Positions of the service segments in `segs`.
        self.marks: list[int] = []
        self.problems: list[tuple[str, str, Seg]] = []
        element, release = re.escape(syntax.element), syntax.release
        self._tag_ahead = _tag_ahead(syntax)
        # If some terminators are apostrophes and others their typographic form, either ends a segment when
        # another segment follows; elsewhere they are letters of a name.
        typographic = syntax.terminator in _QUOTES
        self._quotes = ("'",) if typographic else _QUOTES if syntax.terminator == "'" else ()
        quote = "|".join(self._quotes) or "(?!)"
        source = rf"SRC[ \t]*(?:[\r\n]|{quote}|\Z)"
        unreleased = f"(?<!{re.escape(release)})" if release else ""
        self._lost = re.compile(
            rf"[\r\n][ \t]*(?=(?:{_ANY_TAG}){element}|{source})"
            rf"|{unreleased}(?:{quote})[ \t\r\n]*+(?={self._tag_ahead.pattern}|{source})"
        )
        self._released = re.compile(rf"{re.escape(release)}(.)", re.S) if release else None
        separators = re.escape(syntax.component + syntax.element + syntax.release)
        self._unseen = re.compile(f"(?![{separators}])(?:{_UNSEEN})")
        self._read(text[start:end], start)

    def _read(self, text: str, offset: int) -> None:
        syntax = self.syntax
        element, component = syntax.element, syntax.component
        pieces: Iterator[str] = iter(text.split(syntax.terminator))
        released = bool(syntax.release) and syntax.release in text
        if released:
            pieces = self._rejoin(pieces)
        release = syntax.release if released else "\n"
        ascii_only = text.isascii()
        ends = text.count(syntax.terminator + "\n"), text.count(syntax.terminator + "\r\n")
        wrapped = text.count("\n") > sum(ends) or text.count("\r") > ends[1]
        add, add_body = self.segs.append, self.bodies.append
        ended, width = offset + len(text), len(syntax.terminator)
        typographic = not syntax.terminator.isascii()
        for piece in pieces:
            size = len(piece)
            at = offset
            offset += size + width
            if piece[:1] <= " ":
                piece = piece.lstrip(BLANK)
                if not piece:
                    continue
                at += size - len(piece)
                size = len(piece)
            if size > _LONGEST:
                seg = Seg(piece[:3], at, size, "", syntax)
                self.problems.append(("segment_unreadable", "segment too long; left out", seg))
                continue
            if (
                release in piece
                or offset > ended
                or (wrapped and ("\n" in piece or "\r" in piece))
                or not (
                    piece.isprintable() and (ascii_only or (piece.isascii() and not typographic))
                )
            ):
                self._slow(piece, at, offset > ended)
                continue
            tag = piece[:3]
            if tag not in TAGS or piece[3:4] != element:
                tag = piece.partition(element)[0].partition(component)[0].strip().upper()
            if tag in SERVICE:
                self.marks.append(len(self.segs))
            add(Seg(tag, at, size, piece, syntax))
            add_body(piece)

    def _slow(self, piece: str, at: int, last: bool) -> None:
        """Handles a piece with wraps, release characters, non-ASCII text, or no terminator after it."""
        starts = [0]
        if "\n" in piece or "\r" in piece or any(quote in piece for quote in self._quotes):
            starts += [found.end() for found in self._lost.finditer(piece)]
        for start, stop in itertools.pairwise([*starts, len(piece)]):
            self._one(piece[start:stop], at + start, last or stop != len(piece))

    def _one(self, raw: str, at: int, unended: bool) -> None:
        syntax = self.syntax
        value = _WRAP.sub("", raw) if "\n" in raw or "\r" in raw else raw
        value = self._unseen.sub("", value)
        if unended:
            value = value.rstrip(BLANK)
            for quote in self._quotes:
                value = value.removesuffix(quote)
        if self._released is not None and syntax.release in value:
            value = self._released.sub(_hide, value).replace(syntax.release, "")
        tag = value.partition(syntax.element)[0].partition(syntax.component)[0].strip().upper()
        seg = Seg(tag if tag.isascii() else utf8(show(tag)), at, len(raw), value, syntax)
        if unended:
            if tag not in TAGS:
                seg.tag = ""
                self.problems.append(("text_outside", "text without a terminator was skipped", seg))
                return
            self.problems.append(("terminator_missing", "segment without its terminator", seg))
        if tag in SERVICE:
            self.marks.append(len(self.segs))
        self.segs.append(seg)
        self.bodies.append(value)

    def _rejoin(self, pieces: Iterator[str]) -> Iterator[str]:
        """Joins pieces that were split at a released terminator. A release character before a terminator that
        is followed by a known segment is damage: the terminator then ends the segment."""
        release, terminator = self.syntax.release, self.syntax.terminator
        held: list[str] = []
        suspect = (release, "\n", "\r")
        for piece in pieces:
            if not held and piece[-1:] not in suspect:
                yield piece
                continue
            if held and self._tag_ahead.match(piece):
                yield terminator.join(held)
                held = []
            held.append(piece)
            tail = piece.rstrip("\r\n")
            if (len(tail) - len(tail.rstrip(release))) % 2 == 0:
                yield terminator.join(held)
                held = []
        if held:
            yield terminator.join(held)
