"""The baseline of ordinary trade, and the findings that it gives."""

from __future__ import annotations

import datetime as dt
import gzip
from typing import Any

import numpy as np
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.shared import shared

from vedette.core.texts import render
from vedette.screening import anomalies
from vedette.screening.anomalies import Finding, Settings, Threshold, fit, items, judge

FIRST = dt.date(2025, 1, 1)


def table(*rows: dict[str, Any]) -> pl.DataFrame:
    """A table of items. Days are numbers from the first day."""
    frame = pl.DataFrame(rows, schema_overrides={"mass_kg": pl.Float64, "value": pl.Float64})
    if "day" in frame.columns:
        frame = frame.with_columns(
            pl.Series("day", [FIRST + dt.timedelta(days=day) for day in frame["day"]])
        )
    return frame


def world(count: int = 4_000, seed: int = 3) -> pl.DataFrame:
    """Ordinary trade: the price per kilogram of 40 subheadings falls with the mass."""
    chance = np.random.default_rng(seed)
    kind = chance.integers(0, 40, count)
    mass = chance.normal(4, 2.5, count)
    price = 1.5 + (kind // 4) * 0.2 - 0.25 * (mass - 4) + chance.normal(0, 0.4, count)
    day = np.sort(chance.integers(0, 400, count))
    return table(
        *(
            {"importer": f"I{who}", "hs": f"{2800 + int(k) // 4:04}{10 + int(k) % 4}", "origin": "ZA",
             "destination": "MZ", "mass_kg": float(np.exp(m)), "value": float(np.exp(p + m)), "day": int(d)}
            for who, k, m, p, d in zip(chance.integers(0, 60, count), kind, mass, price, day, strict=True)
        )
    )  # fmt: skip


@pytest.fixture(scope="module")
def baseline() -> anomalies.Baseline:
    return fit(items(world()))


def found(
    baseline: anomalies.Baseline, new: pl.DataFrame, before: pl.DataFrame | None = None, **more: Any
) -> list[Finding]:
    earlier = items(before) if before is not None else None
    return list(judge(baseline, items(new), before=earlier, **more).findings())


def kinds(findings: list[Finding]) -> set[tuple[int, str]]:
    return {(one.row, one.kind) for one in findings}


# --- unit values --------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "sample", ["precursors_2020_exports_AFG_ZAF.csv", "baci_hs17_2020_exports_AFG_ZAF.csv.gz"]
)
def test_a_price_that_is_ordinary_for_two_kilograms_is_not_ordinary_for_twenty_tonnes(
    sample: str,
) -> None:
    """Real yearly totals as the only baseline: 27.5 USD/kg for ammonium nitrate, on 2 kg and on 20 t."""
    path = shared("data", "trade", sample)
    data = gzip.decompress(path.read_bytes()) if path.suffix == ".gz" else path.read_bytes()
    flows = pl.read_csv(data, schema_overrides={"hs6": pl.String}).select(
        pl.col("hs6").alias("hs"), (pl.col("qty_t") * 1000).alias("mass_kg"),
        (pl.col("value_kusd") * 1000).alias("value"),
    )  # fmt: skip
    baseline = fit(items(flows.clear()), yearly=items(flows, yearly=True))
    new = table(
        {"hs": "310230", "mass_kg": 2.0, "value": 55.0},
        {"hs": "310230", "mass_kg": 20_000.0, "value": 550_000.0},
        {"hs": "310230", "mass_kg": 20_000.0, "value": 8_000.0},
    )
    findings = found(baseline, new)
    assert kinds(findings) == {(1, "unit_value_high")}
    sentence = render(findings[0].sentence)
    assert "27.5 USD per kg" in sentence
    assert "10,000 kg and more" in sentence
    assert findings[0].numbers["times_median"] > 20  # type: ignore[operator]


