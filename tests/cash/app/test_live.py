"""Live screening of cash knows what the measurement on a pure world knows: values, history, counts and pairs.

Expected hits come from `bench/cash.py`, which has its own index of related movements in memory and reads no
database.
"""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Mapping
from decimal import Decimal
from pathlib import Path
from typing import Any

import msgspec
import psycopg
import pytest
from tests.apps.profiles.story import acting, in_force
from tests.cash.app.desk import Desk
from tests.cash.stated import CARRIER, NOW, announcement, changed, declaration, movement

from vedette.bench import cash as bench
from vedette.cash import codes
from vedette.cash.app import comparing, known
from vedette.cash.app.rate_files import import_file
from vedette.cash.records import Line, Party, Transport
from vedette.cash.starter import WATCHED, starter
from vedette.commands.environment import keys
from vedette.demo.world import cash as world_of_cash
from vedette.profiles.files import ProfileFile

pytestmark = pytest.mark.database

Connection = psycopg.Connection[Any]
EURO = "currency,valid_from,valid_until,units,rate,per,source\nUSD,{first},{last},1,0.9,EUR,test\n"


def rates(desk: Desk, first: dt.date | None = None, last: dt.date | None = None) -> None:
    """Imports a national table with one rate: a US dollar is worth 0.90 euros."""
    day = NOW.date()
    text = EURO.format(first=first or day - dt.timedelta(60), last=last or day + dt.timedelta(60))
    import_file(desk.office.id, text.encode(), using="intake")


def put_in_force(desk: Desk, *names: str) -> dict[str, str]:
    """Puts starter profiles in force. Returns the ids of the profiles with the names of their files."""
    found = {}
    for file in starter():
        if not names or file.id in names:
            found[str(_allowed(desk, file).profile_id)] = file.id
    return found


def _allowed(desk: Desk, file: ProfileFile) -> Any:
    from vedette.apps.profiles import actions

    if WATCHED in file.lists:
        with acting(desk.office.analyst):
            actions.set_list(desk.office.analyst, WATCHED, ("LB",), "test")
    return in_force(
        desk.office, file.expression, kind="cash", title=file.title, purpose="border", theme="cash",
        weight=file.weight,
    )  # fmt: skip


def settle(desk: Desk, connection: Connection, at: dt.datetime = NOW) -> None:
    """Does what the workers do until nothing is left."""
    desk.work(at)
    while comparing.watch(connection, keys(), at):
        desk.work(at)


def profiles_of(desk: Desk, of: dict[str, str]) -> dict[str, set[str]]:
    """Returns the names of the profiles that match each movement, by its reference."""
    rows = desk.rows(
        "SELECT c.reference, r.key FROM hits_reason r JOIN hits_hit h ON h.id = r.hit_id"
        " JOIN cash_movementclear c ON c.movement_id = h.subject_id"
        " WHERE r.organisation_id = %s AND r.kind = 'profile' AND r.state = 'open'",
        desk.office.id,
    )
    found: dict[str, set[str]] = defaultdict(set)
    for reference, key in rows:
        found[reference] |= {name for id_, name in of.items() if id_ in key}
    return dict(found)


def test_a_live_import_raises_the_hits_of_the_pure_world(
    desk: Desk, connection: Connection, tmp_path: Path
) -> None:
    world = world_of_cash.World(
        11, 160, planted=0.3, first=(NOW - dt.timedelta(days=150)).date(), days=120
    )
    world_of_cash.write(world, tmp_path / "world", tmp_path / "truth")
    folder = tmp_path / "world"
    book = bench._book(folder)
    read = bench._first_pass(folder, book)
    expected: dict[str, set[str]] = defaultdict(set)
    for name, references in bench._screen(folder, book, read, bench._pairs(read)).items():
        for reference in references:
            expected[reference].add(name)
    assert len(set().union(*expected.values())) >= 4

    of = put_in_force(desk)
    import_file(desk.office.id, (folder / "rates.csv").read_bytes(), using="intake")
    own = (folder / "movements.csv").read_text("utf-8").splitlines(keepends=True)
    half = len(own) // 2
    for part in (own[1:half], own[half:]):
        receive_file(desk, (own[0] + "".join(part)).encode())
        desk.work()
    receive_file(desk, (folder / "partner.csv").read_bytes())
    settle(desk, connection)
    assert any("C-002" in some for some in profiles_of(desk, of).values())
    assert _without_pairs(profiles_of(desk, of)) == _without_pairs(expected)


