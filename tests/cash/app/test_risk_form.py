"""The form of the anonymised risk information: built from stored movements, refused with a recognisable
person, confirmed by a second person, then given out."""

from __future__ import annotations

import csv
import datetime as dt
import io
import re
import uuid
from decimal import Decimal
from typing import Any

import django.db
import msgspec
import psycopg
import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from tests.apps.enforcement.scene import photo
from tests.apps.profiles.story import acting
from tests.cash.app.desk import Desk
from tests.cash.stated import NOW, declaration, movement

from vedette.cash.app.models import RiskForm
from vedette.cash.app.risk import forms
from vedette.cash.records import Count, Line, Official, Signature
from vedette.web.access import allowed, routes

pytestmark = pytest.mark.database

EUR = Line(number=1, kind="currency", amount=Decimal("12500"), currency="EUR")
#: Texts that no field of the file may contain.
PRIVATE = (
    "exempleau", "ida@", "x1234567", "modèle", "rc 417", "bijoux", "33639980101", "xx417", "zqx", "2026-117",
)  # fmt: skip


def _told(desk: Desk, n: int = 4, private: str = "") -> None:
    """Undeclared cash on `n` journeys of this half-year, with texts in all fields that officers fill in."""
    way = msgspec.structs.replace(
        movement().transport,
        arrival=dt.datetime.combine(NOW.date(), dt.time(12)),
        **({"means": "zqx means", "departure_place": "zqx place"} if private else {}),
    )
    official = Official(
        selection="risk", concealment="zqx lining of Ida Exempleau", circumstances="zqx " + private,
        reference="zqx 17", authority="zqx",
    )  # fmt: skip
    for number in range(n):
        said = declaration(
            of=movement(
                record="ex_officio", lines=(EUR,), transport=way, official=official,
                provenance_text="zqx", signature=Signature(name="Ida Exempleau"),
            ),
            reference=f"ZQX-{number}",
        )  # fmt: skip
        desk.receive(said, work=number == n - 1)
    note = msgspec.structs.replace(EUR, denomination=Decimal(500), quantity=Decimal(25))
    for number in range(n):
        desk.receive(
            declaration(
                NOW + dt.timedelta(seconds=1), reference=None, amends=f"ZQX-{number}", action="count",
                count=Count(lines=(note,), at=NOW, remark="zqx", place="zqx"),
            ),
            work=number == n - 1,
        )  # fmt: skip


def _half() -> str:
    return f"{NOW.year}{'A' if NOW.month < 7 else 'B'}"


class Acts:
    """A user at the page of one form."""

    def __init__(self, desk: Desk, role: str, path: str) -> None:
        self.client, self.path = desk.client(role), path

    def page(self) -> str:
        return self.client.get(self.path).content.decode()

    def post(self, do: str, **given: Any) -> Any:
        [version] = set(re.findall(r'name="version" value="(\d+)"', self.page())) or ["0"]
        return self.client.post(self.path, {"do": do, "version": version, **given})


