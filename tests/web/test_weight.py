"""A web process is small: what only workers and few requests need is not loaded with its pages."""

from __future__ import annotations

import subprocess
import sys

#: Import these inside the function that uses them. They take from 3 to 100 MB of each web process.
HEAVY = {
    "docx", "icalendar", "lxml", "numba", "numpy", "polars", "pypdfium2", "reportlab", "resvg_py", "segno",
    "vedette.bench", "vedette.demo", "xlsxwriter",
}  # fmt: skip
_LOADED = f"""
import sys, django
django.setup()
import vedette.web.urls, vedette.web.wsgi
print(*({HEAVY!r} & set(sys.modules)))
"""


def test_pages_load_no_heavy_library() -> None:
    """Neither the names engine, the frames of profiles, the readers and writers of documents, nor the
    synthetic data of the demonstration."""
    done = subprocess.run(
        [sys.executable, "-c", _LOADED], capture_output=True, text=True, check=True
    )
    assert done.stdout.split() == []
