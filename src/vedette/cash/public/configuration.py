"""The configuration of the public form, read from the environment when it is first used.

| variable | content |
|---|---|
| `DATABASE_URL_PUBLIC` | the database, with the role `vedette_public` |
| `VEDETTE_KEYS` | a folder with the key `form` and the public half of the key `raw`, and no other key |
| `VEDETTE_FORM_ORGANISATION` | the id of the organisation to which the form belongs |
| `VEDETTE_FORM_AUTHORITY` | the name of the administration, as the pages show it |
| `VEDETTE_FORM_CONTACT` | the address of its data-protection officer, as the pages show it |
| `VEDETTE_FORM_VARIANT` | the national variant (`cash/variants`); default `eu` |
| `VEDETTE_FORM_HOSTS` | the host names that browsers use, separated by commas |
| `VEDETTE_TIME_ZONE` | the time zone of the days of the form; default `UTC` |
"""

from __future__ import annotations

import os
import uuid
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from zoneinfo import ZoneInfo

from vedette.cash.variants import Variant, variants
from vedette.core.errors import Failure
from vedette.keys.ring import FORM_KINDS, Keys


@dataclass(frozen=True)
class Configuration:
    """The values of the variables. `key` is the key with which pages are encrypted. `demo` is true in the
    demonstration and in tests, in which the pages state that the data are synthetic.
    """

    dsn: str
    keys: Keys
    key: bytes
    organisation: uuid.UUID
    authority: str
    contact: str
    variant: Variant
    zone: ZoneInfo
    demo: bool


@cache
def configuration() -> Configuration:
    """Returns the configuration. Raises `Failure` with the name of a variable that is missing or wrong, and
    `KeysError` if a key is missing."""
    keys = Keys.load(Path(_given("VEDETTE_KEYS")), needed=("raw", *FORM_KINDS))
    key = os.environ.get("VEDETTE_FORM_VARIANT", "eu")
    if key not in variants():
        raise Failure(f"VEDETTE_FORM_VARIANT must be one of {', '.join(variants())}")
    return Configuration(
        dsn=_given("DATABASE_URL_PUBLIC"),
        keys=keys,
        key=bytes.fromhex(keys.secret("form")),
        organisation=_id(_given("VEDETTE_FORM_ORGANISATION")),
        authority=os.environ.get("VEDETTE_FORM_AUTHORITY", ""),
        contact=os.environ.get("VEDETTE_FORM_CONTACT", ""),
        variant=variants()[key],
        zone=ZoneInfo(os.environ.get("VEDETTE_TIME_ZONE") or "UTC"),
        demo=os.environ.get("VEDETTE_DEMO") == "1",
    )


def _given(name: str) -> str:
    found = os.environ.get(name, "")
    if not found:
        raise Failure(f"{name} is not set (docs/operators.md, the public cash form)")
    return found


def _id(text: str) -> uuid.UUID:
    try:
        return uuid.UUID(text)
    except ValueError as error:
        raise Failure("VEDETTE_FORM_ORGANISATION must be the id of an organisation") from error