def _without_pairs(hits: Mapping[str, set[str]]) -> dict[str, set[str]]:
    """Leaves out the profile of pairs: of two counterparts with equal points, the one with the lesser id is
    taken, and the ids of a test are random."""
    rest = {reference: names - {"C-002"} for reference, names in hits.items()}
    return {reference: names for reference, names in rest.items() if names}


def receive_file(desk: Desk, data: bytes) -> None:
    from vedette.apps.inbox.receiving import put_in

    placed = put_in(desk.connection, keys(), desk.office.id, "cash.csv", data, "ingest", NOW)
    assert placed.state == "accepted", placed.why


def carried(
    number: str, days: int, amount: str = "9500", currency: str = "EUR", **more: Any
) -> Any:
    """A declaration of the carrier of the tests, some days ago."""
    at = NOW - dt.timedelta(days=days)
    way = Transport(
        departure_country="FR", arrival_country="SN", arrival=at.replace(tzinfo=None), mode="air"
    )
    lines = (Line(number=1, kind="currency", amount=Decimal(amount), currency=currency),)
    of = movement(owners=(), lines=lines, transport=way, **more)
    return declaration(at, of, reference=number)


def known_of(desk: Desk, connection: Connection, reference: str) -> Any:
    """Returns what the store knows of a movement."""
    from vedette.cash.app.store import Store

    [(id_,)] = desk.rows(
        "SELECT movement_id FROM cash_movementclear WHERE organisation_id = %s AND reference = %s",
        desk.office.id, reference,
    )  # fmt: skip
    with connection.transaction():
        store = Store(connection, keys(), desk.office.id, NOW)
        held = store.hold(store.groups([id_]))
        made = store.history([(hold, hold.subjects[0]) for hold in held.values()])
    return made[id_]["known"]


def test_history_leaves_out_announcements_and_restricted_movements_and_other_administrations(
    desk: Desk, connection: Connection
) -> None:
    other = Desk(connection, "B")
    other.receive(*(carried(f"B-{n}", n) for n in (2, 4, 6)))
    desk.receive(carried("A-1", 2), carried("A-2", 4), carried("A-3", 6))
    announced = announcement(codes.encode(77), NOW, carried("-", 3).movement)
    desk.receive(announced)
    settle(desk, connection)
    found = known_of(desk, connection, "A-1")
    assert found.history["person_below_days_14d"] == 3
    assert found.history["person_movements_12m"] == 2
    connection.execute(
        "UPDATE subjects_subject s SET restricted = true FROM cash_movementclear c"
        " WHERE s.id = c.movement_id AND c.reference = 'A-3' AND s.organisation_id = %s",
        [desk.office.id],
    )
    assert known_of(desk, connection, "A-1").history["person_below_days_14d"] == 2
    assert known_of(other, connection, "B-2").history["person_below_days_14d"] == 3


def test_a_later_movement_raises_the_hit_on_the_earlier_one(
    desk: Desk, connection: Connection
) -> None:
    of = put_in_force(desk, "C-003")
    for number, days in (("A-1", 6), ("A-2", 4)):
        desk.receive(carried(number, days))
    settle(desk, connection)
    before = profiles_of(desk, of)
    assert "A-1" in before
    desk.receive(carried("A-3", 12))
    assert "A-3" in profiles_of(desk, of)
    one = msgspec.structs.replace(CARRIER, last_names="Modelo", document=None, phones=(),
                                  addresses=(), date_of_birth=dt.date(1991, 1, 1))  # fmt: skip
    desk.receive(carried("D-1", 5, carrier=one))
    assert "D-1" not in profiles_of(desk, of)
    desk.receive(carried("D-2", 2, carrier=one))
    settle(desk, connection)
    assert {"D-1", "D-2"} <= set(profiles_of(desk, of))


