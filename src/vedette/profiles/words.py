"""Describes the tree of an expression in words: values, limits, conditions as sentences, and the
people whom a profile flags.

A condition on a column is shown as the sentence of the column (`Column.says`) with the limit inserted. Any
other condition is shown as a formula of labels and operators, followed by the limit. Numbers are shown with
as many decimals as they have in the expression.

The sentences are made from the same tree that is compiled and evaluated. The conditions that must all be true
are shown in two parts. The first part contains negations, and upper limits that serve only to exclude people.
The first part states which people the profile *does not flag*. The second part contains the other conditions,
and states which people the profile *flags*. The division into two parts does not change the meaning. "Flags
people who are not crew" and "does not flag crew" are the same condition. With either wording, a person
without a value for the fact is not flagged.
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Iterable, Iterator, Sequence

from vedette.core.records import Record
from vedette.core.texts import (
    ENGLISH,
    Day,
    Language,
    One,
    Text,
    gettext_lazy,
    pgettext_lazy,
    render,
)
from vedette.profiles import vocabulary
from vedette.profiles.tree import (
    OPPOSITE,
    SIGNS,
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
    conjuncts,
    constant,
    constants,
    normal,
    type_of,
)
from vedette.profiles.vocabulary import FUNCTIONS, PLAIN, UNITS

#: A text that matches this pattern is a code and is shown without quotes. Any other text is shown in quotes.
_CODE = re.compile(r"[A-Z0-9][A-Z0-9/-]{0,9}")

_Phrases = dict[Operator, Text]
_EXACTLY = gettext_lazy("%(limit)s")
_ANYTHING_BUT = gettext_lazy("something other than %(limit)s")
_NUMBERS: _Phrases = {
    "<": gettext_lazy("less than %(limit)s"),
    "<=": gettext_lazy("%(limit)s or less"),
    ">": gettext_lazy("more than %(limit)s"),
    ">=": gettext_lazy("%(limit)s or more"),
    "=": gettext_lazy("exactly %(limit)s"),
    "<>": _ANYTHING_BUT,
}
_DAYS: _Phrases = {
    "<": pgettext_lazy("day", "before %(limit)s"),
    "<=": pgettext_lazy("day", "on %(limit)s or before"),
    ">": pgettext_lazy("day", "after %(limit)s"),
    ">=": pgettext_lazy("day", "on %(limit)s or after"),
    "=": pgettext_lazy("day", "on %(limit)s"),
    "<>": pgettext_lazy("day", "on any day except %(limit)s"),
}
_TEXTS: _Phrases = {
    "<": gettext_lazy("a value before %(limit)s in character order"),
    "<=": gettext_lazy("%(limit)s, or a value before it in character order"),
    ">": gettext_lazy("a value after %(limit)s in character order"),
    ">=": gettext_lazy("%(limit)s, or a value after it in character order"),
    "=": _EXACTLY,
    "<>": _ANYTHING_BUT,
}
#: Phrases for a comparison with a value that is not a constant.
_DAYS_OF: _Phrases = {
    "<": gettext_lazy("before %(limit)s"),
    "<=": gettext_lazy("no later than %(limit)s"),
    ">": gettext_lazy("after %(limit)s"),
    ">=": gettext_lazy("no earlier than %(limit)s"),
    "=": gettext_lazy("on the same day as %(limit)s"),
    "<>": gettext_lazy("on any day except %(limit)s"),
}
_SAME: _Phrases = {
    "=": gettext_lazy("the same as %(limit)s"),
    "<>": gettext_lazy("a value different from %(limit)s"),
}


def amount(value: int | float, unit: str) -> One:
    """Returns a number with its unit, such as `1 hour` or `48 hours`."""
    if unit == PLAIN:
        return str(value)
    return UNITS[unit].given(n=value) if unit else value


def shown(value: Scalar, unit: str = "") -> One:
    """Returns the text that shows a value, with its unit if it has one."""
    match value:
        case bool():
            return pgettext_lazy("value", "yes") if value else pgettext_lazy("value", "no")
        case int() | float():
            return amount(value, unit)
        case dt.date():
            return Day(value)
    if not value:
        return gettext_lazy("an empty text")
    return value if _CODE.fullmatch(value) else quoted(value)


def quoted(text: One) -> Text:
    """Returns a text in the quotation marks of the user's language."""
    return gettext_lazy("“%(text)s”", text=text)


def _bound(operator: Operator, left: Node, right: Node) -> Text:
    """Returns the limit that a comparison sets, such as `less than 48 hours`, `6 times or more` or `before 1
    May 2026`.
    """
    value, kind = constant(right), type_of(right)
    if value is None:
        others = _TEXTS | _SAME if kind in ("text", "yes_no") else _NUMBERS
        phrases = _DAYS_OF if kind == "day" else others
        return phrases[operator].given(limit=formula(right))
    phrases = {"text": _TEXTS, "yes_no": _TEXTS, "day": _DAYS}.get(kind, _NUMBERS)
    return phrases[operator].given(limit=shown(value, unit(left)))


