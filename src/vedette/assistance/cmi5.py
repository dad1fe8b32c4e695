"""Checks course packages of the standard cmi5 (course structure, sections 13 and 14 of the specification).

A package is a file `cmi5.xml`, or a ZIP that contains it at its root. The check reads the manifest only: it
writes no file, runs nothing, and reads no other file of the ZIP. Packages with symbolic links, paths out of
the package, names that occur twice or too many files are refused before anything is unpacked.
"""

from __future__ import annotations

import io
import re
import stat
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from urllib.parse import SplitResult, parse_qs, unquote, urlsplit

from lxml import etree

from vedette.assistance.sheets import Problem

#: Limits: bytes of a package and of its manifest, number of files, unpacked bytes of all files.
MAX_PACKAGE, MAX_MANIFEST, MAX_FILES, MAX_UNPACKED = 256 << 20, 4 << 20, 10_000, 1 << 30
_NS = "https://w3id.org/xapi/profiles/cmi5/v1/CourseStructure.xsd"
_MANIFEST = "cmi5.xml"
_MOVE_ON = ("NotApplicable", "Passed", "Completed", "CompletedAndPassed", "CompletedOrPassed")
_LAUNCH = ("OwnWindow", "AnyWindow")
#: Parameters that the launching system adds to the address of an assignable unit.
_RESERVED = ("endpoint", "fetch", "actor", "registration", "activityId")
_LANG = "{http://www.w3.org/XML/1998/namespace}lang"
_TAG = re.compile(r"[A-Za-z]{1,8}(-[A-Za-z0-9]{1,8})*", re.ASCII)


@dataclass(frozen=True)
class Package:
    """A checked package: its course with the title by language, its assignable units (id and address), and
    what is wrong. The package is accepted if `problems` is empty."""

    course: str = ""
    titles: tuple[tuple[str, str], ...] = ()
    units: tuple[tuple[str, str], ...] = ()
    problems: tuple[Problem, ...] = ()


def check(data: bytes) -> Package:
    """Checks a package. No input raises an error."""
    if len(data) > MAX_PACKAGE:
        return _refused("package", f"has more than {MAX_PACKAGE >> 20} MB")
    if not data.startswith(b"PK"):
        return _manifest(data, None)
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as opened:
            entries = opened.infolist()
            if problems := tuple(_entries(entries)):
                return Package(problems=problems)
            names = {one.filename for one in entries if not one.is_dir()}
            if _MANIFEST not in names:
                return _refused(_MANIFEST, "is not at the root of the package")
            if opened.getinfo(_MANIFEST).file_size > MAX_MANIFEST:
                return _refused(_MANIFEST, f"has more than {MAX_MANIFEST >> 20} MB")
            with opened.open(_MANIFEST) as file:
                content = file.read(MAX_MANIFEST + 1)
    except (zipfile.BadZipFile, zipfile.LargeZipFile, OSError, RuntimeError, NotImplementedError,
            ValueError, EOFError, OverflowError) as error:  # fmt: skip
        return _refused("package", f"is not a readable ZIP ({type(error).__name__})")
    except Exception as error:
        # Damaged compressed data raises errors of the decompressor, which have no common class.
        return _refused("package", f"is damaged ({type(error).__name__})")
    return _manifest(content, names)


def _refused(place: str, message: str) -> Package:
    return Package(problems=(Problem(place, message),))


def _entries(entries: list[zipfile.ZipInfo]) -> Iterator[Problem]:
    """Returns what is wrong with the list of files, without unpacking one."""
    if len(entries) > MAX_FILES:
        yield Problem("package", f"contains more than {MAX_FILES} files")
        return
    if sum(one.file_size for one in entries) > MAX_UNPACKED:
        yield Problem("package", f"unpacks to more than {MAX_UNPACKED >> 30} GB")
    seen: set[str] = set()
    for one in entries:
        name = one.filename
        parts = name.replace("\\", "/").split("/")
        if name.startswith(("/", "\\")) or ".." in parts or ":" in parts[0] or "\0" in name:
            yield Problem(repr(name[:100]), "is a path out of the package")
        if stat.S_ISLNK(one.external_attr >> 16):
            yield Problem(repr(name[:100]), "is a symbolic link")
        if one.flag_bits & 1:
            yield Problem(repr(name[:100]), "is encrypted")
        if name.casefold() in seen:
            yield Problem(repr(name[:100]), "occurs twice")
        seen.add(name.casefold())


