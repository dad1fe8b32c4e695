"""Lists of the United Kingdom, OpenSanctions, the United States, Switzerland, Australia, the World Bank and
INTERPOL, in their published layouts. All people, companies and numbers are invented."""

# The layouts of the lists have long lines.
# ruff: noqa: E501

from __future__ import annotations

import csv
import datetime as dt
import io
import json
import re
from collections.abc import Sequence

import pytest

from vedette.core.entries import Entry
from vedette.formats.lists import read_bytes


def _csv(*rows: Sequence[str] | str) -> bytes:
    """A table. A row that is one text is written as it is."""
    out = io.StringIO()
    table = csv.writer(out)
    for row in rows:
        if isinstance(row, str):
            out.write(f"{row}\n")
        else:
            table.writerow(row)
    return out.getvalue().encode()


def _names(entry: Entry) -> list[tuple[str, bool, str]]:
    return [(name.full, name.weak, name.kind) for name in entry.names]


def _births(entry: Entry) -> list[tuple[str, str, bool]]:
    return [(d.from_.isoformat(), d.to.isoformat(), d.approximate) for d in entry.birth_dates]


def _ids(entry: Entry) -> list[tuple[str, str, str | None]]:
    return [(i.kind, i.value, i.country) for i in entry.identifiers]


# --- United Kingdom -----------------------------------------------------------------------------

OFSI = (
    "Name 6,Name 1,Name 2,Name 3,Name 4,Name 5,Title,Name Non-Latin Script,Non-Latin Script Type,"
    "Non-Latin Script Language,DOB,Town of Birth,Country of Birth,Nationality,Passport Number,"
    "Passport Details,National Identification Number,National Identification Details,Position,"
    "Address 1,Address 2,Address 3,Address 4,Address 5,Address 6,Post/Zip Code,Country,"
    "Other Information,Group Type,Alias Type,Alias Quality,Regime,Listed On,"
    "UK Sanctions List Date Designated,Last Updated,Group ID"
)


def _ofsi(**cells: str) -> list[str]:
    known = {re.sub(r"\W", "", name).lower(): at for at, name in enumerate(OFSI.split(","))}
    row = [""] * len(known)
    for name, value in cells.items():
        row[known[name]] = value
    return row


def test_the_uk_consolidated_list_as_csv() -> None:
    """The rows of a group are one entry. Low quality is weak; `00/00` leaves a year; cells hold several
    values; the other information states labelled facts."""
    person = {"grouptype": "Individual", "regime": "Testland", "listedon": "03/02/2021",
              "groupid": "10001", "dob": "00/00/1971", "townofbirth": "(1) Aba (2) Beba",
              "countryofbirth": "Iran", "nationality": "(1) Iran (2) Iraq",
              "passportnumber": "(1) A1000001 (2) B2000002", "position": "Clerk"}  # fmt: skip
    data = _csv(
        ["Last Updated", "28/03/2025"],
        OFSI,
        _ofsi(**person, name6="DELTA", name1="Abel", name2="Bo", aliastype="Primary name",
              namenonlatinscript="دلتا", address1="1 Long Road", address2="Aba", country="Iran",
              otherinformation="(UK Sanctions List Ref):TST0001. (Gender):Male "
              "(Phone number):+98 21 000 0001 (Email address):a@example.org"),
        _ofsi(**{**person, "dob": "07/03/1972"}, name6="DELTO", aliastype="AKA",
              aliasquality="Low quality"),
        _ofsi(name6="SEA TEST", grouptype="Ship", aliastype="Primary name", regime="Testland",
              groupid="10002", otherinformation="(IMO number):9000001 (Current flag):Iran"),
        _ofsi(name6="NOBODY", grouptype="Individual"),
    )  # fmt: skip
    found = read_bytes(data, "ConList.csv")
    delta, ship = found.entries
    assert (found.format, found.published) == ("UK-OFSI-CSV", dt.datetime(2025, 3, 28))
    assert [p.code for p in found.problems] == ["row_broken"]
    assert _names(delta) == [
        ("Abel Bo DELTA", False, "primary"),
        ("دلتا", False, "alias"),
        ("DELTO", True, "alias"),
    ]
    assert (delta.names[0].surname, delta.names[0].given_names) == ("DELTA", "Abel Bo")
    assert _births(delta) == [
        ("1971-01-01", "1971-12-31", False),
        ("1972-03-07", "1972-03-07", False),
    ]
    assert delta.birth_places == ("Aba, Iran", "Beba, Iran")
    assert (delta.nationalities, delta.sex) == (("IR", "IQ"), "M")
    assert (delta.ref, delta.schema, delta.programmes) == ("10001", "Person", ("Testland",))
    assert delta.listed == dt.date(2021, 2, 3)
    assert _ids(delta) == [
        ("passport", "A1000001", None),
        ("passport", "B2000002", None),
        ("phone", "+98 21 000 0001", None),
        ("email", "a@example.org", None),
        ("address", "1 Long Road, Aba, Iran", "IR"),
    ]
    assert (ship.schema, _ids(ship)) == ("Vessel", [("imo", "9000001", None)])


