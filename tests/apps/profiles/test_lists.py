"""A code list is part of what a profile asks: who may change it, and where that is told."""

from __future__ import annotations

import pytest
from tests.apps.journal.scene import signed_in
from tests.apps.profiles.office import Office
from tests.apps.profiles.scene import Scene
from tests.apps.profiles.story import FIELDS, WHY, acting, in_force
from tests.apps.profiles.test_pages import text

from vedette.apps.accounts.models import Approval, User
from vedette.apps.approvals import actions as approvals
from vedette.apps.profiles import actions
from vedette.apps.profiles.models import CodeList, Version

NAMES = "origin IN LIST 'hubs' AND lead_time_h < 24"


def put(by: User, *codes: str, why: str = WHY) -> CodeList | Approval:
    """The list as somebody sets it."""
    with acting(by):
        return actions.set_list(by, "hubs", codes, why=why)


def held() -> list[str]:
    """What workers ask for."""
    return CodeList.objects.using("intake").get(name="hubs").codes


def told(version: Version) -> list[dict[str, object]]:
    """Changes of lists in the life of a version."""
    events = version.events.using("intake").filter(kind="list_changed").order_by("id")
    return list(events.values_list("params", flat=True))


def test_a_list_that_nothing_stands_for_changes_at_once(office: Office) -> None:
    """It is told in the life of the draft that names it, not of others."""
    put(office.analyst, "ADD")
    with acting(office.analyst):
        draft = actions.begin_draft(office.analyst, {**FIELDS, "expression": NAMES})
        other = actions.begin_draft(office.analyst, {**FIELDS, "expression": "origin = 'hubs'"})
    assert isinstance(put(office.analyst, "add ", "cai", why=""), CodeList)
    assert held() == ["ADD", "CAI"]
    assert told(draft) == [{"list": "hubs", "added": 1, "removed": 0}]
    assert told(other) == []


@pytest.mark.parametrize("state", ["active", "asked", "heard"])
def test_a_list_that_a_version_stands_for_needs_another_person(office: Office, state: str) -> None:
    """What runs, waits for a decision, or was heard does not become another question by one hand."""
    put(office.analyst, "ADD")
    if state == "active":
        version = in_force(office, NAMES)
    else:
        with acting(office.analyst):
            version = actions.begin_draft(office.analyst, {**FIELDS, "expression": NAMES})
            if state == "asked":
                actions.submit(office.analyst, version.pk, WHY)
        if state == "heard":
            with acting(office.dpo):
                actions.hear(office.dpo, version.pk, True, WHY)
    with pytest.raises(ValueError, match="reason"):
        put(office.analyst, "ADD", "CAI", why="short")
    asked = put(office.analyst, "CAI", "IST")
    assert isinstance(asked, Approval)
    assert (held(), told(version)) == (["ADD"], [])
    assert (asked.detail["added"], asked.detail["removed"]) == ("CAI IST", "ADD")
    with pytest.raises(approvals.Refused, match="own"), acting(office.analyst):
        approvals.decide(office.analyst, asked.pk, True)
    with acting(office.supervisor):
        approvals.decide(office.supervisor, asked.pk, True)
    assert held() == ["CAI", "IST"]
    assert told(version) == [{"list": "hubs", "added": 2, "removed": 1}]


def test_purposes_hide_no_version(office: Office) -> None:
    """Who has not the purpose of the profile that stands for the list changes it with another all the
    same."""
    put(office.analyst, "ADD")
    in_force(office, NAMES)
    User.objects.using("intake").filter(pk=office.analyst.pk).update(purposes=["border"])
    narrow = User.objects.get(pk=office.analyst.pk)
    with acting(narrow):
        assert not Version.objects.exists()
    asked = put(narrow, "CAI")
    assert isinstance(asked, Approval)
    with acting(office.supervisor):
        approvals.decide(office.supervisor, asked.pk, True)
    assert held() == ["CAI"]


def test_what_changed_meanwhile_is_not_written_over(office: Office) -> None:
    """Two changes wait: the second was asked of a list that says something else now."""
    put(office.analyst, "ADD")
    in_force(office, NAMES)
    first, second = put(office.analyst, "CAI"), put(office.analyst, "IST")
    assert isinstance(first, Approval)
    assert isinstance(second, Approval)
    with acting(office.supervisor):
        approvals.decide(office.supervisor, first.pk, True)
    with pytest.raises(approvals.Refused, match="gone"), acting(office.supervisor):
        approvals.decide(office.supervisor, second.pk, True)
    assert held() == ["CAI"]


def test_pages_of_a_change(scene: Scene) -> None:
    """The form says that another decides and asks why; the second person reads what changes."""
    with scene.by("analyst") as user:
        actions.set_list(user, "hubs", ["ADD"])
    version = scene.active("Watched places", NAMES)
    analyst, second = signed_in(scene.analyst), signed_in(scene.second)
    assert "1 version of a profile uses this list" in text(
        analyst.get("/profiles/lists/edit/?name=hubs")
    )
    given = {"name": "hubs", "codes": "ADD\nCAI", "source": "", "until": "2031-01-01"}
    answer = analyst.post("/profiles/lists/edit/?name=hubs", given)
    assert answer.status_code == 422
    assert "State a reason of at least 20 characters" in text(answer)
    answer = analyst.post("/profiles/lists/edit/?name=hubs", {**given, "why": WHY}, follow=True)
    assert "Request sent. The list changes only after" in text(answer)
    asked = Approval.objects.using("intake").get(kind="codes")
    page = f"/approvals/{asked.pk}/"
    said = text(second.get(page))
    for expected in ("Change a code list", "Codes added CAI", "Profiles that use the list 1"):
        assert expected in said, expected
    second.post(page, {"decide": "allow"})
    assert held() == ["ADD", "CAI"]
    said = text(analyst.get(f"/profiles/{version.profile_id}/1/"))
    assert "The code list hubs was changed. Codes added: 1. Codes removed: 0." in said
