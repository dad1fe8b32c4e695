"""Writes the model card: the origin of the model, its quality, and the uses that are not allowed."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from vedette.core.errors import Failure
from vedette.screening.models.model import Model

#: Share of repeated rows above which the card warns.
MANY_REPEATS = 0.3


def summary(model: Model) -> Iterator[str]:
    """Yields the sentences that `model fit` prints."""
    facts = model.facts
    yield (
        f"latest part (from {facts['measured_from']}, not used by the measured model): "
        + _measured(facts["measured"])
    )
    repeats = facts.get("repeats")
    if repeats and repeats["latest_share"] > MANY_REPEATS:
        yield (
            f"warning: {repeats['latest_share']:.1%} of the latest rows repeat the HS code, mass and value"
            f" of an earlier row ({repeats['share']:.1%} of all rows); a high precision may only show that"
            " results repeat"
        )
    if repeats:
        for name, text in (("repeated", "rows that repeat earlier ones"),
                           ("not_repeated", "rows that repeat nothing")):  # fmt: skip
            if name in repeats:
                yield f"{text}: {_measured(repeats[name])}"


def _measured(found: dict[str, Any]) -> str:
    shares = ", ".join(
        f"{found[f'precision_at_{one}']} at {one}" for one in ("1%", "2%", "5%", "10%")
    )
    return (
        f"{found['rows']} rows, {found['offences']} offences; precision {shares}; AUC {found['auc']};"
        f" calibration error {found['calibration_error']}; mean score in the top 5% divided by the found rate"
        f" {found['top_5%_score_to_rate']}"
    )


def write(model: Model, folder: Path) -> None:
    """Writes `card.md` and `card.json` to the folder of the model."""
    plain = {
        "use": USE, "not_for": NOT_FOR, "method": METHOD, **model.facts,
        "columns": sorted({name for group in model.groups for name in group.columns}),
        "groups": {
            one.name: round(float(variance), 5)
            for one, variance in zip(model.groups, model.variances, strict=True)
        },
        "calibration": model.calibration,
    }  # fmt: skip
    try:
        (folder / "card.json").write_text(
            json.dumps(plain, indent=1, ensure_ascii=False) + "\n", "utf-8"
        )
        (folder / "card.md").write_text(_markdown(model), "utf-8")
    except OSError as error:
        raise Failure(f"{folder}: {error.strerror or 'cannot be written'}") from error


USE = (
    "The score is the probability that a control of the goods finds an offence. It helps an officer to choose"
    " which declarations of goods are controlled. A person decides."
)
NOT_FOR = (
    "The model must not be used for persons as such, for example for the screening of people who cross a"
    " border, nor as the only ground of a measure. It must not replace the random controls: without them,"
    " nobody learns what the model does not find. A low score does not mean that nothing is wrong."
)
METHOD = (
    "Logistic regression with a normal effect for each level of each group. The variance of a group is"
    " estimated from the history (empirical Bayes). The scores are calibrated (Platt) on the latest part. The"
    " results of earlier rows of the same file change effects, shifts of levels, and calibration."
)


def _markdown(model: Model) -> str:
    facts = model.facts
    lines = [
        "# Model card", "", USE, "", f"**Not for:** {NOT_FOR}", "", f"**Method:** {METHOD}", "",
        "## Data", "",
        f"- Period: {facts['from']} to {facts['to']}; {facts['rows']} rows, {facts['offences']} offences.",
    ]  # fmt: skip
    if "lanes" in facts:
        lines.append(
            "- Lanes: " + ", ".join(f"{_cell(k)} {n}" for k, n in facts["lanes"].items()) + "."
        )
    repeats = facts.get("repeats")
    if repeats:
        lines.append(
            f"- {repeats['share']:.1%} of the rows repeat the HS code, mass and value of an earlier row"
            f" ({repeats['latest_share']:.1%} of the latest part)."
        )
    lines += [
        "", "## Quality", "",
        f"Measured on the rows from {facts['measured_from']}, by a model that was estimated from the rows"
        " before. Shift and slope of the calibration are estimated on the same rows.", "",
        "| rows | number | offences | precision at 1% | 2% | 5% | 10% | AUC | calibration error |"
        " score ÷ rate |",
        "|---|---|---|---|---|---|---|---|---|---|",
        _row("all", facts["measured"]),
    ]  # fmt: skip
    for name, text in (("repeated", "repeat earlier rows"), ("not_repeated", "repeat nothing")):
        if repeats and name in repeats:
            lines.append(_row(text, repeats[name]))
    lines += [
        "", "## Groups of effects", "",
        "The standard deviation is that of the effects on the log-odds. The effects of `@recent` groups"
        " change with time.", "",
        "| group | standard deviation |", "|---|---|",
    ]  # fmt: skip
    ranked = sorted(zip(model.groups, model.variances, strict=True), key=lambda one: -float(one[1]))
    lines += [f"| {_cell(one.name)} | {float(variance) ** 0.5:.3f} |" for one, variance in ranked]
    return "\n".join(lines) + "\n"


def _row(name: str, found: dict[str, Any]) -> str:
    shares = " | ".join(f"{found[f'precision_at_{one}']}" for one in ("1%", "2%", "5%", "10%"))
    return (
        f"| {name} | {found['rows']} | {found['offences']} | {shares} | {found['auc']} |"
        f" {found['calibration_error']} | {found['top_5%_score_to_rate']} |"
    )


def _cell(text: str) -> str:
    return text.replace("|", "/").replace("\n", " ")[:80]