def test_the_uk_consolidated_list_as_xml() -> None:
    """The elements have the names of the format of 2022, with a namespace and nil elements."""
    data = """<?xml version="1.0" encoding="utf-8"?>
<ArrayOfFinancialSanctionsTarget xmlns="http://schemas.hmtreasury.gov.uk/ofsi/consolidatedlist"
 xmlns:i="http://www.w3.org/2001/XMLSchema-instance">
<FinancialSanctionsTarget><Name6>DELTA</Name6><name1>Abel</name1><name2 i:nil="true"/>
<Individual_DateOfBirth>dd/03/1971</Individual_DateOfBirth><Individual_Gender>Female</Individual_Gender>
<Individual_PassportNumber>A1000001</Individual_PassportNumber><Individual_NINumber>77</Individual_NINumber>
<GroupTypeDescription>Individual</GroupTypeDescription><AliasType>Primary name</AliasType>
<AliasQuality>Good quality</AliasQuality><RegimeName>Testland</RegimeName>
<DateListed>2021-02-03T00:00:00</DateListed><GroupID>10001</GroupID></FinancialSanctionsTarget>
<FinancialSanctionsTarget><Name6>TEST TRADE</Name6><GroupTypeDescription>Entity</GroupTypeDescription>
<Entity_BusinessRegNumber>RN-1</Entity_BusinessRegNumber><Address1>2 Way</Address1><PostCode>11</PostCode>
<Country>Syria</Country><AliasType>Primary name</AliasType><RegimeName>Testland</RegimeName>
<GroupID>10003</GroupID></FinancialSanctionsTarget></ArrayOfFinancialSanctionsTarget>"""
    found = read_bytes(data.encode(), "ConList.xml")
    person, company = found.entries
    assert (found.format, found.problems) == ("UK-OFSI-XML", ())
    assert _births(person) == [("1971-03-01", "1971-03-31", False)]
    assert (person.sex, person.listed) == ("F", dt.date(2021, 2, 3))
    assert _ids(person) == [("passport", "A1000001", None), ("id_card", "77", None)]
    assert _ids(company) == [
        ("registration", "RN-1", None),
        ("address", "2 Way, 11, Syria", "SY"),
    ]


DESIGNATION = """<Designation><LastUpdated>01/03/2025</LastUpdated>
<DateDesignated>31/12/2020</DateDesignated><UniqueID>TST0001</UniqueID><OFSIGroupID>10001</OFSIGroupID>
<UNReferenceNumber>TSi.001</UNReferenceNumber><Names>
<Name><Name1>Abel</Name1><Name6>DELTO</Name6><NameType>Alias</NameType>
<AliasStrength>Weak</AliasStrength></Name>
<Name><Name1>Abel</Name1><Name6>DELTA</Name6><NameType>Primary Name</NameType></Name></Names>
<NonLatinNames><NonLatinName><NameNonLatinScript>دلتا</NameNonLatinScript></NonLatinName></NonLatinNames>
<RegimeName>The Testland (Sanctions) Regulations</RegimeName>
<IndividualEntityShip>Individual</IndividualEntityShip><OtherInformation>Known in Aba</OtherInformation>
<Addresses><Address><AddressLine1>1 Long Road</AddressLine1><AddressLine6>Aba</AddressLine6>
<AddressCountry>Iran</AddressCountry></Address></Addresses>
<PhoneNumbers><PhoneNumber>+982100001</PhoneNumber></PhoneNumbers>
<IndividualDetails><Individual><DOBs><DOB>dd/mm/1971</DOB><DOB>07/03/1972</DOB></DOBs>
<Nationalities><Nationality>Iran</Nationality><Nationality>Iraq</Nationality></Nationalities>
<PassportDetails><Passport><PassportNumber>A1000001</PassportNumber></Passport>
<Passport><PassportNumber>B2000002</PassportNumber></Passport></PassportDetails>
<NationalIdentifierDetails><NationalIdentifier><NationalIdentifierNumber>77</NationalIdentifierNumber>
</NationalIdentifier></NationalIdentifierDetails>
<BirthDetails><Location><TownOfBirth>Aba</TownOfBirth><CountryOfBirth>Iran</CountryOfBirth></Location>
<Location><TownOfBirth>Ur</TownOfBirth><CountryOfBirth>Iraq</CountryOfBirth></Location></BirthDetails>
<Genders><Gender>Male</Gender></Genders></Individual></IndividualDetails></Designation>"""


def _check_delta(delta: Entry) -> None:
    assert (delta.ref, delta.schema, delta.sex) == ("TST0001", "Person", "M")
    assert _names(delta) == [
        ("Abel DELTA", False, "primary"),
        ("دلتا", False, "alias"),
        ("Abel DELTO", True, "alias"),
    ]
    assert [d.from_.isoformat() for d in delta.birth_dates] == ["1971-01-01", "1972-03-07"]
    assert delta.birth_places == ("Aba, Iran", "Ur, Iraq")
    assert delta.nationalities == ("IR", "IQ")
    assert delta.programmes == ("The Testland (Sanctions) Regulations",)
    assert delta.listed == dt.date(2020, 12, 31)
    assert _ids(delta) == [
        ("passport", "A1000001", None),
        ("passport", "B2000002", None),
        ("id_card", "77", None),
        ("phone", "+982100001", None),
        ("address", "1 Long Road, Aba, Iran", "IR"),
    ]


def test_the_uk_sanctions_list_as_xml() -> None:
    """Repeated elements are values of one entry; pairs such as town and country stay together."""
    ship = (
        "<Designation><UniqueID>TST0002</UniqueID><Names><Name><Name6>SEA TEST</Name6>"
        "<NameType>Primary Name</NameType></Name></Names><RegimeName>T</RegimeName>"
        "<IndividualEntityShip>Ship</IndividualEntityShip><ShipDetails><Ship><IMONumbers>"
        "<IMONumber>9000001</IMONumber></IMONumbers><CurrentBelievedFlagOfShips>"
        "<CurrentBelievedFlagOfShip>Panama</CurrentBelievedFlagOfShip></CurrentBelievedFlagOfShips>"
        "</Ship></ShipDetails></Designation>"
    )
    data = (
        f"<Designations><DateGenerated>02/04/2025</DateGenerated>{DESIGNATION}{ship}</Designations>"
    )
    found = read_bytes(data.encode(), "UK_Sanctions_List.xml")
    assert (found.format, found.published) == ("UK-SANCTIONS-XML", dt.datetime(2025, 4, 2))
    assert not found.problems
    _check_delta(found.entries[0])
    assert found.entries[1].countries == ("PA",)
    assert _ids(found.entries[1]) == [("imo", "9000001", None)]


