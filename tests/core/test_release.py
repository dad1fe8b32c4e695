"""The release function: situations told in words, failures of other platforms, and edge cases."""

from __future__ import annotations

import datetime as dt
import re
from pathlib import Path
from typing import Any

import pytest
from tests.core.release_cases import allowed, changed, paths

from vedette.core import release

#: The situation in words, what differs from the allowed case (AA releases its TLP:AMBER warning to BB), and
#: the expected ground, or None if the release is allowed.
SITUATIONS: list[tuple[str, dict[str, Any], str | None]] = [
    ("AA sends its amber warning to BB, a member of the group under the same agreement", {}, None),
    ("AA publishes a clear broadcast; there is no agreement at all",
     {"object__marking": ["TLP:CLEAR"], "object__agreement": None, "object__purpose": None,
      "object__legal_basis": None, "agreements": []}, None),
    ("AA sends a green control report to BB, which is new in the operation; nobody has approved",
     {"object__marking": ["TLP:GREEN"], "known_recipient": False}, None),
    ("AA sends an amber warning to BB, which is new; a second person has approved",
     {"known_recipient": False, "approved_by_second": True}, None),
    ("AA sends a red warning to Officer 7 of BB by name",
     {"object__marking": ["TLP:RED"], "object__passes_left": 1, "recipient__person": "Officer 7"},
     None),
    ("BB passes AA's green seizure on to CC, which the agreement names for passing on",
     {"object__marking": ["TLP:GREEN"], "sender__organisation": "BB", "recipient__organisation": "CC",
      "agreements__0__onward": ["CC"]}, None),
    ("BB passes AA's amber warning on to CC by the last pass",
     {"sender__organisation": "BB", "recipient__organisation": "CC", "object__passes_left": 1,
      "agreements__0__onward": ["CC"]}, None),
    ("AA sends names of people under an instrument for which BB is designated; approved",
     {"object__nominal": True, "agreements__0__nominal_instrument": "MAA 2019",
      "recipient__designated_under": ["MAA 2019"], "approved_by_second": True}, None),
    ("the operation has ended, and the plan lets BB read on",
     {"operation__ended": True, "operation__readers_after": ["BB"]}, None),
    ("an exercise message goes to a member of the exercise",
     {"object__exercise": True, "operation__exercise": True, "group__exercise": True}, None),
    ("AA and BB work in a standing group that belongs to no operation", {"operation": None}, None),
    ("BB's membership begins at exactly this second",
     {"recipient__groups__0__from": "2026-05-10T12:00:00Z"}, None),
    ("BB left the group once and is a member again",
     {"recipient__groups": [
         {"id": "g-1", "from": "2026-01-01T00:00:00Z", "until": "2026-02-01T00:00:00Z"},
         {"id": "g-1", "from": "2026-05-01T00:00:00Z", "until": "2026-06-01T00:00:00Z"}]}, None),
    ("the group ends at 16:00 in Baku (+04:00), one hour after now, 15:00 there",
     {"now": "2026-05-10T11:00:00Z", "group__until": "2026-05-10T16:00:00+04:00"}, None),
    ("the agreement of the object covers the purpose; a second agreement of BB has ended",
     {"agreements": [*allowed()["agreements"],
                     {"id": "agr-0", "parties": ["AA", "BB"], "purposes": [],
                      "from": "2020-01-01", "until": "2021-01-01", "nominal_instrument": None,
                      "onward": []}]}, None),
    ("a seizure was imported without a marking", {"object__marking": []}, "no_marking"),
    ("a warning is both amber and red", {"object__marking": ["TLP:AMBER", "TLP:RED"]}, "no_marking"),
    ("a warning has the old colour white", {"object__marking": ["TLP:WHITE"]}, "no_marking"),
    ("the group has no members", {"recipient__groups": []}, "no_recipient"),
    ("BB is a member of another group only",
     {"recipient__groups__0__id": "g-2"}, "no_recipient"),
    ("BB joins tomorrow", {"recipient__groups__0__from": "2026-05-11T00:00:00Z"}, "no_recipient"),
    ("BB left at exactly this second",
     {"recipient__groups__0__until": "2026-05-10T12:00:00Z"}, "no_recipient"),
    ("the group ended yesterday, BB's membership never did",
     {"group__until": "2026-05-09T00:00:00Z"}, "no_recipient"),
    ("no group was chosen", {"group": None}, "no_recipient"),
    ("the operation has ended, and the plan names CC as later reader, not BB",
     {"operation__ended": True, "operation__readers_after": ["CC"]}, "ended"),
    ("an exercise warning would go to a live operation", {"object__exercise": True}, "exercise"),
    ("a real warning would go to an exercise",
     {"operation__exercise": True, "group__exercise": True}, "exercise"),
    ("a real warning of a live operation would go to its exercise group",
     {"group__exercise": True}, "exercise"),
    ("an exercise message would go to an exercise group outside any operation; the group is live",
     {"object__exercise": True, "operation": None}, "exercise"),
    ("the copy has been passed on as often as allowed", {"object__passes_left": 0}, "no_passes"),
    ("BB wants to pass AA's red warning on to Officer 3 of CC, with a raised number of passes",
     {"object__marking": ["TLP:RED"], "sender__organisation": "BB", "recipient__organisation": "CC",
      "recipient__person": "Officer 3", "agreements__0__onward": ["CC"]}, "no_passes"),
    ("BB passes AA's amber warning on to CC, which the agreement does not name",
     {"sender__organisation": "BB", "recipient__organisation": "CC", "object__passes_left": 1,
      "agreements__0__onward": ["DD"]}, "not_named"),
    ("CC passes a clear broadcast of AA on; there is no agreement",
     {"object__marking": ["TLP:CLEAR"], "sender__organisation": "CC", "object__agreement": None},
     "not_named"),
    ("AA sends a red warning to BB as an organisation",
     {"object__marking": ["TLP:RED"]}, "red"),
    ("the agreement ended at midnight",
     {"agreements__0__until": "2026-05-10T00:00:00Z"}, "no_agreement"),
    ("the agreement is not yet in force", {"agreements__0__from": "2026-06-01"}, "no_agreement"),
    ("BB is not a party to the agreement", {"agreements__0__parties": ["AA", "CC"]}, "no_agreement"),
    ("CC passes on what AA owns; the agreement of CC and DD does not have AA",
     {"sender__organisation": "CC", "recipient__organisation": "DD", "object__passes_left": 1,
      "agreements__0__onward": ["DD"], "agreements__0__parties": ["CC", "DD"]}, "no_agreement"),
    ("the agreement is about precursors, the object about small arms",
     {"object__purpose": "small arms"}, "purpose"),
    ("the purpose is covered, but with another legal basis",
     {"object__legal_basis": "Nairobi, annex X"}, "purpose"),
    ("AA sends names of people; the agreement names no instrument",
     {"object__nominal": True, "approved_by_second": True}, "nominal"),
    ("AA sends names of people; BB is designated under another instrument",
     {"object__nominal": True, "agreements__0__nominal_instrument": "MAA 2019",
      "recipient__designated_under": ["MAA 2021"], "approved_by_second": True}, "nominal"),
    ("AA sends names of people by day and night; nobody has approved",
     {"object__nominal": True, "agreements__0__nominal_instrument": "MAA 2019",
      "recipient__designated_under": ["MAA 2019"]}, "nominal"),
    ("AA sends an amber warning to BB, which is new; nobody has approved",
     {"known_recipient": False}, "new_recipient"),
]  # fmt: skip


