"""Every operation of the OpenAPI document, called with right, odd and hostile values: never a 5xx."""

from __future__ import annotations

import json
import uuid
from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from tests.api.test_hits import desk  # noqa: F401  the fixture

#: What people and programmes send where something else was meant.
ODD = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(-(10**20), 10**20),
    st.floats(allow_nan=False),
    st.text(max_size=40),
    st.sampled_from(
        ["", "\0", "\ud800", "'; DROP TABLE x; --", "../../etc/passwd", "9" * 5000, "0001-01-01",
         "9999-12-31", "1_2_3_4", "9" * 400 + "_1_" + "0" * 32 + "_1", "%00"]
    ),
    st.lists(st.integers(), max_size=3),
    st.dictionaries(st.text(max_size=5), st.integers(), max_size=2),
)  # fmt: skip


def value(schema: dict[str, Any], document: dict[str, Any]) -> st.SearchStrategy[Any]:
    """A value that the schema permits, mostly; or an odd one."""
    return st.one_of(right(schema, document), right(schema, document), ODD)


def right(schema: dict[str, Any], document: dict[str, Any]) -> st.SearchStrategy[Any]:
    """A value that the schema permits."""
    if "$ref" in schema:
        schema = document["components"]["schemas"][schema["$ref"].rsplit("/", 1)[1]]
    if "enum" in schema or "const" in schema:
        return st.sampled_from(schema.get("enum") or [schema["const"]])
    for choice in ("anyOf", "oneOf"):
        if choice in schema:
            return st.one_of(*(right(one, document) for one in schema[choice]))
    kind = schema.get("type")
    if kind == "object" and "properties" in schema:
        needed = schema.get("required", ())
        fields = {k: right(v, document) for k, v in schema["properties"].items()}
        odd = {k: value(v, document) for k, v in schema["properties"].items()}
        asked = {k: v for k, v in fields.items() if k in needed}
        rest = {k: v for k, v in odd.items() if k not in needed}
        return st.fixed_dictionaries(asked, optional=rest) | st.fixed_dictionaries({}, optional=odd)
    if kind == "object":
        more = schema.get("additionalProperties")
        held = right(more, document) if isinstance(more, dict) else ODD
        return st.dictionaries(st.uuids().map(str) | st.text(max_size=9), held, max_size=3)
    if kind == "array":
        return st.lists(value(schema.get("items", {}), document), max_size=4)
    if kind == "integer":
        return st.integers(-5, 10**6)
    if kind == "boolean":
        return st.booleans()
    if schema.get("format") == "uuid":
        return st.uuids().map(str)
    if schema.get("format") == "date":
        return st.dates().map(str)
    if kind == "string":
        return st.text(max_size=60)
    return ODD


def test_no_operation_breaks(desk):  # noqa: F811
    """Whatever is sent: an answer below 500, in JSON, whose errors say something."""
    from vedette.web.api import api as ninja

    document = ninja.get_openapi_schema(path_prefix="/api/")
    stored = (desk.hit.pk, desk.hit.group_id, desk.world.version.watchlist_id)
    known = [*map(str, stored), str(uuid.uuid4()), "x"]
    operations = [
        (method, path, operation)
        for path, methods in document["paths"].items()
        for method, operation in methods.items()
    ]
    clients = (desk.officer, desk.supervisor, desk.administrator, desk.stranger)

    @settings(
        max_examples=150, deadline=None, derandomize=True, database=None,
        suppress_health_check=list(HealthCheck),
    )  # fmt: skip
    @given(st.data())
    def fuzz(data: st.DataObject) -> None:
        method, path, operation = data.draw(st.sampled_from(operations))
        path = path.replace("{id}", data.draw(st.sampled_from(known)))
        query = {
            p["name"]: data.draw(value(p["schema"], document))
            for p in operation.get("parameters", ())
            if p["in"] == "query" and data.draw(st.booleans())
        }
        client = data.draw(st.sampled_from(clients))
        answer = _call(client, method, path, query, _body(operation, data, document))
        assert answer.status_code < 500, (method, path, query, answer.content[:500])
        told = json.loads(answer.content)
        if answer.status_code >= 400:
            assert told["detail"]

    fuzz()


def _body(operation: dict[str, Any], data: st.DataObject, document: dict[str, Any]) -> Any:
    content = operation.get("requestBody", {}).get("content", {})
    if "application/json" not in content:
        return data.draw(st.binary(max_size=200))
    return data.draw(value(content["application/json"]["schema"], document))


def _call(client: Any, method: str, path: str, query: dict[str, Any], body: Any) -> Any:
    params = {k: str(v).encode("utf-8", "replace").decode() for k, v in query.items()}
    raw = body if isinstance(body, bytes) else json.dumps(body).encode()
    kind = "application/octet-stream" if isinstance(body, bytes) else "application/json"
    more = {} if method == "get" else {"data": raw, "content_type": kind}
    return client.http.generic(
        method.upper(), path, headers=client.headers, query_params=params, **more
    )
