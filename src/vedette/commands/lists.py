"""Import, list and compare watchlists and control lists, and subscribe to lists.

  vedette lists                      print every list with its version, entries and expiry
  vedette lists import FILE… --name N --purpose P --basis B
  vedette lists diff NAME            print the changes of the last version
  vedette lists show NAME [--on DAY] print the entries of a day
  vedette lists subscribe URL --name N --purpose P --basis B --by USER
                                     fetch a list from its publisher from now on
  vedette lists subscriptions        print the subscriptions with their last fetch and error
  vedette lists unsubscribe NAME --by USER
  vedette lists fetch                fetch now what is due, as the worker does

For the file `…_sdn.csv` of OFAC, the command also reads the files `…_alt.csv` and `…_add.csv` in the same
folder. A list may consist of several files.
"""

from __future__ import annotations

import argparse
import datetime as dt
import uuid
from pathlib import Path
from typing import TYPE_CHECKING

from vedette.commands.environment import database, intake, organisation
from vedette.core.errors import WrongUsage
from vedette.formats.lists import LISTS, UnknownList
from vedette.formats.lists.common import MAX_BYTES
from vedette.formats.lists.ofac import neighbour_names

if TYPE_CHECKING:
    from vedette.apps.accounts.models import Organisation

PURPOSES = ("terrorism", "serious_crime", "border")
#: Maximum number of printed problems. The others are only counted.
SHOWN = 20


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--organisation", help="the organisation that owns the lists, if there are several"
    )
    parts = parser.add_subparsers(
        dest="what",
        metavar="import | diff | show | subscribe | subscriptions | unsubscribe | fetch",
    )
    bring = parts.add_parser(
        "import",
        help="a new version of a list",
        description="formats: " + "; ".join(f"{f.name} ({f.title})" for f in LISTS.values()),
    )
    bring.add_argument("files", nargs="+", type=Path, metavar="FILE")
    follow = parts.add_parser(
        "subscribe",
        help="fetch a list from its publisher from now on",
        description="Workers fetch the list if VEDETTE_SUBSCRIPTIONS is 1. Each new version waits for a"
        " second person.",
    )
    follow.add_argument("url", metavar="URL", help="an address that begins with https://")
    follow.add_argument(
        "--every", type=int, default=24, metavar="HOURS", help="hours between two fetches (24)"
    )
    for part in (bring, follow):
        part.add_argument(
            "--name", required=True, help="name of the list; an existing list gets a new version"
        )
        part.add_argument("--purpose", required=True, choices=PURPOSES)
        part.add_argument("--basis", required=True, help="legal basis: law and article")
        part.add_argument(
            "--owner", default="", help="the unit or person responsible for it (the organisation)"
        )
        part.add_argument(
            "--expires",
            type=dt.date.fromisoformat,
            help="last day on which it gives hits: 2026-12-31",
        )
        part.add_argument("--weight", type=_weight, help="points of a certain match (70)")
        part.add_argument(
            "--theme", action="append", dest="themes", metavar="THEME",
            help="a theme whose officers see the hits, such as strategic; may be repeated",
        )  # fmt: skip
        part.add_argument(
            "--rule", help="for a control list: when a match is a reason (the proposed rule)"
        )
        part.add_argument(
            "--instead-of", default=None, metavar="KEY",
            help="for a control list: the supplied list in whose place it is used",
        )  # fmt: skip
        part.add_argument(
            "--from-day", type=dt.date.fromisoformat, metavar="DAY",
            help="for a control list: first day on which the version is in force (today)",
        )  # fmt: skip
    known = parts.add_parser("subscriptions", help="the subscriptions, with last fetch and error")
    leave = parts.add_parser("unsubscribe", help="end the subscriptions to a list")
    leave.add_argument("name", metavar="NAME")
    for part in (follow, leave):
        part.add_argument(
            "--by", required=True, metavar="USER", help="the list manager in whose name it is done"
        )
    parts.add_parser("fetch", help="fetch the subscriptions that are due")
    difference = parts.add_parser("diff", help="what changed between two versions")
    difference.add_argument("name", metavar="NAME")
    difference.add_argument(
        "--from", dest="earlier", type=int, metavar="N", help="(the one before)"
    )
    difference.add_argument("--to", dest="later", type=int, metavar="M", help="(the current one)")
    show = parts.add_parser("show", help="the entries of a list, also those of an earlier day")
    show.add_argument("name", metavar="NAME")
    show.add_argument(
        "--on", type=dt.date.fromisoformat, metavar="DAY", help="as of the end of this day (today)"
    )
    for part in (bring, difference, show, follow, known, leave):
        part.add_argument("--organisation", default=argparse.SUPPRESS)


