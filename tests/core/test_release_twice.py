"""A second implementation of docs/release.md, and random cases on which both must agree.

The second implementation shares no code with the product. It first turns a case into facts, then compares the
facts with a table of conditions. A missing or malformed part of a case is a fact as well.
"""

from __future__ import annotations

import random
from collections import Counter
from datetime import datetime, timedelta, timezone
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.core.release_cases import NOW, allowed, changed, paths

from vedette.core import release

COLOURS = ["CLEAR", "GREEN", "AMBER", "AMBER+STRICT", "RED"]
MOST = {"CLEAR": 3, "GREEN": 3, "AMBER": 2, "AMBER+STRICT": 1, "RED": 1}
ABSENT = object()
STR, NULL, BOOL, TIME = "str", "null", "bool", "time"

#: The table of fields: row → (path, permitted forms). `*` is each element of a list.
FIELDS = {
    "no_marking": [("object kind", [STR])],
    "no_recipient": [
        ("now", [TIME]),
        ("recipient organisation", [STR]),
        ("recipient groups * id", [STR]),
        ("recipient groups * from", [TIME]),
        ("recipient groups * until", [TIME, NULL]),
        ("group id", [STR]),
        ("group until", [TIME, NULL]),
    ],
    "ended": [("operation? ended", [BOOL, TIME, NULL]), ("operation? readers_after *", [STR])],
    "exercise": [
        ("object exercise", [BOOL]),
        ("operation? exercise", [BOOL]),
        ("group exercise", [BOOL]),
    ],
    "no_passes": [
        ("object passes_left", ["int"]),
        ("object owner", [STR]),
        ("sender organisation", [STR]),
    ],
    "not_named": [
        ("object agreement", [STR, NULL, "empty"]),
        ("agreements * id", [STR]),
        ("agreements * onward *", [STR]),
    ],
    "red": [("recipient person", [STR, NULL, "empty"])],
    "no_agreement": [
        ("agreements * parties *", [STR]),
        ("agreements * from", [TIME]),
        ("agreements * until", [TIME, NULL]),
    ],
    "purpose": [
        ("object purpose", [STR, NULL, "empty"]),
        ("object legal_basis", [STR, NULL, "empty"]),
        ("agreements * purposes * purpose", [STR]),
        ("agreements * purposes * legal_basis", [STR]),
    ],
    "nominal": [
        ("object nominal", [BOOL]),
        ("agreements * nominal_instrument", [STR, NULL, "empty"]),
        ("recipient designated_under *", [STR]),
        ("approved_by_second", [BOOL]),
    ],
    "new_recipient": [("known_recipient", [BOOL])],
}


def instant(text: Any) -> datetime | None:
    """Reads the three documented forms of a time."""
    for form in ("%Y-%m-%dT%H:%M:%S%z", "%Y-%m-%dT%H:%M:%S", "%Y-%m-%d"):
        try:
            read = datetime.strptime(text, form)
        except (TypeError, ValueError):
            continue
        return read if read.tzinfo else read.replace(tzinfo=timezone.utc)  # noqa: UP017
    return None


def forms(value: Any) -> set[str]:
    """The forms that a value has."""
    return {
        name
        for name, true in (
            (STR, type(value) is str and value != ""),
            ("empty", type(value) is str and value == ""),
            (NULL, value is None),
            (BOOL, type(value) is bool),
            ("int", type(value) is int),
            (TIME, type(value) is str and instant(value) is not None),
        )
        if true
    }


def well_formed(value: Any, way: list[str], permitted: list[str]) -> bool:
    """Whether every value that a path names is present and has a permitted form."""
    if not way:
        return bool(forms(value) & set(permitted))
    step, rest = way[0], way[1:]
    if step == "*":
        return type(value) is list and all(well_formed(one, rest, permitted) for one in value)
    if type(value) is not dict or step.strip("?") not in value:
        return False
    below = value[step.strip("?")]
    return (step.endswith("?") and below is None) or well_formed(below, rest, permitted)


def second(case: Any) -> str | None:
    """The ground of the second implementation, or None if the release is allowed."""
    for row, condition in TABLE:
        broken = [
            way for way, permitted in FIELDS[row] if not well_formed(case, way.split(), permitted)
        ]
        if row == "no_recipient" and type(case) is dict and case.get("group", ABSENT) is None:
            return row
        if broken or condition(case):
            return row
    return None


def colour(case: Any) -> str:
    return str(case["object"]["marking"][0]).upper().removeprefix("TLP:")


def bad_colour(case: Any) -> bool:
    given = case["object"].get("marking")
    return not (
        type(given) is list
        and len(given) == 1
        and type(given[0]) is str
        and colour(case) in COLOURS
    )


