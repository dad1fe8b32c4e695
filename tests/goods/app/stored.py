"""Rows of a declaration with one goods item, for tests that need no message."""

from __future__ import annotations

import datetime as dt
import uuid
from typing import TYPE_CHECKING

from django.utils import timezone

if TYPE_CHECKING:
    from vedette.apps.accounts.models import Organisation
    from vedette.apps.hits.models import Hit


def fill(organisation: Organisation) -> tuple[uuid.UUID, uuid.UUID]:
    """Stores a declaration with one item. Returns the ids of both."""
    from vedette.apps.subjects.models import Subject
    from vedette.goods.app.models import Declaration, GoodsItem

    now = timezone.now()
    personal = {
        "organisation": organisation, "theme": "global_shield", "retention_class": "goods",
        "month": now.date().replace(day=1), "received_at": now,
    }  # fmt: skip
    declaration = Declaration.objects.using("intake").create(
        document="declaration", stated_on=now.date(), stated=now.isoformat(), **personal
    )
    subject = Subject.objects.using("intake").create(
        kind="goods", group_id=declaration.pk, due_at=now, **personal
    )
    item = GoodsItem.objects.using("intake").create(
        subject=subject, declaration=declaration, number=1, **personal
    )
    return declaration.pk, item.pk


def licence(organisation: Organisation) -> uuid.UUID:
    """Stores a licence without versions. Returns its id."""
    from vedette.goods.app.models import Licence

    number = uuid.uuid4().hex.upper()
    row = Licence.objects.using("intake").create(
        organisation=organisation, number=number, key=number, token=uuid.uuid4().bytes,
        lines=[{"number": 1, "hs": ["2808"], "quantity": "10", "unit": "KGM"}],
        applied=1, changed_at=timezone.now(),
    )  # fmt: skip
    return row.pk


def notice(
    organisation: Organisation, other: Organisation | None = None, due_at: dt.datetime | None = None
) -> uuid.UUID:
    """Stores the draft of a pre-export notice to another organisation. With a deadline, stores a notice that
    was sent, between the parties of `declared.message`. Returns its id."""
    from tests.goods.declared import EXPORTER, IMPORTER

    from vedette.apps.accounts.models import Organisation as Organisations
    from vedette.apps.accounts.models import User
    from vedette.commands.environment import keys
    from vedette.core.names import fold
    from vedette.goods.app.models import ExportNotice, NoticeCopy
    from vedette.goods.app.notices import states

    now, number = timezone.now(), states.new_number(2026)
    other = other or Organisations.objects.using("intake").create(name="Another authority")
    author = User.objects.using("intake").filter(organisation=organisation).order_by("pk")[0]
    row = ExportNotice.objects.using("intake").create(
        organisation=organisation, addressee=other, number=number, key=states.number_key(number),
        substance="cas:7697-37-2", quantity=10, unit="KGM", created_at=now, created_by_id=author.pk,
        consent_basis="written", consent_on=now.date(), due_at=due_at,
        state="sent" if due_at else "draft", sent_at=now if due_at else None,
    )  # fmt: skip
    consignor, consignee = (keys().token("party", fold(p.name or "")) for p in (EXPORTER, IMPORTER))
    for home in (organisation, other) if due_at else (organisation,):
        NoticeCopy.objects.using("intake").create(
            organisation=home, notice=row, theme="global_shield", retention_class="goods",
            month=now.date().replace(day=1), received_at=now, consignors=[consignor],
            consignees=[consignee],
        )  # fmt: skip
    return row.pk


def question(hit: Hit, due_at: dt.datetime | None = None) -> uuid.UUID:
    """Stores a question to an expert about a hit, which is due now or at another time. It has no texts, and a
    photograph whose id is that of the question. Returns its id."""
    from vedette.apps.accounts.models import User
    from vedette.apps.enforcement.models import Asked, Question
    from vedette.apps.keyring import lock_bytes

    now = timezone.now()
    author = User.objects.using("intake").filter(organisation=hit.organisation_id).order_by("pk")[0]
    made = Question.objects.using("intake").create(
        organisation_id=hit.organisation_id, subject_id=hit.subject_id, hit_id=hit.pk,
        theme=hit.theme, urgency="today", asked_by_id=author.pk, asked_at=now,
        first_due_at=due_at or now, due_at=due_at or now, rank=0,
    )  # fmt: skip
    subject = made.subject
    Asked.objects.using("intake").create(
        subject_id=subject.pk, record=made.pk, question_id=made.pk,
        retention_class=subject.retention_class, month=subject.month,
        organisation_id=hit.organisation_id, picture=lock_bytes(b"x", "photo"),
    )  # fmt: skip
    return made.pk


def find(home: Organisation) -> uuid.UUID:
    """Stores the file of a find that no worker has read yet. Returns the id of its form."""
    from vedette.apps.inbox.models import Inbox
    from vedette.goods.app.finds import records

    form = uuid.uuid4()
    Inbox.objects.using("intake").create(
        organisation=home, received_at=timezone.now(), source=records.SOURCE, size=1,
        token=records._token(form),
    )  # fmt: skip
    return form
