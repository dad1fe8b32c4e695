"""A declaration of cash from the telephone of the traveller to the links of the next subject. The public form
and the worker are processes of their own."""

from __future__ import annotations

import datetime as dt
import time
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import pytest
from playwright.sync_api import expect
from tests.browser.serving import public_form, worker
from tests.browser.test_cash_form import SIDEWAYS, STEPS, _fill
from tests.cash.public.walk import answers

from vedette.cash import codes
from vedette.screening.exact import fold_phone
from vedette.screening.links import Cell

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page
    from tests.apps.hits.world import World
    from tests.browser.conftest import Desk

LISTED = (
    "ref,kind,surname,given_names,birth_date,nationality\n"
    "L-1,person,O’Brien-Diop,Awa Ndèye,1984-03-07,SEN\n"
)
PHONE = "+221 33 800 00 00"
WHY = "The notes were found in the lining of the suitcase."


@pytest.fixture
def case(world: World) -> Any:
    """A traveller of the theme of passengers with a confirmed result and the telephone number that the form
    states, a matrix that permits this link, and a list that names the carrier."""
    from tests.apps.hits import world as worlds
    from tests.apps.links.plain import Plain, adopt

    from vedette.apps.accounts.models import User
    from vedette.apps.keyring import keyring
    from vedette.apps.lists.actions import import_list
    from vedette.apps.subjects.models import Identifier, Subject

    home = world.organisation
    dpo = User(username="dpo", role=User.Role.DPO, organisation=home)
    dpo.save(using="intake")
    known = worlds.journey(world, world.flight("YY 417", 41), "NIANG", "ALY", document="P3")
    Identifier.objects.using("intake").create(
        organisation=home,
        subject_id=known.pk,
        kind="phone",
        token=keyring().token("phone", fold_phone(PHONE)),
    )
    subject = Subject.objects.using("intake").get(pk=known.pk)
    Plain(world).confirm(subject, {("passengers", "border")}, "money")
    adopt(world, dpo, [Cell("cash", "border", "passengers", "border", "money")])
    import_list(
        home, None, "Persons", {"list.csv": LISTED.encode()}, purpose="border", basis="decree 1",
        themes=["cash"],
    )  # fmt: skip
    return known


@pytest.fixture
def form(world: World, case: Any) -> Iterator[str]:
    """The address of the public form, while a worker runs."""
    with public_form(world.organisation.pk) as address, worker():
        yield address


def _declared(browser: Browser, address: str) -> str:
    """Fills in the form on a telephone without scripts, in French. Returns the code."""
    context = browser.new_context(
        locale="fr", viewport={"width": 390, "height": 844}, java_script_enabled=False
    )
    page = context.new_page()
    typed = answers(dt.datetime.now(dt.UTC).date())
    page.goto(f"{address}/")
    page.click("main form button")
    for step in STEPS:
        if step != "owner_person":
            _fill(page, typed[step])
            page.locator("main .btn.one").click()
    expect(page.locator(".code svg")).to_have_count(1)
    assert not page.evaluate(SIDEWAYS)
    found = page.inner_text(".code strong")
    context.close()
    return found


def _screened() -> None:
    """Waits until the worker has stored the declaration and raised its hit."""
    from vedette.apps.hits.models import Hit

    for _ in range(1200):
        if Hit.objects.using("intake").filter(theme="cash").exists():
            return
        time.sleep(0.25)
    raise AssertionError("no hit within five minutes")


def _typed(screen: Page, button: str = "main form button.one", **values: str) -> None:
    """Fills in the fields of a form, and sends it."""
    for name, text in values.items():
        screen.locator(f'main [name="{name.replace("__", "-")}"]').fill(text)
    screen.locator(button).last.click()


def test_from_the_telephone_to_the_next_subject(
    page: Desk, browser: Browser, world: World, case: Any, form: str
) -> None:
    """Form, code, red channel, identity, count with a difference, hit, decision, detention, receipt, decision
    to report, statistics, and the link to a known case of another theme."""
    code = _declared(browser, form)
    assert codes.parse(code)
    _screened()
    page.sign_in()
    screen = page.page
    page.go("/cash/find/")
    _typed(screen, q=code)
    screen.wait_for_url("**/cash/*-*/")
    movement = screen.url.removeprefix(page.address)
    expect(screen.locator("h1")).to_contain_text("Awa Ndèye O’Brien-Diop")
    screen.locator("[name=compared]").check()
    screen.locator(f'form[action="{movement}accept/"] button').click()
    expect(screen.locator("[name=compared]")).to_have_count(0)

    page.go(f"{movement}count/")
    _typed(
        screen,
        found__1__0__amount="13000", found__1__0__currency="EUR", person__0__name="A. Sarr", place="Hall 2",
    )  # fmt: skip
    screen.wait_for_url(f"**{movement}")
    expect(screen.locator("main")).to_contain_text("499,5")

    page.go(movement)
    hit = screen.locator(".who-head a[href^='/hits/']").get_attribute("href") or ""
    page.go(hit)
    for one in screen.locator("fieldset.ask").all():
        one.locator("input").first.check()
    screen.locator("input[name=choice][value=refer]").check()
    screen.locator("#why-text").fill(WHY)
    screen.locator("form#decision button.one").click()
    screen.wait_for_url(f"{page.address}/")

    page.go(f"{movement}detain/")
    screen.locator("[name=reasons]").first.check()
    _typed(
        screen, basis="Customs code, article 464", place="Hall 2", remedy_body="Court of Dakar",
        remedy_days="30",
    )  # fmt: skip
    screen.wait_for_url(f"**{movement}")
    page.go(f"{movement}receipt/")
    expect(screen.locator("main")).to_contain_text("Court of Dakar")

    page.go(f"{movement}suspicion/")
    _typed(screen, why=WHY)
    screen.wait_for_url("**/suspicions/*-*/")

    period = f"from=2026-01-01&to={dt.datetime.now(dt.UTC).date() + dt.timedelta(days=30)}"
    page.go(f"/cash/statistics/?{period}&by=currency")
    screen.locator("a[href*='column=detentions'][href*='key=EUR']").click()
    expect(screen.locator(f"a[href='{movement}']").first).to_be_visible()

    page.go(f"/links/{movement.split('/')[2]}/")
    expect(screen.locator("svg a[href*='/links/']").first).to_be_visible()
    expect(screen.locator("main table").first).to_contain_text("NIANG")
    assert page.axe() == []
