"""Creates the files of training packs. Contains the catalogue of modules that is part of vedette. Also
creates the ZIP file, which contains the agenda, the trainer's folder and the participants' folder in English
and French.

The rules of a pack are in `training.pack`. The files of a pack contain no time and no name of a person. The
same request therefore always produces a byte-identical file.
"""

from __future__ import annotations

import io
import tomllib
import zipfile
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files

from vedette.assistance.banks import LANGUAGES
from vedette.assistance.training import Module, Pack

#: The time in the entries of the ZIP, which has no zone.
_AT = (2026, 1, 1, 0, 0, 0)
_WORDS = {
    "en": {
        "agenda": "Agenda", "day": "Day", "minutes": "minutes", "breaks": "breaks", "teaching": "teaching",
        "gaps": "Missing", "trainer": "Trainer's folder", "participant": "Participants' folder",
        "notes": "Aim, material, exercises: to be completed by the trainer",
        "own": "Own notes", "example": "Example, to be adapted",
    },
    "fr": {
        "agenda": "Programme", "day": "Jour", "minutes": "minutes", "breaks": "pauses", "teaching": "cours",
        "gaps": "Manque", "trainer": "Dossier du formateur", "participant": "Dossier des participants",
        "notes": "But, supports, exercices : à compléter par le formateur",
        "own": "Notes personnelles", "example": "Exemple, à adapter",
    },
}  # fmt: skip


@dataclass(frozen=True)
class Listed:
    """A module of the catalogue with its title in each language and its theme. The theme of a general module
    is empty.
    """

    module: Module
    title: Mapping[str, str]
    theme: str


@cache
def catalogue() -> tuple[Listed, ...]:
    """Returns the modules that are part of vedette, in the order of the catalogue."""
    text = files("vedette.assistance.bank").joinpath("modules.toml").read_text("utf-8")
    return tuple(
        Listed(
            Module(
                one["id"], one["minutes"], tuple(one.get("prerequisites", ())), tuple(one["languages"]),
                tuple(one["trainers"]), one.get("general", False),
            ),
            {tongue: one[tongue] for tongue in LANGUAGES},
            one["theme"],
        )
        for one in tomllib.loads(text)["modules"]
    )  # fmt: skip


def archive(pack: Pack, title: str) -> bytes:
    """Returns the ZIP file of a pack, which contains an agenda and two folders for each language."""
    titles = {one.module.id: one.title for one in catalogue()}
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as made:
        for tongue in LANGUAGES:
            words = _WORDS[tongue]
            _add(made, f"{tongue}/agenda.txt", _agenda(pack, title, titles, tongue))
            for place, one in enumerate(pack.modules, 1):
                head = f"{place}. {one} {titles[one][tongue]}\n\n"
                _add(
                    made,
                    f"{tongue}/trainer/{place:02}-{one}.txt",
                    f"{words['trainer']}\n{head}{words['notes']}\n",
                )
                _add(
                    made,
                    f"{tongue}/participants/{place:02}-{one}.txt",
                    f"{words['participant']}\n{head}{words['own']}\n",
                )
    return out.getvalue()


def _add(made: zipfile.ZipFile, name: str, text: str) -> None:
    entry = zipfile.ZipInfo(name, _AT)
    entry.external_attr = 0o644 << 16
    made.writestr(entry, text)


def _agenda(pack: Pack, title: str, titles: Mapping[str, Mapping[str, str]], tongue: str) -> str:
    words = _WORDS[tongue]
    lines = [words["agenda"], title, f"({words['example']})", ""]
    day = 0
    for part in pack.parts:
        if part.day != day:
            day = part.day
            lines.append(f"{words['day']} {day}")
        lines.append(
            f"  {part.module} {titles[part.module][tongue]}: {part.minutes} {words['minutes']}"
        )
    lines += [
        "",
        f"{words['teaching']}: {pack.teaching_min} {words['minutes']}",
        f"{words['breaks']}: {pack.breaks_min} {words['minutes']}",
    ]
    lines += [f"{words['gaps']}: {gap.place} {gap.message}" for gap in pack.gaps]
    return "\n".join(lines) + "\n"
