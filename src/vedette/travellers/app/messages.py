"""Messages about travellers on the shared pages of messages: their flights, counts and words."""

from __future__ import annotations

import uuid
from collections.abc import Collection, Mapping
from typing import Any

from django.urls import reverse
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from vedette.apps.display import number
from vedette.apps.inbox.message_kinds import GroupLabel, MessageKind
from vedette.travellers.app import wording
from vedette.travellers.app.api import MessageFields
from vedette.travellers.app.models import Flight
from vedette.travellers.records import Message


def groups(ids: Collection[uuid.UUID]) -> Mapping[uuid.UUID, GroupLabel]:
    """Returns the flights with these ids that the reader may see."""
    return {
        flight.id: GroupLabel(
            f"{flight.carrier} {flight.number}",
            flight.departs_on,
            f"{flight.origin or '–'} → {flight.destination or '–'}",
            reverse("flight", args=[flight.id]),
            "record.see",
        )
        for flight in Flight.objects.filter(pk__in=ids)
    }


def tried(message: Message, most: int) -> Mapping[str, Any]:
    """Returns the context of `travellers/_tried.html`, with at most `most` travellers and bookings."""
    travellers = [*message.travellers, *(t for b in message.bookings for t in b.travellers)]
    return {
        "flights": message.flights,
        "travellers": travellers[:most],
        "total": len(travellers),
        "bookings": message.bookings[:most],
        "booked": len(message.bookings),
    }


MESSAGES = MessageKind(
    warnings=wording.WARNINGS,
    failures=wording.FAILURES,
    word=wording.message,
    dropped=wording.DROPPED,
    counts={
        "subjects": (
            _("Travellers"),
            lambda n: (
                ngettext("%(number)s traveller", "%(number)s travellers", n) % {"number": number(n)}
            ),
        ),
        "bookings": (
            _("Bookings"),
            lambda n: (
                ngettext("%(number)s booking", "%(number)s bookings", n) % {"number": number(n)}
            ),
        ),
    },
    group_head=_("Flight"),
    groups=groups,
    tried_template="travellers/_tried.html",
    tried=tried,
    api=MessageFields,
    api_values=lambda message: {
        "flight_id": message.group_id,
        "travellers": message.counts.get("subjects", 0),
        "bookings": message.counts.get("bookings", 0),
    },
    resend="flight-resend",
)
