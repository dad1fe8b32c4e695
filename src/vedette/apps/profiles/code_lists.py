"""Changes of code lists.

If submitted or active versions depend on a list, a change of the list needs the approval of a second person.
Each change is recorded in the history of every version that names the list.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import json
from collections.abc import Sequence
from typing import Any

from django.db import connection, transaction

from vedette.apps.accounts import acts, rules
from vedette.apps.accounts.models import Approval, User
from vedette.apps.approvals import actions as approvals
from vedette.apps.profiles.models import CodeList
from vedette.apps.profiles.state import bump

#: The largest number of added codes, and of removed codes, that the second person is shown.
SHOWN = 60


def stands(name: str) -> int:
    """Returns the number of versions that depend on the present content of a list. The counted versions are
    active versions, submitted versions, and versions on which the data-protection officer gave an opinion."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT vedette_list_stands(%s)", [name])
        return int(cursor.fetchone()[0])


def _put(
    by: User, name: str, codes: Sequence[str], source: str, until: dt.date | None
) -> CodeList:  # fmt: skip
    """Stores a list, and records the change in the history of the versions that name the list."""
    assert by.organisation_id is not None  # noqa: S101  the right requires it
    before = CodeList.objects.filter(name=name).first()
    found, _ = CodeList.objects.update_or_create(
        organisation_id=by.organisation_id, name=name,
        defaults={"codes": list(codes), "source": source, "until": until},
    )  # fmt: skip
    acts.write(by, "profile.list_set", found.pk, codes=len(codes))
    if before is None or _hash(before) != _hash(found):
        had = set(before.codes) if before is not None else set()
        told = {"list": name, "added": len(set(codes) - had), "removed": len(had - set(codes))}
        with connection.cursor() as cursor:
            cursor.execute(
                "SELECT vedette_list_changed(%s, %s, %s::jsonb)", [name, by.pk, json.dumps(told)]
            )
    bump(found.organisation_id)
    return found


def _differs(known: CodeList, codes: Sequence[str], until: dt.date | None) -> bool:
    """Returns whether a change of the list may change the results of profiles."""
    return set(known.codes) != set(codes) or known.until != until


def _ask(
    by: User, known: CodeList, codes: Sequence[str], source: str, until: dt.date | None, why: str
) -> Approval:
    """Requests the approval of a change. Raises `ValueError` in the same cases as `approvals.ask`."""
    had, given = set(known.codes), set(codes)
    return approvals.ask(
        by, Approval.Kind.CODES, known.pk, by.purposes[0] if by.purposes else "", why,
        detail={
            "list": known.name, "uses": stands(known.name),
            "added": _shown([code for code in codes if code not in had]),
            "removed": _shown([code for code in known.codes if code not in given]),
            "until": until.isoformat() if until else "",
            "source": source, "codes": list(codes), "was": _hash(known),
        },
    )  # fmt: skip


def carry(approval: Approval) -> None:
    """Carries out an approved change. Raises `approvals.Refused` with the code `gone` if the list was changed
    after the request."""
    known = CodeList.objects.select_for_update().filter(pk=approval.subject).first()
    asked, by = approval.detail, approval.decided_by
    if known is None or by is None or _hash(known) != asked["was"]:
        raise approvals.Refused("gone")
    until = dt.date.fromisoformat(asked["until"]) if asked["until"] else None
    _put(by, known.name, asked["codes"], asked["source"], until)


def _hash(known: CodeList) -> str:
    said = "\n".join([*sorted(known.codes), str(known.until or "")])
    return hashlib.sha256(said.encode()).hexdigest()


def _shown(codes: Sequence[str]) -> str:
    more = f" … (+{len(codes) - SHOWN})" if len(codes) > SHOWN else ""
    return " ".join(codes[:SHOWN]) + more


@transaction.atomic
def set_list(
    by: User, name: str, codes: Sequence[str], source: str = "", until: Any = None, why: str = ""
) -> CodeList | Approval:
    """Creates or changes a code list. Profiles use the changed list immediately. If versions depend on its
    content, the list is not changed until the change is approved; then the requested approval is returned.

    Raises `ValueError` if an approval is needed and the reason `why` is too short.
    """
    rules.check(by, "profile.write")
    assert by.organisation_id is not None  # noqa: S101  the rule requires it
    kept = list(dict.fromkeys(code.strip().upper() for code in codes if code.strip()))
    known = CodeList.objects.select_for_update().filter(name=name).first()
    if known is not None and _differs(known, kept, until) and stands(name):
        return _ask(by, known, kept, source, until, why)
    return _put(by, name, kept, source, until)
