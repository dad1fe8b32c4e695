"""Changes of the forms of messages. Each change creates a new version."""

from __future__ import annotations

import uuid
from collections.abc import Callable

from vedette.apps.accounts import acts, rules
from vedette.apps.accounts.models import User
from vedette.apps.enforcement.selectors.controls import now
from vedette.apps.operations.actions.common import Refused, guarded, home
from vedette.apps.operations.models import Operation, Template
from vedette.core import message_forms
from vedette.core.message_forms import Form, WrongChange

MOST_VERSIONS = 1_000


def change(
    user: User, operation: uuid.UUID, kind: str, version: int, make: Callable[[Form], Form]
) -> Template:
    """Stores a new version of a form. `version` is the version that the user changes, and `make` returns the
    new form. If `WrongChange` is raised, raises `Refused` with the code of this exception and the id of the
    field.
    """
    return _change(user, operation, kind, version, make, "operation.plan")


def decide(
    user: User, operation: uuid.UUID, kind: str, version: int, field: str, nominal: bool
) -> Template:
    """Records the decision of the data-protection officer whether a field is nominal."""
    return _change(
        user, operation, kind, version, lambda form: message_forms.decide(form, field, nominal),
        "operation.protect",
    )  # fmt: skip


def _change(
    user: User, operation: uuid.UUID, kind: str, version: int, make: Callable[[Form], Form],
    right: str,
) -> Template:  # fmt: skip
    rules.check(user, right)
    one = Operation.objects.get(pk=operation)
    last = Template.objects.filter(operation=one, kind=kind).order_by("-number").first()
    if last is None:
        raise Refused("template")
    if last.number != version:
        raise Refused("stale")
    if last.number >= MOST_VERSIONS:
        raise Refused("many")
    before = message_forms.load(last.fields)
    try:
        form = make(before)
    except WrongChange as wrong:
        raise Refused(wrong.code, wrong.field) from wrong
    if form == before:
        return last
    made = Template(
        organisation_id=home(user), operation=one, kind=kind, number=version + 1,
        fields=message_forms.dump(form), by=user, at=now(),
    )  # fmt: skip
    with guarded():
        made.save(force_insert=True)
        acts.write(user, "operation.form", one.pk, kind=kind, version=made.number)
    return made
