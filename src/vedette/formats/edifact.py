"""Reads UN/EDIFACT. Converts bytes to messages with parsed segments, and checks every service segment (from
UNA to UNZ).

The rules come from ISO 9735 (syntax levels UNOA to UNOC, versions 1 to 4) and from IATA PADIS (interactive
use). The reader also accepts errors that airlines make in practice, such as a wrong UNA, lines wrapped at 69
columns, or blanks between segments. A damaged service segment (from UNA to UNZ) gives a warning, never an
error. A file is `Unreadable` only if it contains no EDIFACT or exceeds the limits (`MAX_…`).

Offsets are byte offsets in the file as received. The file is therefore split as Latin-1 text, which has one
character per byte. The values are decoded afterwards, in the character set that UNB declares. If UNB declares
UTF-8, ISO 8859-1 or no character set, a value that is valid UTF-8 is decoded as UTF-8. If UNB declares UTF-8,
ISO 8859-1 or no character set, a value that is not valid UTF-8 is decoded as Windows-1252, which contains the
characters of ISO 8859-1.
"""

from __future__ import annotations

import datetime as dt
import itertools
import re
from bisect import bisect_right
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

import msgspec

from vedette.core import records
from vedette.formats.dates import stamp

#: Larger files are refused. With these limits, reading the worst accepted file takes less than ten seconds
#: and 600 MB of memory; the largest message known (PNRGOV, 850 people) has about 60,000 segments.
MAX_BYTES = 32 * 1024 * 1024
MAX_SEGMENTS = 500_000
#: Maximum number of elements, components and release characters. Each becomes an object of about 70 bytes.
MAX_PARTS = 5_000_000
#: Maximum number of interchanges in a file, and of messages in an interchange.
MAX_INTERCHANGES = 20_000
MAX_MESSAGES = 20_000
#: For each kind of error, at most this number of warnings state a position; the other positions are only
#: counted.
_NAMED = 100
#: Maximum length of a text before the first segment, such as a Type-B header (`QU BRUXXYY`, `.PARXXYY
#: 241000`). A longer text is reported.
_HEADER = 200
_SERVICE = frozenset({"UNB", "UNG", "UNH", "UNT", "UNE", "UNZ"})
_KNOWN = (
    "ABI ADD APD ATT AUT BGM CNI CNT COM CPI CST CTA CUX DAT DGS DIM DOC DTM EBD EMP EQA EQD EQN "
    "ERC ERP FAR FOP FTI FTX GEI GID GIS GOR HAN IFT IMD LOC LTS MEA MOA MON MSG NAD NAT ORG PAC "
    "PCI PDT PIA PTK QTY QVR RCI REF RFF RNG RPI SAC SEL SGP SRC SSD SSR TAX TBD TDT TIF TKT TMD "
    "TMP TOD TPL TRA TRI TSR TVL TXD UNB UNE UNG UNH UNS UNT UNZ"
)
#: The tags of the known segments, which may follow a lost terminator.
TAGS = frozenset(_KNOWN.split())
_ANY_TAG = "|".join(sorted(TAGS))
#: Characters between segments that have no meaning: blanks, line ends, STX, ETX, NUL, Ctrl-Z.
_BLANK = " \t\r\n\x00\x02\x03\x1a"
#: The start of an interchange: a UNA of any length, or the first service segment.
FIRST = re.compile(r"UNA(?=[^\w\s]).{2,9}?\s*(?=UN[BGH])|UN[BGH](?=[ ]*[^\w\s])", re.I | re.S)
_NEXT = r"(?:UNG|UNH|BGM|MSG|CTA|RFF|ORG)"
_COMPONENT = re.compile(r"[A-Z0-9]{4}([^\w\s])", re.I)
_COMPONENT_UNH = re.compile(r"(?:PAXLST|PNRGOV|CUSRES)\s*([^\w\s])", re.I)
#: The segment after UNB is searched within this distance. UNB is at most about 200 bytes long.
_HEAD = 600
#: Maximum length of a segment, in characters. A longer segment lacks terminators and is left out.
_LONGEST = 200_000
_WRAP = re.compile(r"[\r\n]+[ \t]*")
#: A non-ASCII character of UTF-8, as it appears in Latin-1, at the end of a text.
_WIDE = re.compile("[\xc2-\xf4][\x80-\xbf]{1,3}$")
#: The forms into which word processors change an apostrophe: U+2019 in UTF-8 and in Windows-1252.
_QUOTES = ("\xe2\x80\x99", "\x92")
#: Characters that no name contains and no terminal shows: control characters, and those that change the text
#: direction or hide text (U+200B, U+200E, U+200F, U+202A to 202E, U+2066 to 2069, U+FEFF, in UTF-8). A
#: separator may be one of them.
_UNSEEN = (
    "[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]|\xe2\x80[\x8b\x8e\x8f\xaa-\xae]"
    "|\xe2\x81[\xa6-\xa9]|\xef\xbb\xbf"
)
#: UNB 0001 → character set (ISO 9735-1, code list 0001). UNOA and UNOB are ASCII; UNOC to UNOK are parts of
#: ISO 8859; UNOW and UNOY are ISO 10646, which is sent as UTF-8. The empty text stands for UTF-8.
_CHARSETS = {
    "UNOC": "latin-1", "UNOD": "iso8859-2", "UNOE": "iso8859-5", "UNOF": "iso8859-7", "UNOG": "iso8859-3",
    "UNOH": "iso8859-4", "UNOI": "iso8859-6", "UNOJ": "iso8859-8", "UNOK": "iso8859-9",
    "UNOW": "", "UNOX": "", "UNOY": "",
}  # fmt: skip
#: UNB 0133, which takes precedence over 0001.
_ENCODINGS = {"3": "cp850", "7": ""}
#: Bytes that no part of ISO 8859 uses for a character.
_C1 = re.compile("[\x80-\x9f]")
#: Bytes that do not occur in Western European names: those of Turkish and Central European letters, and three
#: accented letters in a row, as in Cyrillic and Greek words.
_FOREIGN = re.compile(
    "[\x80-\x9f\xa1\xa3\xa5\xa6\xa9-\xac\xae\xaf\xb1\xb3\xb5\xb6\xb9-\xbc\xbe\xbf"
    "\xd0\xdd\xde\xf0\xfd\xfe]|[\xc0-\xff]{3}"
)
#: The parts of ISO 8859 without letters from 0x80 to 0xBF: no name in them is valid UTF-8.
_NEVER_UTF8 = ("latin-1", "iso8859-9")
#: Characters after a release character are moved to the private area of Unicode, so that the text is not
#: split at them.
_HIDDEN = re.compile("[\ue000-\ue0ff]")


