"""The register of equipment: who records what, sums that reconcile with the purchase, and its pages."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from django.db import DatabaseError
from tests.apps.assistance.scene import Scene

from vedette.apps.assistance.actions import equipment
from vedette.apps.assistance.actions.common import Refused
from vedette.apps.assistance.models import EquipmentEvent
from vedette.cli import main

#: The Asia/Pacific Security Project handed over 65 spectrometers and 19 X-ray machines, and trained 147
#: officers of 7 countries (World Customs Organization, September 2020). Serial numbers are synthetic.
ITEMS = (("Raman spectrometer", 65), ("X-ray machine", 19))


def _record(scene: Scene, who: str, event: str, **given: object) -> int:
    values = {"event": event, "on": "2020-03-01", "item": "kit", "serials": "s1"} | given
    texts = {name: str(value) for name, value in values.items()}
    count: int = scene.do(who, equipment.record, scene.request, texts)
    return count


def test_the_asia_pacific_security_project_reconciles(
    scene: Scene, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """The pages record what the project handed over in seven countries; the sums equal the purchase, on the
    pages and by the command that reads the file of the register."""
    scene.approve()
    for item, number in ITEMS:
        _record(
            scene,
            "pp.coordinator",
            "ordered",
            item=item,
            serials="",
            number=number,
            on="2018-01-01",
        )
        serials = [f"{item[0]}{n:03}" for n in range(number)]
        for country in range(7):
            own = "\n".join(serials[country::7])
            _record(
                scene,
                "pp.coordinator",
                "delivered",
                item=item,
                serials=own,
                place=f"Country {country + 1}",
            )
        for event in ("accepted", "in_use"):
            _record(scene, "mm.contact", event, item=item, serials="\n".join(serials))
    trained = "\n".join(f"R{n:03}" for n in range(7))
    _record(
        scene, "mm.contact", "users_trained", item="Raman spectrometer", serials=trained, number=21
    )
    client = scene.client("mm.contact")
    page = client.get(f"/assistance/{scene.request}/equipment/").content.decode()
    assert "1 to 50 of 84" in page
    assert page.count("reconciles") == 2
    answer = client.get(f"/assistance/{scene.request}/equipment/register.csv")
    path = tmp_path / "register.csv"
    path.write_bytes(answer.content)
    assert main(["equipment", "check", str(path), "--sums"]) == 0
    raman, xray, end = map(json.loads, capsys.readouterr().out.splitlines())
    assert (raman["ordered"], raman["in_use"], raman["users_trained"], raman["open"]) == (
        65,
        65,
        147,
        0,
    )
    assert (xray["ordered"], xray["in_use"], xray["reconciles"]) == (19, 19, True)
    assert end == {"pieces": 84, "problems": []}
    page = scene.client("pp.coordinator").get("/assistance/equipment/").content.decode()
    assert page.count("reconciles") == 4
    assert ">147<" in page
    nothing = scene.client("oo.coordinator").get("/assistance/equipment/").content.decode()
    assert "No equipment yet" in nothing


def test_who_records_what(scene: Scene) -> None:
    """The provider orders, the Member accepts. Nothing is recorded that the state of a piece does not permit,
    and a wrong event is withdrawn only if none rests on it."""
    scene.approve()
    with pytest.raises(Refused, match="role"):
        _record(scene, "mm.contact", "ordered", serials="", number=1)
    with pytest.raises(Refused, match="equipment_too_many"):
        _record(scene, "mm.contact", "delivered", place="A")
    _record(scene, "pp.coordinator", "ordered", serials="", number=1, on="2020-01-01")
    with pytest.raises(Refused, match="equipment_not_possible"):
        _record(scene, "mm.contact", "in_use")
    _record(scene, "mm.contact", "delivered", place="A")
    with pytest.raises(Refused, match="role"):
        _record(scene, "pp.coordinator", "accepted")
    with pytest.raises(Refused, match="future"):
        _record(scene, "mm.contact", "accepted", on="2199-01-01")
    with pytest.raises(Refused, match="equipment_elsewhere"):
        _record(scene, "mm.contact", "accepted", place="B")
    _record(scene, "mm.contact", "accepted")
    rows = {row.event: row for row in EquipmentEvent.objects.using("intake")}
    with pytest.raises(Refused, match="equipment_not_possible"):
        scene.do("mm.contact", equipment.withdraw, rows["delivered"].pk)
    with pytest.raises(Refused, match="role"):
        scene.do("pp.coordinator", equipment.withdraw, rows["accepted"].pk)
    scene.do("mm.contact", equipment.withdraw, rows["accepted"].pk)
    page = scene.client("mm.contact").get(f"/assistance/equipment/{rows['accepted'].pk}/")
    assert "withdrawn" in page.content.decode()
    answer = scene.client("mm.contact").post(
        f"/assistance/{scene.request}/equipment/record/",
        {"event": "in_use", "item": "kit", "on": "2020-03-01", "serials": "s1", "note": "kept"},
    )
    assert answer.status_code == 422
    assert "kept" in answer.content.decode()


def test_the_database_refuses_what_the_pages_refuse(scene: Scene) -> None:
    """The web role adds no event of another role or person, and changes none."""
    scene.approve()
    _record(scene, "pp.coordinator", "ordered", serials="", number=5, on="2020-01-01")
    row = EquipmentEvent.objects.using("intake").get()
    with pytest.raises(DatabaseError, match="row-level"), scene.by("pp.coordinator") as user:
        EquipmentEvent.objects.create(
            organisation_id=row.organisation_id, request_id=row.request_id, item="kit", serial="x",
            event="accepted", on=row.on, by=user, by_name="A", at=row.at,
        )  # fmt: skip
    with pytest.raises(DatabaseError), scene.by("pp.coordinator"):
        EquipmentEvent.objects.update(number=9)
    with scene.by("oo.coordinator"):
        assert not EquipmentEvent.objects.exists()
