"""Normalises many descriptions at once, as arrays of the codes of their characters."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from vedette.screening.control_lists import text as texts

Codes = npt.NDArray[np.uint32]

#: For each character the code of its form; 0: not computed yet. Other values below 10 are the two below.
_FORMS = np.zeros(0x110000, dtype=np.uint32)
_REMOVED, _LONGER = 1, 2


def codes(text: str) -> Codes:
    """Returns the codes of the characters of a text."""
    return np.frombuffer(text.encode("utf-32-le", "surrogatepass"), dtype=np.uint32)


def written(codes: Codes) -> str:
    """Returns the text that consists of the characters with these codes."""
    return codes.tobytes().decode("utf-32-le", "surrogatepass")


def joined(batch: Sequence[str]) -> Codes:
    """Returns the codes of the texts of a batch, with one line end between two texts."""
    text = "\n".join(batch)
    if text.count("\n") >= len(batch) > 0:
        text = "\n".join([one.replace("\n", " ") for one in batch])
    return codes(text)


def fold_codes(raw: Codes) -> Codes:
    """Returns the normalised form of joined texts. The result is the same as `fold` for each text, with the
    same line ends."""
    folded = _FORMS[raw]
    if not len(folded) or folded.min() > _LONGER:
        return folded
    for code in np.unique(raw[folded == 0]).tolist():
        form = "\n" if code == 10 else texts.fold_character(chr(code))
        _FORMS[code] = ord(form) if len(form) == 1 else _LONGER if form else _REMOVED
    folded = _FORMS[raw]
    longer = np.flatnonzero(folded == _LONGER)
    if len(longer):
        forms = [codes(texts.FORMS[code]) for code in raw[longer].tolist()]
        folded[longer] = [form[0] for form in forms]
        after = np.repeat(longer + 1, [len(form) - 1 for form in forms])
        folded = np.insert(folded, after, np.concatenate([form[1:] for form in forms]))
    if folded.min() == _REMOVED:
        folded = folded[folded != _REMOVED]
    return folded


def divided(folded: Codes) -> list[str]:
    """Returns the texts of a batch of at least one text from its normalised form."""
    return written(folded).split("\n")
