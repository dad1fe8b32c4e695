"""What the web puts into the inbox: sealed, once, and only by those who may."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from django.core.exceptions import PermissionDenied
from django.db import transaction
from tests.travellers.app import world

from vedette.apps.accounts.models import Act, User
from vedette.apps.accounts.rules import set_scope
from vedette.apps.inbox import actions
from vedette.apps.inbox.models import Inbox
from vedette.apps.keyring import keyring

DATA = b"UNB+UNOA:4+AIRYY+SN+261124:0512+R'UNH+1+PAXLST:D:05B:UN:IATA'"


@pytest.fixture
def machine(database: str) -> Iterator[User]:
    """An administrator in scope: who may submit messages."""
    user = world.user(world.organisation(), "administrator")
    with transaction.atomic():
        set_scope(str(user.organisation_id))
        yield user


def test_a_file_is_sealed_and_kept_without_its_folders(machine: User) -> None:
    """The web can put a message in; what lies in the table opens with the workers' key only."""
    receipt = actions.receive(machine, "C:\\in\\../yy417.edi", DATA)
    kept = Inbox.objects.get(pk=receipt.id)
    assert (kept.name, kept.size, kept.state) == ("yy417.edi", len(DATA), "waiting")
    assert DATA not in bytes(kept.sealed)
    assert keyring().open_sealed(bytes(kept.sealed)) == DATA
    assert Act.objects.get(act="message.receive").detail == {"size": len(DATA), "duplicate": False}


def test_the_same_bytes_twice_are_a_duplicate(machine: User) -> None:
    """Known by their keyed token, whatever the name; nothing is put in twice."""
    first = actions.receive(machine, "a", DATA)
    again = actions.receive(machine, "b", DATA)
    assert (again.id, again.duplicate) == (first.id, True)
    assert Inbox.objects.count() == 1


def test_what_failed_may_be_sent_again(machine: User) -> None:
    """Bytes that could not be read, and may be gone by now, are no duplicate but another try."""
    first = actions.receive(machine, "a", DATA)
    Inbox.objects.filter(pk=first.id).update(state="failed", sealed=None, failure={"reason": "x"})
    again = actions.receive(machine, "a", DATA)
    assert (again.id, again.duplicate) == (first.id, False)
    kept = Inbox.objects.get(pk=first.id)
    assert (kept.state, kept.failure, kept.sealed is None) == ("waiting", None, False)


def test_an_officer_may_not(machine: User) -> None:
    """Machines of the administrator submit; people at the queue do not."""
    officer = world.user(machine.organisation, "officer", "ba")
    with pytest.raises(PermissionDenied):
        actions.receive(officer, "a", DATA)