def test_a_missing_rate_is_shown_and_an_import_gives_the_value(
    desk: Desk, connection: Connection
) -> None:
    of = put_in_force(desk, "C-010")
    unknown = {
        "carrier_is_owner": False, "provenance": ("other",), "uses": ("other",),
    }  # fmt: skip
    desk.receive(carried("U-1", 1, "20000", "USD", **unknown))
    settle(desk, connection)
    row = "SELECT m.value, c.valued FROM cash_movement m JOIN cash_movementclear c" \
        " ON c.movement_id = m.id WHERE c.reference = 'U-1'"  # fmt: skip
    [(value, stored)] = desk.rows(row)
    assert value is None
    day = (NOW - dt.timedelta(days=1)).date()
    assert stored["lines"] == [{"missing": "USD", "day": day.isoformat(), "source": "ecb"}]
    assert profiles_of(desk, of) == {}
    rates(desk)
    settle(desk, connection)
    [(value, stored)] = desk.rows(row)
    assert value == 18_000
    assert stored["source"] == "national"
    assert profiles_of(desk, of) == {"U-1": {"C-010"}}
    # The conversion that was made keeps its rate.
    newer = EURO.format(first=day, last=day + dt.timedelta(90)).replace("0.9,", "0.5,")
    import_file(desk.office.id, newer.encode(), using="intake")
    settle(desk, connection)
    assert desk.rows(row)[0][0] == 18_000


def test_a_batch_is_read_with_a_fixed_number_of_statements(
    desk: Desk, connection: Connection
) -> None:
    rates(desk)
    desk.receive(*(carried(f"N-{n}", n % 9) for n in range(30)))
    from vedette.cash.app.store import Store

    class Counting:
        def __init__(self) -> None:
            self.n = 0

        def execute(self, *args: Any, **more: Any) -> Any:
            self.n += 1
            assert "organisation_id" in str(args[0]) or "advisory" in str(args[0])
            return connection.execute(*args, **more)

    counts = []
    for most in (2, 31):
        with connection.transaction():
            store = Store(connection, keys(), desk.office.id, NOW)
            held = store.hold(store.groups(desk.movements()[:most]))
            counting = Counting()
            items = [hold.subjects[0] for hold in held.values()]
            known.of_batch(counting, keys(), desk.office.id, items)  # type: ignore[arg-type]
            counts.append(counting.n)
    assert counts[0] == counts[1] <= 5


# --- pairs ------------------------------------------------------------------------------------------


def both(n: int, days: int, arrives: str = "12000") -> list[Any]:
    """The departure record of a partner and the own arrival record of one person."""
    person = Party(
        legal=False, last_names=f"Passager{chr(65 + n)}{chr(97 + n)}x", first_names="Ida",
        date_of_birth=dt.date(1970, 1, 1) + dt.timedelta(n * 37),
        document=msgspec.structs.replace(CARRIER.document, number=f"TT{n:07d}") if CARRIER.document else None,
    )  # fmt: skip
    at = NOW - dt.timedelta(days=days)
    way = Transport(
        departure_country="TN", departure=at.replace(tzinfo=None), arrival_country="SN",
        arrival=at.replace(tzinfo=None), mode="air", reference=f"XX{n}",
    )  # fmt: skip

    def of(amount: str, direction: str) -> Any:
        line = Line(number=1, kind="currency", amount=Decimal(amount), currency="EUR")
        return movement(
            owners=(), carrier=person, lines=(line,), transport=way, direction=direction
        )

    own = declaration(at, of(arrives, "entry"), reference=f"E-{n}")
    theirs = declaration(
        at, of("12000", "exit"), reference=f"P-{n}", partner="TN", source="partner"
    )
    return [own, theirs]


