"""Static files and icons.

The application itself serves the static files, so that neither collectstatic nor a second server is needed.
The URL contains the hash of the content. Therefore browsers can cache a file for a year, and an upgrade still
takes effect immediately. The files are few and small, and each process reads each file once. The icons come
from lucide (ISC licence). Each page contains the icons as one inline sprite, so that no image is requested.
"""

from __future__ import annotations

import functools
import hashlib
import mimetypes
from importlib.resources import files
from zipfile import ZipFile

from defusedxml import ElementTree
from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse
from django.utils.cache import patch_response_headers
from django.utils.safestring import SafeString, mark_safe

#: Served path → package and path inside it.
_FILES = {
    "tokens.css": ("vedette.web", "static/tokens.css"),
    "ui.css": ("vedette.web", "static/ui.css"),
    "field.css": ("vedette.web", "static/field.css"),
    "field.js": ("vedette.web", "static/field.js"),
    "ops.css": ("vedette.web", "static/ops.css"),
    "htmx.js": ("django_htmx", "static/django_htmx/htmx-2.min.js"),
    "webauthn.js": ("vedette.web", "static/webauthn.js"),
    "icon.svg": ("vedette.web", "static/icon.svg"),
}
_YEAR = 365 * 24 * 3600


@functools.cache
def _content(path: str) -> tuple[bytes, str]:
    package, inside = _FILES[path]
    content = (files(package) / inside).read_bytes()
    return content, hashlib.sha256(content).hexdigest()[:12]


def url(path: str) -> str:
    """Returns the URL of a static file. Raises `KeyError` for an unknown file."""
    return f"{settings.STATIC_URL}{_content(path)[1]}/{path}"


def serve(request: HttpRequest, digest: str, path: str) -> HttpResponse:
    """Serves a static file. If the hash in the URL is outdated, the current file is served but is not
    cached."""
    if path not in _FILES:
        raise Http404
    content, current = _content(path)
    kind, _ = mimetypes.guess_type(path)
    response = HttpResponse(content, content_type=f"{kind}; charset=utf-8")
    if digest == current:
        patch_response_headers(response, _YEAR)
        response.headers["Cache-Control"] = f"public, max-age={_YEAR}, immutable"
    return response


#: Name in vedette → name in lucide. Each icon has one meaning.
NAMES = {
    "search": "search",
    "alert": "triangle-alert",
    "info": "info",
    "print": "printer",
    "check": "check",
    "x": "x",
    "refresh": "refresh-cw",
    "flag": "flag",
    "clock": "clock",
    "list": "list-checks",
    "doc": "id-card",
    "phone": "phone",
    "mail": "mail",
    "place": "map-pin",
    "company": "building-2",
    "mismatch": "git-compare-arrows",
    "plane": "plane",
    "upload": "upload",
    "person": "user-search",
    "layers": "layers",
    "profile": "sliders-horizontal",
    "ticket": "ticket",
    "card": "credit-card",
    "loyalty": "star",
    "seat": "armchair",
    "lock": "lock",
    "bell": "bell",
    "hand": "repeat",
    "camera": "camera",
    "plus": "plus",
    "back": "chevron-left",
    "box": "package-open",
    "links": "waypoints",
}
#: The four severity signs, diamond to ring: drawn for vedette (ui.md, section 3).
_SIGNS = (
    '<symbol id="p4" viewBox="0 0 16 16"><path d="M8 .5 15.5 8 8 15.5.5 8z"/></symbol>'
    '<symbol id="p3" viewBox="0 0 16 16"><path d="M8 1 15.5 15H.5z"/></symbol>'
    '<symbol id="p2" viewBox="0 0 16 16"><path d="M2 2h12v12H2z"/></symbol>'
    '<symbol id="p1" viewBox="0 0 16 16">'
    '<circle cx="8" cy="8" r="6" fill="none" stroke-width="2.4"/></symbol>'
)


@functools.cache
def sprite() -> SafeString:
    """Returns `<symbol id="i-…">` for every icon, and the symbols `p1` to `p4` for severity. Each page
    contains the symbols at the top.
    """
    # The functions of the package return complete <svg> elements, and read the directory of the archive for
    # each icon.
    with files("lucide").joinpath("lucide.zip").open("rb") as data, ZipFile(data) as archive:
        icons = [
            f'<symbol id="i-{ours}" viewBox="0 0 24 24">{_markup(archive.read(f"{theirs}.svg"))}</symbol>'
            for ours, theirs in NAMES.items()
        ]
    # The text contains only constants of this module and files of a package.
    return mark_safe(_SIGNS + "".join(icons))  # noqa: S308


def _markup(svg: bytes) -> str:
    """Returns the elements of an icon without their namespace."""
    drawn = []
    for node in ElementTree.fromstring(svg):
        attributes = "".join(f' {name}="{value}"' for name, value in node.attrib.items())
        drawn.append(f"<{node.tag.rpartition('}')[2]}{attributes}/>")
    return "".join(drawn)
