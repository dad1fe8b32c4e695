"""Conditions and values as sentences, in English and French.

A condition on a column makes the column's own sentence (`Column.says_*`) with the limit put in; anything
else a formula of labels and signs with the limit behind it.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from vedette.core.records import Record
from vedette.screening import vocabulary
from vedette.screening.profiles import quantities
from vedette.screening.profiles.messages import Language, typeset
from vedette.screening.profiles.operators import TABLE
from vedette.screening.profiles.quantities import pick
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

#: Functions that say how text is part of other text → as `quantities.part` calls it.
PARTS = {"STARTS_WITH": "begins", "ENDS_WITH": "ends", "CONTAINS": "contains"}


class Piece(Record, frozen=True, kw_only=True):
    """A stretch of text; `strong` where it is the value or limit."""

    text: str
    strong: bool = False


class Bullet(Record, frozen=True, kw_only=True):
    """A sentence, and under it those it announces."""

    pieces: tuple[Piece, ...]
    bullets: tuple[Bullet, ...] = ()


_ALL = ("all of these:", "tout ceci à la fois :")
_ANY = ("at least one of these:", "l’un au moins de ces faits :")
_ALWAYS = ("always", "toujours")
_NEVER = ("never", "jamais")
_NOT_SO = ("it is not so that: ", "il est faux que : ")
_UNKNOWN = ("unknown: {}", "inconnu : {}")
_KNOWN = ("known: {}", "connu : {}")
_IS = (" is ", " est ")
_IS_WORTH = (" is ", " vaut ")


def sentence(node: Node, language: Language) -> Bullet:
    """A condition as a sentence, with nested ones under it."""
    return _sentence(normal(node), language)


def _sentence(node: Node, language: Language) -> Bullet:
    match node:
        case And(parts=parts):
            return _group(_ALL, parts, language)
        case Or(parts=parts):
            return _group(_ANY, parts, language)
        case Not(of=of):
            return _single(of, True, language)
    return _single(node, False, language)


def _group(lead: tuple[str, str], parts: Sequence[Node], language: Language) -> Bullet:
    below = tuple(_sentence(part, language) for part in parts)
    return Bullet(pieces=(Piece(text=pick(lead, language)),), bullets=below)


def _single(node: Node, negated: bool, language: Language) -> Bullet:
    match node:
        case Literal(value=bool() as value):
            return _said(pick(_ALWAYS if value is not negated else _NEVER, language))
        case Missing(of=of):
            text = pick(_KNOWN if negated else _UNKNOWN, language)
            return _said(text.replace("{}", formula(of, language)))
        case Compare() | Between() | In() | InList() | Like() | Matches():
            of, phrase = limit(node, negated, language)
            return _filled(of, phrase, language)
        case Call(name=name, arguments=(_, Literal())) if name in PARTS:
            of, phrase = limit(node, negated, language)
            return _filled(of, phrase, language)
    return _yes_no(node, negated, language)


def limit(node: Node, negated: bool, language: Language) -> tuple[Node, str]:
    """What a condition is about, and the limit it sets, in words."""
    match node:
        case Compare(operator=operator, left=left, right=right):
            operator = OPPOSITE[operator] if negated else operator
            fixed = constant(right)
            if fixed is None:
                said = formula(right, language)
                return left, quantities.limit_of(operator, type_of(right), said, language)
            return left, quantities.limit(operator, fixed, unit(left), language)
        case Between(of=of, low=low, high=high):
            first, last = constant(low), constant(high)
            if first is None or last is None:
                texts = ("less than {0} or more than {1}", "moins de {0} ou plus de {1}") if negated else (
                    "between {0} and {1}", "entre {0} et {1}")  # fmt: skip
                text = pick(texts, language).replace("{0}", formula(low, language))
                return of, text.replace("{1}", formula(high, language))
            return of, quantities.between(first, last, unit(of), negated, language)
        case In(of=of, values=values):
            fixed_values = [value for value in map(constant, values) if value is not None]
            return of, quantities.one_of(fixed_values, unit(of), negated, language)
        case InList(of=of, list=named):
            return of, quantities.on_list(named.name, negated, language)
        case Like(of=of, pattern=pattern, ignore_case=ignore_case):
            return of, quantities.like(pattern, ignore_case, negated, language)
        case Matches(of=of, pattern=pattern):
            return of, quantities.part("matches", pattern, negated, language)
        case Call(name=name, arguments=(of, Literal(value=str() as text))) if name in PARTS:
            return of, quantities.part(PARTS[name], text, negated, language)
    return node, quantities.shown(not negated, "", language)


def unit(node: Node) -> str:
    """The unit of a value, where it has one."""
    about, _ = subject(node)
    if about is not None:
        return about.unit
    return TABLE[node.name].unit if isinstance(node, Call) else ""


def _filled(of: Node, phrase: str, language: Language) -> Bullet:
    """The sentence of a column with a phrase put in; of anything else a formula."""
    about, default = subject(of)
    strong = Piece(text=phrase, strong=True)
    if about is None or about.type == "yes_no":
        verb = _IS_WORTH if type_of(of) in ("number", "whole") else _IS
        return Bullet(pieces=(Piece(text=formula(of, language) + pick(verb, language)), strong))
    says = typeset(about.says_fr) if language == "fr" else about.says_en
    before, gap, after = says.partition("{}")
    if language == "fr" and phrase[0] in "aeiou":
        before = re.sub(r"\b(d|qu)e $", r"\1’", before)
    pieces = [
        Piece(text=before if gap else pick(("{}: ", "{} : "), language).replace("{}", says)),
        strong,
    ]
    ending = after + remark(default, language)
    if ending:
        pieces.append(Piece(text=ending))
    return Bullet(pieces=tuple(piece for piece in pieces if piece.text))


def _yes_no(node: Node, negated: bool, language: Language) -> Bullet:
    about, default = subject(node)
    prefix = pick(_NOT_SO, language) if negated else ""
    if about is None:
        return _said(prefix + formula(node, language))
    french = language == "fr"
    says = about.says_fr if french else about.says_en
    opposite_says = about.not_fr if french else about.not_en
    if negated and opposite_says:
        prefix, says = "", opposite_says
    return _said(prefix + (typeset(says) if french else says) + remark(default, language))


def _said(text: str) -> Bullet:
    return Bullet(pieces=(Piece(text=text),))


def plain(bullet: Bullet) -> str:
    """A sentence and those under it in one line."""
    text = "".join(piece.text for piece in bullet.pieces)
    below = " / ".join(plain(one) for one in bullet.bullets)
    return f"{text} ({below})" if below else text


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


def label(about: vocabulary.Column, language: Language) -> str:
    """What a column is."""
    return typeset(about.fr) if language == "fr" else about.en


def remark(default: Scalar | None, language: Language) -> str:
    """What is taken where nothing is known: ` (0 where unknown)`; empty without a default."""
    if default is None:
        return ""
    texts = (" ({} where unknown)", " ({} si inconnu)")
    return pick(texts, language).replace("{}", quantities.shown(default, "", language))


def formula(node: Node, language: Language) -> str:
    """A value in words and signs."""
    match node:
        case Column(about=about):
            return quantities.quoted(label(about, language), language)
        case Literal(value=value) | Parameter(value=value):
            return quantities.shown(value, "", language)
        case Negative(of=of):
            return f"−{_inside(of, language)}"
        case Arithmetic(operator=operator, left=left, right=right):
            first, second = _inside(left, language), _inside(right, language)
            if operator == "+" and isinstance(left, Arithmetic) and left.operator == "+":
                first = formula(left, language)
            return f"{first} {_SIGNS[operator]} {second}"
        case Call():
            return _call(node, language)
    return f"[{plain(sentence(node, language))}]"


def _inside(node: Node, language: Language) -> str:
    text = formula(node, language)
    return f"({text})" if isinstance(node, Arithmetic) else text


def _call(node: Call, language: Language) -> str:
    if node.name == "COALESCE" and len(node.arguments) == 2:
        default = constant(node.arguments[1])
        if default is not None:
            return formula(node.arguments[0], language) + remark(default, language)
    said = [_inside(argument, language) for argument in node.arguments]
    row = TABLE[node.name]
    template = pick((row.says_en, row.says_fr), language)
    # What is in brackets speaks of an argument that may be left out.
    template = re.sub(
        r"\[(.*?\{(\d)\}.*?)\]",
        lambda found: found[1] if int(found[2]) < len(said) else "",
        template,
    )
    parts = {str(place): argument for place, argument in enumerate(said)}
    parts["all"] = quantities.joined(said, ("and", "et"), language)
    return re.sub(r"\{(\w+)\}", lambda found: parts[found[1]], template)
