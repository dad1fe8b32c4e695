"""Learn from the results of controls of goods: fit a model, score declarations, watch for changes.

`model fit --history CSV… --mapping NAME|TOML --out DIR` fits a model and writes it to a folder as text, with
a model card. The files and their rows must be in order of time. The scores are calibrated with the latest
rows.

`model score --model DIR CSV…` prints the rows with the new columns `score` (the calibrated probability that a
control finds an offence) and `reasons`. If the column with the results is present, the score of a row uses
the results of earlier rows, but not its own.

`model watch --model DIR CSV…` prints a line of JSON: `change` is the date of the row at which the alarm is
raised, or null, and `by` is a sentence that describes the change.

The mapping names the columns. The mappings `inspections` and `kcs` are part of vedette. The last line on
stderr is a summary in JSON. The model assesses goods and is never used to assess persons.
"""

from __future__ import annotations

import argparse
import csv
import json
import resource
import sys
import time
from pathlib import Path
from typing import Any

from vedette.core.errors import Failure

#: Columns that `score` adds.
ADDED = ("score", "reasons")


def add_arguments(parser: argparse.ArgumentParser) -> None:
    actions = parser.add_subparsers(dest="action", required=True, metavar="fit|score|watch")
    fit = actions.add_parser("fit", help="fit a model to results of controls")
    fit.add_argument(
        "--history",
        required=True,
        nargs="+",
        type=Path,
        metavar="CSV",
        help="files in order of time",
    )
    fit.add_argument(
        "--mapping", required=True, metavar="NAME|TOML", help="inspections, kcs, or a file"
    )
    fit.add_argument("--out", required=True, type=Path, metavar="DIR", help="folder of the model")
    for name, what in (("score", "score declarations"), ("watch", "watch for changes")):
        other = actions.add_parser(name, help=what)
        other.add_argument(
            "--model", required=True, type=Path, metavar="DIR", help="folder of the model"
        )
        other.add_argument(
            "files", nargs="+", type=Path, metavar="CSV", help="files in order of time"
        )


def run(args: argparse.Namespace) -> int:
    """Fits a model, scores rows or watches for changes, as the help of the command describes."""
    begun = time.perf_counter()
    rows, more = {"fit": _fit, "score": _score, "watch": _watch}[args.action](args)
    taken = time.perf_counter() - begun
    print(
        json.dumps(
            {
                "rows": rows,
                "seconds": round(taken, 3),
                "rows_per_s": round(rows / taken) if taken > 0 else 0,
                "peak_rss_mb": round(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024, 1),
                **more,
            }
        ),
        file=sys.stderr,
    )
    return 0


def _tell(text: str) -> None:
    print(text, file=sys.stderr, flush=True)


def _fit(args: argparse.Namespace) -> tuple[int, dict[str, Any]]:
    from vedette.screening.models import card, history, mapping, model

    reader = history.Reader(mapping.load(args.mapping), need_result=True)
    batch = history.joined(list(reader.read(args.history)))
    for sentence in reader.faults.sentences():
        _tell(f"warning: {sentence}")
    if batch is None:
        raise Failure(
            f"no row has a readable time in the column {reader.mapping.time}: {reader.faults.bad_time}"
        )
    fitted = model.fit(reader.mapping, batch, _tell)
    model.save(fitted, args.out)
    card.write(fitted, args.out)
    for sentence in card.summary(fitted):
        _tell(sentence)
    return len(batch), {"model": str(args.out)}


def _score(args: argparse.Namespace) -> tuple[int, dict[str, Any]]:
    from vedette.screening.models import history, model, reasons

    fitted = model.load(args.model)
    reader = history.Reader(fitted.mapping, need_result=False, every=True)
    writer = csv.writer(sys.stdout, lineterminator="\n")
    rows = 0
    for batch in reader.read(args.files):
        kept = [n for n, name in enumerate(batch.header) if name not in ADDED]
        if not rows:
            writer.writerow([*(batch.header[n] for n in kept), *ADDED])
            if batch.days[0] // 1 < fitted.end // 1:
                _tell(
                    f"warning: the first rows are before the end of the history of the model"
                    f" ({history.day_of(fitted.end)}); the model may know their results"
                )
        scored = fitted.score(batch)
        texts = reasons.explained(fitted, batch, scored)
        writer.writerows(
            [*(row[n] for n in kept), f"{probability:.6f}", text]
            for row, probability, text in zip(
                batch.cells, scored.probability.tolist(), texts, strict=True
            )
        )
        rows += len(batch)
    sys.stdout.flush()
    for sentence in reader.faults.sentences():
        if "result" not in sentence:
            _tell(f"warning: {sentence}")
    return rows, {}


def _watch(args: argparse.Namespace) -> tuple[int, dict[str, Any]]:
    from vedette.screening.models import history, model, watch

    fitted = model.load(args.model)
    reader = history.Reader(fitted.mapping, need_result=True)
    observer = watch.Watch(fitted)
    rows = 0
    for batch in reader.read(args.files):
        rows += len(batch)
        observer.see(batch)
        if observer.alarm is not None:
            break
    for sentence in reader.faults.sentences():
        _tell(f"warning: {sentence}")
    if not rows:
        raise Failure(
            f"no row has a readable time in the column {reader.mapping.time}: {reader.faults.bad_time}"
        )
    alarm = observer.alarm
    found = {"change": None} if alarm is None else {"change": alarm.day, "by": alarm.sentence}
    print(json.dumps(found, ensure_ascii=False))
    return rows, {"false_alarms_per_year": watch.FALSE_ALARMS}
