"""Filters and tags of the pages of risk profiles: states, shares with their interval, groups."""

from __future__ import annotations

from typing import Any

from django import template
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import gettext

from vedette.apps import rendering
from vedette.apps.profiles import figures, wording
from vedette.apps.profiles.models import Version
from vedette.apps.profiles.statistics import Brought
from vedette.profiles import words
from vedette.profiles.vocabulary import Column
from vedette.web.templatetags.vedette import icon

register = template.Library()

register.filter("profile_title", wording.title)
register.filter("ground", wording.column_ground)
register.filter("own", rendering.own)
register.filter("say", rendering.say)
register.filter("pieces", rendering.say_pieces)
register.filter("share", wording.share)
register.filter("precision", wording.precision)
register.filter("why_failed", wording.failure)
register.filter("parameters", wording.detail)


@register.simple_tag
def state(code: str) -> SafeString:
    """Shows the state of a profile as a tag with icon and word."""
    return _tag(code, wording.STATES[code][2])


def _tag(code: str, word: Any) -> SafeString:
    colour, sign, _ = wording.STATES[code]
    classes = f"tag {colour}".strip()
    return format_html('<span class="{}">{}{}</span>', classes, icon(sign) if sign else "", word)


@register.simple_tag
def version_state(version: Version, suspended: Any = None) -> SafeString:
    """Shows the state of a version; an active version of a suspended profile is shown as suspended."""
    stopped = version.state == Version.State.ACTIVE and bool(suspended)
    code = "suspended" if stopped else version.state
    return _tag(code, wording.VERSION_STATES[code])


@register.simple_tag
def right(now: Brought) -> SafeString | str:
    """Shows a precision and draws its interval on a scale from 0 to 100 %."""
    if now.precision is None:
        return "–"
    low, high = now.interval
    words = gettext("%(share)s, interval %(between)s") % {
        "share": wording.share(now.precision),
        "between": wording.between(low, high),
    }
    drawn = figures.interval_drawn(low, now.precision, high, 1.0, -1, words)
    return format_html("{}<small>{}</small>", drawn, words)


@register.filter
def label(column: Column) -> str:
    """The description of a column, in the reader's language."""
    return rendering.say(words.label(column))


@register.filter
def quarters(text: str) -> SafeString:
    """A long hash with a possible line break after every 16 characters; a copy of it has no breaks."""
    return format_html_join(
        mark_safe("<wbr>"), "{}", ((text[n : n + 16],) for n in range(0, len(text), 16))
    )
