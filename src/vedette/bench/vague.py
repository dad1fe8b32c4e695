"""Measures the recognition of vague descriptions of goods, and reads the texts with which the model is
trained.

The lines of `ordinary_dev.csv.gz` are used only for measurements, because the licence of most of these lines
permits no other use. No model is trained on these descriptions. Some terms of the source `hmrc_fpo_vague` are
not in the training data. The rows with these terms show how many unknown terms are recognised.
"""

from __future__ import annotations

import csv
import functools
import gzip
import io
import json
import random
import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import NamedTuple

import numpy as np

from vedette.bench import Figure
from vedette.goods import knowledge, vague
from vedette.goods.vague_model import Model, examined, trained

#: Score above which a description is vague. It keeps at most 2 % of all ordinary lines above it.
THRESHOLD = 3.1
_FOLDS = 5


class Sources(NamedTuple):
    """The texts for the training of the model: terms by authority, short names of goods, and longer texts.

    `published` contains the terms of public lists, by authority. `hmrc` contains the descriptions of parcels
    that HM Revenue & Customs calls vague. `tariff` contains the search words of the tariff of HM Revenue &
    Customs. `lexicon` contains other texts that name goods.
    """

    published: dict[str, tuple[str, ...]]
    hmrc: tuple[str, ...]
    canada: tuple[str, ...]
    tariff: tuple[str, ...]
    nomenclature: tuple[str, ...]
    lexicon: tuple[str, ...]


def _table(path: Path, delimiter: str = ",") -> Iterator[dict[str, str]]:
    packed = path.suffix == ".gz"
    text = (gzip.decompress(path.read_bytes()) if packed else path.read_bytes()).decode(
        "utf-8", "replace"
    )
    yield from csv.DictReader(io.StringIO(text, newline=""), delimiter=delimiter)


def _unique(texts: Iterator[str] | Sequence[str]) -> tuple[str, ...]:
    """Returns the texts in alphabetical order, without duplicates. The order is therefore the same in every
    run."""
    return tuple(sorted({text.strip() for text in texts if text and text.strip()}))


@functools.cache
def sources(folder: Path) -> Sources:
    """Returns the training texts from the folder `data` of the shared files."""
    terms = folder / "goods" / "vague"
    with (terms / "hmrc_fpo_vague_terms.csv").open(encoding="utf-8", newline="") as handle:
        hmrc = _unique([row[0] for row in csv.reader(handle) if row])
    canada = (terms / "pact_unacceptable_descriptions_en.txt").read_text(encoding="utf-8")
    published: dict[str, tuple[str, ...]] = {}
    for row in vague.rows_of("vague_terms.csv"):
        published[row["authority"]] = _unique(
            [*published.get(row["authority"], ()), *row["terms"].split("|")]
        )
    tariff = json.loads((terms / "hmrc_fpo_search_references.json").read_text(encoding="utf-8"))
    brands = [row["GDSDESC"] for row in _table(terms / "hmrc_fpo_brands.csv")]
    codes = folder / "codes" / "hs_cn"
    nomenclature = [
        row[column]
        for row in _table(folder / "reference" / "hs2022_en_fr.csv")
        if row["level"] in ("4", "6")
        for column in ("desc_en_comtrade_pddl", "desc_en_eu", "desc_fr_eu")
    ]
    nomenclature += [row["desc_es"] for row in _table(codes / "hs6_es.csv")]
    lexicon = [
        row[f"desc_{language}"]
        for row in _table(codes / "taric_nomenclature_en_fr_es.csv.gz")
        for language in ("en", "fr", "es")
    ]
    for language in ("en", "fr"):
        lexicon += [
            row["description"] for row in _table(codes / f"cn2023_selftext_{language}.csv.gz", ";")
        ]
    shipped = knowledge.shipped()
    for names in (*shipped.names.values(), *shipped.classes.values()):
        lexicon += names
    return Sources(
        published, hmrc, _unique(canada.splitlines()), _unique([*tariff, *brands]),
        tuple(text for text in _unique(nomenclature) if len(text) <= 120), _unique(lexicon),
    )  # fmt: skip


def ordinary(folder: Path) -> dict[str, list[str]]:
    """Returns the ordinary goods descriptions by source. These descriptions are used only for
    measurements."""
    found: dict[str, list[str]] = {}
    for row in _table(folder / "goods" / "ordinary_dev.csv.gz"):
        found.setdefault(row["source"], []).append(row["description"])
    return found


def shipped_model(one: Sources) -> Model:
    """Returns the model that is part of vedette. The model is trained on all terms and all names of the
    sources."""
    terms = _unique(
        [*one.hmrc, *one.canada, *(term for terms in one.published.values() for term in terms)]
    )
    return trained(terms, one.tariff, one.nomenclature, one.lexicon, vague.general_words())


def run(folder: Path) -> Iterator[Figure]:
    """Yields all figures about vague descriptions. `folder` is the folder `data` of the shared files."""
    one = sources(folder)
    lines = ordinary(folder)
    yield _speed(lines)  # before all others, which would fill the memory of words
    yield from _shipped(one, lines)
    yield from _cross_validated(one)
    yield from _without_an_authority(one)


def _share(texts: Sequence[str]) -> float:
    return sum(map(vague.is_vague, texts)) / max(len(texts), 1)


def _is_published(term: str) -> bool:
    """Returns whether a term of HMRC begins with a capital letter. HMRC writes only the terms of its
    published lists with an initial capital letter.
    """
    return term[:1].isupper()


