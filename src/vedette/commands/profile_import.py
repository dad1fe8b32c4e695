"""Imports profiles from YAML files into an organisation, as drafts of one of its users."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from vedette.commands.environment import database, intake
from vedette.core.errors import Failure, WrongUsage
from vedette.kinds import kinds
from vedette.profiles.files import MAX_BYTES

if TYPE_CHECKING:
    from vedette.apps.accounts.models import User


def bring(
    files: Sequence[Path], with_starter: bool, organisation: str | None, author: str | None
) -> int:
    """Makes drafts of the files. Exit status 1 if none could be made, 2 if the author is unclear."""
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
    """The named user, who may write profiles; without a name, the only analyst."""
    from vedette.apps.accounts import rules
    from vedette.apps.accounts.models import User
    from vedette.apps.desk.work import organisation_or_first

    with intake() as connection:
        found = organisation_or_first(connection, organisation)
    if found is None:
        return None
    people = User.objects.using("intake").filter(organisation_id=found, is_active=True)
    people = people.filter(username=name) if name else people.filter(role=User.Role.ANALYST)
    able = [one for one in people if rules.may(one, "profile.write")]
    return able[0] if len(able) == 1 else None


def _take(by: User, texts: Sequence[tuple[str, str]]) -> int:
    """Imports as the import page does, in one transaction with the scope of the author."""
    from django.db import transaction
    from django.utils import translation

    from vedette.apps.accounts.models import User
    from vedette.apps.accounts.rules import set_scope
    from vedette.apps.profiles import yaml_files

    translation.activate("en")
    with transaction.atomic():
        set_scope(by)
        author = User.objects.get(pk=by.pk)
        items = [yaml_files.yaml(name, text) for name, text in texts]
        made = yaml_files.take(author, items)
    for item in items:
        said = item.refused or f"draft of {item.title}"
        print(f"{item.ref or item.name}: {said}", file=sys.stderr if item.refused else sys.stdout)
        for note in item.notes:
            print(f"  {note}")
    print(f"{len(made)} drafts by {author.username}; each waits for approval by another person")
    return 0 if made else 1
