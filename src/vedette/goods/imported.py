"""The control lists that an organisation imports: their files and rules.

The web process also imports this module. The comparison with goods items is in `listed.py`.
"""

from __future__ import annotations

import datetime as dt
import io
from collections.abc import Callable, Collection, Mapping, Sequence
from functools import cache

import msgspec

from vedette.core.cells import Table
from vedette.core.entries import ControlLists, Entry, EntryIdentifier, EntryName
from vedette.core.errors import Failure
from vedette.core.kind import ControlFormats
from vedette.core.records import Warning
from vedette.core.texts import Text
from vedette.formats.edifact import Unreadable
from vedette.goods import official
from vedette.goods.official import ListEntry
from vedette.profiles.vocabulary import Column, Vocabulary
from vedette.screening.control_lists.hits import FACTS

#: Name of a format → its title and the basis on which its reader was written.
FORMATS = {
    "eu_annex_1": ("Annex I of Regulation (EU) 2021/821, HTML or Formex XML", "specification"),
    "correlation": (
        "correlation table of CN codes and entries (TARIC), CSV or Excel",
        "specification",
    ),
    "us_ccl": ("US Commerce Control List, CSV", "published file"),
    "us_usml": ("US Munitions List, headings, CSV", "published file"),
    "template": ("vedette's own template for control lists, CSV or Excel", "own"),
}
#: The rule that is proposed for lists whose goods need a licence, and for other lists.
_NEEDS_LICENCE = "declared_not_listed or not licence"
_PROPOSED = "above_limit"
#: Number of names of an entry that are kept, and of characters of a name.
_MOST_NAMES, _LONGEST_NAME = 200, 200


# --- files --------------------------------------------------------------------------------------


def read(files: Mapping[str, bytes]) -> tuple[str, list[Entry], list[Warning]]:
    """Returns the format, the entries and the problems of the files of one list. The codes of correlation
    tables are added to the entries of the other files. Raises `Failure` if a file is not a control list."""
    try:
        read = [(name, official.read(data)) for name, data in sorted(files.items())]
    except Unreadable as error:
        raise Failure(error.reason) from error
    tables = [loaded for _, loaded in read if loaded.format == "correlation"]
    texts = [loaded for _, loaded in read if loaded.format != "correlation"]
    entries = [one for loaded in texts or tables for one in loaded.entries]
    for table in tables if texts else ():
        entries = official.correlated(entries, table)
    if not entries:
        raise Failure("the file contains no entry that can be read")
    several = len(files) > 1
    problems = [
        Warning(
            code=one.code,
            message=one.reason,
            segment=f"{name}, {_place(one.place)}" if several else _place(one.place),
        )
        for name, loaded in read
        for one in loaded.problems
    ]
    return (texts or tables)[0].format, [as_entry(one) for one in entries], problems


def _place(place: str) -> str:
    return place.replace("row ", "line ", 1) if place.startswith("row ") else place


def as_entry(one: ListEntry) -> Entry:
    """Returns an entry of a control list in the form in which it is stored."""
    names = [EntryName(full=one.text or one.text_fr or one.number)]
    if one.text_fr and one.text:
        names.append(EntryName(full=one.text_fr, kind="fr"))
    aliases = dict.fromkeys(name[:_LONGEST_NAME] for name in one.names)
    names += [EntryName(full=name, kind="alias") for name in list(aliases)[:_MOST_NAMES]]
    return Entry(
        ref=one.number,
        schema="Goods",
        names=tuple(names),
        identifiers=tuple(
            EntryIdentifier(kind=kind, value=value)
            for kind, values in (("cas", one.cas), ("un", one.un), ("hs", one.hs))
            for value in values
        ),
        programmes=(one.parent,) if one.parent else (),
        limit=f"{one.limit.normalize():f}" if one.limit is not None else None,
        valid_from=one.valid_from,
        valid_to=one.valid_to,
    )


