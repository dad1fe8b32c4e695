"""The properties of a token, as bits; and the number ranges of equivalence classes.

A token may have several of these properties; the kind of name determines which are used.
"""

from __future__ import annotations

INITIAL, NUMBER, ROMAN, LEGAL, HONORIFIC, PARTICLE, BIN = 1, 2, 4, 8, 16, 32, 64
GENERIC, PLACE, VESSEL, ABJAD, HAN, HANGUL = 128, 256, 512, 1024, 2048, 4096
#: A frequent name, which has less weight; the first half of a name (Abdul, Abu).
COMMON, PREFIX = 8192, 16384

#: From this class number on, classes contain forms of one name in different languages.
COGNATE_BASE = 1 << 19
#: From this class number on, classes are pairs: formal name (even) and short form (odd).
SHORT_BASE = 1 << 20
