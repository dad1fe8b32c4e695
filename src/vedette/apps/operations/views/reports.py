"""Pages: situation reports, and the records that a figure counts."""

from __future__ import annotations

import datetime as dt
import io
import json
import uuid
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from django.contrib import messages as toasts
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.utils import translation
from django.utils.translation import gettext
from django.views.decorators.http import require_http_methods, require_safe

from vedette.apps import display
from vedette.apps.accounts.rules import Request, requires
from vedette.apps.enforcement.kinds import KINDS
from vedette.apps.enforcement.models import SeizureVersion
from vedette.apps.enforcement.selectors.controls import now
from vedette.apps.operations import wording
from vedette.apps.operations.actions import reports
from vedette.apps.operations.actions.common import Refused
from vedette.apps.operations.figures import ALWAYS, UNSTATED, Figure, Figures
from vedette.apps.operations.models import Operation, Report
from vedette.apps.operations.selectors import final as closing
from vedette.apps.operations.selectors import operations as selectors
from vedette.apps.operations.selectors import reports as counting
from vedette.apps.operations.views import preview
from vedette.apps.operations.views.common import find, keyset, page, time_of, typed_time, uuid_of
from vedette.apps.operations.views.values import language
from vedette.apps.query import plain
from vedette.apps.rendering import say
from vedette.core import measures
from vedette.core.cells import Table
from vedette.core.message_forms import plain_number


@dataclass(frozen=True)
class Line:
    """A kind of goods in one unit: its seizure records and its quantity."""

    where: str
    word: str
    unit: str
    records: str
    amount: str
    unseen: int
    figure: str


def amount_of(value: Decimal) -> str:
    """Returns a quantity, formatted for the reader's language."""
    value = value.normalize()
    places = max(0, -int(value.as_tuple().exponent))
    return display.number(value, places)


def label(figure: str, goods: str = "") -> str:
    """Returns the label of a figure. `goods` is the name of a substance, with the spelling that users
    typed."""
    if figure in wording.FIGURES:
        return str(wording.FIGURES[figure])
    match figure.split("."):
        case [what, where, category, base]:
            word, unit = str(KINDS.get(category, category)), unit_word(base)
            place = gettext("in the target") if where == "target" else gettext("outside the target")
            if what == "records":
                return gettext("%(kind)s, records, %(place)s") % {"kind": word, "place": place}
            return gettext("%(kind)s (%(unit)s), %(place)s") % {
                "kind": word,
                "unit": unit,
                "place": place,
            }
        case ["quantity" | "records" as what, where, category, substance, base]:
            word = str(KINDS.get(category, category))
            if goods or substance != UNSTATED:
                word = f"{word}, {goods or substance}"
            place = gettext("in the target") if where == "target" else gettext("outside the target")
            if what == "records":
                return gettext("%(kind)s, records, %(place)s") % {"kind": word, "place": place}
            return gettext("%(kind)s (%(unit)s), %(place)s") % {
                "kind": word, "unit": unit_word(base), "place": place,
            }  # fmt: skip
        case ["checked", result, direction, category, base]:
            ways = dict(SeizureVersion.Direction.choices)
            words = [str(KINDS.get(category, category))]
            if direction != UNSTATED:
                words.append(str(ways.get(direction, direction)))
            text = (
                gettext("Checked, nothing found: %(kind)s (%(unit)s)")
                if result == "nothing"
                else gettext("Checked, something found: %(kind)s (%(unit)s)")
            )
            return text % {"kind": ", ".join(words), "unit": unit_word(base)}
    return figure


def unit_word(base: str) -> str:
    """Returns the name of a unit."""
    return say(measures.UNITS[base].word) if base in measures.UNITS else base


