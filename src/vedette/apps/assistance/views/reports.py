"""The report of a mission: a model of its content, the page that shows it, and the files in French and
English. Each number is calculated from the answers; the team leader writes the words, and the Member confirms
the facts."""

from __future__ import annotations

import json
import uuid
from dataclasses import replace
from decimal import Decimal

from django.contrib import messages as toasts
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.utils import translation
from django.utils.translation import gettext, pgettext
from django.views.decorators.http import require_http_methods, require_safe

from vedette.apps import display, reporting
from vedette.apps.accounts import acts
from vedette.apps.accounts.rules import Request, requires
from vedette.apps.assistance import wording
from vedette.apps.assistance.actions import reports as actions
from vedette.apps.assistance.actions.common import Refused
from vedette.apps.assistance.models import Action, AssistanceRequest, Diagnostic, Mission, Theme
from vedette.apps.assistance.selectors import reports as selectors
from vedette.apps.assistance.selectors import requests as of_requests
from vedette.apps.assistance.views.common import find, page
from vedette.apps.assistance.views.diagnostics import tongue
from vedette.apps.reporting import LANGUAGES, TYPES, Row, Section

#: How many gaps the page shows.
GAPS = 25
#: Formats of the files.
FORMATS = ("docx", "pdf", "json")


def _number(value: str) -> str:
    """Returns the value of a figure as a page shows it: a number, a state of an answer in words, or `–`."""
    if not value:
        return "–"
    if value in wording.ANSWERS:
        return str(wording.ANSWERS[value])
    number = Decimal(value)
    return display.number(float(number), max(0, -int(number.as_tuple().exponent)))


def sections(one: Diagnostic, found: selectors.Content) -> list[Section]:
    """Returns the parts of the report, in the current language."""
    words = tongue()
    bank, values = found.bank, {id_: each.value for id_, each in found.figures.items()}

    def cell(id_: str) -> tuple[str, bool]:
        return _number(values.get(id_, "")), True

    def texts(part: str) -> list[Section]:
        told = _words(found.words.get(part, {}), words)
        return [Section(part, str(wording.REPORT[part]), texts=told)] if told else []

    counts = (
        ("total", gettext("Score of the mission, 0 to 5")),
        ("total/self", gettext("Score of the self-assessment, 0 to 5")),
        ("coverage", gettext("Coverage, in per cent")),
        ("questions", gettext("Questions")),
        ("answered", gettext("Answered with a level")),
        ("not_applicable", gettext("Not applicable")),
        ("not_seen", gettext("Not seen")),
        ("gaps", gettext("Gaps: level below the target")),
    )
    id_head, figure = (gettext("Id of the figure"), False), (gettext("Figure"), False)
    columns = (
        ("score", gettext("Assessed")), ("self", pgettext("diagnostic", "Self")),
        ("target", gettext("Target")), ("coverage", gettext("Coverage (%)")),
        ("gaps", gettext("Gaps")),
    )  # fmt: skip
    themes = dict(Theme.choices)
    asked = (
        ("level", pgettext("diagnostic", "Level")),
        ("gap", gettext("Gap")),
        ("priority", gettext("Priority")),
    )
    return [
        *texts("summary"),
        Section(
            "totals", gettext("Totals"), (figure, (gettext("Value"), True), id_head),
            tuple(
                Row(((label, False), cell(id_), (id_, False)), id_)
                for id_, label in counts if id_ in values
            ),
            gettext("A question that is not applicable is not counted. A question that was not seen counts as"
                    " level 0 and reduces the coverage."),
        ),
        Section(
            "areas", gettext("By area"),
            ((gettext("Area"), False), *((label, True) for _, label in columns), id_head),
            tuple(
                Row((
                    (bank.areas[area][words], False),
                    *(cell(f"area/{area}/{name}") for name, _ in columns), (f"area/{area}", False),
                ), f"area/{area}/score")
                for area in bank.areas
            ),
        ),
        Section(
            "cells", gettext("By area and theme"),
            ((gettext("Area"), False), (gettext("Theme"), False), (gettext("Assessed"), True), id_head),
            tuple(
                Row((
                    (bank.areas[area][words], False), (str(themes.get(theme, theme)), False),
                    cell(id_), (id_, False),
                ), id_)
                for id_ in found.figures if id_.startswith("cell/")
                for _, area, theme in [id_.split("/", 2)]
            ),
        ),
        *texts("findings"),
        Section(
            "gaps", gettext("Gaps by priority"),
            ((gettext("Question"), False), *((label, True) for _, label in asked), id_head),
            tuple(
                Row((
                    (f"{number}. {text}", False),
                    *(cell(f"question/{id_}/{name}") for name, _ in asked), (f"question/{id_}", False),
                ), f"question/{id_}/level")
                for number, id_, text in _gaps(found, words)
            ),
            gettext("The priority is gap × risk ÷ effort. A person decides on each gap in the action plan."),
            none=gettext("No question is below its target."),
        ),
        _plan(one, found, words),
        *texts("recommendations"),
        Section(
            "annex", gettext("Annex: all figures in machine-readable form"),
            (id_head, (gettext("Value"), True), (gettext("Questions"), True)),
            tuple(
                Row(((id_, False), (each.value, True), (str(len(each.questions)), True)), id_)
                for id_, each in found.figures.items()
            ),
            gettext("The values have a decimal point. The third column states on how many questions a figure"
                    " depends; the page of the report in vedette opens their answers."),
        ),
    ]  # fmt: skip


