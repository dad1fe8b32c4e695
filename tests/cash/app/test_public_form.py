"""What travellers send with the public form: a worker takes it from the table, and officers find it."""

from __future__ import annotations

import datetime as dt
import os
import random

import psycopg
import pytest
from tests.cash.app.desk import CASE, Desk
from tests.cash.public.conftest import installed, traveller
from tests.cash.public.walk import answers

from vedette.apps.inbox.models import Inbox, Submission
from vedette.cash import codes

pytestmark = pytest.mark.database


def _sent(desk: Desk, times: int = 1, **changes: str) -> str:
    """A traveller fills in the form and sends its last page so many times. Returns the code."""
    with installed(desk.office.id, os.environ["DATABASE_URL_PUBLIC"]) as form:
        typed = answers(form.today, **changes)
        one = traveller(form.post).walk(typed)
        held = one.state
        shown = set()
        for _ in range(times):
            one.state = held
            shown.add(one.send(typed["review"], "send").code)
    [code] = shown
    found = codes.parse(code)
    assert found is not None
    return found


def test_from_the_telephone_to_the_red_channel(
    desk: Desk, connection: psycopg.Connection[object]
) -> None:
    """The form is sent twice and is one announcement. Officers find it by its code, document and name. It
    is no declaration before an officer accepts it. A correction names the old code."""
    now = dt.datetime.now(dt.UTC)
    paper = desk.movements()
    code = _sent(desk, times=2)
    assert Submission.objects.using("intake").count() == 1
    desk.work(now)
    assert Submission.objects.using("intake").count() == 0
    [announced] = [one for one in desk.movements() if one not in paper]
    [file] = Inbox.objects.using("intake").filter(source="form")
    assert (file.state, file.submitter, file.sealed) == ("done", "form", None)
    client = desk.client()
    for text in (code, codes.grouped(code).lower(), "A 1234567", "Diop"):
        page = client.post("/cash/find/", {"q": text, **CASE}, follow=True).content.decode()
        assert ("announcement" in page) == (text != "Diop"), text
    rows = desk.rows("SELECT announced FROM cash_movement WHERE id = %s", announced)
    assert rows == [(True,)]
    corrected = _sent(desk, crossing__amends=code, cash__currency_0_amount="20000")
    desk.work(now + dt.timedelta(minutes=1))
    assert corrected != code
    assert len(desk.movements()) == len(paper) + 1
    page = client.post("/cash/find/", {"q": code}, follow=True).content.decode()
    assert "20,000" in page
    done = client.post(f"/cash/{announced}/accept/", desk.seen(announced))
    assert done.status_code == 302
    rows = desk.rows("SELECT announced FROM cash_movement WHERE id = %s", announced)
    assert rows == [(False,)]


def test_forged_codes_find_nothing(desk: Desk) -> None:
    """Codes with a correct check character that no form gave."""
    _sent(desk)
    desk.work(dt.datetime.now(dt.UTC))
    chance, client = random.Random(3), desk.client()
    for _ in range(20):
        forged = codes.encode(chance.getrandbits(codes.BITS))
        page = client.post("/cash/find/", {"q": forged}, follow=True).content.decode()
        assert "announcement" not in page.partition("<main")[2].partition("</main>")[0]


def test_a_script_in_a_name_is_text_on_the_page_of_an_officer(desk: Desk) -> None:
    """The form refuses it; a place with quotes and an ampersand stays text."""
    code = _sent(desk, crossing__arrival_place='Gate "A" & B')
    desk.work(dt.datetime.now(dt.UTC))
    page = desk.client().post("/cash/find/", {"q": code}, follow=True).content.decode()
    assert "Gate &quot;A&quot; &amp; B" in page
