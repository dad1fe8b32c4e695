"""Explains a score by the contributions of the groups of levels.

The contribution of a group is its effect on the log-odds, compared with its mean in the history. The
contributions of all groups that begin with the same column form one reason. The strongest reasons that raise
the score are named. A reason states facts about earlier controls, and does not accuse a trader.
"""

from __future__ import annotations

from collections import defaultdict

import numpy as np

from vedette.core.texts import Text, gettext_lazy, pgettext_lazy, render
from vedette.screening.models.changes import SCORE_BANDS
from vedette.screening.models.history import Batch
from vedette.screening.models.model import Model, Scored

#: Number of reasons of a row, and least contribution of a reason to the log-odds.
MOST, LEAST = 3, 0.1

#: Column → its name. Columns of bands have one name with the columns from which they are computed.
NAMES: dict[str, Text] = {
    "importer": pgettext_lazy("column", "importer"),
    "exporter": pgettext_lazy("column", "exporter"),
    "declarant": pgettext_lazy("column", "declarant"),
    "carrier": pgettext_lazy("column", "carrier"),
    "office": pgettext_lazy("column", "office"),
    "hs": pgettext_lazy("column", "HS code"),
    "hs6": pgettext_lazy("column", "HS subheading"),
    "hs4": pgettext_lazy("column", "HS heading"),
    "hs2": pgettext_lazy("column", "HS chapter"),
    "origin": pgettext_lazy("column", "country of origin"),
    "export_country": pgettext_lazy("column", "country of export"),
    "destination": pgettext_lazy("column", "country of destination"),
    "transport": pgettext_lazy("column", "mode of transport"),
    "ratio": pgettext_lazy("column", "value per kilogram"),
    "ratio5": pgettext_lazy("column", "value per kilogram"),
    "ratio_z": pgettext_lazy("column", "value per kilogram"),
    "ratio_z8": pgettext_lazy("column", "value per kilogram"),
    "unit_value": pgettext_lazy("column", "value per unit"),
    "unit_mass": pgettext_lazy("column", "mass per unit"),
    "value": pgettext_lazy("column", "value"),
    "mass": pgettext_lazy("column", "net mass"),
    "mass_for_hs": pgettext_lazy(
        "column", "net mass, compared with the usual mass for the HS code"
    ),
    "quantity": pgettext_lazy("column", "quantity"),
    "month": pgettext_lazy("column", "month"),
    "weekday": pgettext_lazy("column", "day of the week"),
    "times": pgettext_lazy("column", "number of earlier declarations of the importer"),
    "since": pgettext_lazy("column", "time since the first declaration of the importer"),
    "gap": pgettext_lazy("column", "time since the last declaration of the importer"),
    "times_with": pgettext_lazy("column", "number of earlier declarations with this exporter"),
    "times_hs": pgettext_lazy("column", "number of earlier declarations with this HS heading"),
    "route": pgettext_lazy("column", "country of export other than the country of origin"),
    "same_goods": pgettext_lazy("column", "same HS code, mass and value as an earlier declaration"),
}
#: The name of the column `route` if both countries are the same.
SAME_ROUTE = pgettext_lazy("column", "country of export equal to the country of origin")
#: Columns whose values an officer knows from the declaration.
SHOWN = ("importer", "exporter", "declarant", "carrier", "office", "origin", "export_country",
         "destination", "transport")  # fmt: skip
#: Columns of bands of the same amount.
_SAME = {"ratio5": "ratio", "ratio_z": "ratio", "ratio_z8": "ratio"}
_CODE = {"hs": 20, "hs6": 6, "hs4": 4, "hs2": 2}
#: Amounts that are compared with the usual amount of the HS code: numerator and denominator.
_COMPARED = {"ratio": ("value", "net_mass_kg"), "ratio5": ("value", "net_mass_kg"),
             "ratio_z": ("value", "net_mass_kg"), "ratio_z8": ("value", "net_mass_kg"),
             "unit_value": ("value", "quantity"), "unit_mass": ("net_mass_kg", "quantity"),
             "mass_for_hs": ("net_mass_kg", "")}  # fmt: skip


def explained(model: Model, batch: Batch, scored: Scored) -> list[str]:
    """Returns the reasons of each row as one English text. The reasons are separated by ` | `."""
    return [" | ".join(render(one) for one in row) for row in reasons(model, batch, scored)]


