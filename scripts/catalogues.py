"""Compiles each catalogue of translations (`django.po`) that is newer than its compiled file
(`django.mo`).

The compiled files are not in the repository. Every script creates them during its setup, with Babel, so that
no program of the system is required.
"""

from __future__ import annotations

import os
from pathlib import Path

from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po

LOCALE = Path(__file__).resolve().parent.parent / "src" / "vedette" / "web" / "locale"


def compile_catalogue(source: Path) -> None:
    """Writes the compiled file beside `source`. Another process reads either the old or the new file."""
    with source.open("rb") as file:
        catalogue = read_po(file, abort_invalid=True)
    target = source.with_suffix(".mo")
    fresh = target.with_name(f".{target.name}.{os.getpid()}")
    with fresh.open("wb") as file:
        write_mo(file, catalogue)
    fresh.replace(target)


def main() -> None:
    """Compiles what is stale."""
    for source in sorted(LOCALE.glob("*/LC_MESSAGES/django.po")):
        target = source.with_suffix(".mo")
        if not target.exists() or target.stat().st_mtime_ns < source.stat().st_mtime_ns:
            compile_catalogue(source)


if __name__ == "__main__":
    main()