def test_the_uk_sanctions_list_as_csv() -> None:
    """The CSV repeats the entry for each name, number and place; the result is that of the XML."""
    header = (
        "Last Updated,Unique ID,OFSI Group ID,UN Reference Number,Name 6,Name 1,Name type,"
        "Alias strength,Name non-latin script,Regime Name,Designation Type,Other Information,"
        "Address Line 1,Address Line 6,Address Country,Phone number,Date Designated,D.O.B,"
        "Nationality(/ies),National Identifier number,Passport number,Gender,Town of birth,"
        "Country of birth"
    )
    same = ["01/03/2025", "TST0001", "10001", "TSi.001"]
    regime = ["The Testland (Sanctions) Regulations", "Individual", "Known in Aba"]
    home = ["1 Long Road", "Aba", "Iran", "+982100001", "31/12/2020"]
    data = _csv(
        ["Report Date: 02-Apr-2025"],
        header,
        [*same, "DELTA", "Abel", "Primary Name", "", "دلتا", *regime, *home, "dd/mm/1971", "Iran",
         "77", "A1000001", "Male", "Aba", "Iran"],
        [*same, "DELTO", "Abel", "Alias", "Weak", "", *regime, *home, "07/03/1972", "Iraq",
         "77", "B2000002", "Male", "Ur", "Iraq"],
    )  # fmt: skip
    found = read_bytes(data, "UK_Sanctions_List.csv")
    assert (found.format, found.published) == ("UK-SANCTIONS-CSV", dt.datetime(2025, 4, 2))
    [delta] = found.entries
    _check_delta(delta)


# --- OpenSanctions ------------------------------------------------------------------------------

TARGET = {
    "id": "Q1", "caption": "Abel Delta", "schema": "Person", "target": True,
    "properties": {
        "name": ["Abel Delta"], "alias": ["Abel D."], "weakAlias": ["Delto"],
        "birthDate": ["1971", "1972-03-07"], "nationality": ["ir"], "gender": ["male"],
        "topics": ["sanction"],
        "addressEntity": [
            {"id": "a1", "schema": "Address", "properties": {"full": ["1 Long Road, Aba"]}}
        ],
        "passportEntity": [
            {"id": "p1", "schema": "Passport", "properties": {"number": ["A1000001"], "country": ["ir"]}}
        ],
        "sanctions": [
            {"id": "s1", "schema": "Sanction", "properties": {
                "programId": ["TEST-1"], "listingDate": ["2021-02-03"], "reason": ["Salt"]}}
        ],
        "familyPerson": [
            {"id": "f1", "schema": "Family", "properties": {
                "relative": [{"id": "Q2", "schema": "Person", "properties": {"name": ["Carla"]}}]}}
        ],
    },
}  # fmt: skip


@pytest.mark.parametrize("layout", ["lines", "array", "object"])
def test_nested_targets(layout: str) -> None:
    """Documents, addresses and sanctions inside a target belong to it; a relative is no entry."""
    other = {
        "id": "Q3",
        "schema": "Vessel",
        "properties": {"name": ["Sea"], "imoNumber": ["IMO9000001"]},
    }
    both = [TARGET, other]
    text = {
        "lines": "\n".join(map(json.dumps, both)),
        "array": json.dumps(both, indent=2),
        "object": json.dumps({"results": both}),
    }[layout]
    found = read_bytes(text.encode(), "targets.nested.json")
    delta, ship = found.entries
    assert (found.format, found.problems) == ("FTM-JSON", ())
    assert _names(delta) == [
        ("Abel Delta", False, "primary"),
        ("Abel D.", False, "alias"),
        ("Delto", True, "alias"),
    ]
    assert (delta.programmes, delta.listed) == (("TEST-1", "sanction"), dt.date(2021, 2, 3))
    assert (delta.nationalities, delta.sex, delta.remarks) == (("IR",), "M", "Salt")
    assert len(delta.birth_dates) == 2
    assert _ids(delta) == [("address", "1 Long Road, Aba", None), ("passport", "A1000001", "IR")]
    assert (ship.schema, ship.ref) == ("Vessel", "Q3")


def test_the_simple_table_of_targets() -> None:
    """Identifiers without a type are compared according to the schema of their holder."""
    header = ("id,schema,name,aliases,birth_date,countries,addresses,identifiers,sanctions,phones,"
              "emails,program_ids,dataset,first_seen,last_seen,last_change")  # fmt: skip
    data = _csv(
        header,
        ["Q1", "Person", "Abel Delta", "Abel D.;Delto", "1971;1972-03-07", "ir;iq", "1 Long Road, Aba",
         "A1000001;77", "Test list - 2021", "+982100001", "a@example.org", "TEST-1", "Test",
         "2021-02-03T10:00:00", "2025-01-01T10:00:00", ""],
        ["Q3", "Vessel", "Sea Test", "", "", "pa", "", "IMO9000001", "", "", "", "", "Test", "", "", ""],
        ["Q4", "CryptoWallet", "x", *[""] * 13],
    )  # fmt: skip
    found = read_bytes(data, "targets.simple.csv")
    delta, ship = found.entries
    assert (found.format, found.problems) == ("OPENSANCTIONS-CSV", ())
    assert [n.full for n in delta.names] == ["Abel Delta", "Abel D.", "Delto"]
    assert (delta.countries, delta.programmes) == (("IR", "IQ"), ("TEST-1",))
    assert (delta.listed, len(delta.birth_dates)) == (dt.date(2021, 2, 3), 2)
    assert [kind for kind, _, _ in _ids(delta)] == [
        "document",
        "document",
        "phone",
        "email",
        "address",
    ]
    assert _ids(ship) == [("imo", "9000001", None)]