def reasons(model: Model, batch: Batch, scored: Scored) -> list[list[Text]]:
    """Returns, for each row, the strongest reasons that raise the score."""
    if not model.groups:
        return [[] for _ in range(len(batch))]
    subjects: dict[str, list[int]] = defaultdict(list)
    for number, group in enumerate(model.groups):
        subjects[_subject(group.columns)].append(number)
    names = list(subjects)
    slope = model.calibration[1]
    above = (scored.parts - model.means) * slope
    raised = np.column_stack([above[:, subjects[name]].sum(1) for name in names])
    order = np.argsort(-raised, axis=1, kind="stable")[:, :MOST]
    single = {
        one.columns[0]: n
        for n, one in enumerate(model.groups)
        if len(one.columns) == 1 and not one.recent
    }
    found: list[list[Text]] = []
    for row, places in enumerate(order.tolist()):
        texts = []
        for place in places:
            if raised[row, place] < LEAST:
                break
            name = names[place]
            alone = single.get(name)
            counts = (0, 0)
            if alone is not None:
                counts = (int(scored.offences[row, alone]), int(scored.controls[row, alone]))
            factor = round(float(np.exp(min(raised[row, place], 7.0))), 1)
            texts.append(_text(model, batch, row, name, counts, factor))
        changed = _changed(model, batch, scored, row)
        found.append(([changed] if changed else []) + texts[: MOST - bool(changed)])
    return found


def _changed(model: Model, batch: Batch, scored: Scored, row: int) -> Text | None:
    """Returns the reason which states that recent results increase the score, or None if they do not."""
    corrected = scored.corrected
    if corrected is None or corrected.causes[row] < 0 or corrected.raised[row] < LEAST:
        return None
    columns = model.changes.groups[int(corrected.causes[row])].columns
    what = tuple(_named(model, batch, row, one) for one in columns if one not in SCORE_BANDS)
    return gettext_lazy(
        "more offences in recent controls than expected: %(what)s (odds × %(factor)s)",
        what=what or (gettext_lazy("declarations whose score is similar"),),
        factor=round(float(np.exp(min(corrected.raised[row], 7.0))), 1),
    )


def _subject(columns: tuple[str, ...]) -> str:
    """Returns the column, or the combination of columns, to which a group belongs in an explanation. Columns
    that contain different bands of the same amount are treated as one column."""
    names = [_SAME.get(name, name) for name in columns]
    return "mass" if names == ["mass_for_hs"] else "+".join(names)


def _text(
    model: Model, batch: Batch, row: int, name: str, counts: tuple[int, int], factor: float
) -> Text:
    what: tuple[Text | str, ...] = tuple(
        _named(model, batch, row, one) for one in name.split("+") if not name.startswith("other:")
    )
    if name.startswith("other:"):
        first = name.split("+")[0]
        what = (f"{first.removeprefix('other:')} {batch.codes[first][row]}",)
    if counts[1]:
        return gettext_lazy(
            "%(what)s: offences in %(found)s of %(n)s controls (odds × %(factor)s)",
            what=what, found=counts[0], n=counts[1], factor=factor,
        )  # fmt: skip
    return gettext_lazy("%(what)s (odds × %(factor)s)", what=what, factor=factor)


def _named(model: Model, batch: Batch, row: int, column: str) -> Text:
    """Returns the name of a column with its value, as the declaration states it."""
    if column == "route" and batch.codes["origin"][row] == batch.codes["export_country"][row]:
        return SAME_ROUTE
    label = NAMES.get(column) or pgettext_lazy("column", "other column")
    if column in SHOWN:
        return gettext_lazy("%(label)s %(code)s", label=label, code=batch.codes[column][row] or "–")
    if column in _CODE:
        return gettext_lazy(
            "%(label)s %(code)s", label=label, code=batch.codes["hs"][row][: _CODE[column]] or "–"
        )
    if column in _COMPARED:
        times = _times(model, batch, row, column)
        if times is not None:
            return gettext_lazy("%(label)s, %(times)s times the usual amount of the HS code",
                                label=label, times=times)  # fmt: skip
    return label


def _times(model: Model, batch: Batch, row: int, column: str) -> float | None:
    """Returns the ratio of the amount of a row to the usual amount of its HS code."""
    above, below = _COMPARED[column]
    usual = model.features.usual.get(_SAME.get(column, column))
    if usual is None or "hs" not in batch.codes:
        return None
    amount = float(batch.numbers[above][row])
    if below:
        amount /= float(batch.numbers[below][row]) or float("nan")
    if not amount > 0:
        return None
    times = amount / float(np.exp(usual.of(batch.codes["hs"][row])))
    return float(f"{times:.2g}")
