"""Parses XML messages: converts bytes to a tree of nodes, each with its byte offset.

The parser of defusedxml is used, because it refuses document type declarations. A file without a document
type declaration cannot declare entities, so attacks with entities (entity bombs, external entities) are
impossible. The number of bytes, elements and levels is limited. Namespaces are ignored: a tag is the name
without its prefix.

The undamaged records of a damaged file are kept. Stray ampersands and control characters are repaired. If an
element that a format repeats (an item) is damaged, only this element is left out. If a file is cut off,
everything before the cut is read. `Tree.damage` lists this damage.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple
from xml.etree.ElementTree import ParseError

import msgspec
from defusedxml.common import DefusedXmlException
from defusedxml.ElementTree import DefusedXMLParser

from vedette.formats.edifact import Unreadable

#: A declaration of 9,999 items with all their documents has about 1,500,000 elements.
MAX_BYTES = 32 * 1024 * 1024
MAX_NODES = 2_000_000
MAX_DEPTH = 64
#: The number of child elements from which they are looked up in an index.
_FEW = 5
#: Maximum number of repeated elements that are examined in a damaged file.
_MAX_EXAMINED = 100_000

_STRAY = re.compile(rb"&(?!(?:amp|lt|gt|quot|apos|#\d{1,7}|#x[0-9A-Fa-f]{1,6});)")
_PREFIX = re.compile(rb"(</?)[A-Za-z_][\w.-]*:")
_PREFIXED = re.compile(rb"(\s)[A-Za-z_][\w.-]*:(?=[\w.-]+\s*=\s*[\"'])")
_CONTROL = re.compile(rb"[\x00-\x08\x0b\x0c\x0e-\x1f]")


class Node(msgspec.Struct, gc=False, eq=False):
    """An element: its tag without prefix, its attributes without prefixes, its byte offset in the file, its
    child elements, and its text without white space around it."""

    tag: str
    attrs: dict[str, str]
    offset: int
    kids: list[Node] = []
    text: str = ""
    #: Tag → first child element with this tag; made when it is first used, if there are many child elements.
    index: dict[str, Node] | None = None

    def first(self, *path: str) -> Node | None:
        """Returns the first element at a path of tags, or None."""
        node: Node = self
        for tag in path:
            kids = node.kids
            if len(kids) > _FEW:
                index = node.index
                if index is None:
                    index = node.index = {kid.tag: kid for kid in reversed(kids)}
                found = index.get(tag)
                if found is None:
                    return None
                node = found
                continue
            for kid in kids:
                if kid.tag == tag:
                    node = kid
                    break
            else:
                return None
        return node

    def all(self, *path: str) -> list[Node]:
        """Returns all elements at a path of tags, in the order of the file."""
        tag = path[0]
        found = [kid for kid in self.kids if kid.tag == tag]
        for tag in path[1:]:
            found = [kid for node in found for kid in node.kids if kid.tag == tag]
        return found

    def value(self, *path: str) -> str | None:
        """Returns the text of the first element at a path, or None if it is absent or empty."""
        node = self.first(*path)
        return (node.text or None) if node is not None else None

    def has(self, tag: str) -> bool:
        """Whether the element has a child element with this tag."""
        return self.first(tag) is not None

    def values(self, *path: str) -> list[str]:
        """Returns the texts of the non-empty elements at a path."""
        return [node.text for node in self.all(*path) if node.text]

    def walk(self) -> Iterator[Node]:
        """Yields the element and all elements in it, in the order of the file."""
        waiting = [self]
        while waiting:
            node = waiting.pop()
            yield node
            waiting += reversed(node.kids)


class Damage(NamedTuple):
    """One damaged part of a file: the warning code, the warning text, the tag, and the byte offset."""

    code: str
    message: str
    tag: str
    offset: int


@dataclass
class Tree:
    """The root of a file, and the damage that was found."""

    root: Node
    damage: list[Damage] = field(default_factory=list)


def root_tag(head: bytes) -> str:
    """Returns the tag of the root element, without prefix, from the first bytes of a file. The result is
    empty if the file is not XML."""
    start = head.removeprefix(b"\xef\xbb\xbf").lstrip()
    if not start.startswith(b"<"):
        return ""
    bare = re.sub(rb"<!--.*?(?:-->|\Z)|<\?.*?(?:\?>|\Z)", b"", start, flags=re.S)
    found = re.search(rb"<(?:[\w.-]+:)?([A-Za-z_][\w.-]*)", bare)
    return found[1].decode("latin-1") if found else ""


def parse(data: bytes, repeated: Sequence[str] = ()) -> Tree:
    """Parses a file. `repeated` contains the tags of repeated elements. If one of these elements is damaged,
    only this element is left out.

    Raises `Unreadable` if the file has a document type declaration, exceeds the limits, or is damaged beyond
    repair.
    """
    if len(data) > MAX_BYTES:
        raise Unreadable(f"{len(data)} bytes, the limit is {MAX_BYTES}; send it in parts")
    parser = _Parser(data)
    try:
        return Tree(parser.run())
    except ParseError as error:
        return _repaired(data, repeated, parser.place, error)


class _Parser:
    """One pass of the parser over a file.

    The handlers of this class replace the handlers of defusedxml that build a tree. These handlers need half
    the time of the handlers that they replace. The handlers that refuse document types and entities are kept.
    """

    def __init__(self, data: bytes) -> None:
        self.data = data
        self.stack: list[Node] = []
        self.roots: list[Node] = []
        self.texts: list[str] = []
        self.safe = DefusedXMLParser(target=object(), forbid_dtd=True)
        parser = self.parser = self.safe.parser
        parser.ordered_attributes = False
        parser.buffer_text = True
        parser.DefaultHandlerExpand = None
        parser.StartElementHandler, parser.EndElementHandler = self.handlers()
        parser.CharacterDataHandler = self.texts.append

    def handlers(self) -> tuple[Callable[[str, dict[str, str]], None], Callable[[str], None]]:
        """Returns the functions that the parser calls at the start and at the end of an element. These
        functions are closures, because access to attributes of `self` would take 20 % more time."""
        stack, roots, texts, parser = self.stack, self.roots, self.texts, self.parser
        names: dict[str, str] = {}
        left = MAX_NODES

        def start(tag: str, attrs: dict[str, str]) -> None:
            nonlocal left
            name = names.get(tag)
            if name is None:
                name = names[tag] = tag.rpartition("}")[2]
            if attrs:
                attrs = {key.rpartition("}")[2]: value for key, value in attrs.items()}
            node = Node(name, attrs, parser.CurrentByteIndex)
            (stack[-1].kids if stack else roots).append(node)
            stack.append(node)
            texts.clear()
            left -= 1
            if left < 0:
                raise Unreadable(f"more than {MAX_NODES} elements; send it in parts", node.offset)
            if len(stack) > MAX_DEPTH:
                raise Unreadable(
                    f"elements nested more than {MAX_DEPTH} levels deep; it is not a message",
                    node.offset,
                )

        def end(_: str) -> None:
            node = stack.pop()
            if texts:
                text = "".join(texts).strip()
                if text:
                    node.text = text
                texts.clear()

        return start, end

    def run(self) -> Node:
        """Parses the whole file. Raises `ParseError` if the file is not well-formed."""
        try:
            self.safe.feed(self.data)
            self.safe.close()
        except DefusedXmlException as refused:
            raise Unreadable(
                "the XML declares a document type, which is refused; send the message without it",
                max(self.parser.CurrentByteIndex, 0),
            ) from refused
        except (LookupError, ValueError) as error:
            if isinstance(error, Unreadable):
                raise
            raise Unreadable("XML in an unknown character set; save it as UTF-8") from error
        return self.roots[0]  # The parser refuses a file without an element.

    @property
    def place(self) -> int:
        """The byte offset of the error at which the parser stopped."""
        return max(self.parser.ErrorByteIndex, 0)


def _repaired(data: bytes, repeated: Sequence[str], place: int, error: ParseError) -> Tree:
    """Parses a damaged file: repairs characters, then leaves out damaged repeated elements, then reads up to
    the place where the file is cut off."""
    damage: list[Damage] = []
    fixed, ampersands = _STRAY.subn(b"&amp;", data)
    fixed, controls = _CONTROL.subn(b" ", fixed)
    if "unbound prefix" in str(error):
        fixed = _bare(fixed)
        damage.append(
            Damage("xml_repaired", "prefixes without a namespace were removed", "", place)
        )
    if ampersands or controls:
        message = f"{ampersands} stray ampersands and {controls} control characters were repaired"
        damage.append(Damage("xml_repaired", message, "", place))
    blanked, left_out = _without_damaged(fixed, repeated)
    tries = [(fixed, damage)] if damage else []
    if left_out:
        tries.append((blanked, damage + left_out))
    for text, found in tries:
        try:
            return Tree(_Parser(text).run(), found)
        except ParseError:
            continue
    for text, found in ((blanked, damage + left_out), (fixed, damage)):
        cut = _Parser(text)
        try:
            cut.run()
        except ParseError:
            if not cut.roots or text[cut.place :].count(b"<") > 1:
                continue
            end = "the XML is cut off; everything before was read"
            return Tree(cut.roots[0], [*found, Damage("xml_cut_off", end, "", cut.place)])
    reason = str(error).partition(":")[0]
    line, column = error.position
    raise Unreadable(
        f"not well-formed XML at line {line}, column {column} ({reason}); send it as it was made",
        place,
    )


def _bare(data: bytes) -> bytes:
    """Removes the prefixes of tags and attributes."""
    return _PREFIXED.sub(rb"\1", _PREFIX.sub(rb"\1", data))


def _without_damaged(data: bytes, repeated: Sequence[str]) -> tuple[bytes, list[Damage]]:
    """Replaces each damaged repeated element by spaces, so that all other offsets stay the same."""
    if not repeated:
        return data, []
    tags = "|".join(map(re.escape, repeated)).encode()
    opening = re.compile(rb"<(?:[\w.-]+:)?(" + tags + rb")(?=[\s>/])")
    starts = [found for found, _ in zip(opening.finditer(data), range(_MAX_EXAMINED), strict=False)]
    if not starts:
        return data, []
    damage: list[Damage] = []
    parts: list[bytes] = []
    at = 0
    counts: dict[bytes, int] = {}
    for here, following in zip(starts, [*starts[1:], None], strict=True):
        begin = here.start()
        if begin < at:
            continue
        counts[here[1]] = counts.get(here[1], 0) + 1
        stop = following.start() if following is not None else len(data)
        closing = re.compile(rb"</(?:[\w.-]+:)?" + here[1] + rb"\s*>")
        ends = [found.end() for found in closing.finditer(data, begin, stop)]
        end = ends[-1] if ends else stop
        if ends:
            try:
                _Parser(_bare(data[begin:end])).run()
                continue
            except (ParseError, Unreadable):
                pass
        elif following is None:
            continue
        tag = here[1].decode("latin-1")
        message = f"{tag} {counts[here[1]]} is not well-formed XML; it was left out"
        damage.append(Damage("item_unreadable", message, tag, begin))
        parts += (data[at:begin], re.sub(rb"[^\n]", b" ", data[begin:end]))
        at = end
    return b"".join([*parts, data[at:]]), damage


_BETWEEN = re.compile(rb">\s+<")


def body(data: bytes, start: int = 0, stop: int | None = None) -> bytes:
    """Returns the bytes of an element without the white space between tags. The hash of these bytes
    identifies messages that are sent again."""
    return _BETWEEN.sub(b"><", data[start:stop]).strip()
