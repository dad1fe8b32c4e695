"""Compares goods items with the control lists of vedette, and turns matches into reasons.

A match is a fact about an item. A match becomes a reason if the conditions of a rule of its list are met
(`screening.control_lists.hits`). Each matched entry of a list produces one reason for an item.
"""

from __future__ import annotations

import datetime as dt
import hashlib
from collections import Counter
from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from functools import lru_cache
from typing import TYPE_CHECKING, Any

import msgspec

from vedette.goods import declarations, judging, licences
from vedette.goods.declarations import Goods, Held, Item
from vedette.screening.reason import Reason

if TYPE_CHECKING:
    import polars as pl

    from vedette.core.entries import ControlLists
    from vedette.goods.listed import InForce
    from vedette.screening.control_lists.matcher import Matcher
    from vedette.screening.control_lists.model import ControlList, Entry, Line, Match, Result

#: Theme of a control list → theme of the reasons that it gives, where the names differ.
THEMES = {"stce": "strategic", "salw": "small_arms"}
PURPOSE = "border"
#: The themes of the kind of subject.
OF_KIND = ("global_shield", "strategic", "small_arms")
#: Points of a match by the field that matched: a name or a number in the text, or the declared code alone.
TEXT_POINTS, CODE_POINTS = 60, 40
#: Points for each rule that states a contradiction, and for each further list of a theme with the same goods.
DOUBT_POINTS, FURTHER_POINTS = 10, 5
#: Rules that hold because statements of the declaration contradict each other.
DOUBTS = frozenset(("declared_not_listed", "contradiction", "residual_code_with_listed_word"))
#: The rule of an imported list, in its reasons.
RULE = "rule_of_the_list"
#: A match of an item: the number of its text, and its number in the result of the text.
Place = tuple[int, int]
#: Number of characters that two parts of a long text share, so that a name at the end is read whole.
OVERLAP = 200
#: Maximum number of reasons that the control lists of one theme give for one item.
MOST = 20


@dataclass(frozen=True, slots=True)
class Examined:
    """The results of the matcher for one item: the fields of the item, their lines, the positions of the
    lines in the texts, and the matches. `answers` contains the results of the checks of the licences of an
    item, and `bad` contains those results that contradict a licence.
    """

    goods: Goods
    checked: list[tuple[str, Line, int, Result]]
    entries: tuple[str, ...]
    #: Whether the goods need a licence.
    needed: bool
    #: None if the item names no document and needs no licence.
    use: licences.Use | None
    answers: tuple[licences.Answer, ...] = ()
    bad: tuple[licences.Answer, ...] = ()


def matches(
    subjects: Sequence[tuple[Held, Item]], now: dt.datetime
) -> list[list[tuple[str, Line, int, Result]]]:
    """Returns the results of the matcher for each item. An item that a later message removed has no results.
    All items belong to one organisation, whose lists are used in addition to the supplied lists
    (`Held.controls`).
    """
    known = _in_force(subjects, now.date())
    matcher = known.matcher if known else of_day(now.date())
    texts = [lines(declarations.read(hold, item)) if item.here else [] for hold, item in subjects]
    every = [line for some in texts for _, line, _ in some]
    results = iter(
        matcher.check_many([line.description for line in every], [line.hs for line in every])
    )
    return [[(*text, next(results)) for text in some] for some in texts]


def examine(subjects: Sequence[tuple[Held, Item]], now: dt.datetime) -> None:
    """Compares items with the control lists and checks their licences. This is done once in each transaction
    (`Item.examined`). The store must have loaded the licences before."""
    new = [(hold, item) for hold, item in subjects if item.here and item.examined is None]
    own = _in_force(new, now.date())
    for (hold, item), checked in zip(new, matches(new, now), strict=True):
        goods = declarations.read(hold, item)
        entries = entries_of(checked)
        needed = needs_licence(checked, own)
        if not needed and not goods.documents:
            item.examined = Examined(goods, checked, entries, needed, None)
            continue
        use = judging.use_of(
            goods, str(item.id), item.first, entries, received=item.received,
            recorded=item.known.licences, contested=hold.contested,
        )  # fmt: skip
        answers = judging.answers(use, item.known, needed)
        bad = tuple(judging.problems(answers, use, item.known))
        item.examined = Examined(goods, checked, entries, needed, use, answers, bad)


