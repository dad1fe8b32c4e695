"""Lists in pages: every row is on exactly one page, also rows of the same day."""

from __future__ import annotations

import datetime as dt
import re

import pytest
from tests.apps.assistance.scene import Scene

from vedette.apps.assistance.models import AssistanceRequest, Course, Session


def _walk(scene: Scene, path: str, name: str, part: str) -> list[str]:
    """The ids of the rows of all pages, by following the link to the next page."""
    client, found, query = scene.client("pp.coordinator"), [], ""
    for _ in range(9):
        page = client.get(path + query).content.decode()
        found += re.findall(rf'href="/{part}/([0-9a-f-]{{36}})/"', page)
        following = re.search(rf'rel="next" href="(\?{name}=[^"]+)"', page)
        if following is None:
            return found
        query = following[1].replace("&amp;", "&")
    raise AssertionError("the pages do not end")


@pytest.mark.parametrize(
    ("path", "name", "part"),
    [
        ("/assistance/", "before", "assistance"), ("/training/", "sessions", "training/sessions"),
        ("/training/", "courses", "training/courses"),
    ],
)  # fmt: skip
def test_every_row_is_on_one_page(scene: Scene, path: str, name: str, part: str) -> None:
    """120 requests, courses and sessions."""
    home, by = scene.homes["pp"], scene.people["pp.coordinator"]
    at = dt.datetime(2026, 1, 1, tzinfo=dt.UTC)
    rows = {"organisation": home, "by_id": by.pk, "at": at}
    if part == "assistance":
        made = AssistanceRequest.objects.using("intake").bulk_create(
            AssistanceRequest(
                organisation=scene.homes["mm"], provider=home, provider_name="P", reference=str(n),
                theme="aces", problem="P", state="sent", created_by_id=by.pk, state_at=at,
                created_at=at + dt.timedelta(days=n // 50),
            )
            for n in range(120)
        )  # fmt: skip
    else:
        courses = Course.objects.using("intake").bulk_create(
            Course(code=str(n), title={"en": "C", "fr": "C"}, theme="aces", **rows)
            for n in range(120)
        )
        sessions = Session.objects.using("intake").bulk_create(
            Session(course_id=courses[0].pk, first=at.date() + dt.timedelta(days=n // 50),
                    last=at.date() + dt.timedelta(days=9), place="P", language="en", **rows)
            for n in range(120)
        )  # fmt: skip
        made = sessions if name == "sessions" else courses
    found = _walk(scene, path, name, part)
    assert sorted(found) == sorted(str(row.pk) for row in made)
    assert scene.client("pp.coordinator").get(f"{path}?{name}=2026-01-01_x").status_code == 200
