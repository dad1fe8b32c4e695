"""Second factors in a real browser: a code app, a security key, a passkey; axe on every page of it."""

from __future__ import annotations

import sys
import time
import types
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from tests.apps.hits.world import World
    from tests.browser.conftest import Desk


#: A key that is not touched in time.
REFUSE = """() => { navigator.credentials.create = () =>
    Promise.reject(new DOMException("", "NotAllowedError")) }"""


@pytest.fixture
def held_step(monkeypatch: pytest.MonkeyPatch) -> None:
    """The step of 30 s does not change while the code is typed. The pages are served by this process."""
    from allauth.mfa.totp.internal import auth

    now = time.time()
    held = types.SimpleNamespace(time=lambda: now)
    monkeypatch.setattr(auth, "time", held)
    monkeypatch.setattr(sys.modules[__name__], "time", held)


def code(secret: str, steps: int = 0) -> str:
    from allauth.mfa.totp.internal.auth import format_hotp_value, hotp_value

    return format_hotp_value(hotp_value(secret, int(time.time()) // 30 + steps))


@pytest.fixture
def key(page: Desk) -> Any:
    """A virtual security key in the browser (DevTools protocol), that checks its owner."""
    page.address = page.address.replace("127.0.0.1", "localhost")  # a key belongs to a name
    session = page.page.context.new_cdp_session(page.page)
    session.send("WebAuthn.enable")
    made = session.send(
        "WebAuthn.addVirtualAuthenticator",
        {
            "options": {
                "protocol": "ctap2",
                "transport": "internal",
                "hasResidentKey": True,
                "hasUserVerification": True,
                "isUserVerified": True,
            }
        },
    )
    return lambda name, **more: session.send(
        f"WebAuthn.{name}", {"authenticatorId": made["authenticatorId"], **more}
    )


def sign_out(page: Desk) -> None:
    page.page.context.clear_cookies()


def first_step(page: Desk) -> None:
    from vedette.apps.accounts.selectors import demo_password

    page.go("/login/")
    page.page.fill("[name=username]", "officer")
    page.page.fill("[name=password]", demo_password("officer"))
    page.page.keyboard.press("Enter")


@pytest.mark.usefixtures("held_step")
def test_code_app_by_keyboard(page: Desk, world: World) -> None:
    """Set up, recovery codes shown once, asked for at the next sign-in; the axe finds nothing."""
    page.type_password()
    page.go("/account/")
    assert page.axe() == []
    page.go("/account/app/")
    assert page.axe() == []
    secret = page.page.inner_text("#secret").replace(" ", "")
    page.page.fill("[name=code]", code(secret, -1))
    page.page.keyboard.press("Enter")
    page.page.wait_for_url("**/account/recovery/")
    assert page.page.locator("#codes li").count() == 10
    assert page.axe() == []
    sign_out(page)
    first_step(page)
    page.page.wait_for_url("**/login/code/")
    assert page.axe() == []
    assert page.page.evaluate("document.activeElement.name") == "code"
    page.page.keyboard.type(code(secret))
    page.page.keyboard.press("Enter")
    page.page.wait_for_url(f"{page.address}/home/")


def test_security_key_as_second_factor(page: Desk, world: World, key: Any) -> None:
    """Added with a name, asked for at the next sign-in, taken away again."""
    page.type_password()
    page.go("/account/key/")
    assert page.axe() == []
    page.page.fill("[name=name]", "Desk")
    page.page.click("form[data-webauthn] button")
    page.page.wait_for_url("**/account/recovery/")
    sign_out(page)
    first_step(page)
    page.page.wait_for_url("**/login/code/")
    page.page.click("form[data-webauthn] button")
    page.page.wait_for_url(f"{page.address}/home/")
    page.go("/account/")
    page.page.click("a[href*='/key/'][href*='remove']")
    assert "Desk" in page.page.inner_text("main")
    page.page.click("main button.one")
    page.page.wait_for_url("**/account/")
    assert page.page.locator("a[href*='remove']").count() == 0


def test_passkey_alone(page: Desk, world: World, key: Any) -> None:
    """A key that knows its owner and asks for a PIN or finger is both factors."""
    page.type_password()
    page.go("/account/key/")
    page.page.check("[name=passwordless]")
    page.page.click("form[data-webauthn] button")
    page.page.wait_for_url("**/account/recovery/")
    assert key("getCredentials")["credentials"][0]["isResidentCredential"]
    sign_out(page)
    page.go("/login/?next=/flights/")
    page.page.click("form[data-webauthn] button")
    page.page.wait_for_url(f"{page.address}/flights/")


def test_key_that_does_not_answer_is_told(page: Desk, world: World, key: Any) -> None:
    """Cancelled or absent: words beside the button, and the page goes on."""
    from playwright.sync_api import expect

    page.type_password()
    page.go("/account/key/")
    page.page.evaluate(REFUSE)
    page.page.click("form[data-webauthn] button")
    # `wait_for_function` would ask a second time with `eval`, which the policy of the pages forbids.
    expect(page.page.locator("form[data-webauthn] [role=alert]")).to_contain_text("NotAllowedError")
