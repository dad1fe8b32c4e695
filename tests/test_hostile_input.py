"""What is built to break a reader: XML bombs, archives, depth. Refused at once, in words."""

from __future__ import annotations

import ast
import bz2
import gzip
import io
import lzma
import time
import zipfile
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest

from vedette import kinds
from vedette.formats import lists
from vedette.travellers import formats
from vedette.travellers.formats import pnrgov_xml

SOURCE = Path(__file__).resolve().parent.parent / "src" / "vedette"

LAUGHS = "<!DOCTYPE x [<!ENTITY a0 'ha'>{}]>".format(
    "".join(f"<!ENTITY a{n} '{f'&a{n - 1};' * 10}'>" for n in range(1, 10))
)
BOMBS = {
    "billion laughs": (LAUGHS, "&a9;"),
    "external entity": ('<!DOCTYPE x [<!ENTITY e SYSTEM "file:///etc/passwd">]>', "&e;"),
    "parameter entities": ('<!DOCTYPE x [<!ENTITY % p SYSTEM "http://example.org/e"> %p;]>', ""),
    "external document type": ('<!DOCTYPE x SYSTEM "http://example.org/x.dtd">', ""),
    "unused entity": ("<!DOCTYPE x [<!ENTITY e 'harmless'>]>", ""),
}
LISTS = {
    "OFAC": "<sdnList><sdnEntry><uid>1</uid><lastName>{}ROE</lastName></sdnEntry></sdnList>",
    "UN": (
        "<CONSOLIDATED_LIST><INDIVIDUALS><INDIVIDUAL><DATAID>1</DATAID>"
        "<FIRST_NAME>{}ROE</FIRST_NAME></INDIVIDUAL></INDIVIDUALS></CONSOLIDATED_LIST>"
    ),
    "EU": (
        '<export><sanctionEntity logicalId="1"><nameAlias wholeName="ROE"/><remark>{}</remark>'
        "</sanctionEntity></export>"
    ),
}


@pytest.mark.parametrize("bomb", BOMBS)
@pytest.mark.parametrize("kind", LISTS)
def test_lists_declare_no_entities(kind, bomb):
    """A list with any document type is refused within a moment, whole and in words."""
    declared, used = BOMBS[bomb]
    data = f"<?xml version='1.0'?>{declared}{LISTS[kind].format(used)}".encode()
    began = time.process_time()
    with pytest.raises(lists.UnknownList, match="document type or entities"):
        lists.read_bytes(data, f"{kind}.xml")
    assert time.process_time() - began < 1


@pytest.mark.parametrize("bomb", BOMBS)
def test_damage_does_not_open_the_door(bomb):
    """A damaged list is read entry by entry; its entities still mean nothing."""
    declared, used = BOMBS[bomb]
    text = LISTS["OFAC"].format(used).replace("</sdnList>", "<broken")
    data = f"<?xml version='1.0'?>{declared}{text}".encode()
    try:
        read = lists.read_bytes(data, "sdn.xml")
    except lists.UnknownList:
        return
    told = str(read.entries)
    assert "root:" not in told
    assert "haha" not in told


@pytest.mark.parametrize("bomb", BOMBS)
def test_pnrgov_xml_declares_no_entities(bomb):
    """The same for bookings in XML."""
    declared, used = BOMBS[bomb]
    data = f"<?xml version='1.0'?>{declared}<IATA_PNRGOV_NotifRQ>{used}</IATA_PNRGOV_NotifRQ>"
    with pytest.raises(formats.Unreadable, match="document type or entities"):
        pnrgov_xml.read(data.encode())


def test_depth_is_no_weapon():
    """100,000 elements inside each other: read or refused, never an endless or a broken process."""
    depth = 100_000
    deep = b"<a>" * depth + b"</a>" * depth
    [message] = pnrgov_xml.read(b"<IATA_PNRGOV_NotifRQ>" + deep + b"</IATA_PNRGOV_NotifRQ>")
    assert not message.travellers
    with pytest.raises(lists.UnknownList):
        lists.read_bytes(b"<sdnList><sdnEntry>" + deep + b"</sdnEntry></sdnList>", "sdn.xml")


def archives() -> Iterator[tuple[str, bytes]]:
    """Archives that unpack to a hundred times their size."""
    zeros = b"UNB+UNOA:1'" * 200_000
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as packed:
        packed.writestr("../../x.edi", zeros)
    yield "zip", out.getvalue()
    yield "gzip", gzip.compress(zeros)
    yield "bzip2", bz2.compress(zeros)
    yield "xz", lzma.compress(zeros)


@pytest.mark.parametrize(
    ("kind", "data"), list(archives()), ids=lambda v: v if isinstance(v, str) else ""
)
def test_archives_are_not_unpacked(kind, data):
    """A message in an archive is refused by its first bytes. A packed list is unpacked within limits, and
    what it contains here is not a list."""
    with pytest.raises(formats.Unreadable, match="unpack it"):
        kinds.sniff(data)
    with pytest.raises(lists.UnknownList):
        lists.read_bytes(data, f"list.{kind}")


@cache
def imports(path: Path) -> set[str]:
    """The modules that a source file names."""
    found = set()
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            found |= {node.module} | {f"{node.module}.{alias.name}" for alias in node.names}
    return found


