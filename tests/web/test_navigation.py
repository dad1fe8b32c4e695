"""The bar: themes, at most nine pages of one word, and the pages beside the current page, by role."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest
from django.test import Client, RequestFactory
from django.utils import translation
from tests.api.conftest import api  # noqa: F401  (the fixture)

from vedette.apps.accounts.models import User, all_themes
from vedette.web import navigation
from vedette.web.access import allowed, routes
from vedette.web.navigation import Bar

BACKEND = "vedette.apps.accounts.adapters.Passwords"


def _bar(role: str, page: str = "home", themes: list[str] | None = None, of: str = "") -> Bar:
    request = RequestFactory().get("/", {"of": of} if of else {})
    request.user = User(role=role, organisation_id="11111111-1111-1111-1111-111111111111")
    request.user.themes = all_themes() if themes is None else themes
    request.resolver_match = SimpleNamespace(url_name=page)  # type: ignore[assignment]
    return navigation.bar(request)


@pytest.mark.parametrize("role", User.Role.values)
@pytest.mark.parametrize("language", ["en", "fr"])
def test_each_role_has_a_bar_of_at_most_nine_words(role: str, language: str) -> None:
    """Home is the first page of every theme; each page is one word; each theme states what it holds."""
    with translation.override(language):
        first = _bar(role)
        assert first.themes
        for theme in first.themes:
            assert theme.line
            name = next(r.name for r in _pages() if _path(theme.href) == f"/{r.path}")
            bar = _bar(role, name)
            assert bar.theme is not None
            words = [str(one.word) for one in bar.pages]
            assert 2 <= len(words) <= 9
            assert words[0] == ("Home" if language == "en" else "Accueil")
            assert all(word and " " not in word for word in words)
            assert len(set(words)) == len(words)


def _path(href: str) -> str:
    """The address without its query."""
    return href.partition("?")[0]


def _pages() -> list[Any]:
    return [r for r in routes() if not r.method and "<" not in r.path]


@pytest.mark.parametrize("role", User.Role.values)
def test_the_bar_leads_only_where_the_role_may_go(role: str) -> None:
    """Every link of every theme is a page that the role may open; no theme of the brochure without a page
    is shown.
    """
    of = {f"/{r.path}": r for r in _pages()}
    for name in {r.name for r in _pages()}:
        bar = _bar(role, name)
        for link in (*bar.themes, *bar.pages, *bar.beside):
            assert allowed(of[_path(link.href)], role), (name, link.href)
        assert len([one for one in bar.pages if one.current]) <= 1
        assert len([one for one in bar.beside if one.current]) <= 1
    assert not {str(one.word) for one in _bar(role).themes} & {
        "STCE",
        "SALW",
        "Terrorist financing",
    }


def test_what_moved_out_of_the_own_menu() -> None:
    """Lookouts belong to the lists, the comparison of a person to the search, approvals to the bar."""
    lists = _bar("officer", "lookouts")
    assert [(one.href, one.current) for one in lists.beside] == [
        ("/watchlists/", False), ("/lookouts/", True),
    ]  # fmt: skip
    assert [one.href for one in lists.pages if one.current] == ["/watchlists/"]
    person = _bar("officer", "screen-person")
    assert [one.current for one in person.beside] == [False, True]
    assert "/approvals/" in [one.href for one in person.pages]
    assert _bar("list_manager", "watchlists").beside == []


def test_each_office_has_its_own_theme() -> None:
    """Data protection and administration come first for those who have them; a user without a theme of an
    installed kind sees no such theme.
    """
    with translation.override("en"):
        of = {role: [str(one.word) for one in _bar(role).themes] for role in User.Role.values}
        assert of["officer"] == [
            "Passengers",
            "Goods",
            "Cash",
            "Joint operations",
            "Assistance",
            "Library",
        ]
        assert of["dpo"] == ["Data protection", *of["officer"]]
        assert of["administrator"] == ["Administration", "Library"]
        alone = _bar("officer", themes=["cash"])
        assert [str(one.word) for one in alone.themes] == [
            "Cash",
            "Joint operations",
            "Assistance",
            "Library",
        ]
        assert of["contact"] == ["Joint operations", "Assistance", "Library"]


def test_each_theme_has_its_own_queue() -> None:
    """The queue of a theme shows the hits of its kind, and the bar shows the theme that the queue names. With
    one theme, the queue has no filter."""
    with translation.override("en"):
        both = _bar("officer", "queue")
        assert [one.href for one in both.themes] == [
            "/?of=traveller", "/?of=goods", "/?of=cash", "/operations/", "/assistance/",
            "/library/",
        ]  # fmt: skip
        goods = _bar("officer", "queue", of="goods")
        assert goods.theme is not None
        assert goods.theme.word == "Goods"
        assert "/declarations/" in [one.href for one in goods.pages]
        alone = _bar("officer", "queue", themes=["small_arms"])
        assert [(one.word, one.href) for one in alone.themes] == [
            ("Goods", "/"), ("Joint operations", "/operations/"),
            ("Assistance", "/assistance/"), ("Library", "/library/"),
        ]  # fmt: skip


def test_the_search_field_searches_the_current_theme() -> None:
    """The field searches the kind of the current theme on the page of that kind. It offers the other themes
    that the reader has. In a theme without a kind, it searches all kinds that the reader may see."""
    found = {
        (role, page, of, *themes): _bar(role, page, list(themes) or None, of)
        for role, page, of, *themes in (
            ("officer", "queue", ""),
            ("officer", "queue", "goods"),
            ("officer", "queue", "", "passengers"),
            ("officer", "queue", "", "strategic"),
            ("dpo", "journal", ""),
        )
    }
    shown = [
        (one.search_page, [k.name for k in one.searched], one.elsewhere) for one in found.values()
    ]
    assert shown == [
        ("travellers", ["traveller"], True),
        ("search", ["goods"], True),
        ("travellers", ["traveller"], False),
        ("search", ["goods"], False),
        ("search", ["traveller", "goods", "cash"], False),
    ]


@pytest.mark.database
def test_the_frame(api: Any) -> None:  # noqa: F811
    """The own menu holds what is the user's own; the zone of the workplace is named."""
    client = Client()
    client.force_login(api.house.officer, BACKEND)
    page = client.get("/watchlists/", headers={"Accept-Language": "en"}).content.decode()
    own = page[page.index('class="menu end me"') : page.index("</header>")]
    assert "/account/" in own
    assert 'name="language"' in own
    assert not [
        path for path in ("/approvals/", "/lookouts/", "/travellers/screen/") if path in own
    ]
    assert 'aria-current="page">All lists</a>' in page
    assert '<abbr title="Times in UTC">UTC</abbr>' in page
