"""A file for a person: nested values as HTML in the chosen language, or as JSON.

The HTML has no style and no script, so that it can be printed, sent by post, and opened on any machine.
"""

from __future__ import annotations

import datetime as dt
from collections import ChainMap
from collections.abc import Mapping
from typing import Any

import msgspec
from django.template.loader import render_to_string
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from vedette.apps.display import day, moment
from vedette.apps.subjects.kinds import app_kinds

#: Key → its word. `AppKind.labels` has the words for the keys of a kind. A key without a word is shown as it
#: is.
LABELS: dict[str, Any] = {
    "answered_on": _("Answered on"),
    "reference": _("Reference"),
    "subjects": _("Records"),
    "received_on": _("Received on"),
    "masked": _("Masked"),
    "masked_after_days": _("Masked after (days)"),
    "deleted_after_days": _("Deleted after, days"),
    "about": _("About this answer"),
    "withheld": _("What this answer does not contain"),
    "hit": _("Hit"),
    "reasons": _("Reasons"),
    "decisions": _("Decisions"),
    "history": _("History"),
    "viewers": _("Access and other acts"),
    "unmaskings": _("Unmaskings"),
    "retention": _("Retention"),
    "rectified": _("Rectified"),
    "restricted": _("Restricted"),
    "minor": _("Minor"),
    "evidence": _("Evidence"),
}  # fmt: skip


def made(title: str, told: Mapping[str, Any], language: str, form: str) -> bytes:
    """Returns the file. With `form` "json" the keys are unchanged and times are in ISO 8601; with "html" the
    file is made for people to read."""
    if form == "json":
        return msgspec.json.format(msgspec.json.encode(told), indent=1) + b"\n"
    labels = dict(ChainMap(LABELS, *(dict(kind.labels) for kind in app_kinds())))
    context = {"title": title, "body": html(told, labels), "language": language}
    return render_to_string("requests/letter.html", context).encode()


def html(value: Any, labels: Mapping[str, Any]) -> SafeString:
    """Returns a value of any depth as HTML. Text is escaped, and isolated if its direction of writing
    differs."""
    if isinstance(value, Mapping):
        lines = ((labels.get(k, k), html(v, labels)) for k, v in value.items())
        return format_html("<dl>{}</dl>", format_html_join("", "<dt>{}</dt><dd>{}</dd>", lines))
    if isinstance(value, list | tuple):
        if not value:
            return format_html("<p>{}</p>", gettext("none"))
        items = format_html_join("", "<li>{}</li>", ((html(one, labels),) for one in value))
        return format_html("<ol>{}</ol>", items)
    return format_html("<bdi>{}</bdi>", _plain(value))


def _plain(value: Any) -> str:
    if isinstance(value, bool):
        return gettext("yes") if value else gettext("no")
    if isinstance(value, dt.datetime):
        return moment(value)
    if isinstance(value, dt.date):
        return day(value)
    return str(value)
