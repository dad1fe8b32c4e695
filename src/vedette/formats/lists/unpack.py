"""Unpacks the files in which lists are published: gzip, a ZIP archive with one file, Excel workbooks
(`.xlsx`) and UTF-16 text. Also describes the type of a file that is not a list.

The following sizes are limited: the unpacked bytes, the cells and texts of a workbook, and the bytes of the
resulting table.
"""

from __future__ import annotations

import csv
import dataclasses
import datetime as dt
import io
import re
import zipfile
import zlib
from collections.abc import Iterator
from contextlib import suppress
from typing import NamedTuple
from xml.etree.ElementTree import Element, ParseError

from defusedxml import DefusedXmlException
from defusedxml.ElementTree import fromstring, iterparse

from .common import MAX_BYTES, MAX_TEXT, Source, UnknownList
from .xmlread import local, root_tag

#: Maximum numbers of cells and of different texts in a workbook, and of columns that are read.
MAX_CELLS, MAX_STRINGS, MAX_COLUMNS = 20_000_000, 5_000_000, 1_000
#: Maximum number of files in an archive. An archive with more files is not examined.
_MAX_FILES = 10_000
#: The maximum number of empty rows that are kept. They are kept so that problems have the line numbers of the
#: workbook.
_MAX_GAP = 1_000
#: Maximum bytes of the parts of a workbook that are read as a whole (sheets and texts are read in a stream).
_MAX_PART = 8 << 20
_STEP = 1 << 20
#: The beginning of a cell or of a row in the bytes of a sheet, and its maximum length with a prefix.
_CELL, _LONGEST_TAG = re.compile(rb"<(?:[\w.-]{1,50}:)?(?:c|row)[\s/>]"), 64
#: Maximum number of merged cells of a sheet.
_MAX_MERGED = 10_000
#: The number of bytes that are given to gzip at a time. A file can have millions of parts of 20 bytes, and
#: the rest is copied at the end of each part.
_FED = 1 << 14

#: The first bytes of files that are not lists → the type of the file.
_MAGIC: tuple[tuple[bytes, str], ...] = (
    (b"\xff\xd8\xff", "a photograph (JPEG)"),
    (b"\x89PNG", "a picture (PNG)"),
    (b"GIF8", "a picture (GIF)"),
    (b"II*\x00", "a picture (TIFF)"),
    (b"MM\x00*", "a picture (TIFF)"),
    (b"%PDF", "a PDF document"),
    (b"{\\rtf", "a text document"),
    (b"\xd0\xcf\x11\xe0", "an old Office document or an Outlook mail"),
    (b"BZh", "a bzip2 file"),
    (b"\xfd7zXZ", "an xz file"),
    (b"7z\xbc\xaf\x27\x1c", "a 7-Zip archive"),
    (b"Rar!", "a RAR archive"),
    (b"SQLite format 3", "a database"),
)
#: A file in a ZIP archive → the type of the archive.
_OFFICE = (
    ("word/document.xml", "a text document"),
    ("ppt/presentation.xml", "a presentation"),
    ("mimetype", "an OpenDocument file or an electronic book"),
)
_MAIL = re.compile(rb"(?i)^(?:received|return-path|from|delivered-to|mime-version|message-id):")
_ADVICE = "choose the file that the publisher offers, or use the CSV template"


def opened(source: Source) -> Source:
    """Returns the bytes of the list in a file: the unpacked content if the file is packed, otherwise the
    content of the file itself. Workbooks are converted to CSV, and UTF-16 text to UTF-8.

    Raises `UnknownList` if the file contains no list or is too large when unpacked.
    """
    for _ in range(3):
        data = source.data
        if data.startswith(b"\x1f\x8b"):
            unpacked = _gunzip(source)
        elif data.startswith((b"PK\x03\x04", b"PK\x05\x06")):
            unpacked = _unzip(source)
        else:
            break
        source = dataclasses.replace(source, data=unpacked)
    return dataclasses.replace(source, data=_utf8(source.data))


