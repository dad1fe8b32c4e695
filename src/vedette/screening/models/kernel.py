"""Numerical core of the model: logistic regression with an effect for each level of each group of columns.

A *group* is a column or a combination of columns, for example "importer" or "origin and HS chapter". A
*level* is one value of a group, that is, of its column or combination of columns. Each level has an effect on
the log-odds of an offence. The effects of a group have a normal prior distribution with mean 0. The variance
of the prior is estimated from the data (empirical Bayes). Therefore, a group that does not improve the
prediction gets a variance near 0, and a level with few rows gets an effect near 0.

`fit` estimates effects and variances from a history. `follow` processes later rows in chronological order: it
computes the probability of each row, then updates the effects with the result of the row.
"""

from __future__ import annotations

from typing import Any

import numba
import numpy as np

Floats = np.ndarray[Any, np.dtype[np.float64]]
Ints = np.ndarray[Any, np.dtype[np.int32]]
Longs = np.ndarray[Any, np.dtype[np.int64]]

#: Bounds of the estimated variances.
LEAST_VARIANCE, MOST_VARIANCE = 1e-5, 9.0
#: Bound of a step of one effect, on the scale of log-odds.
MOST_STEP = 2.0


@numba.njit(cache=True)
def _pass(
    order: Ints, starts: Longs, effects: Floats, spread: Floats, scores: Floats, results: Floats,
    weights: Floats, variance: float,
) -> tuple[float, float, float]:  # fmt: skip
    """Updates each effect of one group by one Newton step. Returns the sum of squares of the effects, the sum
    of their posterior variances, and the greatest step."""
    squares = posterior = most = 0.0
    for level in range(len(starts) - 1):
        slope, curve = -effects[level] / variance, 1.0 / variance
        for place in range(starts[level], starts[level + 1]):
            row = order[place]
            chance = 1.0 / (1.0 + np.exp(-scores[row]))
            slope += weights[row] * (results[row] - chance)
            curve += weights[row] * chance * (1.0 - chance)
        step = min(MOST_STEP, max(-MOST_STEP, slope / curve))
        effects[level] += step
        spread[level] = 1.0 / curve
        for place in range(starts[level], starts[level + 1]):
            scores[order[place]] += step
        squares += effects[level] * effects[level]
        posterior += 1.0 / curve
        most = max(most, abs(step))
    return squares, posterior, most


@numba.njit(cache=True)
def _centre(scores: Floats, results: Floats, weights: Floats) -> float:
    """Returns the change of the constant term in one step of the fit."""
    slope, curve = 0.0, 1e-9
    for row in range(len(scores)):
        chance = 1.0 / (1.0 + np.exp(-scores[row]))
        slope += weights[row] * (results[row] - chance)
        curve += weights[row] * chance * (1.0 - chance)
    return min(MOST_STEP, max(-MOST_STEP, slope / curve))


def fit(
    levels: list[Ints], sizes: list[int], results: Floats, weights: Floats, variances: Floats, *,
    rounds: int, estimate: bool = True,
) -> tuple[float, Floats, Floats, Floats]:  # fmt: skip
    """Estimates the constant term, the effects, their posterior variances, and the prior variances.

    `levels` contains, for each group, the level of each row: a number below the size of the group, or -1 if
    the value is missing. The effects of all groups are concatenated.
    """
    variances = variances.copy()
    starts = np.concatenate([[0], np.cumsum(sizes)]).astype(np.int64)
    effects = np.zeros(int(starts[-1]))
    spread = np.repeat(variances, sizes).astype(np.float64)
    orders, bounds = [], []
    for group, size in enumerate(sizes):
        order = np.argsort(levels[group], kind="stable").astype(np.int32)
        bound = np.searchsorted(levels[group][order], np.arange(size + 1)).astype(np.int64)
        orders.append(order)
        bounds.append(bound)
    rate = min(0.999, max(0.001, float(np.average(results, weights=weights))))
    constant = float(np.log(rate / (1 - rate)))
    scores = np.full(len(results), constant)
    for done in range(rounds):
        step = _centre(scores, results, weights)
        constant += step
        scores += step
        most = abs(step)
        for group, size in enumerate(sizes):
            if not size or (done > 6 and variances[group] <= LEAST_VARIANCE):
                continue
            part = slice(int(starts[group]), int(starts[group + 1]))
            squares, posterior, moved = _pass(
                orders[group], bounds[group], effects[part], spread[part], scores, results, weights,
                float(variances[group]),
            )  # fmt: skip
            most = max(most, moved)
            if estimate and done >= 2:
                # The number of levels that the data determine, by MacKay's formula.
                determined = size - posterior / variances[group]
                expected = (squares + posterior) / size
                faster = squares / determined if determined > 1e-6 else 0.0
                fresh = 0.5 * expected + 0.5 * min(faster, 4 * expected)
                variances[group] = min(MOST_VARIANCE, max(LEAST_VARIANCE, fresh))
        if most < 1e-3:
            break
    return constant, effects, spread, variances