@pytest.mark.parametrize(
    ("words", "changes", "ground"), SITUATIONS, ids=[words for words, _, _ in SITUATIONS]
)
def test_situation(words: str, changes: dict[str, Any], ground: str | None) -> None:
    """Each situation has the expected answer."""
    assert release.decide(changed(**changes)) == (ground is None, ground)


def test_a_third_of_the_situations_is_allowed() -> None:
    """A function that always denies would fail a third of the situations, and every ground occurs."""
    grounds = [ground for _, _, ground in SITUATIONS]
    assert len(grounds) >= 40
    assert grounds.count(None) * 3 >= len(grounds)
    assert set(grounds) - {None} == set(release.GROUNDS)


# Failures of other platforms that the issue cites.


def test_misp_4200_an_empty_group_is_nobody() -> None:
    """MISP sent data meant for an empty sharing group to everybody. Here an empty, missing or ended group
    denies whatever the marking."""
    for marking in release.PASSES:
        for group in ({"recipient__groups": []}, {"group": None}, {"group__until": "2026-05-01"}):
            case = changed(object__marking=[marking], object__passes_left=1, **group)
            assert release.decide(case).ground == "no_recipient"
    case = allowed()
    del case["group"]
    assert release.decide(case).ground == "no_recipient"


def test_misp_2223_two_colours_on_one_object() -> None:
    """MISP allowed two TLP colours on one object. Here two markings deny, also two equal ones."""
    for first in release.PASSES:
        for second in release.PASSES:
            case = changed(object__marking=[first, second])
            assert release.decide(case).ground == "no_marking"


