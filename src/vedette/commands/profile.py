"""Test a profile's expression on a table of past subjects, or import profiles from files.

`profile import FILE…` makes a draft from each YAML file. A person adapts the draft and another person
approves it. `profile import --starter` imports the starter profiles of every kind. `--author` names the
author of the drafts. Without `--author`, the author is the only analyst of the organisation.

`profile test 'EXPRESSION' --on CSV --mapping TOML` first prints a line of JSON. The line contains the number
of rows, the number and share of hits, and the number of rows with missing values that prevent an evaluation.
If outcomes are known, the line also contains precision and recall with their 95 % intervals (Wilson). For
each of the first hits, the command then prints one line, in English, with the conditions that the row meets.

The mapping assigns columns of the table to columns of the vocabulary. A cell that is empty or cannot be read
is a missing value. Example of a mapping:

    kind = "…"                   # kind of the vocabulary; default: the first kind
    separator = ","              # separator of the table
    outcome = "result"           # column with the outcome; empty if it is not known
    positive = ["seizure"]       # values that mean a confirmed result

    [columns]                    # column of the vocabulary = column of the table
    lead_time_h = "HOURS_BEFORE"

    [lists]                      # code lists that the expression may name
    watched = ["AAA", "BBB"]

    [parameters]                 # values of the :names in the expression
    hours = 48
"""

from __future__ import annotations

import argparse
import json
import sys
import tomllib
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import msgspec

from vedette.commands.environment import database, intake
from vedette.core.errors import Failure, WrongUsage
from vedette.core.texts import render
from vedette.kinds import default, kinds, vocabulary
from vedette.profiles.check import ExpressionError, error_text
from vedette.profiles.files import MAX_BYTES
from vedette.profiles.vocabulary import Vocabulary

if TYPE_CHECKING:
    import polars as pl

    from vedette.apps.accounts.models import User
    from vedette.profiles.run import Held
    from vedette.profiles.tree import Tree

MAX_MAPPING = 1 << 20
_YES = ("1", "true", "t", "yes", "y", "oui", "o", "vrai", "v")
_NO = ("0", "false", "f", "no", "n", "non", "faux")