def _weight(text: str) -> int:
    value = int(text)
    if not 0 <= value <= 100:
        raise ValueError(text)
    return value


def run(args: argparse.Namespace) -> int:
    """Returns the exit status: 0 done, possibly with warnings; 1 no list could be read; 2 wrong usage."""
    if args.what == "import":
        files = _read(args.files)
    with database():
        from django.db import transaction
        from django.utils import translation

        from vedette.apps.accounts.models import Organisation
        from vedette.apps.accounts.rules import set_scope

        translation.activate("en")
        if args.what == "fetch":
            return _fetch()
        with intake() as connection:
            owner = organisation(connection, args.organisation)
        if args.what == "import":
            return _import(args, files, Organisation.objects.using("intake").get(pk=owner))
        with transaction.atomic():
            set_scope(owner)
            if args.what in ("subscribe", "unsubscribe"):
                return _follow(args, owner)
            if args.what == "subscriptions":
                return _subscriptions()
            if args.what == "show":
                return _show(args)
            return _diff(args) if args.what == "diff" else _table()


def _read(paths: list[Path]) -> dict[str, bytes]:
    """Returns the contents of the given files, and of the other files of the same lists, by file name."""
    found: dict[str, bytes] = {}
    beside = [
        path.with_name(name) for path in paths for name in neighbour_names(path.name).values()
    ]
    for path in dict.fromkeys([*paths, *(p for p in beside if p.is_file())]):
        try:
            if path.stat().st_size > MAX_BYTES:
                raise UnknownList(f"{path}: larger than {MAX_BYTES >> 20} MB; split the list")
            found[path.name] = path.read_bytes()
        except OSError as error:
            raise UnknownList(
                f"{path}: {error.strerror or 'cannot be opened'}; check the path and its permissions"
            ) from error
    return found


def _import(args: argparse.Namespace, files: dict[str, bytes], organisation: Organisation) -> int:
    from vedette.apps.lists import wording
    from vedette.apps.lists.actions import import_list
    from vedette.apps.lists.models import Watchlist

    # Attributes that are not given keep their values.
    lists = Watchlist.objects.using("intake").filter(organisation_id=organisation.pk)
    known = lists.filter(name=args.name.strip()).first()
    owner = args.owner or (known.owner if known else "")
    expires = args.expires or (known.expires_on if known else None)
    weight = args.weight if args.weight is not None else known.weight if known else 70
    try:
        version, new = import_list(
            organisation, None, args.name, files, args.purpose, args.basis, owner, expires, weight,
            themes=args.themes, rule=args.rule, active_from=args.from_day,
            replaces=args.instead_of if args.instead_of is not None else known.replaces if known else "",
        )  # fmt: skip
    except ValueError as error:
        raise WrongUsage(str(error)) from error
    if not new:
        print(f"{args.name}: no change, version {version.number} has the same content")
        return 0
    print(
        f"{args.name}: version {version.number}, {version.entry_count} entries, {version.added} added, "
        f"{version.changed} changed, {version.removed} removed, {len(version.problems)} with doubt"
    )
    for problem in version.problems[:SHOWN]:
        place = wording.place(problem)
        print(f"  {place + ': ' if place else ''}{problem['message']}")
    if len(version.problems) > SHOWN:
        print(f"  and {len(version.problems) - SHOWN} more, on the page of the version")
    return 0


def _table() -> int:
    from vedette.apps.lists import selectors

    rows = [
        ("NAME", "VERSION", "ENTRIES", "IMPORTED", "EXPIRES", "PURPOSE", "THEMES", "OWNER"),
        *(
            (
                row.watchlist.name,
                str(row.version.number) if row.version else "-",
                str(row.version.entry_count) if row.version else "-",
                row.version.imported_at.date().isoformat() if row.version else "-",
                row.watchlist.expires_on.isoformat() if row.watchlist.expires_on else "-",
                row.watchlist.purpose,
                ",".join(row.watchlist.themes),
                row.watchlist.owner,
            )
            for row in selectors.all_lists()
        ),
    ]
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    for cells in rows:
        print("  ".join(map(str.ljust, cells, widths)).rstrip())
    return 0


