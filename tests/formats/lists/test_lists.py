"""Formats of watchlists, on small lists of our own making. All names are invented."""

from __future__ import annotations

import datetime as dt

import pytest

from vedette.formats.lists import LISTS, PROBLEMS, UnknownList, read_bytes
from vedette.formats.lists.template import COLUMNS, template

UN = """<?xml version="1.0" encoding="UTF-8"?>
<CONSOLIDATED_LIST dateGenerated="2026-01-02T03:04:05.000Z"><INDIVIDUALS><INDIVIDUAL>
<FIRST_NAME>ABEL</FIRST_NAME><SECOND_NAME>BIN</SECOND_NAME><THIRD_NAME>CARDO</THIRD_NAME>
<UN_LIST_TYPE>Test</UN_LIST_TYPE><REFERENCE_NUMBER>TSi.001</REFERENCE_NUMBER>
<LISTED_ON>2001-02-23</LISTED_ON><NAME_ORIGINAL_SCRIPT>{script}</NAME_ORIGINAL_SCRIPT>
<GENDER>Male</GENDER><COMMENTS1>Salt {sign} pepper</COMMENTS1>
<NATIONALITY><VALUE>Afghanistan</VALUE></NATIONALITY>
<INDIVIDUAL_ALIAS><QUALITY>Low</QUALITY><ALIAS_NAME>Abou Cardo</ALIAS_NAME></INDIVIDUAL_ALIAS>
<INDIVIDUAL_ALIAS><QUALITY>Good</QUALITY><ALIAS_NAME>Abel C. (previously listed as)</ALIAS_NAME>
</INDIVIDUAL_ALIAS>
<INDIVIDUAL_DATE_OF_BIRTH><TYPE_OF_DATE>BETWEEN</TYPE_OF_DATE><FROM_YEAR>1963</FROM_YEAR>
<TO_YEAR>1968</TO_YEAR></INDIVIDUAL_DATE_OF_BIRTH>
<INDIVIDUAL_DATE_OF_BIRTH><TYPE_OF_DATE>APPROXIMATELY</TYPE_OF_DATE><YEAR>1970</YEAR>
</INDIVIDUAL_DATE_OF_BIRTH>
<INDIVIDUAL_DOCUMENT><TYPE_OF_DOCUMENT>Passport</TYPE_OF_DOCUMENT>
<NUMBER>Afghan passport number OA000001</NUMBER><ISSUING_COUNTRY>Afghanistan</ISSUING_COUNTRY>
</INDIVIDUAL_DOCUMENT><SORT_KEY/></INDIVIDUAL></INDIVIDUALS><ENTITIES><ENTITY>
<FIRST_NAME>TRADING HOUSE DELTA</FIRST_NAME><REFERENCE_NUMBER>TSe.001</REFERENCE_NUMBER>
</ENTITY></ENTITIES></CONSOLIDATED_LIST>"""


def test_un_names_dates_and_documents() -> None:
    """Four name parts make one name; BETWEEN and APPROXIMATELY keep what the list is unsure of."""
    found = read_bytes(UN.format(script="هابيل", sign="&amp;").encode(), "un.xml")
    person, company = found.entries
    assert found.published == dt.datetime(2026, 1, 2, 3, 4, 5)
    assert not found.problems
    assert (person.ref, company.ref, company.schema) == ("TSi.001", "TSe.001", "Organization")
    assert [(n.full, n.weak, n.kind) for n in person.names] == [
        ("ABEL BIN CARDO", False, "primary"),
        ("Abou Cardo", True, "alias"),
        ("Abel C.", False, "alias"),
        ("هابيل", False, "alias"),
    ]
    spans = [(d.from_.year, d.to.year, d.approximate) for d in person.birth_dates]
    assert spans == [(1963, 1968, False), (1970, 1970, True)]
    assert (person.nationalities, person.sex) == (("AF",), "M")
    assert [(i.kind, i.value, i.country) for i in person.identifiers] == [
        ("passport", "OA000001", "AF")
    ]


