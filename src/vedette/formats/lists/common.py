"""Contains types and functions that the watchlist readers share, for files, problems, texts, birth dates and
countries."""

from __future__ import annotations

import calendar
import csv
import datetime as dt
import re
import unicodedata
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from itertools import islice
from typing import Any, TypeVar

import msgspec

from vedette.core import codes
from vedette.core.entries import Entry, EntryDate, EntryIdentifier, EntryName
from vedette.core.errors import Failure
from vedette.core.records import Warning

#: Maximum size of a list, in bytes, which limits the memory used. OFAC's whole SDN XML has 30 MB.
MAX_BYTES = 256 * 1024 * 1024
#: Maximum length of the stored text of one field. The UN's longest comment has about 4,000 characters.
MAX_TEXT = 20_000
#: Maximum number of cells in one row of a table.
MAX_CELLS = 10_000
#: Maximum number of characters in a cell.
MAX_CELL = 1 << 17
#: Maximum number of lines of one row of a CSV text.
MAX_LINES = 100

#: The problem codes of lists, for the documentation and the pages.
PROBLEMS: dict[str, str] = {
    "encoding": "the file is not valid UTF-8; it was read as Latin-1 or Windows-1252",
    "xml_broken": "the file is not well-formed XML; it was read entry by entry",
    "entry_repaired": "an entry contained characters that XML does not permit; it was read without them",
    "entry_unreadable": "an entry could not be read and was left out",
    "name_unreadable": "a name of an entry could not be read; the entry is kept without it",
    "row_broken": "a row has the wrong number of columns or no usable content and was left out",
    "date_unreadable": "a date could not be read; the entry is kept without it",
    "column_unknown": "the template does not contain a column of the file; the column was not read",
    "neighbour_missing": "a file that belongs to the list was not found in the same folder",
    "neighbour_orphan": "a row of an additional file refers to an entry that the list does not contain",
    "ref_repeated": "two entries had the same id; the later one was given a suffix",
}


class UnknownList(Failure):
    """`UnknownList` is raised if a list cannot be read at all. The text of the exception states the file, the
    position in the file and the remedy."""


@dataclass(frozen=True)
class Source:
    """Contains a list as received: its file name, its bytes, and the other files of the list (name →
    bytes)."""

    name: str
    data: bytes
    neighbours: Mapping[str, bytes] = field(default_factory=dict)


#: The number of problems that are listed. The others are counted.
MOST_PROBLEMS = 1000


@dataclass
class Problems:
    """Collects problems. The code of a problem is a key of `PROBLEMS`. The position of a problem contains no
    personal data. The first `MOST_PROBLEMS` problems are listed, and `more` is the number of further
    problems."""

    found: list[Warning] = field(default_factory=list)
    more: int = 0

    def add(
        self, code: str, message: str, segment: str | None = None, offset: int | None = None
    ) -> None:
        if len(self.found) < MOST_PROBLEMS:
            self.found.append(Warning(code=code, message=message, segment=segment, offset=offset))
        else:
            self.more += 1

    def listed(self) -> tuple[Warning, ...]:
        """Returns the first `MOST_PROBLEMS` problems. If more problems were found, an additional last problem
        states their number."""
        if not self.more:
            return tuple(self.found)
        message = f"{self.more} further problems are not stored"
        return (*self.found, Warning(code="more", message=message))


T = TypeVar("T")
#: The result of a reader: the entries in the order of the file, and the date of issue of the list. The
#: entries may be read from the file while the caller iterates.
Result = tuple[Iterable[Entry], dt.datetime | None]


@dataclass(frozen=True)
class ListFormat:
    """Describes how one watchlist format is recognised and read.

    `sniff` returns whether a file has the format. `origin` states from what the reader was written:
    `published file`, `specification` or `own`.
    """

    name: str
    title: str
    origin: str
    sniff: Callable[[Source], bool]
    read: Callable[[Source, Problems], Result]


# --- text ---------------------------------------------------------------------------------------


def clean(value: str | None) -> str | None:
    """Collapses white space, normalises a text to NFC and cuts it to `MAX_TEXT` characters. Returns `None` if
    the text is then empty."""
    if not value:
        return None
    return unicodedata.normalize("NFC", " ".join(value[:MAX_TEXT].split())) or None


_GAP = re.compile(r"(\s)\s{20,}")


