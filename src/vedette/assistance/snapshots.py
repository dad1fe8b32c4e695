"""Creates and verifies snapshots. A snapshot is a signed copy of a questionnaire whose content two persons
have confirmed as final ("frozen").

A snapshot is a JSON object with these parts: the questions, the answers, the weights of the areas, the
scores, the version of the formula, the list of evidence files and the two persons. For each part, `hashes`
contains the SHA-256 of the canonical form (RFC 8785). `root` is the SHA-256 of the canonical form of
`hashes`, and `signature` is an Ed25519 signature over `root`. If a part or an evidence file changes, the
verification reports the name of this part or file.
"""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

import rfc8785
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from vedette.assistance.scores import FORMULA, Result, Score, score
from vedette.assistance.sheets import Problem, Sheet
from vedette.core.errors import Failure

#: The format of a snapshot.
FORMAT = "vedette-snapshot-1"
MAX_PARTS = 50_000


def freeze(
    sheet: Sheet,
    evidence: Mapping[str, str],
    persons: Iterable[str],
    sign: Callable[[bytes], bytes],
    public_key: str,
    at: str,
) -> dict[str, Any]:
    """Returns the snapshot of a sheet.

    `evidence` maps the name of each evidence file to its SHA-256 in hex. `persons` contains the two persons
    who froze the questionnaire. `at` is the time in ISO 8601. `sign` signs bytes with Ed25519, and
    `public_key` is the public key in hex. Raises `Failure` if `persons` does not contain two different
    persons.
    """
    signers = sorted(set(persons))
    if len(signers) != 2:
        raise Failure("a snapshot needs two different persons")
    parts = _parts(sheet, evidence, signers, at)
    hashes = {name: digest(part) for name, part in parts.items()}
    root = digest(hashes)
    signature = base64.b64encode(sign(bytes.fromhex(root))).decode()
    return {
        "format": FORMAT, "parts": parts, "hashes": hashes, "root": root,
        "signature": {"public_key": public_key, "value": signature},
    }  # fmt: skip


def digest(part: Any) -> str:
    """Returns the SHA-256 of the canonical form (RFC 8785) of a part, in hex."""
    try:
        return hashlib.sha256(rfc8785.dumps(part)).hexdigest()
    except (rfc8785.CanonicalizationError, ValueError, TypeError, RecursionError) as error:
        raise Failure(f"has no canonical form: {error}") from error


def _parts(
    sheet: Sheet, evidence: Mapping[str, str], persons: list[str], at: str
) -> dict[str, Any]:
    parts: dict[str, Any] = {
        "formula": FORMULA,
        "frozen": {"at": at, "persons": persons},
        "areas": {area.id: str(area.weight) for area in sheet.areas},
        "scores": _scores(score(sheet)),
    }
    for question in sheet.questions:
        fields = {
            key: _plain(value) for key, value in question.__dict__.items() if value is not None
        }
        parts[f"question:{question.id}"] = fields
    for name, answer in sheet.answers.items():
        parts[f"answer:{name}"] = {
            key: _plain(value)
            for key, value in answer.__dict__.items()
            if value not in (None, "", ())
        }
    parts |= {f"evidence:{name}": value for name, value in evidence.items()}
    return parts


def _plain(value: Any) -> Any:
    if isinstance(value, bool | int | str):
        return value
    return list(value) if isinstance(value, tuple) else str(value)


def _scores(result: Result) -> dict[str, Any]:
    def shown(one: Score) -> dict[str, Any]:
        fields: dict[str, Any] = {"answered": one.answered, "applicable": one.applicable}
        return fields if one.rounded is None else {"score": str(one.rounded), **fields}

    return {
        "total": shown(result.total),
        "areas": {area: shown(one) for area, one in result.areas.items()},
    }


@dataclass(frozen=True)
class Verified:
    """The result of a verification: the public key of the signature, and the problems that were found. The
    snapshot is unchanged if `problems` is empty."""

    public_key: str
    problems: tuple[Problem, ...]