# --- segments -----------------------------------------------------------------------------------


def _hide(found: re.Match[str]) -> str:
    return chr(0xE000 + ord(found[1]))


def _show(text: str) -> str:
    """Restores the characters that `_hide` replaced (the characters after release characters)."""
    return _HIDDEN.sub(lambda found: chr(ord(found[0]) - 0xE000), text)


class Unreadable(ValueError):
    """`Unreadable` is raised if the input cannot be read at all. `reason` describes the problem and the
    remedy, without any value of the input. `offset` is the position of the byte that could not be read."""

    def __init__(self, reason: str, offset: int = 0) -> None:
        super().__init__(reason)
        self.reason = reason
        self.offset = offset


class Syntax(msgspec.Struct, frozen=True):
    """Contains the separators of one interchange, and whether its UNA segment states them correctly."""

    component: str
    element: str
    release: str
    terminator: str
    #: Whether UNA is correct; None if there is no UNA.
    una: bool | None = None
    #: The character set of the values. If it is empty, a value is UTF-8 or, if it is not valid UTF-8,
    #: Windows-1252.
    charset: str = ""


class Seg(msgspec.Struct, gc=False):
    """Contains one segment: its tag, its byte offset and length in the file, and its elements.

    The text of a segment is split into elements only when needed, because most segments are needed once or
    not at all. Lists of the elements of all segments would make garbage collection slower than parsing
    (measured: 7,000 instead of 32,000 people per second). `el` stores the elements; `split()` does not store
    them.
    """

    tag: str
    offset: int
    length: int
    text: str
    syntax: Syntax
    elements: list[list[str]] | None = None

    @property
    def el(self) -> list[list[str]]:
        """Returns the elements, each as a list of components, without release characters and line wraps.
        `el[0]` is the tag."""
        if self.elements is None:
            self.elements = self.split()
        return self.elements

    def split(self) -> list[list[str]]:
        """Returns the elements in the same form as `el`, but does not store them."""
        if self.elements is not None:
            return self.elements
        component, text = self.syntax.component, self.text
        split = [part.split(component) for part in text.split(self.syntax.element)]
        if text.isascii():
            return split
        charset = self.syntax.charset
        return [[_decoded(_show(x), charset) for x in parts] for parts in split]

    def get(self, element: int, component: int = 0) -> str:
        """Returns a component, or an empty string if the segment does not contain this component."""
        elements = self.elements
        if elements is None:
            elements = self.elements = self.split()
        try:
            return elements[element][component]
        except IndexError:
            return ""

    def __repr__(self) -> str:
        return f"Seg({self.tag}@{self.offset})"


