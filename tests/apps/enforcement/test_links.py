"""Links between seizures: all seeded pairs are found with their reason and level, and no decoy."""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from tests.apps.enforcement.cases import DAY, case, part, weapon
from tests.apps.hits import world as worlds
from tests.apps.journal.scene import signed_in

from vedette.apps.accounts.models import User
from vedette.apps.enforcement.actions import firearms as actions
from vedette.apps.enforcement.models import Clear, Seizure
from vedette.apps.enforcement.selectors import firearms, links
from vedette.apps.keyring import keyring
from vedette.apps.subjects.models import Identifier, Subject

#: Two pistols → the reason and level of their link; None is a decoy. Each pair has a number of its own.
PISTOLS: list[tuple[dict[str, str], dict[str, str], str | None, str]] = [
    ({}, {}, "serial", "certain"),
    ({}, {"serial": "  xy {n}-47 "}, "serial", "certain"),
    ({}, {"make": "ZASTAVA a.d."}, "serial", "certain"),
    ({"calibre": "9x19"}, {"calibre": "9 mm Parabellum"}, "serial", "certain"),
    ({"calibre": "9 mm"}, {"calibre": "9x19"}, "serial", "certain"),
    ({}, {"calibre": "", "country": "", "model": ""}, "serial", "certain"),
    ({}, {"item": "part", "part": "frame"}, "serial", "certain"),
    ({}, {"serial_state": "altered"}, "serial", "certain"),
    ({}, {"make": ""}, "serial_no_make", "possible"),
    ({}, {"model": "M57"}, "serial_differs", "possible"),
    ({}, {"type": "revolver"}, "serial_differs", "possible"),
    ({}, {"country": "ME"}, "serial_differs", "possible"),
    ({"serial": "XO{n}"}, {"serial": "X0{n}"}, "serial_alike", "possible"),
    ({"serial": "XI{n}"}, {"serial": "X1{n}"}, "serial_alike", "possible"),
    ({"serial": "АВ{n}"}, {"serial": "AB{n}"}, "serial_alike", "possible"),
    ({}, {"make": "Beretta"}, None, ""),
    ({}, {"calibre": "9x19"}, None, ""),
    ({"calibre": "9x19"}, {"calibre": "9x18"}, None, ""),
    ({"serial": "XO{n}", "make": "Glock"}, {"serial": "X0{n}"}, None, ""),
    ({}, {"serial": "XY?{n}", "no_serial": "unreadable"}, None, ""),
    ({"serial": "XA{n}"}, {"serial": "XC{n}"}, None, ""),
    ({}, {"serial": "", "serial_state": "erased", "no_serial": "removed"}, None, ""),
]  # fmt: skip
AMMUNITION = {
    "item": "ammunition",
    "serial": "",
    "serial_state": "",
    "quantity": "50",
    "calibre": "9x19",
}
LOTS: list[tuple[dict[str, str], dict[str, str], str | None, str]] = [
    ({}, {}, "lot", "certain"),
    ({}, {"lot": "l-{n}/7"}, "lot", "certain"),
    ({}, {"make": ""}, "lot_no_make", "possible"),
    ({}, {"make": "Sellier"}, None, ""),
    ({}, {"calibre": "7.62x39"}, None, ""),
    ({}, {"lot": "L{n}8"}, None, ""),
]  # fmt: skip


@pytest.fixture
def world(database: str) -> worlds.World:
    return worlds.build()


@contextmanager
def _seeded(world: worlds.World) -> Iterator[dict[frozenset[uuid.UUID], tuple[str, str]]]:
    """The pairs in the database; yields the expected links in the scope of the officer."""
    expected = {}
    some = [(x, y, r, lev, {"serial": "XY{n}47"}) for x, y, r, lev in PISTOLS]
    some += [({**AMMUNITION, **x}, {**AMMUNITION, **y}, r, lev, {"lot": "L{n}7", "make": "Prvi"})
             for x, y, r, lev in LOTS]  # fmt: skip
    pairs = []
    for n, (one, other, reason, level, base) in enumerate(some, 3_333):
        first, second = case(world), case(world)
        pairs.append(
            (
                first,
                second,
                [
                    {
                        k: v.replace("{n}", f"{n}".translate(_PLAIN))
                        for k, v in {**base, **fields}.items()
                    }
                    for fields in (one, other)
                ],
            )
        )
        if reason is not None:
            expected[frozenset((first.pk, second.pk))] = (reason, level)
    with world.seen_by() as by:
        for first, second, (a, b) in pairs:
            weapon(by, first, **a)
            weapon(by, second, **b)
        yield expected


#: Digits that look like no letter, so that each pair has a number that differs from all others.
_PLAIN = str.maketrans("0123456789", "JFKM4NPR79")


def _found(level: str) -> dict[frozenset[uuid.UUID], tuple[str, str]]:
    found: dict[frozenset[uuid.UUID], tuple[str, str]] = {}
    after = ""
    while True:
        page, after = links.listed(level, after)
        for one in page:
            [reason] = one.reasons
            assert frozenset((one.one, one.other)) not in found
            found[frozenset((one.one, one.other))] = (reason.key, one.level)
        if not after:
            return found


