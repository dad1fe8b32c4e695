"""Features of a description, and the training of the model that recognises vague descriptions.

The model is a logistic regression. The features of the model are the words, their parts of three and four
characters, and counts: words that name goods, unknown words, general words, numbers, and the length. A word
is known if it occurs in the texts of the Harmonized System or in the list of search words of a tariff.
`vague.py` applies the model, and this module trains it. `scripts/vague_model.py` writes the weights to
`lists/vague_model.csv`.
"""

from __future__ import annotations

import random
import re
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from vedette.screening.control_lists.text import fold

#: The model examines no longer description, in characters; a longer one is seldom vague.
LONGEST = 33
#: A description with another character than those of Latin scripts is judged by the rules alone.
NOT_LATIN = re.compile(r"[^\x00-\u024f\u2018-\u201f\u00a9\u00ae\u2122\u00b0]")
_NUMBER = re.compile(r"[2-9][0-9lo]*|[lo]+(?=[2-9])")
_FIGURES = frozenset("23456789")
_PARTS = (3, 4)


class Word(NamedTuple):
    """A word of a description: its class, its features, and its feature if it is the last word.

    The classes are "k" (a word that names goods), "u" (an unknown word), "g" (a general word), "n" (a number
    or code) and "s" (a word of one or two letters).
    """

    kind: str
    features: tuple[str, ...]
    last: str


def described(word: str, known: Callable[[str], bool], general: frozenset[str]) -> Word:
    """Returns the class and the features of a normalised word."""
    if not _FIGURES.isdisjoint(word):
        return Word("n", ("#" + _NUMBER.sub("#", word)[:5],), "l:?#")
    if len(word) < 3:
        return Word("s", ("s:" + word,), "l:?")
    kind = "g" if word in general else "k" if known(word) else "u"
    features = [] if kind == "u" else [f"{kind}:{word}"]
    if word.isalpha():
        bounded = f"<{word}>"
        features += [
            bounded[at : at + size] for size in _PARTS for at in range(len(bounded) - size + 1)
        ]
    return Word(kind, tuple(features), "l:?" if kind == "u" else "l:" + word)


def counted(kinds: str, length: int) -> tuple[str, ...]:
    """Returns the features for the classes of all words, and for the number of characters."""
    known, unknown = kinds.count("k"), kinds.count("u")
    general, numbers = kinds.count("g"), kinds.count("n")
    return (
        f"K{min(known, 4)}", f"U{min(unknown, 4)}",
        f"KU{min(known, 2)},{min(unknown, 2)},{min(general, 2)}",
        f"N{min(numbers, 3)}", f"G{min(general, 3)}", f"n{min(len(kinds), 7)}",
        f"Kn{min(known, 3)},{min(len(kinds), 4)}", f"c{min(length // 5, 8)}",
    )  # fmt: skip


def in_vocabulary(words: frozenset[str] | set[str]) -> Callable[[str], bool]:
    """Returns a function that tests whether a word, or its singular or plural, is one of the words."""

    def known(word: str) -> bool:
        return (
            word in words
            or (
                word[-1:] == "s"
                and (word[:-1] in words or (word[-2] == "e" and word[:-2] in words))
            )
            or word + "s" in words
        )

    return known


def vocabulary(texts: Iterable[str], general: frozenset[str]) -> set[str]:
    """Returns the words of three letters or more in texts that name goods."""
    words: set[str] = set()
    for text in texts:
        words.update(fold(text).split())
    return {word for word in words if len(word) >= 3 and word.isalpha() and word not in general}


class Model(NamedTuple):
    """A trained model: the words that name goods, the general words, the weights, and the constant."""

    known: frozenset[str]
    general: frozenset[str]
    weights: dict[str, float]
    constant: float

    def scores(self, texts: Sequence[str]) -> NDArray[np.float64]:
        """Returns the scores of texts. A higher score means a vaguer text."""
        rows = _features(texts, in_vocabulary(self.known), self.general)
        weights = self.weights
        return np.array([self.constant + sum(weights.get(one, 0.0) for one in row) for row in rows])


def examined(text: str) -> bool:
    """Returns whether the model examines a description."""
    return len(text) <= LONGEST and NOT_LATIN.search(text) is None


def _features(
    texts: Iterable[str], known: Callable[[str], bool], general: frozenset[str]
) -> list[list[str]]:
    memory: dict[str, Word] = {}
    rows = []
    for text in texts:
        words = []
        for word in fold(text).split():
            if word not in memory:
                memory[word] = described(word, known, general)
            words.append(memory[word])
        row = [feature for word in words for feature in word.features]
        row += counted("".join(word.kind for word in words), len(text))
        if words:
            row.append(words[-1].last)
        rows.append(row)
    return rows


