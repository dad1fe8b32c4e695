"""The schema (XSD) of a financial intelligence unit, and the reports that are built according to it.

The schema is loaded at run time. The order of the elements, and which elements are required, are read from
the schema.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from anyascii import anyascii
from lxml import etree

from vedette.cash.goaml.report import Refused, Tree

#: The greatest size of a schema in bytes, and the most repairs of one report.
MAX_SCHEMA, MAX_REPAIRS = 4 << 20, 2_000
#: The greatest number of repetitions that a schema may state. The validator expands them in memory.
MAX_OCCURS = 10_000
_XS = "{http://www.w3.org/2001/XMLSchema}"


@dataclass(frozen=True)
class Report:
    """The XML of a report. `missing` contains the paths of required elements without a value, and `dropped`
    the paths of values that the schema does not accept. The report is valid if `missing` and `errors` are
    empty.
    """

    xml: bytes
    missing: tuple[str, ...]
    dropped: tuple[str, ...]
    errors: tuple[str, ...]

    @property
    def valid(self) -> bool:
        return not self.missing and not self.errors


class Schema:
    """The schema of a unit."""

    def __init__(self, content: bytes) -> None:
        """Reads a schema. Raises `Failure` if the schema is too large, has a document type declaration
        (external entities), includes another file, or is not a schema of goAML."""
        if len(content) > MAX_SCHEMA:
            raise Refused("schema_large", "the schema is too large")
        parser = etree.XMLParser(resolve_entities=False, no_network=True, load_dtd=False)
        try:
            root = etree.fromstring(content, parser)
        except etree.XMLSyntaxError as error:
            raise Refused("schema_xml", "the schema is not XML", str(error)) from error
        if root.getroottree().docinfo.doctype:
            raise Refused("schema_doctype", "the schema has a document type, which is not allowed")
        if next(root.iter(f"{_XS}include", f"{_XS}import", f"{_XS}redefine"), None) is not None:
            raise Refused(
                "schema_include", "the schema includes another file: hand in a schema of one file"
            )
        if any(_many(one.get("maxOccurs", "1")) for one in root.iter("*")):
            raise Refused(
                "schema_occurs", f"the schema repeats a part more than {MAX_OCCURS} times"
            )
        self._types = {one.get("name"): one for one in root.iter(f"{_XS}complexType")}
        roots = [one for one in root.iterchildren(f"{_XS}element") if one.get("name") == "report"]
        if not roots:
            raise Refused(
                "schema_other", "the schema has no element report: it is not a schema of goAML"
            )
        self._root = roots[0]
        try:
            self._check = etree.XMLSchema(root)
        except etree.XMLSchemaParseError as error:
            raise Refused("schema_invalid", "the schema is not valid", str(error)) from error

    def build(self, tree: Tree) -> Report:
        """Builds the report from a tree. Elements are in the order of the schema."""
        root, missing = etree.Element("report"), list[str]()
        self._fill(root, self._root, tree, "report", missing)
        dropped = self._repair(root) if not missing else []
        self._check.validate(root)
        errors = [f"{one.path}: {one.message}"[:300] for one in self._check.error_log]
        xml = etree.tostring(root, xml_declaration=True, encoding="UTF-8", pretty_print=True)
        return Report(xml, tuple(missing), tuple(dropped), tuple(errors) if not missing else ())

    def _fill(
        self,
        parent: etree._Element,
        declared: etree._Element,
        tree: Tree,
        path: str,
        missing: list[str],
    ) -> None:
        for part in self._parts(declared):
            self._particle(parent, part, tree, path, missing, required=True)

    def _parts(self, declared: etree._Element) -> Iterator[etree._Element]:
        """Returns the particles of a complex type, or of an element with a complex type."""
        named = self._types.get((declared.get("type") or "").rpartition(":")[2])
        for one in (named if named is not None else declared).iterchildren():
            if one.tag in (f"{_XS}sequence", f"{_XS}choice", f"{_XS}all"):
                yield one
            elif one.tag in (f"{_XS}complexType", f"{_XS}complexContent"):
                yield from self._parts(one)
            elif one.tag == f"{_XS}extension":
                base = self._types.get((one.get("base") or "").rpartition(":")[2])
                if base is not None:
                    yield from self._parts(base)
                yield from (
                    c for c in one.iterchildren() if c.tag in (f"{_XS}sequence", f"{_XS}choice")
                )

    def _particle(
        self,
        parent: etree._Element,
        part: etree._Element,
        tree: Tree,
        path: str,
        missing: list[str],
        *,
        required: bool,
    ) -> None:
        required = required and part.get("minOccurs", "1") != "0"
        if part.tag == f"{_XS}element":
            self._element(parent, part, tree, path, missing, required=required)
        elif part.tag in (f"{_XS}sequence", f"{_XS}all"):
            wanted = required or any(name in tree for name in self._names(part))
            for one in part.iterchildren(
                f"{_XS}element", f"{_XS}sequence", f"{_XS}choice", f"{_XS}all"
            ):
                self._particle(parent, one, tree, path, missing, required=wanted)
        elif part.tag == f"{_XS}choice":
            options = list(part.iterchildren(f"{_XS}element", f"{_XS}sequence", f"{_XS}choice"))
            chosen = next((o for o in options if any(n in tree for n in self._names(o))), None)
            if chosen is not None:
                self._particle(parent, chosen, tree, path, missing, required=required)
            elif required and options:
                missing.append(f"{path}/{' | '.join(n for o in options for n in self._names(o))}")

    def _names(self, part: etree._Element) -> list[str]:
        """Returns the names of the elements that a particle contains, without the elements inside these
        elements."""
        if part.tag == f"{_XS}element":
            return [part.get("name") or ""]
        return [
            n for one in part.iterchildren() if isinstance(one.tag, str) for n in self._names(one)
        ]

    def _element(
        self,
        parent: etree._Element,
        part: etree._Element,
        tree: Tree,
        path: str,
        missing: list[str],
        *,
        required: bool,
    ) -> None:
        name = part.get("name") or ""
        if part.get("maxOccurs") == "0":
            return
        values = tree.get(name)
        several = values if isinstance(values, list) else [values]
        given = [one for one in several if one not in (None, "", {})]
        limit = self._limit(part)
        for value in given if limit == "unbounded" else given[: int(limit)]:
            element = etree.SubElement(parent, name)
            if isinstance(value, dict):
                self._fill(element, part, value, f"{path}/{name}", missing)
                if not len(element) and not required:
                    parent.remove(element)
            else:
                element.text = _clean(str(value))
            if not required:
                element.set("optional", "1")
        if required and not given:
            missing.append(f"{path}/{name}")

    def _limit(self, part: etree._Element) -> str:
        """Returns how often an element may occur. If an element is the only element of a sequence that may
        occur several times, the element may occur as often as this sequence.
        """
        above = part.getparent()
        alone = above.tag == f"{_XS}sequence" and len(above.findall(f"{_XS}element")) == 1
        several = above.get("maxOccurs", "1") if alone else "1"
        own = str(part.get("maxOccurs", "1"))
        return several if own == "1" else own

    def _repair(self, root: etree._Element) -> list[str]:
        """Changes each value so that it fits the schema, or leaves it out. Returns the paths of the elements
        that were left out."""
        optional = {one for one in root.iter() if one.attrib.pop("optional", None)}
        dropped: list[str] = []
        tried: dict[Any, Iterator[str]] = {}
        tree = root.getroottree()
        for _ in range(MAX_REPAIRS):
            if self._check.validate(root):
                break
            found = root.xpath(self._check.error_log[0].path)
            if not found:
                break
            element = found[0]
            if not len(element):
                forms = tried.setdefault(element, _forms(element.text or ""))
                form = next(forms, None)
                if form is not None:
                    element.text = form
                    continue
            while element not in optional and element.getparent() is not None:
                element = element.getparent()
            if element.getparent() is None:
                break
            dropped.append(re.sub(r"\[\d+\]", "", tree.getpath(element)).strip("/"))
            element.getparent().remove(element)
        return dropped


def _many(occurs: str) -> bool:
    number = occurs.strip()
    return number.isdecimal() and (len(number) > 6 or int(number) > MAX_OCCURS)


def _clean(text: str) -> str:
    """Removes the characters that XML does not allow."""
    return "".join(sign for sign in text if sign >= " " or sign in "\n\t")


def _forms(text: str) -> Iterator[str]:
    """Returns other spellings of a value, starting with the spelling that is closest to the value."""
    plain = anyascii(text)
    seen = {text}
    for form in (
        plain.strip(),
        plain[:255].strip(),
        plain[:100].strip(),
        re.sub(r"[^A-Za-z ]+", " ", plain).strip(),
        " ".join(re.findall("[A-Za-z]+", plain)),
        re.sub(r"[^A-Za-z]+", "", plain),
        re.sub(r"[^A-Za-z0-9]+", "", plain),
        plain.upper(),
    ):
        if form and form not in seen:
            seen.add(form)
            yield form
