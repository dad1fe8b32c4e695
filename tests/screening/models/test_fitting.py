"""A model learns what a world planted, keeps to the order of time, and survives its files."""

from __future__ import annotations

import copy
from pathlib import Path

import numpy as np
import polars as pl
import pytest

from vedette.bench.inspections import World, world
from vedette.bench.models import batch_of, reached
from vedette.core.errors import Failure
from vedette.screening.models import card, mapping, model, reasons, watch
from vedette.screening.models.features import BANDS, Features
from vedette.screening.models.history import Batch, day_of
from vedette.screening.models.model import Model

ROWS, HISTORY = 16_000, 12_000
SHIPPED = mapping.load("inspections")


@pytest.fixture(scope="module")
def made() -> World:
    return world("undervaluation", 5, rows=ROWS, days=700)


@pytest.fixture(scope="module")
def fitted(made: World) -> Model:
    return model.fit(SHIPPED, batch_of(made.rows[:HISTORY]))


def test_scores_rank_and_are_calibrated(made: World, fitted: Model) -> None:
    later = batch_of(made.rows[HISTORY:])
    scores = copy.deepcopy(fitted).score(later).probability
    assert reached(scores, made.truth[HISTORY:]) > 0.6
    assert reached(np.random.default_rng(1).random(len(scores)), made.truth[HISTORY:]) < 0.3
    assert model.calibration_error(scores, later.results) < 0.015


def test_the_result_of_a_row_has_no_influence_on_its_score(made: World, fitted: Model) -> None:
    rows = made.rows[HISTORY:]
    later, other = batch_of(rows), batch_of(rows)
    other.results = 1 - later.results
    scores = [copy.deepcopy(fitted).score(one).probability for one in (later, other)]
    first_day = later.days == later.days[0]
    np.testing.assert_array_equal(scores[0][first_day], scores[1][first_day])
    assert (scores[0][~first_day] != scores[1][~first_day]).mean() > 0.9
    # Only the last row differs: no score changes.
    last = batch_of(rows)
    last.results[-1] = 1 - last.results[-1]
    np.testing.assert_array_equal(scores[0], copy.deepcopy(fitted).score(last).probability)