def holds(period: Any, case: Any) -> bool:
    begin, end, now = (instant(one) for one in (period["from"], period["until"], case["now"]))
    return begin <= now and not (end and end <= now)


def is_nobody(case: Any) -> bool:
    end = instant(case["group"]["until"])
    members = [one for one in case["recipient"]["groups"] if one["id"] == case["group"]["id"]]
    over = end is not None and end <= instant(case["now"])
    return over or not [one for one in members if holds(one, case)]


def is_over(case: Any) -> bool:
    operation = case["operation"] or {"ended": False, "readers_after": []}
    end = operation["ended"]
    over = end if type(end) is bool else bool(end) and instant(end) <= instant(case["now"])
    return bool(over) and case["recipient"]["organisation"] not in operation["readers_after"]


def differs(case: Any) -> bool:
    flags = {case["object"]["exercise"], case["group"]["exercise"]}
    return len(flags | ({case["operation"]["exercise"]} if case["operation"] else set())) == 2


def spent(case: Any) -> bool:
    foreign = case["object"]["owner"] != case["sender"]["organisation"]
    return min(case["object"]["passes_left"], MOST[colour(case)] - int(foreign)) <= 0


def of_object(case: Any) -> Any:
    named = [one for one in case["agreements"] if one["id"] == case["object"]["agreement"]]
    return named[0] if named else None


def is_unnamed(case: Any) -> bool:
    ids = Counter(one["id"] for one in case["agreements"])
    if any(count > 1 for count in ids.values()):
        return True
    if case["object"]["owner"] == case["sender"]["organisation"]:
        return False
    return case["recipient"]["organisation"] not in (of_object(case) or {"onward": []})["onward"]


def no_parties(case: Any) -> bool:
    three = [
        case["sender"]["organisation"],
        case["object"]["owner"],
        case["recipient"]["organisation"],
    ]
    return colour(case) != "CLEAR" and not any(
        holds(one, case) and all(party in one["parties"] for party in three)
        for one in case["agreements"]
    )


def other_purpose(case: Any) -> bool:
    wanted = {key: case["object"][key] for key in ("purpose", "legal_basis")}
    found = of_object(case)
    pairs = (
        []
        if found is None
        else [{key: one[key] for key in ("purpose", "legal_basis")} for one in found["purposes"]]
    )
    return colour(case) != "CLEAR" and wanted not in pairs


def names_denied(case: Any) -> bool:
    found = of_object(case)
    instrument = found["nominal_instrument"] if found else None
    fine = (
        instrument
        and instrument in case["recipient"]["designated_under"]
        and case["approved_by_second"]
    )
    return case["object"]["nominal"] and not fine


def new_denied(case: Any) -> bool:
    return (
        colour(case) in ("AMBER", "AMBER+STRICT", "RED")
        and not case["known_recipient"]
        and not case["approved_by_second"]
    )


TABLE = [
    ("no_marking", bad_colour),
    ("no_recipient", is_nobody),
    ("ended", is_over),
    ("exercise", differs),
    ("no_passes", spent),
    ("not_named", is_unnamed),
    ("red", lambda case: colour(case) == "RED" and not case["recipient"]["person"]),
    ("no_agreement", no_parties),
    ("purpose", other_purpose),
    ("nominal", names_denied),
    ("new_recipient", new_denied),
]


# Random cases. Each begins with an allowed case, so that the last rows are reached as well.


def _times(rng: random.Random) -> str:
    moment = instant(NOW)
    assert moment is not None
    moment += timedelta(seconds=rng.choice((-90_000, -3_600, -1, 0, 0, 1, 3_600, 90_000)))
    zone = timezone(timedelta(hours=rng.choice((0, 0, 0, 4, -5, 13))))
    text = moment.astimezone(zone).strftime("%Y-%m-%dT%H:%M:%S%z")
    return rng.choice((text[:-2] + ":" + text[-2:], moment.strftime("%Y-%m-%dT%H:%M:%SZ")))


