"""Reasons, facts in favour, and history as sentences in the reader's language.

Only ids and parameters are stored; the sentences are made here, in the language of the reader.
"""

from __future__ import annotations

import datetime as dt
import difflib
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext, gettext_lazy

from vedette.apps.display import day, number, signed
from vedette.apps.hits.models import Decision, Event, Reason, Result
from vedette.apps.rendering import own, say, stored
from vedette.apps.subjects.kinds import AppKind
from vedette.core.codes import alpha3
from vedette.kinds import vocabulary
from vedette.profiles.words import shown

#: Channel → icon of the sprite.
_ICONS = {
    "document": "doc",
    "phone": "phone",
    "email": "mail",
    "address": "place",
    "company": "company",
}
#: Channel → sentence for the agreement of a list entry.
_FOUND_BY = {
    "name": gettext_lazy("Name similar to that of %(what)s"),
    "same_name": gettext_lazy("Name spelled or pronounced like that of %(what)s"),
    "document": gettext_lazy("Same document number as %(what)s"),
    "phone": gettext_lazy("Same telephone number as %(what)s"),
    "email": gettext_lazy("Same e-mail address as %(what)s"),
    "address": gettext_lazy("Same address as %(what)s"),
    "company": gettext_lazy("Company with the same name as %(what)s"),
}
#: Elements of the evidence that are words of a name.
_NAMED = ("surname", "given", "name", "company", "replaced", "left_out")
#: A day in evidence, in ISO form.
_DAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
ELEMENTS = {
    "name": gettext_lazy("Name"),
    "surname": gettext_lazy("Surname"),
    "given": gettext_lazy("Given names"),
    "replaced": gettext_lazy("Different words"),
    "left_out": gettext_lazy("Words on one side only"),
    "number": gettext_lazy("Number in the name"),
    "order": gettext_lazy("Order of the names"),
    "legal_form": gettext_lazy("Legal form"),
    "initials": gettext_lazy("Initials only"),
    "weak_alias": gettext_lazy("Weak alias"),
    "schema": gettext_lazy("Kind of entry"),
    "birth_date": gettext_lazy("Birth date"),
    "nationality": gettext_lazy("Nationality"),
    "sex": gettext_lazy("Sex"),
    "document": gettext_lazy("Document"),
    "phone": gettext_lazy("Telephone"),
    "email": gettext_lazy("E-mail"),
    "address": gettext_lazy("Address"),
    "company": gettext_lazy("Company"),
}


def icon(reason: Reason) -> str:
    """The icon of a reason. It depends on the kind of the reason and, for a watchlist, on the
    channel of the list.
    """
    if reason.kind == Reason.Kind.DISAGREEMENT:
        return "mismatch"
    if reason.kind == Reason.Kind.LOOKOUT:
        return "flag"
    if reason.kind == Reason.Kind.PROFILE:
        return "profile"
    return _ICONS.get(reason.channel, "list")


def short(reason: Reason, of: AppKind) -> str:
    """The reason in one line, as in the queue; `of` is the kind of its subject."""
    if reason.kind == Reason.Kind.DISAGREEMENT:
        return of.disagreement(reason.params)
    if reason.kind == Reason.Kind.PROFILE:
        return profile(reason.params)
    entry = gettext("entry %(ref)s, %(list)s") % {
        "ref": reason.params.get("ref", "–"),
        "list": reason.params.get("list", "–"),
    }
    if reason.kind == Reason.Kind.LOOKOUT:
        entry = gettext("a lookout")
    channel = reason.channel or "name"
    exact = channel == "name" and reason.score is not None and reason.score >= 0.995
    sentence = str(_FOUND_BY["same_name" if exact else channel]) % {"what": entry}
    if channel == "name" and reason.score is not None:
        return f"{sentence} ({number(reason.score, 2)})"
    return sentence


