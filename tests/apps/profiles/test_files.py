"""Profiles in and out: YAML files become drafts after a look; versions go out."""

from __future__ import annotations

import html
import re
from typing import Any

from django.core.files.uploadedfile import SimpleUploadedFile
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.apps.journal.scene import signed_in
from tests.apps.profiles.scene import BROKEN, Scene
from tests.apps.profiles.test_pages import path, text

from vedette.apps.accounts.models import Act
from vedette.apps.profiles import actions, forms, reading, yaml_files
from vedette.apps.profiles.models import CodeList, Profile, Version
from vedette.profiles import files

GOOD = """id: I-7
kind: traveller
title: No return
example: true
expression: |
  one_way AND origin IN LIST 'watched'
weight: 30
purpose: border
basis: law 3, art. 12
indicators: [3]
stance: {for: People move., against: A ticket that costs more.}
lists: {watched: [ADD, DSS]}
valid_months: 6
floor: 0.1
"""


def hidden(answer: Any) -> dict[str, Any]:
    """What the form of the preview sends back."""
    found: dict[str, Any] = {}
    for tag in re.findall(r'<input type="hidden"[^>]*>', answer.content.decode()):
        name, value = re.search(r'name="([^"]*)"', tag), re.search(r'value="([^"]*)"', tag, re.S)
        if name and value and name[1] in ("name", "yaml"):
            found.setdefault(name[1], []).append(html.unescape(value[1]))
    return found


def upload(*texts: str) -> dict[str, Any]:
    """Files as a browser sends them."""
    return {"profiles": [SimpleUploadedFile(f"{n}.yaml", t.encode()) for n, t in enumerate(texts)]}


def test_a_file_becomes_a_draft_after_a_look(scene: Scene) -> None:
    """The preview keeps nothing; taken, it is a draft with everything that stood in the file."""
    client = signed_in(scene.analyst)
    page = client.post("/profiles/import/", upload(GOOD))
    said = text(page)
    assert "1 profile read" in said
    assert "I-7 · No return" in said
    assert not Profile.objects.using("intake").exists()
    assert client.post("/profiles/import/", {**hidden(page), "do": "take"}).status_code == 302
    made = Version.objects.using("intake").select_related("profile").get()
    assert (made.profile.ref, made.profile.example, made.state) == ("I-7", True, "draft")
    assert (made.weight, made.floor, made.months, made.indicators) == (30, 10, 6, [3])
    assert (made.note_for, made.author_id) == ("People move.", scene.analyst.pk)
    assert CodeList.objects.using("intake").get().codes == ["ADD", "DSS"]
    assert Act.objects.using("intake").get(act="profile.imported").detail == {"count": 1}


def test_a_day_among_the_parameters(scene: Scene) -> None:
    """YAML reads it as a day, JSON has none: taken, it is a draft that asks for that day."""
    day = GOOD.replace(
        "one_way AND", "departure_day < :until AND DAYS_BETWEEN(:until, departure_day) < 9 AND"
    )
    client = signed_in(scene.analyst)
    page = client.post("/profiles/import/", upload(day + "parameters: {until: 2026-12-31}\n"))
    assert client.post("/profiles/import/", {**hidden(page), "do": "take"}).status_code == 302
    made = Version.objects.using("intake").get()
    assert made.parameters == {"until": "2026-12-31"}
    with scene.by("analyst"):
        assert reading.of(made).error is None
        assert "until: 2026-12-31" in yaml_files.export(made, reading.of(made)).replace("'", "")


def test_a_floor_that_would_be_rounded_away_is_refused(scene: Scene) -> None:
    """Half a percent is kept as none: whoever wrote it would never be asked to review."""
    page = signed_in(scene.analyst).post(
        "/profiles/import/", upload(GOOD.replace("floor: 0.1", "floor: 0.005"))
    )
    assert "floor: must be a whole percentage" in text(page)


_TEXTS = st.text(st.characters(exclude_categories=("Cs", "Cc")), max_size=30).map(str.strip)


