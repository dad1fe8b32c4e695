"""An entry of the directory of contacts, and a request to another administration, written as a worker would,
for tests of every page."""

from __future__ import annotations

import datetime as dt
import uuid

from vedette.apps.accounts.models import Organisation, User
from vedette.apps.cooperation.models import Contact, MutualDraft, MutualRequest, Official
from vedette.apps.release.models import Agreement


def fill(home: Organisation, user: User, *, age: int = 0, **columns: object) -> uuid.UUID:
    """An entry that was confirmed some days ago."""
    values = {
        "kind": "point", "name": "A. Contact", "organisation_name": home.name, "country": "SN",
        "post": "Head office", "themes": ["small_arms"], "languages": ["es", "fr"], "zone": "Africa/Dakar",
        "days": [1, 2, 3, 4, 5], "opens": dt.time(8), "closes": dt.time(16, 30),
        "channel": "+221 00 000 00 00",
    } | columns  # fmt: skip
    made = Contact.objects.using("intake").create(
        organisation=home, by_id=user.pk,
        confirmed_at=dt.datetime.now(dt.UTC) - dt.timedelta(days=age), **values,
    )  # fmt: skip
    return made.pk


def mutual(home: Organisation, author: User, official: User) -> uuid.UUID:
    """A draft of a request to another administration, under an agreement for which a colleague of the author
    is an official. Both read it."""
    at = dt.datetime.now(dt.UTC)
    other = Organisation.objects.using("intake").create(
        name=f"Other than {home.pk} {uuid.uuid4()}", synthetic=True, kind="foreign"
    )
    agreement = Agreement.objects.using("intake").create(
        organisation=home, root=uuid.uuid4(), hash="ab" * 32, title="Mutual assistance",
        parties=[home.pk, other.pk], purposes=[{"purpose": "customs", "legal_basis": "Article 4"}],
        starts_at=at, state="approved", proposed_by_id=author.pk, proposed_at=at, approved_by_id=official.pk,
        approved_at=at,
    )  # fmt: skip
    Official.objects.using("intake").create(
        organisation=home,
        agreement=agreement.root,
        user_id=official.pk,
        name="O.",
        by_id=author.pk,
        at=at,
    )
    made = MutualRequest.objects.using("intake").create(
        organisation=home, requested=other, agreement=agreement.root, purpose="customs",
        legal_basis="Article 4", by_id=author.pk, by_name="A.", at=at,
    )  # fmt: skip
    MutualDraft.objects.using("intake").create(
        organisation=home, request=made, values={"matter": "M", "marking": "TLP:AMBER"}, by_id=author.pk,
        at=at, delete_at=at + dt.timedelta(days=90),
    )  # fmt: skip
    return made.pk


def leave(home: Organisation, author: User, official: User) -> None:
    """What workers do something about: an oral request that is not confirmed, and a draft whose period is
    over."""
    for number in range(2):
        id_ = mutual(home, author, official)
        at = dt.datetime.now(dt.UTC) - dt.timedelta(days=3)
        if number:
            MutualDraft.objects.using("intake").filter(request_id=id_).update(delete_at=at)
        else:
            MutualRequest.objects.using("intake").filter(pk=id_).update(oral_at=at)