#: Whether the condition is negated, and whether both limits are constant days → the phrase for two limits.
_LIMITS: dict[tuple[bool, bool], Text] = {
    (False, False): gettext_lazy("between %(low)s and %(high)s"),
    (False, True): pgettext_lazy("day", "between %(low)s and %(high)s"),
    (True, False): gettext_lazy("less than %(low)s or more than %(high)s"),
    (True, True): pgettext_lazy("day", "before %(low)s or after %(high)s"),
}


def one_of(values: Sequence[Scalar], unit: str, negated: bool) -> Text:
    """Returns `A, B or C` or, for a negated condition, `something other than A, B or C`. The unit is written
    after the last value."""
    *some, last = values
    together: One = shown(last, unit)
    if some:
        together = gettext_lazy("%(some)s or %(last)s", some=tuple(map(shown, some)), last=together)
    return (_ANYTHING_BUT if negated else _EXACTLY).given(limit=together)


#: Kind of comparison of two texts → the phrase for this comparison, and the phrase for its negation.
_PARTS: dict[str, tuple[Text, Text]] = {
    "begins": (
        gettext_lazy("a value that begins with %(text)s"),
        gettext_lazy("a value that does not begin with %(text)s"),
    ),
    "ends": (
        gettext_lazy("a value that ends with %(text)s"),
        gettext_lazy("a value that does not end with %(text)s"),
    ),
    "contains": (
        gettext_lazy("a value that contains %(text)s"),
        gettext_lazy("a value that does not contain %(text)s"),
    ),
    "is": (gettext_lazy("%(text)s"), gettext_lazy("something other than %(text)s")),
    "like": (
        gettext_lazy("a value that matches the pattern %(text)s"),
        gettext_lazy("a value that does not match the pattern %(text)s"),
    ),
    "matches": (
        gettext_lazy("a value that contains text matching the regular expression %(text)s"),
        gettext_lazy("a value without text matching the regular expression %(text)s"),
    ),
}


def _part(kind: str, text: str, negated: bool) -> Text:
    """Returns a phrase such as `a value that begins with “AB”`. The kinds of phrases are the keys of
    `_PARTS`.
    """
    return _PARTS[kind][negated].given(text=quoted(text))


def _like(pattern: str, ignore_case: bool, negated: bool) -> Text:
    """Returns the simplest phrase that describes a pattern of LIKE."""
    kind, text = "like", pattern
    middle = pattern.strip("%")
    if middle and "%" not in middle and "_" not in middle:
        ends = pattern.startswith("%"), pattern.endswith("%")
        kinds = {(True, True): "contains", (True, False): "ends", (False, True): "begins"}
        kind, text = kinds.get(ends, "is"), middle
    said = _part(kind, text, negated)
    return (
        gettext_lazy("%(what)s (in capitals or small letters)", what=said) if ignore_case else said
    )


#: Function that examines a part of a text → the kind of this comparison in `_PARTS`.
PARTS = {"STARTS_WITH": "begins", "ENDS_WITH": "ends", "CONTAINS": "contains"}


class Bullet(Record, frozen=True, kw_only=True):
    """A sentence, with the nested sentences that are listed under it. The limit is the parameter `value` of
    the sentence."""

    text: Text
    bullets: tuple[Bullet, ...] = ()


def sentence(node: Node) -> Bullet:
    """Returns the sentence for a condition. Nested conditions become nested sentences."""
    return _sentence(normal(node))


def _sentence(node: Node) -> Bullet:
    match node:
        case And(parts=parts) | Or(parts=parts):
            lead = (
                gettext_lazy("all of these conditions:")
                if isinstance(node, And)
                else gettext_lazy("at least one of these conditions:")
            )
            return Bullet(text=lead, bullets=tuple(map(_sentence, parts)))
        case Not(of=of):
            return Bullet(text=_single(of, True))
    return Bullet(text=_single(node, False))


def _single(node: Node, negated: bool) -> Text:
    match node:
        case Constant(value=bool() as value, parameter=""):
            return gettext_lazy("always") if value is not negated else gettext_lazy("never")
        case Compare(operator="is missing", of=of):
            text = gettext_lazy("known: %(what)s") if negated else gettext_lazy("unknown: %(what)s")
            return text.given(what=formula(of))
    of, bound = limit(node, negated)
    return _yes_no(node, negated) if of is node else _filled(of, bound)


