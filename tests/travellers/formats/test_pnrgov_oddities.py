"""What real PNRGOV messages get wrong, in small messages of our own."""

from __future__ import annotations

import datetime as dt

import pytest

from vedette.formats.edifact import interchanges
from vedette.travellers import records
from vedette.travellers.formats import pnrgov

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


@pytest.mark.parametrize(
    ("tif", "given", "clear"),
    [
        ("SMITH+JOHN:A+MARY:A", ["JOHN", "MARY"], True),
        ("SMITH+JOHN MR:A+MARY:C+ANN:IN", ["JOHN MR", "MARY", "ANN"], True),
        ("SMITH+JOHN:A:1:1+ANN:IN:2", ["JOHN", "ANN"], True),
        ("SMI+TH:I+JOHN::1", ["TH", "JOHN"], False),
        ("SMITH+JOHN+MARY", ["JOHN", "MARY"], False),
        ("SMITH+JOHN+MARY:A:2", ["JOHN", "MARY"], False),
        ("SMITH+JOHN:A:1+", ["JOHN"], True),
        ("SMITH+JOHN+A:1", ["JOHN"], True),
        ("SMITH+JOHN+MR", ["JOHN"], True),
    ],
)
def test_no_given_name_of_a_tif_is_lost(tif: str, given: list[str], clear: bool) -> None:
    """Types or references on each make them travellers; names alone may be one name cut apart, so
    they are kept with a warning; what is no name is nobody."""
    message = read(f"SRC'RCI+ZZ:AAAAAA'TIF+{tif}'{LEG}")
    assert [t.given_names for t in message.bookings[0].travellers] == given
    assert ("traveller_unclear" not in codes(message)) == clear


def test_a_person_with_a_given_name_only_is_no_placeholder() -> None:
    """Some people have one name: sent as given names it is a name all the same."""
    message = read(f"SRC'RCI+ZZ:AAAAAA'TIF++SUHARTO:A:1'TIF++TBA:A:2'{LEG}")
    suharto, unknown = message.bookings[0].travellers
    assert (suharto.surname, suharto.given_names, suharto.placeholder) == (None, "SUHARTO", False)
    assert unknown.placeholder
    assert codes(message) == []


@pytest.mark.parametrize(
    "tif", ["TOURGROUP:G+:G:1", "TOURGROUP:G+PARTY OF 9:G:1", "TOURGROUP+:G:1"]
)
def test_a_groups_name_with_a_reference_is_no_traveller(tif: str) -> None:
    """Marked as a group in both places, or without given names: nobody, whatever else it carries."""
    message = read(f"SRC'RCI+ZZ:AAAAAA'TIF+{tif}'TIF+DOE+JANE:A:2'{LEG}")
    assert [t.surname for t in message.bookings[0].travellers] == ["DOE"]
    assert message.bookings[0].group_name
    assert codes(message) == []


def test_one_mark_of_a_group_on_a_named_person_is_damage() -> None:
    """A type that reads G by damage must not cost a traveller."""
    message = read(f"SRC'RCI+ZZ:AAAAAA'TIF+DOE+JANE:G:1'{LEG}")
    assert [t.surname for t in message.bookings[0].travellers] == ["DOE"]
    assert codes(message) == ["traveller_unclear"]


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


def weighed(check_in: str, legs: str = LEG) -> tuple[int | None, float | None, tuple[str, ...]]:
    message = read(f"SRC'RCI+ZZ:AAAAAA'TIF+DOE+JANE:A:1'{legs}{check_in}")
    bags = message.bookings[0].travellers[0].bags
    assert bags is not None
    assert codes(message) == []
    return bags.count, bags.weight_kg, bags.tags


def test_several_tbd_of_one_person_on_the_flight_are_added_up() -> None:
    """Some systems send one for each bag; one that repeats its tags says nothing new."""
    check_in = "DAT+2:040326:0600'TRI++1:::1'TIF+DOE+JANE:A:1'"
    one, two = "TBD++1:20:700+++XX:111:1:JFK'", "TBD++1:15:700+++XX:222:1:JFK'"
    assert weighed(check_in + one + two) == (2, 35.0, ("111", "222"))
    assert weighed(check_in + one + two + one) == (2, 35.0, ("111", "222"))
    assert weighed(check_in + "TBD++1:20:700'TBD++1:15:700'") == (2, 35.0, ())


