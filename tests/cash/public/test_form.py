"""The pages of the public form: the whole way, hostile and wrong input, and what no page shows."""

from __future__ import annotations

import base64
import datetime as dt
import re
from unittest import mock

import pytest
from tests.cash.public.conftest import traveller
from tests.cash.public.walk import answers

from vedette.cash import announcements, codes
from vedette.cash.public import sending, state
from vedette.cash.public.configuration import configuration
from vedette.cash.variants import missing, variant
from vedette.commands.environment import keys

LANGUAGES = ("fr", "en", "es", "ar")


def _sent(form):
    [(_id, size, sealed)] = form.sent
    data = keys().open_sealed(sealed)
    assert len(data) == size
    return announcements.read(data)[0]


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_whole_way(form, language: str) -> None:
    """In each language: every page, the code, and a message with every answer and all required fields."""
    typed = answers(form.today, parties__owner="person", parties__recipient="company")
    one = traveller(form.post, language)
    pages = (
        "crossing",
        "person",
        "document",
        "cash",
        "reasons",
        "parties",
        "owner_person",
        "recipient_company",
    )
    one.walk(typed, *pages)
    assert not form.sent
    one.send(typed["review"], "send")
    assert one.status == 200, one.faults
    message = _sent(form)
    assert codes.parse(one.code) == message.code
    assert f'lang="{language}"' in one.page
    assert ('dir="rtl"' in one.page) == (language == "ar")
    assert message.announcement
    assert (message.source, message.action, message.language) == ("form", "original", language)
    movement = message.movement
    assert missing(movement, variant("eu")) == ()
    assert [(str(x.amount), x.currency) for x in movement.lines] == [("12500.5", "EUR")]
    carrier = movement.carrier
    assert carrier is not None
    assert (carrier.full_name, carrier.date_of_birth) == (
        "Awa Ndèye O’Brien-Diop",
        dt.date(1984, 3, 7),
    )
    assert carrier.document is not None
    assert (carrier.document.number, carrier.document.issuer) == ("A 1234567", "SEN")
    assert movement.owners[0].full_name == "Modou Fall"
    assert movement.recipients[0].name == "Banque"
    assert (movement.carrier_is_owner, movement.carrier_is_recipient) == (False, False)


def test_the_same_form_twice_gives_the_same_code(form) -> None:
    """A second POST of the last page, and one after a page of the browser's history, send the same row."""
    typed = answers(form.today)
    one = traveller(form.post).walk(typed)
    held = one.state
    first = one.send(typed["review"], "send").code
    one.state = held
    assert one.send(typed["review"], "send").code == first
    assert form.sent[0][:2] == form.sent[1][:2]


def test_every_form_has_its_own_code(form) -> None:
    """Two travellers with the same answers get different codes and different rows."""
    typed = answers(form.today)
    both = [traveller(form.post).walk(typed).send(typed["review"], "send") for _ in range(2)]
    assert both[0].code != both[1].code
    assert form.sent[0][0] != form.sent[1][0]


def test_nothing_is_kept_before_the_last_page(form) -> None:
    """No cookie, no row; the pages say so; the answers are not readable in the hidden field."""
    typed = answers(form.today)
    one = traveller(form.post, "en").walk(typed)
    assert form.sent == []
    assert form.client.cookies == {}
    start = form.client.get("/en/").content.decode()
    assert "Customs keeps nothing before the last page." in start
    assert b"O\xe2\x80\x99Brien" not in base64.urlsafe_b64decode(one.state)


def test_back_change_and_another_language_keep_the_answers(form) -> None:
    """Back, the buttons of the last page, and the buttons of the languages lose nothing."""
    typed = answers(form.today)
    one = traveller(form.post, "en").walk(typed)
    one.send(typed["review"], "edit-person")
    assert 'value="Awa Ndèye"' in one.page
    changed = answers(form.today, person__first_names="Aïssatou")["person"]
    one.send(changed, "next")
    assert "Aïssatou" in one.page
    assert 'value="Dakar"' in one.page
    one.send(typed["review"], "back").send(typed["parties"], "back")
    assert re.search(r'value="labour" checked', one.page)
    one.language = "ar"
    one.send(typed["reasons"], "stay")
    assert 'dir="rtl"' in one.page
    assert re.search(r'value="holidays" checked', one.page)
    one.send(typed["reasons"], "next").send(typed["review"], "send")
    assert one.code