def supplied_entries(key: str) -> list[Entry]:
    """Returns the entries of a list that is supplied with vedette, so that an organisation can change
    them."""
    from vedette.goods import knowledge

    supplied = knowledge.shipped()
    found: list[Entry] = []
    for number, one in enumerate((e for e in supplied.entries if e.list == key), 1):
        listed = ListEntry(
            number=one.key.partition(":")[2] or str(number), text=one.name_en, parent=one.category,
            text_fr=one.name_fr, cas=one.cas, un=one.un, hs=one.hs, limit=one.limit,
            valid_from=one.valid_from, valid_to=one.valid_to,
        )  # fmt: skip
        found.append(as_entry(listed))
    return found


def template() -> str:
    """Returns the template for control lists, with an example row."""
    out = io.StringIO()
    table = Table(out, line_end="\n")
    table.row(official.TEMPLATE)
    example = {
        "number": "EX-1", "text_en": "Example: acetone", "text_fr": "Exemple : acétone",
        "names": "acetone|propanone", "cas": "67-64-1", "un": "UN1090", "hs": "291411", "limit": "35",
        "valid_from": "2026-01-01",
    }  # fmt: skip
    table.row(example.get(column, "") for column in official.TEMPLATE)
    return out.getvalue()


# --- rules --------------------------------------------------------------------------------------


def proposed(format: str, replaces: str) -> str:
    """Returns the proposed rule for a list: the rules of the supplied list that it replaces, or the rule for
    its format."""
    from vedette.goods import knowledge

    conditions = [
        f"({rule.condition})" if " " in rule.condition else rule.condition
        for rule in knowledge.conditions()
        if replaces and replaces in rule.lists and rule.condition
    ]
    # A condition that is part of another one says nothing new.
    conditions = [one for one in conditions if not any(one in other != one for other in conditions)]
    if conditions:
        return " or ".join(conditions) if len(conditions) > 1 else conditions[0].strip("()")
    return _PROPOSED if format == "template" else _NEEDS_LICENCE


@cache
def vocabulary() -> Vocabulary:
    """Returns the columns that a rule may use: the columns of risk profiles, and the facts of a match."""
    from vedette.goods import columns

    known = columns.vocabulary()
    facts = tuple(
        Column(name=name, type="yes_no", label=words, says=words, ground="goods", source="match")
        for name, words in FACTS.items()
    )
    others = tuple(one for one in known.columns if one.name not in FACTS)
    return msgspec.structs.replace(known, columns=(*facts, *others))


def problem(rule: str) -> Text | None:
    """Returns the reason why a rule cannot be read, or None if the rule can be read. If the rule is empty,
    each match is a reason."""
    from vedette.profiles.check import ExpressionError, error_text
    from vedette.profiles.parse import parse

    if not rule.strip():
        return None
    try:
        parse(rule, vocabulary())
    except ExpressionError as error:
        return error_text(error)
    return None


def _supplied() -> dict[str, str]:
    from vedette.goods import knowledge

    return {one.key: one.title for one in knowledge.shipped().lists}


def supplied_themes() -> dict[str, str]:
    """Returns the themes of the lists that are supplied with vedette, by their keys."""
    from vedette.goods import knowledge

    return {one.key: one.theme for one in knowledge.shipped().lists}


def supplied_changes() -> set[tuple[dt.date, str]]:
    """Returns the days on which an entry of a supplied list becomes valid or expires, with the key of the
    list."""
    from vedette.goods import knowledge

    found: set[tuple[dt.date, str]] = set()
    for one in knowledge.shipped().entries:
        if one.valid_from is not None:
            found.add((one.valid_from, one.list))
        if one.valid_to is not None and one.valid_to < dt.date.max:
            found.add((one.valid_to + dt.timedelta(days=1), one.list))
    return found


def formats(themes: tuple[str, ...]) -> ControlFormats:
    """Returns the functions and settings with which the kind of subject uses imported lists. `themes`
    contains the themes of the kind."""

    def finder(
        own: ControlLists, changed: Mapping[str, Collection[str]]
    ) -> Callable[[Sequence[tuple[str, str]]], list[int]]:
        # Workers alone load the matcher.
        from vedette.goods import listed

        return listed.finder(own, changed, themes)

    return ControlFormats(
        formats=FORMATS,
        read=read,
        template=template,
        supplied=_supplied,
        supplied_themes=supplied_themes,
        supplied_changes=supplied_changes,
        entries=supplied_entries,
        rule=proposed,
        facts=FACTS,
        problem=problem,
        finder=finder,
    )