def trained(
    vague: Sequence[str],
    names: Sequence[str],
    nomenclature: Sequence[str],
    lexicon: Iterable[str],
    general: frozenset[str],
    seed: int = 11,
) -> Model:
    """Returns a model that separates vague descriptions from names of goods.

    `names` contains short names of goods, `nomenclature` contains longer texts, and `lexicon` contains
    additional texts whose words are known. Descriptions composed of a brand, a name and a size are added to
    the names, so that the model does not treat a description as vague because of an unknown word next to a
    name of goods.
    """
    known = vocabulary((*names, *nomenclature, *lexicon), general)
    lines = composed(vague, names, nomenclature, known, general, seed)
    texts = [*vague, *names, *nomenclature, *lines]
    rows = _features(texts, in_vocabulary(known), general)
    counts = Counter(feature for row in rows for feature in set(row))
    columns = {
        feature: at for at, feature in enumerate(sorted(f for f, n in counts.items() if n > 1))
    }
    places = [[columns[feature] for feature in row if feature in columns] for row in rows]
    index = np.array([at for row in places for at in row], dtype=np.int64)
    row_of = np.repeat(np.arange(len(rows)), [len(row) for row in places])
    wanted = np.zeros(len(rows))
    wanted[: len(vague)] = 1.0
    weight = np.ones(len(rows))
    start = len(vague)
    for part, share in ((names, 1.0), (nomenclature, 0.5), (lines, 2.0)):
        if part:
            weight[start : start + len(part)] = len(vague) * share / len(part)
        start += len(part)
    found = _fitted(index, row_of, wanted, weight, len(columns))
    return Model(
        frozenset(known), general,
        {feature: float(found[at]) for feature, at in columns.items()}, float(found[-1]),
    )  # fmt: skip


def _fitted(
    index: NDArray[np.int64],
    row_of: NDArray[np.int64],
    wanted: NDArray[np.float64],
    weight: NDArray[np.float64],
    width: int,
    penalty: float = 3.0,
    steps: int = 120,
) -> NDArray[np.float64]:
    """Returns the weights of a logistic regression with a quadratic penalty. The last weight is the constant.

    The method is gradient descent with adaptive steps (Adam) over all rows.
    """
    found, first, second = np.zeros(width + 1), np.zeros(width + 1), np.zeros(width + 1)
    gradient = np.empty(width + 1)
    total = weight.sum()
    for step in range(1, steps + 1):
        sums = np.bincount(row_of, found[index], minlength=len(wanted)) + found[-1]
        error = (1 / (1 + np.exp(-sums)) - wanted) * weight
        gradient[:-1] = np.bincount(index, error[row_of], minlength=width) + penalty * found[:-1]
        gradient[-1] = error.sum()
        gradient /= total
        first = 0.9 * first + 0.1 * gradient
        second = 0.999 * second + 0.001 * gradient * gradient
        size = 0.05 if step <= 100 else 0.02
        found -= size * (first / (1 - 0.9**step)) / (np.sqrt(second / (1 - 0.999**step)) + 1e-8)
    return found


#: Colours, sizes and quantities of composed lines.
_FILLERS = (
    "black", "white", "pink", "blue", "red", "navy", "grey", "gold", "50ml", "100ml", "200 ml", "x2",
    "2 pack", "pack of 3", "500g", "500 gr", "size m", "l", "10 pcs", "1kg", "uk 8", "100%", "new", "- black",
    "mini", "large", "60 capsules", "1 ud", "set", "for men", "women", "kids", "baby", "2 in 1", "pro", "12v",
    "m", "3 pieces", "premium", "5g", "usb",
)  # fmt: skip


def composed(
    vague: Sequence[str],
    names: Sequence[str],
    nomenclature: Sequence[str],
    known: set[str],
    general: frozenset[str],
    seed: int,
    number: int = 12_000,
) -> list[str]:
    """Returns generated descriptions that are precise and have the usual form of descriptions of parcels:
    unknown words, a name of goods, a size or a colour."""
    chance = random.Random(seed)  # noqa: S311  the same lines in each run
    short = [name for name in names if len(name) <= 34]
    heads = []
    for text in nomenclature:
        head = re.split(r"[;:,(]", text)[0].strip()
        words = fold(head).split()
        if 1 <= len(words) <= 4 and len(head) <= 34 and any(w in known for w in words):
            heads.append(head)
    brands = [
        word
        for text in vague
        for word in text.split()
        if word.isalpha()
        and len(word) >= 3
        and fold(word) not in known
        and fold(word) not in general
    ]
    if len(brands) < 200:
        brands += [
            "".join(chance.choice(("ba", "ko", "mi", "tra", "len", "sor", "vi", "du", "pe", "zan"))
                    for _ in range(chance.randrange(2, 4)))
            for _ in range(500)
        ]  # fmt: skip
    lines = []
    for _ in range(number):
        parts = []
        for share in (0.7, 0.4, 0.2):
            if chance.random() < share:
                word = chance.choice(brands)
                if chance.random() < 0.5:
                    at = chance.randrange(len(word))
                    word = (
                        word[:at] + chance.choice("aeiourstln") + word[at + chance.randrange(2) :]
                    )
                parts.append(word)
        of_names = short and (chance.random() < 0.6 or not heads)
        parts.append(chance.choice(short if of_names else heads))
        parts += [chance.choice(_FILLERS) for share in (0.5, 0.3) if chance.random() < share]
        if chance.random() < 0.15:
            chance.shuffle(parts)
        lines.append(" ".join(parts))
    return [line for line in lines if len(line) <= 44]