def _words(given: dict[str, str], language: str) -> tuple[str, ...]:
    """Returns a text of the leader in a language.

    If there is no text in this language, returns the text in the other language with a note.
    """
    own = given.get(language, "")
    other = given.get("en" if language == "fr" else "fr", "")
    if own or not other:
        return (own,) if own else ()
    note = gettext("This part was written in English only.")
    if language == "en":
        note = gettext("This part was written in French only.")
    return note, other


def _gaps(found: selectors.Content, words: str) -> list[tuple[int, str, str]]:
    """Returns the questions with a gap, in descending order of priority: number, id and text."""
    rows = [
        (number, one.id, one.text[words])
        for number, one in enumerate(found.bank.questions, 1)
        if f"question/{one.id}/gap" in found.figures
    ]
    return sorted(
        rows, key=lambda row: (-Decimal(found.figures[f"question/{row[1]}/priority"].value), row[0])
    )


def _plan(one: Diagnostic, found: selectors.Content, words: str) -> Section:
    texts = {question.id: question.text[words] for question in found.bank.questions}
    rows = Action.objects.filter(diagnostic=one).order_by("position", "pk")
    return Section(
        "plan", gettext("Action plan"),
        (
            (pgettext("plan", "Action"), False), (gettext("State"), False), (gettext("First day"), False),
            (gettext("Due day"), False), (gettext("Cost"), True), (gettext("Currency"), False),
            (gettext("Donor"), False),
        ),
        tuple(
            Row((
                (row.text or texts.get(row.question, row.question), False),
                (row.get_state_display(), False), (display.day(row.start), False),
                (display.day(row.due), False),
                (display.number(float(row.cost), 2) if row.cost is not None else "", True),
                (row.currency, False), (row.donor, False),
            ))
            for row in rows
        ),
        none=gettext("No action has been proposed yet."),
    )  # fmt: skip


def lines(of: AssistanceRequest, one: Diagnostic, found: selectors.Content) -> list[str]:
    """Returns the lines above the parts of the report: the request, the diagnostic, the mission, the state of
    the report, and the statement that the result does not assess compliance."""
    made = [
        f"{of.member} · {of.reference} · {of.get_theme_display()}",
        gettext("Diagnostic %(number)d, question bank %(version)s, %(state)s")
        % {"number": one.number, "version": one.bank_version, "state": one.get_state_display()},
    ]
    planned = Mission.objects.filter(request=of).first()
    if planned is not None:
        made.append(
            gettext("Mission from %(first)s to %(last)s")
            % {"first": display.day(planned.first), "last": display.day(planned.last)}
        )
    made.append(str(_state(one, found)))
    made.append(gettext("The result does not assess compliance."))
    if of.invented:
        made.append(gettext("This Member and its persons, answers and figures are invented."))
    return made


def _state(one: Diagnostic, found: selectors.Content) -> str:
    """Returns the sentence about the state of the report."""
    if found.outdated:
        return gettext("Draft: figures have changed since the Member confirmed the facts.")
    if not found.confirmed:
        return gettext("Draft: the Member has not confirmed the facts yet.")
    if one.state != Diagnostic.State.FROZEN:
        return gettext("Draft: the Member confirmed the facts; the diagnostic is not frozen yet.")
    assert found.stored is not None  # noqa: S101  it is confirmed
    return gettext("Final: the Member confirmed the facts on %(day)s.") % {
        "day": display.day(found.stored.confirmed_at)
    }


