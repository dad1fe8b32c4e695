"""Build packs of training modules, and compute the gain between two tests. These commands need no
database.

`training pack WISH.json` prints the modules of a pack in order, with its days, hours, breaks and gaps, or the
reasons why the pack is not possible. `training gain RESULTS.csv` (columns participant, group, pre, post in
per cent) prints the gain of each group; groups with fewer than five persons are not shown. `--persons` prints
the gain of each person. Only the person and the trainer may see it.

The formats are described in docs/assistance.md.
"""

from __future__ import annotations

import argparse
import json
from decimal import Decimal, InvalidOperation
from pathlib import Path
from typing import Any

from vedette.assistance import training
from vedette.assistance.sheets import Problem, objects, text
from vedette.commands.assistance.rows import named_rows
from vedette.core import strict_json
from vedette.core.errors import Failure

#: Greatest number of modules of a catalogue, and the most minutes of a module.
MAX_MODULES, MAX_MINUTES = 2_000, 60_000


def add_arguments(parser: argparse.ArgumentParser) -> None:
    actions = parser.add_subparsers(dest="action", required=True, metavar="pack|gain")
    pack = actions.add_parser("pack", help="build a pack of modules")
    pack.add_argument("file", type=Path, metavar="WISH.json")
    gain = actions.add_parser("gain", help="compute the gain between two tests")
    gain.add_argument("file", type=Path, metavar="RESULTS.csv")
    gain.add_argument("--persons", action="store_true", help="print the gain of each person")


def run(args: argparse.Namespace) -> int:
    """Runs the action of the command `training`, as its help describes."""
    return _pack(args.file) if args.action == "pack" else _gain(args)


def _names(value: Any, place: str) -> tuple[str, ...]:
    if not isinstance(value, list) or not all(isinstance(one, str) for one in value):
        raise Failure(f"{place}: must be a list of texts")
    return tuple(value)


def _minutes(value: Any, place: str, least: int) -> int:
    """Returns the value if it is a whole number of minutes within the limits."""
    if isinstance(value, bool) or not isinstance(value, int) or not least <= value <= MAX_MINUTES:
        raise Failure(f"{place}: must be a whole number of minutes from {least} to {MAX_MINUTES}")
    return value


def _pack(path: Path) -> int:
    data = strict_json.read(path)
    wish = data.get("wish") if isinstance(data, dict) else None
    if not isinstance(wish, dict):
        raise Failure(f'{path}: needs the keys "catalogue" and "wish"')
    catalogue = [
        training.Module(
            id=text(one.get("id")), minutes=_minutes(one.get("minutes"), f"{place}.minutes", 1),
            prerequisites=_names(one.get("prerequisites", []), f"{place}.prerequisites"),
            languages=_names(one.get("languages", []), f"{place}.languages"),
            trainers=_names(one.get("trainers", []), f"{place}.trainers"),
            general=one.get("general") is True,
        )
        for place, one in objects(data.get("catalogue"), "catalogue", MAX_MODULES)
    ]  # fmt: skip
    ids = [module.id for module in catalogue]
    if len(set(ids)) < len(ids) or "" in ids:
        raise Failure("catalogue: an id is missing or occurs twice")
    total = wish.get("total_minutes")
    made = training.pack(
        catalogue,
        training.Wish(
            modules=_names(wish.get("modules", []), "wish.modules"),
            language=text(wish.get("language")),
            day_min=_minutes(wish.get("day_minutes", 360), "wish.day_minutes", 1),
            total_min=None if total is None else _minutes(total, "wish.total_minutes", 0),
            break_min=_minutes(wish.get("break_minutes", 15), "wish.break_minutes", 0),
            general=text(wish.get("general")), known=_names(wish.get("known", []), "wish.known"),
        ),
    )  # fmt: skip
    if made.reasons:
        print(
            json.dumps({"possible": False, "reasons": _problems(made.reasons)}, ensure_ascii=False)
        )
        return 0
    row = {
        "possible": True, "modules": list(made.modules), "teaching_minutes": made.teaching_min,
        "break_minutes": made.breaks_min,
        "days": [{"day": p.day, "module": p.module, "minutes": p.minutes} for p in made.parts],
        "gaps": _problems(made.gaps),
    }  # fmt: skip
    print(json.dumps(row, ensure_ascii=False))
    return 0


def _problems(problems: tuple[Problem, ...]) -> list[dict[str, str]]:
    return [{"module": one.place, "message": one.message} for one in problems]


def _percent(value: str) -> Decimal | None:
    """Returns a result from 0 to 100, or None for an empty cell. Raises ValueError for any other text."""
    if not value:
        return None
    try:
        number = Decimal(value.replace(",", "."))
    except InvalidOperation as error:
        raise ValueError from error
    if not number.is_finite() or not 0 <= number <= 100:
        raise ValueError
    return number


def _gain(args: argparse.Namespace) -> int:
    rows, faults = named_rows(args.file, ("participant", "group", "pre", "post"))
    problems = [{"row": number, "message": message} for number, message in faults]
    people: dict[tuple[str, str], training.Participant] = {}
    for number, row in rows:
        key = row["group"], row["participant"]
        try:
            one = training.Participant(key[1], key[0], _percent(row["pre"]), _percent(row["post"]))
        except ValueError:
            message = "pre and post must be numbers from 0 to 100, or empty; the row is left out"
            problems.append({"row": number, "message": message})
            continue
        if not all(key):
            problems.append({"row": number, "message": "participant or group is missing"})
        elif key in people:
            message = "the participant occurs twice in the group; the first row counts"
            problems.append({"row": number, "message": message})
        else:
            people[key] = one
    if args.persons:
        for one in people.values():
            shown: dict[str, str] = {"group": one.group, "participant": one.id}
            print(json.dumps(shown | ({} if one.gain is None else {"gain": str(one.gain)})))
        return 0
    groups, total = training.gains(people.values())
    for name, found in groups.items():
        print(json.dumps({"group": name, **_shown(found)}, ensure_ascii=False))
    print(json.dumps({"total": _shown(total), "problems": problems}, ensure_ascii=False))
    return 0


def _shown(found: training.Gain) -> dict[str, Any]:
    row: dict[str, Any] = {
        "both": found.both, "missed_pre": found.missed_pre, "missed_post": found.missed_post,
        "missed_both": found.missed_both,
    }  # fmt: skip
    if found.mean is None:
        return row | {"hidden": True}
    return row | {"gain": str(found.mean), "low": str(found.low), "high": str(found.high)}
