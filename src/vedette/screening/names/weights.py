"""The parameters of the scorer: weights and penalties of words, by kind of name.

There is one row for each kind of name (person, organisation, vessel) and one column for each parameter `P_…`.
The values were chosen by cross-validation on labelled pairs. The values are few and rounded. The file
docs/names.md explains why the values are few and rounded.
"""

from __future__ import annotations

from typing import Any

import numpy as np

# Columns of the weights.
P_SLOPE, P_FLOOR, P_SHORT, P_EXTRA, P_CONFLICT, P_INITIAL, P_GENERIC, P_GENERIC_LEFT = range(8)
P_PLACE, P_NUMBER, P_NUMBER_LEFT, P_PATRONYM, P_LEGAL, P_SPELLED, P_NICKNAME = range(8, 15)
P_ACRONYM, P_INITIAL_SIM, P_ABJAD, P_ABJAD_FLOOR, P_LONE, P_COMMON, P_PREFIX = range(15, 22)
P_FIRST, P_OTHER_NAME, P_NUMBER_OTHER, P_ALIKE, P_OTHER_SEX = range(22, 27)
P_SIZE = 27

#: person, organisation, vessel.
_TABLE: dict[int, tuple[float, float, float]] = {
    P_SLOPE: (1.1, 1.05, 1.1),  # loss per edit per letter
    P_FLOOR: (0.5, 0.66, 0.66),  # words less similar than this are different words
    P_ALIKE: (0.75, 0.66, 0.66),  # between these two values, a pair counts partly as replaced
    P_SHORT: (0.0, 0.05, 0.15),  # extra loss of an edit in a word of up to four sounds
    P_EXTRA: (0.25, 0.65, 0.65),  # weight of a word on one side only
    P_CONFLICT: (0.17, 0.15, 0.15),  # a word that is replaced by another word
    P_INITIAL: (0.3, 0.3, 0.3),
    P_GENERIC: (1.0, 0.45, 0.45),  # words such as trading, group, bank that agree
    P_GENERIC_LEFT: (1.0, 0.75, 0.75),  # the same words if only one name has them
    P_PLACE: (1.0, 0.6, 1.0),
    P_NUMBER: (0.2, 0.4, 0.4),
    P_NUMBER_LEFT: (0.0, 0.16, 0.16),  # a number on one side only
    P_OTHER_SEX: (0.3, 0.0, 0.0),  # a given name of men and one of women: Daniel, Danielle
    P_NUMBER_OTHER: (
        0.0,
        0.55,
        0.55,
    ),  # different numbers mean different ships or funds, so there is no hit
    P_PATRONYM: (0.4, 0.0, 0.0),  # X son of Y against Y son of X
    P_LEGAL: (0.0, 0.35, 0.0),  # non-profit or state-owned against commercial
    P_SPELLED: (0.97, 0.97, 0.97),
    P_NICKNAME: (0.88, 0.88, 0.88),
    P_ACRONYM: (0.8, 0.8, 0.8),
    P_INITIAL_SIM: (0.9, 0.9, 0.9),
    P_ABJAD: (0.95, 0.95, 0.95),
    P_ABJAD_FLOOR: (0.75, 0.75, 0.75),
    P_COMMON: (0.8, 1.0, 1.0),  # frequent names (Muhammad, Kim, Maria …), and words of two letters
    P_PREFIX: (0.4, 1.0, 1.0),  # first halves of names (Abdul, Abu …)
    P_FIRST: (0.05, 0.05, 0.1),  # the first sounds are different
    P_OTHER_NAME: (0.2, 0.0, 0.0),  # two different known names: Hasan, Husain
    P_LONE: (0.55, 0.65, 0.65),  # instead of P_EXTRA if only one word agrees
}

WEIGHTS: np.ndarray[Any, np.dtype[np.float64]] = np.array(
    [_TABLE[column] for column in range(P_SIZE)], np.float64
).T.copy()
