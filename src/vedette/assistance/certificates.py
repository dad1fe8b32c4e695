"""Certificates of training: Open Badges 3.0 as a signed token, and their verification without the issuer.

A certificate is a VC-JWT: a JSON credential signed with Ed25519 (`EdDSA`), whose key is stated as a
`did:key`. The token contains the name of the holder only as a salted hash. A second token, the *list* of
revoked certificates, is signed with a separate key. The list contains a hash of each certificate that was
issued, and the revocations. A certificate that is not on the list is refused, so that a stolen issuing key
cannot produce a certificate with an earlier date. If the certificate was issued after the list, the result is
`cannot_tell`.

Sources: Open Badges 3.0 (1EdTech), section 8.2; RFC 7515, RFC 8037; the did:key method.
"""

from __future__ import annotations

import base64
import binascii
import datetime as dt
import hashlib
import json
import re
import unicodedata
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from vedette.core import strict_json
from vedette.core.errors import Failure

#: Greatest length of a certificate in characters: its QR code of 6 cm is still read at 150 dpi.
MAX_TOKEN = 1_850
#: Greatest length of any token that is verified, in characters.
MAX_READ = 32 << 20
#: Greatest number of characters of a name, and of other texts of a request.
MAX_NAME, MAX_TEXT = 200, 160
_CONTEXT = [
    "https://www.w3.org/ns/credentials/v2",
    "https://purl.imsglobal.org/spec/ob/v3p0/context-3.0.3.json",
]
_BASE58 = "123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz"
#: The multicodec prefix of an Ed25519 public key.
_ED25519 = b"\xed\x01"

#: The results of a verification.
VALID, INVALID, CANNOT_TELL = "valid", "invalid", "cannot_tell"

#: A time with seconds and a zone, as both verifications read it.
_TIME = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(Z|[+-]\d\d:\d\d)", re.ASCII)

Sign = Callable[[bytes], bytes]


def did_of(public_key: bytes) -> str:
    """Returns the `did:key` of an Ed25519 public key of 32 bytes."""
    data = _ED25519 + public_key
    number, text = int.from_bytes(data), ""
    while number:
        number, rest = divmod(number, 58)
        text = _BASE58[rest] + text
    return f"did:key:z{text}"


