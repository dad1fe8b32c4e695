"""The final report: its content as a model, its page, and its files. The page, the .docx file and the PDF
file are written from the same parts, in the reader's language; ids and values are the same in each of them.
"""

from __future__ import annotations

import datetime as dt
import io
import json
import uuid
from collections.abc import Sequence
from decimal import Decimal, InvalidOperation
from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode

from django.contrib import messages as toasts
from django.http import Http404, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils import translation
from django.utils.translation import gettext
from django.views.decorators.http import require_http_methods, require_safe

from vedette.apps import display, reporting
from vedette.apps.accounts import acts
from vedette.apps.accounts.rules import Request, requires
from vedette.apps.enforcement.selectors.controls import now
from vedette.apps.operations import figures, wording
from vedette.apps.operations.actions import final as actions
from vedette.apps.operations.actions import lifecycle
from vedette.apps.operations.actions.common import Refused, home
from vedette.apps.operations.figures import FINAL_ALWAYS, Published
from vedette.apps.operations.models import Final, Operation
from vedette.apps.operations.selectors import final as selectors
from vedette.apps.operations.selectors import operations as found_operations
from vedette.apps.operations.views import preview
from vedette.apps.operations.views.common import find, page, uuid_of
from vedette.apps.operations.views.reports import amount_of, label, unit_word
from vedette.apps.reporting import LANGUAGES, TYPES, Row, Section
from vedette.core import measures
from vedette.core.cells import Table
from vedette.core.message_forms import plain_number

if TYPE_CHECKING:
    from vedette.apps.documents import Document

FORMATS = ("docx", "pdf", "csv", "json")


def sections(report: Final) -> list[Section]:
    """Returns the sections of a report, in the current language."""
    values = {id_: Decimal(value) for id_, value in report.figures.items()}
    labels = report.content["labels"]
    counted = report.content["records"]

    def row(id_: str) -> Row:
        unit = id_.split(".")[-1] if len(id_.split(".")) == 5 and "records" not in id_ else ""
        return Row(
            (
                (label(id_, labels.get(id_, "")), False), (amount_of(values[id_]), True),
                (unit_word(unit) if unit else "", False),
                (display.number(counted.get(id_, 0)) if counted.get(id_) else "", True), (id_, False),
            ),
            id_,
        )  # fmt: skip

    heads = (
        (gettext("Figure"), False), (gettext("Value"), True), (gettext("Unit"), False),
        (gettext("Records"), True), (gettext("Id of the figure"), False),
    )  # fmt: skip

    def table(key: str, title: str, ids: Sequence[str], note: str = "") -> Section:
        return Section(key, title, heads, tuple(map(row, ids)), note, none=gettext("None."))

    def of(prefix: str) -> list[str]:
        return sorted(id_ for id_ in values if id_.startswith(prefix))

    apart = gettext("Quantities of different goods, substances or units are never added together.")
    summary = _summary(report)
    return [
        *([Section("summary", gettext("Summary"), texts=summary)] if summary else []),
        table("totals", gettext("Totals"), [id_ for id_ in FINAL_ALWAYS if id_ in values]),
        table("target", gettext("Seizures that belong to the target"), of("quantity.target."), apart),
        table("other", gettext("Seizures outside the target"), of("quantity.other."), apart),
        table("checked", gettext("Goods that were checked"), of("checked."), apart),
        _published(report),
        _confirmed(report),
        Section(
            "annex", gettext("Annex: all figures in machine-readable form"),
            ((gettext("Id of the figure"), False), (gettext("Value"), True), (gettext("Records"), True)),
            tuple(
                Row(((id_, False), (value, True), (str(counted.get(id_, 0)), True)), id_)
                for id_, value in sorted(report.figures.items())
            ),
            gettext("The values have a decimal point and no separator between thousands. The records"
                    " of a figure are on the page of the report in vedette."),
        ),
    ]  # fmt: skip


def _summary(report: Final) -> tuple[str, ...]:
    """Returns the summary in the current language. If there is no summary in this language, returns the
    summary in the other language, with a note about its language.
    """
    french = (translation.get_language() or "fr").startswith("fr")
    own, other = report.summary_fr, report.summary_en
    if not french:
        own, other = other, own
    if own or not other:
        return (own,) if own else ()
    note = gettext("The summary was written in English only.")
    if not french:
        note = gettext("The summary was written in French only.")
    return note, other