@numba.njit(cache=True)
def follow(
    ids: Ints, days: Floats, results: Floats, constant: float, effects: Floats, spread: Floats,
    touched: Floats, controls: Floats, offences: Floats, variances: Floats, forgetting: Floats,
    scores: Floats, uncertain: Floats, parts: Floats, before: Floats, found: Floats,
) -> None:  # fmt: skip
    """Computes the log-odds of each row, and updates the effects with its result.

    `ids` has one row for each row of the history, and one column for each group; -1 means a missing value.
    For rows with the same time, the log-odds of all these rows are computed before the effects are updated
    with any of their results. A result of -1 means that the result is unknown. If an effect is not updated
    for some time, it decreases in magnitude towards 0. The value in `forgetting` for the group of the effect
    determines how fast the effect decreases. Writes the log-odds to `scores`, their variance to `uncertain`,
    the effects to `parts`, and the numbers of earlier controls and offences of each level to `before` and
    `found`.
    """
    count, groups = ids.shape
    begin = 0
    while begin < count:
        end = begin + 1
        while end < count and days[end] == days[begin]:
            end += 1
        for row in range(begin, end):
            total, doubt = constant, 0.0
            for group in range(groups):
                one = ids[row, group]
                if one < 0:
                    parts[row, group] = before[row, group] = found[row, group] = 0.0
                    continue
                rate = forgetting[group]
                if rate > 0.0 and days[row] > touched[one]:
                    kept = np.exp(-rate * (days[row] - touched[one]))
                    effects[one] *= kept
                    prior = variances[group]
                    spread[one] = prior - (prior - spread[one]) * kept * kept
                    touched[one] = days[row]
                parts[row, group] = effects[one]
                before[row, group] = controls[one]
                found[row, group] = offences[one]
                total += effects[one]
                doubt += spread[one]
            scores[row] = total
            uncertain[row] = doubt
        for row in range(begin, end):
            if results[row] < 0.0:
                continue
            total, doubt = constant, 0.0
            for group in range(groups):
                one = ids[row, group]
                if one >= 0:
                    total += effects[one]
                    doubt += spread[one]
            chance = 1.0 / (1.0 + np.exp(-total / np.sqrt(1.0 + 0.3926990817 * doubt)))
            curve = chance * (1.0 - chance)
            shrunk = 1.0 + doubt * curve
            for group in range(groups):
                one = ids[row, group]
                if one >= 0:
                    old = spread[one]
                    effects[one] += old * (results[row] - chance) / shrunk
                    spread[one] = old - old * old * curve / shrunk
                    controls[one] += 1.0
                    offences[one] += results[row]
        begin = end