def test_lines_are_added_and_removed(form) -> None:
    """Without a script: buttons of the page. Gold has weight and value; each line is its own."""
    typed = answers(form.today)
    one = traveller(form.post).walk(typed, "crossing", "person", "document")
    cash = [("currency-0-amount", "9000"), ("currency-0-currency", "EUR")]
    one.send(cash, "add-currency")
    cash += [("currency-1-amount", "500000"), ("currency-1-currency", "XOF")]
    one.send(cash, "add-gold")
    cash += [
        ("gold-0-type", "coin"), ("gold-0-quantity", "3"), ("gold-0-weight", "93,3"),
        ("gold-0-fineness", "999.9"), ("gold-0-amount", "5000"), ("gold-0-currency", "EUR"),
    ]  # fmt: skip
    one.send(cash, "add-currency")
    assert 'name="currency-2-amount"' in one.page
    one.send([*cash, ("currency-2-amount", "1")], "remove-currency-1")
    assert 'value="500000"' not in one.page
    cash = [pair for pair in cash if not pair[0].startswith("currency-1")]
    one.send([*cash, ("currency-1-amount", ""), ("currency-1-currency", "")], "next")
    one.walk(typed, "reasons", "parties").send(typed["review"], "send")
    lines = _sent(form).movement.lines
    assert [(x.kind, str(x.amount), x.currency, x.number) for x in lines] == [
        ("currency", "9000", "EUR", 1),
        ("gold", "5000", "EUR", 2),
    ]
    assert (str(lines[1].weight), str(lines[1].fineness), str(lines[1].quantity)) == (
        "93.3",
        "999.9",
        "3",
    )


@pytest.mark.parametrize(
    ("change", "field", "said"),
    [
        ({"cash__currency_0_amount": "-5000"}, "currency-0-amount", "cannot be negative"),
        ({"cash__currency_0_amount": "0"}, "currency-0-amount", "greater than zero"),
        ({"cash__currency_0_amount": "1e5"}, "currency-0-amount", "digits only"),
        ({"cash__currency_0_amount": "NaN"}, "currency-0-amount", "digits only"),
        ({"cash__currency_0_amount": "9" * 14}, "currency-0-amount", "too large"),
        ({"cash__currency_0_amount": "12.345.67"}, "currency-0-amount", "digits only"),
        ({"cash__currency_0_amount": ""}, "currency-0-amount", "at least one amount"),
        ({"cash__currency_0_currency": "DEM"}, "currency-0-currency", "German Mark has not been in use"),
        ({"cash__currency_0_currency": "XXX"}, "currency-0-currency", "from the list"),
        ({"cash__currency_0_currency": ""}, "currency-0-currency", "Answer this question"),
        ({"crossing__arrival-y": "2099"}, "arrival", "Write a date between"),
        ({"crossing__arrival-d": "31", "crossing__arrival-m": "2"}, "arrival", "does not exist"),
        ({"crossing__amends": "K7QD-9XME-2R4TB"}, "amends", "not a valid code"),
        ({"crossing__departure_country": "ZZ"}, "departure_country", "from the list"),
        ({"crossing__direction": "up"}, "direction", "one of the answers"),
        ({"person__first_names": "<script>alert(1)</script>"}, "first_names", "letters, spaces"),
        ({"person__last_names": ""}, "last_names", "Answer this question"),
        ({"person__birth-y": "2099"}, "birth", "not possible"),
        ({"person__last_names": "A" * 2000}, "last_names", "too long. Shorten the text to 100"),
        ({"document__street": "<b>"}, "street", "< and >"),
        ({"document__email": "x"}, "email", "e-mail address"),
        ({"document__phone": "call me"}, "phone", "telephone number"),
        ({"reasons__provenance": "other"}, "provenance_text", "You chose"),
        ({"parties__owner": "several"}, "owners", "how many owners"),
    ],
)  # fmt: skip
def test_wrong_answers_are_named_and_kept(form, change, field: str, said: str) -> None:
    """The fault stands at its field with what to do; what was typed is still there; nothing is sent."""
    typed = answers(form.today, **change)
    page = next(iter(change)).partition("__")[0]
    order = ["crossing", "person", "document", "cash", "reasons", "parties"]
    one = traveller(form.post)
    if before := order[: order.index(page)]:
        one.walk(typed, *before)
    one.send(typed[page])
    assert one.status == 422
    assert said in one.faults[field], one.faults
    assert "<script>alert" not in one.page
    wrong = next(iter(change.values()))
    if wrong and len(wrong) > 4 and "<" not in wrong:
        assert wrong in one.page
    # Corrected, the form goes on with everything else that was typed.
    right = answers(form.today)
    one.walk(right, *order[order.index(page) :]).send(right["review"], "send")
    assert one.code


