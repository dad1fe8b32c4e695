"""The files of the library: their type by content, and their text.

PDF documents, Office files (.docx, .xlsx, .pptx), plain text and checked course packages (cmi5) are accepted.
The content determines the type. A file is refused if its name has the extension of another type, because
readers rely on the name. The text is extracted in a separate process, which its caller can end
(`apps/library/reading.py`).
"""

from __future__ import annotations

import io
import re
import zipfile
import zlib
from collections.abc import Iterator

from defusedxml import DefusedXmlException
from defusedxml.ElementTree import iterparse

from vedette.library import cmi5
from vedette.library.items import MAX_TEXT

#: Greatest size of a file in bytes.
MAX_BYTES = 25 << 20
#: Greatest number of pages, of parts of an Office file, and of unpacked bytes of a part and of all parts.
MAX_PAGES, MAX_PARTS, MAX_PART, MAX_UNPACKED = 3_000, 5_000, 100 << 20, 200 << 20
#: Greatest size of the directory of an Office file in bytes.
MAX_DIRECTORY = 1 << 20
#: Type → MIME type.
MEDIA = {
    "pdf": "application/pdf",
    "docx": "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    "pptx": "application/vnd.openxmlformats-officedocument.presentationml.presentation",
    "txt": "text/plain; charset=utf-8",
    "cmi5": "application/zip",
    "cmi5.xml": "application/xml",
}
#: The part by which an Office file is recognised → its type, and the parts that contain its text.
_OFFICE = {
    "word/document.xml": ("docx", re.compile(r"word/(?:document|footnotes|endnotes)\.xml")),
    "xl/workbook.xml": ("xlsx", re.compile(r"xl/(?:sharedStrings|worksheets/sheet\d+)\.xml")),
    "ppt/presentation.xml": ("pptx", re.compile(r"ppt/(?:slides|notesSlides)/\w+\.xml")),
}
_SUFFIXES = {
    "pdf": "pdf",
    "docx": "docx",
    "xlsx": "xlsx",
    "pptx": "pptx",
    "txt": "txt",
    "md": "txt",
    "zip": "cmi5",
    "xml": "cmi5.xml",
}
#: The types of course packages.
_COURSES = ("cmi5", "cmi5.xml")
#: The beginnings of files that are films or sounds.
_FILMS = (
    b"\x1aE\xdf\xa3",
    b"OggS",
    b"FLV",
    b"\x00\x00\x01\xba",
    b"\x00\x00\x01\xb3",
    b"ID3",
    b"\x30\x26\xb2\x75",
)
#: Elements after which a line ends, and those that contain text.
_BREAKS, _TEXTS = {"p", "row", "si", "br"}, {"t", "v"}


class WrongFile(Exception):
    """The error that is raised if a file is not accepted. `code` is `empty`, `large`, `film`, `archive`,
    `old_office`, `other`, `name` (the name states another type), `damaged`, or a reason of `cmi5.check`.
    `found` is the type according to the content, if it is known. `place` is the position of the problem in
    the file.
    """

    def __init__(self, code: str, found: str = "", place: str = "") -> None:
        super().__init__(code)
        self.code, self.found, self.place = code, found, place


def media_of(name: str, data: bytes) -> str:
    """Returns the type of a file by its content. Raises `WrongFile` if the type is not accepted, or if the
    name of the file states another type."""
    if not data:
        raise WrongFile("empty")
    if len(data) > MAX_BYTES:
        raise WrongFile("large")
    found = _by_content(data)
    stem, dot, suffix = name.rpartition(".")
    stated = _SUFFIXES.get(suffix.lower()) if dot and stem else None
    if found not in MEDIA:
        named = stated and stated not in _COURSES
        raise WrongFile("name" if named and found == "archive" else found, found)
    if stated != found:
        raise WrongFile("name", found)
    if found in _COURSES:
        for problem in cmi5.check(data).problems:
            raise WrongFile(problem.code, found, problem.place)
    return found


