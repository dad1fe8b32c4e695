"""Draws sentences from docs, docstrings and both catalogues, for readers who judge the language.

Usage: `python -m scripts.sentences [N] [SEED]` draws N sentences (default 200). The default of the seed is
the hash of the commit. Each line of the output contains number, place and sentence.
"""

from __future__ import annotations

import ast
import random
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

from scripts.check_translations import LOCALE, read_po

ROOT = Path(__file__).resolve().parent.parent
#: End of a sentence: a full stop, question or exclamation mark before a space and a capital letter.
_END = re.compile(r"(?<=[.!?…])\s+(?=[A-ZÀ-Ý«`\"(0-9]|\*[A-ZÀ-Ý])")
_LEAST = 20


def main(arguments: list[str]) -> int:
    """Prints the drawn sentences. Always returns 0."""
    count = int(arguments[0]) if arguments else 200
    seed = arguments[1] if len(arguments) > 1 else _commit()
    found = sorted({*_docs(), *_docstrings(), *_catalogues()})
    drawn = random.Random(seed).sample(found, min(count, len(found)))  # noqa: S311  repeatable
    print(f"# {len(drawn)} of {len(found)} sentences, seed {seed}")
    for number, (where, sentence) in enumerate(drawn, 1):
        print(f"{number}\t{where}\t{sentence}")
    return 0


def _commit() -> str:
    done = subprocess.run(
        ["git", "rev-parse", "HEAD"], cwd=ROOT, capture_output=True, text=True, check=True
    )
    return done.stdout.strip()


def _sentences(where: str, text: str) -> Iterator[tuple[str, str]]:
    for paragraph in re.split(r"\n\s*\n|\n(?=\s*(?:[-*] |#+ |\||>))", text):
        flat = " ".join(paragraph.split()).replace("**", "").lstrip("#-> ")
        flat = flat.removeprefix("* ")
        if not flat or flat.startswith("|"):
            continue
        yield from ((where, one) for one in _END.split(flat) if len(one) >= _LEAST)


def _docs() -> Iterator[tuple[str, str]]:
    for path in sorted([*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md")]):
        prose = re.sub(r"```.*?```|<!--.*?-->", "", path.read_text("utf-8"), flags=re.DOTALL)
        yield from _sentences(str(path.relative_to(ROOT)), prose)


def _docstrings() -> Iterator[tuple[str, str]]:
    kinds = (ast.Module, ast.ClassDef, ast.FunctionDef, ast.AsyncFunctionDef)
    for path in sorted((ROOT / "src").rglob("*.py")):
        if "migrations" in path.parts:
            continue
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            if isinstance(node, kinds) and (text := ast.get_docstring(node)):
                yield from _sentences(str(path.relative_to(ROOT)), text)


def _catalogues() -> Iterator[tuple[str, str]]:
    for path in sorted(LOCALE.glob("*/LC_MESSAGES/*.po")):
        for text in read_po(path):
            for name, value in text.fields.items():
                language = "en" if name.startswith("msgid") else path.parts[-3]
                if name != "msgctxt":
                    yield from _sentences(f"catalogue:{language}", value)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