@pytest.mark.parametrize("language", LANGUAGES)
def test_faults_are_in_the_language_of_the_reader(form, language: str) -> None:
    """No English sentence stands on a page of another language."""
    typed = answers(form.today, crossing__mode="", **{"crossing__arrival-y": "2099"})
    one = traveller(form.post, language).send(typed["crossing"])
    assert one.status == 422
    assert len(one.faults) == 2
    english = any("Answer this question." in text for text in one.faults.values())
    assert english == (language == "en")


@pytest.mark.parametrize("language", LANGUAGES)
def test_ten_megabytes_in_a_field(form, language: str) -> None:
    """The body is not read; the page says that the answers are still in the browser."""
    typed = answers(form.today)
    one = traveller(form.post, language).send([*typed["crossing"], ("company", "x" * 10_000_000)])
    assert one.status == 413
    assert "form" not in one.page.partition("<main")[2].partition("</main>")[0]
    assert form.sent == []
    # The page before is still in the browser, and goes on.
    assert one.send(typed["crossing"]).status == 200


def test_a_changed_field_is_refused(form) -> None:
    """Each changed, cut or foreign field; nothing is sent and the page says what to do."""
    typed = answers(form.today)
    one = traveller(form.post).walk(typed)
    good = one.state
    middle = len(good) // 2
    other = "A" if good[middle] != "A" else "B"
    for bad in (
        "",
        "x",
        good[:-5],
        good[:middle] + other + good[middle + 1 :],
        good + "AAAA",
        "é",
        "A" * 70_000,
    ):
        one.state = bad
        one.send(typed["review"], "send")
        assert one.status == 400, bad[:20]
        assert "Nothing was sent to customs" in one.page
    assert form.sent == []


def test_an_old_page_is_refused(form) -> None:
    """After two hours on a page, or a day on a form."""
    typed = answers(form.today)
    one = traveller(form.post, "fr").walk(typed)
    with mock.patch("time.time", return_value=dt.datetime.now().timestamp() + state.PAGE_S + 5):
        one.send(typed["review"], "send")
    assert one.status == 410
    assert "expire au bout de deux heures" in one.page
    assert form.sent == []


def test_a_page_cannot_be_skipped(form) -> None:
    """The hidden field states the page; the last page alone sends, and only a complete form."""
    typed = answers(form.today)
    one = traveller(form.post).walk(typed, "crossing")
    one.send(typed["review"], "send")
    assert form.sent == []
    # A state that claims to be on the last page, with a form that has no person.
    held = state.new("review", int(dt.datetime.now().timestamp()))
    one.state = state.seal(configuration().key, held)
    one.send(typed["review"], "send")
    assert one.status == 422
    assert one.faults
    assert form.sent == []


