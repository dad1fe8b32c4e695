"""The file for the person who made a request. The file contains the data that may be disclosed, and
texts that are the same in every answer.

The file neither confirms nor denies that the person is on a list, had a hit or was referred (Directive (EU)
2016/680, article 15). The file also does not reveal whether anybody viewed the person's data. Therefore this
module and the function `disclose` of each kind must not import the apps hits, lists and profiles, or read
their tables. The same rule applies to all modules that this module or `disclose` imports. A test checks this.
Subjects that are kept longer because of an objective link (class `linked`) are left out, because their
presence would reveal the link.

The function `rendered` converts nested values to HTML in the chosen language, or to JSON. The function is
also used for the file of the data-protection officer (`full.py`). The HTML has no style sheet and no script,
so that it can be printed and opened on any computer.
"""

from __future__ import annotations

import datetime as dt
import uuid
from collections import ChainMap
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import msgspec
from django.template.loader import render_to_string
from django.utils import translation
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from vedette.apps.display import day, moment
from vedette.apps.retention.selectors import periods
from vedette.apps.subjects.kinds import app_kinds, by_kind
from vedette.apps.subjects.models import Subject
from vedette.apps.subjects.tables import LINKED

#: Maps a key to its display name. `AppKind.labels` contains the display names for the keys of a kind. A
#: key without a display name is shown unchanged.
LABELS: dict[str, Any] = {
    "answered_on": _("Answered on"),
    "reference": _("Reference"),
    "subjects": _("Records"),
    "received_on": _("Received on"),
    "masked": _("Masked"),
    "masked_after_days": _("Masked after (days)"),
    "deleted_after_days": _("Deleted after (days)"),
    "about": _("About this answer"),
    "withheld": _("What this answer does not contain"),
    "hit": _("Hit"),
    "controls": _("Controls"),
    "seizures": _("Seizures and detentions"),
    "questions": _("Questions to experts"),
    "reasons": _("Reasons"),
    "decisions": _("Decisions"),
    "history": _("History"),
    "viewers": _("Access and other actions"),
    "unmaskings": _("Unmaskings"),
    "retention": _("Retention"),
    "rectified": _("Rectified"),
    "restricted": _("Processing restricted"),
    "minor": _("Minor"),
    "evidence": _("Evidence"),
}  # fmt: skip


def answer(subjects: Sequence[uuid.UUID], reference: str, on: dt.date) -> dict[str, Any]:
    """Returns the content of the file as nested values, with texts in the active language."""
    rows = Subject.objects.filter(pk__in=list(subjects)).exclude(retention_class=LINKED)
    class_of = {row.pk: row.retention_class for row in rows}
    # The retention periods depend on the kind.
    kept = {name: periods(name) for name in set(class_of.values())}
    about = gettext(
        "This answer contains the data that match the identity details that you gave. The answer"
        " also states when the data were received and how long they are kept. The data serve"
        " border and customs control and the fight against terrorist offences and serious crime."
        " You may ask for the rectification or erasure of the data, or for the restriction of"
        " their processing. You may complain to the supervisory authority or to a court."
    )
    return {
        "reference": reference,
        "answered_on": on,
        "about": " ".join([about, *(str(kind.sources) for kind in app_kinds())]),
        "subjects": [
            {
                **told,
                "masked_after_days": kept[class_of[id_]].mask_after,
                "deleted_after_days": kept[class_of[id_]].delete_after,
            }
            for id_, told in disclosed(rows).items()
        ],
        "withheld": gettext(
            "We neither confirm nor deny to anybody that data were compared with lists. We do"
            " not disclose the result, who consulted the data or what was decided. The law"
            " allows us to withhold this information (Directive (EU) 2016/680, article 15)."
            " This statement appears in every answer, whether or not we withhold information."
            " The supervisory authority can verify for you that the processing is lawful"
            " (article 17)."
        ),
    }


def file(
    subjects: Sequence[uuid.UUID], reference: str, on: dt.date, language: str, form: str
) -> bytes:
    """Returns the file in the format `form`, which is `html` or `json`."""
    with translation.override(language):
        title = gettext("Answer to your request about your data")
        return rendered(title, answer(subjects, reference, on), language, form)


def disclosed(subjects: Iterable[Subject]) -> dict[uuid.UUID, dict[str, Any]]:
    """Returns the values of these subjects that may be disclosed, sorted by kind and then by time."""
    return {
        id_: told
        for kind, rows in by_kind(subjects)
        for id_, told in kind.disclose([row.pk for row in rows]).items()
    }


def rendered(title: str, told: Mapping[str, Any], language: str, form: str) -> bytes:
    """Returns nested values as a file. If `form` is "json", the keys are unchanged and times are in ISO 8601.
    For "html", the file contains display names and localised times.
    """
    if form == "json":
        return msgspec.json.format(msgspec.json.encode(told), indent=1) + b"\n"
    labels = ChainMap(LABELS, *(dict(kind.labels) for kind in app_kinds()))
    context = {"title": title, "body": _html(told, labels), "language": language}
    return render_to_string("requests/letter.html", context).encode()


def _html(value: Any, labels: Mapping[str, Any]) -> SafeString:
    """Returns nested values as HTML. Text is escaped. Each text is enclosed in `<bdi>`, so that its writing
    direction does not affect the surrounding text.
    """
    match value:
        case Mapping():
            lines = ((labels.get(k, k), _html(v, labels)) for k, v in value.items())
            return format_html("<dl>{}</dl>", format_html_join("", "<dt>{}</dt><dd>{}</dd>", lines))
        case []:
            return format_html("<p>{}</p>", gettext("none"))
        case list() | tuple():
            items = format_html_join("", "<li>{}</li>", ((_html(one, labels),) for one in value))
            return format_html("<ol>{}</ol>", items)
        case bool():
            text = gettext("yes") if value else gettext("no")
        case dt.datetime():
            text = moment(value)
        case dt.date():
            text = day(value)
        case _:
            text = str(value)
    return format_html("<bdi>{}</bdi>", text)
