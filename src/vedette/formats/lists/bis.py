"""Reads the Denied Persons List of the US Bureau of Industry and Security (`dpl.txt`, separated by tabs).

Each row contains one order and one address. Rows with the same name and effective date form one entry. The
list contains no ids, and does not state whether a name belongs to a person. The id of an entry (`ref`) is the
hash of its name and effective date.
"""

from __future__ import annotations

import hashlib
from collections import defaultdict

from vedette.core.entries import Entry

from .common import (
    ListFormat,
    Problems,
    Result,
    Source,
    address,
    clean,
    countries,
    csv_rows,
    day,
    decode_reporting,
    unique,
    whole,
)

_NEEDED = ("Name", "Country", "Effective_Date")


def sniff(source: Source) -> bool:
    """Returns whether the header contains the columns `Name` and `Effective_Date`, separated by tabs."""
    head = source.data[:1024].partition(b"\n")[0]
    return b"\t" in head and b"Name" in head and b"Effective_Date" in head


def read(source: Source, problems: Problems) -> Result:
    """Reads all orders, including expired orders (the remarks contain the expiry date)."""
    table = csv_rows(decode_reporting(source, problems), source.name, problems, "\t")
    header = [c.strip() for c in next(table, (0, []))[1]]
    rows: dict[str, list[dict[str, str]]] = defaultdict(list)
    for line, cells in table:
        if not any(cells):
            continue
        row = {k: c.strip() for k, c in zip(header, cells, strict=False)}
        if len(cells) != len(header) or not all(k in row for k in _NEEDED) or not row["Name"]:
            problems.add(
                "row_broken",
                f"{source.name}: {len(cells)} columns instead of {len(header)}, or no name",
                f"line {line}",
            )
            continue
        if day(_iso(row["Effective_Date"])) is None:
            problems.add("date_unreadable", "effective date unreadable", f"line {line}")
        rows[_ref(row)].append(row)
    return [_entry(ref, same) for ref, same in rows.items()], None


def _ref(row: dict[str, str]) -> str:
    name = (clean(row["Name"]) or "").casefold()
    return f"{hashlib.sha256(name.encode()).hexdigest()[:12]}-{_iso(row['Effective_Date'])}"


def _iso(us: str) -> str:
    """Converts `06/19/2003` to `2003-06-19`."""
    parts = us.split("/")
    return f"{parts[2]}-{parts[0]}-{parts[1]}" if len(parts) == 3 else us


def _entry(ref: str, rows: list[dict[str, str]]) -> Entry:
    first = rows[0]
    places = (
        address(r.get("Street_Address"), r.get("City"), r.get("State"), r.get("Postal_Code"),
                land=r["Country"])
        for r in rows
    )  # fmt: skip
    expires = _iso(first.get("Expiration_Date", ""))
    about = (first.get("Action"), expires and f"expires {expires}")
    return Entry(
        ref=ref,
        schema="Unknown",
        names=unique([whole(first["Name"])]),
        countries=countries(r["Country"] for r in rows),
        identifiers=unique(places),
        programmes=("DPL",),
        listed=day(_iso(first["Effective_Date"])),
        remarks=clean("; ".join(unique([*about, *(r.get("FR_Citation") for r in rows)]))),
    )


FORMAT = ListFormat(
    name="BIS-DPL",
    title="US Denied Persons List",
    origin="published file",
    sniff=sniff,
    read=read,
)
