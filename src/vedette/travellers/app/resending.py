"""What a carrier is asked to send again, as a text in both languages: an outgoing line is not needed.

The text holds flight, dates, references and numbers of parts; never anything of a traveller.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from dataclasses import dataclass

from django.conf import settings
from django.db import transaction
from django.utils import translation
from django.utils.translation import gettext

from vedette.apps import display
from vedette.apps.accounts import acts, rules
from vedette.apps.accounts.models import User
from vedette.apps.inbox import wording
from vedette.apps.inbox.transfers import Transfer
from vedette.travellers.app.models import Flight, ResendAsked
from vedette.travellers.app.selectors import completeness

#: Numbers of parts listed for one transfer; of more the number is said.
MOST_PARTS = 50


@dataclass(frozen=True)
class Gap:
    """What lacks of one flight: every message of a kind (`transfer` is None), or parts of one transfer."""

    kind: str
    transfer: Transfer | None = None

    def numbers(self) -> dict[str, object]:
        """As it is kept with the request: codes and numbers only."""
        one = self.transfer
        return {
            "kind": self.kind,
            "parts": one.missing[:MOST_PARTS] if one else [],
            "last": bool(one and one.ends is None),
        }


def gaps(flight: Flight, sendings: Iterable[Transfer], now: dt.datetime) -> list[Gap]:
    """What is due and did not come, then the transfers that lack parts."""
    sent = list(sendings)
    kinds = (completeness.API, completeness.PNR)
    silent = [k for k in kinds if completeness.standing(flight, k, sent, now) == "missing"]
    return [
        *(Gap(kind) for kind in silent),
        *(Gap(one.kind, one) for one in sent if one.incomplete(now)),
    ]


def texts(flight: Flight, found: list[Gap], organisation: str) -> list[tuple[str, str, str]]:
    """(language, subject, text) for each language of the interface."""
    made = []
    for code, _ in settings.LANGUAGES:
        with translation.override(code):
            made.append((code, _subject(flight), _text(flight, found, organisation)))
    return made


def _subject(flight: Flight) -> str:
    return gettext("Flight %(flight)s of %(day)s: send again") % {
        "flight": f"{flight.carrier} {flight.number}",
        "day": display.day(flight.departs_on),
    }


def _text(flight: Flight, found: list[Gap], organisation: str) -> str:
    head = gettext(
        "Flight %(flight)s, %(origin)s to %(destination)s, departure %(day)s: we"
        " have not received all its messages."
    ) % {
        "flight": f"{flight.carrier} {flight.number}",
        "origin": flight.origin or "–",
        "destination": flight.destination or "–",
        "day": display.day(flight.departs_on),
    }
    lines = [f"- {_line(gap)}" for gap in found]
    ask = gettext(
        "Send these messages again over the usual line, complete and with all their parts."
    )
    return "\n".join([head, "", *lines, "", ask, "", organisation])


def _line(gap: Gap) -> str:
    one = gap.transfer
    if one is None:
        return (
            gettext("No passenger list (PAXLST) was received.")
            if gap.kind == completeness.API
            else gettext("No bookings (PNRGOV) were received.")
        )
    sentence = gettext(
        "%(what)s, reference %(reference)s, first part received %(at)s UTC: %(missing)s."
    )
    return sentence % {
        "what": wording.kind("PNRGOV" if one.kind == "pnr" else "PAXLST", one.function),
        "reference": one.reference or "–",
        "at": display.moment(one.received_at),
        "missing": "; ".join(_parts(one)),
    }


def _parts(one: Transfer) -> list[str]:
    said = []
    if one.missing:
        numbers = ", ".join(map(str, one.missing[:MOST_PARTS]))
        if len(one.missing) > MOST_PARTS:
            numbers += f" … ({len(one.missing)})"
        said.append(gettext("missing parts: %(n)s") % {"n": numbers})
    if one.ends is None:
        highest = gettext("the part marked as the last, after part %(n)s, was not received")
        said.append(highest % {"n": max(one.parts)})
    said.append(gettext("received: %(n)s") % {"n": ", ".join(map(str, sorted(one.parts)[:50]))})
    return said


def ask(user: User, flight: Flight, missing: list[dict[str, object]]) -> ResendAsked:
    """Records that `user` asked the carrier for what lacks of a flight; `missing` as the model says.

    Raises `PermissionDenied`.
    """
    rules.check(user, "resend.ask")
    with transaction.atomic():
        asked = ResendAsked.objects.create(
            organisation_id=flight.organisation_id, flight=flight, by=user, missing=missing
        )
        acts.write(user, "flight.ask_resend", flight.id, gaps=len(missing))
    return asked