def test_all_seeded_pairs_and_no_decoy(
    world: worlds.World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each pair has its reason and level; the filter of the level is exact; pages together contain each pair
    once; the page of a seizure has the same links; they stay when the values are masked."""
    monkeypatch.setattr(links, "PAGE", 7)
    with _seeded(world) as expected:
        assert _found("possible") == _found("route") == expected
        certain = {pair: value for pair, value in expected.items() if value[1] == "certain"}
        assert _found("certain") == certain
        for pair, (reason, level) in expected.items():
            one, other = sorted(pair)
            [link] = links.of_seizure(one)
            assert (link.one, link.other, link.level) == (one, other, level)
            assert [(r.key, r.one, r.other) for r in link.reasons] == [(reason, 1, 1)]
    decoys = sum(reason is None for _, _, reason, _ in (*PISTOLS, *LOTS))
    print(f"links: {len(expected)} of {len(expected)} seeded pairs, 0 of {decoys} decoys")
    Clear.objects.using("intake").all()._raw_delete("intake")
    with world.seen_by():
        assert _found("possible") == expected


def _party(seizure: Seizure, kind: str, value: str) -> None:
    Identifier.objects.using("intake").create(
        organisation_id=seizure.organisation_id, subject_id=seizure.subject_id, kind=kind,
        token=keyring().token(kind, value),
    )  # fmt: skip


def _reasons(one: Seizure) -> dict[uuid.UUID, tuple[str, set[str]]]:
    return {
        link.other: (link.level, {r.key for r in link.reasons}) for link in links.of_seizure(one.pk)
    }


def test_parties_and_routes_link_parcels_of_parts(
    world: worlds.World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A sender in common, the same route within half a year, parts only; a carrier that everybody names and
    a seizure without arms link nothing."""
    monkeypatch.setattr(links, "MOST_SUBJECTS", 5)
    way = {"departure": "US", "transit": ["FR"], "destination": "SN", "conveyance": "post"}
    first = case(world, **way)
    sender = case(world)
    number = case(world)
    route = case(world, day=DAY + dt.timedelta(days=90), **way)
    late = case(world, day=DAY + dt.timedelta(days=400), **way)
    by_air = case(world, **{**way, "conveyance": "air"})
    carried = [case(world) for _ in range(5)]
    bare = case(world, **way)
    withdrawn = case(world, state="withdrawn", **way)
    for one in (first, sender, bare):
        _party(one, "party", "exemple sarl")
    for one in (first, number):
        _party(one, "document", "SN123")
    for one in (first, *carried):
        _party(one, "party", "fast parcels")
    _party(first, "container", "MSKU1234565")
    _party(late, "container", "MSKU1234565")
    Seizure.objects.using("intake").filter(pk=withdrawn.pk).update(state="draft")
    with world.seen_by() as by:
        for one in (first, route, sender, late, by_air, withdrawn, *carried):
            part(by, one)
        weapon(by, number, serial="KK77")
    Seizure.objects.using("intake").filter(pk=withdrawn.pk).update(state="withdrawn")
    with world.seen_by():
        assert _reasons(first) == {
            sender.pk: ("possible", {"party_name", "parts"}),
            number.pk: ("certain", {"party_number"}),
            route.pk: ("possible", {"route", "parts"}),
        }
        actions.strike(by, firearms.of_seizure(route.pk)[0].row.pk, 1)
        assert route.pk not in _reasons(first)


def test_a_reader_finds_links_between_what_he_sees(world: worlds.World) -> None:
    """Another organisation with the same weapon, a seizure of another theme, and a restricted person change
    nothing; the pages say so."""
    other = worlds.build("Theirs")
    one, two, three, theirs = case(world), case(world), case(world), case(other)
    for home, some in ((world, (one, two, three)), (other, (theirs,))):
        with home.seen_by() as by:
            for seizure in some:
                weapon(by, seizure)
    page = signed_in(world.officer)
    with world.seen_by():
        assert set(_reasons(one)) == {two.pk, three.pk}
    with other.seen_by():
        assert _reasons(theirs) == {}
    Subject.objects.using("intake").filter(pk=three.subject_id).update(restricted=True)
    with world.seen_by():
        assert set(_reasons(one)) == {two.pk}
    text = page.get("/firearms/links/").content.decode()
    assert one.reference in text
    assert three.reference not in text
    narrow = world.users["officer2"]
    User.objects.using("intake").filter(pk=narrow.pk).update(themes=["passengers"])
    assert one.reference not in signed_in(narrow).get("/firearms/links/").content.decode()


def test_what_many_seizures_share_links_none_of_them(
    world: worlds.World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The number of pairs grows with the square of the number of seizures: 40,000 seizures of few routes and
    few serial numbers stopped the page of each seizure."""
    way = {"departure": "US", "transit": ["FR"], "destination": "SN", "conveyance": "post"}
    three = [case(world, **way) for _ in range(3)]
    with world.seen_by() as by:
        for one in three:
            weapon(by, one, serial="0000")
        linked = [len(links.of_seizure(one.pk)) for one in three]
        monkeypatch.setattr(links, "MOST_SEIZURES", 2)
        assert linked == [2, 2, 2]
        assert [links.of_seizure(one.pk) for one in three] == [[], [], []]
        assert links.listed("route", "") == ([], "")


def test_many_records_of_one_lot_give_few_reasons(
    world: worlds.World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Two seizures with many boxes of one lot: the number of compared records is limited, and the page of
    each record still shows its link."""
    monkeypatch.setattr(links, "MOST_SAME", 2)
    one, other = case(world), case(world)
    with world.seen_by() as by:
        rows = [
            weapon(by, seizure, **{**AMMUNITION, "lot": "L77", "make": make})
            for seizure in (one, other) for make in ("Prvi", "Prvi", "Prvi", "Prvi", "Sellier")
        ]  # fmt: skip
        [link] = links.of_seizure(one.pk)
        assert (link.level, len(link.reasons)) == ("certain", 2)
        assert {(r.one, r.other) for r in link.reasons} == {(1, 1), (5, 5)}
        [(_, reasons)] = links.of_firearm(rows[3])
        assert {r.key for r in reasons} == {"lot"}
