"""Pages of diagnostics: the result, the list of questions, and one question."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from decimal import Decimal
from functools import partial
from typing import Any

from django.contrib import messages as toasts
from django.http import Http404, HttpResponse, QueryDict
from django.shortcuts import get_object_or_404, redirect
from django.utils.translation import get_language, gettext
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from vedette.apps.accounts.rules import Request, requires
from vedette.apps.assistance import charts, wording
from vedette.apps.assistance.actions import diagnostics as actions
from vedette.apps.assistance.actions.common import Refused
from vedette.apps.assistance.models import Diagnostic, Entry, Theme
from vedette.apps.assistance.selectors import diagnostics as selectors
from vedette.apps.assistance.selectors import reports as of_reports
from vedette.apps.assistance.selectors import requests as of_requests
from vedette.apps.assistance.views.common import find, page, uuid_of
from vedette.apps.columns import new_id
from vedette.assistance import banks, merging, scores
from vedette.assistance.sheets import EVIDENCE_FROM, LEVELS

#: How many gaps the page of the result shows.
GAPS = 12


def tongue() -> str:
    """Returns the language in which the questions are shown: the language of the reader, if the bank contains
    it.
    """
    language = (get_language() or "en")[:2]
    return language if language in banks.LANGUAGES else banks.LANGUAGES[0]


def _find(pk: uuid.UUID) -> Diagnostic:
    return get_object_or_404(Diagnostic, pk=pk)


@require_safe
@requires("assistance.see")
def diagnostic(request: Request, pk: uuid.UUID) -> HttpResponse:
    """Shows the result of a diagnostic: radar chart, heat map, gaps, differing answers, freeze."""
    return _result(request, _find(pk))


def _result(request: Request, one: Diagnostic, problem: Refused | None = None) -> HttpResponse:
    of = find(one.request_id)
    roles = of_requests.roles(request.user, of)
    bank, words = selectors.bank_of(one), tongue()
    mission = selectors.answers(one, bank, Entry.Side.ASSESSED)
    own = selectors.answers(one, bank, Entry.Side.SELF)
    shown = selectors.shown_self(one, roles, own, mission)
    assessed, self_, target = (
        scores.score(mission.sheet), scores.score(shown.sheet), selectors.targets(mission.sheet),
    )  # fmt: skip
    numbers = {question.id: n for n, question in enumerate(bank.questions, 1)}
    texts = {question.id: question.text[words] for question in bank.questions}
    names = [bank.areas[area][words] for area in bank.areas]
    series = {
        "self": [_drawn(self_.areas[area]) for area in bank.areas],
        "assessed": [_drawn(assessed.areas[area]) for area in bank.areas],
        "target": [target.areas[area].rounded for area in bank.areas],
    }
    context = {
        "diagnostic": one,
        "radar": charts.radar(names, series),
        "areas": [
            (bank.areas[area][words], assessed.areas[area], series["self"][n],
             series["assessed"][n], series["target"][n], [numbers[q] for q in assessed.areas[area].capped_by])
            for n, area in enumerate(bank.areas)
        ],
        "total": assessed.total if assessed.total.answered else None,
        "self_total": self_.total if self_.total.answered else None,
        "themes": _themes(bank),
        "heat": [
            (bank.areas[area][words], [
                charts.cell(assessed.cells.get((area, theme)), _rounded(target.cells.get((area, theme))))
                for theme, _ in _themes(bank)
            ])
            for area in bank.areas
        ],
        "gaps": [(numbers[gap.question.id], texts[gap.question.id], gap)
                 for gap in selectors.gaps(mission.sheet)[:GAPS]],
        "gap_count": len(selectors.gaps(mission.sheet)),
        "conflicts": [
            (numbers[name], texts[name], [_shown(row) for row in mission.merged[name].current], name)
            for name in mission.conflicts
        ],
        "question_count": len(bank.questions),
        "former": selectors.former(one),
        "asked_by_me": one.asked_by_id == request.user.pk,
        "empty": not mission.merged and not own.merged,
    }  # fmt: skip
    return page(request, of, "diagnostic", context, problem)


def _drawn(one: scores.Score) -> Decimal | None:
    """Returns the score that a chart shows, or None if no question was answered."""
    return one.rounded if one.answered else None


def _rounded(one: scores.Score | None) -> Decimal | None:
    return None if one is None else one.rounded


def _themes(bank: banks.Bank) -> list[tuple[str, Any]]:
    known = dict(Theme.choices)
    found = dict.fromkeys(question.theme for question in bank.questions)
    return [(theme, known.get(theme, theme)) for theme in found]


def _shown(row: merging.Entry) -> dict[str, Any]:
    """Returns the data of an answer that a page shows."""
    level, state = row.value.get("level"), row.value.get("state", "")
    evidence = row.value.get("evidence")
    return {
        "id": row.id,
        "level": level,
        "state": wording.ANSWERS.get(state, ""),
        "author": row.author,
        "time": row.time,
        "reason": row.value.get("reason", ""),
        "decision": row.value.get("decision", ""),
        "evidence": [_evidence(str(one)) for one in evidence] if isinstance(evidence, list) else [],
    }


def _evidence(text: str) -> tuple[Any, str]:
    """Returns the kind of a piece of evidence in words, and the content of the evidence."""
    kind, _, rest = text.partition(": ")
    return (wording.EVIDENCE[kind], rest) if kind in wording.EVIDENCE else ("", text)


@require_POST
@requires("assistance.work")
def act(request: Request, pk: uuid.UUID) -> HttpResponse:
    """Decides between two answers, requests or confirms the freeze, or releases the result, depending on the
    button pressed.
    """
    one = _find(pk)
    post, user = request.POST, request.user

    def decide() -> str:
        keep = uuid_of(post.get("keep", ""))
        if keep is None:
            raise Refused("missing", "keep")
        actions.decide(user, pk, post.get("question", ""), keep, post.get("reason", ""))
        return gettext("Your decision is stored. Both answers stay in the history.")

    def plain(call: Callable[[Any, uuid.UUID], None], sentence: str) -> Callable[[], str]:
        def carry() -> str:
            call(user, pk)
            return sentence

        return carry

    def hide() -> str:
        actions.hide_self(user, pk, post.get("hide") == "yes")
        return gettext("Saved.")

    known = {
        "decide": decide,
        "hide": hide,
        "freeze": plain(
            actions.ask_freeze,
            gettext("A second person of the mission or of the Member must confirm this."),
        ),
        "confirm": plain(
            partial(actions.confirm, seen=post.get("seen", "")),
            gettext("The freeze is confirmed. The snapshot is signed within a minute."),
        ),
        "reopen": plain(actions.reopen, gettext("The diagnostic is open again.")),
        "share": plain(actions.share, gettext("Released to the organisation that gives assistance.")),
    }  # fmt: skip
    do = post.get("do", "")
    if do not in known:
        raise Http404
    try:
        sentence = known[do]()
    except Refused as refused:
        return _result(request, one, refused)
    toasts.success(request, sentence)
    return redirect("diagnostic", pk=pk)


@require_safe
@requires("assistance.see")
def questions(request: Request, pk: uuid.UUID) -> HttpResponse:
    """Lists the questions of a diagnostic by area, with the answers of the Member and of the mission. With
    `?figure=ID`, lists only the questions on which this figure of the mission report depends."""
    one = _find(pk)
    of = find(one.request_id)
    roles = of_requests.roles(request.user, of)
    bank, words = selectors.bank_of(one), tongue()
    mission = selectors.answers(one, bank, Entry.Side.ASSESSED)
    own = selectors.shown_self(
        one, roles, selectors.answers(one, bank, Entry.Side.SELF), mission
    )  # fmt: skip
    asked = request.GET.get("figure", "")[:200]
    figure = of_reports.content(one, roles).figures.get(asked) if asked else None
    areas: dict[str, list[Any]] = {area: [] for area in bank.areas}
    for number, question in enumerate(bank.questions, 1):
        if figure is not None and question.id not in figure.questions:
            continue
        areas[question.area].append(
            (number, question.text[words], "minimum" in question.scoring,
             _word(own, question.id), _word(mission, question.id))
        )  # fmt: skip
    context = {
        "diagnostic": one,
        "areas": [(bank.areas[area][words], rows) for area, rows in areas.items() if rows],
        "figure": asked if figure else "",
        "value": figure.value if figure else "",
        "count": len(figure.questions) if figure else 0,
    }
    return page(request, of, "questions", context)


def _word(found: selectors.Answers, question: str) -> str:
    """Returns the level, the state as text, or the number of differing answers."""
    state = found.merged.get(question)
    if state is None:
        return ""
    if not state.decided:
        return gettext("%(n)s answers differ") % {"n": len(state.current)}
    answer = found.sheet.answers.get(question)
    if answer is None:
        return gettext("not usable")
    return str(wording.ANSWERS.get(answer.state, answer.level))


@require_http_methods(["GET", "HEAD", "POST"])
@requires("assistance.see", to_post="assistance.work")
def question(request: Request, pk: uuid.UUID, number: int) -> HttpResponse:
    """Shows a question with the description of its levels, and records an answer."""
    one = _find(pk)
    of = find(one.request_id)
    bank = selectors.bank_of(one)
    if not 1 <= number <= len(bank.questions):
        raise Http404
    asked, problem = bank.questions[number - 1], None
    roles = of_requests.roles(request.user, of)
    side = Entry.Side.SELF if "contact" in roles else Entry.Side.ASSESSED
    if request.method == "POST":
        based = [row for text in request.POST.getlist("based")[:50] if (row := uuid_of(text))]
        try:
            actions.answer(
                request.user, pk, side, asked.id, _value(request.POST), based,
                uuid_of(request.POST.get("entry", "")),
            )  # fmt: skip
        except Refused as refused:
            problem = refused
        else:
            toasts.success(request, gettext("Saved."))
            following = number + (request.POST.get("go") == "next" and number < len(bank.questions))
            return redirect("diagnostic-question", pk=pk, number=following)
    return _question(request, one, bank, number, side, problem)


def _question(
    request: Request, one: Diagnostic, bank: banks.Bank, number: int, side: str,
    problem: Refused | None,
) -> HttpResponse:  # fmt: skip
    of, words, asked = find(one.request_id), tongue(), bank.questions[number - 1]
    roles = of_requests.roles(request.user, of)
    mission = selectors.answers(one, bank, Entry.Side.ASSESSED)
    self_ = selectors.answers(one, bank, Entry.Side.SELF)
    shown = selectors.shown_self(one, roles, self_, mission)
    own = (self_ if side == Entry.Side.SELF else mission).merged.get(asked.id)
    other = (mission if side == Entry.Side.SELF else shown).merged.get(asked.id)
    may = of_requests.roles(request.user, of) & {"contact", "leader", "assessor"}
    history = [
        _shown(row)
        for row in selectors.entries(one, side)
        if row.question == asked.id and (own is None or row.id not in {c.id for c in own.current})
    ]
    context = {
        "diagnostic": one,
        "number": number,
        "last": len(bank.questions),
        "asked": asked,
        "text": asked.text[words],
        "area": bank.areas[asked.area][words],
        "theme_word": dict(Theme.choices).get(asked.theme, asked.theme),
        "criteria": [
            (level, asked.levels[words][level], level == asked.scoring.get("minimum"), level >= EVIDENCE_FROM)
            for level in LEVELS
        ],
        "wanted": asked.evidence[words],
        "side": side,
        "side_word": dict(Entry.Side.choices)[side],
        "writable": bool(may) and one.state == "open",
        "current": [_shown(row) for row in own.current] if own else [],
        "differs": bool(own and not own.decided),
        "history": history,
        "opposite": [_shown(row) for row in other.current] if other else [],
        "hidden": side == Entry.Side.ASSESSED and one.hide_self and asked.id in self_.merged and not other,
        "kinds": [(kind, word, request.POST.get(kind, "")) for kind, word in wording.EVIDENCE.items()],
        "entry": request.POST.get("entry") or new_id(),
        "near": [
            (n, row.text[words])
            for n, row in enumerate(bank.questions, 1)
            if row.area == asked.area
        ],
    }  # fmt: skip
    return page(request, of, "question", context, problem)


def _value(post: QueryDict) -> dict[str, Any]:
    """Returns the answer that a form contains: a level or a state, evidence, and the reason if the question
    is not applicable (`na`).
    """
    chosen = post.get("level", "")
    value: dict[str, Any] = {"state": chosen} if chosen in ("na", "not_seen") else {}
    if chosen in {str(level) for level in LEVELS}:
        value["level"] = int(chosen)
    evidence = [
        f"{kind}: {words}"
        for kind in wording.EVIDENCE
        if (words := post.get(kind, "").replace("\0", "").strip()[:2_000])
    ]
    if evidence:
        value["evidence"] = evidence
    for name in ("reason", "second_person"):
        if words := post.get(name, "").replace("\0", "").strip()[:2_000]:
            value[name] = words
    return value
