"""Searching listed names: evidence, what is found, what is kept."""

import datetime as dt
import pickle
from pathlib import Path

import pytest

from vedette.core.entries import Entry, EntryDate, EntryName
from vedette.screening.names.index import NameIndex
from vedette.screening.names.model import DEFAULT_THRESHOLD, Query

BORN = dt.date(1965, 2, 11)


def entry(
    ref: str, *names: str, weak: bool = False, schema: str = "Person", **more: object
) -> Entry:
    """An entry with these names, born on BORN unless said otherwise."""
    more.setdefault("birth_dates", (EntryDate(from_=BORN, to=BORN),))
    listed = tuple(EntryName(full=name, weak=weak) for name in names)
    return Entry(ref=ref, schema=schema, names=listed, **more)  # type: ignore[arg-type]


@pytest.fixture(scope="module")
def index() -> NameIndex:
    """A list of a few entries of every kind."""
    return NameIndex.build(
        [
            (
                "A",
                entry("1", "Ruslan Obraztsov", "Руслан Образцов", nationalities=("RU",), sex="M"),
            ),
            ("A", entry("2", "Abdul Kader Laghoub", nationalities=("MA",))),
            ("A", entry("3", "El Tigre", weak=True)),
            ("B", entry("4", "Obraztsov Trading LLC", schema="Organization", birth_dates=())),
            ("B", entry("5", "Sea Star 5", schema="Vessel", birth_dates=())),
        ]
    )


def score(index: NameIndex, ref: str, **query: object) -> float:
    """The score of the entry for a query at any threshold; 0 where it is not found."""
    (matches,) = index.search([Query(**query)], 0.0, 50)  # type: ignore[arg-type]
    return next((m.score for m in matches if m.entry == ref), 0.0)


def test_an_entry_is_found_once_by_its_best_name(index: NameIndex) -> None:
    """Aliases of one entry are one match."""
    (matches,) = index.search([Query(full_name="Obrazcov Ruslan")])
    assert [(m.list_id, m.entry) for m in matches] == [("A", "1")]
    assert matches[0].name == "Ruslan Obraztsov"
    assert matches[0].score >= DEFAULT_THRESHOLD


@pytest.mark.parametrize(
    "name", ["ABDELKADDER LAGHOUB", "ABDUL KADRE LAGHOUB", "ABDULK ADER LAGHOUB"]
)
def test_typing_errors_and_moved_spaces_are_found(index: NameIndex, name: str) -> None:
    """The treated UN people: one small mutation each."""
    (matches,) = index.search([Query(full_name=name, date_of_birth=BORN)])
    assert [m.entry for m in matches] == ["2"]


def test_birth_dates_are_graded(index: NameIndex) -> None:
    """Same day over swapped over another month over a year off over far away; missing is neutral."""
    days = [BORN, dt.date(1965, 11, 2), 1965, None, 1966, dt.date(1968, 7, 1), dt.date(1990, 7, 1)]
    scores = [score(index, "1", full_name="Ruslan Obraztsow", date_of_birth=day) for day in days]
    assert scores == sorted(scores, reverse=True)
    assert len(set(scores)) == len(scores)
    assert scores[-2] >= DEFAULT_THRESHOLD > scores[-1]


def test_country_and_sex_are_evidence(index: NameIndex) -> None:
    """A name and an alpha-3 code mean the same country."""
    plain = score(index, "1", full_name="Ruslan Obrastsov")
    assert score(index, "1", full_name="Ruslan Obrastsov", nationality="Russie") > plain
    assert score(index, "1", full_name="Ruslan Obrastsov", nationality="RUS") > plain
    assert score(index, "1", full_name="Ruslan Obrastsov", nationality="PE") < plain
    assert score(index, "1", full_name="Ruslan Obrastsov", sex="F") < plain


def test_a_weak_alias_counts_less_and_says_so(index: NameIndex) -> None:
    """Weak aliases keep their weight."""
    (matches,) = index.search([Query(full_name="El Tigre")])
    assert matches[0].weak
    assert matches[0].score < 1.0
    assert any(t.name == "weak_alias" and t.contribution < 0 for t in matches[0].terms)


def test_a_person_is_no_company(index: NameIndex) -> None:
    """A schema restricts; a birth date speaks against what was never born."""
    (people,) = index.search([Query(full_name="Obraztsov Trading", schema="Person")], 0.0, 50)
    assert "4" not in {m.entry for m in people}
    plain = score(index, "4", full_name="Obraztsov Trading")
    assert score(index, "4", full_name="Obraztsov Trading", date_of_birth=BORN) < plain


