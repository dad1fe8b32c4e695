"""What is wrong with an expression, and what a lawyer should know of it.

The web process reads expressions and shows them; it judges nobody, so Polars is not loaded here.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.utils import timezone

from vedette.apps.profiles.models import CodeList, Version
from vedette.screening.profiles.lint import Finding, lint
from vedette.screening.profiles.messages import ExpressionError
from vedette.screening.profiles.parse import parse
from vedette.screening.profiles.tree import ListRef, Tree, walk
from vedette.screening.vocabulary import Type, vocabulary

__all__ = ["Finding", "findings", "findings_of", "lists", "problem", "read"]


def lists() -> dict[str, Type]:
    """The code lists of the organisation in scope, as expressions may name them; they hold texts."""
    return dict.fromkeys(CodeList.objects.order_by("name").values_list("name", flat=True), "text")


def read(
    kind: str,
    expression: str,
    parameters: Mapping[str, Any],
    known: Mapping[str, Type] | None = None,
) -> Tree:
    """The tree of an expression over the vocabulary of a kind of subject. Raises `ExpressionError`.

    `known`: the code lists, where the caller has them already.
    """
    return parse(expression, vocabulary(kind), lists() if known is None else known, parameters)


def problem(version: Version) -> ExpressionError | None:
    """Why the expression of a version does not read; None where it does."""
    try:
        read(version.profile.kind, version.expression, version.parameters)
    except ExpressionError as error:
        return error
    return None


def findings_of(kind: str, tree: Tree, justification: str, heard: bool) -> list[Finding]:
    """What is to be said of a tree, the gravest first."""
    return lint(tree, vocabulary(kind), bool(justification.strip()), heard, _lengths(tree))


def _lengths(tree: Tree) -> dict[str, int | None]:
    """How many codes are on each list that a tree names; None of one past its last day."""
    names = {node.name for node in walk(tree) if isinstance(node, ListRef)}
    today = timezone.now().date()
    return {
        one.name: None if one.until and one.until < today else len(one.codes)
        for one in (CodeList.objects.filter(name__in=names) if names else ())
    }


def findings(version: Version, heard: bool) -> list[Finding]:
    """What is to be said of a version, the gravest first. An expression that does not read is one
    finding, an error."""
    try:
        tree = read(version.profile.kind, version.expression, version.parameters)
    except ExpressionError as error:
        return [unreadable(error)]
    return findings_of(version.profile.kind, tree, version.justification, heard)


def unreadable(error: ExpressionError) -> Finding:
    """An error of reading as a finding; `problem` has its words."""
    return Finding(id="unreadable", severity="error", start=error.start, end=error.end, params={})
