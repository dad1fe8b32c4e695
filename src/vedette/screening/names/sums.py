"""Computes the score from word pairs: the weight of agreeing words, and the penalties with their reasons."""

# Token tables are named T, M, H and X, followed by the letter of their side.
# ruff: noqa: N803

from __future__ import annotations

from typing import Any

from vedette.screening.names.jit import compiled, inlined
from vedette.screening.names.sounds import MARKS_A, MARKS_B, SPELLING_SIZE, Array
from vedette.screening.names.tokens import (
    BIN,
    COMMON,
    GENERIC,
    HONORIFIC,
    INITIAL,
    LEGAL,
    NUMBER,
    PARTICLE,
    PLACE,
    PREFIX,
    ROMAN,
    VESSEL,
)
from vedette.screening.names.weights import (
    P_ACRONYM,
    P_COMMON,
    P_CONFLICT,
    P_EXTRA,
    P_GENERIC,
    P_GENERIC_LEFT,
    P_INITIAL,
    P_LEGAL,
    P_LONE,
    P_NUMBER,
    P_NUMBER_LEFT,
    P_NUMBER_OTHER,
    P_PATRONYM,
    P_PLACE,
    P_PREFIX,
)

PERSON, ORGANIZATION, VESSEL_KIND = 0, 1, 2
#: Positions in `penalties`.
CONFLICT, EXTRA, NUMBERS, PATRONYM, LEGAL_FORM, THIN = range(6)
PENALTIES = 6


@inlined
def token_weight(size: int, flags: int, kind: int, p: Array) -> Any:
    """The weight of a token of `size` letters if it agrees."""
    if kind == PERSON:
        if flags & (PARTICLE | HONORIFIC | LEGAL):
            return 0.04
        if flags & INITIAL:
            return p[P_INITIAL]
        if flags & NUMBER:
            return 0.2
        if flags & PREFIX:
            return p[P_PREFIX]
        return p[P_COMMON] if flags & COMMON or size <= 2 else 1.0
    if flags & LEGAL or (flags & PARTICLE and not flags & ROMAN):
        return 0.06
    if flags & (NUMBER | ROMAN):
        return p[P_NUMBER]
    if flags & INITIAL:
        return 0.5
    if kind == VESSEL_KIND:
        return 0.1 if flags & VESSEL else 1.0
    if flags & PLACE:
        return p[P_PLACE]
    return p[P_GENERIC] if flags & GENERIC else 1.0


@compiled
def _leftover(
    M: Array, tok: Array, n: int, marks: int, kind: int, p: Array, rows: Array
) -> tuple[float, float, int]:
    """The unpaired tokens: their weight as a conflict, their weight as extra words, and the number of figures
    among them."""
    conflict = extra = 0.0
    numbers = 0
    for k in range(n):
        flags = M[12 * tok[k]]
        if rows[marks + k]:
            continue
        if kind == PERSON:
            if not flags & (PARTICLE | HONORIFIC | LEGAL | NUMBER):
                conflict += 1.0
                extra += p[P_INITIAL] if flags & INITIAL else 1.0
        elif flags & LEGAL or (flags & PARTICLE and not flags & ROMAN):
            continue
        elif flags & (NUMBER | ROMAN):
            numbers += 1
        else:
            weight = 1.0
            if kind == VESSEL_KIND and flags & VESSEL:
                weight = 0.1
            elif kind == ORGANIZATION and flags & GENERIC and not flags & PLACE:
                weight = p[P_GENERIC_LEFT]
            conflict += weight
            extra += weight
    return conflict, extra, numbers


@compiled
def _legal_families(M: Array, tok: Array, n: int) -> int:
    """The families of legal forms in a name, one bit each."""
    found = 0
    for k in range(n):
        if M[12 * tok[k]] & LEGAL:
            found |= 1 << M[12 * tok[k] + 1]
    return found


