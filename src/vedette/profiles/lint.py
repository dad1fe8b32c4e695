"""Finds errors in a profile, and conditions that need a warning. The module examines only the tree of the
expression, not the data of subjects.

Restricted facts (nationality, sex, age, birthplace …) may be used only under three conditions. The first
condition for restricted facts is that the profile also requires at least two other kinds of fact against a
person. The second condition for restricted facts is a written justification. The third condition for
restricted facts is an opinion of the data-protection officer. Source: article 6(4) and recital 7 of Directive
(EU) 2016/681. Article 6(4) and recital 7 require criteria that are targeted, proportionate and specific, and
not based on a restricted fact alone. Protected grounds cannot occur in an expression, because they have no
column (`check`).

This module does not compare the people whom two profiles match, because this comparison needs the
counts of a backtest.

To find contradictions, the module collects the conditions that must all be true. The module then computes
which values of each column or formula the conditions allow. The allowed values are described by an interval,
the required and the excluded values, and by whether the value must be known. For a column, the module also
uses the limits in the vocabulary. Some contradictions, such as a detour ratio below 1, cannot be found by
this method and are not reported.
"""

from __future__ import annotations

import datetime as dt
import math
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from itertools import islice, product
from typing import Literal, TypeAlias

from vedette.core.records import Record
from vedette.core.texts import Param, Text, gettext_lazy
from vedette.profiles import vocabulary
from vedette.profiles.tree import (
    OPPOSITE,
    And,
    Call,
    Column,
    Compare,
    Constant,
    ListRef,
    Node,
    Not,
    Operator,
    Or,
    Scalar,
    Tree,
    bare,
    children,
    columns,
    constant,
    constants,
    normal,
    opposite,
    singles,
    text_of,
    text_of_value,
    type_of,
    unnegated,
    walk,
)
from vedette.profiles.vocabulary import GROUNDS, Vocabulary
from vedette.profiles.words import label, quoted, subject

Severity = Literal["error", "warning", "info"]

#: The smallest number of other kinds of fact that must be used together with a restricted fact.
NEEDED_GROUNDS = 2

#: Id of a finding → its severity and its text.
_TEXTS: dict[str, tuple[Severity, Text]] = {
    "restricted_alone": (
        "error",
        gettext_lazy(
            "The use of %(column)s is restricted. The profile must also require at least"
            " %(needed)s other kinds of fact that indicate an offence. The profile can now flag a"
            " case with only %(found)s (%(grounds)s)."
        ),
    ),
    "restricted_unjustified": (
        "error",
        gettext_lazy("The use of %(column)s is restricted. Give a written justification."),
    ),
    "restricted_unheard": (
        "error",
        gettext_lazy(
            "The use of %(column)s is restricted. The data-protection officer must give an opinion"
            " first."
        ),
    ),
    "links_alone": (
        "error",
        gettext_lazy(
            "A hit must not be based only on a link to a known case. This profile "
            "can raise a hit "
            "only because of %(column)s. Add a condition about the subject itself."
        ),
    ),
    "links_tangled": (
        "error",
        gettext_lazy(
            "The profile cannot be checked: it must be certain that a link to a known case is "
            "not enough for a hit, but the conditions can be met in more than %(limit)s ways. "
            "Simplify the profile."
        ),
    ),
    "too_complex": (
        "error",
        gettext_lazy(
            "The profile uses facts whose use is restricted. The conditions of the profile can be"
            " met in too many ways (more than %(limit)s) to check the other required facts."
            " Simplify the profile."
        ),
    ),
    "negation_missing": (
        "warning",
        gettext_lazy(
            "%(column)s is often missing. A condition with NOT does not flag records without this"
            " value. To flag these records too, use COALESCE or IS MISSING."
        ),
    ),
    "unknown_picks": (
        "info",
        gettext_lazy("If %(column)s is unknown, this condition is met (value used: %(default)s)."),
    ),
    "never": (
        "error",
        gettext_lazy(
            "The profile can never flag anything: %(text)s contradicts the other conditions."
        ),
    ),
    "always": (
        "error",
        gettext_lazy("The profile flags every record whose facts are known."),
    ),
    "dead_branch": (
        "warning",
        gettext_lazy("This condition contradicts the other conditions of its group: %(text)s."),
    ),
    "list_over": (
        "warning",
        gettext_lazy(
            "The code list %(name)s has expired. A condition on this list is never met, with or"
            " without NOT."
        ),
    ),
    "list_empty": (
        "warning",
        gettext_lazy(
            "The code list %(name)s is empty. The condition is never met. With NOT, the condition"
            " is always met if the fact is known."
        ),
    ),
    "no_effect": (
        "warning",
        gettext_lazy("This condition is always met if the facts are known: %(text)s."),
    ),
}


