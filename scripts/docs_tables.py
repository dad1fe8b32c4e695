"""Generates tables of the docs from code: `python -m scripts.docs_tables [--check]`.

A page marks the place by `<!-- table: NAME -->` … `<!-- end -->`. The text between these marks is replaced.
With `--check`, nothing is written, and the exit status is 1 if a table differs from the code.
"""

from __future__ import annotations

import gettext
import os
import re
import sys
from collections.abc import Callable, Collection, Iterable, Sequence
from pathlib import Path

from vedette.core.texts import Text, render

DOCS = Path(__file__).resolve().parent.parent / "docs"
LOCALE = DOCS.parent / "src" / "vedette" / "web" / "locale"

_BLOCK = re.compile(r"(<!-- table: (\w+) -->\n)(.*?)(<!-- end -->)", re.DOTALL)


def _table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    lines = [head, ["---"] * len(head), *rows]
    return "".join(
        f"| {' | '.join(cell.replace('|', '&#124;') for cell in line)} |\n" for line in lines
    )


def commands() -> str:
    """Every command of `vedette`."""
    from vedette.cli import COMMANDS

    return _table(["command", "effect"], ((f"`vedette {n}`", what) for n, what in COMMANDS.items()))


def messages() -> str:
    """Every kind of message, with the source of its description."""
    from vedette.kinds import readers

    rows = (
        (f"`{r.name}`", r.what, r.versions, "yes" if r.written else "", r.source)
        for r in readers().readers
    )
    return _table(["format", "message", "versions", "vedette also writes it", "source"], rows)


def goods_messages() -> str:
    """Every kind of message about goods, with the source of its description."""
    from vedette.goods.formats import READERS

    rows = ((f"`{r.name}`", r.what, r.versions, r.source) for r in READERS)
    return _table(["format", "message", "versions", "source"], rows)


def goods_fields() -> str:
    """Every field that a mapping of the columns of a table may name."""
    from vedette.goods.formats.mapping import FIELDS

    return ", ".join(f"`{name}`" for name in FIELDS) + "\n"


def cash_messages() -> str:
    """Every kind of message about cash, with the source of its description."""
    from vedette.cash.formats import READERS

    rows = ((f"`{r.name}`", r.what, r.versions, r.source) for r in READERS)
    return _table(["format", "message", "versions", "source"], rows)


def cash_fields() -> str:
    """Every heading of a table of cash."""
    from vedette.cash.formats.table import FIELDS

    return ", ".join(f"`{name}`" for name in FIELDS) + "\n"


def warnings() -> str:
    """Every warning code of messages."""
    from vedette.formats.warnings import WARNINGS

    return _table(["code", "meaning"], ((f"`{code}`", text) for code, text in WARNINGS.items()))


def metrics() -> str:
    """The metrics of `/metrics`."""
    from vedette.apps.upkeep.health import DATABASE, PROCESS

    rows = ((f"`vedette_{n}`", label, what) for n, (label, what) in {**DATABASE, **PROCESS}.items())
    return _table(["metric", "labels", "meaning"], rows)


def limits() -> str:
    """The rate limits."""
    from vedette.apps.upkeep.rates import LIMITS, WHO

    rows = ((f"`{k}`", f"{n} in {s} s", *WHO[k]) for k, (n, s) in LIMITS.items())
    return _table(["kind", "at most", "counted by", "what counts"], rows)


def roles() -> str:
    """The commands that a database administrator runs once."""
    from vedette.server.roles import roles_sql

    return f"```sql\n{roles_sql('vedette')}\n```\n"


def rights() -> str:
    """Every right, with the roles that have it."""
    from vedette.apps.accounts.models import User
    from vedette.apps.accounts.rules import RULES

    rows = ((f"`{right}`", *_marks(has)) for right, has in RULES.items())
    return _table(["right", *(role.value for role in User.Role)], rows)


def access() -> str:
    """Every page and operation, with the right that it requires and the roles that have access."""
    from vedette.apps.accounts.models import User
    from vedette.web.access import allowed, routes

    rows = (
        (
            f"`{route.method} {route.path}`" if route.method else f"`/{route.path}`",
            f"{route.asks}, to post {route.to_post}" if route.to_post else route.asks,
            *_marks({role for role in User.Role if allowed(route, role)}),
        )
        for route in routes()
    )
    return _table(["address", "required right", *(role.value for role in User.Role)], rows)


def _marks(roles: Collection[str]) -> list[str]:
    from vedette.apps.accounts.models import User

    return ["yes" if role in roles else "" for role in User.Role]


