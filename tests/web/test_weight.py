"""A web process is small: what only workers need is not loaded with its pages."""

from __future__ import annotations

import subprocess
import sys

_LOADED = """
import sys, django
django.setup()
import vedette.web.urls
print(*({"numba", "polars", "vedette.demo.world"} & set(sys.modules)))
"""


def test_pages_load_no_names_engine() -> None:
    """The compiler of the names engine and the frames of profiles are 100 MB: only who asks them has
    them. The demonstration's world is in no other process at all."""
    done = subprocess.run(
        [sys.executable, "-c", _LOADED], capture_output=True, text=True, check=True
    )
    assert done.stdout.split() == []
