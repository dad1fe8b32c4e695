"""The rate limits, and the syntax in which an operator changes them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple


class Limit(NamedTuple):
    """At most `times` requests in `seconds`, in one burst or spread; no limit if `times` is 0."""

    times: int
    seconds: int


#: Kind → limit. The docs are generated from it and from `WHO`.
LIMITS = {
    "sign_in": Limit(30, 300),
    "api": Limit(600, 60),
    "address": Limit(3000, 60),
    "upload": Limit(120, 60),
    "search": Limit(60, 60),
    "export": Limit(30, 60),
}
#: Kind → by what requests are counted, and which requests are counted.
WHO = {
    "sign_in": ("address", "attempts to sign in, second factors included"),
    "api": ("token", "calls of the API"),
    "address": ("address", "calls of the API, with any token or none"),
    "upload": ("token or user", "files sent: messages, lists, messages for a trial reading"),
    "search": ("token or user", "searches for people, and people screened"),
    "export": ("user", "CSV files, reports and sheets to print"),
}


def read_limits(text: str, known: Mapping[str, Limit]) -> dict[str, Limit]:
    """The limits `known`, changed by a text such as `api=1200/60,upload=300/60`. Raises `ValueError` for an
    unknown kind or another syntax."""
    limits = dict(known)
    for part in filter(None, (one.strip() for one in text.split(","))):
        kind, _, rate = part.partition("=")
        times, _, seconds = rate.partition("/")
        if kind not in limits or not (times.isdecimal() and seconds.isdecimal() and int(seconds)):
            names = ", ".join(limits)
            raise ValueError(f"VEDETTE_RATES: {part!r} is not kind=times/seconds of one of {names}")
        limits[kind] = Limit(int(times), int(seconds))
    return limits
