"""The icons of the interface, from lucide (ISC), as one inline sprite, so that no image is requested."""

from __future__ import annotations

import functools
import re

from django.utils.safestring import SafeString, mark_safe
from lucide import (
    _load_icon,
)  # its public renderer makes whole <svg> elements

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
    """`<symbol id="i-…">` for every icon and `p1` to `p4` for severity, for the top of each page."""
    parts = [_SIGNS]
    for ours, theirs in NAMES.items():
        shapes = "".join(_markup(node) for node in _load_icon(theirs))
        parts.append(f'<symbol id="i-{ours}" viewBox="0 0 24 24">{shapes}</symbol>')
    # Constants of this module and a package's files: no input from users or messages.
    return mark_safe("".join(parts))  # noqa: S308


def _markup(node) -> str:
    attributes = "".join(f' {name}="{value}"' for name, value in node.attrib.items())
    return f"<{re.sub('[^a-z]', '', str(node.tag))}{attributes}/>"
