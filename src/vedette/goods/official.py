"""Reads official control lists that an administration loads. Returns the official lists as entries of a
control list.

- `eu_annex_1`: Annex I of Regulation (EU) 2021/821, HTML of EUR-Lex or Formex XML. The reader was written
  from the specification.
- `correlation`: correlation of CN codes and entries (CIRCABC, TARIC), CSV or Excel. The reader was written
  from the specification.
- `us_ccl`: Commerce Control List, CSV `eccn,parent_row,description_en,is_leaf`. The reader was written from a
  public sample.
- `us_usml`: headings of the United States Munitions List, CSV `usml,description_en`. The reader was written
  from a public sample.
- `template`: CSV or Excel template of vedette, for national lists.

A reader takes bytes and returns entries and problems. The reader raises no exception except `Unreadable`. A
row or an item that cannot be read is reported as a problem with its position. The other rows and items are
kept. An entry has a number and a text. An entry also has CAS numbers, HS codes and UN numbers if the file
states them.
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from decimal import Decimal, InvalidOperation
from html.parser import HTMLParser

from vedette.formats.edifact import Unreadable
from vedette.formats.tables import (
    MAX_BYTES,
    Table,
    decode,
    is_workbook,
    read_csv,
    read_workbook,
)
from vedette.goods import codes
from vedette.screening.control_lists import model

#: Maximum number of entries of a list, of characters of a text, of text blocks, and of problems kept.
MAX_ENTRIES, MAX_TEXT, MAX_BLOCKS, MAX_PROBLEMS = 200_000, 4_000, 2_000_000, 1_000
#: Characters of a text that are the name of an entry.
_NAME = 300
_CAS = re.compile(r"(?<![\d-])(\d{2,7})\s?-\s?(\d{2})\s?-\s?(\d)(?![\d-])")
_NUMBER = re.compile(r"([0-9][A-E][0-9]{3})(?![0-9])\s*(.*)", re.DOTALL)
_ITEM = re.compile(r"([a-z]{1,2}|\d{1,3})\.(?!\d)\s*(.*)", re.DOTALL)
#: Formats that were written without a public sample, from the specification alone.
FROM_SPECIFICATION = frozenset({"eu_annex_1", "correlation"})
#: How a sentence goes on that begins with the number of an entry and is a note.
_NOTE_WORDS = re.compile(
    r"[.,;:)a-z.\d ]{0,20}(?:does not|do not|includes?\b|appl(?:y|ies)\b|controls?\b|refers?\b|specif|"
    r"ne vise|ne s’applique|comprend|vise\b|and\b|to\b|or\b|see\b)"
)


@dataclass(frozen=True, slots=True)
class Problem:
    """A part of a file that could not be read: its position and the reason."""

    place: str
    reason: str
    code: str = "row_broken"


@dataclass(frozen=True, slots=True)
class ListEntry:
    """An entry of an official list. `parent` is the number of the entry to which the entry belongs."""

    number: str
    text: str
    parent: str = ""
    text_fr: str = ""
    names: tuple[str, ...] = ()
    cas: tuple[str, ...] = ()
    un: tuple[str, ...] = ()
    hs: tuple[str, ...] = ()
    limit: Decimal | None = None
    valid_from: dt.date | None = None
    valid_to: dt.date | None = None


@dataclass(slots=True)
class Loaded:
    """The entries of a file, in the order of the file, and its problems."""

    format: str
    entries: list[ListEntry] = field(default_factory=list)
    problems: list[Problem] = field(default_factory=list)

    def problem(self, place: str, reason: str, code: str = "row_broken") -> None:
        """Records a problem, up to the limit. The code determines which sentence the page shows for the
        problem."""
        if len(self.problems) < MAX_PROBLEMS:
            self.problems.append(Problem(place, reason, code))

    def add(self, entry: ListEntry, place: str) -> None:
        """Adds an entry. Raises `Unreadable` if there are too many entries."""
        if len(self.entries) >= MAX_ENTRIES:
            raise Unreadable(f"{place}: more than {MAX_ENTRIES:,} entries")
        self.entries.append(entry)


def cas_numbers(text: str) -> tuple[str, ...]:
    """Returns the CAS numbers with correct check digits in a text, without duplicates."""
    found = ("-".join(one.groups()) for one in _CAS.finditer(text))
    return tuple(dict.fromkeys(one for one in found if codes.cas_number(one)))


def read(data: bytes) -> Loaded:
    """Reads a file of any format of this module, which is recognised by its content."""
    if len(data) > MAX_BYTES:
        raise Unreadable(f"{len(data)} bytes, the limit is {MAX_BYTES}")
    start = data.removeprefix(b"\xef\xbb\xbf").lstrip()
    if start.startswith(b"<"):
        return read_annex(data)
    tables = read_workbook(data) if is_workbook(data[:4096]) else [read_csv(data)]
    for table in tables:
        for name, needed, reader in _TABLES:
            found = _header(table, needed)
            if found is not None:
                return reader(table, found, Loaded(name))
    raise Unreadable("the columns are those of no list that is known; use the template")


# --- Annex I ------------------------------------------------------------------------------------


class _Blocks(HTMLParser):
    """Divides HTML or Formex into blocks of text, and marks the blocks that are wholly in italics (notes).

    The parser of the standard library ignores document type declarations, expands no entities that the file
    defines, and opens no other files.
    """

    BLOCK = frozenset((
        "p", "div", "td", "th", "tr", "li", "ul", "ol", "table", "br", "h1", "h2", "h3", "h4", "h5", "h6",
        "np", "no.p", "txt", "item", "list", "alinea", "title", "ti", "sti",
    ))  # fmt: skip
    HIDDEN = frozenset(("script", "style", "head"))

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.blocks: list[tuple[str, bool]] = []
        self._parts: list[str] = []
        self._open: list[tuple[str, bool]] = []
        self._italic = self._hidden = 0
        self._upright = False

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag in self.BLOCK:
            self._end()
        kind = " ".join(value or "" for name, value in attrs if name in ("class", "type")).lower()
        italic = tag in ("i", "em") or "italic" in kind
        if tag in ("br", "img", "hr", "meta", "link", "col", "input"):
            return
        self._open.append((tag, italic))
        self._italic += italic
        self._hidden += tag in self.HIDDEN
        if len(self._open) > 1_000:
            raise Unreadable("elements are nested more than 1,000 deep")

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag in self.BLOCK:
            self._end()

    def handle_endtag(self, tag: str) -> None:
        if tag in self.BLOCK:
            self._end()
        if not any(one == tag for one, _ in self._open[-50:]):
            return
        while self._open:
            last, italic = self._open.pop()
            self._italic -= italic
            self._hidden -= last in self.HIDDEN
            if last == tag:
                break

    def handle_data(self, data: str) -> None:
        if self._hidden:
            return
        self._parts.append(data)
        if data.strip() and not self._italic:
            self._upright = True

    def _end(self) -> None:
        text = " ".join("".join(self._parts).split())
        if text:
            if len(self.blocks) >= MAX_BLOCKS:
                raise Unreadable(f"more than {MAX_BLOCKS:,} blocks of text")
            self.blocks.append((text, not self._upright))
        self._parts.clear()
        self._upright = False

    def finish(self) -> list[tuple[str, bool]]:
        """Ends the last block and returns all blocks."""
        self.close()
        self._end()
        return self.blocks


def _next(marker: str) -> str:
    """Returns the marker that follows a marker of an enumeration: 1, 2 … or a, b … z, aa."""
    if marker.isdecimal():
        return str(int(marker) + 1)
    if marker == "z":
        return "aa"
    return marker[:-1] + chr(ord(marker[-1]) + 1)


class _Path:
    """The current position in nested enumerations."""

    def __init__(self, number: str) -> None:
        self.number = number
        self.markers: list[str] = []

    def enter(self, marker: str) -> bool:
        """Moves to this marker: in the deepest enumeration that the marker continues or, if the marker is `a`
        or `1`, in a new enumeration. If the marker does not continue an enumeration, a gap of up to five
        markers is accepted. Returns whether the marker continues the enumeration."""
        for gap in (1, 6):
            for depth in range(len(self.markers) - 1, -1, -1):
                at = self.markers[depth]
                for _ in range(gap):
                    at = _next(at)
                    if at == marker:
                        self.markers[depth:] = [marker]
                        return True
        if marker in ("a", "1") and len(self.markers) < 8:
            self.markers.append(marker)
            return True
        return False

    def text(self, depth: int | None = None) -> str:
        """Returns the number of the entry, followed by its markers down to the level `depth` (default: all
        markers)."""
        return ".".join((self.number, *self.markers[:depth]))


class _Annex:
    """Collects the entries of Annex I from blocks of text."""

    def __init__(self) -> None:
        self.loaded = Loaded("eu_annex_1")
        self.path: _Path | None = None
        self.seen: set[str] = set()
        self.last = ""
        self.parts: list[str] = []
        self.waiting = ""
        self.ended = False

    def take(self, text: str, italic: bool) -> None:
        """Processes the next block of text."""
        if self.ended or (self.seen and re.fullmatch(r"(?i)annexe?\s+(?:II|IIA|2)\b.*", text)):
            self._finish()
            self.ended = True
            return
        if self.waiting:
            text, self.waiting = f"{self.waiting} {text}", ""
        elif (
            not italic
            and (_ITEM.fullmatch(text + " ") or _NUMBER.fullmatch(text))
            and len(text) <= 6
        ):
            self.waiting = text
            return
        if italic:
            return
        number = _NUMBER.match(text)
        if number is not None and number[1] not in self.seen and number[1] > self.last:
            rest = number[2].strip()
            if rest and not _NOTE_WORDS.match(rest):
                self._finish()
                self.path = _Path(number[1])
                self.last = number[1]
                self.seen.add(number[1])
                self.parts = [rest]
                return
        if self.path is None or re.match(
            r"(?i)(?:technical )?notes?\b|n\.?\s?b\.|remarque|category|cat[ée]gorie", text
        ):
            return
        item = _ITEM.match(text)
        if item is not None:
            before = list(self.path.markers)
            parts = self.parts
            if self.path.enter(item[1]):
                self._store(self.path.number, before, parts)
                self.parts = [item[2].strip()]

    def _store(self, number: str, markers: list[str], parts: list[str]) -> None:
        text = " ".join(filter(None, parts)).strip()
        if not text:
            return
        whole = ".".join((number, *markers))
        parent = ".".join((number, *markers[:-1])) if markers else ""
        self.loaded.add(ListEntry(whole, text[:MAX_TEXT], parent, cas=cas_numbers(text)), whole)

    def _finish(self) -> None:
        if self.path is not None:
            self._store(self.path.number, self.path.markers, self.parts)
            self.path, self.parts = None, []


def read_annex(data: bytes) -> Loaded:
    """Reads Annex I of Regulation (EU) 2021/821 from the HTML of EUR-Lex or from Formex XML."""
    if len(data) > MAX_BYTES:
        raise Unreadable(f"{len(data)} bytes, the limit is {MAX_BYTES}")
    if b"<!entity" in data.lower():
        raise Unreadable("the file declares entities, which are not read")
    parser = _Blocks()
    try:
        parser.feed(decode(data).replace("\0", ""))
        blocks = parser.finish()
    except (AssertionError, RecursionError) as error:
        raise Unreadable(f"the HTML or XML is damaged: {error}") from error
    annex = _Annex()
    for text, italic in blocks:
        annex.take(text[: 4 * MAX_TEXT], italic)
    annex._finish()
    if not annex.loaded.entries:
        raise Unreadable("no entry of Annex I (for example 2B350) was found")
    return annex.loaded


# --- tables -------------------------------------------------------------------------------------

Columns = dict[str, int]


def _plain(heading: str) -> str:
    return re.sub(r"[^a-z0-9]+", "_", heading.lower().replace("é", "e")).strip("_")


def _header(table: Table, needed: Mapping[str, tuple[str, ...]]) -> tuple[int, Columns] | None:
    """Returns the position of the row of headings in a table, and the column of each field."""
    for place, (_, cells) in enumerate(table.rows[:20]):
        names = {_plain(cell): at for at, cell in reversed(list(enumerate(cells)))}
        found = {
            name: names[one] for name, others in needed.items() for one in others if one in names
        }
        if all(name in found for name in needed if not name.startswith("?")):
            return place, {name.removeprefix("?"): at for name, at in found.items()}
    return None


def _body(
    table: Table, found: tuple[int, Columns], loaded: Loaded
) -> Iterator[tuple[int, Callable[[str], str]]]:
    """Yields the number of each row after the headings, and a function that returns its cells by name."""
    start, columns = found
    for number, reason in table.problems:
        loaded.problem(f"row {number}", reason)
    for number, cells in table.rows[start + 1 :]:

        def cell(name: str, cells: list[str] = cells) -> str:
            at = columns.get(name)
            return cells[at].strip() if at is not None and at < len(cells) else ""

        yield number, cell


def _read_ccl(table: Table, found: tuple[int, Columns], loaded: Loaded) -> Loaded:
    """Reads the Commerce Control List. The levels of a number are separated by points."""
    for place, cell in _body(table, found, loaded):
        number, text = cell("number"), cell("text")
        first, *levels = number.split(".")
        if not re.fullmatch(r"[0-9][A-E][0-9]{3}", first) or not all(levels) or len(number) > 40:
            loaded.problem(f"row {place}", f"{number[:40]!r} is no number of an entry")
            continue
        whole = ".".join((first, *(level.lower() for level in levels)))
        parent = whole.rpartition(".")[0]
        loaded.add(ListEntry(whole, text[:MAX_TEXT], parent, cas=cas_numbers(text)), f"row {place}")
    return loaded


def _read_usml(table: Table, found: tuple[int, Columns], loaded: Loaded) -> Loaded:
    """Reads the headings of the Munitions List. A letter O instead of the figure 0 is corrected and
    reported."""
    category = ""
    for place, cell in _body(table, found, loaded):
        number, text = cell("number"), cell("text").strip()
        if number.upper().startswith("CATEGORY"):
            category = " ".join(number.split()).title()
            loaded.add(ListEntry(category, text[:MAX_TEXT]), f"row {place}")
            continue
        if not text or not number or len(number) > 40:
            loaded.problem(f"row {place}", "the number or the text is missing")
            continue
        if re.match(r"O[A-E]\d{3}", number):
            loaded.problem(f"row {place}", f"{number[:40]!r} was read as 0{number[1:40]}")
            number = "0" + number[1:]
        loaded.add(
            ListEntry(number, text[:MAX_TEXT], category, cas=cas_numbers(text)), f"row {place}"
        )
    return loaded


def _hs(text: str) -> tuple[str, ...]:
    """Returns the HS or CN codes in a cell, with the points and spaces inside each code removed."""
    found = []
    for part in re.split(r"[;,|\n]", text):
        code = re.sub(r"[.\s]", "", part)
        if code.isascii() and code.isdecimal() and len(code) in (4, 6, 8, 10):
            found.append(code)
    return tuple(dict.fromkeys(found))


def _read_correlation(table: Table, found: tuple[int, Columns], loaded: Loaded) -> Loaded:
    """Reads the correlation of CN codes and entries. Each entry receives all its correlated codes and has no
    text."""
    by_number: dict[str, dict[str, None]] = {}
    for place, cell in _body(table, found, loaded):
        numbers = re.findall(
            r"(?<![0-9A-Z])[0-9][A-E][0-9]{3}(?:\.?[a-z0-9]{1,3})*", cell("number")
        )
        found_codes = _hs(cell("hs"))
        if not numbers or not found_codes:
            loaded.problem(f"row {place}", "a CN code or a number of an entry is missing")
            continue
        for number in numbers:
            by_number.setdefault(number, {}).update(dict.fromkeys(found_codes))
    for number, codes_of in by_number.items():
        loaded.add(ListEntry(number, "", number.rpartition(".")[0], hs=tuple(codes_of)), number)
    return loaded


def _day(text: str) -> dt.date | None:
    return dt.date.fromisoformat(text) if text else None


def _read_template(table: Table, found: tuple[int, Columns], loaded: Loaded) -> Loaded:
    """Reads the template. A row with an error is reported as a problem. The other rows are kept."""
    seen: set[str] = set()
    for place, cell in _body(table, found, loaded):
        where = f"row {place}"
        number, text = cell("number"), cell("text_en") or cell("text_fr")
        stated = [one.strip() for one in cell("cas").split(";") if one.strip()]
        numbers = [one.strip() for one in cell("un").split(";") if one.strip()]
        un = [one for one in map(codes.un_number, numbers) if one is not None]
        if not number or not text or len(number) > 60:
            loaded.problem(where, "the number or the text is missing")
        elif number in seen:
            loaded.problem(where, f"the number {number} is listed twice", "number_twice")
        elif wrong := next((one for one in stated if codes.cas_number(one) is None), ""):
            loaded.problem(
                where, f"{wrong[:20]} is no CAS number, or its check digit is wrong", "cas_wrong"
            )
        elif len(un) < len(numbers):
            loaded.problem(where, "a UN number has four digits, for example UN1090", "un_wrong")
        elif cell("hs") and not _hs(cell("hs")):
            loaded.problem(where, f"{cell('hs')[:20]} is no HS or CN code", "hs_wrong")
        else:
            try:
                limit = (
                    Decimal(cell("limit").rstrip("% ").replace(",", ".")) if cell("limit") else None
                )
                first, last = _day(cell("valid_from")), _day(cell("valid_to"))
                if limit is not None and not 0 <= limit <= 100:
                    raise ValueError
            except (InvalidOperation, ValueError):
                loaded.problem(
                    where,
                    "a limit is a percentage, and a day has the form 2026-11-27",
                    "limit_wrong",
                )
                continue
            seen.add(number)
            names = tuple(filter(None, (one.strip() for one in cell("names").split("|"))))
            loaded.add(
                ListEntry(number, text[:MAX_TEXT], cell("parent"), cell("text_fr")[:MAX_TEXT], names,
                          tuple(stated), tuple(un), _hs(cell("hs")), limit, first, last),
                where,
            )  # fmt: skip
    return loaded


#: The columns of the template of vedette, and what they contain.
TEMPLATE: dict[str, str] = {
    "number": "number of the entry in the list; required, unique",
    "text_en": "text in English; this or the French text is required",
    "text_fr": "text in French",
    "names": "names by which the goods are declared, separated by |",
    "cas": "CAS numbers, separated by ;",
    "un": "UN numbers, separated by ;",
    "hs": "HS or CN codes, separated by ;",
    "limit": "concentration in percent that the list does not cover",
    "parent": "number of the entry to which this one belongs",
    "valid_from": "first day, 2026-11-27",
    "valid_to": "last day",
}

_Reader = Callable[[Table, tuple[int, Columns], Loaded], Loaded]
_TABLES: tuple[tuple[str, dict[str, tuple[str, ...]], _Reader], ...] = (
    ("us_ccl", {"number": ("eccn",), "text": ("description_en", "description")}, _read_ccl),
    ("us_usml", {"number": ("usml",), "text": ("description_en", "description")}, _read_usml),
    ("template", {"number": ("number",), "?text_en": ("text_en",), "?text_fr": ("text_fr",),
                  **{f"?{name}": (name,) for name in list(TEMPLATE)[3:]}},
     _read_template),
    ("correlation", {
        "hs": ("cn_code", "cn", "goods_code", "taric_code", "code_nc", "nc", "goods_nomenclature_item_id"),
        "number": ("dual_use_code", "dual_use", "dual_use_entry", "annex_i_entry", "annex_i", "entry",
                   "control_list_entry", "code_double_usage", "rubrique"),
    }, _read_correlation),
)  # fmt: skip


# --- control lists ------------------------------------------------------------------------------


def correlated(entries: Iterable[ListEntry], table: Loaded) -> list[ListEntry]:
    """Returns entries with the HS codes of a correlation table. An entry does not receive the codes of its
    parent entry."""
    by_number = {one.number.replace(".", ""): one.hs for one in table.entries}
    return [
        replace(
            one, hs=tuple(dict.fromkeys((*one.hs, *by_number.get(one.number.replace(".", ""), ()))))
        )
        for one in entries
    ]


def as_knowledge(known: model.ControlList, loaded: Iterable[ListEntry]) -> model.Knowledge:
    """Returns entries as a control list for the matcher.

    An HS code alone does not identify an entry of such a list. The entries are therefore marked as residual.
    """
    entries: list[model.Entry] = []
    names: dict[str, tuple[str, ...]] = {}
    numbers: dict[str, tuple[str, ...]] = {}
    for one in loaded:
        key = f"entry:{one.number}"
        entries.append(
            model.Entry(
                known.key, key, one.text[:_NAME] or one.number, one.text_fr[:_NAME], one.cas, one.un,
                tuple(dict.fromkeys(code[:6] for code in one.hs if len(code) >= 6)), limit=one.limit,
                residual=True, category=one.parent, source=known.source,
                valid_from=one.valid_from, valid_to=one.valid_to,
            )
        )  # fmt: skip
        if one.names:
            names[key] = one.names
        for number in one.un:
            numbers[number.removeprefix("UN")] = (*numbers.get(number.removeprefix("UN"), ()), key)
    return model.Knowledge((known,), tuple(entries), names, {}, {}, numbers)