def _decoded(value: str, charset: str) -> str:
    """Decodes a value that was read as Latin-1 text, and removes control characters."""
    if value.isascii():
        return value
    data = value.encode("latin-1", "replace")
    if charset:
        text = data.decode(charset, "replace")
    else:
        try:
            text = data.decode()
        except UnicodeDecodeError:
            text = data.decode("cp1252", "ignore")
    return text if text.isprintable() else _C1.sub("", text)


def _charset(raw: str, syntax: Syntax) -> tuple[str, bool]:
    """Returns the character set of an interchange, and whether letters may be decoded wrongly. Letters may be
    decoded wrongly if some bytes are not valid in the declared character set. Letters may also be decoded
    wrongly if no character set is declared and the bytes are not valid UTF-8."""
    if raw.isascii():
        return "", False
    head = raw[:_HEAD].partition(syntax.terminator)[0].split(syntax.element)
    level = head[1].split(syntax.component) if len(head) > 1 and head[0].strip() == "UNB" else [""]
    declared = _CHARSETS.get(level[0].strip().upper())
    if len(level) > 3:
        declared = _ENCODINGS.get(level[3].strip(), declared)
    data = raw.encode("latin-1")
    outside = _C1.search(raw) is not None
    try:
        data.decode()
        if not declared or outside or declared in _NEVER_UTF8:
            return "", False
    except UnicodeDecodeError:
        if not declared:
            return "", declared is not None or _FOREIGN.search(raw) is not None
    if declared == "latin-1":
        return "", outside
    return declared, (outside and declared != "cp850") or "\ufffd" in data.decode(
        declared, "replace"
    )


def _utf8(value: str) -> str:
    return _decoded(value, "")


def whole(text: str, digits: int) -> int | None:
    """Converts a text to a whole number. Returns None if the text is not a number with at most `digits`
    digits."""
    return int(text) if len(text) <= digits and text.isascii() and text.isdigit() else None