def test_high_and_low_values_per_kilogram_are_found_with_a_picture(
    baseline: anomalies.Baseline,
) -> None:
    ordinary = world(200, seed=8)
    one = ordinary[0]
    changed = pl.concat(
        [ordinary, one.with_columns(pl.col("value") * 80), one.with_columns(pl.col("value") / 80)]
    )
    findings = [f for f in found(baseline, changed) if f.kind.startswith("unit_value")]
    assert kinds(findings) == {(200, "unit_value_high"), (201, "unit_value_low")}
    picture = findings[0].picture
    assert picture is not None
    values = [value for _, value in picture.quantiles]
    assert values == sorted(values)
    assert picture.value > values[-1]
    assert findings[1].picture is not None
    assert findings[1].picture.value < findings[1].picture.quantiles[0][1]
    assert picture.value == pytest.approx(one["value"][0] * 80 / one["mass_kg"][0])
    assert picture.observations > 0
    assert one["hs"][0] in render(picture.group)


def test_a_subheading_with_one_item_follows_its_heading() -> None:
    """One wrong item is not the new baseline of its subheading; many items are."""
    odd = {"hs": "280019", "mass_kg": 50.0, "value": 50.0 * 400}
    new = table(odd | {"mass_kg": 60.0, "value": 60.0 * 400})
    one = fit(
        items(pl.concat([world().drop("importer", "origin", "destination", "day"), table(odd)]))
    )
    many = fit(
        items(
            pl.concat(
                [world().drop("importer", "origin", "destination", "day"), table(*[odd] * 200)]
            )
        )
    )
    assert kinds(found(one, new)) == {(0, "unit_value_high")}
    assert "unit_value_high" not in {kind for _, kind in kinds(found(many, new))}


def test_a_baseline_with_few_items_gives_no_finding() -> None:
    few = fit(items(world(anomalies.LEAST_ITEMS - 1)))
    new = table({"hs": "280010", "mass_kg": 1.0, "value": 1e9})
    judged = judge(few, items(new))
    assert judged.flags.is_empty()
    assert judged.unjudged == {"unit_value": 1, "mass": 1, "value": 1}


def test_great_masses_and_values_are_found(baseline: anomalies.Baseline) -> None:
    new = table({"hs": "280010", "mass_kg": 9e8, "value": None})
    assert kinds(found(baseline, new)) == {(0, "mass_high")}
    new = table({"hs": "280010", "mass_kg": None, "value": 9e12})
    assert kinds(found(baseline, new)) == {(0, "value_high")}


def test_the_share_of_false_findings_is_bounded(baseline: anomalies.Baseline) -> None:
    ordinary = world(20_000, seed=77)
    for_values = [f for f in found(baseline, ordinary) if f.picture is not None]
    assert len(for_values) < 3 * 0.001 * 20_000 * 2


def test_batches_do_not_change_the_findings(
    baseline: anomalies.Baseline, monkeypatch: pytest.MonkeyPatch
) -> None:
    new, threshold = world(3_000, seed=5), Threshold(measure="value", amount=100.0)
    whole = found(baseline, new, thresholds=(threshold,))
    monkeypatch.setattr(anomalies, "BATCH", 97)
    assert found(baseline, new, thresholds=(threshold,)) == whole
    assert whole


# --- values that are not used --------------------------------------------------------------------


def test_values_that_are_not_possible_are_reported_and_not_used() -> None:
    raw = pl.DataFrame(
        {
            "hs": ["280010", "2800.10.00", "28", "280010", "280010", "280010", "280010"],
            "mass_kg": ["-5", "NaN", "1", "0", "1e30", "x", ""],
            "value": ["10", "10", "10", "inf", "10", "10", ""],
        }
    )
    checked = items(raw)
    assert {(one.row, one.column) for one in checked.problems} == {
        (0, "mass_kg"), (1, "mass_kg"), (2, "hs"), (3, "mass_kg"), (3, "value"), (4, "mass_kg"),
        (5, "mass_kg"),
    }  # fmt: skip
    assert checked.problem_count == 7
    assert checked.frame["mass"].to_list() == [None, None, 1.0, None, None, None, None]
    assert checked.frame["value"].to_list() == [10.0, 10.0, 10.0, None, 10.0, 10.0, None]
    assert checked.frame["hs6"].to_list() == ["280010", "280010", None, *["280010"] * 4]
    assert all(render(one.message).endswith("compared.") for one in checked.problems)


