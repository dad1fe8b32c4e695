"""The names of a control list that contain classes of words, such as `{metal} azide`."""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterator

from vedette.screening.control_lists.model import Knowledge
from vedette.screening.control_lists.text import is_han

#: A class of words in a name.
CLASS = re.compile(r"\{(\w+)\}")


def combined(
    name: str, wanted: list[str], classes: dict[str, tuple[str, ...]]
) -> Iterator[str | tuple[str, ...]]:
    """Yields the names that result if each class in the name is replaced by each of its words. Each result is
    divided into its parts. Chinese words are combined only with each other. In Chinese, the words form one
    text without a space, in the order of the Chinese name."""
    template = CLASS.sub("{}", name)
    parts = template.split(" ")
    places = [at for at, part in enumerate(parts) if part == "{}"]
    apart = len(places) == len(wanted)
    han = {word for one in wanted for word in classes[one] if is_han(word)}
    for chosen in itertools.product(*(classes[one] for one in wanted)):
        if han.issuperset(chosen):
            # In Chinese the acid or the halogen precedes the metal, as in the names of salts.
            yield "".join(sorted(chosen, key=lambda word: -len(word)))
            yield "".join(chosen)
        elif han.isdisjoint(chosen):
            for words in (chosen, chosen[::-1]) if len(chosen) == 2 else (chosen,):
                if not apart:
                    yield template.format(*words)
                    continue
                for at, word in zip(places, words, strict=True):
                    parts[at] = word
                yield tuple(parts)


def names_of(knowledge: Knowledge, key: str) -> list[str]:
    """Returns all names of a key. A class of words in a name is replaced by each of its words."""
    names = []
    for name in knowledge.names.get(key, ()):
        if wanted := CLASS.findall(name):
            names += [
                made if isinstance(made, str) else " ".join(made)
                for made in combined(name, wanted, knowledge.classes)
            ]
        else:
            names.append(name)
    return names
