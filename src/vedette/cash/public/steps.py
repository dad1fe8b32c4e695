"""The pages of the form: their fields, the pages that apply, and the missing values.

The fields follow sections 1 to 8 of the EU declaration form (Implementing Regulation (EU) 2021/776, Annex I).
The national variant (`cash/variants.py`) states which directions, kinds of cash and instruments exist, and
which fields are required.
"""

from __future__ import annotations

import dataclasses
import datetime as dt
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import cache
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext_lazy

from vedette.cash import records
from vedette.cash.public import wording
from vedette.cash.public.fields import About, Field, Wrong, value
from vedette.cash.variants import Variant

#: The maximum numbers of lines by kind of cash.
MOST_LINES = {"currency": 20, "instrument": 10, "gold": 10}
#: What the pages of a person or company ask; the names of fields are the same on each of these pages.
_LATIN = gettext_lazy(
    "Write it as in the document, in Latin letters if the document contains them."
)


@dataclass(frozen=True)
class Step:
    """A page of the form. `shown` is a function that states whether the page applies, depending on the values
    of earlier pages. `lines` is true for the page with the lines of cash.
    """

    name: str
    title: Any
    fields: tuple[Field, ...] = ()
    lines: bool = False
    intro: Any = ""
    #: Page → field → value for which this page applies; empty if it always applies.
    when: tuple[str, str, tuple[str, ...]] | None = None


@dataclass
class Checked:
    """The values and the errors of a form, page by page. `faults` maps the name of a field, as it is used on
    the page (`currency-0-amount`), to an error message.
    """

    values: dict[str, dict[str, Any]] = field(default_factory=dict)
    faults: dict[str, dict[str, str]] = field(default_factory=dict)


def _person(prefix: str, owner: bool = False) -> tuple[Field, ...]:
    """The fields for a natural person in section 2, or for an owner or a recipient in sections 6 and 7."""
    auto = "" if owner else "{}"
    return (
        Field("first_names", "name", gettext_lazy("First names"), _LATIN, f"{prefix}.first_names", True,
              auto=auto.format("given-name")),
        Field("last_names", "name", gettext_lazy("Surnames"), "", f"{prefix}.last_names", True,
              auto=auto.format("family-name")),
        Field("birth", "birth", gettext_lazy("Date of birth"), "", f"{prefix}.date_of_birth"),
        Field("birth_town", "text", gettext_lazy("Town of birth"), "", f"{prefix}.birth_town"),
        Field("birth_country", "country", gettext_lazy("Country of birth"), "", f"{prefix}.birth_country"),
        Field("nationality", "country", gettext_lazy("Nationality"), "", f"{prefix}.nationalities"),
        Field("nationality2", "country", gettext_lazy("Second nationality")),
        Field("gender", "choice", gettext_lazy("Gender"), "", f"{prefix}.gender", choices=wording.GENDERS),
    )  # fmt: skip


def _document(prefix: str) -> tuple[Field, ...]:
    return (
        Field("document_type", "choice", gettext_lazy("Document"), "", f"{prefix}.document.type",
              choices=wording.DOCUMENTS),
        Field("document_number", "document", gettext_lazy("Number of the document"), "",
              f"{prefix}.document.number", most=40),
        Field("document_country", "country", gettext_lazy("Country that issued the document"), "",
              f"{prefix}.document.issuer"),
        Field("personal_number", "document", gettext_lazy("Personal identification number"),
              gettext_lazy("Fill in this field only if your country assigns such a number."),
              f"{prefix}.personal_number",
              most=40),
    )  # fmt: skip