def pairs_of(desk: Desk) -> dict[tuple[str, str | None], tuple[Any, ...]]:
    rows = desk.rows(
        "SELECT a.reference, b.reference, p.result, p.difference, p.answered, p.separated_at IS NOT NULL"
        " FROM cash_pair p JOIN cash_movementclear a ON a.movement_id = p.subject_id"
        " LEFT JOIN cash_movementclear b ON b.movement_id = p.other_id WHERE p.organisation_id = %s",
        desk.office.id,
    )
    return {(row[0], row[1]): tuple(row[2:]) for row in rows}


def test_a_worker_pairs_departure_and_arrival(desk: Desk, connection: Connection) -> None:
    """Equal, different, and declared at departure only. The last one counts only where the partner and the
    own administration answer each other, and after the days in which a counterpart is received."""
    of = put_in_force(desk, "C-002")
    other = Desk(connection, "B")
    other.receive(*both(1, 9))
    some = [one for n in range(22) for one in both(n, 9 + n % 3, "8000" if n == 3 else "12000")]
    desk.receive(*(one for one in some if one.reference != "E-5"))
    settle(desk, connection)
    found = pairs_of(desk)
    assert found["E-1", "P-1"] == found["P-1", "E-1"] == ("equal", Decimal(0), True, False)
    assert found["E-3", "P-3"][:2] == ("different", Decimal(-4000))
    assert found["P-5", None] == ("departure_only", None, True, False)
    assert pairs_of(other)["E-1", "P-1"][0] == "equal"
    assert profiles_of(desk, of).keys() == {"E-3", "P-3", "P-5"}
    # The missing record arrives.
    desk.receive(both(5, 9)[0])
    settle(desk, connection)
    assert pairs_of(desk)["E-5", "P-5"][0] == "equal"
    assert profiles_of(desk, of).keys() == {"E-3", "P-3"}
    # A cancelled record has no pair.
    at = NOW + dt.timedelta(minutes=1)
    desk.receive(declaration(at, action="cancellation", amends="E-1", reference=None), at=at)
    settle(desk, connection)
    assert ("E-1", "P-1") not in pairs_of(desk)


def test_a_separated_pair_stays_separated(desk: Desk, connection: Connection) -> None:
    desk.receive(*both(1, 9))
    settle(desk, connection)
    assert pairs_of(desk)["E-1", "P-1"][0] == "equal"
    ids = dict(desk.rows("SELECT reference, movement_id FROM cash_movementclear WHERE organisation_id = %s",
                         desk.office.id))  # fmt: skip
    client, address = desk.client(), f"/cash/{ids['E-1']}/separate/"
    page = client.get(f"/cash/{ids['E-1']}/").content.decode()
    assert "Separate" in page
    assert "P-1" in page
    assert desk.client("analyst").post(address, {"other": str(ids["P-1"])}).status_code == 403
    assert client.post(address, {"other": "x"}).status_code == 422
    assert client.post(address, {"other": str(ids["E-1"])}).status_code == 422
    assert client.post(address, {"other": str(ids["P-1"])}).status_code == 302
    settle(desk, connection)
    found = pairs_of(desk)
    assert found["E-1", "P-1"][3]
    assert found["E-1", None][0] == "arrival_only"
    assert found["P-1", None][0] == "departure_only"
    at = NOW + dt.timedelta(minutes=1)
    desk.receive(
        changed(
            msgspec.structs.replace(both(1, 9)[0], action="correction", amends="E-1"),
            uses=("charity",),
        ),
        at=at,
    )
    settle(desk, connection, at)
    assert pairs_of(desk)["E-1", "P-1"][3]
    assert "Separated" in client.get(f"/cash/{ids['E-1']}/").content.decode()


# --- rates ------------------------------------------------------------------------------------------


SAMPLES = Path(__file__).parents[4] / "shared" / "data" / "rates"


def upload(desk: Desk, data: bytes, role: str = "administrator", language: str = "en") -> Any:
    from django.core.files.uploadedfile import SimpleUploadedFile

    file = SimpleUploadedFile("rates.csv", data)
    return desk.client(role, language).post("/cash/rates/import/", {"file": file}, follow=True)


