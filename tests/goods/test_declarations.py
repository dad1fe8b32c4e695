"""Messages about goods are merged into items, in any order and with any repetition."""

from __future__ import annotations

import dataclasses
import datetime as dt
import itertools
import time
import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

import msgspec
import pytest
from tests.goods.declared import ACID, EXPORTER, IMPORTER, NOW, SHOES, message, written

from vedette.goods import columns, controls, declarations, formats
from vedette.goods.asking import asked
from vedette.goods.declarations import Held, group_of, later, merge
from vedette.goods.kind import KIND, due_at
from vedette.goods.records import Consignment, Envelope, Item, Message, Note, Package, Route

HOME = uuid.UUID(int=7)
LATER = dt.timedelta(minutes=5)


@dataclass
class Received:
    """A received file."""

    organisation: uuid.UUID = HOME
    received_at: dt.datetime = NOW
    submitter: str = "operator"


@dataclass
class Read:
    """A message that was read from a file."""

    message: Any
    group: Any
    received: Any = None

    def __post_init__(self) -> None:
        self.received = Received()


class NoUnits:
    """A store without units."""

    def units(self, places: Sequence[Sequence[str]]) -> list[uuid.UUID | None]:
        """No place has a unit."""
        return [None for _ in places]


def merged(messages: Sequence[Message], one_by_one: bool = False) -> Held:
    """The state after these messages, in one frame or each in a frame of its own."""
    hold: Held | None = None
    for some in [[one] for one in messages] if one_by_one else [list(messages)]:
        groups = [group_of(one, Received()) for one in some]  # type: ignore[arg-type]
        row = None
        for group in groups:
            assert group is not None
            row = later(row, group)
        assert row is not None
        if hold is None:
            hold = Held(row)
        assert hold.row.id == row.id
        reads = [Read(one, group) for one, group in zip(some, groups, strict=True)]
        merge(reads, {row.id: hold}, NoUnits())  # type: ignore[arg-type]
    assert hold is not None
    return hold


def state(hold: Held) -> Any:
    """What the screeners and pages see."""
    return sorted(
        (one.id, one.number, one.here, msgspec.to_builtins(declarations.read(hold, one)))
        for one in hold.subjects
    )


def test_what_is_written_is_read_again() -> None:
    stated = message(msgspec.structs.replace(ACID, cas=("7697-37-2",), un_numbers=("2031",)), SHOES)
    [found] = formats.read(written(*stated.consignments[0].items))
    [consignment] = found.consignments
    first, second = consignment.items
    assert (found.lrn, found.action, found.direction) == ("LRN-1", "original", "import")
    assert (first.description, first.hs, first.net_mass_kg) == (ACID.description, "340290", 4600.0)
    assert (first.cas, first.un_numbers) == (("7697-37-2",), ("2031",))
    assert (first.value, first.currency) == (Decimal("7452.00"), "EUR")
    assert [one.code for one in first.documents] == ["Y901", "N380"]
    assert second.origin == "PT"
    assert {party.role for party in consignment.parties} == {"declarant", "exporter", "importer"}
    assert consignment.equipment[0].seals == ("S-1",)
    assert (consignment.dispatch, consignment.destination) == ("FR", "SN")
    assert found.warnings == ()


def test_hostile_text_stays_text() -> None:
    text = "</Description><X a='\"&>\u2028 \x00"
    [found] = formats.read(written(msgspec.structs.replace(SHOES, description=text)))
    assert "</Description><X" in (found.consignments[0].items[0].description or "")


AMENDED = msgspec.structs.replace(ACID, net_mass_kg=5000.0)
STORIES = {
    "amended": [
        message(ACID, SHOES),
        message(AMENDED, at=NOW + LATER, action="amendment"),
        message(
            msgspec.structs.replace(SHOES, origin="IT"), at=NOW + 2 * LATER, action="amendment"
        ),
    ],
    "replaced": [
        message(ACID, SHOES),
        message(SHOES, at=NOW + LATER, action="replacement"),
        message(AMENDED, at=NOW - LATER, action="amendment"),
    ],
    "cancelled": [
        message(ACID, SHOES),
        message(at=NOW + LATER, action="cancellation"),
        message(AMENDED, at=NOW - LATER, action="amendment"),
    ],
    "parties changed without an item": [
        message(ACID),
        message(
            at=NOW + LATER, action="amendment",
            parties=(msgspec.structs.replace(EXPORTER, name="Autre SARL"),),
        ),
        message(SHOES, at=NOW + 2 * LATER, action="amendment"),
    ],
}  # fmt: skip