def written(
    of: AssistanceRequest, one: Diagnostic, found: selectors.Content, format_: str
) -> bytes:
    """Returns the report as a file in the current language: `docx`, `pdf` or `json`."""
    if format_ == "json":
        whole = {
            "language": tongue(), "reference": of.reference, "invented": of.invented,
            "diagnostic": one.number, "bank": one.bank_version, "state": one.state,
            "confirmed": found.confirmed,
            "words": {
                part: list(_words(found.words.get(part, {}), tongue())) for part in wording.REPORT
            },
            "figures": [
                {"id": each.id, "value": each.value, "questions": list(each.questions)}
                for each in found.figures.values()
            ],
        }  # fmt: skip
        return json.dumps(whole, ensure_ascii=False).encode() + b"\n"
    mark = f"{gettext('Invented')} · " if of.invented else ""
    title = gettext("Mission report: %(member)s") % {"member": of.member}
    made = reporting.document(
        title, f"{mark}{of.reference}", sections(one, found), lines(of, one, found)
    )
    return reporting.bytes_of(made, format_)


def _find(
    request: Request, pk: uuid.UUID
) -> tuple[AssistanceRequest, Diagnostic, selectors.Content]:
    one = get_object_or_404(Diagnostic, pk=pk)
    of = find(one.request_id)
    return of, one, selectors.content(one, of_requests.roles(request.user, of))


def _shortened(part: Section) -> Section:
    """Returns a part in the form that the page shows: for the part with the gaps, only the first rows. The
    downloaded files contain all rows."""
    if part.key != "gaps" or len(part.rows) <= GAPS:
        return part
    note = gettext("The page shows the first %(n)d of %(all)d gaps. The files contain all.")
    told = note % {"n": GAPS, "all": len(part.rows)}
    return replace(part, rows=part.rows[:GAPS], note=f"{part.note} {told}")


@require_http_methods(["GET", "HEAD", "POST"])
@requires("assistance.see", to_post="assistance.work")
def report(request: Request, pk: uuid.UUID) -> HttpResponse:
    """Shows the report of a mission. The leader writes its words, and the Member confirms its facts."""
    problem = None
    if request.method == "POST":
        get_object_or_404(Diagnostic, pk=pk)
        post, do = request.POST, request.POST.get("do", "")
        try:
            if do == "write":
                actions.write(request.user, pk, post.dict(), post.get("seen", ""))
                toasts.success(request, gettext("Saved."))
            elif do == "confirm":
                actions.confirm(request.user, pk, post.get("seen", ""))
                toasts.success(request, gettext("You confirmed the facts of the report."))
            else:
                raise Http404
            return redirect("diagnostic-report", pk=pk)
        except Refused as refused:
            problem = refused
    of, one, found = _find(request, pk)
    parts = [_shortened(part) for part in sections(one, found) if part.key not in ("plan", "annex")]
    typed = request.POST if request.POST.get("do") == "write" else None
    context = {
        "diagnostic": one,
        "sections": parts,
        "lines": lines(of, one, found),
        "state_words": _state(one, found),
        "content": found,
        "languages": LANGUAGES,
        "formats": FORMATS,
        "inputs": [
            (f"{part}_{tongue_}", label, tongue_,
             typed.get(f"{part}_{tongue_}", "") if typed is not None
             else found.words.get(part, {}).get(tongue_, ""))
            for part, label in wording.REPORT.items()
            for tongue_ in LANGUAGES
        ],
        "seen": found.stored.written_at.isoformat() if found.stored else "",
    }  # fmt: skip
    return page(request, of, "report", context, problem)


@require_safe
@requires("assistance.see")
def file(request: Request, pk: uuid.UUID) -> HttpResponse:
    """Sends the report that the page shows, as a file in French or English."""
    language, format_ = request.GET.get("lang", "fr"), request.GET.get("format", "docx")
    of, one, found = _find(request, pk)
    if language not in LANGUAGES or format_ not in FORMATS:
        raise Http404
    acts.write(request.user, "report.file", one.pk, format=format_)
    with translation.override(language):
        data = written(of, one, found, format_)
    answer = HttpResponse(data, content_type=TYPES[format_])
    name = f"{reporting.file_name(of.reference)}-mission-{one.number}-{language}.{format_}"
    answer["Content-Disposition"] = f'attachment; filename="{name}"'
    return answer
