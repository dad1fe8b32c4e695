"""The starter profiles for cash: every file reads and passes lint, and every column that they use exists."""

from __future__ import annotations

from vedette.cash import columns
from vedette.cash.starter import WATCHED, paths, starter
from vedette.core.texts import render
from vedette.profiles.files import PLACEHOLDER
from vedette.profiles.lint import finding_text, lint


def test_a_file_is_complete_and_passes_lint() -> None:
    vocabulary = columns.vocabulary()
    assert [file.id for file in starter()] == [path.stem for path in paths()]
    for file in starter():
        assert file.example
        assert (file.kind, file.theme, file.purpose) == ("cash", "cash", "border")
        assert file.basis == PLACEHOLDER
        assert 0 < len(file.source) <= 300
        assert file.factors_for
        assert file.factors_against
        assert set(file.lists) <= {WATCHED}
        tree = file.parsed(vocabulary)
        found = lint(tree, vocabulary, justified=False, dpo_heard=True)
        assert [render(finding_text(f)) for f in found if f.severity != "info"] == [], file.id
