"""E-mails about notifications: without content, at most one in fifteen minutes, whatever the server does."""

from __future__ import annotations

import datetime as dt
import logging
import socketserver
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from django.core.exceptions import ImproperlyConfigured
from django.test import Client
from django.utils import timezone
from tests.apps.hits.world import World, build

from vedette.apps.accounts.models import User
from vedette.apps.notices import mailing
from vedette.apps.notices.models import Mail, Notice
from vedette.web import settings as ours

ADDRESS = "awa.diallo@customs.example"


class Server(socketserver.ThreadingTCPServer):
    """A mail server on loopback. It keeps what it receives, and answers RCPT with `refusal` if it is set. If
    `slow`, it sends one letter of its greeting each second."""

    allow_reuse_address = daemon_threads = True

    def __init__(self) -> None:
        self.received: list[str] = []
        self.refusal, self.slow = "", False
        super().__init__(("127.0.0.1", 0), Session)


class Session(socketserver.StreamRequestHandler):
    """One connection."""

    server: Server

    def say(self, line: str) -> None:
        """Answers."""
        self.wfile.write(f"{line}\r\n".encode())

    def handle(self) -> None:
        """Follows RFC 5321 as far as a sender needs it."""
        while self.server.slow:
            self.wfile.write(b"2")
            time.sleep(1)
        self.say("220 test")
        for line in self.rfile:
            verb = line.decode().strip().upper()
            if verb == "DATA":
                self.say("354 go on")
                lines = iter(self.rfile.readline, b".\r\n")
                self.server.received.append(b"".join(lines).decode())
                self.say("250 ok")
            elif verb.startswith("RCPT") and self.server.refusal:
                self.say(self.server.refusal)
            else:
                self.say("221 bye" if verb == "QUIT" else "250 ok")


@contextmanager
def _running() -> Iterator[Server]:
    with Server() as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield server
        server.shutdown()


@pytest.fixture
def world(database: str) -> World:
    """An administration with its people."""
    return build()


@pytest.fixture
def mail_server(settings: Any) -> Iterator[Server]:
    """The server that the settings name."""
    with _running() as server:
        settings.EMAIL_HOST, settings.EMAIL_PORT = server.server_address[:2]
        settings.EMAIL_USE_TLS, settings.EMAIL_TIMEOUT = False, 3
        settings.DEFAULT_FROM_EMAIL = "vedette@customs.example"
        settings.CSRF_TRUSTED_ORIGINS = ["https://targeting.example"]
        settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
        yield server


def switch_on(user: User, address: str = ADDRESS) -> Client:
    """The user switches e-mails on, in the page of the account."""
    client = Client()
    client.force_login(user)
    assert b"/notifications/e-mail/" in client.get("/account/").content
    answer = client.post("/notifications/e-mail/", {"address": address})
    assert (answer.status_code, answer.headers["Location"]) == (302, "/account/")
    return client


def happens(world: World, user: User, **more: Any) -> Notice:
    """A notification."""
    params = {"name": "YY 417", "themes": ["passengers"], "unit": None, "group": None}
    return Notice.objects.using("intake").create(
        **{"organisation_id": world.organisation.pk, "user_id": user.pk, "kind": "late", "params": params,
           "at": timezone.now()} | more
    )  # fmt: skip


def later() -> None:
    """The time until the next e-mail passes."""
    Mail.objects.using("intake").update(next_at=timezone.now() - dt.timedelta(seconds=1))


def test_one_e_mail_without_content(world: World, mail_server: Server) -> None:
    """For two notifications; no second one for them; read ones and those of others send none."""
    switch_on(world.officer)
    assert mailing.send_due()
    assert mail_server.received == []
    happens(world, world.officer)
    happens(world, world.officer)
    happens(world, world.users["officer2"])
    for _ in range(2):
        assert mailing.send_due()
        later()
    [mail] = mail_server.received
    assert "https://targeting.example/notifications/" in mail
    assert f"To: {ADDRESS}" in mail
    assert not any(word in mail for word in ("YY 417", "late", "Diallo\n", "messages"))
    happens(world, world.officer, read_at=timezone.now())
    later()
    mailing.send_due()
    assert len(mail_server.received) == 1


def test_at_most_one_in_a_quarter_of_an_hour(world: World, mail_server: Server) -> None:
    """A notification soon after an e-mail waits."""
    switch_on(world.officer)
    for _ in range(2):
        happens(world, world.officer)
        mailing.send_due()
    assert len(mail_server.received) == 1
    later()
    mailing.send_due()
    assert len(mail_server.received) == 2


@pytest.mark.parametrize(
    ("language", "text"),
    [("fr", "Vous avez une notification"), ("en", "You have a notification")],
)
def test_the_language_is_that_of_the_user(
    world: World, mail_server: Server, language: str, text: str
) -> None:
    """Whatever the default language is."""
    User.objects.using("intake").filter(pk=world.officer.pk).update(language=language)
    switch_on(world.officer)
    happens(world, world.officer)
    mailing.send_due()
    assert text in mail_server.received[0]


