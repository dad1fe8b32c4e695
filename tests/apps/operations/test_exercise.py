"""An exercise is visibly an exercise on every page, and nothing of it reaches a number, a report or a release
of the live side."""

from __future__ import annotations

import ast
import datetime as dt
import os
import re
from pathlib import Path
from typing import Any

import psycopg
import pytest
from tests.apps.operations.scene import Scene

import vedette
from vedette.apps.desk import home as first_page
from vedette.apps.enforcement.selectors.controls import now
from vedette.apps.operations.actions import reports, watching
from vedette.apps.operations.models import Message, Report
from vedette.apps.operations.selectors import operations as selectors
from vedette.apps.operations.selectors import reports as counting
from vedette.apps.release import selectors as released
from vedette.apps.release.models import Copy, Release

SOURCE = Path(vedette.__file__).parent
#: Models and tables whose rows belong to a live operation or to an exercise.
MODELS = {
    "Operation",
    "Message",
    "Report",
    "Answer",
    "Receipt",
    "Participant",
    "Release",
    "Item",
    "Copy",
}
TABLES = r"\b(operations_(operation|message|report|answer|receipt|participant)|release_(release|item|copy))\b"
#: A query that names one of these columns reads one operation or one object, or decides about exercises
#: itself.
ONE = {
    "operation", "operation_id", "pk", "root", "object", "item_id", "message_id", "message", "copy",
    "exercise",
}  # fmt: skip
#: Module and function → why the query may read exercises beside live rows.
LISTED = {
    (
        "apps/operations/selectors/operations.py",
        "listed",
    ): "`real` leaves exercises out; the list shows the mark",
    ("apps/operations/selectors/operations.py", "unanswered"): "rows with their mark",
    (
        "apps/operations/selectors/operations.py",
        "waits",
    ): "rows with their mark, counted apart on the pages",
    ("apps/operations/selectors/operations.py", "unsent"): "rows with their mark",
    ("apps/operations/actions/messages.py", "_receipt"): "stores one row",
    ("apps/operations/actions/messages.py", "_write"): "stores one row",
    ("apps/operations/actions/messages.py", "keep_all"): "stores rows of one operation",
    ("apps/operations/actions/messages.py", "answer"): "stores one row",
    ("apps/operations/actions/reports.py", "draft"): "stores one row",
    ("apps/operations/actions/group.py", "invite"): "stores rows of one operation",
    ("apps/operations/field.py", "forms"): "the forms of each operation, with their mark",
    ("apps/operations/views/messages.py", "_found"): "one row by its id",
    ("apps/operations/views/reports.py", "sitrep"): "one row by its id",
    ("commands/cooperation/operations.py", "_operation"): "one row by its reference",
    ("apps/release/views.py", "_found"): "one row by its id",
    ("apps/release/views.py", "_copy"): "one row by its id",
    ("apps/release/selectors.py", "register"): "rows with their mark",
    ("apps/release/selectors.py", "received"): "rows with their mark",
    ("apps/release/selectors.py", "by_recipient"): "counts exercises apart",
}
#: Statements in SQL that read several operations: a part of the text → why.
STATEMENTS = {
    "UPDATE operations_participant p SET told = true": "notifications carry the mark",
    "WITH open AS (": "notifications carry the mark",
    "SELECT m.id, m.operation_id, m.kind, m.exercise": "notifications carry the mark",
    "DELETE FROM operations_nominal": "names end in exercises too",
    "UPDATE release_copy": "removes what was recalled",
    "DELETE FROM release_content c USING release_item": "unsent texts of requests, which no operation has",
}


def _live_numbers(scene: Scene) -> dict[str, Any]:
    """Every number that a page of the live side shows to the readers."""
    found: dict[str, Any] = {}
    at = now()
    for who in ("aa.coordinator", "bb.contact", "bb.post"):
        with scene.by(who) as user:
            one = scene.one()
            rows = counting.counted(one.pk, at, at, counting.asked(one))
            found[f"{who} figures"] = counting.of(rows, None).stored()
            found[f"{who} indicators"] = counting.indicators(one, rows, at, at)
            found[f"{who} unanswered"] = selectors.unanswered(one).count()
            waits = [one for one in selectors.waits(user) if not one.operation.exercise]
            found[f"{who} waits"] = [(one.what, one.id) for one in waits]
            # The page of one operation lists the pending tasks of this operation.
            assert selectors.waits(user, one) == [
                each for each in selectors.waits(user) if each.operation.pk == one.pk
            ]
            if who != "bb.post":
                leading = first_page._operations(user, at).figures
                found[f"{who} first page"] = [(one.words, one.number) for one in leading]
                found[f"{who} panel"] = [
                    one.context["count"] for one in first_page._of_operations(user)
                ]
    with scene.by("aa.dpo"):
        found["register"] = [
            (row["name"], row["n"], row["fields"])
            for row in released.by_recipient(scene.homes["aa"].pk)
        ]
    return found


def _work(scene: Scene) -> None:
    """Controls, a seizure, warnings with and without an answer, and a report."""
    scene.send("aa.post", "control")
    scene.send("bb.post", "seizure")
    answered, _ = scene.warn(), scene.warn()
    scene.answer("bb.post", answered.pk, "nothing", "Opened and weighed.")
    with scene.by("bb.contact") as user:
        made = reports.draft(user, scene.operation, False, now())
    scene.report("bb.contact", made, "Quiet day.")