# --- United States ------------------------------------------------------------------------------


def test_the_consolidated_screening_list_as_json() -> None:
    """Numbers keep their type and country; an entry of the Entity List has a notice and no programme."""
    data = {
        "total": 2, "sources": [],
        "results": [
            {"id": "c1", "source": "Specially Designated Nationals (SDN) - Treasury Department",
             "entity_number": 36, "type": "Individual", "programs": ["TEST", "SDGT"],
             "name": "DELTA, Abel", "title": "Clerk",
             "addresses": [{"address": "1 Long Road", "city": "Aba", "state": None, "postal_code": "11",
                            "country": "IR"}],
             "start_date": "2021-02-03", "alt_names": ["DELTO, Abel", "Abel of Aba"],
             "citizenships": ["IQ"], "dates_of_birth": ["circa 1971", "07 Mar 1972"],
             "nationalities": ["IR"], "places_of_birth": ["Aba, Iran"],
             "source_list_url": "https://example.org/", "source_information_url": "https://example.org/",
             "ids": [{"type": "Passport", "number": "A1000001", "country": "IR", "issue_date": None},
                     {"type": "Gender", "number": "Male", "country": None},
                     {"type": "Tax ID No.", "number": "55", "country": "RU"}]},
            {"id": "c2", "source": "Entity List (EL) - Bureau of Industry and Security", "type": None,
             "programs": None, "name": "Test Trade", "addresses": [], "alt_names": None,
             "federal_register_notice": "80 FR 1", "license_policy": "Denial", "start_date": "2015-01-01",
             "source_list_url": "https://example.org/"},
        ],
    }  # fmt: skip
    found = read_bytes(json.dumps(data).encode(), "consolidated.json")
    delta, trade = found.entries
    assert (found.format, found.problems) == ("US-CSL-JSON", ())
    assert _names(delta) == [
        ("Abel DELTA", False, "primary"),
        ("Abel DELTO", False, "alias"),
        ("Abel of Aba", False, "alias"),
    ]
    assert _births(delta) == [
        ("1971-01-01", "1971-12-31", True),
        ("1972-03-07", "1972-03-07", False),
    ]
    assert (delta.ref, delta.sex, delta.nationalities) == ("c1", "M", ("IR", "IQ"))
    assert (delta.programmes, delta.listed) == (("TEST", "SDGT"), dt.date(2021, 2, 3))
    assert _ids(delta) == [
        ("passport", "A1000001", "IR"),
        ("tax", "55", "RU"),
        ("address", "1 Long Road, Aba, 11, IR", "IR"),
    ]
    assert trade.schema == "Unknown"
    assert trade.programmes == ("Entity List (EL) - Bureau of Industry and Security",)
    assert trade.remarks == "80 FR 1; Denial"


def test_the_consolidated_screening_list_as_csv() -> None:
    """The table has the same facts, joined by semicolons and commas."""
    header = (
        "_id,source,entity_number,type,programs,name,title,addresses,federal_register_notice,"
        "start_date,end_date,standard_order,license_requirement,license_policy,call_sign,vessel_type,"
        "gross_tonnage,gross_registered_tonnage,vessel_flag,vessel_owner,remarks,source_list_url,"
        "alt_names,citizenships,dates_of_birth,nationalities,places_of_birth,source_information_url,ids"
    )
    data = _csv(
        header,
        ["c1", "SDN", "36", "Individual", "TEST; SDGT", "DELTA, Abel", "", "1 Long Road, Aba, 11, IR",
         "", "2021-02-03", "", "", "", "", "", "", "", "", "", "", "", "https://example.org/",
         "DELTO, Abel; Abel of Aba", "IQ", "circa 1971; 07 Mar 1972", "IR", "Aba, Iran",
         "https://example.org/", "A1000001, Passport, IR; IR, 55, Tax ID No.; Gender, Male"],
        ["c3", "SDN", "37", "Vessel", "TEST", "SEA TEST", "", "", "", "", "", "", "", "", "CS1", "Tug",
         "", "", "Panama", "", "", "https://example.org/", "", "", "", "", "", "",
         "9000001, Vessel Registration Identification"],
        ["c4", "DPL", "", "", "", "Bo Test", "", "2 Way, Aba, IR", "1 FR 2", "2017-10-18", "2020-10-15",
         "Y", *[""] * 9, "https://example.org/", *[""] * 7],
    )  # fmt: skip
    found = read_bytes(data, "consolidated.csv")
    delta, ship, denied = found.entries
    assert (found.format, found.problems) == ("US-CSL-CSV", ())
    assert [n.full for n in delta.names] == ["Abel DELTA", "Abel DELTO", "Abel of Aba"]
    assert len(delta.birth_dates) == 2
    assert delta.sex == "M"
    assert _ids(delta) == [
        ("passport", "A1000001", "IR"),
        ("tax", "55", "IR"),
        ("address", "1 Long Road, Aba, 11, IR", "IR"),
    ]
    assert _ids(ship) == [("imo", "9000001", None), ("call_sign", "CS1", None)]
    assert ship.countries == ("PA",)
    assert denied.remarks == "1 FR 2; expires 2020-10-15"