def limit(node: Node, negated: bool) -> tuple[Node, One]:
    """Returns the value that a condition compares, and the limit with which it is compared."""
    match node:
        case Compare(operator="between", of=of, operands=(low, high)):
            first, last = constant(low), constant(high)
            text = _LIMITS[negated, isinstance(first, dt.date) and last is not None]
            if first is None or last is None:
                return of, text.given(low=formula(low), high=formula(high))
            # The unit is written once, after the second value.
            return of, text.given(low=shown(first), high=shown(last, unit(of)))
        case Compare(operator="in", of=of, operands=values):
            return of, one_of(constants(values), unit(of), negated)
        case Compare(of=of, operands=(ListRef(name=name),)):
            text = (
                gettext_lazy("a value that is not on the list %(list)s")
                if negated
                else gettext_lazy("a value on the list %(list)s")
            )
            return of, text.given(list=quoted(name))
        case Compare(operator="matches", of=of, operands=(Constant(value=str(pattern)),)):
            return of, _part("matches", pattern, negated)
        case Compare(
            operator="like" | "ilike" as kind, of=of, operands=(Constant(value=str(text)),)
        ):
            return of, _like(text, kind == "ilike", negated)
        case Compare(operator=operator, of=of, operands=(right,)):
            return of, _bound(OPPOSITE[operator] if negated else operator, of, right)
        case Call(name=name, arguments=(of, Constant(value=str(text), parameter=""))) if (
            name in PARTS
        ):
            return of, _part(PARTS[name], text, negated)
    return node, shown(not negated)


def unit(node: Node) -> str:
    """Returns the unit of a value. The text is empty if the value has no unit."""
    about, _ = subject(node)
    if about is not None:
        return about.unit
    return FUNCTIONS[node.name].unit if isinstance(node, Call) and node.name in FUNCTIONS else ""


def _filled(of: Node, value: One) -> Text:
    """Returns the sentence of a column with the limit inserted. For any other value, returns a formula with
    the limit."""
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
    return gettext_lazy("this is not true: %(what)s", what=said) if negated else said


def plain(bullet: Bullet, language: Language = ENGLISH) -> str:
    """Returns a sentence and its nested sentences in one line."""
    return render(in_line(bullet), language)


def in_line(bullet: Bullet) -> Text:
    """Returns a sentence and its nested sentences as one text."""
    if not bullet.bullets:
        return bullet.text
    below = _slashed([in_line(one) for one in bullet.bullets])
    return gettext_lazy("%(lead)s (%(below)s)", lead=bullet.text, below=below)


def _slashed(parts: Sequence[Text]) -> Text:
    """Joins texts with slashes. The list of texts is halved repeatedly, so that the result is not deeply
    nested."""
    if len(parts) == 1:
        return parts[0]
    half = len(parts) // 2
    return gettext_lazy(
        "%(first)s / %(second)s", first=_slashed(parts[:half]), second=_slashed(parts[half:])
    )


def subject(node: Node) -> tuple[vocabulary.Column | None, Scalar | None]:
    """Returns the column of a value, and the default for a missing value. The column of `COALESCE(x, 0)` is
    `x`, and its default is 0."""
    match node:
        case Column(about=about):
            return about, None
        case Call(name="COALESCE", arguments=(Column(about=about), default)):
            fixed = constant(default)
            return (about, fixed) if fixed is not None else (None, None)
    return None, None


_SIGNS = {"+": "+", "-": "−", "*": "×", "/": "÷", "%": "mod"}


def label(about: vocabulary.Column) -> Text:
    """Returns the name of a column as a text."""
    return vocabulary.text(about.label)


def remarked(said: One, default: Scalar | None) -> Text:
    """Returns a text, followed by a remark on the default for a missing value, such as `(0 if unknown)`."""
    if default is None:
        return said if isinstance(said, Text) else gettext_lazy("%(text)s", text=said)
    return gettext_lazy("%(what)s (%(default)s if unknown)", what=said, default=shown(default))


def formula(node: Node) -> One:
    """Returns a column, a constant or a calculation as a formula of labels, numbers and operators."""
    match node:
        case Column(about=about):
            return quoted(label(about))
        case Constant(value=value):
            return shown(value)
        case Call(name="-", arguments=(of,)):
            return gettext_lazy("−%(number)s", number=_inside(of))
        case Call(name=name, arguments=(left, right)) if name in SIGNS:
            chain = name == "+" and isinstance(left, Call) and left.name == "+"
            first, second = formula(left) if chain else _inside(left), _inside(right)
            return gettext_lazy(
                "%(left)s %(sign)s %(right)s", left=first, sign=_SIGNS[name], right=second
            )
        case Call():
            return _call(node)
    return gettext_lazy("[%(sentence)s]", sentence=in_line(sentence(node)))


