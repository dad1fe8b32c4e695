"""Decides whether an object may be released to an organisation, from a documented table (docs/release.md).

*Release* means disclosure to another organisation. The word *release* does not mean the decision about a
subject here. A release is allowed only if no row of the table denies it. The preview, the sending, the
workers and the command `vedette release check` call the same function `decide`. The function receives
memberships, agreements and the time as arguments, reads no other data, and raises no error because of its
input. If the function cannot read an input, it denies the release.

Source of the rules: TLP 2.0 (FIRST, 2022) for the markings; issue 8, section 7, for the table.
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Callable, Iterable, Mapping
from typing import Any, NamedTuple, TypeAlias, TypeVar

from vedette.core.texts import Text, gettext_lazy

_T = TypeVar("_T")

#: The markings of TLP 2.0, from the widest to the strictest, and the passes of the owner's copy. The passes
#: of a copy are the number of releases that can follow one another from this copy on.
PASSES: Mapping[str, int] = {
    "TLP:CLEAR": 3,
    "TLP:GREEN": 3,
    "TLP:AMBER": 2,
    "TLP:AMBER+STRICT": 1,
    "TLP:RED": 1,
}
_RANK = {marking: rank for rank, marking in enumerate(PASSES)}

#: ground → its text, in the order of the table. The first row that denies gives the ground.
GROUNDS: Mapping[str, Text] = {
    "no_marking": gettext_lazy("the object has no marking, or more than one"),
    "no_recipient": gettext_lazy("the recipient is not a member of the group at this time"),
    "ended": gettext_lazy(
        "the operation has ended, and its plan does not permit the recipient to read after the end"
    ),
    "exercise": gettext_lazy(
        "data of an exercise can be sent only within an exercise, and "
        "other data cannot be sent within an exercise"
    ),
    "no_passes": gettext_lazy("the recipient may not pass this copy on"),
    "not_named": gettext_lazy(
        "the agreement does not permit the recipient to receive information that another "
        "organisation passes on"
    ),
    "red": gettext_lazy("TLP:RED content can be sent only to a person who is named"),
    "no_agreement": gettext_lazy(
        "no agreement in force has the sender, the owner and the recipient as parties"
    ),
    "purpose": gettext_lazy("the agreement does not cover this purpose with this legal basis"),
    "nominal": gettext_lazy(
        "names of persons can be sent only under a legal instrument, to a recipient designated "
        "under it, and with the approval of a second person"
    ),
    "new_recipient": gettext_lazy(
        "the recipient is new in this operation: the approval of a second person is needed"
    ),
}


class Decision(NamedTuple):
    """The result of the function `decide`. `ground` is a key of `GROUNDS`, or None if the release is
    allowed."""

    allow: bool
    ground: str | None = None

    def as_json(self) -> dict[str, Any]:
        """Returns the object that `vedette release check` prints."""
        return {"allow": True} if self.allow else {"allow": False, "ground": self.ground}


def marking(value: object) -> str | None:
    """Returns the marking of TLP 2.0 that a text names (`TLP:AMBER`, `AMBER`, `tlp:amber`), or None."""
    if not isinstance(value, str) or not value.isascii():
        return None
    text = value.upper()
    text = text if text.startswith("TLP:") else f"TLP:{text}"
    return text if text in PASSES else None


def strictest(markings: Iterable[object]) -> str | None:
    """Returns the marking of a relationship, a photograph or a comment: the strictest marking of the objects
    to which it refers. The result is None (the release is denied) if there is no such object, or if one of
    these objects has no marking.
    """
    found = [marking(one) for one in markings]
    known = [one for one in found if one is not None]
    return max(known, key=_RANK.__getitem__) if known and len(known) == len(found) else None


def passes(of: str, given: int, *, own: bool) -> int:
    """Returns how many more times a copy may be passed on: the given number, but at most the number that the
    marking `of` permits. The owner (`own`) may pass on the object at most the number of times that `PASSES`
    states. For any organisation other than the owner, the limit is lower by one.
    """
    return max(0, min(given, PASSES[of] - (not own)))


def is_in_force(start: dt.datetime, until: dt.datetime | None, now: dt.datetime) -> bool:
    """Returns whether `now` is in a period that includes its start and excludes its end. None is no end."""
    return start <= now and (until is None or now < until)


def decide(case: object) -> Decision:
    """Decides whether one object may be released by one sender to one recipient.

    `case` has the keys of a line of CASES.jsonl (docs/release.md). Times are texts in ISO 8601, or `datetime`
    with a time zone. If a key is missing or a value has the wrong type, the release is denied. In this case,
    the ground for the denial is the ground of the first row of the table that uses the missing or wrong key.
    """
    for ground, denies in _ROWS.items():
        try:
            if denies(case):
                return Decision(False, ground)
        except _Unusable:
            return Decision(False, ground)
    return Decision(True)


class _Unusable(Exception):
    """The error that is raised if a key is missing or its value has the wrong type."""


# Readers of values. Each returns the value in the type that the rows use, or raises `_Unusable`.


def _text(value: object) -> str:
    if isinstance(value, str) and value:
        return value
    raise _Unusable


def _text_or_none(value: object) -> str | None:
    return None if value is None or value == "" else _text(value)


def _flag(value: object) -> bool:
    if isinstance(value, bool):
        return value
    raise _Unusable


def _count(value: object) -> int:
    if isinstance(value, int) and not isinstance(value, bool):
        return value
    raise _Unusable


_TIME = re.compile(
    r"(\d{4}-\d\d-\d\d)(?:[T ](\d\d:\d\d(?::\d\d(?:\.\d{1,6})?)?)(Z|[+-]\d\d:\d\d)?)?", re.ASCII
)


def _time(value: object) -> dt.datetime:
    """Reads a time. Parses a time. A time without a time zone is in UTC. A date without a time is 00:00 UTC
    of this day.
    """
    if isinstance(value, dt.datetime) and value.tzinfo is not None:
        return value
    found = _TIME.fullmatch(value) if isinstance(value, str) else None
    if found is None:
        raise _Unusable
    day, hour, zone = found.groups()
    try:
        return dt.datetime.fromisoformat(f"{day}T{hour or '00:00'}{zone or 'Z'}")
    except ValueError:
        raise _Unusable from None


def _time_or_none(value: object) -> dt.datetime | None:
    return None if value is None else _time(value)


def _list_of(read: Callable[[object], _T]) -> Callable[[object], list[_T]]:
    def read_all(value: object) -> list[_T]:
        if isinstance(value, list | tuple):
            return [read(one) for one in value]
        raise _Unusable

    return read_all


def _any(value: object) -> object:
    return value


def _get(parent: object, key: str, read: Callable[[object], _T]) -> _T:
    """Reads the value of a key. Raises `_Unusable` if `parent` is not an object or has no such key."""
    if isinstance(parent, Mapping) and key in parent:
        return read(parent[key])
    raise _Unusable


def _part(case: object, name: str) -> object:
    return _get(case, name, _any)


# The rows of the table. Each function reads all keys of its row first, so that a missing key denies even if
# the row would not need it in this case.


def _no_marking(case: object) -> bool:
    _get(_part(case, "object"), "kind", _text)
    given = _get(_part(case, "object"), "marking", _list_of(_any))
    return len(given) != 1 or marking(given[0]) is None


def _no_recipient(case: object) -> bool:
    now = _get(case, "now", _time)
    recipient = _part(case, "recipient")
    _get(recipient, "organisation", _text)
    memberships = [
        (_get(one, "id", _text), _get(one, "from", _time), _get(one, "until", _time_or_none))
        for one in _get(recipient, "groups", _list_of(_any))
    ]
    group = _part(case, "group")
    if group is None:  # no group is an empty group, and an empty group is nobody (MISP #4200)
        return True
    of, until = _get(group, "id", _text), _get(group, "until", _time_or_none)
    if until is not None and now >= until:
        return True
    return not any(name == of and is_in_force(start, end, now) for name, start, end in memberships)


def _ended(case: object) -> bool:
    operation = _part(case, "operation")
    if operation is None:
        return False
    ended = _get(operation, "ended", _any)
    if not isinstance(ended, bool):  # the time of the end, or None
        until = _time_or_none(ended)
        ended = until is not None and _get(case, "now", _time) >= until
    readers = _get(operation, "readers_after", _list_of(_text))
    return ended and _recipient(case) not in readers


def _exercise(case: object) -> bool:
    places = [
        _get(place, "exercise", _flag)
        for name in ("operation", "group")
        if (place := _part(case, name)) is not None
    ]
    return any(place != _get(_part(case, "object"), "exercise", _flag) for place in places)


def _no_passes(case: object) -> bool:
    left = _get(_part(case, "object"), "passes_left", _count)
    return passes(_marking(case), left, own=_is_owner(case)) < 1


def _not_named(case: object) -> bool:
    agreement = _agreement(case)
    named = [] if agreement is None else _get(agreement, "onward", _list_of(_text))
    return not _is_owner(case) and _recipient(case) not in named


def _red(case: object) -> bool:
    person = _get(_part(case, "recipient"), "person", _text_or_none)
    return _marking(case) == "TLP:RED" and person is None


def _no_agreement(case: object) -> bool:
    now = _get(case, "now", _time)
    needed = {_sender(case), _owner(case), _recipient(case)}
    read = [
        (
            _get(one, "from", _time),
            _get(one, "until", _time_or_none),
            set(_get(one, "parties", _list_of(_text))),
        )
        for one in _get(case, "agreements", _list_of(_any))
    ]
    covered = any(
        is_in_force(start, until, now) and needed <= parties for start, until, parties in read
    )
    return _marking(case) != "TLP:CLEAR" and not covered


_Pair: TypeAlias = tuple[str | None, str | None]


def _purpose(case: object) -> bool:
    asked: _Pair = (
        _get(_part(case, "object"), "purpose", _text_or_none),
        _get(_part(case, "object"), "legal_basis", _text_or_none),
    )
    covered: dict[str, list[_Pair]] = {
        _get(one, "id", _text): [
            (_get(pair, "purpose", _text), _get(pair, "legal_basis", _text))
            for pair in _get(one, "purposes", _list_of(_any))
        ]
        for one in _get(case, "agreements", _list_of(_any))
    }
    of = _get(_part(case, "object"), "agreement", _text_or_none)
    return _marking(case) != "TLP:CLEAR" and (of is None or asked not in covered.get(of, []))


def _nominal(case: object) -> bool:
    nominal = _get(_part(case, "object"), "nominal", _flag)
    instruments = {
        _get(one, "id", _text): _get(one, "nominal_instrument", _text_or_none)
        for one in _get(case, "agreements", _list_of(_any))
    }
    of = _get(_part(case, "object"), "agreement", _text_or_none)
    instrument = None if of is None else instruments.get(of)
    designated = _get(_part(case, "recipient"), "designated_under", _list_of(_text))
    approved = _get(case, "approved_by_second", _flag)
    return nominal and (instrument is None or instrument not in designated or not approved)


def _new_recipient(case: object) -> bool:
    known = _get(case, "known_recipient", _flag)
    approved = _get(case, "approved_by_second", _flag)
    return _RANK[_marking(case)] > _RANK["TLP:GREEN"] and not known and not approved


_ROWS: Mapping[str, Callable[[object], bool]] = {
    "no_marking": _no_marking,
    "no_recipient": _no_recipient,
    "ended": _ended,
    "exercise": _exercise,
    "no_passes": _no_passes,
    "not_named": _not_named,
    "red": _red,
    "no_agreement": _no_agreement,
    "purpose": _purpose,
    "nominal": _nominal,
    "new_recipient": _new_recipient,
}


# Values that several rows read.


def _marking(case: object) -> str:
    """Returns the marking of the object. The check in the first row of the table ensures that there is
    exactly one marking.
    """
    found = marking(_get(_part(case, "object"), "marking", _list_of(_any))[0])
    if found is None:
        raise _Unusable
    return found


def _owner(case: object) -> str:
    return _get(_part(case, "object"), "owner", _text)


def _sender(case: object) -> str:
    return _get(_part(case, "sender"), "organisation", _text)


def _recipient(case: object) -> str:
    return _get(_part(case, "recipient"), "organisation", _text)


def _is_owner(case: object) -> bool:
    return _sender(case) == _owner(case)


def _agreement(case: object) -> object | None:
    """Returns the agreement of the object, or None if the object has no agreement. If several agreements have
    the same id, the release is denied, because it is not clear which agreement applies.
    """
    of = _get(_part(case, "object"), "agreement", _text_or_none)
    given = _get(case, "agreements", _list_of(_any))
    ids = [_get(one, "id", _text) for one in given]
    for one in given:
        _get(one, "onward", _list_of(_text))
    if len(set(ids)) != len(ids):
        raise _Unusable
    return None if of is None else dict(zip(ids, given, strict=True)).get(of)
