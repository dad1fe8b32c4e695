"""What real PNRGOV messages get wrong, in small messages of our own."""

from __future__ import annotations

import datetime as dt

from vedette import records
from vedette.formats import pnrgov
from vedette.formats.edifact import interchanges

HEAD = (
    "UNB+IATA:1+ZZ+GOVXX+260301:1030+1'UNH+1+PNRGOV:13:1:IA+ZZ1'MSG+:22'ORG+ZZ'"
    "TVL+040326:0800:040326:2000+AAA+BBB+ZZ+123'EQN+{eqn}'"
)
LEG = "TVL+040326:0800:040326:2000+AAA+BBB+ZZ+123:Y'RPI+1+HK'"


def read(body: str, eqn: int = 1) -> records.Message:
    text = HEAD.format(eqn=eqn) + body
    count = text.count("'") - 1 + 1
    text += f"UNT+{count}+1'UNZ+1+1'"
    (message,) = interchanges(text.encode())
    return pnrgov.read(message)


def codes(message: records.Message) -> list[str]:
    return [warning.code for warning in message.warnings]


def test_a_group_has_a_name_that_is_no_traveller() -> None:
    """TIF with :G; TBA names are travellers with a placeholder."""
    message = read(f"SRC'RCI+ZZ:AAAAAA'TIF+TOUR ONE:G'TIF+TBA+A:A:1'TIF+DOE+JANE:A:2'{LEG}")
    (booking,) = message.bookings
    assert booking.group_name
    assert [(t.surname, t.placeholder) for t in booking.travellers] == [
        ("TBA", True),
        ("DOE", False),
    ]
    assert codes(message) == []


def test_docs_in_any_group_goes_to_its_traveller() -> None:
    """In group 1 by name, in group 5 by reference; the same document twice is one."""
    docs = "/P/FRA/{0}/FRA/04JUL80/F/12JAN30/{1}/{2}"
    message = read(
        "SRC'RCI+ZZ:AAAAAA'"
        f"SSR+DOCS:HK:1:ZZ:::::{docs.format('111111', 'ROE', 'ANN')}'"
        "TIF+DOE+JANE:A:1'TIF+ROE+ANN:A:2'"
        f"{LEG}"
        f"SSR+DOCS:HK:1:ZZ:::AAA:BBB:{docs.format('222222', 'DOE', 'JANE')}+::1'"
        f"SSR+DOCS:HK:1:ZZ:::AAA:BBB:{docs.format('111111', 'ROE', 'ANN')}+::2'"
    )
    jane, ann = message.bookings[0].travellers
    assert [document.number for document in jane.documents] == ["222222"]
    assert [document.number for document in ann.documents] == ["111111"]
    assert jane.date_of_birth == dt.date(1980, 7, 4)
    assert codes(message) == []


def test_an_infants_docs_in_the_adults_group() -> None:
    """FI belongs to the infant wherever it stands, and reads F."""
    message = read(
        "SRC'RCI+ZZ:AAAAAA'TIF+DOE+JANE:A:1:1'"
        "SSR+DOCS:HK:1:ZZ:::::/P/FRA/111111/FRA/04JUL80/F/12JAN30/DOE/JANE+::1'"
        "SSR+DOCS:HK:1:ZZ:::::/P/FRA/222222/FRA/04JUL25/FI/12JAN30/DOE/BABY+::1'"
        f"TIF+DOE+BABY:IN:2'{LEG}"
    )
    adult, infant = message.bookings[0].travellers
    assert [document.number for document in adult.documents] == ["111111"]
    assert [document.number for document in infant.documents] == ["222222"]
    assert (infant.infant, infant.sex, infant.accompanied_by) == (True, "F", "1")