def test_values_are_converted_and_those_without_a_rate_are_missing() -> None:
    raw = pl.DataFrame(
        {"hs": ["280010"] * 4, "mass_kg": [1.0] * 4, "value": [10.0] * 4,
         "currency": ["EUR", "usd", None, "XXQ"]}
    )  # fmt: skip
    checked = items(raw, {"EUR": 1.1, "USD": 1.0, "BAD": 0.0})
    assert checked.frame["value"].to_list() == [pytest.approx(11.0), 10.0, None, None]
    assert [(one.row, one.column) for one in checked.problems] == [(2, "currency"), (3, "currency")]


def test_a_missing_mass_is_not_a_mass_of_zero(baseline: anomalies.Baseline) -> None:
    ordinary = world().with_columns(
        pl.when(pl.int_range(pl.len()) % 3 > 0).then("mass_kg").alias("mass_kg")
    )
    part = fit(items(ordinary)).references
    assert part["unit_value"].count < baseline.references["unit_value"].count
    whole = baseline.table().join(fit(items(ordinary)).table(), on=["hs6", "band"], suffix="_part")
    ratio = (whole["q50_part"] / whole["q50"]).median()
    assert ratio == pytest.approx(1, abs=0.1)
    assert found(baseline, table({"hs": "280010", "mass_kg": None, "value": 100.0})) == []


def test_a_table_without_its_columns_is_refused() -> None:
    with pytest.raises(ValueError, match="no column value"):
        items(pl.DataFrame({"hs": ["280010"], "mass_kg": [1.0]}))


def test_an_empty_table_has_no_findings(baseline: anomalies.Baseline) -> None:
    assert found(baseline, world(1).clear()) == []
    assert fit(items(world(1).clear())).table().is_empty()


@settings(max_examples=40, deadline=None)
@given(
    st.lists(
        st.tuples(
            st.text(max_size=8), st.text(max_size=8) | st.floats().map(str), st.text(max_size=8),
            st.text(max_size=12),
        ),
        max_size=12,
    )
)  # fmt: skip
def test_any_text_is_read(rows: list[tuple[str, str, str, str]]) -> None:
    raw = pl.DataFrame(
        rows, schema={"hs": pl.String, "mass_kg": pl.String, "value": pl.String, "day": pl.String},
        orient="row",
    )  # fmt: skip
    frame = items(raw.with_columns(importer=pl.lit("I"))).frame
    for column, most in (("mass", anomalies.MAX_MASS), ("value", anomalies.MAX_VALUE)):
        assert all(0 < value <= most for value in frame[column].drop_nulls())
    judge(fit(items(world(60))), items(raw.with_columns(importer=pl.lit("I"))))


# --- series of items ------------------------------------------------------------------------------


def shipment(
    importer: str, day: int, hs: str = "280010", mass: float = 50.0, value: float = 200.0
) -> dict[str, Any]:
    return {"importer": importer, "day": day, "hs": hs, "mass_kg": mass, "value": value}


#: An importer of other goods, whose only purpose is that the history begins on the first day.
BEGIN = shipment("other", 0, hs="999999")


def test_the_first_item_of_an_importer_is_found_if_its_mass_is_great(
    baseline: anomalies.Baseline,
) -> None:
    great = 30_000.0
    new = table(
        shipment("A", 300, mass=great), shipment("A", 301, mass=great),  # the second is not the first
        shipment("B", 300, mass=1.0),  # small
        shipment("C", 300, mass=great),  # had the heading before
        shipment("D", 300, mass=great),  # had other goods before
    )  # fmt: skip
    before = table(BEGIN, shipment("C", 100, hs="280013"), shipment("D", 100, hs="280510"))
    findings = [f for f in found(baseline, new, before) if f.kind == "new_importer"]
    assert kinds(findings) == {(0, "new_importer"), (4, "new_importer")}
    assert findings[0].numbers["other_items"] == 0
    assert findings[1].numbers["other_items"] == 1
    assert "history of 300 days" in render(findings[0].sentence)
    picture = findings[0].picture
    assert picture is not None
    assert picture.measure == "mass"
    assert picture.value == pytest.approx(great)
    assert picture.value > picture.quantiles[3][1]
    assert not any(f.kind == "new_importer" for f in found(baseline, new))  # no history