class Mapping(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Describes the content of the mapping file."""

    columns: dict[str, str]
    kind: str = msgspec.field(default_factory=default)
    separator: str = ","
    outcome: str | None = None
    positive: tuple[str, ...] = ()
    lists: dict[str, tuple[str, ...]] = {}
    #: A day is written as text: "2026-01-31".
    parameters: dict[str, bool | int | float | str] = {}


def add_arguments(parser: argparse.ArgumentParser) -> None:
    actions = parser.add_subparsers(dest="action", required=True, metavar="test | import")
    test = actions.add_parser("test", help="test an expression on a table")
    test.add_argument("expression", metavar="EXPRESSION")
    test.add_argument("--on", required=True, metavar="CSV", type=Path)
    test.add_argument("--mapping", required=True, metavar="TOML", type=Path)
    test.add_argument("--explain", type=int, default=5, metavar="N", help="hits to explain (5)")
    bring = actions.add_parser("import", help="profiles from YAML files, as drafts")
    bring.add_argument("files", nargs="*", type=Path, metavar="FILE")
    bring.add_argument("--starter", action="store_true", help="the starter pack")
    bring.add_argument(
        "--organisation", help="the organisation that owns the profiles, if there are several"
    )
    bring.add_argument("--author", metavar="NAME", help="sign-in name of their author")


def run(args: argparse.Namespace) -> int:
    """Tests the expression, or imports profiles. Returns the exit status: 1 if a file cannot be read; 2 if
    the expression is wrong, or the organisation or author is unclear."""
    if args.action == "import":
        return bring(args.files, args.starter, args.organisation, args.author)
    from vedette.profiles.parse import parse

    mapping = _mapping(args.mapping)
    words = vocabulary(mapping.kind)
    try:
        tree = parse(
            args.expression, words, dict.fromkeys(mapping.lists, "text"), mapping.parameters
        )
        frame, outcome, unread = _table(args.on, mapping, words)
    except ExpressionError as error:
        raise WrongUsage(_pointed(args.expression, error)) from error
    for line in _report(tree, frame, outcome, mapping, max(args.explain, 0)):
        print(
            json.dumps(line | unread if "rows" in line else line, ensure_ascii=False, default=str)
        )
    return 0


def _mapping(path: Path) -> Mapping:
    """Returns the content of a mapping file after checking it."""
    try:
        if path.stat().st_size > MAX_MAPPING:
            raise Failure(f"{path}: more than {MAX_MAPPING} bytes; a mapping is smaller")
        found = msgspec.convert(tomllib.loads(path.read_text("utf-8-sig")), Mapping)
    except OSError as error:
        raise Failure(f"{path}: {error.strerror or 'cannot be opened'}") from error
    except (tomllib.TOMLDecodeError, UnicodeDecodeError, RecursionError) as error:
        raise Failure(f"{path}: not readable as TOML: {error}") from error
    except msgspec.ValidationError as error:
        raise Failure(f"{path}: {error}; see vedette profile --help") from error
    if found.kind not in kinds():
        raise Failure(f"{path}: no vocabulary {found.kind}; there are: {', '.join(kinds())}")
    if not found.columns:
        raise Failure(f"{path}: [columns] names no column")
    for name in found.columns:
        if vocabulary(found.kind).column(name) is None:
            raise Failure(f"{path}: {name} is not a column of the vocabulary {found.kind}")
    if len(found.separator) != 1 or not found.separator.isascii():
        raise Failure(f"{path}: separator is one character, such as ; or ,")
    return found


def _pointed(expression: str, error: ExpressionError) -> str:
    """Returns the error message with the part of the expression to which it refers."""
    around = expression[max(error.start - 30, 0) : error.end + 30].replace("\n", " ")[:120]
    return f"character {error.start + 1}: {render(error_text(error))} (… {around} …)"


def _table(
    path: Path, mapping: Mapping, words: Vocabulary
) -> tuple[pl.DataFrame, pl.Series | None, dict[str, dict[str, int]]]:
    """Returns the columns that the mapping names, with their types, and the outcome of each row (true, false
    or null). Also counts, for each column, the cells whose text cannot be read."""
    import polars as pl

    if not path.is_file():
        raise Failure(f"{path}: no such file")
    try:
        cells = pl.read_csv(
            path, infer_schema=False, separator=mapping.separator, encoding="utf8-lossy",
            truncate_ragged_lines=True,
        )  # fmt: skip
    except (pl.exceptions.PolarsError, pl.exceptions.PanicException, OSError) as error:
        raise Failure(f"{path}: not readable as CSV ({type(error).__name__})") from error
    for name in filter(None, (*mapping.columns.values(), mapping.outcome)):
        if name not in cells.columns:
            raise Failure(f"{path}, line 1: no column {name}, which the mapping names")
    made: dict[str, pl.Series] = {}
    unread: dict[str, int] = {}
    for name, source in mapping.columns.items():
        column = words.column(name)
        text = cells[source].str.strip_chars()
        text = text.set(text == "", None)
        made[name] = _typed(text, column.type if column else "text").alias(name)
        if lost := made[name].null_count() - text.null_count():
            unread[name] = lost
    frame = pl.DataFrame(made)
    outcome: pl.Series | None = None
    if mapping.outcome is not None:
        said = cells[mapping.outcome].str.strip_chars()
        outcome = said.set(said == "", None).is_in(list(mapping.positive))
    return frame, outcome, {"unreadable": unread} if unread else {}


def _typed(text: pl.Series, type_: str) -> pl.Series:
    """Returns the cells of a column, converted to a type. A cell that cannot be converted becomes a missing
    value."""
    import polars as pl

    match type_:
        case "number":
            return text.cast(pl.Float64, strict=False)
        case "whole":
            return text.cast(pl.Float64, strict=False).cast(pl.Int64, strict=False)
        case "yes_no":
            known = dict.fromkeys(_YES, True) | dict.fromkeys(_NO, False)
            return text.str.to_lowercase().replace_strict(
                known, default=None, return_dtype=pl.Boolean
            )
        case "day":
            return text.str.to_date("%Y-%m-%d", strict=False)
    return text


def _report(
    tree: Tree, frame: pl.DataFrame, outcome: pl.Series | None, mapping: Mapping, explained: int
) -> list[dict[str, Any]]:
    """Returns the summary, followed by the explanations of the first hits."""
    from vedette.profiles.run import Profile, ProfileSet
    from vedette.profiles.tree import text_of

    profiles = ProfileSet([Profile(id="test", tree=tree, lists=mapping.lists)])
    judged = profiles.judge(frame, "test")
    hits = judged.fill_null(value=False)
    rows = frame.height
    summary: dict[str, Any] = {
        "expression": text_of(tree),
        "rows": rows,
        "hits": int(hits.sum()),
        "share": round(hits.sum() / rows, 6) if rows else 0.0,
        "unknown": judged.null_count(),
    }
    if absent := [one.name for one in profiles.columns if one.name not in frame.columns]:
        summary["absent"] = absent
    if outcome is not None:
        known, confirmed = outcome.is_not_null(), outcome.fill_null(value=False)
        right = int((hits & confirmed).sum())
        summary |= {
            "outcomes_known": int(known.sum()),
            "precision": _share(right, int((hits & known).sum())),
            "recall": _share(right, int(confirmed.sum())),
        }
    places = hits.arg_true().head(explained).to_list()
    reasons = profiles.explain(frame, places, [0] * len(places))
    return [
        summary,
        *(
            {"row": place + 1, "because": [_condition(one) for one in held]}
            for place, held in zip(places, reasons, strict=True)
        ),
    ]


def _condition(held: Held) -> dict[str, Any]:
    """Returns a condition that was met, as data and as an English sentence."""
    return {
        **{
            name: getattr(held, name)
            for name in ("condition", "column", "value", "operator", "limit")
        },
        "en": {
            "what": render(held.what),
            "value": render(held.found),
            "limit": render(held.bound),
            "sentence": render(held.sentence),
        },
    }


def _share(part: int, whole: int) -> dict[str, float | int] | None:
    """Returns a share with its 95 % confidence interval, or None if the total is 0."""
    from vedette.core.shares import interval

    if not whole:
        return None
    low, high = interval(part, whole)
    return {
        "of": whole,
        "right": part,
        "share": round(part / whole, 4),
        "low": round(low, 4),
        "high": round(high, 4),
    }


def bring(
    files: Sequence[Path], with_starter: bool, organisation: str | None, author: str | None
) -> int:
    """Makes drafts from the files. Returns the exit status: 1 if no draft could be made; 2 if the author is
    unclear."""
    paths = [
        *files,
        *(path for kind in kinds().values() for path in kind.starter() if with_starter),
    ]
    if not paths:
        raise WrongUsage("name files, or --starter; see vedette profile import --help")
    try:
        texts = [(path.name, _text(path)) for path in paths]
    except OSError as error:
        raise Failure(f"{error.filename}: {error.strerror or 'cannot be opened'}") from error
    with database():
        by = _author(organisation, author)
        if by is None:
            raise WrongUsage(
                "the author is unclear: name the organisation with --organisation, and a supervisor or"
                " analyst of it with --author"
            )
        return _take(by, texts)


def _text(path: Path) -> str:
    # One byte more than the limit, so that a larger file is refused with the right message.
    with path.open("rb") as file:
        return file.read(MAX_BYTES + 1).decode("utf-8", "replace")


def _author(organisation: str | None, name: str | None) -> User | None:
    """Returns the named user, who must have the right to write profiles. Without a name, returns the only
    analyst of the organisation."""
    from vedette.apps.accounts import rules
    from vedette.apps.accounts.models import User
    from vedette.apps.desk.work import organisation_or_first

    with intake() as connection:
        found = organisation_or_first(connection, organisation)
    if found is None:
        return None
    people = User.objects.using("intake").filter(
        organisation_id=found, is_active=True,
        **({"username": name} if name else {"role": User.Role.ANALYST}),
    )  # fmt: skip
    able = [one for one in people if rules.may(one, "profile.write")]
    return able[0] if len(able) == 1 else None


def _take(by: User, texts: Sequence[tuple[str, str]]) -> int:
    """Imports profiles in the same way as the import page, in one transaction with the access rights of the
    author."""
    from django.db import transaction
    from django.utils import translation

    from vedette.apps.accounts.models import User
    from vedette.apps.accounts.rules import set_scope
    from vedette.apps.profiles import yaml_files

    translation.activate("en")
    with transaction.atomic():
        set_scope(by)
        items = [yaml_files.yaml(name, text) for name, text in texts]
        made = yaml_files.take(User.objects.get(pk=by.pk), items)
    for item in items:
        said = item.refused or f"draft of {item.title}"
        print(f"{item.ref or item.name}: {said}", file=sys.stderr if item.refused else sys.stdout)
        for note in item.notes:
            print(f"  {note}")
    print(f"{len(made)} drafts by {by.username}; each waits for approval by another person")
    return 0 if made else 1
