"""What the web server of an organisation writes into the items of another one: nothing."""

from __future__ import annotations

import os

import psycopg
import pytest
from django.db import DatabaseError
from tests.apps.library.shelf import add
from tests.apps.profiles.story import acting
from tests.apps.release.offices import Party

pytestmark = pytest.mark.database


@pytest.fixture
def parties(emptier: psycopg.Connection[object], database: str) -> tuple[Party, Party]:
    """Two organisations."""
    with psycopg.connect(os.environ["DATABASE_URL_INTAKE"], autocommit=True) as intake:
        return Party(intake, "Aa"), Party(intake, "Bb")


def test_no_row_is_added_to_an_item_of_others(parties: tuple[Party, Party]) -> None:
    """A version, a language or a file of BB at a public item of AA would be shown to all readers as AA's. An
    item of BB in the scope of AA would be shown among AA's own."""
    from vedette.apps.columns import new_id
    from vedette.apps.library import actions
    from vedette.apps.library.models import File, Item, Variant, Version

    aa, bb = parties
    item = add(aa, "Inspection of containers")
    own = add(bb, "Inspection of parcels")
    [version] = aa.read(Version, item=item.pk)
    [variant] = aa.read(Variant, item=item.pk)
    group = aa.do("administrator", actions.form_group, "Partners", [bb.id]).pk

    def written(row: object) -> bool:
        try:
            with acting(bb.people["administrator"]):
                type(row).objects.bulk_create([row])  # type: ignore[attr-defined]
        except DatabaseError:
            return False
        return True

    def copied(row: object, **values: object) -> object:
        kept = {f.attname: getattr(row, f.attname) for f in row._meta.concrete_fields}  # type: ignore[attr-defined]
        return type(row)(**{**kept, "organisation_id": bb.id, "id": new_id(), **values})

    with acting(bb.people["administrator"]):
        own = Item.objects.get(pk=own.pk)
    assert not written(copied(version, number=2))
    assert not written(copied(variant, language="fr"))
    assert not written(File(variant_id=variant.pk, organisation_id=bb.id, data=b"x"))
    for scope in (f"organisation:{aa.id}", f"group:{group}", f"withdrawn:{aa.id}", "anything"):
        assert not written(copied(own, scope=scope, reference="")), scope
    assert written(copied(own, scope="members", reference=""))
    assert len(aa.read(Version, item=item.pk)) == 1
