"""The settings that the financial intelligence unit prescribes: the schema and the mapping of suspicion
reports, the columns of the routine batches, and the holidays. Each change by an administrator is stored as a
new version.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from importlib.resources import files
from typing import Any

from django import forms
from django.core.files.uploadedfile import UploadedFile
from django.db import transaction
from django.utils.dates import WEEKDAYS
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from vedette.apps.accounts import acts, rules
from vedette.apps.accounts.models import User
from vedette.apps.columns import new_id
from vedette.cash import routine
from vedette.cash.app import texts
from vedette.cash.app.actions import now
from vedette.cash.app.referral.models import IntelligenceUnit
from vedette.cash.app.referral.suspicions import latest
from vedette.cash.goaml.report import MAX_MAPPING, Refused, read_mapping
from vedette.cash.variants import variants

#: Most holidays of the calendar.
MOST_HOLIDAYS = 2_000
#: Code of a refused schema or mapping → its words. `%(detail)s` is the message of the parser.
WORDS: dict[str, Any] = {
    "schema_large": _("The schema is larger than 4 MB."),
    "schema_xml": _("The schema is not XML: %(detail)s"),
    "schema_doctype": _(
        "The schema contains a document type declaration (DOCTYPE), which can refer to "
        "external files. Remove it, or ask the financial intelligence unit for a schema "
        "without it."
    ),
    "schema_include": _(
        "The schema includes another file. Provide a schema that consists of one file."
    ),
    "schema_other": _("The schema has no element “report”, so it is not a goAML schema."),
    "schema_occurs": _("The schema repeats a part more than 10,000 times."),
    "schema_invalid": _("The schema is not valid: %(detail)s"),
    "mapping_large": _("The mapping is too large."),
    "mapping_toml": _("The mapping is not valid TOML: %(detail)s"),
    "mapping_parts": _("The mapping contains unknown keys: %(detail)s"),
    "mapping_texts": _(
        "In the mapping, the fixed values, the names and the tables of codes must contain texts."
    ),
    "columns_large": _("The mapping of the columns is too large."),
    "columns_toml": _("The mapping of the columns is not valid TOML: %(detail)s"),
    "columns_none": _("The mapping needs a table “columns” with 1 to 200 columns."),
    "columns_path": _("The path of a column is not valid: %(detail)s"),
}


def say(error: Refused | routine.BadColumns) -> str:
    """Returns the reason for the refusal of a schema or a mapping, in the reader's language."""
    return str(WORDS[error.code]) % {"detail": error.detail}


class SetupForm(forms.Form):
    """The form in which an administrator enters the settings. If no new file is uploaded, the stored file is
    kept.
    """

    name = forms.CharField(max_length=120, strip=True)
    variant = forms.ChoiceField()
    schema = forms.FileField(required=False)
    mapping = forms.FileField(required=False)
    columns = forms.FileField(required=False)
    holidays = forms.CharField(required=False, strip=True, max_length=40_000, widget=forms.Textarea)
    sends_on = forms.TypedMultipleChoiceField(coerce=int, choices=list(WEEKDAYS.items()))

    def __init__(self, *args: Any, before: IntelligenceUnit | None, **more: Any) -> None:
        super().__init__(*args, **more)
        self.before = before
        choices = [
            (one.key, texts.OF_DATA.get(one.name, one.name))
            for one in variants().values()
            if "referral" in one.limits
        ]
        self.fields["variant"].choices = choices  # type: ignore[attr-defined]

    def clean_holidays(self) -> list[dt.date]:
        """Parses a text that has one date in each line. The dates can be in any order."""
        days: set[dt.date] = set()
        for number, line in enumerate(self.cleaned_data["holidays"].splitlines(), 1):
            text = line.strip()
            if not text:
                continue
            try:
                day = dt.date.fromisoformat(text)
            except ValueError:
                raise forms.ValidationError(
                    _("Line %(n)d is not a date. Write YYYY-MM-DD."), params={"n": number}
                ) from None
            if not 1990 <= day.year <= 2199:
                raise forms.ValidationError(
                    _("Line %(n)d is outside of the years 1990 to 2199."), params={"n": number}
                )
            days.add(day)
        if len(days) > MOST_HOLIDAYS:
            raise forms.ValidationError(_("The calendar has more than 2,000 days."))
        return sorted(days)

    def _content(self, name: str, most: int, otherwise: bytes) -> bytes:
        upload: UploadedFile | None = self.cleaned_data.get(name)
        if upload is None:
            return otherwise
        return bytes(upload.read(most + 1))

    def clean_schema(self) -> bytes:
        """Loads the schema to check that the schema is valid."""
        # Only this page and the page of a draft need the library of schemas.
        from vedette.cash.goaml.schema import MAX_SCHEMA, Schema

        data = self._content(
            "schema", MAX_SCHEMA, bytes(self.before.schema) if self.before else b""
        )
        if not data:
            raise forms.ValidationError(
                _("Choose the schema (XSD) that the financial intelligence unit provides.")
            )
        try:
            Schema(data)
        except Refused as error:
            raise forms.ValidationError(say(error)) from None
        return data

    def clean_mapping(self) -> str:
        """Checks the mapping of suspicion reports. If no file has been stored yet, the example is used."""
        data = self._content(
            "mapping", MAX_MAPPING, self.before.mapping.encode() if self.before else example()
        )
        try:
            read_mapping(data)
        except Refused as error:
            raise forms.ValidationError(say(error)) from None
        return data.decode()

    def clean_columns(self) -> str:
        """Checks the columns of the routine batches. If no file has been stored yet, the example is used."""
        data = self._content(
            "columns",
            routine.MAX_MAPPING,
            self.before.columns.encode() if self.before else example("batch.toml"),
        )
        try:
            text = data.decode("utf-8")
            routine.read_columns(text)
        except UnicodeDecodeError:
            raise forms.ValidationError(gettext("The file is not UTF-8 text.")) from None
        except routine.BadColumns as error:
            raise forms.ValidationError(say(error)) from None
        return text


def example(name: str = "example.toml") -> bytes:
    """Returns the content of an example file that is part of vedette."""
    return (files("vedette.cash.goaml") / name).read_bytes()


def initial(before: IntelligenceUnit | None) -> dict[str, Any]:
    """Returns the values that the form contains when it is opened."""
    if before is None:
        return {"sends_on": [2]}
    return {
        "name": before.name,
        "variant": before.variant,
        "holidays": "\n".join(day.isoformat() for day in before.holidays),
        "sends_on": list(before.sends_on),
    }


@transaction.atomic
def store(user: User, values: dict[str, Any]) -> IntelligenceUnit:
    """Stores a new version of the settings. `values` contains the values of a valid form."""
    rules.check(user, "fiu.setup")
    assert user.organisation_id is not None  # noqa: S101  the rule asks for an organisation
    before = latest()
    made = IntelligenceUnit.objects.create(
        id=new_id(), organisation_id=user.organisation_id,
        number=before.number + 1 if before else 1, at=now(), by=user,
        **{name: values[name] for name in FIELDS},
    )  # fmt: skip
    acts.write(user, "fiu.setup", made.pk, version=made.number)
    return made


FIELDS: Sequence[str] = (
    "name", "variant", "schema", "mapping", "columns", "holidays", "sends_on",
)  # fmt: skip