ADVANCED = """<?xml version="1.0" encoding="utf-8"?>
<Sanctions xmlns="https://sanctionslistservice.ofac.treas.gov/ADVANCED_XML" Version="3">
<DateOfIssue CalendarTypeID="1"><Year>2025</Year><Month>3</Month><Day>28</Day></DateOfIssue>
<ReferenceValueSets>
<AliasTypeValues><AliasType ID="1400">A.K.A.</AliasType><AliasType ID="1403">Name</AliasType></AliasTypeValues>
<AreaCodeValues><AreaCode ID="20" CountryID="20" Description="Iran">IR</AreaCode></AreaCodeValues>
<CountryValues><Country ID="20" ISO2="IR">Iran</Country></CountryValues>
<DetailReferenceValues><DetailReference ID="91526">Male</DetailReference></DetailReferenceValues>
<FeatureTypeValues><FeatureType ID="8">Birthdate</FeatureType><FeatureType ID="9">Place of Birth</FeatureType>
<FeatureType ID="10">Nationality Country</FeatureType><FeatureType ID="25">Location</FeatureType>
<FeatureType ID="224">Gender</FeatureType><FeatureType ID="21">Email Address</FeatureType>
<FeatureType ID="104">MMSI</FeatureType></FeatureTypeValues>
<IDRegDocTypeValues><IDRegDocType ID="1571">Passport</IDRegDocType>
<IDRegDocType ID="1626">Vessel Registration Identification</IDRegDocType></IDRegDocTypeValues>
<LocPartTypeValues><LocPartType ID="1451">ADDRESS1</LocPartType><LocPartType ID="1454">CITY</LocPartType>
</LocPartTypeValues>
<NamePartTypeValues><NamePartType ID="1520">Last Name</NamePartType>
<NamePartType ID="1521">First Name</NamePartType><NamePartType ID="1526">Vessel Name</NamePartType>
</NamePartTypeValues>
<PartySubTypeValues><PartySubType ID="1" PartyTypeID="3">Vessel</PartySubType>
<PartySubType ID="4" PartyTypeID="1">Unknown</PartySubType></PartySubTypeValues>
<PartyTypeValues><PartyType ID="1">Individual</PartyType><PartyType ID="3">Transport</PartyType></PartyTypeValues>
<SanctionsTypeValues><SanctionsType ID="1">Program</SanctionsType><SanctionsType ID="2">Block</SanctionsType>
</SanctionsTypeValues></ReferenceValueSets>
<Locations><Location ID="70"><LocationAreaCode AreaCodeID="20"/><LocationCountry CountryID="20"/>
<LocationPart LocPartTypeID="1454"><LocationPartValue Primary="true"><Value>Aba</Value></LocationPartValue>
</LocationPart><LocationPart LocPartTypeID="1451"><LocationPartValue Primary="true"><Value>1 Long Road</Value>
</LocationPartValue></LocationPart></Location></Locations>
<IDRegDocuments><IDRegDocument ID="1" IDRegDocTypeID="1571" IssuedBy-CountryID="20" IdentityID="4">
<IDRegistrationNo>A1000001</IDRegistrationNo></IDRegDocument>
<IDRegDocument ID="2" IDRegDocTypeID="1626" IdentityID="5"><IDRegistrationNo>IMO 9000001</IDRegistrationNo>
</IDRegDocument></IDRegDocuments>
<DistinctParties><DistinctParty FixedRef="36"><Comment>Salt</Comment><Profile ID="36" PartySubTypeID="4">
<Identity ID="4" FixedRef="36" Primary="true" False="false">
<Alias FixedRef="36" AliasTypeID="1400" Primary="false" LowQuality="true"><DocumentedName ID="8">
<DocumentedNamePart><NamePartValue NamePartGroupID="11" ScriptID="215">Delto</NamePartValue>
</DocumentedNamePart></DocumentedName></Alias>
<Alias FixedRef="36" AliasTypeID="1403" Primary="true" LowQuality="false"><DocumentedName ID="7">
<DocumentedNamePart><NamePartValue NamePartGroupID="10" ScriptID="215">DELTA</NamePartValue>
</DocumentedNamePart><DocumentedNamePart><NamePartValue NamePartGroupID="11" ScriptID="215">Abel</NamePartValue>
</DocumentedNamePart></DocumentedName><DocumentedName ID="9"><DocumentedNamePart>
<NamePartValue NamePartGroupID="10" ScriptID="160">دلتا</NamePartValue></DocumentedNamePart></DocumentedName>
</Alias><NamePartGroups><MasterNamePartGroup><NamePartGroup ID="10" NamePartTypeID="1520"/>
</MasterNamePartGroup><MasterNamePartGroup><NamePartGroup ID="11" NamePartTypeID="1521"/>
</MasterNamePartGroup></NamePartGroups></Identity>
<Feature ID="1" FeatureTypeID="8"><FeatureVersion ID="1"><DatePeriod><Start Approximate="true">
<From><Year>1971</Year><Month>1</Month><Day>1</Day></From><To><Year>1971</Year><Month>1</Month><Day>1</Day></To>
</Start><End Approximate="true"><From><Year>1971</Year><Month>12</Month><Day>31</Day></From>
<To><Year>1971</Year><Month>12</Month><Day>31</Day></To></End></DatePeriod></FeatureVersion></Feature>
<Feature ID="2" FeatureTypeID="9"><FeatureVersion ID="2"><VersionDetail DetailTypeID="1432">Aba, Iran</VersionDetail>
</FeatureVersion></Feature>
<Feature ID="3" FeatureTypeID="10"><FeatureVersion ID="3"><VersionLocation LocationID="70"/></FeatureVersion></Feature>
<Feature ID="4" FeatureTypeID="25"><FeatureVersion ID="4"><VersionLocation LocationID="70"/></FeatureVersion></Feature>
<Feature ID="5" FeatureTypeID="224"><FeatureVersion ID="5"><VersionDetail DetailTypeID="1431"
 DetailReferenceID="91526"/></FeatureVersion></Feature>
<Feature ID="6" FeatureTypeID="21"><FeatureVersion ID="6"><VersionDetail DetailTypeID="1432">a@example.org</VersionDetail>
</FeatureVersion></Feature></Profile></DistinctParty>
<DistinctParty FixedRef="37"><Profile ID="37" PartySubTypeID="1"><Identity ID="5" Primary="true">
<Alias AliasTypeID="1403" Primary="true" LowQuality="false"><DocumentedName><DocumentedNamePart>
<NamePartValue NamePartGroupID="12">SEA TEST</NamePartValue></DocumentedNamePart></DocumentedName></Alias>
<NamePartGroups><MasterNamePartGroup><NamePartGroup ID="12" NamePartTypeID="1526"/></MasterNamePartGroup>
</NamePartGroups></Identity><Feature ID="7" FeatureTypeID="104"><FeatureVersion><VersionDetail>123456789</VersionDetail>
</FeatureVersion></Feature></Profile></DistinctParty></DistinctParties>
<SanctionsEntries><SanctionsEntry ID="1" ProfileID="36" ListID="1550"><EntryEvent><Date><Year>2021</Year>
<Month>2</Month><Day>3</Day></Date></EntryEvent><SanctionsMeasure SanctionsTypeID="1"><Comment>TEST</Comment>
</SanctionsMeasure><SanctionsMeasure SanctionsTypeID="2"><Comment>no programme</Comment></SanctionsMeasure>
</SanctionsEntry></SanctionsEntries></Sanctions>"""


