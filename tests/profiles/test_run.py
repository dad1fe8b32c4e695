"""Many profiles over one frame: whatever frame comes, and whatever one of them does, the others fire."""

from __future__ import annotations

import datetime as dt
import subprocess
import sys

import msgspec
import polars as pl
import pytest
from tests.profiles.small import FRENCH, LISTS, ROWS, VOCABULARY, explain, frame, tree

from vedette.core.texts import render
from vedette.profiles import run
from vedette.profiles.run import Pairs, Profile, ProfileSet


def _set(*texts: str) -> ProfileSet:
    return ProfileSet(
        Profile(id=f"P-{place}", tree=tree(text), lists=LISTS) for place, text in enumerate(texts)
    )


def _fired(pairs: Pairs) -> list[tuple[int, int]]:
    return list(zip(pairs.profiles.tolist(), pairs.rows.tolist(), strict=True))


def test_pairs_by_profile_then_row() -> None:
    """Firing pairs come in the order of the profiles, then of the rows."""
    pairs = _set("bags >= 0", "is_crew", "TRUE", "one_way AND is_crew").fire(frame())
    assert _fired(pairs) == [(0, 0), (0, 1), (0, 3), (1, 1), (2, 0), (2, 1), (2, 2), (2, 3)]
    assert pairs.failed == ()
    assert pairs.absent == ()


def test_what_is_shared_is_evaluated_once() -> None:
    """The same condition in other spacing, or on the same list, is one condition; with another list of
    the same name it is another."""
    one = tree("origin IN LIST 'conflict_2026' AND bags>1")
    two = tree("bags > 1   AND origin in list 'conflict_2026'")
    profiles = ProfileSet(
        [
            Profile(id="a", tree=one, lists={"conflict_2026": ("AA",)}),
            Profile(id="b", tree=two, lists={"conflict_2026": ("AA",)}),
            Profile(id="c", tree=two, lists={"conflict_2026": ("BB",)}),
        ]
    )
    assert len(profiles._conditions) == 3
    assert _fired(profiles.fire(frame())) == [(0, 0), (1, 0), (2, 3)]


@pytest.mark.parametrize("rows", [0, 1, 7, 8, 9, 64, 5000])
def test_any_height(rows: int) -> None:
    """No row, less than a byte of rows, many: bits and rows agree; also in several chunks, and where
    text is read over its distinct values only."""
    texts = [f"origin IN ('AA', 'x{n}')" for n in range(40)] + ["origin MATCHES '^B'", "bags < 1"]
    many = [ROWS[place % 4] for place in range(rows)]
    expected = [(p, r) for p in range(40) for r in range(rows) if r % 4 == 0]
    expected += [(40, r) for r in range(rows) if r % 4 == 3]
    expected += [(41, r) for r in range(rows) if r % 4 == 1]
    profiles = _set(*texts)
    assert _fired(profiles.fire(frame(many))) == expected
    parts = [frame(many[start : start + 3]) for start in range(0, rows, 3)]
    if len(parts) > 1:
        assert _fired(profiles.fire(pl.concat(parts, rechunk=False))) == expected


def test_distinct_values_change_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    """Over distinct values and over rows the same pairs, what is missing included."""
    profiles = _set("origin IN ('AA')", "origin IS MISSING", "NOT origin LIKE 'A%'", "agency ~ 'e'")
    many = frame([ROWS[place % 4] for place in range(50)])
    over_rows = _fired(profiles.fire(many))
    monkeypatch.setattr(run, "_WORTH_DISTINCT", 0)
    assert _fired(profiles.fire(many)) == over_rows


def test_a_frame_without_a_column_knows_nothing_of_it() -> None:
    """A column that older stored values lack is missing, and named; so is one of an impossible type."""
    profiles = _set("bags >= 0", "age IS MISSING", "is_crew")
    pairs = profiles.fire(frame().drop("age").with_columns(pl.lit("2").alias("bags")))
    assert _fired(pairs) == [(1, 0), (1, 1), (1, 2), (1, 3), (2, 1)]
    assert sorted(pairs.absent) == ["age", "bags"]


def test_other_types_of_the_same_kind_are_taken() -> None:
    """Small whole numbers, single precision, decimals, categories, moments: as the column means them."""
    some = frame().select(
        pl.col("bags").clip(0, 100).cast(pl.Int16),
        pl.col("lead_time_h").cast(pl.Float32),
        pl.lit("1.5").cast(pl.Decimal(10, 2)).alias("detour"),
        pl.col("origin").cast(pl.Categorical),
        pl.col("departure").cast(pl.Datetime("ms")),
        pl.lit(None).alias("age"),
    )
    pairs = _set(
        "bags = 2", "lead_time_h = 36", "detour = 1.5", "origin = 'BB'", "departure = '2026-05-14'",
        "age > 1",
    ).fire(some)  # fmt: skip
    assert _fired(pairs) == [(0, 0), (1, 0), *((2, row) for row in range(4)), (3, 3), (4, 0)]
    assert pairs.absent == ()


def test_one_broken_profile_does_not_stop_the_others(monkeypatch: pytest.MonkeyPatch) -> None:
    """A condition that Polars cannot evaluate is named with its profiles; the others fire."""
    made = run.compiled

    def breaks(node: object, lists: object) -> pl.Expr:
        found = made(node, lists)  # type: ignore[arg-type]
        broken = "lead_time_h" in str(found)
        return found.cast(pl.String).str.to_date(strict=True).is_null() if broken else found

    monkeypatch.setattr(run, "compiled", breaks)
    pairs = _set("bags = 2", "lead_time_h > 1 AND bags = 2", "is_crew").fire(frame())
    assert _fired(pairs) == [(0, 0), (2, 1)]
    assert [failed.id for failed in pairs.failed] == ["P-1"]