def test_sensitive_text_is_dropped_and_counted() -> None:
    """Meals, assistance and remarks in every group leave only counts; contacts come through."""
    message = read(
        "SRC'RCI+ZZ:AAAAAA'SSR+OTHS::::::::SEE THE BISHOP'TIF+DOE+JANE:A:1'"
        "IFT+4:28::ZZ+CTCM 33612345678'IFT+4:28::ZZ+VIP UNION LEADER'"
        "SSR+KSML:HK:1:ZZ'SSR+WCHC:HK:1:ZZ:::::CANNOT WALK+::1'"
        f"{LEG}SSR+MOML:HK:1:ZZ:::AAA:BBB+::1'ABI+4++++ZZ'SAC+++A'SSR+DOCS:HK:1:ZZ:::::/P'"
        "LTS+0/O/RM SECRET'"
    )
    assert {drop.kind: drop.count for drop in message.dropped} == {
        "assistance": 1,
        "history": 2,
        "meal": 2,
        "remark": 2,
    }
    text = repr(message.bookings) + repr(message.warnings)
    for word in ("BISHOP", "UNION", "KSML", "WALK", "SECRET"):
        assert word not in text
    assert message.bookings[0].contacts.phones == ("33612345678",)
    (change,) = message.bookings[0].changes
    assert (change.by, change.kind, change.what) == ("ZZ", "added", "document")


def test_counts_of_bookings() -> None:
    """EQN against SRC, on whole messages."""
    message = read(f"SRC'RCI+ZZ:AAAAAA'TIF+DOE+JANE:A:1'{LEG}", eqn=3)
    assert codes(message) == ["eqn_count"]


def test_impossible_dates_are_left_out() -> None:
    """31 February in DOCS, month 13 in RCI."""
    message = read(
        "SRC'RCI+ZZ:AAAAAA::011326:1200'TIF+DOE+JANE:A:1'"
        f"SSR+DOCS:HK:1:ZZ:::::/P/FRA/111111/FRA/31FEB80/F/12JAN30/DOE/JANE+::1'{LEG}"
    )
    assert codes(message) == ["date_impossible", "date_impossible"]
    (booking,) = message.bookings
    assert (booking.created, booking.travellers[0].date_of_birth) == (None, None)
    assert booking.travellers[0].documents[0].expiry == dt.date(2030, 1, 12)


def test_codeshares_by_tra_and_by_a_second_tvl() -> None:
    """The operating number from TRA (14.1 on) or from a TVL that is a number only."""
    message = read(
        "SRC'RCI+ZZ:AAAAAA'TIF+DOE+JANE:A:1'TVL+050326:0800:050326:2000+CCC+DDD+ZZ:YY+77:Y'TRA+SK+1524:W'"
        "TVL+060326:0800:060326:2000+DDD+CCC+ZZ:YY+78:Y'RPI+1+HK'TVL+++++972:M'"
    )
    first, second = message.bookings[0].segments
    assert (first.operating_carrier, first.operating_number) == ("SK", "1524")
    assert (second.operating_carrier, second.operating_number) == ("YY", "972")


def test_split_and_other_services_and_surface() -> None:
    """GR8 names the bookings split off; a hotel (MSG 3) is no flight; ARNK is a surface leg."""
    message = read(
        f"SRC'RCI+ZZ:AAAAAA'TIF+DOE+JANE:A:1'{LEG}TVL++BBB+CCC++ARNK'EQN+1'RCI+ZZ:BBBBBB'"
        "MSG+3'TVL+050326::060326+BBB++XX'"
    )
    (booking,) = message.bookings
    assert [found.locator for found in booking.locators] == ["AAAAAA"]
    assert [found.locator for found in booking.split_to] == ["BBBBBB"]
    assert [leg.surface for leg in booking.segments] == [False, True]
    assert codes(message) == []


def test_bags_once_over_all_segments() -> None:
    """The same tags with every segment are one bag each; pounds become kilograms."""
    tbd = (
        "DAT+2:040326:0600'TRI++7:::1'TIF+DOE+JANE:A:1'SSD+012C++++Y'"
        "TBD++2:44:701++HP:5+ZZ:111:1:BBB+ZZ:112:1:BBB'"
    )
    message = read(
        f"SRC'RCI+ZZ:AAAAAA'TIF+DOE+JANE:A:1'{LEG}{tbd}TVL+050326:0800+BBB+CCC+ZZ+9:Y'{tbd}"
    )
    (booking,) = message.bookings
    assert [(bag.tag, bag.pool, bag.pool_id) for bag in booking.bags] == [
        ("111", "HP", "5"),
        ("112", "HP", "5"),
    ]
    (traveller,) = booking.travellers
    assert traveller.bags == records.Bags(count=2, weight_kg=19.96, tags=("111", "112"))
    assert (traveller.seat, traveller.check_in_sequence) == ("12C", "7")
    assert traveller.checked_in == dt.datetime(2026, 3, 4, 6, 0)


