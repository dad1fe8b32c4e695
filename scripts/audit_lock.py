"""Looks up known vulnerabilities of every locked package with pip-audit, and records the answers.

If the service gives no answer about a package, pip-audit reports the package as "skipped" and exits with
status 0. This script treats such a run as not complete. `--record` stores the result in docs/audit.

Exit status 0: there is an answer for every package and no vulnerability is known, or the record states this
for the same lock files. Status 1: there are known vulnerabilities. Status 2: an answer is missing.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import json
import subprocess
import sys
from collections.abc import Sequence
from importlib.metadata import version
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
#: The lock file for development contains all packages of the lock file for run time.
LOCK = ROOT / "requirements-dev.txt"
RECORD = ROOT / "docs" / "audit" / "dependencies.json"


def ask(service: str) -> dict[str, Any]:
    """Runs pip-audit with one service. Returns the packages, the answers and the known vulnerabilities."""
    command = [
        sys.executable, "-m", "pip_audit", "-r", str(LOCK), "--require-hashes", "--disable-pip",
        "--progress-spinner", "off", "-s", service, "-f", "json",
    ]  # fmt: skip
    done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=300)
    try:
        found = json.loads(done.stdout)["dependencies"]
    except (ValueError, KeyError):
        found = []
    return outcome(service, found)


def outcome(service: str, found: Sequence[dict[str, Any]]) -> dict[str, Any]:
    """Converts the list of dependencies of pip-audit to a record. Only packages with an answer count."""
    answered = [one for one in found if "skip_reason" not in one]
    return {
        "date": dt.date.today().isoformat(),
        "lock": lock_hash(),
        "tool": f"pip-audit {version('pip-audit')}, service {service}",
        "packages": len(found),
        "answered": len(answered),
        "weaknesses": {
            f"{one['name']} {one['version']}": sorted(known["id"] for known in one["vulns"])
            for one in answered
            if one["vulns"]
        },
    }


def lock_hash() -> str:
    """Returns the hashes that identify the lock files of the record."""
    return hashlib.sha256(LOCK.read_bytes()).hexdigest()


def verdict(run: dict[str, Any]) -> tuple[int, str]:
    """Returns the exit status and a sentence about the result."""
    if run["weaknesses"]:
        names = "; ".join(f"{n}: {', '.join(ids)}" for n, ids in run["weaknesses"].items())
        return 1, f"known weaknesses: {names}"
    if not run["packages"] or run["answered"] < run["packages"]:
        said = f"{run['answered']} of {run['packages']} packages were answered for"
        return (
            2,
            f"not audited: {said} ({run['date']}); run scripts/audit where a service is reached",
        )
    if run["lock"] != lock_hash():
        return 2, f"not audited: the record of {run['date']} is of another lock"
    return 0, f"nothing known of {run['answered']} packages ({run['date']})"


def main(argv: Sequence[str]) -> int:
    """Queries PyPI, then OSV. If neither service answers, reports the recorded result."""
    runs = [run for service in ("pypi", "osv") if (run := ask(service))["answered"]]
    if runs:
        run = runs[0]
    else:
        print(
            "no service of known weaknesses answers here; the recorded run says:", file=sys.stderr
        )
        run = json.loads(RECORD.read_text("utf-8")) if RECORD.exists() else ask("pypi")
    if "--record" in argv:
        run = runs[0] if runs else ask("pypi")
        RECORD.write_text(json.dumps(run, indent=1) + "\n", "utf-8")
    status, said = verdict(run)
    print(said)
    return status


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
