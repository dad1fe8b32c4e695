"""Prepares an expression for pages. The result contains the expression in words, and its numbered lines with
the error highlighted.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from django.utils import timezone

from vedette.apps import rendering
from vedette.apps.profiles.models import CodeList, Version
from vedette.kinds import vocabulary
from vedette.profiles import words
from vedette.profiles.check import ExpressionError, error_text
from vedette.profiles.lint import Finding, finding_text, lint
from vedette.profiles.parse import parse
from vedette.profiles.tree import ListRef, Tree, lines_of, walk
from vedette.profiles.vocabulary import Type
from vedette.profiles.words import Reading

#: Matches texts in quotes and keywords of the language of profiles. Pages highlight the keywords that are not
#: in quotes.
_WORDS = re.compile(
    r"'(?:[^']|'')*'?|\b(AND|OR|NOT|IN|LIST|BETWEEN|LIKE|ILIKE|MATCHES|IS|MISSING|TRUE|FALSE|DATE|NULL)\b"
    r"|\b([A-Z][A-Z_]+)(?=\()"
)
#: The number of lines shown before and after an error.
_AROUND = 3


#: A part of a line: its text, and its kind (`word` for a keyword, `bad` for an error, or empty).
Piece = tuple[str, str]
#: A line of an expression: its number, and its parts.
Line = tuple[int, list[Piece]]


@dataclass(frozen=True)
class Said:
    """A parsed expression: its text, and either its tree or its error."""

    text: str
    tree: Tree | None = None
    error: ExpressionError | None = None
    findings: list[Finding] = field(default_factory=list)

    @property
    def problem(self) -> str:
        """Returns the text of the error in the expression, or an empty text if the expression has no
        error."""
        return rendering.say(error_text(self.error)) if self.error else ""

    @property
    def place(self) -> tuple[int, int]:
        """The line and the character of the error, counted from 1."""
        before = self.text[: self.error.start] if self.error else ""
        return before.count("\n") + 1, len(before) - (before.rfind("\n") + 1) + 1

    @property
    def reading(self) -> Reading | None:
        """Returns the expression in words, or None if the expression has an error."""
        return words.reading(self.tree) if self.tree is not None else None

    @property
    def lines(self) -> list[Line]:
        """The lines of the expression. An expression that is written in one line is shown in the standard
        format."""
        if self.error is not None:
            return _marked(self.text, self.error.start, self.error.end)
        if self.tree is not None and "\n" not in self.text.strip():
            return lines(lines_of(self.tree))
        return lines(self.text.strip())

    @property
    def told(self) -> list[tuple[str, str]]:
        """The severity and the text of each finding."""
        return [(one.severity, rendering.say(finding_text(one))) for one in self.findings]

    @property
    def grave(self) -> bool:
        """Returns whether an error prevents the submission of the version."""
        return self.error is not None or any(f.severity == "error" for f in self.findings)


def lists() -> dict[str, Type]:
    """Returns the code lists of the present organisation with their type, as the parser needs them."""
    return dict.fromkeys(CodeList.objects.order_by("name").values_list("name", flat=True), "text")


def said(
    kind: str,
    expression: str,
    parameters: Mapping[str, Any],
    justification: str = "",
    heard: bool = False,
    known: Mapping[str, Type] | None = None,
) -> Said:
    """Parses an expression that uses the columns of a kind of subject. The function never raises an exception
    for an invalid expression. The function does not import Polars, because the web process evaluates no
    expressions.

    If the caller has already read the code lists, `known` contains these code lists.
    """
    over = vocabulary(kind)
    try:
        tree = parse(expression, over, lists() if known is None else known, parameters)
    except ExpressionError as error:
        return Said(expression, error=error)
    return Said(
        expression,
        tree=tree,
        findings=lint(tree, over, bool(justification.strip()), heard, _lengths(tree)),
    )


def _lengths(tree: Tree) -> dict[str, int | None]:
    """Returns the number of codes of each code list that a tree names. The number is None for an expired
    list."""
    names = {node.name for node in walk(tree) if isinstance(node, ListRef)}
    today = timezone.now().date()
    return {
        one.name: None if one.until and one.until < today else len(one.codes)
        for one in (CodeList.objects.filter(name__in=names) if names else ())
    }


def of(version: Version, heard: bool = False) -> Said:
    """Returns the parsed expression of a version."""
    return said(
        version.profile.kind, version.expression, version.parameters, version.justification, heard
    )


def lines(text: str) -> list[Line]:
    """Returns the numbered lines of a text, with the keywords of the profile language highlighted."""
    return [(number, _pieces(line)) for number, line in enumerate(text.split("\n"), 1)]


def _pieces(text: str) -> list[Piece]:
    made: list[Piece] = []
    last = 0
    for found in _WORDS.finditer(text):
        if found[1] or found[2]:
            made += [(text[last : found.start()], ""), (found[0], "word")]
            last = found.end()
    made.append((text[last:], ""))
    return [piece for piece in made if piece[0]]


def _marked(text: str, start: int, end: int) -> list[Line]:
    """Returns the lines around an error, with the error highlighted. If the error is at the end of the text,
    an additional character is added at the end and highlighted.
    """
    if start >= len(text.rstrip()):
        start, text = len(text.rstrip()), text.rstrip() + " …"
        start, end = start + 1, start + 2
    # An error may cover a long text, of which only the beginning is marked.
    end = min(max(end, start + 1), start + 200)
    made, at = [], 0
    first = text.count("\n", 0, start) + 1
    last = text.count("\n", 0, end) + 1
    for number, line in enumerate(text.split("\n"), 1):
        if first - _AROUND <= number <= last + _AROUND:
            made.append((number, _split(line, start - at, end - at)))
        at += len(line) + 1
    return made


def _split(line: str, start: int, end: int) -> list[Piece]:
    """Splits a line into pieces, in which the part from `start` to `end` is marked as the error. At most 200
    characters before and after that part are kept.
    """
    start, end = max(start, 0), min(end, len(line))
    if start >= end:
        return [(line[:200], "")]
    before, after = line[max(start - 200, 0) : start], line[end : end + 200]
    return [piece for piece in ((before, ""), (line[start:end], "bad"), (after, "")) if piece[0]]
