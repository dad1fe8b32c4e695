"""The forms of seizures and detentions. The short and the full form have the same values."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Iterator, Mapping, Sequence
from decimal import Decimal
from typing import Any

from django import forms
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from vedette.apps.enforcement.actions.seizures import MOST_ITEMS, MOST_TEXT, Given, Item
from vedette.apps.enforcement.kinds import KINDS
from vedette.apps.enforcement.models import SeizureVersion
from vedette.apps.enforcement.selectors.seizures import COLUMNS, Record
from vedette.apps.rendering import say
from vedette.core import measures
from vedette.core.codes import find

_Version = SeizureVersion
_CAS = re.compile(r"\d{2,7}-\d{2}-\d")


class Country(forms.CharField):
    """A country, by its code or its name. The value is the two-letter code."""

    def __init__(self, **more: Any) -> None:
        super().__init__(max_length=60, required=False, **more)

    def clean(self, value: Any) -> str:
        """Returns the two-letter code of the country."""
        typed = super().clean(value)
        return _country(typed) if typed else ""


def _country(typed: str) -> str:
    found = find(typed)
    if found is None or len(found.alpha2) != 2:
        raise forms.ValidationError(
            _("“%(typed)s” is not a country. Write the code or the name of a country."),
            params={"typed": typed},
        )
    return found.alpha2


class Countries(forms.CharField):
    """Several countries, separated by commas."""

    def __init__(self, **more: Any) -> None:
        super().__init__(max_length=300, required=False, **more)

    def clean(self, value: Any) -> list[str]:
        """Returns the two-letter codes of the countries."""
        typed = super().clean(value)
        return [_country(one.strip()) for one in typed.split(",") if one.strip()][:10]

    def prepare_value(self, value: Any) -> Any:
        """Returns the codes as text."""
        return ", ".join(value) if isinstance(value, list) else value


class Quantity(forms.CharField):
    """A quantity, with a comma or a point before its decimals."""

    def clean(self, value: Any) -> Decimal | None:
        """Returns the quantity as a decimal number."""
        typed = super().clean(value)
        amount = measures.read(typed) if typed else None
        if typed and amount is None:
            raise forms.ValidationError(
                _("Write a number, such as 4655 or 4.5. Write 4655, not 4,655.")
            )
        return amount


def _text(length: int = 200) -> forms.CharField:
    return forms.CharField(max_length=length, required=False, strip=True)


def _area() -> forms.CharField:
    return forms.CharField(max_length=MOST_TEXT, required=False, widget=forms.Textarea)


def _choice(of: Any) -> forms.ChoiceField:
    return forms.ChoiceField(choices=[("", "–"), *of.choices], required=False)


#: Name of a field → its label. Fields of the short form come first.
LABELS: dict[str, Any] = {
    "day": _("Day (required)"),
    "country": _("Country"),
    "place": _("Place"),
    "direction": _("Direction"),
    "origin": _("Country of origin"),
    "departure": _("Country of departure"),
    "destination": _("Country of destination"),
    "basis": _("Legal basis"),
    "time": _("Time"),
    "office": _("Customs office"),
    "place_kind": _("Kind of place"),
    "latitude": _("Latitude"),
    "longitude": _("Longitude"),
    "transit": _("Countries of transit"),
    "conveyance": _("Means of transport"),
    "conveyance_id": _("Number or name of the means of transport"),
    "carrier": _("Carrier"),
    "courier": _("Courier or driver"),
    "persons": _("Persons concerned"),
    "concealment": _("Concealment"),
    "concealment_text": _("How the goods were hidden"),
    "detection": _("Method of detection"),
    "test": _("Test"),
    "test_text": _("Laboratory or test, and its result"),
    "offence": _("Offence"),
    "disposal": _("What is done with the goods"),
    "storage": _("Where the goods are kept"),
    "witness": _("Witness or second officer"),
    "investigation": _("Investigation"),
    "marking": _("Sharing"),
    "narrative": _("Facts"),
}
#: The fields of the short form.
SHORT = ("day", "country", "place", "direction", "origin", "departure", "destination", "basis")
#: Name of a field → its hint.
HINTS: dict[str, Any] = {
    "transit": _("Codes or names, separated by commas"),
    "basis": _("This field is required before submission. Do not name persons or companies."),
    "offence": _("Do not name persons or companies."),
    "persons": _(
        "Enter nationality, age band and sex of each person, one person per line. Add names "
        "only if they are needed."
    ),
    "latitude": _("In degrees, for example 14.7167"),
    "longitude": _("In degrees, for example −17.4677"),
}
#: The fields whose values are texts beside the subject (`Clear.texts`).
TEXTS = (
    "place", "conveyance_id", "carrier", "courier", "persons", "concealment_text", "test_text", "storage",
    "witness", "narrative",
)  # fmt: skip


class SeizureForm(forms.Form):
    """The values of one version."""

    form = forms.ChoiceField(choices=_Version.Form.choices)
    day = forms.DateField()
    time = forms.TimeField(required=False)
    country = Country()
    place = _text(120)
    office = _text(17)
    place_kind = _choice(_Version.PlaceKind)
    latitude = forms.DecimalField(
        required=False, min_value=-90, max_value=90, max_digits=8, decimal_places=5
    )
    longitude = forms.DecimalField(
        required=False, min_value=-180, max_value=180, max_digits=8, decimal_places=5
    )
    direction = _choice(_Version.Direction)
    origin = Country()
    departure = Country()
    transit = Countries()
    destination = Country()
    conveyance = _choice(_Version.Conveyance)
    conveyance_id = _text(60)
    carrier = _text(120)
    courier = _text(120)
    persons = _area()
    concealment = _choice(_Version.Concealment)
    concealment_text = _text()
    detection = _choice(_Version.Detection)
    test = _choice(_Version.Test)
    test_text = _text()
    offence = _text()
    basis = _text()
    disposal = _choice(_Version.Disposal)
    storage = _text()
    witness = _text(120)
    investigation = _choice(_Version.Investigation)
    marking = forms.ChoiceField(choices=_Version.Marking.choices, required=False)
    narrative = _area()

    def clean_day(self) -> dt.date:
        """Accepts a day that is not in the future."""
        day: dt.date = self.cleaned_data["day"]
        if not dt.date(1990, 1, 1) <= day <= timezone.localdate():
            raise forms.ValidationError(_("The date must not be in the future."))
        return day

    def shown(self, full: bool) -> Iterator[tuple[forms.BoundField, Any, Any]]:
        """Yields the fields of the short or of the full form, with their labels and hints."""
        for name, label in LABELS.items():
            if full or name in SHORT:
                yield self[name], label, HINTS.get(name, "")


class ItemForm(forms.Form):
    """Goods of one kind."""

    kind = forms.ChoiceField(choices=[("", "–"), *KINDS.items()], required=False)
    sub = _text(40)
    text = _text(200)
    quantity = Quantity(max_length=30, required=False)
    unit = forms.ChoiceField(required=False)
    hs = forms.CharField(max_length=12, required=False)
    packages = forms.IntegerField(required=False, min_value=1, max_value=10**9)
    value = Quantity(max_length=30, required=False)
    currency = forms.CharField(max_length=3, required=False)

    def __init__(self, *args: Any, **more: Any) -> None:
        super().__init__(*args, **more)
        units = [(code, say(unit.word)) for code, unit in measures.UNITS.items()]
        self.fields["unit"].choices = [("", "–"), *units]  # type: ignore[attr-defined]

    @property
    def hidden_rest(self) -> list[forms.BoundField]:
        """Returns the fields whose values the short form contains but does not show."""
        return [self[name] for name in ("hs", "packages", "value", "currency")]

    def clean_hs(self) -> str:
        """Accepts four to ten digits, with spaces or points."""
        digits = re.sub(r"[\s.]", "", self.cleaned_data["hs"])
        if digits and not re.fullmatch(r"\d{4,10}", digits, re.ASCII):
            raise forms.ValidationError(_("A commodity code has four to ten digits."))
        return digits

    def clean_sub(self) -> str:
        """Checks the check digit of a CAS number."""
        text = " ".join(self.cleaned_data["sub"].split())
        if _CAS.fullmatch(text):
            *digits, check = (int(one) for one in text if one != "-")
            if sum(n * one for n, one in enumerate(reversed(digits), 1)) % 10 != check:
                raise forms.ValidationError(
                    _(
                        "The check digit of this CAS number is wrong: compare the number with the label."
                    )
                )
        return text

    def clean_currency(self) -> str:
        """Accepts a currency code of three letters."""
        code = self.cleaned_data["currency"].upper()
        if code and not re.fullmatch(r"[A-Z]{3}", code):
            raise forms.ValidationError(_("A currency code has three letters, such as EUR or XOF."))
        return code

    def clean(self) -> dict[str, Any]:
        """Checks that the goods have a kind, a quantity and a unit."""
        given = super().clean() or {}
        if self.has_changed():
            for name in ("kind", "quantity", "unit"):
                if not given.get(name) and name not in self.errors:
                    self.add_error(name, _("This field is required for these goods."))
        if given.get("value") and not given.get("currency") and "currency" not in self.errors:
            self.add_error("currency", _("State the currency of the value."))
        return given


_ItemSet = forms.formset_factory(
    ItemForm, extra=1, max_num=MOST_ITEMS, absolute_max=MOST_ITEMS + 5, validate_max=True
)


def items(data: Any = None, initial: Sequence[Mapping[str, Any]] = ()) -> Any:
    """Returns the forms of the goods of a version."""
    return _ItemSet(data=data, initial=[dict(one) for one in initial], prefix="goods")


def given(form: SeizureForm, goods: Any) -> Given:
    """Returns the values of valid forms."""
    clean = form.cleaned_data
    columns = {name: clean[name] for name in COLUMNS if name not in ("happened_at",)}
    columns["marking"] = clean["marking"] or _Version.Marking.AMBER_STRICT
    columns["happened_at"] = (
        timezone.make_aware(dt.datetime.combine(clean["day"], clean["time"]))
        if clean["time"]
        else None
    )
    rows = [one.cleaned_data for one in goods if one.has_changed() or one.initial]
    return Given(
        columns=columns,
        texts={name: clean[name] for name in TEXTS},
        items=[Item(**row) for row in rows if row.get("kind")],
    )


def initial(record: Record) -> tuple[dict[str, Any], list[dict[str, Any]]]:
    """Returns the values with which the forms of a new version are filled."""
    version = record.version
    head = {name: getattr(version, name) for name in COLUMNS} | dict(record.texts)
    if version.happened_at:
        head["time"] = timezone.localtime(version.happened_at).strftime("%H:%M")
    goods = [
        {
            "kind": one.kind, "sub": one.sub, "text": text, "quantity": plain(one.quantity),
            "unit": one.unit, "hs": one.hs, "packages": one.packages, "value": plain(one.value),
            "currency": one.currency,
        }
        for one, text in record.items
    ]  # fmt: skip
    return head, goods


def plain(amount: Decimal | None) -> str:
    """Returns a number in the form in which users type it, without thousands separators, such as `12.5`."""
    return "" if amount is None else f"{amount.normalize():f}"
