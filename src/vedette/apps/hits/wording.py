"""Builds the sentences for reasons, facts in favour and history in the user's language. The database contains
only the ids and parameters of these sentences.
"""

from __future__ import annotations

import datetime as dt
import difflib
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.utils.translation import get_language, gettext, gettext_lazy, ngettext

from vedette.apps.display import day, number, signed
from vedette.apps.hits.models import Decision, Event, Reason, Result
from vedette.apps.rendering import own, say, stored
from vedette.apps.subjects.kinds import AppKind
from vedette.apps.subjects.models import Identifier
from vedette.core.codes import alpha3
from vedette.kinds import vocabulary
from vedette.profiles.words import shown

#: Kind of a reason → its icon. Any other reason has the icon of its channel.
_ICONS: dict[str, str] = {
    Reason.Kind.DISAGREEMENT: "mismatch",
    Reason.Kind.LOOKOUT: "flag",
    Reason.Kind.PROFILE: "profile",
    Reason.Kind.CONTROL_LIST: "list",
    Reason.Kind.LINK: "links",
}
_CHANNEL_ICONS = {
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
    "left_out": gettext_lazy("Words in only one of the two names"),
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
    "issuer": gettext_lazy("Issuing state of the document"),
    "phone": gettext_lazy("Telephone"),
    "email": gettext_lazy("E-mail"),
    "address": gettext_lazy("Address"),
    "company": gettext_lazy("Company"),
    "description": gettext_lazy("Description"),
    "numbers": gettext_lazy("Stated numbers"),
    "hs_code": gettext_lazy("HS code"),
    "cas_number": gettext_lazy("CAS number"),
    "un_number": gettext_lazy("UN number"),
    "limit": gettext_lazy("Limit of the list"),
    "not_listed": gettext_lazy("Declared as not listed"),
    "licence": gettext_lazy("Licence"),
}
#: Rule of a control list → the sentence for it. A rule of an administration has no sentence here.
_RULES = {
    "annex_1_above_limit": gettext_lazy(
        "the concentration of the goods is above the limit of the list, or is not stated"
    ),
    "precursor_with_doubt": gettext_lazy(
        "the declaration does not clearly state a listed precursor"
    ),
    "component": gettext_lazy("a listed component without a licence"),
    "scheduled_chemical": gettext_lazy("a scheduled chemical with a concentration above the limit"),
    "dual_use_chemical": gettext_lazy("a listed chemical without a licence"),
    "high_priority_goods": gettext_lazy(
        "high-priority goods with a destination on the list, or with contradictory data"
    ),
    "arms_without_licence": gettext_lazy(
        "arms without a licence, or for a destination under embargo"
    ),
    "declared_not_listed": gettext_lazy("declared as not listed (Y901)"),
    "licence_problem": gettext_lazy("a recorded licence does not cover the goods"),
    "contradiction": gettext_lazy("name, numbers and codes contradict each other"),
    "residual_code_with_listed_word": gettext_lazy(
        "listed goods that are declared under a residual code"
    ),
    "rule_of_the_list": gettext_lazy("the conditions of the rule of the list are met"),
}


def icon(reason: Reason) -> str:
    """Returns the icon of a reason. The icon depends on the kind of the reason and, for a watchlist, also on
    the channel by which the entry matched.
    """
    return _ICONS.get(reason.kind) or _CHANNEL_ICONS.get(reason.channel, "list")


def short(reason: Reason, of: AppKind) -> str:
    """Returns the reason in one line, as the queue shows it. `of` is the kind of subject to which the hit
    refers."""
    if reason.kind == Reason.Kind.DISAGREEMENT:
        return of.disagreement(reason.params)
    if reason.kind == Reason.Kind.PROFILE:
        return profile(reason.params)
    if reason.kind == Reason.Kind.CONTROL_LIST:
        return control(reason.params)
    if reason.kind == Reason.Kind.LINK:
        return link(reason.params)
    entry = gettext("entry %(ref)s, %(list)s") % {
        "ref": reason.params.get("ref", "–"),
        "list": reason.params.get("list", "–"),
    }
    if reason.kind == Reason.Kind.LOOKOUT:
        entry = gettext("a lookout")
    channel = reason.channel or "name"
    if channel != "name" or reason.score is None:
        return str(_FOUND_BY[channel]) % {"what": entry}
    sentence = _FOUND_BY["same_name" if reason.score >= 0.995 else "name"] % {"what": entry}
    return f"{sentence} ({number(reason.score, 2)})"


def profile(params: Mapping[str, Any]) -> str:
    """Returns the name of a profile, such as `Profile P-014: broken route`, with the title of the version
    that matched."""
    return gettext("Profile %(ref)s: %(title)s") % {
        "ref": params.get("ref", "–"), "title": own(params.get("title", "")),
    }  # fmt: skip


