"""Conditions and values as sentences.

A condition on a column makes the column's own sentence (`Column.says`) with the limit put in; anything
else a formula of labels and signs with the limit behind it.
"""

from __future__ import annotations

from collections.abc import Sequence

from vedette.records import Record
from vedette.screening import vocabulary
from vedette.screening.profiles import quantities
from vedette.screening.profiles.operators import TABLE
from vedette.screening.profiles.tree import (
    OPPOSITE,
    And,
    Arithmetic,
    ArithmeticOperator,
    Between,
    Call,
    Column,
    Compare,
    In,
    InList,
    Like,
    Literal,
    Matches,
    Missing,
    Negative,
    Node,
    Not,
    Or,
    Parameter,
    Scalar,
    constant,
    normal,
    type_of,
)
from vedette.texts import ENGLISH, Language, One, Text, gettext_lazy, pgettext_lazy, render

#: Functions that say how text is part of other text → as `quantities.part` calls it.
PARTS = {"STARTS_WITH": "begins", "ENDS_WITH": "ends", "CONTAINS": "contains"}


class Bullet(Record, frozen=True, kw_only=True):
    """A sentence, in which the limit is the parameter `value`, and under it those it announces."""

    text: Text
    bullets: tuple[Bullet, ...] = ()


_ALL = gettext_lazy("all of these:")
_ANY = gettext_lazy("at least one of these:")


def sentence(node: Node) -> Bullet:
    """A condition as a sentence, with nested ones under it."""
    return _sentence(normal(node))


def _sentence(node: Node) -> Bullet:
    match node:
        case And(parts=parts):
            return _group(_ALL, parts)
        case Or(parts=parts):
            return _group(_ANY, parts)
        case Not(of=of):
            return Bullet(text=_single(of, True))
    return Bullet(text=_single(node, False))


def _group(lead: Text, parts: Sequence[Node]) -> Bullet:
    return Bullet(text=lead, bullets=tuple(map(_sentence, parts)))


def _single(node: Node, negated: bool) -> Text:
    match node:
        case Literal(value=bool() as value):
            return gettext_lazy("always") if value is not negated else gettext_lazy("never")
        case Missing(of=of):
            text = gettext_lazy("known: %(what)s") if negated else gettext_lazy("unknown: %(what)s")
            return text.given(what=formula(of))
        case Compare() | Between() | In() | InList() | Like() | Matches():
            return _filled(*limit(node, negated))
        case Call(name=name, arguments=(_, Literal())) if name in PARTS:
            return _filled(*limit(node, negated))
    return _yes_no(node, negated)


def limit(node: Node, negated: bool) -> tuple[Node, One]:
    """What a condition is about, and the limit it sets."""
    match node:
        case Compare(operator=operator, left=left, right=right):
            operator = OPPOSITE[operator] if negated else operator
            fixed = constant(right)
            if fixed is None:
                return left, quantities.limit_of(operator, type_of(right), formula(right))
            return left, quantities.limit(operator, fixed, unit(left))
        case Between(of=of, low=low, high=high):
            first, last = constant(low), constant(high)
            if first is None or last is None:
                text = (
                    gettext_lazy("less than %(low)s or more than %(high)s")
                    if negated
                    else gettext_lazy("between %(low)s and %(high)s")
                )
                return of, text.given(low=formula(low), high=formula(high))
            return of, quantities.between(first, last, unit(of), negated)
        case In(of=of, values=values):
            fixed_values = [value for value in map(constant, values) if value is not None]
            return of, quantities.one_of(fixed_values, unit(of), negated)
        case InList(of=of, list=named):
            return of, quantities.on_list(named.name, negated)
        case Like(of=of, pattern=pattern, ignore_case=ignore_case):
            return of, quantities.like(pattern, ignore_case, negated)
        case Matches(of=of, pattern=pattern):
            return of, quantities.part("matches", pattern, negated)
        case Call(name=name, arguments=(of, Literal(value=str() as text))) if name in PARTS:
            return of, quantities.part(PARTS[name], text, negated)
    return node, quantities.shown(not negated)


def unit(node: Node) -> str:
    """The unit of a value, where it has one."""
    about, _ = subject(node)
    if about is not None:
        return about.unit
    return TABLE[node.name].unit if isinstance(node, Call) else ""


