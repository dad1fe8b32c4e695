"""A file as a person reads it: nested values as HTML in the language asked for, or as JSON.

Plain HTML without style or script: it is printed, sent by post, and opened on machines not ours.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from typing import Any

import msgspec
from django.template.loader import render_to_string
from django.utils import translation
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from vedette.apps.display import day, moment

#: Key → what it is called. A key without a word is shown as it is.
LABELS: dict[str, Any] = {
    "answered_on": _("Answered on"),
    "reference": _("Reference"),
    "journeys": _("Journeys"),
    "flight": _("Flight"),
    "origin": _("From"),
    "destination": _("To"),
    "departs": _("Departure (local)"),
    "arrives": _("Arrival (local)"),
    "received_on": _("Received on"),
    "masked": _("Masked"),
    "api": _("As the passenger list states it (API)"),
    "pnr": _("As the booking states it (PNR)"),
    "booking": _("Booking (PNR)"),
    "seats": _("Seats"),
    "booked_bags": _("Bags"),
    "role": _("Role"),
    "surname": _("Surname"),
    "given_names": _("Given names"),
    "date_of_birth": _("Birth date"),
    "sex": _("Sex"),
    "nationality": _("Nationality"),
    "documents": _("Documents"),
    "number": _("Number"),
    "issuer": _("Issued by"),
    "expiry": _("Expires"),
    "contacts": _("Contacts"),
    "phones": _("Telephones"),
    "emails": _("E-mail addresses"),
    "addresses": _("Addresses"),
    "payments": _("Payments"),
    "segments": _("Flights booked"),
    "locator": _("Locator"),
    "locators": _("Locators"),
    "seat": _("Seat"),
    "bags": _("Bags"),
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
    "minor": _("Minor on the day of travel"),
    "evidence": _("Evidence"),
}  # fmt: skip


def as_json(told: Mapping[str, Any]) -> bytes:
    """For machines: keys as they are, days and times in ISO 8601."""
    return msgspec.json.format(msgspec.json.encode(told), indent=1) + b"\n"


def as_html(title: str, told: Mapping[str, Any], language: str) -> bytes:
    """For people, in that language."""
    context = {"title": title, "body": html(told), "language": language}
    return render_to_string("requests/letter.html", context).encode()


def html(value: Any) -> SafeString:
    """A value of any depth; everything that comes from a message is escaped and isolated."""
    if isinstance(value, Mapping):
        lines = ((LABELS.get(k, k), html(v)) for k, v in value.items())
        return format_html("<dl>{}</dl>", format_html_join("", "<dt>{}</dt><dd>{}</dd>", lines))
    if isinstance(value, list | tuple):
        if not value:
            return format_html("<p>{}</p>", gettext("none"))
        items = format_html_join("", "<li>{}</li>", ((html(one),) for one in value))
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


def in_language(language: str) -> Any:
    """What is made within is in that language."""
    return translation.override(language)
