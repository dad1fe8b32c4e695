"""Where the shared samples lie: real messages and lists that may not be copied into this tree."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent


def shared(*parts: str) -> Path:
    """The path of a shared sample; the test is skipped where it is absent.

    The folder is named by `VEDETTE_SHARED`, or is `shared` beside this tree.
    """
    folder = Path(os.environ.get("VEDETTE_SHARED") or ROOT.parent / "shared")
    path = folder.joinpath(*parts)
    if not path.exists():
        pytest.skip(
            f"shared sample {'/'.join(parts)} is absent (name its folder in VEDETTE_SHARED)"
        )
    return path