def importers(*modules: str) -> dict[str, set[str]]:
    """Files of ours that import any of the modules or what is in them, and which."""
    found = {}
    for path in SOURCE.rglob("*.py"):
        named = {
            name for name in imports(path)
            if any(name == module or name.startswith(f"{module}.") for module in modules)
        }  # fmt: skip
        if named:
            found[path.relative_to(SOURCE).as_posix()] = named
    return found


def test_only_lists_are_unpacked():
    """No ZIP or gzip bomb: one module unpacks files of others, within limits
    (`tests/formats/lists/test_unpack.py`). Benchmarks unpack answers of vedette, and
    lines with which an engineer measures the control lists."""
    unpackers = importers("zipfile", "gzip", "tarfile", "bz2", "lzma", "shutil.unpack_archive")
    assert set(unpackers) <= {
        "bench/stage.py",
        "bench/cash_form/measures.py",
        "bench/goods/measures.py",
        "bench/vague.py",
        # A table that the user of the command names, up to a maximum size.
        "goods/trade.py",
        "formats/lists/unpack.py",
        # Office files of the library, in a process with limits (`tests/library/test_files.py`).
        "library/files.py",
        # The manifest of a course package, of at most 2 MB (`tests/library/test_cmi5.py`).
        "library/cmi5.py",
        # Writes the archive of a training pack, and opens none.
        "assistance/packs.py",
        # The archive of icons of an installed package.
        "web/assets.py",
    }


def test_xml_is_read_by_defusedxml_only():
    """From the standard library come the types of elements and errors, and what builds a tree; never a
    parser."""
    for path, named in importers("xml").items():
        assert named <= {
            "xml.etree.ElementTree",
            "xml.etree.ElementTree.Element",
            "xml.etree.ElementTree.ParseError",
            "xml.etree.ElementTree.TreeBuilder",
        }, path


def test_lxml_reads_without_entities_and_network():
    """Schemas need lxml. Each of its parsers resolves no entity, loads no document type and uses no
    network, and nothing is parsed without such a parser."""
    found = importers("lxml")
    assert set(found) == {
        "assistance/iati.py", "assistance/publication.py", "cash/goaml/schema.py",
    }  # fmt: skip
    for path in found:
        tree = ast.parse((SOURCE / path).read_text("utf-8"))
        for call in (node for node in ast.walk(tree) if isinstance(node, ast.Call)):
            name = call.func.attr if isinstance(call.func, ast.Attribute) else ""
            if name == "XMLParser":
                given = {word.arg: ast.unparse(word.value) for word in call.keywords}
                assert given.items() >= {
                    "resolve_entities": "False", "no_network": "True", "load_dtd": "False",
                }.items(), path  # fmt: skip
            assert name not in ("parse", "fromstring", "XML") or len(call.args) == 2, path


def test_no_http_client_fetches_what_a_user_names():
    """No server-side request forgery: one module fetches addresses, those of lists, within its rules
    (`tests/apps/lists/test_fetching.py`). The worker calls it, never a page. Sign-in by OIDC asks the one
    provider that the operator configured, inside allauth."""
    clients = importers(
        "urllib.request", "http.client", "urllib3", "requests", "httpx", "aiohttp", "ftplib",
        "smtplib", "socket", "telnetlib", "xmlrpc", "asyncio",
    )  # fmt: skip
    # A measurement asks our own server; the demonstration looks for a free port of this machine;
    # sign-in catches the errors of allauth's client, and calls nothing itself; a worker sends
    # e-mails to the server that the operator configured.
    allowed = {
        "bench/cash_form/load.py", "bench/cash_form/measures.py",
        "bench/stage.py", "bench/torture.py", "commands/demo.py", "apps/accounts/openid.py",
        "apps/lists/fetching.py", "apps/desk/mailing.py",
    }  # fmt: skip
    assert set(clients) <= allowed
    callers = {
        path for path, names in importers("vedette.apps.lists.fetching").items()
        if "vedette.apps.lists.fetching.fetch" in names
    }  # fmt: skip
    assert callers == {"apps/lists/subscriptions.py"}
    entering = ast.parse((SOURCE / "apps/accounts/views.py").read_text("utf-8"))
    used = {
        node.attr
        for node in ast.walk(entering)
        if isinstance(node, ast.Attribute)
        and isinstance(node.value, ast.Name)
        and node.value.id == "requests"
    }
    assert used <= {"RequestException"}


def test_nothing_of_a_message_is_run_or_unpickled():
    """No pickle, marshal, shelve, eval or shell: data stays data."""
    assert importers("pickle", "marshal", "shelve", "dill") == {}
    for path in SOURCE.rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Name):
                assert node.func.id not in ("eval", "exec"), path
            if isinstance(node, ast.keyword) and node.arg == "shell":
                assert isinstance(node.value, ast.Constant), path
                assert node.value.value is False, path


def test_yaml_makes_nothing_but_text():
    """Profile files are read into nodes of text: no loader that can build an object is named."""
    safe = {
        "BaseLoader", "parse", "compose", "AliasEvent", "CollectionStartEvent", "CollectionEndEvent",
        "YAMLError", "Node", "MappingNode", "ScalarNode", "SequenceNode", "SafeDumper", "dump",
    }  # fmt: skip
    readers = importers("yaml")
    assert set(readers) == {"profiles/files.py"}
    for path in readers:
        used = {
            node.attr
            for node in ast.walk(ast.parse((SOURCE / path).read_text("utf-8")))
            if isinstance(node, ast.Attribute)
            and isinstance(node.value, ast.Name)
            and node.value.id == "yaml"
        }
        assert used <= safe, path
