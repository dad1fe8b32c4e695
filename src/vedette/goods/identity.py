"""The identity of a declaration and the order of its messages.

Two messages are about the same declaration if their MRN is the same. Two messages are also about the same
declaration if their declarant, local reference and day are the same. A cargo report and a waybill have no
declarant, so the sender is used instead. If a declaration states neither a declarant nor a sender, one of its
parties or the content of the message is used. Messages are ordered by the time and the sequence of the
sender, never by the time of arrival.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import re
import unicodedata

from vedette.core.records import day_of
from vedette.core.statements import Stamp, stamp_of
from vedette.goods.records import Message

_NOT_CODE = re.compile(r"[\W_]+")
#: An MRN: year, country, and 13 or 14 more letters and digits, of which the last is a check digit.
_MRN = re.compile(r"\d{2}[A-Z]{2}[0-9A-Z]{12,14}")

#: The parties that take the place of a missing declarant, the first first.
_SENDERS = ("declarant", "representative", "exporter", "consignor", "importer", "consignee")
#: The clock of a sender can be ahead of the time of receipt by its time zone, and not by more.
_AHEAD = dt.timedelta(days=1)


def code(text: str | None) -> str:
    """Returns the letters and digits of the number of a document, in capitals. Letters and digits of all
    scripts are kept."""
    return _NOT_CODE.sub("", unicodedata.normalize("NFKC", text or "").upper())


def keys(message: Message) -> tuple[tuple[str, ...], ...]:
    """Returns the keys of the declaration that a message is about: the MRN, and the declarant with the local
    reference and the day. Two messages with a common key are about the same declaration. If the message
    states none of these keys completely, the result is empty, and `reference_key` is used."""
    found: list[tuple[str, ...]] = []
    number = code(message.mrn)
    if _MRN.fullmatch(number):
        found.append(("mrn", number))
    elif number:
        # A number that is not an MRN is only unique within its office.
        found.append(("number", _issuer(message), number))
    reference = reference_key(message)
    if reference is not None and message.declared is not None and message.action == "original":
        found.append((*reference, day_of(message.declared).isoformat()))
    return tuple(found)


def reference_key(message: Message) -> tuple[str, str, str] | None:
    """Returns the declarant and the local reference, without a day. An amendment or an answer that states no
    MRN is about the latest declaration with this key. Returns None if there is no local reference."""
    reference = code(message.lrn) or (message.lrn or "").strip()
    if not reference:
        return None
    kind = "house" if of_houses(message) else "lrn"
    return (kind, sender(message), reference)


def of_houses(message: Message) -> bool:
    """Returns whether a message states house waybills only. The reference of such a message can be the number
    of the master waybill, but the message does not concern the goods that the master waybill states."""
    stated = message.consignments
    return message.document == "waybill" and bool(stated) and all(one.house for one in stated)


def names(message: Message) -> tuple[tuple[str, ...], ...]:
    """Returns the names by which the declaration of a message is found: its number (MRN), and its declarant
    with its local reference. The day is not part of a name, because the days in an amendment and in the
    original declaration may differ."""
    numbers = tuple(key for key in keys(message) if is_number(key))
    reference = reference_key(message)
    return (*numbers, reference) if reference is not None else numbers


def is_number(name: tuple[str, ...]) -> bool:
    """Returns whether a name is a number that customs assigned.

    A declaration has only one reference number. A local reference may be used again for another declaration.
    """
    return name[0] in ("mrn", "number")


def sender(message: Message) -> str:
    """Returns the declarant or, without a declarant, the sender. If a declaration states neither a declarant
    nor a sender, returns its first party, in the order of `_SENDERS`. If a declaration has no party, returns
    the hash of its content. Declarations of different senders are therefore never merged because of an empty
    text."""
    stated = code(message.declarant) or code(message.envelope.sender)
    if stated or message.document not in ("declaration", "entry_summary"):
        return stated
    parties = (*message.parties, *(p for one in message.consignments for p in one.parties))
    for role in _SENDERS:
        for party in parties:
            numbers = (number.value for number in party.identifiers)
            if party.role == role and (found := code(next(numbers, None)) or code(party.name)):
                return found
    return f"?{hashlib.sha256(message.body).hexdigest()[:16]}" if message.body else ""


def _issuer(message: Message) -> str:
    return code(message.office) or sender(message)


def stamp(message: Message, received: dt.datetime) -> Stamp:
    """Returns the stamp by which messages are ordered: the time, the interchange and the version of the
    message. If the message has no version, its number within a transfer is used. The time used is the time of
    preparation or, if it is missing, the time of the declaration. The time used is at most one day after the
    receipt of the message."""
    made = stamp_of(message.envelope, received)
    if message.envelope.prepared is None and message.declared is not None:
        day = message.declared
        when = day if isinstance(day, dt.datetime) else dt.datetime(day.year, day.month, day.day)
        made[0] = when.isoformat()
    # A time in the future would put the message after all messages that are sent until then.
    limit = received.replace(tzinfo=None, microsecond=0) + _AHEAD
    made[0] = min(made[0], limit.isoformat())
    if message.version is not None:
        made[2] = message.version
    return made