def narrow(text: str) -> str:
    """Replaces each long gap (run of white space) in a long text with its first character. The time that the
    readers need to search a text grows with the square of the length of a gap."""
    return _GAP.sub(r"\1", text) if len(text) > 100 else text


def unique(values: Iterable[T | None]) -> tuple[T, ...]:
    """Returns the values in their order, without repetitions and without missing values."""
    return tuple(dict.fromkeys(v for v in values if v))


def joined(parts: Iterable[str | None]) -> str | None:
    """Joins the parts that are not empty with commas. Returns `None` if all parts are empty."""
    return ", ".join(filter(None, map(clean, parts))) or None


def decode(data: bytes) -> tuple[str, str]:
    """Decodes bytes, and returns the text and its encoding. The encoding is UTF-16 if there is a byte-order
    mark for it, UTF-8 if the bytes are valid UTF-8, and otherwise a single-byte encoding.

    A text with C0 control characters was damaged by an earlier conversion, which removed the high byte of
    each character. A text with C0 control characters is decoded as Latin-1, which leaves all bytes unchanged.
    """
    if data[:2] in (b"\xff\xfe", b"\xfe\xff"):
        return data.decode("utf-16", errors="replace"), "utf-16"
    try:
        return data.decode("utf-8-sig"), "utf-8"
    except UnicodeDecodeError:
        pass
    if re.search(rb"[\x0e-\x1f]", data):
        return data.decode("latin-1"), "latin-1"
    return data.decode("cp1252", errors="replace"), "cp1252"


def decode_reporting(source: Source, problems: Problems) -> str:
    """Decodes a file to text. A single-byte encoding is reported as the problem `encoding`."""
    text, encoding = decode(source.data)
    if encoding in ("latin-1", "cp1252"):
        problems.add(
            "encoding",
            f"{source.name}: not UTF-8, read as {encoding}; if letters are wrong, save it as UTF-8",
        )
    return text


def csv_rows(
    text: str, name: str, problems: Problems, delimiter: str = ","
) -> Iterator[tuple[int, list[str]]]:
    """Yields the line number and the cells of each row of a CSV text. `name` is the name of the file in
    reported problems. A row that is not valid CSV, or that has more than `MAX_CELLS` cells, is reported and
    left out."""
    for line, cells in csv_parsed(text, delimiter):
        if isinstance(cells, str):
            problems.add("row_broken", f"{name}: {cells}; left out", f"line {line}")
        else:
            yield line, list(map(narrow, cells))


def csv_parsed(text: str, delimiter: str) -> Iterator[tuple[int, list[str] | str]]:
    """Yields the number of the first line of each row of a CSV text, with the cells of the row or with the
    reason why the row cannot be read.

    A carriage return without a line feed also ends a line. NUL characters are removed. If a quotation mark is
    not closed, only its line is left out. Without this rule, the rows that follow would become part of the
    row with the open quotation mark.
    """
    lines = _Lines(text.replace("\0", "").replace("\r\n", "\n").replace("\r", "\n"), delimiter)
    # The limit is one of the process. Another reader may have set it.
    csv.field_size_limit(MAX_CELL)
    # A strict reader finds the end of a quotation that was not meant as one.
    table = csv.reader(lines, delimiter=delimiter, strict=True)
    while True:
        lines.row.clear()
        lines.signs = 0
        cells: list[str] | str
        try:
            cells = next(table)
            if lines.whole_rows():
                raise csv.Error
        except StopIteration:
            return
        except csv.Error:
            cells = _one_line(lines, delimiter)
        yield lines.number - len(lines.row) + 1, cells


def _one_line(lines: _Lines, delimiter: str) -> list[str] | str:
    """Returns the cells of the first line of the current row, or the reason why it cannot be read.

    The other lines of the row are read again.
    """
    several = len(lines.row) > 1
    lines.give_back()
    if several:
        return "a quotation mark is not closed"
    try:
        if lines.signs > MAX_CELLS:
            return f"more than {MAX_CELLS} cells"
        return next(csv.reader(lines.row, delimiter=delimiter))
    except csv.Error as error:
        return f"not CSV ({error})"


