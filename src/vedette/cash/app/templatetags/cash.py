"""Template filters for amounts of cash. No value is converted to a float, so all digits are exact."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from django import template
from django.utils import formats
from django.utils.html import format_html_join
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from vedette.apps import display
from vedette.cash.app import texts
from vedette.cash.counts import Difference
from vedette.cash.money import decimals
from vedette.cash.records import Line

register = template.Library()


@register.filter
def exact(value: Decimal | None, least: int = 0) -> str:
    """Returns a decimal with thousands separators and all its decimal places, such as `12,500.75`. A value
    that is not a whole number is shown with at least `least` decimals."""
    if value is None:
        return "–"
    whole = value == value.to_integral_value()
    places = 0 if whole else max(least, -int(value.normalize().as_tuple().exponent))
    return str(formats.number_format(value, places, use_l10n=True, force_grouping=True))


@register.simple_tag
def amount(value: Decimal | None, unit: str | None) -> str:
    """Returns an amount with its currency, such as `EUR 12,500` or `EUR 12,500.50`, a weight such as `250 g`,
    or a number of pieces."""
    if value is None:
        return "–"
    if not unit:
        return exact(value)
    if unit == "g":
        return gettext("%(amount)s g") % {"amount": exact(value)}
    if unit == "kg":
        return gettext("%(amount)s kg") % {"amount": exact(value)}
    if unit == "piece":
        return gettext("%(amount)s pieces") % {"amount": exact(value)}
    text = exact(value, decimals(unit))
    return gettext("%(currency)s %(amount)s") % {"currency": unit, "amount": text}


@register.filter
def breakable(path: str) -> SafeString:
    """Returns an element path in which browsers can break the line after each slash, for narrow screens."""
    return format_html_join(mark_safe("/<wbr>"), "{}", ((part,) for part in path.split("/")))


@register.filter
def what(line: Line) -> str:
    """Returns the description of a line of cash."""
    return texts.what(line)


@register.filter
def when(value: Any) -> str:
    """Returns a stated day or a stated local time (without a time zone) as text."""
    if value is None:
        return "–"
    text = display.day(value)
    return f"{text} {value:%H:%M}" if hasattr(value, "hour") else text


@register.simple_tag
def signed(value: Decimal | None, unit: str | None) -> str:
    """Returns a difference with its sign, such as `+ EUR 500`."""
    if value is None:
        return "–"
    return f"{'−' if value < 0 else '+'} {amount(abs(value), unit)}"


#: State of a difference (`cash.counts.Difference.state`) → its word.
STATES: dict[str, Any] = {
    "differs": _("differs from the declaration"),
    "not_found": _("declared and not found"),
    "not_declared": _("found and not declared"),
}


@register.simple_tag
def state_word(code: str) -> str:
    """Returns the name of the state of a difference."""
    return str(STATES.get(code, code))


@register.filter
def parts(one: Difference) -> list[str]:
    """Returns, as texts, the differences of a line in amount, in weight and in number of pieces."""
    said = [
        (one.amount, one.currency or ""),
        (one.weight, "g"),
        (one.quantity, "piece"),
    ]
    return [signed(value, unit) for value, unit in said if value]


@register.filter
def cash_word(one: Difference) -> str:
    """Returns a text that names the line or the kind of cash of a difference."""
    return texts.what(Line(kind=one.kind, type=one.type, currency=one.currency))


@register.simple_tag
def rate_source(code: str) -> str:
    """Returns the name of a source of exchange rates, with a capital letter."""
    text = str(texts.RATE_SOURCES.get(code, code))
    return text[:1].upper() + text[1:]


@register.simple_tag
def counter_word(code: str) -> str:
    """Returns the name of the role that a person had at a count."""
    return str(texts.COUNTERS.get(code, code))


@register.simple_tag
def document_word(code: str | None) -> str:
    """Returns the name of the type of an identity document."""
    return str(texts.DOCUMENTS.get(code or "", ""))


@register.simple_tag
def mode_word(mode: str | None, means: str | None) -> str:
    """Returns the name of the mode of transport and the name of the means of transport."""
    said = [texts.MODES.get(mode or "", mode or "–")]
    if means:
        said.append(texts.MEANS.get(means, means))
    return ", ".join(map(str, said))


@register.simple_tag
def reason_word(code: str) -> str:
    """Returns the text that states the reason why an officer makes a record."""
    return str(texts.REASONS.get(code, code))


@register.simple_tag
def selection_word(code: str) -> str:
    """Returns the text that states how a movement was selected for the control."""
    return str(texts.SELECTIONS.get(code, code))


#: Field of a party in the officer's form → its label.
LABELS: dict[str, Any] = {
    "first_names": _("Given names"),
    "last_names": _("Surname"),
    "date_of_birth": _("Birth date"),
    "birth_town": _("Town of birth"),
    "birth_country": _("Country of birth"),
    "nationality": _("Nationality"),
    "gender": _("Gender"),
    "document_type": _("Identity document"),
    "document_number": _("Document number"),
    "document_issuer": _("Country of issue"),
    "personal_number": _("Personal number"),
    "name": _("Company"),
    "registration_number": _("Registration number"),
    "registration_country": _("Country of registration"),
    "street": _("Street and number"),
    "postcode": _("Postcode"),
    "city": _("City"),
    "country": _("Country"),
    "phone": _("Telephone"),
    "email": _("E-mail"),
}


@register.simple_tag
def party_label(name: str) -> str:
    """Returns the label of a field of a party."""
    return str(LABELS[name])