def link(params: Mapping[str, Any]) -> str:
    """Returns the number of known cases with which a subject is linked, and the shared identifiers."""
    cases = int(params.get("cases", 0))
    named = {code: str(label) for code, label in Identifier.Kind.choices}
    kinds = ", ".join(named.get(one, one) for one in params.get("kinds", ())) or "–"
    text = (
        ngettext(
            "%(n)s known case has these identifiers in common: %(kinds)s",
            "%(n)s known cases have these identifiers in common: %(kinds)s",
            cases,
        )
        if params.get("steps") == 1
        else ngettext(
            "%(n)s known case is two links away (%(kinds)s)",
            "%(n)s known cases are two links away (%(kinds)s)",
            cases,
        )
    )
    return text % {"n": number(cases), "kinds": kinds}


def list_title(params: Mapping[str, Any]) -> str:
    """Returns the title of a list, in the language of the reader if the list has such a title."""
    title = params.get("list_fr") if get_language() == "fr" else None
    return str(title or params.get("list", "–"))


def control(params: Mapping[str, Any]) -> str:
    """Returns the name of a control list entry with the rules that apply, such as `Nitric acid: declared as
    not listed (Y901)`.
    """
    name = params.get("entry_fr") if get_language() == "fr" else None
    rules = [str(_RULES.get(rule, rule)) for rule in params.get("rules", ())]
    return gettext("%(entry)s: %(rules)s") % {
        "entry": name or params.get("entry", "–"),
        "rules": ", ".join(rules) or "–",
    }


def title(reason: Reason, of: AppKind) -> str:
    """Returns the title of a reason, such as `Watchlist: name close to entry 42, List`."""
    if reason.kind == Reason.Kind.PROFILE:
        return profile(reason.params)
    if reason.kind == Reason.Kind.CONTROL_LIST:
        about = {"list": list_title(reason.params), "what": control(reason.params)}
        return gettext("%(list)s: %(what)s") % about
    kind = {
        Reason.Kind.WATCHLIST: gettext("Watchlist"),
        Reason.Kind.LOOKOUT: gettext("Lookout"),
        Reason.Kind.DISAGREEMENT: gettext("Messages disagree"),
        Reason.Kind.LINK: gettext("Link"),
    }[Reason.Kind(reason.kind)]
    text = short(reason, of)
    lowered = text[:1].lower() + text[1:] if text[1:2].islower() else text
    return gettext("%(kind)s: %(what)s") % {"kind": kind, "what": lowered}


def favour(items: Iterable[Mapping[str, Any]], of: AppKind) -> list[str]:
    """Returns one sentence for each fact in favour, the strongest fact first. Unknown ids are left out."""
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
    #: A remark below the name of the element.
    note: str = ""


def pairs(evidence: Sequence[Mapping[str, Any]], of: AppKind) -> list[dict[str, Any]]:
    """Returns the evidence in two groups: first the elements that do not agree, then the others. The evidence
    of a profile consists of conditions, each with its value and its limit. The exceptions are first, and the
    conditions that are met follow."""
    if any("condition" in item for item in evidence):
        titles = (str(of.spared), gettext("All of these conditions are met"))
        rows = [
            (_condition(i, of), str(i.get("operator", "")).startswith("not ")) for i in evidence
        ]
        # A profile may state a condition in several branches.
        rows = [row for n, row in enumerate(rows) if row not in rows[:n]]
    else:
        titles = (gettext("Does not agree, or missing"), gettext("Agrees, fully or nearly"))
        rows = [(pair, pair.sign in ("≠", "–")) for pair in map(_agreement, evidence)]
    groups = (
        (titles[0], [pair for pair, is_first in rows if is_first]),
        (titles[1], [pair for pair, is_first in rows if not is_first]),
    )
    return [{"title": title, "pairs": found} for title, found in groups if found]


def _agreement(item: Mapping[str, Any]) -> Pair:
    """Returns a row of evidence with an element of the subject and the compared element of the list entry."""
    ours, theirs, sign = item.get("ours"), item.get("theirs"), item.get("relation", "–")
    if get_language() == "fr":
        theirs = item.get("theirs_fr") or theirs
    name, effect = str(item.get("name", "")), item.get("contribution")
    named = name in _NAMED and ours and theirs
    return Pair(
        element=str(ELEMENTS.get(name, name)),
        ours=_shown(name, ours),
        theirs=_shown(name, theirs),
        sign=sign,
        effect=signed(effect, 2) if effect is not None else "",
        aligned=align(str(ours), str(theirs)) if named and sign != "=" else [],
        note=gettext("day and month swapped")
        if name == "birth_date" and sign == "≈" and _swapped(str(ours), str(theirs))
        else "",
    )


def _swapped(ours: str, theirs: str) -> bool:
    """Returns whether a date in `theirs` is the date `ours` with day and month swapped."""
    if not _DAY.fullmatch(ours):
        return False
    year, month, day_ = ours.split("-")
    return month != day_ and f"{year}-{day_}-{month}" in _DAY.findall(theirs)