class _Lines:
    """Yields the lines of a text. Raises `csv.Error` if one row has more than `MAX_CELLS` delimiters or
    `MAX_LINES` lines. `row` contains the lines of the current row, and `number` is the number of the last
    line."""

    def __init__(self, text: str, delimiter: str) -> None:
        self._lines = _lines(text)
        self._again: list[str] = []
        self._delimiter = delimiter
        self._columns = text.partition("\n")[0].count(delimiter)
        self.row: list[str] = []
        self.number = 0
        self.signs = 0

    def __iter__(self) -> Iterator[str]:
        return self

    def __next__(self) -> str:
        line = self._again.pop() if self._again else next(self._lines)
        self.row.append(line)
        self.number += 1
        self.signs += line.count(self._delimiter)
        if self.signs > MAX_CELLS or len(self.row) > MAX_LINES:
            raise csv.Error
        return line

    def whole_rows(self) -> bool:
        """Returns whether the current row consists of at least three lines, each of which contains as many
        delimiters as the first line of the text. These lines are returned as separate rows."""
        signs = (line.count(self._delimiter) for line in self.row)
        return len(self.row) > 2 and all(count == self._columns for count in signs)

    def give_back(self) -> None:
        """Yields again all lines of the current row except the first line."""
        self._again.extend(reversed(self.row[1:]))
        self.number -= len(self.row) - 1
        del self.row[1:]


def _lines(text: str) -> Iterator[str]:
    """Yields the lines of a text. `io.StringIO` would copy the text and use four bytes for each character."""
    start = 0
    while end := text.find("\n", start) + 1:
        yield text[start:end]
        start = end
    if start < len(text):
        yield text[start:]


def key(header: str) -> str:
    """Converts the name of a column or an element to a key: its first 60 letters and digits, in lower
    case."""
    return "".join(filter(str.isalnum, header[:100])).lower()[:60]


def csv_records(
    source: Source, needed: str, problems: Problems, delimiter: str = ","
) -> Iterator[tuple[int, dict[str, str]]]:
    """Yields the line number and the cells (key of the column → text) of each row of a table with a header.

    The header is the first row that contains the column `needed`. The header must be among the first ten
    rows. Empty cells are left out. Rows with more cells than the header are reported.
    """
    header: list[str] = []
    seen = 0
    text = decode_reporting(source, problems)
    for line, cells in csv_rows(text, source.name, problems, delimiter):
        if not header:
            keys = list(map(key, cells))
            seen += 1
            if needed in keys:
                header = keys
            elif seen == 10:
                return
            continue
        if len(cells) > len(header) and any(c.strip() for c in cells[len(header) :]):
            problems.add(
                "row_broken",
                f"{source.name}: {len(cells)} columns instead of {len(header)}",
                f"line {line}",
            )
            continue
        row = {k: c for k, cell in zip(header, cells, strict=False) if k and (c := cell.strip())}
        if row:
            yield line, row


def has_columns(source: Source, *needed: str, delimiter: str = ",") -> bool:
    """Returns whether one of the first ten rows of a file contains all the columns in `needed` (keys that
    `key` returns)."""
    text = decode(source.data[:32768])[0]
    for _, cells in islice(csv_rows(text, source.name, Problems(), delimiter), 10):
        if set(needed) <= set(map(key, cells)):
            return True
    return False


def json_records(
    source: Source, mark: str, problems: Problems
) -> Iterator[tuple[str, dict[str, Any]]]:
    """Yields all objects with the key `mark` in a JSON file, each with its position, in the order of the
    file.

    The file contains one object, one array, or one object or array on each line. The objects with the key
    `mark` may be inside other objects. A line that is not JSON, or that contains no object with the key
    `mark`, is reported.
    """
    text = decode_reporting(source, problems)
    try:
        whole_file = msgspec.json.decode(text)
    except (msgspec.MsgspecError, RecursionError):
        pass
    else:
        for number, record in enumerate(_marked(whole_file, mark, 0), start=1):
            yield f"record {number}", record
        return
    for number, line in enumerate(text.split("\n"), start=1):
        if not line.strip():
            continue
        found: list[dict[str, Any]] = []
        with suppress(msgspec.MsgspecError, RecursionError):
            found = list(_marked(msgspec.json.decode(line), mark, 0))
        if not found:
            problems.add("row_broken", f"{source.name}: no record of the list", f"line {number}")
        for record in found:
            yield f"line {number}", record


#: The maximum depth at which records are searched in JSON.
_LEVELS = 6


def _marked(value: Any, mark: str, level: int) -> Iterator[dict[str, Any]]:
    if isinstance(value, dict) and mark in value:
        yield value
    elif level < _LEVELS and isinstance(value, (dict, list)):
        for inner in value.values() if isinstance(value, dict) else value:
            yield from _marked(inner, mark, level + 1)


