"""Checks that every language is complete: every text of the pages is in the catalogue, translated and
compiled.

The source is in English; the French catalogue is in `src/vedette/web/locale/fr`. Some languages exist for a
part of the pages only (`PARTS`), and their catalogues contain the texts of this part. The check for texts
that are missing from the catalogue needs GNU gettext. The other checks need only Python.
"""

from __future__ import annotations

import ast
import gettext
import os
import re
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
SOURCE = ROOT / "src" / "vedette"
LOCALE = SOURCE / "web" / "locale"

#: Language of a catalogue that contains only a part of the texts → the folders of `SOURCE` whose texts it
#: contains. The public cash form and the receipt for detained cash exist in four languages.
PARTS: dict[str, tuple[str, ...]] = {
    "ar": ("cash/public", "cash/receipt"),
    "es": ("cash/public", "cash/receipt"),
}

_FIELD = re.compile(r'(msgctxt|msgid|msgid_plural|msgstr)(?:\[(\d+)\])? (".*")$')
_PLACEHOLDER = re.compile(r"%\(\w+\)[sd]|%[sd]|\{\w*\}")


@dataclass
class Text:
    """One entry of a catalogue."""

    line: int
    fuzzy: bool = False
    fields: dict[str, str] = field(default_factory=dict)

    @property
    def key(self) -> str:
        """The key in a compiled catalogue: context, EOT, text."""
        context = self.fields.get("msgctxt")
        text = self.fields.get("msgid", "")
        return text if context is None else f"{context}\x04{text}"

    @property
    def translations(self) -> list[str]:
        """The translation, or one translation for each plural form."""
        return [value for name, value in self.fields.items() if name.startswith("msgstr")]


def read_po(path: Path) -> Iterator[Text]:
    """Returns the entries of a .po file in order, without the header and obsolete entries (`#~`)."""
    text = Text(1)
    name = ""
    lines = [*path.read_text("utf-8").splitlines(), ""]
    for number, line in enumerate(lines, 1):
        match = _FIELD.match(line)
        if line.startswith("#,") and "fuzzy" in line:
            text.fuzzy = True
        elif match:
            if not text.fields:
                text.line = number
            name = match[1] if match[2] is None else f"{match[1]}[{match[2]}]"
            text.fields[name] = ast.literal_eval(match[3])
        elif line.startswith('"'):
            text.fields[name] += ast.literal_eval(line)
        elif not line.strip():
            if text.fields.get("msgid"):
                yield text
            text = Text(number)


def check_text(text: Text) -> str | None:
    """Returns the problem of one translation, or `None`."""
    source = text.fields["msgid"]
    if text.fuzzy:
        return "fuzzy"
    if not text.translations or not all(text.translations):
        return "not translated"
    wanted = set(_PLACEHOLDER.findall(source))
    wanted |= set(_PLACEHOLDER.findall(text.fields.get("msgid_plural", "")))
    for translation in text.translations:
        if set(_PLACEHOLDER.findall(translation)) - wanted:
            return "a placeholder that the source does not have"
    if (
        "msgid_plural" not in text.fields
        and set(_PLACEHOLDER.findall(text.translations[0])) != wanted
    ):
        return "a placeholder is missing"
    return None


def check_catalogue(path: Path) -> list[str]:
    """Returns the problems of one .po file and of the .mo file in the same folder."""
    where = path.relative_to(ROOT)
    texts = list(read_po(path))
    found = [
        f"{where}:{text.line}: {problem}: {text.fields['msgid'][:60]!r}"
        for text in texts
        if (problem := check_text(text))
    ]
    compiled = path.with_suffix(".mo")
    if not compiled.exists():
        return [*found, f"{where}: not compiled (scripts/catalogues.py)"]
    with compiled.open("rb") as file:
        catalogue: dict[object, str] = gettext.GNUTranslations(file)._catalog  # type: ignore[attr-defined]
    has = {(k[0] if isinstance(k, tuple) else k): None for k in catalogue if k != ""}
    stale = set(has) != {text.key for text in texts if not text.fuzzy} or any(
        catalogue.get(text.key) != text.translations[0]
        for text in texts
        if "msgid_plural" not in text.fields and not text.fuzzy
    )
    if stale:
        found.append(f"{where}: the .mo beside it is stale (scripts/catalogues.py)")
    return found


def check_sources(path: Path) -> list[str]:
    """Returns the texts that are missing from the catalogue, and those that no source uses. makemessages runs
    on a copy of the folders whose texts the catalogue contains."""
    known = {text.key for text in read_po(path)}
    language = path.parts[-3]
    with tempfile.TemporaryDirectory() as folder:
        copy = Path(folder) / "vedette"
        for part in PARTS.get(language, (".",)):
            ignored = shutil.ignore_patterns("__pycache__", "*.mo", "*.csv")
            shutil.copytree(SOURCE / part, copy / part, ignore=ignored)
        command = [sys.executable, "-m", "django", "makemessages", "-l", language]
        environment = {**os.environ, "DJANGO_SETTINGS_MODULE": "", "PYTHONPATH": ""}
        environment.pop("DJANGO_SETTINGS_MODULE")
        (copy / "locale").mkdir(exist_ok=True)
        shutil.rmtree(copy / "web" / "locale", ignore_errors=True)
        done = subprocess.run(command, cwd=copy, env=environment, capture_output=True, text=True)
        if done.returncode != 0:
            return [f"makemessages failed: {done.stderr.strip()[-400:]}"]
        made = copy / "locale" / language / "LC_MESSAGES" / path.name
        wanted = {text.key for text in read_po(made)} if made.exists() else set()
    where = path.relative_to(ROOT)
    lacking = [f"{where}: lacks {text[:70]!r}" for text in sorted(wanted - known)]
    return lacking + [f"{where}: nothing uses {text[:70]!r}" for text in sorted(known - wanted)]


def main() -> int:
    """Prints every problem. Returns 1 if there is one."""
    catalogues = sorted(LOCALE.glob("*/LC_MESSAGES/*.po"))
    found = [] if catalogues else [f"no catalogue below {LOCALE.relative_to(ROOT)}"]
    for path in catalogues:
        found += check_catalogue(path)
        if shutil.which("xgettext"):
            found += check_sources(path)
        else:
            print("no GNU gettext: whether texts are missing is not checked", file=sys.stderr)
    print(*found, sep="\n", end="\n" if found else "")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