@pytest.mark.parametrize("error", [sending.Full, sending.Unavailable])
def test_too_many_forms(form, error) -> None:
    """503 with the form in the page: sending again later sends the same form."""
    typed = answers(form.today)
    one = traveller(form.post, "es").walk(typed)
    with mock.patch("vedette.cash.public.sending.Sender.send", side_effect=error):
        one.send(typed["review"], "send")
    assert one.status == 503
    assert "No se pierde nada" in one.page
    assert not one.code
    one.send(typed["review"], "send")
    assert one.status == 200
    assert one.code
    assert len(form.sent) == 1


def test_the_last_page_must_be_confirmed(form) -> None:
    """Place and confirmation are asked for; the answers stand above."""
    typed = answers(form.today)
    one = traveller(form.post).walk(typed).send([("place", "")], "send")
    assert one.status == 422
    assert set(one.faults) == {"place", "true"}
    assert "12,500.5 EUR" in one.page


def test_a_correction_names_the_old_code(form) -> None:
    """Typed with small letters, O for 0 and I for 1."""
    old = codes.encode(12345)
    typed = answers(form.today, crossing__amends=codes.grouped(old).lower().replace("0", "o"))
    one = traveller(form.post).walk(typed).send(typed["review"], "send")
    message = _sent(form)
    assert (message.action, message.amends) == ("correction", old)
    assert message.code != old
    assert one.code


def test_headers_and_addresses(form) -> None:
    """No script, frame, cookie or copy; unknown addresses; a GET of the form leads to the first page."""
    response = form.client.get("/", headers={"accept-language": "ar"})
    assert response.status_code == 200
    assert 'dir="rtl"' in response.content.decode()
    assert "default-src 'none'" in response.headers["Content-Security-Policy"]
    assert response.headers["Cache-Control"] == "no-store"
    assert "Set-Cookie" not in response.headers
    assert "Douanes &lt;test&gt;" in response.content.decode()
    assert "<script" not in response.content.decode()
    assert form.client.get("/fr/form/").headers["Location"] == "/fr/"
    assert form.client.get("/fr/data/").status_code == 200
    assert form.client.get("/de/").status_code == 404
    assert form.client.post("/fr/").status_code == 405
    assert form.client.get("/healthz").content == b"ok\n"
    assert b"dpo@customs.example" in form.client.get("/es/data/").content


def test_the_first_page_is_small(form) -> None:
    """With its style sheet, and without compression, less than 60 kB."""
    for language in LANGUAGES:
        page = form.client.get(f"/{language}/").content
        style = form.client.get(re.search(r'href="(/form.css[^"]*)"', page.decode())[1]).content
        assert len(page) + len(style) < 60_000
        assert not re.search(rb'(src|href)="(?!/|#)', page)


def test_the_qr_contains_only_the_code(form) -> None:
    """Read back from the picture of the last page."""
    resvg_py, zxingcpp = pytest.importorskip("resvg_py"), pytest.importorskip("zxingcpp")
    import io

    import numpy as np
    from PIL import Image

    typed = answers(form.today)
    one = traveller(form.post).walk(typed).send(typed["review"], "send")
    svg = re.search(r"<svg.*?</svg>", one.page, re.DOTALL)[0]
    svg = svg.replace("<svg ", '<svg xmlns="http://www.w3.org/2000/svg" ', 1)
    png = bytes(resvg_py.svg_to_bytes(svg_string=svg, width=290, height=290, background="white"))
    found = zxingcpp.read_barcodes(np.asarray(Image.open(io.BytesIO(png)).convert("L")))
    assert [x.text for x in found] == [codes.parse(one.code)]


@pytest.mark.parametrize("charset", ["hex", "zip", "rot13", "utf-16", "nothing"])
def test_a_character_set_that_is_none_is_refused(form, charset: str) -> None:
    """The type of the content comes from the browser."""
    body = b'--x\r\nContent-Disposition: form-data; name="state"\r\n\r\na\r\n--x--\r\n'
    kind = f"multipart/form-data; boundary=x; charset={charset}"
    assert form.client.generic("POST", "/en/form/", body, content_type=kind).status_code in (
        200,
        400,
    )
