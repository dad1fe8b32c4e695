"""Tables of cash: the template, a partner's declarations, counts, and hostile input."""

from __future__ import annotations

import csv
import datetime as dt
import io
from decimal import Decimal

import pytest

from vedette import kinds
from vedette.cash import records
from vedette.cash.formats import table
from vedette.formats.edifact import Unreadable

ROW = {
    "reference": "D-1", "direction": "entry", "declared": "2026-11-20 14:30",
    "carrier_last_names": "Example", "carrier_first_names": "Amina", "carrier_nationality": "TN",
    "carrier_birth_date": "1980-05-01", "carrier_document_type": "passport", "carrier_document": "X123",
    "carrier_document_country": "TN", "carrier_country": "TN", "carrier_phone": "+216 12 345",
    "owner_name": "Example Ltd", "owner_registration_number": "C 77", "departure_country": "TN",
    "departure": "20/11/2026", "arrival_country": "FR", "arrival": "2026-11-20", "mode": "air",
    "means": "commercial flight", "transport": "XX123", "kind": "currency", "amount": "12 000,50",
    "currency": "EUR", "provenance": "labour;inheritance", "uses": "holidays", "carrier_is_owner": "no",
}  # fmt: skip


def written(*rows: dict[str, str]) -> bytes:
    out = io.StringIO()
    names = list(dict.fromkeys(name for row in rows for name in row))
    writer = csv.DictWriter(out, names)
    writer.writeheader()
    writer.writerows(rows)
    return out.getvalue().encode()


def one(**changes: str) -> records.Message:
    (message,) = table.read(written({**ROW, **changes}))
    return message


def codes(message: records.Message) -> list[str]:
    return [warning.code for warning in message.warnings]


def test_a_row_becomes_a_movement_without_warnings() -> None:
    message = one()
    assert message.warnings == ()
    movement = message.movement
    assert movement.carrier is not None
    assert movement.carrier.document is not None
    assert (movement.carrier.document.issuer, movement.carrier.document.type) == ("TUN", "P")
    assert movement.carrier.date_of_birth == dt.date(1980, 5, 1)
    assert movement.lines == (records.Line(number=1, amount=Decimal("12000.50"), currency="EUR"),)
    assert movement.owners[0].legal
    assert movement.carrier_is_owner is False
    assert movement.transport.departure == dt.date(2026, 11, 20)
    assert movement.transport.means == "commercial_flight"
    assert (message.source, message.reference) == ("csv", "D-1")
    assert message.envelope.prepared == dt.datetime(2026, 11, 20, 14, 30)


def test_the_file_is_recognised_among_all_formats() -> None:
    assert kinds.all_readers().sniff(written(ROW)) == table.NAME
    assert kinds.all_readers().sniff(table.template().encode() + b"x\r\n") == table.NAME
    (message,) = kinds.all_readers().read(written(ROW))
    assert message.kind == "cash"


def test_rows_of_a_reference_are_lines_of_one_movement() -> None:
    data = written(
        ROW,
        {**ROW, "reference": "D-2"},
        {
            **ROW,
            "kind": "gold",
            "type": "bullion",
            "weight": "1.250",
            "fineness": "999.9",
            "amount": "",
        },
    )
    first, second = table.read(data)
    assert [line.kind for line in first.movement.lines] == ["currency", "gold"]
    assert first.movement.lines[1].weight == Decimal("1.250")
    assert second.reference == "D-2"


def test_a_partner_states_where_its_declarations_come_from() -> None:
    message = one(partner="TN", direction="exit")
    assert (message.source, message.partner, message.envelope.sender) == (
        "partner",
        "TN",
        "partner TN",
    )


def test_a_count_names_the_statement_that_it_is_about() -> None:
    row = {
        "reference": "D-1", "action": "count", "counted_at": "2026-11-20 15:00",
        "counted_by": "Officer A;Officer B", "line": "1", "amount": "", "denomination": "500",
        "quantity": "24", "currency": "EUR", "carrier_last_names": "",
    }  # fmt: skip
    (message,) = table.read(written(row, {**row, "line": "", "amount": "20", "currency": "USD"}))
    assert message.count is not None
    assert (message.action, message.amends, message.movements) == ("count", "D-1", ())
    assert [person.name for person in message.count.persons] == ["Officer A", "Officer B"]
    assert [line.number for line in message.count.lines] == [1, None]
    assert message.count.lines[0].quantity == 24