def _syntax_of(text: str, found: re.Match[str]) -> tuple[Syntax, int]:
    """Returns the separators of an interchange, and the position of its first segment. The separators in UNA
    are used only if the segment after UNA ends with the terminator that UNA states. ISO 9735 prescribes nine
    characters for UNA, but airlines send seven to eleven."""
    start = (
        found.end() if text[found.start() : found.start() + 3].upper() == "UNA" else found.start()
    )
    head = text[start : start + _HEAD]
    element = head[3:].lstrip(" ")[:1] or "+"
    kind = _COMPONENT.match(head[3:].lstrip(" ")[1:])
    if kind is None or kind[1] == element:  # UNB without the version of its syntax
        kind = _COMPONENT_UNH.search(head)
    component = kind[1] if kind else ":"
    after = re.compile(rf"\b{_NEXT}[ ]*{re.escape(element)}", re.I).search(head, 3)
    terminator = "'"
    if after:
        before = head[: after.start()]
        bare = before.rstrip(_BLANK)
        if bare and not bare[-1].isalnum():
            wide = _WIDE.search(bare)
            terminator = wide[0] if wide else bare[-1]
        elif "\n" in before[len(bare) :]:
            terminator = "\n"
    if start == found.start():
        return Syntax(component, element, "?", terminator), start
    una = _utf8(text[found.start() + 3 : start])
    stated = una[:6]
    marks = {stated[0], stated[1], stated[5:]}
    true = (
        len(stated) == 6
        and not una[6:].strip(_BLANK)
        and len(marks) == 3
        and stated[1] == element
        and stated[5] == _utf8(terminator)
        and (kind is None or stated[0] == component)
        and stated[3] not in marks
        and not stated[3].isalnum()
    )
    if not true:
        return Syntax(component, element, "?", terminator, una=False), start
    return Syntax(stated[0], stated[1], stated[3].strip(), terminator, una=True), start


def _chunk_end(text: str, start: int, syntax: Syntax) -> int:
    """Returns the position at which an interchange ends: after the terminator of its UNZ, or at the start of
    the next interchange."""
    not_released = f"(?<!{re.escape(syntax.release)})" if syntax.release else ""
    # Blanks are matched only once, even if the terminator is a line end, because hostile files have many.
    blanks = "[ \\t]*" if syntax.terminator == "\n" else f"[{_BLANK}]*"
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


#: The text that the standard prescribes after a tag. If other text follows a tag after a release character
#: and an apostrophe, it is part of a name or street (`D?'LOC`, `RUE L?'ADD+PARIS`).
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
    """Returns a regular expression for the start of the next segment: a tag, and the text that the standard
    prescribes after this tag."""
    marks = {"{element}": re.escape(syntax.element), "{component}": re.escape(syntax.component)}
    shapes, free = [], set(TAGS)
    for shape, tags in _BEGINS.items():
        for name, mark in marks.items():
            shape = shape.replace(name, mark)
        shapes.append(f"(?:{'|'.join(tags.split())})[ ]?{marks['{element}']}[ ]*{shape}")
        free -= set(tags.split())
    shapes.append(f"(?:{'|'.join(sorted(free))})[ ]?{marks['{element}']}")
    return re.compile(rf"[ \t\r\n]*(?:{'|'.join(shapes)})")


class _Chunk:
    """Contains the segments of one interchange (`segs`), their text before splitting (`bodies`), and the
    problems found."""

    def __init__(self, text: str, start: int, end: int, syntax: Syntax) -> None:
        self.syntax = syntax
        self.segs: list[Seg] = []
        self.bodies: list[str] = []
        #: Positions of the service segments in `segs`.
        self.marks: list[int] = []
        self.problems: list[tuple[str, str, Seg]] = []
        element, release = re.escape(syntax.element), syntax.release
        self._tag_ahead = _tag_ahead(syntax)
        # If some terminators are apostrophes and others are their typographic form, both forms end a segment
        # if another segment follows. Elsewhere they are part of a name.
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
                piece = piece.lstrip(_BLANK)
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
            if tag in _SERVICE:
                self.marks.append(len(self.segs))
            add(Seg(tag, at, size, piece, syntax))
            add_body(piece)

    def _slow(self, piece: str, at: int, last: bool) -> None:
        """Handles a piece of text that contains line wraps, release characters or non-ASCII characters, or
        has no terminator."""
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
            value = value.rstrip(_BLANK)
            for quote in self._quotes:
                value = value.removesuffix(quote)
        if self._released is not None and syntax.release in value:
            value = self._released.sub(_hide, value).replace(syntax.release, "")
        tag = value.partition(syntax.element)[0].partition(syntax.component)[0].strip().upper()
        seg = Seg(tag if tag.isascii() else _utf8(_show(tag)), at, len(raw), value, syntax)
        if unended:
            if tag not in TAGS:
                seg.tag = ""
                self.problems.append(("text_outside", "text without a terminator was skipped", seg))
                return
            self.problems.append(("terminator_missing", "segment without its terminator", seg))
        if tag in _SERVICE:
            self.marks.append(len(self.segs))
        self.segs.append(seg)
        self.bodies.append(value)

    def _rejoin(self, pieces: Iterator[str]) -> Iterator[str]:
        """Joins two pieces if a release character precedes the terminator between them. If a known segment
        follows the terminator, the release character is an error, and the pieces are not joined."""
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