def verify(data: Any, evidence: Mapping[str, str] | None = None) -> Verified:
    """Verifies a snapshot. `evidence` maps the names of the available evidence files to their SHA-256. If
    `evidence` is None, the evidence files are not verified.

    Raises `Failure` if `data` is not a snapshot. The caller must decide whether the public key in the result
    is trusted.
    """
    if not isinstance(data, dict) or data.get("format") != FORMAT:
        raise Failure(f'not a snapshot: the key "format" must be "{FORMAT}"')
    parts, hashes = data.get("parts"), data.get("hashes")
    if not isinstance(parts, dict) or not isinstance(hashes, dict) or len(parts) > MAX_PARTS:
        raise Failure("not a snapshot: parts or hashes are missing")
    problems = [*_changed(parts, hashes), *_evidence(parts, evidence)]
    known = {"format", "parts", "hashes", "root", "signature"}
    problems += [
        Problem(str(key), "does not belong to a snapshot") for key in sorted(set(data) - known)
    ]
    root, signature = data.get("root"), data.get("signature")
    public_key = str(signature.get("public_key")) if isinstance(signature, dict) else ""
    if root != digest(hashes):
        problems.append(Problem("root", "differs from the hashes"))
    elif not _signed(str(root), signature):
        problems.append(Problem("signature", "is not valid for the root"))
    return Verified(public_key, tuple(problems))


def _changed(parts: Mapping[str, Any], hashes: Mapping[str, Any]) -> list[Problem]:
    problems = []
    for name in sorted(set(parts) | set(hashes)):
        if name not in hashes:
            problems.append(Problem(name, "was added"))
        elif name not in parts:
            problems.append(Problem(name, "is missing"))
        else:
            try:
                same = digest(parts[name]) == hashes[name]
            except Failure:
                same = False
            if not same:
                problems.append(Problem(name, "was changed"))
    return problems


def _evidence(parts: Mapping[str, Any], files: Mapping[str, str] | None) -> list[Problem]:
    if files is None:
        return []
    frozen = {
        name.removeprefix("evidence:"): value
        for name, value in parts.items()
        if name.startswith("evidence:")
    }
    return [
        Problem(
            f"evidence:{name}",
            "the file is missing" if name not in files else "the file was changed",
        )
        for name, value in sorted(frozen.items())
        if files.get(name) != value
    ]


def _signed(root: str, signature: Any) -> bool:
    try:
        key = Ed25519PublicKey.from_public_bytes(bytes.fromhex(signature["public_key"]))
        key.verify(base64.b64decode(signature["value"], validate=True), bytes.fromhex(root))
    except (InvalidSignature, ValueError, TypeError, KeyError):
        return False
    return True


def compare(former: Any, later: Any) -> dict[str, list[dict[str, str]]]:
    """Compares two snapshots. `changed` contains the questions whose text has the same version in both
    snapshots but whose answers differ, each with both answers. `other_version` (the text has another
    version), `only_former` and `only_later` contain the questions that cannot be compared."""
    old, new = _answers(former), _answers(later)
    result: dict[str, list[dict[str, str]]] = {
        "changed": [], "other_version": [], "only_former": [], "only_later": [],
    }  # fmt: skip
    for name in sorted(set(old) | set(new)):
        if name not in new:
            result["only_former"].append({"question": name})
        elif name not in old:
            result["only_later"].append({"question": name})
        elif old[name][0] != new[name][0]:
            result["other_version"].append({"question": name})
        elif old[name][1] != new[name][1]:
            row = {"question": name, "former": old[name][1], "later": new[name][1]}
            result["changed"].append(row)
    return result


def _answers(data: Any) -> dict[str, tuple[str, str]]:
    parts = data.get("parts") if isinstance(data, dict) else None
    if not isinstance(parts, dict):
        raise Failure("not a snapshot: parts are missing")
    found = {}
    for name, part in parts.items():
        if name.startswith("question:") and isinstance(part, dict):
            own = name.removeprefix("question:")
            answer = parts.get(f"answer:{own}") or {"state": "not_seen"}
            shown = answer.get("level", answer.get("state"))
            found[own] = (str(part.get("version")), str(shown))
    return found
