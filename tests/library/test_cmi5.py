"""Course packages of cmi5: the conformance set, a reason for each fault, and hostile packages."""

from __future__ import annotations

import io
import stat
import zipfile
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.shared import shared

from vedette.library import cmi5
from vedette.library.files import WrongFile, media_of, text_of


def _names(title: str = "T") -> str:
    return "".join(
        f'<{one}><langstring lang="en-US">{title}</langstring></{one}>'
        for one in ("title", "description")
    )


def manifest(
    unit: str = "",
    more: str = "",
    url: str = "index.html",
    course: str = "https://example.org/course",
) -> bytes:
    """A course with one unit."""
    return (
        f'<?xml version="1.0" encoding="utf-8"?><courseStructure xmlns="{cmi5.NAMESPACE}">'
        f'<course id="{course}">{_names()}</course>'
        f'<au id="https://example.org/au" {unit}>{_names()}<url>{url}</url></au>{more}</courseStructure>'
    ).encode()


def packed(content: bytes | None = None, **files: bytes) -> bytes:
    """A ZIP with the manifest and `index.html`."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as made:
        made.writestr("cmi5.xml", manifest() if content is None else content)
        for name, data in ({"index.html": b"<script>1</script>"} | files).items():
            made.writestr(name, data)
    return out.getvalue()


def _zipped(path: Path) -> bytes:
    """A folder of the set as a package, with the files that its units name."""
    content = path.read_bytes()
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as made:
        # The entry of 102 has sizes of 64 bits.
        with made.open("cmi5.xml", "w", force_zip64="zip64" in path.parent.name) as entry:
            entry.write(content)
        if not path.parent.name.startswith("203"):
            for name in {"index.html", *_urls(content)}:
                made.writestr(name, b"")
    return out.getvalue()


def _urls(content: bytes) -> set[str]:
    from defusedxml.ElementTree import fromstring

    found = (one.text or "" for one in fromstring(content).iter(f"{{{cmi5.NAMESPACE}}}url"))
    return {text.strip().partition("?")[0] for text in found if "://" not in text and text.strip()}


def test_the_conformance_set() -> None:
    """0xx, 101 and 102 are accepted; each 2xx that has a file is refused."""
    folder = shared("data", "cmi5", "conformance")
    accepted = refused = 0
    for path in sorted(folder.iterdir()):
        valid = path.name[0] in "01"
        if not path.name[:3].isdecimal():
            continue
        data = _zipped(path / "cmi5.xml") if path.is_dir() else path.read_bytes()
        name = f"{path.name}.zip" if path.is_dir() else path.name
        if valid:
            assert cmi5.check(data).problems == (), path.name
            assert media_of(name, data).startswith("cmi5")
            accepted += 1
            continue
        try:
            accepted += media_of(name, data).startswith("cmi5")
        except WrongFile:
            refused += 1
        else:
            # 208 is no package, but a text.
            assert path.name.startswith("208")
    assert (accepted, refused) == (17, 17)


@pytest.mark.parametrize(
    ("data", "code"),
    [
        (manifest(), "cmi5_relative"), (packed(manifest(url="missing.html")), "cmi5_file"),
        (packed(manifest(url="")), "cmi5_url"), (packed(manifest(url="javascript:alert(1)")), "cmi5_url"),
        (packed(manifest(url="https://example.org/?endpoint=1")), "cmi5_reserved"),
        (packed(manifest('moveOn="Always"')), "cmi5_value"),
        (packed(manifest('launchMethod="Frame"')), "cmi5_value"),
        (packed(manifest('masteryScore="1.5"')), "cmi5_value"),
        (packed(manifest('masteryScore="NaN"')), "cmi5_value"),
        (packed(manifest(course="not an iri")), "cmi5_iri"),
        (packed(manifest(course="https://example.org/au")), "cmi5_id_twice"),
        (packed(manifest(more=f'<block id="https://example.org/b">{_names()}</block>')), "cmi5_block"),
        (packed(manifest(more='<objectives><objective idref="x:1"/></objectives>')), "cmi5_objective"),
        (packed(manifest().replace(b'lang="en-US"', b'lang="e n"')), "cmi5_language"),
        (packed(manifest().replace(b">T<", b"> <")), "cmi5_title"),
        (packed(b"<courseStructure/>"), "cmi5_structure"), (packed(b"<courseStructure"), "cmi5_xml"),
        (packed(b'<!DOCTYPE a [<!ENTITY b SYSTEM "file:///etc/passwd">]><a>&b;</a>'), "cmi5_xml"),
        (b"PK\x03\x04 not a zip", "cmi5_zip"), (packed()[:-30], "cmi5_zip"),
        (packed(**{"../../etc/x": b""}), "cmi5_path"), (packed(**{"/etc/x": b""}), "cmi5_path"),
        (packed(**{"a\\..\\..\\x": b""}), "cmi5_path"), (packed(**{"INDEX.html": b""}), "cmi5_file_twice"),
    ],
)  # fmt: skip
def test_each_fault_has_its_own_reason(data: bytes, code: str) -> None:
    """One of the problems names the fault."""
    assert code in {one.code for one in cmi5.check(data).problems}


def test_hostile_packages_are_refused_by_their_list_of_files() -> None:
    """A link, too many files, a manifest that unpacks to too much; the script of a package is only a file."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as made:
        link = zipfile.ZipInfo("link")
        link.external_attr = (stat.S_IFLNK | 0o777) << 16
        made.writestr(link, "/etc/passwd")
    assert cmi5.check(out.getvalue()).problems[0].code == "cmi5_link"
    many = io.BytesIO()
    with zipfile.ZipFile(many, "w") as made:
        for number in range(cmi5.MAX_FILES + 1):
            made.writestr(f"{number}", b"")
    assert cmi5.check(many.getvalue()).problems[0].code == "cmi5_many"
    with pytest.raises(WrongFile):
        media_of("a.zip", many.getvalue())
    bomb = io.BytesIO()
    with zipfile.ZipFile(bomb, "w", zipfile.ZIP_DEFLATED) as made:
        made.writestr("cmi5.xml", b" " * (cmi5.MAX_MANIFEST + 1))
    assert cmi5.check(bomb.getvalue()).problems[0].code == "cmi5_large"
    assert media_of("course.zip", packed()) == "cmi5"
    assert text_of("cmi5", packed()) == "T\nT\nT\nT"
    with pytest.raises(WrongFile, match="name"):
        media_of("course.docx", packed())


@settings(max_examples=60, deadline=None)
@given(st.binary(max_size=200), st.integers(0, 400))
def test_no_input_raises(noise: bytes, place: int) -> None:
    """Noise, and a package with noise in it."""
    whole = packed()
    cmi5.check(noise)
    cmi5.check(b"PK" + noise)
    cmi5.check(whole[:place] + noise + whole[place + len(noise) :])