def test_a_list_without_values_fails_alone() -> None:
    """A profile whose code list is not there does not fire and says so; the set is built all the same."""
    profiles = ProfileSet(
        [
            Profile(id="P-1", tree=tree("origin IN LIST 'conflict_2026'")),
            Profile(id="P-2", tree=tree("is_crew")),
        ]
    )
    pairs = profiles.fire(frame())
    assert _fired(pairs) == [(1, 1)]
    assert [(failed.id, failed.error) for failed in pairs.failed] == [("P-1", "ExpressionError")]
    assert profiles.judge(frame(), "P-1").null_count() == 4


def test_who_is_on_a_list_past_its_day_is_not_known() -> None:
    """Neither on it nor off it: `NOT … IN LIST 'trusted'` would else hold of everybody the day after."""
    for text in ("origin IN LIST 'conflict_2026'", "origin NOT IN LIST 'conflict_2026'"):
        one = Profile(id="P", tree=tree(text), lists={"conflict_2026": None})
        empty = Profile(id="E", tree=tree(text), lists={"conflict_2026": ()})
        found = ProfileSet([one, empty])
        assert found.judge(frame(), "P").to_list() == [None] * 4
        assert found.judge(frame(), "E").to_list().count(None) == 1


def test_a_list_is_asked_without_regard_to_case() -> None:
    """Lists are kept in capitals; an e-mail's domain is in small letters."""
    one = Profile(id="P", tree=tree("LOWER(origin) IN LIST 'conflict_2026'"))
    two = Profile(id="P", tree=tree("origin IN LIST 'conflict_2026'"))
    for lists in ({"conflict_2026": ("AA",)}, {"conflict_2026": ("aa",)}):
        lower = ProfileSet([msgspec.structs.replace(one, lists=lists)]).judge(frame(), "P")
        plain = ProfileSet([msgspec.structs.replace(two, lists=lists)]).judge(frame(), "P")
        assert lower.to_list() == plain.to_list()
        assert True in lower.to_list()


def test_an_empty_list_holds_nobody() -> None:
    """On an empty code list is nobody, and known not to be; who is unknown stays so."""
    one = Profile(id="P", tree=tree("origin IN LIST 'conflict_2026'"), lists={"conflict_2026": ()})
    assert ProfileSet([one]).judge(frame(), "P").to_list() == [False, False, None, False]


def test_no_profiles_fire_nowhere() -> None:
    """An empty set is fine; an unknown id is a KeyError."""
    assert _fired(ProfileSet([]).fire(frame())) == []
    with pytest.raises(KeyError):
        ProfileSet([]).judge(frame(), "P")


def test_evidence_is_what_held() -> None:
    """All of an AND, of an OR only what held, negations with their value; in the words of both."""
    text = "NOT is_crew AND (bags > 5 OR lead_time_h < 48) AND bags_kg / bags > 20 AND agency IS NOT MISSING"
    held = explain(tree(text), ROWS[0], LISTS)
    assert [one.condition for one in held] == [
        "NOT is_crew", "lead_time_h < 48", "bags_kg / bags > 20", "agency IS NOT MISSING",
    ]  # fmt: skip
    assert [(one.column, one.operator, one.value, one.limit) for one in held] == [
        ("is_crew", "not is", False, True),
        ("lead_time_h", "<", 36.0, 48),
        ("", ">", 23.0, 20),
        ("agency", "not is missing", "Acme Travel", None),
    ]
    lead = held[1]
    assert (render(lead.found), render(lead.bound)) == ("36 hours", "less than 48 hours")
    assert [render(text, FRENCH) for text in (lead.what, lead.found, lead.bound)] == [
        "délai", "36 heures", "moins de 48 heures",
    ]  # fmt: skip
    assert render(lead.sentence, FRENCH) == "la réservation date de moins de 48 heures"
    assert render(held[2].found, FRENCH) == "23"


def test_evidence_of_many_pairs_is_in_their_order() -> None:
    """Pairs of several profiles are explained at once, each with its own conditions and values."""
    profiles = _set("bags >= 0", "origin IN LIST 'conflict_2026'", "departure > '2026-01-01'")
    pairs = profiles.fire(frame())
    order = [5, 0, 3, 1]
    found = profiles.explain(frame(), pairs.rows[order].tolist(), pairs.profiles[order].tolist())
    assert [held[0].value for held in found] == [dt.date(2026, 5, 14), 2, "AA", 0]
    assert [len(held) for held in found] == [1, 1, 1, 1]


def test_a_near_miss_is_not_rounded_over_its_limit() -> None:
    """47.996 hours under a limit of 48 do not read as 48."""
    held = explain(tree("lead_time_h < 48"), {"lead_time_h": 47.996})
    assert render(held[0].found) == "47.996 hours"


def test_reading_a_profile_loads_no_engine() -> None:
    """The web process shows, lints, builds and writes profiles without Polars, and without sqlglot."""
    code = (
        "import sys; from vedette.profiles import building, check, files, lint,"
        " tree, vocabulary, words; print([m for m in ('polars', 'sqlglot', 'numpy')"
        " if m in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def test_the_small_vocabulary_is_asked_whole() -> None:
    """Every column of the test vocabulary is in the frame, so that no case passes for want of one."""
    assert frame().columns == [column.name for column in VOCABULARY.columns]
