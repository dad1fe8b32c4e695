"""Print which data has reached the end of its retention period, or mask and delete this data and destroy its
keys.

    vedette retention                     print the periods in force, the data due, the last runs
    vedette retention run [--until DATE]  perform the daily run of `vedette work` now

The run needs the monthly keys, so it must be started on the machine of a worker. If a run is interrupted, the
next run completes the work.
"""

from __future__ import annotations

import argparse
import datetime as dt

import psycopg

from vedette.commands.environment import database, intake, keys, month_keys


def add_arguments(parser: argparse.ArgumentParser) -> None:
    acts = parser.add_subparsers(dest="act", metavar="ACT")
    run_ = acts.add_parser("run", help="mask, delete, destroy keys; now")
    run_.add_argument(
        "--until", type=dt.date.fromisoformat, metavar="YYYY-MM-DD",
        help="only data that was due on that day (default: today)",
    )  # fmt: skip


def run(args: argparse.Namespace) -> int:
    """Exit status: 0 done; 1 the run was refused, a key is missing, or a lock was not available."""
    with database(), intake() as connection:
        from vedette.apps.retention import runs
        from vedette.apps.upkeep.clock import Clock

        now, trusted = Clock(keys()).read(connection)
        if args.act != "run":
            _show(connection, now.date())
            return 0
        if not trusted:
            raise runs.refused(
                connection, keys(), now, "waits",
                "the clock of the database is in doubt: an administrator must confirm the time on the page"
                " Status; nothing was changed",
            )  # fmt: skip
        done = runs.run_timed(connection, keys(), month_keys(), now, args.until)
        for line in _proofs(connection, "run_id = %s", done):
            print(line)
        print(f"run {done}: done")
    return 0


def _show(connection: psycopg.Connection, today: dt.date) -> None:
    from vedette.apps.retention.parts import due_to_end, due_to_mask, periods
    from vedette.apps.subjects.tables import declared

    for name in declared().classes:
        period = periods(connection, name, today)
        print(
            f"{name}: masked after {period.mask_after} days, deleted after {period.delete_after},"
            f" with an objective link after {period.keep_after}"
        )
    for word, parts in (
        ("to mask", due_to_mask(connection, today)),
        ("to end", due_to_end(connection, today)),
    ):
        for part in parts:
            month = f"{part.month:%Y-%m}" if part.month else "rest"
            print(f"{word}: {part.parent} {part.retention_class} {month}")
    for line in _proofs(connection, "%s", True):
        print(line)


def _proofs(connection: psycopg.Connection, where: str, value: object) -> list[str]:
    rows = connection.execute(
        'SELECT at, deed, "table", retention_class, month, rows, key_id FROM retention_proof'  # noqa: S608
        f" WHERE {where} ORDER BY id DESC LIMIT 50",
        [value],
    ).fetchall()
    return [
        f"{at:%Y-%m-%d %H:%M} {deed} {table} {class_} {month:%Y-%m}: {count} rows {key}".rstrip()
        for at, deed, table, class_, month, count, key in reversed(rows)
    ]