# --- messages -----------------------------------------------------------------------------------


@dataclass(slots=True, eq=False)
class MessageText:
    """Contains one message: the segments between UNH and UNT, the envelope, and the warnings about the
    service segments. `body` is the input of the hash that is used to recognise a message that was sent
    again."""

    unh: Seg
    segments: list[Seg]
    unt: Seg | None
    #: The unsplit text of the segments.
    bodies: list[str]
    syntax: Syntax
    envelope: records.Envelope
    warnings: list[records.Warning] = field(default_factory=list)

    @property
    def type(self) -> str:
        """Returns the message type that UNH states, in upper case, such as PAXLST or PNRGOV."""
        return self.unh.get(2).strip().upper()

    @property
    def prepared_on(self) -> dt.date:
        """Returns the reference day for two-digit years: the day on which the message was prepared, or today
        if UNB does not state this day."""
        return (self.envelope.prepared or dt.datetime.now()).date()

    @property
    def body(self) -> bytes:
        """Returns the segments without release characters and line wraps. LF separates segments, US separates
        elements, and RS separates components."""
        text = "\n".join(self.bodies)
        text = text.replace(self.syntax.element, "\x1f").replace(self.syntax.component, "\x1e")
        try:
            return text.encode("latin-1")
        except UnicodeEncodeError:
            return _show(text).encode("latin-1", "replace")

    def warn(self, code: str, message: str, seg: Seg | None = None) -> None:
        """Adds a warning about the segment `seg` to the message."""
        self.warnings.append(
            records.Warning(
                code=code,
                message=message,
                # The text at the position of a tag may be part of a name, so only known tags are reported.
                segment=seg.tag if seg and (seg.tag in TAGS or seg.tag == "UNA") else None,
                offset=seg.offset if seg else None,
            )
        )

    def warn_each(self, code: str, message: str, places: Sequence[Seg]) -> None:
        """Adds the same warning for each of the segments in `places`. After a hundred warnings, adds a last
        warning with the number of the remaining segments."""
        for seg in places[:_NAMED]:
            self.warn(code, message, seg)
        if len(places) > _NAMED:
            self.warn(code, f"{message}; {len(places) - _NAMED} more like it", places[_NAMED])


def interchanges(data: bytes) -> Iterator[MessageText]:
    """Yields all messages of a file in order, from all its interchanges and groups.

    Raises `Unreadable` only if the file contains no EDIFACT or exceeds one of the limits (`MAX_…`). Every
    other error becomes a warning of the message that contains it.
    """
    if len(data) > MAX_BYTES:
        raise Unreadable(
            f"{len(data)} bytes, the limit is {MAX_BYTES}; send it in parts",
            MAX_BYTES,
        )
    # A message in lower case is converted to upper case, which changes neither separators nor offsets.
    # Latin-1 gives one character per byte, so positions in the text are byte offsets.
    text = (data.upper() if data.islower() else data).decode("latin-1")
    found = FIRST.search(text)
    if found is None:
        raise Unreadable(
            "no EDIFACT: neither UNA, UNB nor UNH; send the message as it was received"
        )
    held: list[MessageText] = []
    end = 0
    room = (MAX_SEGMENTS, MAX_PARTS)
    left = MAX_INTERCHANGES
    while found is not None:
        if not left:
            raise Unreadable(
                f"more than {MAX_INTERCHANGES} interchanges in one file; send them in several", end
            )
        left -= 1
        syntax, start = _syntax_of(text, found)
        before = text[end : found.start()].strip(_BLANK)
        next_end = _chunk_end(text, start, syntax)
        room = _within(text, start, next_end, syntax, room)
        charset, unclear = _charset(text[start:next_end], syntax)
        if charset:
            syntax = msgspec.structs.replace(syntax, charset=charset)
        messages = _messages(_Chunk(text, start, next_end, syntax))
        for message in messages if unclear else ():
            if not all(map(str.isascii, message.bodies)):
                unb = Seg("UNB", start, 0, "", syntax)
                message.warn("charset_unclear", "bytes outside the declared character set", unb)
        if messages:
            if syntax.una is False:
                una = Seg("UNA", found.start(), start - found.start(), "", syntax)
                messages[0].warn("una_invalid", "UNA does not state the separators in use", una)
            if len(before) > (0 if end else _HEADER):
                messages[0].warn(
                    "text_outside", "text before UNB was skipped", Seg("", end, 0, "", syntax)
                )
            yield from held
            held = messages
        end = next_end
        found = FIRST.search(text, end)
    if held and text[end:].strip(_BLANK + "N"):
        held[-1].warn("text_outside", "text after UNZ was skipped", Seg("", end, 0, "", syntax))
    yield from held


