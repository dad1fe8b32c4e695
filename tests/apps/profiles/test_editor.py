"""Writing a profile: the form and the text are one expression, with and without script."""

from __future__ import annotations

import datetime as dt
import html
import re
from typing import Any

import pytest
from tests.apps.journal.scene import signed_in
from tests.apps.profiles.scene import BROKEN, RESTRICTED, Scene
from tests.apps.profiles.test_pages import path, text

from vedette.apps import rendering
from vedette.apps.profiles.models import Backtest, Version
from vedette.kinds import vocabulary
from vedette.profiles import words

SHEET = {
    "title": "One way", "purpose": "border", "basis": "law 3, art. 12",
    "weight": "24", "months": "6", "floor": "10", "indicators": "5, 1",
}  # fmt: skip


def fields(answer: Any, form: str = "edit") -> dict[str, str]:
    """What a browser without script would send back: the controls of the editor as they stand."""
    page = answer.content.decode()
    found: dict[str, str] = {}
    for tag in re.findall(r"<input[^>]*>", page):
        name = re.search(r'name="([^"]*)"', tag)
        value = re.search(r'value="([^"]*)"', tag)
        if name:
            found[name[1]] = html.unescape(value[1]) if value else ""
    for name, inner in re.findall(r'<select[^>]*name="([^"]*)"[^>]*>(.*?)</select>', page, re.S):
        chosen = re.search(r'value="([^"]*)" selected', inner) or re.search(
            r'value="([^"]*)"', inner
        )
        found[name] = html.unescape(chosen[1]) if chosen else ""
    for name, value in re.findall(
        r'<textarea[^>]*name="([^"]*)"[^>]*>(.*?)</textarea>', page, re.S
    ):
        found[name] = html.unescape(value)
    found.pop("csrfmiddlewaretoken", None)
    return found


def test_a_profile_by_the_form_alone(scene: Scene) -> None:
    """Facts are chosen, values written, and the text beside it follows; all by submit buttons."""
    client = signed_in(scene.analyst)
    sent = fields(client.get("/profiles/new/"))
    sent |= {"column": "lead_time_h", "act": "add"}
    answer = client.post("/profiles/new/", sent)
    assert "less than" in text(answer)
    sent = fields(answer) | {"o-r.0": "<", "v-r.0": "48", "do": "check"}
    answer = client.post("/profiles/new/", sent)
    assert fields(answer)["expression"] == "lead_time_h < 48"
    sent = fields(answer) | {"column": "is_crew", "act": "add"}
    answer = client.post("/profiles/new/", sent)
    sent = fields(answer) | {"o-r.1": "no", "do": "check"}
    answer = client.post("/profiles/new/", sent)
    assert fields(answer)["expression"] == "lead_time_h < 48\nAND NOT is_crew"
    said = text(answer)
    assert (
        "The profile does not flag a record if at least one condition is true the traveller is a crew member"
        in said
    )
    assert "less than 48 hours" in said
    sent = fields(answer) | SHEET | {"do": "save"}
    assert client.post("/profiles/new/", sent).status_code == 302
    saved = Version.objects.using("intake").get()
    assert saved.expression == "lead_time_h < 48\nAND NOT is_crew"
    assert (saved.weight, saved.floor, saved.indicators) == (24, 10, [1, 5])
    assert saved.profile.ref == "P-001"


def test_groups_within_groups(scene: Scene) -> None:
    """At least one, none: a group is added, filled, and taken away again."""
    client = signed_in(scene.analyst)
    sent = fields(client.get("/profiles/new/")) | {"act": "group"}
    answer = client.post("/profiles/new/", sent)
    assert "Group 1" in text(answer)
    sent = fields(answer) | {"column": "one_way", "to": "r.0", "act": "add"}
    answer = client.post("/profiles/new/", sent)
    sent = fields(answer) | {"column": "is_cash", "to": "r.0", "act": "add", "o-r.0.0": "yes"}
    answer = client.post("/profiles/new/", sent)
    sent = fields(answer) | {"column": "legs", "to": "r", "act": "add"}
    answer = client.post("/profiles/new/", sent)
    sent = fields(answer) | {"o-r.1": ">", "v-r.1": "3", "j-r.0": "none", "do": "check"}
    answer = client.post("/profiles/new/", sent)
    assert fields(answer)["expression"] == "NOT (one_way OR is_cash)\nAND legs > 3"
    sent = fields(answer) | {"act": "remove:r.0"}
    answer = client.post("/profiles/new/", sent)
    assert fields(answer)["expression"] == "legs > 3"