def retention() -> str:
    """The supplied retention profiles, with basis and source."""
    from vedette.apps.retention.actions import templates

    rows = (
        [
            f"{t.name} (`{key}`)", str(t.mask_after), str(t.delete_after), str(t.keep_after),
            t.trigger, t.basis, t.source,
        ]
        for key, t in templates().items()
    )  # fmt: skip
    head = [
        "profile",
        "masked",
        "deleted",
        "deleted with a link",
        "counted from",
        "basis",
        "source",
    ]
    return _table(head, rows)


def masked_fields() -> str:
    """The fields that masking hides."""
    from vedette.apps.subjects.tables import declared

    fields = {name: text for kind in declared().kinds for name, text in kind.masked.items()}
    return _table(["field", "content"], ((f"`{name}`", text) for name, text in fields.items()))


def _both(text: Text) -> tuple[str, str]:
    """A text in English and French."""
    return render(text), render(text, gettext.translation("django", LOCALE, ["fr"]))


def goods_vocabulary() -> str:
    """Every column that a profile of goods may use."""
    from vedette.kinds import vocabulary
    from vedette.profiles.vocabulary import text

    rows = (
        [f"`{c.name}`", c.type.replace("_", "/"), c.unit, *_both(text(c.label)), c.source]
        for c in vocabulary("goods").columns
    )
    return _table(["column", "type", "unit", "meaning", "en français", "source"], rows)


def vocabulary_() -> str:
    """Every column that a profile of travellers may use."""
    from vedette.kinds import vocabulary
    from vedette.profiles.vocabulary import text

    rows = (
        [
            f"`{c.name}`", c.type.replace("_", "/"), c.unit, *_both(text(c.label)), c.ground, c.source,
            c.serves if c.serves != "either" else "", "restricted" if c.restricted else "",
            " ".join(map(str, c.indicators)),
        ]
        for c in vocabulary("traveller").columns
    )  # fmt: skip
    head = [
        "column",
        "type",
        "unit",
        "meaning",
        "en français",
        "ground",
        "source",
        "for or against",
        "restricted",
        "no.",
    ]
    return _table(head, rows)


def operators_() -> str:
    """Every operator of the profile language."""
    from vedette.profiles.vocabulary import OPERATORS

    rows = ((f"`{o.name}`", *_both(o.means), f"`{o.example}`") for o in OPERATORS)
    return _table(["operator", "meaning", "en français", "example"], rows)


def functions_() -> str:
    """Every function of the profile language."""
    from vedette.profiles.vocabulary import FUNCTIONS

    rows = ((f"`{f.name}`", *_both(f.gives), f"`{f.example}`") for f in FUNCTIONS.values())
    return _table(["function", "result", "en français", "example"], rows)


TABLES: dict[str, Callable[[], str]] = {
    "commands": commands,
    "messages": messages,
    "goods_messages": goods_messages,
    "goods_fields": goods_fields,
    "cash_messages": cash_messages,
    "cash_fields": cash_fields,
    "warnings": warnings,
    "roles": roles,
    "metrics": metrics,
    "limits": limits,
    "rights": rights,
    "access": access,
    "retention": retention,
    "masked_fields": masked_fields,
    "vocabulary": vocabulary_,
    "goods_vocabulary": goods_vocabulary,
    "operators": operators_,
    "functions": functions_,
}
#: Tables generated from the application, which must be set up first.
_APPLICATION = re.compile(r"<!-- table: (rights|access) -->")


def regenerated(page: str) -> str:
    """Returns `page` with the current content of every marked table. Raises `KeyError` for unknown names."""
    if _APPLICATION.search(page):
        import django

        os.environ.setdefault("DJANGO_SETTINGS_MODULE", "vedette.web.settings")
        django.setup()
    return _BLOCK.sub(lambda block: f"{block[1]}{TABLES[block[2]]()}{block[4]}", page)


def main(argv: Sequence[str]) -> int:
    """Rewrites the pages in `docs`. With `--check`, only reports the pages whose tables are not current."""
    check = list(argv) == ["--check"]
    if argv and not check:
        print("usage: python -m scripts.docs_tables [--check]", file=sys.stderr)
        return 2
    stale = []
    for path in sorted(DOCS.rglob("*.md")):
        page = path.read_text("utf-8")
        if (now := regenerated(page)) != page:
            stale.append(path.name)
            if not check:
                path.write_text(now, "utf-8")
    if check and stale:
        print(f"stale tables in {', '.join(stale)}: python -m scripts.docs_tables", file=sys.stderr)
    return 1 if check and stale else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