def test_misp_4784_narrowing_applies_to_the_next_release() -> None:
    """MISP kept copies after the owner had narrowed an event. Here a narrower marking, group or agreement
    denies what was allowed before; apps/release removes the copies."""
    assert release.decide(allowed()).allow
    for narrower, ground in (
        ({"object__marking": ["TLP:RED"]}, "red"),
        ({"recipient__groups__0__until": "2026-05-10T11:59:59Z"}, "no_recipient"),
        ({"agreements__0__parties": ["AA", "CC"]}, "no_agreement"),
        ({"object__passes_left": 0}, "no_passes"),
    ):
        assert release.decide(changed(**narrower)).ground == ground


def test_misp_7409_what_the_owner_deleted_has_no_pass() -> None:
    """MISP kept copies after the owner had deleted an event. A recalled copy has no pass left, so a release
    that was queued before the recall is denied when it is sent."""
    assert release.decide(changed(object__passes_left=0)).ground == "no_passes"


def test_misp_3468_a_new_member_is_decided_at_the_time_given() -> None:
    """MISP did not define what a new member of a sharing group receives. Here the membership at the given
    time decides: the same object is denied one second before the start, and allowed from the start on."""
    start = "2026-05-10T12:00:00Z"
    case = changed(recipient__groups__0__from=start)
    assert release.decide(changed(case, now="2026-05-10T11:59:59Z")).ground == "no_recipient"
    assert release.decide(changed(case, now=start)).allow


def test_opencti_connectors_5381_a_relationship_has_the_strictest_marking() -> None:
    """OpenCTI's connectors imported relationships without marking. Here a relationship has the strictest
    marking of what it refers to, and none if one of them has none."""
    assert release.strictest(["TLP:GREEN", "TLP:RED"]) == "TLP:RED"
    assert release.strictest(["TLP:AMBER+STRICT", "TLP:AMBER"]) == "TLP:AMBER+STRICT"
    assert release.strictest(["TLP:CLEAR"]) == "TLP:CLEAR"
    for unmarked in ([], ["TLP:GREEN", None], ["TLP:GREEN", "TLP:WHITE"]):
        found = release.strictest(unmarked)
        assert found is None
        case = changed(object__kind="relationship", object__marking=[found])
        assert release.decide(case).ground == "no_marking"


def test_thehive_1362_each_object_is_decided_alone() -> None:
    """TheHive shares all observables of a case or none. Here each object of a case has its own decision."""
    marked = {"TLP:GREEN": None, "TLP:AMBER": None, "TLP:RED": "red"}
    decided = {
        marking: release.decide(changed(object__marking=[marking], object__kind="photograph"))
        for marking in marked
    }
    assert {marking: one.ground for marking, one in decided.items()} == marked


# Edge cases.


def test_every_missing_key_denies() -> None:
    """Each key of the allowed case is deleted alone; the ground is the one that docs/release.md names."""
    documented = _documented_keys()
    tried = set()
    for path in paths(allowed()):
        case = allowed()
        parent: Any = case
        for part in path[:-1]:
            parent = parent[part]
        del parent[path[-1]]
        decided = release.decide(case)
        assert not decided.allow, path
        name = re.sub(r"\.0", "[]", ".".join(map(str, path)))
        tried.add(name)
        if name in documented:
            assert decided.ground == documented[name], path
    assert set(documented) - tried == set(), "docs/release.md names keys that no case has"


def _documented_keys() -> dict[str, str]:
    """The keys of the table of fields in docs/release.md, with their rows."""
    text = (Path(__file__).parents[2] / "docs" / "release.md").read_text()
    part = text.partition("## The fields")[2].partition("\n**Answer.**")[0]
    found = {}
    for keys, row in re.findall(r"^\| (`[^|]*`) \|[^|]*\| `(\w+)` \|$", part, re.MULTILINE):
        found |= dict.fromkeys(re.findall(r"`([^`]+)`", keys), row)
    assert len(found) > 25
    return found


def test_the_documented_table_has_the_rows_of_the_function() -> None:
    """docs/release.md has the grounds of the code in the same order."""
    text = (Path(__file__).parents[2] / "docs" / "release.md").read_text()
    part = text.partition("## The table")[2].partition("## The fields")[0]
    assert re.findall(r"^\| `(\w+)` \|", part, re.MULTILINE) == list(release.GROUNDS)


@pytest.mark.parametrize(
    "value", [1.5, float("nan"), float("inf"), {"id": 1}, [[]], [{}], object()]
)
def test_a_value_of_a_wrong_type_denies(value: Any) -> None:
    """Each key gets a value of a type that no key of the table has."""
    for path in paths(allowed()):
        assert not release.decide(_with(path, value)).allow, path


@pytest.mark.parametrize(
    "value", [None, 1, -1, 1 << 70, "", "yes", "\0", "\ud800", True, [], [None], {}]
)
def test_a_malformed_value_never_raises(value: Any) -> None:
    """Each key gets values of several types; the function returns an answer."""
    for path in paths(allowed()):
        decided = release.decide(_with(path, value))
        assert decided.allow is (decided.ground is None)