def test_the_text_is_read_back_into_the_form(scene: Scene) -> None:
    """Every condition of the expression stands in the form with operator, value, unit and default."""
    version = scene.draft("Broken", BROKEN)
    sent = fields(signed_in(scene.analyst).get(path(version, "edit/")))
    assert sent["n-r"] == "6"
    assert [sent[f"c-r.{n}"] for n in range(6)] == [
        "is_crew", "same_route_12m", "route_detour_ratio", "journey_bookings", "payer_is_other",
        "lead_time_h",
    ]  # fmt: skip
    assert (sent["o-r.1"], sent["v-r.1"], sent["d-r.1"]) == ("<", "6", "0")
    assert (sent["o-r.2"], sent["v-r.2"]) == (">", "2.0")


def test_what_the_form_cannot_show_is_left_to_the_text(scene: Scene) -> None:
    """Arithmetic, functions, two columns: the page says so, and the text counts."""
    version = scene.draft("Heavy", "bag_kg / bags > 30 AND bags > 0")
    page = signed_in(scene.analyst).get(path(version, "edit/"))
    assert "cannot show some elements of this expression" in text(page)
    assert fields(page)["expression"] == "bag_kg / bags > 30 AND bags > 0"


@pytest.mark.parametrize(
    ("typed", "told", "marked"),
    [
        ("lead_tme_h < 48", "Did you mean lead_time_h?", "lead_tme_h"),
        ("lead_time_h < 48 AND", "The condition is incomplete", "AND"),
        ("lead_time_h < 'x'", "cannot be compared", None),
        ("DROP TABLE travellers_journey", "SQL statements and subqueries are not supported", None),
        ("(SELECT 1) = 1", "subqueries are not supported", None),
        ("religion = 'x'", "must never be based on race", "religion"),
    ],
)
def test_an_error_points_at_its_place(
    scene: Scene, typed: str, told: str, marked: str | None
) -> None:
    """The sentence, line and character, the offending part set off; the typed text is untouched."""
    client = signed_in(scene.analyst)
    answer = client.post(
        "/profiles/try/", {"expression": typed, "n-r": "0", "was-text": "", "was-mark": ""}
    )
    assert told in text(answer)
    assert "Line 1, character" in text(answer)
    if marked:
        assert f"<mark>{marked}</mark>" in answer.content.decode()
    assert "hx-swap-oob" in answer.content.decode()
    assert 'id="text"' not in answer.content.decode(), "what is being typed is left alone"


def test_a_hundred_kilobytes_are_told_and_kept(scene: Scene) -> None:
    """The limit is said; nothing is lost; the answer stays small."""
    client = signed_in(scene.analyst)
    typed = "legs > 2 OR " * 8_500
    answer = client.post("/profiles/try/", {"expression": typed, "n-r": "0"})
    assert "the limit is" in text(answer)
    assert len(answer.content) < 60_000
    answer = client.post("/profiles/new/", SHEET | {"expression": typed, "do": "save", "n-r": "0"})
    assert answer.status_code == 422
    assert fields(answer)["expression"].strip() == typed.strip()
    assert not Version.objects.using("intake").exists()


def test_nobody_overwrites_what_somebody_typed(scene: Scene) -> None:
    """Form and text both changed: nothing is chosen for the writer, by neither way of sending."""
    version = scene.draft("Legs", "legs > 2")
    client = signed_in(scene.analyst)
    sent = fields(client.get(path(version, "edit/")))
    sent |= {"v-r.0": "5", "expression": "legs > 2 AND one_way"}
    answer = client.post(path(version, "edit/"), sent | {"do": "save"})
    assert answer.status_code == 422
    assert "The form and the text were both changed" in text(answer)
    kept = fields(answer)
    assert (kept["v-r.0"], kept["expression"]) == ("5", "legs > 2 AND one_way")
    answer = client.post(path(version, "edit/"), kept | {"force": "form"})
    assert fields(answer)["expression"] == "legs > 5"
    answer = client.post(path(version, "edit/"), kept | {"force": "text"})
    assert fields(answer)["n-r"] == "2"


def test_a_value_that_is_none_is_told_beside_it(scene: Scene) -> None:
    """What was typed stays in its place, and so does the text as it was."""
    version = scene.draft("Legs", "legs > 2")
    client = signed_in(scene.analyst)
    sent = fields(client.get(path(version, "edit/"))) | {"v-r.0": "two", "do": "save"}
    answer = client.post(path(version, "edit/"), sent)
    assert answer.status_code == 422
    assert "“two” is not a number." in text(answer)
    kept = fields(answer)
    assert (kept["v-r.0"], kept["expression"]) == ("two", "legs > 2")