def test_what_goes_out_comes_in_as_the_same(scene: Scene) -> None:
    """Any version that the page lets one write, exported and imported, asks and says the same."""

    @given(st.data())
    @settings(max_examples=60, deadline=None, derandomize=True)
    def there_and_back(data: st.DataObject) -> None:
        name = data.draw(st.from_regex(forms.ListForm.base_fields["name"].regex, fullmatch=True))
        name = name.strip()
        values = _TEXTS | st.from_regex(r"[0-9.,-]{1,12}", fullmatch=True) | st.just("true")
        lines = data.draw(st.dictionaries(st.from_regex(r"[a-z_]{1,5}", fullmatch=True), values))
        given = {
            "title": data.draw(_TEXTS) or "B", "weight": data.draw(st.integers(1, 100)),
            "expression": f"agency IN LIST '{name}'", "purpose": "border", "basis": data.draw(_TEXTS) or "C",
            "source": data.draw(_TEXTS), "justification": data.draw(_TEXTS), "note_for": data.draw(_TEXTS),
            "note_against": "", "indicators": data.draw(st.lists(st.integers(1, 25), max_size=3)),
            "floor": data.draw(st.none() | st.integers(0, 100)), "months": data.draw(st.integers(1, 24)),
            "lane": "", "share": 100.0,
            "parameters": forms.parameters("\n".join(f"{k}={v}" for k, v in lines.items() if v.strip())),
        }  # fmt: skip
        with scene.by("analyst") as user:
            actions.set_list(user, name, ["ADD", "0102", "NO"])
            version = Version(profile=Profile(ref="P-900", kind="traveller"), **given)
            out = yaml_files.export(version, reading.of(version))
            found = yaml_files.yaml("", out)
        assert not found.refused
        assert found.fields == given
        assert found.lists == {name: ("ADD", "0102", "NO")}

    there_and_back()


def test_broken_files_are_told_by_line_and_the_rest_is_taken(scene: Scene) -> None:
    """Unknown keys, no YAML, a purpose there is not, the same number twice."""
    client = signed_in(scene.analyst)
    page = client.post(
        "/profiles/import/",
        upload(GOOD, "id: [", GOOD.replace("weight", "wieght"), GOOD,
               GOOD.replace("border", "fun").replace("I-7", "I-8"), "\x00\xff"),
    )  # fmt: skip
    said = text(page)
    for expected in (
        "6 profiles read", "1 profile can become a draft", "wieght (line 7): unknown key", "Line ",
        "I-7 is in several", "purpose: must be one of terrorism",
    ):  # fmt: skip
        assert expected in said, expected
    assert client.post("/profiles/import/", {**hidden(page), "do": "take"}).status_code == 302
    assert Version.objects.using("intake").count() == 1


def test_an_expression_with_an_error_is_a_draft_to_be_finished(scene: Scene) -> None:
    """Told by line and character; the draft holds it as it stood."""
    client = signed_in(scene.analyst)
    page = client.post("/profiles/import/", upload(GOOD.replace("one_way", "one_wey")))
    assert "Line 1 of the expression, character 1: The vocabulary has no column one_wey" in text(
        page
    )
    client.post("/profiles/import/", {**hidden(page), "do": "take"})
    assert "one_wey" in Version.objects.using("intake").get().expression


def test_a_known_number_gets_a_new_version(scene: Scene) -> None:
    """What runs is not touched; an open draft is not overwritten."""
    active = scene.active("Broken", BROKEN)
    text_ = GOOD.replace("I-7", active.profile.ref)
    client = signed_in(scene.analyst)
    page = client.post("/profiles/import/", upload(text_))
    assert "a draft of a new version" in text(page)
    client.post("/profiles/import/", {**hidden(page), "do": "take"})
    versions = Version.objects.using("intake").filter(profile=active.profile_id).order_by("number")
    assert [(v.number, v.state) for v in versions] == [(1, "active"), (2, "draft")]
    assert "not active yet" in text(client.post("/profiles/import/", upload(text_)))


def test_nothing_chosen_and_too_much(scene: Scene) -> None:
    """Each is a sentence."""
    client = signed_in(scene.analyst)
    assert "Choose YAML files" in text(client.post("/profiles/import/", {}))
    assert "1 MB in total" in text(client.post("/profiles/import/", upload("#" * 1_000_001)))


def test_what_goes_out_comes_back_the_same(scene: Scene) -> None:
    """A file fit for git: read again it is the same profile; taking it out is journalled."""
    with scene.by("analyst") as user:
        actions.set_list(user, "watched", ["ADD"])
    version = scene.draft("Broken", BROKEN + " AND origin IN LIST 'watched'")
    answer = signed_in(scene.world.officer).get(path(version, "profile.yaml"))
    assert answer["Content-Disposition"] == 'attachment; filename="P-001.yaml"'
    read = files.load(answer.content)
    assert read.expression == version.expression
    assert (read.id, read.weight, read.floor, read.valid_months) == ("P-001", 24, 0.1, 6)
    assert read.lists == {"watched": ("ADD",)}
    assert Act.objects.using("intake").filter(act="profile.exported").exists()
