"""Defines the forms of the pages of travellers. Each error message explains how the user can correct the
entry."""

from __future__ import annotations

import datetime as dt
import re
from typing import Any

from django import forms
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from vedette.core.codes import find

_DAY = re.compile(r"(\d{1,2})[./ -](\d{1,2})[./ -](\d{4})|(\d{4})-(\d{2})-(\d{2})", re.ASCII)


class SearchForm(forms.Form):
    """Contains the terms of a search for travellers. `q` comes from the search field in the bar of every
    page. `q` may be a name, a document or a locator."""

    q = forms.CharField(max_length=100, required=False)
    name = forms.CharField(max_length=100, required=False)
    document = forms.CharField(max_length=35, required=False)
    locator = forms.CharField(max_length=20, required=False)

    def clean(self) -> dict[str, Any]:
        """Copies `q` to each search field for which `q` has a possible format. Raises `ValidationError` if
        all fields are empty."""
        given = super().clean() or {}
        asked = (given.get("q") or "").strip()
        if asked and not given.get("name"):
            digits = any(c.isdigit() for c in asked)
            given["name"] = "" if digits else asked
            # A document number may be typed with spaces.
            given["document"] = given.get("document") or (asked if digits else "")
            if " " not in asked:
                given["locator"] = given.get("locator") or asked
        if self.errors:
            raise forms.ValidationError(_("The text entered is too long for a name or a number."))
        if not any((given.get(f) or "").strip() for f in ("name", "document", "locator")):
            raise forms.ValidationError(
                _("The text entered is not a name, a document number or a locator.")
                if asked
                else _("Enter a name, a document number or a booking locator.")
            )
        return given


def day(text: str) -> dt.date | None:
    """Returns a date typed as 1979-03-12, 12.03.1979 or 12/3/1979 (day first). Returns None if the text is
    not in one of these forms."""
    found = _DAY.fullmatch(text.strip())
    if found is None:
        return None
    d, m, y, iso_y, iso_m, iso_d = found.groups()
    try:
        return dt.date(int(y or iso_y), int(m or iso_m), int(d or iso_d))
    except ValueError:
        return None


class PersonForm(forms.Form):
    """Contains the data of a person who is to be screened on demand."""

    surname = forms.CharField(max_length=100, required=False)
    given_names = forms.CharField(max_length=100, required=False)
    birth = forms.CharField(max_length=10, required=False)
    nationality = forms.CharField(max_length=60, required=False)
    document = forms.CharField(max_length=35, required=False)

    def clean_birth(self) -> dt.date | int | None:
        """Accepts a day in the past, a year if the day is unknown, or an empty field."""
        typed, today = self.cleaned_data["birth"].strip(), timezone.now().date()
        if re.fullmatch(r"\d{4}", typed, re.ASCII) and 1900 <= int(typed) <= today.year:
            return int(typed)
        born = day(typed)
        if typed and (born is None or born > today):
            raise forms.ValidationError(
                _("Write the birth date as 1979-03-12 or 12/03/1979, or the year alone.")
            )
        return born

    def clean_nationality(self) -> str:
        """Accepts the code of a country, or its name in English or French. Returns the three-letter code of
        the country."""
        typed = self.cleaned_data["nationality"].strip()
        found = find(typed) if typed else None
        if typed and found is None:
            raise forms.ValidationError(
                _(
                    "Unknown country. Enter the name of the country or its three-letter code, for"
                    " example CHE."
                )
            )
        return found.alpha3 if found else ""

    def clean(self) -> dict[str, Any]:
        """Raises `ValidationError` if both the name and the document are empty."""
        given = super().clean() or {}
        if not any(given.get(f) for f in ("surname", "given_names", "document")):
            raise forms.ValidationError(_("Enter a name or a document number."))
        return given
