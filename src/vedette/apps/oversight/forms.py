"""Forms of the oversight pages."""

from __future__ import annotations

from django import forms
from django.utils.translation import gettext_lazy as _

from vedette.apps.columns import Purpose
from vedette.apps.oversight.models import Noted, Transfer


class NoteForm(forms.Form):
    """The form for a note on a finding or an unmasking."""

    about = forms.ChoiceField(choices=Noted.About.choices)
    subject = forms.UUIDField()
    outcome = forms.ChoiceField(choices=Noted.Outcome.choices)
    why = forms.CharField(max_length=1000, required=False)


class TransferForm(forms.Form):
    """The form for a transfer: receiver, country, purpose, legal basis."""

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
        """The ISO 3166 alpha-2 code in capitals."""
        return str(self.cleaned_data["country"]).upper()

    def clean(self) -> None:
        """Requires a country for an authority or a unit of a state."""
        given = self.cleaned_data
        if given.get("kind") in (Transfer.Kind.MEMBER, Transfer.Kind.THIRD) and not given.get(
            "country"
        ):
            self.add_error("country", _("Enter the country."))
