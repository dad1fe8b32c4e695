"""Generated records of persons with known truth: spelling variants, renewed documents, missing values, and
people who are easily confused (families, twins, namesakes). SYNTHETIC."""

from __future__ import annotations

import random
import uuid

from vedette.demo.world.lexicon import CULTURES
from vedette.screening.links import RecordOf

_SWAPS = (
    ("ou", "u"), ("ee", "i"), ("kh", "h"), ("dj", "j"), ("ch", "sh"), ("c", "k"), ("y", "i"), ("ss", "s"),
    ("ph", "f"), ("w", "v"), ("oo", "ou"), ("ae", "e"),
)  # fmt: skip


def respelt(chance: random.Random, name: str) -> str:
    """A transliteration variant of a name."""
    parts = name.lower().split()
    which = chance.random()
    if which < 0.35:
        for old, new in chance.sample(_SWAPS, len(_SWAPS)):
            if old in name.lower():
                return name.lower().replace(old, new, 1)
    if which < 0.5 and len(parts) > 1:
        return " ".join((parts[-1], *parts[:-1]))
    if which < 0.6:
        word = max(parts, key=len)
        place = chance.randrange(1, len(word))
        return name.lower().replace(word, word[:place] + word[place] + word[place:], 1)
    if which < 0.7:
        return f"{name.lower()} mr"
    return name.lower()


def generated(seed: int, count: int) -> list[tuple[int, RecordOf]]:
    """Records of `count` persons: (number of the person, record)."""
    chance = random.Random(seed)
    found: list[tuple[int, RecordOf]] = []
    household: tuple[str, str, str] = ("", "", "")
    for person in range(count):
        culture = chance.choice(CULTURES)
        given, surname = chance.choice(culture.men + culture.women), chance.choice(culture.surnames)
        birth = (
            f"{chance.randint(1950, 2005)}-{chance.randint(1, 12):02}-{chance.randint(1, 28):02}"
        )
        contacts = {f"phone:{chance.randrange(10**9):09}", f"email:{person}@example.org"}
        kind = chance.random()
        if kind < 0.15 and household[0]:
            # A member of the same family: surname, telephone number and address are the same.
            surname, contacts = household[0], {household[1], household[2]}
            if kind < 0.03:
                birth = found[-1][1].birth or birth  # a twin
        elif kind < 0.2 and found:
            # A namesake with another birth date.
            given, surname = ([*found[-1][1].names[0].split(), "x"])[:2]
        household = (
            surname,
            next(one for one in sorted(contacts) if ":" in one),
            "address:" + str(person),
        )
        documents = [f"document:{person}-{n}" for n in range(2)]
        for turn in range(chance.choice((1, 1, 2, 3, 4))):
            renewed = chance.random() < 0.2
            held = frozenset({documents[renewed]} if chance.random() < 0.85 else ())
            own = frozenset(one for one in contacts if chance.random() < 0.7)
            name = f"{given} {surname}"
            record = RecordOf(
                uuid.UUID(int=chance.getrandbits(128)), False,
                (respelt(chance, name) if turn else name.lower(),),
                birth if chance.random() < 0.92 else "", held, own,
            )  # fmt: skip
            found.append((person, record))
    return found