@pytest.mark.parametrize("story", STORIES)
@pytest.mark.parametrize("one_by_one", [False, True])
def test_any_order_and_any_repetition_give_one_state(story: str, one_by_one: bool) -> None:
    expected = state(merged(STORIES[story]))
    for order in itertools.permutations(STORIES[story]):
        assert state(merged(order, one_by_one)) == expected
        assert state(merged([*order, *order[:2]], one_by_one)) == expected


def test_an_amendment_changes_what_it_states() -> None:
    hold = merged(STORIES["amended"])
    acid, shoes = sorted(hold.subjects, key=lambda one: one.number)
    assert declarations.read(hold, acid).item.net_mass_kg == 5000.0
    assert declarations.read(hold, acid).item.origin == "FR"
    assert declarations.read(hold, shoes).item.origin == "IT"
    assert acid.here
    assert shoes.here


def test_a_replacement_removes_what_it_leaves_out() -> None:
    hold = merged(STORIES["replaced"])
    acid, shoes = sorted(hold.subjects, key=lambda one: one.number)
    assert not acid.here
    assert shoes.here
    assert controls.reasons([(hold, acid)], NOW) == [[]]


def test_a_cancellation_removes_every_item() -> None:
    assert [one.here for one in merged(STORIES["cancelled"]).subjects] == [False, False]


@pytest.mark.parametrize("action", ["cancellation", "replacement", "original"])
def test_a_message_of_another_declarant_removes_no_item(action: str) -> None:
    mrn = "26SN00000000000417"
    theirs = message(ACID, SHOES, mrn=mrn)
    forged = msgspec.structs.replace(
        message(at=NOW + LATER, action=action, mrn=mrn), declarant="SN666"
    )
    hold = merged([theirs, forged, forged], one_by_one=True)
    assert [one.here for one in hold.subjects] == [True, True]
    assert declarations.read(hold, hold.subjects[0]).message.declarant == theirs.declarant
    again = msgspec.structs.replace(forged, declarant="sn 555 00011")
    assert [one.here for one in merged([theirs, again]).subjects] == [False, False]


def test_a_change_of_the_group_changes_its_items() -> None:
    hold = merged(STORIES["parties changed without an item"][:1])
    for one in hold.subjects:
        one.changed = False
    hold.changed = False
    group = group_of(STORIES["parties changed without an item"][1], Received())  # type: ignore[arg-type]
    merge(
        [Read(STORIES["parties changed without an item"][1], group)],  # type: ignore[list-item]
        {hold.row.id: hold},
        NoUnits(),
    )
    assert [one.changed for one in hold.subjects] == [True]
    names = [name for party in asked(hold, hold.subjects[0]).parties for name, _ in party.names]
    assert "Autre SARL" in names
    assert "Exemple Chimie SARL" not in names


def test_the_places_of_a_declaration_are_its_offices_and_then_where_it_is_unloaded_or_loaded() -> (
    None
):
    def places(**about: Any) -> tuple[str, ...]:
        return declarations.places(merged([msgspec.structs.replace(message(ACID), **about)]))

    assert places() == ("SN001", "SNDKR", "FRMRS")
    assert places(office=None, entry_office="sn 002") == ("SN002", "SNDKR", "FRMRS")
    assert places(direction="export", exit_office="SN003") == ("SN001", "SN003", "FRMRS", "SNDKR")
    assert places(office="X" * 18) == ("SNDKR", "FRMRS")


def test_an_answer_has_no_group() -> None:
    answer = Message(format="WCO-DM", document="answer", action="answer", mrn="M", lrn="L")
    assert group_of(answer, Received()) is None  # type: ignore[arg-type]
    assert group_of(Message(format="WCO-DM"), Received()) is None  # type: ignore[arg-type]


def test_the_mrn_identifies_a_declaration_and_else_its_declarant_and_reference() -> None:
    def id_(**about: Any) -> uuid.UUID:
        group = group_of(Message(format="WCO-DM", **about), Received())  # type: ignore[arg-type]
        assert group is not None
        return group.id

    assert id_(mrn="26SN1", lrn="A") == id_(mrn="26 sn1", lrn="B")
    assert id_(lrn="A", declarant="X") == id_(lrn="a", declarant="X")
    assert id_(lrn="A", declarant="X") != id_(lrn="A", declarant="Y")
    assert id_(lrn="A", envelope=Envelope(sender="X")) == id_(lrn="A", declarant="X")


