"""Writes the English texts of data as Python modules, so that makemessages finds them.

    python -m scripts.data_texts [--check]

`web/data_texts.py` contains the names of countries and of list formats, and the texts of API operations. The
module `data_texts.py` in the app of each kind contains the texts of its columns, starter profiles and
operations. With `--check`, nothing is written, and the exit status is 1 if a module does not contain the
current texts.
"""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Iterable, Iterator
from importlib import resources
from pathlib import Path

import django

from vedette.core.codes import countries
from vedette.core.kind import Kind
from vedette.formats.lists import LISTS
from vedette.kinds import kinds
from vedette.profiles.files import load

_HEAD = '''"""Texts of data files, for makemessages alone. Written by scripts/data_texts.py."""
{noqa}# fmt: off

from __future__ import annotations

from django.utils.translation import pgettext_lazy

TEXTS = (
'''


def of_kind(kind: Kind) -> Iterator[tuple[str, str]]:
    """Yields context and text of the columns and the starter profiles of a kind."""
    for column in kind.columns().columns:
        yield from (("column", text) for text in (column.label, column.says, column.denies))
    for path in kind.starter():
        file = load(path.read_bytes())
        written = (
            file.title, file.basis, file.source, file.justification, file.factors_for,
            file.factors_against,
        )  # fmt: skip
        yield from (("starter profile", text) for text in written)


def of_api() -> Iterator[tuple[str, str, str]]:
    """The package of each operation of the API (that of a kind, or `vedette.web`), context and text."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "vedette.web.settings")
    django.setup()
    from vedette.apps.subjects.kinds import kind_api
    from vedette.web.api import operations

    own = {
        f"/api{prefix}": kind.app
        for name, kind in kinds().items()
        for prefix, _ in kind_api(name).routers
    }
    for one in operations():
        package = next(
            (app for path, app in own.items() if one["path"].startswith(path)), "vedette.web"
        )
        yield from ((package, "api", one[part]) for part in ("summary", "description"))


def modules() -> dict[Path, str]:
    """Returns each module with its current content."""
    found: dict[str, list[tuple[str, str]]] = {
        "vedette.web": [("country", country.english) for country in countries()]
        + [("list format", one.title) for one in LISTS.values()]
        + [
            ("list format", title)
            for kind in kinds().values()
            if kind.control_formats is not None
            for title, _ in kind.control_formats.formats.values()
        ]
    }
    found |= {kind.app: list(of_kind(kind)) for kind in kinds().values()}
    for package, context, text in of_api():
        found[package].append((context, text))
    return {
        Path(str(resources.files(package))) / "data_texts.py": module(texts)
        for package, texts in found.items()
    }


def module(texts: Iterable[tuple[str, str]]) -> str:
    """Returns the content of a module."""
    lines = [
        f'    pgettext_lazy("{context}", {json.dumps(text, ensure_ascii=False)}),\n'
        for context, text in dict.fromkeys(texts)
        if text
    ]
    # ruff reports a `noqa` that is not needed.
    noqa = "# ruff: noqa: E501\n" if any(len(line) > 111 for line in lines) else ""
    return f"{_HEAD.format(noqa=noqa)}{''.join(lines)})\n"


def main() -> int:
    """Writes the modules, or reports those that are not current."""
    stale = {
        path: text
        for path, text in modules().items()
        if not path.exists() or path.read_text("utf-8") != text
    }
    if "--check" not in sys.argv[1:]:
        for path, text in stale.items():
            path.write_text(text, "utf-8")
        return 0
    for path in stale:
        print(f"{path} is not current: python -m scripts.data_texts", file=sys.stderr)
    return 1 if stale else 0


if __name__ == "__main__":
    sys.exit(main())
