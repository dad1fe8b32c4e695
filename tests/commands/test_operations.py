"""Import of records of an operation, and the report as a file."""

from __future__ import annotations

import json
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from vedette.cli import main

if TYPE_CHECKING:
    from tests.apps.operations.scene import Scene

HEAD = "id;kind;happened;Lieu;category;controls;found;quantity;unit;target;person"
GOOD = [
    "1;control;2026-01-02T03:04;Post 1;precursor;4;no;;;;",
    "2;seizure;2026-01-02T03:04;Post 1;precursor;;;12,5;kilos;yes;Jane Planted",
]
BAD = [
    "3;control;2026-01-02T03:04;Post 1;precursor;four;no;;;;",
    "4;search;2026-01-02T03:04;Post 1;precursor;4;no;;;;",
    "5;seizure;02/01/2026;Post 1;precursor;;;12,5;kilos;yes;",
    "6;seizure;2026-01-02T03:04;Post 1;precursor;;;;kilos;yes;",
]
MAP = '[columns]\n"Lieu" = "place"\n[values.unit]\n"kilos" = "kg"\n'


@pytest.fixture
def scene(database: str) -> Scene:
    """A live operation."""
    from tests.apps.operations.scene import build

    made = build()
    made.live()
    return made


def _run(capsys: pytest.CaptureFixture[str], *words: str) -> tuple[list[str], dict[str, int]]:
    assert main(["operations", *words]) == 0
    out = capsys.readouterr()
    lines = out.err.strip().splitlines()
    return out.out.splitlines(), json.loads(lines[-1]) if lines else {}


