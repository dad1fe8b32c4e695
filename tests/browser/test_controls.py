"""One thread in a real browser: a declaration is received, its hit is decided, a control is ordered and
carried out on a telephone, goods are seized, and the next declaration of the same importer shows it."""

from __future__ import annotations

import datetime as dt
import os
import re
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING, Any

import psycopg
import pytest
from playwright.sync_api import expect

if TYPE_CHECKING:
    from tests.browser.conftest import Desk
    from tests.goods.app.desk import Desk as Goods

WHY = "The safety data sheet and the declaration contradict each other."
_WORDS = {
    "fr": {
        "order": "Ordonner le contrôle", "done": "Terminer le contrôle avec un constat",
        "full": "Voir tout le dossier",
        "undo": "Annuler « rien de constaté »", "submit": "Soumettre à validation",
        "validate": "Valider le dossier", "state": "Validée", "other": "Confirmé",
    },
    "en": {
        "order": "Order the control", "done": "End the control with a finding",
        "full": "See the whole record",
        "undo": "Cancel “nothing found”", "submit": "Submit for validation",
        "validate": "Validate the record", "state": "Validated", "other": "Confirmed",
    },
}  # fmt: skip
_SIDEWAYS = "document.documentElement.scrollWidth - document.documentElement.clientWidth"
#: The height of every button and field of the page for a telephone.
_HEIGHTS = (
    "Array.from(document.querySelectorAll('main :is(.btn:not(.low), input.ctl, select.ctl), .tri label'))"
    ".filter(one => one.offsetParent).map(one => one.getBoundingClientRect().height)"
)
_ENGLISH = re.compile(r"\b(Controls?|Orders?|Seals?|Seizures?|Goods|Checks?|the|and|with|of|by)\b")


@pytest.fixture
def goods(database: str) -> Iterator[Goods]:
    """A declaration that a worker has processed."""
    from tests.goods.app.desk import Desk as Goods
    from tests.goods.declared import ACID

    with psycopg.connect(os.environ["DATABASE_URL_INTAKE"], autocommit=True) as connection:
        made = Goods(connection)
        made.receive(
            ACID, at=dt.datetime.now(dt.UTC).replace(microsecond=0) - dt.timedelta(hours=1)
        )
        yield made


def _plain(text: str, *without: str) -> str:
    for one in without:
        text = text.replace(one, "")
    return re.sub(r"\d", "", text)


def _telephone(page: Desk, width: int = 360) -> Any:
    page.page.set_viewport_size({"width": width, "height": 740})
    return page.page


