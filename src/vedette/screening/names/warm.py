"""Compiles the kernels into numba's cache, so that the first search is fast.

Run `python -m vedette.screening.names.warm` once after installation. The compilation takes half a minute to a
minute.
"""

from __future__ import annotations

import datetime as dt

from vedette.core.entries import Entry, EntryDate, EntryName
from vedette.screening.names import jit, lookup
from vedette.screening.names.compare import compare
from vedette.screening.names.index import NameIndex
from vedette.screening.names.model import Query


def warm() -> None:
    """Runs every kernel once, on a list with one entry."""
    born = dt.date(1970, 1, 1)
    entry = Entry(
        ref="1",
        names=(EntryName(full="Ann Example"),),
        birth_dates=(EntryDate(from_=born, to=born),),
        nationalities=("FR",),
        sex="F",
    )
    index = NameIndex.build([("warm", entry)])
    asked = Query(full_name="Ann Example", date_of_birth=born, nationality="FR", sex="F")
    [found] = index.search([asked])
    assert found[0].terms  # noqa: S101 — compiles the explanation as well
    compare("Ann Example", "Anne Exampel", "Person")
    lookup.scores("Ann Example", [["Anne Exampel"]])
    lookup.stored(["Ann Example"])
    jit.forget_old()


if __name__ == "__main__":
    warm()
