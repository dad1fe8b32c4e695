"""Replaces stated values by rectified ones (GDPR art. 16)."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping

import msgspec

from vedette.core.parties import Document
from vedette.screening.exact import fold_document
from vedette.travellers.records import Traveller


def corrected(traveller: Traveller | None, said: Mapping[str, str]) -> Traveller | None:
    """The traveller of one source with the rectified values, also in the documents, so that both sources
    agree. `said` is `Person.corrected`."""
    if traveller is None:
        return None
    values: dict[str, object] = {
        name: said[name]
        for name in ("surname", "given_names", "nationality", "sex")
        if name in said
    }
    if "date_of_birth" in said:
        values["date_of_birth"] = dt.date.fromisoformat(said["date_of_birth"])
    documents = traveller.documents
    if "document" in said:
        number = fold_document(said["document"])
        own = [d for d in documents if d.type != "V" and fold_document(d.number) == number]
        visas = [d for d in documents if d.type == "V"]
        documents = (*(own or [Document(number=said["document"])]), *visas)
    documents = tuple([_as_said(d, values) for d in documents])
    return msgspec.structs.replace(traveller, documents=documents, **values)


def _as_said(document: Document, values: Mapping[str, object]) -> Document:
    """A document with the rectified values of those fields that it states."""
    stated = {name: v for name, v in values.items() if getattr(document, name) is not None}
    return msgspec.structs.replace(document, **stated) if stated else document