class Sheet(NamedTuple):
    """A sheet of a workbook: its rows with their numbers, and its merged cells (`A2:A5`)."""

    rows: list[tuple[int, list[str]]]
    merged: list[str]


def sheets(data: bytes, most_bytes: int, most_cells: int) -> list[Sheet]:
    """Returns the sheets of a workbook that are not empty. `most_bytes` limits the number of unpacked bytes,
    and `most_cells` limits the number of cells.

    Raises `UnknownList` if the file is not a workbook or exceeds these limits.
    """
    source = Source("workbook", data)
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            infos = archive.infolist()
            if len(infos) > _MAX_FILES or "xl/workbook.xml" not in archive.namelist():
                raise UnknownList("the archive is not an Excel workbook (.xlsx); send the workbook")
            unpacked = sum(info.file_size for info in infos)
            if unpacked > most_bytes:
                raise UnknownList(
                    f"the workbook unpacks to {unpacked} bytes, the limit is {most_bytes}; split it"
                )
            if any(info.flag_bits & 1 for info in infos):
                raise UnknownList("the workbook has a password; send it without")
            found = []
            left = most_cells
            for _, rows, merged in _each_sheet(source, archive, most_cells):
                sheet = Sheet([], merged)
                for number, row in rows:
                    left -= len(row) + 1
                    if left < 0:
                        raise _many_cells(source, most_cells)
                    sheet.rows.append((number, row))
                if sheet.rows:
                    found.append(sheet)
            return found
    except (
        zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, OSError, ValueError, ParseError,
        DefusedXmlException, KeyError, OverflowError,
    ) as error:  # fmt: skip
        if isinstance(error, UnknownList):
            raise
        raise UnknownList("the workbook is damaged; save it again") from error


def packed(data: bytes) -> bool:
    """Returns whether the file may be much larger when it is unpacked."""
    return data.startswith((b"\x1f\x8b", b"PK\x03\x04", b"PK\x05\x06"))


def what(source: Source) -> str:
    """Describes a file of an unknown format, such as `a photograph (JPEG)`. The description contains no
    content of the file except the name of an XML element."""
    data = source.data
    head = data[:4096]
    start = head.lstrip(b"\xef\xbb\xbf \t\r\n").lower()
    for magic, kind in _MAGIC:
        if data.startswith(magic):
            return kind
    if head[4:8] == b"ftyp" or (head[:4] == b"RIFF" and head[8:12] in (b"WEBP", b"AVI ", b"WAVE")):
        return "a photograph, a film or a sound"
    if start.startswith((b"<!doctype html", b"<html")) or b"<html" in start[:1024]:
        return "a web page (HTML)"
    if start.startswith((b"una", b"unb+", b"unh+")):
        return "an EDIFACT message"
    if _MAIL.match(start):
        return "an e-mail"
    if start.startswith(b"<") and (root := root_tag(source)):
        return f"an XML file with the unknown root element {root[:60]}"
    if start.startswith((b"{", b"[")):
        return "a JSON file with unknown keys"
    if b"\0" in head or sum(c < 9 or 13 < c < 32 for c in head) > len(head) // 20:
        return "a binary file"
    line = head.splitlines()[0]
    if any(line.count(sign) >= 2 for sign in (b",", b";", b"\t", b"|")):
        return "a table with an unknown header"
    return "a text without a table"


def refuse(source: Source, kind: str | None = None) -> UnknownList:
    """Returns the exception that the caller raises for a file that is not a list."""
    return UnknownList(
        f"{source.name}: the file is {kind or what(source)}, not a known list; {_ADVICE}"
    )


def _too_large(source: Source) -> UnknownList:
    return UnknownList(f"{source.name}: larger than {MAX_BYTES >> 20} MB; split the list")


def _many_cells(source: Source, most: int) -> UnknownList:
    return UnknownList(
        f"{source.name}: more than {most:,} cells; delete the empty cells or split the list"
    )