def _check_ofac(delta: Entry) -> None:
    assert (delta.ref, delta.schema, delta.sex, delta.remarks) == ("36", "Person", "M", "Salt")
    assert _names(delta) == [
        ("Abel DELTA", False, "primary"),
        ("دلتا", False, "alias"),
        ("Delto", True, "alias"),
    ]
    assert _births(delta) == [("1971-01-01", "1971-12-31", True)]
    assert (delta.birth_places, delta.nationalities) == (("Aba, Iran",), ("IR",))
    assert (delta.programmes, delta.listed) == (("TEST",), dt.date(2021, 2, 3))
    assert sorted(_ids(delta)) == [
        ("address", "1 Long Road, Aba, Iran", "IR"),
        ("email", "a@example.org", None),
        ("passport", "A1000001", "IR"),
    ]


def test_ofac_advanced() -> None:
    """Everything is found through its id: names by the types of their parts, numbers, places, programmes."""
    found = read_bytes(ADVANCED.encode(), "sdn_advanced.xml")
    assert (found.format, found.published) == ("OFAC-ADVANCED-XML", dt.datetime(2025, 3, 28))
    assert not found.problems
    delta, ship = found.entries
    _check_ofac(delta)
    assert (ship.schema, _names(ship)) == ("Vessel", [("SEA TEST", False, "primary")])
    assert _ids(ship) == [("imo", "9000001", None), ("mmsi", "123456789", None)]


def test_a_damaged_advanced_list_keeps_its_parties() -> None:
    """A stray ampersand in one party does not cost the references of the others."""
    found = read_bytes(ADVANCED.replace(">Salt<", ">Salt & pepper<").encode(), "sdn_advanced.xml")
    assert [p.code for p in found.problems] == ["xml_broken", "entry_repaired"]
    assert [e.ref for e in found.entries] == ["36", "37"]
    assert found.entries[0].nationalities == ("IR",)


def test_ofac_enhanced() -> None:
    """The same person as in the Advanced XML; every entity repeats its values."""
    part = "<namePart><type>{}</type><value>{}</value></namePart>"
    data = (
        '<sanctionsData xmlns="https://sanctionslistservice.ofac.treas.gov/ENHANCED_XML"><publicationInfo>'
        "<dataAsOf>2025-03-28T00:00:00</dataAsOf></publicationInfo><entities>"
        '<entity id="36"><generalInfo><identityId>4</identityId><entityType refId="600">Individual</entityType>'
        '<remarks>Salt</remarks></generalInfo><sanctionsLists><sanctionsList datePublished="2021-02-03">SDN List'
        "</sanctionsList></sanctionsLists><sanctionsPrograms><sanctionsProgram>TEST</sanctionsProgram>"
        "</sanctionsPrograms><names><name><isPrimary>true</isPrimary><isLowQuality>false</isLowQuality>"
        "<translations><translation><isPrimary>true</isPrimary><formattedFullName>DELTA, Abel"
        f"</formattedFullName><nameParts>{part.format('Last Name', 'DELTA')}"
        f"{part.format('First Name', 'Abel')}</nameParts></translation><translation><isPrimary>false</isPrimary>"
        f"<nameParts>{part.format('Last Name', 'دلتا')}</nameParts></translation></translations></name>"
        "<name><isPrimary>false</isPrimary><aliasType>A.K.A.</aliasType><isLowQuality>true</isLowQuality>"
        f"<translations><translation><nameParts>{part.format('First Name', 'Delto')}</nameParts></translation>"
        "</translations></name></names><addresses><address><country>Iran</country><translations><translation>"
        "<addressParts><addressPart><type>CITY</type><value>Aba</value></addressPart><addressPart>"
        "<type>ADDRESS1</type><value>1 Long Road</value></addressPart></addressParts></translation>"
        '</translations></address></addresses><features><feature><type featureTypeId="8">Birthdate</type>'
        "<value>circa 1971</value><valueDate><fromDateBegin>1971-01-01</fromDateBegin>"
        "<toDateEnd>1971-12-31</toDateEnd><isApproximate>true</isApproximate></valueDate></feature>"
        "<feature><type>Place of Birth</type><value>Aba, Iran</value></feature>"
        "<feature><type>Nationality Country</type><value>Iran</value></feature>"
        "<feature><type>Gender</type><value>Male</value></feature>"
        "<feature><type>Email Address</type><value>a@example.org</value></feature></features>"
        "<identityDocuments><identityDocument><type>Passport</type><documentNumber>A1000001</documentNumber>"
        "<isValid>true</isValid><issuingCountry>Iran</issuingCountry></identityDocument></identityDocuments>"
        "</entity></entities></sanctionsData>"
    )
    found = read_bytes(data.encode(), "sdn_enhanced.xml")
    assert (found.format, found.problems) == ("OFAC-ENHANCED-XML", ())
    assert found.published == dt.datetime(2025, 3, 28)
    _check_ofac(found.entries[0])


