"""The file that verifies certificates without a network. The verifier is one HTML page with the published
keys, the newest list, and the program that verifies a certificate. The program in the file applies the same
rules as `certificates.verify`; a test compares the results of both.

The texts are in `checker_texts.json` in all four languages, because the reader of the file may not know the
language of the installation.
"""

from __future__ import annotations

import json
from importlib.resources import files
from typing import Any

from vedette.assistance.certificates import Trust


def page(trust: Trust, certificate_list: str) -> str:
    """Returns the HTML file with these keys and this list."""
    folder = files("vedette.assistance")
    template = folder.joinpath("checker.html").read_text("utf-8")
    texts = json.loads(folder.joinpath("checker_texts.json").read_text("utf-8"))
    data = {
        "trust": {"name": trust.name, "issuers": list(trust.issuers), "list_key": trust.list_key},
        "list": certificate_list,
    }
    return template.replace("/*DATA*/null", _script(data)).replace("/*TEXTS*/null", _script(texts))


def _script(value: Any) -> str:
    """Returns JSON in a form that is safe inside a script of an HTML page."""
    text = json.dumps(value, ensure_ascii=False)
    return text.replace("<", "\\u003c").replace("\u2028", "\\u2028").replace("\u2029", "\\u2029")