def entries_of(checked: Sequence[tuple[str, Line, int, Result]]) -> tuple[str, ...]:
    """Returns the keys of the entries that an item matches, sorted."""
    return tuple(sorted({key for *_, result in checked for key in result.keys}))


def needs_licence(
    checked: Sequence[tuple[str, Line, int, Result]], own: InForce | None = None
) -> bool:
    """Returns whether an item matches a list that has at least one rule that requires a licence."""
    from vedette.goods import knowledge

    licensed = own.licensed if own else knowledge.rules().licensed
    return any(match.list in licensed for *_, result in checked for match in result.matches)


def reasons(
    subjects: Sequence[tuple[Held, Item]], now: dt.datetime, values: pl.DataFrame | None = None
) -> list[list[Reason]]:
    """Returns the reasons of each item, in the order of `subjects`. The lists that are valid on the day `now`
    apply. A day that a message states is not used, because a wrong day must not change which lists apply.
    `values` contains the values of the vocabulary, one row for each item. The rules of imported lists may use
    these values."""
    day = now.date()
    examine(subjects, now)
    own = _in_force(subjects, day)
    matcher = own.matcher if own else of_day(day)
    found = [item.examined if item.here else None for _, item in subjects]
    hold = _imported_hold(found, own, day, values) if own else {}
    return [
        _of_item(one, matcher, day, own, hold.get(number, ())) if one is not None else []
        for number, one in enumerate(found)
    ]


def _of_item(
    examined: Examined,
    matcher: Matcher,
    day: dt.date,
    own: InForce | None = None,
    hold: Collection[Place] = (),
) -> list[Reason]:
    """Returns the reasons of one item on a day. `hold` contains the matches with imported lists that fulfil
    the rules of these lists."""
    from vedette.goods import knowledge

    found: dict[str, Reason] = {}
    counted: set[tuple[str, str]] = set()
    of_theme: Counter[str] = Counter()
    rules = own.rules if own else knowledge.rules()
    goods, bad = examined.goods, examined.bad
    for text, (field, _, place, result) in enumerate(examined.checked):
        line, facts = _stated(examined, text)
        for number, match in enumerate((*result.matches, *result.below)):
            if own and match.list in own.imported:
                held: tuple[str, ...] = (RULE,) if (text, number) in hold else ()
            else:
                held = rules.hits(line, [match], facts, day)
            key = f"{match.list}:{match.key}"
            if not held or key in found:
                continue
            known = next(one for one in matcher.knowledge.lists if one.key == match.list)
            if of_theme[theme_of(known)] == MOST:
                continue
            of_theme[theme_of(known)] += 1
            entry = next(e for e in matcher.entries_of(match.key) if e.list == match.list)
            # Within a theme, a further list with the same goods adds few points. A list of another theme
            # gives full points, because its readers may not see the reason of the first list.
            same = (theme_of(known), match.key)
            reason = _reason(
                goods,
                line,
                _moved(match, place),
                known,
                entry,
                held,
                facts,
                field,
                same in counted,
                bad,
            )
            found[key] = _of_imported(reason, match, own) if own else reason
            counted.add(same)
    return list(found.values())


def _stated(examined: Examined, text: int) -> tuple[Line, frozenset[str]]:
    """Returns one text of an item with its facts, without the documents that contradict a licence."""
    _, line, _, result = examined.checked[text]
    facts = frozenset(result.facts)
    if not examined.bad:
        return line, facts
    if examined.use is not None:
        documents = judging.codes_in_order(line.documents, examined.use, examined.bad)
        line = replace(line, documents=documents)
    return line, facts | {"licence_problem"}


def _in_force(subjects: Sequence[tuple[Held, Item]], day: dt.date) -> InForce | None:
    """Returns the supplied lists together with the lists of the organisation, or None if the organisation has
    no lists.
    """
    own: ControlLists | None = subjects[0][0].controls if subjects else None
    if own is None or not own.lists:
        return None
    from vedette.goods import listed

    return listed.in_force(own, day, OF_KIND)