def _shipped(one: Sources, lines: dict[str, list[str]]) -> Iterator[Figure]:
    """Yields the figures of the rules and the model that are part of vedette."""
    seen = {text.lower().strip() for text in (*one.hmrc, *one.tariff)}
    unseen = _unique([t for t in lines["hmrc_fpo_vague"] if t.lower().strip() not in seen])
    published = [term for term in unseen if _is_published(term)]
    parcels = [term for term in unseen if not _is_published(term)]
    note = "recognised, not trained on"
    yield Figure("vague, HMRC terms", _share(unseen), "", f"{len(unseen):,} {note}", target="0.95")
    yield Figure(
        "vague, HMRC terms of published lists", _share(published), "", f"{len(published):,} {note}"
    )
    yield Figure(
        "vague, HMRC descriptions of parcels", _share(parcels), "", f"{len(parcels):,} {note}"
    )
    yield Figure(
        "vague, HMRC terms in sample", _share(one.hmrc), "", f"{len(one.hmrc):,} trained on"
    )
    yield Figure(
        "vague, Transport Canada in sample", _share(one.canada), "", f"{len(one.canada)} trained on"
    )
    total = wrong = 0
    for source, texts in sorted(lines.items()):
        if source == "hmrc_fpo_vague":
            continue
        precise = [text for text in texts if text.lower().strip() not in seen]
        found = sum(map(vague.is_vague, precise))
        total, wrong = total + len(precise), wrong + found
        if len(precise) >= 600:
            yield Figure(f"precise lines called vague, {source}", found / len(precise), "",
                         f"{found:,} of {len(precise):,}, not trained on")  # fmt: skip
    yield Figure("precise lines called vague, all ordinary lines", wrong / total, "",
                 f"{wrong:,} of {total:,}, not trained on; at most 0.02")  # fmt: skip
    yield Figure("precise lines called vague, HS texts in sample", _share(one.nomenclature), "",
                 f"{len(one.nomenclature):,} English, French and Spanish texts of HS 2022")  # fmt: skip


def _recognised(model: Model, texts: Sequence[str]) -> list[bool]:
    """Returns for each text whether the text is vague according to the rules or to this model."""
    scores = model.scores(texts)
    return [
        vague.by_rule(text) or (examined(text) and score > THRESHOLD)
        for text, score in zip(texts, scores, strict=True)
    ]


def _cross_validated(one: Sources) -> Iterator[Figure]:
    """Yields the figures of a five-fold cross-validation. Each trained model is measured on the fifth of the
    texts that was not used for its training.

    The vocabulary is built again for each training. The lexicon contains most words of the nomenclature, so
    the measured share for the nomenclature is too optimistic. The measured share for the search words of the
    tariff is not affected.
    """
    chance = random.Random(5)  # noqa: S311  the same folds in each run
    parts: list[list[list[str]]] = []
    for texts in (one.hmrc, one.tariff, one.nomenclature):
        mixed = list(texts)
        chance.shuffle(mixed)
        parts.append([mixed[at::_FOLDS] for at in range(_FOLDS)])
    others = [*one.canada, *(term for terms in one.published.values() for term in terms)]
    found: list[list[bool]] = [[], [], []]
    for fold in range(_FOLDS):
        terms, names, longer = (
            [text for at, part in enumerate(split) if at != fold for text in part]
            for split in parts
        )
        held = set(parts[0][fold])
        terms += [term for term in others if term not in held]
        model = trained(terms, names, longer, one.lexicon, vague.general_words())
        for at in range(3):
            found[at] += _recognised(model, parts[at][fold])
    note = "5-fold cross validation"
    for name, values, target in (
        ("vague, HMRC terms, cross validation", found[0], "0.95"),
        ("precise lines called vague, tariff search words, cross validation", found[1], ""),
        ("precise lines called vague, HS texts, cross validation", found[2], ""),
    ):
        yield Figure(name, float(np.mean(values)), "", f"{len(values):,}, {note}", target=target)


def _without_an_authority(one: Sources) -> Iterator[Figure]:
    """Excludes the terms of one authority at a time from the training, and yields the share of these terms
    that are recognised."""
    general = vague.general_words()
    lists = {"HMRC": one.hmrc, "Transport Canada": one.canada, "other lists": _unique(
        [term for terms in one.published.values() for term in terms])}  # fmt: skip
    for left_out, measured in lists.items():
        own = {term.lower() for term in measured}
        rest = [
            t
            for name, terms in lists.items()
            if name != left_out
            for t in terms
            if t.lower() not in own
        ]
        names = () if left_out == "HMRC" else one.tariff
        model = trained(rest, names, one.nomenclature, one.lexicon, general)
        scores = model.scores(measured)
        alone = [bool(examined(t) and s > THRESHOLD) for t, s in zip(measured, scores, strict=True)]
        known = {term.lower() for term in rest}
        own_rules = [vague.by_rule(term, without=left_out) for term in measured]
        both = [
            a or b or t.lower() in known for a, b, t in zip(alone, own_rules, measured, strict=True)
        ]
        yield Figure(f"vague, {left_out} left out of training", float(np.mean(both)), "",
                     f"{len(measured):,} terms; the model alone {np.mean(alone):.3f}")  # fmt: skip


def _speed(lines: dict[str, list[str]]) -> Figure:
    distinct = _unique([text for texts in lines.values() for text in texts])
    vague.is_vague("brand unknown")  # loads the model
    before = time.process_time()
    sum(map(vague.is_vague, distinct))
    taken = time.process_time() - before
    return Figure("vague, throughput", len(distinct) / taken, "lines/s",
                  f"{len(distinct):,} distinct texts, processor time", target="100,000")  # fmt: skip