def _address(prefix: str, owner: bool = False) -> tuple[Field, ...]:
    auto = "" if owner else "{}"
    return (
        Field("street", "text", gettext_lazy("Street and number"), "", f"{prefix}.addresses",
              auto=auto.format("street-address")),
        Field("postcode", "text", gettext_lazy("Postcode"), "", most=20, auto=auto.format("postal-code")),
        Field("city", "text", gettext_lazy("Town"), "", f"{prefix}.addresses",
              auto=auto.format("address-level2")),
        Field("country", "country", gettext_lazy("Country"), "", f"{prefix}.addresses",
              auto=auto.format("country")),
        Field("phone", "phone", gettext_lazy("Telephone"), "", f"{prefix}.phones", most=40,
              auto=auto.format("tel")),
        Field("email", "email", gettext_lazy("E-mail"), "", f"{prefix}.emails", most=120,
              auto=auto.format("email")),
    )  # fmt: skip


def _company(prefix: str) -> tuple[Field, ...]:
    return (
        Field("name", "text", gettext_lazy("Name of the company"), "", f"{prefix}.name", True, most=150),
        Field("registration_number", "document", gettext_lazy("Registration number"), "",
              f"{prefix}.registration_number", most=40),
        Field("registration_country", "country", gettext_lazy("Country of registration"), "",
              f"{prefix}.registration_country"),
        Field("vat", "document", gettext_lazy("VAT number"), "", f"{prefix}.vat", most=40),
        *_address(prefix, True),
    )  # fmt: skip


def steps(variant: Variant) -> tuple[Step, ...]:
    """Returns the pages of a variant, in order, without the last page, on which the person sends the form."""
    return _steps(variant.directions)


@cache
def _steps(codes: tuple[str, ...]) -> tuple[Step, ...]:
    directions = tuple((code, wording.DIRECTIONS[code]) for code in codes)
    return (
        Step("crossing", gettext_lazy("Your journey"), (
            Field("direction", "choice", gettext_lazy("In which direction do you travel?"), "", "direction",
                  True, choices=directions),
            Field("mode", "choice", gettext_lazy("How do you travel?"), "", "transport.mode", True,
                  choices=wording.MODES),
            Field("departure_country", "country", gettext_lazy("Country of first departure"), "",
                  "transport.departure_country", True),
            Field("departure_place", "text", gettext_lazy("Airport, port or station of departure"), "",
                  "transport.departure_place"),
            Field("departure", "date", gettext_lazy("Date of departure"), "", "transport.departure"),
            Field("via", "country", gettext_lazy("Country on the way"),
                  gettext_lazy("Fill in this field if you change transport in this country or pass through "
                      "it.")),
            Field("arrival_country", "country", gettext_lazy("Country of final destination"), "",
                  "transport.arrival_country", True),
            Field("arrival_place", "text",
                  gettext_lazy("Airport, port, station or border crossing of arrival"), "",
                  "transport.arrival_place"),
            Field("arrival", "date", gettext_lazy("Date of arrival"), "", "transport.arrival", True),
            Field("reference", "text",
                  gettext_lazy("Number of the flight, train or ship, or registration plate"), "",
                  "transport.reference", most=40),
            Field("company", "text", gettext_lazy("Transport company"), "", "transport.company"),
            Field("amends", "code", gettext_lazy("Code of an earlier announcement that you "
                                                 "want to correct"),
                  gettext_lazy("Leave this field empty if this is your first announcement for this journey."),
                  most=40),
        )),
        Step("person", gettext_lazy("The person who carries the cash"), _person("carrier")),
        Step("document", gettext_lazy("Your document and your address"),
             (*_document("carrier"), *_address("carrier"))),
        Step("cash", gettext_lazy("The cash"), lines=True),
        Step("reasons", gettext_lazy("Where the cash comes from and what it is for"), (
            Field("provenance", "many", gettext_lazy("Where does the cash come from?"),
                  gettext_lazy("Several answers are possible."), "provenance", choices=wording.PROVENANCE),
            Field("provenance_text", "text", gettext_lazy("Another source"), most=300),
            Field("uses", "many", gettext_lazy("What is the cash for?"),
                  gettext_lazy("Several answers are possible."), "uses", choices=wording.USES),
            Field("use_text", "text", gettext_lazy("Another use"), most=300),
        )),
        Step("parties", gettext_lazy("Owner and recipient"), (
            Field("owner", "choice", gettext_lazy("Whose cash is it?"), "", "carrier_is_owner", True,
                  choices=wording.OWNERS),
            Field("owners", "pieces", gettext_lazy("Number of owners"),
                  gettext_lazy("Fill in this field only if there are several owners. Describe one owner "
                      "here; an officer will ask about the others."),
                  most=10),
            Field("recipient", "choice", gettext_lazy("Who receives the cash?"), "", "carrier_is_recipient",
                  True, choices=wording.RECIPIENTS),
        )),
        Step("owner_person", gettext_lazy("The owner"),
             (*_person("owner", True), *_document("owner"), *_address("owner", True)),
             when=("parties", "owner", ("person", "several"))),
        Step("owner_company", gettext_lazy("The company that owns the cash"), _company("owner"),
             when=("parties", "owner", ("company",))),
        Step("recipient_person", gettext_lazy("The recipient"),
             (*_person("recipient", True), *_document("recipient"), *_address("recipient", True)),
             when=("parties", "recipient", ("person",))),
        Step("recipient_company", gettext_lazy("The company that receives the cash"), _company("recipient"),
             when=("parties", "recipient", ("company",))),
    )  # fmt: skip


