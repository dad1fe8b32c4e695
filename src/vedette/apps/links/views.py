"""The page of the links of a record, the forms on this page, and the pages of the purpose matrix."""

from __future__ import annotations

import uuid
from typing import Any

from django import forms
from django.contrib import messages as toasts
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from vedette.apps.accounts import acts
from vedette.apps.accounts.models import Approval
from vedette.apps.accounts.rules import Request, may, requires
from vedette.apps.approvals import actions as approvals
from vedette.apps.columns import Purpose, Theme
from vedette.apps.links import actions, drawing, neighbours, selectors, wording
from vedette.apps.links.models import Matrix, Offence
from vedette.apps.subjects.models import Identifier, Subject
from vedette.kinds import kinds
from vedette.screening.links import Cell

#: Maximum number of records that one address opens.
_MOST_OPEN = 12


@require_safe
@requires("record.see")
def links(request: Request, pk: uuid.UUID) -> HttpResponse:
    """Shows the links of a record: the drawing, the table, the times, and the paths to one record."""
    return _page(request, pk)


def _page(request: Request, pk: uuid.UUID, status: int = 200, **more: Any) -> HttpResponse:
    subject = get_object_or_404(Subject.objects.only("pk", "kind"), pk=pk)
    request.shown_kind = subject.kind
    seen = selectors.of(pk)
    opened = [one for text in request.GET.getlist("open")[:_MOST_OPEN] if (one := _uuid(text))]
    to = _uuid(request.GET.get("to", ""))
    context: dict[str, Any] = {
        "seen": seen,
        "root": seen.rows.get(pk),
        "subject": pk,
        "picture": drawing.draw(seen, opened) if seen.graph and seen.others else "",
        "lines": [_line(seen, row) for row in seen.others],
        "timeline": seen.timeline,
        "to": seen.rows.get(to) if to else None,
        "paths": [(one, wording.path(one, seen.rows)) for one in seen.paths(to)] if to else [],
        "writes": may(request.user, "link.write"),
        **more,
    }
    actions.seen(request.user, pk, [one.id for one in seen.others])
    return render(request, "links/links.html", context, status=status)


def _line(seen: selectors.Seen, row: selectors.Row) -> dict[str, Any]:
    edges = {
        (edge.kind, edge.token): edge
        for edge in (seen.graph.edges if seen.graph else ())
        if row.id in (edge.one, edge.other)
    }
    direct = {
        (edge.kind, edge.token): edge
        for edge in edges.values()
        if seen.root in (edge.one, edge.other)
    }
    return {
        "row": row,
        "shared": [wording.shared(edge) for edge in edges.values()],
        "direct": [(edge.kind, edge.token.hex(), wording.shared(edge)) for edge in direct.values()],
        "path": wording.path(row.path, seen.rows) if row.path else [],
        "weight": row.path.weight if row.path else 0,
        "offence": wording.offence(row.offence) if row.offence is not None else "",
        "because": [wording.agreement(one) for one in row.because],
        "same": [seen.rows[one] for one in row.same if one in seen.rows],
        "conflict": bool(row.conflicts),
    }


@require_POST
@requires("link.write")
def split(request: Request, pk: uuid.UUID) -> HttpResponse:
    """Records that two records are of different persons or companies."""
    other = _uuid(request.POST.get("other", ""))
    one = _uuid(request.POST.get("one", "")) or pk
    get_object_or_404(Subject.objects.only("pk"), pk=pk)
    if other is None or other == one:
        return _page(request, pk, 422, missing="record")
    try:
        actions.split(request.user, one, other)
    except Subject.DoesNotExist as error:
        raise Http404 from error
    toasts.success(request, gettext("The two records are now recorded as different persons."))
    return redirect("links", pk)


@require_POST
@requires("link.write")
def clear(request: Request, pk: uuid.UUID) -> HttpResponse:
    """Records that an identifier of the record is not used for links."""
    get_object_or_404(Subject.objects.only("pk"), pk=pk)
    try:
        token = bytes.fromhex(request.POST.get("token", "")[:32])
        actions.clear(request.user, pk, request.POST.get("kind", ""), token)
    except (ValueError, Identifier.DoesNotExist):
        return _page(request, pk, 422, missing="record")
    toasts.success(
        request,
        gettext(
            "This identifier is not used for links for one year. Open hits are screened again."
        ),
    )
    return redirect("links", pk)