#: Operator of a profile's condition → its sign; without a sign, the limit is shown in words.
_SIGNS = {"<": "<", "<=": "≤", ">": ">", ">=": "≥", "<>": "≠"}


def _condition(item: Mapping[str, Any], of: AppKind) -> Pair:
    """A condition of a profile."""
    return Pair(
        element=stored(item.get("what")) or str(item.get("column", "")),
        ours=stored(item.get("found")),
        theirs=_limit(item, of),
        sign=_SIGNS.get(str(item.get("operator", "")), "="),
        effect="",
        aligned=[],
    )


def _limit(item: Mapping[str, Any], of: AppKind) -> str:
    """Returns the limit of a condition. The limit is a value if the operator of the condition is written as a
    sign (such as ≥), and otherwise a text."""
    value = item.get("limit")
    about = vocabulary(of.name).column(str(item.get("column", "")))
    signed_ = item.get("operator") in _SIGNS
    if about is None or not signed_ or value is None or isinstance(value, list | tuple):
        return stored(item.get("bound"))
    if about.type == "day" and isinstance(value, str) and _DAY.fullmatch(value):
        return _day(value)
    return say(shown(value, about.unit))


def _shown(name: str, value: str | None) -> str | None:
    """Returns a value as the page shows it. Dates are in the user's format, countries have three letters, and
    names are in capital letters."""
    if not value:
        return value
    if name == "birth_date":
        date = _DAY.sub(lambda found: _day(found[0]), value.removeprefix("c. "))
        return gettext("about %(date)s") % {"date": date} if value.startswith("c. ") else date
    if name == "nationality":
        return " ".join(alpha3(code) or code for code in value.split())
    # The engine compares names in plain letters; documents contain names in capital letters.
    return value.upper() if name in _NAMED else value


def _day(text: str) -> str:
    try:
        return day(dt.date.fromisoformat(text))
    except ValueError:
        return text


def align(ours: str, theirs: str) -> list[tuple[str, str, bool]]:
    """Aligns two names letter by letter. Returns cells. Each cell contains letters of the subject's name,
    letters of the entry's name, and whether these letters are equal. Returns no cells if the names have too
    little in common, for example because their scripts differ.

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


#: (choice, name, consequence), the mildest choice first.
CHOICES = (
    (Decision.Choice.RELEASE, gettext_lazy("Release"),
     gettext_lazy("The hit has no further consequence. The reasons are cleared.")),
    (Decision.Choice.REFER, gettext_lazy("Refer to control"),
     gettext_lazy("An officer carries out the control on arrival and reports the result.")),
    (Decision.Choice.HOLD, gettext_lazy("Hold"),
     gettext_lazy("The hold lasts two hours at most. The supervisor is informed.")),
    (Decision.Choice.REFUSE, gettext_lazy("Refuse"),
     gettext_lazy("A legal basis and the consent of a second officer are required.")),
)  # fmt: skip


def choice(value: str) -> str:
    """The word for a decision."""
    return next((str(word) for code, word, _ in CHOICES if code == value), value)


#: Kind of an event → its sentence.
_EVENTS = {
    "opened": gettext_lazy("Hit raised."),
    "opened with priority": gettext_lazy("Hit raised, priority %(priority)d."),
    "reason_added": gettext_lazy("Reason added."),
    "reason_added with priority": gettext_lazy("Reason added, priority %(priority)d."),
    "reason_void": gettext_lazy("A reason no longer applies."),
    "claimed": gettext_lazy("Claimed."),
    "released_claim": gettext_lazy("Handed back."),
    "handed_over": gettext_lazy("Handed over to %(name)s."),
    "decided": gettext_lazy("Decision: %(choice)s."),
    "result": gettext_lazy("Control carried out: %(outcome)s."),
    "result_taken_back": gettext_lazy("Result “nothing found” cancelled."),
    "control_ordered": gettext_lazy("Control ordered."),
    "control_withdrawn": gettext_lazy("Control order withdrawn."),
    "reopened": gettext_lazy("Reopened."),
    "note": gettext_lazy("Note: “%(text)s”"),
    "masked note": gettext_lazy("Note, masked."),
    "printed": gettext_lazy("Sheet printed."),
}


def event(item: Event) -> str:
    """One line of the history."""
    kind = item.kind
    if kind in ("opened", "reason_added") and item.priority is not None:
        kind += " with priority"
    elif kind == "note" and item.text is None:
        kind = "masked note"
    return str(_EVENTS.get(kind, kind)) % {
        "name": item.params.get("name", "–"),
        "choice": choice(item.params.get("choice", "")),
        "outcome": dict(Result.Outcome.choices).get(item.params.get("outcome", ""), "–"),
        "text": item.text,
        "priority": item.priority,
    }