def test_batches_give_the_scores_of_the_whole(made: World, fitted: Model) -> None:
    rows = made.rows[HISTORY:]
    day = rows["date"]
    cut = int((day == day[len(day) // 2]).arg_max() or 0)
    whole = copy.deepcopy(fitted).score(batch_of(rows)).probability
    by_parts = copy.deepcopy(fitted)
    parts = [by_parts.score(batch_of(one)).probability for one in (rows[:cut], rows[cut:])]
    np.testing.assert_allclose(whole, np.concatenate(parts))


def test_a_stored_model_gives_the_same_scores(made: World, fitted: Model, tmp_path: Path) -> None:
    model.save(fitted, tmp_path / "m")
    card.write(fitted, tmp_path / "m")
    later = batch_of(made.rows[HISTORY:])
    stored = model.load(tmp_path / "m").score(later).probability
    np.testing.assert_allclose(stored, copy.deepcopy(fitted).score(later).probability, atol=1e-4)
    text = (tmp_path / "m" / "card.md").read_text("utf-8")
    assert "must not be used for persons" in text
    assert f"{HISTORY} rows" in text
    assert all(one.suffix in (".csv", ".json", ".md") for one in (tmp_path / "m").iterdir())


@pytest.mark.parametrize(
    ("name", "change"),
    [
        ("model.json", lambda text: text[:-40]),
        ("model.json", lambda text: text.replace('"version": 2', '"version": 7')),
        ("effects.csv", lambda text: text.replace("\n0,", "\n999,")),
        ("effects.csv", lambda text: text.replace("\n0,", "\n-7,")),
        ("effects.csv", lambda text: text.replace("\n0,", "\nx,")),
        ("usual.csv", lambda text: text.splitlines()[0] + "\nratio,84,1.0\n"),
        ("levels.csv", lambda _: ""),
    ],
)
def test_a_damaged_model_gives_a_clear_message(
    fitted: Model, tmp_path: Path, name: str, change: object
) -> None:
    model.save(fitted, tmp_path)
    path = tmp_path / name
    assert callable(change)
    path.write_text(change(path.read_text("utf-8")), "utf-8")
    with pytest.raises(Failure, match=str(tmp_path)):
        model.load(tmp_path)


def test_a_price_is_compared_with_the_usual_distance_of_its_goods() -> None:
    chance = np.random.default_rng(4)
    wide = np.arange(4_000) % 2 == 1
    unit = chance.normal(0, np.where(wide, 1.0, 0.1))
    unit[:2] = 0.5
    codes = pl.Series(np.where(wide, "900101", "010101"))
    rows = Batch(
        [], [], {"hs": codes}, {"net_mass_kg": np.ones(4_000), "value": np.exp(unit)},
        np.arange(4_000) / 40, np.full(4_000, -1.0),
    )  # fmt: skip
    known = Features()
    known.learn(rows)
    bands = known.columns(rows)["ratio_z"]
    assert bands[0] == BANDS["ratio_z"] - 1
    assert bands[1] < BANDS["ratio_z"] - 4
    shares = [np.bincount(bands[one], minlength=20) / 2_000 for one in (wide, ~wide)]
    np.testing.assert_allclose(shares[0], shares[1], atol=0.03)


def test_reasons_name_what_raises_the_score(made: World, fitted: Model) -> None:
    later = batch_of(made.rows[HISTORY:])
    current = copy.deepcopy(fitted)
    scored = current.score(later)
    texts = reasons.explained(current, later, scored)
    assert len(texts) == len(later)
    top = np.argsort(-scored.probability)[:100]
    assert sum("value per kilogram" in texts[one] for one in top.tolist()) > 60
    assert all(text.count(" | ") < reasons.MOST for text in texts)
    assert sum(bool(text) for text in texts) > len(texts) // 2


def test_history_that_teaches_nothing_is_refused(made: World) -> None:
    for change, said in ((0.0, "0 of"), (1.0, "offences")):
        rows = batch_of(made.rows[:2_000])
        rows.results[:] = change
        with pytest.raises(Failure, match=said):
            model.fit(SHIPPED, rows)
    few = batch_of(made.rows[:100])
    with pytest.raises(Failure, match="at least"):
        model.fit(SHIPPED, few)
    late = batch_of(made.rows[:4_000])
    late.results[2_500:] = 0
    with pytest.raises(Failure, match="one class"):
        model.fit(SHIPPED, late)


def _with_more_offences(rows: Batch, since: float) -> Batch:
    """Makes every second row of the greatest HS chapter an offence from a day on."""
    chapters = rows.codes["hs"].str.slice(0, 2)
    most = chapters.value_counts(sort=True)["hs"][0]
    inside = (chapters == most).to_numpy() & (rows.days >= since)
    rows.results = np.where(inside & (np.arange(len(rows)) % 2 == 0), 1.0, rows.results)
    return rows


def test_watch_reports_a_change_after_its_begin_and_nothing_without_one(
    made: World, fitted: Model
) -> None:
    later = made.rows[HISTORY:]
    quiet = watch.Watch(copy.deepcopy(fitted))
    quiet.see(batch_of(later))
    assert quiet.alarm is None
    rows = batch_of(later)
    since = float(rows.days[0]) + 40
    observer = watch.Watch(copy.deepcopy(fitted))
    observer.see(_with_more_offences(rows, since))
    assert observer.alarm is not None
    assert day_of(since) <= observer.alarm.day <= day_of(since + 30)
    assert "HS" in observer.alarm.sentence


def test_scores_follow_a_change_and_the_reasons_name_it(made: World, fitted: Model) -> None:
    rows = _with_more_offences(batch_of(made.rows[HISTORY:]), 0.0)
    chapters = rows.codes["hs"].str.slice(0, 2)
    most = chapters.value_counts(sort=True)["hs"][0]
    last = rows.days > rows.days[-1] - 60
    changed = (chapters == most).to_numpy() & last
    current = copy.deepcopy(fitted)
    scored = current.score(rows)
    assert scored.corrected is not None
    assert 0.3 < scored.probability[changed].mean() < 0.6
    assert scored.probability[changed].mean() > model.sigmoid(scored.base[changed]).mean()
    found = rows.results[last & ~changed]
    assert abs(scored.probability[last & ~changed].mean() - found.mean()) < 0.02
    texts = reasons.explained(current, rows, scored)
    named = [text for text, one in zip(texts, changed, strict=True) if one]
    assert sum("recent controls than expected" in text for text in named) > len(named) // 3


def test_watch_reports_other_goods(made: World, fitted: Model) -> None:
    rows = batch_of(made.rows[HISTORY:])
    rows.results[:] = -1.0
    rows.codes["office"] = rows.codes["office"].str.replace("OF", "NEW")
    observer = watch.Watch(copy.deepcopy(fitted))
    observer.see(rows)
    assert observer.alarm is not None
    assert "shares of the values of office" in observer.alarm.sentence
