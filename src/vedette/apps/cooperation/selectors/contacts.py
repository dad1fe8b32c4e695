"""The queries about the directory of contacts."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

from django.db.models import Q, QuerySet
from django.db.models.expressions import RawSQL
from django.db.models.fields import BooleanField

from vedette.apps.cooperation.models import Contact

#: After this time without a confirmation, an entry is marked, and its keeper is asked.
CONFIRMED_FOR = dt.timedelta(days=183)
#: Number of rows on one page.
PAGE = 50


@dataclass(frozen=True)
class Search:
    """The filters of a search. Empty values do not limit the search."""

    theme: str = ""
    language: str = ""
    kind: str = ""
    country: str = ""
    text: str = ""
    now: bool = False


def found(search: Search, at: dt.datetime) -> QuerySet[Contact]:
    """Returns the matching contacts, sorted by organisation and name. `answers` states whether the contact is
    reachable at this time.
    """
    rows = Contact.objects.annotate(
        answers=RawSQL(
            "vedette_answers(days, opens, closes, zone, %s)", [at], output_field=BooleanField()
        )
    )
    if search.theme:
        rows = rows.filter(themes__contains=[search.theme])
    if search.language:
        rows = rows.filter(languages__contains=[search.language])
    if search.kind:
        rows = rows.filter(kind=search.kind)
    if search.country:
        rows = rows.filter(country=search.country.upper())
    for word in search.text.split()[:8]:
        rows = rows.filter(
            Q(name__icontains=word) | Q(organisation_name__icontains=word) | Q(post__icontains=word)
        )
    if search.now:
        rows = rows.filter(answers=True)
    return rows.order_by("organisation_name", "name", "pk")


def unconfirmed(one: Contact, at: dt.datetime) -> bool:
    """Whether the entry was not confirmed for six months."""
    return one.confirmed_at <= at - CONFIRMED_FOR
