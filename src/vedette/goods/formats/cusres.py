"""Writes the reply to a declaration as a CUSRES message (UN/EDIFACT D.96B).

The writer follows the specification; no public sample was available. The reply contains the decision on the
goods, and no reason.
"""

from __future__ import annotations

import datetime as dt
from typing import Literal

from vedette.formats.edifact_text import composite, segment

Answer = Literal["release", "documents", "control"]
#: Reply → the processing indicator (7365): goods released, documents to be produced, goods required for
#: examination.
INDICATORS: dict[Answer, str] = {"release": "4", "documents": "6", "control": "5"}
#: Maximum number of characters of an identification of a party, and of a reference.
_PARTY, _REFERENCE = 35, 35


def write(
    answer: Answer, at: dt.datetime, *, sender: str, recipient: str, number: str, mrn: str | None = None,
    lrn: str | None = None,
) -> bytes:  # fmt: skip
    """Writes an interchange with one message. `number` identifies the reply. `mrn` and `lrn` are the number
    and the local reference of the declaration. A character that is not in Latin 1 is replaced by a space."""
    stated = at.astimezone(dt.UTC)
    segments = [
        segment("UNH", composite(number[:14]), composite("CUSRES", "D", "96B", "UN")),
        # Document response (customs), as an answer.
        segment("BGM", composite("962"), composite(number[:_REFERENCE]), composite("11")),
        segment("DTM", composite("137", f"{stated:%Y%m%d%H%M}", "203")),
        segment("GIS", composite(INDICATORS[answer])),
        *(
            segment("RFF", composite(qualifier, _latin(reference, _REFERENCE)))
            for qualifier, reference in (("ABT", mrn), ("ABE", lrn))
            if reference
        ),
    ]
    lines = [
        segment(
            "UNB", composite("UNOC", "3"), composite(_latin(sender, _PARTY)),
            composite(_latin(recipient, _PARTY)),
            composite(f"{stated:%y%m%d}", f"{stated:%H%M}"), composite(number[:14]),
        ),
        *segments,
        segment("UNT", str(len(segments) + 1), composite(number[:14])),
        segment("UNZ", "1", composite(number[:14])),
    ]  # fmt: skip
    text = "UNA:+.? '\r\n" + "".join(f"{line}'\r\n" for line in lines)
    return text.encode("latin-1")


def _latin(text: str, most: int) -> str:
    """Returns a text in Latin 1. The usual replacement character (`?`) has a special meaning in EDIFACT."""
    return "".join(char if ord(char) < 256 else " " for char in text[:most])