@pytest.mark.parametrize("language", ["fr", "en"])
def test_from_the_declaration_to_the_next_declaration(
    page: Desk, goods: Goods, language: str, tmp_path: Path
) -> None:
    """Each step by the pages: decision, order, telephone, seizure, validation, total, feature."""
    from tests.apps.enforcement.scene import photo
    from tests.apps.profiles.story import acting, in_force
    from tests.goods.declared import SHOES

    from vedette.apps.enforcement.selectors import seizures
    from vedette.apps.hits.models import Reason

    words, screen = _WORDS[language], page.page
    [hit] = goods.hits()
    goods.decide("refer", hit)
    page.sign_in()
    page.go(f"/hits/{hit.pk}/")
    screen.locator(f"a[href='/hits/{hit.pk}/control/']").click()
    screen.fill("#place", "Quai 4, travée C-17")
    screen.fill("#team", "Équipe 2")
    screen.fill("#instructions", "Ouvrir, compter les fûts.")
    screen.get_by_role("button", name=words["order"]).click()
    screen.wait_for_url("**/controls/**")
    address = screen.url
    _telephone(page)
    screen.goto(f"{address}field/")
    assert page.axe() == []
    assert screen.evaluate(_SIDEWAYS) <= 0
    assert min(screen.evaluate(_HEIGHTS)) >= 48
    if language == "fr":
        shown = screen.locator("body").inner_text()
        received = ("Industrial cleaning agent, nitric acid 68 %, drums", "MV EXEMPLE")
        assert not _ENGLISH.findall(_plain(shown, *received))
    # Nothing found, in one touch, and taken back.
    screen.locator("button[name=finding][value=nothing]").click()
    screen.get_by_role("button", name=words["undo"]).click()
    # Step by step.
    screen.locator("input[name=check-labels][value=different]").check()
    screen.locator("#k1 form button.btn").click()
    expect(screen.locator("input[name=check-labels][value=different]")).to_be_checked()
    (tmp_path / "drum.jpg").write_bytes(photo())
    screen.set_input_files("#photo", tmp_path / "drum.jpg")
    screen.locator("#k2 form:has(#photo) button.btn").first.click()
    expect(screen.locator("#k2 .shots img")).to_have_count(1)
    screen.locator("#k2 .shots img").scroll_into_view_if_needed()
    expect(screen.locator("#k2 .shots img")).to_have_js_property("complete", True)
    assert screen.locator("#k2 .shots img").evaluate("image => image.naturalWidth") > 0
    screen.fill("#amount", "4655,5")
    screen.select_option("#unit", "kg")
    screen.locator("#k3 button[value=weighed]").click()
    expect(screen.locator("#k3 .made li")).to_have_count(1)
    screen.fill("#seal", "D-5O021")
    screen.locator("#k4 button[value=removed]").click()
    expect(screen.locator("#k4 .tag")).to_contain_text("O0")
    screen.locator("#k6 summary").click()
    screen.select_option("#z-kind", "precursor")
    screen.fill("#z-amount", "4655,5")
    screen.select_option("#z-unit", "kg")
    screen.fill("#z-basis", "Code fictif, art. 31")
    screen.locator("#k6 button[value=seizure]").click()
    expect(screen.locator("#k6 .made li")).to_have_count(1)
    screen.locator("[name=sure]").check()
    screen.get_by_role("button", name=words["done"]).click()
    expect(screen.locator("main .note[role=status]")).to_be_visible()
    # At the desk: completed, submitted, validated by another person.
    screen.set_viewport_size({"width": 1440, "height": 900})
    screen.goto(address)
    assert page.axe() == []
    screen.locator("a[href^='/seizures/']:not(nav a)").first.click()
    record = screen.url
    assert page.axe() == []
    screen.goto(f"{record}edit/")
    assert page.axe() == []
    screen.fill("#id_country", "SN")
    screen.select_option("#id_direction", "import")
    screen.locator("main form button.btn.one").click()
    screen.get_by_role("button", name=words["submit"]).click()
    expect(screen.locator(".toast")).to_be_visible()
    page.page.context.clear_cookies(name="sessionid")
    page.sign_in(goods.people["supervisor"].username)
    screen.goto(record)
    screen.get_by_role("button", name=words["validate"]).click()
    expect(screen.locator("h1 ~ p .tag")).to_contain_text(words["state"], ignore_case=True)
    with acting(goods.people["officer"]):
        today = dt.datetime.now(dt.UTC).date()
        span = (today - dt.timedelta(days=1), today + dt.timedelta(days=1))
        [total] = seizures.totals(*span)
    assert (total.kind, total.base, total.amount) == ("precursor", "kg", Decimal("4655.5"))
    # The figure of the report opens the seizure.
    page.go(f"/reports/arms/?report=goods&first={span[0]}&last={span[1]}")
    figure = screen.locator("main tbody td a").last
    expect(figure).to_contain_text("655")
    figure.click()
    expect(screen.locator("main tbody th a")).to_have_attribute(
        "href", record.removeprefix(page.address)
    )
    # The next declaration of the same importer.
    about = {"kind": "goods", "theme": "global_shield", "purpose": "border"}
    known = in_force(goods.office, "consignee_confirmed_12m >= 1", **about)
    goods.receive(SHOES, lrn="LRN-2", at=dt.datetime.now(dt.UTC) + dt.timedelta(minutes=1))
    raised = Reason.objects.using("intake").filter(profile_version_id=known.pk)
    assert raised.count() == 1


@pytest.mark.parametrize(("language", "width"), [("fr", 390)], ids=["fr-telephone"])
def test_the_pages_of_controls_in_the_dark(page: Desk, goods: Goods, width: int) -> None:
    """The list, the forms and the records: axe finds nothing serious, nothing scrolls sideways."""
    from tests.apps.enforcement import stored

    [hit] = goods.hits()
    goods.decide("refer", hit)
    made = stored.fill(hit, goods.people["officer"])
    screen = _telephone(page, width)
    screen.emulate_media(color_scheme="dark")
    page.sign_in()
    for path in (
        "/controls/", f"/controls/{made['order']}/", f"/controls/{made['order']}/field/", "/seizures/",
        f"/seizures/{made['seizure']}/", f"/seizures/{made['seizure']}/edit/",
        f"/hits/{hit.pk}/control/", f"/hits/{hit.pk}/seizure/", f"/controls/{made['order']}/seizure/",
    ):  # fmt: skip
        page.go(path)
        assert page.axe() == [], path
        assert screen.evaluate(_SIDEWAYS) <= 0, f"{path} scrolls sideways"