def _by_content(data: bytes) -> str:
    if b"%PDF-" in data[:1024]:
        return "pdf"
    if data.startswith((b"PK\x03\x04", b"PK\x05\x06")):
        return _archive(data)
    if data.startswith(_FILMS) or data[4:8] == b"ftyp" or data[:4] == b"RIFF":
        return "film"
    if data.startswith(b"\xd0\xcf\x11\xe0"):
        return "old_office"
    if b"\0" in data:
        return "other"
    try:
        data.decode("utf-8-sig")
    except UnicodeDecodeError:
        return "other"
    return "cmi5.xml" if cmi5.NAMESPACE.encode() in data[:4096] else "txt"


def _archive(data: bytes) -> str:
    # The web process reads the directory at the end of the archive. An archive of 64 bits has another one.
    end = data.rfind(b"PK\x05\x06", max(0, len(data) - 70_000))
    size = int.from_bytes(data[end + 12 : end + 16], "little")
    if end < 0 or size > MAX_DIRECTORY or b"PK\x06\x07" in data[-70_000:]:
        return "archive"
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            names = set(archive.namelist()) if len(archive.infolist()) <= MAX_PARTS else set()
    except (zipfile.BadZipFile, ValueError, OSError, NotImplementedError, UnicodeDecodeError):
        return "damaged"
    if cmi5.MANIFEST in names:
        return "cmi5"
    if "[Content_Types].xml" not in names:
        return "archive"
    return next((media for part, (media, _) in _OFFICE.items() if part in names), "archive")


def text_of(media: str, data: bytes) -> str:
    """Returns the text of a file, at most `MAX_TEXT` characters. Raises `WrongFile` if the file cannot be
    read.

    The function may need a lot of time and memory for a malicious file, so it must run in a process with
    resource limits.
    """
    if media == "txt":
        found = data.decode("utf-8-sig", "replace")
    elif media in _COURSES:
        found = "\n".join(cmi5.check(data).texts)
    elif media == "pdf":
        found = _cut(_pages(data), "\n\n")
    else:
        found = _cut(_parts(data), "\n")
    return "".join(sign for sign in found[:MAX_TEXT] if sign >= " " or sign in "\n\t")


def _cut(parts: Iterator[str], between: str) -> str:
    found, size = [], 0
    for part in parts:
        found.append(part)
        size += len(part) + len(between)
        if size > MAX_TEXT:
            break
    return between.join(found)


def _pages(data: bytes) -> Iterator[str]:
    import pypdfium2

    try:
        document = pypdfium2.PdfDocument(data)
    except pypdfium2.PdfiumError as error:
        raise WrongFile("damaged", "pdf") from error
    for number in range(min(len(document), MAX_PAGES)):
        try:
            yield document[number].get_textpage().get_text_range()
        except pypdfium2.PdfiumError:
            continue


def _parts(data: bytes) -> Iterator[str]:
    """Yields the texts of the parts of an Office file. The stated size of a part is not trusted: the part is
    read as a stream, and reading stops at a limit.
    """
    left = MAX_UNPACKED
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            names = archive.namelist()
            pattern = next(found for part, (_, found) in _OFFICE.items() if part in names)
            for name in sorted((one for one in names if pattern.fullmatch(one)), key=_order):
                with archive.open(name) as file:
                    part = file.read(min(left, MAX_PART) + 1)
                left -= len(part)
                if left < 0 or len(part) > MAX_PART:
                    raise WrongFile("large")
                yield _of_xml(part)
    except (
        zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, OSError, ValueError, KeyError,
        SyntaxError, RuntimeError, StopIteration, DefusedXmlException,
    ) as error:  # fmt: skip
        raise WrongFile("damaged") from error


def _order(name: str) -> tuple[str, int]:
    """Returns the sort key of a part, so that slides are in the order of their numbers."""
    digits = re.sub(r"\D", "", name)
    return re.sub(r"\d", "", name), int(digits[:9] or 0)


def _of_xml(part: bytes) -> str:
    found: list[str] = []
    for _, element in iterparse(io.BytesIO(part), forbid_dtd=True):
        tag = element.tag.rpartition("}")[2]
        if tag in _TEXTS and element.text:
            found.append(element.text)
            if tag == "v":
                found.append(" ")
        elif tag == "tab":
            found.append("\t")
        elif tag in _BREAKS:
            found.append("\n")
        element.clear()
    return "".join(found)