def lines(found: Figures) -> list[Line]:
    """Returns the kinds of goods of a report. The kinds that the operation targets come first. Figures of
    different reports are not added together.
    """
    rows = []
    for id_, one in found.figures.items():
        if not id_.startswith("quantity."):
            continue
        where = id_.split(".")[1]
        records = found.figures["records" + id_.removeprefix("quantity")]
        rows.append(
            Line(
                where,
                str(KINDS.get(one.category, one.category)),
                unit_word(one.unit),
                display.number(int(records.value)),
                amount_of(one.value),
                one.unseen,
                id_,
            )
        )
    return sorted(rows, key=lambda row: (row.where != "target", row.word, row.unit))


def heads(found: Figures) -> list[tuple[str, str, Figure]]:
    """Returns the key figures of a report, each with its label, its value and the id of the figure."""
    return [
        (
            str(wording.FIGURES[id_]),
            display.number(int(found.figures[id_].value)),
            found.figures[id_],
        )
        for id_ in ALWAYS
    ]


def figures_now(one: Operation) -> dict[str, Any]:
    """Returns the figures and indicators of an operation at the present time, for the page of the
    operation."""
    at = now()
    rows = counting.counted(one.pk, at, at, counting.asked(one))
    found = counting.of(rows, None)
    return {
        "heads": heads(found),
        "lines": lines(found),
        "known": at.isoformat(),
        "cutoff": at.isoformat(),
        "indicators": counting.indicators(one, rows, at, at),
    }


def printed(one: Operation, cutoff: dt.datetime | None = None) -> dict[str, Any]:
    """Returns the situation report of an operation at the present time, as the content of a file: the figures
    with their ids and labels, the participants without a report, and the indicators. Times are in UTC, and
    amounts are texts. Stores nothing.
    """
    at, plan = now(), selectors.plan(one)
    end = cutoff or (counting.cutoff_before(plan, at) if plan else at)
    rows = counting.counted(one.pk, at, end, counting.asked(one))
    known = counting.indicators(one, rows, at, end)
    found = counting.of(rows, None).figures
    return {
        "operation": str(one.pk), "reference": one.reference, "name": one.name, "exercise": one.exercise,
        "kind": "sitrep", "state": "draft", "known": at.astimezone(dt.UTC).isoformat(),
        "cutoff": end.astimezone(dt.UTC).isoformat(),
        "figures": [
            {
                "id": id_, "label": str(label(id_)), "value": plain_number(each.value),
                "records": each.records, "not_visible": each.unseen,
                **({"unit": each.unit} if each.unit else {}),
            }
            for id_, each in sorted(found.items())
        ],
        "late": counting.late(one, plan, end) if plan else [],
        "indicators": {
            "participants": known.participants, "reporting": known.reporting, "controls": known.controls,
            "warnings": known.warnings, "unanswered": known.unanswered,
            **({"median_s": known.median} if known.median is not None else {}),
            **({"p90_s": known.p90} if known.p90 is not None else {}),
        },
    }  # fmt: skip


def written(report: dict[str, Any], format_: str) -> bytes:
    """Returns a printed situation report as a file in the current language: `json`, `csv`, `docx`, `pdf`."""
    if format_ == "json":
        language = translation.get_language() or "fr"
        return json.dumps({"language": language, **report}, ensure_ascii=False).encode() + b"\n"
    names = ("id", "label", "value", "unit", "records", "not_visible")
    if format_ == "csv":
        out = io.StringIO()
        table = Table(out)
        table.row(("figure", *names[1:]))
        for row in report["figures"]:
            table.row([row.get(name, "") for name in names])
        return out.getvalue().encode()
    from vedette.apps import documents
    from vedette.apps.documents import Document, Part

    mark = f"{gettext('EXERCISE')} · " if report["exercise"] else ""
    cutoff = display.moment_utc(dt.datetime.fromisoformat(report["cutoff"]))
    heads = (
        (gettext("Figure"), False), (gettext("Value"), True), (gettext("Unit"), False),
        (gettext("Records"), True), (gettext("Id of the figure"), False),
    )  # fmt: skip
    rows = [
        (
            (row["label"], False), (row["value"], True),
            (unit_word(row["unit"]) if "unit" in row else "", False), (str(row["records"]), True),
            (row["id"], False),
        )
        for row in report["figures"]
    ]  # fmt: skip
    late = Part(gettext("Late participants"), texts=report["late"], none=gettext("None."))
    made = Document(
        f"{mark}{gettext('Situation report')}: {report['name']}", f"{mark}{report['reference']}",
        [Part(gettext("Figures"), heads, rows), late],
        [gettext("Draft: no person has confirmed it."), gettext("cut-off %(t)s") % {"t": cutoff}],
    )  # fmt: skip
    return documents.docx(made) if format_ == "docx" else documents.pdf(made)