def _within(
    text: str, start: int, end: int, syntax: Syntax, room: tuple[int, int]
) -> tuple[int, int]:
    """Counts the segments and elements of an interchange before its text is split. Returns how many segments
    and elements the rest of the file may contain."""
    segments = text.count(syntax.terminator, start, end)
    marks = {syntax.element, syntax.component, syntax.release} - {""}
    parts = sum(text.count(mark, start, end) for mark in marks)
    if segments > room[0]:
        raise Unreadable(
            f"{segments} segments, the limit is {MAX_SEGMENTS} per file; send it in parts",
            start,
        )
    if parts > room[1]:
        raise Unreadable(
            f"{parts} elements, the limit is {MAX_PARTS} per file; it is not a message", start
        )
    return room[0] - segments, room[1] - parts


@dataclass(slots=True)
class _Level:
    """Contains the state of an interchange (UNB to UNZ) or a group (UNG to UNE) while its messages are
    read."""

    opening: str
    closing: str
    head: Seg | None = None
    open: bool = False
    inside: int = 0

    def start(self, seg: Seg) -> None:
        """Stores the opening segment (UNB or UNG)."""
        self.head, self.open, self.inside = seg, True, 0

    def end(self, seg: Seg | None, last: MessageText | None) -> None:
        """Checks the closing segment (UNZ or UNE), or reports that this segment is missing (`seg` is
        None)."""
        was_open, self.open = self.open, False
        code = self.closing.lower()
        if last is None:
            return
        if seg is None:
            if was_open:
                last.warn(
                    f"{code}_missing", f"{self.opening} without its {self.closing}", self.head
                )
        elif not was_open:
            last.warn("segment_unexpected", f"{self.closing} without its {self.opening}", seg)
        else:
            _check_count(last, f"{code}_count", seg, self.inside)
            if self.head is not None and seg.get(2).strip() != self.head.get(5).strip():
                last.warn(
                    f"{code}_reference",
                    f"reference of {self.closing} is not that of {self.opening}",
                    seg,
                )


def _check_count(message: MessageText, code: str, seg: Seg, present: int) -> None:
    stated = whole(seg.get(1).strip(), 9)
    if stated is None:
        message.warn(code, f"{seg.tag} states no number, {present} present", seg)
    elif stated != present:
        message.warn(code, f"{seg.tag} says {stated}, {present} present", seg)


