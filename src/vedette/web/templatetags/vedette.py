"""Filters and tags of the interface: dates, deadlines, priority, names, icons, assets.

Words and forms follow ui.md, sections 3, 8 and 9. Everything that comes from a message is escaped.
"""

from __future__ import annotations

import datetime as dt
import functools
from decimal import Decimal
from typing import Any

from django import template
from django.utils import timezone
from django.utils.html import format_html
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import get_language, gettext, gettext_lazy, ngettext, pgettext

from vedette.apps import display
from vedette.apps.accounts import rules
from vedette.apps.columns import Purpose, Theme
from vedette.apps.hits import wording
from vedette.core.codes import country_name
from vedette.web import assets, icons

register = template.Library()

register.filter("day", display.day)
register.filter("short_day", display.short_day)
register.filter("hour", display.hour)
register.filter("moment", display.moment)
register.filter("number", display.number)
register.filter("signed", display.signed)


@register.simple_tag
def pri(priority: int, large: bool = False) -> SafeString:
    """The chip: sign, number and word together; in tables the word is for screen readers."""
    return _chip(priority, large, get_language())


@functools.lru_cache(maxsize=1024)
def _chip(priority: int, large: bool, language: str | None) -> SafeString:
    number, word = display.level(priority), display.level_word(priority)
    shape = format_html('<svg aria-hidden="true"><use href="#p{}"/></svg>', number)
    if large:
        return format_html(
            '<span class="pri l{} xl">{}{}<small>{}</small></span>', number, shape, priority, word
        )
    return format_html(
        '<span class="pri l{}">{}{}<span class="vh"> {}</span></span>',
        number, shape, priority, word,
    )  # fmt: skip


@register.filter
def deadline(at: dt.datetime) -> str:
    """Time left until `at`, `+22 min` once past."""
    return display.deadline(at, timezone.now())


@register.simple_tag
def lands(at: dt.datetime, local: dt.datetime | None) -> str:
    """When a flight lands, in the airport's time where known, else UTC; with the day if not today."""
    shown, zone = (local, "") if local else (at, " UTC")
    today = abs(at - timezone.now()) < dt.timedelta(hours=14)
    return f"{'' if today else display.short_day(shown) + ' '}{display.hour(shown)}{zone}"


@register.simple_tag
@functools.cache
def icon(name: str) -> SafeString:
    """An icon of the sprite; hidden from screen readers, as words always stand beside it."""
    if name not in icons.NAMES:
        raise template.TemplateSyntaxError(f"no icon called {name!r}: see vedette.web.icons")
    return format_html('<svg class="i" aria-hidden="true"><use href="#i-{}"/></svg>', name)


@register.simple_tag
def sprite() -> SafeString:
    """The symbols that `icon` and `pri` use; once a page."""
    return icons.sprite()


@register.simple_tag
def asset(path: str) -> str:
    """The address of a static file, with the hash of its content."""
    return assets.url(path)


@register.simple_tag
def plain_name(surname: str | None, given: str | None, masked: bool = False) -> str:
    """`SURNAME Given`; a given name sent in capitals is shown in lower case, nothing else changes.

    Of a traveller whose clear values went into the vault it says that they are masked.
    """
    if masked:
        return gettext("masked")
    given = given or ""
    parts = (surname or "").upper(), given.title() if given.isupper() else given
    return " ".join(part for part in parts if part) or gettext("name not given")


@register.simple_tag
def name(surname: str | None, given: str | None, masked: bool = False) -> SafeString:
    """A traveller's name, isolated from the direction of the text round it."""
    return format_html("<bdi>{}</bdi>", plain_name(surname, given, masked))


@register.filter
def missing(value: Any) -> Any:
    """A missing value is said, never left blank."""
    return gettext("not given") if value in (None, "", [], ()) else value


@register.filter
def dash(value: Any) -> Any:
    """In tables: an en dash for what is missing."""
    return "–" if value in (None, "", [], ()) else value


@register.filter
def country(code: str | None) -> SafeString | str:
    """A country's code as sent, its name as a title; `–` where missing."""
    if not code:
        return "–"
    found = country_name(code)
    if found is None:
        return code
    return format_html('<abbr title="{}">{}</abbr>', pgettext("country", found), code)