def test_only_watched_codes_give_new_importers(baseline: anomalies.Baseline) -> None:
    new = table(shipment("A", 300, mass=30_000.0))
    for watched, number in ((("2800",), 1), (("31", "36"), 0)):
        asked = found(baseline, new, table(BEGIN), settings=Settings(watched=watched))
        assert sum(f.kind == "new_importer" for f in asked) == number


def test_a_surge_is_found_with_the_item_that_passes_the_limit(baseline: anomalies.Baseline) -> None:
    before = table(BEGIN, *(shipment("A", day, mass=50.0) for day in range(5, 300, 10)))
    steady = table(*(shipment("A", day, mass=55.0) for day in range(305, 330, 10)))
    assert not any(f.kind == "surge" for f in found(baseline, steady, before))
    more = table(*(shipment("A", 300 + n, mass=60.0) for n in range(20)))
    findings = [f for f in found(baseline, more, before) if f.kind == "surge"]
    assert len(findings) == 1
    assert findings[0].row < 19
    assert findings[0].numbers["usual_mass"] == pytest.approx(150, rel=0.1)
    assert "30 days" in render(findings[0].sentence)
    # Ten periods lie in the history; each has three items of 50 kg. The last number is the current sum.
    series = findings[0].series
    assert series[-1] == findings[0].numbers["period_mass"]
    assert series[1:-1] == pytest.approx([150.0] * (len(series) - 2))
    assert len(series) in (10, 11)


def test_a_surge_of_all_importers_between_two_countries_is_found(
    baseline: anomalies.Baseline,
) -> None:
    where = {"origin": "CN", "destination": "MA"}
    before = table(BEGIN | where, *(shipment(f"I{day}", day) | where for day in range(5, 300, 5)))
    more = [shipment(f"N{n}", 300 + n % 20) | where for n in range(40)]
    findings = [f for f in found(baseline, table(*more), before) if f.kind == "flow_surge"]
    assert len(findings) == 1
    assert "between CN – MA" in render(findings[0].sentence)
    elsewhere = [one | {"origin": f"A{chr(65 + n % 20)}"} for n, one in enumerate(more)]
    for other, asked in ((table(*elsewhere), Settings()), (table(*more), Settings(flows=False))):
        kinds_found = {f.kind for f in found(baseline, other, before, settings=asked)}
        assert "flow_surge" not in kinds_found


def test_invented_items_of_one_sender_do_not_move_the_median() -> None:
    """Two thousand items at a hundredth of the price: of one importer, of one sender who invents importers,
    or without an importer. The other items of the subheading are 200."""
    usual = world()

    def median(most: int, **more: Any) -> float:
        rows = [
            {"importer": f"X{n}", "hs": "280010", "origin": "ZA", "destination": "MZ", "mass_kg": 50.0,
             "value": 5.0, "day": n % 300, "sender": "S2"} | more
            for n in range(2_000)
        ]  # fmt: skip
        invented = table(*rows).with_columns(pl.lit("S2").alias("sender"))
        if more.get("sender") == "S1":
            invented = invented.with_columns(pl.lit("S1").alias("sender"))
        both = pl.concat(
            [usual.with_columns(pl.lit("S1").alias("sender")), invented], how="diagonal"
        )
        made = fit(items(both), most_of_one=most)
        return float(
            made.table().filter((pl.col("hs6") == "280010") & (pl.col("band") == 3))["q50"][0]
        )

    honest = float(
        fit(items(usual))
        .table()
        .filter((pl.col("hs6") == "280010") & (pl.col("band") == 3))["q50"][0]
    )
    for more in ({}, {"importer": "X"}, {"importer": None}, {"importer": "X", "sender": "S1"}):
        assert median(0, **more) < honest / 5, more
        assert honest / 3 < median(20, **more) < honest * 2, more


