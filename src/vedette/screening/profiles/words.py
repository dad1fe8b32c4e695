"""A tree in plain words: what a profile spares and what it picks.

The reading is made from the tree that runs, never written apart. What must all be true is split in two,
as people read it: negations, and upper limits that only ever keep people out, say whom the profile *does
not pick*; the other conditions say whom it *picks*. That changes nothing: "not crew" and "does not pick
crew" are one formula, and where the fact is missing the profile does not pick.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from vedette.records import Record
from vedette.screening.profiles.sentences import Bullet, sentence, subject
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
from vedette.texts import ENGLISH, Language, Text, gettext_lazy, render


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
        return Reading(spares=None, picks=_part(_PICKS_ANY, picks))
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
    return Reading(spares=_part(_SPARES, spared) if spared else None, picks=_part(heading, picked))


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


def _part(heading: Text, bullets: Sequence[Bullet]) -> Part:
    return Part(heading=heading, bullets=tuple(_ended(bullets, _STOP)))


_BETWEEN = gettext_lazy("%(sentence)s;")
_STOP = gettext_lazy("%(sentence)s.")


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