def _damaged(source: Source) -> UnknownList:
    return UnknownList(f"{source.name}: the packed file is damaged; download the list again")


def _gunzip(source: Source) -> bytes:
    out = bytearray()
    data, at = source.data, 0
    while data.startswith(b"\x1f\x8b", at):
        stream = zlib.decompressobj(31)
        try:
            while not stream.eof:
                part = data[at : at + _FED]
                more = stream.decompress(part, _STEP)
                out += more
                if len(out) > MAX_BYTES:
                    raise _too_large(source)
                left = stream.unused_data if stream.eof else stream.unconsumed_tail
                at += len(part) - len(left)
                if not more and not part and not stream.eof:
                    raise _damaged(source)
        except zlib.error as error:
            raise _damaged(source) from error
    return bytes(out)


def _unzip(source: Source) -> bytes:
    try:
        with zipfile.ZipFile(io.BytesIO(source.data)) as archive:
            infos = archive.infolist()
            names = {info.filename for info in infos}
            if len(infos) > _MAX_FILES:
                raise refuse(source, "a ZIP archive with several files")
            if "xl/workbook.xml" in names:
                return _workbook(source, archive)
            for name, kind in _OFFICE:
                if name in names:
                    raise refuse(source, kind)
            files = [i for i in infos if not i.is_dir() and not _hidden(i.filename)]
            if len(files) != 1:
                kind = "a ZIP archive with several files" if files else "an empty ZIP archive"
                raise refuse(source, kind)
            return _member(source, archive, files[0])
    except (
        zipfile.BadZipFile,
        zlib.error,
        EOFError,
        NotImplementedError,
        OSError,
        ValueError,
    ) as error:
        raise _damaged(source) from error


def _hidden(name: str) -> bool:
    return name.startswith("__MACOSX/") or name.rpartition("/")[2].startswith(".")


def _member(source: Source, archive: zipfile.ZipFile, info: zipfile.ZipInfo) -> bytes:
    """Returns the bytes of one file in an archive."""
    if info.flag_bits & 1:
        raise refuse(source, "a ZIP archive with a password")
    if info.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
        raise _damaged(source)
    if info.file_size > MAX_BYTES:
        raise _too_large(source)
    # `read` never returns more bytes than `file_size`.
    with archive.open(info) as file:
        return file.read(MAX_BYTES)


def _utf8(data: bytes) -> bytes:
    """Converts UTF-16 and UTF-32 text to UTF-8, and changes the XML declaration accordingly. Text in other
    encodings is not changed."""
    head = data[:64]
    if head.startswith((b"\xff\xfe\0\0", b"\0\0\xfe\xff")):
        encoding = "utf-32"
    elif head.startswith((b"\xff\xfe", b"\xfe\xff")):
        encoding = "utf-16"
    elif len(head) > 8 and head[1::2].count(0) > len(head) // 3 and not head[::2].count(0):
        encoding = "utf-16-le"
    elif len(head) > 8 and head[::2].count(0) > len(head) // 3 and not head[1::2].count(0):
        encoding = "utf-16-be"
    else:
        return data
    text = data.decode(encoding, errors="replace")
    return re.sub(r"(<\?xml[^>]{0,100}encoding=.)[\w-]+", r"\1utf-8", text, count=1).encode(
        errors="replace"
    )


# --- workbooks ----------------------------------------------------------------------------------

_ESCAPED = re.compile(r"_x([0-9A-Fa-f]{4})_")
#: Numbers of the built-in number formats that show a date.
_DATES = {14, 15, 16, 17, 22, 27, 30, 36, 50, 57}


def _workbook(source: Source, archive: zipfile.ZipFile) -> bytes:
    """Returns the first sheet of a workbook as CSV, followed by the rows of the other sheets that have the
    same header."""
    if sum(info.file_size for info in archive.infolist()) > MAX_BYTES:
        raise _too_large(source)
    try:
        return _sheets(source, archive)
    except (ParseError, DefusedXmlException, KeyError, OverflowError) as error:
        raise _damaged(source) from error


