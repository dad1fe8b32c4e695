"""The right profile of strategic goods is among three, and each line of a profile has a source."""

from __future__ import annotations

import csv
import gzip
import json
import re
from pathlib import Path

import pytest
from tests.shared import shared

from vedette.cli import main
from vedette.goods import codes, profiles
from vedette.goods.vague import is_vague


@pytest.mark.parametrize(
    ("description", "key"),
    [
        ("Thionyl chloride 99%, 200 l drums", "chemicals"),
        ("5-axis CNC machining centre with tilting table", "machine_tools"),
        ("Tour à commande numérique, broche 12 kW", "machine_tools"),
        ("Rodamientos de bolas de precisión P4", "bearings"),
        ("Carbon fibre yarn 12K, spools", "fibres"),
        ("maraging steel round bars 300 grade", "steels"),
        ("PTFE lined diaphragm valves DN50", "valves"),
        ("Pompe à vide turbomoléculaire", "pumps"),
        ("glass lined reactor vessel 2000 L with agitator", "reactors"),
        ("bioreactor 50 L with control unit", "biological_equipment"),
        ("Frequency converter 600 Hz three phase", "power_electronics"),
        ("FPGA integrated circuits XC7", "integrated_circuits"),
        ("digital oscilloscop 1 GHz", "test_instruments"),
        ("Caméra thermique portative 640x480", "cameras"),
        ("MEMS acelerometers and gyroscopes, IMU", "inertial"),
        ("Pressure transducers, capacitance manometer 10 mbar", "sensors"),
        ("Quadcopter with flight controller and spare propellers", "drones"),
        ("Vacuum induction furnace 50 kg", "furnaces"),
        ("isostatic graphite blocks 300x300", "graphite_ceramics"),
        ("Chalecos antibalas nivel IV", "protection"),
        ("8482.10", "bearings"),
        ("item 2B350", "reactors"),
        ("side scan sonar with towfish", "acoustics_magnetics"),
        ("Ultracentrifuge rotor and tubes", "centrifuges"),
    ],
)
def test_the_right_profile_is_among_three(description: str, key: str) -> None:
    found = [profile.key for profile in profiles.search(description, 3)]
    assert len(found) <= 3
    assert key in found


def _share(cases: list[tuple[str, set[str]]]) -> float:
    good = sum(bool({p.key for p in profiles.search(text, 3)} & keys) for text, keys in cases)
    return good / len(cases)


def test_texts_of_the_common_high_priority_list_lead_to_the_profile_of_their_heading() -> None:
    cases = []
    with shared("data", "reference", "chpl.csv").open(encoding="utf-8", newline="") as handle:
        for row in csv.DictReader(handle):
            keys = {p.key for p in profiles.profiles().values() if row["hs6"].startswith(p.hs)}
            assert keys, row["hs6"]
            cases += [
                (row[f"desc_{one}"], keys)
                for one in ("en", "fr")
                if not is_vague(row[f"desc_{one}"])
            ]
    assert len(cases) > 70
    assert _share(cases) >= 0.9


def _ccl(path: Path) -> list[dict[str, str]]:
    with gzip.open(path, "rt", encoding="utf-8", newline="") as handle:
        return list(csv.DictReader(handle))


def test_titles_of_entries_lead_to_their_profile_and_all_entries_exist() -> None:
    rows = _ccl(shared("data", "reference", "us_ccl", "eccn_entries.csv.gz"))
    known = {row["eccn"][:5] for row in rows}
    # 1C450 is the European entry for scheduled chemicals; the United States have 1C355 for them.
    numbers = {entry for p in profiles.profiles().values() for entry in p.entries}
    assert {one for one in numbers if not one.startswith("ML")} - known == {"1C450"}
    cases = []
    for row in rows:
        keys = {p.key for p in profiles.profiles().values() if row["eccn"] in p.entries}
        if keys and re.fullmatch(r"\d[A-C]\d{3}", row["eccn"]):
            cases.append((row["description_en"][:200], keys))
    assert len(cases) > 150
    assert _share(cases) >= 0.9


def test_every_line_has_a_source_and_says_that_nobody_reviewed_it() -> None:
    for profile in profiles.profiles().values():
        for language in profiles.LANGUAGES:
            lines = profile.lines(language)
            assert {line.kind for line in lines} == {"hs", "entry", "look_alike", "document"}
            assert all(line.source and line.reviewed == "not reviewed" for line in lines)
            assert profile.title(language)
        assert len(profile.look_alikes["en"]) == len(profile.look_alikes["fr"])
        assert all(codes.hs_code(code).state in ("current", "heading") for code in profile.hs)
        assert len([line for line in profile.lines() if line.kind == "document"]) >= 4


def test_the_chapters_of_the_guide_have_a_profile() -> None:
    chapters = {code[:2] for profile in profiles.profiles().values() for code in profile.hs}
    wanted = {
        28,
        29,
        30,
        36,
        38,
        39,
        68,
        69,
        70,
        71,
        72,
        73,
        75,
        76,
        81,
        84,
        85,
        87,
        88,
        89,
        90,
        93,
    }
    assert {str(one) for one in wanted} <= chapters


@pytest.mark.parametrize(
    "query", ["", " ", "\x00", "%" * 10_000, "0" * 500, "autres", "machines and parts"]
)
def test_a_query_without_meaning_finds_nothing(query: str) -> None:
    assert profiles.search(query, 3) == []


def test_the_command_prints_the_statement_and_the_lines(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["goods", "profiles", "roulements à billes", "--lang", "fr", "--limit", "1"]) == 0
    (found,) = (json.loads(line) for line in capsys.readouterr().out.splitlines())
    assert found["key"] == "bearings"
    assert found["statement"].startswith("Le code SH ne suffit pas")
    assert found["reviewed"] == "not reviewed"
    entry = next(line for line in found["lines"] if line.get("value") == "2A001")
    assert "Wassenaar" in entry["text"]
    assert all(line["source"] for line in found["lines"])
