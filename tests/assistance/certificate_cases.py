"""Certificates of a synthetic issuer, and the cases that every verification must answer."""

from __future__ import annotations

import base64
import datetime as dt
import hashlib
import hmac
import json
import random
from typing import Any

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from vedette.assistance import certificates
from vedette.assistance.certificates import Request, Revocation, Trust, issue, publish, token_hash


def _key(seed: int) -> tuple[str, Any]:
    key = Ed25519PrivateKey.from_private_bytes(hashlib.sha256(bytes([seed])).digest())
    return certificates.did_of(key.public_key().public_bytes_raw()), key.sign


ISSUER, FORMER, LIST, THIEF = (_key(seed) for seed in range(4))
TRUST = Trust("National Customs Administration (synthetic)", (ISSUER[0], FORMER[0]), LIST[0])
START = dt.datetime(2026, 11, 2, 9, tzinfo=dt.UTC)
LISTED = dt.datetime(2026, 12, 1, tzinfo=dt.UTC)
NOW = dt.datetime(2026, 12, 2, 12, tzinfo=dt.UTC)
HOLDER = "Amélie O’Brien-Łukasz"


def certificate_of(
    holder: str = HOLDER,
    at: dt.datetime = START,
    until: dt.datetime | None = None,
    key: Any = ISSUER,
    number: int = 1,
) -> str:
    salt = hashlib.sha256(f"{number}{holder}".encode()).hexdigest()[:16]
    course = "Global Shield: identification of explosive precursors, basic course"
    return issue(
        Request(
            f"3f0c8a52-0000-4000-8000-{number:012}", holder, salt, TRUST.name,
            "5b1e9c60-0000-4000-8000-000000000001", course,
            "Attendance of 80 % and 70 % in the final test.", at, until,
        ),
        *key,
    )  # fmt: skip


def list_of(*tokens: str, revoked: tuple[str, ...] = (), number: int = 7, key: Any = LIST) -> str:
    entries = [Revocation(token_hash(one), LISTED, "issued by mistake") for one in revoked]
    return publish(number, LISTED, map(token_hash, (*tokens, *revoked)), entries, *key)


def _changed_payload(token: str, **change: Any) -> str:
    """The payload of a token with changed values, signed by the key of the issuer."""
    payload = json.loads(certificates.decoded(token.split(".")[1])) | change
    return certificates.signed(payload, *ISSUER)


def all_cases() -> list[tuple[str, str, str, str, str]]:
    """What is verified: a name of the case, token, list, name, and the reason (empty: valid)."""
    good, former = certificate_of(), certificate_of(number=2, key=FORMER)
    ended = certificate_of(number=3, until=LISTED + dt.timedelta(hours=1))
    gone, later = (
        certificate_of(number=4),
        certificate_of(number=5, at=LISTED + dt.timedelta(hours=6)),
    )
    backdated = certificate_of(number=6)
    future = certificate_of(number=8, at=NOW + dt.timedelta(days=3))
    known = list_of(good, former, ended, future, revoked=(gone,))
    head, body, sign = good.split(".")
    none = (
        base64.urlsafe_b64encode(b'{"alg":"none","typ":"JWT","kid":"' + ISSUER[0].encode() + b'"}')
        .rstrip(b"=")
        .decode()
    )
    hs = (
        base64.urlsafe_b64encode(b'{"alg":"HS256","typ":"JWT","kid":"' + ISSUER[0].encode() + b'"}')
        .rstrip(b"=")
        .decode()
    )
    public = certificates.key_of(ISSUER[0]).public_bytes_raw()
    mac = (
        base64.urlsafe_b64encode(hmac.digest(public, f"{hs}.{body}".encode(), "sha256"))
        .rstrip(b"=")
        .decode()
    )
    changed = known[:-40] + ("A" if known[-40] != "A" else "B") + known[-39:]
    wrong_issuer = _changed_payload(
        good, issuer={"id": FORMER[0], "type": ["Profile"], "name": "x"}
    )
    return [
        ("valid", good, known, HOLDER, ""),
        ("other order and case of the name", good, known, "LUKASZ O BRIEN, Amelie".replace("LUK", "Łuk"), ""),
        ("former key", former, known, HOLDER, ""),
        ("other name", good, known, "Amélie O’Brien", "other_name"),
        ("no name", good, known, " - ", "other_name"),
        ("expired", ended, known, HOLDER, "expired"),
        ("revoked", gone, known, HOLDER, "revoked"),
        ("not yet valid", future, known, HOLDER, "not_yet_valid"),
        ("later than the list", later, known, HOLDER, "later_than_list"),
        ("stolen key, earlier date", backdated, known, HOLDER, "not_on_list"),
        ("padded", good + "==", known, HOLDER, "encoding"),
        ("padded payload", f"{head}.{body}=.{sign}", known, HOLDER, "encoding"),
        ("trimmed", good[:-1], known, HOLDER, "encoding"),
        ("two parts", f"{head}.{body}", known, HOLDER, "not_a_token"),
        ("four parts", f"{good}.{sign}", known, HOLDER, "not_a_token"),
        ("algorithm none", f"{none}.{body}.", known, HOLDER, "algorithm"),
        ("HMAC with the public key", f"{hs}.{body}.{mac}", known, HOLDER, "algorithm"),
        ("other signer", certificate_of(key=THIEF), known, HOLDER, "unknown_key"),
        ("key of the list", certificate_of(key=LIST), known, HOLDER, "unknown_key"),
        ("foreign signature", f"{head}.{body}.{former.split('.')[2]}", known, HOLDER, "signature"),
        ("another issuer in the text", wrong_issuer, known, HOLDER, "issuer"),
        ("list of another key", good, list_of(good, key=ISSUER), HOLDER, "list_unknown_key"),
        ("changed list", good, changed, HOLDER, "list_signature"),
        ("not a list", good, certificates.signed({"iss": LIST[0]}, *LIST), HOLDER, "list_content"),
    ]  # fmt: skip


def status_of(reason: str) -> str:
    if not reason:
        return certificates.VALID
    return certificates.CANNOT_TELL if reason == "later_than_list" else certificates.INVALID


def flipped(token: str, chance: random.Random, number: int) -> list[str]:
    """Tokens in which one of the bits 0 to 6 of one character differs."""
    places = chance.sample([(n, bit) for n in range(len(token)) for bit in range(7)], number)
    return [token[:n] + chr(ord(token[n]) ^ (1 << bit)) + token[n + 1 :] for n, bit in places]
