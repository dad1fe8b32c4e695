"""Issue and verify certificates of training. These commands need no database and no network.

`certificate key FILE` creates a key file and prints its public key as did:key. `certificate issue
REQUEST.json --key FILE` prints a signed certificate; `--pdf FILE` also writes it as a PDF page. `certificate
list LIST.json --key FILE` prints the signed list of issued and revoked certificates. `certificate verify
TOKEN` verifies a certificate (a file, or - for standard input). `certificate checker` writes one HTML file
that verifies certificates without a network.

The formats are described in docs/assistance.md.
"""

from __future__ import annotations

import argparse
import datetime as dt
import json
import os
import secrets
import sys
import uuid
from pathlib import Path
from typing import Any

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from vedette.assistance import certificates, checker
from vedette.core import strict_json
from vedette.core.errors import Failure, WrongUsage


def add_arguments(parser: argparse.ArgumentParser) -> None:
    actions = parser.add_subparsers(
        dest="action", required=True, metavar="key|issue|list|verify|checker"
    )
    key = actions.add_parser("key", help="make a key file")
    key.add_argument("file", type=Path, metavar="FILE")
    issue = actions.add_parser("issue", help="issue a certificate")
    issue.add_argument("file", type=Path, metavar="REQUEST.json")
    issue.add_argument("--key", type=Path, required=True, help="file with the issuing key")
    issue.add_argument("--pdf", type=Path, default=None, metavar="FILE", help="write a PDF page")
    issue.add_argument(
        "--lang", choices=("en", "fr"), default="en", help="language of the PDF (en)"
    )
    listing = actions.add_parser("list", help="sign the list of issued and revoked certificates")
    listing.add_argument("file", type=Path, metavar="LIST.json")
    listing.add_argument("--key", type=Path, required=True, help="file with the key of the list")
    verify = actions.add_parser("verify", help="verify a certificate")
    verify.add_argument("token", metavar="TOKEN", help="file, or - for standard input")
    verify.add_argument("--name", required=True, help="name in the identity document")
    verify.add_argument("--at", default="", metavar="TIME", help="time in ISO 8601 (now)")
    verify.add_argument("--last-number", type=int, default=0, help="newest list that was seen")
    make = actions.add_parser("checker", help="write the HTML file that verifies certificates")
    make.add_argument("--out", type=Path, required=True, metavar="FILE.html")
    for one in (verify, make):
        one.add_argument("--trust", type=Path, required=True, help="the published keys (JSON)")
        one.add_argument("--list", type=Path, required=True, help="the signed list")


def run(args: argparse.Namespace) -> int:
    """Runs the action of the command `certificate`, as its help describes."""
    actions = {"key": _key, "issue": _issue, "list": _list, "verify": _verify, "checker": _checker}
    return actions[args.action](args)