def _messages(chunk: _Chunk) -> list[MessageText]:
    """Returns the messages of one interchange, with warnings about its interchange and group segments."""
    segs = chunk.segs
    starts = [at for at in chunk.marks if segs[at].tag != "UNT"]
    messages: list[MessageText] = []
    if len(starts) > MAX_MESSAGES:
        raise Unreadable(
            f"more than {MAX_MESSAGES} messages in one file; send them in several", segs[0].offset
        )
    stray = segs[: starts[0]] if starts else []
    interchange, group = _Level("UNB", "UNZ"), _Level("UNG", "UNE")
    grouped = False
    for at, stop in itertools.pairwise([*starts, len(segs)]):
        seg, last = segs[at], messages[-1] if messages else None
        if seg.tag == "UNH":
            messages.append(_message(chunk, at, stop, interchange.head))
            group.inside += 1
            interchange.inside += not grouped
            continue
        stray += segs[at + 1 : stop]
        if seg.tag == "UNB":
            interchange.start(seg)
        elif seg.tag == "UNG":
            group.end(None, last)
            group.start(seg)
            interchange.inside = 1 if not grouped else interchange.inside + 1
            grouped = True
        elif seg.tag == "UNE":
            group.end(seg, last)
        else:
            group.end(None, last)
            interchange.end(seg, last)
    if messages:
        _close(messages, group, interchange, stray, chunk)
    return messages


def _close(
    messages: list[MessageText], group: _Level, interchange: _Level, stray: list[Seg], chunk: _Chunk
) -> None:
    group.end(None, messages[-1])
    interchange.end(None, messages[-1])
    if interchange.head is None:
        messages[0].warn(
            "unb_missing", "message without an interchange header UNB", messages[0].unh
        )
    messages[-1].warn_each("segment_unexpected", "segment outside any message was skipped", stray)
    starts = [message.unh.offset for message in messages]
    kinds: dict[tuple[int, str, str], list[Seg]] = {}
    for code, text, seg in chunk.problems:
        home = max(bisect_right(starts, seg.offset) - 1, 0)
        kinds.setdefault((home, code, text), []).append(seg)
    for (home, code, text), places in kinds.items():
        messages[home].warn_each(code, text, places)


def _message(chunk: _Chunk, at: int, stop: int, unb: Seg | None) -> MessageText:
    """Returns the message whose UNH is at position `at`. The message ends at the last UNT before position
    `stop`. Known segments after the last UNT also belong to the message, so that no person is lost."""
    segs, bodies = chunk.segs, chunk.bodies
    end = stop
    while end > at + 1 and segs[end - 1].tag not in TAGS:
        end -= 1
    unt_at = next((x for x in range(end - 1, at, -1) if segs[x].tag == "UNT"), end)
    unt = segs[unt_at] if unt_at < end else None
    message = MessageText(
        unh=segs[at],
        segments=segs[at + 1 : unt_at] + segs[unt_at + 1 : end],
        unt=unt,
        bodies=bodies[at + 1 : unt_at] + bodies[unt_at + 1 : end],
        syntax=chunk.syntax,
        envelope=_envelope(segs[at], unb),
    )
    if unt is None:
        message.warn("unt_missing", "message without its UNT: it may be cut off", segs[end - 1])
    else:
        _check_count(message, "unt_count", unt, unt_at - at + 1)
        if unt.get(2).strip() != segs[at].get(1).strip():
            message.warn("unt_reference", "reference of UNT is not that of UNH", unt)
        if unt_at + 1 < end:
            after = segs[unt_at + 1]
            message.warn("segment_unexpected", "segments follow UNT; they were read", after)
    message.warn_each("segment_unexpected", "segment behind UNT was skipped", segs[end:stop])
    return message


def _envelope(unh: Seg, unb: Seg | None) -> records.Envelope:
    version, release = unh.get(2, 1).strip(), unh.get(2, 2).strip()
    sequence = unh.get(4).strip()
    flag = unh.get(4, 1).strip().upper()
    alone = not sequence and not flag
    return records.Envelope(
        sender=(unb and unb.get(2).strip()) or None,
        recipient=(unb and unb.get(3).strip()) or None,
        prepared=stamp(unb.get(4).strip(), unb.get(4, 1).strip()) if unb else None,
        interchange_ref=(unb and unb.get(5).strip()) or None,
        message_ref=unh.get(1).strip() or None,
        release=f"{version}:{release}".strip(":") or None,
        common_access_ref=unh.get(3).strip() or None,
        sequence=1 if alone else whole(sequence, 4),
        last=True if alone else {"F": True, "C": False}.get(flag),
    )