def profile(params: Mapping[str, Any]) -> str:
    """Returns the name of a profile, such as `Profile P-014: broken route`, with the title of the version
    that matched."""
    return gettext("Profile %(ref)s: %(title)s") % {
        "ref": params.get("ref", "–"), "title": own(params.get("title", "")),
    }  # fmt: skip


def title(reason: Reason, of: AppKind) -> str:
    """Returns the title of a reason, such as `Watchlist: name close to entry 42, List`."""
    if reason.kind == Reason.Kind.PROFILE:
        return profile(reason.params)
    kind = {
        Reason.Kind.WATCHLIST: gettext("Watchlist"),
        Reason.Kind.LOOKOUT: gettext("Lookout"),
        Reason.Kind.DISAGREEMENT: gettext("Messages disagree"),
    }[Reason.Kind(reason.kind)]
    text = short(reason, of)
    lowered = text[:1].lower() + text[1:] if text[1:2].islower() else text
    return gettext("%(kind)s: %(what)s") % {"kind": kind, "what": lowered}


def favour(items: Iterable[Mapping[str, Any]], of: AppKind) -> list[str]:
    """The facts in favour as one sentence each; the strongest fact is first. Unknown ids are left
    out.
    """
    ordered = sorted(items, key=lambda item: -item.get("points", 0))
    sentences = (of.favour(item["id"], item.get("params") or {}) for item in ordered)
    return [sentence for sentence in sentences if sentence]


@dataclass(frozen=True)
class Pair:
    """One row of evidence as the page shows it."""

    element: str
    ours: str | None
    theirs: str | None
    sign: str
    effect: str
    aligned: list[tuple[str, str, bool]]


def pairs(evidence: Iterable[Mapping[str, Any]], of: AppKind) -> list[dict[str, Any]]:
    """The evidence in two groups: first the elements that do not agree, then the others."""
    groups: dict[bool, list[Pair]] = {True: [], False: []}
    for item in evidence:
        if "condition" in item:
            return conditions(evidence, of)
        ours, theirs, sign = item.get("ours"), item.get("theirs"), item.get("relation", "–")
        name = str(item.get("name", ""))
        named = name in _NAMED and ours and theirs
        effect = item.get("contribution")
        pair = Pair(
            element=str(ELEMENTS.get(name, name)),
            ours=_shown(name, ours),
            theirs=_shown(name, theirs),
            sign=sign,
            effect=signed(effect, 2) if effect is not None else "",
            aligned=align(str(ours), str(theirs)) if named and sign != "=" else [],
        )
        groups[sign in ("≠", "–")].append(pair)
    titles = {
        True: gettext("Does not agree, or missing"),
        False: gettext("Agrees, fully or nearly"),
    }
    return [{"title": titles[key], "pairs": found} for key, found in groups.items() if found]


#: Operator of a profile's condition → its sign; without a sign, the limit is shown in words.
_SIGNS = {"<": "<", "<=": "≤", ">": ">", ">=": "≥", "<>": "≠"}


def conditions(evidence: Iterable[Mapping[str, Any]], of: AppKind) -> list[dict[str, Any]]:
    """Returns the conditions of a profile with value and limit: first the exceptions, then the conditions
    that are met."""
    groups: dict[bool, list[Pair]] = {True: [], False: []}
    for item in evidence:
        operator = str(item.get("operator", ""))
        pair = Pair(
            element=stored(item.get("what")) or str(item.get("column", "")),
            ours=stored(item.get("found")),
            theirs=_limit(item, of),
            sign=_SIGNS.get(operator, "="),
            effect="",
            aligned=[],
        )
        groups[operator.startswith("not ")].append(pair)
    titles = {True: str(of.spared), False: gettext("All of these conditions are met")}
    return [{"title": titles[key], "pairs": found} for key, found in groups.items() if found]


