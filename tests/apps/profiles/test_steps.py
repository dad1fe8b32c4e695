"""What is done to a version: submitted, decided by another, heard, suspended, ended; and refused."""

from __future__ import annotations

import datetime as dt

from django.utils import timezone, translation
from tests.apps.journal.scene import signed_in
from tests.apps.profiles.scene import RESTRICTED, WHY, Scene
from tests.apps.profiles.test_pages import path, stands, text

from vedette.apps import display
from vedette.apps.accounts.models import Approval
from vedette.apps.profiles.models import Profile, ShadowFire, VersionEvent


def test_approved_by_another_with_a_reason(scene: Scene) -> None:
    """Nothing is preselected; both choices ask for a reason, which stays in the life of the version."""
    version = scene.asked(scene.draft("One way"))
    client = signed_in(scene.second)
    page = client.get(path(version)).content.decode()
    assert 'name="decision"' in page
    assert " checked>" not in page
    answer = client.post(path(version, "decide/"), {"decision": "allow", "why": "short"})
    assert answer.status_code == 422
    assert "in at least 20 characters" in text(answer)
    assert ">short</textarea>" in answer.content.decode(), "what was typed is kept"
    answer = client.post(path(version, "decide/"), {"why": WHY})
    assert "Choose one of the two" in text(answer)
    assert stands(version) == "asked"
    answer = client.post(path(version, "decide/"), {"decision": "allow", "why": WHY})
    assert answer.status_code == 302
    assert stands(version) == "active"
    assert Approval.objects.using("intake").get().state == "done"
    event = VersionEvent.objects.using("intake").get(kind="allowed")
    assert event.params["said"] == WHY


def test_a_correction_goes_back_with_its_remark(scene: Scene) -> None:
    """The draft is the author's again, and says why."""
    version = scene.asked(scene.draft("One way"))
    answer = signed_in(scene.second).post(
        path(version, "decide/"), {"decision": "correct", "why": "Say why families are not picked."}
    )
    assert answer.status_code == 302
    assert stands(version) == "draft"
    said = text(signed_in(scene.analyst).get(path(version)))
    assert "A correction was requested. “Say why families are not picked.”" in said


def test_never_by_its_author(scene: Scene) -> None:
    """The author sees why the box is not there, and is refused where the form is sent all the same."""
    version = scene.asked(scene.draft("One way"))
    client = signed_in(scene.analyst)
    page = client.get(path(version))
    assert 'name="decision"' not in page.content.decode()
    assert "Another person must decide on the version" in text(page)
    for choice in ("allow", "correct"):
        answer = client.post(path(version, "decide/"), {"decision": choice, "why": WHY})
        assert answer.status_code == 409
        assert "Another person must make the decision" in text(answer)
    assert stands(version) == "asked"


def test_a_conflict_keeps_what_was_typed(scene: Scene) -> None:
    """Who is slower is told, and loses no word."""
    version = scene.asked(scene.draft("One way"))
    scene.draft("Another")
    client = signed_in(scene.second)
    other = signed_in(scene.world.users["analyst2"])
    decision = {"decision": "allow", "why": WHY}
    assert other.post(path(version, "decide/"), decision).status_code == 302
    answer = client.post(path(version, "decide/"), decision)
    assert answer.status_code == 409
    assert "has changed in the meantime" in text(answer)


def test_submitted_with_a_reason_or_not_at_all(scene: Scene) -> None:
    """A draft that reads is submitted; one with errors is not offered to be."""
    version = scene.draft("One way")
    client = signed_in(scene.analyst)
    answer = client.post(path(version, "submit/"), {"why": "no"})
    assert answer.status_code == 422
    assert stands(version) == "draft"
    assert client.post(path(version, "submit/"), {"why": WHY}).status_code == 302
    assert stands(version) == "asked"
    assert client.post(path(version, "take-back/")).status_code == 302
    assert stands(version) == "draft"
    wrong = scene.draft("Wrong", "lead_tme_h < 48")
    page = client.get(path(wrong))
    assert "/submit/" not in page.content.decode()
    assert "Did you mean lead_time_h?" in text(page)
    assert client.post(path(wrong, "submit/"), {"why": WHY}).status_code == 409


def test_restricted_facts_wait_for_the_data_protection_officer(scene: Scene) -> None:
    """Heard on this very wording; the opinion is read by all, and lapses with a change."""
    version = scene.draft("Young", RESTRICTED, justification="Victims of trafficking are young.")
    analyst, dpo = signed_in(scene.analyst), signed_in(scene.world.users["dpo"])
    assert "must give an opinion first" in text(analyst.get(path(version)))
    assert "1 draft uses facts whose use is restricted" in text(dpo.get("/profiles/"))
    assert 'name="opinion"' in dpo.get(path(version)).content.decode()
    answer = dpo.post(path(version, "hear/"), {"said": WHY})
    assert "Choose one of the two" in text(answer)
    answer = dpo.post(path(version, "hear/"), {"opinion": "agrees", "said": WHY})
    assert answer.status_code == 302
    said = text(analyst.get(path(version)))
    assert f"has no objection. “{WHY}”" in said
    assert "Submit for approval" in said
    assert analyst.post(path(version, "submit/"), {"why": WHY}).status_code == 302