def _named(*names: str, at: int = 0) -> declarations.Group:
    """A group that a message names: `m1` is a number, `l1` a local reference."""
    return declarations.Group(
        id=uuid.uuid5(HOME, names[0]), stated=f"2026-11-27T10:{at:02d}:00",
        names=tuple((("mrn" if name[0] == "m" else "lrn"), name) for name in names),
    )  # fmt: skip


def _stored(*names: str, hours: int, joinable: bool = True) -> declarations.Declared:
    group = _named(*names)
    return declarations.Declared(
        group, set(group.names), NOW - dt.timedelta(hours=hours),
        any(name[0] == "m" for name in names), joinable,
    )  # fmt: skip


@pytest.mark.parametrize(
    ("stored", "stated", "meant", "joins"),
    [
        ([], ["l1"], "l1", []),
        ([["l1"]], ["m1", "l1"], "l1", []),
        ([["l1", "m1"]], ["m1"], "l1", []),
        ([["m1", "l1"]], ["l1"], "m1", []),
        # The group that was received first takes over the other.
        ([["l1"], ["m1"]], ["m1", "l1"], "l1", ["m1"]),
        ([["m1"], ["l1"]], ["m1", "l1"], "m1", ["l1"]),
        # A local reference that is used again for another number.
        ([["m1", "l1"]], ["m2", "l1"], "m2", []),
        ([["m1", "l1"], ["m2", "l1"]], ["m1", "l1"], "m1", []),
        ([["m1"], ["m2", "l1"]], ["m1", "l1"], "m1", []),
        ([["m1"]], ["l1"], "l1", []),
    ],
)
def test_a_message_means_the_stored_declaration_that_has_one_of_its_names(
    stored: list[list[str]], stated: list[str], meant: str, joins: list[str]
) -> None:
    known = [_stored(*names, hours=9 - n) for n, names in enumerate(stored)]
    group = _named(*stated)
    [found] = declarations.known([group], known).values()
    assert found.id == uuid.uuid5(HOME, meant)
    assert list(found.joins) == [uuid.uuid5(HOME, name) for name in joins]


def test_a_local_reference_of_a_masked_declaration_is_free_for_another() -> None:
    masked = dataclasses.replace(_stored("l1", hours=2, joinable=False), clear=False)
    for names in (("l1",), ("m2", "l1")):
        stated = [_named(*names, at=1), _named(*names, at=2)]
        for group in stated:
            [found] = declarations.known([group], [masked]).values()
            assert found.id not in (masked.row.id, uuid.uuid5(HOME, "l1"))
    new = dataclasses.replace(_stored("l1", hours=1), row=found)
    [found] = declarations.known([_named("l1", at=3)], [masked, new]).values()
    assert found.id == new.row.id


def test_a_message_about_a_masked_declaration_has_a_warning() -> None:
    hold = merged([message(ACID)])
    hold.clear = False
    read = Read(message(SHOES, at=NOW + LATER), hold.row)
    merge([read], {hold.row.id: hold}, NoUnits())  # type: ignore[list-item]
    assert [one.code for one in read.message.warnings] == ["group_masked"]
    assert len(hold.subjects) == 1


def test_masked_and_restricted_declarations_are_not_joined() -> None:
    known = [_stored("l1", hours=2, joinable=False), _stored("m1", hours=1)]
    [found] = declarations.known([_named("m1", "l1")], known).values()
    assert (found.id, found.joins) == (uuid.uuid5(HOME, "m1"), ())


def test_a_number_of_another_office_does_not_take_over_a_local_reference() -> None:
    office, other = "SN001", "XX666"
    local = dataclasses.replace(_stored("l1", hours=2), office=office)
    forged = dataclasses.replace(_named("m1", "l1", at=5), office=other)
    [found] = declarations.known([forged], [local]).values()
    assert (found.id, found.joins) == (forged.id, ())
    theirs = dataclasses.replace(_stored("m1", "l1", hours=1), office=other)
    theirs.row = dataclasses.replace(theirs.row, stated="2027")
    for names in (("l1",), ("m2", "l1")):
        mine = dataclasses.replace(_named(*names, at=6), office=office)
        [found] = declarations.known([mine], [local, theirs]).values()
        assert found.id == local.row.id
        local = dataclasses.replace(_stored("l1", hours=2), office=office)