def _show(args: argparse.Namespace) -> int:
    from django.utils import timezone

    from vedette.apps.lists import selectors, wording
    from vedette.apps.lists.models import Watchlist

    held = Watchlist.objects.filter(name=args.name, lookouts=False).first()
    if held is None:
        raise WrongUsage("no such list; `vedette lists` prints the existing ones")
    day = args.on or timezone.now().date()
    version = selectors.version_on(held, day)
    number = 0
    for row in selectors.entries_on(held, day):
        number += 1
        print(f"{row.entry.ref}  {wording.title(row.entry)}")
    told = f"version {version.number}" if version else "no version in force"
    print(f"{args.name} on {day}: {told}, {number} entries")
    return 0


def _follow(args: argparse.Namespace, owner: uuid.UUID) -> int:
    """Subscribes to a list, or ends the subscriptions to a list, with the rights of the user named by
    `--by`."""
    from django.core.exceptions import PermissionDenied

    from vedette.apps.accounts.models import User
    from vedette.apps.accounts.rules import set_scope
    from vedette.apps.lists import selectors, subscriptions
    from vedette.apps.lists.fetching import FetchError

    user = User.objects.filter(organisation=owner, username=args.by, is_active=True).first()
    if user is None:
        raise WrongUsage(f"no active user {args.by!r} in this organisation")
    set_scope(user)
    try:
        if args.what == "subscribe":
            terms = {
                "name": args.name, "purpose": args.purpose, "basis": args.basis,
                "owner": args.owner or user.display(), "expires_on": args.expires,
                "weight": 70 if args.weight is None else args.weight,
                **({"themes": args.themes} if args.themes else {}),
                **({"rule": args.rule} if args.rule is not None else {}),
                **({"replaces": args.instead_of} if args.instead_of else {}),
            }  # fmt: skip
            subscriptions.subscribe(user, args.url, args.every, terms)
            print(f"{args.name}: subscribed; `vedette lists subscriptions` shows the last fetch")
            return 0
        mine = [
            row.subscription
            for row in selectors.subscriptions()
            if row.subscription.terms["name"] == args.name
        ]
        for one in mine:
            subscriptions.unsubscribe(user, one)
    except PermissionDenied as error:
        raise WrongUsage(f"{args.by} may not import lists") from error
    except FetchError as error:
        raise WrongUsage(str(subscriptions.ERRORS[error.code])) from error
    except ValueError as error:
        raise WrongUsage(str(error)) from error
    if not mine:
        raise WrongUsage(f"no subscription to {args.name}")
    print(f"{args.name}: {len(mine)} ended")
    return 0


def _subscriptions() -> int:
    from vedette.apps.lists import selectors, wording
    from vedette.apps.lists.fetching import shown

    for row in selectors.subscriptions():
        one = row.subscription
        state = wording.fetch_error(one) or ("waits for a second person" if row.waits else "")
        last = one.fetched_at.isoformat(timespec="minutes") if one.fetched_at else "never"
        print(
            f"{one.terms['name']}  {shown(one.url)}  every {one.every} h  fetched {last}  {state}".rstrip()
        )
    return 0


def _fetch() -> int:
    from vedette.apps.lists.subscriptions import fetch_next

    count = 0
    while fetch_next():
        count += 1
    print(f"{count} fetched; `vedette lists subscriptions` shows the results")
    return 0


def _diff(args: argparse.Namespace) -> int:
    from vedette.apps.lists import selectors, wording
    from vedette.apps.lists.models import Watchlist

    held = Watchlist.objects.filter(name=args.name, lookouts=False).first()
    numbers = sorted(held.versions.values_list("number", flat=True)) if held else []
    later = args.later if args.later is not None else max(numbers, default=0)
    earlier = args.earlier if args.earlier is not None else later - 1
    if held is None or later not in numbers or earlier not in (0, *numbers):
        known = (
            f"versions of {args.name}: {', '.join(map(str, numbers))}" if held else "no such list"
        )
        raise WrongUsage(f"{known}; `vedette lists` prints the existing ones")
    signs = {"added": "+", "changed": "≠", "removed": "−"}
    for told in map(wording.change, selectors.changes(held, earlier, later)):
        print(f"{signs[told.change.kind]} {told.change.entry.ref}  {told.title}")
        for field in told.fields:
            for sign, items in (("−", field.gone), ("+", field.new)):
                for item in items:
                    print(f"    {field.name}: {sign} {item}")
    return 0
