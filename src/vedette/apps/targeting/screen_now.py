"""Screen one person now, against everything the administration knows. Nothing is kept but the act."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

from vedette.apps.accounts import rules
from vedette.apps.accounts.models import Act, User
from vedette.apps.knowledge.loading import current
from vedette.screening.knowledge import Found, Subject


@dataclass(frozen=True)
class Asked:
    """Who is asked about. A name or a document is enough; purpose and case are journalled."""

    surname: str = ""
    given_names: str = ""
    date_of_birth: dt.date | None = None
    #: ISO 3166, two or three letters.
    nationality: str = ""
    document: str = ""
    purpose: str = ""
    case: str = ""


def screen_person(user: User, asked: Asked) -> list[Found]:
    """The reasons a traveller like this would have, the surest first; an empty list where there is none.

    Raises `PermissionDenied`. The act holds purpose, case and numbers, never who was asked about.
    """
    rules.check(user, "person.screen")
    assert user.organisation_id is not None  # noqa: S101  the rule asks for an organisation
    named = bool(asked.surname or asked.given_names)
    subject = Subject(
        names=((asked.surname or None, asked.given_names or None),) if named else (),
        date_of_birth=asked.date_of_birth,
        nationality=asked.nationality or None,
        documents=(asked.document,) if asked.document else (),
    )
    knowledge = current(user.organisation_id)
    [reasons] = knowledge.screen([subject])
    Act.objects.create(
        organisation_id=user.organisation_id,
        user=user,
        act="person.screen",
        detail={
            "purpose": asked.purpose,
            "case": asked.case,
            "knowledge": knowledge.number,
            "reasons": len(reasons),
        },
    )
    return reasons