def _filled(of: Node, value: One) -> Text:
    """The sentence of a column with a limit put in; of anything else a formula."""
    about, default = subject(of)
    if about is None or about.type == "yes_no":
        text = (
            pgettext_lazy("number", "%(what)s is %(value)s")
            if type_of(of) in ("number", "whole")
            else gettext_lazy("%(what)s is %(value)s")
        )
        return text.given(what=formula(of), value=value)
    says = vocabulary.text(about.says)
    if "%(value)s" not in about.says:
        says = gettext_lazy("%(what)s: %(value)s", what=says)
    return remarked(says.given(value=value), default)


def _yes_no(node: Node, negated: bool) -> Text:
    about, default = subject(node)
    if about is None:
        said = gettext_lazy("%(text)s", text=formula(node))
    elif negated and about.denies:
        return remarked(vocabulary.text(about.denies), default)
    else:
        said = remarked(vocabulary.text(about.says), default)
    return gettext_lazy("it is not so that: %(what)s", what=said) if negated else said


def plain(bullet: Bullet, language: Language = ENGLISH) -> str:
    """A sentence and those under it in one line."""
    return render(in_line(bullet), language)


def in_line(bullet: Bullet) -> Text:
    """The same as a text."""
    if not bullet.bullets:
        return bullet.text
    below = _slashed([in_line(one) for one in bullet.bullets])
    return gettext_lazy("%(lead)s (%(below)s)", lead=bullet.text, below=below)


def _slashed(parts: Sequence[Text]) -> Text:
    """Texts with a slash between them, halved so that many do not nest deep."""
    if len(parts) == 1:
        return parts[0]
    half = len(parts) // 2
    return gettext_lazy(
        "%(first)s / %(second)s", first=_slashed(parts[:half]), second=_slashed(parts[half:])
    )


def subject(node: Node) -> tuple[vocabulary.Column | None, Scalar | None]:
    """The column that a value is, and what stands for it where it is missing: `x`, `COALESCE(x, 0)`."""
    match node:
        case Column(about=about):
            return about, None
        case Call(name="COALESCE", arguments=(Column(about=about), default)):
            fixed = constant(default)
            return (about, fixed) if fixed is not None else (None, None)
    return None, None


_SIGNS: dict[ArithmeticOperator, str] = {"+": "+", "-": "−", "*": "×", "/": "÷", "%": "mod"}


def label(about: vocabulary.Column) -> Text:
    """What a column is."""
    return vocabulary.text(about.label)


def remarked(said: One, default: Scalar | None) -> Text:
    """A text, with what is taken where nothing is known: `(0 where unknown)`."""
    if default is None:
        return said if isinstance(said, Text) else gettext_lazy("%(text)s", text=said)
    return gettext_lazy(
        "%(what)s (%(default)s where unknown)", what=said, default=quantities.shown(default)
    )


def formula(node: Node) -> One:
    """A value in words and signs."""
    match node:
        case Column(about=about):
            return quantities.quoted(label(about))
        case Literal(value=value) | Parameter(value=value):
            return quantities.shown(value)
        case Negative(of=of):
            return gettext_lazy("−%(number)s", number=_inside(of))
        case Arithmetic(operator=operator, left=left, right=right):
            first, second = _inside(left), _inside(right)
            if operator == "+" and isinstance(left, Arithmetic) and left.operator == "+":
                first = formula(left)
            return gettext_lazy(
                "%(left)s %(sign)s %(right)s", left=first, sign=_SIGNS[operator], right=second
            )
        case Call():
            return _call(node)
    return gettext_lazy("[%(sentence)s]", sentence=in_line(sentence(node)))


def _inside(node: Node) -> One:
    text = formula(node)
    return gettext_lazy("(%(formula)s)", formula=text) if isinstance(node, Arithmetic) else text


def _call(node: Call) -> Text:
    if node.name == "COALESCE" and len(node.arguments) == 2:
        default = constant(node.arguments[1])
        if default is not None:
            return remarked(formula(node.arguments[0]), default)
    said = [_inside(argument) for argument in node.arguments]
    row = TABLE[node.name]
    text = row.says_all if row.says_all and len(said) == len(row.takes) else row.says
    *some, last = said
    together = gettext_lazy("%(some)s and %(last)s", some=tuple(some), last=last) if some else last
    return text.given(all=together, **{"abc"[place]: one for place, one in enumerate(said[:3])})