def test_messages_of_one_batch_are_joined_before_anything_is_stored() -> None:
    for first, second, third in itertools.permutations(range(3)):
        groups = [
            _named("l1", at=first), _named("m1", at=second), _named("l1", "m1", at=third),
            _named("l2", at=9),
        ]  # fmt: skip
        groups[2] = dataclasses.replace(groups[2], id=uuid.uuid5(HOME, "both"))
        found = declarations.known(groups, [])
        assert len({found[one.id].id for one in groups[:3]}) == 1
        assert found[groups[3].id].id == groups[3].id
        assert {one.joins for one in found.values()} == {()}


def test_the_first_time_of_an_item_is_at_most_some_days_before_its_receipt() -> None:
    """A sender's year 1 can be shown in every time zone, and a repetition that arrives later changes
    nothing."""
    stated = message(ACID, declared=dt.date(1, 1, 1))
    envelope = msgspec.structs.replace(stated.envelope, prepared=None)
    stated = msgspec.structs.replace(stated, envelope=envelope)
    hold: Held | None = None
    for at in (NOW, NOW + dt.timedelta(days=30)):
        received = Received(received_at=at)
        group = group_of(stated, received)  # type: ignore[arg-type]
        assert group is not None
        hold = hold or Held(group)
        read = Read(stated, group)
        read.received = received
        merge([read], {group.id: hold}, NoUnits())  # type: ignore[list-item]
        [item] = hold.subjects
        assert item.first == NOW - dt.timedelta(days=declarations.MOST_DAYS_BACK)
        assert item.received == NOW


def _air(*texts: str) -> dict[uuid.UUID, Held]:
    """The groups after these messages of air cargo, each in a batch of its own."""
    held: dict[uuid.UUID, Held] = {}
    for n, text in enumerate(texts):
        for one in formats.read(text.encode()):
            received = Received(received_at=NOW + n * LATER)
            group = group_of(one, received)  # type: ignore[arg-type]
            assert group is not None
            hold = held.setdefault(group.id, Held(group))
            read = Read(one, group)
            read.received = received
            merge([read], {group.id: hold}, NoUnits())  # type: ignore[list-item]
    return held


FWB = "FWB/17\n157-90000015DOHYUL/T12K340.0\nRTD/1/P12/K340.0\n/NG/CONSOLIDATION\n"
HOUSE = "FHL/4\nMBI/157-90000015DOHYUL/T12K340.0\nHBS/{0}/DOHYUL/8/K256.0/8/{1}\n"
FFM = "FFM/8\n1/QR763/14JUN1030/DOH\nYUL\n157-90000015DOHYUL/T12K340.0/ACID\nLAST\n"


def test_house_waybills_of_one_master_do_not_hide_one_another() -> None:
    stated = (FWB, HOUSE.format("H1", "ACID"), HOUSE.format("H2", "BOOKS"), FFM)
    for order in itertools.permutations(stated):
        found = [
            (declarations.read(hold, one).item.description, one.here)
            for hold in _air(*order).values()
            for one in hold.subjects
        ]
        assert sorted(found) == [
            ("ACID", True), ("ACID", True), ("BOOKS", True), ("CONSOLIDATION", True),
        ]  # fmt: skip


def test_a_house_waybill_that_is_sent_again_is_one_item() -> None:
    [hold] = _air(HOUSE.format("H1", "ACID"), HOUSE.format("H1", "BOOKS")).values()
    [one] = hold.subjects
    assert declarations.read(hold, one).item.description == "BOOKS"


def test_each_consignment_of_a_message_has_a_key_of_its_own() -> None:
    for references in itertools.permutations(("A#2", "A#3", "A", "A", "#1", "")):
        stated = [Consignment(reference=one) for one in references]
        assert len({key for key, _ in declarations.keyed(stated)}) == len(stated)


def test_items_with_one_number_are_two_items() -> None:
    hold = merged([message(ACID, msgspec.structs.replace(SHOES, number=1))])
    assert sorted(one.number for one in hold.subjects) == [-2, 1]


def test_a_masked_item_takes_no_statement() -> None:
    hold = merged([message(ACID)])
    [item] = hold.subjects
    item.clear, item.changed, before = False, False, list(item.view)
    again = message(AMENDED, at=NOW + LATER, action="amendment")
    merge([Read(again, hold.row)], {hold.row.id: hold}, NoUnits())  # type: ignore[list-item]
    assert (item.view, item.changed) == (before, False)


