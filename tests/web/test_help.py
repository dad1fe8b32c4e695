"""Each page of each role offers its help, in both languages, from the docs."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import Client
from tests.api.conftest import api  # noqa: F401  (the fixture)

from vedette.apps.accounts.models import User
from vedette.apps.accounts.rules import PUBLIC
from vedette.apps.subjects.kinds import Help, app_kinds
from vedette.web import help
from vedette.web.access import allowed, routes


def test_every_page_of_every_role_has_its_help() -> None:
    """The page names of the code lead to headings of the docs, in English and in French."""
    names = {
        (role, route.name)
        for role in User.Role.values
        for route in routes()
        if not route.method and route.name and route.asks != PUBLIC and allowed(route, role)
    }
    assert len(names) > 200
    lacking = []
    for role, name in sorted(names):
        found = help.of(name)
        if found is None or not all(help.section(found, lang) for lang in ("en", "fr")):
            lacking.append((role, name))
    assert lacking == []


def test_no_help_is_for_a_page_that_does_not_exist() -> None:
    """Each name of the mapping is the beginning of a page name."""
    names = {route.name.replace("_", "-") for route in routes() if not route.method}
    known = [*help.PAGES, *(name for kind in app_kinds() for name in kind.help)]
    assert [k for k in known if not any(n == k or n.startswith(k + "-") for n in names)] == []


def test_sections_are_escaped_and_lead_nowhere(monkeypatch: pytest.MonkeyPatch, tmp_path) -> None:
    """HTML in a file is text; links and images are not shown; a section ends at the next heading of its
    level.
    """
    (tmp_path / "docs").mkdir()
    (tmp_path / "docs" / "one.md").write_text(
        "# Title\n\n## A\n\n<script>x</script> **b** [c](d.md) ![e](f.png)\n\n### A1\n\n"
        "| g | h |\n|---|---|\n| 1 | 2 |\n\n## B\n\n[k](javascript:l)\n"
    )
    monkeypatch.setattr(help, "files", lambda _: tmp_path)
    help._sections.cache_clear()
    try:
        text = help.section(Help("A", "B", ("one", "one")), "en")
        assert "<script" not in text
        assert "<strong>b</strong> c" in text
        assert "<table>" in text
        assert "A1" in text
        assert not any(word in text for word in ("<a ", "<img", "B</h2>", "f.png"))
        assert "href" not in help.section(Help("A", "B", ("one", "one")), "fr")
    finally:
        help._sections.cache_clear()


@pytest.mark.database
def test_the_panel_and_the_page(api: Any) -> None:  # noqa: F811
    """A panel for htmx, a page without a script; the page of an unknown name does not exist."""
    client = Client()
    client.force_login(api.house.officer, "vedette.apps.accounts.adapters.Passwords")
    whole = client.get("/help/queue/", headers={"Accept-Language": "en"}).content.decode()
    panel = client.get("/help/queue/", headers={"Accept-Language": "fr", "HX-Request": "true"})
    assert "<h1>The queue</h1>" in whole
    assert 'class="bar"' in whole
    assert panel.content.decode().strip().startswith("<h3>La file de travail</h3>")
    assert client.get("/help/nothing/").status_code == 404
    assert Client().get("/help/queue/").status_code == 302
    shown = client.get("/watchlists/", headers={"Accept-Language": "en"}).content.decode()
    assert 'hx-get="/help/watchlists/"' in shown
