"""Subscriptions: a new version waits for approval; what goes wrong is shown and stops nothing else."""

from __future__ import annotations

import json
from collections.abc import Callable
from types import SimpleNamespace

import pytest
from tests.apps.lists.conftest import CHANGED, LIST, scope
from tests.apps.lists.test_fetching import LOOPBACK, Server, origin

__all__ = ["origin"]
TERMS = {"name": "L", "purpose": "border", "basis": "decree 1", "owner": "Unit 4", "expires_on": None,
         "weight": 60, "themes": ["passengers"]}  # fmt: skip


@pytest.fixture
def subscribed(
    house: SimpleNamespace, origin: Server, settings: SimpleNamespace
) -> Callable[..., SimpleNamespace]:
    """Subscribes the list manager to the server; `due` makes it due again and fetches."""
    from vedette.apps.lists import subscriptions
    from vedette.apps.lists.models import ListSubscription

    settings.SUBSCRIPTION_NETWORKS = LOOPBACK
    with scope(house):
        made = subscriptions.subscribe(house.list_manager, origin.url, 24, TERMS)

    def due() -> ListSubscription:
        mine = ListSubscription.objects.using("intake").filter(pk=made.pk)
        mine.update(next_at="2020-01-01T00:00:00Z")
        assert subscriptions.fetch_next()
        assert not subscriptions.fetch_next(), "it is not due again at once"
        return mine.get()

    return SimpleNamespace(due=due, house=house, server=origin)  # type: ignore[return-value]


def _decide(house: SimpleNamespace, allow: bool = True) -> None:
    from django.db import transaction

    from vedette.apps.accounts.models import Approval
    from vedette.apps.accounts.rules import set_scope
    from vedette.apps.approvals.actions import decide

    with transaction.atomic():
        set_scope(house.supervisor)
        decide(house.supervisor, Approval.objects.get(state="asked").pk, allow)


def _versions() -> list[int]:
    from vedette.apps.lists.models import ListVersion

    return list(ListVersion.objects.using("intake").values_list("number", flat=True))


def test_a_new_version_waits_for_a_second_person(subscribed):
    """Nothing is in force before the approval; while it waits nothing is fetched; then the next version."""
    subscribed.server.gives(LIST.encode(), ETag='"a"')
    one = subscribed.due()
    assert (one.error, one.etag, _versions()) == ("", '"a"', [])
    assert one.changed_at is not None
    subscribed.due()
    assert len(subscribed.server.asked) == 1
    _decide(subscribed.house)
    assert _versions() == [1]
    subscribed.server.gives(LIST.encode())
    assert subscribed.due().error == ""
    subscribed.server.gives(CHANGED.encode())
    subscribed.due()
    _decide(subscribed.house)
    assert sorted(_versions()) == [1, 2]
    # The server gives the first version again.
    subscribed.server.gives(LIST.encode() + b"\n")
    assert subscribed.due().error == "older"
    assert sorted(_versions()) == [1, 2]


def test_a_refused_version_is_not_asked_again(subscribed):
    """The same content waits for nobody a second time."""
    from vedette.apps.accounts.models import Approval

    subscribed.server.gives(LIST.encode())
    subscribed.due()
    _decide(subscribed.house, allow=False)
    subscribed.due()
    assert Approval.objects.using("intake").count() == 1


def test_what_is_fetched_and_is_not_the_list(subscribed):
    """A page, a list in another format, an error, too large: a code, and the next fetch goes on."""
    subscribed.server.gives(LIST.encode())
    subscribed.due()
    _decide(subscribed.house)
    subscribed.server.gives(b"<html><body>maintenance</body></html>")
    one = subscribed.due()
    assert (one.error, "a web page (HTML)" in one.error_detail) == ("list", True)
    other = [{"id": "Q1", "schema": "Person", "properties": {"name": ["Abel Delta"]}}]
    subscribed.server.gives(json.dumps(other).encode())
    assert subscribed.due().error == "format"
    subscribed.server.answer = lambda handler: handler.send_error(500)
    one = subscribed.due()
    assert (one.error, one.error_detail) == ("status", "500")
    subscribed.server.gives(CHANGED.encode())
    assert subscribed.due().error == ""


def test_a_user_who_may_not_import_any_more(subscribed):
    """A version is never offered in the name of a suspended user."""
    from vedette.apps.accounts.models import User

    User.objects.using("intake").filter(pk=subscribed.house.list_manager.pk).update(is_active=False)
    subscribed.server.gives(LIST.encode())
    assert subscribed.due().error == "user"
    assert _versions() == []