def said(value: Any) -> str:
    """Converts a text or a number in a JSON record to text. Any other value is converted to an empty text."""
    if isinstance(value, str):
        return narrow(value)
    return str(value) if isinstance(value, (int, float)) else ""


def several(value: Any) -> list[str]:
    """Returns the texts in a JSON value that is a text or an array of texts."""
    return [t for v in (value if isinstance(value, list) else [value]) if (t := said(v).strip())]


def split(text: str | None, separator: str = ";") -> list[str]:
    """Splits a cell with several values, and leaves out empty parts."""
    return [part.strip() for part in (text or "").split(separator) if part.strip()]


def country(text: str | None) -> str | None:
    """Converts the name or code of a country, in the spelling of a list, to its ISO 3166 alpha-2 code, or to
    `None`.

    `Korea, North`, `Congo, Democratic Republic of the` and `Iran (Islamic Republic of)` are recognised.
    """
    text = clean(text)
    if not text:
        return None
    name, comma, rest = text.partition(", ")
    turned = f"{rest} {name}" if comma else text.partition(" (")[0]
    return codes.country(text) or codes.country(turned) or codes.country(f"{name} {rest}")


def countries(texts: Iterable[str | None]) -> tuple[str, ...]:
    """Returns the alpha-2 codes of the countries that are recognised in the texts, in order and without
    repetitions."""
    return unique(country(t) for t in texts)


SEXES = {"m": "M", "male": "M", "f": "F", "female": "F", "x": "X", "homme": "M", "femme": "F"}


def sex(text: str | None) -> str | None:
    """Converts `Male`, `female`, `M` … to M, F or X, and any other text to `None`."""
    return SEXES.get((text or "").strip().lower())


# --- names and identifiers ----------------------------------------------------------------------


def whole(text: str | None, weak: bool = False, kind: str = "primary") -> EntryName | None:
    """Returns a name that is not split into parts, or `None` if the text is empty."""
    full = clean(text)
    return EntryName(full=full, weak=weak, kind=kind) if full else None


def person(
    surname: str | None, given: str | None, weak: bool = False, kind: str = "primary"
) -> EntryName | None:
    """Returns a name with a surname and given names. `full` contains the given names, followed by the
    surname. Returns `None` if the surname and the given names are missing."""
    surname, given = clean(surname), clean(given)
    full = " ".join(filter(None, (given, surname)))
    if not full:
        return None
    return EntryName(full=full, surname=surname, given_names=given, weak=weak, kind=kind)


def distinct(names: Iterable[EntryName | None]) -> tuple[EntryName, ...]:
    """Returns the names in order, without repeated spellings. If the same spelling occurs as a weak name and
    as a strong name, only the strong name is kept."""
    kept: dict[str, EntryName] = {}
    for name in filter(None, names):
        key = name.full.casefold()
        if key not in kept or (kept[key].weak and not name.weak):
            kept[key] = name
    return tuple(kept.values())


def ordered(names: Iterable[EntryName | None]) -> tuple[EntryName, ...]:
    """Returns the names without repetitions (`distinct`), primary names first and weak names last."""
    return tuple(sorted(distinct(names), key=lambda name: (name.kind != "primary", name.weak)))


def identifier(kind: str, value: str | None, land: str | None = None) -> EntryIdentifier | None:
    """Returns an identifier, or `None` if its value is empty. `land` is the name or code of the country, in
    any spelling."""
    value = clean(value)
    return EntryIdentifier(kind=kind, value=value, country=country(land)) if value else None


def address(*parts: str | None, land: str | None = None) -> EntryIdentifier | None:
    """Returns an address: its non-empty parts, joined by commas, and the alpha-2 code of its country."""
    text = joined(parts)
    return identifier("address", joined((text, land)), land) if text else None


# --- dates --------------------------------------------------------------------------------------