@pytest.mark.parametrize(
    ("text", "places", "expected"),
    [
        ("10000", 2, "10000"), ("10 000,50", 2, "10000.50"), ("10,000.50", 2, "10000.50"),
        ("10.000,50", 2, "10000.50"), ("10,000", 2, "10000"), ("10.000", 2, "10000"),
        ("1,234,567", 2, "1234567"), ("0.125", 3, "0.125"), ("1.250", 3, "1.250"), ("-5", 2, "-5"),
        ("10,000", 3, None), ("1,23,4", 2, None), ("1e9", 2, None), ("NaN", 2, None), ("٥٠", 2, None),
        ("1" * 30, 2, None), ("", 2, None), ("12 EUR", 2, None), ("1'000.5", 2, "1000.5"),
    ],
)  # fmt: skip
def test_numbers_with_separators(text: str, places: int, expected: str | None) -> None:
    assert table.number(text, places) == (Decimal(expected) if expected else None)


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"amount": "-10"}, "number_negative"),
        ({"amount": "ten"}, "number_impossible"),
        ({"amount": "0.001"}, "amount_decimals"),
        ({"currency": "QQQ"}, "currency_unknown"),
        ({"currency": "HRK"}, "currency_ended"),
        ({"arrival": "2099-01-01"}, "date_future"),
        ({"arrival": "2026-02-30"}, "date_impossible"),
        ({"carrier_birth_date": "1066-10-14"}, "date_impossible"),
        ({"mode": "broomstick"}, "code_unknown"),
        ({"record": "poem"}, "code_unknown"),
        ({"provenance": "labour;theft"}, "code_unknown"),
        ({"carrier_is_owner": "perhaps"}, "code_unknown"),
        ({"departure_country": "Atlantis"}, "country_unknown"),
        ({"carrier_last_names": "x" * 400}, "text_cut"),
        ({"amount": ""}, "row_unreadable"),
    ],
)
def test_a_wrong_value_has_a_warning_with_its_row(changes: dict[str, str], code: str) -> None:
    message = one(**changes)
    assert codes(message) == [code]
    assert message.warnings[0].message.startswith("row 2: ")
    assert message.movement.carrier is not None


def test_hostile_texts_are_bounded_and_kept_as_text() -> None:
    name = "<script>alert(1)</script>\x00\x1b[31m"
    message = one(carrier_last_names=name, use_text="a" * 15_000)
    assert message.movement.carrier is not None
    assert message.movement.carrier.last_names == "<script>alert(1)</script>[31m"
    assert len(message.movement.use_text or "") == 10_000


def test_ten_megabytes_in_one_field_cost_only_this_row() -> None:
    data = written({**ROW, "use_text": "a" * 10_000_000}, {**ROW, "reference": "D-2"})
    (message,) = table.read(data)
    assert message.reference == "D-2"
    assert codes(message) == ["row_unreadable"]


def test_unknown_headings_are_named() -> None:
    message = table.read(written({**ROW, "shoe size": "44"}))[0]
    assert codes(message) == ["column_unknown"]


def test_a_mapping_of_headings_reads_another_table() -> None:
    data = b"Nom,Montant,Devise\nExample,12000,EUR\n"
    with pytest.raises(Unreadable, match="use the template"):
        table.read(data)
    columns = {"carrier_last_names": "Nom", "amount": "Montant", "currency": "Devise"}
    (message,) = table.read_columns(data, columns)
    assert message.movement.lines[0].amount == 12000
    assert message.reference is not None


def test_a_long_table_is_read_row_by_row() -> None:
    rows = [{**ROW, "reference": f"D-{n // 2}"} for n in range(20)]
    found = list(table.read_rows(io.StringIO(written(*rows).decode())))
    assert [message.reference for message in found] == [f"D-{n}" for n in range(10)]
    assert all(len(message.movement.lines) == 2 for message in found)