def test_a_decision_is_due_at_arrival() -> None:
    assert due_at(merged([message(ACID)])) == NOW + dt.timedelta(hours=5)
    bare = Message(format="WCO-DM", lrn="1", envelope=Envelope(prepared=NOW.replace(tzinfo=None)))
    assert due_at(merged([bare])) == NOW + dt.timedelta(days=1)


@pytest.mark.parametrize(
    ("stated", "least", "most"),
    [
        (dt.datetime(9999, 12, 31, 23, 59), 1, 367),
        (dt.datetime(1, 1, 1), -100_000, -1),
        (None, 1, 367),
    ],
)
def test_the_time_to_decide_is_near_the_present(
    stated: dt.datetime | None, least: int, most: int
) -> None:
    """An arrival or a preparation at the end or the start of the calendar is moved near the present, because
    a time zone would move it out of the calendar."""
    route = Route(arrival=stated) if stated else None
    prepared = dt.datetime(9999, 12, 31, 23) if stated is None else NOW.replace(tzinfo=None)
    far = Message(format="WCO-DM", lrn="1", envelope=Envelope(prepared=prepared), route=route)
    assert dt.timedelta(least) < due_at(merged([far])) - NOW < dt.timedelta(most)


def test_equal_references_of_a_message_give_different_keys() -> None:
    """A reference that looks like the key of a repeated reference takes no key of another one."""
    stated = [Consignment(reference=name) for name in ("A#3", "A", "A", "A#3", "A")]
    keys = [key for key, _ in declarations.keyed(stated)]
    assert keys[:2] == ["A#3", "A"]
    assert len(set(keys)) == 5


def test_values_of_the_vocabulary() -> None:
    packed = msgspec.structs.replace(ACID, packages=(Package(count=Decimal(20), kind="DR"),))
    hold = merged([message(packed, SHOES)])
    rows = KIND.values([(hold, one) for one in hold.subjects], {}, NOW)
    row = next(one for one in rows if one["hs_chapter"] == "34")
    assert row | {
        "hs_code": "340290", "hs_heading": "3402", "net_mass_kg": 4600.0, "packages": 20.0,
        "currency": "EUR", "items": 2, "origin": "FR", "dispatch": "FR", "destination": "SN",
        "transport_mode": "1", "containerised": True, "consignor_country": "FR",
        "consignee_country": "SN", "not_listed_declared": True, "licence_declared": False,
        "direction": "import", "procedure": "40", "transit_countries": 1, "represented": False,
    } == row  # fmt: skip
    assert row["value_per_kg"] == pytest.approx(7452 / 4600)
    known = {column.name for column in columns.vocabulary().columns}
    assert set(row) <= known
    assert set(columns.values(declarations.goods_of({}, "", {}), 1)) <= known


def test_a_negative_mass_is_missing() -> None:
    wrong = msgspec.structs.replace(ACID, net_mass_kg=-4.0)
    hold = merged([message(wrong)])
    [row] = KIND.values([(hold, hold.subjects[0])], {}, NOW)
    assert "net_mass_kg" not in row
    assert "value_per_kg" not in row


def test_a_match_becomes_a_reason_with_its_evidence() -> None:
    hold = merged([message(ACID, SHOES)])
    acid, shoes = sorted(hold.subjects, key=lambda one: one.number)
    found, none = controls.reasons([(hold, acid), (hold, shoes)], NOW)
    assert none == []
    annex = next(one for one in found if one.params["list_key"] == "eu_2019_1148_annex_1")
    assert (annex.kind, annex.theme, annex.params["ref"]) == (
        "control_list", "global_shield", "cas:7697-37-2",
    )  # fmt: skip
    assert {"annex_1_above_limit", "declared_not_listed"} <= set(annex.params["rules"])
    assert annex.params["list_version"]
    assert annex.evidence is not None
    span = annex.evidence[0]
    assert (ACID.description or "")[span["start"] : span["end"]] == span["ours"]
    assert 0 < span["end"] - span["start"] <= 60
    assert all(0 < one.contribution <= 100 for one in found)
    # A further list with the same goods adds little.
    assert sorted(one.contribution for one in found)[:-1] == [5] * (len(found) - 1)


