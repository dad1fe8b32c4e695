"""Exports and imports profiles as YAML files. An import first shows the profiles that were read from the
files, and then creates drafts."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from django.db import transaction
from django.utils.translation import gettext

from vedette.apps import rendering
from vedette.apps.accounts import acts
from vedette.apps.accounts.models import User
from vedette.apps.columns import Purpose
from vedette.apps.profiles import actions, reading
from vedette.apps.profiles.models import OPEN, CodeList, Profile, Version
from vedette.apps.profiles.reading import Said
from vedette.apps.subjects.kinds import app_kinds
from vedette.kinds import kinds
from vedette.profiles import files
from vedette.profiles.files import FileError, ProfileFile
from vedette.profiles.tree import ListRef, walk

#: The largest number of files in one import, and the largest number of their characters.
MOST_FILES, MOST_CHARACTERS = 100, 1_000_000


@dataclass(frozen=True)
class Item:
    """A profile that was read from a file. The profile has notes or, if it was refused, the reason for the
    refusal.
    """

    name: str
    ref: str = ""
    kind: str = ""
    title: str = ""
    said: Said | None = None
    #: Notes on parts of the file that were not imported or have errors.
    notes: list[str] = field(default_factory=list)
    #: The reason why no draft is created.
    refused: str = ""
    fields: dict[str, Any] = field(default_factory=dict)
    lists: dict[str, tuple[str, ...]] = field(default_factory=dict)
    example: bool = False
    renews: bool = False


# --- export ----------------------------------------------------------------------------------


def export(version: Version, said: Said) -> str:
    """Returns the YAML file of a version, with the code lists that the version uses."""
    names = (
        {part.name for part in walk(said.tree) if isinstance(part, ListRef)} if said.tree else set()
    )
    lists = CodeList.objects.filter(name__in=names).order_by("name")
    return files.dump(
        ProfileFile(
            id=version.profile.ref, kind=version.profile.kind, title=version.title,
            expression=version.expression, weight=version.weight,
            purpose=version.purpose, basis=version.basis, source=version.source,
            justification=version.justification, indicators=tuple(version.indicators),
            lists={one.name: tuple(one.codes) for one in lists}, parameters=version.parameters,
            valid_months=version.months,
            floor=None if version.floor is None else version.floor / 100,
            theme=version.theme if len(kinds()[version.profile.kind].themes) > 1 else "",
            lane=version.lane, share=version.share if version.lane else None,
            factors_for=version.note_for, factors_against=version.note_against,
            example=version.profile.example,
        )
    )  # fmt: skip


# --- import ----------------------------------------------------------------------------------


def yaml(name: str, text: str) -> Item:
    """Reads one YAML file."""
    try:
        found = files.load(text)
    except FileError as error:
        return Item(name, refused=rendering.say(files.file_text(error)))
    lists = {key: tuple(map(str, values)) for key, values in found.lists.items()}
    types = found.list_types()
    refused = _refused(found, types)
    known = Profile.objects.filter(ref=found.id).first()
    if not refused and known and known.kind != found.kind:
        refused = gettext("%(ref)s is a profile for a different kind of data.") % {"ref": found.id}
    latest = known.versions.order_by("-number").first() if known else None
    if not refused and latest and latest.state in OPEN:
        refused = gettext(
            "%(ref)s has a version that is not active yet. Complete this version or discard it."
        )
        refused %= {"ref": found.id}
    said = None
    if found.kind in kinds():
        said = reading.said(
            found.kind, found.expression, _parameters(found), found.justification,
            known={**types, **reading.lists()},
        )  # fmt: skip
    return Item(
        name, ref=found.id, kind=found.kind, title=rendering.own(found.title), said=said,
        notes=_notes(said, lists), refused=refused, fields=_fields(found), lists=lists,
        example=found.example, renews=known is not None,
    )  # fmt: skip


def read(texts: list[tuple[str, str]]) -> list[Item]:
    """Reads several YAML files. Each file is a pair of its name and its text. Refuses a profile whose
    reference is also in an earlier file.
    """
    items: list[Item] = []
    for name, text in texts:
        item = yaml(name, text)
        if not item.refused and item.ref in {one.ref for one in items}:
            refused = gettext("%(ref)s is in several of these files.") % {"ref": item.ref}
            item = Item(name, ref=item.ref, title=item.title, refused=refused)
        items.append(item)
    return items


def _refused(found: ProfileFile, types: Mapping[str, str]) -> str:
    """Returns the reason why no draft can be created from a valid file. The text is empty if a draft can be
    created."""
    if found.kind not in kinds():
        return gettext("kind: this installation has no vocabulary for “%(kind)s”.") % {
            "kind": found.kind
        }
    themes = kinds()[found.kind].themes
    if found.theme and found.theme not in themes:
        return gettext("theme: must be one of %(known)s.") % {"known": ", ".join(themes)}
    if found.purpose not in Purpose.values:
        return gettext("purpose: must be one of %(known)s.") % {"known": ", ".join(Purpose.values)}
    for key, text, most in (("basis", found.basis, 300), ("source", found.source, 300)):
        if len(text) > most:
            return gettext("%(key)s: at most %(most)s characters.") % {"key": key, "most": most}
    if _percent(found) is None and found.floor is not None:
        return gettext("floor: must be a whole percentage, for example 0.05.")
    if any(kind != "text" for kind in types.values()):
        return gettext("lists: must be lists of texts.")
    return ""


def _notes(said: Said | None, lists: Mapping[str, tuple[str, ...]]) -> list[str]:
    notes = []
    if said is not None and said.error is not None:
        place = gettext("Line %(line)s of the expression, character %(at)s:") % {
            "line": said.place[0], "at": said.place[1],
        }  # fmt: skip
        notes.append(f"{place} {said.problem}")
    elif said is not None:
        notes += [text for severity, text in said.told if severity != "info"]
    for one in CodeList.objects.filter(name__in=list(lists)):
        if set(one.codes) != {code.strip().upper() for code in lists[one.name]}:
            note = gettext(
                "The code list %(name)s already exists with other codes. The existing list was not"
                " changed."
            )
            notes.append(note % {"name": one.name})
    return notes


def _fields(found: ProfileFile) -> dict[str, Any]:
    return {
        "title": found.title, "expression": found.expression,
        "parameters": _parameters(found), "weight": found.weight, "purpose": found.purpose,
        "basis": found.basis, "source": found.source, "indicators": list(found.indicators),
        "justification": found.justification, "note_for": found.factors_for,
        "note_against": found.factors_against, "months": found.valid_months,
        "floor": _percent(found), **({"theme": found.theme} if found.theme else {}),
        "lane": found.lane if any(found.lane in one.clearance for one in app_kinds()) else "",
        "share": found.share if found.share is not None else 100.0,
    }  # fmt: skip


def _percent(found: ProfileFile) -> int | None:
    """Returns the floor (the lowest acceptable precision) in percent. Returns None if the profile has no
    floor. Also returns None if the floor is not a whole percentage, because the floor must not be rounded.
    """
    percent = None if found.floor is None else round(found.floor * 100, 4)
    return int(percent) if percent is not None and percent == int(percent) else None


def _parameters(found: ProfileFile) -> dict[str, Any]:
    """Returns the parameters as values that JSON can represent. A date is converted to a text that the parser
    accepts as a date."""
    return {
        name: value.isoformat() if isinstance(value, dt.date) else value
        for name, value in found.parameters.items()
    }


@transaction.atomic
def take(by: User, items: list[Item]) -> list[Version]:
    """Creates a draft for each item that is not refused. Also creates the missing code lists that these items
    use.
    """
    made = []
    here = set(CodeList.objects.values_list("name", flat=True))
    for item in items:
        if item.refused:
            continue
        for name, codes in item.lists.items():
            if name not in here:
                actions.set_list(by, name, codes, item.ref)
                here.add(name)
        known = Profile.objects.filter(ref=item.ref).first()
        if known is None:
            fields = {**item.fields, "kind": item.kind}
            draft = actions.begin_draft(by, fields, item.ref, item.example)
        else:
            draft = actions.new_version(by, known.pk)
            draft = actions.change_draft(by, draft.pk, item.fields)
        made.append(draft)
    acts.write(by, "profile.imported", count=len(made))
    return made