REVIEW = "review"
#: The fields of the last page.
REVIEW_FIELDS = (
    Field(
        "place", "text", gettext_lazy("Place where you complete this form"), "", "signature.place"
    ),
    Field(
        "true", "yes", gettext_lazy("I state that these answers are complete and true."), must=True
    ),
)


def line_fields(variant: Variant) -> dict[str, tuple[Field, ...]]:
    """Returns the fields of one line of each kind of cash of the variant."""
    return _line_fields(variant.kinds, variant.instruments)


@cache
def _line_fields(kinds: tuple[str, ...], codes: tuple[str, ...]) -> dict[str, tuple[Field, ...]]:
    instruments = tuple((code, wording.INSTRUMENTS[code]) for code in codes)
    amount = Field("amount", "amount", pgettext_lazy("cash form", "Amount"), must=True, most=30)
    worth = Field("amount", "amount", pgettext_lazy("cash form", "Value"), must=True, most=30)
    currency = Field("currency", "currency", gettext_lazy("Currency"), must=True)
    found = {
        "currency": (amount, currency),
        "instrument": (
            Field(
                "type", "choice", pgettext_lazy("cash form", "Kind"), must=True, choices=instruments
            ),
            worth,
            currency,
            Field("issuer", "text", pgettext_lazy("cash form", "Issued by")),
            Field("serial", "text", pgettext_lazy("cash form", "Number"), most=60),
        ),
        "gold": (
            Field(
                "type",
                "choice",
                pgettext_lazy("cash form", "Kind"),
                must=True,
                choices=wording.GOLD,
            ),
            Field("quantity", "pieces", gettext_lazy("Number of pieces"), most=10),
            Field("weight", "weight", gettext_lazy("Total weight in grams"), must=True, most=20),
            Field("fineness", "fineness", gettext_lazy("Fineness (parts of 1,000)"), most=10),
            worth,
            currency,
        ),
    }
    return {kind: fields for kind, fields in found.items() if kind in kinds}


def required(field: Field, variant: Variant) -> bool:
    """Returns whether a field must be filled in."""
    if field.must:
        return True
    wanted = variant.required.get(record_of(variant), ())
    return bool(field.path) and any(field.path in one.split("|") for one in wanted)


def record_of(variant: Variant) -> str:
    """Returns the kind of record that a traveller submits: a declaration or the FinCEN form 105."""
    return "fincen_105" if "fincen_105" in variant.records else "declaration"


def applying(variant: Variant, answers: Mapping[str, Mapping[str, Any]]) -> list[Step]:
    """Returns the pages that apply to the entered values."""
    return [one for one in steps(variant) if _applies(one, answers)]


