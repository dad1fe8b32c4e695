"""Run benchmarks and print one measured figure per line: name, value, unit, amount of work, number of cores
used."""

from __future__ import annotations

import argparse
import pkgutil

from vedette.bench import BENCHES, WHEN_NAMED


def add_arguments(parser: argparse.ArgumentParser) -> None:
    names = ", ".join((*BENCHES, *WHEN_NAMED))
    parser.add_argument("names", nargs="*", metavar="NAME", help=f"of: {names}")
    parser.add_argument(
        "--minutes", type=float, help="length of torture (30) and of cash_form_flood (10)"
    )
    parser.add_argument(
        "--items",
        type=int,
        default=0,
        help="number of stored items of control_lists and goods_pages (3,000,000), or of records of"
        " operations (60,000)",
    )
    parser.add_argument(
        "--scale",
        type=float,
        default=0.0,
        help="share of the 8,500,000 subjects of links (1)",
    )
    parser.add_argument(
        "--world", default="", metavar="DIR", help="world of cash that is measured (drawn)"
    )
    parser.add_argument(
        "--truth", default="", metavar="DIR", help="truth of this world, outside its folder"
    )
    parser.add_argument(
        "--movements", type=int, default=100_000, help="size of a drawn world of cash (100,000)"
    )
    parser.add_argument("--seed", type=int, help="seed of torture, to repeat a run (drawn)")


def run(args: argparse.Namespace) -> int:
    """Runs the benchmarks in order and prints each figure as soon as it is measured."""
    functions = BENCHES | WHEN_NAMED
    unknown = [name for name in args.names if name not in functions]
    if unknown:
        print(f"no bench named {', '.join(unknown)}; there are: {', '.join(BENCHES)}")
        return 2
    for name in args.names or BENCHES:
        options: dict[str, object] = {}
        if name == "torture":
            options = {"minutes": args.minutes or 30, "seed": args.seed}
        elif name == "cash_form_flood" and args.minutes:
            options = {"minutes": args.minutes}
        elif name in ("control_lists", "goods_pages", "operations"):
            options = {"items": args.items}
        elif name == "links":
            options = {"scale": args.scale}
        elif name == "cash":
            options = {"world": args.world, "truth": args.truth, "movements": args.movements}
        for figure in pkgutil.resolve_name(f"vedette.bench.{functions[name]}")(**options):
            print(figure, flush=True)
    return 0
