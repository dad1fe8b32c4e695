"""The control lists of an organisation and the supplied control lists, in the form for comparisons with goods
items. Only workers import this module.

An entry with a CAS number is compared like a substance of the supplied lists. An entry without a CAS number
is found by the names and UN numbers that the list states for it. An HS code alone does not identify an entry
of an imported list.
"""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from functools import lru_cache

import polars as pl

from vedette.core.entries import ControlList as Imported
from vedette.core.entries import ControlLists, Entry
from vedette.core.themes import shared
from vedette.goods import knowledge
from vedette.goods.imported import vocabulary
from vedette.profiles.parse import parse
from vedette.profiles.run import Profile, ProfileSet
from vedette.profiles.tree import columns as used
from vedette.screening.control_lists import model
from vedette.screening.control_lists.hits import FACTS, LIMIT, Rules
from vedette.screening.control_lists.matcher import Matcher


class Conditions:
    """The compiled rules of imported lists. The rules are evaluated for many matches at once."""

    def __init__(self, lists: Sequence[Imported]) -> None:
        trees = {one.id: parse(one.rule, vocabulary()) for one in lists if one.rule.strip()}
        self._set = ProfileSet([Profile(id=id_, tree=tree) for id_, tree in trees.items()])
        self._ids = {id_: number for number, id_ in enumerate(trees)}
        #: Lists whose rule asks for a licence.
        self.licensed = frozenset(
            id_ for id_, tree in trees.items() if any(c.name == "licence" for c in used(tree))
        )
        #: Lists whose rule names the limit: it is asked about goods below the limit, too.
        self._limited = {
            id_ for id_, tree in trees.items() if any(c.name == LIMIT for c in used(tree))
        }

    def hold(
        self,
        matches: Sequence[tuple[int, model.Match, frozenset[str]]],
        values: pl.DataFrame | None,
    ) -> list[bool]:
        """Returns, for each match, whether it fulfils the rule of its list. For each match, `matches`
        contains the row number of its item in `values`, the match and its facts. Without values, a rule can
        use only the facts.
        """
        above = [one.above_limit or one.list in self._limited for _, one, _ in matches]
        if not self._ids or not matches:
            return above
        facts = pl.DataFrame(
            {name: [name in known for _, _, known in matches] for name in FACTS},
            schema=dict.fromkeys(FACTS, pl.Boolean),
        )
        if values is not None:
            rows = values.drop(FACTS, strict=False)[[row for row, _, _ in matches]]
            facts = rows.hstack(facts)
        fired = self._set.fire(facts)
        true = set(zip(fired.rows.tolist(), fired.profiles.tolist(), strict=True))
        return [
            may and (one.list not in self._ids or (number, self._ids[one.list]) in true)
            for number, ((_, one, _), may) in enumerate(zip(matches, above, strict=True))
        ]


# --- lists in force -----------------------------------------------------------------------------


@dataclass(frozen=True, eq=False)
class InForce:
    """The supplied and imported lists of a day. The object contains the matcher and the rules of the supplied
    lists, and the imported lists by their keys. `ids` contains the ids of all imported entries, by list and
    key. `first` contains the id, the hash and the number of the first entry."""

    matcher: Matcher
    rules: Rules
    conditions: Conditions
    imported: Mapping[str, Imported]
    ids: Mapping[tuple[str, str], set[str]]
    first: Mapping[tuple[str, str], tuple[str, str, str]]
    #: The lists whose goods need a licence.
    licensed: frozenset[str]


@lru_cache(maxsize=16)
def in_force(own: ControlLists, day: dt.date, themes: tuple[str, ...]) -> InForce:
    """Returns the lists in force on a day. `themes` contains the themes of the kind of subject."""
    supplied = knowledge.shipped()
    theme_of = {one.key: one.theme for one in supplied.lists}
    # A list whose themes do not include the theme of the supplied list does not end its reasons.
    replaced = {one.replaces for one in own.lists if theme_of.get(one.replaces) in one.themes}
    entries = [one for one in supplied.entries if one.list not in replaced and one.valid_on(day)]
    named: list[tuple[str, tuple[str, ...], tuple[str, ...]]] = []
    exact: dict[str, set[str]] = defaultdict(set)
    for one in supplied.entries:
        if not one.residual:
            exact[one.key].update(one.hs)
    lists = [one for one in supplied.lists if one.key not in replaced]
    ids: dict[tuple[str, str], set[str]] = defaultdict(set)
    first: dict[tuple[str, str], tuple[str, str, str]] = {}
    rules = [
        replace(rule, lists=frozenset(rule.lists or {one.key for one in lists}))
        for rule in knowledge.conditions()
    ]
    for listed in own.lists:
        theme = shared([one for one in listed.themes if one in themes] or listed.themes)
        lists.append(
            model.ControlList(listed.id, listed.name, str(listed.version), theme, listed.basis)
        )
        for id_, hash_, entry in listed.entries:
            for made, words in _of_entry(listed.id, entry, exact):
                if not made.valid_on(day):
                    continue
                entries.append(made)
                ids[listed.id, made.key].add(id_)
                first.setdefault((listed.id, made.key), (id_, hash_, entry.ref))
                named.append((made.key, words, made.un))
    names, numbers = _named(tuple(named)) if named else (supplied.names, supplied.numbers)
    made_of = model.Knowledge(
        tuple(lists), tuple(entries), names, supplied.classes, supplied.words, numbers
    )
    supplied_rules, conditions = knowledge.rules_of(rules), Conditions(own.lists)
    return InForce(
        Matcher(made_of),
        supplied_rules,
        conditions,
        {one.id: one for one in own.lists},
        dict(ids),
        first,
        supplied_rules.licensed | conditions.licensed,
    )