def _applies(step: Step, answers: Mapping[str, Mapping[str, Any]]) -> bool:
    if step.when is None:
        return True
    page, name, some = step.when
    return answers.get(page, {}).get(name) in some


def check(
    variant: Variant, answers: Mapping[str, Mapping[str, Any]], about: About, *only: str
) -> Checked:
    """Returns the values and the errors of the pages that apply, or of the pages `only`."""
    found = Checked()
    for step in applying(variant, answers):
        if only and step.name not in only:
            continue
        typed = answers.get(step.name, {})
        faults: dict[str, str] = {}
        if step.lines:
            values: dict[str, Any] = {"lines": _lines(variant, typed, about, faults)}
        else:
            values = _page(variant, step.fields, typed, about, faults)
            _together(step.name, values, faults)
        found.values[step.name] = values
        if faults:
            found.faults[step.name] = faults
    return found


def check_review(
    variant: Variant, typed: Mapping[str, Any], about: About
) -> tuple[dict[str, Any], dict[str, str]]:
    """Returns the values and the errors of the fields of the last page."""
    faults: dict[str, str] = {}
    return _page(variant, REVIEW_FIELDS, typed, about, faults), faults


def _page(
    variant: Variant,
    fields: tuple[Field, ...],
    typed: Mapping[str, Any],
    about: About,
    faults: dict[str, str],
) -> dict[str, Any]:
    values: dict[str, Any] = {}
    for one in fields:
        given = typed.get(one.name, [] if one.kind == "many" else "")
        try:
            values[one.name] = value(one, given, about)
            if values[one.name] in (None, (), False) and required(one, variant):
                raise Wrong(_("Answer this question."))
        except Wrong as wrong:
            values[one.name] = None
            faults[one.name] = str(wrong)
    return values


def _together(page: str, values: Mapping[str, Any], faults: dict[str, str]) -> None:
    """Adds the errors of values that contradict each other."""
    if page == "crossing":
        departure, arrival = values["departure"], values["arrival"]
        if isinstance(departure, dt.date) and isinstance(arrival, dt.date) and arrival < departure:
            faults["arrival"] = _("The arrival is before the departure. Check both dates.")
    if page == "reasons":
        for name, text in (("provenance", "provenance_text"), ("uses", "use_text")):
            if "other" in (values[name] or ()) and values[text] is None and text not in faults:
                faults[text] = _("You chose “other”. Describe the other case in a few words.")
    if page == "parties" and values["owner"] == "several" and values["owners"] is None:
        faults.setdefault("owners", _("Write how many owners there are."))


def rows(variant: Variant, typed: Mapping[str, Any]) -> Iterator[tuple[str, int, dict[str, str]]]:
    """Returns the values entered in each line, with the kind of cash and the number of the line among the
    lines of this kind.
    """
    for kind in line_fields(variant):
        for number, row in enumerate(typed.get(kind, [])[: MOST_LINES[kind]]):
            yield kind, number, row


def _lines(
    variant: Variant, typed: Mapping[str, Any], about: About, faults: dict[str, str]
) -> tuple[records.Line, ...]:
    lines: list[records.Line] = []
    fields = line_fields(variant)
    for kind, number, row in rows(variant, typed):
        # A line in which only the currency is chosen, which the page may propose, is empty.
        if not any(text.strip() for name, text in row.items() if name not in ("currency", "type")):
            continue
        wrong: dict[str, str] = {}
        in_currency = dataclasses.replace(about, currency=row.get("currency", ""))
        values = _page(variant, fields[kind], row, in_currency, wrong)
        faults |= {f"{kind}-{number}-{name}": text for name, text in wrong.items()}
        if not wrong:
            lines.append(records.Line(kind=kind, number=len(lines) + 1, **values))
    if not lines and not faults:
        first = next(iter(fields))
        faults[f"{first}-0-amount"] = _(
            "Write at least one amount of cash, or gold with its weight and value."
        )
    return tuple(lines)
