"""`vedette COMMAND …`: one line of dispatch for each command, loaded only when asked for.

A command is a module in `vedette.commands` with a docstring (its help), `add_arguments(parser)` and
`run(args) -> int`. Exit status: 0 done (warnings included), 1 the input could not be read at all
(one line on stderr says why and where), 2 wrong usage.
"""

from __future__ import annotations

import argparse
import importlib
import sys
from collections.abc import Sequence

#: command → what it does, in one line. The module is `vedette.commands.<command>`.
COMMANDS: dict[str, str] = {
    "demo": "start a private national targeting centre with synthetic data",
    "serve": "production: the web server",
    "work": "production: drain the inbox",
    "createadmin": "make the first administrator",
    "ingest": "put messages into the inbox",
    "parse": "read messages and print their records as JSON",
    "lists": "import, list and compare watchlists",
    "names": "compare pairs of names; search lists",
    "profile": "try a risk profile on a table, import profiles",
    "keys": "month keys and escrow: list, rotate, destroy, split, bring back",
    "retention": "mask and delete what is due; say what is due",
    "backup": "back up everything that outlives a week, sealed by month",
    "restore": "bring a backup back; mask, delete and verify before anything is served",
    "upgrade": "create roles and bring the database to this version",
    "journal": "verify the journal; read it with its words opened",
    "bench": "print the measured figures",
}


def main(argv: Sequence[str] | None = None) -> int:
    """Run one command; returns its exit status."""
    args = list(sys.argv[1:] if argv is None else argv)
    if not args or args[0] in ("-h", "--help") or args[0] not in COMMANDS:
        width = max(map(len, COMMANDS))
        lines = [f"  {name:<{width}}  {what}" for name, what in COMMANDS.items()]
        text = "\n".join(["usage: vedette COMMAND … (each has --help)", "", *lines])
        asked = bool(args) and args[0] in ("-h", "--help")
        print(text, file=sys.stdout if asked else sys.stderr)
        return 0 if asked else 2
    name = args[0]
    module = importlib.import_module(f"vedette.commands.{name}")
    parser = argparse.ArgumentParser(
        prog=f"vedette {name}",
        description=module.__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
        epilog="exit status: 0 done (warnings included), 1 unreadable input, 2 wrong usage",
    )
    module.add_arguments(parser)
    return int(module.run(parser.parse_args(args[1:])))


if __name__ == "__main__":
    sys.exit(main())