_MONTHS = {name.lower(): n for n, name in enumerate(calendar.month_abbr) if name}
_CIRCA = re.compile(r"^\s*(?:circa|c\.|ca\.?|approximately|approx\.?|about|~)\s*", re.I)
_SPAN = re.compile(r"\s+(?:to|and)\s+|\s*\.\.\s*|(?<=^\d{4})\s*[-–]\s*(?=\d{4}$)|\s+[-–]\s+")
_FORMS = (
    re.compile(r"(?P<y>\d{4})(?:-(?P<m>\d{1,2}))?(?:-(?P<d>\d{1,2}))?(?:T.*)?$"),
    re.compile(r"(?:(?P<d>\d{1,2})\s+)?(?P<mon>[A-Za-z]{3})[a-z]*\.?\s+(?P<y>\d{4})$"),
    re.compile(r"(?P<d>\d{1,2})[/.](?P<m>\d{1,2})[/.](?P<y>\d{4})$"),
    re.compile(r"(?P<d>\d{1,2})(?P<mon>[A-Za-z]{3})(?P<y>\d{4})$"),
)


def year_span(first: int, last: int | None = None, approximate: bool = False) -> EntryDate | None:
    """Returns the period from the birth year `first` to the birth year `last`. Returns `None` if a year is
    before 1800 or after 2100, or if `last` is before `first`."""
    last = first if last is None else last
    if not 1800 <= first <= last <= 2100:
        return None
    return EntryDate(from_=dt.date(first, 1, 1), to=dt.date(last, 12, 31), approximate=approximate)


def _point(text: str) -> tuple[dt.date, dt.date] | None:
    """Converts a day, a month or a year to its first and last day."""
    for form in _FORMS:
        found = form.match(text.strip())
        if not found:
            continue
        parts = found.groupdict()
        year = int(parts["y"])
        month = _MONTHS.get(parts["mon"].lower(), 0) if parts.get("mon") else parts.get("m")
        whole_year = year_span(year)
        if month is None or whole_year is None:
            return (whole_year.from_, whole_year.to) if whole_year else None
        try:
            first = dt.date(year, int(month), int(parts["d"] or 1))
        except ValueError:
            return None
        last_day = calendar.monthrange(year, first.month)[1]
        return first, first if parts["d"] else first.replace(day=last_day)
    return None


def birth(text: str) -> EntryDate | None:
    """Parses a birth date, in the spelling of a list, to its first and last possible day. Returns `None` if
    the text cannot be read.

    Examples: `1972`, `1972-03`, `1972-03-04`, `04 Mar 1972`, `04/03/1972` (day first), `circa 1972`, `1970 to
    1972`, `Mar 1962 to Feb 1963`, `1979-1982`, `~1970`.
    """
    text = narrow(text)
    approximate = bool(_CIRCA.match(text))
    text = re.sub(r"^\s*between\s+", "", _CIRCA.sub("", text), flags=re.I).strip()
    point = _point(text)
    ends = [point, point] if point else [_point(part) for part in _SPAN.split(text)]
    if len(ends) != 2 or ends[0] is None or ends[1] is None or ends[0][0] > ends[1][1]:
        return None
    return EntryDate(from_=ends[0][0], to=ends[1][1], approximate=approximate)


def stated_birth(
    value: str | None, first: str | None, last: str | None, about: bool
) -> EntryDate | None:
    """Reads a birth date from the fields of a list. `value` is a date or a year. If `value` is empty, the
    result is the period from the year `first` to the year `last`. Returns `None` if the birth date cannot be
    read."""
    if value:
        return birth(("circa " if about else "") + value)
    if first and last and first.isdigit() and last.isdigit():
        return year_span(int(first), int(last), about)
    return None


def births(text: str) -> tuple[list[EntryDate], bool]:
    """Parses a text with several birth dates, separated by `or` or semicolons. Returns the dates, and whether
    all dates could be read."""
    parts = [p for p in re.split(r"\s+or\s+|\s*;\s*", narrow(text), flags=re.I) if p.strip()]
    read = [birth(p) for p in parts]
    return [d for d in read if d is not None], None not in read


def day(text: str | None) -> dt.date | None:
    """Parses a single day in one of the forms that `birth` accepts. Returns `None` if the text is not a
    single day."""
    span = _point(text) if text else None
    return span[0] if span and span[0] == span[1] else None


def moment(text: str | None) -> dt.datetime | None:
    """Parses the date of issue of a list, in ISO 8601 or in the US form `03/28/2025`. The returned datetime
    has no time zone."""
    iso = re.sub(r"^(\d{2})/(\d{2})/(\d{4})$", r"\3-\1-\2", clean(text) or "")
    try:
        return dt.datetime.fromisoformat(iso).replace(tzinfo=None)
    except ValueError:
        return None