def key_of(did: str) -> Ed25519PublicKey:
    """Returns the public key of a `did:key`. Raises `Failure` if the key is not an Ed25519 key."""
    text, number = did.removeprefix("did:key:z"), 0
    if not did.startswith("did:key:z") or len(text) > 60 or set(text) - set(_BASE58):
        raise Failure(f"{did[:80]!r} is not a did:key")
    for sign in text:
        number = number * 58 + _BASE58.index(sign)
    data = number.to_bytes((number.bit_length() + 7) // 8)
    if len(data) != 34 or not data.startswith(_ED25519) or did_of(data[2:]) != did:
        raise Failure(f"{did[:80]!r} is not an Ed25519 key")
    return Ed25519PublicKey.from_public_bytes(data[2:])


def normal_name(name: str) -> str:
    """Returns the normal form of a name, from which the hash is computed.

    A name is normalised in these steps: decompose it (NFKD), remove combining marks, convert it to lower
    case, write ß as ss and final sigma as sigma, replace all characters except letters and digits by a space,
    sort the words by code point, and join them with one space.
    """
    text = "".join(
        sign
        for sign in unicodedata.normalize("NFKD", name)
        if not unicodedata.category(sign).startswith("M")
    )
    text = unicodedata.normalize("NFKD", text.lower()).replace("ß", "ss").replace("ς", "σ")
    kept = "".join(sign if unicodedata.category(sign)[0] in "LN" else " " for sign in text)
    return " ".join(sorted(kept.split()))


def name_hash(name: str, salt: str) -> str:
    """Returns the identity hash of Open Badges over the normal form of a name and a salt."""
    return "sha256$" + hashlib.sha256((normal_name(name) + salt).encode()).hexdigest()


def token_hash(token: str) -> str:
    """Returns the hash by which a list identifies a certificate: 32 hex digits of the SHA-256 of the
    token."""
    return hashlib.sha256(token.encode()).hexdigest()[:32]


@dataclass(frozen=True)
class Request:
    """The content of a certificate. `until` is None if the certificate does not expire. `id` is a UUID,
    `salt` consists of 16 or more random characters, and `list_id` is the URL or URN of the list that contains
    the certificate.
    """

    id: str
    holder: str
    salt: str
    issuer_name: str
    course_id: str
    course: str
    criteria: str
    at: dt.datetime
    until: dt.datetime | None = None
    list_id: str = "urn:vedette:certificates"


def issue(request: Request, did: str, sign: Sign) -> str:
    """Returns the signed token of a certificate. `sign` is a function that signs with the private key of
    `did`.

    Raises `Failure` if the name is empty, if a text is too long, or if the token would be longer than
    `MAX_TOKEN`.
    """
    if not normal_name(request.holder) or len(request.holder) > MAX_NAME:
        raise Failure(f"holder: the name must have letters and at most {MAX_NAME} characters")
    for field in ("issuer_name", "course", "criteria"):
        if not 0 < len(getattr(request, field)) <= MAX_TEXT:
            raise Failure(f"{field}: needs from 1 to {MAX_TEXT} characters")
    if request.at.tzinfo is None or (request.until and request.until <= request.at):
        raise Failure("at, until: need a time zone, and the end must be after the beginning")
    if len(request.salt) < 16:
        raise Failure("salt: needs 16 or more characters")
    credential = _credential(request, did)
    token = signed(credential, did, sign)
    if len(token) > MAX_TOKEN:
        raise Failure(
            f"the certificate has {len(token)} characters, at most {MAX_TOKEN} are allowed"
        )
    return token


def _credential(request: Request, did: str) -> dict[str, Any]:
    start = _utc(request.at)
    identity = {
        "type": "IdentityObject", "hashed": True, "identityType": "name",
        "identityHash": name_hash(request.holder, request.salt), "salt": request.salt,
    }  # fmt: skip
    achievement = {
        "id": f"urn:uuid:{request.course_id}", "type": ["Achievement"], "name": request.course,
        "description": "Training", "criteria": {"narrative": request.criteria},
    }  # fmt: skip
    credential: dict[str, Any] = {
        "@context": _CONTEXT,
        "id": f"urn:uuid:{request.id}",
        "type": ["VerifiableCredential", "OpenBadgeCredential"],
        "issuer": {"id": did, "type": ["Profile"], "name": request.issuer_name},
        "validFrom": start,
        "credentialSubject": {
            "type": ["AchievementSubject"], "identifier": [identity], "achievement": achievement,
        },
        "credentialStatus": {"id": request.list_id, "type": "1EdTechRevocationList"},
        "iss": did,
        "jti": f"urn:uuid:{request.id}",
        "nbf": int(request.at.timestamp()),
    }  # fmt: skip
    if request.until:
        credential |= {"validUntil": _utc(request.until), "exp": int(request.until.timestamp())}
    return credential


def _utc(time: dt.datetime) -> str:
    return time.astimezone(dt.UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def course_of(credential: Mapping[str, Any]) -> str:
    """Returns the course name that is stated in a credential issued by this installation."""
    return str(credential["credentialSubject"]["achievement"]["name"])


@dataclass(frozen=True)
class Revocation:
    """A revoked certificate: the hash of its token, the time of the revocation, and the reason as text."""

    certificate: str
    since: dt.datetime
    reason: str


def publish(
    number: int, at: dt.datetime, issued: Iterable[str], revoked: Sequence[Revocation],
    did: str, sign: Sign,
) -> str:  # fmt: skip
    """Returns the signed list. The number of each list is one more than the number of the previous list.
    `issued` contains the hashes (`token_hash`) of all certificates that were issued until `at`.
    """
    payload = {
        "iss": did, "typ": "vedette-certificates-1", "number": number, "at": _utc(at),
        "issued": sorted(set(issued)),
        "revoked": [
            {"certificate": one.certificate, "since": _utc(one.since), "reason": one.reason}
            for one in sorted(revoked, key=lambda one: one.certificate)
        ],
    }  # fmt: skip
    return signed(payload, did, sign)


def signed(payload: Mapping[str, Any], did: str, sign: Sign) -> str:
    """Returns a compact JWS (RFC 7515) with the algorithm EdDSA (RFC 8037)."""
    header = {"alg": "EdDSA", "typ": "JWT", "kid": did}
    parts = [
        _encode(json.dumps(part, separators=(",", ":"), ensure_ascii=False).encode())
        for part in (header, payload)
    ]
    content = ".".join(parts)
    return f"{content}.{_encode(sign(content.encode()))}"


def _encode(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


@dataclass(frozen=True)
class Trust:
    """The data that an administration published: its name, its present and former issuing keys, and the key
    with which it signs the list of certificates. Keys are stated as did:key.
    """

    name: str
    issuers: tuple[str, ...]
    list_key: str


@dataclass(frozen=True)
class Answer:
    """The result of a verification: `valid`, `invalid` or `cannot_tell`, its reason, and the content of the
    certificate. `list_number` and `list_at` identify the version of the list."""

    status: str
    reason: str
    credential: Mapping[str, Any] | None = None
    list_number: int | None = None
    list_at: str = ""


class _RefusedError(Exception):
    """The reason why a token is not accepted."""


def verify(
    token: str,
    trust: Trust,
    certificate_list: str,
    name: str,
    now: dt.datetime,
    last_number: int = 0,
) -> Answer:
    """Verifies a certificate. The function checks the signature with the published keys, the list of
    certificates, and the name that an identity document states.

    `last_number` is the number of the newest list that the verifier has seen; an older list is refused. The
    function never raises an error, whatever the input. The reasons are documented in docs/assistance.md.
    """
    try:
        stated = _open_list(certificate_list, trust)
    except _RefusedError as error:
        return Answer(INVALID, f"list_{error}")
    number, at = stated["number"], stated["at"]
    if number < last_number:
        return Answer(INVALID, "list_older", None, number, at)
    try:
        credential = _open(token, trust.issuers, MAX_READ)
        status, reason = _judge(token, credential, stated, name, now)
    except _RefusedError as error:
        return Answer(INVALID, str(error), None, number, at)
    return Answer(status, reason, credential, number, at)


def _judge(
    token: str,
    credential: Mapping[str, Any],
    stated: Mapping[str, Any],
    name: str,
    now: dt.datetime,
) -> tuple[str, str]:
    start, end = _time(credential.get("validFrom")), credential.get("validUntil")
    issuer = credential.get("issuer")
    if not isinstance(issuer, dict) or issuer.get("id") != credential.get("iss"):
        return INVALID, "issuer"
    own = token_hash(token)
    revoked = {one["certificate"]: one for one in stated["revoked"]}
    if own in revoked:
        return INVALID, "revoked"
    if end is not None and _time(end) <= now:
        return INVALID, "expired"
    if not _same_name(credential, name):
        return INVALID, "other_name"
    if own not in set(stated["issued"]):
        return (
            (CANNOT_TELL, "later_than_list")
            if start > _time(stated["at"])
            else (INVALID, "not_on_list")
        )
    if start > now:
        return INVALID, "not_yet_valid"
    return VALID, ""


def _same_name(credential: Mapping[str, Any], name: str) -> bool:
    try:
        course_of(credential)
        identity = credential["credentialSubject"]["identifier"][0]
        return bool(normal_name(name)) and identity["identityHash"] == name_hash(
            name, identity["salt"]
        )
    except (KeyError, IndexError, TypeError) as error:
        raise _RefusedError("content") from error


def _open_list(token: str, trust: Trust) -> dict[str, Any]:
    stated = _open(token, [trust.list_key], MAX_READ)
    good = (
        stated.get("typ") == "vedette-certificates-1"
        and isinstance(stated.get("number"), int)
        and isinstance(stated.get("issued"), list)
        and isinstance(stated.get("revoked"), list)
        and all(isinstance(one, dict) and "certificate" in one for one in stated["revoked"])
    )
    if not good:
        raise _RefusedError("content")
    _time(stated.get("at"))
    return stated


def _open(token: str, trusted: Sequence[str], limit: int) -> dict[str, Any]:
    """Returns the payload of a token that one of the trusted keys signed."""
    parts = token.split(".") if len(token) <= limit else []
    if len(parts) != 3:
        raise _RefusedError("not_a_token")
    header, payload, signature = (decoded(part) for part in parts)
    head = _object(header)
    if head.get("alg") != "EdDSA" or set(head) != {"alg", "typ", "kid"} or head["typ"] != "JWT":
        raise _RefusedError("algorithm")
    did = head["kid"]
    if did not in trusted:
        raise _RefusedError("unknown_key")
    try:
        key_of(did).verify(signature, f"{parts[0]}.{parts[1]}".encode())
    except (InvalidSignature, Failure) as error:
        raise _RefusedError("signature") from error
    content = _object(payload)
    if content.get("iss") != did:
        raise _RefusedError("issuer")
    return content


def decoded(part: str) -> bytes:
    """Decodes base64url without padding. Accepts only the canonical form, which has no padding and no
    unused bits."""
    try:
        data = base64.b64decode(part.encode() + b"=" * (-len(part) % 4), b"-_", validate=True)
    except (binascii.Error, ValueError) as error:
        raise _RefusedError("encoding") from error
    if _encode(data) != part:
        raise _RefusedError("encoding")
    return data


def _object(data: bytes) -> dict[str, Any]:
    try:
        found = strict_json.loads(data, "token")
    except Failure as error:
        raise _RefusedError("content") from error
    if not isinstance(found, dict):
        raise _RefusedError("content")
    return found


def _time(value: Any) -> dt.datetime:
    if not isinstance(value, str) or not _TIME.fullmatch(value):
        raise _RefusedError("content")
    try:
        return dt.datetime.fromisoformat(value)
    except ValueError as error:
        raise _RefusedError("content") from error


def read_trust(data: Any) -> Trust:
    """Converts the published object `{"name", "issuers": [did…], "list_key": did}`. Raises `Failure` if a key
    is not an Ed25519 key, or if the key that signs the list is also an issuing key.
    """
    if not isinstance(data, dict) or not isinstance(data.get("issuers"), list):
        raise Failure("trust: needs name, issuers (a list of did:key) and list_key")
    trust = Trust(
        str(data.get("name", ""))[:MAX_TEXT],
        tuple(str(one) for one in data["issuers"]),
        str(data.get("list_key", "")),
    )
    for did in (*trust.issuers, trust.list_key):
        key_of(did)
    if trust.list_key in trust.issuers or not trust.issuers:
        raise Failure(
            "trust: needs at least one issuing key, and a list key that is not an issuing key"
        )
    return trust
