"""What is typed on the pages of messages and travellers, checked; each error names the remedy."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Collection, Mapping
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from vedette.apps.columns import Purpose
from vedette.core.codes import find

#: The largest message that may be tried on the page, in bytes.
MOST_TRIED = 1_000_000
#: A case is a reference, never a name: letters, digits and what stands between them.
_CASE = re.compile(r"(?=.*[0-9])[A-Za-z0-9][A-Za-z0-9 ./_-]{1,39}")
_DAY = re.compile(r"(\d{1,2})[./ -](\d{1,2})[./ -](\d{4})|(\d{4})-(\d{2})-(\d{2})", re.ASCII)


class PurposeForm(forms.Form):
    """For what and for which case people are looked for; asked once a session for each purpose.

    Only purposes of the user are offered. `cases` are those given in this session, by purpose: for
    those no case need be given again.
    """

    purpose = forms.ChoiceField(
        error_messages={
            "required": _("Choose a purpose."),
            "invalid_choice": _("Choose a purpose."),
        },
    )
    case = forms.RegexField(
        _CASE,
        max_length=40,
        required=False,
        error_messages={
            "invalid": _("A case is a reference with a number, such as 2026-114; never a name."),
        },
    )

    def __init__(
        self, purposes: Collection[str], cases: Mapping[str, str], data: Any = None
    ) -> None:
        super().__init__(data)
        self.cases = cases
        offered: Any = self.fields["purpose"]
        own = [(value, word) for value, word in Purpose.choices if value in purposes]
        offered.choices = [("", _("Choose")), *own]

    def clean(self) -> dict[str, Any]:
        """With the case given before for this purpose, where none is given now."""
        given = super().clean() or {}
        if not given.get("case") and "case" not in self.errors:
            given["case"] = self.cases.get(given.get("purpose", ""), "")
            if not given["case"]:
                self.add_error("case", _("Give the reference of the case."))
        return given


class SearchForm(forms.Form):
    """Whom to look for. `q` comes from the bar and may be any of the three."""

    q = forms.CharField(max_length=100, required=False)
    name = forms.CharField(max_length=100, required=False)
    document = forms.CharField(max_length=35, required=False)
    locator = forms.CharField(max_length=20, required=False)

    def clean(self) -> dict[str, Any]:
        """Spreads `q` over the fields; at least one must be filled."""
        given = super().clean() or {}
        asked = (given.get("q") or "").strip()
        if asked and not given.get("name"):
            digits = any(c.isdigit() for c in asked)
            given["name"] = "" if digits else asked
            if " " not in asked:
                given["document"] = given.get("document") or (asked if digits else "")
                given["locator"] = given.get("locator") or asked
        if self.errors:
            raise forms.ValidationError(_("The text entered is too long for a name or a number."))
        if not any((given.get(f) or "").strip() for f in ("name", "document", "locator")):
            if asked:
                raise forms.ValidationError(
                    _("The text entered is not a name, document or locator.")
                )
            raise forms.ValidationError(_("Give a name, a document or a locator."))
        return given


def day(text: str) -> dt.date | None:
    """A birth date as people write it: 1979-03-12, 12.03.1979, 12/3/1979 (day first); None if it is none."""
    found = _DAY.fullmatch(text.strip())
    if found is None:
        return None
    d, m, y, iso_y, iso_m, iso_d = found.groups()
    try:
        return dt.date(int(y or iso_y), int(m or iso_m), int(d or iso_d))
    except ValueError:
        return None


class PersonForm(forms.Form):
    """One person to screen now."""

    surname = forms.CharField(max_length=100, required=False)
    given_names = forms.CharField(max_length=100, required=False)
    birth = forms.CharField(max_length=10, required=False)
    nationality = forms.CharField(max_length=60, required=False)
    document = forms.CharField(max_length=35, required=False)

    def clean_birth(self) -> dt.date | None:
        """A day in the past, or nothing."""
        typed = self.cleaned_data["birth"]
        if not typed:
            return None
        born = day(typed)
        if born is None or born > dt.date.today():
            raise forms.ValidationError(_("Write the birth date as 1979-03-12 or 12/03/1979."))
        return born

    def clean_nationality(self) -> str:
        """Three letters, from a code or the name of a country in either language."""
        typed = self.cleaned_data["nationality"].strip()
        if not typed:
            return ""
        found = find(typed)
        if found is None:
            raise forms.ValidationError(_("Unknown country: use its name or its code, like CHE."))
        return found.alpha3

    def clean(self) -> dict[str, Any]:
        """A name or a document must be there."""
        given = super().clean() or {}
        if not any(given.get(f) for f in ("surname", "given_names", "document")):
            raise forms.ValidationError(_("Give a name or a document."))
        return given


class TryForm(forms.Form):
    """A message to try: pasted, or a file. Nothing of it is stored."""

    text = forms.CharField(required=False, strip=False)
    file = forms.FileField(required=False, allow_empty_file=True)

    def clean(self) -> dict[str, Any]:
        """`data` in bytes: the file where there is one, else the text; at most `MOST_TRIED`."""
        given = super().clean() or {}
        file, text = given.get("file"), given.get("text") or ""
        size = file.size if file else len(text.encode())
        if not file and not text.strip():
            raise forms.ValidationError(_("Paste a message or choose a file."))
        if size > MOST_TRIED:
            raise forms.ValidationError(
                _(
                    "This message is larger than 1 MB. Send it by “vedette ingest”, or one part of it here."
                )
            )
        given["data"] = file.read() if file else text.encode()
        return given