def test_repeated_payments_are_kept() -> None:
    """Two people who paid the same are two payments."""
    paid = "TKT+1:T:1'MON+T:100.00:EUR'FOP+CC::100.00:VI:XXXX1:0930'IFT+4:43+JANE DOE+1 STREET'"
    message = read(f"SRC'RCI+ZZ:AAAAAA'TIF+DOE+JANE:A:1'{paid}TIF+DOE+JOHN:A:2'{paid}{LEG}")
    (booking,) = message.bookings
    assert len(booking.payments) == 2
    assert (booking.payments[0].payer, booking.payments[0].currency) == ("JANE DOE", "EUR")
    assert (str(booking.total), booking.currency) == ("200.00", "EUR")


def test_a_damaged_tif_keeps_its_segments_to_itself() -> None:
    """REF, DOCS and TKT behind an unknown tag do not go to the traveller before."""
    group = (
        "TIF+{0}+{1}:A:{2}'REF+:R{2}'FAR+N'"
        "SSR+DOCS:HK:1:ZZ:::::/P/FRA/{2}99999/FRA/04JUL80/F//{0}/{1}'TKT+{2}7:T:1'"
    )
    first, second = group.format("DOE", "JANE", 1), group.format("ROE", "ANN", 2)
    sound = read(f"SRC'RCI+ZZ:AAAAAA'{first}{second}{LEG}")
    for tag in ("TXF", "TF", "TTIF", "X", "QQQ", "T'IF"):
        message = read(f"SRC'RCI+ZZ:AAAAAA'{first}{second.replace('TIF', tag)}{LEG}")
        assert message.bookings[0].travellers[0] == sound.bookings[0].travellers[0]
        assert len(message.bookings[0].travellers) == 2, tag
        assert set(codes(message)) & {"traveller_unclear", "segment_unexpected"}


def test_nothing_but_rubbish_does_not_raise() -> None:
    """Missing SRC, RCI, MSG, ORG; segments without elements; triggers in the wrong place."""
    for body in (
        "RCI+ZZ:AAAAAA'TIF+DOE+JANE:A:1'",
        "SRC'TIF'REF'SSR'TVL'RCI'DAT'FOP'MON'TBD'TRI'SSD'ABI'SAC'IFT'ADD'FTI'TKT'RPI'APD'TRA'EQN'MSG'LTS'",
        "SRC'SRC'SRC'TIF+++'TVL+::::+:+:+:+:'TRI++:::'TIF'SSD'TBD+++++::::'",
    ):
        message = read(body)
        assert message.format == "PNRGOV"


def test_docs_with_a_suffix_on_the_surname() -> None:
    """JR glued to the surname in DOCS, no reference, in the flight's group: still his."""
    message = read(
        f"SRC'RCI+ZZ:AAAAAA'TIF+BARRETT+TIM MR:A:1'TIF+ROE+ANN:A:2'{LEG}"
        "SSR+DOCS:HK:1:ZZ:::AAA:BBB:/P/GBR/111111/GBR/04JUL80/M/12JAN30/BARRETTJR/TIM'"
    )
    tim, ann = message.bookings[0].travellers
    assert [document.number for document in tim.documents] == ["111111"]
    assert ann.documents == ()


def test_several_given_names_under_one_surname() -> None:
    """PADIS repeats the given-name composite: each with a reference is a traveller."""
    message = read(f"SRC'RCI+ZZ:AAAAAA'TIF+DOE+JANE:A:1+JOHN:A:2'{LEG}")
    assert [t.given_names for t in message.bookings[0].travellers] == ["JANE", "JOHN"]


def test_an_infant_without_a_tif_is_a_traveller_when_it_has_a_document() -> None:
    """FI names nobody of the booking: the infant is added, with a warning."""
    message = read(
        "SRC'RCI+ZZ:AAAAAA'TIF+DOE+JANE:A:1'"
        f"SSR+DOCS:HK:1:ZZ:::::/P/FRA/222222/FRA/04JUL25/FI/12JAN30/DOE/BABY+::1'{LEG}"
    )
    adult, infant = message.bookings[0].travellers
    assert (adult.documents, adult.date_of_birth) == ((), None)
    assert (infant.infant, infant.given_names, infant.sex) == (True, "BABY", "F")
    assert codes(message) == ["traveller_unclear"]