def test_a_surge_of_all_importers_is_part_of_the_baseline() -> None:
    where = {"origin": "CN", "destination": "MA"}
    rows = [BEGIN | where, *(shipment(f"I{day}", day) | where for day in range(5, 300, 5))]
    more = [shipment(f"N{n}", 300 + n % 20) | where for n in range(40)]
    usual = world().filter(pl.col("day") < FIRST + dt.timedelta(days=320))
    made = fit(items(pl.concat([usual, table(*rows, *more)], how="diagonal")), most_of_one=20)
    assert made.flows is not None
    [(where_, finding)] = made.flows.items()
    assert where_[1] == "CN>MA"
    assert "all importers together" in render(finding.sentence)
    again = anomalies.load(anomalies.dump(made))
    assert again.flows is not None
    assert render(again.flows[where_].sentence) == render(finding.sentence)
    assert fit(items(world()), most_of_one=20).flows == {}
    assert fit(items(world())).flows is None


def test_items_without_mass_are_counted_and_not_added(baseline: anomalies.Baseline) -> None:
    before = table(BEGIN, *(shipment("A", day, mass=50.0) for day in range(5, 300, 10)))
    more = table(
        *({**shipment("A", 300 + n), "mass_kg": None if n % 2 else 60.0} for n in range(40))
    )
    (finding,) = [f for f in found(baseline, more, before) if f.kind == "surge"]
    # Three items of 50 kg lie in the 30 days before; every second new item has a mass.
    assert finding.numbers["period_mass"] in {
        50.0 * before_items + 60.0 * (finding.row // 2 + 1) for before_items in (0, 1, 2, 3)
    }
    assert finding.numbers["without_mass"] == finding.row // 2


LOW_VALUE = Threshold(measure="value", amount=150.0)


def split(findings: list[Finding]) -> list[Finding]:
    return [one for one in findings if one.kind == "split"]


def test_items_split_below_a_value_are_found(baseline: anomalies.Baseline) -> None:
    before = world().with_columns(pl.col("importer") + "-before")
    new = table(*(shipment("A", 395 + n, value=140.0 + n) for n in range(6)))
    findings = split(found(baseline, new, before, thresholds=(LOW_VALUE,)))
    assert len(findings) == 1
    assert findings[0].numbers["near_items"] == findings[0].numbers["all_items"]
    assert findings[0].numbers["total"] > 150  # type: ignore[operator]
    assert "150 USD" in render(findings[0].sentence)
    assert findings[0].series == tuple(140.0 + n for n in range(len(findings[0].series)))
    assert len(findings[0].series) == findings[0].numbers["all_items"]
    assert not split(found(baseline, new, before))  # no threshold
    above = new.with_columns(pl.col("value") + 60)
    assert not split(found(baseline, above, before, thresholds=(LOW_VALUE,)))
    apart = table(*(shipment("A", 300 + 20 * n, value=140.0) for n in range(5)))
    assert not split(found(baseline, apart, before, thresholds=(LOW_VALUE,)))


def test_an_importer_of_goods_with_one_price_does_not_split(baseline: anomalies.Baseline) -> None:
    before = pl.concat(
        [world().select("importer", "day", "hs", "mass_kg", "value"),
         table(*(shipment("A", day, value=140.0) for day in range(5, 390, 2)))]
    )  # fmt: skip
    new = table(*(shipment("A", 395 + n, value=140.0) for n in range(6)))
    assert not split(found(baseline, new, before, thresholds=(LOW_VALUE,)))


def test_items_split_below_a_mass_count_only_under_its_codes(baseline: anomalies.Baseline) -> None:
    before = world().with_columns(pl.col("importer") + "-before")
    new = table(*(shipment("A", 395 + n, hs="280110", mass=24.0) for n in range(6)))
    for codes, number in ((("2801",), 1), (("2802",), 0)):
        threshold = Threshold(measure="mass", amount=25.0, hs=codes)
        assert len(split(found(baseline, new, before, thresholds=(threshold,)))) == number


def test_later_items_change_nothing(baseline: anomalies.Baseline) -> None:
    """What is found about an item depends only on items up to its day."""
    everything = world(6_000, seed=9)
    new = everything.filter(pl.col("day") < FIRST + dt.timedelta(days=300))
    later = everything.filter(pl.col("day") >= FIRST + dt.timedelta(days=300))
    settings = Settings(new_share=0.1, chance=0.05, surge_factor=1.0)
    alone = found(baseline, new, thresholds=(LOW_VALUE,), settings=settings)
    with_later = found(
        baseline, pl.concat([new, later]), thresholds=(LOW_VALUE,), settings=settings
    )

    def plain(one: Finding) -> tuple[int, str, str]:
        return one.row, one.kind, render(one.sentence)

    series = (
        "new_importer",
        "surge",
        "flow_surge",
    )  # the usual share of split items is that of all items
    first = [plain(one) for one in alone if one.kind in series]
    assert first == [
        plain(one) for one in with_later if one.row < new.height and one.kind in series
    ]
    assert {kind for _, kind, _ in first} == set(series)


@settings(max_examples=60, deadline=None)
@given(st.integers(1, 40), st.integers(0, 40), st.floats(0.01, 0.9))
def test_the_bound_of_the_probability_is_a_bound(number: int, count: int, share: float) -> None:
    from math import comb

    count = min(count, number)
    exact = sum(
        comb(number, k) * share**k * (1 - share) ** (number - k) for k in range(count, number + 1)
    )
    bound = anomalies._chance(
        np.array([float(count)]), np.array([float(number)]), np.array([share])
    )
    assert bound[0] >= exact - 1e-12


# --- the baseline as a text, and items of few importers ---------------------------------------------


def test_a_baseline_is_the_same_after_its_text(baseline: anomalies.Baseline) -> None:
    """The text does not depend on the order of groups, and a baseline that was read gives the same
    findings."""
    text = anomalies.dump(baseline)
    again = anomalies.load(text)
    assert anomalies.dump(again) == text == anomalies.dump(fit(items(world())))
    new = table(
        {"hs": "280010", "mass_kg": 2.0, "value": 900.0},
        {"hs": "280010", "mass_kg": 20_000.0, "value": 550_000.0},
    )
    assert kinds(found(again, new)) == kinds(found(baseline, new)) != set()


@pytest.mark.parametrize(
    "text",
    ["", "{}", "[]", '{"format":"vedette baseline 1"}',
     '{"format":"another","currency":"USD","count":1}',
     '{"format":"vedette baseline 1","currency":"USD","count":1,"references":[{"measure":"mass","count":1,'
     '"between":[],"spread":[],"limits":{},"shifts":[],"spreads":{},"band_spreads":{}}]}'],
)  # fmt: skip
def test_another_text_is_no_baseline(text: str) -> None:
    with pytest.raises(ValueError, match=r"text|baseline"):
        anomalies.load(text)


def test_the_history_reaches_back_further_than_the_items_at_hand(
    baseline: anomalies.Baseline,
) -> None:
    """The first item of an importer, of which nothing else is known, is judged by the day on which the
    history begins."""
    first = table(shipment("NEW", 300, mass=60_000.0))
    assert (0, "new_importer") not in kinds(found(baseline, first))
    known = kinds(found(baseline, first, since=FIRST))
    assert (0, "new_importer") in known
    late = kinds(found(baseline, first, since=FIRST + dt.timedelta(days=200)))
    assert (0, "new_importer") not in late


def test_items_of_one_importer_are_split_by_the_share_of_the_baseline() -> None:
    """Six items just below a threshold are no finding where all ordinary items lie there."""
    limit = Threshold(measure="value", amount=150.0)
    six = table(*(shipment("S", 300, mass=40.0, value=145.0) for _ in range(6)))
    rare = fit(items(world()), thresholds=[limit])
    assert len(split(found(rare, six, thresholds=[limit]))) == 1
    # Without the baseline, the share would be that of these items.
    assert not split(found(fit(items(world())), six, thresholds=[limit]))
    usual = fit(items(world().with_columns(pl.lit(145.0).alias("value"))), thresholds=[limit])
    assert not split(found(usual, six, thresholds=[limit]))


def test_every_item_has_a_picture(baseline: anomalies.Baseline) -> None:
    """An ordinary item has its place in the distribution as well, and an item without a mass has none."""
    new = table(
        {"hs": "280010", "mass_kg": 50.0, "value": 200.0}, {"hs": "280010", "mass_kg": None, "value": 9.0}
    )  # fmt: skip
    judged = judge(baseline, items(new), places=True)
    [(row, picture)] = judged.pictures("unit_value")
    assert (row, picture.value) == (0, pytest.approx(4.0))
    values = [value for _, value in picture.quantiles]
    assert values == sorted(values)
    assert judged.flags.is_empty()
