"""What a profile must not do, and what its author should know: seen in the tree, without any data.

Restricted facts (nationality, sex, age, birthplace …) may be used only beside at least two other kinds
of fact that must hold and speak against somebody, with a written justification, and after the
data-protection officer was heard (Directive (EU) 2016/681, art. 6(4) and recital 7: criteria are
targeted, proportionate and specific, and do not rest on such a ground alone). Protected grounds cannot
be written at all: they have no column (`protected`).

Whether two profiles fall on the same people is a matter of counts, and stands with the backtest.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Literal

from vedette.records import Record
from vedette.screening import vocabulary
from vedette.screening.profiles import canonical
from vedette.screening.profiles.quantities import quoted
from vedette.screening.profiles.reasoning import (
    MAX_BRANCHES,
    Branch,
    branches,
    contradiction,
    never,
    single_holds,
)
from vedette.screening.profiles.sentences import label, subject
from vedette.screening.profiles.tree import (
    And,
    Call,
    Column,
    Compare,
    InList,
    Missing,
    Node,
    Not,
    Or,
    Scalar,
    Tree,
    children,
    columns,
    constant,
    normal,
    opposite,
    walk,
)
from vedette.screening.profiles.tree import Literal as Constant
from vedette.screening.vocabulary import GROUNDS, Vocabulary
from vedette.texts import Param, Text, gettext_lazy

Severity = Literal["error", "warning", "info"]

#: Kinds of fact that must stand beside a restricted one.
NEEDED_GROUNDS = 2

#: Id → severity and text.
_TEXTS: dict[str, tuple[Severity, Text]] = {
    "restricted_alone": (
        "error",
        gettext_lazy(
            "%(column)s is restricted: beside it at least %(needed)s other kinds of fact must"
            " hold that speak against the traveller; here there can be %(found)s (%(grounds)s)."
        ),
    ),
    "restricted_unjustified": (
        "error",
        gettext_lazy("%(column)s is restricted: say in writing why the profile needs it."),
    ),
    "restricted_unheard": (
        "error",
        gettext_lazy("%(column)s is restricted: the data-protection officer must be heard first."),
    ),
    "too_complex": (
        "error",
        gettext_lazy(
            "Restricted facts are used and there are more than %(limit)s ways to fulfil the"
            " profile: what must stand beside them cannot be checked; make it simpler."
        ),
    ),
    "negation_missing": (
        "warning",
        gettext_lazy(
            "%(column)s is often missing, and a negation over it does not hold then: nobody"
            " without it is picked. If that is not meant, use COALESCE or IS MISSING."
        ),
    ),
    "unknown_picks": (
        "info",
        gettext_lazy("Where %(column)s is not known, this holds (it counts as %(default)s)."),
    ),
    "never": ("error", gettext_lazy("The profile can never fire: %(text)s contradicts the rest.")),
    "always": (
        "error",
        gettext_lazy("The profile fires for everybody of whom the facts are known."),
    ),
    "dead_branch": (
        "warning",
        gettext_lazy("This can never be fulfilled together with what stands around it: %(text)s."),
    ),
    "list_over": (
        "warning",
        gettext_lazy(
            "The code list %(name)s is past its last day: whether somebody is on it is not known,"
            " and the condition does not hold, negated or not."
        ),
    ),
    "list_empty": (
        "warning",
        gettext_lazy(
            "The code list %(name)s is empty: the condition never holds, its negation always"
            " where the fact is known."
        ),
    ),
    "no_effect": (
        "warning",
        gettext_lazy("This always holds where the facts are known: %(text)s."),
    ),
}


class Finding(Record, frozen=True, kw_only=True):
    """Something lint found: which rule, how grave, where in the text (characters), with what."""

    id: str
    severity: Severity
    start: int
    end: int
    params: dict[str, Param]


def finding_text(finding: Finding) -> Text:
    """A finding in words."""
    return _TEXTS[finding.id][1].given(**finding.params)


def lint(
    tree: Tree,
    vocabulary: Vocabulary,
    justified: bool,
    dpo_heard: bool,
    lists: Mapping[str, int | None] | None = None,
) -> list[Finding]:
    """All findings about a tree over a vocabulary, the gravest first, then in the order of the text.

    What is restricted is as `vocabulary` has it, which may be newer than the tree. `justified`: the
    profile says in writing why it uses restricted facts; `dpo_heard`: the data-protection officer was
    heard on it. `lists`: how many codes are on each code list, None where it is past its last day.
    """
    restricted = frozenset(column.name for column in vocabulary.columns if column.restricted)
    found = list(_restricted(tree, restricted, justified, dpo_heard))
    found += _reach(tree)
    found += _negations(tree)
    found += _defaults(tree)
    found += _lists(tree, lists or {})
    grave: tuple[Severity, ...] = ("error", "warning", "info")
    return sorted(found, key=lambda one: (grave.index(one.severity), one.start, one.id))


def _finding(id: str, node: Node, **params: Param) -> Finding:
    return Finding(id=id, severity=_TEXTS[id][0], start=node.start, end=node.end, params=params)


def _name(column: vocabulary.Column) -> Text:
    return quoted(label(column))


def _restricted(
    tree: Tree, restricted: frozenset[str], justified: bool, dpo_heard: bool
) -> Iterator[Finding]:
    """Findings about restricted columns."""
    used = [column for column in columns(tree) if column.name in restricted]
    for column in used:
        node = _where(tree, column)
        if not justified:
            yield _finding("restricted_unjustified", node, column=_name(column))
        if not dpo_heard:
            yield _finding("restricted_unheard", node, column=_name(column))
    if not used:
        return
    ways = branches(_effective(normal(tree)))
    if ways is None:
        yield _finding("too_complex", tree, limit=str(MAX_BRANCHES))
        return
    for column in used:
        beside = [_grounds(way, restricted) for way in ways if column in _columns(way)]
        least = min(beside, key=len, default=frozenset(("", " ")))
        if len(least) < NEEDED_GROUNDS:
            grounds = tuple(GROUNDS.get(one, one) for one in sorted(least)) or "–"
            yield _finding(
                "restricted_alone", _where(tree, column), column=_name(column),
                needed=str(NEEDED_GROUNDS), found=str(len(least)), grounds=grounds,
            )  # fmt: skip


def _effective(node: Node) -> Node:
    """A tree in normal form without the parts of ANDs that always hold: they are no facts beside."""
    if not isinstance(node, And | Or):
        return node
    parts = node.parts
    if isinstance(node, And):
        parts = tuple(part for part in parts if not never(opposite(part)))
    if not parts:
        return Constant(True)
    kind = And if isinstance(node, And) else Or
    return kind(tuple(_effective(part) for part in parts), start=node.start, end=node.end)


def _where(tree: Tree, column: vocabulary.Column) -> Node:
    return next(node for node in walk(tree) if isinstance(node, Column) and node.about == column)


def _columns(way: Branch) -> set[vocabulary.Column]:
    return {column for node in way for column in columns(node)}


def _grounds(way: Branch, restricted: frozenset[str]) -> frozenset[str]:
    """Kinds of fact that speak against somebody in one way of fulfilling a profile.

    Not counted: what is negated or only asks whether something is known, and what serves a traveller;
    such conditions narrow a profile hardly, and would let a restricted fact stand nearly alone. Nor
    what holds whatever its value is, nor what says nearly the same as a restricted fact.
    """
    counted: set[str] = set()
    for node in way:
        of = columns(node)
        spared = isinstance(node, Not | Missing) or (
            isinstance(node, Compare) and node.operator == "<>"
        )
        if spared or any(column.name in restricted for column in of) or single_holds(node):
            continue
        counted |= {column.ground for column in of if column.serves != "for" and not column.proxy}
    return frozenset(counted)


def _reach(tree: Tree) -> Iterator[Finding]:
    """Profiles, and parts of them, that fire never or always."""
    if clashes := never(tree):
        yield _finding("never", clashes[0], text=canonical.text(clashes[0]))
        return
    if never(opposite(tree)):
        yield _finding("always", tree)
        return
    ways = branches(tree) or []
    told: set[tuple[int, int]] = set()
    for way in ways:
        clash = contradiction(way)
        if clash is not None and (clash.start, clash.end) not in told:
            told.add((clash.start, clash.end))
            yield _finding("dead_branch", clash, text=canonical.text(clash))
    for part in _parts(normal(tree)):
        if never(opposite(part)):
            yield _finding("no_effect", part, text=canonical.text(part))


def _parts(node: Node) -> Iterator[Node]:
    """The parts of ANDs, at whatever depth: those of which each narrows the profile, or should."""
    if isinstance(node, And | Or):
        for part in node.parts:
            if isinstance(node, And):
                yield part
            yield from _parts(part)


def _negations(tree: Tree) -> Iterator[Finding]:
    """Negations over columns that are often missing."""
    told: set[str] = set()
    for single in _singles(normal(tree)):
        inner = single.of if isinstance(single, Not) else single
        unlike = isinstance(single, Compare) and single.operator == "<>"
        if not (isinstance(single, Not) or unlike) or isinstance(inner, Missing):
            continue
        for column in _bare_columns(inner):
            if column.often_missing and column.name not in told:
                told.add(column.name)
                yield _finding("negation_missing", single, column=_name(column))


def _singles(node: Node) -> Iterator[Node]:
    if isinstance(node, And | Or):
        for part in node.parts:
            yield from _singles(part)
    else:
        yield node


def _bare_columns(node: Node) -> Iterator[vocabulary.Column]:
    """Columns that nothing stands in for where they are missing."""
    if isinstance(node, Column):
        yield node.about
        return
    if (
        isinstance(node, Call)
        and node.name == "COALESCE"
        and constant(node.arguments[-1]) is not None
    ):
        return
    for child in children(node):
        yield from _bare_columns(child)


def _lists(tree: Tree, lists: Mapping[str, int | None]) -> Iterator[Finding]:
    """Code lists on which nobody is found."""
    for node in walk(tree):
        if isinstance(node, InList) and not lists.get(node.list.name, 1):
            id = "list_over" if lists[node.list.name] is None else "list_empty"
            yield _finding(id, node, name=node.list.name)


def _defaults(tree: Tree) -> Iterator[Finding]:
    """Conditions that hold where nothing is known, by the default they give."""
    for single in _singles(normal(tree)):
        inner = single.of if isinstance(single, Not) else single
        of = inner.left if isinstance(inner, Compare) else inner
        about, default = subject(of)
        if about is None or default is None:
            continue
        if _holds_of(single, default):
            shown = canonical.constant_text(default)
            yield _finding("unknown_picks", single, column=_name(about), default=shown)


def _holds_of(single: Node, default: Scalar) -> bool:
    """Whether a condition holds where its value is the default."""
    inner = single.of if isinstance(single, Not) else single
    if isinstance(inner, Compare):
        asked: Node = Compare(inner.operator, Constant(default), inner.right)
        asked = opposite(asked) if isinstance(single, Not) else asked
        return constant(inner.right) is not None and contradiction((asked,)) is None
    return isinstance(default, bool) and default is not isinstance(single, Not)
