"""A traveller without a browser, who fills in the public form page by page."""

from __future__ import annotations

import datetime as dt
import html
import re
from collections.abc import Callable, Mapping, Sequence
from typing import Any

Post = Callable[[str, Sequence[tuple[str, str]]], tuple[int, str]]

_STATE = re.compile(r'name="state" value="([^"]+)"')
_CODE = re.compile(r'<strong dir="ltr">([^<]+)</strong>')
_LINK = re.compile(r'<a href="#([^"]+)">([^<]+)</a>')


def answers(today: dt.date, **changes: str) -> dict[str, list[tuple[str, str]]]:
    """What is typed on each page, as names and texts. `changes` replaces texts of fields."""
    coming = today + dt.timedelta(days=9)
    day = {"d": f"{coming:%d}", "m": f"{coming:%m}", "y": f"{coming:%Y}"}
    found: dict[str, dict[str, str]] = {
        "crossing": {
            "direction": "entry", "mode": "air", "departure_country": "SN", "arrival_country": "FR",
            **{f"departure-{k}": v for k, v in day.items()}, **{f"arrival-{k}": v for k, v in day.items()},
            "departure_place": "DSS", "arrival_place": "CDG", "reference": "XX 417", "company": "",
            "via": "", "amends": "",
        },
        "person": {
            "first_names": "Awa Ndèye", "last_names": "O’Brien-Diop", "birth-d": "7", "birth-m": "3",
            "birth-y": "1984", "birth_town": "Thiès", "birth_country": "SN", "nationality": "SN",
            "nationality2": "", "gender": "female",
        },
        "document": {
            "document_type": "P", "document_number": "a 1234567", "document_country": "SN",
            "personal_number": "", "street": "12 rue de Thiong", "postcode": "", "city": "Dakar",
            "country": "SN", "phone": "+221 33 800 00 00", "email": "awa@example.org",
        },
        "cash": {"currency-0-amount": "12 500,50", "currency-0-currency": "EUR"},
        "reasons": {"provenance": "labour", "provenance_text": "", "uses": "holidays", "use_text": ""},
        "parties": {"owner": "me", "owners": "", "recipient": "me"},
        "owner_person": {
            "first_names": "Modou", "last_names": "Fall", "birth-d": "1", "birth-m": "1", "birth-y": "1970",
            "document_number": "B7654321", "city": "Dakar", "country": "SN",
        },
        "owner_company": {"name": "Société Import", "registration_number": "SN 12", "country": "SN"},
        "recipient_company": {"name": "Banque", "country": "FR"},
        "recipient_person": {"first_names": "Jean", "last_names": "Morel"},
        "review": {"place": "Dakar", "true": "yes"},
    }  # fmt: skip
    for name, text in changes.items():
        page, _dot, field = name.partition("__")
        found[page][field.replace("_0_", "-0-").replace("_1_", "-1-")] = text
    return {page: list(typed.items()) for page, typed in found.items()}


class Traveller:
    """Fills in one form. `post` sends a form to an address, and returns the status and the page."""

    def __init__(self, post: Post, language: str = "en") -> None:
        self.post = post
        self.language = language
        self.status, self.page = 0, ""
        self.state = ""

    def begin(self) -> Traveller:
        """Opens the first page with fields."""
        return self._take(self.post(f"/{self.language}/form/", []))

    def send(self, typed: Sequence[tuple[str, str]], go: str = "next") -> Traveller:
        """Sends what was typed on a page."""
        fields = [("state", self.state), *typed, ("go", go)]
        return self._take(self.post(f"/{self.language}/form/", fields))

    def walk(self, typed: Mapping[str, Sequence[tuple[str, str]]], *pages: str) -> Traveller:
        """Fills in the pages in their order, without the last one. Every page must be accepted."""
        for page in pages or ("crossing", "person", "document", "cash", "reasons", "parties"):
            self.send(typed[page])
            assert self.status == 200, (page, self.faults)
        return self

    @property
    def code(self) -> str:
        """The code on the last page; empty if there is none."""
        found = _CODE.search(self.page)
        return found[1] if found else ""

    @property
    def faults(self) -> dict[str, str]:
        """The faults of the page, by field."""
        return {
            name: html.unescape(text) for name, text in _LINK.findall(self.page) if name != "main"
        }

    def _take(self, answer: tuple[int, str]) -> Traveller:
        self.status, self.page = answer
        found = _STATE.search(self.page)
        self.state = found[1] if found else self.state
        return self


def over(client: Any) -> Post:
    """Posts with Django's test client."""

    def post(path: str, fields: Sequence[tuple[str, str]]) -> tuple[int, str]:
        given: dict[str, list[str]] = {}
        for name, text in fields:
            given.setdefault(name, []).append(text)
        response = client.post(path, given)
        return response.status_code, response.content.decode()

    return post