@pytest.mark.parametrize(
    ("column", "operator", "first", "second", "expression"),
    [
        ("origin", "in", "ADD, 'A,B'; dss", "", "origin IN ('ADD', 'A,B', 'dss')"),
        ("lead_time_h", "between", "1,5", "48", "lead_time_h BETWEEN 1.5 AND 48"),
        ("origin", "begins", "A'B", "", "STARTS_WITH(origin, 'A''B')"),
        ("is_crew", "missing", "", "", "is_crew IS MISSING"),
        ("legs", "not in", "1, 2", "", "legs NOT IN (1, 2)"),
    ],
)
def test_values_of_every_kind(
    scene: Scene, column: str, operator: str, first: str, second: str, expression: str
) -> None:
    """Decimal commas, values apart by commas or semicolons, quotes: as officers write them."""
    client = signed_in(scene.analyst)
    sent = {"n-r": "1", "j-r": "all", "c-r.0": column, "o-r.0": operator, "v-r.0": first,
            "w-r.0": second, "expression": "", "was-text": "", "was-mark": ""}  # fmt: skip
    answer = client.post("/profiles/new/", sent)
    assert fields(answer)["expression"] == expression
    again = client.post("/profiles/new/", fields(answer))
    assert fields(again)["expression"] == expression


def test_a_code_list_by_name(scene: Scene) -> None:
    """Made on its page, chosen in the form, told by its name."""
    client = signed_in(scene.analyst)
    answer = client.post("/profiles/lists/edit/", {"name": "watched", "codes": "add\ndss, x"})
    assert answer.status_code == 302
    sent = {"n-r": "1", "j-r": "all", "c-r.0": "origin", "o-r.0": "in list", "v-r.0": "watched"}
    answer = client.post("/profiles/new/", sent)
    assert fields(answer)["expression"] == "origin IN LIST 'watched'"
    page = client.post("/profiles/new/", fields(answer) | SHEET | {"do": "save"})
    assert page.status_code == 302
    said = text(client.get("/profiles/lists/"))
    assert "watched ADD DSS X" in said
    assert "P-001" in said


def test_what_stands_against_it_is_told_while_one_writes(scene: Scene) -> None:
    """Restricted facts alone; a profile that never fires; a negation over what is often missing."""
    client = signed_in(scene.analyst)

    def told(expression: str) -> str:
        return text(client.post("/profiles/try/", {"expression": expression, "n-r": "0"}))

    assert "Prevents submission" in told("age < 25")
    assert "can never flag anything" in told("legs > 5 AND legs < 2")
    assert "often missing" in told("NOT email_throwaway AND legs > 2")
    assert "Nothing prevents submission" in told("one_way AND is_cash")


def test_a_draft_with_an_error_is_kept(scene: Scene) -> None:
    """Work is not lost because it is not finished; it cannot be submitted."""
    client = signed_in(scene.analyst)
    sent = fields(client.get("/profiles/new/")) | SHEET | {"expression": "legs >", "do": "save"}
    answer = client.post("/profiles/new/", sent)
    assert answer.status_code == 302
    assert "is incomplete" in text(client.get(answer.url))


def test_missing_fields_are_named_and_nothing_is_lost(scene: Scene) -> None:
    """Each field says what it lacks; parameters and indicators as well."""
    client = signed_in(scene.analyst)
    sent = {"expression": "legs > :most", "parameters": "most 3", "indicators": "1, 99", "n-r": "0",
            "title": "T", "do": "save"}  # fmt: skip
    answer = client.post("/profiles/new/", sent)
    said = text(answer)
    assert answer.status_code == 422
    for expected in (
        "Line 1: write name = value",
        "Enter numbers from 1 to 25",
        "This field is required",
    ):
        assert expected in said
    kept = fields(answer)
    assert (kept["title"], kept["parameters"]) == ("T", "most 3")
    good = kept | SHEET | {"parameters": "most = 3", "do": "save"}
    assert client.post("/profiles/new/", good).status_code == 302
    assert Version.objects.using("intake").get().parameters == {"most": 3}


def test_a_look_is_not_scolded(scene: Scene) -> None:
    """Reading again, or adding a condition, does not complain of the fields not filled yet."""
    client = signed_in(scene.analyst)
    answer = client.post("/profiles/new/", {"expression": "legs > 2", "n-r": "0", "do": "check"})
    assert answer.status_code == 200
    assert "This field is required" not in text(answer)


