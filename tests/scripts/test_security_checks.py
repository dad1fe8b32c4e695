"""The secret scan finds what is planted, the audit calls no silence clean, and named tests exist."""

from __future__ import annotations

import pytest

from scripts import audit_lock, check_named, check_secrets

PLANTED = {
    "a private key": "-----BEGIN OPENSSH PRIVATE" + " KEY-----",
    "a token of this API": "token: vedette_" + "aB3-" * 10 + "xyz",
    "a key file of this installation": "0f" * 32 + "\n",
    "a cloud access key": "AKIA" + "ABCDEFGH12345678",
    "a token of a code host": "ghp_" + "a1" * 18,
    "a token of a chat or a model": "xoxb-" + "1234567890-abcdefghij",
    "a signed web token": "eyJ" + "hbGciOiJIUzI1.eyJ" + "zdWIiOiIxMjM0.c2lnbmF0dXJlc2lnbmF0dXJl",
    "a password in an address": "postgresql://vedette_web:" + "Tr0ub4dor@db.example/vedette",
    "a password in a setting": "export VEDETTE_METRICS_TOKEN=" + "abcdefgh12345678",
}


@pytest.mark.parametrize("kind", check_secrets.PATTERNS)
def test_planted_secrets_are_found_and_not_quoted(kind):
    """Each kind, told by its place; a scan that quotes a secret spreads it."""
    found = check_secrets.problems("web.env", f"{PLANTED[kind]}".encode())
    assert found == [f"web.env:1: what looks like {kind}"]


@pytest.mark.parametrize(
    "text",
    [
        "postgresql://vedette_web:…@host/vedette", "https://example.org/a:b@c", "PASSWORD = password",
        "vedette_work", "sha256:" + "0f" * 32, "postgresql:///vedette?host=/run",
    ],
)  # fmt: skip
def test_what_is_no_secret_is_left_alone(text):
    """Placeholders, hashes and addresses without a password."""
    assert check_secrets.problems("page.md", text.encode()) == []


def test_silence_is_no_clean_audit():
    """pip-audit ends well where nobody answered; here that is "not audited"."""
    skipped = [{"name": "django", "skip_reason": "not found"}]
    assert audit_lock.verdict(audit_lock.outcome("pypi", skipped))[0] == 2
    assert audit_lock.verdict(audit_lock.outcome("pypi", []))[0] == 2
    clean = [{"name": "django", "version": "5.2", "vulns": []}]
    assert audit_lock.verdict(audit_lock.outcome("pypi", clean))[0] == 0
    assert audit_lock.verdict({**audit_lock.outcome("pypi", clean), "lock": "other"})[0] == 2
    weak = [{"name": "django", "version": "5.2", "vulns": [{"id": "CVE-1"}]}]
    assert audit_lock.verdict(audit_lock.outcome("pypi", weak))[0] == 1


def test_a_control_without_its_test_is_told(tmp_path):
    """Files and tests that a page names must be there."""
    (tmp_path / "tests").mkdir()
    (tmp_path / "tests" / "test_x.py").write_text("def test_there():\n    pass\n", "utf-8")
    page = "`tests/test_x.py::test_there` `tests/test_x.py::test_gone` `src/nowhere.py`"
    assert check_named.problems("P.md", page, tmp_path) == [
        "P.md:1: no test_gone in tests/test_x.py",
        "P.md:1: no src/nowhere.py",
    ]
