"""Print measured figures, one per line: name, value, unit, amount of work, cores used."""

from __future__ import annotations

import argparse
import pkgutil

from vedette.bench import BENCHES, WHEN_NAMED


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("names", nargs="*", metavar="NAME", help=f"of: {', '.join(BENCHES)}")


def run(args: argparse.Namespace) -> int:
    """Runs the benches in order and prints each figure as soon as it is measured."""
    functions = BENCHES | WHEN_NAMED
    unknown = [name for name in args.names if name not in functions]
    if unknown:
        print(f"no bench named {', '.join(unknown)}; there are: {', '.join(BENCHES)}")
        return 2
    for name in args.names or BENCHES:
        for figure in pkgutil.resolve_name(f"vedette.bench.{functions[name]}")():
            print(figure, flush=True)
    return 0
