"""A tree in plain words: values and limits, conditions as sentences, and what a profile spares and picks.

A condition on a column makes the column's own sentence (`Column.says`) with the limit put in; anything
else a formula of labels and signs with the limit behind it. What was written with decimals keeps them.

The reading is made from the tree that runs, never written apart. What must all be true is split in two,
as people read it: negations, and upper limits that only ever keep people out, say whom the profile *does
not pick*; the other conditions say whom it *picks*. That changes nothing: "not crew" and "does not pick
crew" are one formula, and where the fact is missing the profile does not pick.
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Iterator, Sequence

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
from vedette.profiles.operators import PLAIN, TABLE
from vedette.profiles.tree import (
    OPPOSITE,
    And,
    Arithmetic,
    ArithmeticOperator,
    Between,
    Call,
    Column,
    Compare,
    CompareOperator,
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
    Tree,
    conjuncts,
    constant,
    normal,
    type_of,
)
from vedette.profiles.vocabulary import UNITS

#: Codes stand as they are; other text is quoted.
_CODE = re.compile(r"[A-Z0-9][A-Z0-9/-]{0,9}")

_Phrases = dict[CompareOperator, Text]
_EXACTLY = gettext_lazy("%(limit)s")
_ANYTHING_BUT = gettext_lazy("anything but %(limit)s")
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
    "<>": pgettext_lazy("day", "on another day than %(limit)s"),
}
_TEXTS: _Phrases = {
    "<": gettext_lazy("a value before %(limit)s in order"),
    "<=": gettext_lazy("a value up to %(limit)s in order"),
    ">": gettext_lazy("a value after %(limit)s in order"),
    ">=": gettext_lazy("a value from %(limit)s on in order"),
    "=": _EXACTLY,
    "<>": _ANYTHING_BUT,
}
#: Against something that is no constant.
_DAYS_OF: _Phrases = {
    "<": gettext_lazy("before %(limit)s"),
    "<=": gettext_lazy("not after %(limit)s"),
    ">": gettext_lazy("after %(limit)s"),
    ">=": gettext_lazy("not before %(limit)s"),
    "=": gettext_lazy("on the same day as %(limit)s"),
    "<>": gettext_lazy("on another day than %(limit)s"),
}
_SAME: _Phrases = {
    "=": gettext_lazy("the same as %(limit)s"),
    "<>": gettext_lazy("a value different from %(limit)s"),
}


def amount(value: int | float, unit: str) -> One:
    """A number with its unit: `1 hour`, `48 hours`."""
    if unit == PLAIN:
        return str(value)
    return UNITS[unit].given(n=value) if unit else value


def shown(value: Scalar, unit: str = "") -> One:
    """Any value, alone."""
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
    """Text in the quotes of the language."""
    return gettext_lazy("“%(text)s”", text=text)


def _bound(operator: CompareOperator, value: Scalar, unit: str) -> Text:
    """What a comparison asks: `less than 48 hours`, `6 times or more`, `before 1 May 2026`."""
    match value:
        case bool() | str():
            phrases = _TEXTS
        case dt.date():
            phrases = _DAYS
        case _:
            phrases = _NUMBERS
    return phrases[operator].given(limit=shown(value, unit))


def _bound_of(operator: CompareOperator, kind: str, said: One) -> Text:
    """The same against something that is no constant, as `said`; `kind` is its type."""
    phrases = _DAYS_OF if kind == "day" else _NUMBERS
    if kind in ("text", "yes_no"):
        phrases = _TEXTS | _SAME
    return phrases[operator].given(limit=said)


def _between(low: Scalar, high: Scalar, unit: str, negated: bool) -> Text:
    """`between 2 and 5 hours`; negated, `less than 2 or more than 5 hours`."""
    text = {
        (False, False): gettext_lazy("between %(low)s and %(high)s"),
        (False, True): pgettext_lazy("day", "between %(low)s and %(high)s"),
        (True, False): gettext_lazy("less than %(low)s or more than %(high)s"),
        (True, True): pgettext_lazy("day", "before %(low)s or after %(high)s"),
    }[negated, isinstance(low, dt.date)]
    # The unit is said once, after the second.
    return text.given(low=shown(low), high=shown(high, unit))


def one_of(values: Sequence[Scalar], unit: str, negated: bool) -> Text:
    """`A, B or C`; negated, `anything but A, B or C`. The unit is said after the last."""
    *some, last = values
    together: One = shown(last, unit)
    if some:
        together = gettext_lazy("%(some)s or %(last)s", some=tuple(map(shown, some)), last=together)
    return (_ANYTHING_BUT if negated else _EXACTLY).given(limit=together)


#: How text is part of other text → words for it, and for its opposite.
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
    "is": (gettext_lazy("%(text)s"), gettext_lazy("anything but %(text)s")),
    "like": (
        gettext_lazy("a value like %(text)s"),
        gettext_lazy("a value not like %(text)s"),
    ),
    "matches": (
        gettext_lazy("a value in which the expression %(text)s is found"),
        gettext_lazy("a value in which the expression %(text)s is not found"),
    ),
}


def _part(kind: str, text: str, negated: bool) -> Text:
    """`a value that begins with “AB”`; kinds are `begins`, `ends`, `contains`, `is`, `like`,
    `matches`."""
    return _PARTS[kind][negated].given(text=quoted(text))


def _like(pattern: str, ignore_case: bool, negated: bool) -> Text:
    """A pattern of LIKE, as plainly as it can be said."""
    middle = pattern.strip("%")
    ends = pattern.startswith("%"), pattern.endswith("%")
    if "%" in middle or "_" in middle or not middle:
        said = _part("like", pattern, negated)
    else:
        kinds = {(True, True): "contains", (True, False): "ends", (False, True): "begins"}
        said = _part(kinds.get(ends, "is"), middle, negated)
    return gettext_lazy("%(what)s in any case", what=said) if ignore_case else said


#: Functions that say how text is part of other text → as `_part` calls it.
PARTS = {"STARTS_WITH": "begins", "ENDS_WITH": "ends", "CONTAINS": "contains"}


class Bullet(Record, frozen=True, kw_only=True):
    """A sentence, in which the limit is the parameter `value`, and under it those it announces."""

    text: Text
    bullets: tuple[Bullet, ...] = ()


def sentence(node: Node) -> Bullet:
    """A condition as a sentence, with nested ones under it."""
    return _sentence(normal(node))


def _sentence(node: Node) -> Bullet:
    match node:
        case And(parts=parts):
            lead = gettext_lazy("all of these:")
            return Bullet(text=lead, bullets=tuple(map(_sentence, parts)))
        case Or(parts=parts):
            lead = gettext_lazy("at least one of these:")
            return Bullet(text=lead, bullets=tuple(map(_sentence, parts)))
        case Not(of=of):
            return Bullet(text=_single(of, True))
    return Bullet(text=_single(node, False))


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
                return left, _bound_of(operator, type_of(right), formula(right))
            return left, _bound(operator, fixed, unit(left))
        case Between(of=of, low=low, high=high):
            first, last = constant(low), constant(high)
            if first is None or last is None:
                text = (
                    gettext_lazy("less than %(low)s or more than %(high)s")
                    if negated
                    else gettext_lazy("between %(low)s and %(high)s")
                )
                return of, text.given(low=formula(low), high=formula(high))
            return of, _between(first, last, unit(of), negated)
        case In(of=of, values=values):
            fixed_values = [value for value in map(constant, values) if value is not None]
            return of, one_of(fixed_values, unit(of), negated)
        case InList(of=of, list=named):
            text = (
                gettext_lazy("one not on the list %(list)s")
                if negated
                else gettext_lazy("one on the list %(list)s")
            )
            return of, text.given(list=quoted(named.name))
        case Like(of=of, pattern=pattern, ignore_case=ignore_case):
            return of, _like(pattern, ignore_case, negated)
        case Matches(of=of, pattern=pattern):
            return of, _part("matches", pattern, negated)
        case Call(name=name, arguments=(of, Literal(value=str() as text))) if name in PARTS:
            return of, _part(PARTS[name], text, negated)
    return node, shown(not negated)


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
    return gettext_lazy("it is not the case that: %(what)s", what=said) if negated else said


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
    return gettext_lazy("%(what)s (%(default)s where unknown)", what=said, default=shown(default))


def formula(node: Node) -> One:
    """A value in words and signs."""
    match node:
        case Column(about=about):
            return quoted(label(about))
        case Literal(value=value) | Parameter(value=value):
            return shown(value)
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


class Part(Record, frozen=True, kw_only=True):
    """A heading and its sentences."""

    heading: Text
    bullets: tuple[Bullet, ...]


class Reading(Record, frozen=True, kw_only=True):
    """Whom a profile does not pick (None where nobody is spared), and whom it picks."""

    spares: Part | None
    picks: Part


_SPARES = gettext_lazy("Does not pick")
_PICKS = gettext_lazy("Picks")
_PICKS_ALL = gettext_lazy("Picks, if all are true")
_PICKS_ANY = gettext_lazy("Picks, if at least one is true")
_PICKS_ONE = gettext_lazy("Picks, if true")


def reading(tree: Tree) -> Reading:
    """What a tree says."""
    if isinstance(tree, Or):
        picks = [sentence(part) for part in tree.parts]
        return Reading(spares=None, picks=_headed(_PICKS_ANY, picks))
    spared: list[Bullet] = []
    picked: list[Bullet] = []
    for condition in conjuncts(tree):
        spares = _spared(condition)
        target = picked if spares is None else spared
        target += [sentence(part) for part in spares or (condition,)]
    heading = _PICKS_ALL if len(picked) > 1 else _PICKS_ONE
    if not picked:
        picked.append(Bullet(text=gettext_lazy("everyone else")))
        heading = _PICKS
    return Reading(
        spares=_headed(_SPARES, spared) if spared else None, picks=_headed(heading, picked)
    )


def _spared(condition: Node) -> tuple[Node, ...] | None:
    """What, if true, keeps a profile from picking; None where the condition is better read as it is."""
    match condition:
        case Not(of=Missing()):
            return None
        case Not(of=Or(parts=parts)):
            return parts
        case Not(of=of):
            return (of,)
        case Compare(operator="<>", left=left, right=right):
            return (Compare("=", left, right),)
        case Compare(operator="<" | "<=", left=left) if _excuses(condition):
            return (Compare(OPPOSITE[condition.operator], left, condition.right),)
    return None


def _excuses(condition: Compare) -> bool:
    """Whether an upper limit only ever keeps somebody out: because what it counts speaks for a
    traveller, or because whoever is unknown is taken to be below it."""
    about, default = subject(condition.left)
    bound = constant(condition.right)
    if about is None or not isinstance(bound, int | float):
        return False
    if about.serves == "for":
        return True
    if not isinstance(default, int | float):
        return False
    return default < bound or (condition.operator == "<=" and default == bound)


_BETWEEN = gettext_lazy("%(sentence)s;")
_STOP = gettext_lazy("%(sentence)s.")


def _headed(heading: Text, bullets: Sequence[Bullet]) -> Part:
    return Part(heading=heading, bullets=tuple(_ended(bullets, _STOP)))


def _ended(bullets: Sequence[Bullet], last: Text) -> Iterator[Bullet]:
    """Sentences with a semicolon after each and the given sign after the last, at whatever depth."""
    for place, bullet in enumerate(bullets):
        end = last if place == len(bullets) - 1 else _BETWEEN
        if bullet.bullets:
            yield Bullet(text=bullet.text, bullets=tuple(_ended(bullet.bullets, end)))
        else:
            yield Bullet(text=end.given(sentence=bullet.text))


def lines(read: Reading, language: Language = ENGLISH) -> list[str]:
    """A reading as lines of text: headings, and sentences with a dash, indented by depth."""
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
