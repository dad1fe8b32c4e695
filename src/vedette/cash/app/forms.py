"""The form in which an officer records a movement of cash: a paper declaration, undeclared cash, or cash
below the threshold. The content of the form is converted to a message (`cash.records.Message`), which is
processed like every other message."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Mapping
from decimal import Decimal
from typing import Any

from django import forms
from django.forms.utils import ErrorDict
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from vedette.cash import records
from vedette.cash.app import texts
from vedette.core import measures
from vedette.core.codes import find
from vedette.core.parties import Address, Document

#: Greatest number of lines, and of letters of a long text.
MOST_LINES, MOST_TEXT = 60, 1_000
#: Lines of a new form, and lines that the button adds.
LINES, MORE = 3, 3
_FIRST = dt.date(1900, 1, 1)


def _text(length: int = 120, **more: Any) -> forms.CharField:
    return forms.CharField(max_length=length, required=False, strip=True, **more)


def _choice(of: Mapping[str, Any]) -> forms.ChoiceField:
    return forms.ChoiceField(choices=[("", "–"), *of.items()], required=False)


def _many(of: Mapping[str, Any]) -> forms.MultipleChoiceField:
    return forms.MultipleChoiceField(
        choices=list(of.items()), required=False, widget=forms.CheckboxSelectMultiple
    )


class Country(forms.CharField):
    """A field for a country, which the user enters as a code or a name. The text is converted to a country
    code with `letters` letters.
    """

    def __init__(self, letters: int = 2) -> None:
        super().__init__(max_length=60, required=False, strip=True)
        self.letters = letters

    def clean(self, value: Any) -> str | None:
        """Returns the code of the country, or None if the field is empty."""
        typed = super().clean(value)
        if not typed:
            return None
        found = find(typed)
        if found is None or len(found.alpha2) != 2:
            raise forms.ValidationError(
                _("“%(typed)s” is not a country. Write the code or the name of a country."),
                params={"typed": typed},
            )
        return found.alpha2 if self.letters == 2 else found.alpha3


class Amount(forms.CharField):
    """A field for a positive amount, quantity or weight. The decimal separator is a comma or a point."""

    def __init__(self) -> None:
        super().__init__(max_length=30, required=False, strip=True)

    def clean(self, value: Any) -> Decimal | None:
        """Returns the number as a decimal, or None if the field is empty."""
        typed = super().clean(value)
        amount = measures.read(typed) if typed else None
        if typed and amount is None:
            raise forms.ValidationError(
                _("Write a number greater than zero, such as 4655 or 4.5. Write 4655, not 4,655.")
            )
        return amount


class Past(forms.DateField):
    """A day that is not in the future."""

    def __init__(self) -> None:
        super().__init__(required=False)

    def clean(self, value: Any) -> dt.date | None:
        """Returns the day, or None if the field is empty."""
        day = super().clean(value)
        if day and not _FIRST <= day <= timezone.localdate():
            raise forms.ValidationError(_("The date must not be in the future."))
        return day


class MovementForm(forms.Form):
    """The data that concern the movement as a whole."""

    record = forms.ChoiceField(
        choices=[(code, word) for code, word in texts.RECORDS.items() if code != "fincen_105"]
    )
    direction = forms.ChoiceField(choices=list(texts.DIRECTIONS.items()))
    reference = _text(40)
    office = _text(17)
    day = forms.DateField()
    time = forms.TimeField(required=False)
    mode = _choice(texts.MODES)
    transport = _text(60)
    company = _text(80)
    consignment = _text(60)
    departure_country = Country()
    departure_place = _text(80)
    arrival_country = Country()
    arrival_place = _text(80)
    border_point = _text(80)
    provenance = _many(texts.PROVENANCE)
    provenance_text = _text(200)
    uses = _many(texts.USES)
    use_text = _text(200)
    relationship = _choice(texts.RELATIONSHIPS)
    carrier_is_owner = forms.BooleanField(required=False)
    carrier_is_recipient = forms.BooleanField(required=False)
    reason = _choice(texts.REASONS)
    selection = _choice(texts.SELECTIONS)
    concealment = _text(MOST_TEXT, widget=forms.Textarea)
    circumstances = _text(MOST_TEXT, widget=forms.Textarea)

    def clean_day(self) -> dt.date:
        """Accepts a day of crossing that is not in the distant future."""
        day: dt.date = self.cleaned_data["day"]
        if not dt.date(1990, 1, 1) <= day <= timezone.localdate() + dt.timedelta(days=60):
            raise forms.ValidationError(_("Write a day at most 60 days from now."))
        return day

    def clean_office(self) -> str:
        """Returns the code of the office in capitals."""
        return str(self.cleaned_data["office"]).upper()


class PartyForm(forms.Form):
    """A person or a company."""

    first_names = _text()
    last_names = _text()
    date_of_birth = Past()
    birth_town = _text(80)
    birth_country = Country()
    nationality = Country()
    gender = _choice({"female": _("female"), "male": _("male"), "other": _("other gender")})
    document_type = _choice(texts.DOCUMENTS)
    document_number = _text(40)
    document_issuer = Country(3)
    personal_number = _text(40)
    name = _text(200)
    registration_number = _text(40)
    registration_country = Country()
    street = _text()
    postcode = _text(20)
    city = _text(80)
    country = Country()
    phone = _text(30)
    email = _text(120)

    @property
    def rows(self) -> Iterator[forms.BoundField]:
        """Yields the fields in their order."""
        for name in self.fields:
            if not (self.prefix == "carrier" and name in _COMPANY):
                yield self[name]

    def clean(self) -> dict[str, Any]:
        """Checks that the name is entered if other data about the person are entered."""
        given = super().clean() or {}
        named = given.get("name") or given.get("last_names")
        if self.has_changed() and not self.errors and not named:
            self.add_error("last_names", _("Write the name."))
        return given

    def party(self) -> records.Party | None:
        """Returns the party, or None if no data about the party are entered."""
        if not self.has_changed():
            return None
        given = self.cleaned_data
        number = given["document_number"]
        address = Address(
            kind="residence",
            **{name: given[name] or None for name in ("street", "postcode", "city", "country")},
        )
        return records.Party(
            legal=bool(given["name"]),
            document=Document(
                type=given["document_type"] or None, number=number, issuer=given["document_issuer"]
            )
            if number
            else None,
            nationalities=(given["nationality"],) if given["nationality"] else (),
            addresses=(address,) if address != Address(kind="residence") else (),
            phones=(given["phone"],) if given["phone"] else (),
            emails=(given["email"],) if given["email"] else (),
            **{
                name: given[name] or None
                for name in (
                    "first_names", "last_names", "date_of_birth", "birth_town", "birth_country",
                    "gender", "personal_number", "name", "registration_number",
                    "registration_country",
                )
            },
        )  # fmt: skip


#: The fields of a company, which a person who carries cash does not have.
_COMPANY = ("name", "registration_number", "registration_country")


class LineForm(forms.Form):
    """One line of cash, declared or counted."""

    kind = forms.ChoiceField(choices=[("", "–"), *texts.KINDS.items()], required=False)
    currency = _text(3)
    amount = Amount()
    denomination = Amount()
    quantity = Amount()
    type = forms.ChoiceField(
        choices=[("", "–"), *texts.INSTRUMENTS.items(), *texts.GOLD.items()], required=False
    )
    issuer = _text(80)
    serial = _text(60)
    weight = Amount()
    fineness = Amount()
    text = _text(200)

    def clean_currency(self) -> str | None:
        """Accepts the three letters of a currency."""
        code = str(self.cleaned_data["currency"]).upper()
        if code and not (len(code) == 3 and code.isascii() and code.isalpha()):
            raise forms.ValidationError(_("A currency code has three letters, such as EUR or XOF."))
        return code or None

    def clean(self) -> dict[str, Any]:
        """Checks that a line has the values that its kind requires."""
        given = super().clean() or {}
        kind = given.get("kind")
        if not self.has_changed() or self.errors:
            return given
        if not kind:
            self.add_error("kind", _("Choose the kind of cash."))
            return given
        if not given.get("amount") and given.get("denomination") and given.get("quantity"):
            given["amount"] = given["denomination"] * given["quantity"]
        if kind == "gold":
            if not given.get("weight"):
                self.add_error("weight", _("State the weight in grams."))
            if given.get("type") not in (None, "", *texts.GOLD):
                self.add_error("type", _("Choose coins or bullion."))
            if given.get("fineness") and given["fineness"] > 1000:
                self.add_error("fineness", _("The fineness is at most 1,000 parts in 1,000."))
        elif kind in ("currency", "instrument"):
            if not given.get("amount"):
                self.add_error("amount", _("State the amount."))
            if kind == "instrument" and given.get("type") in texts.GOLD:
                self.add_error("type", _("Choose the kind of instrument."))
        if given.get("amount") and not given.get("currency"):
            self.add_error("currency", _("State the currency of the amount."))
        return given

    def line(self, number: int | None) -> records.Line | None:
        """Returns the line, or None if no data about the line are entered."""
        if not self.has_changed():
            return None
        given = self.cleaned_data
        return records.Line(
            number=number,
            kind=given["kind"],
            **{
                name: given[name] or None
                for name in (
                    "currency", "amount", "denomination", "quantity", "type", "issuer", "serial",
                    "weight", "fineness", "text",
                )
            },
        )  # fmt: skip


_Lines = forms.formset_factory(
    LineForm, extra=LINES, max_num=MOST_LINES, absolute_max=MOST_LINES + 5, validate_max=True
)


class Given:
    """Contains all parts of the form. The parts are empty or contain the values of a request."""

    def __init__(self, data: Any = None, start: Mapping[str, Any] | None = None) -> None:
        self.movement = MovementForm(data, initial=dict(start or {}))
        self.parties = {
            role: PartyForm(data, prefix=role)
            for role in ("carrier", "owner", "sender", "recipient")
        }
        self.lines: Any = _Lines(data=data, prefix="line")

    def is_valid(self) -> bool:
        """Returns whether all parts of the form are valid. At least one line and one party are required."""
        valid = [one.is_valid() for one in (self.movement, *self.parties.values())]
        valid.append(self.lines.is_valid())
        if not all(valid):
            return False
        if not any(one.has_changed() for one in self.lines):
            self.movement.add_error(None, _("State at least one line of cash."))
        if not any(one.has_changed() for one in self.parties.values()):
            self.movement.add_error(None, _("State at least one person or company."))
        return not self.movement.errors

    def silence(self) -> None:
        """Removes the error messages, so that the form can be shown again with the typed values and without
        errors."""
        every: list[Any] = [self.movement, *self.parties.values(), *self.lines.forms]
        for one in every:
            one._errors = ErrorDict()

    def statement(self) -> dict[str, Any]:
        """Returns the content of the message (`records.Message`) as keyword arguments."""
        given = self.movement.cleaned_data
        party = {role: form.party() for role, form in self.parties.items()}
        crossing: dt.datetime | dt.date = given["day"]
        if given["time"]:
            crossing = dt.datetime.combine(given["day"], given["time"])
        arrives = given["direction"] in ("entry", "entry_member")
        transport = records.Transport(
            mode=given["mode"] or None,
            reference=given["transport"] or None,
            company=given["company"] or None,
            consignment=given["consignment"] or None,
            departure=None if arrives else crossing,
            arrival=crossing if arrives else None,
            **_given(given, *_WAY),
        )
        disclosed = given["record"] == "disclosure"
        stated = [one.line(n) for n, one in enumerate(filter(_filled, self.lines), 1)]
        official = records.Official(
            reference=given["reference"] or None,
            office=given["office"] or None,
            **_given(given, "reason", "selection", "concealment", "circumstances"),
        )
        return {
            "reference": given["reference"] or None,
            "office": given["office"] or None,
            "movement": records.Movement(
                record=given["record"],
                direction=given["direction"],
                carrier=None if disclosed else party["carrier"],
                declarant=party["carrier"] if disclosed else None,
                relationship=given["relationship"] or None,
                carrier_is_owner=given["carrier_is_owner"] or None,
                carrier_is_recipient=given["carrier_is_recipient"] or None,
                owners=(party["owner"],) if party["owner"] else (),
                sender=party["sender"],
                recipients=(party["recipient"],) if party["recipient"] else (),
                transport=transport,
                lines=tuple(line for line in stated if line is not None),
                provenance=tuple(given["provenance"]),
                provenance_text=given["provenance_text"] or None,
                uses=tuple(given["uses"]),
                use_text=given["use_text"] or None,
                official=official,
            ),
        }


#: The fields of the journey that have the same name in the record.
_WAY = ("departure_country", "departure_place", "arrival_country", "arrival_place", "border_point")


def _given(values: Mapping[str, Any], *names: str) -> dict[str, Any]:
    return {name: values[name] or None for name in names}


def _filled(form: forms.Form) -> bool:
    return form.has_changed()