class Finding(Record, frozen=True, kw_only=True):
    """An error or a warning about a profile: the violated rule, the severity, the position in the expression,
    and the parameters of the text.
    """

    id: str
    severity: Severity
    start: int
    end: int
    params: dict[str, Param]


def finding_text(finding: Finding) -> Text:
    """Returns the text of a finding."""
    return _TEXTS[finding.id][1].given(**finding.params)


def lint(
    tree: Tree,
    vocabulary: Vocabulary,
    justified: bool,
    dpo_heard: bool,
    lists: Mapping[str, int | None] | None = None,
) -> list[Finding]:
    """Returns all findings about a tree, sorted by severity (most severe first) and then by
    position in the text.

    `vocabulary` determines which columns are restricted. The vocabulary may be a later version than the
    vocabulary with which the tree was parsed. `justified` is true if the profile has a written justification
    for restricted facts. `dpo_heard` is true if the data-protection officer gave an opinion. `lists` contains
    the number of codes on each code list. The number is None if the code list has expired.
    """
    restricted = frozenset(column.name for column in vocabulary.columns if column.restricted)
    found = [
        *_restricted(tree, restricted, justified, dpo_heard),
        *_links_alone(tree),
        *_reach(tree),
        *_conditions(tree),
        *_lists(tree, lists or {}),
    ]
    grave: tuple[Severity, ...] = ("error", "warning", "info")
    return sorted(found, key=lambda one: (grave.index(one.severity), one.start, one.id))


def _finding(id: str, node: Node, **params: Param) -> Finding:
    return Finding(id=id, severity=_TEXTS[id][0], start=node.start, end=node.end, params=params)


def _name(column: vocabulary.Column) -> Text:
    return quoted(label(column))


def _restricted(
    tree: Tree, restricted: frozenset[str], justified: bool, dpo_heard: bool
) -> Iterator[Finding]:
    """Finds violations of the rules for restricted columns."""
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
        beside = [
            _grounds(way, restricted)
            for way in ways
            if any(column in columns(node) for node in way)
        ]
        least = min(beside, key=len, default=frozenset(("", " ")))
        if len(least) < NEEDED_GROUNDS:
            grounds = tuple(GROUNDS.get(one, one) for one in sorted(least)) or "–"
            yield _finding(
                "restricted_alone", _where(tree, column), column=_name(column),
                needed=str(NEEDED_GROUNDS), found=str(len(least)), grounds=grounds,
            )  # fmt: skip


def _links_alone(tree: Tree) -> Iterator[Finding]:
    """Finds profiles that can match a subject only because of its links to known cases. A condition that is
    always true, or that only requires a value to be missing, is not counted as a fact about the subject
    itself."""
    used = [column for column in columns(tree) if column.link]
    if not used:
        return
    ways = branches(_effective(normal(tree)))
    if ways is None:
        yield _finding("links_tangled", tree, limit=str(MAX_BRANCHES))
        return
    for way in ways:
        about = [column for node in way for column in columns(node)]
        beside = any(
            any(not column.link for column in columns(node))
            and not _compares_by(node, "is missing")
            and contradiction((normal(node, negated=True),)) is None
            for node in way
        )
        if not beside and (links := [column for column in about if column.link]):
            node = _where(tree, links[0])
            yield _finding("links_alone", node, column=_name(links[0]))
            return


def _effective(node: Node) -> Node:
    """Returns a tree in normal form, without the parts of an AND that are always true. A part that is always
    true does not count as a second fact in addition to a restricted fact.
    """
    if not isinstance(node, And | Or):
        return node
    parts = node.parts
    if isinstance(node, And):
        parts = tuple(part for part in parts if not never(opposite(part)))
    if not parts:
        return Constant(True)
    return type(node)(tuple(map(_effective, parts)), start=node.start, end=node.end)


