"""Filters and tags of the interface: dates, deadlines, priorities, names, icons and assets, and the states,
shares and groups of risk profiles.

The filters and tags follow ui.md, sections 3, 8 and 9. All text from a message is escaped.
"""

from __future__ import annotations

import datetime as dt
import functools
import json
from decimal import Decimal
from typing import Any

from django import template
from django.core.serializers.json import DjangoJSONEncoder
from django.utils import timezone
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import get_language, gettext, gettext_lazy, ngettext, pgettext

from vedette.apps import display, rendering
from vedette.apps.accounts import rules
from vedette.apps.columns import Purpose, Theme
from vedette.apps.hits import wording
from vedette.apps.hits.models import Decision
from vedette.apps.inbox import wording as inbox
from vedette.apps.inbox.selectors import Transfer
from vedette.apps.profiles import present
from vedette.apps.profiles import wording as profiles
from vedette.apps.profiles.models import Version
from vedette.apps.profiles.selectors import Brought
from vedette.apps.subjects.kinds import Panel, app_kind, app_kinds
from vedette.profiles import words
from vedette.profiles.vocabulary import Column
from vedette.web import assets

register = template.Library()

register.filter("day", display.day)
register.filter("short_day", display.short_day)
register.filter("hour", display.hour)
register.filter("moment", display.moment)
register.filter("moment_utc", display.moment_utc)
register.filter("number", display.number)
register.filter("signed", display.signed)
register.filter("score", functools.partial(display.number, decimals=2))
register.filter("country", display.country)
register.filter("born", display.born)
register.filter("source", inbox.source)
register.filter("failure", inbox.failure)
register.filter("dropped_kind", inbox.dropped_kind)
register.filter("profile_title", profiles.title)
register.filter("ground", profiles.column_ground)
register.filter("own", rendering.own)
register.filter("say", rendering.say)
register.filter("pieces", rendering.say_pieces)
register.filter("share", profiles.share)
register.filter("span", display.span)
register.filter("precision", profiles.precision)
register.filter("why_failed", profiles.failure)
register.filter("parameters", profiles.detail)


@register.simple_tag
def pri(priority: int, large: bool = False) -> SafeString:
    """Shows a priority as a label (chip) with a sign and a number. The word for the priority is visible only
    in the large chip. In other chips, only screen readers read the word.
    """
    return _chip(display.level(priority), priority, large, get_language())


@register.simple_tag
def level_count(level: int, count: int) -> SafeString:
    """Shows the number of open hits of a priority level in the chip of the level, such as `◆ 2`."""
    return _chip(level, display.number(count), False, get_language())


@register.simple_tag
def level_name(level: int) -> SafeString:
    """Returns the sign and the word of a level, such as `◆ Very high`."""
    return format_html(
        '<span class="nw"><svg class="sign" aria-hidden="true"><use href="#p{}"/></svg> {}</span>',
        level,
        display.LEVELS[level][2],
    )


@functools.lru_cache(maxsize=1024)
def _chip(level: int, shown: int | str, large: bool, language: str | None) -> SafeString:
    sign = format_html('<svg aria-hidden="true"><use href="#p{}"/></svg>', level)
    form = (
        '<span class="pri l{} xl">{}{}<small>{}</small></span>'
        if large
        else '<span class="pri l{}">{}{}<span class="vh"> {}</span></span>'
    )
    return format_html(form, level, sign, shown, display.LEVELS[level][2])


@register.filter
def deadline(at: dt.datetime) -> str:
    """Returns the time until `at`. After `at`, the result is the time since `at`, such as `+22 min`."""
    return display.deadline(at, timezone.now())


@register.filter
def since(at: dt.datetime) -> str:
    """Returns the time that has passed since `at`, such as `22 min`."""
    return display.span((timezone.now() - at).total_seconds())


@register.simple_tag
@functools.cache
def icon(name: str) -> SafeString:
    """Shows an icon of the sprite. The icon is hidden from screen readers, because a word always accompanies
    it.
    """
    if name not in assets.NAMES:
        raise template.TemplateSyntaxError(f"no icon called {name!r}: see vedette.web.assets")
    return format_html('<svg class="i" aria-hidden="true"><use href="#i-{}"/></svg>', name)


