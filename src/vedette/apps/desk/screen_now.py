"""Screens one person against all lists of the organisation. Only an entry in the journal is stored."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import TYPE_CHECKING

from django.core.exceptions import PermissionDenied

from vedette.apps.accounts import acts, rules
from vedette.apps.accounts.models import User
from vedette.apps.keyring import keyring
from vedette.apps.oversight import name_tokens
from vedette.core import parties as core
from vedette.core.parties import Party

if TYPE_CHECKING:
    from vedette.screening.reason import Reason


@dataclass(frozen=True)
class Asked:
    """The details of the person. A name or a document is sufficient; the other details are optional. Purpose
    and case are stored in the journal."""

    surname: str = ""
    given_names: str = ""
    #: A day, or a year if only that is known.
    date_of_birth: dt.date | int | None = None
    #: ISO 3166, two or three letters.
    nationality: str = ""
    document: str = ""
    purpose: str = ""
    case: str = ""


def screen_person(user: User, asked: Asked) -> list[Reason]:
    """Returns the reasons that screening finds for a person with these details, the most certain reason
    first.

    Raises `PermissionDenied` if the user may not screen persons or does not have the purpose, and
    `ListsNotReady` if the lists are being prepared. The journal entry contains the purpose and some numbers
    in clear text. In the journal entry, the details of the person and the case are encrypted.
    """
    # The engine that compares names needs 80 MB, so a web process loads it at the first use.
    from vedette.apps.lists.loading import current

    rules.check(user, "person.screen")
    if asked.purpose not in user.purposes:
        raise PermissionDenied("screening for this purpose")
    assert user.organisation_id is not None  # noqa: S101  the rule requires an organisation
    name = (asked.surname or None, asked.given_names or None)
    party = Party(
        names=(name,) if any(name) else (),
        date_of_birth=asked.date_of_birth,
        nationality=asked.nationality or None,
        documents=(asked.document,) if asked.document else (),
    )
    knowledge = current(user.organisation_id, seen_by=user)
    [reasons] = knowledge.screen([core.Asked(parties=(party,))])
    acts.write(
        user,
        "person.screen",
        purpose=asked.purpose or None,
        words={
            "surname": asked.surname,
            "given_names": asked.given_names,
            "birth": str(asked.date_of_birth or ""),
            "nationality": asked.nationality,
            "document": asked.document,
            "case": asked.case,
        },
        name=name_tokens.searched(keyring(), user, asked.surname, asked.given_names),
        knowledge=knowledge.number,
        reasons=len(reasons),
    )
    return reasons
