"""Course packages of cmi5: which are accepted, and why others are refused. Nothing is unpacked."""

from __future__ import annotations

import io
import stat
import zipfile

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from vedette.assistance import cmi5

_NS = "https://w3id.org/xapi/profiles/cmi5/v1/CourseStructure.xsd"


def _names(title: str = "T") -> str:
    return "".join(
        f'<{one}><langstring lang="en-US">{title}</langstring></{one}>'
        for one in ("title", "description")
    )


def manifest(unit: str = "", more: str = "", url: str = "index.html", course: str = "") -> bytes:
    """A course with one unit."""
    return (
        f'<?xml version="1.0" encoding="utf-8"?><courseStructure xmlns="{_NS}">'
        f'<course id="{course or "https://example.org/course"}">{_names()}</course>'
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


def test_valid_packages_are_accepted() -> None:
    """A ZIP with a relative address, and a manifest alone with an absolute one."""
    found = cmi5.check(packed())
    assert found.problems == ()
    assert found.units == (("https://example.org/au", "index.html"),)
    assert found.titles == (("", "T"),) or found.titles[0][1] == "T"
    assert cmi5.check(manifest(url="https://example.org/start?x=1")).problems == ()
    nested = f'<block id="https://example.org/b">{_names()}<au id="https://example.org/2">{_names()}<url>a/b%20c.html</url></au></block>'
    assert cmi5.check(packed(manifest(more=nested), **{"a/b c.html": b""})).problems == ()


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (manifest(), "there is no package with its file"),
        (packed(manifest(url="missing.html")), "is not in the package"),
        (packed(manifest(url="")), "the url is missing"),
        (packed(manifest(url="javascript:alert(1)")), "must be an http or https address"),
        (packed(manifest(url="https://example.org/?endpoint=1")), "reserved parameter endpoint"),
        (packed(manifest('moveOn="Always"')), "moveOn"),
        (packed(manifest('launchMethod="Frame"')), "launchMethod"),
        (packed(manifest('masteryScore="1.5"')), "masteryScore"),
        (packed(manifest('masteryScore="NaN"')), "masteryScore"),
        (packed(manifest(course="not an iri")), "is not an absolute IRI"),
        (packed(manifest(course="https://example.org/au")), "occurs twice"),
        (
            packed(manifest(more=f'<block id="https://example.org/b">{_names()}</block>')),
            "neither a unit nor a block",
        ),
        (packed(manifest(more='<objectives><objective idref="x:1"/></objectives>')), "unknown objective"),
        (packed(manifest().replace(b'lang="en-US"', b'lang="e n"')), "not a language tag"),
        (packed(manifest().replace(b">T<", b"> <")), "is empty"),
        (packed(b"<courseStructure/>"), "is no course structure"),
        (packed(b"<courseStructure"), "is not well-formed"),
        (packed(b'<!DOCTYPE a [<!ENTITY b SYSTEM "file:///etc/passwd">]><a>&b;</a>'), "document type"),
        (b"PK\x03\x04 not a zip", "is not a readable ZIP"),
        (packed()[:-30], "is not a readable ZIP"),
        (packed(**{"../../etc/x": b""}), "is a path out of the package"),
        (packed(**{"/etc/x": b""}), "is a path out of the package"),
        (packed(**{"a\\..\\..\\x": b""}), "is a path out of the package"),
        (packed(**{"INDEX.html": b""}), "occurs twice"),
    ],
)  # fmt: skip
def test_each_fault_has_its_own_reason(data: bytes, reason: str) -> None:
    """The first problem, or one of them, names the fault."""
    assert any(reason in one.message for one in cmi5.check(data).problems), cmi5.check(
        data
    ).problems


def test_a_package_with_too_many_files_a_link_or_a_bomb() -> None:
    """Refused by the list of files alone, before a byte is unpacked."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as made:
        link = zipfile.ZipInfo("link")
        link.external_attr = (stat.S_IFLNK | 0o777) << 16
        made.writestr(link, "/etc/passwd")
    assert "symbolic link" in cmi5.check(out.getvalue()).problems[0].message
    many = io.BytesIO()
    with zipfile.ZipFile(many, "w") as made:
        for number in range(cmi5.MAX_FILES + 1):
            made.writestr(f"{number}", b"")
    assert "more than 10000 files" in cmi5.check(many.getvalue()).problems[0].message
    bomb = io.BytesIO()
    with zipfile.ZipFile(bomb, "w", zipfile.ZIP_DEFLATED) as made:
        made.writestr("cmi5.xml", b" " * (cmi5.MAX_MANIFEST + 1))
    assert cmi5.check(bomb.getvalue()).problems[0].place == "cmi5.xml"


@settings(max_examples=60, deadline=None)
@given(st.binary(max_size=200), st.integers(0, 400))
def test_no_input_raises(noise: bytes, place: int) -> None:
    """Noise, and a package with noise in it."""
    whole = packed()
    cmi5.check(noise)
    cmi5.check(b"PK" + noise)
    cmi5.check(whole[:place] + noise + whole[place + len(noise) :])