register.filter("json", functools.partial(json.dumps, cls=DjangoJSONEncoder))
register.simple_tag(assets.sprite)
register.simple_tag(assets.url, name="asset")


@register.simple_tag
def key(letter: str) -> SafeString:
    """Returns the attributes of an element for a keyboard shortcut: its letter, and a tooltip with the keys
    to press."""
    keys = gettext("Alt + %(letter)s (Firefox: Alt + Shift + %(letter)s)")
    return format_html('accesskey="{}" title="{}"', letter, keys % {"letter": letter.upper()})


@register.simple_tag
def name(surname: str | None, given: str | None, masked: bool = False) -> SafeString:
    """Returns a person's name, isolated from the text direction of its surroundings."""
    return format_html("<bdi>{}</bdi>", display.plain_name(surname, given, masked))


@register.filter
def missing(value: Any) -> Any:
    """Returns the value or, if the value is missing, the text “not given”."""
    return gettext("not given") if value in (None, "", [], ()) else value


@register.filter
def dash(value: Any) -> Any:
    """Returns the value or, if the value is missing, an en dash. For tables."""
    return "–" if value in (None, "", [], ()) else value


#: Code of the sex in the document → its text.
_SEXES = {
    "M": gettext_lazy("Male"),
    "F": gettext_lazy("Female"),
    "X": gettext_lazy("Sex X"),
    "U": gettext_lazy("sex not stated"),
}


@register.filter
def sex(code: str | None) -> str:
    """Returns the text for the code of the sex in a document."""
    return str(_SEXES.get(code or "U", code))


@register.simple_tag(takes_context=True)
def here(context: template.Context, names: str) -> SafeString | str:
    """Marks a link of the navigation bar as the current page. `names` contains the first parts of URL names,
    separated by spaces.
    """
    match = getattr(context.get("request"), "resolver_match", None)
    url_name = match.url_name if match else ""
    current = any(url_name == n or url_name.startswith(n + "-") for n in names.split())
    return mark_safe(' aria-current="page"') if current else ""


#: A page offers only what the reader has a right to do.
register.filter("may", rules.may)


@register.filter
def themes(values: list[str]) -> str:
    """Returns the names of the themes. If all themes are given, the result is one word for all themes."""
    everything = set(values) >= set(Theme.values)
    return pgettext("masculine", "All").lower() if everything else _labels(values, Theme)


@register.filter
def shown_to(values: list[str], user: Any) -> list[str]:
    """Returns those of the given themes to which the user has access."""
    return [one for one in values if one in user.themes]


@register.filter
def purposes(values: list[str]) -> str:
    """Returns the names of the purposes. If all purposes are given, the result is one word for all
    purposes."""
    everything = set(values) >= set(Purpose.values)
    return pgettext("feminine", "All").lower() if everything else _labels(values, Purpose)


def _labels(values: list[str], of: type[Theme] | type[Purpose]) -> str:
    return ", ".join(str(of(value).label) for value in values if value in of.values) or "–"


@register.simple_tag
def other_language() -> dict[str, str]:
    """Returns the other language to which the user can switch in the navigation bar: its code, and its name
    in that language."""
    if (get_language() or "fr").startswith("fr"):
        return {"code": "en", "name": "English"}
    return {"code": "fr", "name": "Français"}


@register.simple_tag
def relation_word(sign: str) -> str:
    """Returns the meaning of a relation sign, for screen readers."""
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
    """Marks the radio button that the officer chose, when a form is shown again. In a new form, no button is
    selected.
    """
    return mark_safe(" checked") if typed and typed.get(prefix + key) == value else ""


@register.simple_tag
def money(amount: Decimal | None, currency: str | None) -> str:
    """Returns an amount such as `EUR 38,000` or `38 000 EUR`. Cents are shown only if they are not zero."""
    if amount is None:
        return ""
    text = display.number(float(amount), 0 if amount == amount.to_integral_value() else 2)
    given = {"currency": currency, "amount": text}
    return gettext("%(currency)s %(amount)s") % given if currency else text


@register.filter
def message_kind(message: Any) -> str:
    """Returns the kind of a message in words."""
    return inbox.kind(message.format, message.function)


@register.filter
def part(message: Any) -> str:
    """Returns which part of a transfer a message is, such as `part 2`, `part 3, the last` or `complete`."""
    if message.sequence is None or (message.sequence == 1 and message.last):
        return gettext("complete")
    if message.last:
        return gettext("part %(n)d, the last") % {"n": message.sequence}
    return gettext("part %(n)d") % {"n": message.sequence}


