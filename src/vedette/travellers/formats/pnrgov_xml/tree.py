"""Parses XML into a tree of elements with their byte offsets, and reads it tolerantly.

Names are matched without namespace and case, and a value may be an attribute or a child element.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any
from xml.etree.ElementTree import Element, ParseError, TreeBuilder

from defusedxml.common import DefusedXmlException
from defusedxml.ElementTree import DefusedXMLParser

from vedette.formats.segments import Unreadable

#: Characters that no name contains and no terminal shows, as in `segments`.
_UNSEEN = re.compile(
    "[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\u200b\u200e\u200f\u202a-\u202e\u2066-\u2069\ufeff]"
)


class _Placing:
    """Builds the tree and records the byte at which each element starts; the tree itself has no offsets."""

    def __init__(self) -> None:
        self.builder = TreeBuilder()
        self.offsets: dict[Element, int] = {}
        #: The running expat parser.
        self.expat: Any = None
        self.end, self.data, self.close = self.builder.end, self.builder.data, self.builder.close

    def start(self, tag: str, attributes: dict[str, str]) -> Element:
        element = self.builder.start(tag, attributes)
        self.offsets[element] = self.expat.CurrentByteIndex
        return element


def parse(data: bytes) -> tuple[Element, dict[Element, int]]:
    """The root, and the byte at which each element starts. Raises `Unreadable`, with the byte, if the XML is
    not well formed, or has a document type or entities."""
    placing = _Placing()
    parser = DefusedXMLParser(target=placing, forbid_dtd=True)
    placing.expat = parser.parser
    try:
        parser.feed(data)
        return parser.close(), placing.offsets
    except DefusedXmlException:
        where = max(placing.expat.CurrentByteIndex, 0)
        raise Unreadable("XML with a document type or entities; send it without", where) from None
    except (ParseError, ValueError, LookupError, RecursionError) as problem:
        line = getattr(problem, "position", (0, 0))[0]
        where = max(placing.expat.ErrorByteIndex, 0)
        raise Unreadable(
            f"XML that is not well formed at line {line}; send it as sent", where
        ) from None


def local(node: Element) -> str:
    """The name of an element, lower case, without its namespace."""
    tag = node.tag if isinstance(node.tag, str) else ""
    return tag.rsplit("}", 1)[-1].lower()


def value(node: Element | None, *names: str) -> str | None:
    """The text of the first of these names that an attribute or, if there is none, a child element has;
    without invisible characters; None if no text is found."""
    if node is None:
        return None
    attributes = {key.rsplit("}", 1)[-1].lower(): text for key, text in node.attrib.items()}
    children = {local(child): child.text or "" for child in node}
    for name in (name.lower() for name in names):
        text = plain(attributes.get(name) or children.get(name) or "")
        if text:
            return text
    return None


def plain(text: str) -> str:
    """A text without invisible characters, stripped."""
    return (text if text.isprintable() else _UNSEEN.sub("", text)).strip()


def children(node: Element | None, *names: str) -> Iterator[Element]:
    """The children of these names, in order."""
    wanted = {name.lower() for name in names}
    return (child for child in (node if node is not None else ()) if local(child) in wanted)


def every(node: Element, *names: str) -> Iterator[Element]:
    """The element itself and all descendants with these names, in order."""
    wanted = {name.lower() for name in names}
    return (child for child in node.iter() if local(child) in wanted)


def first(node: Element | None, *names: str) -> Element | None:
    """The first child of these names."""
    return next(children(node, *names), None)
