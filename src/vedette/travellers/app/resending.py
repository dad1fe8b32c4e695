"""Prepares the request to a carrier to send missing messages of a flight again. The module determines the
missing messages and the text of the request in each language.

The officer sends the text to the carrier. The text contains the flight, dates, references and numbers of
parts, and no data of travellers.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from dataclasses import dataclass

from django.conf import settings
from django.db import transaction
from django.template.loader import render_to_string
from django.utils import translation
from django.utils.translation import gettext

from vedette.apps import display
from vedette.apps.accounts import acts, rules
from vedette.apps.accounts.models import User
from vedette.apps.inbox.selectors import Transfer
from vedette.travellers.app.models import Flight, ResendAsked
from vedette.travellers.app.selectors import flights

#: Maximum number of missing parts of one transfer that the request names. If more are missing, it gives their
#: number.
MOST_PARTS = 50


@dataclass(frozen=True)
class Gap:
    """Describes missing messages of one flight: all messages of a kind (if `transfer` is None), or parts of a
    transfer."""

    kind: str
    transfer: Transfer | None = None

    def numbers(self) -> dict[str, object]:
        """Returns the missing messages in the form in which they are stored with the request
        (`ResendAsked.missing`)."""
        one = self.transfer
        return {
            "kind": self.kind,
            "parts": one.missing[:MOST_PARTS] if one else [],
            "last": bool(one and one.ends is None),
        }

    @property
    def words(self) -> str:
        """Returns a text that lists the missing and the received parts of the transfer: `missing parts: 2;
        received: 1, 3`."""
        if self.transfer is None:
            return ""
        missing, parts = self.transfer.missing, sorted(self.transfer.parts)
        words = []
        if missing:
            more = f" … ({len(missing)})" if len(missing) > MOST_PARTS else ""
            numbers = ", ".join(map(str, missing[:MOST_PARTS])) + more
            words.append(gettext("missing parts: %(n)s") % {"n": numbers})
        if self.transfer.ends is None:
            highest = gettext("the last part (after part %(n)s) was not received")
            words.append(highest % {"n": parts[-1]})
        received = ", ".join(map(str, parts[:MOST_PARTS]))
        return "; ".join([*words, gettext("received: %(n)s") % {"n": received}])


def gaps(flight: Flight, sendings: Iterable[Transfer], now: dt.datetime) -> list[Gap]:
    """Returns the missing messages of a flight. Kinds of messages that are due and were not received come
    first, and incomplete transfers come last."""
    sent = list(sendings)
    return [
        *(
            Gap(kind)
            for kind in (flights.API, flights.PNR)
            if flights.standing(flight, kind, sent, now) == "missing"
        ),
        *(Gap(one.kind, one) for one in sent if one.incomplete(now)),
    ]


def texts(flight: Flight, found: list[Gap], organisation: str) -> list[tuple[str, str, str]]:
    """Returns the language, the subject and the text of the request, for each language of the interface."""
    made = []
    name = f"{flight.carrier} {flight.number}"
    context = {"flight": flight, "name": name, "gaps": found, "organisation": organisation}
    for code, _ in settings.LANGUAGES:
        with translation.override(code):
            subject = gettext("Flight %(flight)s of %(day)s: request to send the messages again")
            subject %= {"flight": name, "day": display.day(flight.departs_on)}
            text = render_to_string("travellers/resend.txt", context).strip()
            made.append((code, subject, text))
    return made


def ask(user: User, flight: Flight, missing: list[dict[str, object]]) -> ResendAsked:
    """Records that `user` asked the carrier to send missing messages of a flight again (`Gap.numbers`).

    Raises `PermissionDenied` if the user may not request messages from a carrier.
    """
    rules.check(user, "resend.ask")
    with transaction.atomic():
        asked = ResendAsked.objects.create(
            organisation_id=flight.organisation_id, flight=flight, by=user, missing=missing
        )
        acts.write(user, "flight.ask_resend", flight.id, gaps=len(missing))
    return asked
