"""Checks course packages of the standard cmi5 (course structure, sections 13 and 14 of its specification).

A package is a ZIP with `cmi5.xml` at its root, or this manifest alone. The check reads only the manifest: it
writes no files, executes no content, and unpacks no other file. A package is refused before anything is
unpacked if it contains symbolic links, paths that lead outside the package, duplicate names or too many
files.
"""

from __future__ import annotations

import io
import re
import stat
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from typing import NamedTuple
from urllib.parse import SplitResult, parse_qs, unquote, urlsplit
from xml.etree.ElementTree import Element, ParseError

from defusedxml import DefusedXmlException
from defusedxml.ElementTree import fromstring

#: Limits: bytes of the manifest, number of files, unpacked bytes of all files.
MAX_MANIFEST, MAX_FILES, MAX_UNPACKED = 2 << 20, 10_000, 1 << 30
MANIFEST = "cmi5.xml"
NAMESPACE = "https://w3id.org/xapi/profiles/cmi5/v1/CourseStructure.xsd"
_MOVE_ON = ("NotApplicable", "Passed", "Completed", "CompletedAndPassed", "CompletedOrPassed")
_LAUNCH = ("OwnWindow", "AnyWindow")
#: Parameters that the launching system adds to the address of an assignable unit.
_RESERVED = ("endpoint", "fetch", "actor", "registration", "activityId")
_LANG = "{http://www.w3.org/XML/1998/namespace}lang"
_TAG = re.compile(r"[A-Za-z]{1,8}(-[A-Za-z0-9]{1,8})*", re.ASCII)
#: Greatest number of characters of a place in a problem.
_MOST_PLACE = 60


class Problem(NamedTuple):
    """A problem: its position in the package, and the code of the reason (`PROBLEMS` of the library)."""

    place: str
    code: str


@dataclass(frozen=True)
class Package:
    """The result of the check of a package: the texts of its manifest, and the problems found.

    A package without problems is accepted.
    """

    texts: tuple[str, ...] = ()
    problems: tuple[Problem, ...] = ()


def check(data: bytes) -> Package:
    """Checks a package. No exception is raised, whatever the file contains."""
    if not data.startswith(b"PK"):
        return _manifest(data, None)
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as opened:
            entries = opened.infolist()
            if problems := tuple(_entries(entries)):
                return Package(problems=problems)
            names = {one.filename for one in entries if not one.is_dir()}
            if MANIFEST not in names:
                return _refused(MANIFEST, "cmi5_manifest")
            if opened.getinfo(MANIFEST).file_size > MAX_MANIFEST:
                return _refused(MANIFEST, "cmi5_large")
            with opened.open(MANIFEST) as file:
                content = file.read(MAX_MANIFEST + 1)
    except Exception:
        # Damaged archives raise errors of the decompressors, which have no common class.
        return _refused("ZIP", "cmi5_zip")
    return _manifest(content, names)


def _refused(place: str, code: str) -> Package:
    return Package(problems=(Problem(place, code),))


def _entries(entries: list[zipfile.ZipInfo]) -> Iterator[Problem]:
    """Yields the problems in the list of files of a package, without unpacking any file."""
    if len(entries) > MAX_FILES or sum(one.file_size for one in entries) > MAX_UNPACKED:
        yield Problem("ZIP", "cmi5_many")
        return
    seen: set[str] = set()
    for one in entries:
        name = one.filename
        parts = name.replace("\\", "/").split("/")
        if name.startswith(("/", "\\")) or ".." in parts or ":" in parts[0] or "\0" in name:
            yield Problem(name[:_MOST_PLACE], "cmi5_path")
        if stat.S_ISLNK(one.external_attr >> 16):
            yield Problem(name[:_MOST_PLACE], "cmi5_link")
        if one.flag_bits & 1:
            yield Problem(name[:_MOST_PLACE], "cmi5_encrypted")
        if name.casefold() in seen:
            yield Problem(name[:_MOST_PLACE], "cmi5_file_twice")
        seen.add(name.casefold())


