"""A tree in plain words, English or French: what a profile spares and what it picks.

The reading is made from the tree that runs, never written apart. What must all be true is split in two,
as people read it: negations, and upper limits that only ever keep people out, say whom the profile *does
not pick*; the other conditions say whom it *picks*. That changes nothing: "not crew" and "does not pick
crew" are one formula, and where the fact is missing the profile does not pick.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from vedette.core.records import Record
from vedette.screening.profiles.messages import Language
from vedette.screening.profiles.quantities import pick
from vedette.screening.profiles.sentences import Bullet, Piece, sentence, subject
from vedette.screening.profiles.tree import (
    OPPOSITE,
    Compare,
    Missing,
    Node,
    Not,
    Or,
    Tree,
    conjuncts,
    constant,
)


class Part(Record, frozen=True, kw_only=True):
    """A heading and its sentences."""

    heading: str
    bullets: tuple[Bullet, ...]


class Reading(Record, frozen=True, kw_only=True):
    """Whom a profile does not pick (None where nobody is spared), and whom it picks."""

    spares: Part | None
    picks: Part


_SPARES = ("Does not pick", "Ne signale pas")
_PICKS = ("Picks", "Signale")
_PICKS_ALL = ("Picks, if all are true", "Signale, si tout est vrai")
_PICKS_ANY = ("Picks, if at least one is true", "Signale, si l’un au moins est vrai")
_PICKS_ONE = ("Picks, if true", "Signale, si c’est vrai")
_EVERYONE = ("everyone else", "tous les autres")


def reading(tree: Tree, language: Language) -> Reading:
    """What a tree says, in a language."""
    if isinstance(tree, Or):
        picks = [sentence(part, language) for part in tree.parts]
        return Reading(spares=None, picks=_part(_PICKS_ANY, picks, language))
    spared: list[Bullet] = []
    picked: list[Bullet] = []
    for condition in conjuncts(tree):
        spares = _spared(condition)
        target = picked if spares is None else spared
        target += [sentence(part, language) for part in spares or (condition,)]
    heading = _PICKS_ALL if len(picked) > 1 else _PICKS_ONE
    if not picked:
        picked.append(Bullet(pieces=(Piece(text=pick(_EVERYONE, language)),)))
        heading = _PICKS
    return Reading(
        spares=_part(_SPARES, spared, language) if spared else None,
        picks=_part(heading, picked, language),
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


def _part(heading: tuple[str, str], bullets: Sequence[Bullet], language: Language) -> Part:
    return Part(heading=pick(heading, language), bullets=tuple(_ended(bullets, ".", language)))


def _ended(bullets: Sequence[Bullet], last: str, language: Language) -> Iterator[Bullet]:
    """Sentences with a semicolon after each and the given sign after the last, at whatever depth."""
    between = pick((";", " ;"), language)
    for place, bullet in enumerate(bullets):
        end = last if place == len(bullets) - 1 else between
        if bullet.bullets:
            below = tuple(_ended(bullet.bullets, end, language))
            yield Bullet(pieces=bullet.pieces, bullets=below)
        else:
            yield Bullet(pieces=(*bullet.pieces, Piece(text=end)))


def lines(read: Reading) -> list[str]:
    """A reading as lines of text: headings, and sentences with a dash, indented by depth."""
    made: list[str] = []
    for part in (read.spares, read.picks):
        if part is not None:
            made.append(part.heading)
            made += [line for bullet in part.bullets for line in _lines(bullet, "- ")]
    return made


def _lines(bullet: Bullet, mark: str) -> Iterator[str]:
    yield mark + "".join(piece.text for piece in bullet.pieces)
    for below in bullet.bullets:
        yield from _lines(below, "  " + mark)
