"""Where compiled kernels are kept."""

from pathlib import Path

import pytest

from vedette.screening.names import jit


def test_any_change_of_a_source_makes_another_folder(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Numba looks at a kernel's own file only; a change of one that it calls went unnoticed."""
    for name in ("kernel.py", "words.py", "words.txt"):
        (tmp_path / name).write_text("a")
    monkeypatch.setattr(jit, "_HERE", tmp_path)
    before = jit.fingerprint()
    assert jit.fingerprint() == before
    (tmp_path / "words.py").write_text("b")
    assert jit.fingerprint() != before


def test_what_cannot_be_written_is_passed_over(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A read-only installation keeps its kernels in the user's cache, or for one process."""
    (tmp_path / "installed").write_text("a file where a folder should be")
    monkeypatch.setattr(jit, "_HERE", tmp_path / "installed")
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    assert jit.folder().parent == tmp_path / "cache" / "vedette"
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "installed"))
    assert jit.folder().is_dir()


def test_what_was_compiled_from_other_sources_goes(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nobody deletes folders by hand."""
    kept, old = tmp_path / f"kernels-{jit.FINGERPRINT}", tmp_path / "kernels-0123456789abcdef"
    kept.mkdir()
    old.mkdir()
    monkeypatch.setattr(jit.numba.config, "CACHE_DIR", str(kept))
    jit.forget_old()
    assert [p.name for p in tmp_path.iterdir()] == [kept.name]