def test_the_count_is_asked_once_and_followed(scene: Scene) -> None:
    """A quick backtest of the writer's; the same expression is not counted twice, an older one stops."""
    client = signed_in(scene.analyst)
    for _ in range(2):
        answer = client.post("/profiles/count/", {"expression": "legs > 2", "n-r": "0"})
        assert "Counting…" in text(answer)
    first = Backtest.objects.using("intake").get()
    assert (first.quick, first.version_id, first.expression) == (True, None, "legs > 2")
    client.post("/profiles/count/", {"expression": "legs > 3", "n-r": "0"})
    first.refresh_from_db(using="intake")
    assert first.state == "cancelled"
    second = Backtest.objects.using("intake").get(state="waiting")
    Backtest.objects.using("intake").filter(pk=second.pk).update(state="running", done=5, total=9)
    address = f"/profiles/counts/{second.pk}/"
    assert "Counting: 5 of 9 rows" in text(client.get(address))
    result = {"rows": 9, "judged": 1200, "unjudged": 30, "fired": 7}
    Backtest.objects.using("intake").filter(pk=second.pk).update(state="done", result=result)
    said = text(client.get(address))
    assert "The expression would have flagged 7 travellers out of 1,200" in said
    assert "30 could not be evaluated" in said
    assert client.post("/profiles/count/", {"expression": "legs >", "n-r": "0"}).status_code == 204


def test_a_count_that_nobody_begins(scene: Scene) -> None:
    """Where no worker runs, the page says so after two minutes and asks no more."""
    client = signed_in(scene.analyst)
    client.post("/profiles/count/", {"expression": "legs > 2", "n-r": "0"})
    rows = Backtest.objects.using("intake")
    address = f"/profiles/counts/{rows.get().pk}/"
    rows.update(asked_at=dt.datetime.now(dt.UTC) - dt.timedelta(seconds=30))
    assert "delay:3s" in client.get(address).content.decode()
    rows.update(asked_at=dt.datetime.now(dt.UTC) - dt.timedelta(seconds=130))
    answer = client.get(address)
    assert "The count has not started" in text(answer)
    assert "hx-get" not in answer.content.decode()


def test_an_opinion_holds_while_its_wording_stands(scene: Scene) -> None:
    """In the editor, the officer was heard until the expression changes."""
    from vedette.apps.profiles import actions

    version = scene.draft("Young", RESTRICTED, justification="Victims of trafficking are young.")
    with scene.by("dpo") as dpo:
        actions.hear(dpo, version.pk, True, "Narrow enough, and needed for victims.")
    client = signed_in(scene.analyst)
    page = client.get(path(version, "edit/"))
    assert "must give an opinion" not in text(page)
    sent = fields(page) | {"expression": RESTRICTED.replace("25", "24")}
    assert "must give an opinion" in text(client.post(path(version, "edit/"), sent))


def test_who_may_not_write(scene: Scene) -> None:
    """An officer reads profiles and writes none; what was submitted is not edited."""
    version = scene.asked(scene.draft("One way"))
    assert signed_in(scene.world.officer).get("/profiles/new/").status_code == 403
    assert signed_in(scene.analyst).get(path(version, "edit/")).url == path(version)
    client = signed_in(scene.analyst)
    answer = client.post(path(version, "edit/"), SHEET | {"expression": "legs > 2", "do": "save"})
    assert answer.status_code == 409
    assert "has changed in the meantime" in text(answer)
    assert fields(answer)["expression"] == "legs > 2"


_LEGS = next(c for c in vocabulary("traveller").columns if c.name == "legs")


def test_a_fact_is_found_by_typing_and_nothing_is_red_before(scene: Scene) -> None:
    """Among 157 facts one types a part of the name. A condition without a value yet is no error; a wrong
    value is one."""
    client = signed_in(scene.analyst)
    page = client.get("/profiles/new/")
    assert '<datalist id="columns">' in page.content.decode()
    label = rendering.say(words.label(_LEGS))
    sent = fields(page) | {"column": label.upper(), "act": "add"}
    answer = client.post("/profiles/new/", sent)
    assert 'name="c-r.0"' in answer.content.decode()
    assert 'class="err"' not in answer.content.decode()
    assert "enter a value" in text(answer)
    wrong = client.post("/profiles/new/", fields(answer) | {"v-r.0": "many", "do": "check"})
    assert 'class="err"' in wrong.content.decode()
    unknown = client.post("/profiles/new/", fields(page) | {"column": "zzz", "act": "add"})
    assert "The text “zzz” does not identify exactly one fact" in text(unknown)
