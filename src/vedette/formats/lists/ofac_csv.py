"""OFAC Specially Designated Nationals as the CSV triple `sdn.csv`, `alt.csv`, `add.csv`.

The files have no header; `-0-` is an empty value; a line with Ctrl-Z ends a file. Birth dates, places,
nationalities, documents and weak aliases are in the remarks (`ofac_remarks`).
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator

from vedette.core.entries import Entry, EntryIdentifier, EntryName

from .common import (
    ListFormat,
    Problems,
    Result,
    Source,
    address,
    clean,
    countries,
    csv_rows,
    decode_reporting,
    distinct,
    identifier,
    identifiers,
    unique,
)
from .ofac_remarks import listed_name, read_remarks

SCHEMAS = {"individual": "Person", "vessel": "Vessel", "aircraft": "Aircraft"}
#: Columns of sdn: ent_num, name, type, program, title, call sign, vessel type, tonnage, GRT, flag, owner,
#: remarks.
_COLUMNS = {"sdn": 12, "alt": 5, "add": 6}


def sniff(source: Source) -> bool:
    """Whether a row has twelve columns, begins with a number and has OFAC's `-0-` for empty values."""
    line = source.data[:4096].decode("latin-1").partition("\n")[0]
    row = next(csv_rows(line), (0, None))[1] or []
    return len(row) == _COLUMNS["sdn"] and row[0].strip().isdigit() and "-0-" in line


def neighbour_names(name: str) -> dict[str, str]:
    """The names of the files that belong to `…sdn.csv`: `{"alt": …, "add": …}`; for other names empty."""
    stem, dot, suffix = name.rpartition(".")
    if not stem.lower().endswith("sdn"):
        return {}
    return {
        part: stem[:-3] + (part.upper() if stem[-3:].isupper() else part) + dot + suffix
        for part in ("alt", "add")
    }


def read(source: Source, problems: Problems) -> Result:
    """Reads all entries with the aliases and addresses of the neighbouring files."""
    text = decode_reporting(source, problems)
    rows = list(_rows(source.name, text, "sdn", problems))
    known = {row[0] for _, row in rows}
    aliases: dict[str, list[list[str]]] = defaultdict(list)
    addresses: dict[str, list[list[str]]] = defaultdict(list)
    names = neighbour_names(source.name)
    for part, where in (("alt", aliases), ("add", addresses)):
        data = source.neighbours.get(names.get(part, ""))
        if data is None:
            problems.add(
                "neighbour_missing", f"{source.name}: its {part} file was not found beside it"
            )
            continue
        beside = Source(names[part], data)
        for line, row in _rows(beside.name, decode_reporting(beside, problems), part, problems):
            if row[0] not in known:
                problems.add(
                    "neighbour_orphan", f"{beside.name}: entry not in the list", f"line {line}"
                )
            where[row[0]].append(row)
    entries = [_entry(n, row, aliases[row[0]], addresses[row[0]], problems) for n, row in rows]
    return [e for e in entries if e], None


def _rows(name: str, text: str, part: str, problems: Problems) -> Iterator[tuple[int, list[str]]]:
    """Yields (line number, cells) of the rows that have the right number of cells."""
    for line, row in csv_rows(text):
        if row is None:
            problems.add("row_broken", f"{name}: not CSV", f"line {line}")
            continue
        if not row or row == ["\x1a"]:
            continue
        cells = ["" if c.strip() == "-0-" else c.strip() for c in row]
        if len(cells) != _COLUMNS[part] or not cells[0].isdigit():
            problems.add(
                "row_broken",
                f"{name}: {len(cells)} columns instead of {_COLUMNS[part]}, or no entry number",
                f"line {line}",
            )
            continue
        yield line, cells


def _entry(
    line: int,
    row: list[str],
    aliases: list[list[str]],
    addresses: list[list[str]],
    problems: Problems,
) -> Entry | None:
    ref, name, kind, programme, title, call_sign, _, _, _, flag, owner, remarks = row
    individual = kind == "individual"
    said = read_remarks(remarks, individual)
    names: list[EntryName | None] = [listed_name(name, individual, weak=False, kind="primary")]
    names += [listed_name(a[3], individual, weak=False, kind="alias") for a in aliases]
    kept = distinct([*names, *said.names])
    if not kept:
        problems.add("row_broken", f"entry {ref} has no name; left out", f"line {line}")
        return None
    if said.unread_dates:
        problems.add("date_unreadable", f"entry {ref}: birth date unreadable", f"line {line}")
    found: list[EntryIdentifier | None] = [*said.identifiers, identifier("call_sign", call_sign)]
    found += [address(a[2], a[3], land=a[4]) for a in addresses]
    return Entry(
        ref=ref,
        schema=SCHEMAS.get(kind, "Organization"),
        names=kept,
        birth_dates=tuple(dict.fromkeys(said.births)),
        birth_places=unique(said.places),
        nationalities=unique(said.nationalities),
        countries=unique([*said.countries, *countries([flag, *(a[4] for a in addresses)])]),
        sex=said.sex,
        identifiers=identifiers(found),
        programmes=unique(programme.split("] [")),
        remarks=clean("; ".join(t for t in (title, owner, *said.rest) if t)),
    )


FORMAT = ListFormat(
    name="OFAC-CSV",
    title="OFAC SDN list, CSV triple",
    origin="published file",
    sniff=sniff,
    read=read,
)