def _part(source: Source, archive: zipfile.ZipFile, name: str) -> Element:
    info = archive.getinfo(name)
    if info.file_size > _MAX_PART:
        raise _too_large(source)
    root: Element = fromstring(_member(source, archive, info), forbid_dtd=True)
    for element in root.iter():
        element.tag = local(element.tag)
        element.attrib = {local(k): v for k, v in element.attrib.items()}
    return root


def _each_sheet(
    source: Source, archive: zipfile.ZipFile, most: int
) -> Iterator[tuple[str, Iterator[tuple[int, list[str]]], list[str]]]:
    """Yields the path, the rows and the merged cells of each sheet. The merged cells are complete only after
    the rows were read. A sheet with more than `most` cells is refused before it is parsed."""
    book = _part(source, archive, "xl/workbook.xml")
    links = {
        link.get("Id"): link.get("Target", "")
        for link in _part(source, archive, "xl/_rels/workbook.xml.rels")
    }
    properties = book.find("workbookPr")
    since_1904 = properties is not None and properties.get("date1904") in ("1", "true")
    epoch = dt.datetime(1904, 1, 1) if since_1904 else dt.datetime(1899, 12, 30)
    strings = list(_strings(source, archive))
    dates = _date_styles(source, archive)
    # Each sheet is read once, also if the workbook names it a thousand times.
    left = set(archive.namelist())
    for sheet in book.iterfind("sheets/sheet"):
        target = links.get(sheet.get("id"), "")
        path = target.lstrip("/") if target.startswith("/") else f"xl/{target}"
        if path not in left:
            continue
        left.remove(path)
        _count_cells(source, archive, path, most)
        merged: list[str] = []
        yield path, _rows(source, archive, path, strings, dates, epoch, merged), merged


def _sheets(source: Source, archive: zipfile.ZipFile) -> bytes:
    out = io.StringIO()
    table = csv.writer(out, lineterminator="\n")
    header: list[str] | None = None
    cells = 0
    for _, rows, _ in _each_sheet(source, archive, MAX_CELLS):
        last = 0
        first = True
        for number, row in rows:
            cells += len(row)
            if cells > MAX_CELLS:
                raise _many_cells(source, MAX_CELLS)
            if out.tell() > MAX_BYTES:
                raise _too_large(source)
            if first and header is not None and row != header:
                break
            if first and header is None:
                header = row
            if not first or header is row:
                if 0 < number - last - 1 <= _MAX_GAP:
                    out.write("\n" * (number - last - 1))
                table.writerow(row)
            first, last = False, number
    return out.getvalue().encode(errors="replace")


def _strings(source: Source, archive: zipfile.ZipFile) -> Iterator[str]:
    """Yields the shared strings of a workbook, to which its cells refer by number."""
    if "xl/sharedStrings.xml" not in archive.namelist():
        return
    with archive.open("xl/sharedStrings.xml") as file:
        root = None
        count = 0
        for event, element in iterparse(file, events=("start", "end"), forbid_dtd=True):
            if root is None:
                root = element
            if event == "end" and local(element.tag) == "si":
                count += 1
                if count > MAX_STRINGS:
                    raise _too_large(source)
                yield _plain(element)
                root.clear()


def _plain(element: Element) -> str:
    """Returns the text of a cell or of a shared string, without Japanese phonetic text."""
    runs = [
        part.text or ""
        for child in element
        if local(child.tag) in ("t", "r")
        for part in child.iter()
        if local(part.tag) == "t"
    ]
    return _ESCAPED.sub(lambda m: chr(int(m[1], 16)), "".join(runs)[:MAX_TEXT])


