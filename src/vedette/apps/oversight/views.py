"""The pages of the data-protection officer. Each view of a page and each export writes a journal
entry.
"""

from __future__ import annotations

import json
import uuid
from typing import Any

from django import forms
from django.contrib import messages as toasts
from django.core.exceptions import ObjectDoesNotExist
from django.http import Http404, HttpResponse, HttpResponseBadRequest
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from vedette.apps.accounts import acts
from vedette.apps.accounts.rules import Request, requires
from vedette.apps.approvals import views
from vedette.apps.columns import Purpose
from vedette.apps.hits.models import SeenHit
from vedette.apps.journal import selectors as journal
from vedette.apps.journal.selectors import Filters
from vedette.apps.oversight import actions, report, sections, selectors
from vedette.apps.oversight.models import Noted, Tally, Transfer
from vedette.apps.oversight.sections import Period
from vedette.apps.subjects.kinds import queue_rows

_UNFIT = {
    "state": _("Only a hit with the decision to refer, hold or refuse can be transferred."),
    "purpose": _("You are not allowed to use this purpose."),
    "name": _(
        "The register is kept longer than the data of the person. Do not enter the person’s"
        " name here."
    ),
}


class NoteForm(forms.Form):
    """The form for a note on a finding or an unmasking."""

    about = forms.ChoiceField(choices=Noted.About.choices)
    subject = forms.UUIDField()
    outcome = forms.ChoiceField(choices=Noted.Outcome.choices)
    why = forms.CharField(max_length=1000, required=False)


class TransferForm(forms.Form):
    """The form for a transfer, with the receiver, the country, the purpose and the legal basis."""

    kind = forms.ChoiceField(choices=Transfer.Kind.choices)
    receiver = forms.CharField(min_length=2, max_length=120)
    country = forms.RegexField(
        r"^[A-Za-z]{2}$",
        required=False,
        error_messages={"invalid": _("Two letters, for example FR.")},
    )
    purpose = forms.ChoiceField(choices=Purpose.choices)
    basis = forms.CharField(min_length=3, max_length=200)

    def clean_country(self) -> str:
        """Returns the country code (ISO 3166 alpha-2) in capital letters."""
        return str(self.cleaned_data["country"]).upper()

    def clean(self) -> None:
        """Requires a country if the receiver is an authority or a unit of another state."""
        given = self.cleaned_data
        if given.get("kind") in (Transfer.Kind.MEMBER, Transfer.Kind.THIRD) and not given.get(
            "country"
        ):
            self.add_error("country", _("Enter the country."))


def _period(request: Request) -> Period:
    return Period.read(request.GET, timezone.now().date())


def _page(request: Request, template: str, here: str, **context: Any) -> HttpResponse:
    acts.write(request.user, "oversight.see", page=here)
    counted = selectors.counted_at(request.user)
    return render(request, template, {**context, "here_is": here, "counted_at": counted})


@require_safe
@requires("report.read")
def oversight(request: Request) -> HttpResponse:
    """Shows findings, unmaskings, emergency accesses, and the accesses of each user."""
    period, username = _period(request), request.GET.get("user", "")[:150].replace("\0", "")
    user, days = selectors.days_of(request.user, period, username) if username else (None, [])
    found = selectors.findings(request.user, period)
    return _page(
        request, "oversight/oversight.html", "looks", period=period, found=found[: selectors.MOST],
        more=len(found) > selectors.MOST, unmaskings=selectors.unmaskings(request.user, period),
        glasses=selectors.glasses(request.user, period), kinds=[k.label for k in Tally.Kind],
        looks=selectors.looks(request.user, period), chosen=user, days=days, outcomes=Noted.Outcome.choices,
    )  # fmt: skip


@require_safe
@requires("report.read")
def statistics(request: Request) -> HttpResponse:
    """Shows the statistics about identified persons, transfers and false matches: in total, by
    month and by list.
    """
    period = _period(request)
    return _page(
        request, "oversight/sections.html", "statistics", period=period,
        sections=sections.statistics(request.user, period),
    )  # fmt: skip


@require_safe
@requires("report.read")
def state(request: Request) -> HttpResponse:
    """Shows the current state of retention, discarded text, accounts and tokens."""
    period = _period(request)
    return _page(
        request, "oversight/sections.html", "state", period=period,
        sections=sections.state(request.user, period), glance=sections.glance(),
    )  # fmt: skip


