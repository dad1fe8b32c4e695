"""The data that the pages of the form show and read: fields with the entered values, lines of cash, the
summary, the QR code."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping, Sequence
from decimal import Decimal
from typing import Any

import segno
from babel.numbers import format_decimal
from django.http import QueryDict
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import gettext as _

from vedette.cash.public import fields, names, steps, wording
from vedette.cash.public.fields import About, Field
from vedette.cash.public.steps import MOST_LINES, Step
from vedette.cash.records import Line
from vedette.cash.variants import Variant

#: The white border of the QR code in modules, as ISO/IEC 18004 requires.
_BORDER = 4


# --- what was typed -----------------------------------------------------------------------------


def typed(step: Step, variant: Variant, given: QueryDict) -> dict[str, Any]:
    """Returns the values that the person entered on a page, without control characters."""
    if step.lines:
        return {
            kind: [
                {one.name: _typed(one, f"{kind}-{number}-{one.name}", given) for one in line}
                for number in range(MOST_LINES[kind])
                if f"{kind}-{number}-{line[0].name}" in given
            ]
            for kind, line in steps.line_fields(variant).items()
        }
    return {one.name: _typed(one, one.name, given) for one in step.fields}


def typed_review(given: QueryDict) -> dict[str, Any]:
    """Returns the values that the person entered on the last page."""
    return {one.name: _short(one, _typed(one, one.name, given)) for one in steps.REVIEW_FIELDS}


def kept(step: Step, variant: Variant, answers: Mapping[str, Any]) -> dict[str, Any]:
    """Returns the answers that the page contains in encrypted form. A text that is too long is shown again,
    but is not stored in the encrypted field.
    """
    if step.lines:
        return {
            kind: [
                {one.name: _short(one, row.get(one.name, "")) for one in line}
                for row in answers.get(kind, [])
            ]
            for kind, line in steps.line_fields(variant).items()
        }
    return {one.name: _short(one, answers[one.name]) for one in step.fields}


def change_rows(answers: dict[str, Any], go: str, variant: Variant) -> None:
    """Adds or removes a line of cash, depending on the button: `add-KIND` or `remove-KIND-NUMBER`. Any other
    button name has no effect.
    """
    action, _dash, rest = go.partition("-")
    kind, _dash, number = rest.partition("-")
    if kind not in steps.line_fields(variant):
        return
    lines = answers.setdefault(kind, [])
    if action == "add" and len(lines) < MOST_LINES[kind]:
        lines.append({})
    elif action == "remove" and number.isdecimal() and len(number) < 3 and int(number) < len(lines):
        del lines[int(number)]


def _typed(field: Field, name: str, given: QueryDict) -> Any:
    if field.kind == "many":
        return [one for one in given.getlist(name) if len(one) <= 40][: len(field.choices)]
    if field.kind in ("date", "birth"):
        return [fields.clean(given.get(f"{name}-{part}", ""))[:10] for part in "dmy"]
    return fields.clean(given.get(name, ""))


def _short(field: Field, text: Any) -> Any:
    return "" if isinstance(text, str) and len(text) > field.most else text


# --- fields of a page ---------------------------------------------------------------------------


def items(
    step: Step,
    variant: Variant,
    answers: Mapping[str, Any],
    faults: Mapping[str, str],
    about: About,
) -> list[dict[str, Any]]:
    """Returns the fields of a page for its template."""
    return [
        _item(one, one.name, answers.get(one.name), faults, about, steps.required(one, variant))
        for one in step.fields
    ]


def review_items(
    variant: Variant, answers: Mapping[str, Any], faults: Mapping[str, str], about: About
) -> list[dict[str, Any]]:
    """Returns the fields of the last page for its template."""
    return [
        _item(one, one.name, answers.get(one.name), faults, about, steps.required(one, variant))
        for one in steps.REVIEW_FIELDS
    ]


def groups(
    variant: Variant, answers: Mapping[str, Any], faults: Mapping[str, str], about: About
) -> list[dict[str, Any]]:
    """Returns the lines of cash by kind for their template. If no line has been entered, there is an empty
    line of the first kind."""
    found = []
    for kind, line in steps.line_fields(variant).items():
        given = list(answers.get(kind, []))
        if not given and kind == next(iter(steps.line_fields(variant))):
            given = [{}]
        found.append(
            {
                "kind": kind,
                "title": wording.KINDS[kind],
                "more": wording.MORE[kind],
                "full": len(given) >= MOST_LINES[kind],
                "rows": [
                    {
                        "number": number,
                        "shown": number + 1,
                        "items": [
                            _item(
                                one,
                                f"{kind}-{number}-{one.name}",
                                row.get(one.name),
                                faults,
                                about,
                                one.must,
                            )
                            for one in line
                        ],
                    }
                    for number, row in enumerate(given)
                ],
            }
        )
    return found


def listed(
    shown: Iterable[dict[str, Any]], lines: Iterable[dict[str, Any]] = ()
) -> list[dict[str, Any]]:
    """Returns the fields of a page that have an error."""
    of_lines = (one for group in lines for row in group["rows"] for one in row["items"])
    return [one for one in (*shown, *of_lines) if one["fault"]]


def _item(
    field: Field, name: str, given: Any, faults: Mapping[str, str], about: About, required: bool
) -> dict[str, Any]:
    item: dict[str, Any] = {
        "name": name,
        "kind": field.kind,
        "label": field.label,
        "hint": field.hint,
        "required": required,
        "fault": faults.get(name, ""),
        "auto": field.auto,
        "most": field.most,
        "value": given if isinstance(given, str) else "",
    }
    if field.kind in ("date", "birth"):
        day, month, year = fields.parts(field, given)
        item["parts"] = (
            ("d", _("Day"), day, 2),
            ("m", _("Month"), month, 2),
            ("y", _("Year"), year, 4),
        )
    elif field.kind in ("choice", "many"):
        chosen = given if isinstance(given, list) else [given]
        item["choices"] = [(code, label, code in chosen) for code, label in field.choices]
    elif field.kind == "country":
        item["options"] = names.country_options(about.language)
        item["chosen"] = names.countries(about.language).get(item["value"], "")
    elif field.kind == "currency":
        item["options"] = names.currency_options(about.language, about.today)
        item["chosen"] = names.currencies(about.language, about.today).get(item["value"], "")
    return item


# --- the summary --------------------------------------------------------------------------------


def summary(
    variant: Variant, shown: Iterable[Step], values: Mapping[str, Mapping[str, Any]], about: About
) -> list[dict[str, Any]]:
    """Returns for each page its name, its title and its answers, as pairs of label and text."""
    return [
        {
            "name": step.name,
            "title": step.title,
            "facts": [
                (_line_label(one), _line_text(one, about)) for one in values[step.name]["lines"]
            ]
            if step.lines
            else [
                (one.label, text(one, given, about))
                for one in step.fields
                if (given := values[step.name].get(one.name)) not in (None, (), "")
            ],
        }
        for step in shown
    ]


def text(field: Field, given: Any, about: About) -> str:
    """Returns the value of a field as text for the person."""
    if isinstance(given, dt.date):
        return f"{given:%d/%m/%Y}"
    if field.kind in ("choice", "many"):
        return fields.chosen(field, given)
    if field.kind == "country":
        return names.countries(about.language)[given]
    if isinstance(given, Decimal):
        return _number(given, about)
    return str(given)


def _line_label(line: Line) -> str:
    types: dict[str, Any] = {"instrument": wording.INSTRUMENTS, "gold": dict(wording.GOLD)}
    return str(types.get(line.kind, {}).get(line.type, wording.KINDS[line.kind]))


def _line_text(line: Line, about: About) -> str:
    amount = f"{_number(line.amount, about)} {line.currency}" if line.amount is not None else ""
    name = names.currency(line.currency or "", about.language)
    facts = [f"{amount} ({name})"]
    if line.quantity is not None:
        facts.append(_("pieces: %(n)s") % {"n": _number(line.quantity, about)})
    if line.weight is not None:
        facts.append(_("%(n)s g") % {"n": _number(line.weight, about)})
    if line.fineness is not None:
        facts.append(_("fineness %(n)s") % {"n": _number(line.fineness, about)})
    facts += [one for one in (line.issuer, line.serial) if one]
    return " · ".join(facts)


def _number(number: Decimal, about: About) -> str:
    # The digits 0 to 9 in every language, so that an officer and the traveller read the same digits.
    return str(
        format_decimal(
            number, locale=about.language, decimal_quantization=False, numbering_system="latn"
        )
    )


# --- texts of the variant -----------------------------------------------------------------------


def threshold(variant: Variant, language: str) -> str:
    """Returns the sentence that states who must declare."""
    number = format_decimal(variant.threshold.amount, locale=language, numbering_system="latn")
    amount = f"{number} {variant.currency}"
    if variant.threshold.comparison == "at_least":
        said = _("You must declare cash of %(amount)s or more, or its value in another currency.")
    else:
        said = _("You must declare cash of more than %(amount)s, or its value in another currency.")
    return said % {"amount": amount}


def counted(variant: Variant, language: str) -> Sequence[str]:
    """Returns the kinds of cash that must be declared."""
    found = []
    if "currency" in variant.kinds:
        found.append(_("banknotes and coins, in every currency"))
    if "instrument" in variant.kinds:
        found.append(
            _(
                "traveller’s cheques, and cheques, promissory notes and money orders that the bearer can cash"
            )
        )
    if "gold" in variant.kinds and variant.gold is not None:
        found.append(
            _(
                "gold coins with a fineness of at least %(coin)s parts in 1,000, and gold bars "
                "or nuggets with a fineness of at least %(bullion)s parts in 1,000"
            )
            % {
                "coin": format_decimal(variant.gold.coin, locale=language, numbering_system="latn"),
                "bullion": format_decimal(
                    variant.gold.bullion, locale=language, numbering_system="latn"
                ),
            }
        )
    return found


def qr(code: str) -> SafeString:
    """Returns a QR code, as SVG, that contains only the given code. All QR codes use the same mask, because
    the search for the best mask takes 2.5 ms."""
    made = segno.make_qr(code, version=1, error="m", mask=3, boost_error=False)
    drawn = made.svg_inline(scale=1, border=_BORDER, omitsize=True, svgclass="qr", lineclass=None)
    # The picture contains only numbers that segno writes.
    return mark_safe(drawn)  # noqa: S308
