"""A second kind of subject is one folder and one name in `VEDETTE_KINDS` (`tests/parcels`)."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
PATH = ROOT / "tests" / "parcels" / "path.py"


@pytest.mark.database
def test_a_second_kind_goes_through_everything() -> None:
    """`tests/parcels/path.py` in a process of its own, because the kinds of an installation are read when it
    starts."""
    done = subprocess.run(
        [
            sys.executable,
            "-m",
            "pytest",
            "-p",
            "no:cacheprovider",
            "-p",
            "no:xdist",
            str(PATH),
        ],
        cwd=ROOT,
        env={**os.environ, "VEDETTE_KINDS": "vedette.travellers.kind,tests.parcels.kind"},
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stdout[-8000:] + done.stderr[-2000:]
    passed = re.search(r"\b([0-9]+) passed", done.stdout)
    assert passed is not None
    assert int(passed[1]) >= 14
