"""The whole API called as its document says, and as it does not (schemathesis), by each role and by
nobody: no 5xx, no answer outside the document, no data without scope."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from types import SimpleNamespace
from typing import Any

import schemathesis
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from schemathesis.checks import not_a_server_error
from schemathesis.core.failures import Failure, FailureGroup
from schemathesis.generation import GenerationMode
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_schema_conformance,
    status_code_conformance,
)

CHECKS = [
    not_a_server_error,
    status_code_conformance,
    content_type_conformance,
    response_schema_conformance,
]
#: Open to all by declaration: the document itself, which holds no data.
OPEN = frozenset(("/api/openapi.json",))


@dataclass
class Told:
    """What came of it: calls by answer, and every failure in words."""

    calls: dict[int, int] = field(default_factory=dict)
    failures: list[str] = field(default_factory=list)


def operations() -> Iterator[Any]:
    """Every operation of the document, as schemathesis reads it."""
    from vedette.web.wsgi import application

    schema = schemathesis.openapi.from_wsgi("/api/openapi.json", application)
    for found in schema.get_all_operations():
        yield found.ok()


def known_ids(desk: SimpleNamespace) -> list[str]:
    """Ids that are there, in the desk's organisation, and one that is nowhere."""
    stored = (desk.hit.pk, desk.hit.group_id, desk.world.version.watchlist_id)
    return [*map(str, stored), str(uuid.uuid4())]


def callers(desk: SimpleNamespace) -> dict[str, dict[str, str]]:
    """Name → headers: each user of the desk, one of another organisation, a wrong token, nobody."""
    clients = {name: getattr(desk, name) for name in (*desk.world.users, "stranger")}
    return {
        **{name: client.headers for name, client in clients.items()},
        "wrong": {"Authorization": "Bearer vedette_wrong"},
        "nobody": {},
    }


def call_all(desk: SimpleNamespace, examples: int, planted: tuple[str, ...]) -> Told:
    """Calls each operation `examples` times with right values and as often with wrong ones."""
    told = Told()
    heads, ids = callers(desk), known_ids(desk)
    for operation in operations():
        for mode in (GenerationMode.POSITIVE, GenerationMode.NEGATIVE):
            _fuzz(
                operation,
                mode,
                examples,
                lambda case, who: _one(told, case, who, heads, planted),
                ids,
                list(heads),
            )
    return told


def _fuzz(
    operation: Any, mode: GenerationMode, examples: int, call: Callable[[Any, str], None],
    ids: list[str], names: list[str],
) -> None:  # fmt: skip
    try:
        cases = operation.as_strategy(generation_mode=mode)
    except schemathesis.errors.InvalidSchema:
        return

    @settings(
        max_examples=examples, deadline=None, derandomize=True, database=None,
        phases=[Phase.generate], suppress_health_check=list(HealthCheck),
    )  # fmt: skip
    @given(cases, st.sampled_from(ids), st.sampled_from(names), st.booleans())
    def run(case: Any, known: str, who: str, stored: bool) -> None:
        if stored and "id" in (case.path_parameters or {}):
            case.path_parameters["id"] = known
        call(case, who)

    run()


def _one(
    told: Told, case: Any, who: str, heads: dict[str, dict[str, str]], planted: tuple[str, ...]
) -> None:
    case.headers = {k: v for k, v in (case.headers or {}).items() if k.lower() != "authorization"}
    response = case.call(headers={**heads[who], "Accept-Encoding": "identity"})
    told.calls[response.status_code] = told.calls.get(response.status_code, 0) + 1
    where = f"{case.method} {case.operation.path} by {who}: {response.status_code}"
    try:
        case.validate_response(response, checks=CHECKS)
    except (Failure, FailureGroup) as error:
        told.failures.append(f"{where}: {_why(error)}")
    unsigned = who in ("nobody", "wrong")
    if unsigned and response.status_code not in (400, 401, 404) and case.path not in OPEN:
        told.failures.append(f"{where}: not refused")
    if (unsigned or who == "stranger") and any(p.encode() in response.content for p in planted):
        told.failures.append(f"{where}: data without scope")


def _why(error: BaseException) -> str:
    inside = getattr(error, "exceptions", (error,))
    return "; ".join(f"{type(one).__name__} {' '.join(str(one).split())[:200]}" for one in inside)
