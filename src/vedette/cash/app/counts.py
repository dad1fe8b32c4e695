"""The form in which officers enter a count. Each declared line has one or more rows for the cash that was
found (currency by denomination, instruments, gold). Additional rows are for cash that was not declared."""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Iterator
from typing import Any

from django import forms
from django.forms.utils import ErrorDict
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from vedette.apps.columns import new_id
from vedette.cash.app import texts
from vedette.cash.app.dossier import Dossier
from vedette.cash.app.forms import LineForm
from vedette.cash.records import Count, Counter, Line

#: Rows for each declared line, rows for cash that was not declared, and rows that the button adds.
ROWS, FURTHER, MORE = 2, 2, 3
#: Greatest number of rows of one line, and of persons.
MOST_ROWS, PERSONS = 30, 4


class AboutForm(forms.Form):
    """The place, the time, the device and the remark of a count."""

    place = forms.CharField(max_length=120, strip=True)
    day = forms.DateField()
    time = forms.TimeField()
    device = forms.CharField(max_length=80, required=False, strip=True)
    remark = forms.CharField(max_length=1_000, required=False, strip=True, widget=forms.Textarea)

    def clean_day(self) -> dt.date:
        """Accepts a day that is not in the future."""
        day: dt.date = self.cleaned_data["day"]
        if not dt.date(1990, 1, 1) <= day <= timezone.localdate():
            raise forms.ValidationError(_("The date must not be in the future."))
        return day


class PersonForm(forms.Form):
    """A person who counts the cash or who is present at the count."""

    name = forms.CharField(max_length=120, required=False, strip=True)
    role = forms.ChoiceField(choices=list(texts.COUNTERS.items()), required=False)


class FoundForm(LineForm):
    """Cash that was found. The cash that was found either corresponds to a declared line or was not
    declared."""

    def __init__(self, *args: Any, answers: Line | None = None, **more: Any) -> None:
        super().__init__(*args, **more)
        self.answers = answers


class CountForms:
    """Contains all parts of the form of a count."""

    def __init__(self, file: Dossier, data: Any = None) -> None:
        self.file = file
        self.problem: Any = ""
        bound = data if data is None else data.copy()
        adding = bound is not None and "more" in bound
        self.id = _uuid(data.get("id", "")) if data else new_id()
        self.version = _number(data.get("version", "")) if data else len(file.counts)
        local = timezone.localtime()
        self.about = AboutForm(
            bound, initial={"day": local.date(), "time": local.strftime("%H:%M")}
        )
        self.persons = [
            PersonForm(
                bound, prefix=f"person-{n}", initial={"role": "officer" if not n else "witness"}
            )
            for n in range(PERSONS)
        ]
        #: Number of a declared line (0: not declared), the line, and its rows.
        self.groups: list[tuple[int, Line | None, list[FoundForm]]] = []
        for number, line in [
            *((one.number or n, one) for n, one in enumerate(file.lines, 1)),
            (0, None),
        ]:
            rows = _number(data.get(f"rows-{number}", "")) if data else 0
            rows = min(rows or (ROWS if line else FURTHER), MOST_ROWS)
            if bound is not None and adding and bound["more"] == str(number):
                rows = min(rows + MORE, MOST_ROWS)
            start = (
                {"kind": line.kind, "currency": line.currency, "type": line.type} if line else {}
            )
            forms_ = [
                FoundForm(bound, prefix=f"found-{number}-{n}", initial=start, answers=line)
                for n in range(rows)
            ]
            self.groups.append((number, line, forms_))
        if adding:
            for one in self._all():
                one._errors = ErrorDict()

    def _all(self) -> Iterator[Any]:
        yield self.about
        yield from self.persons
        for _answered, _line, rows in self.groups:
            yield from rows

    def is_valid(self) -> bool:
        """Returns whether all parts of the form are valid. A count must name at least one person. A count
        without cash is valid and means that no cash was found."""
        valid = [one.is_valid() for one in self._all()]
        if not all(valid):
            self.problem = _(
                "Some fields are missing or invalid: see the highlighted fields. Your input is kept."
            )
            return False
        if not any(one.cleaned_data.get("name") for one in self.persons):
            self.problem = _("Enter the name of at least one person who counted.")
            return False
        return True

    def content(self) -> Count:
        """Returns the count that a valid form contains."""
        about = self.about.cleaned_data
        return Count(
            version=self.version + 1,
            at=timezone.make_aware(dt.datetime.combine(about["day"], about["time"])),
            place=about["place"],
            device=about["device"] or None,
            remark=about["remark"] or None,
            persons=tuple(
                Counter(name=given["name"], role=given["role"] or "officer")
                for one in self.persons
                if (given := one.cleaned_data).get("name")
            ),
            lines=tuple(
                line
                for number, _line, rows in self.groups
                for row in rows
                if (line := row.line(number or None)) is not None
            ),
        )


def _number(text: str) -> int:
    return int(text) if text.isascii() and text.isdecimal() and len(text) < 4 else 0


def _uuid(text: str) -> uuid.UUID:
    try:
        return uuid.UUID(text)
    except ValueError:
        return new_id()
