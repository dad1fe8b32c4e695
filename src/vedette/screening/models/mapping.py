"""Mappings from the columns of a national export to the columns of the model."""

from __future__ import annotations

import tomllib
from importlib import resources
from pathlib import Path

import msgspec

from vedette.core.errors import Failure, WrongUsage

#: Maximum size of a mapping file in bytes, and maximum number of further columns.
MAX_BYTES, MAX_OTHER = 1 << 18, 40
#: Columns of the model: codes and names; then numbers.
CODES = (
    "office", "declarant", "importer", "exporter", "carrier", "hs", "origin", "export_country",
    "destination", "transport",
)  # fmt: skip
NUMBERS = ("net_mass_kg", "quantity", "value")
#: `lane` is random or red. The model card counts its values, and the model does not learn from it.
COLUMNS = (*CODES, *NUMBERS, "lane")


class Result(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The column with the result of the control, the values that mean an offence, and the values that mean no
    offence."""

    column: str
    positive: tuple[str, ...]
    negative: tuple[str, ...] = ()


class Mapping(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The content of a mapping file. `columns` assigns columns of the export to columns of the model. `other`
    lists further columns that contain codes. The model uses these codes only as labels and does not depend on
    their meaning."""

    time: str
    result: Result
    columns: dict[str, str]
    id: str = ""
    separator: str = ","
    other: tuple[str, ...] = ()

    @property
    def sources(self) -> tuple[str, ...]:
        """Returns the columns of the export that contain features."""
        return tuple(dict.fromkeys((*self.columns.values(), *self.other)))


def shipped() -> list[str]:
    """Returns the names of the mappings that are delivered with vedette."""
    folder = resources.files(__package__) / "mappings"
    return sorted(one.name.removesuffix(".toml") for one in folder.iterdir())


def load(name: str) -> Mapping:
    """Returns the mapping that is delivered with vedette under this name, or reads the mapping file with this
    path."""
    if name in shipped():
        text = (resources.files(__package__) / "mappings" / f"{name}.toml").read_text("utf-8")
        return read(text, name)
    path = Path(name)
    try:
        if not path.is_file():
            known = ", ".join(shipped())
            raise WrongUsage(
                f"{name}: no such mapping; shipped are {known}; or give the path of a TOML file"
            )
        if path.stat().st_size > MAX_BYTES:
            raise Failure(f"{path}: more than {MAX_BYTES} bytes; a mapping is smaller")
        return read(path.read_text("utf-8-sig"), name)
    except OSError as error:
        raise Failure(f"{path}: {error.strerror or 'cannot be read'}") from error
    except ValueError as error:
        raise Failure(f"{path}: is not text in UTF-8") from error


def read(text: str, name: str) -> Mapping:
    """Reads a mapping and checks it. `name` is used in error messages."""
    try:
        found = msgspec.convert(tomllib.loads(text), Mapping)
    except (tomllib.TOMLDecodeError, msgspec.ValidationError, RecursionError) as error:
        raise Failure(f"mapping {name}: {error}") from error
    return checked(found, name)


def checked(found: Mapping, name: str) -> Mapping:
    """Returns the mapping if it is consistent."""
    unknown = sorted(set(found.columns) - set(COLUMNS))
    if unknown:
        raise Failure(
            f"mapping {name}: no column {', '.join(unknown)} in the model; there are {', '.join(COLUMNS)}"
        )
    if not set(found.columns) & {*CODES, *NUMBERS}:
        raise Failure(f"mapping {name}: [columns] names no column that the model can use")
    if len(found.other) > MAX_OTHER or len(found.separator.encode()) != 1:
        raise Failure(
            f"mapping {name}: too many columns in other, or a separator of several characters"
        )
    if not found.result.positive or set(found.result.positive) & set(found.result.negative):
        raise Failure(f"mapping {name}: [result] needs positive values that are not also negative")
    if {found.result.column, found.time} & set(found.sources):
        raise Failure(f"mapping {name}: the result or the time is also named as a feature")
    return found
