"""Reads the entries of XML lists, even if a file is damaged, and defines list formats in XML.

A strict parser runs first. If the strict parser fails, each entry is cut out, repaired (illegal characters,
stray `&` and `<`) and parsed separately. A damaged byte therefore affects only one entry. A document type
definition is always refused, because no list needs one.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from xml.etree.ElementTree import Element, ParseError

from defusedxml import DefusedXmlException
from defusedxml.ElementTree import fromstring

from vedette.core.entries import Entry

from .common import (
    ListFormat,
    Problems,
    Result,
    Source,
    UnknownList,
    clean,
    decode,
    decode_reporting,
    moment,
)

#: The replacement for a lost character. A name that contains it is not used.
LOST = "�"
#: Maximum number of different tags in a damaged file. Each of them is compared with each `<`.
_MAX_TAGS = 1000
#: Punctuation U+2010 to U+201E reduced to its low byte, as in the UN's damaged file.
_CUT = dict.fromkeys(range(0x10, 0x16), "-") | {0x18: "‘", 0x19: "’", 0x1C: "“", 0x1D: "”"}
_LOST = {c: LOST for c in (*range(0x20), *range(0x7F, 0xA0)) if c not in (9, 10, 13)}
_REPLACE = _LOST | _CUT
_ILLEGAL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f]")
_STRAY_AMPERSAND = re.compile(r"&(?!(?:amp|lt|gt|quot|apos);)")
_TAG = re.compile(r"</([A-Za-z_][\w.:-]*)\s*>|<([A-Za-z_][\w.:-]*)(?:\s[^<>]*)?/>")
#: Characters that result only from the low bytes of Arabic and Cyrillic letters.
_LOW_BYTES = re.compile(rf"[\x20-\x4f~\x7f-\xff{LOST}‘’“”-]+")
_TELLTALE = re.compile(rf"[0-9*<>@=?:/#;&!$%+{LOST}]")


@dataclass
class XmlEntry:
    """Contains the XML element of one entry. Tags have no namespaces. `segment` and `offset` (in bytes) are
    the position of the element."""

    element: Element
    segment: str
    offset: int | None = None
    damaged: bool = False

    def text(self, path: str) -> str | None:
        """Returns the text of the first element at `path` after `clean`, or `None` if there is no such
        element."""
        return clean(self.element.findtext(path))

    def texts(self, path: str) -> list[str]:
        """Returns the texts of all elements at `path` after `clean`."""
        return [t for e in self.element.iterfind(path) if (t := clean(e.text))]


#: The entries of a list, and its other values by name: the attributes of the root, and the texts of elements
#: outside entries.
XmlList = tuple[list[XmlEntry], dict[str, str]]


def xml_format(
    *,
    name: str,
    title: str,
    origin: str,
    root: str,
    marks: tuple[bytes, ...] = (),
    tags: tuple[str, ...],
    entry: Callable[[XmlEntry, Problems], Entry | None],
    published: str = "",
) -> ListFormat:
    """Returns a `ListFormat` for lists in XML. A list in the returned format has the root element `root`, and
    its first 64 kB contain all texts in `marks`.

    `entry` reads an element whose tag is one of `tags`. `published` is the name of the root attribute, or of
    the element, that contains the date of issue.
    """

    def sniff(source: Source) -> bool:
        return root_tag(source) == root and all(mark in source.data[:65536] for mark in marks)

    def read(source: Source, problems: Problems) -> Result:
        found, stated = read_xml(source, tags, problems)
        issued = stated.get(published, "").partition("+")[0].removesuffix("Z")
        return [one for x in found if (one := entry(x, problems))], moment(issued)

    return ListFormat(name, title, origin, sniff, read)


def local(tag: str) -> str:
    """Converts `{namespace}tag` or `prefix:tag` to `tag`."""
    return tag.rpartition("}")[2].rpartition(":")[2]


def root_tag(source: Source) -> str:
    """Returns the local name of the root element, which must be in the first 4 kB. If the file is not XML,
    the name is empty."""
    head = source.data[:4096]
    text = head.decode("utf-16" if head[:2] in (b"\xff\xfe", b"\xfe\xff") else "latin-1", "ignore")
    found = re.search(r"<([A-Za-z_][\w.:-]*)", re.sub(r"<!--.*?-->", "", text, flags=re.S))
    return local(found[1]) if found else ""


def readable(name: str, original_script: bool = False) -> bool:
    """Returns whether a name in a damaged file is intact.

    Letters of a non-Latin script that were damaged by reducing them to one byte look like `5/'E -3JF`:
    capital letters up to O, digits and signs. If `original_script` is true, the name must contain a non-Latin
    letter, or consist only of letters and spaces.
    """
    if LOST in name:
        return False
    if original_script:
        return any(c > "ɏ" and c.isalpha() for c in name) or name.replace(" ", "").isalpha()
    return not (_LOW_BYTES.fullmatch(name) and _TELLTALE.search(name))


def read_xml(source: Source, tags: tuple[str, ...], problems: Problems) -> XmlList:
    """Reads the entries of an XML list, in the order of the file.

    Raises `UnknownList` for a document type definition or an external entity. If the file is damaged, no
    error is raised, and the damage is reported as a problem.
    """
    try:
        root = fromstring(source.data, forbid_dtd=True)
    except DefusedXmlException as refused:
        raise UnknownList(
            f"{source.name}: the XML declares a document type or entities, which is refused; "
            "ask the publisher for the plain file"
        ) from refused
    except (ParseError, ValueError, LookupError) as broken:
        line = getattr(broken, "position", (0, 0))[0]
        problems.add(
            "xml_broken", f"{source.name}: not well-formed at line {line}, read entry by entry"
        )
        return _recover(source, tags, problems)
    return _whole(root, tags)


def _whole(root: Element, tags: tuple[str, ...]) -> XmlList:
    for element in root.iter():
        element.tag = local(element.tag)
    entries: list[XmlEntry] = []
    stated = {local(k): v for k, v in root.attrib.items()}
    counts = dict.fromkeys(tags, 0)
    inside: set[Element] = set()
    for element in root.iter():
        if element.tag in counts:
            counts[element.tag] += 1
            inside.update(element.iter())
            entries.append(XmlEntry(element, f"{element.tag} {counts[element.tag]}"))
        elif element not in inside and element.text and element.text.strip():
            stated.setdefault(element.tag, element.text.strip())
    return entries, stated


def _recover(source: Source, tags: tuple[str, ...], problems: Problems) -> XmlList:
    text = decode_reporting(source, problems)
    wide = source.data.isascii() or decode(source.data)[1] == "utf-8"
    known = sorted({re.escape(m[1] or m[2]) for m in _TAG.finditer(text)})[:_MAX_TAGS]
    stray = re.compile(rf"<(?!/?(?:{'|'.join(known)})(?:\s[^<>]*)?/?>)")
    stated: dict[str, str] = {
        **dict(re.findall(r"<([A-Za-z_]\w*)>([^<]{1,200})</\1>", text[:4096])),
        **dict(re.findall(r"(\w+)\s*=\s*[\"']([^\"'<]*)[\"']", text[:4096])),
    }
    entries: list[XmlEntry] = []
    counts = dict.fromkeys(tags, 0)
    at = offset = 0
    for tag, start, chunk in _chunks(text, tags):
        counts[tag] += 1
        passed = text[at:start]
        offset += len(passed.encode()) if wide else len(passed)
        at = start
        entry = _repair(chunk, stray, f"{tag} {counts[tag]}", offset, problems)
        if entry:
            entries.append(entry)
    return entries, stated


def _chunks(text: str, tags: tuple[str, ...]) -> Iterator[tuple[str, int, str | None]]:
    """Yields the tag, the position and the text of each entry, up to its closing tag. The text is `None` if
    the entry is not closed."""
    opening = re.compile(r"<(?:\w+:)?(" + "|".join(tags) + r")(?:\s[^<>]*)?>")
    starts = list(opening.finditer(text))
    stops = [m.start() for m in starts[1:]] + [len(text)]
    for here, stop in zip(starts, stops, strict=False):
        stretch = text[here.start() : stop]
        closing = re.search(rf"</(?:\w+:)?{here[1]}\s*>", stretch)
        yield here[1], here.start(), stretch[: closing.end()] if closing else None


def _repair(
    chunk: str | None, stray: re.Pattern[str], place: str, offset: int, problems: Problems
) -> XmlEntry | None:
    if chunk is None:
        problems.add("entry_unreadable", "the entry is not closed; left out", place, offset)
        return None
    illegal = len(_ILLEGAL.findall(chunk))
    text, signs = _STRAY_AMPERSAND.subn("&amp;", chunk.translate(_REPLACE))
    text, brackets = stray.subn("&lt;", text)
    text = re.sub(r"(</?)\w+:(?=\w)", r"\1", text)
    text = re.sub(r"\s\w+:\w+\s*=\s*(\"[^\"]*\"|'[^']*')", "", text)
    try:
        element = fromstring(text, forbid_dtd=True)
    except (ParseError, ValueError, DefusedXmlException):
        problems.add("entry_unreadable", "the entry is not XML; left out", place, offset)
        return None
    if illegal or signs or brackets:
        problems.add(
            "entry_repaired",
            f"{illegal} illegal characters, {signs} stray ampersands and {brackets} stray "
            "brackets; the entry is kept",
            place,
            offset,
        )
    return XmlEntry(element, place, offset, damaged=True)
