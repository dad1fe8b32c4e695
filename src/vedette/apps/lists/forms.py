"""What the pages of lists and lookouts let in."""

from __future__ import annotations

import datetime as dt
from typing import Any

from django import forms
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from vedette.apps.columns import Purpose
from vedette.apps.lists.actions.lookouts import UNREVIEWED
from vedette.apps.lists.actions.state import LOOKOUTS
from vedette.core import codes

#: Files handed in at once, and their size in all.
MOST_FILES = 8
MOST_BYTES = 64 * 1024 * 1024


class SeveralFiles(forms.FileInput):
    """A file input that takes several files."""

    allow_multiple_selected = True

    def value_from_datadict(self, data: Any, files: Any, name: str) -> Any:
        """All files of that name."""
        return files.getlist(name) if hasattr(files, "getlist") else files.get(name)


class FilesField(forms.FileField):
    """Several files → {name: bytes}, bounded in number and size."""

    widget = SeveralFiles

    def clean(self, data: Any, initial: Any = None) -> dict[str, bytes]:
        """The bytes of each file, by its name."""
        uploads = data if isinstance(data, list) else [data] if data else []
        if not uploads:
            raise forms.ValidationError(_("Choose the file or files of the list."))
        if len(uploads) > MOST_FILES:
            raise forms.ValidationError(_("At most 8 files at once: the files of one list."))
        if sum(upload.size for upload in uploads) > MOST_BYTES:
            raise forms.ValidationError(
                _("Larger than 64 MB: import it on the server with “vedette lists import”.")
            )
        return {upload.name: upload.read() for upload in uploads}


class FilesForm(forms.Form):
    """Step 1: the files."""

    #: `files` is taken: it is what a form calls its uploads.
    lists = FilesField()


class TermsForm(forms.Form):
    """Step 2: what the list is for, on which basis, whose it is and until when."""

    name = forms.CharField(max_length=100)
    purpose = forms.ChoiceField(choices=[("", ""), *Purpose.choices])
    basis = forms.CharField(max_length=300)
    owner = forms.CharField(max_length=200)
    expires_on = forms.DateField(required=False)
    weight = forms.IntegerField(min_value=0, max_value=100, initial=70)

    def clean_name(self) -> str:
        """The list of the lookouts takes no import."""
        name = " ".join(self.cleaned_data["name"].split())
        if name.casefold() == LOOKOUTS.casefold():
            raise forms.ValidationError(_("This name is reserved for lookouts: choose another."))
        return name

    def clean_expires_on(self) -> dt.date | None:
        """A list that has expired already would bring nothing."""
        day = self.cleaned_data["expires_on"]
        if day is not None and day < timezone.now().date():
            raise forms.ValidationError(_("This day is past: the list would raise no hits."))
        return day


class LookoutForm(forms.Form):
    """A lookout: a document or a name, for how long, who called and why."""

    document = forms.CharField(max_length=35, required=False)
    name = forms.CharField(max_length=200, required=False)
    birth_date = forms.DateField(required=False)
    nationality = forms.CharField(max_length=60, required=False)
    group_label = forms.CharField(max_length=40, required=False)
    hours = forms.TypedChoiceField(
        choices=[(24, ""), (12, ""), (8, ""), (4, ""), (2, "")], coerce=int, required=False
    )
    caller = forms.CharField(max_length=200)
    why = forms.CharField(min_length=20, max_length=4000)

    def clean_hours(self) -> int:
        """Where nothing is chosen, as long as it may be before its review."""
        return self.cleaned_data["hours"] or UNREVIEWED

    def clean_nationality(self) -> str:
        """Any spelling of a country → alpha-2."""
        text = self.cleaned_data["nationality"]
        found = codes.country(text)
        if text and not found:
            raise forms.ValidationError(_("Unknown country: enter its three letters or its name."))
        return found or ""

    def clean(self) -> dict[str, Any]:
        """One of document and name is needed."""
        data = super().clean() or {}
        if not data.get("document") and not data.get("name"):
            self.add_error("document", _("Enter a document number or a name."))
        return data


class ExtendForm(forms.Form):
    """A supervisor's review: how many hours more."""

    hours = forms.TypedChoiceField(choices=[(24, ""), (72, ""), (168, ""), (720, "")], coerce=int)
