"""Print measured figures, one per line: name, value, unit, amount of work, cores used."""

from __future__ import annotations

import argparse
import importlib

from vedette.bench import BENCHES, WHEN_NAMED


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("names", nargs="*", metavar="NAME", help=f"of: {', '.join(BENCHES)}")


def run(args: argparse.Namespace) -> int:
    """Runs the benches in order and prints each figure as soon as it is measured."""
    unknown = [name for name in args.names if name not in (*BENCHES, *WHEN_NAMED)]
    if unknown:
        print(f"no bench named {', '.join(unknown)}; there are: {', '.join(BENCHES)}")
        return 2
    for name in args.names or BENCHES:
        for figure in importlib.import_module(f"vedette.bench.{name}").run():
            print(figure, flush=True)
    return 0
