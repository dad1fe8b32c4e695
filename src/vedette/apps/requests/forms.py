"""The forms of a request. Every field has a limit, and no detail of the person is stored."""

from __future__ import annotations

from typing import Any

from django import forms
from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.validators import RegexValidator
from django.utils import timezone
from django.utils.translation import get_language_info
from django.utils.translation import gettext_lazy as _

from vedette.apps.approvals.actions import SHORTEST
from vedette.apps.requests.models import SubjectRequest
from vedette.apps.requests.rectifying import elements, fitting
from vedette.apps.subjects.kinds import Given


class NewForm(forms.Form):
    """The form for the letter and for the details that the person gives."""

    kind = forms.ChoiceField(choices=SubjectRequest.Kind.choices)
    received_on = forms.DateField()
    # The number that the mail service gave to the letter. It must not be a name.
    reference = forms.CharField(
        max_length=40,
        validators=[
            RegexValidator(
                r"\A(?=.*[0-9])[A-Za-z0-9][A-Za-z0-9 ./_-]*\Z",
                _(
                    "The reference number of the mail service may contain letters, digits and - ."
                    " / _"
                ),
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
        if day > timezone.now().date():
            raise ValidationError(_("This day is in the future."))
        return day

    def clean(self) -> dict[str, Any]:
        """Requires a document, or a surname with the birth date, because fewer details would find other
        people."""
        found: dict[str, Any] = super().clean() or {}
        named = found.get("surname", "").strip() and found.get("birth")
        if not self.errors and not named and not found.get("document", "").strip():
            raise ValidationError(_("Give a document, or a surname with the birth date."))
        return found

    def given(self) -> Given:
        """The details to search for."""
        names = ("surname", "given_names", "birth", "document")
        return Given(**{name: self.cleaned_data[name] for name in names})


class FileForm(forms.Form):
    """The language and the format of a file."""

    language = forms.ChoiceField(
        choices=[(code, get_language_info(code)["name_local"]) for code in dict(settings.LANGUAGES)]
    )
    form = forms.ChoiceField(choices=[("html", "HTML"), ("json", "JSON")])


class AnswerForm(FileForm):
    """The form for an answer. The ground is required whether or not anything is withheld."""

    ground = forms.ChoiceField(choices=SubjectRequest.Ground.choices)
    article = forms.CharField(max_length=200, min_length=3)


class RectifyForm(forms.Form):
    """The form for one element as the person states it."""

    element = forms.ChoiceField(
        choices=lambda: [(name, element.label) for name, element in elements().items()]
    )
    value = forms.CharField(max_length=100)
    basis = forms.CharField(max_length=300, min_length=3)

    def clean(self) -> dict[str, Any]:
        """Checks that the value is valid for the element."""
        found: dict[str, Any] = super().clean() or {}
        if not self.errors:
            try:
                fitting(found["element"], found["value"])
            except ValueError:
                self.add_error("value", _("This is not a valid value for this element."))
        return found


class WhyForm(forms.Form):
    """The form for the reason of an erasure, which the second person reads."""

    why = forms.CharField(min_length=SHORTEST, max_length=1000)
