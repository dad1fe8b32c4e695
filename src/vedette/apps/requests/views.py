"""Pages and forms for requests of persons about their own data. Files are made in response to a
POST and are not stored.

Every field has a maximum length. The details of the person are stored only in the journal,
encrypted.
"""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Callable
from typing import Any

from django import forms
from django.conf import settings
from django.contrib import messages as toasts
from django.core.exceptions import ValidationError
from django.core.validators import RegexValidator
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import get_language_info, gettext
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from vedette.apps.accounts import acts
from vedette.apps.accounts.rules import Request, requires
from vedette.apps.approvals.actions import SHORTEST
from vedette.apps.requests import actions, corrections
from vedette.apps.requests.models import SubjectRequest
from vedette.apps.subjects.kinds import Given, app_kinds, queue_rows
from vedette.apps.subjects.models import Subject

#: The maximum number of requests on the page.
SHOWN = 100


class NewForm(forms.Form):
    """The form for the letter and for the details that the person gives."""

    kind = forms.ChoiceField(choices=SubjectRequest.Kind.choices)
    received_on = forms.DateField()
    # The number that the mail service gave to the letter. It must not contain a name.
    reference = forms.CharField(
        max_length=40,
        validators=[
            RegexValidator(
                r"\A(?=.*[0-9])[A-Za-z0-9][A-Za-z0-9 ./_-]*\Z",
                _("The reference number of the letter may contain letters, digits and - . / _"),
            )
        ],
    )
    surname = forms.CharField(max_length=100, required=False)
    given_names = forms.CharField(max_length=100, required=False)
    birth = forms.DateField(required=False)
    document = forms.CharField(max_length=40, required=False)

    def clean_received_on(self) -> Any:
        """Refuses a day in the future."""
        day = self.cleaned_data["received_on"]
        if day > timezone.localdate():
            raise ValidationError(_("This day is in the future."))
        return day

    def clean(self) -> dict[str, Any]:
        """Requires a document, or a surname with the birth date, because fewer details would also
        find other people.
        """
        found: dict[str, Any] = super().clean() or {}
        named = found.get("surname", "").strip() and found.get("birth")
        if not self.errors and not named and not found.get("document", "").strip():
            raise ValidationError(_("Enter a document number, or a surname and a birth date."))
        return found

    def given(self) -> Given:
        """Returns the details for the search."""
        names = ("surname", "given_names", "birth", "document")
        return Given(**{name: self.cleaned_data[name] for name in names})


class FileForm(forms.Form):
    """The language and the format of a file."""

    language = forms.ChoiceField(
        choices=[(code, get_language_info(code)["name_local"]) for code in dict(settings.LANGUAGES)]
    )
    form = forms.ChoiceField(choices=[("html", "HTML"), ("json", "JSON")])


class AnswerForm(FileForm):
    """The form for an answer. The legal ground is required, whether or not data is withheld."""

    ground = forms.ChoiceField(choices=SubjectRequest.Ground.choices)
    article = forms.CharField(max_length=200, min_length=3)


class RectifyForm(forms.Form):
    """The form to rectify one data element."""

    element = forms.ChoiceField(
        choices=lambda: [(name, element.label) for name, element in corrections.elements().items()]
    )
    value = forms.CharField(max_length=100)
    basis = forms.CharField(max_length=300, min_length=3)

    def clean(self) -> dict[str, Any]:
        """Checks that the value is valid for the element."""
        found: dict[str, Any] = super().clean() or {}
        if not self.errors:
            try:
                corrections.fitting(found["element"], found["value"])
            except ValueError:
                self.add_error("value", _("This is not a valid value for this element."))
        return found


class WhyForm(forms.Form):
    """The form for the reason of an erasure, which the second person reads."""

    why = forms.CharField(min_length=SHORTEST, max_length=1000)


@require_safe
@requires("subject.answer")
def subjects(request: Request) -> HttpResponse:
    """Shows the requests. Open requests come first. The open requests and the other requests are sorted by
    the day on which the answer is due.
    """
    rows = SubjectRequest.objects.select_related("by", "answered_by").order_by("-state", "due_on")
    return render(
        request,
        "requests/subjects.html",
        {"rows": rows[:SHOWN], "today": timezone.localdate()},
    )


@require_http_methods(["GET", "POST"])
@requires("subject.answer")
def subject_new(request: Request) -> HttpResponse:
    """Shows the form for the details of the letter, and then the records that were found. The data-protection
    officer deselects the records of other people.
    """
    form = NewForm(request.POST or None, initial={"received_on": timezone.localdate()})
    context: dict[str, Any] = {"form": form, "kinds": SubjectRequest.Kind.choices}
    if request.method != "POST" or not form.is_valid():
        return render(request, "requests/new.html", context, status=422 if form.is_bound else 200)
    given = form.given()
    finds = [kind.find(given) for kind in app_kinds()]
    found = {id_: by for of_kind, _ in finds for id_, by in of_kind.items()}
    if "keep" not in request.POST:
        others = [kind.others(given) for kind in app_kinds()]
        context["others"] = [one for some, _ in others for one in some]
        context["more_others"] = any(more for _, more in others)
        acts.write(
            request.user, "subject.search", words=given.words(), found=len(found),
            others=len(context["others"]),
        )  # fmt: skip
        shown = queue_rows(found)
        context["found"] = [(id_, shown[id_], by) for id_, by in found.items()]
        return render(
            request,
            "requests/new.html",
            context | {"more": any(more for _, more in finds), "searched": True},
        )
    chosen = set(request.POST.getlist("subject"))
    data = form.cleaned_data
    made = actions.enter(
        request.user, data["kind"], data["received_on"], data["reference"],
        [id_ for id_ in found if str(id_) in chosen], given,
    )  # fmt: skip
    return redirect("subject", made.pk)