def _published(report: Final) -> Section:
    given = [
        Published(r["measure"], r["figure"], Decimal(r["value"]), r["unit"], r["source"], r["note"])
        for r in report.content["publications"]
    ]
    rows: list[Row] = []
    for group in figures.beside(given, report.figures):
        state = ""
        if group.contradict:
            state = (
                gettext("contradict each other")
                if group.figure
                else gettext("different sources, same unit: compare")
            )
        for figure in dict.fromkeys(one.figure for one in group.publications):
            if figure in report.figures:
                unit = figure.split(".")[-1] if len(figure.split(".")) == 5 else ""
                rows.append(Row((
                    (label(figure, report.content["labels"].get(figure, "")), False),
                    (amount_of(Decimal(report.figures[figure])), True),
                    (unit_word(unit) if unit else "", False),
                    (gettext("records of the operation"), False), (state, False), (figure, False),
                ), figure))  # fmt: skip
        rows += [
            Row((
                (one.measure, False), (amount_of(one.value), True), (_unit(one.unit), False),
                (one.source, False), ("; ".join(filter(None, (state, one.note))), False),
                (one.figure, False),
            ))
            for one in group.publications
        ]  # fmt: skip
    return Section(
        "published", gettext("Figures in publications"),
        (
            (gettext("What was counted"), False), (gettext("Value"), True), (gettext("Unit"), False),
            (gettext("Source"), False), (gettext("Note"), False), (gettext("Id of the figure"), False),
        ),
        tuple(rows),
        gettext("The table shows the publications about the same figure together. "
            "Publications that contradict each other are first. A figure that only one "
            "source states is shown next to the figures of other sources in the same "
            "unit. A person must decide whether these figures describe the same facts."),
        none=gettext("No publication was added."),
    )  # fmt: skip


def _unit(text: str) -> str:
    return unit_word(text) if text in measures.UNITS else text


def _confirmed(report: Final) -> Section:
    return Section(
        "confirmed", gettext("Confirmation by the participants"),
        tuple((head, False) for head in (
            gettext("Participant"), gettext("Its figures"), gettext("Confirmed by"), gettext("Time"))),
        tuple(
            Row((
                (each["name"], False), (str(wording.CONFIRMED[each["confirmed"]]), False),
                (each["by"], False),
                (display.moment_utc(dt.datetime.fromisoformat(each["at"])) if each["at"] else "", False),
            ))
            for each in report.content["participants"]
        ),
        none=gettext("No participant accepted."),
    )  # fmt: skip


def lines(one: Operation, report: Final) -> list[str]:
    """Returns the lines above the sections: operation, state, times and marking."""
    names = found_operations.participants(one)
    found = [
        f"{one.name} · {one.reference}",
        gettext("Coordination: %(name)s") % {"name": names.get(one.organisation_id, "–")},
        gettext("Live phase: %(first)s to %(last)s")
        % {"first": display.moment_utc(one.live_from), "last": display.moment_utc(one.live_until)},
        gettext("Version %(number)d, %(state)s; records until %(cutoff)s, as known at %(known)s")
        % {
            "number": report.number, "state": report.get_state_display(),
            "cutoff": display.moment_utc(report.cutoff_at), "known": display.moment_utc(report.known_at),
        },
    ]  # fmt: skip
    if report.approved_at:
        found.append(
            gettext("Approved by %(name)s on %(at)s")
            % {"name": report.approved_by_name, "at": display.moment_utc(report.approved_at)}
        )
    if one.exercise:
        found.append(gettext("EXERCISE: all data in this report are invented."))
    return found


def document(one: Operation, report: Final) -> Document:
    """Returns the report as a document, from which its files are written."""
    marking = f"TLP:{one.marking.upper().replace('_', '+')}"
    mark = f"{gettext('EXERCISE')} · " if one.exercise else ""
    title = gettext("Final report: %(name)s") % {"name": one.name}
    return reporting.document(
        f"{mark}{title}", f"{mark}{one.reference} · {marking}", sections(report),
        [marking, *lines(one, report)],
    )  # fmt: skip


