"""Verify that the journal was not changed, and print its entries with decrypted texts.

`verify` reads the whole hash chain and reports each changed, removed, inserted or reordered row. The signed
heads (signed last states of the chain) show whether the last rows were removed. `verify` needs the key with
which the hash chain is computed. To check the signed heads, `verify` also needs the public half of the key
`heads`. `show` prints journal entries with their search terms and reasons. `show` needs the private half of
the key `journal`, which only the data-protection officer has. Each use of `show` is itself recorded in the
journal.

Exit status of `verify`: 0 no finding, 1 a finding or a missing key.
"""

from __future__ import annotations

import argparse
import datetime as dt
import sys
from collections import Counter
from contextlib import suppress
from pathlib import Path

from vedette.commands.environment import database, intake, journal, keys, month_keys
from vedette.core.errors import Failure
from vedette.keys.ring import KeysError, read_public

#: Maximum number of printed findings of each kind; the rest is counted.
_PRINTED = 50


def add_arguments(parser: argparse.ArgumentParser) -> None:
    commands = parser.add_subparsers(dest="what", required=True)
    check = commands.add_parser("verify", help="read the whole chain and report errors")
    check.add_argument(
        "--heads", type=Path, help="the file of signed heads, or a copy kept elsewhere"
    )
    check.add_argument(
        "--public", type=Path, help="the public key that verifies them (heads-….pub)"
    )
    show = commands.add_parser("show", help="acts with their texts decrypted")
    show.add_argument("--user", help="sign-in name of the user who acted")
    show.add_argument("--day", type=dt.date.fromisoformat, help="YYYY-MM-DD, in UTC")
    show.add_argument("--subject", help="id of the subject of the act")
    show.add_argument("--limit", type=int, default=1000, help="maximum number of acts (1000)")


def run(args: argparse.Namespace) -> int:
    """Verifies or shows the journal. The exit status is 1 if there is a finding or a key is
    missing.
    """
    try:
        with database():
            return _verify(args) if args.what == "verify" else _show(args)
    except OSError as error:
        raise Failure(str(error)) from error


def _verify(args: argparse.Namespace) -> int:
    from vedette.apps.journal.heads import FILE
    from vedette.apps.journal.verify import verify

    ring = keys()
    path = args.heads or journal() / FILE
    publics = (
        {args.public.name: read_public(args.public)}
        if args.public
        else {key_id: ring.key(key_id) for key_id in ring.ids("heads.pub")}
    )
    months = None
    with suppress(KeysError):
        months = month_keys()
    with intake() as connection:
        report = verify(connection, ring, path, publics, _progress, months)
    printed: Counter[str] = Counter()
    for finding in report.findings:
        printed[finding.what] += 1
        if printed[finding.what] <= _PRINTED:
            print(finding)
    for what, count in printed.items():
        if count > _PRINTED:
            print(f"{what}: {count - _PRINTED} more")
    youngest = report.youngest
    age = "" if youngest is None else f" (the youngest after {youngest.days} days)"
    print(
        f"{report.seals} seals, {report.heads} heads; {report.waiting} rows wait for their seal,"
        f" {report.gone} decisions deleted by law{age}, {report.masked} with masked texts"
    )
    if report.unopened:
        print(
            f"{report.unopened} of these are in the vault and were not read: no monthly keys on this machine"
        )
    if report.late is not None:
        print(f"a row has waited {report.late.total_seconds():.0f} s although a worker runs")
    print("the journal differs from its seals" if report.findings else "the journal is whole")
    return 1 if report.findings else 0


def _progress(done: int, of: int) -> None:
    if sys.stderr.isatty():
        print(f"\r{done:,} of {of:,} seals", end="\n" if done == of else "", file=sys.stderr)


def _show(args: argparse.Namespace) -> int:
    from django.utils import timezone

    from vedette.apps.accounts import acts
    from vedette.apps.journal.selectors import Filters, opened

    ring = keys()
    ring.require("journal")
    filters = Filters(
        user=args.user or "", subject=args.subject or "",
        day=args.day.isoformat() if args.day else "",
    )  # fmt: skip
    with timezone.override(dt.UTC):
        found = list(opened(filters, ring, max(1, args.limit)))
    # The decryption of texts is recorded first, in each journal that is shown.
    asked = {"user": filters.user, "subject": filters.subject, "day": filters.day}
    for organisation, rows in Counter(act.organisation_id for act, _ in found).items():
        acts.write(
            None, "journal.show", organisation=organisation, words=asked, using="intake", rows=rows
        )
    for act, words in found:
        print(
            f"{act.at:%Y-%m-%dT%H:%M:%SZ}", act.user.username if act.user else "-", act.act,
            act.subject or "-", act.detail, *(f"{key}={value!r}" for key, value in words.items()),
        )  # fmt: skip
    return 0
