"""The files that an operator copies: hardened, and without a word that would log a person."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
UNITS = sorted((ROOT / "deploy" / "systemd").glob("vedette-*.service"))
WANTED = {
    "NoNewPrivileges=yes", "ProtectSystem=strict", "ProtectHome=yes", "PrivateTmp=yes",
    "PrivateDevices=yes", "CapabilityBoundingSet=", "RestrictNamespaces=yes", "LockPersonality=yes",
    "SystemCallFilter=@system-service", "IPAddressDeny=any", "LimitCORE=0", "UMask=0077",
}  # fmt: skip


@pytest.mark.parametrize("unit", UNITS, ids=lambda path: path.name)
def test_units_are_hardened(unit):
    """Each service has its own account, no capability, and nothing of the machine to write to."""
    lines = set(unit.read_text("utf-8").splitlines())
    assert lines >= WANTED
    assert not any(line.startswith("User=root") for line in lines)
    assert len({line for line in lines if line.startswith("User=vedette-")}) == 1


def test_processes_of_a_worker_may_lower_their_priority():
    """Those for lists and backtests call `nice`, and would end at once without this permission."""
    text = (ROOT / "deploy" / "systemd" / "vedette-work@.service").read_text("utf-8")
    filters = re.findall("^SystemCallFilter=(.*)$", text, re.MULTILINE)
    assert filters == ["@system-service", "~@privileged @resources", "setpriority"]


def test_the_backup_has_a_clock():
    """Every night, and after a night without power; the service it starts is there."""
    text = (ROOT / "deploy" / "systemd" / "vedette-backup.timer").read_text("utf-8")
    assert "OnCalendar=" in text
    assert "Persistent=yes" in text
    assert (ROOT / "deploy" / "systemd" / "vedette-backup.service") in UNITS


def test_the_proxy_writes_headers_anew_and_logs_no_address():
    """`X-Forwarded-*` are never passed on; the log has neither query nor id nor referrer."""
    text = (ROOT / "deploy" / "nginx" / "vedette.conf").read_text("utf-8")
    assert "$proxy_add_x_forwarded_for" not in text
    assert re.search(r"X-Forwarded-For\s+\$remote_addr;", text)
    [logged] = re.findall(r"log_format vedette (.*?);", text, re.DOTALL)
    assert not re.search(r"\$(request|request_uri|args|query_string|http_referer|uri)\b", logged)
    for inside in ("/readyz", "/metrics"):
        assert re.search(rf"location = {inside}\s+{{[^}}]*deny all", text)
