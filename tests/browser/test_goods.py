"""One declaration in a real browser: the message is received, its hit waits in the queue of goods, and an
officer reads the item and decides."""

from __future__ import annotations

import datetime as dt
import os
import re
from collections.abc import Iterator
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import msgspec
import psycopg
import pytest
from playwright.sync_api import expect

from vedette.goods.licences import Licence, LicenceLine
from vedette.goods.records import Document

if TYPE_CHECKING:
    from tests.browser.conftest import Desk
    from tests.goods.app.desk import Desk as Goods

LICENCE = Licence(
    number="FICTIF 26/7", kind="X060", destinations=("SN",), valid_from=dt.date(2020, 1, 1),
    lines=(
        LicenceLine(hs=("6403", "6404"), quantity=Decimal("400.5")),
        LicenceLine(number=2, any_goods=True),
    ),
)  # fmt: skip
WHY = "The safety data sheet and the declaration contradict each other."
#: Text that would be there if a French page had holes. The texts of the message are in English.
_ENGLISH = re.compile(r"\b(Queue|Reasons?|Hits?|Goods|Items?|Declarations?|the|and|with|of|by)\b")
_RECEIVED = ("Industrial cleaning agent, nitric acid 68 %, drums", "Leather shoes for men")
_WORDS = {
    "fr": ("Acide nitrique", "Désignation reçue", "À décharge", "Bureau de douane"),
    "en": ("Nitric acid", "Description, as received", "In their favour", "Customs office"),
}


@pytest.fixture
def goods(database: str) -> Iterator[Goods]:
    """An administration whose officer has a password, and a declaration that a worker has processed."""
    from tests.apps.profiles.story import acting
    from tests.goods.app.desk import Desk as Goods
    from tests.goods.declared import ACID, SHOES

    from vedette.apps.accounts.selectors import demo_password
    from vedette.goods.app.licences import records

    with psycopg.connect(os.environ["DATABASE_URL_INTAKE"], autocommit=True) as connection:
        made = Goods(connection)
        officer = made.people["officer"]
        officer.set_password(demo_password("officer"))
        officer.save(using="intake")
        with acting(made.people["supervisor"]):
            records.enter(made.people["supervisor"], LICENCE)
        licensed = (Document(code="X060", reference=LICENCE.number),)
        made.receive(ACID, msgspec.structs.replace(SHOES, documents=licensed))
        yield made


def _plain(screen: Any) -> str:
    """The text of the page without what the message states."""
    text = re.sub(r"\d", "", screen.locator("body").inner_text())
    for received in _RECEIVED:
        for part in (received, received[:40]):
            text = text.replace(re.sub(r"\d", "", part), "")
    return text


@pytest.mark.parametrize("language", ["fr", "en"])
def test_from_the_message_to_the_decision(page: Desk, goods: Goods, language: str) -> None:
    """The queue of the theme, the page of the hit, the decision by keyboard, and the empty queue."""
    screen = page.page
    page.sign_in()
    page.go("/?of=goods")
    expect(screen.locator("input[name=hit]")).to_have_count(1)
    expect(screen.locator("main")).to_contain_text("Industrial cleaning agent")
    screen.locator("a.who").first.click()
    screen.wait_for_url("**/hits/**")
    for word in _WORDS[language]:
        expect(screen.locator("body")).to_contain_text(word)
    marks = screen.locator("#said mark").all_inner_texts()
    assert marks
    assert marks[0].startswith("nitric acid")
    order = screen.eval_on_selector_all(
        "#pro, #said, #why, #par, #doc, #way", "found => found.map(one => one.id)"
    )
    assert order == ["pro", "said", "why", "par", "doc", "way"]
    screen.locator("input[name=choice]").first.focus()
    screen.keyboard.press("Space")
    screen.keyboard.press("ArrowDown")
    screen.locator("#why-text").focus()
    screen.keyboard.type(WHY)
    screen.keyboard.press("Tab")
    screen.keyboard.press("Enter")
    screen.wait_for_url("**/?of=goods**")
    expect(screen.locator(".toast")).to_contain_text("Industrial cleaning agent")
    expect(screen.locator("input[name=hit]")).to_have_count(0)
    [hit] = goods.hits()
    assert hit.state == "decided"


@pytest.mark.parametrize(
    ("language", "width"), [("en", 1440), ("fr", 390)], ids=["en-desk", "fr-telephone"],
)  # fmt: skip
def test_the_pages_of_goods_have_no_barrier_and_no_hole(
    page: Desk, goods: Goods, language: str, width: int
) -> None:
    """axe finds nothing serious, nothing scrolls sideways, and a French page has no English word."""
    from tests.goods.app import stored

    from vedette.apps.accounts.models import Organisation

    [hit] = goods.hits()
    home = Organisation.objects.using("intake").get(pk=goods.office.id)
    partner = Organisation.objects.using("intake").create(name="Partenaire", country="FR")
    notice = stored.notice(home, partner, goods.hits()[0].due_at)
    question = stored.question(hit)
    screen = page.page
    screen.set_viewport_size({"width": width, "height": 900})
    page.sign_in()
    for path in (
        "/?of=goods", f"/hits/{hit.pk}/", f"/hits/{hit.pk}/sheet/", f"/goods/{goods.item()}/",
        f"/goods/{goods.item(2)}/", f"/declarations/{goods.declaration()}/", "/declarations/",
        "/licences/", f"/licences/{goods.licence()}/", "/notices/?list=all", f"/notices/{notice}/",
        "/notices/new/", "/questions/", f"/questions/{question}/", f"/hits/{hit.pk}/question/",
        "/goods/treaty/",
    ):  # fmt: skip
        page.go(path)
        assert page.axe() == [], path
        wide = "document.documentElement.scrollWidth - document.documentElement.clientWidth"
        assert screen.evaluate(wide) <= 0, f"{path} scrolls sideways"
        if language == "fr":
            assert not _ENGLISH.findall(_plain(screen)), path