# --- Switzerland --------------------------------------------------------------------------------


def test_the_swiss_list() -> None:
    """Spelling variants are names of their own; places and programmes come by id; deleted targets are left
    out, and a target that was listed again is kept."""
    data = """<swiss-sanctions-list list-type="full-list" date="2025-03-28">
<sanctions-program ssid="1"><program-key lang="ger">Testlandia</program-key>
<program-key lang="eng">Testland</program-key><sanctions-set ssid="11" lang="eng">Annex 1</sanctions-set>
</sanctions-program>
<target ssid="100" sanctions-set-id="11"><individual sex="male"><identity ssid="101" main="true">
<name ssid="102" name-type="primary-name"><name-part ssid="1" order="2" name-part-type="family-name">
<value>Delta</value><spelling-variant lang="rus" script="Cyrl">Дельта</spelling-variant></name-part>
<name-part order="1" name-part-type="given-name"><value>Abel</value>
<spelling-variant lang="rus" script="Cyrl">Абель</spelling-variant></name-part>
<name-part order="0" name-part-type="title"><value>Dr.</value></name-part></name>
<name ssid="103" name-type="alias" quality="low"><name-part order="1" name-part-type="whole-name">
<value>Delto</value></name-part></name>
<day-month-year ssid="5" day="7" month="3" year="1972"/><day-month-year year="1971" quality="circa"/>
<place-of-birth place-id="900"/><nationality><country iso-code="IR">Iran</country></nationality>
<identification-document document-type="passport"><number>A1000001</number><issuer code="IR">Iran</issuer>
</identification-document><address place-id="900"><address-details>1 Long Road</address-details>
<zip-code>11</zip-code></address></identity><justification ssid="7">Salt</justification>
<other-information ssid="8">E-mail: a@example.org</other-information></individual>
<modification modification-type="listed" publication-date="2021-02-03"/></target>
<target ssid="200"><sanctions-set-id>11</sanctions-set-id><object object-type="vessel"><identity main="true">
<name name-type="primary-name"><name-part order="1" name-part-type="whole-name"><value>Sea Test</value>
</name-part></name></identity><other-information>IMO number: 9000001</other-information></object>
<modification modification-type="listed" publication-date="2020-01-01"/>
<modification modification-type="de-listed" publication-date="2021-01-01"/>
<modification modification-type="listed" publication-date="2022-01-01"/></target>
<target ssid="300" sanctions-set-id="11"><entity><identity main="true"><name name-type="primary-name">
<name-part order="1" name-part-type="whole-name"><value>Gone</value></name-part></name></identity></entity>
<modification modification-type="listed" publication-date="2020-01-01"/>
<modification modification-type="de-listed" publication-date="2021-01-01"/></target>
<place ssid="900"><location>Aba</location><country iso-code="IR">Iran</country></place>
</swiss-sanctions-list>"""
    found = read_bytes(data.encode(), "consolidated-list.xml")
    delta, ship = found.entries
    assert (found.format, found.published) == ("CH-SECO-XML", dt.datetime(2025, 3, 28))
    assert not found.problems
    assert _names(delta) == [
        ("Abel Delta", False, "primary"),
        ("Абель Дельта", False, "alias"),
        ("Delto", True, "alias"),
    ]
    assert (delta.names[0].surname, delta.names[0].given_names) == ("Delta", "Abel")
    assert _births(delta) == [
        ("1972-03-07", "1972-03-07", False),
        ("1971-01-01", "1971-12-31", True),
    ]
    assert (delta.birth_places, delta.sex) == (("Aba, IR",), "M")
    assert (delta.nationalities, delta.programmes) == (("IR",), ("Testland",))
    assert (delta.listed, delta.ref) == (dt.date(2021, 2, 3), "100")
    assert _ids(delta) == [
        ("passport", "A1000001", "IR"),
        ("email", "a@example.org", None),
        ("address", "1 Long Road, 11, Aba, IR", "IR"),
    ]
    assert (ship.schema, _ids(ship)) == ("Vessel", [("imo", "9000001", None)])


# --- Australia, World Bank, INTERPOL ------------------------------------------------------------


