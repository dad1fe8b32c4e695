"""French is complete: every sentence is translated, and what is compiled is what is written."""

from __future__ import annotations

import ast
import gettext
import re
from pathlib import Path

import vedette.web

FOLDER = Path(vedette.web.__file__).parent / "locale" / "fr" / "LC_MESSAGES"
_STRING = r'((?:"(?:[^"\\]|\\.)*"\s*)+)'
_ENTRY = re.compile(
    rf"(?:^msgctxt {_STRING})?^msgid {_STRING}(?:^msgid_plural {_STRING})?"
    rf"((?:^msgstr(?:\[\d\])? {_STRING})+)",
    re.MULTILINE,
)


def _text(quoted: str) -> str:
    return "".join(ast.literal_eval(part) for part in re.findall(r'"(?:[^"\\]|\\.)*"', quoted))


def _entries() -> list[tuple[str, str, list[str]]]:
    """(context, sentence, translations) of every entry but the header."""
    found = []
    for context, sentence, _, translations, _ in _ENTRY.findall(
        (FOLDER / "django.po").read_text("utf-8")
    ):
        texts = [
            _text(t) for t in re.split(r"^msgstr(?:\[\d\])? ", translations, flags=re.MULTILINE)[1:]
        ]
        if _text(sentence):
            found.append((_text(context), _text(sentence), texts))
    return found


def test_no_sentence_is_left_in_english() -> None:
    """An entry without translation would show English on a French page."""
    entries = _entries()
    assert len(entries) > 900
    assert [sentence for _, sentence, texts in entries if not all(texts)] == []


def test_what_is_compiled_is_what_is_written() -> None:
    """The compiled catalogue, which the setup of each script creates, contains what is written."""
    with (FOLDER / "django.mo").open("rb") as file:
        compiled = gettext.GNUTranslations(file)
    for context, sentence, texts in _entries():
        said = compiled.pgettext(context, sentence) if context else compiled.gettext(sentence)
        assert said in texts, sentence


def test_parameters_survive_translation() -> None:
    """A translation names the parameters of its sentence: a missing one loses a number, a new one breaks."""
    for _, sentence, texts in _entries():
        expected = set(re.findall(r"%\((\w+)\)", sentence))
        for text in texts[-1:]:
            assert set(re.findall(r"%\((\w+)\)", text)) == expected, sentence


def test_french_punctuation_does_not_break_off() -> None:
    """A sign with a space before it never starts a line: the space is one that does not break."""
    loose = [t for _, _, texts in _entries() for t in texts if re.search(r" [;?!:»]|« ", t)]
    assert loose == []


def test_the_pages_use_one_term_for_past_due() -> None:
    """The glossary has "past due"; "overdue" beside it would look like another state."""
    assert [sentence for _, sentence, _ in _entries() if "overdue" in sentence.lower()] == []