def test_what_the_user_may_not_see_sends_nothing(world: World, mail_server: Server) -> None:
    """Nor does a suspended account, nor a notification from before e-mails were switched on."""
    happens(world, world.officer, at=timezone.now() - dt.timedelta(minutes=1))
    switch_on(world.officer)
    happens(world, world.officer, params={"name": "x", "themes": ["cash"], "unit": None})
    User.objects.using("intake").filter(pk=world.officer.pk).update(themes=["passengers"])
    mailing.send_due()
    later()
    User.objects.using("intake").filter(pk=world.officer.pk).update(suspended_at=timezone.now())
    happens(world, world.officer)
    mailing.send_due()
    assert mail_server.received == []


def test_a_refused_address_is_tried_again_ever_later(
    world: World, mail_server: Server, caplog: pytest.LogCaptureFixture
) -> None:
    """The e-mails of others are sent. The log contains no address."""
    mail_server.refusal = "550 no such user"
    switch_on(world.officer)
    happens(world, world.officer)
    with caplog.at_level(logging.INFO):
        waits = []
        for _ in range(3):
            assert mailing.send_due()
            waits.append(Mail.objects.using("intake").get().next_at - timezone.now())
            later()
    assert [round(w.total_seconds() / 60) for w in waits] == [10, 20, 40]
    assert ADDRESS not in caplog.text
    mail_server.refusal = ""
    mailing.send_due()
    assert len(mail_server.received) == 1
    assert Mail.objects.using("intake").get().failures == 0


def test_without_an_answer_nothing_is_lost(
    world: World, mail_server: Server, settings: Any
) -> None:
    """The server is away: the e-mail is sent when it is back."""
    switch_on(world.officer)
    happens(world, world.officer)
    there, settings.EMAIL_PORT = settings.EMAIL_PORT, 1
    assert not mailing.send_due()
    settings.EMAIL_PORT = there
    assert mailing.send_due()
    assert len(mail_server.received) == 1


def test_a_slow_server_holds_up_no_worker(
    world: World, mail_server: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Looking takes no time, and the process that waits is killed."""
    mail_server.slow = True
    switch_on(world.officer)
    happens(world, world.officer)
    for name, value in (
        ("HOST", "127.0.0.1"), ("PORT", str(mail_server.server_address[1])), ("TLS", "none"),
        ("FROM", "v@customs.example"),
    ):  # fmt: skip
        monkeypatch.setenv(f"VEDETTE_SMTP_{name}", value)
    monkeypatch.setenv("VEDETTE_ORIGINS", "https://targeting.example")
    mailer = mailing.Mailer()
    monkeypatch.setattr(mailing, "KILLED_S", 5.0)
    began = time.monotonic()
    mailer.look()
    assert time.monotonic() - began < 2
    process = mailer._process
    assert process is not None
    while process.is_alive() and time.monotonic() - began < 30:
        mailer.look()
        time.sleep(0.2)
    assert not process.is_alive()
    mailer.look()
    assert mailer._process is process
    mailer.stop()


def test_off_by_default(world: World, settings: Any) -> None:
    """Without a server, there is no page, no link, and no process."""
    assert ours.EMAIL_HOST == ""
    client = Client()
    client.force_login(world.officer)
    for answer in (client.get("/notifications/e-mail/"), client.post("/notifications/e-mail/")):
        assert answer.headers["Location"] == "/account/"
    assert b"e-mail/" not in client.get("/account/").content
    mailer = mailing.Mailer()
    mailer.look()
    assert mailer._process is None


def test_the_address_is_checked_and_removed(world: World, mail_server: Server) -> None:
    """Only a plausible address is stored; switching off deletes it."""
    client = switch_on(world.officer)
    for wrong in ("", "x", "a@b\r\nBcc: c@d.example", "a@" + "b" * 300 + ".example"):
        assert client.post("/notifications/e-mail/", {"address": wrong}).status_code == 422
    assert Mail.objects.using("intake").get().address == ADDRESS
    client.post("/notifications/e-mail/", {"off": "1"})
    assert not Mail.objects.using("intake").exists()


@pytest.mark.parametrize(
    ("tls", "host", "sender"),
    [
        ("none", "mail.example", "v@customs.example"),
        ("maybe", "localhost", "v@customs.example"),
        ("starttls", "mail.example", ""),
    ],
)
def test_settings_are_checked(
    tls: str, host: str, sender: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """TLS is required except on this machine, and so is a sender."""
    monkeypatch.setenv("VEDETTE_ORIGINS", "https://targeting.example")
    monkeypatch.setattr(ours, "EMAIL_HOST", host)
    monkeypatch.setattr(ours, "DEFAULT_FROM_EMAIL", sender)
    with pytest.raises(ImproperlyConfigured):
        ours._check_mail(tls)
