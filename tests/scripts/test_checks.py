"""The checks of `scripts/check` that are our own: translations and the tree."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from scripts import check_translations, check_tree

HEADER = 'msgid ""\nmsgstr ""\n"Content-Type: text/plain; charset=UTF-8\\n"\n\n'


def _problems(folder: Path, po: str) -> list[str | None]:
    file = folder / "django.po"
    file.write_text(HEADER + po, "utf-8")
    return [check_translations.check_text(text) for text in check_translations.read_po(file)]


@pytest.mark.parametrize(
    ("po", "problem"),
    [
        ('msgid "Queue"\nmsgstr "File"\n', None),
        ('msgid "Queue"\nmsgstr ""\n', "not translated"),
        ('#, fuzzy\nmsgid "Queue"\nmsgstr "Fil"\n', "fuzzy"),
        ('msgid ""\n"Que"\n"ue"\nmsgstr ""\n"Fi"\n"le"\n', None),
        ('msgid "%(n)s hits"\nmsgstr "concordances"\n', "a placeholder is missing"),
        (
            'msgid "hits"\nmsgstr "%(n)s"\n',
            "a placeholder that the source does not have",
        ),
        (
            'msgid "%(n)s hit"\nmsgid_plural "%(n)s hits"\n'
            'msgstr[0] "une concordance"\nmsgstr[1] "%(n)s concordances"\n',
            None,
        ),
        (
            'msgid "a"\nmsgid_plural "b"\nmsgstr[0] "x"\nmsgstr[1] ""\n',
            "not translated",
        ),
    ],
)
def test_translation(tmp_path: Path, po: str, problem: str | None) -> None:
    """Untranslated, fuzzy, or with other placeholders than the source: a page would show it."""
    assert _problems(tmp_path, po) == [problem]


def test_retired_texts_do_not_count(tmp_path: Path) -> None:
    """gettext keeps what is no longer used behind `#~`."""
    assert _problems(tmp_path, '#~ msgid "old"\n#~ msgstr ""\n') == []


@pytest.mark.parametrize(
    ("content", "found"),
    [
        ("x = 1\n", 0),
        ("see /ro" "ot/x/y\n", 1),
        ("https://example.org/wo" "rk/x and docs/wo" "rk/x\n", 0),
        ("-----BEGIN RSA PRIV" "ATE KEY-----\n", 1),
    ],
)  # fmt: skip
def test_tree(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, content: str, found: int) -> None:
    """Paths of one machine and secrets are named; ordinary text is not."""
    monkeypatch.setattr(check_tree, "ROOT", tmp_path)
    subprocess.run(["git", "init", "-q", tmp_path], check=True)
    (tmp_path / "a.py").write_text(content)
    problems = [p for path in check_tree.tracked() for p in check_tree.problems(path)]
    assert len(problems) == found


@pytest.mark.parametrize(
    ("folder", "modules", "told"),
    [
        ("src/vedette", 6, ""),
        ("src/vedette", 7, "7 modules, more than 6: move some"),
        ("src/vedette/core", 25, ""),
        ("src/vedette/core", 26, "26 modules, more than 25: join those"),
        ("src/vedette/apps/hits/migrations", 1, ""),
        ("src/vedette/apps/hits/migrations", 2, "2 migrations; until the first release"),
    ],
)
def test_modules_of_a_folder(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, folder: str, modules: int, told: str
) -> None:
    """A folder with too many modules or migrations is named with what to do; `__init__.py` is not counted."""
    monkeypatch.setattr(check_tree, "ROOT", tmp_path)
    paths = [tmp_path / folder / f"{name}.py" for name in ("__init__", *range(modules))]
    found = check_tree.layout(paths)
    assert found == [] if not told else f"{folder}: {told}" in found[0]