def _where(tree: Tree, column: vocabulary.Column) -> Node:
    return next(node for node in walk(tree) if isinstance(node, Column) and node.about == column)


def _grounds(way: Branch, restricted: frozenset[str]) -> frozenset[str]:
    """Returns the kinds of fact against a person in one set of conditions that makes a profile match.

    Negated conditions, conditions on missing values, and facts in favour of a person do not count. A
    condition is not counted if it excludes so few people that the profile would still depend almost only on
    the restricted fact. Conditions that are true for any value do not count either. A condition is also not
    counted if its fact is strongly correlated with a restricted fact.
    """
    counted: set[str] = set()
    for node in way:
        of = columns(node)
        spared = isinstance(node, Not) or _compares_by(node, "is missing", "<>")
        always = contradiction((normal(node, negated=True),)) is not None
        if spared or any(column.name in restricted for column in of) or always:
            continue
        counted |= {column.ground for column in of if column.serves != "for" and not column.proxy}
    return frozenset(counted)


@lru_cache(maxsize=256)
def _reach(tree: Tree) -> tuple[Finding, ...]:
    """Finds profiles, and parts of profiles, that are never true or always true. The same profile is examined
    when it is drafted, submitted, approved and shown; an examination takes some 30 ms."""
    return tuple(_reached(tree))


def _reached(tree: Tree) -> Iterator[Finding]:
    if contradicted := never(tree):
        yield _finding("never", contradicted[0], text=text_of(contradicted[0]))
        return
    if never(opposite(tree)):
        yield _finding("always", tree)
        return
    clashes = map(contradiction, branches(tree) or ())
    for clash in {(clash.start, clash.end): clash for clash in clashes if clash}.values():
        yield _finding("dead_branch", clash, text=text_of(clash))
    for part in _parts(normal(tree)):
        if never(opposite(part)):
            yield _finding("no_effect", part, text=text_of(part))


def _parts(node: Node) -> Iterator[Node]:
    """Returns the parts of all ANDs at any depth. Each part of an AND should reduce the number of people who
    match the profile.
    """
    if isinstance(node, And | Or):
        for part in node.parts:
            if isinstance(node, And):
                yield part
            yield from _parts(part)


def _conditions(tree: Tree) -> Iterator[Finding]:
    """Finds negated conditions on columns whose values are often missing. Also finds conditions that are true
    for a missing value because a default replaces the missing value."""
    told: set[str] = set()
    for single in singles(normal(tree)):
        inner = unnegated(single)
        negated = isinstance(single, Not) or _compares_by(single, "<>")
        for column in _bare_columns(inner) if negated else ():
            often = column.often_missing and not _compares_by(inner, "is missing")
            if often and column.name not in told:
                told.add(column.name)
                yield _finding("negation_missing", single, column=_name(column))
        of = inner.of if isinstance(inner, Compare) and inner.operator in OPPOSITE else inner
        about, default = subject(of)
        if about is not None and default is not None and _holds_of(single, default):
            yield _finding(
                "unknown_picks", single, column=_name(about), default=text_of_value(default)
            )


def _bare_columns(node: Node) -> Iterator[vocabulary.Column]:
    """Returns the columns that a node uses without a default for a missing value."""
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
    """Finds code lists that are empty or expired."""
    for node in walk(tree):
        match node:
            case Compare(operands=(ListRef(name=name),)) if not lists.get(name, 1):
                id = "list_over" if lists[name] is None else "list_empty"
                yield _finding(id, node, name=name)


def _holds_of(single: Node, default: Scalar) -> bool:
    """Returns whether a condition is true for the default that replaces a missing value."""
    inner = unnegated(single)
    if isinstance(inner, Compare):
        asked: Node = Compare(inner.operator, Constant(default), inner.operands)
        asked = opposite(asked) if isinstance(single, Not) else asked
        return bool(constants(inner.operands)) and contradiction((asked,)) is None
    return isinstance(default, bool) and default is not isinstance(single, Not)


#: The largest number of branches of a tree that are examined. If a tree has more branches, the checks that
#: need all branches are left out.
MAX_BRANCHES = 500

#: A text is compared with a pattern only if the product of their lengths is at most this number.
_LIKE_WORK = 20_000

#: A branch of a tree: a set of single conditions. If all of them are true, the tree is true.
Branch: TypeAlias = tuple[Node, ...]