def _limit(item: Mapping[str, Any], of: AppKind) -> str:
    """The limit of a condition: a value if the operator has a sign, otherwise words."""
    value = item.get("limit")
    about = vocabulary(of.name).column(str(item.get("column", "")))
    signed_ = item.get("operator") in _SIGNS
    if about is None or not signed_ or value is None or isinstance(value, list | tuple):
        return stored(item.get("bound"))
    if about.type == "day" and isinstance(value, str) and _DAY.fullmatch(value):
        return _day(value)
    return say(shown(value, about.unit))


def _shown(name: str, value: str | None) -> str | None:
    """The value as shown: dates in the reader's format, countries as three letters, names in capitals."""
    if not value:
        return value
    if name == "birth_date":
        date = _DAY.sub(lambda found: _day(found[0]), value.removeprefix("c. "))
        return gettext("about %(date)s") % {"date": date} if value.startswith("c. ") else date
    if name == "nationality":
        return " ".join(alpha3(code) or code for code in value.split())
    # The engine compares folded words; documents contain names in capitals.
    return value.upper() if name in _NAMED else value


def _day(text: str) -> str:
    try:
        return day(dt.date.fromisoformat(text))
    except ValueError:
        return text


def align(ours: str, theirs: str) -> list[tuple[str, str, bool]]:
    """Aligns two names letter by letter. Returns cells (ours, theirs, whether they are equal).
    Returns no cells if the names have too little in common, for example because their scripts
    differ.

    Case is ignored. Consecutive letters that differ are one cell.
    """
    one, two = ours[:60].upper(), theirs[:60].upper()
    matcher = difflib.SequenceMatcher(None, one, two, autojunk=False)
    if matcher.ratio() < 0.4:
        return []
    cells: list[tuple[str, str, bool]] = []
    for what, a, b, c, d in matcher.get_opcodes():
        if what == "equal":
            cells += [(letter, letter, True) for letter in one[a:b]]
        else:
            cells.append((one[a:b], two[c:d], False))
    return cells


#: (choice, word, consequence), mildest first.
CHOICES = (
    (Decision.Choice.RELEASE, gettext_lazy("Release"),
     gettext_lazy("No further step. The reasons are cleared.")),
    (Decision.Choice.REFER, gettext_lazy("Refer to control"),
     gettext_lazy("An officer checks on arrival and reports back.")),
    (Decision.Choice.HOLD, gettext_lazy("Hold"),
     gettext_lazy("Two hours at most; the supervisor is informed.")),
    (Decision.Choice.REFUSE, gettext_lazy("Refuse"),
     gettext_lazy("Needs a legal basis and the consent of a second officer.")),
)  # fmt: skip


def choice(value: str) -> str:
    """The word for a decision."""
    return next((str(word) for code, word, _ in CHOICES if code == value), value)


def event(item: Event) -> str:
    """One line of the history."""
    params = item.params or {}
    if item.kind == "decided":
        return gettext("Decision: %(choice)s.") % {"choice": choice(params.get("choice", ""))}
    if item.kind == "result":
        known = dict(Result.Outcome.choices)
        outcome = known.get(params.get("outcome", ""), "–")
        return gettext("Control made: %(outcome)s.") % {"outcome": outcome}
    if item.kind == "handed_over":
        return gettext("Handed over to %(name)s.") % {"name": params.get("name", "–")}
    if item.kind == "note":
        if item.text is None:
            return gettext("Note, masked.")
        return gettext("Note: “%(text)s”") % {"text": item.text}
    if item.kind in ("reason_added", "opened") and item.priority is not None:
        sentence = {
            "opened": gettext("Hit raised, priority %(priority)d."),
            "reason_added": gettext("Reason added, priority %(priority)d."),
        }[item.kind]
        return sentence % {"priority": item.priority}
    return {
        "opened": gettext("Hit raised."),
        "reason_added": gettext("Reason added."),
        "reason_void": gettext("A reason no longer applies."),
        "claimed": gettext("Claimed."),
        "released_claim": gettext("Handed back."),
        "reopened": gettext("Reopened."),
        "printed": gettext("Sheet printed."),
    }.get(item.kind, item.kind)
