"""E-mails about notifications: without content, at most one in fifteen minutes, to a confirmed address,
whatever the server does."""

from __future__ import annotations

import datetime as dt
import logging
import os
import re
import signal
import socketserver
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import psycopg
import pytest
from django.core.exceptions import ImproperlyConfigured
from django.test import Client
from django.utils import timezone
from tests.apps.hits.world import World, build

from vedette.apps.accounts.models import Unit, User
from vedette.apps.desk import mailing
from vedette.apps.notices import actions
from vedette.apps.notices.models import Mail, Notice
from vedette.web import settings as ours

ADDRESS = "awa.diallo@customs.example"


class Server(socketserver.ThreadingTCPServer):
    """A mail server on loopback. It keeps what it receives, and answers RCPT with `refusal` if it is set. If
    `slow`, it sends one letter of its greeting each second."""

    allow_reuse_address = daemon_threads = True

    def __init__(self) -> None:
        self.received: list[str] = []
        self.refusal, self.slow, self.asked = "", False, threading.Event()
        super().__init__(("127.0.0.1", 0), Session)


class Session(socketserver.StreamRequestHandler):
    """One connection."""

    server: Server

    def say(self, line: str) -> None:
        """Answers."""
        self.wfile.write(f"{line}\r\n".encode())

    def handle(self) -> None:
        """Follows RFC 5321 as far as a sender needs it."""
        self.server.asked.set()
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
        threading.Thread(
            target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True
        ).start()
        yield server
        server.shutdown()


@pytest.fixture
def world(database: str) -> World:
    """An administration with its people, who use vedette in English."""
    made = build()
    User.objects.using("intake").update(language="en")
    return made


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


PAGE = "/notifications/e-mail/"


def browser(user: User) -> Client:
    """A browser in which the user is signed in."""
    client = Client(headers={"Accept-Language": "en"})
    client.force_login(user)
    return client


def ask(client: Client, address: str = ADDRESS) -> None:
    """The user enters an address, which needs a code."""
    answer = client.post(PAGE, {"address": address})
    assert (answer.status_code, answer.headers["Location"]) == (302, PAGE)


def code_in(mail: str) -> str:
    """The code in an e-mail."""
    found = re.search(r"\b\d{6}\b", mail.partition("\r\n\r\n")[2])
    assert found
    return found[0]


def switch_on(user: User, server: Server) -> Client:
    """The user switches e-mails on, in the page of the account, and confirms the address."""
    client = browser(user)
    assert PAGE.encode() in client.get("/account/").content
    ask(client)
    assert mailing.send_due()
    answer = client.post(PAGE, {"code": code_in(server.received.pop())})
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
    switch_on(world.officer, mail_server)
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
    assert mail.count("You have 2 notifications in vedette.") == 2
    body = mail.partition("\r\n\r\n")[2].replace("\r\n", "\n").strip()
    assert body == (
        "You have 2 notifications in vedette.\n\nhttps://targeting.example/notifications/"
    )
    assert not any(word in mail for word in ("YY 417", "late", "Diallo\n", "messages"))
    happens(world, world.officer, read_at=timezone.now())
    later()
    mailing.send_due()
    assert len(mail_server.received) == 1


def test_at_most_one_in_a_quarter_of_an_hour(world: World, mail_server: Server) -> None:
    """A notification soon after an e-mail waits."""
    switch_on(world.officer, mail_server)
    for _ in range(2):
        happens(world, world.officer)
        mailing.send_due()
    assert len(mail_server.received) == 1
    later()
    mailing.send_due()
    assert len(mail_server.received) == 2


@pytest.mark.parametrize(
    ("language", "text"),
    [
        ("fr", "Vous avez 1 notification dans vedette."),
        ("en", "You have 1 notification in vedette."),
    ],
)
def test_the_language_is_that_of_the_user(
    world: World, mail_server: Server, language: str, text: str
) -> None:
    """Whatever the default language is."""
    User.objects.using("intake").filter(pk=world.officer.pk).update(language=language)
    switch_on(world.officer, mail_server)
    happens(world, world.officer)
    mailing.send_due()
    assert text in mail_server.received[0]


def test_what_the_user_may_not_see_sends_nothing(world: World, mail_server: Server) -> None:
    """Nor does a suspended account, nor a notification from before e-mails were switched on."""
    happens(world, world.officer, at=timezone.now() - dt.timedelta(minutes=1))
    switch_on(world.officer, mail_server)
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
    switch_on(world.officer, mail_server)
    mail_server.refusal = "550 no such user"
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
    switch_on(world.officer, mail_server)
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
    switch_on(world.officer, mail_server)
    mail_server.slow = True
    happens(world, world.officer)
    for name, value in (
        ("HOST", "127.0.0.1"), ("PORT", str(mail_server.server_address[1])), ("TLS", "none"),
        ("FROM", "v@customs.example"),
    ):  # fmt: skip
        monkeypatch.setenv(f"VEDETTE_SMTP_{name}", value)
    monkeypatch.setenv("VEDETTE_ORIGINS", "https://targeting.example")
    mailer = mailing.Mailer()
    began = time.monotonic()
    mailer.look()
    assert time.monotonic() - began < 2
    process = mailer._process
    assert process is not None
    assert mail_server.asked.wait(30)
    mailer.look()
    assert process.is_alive()
    monkeypatch.setattr(mailing, "KILLED_S", 0.0)
    mailer.look()
    process.join(30)
    assert process.exitcode == -signal.SIGKILL
    mailer.look()
    assert mailer._process is process
    mailer.stop()


