"""Compares the identifiers of a subject with the identifiers of a list entry, for the page of a hit.

The stored evidence of a reason contains only the identifiers that agree.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import Any

from django.utils.translation import gettext, gettext_lazy

from vedette.apps.display import number
from vedette.apps.lists.wording import IDENTIFIERS
from vedette.core.codes import alpha3
from vedette.core.entries import Entry, EntryIdentifier
from vedette.screening.exact import CHANNELS, FOLDS

#: Maximum number of values that a line shows.
MOST = 5
#: Name of a line that differs → its words in the sentence in favour.
_WORDS = {
    "document": gettext_lazy("document number"),
    "issuer": gettext_lazy("issuing state of the document"),
    "phone": gettext_lazy("telephone number"),
    "email": gettext_lazy("e-mail address"),
}


def lines(
    ours: Sequence[EntryIdentifier], entry: Entry, evidence: Sequence[Mapping[str, Any]] = ()
) -> list[dict[str, Any]]:
    """Returns a line of evidence for each kind of identifier that both the subject and the entry have, if
    they have no value of this kind in common. Also returns a line if the document numbers are equal but the
    issuing states differ. The returned lines do not change the score. Identifiers of a kind for which the
    stored evidence already has a match get no line, even if the entry has changed since then.
    """
    agreed = {line.get("name") for line in evidence if line.get("relation") in ("=", "≈")}
    found: list[dict[str, Any]] = []
    for channel, fold in FOLDS.items():
        own = [one for one in ours if CHANNELS.get(one.kind) == channel and fold(one.value)]
        listed = [
            one
            for one in entry.identifiers
            if CHANNELS.get(one.kind) == channel and fold(one.value)
        ]
        equal = [(a, b) for a in own for b in listed if fold(a.value) == fold(b.value)]
        if not equal:
            own, listed = _comparable(own, listed), _comparable(listed, own)
            if own and listed and channel not in agreed:
                found.append(_line(channel, _shown(own), _shown(listed)))
        elif channel == "document":
            states = [(_state(a), _state(b)) for a, b in equal]
            if all(a and b and a != b for a, b in states):
                found.append(_line("issuer", *states[0]))
    return found


def differing(reasons: Sequence[Collection[str]]) -> str:
    """Returns a sentence that names the kinds of identifiers that differ from the entry in all given reasons.
    Each reason is passed as a collection of the names of its lines of evidence. Returns an empty text if no
    such identifier exists."""
    common = set(reasons[0]).intersection(*reasons[1:]) if reasons else set()
    words = [str(word) for name, word in _WORDS.items() if name in common]
    return gettext("Differs from the entry: %(what)s") % {"what": ", ".join(words)} if words else ""


def _comparable(
    some: Sequence[EntryIdentifier], others: Sequence[EntryIdentifier]
) -> list[EntryIdentifier]:
    """Returns the identifiers in `some` whose kind occurs in `others`. The number of a passport is not
    compared
    with that of an identity card."""
    kinds = {one.kind for one in others}
    return [one for one in some if one.kind in kinds or "document" in {one.kind, *kinds}]


def _line(name: str, ours: str, theirs: str) -> dict[str, Any]:
    return {"name": name, "ours": ours, "theirs": theirs, "relation": "≠"}


def _state(one: EntryIdentifier) -> str:
    return alpha3(one.country) or one.country or ""


def _shown(some: Sequence[EntryIdentifier]) -> str:
    """Returns the values of identifiers as text.

    The text of a document includes its kind and its issuing state.
    """
    texts = list(dict.fromkeys(_text(one) for one in some))
    shown = ", ".join(texts[:MOST])
    if len(texts) > MOST:
        shown = gettext("%(values)s and %(n)s more") % {
            "values": shown, "n": number(len(texts) - MOST),
        }  # fmt: skip
    return shown


def _text(one: EntryIdentifier) -> str:
    if CHANNELS[one.kind] != "document":
        return one.value
    state = f"({_state(one)})" if one.country else ""
    return " ".join(filter(None, (str(IDENTIFIERS.get(one.kind, one.kind)), one.value, state)))
