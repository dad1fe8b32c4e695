"""Messages of the Import Control System, from the shared samples and from messages of our own."""

from __future__ import annotations

import pytest
from tests.goods.formats.leaves import lost, printed
from tests.shared import shared

from vedette.goods import formats

ANSWER = """<ie:CC{number}A xmlns:ie="http://ics.dgtaxud.ec/CC{number}A"><MesSenMES3>CUSTOMS</MesSenMES3>
<MesRecMES6>TRADER</MesRecMES6><DatOfPreMES9>260211</DatOfPreMES9><TimOfPreMES10>0123</TimOfPreMES10>
<MesIdeMES19>M1</MesIdeMES19><MesTypMES20>CC{number}A</MesTypMES20>
<HEAHEA>{head}</HEAHEA>{body}</ie:CC{number}A>"""
ERROR = (
    "<FUNERRER1><ErrTypER11>12</ErrTypER11><ErrPoiER12>HEAHEA.RefNumHEA4</ErrPoiER12>"
    "<ErrReaER13>R891</ErrReaER13></FUNERRER1>"
)


def samples():
    folders = ("ics_ens_ie315", "ics_intervention_ie351")
    return [p for f in folders for p in sorted(shared("data", "messages", f).glob("*.xml"))]


def test_every_value_of_the_samples_is_kept():
    """Languages of texts are not kept, nor the form of the acknowledgement."""
    paths = samples()
    assert len(paths) == 7
    for path in paths:
        missing, count = lost(
            path.read_bytes(), r"LNG\d*$|DatOfPreMES9|TimOfPreMES10|DatTim|ExpDatOfArr"
        )
        assert missing == [], path.name
        assert count >= 5


def test_a_declaration_has_its_parties_items_and_route():
    path = shared("data", "messages", "ics_ens_ie315", "CC315A_full.xml")
    (message,) = printed(path.read_bytes())
    (consignment,) = message["consignments"]
    assert (message["document"], message["lrn"], message["entry_office"]) == (
        "entry_summary",
        "refnum",
        "AB3C4D5E",
    )
    assert message["envelope"]["prepared"] == "2003-02-11T01:23"
    roles = {p["role"]: p.get("name") for p in consignment["parties"]}
    assert roles["carrier"] == "carrier name"
    assert roles["declarant"] == "declarant name"
    assert consignment["route"]["arrival"] == "2003-02-11T12:34"
    assert consignment["seals"] == ["Seals identity", "Seals identity2"]
    (item,) = consignment["items"]
    assert (item["number"], item["description"], item["gross_mass_kg"]) == (
        42,
        "Goods description",
        123.456,
    )
    assert item["documents"] == ["TYPE", "TYP2"]
    assert consignment["equipment"] == ["Container 1", "Container 2"]
    codes = {w["code"] for w in message["warnings"]}
    assert codes == {"country_unknown", "hs_unknown"}


def test_an_amendment_names_the_declaration():
    path = shared("data", "messages", "ics_ens_ie315", "CC313A_reduced.xml")
    (message,) = formats.read(path.read_bytes())
    assert (message.action, message.amends, len(message.consignments[0].items)) == (
        "amendment",
        "mrn",
        2,
    )


def test_an_intervention_in_an_envelope_names_the_item():
    path = shared("data", "messages", "ics_intervention_ie351", "advancedNotification.xml")
    (message,) = formats.read(path.read_bytes())
    assert (message.outcome, message.mrn) == ("intervention", "12AB3C4D5E6F7G8H90")
    assert [(f.code, f.item, f.text) for f in message.faults] == [("ABCD", 1, "ABC12")]


@pytest.mark.parametrize(
    ("number", "head", "body", "outcome", "faults"),
    [
        ("328", "<RefNumHEA4>L1</RefNumHEA4><DocNumHEA5>26GB1</DocNumHEA5>", "", "accepted", []),
        (
            "304",
            "<DocNumHEA5>26GB1</DocNumHEA5><AmeAccDatTimHEA111>202602110123</AmeAccDatTimHEA111>",
            "",
            "amended",
            [],
        ),
        (
            "305",
            "<DocNumHEA5>26GB1</DocNumHEA5><AmeRejMotCodHEA604>4</AmeRejMotCodHEA604>",
            ERROR,
            "amendment_rejected",
            [("12", "HEAHEA.RefNumHEA4"), ("4", None)],
        ),
        (
            "316",
            "<RefNumHEA4>L1</RefNumHEA4><DecRejReaHEA252>NO</DecRejReaHEA252>",
            ERROR,
            "rejected",
            [("12", "HEAHEA.RefNumHEA4"), (None, None)],
        ),
    ],
)
def test_answers_state_the_outcome_and_the_faults(number, head, body, outcome, faults):
    """The answers follow the public schemas, because only one has a sample."""
    (message,) = formats.read(ANSWER.format(number=number, head=head, body=body).encode())
    assert (message.document, message.outcome) == ("answer", outcome)
    assert [(f.code, f.place) for f in message.faults] == faults
    assert message.mrn == ("26GB1" if "26GB1" in head else None)
    assert message.warnings == ()


def test_a_damaged_item_leaves_all_others():
    path = shared("data", "messages", "ics_ens_ie315", "CC313A_reduced.xml")
    data = path.read_bytes().replace(b"<IteNumGDS7>2", b"<a b><IteNumGDS7>2")
    (message,) = formats.read(data)
    assert [item.number for item in message.consignments[0].items] == [1]
    assert "item_unreadable" in {w.code for w in message.warnings}