def _with(path: tuple[Any, ...], value: Any) -> dict[str, Any]:
    case = allowed()
    parent: Any = case
    for part in path[:-1]:
        parent = parent[part]
    parent[path[-1]] = value
    return case


@pytest.mark.parametrize("case", [None, [], "x", 1, float("nan"), True, {}, {"object": None}])
def test_what_is_no_case_is_denied(case: Any) -> None:
    """A value that is not an object is denied by the first row."""
    assert release.decide(case) == (False, "no_marking")


@pytest.mark.parametrize(
    ("given", "read"),
    [
        ("TLP:AMBER+STRICT", "TLP:AMBER+STRICT"),
        ("AMBER+STRICT", "TLP:AMBER+STRICT"),
        ("tlp:green", "TLP:GREEN"),
        ("TLP:WHITE", None),
        ("TLP: RED", None),
        ("TLP:AMBER+STR\u0131CT", None),
        ("", None),
        (None, None),
        (["TLP:RED"], None),
    ],
)
def test_marking(given: Any, read: str | None) -> None:
    """Markings of TLP 2.0 are read with and without prefix; nothing else is a marking."""
    assert release.marking(given) == read


@pytest.mark.parametrize(
    ("time", "member"),
    [
        ("2026-05-10T12:00:00Z", True),
        ("2026-05-10T12:00:00+00:00", True),
        ("2026-05-10 12:00", True),
        ("2026-05-10T12:00:00.000001Z", True),
        ("2026-05-10T11:59:59.999999Z", False),
        ("2026-05-10T15:59:59+04:00", False),
        ("2026-05-10T07:00:00-05:00", True),
        ("2026-05-10", False),
        ("2026-05-11", True),
        ("2026-02-30T00:00:00Z", False),
        ("2026-W19-7", False),
        ("20260510T120000Z", False),
        ("2026-05-10T12:00:00Z\n", False),
        (1778414400, False),
        (dt.datetime(2026, 5, 10, 12, tzinfo=dt.UTC), True),
        (dt.datetime(2026, 5, 10, 12), False),
    ],
)
def test_times(time: Any, member: bool) -> None:
    """Times are compared as instants; what is no time denies. The membership begins at noon UTC."""
    case = changed(recipient__groups__0__from="2026-05-10T12:00:00Z", now=time)
    decided = release.decide(case)
    assert decided == ((True, None) if member else (False, "no_recipient"))


def test_times_at_the_ends_of_the_calendar() -> None:
    """The first and the last time of the calendar in other zones are compared without an error."""
    case = changed(
        recipient__groups__0__from="0001-01-01T00:00:00+14:00", now="9999-12-31T23:59:59-12:00"
    )
    assert release.decide(case).allow


@pytest.mark.parametrize(
    ("ended", "denied"),
    [
        (False, False),
        (True, True),
        (None, False),
        ("2026-05-10T12:00:00Z", True),
        ("2026-05-10T12:00:01Z", False),
    ],
)
def test_the_end_of_an_operation(ended: Any, denied: bool) -> None:
    """The end is a flag or a time; at the time of the end the operation has ended."""
    assert release.decide(changed(operation__ended=ended)).allow is not denied


@pytest.mark.parametrize(
    ("marking", "own", "other"),
    [("RED", 1, 0), ("AMBER+STRICT", 1, 0), ("AMBER", 2, 1), ("GREEN", 3, 2), ("CLEAR", 3, 2)],
)
def test_passes(marking: str, own: int, other: int) -> None:
    """A copy has at most the passes of its marking; the copy of another organisation has one fewer."""
    of = f"TLP:{marking}"
    assert [release.passes(of, given, own=True) for given in (-1, 0, 1, 9)] == [0, 0, 1, own]
    assert [release.passes(of, given, own=False) for given in (0, 9)] == [0, other]


def test_two_agreements_with_one_id_deny() -> None:
    """It is not clear which of two agreements with the same id applies."""
    both = [*allowed()["agreements"], *allowed()["agreements"]]
    assert release.decide(changed(agreements=both)).ground == "not_named"


def test_the_case_is_not_changed() -> None:
    """The function changes nothing of its argument, so the preview and the sending can use one object."""
    case = allowed()
    release.decide(case)
    assert case == allowed()


def test_the_answer_as_json() -> None:
    """The answer has the ground only if the release is denied."""
    assert release.decide(allowed()).as_json() == {"allow": True}
    denied = release.decide(changed(object__marking=[])).as_json()
    assert denied == {"allow": False, "ground": "no_marking"}