@numba.njit(cache=True)
def correct(
    levels: Ints, days: Floats, results: Floats, base: Floats, states: Floats, touched: Floats,
    chances: Floats, shifts: Floats, shares: Floats, weights: Floats, prior: Floats, level_rate: float,
    group_rate: float, clock: Floats, after: Floats, gains: Floats, causes: Ints,
) -> None:  # fmt: skip
    """Corrects the log-odds `base` by shifts of the levels, as `changes` describes.

    `levels` has one column for each group; -1 is missing. `states` contains, for each level, the probability
    of each shift in `shifts`. `chances` and `shares` give these probabilities before any result is known.
    `weights` has one number for each group, and a last one for `base` itself. All rows with the same time are
    predicted before any of their results is used. Writes the corrected probability to `after`, the logarithm
    of the ratio of the probabilities that a group and `base` gave to the result to `gains`, and the group
    that raises the probability most to `causes`, or -1.
    """
    count, groups = levels.shape
    width = len(shifts)
    moved = np.zeros(width)
    begin = 0
    while begin < count:
        end = begin + 1
        while end < count and days[end] == days[begin]:
            end += 1
        if days[begin] > clock[0]:
            kept = np.exp(-group_rate * (days[begin] - clock[0]))
            for group in range(groups + 1):
                weights[group] = weights[group] * kept + (1.0 - kept) * prior[group]
            clock[0] = days[begin]
        for row in range(begin, end):
            usual = 1.0 / (1.0 + np.exp(-base[row]))
            for one in range(width):
                moved[one] = 1.0 / (1.0 + np.exp(-base[row] - shifts[one]))
            total, most = weights[groups] * usual, 0.0
            causes[row] = -1
            for group in range(groups):
                level = levels[row, group]
                chance = usual
                if level >= 0:
                    if days[row] > touched[level]:
                        kept = np.exp(-level_rate * (days[row] - touched[level]))
                        rare = chances[group]
                        states[level, 0] = states[level, 0] * kept + (1.0 - kept) * (1.0 - rare)
                        for one in range(1, width):
                            states[level, one] = (
                                states[level, one] * kept + (1.0 - kept) * rare * shares[one]
                            )
                        touched[level] = days[row]
                    chance = 0.0
                    for one in range(width):
                        chance += states[level, one] * moved[one]
                gains[row, group] = chance
                total += weights[group] * chance
                if weights[group] * (chance - usual) > most:
                    most = weights[group] * (chance - usual)
                    causes[row] = group
            after[row] = min(1.0 - 1e-9, max(1e-9, total))
        for row in range(begin, end):
            if results[row] < 0.0:
                for group in range(groups):
                    gains[row, group] = 0.0
                continue
            usual = 1.0 / (1.0 + np.exp(-base[row]))
            positive = results[row] == 1.0
            right = max(1e-12, usual if positive else 1.0 - usual)
            norm = weights[groups]
            for group in range(groups):
                chance = gains[row, group]
                gains[row, group] = np.log(max(1e-12, chance if positive else 1.0 - chance) / right)
                weights[group] *= np.exp(gains[row, group])
                norm += weights[group]
            for group in range(groups + 1):
                weights[group] /= norm
            for one in range(width):
                chance = 1.0 / (1.0 + np.exp(-base[row] - shifts[one]))
                moved[one] = chance if positive else 1.0 - chance
            for group in range(groups):
                level = levels[row, group]
                if level < 0:
                    continue
                norm = 0.0
                for one in range(width):
                    states[level, one] *= moved[one]
                    norm += states[level, one]
                for one in range(width):
                    states[level, one] /= norm
        begin = end


@numba.njit(cache=True)
def recalibrate(
    days: Floats, results: Floats, base: Floats, state: Floats, rates: Floats, bounds: Floats,
    middle: float, after: Floats,
) -> None:  # fmt: skip
    """Adjusts a shift and a slope of the log-odds to the results of earlier rows.

    `state` contains the shift, the slope minus 1, their variances and covariance, and the time of the last
    row. Each day, the variances increase by `rates`, up to the maximum `bounds`. The slope multiplies the
    difference between the log-odds and `middle`. All rows with the same time are processed before any of
    their results is used.
    """
    count = len(base)
    begin = 0
    while begin < count:
        end = begin + 1
        while end < count and days[end] == days[begin]:
            end += 1
        if days[begin] > state[5]:
            passed = days[begin] - state[5] if state[5] >= 0.0 else 0.0
            state[2] = min(bounds[0], state[2] + rates[0] * passed)
            state[3] = min(bounds[1], state[3] + rates[1] * passed)
            state[5] = days[begin]
        for row in range(begin, end):
            after[row] = base[row] + state[0] + state[1] * (base[row] - middle)
        for row in range(begin, end):
            if results[row] < 0.0:
                continue
            place = base[row] - middle
            chance = 1.0 / (1.0 + np.exp(-base[row] - state[0] - state[1] * place))
            curve = chance * (1.0 - chance)
            one, other = state[2] + state[4] * place, state[4] + state[3] * place
            shrunk = 1.0 + curve * (one + place * other)
            error = (results[row] - chance) / shrunk
            state[0] += one * error
            state[1] = min(1.0, max(-0.8, state[1] + other * error))
            state[2] -= curve * one * one / shrunk
            state[3] -= curve * other * other / shrunk
            state[4] -= curve * one * other / shrunk
        begin = end