def test_the_worker_fetches_only_if_it_is_switched_on(subscribed, settings, monkeypatch):
    """Off by default: no process starts."""
    from vedette.apps.lists import subscriptions

    started = []
    monkeypatch.setattr(
        subscriptions.processes.multiprocessing, "get_context",
        lambda kind: started.append(kind) or SimpleNamespace(
            Process=lambda **k: SimpleNamespace(start=lambda: None, is_alive=lambda: True)
        ),
    )  # fmt: skip
    fetcher = subscriptions.Fetcher()
    fetcher.look()
    assert not started
    settings.SUBSCRIPTIONS = True
    fetcher.look()
    fetcher.look()
    assert started == ["spawn"]


def _processed(fetcher, settings):
    """Lets the worker fetch in its process, waits for it, and looks again."""
    settings.SUBSCRIPTIONS = True
    fetcher.look()
    process, _ = fetcher._running
    process.join(120)
    fetcher.look()
    return process.exitcode


def test_the_process_starts_without_django(subscribed, settings):
    """The process sets Django up itself before it imports a model; it reports a network that is not allowed
    there."""
    from vedette.apps.lists.models import ListSubscription
    from vedette.apps.lists.subscriptions import Fetcher

    assert _processed(Fetcher(), settings) == 0
    assert ListSubscription.objects.using("intake").get().error == "private"


def test_a_process_that_takes_too_long_is_ended(subscribed, settings, monkeypatch, client):
    """The kernel ends it, the page says why, and the list is fetched again later."""
    from vedette.apps import processes
    from vedette.apps.lists.models import ListSubscription
    from vedette.apps.lists.subscriptions import Fetcher

    monkeypatch.setattr(processes, "CLOCK_S", 0.1)
    assert _processed(Fetcher(), settings) != 0
    one = ListSubscription.objects.using("intake").get()
    assert one.error == "long"
    client.force_login(subscribed.house.list_manager)
    page = client.get("/watchlists/", headers={"accept-language": "en"}).content.decode()
    assert "The processing of the list was stopped" in page


def test_secrets_of_an_address_are_not_shown(subscribed, client):
    """Host and path stay; pages, approvals and the journal do not show a token in the query."""
    from django.urls import reverse

    from vedette.apps.accounts.models import Approval
    from vedette.apps.approvals.actions import why
    from vedette.apps.lists import fetching
    from vedette.apps.lists.models import ListSubscription

    mine = ListSubscription.objects.using("intake")
    mine.update(url=f"{subscribed.server.url}?token=s3cret")
    subscribed.server.gives(LIST.encode())
    subscribed.due()
    client.force_login(subscribed.house.list_manager)
    page = client.get(reverse("watchlists")).content.decode()
    assert "s3cret" not in page
    assert f"{subscribed.server.url}?…" in page
    asked = why(Approval.objects.using("intake").get())
    assert ("s3cret" in asked, subscribed.server.url in asked) == (False, True)
    assert (
        fetching.shown("https://u:p@host.example:8443/a/b.xml#c")
        == "https://host.example:8443/a/b.xml"
    )


def test_the_page_of_lists_shows_and_changes_subscriptions(subscribed, client, monkeypatch):
    """The address, the last error and the end; an officer changes nothing."""
    from django.urls import reverse

    from vedette.apps.lists.models import ListSubscription

    subscribed.server.gives(b"%PDF-1.7 x")
    subscribed.due()
    client.force_login(subscribed.house.list_manager)
    page = client.get(reverse("watchlists")).content.decode()
    assert subscribed.server.url in page
    assert "un document PDF" in page
    sent = client.post(
        reverse("list-subscribe"),
        {
            **TERMS,
            "name": "M",
            "expires_on": "",
            "url": "https://lists.example/m.xml",
            "every": "168",
        },
    )
    assert sent.status_code == 302
    made = ListSubscription.objects.using("intake").get(url="https://lists.example/m.xml")
    assert (made.every, made.terms["basis"]) == (168, "decree 1")
    bad = client.post(
        reverse("list-subscribe"), {**TERMS, "expires_on": "", "url": "http://x", "every": "24"}
    )
    assert bad.status_code == 422
    assert client.post(reverse("list-unsubscribe", args=[made.pk])).status_code == 302
    made.refresh_from_db(using="intake")
    assert made.ended_at is not None
    client.force_login(subscribed.house.officer)
    assert client.get(reverse("list-subscribe")).status_code == 403
    assert client.post(reverse("list-unsubscribe", args=[made.pk])).status_code == 403


def test_the_process_starts(subscribed):
    """A new process sets Django up before it imports the module; nothing is due, so it ends at once."""
    from vedette.apps import processes

    process = processes.start("vedette.apps.lists.subscriptions:fetch_next")
    process.join(60)
    assert process.exitcode == 0
