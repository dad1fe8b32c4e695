"""Runs `vedette COMMAND …`. The module of a command is loaded only when the command is called.

A command is a module in `vedette.commands`. The module of a command has a docstring (the help of the
command), `add_arguments(parser)` and `run(args) -> int`. Exit status 0 means that the command succeeded,
possibly with warnings. Status 1 means that the input could not be read at all. A line on stderr then contains
the reason and the position in the input. Status 2 means that the arguments are wrong.
"""

from __future__ import annotations

import argparse
import gc
import importlib
import sys
from collections.abc import Sequence

from vedette.core.errors import Failure

#: command → what it does, in one line. The module is `vedette.commands.<command>`,
#: or stands in a folder of `FOLDERS`.
COMMANDS: dict[str, str] = {
    "demo": "start a private national targeting centre with synthetic data",
    "serve": "start the web server (production)",
    "work": "start a worker, which reads the inbox (production)",
    "createadmin": "create the first administrator",
    "ingest": "put messages into the inbox",
    "parse": "read messages and print their records as JSON",
    "lists": "import, list, compare and subscribe to watchlists",
    "names": "compare pairs of names; search names in lists",
    "model": "learn from results of controls of goods: fit, score, watch",
    "cash": "import exchange rates; write goAML reports; print the batches of the routine transmission",
    "goods": "check goods lines against control lists; safety cards; baseline of ordinary trade",
    "release": "decide about releases to other organisations; print the non-nominal view of a record",
    "profile": "test a risk profile on a table; import profiles",
    "assess": "calculate, merge and verify diagnostics; propose an action plan",
    "certificate": "issue and verify certificates of training, without a network",
    "training": "build packs of training modules; compute the gain between two tests",
    "experts": "propose experts for a request",
    "equipment": "check a register of equipment",
    "iati": "export programmes to IATI; check IATI files",
    "library": "search a collection of the library; import it; show the items beside a page of work",
    "convert": "convert records between JSON, STIX 2.1, MISP JSON and CSV",
    "operations": "import records into a joint operation; print its report; propose duplicates",
    "keys": "list, rotate and destroy monthly keys; write and restore the two shares of the escrow",
    "retention": "mask and delete the data that are due, or print what is due",
    "backup": "back up all data kept for a week or longer, encrypted by month",
    "restore": "restore a backup; mask, delete and verify before any page is served",
    "upgrade": "create the database roles and the tables of this version",
    "journal": "verify the journal; print its acts with their texts decrypted",
    "bench": "run the measurements and print their figures",
}

#: Folder in `vedette.commands` → the commands whose modules it contains.
FOLDERS = {
    "assistance": ("assess", "certificate", "training", "experts", "equipment", "iati"),
    "cooperation": ("convert", "operations", "release"),
}
_PLACES = {name: f"{folder}.{name}" for folder, names in FOLDERS.items() for name in names}


def start() -> int:
    """Runs the command that is given as the first argument of this process. While modules are loaded, the
    garbage collector finds nothing to delete. With Python's default thresholds, the collector takes 0.3 s of
    the 1.3 s that a command with Django needs to start. The garbage collector takes another 0.3 s when the
    process ends.
    """
    gc.set_threshold(100_000, 10, 10)
    try:
        return main()
    finally:
        gc.freeze()


def main(argv: Sequence[str] | None = None) -> int:
    """Runs one command and returns its exit status."""
    args = list(sys.argv[1:] if argv is None else argv)
    if not args or args[0] in ("-h", "--help") or args[0] not in COMMANDS:
        width = max(map(len, COMMANDS))
        lines = [f"  {name:<{width}}  {what}" for name, what in COMMANDS.items()]
        text = "\n".join(["usage: vedette COMMAND … (each has --help)", "", *lines])
        asked = bool(args) and args[0] in ("-h", "--help")
        print(text, file=sys.stdout if asked else sys.stderr)
        return 0 if asked else 2
    name = args[0]
    module = importlib.import_module(f"vedette.commands.{_PLACES.get(name, name)}")
    parser = argparse.ArgumentParser(
        prog=f"vedette {name}",
        description=module.__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
        epilog="exit status: 0 done (warnings included), 1 unreadable input, 2 wrong usage",
    )
    module.add_arguments(parser)
    try:
        return int(module.run(parser.parse_args(args[1:])))
    except Failure as error:
        print(error, file=sys.stderr)
        return error.status
    except Exception as error:
        if (why := _unreachable(error)) is None:
            raise
        print(f"the database cannot be reached: {why}", file=sys.stderr)
        return 1


def _unreachable(error: Exception) -> str | None:
    """Returns the first line of an error in the connection to the database, or None for any other error. The
    driver is not imported, because most commands do not need it. An error that the database server reports
    has a code. The text of such an error is not returned, because it may contain stored values."""
    cause = error.__cause__ or error
    if type(cause).__name__ != "OperationalError" or getattr(cause, "sqlstate", "") is not None:
        return None
    return str(cause).strip().partition("\n")[0][:300]


if __name__ == "__main__":
    sys.exit(start())
