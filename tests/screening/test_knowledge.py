"""Snapshots of many entries, in memory and saved."""

from __future__ import annotations

import datetime as dt
import uuid
from pathlib import Path

from vedette.core.entries import Entry, EntryIdentifier, EntryName
from vedette.core.parties import Asked, Party
from vedette.screening import knowledge as module
from vedette.screening.knowledge import Knowledge, KnownEntry, ListInfo
from vedette.screening.names.index import NameIndex
from vedette.screening.saved import About, Saved, write

LISTS = {
    name: ListInfo(
        id=name, name=name, version=3, weight=70, themes=("passengers",), purpose="terrorism"
    )
    for name in ("ours", "theirs")
}


def entry(number: int) -> Entry:
    """An entry with a name of its own and a document."""
    letters = "".join(chr(97 + int(digit)) for digit in f"{number:06}")
    return Entry(
        ref=str(number),
        names=(EntryName(full=f"Bo {letters}ov Ka{letters}"),),
        identifiers=(EntryIdentifier(kind="passport", value=f"P{number:07}"),),
    )


def asked(number: int) -> Asked:
    """A subject with the name of this entry."""
    name = entry(number).names[0].full.split()
    return Asked(parties=(Party(names=((name[2], f"{name[0]} {name[1]}"),)),))


def test_more_entries_than_a_small_number_can_count() -> None:
    """40,000 entries: the number of the list and the number of the entry are not mixed."""
    index = NameIndex.build((f"L{n % 3}", entry(n)) for n in range(40_000))
    known = Knowledge(
        1,
        [
            KnownEntry(id=str(n), list=LISTS["ours"], entry=entry(n), hash="h")
            for n in range(40_000)
        ],
    )
    [reasons] = known.screen([asked(39_999)])
    assert reasons[0].params["ref"] == "39999"
    assert index.columns.lists == ["L0", "L1", "L2"]


def saved(folder: Path, count: int) -> tuple[Saved, list[uuid.UUID]]:
    """A saved part whose entries belong to two lists in turn; one id ends with zero bytes."""
    ids = sorted([uuid.uuid4() for _ in range(count - 1)] + [uuid.UUID(int=7 << 112)])
    rows = (
        (id_, "theirs" if number % 2 else "ours", f"h{number}", entry(number))
        for number, id_ in enumerate(ids)
    )
    write(folder, rows, About({}))
    return Saved(folder), ids


def test_a_saved_part_gives_the_same_reasons(tmp_path: Path) -> None:
    """Same entries, saved and in memory: the reasons are equal."""
    part, ids = saved(tmp_path, 300)
    entries = [
        KnownEntry(
            id=str(id_), list=LISTS["theirs" if n % 2 else "ours"], entry=entry(n), hash=f"h{n}"
        )
        for n, id_ in enumerate(ids)
    ]
    subjects = [asked(7), Asked(parties=(Party(documents=("p-0000123",)),)), asked(299)]
    mapped = Knowledge(1, parts=[part.part(LISTS, ())])
    assert mapped.screen(subjects) == Knowledge(1, entries).screen(subjects)
    assert all(mapped.screen(subjects))


def test_hidden_lists_and_ended_entries_give_no_reasons(tmp_path: Path) -> None:
    """Also an entry whose id ends with zero bytes."""
    part, ids = saved(tmp_path, 40)
    subjects = [asked(n) for n in range(40)]

    def refs(hidden: list[uuid.UUID], *names: str) -> set[str]:
        lists = {name: LISTS[name] for name in names}
        found = Knowledge(1, parts=[part.part(lists, hidden)]).screen(subjects)
        return {reason.params["ref"] for some in found for reason in some if reason.score == 1}

    assert len(refs([], "ours", "theirs")) == 40
    assert refs([], "ours") == {str(n) for n in range(0, 40, 2)}
    ended = [ids[3], uuid.UUID(int=7 << 112), uuid.uuid4()]
    gone = {str(ids.index(id_)) for id_ in ended[:2]}
    assert refs(ended, "ours", "theirs") == {str(n) for n in range(40)} - gone


def test_different_values_with_one_hash_do_not_agree(monkeypatch) -> None:
    """The value of an identifier is compared again."""
    monkeypatch.setattr(module, "_hash", lambda _channel, _value: 5)
    known = Knowledge(1, [KnownEntry(id="e", list=LISTS["ours"], entry=entry(1), hash="h")])
    right, wrong = (Asked(parties=(Party(documents=(f"P000000{n}",)),)) for n in (1, 2))
    assert [len(some) for some in known.screen([right, wrong])] == [1, 0]


def test_an_empty_part_is_saved(tmp_path: Path) -> None:
    """The last entry of an organisation may end."""
    write(tmp_path, [], About({}))
    assert Knowledge(1, parts=[Saved(tmp_path).part({}, ())]).screen([asked(1)]) == [[]]


def test_entries_that_are_hidden_take_no_place_of_similar_names(tmp_path: Path) -> None:
    """A reader who may not see a list finds what he would find if it did not exist."""
    ids = sorted(uuid.uuid4() for _ in range(60))
    rows = (
        (id_, "theirs" if number < 57 else "ours", f"h{number}", entry(1))
        for number, id_ in enumerate(ids)
    )
    write(tmp_path, rows, About({}))
    part = Saved(tmp_path).part({"ours": LISTS["ours"]}, ())
    name, now = entry(1).names[0].full, dt.datetime.now(dt.UTC)
    found = Knowledge(1, parts=[part]).similar(name, 0.8, 5, now)
    assert [known.id for _, known in found] == [str(id_) for id_ in ids[57:]]