@require_http_methods(["GET", "HEAD", "POST"])
@requires("operation.see", to_post="operation.join")
def listed(request: Request, pk: uuid.UUID) -> HttpResponse:
    """Shows the situation reports. A contact point or the coordinator can draft a report from the records."""
    one, problem = find(pk), None
    plan = selectors.plan(one)
    if request.method == "POST":
        try:
            post = request.POST
            if post.get("what") not in ("national", "consolidated"):
                raise Refused("kind")
            cutoff = (
                time_of(post["cutoff"], "cutoff", plan.zone if plan else "")
                if post.get("cutoff")
                else None
            )
            made = reports.draft(request.user, pk, post["what"] == "consolidated", cutoff)
        except Refused as refused:
            problem = refused
        else:
            return redirect("operation-sitrep", pk=made.pk)
    at = now()
    last = counting.cutoff_before(plan, at) if plan else None
    rows = Report.objects.filter(operation=one).order_by(
        "-cutoff_at", "-consolidated", "by_organisation"
    )
    context = {
        "rows": list(rows[:200]),
        "last": last,
        "last_typed": typed_time(last, plan.zone if plan else ""),
        "next": counting.cutoff_after(plan, at) if plan else None,
        "late": counting.late(one, plan, last)
        if plan and last and one.state == "live" and last > one.live_from
        else [],
    }
    return page(request, one, "reports", context, problem)


@require_http_methods(["GET", "HEAD", "POST"])
@requires("operation.see", to_post="operation.join")
def sitrep(request: Request, pk: uuid.UUID) -> HttpResponse:
    """Shows a situation report on one printable page. The person who confirms a draft sends the version that
    the page shows.
    """
    found, problem = get_object_or_404(Report.objects.select_related("operation"), pk=pk), None
    if request.method == "POST" and request.POST.get("step") != preview.CHANGE:
        try:
            return _confirm(request, found)
        except Refused as refused:
            problem = refused
    one = found.operation
    whose = None if found.consolidated else found.organisation_id
    fields = counting.asked(one) if found.consolidated else ()
    rows = counting.counted(one.pk, found.known_at, found.cutoff_at, fields)
    whole = counting.of(rows, whose)
    # The stored values are shown. The count of this moment says how many records the reader may not see.
    shown = Figures({id_: whole.figures.get(id_, _figure(id_)) for id_ in found.figures})
    for id_, value in found.figures.items():
        shown.figures[id_].value = Decimal(value)
    context = {
        "report": found,
        "heads": heads(shown) if set(ALWAYS) <= set(shown.figures) else [],
        "lines": lines(shown),
        "known": found.known_at.isoformat(),
        "cutoff": found.cutoff_at.isoformat(),
        "whose": whose or "",
        "corrections": [
            (
                row["report"],
                label(row["figure"]),
                amount_of(Decimal(row["before"])),
                amount_of(Decimal(row["after"])),
            )
            for row in found.corrections
        ],
        "indicators": counting.indicators(one, rows, found.known_at, found.cutoff_at)
        if found.consolidated
        else None,
        "mine": found.organisation_id == request.user.organisation_id and found.state == "draft",
        "known_iso": found.known_at.isoformat(),
        "sent_to": preview.sent_to_object(found.pk) if found.state == "sent" else [],
        "kept_remark": reports.kept_remark(request.user, found),
    }
    return page(request, one, "sitrep", context, problem)