def printed(one: Operation, report: Final) -> dict[str, Any]:
    """Returns the report as the content of a file: the figures with their ids and labels, the publications
    side by side, and the confirmations. Times are in UTC, and amounts are texts.
    """
    labels, counted = report.content["labels"], report.content["records"]
    given = [
        Published(r["measure"], r["figure"], Decimal(r["value"]), r["unit"], r["source"], r["note"])
        for r in report.content["publications"]
    ]
    return {
        "operation": str(one.pk), "reference": one.reference, "name": one.name, "exercise": one.exercise,
        "kind": "final", "version": report.number, "state": report.state,
        "known": report.known_at.astimezone(dt.UTC).isoformat(),
        "cutoff": report.cutoff_at.astimezone(dt.UTC).isoformat(),
        "summary": {"en": report.summary_en, "fr": report.summary_fr},
        "figures": [
            {
                "id": id_, "label": label(id_, labels.get(id_, "")), "value": value,
                "records": counted.get(id_, 0),
                **({"unit": id_.split(".")[-1]}
                   if len(id_.split(".")) == 5 and not id_.startswith("records.") else {}),
            }
            for id_, value in sorted(report.figures.items())
        ],
        "publications": [
            {
                "figure": group.figure, "contradict": group.contradict,
                **({"records": report.figures[group.figure]} if group.figure in report.figures else {}),
                "published": [
                    {"measure": p.measure, "figure": p.figure, "value": plain_number(p.value), "unit": p.unit,
                     "source": p.source, "note": p.note}
                    for p in group.publications
                ],
            }
            for group in figures.beside(given, report.figures)
        ],
        "participants": [
            {"name": each["name"], "confirmed": each["confirmed"]}
            for each in report.content["participants"]
        ],
    }  # fmt: skip


def written(one: Operation, report: Final, format_: str) -> bytes:
    """Returns the report as a file in the current language: `docx`, `pdf`, `csv` or `json`."""
    if format_ in ("docx", "pdf"):
        return reporting.bytes_of(document(one, report), format_)
    whole = printed(one, report)
    if format_ == "json":
        language = translation.get_language() or "fr"
        return json.dumps({"language": language, **whole}, ensure_ascii=False).encode() + b"\n"
    out = io.StringIO()
    table = Table(out)
    table.row(("figure", "label", "value", "unit", "records", "source"))
    for row in whole["figures"]:
        table.row([row["id"], row["label"], row["value"], row.get("unit", ""), row["records"], ""])
    for group in whole["publications"]:
        for row in group["published"]:
            table.row([row["figure"], row["measure"], row["value"], row["unit"], "", row["source"]])
    return out.getvalue().encode()


def of_now(one: Operation) -> Final | None:
    """Returns the latest report that the reader may see. Before the first draft, a reader of the whole group
    gets an unsaved report with the content that a draft would have; other readers get None.
    """
    found = selectors.latest(one)
    if found is not None:
        return found
    role = found_operations.readings().get(str(one.pk), {}).get("role", "")
    if role not in ("coordinator", "second", "contact", "deputy"):
        return None
    made = Final(operation=one, number=1)
    actions.fill(one, made, now())
    return made


@require_http_methods(["GET", "HEAD", "POST"])
@requires("operation.see", to_post="operation.join")
def final(request: Request, pk: uuid.UUID) -> HttpResponse:
    """Shows the final report. Contact points confirm their figures; the coordinator drafts the report,
    requests the approval of the second person, and sends the report after a preview.
    """
    one, problem = find(pk), None
    if request.method == "POST":
        try:
            answer = _act(request, one)
        except Refused as refused:
            problem = refused
        else:
            return answer or redirect("operation-final", pk=pk)
    report = selectors.latest(one)
    roles = found_operations.roles(request.user, one)
    at = now()
    coordinates = "coordinator" in roles
    open_ = one.state in ("followup", "debrief")
    mine = (
        selectors.own(
            selectors.detailed(one.pk, at, actions.cutoff(one, at)), request.user.organisation_id
        )
        if open_ and {"contact", "deputy"} & set(roles) and request.user.organisation_id
        else None
    )
    asked = lifecycle.waiting(one.pk) if coordinates else None
    context = {
        "report": report,
        "sections": sections(report) if report else [],
        "lines": lines(one, report) if report else [],
        "languages": LANGUAGES,
        "formats": ("docx", "pdf", "csv"),
        "open": open_,
        "asked": asked if asked and asked.detail.get("what") == "final" else None,
        "mine": [
            (id_, label(id_, mine.labels.get(id_, "")), amount_of(each.value))
            for id_, each in sorted(mine.figures.items())
            if each.value and id_ not in ("participants", "messages", "messages.warning")
        ] if mine else [],
        "confirms": mine is not None,
        "known_own": at.isoformat(),
        "confirmed": one.confirmations.filter(
            organisation_id=home(request.user)
        ).order_by("-at").first() if mine else None,
        "whose": request.user.organisation_id,
        "known": report.known_at.isoformat() if report else "",
        "records_at": _records_at(one, report) if report else "",
        "publications": [
            (each, amount_of(each.value))
            for each in one.publications.filter(removed_at=None).order_by("measure", "source", "pk")
        ] if coordinates else [],
        "figure_choices": [
            (id_, label(id_, report.content["labels"].get(id_, "")))
            for id_ in sorted(report.figures)
            if not id_.startswith("records.")
        ] if report else [],
        "sent_to": preview.sent_to_object(report.pk) if report and report.state == "sent" else [],
    }  # fmt: skip
    return page(request, one, "final", context, problem)