def _value(path: tuple[Any, ...], rng: random.Random) -> Any:
    """Draws a plausible value for a key."""
    organisations = ["AA", "BB", "CC", "DD"]
    some = [one for one in organisations if rng.random() < 0.6]
    flags = [True, False]
    match path[-1]:
        case "marking":
            count = rng.choice((0, 1, 1, 1, 1, 1, 2))
            return [rng.choice(("TLP:", "", "tlp:")) + rng.choice(COLOURS) for _ in range(count)]
        case "owner" | "organisation":
            return rng.choice(organisations)
        case "exercise" | "nominal" | "approved_by_second" | "known_recipient":
            return rng.choice(flags)
        case "ended":
            return rng.choice((*flags, None, _times(rng)))
        case "purpose":
            return rng.choice(("precursors", "small arms", None))
        case "legal_basis":
            return rng.choice(("Nairobi, annex IX", "treaty 7", None))
        case "passes_left":
            return rng.randrange(-1, 5)
        case "agreement":
            return rng.choice(("agr-1", "agr-2", "agr-3", None))
        case "person":
            return rng.choice((None, "", "Officer 7"))
        case "id":
            return (
                rng.choice(("g-1", "g-2"))
                if "agreements" not in path
                else f"agr-{rng.randint(1, 2)}"
            )
        case "groups":
            return [
                {
                    "id": rng.choice(("g-1", "g-2")),
                    "from": _times(rng),
                    "until": rng.choice((None, _times(rng))),
                }
                for _ in range(rng.randrange(3))
            ]
        case "designated_under":
            return [one for one in ("MAA 2019", "MAA 2021") if rng.random() < 0.5]
        case "nominal_instrument":
            return rng.choice((None, "MAA 2019", "MAA 2021"))
        case "parties" | "onward" | "readers_after":
            return some
        case "from" | "now":
            return _times(rng)
        case "until":
            return rng.choice((None, _times(rng)))
        case "purposes":
            return [
                {"purpose": one, "legal_basis": basis}
                for one in ("precursors", "small arms")
                for basis in ("Nairobi, annex IX", "treaty 7")
                if rng.random() < 0.5
            ]
        case "agreements":
            mine, other = allowed()["agreements"][0], allowed()["agreements"][0] | {"id": "agr-2"}
            return rng.choice(([], [mine], [mine, other], [other, mine], [other], [mine, mine]))
        case "operation" | "group":
            return None
    return rng.choice(("warning", "photograph"))


STARTS = [
    {},
    {"object__nominal": True, "agreements__0__nominal_instrument": "MAA 2019",
     "recipient__designated_under": ["MAA 2019"], "approved_by_second": True},
    {"object__marking": ["TLP:GREEN"], "sender__organisation": "BB", "recipient__organisation": "CC",
     "agreements__0__onward": ["CC"], "known_recipient": False},
    {"object__marking": ["TLP:RED"], "recipient__person": "Officer 7", "known_recipient": False,
     "approved_by_second": True},
    {"object__marking": ["TLP:CLEAR"], "object__agreement": None, "agreements": []},
    {"object__exercise": True, "operation__exercise": True, "group__exercise": True},
]  # fmt: skip


def drawn(rng: random.Random, broken: float = 0.0) -> dict[str, Any]:
    """Draws a case: up to five keys of an allowed case have other values. With the probability `broken`, a
    key is missing or has a value of another type."""
    case = changed(**rng.choice(STARTS))
    for _ in range(rng.choice((0, 1, 1, 2, 2, 3, 5))):
        path = rng.choice(paths(case))
        parent: Any = case
        for part in path[:-1]:
            parent = parent[part]
        if rng.random() < broken:
            if rng.random() < 0.5:
                del parent[path[-1]]
            else:
                parent[path[-1]] = rng.choice(
                    (None, "", 0, 1.0, True, "x", [], {}, [None], [""], [{}])
                )
        elif not isinstance(parent[path[-1]], dict) or path[-1] in ("operation", "group"):
            parent[path[-1]] = _value(path, rng)
    return case


@pytest.mark.parametrize(("seed", "broken"), [(1, 0.0), (2, 0.0), (3, 0.3)])
def test_both_implementations_agree(seed: int, broken: float) -> None:
    """5,000 random cases of each seed get the same ground, and every ground and the permission occur
    often.
    """
    rng = random.Random(seed)
    grounds: Counter[str | None] = Counter()
    for _ in range(5_000):
        case = drawn(rng, broken)
        expected = second(case)
        assert release.decide(case) == (expected is None, expected), case
        grounds[expected] += 1
    assert set(grounds) == {None, *release.GROUNDS}
    assert min(grounds.values()) >= 10, grounds
    assert grounds[None] >= 1_000


_ANY = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(
        ["object", "recipient", "group", "operation", "sender", "agreements", "marking", "kind", "id", "now"]
    ), inner, max_size=5),
    max_leaves=20,
)  # fmt: skip


@settings(max_examples=300, deadline=None)
@given(_ANY)
def test_any_json_is_denied_without_an_error(case: Any) -> None:
    """Whatever JSON value is given, both implementations deny and neither raises an error."""
    decided = release.decide(case)
    assert not decided.allow
    if isinstance(case, dict) and isinstance(case.get("object"), dict):
        assert decided.ground == second(case)