def test_nothing_of_an_exercise_reaches_the_live_side(scene: Scene) -> None:
    """The numbers of the live side are the same before and after an exercise with the same records. The own
    figures of the exercise equal those of the same records live. No copy of an exercise is one of a live
    operation."""
    scene.live()
    _work(scene)
    before = _live_numbers(scene)
    exercise = Scene(scene.homes, scene.people, scene.units)
    exercise.exercise = True
    exercise.live()
    _work(exercise)
    assert _live_numbers(scene) == before
    with scene.by("aa.coordinator"):
        at = now()
        figures = [
            counting.of(counting.counted(one.operation, at, at), None).stored()
            for one in (scene, exercise)
        ]
        assert figures[0] == figures[1]
        assert figures[0]["controls"] == "4"
    sent = set(Message.objects.using("intake").values_list("operation_id", "exercise").distinct())
    assert sent == {(scene.operation, False), (exercise.operation, True)}
    marks = set(
        Release.objects.using("intake")
        .values_list("operation", "exercise", "item__exercise")
        .distinct()
    )
    assert marks == {(scene.operation, False, False), (exercise.operation, True, True)}
    assert set(Copy.objects.using("intake").values_list("operation", "item__exercise").distinct()) == {
        (scene.operation, False), (exercise.operation, True),
    }  # fmt: skip


def test_an_exercise_is_marked_on_every_page(scene: Scene, monkeypatch: pytest.MonkeyPatch) -> None:
    """Each page of an exercise, each list with a row of it, its notifications, and what was received."""
    from vedette.apps.accounts import factors
    from vedette.commands.environment import keys

    monkeypatch.setattr(factors, "must_have_factor", lambda user: False)
    scene.exercise = True
    scene.live()
    _work(scene)
    with psycopg.connect(os.environ["DATABASE_URL_INTAKE"], autocommit=True) as intake:
        watching.watch(intake, keys(), dt.datetime.now(dt.UTC))
    base = f"/operations/{scene.operation}/"
    message = Message.objects.using("intake").filter(kind="warning").earliest("at")
    copy = (
        Copy.objects.using("intake").filter(item_id=message.pk).get(organisation=scene.homes["bb"])
    )
    release = Release.objects.using("intake").filter(object=message.pk).earliest("at")
    report = Report.objects.using("intake").get()
    pages = {
        "bb.contact": [
            "/home/", "/operations/", base, "/received/", f"/received/{copy.pk}/", "/notifications/",
            *(f"{base}{one}/" for one in (
                "plan", "readiness", "group", "national", "messages", "forms", "reports", "records",
            )),
            f"{base}entry/?kind=control", f"/operations/messages/{message.pk}/",
            f"/operations/reports/{report.pk}/",
        ],
        "aa.coordinator": ["/releases/", f"/releases/{release.pk}/"],
    }  # fmt: skip
    for who, paths in pages.items():
        client = scene.client(who)
        for path in paths:
            answer = client.get(path, HTTP_ACCEPT_LANGUAGE="en")
            assert answer.status_code == 200, path
            text = re.sub(r"<[^>]+>", " ", answer.content.decode())
            assert re.search(r"EXERCISE|EXERCICE|\bEX\b", text), path
    preview = scene.client("bb.contact").post(
        f"{base}entry/", {"kind": "request", "question": "Who owns the lorry?", "marking": ""}
    )
    assert re.search("EXERCISE|EXERCICE", preview.content.decode())


def _queries(path: Path) -> list[tuple[str, str, set[str]]]:
    """The queries of a module on the marked models: function, model, and the columns that it names."""
    tree = ast.parse(path.read_text())
    names = {
        alias.name
        for node in ast.walk(tree)
        if isinstance(node, ast.ImportFrom)
        and node.module in ("vedette.apps.operations.models", "vedette.apps.release.models")
        for alias in node.names
        if alias.name in MODELS
    }
    parents = {child: node for node in ast.walk(tree) for child in ast.iter_child_nodes(node)}
    found = []
    for node in ast.walk(tree):
        if not (
            isinstance(node, ast.Attribute)
            and node.attr == "objects"
            and isinstance(node.value, ast.Name)
        ):
            continue
        if node.value.id not in names:
            continue
        columns: set[str] = set()
        top: ast.AST = node
        while isinstance(above := parents.get(top), ast.Attribute | ast.Call):
            if isinstance(above, ast.Call):
                if above.func is not top:
                    break
                columns |= {one.arg.partition("__")[0] for one in above.keywords if one.arg}
            top = above
        while not isinstance(top, ast.FunctionDef | ast.Module):
            top = parents[top]
        found.append((getattr(top, "name", ""), node.value.id, columns))
    return found


def test_no_query_reads_exercises_unseen() -> None:
    """Each query on the tables of operations and releases reads one operation or one object, or is listed
    above. A query of another app, or one that is new, must be listed with its reason or use `real`."""
    wrong, seen = [], set()
    for path in sorted(SOURCE.rglob("*.py")):
        name = path.relative_to(SOURCE).as_posix()
        text = path.read_text()
        if re.match("demo/|bench/", name) or "/migrations/" in name:
            continue
        for function, model, columns in _queries(path):
            key = (name, function)
            seen.add(key)
            if not columns & ONE and key not in LISTED:
                wrong.append((name, function, model, sorted(columns)))
        for node in ast.walk(ast.parse(text)):
            if not (
                isinstance(node, ast.Constant) and isinstance(node.value, str)
            ) or not re.search(TABLES, node.value):
                continue
            if not re.search(r"\b(SELECT|UPDATE|DELETE|JOIN)\b", node.value):
                continue
            one = re.search(r"exercise|operation_id = %|\bid = %|object = %|\.root = ", node.value)
            if not one and not any(part in node.value for part in STATEMENTS):
                wrong.append((name, "SQL", node.value.strip()[:80], []))
    assert wrong == []
    assert set(LISTED) <= seen