@require_safe
@requires("subject.answer")
def subject(request: Request, pk: uuid.UUID) -> HttpResponse:
    """Shows one request: its records, the actions on them, and the answer."""
    acts.write(request.user, "subject.see", pk)
    return _page(request, _find(pk))


@require_POST
@requires("subject.answer")
def subject_answer(request: Request, pk: uuid.UUID) -> HttpResponse:
    """Returns the file for the person as an attachment."""
    return _file(request, pk, AnswerForm, actions.answer, "answer")


@require_POST
@requires("subject.answer")
def subject_full(request: Request, pk: uuid.UUID) -> HttpResponse:
    """Returns the file with all data as an attachment. Only the data-protection officer may read
    this file.
    """
    return _file(request, pk, FileForm, actions.full_file, "full")


@require_POST
@requires("subject.answer")
def subject_restrict(request: Request, pk: uuid.UUID) -> HttpResponse:
    """Restricts the processing of the subjects or ends the restriction, depending on the button
    pressed.
    """
    count = actions.restrict(request.user, _find(pk), on=request.POST.get("do") != "end")
    toasts.success(request, gettext("Records changed: %(n)d.") % {"n": count})
    return redirect("subject", pk)


@require_POST
@requires("subject.answer")
def subject_rectify(request: Request, pk: uuid.UUID) -> HttpResponse:
    """Stores a rectified value in addition to the values of messages."""
    found, form = _find(pk), RectifyForm(request.POST)
    if not form.is_valid():
        return _page(request, found, rectify=form)
    opened = corrections.rectify(request.user, found, **form.cleaned_data)
    toasts.success(
        request,
        gettext(
            "The rectified value is stored in addition to the values from the messages. Hits"
            " reopened: %(n)d."
        )
        % {"n": opened},
    )
    return redirect("subject", pk)


@require_POST
@requires("subject.answer")
def subject_erase(request: Request, pk: uuid.UUID) -> HttpResponse:
    """Requests the approval of a second person for the erasure of the records. After the approval, the
    records are erased.
    """
    found, form = _find(pk), WhyForm(request.POST)
    if form.is_valid():
        try:
            actions.ask_erasure(request.user, found, form.cleaned_data["why"])
        except ValueError:
            form.add_error(
                "why", gettext("There is nothing to erase, or erasure was already requested.")
            )
        else:
            toasts.success(
                request,
                gettext(
                    "Request sent. Another person decides on the request. Nothing is erased yet."
                ),
            )
            return redirect("subject", pk)
    return _page(request, found, erase=form)


def _find(pk: uuid.UUID) -> SubjectRequest:
    return get_object_or_404(SubjectRequest.objects.select_related("by", "answered_by"), pk=pk)


def _page(request: Request, found: SubjectRequest, **bound: forms.Form) -> HttpResponse:
    shown = queue_rows(found.subjects)
    held = sorted(
        ((row, shown[row.pk]) for row in Subject.objects.filter(pk__in=found.subjects)),
        key=lambda both: (both[1]["on"] or dt.date.min, both[0].pk),
        reverse=True,
    )
    context: dict[str, Any] = {
        "found": found,
        "held": held,
        "restricted": any(subject.restricted for subject, _ in held),
        "waiting": actions.erasure_requested(found),
        "elements": [(name, element.label) for name, element in corrections.elements().items()],
        "grounds": SubjectRequest.Ground.choices,
        "languages": FileForm.base_fields["language"].choices,  # type: ignore[attr-defined]
        "forms": FileForm.base_fields["form"].choices,  # type: ignore[attr-defined]
        **bound,
    }
    return render(request, "requests/subject.html", context, status=422 if bound else 200)


def _file(
    request: Request,
    pk: uuid.UUID,
    form_of: type[forms.Form],
    action: Callable[..., bytes],
    name: str,
) -> HttpResponse:
    """Returns the file that the function `action` makes from the values of the form. If the form has errors,
    returns the page of the form with the errors."""
    found, form = _find(pk), form_of(request.POST)
    if not form.is_valid():
        return _page(request, found, **{name: form})
    made, kind = action(request.user, found, **form.cleaned_data), form.cleaned_data["form"]
    return HttpResponse(
        made,
        content_type=actions.FORMS[kind],
        headers={
            "Content-Disposition": f'attachment; filename="{name}.{kind}"',
            "Cache-Control": "no-store",
        },
    )