@require_safe
@requires("report.read")
def report_page(request: Request) -> HttpResponse:
    """Shows the whole report as a page."""
    made = report.make(request.user, _period(request))
    return _page(
        request, "oversight/report.html", "report", report=made, period=made.period,
        lines=report.lines(made),
    )  # fmt: skip


@require_safe
@requires("report.read")
def report_pdf(request: Request) -> HttpResponse:
    """Returns the report as a PDF file in the language of the user."""
    # Each web process would keep the library in memory, and few requests need it.
    from vedette.apps.oversight.report_pdf import pdf

    made = report.make(request.user, _period(request))
    _taken(request, "pdf", made.period)
    return _attached(pdf(made), "application/pdf", f"{_file(made.period)}.pdf")


@require_safe
@requires("report.read")
def report_csv(request: Request) -> HttpResponse:
    """Returns one section as a CSV file. The parameter `part` selects the section. The default is
    the first section.
    """
    key = request.GET.get("part", report.KEYS[0])
    made = report.make(request.user, _period(request))
    section = next((one for one in made.sections if one.key == key), None)
    if section is None:
        raise Http404
    _taken(request, key, made.period)
    return _attached(
        report.csv_of(section), "text/csv; charset=utf-8", f"{_file(made.period)}-{key}.csv"
    )


def _taken(request: Request, part: str, period: Period) -> None:
    acts.write(
        request.user, "oversight.export", part=part, first=period.first, last=period.last
    )  # fmt: skip


def _attached(content: str | bytes, content_type: str, name: str) -> HttpResponse:
    return HttpResponse(
        content,
        content_type=content_type,
        headers={"Content-Disposition": f'attachment; filename="{name}"'},
    )


def _file(period: Period) -> str:
    return f"vedette-{period.first:%Y%m%d}-{period.last:%Y%m%d}"


@require_POST
@requires("oversight.note")
def note(request: Request) -> HttpResponse:
    """Records a note on a finding or an unmasking."""
    form = NoteForm(request.POST)
    if not form.is_valid():
        return HttpResponseBadRequest()
    try:
        actions.note(request.user, **form.cleaned_data)
    except ObjectDoesNotExist as error:
        raise Http404 from error
    toasts.success(request, gettext("Recorded in the journal."))
    period = Period.read(request.POST, timezone.now().date())
    response = redirect("oversight")
    response["Location"] += f"?{period.query}"
    return response


@require_http_methods(["GET", "POST"])
@requires("record.see", to_post="transfer.record")
def transfers(request: Request, pk: uuid.UUID) -> HttpResponse:
    """Shows the transfers of a decided hit, and the form for a new transfer."""
    found = get_object_or_404(SeenHit.objects.select_related("subject"), pk=pk)
    form = TransferForm(request.POST if request.method == "POST" else None)
    if form.is_bound and form.is_valid():
        try:
            actions.transfer(request.user, pk, **form.cleaned_data)
            toasts.success(request, gettext("Recorded in the register and in the journal."))
            return redirect("transfers", pk)
        except actions.Unfit as unfit:
            form.add_error(None, _UNFIT[unfit.code])
    acts.write(request.user, "hit.see", pk, transfers=True)
    context = {
        "hit": found, "form": form,
        "rows": Transfer.objects.select_related("by")
        .filter(hit=pk, decision__in=found.decisions.values("pk"), purpose__in=request.user.purposes)
        .order_by("-at"),
        "purposes": request.user.purposes,
        "shown": queue_rows([found.subject_id])[found.subject_id],
    }  # fmt: skip
    return render(request, "oversight/transfers.html", context, status=422 if form.errors else 200)


@require_safe
@requires("journal.read")
def acts_csv(request: Request) -> HttpResponse:
    """Exports the matching journal entries as a CSV file. The file states whether an entry has
    encrypted texts, and does not contain the texts. The export of many entries requires the
    approval of a second person.
    """
    filters = Filters.read(request.GET)
    rows, home = journal.exported(filters, request.user), request.user.organisation_id
    assert home is not None  # noqa: S101  the right requires one
    if refusal := views.export_refusal(request, home, rows):
        return refusal
    table = [
        (
            act.pk, act.at.isoformat(), act.user.username if act.user else "", act.act, act.subject,
            json.dumps(act.detail, sort_keys=True), "sealed" if act.sealed is not None else "",
        )
        for act in journal.export(filters, request.user)
    ]  # fmt: skip
    acts.write(request.user, "journal.export", rows=len(table))
    heads = ("id", "at", "user", "act", "subject", "detail", "words")
    return _attached(report.csv_text([heads, *table]), "text/csv; charset=utf-8", "journal.csv")