def _records_at(one: Operation, report: Final) -> str:
    """Returns the URL of the records of a figure, up to the parameter `figure`, to which the caller appends
    the id of the figure."""
    asked = {"known": report.known_at.isoformat(), "cutoff": report.cutoff_at.isoformat()}
    return f"{reverse('operation-records', args=[one.pk])}?{urlencode(asked)}&figure="


def _act(request: Request, one: Operation) -> HttpResponse | None:
    post, user, do = request.POST, request.user, request.POST.get("do", "")
    step = post.get("step", "")
    if do == "confirm":
        actions.confirm(user, one.pk, _time(post.get("known", "")))
        toasts.success(request, gettext("The figures of your organisation are confirmed."))
    elif do == "draft":
        actions.draft(user, one.pk, post.get("summary_en", ""), post.get("summary_fr", ""))
        toasts.success(request, gettext("The figures of the draft are counted now."))
    elif do == "publish":
        given = Published(
            post.get("measure", ""), post.get("figure", ""), _amount(post.get("value", "")),
            post.get("unit", ""), post.get("source", ""), post.get("note", ""),
        )  # fmt: skip
        actions.publish(user, one.pk, [given])
        toasts.success(
            request, gettext("The publication is stored. The next draft contains the publication.")
        )
    elif do == "unpublish":
        actions.unpublish(user, one.pk, uuid_of(post.get("publication", "")) or uuid.UUID(int=0))
    elif do == "ask":
        actions.ask(user, one.pk, _time(post.get("known", "")), post.get("why", ""))
        toasts.success(request, gettext("The approval of the second person is requested."))
    elif do == "send":
        return _send(request, one, step)
    else:
        raise Refused("state")
    return None


def _send(request: Request, one: Operation, step: str) -> HttpResponse | None:
    post, user = request.POST, request.user
    found = uuid_of(post.get("report", ""))
    last = selectors.latest(one)
    if found is None or last is None or last.pk != found:
        raise Refused("stale")
    problem = None
    try:
        if step == preview.SEND:
            actions.send(user, one.pk, found, post.get("token", ""))
            toasts.success(request, gettext("The final report is sent."))
            return None
        if step == preview.ASK:
            actions.ask_release(user, one.pk, found, post.get("release_why", ""))
            toasts.success(request, gettext("The approval of the second person is requested."))
            return None
        if step == preview.CHANGE:
            return None
    except Refused as refused:
        problem = refused
    return preview.shown(request, one, actions.preview(user, one.pk, found), None, (), problem)


def _time(text: str) -> dt.datetime:
    try:
        found = dt.datetime.fromisoformat(text)
    except ValueError:
        raise Refused("stale") from None
    if found.tzinfo is None:
        raise Refused("stale")
    return found


def _amount(text: str) -> Decimal:
    try:
        return Decimal("".join(text.split()).replace(",", "."))
    except InvalidOperation:
        raise Refused("number", "value") from None


@require_safe
@requires("operation.see")
def file(request: Request, pk: uuid.UUID) -> HttpResponse:
    """Returns the report that the page shows, as a file in French or English."""
    one = find(pk)
    report = selectors.latest(one)
    language, format_ = request.GET.get("lang", "fr"), request.GET.get("format", "docx")
    if report is None or language not in LANGUAGES or format_ not in FORMATS:
        raise Http404
    acts.write(
        request.user, "operation.final_export", one.pk, version=report.number, format=format_
    )
    with translation.override(language):
        data = written(one, report, format_)
    mark = "EX-" if one.exercise else ""
    safe = reporting.file_name(f"{mark}{one.reference}")
    answer = HttpResponse(data, content_type=TYPES[format_])
    answer["Content-Disposition"] = f'attachment; filename="{safe}-final-{language}.{format_}"'
    return answer