def _confirm(request: Request, found: Report) -> HttpResponse:
    """Shows the preview of a report, sends the version that was shown, or requests the approval of a second
    person."""
    post, user, step = request.POST, request.user, request.POST.get("step", "")
    problem = None
    try:
        known = dt.datetime.fromisoformat(post.get("known", ""))
    except ValueError:
        raise Refused("stale") from None
    remark = post.get("remark", "")
    try:
        if step == preview.SEND:
            reports.send(user, found.pk, known, remark, post.get("token", ""))
            toasts.success(request, gettext("The situation report is sent."))
            return redirect("operation-sitrep", pk=found.pk)
        if step == preview.ASK:
            reports.ask(user, found.pk, known, remark, post.get("release_why", ""))
            toasts.success(
                request,
                gettext(
                    "The approval of the second person is requested. "
                    "The values that you entered are kept."
                ),
            )
            return redirect("operation-sitrep", pk=found.pk)
    except Refused as refused:
        if refused.code in ("stale", "own"):
            raise
        problem = refused
    offer = reports.preview(user, found.pk, known, remark)
    return preview.shown(request, found.operation, offer, None, (), problem)


def _figure(id_: str) -> Figure:
    parts = id_.split(".")
    return Figure(id_, category=parts[2], unit=parts[3]) if len(parts) == 4 else Figure(id_)


@require_safe
@requires("operation.see")
def records(request: Request, pk: uuid.UUID) -> HttpResponse:
    """Shows those records counted in a figure that the reader may see, and the number of counted records that
    the reader may not see.
    """
    one = find(pk)
    figure = request.GET.get("figure", "controls")[:80]
    at = now()
    known, cutoff = _time(request.GET.get("known"), at), _time(request.GET.get("cutoff"), at)
    whose = uuid_of(request.GET.get("whose", ""))
    if figure == "participants":
        return redirect("operation-readiness", pk=pk)
    goods = ""
    if closing.is_final(figure):
        whole = (
            closing.own(closing.detailed(one.pk, known, cutoff), whose)
            if whose
            else closing.counted(one, known, cutoff)
        )
        found, goods = whole.figures.get(figure), whole.labels.get(figure, "")
        rows = closing.records(one, figure, known, cutoff)
        if whose:
            rows = rows.filter(organisation_id=whose)
        if found is not None:
            if figure.startswith("messages"):
                found.records = int(found.value)
            found.unseen = max(0, found.records - rows.count())
    else:
        found = counting.of(counting.counted(one.pk, known, cutoff), whose).figures.get(figure)
        rows = counting.records(one, figure, known, cutoff, whose)
    shown, after = keyset(rows, "-happened_at", plain(request.GET.get("after", "")))
    # The next page shows the records as they were known when the first page was read.
    query = request.GET.copy()
    query.update({"known": known.isoformat(), "cutoff": cutoff.isoformat(), "after": after})
    context = {
        "figure": found,
        "label": label(figure, goods),
        "value": amount_of(found.value) if found else "0",
        "rows": [
            (
                row,
                KINDS.get(row.category, row.category),
                unit_word(row.unit) if row.unit else "",
                amount_of(row.quantity) if row.quantity is not None else "",
            )
            for row in shown
        ],
        "following": query.urlencode() if after else "",
        "language": language(),
    }
    return page(request, one, "records", context)


def _time(text: str | None, other: dt.datetime) -> dt.datetime:
    try:
        found: dt.datetime = dt.datetime.fromisoformat((text or "").replace(" ", "+"))
    except ValueError:
        return other
    return found if found.tzinfo else other
