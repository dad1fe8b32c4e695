"""The identity of a declaration and the order of its messages."""

from __future__ import annotations

import datetime as dt

from vedette.core.records import Envelope
from vedette.goods import identity
from vedette.goods.records import Consignment, Message, Party

NOW = dt.datetime(2026, 11, 27, 9, tzinfo=dt.UTC)


def message(**values):
    return Message(format="X", **values)


def common(one: Message, other: Message) -> bool:
    return bool(set(identity.keys(one)) & set(identity.keys(other)))


def test_an_amendment_meets_its_declaration_by_the_mrn_or_the_reference():
    day = dt.date(2026, 3, 1)
    first = message(lrn="LRN 1", declarant="GB1", declared=day, mrn="26GB7X8M7S6NG8N6R0")
    by_mrn = message(mrn="26gb7x8m7s6ng8n6r0", action="amendment")
    by_reference = message(lrn="lrn-1", declarant="GB1", action="amendment")
    assert common(first, by_mrn)
    assert identity.keys(by_reference) == ()
    assert identity.reference_key(by_reference) == identity.reference_key(first)


def test_a_reference_is_the_same_declaration_for_one_declarant_and_day_only():
    first = message(lrn="LRN 1", declarant="GB1", declared=dt.date(2026, 3, 1))
    assert common(first, message(lrn="lrn1", declarant="GB 1", declared=dt.datetime(2026, 3, 1, 9)))
    assert not common(first, message(lrn="LRN 1", declarant="GB1", declared=dt.date(2027, 3, 1)))
    assert not common(first, message(lrn="LRN 1", declarant="GB2", declared=dt.date(2026, 3, 1)))


def test_a_number_that_is_no_mrn_belongs_to_its_office():
    one = message(mrn="C 123", office="OFF1")
    assert common(one, message(mrn="C123", office="OFF1"))
    assert not common(one, message(mrn="C123", office="OFF2"))


def test_unrelated_senders_do_not_share_a_local_reference():
    stated = [message(lrn="1", declarant=name) for name in ("ООО Ромашка", "北京公司", "شركة")]
    stated += [message(lrn="1", body=body) for body in (b"one", b"two")]
    stated += [
        message(lrn="1", consignments=(Consignment(parties=(Party(role="exporter", name=name),)),))
        for name in ("A", "B")
    ]
    stated += [message(lrn=lrn, declarant="X") for lrn in ("Д-1", "Б-1", "*", "**")]
    assert len({identity.reference_key(one) for one in stated}) == len(stated)
    again = message(lrn="д 1", declarant="x")
    assert identity.reference_key(again) == ("lrn", "X", "Д1")


def test_a_corrected_message_of_the_same_party_is_about_the_same_declaration():
    party = Consignment(parties=(Party(role="importer", name="A"),))
    one, other = (message(lrn="1", consignments=(party,), body=body) for body in (b"1", b"2"))
    assert identity.reference_key(one) == identity.reference_key(other)


def test_a_message_without_numbers_has_no_identity():
    assert identity.keys(message()) == ()


def test_the_order_is_the_senders_time_and_version():
    early = message(envelope=Envelope(prepared=dt.datetime(2026, 3, 1, 10), sequence=1), version=1)
    later = message(envelope=Envelope(prepared=dt.datetime(2026, 3, 1, 10), sequence=1), version=2)
    dated = message(declared=dt.date(2026, 2, 28))
    stamps = [identity.stamp(one, NOW) for one in (dated, early, later)]
    assert stamps == sorted(stamps)


def test_a_time_in_the_future_is_at_most_one_day_after_the_receipt():
    far = dt.datetime(9999, 1, 1)
    limit = (NOW + dt.timedelta(days=1)).replace(tzinfo=None).isoformat()
    for one in (message(envelope=Envelope(prepared=far)), message(declared=far.date())):
        assert identity.stamp(one, NOW)[0] == limit
    assert identity.stamp(message(), NOW)[0] == NOW.replace(tzinfo=None).isoformat()