def test_an_administrator_imports_rates_and_sees_what_is_wrong(desk: Desk) -> None:
    """Good files of the three sources; the same file twice; older, cut, zero, `N/A`, and no file of rates."""
    page = desk.client("administrator").get("/cash/rates/").content.decode()
    assert "No file has been imported" in page
    ecb = b"Date,USD,JPY,CYP,\n2026-11-23,1.0871,162.35,N/A,\n2026-11-20,1.0852,162.04,N/A,\n"
    done = upload(desk, ecb)
    assert done.status_code == 200
    text = done.content.decode()
    assert "4 rates are imported" in text
    assert "CYP is not quoted (N/A) on 2 days" in text
    assert "used for conversions" in text
    again = upload(desk, ecb)
    assert again.status_code == 422
    assert "already imported" in again.content.decode()
    older = upload(desk, ecb.replace(b"2026-11-2", b"2026-10-2"))
    assert older.status_code == 422
    assert "Import a newer file" in older.content.decode()
    assert (
        "plus récent"
        in upload(desk, ecb.replace(b"2026-11-2", b"2026-10-2"), language="fr").content.decode()
    )
    cut = upload(desk, b"Date,USD,JPY,\n2026-11-25,1.09,160.1,\n2026-11-24,1.0")
    assert cut.status_code == 200
    assert "ends in the middle of a row" in cut.content.decode()
    zero = upload(desk, b"Date,USD,JPY,\n2026-11-26,0,160.1,\n")
    assert "Line 2:" in zero.content.decode()
    assert "The rate of USD is zero." in zero.content.decode()
    for bad, words in ((b"a,b\n1,2\n", "format of the file"), (b"", "format of the file")):
        refused = upload(desk, bad)
        assert refused.status_code == 422
        assert words in refused.content.decode(), bad
    assert desk.client("administrator").post("/cash/rates/import/").status_code == 422
    assert upload(desk, ecb, "officer").status_code == 403
    assert desk.client("officer").get("/cash/rates/").status_code == 200
    assert desk.rows("SELECT count(*), max(last_day) FROM cash_ratefile") == [
        (3, dt.date(2026, 11, 26))
    ]
    [(acts,)] = desk.rows("SELECT count(*) FROM accounts_act WHERE act = 'rates.import'")
    assert acts == 3


def test_rates_of_one_administration_are_not_those_of_another(
    desk: Desk, connection: Connection
) -> None:
    other = Desk(connection, "B")
    rates(other)
    desk.receive(carried("U-1", 1, "20000", "USD"))
    settle(desk, connection)
    assert desk.rows("SELECT value FROM cash_movement m JOIN cash_movementclear c"
                     " ON c.movement_id = m.id WHERE c.reference = 'U-1'") == [(None,)]  # fmt: skip
    assert (
        "No file has been imported"
        in desk.client("administrator").get("/cash/rates/").content.decode()
    )
    [(id_,)] = desk.rows("SELECT movement_id FROM cash_movementclear WHERE reference = 'U-1'")
    page = desk.client().get(f"/cash/{id_}/").content.decode()
    assert "There is no rate of USD" in page
    assert "rate missing" in page


def test_the_command_imports_and_lists_rates(
    desk: Desk, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    from vedette.commands import cash_rates as command

    home = desk.office.id
    assert command._import(home, SAMPLES / "ecb_hist.csv", "ecb") == 0
    assert command._import(home, SAMPLES / "un_operational.csv", "ecb") == 1
    assert command._import(home, SAMPLES / "un_operational.csv", "") == 0
    assert command._import(home, SAMPLES / "national.csv", "national") == 0
    assert command._import(home, SAMPLES / "national.csv", "national") == 0
    assert command._print(home) == 0
    said = capsys.readouterr()
    assert "ecb, 2007-12-28 to 2026-11-23" in said.out
    assert "already imported" in said.out
    assert "national: 2026-11-01" in said.out
    assert "used for conversions" in said.out
    assert "not of ecb" in said.err
    with pytest.raises(Exception, match="No such file"):
        command._import(home, tmp_path / "none.csv", "")