def _manifest(content: bytes, names: set[str] | None) -> Package:
    if len(content) > MAX_MANIFEST:
        return _refused(_MANIFEST, f"has more than {MAX_MANIFEST >> 20} MB")
    parser = etree.XMLParser(
        resolve_entities=False,
        no_network=True,
        load_dtd=False,
        dtd_validation=False,
        huge_tree=False,
    )
    try:
        root = etree.fromstring(content, parser)
    except (etree.XMLSyntaxError, ValueError) as error:
        return _refused(_MANIFEST, f"is not well-formed XML ({str(error)[:120]})")
    if root.getroottree().docinfo.internalDTD is not None:
        return _refused(_MANIFEST, "contains a document type, which is not allowed")
    if root.tag != f"{{{_NS}}}courseStructure":
        return _refused(_MANIFEST, "is no course structure of cmi5")
    problems = [*_structure(root, names)]
    course = root.find(_q("course"))
    units = tuple((one.get("id", ""), _text(one, "url")) for one in root.iter(_q("au")))
    title = course.find(_q("title")) if course is not None else None
    titles = tuple(
        (one.get(_LANG, "") or "", (one.text or "").strip())
        for one in (title if title is not None else ())
    )
    return Package(
        course.get("id", "") if course is not None else "", titles, units, tuple(problems)
    )


def _q(name: str) -> str:
    return f"{{{_NS}}}{name}"


def _text(element: etree._Element, name: str) -> str:
    return (element.findtext(_q(name)) or "").strip()


def _structure(root: etree._Element, names: set[str] | None) -> Iterator[Problem]:
    courses = root.findall(_q("course"))
    if len(courses) != 1:
        yield Problem("course", "must occur once")
    for course in courses:
        yield from _named(course, "course")
    units = list(root.iter(_q("au")))
    if not units:
        yield Problem("au", "the course contains no assignable unit")
    ids: set[str] = {one.get("id", "") for one in courses}
    objectives = {one.get("id", "") for one in root.iter(_q("objective"))}
    for kind in ("au", "block", "objective"):
        for number, one in enumerate(root.iter(_q(kind)), 1):
            place = f"{kind} {number}"
            yield from _named(one, place)
            id_ = one.get("id", "")
            if id_ in ids:
                yield Problem(place, f"the id {id_[:100]!r} occurs twice")
            ids.add(id_)
            if kind == "block" and not any(child.tag in (_q("au"), _q("block")) for child in one):
                yield Problem(place, "contains neither a unit nor a block")
    for number, one in enumerate(root.iter(_q("objectives")), 1):
        for reference in one.findall(_q("objective")):
            idref = reference.get("idref")
            if idref is not None and idref not in objectives:
                yield Problem(
                    f"objectives {number}", f"refers to the unknown objective {idref[:100]!r}"
                )
    for number, one in enumerate(units, 1):
        yield from _unit(one, f"au {number}", names)


def _named(one: etree._Element, place: str) -> Iterator[Problem]:
    """Checks the id, the title and the description of a course, a unit, a block or an objective."""
    if one.get("idref") is not None and one.tag == _q("objective"):
        return
    id_ = one.get("id", "")
    if not urlsplit_safe(id_).scheme or re.search(r"\s", id_):
        yield Problem(place, f"the id {id_[:100]!r} is not an absolute IRI")
    for name in ("title", "description"):
        element = one.find(_q(name))
        strings = [] if element is None else element.findall(_q("langstring"))
        if not strings:
            yield Problem(place, f"has no {name}")
        languages = [string.get(_LANG) or string.get("lang") or "" for string in strings]
        for string, language in zip(strings, languages, strict=True):
            if not (string.text or "").strip():
                yield Problem(place, f"the {name} is empty")
            if language and not _TAG.fullmatch(language):
                yield Problem(place, f"{language[:30]!r} is not a language tag (RFC 5646)")
        if len(set(languages)) < len(languages):
            yield Problem(place, f"the {name} occurs twice in one language")


def urlsplit_safe(text: str) -> SplitResult:
    """Returns the parts of an address; all parts are empty if it is none."""
    try:
        return urlsplit(text)
    except ValueError:
        return urlsplit("")


def _unit(one: etree._Element, place: str, names: set[str] | None) -> Iterator[Problem]:
    if one.get("moveOn", "NotApplicable") not in _MOVE_ON:
        yield Problem(place, "moveOn is not a value of the standard")
    if one.get("launchMethod", "AnyWindow") not in _LAUNCH:
        yield Problem(place, "launchMethod is not a value of the standard")
    if (score := one.get("masteryScore")) is not None and not _share(score):
        yield Problem(place, "masteryScore must be a number from 0 to 1")
    url = _text(one, "url")
    try:
        parts = urlsplit(url)
        query = parse_qs(parts.query, keep_blank_values=True, max_num_fields=100)
    except ValueError:
        yield Problem(place, "the url is not valid")
        return
    if not url or re.search(r"\s", url):
        yield Problem(place, "the url is missing or is not valid")
    elif parts.scheme:
        if parts.scheme not in ("http", "https") or not parts.netloc:
            yield Problem(
                place, "the url must be an http or https address, or a file of the package"
            )
    elif names is None:
        yield Problem(place, "the url is relative, and there is no package with its file")
    elif parts.netloc or unquote(parts.path).lstrip("/") not in names:
        yield Problem(place, f"the file {parts.path[:100]!r} is not in the package")
    for reserved in _RESERVED:
        if reserved in query:
            yield Problem(place, f"the url contains the reserved parameter {reserved}")


def _share(text: str) -> bool:
    try:
        value = Decimal(text.strip())
    except InvalidOperation:
        return False
    return value.is_finite() and 0 <= value <= 1
