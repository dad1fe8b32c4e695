"""The page of retention, and the way to a change: asked by one, allowed by another."""

from __future__ import annotations

import uuid

import pytest
from django.test import Client
from django.utils import timezone
from tests.apps.retention import old

from vedette.apps.accounts.models import Approval, Organisation, User
from vedette.apps.retention.models import Proof, RetentionProfile, Run

FORM = {
    "name": "EU PNR", "trigger": "receipt", "mask_after": "180", "delete_after": "180",
    "keep_after": "1825", "active_from": timezone.now().date().isoformat(),
    "basis": "Directive 2016/681 art. 12", "source": "", "why": "The ministry decided so in October.",
}  # fmt: skip


@pytest.fixture
def home(database: str) -> Organisation:
    return Organisation.objects.using("intake").create(name="Douanes")


def signed_in(home: Organisation, role: str) -> Client:
    user = User(username=role, first_name="A", last_name=role.title(), role=role, organisation=home)
    user.set_unusable_password()
    user.save(using="intake")
    client = Client()
    client.force_login(User.objects.get(pk=user.pk))
    return client


def test_who_reads_it(home: Organisation) -> None:
    """Officer and analyst have nothing to look for; DPO, auditor and administrator read it."""
    for role, status in (("officer", 403), ("auditor", 200), ("dpo", 200), ("administrator", 200)):
        assert signed_in(home, role).get("/retention/").status_code == status, role


def test_the_page_shows_periods_months_and_proof(home: Organisation) -> None:
    """What the law asks to be shown: how long, what is due, what was done and which key is gone."""
    run = Run.objects.using("intake").create(
        started_at=timezone.now(), until=timezone.now().date(), state="done"
    )
    Proof.objects.using("intake").create(
        run=run, at=timezone.now(), deed="destroyed", table="retention_vault",
        retention_class="passenger", month=old.month_ago(2000), key_id="passenger.2021-05.0a0b0c0d",
    )  # fmt: skip
    page = signed_in(home, "dpo").get("/retention/", headers={"accept-language": "en"})
    text = page.content.decode()
    for part in ("180", "1,825", "passenger.2021-05.0a0b0c0d", "National template"):
        assert part in text


def test_a_change_is_asked_for_and_allowed_by_another(home: Organisation) -> None:
    """The administrator asks, the data-protection officer allows: only then it is in force."""
    admin, dpo = signed_in(home, "administrator"), signed_in(home, "dpo")
    assert admin.get("/retention/change/?template=eu_pnr").status_code == 200
    assert admin.post("/retention/change/?template=eu_pnr", FORM).status_code == 302
    asked = Approval.objects.using("intake").get()
    assert not RetentionProfile.objects.using("intake").exists()
    assert dpo.get(f"/retention/asked/{asked.subject}/").status_code == 200
    assert admin.post(f"/approvals/{asked.pk}/", {"decide": "allow"}).status_code in (403, 404, 409)
    assert dpo.post(f"/approvals/{asked.pk}/", {"decide": "allow"}).status_code == 302
    made = RetentionProfile.objects.using("intake").get()
    assert (made.delete_after, made.template, made.approval_id) == (180, "eu_pnr", asked.pk)
    assert "EU PNR" in dpo.get("/retention/").content.decode()


def test_each_kind_of_subject_has_its_own_periods_and_templates(home: Organisation) -> None:
    """A change for goods shows the templates of goods, and leaves the periods of passengers as they are."""
    admin, dpo = signed_in(home, "administrator"), signed_in(home, "dpo")
    form = admin.get("/retention/change/?class=goods", headers={"accept-language": "en"})
    assert "EU customs declarations" in form.content.decode()
    assert "EU PNR" not in form.content.decode()
    periods = {"mask_after": "365", "delete_after": "1095", "keep_after": "3650"}
    address = "/retention/change/?class=goods&template=eu_customs"
    assert admin.post(address, {**FORM, **periods, "name": "Customs"}).status_code == 302
    asked = Approval.objects.using("intake").get()
    page = dpo.get(f"/retention/asked/{asked.subject}/", headers={"accept-language": "en"})
    assert "Goods" in page.content.decode()
    assert dpo.post(f"/approvals/{asked.pk}/", {"decide": "allow"}).status_code == 302
    made = RetentionProfile.objects.using("intake").get()
    assert (made.retention_class, made.template, made.delete_after) == ("goods", "eu_customs", 1095)
    assert "descriptions" in made.fields
    shown = dpo.get("/retention/", headers={"accept-language": "en"}).content.decode()
    for part in ("Customs", "1,095", "National template", "1,825"):
        assert part in shown
    # A template of another class is not taken.
    wrong = admin.post("/retention/change/?class=goods&template=eu_pnr", FORM)
    assert wrong.status_code == 302
    assert Approval.objects.using("intake").filter(detail__template="national").exists()


@pytest.mark.parametrize(
    "changes",
    [{"mask_after": "200"}, {"active_from": "2020-01-01"}, {"why": "short"}, {"basis": ""}],
)
def test_what_makes_no_sense_is_said_beside_the_field(
    home: Organisation, changes: dict[str, str]
) -> None:
    """Nothing is asked for; what was typed stays."""
    page = signed_in(home, "administrator").post("/retention/change/", {**FORM, **changes})
    assert page.status_code == 422
    assert b'class="err"' in page.content
    assert not Approval.objects.using("intake").exists()


def test_unknown_approval(home: Organisation) -> None:
    """An id that names nothing is a page that is not there."""
    assert signed_in(home, "dpo").get(f"/retention/asked/{uuid.uuid4()}/").status_code == 404