def test_the_good_rows_are_stored_once_and_the_bad_cells_are_named(
    scene: Scene, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Nothing of an imported row leaves before its writer sends it."""
    from vedette.apps.operations.actions import messages
    from vedette.apps.operations.models import Message, Nominal

    file, mapping = tmp_path / "records.csv", tmp_path / "map.toml"
    file.write_text("\n".join([HEAD, *GOOD, *BAD]), encoding="utf-8")
    mapping.write_text(MAP, encoding="utf-8")
    words = (
        "import",
        str(file),
        "--operation",
        str(scene.operation),
        "--as",
        "bb-post",
        "--map",
        str(mapping),
    )
    bad, told = _run(capsys, *words)
    assert (told["stored"], told["known"], told["bad"], told["rows"]) == (2, 0, 4, 6)
    assert [json.loads(line)["cell"] for line in bad] == ["F4", "B5", "C6", "H7"]
    _, told = _run(capsys, *words)
    assert (told["stored"], told["known"]) == (0, 2)
    stored = Message.objects.using("intake").filter(organisation=scene.homes["bb"]).order_by("kind")
    assert [(one.kind, one.sent_at, one.place) for one in stored] == [
        ("control", None, "Post 1"), ("seizure", None, "Post 1"),
    ]  # fmt: skip
    assert stored[1].amount == Decimal("12.5")
    assert Nominal.objects.using("intake").get().values["person"] == "Jane Planted"
    with scene.by("aa.coordinator"):
        assert not Message.objects.filter(organisation=scene.homes["bb"]).exists()
    page = (
        scene.client("bb.post")
        .get(f"/operations/{scene.operation}/messages/?kind=kept")
        .content.decode()
    )
    assert page.count('class="who"') == 2
    with scene.by("bb.post") as user:
        ready = messages.waiting(
            user, Message.objects.select_related("operation").get(pk=stored[1].pk)
        )
        assert ready is not None
        messages.send_stored(user, stored[1].pk, ready.preview.token)
    with scene.by("aa.coordinator"):
        assert "Planted" not in str(Message.objects.get(pk=stored[1].pk).values)


def test_the_report_has_the_figures_of_the_page(
    scene: Scene, capsys: pytest.CaptureFixture[str]
) -> None:
    """The same ids and values in both languages and formats, and the mark of the reader."""
    scene.send("bb.post", "seizure")
    scene.send("aa.post", "control")
    cutoff = ("--cutoff", "2100-01-01T00:00:00Z")
    said = {}
    for language in ("en", "fr"):
        lines, _ = _run(
            capsys,
            "report",
            scene.one().reference,
            "--as",
            "aa-coordinator",
            "--lang",
            language,
            *cutoff,
        )
        said[language] = json.loads(lines[0])
    figures = {one["id"]: one["value"] for one in said["en"]["figures"]}
    assert figures == {
        "controls": "4", "controls.found": "0", "controls.nothing": "4", "seizures.other": "0",
        "seizures.target": "1", "quantity.target.precursor.kg": "12.5", "records.target.precursor.kg": "1",
    }  # fmt: skip
    assert figures == {one["id"]: one["value"] for one in said["fr"]["figures"]}
    assert said["en"]["figures"] != said["fr"]["figures"]
    assert said["en"]["exercise"] is False
    lines, _ = _run(
        capsys, "report", str(scene.operation), "--as", "cc-contact", "--format", "csv", *cutoff
    )
    assert lines[0] == "figure,label,value,unit,records,not_visible"
    assert {line.split(",")[0] for line in lines[1:]} == set(figures)


def test_duplicates_are_printed_with_their_reasons(
    scene: Scene, capsys: pytest.CaptureFixture[str]
) -> None:
    """Within the own organisation the number of the container is compared; another organisation does not
    read it. Other goods are no pair."""
    again = {"quantity": "12,5", "conveyance": "ZZZU1002146"}
    one, other = scene.send("bb.post", "seizure"), scene.send("bb.post", "seizure", again)
    scene.send("bb.post", "seizure", {**again, "quantity": "99"})
    lines, told = _run(capsys, "duplicates", str(scene.operation), "--as", "bb-contact")
    (pair,) = [json.loads(line) for line in lines]
    assert {pair["a"], pair["b"]} == {str(one.pk), str(other.pk)}
    assert pair["reasons"] == ["same_quantity", "same_time", "same_reference", "place"]
    assert (told["records"], told["pairs"]) == (3, 1)
    lines, _ = _run(capsys, "duplicates", str(scene.operation), "--as", "aa-coordinator")
    assert [json.loads(line)["reasons"] for line in lines] == [
        ["same_quantity", "same_time", "place"]
    ]


@pytest.mark.parametrize(
    ("words", "status"),
    [
        (("report", "NONE", "--as", "aa-coordinator"), 1),
        (("report", "NONE", "--as", "nobody"), 1),
        (("report", "NONE", "--as", "aa-coordinator", "--kind", "other"), 2),
        (("import", "/nowhere.csv", "--operation", "X", "--as", "aa-post"), 1),
    ],
)
def test_wrong_input_ends_with_a_message(
    scene: Scene, words: tuple[str, ...], status: int, capsys: pytest.CaptureFixture[str]
) -> None:
    """An operation or a user that does not exist, a report that is not built, a file that is not there."""
    try:
        assert main(["operations", *words]) == status
    except SystemExit as ended:
        assert ended.code == status  # noqa: PT017
    assert capsys.readouterr().err


def test_the_final_report_and_published_figures_as_files(
    scene: Scene, tmp_path: Path, capfdbinary: pytest.CaptureFixture[bytes]
) -> None:
    """Publications of a file with the columns of published figures; the report in each format."""
    scene.send("bb.post", "seizure")
    scene.state("followup")
    file, named = tmp_path / "figures.csv", tmp_path / "figures.toml"
    file.write_text(
        "operation,year,measure,value,unit,source,note\n"
        "CLEAR COAST,2026,precursors,0.0125,t,https://a.example/,over\n"
        "CLEAR COAST,2026,precursors (press),13,kg,https://b.example/,\n"
        "OTHER,2026,seizures,9,seizures,https://c.example/,\n"
    )
    figure = "quantity.target.precursor.-.kg"
    named.write_text(f'[figures]\n"precursors" = "{figure}"\n"precursors (press)" = "{figure}"\n')
    who = ("--as", "aa-coordinator")
    words = (
        "publications",
        str(file),
        "--operation",
        str(scene.operation),
        "--name",
        "clear coast",
    )
    for added in (2, 0):
        assert main(["operations", *words, "--figures", str(named), *who]) == 0
        assert json.loads(capfdbinary.readouterr().err)["added"] == added
    starts = {"json": b'{"language": "fr"', "csv": b"figure,", "docx": b"PK", "pdf": b"%PDF"}
    for format_, start in starts.items():
        for kind in ("final", "sitrep"):
            told = (
                "report",
                str(scene.operation),
                "--kind",
                kind,
                "--lang",
                "fr",
                "--format",
                format_,
            )
            assert main(["operations", *told, *who]) == 0
            out = capfdbinary.readouterr().out
            assert out.startswith(start), (kind, format_)
            if (kind, format_) == ("final", "json"):
                [group] = json.loads(out)["publications"]
                assert (group["contradict"], group["records"]) == (True, "12.5")
    assert (
        main(["operations", "report", str(scene.operation), "--kind", "final", "--as", "bb-post"])
        == 1
    )


def test_an_export_has_what_the_release_function_allows(
    scene: Scene, capsys: pytest.CaptureFixture[str]
) -> None:
    """The own organisation: what it sent and received. Another one: what was released to it, and only as long
    as the agreement names it. No nominal value."""
    from tests.apps.operations.scene import agree, correct

    sent = scene.send("bb.post", "seizure")
    with scene.by("bb.post") as user:
        correct(user, sent.pk, 1, "Counted twice.", None)
    other = scene.send("bb.post", "control")
    answered = scene.send("cc.post", "seizure")

    def exported(who: str, *more: str, to: str = "json") -> list[str]:
        assert (
            main(["operations", "export", str(scene.operation), "--as", who, "--to", to, *more])
            == 0
        )
        return capsys.readouterr().out.splitlines()

    rows = [json.loads(line) for line in exported("bb-contact")]
    of = {row["id"]: row for row in rows}
    assert (of[str(sent.pk)]["version"], of[str(sent.pk)]["content"]["withdrawn"]) == (2, True)
    assert of[str(answered.pk)]["owner_name"] == "Customs of CC"
    assert "Jane Planted" not in json.dumps(rows)
    to_aa = [json.loads(line)["id"] for line in exported("bb-contact", "--for", "Customs of AA")]
    assert set(to_aa) == {str(sent.pk), str(other.pk)}
    [bundle] = exported("bb-contact", "--for", "Customs of AA", to="stix")
    assert sum(one["type"] == "incident" for one in json.loads(bundle)["objects"]) == 2
    two = {home: scene.homes[home] for home in ("bb", "cc")}
    agree(two, scene.people["aa.coordinator"], number=2)
    assert exported("bb-contact", "--for", "Customs of AA") == []
    assert len(exported("bb-contact", "--for", "Customs of CC")) == 2
    words = ("operations", "export", str(scene.operation), "--as", "bb-contact", "--to", "csv")
    assert main([*words, "--for", "Customs of XX"]) == 1