def test_un_damaged_copy_is_read_entry_by_entry() -> None:
    """A stray `&`, a control character and a script cut to its low bytes cost one name only."""
    data = UN.format(script="G'(JD & <\x19", sign="&").encode("latin-1")
    data = data.replace(b"ABEL", b"AB\xc9L\x19S")
    found = read_bytes(data, "un.xml")
    person, company = found.entries
    assert person.names[0].full == "ABÉL’S BIN CARDO"
    assert company.ref == "TSe.001"
    assert [n.full for n in person.names[1:]] == ["Abou Cardo", "Abel C."]
    assert [p.code for p in found.problems] == [
        "xml_broken",
        "encoding",
        "entry_repaired",
        "name_unreadable",
    ]
    assert data[found.problems[2].offset or 0 :].startswith(b"<INDIVIDUAL>")


def test_a_list_that_breaks_off_keeps_what_came_before() -> None:
    """A download cut short: the entry that is not closed is named, the others are kept."""
    text = UN.format(script="", sign="")
    found = read_bytes(text[: text.index("TSe.001")].encode(), "un.xml")
    assert [e.ref for e in found.entries] == ["TSi.001"]
    assert found.problems[-1].code == "entry_unreadable"
    assert found.problems[-1].segment == "ENTITY 1"


@pytest.mark.parametrize("format", sorted(LISTS))
def test_document_type_is_refused(format: str) -> None:
    """Entity expansion (billion laughs) and external entities never run, whatever the format."""
    bomb = b'<!DOCTYPE x [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;">]><export>&b;</export>'
    with pytest.raises(UnknownList):
        read_bytes(bomb, "bomb.xml", format)


OFAC_SDN = (
    '101,"CARDO, Abel","individual","TEST] [OTHER",-0- ,-0- ,-0- ,-0- ,-0- ,-0- ,-0- ,'
    '"DOB circa 1951; alt. DOB 10 Dec 1952; DOB 1981 to 1983; POB Cali, Colombia; '
    "nationality Korea, North; Gender Male; Passport G000001 (Colombia) issued 23 Jun 1999; "
    "Cedula No. 100200 (Colombia); Phone Number 000 111; a.k.a. 'EL DELTA'; Linked To: X.\"\n"
    '102,"MV DELTA","vessel","TEST",-0- ,"CL0001",-0- ,-0- ,-0- ,"Panama",-0- ,'
    '"Vessel Registration Identification IMO 0000001; MMSI 572000000."\n'
    "broken,row\n"
    '103,"DELTA CO.",-0- ,"TEST",-0- ,-0- ,-0- ,-0- ,-0- ,-0- ,-0- ,-0- \n\x1a'
)
BESIDE = {
    "x_alt.csv": b'101,1,"aka","KARDO, Abel",-0- \n999,2,"aka","NOBODY",-0- \n\x1a',
    "x_add.csv": b'103,1,"1 Test Street","Havana","Cuba",-0- \n\x1a',
}


def test_ofac_triple_and_remarks() -> None:
    """`-0-` is nothing; quoted names in the remarks are the weak aliases; Ctrl-Z ends a file."""
    found = read_bytes(OFAC_SDN.encode(), "x_sdn.csv", neighbours=BESIDE)
    person, vessel, company = found.entries
    assert [(n.full, n.surname, n.weak) for n in person.names] == [
        ("Abel CARDO", "CARDO", False),
        ("Abel KARDO", "KARDO", False),
        ("EL DELTA", None, True),
    ]
    assert [d.approximate for d in person.birth_dates] == [True, False, False]
    assert person.birth_dates[2].to == dt.date(1983, 12, 31)
    assert (person.nationalities, person.countries, person.sex) == (("KP",), ("CO",), "M")
    assert [(i.kind, i.value, i.country) for i in person.identifiers] == [
        ("passport", "G000001", "CO"),
        ("id_card", "100200", "CO"),
        ("phone", "000 111", None),
    ]
    assert {(i.kind, i.value) for i in vessel.identifiers} == {
        ("imo", "0000001"),
        ("mmsi", "572000000"),
        ("call_sign", "CL0001"),
    }
    assert company.countries == ("CU",)
    assert [(p.code, p.segment) for p in found.problems] == [
        ("row_broken", "line 3"),
        ("neighbour_orphan", "line 2"),
    ]