def test_the_australian_list() -> None:
    """`101a` is another name of `101`; weak names are weak; cells hold `a) … b) …`."""
    header = (
        "Reference,Name of Individual or Entity,Type,Name Type,Alias Strength,Date of Birth,"
        "Place of Birth,Citizenship,Address,Additional Information,Listing Information,IMO Number,"
        "Committees,Control Date,Instrument of Designation,Travel Ban"
    )
    same = ["a) 1971 b) 7 March 1972", "Aba", "Iranian", "1 Long Road, Aba, Iran",
            "Passport number: A1000001. Gender: male", "Listed", "", "Autonomous (Test)", "3/02/2021",
            "", "TRUE"]  # fmt: skip
    data = _csv(
        header,
        ["101a", "Abel Delto", "Individual", "aka", "Weak", *same],
        ["101", "Abel Delta", "Individual", "Primary Name", "", *same],
        ["102", "Sea Test", "Vessel", "Primary Name", "", "", "", "", "", "", "", "9000001", "X", "2/2/26",
         "", "FALSE"],
        ["103", "Bo Test", "Individual", "Primary Name", "", "Between 1960 and 1962", *[""] * 10],
    )  # fmt: skip
    found = read_bytes(data, "list.csv")
    delta, ship, bo = found.entries
    assert (found.format, found.problems) == ("AU-DFAT", ())
    assert _names(delta) == [("Abel Delta", False, "primary"), ("Abel Delto", True, "alias")]
    assert _births(delta) == [
        ("1971-01-01", "1971-12-31", False),
        ("1972-03-07", "1972-03-07", False),
    ]
    assert (delta.ref, delta.nationalities, delta.sex) == ("101", ("IR",), "M")
    assert (delta.programmes, delta.listed) == (("Autonomous (Test)",), dt.date(2021, 2, 3))
    assert _ids(delta) == [
        ("passport", "A1000001", None),
        ("address", "1 Long Road, Aba, Iran", "IR"),
    ]
    assert (delta.remarks or "").endswith("travel ban")
    assert (_ids(ship), ship.listed) == ([("imo", "9000001", None)], dt.date(2026, 2, 2))
    assert _births(bo) == [("1960-01-01", "1962-12-31", False)]


def test_the_world_bank() -> None:
    """The JSON of the service and the table give the same entry; an endless exclusion has no last day."""
    data = {"response": {"ZPROCSUPP": [
        {"SUPP_NAME": "MR. ABEL DELTA (aka ABEL DELTO)*12", "SUPP_ID": "77", "SUPP_TYPE_CODE": "I",
         "SUPP_ADDR": "1 LONG ROAD", "SUPP_CITY": "ABA", "COUNTRY_NAME": "Iran",
         "DEBAR_FROM_DATE": "2021-02-03", "DEBAR_TO_DATE": "2999-12-31", "DEBAR_REASON": "Fraud"},
        {"SUPP_NAME": "TEST TRADE", "SUPP_ID": 78, "SUPP_TYPE_CODE": "C", "COUNTRY_NAME": "Iraq",
         "DEBAR_FROM_DATE": "03-FEB-2021", "DEBAR_TO_DATE": "03-FEB-2027"},
    ]}}  # fmt: skip
    found = read_bytes(json.dumps(data).encode(), "debarred.json")
    delta, trade = found.entries
    table = _csv(
        ["World Bank Listing"],
        ["Firm Name", "Address", "Country", "From Date (Ineligibility Period)",
         "To Date (Ineligibility Period)", "Grounds"],
        ["MR. ABEL DELTA (aka ABEL DELTO)*12", "1 LONG ROAD, ABA", "Iran", "03-FEB-2021", "31-DEC-2999",
         "Fraud"],
    )  # fmt: skip
    same = read_bytes(table, "debarred.csv").entries[0]
    for one in (delta, same):
        assert (one.schema, one.countries, one.remarks) == ("Person", ("IR",), "Fraud")
        assert _names(one) == [("ABEL DELTA", False, "primary"), ("ABEL DELTO", False, "alias")]
        assert (one.listed, one.programmes) == (dt.date(2021, 2, 3), ("World Bank",))
        assert _ids(one) == [("address", "1 LONG ROAD, ABA, Iran", "IR")]
    assert (delta.ref, trade.ref, trade.schema) == ("77", "78", "Organization")
    assert trade.remarks == "expires 2027-02-03"


def test_interpol_notices() -> None:
    """A page of the search, with the notices as they are when opened."""
    notice = {
        "entity_id": "2021/12345", "forename": "ABEL", "name": "DELTA", "sex_id": "M",
        "date_of_birth": "1972/03/07", "nationalities": ["IR"], "place_of_birth": "Aba",
        "country_of_birth_id": "IR",
        "arrest_warrants": [{"charge": "Fraud", "issuing_country_id": "IQ"}],
        "_links": {"self": {"href": "https://ws-public.interpol.int/notices/v1/red/2021-12345"}},
    }  # fmt: skip
    plain = {"entity_id": "2020-9", "forename": None, "name": "BO", "date_of_birth": "1970",
             "nationalities": None}  # fmt: skip
    page = {
        "total": 2,
        "query": {"page": 1},
        "_embedded": {"notices": [notice, plain]},
        "_links": {},
    }
    found = read_bytes(json.dumps(page).encode(), "red.json")
    delta, bo = found.entries
    assert (found.format, found.problems) == ("INTERPOL-JSON", ())
    assert (delta.ref, delta.sex, delta.nationalities) == ("2021/12345", "M", ("IR",))
    assert (delta.names[0].surname, delta.names[0].given_names) == ("DELTA", "ABEL")
    assert delta.programmes == ("INTERPOL red notice",)
    assert (delta.birth_places, delta.remarks) == (("Aba, IR",), "IQ, Fraud")
    assert _births(bo) == [("1970-01-01", "1970-12-31", False)]
    [alone] = read_bytes(json.dumps(notice).encode(), "one.json").entries
    assert alone == delta
