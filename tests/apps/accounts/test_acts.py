"""The journal's one way in: ids and codes in the open, words sealed."""

from __future__ import annotations

import datetime as dt
import json
import os
import uuid

import psycopg
import pytest
from django.conf import settings

from vedette.apps.accounts import acts
from vedette.apps.accounts.models import Act
from vedette.apps.columns import Purpose


def test_words_are_ciphertext_and_the_rest_is_codes(database: str) -> None:
    """A searched name stands nowhere in the row; only the journal's private key gives it back."""
    acts.write(
        None, "record.search", purpose="border", words={"name": "DOE", "case": ""}, by=["name"],
        found=2,
    )  # fmt: skip
    act = Act.objects.using("intake").get()
    assert act.detail == {"purpose": "border", "by": ["name"], "found": 2}
    assert b"DOE" not in bytes(act.sealed)
    assert json.loads(settings.KEYS.open_sealed(bytes(act.sealed))) == {"name": "DOE"}


@pytest.mark.parametrize(
    "detail",
    [
        {"name": "Doe"},
        {"document": "X1234567"},
        {"found": ["ok", "Jean Dupont"]},
        {"counts": {"Doe": 1}},
        {"data": b"x"},
        {"case": "müller"},
    ],
)
def test_what_may_name_somebody_is_refused(database: str, detail: dict) -> None:
    """Names, documents and typed text are no codes; the error does not repeat them."""
    with pytest.raises(ValueError, match="is not an id, code or number") as caught:
        acts.write(None, "record.search", **detail)
    assert "Doe" not in str(caught.value)
    assert "Dupont" not in str(caught.value)
    with pytest.raises(ValueError, match="subject"):
        acts.write(None, "record.search", "John Doe")
    assert not Act.objects.using("intake").exists()


def test_ids_codes_numbers_and_times_are_kept(database: str) -> None:
    """What an act may say of a deed, as JSON holds it."""
    one = uuid.uuid4()
    acts.write(
        None, "list.import", one, entry=one, day=dt.date(2026, 11, 24), purpose=Purpose.BORDER,
        share=0.5, again=False, none=None, hash="ab" * 32, counts={"masked": 3},
    )  # fmt: skip
    act = Act.objects.using("intake").get()
    assert act.subject == str(one)
    assert act.detail == {
        "entry": str(one), "day": "2026-11-24", "purpose": "border", "share": 0.5, "again": False,
        "none": None, "hash": "ab" * 32, "counts": {"masked": 3},
    }  # fmt: skip
    assert act.sealed is None


def test_workers_write_many_in_their_own_transaction(database: str) -> None:
    """Acts of a frame go with the frame: rolled back together, stored together."""
    entries = [acts.Entry(None, None, "message.store", str(uuid.uuid4()), {"n": n}) for n in (1, 2)]
    with psycopg.connect(os.environ["DATABASE_URL_INTAKE"]) as connection:
        acts.write_many(connection, settings.KEYS, entries)
        connection.rollback()
        assert not Act.objects.using("intake").exists()
        acts.write_many(connection, settings.KEYS, entries)
    assert [a.detail["n"] for a in Act.objects.using("intake").order_by("pk")] == [1, 2]