def test_terms_add_up_to_the_score_and_surnames_are_named(index: NameIndex) -> None:
    """The evidence table's effects add up to the number shown."""
    query = Query(
        surname="Obraztsov", given_names="Ruslan", date_of_birth=BORN, nationality="UA", sex="M"
    )
    (matches,) = index.search([query])
    assert sum(t.contribution for t in matches[0].terms) == pytest.approx(matches[0].score)
    assert {"surname", "given", "birth_date", "nationality", "sex"} <= {
        t.name for t in matches[0].terms
    }


def test_a_match_explains_itself_wherever_it_is_taken(index: NameIndex) -> None:
    """Terms are made when they are read; workers send matches to each other, as bytes."""
    queries = [Query(full_name="Obrazcov Ruslan"), Query(full_name="Laghoub Abdelkader")]
    read, sent = (index.search(queries) for _ in range(2))
    index.search([Query(full_name="Somebody Else")])
    assert [m.terms for group in read for m in group]
    assert pickle.loads(pickle.dumps(sent)) == read  # noqa: S301


def test_words_asked_again_find_the_same(index: NameIndex, monkeypatch: pytest.MonkeyPatch) -> None:
    """What is similar to a word is kept from batch to batch, and forgotten when it is too much."""
    queries = [Query(full_name="Obrazcov Ruslan"), Query(full_name="Laghoub Abdelkader")]
    fresh = NameIndex(index.columns)
    first = fresh.search(queries)
    assert fresh.search([queries[1], queries[0]]) == first[::-1]
    monkeypatch.setattr("vedette.screening.names.index.MOST_WORDS", 1)
    assert fresh.search(queries) == first


def test_the_bound_of_an_entry_without_facts_loses_nothing() -> None:
    """An entry of which nothing is known gets no points: its name alone must reach the threshold. The
    same name with the birth date does with less."""
    name = "Rusan Obraztsof Ivanov Petrov Muster"
    both = NameIndex.build(
        [("A", entry("bare", name, birth_dates=())), ("A", entry("dated", name))]
    )
    assert 0.5 < score(both, "bare", full_name="Ruslan Obraztsov") < DEFAULT_THRESHOLD
    (found,) = both.search([Query(full_name="Ruslan Obraztsov", date_of_birth=BORN)])
    assert [m.entry for m in found] == ["dated"]


def test_numbers_must_agree_whatever_the_evidence_says() -> None:
    """A sister ship under the same flag, a fund of the same country: no hit."""
    flags: dict[str, object] = {"birth_dates": (), "countries": ("PA",), "nationalities": ("PA",)}
    sisters = NameIndex.build(
        [
            ("A", entry("ship", "Sea Star 5", schema="Vessel", **flags)),
            ("A", entry("fund", "Muster Fund III", schema="Company", **flags)),
        ]
    )
    for name, schema in (("Sea Star 6", "Vessel"), ("Muster Fund IV", "Company")):
        query = Query(full_name=name, nationality="PA", schema=schema)
        assert sisters.search([query]) == [[]]
    assert sisters.search([Query(full_name="Sea Star 5", schema="Vessel")]) != [[]]


def test_nothing_is_capped() -> None:
    """A flood is shown as a flood: without a limit all namesakes come back."""
    flood = NameIndex.build([("A", entry(str(n), "Jon Example")) for n in range(3000)])
    (matches,) = flood.search([Query(full_name="Jon Exampel")], DEFAULT_THRESHOLD, None)
    assert len(matches) == 3000
    assert len(flood.search([Query(full_name="Jon Exampel")], DEFAULT_THRESHOLD, 7)[0]) == 7


def test_a_saved_index_answers_as_the_built_one(index: NameIndex, tmp_path: Path) -> None:
    """Processes share the arrays through a memory map."""
    index.save(tmp_path)
    queries = [Query(full_name="Obrazcov Ruslan"), Query(full_name="sea star five"), Query()]
    assert NameIndex.load(tmp_path).search(queries) == index.search(queries)
    (tmp_path / "index.json").write_text('{"version": 0}')
    with pytest.raises(ValueError, match="another version"):
        NameIndex.load(tmp_path)


def test_empty_lists_and_unreadable_names_are_no_error() -> None:
    """A list of entries without names, and queries of nothing but marks."""
    empty = NameIndex.build([("A", Entry(ref="1"))])
    assert empty.search([Query(full_name="Jon"), Query(full_name="..."), Query()]) == [[], [], []]