@register.simple_tag
def missing_parts(one: Transfer) -> str:
    """Returns the missing parts of a transfer, such as `part 2 missing` or `last part missing`."""
    if one.missing:
        numbers = ", ".join(map(str, one.missing[:20]))
        if len(one.missing) > 20:
            numbers += f" … ({len(one.missing)})"
        return ngettext("part %(n)s missing", "parts %(n)s missing", len(one.missing)) % {
            "n": numbers
        }
    return gettext("last part missing")


@register.simple_tag
def where(told: inbox.Told) -> str:
    """Returns the segment and the byte to which a warning refers."""
    return inbox.place(told.segment, told.offset)


@register.filter
def purpose_word(code: str) -> str:
    """Returns the word for a purpose."""
    return str(Purpose(code).label)


@register.simple_tag
def typed(form: Any, name: str) -> str:
    """Returns the text that the user typed into a field, for a form that is shown again. If the form has a
    cleaned text for the field, the result is that text.
    """
    cleaned = getattr(form, "cleaned_data", {}).get(name)
    return cleaned if isinstance(cleaned, str) and cleaned else str(form.data.get(name, ""))


@register.filter
def result(decision: Decision) -> str:
    """Returns the choice, the day and the author of a decision, such as `release, 24 Nov 2026, Sarr`."""
    return ", ".join(
        (wording.choice(decision.choice), display.day(decision.at), decision.by.display())
    )


@register.simple_tag(takes_context=True)
def panel(context: template.Context, one: Panel) -> SafeString:
    """Shows a block that a kind of subject defines, with the context of the page and the context of the
    block.
    """
    assert context.template is not None  # noqa: S101  a tag is rendered in a template
    with context.push(**one.context):
        return context.template.engine.get_template(one.template).render(context)


@register.filter
def counted(number: int, kind: str) -> str:
    """Returns the number of subjects of a kind in words, such as `12 parcels`."""
    return app_kind(kind).counted(number)


@register.simple_tag
def group_word() -> str:
    """Returns the name for a group of subjects. The name consists of the column headings for groups of all
    kinds, separated by commas.
    """
    return ", ".join(dict.fromkeys(str(kind.queue_heads[1]) for kind in app_kinds()))


@register.simple_tag
def state(code: str) -> SafeString:
    """Shows the state of a profile as a tag with an icon and a word."""
    return _tag(code, profiles.STATES[code][2])


def _tag(code: str, word: Any) -> SafeString:
    colour, sign, _ = profiles.STATES[code]
    classes = f"tag {colour}".strip()
    return format_html('<span class="{}">{}{}</span>', classes, icon(sign) if sign else "", word)


@register.filter
def lane_word(version: Version) -> Any:
    """The label of a clearance lane."""
    return app_kind(version.profile.kind).clearance.get(version.lane, version.lane)


@register.simple_tag
def version_state(version: Version, suspended: Any = None) -> SafeString:
    """Shows the state of a version. An active version of a suspended profile is shown as suspended."""
    stopped = version.state == Version.State.ACTIVE and bool(suspended)
    code = "suspended" if stopped else version.state
    return _tag(code, profiles.VERSION_STATES[code])


@register.simple_tag
def right(now: Brought) -> SafeString | str:
    """Shows a precision and draws its interval on a scale from 0 to 100 %."""
    if now.precision is None:
        return "–"
    low, high = now.interval
    text = gettext("%(share)s, interval %(between)s") % {
        "share": profiles.share(now.precision),
        "between": profiles.between(low, high),
    }
    drawn = present.interval_drawn(low, now.precision, high, 1.0, -1, text)
    return format_html("{}<small>{}</small>", drawn, text)


@register.filter
def label(column: Column) -> str:
    """Returns the description of a column, in the reader's language."""
    return rendering.say(words.label(column))


@register.filter
def quarters(text: str) -> SafeString:
    """Shows a long hash with a possible line break after every 16 characters. When a user copies the hash,
    the copied text contains no line breaks.
    """
    return format_html_join(
        mark_safe("<wbr>"), "{}", ((text[n : n + 16],) for n in range(0, len(text), 16))
    )