def test_from_the_movements_to_the_file(connection: psycopg.Connection[Any]) -> None:
    """The analyst builds and writes; a name, a document and a telephone in the text are refused; the analyst
    cannot confirm; the supervisor does; only then there is a file; the journal has every step."""
    desk, other = Desk(connection, "Left"), Desk(connection, "Right")
    _told(desk, private="Ida Exempleau X1234567")
    _told(other, 1)
    made = desk.client("analyst").post("/risk/", {"half": _half()})
    assert made.status_code == 302, made.content.decode()
    path = made["Location"]
    analyst, supervisor = Acts(desk, "analyst", path), Acts(desk, "supervisor", path)
    page = analyst.page()
    assert "4 movements with a result" in page
    assert "EUR 500 (4)" in page
    entry = re.search(r'name="([0-9a-f]{12})-included"', page)
    assert entry is not None
    given = {
        "authority": "Customs", "email": "risk@customs.example", f"{entry[1]}-included": "yes",
        f"{entry[1]}-trend": "new", f"{entry[1]}-cases": "Hidden in the lining of bags of Ms Exempleau.",
    }  # fmt: skip
    assert analyst.client.get(f"{path}risk.csv").status_code == 422
    assert analyst.post("write", **given).status_code == 302
    refused = analyst.post("ask")
    assert refused.status_code == 422
    assert "1: Exempleau" in refused.content.decode()
    given[f"{entry[1]}-cases"] = "Hidden in the lining of bags. Contact: x1234567"
    assert analyst.post("write", **given).status_code == 302
    assert analyst.post("ask").status_code == 422
    given[f"{entry[1]}-cases"] = "Hidden in the lining of bags."
    assert analyst.post("write", **given).status_code == 302
    file = SimpleUploadedFile("IMG_1.jpg", photo(), content_type="image/jpeg")
    assert analyst.post("picture", entry=entry[1], pictures=file).status_code == 302
    bad = SimpleUploadedFile("IMG_2.jpg", b"GIF89a", content_type="image/jpeg")
    assert analyst.post("picture", entry=entry[1], pictures=bad).status_code == 422
    assert analyst.post("ask").status_code == 302
    own = analyst.post("confirm", nobody="yes")
    assert own.status_code == 422
    assert "The person who wrote the form cannot confirm it." in own.content.decode()
    assert supervisor.post("confirm").status_code == 422
    assert supervisor.client.get(f"{path}risk.csv").status_code == 422
    assert supervisor.post("confirm", nobody="yes").status_code == 302
    assert supervisor.post("write", **given).status_code == 422

    answer = analyst.client.get(f"{path}risk.csv")
    assert answer.status_code == 200
    text = answer.content.decode("utf-8-sig")
    [head, *rows] = csv.reader(io.StringIO(text))
    assert tuple(head) == forms.COLUMNS
    [row] = (dict(zip(head, one, strict=True)) for one in rows)
    assert (row["part"], row["movements"], row["notes"], row["routes"], row["pictures"]) == (
        "B", "4", "EUR 500: 4", "FR-SN: 4", "1",
    )  # fmt: skip
    assert (row["trend"], row["selection"], row["shared"], row["pages"]) == (
        "new",
        "risk",
        "yes",
        "2",
    )
    picture = re.search(r'href="(/risk/pictures/[^"]+)"', analyst.page())
    assert picture is not None
    data = analyst.client.get(picture[1]).content
    for part in (b"Exif", b"Maker of telephones"):
        assert part not in data
    for private in PRIVATE:
        assert private not in text.casefold(), private
        assert private not in analyst.page().casefold(), private
    acts = {one for (one,) in desk.rows("SELECT act FROM accounts_act")}
    assert {
        "risk.build", "risk.write", "risk.photograph", "risk.ask", "risk.confirm", "risk.take",
        "risk.picture",
    } <= acts  # fmt: skip
    # Another organisation sees nothing of it, and has its own form.
    assert other.client("analyst").get(path).status_code == 404
    assert other.client("analyst").get(picture[1]).status_code == 404
    assert "1 movement with a result" in (
        other.client("analyst").post("/risk/", {"half": _half()}, follow=True).content.decode()
    )
    # A second form of the half-year has the next number.
    again = desk.client("supervisor").post("/risk/", {"half": _half()})
    assert " 2</h1>" in desk.client("supervisor").get(again["Location"]).content.decode()


def test_the_database_refuses_a_single_person(connection: psycopg.Connection[Any]) -> None:
    """The writer neither confirms nor changes a form that waits, by SQL too; nobody changes a confirmed form;
    a user of a unit cannot make one; what does not exist is refused with a message."""
    desk = Desk(connection)
    _told(desk, 1)
    supervisor, analyst = desk.people["supervisor"], desk.people["analyst"]
    with acting(analyst):
        made = forms.begin(analyst, NOW.year, _half()[4])
        forms.write(analyst, made.pk, 1, {"authority": "A", "email": "a@b.example"})
        with pytest.raises(forms.Refused, match="open"):
            forms.begin(analyst, NOW.year, _half()[4])
        with pytest.raises(forms.Refused, match="stale"):
            forms.write(analyst, made.pk, 1, {})
        with pytest.raises(forms.Refused, match="half"):
            forms.begin(analyst, NOW.year + 1, "A")
        forms.ask(analyst, made.pk, 2)
        with pytest.raises(forms.Refused, match="own"):
            forms.answer(analyst, made.pk, 2, confirmed=True)
        stored = RiskForm.objects.get(pk=made.pk)
        for change in (
            {"confirmed_at": NOW, "confirmed_by": analyst},
            {"confirmed_at": NOW, "confirmed_by": supervisor},
            {"content": b"x", "version": 3},
            {"asked_by": supervisor},
        ):
            with pytest.raises(django.db.ProgrammingError), django.db.transaction.atomic():
                RiskForm.objects.filter(pk=stored.pk).update(**change)
    with acting(supervisor):
        forms.answer(supervisor, made.pk, 2, confirmed=True)
        with pytest.raises(django.db.ProgrammingError), django.db.transaction.atomic():
            RiskForm.objects.filter(pk=made.pk).update(version=3, content=b"x")
        assert "A," in forms.table(RiskForm.objects.get(pk=made.pk), "SN")
    desk.connection.execute(
        "INSERT INTO accounts_unit (id, organisation_id, name, airports, offices)"
        " VALUES (%s, %s, 'U', '{}', '{}')",
        [unit := uuid.uuid4(), desk.office.id],
    )
    analyst.unit_id = unit
    with pytest.raises(forms.Refused, match="whole"), acting(analyst):
        forms.begin(analyst, NOW.year - 1, "B")
    wrong = desk.client("analyst").post("/risk/", {"half": "x" * 400})
    assert wrong.status_code == 422
    assert {one.name for one in routes() if "risk" in (one.name or "")} >= {"risk-file"}
    assert not allowed(next(one for one in routes() if one.name == "risk-file"), "officer")
