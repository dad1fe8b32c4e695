"""The keyboard shortcut of a button."""

from __future__ import annotations

from django.utils.translation import override

from vedette.web.templatetags.vedette import key


def test_the_tooltip_states_the_keys() -> None:
    """Also those of Firefox, in both languages."""
    assert key("n") == 'accesskey="n" title="Alt + N (Firefox: Alt + Shift + N)"'
    with override("fr"):
        assert "Firefox\N{NO-BREAK SPACE}: Alt + Maj + N" in key("n")
