"""Counts hits by group of subjects, for the reports on lists and on profiles. These reports can reveal
unequal treatment.

The reports contain only numbers for each group, and no data of a subject. Small groups are combined into one
group, because their shares are mostly due to chance and could reveal individual persons.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

from django.utils.translation import gettext, gettext_lazy

from vedette.apps import query
from vedette.apps.subjects.kinds import AppKind, app_kind, app_kinds
from vedette.kinds import kind
from vedette.screening.names.scripts import script_of

#: Groups with fewer rows are counted together as `OTHERS`.
SMALLEST = 5
#: Number of answers below which a share is mostly due to chance.
SAYS_LITTLE = 100
#: The name of the group that joins all small groups, and the name of the group whose value is not stated or
#: is masked.
OTHERS, UNKNOWN = "", "–"
#: The script of the name. Every kind is grouped by it, besides its columns in `Kind.fairness`.
SCRIPT = "script"

_SCRIPTS: dict[str, Any] = {
    "LATIN": gettext_lazy("Latin"),
    "ARABIC": gettext_lazy("Arabic"),
    "CYRILLIC": gettext_lazy("Cyrillic"),
    "GREEK": gettext_lazy("Greek"),
    "CJK": gettext_lazy("Chinese"),
    "HANGUL": gettext_lazy("Korean"),
    "HEBREW": gettext_lazy("Hebrew"),
    "other": gettext_lazy("another, or none"),
}

G = TypeVar("G")


@dataclass(frozen=True)
class Groups(Generic[G]):
    """The groups of one column of one kind. The groups are in descending order of size. Groups that are
    ranges of numbers are sorted in ascending order instead. `OTHERS` is last.
    """

    kind: str
    column: str
    #: Name of the group, and its counts.
    groups: dict[str, G]

    @property
    def label(self) -> str:
        """Returns the label of the column, with the kind of subject if there are several kinds."""
        of = app_kind(self.kind)
        text = label(of, self.column)
        return text if len(app_kinds()) == 1 else f"{of.queue_heads[0]}: {text}"

    @property
    def rows(self) -> list[tuple[str, G]]:
        """Returns each group with its name in the user's language."""
        of = app_kind(self.kind)
        return [(word(of, self.column, name), group) for name, group in self.groups.items()]


def label(of: AppKind, column: str) -> str:
    """Returns the label of a column by which subjects are grouped."""
    if column == SCRIPT:
        return gettext("Script of the name")
    return str(of.fairness.words.get(column, (column, {}))[0])


def word(of: AppKind, column: str, name: str, smallest: int = SMALLEST) -> str:
    """Returns the name of a group in the user's language."""
    if name == OTHERS:
        return gettext("other groups, fewer than %(n)s each") % {"n": smallest}
    if name == UNKNOWN:
        return gettext("not given or masked")
    words = _SCRIPTS if column == SCRIPT else of.fairness.words.get(column, ("", {}))[1]
    return str(words.get(name, name.capitalize() if column == SCRIPT else name))


def band(bands: tuple[int, ...], value: int) -> str:
    """Returns the lower limit of the range that contains a number."""
    return str(max((first for first in bands if first <= value), default=bands[0]))


def report(
    source: str, params: Mapping[str, Any], group: Callable[[Counter[str]], G]
) -> list[Groups[G]]:
    """Counts the rows of a query by group and answer, for every column of every kind.

    `source` is an SQL query of pairs (`hit`, `answer`). The function `group` receives the number of rows of a
    group for each answer, and returns the group. Columns for which no group may be shown are left out of the
    result.
    """
    return [
        Groups(one.name, column, groups)
        for one in app_kinds()
        for column, counts in _counts(one, source, params).items()
        if (groups := _shown(kind(one.name).bands.get(column, ()), counts, group))
    ]


def _counts(
    of: AppKind, source: str, params: Mapping[str, Any]
) -> dict[str, dict[str, Counter[str]]]:
    """Maps each column to the names of its groups, and each of these names to its number of rows for each
    answer."""
    about = kind(of.name)
    counted: dict[str, dict[str, Counter[str]]] = {
        column: defaultdict(Counter) for column in (*about.fairness, SCRIPT)
    }
    columns = ", ".join(f'g."{column}"' for column in (*about.fairness, "letter"))
    sql = f"""
        SELECT {columns}, s.answer, count(*) AS rows FROM ({source}) s
        JOIN hits_hit h ON h.id = s.hit
        JOIN subjects_subject t ON t.id = h.subject_id AND t.kind = %(of_kind)s
        LEFT JOIN LATERAL ({of.fairness.query}) g ON true
        GROUP BY {columns}, s.answer
    """  # noqa: S608  constants of the program
    for row in query.dicts(sql, {**params, "of_kind": of.name}):
        names = {SCRIPT: script_of(row["letter"]) if row["letter"] else UNKNOWN}
        for column in about.fairness:
            value, bands = row[column], about.bands.get(column)
            known = value is not None and value != ""
            names[column] = (band(bands, value) if bands else str(value)) if known else UNKNOWN
        for column, name in names.items():
            counted[column][name][row["answer"]] += row["rows"]
    return counted


def _shown(
    bands: tuple[int, ...],
    counted: Mapping[str, Counter[str]],
    group: Callable[[Counter[str]], G],
) -> dict[str, G]:
    small = [name for name, answers in counted.items() if answers.total() < SMALLEST]
    hidden = sum(counted[name].total() for name in small)
    large = sorted(set(counted) - set(small), key=lambda name: counted[name].total())
    if 0 < hidden < SMALLEST and large:
        # If the group of all small groups is itself too small, it is not shown. Its number could then be
        # computed from the total and the other groups. Therefore the smallest of the other groups is added to
        # it.
        small.append(large.pop(0))

    def order(name: str) -> tuple[bool, int, str]:
        size = counted[name].total()
        return name == UNKNOWN, int(name) if bands and name != UNKNOWN else -size, name

    groups = {name: group(counted[name]) for name in sorted(large, key=order)}
    others: Counter[str] = sum((counted[name] for name in small), Counter())
    return groups | {OTHERS: group(others)} if others.total() >= SMALLEST else groups
