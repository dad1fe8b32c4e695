"""The whole OpenAPI document, by every role and by nobody. `VEDETTE_SCHEMA_EXAMPLES` calls more."""

from __future__ import annotations

import os
from collections import Counter

from tests.api import schema_calls
from tests.api.test_hits import desk  # noqa: F401  the fixture

from vedette.apps.upkeep.rates import LIMITS, Limit

EXAMPLES = int(os.environ.get("VEDETTE_SCHEMA_EXAMPLES", "12"))


def test_no_answer_outside_the_document(desk, settings):  # noqa: F811
    """No 5xx; only answers that the document names, in its shape; no data for who may not see it."""
    settings.RATES = dict.fromkeys(LIMITS, Limit(0, 1))
    told = schema_calls.call_all(desk, EXAMPLES, ("ZIVODRAGIC", "DJORDJE", "YY 417"))
    print(f"{sum(told.calls.values())} calls: {dict(sorted(told.calls.items()))}")
    kinds = Counter(told.failures)
    assert not kinds, "\n".join(f"{n} × {what}" for what, n in kinds.most_common(30))
    assert {200, 401, 403, 404, 422} <= set(told.calls)


def test_a_hostile_name_is_refused_and_journalled(desk):  # noqa: F811
    """`../../x`, NUL, 300 characters, marks of direction: refused in words that do not quote it."""
    from vedette.apps.accounts.models import Act

    for name in ("../../x", "a%00b", "x" * 290, "list%E2%80%AEvsc.exe"):
        answer = desk.administrator.send(
            f"/messages?name={name}", b"UNB+UNOA:1'", "application/octet-stream"
        )
        if answer.status_code == 422:
            continue
        [told] = answer.json()["files"]
        assert told["state"] == "refused", name
        assert "name" in told["reason"]
    assert Act.objects.using("intake").filter(act="message.refuse").count() >= 3


def _form(*names: str) -> bytes:
    """A form of files as somebody hostile writes it: the test client would send plain names."""
    parts = [
        f'--b\r\nContent-Disposition: form-data; name="file"; filename="{name}"\r\n\r\n'
        "UNB+UNOA:1'\r\n"
        for name in names
    ]
    return "".join([*parts, "--b--\r\n"]).encode()


def test_a_hostile_name_in_a_form_is_refused_and_journalled(desk):  # noqa: F811
    """Each file of the form is told: nothing is cut off its name in silence, and none is left out."""
    from vedette.apps.accounts.models import Act

    names = ("../../x", "..\\\\..\\\\x", "..", "list\u202evsc.exe", "plain.edi")
    answer = desk.administrator.send("/messages", _form(*names), "multipart/form-data; boundary=b")
    assert answer.status_code == 202
    told = answer.json()["files"]
    assert ["name" in one.get("reason", "") for one in told] == [True] * 4 + [False]
    assert told[0] == {
        "name": "x", "state": "refused", "id": None,
        "reason": "the name of the file contains a folder: send only the name",
    }  # fmt: skip
    assert Act.objects.using("intake").filter(act="message.refuse").count() >= 4


def test_a_form_without_a_file_says_so(desk):  # noqa: F811
    """A multipart body that holds no file once broke the reading of the body."""
    for path in ("/messages", "/parse"):
        answer = desk.administrator.send(path, {"note": "no file"})
        assert answer.status_code in (403, 422), answer.content
        assert answer.json()["detail"]
