"""What a profile must not do, and what its author should know: seen in the tree, without any data.

Restricted facts (nationality, sex, age, birthplace …) may be used only beside at least two other kinds
of fact that must hold and speak against somebody, with a written justification, and after the
data-protection officer was heard (Directive (EU) 2016/681, art. 6(4) and recital 7: criteria are
targeted, proportionate and specific, and do not rest on such a ground alone). Protected grounds cannot
be written at all: they have no column (`check`).

Whether two profiles fall on the same people is a matter of counts, and stands with the backtest.

Whether conditions can hold together is asked of what is left of each value when all must be true. Each
value (a column, or a formula taken whole) keeps an interval, what it must be and must not be, and whether
it must be known; of a column also what the vocabulary says no value can be below or above. What this
cannot see (a detour ratio below 1, a code list that is empty) it takes to be possible.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
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

#: Kinds of fact that must stand beside a restricted one.
NEEDED_GROUNDS = 2

#: Id → severity and text.
_TEXTS: dict[str, tuple[Severity, Text]] = {
    "restricted_alone": (
        "error",
        gettext_lazy(
            "%(column)s is restricted: at least %(needed)s other kinds of fact that speak"
            " against the traveller must also be met; here there can be %(found)s"
            " (%(grounds)s)."
        ),
    ),
    "restricted_unjustified": (
        "error",
        gettext_lazy("%(column)s is restricted: give a written justification."),
    ),
    "restricted_unheard": (
        "error",
        gettext_lazy("%(column)s is restricted: the data-protection officer must be heard first."),
    ),
    "too_complex": (
        "error",
        gettext_lazy(
            "Restricted facts are used and there are more than %(limit)s ways to fulfil the"
            " profile: the facts required beside them cannot be checked; simplify the profile."
        ),
    ),
    "negation_missing": (
        "warning",
        gettext_lazy(
            "%(column)s is often missing, and a negated condition on it is then not met:"
            " travellers without this value are not picked. If this is not intended, use"
            " COALESCE or IS MISSING."
        ),
    ),
    "unknown_picks": (
        "info",
        gettext_lazy("If %(column)s is unknown, this condition is met (it counts as %(default)s)."),
    ),
    "never": ("error", gettext_lazy("The profile can never fire: %(text)s contradicts the rest.")),
    "always": (
        "error",
        gettext_lazy("The profile picks every traveller for whom the facts are known."),
    ),
    "dead_branch": (
        "warning",
        gettext_lazy(
            "This condition can never be met together with the conditions around it: %(text)s."
        ),
    ),
    "list_over": (
        "warning",
        gettext_lazy(
            "The code list %(name)s is past its last day: conditions on it are unknown and"
            " are not met, negated or not."
        ),
    ),
    "list_empty": (
        "warning",
        gettext_lazy(
            "The code list %(name)s is empty: the condition is never met; its negation is"
            " always met if the fact is known."
        ),
    ),
    "no_effect": (
        "warning",
        gettext_lazy("This condition is always met if the facts are known: %(text)s."),
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
        spared = isinstance(node, Not) or _compares_by(node, "is missing", "<>")
        if spared or any(column.name in restricted for column in of) or _single_holds(node):
            continue
        counted |= {column.ground for column in of if column.serves != "for" and not column.proxy}
    return frozenset(counted)


def _reach(tree: Tree) -> Iterator[Finding]:
    """Profiles, and parts of them, that fire never or always."""
    if clashes := never(tree):
        yield _finding("never", clashes[0], text=text_of(clashes[0]))
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
            yield _finding("dead_branch", clash, text=text_of(clash))
    for part in _parts(normal(tree)):
        if never(opposite(part)):
            yield _finding("no_effect", part, text=text_of(part))


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
    for single in singles(normal(tree)):
        inner = unnegated(single)
        negated = isinstance(single, Not) or _compares_by(single, "<>")
        if not negated or _compares_by(inner, "is missing"):
            continue
        for column in _bare_columns(inner):
            if column.often_missing and column.name not in told:
                told.add(column.name)
                yield _finding("negation_missing", single, column=_name(column))


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
        match node:
            case Compare(operands=(ListRef(name=name),)) if not lists.get(name, 1):
                id = "list_over" if lists[name] is None else "list_empty"
                yield _finding(id, node, name=name)


def _defaults(tree: Tree) -> Iterator[Finding]:
    """Conditions that hold where nothing is known, by the default they give."""
    for single in singles(normal(tree)):
        inner = unnegated(single)
        match inner:
            case Compare(operator=operator, of=of) if operator in OPPOSITE:
                about, default = subject(of)
            case _:
                about, default = subject(inner)
        if about is not None and default is not None and _holds_of(single, default):
            shown = text_of_value(default)
            yield _finding("unknown_picks", single, column=_name(about), default=shown)


def _holds_of(single: Node, default: Scalar) -> bool:
    """Whether a condition holds where its value is the default."""
    inner = unnegated(single)
    if isinstance(inner, Compare):
        asked: Node = Compare(inner.operator, Constant(default), inner.operands)
        asked = opposite(asked) if isinstance(single, Not) else asked
        return bool(constants(inner.operands)) and contradiction((asked,)) is None
    return isinstance(default, bool) and default is not isinstance(single, Not)


#: Ways in which a tree can be true that are looked at; beyond, nothing is said.
MAX_BRANCHES = 500

#: Characters × pattern up to which a text is held against a pattern.
_LIKE_WORK = 20_000

#: Single conditions that are true together.
Branch: TypeAlias = tuple[Node, ...]


def branches(tree: Tree) -> list[Branch] | None:
    """All ways in which a tree is true, each as the single conditions that then hold; None where there
    are more than `MAX_BRANCHES`."""
    found = list(islice(_branches(normal(tree)), MAX_BRANCHES + 1))
    return found if len(found) <= MAX_BRANCHES else None


def _branches(node: Node) -> Iterator[Branch]:
    match node:
        case Or(parts=parts):
            for part in parts:
                yield from _branches(part)
        case And(parts=parts):
            # Bounded as a whole: a product of many is cut off before it is made.
            options = [list(islice(_branches(part), MAX_BRANCHES + 1)) for part in parts]
            for chosen in product(*options):
                yield tuple(single for branch in chosen for single in branch)
        case _:
            yield (node,)


def contradiction(branch: Branch) -> Node | None:
    """The first condition that cannot hold with those before it; None where all can."""
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
    """Whether any value is left for what a condition is about, once the condition holds too."""
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
        values[key] = _Left(
            whole=type_of(node) == "whole",
            low=None if least is None else (least, True),
            high=None if most is None else (most, True),
        )
    return values[key]


def _bounds(node: Node) -> tuple[float | None, float | None]:
    """What the value of a node cannot be below and above, once it is known."""
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
    """A comparison of two constants."""
    a, b = _order(left), _order(right)
    return {
        "=": a == b, "<>": a != b, "<": a < b, "<=": a <= b, ">": a > b, ">=": a >= b,
    }[operator]  # fmt: skip


def _order(value: Scalar) -> tuple[int, float, str]:
    """A key that puts constants of one type in order, and never fails over two."""
    match value:
        case bool() | int() | float():
            return 0, float(value), ""
        case dt.date():
            return 1, float(value.toordinal()), ""
    return 2, 0.0, value


@dataclass
class _Left:
    """What is left of one value. Bounds are (value, whether it is included)."""

    whole: bool
    low: tuple[Scalar, bool] | None = None
    high: tuple[Scalar, bool] | None = None
    only: set[Scalar] | None = None
    not_these: set[Scalar] = field(default_factory=set)
    #: Patterns of LIKE, without regard to case or not, and whether they must fit.
    patterns: list[tuple[str, bool, bool]] = field(default_factory=list)
    known: bool = False
    missing: bool = False
    #: Whether a condition compared it: bounds of the vocabulary ask nothing.
    compared_with: bool = False

    def among(self, values: Iterable[Scalar]) -> _Left:
        """Only these values."""
        self.compared_with = True
        self.only = set(values) if self.only is None else self.only & set(values)
        return self

    def without(self, values: Iterable[Scalar]) -> _Left:
        """None of these values."""
        self.not_these |= set(values)
        return self

    def compared(self, operator: Operator, bound: Scalar) -> _Left:
        """Values for which a comparison holds."""
        if operator == "=":
            return self.among((bound,))
        if operator == "<>":
            return self.without((bound,))
        self.compared_with = True
        limit = (bound, operator in ("<=", ">="))
        if operator in ("<", "<="):
            tighter = self.high is None or (_order(bound), limit[1]) < (
                _order(self.high[0]),
                self.high[1],
            )
            self.high = limit if tighter else self.high
        else:
            tighter = self.low is None or (_order(bound), not limit[1]) > (
                _order(self.low[0]), not self.low[1])  # fmt: skip
            self.low = limit if tighter else self.low
        return self

    def possible(self) -> bool:
        """Whether any value is left."""
        if self.missing:
            return not self._asks()
        if self.only is not None:
            return any(self._allows(value) for value in self.only)
        if self.low is None or self.high is None:
            return True
        (low, low_in), (high, high_in) = self.low, self.high
        if self.whole and isinstance(low, int | float) and isinstance(high, int | float):
            return self._whole_left(low, low_in, high, high_in)
        if _order(low) == _order(high):
            return low_in and high_in and self._allows(low)
        return _order(low) < _order(high)

    def _asks(self) -> bool:
        """Whether something is asked of the value that what is missing cannot give."""
        asked = self.known or self.compared_with
        return asked or bool(self.not_these) or bool(self.patterns)

    def _whole_left(self, low: float, low_in: bool, high: float, high_in: bool) -> bool:
        """Whether a whole number lies between two bounds that is not ruled out."""
        first = int(low // 1)
        if first < low or not low_in:
            first += 1
        last = int(high // 1)
        if last == high and not high_in:
            last -= 1
        ruled_out = {value for value in self.not_these if first <= _order(value)[1] <= last}
        return last - first + 1 > len(ruled_out)

    def _allows(self, value: Scalar) -> bool:
        if value in self.not_these:
            return False
        if self.low is not None and not _compares(">=" if self.low[1] else ">", value, self.low[0]):
            return False
        if self.high is not None and not _compares(
            "<=" if self.high[1] else "<", value, self.high[0]
        ):
            return False
        return all(
            like(value, pattern, ignore_case) is must
            for pattern, ignore_case, must in self.patterns
            if isinstance(value, str) and len(value) * len(pattern) <= _LIKE_WORK
        )


def never(tree: Tree) -> Sequence[Node]:
    """Where a tree contradicts itself in every way in which it could be true: the conditions that make
    each way impossible; empty where it can be true, or nobody knows."""
    ways = branches(tree)
    if ways is None:
        return ()
    found: list[Node] = []
    for way in ways:
        if (clash := contradiction(way)) is None:
            return ()
        found.append(clash)
    return found


def _single_holds(node: Node) -> bool:
    """Whether a single condition holds whatever its value is, once it is known."""
    return contradiction((normal(node, negated=True),)) is not None


def like(text: str, pattern: str, ignore_case: bool) -> bool:
    """Whether a text is like a pattern; in time of their product at most."""
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
            # The last % takes one character more.
            kept += 1
            at, here = kept, star + 1
        else:
            return False
    return not pattern[here:].strip("%")