def _imported_hold(
    items: Sequence[Examined | None], own: InForce, day: dt.date, values: pl.DataFrame | None
) -> dict[int, set[Place]]:
    """Returns, for each item, the matches with imported lists that fulfil the rules of these lists."""
    matches = [
        (item, (text, number), match, own.rules.match_facts(line, match, known))
        for item, examined in enumerate(items)
        if examined is not None
        for text, (*_, result) in enumerate(examined.checked)
        if result.matches or result.below
        for line, facts in (_stated(examined, text),)
        for known in (own.rules.line_facts(line, facts, day),)
        for number, match in enumerate((*result.matches, *result.below))
        if match.list in own.imported
    ]
    asked = [(item, match, facts) for item, _, match, facts in matches]
    found: dict[int, set[Place]] = {}
    for (item, place, _, _), holds in zip(matches, own.conditions.hold(asked, values), strict=True):
        if holds:
            found.setdefault(item, set()).add(place)
    return found


def _of_imported(reason: Reason, match: Match, own: InForce) -> Reason:
    """Returns the reason with the entry, the weight and the purpose of an imported list."""
    listed = own.imported.get(match.list)
    if listed is None:
        return reason
    id_, hash_, ref = own.first[match.list, match.key]
    content = hashlib.sha256(f"{reason.hash}|{hash_}|{listed.rule}".encode()).hexdigest()
    return msgspec.structs.replace(
        reason,
        entry=id_,
        hash=content,
        purpose=listed.purpose,
        contribution=min(reason.contribution, listed.weight),
        knowledge=f"{listed.name[:60]} {listed.version}",
        params={**reason.params, "list_id": listed.id, "ref": ref},
    )


def _moved(match: Match, place: int) -> Match:
    """Returns a match in a part of a text. The span of the match is converted to a span of the whole text.
    `place` is the position of the part in the text."""
    if not place or match.field != "description":
        return match
    return msgspec.structs.replace(match, start=match.start + place, end=match.end + place)


def theme_of(known: ControlList) -> str:
    """Returns the theme of the reasons that result from a list."""
    return THEMES.get(known.theme, known.theme)


def of_day(day: dt.date) -> Matcher:
    """Returns the matcher for the lists that are valid on a day. The same matcher is used for all days on
    which the same entries are valid."""
    from vedette.goods import knowledge

    return _matcher(max((one for one in _changes() if one <= day), default=dt.date.min), knowledge)


@lru_cache(maxsize=1)
def _changes() -> tuple[dt.date, ...]:
    """Returns the days on which entries become valid or end."""
    from vedette.goods import imported

    return tuple(sorted({day for day, _ in imported.supplied_changes()}))


@lru_cache(maxsize=2)
def _matcher(day: dt.date, knowledge: Any) -> Matcher:
    from vedette.screening.control_lists.matcher import Matcher

    return Matcher(knowledge.shipped().on(day))


def lines(goods: Goods) -> list[tuple[str, Line, int]]:
    """Returns the texts of an item as lines, each with the name of its field and its position in the text.
    The matcher reads a limited number of characters of a line. A long text therefore produces several lines,
    which overlap. A message can state numbers in separate fields (UN, CAS). These numbers are combined in one
    additional line.
    """
    from vedette.screening.control_lists.model import MAX_DESCRIPTION, Line

    item = goods.item
    texts = [("description", item.description or ""), *_further(goods)]
    about: dict[str, Any] = {
        "hs": item.hs or "",
        "net_mass_kg": Decimal(str(item.net_mass_kg)) if item.net_mass_kg is not None else None,
        "quantity": item.quantity,
        "unit": item.unit or "",
        "origin": goods.origin or "",
        "destination": goods.destination or "",
        "documents": goods.document_codes,
    }
    return [
        (field, Line(description=part, **about), place * (MAX_DESCRIPTION - OVERLAP))
        for field, text in texts
        for place, part in enumerate(parts(text))
    ]


def _further(goods: Goods) -> list[tuple[str, str]]:
    """Returns the texts of an item other than its description, each with the name of its field."""
    item, texts = goods.item, []
    if goods.consignment.description and goods.consignment.description != item.description:
        texts.append(("consignment", goods.consignment.description))
    if item.un_numbers or item.cas:
        numbers = (*(f"UN {one}" for one in item.un_numbers), *(f"CAS {one}" for one in item.cas))
        texts.append(("numbers", " ".join(numbers)))
    return texts