def test_suspended_by_one_click_and_resumed_by_another(full: Scene) -> None:
    """One person stops it at once; somebody else lets it run again."""
    version = full.versions["first"]
    supervisor, other = signed_in(full.second), signed_in(full.analyst)
    address = f"/profiles/{version.profile_id}"
    assert supervisor.post(f"{address}/suspend/").status_code == 302
    assert "K. Bâ suspended the profile" in text(supervisor.get(path(version)))
    answer = supervisor.post(f"{address}/resume/")
    assert answer.status_code == 409
    assert "Another person must make the decision" in text(answer)
    assert other.post(f"{address}/resume/").status_code == 302
    assert Profile.objects.using("intake").get(pk=version.profile_id).suspended_at is None


def test_shadow_mode(scene: Scene) -> None:
    """A draft runs beside the live ones and counts; ended by the other button."""
    from tests.apps.hits import world as worlds

    version = scene.draft("One way")
    client = signed_in(scene.analyst)
    assert client.post(path(version, "shadow/"), {"do": "on"}).status_code == 302
    world = scene.world
    for n in range(3):
        subject = worlds.journey(world, world.flight("YY 417", 41), f"ROE {n}", "Jane")
        ShadowFire.objects.using("intake").create(
            organisation=world.organisation, version_id=version.pk, subject_id=subject.pk,
            at=dt.datetime.now(dt.UTC),
        )  # fmt: skip
    said = text(client.get(path(version)))
    assert "The version would have flagged 3 travellers, 3.0 a day" in said
    assert "✓" not in said
    assert client.post(path(version, "shadow/"), {"do": "off"}).status_code == 302
    assert "Start shadow mode" in text(client.get(path(version)))


def test_ended_thrown_away_and_renewed(full: Scene) -> None:
    """An active version ends for good; a draft that was never submitted is thrown away; another begins."""
    supervisor = signed_in(full.second)
    draft = full.versions["draft"]
    assert supervisor.post(path(draft, "throw-away/")).status_code == 302
    assert stands(draft) == "ended"
    stopped = full.versions["suspended"]
    assert supervisor.post(path(stopped, "end/")).status_code == 302
    assert stands(stopped) == "ended"
    answer = supervisor.post(f"/profiles/{stopped.profile_id}/another/")
    assert answer.status_code == 302
    assert answer.url.endswith("/2/edit/")


def test_what_waits_is_decided_on_its_own_page(scene: Scene) -> None:
    """The list of approvals leads there, where a reason is asked for; nowhere else is it decided."""
    version = scene.asked(scene.draft("One way"))
    approval = Approval.objects.using("intake").get()
    client = signed_in(scene.second)
    page = client.get(f"/approvals/{approval.pk}/")
    assert "Read the version and decide on its page" in text(page)
    assert 'name="decide"' not in page.content.decode()
    answer = client.post(f"/approvals/{approval.pk}/", {"decide": "allow"})
    assert client.get(answer.url).url == path(version)
    assert stands(version) == "asked"


def test_what_nobody_decided_can_be_taken_back(scene: Scene) -> None:
    """After three days the approval is over; the author takes the version back and asks again."""
    version = scene.asked(scene.draft("One way"))
    Approval.objects.using("intake").update(state="expired")
    client = signed_in(scene.analyst)
    assert "Nobody decided within three days" in text(client.get(path(version)))
    assert client.post(path(version, "take-back/")).status_code == 302
    assert stands(version) == "draft"


def test_a_start_day_is_asked_for_and_shown(scene: Scene) -> None:
    """On the form, to the second person, in the sheet with the day of its review; a day that is none is
    refused."""
    version = scene.draft("Broken route")
    scene.tested(version)
    analyst, second = signed_in(scene.analyst), signed_in(scene.second)
    start = timezone.now().date() + dt.timedelta(days=20)
    answer = analyst.post(path(version, "submit/"), {"why": WHY, "start": "2026-13-45"})
    assert answer.status_code == 422
    assert analyst.post(
        path(version, "submit/"), {"why": WHY, "start": start.isoformat()}
    ).status_code == 302  # fmt: skip
    with translation.override("en"):
        begins = display.day(start)
    assert f"The version will be active from {begins}" in text(second.get(path(version)))
    second.post(path(version, "decide/"), {"decision": "allow", "why": WHY})
    version.refresh_from_db(using="intake")
    said = text(second.get(path(version)))
    assert version.active_until is not None
    with translation.override("en"):
        review = display.day((version.active_until - dt.timedelta(days=30)).date())
    for expected in (f"Approved: active from {begins}, until", f"Review due {review}"):
        assert expected in said, expected