def test_ofac_triple_without_its_neighbours_says_so() -> None:
    """Half a list screened as a whole one would be a silent loss."""
    found = read_bytes(OFAC_SDN.encode(), "x_sdn.csv")
    assert [p.code for p in found.problems].count("neighbour_missing") == 2


@pytest.mark.parametrize("namespace", ["", ' xmlns="http://tempuri.org/sdnList.xsd"'])
def test_ofac_xml_in_both_namespaces(namespace: str) -> None:
    """OFAC moved its namespace in 2024; the tags stayed."""
    text = f"""<sdnList{namespace}><publshInformation><Publish_Date>03/28/2025</Publish_Date>
    </publshInformation><sdnEntry><uid>7</uid><firstName>Abel</firstName><lastName>CARDO</lastName>
    <sdnType>Individual</sdnType><programList><program>TEST</program></programList><akaList><aka>
    <category>weak</category><lastName>DELTA</lastName></aka></akaList><dateOfBirthList>
    <dateOfBirthItem><dateOfBirth>circa 1962</dateOfBirth></dateOfBirthItem></dateOfBirthList>
    <idList><id><idType>Gender</idType><idNumber>Female</idNumber></id><id>
    <idType>Passport</idType><idNumber>X1</idNumber><idCountry>Haiti</idCountry></id></idList>
    </sdnEntry></sdnList>"""
    found = read_bytes(text.encode(), "sdn.xml")
    (entry,) = found.entries
    assert found.published == dt.datetime(2025, 3, 28)
    assert [(n.full, n.weak) for n in entry.names] == [("Abel CARDO", False), ("DELTA", True)]
    assert entry.birth_dates[0].approximate
    assert (entry.sex, entry.identifiers[0].country) == ("F", "HT")


def test_eu_fsf_from_the_specification() -> None:
    """FSF keeps everything in attributes; `00` is no country; a weak alias has strong=false."""
    text = """<export xmlns="http://eu.europa.ec/fpi/fsd/export"
    generationDate="2026-01-02T03:04:05.000+01:00"><sanctionEntity euReferenceNumber="EU.1.1"
    logicalId="1"><regulation programme="TEST" publicationDate="2020-01-01"/>
    <subjectType code="person"/><nameAlias firstName="Abel" lastName="CARDO"
    wholeName="Abel CARDO" gender="M" strong="true"/><nameAlias wholeName="Delta" strong="false"/>
    <citizenship countryIso2Code="CO"/><birthdate circa="true" calendarType="GREGORIAN"
    year="1960" city="Cali" countryIso2Code="00" countryDescription="UNKNOWN"/>
    <identification identificationTypeCode="passport" number="X1" countryIso2Code="CO"/>
    </sanctionEntity></export>"""
    found = read_bytes(text.encode(), "eu.xml")
    (entry,) = found.entries
    assert [(n.full, n.surname, n.weak) for n in entry.names] == [
        ("Abel CARDO", "CARDO", False),
        ("Delta", None, True),
    ]
    assert (entry.birth_dates[0].approximate, entry.birth_places) == (True, ("Cali",))
    assert entry.identifiers[0].country == "CO"
    assert not found.problems


def test_canada_has_no_ids_and_no_nationality() -> None:
    """The regulation's country is a programme; the ref is regulation, schedule and item."""
    text = """<data-set><record><Country>Belarus / Bélarus</Country><LastName>Cardo</LastName>
    <GivenName>Abel</GivenName><DateOfBirthOrShipBuildDate>1975 or 1976</DateOfBirthOrShipBuildDate>
    <Aliases>Russian: Абель Кардо; A. Kardo</Aliases><Schedule>1</Schedule><Item>2</Item>
    <DateOfListing>2020-09-28</DateOfListing></record><record><Country>Russia / Russie</Country>
    <EntityOrShip>Delta</EntityOrShip><ShipIMONumber>0000001</ShipIMONumber><Item>1</Item>
    <DateOfBirthOrShipBuildDate>1980</DateOfBirthOrShipBuildDate>
    <DateOfListing>2020-09-28</DateOfListing></record></data-set>"""
    person, ship = read_bytes(text.encode(), "sema.xml").entries
    assert (person.ref, person.nationalities) == ("Belarus, 1, 2", ())
    assert [n.full for n in person.names] == ["Abel Cardo", "Абель Кардо", "A. Kardo"]
    assert len(person.birth_dates) == 2
    assert (ship.schema, ship.birth_dates, ship.identifiers[0].kind) == ("Vessel", (), "imo")