@compiled
def _father_swapped(
    MA: Array, a: Array, na: int, MB: Array, b: Array, nb: int, pairs: Array, count: int
) -> bool:
    """Whether X son of Y is compared with Y son of X: both names contain `bin`, and words before it in one
    name are paired with words after it in the other."""
    cut_a = cut_b = -1
    for k in range(1, na):
        if cut_a < 0 and MA[12 * a[k]] & BIN:
            cut_a = k
    for k in range(1, nb):
        if cut_b < 0 and MB[12 * b[k]] & BIN:
            cut_b = k
    if cut_a < 0 or cut_b < 0:
        return False
    forward = backward = 0
    for k in range(count):
        i, j = int(pairs[k, 0]), int(pairs[k, 2])
        if (MA[12 * a[i]] | MB[12 * b[j]]) & (HONORIFIC | PARTICLE | BIN):
            continue
        forward += int(i < cut_a and j > cut_b)
        backward += int(i > cut_a and j < cut_b)
    return forward > 0 and backward > 0


@compiled
def sum_up(
    TA: Array, MA: Array, a: Array, na: int, TB: Array, MB: Array, b: Array, nb: int,
    kind: int, p: Array, rows: Array, pairs: Array, count: int, penalties: Array,
) -> float:  # fmt: skip
    """Writes weights into `pairs` and deductions into `penalties`; returns the score."""
    got = whole = heaviest = 0.0
    for k in range(count):
        wa = wb = 0.0
        for i in range(int(pairs[k, 0]), int(pairs[k, 0] + pairs[k, 1])):
            wa += token_weight(TA[64 * a[i] + SPELLING_SIZE], MA[12 * a[i]], kind, p)
        for j in range(int(pairs[k, 2]), int(pairs[k, 2] + pairs[k, 3])):
            wb += token_weight(TB[64 * b[j] + SPELLING_SIZE], MB[12 * b[j]], kind, p)
        weight = min(wa, wb) if pairs[k, 1] == 1 and pairs[k, 3] == 1 else 0.5 * (wa + wb)
        if pairs[k, 1] != pairs[k, 3] and pairs[k, 4] == p[P_ACRONYM]:
            weight = max(wa, wb)
        pairs[k, 5] = weight
        heaviest = max(heaviest, weight)
        got += weight * pairs[k, 4]
        whole += weight
    if whole == 0.0:
        return 0.0
    conflict_a, extra_a, numbers_a = _leftover(MA, a, na, MARKS_A, kind, p, rows)
    conflict_b, extra_b, numbers_b = _leftover(MB, b, nb, MARKS_B, kind, p, rows)
    conflict = min(conflict_a, conflict_b)
    rest = max(extra_a - conflict, 0.0) + max(extra_b - conflict, 0.0)
    base = got / whole
    share = p[P_LONE] if whole < 1.5 else p[P_EXTRA]
    total = whole + conflict + share * rest
    penalties[CONFLICT] = base * (conflict / total) + p[P_CONFLICT] * min(1.0, conflict)
    penalties[EXTRA] = base * (share * rest / total)
    if numbers_a and numbers_b:
        penalties[NUMBERS] = p[P_NUMBER_OTHER]
    elif numbers_a or numbers_b:
        penalties[NUMBERS] = p[P_NUMBER_LEFT]
    if kind == PERSON:
        if heaviest <= p[P_INITIAL]:
            penalties[THIN] = 0.5
        if _father_swapped(MA, a, na, MB, b, nb, pairs, count):
            penalties[PATRONYM] = p[P_PATRONYM]
    if kind == ORGANIZATION:
        fa, fb = _legal_families(MA, a, na), _legal_families(MB, b, nb)
        if fa and fb and (fa & 48) != (fb & 48):
            penalties[LEGAL_FORM] = p[P_LEGAL]
        elif fa & 14 and fb & 14 and not fa & fb & 14:
            penalties[LEGAL_FORM] = 0.03
    score = base
    for k in range(PENALTIES):
        score -= penalties[k]
    return min(1.0, max(0.0, score))