@lru_cache(maxsize=4)
def _named(
    added: tuple[tuple[str, tuple[str, ...], tuple[str, ...]], ...],
) -> tuple[dict[str, tuple[str, ...]], dict[str, tuple[str, ...]]]:
    """Returns the names and the UN numbers of the supplied lists and of imported entries. `added` contains
    the key, the words and the UN numbers of each entry. For equal entries, the function returns the same
    objects. The matchers of several days, and of list versions with the same words, can then share one index,
    which needs 44 MB of memory and takes one second to build.
    """
    supplied = knowledge.shipped()
    names, numbers = dict(supplied.names), dict(supplied.numbers)
    for key, words, un in added:
        names[key] = tuple(dict.fromkeys((*names.get(key, ()), *words)))
        for number in un:
            known = numbers.get(number.removeprefix("UN"), ())
            numbers[number.removeprefix("UN")] = tuple(dict.fromkeys((*known, key)))
    return names, numbers


def _of_entry(
    key: str, entry: Entry, exact: Mapping[str, set[str]]
) -> list[tuple[model.Entry, tuple[str, ...]]]:
    """Converts an imported entry to entries of the matcher, one for each CAS number, with their names."""
    values: dict[str, list[str]] = defaultdict(list)
    for one in entry.identifiers:
        values[one.kind].append(one.value)
    text, french = entry.names[0].full, next((n.full for n in entry.names if n.kind == "fr"), "")
    words = tuple(one.full for one in entry.names if one.kind == "alias")
    # Goods are declared in the plural as often as in the singular.
    words += tuple(f"{word}s" for word in words if word.isascii() and word[-1:].isalpha())
    hs = tuple(dict.fromkeys(code[:6] for code in values["hs"] if len(code) >= 6))
    cas = values["cas"]
    found = []
    for number, own in enumerate([f"cas:{one}" for one in cas] or [f"entry:{entry.ref}"]):
        # A code that identifies the same goods in a supplied list keeps this meaning.
        alone = exact.get(own, set())
        found.append(
            (
                model.Entry(
                    key, own, text[:300], french[:300], (cas[number],) if cas else (),
                    tuple(values["un"]) if number == 0 else (),
                    tuple(code for code in hs if code not in alone),
                    limit=Decimal(entry.limit) if entry.limit else None,
                    residual=True, category=next(iter(entry.programmes), ""),
                    valid_from=entry.valid_from, valid_to=entry.valid_to,
                ),
                words if number == 0 else (),
            )
        )  # fmt: skip
    return found


# --- stored subjects ----------------------------------------------------------------------------


def finder(
    own: ControlLists, changed: Mapping[str, Collection[str]], themes: tuple[str, ...]
) -> Callable[[Sequence[tuple[str, str]]], list[int]]:
    """Returns a function that takes descriptions with HS codes.

    The function returns the indexes of the descriptions that match one of the changed entries. Only the
    descriptions with a word of these entries are compared by the complete matcher.
    """
    whole = in_force(own, own.day, themes)
    known = whole.matcher.knowledge
    wanted = {
        (list_, key) for (list_, key), ids in whole.ids.items() if not ids.isdisjoint(changed.get(list_, ()))
    }  # fmt: skip
    wanted |= {(one.list, one.key) for one in known.entries if "*" in changed.get(one.list, ())}
    keys = {key for _, key in wanted}
    few = Matcher(
        model.Knowledge(
            known.lists, tuple(one for one in known.entries if (one.list, one.key) in wanted), {key: names for
            key, names in known.names.items() if key in keys}, known.classes, {}, {n: tuple(k for k in some if
            k in keys) for n, some in known.numbers.items() if keys.intersection(some)},
        )
    )  # fmt: skip

    def find(lines: Sequence[tuple[str, str]]) -> list[int]:
        worth = few.worth([text for text, _ in lines], [hs for _, hs in lines])
        read = whole.matcher.check_many([lines[n][0] for n in worth], [lines[n][1] for n in worth])
        return [
            number
            for number, result in zip(worth, read, strict=True)
            if any((one.list, one.key) in wanted for one in (*result.matches, *result.below))
        ]

    return find
