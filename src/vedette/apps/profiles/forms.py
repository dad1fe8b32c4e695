"""Forms of the pages of profiles."""

from __future__ import annotations

import datetime as dt
import re
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from vedette.apps.columns import Purpose, Theme
from vedette.apps.profiles.actions import lanes
from vedette.apps.subjects.kinds import app_kinds
from vedette.profiles.check import MAX_CHARACTERS
from vedette.profiles.tree import text_of_value

#: The number of the last indicator (docs/vocabulary.md).
LAST_INDICATOR = 25
#: The largest number of parameters of an expression, and the largest number of codes of a list.
MOST_PARAMETERS, MOST_CODES = 50, 20_000
_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]{0,59}")


class TextField(forms.CharField):
    """A field for a text of several lines. The line ends of the text are normalised."""

    widget = forms.Textarea

    def to_python(self, value: Any) -> str:
        """Returns the text with normalised line ends."""
        text: str = super().to_python(value) or ""
        return text.replace("\r\n", "\n").replace("\r", "\n")


def parameters(text: str) -> dict[str, Any]:
    """Returns the parameters that are defined in lines such as `hours = 48`. Raises `ValueError` with the
    number of the line if a line is not valid."""
    found: dict[str, Any] = {}
    for number, line in enumerate(text.split("\n"), 1):
        if not line.strip():
            continue
        name, sign, value = (part.strip() for part in line.partition("="))
        if not sign or not value or not _NAME.fullmatch(name) or name in found:
            raise ValueError(number)
        found[name] = _value(value)
    if len(found) > MOST_PARAMETERS:
        raise ValueError(MOST_PARAMETERS + 1)
    return found


def _value(text: str) -> Any:
    if text.casefold() in ("true", "false"):
        return text.casefold() == "true"
    if (found := number_in(text)) is not None:
        return found
    quoted = len(text) > 1 and text[0] == text[-1] == "'"
    return text[1:-1].replace("''", "'") if quoted else text[:300]


def number_in(text: str) -> int | float | None:
    """Reads a number with a decimal comma or point. Returns None if the text is not a number."""
    plain = re.sub("[\u202f\u00a0]", "", text).replace("−", "-").replace(",", ".")
    if re.fullmatch(r"-?[0-9]{1,15}", plain):
        return int(plain)
    return float(plain) if re.fullmatch(r"-?[0-9]{1,15}\.[0-9]{1,10}", plain) else None


def as_text(values: dict[str, Any]) -> str:
    """Returns the parameters of an expression as lines of text, in the format that the function `parameters`
    reads."""
    return "\n".join(f"{name} = {text_of_value(value)}" for name, value in values.items())