def test_bags_of_the_messages_own_flight_stand_not_those_of_another() -> None:
    """The same two bags checked through, stated with each flight, are two."""
    check_in = "DAT+2:040326:0600'TRI++1:::1'TIF+DOE+JANE:A:1'TBD++{0}:700+++XX:111:1:JFK'"
    before = "TVL+030326:0800:030326:2000+CCC+AAA+ZZ+99:Y'"
    bags = weighed(check_in.format("2:35"), before + check_in.format("1:12") + LEG)
    assert bags == (2, 35.0, ("111",))


def test_a_weight_without_a_unit_is_none() -> None:
    """702: no weight, whatever number stands there."""
    check_in = "DAT+2:040326:0600'TRI++1:::1'TIF+DOE+JANE:A:1'TBD++2:0:702+++XX:111:2:JFK'"
    assert weighed(check_in) == (2, None, ("111",))


def test_a_documents_text_goes_on_in_the_next_component() -> None:
    """Systems cut free text where a component is full, here inside the surname."""
    docs = "/P/USA/123456/USA/04JUL80/M/23AUG19/SMITHSON:SON/JONATHAN"
    message = read(f"SRC'TIF+SMITHSONSON+JONATHAN:A:1'SSR+DOCS:HK:1:ZZ:::::{docs}'{LEG}")
    (document,) = message.bookings[0].travellers[0].documents
    assert (document.surname, document.given_names) == ("SMITHSONSON", "JONATHAN")


def test_the_operational_suffix_is_part_of_the_flight_number() -> None:
    """`324:Y:A` is flight 324A in class Y, in the itinerary and of the message itself."""
    legs = "TVL+040326:0800:040326:2000+AAA+BBB+ZZ+324:Y:A'"
    (leg,) = read(f"SRC'TIF+DOE+JANE:A:1'{legs}").bookings[0].segments
    assert (leg.number, leg.booking_class) == ("324A", "Y")
    for stated in ("123:A", "123::A"):
        text = (HEAD.format(eqn=1) + f"SRC'TIF+DOE+JANE:A:1'{LEG}UNT+10+1'UNZ+1+1'").replace(
            "ZZ+123'EQN", f"ZZ+{stated}'EQN"
        )
        (message,) = interchanges(text.encode())
        assert pnrgov.read(message).flights[0].number == "123A"


@pytest.mark.parametrize("ref", ["", "+::1"])
@pytest.mark.parametrize("first", [True, False])
def test_an_infants_docs_with_a_second_name_and_no_mark(ref: str, first: bool) -> None:
    """Gender F, no INFT, in the adult's group: the name begins as the infant's and the birth date is a
    baby's, so the adult keeps his own."""
    docs = "SSR+DOCS:HK:1:ZZ:::::/P/FRA/{0}/FRA/{1}/F/12JAN30/SMITH/{2}" + ref + "'"
    both = [
        docs.format("111111", "04JUL80", "JANE"),
        docs.format("222222", "04JUL25", "ANNA MARIE"),
    ]
    message = read(
        f"SRC'RCI+ZZ:AAAAAA'TIF+SMITH+JANE:A:1:1'{''.join(both[::-1] if first else both)}"
        f"TIF+SMITH+ANNA:IN:2'{LEG}"
    )
    adult, infant = message.bookings[0].travellers
    assert (adult.date_of_birth, infant.date_of_birth) == (dt.date(1980, 7, 4), dt.date(2025, 7, 4))
    assert [d.number for d in (*adult.documents, *infant.documents)] == ["111111", "222222"]
    assert codes(message) == []


def test_what_could_not_be_read_is_told_by_place_and_length() -> None:
    """An unknown segment and a document of nobody: never their text, and no tag that may be a name."""
    docs = "SSR+DOCS:HK:1:ZZ:::::/P/FRA/111111/FRA/04JUL80/F/12JAN30/NOBODY/HERE"
    body = f"SRC'RCI+ZZ:AAAAAA'TIF+DOE+JANE:A:1'TIF+ROE+ANN:A:2'{LEG}{docs}'SMITH+1'"
    message = read(body)
    text = HEAD.format(eqn=1) + body
    assert [(u.segment, u.offset, u.length) for u in message.unread] == [
        ("SSR", text.index(docs), len(docs)),
        ("?", text.index("SMITH+1"), len("SMITH+1")),
    ]
    assert read(f"SRC'RCI+ZZ:AAAAAA'TIF+DOE+JANE:A:1'{LEG}").unread == ()