def branches(tree: Tree) -> list[Branch] | None:
    """Returns all branches of a tree. The tree is true if all conditions of at least one branch are true.
    Returns None if there are more than `MAX_BRANCHES` branches."""
    found = list(islice(_branches(normal(tree)), MAX_BRANCHES + 1))
    return found if len(found) <= MAX_BRANCHES else None


def _branches(node: Node) -> Iterator[Branch]:
    match node:
        case Or(parts=parts):
            for part in parts:
                yield from _branches(part)
        case And(parts=parts):
            # The number of branches of each part is limited, so that no large product is computed.
            options = [list(islice(_branches(part), MAX_BRANCHES + 1)) for part in parts]
            for chosen in product(*options):
                yield tuple(single for branch in chosen for single in branch)
        case _:
            yield (node,)


def contradiction(branch: Branch) -> Node | None:
    """Returns the first condition that contradicts the conditions before it, or None if there is no
    contradiction.
    """
    values: dict[Node, _Left] = {}
    seen: set[Node] = set()
    for node in branch:
        single = bare(node)
        other = single.of if isinstance(single, Not) else Not(single)
        if other in seen:
            return node
        seen.add(single)
        if not _narrowed(node, values):
            return node
    return None


def _narrowed(node: Node, values: dict[Node, _Left]) -> bool:
    """Removes the values that a condition excludes from the possible values. Returns whether any value is
    still possible."""
    negated = isinstance(node, Not)
    match unnegated(node):
        case Constant(value=bool() as value):
            return value is not negated
        case Column() as of:
            return _of(of, values).among((not negated,)).possible()
        case Compare(operator="is missing", of=of):
            left = _of(of, values)
            left.missing, left.known = left.missing or not negated, left.known or negated
            return left.possible()
        case Compare(operator="between", of=of, operands=operands):
            bounds = constants(operands)
            if negated or len(bounds) < 2:
                return True
            return _of(of, values).compared(">=", bounds[0]).compared("<=", bounds[1]).possible()
        case Compare(operator="in", of=of, operands=operands):
            left, listed = _of(of, values), constants(operands)
            return (left.without(listed) if negated else left.among(listed)).possible()
        case Compare(
            operator="like" | "ilike" as kind, of=of, operands=(Constant(value=str(text)),)
        ):
            left = _of(of, values)
            left.patterns.append((text, kind == "ilike", not negated))
            return left.possible()
        case Compare(operator=operator, of=of, operands=(right,)) if operator in OPPOSITE:
            operator = OPPOSITE[operator] if negated else operator
            if bare(of) == bare(right):
                return operator in ("=", "<=", ">=")
            bound, fixed = constant(right), constant(of)
            if bound is None:
                return True
            if fixed is not None:
                return _compares(operator, fixed, bound)
            return _of(of, values).compared(operator, bound).possible()
    return True


def _compares_by(node: Node, *operators: Operator) -> bool:
    return isinstance(node, Compare) and node.operator in operators


def _of(node: Node, values: dict[Node, _Left]) -> _Left:
    key = bare(node)
    if key not in values:
        least, most = _bounds(node)
        limits: list[tuple[Operator, Scalar]] = [] if least is None else [(">=", least)]
        limits += [] if most is None else [("<=", most)]
        values[key] = _Left(type_of(node) == "whole", limits)
    return values[key]


def _bounds(node: Node) -> tuple[float | None, float | None]:
    """Returns the lower and the upper limit of the known values of a node. A limit of None means that there
    is no limit."""
    match node:
        case Column(about=about):
            return about.least, about.most
        case Constant(value=int() | float() as value):
            return value, value
        case Call(name="COALESCE" | "LEAST" | "GREATEST", arguments=arguments):
            lows, highs = zip(*map(_bounds, arguments), strict=True)
            return (
                None if None in lows else min(lows),
                None if None in highs else max(highs),
            )
        case Call(name="ABS" | "LENGTH"):
            return 0, None
    return None, None


def _compares(operator: Operator, left: Scalar, right: Scalar) -> bool:
    """Returns the result of a comparison of two constants."""
    a, b = _order(left), _order(right)
    return {
        "=": a == b, "<>": a != b, "<": a < b, "<=": a <= b, ">": a > b, ">=": a >= b,
    }[operator]  # fmt: skip