@register.filter
def born(date: dt.date | None) -> str:
    """`12 Mar 1979 (47)`, `12 mars 1979 (47 ans)`."""
    if not date:
        return gettext("birth date not given")
    age = display.years(date, timezone.now().date())
    both = {"date": display.day(date), "age": age}
    return ngettext("%(date)s (%(age)d)", "%(date)s (%(age)d)", age) % both


#: As in the document; the person is never called anything else.
_SEXES = {
    "M": gettext_lazy("Male"),
    "F": gettext_lazy("Female"),
    "X": gettext_lazy("Sex X"),
    "U": gettext_lazy("sex not stated"),
}


@register.filter
def sex(code: str | None) -> str:
    """The word for the letter of the document."""
    return str(_SEXES.get(code or "U", code))


#: Document types as sent (ICAO 9303, PAXLST DOC, PNRGOV DOCS and DOCO).
_DOCUMENTS = {
    "P": gettext_lazy("passport"),
    "V": gettext_lazy("visa"),
    "I": gettext_lazy("identity card"),
    "A": gettext_lazy("identity card"),
    "C": gettext_lazy("identity card"),
}


@register.filter
def document_kind(code: str | None) -> str:
    """The word for a document type, the type as sent where it is not a common one."""
    return str(_DOCUMENTS.get((code or "")[:1], code or gettext("document")))


@register.simple_tag(takes_context=True)
def here(context: template.Context, names: str) -> SafeString | str:
    """Marks a link of the bar as the current page: `names` are the first parts of URL names."""
    match = getattr(context.get("request"), "resolver_match", None)
    url_name = match.url_name if match else ""
    current = any(url_name == n or url_name.startswith(n + "-") for n in names.split())
    return mark_safe(' aria-current="page"') if current else ""


@register.filter
def may(user: Any, right: str) -> bool:
    """Whether the reader has a right (`accounts.rules`): what may not be done is not offered."""
    return rules.may(user, right)


@register.filter
def themes(values: list[str]) -> str:
    """Themes in words; all of them in one."""
    return _all_or(values, Theme)


@register.filter
def purposes(values: list[str]) -> str:
    """Purposes in words; all of them in one."""
    return _all_or(values, Purpose)


def _all_or(values: list[str], of: type[Theme] | type[Purpose]) -> str:
    if set(values) >= set(of.values):
        return (
            pgettext("masculine", "All").lower()
            if of is Theme
            else pgettext("feminine", "All").lower()
        )
    return ", ".join(str(of(value).label) for value in values if value in of.values) or "–"


@register.simple_tag
def other_language() -> dict[str, str]:
    """The language the bar offers: its code, and its name in itself."""
    if (get_language() or "fr").startswith("fr"):
        return {"code": "en", "name": "English"}
    return {"code": "fr", "name": "Français"}


register.simple_tag(wording.facts_in_words, name="facts")


@register.simple_tag
def relation_word(sign: str) -> str:
    """What a relation sign says, for screen readers."""
    return {
        "=": pgettext("relation", "agrees"),
        "≈": pgettext("relation", "nearly"),
        "≠": pgettext("relation", "does not agree"),
        "<": pgettext("relation", "less than"),
        "≤": pgettext("relation", "at most"),
        ">": pgettext("relation", "more than"),
        "≥": pgettext("relation", "at least"),
    }.get(sign, pgettext("relation", "missing"))


@register.simple_tag
def checked(typed: Any, prefix: str, key: str, value: str) -> SafeString | str:
    """Keeps a radio as the officer left it when a form comes back; nothing is ever preselected."""
    return mark_safe(" checked") if typed and typed.get(prefix + key) == value else ""


@register.simple_tag
def money(amount: Decimal | None, currency: str | None) -> str:
    """`EUR 38,000`, `38 000 EUR`: to the cent only where there are cents."""
    if amount is None:
        return ""
    text = display.number(float(amount), 0 if amount == amount.to_integral_value() else 2)
    if not currency:
        return text
    return gettext("%(currency)s %(amount)s") % {"currency": currency, "amount": text}
