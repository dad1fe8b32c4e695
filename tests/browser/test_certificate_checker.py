"""The HTML file that verifies certificates, in a browser without a network."""

from __future__ import annotations

import random
from pathlib import Path

from playwright.sync_api import Browser
from tests.assistance.certificate_cases import HOLDER, NOW, TRUST, all_cases, flipped, list_of

from vedette.assistance import certificates, checker
from vedette.assistance.certificates import verify


def test_the_html_file_gives_the_same_answers(browser: Browser, tmp_path: Path) -> None:
    """Chromium opens the file from the disk, without a network. All cases and a sample of changed bits
    have the same answer as in Python; no request leaves the page."""
    cases = all_cases()
    pages: dict[str, Path] = {}
    for number, listed in enumerate(dict.fromkeys(case[2] for case in cases)):
        pages[listed] = tmp_path / f"{number}.html"
        pages[listed].write_text(checker.page(TRUST, listed), "utf-8")
    context = browser.new_context(locale="ar")
    context.set_offline(True)
    page = context.new_page()
    requests: list[str] = []
    page.on("request", lambda request: requests.append(request.url))
    milliseconds = int(NOW.timestamp() * 1000)
    ask = "([token, name, now]) => verify(token, name, now).then(a => [a.status, a.reason])"
    for listed, path in pages.items():
        page.goto(path.as_uri())
        for name, token, own, holder, _ in cases:
            if own == listed:
                answer = verify(token, TRUST, listed, holder, NOW)
                found = page.evaluate(ask, [token, holder, milliseconds])
                assert found == [answer.status, answer.reason], name
    token, listed = cases[0][1], cases[0][2]
    page.goto(pages[listed].as_uri())
    for changed in flipped(token, random.Random(5), 300):
        assert page.evaluate(ask, [changed, HOLDER, milliseconds])[0] == "invalid"
    assert page.evaluate("document.documentElement.dir") == "rtl"
    page.fill("#token", token)
    page.fill("#name", HOLDER)
    page.click("#form button")
    page.wait_for_selector("#result.valid")
    assert all(url.startswith("file:") for url in requests)
    context.close()


NAMES = ["Ångström Straße", "ΟΔΥΣΣΕΥΣ Σ", "İbrahim Çelik", "محمّد الأحمد", "Nguyễn Văn Ánh", "ﬁn Ⅳ"]


def test_both_normal_forms_of_a_name_are_equal(browser: Browser, tmp_path: Path) -> None:
    """Names with marks, ligatures, other scripts and special cases of lower case."""
    path = tmp_path / "c.html"
    path.write_text(checker.page(TRUST, list_of()), "utf-8")
    page = browser.new_page()
    page.goto(path.as_uri())
    for form in [form for name in NAMES for form in (name, name.upper(), name.lower())]:
        assert page.evaluate("name => normalName(name)", form) == certificates.normal_name(form)
    page.close()