def _inside(node: Node) -> One:
    text = formula(node)
    sum_ = isinstance(node, Call) and node.name in SIGNS and len(node.arguments) == 2
    return gettext_lazy("(%(formula)s)", formula=text) if sum_ else text


def _call(node: Call) -> Text:
    if node.name == "COALESCE" and len(node.arguments) == 2:
        default = constant(node.arguments[1])
        if default is not None:
            return remarked(formula(node.arguments[0]), default)
    said = [_inside(argument) for argument in node.arguments]
    row = FUNCTIONS[node.name]
    text = row.says_all if row.says_all and len(said) == len(row.takes) else row.says
    *some, last = said
    together = gettext_lazy("%(some)s and %(last)s", some=tuple(some), last=last) if some else last
    return text.given(all=together, **dict(zip("abc", said, strict=False)))


class Part(Record, frozen=True, kw_only=True):
    """A heading and the sentences under the heading."""

    heading: Text
    bullets: tuple[Bullet, ...]


class Reading(Record, frozen=True, kw_only=True):
    """The description of a profile in words. `spares` states which people the profile does not flag. `spares`
    is None if no condition excludes people. `picks` states which people the profile flags.
    """

    spares: Part | None
    picks: Part


def reading(tree: Tree) -> Reading:
    """Returns the description of a tree in words."""
    if isinstance(tree, Or):
        heading = gettext_lazy("The profile flags a record if at least one condition is true")
        return Reading(spares=None, picks=_headed(heading, map(sentence, tree.parts)))
    spared: list[Bullet] = []
    picked: list[Bullet] = []
    for condition in conjuncts(tree):
        spares = _spared(condition)
        target = picked if spares is None else spared
        target += [sentence(part) for part in spares or (condition,)]
    heading = gettext_lazy("The profile flags a record if this condition is true")
    if len(picked) > 1:
        heading = gettext_lazy("The profile flags a record if all conditions are true")
    elif not picked:
        picked.append(Bullet(text=gettext_lazy("all other records")))
        heading = gettext_lazy("Flags")
    without = (
        _headed(
            gettext_lazy("The profile does not flag a record if at least one condition is true"),
            spared,
        )
        if spared
        else None
    )
    return Reading(spares=without, picks=_headed(heading, picked))


def _spared(condition: Node) -> tuple[Node, ...] | None:
    """Splits a condition into several conditions, each of which excludes the people for whom it is true.
    Returns None if the given condition is clearer without the split.
    """
    match condition:
        case Not(of=Compare(operator="is missing")):
            return None
        case Not(of=Or(parts=parts)):
            return parts
        case Not(of=of):
            return (of,)
        case Compare(operator="<>" | "<" | "<=" as operator, of=of, operands=operands):
            if operator == "<>" or _excuses(condition):
                return (Compare(OPPOSITE[operator], of, operands),)
    return None


def _excuses(condition: Compare) -> bool:
    """Returns whether a condition is an upper limit that serves only to exclude people. An upper limit serves
    only to exclude people in two cases: the fact is in favour of a person, or the default for a missing value
    is within the limit.
    """
    about, default = subject(condition.of)
    bound = constant(condition.operands[0])
    if about is None or not isinstance(bound, int | float):
        return False
    return about.serves == "for" or (
        isinstance(default, int | float)
        and (default < bound or (condition.operator == "<=" and default == bound))
    )


_BETWEEN = gettext_lazy("%(sentence)s;")
_STOP = gettext_lazy("%(sentence)s.")


def _headed(heading: Text, bullets: Iterable[Bullet]) -> Part:
    return Part(heading=heading, bullets=tuple(_ended(tuple(bullets), _STOP)))


def _ended(bullets: Sequence[Bullet], last: Text) -> Iterator[Bullet]:
    """Returns the sentences, including nested ones, with a semicolon after each sentence. `last` is a text
    that contains the punctuation for the last sentence.
    """
    for place, bullet in enumerate(bullets):
        end = last if place == len(bullets) - 1 else _BETWEEN
        if bullet.bullets:
            yield Bullet(text=bullet.text, bullets=tuple(_ended(bullet.bullets, end)))
        else:
            yield Bullet(text=end.given(sentence=bullet.text))


def lines(read: Reading, language: Language = ENGLISH) -> list[str]:
    """Returns a description as lines of text. Each line is a heading or a sentence. A sentence begins with a
    dash and is indented according to its depth.
    """
    made: list[str] = []
    for part in (read.spares, read.picks):
        if part is not None:
            made.append(render(part.heading, language))
            made += [line for one in part.bullets for line in _lines(one, "- ", language)]
    return made


def _lines(bullet: Bullet, mark: str, language: Language) -> Iterator[str]:
    yield mark + render(bullet.text, language)
    for below in bullet.bullets:
        yield from _lines(below, "  " + mark, language)