def test_an_address_is_used_after_its_code(world: World, mail_server: Server) -> None:
    """Before, nothing but the code is sent to it. The code is that of the user, and valid once."""
    client = browser(world.officer)
    ask(client)
    happens(world, world.officer)
    for _ in range(2):
        assert mailing.send_due()
        later()
    [mail] = mail_server.received
    assert "notification in vedette" not in mail
    assert not any(word in mail for word in ("Diallo", "YY 417", "https://"))
    code = code_in(mail)
    page = client.get(PAGE).content.decode()
    assert "waiting for the code" in page
    assert code not in page
    other = browser(world.users["officer2"])
    assert other.post(PAGE, {"code": code}).status_code == 422
    wrong = f"{(int(code) + 1) % 10**6:06}"
    for text in (wrong, "", "\0", "é" * 9):
        assert client.post(PAGE, {"code": text}).status_code == 422
    assert client.post(PAGE, {"code": f" {code} "}).status_code == 302
    assert client.post(PAGE, {"code": code}).status_code == 422
    # The notification from before the confirmation is not announced.
    mailing.send_due()
    happens(world, world.officer)
    mailing.send_due()
    assert len(mail_server.received) == 2
    assert "You have 2 notifications in vedette." in mail_server.received[1]


def test_a_code_ends_after_five_wrong_ones_and_after_an_hour(
    world: World, mail_server: Server
) -> None:
    """A new code is sent on request; the earlier one is not valid any more."""
    client = browser(world.officer)
    codes = []
    for _ in range(3):
        ask(client)
        mailing.send_due()
        codes.append(code_in(mail_server.received[-1]))
    assert client.post(PAGE, {"code": codes[0]}).status_code == 422 or codes[0] == codes[2]
    Mail.objects.using("intake").update(wrong_codes=0)
    wrong = f"{(int(codes[2]) + 1) % 10**6:06}"
    for _ in range(5):
        assert client.post(PAGE, {"code": wrong}).status_code == 422
    assert client.post(PAGE, {"code": codes[2]}).status_code == 422
    ask(client)
    mailing.send_due()
    Mail.objects.using("intake").update(code_until=timezone.now() - dt.timedelta(seconds=1))
    assert client.post(PAGE, {"code": code_in(mail_server.received[-1])}).status_code == 422
    assert len(mail_server.received) == 4


def test_codes_are_not_sent_without_limit(world: World, mail_server: Server, settings: Any) -> None:
    """Nobody has vedette send many e-mails to other people."""
    client = browser(world.officer)
    times = settings.RATES["code"].times
    answers = [client.post(PAGE, {"address": f"{n}@v.example"}) for n in range(times + 1)]
    assert [one.status_code for one in answers] == [302] * times + [422]
    assert b"Too many attempts" in answers[-1].content


def test_the_address_of_an_administrator_needs_no_code(world: World, mail_server: Server) -> None:
    """As long as it is the address that the administrator set. The user still switches e-mails on."""
    officer, boss = world.officer, browser(world.users["administrator"])
    standing = {
        "role": "officer", "unit": "", "themes": officer.themes, "purposes": officer.purposes,
    }  # fmt: skip
    page = f"/users/{officer.pk}/"
    assert boss.post(page, {**standing, "email": "x"}).status_code == 422
    assert boss.post(page, {**standing, "email": ADDRESS}).status_code == 302
    client = browser(User.objects.using("intake").get(pk=officer.pk))
    happens(world, officer)
    mailing.send_due()
    assert mail_server.received == []
    assert f'value="{ADDRESS}"' in client.get(PAGE).content.decode()
    assert client.post(PAGE, {"address": ADDRESS}).headers["Location"] == "/account/"
    happens(world, officer)
    mailing.send_due()
    assert len(mail_server.received) == 1
    boss.post(page, {**standing, "email": "new@customs.example"})
    happens(world, officer)
    later()
    mailing.send_due()
    assert len(mail_server.received) == 1


def test_what_is_out_of_sight_delays_no_e_mail(world: World, mail_server: Server) -> None:
    """A hidden notification sends nothing, and the next visible one is announced at once, with the number of
    those that the page shows."""
    switch_on(world.officer, mail_server)
    unit = Unit.objects.using("intake").create(organisation=world.organisation, name="Port")
    User.objects.using("intake").filter(pk=world.officer.pk).update(unit=unit)
    happens(world, world.officer)
    assert mailing.send_due()
    assert mail_server.received == []
    params = {"name": "YY 1", "themes": ["passengers"], "unit": str(unit.pk), "group": None}
    happens(world, world.officer, params=params)
    assert mailing.send_due()
    assert len(mail_server.received) == 1
    assert "You have 1 notification in vedette." in mail_server.received[0]


def test_an_address_without_its_code_is_deleted(world: World, mail_server: Server) -> None:
    """One day after the end of the code. A confirmed address stays."""
    switch_on(world.officer, mail_server)
    ask(browser(world.users["officer2"]))
    with psycopg.connect(os.environ["DATABASE_URL_INTAKE"], autocommit=True) as db:
        for hours, left in ((24, 2), (26, 1)):
            actions.forget(db, timezone.now() + dt.timedelta(hours=hours))
            assert Mail.objects.using("intake").count() == left


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
    client = switch_on(world.officer, mail_server)
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