def further(goods: Goods) -> list[str]:
    """Returns the texts of an item other than its description, in parts that are short enough for the
    matcher."""
    return [part for _, text in _further(goods) for part in parts(text)]


def parts(text: str) -> list[str]:
    """Returns overlapping parts of a text, each short enough for the matcher."""
    from vedette.screening.control_lists.model import MAX_DESCRIPTION

    step = MAX_DESCRIPTION - OVERLAP
    return [
        text[place : place + MAX_DESCRIPTION]
        for place in range(0, max(1, len(text) - OVERLAP), step)
    ]


def _reason(
    goods: Goods,
    line: Line,
    match: Match,
    known: ControlList,
    entry: Entry,
    held: Sequence[str],
    facts: frozenset[str],
    field: str,
    further: bool,
    bad: Sequence[licences.Answer] = (),
) -> Reason:
    evidence = (*_evidence(goods, match, entry, field), *_of_licences(bad))
    states = [f"{one.licence} {one.state}" for one in bad]
    content = "|".join(
        map(str, (match.list, match.version, entry, line.hs, match.text, *line.documents, *states))
    )
    points = TEXT_POINTS if match.field == "description" else CODE_POINTS
    points = min(100, points + DOUBT_POINTS * len(DOUBTS.intersection(held)))
    return Reason(
        kind="control_list",
        key=f"{match.list}:{match.key}"[:200],
        contribution=FURTHER_POINTS if further else points,
        params={
            "list": known.title,
            "list_fr": known.title_fr,
            "list_key": known.key,
            "list_version": known.version,
            "ref": match.key,
            "entry": entry.name_en,
            "entry_fr": entry.name_fr,
            "rule": match.rule,
            "rules": list(held),
            "facts": sorted({*facts, *match.facts}),
            "source": known.source,
        },
        evidence=evidence,
        knowledge=f"{known.key} {known.version}"[:100],
        theme=theme_of(known),
        purpose=PURPOSE,
        hash=hashlib.sha256(content.encode()).hexdigest(),
    )


def _of_licences(bad: Sequence[licences.Answer]) -> tuple[dict[str, Any], ...]:
    """Returns the licences that do not cover the item as lines of the evidence."""
    return tuple(
        {"name": "licence", "ours": one.licence, "theirs": None, "relation": "≠"} for one in bad
    )


def _evidence(goods: Goods, match: Match, entry: Entry, field: str) -> tuple[dict[str, Any], ...]:
    """Returns the values of the item, each with the corresponding value of the list entry. The first line
    states the span of the original text that matched."""
    hs = goods.item.hs or ""
    listed = any(hs.startswith(code) for code in entry.hs)
    of_text = match.field == "description"
    found: list[dict[str, Any]] = []
    if of_text:
        found.append(
            {
                "name": field, "ours": match.text, "theirs": entry.name_en, "theirs_fr": entry.name_fr,
                "relation": "=", "start": match.start, "end": match.end,
            }
        )  # fmt: skip
    found.append(
        {
            "name": "hs_code", "ours": hs or None, "theirs": ", ".join(entry.hs[:6]) or None,
            "relation": "–" if not hs or not entry.hs else "=" if listed else "≠",
        }
    )  # fmt: skip
    if entry.cas:
        stated = [one for one in goods.item.cas if one in entry.cas]
        found.append(
            {
                "name": "cas_number",
                "ours": stated[0] if stated else match.text if match.rule == "cas_number" else None,
                "theirs": ", ".join(entry.cas[:4]),
                "relation": "=" if stated or match.rule == "cas_number" else "–",
            }
        )
    if entry.un:
        stated = [one for one in goods.item.un_numbers if f"UN{one}" in entry.un]
        found.append(
            {
                "name": "un_number",
                "ours": stated[0] if stated else ", ".join(goods.item.un_numbers) or None,
                "theirs": ", ".join(entry.un[:4]),
                "relation": "=" if stated else "≠" if goods.item.un_numbers else "–",
            }
        )
    if entry.limit is not None:
        found.append(
            {
                "name": "limit",
                "ours": None,
                "theirs": f"{entry.limit.normalize():f} %",
                "relation": "–",
            }
        )
    if "Y901" in goods.document_codes:
        found.append({"name": "not_listed", "ours": "Y901", "theirs": entry.key, "relation": "≠"})
    return tuple(found)
