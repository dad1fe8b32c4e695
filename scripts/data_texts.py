"""Writes `src/vedette/web/data_texts.py`: the English texts of data files, for makemessages to find.

    python scripts/data_texts.py [--check]

With `--check` nothing is written, and the exit status is 1 where the module is not as the data have it.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from pathlib import Path

from vedette.core.codes import countries
from vedette.kinds import kinds
from vedette.profiles.files import load

MODULE = Path(__file__).resolve().parent.parent / "src" / "vedette" / "web" / "data_texts.py"
_HEAD = '''"""Texts of data files, for makemessages alone. Written by scripts/data_texts.py."""
# ruff: noqa: E501
# fmt: off

from __future__ import annotations

from django.utils.translation import pgettext_lazy

TEXTS = (
'''


def texts() -> Iterator[tuple[str, str]]:
    """Context and text: columns of the vocabularies, starter profiles, countries."""
    for kind in kinds().values():
        for column in kind.columns().columns:
            yield from (("column", text) for text in (column.label, column.says, column.denies))
    for path in (path for kind in kinds().values() for path in kind.starter()):
        file = load(path.read_bytes())
        written = (
            file.title, file.basis, file.source, file.justification, file.factors_for,
            file.factors_against,
        )  # fmt: skip
        yield from (("starter profile", text) for text in written)
    yield from (("country", country.english) for country in countries())


def module() -> str:
    """The module as the data have it."""
    found = dict.fromkeys((context, text) for context, text in texts() if text)
    lines = (
        f'    pgettext_lazy("{context}", {json.dumps(text, ensure_ascii=False)}),\n'
        for context, text in found
    )
    return f"{_HEAD}{''.join(lines)})\n"


def main() -> int:
    """Writes the module, or says that it is not current."""
    if "--check" in sys.argv[1:]:
        if MODULE.exists() and MODULE.read_text("utf-8") == module():
            return 0
        print(f"{MODULE.name} is not current: python scripts/data_texts.py", file=sys.stderr)
        return 1
    MODULE.write_text(module(), "utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