def test_a_reason_changes_if_the_item_changes() -> None:
    def hashes(item: Item) -> set[str]:
        hold = merged([message(item)])
        return {one.hash for one in controls.reasons([(hold, hold.subjects[0])], NOW)[0]}

    assert hashes(ACID) == hashes(AMENDED)
    assert hashes(ACID).isdisjoint(hashes(msgspec.structs.replace(ACID, hs="280800")))


def test_numbers_in_fields_of_their_own_are_compared() -> None:
    plain = Item(number=1, hs="340290", description="Cleaning agent", cas=("7697-37-2",))
    hold = merged([message(plain)])
    [found] = controls.reasons([(hold, hold.subjects[0])], NOW)
    assert {one.params["ref"] for one in found} == {"cas:7697-37-2"}


def test_many_consignments_are_read_in_linear_time() -> None:
    """The items of a group are read with one state of the group. It is made again after a new statement."""
    base = message(ACID, document="manifest")
    many = tuple(
        msgspec.structs.replace(base.consignments[0], reference=f"B{number}", items=(ACID,))
        for number in range(1_500)
    )
    parties = tuple(
        msgspec.structs.replace(EXPORTER, name=f"Exemple {number}") for number in range(2_000)
    )
    first = msgspec.structs.replace(base, consignments=many, parties=parties)
    hold = merged([first])
    start = time.process_time()
    goods = [declarations.read(hold, one) for one in hold.subjects[:30]]
    assert time.process_time() - start < 1
    assert {one.consignment.reference for one in goods} == {f"B{number}" for number in range(30)}
    office = message(at=NOW + LATER, action="amendment", document="manifest")
    group = group_of(office, Received())  # type: ignore[arg-type]
    office = msgspec.structs.replace(office, office="FR002", consignments=())
    merge([Read(office, group)], {hold.row.id: hold}, NoUnits())  # type: ignore[arg-type, dict-item]
    assert declarations.read(hold, hold.subjects[0]).message.office == "FR002"


def test_a_listed_name_far_behind_in_a_long_text_is_found() -> None:
    """The control lists read a long description in parts, so that padding hides nothing. The span in the
    evidence is that of the whole text."""
    for padding in (1_990, 3_985, 8_000):
        text = ("goods " * 2_000)[:padding] + " nitric acid 68 %"
        hold = merged([message(msgspec.structs.replace(ACID, description=text))])
        [found] = controls.reasons([(hold, hold.subjects[0])], NOW)
        spans = [
            text[one["start"] : one["end"]].lower()
            for reason in found
            for one in reason.evidence
            if "start" in one
        ]
        assert spans
        assert all(one.startswith("nitric ac") for one in spans)


def test_many_parties_of_an_item_do_not_hide_the_parties_of_the_declaration() -> None:
    """The limit of screened parties is shared by the declaration, the consignment and the item."""
    dummies = tuple(
        msgspec.structs.replace(EXPORTER, name=f"Exemple {number}") for number in range(50)
    )
    hold = merged([message(msgspec.structs.replace(ACID, parties=dummies))])
    names = {name for party in asked(hold, hold.subjects[0]).parties for name, _ in party.names}
    assert {"Exemple Chimie SARL", "Entretien Demo SA", "Exemple 0"} <= names
    hold = merged([message(msgspec.structs.replace(ACID, parties=(IMPORTER,)), parties=dummies)])
    names = {name for party in asked(hold, hold.subjects[0]).parties for name, _ in party.names}
    assert {"Entretien Demo SA", "Exemple 0"} <= names


def test_many_notes_do_not_hide_the_marks() -> None:
    """The marks of the packages are read before the notes."""
    notes = tuple(Note(text=f"note {number}") for number in range(20))
    hold = merged([message(msgspec.structs.replace(ACID, notes=notes, marks="MARK 7"))])
    assert "MARK 7" in asked(hold, hold.subjects[0]).texts


def test_the_reasons_of_a_theme_do_not_displace_those_of_another(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Readers of a theme do not see the reasons of another theme, so the limit counts each theme alone."""
    item = msgspec.structs.replace(ACID, description="Pistol, nitric acid 68 %", hs="930200")
    hold = merged([message(item)])
    [found] = controls.reasons([(hold, hold.subjects[0])], NOW)
    themes = {one.theme for one in found}
    assert len(themes) > 1
    monkeypatch.setattr(controls, "MOST", 1)
    [cut] = controls.reasons([(hold, hold.subjects[0])], NOW)
    assert sorted(one.theme for one in cut) == sorted(themes)