@require_POST
@requires("offence.write")
def offence(request: Request, pk: uuid.UUID) -> HttpResponse:
    """Records the class of offence of a known case, or requests the opinion of the data-protection
    officer.
    """
    get_object_or_404(Subject.objects.only("pk"), pk=pk)
    chosen, why = request.POST.get("offence", ""), request.POST.get("why", "")[:1000]
    if chosen not in Offence.Class.values:
        return _page(request, pk, 422, missing="offence", typed=request.POST)
    try:
        asked = actions.set_offence(request.user, pk, chosen, why)
    except Offence.DoesNotExist as error:
        raise Http404 from error
    except ValueError:
        return _page(request, pk, 422, missing="why", typed=request.POST)
    if asked is None:
        toasts.success(request, gettext("The class of offence is recorded."))
    else:
        toasts.success(
            request,
            gettext(
                "The request is sent. The change permits more links, so the data-protection "
                "officer must decide on it. The change does not apply yet."
            ),
        )
    return redirect("links", pk)


class MatrixForm(forms.Form):
    """The form for a proposed change of the matrix: a cell to add, cells to remove, and the reason."""

    subject_theme = forms.ChoiceField(required=False)
    subject_purpose = forms.ChoiceField(choices=Purpose.choices, required=False)
    case_theme = forms.ChoiceField(choices=Theme.choices, required=False)
    case_purpose = forms.ChoiceField(choices=Purpose.choices, required=False)
    offence = forms.MultipleChoiceField(choices=Offence.Class.choices, required=False)
    why = forms.CharField(min_length=approvals.SHORTEST, max_length=1000)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        # The theme of a subject is the first theme of its kind.
        own = dict.fromkeys(one.themes[0] for one in kinds().values())
        self.fields["subject_theme"].choices = [(one, Theme(one).label) for one in own]  # type: ignore[attr-defined]

    def added(self) -> set[Cell]:
        """Returns the cells that the form adds: one for each class of offence."""
        given = self.cleaned_data
        parts = [given[name] for name in Cell._fields[:-1]]
        return {Cell._make([*parts, one]) for one in given["offence"]} if all(parts) else set()


@require_http_methods(["GET", "POST"])
@requires("matrix.see", to_post="matrix.change")
def matrix(request: Request) -> HttpResponse:
    """Shows the purpose matrix and its versions. A POST requests the approval of a change."""
    version, cells = neighbours.in_force()
    form = MatrixForm(request.POST or None)
    problem = ""
    if request.method == "POST" and form.is_valid():
        removed = {one for one in cells if ".".join(one) in request.POST.getlist("remove")}
        wanted = (cells - removed) | form.added()
        if wanted == cells:
            problem = "same"
        else:
            try:
                actions.ask_matrix(request.user, wanted, form.cleaned_data["why"])
            except ValueError:
                problem = "cells"
            else:
                toasts.success(
                    request,
                    gettext(
                        "Request sent. Another person decides on the request. Nothing has changed yet."
                    ),
                )
                return redirect("approvals")
    acts.write(request.user, "matrix.see", version=version)
    context = {
        "version": version,
        "cells": [wording.cell(one) for one in sorted(cells)],
        "versions": Matrix.objects.select_related(
            "approval__asked_by", "approval__decided_by"
        ).order_by("-version")[:20],
        "waiting": Approval.objects.filter(
            kind=Approval.Kind.MATRIX, state=Approval.State.ASKED
        ).select_related("asked_by"),
        "form": form,
        "problem": problem,
        "remove": request.POST.getlist("remove"),
    }
    status = 422 if request.method == "POST" else 200
    return render(request, "links/matrix.html", context, status=status)


@require_safe
@requires("matrix.see")
def asked(request: Request, pk: uuid.UUID) -> HttpResponse:
    """Shows a requested version of the matrix beside the version in force. `pk` is the subject of the
    approval."""
    found = get_object_or_404(Approval, kind=Approval.Kind.MATRIX, subject=str(pk))
    version, cells = neighbours.in_force()
    wanted = neighbours.cells_of(found.detail.get("cells", ()))
    acts.write(request.user, "matrix.see", version=version)
    context = {
        "approval": found,
        "added": [wording.cell(one) for one in sorted(wanted - cells)],
        "removed": [wording.cell(one) for one in sorted(cells - wanted)],
        "stale": found.state == Approval.State.ASKED and found.detail.get("version") != version + 1,
    }
    return render(request, "links/matrix_asked.html", context)


def _uuid(text: str) -> uuid.UUID | None:
    try:
        return uuid.UUID(text)
    except ValueError:
        return None
