"""A frozen questionnaire: each change is named. Proposals for actions follow the rule."""

from __future__ import annotations

import copy
import hashlib
import json
import random
from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from vedette.assistance import plans, snapshots
from vedette.assistance.sheets import read_sheet
from vedette.cli import main
from vedette.core.errors import Failure

KEY = Ed25519PrivateKey.from_private_bytes(bytes(range(32)))
PUBLIC = KEY.public_key().public_bytes_raw().hex()


def _data(levels: dict[str, int]) -> dict[str, Any]:
    return {
        "bank": {
            "areas": [{"id": "A", "weight": 1}, {"id": "B", "weight": 2}],
            "questions": [
                {"id": "q1", "area": "A", "risk": 5, "effort": 2},
                {"id": "q2", "area": "A", "version": "2"},
                {"id": "q3", "area": "B", "weight": 3},
            ],
        },
        "answers": [
            {"question": k, "level": v, "evidence": ["photo.jpg"]} for k, v in levels.items()
        ],
    }


def _snapshot(levels: dict[str, int]) -> dict[str, Any]:
    return snapshots.freeze(
        read_sheet(_data(levels)),
        {"photo.jpg": "ab" * 32},
        ["leader", "second"],
        KEY.sign,
        PUBLIC,
        "2026-12-01T10:00:00Z",
    )


def _texts(value: Any, path: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    if isinstance(value, dict):
        return [one for key, part in value.items() for one in _texts(part, (*path, key))]
    if isinstance(value, list):
        return [one for n, part in enumerate(value) for one in _texts(part, (*path, n))]
    return [path]


def _other(value: Any) -> Any:
    """Returns a value that differs in one character or by one."""
    if isinstance(value, str):
        return chr(ord(value[0]) ^ 1) + value[1:] if value else "x"
    return value + 1


def test_every_changed_value_is_named() -> None:
    """Each text and number of each part is changed once. The verification names the part; a change of the
    hashes, the root or the signature is named as well."""
    snapshot = _snapshot({"q1": 2, "q2": 4})
    assert snapshots.verify(snapshot).problems == ()
    for path in _texts(snapshot):
        changed = copy.deepcopy(snapshot)
        *way, last = path
        place = changed
        for step in way:
            place = place[step]
        value = place[last]
        place[last] = _other(value)
        if path == ("format",):
            with pytest.raises(Failure):
                snapshots.verify(changed)
            continue
        named = [one.place for one in snapshots.verify(changed).problems]
        expected = path[1] if path[0] in ("parts", "hashes") else path[0]
        assert expected in named, path


def test_an_evidence_file_that_changed_or_is_missing_is_named(tmp_path: Path, capsys: Any) -> None:
    """The command compares the files of a folder, and ends with status 1."""
    (tmp_path / "files").mkdir()
    picture = tmp_path / "files" / "photo.jpg"
    picture.write_bytes(b"a picture")
    hashes = {"photo.jpg": hashlib.sha256(b"a picture").hexdigest()}
    snapshot = snapshots.freeze(
        read_sheet(_data({"q1": 3})), hashes, ["a", "b"], KEY.sign, PUBLIC, "2026-12-01T10:00:00Z"
    )
    (tmp_path / "s.json").write_text(json.dumps(snapshot))
    arguments = [
        "assess",
        "verify",
        str(tmp_path / "s.json"),
        "--evidence",
        str(tmp_path / "files"),
        "--key",
        PUBLIC,
    ]
    assert main(arguments) == 0
    picture.write_bytes(b"a pictura")
    assert main(arguments) == 1
    picture.unlink()
    assert main(arguments) == 1
    lines = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert [line["problems"] for line in lines] == [
        [],
        [{"place": "evidence:photo.jpg", "message": "the file was changed"}],
        [{"place": "evidence:photo.jpg", "message": "the file is missing"}],
    ]


def test_another_key_is_not_accepted_and_one_person_cannot_freeze() -> None:
    """A signature of an unknown key is valid in itself; the caller names the key that it trusts."""
    other = Ed25519PrivateKey.generate()
    snapshot = snapshots.freeze(
        read_sheet(_data({})),
        {},
        ["a", "b"],
        other.sign,
        other.public_key().public_bytes_raw().hex(),
        "2026-12-01T10:00:00Z",
    )
    assert snapshots.verify(snapshot).public_key != PUBLIC
    snapshot["signature"]["public_key"] = PUBLIC
    assert [one.place for one in snapshots.verify(snapshot).problems] == ["signature"]
    with pytest.raises(Failure):
        snapshots.freeze(
            read_sheet(_data({})), {}, ["a", "a"], KEY.sign, PUBLIC, "2026-12-01T10:00:00Z"
        )


def test_the_difference_of_two_snapshots() -> None:
    """Equal versions of a question are compared; other versions are listed apart."""
    former, later = _snapshot({"q1": 2, "q2": 4}), _snapshot({"q1": 4, "q3": 1})
    later["parts"]["question:q2"]["version"] = "3"
    assert snapshots.compare(former, later) == {
        "changed": [
            {"question": "q1", "former": "2", "later": "4"},
            {"question": "q3", "former": "not_seen", "later": "1"},
        ],
        "other_version": [{"question": "q2"}],
        "only_former": [],
        "only_later": [],
    }


def test_500_random_sheets_have_a_proposal_for_each_gap_in_the_order_of_the_rule() -> None:
    """The second implementation sorts by gap × risk ÷ effort. A plan is complete only if each proposal has a
    decision."""
    chance = random.Random(11)
    for _ in range(500):
        questions = [
            {
                "id": f"q{n}",
                "area": "A",
                "target": chance.randint(0, 5),
                "risk": chance.randint(1, 5),
                "effort": chance.randint(1, 5),
            }
            for n in range(chance.randint(1, 40))
        ]
        levels = {q["id"]: chance.randint(0, 5) for q in questions if chance.random() < 0.8}
        absent = {q["id"] for q in questions if q["id"] not in levels and chance.random() < 0.5}
        answers = [
            {"question": key, "level": level, "evidence": ["x"]} for key, level in levels.items()
        ]
        answers += [{"question": key, "state": "na", "reason": "r"} for key in absent]
        sheet = read_sheet(
            {"bank": {"areas": [{"id": "A"}], "questions": questions}, "answers": answers}
        )
        proposals = plans.propose(sheet)
        rule = [
            (Fraction((q["target"] - levels.get(q["id"], 0)) * q["risk"], q["effort"]), -n, q["id"])
            for n, q in enumerate(questions)
            if q["id"] not in absent and levels.get(q["id"], 0) < q["target"]
        ]
        assert [one.question.id for one in proposals] == [
            name for *_, name in sorted(rule, reverse=True)
        ]
        decisions = dict.fromkeys((one.question.id for one in proposals[1:]), plans.ACCEPTED)
        assert plans.open_gaps(proposals, decisions) == [one.question.id for one in proposals[:1]]
