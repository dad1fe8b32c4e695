"""What a token is, as bits; and the ranges of the numbers of equivalents.

A token may be several of these: the kind of name decides which counts.
"""

from __future__ import annotations

INITIAL, NUMBER, ROMAN, LEGAL, HONORIFIC, PARTICLE, BIN = 1, 2, 4, 8, 16, 32, 64
GENERIC, PLACE, VESSEL, ABJAD, HAN, HANGUL = 128, 256, 512, 1024, 2048, 4096
#: A name so frequent that it says less; the first half of a name (Abdul, Abu).
COMMON, PREFIX = 8192, 16384

#: Class numbers from here on are of the same name in other languages.
COGNATE_BASE = 1 << 19
#: Class numbers from here on are pairs: formal name (even) and short form (odd).
SHORT_BASE = 1 << 20
