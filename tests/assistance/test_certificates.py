"""Certificates: valid ones are accepted, and each change has its reason, in Python and in the HTML file."""

from __future__ import annotations

import datetime as dt
import json
import random
import re
from pathlib import Path
from typing import Any

import jwt
import pypdfium2
import pytest
from tests.assistance.certificate_cases import (
    HOLDER,
    ISSUER,
    LIST,
    NOW,
    START,
    TRUST,
    all_cases,
    certificate_of,
    flipped,
    list_of,
    status_of,
)
from tests.shared import shared

from vedette.assistance import certificate_pdf, certificates, checker
from vedette.assistance.certificates import Request, issue, verify
from vedette.cli import main
from vedette.core.errors import Failure


@pytest.mark.parametrize("case", all_cases(), ids=lambda case: case[0])
def test_each_case_has_its_reason(case: tuple[str, str, str, str, str]) -> None:
    """A certificate is valid only if it is on a list of the trusted key, for the name of the document."""
    _, token, listed, name, reason = case
    answer = verify(token, TRUST, listed, name, NOW)
    if reason == "list_signature":
        assert answer.reason in ("list_signature", "list_encoding")
    else:
        assert answer.reason == reason
    assert answer.status == status_of(reason)


def test_an_older_list_is_refused() -> None:
    """The verifier remembers the number of the newest list."""
    token = certificate_of()
    listed = list_of(token, number=7)
    assert verify(token, TRUST, listed, HOLDER, NOW, 7).status == "valid"
    assert verify(token, TRUST, listed, HOLDER, NOW, 8).reason == "list_older"


def test_no_changed_bit_is_accepted() -> None:
    """2,000 changes of one bit in 20 certificates are refused (`vedette bench certificates` makes all)."""
    chance = random.Random(20261202)
    tokens = [certificate_of(number=n) for n in range(20)]
    listed = list_of(*tokens)
    for token in tokens:
        assert verify(token, TRUST, listed, HOLDER, NOW).status == "valid"
        for changed in flipped(token, chance, 100):
            assert verify(changed, TRUST, listed, HOLDER, NOW).status == "invalid"


def test_texts_of_the_checker_are_complete() -> None:
    """Every language has the same keys, and every reason has a text."""
    texts = json.loads((Path(checker.__file__).parent / "checker_texts.json").read_text("utf-8"))
    assert set(texts) == {"en", "fr", "es", "ar"}
    assert len({frozenset(one) for one in texts.values()}) == 1
    reasons = {f"reason_{case[4]}" for case in all_cases() if case[4]}
    assert reasons <= set(texts["en"])


def test_other_readers_accept_a_certificate() -> None:
    """PyJWT verifies the signature. The body is valid under the schema of Open Badges 3.0."""
    token = certificate_of(until=NOW + dt.timedelta(days=900))
    assert len(token) <= certificates.MAX_TOKEN
    payload = jwt.decode(token, certificates.key_of(ISSUER[0]), algorithms=["EdDSA"])
    assert HOLDER not in json.dumps(payload, ensure_ascii=False)
    schema_file = shared("data/openbadges/ob_v3p0_achievementcredential_schema.json")
    import jsonschema_rs

    schema = json.loads(schema_file.read_text("utf-8"))
    assert [
        error.message for error in jsonschema_rs.validator_for(schema).iter_errors(payload)
    ] == []


def test_the_qr_code_is_read_from_the_pdf() -> None:
    """20 of 20 certificates are read from the page at 150 dpi. The attached file is the token."""
    import zxingcpp

    words = {"title": "Certificat", "holder": "à", "issuer": "par", "date": "le", "check": "."}
    for number in range(20):
        token = certificate_of(number=number, until=NOW + dt.timedelta(days=900))
        credential = json.loads(certificates.decoded(token.split(".")[1]))
        content = certificate_pdf.draw(token, HOLDER.replace("Ł", "L"), credential, words)
        document = pypdfium2.PdfDocument(content)
        picture = document[0].render(scale=150 / 72).to_pil()
        assert [one.text for one in zxingcpp.read_barcodes(picture)] == [token]
        assert bytes(document.get_attachment(0).get_data()) == token.encode()
        document.close()


def test_the_commands_from_the_key_to_the_answer(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Key files, a certificate, a list, the verification and the checker, by the command alone."""
    out = []

    def call(*arguments: str) -> int:
        status = main(["certificate", *arguments])
        out.append(capsys.readouterr().out.strip())
        return status

    files = {
        name: str(tmp_path / name)
        for name in (
            "issuer",
            "list.key",
            "request",
            "token",
            "list",
            "signed",
            "trust",
            "page",
            "pdf",
        )
    }
    assert call("key", files["issuer"]) == 0
    assert call("key", files["list.key"]) == 0
    trust = {"name": "NCA", "issuers": [out[0]], "list_key": out[1]}
    request = {
        "holder": "Jean Dupont",
        "issuer_name": "NCA",
        "course": "ALPC",
        "criteria": "Test",
        "at": "2026-11-02T09:00:00Z",
    }
    for name, data in (("trust", trust), ("request", request)):
        Path(files[name]).write_text(json.dumps(data))
    assert (
        call(
            "issue",
            files["request"],
            "--key",
            files["issuer"],
            "--pdf",
            files["pdf"],
            "--lang",
            "fr",
        )
        == 0
    )
    made = json.loads(out[-1])
    Path(files["token"]).write_text(made["token"])
    Path(files["list"]).write_text(
        json.dumps({"number": 1, "at": "2026-12-01T00:00:00Z", "issued": [made["certificate"]]})
    )
    assert call("list", files["list"], "--key", files["list.key"]) == 0
    Path(files["signed"]).write_text(out[-1])
    common = ("verify", files["token"], "--trust", files["trust"], "--list", files["signed"])
    assert call(*common, "--name", "DUPONT Jean") == 0
    assert json.loads(out[-1])["status"] == "valid"
    assert call(*common, "--name", "Jeanne Dupont") == 1
    assert json.loads(out[-1])["reason"] == "other_name"
    assert (
        call(
            "checker", "--trust", files["trust"], "--list", files["signed"], "--out", files["page"]
        )
        == 0
    )
    assert re.search(r"<title>", Path(files["page"]).read_text("utf-8"))
    assert main(["certificate", "key", files["issuer"]]) == 1


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"holder": "  "}, "holder"), ({"holder": "x" * 201}, "holder"), ({"course": ""}, "course"),
        ({"until": START}, "at, until"), ({"salt": "short"}, "salt"), ({"course": "c" * 161}, "course"),
        ({"at": START.replace(tzinfo=None)}, "at, until"),
    ],
)  # fmt: skip
def test_a_request_with_a_fault_is_refused(change: dict[str, Any], message: str) -> None:
    """The error names the part of the request."""
    good = {
        "id": "1", "holder": HOLDER, "salt": "s" * 16, "issuer_name": "NCA", "course_id": "1", "course": "c",
        "criteria": "t", "at": START, "until": None,
    }  # fmt: skip
    with pytest.raises(Failure, match=message):
        issue(Request(**{**good, **change}), *ISSUER)


def test_published_keys_must_be_different_keys() -> None:
    """A list key that is also an issuing key would let a thief publish a list."""
    for trust in (
        {},
        {"issuers": [], "list_key": LIST[0]},
        {"issuers": [LIST[0]], "list_key": LIST[0]},
        {"issuers": ["did:key:zAb"], "list_key": LIST[0]},
    ):
        with pytest.raises(Failure):
            certificates.read_trust(trust)