def _manifest(content: bytes, names: set[str] | None) -> Package:
    if len(content) > MAX_MANIFEST:
        return _refused(MANIFEST, "cmi5_large")
    try:
        root = fromstring(content, forbid_dtd=True)
    except (ParseError, DefusedXmlException, ValueError, LookupError):
        return _refused(MANIFEST, "cmi5_xml")
    if root.tag != _q("courseStructure"):
        return _refused(MANIFEST, "cmi5_structure")
    texts = [(one.text or "").strip() for one in root.iter(_q("langstring"))]
    return Package(tuple(text for text in texts if text), tuple(_structure(root, names)))


def _q(name: str) -> str:
    return f"{{{NAMESPACE}}}{name}"


def _structure(root: Element, names: set[str] | None) -> Iterator[Problem]:
    courses = root.findall(_q("course"))
    if len(courses) != 1:
        yield Problem("course", "cmi5_course")
    for course in courses:
        yield from _named(course, "course")
    units = list(root.iter(_q("au")))
    if not units:
        yield Problem("au", "cmi5_no_unit")
    ids: set[str] = {one.get("id", "") for one in courses}
    objectives = {one.get("id", "") for one in root.iter(_q("objective"))}
    for kind in ("au", "block", "objective"):
        for number, one in enumerate(root.iter(_q(kind)), 1):
            place = f"{kind} {number}"
            if kind == "objective" and one.get("idref") is not None:
                if one.get("idref") not in objectives:
                    yield Problem(place, "cmi5_objective")
                continue
            yield from _named(one, place)
            id_ = one.get("id", "")
            if id_ in ids:
                yield Problem(place, "cmi5_id_twice")
            ids.add(id_)
            if kind == "block" and not any(child.tag in (_q("au"), _q("block")) for child in one):
                yield Problem(place, "cmi5_block")
    for number, one in enumerate(units, 1):
        yield from _unit(one, f"au {number}", names)


def _named(one: Element, place: str) -> Iterator[Problem]:
    """Checks the id, the title and the description of a course, a unit, a block or an objective."""
    id_ = one.get("id", "")
    if not _split(id_).scheme or re.search(r"\s", id_):
        yield Problem(place, "cmi5_iri")
    for name in ("title", "description"):
        element = one.find(_q(name))
        strings = [] if element is None else element.findall(_q("langstring"))
        languages = [string.get(_LANG) or string.get("lang") or "" for string in strings]
        if not strings or not all((string.text or "").strip() for string in strings):
            yield Problem(place, "cmi5_title")
        if any(language and not _TAG.fullmatch(language) for language in languages) or len(
            set(languages)
        ) < len(languages):
            yield Problem(place, "cmi5_language")


def _split(text: str) -> SplitResult:
    """Returns the parts of a URL; all parts are empty if the text is not a URL."""
    try:
        return urlsplit(text)
    except ValueError:
        return urlsplit("")


def _unit(one: Element, place: str, names: set[str] | None) -> Iterator[Problem]:
    score = one.get("masteryScore")
    if (
        one.get("moveOn", "NotApplicable") not in _MOVE_ON
        or one.get("launchMethod", "AnyWindow") not in _LAUNCH
        or (score is not None and not _share(score))
    ):
        yield Problem(place, "cmi5_value")
    url = (one.findtext(_q("url")) or "").strip()
    try:
        parts = urlsplit(url)
        query = parse_qs(parts.query, keep_blank_values=True, max_num_fields=100)
    except ValueError:
        yield Problem(place, "cmi5_url")
        return
    if not url or re.search(r"\s", url):
        yield Problem(place, "cmi5_url")
    elif parts.scheme:
        if parts.scheme not in ("http", "https") or not parts.netloc:
            yield Problem(place, "cmi5_url")
    elif names is None:
        yield Problem(place, "cmi5_relative")
    elif parts.netloc or unquote(parts.path).lstrip("/") not in names:
        yield Problem(place, "cmi5_file")
    if any(reserved in query for reserved in _RESERVED):
        yield Problem(place, "cmi5_reserved")


def _share(text: str) -> bool:
    try:
        value = Decimal(text.strip())
    except InvalidOperation:
        return False
    return value.is_finite() and 0 <= value <= 1
