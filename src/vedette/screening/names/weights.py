"""The numbers of the scorer: what agreement and disagreement of words are worth, by kind of name.

One row a kind (person, organisation, vessel), one column a `P_…` of `kernel.py`. Chosen by
cross-validation on labelled pairs, few and round on purpose; see docs/names.md.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from vedette.screening.names import kernel as k

#: Score from which the product raises a hit, with or without birth date and nationality.
DEFAULT_THRESHOLD = 0.7

#: person, organisation, vessel.
_TABLE: dict[int, tuple[float, float, float]] = {
    k.P_SLOPE: (1.1, 1.05, 1.1),  # loss per edit per letter
    k.P_FLOOR: (0.66, 0.66, 0.66),  # words less similar than this are different words
    k.P_SHORT: (0.0, 0.05, 0.15),  # extra loss of an edit in a word of up to four sounds
    k.P_EXTRA: (0.25, 0.65, 0.65),  # weight of a word that only one side has
    k.P_CONFLICT: (0.17, 0.15, 0.15),  # a word replaced by another
    k.P_INITIAL: (0.3, 0.3, 0.3),
    k.P_GENERIC: (1.0, 0.45, 0.45),  # trading, group, bank … when they agree
    k.P_GENERIC_LEFT: (1.0, 0.75, 0.75),  # and when they do not
    k.P_PLACE: (1.0, 0.6, 1.0),
    k.P_NUMBER: (0.2, 0.4, 0.4),
    k.P_NUMBER_LEFT: (0.0, 0.2, 0.2),  # numbers differ
    k.P_PATRONYM: (0.4, 0.0, 0.0),  # X son of Y against Y son of X
    k.P_LEGAL: (0.0, 0.35, 0.0),  # non-profit or state against commercial
    k.P_SPELLED: (0.97, 0.97, 0.97),
    k.P_NICKNAME: (0.88, 0.88, 0.88),
    k.P_ACRONYM: (0.8, 0.8, 0.8),
    k.P_INITIAL_SIM: (0.9, 0.9, 0.9),
    k.P_ABJAD: (0.95, 0.95, 0.95),
    k.P_ABJAD_FLOOR: (0.75, 0.75, 0.75),
    k.P_COMMON: (0.8, 1.0, 1.0),  # Muhammad, Kim, Maria …, and words of two letters
    k.P_PREFIX: (0.4, 1.0, 1.0),  # Abdul, Abu …: half a name
    k.P_FIRST: (0.05, 0.05, 0.1),  # another first sound
    k.P_OTHER_NAME: (0.1, 0.0, 0.0),  # two different well-known names: Hasan, Husain
    k.P_LONE: (0.55, 0.65, 0.65),  # instead of P_EXTRA where only one word agrees
}

WEIGHTS: np.ndarray[Any, np.dtype[np.float64]] = np.array(
    [_TABLE[column] for column in range(k.P_SIZE)], np.float64
).T.copy()