class ProfileForm(forms.Form):
    """The form with all fields of a draft. An expression with errors is accepted, because a draft may be
    stored with errors. A draft with errors cannot be submitted.
    """

    title = forms.CharField(max_length=200)
    expression = TextField(strip=False)
    parameters = TextField(required=False, max_length=10_000)
    weight = forms.IntegerField(min_value=1, max_value=100, initial=20)
    #: Only for a kind with several themes. Without a theme, the profile keeps its theme.
    theme = forms.ChoiceField(choices=Theme.choices, required=False)
    purpose = forms.ChoiceField(choices=[("", ""), *Purpose.choices])
    basis = forms.CharField(max_length=300)
    source = forms.CharField(max_length=300, required=False)
    indicators = forms.CharField(max_length=100, required=False)
    justification = TextField(required=False, max_length=10_000)
    note_for = TextField(required=False, max_length=10_000)
    note_against = TextField(required=False, max_length=10_000)
    floor = forms.IntegerField(min_value=0, max_value=100, required=False)
    months = forms.IntegerField(min_value=1, max_value=24, initial=6)
    #: Only for a kind with lanes of clearance.
    lane = forms.CharField(max_length=10, required=False)
    share = forms.FloatField(min_value=0.01, max_value=100, required=False)

    def clean_expression(self) -> str:
        """Checks that the expression is not too long."""
        text: str = self.cleaned_data["expression"]
        if len(text) > MAX_CHARACTERS:
            raise forms.ValidationError(
                _(
                    "The expression has %(length)s characters; the limit is %(limit)s. Split the"
                    " profile, or use a code list."
                ),
                params={"length": len(text), "limit": MAX_CHARACTERS},
            )
        return text.strip("\n")

    def clean_parameters(self) -> dict[str, Any]:
        """Returns the parameters by name."""
        try:
            return parameters(self.cleaned_data["parameters"])
        except ValueError as error:
            raise forms.ValidationError(
                _("Line %(line)s: write name = value. Each name may occur only once."),
                params={"line": error},
            ) from None

    def clean_lane(self) -> str:
        """Returns the lane, or an empty text if no kind of subject has it."""
        lane: str = self.cleaned_data["lane"]
        return lane if any(lane in kind.clearance for kind in app_kinds()) else ""

    def clean_share(self) -> float:
        """Returns the percentage of the subjects that a criterion selects."""
        share: float | None = self.cleaned_data["share"]
        return 100.0 if share is None else share

    def clean_indicators(self) -> list[int]:
        """Returns the sorted numbers of the indicators."""
        found = re.findall(r"[^,; ]+", self.cleaned_data["indicators"])
        numbers = {int(one) if re.fullmatch("[0-9]{1,3}", one) else 0 for one in found}
        if not numbers <= set(range(1, LAST_INDICATOR + 1)):
            raise forms.ValidationError(
                _("Enter numbers from 1 to %(last)s, separated by commas."),
                params={"last": LAST_INDICATOR},
            )
        return sorted(numbers)


class PeriodForm(forms.Form):
    """The form for the first and the last day of a backtest. The data of all days from the first to
    the last day must be unmasked.
    """

    first = forms.DateField()
    last = forms.DateField()

    def __init__(self, bounds: tuple[dt.date, dt.date], *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.bounds = bounds

    def clean(self) -> dict[str, Any]:
        """Checks that the days are in the correct order and within the allowed period."""
        data = super().clean() or {}
        first, last = data.get("first"), data.get("last")
        if first and last:
            if first > last:
                self.add_error("last", _("The last day is before the first day."))
            if first < self.bounds[0]:
                self.add_error("first", _("Older data are masked. Choose a later day."))
            if last > self.bounds[1]:
                self.add_error("last", _("This day is in the future."))
        return data


class ListForm(forms.Form):
    """The form for a code list: its name, its codes, its source, and its last day."""

    name = forms.RegexField(
        r"^[A-Za-z0-9_][A-Za-z0-9_ .-]{0,59}$",
        error_messages={"invalid": _("Use at most 60 characters: letters, digits, _ and -.")},
    )
    codes = TextField(max_length=500_000)
    source = forms.CharField(max_length=300, required=False)
    until = forms.DateField(required=False)
    #: The reason for the second person, if an approval is needed.
    why = TextField(required=False, max_length=1000)

    def clean_codes(self) -> list[str]:
        """Splits the codes at line ends, commas and semicolons."""
        found = [one.strip() for one in re.split(r"[\n,;]+", self.cleaned_data["codes"])]
        codes = [one for one in found if one]
        if not codes:
            raise forms.ValidationError(_("Write at least one code."))
        if len(codes) > MOST_CODES or any(len(one) > 40 for one in codes):
            raise forms.ValidationError(_("At most 20,000 codes, each with at most 40 characters."))
        return codes


class LaneForm(forms.Form):
    """The form for a lane of the random control, with its rate in percent and its legal basis."""

    lane = forms.ChoiceField(choices=lambda: [(lane, lane) for lane in lanes()])
    rate = forms.FloatField(min_value=0, max_value=100)
    basis = forms.CharField(max_length=300, required=False)

    def clean(self) -> dict[str, Any]:
        """Requires a legal basis for a rate above 0."""
        data = super().clean() or {}
        if data.get("rate") and len(data.get("basis", "")) < 3:
            self.add_error(
                "basis",
                _(
                    "State the law and the article. Without a law and an article, no random control"
                    " takes place."
                ),
            )
        return data
