"""`vedette profile import`: files and the starter pack become drafts of a person who may write them."""

from __future__ import annotations

import html
from pathlib import Path

import pytest
from tests.apps.journal.scene import signed_in
from tests.apps.profiles.scene import Scene
from tests.apps.profiles.test_editor import fields
from tests.apps.profiles.test_files import GOOD
from tests.french import FRENCH

from vedette.apps.accounts.models import Act
from vedette.apps.profiles.models import Version
from vedette.cli import main
from vedette.kinds import kinds


def paths() -> list[Path]:
    """The files of the starter profiles of every kind."""
    return [path for kind in kinds().values() for path in kind.starter()]


def bring(*args: str | Path) -> int:
    """`vedette profile import …`"""
    return main(["profile", "import", *map(str, args)])


def analyst(scene: Scene) -> tuple[str, str]:
    """The option that names who writes."""
    return "--author", scene.analyst.username


def test_the_starter_pack_becomes_drafts(scene: Scene, capsys: pytest.CaptureFixture[str]) -> None:
    """Each profile once, a draft of who is named, asked of nobody; a second time nothing is doubled."""
    assert bring("--starter", *analyst(scene)) == 0
    versions = Version.objects.using("intake").select_related("profile")
    assert sorted(v.profile.ref for v in versions) == sorted(path.stem for path in paths())
    assert {v.state for v in versions} == {"draft"}
    assert f"{len(paths())} drafts by {scene.analyst.username}" in capsys.readouterr().out
    assert Act.objects.using("intake").get(act="profile.imported").detail == {"count": len(paths())}
    assert bring("--starter", *analyst(scene)) == 1
    assert versions.count() == len(paths())
    assert "P-001" in capsys.readouterr().err


def test_what_is_good_is_kept(
    scene: Scene, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """A broken file is named with what is wrong; the good one beside it becomes a draft."""
    (tmp_path / "good.yaml").write_text(GOOD, "utf-8")
    (tmp_path / "broken.yaml").write_text("id: [", "utf-8")
    assert bring(tmp_path / "good.yaml", tmp_path / "broken.yaml", *analyst(scene)) == 0
    said = capsys.readouterr()
    assert "I-7: draft of No return" in said.out
    assert "broken.yaml: " in said.err
    assert Version.objects.using("intake").count() == 1


def test_wrong_usage(scene: Scene, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """No file, a file that is not there, an author who may not write profiles, nobody at all."""
    assert bring() == 2
    assert bring(tmp_path / "none.yaml") == 1
    assert "none.yaml" in capsys.readouterr().err
    assert bring("--starter", "--author", scene.world.users["officer"].username) == 2
    assert bring("--starter", "--organisation", "nowhere") == 2
    assert "--organisation" in capsys.readouterr().err
    assert Version.objects.using("intake").count() == 0


def test_an_example_speaks_the_readers_language(
    scene: Scene, capsys: pytest.CaptureFixture[str]
) -> None:
    """Title and notes of a starter profile are translated for whoever reads them; a draft that is saved
    with them unchanged stays translatable."""
    assert bring("--starter", *analyst(scene)) == 0
    capsys.readouterr()
    one = Version.objects.using("intake").select_related("profile").get(profile__ref="P-001")
    texts = (one.title, one.note_for, one.basis)
    french = [FRENCH.pgettext("starter profile", text) for text in texts]
    client = signed_in(scene.analyst)
    for language, shown, hidden in (("en", texts, french), ("fr", french, texts)):
        client.cookies["django_language"] = language
        page = html.unescape(client.get(f"/profiles/{one.profile_id}/").content.decode())
        assert all(text in page for text in shown)
        assert not any(text in page for text in hidden)
    form = fields(client.get(f"/profiles/{one.profile_id}/1/edit/"))
    assert form["title"] == french[0]
    sent = {**form, "note_for": "À nous", "do": "save"}
    assert client.post(f"/profiles/{one.profile_id}/1/edit/", sent).status_code == 302
    saved = Version.objects.using("intake").get(pk=one.pk)
    assert (saved.title, saved.note_for, saved.basis) == (one.title, "À nous", one.basis)
    found = client.get("/profiles/?q=passeport+récemment")
    assert "P-010" in found.content.decode()
