"""The file for the person. It contains the data held, and a text that does not depend on anything else.

The file neither confirms nor denies that the person is on a list, had a hit or was referred, or that somebody
looked at the data (Directive (EU) 2016/680, article 15). Therefore neither this module nor a module that it
imports, nor the `disclose` of a kind, imports hits, lists or profiles or reads their tables; a test checks
it. Subjects that are kept longer because of an objective link (class `linked`) are left out. Otherwise the
file would reveal the link.
"""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Iterable, Sequence
from typing import Any

from django.utils import translation
from django.utils.translation import gettext

from vedette.apps.requests import letter
from vedette.apps.retention.selectors import periods
from vedette.apps.subjects.kinds import app_kinds, by_kind
from vedette.apps.subjects.models import Subject
from vedette.apps.subjects.tables import LINKED


def answer(subjects: Sequence[uuid.UUID], reference: str, on: dt.date) -> dict[str, Any]:
    """Returns the releasable file as nested values, with texts in the active language."""
    rows = Subject.objects.filter(pk__in=list(subjects)).exclude(retention_class=LINKED)
    class_of = {row.pk: row.retention_class for row in rows}
    # The retention periods of each kind differ.
    kept = {name: periods(name) for name in set(class_of.values())}
    about = gettext(
        "These are the data found with the identity details that you gave, the date of their"
        " receipt and the time for which they are kept. The data serve border and customs control"
        " and the fight against terrorist offences and serious crime. You may ask for"
        " rectification, restriction or erasure. You may complain to the supervisory authority or"
        " to a court."
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
            "We neither confirm nor deny to anybody whether data were compared with lists, with"
            " what result, who consulted them, or what was decided. The law allows us to withhold"
            " this information (Directive (EU) 2016/680, article 15). This statement appears in"
            " every answer, whether or not anything is withheld. The supervisory authority can"
            " verify this for you (article 17)."
        ),
    }


def file(
    subjects: Sequence[uuid.UUID], reference: str, on: dt.date, language: str, form: str
) -> bytes:
    """Returns the file in the format `form`: html or json."""
    with translation.override(language):
        title = gettext("Answer to your request about your data")
        return letter.made(title, answer(subjects, reference, on), language, form)


def disclosed(subjects: Iterable[Subject]) -> dict[uuid.UUID, dict[str, Any]]:
    """Returns the values that the kinds disclose of these subjects, kind by kind, each in order of time."""
    told: dict[uuid.UUID, dict[str, Any]] = {}
    for kind, rows in by_kind(subjects):
        told |= kind.disclose([row.pk for row in rows])
    return told