def _key(args: argparse.Namespace) -> int:
    secret = secrets.token_bytes(32)
    try:
        file = os.open(args.file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except OSError as error:
        raise Failure(f"{args.file}: {error.strerror}") from error
    with os.fdopen(file, "w") as out:
        out.write(secret.hex() + "\n")
    public = Ed25519PrivateKey.from_private_bytes(secret).public_key().public_bytes_raw()
    print(certificates.did_of(public))
    return 0


def _load(path: Path) -> tuple[str, certificates.Sign]:
    """Returns the did:key and the signing function of a key file."""
    try:
        secret = bytes.fromhex(path.read_text("ascii").strip())
        key = Ed25519PrivateKey.from_private_bytes(secret)
    except OSError as error:
        raise Failure(f"{path}: {error.strerror}") from error
    except ValueError as error:
        raise Failure(f"{path}: must contain 32 bytes in hex") from error
    return certificates.did_of(key.public_key().public_bytes_raw()), key.sign


def _moment(value: Any, place: str) -> dt.datetime:
    try:
        time = dt.datetime.fromisoformat(str(value))
    except ValueError as error:
        raise Failure(f"{place}: must be a time in ISO 8601") from error
    if time.tzinfo is None:
        raise Failure(f"{place}: needs a time zone")
    return time


def _issue(args: argparse.Namespace) -> int:
    data = strict_json.read(args.file)
    if not isinstance(data, dict):
        raise Failure(f"{args.file}: must be an object")
    missing = [
        key for key in ("holder", "issuer_name", "course", "criteria", "at") if not data.get(key)
    ]
    if missing:
        raise Failure(f"{args.file}: lacks {', '.join(missing)}")
    request = certificates.Request(
        id=str(data.get("id") or uuid.uuid4()), holder=str(data["holder"]),
        salt=str(data.get("salt") or secrets.token_hex(8)), issuer_name=str(data["issuer_name"]),
        course_id=str(data.get("course_id") or uuid.uuid4()), course=str(data["course"]),
        criteria=str(data["criteria"]), at=_moment(data["at"], "at"),
        until=_moment(data["until"], "until") if data.get("until") else None,
    )  # fmt: skip
    token = certificates.issue(request, *_load(args.key))
    if args.pdf is not None:
        _write_pdf(args, token, request)
    print(json.dumps({"token": token, "certificate": certificates.token_hash(token)}))
    return 0


def _write_pdf(args: argparse.Namespace, token: str, request: certificates.Request) -> None:
    from vedette.assistance import certificate_pdf

    credential = json.loads(certificates.decoded(token.split(".")[1]))
    if not certificate_pdf.can_draw(request.holder + request.course + request.issuer_name):
        raise Failure("--pdf: the font of the page lacks letters of the name or of the course")
    args.pdf.write_bytes(
        certificate_pdf.draw(token, request.holder, credential, certificate_pdf.WORDS[args.lang])
    )


def _list(args: argparse.Namespace) -> int:
    data = strict_json.read(args.file)
    number = data.get("number") if isinstance(data, dict) else None
    if not isinstance(number, int) or number < 1 or not isinstance(data.get("issued"), list):
        raise Failure(f"{args.file}: needs number (from 1), at, issued and revoked")
    revoked = [
        certificates.Revocation(
            str(one["certificate"]),
            _moment(one.get("since"), f"revoked[{n}].since"),
            str(one.get("reason", "")),
        )
        for n, one in enumerate(data.get("revoked", []))
        if isinstance(one, dict) and "certificate" in one
    ]
    at = _moment(data.get("at"), "at")
    issued = [str(one) for one in data["issued"]]
    print(certificates.publish(number, at, issued, revoked, *_load(args.key)))
    return 0


def _read(path: str | Path) -> str:
    """Returns a token without surrounding white space."""
    try:
        if str(path) == "-":
            return sys.stdin.read(certificates.MAX_READ + 1).strip()
        with Path(path).open("rb") as file:
            return file.read(certificates.MAX_READ + 1).decode("ascii", "replace").strip()
    except OSError as error:
        raise Failure(f"{path}: {error.strerror}") from error


def _verify(args: argparse.Namespace) -> int:
    now = _moment(args.at, "--at") if args.at else dt.datetime.now(dt.UTC)
    if args.last_number < 0:
        raise WrongUsage("--last-number: must be 0 or more")
    trust = certificates.read_trust(strict_json.read(args.trust))
    found = certificates.verify(
        _read(args.token), trust, _read(args.list), args.name, now, args.last_number
    )
    row: dict[str, Any] = {"status": found.status}
    if found.reason:
        row["reason"] = found.reason
    if found.credential is not None:
        row |= {
            "course": certificates.course_of(found.credential), "issuer": found.credential["iss"],
            "from": found.credential.get("validFrom"),
        }  # fmt: skip
    if found.list_number is not None:
        row |= {"list": found.list_number, "list_at": found.list_at}
    print(json.dumps(row, ensure_ascii=False))
    return 0 if found.status == certificates.VALID else 1


def _checker(args: argparse.Namespace) -> int:
    trust = certificates.read_trust(strict_json.read(args.trust))
    args.out.write_text(checker.page(trust, _read(args.list)), "utf-8")
    return 0