def _date_styles(source: Source, archive: zipfile.ZipFile) -> set[int]:
    """Returns the indexes of the cell styles that show a date."""
    if "xl/styles.xml" not in archive.namelist():
        return set()
    styles = _part(source, archive, "xl/styles.xml")
    own = {
        int(one.get("numFmtId", "0"))
        for one in styles.iterfind("numFmts/numFmt")
        if re.search(
            "[dy]", re.sub(r'"[^"]*"|\[[^\]]*\]|\\.', "", one.get("formatCode", "").lower())
        )
    }
    return {
        number
        for number, style in enumerate(styles.iterfind("cellXfs/xf"))
        if int(style.get("numFmtId", "0")) in own | _DATES
    }


def _count_cells(source: Source, archive: zipfile.ZipFile, path: str, most: int) -> None:
    """Raises `UnknownList` if the bytes of a sheet contain more than `most` cells and rows. Counting cells is
    a hundred times as fast as parsing them. In a sheet with an encoding other than UTF-8, cells are counted
    only while the sheet is parsed."""
    left = most
    rest = b""
    with archive.open(path) as file:
        while part := file.read(_STEP):
            part = rest + part
            # The last tag of a part can be incomplete. It is counted together with the next part.
            cut = part.rfind(b"<", max(0, len(part) - _LONGEST_TAG))
            cut = cut if cut >= 0 else len(part)
            left -= len(_CELL.findall(part, 0, cut))
            if left < 0:
                raise _many_cells(source, most)
            rest = part[cut:]


def _rows(
    source: Source,
    archive: zipfile.ZipFile,
    path: str,
    strings: list[str],
    dates: set[int],
    epoch: dt.datetime,
    merged: list[str],
) -> Iterator[tuple[int, list[str]]]:
    """Yields the row number and the cells of each non-empty row of a sheet. Adds the ranges of merged cells
    to `merged`."""
    with archive.open(path) as file:
        number = cells = 0
        parents: list[Element] = []
        for event, element in iterparse(file, events=("start", "end"), forbid_dtd=True):
            if event == "start":
                parents.append(element)
                continue
            parents.pop()
            if local(element.tag) == "mergeCell" and len(merged) < _MAX_MERGED:
                merged.append(element.get("ref", ""))
            if local(element.tag) != "row":
                continue
            stated = element.get("r", "")
            number = int(stated) if stated.isdigit() and len(stated) < 9 else number + 1
            # Empty cells are counted too, because reading them takes as long.
            cells += len(element)
            if cells > MAX_CELLS:
                raise _many_cells(source, MAX_CELLS)
            row: list[str] = []
            for cell in element:
                at = _column(cell.get("r", ""), len(row))
                if at < MAX_COLUMNS:
                    row += [""] * (at - len(row) + 1)
                    row[at] = _value(cell, strings, dates, epoch)
            # Finished rows are removed from their parents, to free memory.
            for parent in parents:
                parent.clear()
            while row and not row[-1]:
                row.pop()
            if row:
                yield number, row


def _column(place: str, following: int) -> int:
    """Converts the reference of a cell, such as `AB12`, to the number of its column. The first column has the
    number 0."""
    letters = "".join(c for c in place[:4] if "A" <= c <= "Z")
    if not letters:
        return following
    number = 0
    for letter in letters:
        number = number * 26 + ord(letter) - 64
    return number - 1


def _value(cell: Element, strings: list[str], dates: set[int], epoch: dt.datetime) -> str:
    kind = cell.get("t", "n")
    if kind == "inlineStr":
        return next((_plain(e) for e in cell if local(e.tag) == "is"), "")
    text = next((e.text or "" for e in cell if local(e.tag) == "v"), "")[:MAX_TEXT]
    if kind == "s":
        return strings[int(text)] if text.isdigit() and int(text) < len(strings) else ""
    if kind == "n" and text and int(cell.get("s", "0") or 0) in dates:
        with suppress(ValueError, OverflowError):
            day = epoch + dt.timedelta(days=float(text))
            return day.date().isoformat()
    if kind == "n" and text.endswith(".0"):
        return text[:-2]
    return "" if kind == "e" else text