def test_bis_joins_the_addresses_of_one_order() -> None:
    """The list prints an order once for each address."""
    head = '"Name"\t"Street_Address"\t"City"\t"State"\t"Country"\t"Postal_Code"\t"Effective_Date"\n'
    row = '"ABEL CARDO"\t"{} TEST ST"\t"CALI"\t""\t"CO"\t"0"\t"06/19/2003"\n'
    found = read_bytes((head + row.format(1) + row.format(2) + '"x"\n').encode(), "dpl.txt")
    (entry,) = found.entries
    assert (entry.schema, len(entry.identifiers)) == ("Unknown", 2)
    assert entry.listed == dt.date(2003, 6, 19)
    assert [(p.code, p.segment) for p in found.problems] == [("row_broken", "line 4")]


def test_ftm_joins_documents_to_their_holder() -> None:
    """Passports are entities of their own in FollowTheMoney; a broken line costs that line."""
    text = """{"id":"a","schema":"Person","properties":{"name":["Abel Cardo"],"firstName":["Abel"],
"lastName":["Cardo"],"weakAlias":["Delta"],"birthDate":["1970-05"],"nationality":["co"]}}
{"id":"p","schema":"Passport","properties":{"holder":["a"],"number":["X1"],"country":["co"]}}
{"id":"c","schema":"Company","properties":{"name":["Delta"],"leiCode":["L1"]}}
{"id":3}"""
    text = text.replace('["Abel"],\n', '["Abel"],')
    found = read_bytes(text.encode(), "entities.ftm.json")
    person, company = found.entries
    assert person.names[0].surname == "Cardo"
    assert person.names[1].weak
    assert person.identifiers[0].country == "CO"
    assert company.identifiers[0].kind == "lei"
    assert [p.segment for p in found.problems] == ["line 4"]


def test_the_template_reads_itself() -> None:
    """What we hand out as an example is a list that we read without a problem."""
    found = read_bytes(template().encode(), "template.csv")
    assert not found.problems
    assert {e.schema for e in found.entries} == {"Person", "Organization", "Vessel", "Unknown"}
    assert template().splitlines()[0].split(",") == list(COLUMNS)


def test_template_saved_by_a_spreadsheet() -> None:
    """Spreadsheets save `;` and Windows-1252 in half of Europe; repeated refs hide no entry."""
    text = 'ref;kind;name;aliases;birth_date;colour\n1;person;Zoé Cardo;"A;B";~1970;red\n'
    text += "1;person;Zoé Delta;;31/02/1970;\n2;person;;;;\n3;ghost;X;;;\n"
    found = read_bytes(text.encode("cp1252"), "mine.csv")
    assert [e.ref for e in found.entries] == ["1", "1#2"]
    assert [n.full for n in found.entries[0].names] == ["Zoé Cardo", "A", "B"]
    assert [p.code for p in found.problems] == [
        "encoding",
        "column_unknown",
        "date_unreadable",
        "ref_repeated",
        "row_broken",
        "row_broken",
    ]


@pytest.mark.parametrize("data", [b"", b" \n", b"hello", b"\x00\xff\xfe", b"<html></html>", b"{"])
def test_what_is_no_list_says_what_to_do(data: bytes) -> None:
    """The message names the file and the remedy."""
    with pytest.raises(UnknownList, match=r"x\.bin: .*(template|again|check)"):
        read_bytes(data, "x.bin")


@pytest.mark.parametrize("format", sorted(LISTS))
@pytest.mark.parametrize("size", [0, 40, 400, 1500])
def test_no_bytes_raise_anything_else(format: str, size: int) -> None:
    """Everything from outside is hostile: a format handed the wrong bytes refuses, never fails."""
    sample = (UN + OFAC_SDN + template()).encode()[size : size + 700] + b"\x00\xff<&" * 20
    try:
        found = read_bytes(sample, "x", format)
    except UnknownList:
        return
    assert all(p.code in PROBLEMS for p in found.problems)