def _order(value: Scalar) -> tuple[int, float, str]:
    """Returns a sort key for a constant. The keys of constants of different types can also be compared with
    each other."""
    match value:
        case bool() | int() | float():
            return 0, float(value), ""
        case dt.date():
            return 1, float(value.toordinal()), ""
    return 2, 0.0, value


@dataclass
class _Left:
    """The possible values of one column or formula."""

    whole: bool
    #: Comparisons that must be true. They come from the limits in the vocabulary and from the conditions.
    limits: list[tuple[Operator, Scalar]]
    only: set[Scalar] | None = None
    not_these: set[Scalar] = field(default_factory=set)
    #: Patterns of LIKE. Each entry contains the pattern, whether the comparison ignores case, and whether the
    #: value must match the pattern or must not match it.
    patterns: list[tuple[str, bool, bool]] = field(default_factory=list)
    known: bool = False
    missing: bool = False
    #: Whether a condition compares the value. The limits in the vocabulary do not count as conditions.
    compared_with: bool = False

    def among(self, values: Iterable[Scalar]) -> _Left:
        """Limits the possible values to the given values."""
        self.compared_with = True
        self.only = set(values) if self.only is None else self.only & set(values)
        return self

    def without(self, values: Iterable[Scalar]) -> _Left:
        """Removes the given values from the possible values."""
        self.not_these |= set(values)
        return self

    def compared(self, operator: Operator, bound: Scalar) -> _Left:
        """Limits the possible values to the values for which a comparison is true."""
        if operator == "=":
            return self.among((bound,))
        if operator == "<>":
            return self.without((bound,))
        self.compared_with = True
        self.limits.append((operator, bound))
        return self

    def possible(self) -> bool:
        """Returns whether any value is still possible."""
        if self.missing:
            return not (self.known or self.compared_with or self.not_these or self.patterns)
        if self.only is not None:
            return any(map(self._allows, self.only))
        lows = [(bound, sign == ">=") for sign, bound in self.limits if sign in (">", ">=")]
        highs = [(bound, sign == "<=") for sign, bound in self.limits if sign in ("<", "<=")]
        if not lows or not highs:
            return True
        low, low_in = max(lows, key=lambda one: (_order(one[0]), not one[1]))
        high, high_in = min(highs, key=lambda one: (_order(one[0]), one[1]))
        if self.whole and isinstance(low, int | float) and isinstance(high, int | float):
            first = math.ceil(low) if low_in else math.floor(low) + 1
            last = math.floor(high) if high_in else math.ceil(high) - 1
            ruled_out = {value for value in self.not_these if first <= _order(value)[1] <= last}
            return last - first + 1 > len(ruled_out)
        if _order(low) == _order(high):
            return low_in and high_in and self._allows(low)
        return _order(low) < _order(high)

    def _allows(self, value: Scalar) -> bool:
        return (
            value not in self.not_these
            and all(_compares(sign, value, bound) for sign, bound in self.limits)
            and all(
                like(value, pattern, ignore_case) is must
                for pattern, ignore_case, must in self.patterns
                if isinstance(value, str) and len(value) * len(pattern) <= _LIKE_WORK
            )
        )


def never(tree: Tree) -> Sequence[Node]:
    """Returns the contradicting condition of each branch of a tree, if the tree can never be true.

    Returns no condition if the tree can be true, or if the tree has too many branches to examine.
    """
    found: list[Node] = []
    for way in branches(tree) or ():
        if (clash := contradiction(way)) is None:
            return ()
        found.append(clash)
    return found


def like(text: str, pattern: str, ignore_case: bool) -> bool:
    """Returns whether a text matches a pattern of LIKE. The running time is at most proportional to the
    product of the lengths of the text and the pattern."""
    if ignore_case:
        text, pattern = text.casefold(), pattern.casefold()
    at = here = 0
    star, kept = -1, 0
    while at < len(text):
        if here < len(pattern) and pattern[here] == "%":
            star, kept, here = here, at, here + 1
        elif here < len(pattern) and pattern[here] in ("_", text[at]):
            at, here = at + 1, here + 1
        elif star >= 0:
            # The last % now matches one more character.
            kept += 1
            at, here = kept, star + 1
        else:
            return False
    return not pattern[here:].strip("%")
